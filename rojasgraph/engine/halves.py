"""The right half of a node, after a pass: what came in at its slots, and its partials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.engine.levels import laid_out
from rojasgraph.engine.numpy.rows import Rows
from rojasgraph.engine.protocol import NodeFailure
from rojasgraph.engine.wiring import Floats, Truths, Wiring
from rojasgraph.numbers.arrays import numpy_namespace


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """By slot and example, from the values of a pass.

    Attributes:
        nets: what came in.
        partials: the derivatives of the nodes; where they are the same for all examples by
            nature, as those of a sum, they are repeated.
        plain: by slot, whether they are the same by nature.
    """

    nets: Floats
    partials: Floats
    plain: Truths


def halves_of(wiring: Wiring, values: Floats, weights: Floats, arguments: Floats) -> Halves:
    """Compute both from values.

    Args:
        wiring: the network.
        values: by node and example.
        weights: by edge and example; one column where they are the same for all.
        arguments: as in `Task.arguments`.

    Raises:
        NodeFailure: a row cannot be computed.
    """
    examples, dtype = values.shape[1], values.dtype
    rows = Rows(numpy_namespace(dtype), wiring.operations)
    nets = np.empty((wiring.slot_count, examples), dtype)
    partials, plain = np.empty_like(nets), np.zeros(wiring.slot_count, np.bool_)
    with np.errstate(all="ignore"):
        if len(nets):
            carried = values[wiring.tails] * weights
            nets[:] = np.add.reduceat(carried, wiring.first_edge[:-1], axis=0)
        for code, operation in enumerate(wiring.operations):
            nodes = np.flatnonzero(wiring.codes == code)
            if not len(nodes):
                continue
            slots = laid_out(wiring.first_slot, nodes)
            own = arguments[laid_out(wiring.first_argument, nodes)]
            try:
                _, found = rows.label(operation, nets[slots], own)
            except Exception as error:
                raise NodeFailure(int(nodes[0])) from error
            for s, partial in enumerate(found):
                partials[slots[s :: operation.slots]] = partial
                plain[slots[s :: operation.slots]] = _is_plain(partial, examples)
        _take_away(wiring, values, weights, partials, plain)
    return Halves(nets, partials, plain)


def _is_plain(partial: Any, examples: int) -> bool:  # noqa: ANN401 - a number or an array
    return np.ndim(partial) < 2 or (examples != 1 and np.shape(partial)[1] == 1)  # noqa: PLR2004


def _take_away(
    wiring: Wiring, values: Floats, weights: Floats, partials: Floats, plain: Truths
) -> None:
    """Let the partials of a node be nan if it has no value though no operand is missing."""
    missing = np.isnan(values)
    if not missing[wiring.sources :].any():
        return
    incoming = wiring.first_incoming()[wiring.sources : -1]
    fed = np.logical_or.reduceat(missing[wiring.tails] | np.isnan(weights), incoming, axis=0)
    without = missing[wiring.sources :] & ~fed
    counts = np.diff(wiring.first_slot)[wiring.sources :]
    slots = np.repeat(without, counts, axis=0)
    partials[slots] = np.nan
    plain[slots.any(axis=1)] = False
