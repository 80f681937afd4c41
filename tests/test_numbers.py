"""Number systems: what is a number, which system holds several, and how each lifts and adds."""

import copy
import math
import pickle
import re
import sys
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import rojasgraph as rg
from rojasgraph import numbers
from rojasgraph.numbers.arrays import numpy_namespace, sum_to
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import PI, kind
from rojasgraph.numbers.multiprecision import mpmath_namespace
from rojasgraph.numbers.rationals import FRACTION
from rojasgraph.numbers.symbols import sympy_namespace

F64 = numpy_namespace(np.dtype(np.float64))
F32 = numpy_namespace(np.dtype(np.float32))
C64 = numpy_namespace(np.dtype(np.complex64))
C128 = numpy_namespace(np.dtype(np.complex128))
MP = mpmath_namespace()
SP = sympy_namespace()
SYSTEMS = [FLOAT, FRACTION, F64, F32, C64, C128, MP, SP]
each_system = pytest.mark.parametrize("xp", SYSTEMS, ids=lambda xp: f"{xp.name} {xp.one!r}")

x = sp.Symbol("x")


class Laid:
    """Something of another library that numpy can make an array of, as pandas' columns are."""

    def __init__(self, data):
        """Keep the data."""
        self.data = data

    def __repr__(self):
        """Show the data."""
        return f"Laid({self.data!r})"

    def __array__(self, dtype=None, copy=None):
        """Hand the data over."""
        return np.asarray(self.data, dtype=dtype)


class Trap:
    """Something whose text, if anyone evaluated it, would raise another error."""

    def __repr__(self):
        """Write a formula that must not be evaluated."""
        return "1/0"


def shown(value):
    """Name a parameter by its type and by what it is: 0.1 is a number of many types."""
    text = re.sub(r" at 0x\w+", "", repr(value))  # the same in each worker
    return f"{type(value).__name__} {text}"[:60]


def same(a, b):
    """Compare two real numbers of any system, nan being nan."""
    return bool(a == b or (mpmath.isnan(a) and mpmath.isnan(b)))


NO_NUMBERS = ["1", "x", b"1", None, [], {"a": 1}, object, Trap(), slice(1), range(3), {1}, print]


# --- what is a number ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "family"),
    [
        (0, "exact"),
        (10**400, "exact"),
        (True, "exact"),
        (np.int8(3), "exact"),
        (np.uint64(2**63), "exact"),
        (np.True_, "exact"),
        (0.1, "real"),
        (math.nan, "real"),
        (np.float32(0.1), "real"),
        (np.float64(0.1), "real"),
        (Decimal("0.1"), "real"),
        (PI, "real"),
        (1j, "complex"),
        (np.complex64(1j), "complex"),
        (Fraction(1, 3), "fraction"),
        (np.array([1.0]), "array"),
        (np.array(1.0), "array"),
        (mpmath.mpf(1), "mpmath"),
        (mpmath.mpc(1j), "mpmath"),
        (sp.Integer(1), "sympy"),
        (sp.Float(0.5), "sympy"),
        (x, "sympy"),
        (sp.sqrt(x) + sp.pi, "sympy"),
        (sp.oo, "sympy"),
    ],
    ids=shown,
)
def test_kind_of_a_number(value, family):
    """Each number belongs to one family."""
    assert kind(value) == family


@pytest.mark.parametrize(
    "value",
    [*NO_NUMBERS, sp.true, sp.Interval(0, 1), sp.Matrix([1]), np.datetime64("2020-01-01")],
    ids=shown,
)
def test_kind_refuses_what_is_no_number(value):
    """Anything else is a TypeError that shows it and names its type."""
    with pytest.raises(TypeError, match="not a number") as caught:
        kind(value)
    assert type(value).__name__ in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [0, 10**400, True, 0.5, -0.0, math.inf, 1j, Fraction(1, 3), Decimal("0.1"), PI, x],
    ids=shown,
)
def test_numbers_stay_what_they_are(value):
    """A number of Python's or sympy's is handed on as it is."""
    assert numbers.as_number(value) is value


