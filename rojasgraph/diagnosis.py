"""Say where a pass went bad: the nodes that made nan or inf out of finite numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from rojasgraph.contract import Record
from rojasgraph.labeling import Backward, Forward, Plan
from rojasgraph.numbers.kinds import Number
from rojasgraph.table import Primitive

_LISTED = 5


def listed(faults: list[str]) -> str:
    """Join faults into one message that stays readable."""
    more = len(faults) - _LISTED
    return "; ".join(faults[:_LISTED]) + (f"; and {more} more" if more > 0 else "")


def forward_faults(record: Record) -> list[str]:
    """Describe each node that makes nan, or inf out of finite numbers.

    What is asked is asked of each example of a batch. A source is named only where it holds nan,
    which nobody feeds on purpose; so is an edge whose own weight is nan. Where a node has no value
    though no operand of it is missing, its derivatives become nan too: 1/x is not the derivative
    of a logarithm at −1. Where it only passes a nan on, it keeps them. An operand is missing where
    its tail or its weight, own or shared, is nan.
    """
    isfinite = record.reading.system.isfinite
    bad = {j for j, value in enumerate(record.forward.values) if not isfinite(value)}
    texts = []
    for j in sorted(bad):
        texts += _missing_weights(record, j)
        lost, grown = _made_here(record, j, bad)
        if not (np.any(lost) or np.any(grown)):
            continue
        if record.reading.plan.primitives[j] is not None:
            _take_derivatives_away(record, j, lost)
        texts.append(_forward_fault(record, j, lost if np.any(lost) else grown))
    return texts


def _made_here(record: Record, j: int, bad: set[int]) -> tuple[Any, Any]:
    """Mark where a node has no value though what it computes with has; and where it turns infinite.

    Args:
        record: of the pass.
        j: the node, one of `bad`.
        bad: the nodes that have nan or inf somewhere.

    Returns:
        Two truth values, or arrays of them by example.
    """
    values = record.forward.values
    missing = _missing(values[j])
    if record.reading.plan.primitives[j] is None:
        return missing, False
    fed = [values[i] for i in _needed(record, j) & bad]
    own = [record.reading.plan.weights[e] for e in _without_weight(record, j)]
    without = reduce(np.logical_or, map(_missing, [*fed, *own]), np.False_)
    infinite = reduce(np.logical_or, map(_not_finite, fed), np.False_)
    lost = np.logical_and(missing, np.logical_not(without))
    grown = np.logical_and(_not_finite(values[j]), np.logical_not(np.logical_or(missing, infinite)))
    return lost, grown


def _missing(value: Number) -> Any:  # noqa: ANN401 - a truth value, or an array of them
    missing = value != value  # noqa: PLR0124 - so is nan, in every number system
    return missing if isinstance(value, np.ndarray) else bool(missing)


def _not_finite(value: Number) -> Any:  # noqa: ANN401 - as above
    """Mark what is nan or inf in a value of which something is."""
    return ~np.isfinite(value) if isinstance(value, np.ndarray) else True


def _needed(record: Record, j: int) -> set[int]:
    """Collect the nodes that a node computes with."""
    plan = record.reading.plan
    edges = plan.incoming[j]
    return {plan.tails[e] for e in edges} | {plan.shared[e] for e in edges if e in plan.shared}


def _without_weight(record: Record, j: int) -> list[int]:
    """List the edges into a node whose own weight is nan."""
    plan = record.reading.plan
    return [e for e in plan.incoming[j] if e not in plan.shared and _missing(plan.weights[e])]


def _missing_weights(record: Record, j: int) -> list[str]:
    names, tails = record.order.names, record.reading.plan.tails
    return [
        f"edge {names[tails[e]]!r} → {names[j]!r}: its weight is nan"
        for e in _without_weight(record, j)
    ]


def _take_derivatives_away(record: Record, j: int, lost: Any) -> None:  # noqa: ANN401
    """Let the derivatives of a node be nan where it lost its value."""
    forward, where = record.forward, record.reading.system.where
    value = forward.values[j]
    forward.derivatives[j] = tuple(where(lost, value, d) for d in forward.derivatives[j])
    for e in record.reading.plan.incoming[j]:
        forward.edge_derivatives[e] = where(lost, value, forward.edge_derivatives[e])


def _forward_fault(record: Record, j: int, marked: Any) -> str:  # noqa: ANN401
    """Describe what a node does where it is marked."""
    plan = record.reading.plan
    row, value, name = plan.primitives[j], record.forward.values[j], record.order.names[j]
    where, example = _first(value, marked) or ((), "")
    if row is None:
        return f"{record.order.nodes[j]['op']} {name!r} is nan{example}"
    operands = [_at(x, where) for x in nets_of(plan, record.forward, j)]
    if row.domain is not None and not _holds(row, operands, plan.arguments[j]):
        got = _listed_operands(row, operands)
        return f"node {name!r}: {row.name} needs {row.domain[0]}; got {got}{example}"
    at = _listed_operands(row, operands)
    return f"node {name!r}: {row.name} at {at} is {_at(value, where)}{example}"


def _listed_operands(row: Primitive, operands: list[Number]) -> str:
    return ", ".join(f"{row.slot_name(s)} = {x}" for s, x in enumerate(operands))


def backward_faults(record: Record, backward: Backward) -> list[str]:
    """Describe each place where an adjoint turns nan or inf while those after it are finite.

    What only reaches a constant is left out: nobody asks for that derivative.
    """
    isfinite = record.reading.system.isfinite
    bad = {
        j
        for j, adjoint in enumerate(backward.adjoints)
        if adjoint is not None and not isfinite(adjoint)
    }
    places = [
        j
        for j in sorted(bad, reverse=True)
        if j not in record.reading.constants and not _heads(record, j) & bad
    ]
    texts = [_backward_fault(record, backward, j) for j in places]
    texts += _weight_faults(record, backward, bad)
    return list(dict.fromkeys(texts))


def _weight_faults(record: Record, backward: Backward, bad: set[int]) -> list[str]:
    """Describe where only the derivative by a weight is nan or inf, its tail being a constant."""
    plan, order, isfinite = record.reading.plan, record.order, record.reading.system.isfinite
    return [
        text
        for e, gradient in enumerate(backward.gradients)
        if gradient is not None and plan.weights[e] is not None and not isfinite(gradient)
        if order.heads[e] not in bad and plan.tails[e] in record.reading.constants
        if (text := _pole(record, e))
    ]


def _edges_from(record: Record, j: int) -> list[int]:
    """List the edges out of a node, and those whose weight it shares."""
    plan = record.reading.plan
    return [*plan.outgoing[j], *plan.carriers.get(j, ())]


def _heads(record: Record, j: int) -> set[int]:
    return {record.order.heads[e] for e in _edges_from(record, j)}


def _backward_fault(record: Record, backward: Backward, j: int) -> str:
    """Name the operation behind a node that has no finite derivative there, if one has none."""
    for e in _edges_from(record, j):
        if backward.adjoints[record.order.heads[e]] is not None and (text := _pole(record, e)):
            return text
    return f"node {record.order.names[j]!r}: its adjoint is beyond the largest number"


def _pole(record: Record, e: int) -> str:
    """Describe the derivative of an edge's head by its slot if it is not finite; else ""."""
    order, plan, isfinite = record.order, record.reading.plan, record.reading.system.isfinite
    head, slot = order.heads[e], plan.slots[e]
    row, partial = plan.primitives[head], record.forward.derivatives[head][slot]
    if row is None or isfinite(partial):
        return ""
    where, example = _first(partial, _marked(partial)) or ((), "")
    operands = [_at(x, where) for x in nets_of(plan, record.forward, head)]
    return (
        f"node {order.names[head]!r}: the derivative of {row.name} by {row.slot_name(slot)} "
        f"at {_listed_operands(row, operands)} is {_at(partial, where)}{example}"
    )


