"""Wrong claims: each is found wrong, with the reason that a student deserves."""

import re
from collections import Counter

import mpmath
import pytest

import rojasgraph as rg
from rojasgraph.derivation.mistaken_factors import rational
from tests.derivation.claims_table import NETWORKS, WRONG


def _verdict(claim):
    net = NETWORKS[claim.network]()
    if isinstance(claim.key, tuple) and claim.key[0] == "value":
        return rg.check(net, {}, values={claim.key[1]: claim.claim})[claim.key]
    return rg.check(net, {claim.key: claim.claim})[claim.key]


@pytest.mark.once
@pytest.mark.parametrize("claim", WRONG, ids=lambda c: f"{c.network}: {c.key} = {c.claim}")
def test_a_wrong_claim_gets_its_reason(claim):
    """A wrong claim is refuted by a point, and the reason names what went wrong, and where."""
    verdict = _verdict(claim)
    assert not verdict.agrees
    assert verdict.evidence == "counterexample"
    assert verdict.counterexample.claimed != verdict.counterexample.true or "1e-9" in claim.claim
    assert re.fullmatch(claim.reason, verdict.reason), verdict.reason
    if claim.edge is not ...:
        edge = verdict.first_wrong_edge
        assert (edge and edge[:2]) == claim.edge


def test_the_table_is_as_large_as_promised():
    """There are 60 wrong claims and more, several of each kind."""
    kinds = Counter(claim.kind for claim in WRONG)
    assert len(WRONG) >= 60
    assert min(kinds.values()) >= 2


@pytest.mark.parametrize(
    ("network", "claim"),
    [
        ("neuron", "(o - t)*o*(1 - o)*(x + w)"),
        ("neuron", "(o - t)*o*(1 - o)*x + max(x - 10**6, 0)"),
        ("neuron", "sin(o)*x"),
    ],
)
def test_no_reason_is_made_up(network, claim):
    """A mistake that fits nothing known is called so, and no factor is named."""
    verdict = rg.check(NETWORKS[network](), {"w": claim})["w"]
    assert verdict.reason == "differs from the derivative by no mistake that is known here"


FIRST = "the derivative of maximum by its first operand"
LARGER = "(1 where y < w*x, 0 where y > w*x, else 1/2)"
SMALLER = "(1 where y > w*x, 0 where y < w*x, else 1/2)"
OUTER = "(1 where x < maximum(w*x, y), 0 where x > maximum(w*x, y), else 1/2)"
CHOICES = [
    ("3*max(w*x, y)", "3*x", f"{FIRST} {LARGER}"),
    ("3*min(w*x, y)", "3*x", f"{FIRST.replace('max', 'min')} {SMALLER}"),
    ("3*max(y, w*x)", "3*x", f"{FIRST.replace('first', 'second')} {LARGER}"),
    ("relu(w*x)**2", "2*w*x*x", "the derivative of relu (1 where w*x > 0, else 0)"),
    ("3*relu(w*x)", "3", "x times the derivative of relu (1 where w*x > 0, else 0)"),
    ("3*leaky_relu(w*x)", "3*x", "the derivative of leaky_relu (1 where w*x > 0, else 1/100)"),
    ("max(max(w*x, y), x)", "x", f"{FIRST} {OUTER} times {FIRST} {LARGER}"),
]


@pytest.mark.parametrize(("formula", "claim", "factor"), CHOICES)
def test_a_factor_that_is_a_choice_is_told_in_words(formula, claim, factor):
    """Who differentiates max by hand has not met sympy's Piecewise and Heaviside."""
    verdict = rg.check_function(formula, claim, by="w")
    assert verdict.reason == f"missing factor: {factor}"


def test_a_choice_of_ones_own_among_many_operands():
    """The operand is counted, however many there are."""
    rg.primitive(
        "third_if_positive",
        lambda xp, a, b, c, d: xp.where(d > 0, d, 0),
        lambda xp, y, a, b, c, d: (xp.zero, xp.zero, xp.zero, xp.where(d > 0, xp.one, xp.zero)),
        analytic=False,
        kink="derivative 0 at d = 0",
    )
    net = rg.Network.from_expressions(rg.parse("third_if_positive(x, x, x, w*x)").named("y"))
    reason = rg.check(net, {"w": "x"})["w"].reason
    assert reason == (
        "missing factor: the derivative of third_if_positive by its 4th operand "
        "(1 where w*x > 0, else 0)"
    )


