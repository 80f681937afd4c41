"""Recordings: the code of every row, replayed in every number system, and what it refuses."""

import dataclasses
import itertools
import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import PI
from rojasgraph.numbers.multiprecision import mpmath_namespace
from rojasgraph.numbers.rationals import FRACTION
from rojasgraph.numbers.symbols import sympy_namespace
from rojasgraph.recording import Recording, evaluate, interpret, record
from rojasgraph.table import TABLE, Primitive
from rojasgraph.terms import CONSTANTS, OPERATIONS, OPERATORS, Tape
from tests.row_strategies import own, programs

F64 = numpy_namespace(np.dtype(np.float64))
F32 = numpy_namespace(np.dtype(np.float32))

ROWS = list(TABLE.values())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

GRID = (-math.inf, -1000.0, -2.5, -1.0, -0.375, -0.0, 0.0, 0.375, 1.0, 2.5, 1000.0, math.inf)
GRID = (*GRID, math.nan, 5e-324, -20.5, 1e-160)
ARGUMENTS = (3, -2, 0, 1, Fraction(1, 2), 0.01, Decimal("0.1"), PI, -0.0, math.inf, math.nan)


def argument_sets(row):
    """Give the values to try the arguments of a row with."""
    sets = itertools.product(ARGUMENTS, repeat=len(row.arguments))
    return [dict(zip(row.arguments, values, strict=True)) for values in sets]


def operand_sets(row, grid=GRID):
    """Give the points to try a row at: all of a grid, of a pair of slots; of three, a part."""
    slots = row.slots or 3
    if slots <= 2:
        return list(itertools.product(grid, repeat=slots))
    shifts = itertools.product(range(len(grid)), repeat=2)
    return [tuple(grid[(i + k * j) % len(grid)] for k in range(slots)) for i, j in shifts]


def recordings(row, arguments, lifted):
    """Give both recordings of a row, with the arguments that each of them still needs."""
    slots = row.slots or 3
    return [(record(row, slots, arguments), {}), (record(row, slots), lifted)]


def replayed(row, recording, bound):
    """Make a row of a recording, so that it follows IEEE where Python's floats raise an error."""
    value = dataclasses.replace(recording, partials=())

    def function(xp, *xs, **arguments):
        return evaluate(value, xp, xs, {k: arguments[k] for k in bound})[0]

    def partials(xp, _value, *xs, **arguments):
        return evaluate(recording, xp, xs, {k: arguments[k] for k in bound})[1]

    return dataclasses.replace(row, function=function, partials=partials)


def outcome(compute):
    """Compute, or say how it failed."""
    try:
        value, partials = compute()
    except (rg.DomainError, TypeError, OverflowError) as error:
        return type(error)
    return (value, *partials)


def same(a, b):
    """Compare bit by bit, up to a nan's."""
    if isinstance(a, np.ndarray | np.floating | float):
        a, b = np.broadcast_arrays(a, b)
        zeros = (a == 0) & (np.signbit(a) != np.signbit(b))
        return bool(((a == b) & ~zeros | (np.isnan(a) & np.isnan(b))).all())
    return bool(a == b or (mpmath.isnan(a) and mpmath.isnan(b)))


def assert_same(row, xp, point, arguments):
    """Hold both replays of a row against the row itself."""
    lifted = {name: xp.lift(x) for name, x in arguments.items()}
    operands = [xp.lift(x) for x in point]
    with np.errstate(all="ignore"):
        want = outcome(lambda: row.label(xp, operands, lifted))
        for recording, bound in recordings(row, arguments, lifted):
            replay = replayed(row, recording, bound)
            got = outcome(lambda replay=replay: replay.label(xp, operands, lifted))
            shown = f"{row.name}{point} {arguments}: {got} for {want}\n{recording}"
            if isinstance(want, type):
                assert got is want, shown
            else:
                assert len(got) == len(want)
                assert all(map(same, got, want)), shown


# --- replays ------------------------------------------------------------------------------------


@each_row
def test_replay_of_floats_gives_the_rows_own_bits(row):
    """Over floats, infinities, nan, both zeros and kinks among them: value and partials."""
    for arguments in argument_sets(row):
        for point in operand_sets(row):
            assert_same(row, FLOAT, point, arguments)


