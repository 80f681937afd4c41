"""Dual numbers a + bε with ε² = 0, over any number system: what a type of one's own looks like.

Fed x + ẋε, a network's values are v + v̇ε, the tangents that `jvp` gives; its adjoints are
v̄ + (H·ẋ)ε, so one backward pass gives a product with the second derivatives (theory, section 5.2).
"""

from dataclasses import dataclass
from typing import Any

from rojasgraph import numbers
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import kind
from rojasgraph.numbers.namespace import Namespace

SLOPES = {
    "sqrt": lambda xp, y, x: 1 / (2 * y),
    "exp": lambda xp, y, x: y,
    "log": lambda xp, y, x: 1 / x,
    "sin": lambda xp, y, x: xp.cos(x),
    "cos": lambda xp, y, x: -xp.sin(x),
    "sinh": lambda xp, y, x: xp.cosh(x),
    "cosh": lambda xp, y, x: xp.sinh(x),
    "tanh": lambda xp, y, x: 1 - y * y,
    "arctan": lambda xp, y, x: 1 / (1 + x * x),
    "arcsinh": lambda xp, y, x: 1 / xp.sqrt(1 + x * x),
}
"""The derivatives of the functions that dual numbers have."""


@dataclass(frozen=True, eq=False)
class Dual:
    """A number a + bε: a value and how fast it moves."""

    a: Any
    b: Any

    @classmethod
    def __rojasgraph_namespace__(cls, values):
        """Give the functions of dual numbers over the system that holds all their parts."""
        parts = [p for v in values for p in ((v.a, v.b) if isinstance(v, cls) else (v,))]
        return namespace(numbers.system_of(parts) or FLOAT)

    def __add__(self, other):
        """Add parts."""
        return _apply(self, other, lambda x, y: Dual(x.a + y.a, x.b + y.b))

    def __mul__(self, other):
        """Multiply; ε² is 0."""
        return _apply(self, other, lambda x, y: Dual(x.a * y.a, x.a * y.b + x.b * y.a))

    def __neg__(self):
        """Change both signs."""
        return Dual(-self.a, -self.b)

    def __sub__(self, other):
        """Subtract parts."""
        return self + -other

    def __rsub__(self, other):
        """Subtract from a plain number."""
        return -self + other

    def __truediv__(self, other):
        """Divide by a number."""
        return _apply(self, other, _quotient)

    def __rtruediv__(self, other):
        """Divide a plain number."""
        return _apply(self, other, lambda x, y: _quotient(y, x))

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other):
        """Compare values and tangents, so that nan in either is not itself."""
        return _apply(self, other, lambda x, y: x.a == y.a and x.b == y.b)

    def __lt__(self, other):
        """Compare values."""
        return _apply(self, other, lambda x, y: x.a < y.a)

    def __gt__(self, other):
        """Compare values."""
        return _apply(self, other, lambda x, y: x.a > y.a)

    __hash__ = None


def _apply(x, y, function):
    """Apply a function to two dual numbers; a plain number stands still."""
    if isinstance(y, Dual):
        return function(x, y)
    try:
        kind(y)
    except TypeError:
        return NotImplemented
    return function(x, Dual(y, 0))


def _quotient(x, y):
    q = x.a / y.a
    return Dual(q, (x.b - q * y.b) / y.a)


def namespace(base):
    """Give the functions of dual numbers whose parts are numbers of another system."""

    def lift(value):
        if isinstance(value, Dual):
            return Dual(base.lift(value.a), base.lift(value.b))
        return Dual(base.lift(value), base.zero)

    def of_one(name):
        def function(x):
            y = getattr(base, name)(x.a)
            return Dual(y, x.b * SLOPES[name](base, y, x.a))

        return function

    def power(x, exponent):
        assert exponent.b == 0
        slope = exponent.a * base.power(x.a, exponent.a - 1) if exponent.a else 0
        return Dual(base.power(x.a, exponent.a), x.b * slope)

    def logaddexp(x, y):
        z = base.logaddexp(x.a, y.a)
        return Dual(z, x.b * base.exp(x.a - z) + y.b * base.exp(y.a - z))

    return Namespace(
        name=f"dual numbers over {base.name}",
        exact=base.exact,
        lift=lift,
        isfinite=lambda x: base.isfinite(x.a) and base.isfinite(x.b),
        zero=lift(0),
        one=lift(1),
        power=power,
        logaddexp=logaddexp,
        hypot=lambda x, y: namespace(base).sqrt(x * x + y * y),
        maximum=max,
        **{name: of_one(name) for name in SLOPES},
    )