def test_a_factor_holds_at_all_points():
    """A claim that lacks a factor on one side of a kink only is not said to lack it."""
    verdict = rg.check_function("x**2*k", "max(2*x*k, 0) + min(2*k, 0)", by="x")
    assert not verdict
    assert "factor" not in verdict.reason


@pytest.mark.parametrize("factor", ["x", "w", "1/x", "2", "3", "1/2", "-1", "-2", "o", "(1 - o)"])
@pytest.mark.parametrize("key", ["w", "b", "t"])
def test_an_extra_factor_is_named(key, factor):
    """Multiplied by a factor, a right claim is said to have it too many, or its inverse to lack."""
    right = {"w": "(o - t)*o*(1 - o)*x", "b": "(o - t)*o*(1 - o)", "t": "(t - o)"}[key]
    verdict = rg.check(NETWORKS["neuron"](), {key: f"({right})*({factor})"})[key]
    number, _, name = factor.strip("()").partition("/")
    named = {"-1": "wrong sign", "-2": "wrong sign, and extra factor 2"}.get(factor)
    if named is None:
        named = f"missing factor {name}" if name else f"extra factor {number}"
    assert verdict.reason.startswith(named)


@pytest.mark.parametrize("size", [3, 4, 7])
def test_a_sum_over_a_batch_of_any_size(size):
    """One term of n, the mean of n for their sum, and the sum for the mean are told apart."""
    terms = [f"(w*x{i} - t{i})*x{i}" for i in range(size)]
    total = " + ".join(f"(w*x{i} - t{i})**2" for i in range(size))
    gradient = " + ".join(terms)
    one = rg.check_function(f"({total})/2", terms[0], by="w").reason
    assert one == f"the sum over the batch is missing: the claim is one of {size} terms"
    mean = rg.check_function(f"({total})/2", f"({gradient})/{size}", by="w").reason
    assert mean == f"mean for sum: an extra factor 1/{size}, but the {size} terms are summed"
    summed = rg.check_function(f"({total})/{2 * size}", gradient, by="w").reason
    assert summed == f"sum for mean: missing factor 1/{size} of the mean of {size} terms"


def test_a_large_network_is_searched_in_short_time():
    """A network with many weights is searched too; the mistake is deep in it."""
    net = rg.layered([3, 5, 4, 1], activation="tanh")
    delta = "(1 - y1**2)*w_h2_1_y1*(1 - h2_1**2)*h1_3"
    assert rg.check(net, {"w_h1_3_h2_1": delta}).agree
    wrong = rg.check(net, {"w_h1_3_h2_1": delta.replace("*w_h2_1_y1", "")})["w_h1_3_h2_1"]
    assert wrong.reason == "missing factor w_h2_1_y1"


def test_rows_that_take_numbers_only_disturb_no_search():
    """A wrong claim gets its reason beside a primitive of the user's that has no formula."""
    rg.primitive("numeric_only", lambda xp, x: x * x, lambda xp, y, x: (2 * float(x),), check=False)
    assert rg.check_function("tanh(x)", "1 - x**2").reason.startswith(
        "derivative at the wrong place"
    )


@pytest.mark.parametrize("claim", ["exp(exp(exp(exp(x))))", "exp(exp(exp(exp(exp(x)))))"])
def test_numbers_beyond_all_fractions(claim):
    """A ratio of towers of powers is no small fraction, and nobody looks for it digit by digit."""
    net = rg.Network.from_expressions(rg.parse("exp(exp(exp(exp(exp(x)))))"))
    assert not rg.check(net, {"x": claim})["x"]


@pytest.mark.parametrize("power", [10**7, -(10**7), 10**12])
def test_no_fraction_of_astronomical_size(power):
    """What is far from 1 is not written out, nor is what is no number."""
    assert rational(mpmath.ldexp(1, power)) is None
    assert rational(mpmath.mpf("nan")) is None
    assert rational(mpmath.mpf(0)) == 0
