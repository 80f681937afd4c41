"""sympy: expressions become networks and networks expressions, with the same numbers."""

from __future__ import annotations

import random

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries
from tests.strategies import networks

x, y, z = sp.symbols("x y z", real=True)
AT = {x: sp.Rational(3, 7), y: sp.Rational(5, 4), z: sp.Rational(2, 3)}

EXPRESSIONS = [
    x,
    x + y + z,
    x - 2 * y,
    -x,
    x * y * z,
    3 * x * y / z,
    sp.Rational(1, 3) * x,
    1 / x,
    2 / x,
    x / y,
    1 / (x * y),
    x**2 + x**-2 + sp.sqrt(x) + x ** sp.Rational(1, 3) + x**-0.5,
    x**y,
    2**x,
    sp.exp(x) + sp.E,
    sp.pi * x,
    0.1 * x,
    sp.GoldenRatio * x,
    sp.log(x) * sp.sin(y) * sp.cos(z) / sp.tan(x),
    sp.asin(x) + sp.acos(z) + sp.atan(y) + sp.atan2(x, y),
    sp.sinh(x) + sp.cosh(y) + sp.tanh(z) + sp.asinh(x) + sp.acosh(y) + sp.atanh(z),
    sp.Abs(x - y) + sp.sign(y - z),
    sp.Max(x, y, z) - sp.Min(x, y, z),
    sp.Heaviside(x - y) + sp.Heaviside(x - z, 1) + sp.Heaviside(y, 0),
    sp.erf(x) * sp.erfc(y),
    sp.sec(x) + sp.csc(y) + sp.cot(z),
    sp.sin((x + y) ** 2) + sp.cos((x + y) ** 2),
    1 / (1 + sp.exp(-(x * y + z))),
]


@pytest.mark.parametrize("formula", EXPRESSIONS, ids=str)
def test_values_and_gradients_are_sympys(formula):
    """The network gives what sympy evaluates and differentiates."""
    net = rg.from_sympy({"out": formula})
    fed = {name: float(AT[sp.Symbol(name, real=True)]) for name in net.inputs}
    (value,) = net.feed_forward(fed).values()
    assert value == pytest.approx(float(formula.subs(AT)), rel=1e-13)
    gradient = net.backpropagate("out")
    for name, slope in gradient.items():
        expected = sp.diff(formula, sp.Symbol(name, real=True)).replace(
            sp.DiracDelta, lambda *_: sp.S.Zero
        )
        expected = expected.replace(sp.Derivative, lambda *_: sp.S.Zero)
        assert slope == pytest.approx(float(expected.subs(AT).evalf()), rel=1e-12)


def test_equal_parts_are_one_node():
    """A part that occurs twice is one node with two edges."""
    net = rg.from_sympy(sp.sin(x + y) + (x + y) ** 2)
    ops = [op for _, op in net.nodes(data="op")]
    assert sorted(ops) == ["add", "add", "input", "input", "power", "sin"]


def test_parameters_outputs_and_names():
    """Symbols become parameters on demand; several outputs keep their names."""
    net = rg.from_sympy({"a": x * y, "b": x * y, "c": x, "d": sp.Integer(2)}, parameters={x: 0.5})
    assert (net.inputs, net.parameters, net.outputs) == (["y"], ["x"], ["a", "b", "c", "d"])
    assert net.feed_forward(y=3.0) == {"a": 1.5, "b": 1.5, "c": 0.5, "d": 2.0}
    matrix = rg.from_sympy(sp.Matrix([[x + 1, x * y]]))
    assert list(matrix.feed_forward(x=2, y=3).values()) == [3, 6]


def test_names_are_plain_text():
    """A symbol whose name is some other kind of text gives a node of plain text."""

    class Text(str):
        __slots__ = ()

    net = rg.from_sympy(sp.sin(sp.Symbol(Text("spoken"))), {})
    assert [type(name) for name in net] == [str, str]


def test_own_primitives_by_name():
    """An undefined function of sympy's is the primitive of its name."""
    net = rg.from_sympy(sp.Function("softplus")(x * y))
    assert net.feed_forward(x=0.0, y=1.0) == {"softplus2": pytest.approx(0.6931471805599453)}


def test_a_deep_expression_is_no_recursion():
    """A nest of functions deeper than what a person writes is read."""
    formula = x
    for _ in range(150):
        formula = sp.sin(formula, evaluate=False)
    assert len(rg.from_sympy(formula)) == 151


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        (sp.Integral(sp.sin(x) ** x, x), "Integral"),
        (sp.Piecewise((x, x > 0), (0, True)), "Piecewise"),
        (sp.gamma(x), "gamma"),
        (sp.Function("nope")(x), "nope"),
        (x + sp.Symbol("x"), "two symbols"),
        (sp.zoo * 1, "zoo"),
        (sp.Heaviside(x, sp.Rational(1, 4)), "Heaviside"),
        (x > y, "not an expression"),
        ("x + 1", "not an expression"),
        (None, "not an expression"),
    ],
    ids=str,
)
def test_refusals(formula, named):
    """What is no operation on numbers is named."""
    with pytest.raises(rg.GraphError, match=named):
        rg.from_sympy([formula])
    with pytest.raises(rg.ArgumentError, match="no expression has"):
        rg.from_sympy(x, parameters={"w": 1})


