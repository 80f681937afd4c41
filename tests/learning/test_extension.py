"""The extended network: targets, error nodes, every loss against its formula, and back again."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.strategies import dyadics, labels, networks


def log_sigmoid(a):
    """Give ln σ(a)."""
    return -mpmath.log(1 + mpmath.exp(-a))


def huber(o, t):
    """Give Huber's error, by its two cases."""
    d = abs(o - t)
    return d * d / 2 if d <= 1 else d - mpmath.mpf(1) / 2


FORMULAS = {
    "half_squared": lambda o, t: (o - t) ** 2 / 2,
    "squared": lambda o, t: (o - t) ** 2,
    "absolute": lambda o, t: abs(o - t),
    "huber": huber,
    "sigmoid_cross_entropy": lambda o, t: -t * log_sigmoid(o) - (1 - t) * log_sigmoid(-o),
}


def linear(count):
    """Build a network whose outputs are its inputs."""
    net = rg.Network()
    for i in range(1, count + 1):
        net.add_input(f"x{i}")
        net.add_unit(f"y{i}", "identity")
        net.add_edge(f"x{i}", f"y{i}")
    return net


def fed(outputs, targets):
    """Name the values of the inputs and targets of a linear network."""
    names = [f"t{i}" for i in range(1, len(targets) + 1)] if len(targets) > 1 else ["t"]
    given_outputs = {f"x{i}": o for i, o in enumerate(outputs, 1)}
    return given_outputs | dict(zip(names, targets, strict=True))


@pytest.mark.parametrize("name", FORMULAS)
@given(outputs=st.lists(dyadics, min_size=1, max_size=3), data=st.data())
def test_losses_are_their_formulas(name, outputs, data):
    """The error is the sum of the formula over the outputs, to rounding."""
    targets = [data.draw(dyadics) for _ in outputs]
    extended = rg.extend(linear(len(outputs)), name)
    (error,) = extended.feed_forward(fed(outputs, targets)).values()
    pairs = zip(outputs, targets, strict=True)
    with mpmath.workdps(30):
        wanted = sum(FORMULAS[name](mpmath.mpf(o), mpmath.mpf(t)) for o, t in pairs)
    assert error == pytest.approx(float(wanted), rel=1e-13, abs=1e-14)


@given(outputs=st.lists(dyadics, min_size=2, max_size=4), data=st.data())
def test_softmax_cross_entropy_is_its_formula(outputs, data):
    """E = −Σ t ln p, and its gradient is p Σt − t."""
    targets = [abs(data.draw(dyadics)) for _ in outputs]
    extended = rg.extend(linear(len(outputs)), "softmax_cross_entropy")
    error = extended.feed_forward(fed(outputs, targets))["E"]
    slopes = extended.backpropagate("E")
    p = np.exp(outputs) / np.exp(outputs).sum()
    assert error == pytest.approx(-(targets * np.log(p)).sum(), rel=1e-12, abs=1e-13)
    wanted = p * sum(targets) - targets
    found = [slopes[f"x{i}"] for i in range(1, len(outputs) + 1)]
    assert found == pytest.approx(wanted, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "softmax_cross_entropy"])
@pytest.mark.parametrize("far", [40.0, 800.0, 1e6])
def test_cross_entropies_are_stable_far_out(name, far):
    """A sure and wrong output costs what it is far out, and pulls with slope 1; never nan."""
    extended = rg.extend(linear(2), name)
    error = extended.feed_forward({"x1": far, "x2": -far, "t1": 0.0, "t2": 1.0}, strict=True)["E"]
    slopes = extended.backpropagate("E", strict=True)
    assert error == pytest.approx(2 * far)
    assert (slopes["x1"], slopes["x2"]) == (1.0, -1.0)
    extended.feed_forward({"x1": far, "x2": -far, "t1": 1.0, "t2": 0.0}, strict=True)
    assert extended.nodes["E"]["value"] == pytest.approx(0.0, abs=1e-12)


def test_a_sigmoid_output_is_split_under_cross_entropy():
    """The error reads the net input, so an output of 1.0 exactly still has its slope."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("o", "sigmoid")
    net.add_edge("x", "o", weight=1.0, trainable=True)
    extended = rg.extend(net, "sigmoid_cross_entropy")
    assert extended.feed_forward(x=800.0, t=0.0) == {"E": 800.0}
    assert extended.nodes["o"]["value"] == 1.0
    assert extended.nodes["o_net"]["value"] == 800.0
    assert extended.backpropagate("E").edges["x", "o_net", 0] == 800.0
    assert dict(rg.unextend(extended).edges["x", "o", 0])["weight"] == 1.0


def test_exact_numbers_stay_exact():
    """Huber's error of Fractions is a Fraction."""
    extended = rg.extend(linear(1), rg.huber(Fraction(1, 3)))
    (error,) = extended.feed_forward({"x1": Fraction(2), "t": Fraction(1, 5)}).values()
    assert error == Fraction(1, 3) * (Fraction(9, 5) - Fraction(1, 6))


