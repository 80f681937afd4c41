"""Every row at nasty numbers: what it promises holds near thresholds, poles, kinks and zeros.

The promise is read off the row (`accuracy`). The truth is the row itself at 60 digits; that its
formulas are right is shown in `test_primitives`.
"""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.table import TABLE
from tests.effort import tries
from tests.nasty_floats import nasty_points
from tests.test_primitives import argument_sets, in_domain, in_mpmath, label, smooth

ROWS = list(TABLE.values())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)
DIGITS = 60
"""Of the truth: 50, and some that a derivative near its zero may lose."""

ACCURATE = (
    "What is finite at 50 digits is finite in floats, and as near to it as the row of the "
    "primitive promises: value and derivatives, at thresholds, subnormals, poles, near ties."
)


def in_range(factors, dtype):
    """Tell whether no product of some factors leaves the range of floats."""
    limits = np.finfo(dtype)
    chosen = itertools.chain.from_iterable(
        itertools.combinations(factors, n) for n in range(1, len(factors) + 1)
    )
    sizes = [sum(math.log2(abs(x)) for x in some if x) for some in chosen]
    return all(limits.minexp < size < limits.maxexp - 1 for size in sizes)


WHERE = {
    "": lambda point, dtype: True,
    "up to nine factors, no product of some of which is out of range": in_range,
}
"""What the words of a promise mean, for three slots."""


def broken(row, dtype, got, want):
    """Tell whether a number breaks the promise: not finite, or too far off."""
    limits, unit = np.finfo(dtype), 2.0 ** -(np.finfo(dtype).nmant + 1)
    with mpmath.workdps(DIGITS):
        if not mpmath.isfinite(want) or abs(want) > float(limits.max) * (1 - 16 * unit):
            return False
        relative, absolute, _ = row.accuracy
        allowed = max(
            relative * unit * abs(want), absolute * unit, float(limits.smallest_normal)
        ) if relative or absolute else 0  # fmt: skip
        return not math.isfinite(got) or abs(mpmath.mpf(got) - want) > allowed


def broken_halves(row, dtype, got, want):
    """List which of the value (0) and the partials (from 1) break the promise."""
    value, partials = want
    if not mpmath.isfinite(value) or abs(value) > float(np.finfo(dtype).max):
        return []
    pairs = zip(got, (value, *partials), strict=True)
    return [i for i, (a, b) in enumerate(pairs) if broken(row, dtype, float(a), b)]


def promised(row, point, arguments, dtype):
    """Tell whether a row promises anything at a point: in its domain, off kinks."""
    return (
        WHERE[row.accuracy[2]](point, dtype)
        and in_domain(row, point, arguments)
        and smooth(row, point)
    )


def rounded_arguments(row, dtype):
    """Give the arguments as the floats that a pass makes of them."""
    return [
        {name: float(dtype.type(float(x))) for name, x in arguments.items()}
        for arguments in argument_sets(row)
    ]


def check_points(row, dtype, drawn):
    """Assert that a row keeps its promise at points, in a batch and, of doubles, one by one.

    Returns:
        At how many points, for all its arguments together.
    """
    tried = 0
    for arguments in rounded_arguments(row, dtype):
        points = [p for p in drawn.tolist() if promised(row, p, arguments, dtype)]
        operands = np.array(points, dtype).reshape(-1, drawn.shape[1]).T
        value, partials = label(row, numpy_namespace(dtype), operands, arguments)
        batch = [np.broadcast_to(half, len(points)) for half in (value, *partials)]
        for i, point in enumerate(points):
            want = in_mpmath(row, point, arguments, DIGITS)
            at = (row.name, point, arguments)
            assert not broken_halves(row, dtype, [half[i] for half in batch], want), at
            if dtype == DOUBLE:
                value, partials = label(row, FLOAT, point, arguments)
                assert not broken_halves(row, dtype, (value, *partials), want), at
        tried += len(points)
    return tried


@pytest.mark.promise("nothing wrong in silence", ACCURATE)
@each_row
@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE], ids=str)
def test_rows_keep_their_promise(row, dtype, record_property):
    """Over floats one by one, and over batches of float64 and of float32."""
    assert row.accuracy is not None, f"{row.name}: say how accurate it is"
    tried = 0

    @tries(3)
    @given(nasty_points(row.slots or 3, dtype))
    def keeps(drawn):
        nonlocal tried
        tried += check_points(row, dtype, drawn)

    keeps()
    assert tried > 20
    record_property("tried", tried)


# --- the faults that were found, one by one -----------------------------------------------------

FOUND = [
    ("silu", (1e17,), {}),  # the derivative was 0: (1 + x − y) cancels
    ("silu", (-1.3,), {}),
    ("logsumexp", (1e16, 1e16, 0.0), {}),  # the shares added up to 2
    ("logsumexp", (1e16, 1e16, 1e16), {}),
    ("half_squared", (0.0, 1.8e154), {}),  # x² overflowed, x²/2 does not
    ("hypot", (2e-313, 1.6e-312), {}),  # a length without digits
    ("arctan2", (1e-300, 1e-310), {}),
    ("pow", (-1.0, 1e153), {}),  # the sign of the derivative was wrong: e − 1 = e
    ("pow", (7.8e-313, 1.57e-312), {}),  # aᵉ⁻¹ overflowed, e·aᵉ⁻¹ does not
    ("pow", (1.4e-147, 1e-8), {}),  # e − 1 was rounded
    ("power", (1e-300,), {"exponent": 0.3}),
    ("power", (-1.0,), {"exponent": 2.0**53 + 2}),
]


