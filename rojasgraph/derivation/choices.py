"""Derivatives that are one formula here and another there, in words.

Where an operation chooses (the larger of two, 0 below 0), so does its derivative. sympy writes that
as functions that the user of a formula has not met.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Formula = Any
"""A sympy expression."""


def is_choice(formula: Formula) -> bool:
    """Tell whether a formula is a choice, and can be told in words."""
    return bool(formula.is_Piecewise) or type(formula).__name__ == "Heaviside"


def in_words(choice: Formula) -> str:
    """Tell a choice in words.

    >>> import sympy as sp
    >>> a, b = sp.symbols("a b")
    >>> in_words(sp.Piecewise((1, a > b), (sp.Piecewise((0, a < b), (sp.S.Half, True)), True)))
    '1 where a > b, 0 where a < b, else 1/2'
    >>> in_words(sp.Heaviside(a, 0))
    '1 where a > 0, else 0'
    """
    return ", ".join(
        f"else {value}" if condition in (True, None) else f"{value} where {condition}"
        for value, condition in _cases(choice)
    )


def _cases(choice: Formula) -> Iterator[tuple[Formula, Any]]:
    """Give each value with its condition; None for the last, where it is what is left."""
    import sympy as sp

    while True:
        if not choice.is_Piecewise:
            operand, at_zero = choice.args
            yield 1, sp.Ge(operand, 0) if at_zero == 1 else sp.Gt(operand, 0)
            if at_zero not in (0, 1):
                yield 0, sp.Lt(operand, 0)
            yield (0 if at_zero == 1 else at_zero), None
            return
        *before, (value, condition) = choice.args
        yield from before
        if condition != True or not is_choice(value):  # noqa: E712 - sympy's own
            yield value, condition
            return
        choice = value
