"""A number type of one's own brings its namespace: dual numbers as the example."""

import warnings
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.numbers.kinds import kind
from rojasgraph.numbers.rationals import FRACTION
from tests.duals import Dual
from tests.effort import tries
from tests.strategies import fractions, networks

SMOOTH = [
    *("add", "sub", "mul", "div", "neg", "square", "reciprocal", "power", "scale", "prod"),
    *("identity", "half_squared", "squared_error"),
]
ANALYTIC = [
    *("add", "sub", "mul", "div", "neg", "square", "scale", "prod", "identity", "half_squared"),
    *("sin", "cos", "tanh", "sigmoid", "arctan", "exp", "log", "sqrt", "softplus", "arcsinh"),
    *("logsumexp", "silu"),
]


def as_duals(fed, tangents):
    """Let each fed value move with its tangent."""
    return {name: Dual(value, tangents[name]) for name, value in fed.items()}


@tries(60)
@given(networks(ops=SMOOTH, max_units=4), st.data())
def test_forward_and_backward_over_duals_are_exact(drawn, data):
    """Over dual Fractions: values move as jvp says, adjoints as sympy's second derivatives."""
    net, fed = drawn
    assume(net.number_of_edges() < 10)
    tangents = {name: data.draw(fractions) for name in fed}
    output = data.draw(st.sampled_from(net.outputs))
    symbols = {name: sp.Symbol(f"s{i}") for i, name in enumerate(fed)}
    value = net.feed_forward(symbols)[output]
    net.feed_forward(fed)
    gradient, moved = net.backpropagate(output), rg.jvp(net, tangents)[output]
    found = net.feed_forward(as_duals(fed, tangents))[output]
    assert (found.a, found.b) == (rg.jvp(net, {})[output].a + found.a, moved)
    twice = net.backpropagate(output)
    at = {symbols[n]: sp.Rational(x.numerator, x.denominator) for n, x in fed.items()}
    for name in fed:
        first = sp.diff(value, symbols[name])
        second = sum(sp.diff(first, symbols[n]) * sp.nsimplify(t) for n, t in tangents.items())
        assert twice[name].a == gradient[name]
        assert sp.Rational(twice[name].b) == sp.sympify(second).subs(at)


@tries(60)
@given(networks(analytic=True, ops=ANALYTIC), st.data())
def test_duals_over_floats_follow_jvp_and_differences(drawn, data):
    """Over floats: the same tangents as jvp, and the slope of the gradient along them."""
    net, fed = drawn
    tangents = {name: data.draw(st.sampled_from([-1.0, 0.5, 2.0])) for name in fed}
    output = data.draw(st.sampled_from(net.outputs))

    def gradient(h):
        net.feed_forward({name: x + h * tangents[name] for name, x in fed.items()})
        return net.backpropagate(output)

    h = 1e-5
    above, below, here = gradient(h), gradient(-h), gradient(0.0)
    moved = rg.jvp(net, tangents)[output]
    found = net.feed_forward(as_duals(fed, tangents))[output]
    assert found.b == pytest.approx(moved, rel=1e-9, abs=1e-9)
    twice = net.backpropagate(output)
    reached = [n["value"].a for _, n in net.nodes(data=True) if isinstance(n["value"], Dual)]
    size = 1 + max(map(abs, reached)) ** 4
    for name in fed:
        assert twice[name].a == pytest.approx(here[name], rel=1e-9, abs=1e-12)
        slope = (above[name] - below[name]) / (2 * h)
        assert twice[name].b == pytest.approx(slope, rel=1e-3, abs=1e-4 * size)


def test_second_derivatives_of_a_neuron_are_sympys():
    """E = ½(σ(w·x + b) − t)²: each row of the Hessian by one backward pass over duals."""
    x, t, w, b = rg.inputs("x t w b")
    net = rg.Network.from_expressions(rg.half_squared(rg.sigmoid(w * x + b), t).named("E"))
    at = {"x": 2.0, "t": 1.0, "w": 0.5, "b": -0.25}
    symbols = dict(zip(at, sp.symbols("x t w b"), strict=True))
    error = net.feed_forward(symbols)["E"]
    for along in at:
        net.feed_forward(as_duals(at, {name: float(name == along) for name in at}))
        row = net.backpropagate("E")
        for name in at:
            second = sp.diff(error, symbols[along], symbols[name]).subs(
                {symbols[n]: sp.Rational(v) for n, v in at.items()}
            )
            assert row[name].b == pytest.approx(float(second), rel=1e-13, abs=1e-15)


