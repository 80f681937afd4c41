"""Number systems: which one a pass runs in, and the functions that each of them offers.

A row of the primitive table is written once, over a namespace `xp`. The namespaces here give
these functions to Python's floats, numpy arrays (batches, complex numbers), Fractions, mpmath
numbers and sympy expressions. Besides the functions, a namespace knows how to

- `lift` a plain number into its system (0.1 is 1/10 among the exact systems);
- tell whether a number is finite (`isfinite`);
- add what comes together at a node (`total`);
- compute once more what raised an error, by the rules of IEEE arithmetic (`ieee`).
"""

from __future__ import annotations

import functools
import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError, DomainError

Number = Any
"""A value on the graph: a number of any system, or an array of them."""


class Pi:
    """The number π, exact until a pass lifts it into a number system."""

    def __repr__(self) -> str:
        """Show the letter."""
        return "π"

    def __float__(self) -> float:
        """Give the nearest binary double."""
        return math.pi

    def __reduce__(self) -> str:
        """Pickle and copy as the one object of the module."""
        return "PI"


PI = Pi()

EXACT = (int, np.integer, np.bool_)
REAL = (float, np.floating, Decimal, Pi)
COMPLEX = (complex, np.complexfloating)


class Namespace(SimpleNamespace):
    """The functions of one number system; one that it lacks is a DomainError."""

    name: str

    def __getattr__(self, function: str) -> Any:  # noqa: ANN401 - an attribute of any type
        """Refuse a function that has no meaning in this system."""
        if function.startswith("__"):
            raise AttributeError(function)
        message = f"no {function} among {self.name}"
        raise DomainError(message)


def kind(value: Number) -> str:
    """Tell which family of numbers a value belongs to.

    Returns:
        One of "exact" (an int), "fraction", "real", "complex", "array", "mpmath", "sympy".

    Raises:
        TypeError: the value is none of these.
    """
    if isinstance(value, EXACT):
        return "exact"
    if isinstance(value, REAL):
        return "real"
    if isinstance(value, COMPLEX):
        return "complex"
    if isinstance(value, Fraction):
        return "fraction"
    if isinstance(value, np.ndarray):
        return "array"
    return _kind_by_library(value)


def _kind_by_library(value: Number) -> str:
    """Ask mpmath and sympy, where the program has loaded them, whether the value is theirs."""
    mpmath, sympy = sys.modules.get("mpmath"), sys.modules.get("sympy")
    if mpmath is not None and isinstance(value, mpmath.mpf | mpmath.mpc):
        return "mpmath"
    if sympy is not None and isinstance(value, sympy.Expr):
        return "sympy"
    message = f"{value!r} is a {type(value).__name__}, not a number"
    raise TypeError(message)


