"""Python's floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.kinds import Number, to_float
from rojasgraph.numbers.namespace import Namespace, add_all, larger, pick, sign, smaller


def _float_logaddexp(a: float, b: float) -> float:
    high, low = (a, b) if a >= b else (b, a)
    if high - low != high - low:  # both the same infinity, or one is nan
        return high + low
    return high + math.log1p(math.exp(low - high))


def _float_heaviside(x: float, at_zero: float) -> float:
    if math.isnan(x):
        return x
    return 1.0 if x > 0 else (0.0 if x < 0 else at_zero)


def ieee_floats(
    function: Callable[..., Any], operands: Sequence[Number], arguments: Mapping[str, Number]
) -> Any:  # noqa: ANN401 - a number, or a tuple of them
    """Compute by numpy, which gives inf and nan where Python's floats raise an error."""
    xp = numpy_namespace(np.dtype(np.float64))
    with np.errstate(all="ignore"):
        named = {name: np.float64(x) for name, x in arguments.items()}
        result = function(xp, *map(np.float64, operands), **named)
    return tuple(map(float, result)) if isinstance(result, tuple) else float(result)


def _floats() -> Namespace:
    return FLOAT


FLOAT = Namespace(
    name="floats",
    origin=(_floats, ()),
    exact=False,
    lift=to_float,
    isfinite=math.isfinite,
    total=add_all,
    ieee=ieee_floats,
    zero=0.0,
    one=1.0,
    pi=math.pi,
    sqrt2=math.sqrt(2),
    ln2=math.log(2),
    ln10=math.log(10),
    where=pick,
    abs=abs,
    sign=sign,
    heaviside=_float_heaviside,
    maximum=larger,
    minimum=smaller,
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
