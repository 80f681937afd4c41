"""mpmath's numbers, of any precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from rojasgraph.errors import DomainError
from rojasgraph.numbers.floats import ieee_floats
from rojasgraph.numbers.kinds import COMPLEX, EXACT, Number, Pi, is_mpc, to_float
from rojasgraph.numbers.namespace import Namespace, larger, smaller


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
    return mp.mpf(str(value) if exact else to_float(value))


def _stay_real(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give nan where a real argument leaves the domain, as floats do."""

    def real_function(*operands: Number) -> Number:
        import mpmath

        result = function(*operands)
        return mpmath.nan if is_mpc(result) and not any(map(is_mpc, operands)) else result

    return real_function


def _of_reals(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse complex arguments, which have no order."""

    def real_function(*operands: Number) -> Number:
        if any(map(is_mpc, operands)):
            message = "it has no meaning for complex numbers"
            raise DomainError(message)
        return function(*operands)

    return real_function


def _ieee_mpmath(
    function: Callable[..., Any], operands: Sequence[Number], arguments: Mapping[str, Number]
) -> Any:  # noqa: ANN401 - a number, or a tuple of them
    """Follow floats at a pole: its infinities have the signs that they have there."""
    result = ieee_floats(function, operands, arguments)
    return tuple(map(_to_mpmath, result)) if isinstance(result, tuple) else _to_mpmath(result)


def mpmath_namespace() -> Namespace:
    """Give mpmath's functions, with constants at the precision that is set now (`mp.dps`)."""
    import mpmath

    return _of_precision(mpmath.mp.prec)


@lru_cache(maxsize=8)  # roots and logarithms of many digits take long
def _of_precision(bits: int) -> Namespace:  # noqa: ARG001 - mpmath knows it, the cache does not
    import mpmath

    mp = mpmath.mp

    def heaviside(x: Number, at_zero: Number) -> Number:
        if mp.isnan(x):
            return x
        return mp.mpf(x > 0) if x else at_zero

    def hypot(a: Number, b: Number) -> Number:
        return mp.sqrt(a * a + b * b) if is_mpc(a) or is_mpc(b) else mp.hypot(a, b)

    def logaddexp(a: Number, b: Number) -> Number:
        larger = mp.re(a) >= mp.re(b)
        high, low = (a, b) if larger else (b, a)
        return high + mp.log1p(mp.exp(low - high))

    return Namespace(
        name="mpmath numbers",
        origin=(mpmath_namespace, ()),
        lift=_to_mpmath,
        isfinite=mp.isfinite,
        ieee=_ieee_mpmath,
        zero=mp.mpf(0),
        one=mp.mpf(1),
        pi=+mp.pi,
        sqrt2=mp.sqrt(2),
        ln2=+mp.ln2,
        ln10=+mp.ln10,
        abs=_of_reals(mp.fabs),
        sign=_of_reals(mp.sign),
        heaviside=_of_reals(heaviside),
        maximum=_of_reals(larger),
        minimum=_of_reals(smaller),
        hypot=hypot,
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
