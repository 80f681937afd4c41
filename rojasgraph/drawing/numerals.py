"""Write numbers, of any number system and in batches, as short text.

Integers and fractions are exact as long as they are short. Everything else is rounded to some
significant digits. The minus sign is the true one (U+2212), powers of ten are raised.
"""

from __future__ import annotations

import numbers
import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph.drawing.names import (
    ELLIPSIS,
    MINUS,
    shortened,
    superscript,
    visible,
    with_subscripts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

INFINITY = "∞"
LENGTH = 24
"""How many characters a number may take before an exact form is given up."""

LISTED_EXAMPLES = 3
"""How many examples of a batch are written one by one."""


def _context(precision: int) -> Context:
    """Make a context of so many digits, which no exponent overflows."""
    return Context(prec=precision, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


_EXACT = _context(30)
_SMALLEST_EXPONENT = -4
_LARGEST_EXPONENT = 6
_BITS_PER_CHARACTER = 4
_WORDS = {"pi": "π", "oo": INFINITY, "zoo": INFINITY, "I": "i"}
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_INTEGER_POWER = re.compile(r"\*\*(?:([0-9]+)|\((-[0-9]+)\))")


def numeral(value: Any, precision: int = 3, length: int = LENGTH) -> str:  # noqa: ANN401 - any number system
    """Write a number as short text.

    Args:
        value: an int, float, complex, Fraction, numpy, mpmath or sympy number, a sympy expression,
            or an array of them. Anything else is written as `str` has it.
        precision: how many significant digits a rounded number gets.
        length: how many characters an exact number or an expression may take.

    Returns:
        The text, which is never empty.

    >>> from fractions import Fraction
    >>> numeral(-0.61083), numeral(2.0), numeral(Fraction(-1, 3)), numeral(1.5e-7)
    ('−0.611', '2', '−1/3', '1.5×10⁻⁷')
    >>> numeral(3 - 0.5j), numeral(np.array([1.0, 2.5])), numeral(np.arange(5.0))
    ('3−0.5i', '[1, 2.5]', 'mean 2 (n=5)')
    """
    if isinstance(value, np.ndarray):
        return _array(value, precision, length)
    if isinstance(value, np.bool_):
        value = int(value)
    if isinstance(value, numbers.Rational):
        return _rational(value, precision, length)
    if _is_real(value):
        return _rounded(_decimal(value), precision)
    if hasattr(value, "free_symbols"):  # a sympy expression, asked without importing sympy
        return _formula(value, precision, length)
    if isinstance(value, numbers.Complex) or hasattr(value, "_mpc_"):
        return _complex(value, precision)
    return shortened(visible(str(value)), length) or repr(str(value))


def _is_real(value: object) -> bool:
    # mpmath's and sympy's floats say so by `_mpf_`; neither library needs to be imported to ask.
    return isinstance(value, numbers.Real | Decimal) or hasattr(value, "_mpf_")


def _decimal(value: Any) -> Decimal:  # noqa: ANN401 - any real number
    """Convert a real number to a Decimal, which no magnitude overflows."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, numbers.Rational):
        return _EXACT.divide(Decimal(int(value.numerator)), Decimal(int(value.denominator)))
    if hasattr(value, "_mpf_"):
        return Decimal(str(value))
    return Decimal(float(value))


def _rational(value: numbers.Rational, precision: int, length: int) -> str:
    """Write an integer or a fraction exactly, or rounded where that would be too long."""
    numerator, denominator = int(value.numerator), int(value.denominator)
    # Asked of the bits, since Python refuses to write integers of many thousand digits.
    if (numerator.bit_length() + denominator.bit_length()) <= _BITS_PER_CHARACTER * length:
        exact = str(numerator) if denominator == 1 else f"{numerator}/{denominator}"
        if len(exact) <= length:
            return exact.replace("-", MINUS)
    return "≈" + _rounded(_decimal(value), precision)


def _rounded(value: Decimal, precision: int) -> str:
    """Round to significant digits; the digits before the point are kept up to a million."""
    if value.is_nan():
        return "nan"
    if value.is_infinite():
        return MINUS + INFINITY if value < 0 else INFINITY
    rounded = _context(precision).plus(value)
    if not rounded:
        return "0"
    exponent = rounded.adjusted()
    if precision <= exponent < _LARGEST_EXPONENT:
        text = f"{value:.0f}"
    elif _SMALLEST_EXPONENT <= exponent < max(precision, _LARGEST_EXPONENT):
        text = f"{rounded.normalize():f}"
    else:
        mantissa = f"{rounded.scaleb(-exponent).normalize():f}"
        sign = "-" if mantissa == "-1" else ""
        factor = sign if mantissa in {"1", "-1"} else f"{mantissa}×"
        text = f"{factor}10{superscript(str(exponent))}"
    return text.replace("-", MINUS)


def _complex(value: Any, precision: int) -> str:  # noqa: ANN401 - any complex number
    """Write a complex number without the parts that are zero."""
    real, imaginary = (_rounded(_decimal(part), precision) for part in (value.real, value.imag))
    if imaginary == "0":
        return real
    unit = {"1": "i", f"{MINUS}1": f"{MINUS}i"}.get(imaginary, f"{imaginary}i")
    if real == "0":
        return unit
    return f"{real}{unit}" if unit.startswith(MINUS) else f"{real}+{unit}"


def _formula(value: Any, precision: int, length: int) -> str:  # noqa: ANN401 - a sympy expression
    """Write a sympy expression on one line; a number too long to be exact is rounded."""
    try:
        text = visible(str(value))
    except RecursionError:
        return ELLIPSIS
    text = _IDENTIFIER.sub(lambda match: _WORDS.get(match[0]) or with_subscripts(match[0]), text)
    text = _INTEGER_POWER.sub(lambda match: superscript(match[1] or match[2]) or match[0], text)
    text = text.replace("**", "^").replace("*", "·").replace("-", MINUS)
    if len(text) > length and value.is_number:
        return "≈" + numeral(complex(value), precision, length)
    return shortened(text, length)


def _array(values: np.ndarray[Any, Any], precision: int, length: int) -> str:
    """Write a batch: its examples where they are few and short, else their mean."""
    if values.ndim == 0:
        return numeral(values.item(), precision, length)
    if values.ndim == 1 and 0 < values.size <= LISTED_EXAMPLES:
        listed = f"[{', '.join(numeral(value, precision, length) for value in values)}]"
        if len(listed) <= length:
            return listed
    shape = f"n={values.size}" if values.ndim == 1 else "×".join(map(str, values.shape))
    return f"{_mean(values, lambda mean: numeral(mean, precision, length))} ({shape})"


def _mean(values: np.ndarray[Any, Any], write: Callable[[Any], str]) -> str:
    if not values.size:
        return "empty"
    try:
        with np.errstate(all="ignore"):
            return f"mean {write(values.mean())}"
    except (TypeError, ValueError, ArithmeticError):
        return "array"
