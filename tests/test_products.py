"""Products with the Jacobian: jvp and vjp are transposes of each other."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries
from tests.strategies import all_edges, fractions, labels, networks, sources, unlabeled


def line():
    """Build y = w·x + 0.25·one with outputs y and h = tanh(y)."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 3.0)
    net.add_constant("one", 1.0)
    net.add_unit("y", "identity", output=True)
    net.add_unit("h", "square", output=True)
    net.add_edge("x", "y", parameter="w")
    net.add_edge("one", "y", weight=0.25)
    net.add_edge("y", "h")
    return net


@tries(300)
@given(networks(), st.data())
def test_both_products_give_the_same_number(drawn, data):
    """Invariant 2: ⟨ȳ, Jẋ⟩ = ⟨Jᵀȳ, ẋ⟩, exactly, over sources and weights."""
    net, fed = drawn
    net.feed_forward(fed)
    weighted = [edge for edge in all_edges(net) if "weight" in net.edges[edge]]
    tangents = {name: data.draw(fractions) for name in sources(net)}
    moved = {edge: data.draw(fractions) for edge in weighted}
    cotangents = {name: data.draw(fractions) for name in net.outputs}
    forward = rg.jvp(net, tangents, edges=moved)
    back = rg.vjp(net, cotangents)
    assert list(forward) == net.outputs
    left = sum(cotangents[name] * forward[name] for name in net.outputs)
    right = sum(back[name] * tangent for name, tangent in tangents.items())
    right += sum(back.edges[edge] * tangent for edge, tangent in moved.items())
    assert left == right


@tries(100)
@given(networks(), st.data())
def test_one_tangent_gives_the_adjoints(drawn, data):
    """A tangent 1 at any source, constants too, arrives at an output as the source's adjoint."""
    net, fed = drawn
    net.feed_forward(fed)
    names = [*sources(net), *(n for n, op in net.nodes(data="op") if op == "constant")]
    source = data.draw(st.sampled_from(names))
    arrived = rg.jvp(net, {source: 1})
    for output in net.outputs:
        net.backpropagate(output)
        assert arrived[output] == net.nodes[source]["adjoint"]


@tries(60)
@given(networks(), st.data())
def test_vjp_is_backpropagation_that_leaves_the_labels(drawn, data):
    """The same gradient as backpropagate gives; no product writes a label."""
    net, fed = drawn
    net.feed_forward(fed)
    before = labels(net)
    cotangents = {data.draw(st.sampled_from(list(net))): Fraction(2, 3)}
    back = rg.vjp(net, cotangents)
    rg.jvp(net, dict.fromkeys(sources(net), 1))
    assert labels(net) == before
    gradient = net.backpropagate(cotangents)
    assert (dict(back), dict(back.edges)) == (dict(gradient), dict(gradient.edges))


@tries(60)
@given(networks(analytic=True), st.data())
def test_jvp_agrees_with_the_complex_step(drawn, data):
    """The tangents are the outputs' speeds, measured by a complex step along them."""
    net, fed = drawn
    everything = {**fed, **{name: net.nodes[name]["value"] for name in net.parameters}}
    tangents = {name: data.draw(st.sampled_from([-1.0, 0.5, 2.0])) for name in everything}
    net.feed_forward(fed)
    found = rg.jvp(net, tangents)
    moved = {name: value + 1e-200j * tangents[name] for name, value in everything.items()}
    for name, value in unlabeled(net).feed_forward(moved).items():
        assert np.imag(value) / 1e-200 == pytest.approx(found[name], rel=1e-9, abs=1e-9)


def test_outputs_that_do_not_move_have_tangent_zero():
    """An output behind no moved source has a zero of its own shape, in its number system."""
    net = line()
    net.feed_forward(x=Fraction(2))
    assert rg.jvp(net, {}) == {"y": 0, "h": 0}
    assert isinstance(rg.jvp(net, {})["y"], Fraction)
    net.feed_forward(x=[1.0, 2.0])
    np.testing.assert_array_equal(rg.jvp(net, {})["h"], [0.0, 0.0])


