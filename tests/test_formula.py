"""Formulas as text: the grammar, exact numbers, and what is refused."""

from __future__ import annotations

import ast
import contextlib
import inspect
import itertools
import math
import re
from fractions import Fraction
from itertools import count

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.formula import ALIASES, LONGEST
from rojasgraph.table import TABLE
from tests.effort import tries
from tests.formula_strategies import NAMES, arithmetic, formulas, mutated

AT = {"x": Fraction(2, 3), "y": Fraction(-5, 4), "w1": Fraction(3), "é": Fraction(1, 7)}


def network(text):
    """Build the network of a formula."""
    return rg.Network.from_expressions(rg.parse(text))


def value(text, **fed):
    """Compute a formula at what is fed."""
    (found,) = network(text).feed_forward(fed).values()
    return found


def operations(text):
    """List the operations of a formula in order of building, with their numbers."""
    return [
        (a["op"], *a.get("arguments", ()), *([a["value"]] if "value" in a else []))
        for _, a in network(text).nodes(data=True)
        if a["op"] != "input"
    ]


def column(text):
    """Parse what is refused, and give the column that the error names."""
    with pytest.raises(rg.FormulaError) as caught:
        rg.parse(text)
    assert isinstance(caught.value, ValueError)
    assert f"(column {caught.value.column})" in str(caught.value)
    return caught.value.column


# --- the grammar


class _Exact(ast.NodeTransformer):
    """Write every number of a Python expression as a Fraction of its text."""

    def __init__(self, text):
        self.text = text

    def visit_Constant(self, node):
        """Replace a number."""
        written = ast.get_source_segment(self.text, node)
        whole = isinstance(node.value, int)
        return ast.Call(
            ast.Name("Fraction", ast.Load()),
            [ast.Constant(node.value if whole else written)],
            [],
        )

    def visit_BinOp(self, node):
        """Bound powers."""
        operands = [self.visit(node.left), self.visit(node.right)]
        if isinstance(node.op, ast.Pow):
            return ast.Call(ast.Name("bounded_power", ast.Load()), operands, [])
        return ast.BinOp(operands[0], node.op, operands[1])

    def visit_Call(self, node):
        """Leave a function's name alone."""
        return ast.Call(node.func, [self.visit(a) for a in node.args], [])


MOST_BITS = 20_000


def bounded_power(base, exponent):
    """Raise to a power that stays a fraction of a size that tests have time for."""
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if exponent.denominator != 1 or abs(exponent) * size > MOST_BITS:
        raise OverflowError
    return base**exponent


def python_value(text):
    """Evaluate a formula by Python itself, over Fractions; None where there is no small fraction.

    Nothing but powers is done by functions of ours, to bound them.
    """

    def halved(o, t):
        return (o - t) ** 2 / 2

    functions = {
        "Fraction": Fraction,
        "bounded_power": bounded_power,
        "Rational": lambda p, q: p / q,
        "square": lambda a: a * a,
        "neg": lambda a: -a,
        "abs": abs,
        "Abs": abs,
        "identity": lambda a: a,
        "reciprocal": lambda a: 1 / a,
        "relu": lambda a: max(a, Fraction(0)),
        "mul": lambda a, b: a * b,
        "sub": lambda a, b: a - b,
        "add": lambda a, b: a + b,
        "maximum": max,
        "Max": max,
        "Min": min,
        "half_squared": halved,
    }
    tree = ast.fix_missing_locations(_Exact(text).visit(ast.parse(text, mode="eval")))
    try:
        return eval(compile(tree, "<formula>", "eval"), {"__builtins__": {}}, AT | functions)  # noqa: S307 - the oracle
    except (ZeroDivisionError, OverflowError):
        return None


def check_against_python(text):
    """Compare the network of a formula with Python's own evaluation, exactly."""
    wanted = python_value(text)
    if wanted is None:
        with contextlib.suppress(rg.FormulaError):
            rg.parse(text)
        return
    net = None
    with contextlib.suppress(rg.FormulaError):
        net = network(text)
    if net is None:  # a number on the way is too long, though the value is not
        with pytest.raises(rg.FormulaError, match=r"beyond 10\^"):
            rg.parse(text)
        return
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert set(net.inputs) == names & set(NAMES)
    if not net.inputs:
        net.add_input("exact")  # so that the pass runs in Fractions
    (found,) = net.feed_forward({name: AT.get(name, Fraction(0)) for name in net.inputs}).values()
    assert found == wanted


