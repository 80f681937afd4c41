"""Derivations step by step: against the blog note's table, sympy, path counts and the labels."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.derivation.letters import letter
from rojasgraph.table import TABLE
from tests.derivation.derivations import DERIVATIONS, REFERENCE
from tests.effort import tries
from tests.strategies import networks

STEPS = REFERENCE["derivative_steps"]
ADJOINTS = REFERENCE["numeric_instances"][0]["adjoints"]
SMOOTH = (
    "add sub mul neg square scale prod identity half_squared sin cos tanh sigmoid exp".split()  # noqa: SIM905
)


def same(formula, text):
    """Tell whether a formula in our letters equals a formula in text."""
    plain = {symbol: sp.Symbol(symbol.name) for symbol in formula.free_symbols}
    names = {s.name: sp.Symbol(s.name) for s in formula.free_symbols}
    return sp.expand(formula.xreplace(plain) - sp.sympify(text, locals=names)) == 0


# --- the blog note ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def blog():
    """Give the derivation of the blog network."""
    return DERIVATIONS["blog_network"]()


@pytest.mark.parametrize("i", range(len(STEPS)), ids=[row["node"] for row in STEPS])
def test_blog_step(blog, i):
    """Each step has the reference's letter, partials, formulas, path count and value."""
    row, step = STEPS[i], blog.steps[i]
    assert step.number == (row["step"] or i + 1)
    assert step.letter.name == row["node"]
    assert step.n_paths == row["n_paths_to_L"]
    assert same(step.in_letters, row["in_letters"])
    assert same(step.in_letters, " + ".join(f"({p['product']})" for p in row["path_products"]))
    assert same(step.factored, row["factored"])
    assert same(step.expanded, row["factored"])
    assert step.value == Fraction(ADJOINTS[row["node"]]["exact"])
    expected = {(p["consumer"], p["partial"]) for p in row["local_partials"]}
    assert {(t.head.name, str(t.partial)) for t in step.terms} == expected
    rules = {0: "seed", 1: "chain rule"}
    assert step.rule == rules.get(len(expected), f"sum over {len(expected)} edges")


def test_blog_step_19(blog):
    """Step 19 is the shared hidden unit, a sum over two edges."""
    step = blog.steps[18]
    assert (step.number, step.letter.name, step.rule) == (19, "l", "sum over 2 edges")
    assert str(step.in_letters) == "-2*b*w2_11*w3_11 - 2*b*w2_21*w3_12"
    assert [str(term.head) for term in step.terms] == ["j", "k"]


def test_blog_factored_form(blog):
    """The factored forms are the reference's, factor by factor."""
    for row, step in zip(STEPS, blog, strict=True):
        assert str(step.factored) == row["factored"]


def test_tie_rule():
    """What one node makes ready comes weights and parameters first, then by slot; inputs last."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 1)
    net.add_unit("o", "sub")
    for unit, slot in (("v", 1), ("u", 0)):
        net.add_unit(unit, "tanh")
        net.add_edge("x", unit)
        net.add_edge(unit, "o", slot=slot, weight=2, label=f"k{slot}")
    net.add_edge("w", "o", slot=1)
    letters = [step.letter.name for step in rg.explain(net)]
    assert letters == ["o", "k0", "k1", "w", "u", "v", "x"]


# --- random networks ----------------------------------------------------------------------------


def compare(found, expected):
    """Check that two formulas are equal: exactly at a rational point, to 40 digits elsewhere."""
    symbols = sorted(found.free_symbols | expected.free_symbols, key=str)
    point = {s: sp.Rational(2 * i + 3, 7 * (i + 1)) for i, s in enumerate(symbols)}
    ours, theirs = (sp.N(f.subs(point), 50) for f in (found, expected))
    assert abs(ours - theirs) <= sp.Float("1e-40", 50) * (1 + abs(theirs))


@tries(60)
@given(networks(analytic=True, ops=SMOOTH, max_units=5))
def test_against_sympy(drawn):
    """Written out, a step is sympy's derivative of the output's formula."""
    net, _ = drawn
    output = net.outputs[0]
    lettering = letter(net, output)
    formula = lettering.expanded(lettering.letters[lettering.number(output)])
    for step in rg.explain(net, output):
        if step.kind != "operation" and step.letter != step.output:
            compare(step.expanded, sp.diff(formula, step.letter))


@tries(100)
@given(networks(), st.data())
def test_values_are_the_labels(drawn, data):
    """Values are the adjoints and gradients that backpropagation writes, exactly."""
    net, fed = drawn
    output = data.draw(st.sampled_from(net.outputs))
    derivation = rg.explain(net, output, at=fed)
    net.feed_forward(fed)
    net.backpropagate(output)
    labeled = rg.explain(net, output)
    for step, other in zip(derivation, labeled, strict=True):
        where = net.edges[step.node] if step.kind == "weight" else net.nodes[step.node]
        expected = where["gradient" if step.kind == "weight" else "adjoint"]
        assert step.value == other.value == expected


@tries(100)
@given(networks(), st.data())
def test_order_and_paths(drawn, data):
    """Every step comes after all that it feeds, inputs last; paths are counted as elsewhere."""
    net, _ = drawn
    output = data.draw(st.sampled_from(net.outputs))
    derivation = rg.explain(net, output)
    seen = set()
    for step in derivation:
        assert {term.head for term in step.terms} <= seen
        seen.add(step.letter)
        if step.kind != "weight":
            assert step.n_paths == rg.count_paths(net, step.node, output)
    kinds = [step.kind == "input" for step in derivation]
    assert kinds == sorted(kinds)
    assert len(seen) == len(derivation)


@tries(60)
@given(networks(analytic=True, ops=SMOOTH))
def test_terms_add_up(drawn):
    """A step in letters is the sum of its terms, the head's derivative times the partial."""
    net, _ = drawn
    derivation = rg.explain(net, net.outputs[0])
    known = {}
    for step in derivation:
        total = sp.Add(*(known[t.head] * t.partial for t in step.terms)) if step.terms else 1
        known[step.letter] = step.in_letters
        assert sp.expand(step.in_letters - total) == 0


