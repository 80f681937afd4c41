"""Numpy's arrays: batches, whose axes are examples, and complex numbers."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rojasgraph.numbers.kinds import COMPLEX, Number, to_float
from rojasgraph.numbers.namespace import Namespace, add_all

_UFUNCS = (
    *("sqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"),
)
_REAL_UFUNCS = (
    *("abs", "sign", "heaviside", "maximum", "minimum"),
    *("hypot", "arctan2", "cbrt", "logaddexp"),
)


def sum_to(value: Number, shape: tuple[int, ...]) -> Number:
    """Sum an array down to the shape that it was broadcast from.

    >>> sum_to(np.ones((5, 3)), (3,))
    array([5., 5., 5.])
    """
    if np.shape(value) == shape:
        return value
    array = np.asarray(value)
    extra = array.ndim - len(shape)
    kept = tuple(i + extra for i, n in enumerate(shape) if n == 1 and array.shape[i + extra] != 1)
    summed = array.sum(axis=(*range(extra), *kept)).reshape(shape)
    plain = not shape and summed.dtype in (np.float64, np.complex128)
    return summed.item() if plain else summed


def _add_batches(terms: Sequence[Number], like: Number = None) -> Number:
    """Add labels per example; where shapes differ, the parts of a batch are summed up first.

    Shapes differ when several outputs are seeded and some do not depend on the batch: a sum over
    examples and a single number then meet at a node, and only their totals can be added.
    """
    if len({np.shape(term) for term in terms}) > 1:
        terms = [sum_to(term, np.shape(like)) for term in terms]
    return add_all(terms)


def _elementwise(function: Callable[..., Any], dtype: np.dtype[Any]) -> Callable[..., Any]:
    """Lay a function of one number over arrays."""
    universal = np.frompyfunc(function, 1, 1)
    return lambda x: np.asarray(universal(x)).astype(dtype)[()]


_SMALL_IMAGINARY = 1e-9
"""Below it, mpmath's erf loses the imaginary part, and the tangent gives it to rounding."""


def _complex_erf(z: complex) -> complex:
    import mpmath

    if abs(z.imag) < _SMALL_IMAGINARY:
        slope = 2 / math.sqrt(math.pi) * math.exp(-z.real * z.real)
        return complex(math.erf(z.real), slope * z.imag)
    return complex(mpmath.erf(z))


def _complex_erfc(z: complex) -> complex:
    if abs(z.imag) < _SMALL_IMAGINARY:
        return complex(math.erfc(z.real), -_complex_erf(z).imag)
    import mpmath

    return complex(mpmath.erfc(z))


def _complex_sech(z: Any) -> Any:  # noqa: ANN401 - a number or an array
    """Give 1/cosh by the exponential that does not overflow: numpy's 1/(∞ + ∞i) is nan."""
    e = np.exp(np.where(np.real(z) > 0, -z, z))
    return 2 * e / (1 + e * e)


def _complex_logistic(z: Any) -> Any:  # noqa: ANN401 - a number or an array
    """Give 1/(1 + exp(−z)) by the exponential that does not overflow."""
    falls = np.real(z) < 0
    e = np.exp(np.where(falls, z, -z))
    return np.where(falls, e, 1) / (1 + e)


def _complex_hypot(a: Any, b: Any) -> Any:  # noqa: ANN401 - numbers or arrays
    """Continue √(a² + b²) to complex numbers, where numpy has no hypot."""
    return np.sqrt(a * a + b * b)


def _complex_logaddexp(a: Any, b: Any) -> Any:  # noqa: ANN401 - numbers or arrays
    larger = np.real(a) >= np.real(b)
    return np.where(larger, a, b) + np.log1p(np.exp(np.where(larger, b - a, a - b)))


def _real_power(base: Any, exponent: Any) -> Any:  # noqa: ANN401 - numbers or arrays
    """Raise to a power as C does; numpy takes a root where the exponent is the number ½.

    The root of −∞ is nan and that of −0 is −0, where the powers are ∞ and 0.
    """
    if np.ndim(exponent) == 0 and np.ndim(base) and exponent == _HALF:
        exponent = np.full(np.shape(base), exponent)
    return np.power(base, exponent)


_HALF = 0.5


@functools.cache
def numpy_namespace(dtype: np.dtype[Any]) -> Namespace:
    """Give numpy's functions for one floating type; its constants keep that type."""
    scalar: Any = dtype.type
    is_complex = dtype.kind == "c"

    def lift(value: Number) -> Number:
        if isinstance(value, np.ndarray):
            return value if value.dtype == dtype else value.astype(dtype)
        if is_complex and isinstance(value, COMPLEX):
            return scalar(value)
        return scalar(to_float(value))

    def where(condition: Any, yes: Number, no: Number) -> Number:  # noqa: ANN401
        chosen: Any = np.where(condition, yes, no)
        return chosen[()]

    functions: dict[str, Any] = {name: getattr(np, name) for name in _UFUNCS}
    if is_complex:
        functions |= {
            "erf": _elementwise(_complex_erf, dtype),
            "erfc": _elementwise(_complex_erfc, dtype),
            "hypot": _complex_hypot,
            "logaddexp": _complex_logaddexp,
            "sech": _complex_sech,
            "logistic": _complex_logistic,
        }
    else:
        functions |= {name: getattr(np, name) for name in _REAL_UFUNCS}
        functions |= {
            "power": _real_power,
            "erf": _elementwise(math.erf, dtype),
            "erfc": _elementwise(math.erfc, dtype),
        }
    return Namespace(
        name="complex numbers" if is_complex else f"{dtype} arrays",
        origin=(numpy_namespace, (dtype,)),
        lift=lift,
        isfinite=lambda value: bool(np.isfinite(value).all()),
        total=_add_batches,
        where=where,
        zero=scalar(0),
        one=scalar(1),
        pi=scalar(math.pi),
        sqrt2=scalar(math.sqrt(2)),
        ln2=scalar(math.log(2)),
        ln10=scalar(math.log(10)),
        **functions,
    )
