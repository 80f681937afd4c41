"""Every row of the table: values, partials, number systems, extremes, kinks.

The rows are taken from the table itself, and their sample points from generic grids and the row's
own `domain`, so a new row is covered without a word here. What cannot be derived from a row stands
in two tables: its definition written over mpmath (`ORACLES`) and, where it has a kink, what its
convention says (`KINKS`). A test fails for a row that has none.
"""

import inspect
import itertools
import math
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import example, given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph import numbers
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import kind
from rojasgraph.numbers.multiprecision import mpmath_namespace
from rojasgraph.numbers.rationals import FRACTION
from rojasgraph.numbers.symbols import sympy_namespace
from rojasgraph.slopes import complex_step
from rojasgraph.table import TABLE, check_partials

ROWS = list(TABLE.values())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

ONE_SLOT = (-20.5, -3.75, -2.25, -0.75, -0.4375, 0.375, 0.625, 1.6875, 3.125, 20.5)
"""Dyadic, so the same numbers in every system."""
SEVERAL_SLOTS = (-3.75, -0.75, -0.4375, 0.375, 1.6875, 3.125, 20.5)
FRACTIONS = (Fraction(-3), Fraction(-3, 4), Fraction(1, 3), Fraction(3), Fraction(5))
COMPLEX = (0.5 + 0.25j, -0.75 + 1j, 1.25 - 0.5j)
TINY = (3e-308, 1e-300, 1e-160)
"""Down to the smallest numbers that still have all their digits."""
EXTREMES = (*(s * x for x in (1000, 745, 710, 1, *TINY) for s in (1.0, -1.0)), 0.0)
PRECISION = 50
"""Decimal digits of mpmath and sympy."""


# --- sample points ------------------------------------------------------------------------------


def argument_sets(row):
    """Give the argument values to try a row with: its defaults, and others."""
    empty = inspect.Parameter.empty
    choices = [
        (3, -2, 0, Fraction(1, 2)) if default is empty else (default, Fraction(1, 4))
        for default in row.arguments.values()
    ]
    return [dict(zip(row.arguments, values, strict=True)) for values in itertools.product(*choices)]


def points(row, one, several=None, slots=None):
    """Give all points of a grid, one number for each slot; of three slots or more, a part."""
    several = several or one
    slots = slots or row.slots or 3
    if slots == 1:
        return [(x,) for x in one]
    if slots == 2:
        return list(itertools.product(several, repeat=2))
    shifts = itertools.product(range(len(several)), repeat=2)
    return [tuple(several[(i + k * j) % len(several)] for k in range(slots)) for i, j in shifts]


def in_domain(row, point, arguments):
    """Tell whether a row has a value at a point."""
    return row.domain is None or bool(row.domain[1](*point, **arguments))


def smooth(row, point):
    """Tell whether a point is off the kinks: those are where a slot is 0, or two are equal."""
    return not row.kink or (0 not in point and len(set(point)) == len(point))


def cases(row, one=ONE_SLOT, several=SEVERAL_SLOTS, slots=None):
    """List the points of a row's domain, off its kinks, with arguments."""
    found = [
        (point, arguments)
        for arguments in argument_sets(row)
        for point in points(row, one, several, slots)
        if in_domain(row, point, arguments) and smooth(row, point)
    ]
    assert len(found) >= 2, f"{row.name}: the grids here hardly touch its domain; add numbers"
    return found


def label(row, xp, point, arguments):
    """Lift a point and arguments into a number system and compute both halves of the node."""
    lifted = {name: xp.lift(x) for name, x in arguments.items()}
    operands = [xp.lift(x) for x in point]
    with np.errstate(all="ignore"):  # as a pass does
        value, partials = row.label(xp, operands, lifted)
    assert len(partials) == len(operands)
    return value, partials


def in_mpmath(row, point, arguments, digits=PRECISION):
    """Compute both halves with mpmath."""
    with mpmath.workdps(digits):
        return label(row, mpmath_namespace(), point, arguments)


def close(got, want, relative, absolute=None):
    """Compare two numbers, in mpmath, so that nothing is rounded on the way."""
    with mpmath.workdps(PRECISION):
        got, want = mpmath.mpmathify(got), mpmath.mpmathify(want)
        gap, allowed = abs(got - want), relative if absolute is None else absolute
        return bool(got == want or gap <= allowed or gap <= relative * abs(want))


def show(row, point, arguments):
    """Name a case in a failed assertion."""
    return f"{row.name}{point} {arguments or ''}"


# --- definitions --------------------------------------------------------------------------------


def mp_cbrt(x):
    """The real cube root."""
    return mpmath.cbrt(x) if x >= 0 else -mpmath.cbrt(-x)