@tries(300)
@given(arithmetic)
def test_arithmetic_means_what_python_means(text):
    """Precedence, signs, powers and numbers are Python's: the values agree exactly."""
    check_against_python(text)


@tries(300)
@given(formulas)
def test_calls_mean_what_they_say(text):
    """Formulas with calls agree exactly with Python functions of these names."""
    check_against_python(text)


@given(arithmetic)
def test_gradients_of_formulas(text):
    """The gradient of a formula is what sympy derives from the same text, exactly."""
    wanted = python_value(text)
    assume(wanted is not None)
    try:
        net = network(text)
    except rg.FormulaError:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
    assume(net.inputs)
    net.feed_forward({name: AT[name] for name in net.inputs})
    try:
        gradient = net.backpropagate()
    except rg.DomainError:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
    symbols = {name: sympy.Symbol(name) for name in net.inputs}
    written = network(text).feed_forward(symbols)
    at = {s: sympy.Rational(AT[n].numerator, AT[n].denominator) for n, s in symbols.items()}
    for name, symbol in symbols.items():
        (expression,) = written.values()
        derived = sympy.diff(expression, symbol).subs(at)
        assert sympy.Rational(gradient[name].numerator, gradient[name].denominator) == derived


@pytest.mark.parametrize("number", [2.0, -3.0, Fraction(-3, 2), sympy.Symbol("s")])
def test_power_of_zero(number):
    """A power with the exponent 0 is 1, and its derivative 0."""
    net = network("x**0")
    assert net.feed_forward(x=number) == {"power1": 1}
    assert net.backpropagate()["x"] == 0


@pytest.mark.parametrize("zero", [0.0, Fraction(0)], ids=["float", "fraction"])
def test_power_of_zero_at_zero(zero):
    """At 0 too: 0**0 is 1, as in Python, and x**0 is constant."""
    net = network("x**0")
    assert net.feed_forward(x=zero) == {"power1": 1}
    assert net.backpropagate()["x"] == 0


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("-x**2", [("power", 2), ("neg",)]),
        ("(-x)**2", [("neg",), ("power", 2)]),
        ("x**-2", [("power", -2)]),
        ("-x**-2", [("power", -2), ("neg",)]),
        ("-2**2", [("constant", -4)]),
        ("2**-1", [("constant", Fraction(1, 2))]),
        ("2**3**2", [("constant", 512)]),
        ("x**y**2", [("power", 2), ("pow",)]),
        ("x**2**3", [("power", 8)]),
        ("(x**2)**3", [("power", 2), ("power", 3)]),
        ("2**x", [("constant", 2), ("pow",)]),
        ("x**y", [("pow",)]),
        ("x**0.5", [("power", Fraction(1, 2))]),
        ("x**(1/3)", [("power", Fraction(1, 3))]),
        ("x - y - x", [("sub",), ("sub",)]),
        ("x/y/x", [("div",), ("div",)]),
        ("2*x", [("scale", 2)]),
        ("x*2", [("scale", 2)]),
        ("-2*x", [("scale", -2)]),
        ("2*3*x", [("scale", 6)]),
        ("x*2*3", [("scale", 2), ("scale", 3)]),
        ("x/2", [("constant", 2), ("div",)]),
        ("x + 0", [("constant", 0), ("add",)]),
        ("0 + x", []),
        ("+x", []),
        ("--x", [("neg",), ("neg",)]),
        ("x*x", [("mul",)]),
        ("sin(x)*sin(x)", [("sin",), ("sin",), ("mul",)]),
        ("0.1 + 0.2", [("constant", Fraction(3, 10))]),
        ("pi*x", "pi first"),
    ],
)
def test_what_formulas_build(text, built):
    """Operators in a text build what operators in Python build; nothing is merged."""
    if built == "pi first":
        assert [op for op, *_ in operations(text)] == ["constant", "mul"]
    else:
        assert operations(text) == built


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007.5", Fraction(15, 2)),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("0o17", 15),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("0.1", Fraction(1, 10)),
        ("1e3", 1000),
        ("1E-3", Fraction(1, 1000)),
        ("1_0.2_5e-1", Fraction(41, 40)),
        ("3.14159265358979323846", Fraction(314159265358979323846, 10**20)),
        ("1e308", 10**308),
        ("1e-308", Fraction(1, 10**308)),
        ("9007199254740993", 9007199254740993),
        ("1/3", Fraction(1, 3)),
        ("6/3", 2),
        ("Rational(1, 3)", Fraction(1, 3)),
        ("Rational(-4, 2)", -2),
        ("Rational(5)", 5),
        ("Rational(1, -3)", Fraction(-1, 3)),
        ("(1/3)**2", Fraction(1, 9)),
        ("0**0", 1),
        ("2**0.5", None),
        ("1**(10**300)", 1),
        ("0**(10**300)", 0),
    ],
)
def test_numbers_are_exact(text, number):
    """A number in a text is the fraction that is written, not the nearest double."""
    if number is None:
        assert operations(text) == [("constant", 2), ("power", Fraction(1, 2))]
        return
    assert operations(text) == [("constant", number)]
    assert type(operations(text)[0][1]) is type(number)


