"""Say where a pass went bad: the nodes that made nan or inf out of finite numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rojasgraph.engine.account import Account
from rojasgraph.engine.feeding import Shape
from rojasgraph.engine.listing import CONSTANT, SOURCE_CODES
from rojasgraph.engine.passes import Outcome
from rojasgraph.engine.wiring import Floats, Integers, Truths
from rojasgraph.table import Primitive

_LISTED = 5
"""How many faults a message lists."""


def forward_faults(account: Account) -> str:
    """Describe the nodes that make nan, or inf out of finite numbers; "" where none does.

    What is asked is asked of each example. A source is named only where it holds nan, which
    nobody feeds on purpose; so is an edge whose own weight is nan.
    """
    listing, values = account.listing, account.values
    bad, missing = ~np.isfinite(values), np.isnan(values)
    holes = _without_weight(account)
    lost = missing & ~_fed_by(account, missing)
    lost[listing.heads[holes]] = False
    grown = bad & ~missing & ~_fed_by(account, bad)
    grown[listing.codes < 0] = False
    nodes = np.flatnonzero(_in_any_example(lost | grown)).tolist()
    texts = [(j, _forward_fault(account, j, lost[j] if lost[j].any() else grown[j])) for j in nodes]
    for e in holes[_in_any_example(bad)[listing.heads[holes]]].tolist():
        tail, head = int(listing.tails[e]), int(listing.heads[e])
        names = listing.names
        texts.append((head, f"edge {names[tail]!r} → {names[head]!r}: its weight is nan"))
    return _joined([text for _, text in sorted(texts, key=lambda each: each[0])])


def _without_weight(account: Account) -> Integers:
    """List the edges whose own weight is nan."""
    weights = np.empty(len(account.listing.tails))
    weights[account.base.edges] = account.weights[:, 0]
    return np.flatnonzero(np.isnan(weights) & (account.listing.shared < 0))


def _in_any_example(marked: Truths) -> Truths:
    found: Truths = np.logical_or.reduce(marked, axis=1)
    return found


def _fed_by(account: Account, marked: Truths) -> Truths:
    """Mark, by example, the nodes that compute with a marked one."""
    listing = account.listing
    found, some = np.zeros_like(marked), _in_any_example(marked)
    for feeding, edges in ((listing.tails, None), (listing.shared, listing.shared >= 0)):
        spreading = np.flatnonzero(some[feeding] if edges is None else some[feeding] & edges)
        np.logical_or.at(found, listing.heads[spreading], marked[feeding[spreading]])
    return found


def _forward_fault(account: Account, j: int, marked: Truths) -> str:
    """Describe what a node does in the first example that is marked."""
    listing, value, example = account.listing, account.values[j], int(np.argmax(marked))
    name, code = listing.names[j], int(listing.codes[j])
    where = _example(account.feed.filled, example, same=not account.shapes[j])
    if code < 0:
        kind = {number: op for op, number in SOURCE_CODES.items()}[code]
        return f"{kind} {name!r} is nan{where}"
    row = listing.operations[code].row
    operands = _operands(account, j, example)
    at = _at(row, operands)
    if row.domain is not None and not row.domain[1](*operands, **_arguments(account, j, row)):
        return f"node {name!r}: {row.name} needs {row.domain[0]}; got {at}{where}"
    return f"node {name!r}: {row.name} at {at} is {value[example]}{where}"


def backward_faults(account: Account) -> str:
    """Describe where a derivative turns nan or inf while those after it are finite; "" if nowhere.

    What only reaches a constant is left out: nobody asks for that derivative.
    """
    texts = [text for outcome in account.outcomes for text in _backward_faults(account, outcome)]
    return _joined(list(dict.fromkeys(texts)))


def _backward_faults(account: Account, outcome: Outcome) -> Iterator[str]:
    listing, live = account.listing, outcome.live
    assert live is not None  # noqa: S101 - it is a backward pass
    passing = np.array([*(row.passes for row, _ in listing.operations), True, True, True])
    heads = listing.heads
    carrying = live[heads] & passing[listing.codes[heads]]
    bad = _in_any_example(~np.isfinite(_with_shares(account, outcome, carrying)))
    from_constant = listing.codes[listing.tails] == CONSTANT
    infinite = carrying & ~bad[heads] & ~_finite_partials(account)
    before = np.zeros(len(bad), np.bool_)
    before[listing.tails[carrying & bad[heads]]] = True
    before[listing.shared[carrying & bad[heads] & (listing.shared >= 0)]] = True
    edges = np.flatnonzero(infinite)[::-1]
    poles = dict(zip(listing.tails[edges].tolist(), edges.tolist(), strict=True))
    for j in np.flatnonzero(bad & ~before & (listing.codes != CONSTANT)).tolist()[::-1]:
        name = listing.names[j]
        yield (
            _pole(account, poles[j])
            if j in poles
            else (f"node {name!r}: its adjoint is beyond the largest number")
        )
    by_weight = infinite & ((listing.weighted & from_constant) | (listing.shared >= 0))
    yield from (_pole(account, e) for e in np.flatnonzero(by_weight).tolist())


def _with_shares(account: Account, outcome: Outcome, carrying: Truths) -> Floats:
    """Give the adjoints by node; of shared parameters with what the edges contribute.

    Where a parameter is a batch, its adjoint has them already: see `expansion`.
    """
    adjoints, listing, base = outcome.node_adjoints, account.listing, account.base
    assert adjoints is not None  # noqa: S101 - asked for
    shared = np.flatnonzero(carrying & (listing.shared >= 0))
    mine = shared[[not account.shapes[j] for j in listing.shared[shared].tolist()]]
    if not len(mine) or outcome.shape != account.feed.filled:
        return adjoints
    adjoints, partials = adjoints.copy(), np.empty((len(listing.slots), adjoints.shape[1]))
    partials[base.edges] = account.halves.partials[base.wiring.slots]
    with np.errstate(all="ignore"):
        deltas = adjoints[listing.heads[mine]] * partials[mine]
        np.add.at(adjoints, listing.shared[mine], account.values[listing.tails[mine]] * deltas)
    return adjoints


def _finite_partials(account: Account) -> Truths:
    """Tell by edge whether the partial of the slot that it feeds is finite."""
    finite = ~_in_any_example(~np.isfinite(account.halves.partials))
    found = np.empty(len(account.listing.slots), np.bool_)
    found[account.base.edges] = finite[account.base.wiring.slots]
    return found


def _pole(account: Account, e: int) -> str:
    """Describe the derivative of an edge's head by its slot."""
    listing = account.listing
    j, slot = int(listing.heads[e]), int(listing.slots[e])
    row = listing.operations[int(listing.codes[j])].row
    place = int(account.base.wiring.first_slot[account.base.places[j]]) + slot
    partial = account.halves.partials[place]
    example = _first(partial)
    where = _example(account.feed.filled, example, same=not account.shapes[j])
    at = _at(row, _operands(account, j, example))
    return (
        f"node {listing.names[j]!r}: the derivative of {row.name} by {row.slot_name(slot)} at {at} "
        f"is {partial[example]}{where}"
    )