@pytest.mark.parametrize(
    "loss",
    [
        lambda output, target: (output - target) ** 4,
        rg.parse("(output - target)**4"),
        rg.parse("((target - output)**2)**2"),
    ],
    ids=["function", "formula", "another formula"],
)
def test_losses_of_your_own(loss):
    """A function or a formula of output and target is grafted once for each output."""
    extended = rg.extend(linear(2), loss)
    assert extended.feed_forward({"x1": 3, "x2": 1, "t1": 1, "t2": 0}) == {"E": 17.0}
    assert (extended.nodes["E1"]["value"], extended.nodes["E2"]["value"]) == (16.0, 1.0)


def test_a_loss_may_share_a_parameter():
    """A parameter of the loss is one node, whatever the number of outputs."""
    scale = rg.parameter("scale", 0.5)
    extended = rg.extend(linear(2), lambda o, t: scale * rg.abs(o - t))
    assert extended.parameters == ["scale"]
    assert extended.feed_forward({"x1": 3, "x2": 1, "t1": 1, "t2": 0}) == {"E": 1.5}


def test_a_loss_may_be_the_output_itself():
    """What is a node already is passed through one that bears the error's name."""
    extended = rg.extend(linear(1), lambda output, target: output)
    assert extended.feed_forward({"x1": 3, "t": 0}) == {"E": 3.0}


@given(networks(analytic=True))
def test_extending_keeps_the_network(drawn):
    """In the extended network the outputs have the values that they have without it."""
    net, values = drawn
    outputs = net.outputs
    before = labels(net)
    targets = [("target", i) for i in range(len(outputs))]
    extended = rg.extend(net, "squared", targets=targets, name=("the", "error"))
    assert labels(net) == before
    wanted = net.feed_forward(values)
    error = extended.feed_forward(values | dict.fromkeys(targets, 0.5))[("the", "error")]
    assert error == pytest.approx(sum((o - 0.5) ** 2 for o in wanted.values()))
    again = rg.unextend(extended)
    assert again.outputs == outputs
    assert again.feed_forward(values) == wanted


def test_plain_digraphs_are_taken():
    """Any networkx digraph that meets the contract can be extended."""
    G = nx.DiGraph()
    G.add_node("x", op="input")
    G.add_node("o", op="tanh")
    G.add_edge("x", "o", weight=0.5)
    assert rg.extend(G).inputs == ["x", "t"]


def test_the_gradient_follows_the_reduction():
    """`reduction` is kept on the graph, for training."""
    assert rg.extend(linear(1), reduction="mean").graph["reduction"] == "mean"
    assert rg.unextend(rg.extend(linear(1))).graph == {}


def test_names_that_are_taken_inside_are_avoided():
    """Inner nodes of the error take other names where the network has theirs."""
    net = linear(1)
    net.add_input("sub1")
    extended = rg.extend(net, "absolute")
    assert {"sub1", "sub2", "E"} <= set(extended)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda net: rg.extend(net, "half_square"), r"did you mean 'half_squared'\?"),
        (lambda net: rg.extend(net, 3), r"a loss is a name, a function .* got 3"),
        (lambda net: rg.extend(net, lambda o, t: "no"), r"must give one expression .* 'no'"),
        (lambda net: rg.extend(net, rg.parse("(o - t)**2")), r"inputs \['output', 'target'\]"),
        (lambda net: rg.extend(net, lambda o, t: o * rg.inputs("z")), r"got the input 'z'"),
        (lambda net: rg.extend(net, reduction="max"), r"'sum' or 'mean'.*got 'max'"),
        (lambda net: rg.extend(net, targets=["t"]), r"1 targets \['t'\] for 2 outputs"),
        (lambda net: rg.extend(net, name="x1"), r"'x1' exists already"),
        (lambda net: rg.extend(net, targets=["t", "x2"]), r"'x2' exists already"),
        (lambda net: rg.extend(rg.extend(net)), r"extended already"),
        (lambda net: rg.extend(rg.Network()), r"no outputs"),
        (rg.unextend, r"not extended"),
        (lambda _: rg.extend(linear(1), "softmax_cross_entropy"), r"one output is always 1"),
    ],
)
def test_what_is_refused(make, message):
    """A wrong call says what came and what is allowed."""
    with pytest.raises(rg.ArgumentError, match=message):
        make(linear(2))


def test_drawings_frame_the_error():
    """What extend adds is the group that drawings frame."""
    from rojasgraph.drawing.parts import groups_of

    extended = rg.extend(linear(2), "softmax_cross_entropy")
    (name,) = groups_of(extended, "group")
    assert name == "error"