def test_numbers_of_mpmath_stay_what_they_are():
    """A number of mpmath's keeps all its digits."""
    with mpmath.workdps(60):
        for value in (mpmath.mpf(1) / 3, mpmath.mpc(1, 1) / 3):
            assert numbers.as_number(value) is value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.complex64(1j), 1j),
        (np.int32(7), 7),
        (np.array(0.25), 0.25),
        (np.array(3), 3),
        (Laid(2.5), 2.5),
    ],
    ids=shown,
)
def test_numpy_scalars_become_pythons_own(value, expected):
    """A numpy scalar, or an array without axes, becomes Python's own number."""
    number = numbers.as_number(value)
    assert number == expected
    assert type(number) is type(expected)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint64, np.bool_], ids=shown)
def test_whole_arrays_become_floats(dtype):
    """Arrays of whole numbers or truth values become float64; the original is left alone."""
    given_array = np.array([[0, 1], [1, 1]], dtype=dtype)
    array = numbers.as_number(given_array)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, [[0, 1], [1, 1]])
    assert given_array.dtype == dtype


@pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.float64, np.complex64, np.complex128], ids=shown
)
def test_floating_arrays_are_not_copied(dtype):
    """An array of a floating type is the batch itself, with its type."""
    array = np.zeros((2, 3), dtype=dtype)
    assert numbers.as_number(array) is array


@pytest.mark.parametrize(
    "value", [[1, 2], (1, 2.5), [[1], [2]], Laid([1, 2]), [True, False]], ids=shown
)
def test_sequences_become_batches(value):
    """Lists, tuples and what numpy can read become arrays of floats."""
    array = numbers.as_number(value)
    assert isinstance(array, np.ndarray)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, np.asarray(getattr(value, "data", value), float))


@pytest.mark.parametrize(
    "value",
    [
        *(bad for bad in NO_NUMBERS if bad != []),
        ["a", "b"],
        np.array(["1"]),
        [Fraction(1, 2)],
        [x],
        [None],
        np.array([object()]),
        np.array(None),
        np.array(["2020-01-01"], dtype="M8[D]"),
        Laid(["a"]),
    ],
    ids=shown,
)
def test_what_is_no_number_is_refused(value):
    """Text, objects and arrays of them are a TypeError, and nothing is evaluated."""
    with pytest.raises(TypeError, match="number"):
        numbers.as_number(value)


# --- which system holds several -----------------------------------------------------------------


def array(dtype):
    """Make a small batch."""
    return np.ones(3, dtype=dtype)


@pytest.mark.parametrize(
    ("values", "system"),
    [
        ([], None),
        ([1, 2], None),
        ([True, np.int64(3)], None),
        ([1, 0.5], FLOAT),
        ([0.5, Fraction(1, 3)], FLOAT),
        ([Decimal("0.1")], FLOAT),
        ([PI, 1], FLOAT),
        ([PI, Fraction(1)], FLOAT),
        ([1, Fraction(1, 3)], FRACTION),
        ([1, 1j], C128),
        ([0.5, 1j, Fraction(1, 3)], C128),
        ([array(np.float64), 1], F64),
        ([array(np.float32)], F32),
        ([array(np.float32), 0.5], F32),
        ([array(np.float32), 2**70, Fraction(1, 3), PI], F32),
        ([array(np.float32), array(np.float64)], F64),
        ([array(np.float32), 1j], C64),
        ([array(np.float64), 1j], C128),
        ([array(np.complex64), 0.5], C64),
        ([array(np.complex64), array(np.float64)], C128),
        ([array(np.int64), array(np.float32)], F64),
        ([array(np.int64)], F64),
        ([mpmath.mpf(1), 0.5, Fraction(1, 3), 1j], MP),
        ([x, 0.5, Fraction(1, 3), 1j], SP),
        ([x, mpmath.mpf(1)], SP),
    ],
    ids=shown,
)
def test_the_system_that_holds_all(values, system):
    """The widest of the systems, whatever the order; ints alone leave it open."""
    for order in (values, values[::-1]):
        got = numbers.system_of(iter(order))
        if system is None:
            assert got is None
        else:
            assert got.name == system.name
            assert type(got.one) is type(system.one)


