"""Primitives as JavaScript: every row of the table, computed by a JavaScript engine, and by floats.

The engine is Node's where the machine has it, else Chromium's; it is started once.
"""

import importlib.util
import itertools
import json
import math
import re
import shutil
import subprocess
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.drawing.page import javascript
from rojasgraph.drawing.page.javascript import LIBRARY, function_of
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import PI
from rojasgraph.table import TABLE
from rojasgraph.terms import OPERATIONS
from tests.row_strategies import apply, own, programs

ROWS = list(TABLE.values())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

SMALL = (0.0, 5e-324, 1e-300, 1e-160, 1e-20, 1e-9, 1e-5, 0.01)
LARGE = (0.375, 0.5, 0.9999, 1.0, 1.0001, 1.5, 2.0, 2.5, 5.75, 20.5, 36.7, 709.0, 745.0, 1000.0)
LARGE = (*LARGE, 1e9, 1e160, 1.7e308, math.inf)
ONE_SLOT = (*(sign * x for x in SMALL + LARGE for sign in (1.0, -1.0)), math.nan)
SEVERAL_SLOTS = (-math.inf, -1000.0, -2.5, -1.0, -0.375, -1e-160, -0.0)
SEVERAL_SLOTS = (*SEVERAL_SLOTS, *(-x for x in SEVERAL_SLOTS), math.nan, 3.0)
ARGUMENTS = (3, -2, 0, 1, Fraction(1, 2), 0.1, Decimal("-2.5"), PI, -0.0, math.inf, math.nan)


# --- an engine ----------------------------------------------------------------------------------

READING = """
const asText = (x) => Object.is(x, -0) ? "-0" : String(x);
const results = (f, points) => points.map((point) => f(...point.map(Number)).flat().map(asText));
"""

LOOP = """
const { runInThisContext } = require("node:vm");
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = { result: runInThisContext(JSON.parse(line)) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
});
"""