def as_number(value: Any) -> Number:  # noqa: ANN401 - a user may hand us anything
    """Bring what a user hands over into one of the forms that a pass computes with.

    Args:
        value: a number; or an array, or anything numpy can make one of, whose axes are examples.

    Returns:
        The number itself, Python's own float or complex for a numpy scalar, or a numpy array of
        floating type.

    Raises:
        TypeError: the value is not a number, or an array of something else.
    """
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, np.floating | np.complexfloating):  # longer than Python's own
        value = complex(value) if np.iscomplexobj(value) else float(value)
    if isinstance(value, list | tuple) or hasattr(value, "__array__"):
        value = np.asarray(value)
        if value.ndim == 0:
            return as_number(value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "iub":
            return value.astype(np.float64)
        if value.dtype.kind not in "fc":
            message = (
                f"an array of dtype {value.dtype} is not a batch of numbers: "
                "feed floats, or exact values one example at a time"
            )
            raise TypeError(message)
        return value
    kind(value)
    return value


def system_of(values: Iterable[Number]) -> Namespace | None:
    """Choose the number system that holds all the values, or None where only ints are given.

    Raises:
        ArgumentError: a batch stands beside mpmath or sympy numbers.
    """
    values = list(values)
    kinds = {kind(value) for value in values}
    if "array" in kinds and kinds & {"mpmath", "sympy"}:
        message = "a batch (array) cannot stand beside mpmath or sympy values: feed one example"
        raise ArgumentError(message)
    if "sympy" in kinds:
        return sympy_namespace()
    if "mpmath" in kinds:
        return mpmath_namespace()
    if kinds & {"array", "complex"}:
        typed = [v.dtype if isinstance(v, np.ndarray) else v for v in values]
        weak = [v for v in typed if isinstance(v, np.dtype | float | complex)]
        dtype = np.result_type(*weak)
        return numpy_namespace(dtype if dtype.kind in "fc" else np.dtype(np.float64))
    if "real" in kinds:
        return FLOAT
    return FRACTION if "fraction" in kinds else None


def _add_all(terms: Sequence[Number], _like: Number = None) -> Number:
    """Add from left to right, so that the same terms always give the same bits."""
    return functools.reduce(operator.add, terms)


# --- floats ---------------------------------------------------------------------------------


def _to_float(value: Number) -> float:
    if type(value) is float:
        return value
    if isinstance(value, EXACT + REAL + (Fraction,)):
        try:
            return float(value)
        except OverflowError:
            message = "an integer or fraction beyond 10^308 is no float: feed mpmath or Fractions"
            raise TypeError(message) from None
    message = f"{value!r} ({type(value).__name__}) is not a real number"
    raise TypeError(message)


def _float_logaddexp(a: float, b: float) -> float:
    high, low = (a, b) if a >= b else (b, a)
    if high - low != high - low:  # both the same infinity, or one is nan
        return high + low
    return high + math.log1p(math.exp(low - high))


def _float_heaviside(x: float, at_zero: float) -> float:
    if math.isnan(x):
        return x
    return 1.0 if x > 0 else (0.0 if x < 0 else at_zero)


def _pick(condition: bool, yes: Number, no: Number) -> Number:  # noqa: FBT001 - as numpy.where
    return yes if condition else no


def _larger(a: Number, b: Number) -> Number:
    return b if not a >= b and a == a else a  # noqa: PLR0124 - nan, in every number system


def _smaller(a: Number, b: Number) -> Number:
    return b if not a <= b and a == a else a  # noqa: PLR0124 - as above


def _sign(x: Number) -> Number:
    return type(x)((x > 0) - (x < 0)) if x == x else x  # noqa: PLR0124 - as above


def _ieee_floats(
    function: Callable[..., Any], operands: Sequence[Number], arguments: Mapping[str, Number]
) -> Any:  # noqa: ANN401 - a number, or a tuple of them
    """Compute by numpy, which gives inf and nan where Python's floats raise an error."""
    xp = numpy_namespace(np.dtype(np.float64))
    with np.errstate(all="ignore"):
        named = {name: np.float64(x) for name, x in arguments.items()}
        result = function(xp, *map(np.float64, operands), **named)
    return tuple(map(float, result)) if isinstance(result, tuple) else float(result)


FLOAT = Namespace(
    name="floats",
    exact=False,
    lift=_to_float,
    isfinite=math.isfinite,
    total=_add_all,
    ieee=_ieee_floats,
    zero=0.0,
    one=1.0,
    pi=math.pi,
    sqrt2=math.sqrt(2),
    ln2=math.log(2),
    ln10=math.log(10),
    where=_pick,
    abs=abs,
    sign=_sign,
    heaviside=_float_heaviside,
    maximum=_larger,
    minimum=_smaller,
    hypot=math.hypot,
    arctan2=math.atan2,
    power=math.pow,
    logaddexp=_float_logaddexp,
    sqrt=math.sqrt,
    cbrt=math.cbrt,
    exp=math.exp,
    exp2=math.exp2,
    expm1=math.expm1,
    log=math.log,
    log2=math.log2,
    log10=math.log10,
    log1p=math.log1p,
    sin=math.sin,
    cos=math.cos,
    tan=math.tan,
    arcsin=math.asin,
    arccos=math.acos,
    arctan=math.atan,
    sinh=math.sinh,
    cosh=math.cosh,
    tanh=math.tanh,
    arcsinh=math.asinh,
    arccosh=math.acosh,
    arctanh=math.atanh,
    erf=math.erf,
    erfc=math.erfc,
)


# --- numpy: batches, and complex numbers -------------------------------------------------------

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
    return _add_all(terms)


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


def _complex_logaddexp(a: Any, b: Any) -> Any:  # noqa: ANN401 - numbers or arrays
    larger = np.real(a) >= np.real(b)
    return np.where(larger, a, b) + np.log1p(np.exp(np.where(larger, b - a, a - b)))


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
        return scalar(_to_float(value))

    def where(condition: Any, yes: Number, no: Number) -> Number:  # noqa: ANN401
        chosen: Any = np.where(condition, yes, no)
        return chosen[()]

    functions: dict[str, Any] = {name: getattr(np, name) for name in _UFUNCS}
    if is_complex:
        functions |= {
            "erf": _elementwise(_complex_erf, dtype),
            "erfc": _elementwise(_complex_erfc, dtype),
            "logaddexp": _complex_logaddexp,
        }
    else:
        functions |= {name: getattr(np, name) for name in _REAL_UFUNCS}
        functions |= {
            "erf": _elementwise(math.erf, dtype),
            "erfc": _elementwise(math.erfc, dtype),
        }
    return Namespace(
        name="complex numbers" if is_complex else f"{dtype} arrays",
        exact=False,
        lift=lift,
        isfinite=lambda value: bool(np.isfinite(value).all()),
        total=_add_batches,
        ieee=None,
        where=where,
        zero=scalar(0),
        one=scalar(1),
        pi=scalar(math.pi),
        sqrt2=scalar(math.sqrt(2)),
        ln2=scalar(math.log(2)),
        ln10=scalar(math.log(10)),
        **functions,
    )


# --- exact fractions -----------------------------------------------------------------------------


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
"""The size of exact powers, so that no formula eats the machine's memory."""


def _fraction_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        message = "a power with a broken exponent has no exact value among Fractions"
        raise DomainError(message)
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if size > 1 and abs(exponent) * size > _MOST_BITS:
        message = f"a power of more than {_MOST_BITS} binary digits is not computed exactly"
        raise DomainError(message)
    return base ** int(exponent)


FRACTION = Namespace(
    name="Fractions",
    exact=True,
    lift=_to_fraction,
    isfinite=lambda _value: True,
    total=_add_all,
    ieee=None,
    zero=Fraction(0),
    one=Fraction(1),
    where=_pick,
    abs=abs,
    sign=_sign,
    heaviside=lambda x, at_zero: Fraction(1 if x > 0 else 0) if x else at_zero,
    maximum=_larger,
    minimum=_smaller,
    power=_fraction_power,
)


# --- mpmath --------------------------------------------------------------------------------------


def _to_mpmath(value: Number) -> Number:
    import mpmath

    mp = mpmath.mp
    if isinstance(value, mpmath.mpf | mpmath.mpc):
        return value
    if isinstance(value, Pi):
        return +mp.pi
    if isinstance(value, Fraction):
        return mp.mpf(value.numerator) / value.denominator
    if isinstance(value, COMPLEX):
        return mp.mpc(complex(value))
    if isinstance(value, EXACT):
        return mp.mpf(int(value))
    exact = isinstance(value, Decimal) and value.is_finite()
    return mp.mpf(str(value) if exact else _to_float(value))


def _is_mpc(value: Number) -> bool:
    return hasattr(value, "_mpc_")


def _stay_real(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give nan where a real argument leaves the domain, as floats do."""

    def real_function(*operands: Number) -> Number:
        import mpmath

        result = function(*operands)
        return mpmath.nan if _is_mpc(result) and not any(map(_is_mpc, operands)) else result

    return real_function


def _of_reals(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse complex arguments, which have no order."""

    def real_function(*operands: Number) -> Number:
        if any(map(_is_mpc, operands)):
            message = "it has no meaning for complex numbers"
            raise DomainError(message)
        return function(*operands)

    return real_function


def _ieee_mpmath(
    function: Callable[..., Any], operands: Sequence[Number], arguments: Mapping[str, Number]
) -> Any:  # noqa: ANN401 - a number, or a tuple of them
    """Follow floats at a pole: its infinities have the signs that they have there."""
    result = _ieee_floats(function, operands, arguments)
    return tuple(map(_to_mpmath, result)) if isinstance(result, tuple) else _to_mpmath(result)


def mpmath_namespace() -> Namespace:
    """Give mpmath's functions, with constants at the precision that is set now (`mp.dps`)."""
    import mpmath

    mp = mpmath.mp

    def heaviside(x: Number, at_zero: Number) -> Number:
        if mp.isnan(x):
            return x
        return mp.mpf(x > 0) if x else at_zero

    def logaddexp(a: Number, b: Number) -> Number:
        larger = mp.re(a) >= mp.re(b)
        high, low = (a, b) if larger else (b, a)
        return high + mp.log1p(mp.exp(low - high))

    return Namespace(
        name="mpmath numbers",
        exact=False,
        lift=_to_mpmath,
        isfinite=mp.isfinite,
        total=_add_all,
        ieee=_ieee_mpmath,
        zero=mp.mpf(0),
        one=mp.mpf(1),
        pi=+mp.pi,
        sqrt2=mp.sqrt(2),
        ln2=mp.log(2),
        ln10=mp.log(10),
        where=_pick,
        abs=_of_reals(mp.fabs),
        sign=_of_reals(mp.sign),
        heaviside=_of_reals(heaviside),
        maximum=_of_reals(_larger),
        minimum=_of_reals(_smaller),
        hypot=_of_reals(mp.hypot),
        arctan2=_of_reals(mp.atan2),
        cbrt=_of_reals(lambda x: mp.sign(x) * mp.cbrt(mp.fabs(x))),
        power=_stay_real(mp.power),
        logaddexp=logaddexp,
        sqrt=_stay_real(mp.sqrt),
        exp=mp.exp,
        exp2=lambda x: mp.power(2, x),
        expm1=mp.expm1,
        log=_stay_real(mp.log),
        log2=_stay_real(lambda x: mp.log(x, 2)),
        log10=_stay_real(mp.log10),
        log1p=_stay_real(mp.log1p),
        sin=mp.sin,
        cos=mp.cos,
        tan=mp.tan,
        arcsin=_stay_real(mp.asin),
        arccos=_stay_real(mp.acos),
        arctan=mp.atan,
        sinh=mp.sinh,
        cosh=mp.cosh,
        tanh=mp.tanh,
        arcsinh=mp.asinh,
        arccosh=_stay_real(mp.acosh),
        arctanh=_stay_real(mp.atanh),
        erf=mp.erf,
        erfc=mp.erfc,
    )


# --- sympy ---------------------------------------------------------------------------------------


def _to_sympy(value: Number) -> Number:
    import sympy as sp

    if isinstance(value, Pi):
        return sp.pi
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, EXACT):
        return sp.Integer(int(value))
    if isinstance(value, complex):
        return _to_sympy(value.real) + sp.I * _to_sympy(value.imag)
    if isinstance(value, float | Decimal) and math.isfinite(value):
        return sp.Rational(str(value))
    if kind(value) == "array":  # text, which sympify would evaluate, is refused by kind
        message = "an array is no sympy expression"
        raise TypeError(message)
    return sp.sympify(value)


@functools.cache
def sympy_namespace() -> Namespace:
    """Give sympy's functions: labels become formulas."""
    import sympy as sp

    def where(condition: Any, yes: Number, no: Number) -> Number:  # noqa: ANN401
        if condition in (True, False):
            return yes if condition else no
        return sp.Piecewise((yes, condition), (no, True))

    infinite = {sp.nan, sp.zoo, sp.oo, -sp.oo}
    return Namespace(
        name="sympy expressions",
        exact=True,
        lift=_to_sympy,
        isfinite=lambda value: value not in infinite,
        total=_add_all,
        ieee=None,
        zero=sp.Integer(0),
        one=sp.Integer(1),
        pi=sp.pi,
        sqrt2=sp.sqrt(2),
        ln2=sp.log(2),
        ln10=sp.log(10),
        where=where,
        abs=sp.Abs,
        sign=sp.sign,
        heaviside=lambda x, at_zero: sp.Heaviside(x, sp.nsimplify(at_zero)),
        maximum=sp.Max,
        minimum=sp.Min,
        hypot=lambda a, b: sp.sqrt(a**2 + b**2),
        arctan2=sp.atan2,
        cbrt=lambda x: sp.sign(x) * sp.Abs(x) ** sp.Rational(1, 3),
        power=operator.pow,
        logaddexp=lambda a, b: sp.log(sp.exp(a) + sp.exp(b)),
        sqrt=sp.sqrt,
        exp=sp.exp,
        exp2=lambda x: 2**x,
        expm1=lambda x: sp.exp(x) - 1,
        log=sp.log,
        log2=lambda x: sp.log(x) / sp.log(2),
        log10=lambda x: sp.log(x) / sp.log(10),
        log1p=lambda x: sp.log(1 + x),
        sin=sp.sin,
        cos=sp.cos,
        tan=sp.tan,
        arcsin=sp.asin,
        arccos=sp.acos,
        arctan=sp.atan,
        sinh=sp.sinh,
        cosh=sp.cosh,
        tanh=sp.tanh,
        arcsinh=sp.asinh,
        arccosh=sp.acosh,
        arctanh=sp.atanh,
        erf=sp.erf,
        erfc=sp.erfc,
    )