@pytest.mark.parametrize("other", [mpmath.mpf(1), x, sp.Integer(2)], ids=shown)
def test_a_batch_does_not_mix_with_symbols(other):
    """A batch beside mpmath or sympy numbers is an ArgumentError with the mend."""
    with pytest.raises(rg.ArgumentError, match="feed one example"):
        numbers.system_of([other, np.ones(2)])


def test_the_system_of_text_is_refused():
    """Text has no system."""
    with pytest.raises(TypeError, match="not a number"):
        numbers.system_of([1.0, "2"])


# --- lifting ------------------------------------------------------------------------------------


@each_system
@pytest.mark.parametrize(
    "value",
    [0, 1, -7, True, np.int8(-3), 0.5, -0.75, np.float32(0.25), Decimal("1.5"), Fraction(3, 4)],
    ids=shown,
)
def test_lifted_numbers_keep_their_value(xp, value):
    """A dyadic number is the same number in every system, and lifting twice changes nothing."""
    lifted = xp.lift(value)
    assert lifted == Fraction(value.item() if isinstance(value, np.generic) else value)
    assert type(lifted) is type(xp.lift(0.5)) or xp is SP
    again = xp.lift(lifted)
    assert again == lifted
    assert type(again) is type(lifted)


@pytest.mark.parametrize(
    "tenth", [0.1, np.float64(0.1), Decimal("0.1"), Fraction(1, 10)], ids=shown
)
def test_a_tenth(tenth):
    """0.1 is 1/10 in the exact systems, the binary double among floats and arrays."""
    assert FRACTION.lift(tenth) == Fraction(1, 10)
    assert SP.lift(tenth) == sp.Rational(1, 10)
    assert FLOAT.lift(tenth) == F64.lift(tenth) == 0.1
    assert type(FLOAT.lift(tenth)) is float
    assert F32.lift(tenth) == np.float32(0.1)
    assert C128.lift(tenth) == 0.1 + 0j


def test_a_tenth_in_mpmath():
    """To mpmath 0.1 is the binary double; a Decimal or a Fraction is the tenth itself."""
    with mpmath.workdps(50):
        assert MP.lift(0.1) == mpmath.mpf(0.1) != mpmath.mpf("0.1")
        assert MP.lift(np.float64(0.1)) == mpmath.mpf(0.1)
        assert MP.lift(Decimal("0.1")) == mpmath.mpf("0.1")
        assert MP.lift(Fraction(1, 10)) == mpmath.mpf("0.1")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_lifted_as_they_are_written(number):
    """A float becomes the fraction of its shortest decimal form, which reads back as it."""
    exact = FRACTION.lift(number)
    assert exact == Fraction(repr(number))
    assert float(exact) == number
    assert SP.lift(number) == sp.Rational(exact.numerator, exact.denominator)
    assert MP.lift(number) == number
    assert FLOAT.lift(number) == number


@given(st.fractions())
def test_fractions_are_lifted_exactly(number):
    """A Fraction is exact in the exact systems and correctly rounded among floats."""
    assert FRACTION.lift(number) == number
    assert SP.lift(number) == sp.Rational(number.numerator, number.denominator)
    assert FLOAT.lift(number) == number.numerator / number.denominator


def test_float32_scalars_are_lifted_by_their_binary_value():
    """A numpy float32 of 0.1 is not 1/10: its double has more digits, and they are kept."""
    assert float(FRACTION.lift(np.float32(0.1))) == float(np.float32(0.1))
    assert float(SP.lift(np.float32(0.1))) == float(np.float32(0.1))


