"""sympy's expressions: labels become formulas."""

from __future__ import annotations

import functools
import math
import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from rojasgraph.numbers.kinds import EXACT, Number, Pi, kind
from rojasgraph.numbers.namespace import Namespace


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
        origin=(sympy_namespace, ()),
        exact=True,
        lift=_to_sympy,
        isfinite=lambda value: value not in infinite,
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
