"""What each node may round: first-order bounds on the errors that floats make in one operation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rojasgraph.analysis.links import Example, chosen
from rojasgraph.contract import Record
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.kinds import Number
from rojasgraph.table import TABLE, Primitive

_EXACT = frozenset({
    *("add", "neg", "identity", "abs", "sign", "step", "relu", "maximum", "minimum"),
    "stop_gradient",
})  # fmt: skip
"""What rounds nothing itself; the terms of a sum are rounded where they come together."""

_ROUNDED_ONCE = frozenset({"sub", "mul", "div", "reciprocal", "square", "sqrt"})

_SEVERAL = {
    "half_squared": (0, 3),  # a difference, which the square doubles, and the square itself
    "squared_error": (0, 3),
    "softsign": (0, 2),
    "sigmoid": (1, 2),
    "silu": (1, 3),
    "elu": (1, 1),
    "softplus": (2, 1),
}
"""Of how many library functions and other rounded operations a row is made."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How floats round.

    Attributes:
        unit: the unit roundoff.
        library: how many of it a library function may err by.
        own: the same for operations by name, in place of what is known of them.
    """

    unit: float
    library: float
    own: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse what is no such number.

        Raises:
            ArgumentError: a number is negative, or an operation is none.
        """
        for name, given in [("unit_roundoff", self.unit), ("library", self.library)]:
            check_size(name, given)
        for op, given in self.own.items():
            if op not in TABLE:
                message = f"roundoffs names {op!r}, which is no operation"
                raise ArgumentError(message)
            check_size(f"roundoffs[{op!r}]", given)


def check_size(name: str, given: float) -> None:
    """Refuse what is no size of an error.

    Raises:
        ArgumentError: the number is negative or not finite.
    """
    if not (isinstance(given, int | float) and 0 <= given < math.inf):
        message = f"{name} must be a finite number from 0 up; got {given!r}"
        raise ArgumentError(message)


def rounding_of(record: Record, j: int, arithmetic: Arithmetic, example: Example = None) -> float:
    """Bound the error of a node's value that is made in the node itself, to first order.

    What comes in at a slot is a sum: each product with a weight is rounded, but by a power of two,
    and so is each addition. The row's own rounding follows.

    Args:
        record: of the forward pass.
        j: the node.
        arithmetic: how floats round.
        example: of a batch.

    Returns:
        An absolute error; 0 for a source.
    """
    plan, forward = record.reading.plan, record.forward
    row = plan.primitives[j]
    if row is None:
        return 0.0
    value = float(abs(chosen(forward.values[j], example)))
    error = arithmetic.unit * _multiples(record, j, row, arithmetic) * value
    slots = _by_slot(record, j)
    for slot, partial in enumerate(forward.derivatives[j]):
        summed = _of_sum(record, slots[slot], example)
        if summed:
            error += arithmetic.unit * float(abs(chosen(partial, example))) * summed
    return error


def _by_slot(record: Record, j: int) -> list[list[int]]:
    """List the edges into each slot of a node."""
    plan = record.reading.plan
    slots: list[list[int]] = [[] for _ in range(plan.slot_counts[j])]
    for e in plan.incoming[j]:
        slots[plan.slots[e]].append(e)
    return slots


def _of_sum(record: Record, edges: Sequence[int], example: Example) -> float:
    """Add the sizes of all that is rounded while a slot collects what comes in."""
    plan, values = record.reading.plan, record.forward.values
    rounded, total = 0.0, None
    for e in edges:
        weight = values[plan.shared[e]] if e in plan.shared else plan.weights[e]
        carried = chosen(values[plan.tails[e]], example)
        if weight is not None:
            weight = chosen(weight, example)
            carried = weight * carried
            rounded += 0.0 if is_power_of_two(weight) else float(abs(carried))
        if total is None:
            total = carried
        else:
            total = total + carried
            rounded += float(abs(total))
    return rounded


def _multiples(record: Record, j: int, row: Primitive, arithmetic: Arithmetic) -> float:
    """Give how many unit roundoffs a row may err by, of its value."""
    if row.name in arithmetic.own:
        return arithmetic.own[row.name]
    if row.name in _EXACT or _by_power_of_two(record, j, row):
        return 0.0
    if row.name in _ROUNDED_ONCE or row.name in {"scale", "leaky_relu"}:
        return 1.0
    if row.name == "prod":
        return float(record.reading.plan.slot_counts[j] - 1)
    exponent = record.reading.plan.arguments[j].get("exponent")
    if row.name == "power" and exponent in {-1, 0, 1, 2}:
        return 0.0 if exponent in {0, 1} else 1.0
    functions, others = _SEVERAL.get(row.name, (1, 0))
    return functions * arithmetic.library + others


def _by_power_of_two(record: Record, j: int, row: Primitive) -> bool:
    """Tell whether a product or quotient is one with a constant power of two."""
    plan = record.reading.plan
    if row.name == "scale":
        return is_power_of_two(plan.arguments[j]["factor"])
    factors = {"mul": 2, "prod": plan.slot_counts[j], "div": 2}.get(row.name, 0)
    slots = _by_slot(record, j)[1 if row.name == "div" else 0 :] if factors else []
    exact = sum(_is_constant_power(record, edges) for edges in slots)
    return bool(factors) and exact >= max(factors - 1, 1)


def _is_constant_power(record: Record, edges: Sequence[int]) -> bool:
    """Tell whether all that comes in at a slot is one constant, a power of two."""
    plan, sources = record.reading.plan, record.reading.sources
    if len(edges) > 1 or plan.weights[edges[0]] is not None or edges[0] in plan.shared:
        return False
    tail = plan.tails[edges[0]]
    return tail in record.reading.constants and is_power_of_two(sources[tail])


def is_power_of_two(number: Number) -> bool:
    """Tell whether floats multiply by a number exactly: 0, or a power of two, of either sign.

    >>> is_power_of_two(-0.25), is_power_of_two(0.1), is_power_of_two(0)
    (True, False, True)
    """
    try:
        significand, _ = math.frexp(float(number))
    except (TypeError, ValueError, OverflowError):  # a formula, a batch, an integer beyond floats
        return False
    return abs(significand) in {0.0, 0.5}