@pytest.mark.parametrize("huge", [10**400, -(10**400), Fraction(10**400, 3)], ids=shown)
def test_huge_integers(huge):
    """Integers beyond 10^308 are exact where they can be, and refused in words as floats."""
    assert FRACTION.lift(huge) == huge
    assert SP.lift(huge) == sp.Rational(huge)
    with mpmath.workdps(450):
        assert (
            abs(MP.lift(huge) - mpmath.mpf(Fraction(huge).numerator) / Fraction(huge).denominator)
            < 1
        )
    for xp in (FLOAT, F64, F32, C128):
        with pytest.raises(TypeError, match="feed mpmath or Fractions"):
            xp.lift(huge)


def test_tiny_fractions_are_floats():
    """A fraction of huge parts is a float where its quotient is one."""
    assert FLOAT.lift(Fraction(10**400 + 1, 10**400)) == 1.0
    assert FLOAT.lift(Fraction(1, 10**400)) == 0.0


@pytest.mark.parametrize(
    "text", ["0.00000000000000000000000000001", "1e-400", "1E+30", "-0.1"], ids=shown
)
def test_decimals_keep_their_digits(text):
    """A Decimal is the number that it writes, in the exact systems and in mpmath."""
    number = Decimal(text)
    assert FRACTION.lift(number) == Fraction(text)
    assert SP.lift(number) == sp.Rational(text)
    with mpmath.workdps(50):
        assert MP.lift(number) == mpmath.mpf(text)
    assert FLOAT.lift(number) == float(text)


def test_pi():
    """π is exact among symbols, has all digits in mpmath, and is no Fraction."""
    assert SP.lift(PI) is sp.pi
    with mpmath.workdps(50):
        assert MP.lift(PI) == +mpmath.mp.pi
    assert FLOAT.lift(PI) == F64.lift(PI) == math.pi == float(PI)
    assert F32.lift(PI) == np.float32(math.pi)
    assert C128.lift(PI) == math.pi
    with pytest.raises(TypeError, match=r"π .* is no fraction"):
        FRACTION.lift(PI)
    assert pickle.loads(pickle.dumps(PI)) is PI is copy.deepcopy(PI) is copy.copy(PI)
    assert repr(PI) == "π"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32(math.inf)], ids=shown)
def test_infinities(value):
    """Nan and infinities stay what they are; a Fraction cannot be one."""
    for xp in (FLOAT, F64, F32, C128, MP):
        lifted = xp.lift(value)
        assert same(lifted, float(value))
        assert not xp.isfinite(lifted)
    assert SP.lift(value) == {math.inf: sp.oo, -math.inf: -sp.oo}.get(float(value), sp.nan)
    assert not SP.isfinite(SP.lift(value))
    with pytest.raises(TypeError, match="is no fraction"):
        FRACTION.lift(value)


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")], ids=shown
)
def test_infinite_decimals(value):
    """Infinite Decimals behave as infinite floats do."""
    for xp in (FLOAT, F64, MP):
        assert not xp.isfinite(xp.lift(value))
    assert not SP.isfinite(SP.lift(value))
    with pytest.raises(TypeError, match="is no fraction"):
        FRACTION.lift(value)


@pytest.mark.parametrize("value", [1j, np.complex64(1j)], ids=shown)
def test_complex_numbers_need_a_complex_system(value):
    """A complex number is one in the complex systems, mpmath and sympy; else it is refused."""
    assert C128.lift(value) == 1j
    assert type(C64.lift(value)) is np.complex64
    assert MP.lift(value) == mpmath.mpc(0, 1)
    assert SP.lift(value) == sp.I
    for xp in (FLOAT, FRACTION, F64, F32):
        with pytest.raises(TypeError, match=r"not a real number|no fraction"):
            xp.lift(value)


@each_system
@pytest.mark.parametrize(
    "value",
    ["1", "x", "__import__('os').getcwd()", b"1", None, Trap(), [1], {"a": 1}, object()],
    ids=shown,
)
def test_text_is_never_evaluated(xp, value, monkeypatch):
    """Text and objects are refused by every system, and never read as a formula."""

    def refuse(*_):
        message = "something was evaluated"
        raise AssertionError(message)

    monkeypatch.setattr("builtins.eval", refuse)
    with pytest.raises(TypeError):
        xp.lift(value)


