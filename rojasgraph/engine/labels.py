"""Write the labels of a pass on a graph: those that the graph's own passes would write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rojasgraph.engine.account import Account
from rojasgraph.engine.feeding import Shape
from rojasgraph.engine.listing import CONSTANT, PARAMETER
from rojasgraph.engine.passes import Outcome
from rojasgraph.engine.results import collapsed, plain
from rojasgraph.engine.wiring import Floats
from rojasgraph.numbers.arrays import sum_to
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import Order


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by node and edge of the listing; None where no path leads to an output."""

    values: list[Number]
    derivatives: list[tuple[Number, ...]]
    edge_derivatives: list[Number]
    adjoints: list[Number | None]
    deltas: list[tuple[Number, ...] | None]


def labels_of(account: Account) -> Labels:
    """Give the labels that others are products of; without a backward pass no deltas."""
    with np.errstate(all="ignore"):
        labels = _labels(account)
        if account.outcomes:
            labels.deltas.extend(_deltas(account, labels))
            _add_shares(account, labels)
        return labels


def _labels(account: Account) -> Labels:
    base, shapes = account.base, account.shapes
    whole, wiring = account.feed.filled, account.base.wiring
    values = _collapsed(account.values, whole, shapes)
    of_slots = base.nodes[wiring.nodes_of_slots()].tolist()
    halves = account.halves
    own = [
        () if same else shapes[j] for j, same in zip(of_slots, halves.plain.tolist(), strict=True)
    ]
    partials = _collapsed(halves.partials, whole, own)
    first = wiring.first_slot.tolist()
    derivatives: list[tuple[Number, ...]] = [()] * len(values)
    for j, start, stop in zip(base.nodes.tolist(), first[:-1], first[1:], strict=True):
        derivatives[j] = tuple(partials[start:stop])
    return Labels(
        values,
        derivatives,
        _edge_derivatives(account, values, derivatives),
        _adjoints(account.outcomes, shapes),
        [],
    )


def _collapsed(table: Floats, whole: Shape, shapes: Sequence[Shape]) -> list[Number]:
    """Give each row its own shape."""
    if not whole:
        column = table[:, 0]
        return column.tolist() if column.dtype == np.float64 else list(column)
    return [collapsed(row, whole, own) for row, own in zip(table, shapes, strict=True)]


def _edge_derivatives(
    account: Account, values: list[Number], derivatives: list[tuple[Number, ...]]
) -> list[Number]:
    """Multiply the weight of each edge, its own or a shared one, with the partial of its slot."""
    listing = account.listing
    weights = np.empty(len(listing.weights), account.values.dtype)
    weights[account.base.edges] = account.contents.store.weights
    columns = zip(listing.heads.tolist(), listing.slots.tolist(), listing.weighted.tolist(),
                  listing.shared.tolist(), _collapsed(weights[:, None], (), ()),
                  strict=True)  # fmt: skip
    found = []
    for head, slot, weighted, shared, weight in columns:
        partial = derivatives[head][slot]
        if weighted:
            partial = weight * partial
        elif shared >= 0:
            partial = values[shared] * partial
        found.append(partial)
    return found


def _adjoints(outcomes: Sequence[Outcome], shapes: Sequence[Shape]) -> list[Number | None]:
    """Collect the adjoints; where outputs of several shapes meet, their totals are added."""
    found: list[Number | None] = [None] * len(shapes)
    for outcome in outcomes:
        assert outcome.node_adjoints is not None  # noqa: S101 - asked for
        assert outcome.live is not None  # noqa: S101 - it is a backward pass
        nodes = np.flatnonzero(outcome.live)
        rows = _collapsed(outcome.node_adjoints[nodes], outcome.shape, [outcome.shape] * len(nodes))
        for j, adjoint in zip(nodes.tolist(), rows, strict=True):
            before = found[j]
            if before is None:
                found[j] = adjoint
            else:
                found[j] = _total(before, shapes[j]) + _total(adjoint, shapes[j])
    return found


def _total(label: Number, shape: Shape) -> Number:
    total = sum_to(label, shape)
    return total if shape else plain(np.asarray(total)[()])


def _deltas(account: Account, labels: Labels) -> Iterator[tuple[Number, ...] | None]:
    """Multiply the adjoint of each node with its stored derivatives."""
    listing = account.listing
    passes = [*(row.passes for row, _ in listing.operations), True, True, True]
    for code, adjoint, derivatives in zip(
        listing.codes.tolist(), labels.adjoints, labels.derivatives, strict=True
    ):
        carries = adjoint is not None and passes[code]
        yield tuple([adjoint * partial for partial in derivatives]) if carries else None


def _add_shares(account: Account, labels: Labels) -> None:
    """Add to the adjoints of shared parameters what the edges that share them contribute.

    Where a parameter is a batch, its adjoint has them already: see `expansion`.
    """
    listing, shapes = account.listing, account.shapes
    terms: dict[int, list[Number]] = {}
    for e in np.flatnonzero(listing.shared >= 0).tolist():
        delta, j = labels.deltas[int(listing.heads[e])], int(listing.shared[e])
        if delta is not None and not shapes[j]:
            share = labels.values[int(listing.tails[e])] * delta[int(listing.slots[e])]
            terms.setdefault(j, []).append(share)
    for j, shares in terms.items():
        found = [*shares] if labels.adjoints[j] is None else [labels.adjoints[j], *shares]
        if len({np.shape(term) for term in found}) > 1:
            found = [_total(term, shapes[j]) for term in found]
        labels.adjoints[j] = sum(found[1:], start=found[0])


def write_labels(order: Order, account: Account, labels: Labels) -> None:
    """Write the labels of both passes on a graph; those of the backward pass if there was one.

    Args:
        order: of the graph; its nodes and edges are those of the account's listing.
        account: of the pass.
        labels: of the pass.
    """
    with np.errstate(all="ignore"):
        _write_forward(order, account, labels)
        if account.outcomes:
            _write_backward(order, account, labels)


def _write_forward(order: Order, account: Account, labels: Labels) -> None:
    codes = account.listing.codes.tolist()
    for attributes, code, value, derivatives in zip(
        order.nodes, codes, labels.values, labels.derivatives, strict=True
    ):
        if code not in {PARAMETER, CONSTANT}:
            attributes["value"] = value
        attributes["derivatives"] = derivatives
        attributes.pop("adjoint", None)
        attributes.pop("delta", None)
    for edge, derivative in zip(order.edges, labels.edge_derivatives, strict=True):
        edge["derivative"] = derivative
        edge.pop("contribution", None)
        edge.pop("gradient", None)


def _write_backward(order: Order, account: Account, labels: Labels) -> None:
    """Write adjoints, and their products with what the forward pass stored; 0 at dead ends."""
    listing, deltas = account.listing, labels.deltas
    zero = plain(account.values.dtype.type(0))
    for attributes, adjoint, delta, derivatives in zip(
        order.nodes, labels.adjoints, deltas, labels.derivatives, strict=True
    ):
        attributes["adjoint"] = zero if adjoint is None else adjoint
        attributes["delta"] = (zero,) * len(derivatives) if delta is None else delta
    columns = zip(listing.tails.tolist(), listing.heads.tolist(), listing.slots.tolist(),
                  order.edges, labels.edge_derivatives, strict=True)  # fmt: skip
    for tail, head, slot, edge, derivative in columns:
        delta = deltas[head]
        edge["contribution"] = zero if delta is None else labels.adjoints[head] * derivative
        edge["gradient"] = zero if delta is None else labels.values[tail] * delta[slot]