def test_the_types_own_numbers_run_everywhere_numbers_do():
    """In calls, as a stored weight, as a parameter, as a seed, among expressions."""
    assert kind(Dual(1.0, 0.0)) == "own"
    assert rg.tanh(Dual(0.0, 3.0)).b == 3.0
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("p", Dual(2.0, 1.0))
    net.add_unit("y", "square")
    net.add_edge("x", "y", weight=Dual(3.0, 0.5))
    net.add_edge("x", "y", parameter="p")
    value = net.feed_forward(x=1)["y"]
    assert (value.a, value.b) == (25.0, 15.0)
    gradient = net.backpropagate(seed=Dual(1.0, 1.0))
    assert (gradient["x"].a, gradient["x"].b) == (50.0, 80.0)
    assert gradient.edges["x", "y", 0].a == 10.0
    x = rg.inputs("x")
    built = rg.Network.from_expressions((Dual(2.0, 1.0) * x).named("y"))
    assert built.feed_forward(x=4.0)["y"].b == 4.0


def test_the_parts_choose_the_system():
    """Duals over Fractions lift 0.1 to 1/10, duals over symbols label with formulas."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions((rg.parameter("w", 0.1) * x**2).named("y"))
    exact = net.feed_forward(x=Dual(Fraction(1, 3), Fraction(1)))["y"]
    assert (exact.a, exact.b) == (Fraction(1, 90), Fraction(1, 15))
    s = sp.Symbol("s")
    formula = net.feed_forward(x=Dual(s, sp.Integer(1)))["y"]
    assert (formula.a, formula.b) == (s**2 / 10, s / 5)


def test_a_function_that_the_type_lacks_is_named():
    """What the namespace has not is a DomainError with the node and the system's name."""
    net = rg.Network.from_expressions(rg.erf(rg.inputs("x")).named("e"))
    with pytest.raises(rg.DomainError, match=r"'e'.*no erf among dual numbers over floats"):
        net.feed_forward(x=Dual(1.0, 1.0))


def test_bad_values_are_reported_as_in_any_system():
    """The type's isfinite decides what is warned of."""
    net = rg.Network.from_expressions((rg.inputs("x") * 2).named("y"))
    with pytest.warns(rg.DomainWarning, match="input 'x' is nan"):
        net.feed_forward(x=Dual(float("nan"), 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.feed_forward(x=Dual(1.0, 1.0))


class Other:
    """Another type that brings a namespace."""

    def __init__(self, brought=None):
        """Keep what it brings."""
        self.brought = brought

    @classmethod
    def __rojasgraph_namespace__(cls, values):
        """Give what the first value of the type brings."""
        return next(v.brought for v in values if isinstance(v, cls))


@pytest.mark.parametrize(
    ("fed", "words"),
    [
        ({"x": Dual(1.0, 0.0), "y": Other()}, "Dual and Other cannot stand together"),
        ({"x": Other(), "y": 1.0}, r"__rojasgraph_namespace__ must give .*Namespace; got None"),
        ({"x": Other(FRACTION), "y": 1.0}, "'x' among Fractions"),
    ],
    ids=["two types", "no namespace", "no lift"],
)
def test_what_does_not_go_together_is_refused(fed, words):
    """Two such types, a hook that gives something else, a number that cannot be lifted."""
    x, y = rg.inputs("x y")
    with pytest.raises(rg.ArgumentError, match=words):
        rg.Network.from_expressions((x + y).named("z")).feed_forward(fed)


def test_check_gradients_says_what_it_takes():
    """Slopes are measured among plain numbers."""
    net = rg.Network.from_expressions((rg.inputs("x") * 2).named("y"))
    with pytest.raises(rg.ArgumentError, match="check_gradients takes numbers"):
        rg.check_gradients(net, x=Dual(1.0, 0.0))