@pytest.mark.parametrize("xp", [FLOAT, FRACTION, SP, MP], ids=lambda xp: xp.name)
def test_arrays_are_no_single_numbers(xp):
    """A system of single numbers refuses an array in words."""
    with pytest.raises(TypeError, match="array"):
        xp.lift(np.ones(3))


@pytest.mark.parametrize("xp", [F64, F32, C64, C128], ids=lambda xp: str(xp.one.dtype))
def test_arrays_are_lifted_to_the_type(xp):
    """Arrays get the type of the system; one that has it is not copied."""
    dtype = xp.one.dtype
    same = np.ones(3, dtype=dtype)
    assert xp.lift(same) is same
    assert xp.lift(np.ones(3, dtype=np.float16)).dtype == dtype
    assert xp.lift(0.5).dtype == dtype


def test_numbers_of_sympy_are_not_changed():
    """A sympy expression, and its own floats, are lifted as they are."""
    for value in (x, sp.Float("0.1", 40), sp.sqrt(2), sp.Rational(1, 3)):
        assert SP.lift(value) is value


def test_numbers_of_mpmath_are_not_rounded():
    """A number of mpmath keeps its digits where the precision is lower than its own."""
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3
    assert MP.lift(third) is third


# --- constants and functions --------------------------------------------------------------------


@each_system
def test_constants(xp):
    """0, 1 and, where they exist, π, √2, ln 2 and ln 10 are numbers of the system."""
    assert xp.zero == 0
    assert xp.one == 1
    assert xp.isfinite(xp.zero)
    assert type(xp.lift(xp.one)) is type(xp.one)
    if xp is FRACTION:
        for name in ("pi", "sqrt2", "ln2", "ln10"):
            with pytest.raises(rg.DomainError, match=rf"\b{name}\b.*Fractions"):
                getattr(xp, name)
        return
    rough = 1e-6 if xp in (F32, C64) else 1e-15
    for got, want in [
        (xp.pi, math.pi),
        (xp.sqrt2, math.sqrt(2)),
        (xp.ln2, math.log(2)),
        (xp.ln10, math.log(10)),
    ]:
        assert complex(got) == pytest.approx(want, rel=rough)
        assert type(got) is type(xp.one) or xp is SP


@pytest.mark.parametrize("digits", [20, 50, 100])
def test_mpmath_constants_follow_the_precision(digits):
    """The constants have the digits that are set when the namespace is made."""
    with mpmath.workdps(digits):
        xp = mpmath_namespace()
        assert xp.pi == +mpmath.mp.pi
        rough = mpmath.mpf(10) ** (2 - digits)
        assert abs(xp.sqrt2**2 - 2) < rough
        assert abs(mpmath.exp(xp.ln2) - 2) < rough
        assert abs(mpmath.exp(xp.ln10) - 10) < rough


@each_system
def test_a_function_that_is_missing_is_a_domain_error(xp):
    """A function that a system lacks is a DomainError that names both; protocols still work."""
    with pytest.raises(rg.DomainError, match=r"\bzeta\b") as caught:
        xp.zeta(2)
    assert xp.name in str(caught.value)
    assert not hasattr(xp, "__array__")
    assert copy.copy(xp).one == 1


FUNCTIONS = sorted(
    {
        name
        for xp in SYSTEMS
        for name in vars(xp)
        if callable(vars(xp)[name])
        and name not in {"lift", "isfinite", "total", "ieee", "where", "refuse_large"}
    }
)


def has(xp, name):
    """Tell whether a system has a function, of its own or made of its others."""
    try:
        return callable(getattr(xp, name)) and not (xp is FRACTION and name in {"sech", "logistic"})
    except rg.DomainError:
        return False