ORACLES = {
    "add": lambda x: x,
    "sub": lambda a, b: mpmath.fsum([a, -b]),
    "mul": lambda a, b: mpmath.fprod([a, b]),
    "div": mpmath.fdiv,
    "neg": mpmath.fneg,
    "scale": lambda x, factor: mpmath.fmul(factor, x),
    "prod": lambda *xs: mpmath.fprod(xs),
    "identity": lambda x: x,
    "reciprocal": lambda x: mpmath.fdiv(1, x),
    "square": lambda x: mpmath.fprod([x, x]),
    "power": lambda x, exponent: x**exponent,
    "pow": mpmath.power,
    "sqrt": mpmath.sqrt,
    "cbrt": mp_cbrt,
    "hypot": lambda a, b: mpmath.norm([a, b]),
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.exp(x * mpmath.ln(2)),
    "expm1": mpmath.expm1,
    "log": mpmath.ln,
    "log2": lambda x: mpmath.ln(x) / mpmath.ln(2),
    "log10": lambda x: mpmath.ln(x) / mpmath.ln(10),
    "log1p": mpmath.log1p,
    "logsumexp": lambda *xs: mpmath.ln(mpmath.fsum(mpmath.exp(x) for x in xs)),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "arctan2": mpmath.atan2,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "arcsinh": mpmath.asinh,
    "arctanh": mpmath.atanh,
    "sigmoid": lambda x: mpmath.exp(x) / (1 + mpmath.exp(x)),
    "symmetric_sigmoid": lambda x: 2 / (1 + mpmath.exp(-x)) - 1,
    "softplus": lambda x: mpmath.ln(1 + mpmath.exp(x)),
    "relu": lambda x: x if x > 0 else mpmath.mpf(0),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mpmath.exp(x) - 1),
    "gelu": lambda x: x * (1 + mpmath.erf(x / mpmath.sqrt(2))) / 2,
    "silu": lambda x: x * mpmath.exp(x) / (1 + mpmath.exp(x)),
    "softsign": lambda x: x / (1 + mpmath.fabs(x)),
    "erf": mpmath.erf,
    "abs": mpmath.fabs,
    "sign": lambda x: mpmath.mpf(0) if x == 0 else x / mpmath.fabs(x),
    "step": lambda x: mpmath.mpf(1 if x >= 0 else 0),
    "maximum": lambda a, b: (a + b + mpmath.fabs(a - b)) / 2,
    "minimum": lambda a, b: (a + b - mpmath.fabs(a - b)) / 2,
    "stop_gradient": lambda x: x,
    "half_squared": lambda output, target: mpmath.power(target - output, 2) / 2,
    "squared_error": lambda output, target: mpmath.power(target - output, 2),
}
"""The value of each row by its definition, over mpmath's numbers."""


def oracle(row, point, arguments, digits=PRECISION):
    """Compute a row's value by its definition; nan where it has none."""
    assert row.name in ORACLES, f"write the definition of {row.name} over mpmath into ORACLES"
    with mpmath.workdps(digits):
        lift = mpmath_namespace().lift
        lifted = {name: lift(x) for name, x in arguments.items()}
        try:
            value = ORACLES[row.name](*(mpmath.mpf(x) for x in point), **lifted)
        except (ZeroDivisionError, ValueError):
            return mpmath.nan
        return value if isinstance(value, mpmath.mpf) else mpmath.nan


# --- values -------------------------------------------------------------------------------------


@each_row
def test_value_follows_the_definition(row):
    """The float value is the definition's, to 1e-15 absolute or 2e-15 relative."""
    for point, arguments in cases(row):
        value, _ = label(row, FLOAT, point, arguments)
        assert type(value) is float
        want = oracle(row, point, arguments)
        assert close(value, want, 2e-15, 1e-15), show(row, point, arguments)


@each_row
def test_mpmath_value_follows_the_definition(row):
    """At 50 digits the row's value is the definition's to 1e-47."""
    for point, arguments in cases(row):
        value, _ = in_mpmath(row, point, arguments)
        assert close(value, oracle(row, point, arguments), 1e-47), show(row, point, arguments)


@each_row
def test_floats_agree_with_fifty_digits(row):
    """Value and partials: floats and 50 digits agree to 1e-15 absolute or 2e-14 relative."""
    for point, arguments in cases(row):
        value, partials = label(row, FLOAT, point, arguments)
        wanted, wanted_partials = in_mpmath(row, point, arguments)
        assert close(value, wanted, 2e-15, 1e-15), show(row, point, arguments)
        for got, want in zip(partials, wanted_partials, strict=True):
            assert close(got, want, 2e-14, 1e-15), show(row, point, arguments)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("sin", math.sin), ("cos", math.cos), ("tan", math.tan), ("exp", math.exp),
        ("exp2", math.exp2), ("expm1", math.expm1), ("log", math.log), ("log2", math.log2),
        ("log10", math.log10), ("log1p", math.log1p), ("arcsin", math.asin),
        ("arccos", math.acos), ("arctan", math.atan), ("arctan2", math.atan2),
        ("sinh", math.sinh), ("cosh", math.cosh), ("tanh", math.tanh), ("arcsinh", math.asinh),
        ("arctanh", math.atanh), ("sqrt", math.sqrt), ("cbrt", math.cbrt), ("hypot", math.hypot),
        ("erf", math.erf), ("abs", math.fabs), ("pow", math.pow), ("maximum", max),
        ("minimum", min), ("prod", lambda *xs: math.prod(xs)),
    ],
)  # fmt: skip
def test_named_functions_are_those_of_python(name, function):
    """A function that Python has gives Python's own bits."""
    for point, _ in cases(TABLE[name]):
        assert TABLE[name](*point) == function(*point)


# --- partials -----------------------------------------------------------------------------------


