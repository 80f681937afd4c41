"""Second derivatives at nasty numbers: finite where they are, and right."""

import math
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.duals import dual_namespace, moving
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.multiprecision import mpmath_namespace
from rojasgraph.table import TABLE
from tests.effort import tries
from tests.nasty_floats import DOUBLE, points_of
from tests.test_nasty_numbers import DIGITS, promised, rounded_arguments
from tests.test_primitives import in_mpmath, label

ONE_SLOT = [row for row in TABLE.values() if row.slots == 1]
UNITS = 64

RIGHT = (
    "A second derivative that is finite at 50 digits is finite in floats, and right to 1e-15 or "
    "to 64 units in 2⁻⁵³ of itself."
)


def second(row, x, arguments, xp, one):
    """Give the second derivative as the ε-part of the stored derivative."""
    moved = label(moving(row), xp, (rg.Dual(x, one),), arguments)[1][0].tangent
    return 0 * one if moved is None else moved


def settled(row, x, arguments):
    """Tell whether value and derivative are finite: what has none has no second one."""
    value, (partial,) = in_mpmath(row, (x,), arguments, DIGITS)
    return all(mpmath.isfinite(z) and abs(z) < 1e308 for z in (value, partial))


def is_right(got, want):
    """Compare with the truth; nothing is asked where that is beyond floats."""
    with mpmath.workdps(DIGITS):
        if not mpmath.isfinite(want) or abs(want) > 1e308:
            return True
        allowed = max(1e-15, UNITS * mpmath.mpf(2) ** -53 * abs(want))
        return math.isfinite(got) and abs(mpmath.mpf(got) - want) <= allowed


@pytest.mark.promise("nothing wrong in silence", RIGHT)
@pytest.mark.parametrize("row", ONE_SLOT, ids=lambda row: row.name)
def test_second_derivatives_at_nasty_numbers(row, record_property):
    """Over dual floats, against dual numbers of 60 digits."""
    tried = 0
    for arguments in rounded_arguments(row, DOUBLE):
        for (x,) in points_of(11, 1).tolist():
            if not promised(row, (x,), arguments, DOUBLE) or not settled(row, x, arguments):
                continue
            with np.errstate(all="ignore"):
                got = second(row, x, arguments, dual_namespace(FLOAT), 1.0)
            with mpmath.workdps(DIGITS):
                xp = dual_namespace(mpmath_namespace())
                want = second(row, mpmath.mpf(x), arguments, xp, mpmath.mpf(1))
            assert is_right(got, want), (row.name, x, arguments, got, want)
            tried += 1
    record_property("tried", tried)


FAR = (-1e300, -1e17, -1000.0, -745.0, -710.0, -40.0, 0.0, 40.0, 710.0, 1000.0, 1e17, 1e300)


@pytest.mark.promise("nothing wrong in silence", RIGHT)
@pytest.mark.parametrize("name", ["silu", "softplus", "sigmoid", "tanh", "gelu", "erf", "arctan"])
def test_hessians_far_out(name):
    """By `hessian` and by `hvp`; those of silu and softplus were nan below −709."""
    net = rg.Network.from_expressions(TABLE[name](rg.inputs("x")).named("y"))
    for x in FAR:
        with mpmath.workdps(DIGITS):
            net.feed_forward(x=mpmath.mpf(x))
            want = rg.hvp(net, {"x": 1}, "y")["x"]
        net.feed_forward(x=x)
        assert is_right(rg.hvp(net, {"x": 1.0}, "y")["x"], want), x
        assert is_right(float(np.ravel(rg.hessian(net, "y", wrt=["x"]).matrix)[0]), want), x


BASES = st.one_of(st.floats(5e-324, 2.2e-308), st.floats(5e-324, 1.0), st.floats(1.0, 1.7e308))
EXPONENTS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 1e-300, -1e-20, 1e17]), st.floats(-4, 4)
)


def bends_of_a_power(a, b):
    """Give the second derivatives of aᵇ at 50 digits, each with the size of its terms."""
    a, b = mpmath.mpf(a), mpmath.mpf(b)
    y, logarithm = a**b, mpmath.log(a)
    twice, mixed = b * (b - 1) * y / a / a, y / a * (1 + b * logarithm)
    size = y / a * (1 + abs(b * logarithm))
    grown = y * logarithm**2
    return [(twice, twice), (mixed, size), (mixed, size), (grown, grown)]


@pytest.mark.promise("nothing wrong in silence", RIGHT)
@tries(150)
@given(BASES, EXPONENTS)
@example(5e-324, 0.0)
@example(1e-310, -0.0)
@example(2.2e-308, 1e-5)
@example(1e-300, 1e-300)
@example(1e300, 3.0)
@example(1e-160, -1e-20)
def test_second_derivatives_of_a_power(a, b):
    """By base and exponent, subnormal bases and the exponent 0 included."""
    net = rg.Network.from_expressions((rg.inputs("a") ** rg.inputs("b")).named("y"))
    with warnings.catch_warnings(), mpmath.workdps(DIGITS):
        warnings.simplefilter("ignore", rg.errors.DomainWarning)
        net.feed_forward(a=a, b=b)
        matrix = rg.hessian(net, "y", wrt=["a", "b"]).matrix.ravel().tolist()
        still = [rg.hvp(net, {name: 1.0}, "y")[other] for name in "ab" for other in "ab"]
        pairs = ({"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 1.0})
        moving = [rg.hvp(net, pair, "y")[other] for pair in pairs for other in "ab"]
        for found in (matrix, still, moving):
            for got, (want, size) in zip(found, bends_of_a_power(a, b), strict=True):
                if abs(want) < 1e308 and abs(size) < 1e308:
                    allowed = max(1e-15, UNITS * mpmath.mpf(2) ** -53 * abs(size))
                    assert abs(mpmath.mpf(got) - want) <= allowed


@pytest.mark.parametrize(
    ("a", "b", "twice"),
    [(0.0, 0.5, -math.inf), (0.0, 3.0, 0.0), (0.0, 0.0, 0.0), (0.0, -1.0, math.inf),
     (math.inf, 3.0, math.inf), (math.inf, 0.5, 0.0), (math.inf, 0.0, 0.0)],
)  # fmt: skip
def test_powers_bend_at_the_ends(a, b, twice):
    """At 0 and ∞ the second derivative by the base is the limit."""
    net = rg.Network.from_expressions((rg.inputs("a") ** rg.inputs("b")).named("y"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.errors.DomainWarning)
        net.feed_forward(a=a, b=b)
        assert rg.hessian(net, "y", wrt=["a"]).matrix.item() == twice
        assert rg.hvp(net, {"a": 1.0}, "y")["a"] == twice


@pytest.mark.parametrize("name", ["sqrt", "reciprocal", "log"])
def test_poles_among_duals_of_mpmath(name):
    """A pole gives infinities and nan, as floats have them, and stays among mpmath's numbers."""
    xp = dual_namespace(mpmath_namespace())
    value, (partial,) = label(TABLE[name], xp, (rg.Dual(mpmath.mpf(0), mpmath.mpf(1)),), {})
    assert isinstance(partial.value, mpmath.mpf)
    assert isinstance(partial.tangent, mpmath.mpf)
    assert not mpmath.isfinite(partial.value)
    assert value.value in {mpmath.mpf(0), mpmath.inf, -mpmath.inf}
    net = rg.Network.from_expressions(TABLE[name](rg.inputs("x")).named("y"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.errors.DomainWarning)
        net.feed_forward(x=mpmath.mpf(0))
        assert not mpmath.isfinite(rg.hvp(net, {"x": 1}, "y")["x"])