@each_row
@pytest.mark.parametrize("xp", [F64, F32], ids=["float64", "float32"])
def test_replay_of_arrays_gives_the_rows_own_bits(row, xp):
    """Over a batch, the same bits and the same type."""
    batch = [np.array(column) for column in zip(*operand_sets(row), strict=True)]
    for arguments in argument_sets(row):
        assert_same(row, xp, batch, arguments)
        value, partials = evaluate_at_ease(record(row, row.slots or 3, arguments), xp, batch)
        for half in (value, *partials):
            assert np.asarray(half).dtype == xp.zero.dtype


def evaluate_at_ease(recording, xp, operands):
    """Evaluate arrays without a warning for each infinity."""
    with np.errstate(all="ignore"):
        return evaluate(recording, xp, [xp.lift(x) for x in operands])


@each_row
def test_replay_of_fractions_is_exact(row):
    """Over Fractions: the same fractions, the same refusals."""
    grid = (Fraction(-7, 3), Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(1), Fraction(5))
    for arguments in argument_sets(row):
        if all(math.isfinite(float(x)) and x is not PI for x in arguments.values()):
            for point in operand_sets(row, grid):
                assert_same(row, FRACTION, point, arguments)


@each_row
def test_replay_of_mpmath_keeps_all_digits(row):
    """At 50 digits, the same digits, infinities and nan; π and √2 are of that precision."""
    with mpmath.workdps(50):
        for arguments in argument_sets(row):
            for point in operand_sets(row)[:: 1 if row.slots == 1 else 3]:
                assert_same(row, mpmath_namespace(), point, arguments)


@each_row
def test_replay_of_symbols_is_the_rows_formula(row):
    """Over sympy, the row's formulas: at a rational point they are equal to 30 digits."""
    xp = sympy_namespace()
    slots = row.slots or 3
    symbols = sp.symbols(f"x:{slots}", real=True)
    arguments = dict.fromkeys(row.arguments, 3)
    lifted = {name: xp.lift(x) for name, x in arguments.items()}
    at = dict(zip(symbols, (sp.Rational(2, 7), sp.Rational(5, 7), sp.Rational(3)), strict=False))
    want = row.label(xp, symbols, lifted)
    for recording, bound in recordings(row, arguments, lifted):
        got = evaluate(recording, xp, symbols, bound)
        for a, b in zip((got[0], *got[1]), (want[0], *want[1]), strict=True):
            assert abs((a - b).subs(at).evalf(30)) < 1e-25


# --- any row ------------------------------------------------------------------------------------

POINTS = st.one_of(st.sampled_from(GRID), st.floats())


@given(programs(), st.tuples(POINTS, POINTS))
def test_any_row_replays_to_its_own_bits(row, point):
    """A random row: over scalars of numpy, which follow IEEE, all bits are the row's."""
    operands = [np.float64(x) for x in point]
    with np.errstate(all="ignore"):
        value = row.function(F64, *operands)
        want = (value, *row.partials(F64, value, *operands))
        got = evaluate(record(row), F64, operands)
    for a, b in zip((got[0], *got[1]), want, strict=True):
        assert same(float(a), float(b)), record(row)


@given(programs(unary=("neg", "abs", "sign")), st.tuples(st.fractions(), st.fractions()))
def test_any_row_replays_exactly(row, point):
    """A random row over Fractions gives the same fraction, where it gives one."""
    try:
        want = row.function(FRACTION, *point)
    except (ZeroDivisionError, rg.DomainError):  # perhaps in code that does nothing
        return
    value = dataclasses.replace(record(row), partials=())
    assert evaluate(value, FRACTION, point)[0] == want


# --- the code -----------------------------------------------------------------------------------


def well_formed(recording):
    """Check all that the code of a recording promises."""
    known = {id(term) for term in (*recording.inputs, *recording.arguments.values())}
    known |= {id(term) for term in recording.constants}
    used = {id(term) for term in (recording.value, *recording.partials)}
    seen = set()
    for term in recording.instructions:
        operation = OPERATIONS[term.op]
        assert len(term.operands) == len(operation.takes)
        for operand, kind in zip(term.operands, operation.takes, strict=True):
            assert id(operand) in known, "an operand comes before its use"
            gives = OPERATIONS[operand.op].gives if operand.op in OPERATIONS else "number"
            assert gives == kind, "comparisons are no numbers, nor numbers comparisons"
            used.add(id(operand))
        key = (term.op, *map(id, term.operands))
        assert key not in seen, "nothing is computed twice"
        seen.add(key)
        known.add(id(term))
    assert {id(term) for term in recording.instructions} <= used, "nothing is computed in vain"
    assert {id(term) for term in recording.constants} <= used
    for term in (recording.value, *recording.partials):
        assert id(term) in known
        assert term.op not in OPERATIONS or OPERATIONS[term.op].gives == "number"
    return True


