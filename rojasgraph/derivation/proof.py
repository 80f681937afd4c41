"""Prove that two formulas are one: bring their difference to a normal form and find it zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rojasgraph.derivation.glossary import measure

Formula = Any
"""A sympy expression."""

LARGEST = 1_500
"""Up to how many operations a difference is worked on."""

_MOST_TERMS = 20_000
"""Up to how many terms a product is multiplied out."""


def proves_equal(first: Formula, second: Formula) -> bool:
    """Prove that two formulas are equal wherever both are defined.

    Hyperbolic and circular functions are written by exponentials, exponentials of sums as
    products; then both sides are rational functions of variables, exponentials, logarithms,
    roots and whatever else there is, and their difference is zero if its numerator is the zero
    polynomial. That is a proof: it holds whatever these quantities are.

    Returns:
        True if the proof succeeds; False says nothing.

    >>> import sympy as sp
    >>> x = sp.Symbol("x", real=True)
    >>> proves_equal(1 - sp.tanh(x) ** 2, 4 / (sp.exp(x) + sp.exp(-x)) ** 2)
    True
    >>> proves_equal(sp.Max(x, 0), sp.Max(x, 0) + sp.Max(x - 10**6, 0))
    False
    """
    import sympy as sp

    if first.has(sp.Float) or second.has(sp.Float):  # these are rounded
        return False
    difference = first - second
    if difference == 0:
        return True
    if difference.has(sp.nan, sp.zoo, sp.oo) or measure(difference, {}).leaves > LARGEST:
        return False
    rewritings: tuple[Callable[[Formula], Formula], ...] = (lambda d: d, _by_exponentials)
    for rewrite in rewritings:
        try:
            if _vanishes(rewrite(difference)):
                return True
        except (sp.PolynomialError, NotImplementedError, RecursionError):
            continue
    return False


def _by_exponentials(formula: Formula) -> Formula:
    """Write hyperbolic and circular functions by exponentials, and part exponents of sums."""
    import sympy as sp

    hyperbolic = (sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch)
    circular = (sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc)
    formula = formula.replace(
        lambda f: isinstance(f, hyperbolic + circular), lambda f: f.rewrite(sp.exp)
    )
    formula = formula.replace(  # x**y is exp(y·log(x))
        lambda f: f.is_Pow and f.base != sp.E and not f.exp.is_number,
        lambda f: sp.exp(f.exp * sp.log(f.base)),
    )
    formula = sp.expand_log(formula)
    return sp.powsimp(sp.expand_power_exp(sp.expand_power_base(formula)))


def _vanishes(formula: Formula) -> bool:
    """Tell whether a formula is zero as a rational function of its generators."""
    import sympy as sp

    formula = _short_exponents(formula)
    numerator, _ = sp.fraction(sp.together(formula))
    is_small = (
        sp.count_ops(numerator) <= 4 * LARGEST and measure(numerator, {}).terms <= _MOST_TERMS
    )
    return bool(is_small and _expand(numerator) == 0)


def _expand(numerator: Formula) -> Formula:
    import sympy as sp

    return sp.expand(sp.expand_power_exp(sp.expand(numerator)))


def _short_exponents(formula: Formula) -> Formula:
    """Replace exp(q·m) of rational q by powers of one symbol for each monomial m."""
    import sympy as sp

    formula = sp.expand_power_exp(
        formula.replace(lambda f: isinstance(f, sp.exp), lambda f: sp.exp(sp.expand(f.args[0])))
    )
    exponents: dict[Formula, set[Any]] = {}
    for f in formula.atoms(sp.exp):
        rational, monomial = f.args[0].as_coeff_Mul()
        if rational.is_Rational:
            exponents.setdefault(monomial, set()).add(rational)
    replaced = {}
    for monomial, rationals in exponents.items():
        unit = sp.Integer(1)
        for rational in rationals:
            unit = sp.ilcm(unit, rational.q)
        symbol = sp.Dummy("e", positive=monomial.is_real)
        for rational in rationals:
            replaced[sp.exp(rational * monomial)] = symbol ** (rational * unit)
    return formula.xreplace(replaced)
