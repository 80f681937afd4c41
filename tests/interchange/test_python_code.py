"""Python code: run, it gives what the passes give."""

from __future__ import annotations

import ast
import math
import re
import subprocess
import sys
import warnings
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.numbers.kinds import PI
from rojasgraph.table import TABLE, sample_points
from tests.effort import tries
from tests.strategies import networks


def run(text):
    """Execute the module; give its function."""
    module = {}
    exec(compile(text, "<written>", "exec"), module)  # noqa: S102 - it is what we wrote
    return module["value_and_gradient"]


def compare(net, fed, outputs=None):
    """Hold the code against the passes: values, sources, weights."""
    values = net.feed_forward({name: float(x) for name, x in fed.items()})
    gradient = net.backpropagate(outputs)
    function = run(rg.to_python(net, outputs))
    got, derivatives = function(*(float(fed[name]) for name in net.inputs))
    assert list(got.values()) == pytest.approx(list(values.values()), rel=1e-12, abs=1e-12)
    expected = [gradient[name] for op in (net.inputs, net.parameters) for name in op]
    found = list(derivatives.values())
    assert found[: len(expected)] == pytest.approx(expected, rel=1e-11, abs=1e-11)
    own = sorted(map(float, gradient.edges.values()))
    assert sorted(found[len(expected) :]) == pytest.approx(own, rel=1e-11, abs=1e-11)


@tries(50)
@given(networks() | networks(analytic=True))
def test_the_code_gives_what_the_passes_give(drawn):
    """Values and all derivatives agree, for any structure, sharing and names."""
    net, fed = drawn
    compare(net, fed, net.outputs)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_primitive(row):
    """Each row of the table is written, and computes the same at points of its domain."""
    arguments = dict.fromkeys(row.arguments, 3)
    for point in list(sample_points(row, arguments))[::3]:
        inputs = [rg.inputs(f"x{i}") for i in range(len(point))]
        net = rg.Network.from_expressions(row(*inputs, **arguments))
        compare(net, {f"x{i}": x for i, x in enumerate(point)})