@each_row
def test_code_of_every_row(row):
    """Operands come first, nothing is there twice or in vain, all fits the instruction set."""
    for slots in (row.slots,) if row.slots else (1, 2, 5):
        assert well_formed(record(row, slots))
        for arguments in argument_sets(row):
            recording = record(row, slots, arguments)
            assert well_formed(recording)
            assert not recording.arguments
        assert len(record(row, slots).inputs) == len(record(row, slots).partials) == slots


@given(programs(slots=3))
def test_code_of_any_row(row):
    """The same of random rows; the value's code alone is never longer."""
    recording = record(row)
    value = dataclasses.replace(recording, partials=())
    assert well_formed(recording)
    assert well_formed(value)
    assert len(value.instructions) <= len(recording.instructions)


def test_instruction_set_is_what_floats_offer():
    """Each function of the floats' namespace is an operation, and each operation one of them."""
    about = {"name", "exact", "lift", "isfinite", "total", "ieee", "zero", "one", "origin"}
    functions = set(vars(FLOAT)) - about - set(CONSTANTS)
    assert functions == set(OPERATIONS) - set(OPERATORS)
    assert set(OPERATORS) <= set(OPERATIONS)
    assert set(vars(Tape().namespace())) == set(vars(FLOAT)) - {"origin"}


def test_operations_say_what_they_take():
    """Each operation has operands, a meaning, and as many operands as the floats' function."""
    for name, operation in OPERATIONS.items():
        assert operation.meaning
        function = OPERATORS.get(name) or getattr(FLOAT, name)
        numbers_of_its_kind = [{"number": 0.5, "truth": True}[kind] for kind in operation.takes]
        result = function(*([1.5] if name == "arccosh" else numbers_of_its_kind))
        assert type(result) is {"number": float, "truth": bool}[operation.gives]


def test_value_and_partials_share_their_terms():
    """What value and partials have in common is there once: silu takes σ(x) and σ(−x)."""
    recording = record(TABLE["silu"])
    assert [term.op for term in recording.instructions] == [
        *("neg", "exp", "add", "div", "mul"),
        *("neg", "exp", "add", "div"),
        *("mul", "add", "mul"),
    ]
    arctan2 = record(TABLE["arctan2"])
    assert [term.op for term in arctan2.instructions].count("hypot") == 2  # and scaled up


def test_code_reads_as_text():
    """A recording shows itself, arguments by their names."""
    assert str(record(TABLE["leaky_relu"])).splitlines() == [
        "t0 = lt(0, x0)",
        "t1 = mul(slope, x0)",
        "t2 = where(t0, x0, t1)",
        "t3 = where(t0, 1, slope)",
        "value t2; partials t3",
    ]
    assert "sqrt(pi)" in str(record(TABLE["erf"]))
    assert repr(record(TABLE["neg"]).value) == "<term neg(#0)>"


def test_arguments_are_constants_or_inputs():
    """Given numbers become constants, the defaults filled in; without, arguments are inputs."""
    row = TABLE["leaky_relu"]
    assert set(record(row).arguments) == {"slope"}
    default, given_one = record(row, arguments=()), record(row, arguments={"slope": 0.25})
    assert [term.constant for term in default.constants] == [0, 1, 0.01]
    assert [term.constant for term in given_one.constants] == [0, 1, Fraction(1, 4)]
    assert evaluate(default, FLOAT, (-2.0,)) == evaluate(
        record(row), FLOAT, (-2.0,), {"slope": 0.01}
    )


def test_code_of_many_slots():
    """A product of 20,000 factors is recorded and replayed, without recursion."""
    slots = 20_000
    recording = record(TABLE["prod"], slots)
    assert len(recording.instructions) <= 4 * slots
    value, partials = evaluate(recording, FLOAT, [1.0] * (slots - 1) + [3.0])
    assert (value, partials[0], partials[-1]) == (3, 3, 1)
    assert len(str(recording).splitlines()) == len(recording.instructions) + 1