def nets_of(plan: Plan, forward: Forward, j: int) -> list[Number]:
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


def _first(value: Number, found: Any) -> tuple[tuple[int, ...], str] | None:  # noqa: ANN401
    """Find the first example of a batch that is marked, and name it."""
    if not isinstance(value, np.ndarray):
        return ((), "") if found else None
    if not found.any():
        return None
    where = tuple(int(i) for i in np.unravel_index(np.argmax(found), value.shape))
    return where, f" (example {where[0] if len(where) == 1 else where})"


def _marked(value: Number) -> Any:  # noqa: ANN401 - a truth value, or an array of them
    """Mark what is nan; where nothing is, what is infinite."""
    missing = value != value  # noqa: PLR0124 - so is nan, in every number system
    if not isinstance(value, np.ndarray):
        return True
    return missing if missing.any() else ~np.isfinite(value)


def _at(value: Number, where: tuple[int, ...]) -> Number:
    """Take one example out of a batch; what is the same for all is taken as it is.

    Where an example is told by fewer axes than there are, as of a derivative that is the same for
    all, the first is taken.
    """
    if not isinstance(value, np.ndarray):
        return value
    last = ((0,) * value.ndim + where)[-value.ndim :] if value.ndim else ()
    return value[tuple(0 if n == 1 else i for i, n in zip(last, value.shape, strict=True))].item()