def thinned(found, most=16):
    """Keep some cases, spread over all of them."""
    return found[:: max(1, len(found) // most)]


@each_row
def test_partials_are_sympys_derivatives(row):
    """Each partial is sympy's derivative of the row's own formula, to 1e-40 at 50 digits.

    Both partials of the row are held against it: as a formula and as a number of mpmath.
    """
    xp = sympy_namespace()
    for arguments in argument_sets(row):
        lifted = {name: xp.lift(x) for name, x in arguments.items()}
        some = [point for point, given in cases(row) if given == arguments]
        symbols = sp.symbols(f"x:{len(some[0])}", real=True)
        value, partials = row.label(xp, symbols, lifted)
        derivatives = [sp.diff(value, x) if row.passes else sp.Integer(0) for x in symbols]
        for point in thinned(some):
            at = {x: sp.Rational(p) for x, p in zip(symbols, point, strict=True)}
            exact = {name: Fraction(str(x)) for name, x in arguments.items()}
            _, by_mpmath = in_mpmath(row, point, exact)
            for derivative, formula, number in zip(derivatives, partials, by_mpmath, strict=True):
                want = sp.sympify(derivative).subs(at).doit().evalf(PRECISION)
                assert want.is_Float or want.is_Integer or want.is_Rational, (row.name, want)
                with mpmath.workdps(PRECISION):
                    want = mpmath.mpmathify(str(want))
                    written = mpmath.mpmathify(str(formula.subs(at).evalf(PRECISION)))
                assert close(written, want, 1e-40), show(row, point, arguments)
                assert close(number, want, 1e-40), show(row, point, arguments)


def test_formulas_are_as_short_as_by_hand():
    """What keeps the digits of floats does not show in a formula."""
    y, x = sp.symbols("y x", real=True)
    square = x**2 + y**2
    for name, partials in [
        ("hypot", (y / sp.sqrt(square), x / sp.sqrt(square))),
        ("arctan2", (x / square, -y / square)),
        ("pow", (x * y ** (x - 1), y**x * sp.log(y))),
    ]:
        assert label(TABLE[name], sympy_namespace(), (y, x), {})[1] == partials


@each_row
def test_partials_are_slopes(row):
    """Each partial is the slope: by complex step where analytic, else by mpmath at 50 digits."""
    xp = numpy_namespace(np.dtype(complex)) if row.analytic else mpmath_namespace()
    for point, arguments in cases(row):
        lifted = {name: xp.lift(x) for name, x in arguments.items()}

        def function(*xs, lifted=lifted):
            return row.function(xp, *map(xp.lift, xs), **lifted)

        _, partials = label(row, FLOAT, point, arguments)
        for i, partial in enumerate(partials):
            if not row.passes:
                assert partial == 0
            elif row.analytic:
                want = complex_step(function, point, i).value
                assert close(partial, want, 2e-13, 1e-15), show(row, point, arguments)
            else:
                order = tuple(int(i == j) for j in range(len(point)))
                with mpmath.workdps(PRECISION):
                    want = mpmath.diff(function, [mpmath.mpf(x) for x in point], order)
                assert close(partial, want, 2e-14, 1e-15), show(row, point, arguments)


@each_row
def test_rows_pass_the_check_of_a_users_own(row):
    """Every row would be accepted if a user declared it."""
    check_partials(row)


# --- number systems -----------------------------------------------------------------------------


INF = math.inf


@pytest.mark.parametrize(
    ("base", "exponent", "by_base", "by_exponent"),
    [
        (0.0, 0.0, 0.0, -INF),
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 0.5, INF, 0.0),
        (0.0, 1e17, 0.0, 0.0),
        (0.0, -1.0, -INF, -INF),
        (INF, 2.0, INF, INF),
        (INF, 1e17, INF, INF),
        (INF, 0.0, 0.0, INF),
        (1.0, 1e17, 1e17, 0.0),
        (1.0, 2.0, 2.0, 0.0),
    ],
)
def test_partials_of_powers_at_the_ends(base, exponent, by_base, by_exponent):
    """At 0, 1 and ∞ they are the limits, alone and in a batch."""
    _, alone = TABLE["pow"].label(FLOAT, [base, exponent], {})
    assert alone == (by_base, by_exponent)
    with np.errstate(all="ignore"):
        operands = [np.array([base]), np.array([exponent])]
        _, batch = TABLE["pow"].label(numpy_namespace(np.dtype(float)), operands, {})
    assert [part.item() for part in batch] == [by_base, by_exponent]


def column(found, slots):
    """Give cases of one argument set as a batch: one array for each slot."""
    return [np.array([point[i] for point, _ in found]) for i in range(slots)]


def batches(row):
    """Give, for each argument set, all its points as one batch."""
    for arguments in argument_sets(row):
        found = [case for case in cases(row) if case[1] == arguments]
        yield found, column(found, len(found[0][0])), arguments


@each_row
def test_arrays_agree_with_floats(row):
    """A batch of float64 gives, example by example, what the floats give."""
    for found, operands, arguments in batches(row):
        xp = numbers.system_of(operands)
        value, partials = label(row, xp, operands, arguments)
        for half in (value, *partials):
            assert np.asarray(half).dtype == np.float64
        wide = np.broadcast_to(value, (len(found),))
        wide_partials = [np.broadcast_to(p, (len(found),)) for p in partials]
        for i, (point, _) in enumerate(found):
            want, want_partials = label(row, FLOAT, point, arguments)
            assert close(wide[i], want, 1e-14, 1e-15), show(row, point, arguments)
            for got, partial in zip(wide_partials, want_partials, strict=True):
                assert close(got[i], partial, 1e-14, 1e-15), show(row, point, arguments)


@each_row
def test_float32_stays_float32(row):
    """A batch of float32 keeps its type, also in the derivatives, and agrees to 1e-5 relative."""
    for found, operands, arguments in batches(row):
        narrow = [x.astype(np.float32) for x in operands]
        value, partials = label(row, numbers.system_of(narrow), narrow, arguments)
        wide, wide_partials = label(row, numbers.system_of(operands), operands, arguments)
        assert row(*narrow, **arguments).dtype == np.float32
        for got, want in zip((value, *partials), (wide, *wide_partials), strict=True):
            assert np.asarray(got).dtype == np.float32, row.name
            got, want = np.broadcast_arrays(got, want)  # noqa: PLW2901 - the same, but wide
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6, err_msg=str(found[0]))


