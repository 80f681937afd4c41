"""Say where a pass went bad: the nodes that made nan or inf out of finite numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rojasgraph.contract import Reading
from rojasgraph.labeling import Backward, Forward, Plan
from rojasgraph.numbers import Namespace, Number
from rojasgraph.order import Order
from rojasgraph.primitive import Primitive

_LISTED = 5


def listed(faults: list[str]) -> str:
    """Join faults into one message that stays readable."""
    more = len(faults) - _LISTED
    return "; ".join(faults[:_LISTED]) + (f"; and {more} more" if more > 0 else "")


def forward_faults(order: Order, reading: Reading, forward: Forward) -> list[str]:
    """Describe each node whose value is nan or inf while its tails are finite.

    A source is named only where it holds nan, which nobody feeds on purpose. Where a node has no
    value, its derivatives become nan too: 1/x is not the derivative of a logarithm at −1.
    """
    plan, xp = reading.plan, reading.system
    bad = {j for j, value in enumerate(forward.values) if not xp.isfinite(value)}
    for j in bad:
        _take_derivatives_away(plan, forward, xp, j)
    return [text for j in sorted(bad) if (text := _forward_fault(order, plan, forward, xp, j, bad))]


def _take_derivatives_away(plan: Plan, forward: Forward, xp: Namespace, j: int) -> None:
    """Let the derivatives of a node be nan where its value is."""
    value = forward.values[j]
    missing = value != value
    forward.derivatives[j] = tuple(xp.where(missing, value, d) for d in forward.derivatives[j])
    for e in plan.incoming[j]:
        derivative = forward.edge_derivatives[e]
        forward.edge_derivatives[e] = xp.where(missing, value, derivative)


def _forward_fault(
    order: Order, plan: Plan, forward: Forward, xp: Namespace, j: int, bad: set[int]
) -> str:
    name, row, value = order.names[j], plan.primitives[j], forward.values[j]
    if row is None:
        holds_nan = _first(value, lambda v: v != v)
        return f"{order.nodes[j]['op']} {name!r} is nan{holds_nan[1]}" if holds_nan else ""
    needed = {plan.tails[e] for e in plan.incoming[j]}
    needed |= {plan.shared[e] for e in plan.incoming[j] if e in plan.shared}
    if needed & bad:
        return ""
    where, example = _first(value, lambda v: not xp.isfinite(v)) or ((), "")
    operands = [_at(x, where) for x in _nets(plan, forward, j)]
    shown = ", ".join(f"{row.slot_name(s)} = {x}" for s, x in enumerate(operands))
    result = _at(value, where)
    if row.domain is not None and not _holds(row, operands, plan.arguments[j]):
        return f"node {name!r}: {row.name} needs {row.domain[0]}; got {shown}{example}"
    return f"node {name!r}: {row.name} at {shown} is {result}{example}"


def backward_faults(
    order: Order, reading: Reading, forward: Forward, backward: Backward
) -> list[str]:
    """Describe each place where an adjoint turns nan or inf while those after it are finite.

    What only reaches a constant is left out: nobody asks for that derivative.
    """
    plan, xp = reading.plan, reading.system
    bad = {
        j
        for j, adjoint in enumerate(backward.adjoints)
        if adjoint is not None and not xp.isfinite(adjoint)
    }
    texts = {
        text: None
        for j in sorted(bad, reverse=True)
        if order.nodes[j].get("op") != "constant"
        for text in _backward_fault(order, plan, forward, backward, xp, j, bad)
    }
    return list(texts)


def _backward_fault(
    order: Order,
    plan: Plan,
    forward: Forward,
    backward: Backward,
    xp: Namespace,
    j: int,
    bad: set[int],
) -> Iterator[str]:
    edges = [*plan.outgoing[j], *plan.carriers.get(j, ())]
    if any(order.heads[e] in bad for e in edges):
        return
    for e in edges:
        head, slot = order.heads[e], plan.slots[e]
        row, partial = plan.primitives[head], forward.derivatives[head][slot]
        if backward.adjoints[head] is None or row is None or xp.isfinite(partial):
            continue
        where, example = _first(partial, lambda v: not xp.isfinite(v)) or ((), "")
        operands = [_at(x, where) for x in _nets(plan, forward, head)]
        shown = ", ".join(f"{row.slot_name(s)} = {x}" for s, x in enumerate(operands))
        yield (
            f"node {order.names[head]!r}: the derivative of {row.name} by {row.slot_name(slot)} "
            f"at {shown} is {_at(partial, where)}{example}"
        )
        return
    yield f"node {order.names[j]!r}: its adjoint is beyond the largest number"


def _nets(plan: Plan, forward: Forward, j: int) -> list[Number]:
    """Sum once more what each slot of a node collects."""
    nets: list[Number] = [0] * plan.slot_counts[j]
    for e in plan.incoming[j]:
        weight = forward.values[plan.shared[e]] if e in plan.shared else plan.weights[e]
        value = forward.values[plan.tails[e]]
        nets[plan.slots[e]] = nets[plan.slots[e]] + (value if weight is None else weight * value)
    return nets


def _holds(row: Primitive, operands: list[Number], arguments: Mapping[str, Number]) -> bool:
    assert row.domain is not None  # noqa: S101 - for the type checker
    try:
        return bool(row.domain[1](*operands, **arguments))
    except TypeError:  # an order among complex or symbolic values
        return True


def _first(value: Number, test: Any) -> tuple[tuple[int, ...], str] | None:  # noqa: ANN401
    """Find the first example of a batch that a test picks, and name it."""
    if not isinstance(value, np.ndarray):
        return ((), "") if test(value) else None
    for where in np.ndindex(value.shape):
        if test(value[where]):
            return where, f" (example {where[0] if len(where) == 1 else where})"
    return None


def _at(value: Number, where: tuple[int, ...]) -> Number:
    """Take one example out of a batch; what is the same for all is taken as it is."""
    if not isinstance(value, np.ndarray):
        return value
    last = where[len(where) - value.ndim :]
    return value[tuple(0 if n == 1 else i for i, n in zip(last, value.shape, strict=True))].item()