TWO = {"arctan2", "heaviside", "hypot", "logaddexp", "maximum", "minimum", "power"}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("number", [-1.5, -0.625, 0.625, 1.5], ids=shown)
def test_every_function_is_the_same_in_every_system(name, number):
    """Where a real function has a value, all systems that have it agree on it."""
    operands = (abs(number), 0.375) if name in TWO else (number,)
    with mpmath.workdps(30):
        want = getattr(mpmath_namespace(), name)(*map(mpmath.mpf, operands))
        if mpmath.isnan(want):
            return  # out of the domain
        for xp in SYSTEMS:
            if not has(xp, name) or (xp is FRACTION and name == "power"):
                continue
            got = getattr(xp, name)(*map(xp.lift, operands))
            got = mpmath.mpmathify(str(got.evalf(30)) if xp is SP else complex(got))
            rough = 1e-5 if xp in (F32, C64) else 2e-15
            assert abs(got - want) <= rough * max(1, abs(want)), (name, xp.name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_a_real_system_has(name):
    """Floats, float arrays, mpmath and sympy have the same functions, all of them."""
    for xp in (FLOAT, F64, F32, MP, SP):
        assert has(xp, name), f"{xp.name} lack {name}"


@given(st.floats(-800, 800), st.floats(-800, 800))
def test_logaddexp(a, b):
    """ln(eᵃ + eᵇ) over floats is that of 400 digits, and the same from numpy."""
    with mpmath.workdps(400):
        want = mpmath.log(mpmath.exp(a) + mpmath.exp(b))
        for xp in (FLOAT, F64, C128):
            got = complex(xp.logaddexp(xp.lift(a), xp.lift(b))).real
            assert abs(got - want) <= 1e-15 * max(1, abs(want))


@pytest.mark.parametrize("xp", [FLOAT, F64], ids=lambda xp: xp.name)
@pytest.mark.parametrize("a", [math.inf, -math.inf, math.nan, 0.0])
@pytest.mark.parametrize("b", [math.inf, -math.inf, math.nan, 0.0])
def test_logaddexp_of_infinities(xp, a, b):
    """Infinities add as they should: no nan unless one came in."""
    with np.errstate(all="ignore"):
        got = float(xp.logaddexp(xp.lift(a), xp.lift(b)))
    if math.isnan(a) or math.isnan(b):
        assert math.isnan(got)
    else:
        assert got == (max(a, b) if max(a, b) != 0 or min(a, b) != 0 else math.log(2))


@pytest.mark.parametrize("xp", [FLOAT, F64, MP], ids=lambda xp: xp.name)
def test_nan_is_chosen_by_maximum_and_minimum(xp):
    """Maximum and minimum hand nan on from either side, as numpy's do; so do sign and step."""
    nan, one = xp.lift(math.nan), xp.one
    for got in (
        xp.maximum(nan, one),
        xp.maximum(one, nan),
        xp.minimum(nan, one),
        xp.minimum(one, nan),
        xp.sign(nan),
        xp.heaviside(nan, one),
        xp.abs(nan),
    ):
        assert mpmath.isnan(got)


@pytest.mark.parametrize(
    ("name", "number"),
    [("sqrt", -1), ("log", -1), ("log2", -2), ("log10", -1), ("log1p", -2), ("arcsin", 2),
     ("arccos", -2), ("arctanh", 2), ("arccosh", 0)],
)  # fmt: skip
def test_mpmath_stays_among_the_real_numbers(name, number):
    """A real argument outside the domain is nan in mpmath; a complex one has its value."""
    assert mpmath.isnan(getattr(MP, name)(mpmath.mpf(number)))
    assert mpmath.isfinite(getattr(MP, name)(mpmath.mpc(number, 0)))


@given(st.fractions(), st.integers(-8, 8))
def test_powers_of_fractions(base, exponent):
    """Whole powers of Fractions are exact Fractions."""
    if base == 0 and exponent < 0:
        with pytest.raises(ZeroDivisionError):
            FRACTION.power(base, Fraction(exponent))
    else:
        power = FRACTION.power(base, Fraction(exponent))
        assert power == base**exponent
        assert isinstance(power, Fraction)


def test_powers_of_fractions_that_are_refused():
    """A broken exponent, or a result of more than a million digits, is a DomainError at once."""
    with pytest.raises(rg.DomainError, match="broken exponent"):
        FRACTION.power(Fraction(4), Fraction(1, 2))
    for base, exponent in [(2, 10**9), (Fraction(1, 3), 10**30), (3, -(10**9))]:
        with pytest.raises(rg.DomainError, match="not computed exactly"):
            FRACTION.power(Fraction(base), Fraction(exponent))
    assert FRACTION.power(Fraction(1), Fraction(10**5)) == 1


@pytest.mark.parametrize("base", [0, 1, -1], ids=shown)
def test_units_have_any_power(base):
    """Powers of 0, 1 and −1 are small, however large the exponent."""
    assert FRACTION.power(Fraction(base), Fraction(10**12)) == abs(base)


# --- adding -------------------------------------------------------------------------------------


@st.composite
def broadcasts(draw):
    """Draw a shape, and one that broadcasts to it."""
    whole = draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=4))
    kept = whole[draw(st.integers(0, len(whole))) :]
    return whole, tuple(1 if draw(st.booleans()) else n for n in kept)