@each_row
def test_complex_numbers(row):
    """Complex labels agree with mpmath's; a row that is not analytic refuses, by its name."""
    xp = numpy_namespace(np.dtype(complex))
    for arguments in argument_sets(row):
        for point in points(row, COMPLEX):
            if not row.analytic:
                for half in (row.function, row.partials):
                    extra = point if half is row.function else (point[0], *point)
                    with pytest.raises(rg.DomainError, match=f"^{row.name}\\b"):
                        row.evaluate(xp, half, extra, arguments)
                with pytest.raises(rg.DomainError, match=f"^{row.name}\\b"):
                    row(*point, **arguments)
                continue
            value, partials = label(row, xp, point, arguments)
            wanted, wanted_partials = in_mpmath(row, point, arguments)
            assert close(value, wanted, 1e-14), show(row, point, arguments)
            for got, want in zip(partials, wanted_partials, strict=True):
                assert close(got, want, 1e-14), show(row, point, arguments)


@pytest.mark.parametrize("row", [r for r in ROWS if r.analytic], ids=lambda row: row.name)
def test_complex_values_follow_the_definition(row):
    """The value of a row that is analytic is the definition's at complex numbers, too."""
    xp = numpy_namespace(np.dtype(complex))
    for arguments in argument_sets(row):
        for point in points(row, COMPLEX):
            value, _ = label(row, xp, point, arguments)
            with mpmath.workdps(PRECISION):
                lifted = {name: mpmath_namespace().lift(x) for name, x in arguments.items()}
                want = ORACLES[row.name](*map(mpmath.mpmathify, point), **lifted)
            assert close(value, want, 1e-14), show(row, point, arguments)


@each_row
@pytest.mark.parametrize("system", ["Python", "arrays", "mpmath"])
def test_complex_passes_refuse_what_is_not_analytic(row, system):
    """A pass over complex numbers of any kind labels what is analytic, and refuses the rest."""
    make = {"Python": complex, "arrays": lambda z: np.array([z, z]), "mpmath": mpmath.mpmathify}
    for arguments in argument_sets(row):
        net = network_of(row, arguments)
        point = points(row, COMPLEX)[1]
        feed = {f"x{i}": make[system](z) for i, z in enumerate(point)}
        if row.analytic:
            net.feed_forward(feed)
            labels = [net.nodes["f"]["value"], *net.nodes["f"]["derivatives"]]
            assert np.isfinite(np.array([complex(np.ravel(x)[0]) for x in labels])).all()
        else:
            with pytest.raises(rg.DomainError, match=rf"\b{row.name}\b.*complex"):
                net.feed_forward(feed)


@each_row
def test_real_numbers_as_complex_ones(row):
    """On the real axis an analytic row's complex labels are the real ones."""
    xp = numpy_namespace(np.dtype(complex))
    for point, arguments in cases(row) if row.analytic else ():
        value, partials = label(row, xp, point, arguments)
        wanted, wanted_partials = label(row, FLOAT, point, arguments)
        assert close(value, wanted, 1e-13, 1e-15), show(row, point, arguments)
        for got, want in zip(partials, wanted_partials, strict=True):
            assert close(got, want, 1e-13, 1e-15), show(row, point, arguments)


@each_row
def test_fractions_are_exact_or_refused(row):
    """Both halves are exact Fractions where the row is rational; else a DomainError names it.

    The judge is sympy: a row is rational if its value is at all the points tried.
    """
    xp = sympy_namespace()
    for arguments in argument_sets(row):
        found = [c for c in cases(row, FRACTIONS, FRACTIONS) if c[1] == arguments]
        refused, rational = [], []
        for point, _ in found:
            wanted, wanted_partials = label(row, xp, point, arguments)
            rational.append(all(half.is_Rational for half in (wanted, *wanted_partials)))
            try:
                value, partials = label(row, FRACTION, point, arguments)
            except rg.DomainError as error:
                refused.append(str(error))
                continue
            for got, want in zip((value, *partials), (wanted, *wanted_partials), strict=True):
                assert isinstance(got, Fraction), show(row, point, arguments)
                assert sp.Rational(got) == want, show(row, point, arguments)
            assert row(*point, **arguments) == value
        assert all(message.startswith(row.name) for message in refused), refused
        assert not (refused and all(rational)), f"{row.name} is rational: {refused[0]}"


@pytest.mark.parametrize("base", FRACTIONS)
@pytest.mark.parametrize("exponent", [-3, -1, 0, 1, 2, 5])
def test_whole_powers_of_fractions_are_exact(base, exponent):
    """A whole power of a Fraction is a Fraction, however it is written."""
    assert rg.pow(base, Fraction(exponent)) == base**exponent == rg.power(base, exponent)
    assert label(rg.power, FRACTION, (base,), {"exponent": exponent}) == (
        base**exponent,
        (exponent * base ** (exponent - 1),),
    )


def test_a_power_of_fractions_says_how_to_write_it():
    """∂(xʸ)/∂y takes a logarithm; where y is a number, `power` needs none."""
    x, y = rg.inputs("x y")
    net = rg.Network.from_expressions((x**y).named("p"))
    with pytest.raises(rg.DomainError, match=r"'p'.*no log among Fractions.*x\*\*2 builds `power`"):
        net.feed_forward(x=Fraction(2), y=Fraction(3))
    power = rg.Network.from_expressions((x**3).named("p"))
    assert power.feed_forward(x=Fraction(2, 3)) == {"p": Fraction(8, 27)}


