"""Exact fractions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from rojasgraph.errors import DomainError
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.namespace import Namespace, add_all, larger, sign, smaller


def _to_fraction(value: Number) -> Fraction:
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            message = f"{value} is no fraction"
            raise TypeError(message)
        return Fraction(repr(float(value)))
    if isinstance(value, np.integer | np.bool_):
        return Fraction(int(value))
    if isinstance(value, int | Fraction) or (isinstance(value, Decimal) and value.is_finite()):
        return Fraction(value)
    message = f"{value!r} ({type(value).__name__}) is no fraction"
    raise TypeError(message)


_MOST_BITS = 1_000_000
"""The size of exact numbers, so that no formula eats the machine's memory."""


def _size(number: Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())


def _refuse_large(number: Fraction) -> None:
    """Refuse a number whose next square may be the one that never ends.

    Raises:
        DomainError: it is too large.
    """
    if isinstance(number, Fraction) and _size(number) > _MOST_BITS:
        message = f"a number of more than {_MOST_BITS} binary digits is not computed on with"
        raise DomainError(message)


def _total(terms: Sequence[Fraction], like: Fraction | None = None) -> Fraction:
    """Add what comes together at a node."""
    found: Fraction = add_all(terms, like)
    _refuse_large(found)
    return found


def _fraction_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        message = "a power with a broken exponent has no exact value among Fractions"
        raise DomainError(message)
    size = _size(base)
    if size > 1 and abs(exponent) * size > _MOST_BITS:
        message = f"a power of more than {_MOST_BITS} binary digits is not computed exactly"
        raise DomainError(message)
    return base ** int(exponent)


def _fractions() -> Namespace:
    return FRACTION


FRACTION = Namespace(
    name="Fractions",
    origin=(_fractions, ()),
    exact=True,
    lift=_to_fraction,
    isfinite=lambda _value: True,
    zero=Fraction(0),
    one=Fraction(1),
    abs=abs,
    sign=sign,
    heaviside=lambda x, at_zero: Fraction(1 if x > 0 else 0) if x else at_zero,
    maximum=larger,
    minimum=smaller,
    power=_fraction_power,
    total=_total,
    refuse_large=_refuse_large,
)
