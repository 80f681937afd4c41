"""Claims: what a derivation made by hand says, as a formula to evaluate and to compare."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rojasgraph import labeling
from rojasgraph.contract import read
from rojasgraph.derivation.points import Numeric, Point
from rojasgraph.errors import ArgumentError, DomainError, LabelError
from rojasgraph.expressions import Expression
from rojasgraph.formula import parse
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.symbols import sympy_namespace

Formula = Any
"""A sympy expression."""


class Claim:
    """A formula in the names of a network, given as text, as an expression or by sympy.

    Attributes:
        text: the formula as it was given.
        names: the names in it.
    """

    def __init__(self, given: Any) -> None:  # noqa: ANN401 - text, Expression, Network, sympy
        """Read the formula.

        Raises:
            FormulaError: the text is no formula.
            ArgumentError: it is neither text, nor an expression, nor sympy's, nor a number.
        """
        self.text = "the given function" if isinstance(given, Network) else str(given)
        self._sympy: Formula = None
        if isinstance(given, str):
            given = parse(given)
        if isinstance(given, Expression):
            given = Network.from_expressions(given)
        if isinstance(given, Network):
            self._network = given
            order = structure_of(self._network)
            (self._output,) = (order.number[name] for name in self._network.outputs)
            self._numeric = Numeric(order, {order.number[n]: str(n) for n in self._network.inputs})
            self.names = {str(n) for n in self._network.inputs}
        else:
            self._sympy = _as_sympy(given)
            self.names = {symbol.name for symbol in self._sympy.free_symbols}

    def formula(self, symbols: Mapping[str, Formula]) -> Formula:
        """Write the claim in given symbols, one for each name."""
        if self._sympy is not None:
            return self._sympy.xreplace({s: symbols[s.name] for s in self._sympy.free_symbols})
        fed = {j: symbols[name] for j, name in self._numeric.sources.items()}
        reading = read(self._numeric.order, fed, sympy_namespace())
        forward = labeling.feed_forward(reading.plan, reading.sources, reading.system)
        return forward.values[self._output]

    def value(self, at: Mapping[str, Number]) -> Number:
        """Evaluate the claim; nan where it is not defined. Call it within `precision()`."""
        import mpmath

        if self._sympy is not None:
            given = {s: at[s.name] for s in self._sympy.free_symbols}
            value = self._sympy.evalf(mpmath.mp.dps, given)
            return _real(value)
        return self._numeric.at({n: at[n] for n in self.names}).forward.values[self._output]

    def domain_at(self, at: Mapping[str, Number]) -> str:
        """Say why the claim is not defined at a point; "" where nothing can be said."""
        if self._sympy is not None:
            return ""
        try:
            with_floats = {name: float(at[name]) for name in self.names}
            self._network.feed_forward(with_floats, strict=True)
        except (DomainError, LabelError) as error:
            return str(error).partition(": ")[2] or str(error)
        return ""

    def kinks(self, names: Mapping[str, Number], free: Collection[str]) -> Iterator[Point]:
        """Give points on both sides of the claim's kinks, as far as free names move them.

        Args:
            names: a value for each name of the claim.
            free: the names that may be changed; a point gives the one that is.
        """
        if self._sympy is None:
            yield from self._numeric.kinks({n: names[n] for n in self.names}, free)


def _real(value: Formula) -> Number:
    """Bring a number of sympy's to mpmath; nan where it is not real."""
    import mpmath
    import sympy as sp

    if not (value.is_number and value.is_real):
        return mpmath.nan
    return mpmath.mpf(sp.Float(value, mpmath.mp.dps)._mpf_)


def _as_sympy(given: Any) -> Formula:  # noqa: ANN401 - see Claim
    try:
        from numbers import Number as PythonNumber

        import sympy as sp

        if isinstance(given, sp.Expr):
            return given
        if isinstance(given, PythonNumber):
            return sympy_namespace().lift(given)
    except TypeError:
        pass
    message = f"a claim is a formula, as text or from sympy; got {given!r}"
    raise ArgumentError(message)