def test_deep_code():
    """A row of 50,000 steps that hang on one another is no deeper than one of 5."""

    def climb(xp, x):
        for _ in range(50_000):
            x = xp.sin(x) + x
        return x

    recording = record(own(climb))
    assert len(recording.instructions) == 100_000
    assert recording.value is recording.partials[0]


# --- what is folded -----------------------------------------------------------------------------


def code(function, **columns):
    """Record the value of a function of one slot, as text."""
    return str(record(own(function, **columns))).partition("; ")[0]


FOLDED = {
    "half": (lambda xp, x: xp.one / 2, "value 1/2"),
    "minus one": (lambda xp, x: -xp.one, "value -1"),
    "sum": (lambda xp, x: xp.one * 3 - 2.5, "value 1/2"),
    "zero": (lambda xp, x: xp.one - 1, "value 0"),
    "one times": (lambda xp, x: 1 * x, "value x0"),
    "times one": (lambda xp, x: x * 1.0, "value x0"),
    "by one": (lambda xp, x: x / xp.one, "value x0"),
    "plus": (lambda xp, x: +x, "value x0"),
    "condition": (lambda xp, x: xp.where(xp.one > 0, x, xp.log(x)), "value x0"),
    "and": (lambda xp, x: xp.where((xp.one < 0) & (x < 0), 1, x), "value x0"),
    "or": (lambda xp, x: xp.where((x < 0) | (xp.one == 1), 1, x), "value 1"),
    "not": (lambda xp, x: xp.where(~(xp.one == 1), 1, x), "value x0"),
    "number": (lambda xp, x: 2, "value 2"),
    "truth": (lambda xp, x: xp.zero == 0, "value 1"),
}


@pytest.mark.parametrize("name", FOLDED)
def test_exact_constants_are_folded(name):
    """What every number system computes exactly is computed at once."""
    function, text = FOLDED[name]
    assert code(function) == text


LEFT = {
    "no binary number": lambda xp, x: xp.one / 3,
    "1/10 in the exact systems": lambda xp, x: xp.lift(0.1) + 1,
    "a third rounds": lambda xp, x: xp.lift(Fraction(1, 3)) * 3,
    "more than float32 holds": lambda xp, x: xp.lift(2**24) + 1,
    "smaller than float16 holds": lambda xp, x: xp.lift(2**-20) * 2**-20,
    "sum of far sizes": lambda xp, x: xp.one * 2**-20 + 2**20,
    "-0.0 by sign": lambda xp, x: -xp.zero,
    "-0.0 by product": lambda xp, x: xp.zero * -2,
    "-0.0 by division": lambda xp, x: xp.zero / -2,
    "pole": lambda xp, x: xp.one / xp.zero,
    "root": lambda xp, x: xp.sqrt(4),
    "rest": lambda xp, x: xp.lift(7) % 4,
    "pi": lambda xp, x: xp.pi * 2,
    "comparison of roundings": lambda xp, x: xp.where(xp.lift(0.1) == Fraction(1, 10), xp.pi, 2),
    "nan of infinity": lambda xp, x: x - x,
    "nan of nothing times infinity": lambda xp, x: 0 * x,
    "nan of 0/0": lambda xp, x: x / x,
    "0 of -0": lambda xp, x: x + 0,
    "power of zero": lambda xp, x: xp.power(x, 0),
}


@pytest.mark.parametrize("name", LEFT)
def test_inexact_constants_stay(name):
    """What rounds, or has a sign or a pole that only some systems have, is left to be computed."""
    assert code(LEFT[name]).startswith("t0 = ")


def test_constants_stay_exact():
    """A constant keeps all that was written: π its name, 1/3 its fraction, -0.0 its sign."""
    row = own(lambda xp, x: xp.pi * PI + x * Fraction(1, 3) + x * -0.0 + x * 0.1 + x * 10**400)
    names = [str(term) for term in record(row).constants]
    assert names == ["pi", "1/3", "-0.0", "0.1", str(10**400)]
    with mpmath.workdps(40):
        value, _ = evaluate(record(row), mpmath_namespace(), (mpmath.mpf(0),))
        assert value == mpmath.pi**2


@given(st.floats(), st.floats())
def test_sums_are_not_reordered(a, b):
    """(a + x) + b is computed as it is written, whatever could be added first."""
    row = own(lambda xp, x: (a + x) + b)
    got, _ = evaluate(record(row), FLOAT, (0.3,))
    assert same(got, (a + 0.3) + b)