SPELLINGS = {
    "atan2": "arctan2",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "atanh": "arctanh",
    "ln": "log",
    "Abs": "abs",
    "Max": "maximum",
    "Min": "minimum",
}
"""The aliases of the design; those of the package may be more."""


@pytest.mark.parametrize(("alias", "name"), (ALIASES | SPELLINGS).items())
def test_aliases(alias, name):
    """Other spellings of a primitive mean that primitive."""
    operands = ", ".join("ab"[: TABLE[name].slots])
    assert operations(f"{alias}({operands})") == [(name,)]


@pytest.mark.parametrize("name", ["Max", "max", "maximum", "Min", "min", "minimum"])
def test_the_largest_of_several(name):
    """Max and Min of more than two operands are nested, from the left."""
    row, choose = (("maximum", max), ("minimum", min))[name.lower().startswith("min")]
    net = network(f"{name}(x, y, 2, z)")
    assert operations(f"{name}(x, y, 2, z)") == [(row,), ("constant", 2), (row,), (row,)]
    for x, y, z in itertools.product([0, 1.5, 3], [1, 2.5], [-1, 4]):
        value = net.feed_forward(x=x, y=y, z=z)
        assert value == {net.outputs[0]: choose(x, y, 2, z)}
        gradient = net.backpropagate()
        assert [gradient[n] for n in "xyz"] == [choose(x, y, 2, z) == v for v in (x, y, z)]
    assert column(f"1 + {name}(x)") == 5


def test_a_users_own_max_keeps_its_operands():
    """Only the table's own maximum is nested."""
    rg.primitive("Max", lambda xp, a, b: a, lambda xp, y, a, b: (xp.one, xp.zero))
    try:
        assert column("Max(x, y, z)") == 1
    finally:
        del TABLE["Max"]


@pytest.mark.parametrize("row", list(TABLE.values()), ids=list(TABLE))
def test_every_primitive_is_called_by_its_name(row):
    """Each row of the table can be called in a formula, its arguments by position and by name."""
    slots = row.slots or 3
    operands = [f"a{i}" for i in range(slots)]
    numbers = (Fraction(1, 4),) * len(row.arguments)
    for listed in (["0.25"] * len(numbers), [f"{name}=1/4" for name in row.arguments]):
        text = f"{row.name}({', '.join([*operands, *listed])})"
        assert operations(text) == [(row.name, *numbers)]
        assert network(text).inputs == operands
    optional = all(v is not inspect.Parameter.empty for v in row.arguments.values())
    if row.arguments and optional:
        assert operations(f"{row.name}(x)") == [(row.name, *row.arguments.values())]
    if row.slots:
        assert column(f"1 + {row.name}()") == 5


def test_a_name_is_one_input():
    """A name that is not called is an input, however often it stands there, a primitive's too."""
    net = network("x*tanh + x**2 - tanh")
    assert net.inputs == ["x", "tanh"]
    assert net.feed_forward(x=3, tanh=2) == {net.outputs[0]: 13}
    assert network("e + E + I + nan + inf + Rational").inputs == [
        "e",
        "E",
        "I",
        "nan",
        "inf",
        "Rational",
    ]


@pytest.mark.parametrize(
    "text", ["x+y", " x+y ", "\tx\n+ y\r\n", "(x\n+\ny)", "x \\\n + y", "\f x+y"]
)
def test_blanks_and_line_breaks(text):
    """Blanks and line breaks may stand between the parts of a formula."""
    if "\\" in text:
        assert column(text) >= 1
    else:
        assert operations(text) == [("add",)]


