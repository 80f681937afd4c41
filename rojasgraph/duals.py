"""Dual numbers a + ȧε with ε² = 0, over any number system.

Fed x + ẋε, the first pass gives values v + v̇ε, and the second adjoints v̄ + (H·ẋ)ε: a product
with the second derivatives, by the same two passes. The slopes of the functions are the partials
that stand in the primitives' rows.

Source: Clifford, Preliminary sketch of biquaternions (1873); Pearlmutter, Fast exact multiplication
by the Hessian (1994).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial, reduce
from operator import add
from typing import Any

import numpy as np

from rojasgraph import numbers
from rojasgraph import primitives as rows
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number, kind
from rojasgraph.numbers.namespace import Namespace, is_sharp
from rojasgraph.table import Primitive


class Dual:
    """A number and how fast it moves: value + tangent·ε, where ε² = 0.

    Args:
        value: a number of any system, or an array of floats, one for each example.
        tangent: of the same system; None for a number that does not move at all. Nothing is
            multiplied by None, so that no nan comes of an infinite slope that nothing moves along.

    Source: Clifford, Preliminary sketch of biquaternions (1873).

    >>> x = Dual(3.0, 1.0)
    >>> x * x
    <dual 9.0 + 6.0ε>
    >>> rows.sin(Dual(0.0, 2.0)).tangent
    2.0
    """

    __slots__ = ("tangent", "value")

    __array_ufunc__ = None  # so that numpy's numbers leave `array * dual` to the dual
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Number, tangent: Number = None) -> None:
        """Keep both parts."""
        self.value = value
        self.tangent = tangent

    @classmethod
    def __rojasgraph_namespace__(cls, values: Sequence[Number]) -> Namespace:
        """Give the functions of dual numbers over the system that holds all the parts."""
        parts = [p for v in values for p in ((v.value, v.tangent) if isinstance(v, cls) else (v,))]
        system = numbers.system_of([numbers.as_number(part) for part in parts if part is not None])
        return dual_namespace(system or FLOAT)

    # --- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:  # noqa: ANN401 - a number of any system, as all below
        """Add values, and tangents."""
        return _apply(lambda x, y: Dual(x.value + y.value, _sum(x.tangent, y.tangent)), self, other)

    def __neg__(self) -> Dual:
        """Change both signs."""
        return Dual(-self.value, _scaled(-1, self.tangent))

    def __sub__(self, other: Any) -> Any:  # noqa: ANN401
        """Subtract values, and tangents."""
        return self + -other

    def __rsub__(self, other: Any) -> Any:  # noqa: ANN401
        """Subtract from a number that stands still."""
        return -self + other

    def __mul__(self, other: Any) -> Any:  # noqa: ANN401
        """Multiply values; ε² is 0."""
        return _apply(_product, self, other)

    def __truediv__(self, other: Any) -> Any:  # noqa: ANN401
        """Divide values."""
        return _apply(_quotient, self, other)

    def __rtruediv__(self, other: Any) -> Any:  # noqa: ANN401
        """Divide a number that stands still."""
        return _apply(lambda x, y: _quotient(y, x), self, other)

    def __pow__(self, other: Any) -> Any:  # noqa: ANN401
        """Raise to a power."""
        return _apply(_power, self, other)

    def __rpow__(self, other: Any) -> Any:  # noqa: ANN401
        """Raise a number that stands still to this power."""
        return _apply(lambda x, y: _power(y, x), self, other)

    def __mod__(self, other: Any) -> Any:  # noqa: ANN401
        """Give the rest of a division by a number that stands still."""
        return Dual(self.value % other, self.tangent)

    def __abs__(self) -> Any:  # noqa: ANN401
        """Take the sign away."""
        return Dual.__rojasgraph_namespace__([self]).abs(self)

    __radd__, __rmul__ = __add__, __mul__

    # --- comparisons --------------------------------------------------------------------------

    def __lt__(self, other: Any) -> Any:  # noqa: ANN401
        """Compare values."""
        return _apply(lambda x, y: x.value < y.value, self, other)

    def __le__(self, other: Any) -> Any:  # noqa: ANN401
        """Compare values."""
        return _apply(lambda x, y: x.value <= y.value, self, other)

    def __gt__(self, other: Any) -> Any:  # noqa: ANN401
        """Compare values."""
        return _apply(lambda x, y: x.value > y.value, self, other)

    def __ge__(self, other: Any) -> Any:  # noqa: ANN401
        """Compare values."""
        return _apply(lambda x, y: x.value >= y.value, self, other)

    def __eq__(self, other: object) -> Any:  # noqa: ANN401
        """Compare both parts: a number that is moving through 0 is not 0."""
        return _apply(_equal, self, other)

    def __ne__(self, other: object) -> Any:  # noqa: ANN401
        """Compare both parts."""
        return _apply(lambda x, y: _equal(x, y) ^ True, self, other)

    def __repr__(self) -> str:
        """Show both parts."""
        moving = "" if self.tangent is None else f" + {self.tangent}ε"
        return f"<dual {self.value}{moving}>"


def _apply(function: Callable[[Dual, Dual], Any], x: Dual, y: Any) -> Any:  # noqa: ANN401
    """Apply a function of two dual numbers; a plain number stands still."""
    if isinstance(y, Dual):
        return function(x, y)
    try:
        kind(y)
    except TypeError:
        return NotImplemented
    return function(x, Dual(y))


def _sum(first: Number, second: Number) -> Number:
    """Add tangents, None for what does not move."""
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _scaled(factor: Number, tangent: Number) -> Number:
    return None if tangent is None else factor * tangent


def _product(x: Dual, y: Dual) -> Dual:
    return Dual(x.value * y.value, _sum(_scaled(x.value, y.tangent), _scaled(y.value, x.tangent)))


def _quotient(x: Dual, y: Dual) -> Dual:
    value = x.value / y.value
    moved = _sum(x.tangent, _scaled(-value, y.tangent))
    return Dual(value, None if moved is None else moved / y.value)


def _power(x: Dual, y: Dual) -> Dual:
    found: Dual = Dual.__rojasgraph_namespace__([x, y]).power(x, y)
    return found


def _equal(x: Dual, y: Dual) -> Any:  # noqa: ANN401 - a truth, or an array of them
    same = x.value == y.value
    if x.tangent is None and y.tangent is None:
        return same
    return same & (_still(x.tangent) == _still(y.tangent))


def _still(tangent: Number) -> Number:
    return 0 if tangent is None else tangent


# --- the namespace ------------------------------------------------------------------------------

_ROWS = {
    **{name: getattr(rows, name) for name in ("sqrt", "cbrt", "exp", "exp2", "expm1")},
    **{name: getattr(rows, name) for name in ("log", "log2", "log10", "log1p")},
    **{name: getattr(rows, name) for name in ("sin", "cos", "tan", "arcsin", "arccos", "arctan")},
    **{name: getattr(rows, name) for name in ("sinh", "cosh", "tanh", "arcsinh", "arctanh")},
    **{name: getattr(rows, name) for name in ("arctan2", "hypot", "erf", "abs", "sign")},
    **{name: getattr(rows, name) for name in ("maximum", "minimum")},
    "logaddexp": rows.logsumexp,
}
"""The functions of a namespace whose derivatives stand in rows of the table."""

_CONSTANTS = frozenset({"pi", "sqrt2", "ln2", "ln10"})


class DualNamespace(Namespace):
    """The functions of dual numbers; their parts are numbers of the system `base`."""

    base: Namespace

    def __getattr__(self, function: str) -> Any:  # noqa: ANN401 - an attribute of any type
        """Give a function of the table's, or a constant, which stands still."""
        if function in _ROWS:
            row = _ROWS[function]
            return lambda *operands: _moved(self.base, row, list(map(self.lift, operands)), {})
        if function in _CONSTANTS:
            return Dual(getattr(self.base, function))
        return super().__getattr__(function)

    def lift(self, value: Number) -> Dual:
        """Bring both parts into the base; a plain number stands still."""
        if not isinstance(value, Dual):
            return Dual(self.base.lift(value))
        tangent = None if value.tangent is None else self.base.lift(value.tangent)
        return Dual(self.base.lift(value.value), tangent)

    def refuse_large(self, x: Dual) -> None:
        """Refuse a value that the base refuses."""
        if self.base.refuse_large is not None:
            self.base.refuse_large(x.value)

    def isfinite(self, x: Dual) -> bool:
        """Tell whether both parts are finite."""
        return self.base.isfinite(x.value) and (x.tangent is None or self.base.isfinite(x.tangent))

    def total(self, terms: Sequence[Dual], like: Dual | None = None) -> Dual:
        """Add what comes together at a node; a tangent has an entry wherever its value has."""
        ahead = None if like is None else like.value
        tangents = [
            np.broadcast_to(x.tangent, np.shape(x.value)) if np.shape(x.value) else x.tangent
            for x in terms
            if x.tangent is not None
        ]
        moved = self.base.total(tangents, ahead) if tangents else None
        return Dual(self.base.total([x.value for x in terms], ahead), moved)

    def where(self, condition: Any, yes: Number, no: Number) -> Dual:  # noqa: ANN401
        """Choose by a condition, or by one for each example."""
        if isinstance(condition, bool | np.bool_):
            return self.lift(yes if condition else no)
        yes, no = self.lift(yes), self.lift(no)
        value = self.base.where(condition, yes.value, no.value)
        if yes.tangent is None and no.tangent is None:
            return Dual(value)
        tangents = [self.base.zero if x.tangent is None else x.tangent for x in (yes, no)]
        return Dual(value, self.base.where(condition, *tangents))

    def power(self, x: Number, exponent: Number) -> Dual:
        """Raise to a power; an exponent that stands still needs no logarithm."""
        x, exponent = self.lift(x), self.lift(exponent)
        if exponent.tangent is None:
            return _moved(self.base, rows.power, [x], {"exponent": exponent.value})
        return _moved(self.base, rows.pow, [x, exponent], {})

    def heaviside(self, x: Dual, at_zero: Dual) -> Dual:
        """Give the step, which stands still on both sides."""
        return Dual(self.base.heaviside(x.value, at_zero.value))

    def sech(self, x: Dual) -> Dual:
        """Give 1/cosh."""
        value = self.base.sech(x.value)
        return Dual(value, _scaled(-value * self.base.tanh(x.value), x.tangent))

    def logistic(self, x: Dual) -> Dual:
        """Give 1/(1 + exp(−x)); its slope keeps its digits, and is no nan, where it fades away."""
        value = self.base.logistic(x.value)
        (slope,) = rows.sigmoid.partials(self.base, value, x.value)
        return Dual(value, _scaled(slope, x.tangent))

    def power_slope(self, y: Number, base: Number, exponent: Number) -> Dual:
        """Give the derivative of a power by its base; it moves also where the exponent is 0."""
        y, base, exponent = map(self.lift, (y, base, exponent))
        slope = self.base.power_slope(y.value, base.value, exponent.value)
        tangents = []
        if base.tangent is not None:
            bent = self._bent(slope, y.value, base.value, exponent.value)
            tangents.append(self._times(base.tangent, bent))
        if exponent.tangent is not None:
            mixed = self._mixed(y.value, base.value, exponent.value)
            tangents.append(self._times(exponent.tangent, mixed))
        return Dual(slope, reduce(add, tangents) if tangents else None)

    def power_growth(self, y: Number, base: Number, exponent: Number) -> Dual:
        """Give the derivative of a power by its exponent."""
        y, base, exponent = map(self.lift, (y, base, exponent))
        growth = self.base.power_growth(y.value, base.value, exponent.value)
        tangents = []
        if base.tangent is not None:
            mixed = self._mixed(y.value, base.value, exponent.value)
            tangents.append(self._times(base.tangent, mixed))
        if exponent.tangent is not None:
            grown = self.base.power_growth(growth, base.value, exponent.value)
            tangents.append(self._times(exponent.tangent, grown))
        return Dual(growth, reduce(add, tangents) if tangents else None)

    def _power_below(self, y: Number, a: Number, b: Number) -> Number:
        """Give aᵇ⁻¹, where y is aᵇ."""
        xp, below = self.base, self.base.power(a, b - 1)
        if xp.exact:
            return below
        sharp = is_sharp(a, b)
        return xp.where(sharp, below, y / xp.where(sharp, xp.one, a))

    def _bent(self, slope: Number, y: Number, a: Number, b: Number) -> Number:
        """Differentiate aᵇ twice by a: b·(b − 1)·aᵇ⁻², or by the slope where aᵇ⁻² is too large."""
        xp, less = self.base, b - 1
        a = xp.where(b == 0, xp.one, a)
        bent = b * xp.power_slope(self._power_below(y, a, b), a, less)
        if xp.exact:
            return bent
        kept = (bent * 0 == 0) | (a == 0) | (a * 0 != 0)
        return xp.where(kept, bent, slope * less / xp.where(kept, xp.one, a))

    def _mixed(self, y: Number, a: Number, b: Number) -> Number:
        """Differentiate aᵇ by a and by b: aᵇ⁻¹·(1 + b·ln a)."""
        below = self._power_below(y, a, b)
        logarithm = self.base.power_growth(self.base.one, a, b)
        return self._times(below, self.base.one + self._times(b, logarithm))

    def _times(self, factor: Number, x: Number) -> Number:
        """Multiply; 0 times anything is 0."""
        return self.base.where(factor == 0, self.base.zero, factor * x)

    def erfc(self, x: Dual) -> Dual:
        """Give 1 − erf."""
        (slope,) = rows.erf.partials(self.base, None, x.value)
        return Dual(self.base.erfc(x.value), _scaled(-slope, x.tangent))

    def arccosh(self, x: Dual) -> Dual:
        """Give the inverse of cosh."""
        slope = 1 / self.base.sqrt((x.value - 1) * (x.value + 1))
        return Dual(self.base.arccosh(x.value), _scaled(slope, x.tangent))


