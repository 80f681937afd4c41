"""Namespaces: the functions that the rows of the primitive table are written over.

Besides the functions, a namespace knows how to

- `lift` a plain number into its system (0.1 is 1/10 among the exact systems);
- tell whether a number is finite (`isfinite`);
- add what comes together at a node (`total`);
- compute once more what raised an error, by the rules of IEEE arithmetic (`ieee`).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from rojasgraph.errors import DomainError
from rojasgraph.numbers.kinds import Number


def add_all(terms: Sequence[Number], _like: Number = None) -> Number:
    """Add from left to right, so that the same terms always give the same bits."""
    return functools.reduce(operator.add, terms)


def pick(condition: bool, yes: Number, no: Number) -> Number:  # noqa: FBT001 - as numpy.where
    """Give the one number where the condition is true, else the other."""
    return yes if condition else no


class Namespace(SimpleNamespace):
    """The functions of one number system; one that it lacks is a DomainError.

    Functions have numpy's names. Besides them there are:

    Attributes:
        name: what errors call the numbers, in the plural.
        zero: the system's 0.
        one: its 1.
        lift: brings a plain number into the system; raises a TypeError where that cannot be.
        isfinite: tells whether a number is neither nan nor infinite.
        exact: whether nothing is rounded, so that a form that cancels does no harm.
        total: adds what comes together at a node; is given the node's value as well.
        where: chooses between two numbers by a condition.
        refuse_large: raises a DomainError for a number that is too large to go on with; None
            where all numbers have the same size.
        origin: a function of a module, and what it is called with, that give this namespace: it is
            pickled and copied as what they give, not as its many functions; None: member by member.
        ieee: computes by the rules of IEEE arithmetic what raised an ArithmeticError or a
            ValueError; None where these become a DomainError.
    """

    name: str
    zero: Number
    one: Number
    lift: Callable[[Any], Number]
    isfinite: Callable[[Number], bool]
    exact: bool = False
    total: Callable[..., Number] = staticmethod(add_all)
    where: Callable[..., Number] = staticmethod(pick)
    refuse_large: Callable[[Number], None] | None = None
    ieee: Callable[..., Any] | None = None
    origin: tuple[Callable[..., Namespace], tuple[Any, ...]] | None = None

    def __reduce__(self) -> Any:  # noqa: ANN401 - what pickle takes
        """Pickle and copy by origin."""
        return super().__reduce__() if self.origin is None else self.origin

    def __getattr__(self, function: str) -> Any:  # noqa: ANN401 - an attribute of any type
        """Refuse a function that has no meaning in this system."""
        if function.startswith("__"):
            raise AttributeError(function)
        message = f"no {function} among {self.name}"
        raise DomainError(message)

    def sech(self, x: Number) -> Number:
        """Give 1/cosh, which is 0 where cosh overflows."""
        return 1 / self.cosh(x)

    def logistic(self, x: Number) -> Number:
        """Give 1/(1 + exp(−x)), which is 0 where the exponential overflows."""
        return 1 / (1 + self.exp(-x))

    def power_slope(self, y: Number, base: Number, exponent: Number) -> Number:
        """Give the derivative of y = bᵉ by the base: e·bᵉ⁻¹, or e·y/b where e − 1 is rounded."""
        base = self.where(exponent == 0, self.one, base)
        slope = exponent * self.power(base, exponent - 1)
        sharp = is_sharp(base, exponent)  # as all is where nothing is rounded
        return self.where(sharp, slope, exponent * y / self.where(sharp, self.one, base))

    def power_growth(
        self,
        y: Number,
        base: Number,
        exponent: Number,  # noqa: ARG002 - dual numbers need it
    ) -> Number:
        """Give the derivative of y = bᵉ by the exponent: y·ln b, which is 0 where y is.

        Raises:
            DomainError: the system has no logarithm; the message has the way out.
        """
        try:
            logarithm = self.log(base)
        except DomainError as error:
            message = (
                f"{error}, as the derivative by the exponent needs: write the exponent as a number "
                "(x**2 builds `power`)"
            )
            raise DomainError(message) from None
        at_zero = self.where(y == 0, self.zero, logarithm)
        return self.where(base == 0, at_zero, y * logarithm)


# --- what several systems share -----------------------------------------------------------------


def is_sharp(base: Number, exponent: Number) -> Any:  # noqa: ANN401 - a truth, or an array
    """Tell where bᵉ⁻¹ is sharper than bᵉ/b.

    Elsewhere e − 1 is rounded, which costs digits or the sign; at 0 and ∞ the quotient is nan.
    """
    less = exponent - 1
    whole = (less + 1 == exponent) & (exponent - less == 1)
    return whole | (base == 0) | (base * 0 != 0)


def larger(a: Number, b: Number) -> Number:
    """Give the larger number; nan if one of them is nan."""
    return b if not a >= b and a == a else a  # noqa: PLR0124 - nan, in every number system


def smaller(a: Number, b: Number) -> Number:
    """Give the smaller number; nan if one of them is nan."""
    return b if not a <= b and a == a else a  # noqa: PLR0124 - as above


def sign(x: Number) -> Number:
    """Give −1, 0 or 1 of the number's own type; nan of nan."""
    return type(x)((x > 0) - (x < 0)) if x == x else x  # noqa: PLR0124 - as above