@tries(15)
@given(networks(ops=["add", "sub", "mul", "scale", "power", "prod", "half_squared", "identity"]))
def test_to_sympy_gives_what_the_passes_give(drawn):
    """Value and all derivatives, at Fractions, weights and shared weights included."""
    net, fed = drawn
    output = net.outputs[0]
    formulas = rg.to_sympy(net, output)
    values = net.feed_forward(fed)
    gradient = net.backpropagate(output)
    numbers = {formulas.symbols[name]: sp.Rational(value) for name, value in fed.items()}
    numbers |= formulas.numbers
    assert formulas.value.subs(numbers) == values[output]
    for name, formula in formulas.gradient.items():
        expected = gradient.edges[name] if name in gradient.edges else gradient[name]
        assert sp.sympify(formula).subs(numbers) == expected
        direct = sp.diff(formulas.value, formulas.symbols[name])
        assert direct.subs(numbers) == expected


@tries(5)
@given(st.integers(0, 10**6))
def test_there_and_back(seed):
    """A network of analytic units survives the way to sympy and back."""
    rng = random.Random(seed)  # noqa: S311 - a test's own dice
    net = rg.layered([2, 2, 1], ["tanh", "sigmoid"], rng=seed)
    formulas = rg.to_sympy(net)
    back = rg.from_sympy({"y1": formulas.value}, parameters=formulas.numbers)
    fed = {"x1": rng.random(), "x2": rng.random()}
    assert back.feed_forward(fed)["y1"] == pytest.approx(net.feed_forward(fed)["y1"])
    gradient, expected = back.backpropagate(), net.backpropagate()
    for edge, slope in expected.edges.items():
        assert gradient[formulas.symbols[edge].name] == pytest.approx(slope)


def test_latex_has_a_line_for_each_operation():
    """LaTeX is written in letters, or in names and what the attribute latex says."""
    net = rg.layered([2, 1])
    net.nodes["x1"]["latex"] = r"\xi"
    text = rg.to_latex(net)
    assert text.startswith(r"\begin{aligned}")
    assert r"\xi" in text
    assert "y_{1} &=" in text
    two = rg.Network.from_expressions(rg.inputs("a") * 2, rg.inputs("b") * 3)
    only = rg.to_latex(two, two.outputs[0])
    assert only.count("&=") == 1
    assert "b" not in only.replace("begin", "")


def layer(x, w, b):
    """Make a unit with weighted edges, whose weights have letters too."""
    net = rg.Network()
    for name in "xwb":
        net.add_input(name)
    net.add_unit("h", "sin")
    net.add_edge("x", "h", weight=0.5, label="u")
    net.add_edge("w", "h", weight=-1.5, label="v")
    net.add_unit("o", "sqrt", output=True)
    net.add_edge("h", "o", weight=2, label="k")
    net.add_edge("b", "o")
    return net


LATEX = {
    "sigmoid": lambda x, w, b: rg.sigmoid(w * x + b),
    "powers": lambda x, w, b: (x / w + b**3) ** 2 - rg.sqrt(b) / 3,
    "functions": lambda x, w, b: rg.sin(x) ** 2 - rg.cos(w) * rg.log(b),
    "exponentials": lambda x, w, b: rg.exp(x * rg.exp(w)) ** 2 / rg.log(b) + rg.sqrt(rg.exp(b)),
    "extremes": lambda x, w, b: rg.maximum(x, w) * rg.minimum(w, b),
    "weights": layer,
}


@pytest.mark.parametrize("build", LATEX.values(), ids=LATEX)
def test_latex_read_by_sympy_has_the_same_values(build):
    """Each line, read by sympy's own reader of LaTeX, gives its node's value."""
    pytest.importorskip("lark")
    from sympy.parsing.latex import parse_latex

    built = build(*rg.inputs("x w b"))
    net = built if isinstance(built, rg.Network) else rg.Network.from_expressions(built.named("o"))
    fed = {"x": 0.75, "w": 0.5, "b": 1.25}
    known = {sp.Symbol(name): value for name, value in fed.items()}
    known |= {sp.Symbol(name): value for name, value in {"u": 0.5, "v": -1.5, "k": 2}.items()}
    for line in rg.to_latex(net).splitlines()[1:-1]:
        name, _, formula = line.removesuffix(r" \\").partition(" &= ")
        read = parse_latex(formula, backend="lark")
        known[parse_latex(name, backend="lark")] = float(read.subs(known).evalf())
    assert known[sp.Symbol("o")] == pytest.approx(net.feed_forward(fed)["o"])


def test_to_sympy_refusals():
    """An output that is none, or several, is named."""
    net = rg.layered([1, 2])
    with pytest.raises(rg.ArgumentError, match="y1"):
        rg.to_sympy(net)
    with pytest.raises(rg.ArgumentError, match="'q' is no node"):
        rg.to_sympy(net, "q")
    with pytest.raises(rg.ArgumentError, match="'q' is no node"):
        rg.to_latex(net, "q")
    batch = rg.Network.from_expressions(rg.parameter("w", [1.0, 2.0]) * rg.inputs("x"))
    with pytest.raises(rg.ArgumentError, match="'w' carries a batch"):
        rg.to_sympy(batch)