def dual_namespace(base: Namespace) -> DualNamespace:
    """Give the functions of dual numbers whose parts are numbers of another system.

    Raises:
        ArgumentError: the parts are dual numbers themselves.
    """
    if isinstance(base, DualNamespace):
        message = "dual numbers of dual numbers are not told apart: feed plain numbers"
        raise ArgumentError(message)
    found = DualNamespace(
        name=f"dual numbers over {base.name}",
        base=base,
        exact=base.exact,
    )
    found.zero, found.one = found.lift(0), found.lift(1)
    if base.ieee is not None:
        found.ieee = partial(_ieee, found)
    return found


def _moved(
    base: Namespace, row: Primitive, operands: Sequence[Dual], arguments: Mapping[str, Number]
) -> Dual:
    """Apply a row: its value, and the sum of partial × tangent over what moves."""
    values = [x.value for x in operands]
    value = row.function(base, *values, **arguments)
    if not row.passes or all(x.tangent is None for x in operands):
        return Dual(value)
    partials = row.partials(base, value, *values, **arguments)
    tangents = [
        partial * x.tangent
        for partial, x in zip(partials, operands, strict=True)
        if x.tangent is not None
    ]
    return Dual(value, reduce(add, tangents))


def _ieee(
    own: DualNamespace,
    function: Callable[..., Any],
    operands: Sequence[Dual],
    arguments: Mapping[str, Dual],
) -> Any:  # noqa: ANN401 - a dual number, or a tuple of them
    """Compute by numpy, which gives inf and nan where Python's floats raise an error."""
    xp = dual_namespace(numpy_namespace(np.dtype(np.float64)))

    def by_numpy(x: Number) -> Dual:
        return xp.lift(_plain(own.lift(x)))

    def back(x: Dual) -> Dual:
        return own.lift(_plain(x))

    with np.errstate(all="ignore"):
        named = {name: by_numpy(x) for name, x in arguments.items()}
        result = function(xp, *map(by_numpy, operands), **named)
    return tuple(map(back, result)) if isinstance(result, tuple) else back(result)


def _plain(x: Dual) -> Dual:
    return Dual(float(x.value), None if x.tangent is None else float(x.tangent))


@cache
def moving(row: Primitive) -> Primitive:
    """Give a row that carries tangents by its partials, which keep their digits.

    The tangent of σ at −1000 is 0 by its partial, and nan by the arithmetic of 1/(1 + eˣ), where eˣ
    overflows. Where derivatives do not pass a row, what comes out stands still.

    >>> xp = dual_namespace(FLOAT)
    >>> moving(rows.sigmoid).label(xp, [Dual(-1000.0, 1.0)], {})
    (<dual 0.0 + 0.0ε>, (<dual 0.0 + 0.0ε>,))
    """

    def function(xp: DualNamespace, *operands: Dual, **arguments: Dual) -> Dual:
        named = {name: x.value for name, x in arguments.items()}
        return _moved(xp.base, row, operands, named)

    return dataclasses.replace(row, function=function)