# --- letters ------------------------------------------------------------------------------------


def chain_of(names, op="tanh"):
    """Build a chain: an input, then units, named as given."""
    net = rg.Network()
    net.add_input(names[0])
    for tail, head in itertools.pairwise(names):
        net.add_unit(head, op)
        net.add_edge(tail, head)
    return net


def test_letters_differ():
    """Names that would be the same word get different symbols; plain ones keep theirs."""
    names = ["1", 1, "n1", ("n", 1), "a+b", "a_b", "a b", "x"]
    steps = {step.node: step.letter.name for step in rg.explain(chain_of(names))}
    assert len(set(steps.values())) == len(names)
    assert (steps["n1"], steps["a_b"], steps["x"]) == ("n1", "a_b", "x")


def test_taken_names():
    """Letters skip what users named; default names of weights skip what is taken."""
    net = rg.Network()
    net.add_input("b")
    net.add_parameter("w_b_c", 1)
    net.add_unit("tanh1", "tanh")
    net.add_unit("tanh2", "tanh")
    net.add_edge("b", "tanh1", weight=2.0)
    net.add_edge("b", "tanh1", weight=3.0)
    net.add_edge("tanh1", "tanh2", weight=2.0, label="a")
    net.add_edge("w_b_c", "tanh2")
    derivation = rg.explain(net)
    letters = {step.node: step.letter.name for step in derivation}
    assert letters["tanh1", "tanh2", 0] == "a"
    assert letters["tanh2"] == "c"
    assert letters["tanh1"] == "d"
    assert letters["b", "tanh1", 0] == "w_b_d"
    assert letters["b", "tanh1", 1] == "w_b_d_2"


def test_constants():
    """An unnamed constant is its number, as 1 is always; a named one keeps its name."""
    x = rg.inputs("x")
    g = rg.constant(9.81).named("g")
    net = rg.Network.from_expressions((g * x * rg.constant(3)).named("f"))
    step = rg.explain(net)["x"]
    assert str(step.in_letters) == "3*g"
    assert step.expanded == sp.Rational("29.43")
    (weight, _, _) = (s for s in rg.explain(rg.layered([1, 1], bias=True)) if s.terms)
    assert str(weight.in_letters) == "y1*(1 - y1)"