@given(broadcasts())
def test_sum_to_is_the_transpose_of_broadcasting(shapes):
    """⟨broadcast(a), b⟩ = ⟨a, sum_to(b)⟩, exactly, on whole numbers; and the shape is a's."""
    whole, part = shapes
    rng = np.random.default_rng(0)
    a = rng.integers(-9, 9, part).astype(float)
    b = rng.integers(-9, 9, whole).astype(float)
    summed = sum_to(b, part)
    assert np.shape(summed) == part
    assert np.sum(np.broadcast_to(a, whole) * b) == np.sum(a * summed)


def test_sum_to_leaves_what_fits():
    """Nothing is done, or copied, where the shapes agree, whatever the numbers are."""
    batch = np.ones((2, 3))
    assert sum_to(batch, (2, 3)) is batch
    assert sum_to(x, ()) is x
    assert sum_to(Fraction(1, 3), ()) == Fraction(1, 3)
    assert sum_to(np.ones((5, 1)), (5, 1)).shape == (5, 1)
    assert sum_to(np.ones((5, 4)), (5, 1)).tolist() == [[4.0]] * 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64], ids=shown)
def test_sum_to_keeps_the_type(dtype):
    """The sum of a batch has the batch's type, down to a scalar."""
    for shape in [(3,), (1,), ()]:
        assert np.asarray(sum_to(np.ones((2, 3), dtype), shape)).dtype == dtype


@each_system
def test_total_adds_from_left_to_right(xp):
    """The sum of a node's terms is plain addition, in order."""
    terms = [xp.lift(t) for t in (1, -3, 2.5, 0.125)]
    assert xp.total(terms) == Fraction(5, 8)
    assert xp.total(terms[:1]) == 1
    assert xp.total([xp.lift(1)] * 3, xp.lift(0)) == 3


def test_total_of_floats_is_not_reordered():
    """The same terms in another order may give other bits; each order always gives its own."""
    assert FLOAT.total([1e16, 1.0, -1e16]) == 0.0
    assert FLOAT.total([1e16, -1e16, 1.0]) == 1.0
    assert F64.total([np.array([1e16]), np.array([1.0]), np.array([-1e16])]).tolist() == [0.0]


def test_total_of_one_shape_stays_per_example():
    """Terms of one shape are added example by example, also beside a single value."""
    terms = [np.array([1.0, 2.0]), np.array([10.0, 20.0])]
    assert F64.total(terms, np.zeros(2)).tolist() == [11.0, 22.0]
    assert F64.total(terms, np.float64(0)).tolist() == [11.0, 22.0]