@pytest.mark.parametrize(
    "number",
    [2, 2.0, np.float64(2), np.int8(2), Fraction(2), Decimal(2)],
    ids=lambda x: type(x).__name__,
)
def test_numbers_of_any_kind_are_constants(number):
    """Python's, numpy's and exact numbers stand on either side of an operator."""
    row = own(lambda xp, x: number * x - number / x + xp.power(number, x) + x % number)
    assert evaluate(record(row), FLOAT, (4.0,))[0] == 2 * 4 - 2 / 4 + 16 + 0


def test_truth_counts_as_one_and_nothing():
    """A comparison in a sum or a product is 1 or 0, and a number as a condition is `!= 0`."""
    row = own(lambda xp, x: (x > 0) * x + (x > 2) + xp.where(x, 10, 20) + ((x > 1) == (x > 2)))
    for x, want in ((3.0, 3 + 1 + 10 + 1), (1.5, 1.5 + 10), (0.0, 20 + 1), (-1.0, 10 + 1)):
        assert evaluate(record(row), FLOAT, (x,))[0] == want


@given(POINTS, POINTS)
def test_conditions_combine(a, b):
    """& | ~ and all six comparisons choose as Python's own do."""
    row = own(
        lambda xp, a, b: (
            xp.where((a < b) & ~(a <= -b) | (a == 1), 1, 0)
            + xp.where((a > b) | (a != a) & (b >= 0), 2, 0)  # noqa: PLR0124 - nan
            + xp.where(xp.isfinite(a), 4, 0)
        ),
        slots=2,
    )
    want = 1 * ((a < b and not a <= -b) or a == 1) + 2 * (a > b or (a != a and b >= 0))  # noqa: PLR0124
    assert evaluate(record(row), FLOAT, (a, b))[0] == want + 4 * math.isfinite(a)


def test_powers_and_absolute_values_are_operators():
    """`x**3`, `2**x`, `abs(x)` and `x % 3` are recorded as well."""
    row = own(lambda xp, x: x**3 + 2**x + abs(-x) + x % 3)
    assert evaluate(record(row), FLOAT, (4.0,))[0] == 64 + 16 + 4 + 1


def test_totals_are_sums():
    """A row may add by the namespace's own sum."""
    assert code(lambda xp, x: xp.total([x, x, xp.one])).splitlines() == [
        "t0 = add(x0, x0)",
        "t1 = add(t0, 1)",
        "value t1",
    ]


# --- what is refused ----------------------------------------------------------------------------


def kept(xp, x, *, memory=[]):  # noqa: B006 - the mistake that is tried
    """Keep a term from one recording to the next."""
    memory.append(x)
    return memory[0] + 1