@each_row
def test_symbols_stand_for_numbers(row):
    """Labels that are formulas give, when numbers are put in, the labels of those numbers."""
    xp = sympy_namespace()
    for arguments in argument_sets(row):
        some = [point for point, given in cases(row) if given == arguments]
        symbols = sp.symbols(f"x:{len(some[0])}", real=True)
        value, partials = label(row, xp, symbols, arguments)
        assert value.free_symbols <= set(symbols)
        assert row(*symbols, **arguments) == value
        for point in thinned(some, 8):
            at = {x: sp.Rational(p) for x, p in zip(symbols, point, strict=True)}
            wanted, wanted_partials = label(row, FLOAT, point, arguments)
            for got, want in zip((value, *partials), (wanted, *wanted_partials), strict=True):
                number = mpmath.mpmathify(str(sp.sympify(got).subs(at).evalf(30)))
                assert close(number, want, 2e-14, 1e-15), show(row, point, arguments)


@each_row
def test_complex_symbols_do_not_fail(row):
    """A symbol of which nothing is known is enough to write both halves as formulas."""
    symbols = sp.symbols(f"z:{row.slots or 3}")
    for arguments in argument_sets(row):
        value, partials = label(row, sympy_namespace(), symbols, arguments)
        assert all(isinstance(half, sp.Expr) for half in (value, *partials))


# --- extremes -----------------------------------------------------------------------------------


def extreme_cases(row):
    """List the points of a row's domain that are huge, tiny or zero, off the kinks."""
    found = cases(row, EXTREMES, EXTREMES)
    return found if len(points(row, (1.0,))[0]) < 3 else thinned(found, 100)


def network_of(row, arguments):
    """Build a network of one unit of a row, with an input for each slot."""
    net = rg.Network()
    slots = row.slots or 3
    for i in range(slots):
        net.add_input(f"x{i}")
    net.add_unit("f", row.name, arguments=arguments)
    for i in range(slots):
        net.add_edge(f"x{i}", "f", slot=i)
    return net


def finite(number):
    """Tell whether a number of mpmath is one among floats."""
    return mpmath.isfinite(number) and abs(number) < mpmath.mpf("1e308")


@each_row
def test_nothing_overflows_that_need_not(row):
    """At ±1000, ±745, ±710, ±1, 0 and tiny numbers: what is finite is finite here, and right.

    Right: 1e-15 absolute or 1e-13 relative, for values and derivatives, on the labels of a
    network; the truth comes from 900 digits. No warning of numpy's escapes.
    """
    nets = {str(arguments): network_of(row, arguments) for arguments in argument_sets(row)}
    for point, arguments in extreme_cases(row):
        net = nets[str(arguments)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.errors.DomainWarning)
            net.feed_forward({f"x{i}": x for i, x in enumerate(point)})
        labels = net.nodes["f"]
        value, partials = in_mpmath(row, point, arguments, 900)
        definition = oracle(row, point, arguments, 900)
        if finite(definition):
            assert close(labels["value"], definition, 1e-13, 1e-15), show(row, point, arguments)
        for got, want in zip(labels["derivatives"], partials, strict=True):
            if finite(value) and finite(want):
                assert close(got, want, 1e-13, 1e-15), (show(row, point, arguments), got)


SATURATING = ("sigmoid", "symmetric_sigmoid", "tanh", "softplus", "erf", "softsign", "arctan",
              "arcsinh")  # fmt: skip
FAR = (1e-300, 1e-9, 0.1, 1.0, 5.0, 18.0, 20.0, 26.0, 40.0, 300.0, 370.0, 700.0, 709.0, 711.0,
       1e4, 1e100, 1e154, 1e200, 1e300)  # fmt: skip


@pytest.mark.parametrize("system", ["floats", "arrays", "complex", "mpmath"])
@pytest.mark.parametrize("name", SATURATING)
def test_flat_ends_keep_their_slope(name, system):
    """A derivative that fades away is right to 1e-13 of itself, down to the smallest floats."""
    row = TABLE[name]
    if system == "complex" and not row.analytic:
        pytest.skip("real numbers only")
    xp = {
        "floats": FLOAT,
        "arrays": numpy_namespace(np.dtype(float)),
        "complex": numpy_namespace(np.dtype(complex)),
        "mpmath": mpmath_namespace(),
    }[system]
    for x in (sign * size for size in FAR for sign in (1, -1)):
        if system == "complex" and abs(x) > 1e150:
            continue  # numpy's complex numbers square to nan there
        _, (got,) = label(row, xp, (np.array([x]) if system == "arrays" else x,), {})
        with mpmath.workdps(30 if abs(x) > 1e4 else 900):
            want = _slopes()[name](mpmath.mpf(x))
        assert close(got.item() if system == "arrays" else got, want, 2e-13, 1e-307), (name, x, got)


def _slopes():
    """Give the derivatives of the saturating rows, in forms that do not cancel."""
    return {
        "sigmoid": lambda x: mpmath.sech(x / 2) ** 2 / 4,
        "symmetric_sigmoid": lambda x: mpmath.sech(x / 2) ** 2 / 2,
        "tanh": lambda x: mpmath.sech(x) ** 2,
        "softplus": lambda x: 1 / (1 + mpmath.exp(-x)),
        "erf": lambda x: 2 * mpmath.exp(-x * x) / mpmath.sqrt(mpmath.pi),
        "softsign": lambda x: 1 / (1 + abs(x)) ** 2,
        "arctan": lambda x: 1 / (1 + x * x),
        "arcsinh": lambda x: 1 / mpmath.sqrt(1 + x * x),
    }