def test_total_of_mixed_shapes_goes_to_the_shape_of_the_value():
    """Terms of several shapes are summed down to the shape of the node's own value."""
    terms = [np.array([1.0, 2.0, 3.0]), np.float64(10.0)]
    assert F64.total(terms, np.float64(0)) == 16.0
    column = [np.ones((2, 3)), np.array([[10.0], [20.0]])]
    assert F64.total(column, np.zeros((2, 1))).tolist() == [[13.0], [23.0]]


# --- IEEE arithmetic where Python raises --------------------------------------------------------


@pytest.mark.parametrize("xp", [FLOAT, MP], ids=lambda xp: xp.name)
@pytest.mark.parametrize(
    ("function", "operands", "want"),
    [
        (lambda ns, a, b: a / b, (1, 0), math.inf),
        (lambda ns, a, b: a / b, (-1, 0), -math.inf),
        (lambda ns, a, b: a / b, (0, 0), math.nan),
        (lambda ns, a: ns.log(a), (0,), -math.inf),
        (lambda ns, a: (1 / a, a), (0,), (math.inf, 0.0)),
    ],
)
def test_ieee(xp, function, operands, want):
    """What Python refuses has the value of IEEE arithmetic, in the system's own numbers."""
    got = xp.ieee(function, [xp.lift(a) for a in operands], {})
    for g, w in zip(*([v] if not isinstance(v, tuple) else v for v in (got, want)), strict=True):
        assert isinstance(g, type(xp.one))
        assert same(g, w)


def test_fractions_have_no_infinity():
    """A division of Fractions by zero is an error that says so."""
    assert FRACTION.ieee is None
    with pytest.raises(rg.DomainError, match="division by zero"):
        rg.reciprocal(Fraction(0))


def test_systems_are_not_loaded_for_nothing(monkeypatch):
    """Without sympy and mpmath in the program, plain numbers still have their kinds."""
    monkeypatch.setitem(sys.modules, "sympy", None)
    monkeypatch.setitem(sys.modules, "mpmath", None)
    assert kind(0.5) == "real"
    with pytest.raises(TypeError, match="not a number"):
        kind(object())
    assert numbers.system_of([0.5, 1]) is FLOAT


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("base", "power"), [(-np.inf, np.inf), (-0.0, 0.0), (4.0, 2.0)])
def test_power_one_half(dtype, base, power):
    """The power ½ of an array is C's power, not the root: they differ at −∞ and at −0."""
    xp = numpy_namespace(np.dtype(dtype))
    (found,) = xp.power(np.array([base], dtype), dtype(0.5))
    assert found == power
    assert not np.signbit(found)
    assert found.dtype == dtype


@pytest.mark.promise("within bounds", "Exact numbers do not grow until they fill the memory.")
@pytest.mark.parametrize("number", [Fraction(3), Fraction(1, 3), rg.Dual(Fraction(3), Fraction(1))])
@pytest.mark.parametrize("op", ["square", "mul", "prod"])
def test_exact_numbers_that_grow_are_refused(op, number):
    """Sixty squares of one another have 2^60 digits: the node is named where it is too much."""
    net = rg.Network()
    tail = net.add_input("x")
    for i in range(60):
        name = net.add_unit(f"s{i}", op)
        for slot in range(1 if op == "square" else 2):
            net.add_edge(tail, name, slot=slot)
        tail = name
    with pytest.raises(rg.DomainError, match=r"'s19'.* more than 1000000 binary digits"):
        net.feed_forward(x=number)


def test_exact_sums_of_adjoints_that_grow_are_refused():
    """The second pass is bounded, too: partials that are large one by one multiply."""
    net = rg.Network()
    tail, wide = net.add_input("x"), Fraction(3) ** 300_000
    for i in range(4):
        net.add_unit(f"s{i}", "identity")
        net.add_edge(tail, f"s{i}", weight=wide)
        tail = f"s{i}"
    net.feed_forward(x=Fraction(0))
    with pytest.raises(rg.DomainError, match="binary digits"):
        net.backpropagate()