def test_products_over_a_batch():
    """Tangents broadcast to what was fed, results have the outputs' shapes; mean averages."""
    net = line()
    net.feed_forward(x=[1.0, 2.0])
    np.testing.assert_array_equal(rg.jvp(net, {"x": 1.0})["y"], [3.0, 3.0])
    np.testing.assert_array_equal(rg.jvp(net, {"x": [1.0, 0.0]})["y"], [3.0, 0.0])
    np.testing.assert_array_equal(rg.jvp(net, {"w": 1.0})["y"], [1.0, 2.0])
    np.testing.assert_array_equal(rg.jvp(net, {}, edges={("one", "y", 0): 2.0})["y"], [2.0, 2.0])
    assert rg.vjp(net, {"y": 1.0})["w"] == 3.0
    assert rg.vjp(net, {"y": [1.0, 10.0]})["w"] == 21.0
    assert rg.vjp(net, {"y": 1.0}, reduction="mean")["w"] == 1.5


@pytest.mark.parametrize(
    ("tangents", "edges", "words"),
    [
        ({"y": 1.0}, None, "'y' is no source"),
        ({"z": 1.0}, None, "'z' is no source"),
        ({}, {("x", "y", 0): 1.0}, "no weight of its own"),
        ({}, {("one", "y"): 1.0}, r"name it as \(tail, head, key\)"),
        ({"x": "1"}, None, "tangent of 'x'"),
        ({"w": [1.0, 2.0, 3.0]}, None, "tangent of 'w'"),
        ({"x": [1.0, 2.0, 3.0]}, None, "tangent of 'x'"),
        ({}, {("one", "y", 0): [1.0, 2.0, 3.0]}, r"tangent of \('one', 'y', 0\)"),
    ],
)
@pytest.mark.parametrize("x", [2.0, [1.0, 2.0]])
def test_tangents_that_do_not_fit_are_refused(tangents, edges, words, x):
    """What is no source, no weight, no number or of another shape is named in the error."""
    net = line()
    net.feed_forward(x=x)
    with pytest.raises(rg.ArgumentError, match=words):
        rg.jvp(net, tangents, edges=edges)


def test_a_tangent_has_the_shape_of_what_it_moves():
    """A tangent per example for a weight that is one number for all is refused, not guessed."""
    net = line()
    net.feed_forward(x=[1.0, 2.0])
    with pytest.raises(rg.ArgumentError, match="tangent of 'w'"):
        rg.jvp(net, {"w": [1.0, 2.0]})


@pytest.mark.parametrize("seed", ["1", None, [1.0, 2.0, 3.0], object()])
def test_cotangents_that_do_not_fit_are_refused(seed):
    """A cotangent that is no number, or not of the output's shape, names the output."""
    net = line()
    for x in (1.0, [1.0, 2.0]):
        net.feed_forward(x=x)
        with pytest.raises(rg.ArgumentError, match="output 'y'"):
            rg.vjp(net, {"y": seed})
        with pytest.raises(rg.ArgumentError, match="output 'y'"):
            net.backpropagate("y", seed=seed)
    with pytest.raises(rg.ArgumentError, match="'nowhere' is no node"):
        rg.vjp(net, {"nowhere": 1.0})


def test_products_need_labels():
    """Before a forward pass, and after a structural edit, products raise NotLabeled."""
    net = line()
    for edit in (lambda: None, lambda: net.add_constant("new", 1.0)):
        edit()
        with pytest.raises(rg.NotLabeled):
            rg.jvp(net, {"x": 1.0})
        with pytest.raises(rg.NotLabeled):
            rg.vjp(net, {"y": 1.0})
        net.feed_forward(x=1.0)
        assert rg.jvp(net, {"x": 1.0})["y"] == 3.0
