"""What a diagram shows is read off the graph, and only what is there."""

from __future__ import annotations

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.drawing.contents import read
from rojasgraph.drawing.number_style import NumberStyle
from rojasgraph.errors import ArgumentError, GraphError
from tests.drawing import graphs


def by_name(graph, **options):
    """Read a graph, and give its boxes by the names of the nodes."""
    return dict(zip(graph, read(graph, **options), strict=True))


def test_absent_labels():
    """Labels that are absent are not shown."""
    boxes = by_name(graphs.line_fit(labeled=False))
    assert (boxes["x"].value, boxes["x"].adjoint) == (None, None)
    assert (boxes["w"].value, boxes["w"].adjoint) == ("0.5", None)
    assert [arrow.derivative for arrow in boxes["r"].arrows] == [None, None]


def test_none():
    """None counts as absent."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input", value=None)
    graph.add_node("y", op="tanh")
    graph.add_edge("x", "y", weight=None, parameter=None, slot=None)
    boxes = by_name(graph)
    assert boxes["x"].value is None
    assert (boxes["y"].arrows[0].weight, boxes["y"].arrows[0].shared) == (None, False)


def test_order_of_slots():
    """Cells stand in the order of the slots, whatever the order of the edges."""
    graph = graphs.line_fit(labeled=True)
    graph.remove_edge("y", "r")
    graph.add_edge("y", "r", slot=0, derivative=1)
    assert [arrow.derivative for arrow in by_name(graph)["r"].arrows] == ["1", "−1"]


def test_order_within_a_slot():
    """Edges into one slot stay in the order in which they were added."""
    boxes = by_name(graphs.line_fit(labeled=False))
    tails = [arrow.tail for arrow in boxes["add2"].arrows]
    assert tails == [boxes["mul1"].id, boxes["b"].id]


def test_automatic_names():
    """Names given in order of building are not shown."""
    boxes = by_name(graphs.line_fit(labeled=False))
    assert (boxes["mul1"].name, boxes["r"].name) == (None, "r")


@pytest.mark.parametrize("attributes", [{"op": "tanh", "label": "tanh1"}, {"op": "input"}])
def test_chosen_names(attributes):
    """What the user named or labeled is shown, even if it looks automatic."""
    graph = nx.MultiDiGraph()
    graph.add_node("tanh1" if "label" in attributes else "input1", **attributes)
    assert read(graph)[0].name is not None


def test_label():
    """A label takes the place of the name, and is shown as it is."""
    graph = nx.MultiDiGraph()
    graph.add_node("w1", op="parameter", label="w_0")
    assert read(graph)[0].name == "w_0"


def test_names_that_collide():
    """Names that would look the same stay as they are."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(["w1", "w_1", "w2"], op="input")
    assert [box.name for box in read(graph)] == ["w1", "w_1", "w₂"]


@pytest.mark.parametrize(
    ("op", "arguments", "symbol"),
    [
        ("mul", (), "×"),
        ("power", (3,), "(·)³"),
        ("power", (Fraction(-1, 2),), "(·)^(−1/2)"),
        ("scale", {"factor": -2}, "×−2"),
        ("power", (), "power"),
        ("mystery", (), "mystery"),
        (None, (), "None"),
    ],
)
def test_symbols(op, arguments, symbol):
    """Symbols come from the table; an operation that it does not have shows its name."""
    graph = nx.MultiDiGraph()
    graph.add_node("u", op=op, arguments=arguments)
    assert read(graph)[0].symbol == symbol


def test_constants():
    """A constant without a name of its own shows its value in the place of a name."""
    graph = nx.MultiDiGraph()
    graph.add_node("constant7", op="constant", value=Fraction(1, 3))
    graph.add_node("g", op="constant", value=9.81)
    assert [(box.name, box.symbol) for box in read(graph)] == [(None, "1/3"), ("g", "9.81")]


@pytest.mark.parametrize(
    ("marked", "expected"), [(["r"], ["r"]), (["r", "L"], ["r", "L"]), ([], ["L"])]
)
def test_outputs(marked, expected):
    """Outputs are the marked nodes, or else the sinks that are no sources."""
    graph = graphs.line_fit(labeled=False)
    del graph.nodes["L"]["output"]
    graph.add_node("unused", op="input")
    for node in marked:
        graph.nodes[node]["output"] = True
    assert [node for node, box in by_name(graph).items() if box.output] == expected


def test_shared_weight():
    """A shared weight goes by the name of its parameter, whose implied edge follows."""
    boxes = by_name(graphs.units())
    first, implied, second, other = boxes["o"].arrows
    assert first.weight == second.weight == "w₃,₁₁"
    assert implied.tail == other.tail == boxes["w3_11"].id
    assert (implied.implied, implied.id, implied.weight) == (True, f"{first.id}w", None)
    assert implied.name == ("w3_11", "o", ("h", 0))


def test_lost_parameter():
    """A parameter that is no node is named all the same."""
    graph = nx.DiGraph()
    graph.add_nodes_from("xy", op="tanh")
    graph.add_edge("x", "y", parameter="lost")
    (arrow,) = by_name(graph)["y"].arrows
    assert (arrow.weight, arrow.shared) == ("lost", True)


def test_tooltips():
    """Tooltips tell every label of a node or an edge."""
    boxes = by_name(graphs.line_fit(labeled=True))
    assert boxes["r"].tooltip == (
        "r (sub): value 1.75, derivatives (1, −1), delta (3.5, −3.5), adjoint 3.5"
    )
    assert boxes["r"].arrows[1].tooltip == (
        "add2 → r, slot 1: derivative −1, contribution −3.5, gradient −4.375"
    )
    assert boxes["x"].tooltip == "x (input): value 2, adjoint −1.75"


def test_arrays():
    """Labels may be arrays."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input", value=np.arange(8.0), adjoint=np.zeros((2, 2)))
    (box,) = read(graph)
    assert (box.value, box.adjoint) == ("mean 3.5 (n=8)", "mean 0 (2×2)")


@pytest.mark.parametrize("graph", [nx.Graph(), nx.MultiGraph(), "digraph {}", None])
def test_undirected(graph):
    """What is not a directed graph is refused by name."""
    with pytest.raises(GraphError, match=f"{type(graph).__name__}.*DiGraph"):
        read(graph)


@pytest.mark.parametrize("precision", [0, -1, 2.5, "3", True])
def test_precision(precision):
    """A precision that is no positive whole number is refused."""
    with pytest.raises(ArgumentError, match="from 1 up; got"):
        NumberStyle(precision)


def test_formulas_call_nodes_by_what_they_bear():
    """Where formulas stand for numbers, unnamed operations bear names, unnamed constants do not."""
    net = rg.Network.from_expressions((rg.inputs("x") * rg.constant(-3) / 7).named("y"))
    boxes = by_name(net, style=NumberStyle(form="symbols"))
    assert boxes["mul2"].name == "mul₂"
    assert (boxes["constant1"].name, boxes["constant1"].adjoint) == (None, None)
    assert boxes["mul2"].derivatives == ("(−3)", "x")
    assert boxes["y"].derivatives == ("1/7", "−mul₂/7²")
    assert by_name(net)["mul2"].name is None
