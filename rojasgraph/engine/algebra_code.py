"""A path algebra as straight-line code: what kernels are written from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.recording import Recording
from rojasgraph.semirings import Algebra, Element
from rojasgraph.terms import Tape, Term


@dataclass(frozen=True, slots=True, eq=False)
class AlgebraCode:
    """What a sweep does over an algebra.

    Attributes:
        algebra: the algebra.
        carry: from a derivative and a label to lift(derivative) ⊗ label.
        join: from two labels to their ⊕.
    """

    algebra: Algebra
    carry: Recording
    join: Recording

    @property
    def description(self) -> str:
        """What the code computes."""
        return f"{self.algebra.structural}\n{self.carry}\n{self.join}"


def parts_of(element: Element) -> tuple[Any, ...]:
    """Give an element as a tuple of numbers."""
    return tuple(element) if isinstance(element, tuple) else (element,)


def element_of(algebra: Algebra, parts: tuple[Any, ...]) -> Element:
    """Give a tuple of numbers as an element."""
    return parts if algebra.width > 1 else parts[0]


@lru_cache(maxsize=32)
def code_of(algebra: Algebra) -> AlgebraCode:
    """Record the rules of an algebra.

    Raises:
        ArgumentError: they branch on a value, or leave the functions of `xp`.
    """
    width = algebra.width

    def carry(own: Algebra, d: Term, *label: Term) -> Element:
        factor = own.rules.lift(own.xp, d)
        if _constants(factor) == _constants(own.one):
            return label  # 1 ⊗ a is a
        return own.rules.times(own.xp, factor, element_of(own, label))

    def join(own: Algebra, *labels: Term) -> Element:
        a, b = element_of(own, labels[:width]), element_of(own, labels[width:])
        return own.rules.plus(own.xp, a, b)

    return AlgebraCode(
        algebra, _recorded(algebra, carry, 1 + width), _recorded(algebra, join, 2 * width)
    )


def _constants(element: Element) -> tuple[Any, ...] | None:
    """Give the numbers of a constant element; None where something is not known yet."""
    parts = [x.constant if isinstance(x, Term) else x for x in parts_of(element)]
    return None if None in parts else tuple(parts)


def _recorded(algebra: Algebra, rule: Callable[..., Element], operands: int) -> Recording:
    tape = Tape()
    inputs = tuple(tape.input(f"x{i}") for i in range(operands))
    try:
        found = parts_of(rule(replace(algebra, xp=tape.namespace()), *inputs))
        value, *others = (tape.number(x) for x in found)
    except (ArgumentError, DomainError, TypeError) as error:
        message = f"the algebra {algebra.name} cannot be recorded as code: {error}"
        raise ArgumentError(message) from error
    return Recording(inputs, {}, value, tuple(others))
