"""Rounding errors: the worked examples, a bound that holds, and what is refused."""

import json
import math
import pathlib
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.analysis.rounding import is_power_of_two
from tests.effort import tries
from tests.strategies import networks

REFERENCE = json.loads(
    (pathlib.Path(__file__).parent / "reference" / "labels_beyond_gradients.json").read_text(
        "utf-8"
    )
)["bauer"]

ROOT = {"p": 1000, "q": "0.018000000081"}


def of(formula, fed, **options):
    """Condition a formula at 40 digits, each operation rounding once."""
    net = rg.Network.from_expressions(rg.parse(formula).named("F"))
    with mpmath.workdps(40):
        net.feed_forward({name: mpmath.mpf(x) for name, x in fed.items()})
        return rg.conditioning(net, "F", library=1, **options)


def by_op(found):
    """Give the conditions of operations by name; the last of each name."""
    return {each.op: each.condition for each in found.values()}


def digits(text):
    """Compare to all digits that a text gives."""
    places = len(text.split("e")[0].replace(".", "").lstrip("-0"))
    return pytest.approx(float(text), rel=0.6 * 10.0 ** (1 - places))


def in_floats(formula, fed):
    """Give the value in floats."""
    net = rg.Network.from_expressions(rg.parse(formula).named("F"))
    return net.feed_forward({name: float(x) for name, x in fed.items()})["F"]


def test_one_minus_cosine():
    """1 − cos x cancels: the problem is harmless, the algorithm is not."""
    expected = REFERENCE["one_minus_cos"]
    found = of("1 - cos(x)", {"x": 1e-4})
    assert found["cos1"].condition == digits(expected["label_cos_to_out"])
    assert found["x"].condition == digits(expected["cond_x"])
    assert found.bound == digits(expected["predicted_bound"])
    assert float(found.value) == digits(expected["exact"])
    assert found.verdict == "unstable algorithm"
    assert [each.node for each in found.culprits] == ["cos1", "F"]
    exact = mpmath.mpf(expected["exact"])
    actual = abs((in_floats("1 - cos(x)", {"x": 1e-4}) - exact) / exact)
    assert float(actual) == digits(expected["actual_rel_error"])
    assert actual <= found.bound


def test_two_sine_squared():
    """The same value by another algorithm: three roundings and no more."""
    found = of("2*sin(x/2)**2", {"x": 1e-4})
    assert found.bound == digits(REFERENCE["two_sin_squared"]["predicted_bound"])
    assert found.verdict == "stable"
    labels = by_op(found)
    assert (labels["sin"], labels["power"]) == pytest.approx((2, 1))
    assert found["div2"].rounding == found["F"].rounding == 0  # powers of two


def test_quadratic_root():
    """−p + √(p² + q): labels, bound and both algorithms."""
    expected = REFERENCE["quadratic_root"]
    first, second = of("-p + sqrt(p**2 + q)", ROOT), of("q/(p + sqrt(p**2 + q))", ROOT)
    assert float(first.value) == pytest.approx(float(expected["exact"]))
    labels = expected["labels_alg1"]
    found = by_op(first)
    assert found["power"] == digits(labels["square"])
    assert first["add3"].condition == digits(labels["add"])
    assert found["sqrt"] == digits(labels["sqrt"])
    assert first["F"].condition == float(labels["sub"])
    assert first["p"].condition == digits(labels["input_p_first_order"])
    assert first["q"].condition == digits(labels["input_q"])
    assert first["p"].condition == digits(expected["cond_p"])
    assert first["q"].condition == digits(expected["cond_q"])
    assert first.bound == digits(expected["predicted_alg1"])
    assert second.bound == digits(expected["predicted_alg2"])
    assert (first.verdict, second.verdict) == ("unstable algorithm", "stable")
    labels, found = expected["labels_alg2"], by_op(second)
    assert found["power"] == digits(labels["square"])
    assert second["add2"].condition == digits(labels["add"])
    assert found["sqrt"] == digits(labels["sqrt"])
    assert second["add4"].condition == float(labels["sum"])
    assert found["div"] == float(labels["div"])
    for number, formula in ((1, "-p + sqrt(p**2 + q)"), (2, "q/(p + sqrt(p**2 + q))")):
        value = in_floats(formula, ROOT)
        assert value == float(expected[f"float64_alg{number}"])
        with mpmath.workdps(30):
            exact = mpmath.mpf(expected["exact"])
            actual = abs((mpmath.mpf(value) - exact) / exact)
        assert float(actual) == digits(expected[f"actual_alg{number}"])


def test_an_ill_conditioned_problem():
    """Where the inputs' own errors are enlarged, no algorithm helps."""
    found = of("a - b", {"a": "1.0000001", "b": 1}, input_errors=2.0**-53)
    assert found.verdict == "ill-conditioned problem"
    assert found.problem == pytest.approx(2e7, rel=1e-6)
    assert found.bound == pytest.approx(2e7 * 2.0**-53, rel=1e-6)
    assert {each.node for each in found.culprits[:2]} == {"a", "b"}


ARITHMETIC = ["add", "sub", "mul", "div", "neg", "square", "scale", "prod", "identity", "sqrt",
              "half_squared", "reciprocal", "power", "exp", "log", "sin", "tanh"]  # fmt: skip


