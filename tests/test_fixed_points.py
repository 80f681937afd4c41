"""Networks with cycles at a stable fixed point: worked examples, Mason's gain, slopes."""

import json
import pathlib
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries
from tests.strategies import labels, networks

_FOLDER = pathlib.Path(__file__).parent / "reference"
REFERENCE = json.loads((_FOLDER / "labels_beyond_gradients.json").read_text("utf-8"))


def feedback():
    """Build z = u·x + w·s, s = v·z, E = ½(z − t)², as in Mason's one loop of gain w·v."""
    net = rg.Network()
    for name in "uxwvt":
        net.add_input(name)
    for name, op in (
        ("ux", "mul"),
        ("ws", "mul"),
        ("z", "add"),
        ("s", "mul"),
        ("E", "half_squared"),
    ):
        net.add_unit(name, op)
    for tail, head, slot in (("u", "ux", 0), ("x", "ux", 1), ("w", "ws", 0), ("s", "ws", 1),
                             ("ux", "z", 0), ("ws", "z", 0), ("v", "s", 0), ("z", "s", 1),
                             ("z", "E", 0), ("t", "E", 1)):  # fmt: skip
        net.add_edge(tail, head, slot=slot)
    return net


FED = {"u": Fraction(3, 2), "x": Fraction(1, 2), "w": Fraction(1, 2), "v": Fraction(-3, 4),
       "t": Fraction(1, 4)}  # fmt: skip


def test_linear_loop_exactly():
    """All numbers of the worked loop, as fractions."""
    expected = {name: Fraction(text) for name, text in REFERENCE["cycle_linear"].items()}
    net = feedback()
    rest = rg.fixed_point(net, FED)
    gradient = rest.backpropagate("E")
    assert (rest["z"], rest["E"]) == (expected["z"], expected["E"])
    assert net.nodes["z"]["adjoint"] == expected["adjoint_net_z"]
    for name in "uwvx":
        assert gradient[name] == expected[f"dE_d{name}"]
    assert all(isinstance(gradient[name], Fraction) for name in gradient)


def test_linear_loop_in_floats():
    """The analytic case, whose closed form has no loop, agrees."""
    cases = json.loads((_FOLDER / "analytic_cases.json").read_text("utf-8"))["cases"]
    (case,) = (each for each in cases if each["name"] == "linear_feedback_loop")
    rest = rg.fixed_point(feedback(), {name: float(x) for name, x in case["values"].items()})
    assert rest["E"] == pytest.approx(case["value"], rel=1e-14)
    assert dict(rest.backpropagate("E")) == pytest.approx(case["gradient"], rel=1e-13)