@pytest.mark.parametrize("name", ["tanh", "symmetric_sigmoid", "sigmoid"])
@pytest.mark.parametrize("z", [20 + 1j, -20 - 2j, 300 + 1j, -300 + 2j, 720 + 1j, -720 + 0.5j])
def test_flat_ends_of_complex_numbers(name, z):
    """Far out the complex derivative keeps its digits as well, and is no nan where it vanishes."""
    _, (got,) = label(TABLE[name], numpy_namespace(np.dtype(complex)), (z,), {})
    with mpmath.workdps(PRECISION):
        want = _slopes()[name](mpmath.mpmathify(z))
    assert close(got, want, 1e-13, 1e-307)


@pytest.mark.parametrize(
    ("name", "form"),
    [("sigmoid", "y*(1 - y)"), ("tanh", "1 - y**2"), ("symmetric_sigmoid", "1/2 - y**2/2"),
     ("arcsinh", "1/sqrt(x**2 + 1)")],
)  # fmt: skip
def test_symbols_see_the_form_of_the_textbook(name, form):
    """What floats compute without cancellation is shown in terms of the value."""
    x, y = sp.symbols("x y")
    (partial,) = TABLE[name].partials(sympy_namespace(), y, x)
    assert str(partial) == form


@each_row
def test_extreme_batches_agree_with_floats(row):
    """At the same extremes a batch gives what the floats give, infinities and nan included."""
    for arguments in argument_sets(row):
        found = [c for c in extreme_cases(row) if c[1] == arguments]
        operands = column(found, len(found[0][0]))
        net = network_of(row, arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.errors.DomainWarning)
            net.feed_forward({f"x{i}": x for i, x in enumerate(operands)})
            labels = [net.nodes["f"]["value"], *net.nodes["f"]["derivatives"]]
            for i, (point, _) in enumerate(found):
                net.feed_forward({f"x{j}": x for j, x in enumerate(point)})
                wanted = [net.nodes["f"]["value"], *net.nodes["f"]["derivatives"]]
                for batch, want in zip(labels, wanted, strict=True):
                    got = np.broadcast_to(batch, (len(found),))[i]
                    np.testing.assert_allclose(
                        got, want, rtol=1e-13, atol=1e-15, err_msg=show(row, point, arguments)
                    )


@each_row
def test_no_warning_escapes_a_call(row):
    """A call at numbers warns of nothing, inside the domain or outside (warnings are errors).

    Floats and arrays have nan and infinities at the same finite points.
    """
    odd = (-1000.0, -1.0, -0.0, 0.0, 1e-300, 1.0, 1000.0, math.inf, -math.inf, math.nan)
    for arguments in argument_sets(row):
        for point in points(row, odd):
            by_floats = row(*point, **arguments)
            by_arrays = row(*(np.array([x]) for x in point), **arguments)
            if np.isfinite(point).all():
                np.testing.assert_allclose(by_arrays, [by_floats], rtol=1e-13, atol=1e-300)


# --- kinks --------------------------------------------------------------------------------------

HALF = (0.5, 0.5)
KINKS = {
    # row: (operands, arguments, value, derivatives); None where there is none, or no convention
    "relu": [((0,), {}, 0, (0,))],
    "leaky_relu": [((0,), {}, 0, (0.01,)), ((0,), {"slope": 0.25}, 0, (0.25,))],
    "elu": [((0,), {}, 0, (1,)), ((0,), {"alpha": 0.5}, 0, (0.5,))],
    "abs": [((0,), {}, 0, (0,))],
    "sign": [((0,), {}, 0, (0,))],
    "step": [((0,), {}, 1, (0,))],
    "maximum": [((x, x), {}, x, HALF) for x in (-2, 0, 3)],
    "minimum": [((x, x), {}, x, HALF) for x in (-2, 0, 3)],
    "stop_gradient": [((x,), {}, x, (0,)) for x in (-2, 0, 3)],
    "hypot": [((0, 0), {}, 0, None)],
    "arctan2": [((0, -2), {}, math.pi, (-0.5, 0)), ((0, 0), {}, None, None)],
}


@pytest.mark.parametrize("row", [r for r in ROWS if r.kink], ids=lambda row: row.name)
@pytest.mark.parametrize(
    "system",
    [
        FLOAT,
        FRACTION,
        numpy_namespace(np.dtype(np.float64)),
        numpy_namespace(np.dtype(np.float32)),
        mpmath_namespace(),
        sympy_namespace(),
    ],
    ids=lambda xp: xp.name,
)
def test_kinks_follow_their_convention(row, system):
    """At a kink value and derivatives are what the row's `kink` says, in every system."""
    assert row.name in KINKS, f"write what {row.name} does where: {row.kink}"
    for point, arguments, value, derivatives in KINKS[row.name]:
        at = [np.array([x]) for x in point] if "arrays" in system.name else point
        try:
            got, partials = label(row, system, at, row.bind(arguments))
        except rg.DomainError as error:
            no_meaning = system is FRACTION and row.name in {"hypot", "arctan2", "elu"}
            assert no_meaning or derivatives is None, error  # noqa: PT017
            continue
        rough = 1e-6 if system.name == "float32 arrays" else 1e-15
        if value is not None:
            assert close(float(np.ravel(got)[0]), value, rough), show(row, point, arguments)
        for k, partial in enumerate(partials):
            assert kind(np.ravel(partial)[0]) == kind(system.one), row.name
            number = float(np.ravel(partial)[0])
            if derivatives is None:
                assert math.isnan(number), show(row, point, arguments)
            else:
                assert close(number, derivatives[k], rough), show(row, point, arguments)