@pytest.mark.promise("nothing wrong in silence", ACCURATE)
@pytest.mark.parametrize(("name", "point", "arguments"), FOUND)
def test_faults_that_were_found(name, point, arguments):
    """Each was off by far more than the row promises now."""
    row = TABLE[name]
    assert promised(row, point, arguments, DOUBLE) or 0.0 in point
    value, partials = label(row, FLOAT, point, arguments)
    want = in_mpmath(row, point, arguments, DIGITS)
    assert broken_halves(row, DOUBLE, (value, *partials), want) == []


@tries(30)
@given(st.integers(2**40, 2**49))
def test_lengths_without_digits_have_exact_directions(size):
    """Triangles of sides 3, 4, 5 have the same cosines at any size: in floats and in arrays."""
    row = TABLE["hypot"]
    sides = [math.ldexp(n * size, -1074) for n in (3, 4)]
    assert label(row, FLOAT, sides, {}) == (math.hypot(*sides), (0.6, 0.8))
    operands = np.array([sides]).T
    _, partials = label(row, numpy_namespace(DOUBLE), operands, {})
    assert np.ravel(partials).tolist() == [0.6, 0.8]


# --- zeros and infinities -----------------------------------------------------------------------

ONE_SLOT = [row for row in ROWS if row.slots == 1]
SIDES = (0.25, 0.75, 2.0, 1e-300)


@pytest.mark.parametrize("row", ONE_SLOT, ids=lambda row: row.name)
def test_odd_functions_keep_the_sign_of_zero(row):
    """Where f(−x) = −f(x), f(−0) is −f(0) with its sign: in floats and in arrays."""
    for arguments in argument_sets(row):
        points = [x for x in SIDES if in_domain(row, (x,), arguments)]
        if not all(in_domain(row, (-x,), arguments) for x in points):
            continue
        odd = all(row(-x, **arguments) == -row(x, **arguments) for x in points)
        if not odd or row.name in {"sign", "sub"}:  # Python's comparisons have no −0
            continue
        for make in (float, lambda x: np.array([x])):
            above, below = (np.ravel(row(make(x), **arguments))[0] for x in (0.0, -0.0))
            assert np.signbit(above) != np.signbit(below), arguments


@pytest.mark.parametrize("row", ONE_SLOT, ids=lambda row: row.name)
@pytest.mark.parametrize("end", [math.inf, -math.inf])
def test_infinity_is_the_limit_or_nan(row, end):
    """At ±∞ the value is what it tends to, or nan; it is no other number."""
    for arguments in argument_sets(row):
        far = [math.copysign(10.0**k, end) for k in (30, 100, 300)]
        if not all(in_domain(row, (x,), arguments) for x in far):
            continue
        with np.errstate(all="ignore"):
            values = [row(x, **arguments) for x in far]
            at_end = row(end, **arguments)
            assert row(np.array([end]), **arguments) == pytest.approx([at_end], nan_ok=True)
        if math.isnan(at_end):
            continue
        if math.isinf(at_end):
            grows = all(abs(b) > abs(a) or math.isinf(b) for a, b in itertools.pairwise(values))
            assert grows, values
            assert math.copysign(1, at_end) == math.copysign(1, values[-1])
        else:
            assert values[-1] == pytest.approx(at_end, rel=1e-15, abs=1e-29)


@pytest.mark.parametrize("exponent", [0.1, 0.3, 1 / 3, 1.5, 3.0, 2.0**53 + 2, 1e17])
def test_slopes_of_powers_at_zero_and_infinity(exponent):
    """∂xᵉ/∂x is 0 or ∞ there, whether e − 1 is rounded or not: in floats and in arrays."""
    ends = {0.0: math.inf if exponent < 1 else 0.0, math.inf: 0.0 if exponent < 1 else math.inf}
    for end, slope in ends.items():
        for op, operands, arguments in [
            ("power", [end], {"exponent": exponent}),
            ("pow", [end, exponent], {}),
        ]:
            _, partials = label(TABLE[op], FLOAT, operands, arguments)
            assert partials[0] == slope, (op, end)
            batch = np.array([operands]).T
            _, partials = label(TABLE[op], numpy_namespace(DOUBLE), batch, arguments)
            assert partials[0] == slope, (op, end)


@pytest.mark.parametrize(
    ("op", "zero", "other"),
    [("reciprocal", 0.0, None), ("div", 0.0, 1.0), ("log", 0.0, None), ("arctanh", 1.0, None)],
)
def test_poles_have_the_sign_of_their_side(op, zero, other):
    """1/(−0) is −∞; floats and arrays agree, and a pass says so."""
    row = TABLE[op]
    operands = (lambda x: (other, x)) if other else (lambda x: (x,))
    expected = {"reciprocal": [math.inf, -math.inf], "div": [math.inf, -math.inf]}
    expected |= {"log": [-math.inf, -math.inf], "arctanh": [math.inf, -math.inf]}
    for x, want in zip((zero, -zero), expected[op], strict=True):
        assert row(*operands(x)) == want
        assert row(*(np.array([a]) for a in operands(x))) == want
        net = rg.Network()
        for i, a in enumerate(operands(x)):
            net.add_constant(f"c{i}", a)
        net.add_unit("y", op)
        for i, _ in enumerate(operands(x)):
            net.add_edge(f"c{i}", "y", slot=i)
        with pytest.warns(rg.errors.DomainWarning, match="'y'"):
            assert net.feed_forward()["y"] == want