def test_mason():
    """Two self-loops, which do not touch: gain = g / ((1 − a)(1 − b))."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit(1, "identity")
    net.add_unit(2, "identity")
    net.add_edge("x", 1)
    net.add_edge(1, 1, weight=Fraction(1, 2))
    net.add_edge(1, 2, weight=2)
    net.add_edge(2, 2, weight=Fraction(-1, 3))
    rest = rg.fixed_point(net, {"x": Fraction(1)})
    assert rest.backpropagate(2)["x"] == Fraction(REFERENCE["mason"]["gain"])
    delta = (1 - Fraction(1, 2)) * (1 + Fraction(1, 3))
    assert delta == Fraction(REFERENCE["mason"]["delta"])
    assert rest.spectral_radius == pytest.approx(0.5)


def two_units():
    """Build z1 = tanh(w11·z1 + w12·z2 + x1), z2 = tanh(w21·z1 + x2), E = ½(z1 − t)²."""
    params = REFERENCE["fixed_point_net"]["params"]
    net = rg.Network()
    for name in ("x1", "x2", "t"):
        net.add_input(name)
    for name in ("w11", "w12", "w21"):
        net.add_parameter(name, float(params[name]))
    net.add_unit("z1", "tanh")
    net.add_unit("z2", "tanh")
    net.add_unit("E", "half_squared")
    net.add_edge("z1", "z1", parameter="w11")
    net.add_edge("z2", "z1", parameter="w12")
    net.add_edge("z1", "z2", parameter="w21")
    net.add_edge("x1", "z1")
    net.add_edge("x2", "z2")
    net.add_edge("z1", "E", slot=0)
    net.add_edge("t", "E", slot=1)
    return net, {name: params[name] for name in ("x1", "x2", "t")}


def test_two_units_in_all_digits():
    """The nonlinear loop with shared weights, at 40 digits and in floats."""
    expected = REFERENCE["fixed_point_net"]
    net, fed = two_units()
    with mpmath.workdps(40):
        rest = rg.fixed_point(net, {name: mpmath.mpf(text) for name, text in fed.items()})
        gradient = rest.backpropagate("E")
        found = {"z1": rest["z1"], "z2": rest["z2"], "E": rest["E"], **gradient}
        texts = {**dict(zip(["z1", "z2"], expected["z"], strict=True)), "E": expected["E"],
                 **expected["gradient"]}  # fmt: skip
        for name, text in texts.items():
            assert mpmath.almosteq(found[name], mpmath.mpf(text), mpmath.mpf(10) ** -18), name
    rest = rg.fixed_point(net, {name: float(text) for name, text in fed.items()})
    gradient = rest.backpropagate()
    for name, text in expected["gradient"].items():
        assert gradient[name] == pytest.approx(float(text), rel=1e-13)


def test_weights_have_the_book_s_gradient():
    """∂E/∂w is value at the tail × delta of the head on a cycle too; edges list them."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("z", "tanh")
    net.add_edge("x", "z")
    net.add_edge("z", "z", weight=0.5)
    rest = rg.fixed_point(net, x=0.75)
    gradient = rest.backpropagate("z")
    assert gradient.edges["z", "z", 0] == pytest.approx(rest["z"] * net.nodes["z"]["delta"][0])
    slope = 1 - rest["z"] ** 2
    assert gradient["x"] == pytest.approx(slope / (1 - 0.5 * slope), rel=1e-14)
    assert net.edges["z", "z", 0]["derivative"] == pytest.approx(0.5 * slope)


@tries(15)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_as_difference_quotients(seed, nodes):
    """On random loops the gradient is the slope of the fixed point, at 40 digits."""
    rng = np.random.default_rng(seed)
    net = rg.Network()
    net.add_input("x")
    for i in range(nodes):
        net.add_unit(i, ["tanh", "sin", "sigmoid"][i % 3])
        net.add_edge("x", i, weight=float(rng.normal()))
    tails, heads = rng.integers(0, nodes, (2, 3 * nodes)).tolist()
    for tail, head in zip(tails, heads, strict=True):
        bound = 0.95 / heads.count(head)  # so that the loops are contractions
        net.add_edge(tail, head, weight=float(rng.uniform(-bound, bound)))
    net.add_unit("F", "identity")
    net.add_edge(0, "F")
    with mpmath.workdps(40):
        x, h = mpmath.mpf("0.3"), mpmath.mpf(10) ** -13
        above, below = (rg.fixed_point(net, x=x + step)["F"] for step in (h, -h))
        gradient = rg.fixed_point(net, x=x).backpropagate("F")
        assert mpmath.almosteq(gradient["x"], (above - below) / (2 * h), mpmath.mpf(10) ** -20)


@tries(40)
@given(networks(max_units=6), st.data())
def test_without_cycles_as_the_passes(drawn, data):
    """A network without a cycle is labeled as by its own passes, to the bit."""
    net, fed = drawn
    output = data.draw(st.sampled_from(list(net)))
    rest = rg.fixed_point(net, fed)
    gradient = rest.backpropagate(output)
    nodes, edges = labels(net)
    net.feed_forward(fed)
    expected = net.backpropagate(output)
    assert dict(gradient) == dict(expected)
    assert dict(gradient.edges) == dict(expected.edges)
    assert (nodes, edges) == labels(net)
    assert rest.spectral_radius == 0
    assert dict(rest) == {name: node["value"] for name, node in net.nodes(data=True)}


def test_the_last_pass_is_forgotten():
    """The network's own backward pass does not go on from labels of something else."""
    net = rg.Network.from_expressions((rg.inputs("x") ** 2).named("y"))
    net.feed_forward(x=1.0)
    rg.fixed_point(net, x=3.0)
    with pytest.raises(rg.NotLabeled):
        net.backpropagate("y")
    net.feed_forward(x=1.0)
    assert net.backpropagate("y")["x"] == 2.0