@tries(150)
@given(networks(analytic=True, max_units=8, ops=ARITHMETIC), st.data())
def test_the_bound_holds(drawn, data):
    """The error that floats make is within the bound: exact arithmetic says what it is."""
    net, fed = drawn
    fed = {name: value + 0.1 for name, value in fed.items()}
    output = data.draw(st.sampled_from([n for n, op in net.nodes(data="op") if op not in {
        "input", "parameter", "constant"}]))  # fmt: skip
    with np.errstate(all="ignore"):
        net.feed_forward(fed)
    rounded = net.nodes[output]["value"]
    assume(math.isfinite(rounded))
    with mpmath.workdps(60):
        for j in net:  # floats of the graph as they are
            if net.nodes[j]["op"] == "scale":
                net.nodes[j]["arguments"] = tuple(map(mpmath.mpf, net.nodes[j]["arguments"]))
        net.feed_forward({name: mpmath.mpf(value) for name, value in fed.items()})
        found = rg.conditioning(net, output, library=2)
        exact = net.nodes[output]["value"]
        error = abs(mpmath.mpf(rounded) - exact)
        assume(all(abs(each.condition) < 1e6 for each in found.values() if found.relative))
        allowed = found.bound * (abs(exact) if found.relative else 1)
        assert error <= allowed * (1 + mpmath.mpf(10) ** -6) + mpmath.mpf(2) ** -1000


def test_weighted_sums_are_rounded_term_by_term():
    """A unit rounds its products, but by powers of two, and its partial sums."""
    net = rg.Network()
    for name in "abc":
        net.add_input(name)
    net.add_unit("h", "identity")
    for name, weight in (("a", 3.0), ("b", 0.5), ("c", -7.0)):
        net.add_edge(name, "h", weight=weight)
    net.feed_forward(a=1.0, b=2.0, c=0.25)
    found = rg.conditioning(net, "h", unit_roundoff=1.0)
    # products 3 and 1.75, sums 3 + 1 and 4 − 1.75
    assert found.bound == pytest.approx((3 + 1.75 + 4 + 2.25) / 2.25)
    assert found["a"].condition == pytest.approx(3 / 2.25)


def test_a_value_of_zero_has_absolute_errors():
    """Where the output is 0, the bound is absolute and there is no verdict."""
    net = rg.Network.from_expressions((rg.inputs("x") * 3.0 - rg.inputs("y")).named("F"))
    net.feed_forward(x=1.0, y=3.0)
    found = rg.conditioning(net, "F", unit_roundoff=1.0)
    assert (found.relative, found.verdict, found.bound) == (False, "", 3.0)
    assert math.isnan(found["x"].condition)
    assert "absolute error" in str(found)


def test_configured_roundoffs():
    """Library functions, single operations and inputs have the errors that are given."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions(rg.exp(rg.tanh(x)).named("F"))
    net.feed_forward(x=1.0)
    usual = rg.conditioning(net, "F", unit_roundoff=1.0)
    assert usual["F"].rounding == 2
    own = rg.conditioning(net, "F", unit_roundoff=1.0, library=3, roundoffs={"exp": 0.5})
    assert (own["F"].rounding, own["tanh1"].rounding) == (0.5, 3)
    given_errors = rg.conditioning(net, "F", unit_roundoff=0, input_errors={"x": 0.25})
    assert given_errors.bound == pytest.approx(0.25 * abs(given_errors["x"].condition))


def test_batches_and_fractions():
    """One example of a batch; Fractions, whose labels are exact."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions((x * x - x).named("F"))
    net.feed_forward(x=[2.0, 3.0])
    with pytest.raises(rg.ArgumentError, match="name one example"):
        rg.conditioning(net, "F")
    assert rg.conditioning(net, "F", example=1).value == 6.0
    net.feed_forward(x=Fraction(3))
    found = rg.conditioning(net, "F")
    assert found["x"].condition == 3 * 5 / 6
    assert list(found) == list(net)
    assert len(found) == 3
    assert "stable" in repr(found)
    assert "mul1" in str(found)


def test_what_does_not_reach_the_output():
    """A node without a path has no share, be it a batch."""
    x, y = rg.inputs("x y")
    net = rg.Network.from_expressions((x * 3.0).named("F"), rg.exp(y).named("other"))
    net.feed_forward(x=2.0, y=[1.0, 2.0])
    found = rg.conditioning(net, "F")
    assert (found["other"].condition, found["other"].error) == (0, 0)
    assert [each.node for each in found.culprits] == ["F"]


def test_powers_of_two():
    """Floats multiply by powers of two exactly; anything else is no power."""
    assert all(is_power_of_two(x) for x in (0, 1, -8, 0.5, Fraction(1, 4), mpmath.mpf(2)))
    assert not any(is_power_of_two(x) for x in (3, 0.1, 10**400, sympy.Symbol("x"), np.ones(2), 1j))


def test_refusals():
    """What cannot have an error bound, and numbers that are none."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions((x * 2.0).named("F"))
    with pytest.raises(rg.NotLabeled):
        rg.conditioning(net, "F")
    net.feed_forward(x=sympy.Symbol("x"))
    with pytest.raises(rg.DomainError, match="real numbers"):
        rg.conditioning(net, "F", input_errors=1e-3)
    net.feed_forward(x=math.inf)
    with pytest.raises(rg.DomainError, match="finite value"):
        rg.conditioning(net, "F")
    net.feed_forward(x=1.0)
    for wrong in ({"unit_roundoff": -1}, {"library": math.nan}, {"roundoffs": {"exp": -2}},
                  {"roundoffs": {"nope": 1}}, {"input_errors": {"F": 1}},
                  {"input_errors": {"x": -1}}, {"input_errors": "much"}):  # fmt: skip
        with pytest.raises(rg.ArgumentError):
            rg.conditioning(net, "F", **wrong)
    with pytest.raises(rg.ArgumentError, match="no node"):
        rg.conditioning(net, "nowhere")