@pytest.mark.parametrize("system", [FLOAT, numpy_namespace(np.dtype(float))], ids=lambda s: s.name)
@pytest.mark.parametrize(
    ("row", "point", "arguments", "labels"),
    [
        (
            rg.power,
            (0,),
            {"exponent": 0},
            (
                1,
                0,
            ),
        ),
        (
            rg.power,
            (0,),
            {"exponent": 1},
            (
                0,
                1,
            ),
        ),
        (
            rg.power,
            (0,),
            {"exponent": 2},
            (
                0,
                0,
            ),
        ),
        (
            rg.power,
            (0,),
            {"exponent": 0.5},
            (
                0,
                math.inf,
            ),
        ),
        (rg.pow, (0, 0), {}, (1, 0, -math.inf)),
        (rg.pow, (0, 1), {}, (0, 1, 0)),
        (rg.pow, (0, 2), {}, (0, 0, 0)),
        (rg.pow, (0, 0.5), {}, (0, math.inf, 0)),
        (
            rg.sqrt,
            (0,),
            {},
            (
                0,
                math.inf,
            ),
        ),
    ],
)
def test_where_a_base_is_zero(system, row, point, arguments, labels):
    """At 0 powers have the limits from the right: of xⁿ, n·xⁿ⁻¹ and xⁿ·ln x."""
    operands = [np.array([x], dtype=float) for x in point] if "arrays" in system.name else point
    got, partials = label(row, system, operands, arguments)
    assert [float(np.ravel(x)[0]) for x in (got, *partials)] == list(labels)


def test_every_row_that_is_not_smooth_tells_its_convention():
    """A row of max, abs, step or where either has a `kink` or one derivative from both sides."""
    for row in ROWS:
        for arguments in [] if row.kink or not row.passes else argument_sets(row):
            if not in_domain(row, (0.0,) * (row.slots or 3), arguments):
                continue
            below, at, above = (
                label(row, FLOAT, (x,) * (row.slots or 3), arguments)[1]
                for x in (-1e-12, 0.0, 1e-12)
            )
            if not in_domain(row, (-1e-12,) * (row.slots or 3), arguments):
                continue
            if np.isfinite(at).all():
                np.testing.assert_allclose(below, at, atol=1e-9, err_msg=row.name)
                np.testing.assert_allclose(above, at, atol=1e-9, err_msg=row.name)


@each_row
@pytest.mark.parametrize("system", ["floats", "arrays", "mpmath", "complex"])
def test_nan_stays_nan(row, system):
    """Where an operand is nan, so is the value: no number is made up.

    The exceptions are IEEE 754's own: x⁰ and 1ˣ are 1 for every x.
    """
    if system == "complex" and not row.analytic:
        return  # refused: see above
    make = {
        "floats": float,
        "arrays": lambda x: np.array([x, x]),
        "mpmath": mpmath.mpf,
        "complex": complex,
    }[system]
    slots = row.slots or 3
    for arguments in argument_sets(row):
        for other in (0.0, 1.0, -2.5, 1000.0):
            for i in range(slots):
                point = [make(math.nan if i == j else other) for j in range(slots)]
                value = row(*point, **arguments)
                gone = mpmath.isnan(value) if system == "mpmath" else np.isnan(value).all()
                is_one = row.name == "pow" and other == (1 if i else 0)
                is_one |= arguments.get("exponent") == 0
                assert gone or is_one, f"{show(row, point, arguments)} is {value}"


# --- any number of slots ------------------------------------------------------------------------

VARIADIC = [row for row in ROWS if row.slots is None]


@pytest.mark.parametrize("row", VARIADIC, ids=lambda row: row.name)
@pytest.mark.parametrize("slots", [1, 2, 3, 7])
def test_any_number_of_slots(row, slots):
    """With 1, 2, 3 and 7 slots, value and partials are the definition's and its slopes."""
    for point, arguments in thinned(cases(row, slots=slots), 30):
        value, partials = label(row, FLOAT, point, arguments)
        assert len(partials) == slots
        assert close(value, oracle(row, point, arguments), 4e-15, 1e-15)
        with mpmath.workdps(PRECISION):
            at = [mpmath.mpf(x) for x in point]
            for i, partial in enumerate(partials):
                order = tuple(int(i == j) for j in range(slots))
                want = mpmath.diff(ORACLES[row.name], at, order)
                assert close(partial, want, 1e-13, 1e-15), show(row, point, arguments)


@pytest.mark.parametrize("row", VARIADIC, ids=lambda row: row.name)
@pytest.mark.parametrize("slots", [1, 2, 3, 7])
def test_any_number_of_slots_in_symbols(row, slots):
    """Formulas of 1, 2, 3 and 7 slots have sympy's derivatives."""
    xp = sympy_namespace()
    symbols = sp.symbols(f"x:{slots}", real=True)
    value, partials = label(row, xp, symbols, {})
    at = {x: sp.Rational(i - 2, 3) for i, x in enumerate(symbols)}
    for x, partial in zip(symbols, partials, strict=True):
        gap = (sp.diff(value, x) - partial).subs(at)
        assert abs(gap.evalf(PRECISION)) < 1e-40