# --- words --------------------------------------------------------------------------------------


def _first(values: Floats) -> int:
    """Give the first example that is nan; where none is, the first that is infinite."""
    missing = np.isnan(values)
    return int(np.argmax(missing if missing.any() else ~np.isfinite(values)))


def _example(shape: Shape, example: int, *, same: bool) -> str:
    if same or not shape:
        return ""
    where = tuple(int(i) for i in np.unravel_index(example, shape))
    return f" (example {where[0] if len(where) == 1 else where})"


def _operands(account: Account, j: int, example: int) -> list[float]:
    place = int(account.base.places[j])
    first = account.base.wiring.first_slot
    nets = account.halves.nets[int(first[place]) : int(first[place + 1]), example]
    return [float(x) for x in nets]


def _arguments(account: Account, j: int, row: Primitive) -> dict[str, float]:
    first = account.listing.first_argument
    numbers = account.listing.arguments[int(first[j]) : int(first[j + 1])]
    return dict(zip(row.arguments, map(float, numbers), strict=True))


def _at(row: Primitive, operands: list[float]) -> str:
    return ", ".join(f"{row.slot_name(s)} = {x}" for s, x in enumerate(operands))


def _joined(faults: list[str]) -> str:
    more = len(faults) - _LISTED
    return "; ".join(faults[:_LISTED]) + (f"; and {more} more" if more > 0 else "")
