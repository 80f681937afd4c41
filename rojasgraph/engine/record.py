"""What a graph remembers of a pass that a program ran: as if its own passes had run it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from rojasgraph.contract import Reading, Record, recorded
from rojasgraph.engine.account import Account
from rojasgraph.engine.labels import Labels
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.wiring import Floats
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.order import Order


def record_from(order: Order, reading: Reading, account: Account, labels: Labels) -> Record:
    """Make the record of a program's pass, from which the graph's own passes go on.

    Args:
        order: the graph's structure.
        reading: of its attributes, whose numbers may have changed since the pass.
        account: of the pass, whose numbers the record holds.
        labels: of the pass.
    """
    listing, dtype = account.listing, account.values.dtype
    floats = dtype == np.float64 and not any(account.shapes)
    system = FLOAT if floats else numpy_namespace(dtype)
    values = _lifted(system, labels.values)
    derivatives = [tuple(_lifted(system, partials)) for partials in labels.derivatives]
    plan = replace(
        reading.plan,
        weights=_weights(account, system),
        arguments=[
            dict(zip(row.arguments, _lifted(system, numbers), strict=True)) if row else {}
            for row, numbers in zip(reading.plan.primitives, _arguments(listing), strict=True)
        ],
    )
    was_fed = replace(
        reading, plan=plan, sources={j: values[j] for j in reading.sources}, system=system
    )
    return recorded(order, was_fed, values, derivatives, _lifted(system, labels.edge_derivatives))


def _lifted(system: Namespace, numbers: list[Number] | tuple[Number, ...]) -> list[Number]:
    return list(numbers) if system is FLOAT else [system.lift(x) for x in numbers]


def _weights(account: Account, system: Namespace) -> list[Number | None]:
    """Give by edge its own weight in the pass; None where it has none."""
    listing = account.listing
    weights: Floats = np.empty(len(listing.weights))
    weights[account.base.edges] = account.contents.store.weights
    pairs = zip(weights.tolist(), listing.weighted.tolist(), strict=True)
    return [system.lift(weight) if weighted else None for weight, weighted in pairs]


def _arguments(listing: Listing) -> list[list[float]]:
    """Give the arguments by node."""
    flat, first = listing.arguments.tolist(), listing.first_argument.tolist()
    return [flat[start:stop] for start, stop in pairwise(first)]