def switch(weight):
    """Build z = tanh(weight·z): beyond weight 1 it rests at two points, and not at 0."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("z", "tanh")
    net.add_edge("x", "z")
    net.add_edge("z", "z", weight=weight)
    return net


def test_the_start_decides():
    """Of two stable points the one near the start is found; between them lies one that is not."""
    net = switch(2.0)
    up = rg.fixed_point(net, {"x": 0.0}, start={"z": 1.0})
    down = rg.fixed_point(net, {"x": 0.0}, start={"z": -1.0})
    assert up["z"] == pytest.approx(0.9575040240772687)
    assert down["z"] == pytest.approx(-up["z"])
    with pytest.raises(rg.DomainError, match="not stable: its spectral radius is 2"):
        rg.fixed_point(net, {"x": 0.0})
    assert "spectral radius" in repr(up)
    assert len(up) == 2


def line(weight):
    """Build z = weight·z + x."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("z", "identity")
    net.add_edge("x", "z")
    net.add_edge("z", "z", weight=weight)
    return net


def test_what_does_not_rest():
    """Gain 1, growing loops, exact numbers that never settle, values beyond the floats."""
    with pytest.raises(rg.DomainError, match="gain 1"):
        rg.fixed_point(line(1), x=Fraction(1))
    with pytest.raises(rg.DomainError, match="gain 1"):
        rg.fixed_point(line(1.0), x=1.0)
    with pytest.raises(rg.DomainError, match="not stable"):
        rg.fixed_point(line(-2), x=Fraction(1))
    squares = rg.Network()
    squares.add_input("x")
    squares.add_unit("z", "square")
    squares.add_edge("x", "z")
    squares.add_edge("z", "z", weight=Fraction(1, 4))
    with pytest.raises(rg.DomainError, match=r"'z' does not settle exactly.*feed floats"):
        rg.fixed_point(squares, x=Fraction(1, 3))
    with pytest.raises(rg.DomainError, match="'z' comes to inf"):
        rg.fixed_point(squares, x=1e200)


def test_large_loops_and_missing_functions(monkeypatch):
    """A loop too large for a dense system is refused, and what a number system lacks."""
    with pytest.raises(rg.DomainError, match=r"node 'z'.*no tanh among Fractions"):
        rg.fixed_point(switch(0.5), x=Fraction(1, 2))
    monkeypatch.setattr("rojasgraph.analysis.fixed_points._MOST", 1)
    net, fed = two_units()
    with pytest.raises(rg.ArgumentError, match="a loop of 2 nodes is too large"):
        rg.fixed_point(net, {name: float(text) for name, text in fed.items()})


def test_refusals():
    """Batches, formulas, starts off the cycle; and the passes go on refusing cycles."""
    net = switch(0.5)
    with pytest.raises(rg.ArgumentError, match="batch"):
        rg.fixed_point(net, x=[1.0, 2.0])
    with pytest.raises(rg.DomainError, match="formulas"):
        rg.fixed_point(net, x=sympy.Symbol("x"))
    with pytest.raises(rg.ArgumentError, match=r"'x', which is on no cycle.*\['z'\]"):
        rg.fixed_point(net, {"x": 1.0}, start={"x": 1.0})
    with pytest.raises(rg.ArgumentError, match="start"):
        rg.fixed_point(net, {"x": 1.0}, start={"z": "much"})
    with pytest.raises(rg.MissingValue):
        rg.fixed_point(net)
    with pytest.raises(rg.CycleError, match="'z' → 'z'"):
        net.feed_forward(x=1.0)
    rest = rg.fixed_point(net, x=1.0)
    with pytest.raises(rg.ArgumentError, match="no node"):
        rest.backpropagate("nowhere")
    with pytest.raises(rg.GraphError, match="view"):
        rg.fixed_point(net.subgraph(["x", "z"]), x=1.0)


def test_edges_that_pass_nothing_back():
    """A stop on a cycle cuts it on the way back."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("z", "identity")
    net.add_unit("held", "stop_gradient")
    net.add_edge("x", "z")
    net.add_edge("z", "held")
    net.add_edge("held", "z", weight=0.5)
    rest = rg.fixed_point(net, x=1.0)
    assert rest["z"] == pytest.approx(2.0)
    assert rest.backpropagate("z")["x"] == 1.0