def test_pi_in_every_number_system():
    """The number π is exact until a pass lifts it: to floats, arrays, mpmath digits and sympy."""
    mpmath = pytest.importorskip("mpmath")
    text = "sin(pi/6)*x"
    assert value("pi*x", x=1.0) == math.pi
    assert value("pi*x", x=1j) == math.pi * 1j
    assert list(value("x*pi", x=[1.0, 2.0])) == [math.pi, 2 * math.pi]
    x = sympy.Symbol("x")
    assert value(text, x=x) == x / 2
    assert value("pi", x=x) == math.pi if network("pi").inputs else True
    with mpmath.workdps(50):
        assert abs(value("pi*x", x=mpmath.mpf(1)) - mpmath.pi) < mpmath.mpf(10) ** -49
    with pytest.raises(rg.ArgumentError, match="fraction"):
        value("pi*x", x=Fraction(1))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("pi", math.pi),
        ("2*pi", 2 * math.pi),
        ("-pi", -math.pi),
        ("pi**2", math.pi**2),
        ("2**pi", 2**math.pi),
        ("pi/2", math.pi / 2),
        ("pi - pi", 0),
        ("pi*pi", math.pi**2),
        ("maximum(pi, 3)", math.pi),
        ("scale(2, pi)", 2 * math.pi),
        ("power(2, exponent=pi)", 2**math.pi),
        ("x**pi", 2**math.pi),
    ],
)
def test_pi_in_formulas(text, number):
    """The number π stands wherever a number may."""
    fed = {"x": 2.0} if "x*" in text else {}
    assert value(text, **fed) == pytest.approx(number, rel=1e-15)


# --- what is refused

REFUSED = [
    ("import os", 1),
    ("__import__('os')", 1),
    ("x + __import__('os').system('ls')", 5),
    ("x.__class__", 1),
    ("x + y.real", 5),
    ("1 + (2).__class__", 5),
    ("tanh.__call__(x)", 1),
    ("rg.tanh(x)", 1),
    ("lambda: 1", 1),
    ("x + (lambda y: y)(x)", 5),
    ("[x for x in y]", 1),
    ("x + sum(a for a in y)", 5),
    ("x + {a: b for a in y}", 5),
    ("[x]", 1),
    ("x + {y}", 5),
    ("x + (y, 1)", 5),
    ("()", 1),
    ("f'{x}'", 1),
    ("x + f'{y}'", 5),
    ("f'{__import__(\"os\")}'", 1),
    ("(x := 1)", 2),
    ("x + (y := 1)", 6),
    ("x if y else z", 1),
    ("x and y", 1),
    ("not x", 1),
    ("~x", 1),
    ("x // y", 1),
    ("x % y", 1),
    ("x @ y", 1),
    ("x << 1", 1),
    ("x | y", 1),
    ("x[0]", 1),
    ("x[0:1]", 1),
    ("x(y)", 1),
    ("x + y(1)", 5),
    ("eval('1')", 1),
    ("exec('1')", 1),
    ("open('f')", 1),
    ("tanh(*x)", 1),
    ("1 + tanh(**x)", 5),
    ("tanh(x)(y)", 1),
    ("await x", 1),
    ("...", 1),
    ("None", 1),
    ("x*None", 3),
    ("True + x", 1),
    ("x + False", 5),
    ("'a'", 1),
    ("x + 'a'", 5),
    ("b'a'*x", 1),
    ("1j", 1),
    ("x + 2j", 5),
    ("x = 1", 3),
    ("x == 1", 1),
    ("x < y < z", 1),
    ("x; y", 2),
    ("x, y", 1),
    ("x^2", 1),
    ("x y", 3),
    ("2 x", 3),
    ("x*/y", 3),
    ("x***y", 4),
    ("(x", 1),
    ("x + (y", 5),
    ("x)", 2),
    ("tanhh(x)", 1),
    ("x + Sin(y)", 5),
    ("tanh()", 1),
    ("x + tanh(x, y)", 5),
    ("x - log(y, 2)", 5),
    ("scale(x, y)", 1),
    ("x + power(x, exponent=y)", 5),
    ("leaky_relu(x, slop=1)", 1),
    ("x + tanh(x, slope=1)", 5),
    ("pi(x)", 1),
    ("Rational(x, 2)", 1),
    ("1 + Rational(1.5, 2)", 5),
    ("1 + Rational(1, 0)", 5),
    ("Rational()", 1),
    ("Rational(1, 2, 3)", 1),
    ("Rational(p=1, q=2)", 1),
    ("x + Rational(pi, 2)", 5),
    ("1/0", 1),
    ("x + 2/(1 - 1)", 5),
    ("x*0**-1", 3),
    ("9**9**9**9", 4),
    ("x + 9**9**9", 5),
    ("x**9**9**9", 4),
    ("2**10000", 1),
    ("x + 2**-10000", 5),
    ("(2**1000)**(2**1000)", 1),
    ("10**300*10**300", 1),
    ("1 + 1/10**300/10**300", 5),
    ("1e309", 1),
    ("x + 1e400", 5),
    ("x + 1e-400", 5),
    ("1e99999999999999999999", 1),
    ("x + " + "9" * 310, 5),
    ("x + " + "9" * 5000, 5),
    ("x + 0x" + "f" * 300, 5),
    ("x + 0." + "1" * 400, 5),
    ("½", 1),
    ("x + ½", 5),
    ("x²", 2),
    ("x − y", 3),
    ("x×2", 2),
    ("\u200bx", 1),
    ("x\0", 2),
    ("x + \0y", 5),
    ("", 1),
    ("   ", 1),
    ("\n", 1),
    ("'", 1),
    ("\\", 1),
]