@pytest.mark.parametrize("value", [-1500.0, -800.0, 0.0, 800.0, 1500.0, math.inf, -math.inf])
@pytest.mark.parametrize("op", ["sigmoid", "tanh", "softplus", "exp", "relu", "arctan"])
def test_far_out(op, value):
    """Where a function overflows, it does so to infinity, as in the passes."""
    net = rg.Network.from_expressions(TABLE[op](rg.inputs("x")).named("y"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, slope = net.feed_forward(x=value), dict(net.backpropagate())
    got = run(rg.to_python(net))(value)
    assert got == (expected, pytest.approx(slope, nan_ok=True))


@pytest.mark.promise("nobody let in", "No name of a node or a weight becomes code.")
def test_names_that_would_be_code():
    """No name becomes code: words of Python, quotes, line breaks, signs of every kind."""
    names = ['"""\nimport os\n"""', "lambda", "math", "exp", "a\nb", "ﬁ", "fi", "²", "", "x-y", "#"]
    names += ["__debug__", "None", "match", "print", "float", "OverflowError"]
    net = rg.Network()
    for name in names:
        net.add_parameter(name, 0.5)
    net.add_unit("value_and_gradient", "exp")
    for name in names:
        net.add_edge(name, "value_and_gradient", weight=0.25)
    text = rg.to_python(net)
    calls = {
        n.func.id
        for n in ast.walk(ast.parse(text))
        if isinstance(n, ast.Call)
        if isinstance(n.func, ast.Name)
    }
    assert calls == {"exp"}
    compare(net, {})


def test_it_is_laid_out_for_a_reader():
    """Lines are of moderate length; a docstring says what the ends of names mean."""
    net = rg.layered([3, 4, 2], rng=0)
    text = rg.to_python(net, net.outputs)
    assert max(map(len, text.splitlines())) <= 88
    module = {}
    exec(compile(text, "<written>", "exec"), module)  # noqa: S102 - it is what we wrote
    about = " ".join(module["value_and_gradient"].__doc__.split())
    assert "derivatives of y1 + y2 by every argument" in about
    ends = set(re.findall(r"x_(\w+) is", about))
    assert ends == {"net", "slope", "bar", "delta"}
    assert all(f"h1_1_{end} = " in text for end in ends)
    assert "    w_x1_h1_1_bar = h1_1_delta * x1\n" in text
    compare(net, {"x1": 0.5, "x2": -0.25, "x3": 1.0}, net.outputs)


@pytest.mark.parametrize("name", ["values", "gradient", "x_bar", "h_delta", "h_net", "x_slope"])
def test_names_of_its_own_variables(name):
    """A node that is called as the code calls something else keeps its value."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter(name, 0.75)
    net.add_unit("h", "tanh")
    for tail, weight in (("x", 0.5), (name, -1.5), ("x", 2.0)):
        net.add_edge(tail, "h", weight=weight)
    for i in range(9):
        net.add_edge("x", "h", weight=i / 8, label=f"a_long_name_of_a_weight_{i}")
    compare(net, {"x": 0.5})


def test_it_needs_nothing_but_python(tmp_path):
    """The file runs alone, in a Python without packages."""
    net = rg.layered([2, 3, 1])
    file = tmp_path / "net.py"
    file.write_text(rg.to_python(net) + "\nprint(value_and_gradient(1.0, -1.0)[0]['y1'])\n")
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(file)], capture_output=True, check=True, text=True
    )
    assert float(done.stdout) == pytest.approx(net.feed_forward(x1=1.0, x2=-1.0)["y1"])


@tries(10)
@given(st.floats(-2, 2), st.floats(-2, 2))
def test_weights_are_arguments(w, x):
    """Parameters and weights are keywords whose defaults are the network's."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("b", 0.5)
    net.add_unit("h", "tanh")
    net.add_edge("x", "h", weight=0.3, label="w")
    net.add_edge("b", "h")
    values, gradient = run(rg.to_python(net))(x, b=0.1, w=w)
    assert values["h"] == pytest.approx(math.tanh(w * x + 0.1))
    assert gradient == pytest.approx(
        {"x": w * (s := 1 / math.cosh(w * x + 0.1) ** 2), "b": s, "w": x * s}
    )


@pytest.mark.parametrize(
    "value", [2**60, Fraction(4, 2), Fraction(1, 3), -0.0, 1e300, PI, Decimal("0.1"), -7]
)
def test_numbers_are_literals(value):
    """Every real number is written as what the passes make of it."""
    net = rg.Network.from_expressions(rg.constant(value, "c") * rg.inputs("x"))
    ((got,), (expected,)) = (
        run(rg.to_python(net))(2.0)[0].values(),
        net.feed_forward(x=2.0).values(),
    )
    assert (got, math.copysign(1, got)) == (expected, math.copysign(1, expected))


def test_a_primitive_that_hands_its_operand_on():
    """A row of a user's whose value is one of two operands keeps them apart."""
    rg.primitive("first", lambda xp, a, b: a, lambda xp, y, a, b: (b, a * xp.one), check=False)
    net = rg.Network()
    for name in "xz":
        net.add_input(name)
    net.add_unit("o", "first")
    for slot, tail, weight in [(0, "x", 2), (0, "z", 3), (1, "x", 5), (1, "z", 7)]:
        net.add_edge(tail, "o", slot=slot, weight=weight)
    compare(net, {"x": 0.5, "z": 0.25})
    del TABLE["first"]


def test_wide_and_deep():
    """Thousands of edges into a node, and a chain of thousands of nodes, are no nesting."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("wide", "add")
    for _ in range(3000):
        net.add_edge("x", "wide", weight=1 / 1024)
    before = "wide"
    for i in range(2000):
        net.add_unit(i, "sin")
        net.add_edge(before, i)
        before = i
    compare(net, {"x": 0.5})


def test_refusals():
    """What floats cannot hold, and outputs that are none, are named."""
    net = rg.Network.from_expressions(rg.parameter("w", 1j) * rg.inputs("x"))
    with pytest.raises(rg.ArgumentError, match=r"node 'w'.*complex"):
        rg.to_python(net)
    net = rg.Network.from_expressions(rg.parameter("w", 10**5000) * rg.inputs("x"))
    with pytest.raises(rg.ArgumentError, match="node 'w'"):
        rg.to_python(net)
    net = rg.layered([1, 2])
    with pytest.raises(rg.ArgumentError, match="name the output"):
        rg.to_python(net)
    with pytest.raises(rg.ArgumentError, match="'z' is no node"):
        rg.to_python(net, "z")
    net.add_edge("y1", "y1")
    with pytest.raises(rg.ArgumentError, match="at least one output"):
        rg.to_python(rg.layered([1, 2]), [])
    with pytest.raises(rg.CycleError):
        rg.to_python(net)