REFUSED = {
    "if": (lambda xp, x: x + 1 if x > 0 else 0, r"^mine cannot be recorded.*xp\.where"),
    "max": (lambda xp, x: max(x, 0), r"branches on the value.*xp\.maximum"),
    "chain": (lambda xp, x: xp.where(0 < x < 1, x, 0), r"& and \|"),
    "not": (lambda xp, x: xp.where(not x > 0, x, 0), r"branches on the value"),
    "np.where": (lambda xp, x: np.where(x > 0, x, 0), r"xp\.where"),
    "math.exp": (lambda xp, x: math.exp(x), r"xp\.exp\(x\) for math\.exp"),
    "math.floor": (lambda xp, x: math.floor(x), r"plain number"),
    "float": (lambda xp, x: float(x) + 1, r"plain number"),
    "index": (lambda xp, x: [1, 2][x], r"plain number"),
    "complex": (lambda xp, x: complex(x), r"plain number"),
    "np.exp": (lambda xp, x: np.exp(x), r"ufunc"),
    "array": (lambda xp, x: np.ones(3) * x, r"unsupported operand"),
    "//": (lambda xp, x: x // 2, r"unsupported operand.*//"),
    "text": (lambda xp, x: x + "1", r"unsupported operand"),
    "1j": (lambda xp, x: x + 1j, r"unsupported operand"),
    "function of text": (lambda xp, x: xp.exp("1"), r"not a number"),
    "function of 1j": (lambda xp, x: xp.exp(1j), r"not one real number"),
    "too many": (lambda xp, x: xp.exp(x, x), r"exp takes 1 operands; got 2"),
    "unknown function": (lambda xp, x: xp.gamma(x), r"no gamma among recorded terms"),
    "& of a number": (lambda xp, x: x & 1, r"&, \| or ~"),
    "~ of a number": (lambda xp, x: ~x, r"&, \| or ~"),
    "nothing": (lambda xp, x: None, r"not a number"),
    "tuple": (lambda xp, x: (x, x), r"not"),
    "loop": (lambda xp, x: sum(i for i in x), r"not iterable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_rows_that_leave_the_namespace_are_refused(name):
    """What is no arithmetic over `xp` is refused by the row's name, with the mend."""
    function, match = REFUSED[name]
    with pytest.raises(rg.ArgumentError, match=match):
        record(own(function))


def test_terms_of_another_recording_are_refused():
    """A row that keeps its numbers would mix two recordings up."""
    row = own(kept)
    record(row)
    with pytest.raises(rg.ArgumentError, match=r"mine cannot be recorded.*earlier recording"):
        record(row)


@pytest.mark.parametrize(
    "partials",
    [lambda xp, y, x: y, lambda xp, y, x: (y, y), lambda xp, y, x: [y], lambda xp, y, x: ("y",)],
    ids=["number", "two", "list", "text"],
)
def test_partials_are_a_tuple_of_one_for_each_slot(partials):
    """Another number of partials, or something else, is refused."""
    with pytest.raises(rg.ArgumentError, match="mine cannot be recorded"):
        record(own(lambda xp, x: x, partials))


@pytest.mark.parametrize(
    ("name", "slots", "arguments"),
    [
        ("tanh", 2, None),
        ("prod", None, None),
        ("prod", 0, None),
        ("mul", 1, None),
        ("power", None, ()),
        ("power", None, {"exponent": "3"}),
        ("power", None, {"base": 3}),
        ("tanh", None, (3,)),
        ("power", None, (1j,)),
    ],
)
def test_slots_and_arguments_must_fit(name, slots, arguments):
    """What does not fit the row is refused by its name."""
    with pytest.raises(rg.ArgumentError, match=name):
        record(TABLE[name], slots, arguments)


@pytest.mark.parametrize(
    ("operands", "arguments"), [((), {"exponent": 1}), ((1, 2), {"exponent": 1}), ((1,), {})]
)
def test_replays_take_all_operands_and_arguments(operands, arguments):
    """A missing operand or argument, or one too many, is refused."""
    with pytest.raises(
        rg.ArgumentError, match=r"takes 1 operands and the arguments \['exponent'\]"
    ):
        evaluate(record(TABLE["power"]), FLOAT, operands, arguments)


def test_what_recordings_are_made_of_cannot_change():
    """Terms and recordings are immutable, terms hashable by identity."""
    recording = record(TABLE["tanh"])
    assert isinstance(recording, Recording)
    for thing, name in ((recording, "value"), (recording.value, "op")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, None)
    assert len({*recording.instructions, *recording.instructions}) == 4


def test_generators_see_constants_first():
    """`interpret` hands over each constant once, then each operation in order."""
    seen = []

    def constant(term):
        seen.append(str(term))
        return str(term)

    def operation(op, operands):
        seen.append(f"{op} {' '.join(operands)}")
        return op

    value, partials = interpret(
        record(TABLE["symmetric_sigmoid"]), ["x"], constant=constant, operation=operation
    )
    operations = ["div x 2", "tanh div", "cosh div", "div 1 cosh", "mul div div", "div mul 2"]
    assert seen == ["1", "2", *operations]
    assert (value, partials) == ("tanh", ("div",))


def test_a_users_own_primitive_is_recorded():
    """A primitive that a user declares is recorded and replayed as any row."""
    name = "recorded_swish"
    mine = rg.primitive(
        name,
        lambda xp, x, *, beta=1: x / (1 + xp.exp(-beta * x)),
        lambda xp, y, x, *, beta=1: (beta * y + (1 - beta * y) / (1 + xp.exp(-beta * x)),),
    )
    try:
        assert isinstance(mine, Primitive)
        for x in (-1000.0, -1.5, 0.0, 2.0, math.nan):
            for beta in (1, 0.5):
                assert_same(mine, FLOAT, (x,), {"beta": beta})
    finally:
        del TABLE[name]
