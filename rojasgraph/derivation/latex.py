"""Formulas in LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Formula = Any
"""A sympy expression."""


def latex_writer(names: Mapping[Formula, str]) -> Callable[[Formula], str]:
    r"""Give what writes formulas as sympy does, but the exponential as \exp.

    A node may be called e, so that eˣ could mean its power.

    Args:
        names: how symbols are written.

    >>> import sympy as sp
    >>> e, x = sp.symbols("e x")
    >>> print(latex_writer({e: "e"})(e**2 * sp.exp(x)))
    e^{2} \exp{\left(x \right)}
    """
    from sympy.printing.latex import LatexPrinter

    class Printer(LatexPrinter):  # type: ignore[misc]  # sympy carries no types
        def _print_ExpBase(self, formula: Formula, exp: str | None = None) -> str:  # noqa: N802
            power = "" if exp is None else f"^{{{exp}}}"
            return rf"\exp{power}{{\left({self._print(formula.args[0])} \right)}}"

        def _print_Exp1(self, _: Formula, exp: str | None = None) -> str:  # noqa: N802
            return r"\mathrm{e}" if exp is None else rf"\mathrm{{e}}^{{{exp}}}"

    write: Callable[[Formula], str] = Printer({"symbol_names": dict(names)}).doprint
    return write