@pytest.mark.parametrize(("text", "at"), REFUSED, ids=count())
def test_what_is_no_formula_is_refused_with_its_column(text, at):
    """Whatever is not of the grammar is refused, and the error names where it starts."""
    assert column(text) == at


@pytest.mark.parametrize(
    "before", ["  ", "\t", "\n ", "é + ", "变 * \U0001d431 - ", "ﬁ + (ñ) + "], ids=repr
)
@pytest.mark.parametrize(
    "text", ["open(y)", "y.real", "9**9**9", "½", "x\0", "'a'", "tanh()", "x y"], ids=count()
)
def test_columns_count_characters(before, text):
    """Leading blanks and letters beyond ASCII before the fault each count one column."""
    assert column(before + text) == len(before) + column(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 50_000 + ")" * 50_000,
        "(" * 49_999 + "x" + ")" * 49_999,
        "[" * 100_000,
        "{" * 100_000,
        "-" * 99_999 + "x",
        "+" * 99_999 + "x",
        "~" * 99_999 + "x",
        "not " * 24_999 + "x",
        "x" + "**2" * 33_000,
        "x" + "**x" * 33_000,
        "9" + "**9" * 33_000,
        "x(" * 50_000,
        "tanh(" * 20_000,
        "tanh(" * 10_000 + "x" + ")" * 10_000,
        "x" + ".x" * 49_999,
        "x" + "[0]" * 33_000,
        "lambda:" * 14_000 + "x",
        "x if x else " * 8_000 + "x",
        "f'{" * 33_000,
        "'" * 100_000,
        "\\" * 100_000,
        "\0" * 100_000,
        "\n" * 100_000,
        "x," * 50_000,
        "9" * 100_000,
        "0x" + "f" * 99_998,
        "1e" + "9" * 4_000,
        "x y " * 25_000,
        "½" * 100_000,
        "x" * 100_001,
        " " * 100_000 + "x",
        "x" + " " * 100_000,
    ],
    ids=count(),
)
def test_hostile_texts_are_refused_at_once(text):
    """Depth and length beyond what a formula has are refused, the parser's own errors included."""
    assert 1 <= column(text) <= max(len(text), LONGEST + 1)


@pytest.mark.parametrize(
    "text",
    ["0." + "1" * 5000, "0." + "0" * 9000 + "1", "1" * 5000 + ".5", "1e" + "9" * 5000],
    ids=count(),
)
def test_decimals_of_thousands_of_digits(text):
    """A decimal of more digits than Python reads at once is refused as a longer integer is."""
    assert column(text) == 1


@pytest.mark.parametrize("text", ["\ud800", "x + \udcff"], ids=count())
def test_characters_that_no_encoding_has(text):
    """Half a surrogate pair, as a shell hands over a broken byte, is refused with its column."""
    assert column(text) == len(text)


