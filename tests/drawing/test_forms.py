"""Units drawn apart or as one carry the labels that the two passes would write on them."""

from __future__ import annotations

from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.drawing.forms import SumOf, fuse_units, split_units
from rojasgraph.table import TABLE
from tests import strategies

FORMS = [split_units, fuse_units]

terms = st.tuples(
    st.sampled_from(["parameter", "scale", "plain"]), st.integers(0, 2), strategies.fractions
)
"""What one addend of a unit's sum is: its kind, how many units back, and a number."""


def labeled(net, fed):
    """Label a network by both passes."""
    net.feed_forward(fed)
    net.backpropagate(net.outputs)
    return net


def rebuilt(graph, fed):
    """Build the drawn graph as a network of its own, and label that by both passes."""
    bare = strategies.unlabeled(rg.Network(graph))
    for _, data in bare.nodes(data=True):
        data.pop("symbol", None)
    return labeled(bare, {name: value for name, value in fed.items() if name in bare})


@pytest.mark.parametrize("form", FORMS)
@given(drawn=strategies.networks(max_units=8))
def test_labels_are_those_of_the_passes(form, drawn):
    """Every label of a drawn graph is the one that the passes write on that graph, exactly."""
    net, fed = drawn
    net = labeled(net, fed)
    graph = form(net)
    other = rebuilt(graph, fed)
    for node, data in graph.nodes(data=True):
        for label in ("value", "derivatives", "adjoint", "delta"):
            if label in data:
                assert data[label] == other.nodes[node][label], (node, label)
    for tail, head, key, data in graph.edges(keys=True, data=True):
        for label in ("derivative", "contribution"):
            if label in data:
                assert data[label] == other.edges[tail, head, key][label], (tail, head, label)


@given(layers=st.lists(st.lists(terms, min_size=1, max_size=4), min_size=1, max_size=4))
def test_fused_labels(layers):
    """Where products and sums become weighted edges, so do their labels, exactly."""
    x = rg.inputs("x")
    values = [x]
    for i, layer in enumerate(layers):
        net_input = sum(_term(values, f"w{i}_{j}", *term) for j, term in enumerate(layer))
        values.append(rg.square(net_input).named(f"u{i}"))
    net = labeled(rg.Network.from_expressions(values[-1]), {"x": Fraction(1, 2)})
    fused = fuse_units(net)
    other = rebuilt(fused, {"x": Fraction(1, 2)})
    assert not [op for _, op in fused.nodes(data="op") if op == "mul"]
    assert len(fused) <= len(net)
    assert strategies.labels(fused) == _with_drawing_attributes(other, fused)


def _term(values, name, kind, back, number):
    tail = values[max(len(values) - 1 - back, 0)]
    if kind == "parameter":
        return rg.parameter(name, number) * tail
    return tail * number if kind == "scale" else tail


def _with_drawing_attributes(net, graph):
    """Add what only drawings write to the labels that the passes wrote."""
    nodes, edges = strategies.labels(net)
    for edge, data in strategies.labels(graph)[1].items():
        if "gradient" not in data:  # nothing tells the gradient of a number's weight
            edges[edge].pop("gradient", None)
    return nodes, edges


@pytest.mark.parametrize("form", FORMS)
@given(drawn=strategies.networks())
def test_the_network_is_left_alone(form, drawn):
    """Drawing leaves the network as it was, and keeps its outputs and inputs."""
    net, fed = drawn
    labeled(net, fed)
    before = strategies.labels(net)
    graph = form(net)
    assert strategies.labels(net) == before
    assert set(net.outputs) <= set(graph)
    assert set(net.inputs) <= set(graph)


@given(drawn=strategies.networks())
def test_split_units_have_no_weights(drawn):
    """Where units are drawn apart, weights lead into sums only."""
    net, _ = drawn
    graph = split_units(net)
    for _, head, data in graph.edges(data=True):
        weighted = "weight" in data or "parameter" in data
        row = TABLE[graph.nodes[head]["op"]]
        assert not weighted or row.gathers or row.slots != 1


def test_split_sum():
    """The sum of a unit has its net input as value, and its delta as adjoint."""
    net = rg.Network()
    net.add_input("x")
    net.add_constant("one", 1)
    net.add_unit("h", "square")
    net.add_edge("x", "h", weight=Fraction(3))
    net.add_edge("one", "h", weight=Fraction(-1))
    labeled(net, {"x": Fraction(2)})
    total = split_units(net).nodes[SumOf("h")]
    assert (total["value"], total["adjoint"]) == (5, 10)


def test_fused_expression():
    """Products with parameters become weights that know their name and gradient."""
    x, t = rg.inputs("x t")
    w, b = rg.parameter("w", 0.5), rg.parameter("b", 0.25)
    error = rg.half_squared(rg.sigmoid(w * x + b).named("o"), t).named("E")
    net = labeled(rg.Network.from_expressions(error), {"x": 2.0, "t": 1.0})
    fused = fuse_units(net)
    edge = fused.edges["x", "o", 0]
    assert (edge["weight"], edge["label"]) == (0.5, "w")
    assert edge["gradient"] == net.nodes["w"]["adjoint"]
    assert set(fused) == {"x", "t", "b", "o", "E"}


def test_shared_parameters_stay():
    """A parameter that leads to several places stays a node."""
    x, y = rg.inputs("x y")
    w = rg.parameter("w", 2.0)
    net = rg.Network.from_expressions(rg.tanh(w * x + w * y).named("o"))
    assert "w" in fuse_units(net)


@pytest.mark.parametrize("form", FORMS)
def test_any_digraph(form):
    """What is no network of ours, or none yet, passes through."""
    assert nx.utils.graphs_equal(form(nx.DiGraph([("a", "b")])), nx.MultiDiGraph([("a", "b")]))