@contextmanager
def node(script):
    """Start Node, which runs a script and then evaluates line by line what it is given."""
    pipe = subprocess.PIPE
    command = ["node", "--eval", LOOP]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as process:

        def run(source):
            process.stdin.write(json.dumps(source) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert "error" not in answer, answer["error"]
            return answer["result"]

        run(script)
        yield run
        process.stdin.close()


@contextmanager
def chromium(script):
    """Open a page with a script in Chromium, which evaluates what it is given."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(content=script)
        yield page.evaluate
        browser.close()


@pytest.fixture(scope="module")
def run():
    """Give a function that evaluates JavaScript, with the library in its scope."""
    if shutil.which("node"):
        engine = node(LIBRARY + READING)
    elif importlib.util.find_spec("playwright") and shutil.which("chromium"):
        engine = chromium(LIBRARY + READING)
    else:
        pytest.skip("no JavaScript engine: neither `node` nor Chromium with playwright")
    with engine as evaluate:
        yield evaluate


def as_text(x):
    """Write a float so that JavaScript's Number reads it."""
    return "NaN" if math.isnan(x) else repr(float(x)).replace("inf", "Infinity")


def computed(run, function, points):
    """Compute a function, given as JavaScript, at points: rows of floats."""
    texts = json.dumps([[as_text(x) for x in point] for point in points])
    return [[float(x) for x in row] for row in run(f"results({function}, {texts})")]


# --- what to try --------------------------------------------------------------------------------


def argument_sets(row):
    """Give the values to try the arguments of a row with."""
    sets = itertools.product(ARGUMENTS, repeat=len(row.arguments))
    return [dict(zip(row.arguments, values, strict=True)) for values in sets]


def points(row):
    """Give all points of a grid, one number for each slot; of three slots, a part."""
    slots = row.slots or 3
    if slots <= 2:
        return list(itertools.product((ONE_SLOT, SEVERAL_SLOTS)[slots - 1], repeat=slots))
    shifts = itertools.product(range(len(SEVERAL_SLOTS)), repeat=2)
    grid = SEVERAL_SLOTS
    return [tuple(grid[(i + k * j) % len(grid)] for k in range(slots)) for i, j in shifts]


def label(row, point, arguments):
    """Compute both halves of the node as a pass over floats does."""
    lifted = {name: FLOAT.lift(x) for name, x in arguments.items()}
    with np.errstate(all="ignore"):
        value, partials = row.label(FLOAT, point, lifted)
    return [value, *partials]


TINY = 1e-307
"""Below it floats lose digits one by one."""


def close(got, want, relative=1e-13, absolute=0.0):
    """Compare two floats; infinities, nan and the sign of zero must agree."""
    if math.isnan(want) or math.isinf(want) or want == 0 == got:
        return math.isnan(got) if math.isnan(want) else as_text(got) == as_text(want)
    return abs(got - want) <= max(relative * abs(want), absolute, relative * TINY, 1e-323)


# --- the table ----------------------------------------------------------------------------------


@each_row
def test_javascript_agrees_with_floats(run, row):
    """Value and partials of every row: to 1e-13, partials to 1e-15 absolute where they cancel.

    Infinities, nan and the signs of zeros are the same.
    """
    where = points(row)
    for arguments in argument_sets(row):
        source = function_of(row, row.slots or 3, arguments)
        for point, got in zip(where, computed(run, source, where), strict=True):
            want = label(row, point, arguments)
            shown = f"{row.name}{point} {arguments}: {got} for {want}\n{source}"
            assert len(got) == len(want), shown
            assert close(got[0], want[0]), shown
            assert all(map(close, got[1:], want[1:], [1e-13] * 3, [1e-15] * 3)), shown


# --- operations ---------------------------------------------------------------------------------

EDGES = (-math.inf, -1.7e308, -1000.0, -2.0, -1.0, -5e-324, -0.0)
EDGES = (*EDGES, *(-x for x in EDGES), 0.5, 1 / 3, -28.0, 28.0, 708.5, -708.5, -746.0, math.nan)
NUMBERS = [name for name, operation in OPERATIONS.items() if operation.gives == "number"]


def value_of(row):
    """Write a function whose result is the value alone."""
    return f"((f) => (...xs) => [f(...xs)[0]])({function_of(row)})"


@pytest.mark.parametrize("name", NUMBERS)
def test_each_operation_agrees_with_floats(run, name):
    """Each operation alone, at 4,000 random points of all sizes: to 1e-13, nothing absolute.

    The points are fixed, since logaddexp cancels where its value is next to 0.
    """
    slots = len(OPERATIONS[name].takes)
    row = own(lambda xp, *xs: apply(xp, name, *xs), slots=slots)
    rng = np.random.default_rng(1)
    shape = (1000, slots)
    some = (
        rng.normal(0, 1, shape),
        rng.normal(0, 30, shape),
        rng.normal(0, 1, shape) * 10.0 ** rng.uniform(-300, 300, shape),
        rng.uniform(-1.1, 1.1, shape),
    )
    where = [*np.concatenate(some).tolist(), *itertools.product(EDGES, repeat=min(slots, 2))]
    where = [(point * 2)[:slots] if len(point) < slots else point for point in where]
    for point, (got,) in zip(where, computed(run, value_of(row), where), strict=True):
        (want, *_) = label(row, point, {})
        assert close(got, want), f"{name}{tuple(point)}: {got!r} for {want!r}"


@pytest.mark.parametrize("name", ["erf", "erfc"])
@given(xs=st.lists(st.floats(-30, 30) | st.floats(-2, 2), min_size=1, max_size=50))
def test_error_functions_follow_the_definition(run, name, xs):
    """Erf and erfc are those of 40 digits to 2e-14, in the tails and next to 0 too."""
    row = own(lambda xp, x: getattr(xp, name)(x))
    with mpmath.workdps(40):
        for x, (got,) in zip(xs, computed(run, value_of(row), [(x,) for x in xs]), strict=True):
            want = float(getattr(mpmath, name)(x) if x or name == "erfc" else x)
            assert close(got, want, 2e-14), x


@given(
    row=programs(),
    points=st.lists(st.tuples(*[st.floats() | st.sampled_from(EDGES)] * 2), min_size=1, max_size=9),
)
def test_any_row_gives_the_same_bits(run, row, points):
    """A random row of operations that IEEE rounds correctly gives all the bits of floats."""
    xp = numpy_namespace(np.dtype(np.float64))
    for point, got in zip(points, computed(run, function_of(row), points), strict=True):
        operands = [np.float64(x) for x in point]
        with np.errstate(all="ignore"):
            value = row.function(xp, *operands)
            want = (value, *row.partials(xp, value, *operands))
        assert [as_text(x) for x in got] == [as_text(x) for x in want], function_of(row)


@given(points=st.lists(st.tuples(*[st.floats() | st.sampled_from(EDGES)] * 2), min_size=1))
def test_conditions_combine(run, points):
    """& | ~, a number as a condition and a comparison as a number: as Python's own choose."""
    row = own(
        lambda xp, a, b: (
            xp.where((a < b) & ~(a <= -b) | (a == 1), 1, 0)
            + xp.where((a != a) | ~(b >= 0), 2, 0)  # noqa: PLR0124 - nan
            + xp.where(b, 4, 0)
            + 8 * (xp.isfinite(a) == (a > b))
        ),
        slots=2,
    )
    for (a, b), (got, *_) in zip(points, computed(run, function_of(row), points), strict=True):
        want = ((a < b and not a <= -b) or a == 1) + 2 * (a != a or not b >= 0)  # noqa: PLR0124
        assert got == want + 4 * bool(b) + 8 * (math.isfinite(a) == (a > b)), (a, b)


# --- a user's own -------------------------------------------------------------------------------


def test_a_users_own_primitive(run):
    """A primitive that a user declares, with an argument and a kink, is written as any row."""
    mine = rg.primitive(
        "hinge_in_javascript",
        lambda xp, x, t, *, margin=0.1: xp.where(x * t < margin, (margin - x * t) ** 2, 0),
        lambda xp, y, x, t, *, margin=0.1: tuple(
            xp.where(x * t < margin, -2 * (margin - x * t) * z, 0) for z in (t, x)
        ),
    )
    try:
        where = list(itertools.product(SEVERAL_SLOTS, repeat=2))
        for margin in (0.1, 1, Fraction(1, 3)):
            source = function_of(mine, arguments={"margin": margin})
            for point, got in zip(where, computed(run, source, where), strict=True):
                assert all(map(close, got, label(mine, point, {"margin": margin}))), point
    finally:
        del TABLE[mine.name]


HOSTILE = "</script><script>alert(1)//`${alert(2)}`*/\"'\\\n\u2028"


class Evil(float):
    """A number whose texts are code."""

    __slots__ = ()

    def __repr__(self):
        """Write code."""
        return HOSTILE

    __str__ = __format__ = __repr__


class EvilFraction(Fraction):
    """A fraction whose texts are code."""

    __repr__ = __str__ = Evil.__repr__


def test_texts_of_a_primitive_never_enter_the_code(run):
    """Names, symbols and texts that are code are not written, only numbers of ours."""
    row = own(
        lambda xp, x, *, constructor: x * Evil(0.1) + EvilFraction(1, 3) * constructor,
        arguments={"constructor": 0},
        operands=(HOSTILE,),
        domain=(HOSTILE, lambda x: True),
        **dict.fromkeys(("name", "symbol", "latex", "kink"), HOSTILE),
    )
    for number in (Evil(0.7), EvilFraction(7, 10)):
        source = function_of(row, arguments=(number,))
        assert WRITTEN.fullmatch(source), source
        assert run(f"({source})(3)[0]") == 3 * 0.1 + 1 / 3 * 0.7


def test_argument_names_never_enter_the_code(run):
    """Slots and arguments with names of JavaScript's own are no harm."""
    row = rg.primitive(
        "alert",
        lambda xp, window, eval, *, this: window * eval + this,  # noqa: A006
        lambda xp, Math, window, eval, *, this: (eval, window),  # noqa: A006
    )
    try:
        assert run(f"({function_of(row, arguments=(2,))})(3, 4)") == [14, [4, 3]]
    finally:
        del TABLE["alert"]


# --- the text -----------------------------------------------------------------------------------

_NUMBER = r"(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|Infinity|NaN)"
_ATOM = rf"(?:[xt]\d+|{_NUMBER}|\(-{_NUMBER}\))"
_CALL = rf"(?:Math|rojasMath)\.[a-z]\w*\({_ATOM}(?:, {_ATOM})*\)"
_EXPRESSION = (
    rf"(?:{_ATOM} (?:[-+*/<]|<=|===|!==|&&|\|\|) {_ATOM}|[-!]{_ATOM}|"
    rf"{_ATOM} \? {_ATOM} : {_ATOM}|{_CALL})"
)
WRITTEN = re.compile(
    rf"\(x0(?:, x\d+)*\) => \{{\n(?:  const t\d+ = {_EXPRESSION};\n)*"
    rf"  return \[{_ATOM}, \[{_ATOM}(?:, {_ATOM})*\]\];\n\}}",
    re.ASCII,
)
"""All that a function may consist of."""


@each_row
def test_code_of_every_row_is_plain(row):
    """Variables of ours, numbers, operators and calls of `Math` and `rojasMath`: nothing else."""
    for arguments in argument_sets(row):
        assert WRITTEN.fullmatch(function_of(row, row.slots or 3, arguments))


@given(programs())
def test_code_of_any_row_is_plain(row):
    """The same of random rows."""
    assert WRITTEN.fullmatch(function_of(row))


def test_library_takes_one_name(run):
    """A page gains `rojasMath`, which it cannot change, and nothing else."""
    outside = [line for line in LIBRARY.splitlines() if line and line[:2] not in {"  ", "//"}]
    assert outside == ["const rojasMath = (() => {", "})();"]
    assert run("Object.isFrozen(rojasMath)")
    functions = set(run("Object.keys(rojasMath)"))
    called = {name for name in OPERATIONS if "rojasMath" in javascript._expression(name, ["a"] * 3)}
    assert functions == called


def test_page_may_use_all_other_names(run):
    """A function computes the same where a page has names of its own."""
    source = function_of(TABLE["gelu"])
    page = f"(() => {{ const erfc = null, x0 = 7, t0 = {{}}, power = 1; return ({source})(2); }})()"
    value, (partial,) = run(page)
    assert [value, partial] == pytest.approx(label(TABLE["gelu"], (2.0,), {}), rel=1e-14)


def test_code_may_stand_in_any_document():
    """Neither the library nor a function ends a script element, a comment or CDATA."""
    texts = [LIBRARY, *(function_of(r, r.slots or 3, dict.fromkeys(r.arguments, 3)) for r in ROWS)]
    for text in texts:
        assert text.isascii()
        assert not re.search("</|<!--|-->|]]>", text)


@given(st.floats(), st.fractions())
def test_arguments_keep_all_their_digits(run, number, fraction):
    """An argument is the same float in JavaScript, to the last bit."""
    for x in (number, fraction):
        source = function_of(TABLE["scale"], arguments=(x,))
        assert computed(run, source, [(1.0,)])[0] == pytest.approx(
            [x, x], rel=0, abs=0, nan_ok=True
        )
        assert as_text(computed(run, source, [(1.0,)])[0][1]) == as_text(x)


@pytest.mark.parametrize("number", [10**400, sp.Symbol("k")], ids=["huge", "symbol"])
def test_what_is_no_float_is_refused(number):
    """A number that no float holds is named in the error."""
    with pytest.raises(rg.ArgumentError, match=r"JavaScript computes with floats"):
        function_of(TABLE["scale"], arguments=(number,))


def test_mpmath_arguments_are_rounded(run):
    """A number of mpmath's, or π, becomes the nearest float."""
    for number in (PI, mpmath.mpf(math.pi), sp.pi):
        assert run(f"({function_of(TABLE['scale'], arguments=(number,))})(1)[0]") == math.pi


def test_slots_must_fit():
    """A primitive of any number of slots asks how many; another has its own number."""
    assert function_of(TABLE["prod"], 2).startswith("(x0, x1) =>")
    for name, slots in (("prod", None), ("mul", 3)):
        with pytest.raises(rg.ArgumentError, match=name):
            function_of(TABLE[name], slots)