def test_middle_dot_is_no_letter():
    """A product written with a middle dot is refused, and not an input called 'x·y'."""
    assert column("x·y") == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2x + 1", "a product is written 2*x, not 2x"),
        ("a + 2.5x", "a product is written 2*x, not 2x"),
        ("x²", "a power is written x**2, not x²"),
        ("sin x", "a product is written a*b, a call sin(x)"),
        ("a + sin(x)exp(y)", "a product is written a*b, a call sin(x)"),
        ("tanh(a b)", "a product is written a*b, a call sin(x)"),
        ("2(x + 1)", "a product is written 2*(x + 1)"),
        ("(a + b)(c)", "a product is written 2*(x + 1)"),
        ("½*x", "a fraction is written 1/2, not ½"),
        ("σ(z)", "no primitive is called 'σ': did you mean sigmoid?"),
        ("2*y'", "a derivative is written dy/dx"),
        ("y = m*x + c", "a formula is one side of an equation"),
        ("f(x) = x**2", "a formula is one side of an equation"),
        ("y == 2*x", "a formula is one side of an equation"),
        ("x +* y", "invalid syntax"),
        ("(x", "'(' was never closed"),
    ],
)
def test_what_was_meant_is_said(text, told):
    """Where a formula is written as on paper, the error says how it is written here."""
    with pytest.raises(rg.FormulaError) as caught:
        rg.parse(text)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["x +", "x + y*", "x**", "tanh(x) -"], ids=count())
def test_column_of_a_missing_operand(text):
    """Where the text ends too early, the column is its end."""
    assert column(text) >= len(text)


@pytest.mark.parametrize("wrong", [None, 3, b"x", ["x"], 1.5, object()], ids=count())
def test_what_is_no_text(wrong):
    """Something else than text is refused by its type; there is no column to name."""
    with pytest.raises(rg.FormulaError, match=f"got {type(wrong).__name__}") as caught:
        rg.parse(wrong)
    assert caught.value.column is None


def test_long_formulas():
    """A formula of 100,000 characters is read: deep nesting is what the parser cannot do."""
    name = "x" * (LONGEST - 2)
    assert network(f"{name}+1").inputs == [name]
    arguments = ", ".join(f"a{i}" for i in range(11_000))
    assert len(network(f"prod({arguments})").inputs) == 11_000
    assert value(" + ".join(["x"] * 1000), x=3) == 3000
    assert value("(" * 150 + "x" + ")" * 150, x=3) == 3


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x^2", r"x\*\*2"),
        ("x == 1", "one side"),
        ("tanhh(x)", "tanh"),
        ("rg.tanh(x)", "plain names"),
        ("1e400", "308"),
        ("tanh(x, y)", r"tanh takes \(x\)"),
        ("(((x)", "never closed"),
        ("(" * 1000, "nests too deeply"),
        ("True", "no real number"),
        ("tanh(*x)", "one by one"),
    ],
)
def test_refusals_say_how_to_mend_it(text, hint):
    """The message names the mend, not only the place."""
    with pytest.raises(rg.FormulaError, match=hint):
        rg.parse(text)


def parses_or_is_refused(text):
    """Parse a text; nothing but a FormulaError with a column in it may come out."""
    with contextlib.suppress(rg.FormulaError):
        rg.parse(text)
        return
    assert 1 <= column(text) <= len(text) + 1


SCALARS = st.characters(exclude_categories=["Cs"])


@given(st.text(SCALARS))
def test_random_text(text):
    """Any text is a formula or a FormulaError with a column inside it."""
    parses_or_is_refused(text)


@given(st.text(st.sampled_from("xy019.e_+-*/()[]{},:='\"\\#\n\t ~^%@<>!lambdif")))
def test_random_text_of_python_signs(text):
    """The same for the signs that Python's grammar is made of."""
    parses_or_is_refused(text)


@tries(300)
@given(mutated.filter(lambda text: not re.search("[\ud800-\udfff]", text)))
def test_formulas_with_a_slip(text):
    """A formula with a slip is still a formula, or refused with a column inside it."""
    parses_or_is_refused(text)


@given(formulas, st.sampled_from(["x + ", "", " ", "(é) * "]))
def test_the_column_points_at_the_fault(text, before):
    """Where one operand is a call of an unknown function, the column is where its name starts."""
    assert column(f"{before}nope({text})") == len(before) + 1
