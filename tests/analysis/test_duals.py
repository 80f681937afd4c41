"""Dual numbers: their arithmetic, and a slope for every function of a namespace."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.duals import dual_namespace
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from tests import duals as other
from tests.effort import tries
from tests.strategies import fractions, networks

pairs = st.builds(rg.Dual, fractions, st.none() | fractions)
"""Dual Fractions, some of which stand still."""


def parts(x):
    """Give value and tangent, 0 for what stands still."""
    return x.value, x.tangent or 0


def as_sympy(x, e):
    """Write a dual number as a polynomial in ε."""
    return sp.Rational(x.value) + sp.Rational(x.tangent or 0) * e


@tries(100)
@given(pairs, pairs, st.integers(-3, 3))
def test_arithmetic_is_that_of_polynomials(x, y, n):
    """Sums, products, quotients and powers are those of series in ε, cut off behind ε."""
    e = sp.Symbol("e")
    p, q = as_sympy(x, e), as_sympy(y, e)
    found = {"+": (x + y, p + q), "-": (x - y, p - q), "*": (x * y, p * q), "3-": (3 - x, 3 - p)}
    if y.value:
        found |= {"/": (x / y, p / q), "1/": (1 / y, 1 / q), "**": (y**n, q**n)}
    for result, expected in found.values():
        series = sp.sympify(expected)
        value, tangent = series.subs(e, 0), sp.diff(series, e).subs(e, 0)
        assert parts(result) == (Fraction(str(value)), Fraction(str(tangent)))


@tries(100)
@given(pairs, pairs)
def test_comparisons(x, y):
    """Values are ordered; equal are only numbers that move alike."""
    assert (x < y, x <= y, x > y, x >= y) == (
        x.value < y.value,
        x.value <= y.value,
        x.value > y.value,
        x.value >= y.value,
    )
    assert (x == y) == (parts(x) == parts(y)) == (x == y)


ONE_ARGUMENT = {
    **dict.fromkeys(("sqrt", "cbrt", "log", "log2", "log10"), (0.3, 2.5)),
    **dict.fromkeys(("exp", "exp2", "expm1", "sin", "cos", "tan", "arctan", "erf"), (-0.7, 1.2)),
    **dict.fromkeys(("sinh", "cosh", "tanh", "arcsinh", "sech", "erfc", "abs"), (-0.7, 1.2)),
    "logistic": (-0.7, 1.2),
    **dict.fromkeys(("arcsin", "arccos", "arctanh", "log1p"), (-0.6, 0.4)),
    "arccosh": (1.25, 3.0),
    "sign": (-2.0, 1.5),
}
ITS_NAME = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh"}
ITS_NAME |= {"arccosh": "acosh", "arctanh": "atanh", "abs": "fabs"}
IN_MPMATH = {"exp2": lambda x: mpmath.mpf(2) ** x, "log2": lambda x: mpmath.log(x, 2)}
IN_MPMATH |= {"logistic": lambda x: 1 / (1 + mpmath.exp(-x))}


@pytest.mark.parametrize(("name", "points"), ONE_ARGUMENT.items(), ids=ONE_ARGUMENT)
def test_slope_of_a_function(name, points):
    """Each function's tangent is mpmath's derivative: of floats and of arrays."""
    exact = IN_MPMATH.get(name) or getattr(mpmath, ITS_NAME.get(name, name))
    slopes = [float(mpmath.diff(exact, x)) for x in points]
    function = getattr(dual_namespace(FLOAT), name)
    for x, slope in zip(points, slopes, strict=True):
        found = function(rg.Dual(x, 2.0))
        assert found.tangent == pytest.approx(2 * slope, rel=1e-13)
        assert found.value == pytest.approx(float(exact(x)), rel=1e-13)
        assert function(rg.Dual(x)).tangent is None
    batch = getattr(dual_namespace(numpy_namespace(np.dtype(float))), name)
    found = batch(rg.Dual(np.array(points), np.array([1.0, -1.0])))
    assert found.tangent == pytest.approx(np.array(slopes) * [1.0, -1.0], rel=1e-13)


TWO_ARGUMENTS = {
    "hypot": mpmath.hypot,
    "arctan2": mpmath.atan2,
    "power": mpmath.power,
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "maximum": max,
    "minimum": min,
}


@pytest.mark.parametrize(("name", "exact"), TWO_ARGUMENTS.items(), ids=TWO_ARGUMENTS)
def test_slope_of_a_function_of_two(name, exact):
    """Both partials count, and either alone."""
    a, b = 1.5, 0.75
    by_a, by_b = (float(mpmath.diff(exact, (a, b), n)) for n in ((1, 0), (0, 1)))
    function = getattr(dual_namespace(FLOAT), name)
    assert function(rg.Dual(a, 2.0), rg.Dual(b, 3.0)).tangent == pytest.approx(2 * by_a + 3 * by_b)
    assert function(rg.Dual(a, 2.0), rg.Dual(b)).tangent == pytest.approx(2 * by_a)
    assert function(rg.Dual(a), rg.Dual(b, 3.0)).tangent == pytest.approx(3 * by_b)


@pytest.mark.parametrize("exponent", range(4))
def test_exact_powers_bend_at_0(exponent):
    """Nothing is divided by 0 where a power of 0 is bent: 0, 0, 2 and 0 times a."""
    net = rg.trace(lambda x: rg.power(x, exponent))
    for zero, one in ((Fraction(0), Fraction(1)), (mpmath.mpf(0), mpmath.mpf(1)), (0.0, 1.0)):
        net.feed_forward(x=rg.Dual(zero, one))
        found = net.backpropagate()["x"]
        tangent = zero if found.tangent is None else found.tangent
        assert (found.value, tangent) == (int(exponent == 1), 2 * int(exponent == 2))
        assert type(found.value) is type(tangent) is type(zero)


def test_a_negative_base_needs_no_logarithm():
    """A power whose exponent stands still is differentiated by its base alone."""
    found = dual_namespace(FLOAT).power(rg.Dual(-2.0, 1.0), rg.Dual(3.0))
    assert parts(found) == (-8.0, 12.0)


@tries(80)
@given(networks(ops=["add", "sub", "mul", "div", "neg", "square", "power", "prod"]), st.data())
def test_both_passes_over_duals_are_those_of_another_implementation(drawn, data):
    """Fed to feed_forward, they label as the dual numbers do that the tests have of their own."""
    net, fed = drawn
    tangents = {name: data.draw(fractions) for name in fed}
    output = data.draw(st.sampled_from(net.outputs))
    net.feed_forward({n: other.Dual(x, tangents[n]) for n, x in fed.items()})
    expected = {n: (g.a, g.b) for n, g in net.backpropagate(output).items()}
    net.feed_forward({n: rg.Dual(x, tangents[n]) for n, x in fed.items()})
    assert {n: parts(g) for n, g in net.backpropagate(output).items()} == expected


def test_over_symbols_and_beside_numpy():
    """Parts may be formulas; numpy's numbers and arrays leave their operators to the dual."""
    s = sp.Symbol("s")
    found = rg.exp(rg.Dual(s**2, sp.Integer(1)))
    assert parts(found) == (sp.exp(s**2), sp.exp(s**2))
    assert parts(np.float64(2.0) * rg.Dual(3.0, 1.0)) == (6.0, 2.0)
    product = np.array([1.0, 2.0]) * rg.Dual(3.0, 1.0)
    assert product.value.tolist() == [3.0, 6.0]
    assert rg.relu(rg.Dual(np.array([1.0, -1.0]), 1.0)).tangent.tolist() == [1.0, 0.0]
    assert repr(rg.Dual(1.0)) == "<dual 1.0>"
    assert parts(abs(rg.Dual(-2.0, 1.0))) == (2.0, -1.0)
    assert parts(rg.Dual(7.5, 1.0) % 2) == (1.5, 1.0)
    assert parts(2.0 ** rg.Dual(3.0, 1.0)) == pytest.approx((8.0, 8 * math.log(2)))


def test_what_is_refused():
    """Text is no number; duals of duals would need a second ε."""
    with pytest.raises(TypeError):
        rg.Dual(1.0, 1.0) + "x"
    net = rg.trace(lambda x: x * x)
    net.feed_forward(x=rg.Dual(1.0, 1.0))
    for ask in (lambda: rg.hvp(net, {"x": 1.0}), lambda: rg.hessian(net)):
        with pytest.raises(rg.ArgumentError, match="dual numbers of dual numbers"):
            ask()