def test_shared_weight():
    """A parameter that is a weight gets a term for each edge that shares it."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 0.5)
    for tail, head in (("x", "h"), ("h", "o")):
        net.add_unit(head, "tanh")
        net.add_edge(tail, head, parameter="w")
    step = rg.explain(net)["w"]
    assert {str(t.head): str(t.partial) for t in step.terms} == {
        "o": "h*(1 - o**2)",
        "h": "x*(1 - h**2)",
    }
    assert step.n_paths == 2
    assert step.kind == "parameter"


@pytest.mark.parametrize(
    ("build", "definition", "derivative"),
    [
        (lambda x: rg.scale(x, 2), "2*x", "2"),
        (lambda x: rg.power(x, 3), "x**3", "3*x**2"),
        (rg.leaky_relu, "leaky_relu(x, 1/100)", None),
        (rg.sigmoid, "sigmoid(x)", "o*(1 - o)"),
        (rg.tanh, "tanh(x)", "1 - o**2"),
        (rg.exp, "exp(x)", "o"),
        (rg.sqrt, "sqrt(x)", "1/(2*o)"),
        (rg.stop_gradient, "stop_gradient(x)", "0"),
        (rg.relu, "relu(x)", None),
        (rg.abs, "abs(x)", "sign(x)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_definitions(build, definition, derivative):
    """Arithmetic is written out, functions by their names; partials use the node's letter."""
    net = rg.Network.from_expressions(build(rg.inputs("x")).named("o"))
    derivation = rg.explain(net)
    assert str(derivation["o"].definition) == definition
    if derivative is not None:
        assert str(derivation["x"].in_letters) == derivative


def test_stop_gradient_has_value_zero():
    """Behind stop_gradient a derivative is 0, as formula and as number."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions(rg.stop_gradient(rg.square(x)))
    step = rg.explain(net, at={"x": 3.0})["x"]
    assert (step.in_letters, step.value) == (0, 0)


@pytest.mark.parametrize("op", TABLE)
def test_every_primitive(op):
    """Each primitive has a step for each of its slots."""
    row = TABLE[op]
    names = [f"x{i}" for i in range(row.slots or 3)]
    net = rg.Network.from_expressions(
        row(*rg.inputs([*names, "z"])[:-1], *[2] * len(row.arguments))
    )
    assert [step.node for step in rg.explain(net)][1:] == names


# --- the table as a container -------------------------------------------------------------------


def test_choosing_steps(blog):
    """Steps are found by name and by slice; a step and a part print as tables."""
    assert blog["w1_11"] is blog.steps[21]
    assert [step.number for step in blog[17:19]] == [18, 19]
    assert "∂a/∂k·∂k/∂l" in str(blog["l"])
    assert "∂a/∂m" not in str(blog[17:19])
    with pytest.raises(KeyError, match="no step for 'q'"):
        blog["q"]


def test_refusals():
    """What cannot be derived is refused, with the reason."""
    net = rg.Network.from_expressions(rg.inputs("x") + 1, rg.inputs("y") * 2)
    with pytest.raises(rg.ArgumentError, match="name the output"):
        rg.explain(net)
    with pytest.raises(rg.ArgumentError, match="is no node"):
        rg.explain(net, "z")
    with pytest.raises(rg.ArgumentError, match="constant"):
        rg.explain(net, "constant1")
    with pytest.raises(rg.MissingValue):
        rg.explain(net, net.outputs[0], at={})


def test_labels_are_left_alone():
    """Explaining at a point writes nothing on the network."""
    net = rg.Network.from_expressions(rg.tanh(rg.inputs("x")))
    before = {name: dict(attributes) for name, attributes in net.nodes(data=True)}
    rg.explain(net, at={"x": 1.0})
    assert {name: dict(attributes) for name, attributes in net.nodes(data=True)} == before


# --- large graphs -------------------------------------------------------------------------------


def test_many_paths():
    """2^60 paths are counted and printed, not walked; what would be huge is refused."""
    u = rg.inputs("x")
    for _ in range(60):
        u = rg.tanh(u * u + u)
    step = rg.explain(rg.Network.from_expressions(u))["x"]
    assert step.n_paths == 3**60
    assert "…" in str(step)
    for formula in ("expanded", "factored"):
        with pytest.raises(rg.ArgumentError, match="long"):
            getattr(step, formula)


def test_long_chain():
    """A chain longer than Python's recursion limit is derived to its end."""
    net = chain_of([f"u{i}" for i in range(2000)])
    step = rg.explain(net)["u0"]
    assert len(step.in_letters.args) == 1999
    assert "…" in str(step)
    with pytest.raises(rg.ArgumentError, match="keep letters"):
        step.expanded  # noqa: B018 - a property


def test_parameter_of_many_edges():
    """A parameter that thousands of edges share is one step with as many terms."""
    net = rg.Network()
    net.add_input(0)
    net.add_parameter("w", 0.5)
    for i in range(1, 1000):
        net.add_unit(i, "tanh")
        net.add_edge(i - 1, i, parameter="w")
    assert len(rg.explain(net)["w"].terms) == 999