@given(st.lists(st.sampled_from([0, 1, -2, 3, Fraction(1, 2), Fraction(-5, 3)]), max_size=7))
@example([0])
@example([0, 0])
@example([3, 0, 2])
@example([0, 5, 0])
def test_zeros_in_a_product_do_no_harm(factors):
    """The partial by a factor is the product of all the others, zeros or not, exactly."""
    factors = [Fraction(2), *map(Fraction, factors)]
    value, partials = label(rg.prod, FRACTION, factors, {})
    assert value == math.prod(factors)
    for i, partial in enumerate(partials):
        assert partial == math.prod(factors[:i] + factors[i + 1 :])
    by_floats = label(rg.prod, FLOAT, factors, {})[1]
    np.testing.assert_allclose(by_floats, [float(p) for p in partials], rtol=1e-14)


@pytest.mark.parametrize("unit", [1.0, 2.0**-99, 2.0**-101, 1e-200, 1e-310, 5e-324])
@pytest.mark.parametrize("sides", [(3, 4), (-5, 12), (1000, 1), (0, 2)])
def test_short_lengths_have_a_direction(unit, sides):
    """Of operands that have fewer digits than others, hypot and arctan2 lose none."""
    a, b = (side * unit for side in sides)
    with mpmath.workdps(50):
        length = mpmath.sqrt(mpmath.mpf(a) ** 2 + mpmath.mpf(b) ** 2)
        directions = [float(x / length) for x in (a, b)]
        turns = [float(x / length / length) for x in (b, -a)]
    assert TABLE["hypot"].label(FLOAT, (a, b), {})[1] == pytest.approx(directions, rel=1e-15, abs=0)
    assert TABLE["arctan2"].label(FLOAT, (a, b), {})[1] == pytest.approx(turns, rel=1e-15, abs=0)


@pytest.mark.parametrize("x", [0.0, -700.0, 1e16, 1e300])
def test_equal_operands_have_equal_shares(x):
    """Also where the logarithm of their number is lost beside them."""
    assert TABLE["logsumexp"].label(FLOAT, (x, x, x), {})[1] == pytest.approx(
        [1 / 3] * 3, rel=1e-15
    )


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=7))
@example([1000.0, 1000.0])
@example([-1000.0, -1000.0, -1000.0])
def test_logsumexp_lies_above_its_largest(xs):
    """Max ≤ logsumexp ≤ max + log n, and its partials are shares that add up to 1."""
    value, partials = label(rg.logsumexp, FLOAT, xs, {})
    slack = 4e-16 * abs(max(xs)) + 1e-15
    assert max(xs) - slack <= value <= max(xs) + math.log(len(xs)) + slack
    assert all(0 <= p <= 1 + 1e-12 for p in partials)
    if max(map(abs, xs)) < 1e3:
        assert sum(partials) == pytest.approx(1, abs=1e-11)


# --- how rows are written -----------------------------------------------------------------------


@each_row
def test_the_row_is_complete(row):
    """A row has a name, a symbol and a LaTeX form, and its domain speaks of its own slots."""
    assert TABLE[row.name] is row is getattr(rg, row.name)
    assert row.name.isidentifier()
    assert row.symbol
    assert row.latex
    assert row.slots is None or row.slots == len(row.operands)
    defaults = [
        inspect.getfullargspec(half).kwonlydefaults for half in (row.function, row.partials)
    ]
    assert defaults[0] == defaults[1], "the value and its derivatives are of different functions"
    if row.domain is not None:
        words, test = row.domain
        assert isinstance(words, str)
        takes = inspect.signature(test).parameters.values()
        named = [p.name for p in takes if p.kind is p.KEYWORD_ONLY]
        assert (len(takes) - len(named), named) == (len(row.operands), list(row.arguments))


@each_row
def test_arguments_are_bound_and_written(row):
    """By name and by position the arguments are the same, and both symbols show them."""
    for arguments in argument_sets(row):
        listed = list(arguments.values())
        assert row.bind(arguments) == row.bind(listed) == arguments
        for text in (row.symbol_for(arguments), row.latex_for(listed)):
            assert text
            assert not any(f"{{{name}}}" in text for name in row.arguments)
        if listed and "{" in row.symbol:
            assert str(listed[0]) in row.symbol_for(arguments)
    for wrong in ({"nonsense": 1}, [1] * (len(row.arguments) + 1)):
        with pytest.raises(rg.ArgumentError, match=row.name):
            row.bind(wrong)
    if inspect.Parameter.empty in row.arguments.values():
        with pytest.raises(rg.ArgumentError, match=f"{row.name} lacks"):
            row.bind(())


@each_row
def test_domains_are_where_values_are(row):
    """Inside the domain the value is finite; outside, by a step, it is nan or inf."""
    grid = (-3.5, -1.25, -1.0, -0.5, 0.0, 0.5, 1.0, 1.25, 2.0)
    for arguments in argument_sets(row):
        for point in points(row, grid):
            value = row(*point, **arguments)
            assert math.isfinite(value) == in_domain(row, point, arguments), (point, value)


@each_row
def test_domains_test_whole_batches(row):
    """A domain's test takes arrays and gives, example by example, what it gives for numbers."""
    grid = (-3.5, -1.25, -1.0, -0.5, 0.0, 0.5, 1.0, 1.25, 2.0)
    some = points(row, grid)
    arrays = [np.array([p[i] for p in some]) for i in range(len(some[0]))]
    for arguments in argument_sets(row) if row.domain else ():
        whole = np.broadcast_to(row.domain[1](*arrays, **arguments), (len(some),))
        assert whole.tolist() == [in_domain(row, p, arguments) for p in some]
