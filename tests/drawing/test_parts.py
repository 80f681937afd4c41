"""Parts of a graph: neighborhoods, frames around groups, groups as one node, highlighted paths."""

from __future__ import annotations

import networkx as nx
import pytest

import rojasgraph as rg
from rojasgraph.drawing.assembly import STYLES, drawing_of
from rojasgraph.drawing.parts import ERROR_GROUP, groups_of, neighborhood
from rojasgraph.errors import ArgumentError


def layered():
    """Label a 2-2-1 network with its error."""
    x1, x2, t = rg.inputs("x1 x2 t")
    w = [rg.parameter(f"w{i}", 0.1 * i) for i in range(1, 7)]
    h1 = rg.tanh(w[0] * x1 + w[1] * x2).named("h1")
    h2 = rg.tanh(w[2] * x1 + w[3] * x2).named("h2")
    o = rg.tanh(w[4] * h1 + w[5] * h2).named("o")
    net = rg.Network.from_expressions(rg.half_squared(o, t).named("E"))
    net.feed_forward(x1=0.5, x2=-1.0, t=1.0)
    net.backpropagate()
    return net


def ids(net):
    """Give each node's id in a drawing of the whole network."""
    return {node: f"n{i}" for i, node in enumerate(net)}


def frames(drawing, net):
    """Give the names of the nodes inside each frame."""
    names = {identifier: node for node, identifier in ids(net).items()}
    return {c.name: {names[card] for card in c.cards} for c in drawing.clusters}


@pytest.mark.parametrize("depth", [0, 1, 2, 99])
def test_neighborhood(depth):
    """A part has the nodes that lie as near as asked, counted along and against the edges."""
    net = layered()
    near = nx.single_source_shortest_path_length(nx.Graph(net), "o", cutoff=depth)
    assert set(neighborhood(net, "o", depth)) == set(near)


def test_neighborhood_of_a_shared_weight():
    """A parameter is one edge away from the units where it is a weight."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 2.0)
    net.add_unit("h", "tanh")
    net.add_edge("x", "h", parameter="w")
    assert set(neighborhood(net, "w", 1)) == {"w", "h"}


@pytest.mark.parametrize("style", STYLES)
def test_outputs_of_a_part(style):
    """What feeds a node outside of the part does not become an output by being cut off."""
    drawing = drawing_of(layered(), style, focus="h1", depth=1)
    assert not any(card.output for card in drawing.cards)


def test_error_is_framed():
    """What measures the error stands apart, with its target."""
    net = layered()
    assert frames(drawing_of(net), net) == {ERROR_GROUP: {"E", "t"}}
    assert drawing_of(net, groups=None).clusters == ()


def test_own_groups():
    """Groups are named by a node attribute of the user's choice."""
    net = layered()
    nx.set_node_attributes(net, {"h1": "hidden", "h2": "hidden"}, "part")
    assert frames(drawing_of(net, groups="part"), net) == {"hidden": {"h1", "h2"}}


def test_layers():
    """Layers frame the operations that stand equally deep."""
    net = layered()
    layers = frames(drawing_of(net, groups="layers"), net)
    assert {"h1", "h2"} <= layers["layer 3"]
    assert layers["layer 7"] == {"E"}


def test_layers_of_a_cycle():
    """A graph with a cycle has no layers."""
    graph = nx.DiGraph([("a", "b"), ("b", "a")])
    with pytest.raises(ArgumentError, match="cycle has no layers"):
        groups_of(graph, "layers")


@pytest.mark.parametrize("style", STYLES)
def test_collapsed_groups(style):
    """A collapsed group is one card, and the edges inside it are gone."""
    net = layered()
    drawing = drawing_of(net, style, groups="layers", collapse="all")
    assert [card.kind for card in drawing.cards].count("group") == 7
    assert len(drawing.cards) == 7 + len(net.inputs) + len(net.parameters)
    ends = [(line.tail, line.head) for line in drawing.lines if line.head]
    assert len(set(ends)) == len(ends)


def test_labels_beside_a_collapsed_group():
    """Edges out of a collapsed group keep their labels and cells."""
    net = layered()
    drawing = drawing_of(net, "table", groups="layers", collapse="layer 6")
    last = next(card for card in drawing.cards if card.output)
    keys = {words.key for row in last.table.rows for cell in row for words in cell.words}
    assert sum(str(key).endswith(".derivative") for key in keys) == 2


@pytest.mark.parametrize("style", STYLES)
def test_highlighted_paths(style):
    """The edges of given paths are picked out, and no others; so are their nodes."""
    net = layered()
    path = next(rg.paths(net, "x1", "E"))
    drawing = drawing_of(net, style, highlight=path)
    assert sum(line.color == "lit" for line in drawing.lines) == len(path.edges)
    place = ids(net)
    assert {card.id for card in drawing.cards if card.lit} == {place[n] for n in path.nodes}


def test_highlighted_shared_weight():
    """The step of a path from a parameter into a weight is the dashed edge."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 2.0)
    net.add_unit("h", "tanh", output=True)
    net.add_edge("x", "h", parameter="w")
    drawing = drawing_of(net, highlight=list(rg.paths(net, "w", "h")))
    assert [line.id for line in drawing.lines if line.color == "lit"] == ["e0w"]


def test_colors_by_contribution():
    """Edges that carry back more are darker and wider."""
    net = layered()
    drawing = drawing_of(net, color="contribution")
    size = {
        f"e{i}": abs(data["contribution"]) for i, (*_, data) in enumerate(net.in_edges(data=True))
    }
    ordered = sorted(drawing.lines, key=lambda line: size[line.id])
    assert [line.color for line in ordered] == sorted(line.color for line in ordered)
    assert [line.width for line in ordered] == sorted(line.width for line in ordered)
    assert ordered[-1].color == "ramp4"


def test_colors_by_gradient():
    """Weighted edges whose weight matters more are darker; edges without a weight stay plain."""
    net = rg.extend(rg.layered([2, 3, 1]))
    net.feed_forward(x1=0.7, x2=-1.3, t=1.0)
    net.backpropagate()
    drawing = drawing_of(net, color="gradient")
    edges = [data for *_, data in net.in_edges(data=True)]
    weighted = {f"e{i}": abs(d["gradient"]) for i, d in enumerate(edges) if "weight" in d}
    plain = [line for line in drawing.lines if line.id not in weighted]
    assert {line.color for line in plain} == {"edge"}
    ordered = sorted(set(drawing.lines) - set(plain), key=lambda line: weighted[line.id])
    assert [line.color for line in ordered] == sorted(line.color for line in ordered)
    assert ordered[-1].color == "ramp4"


def test_positions():
    """Nodes with positions stand there, in units of the spacing."""
    net = layered()
    nx.set_node_attributes(net, {node: (i, 2 * i) for i, node in enumerate(net)}, "pos")
    positions = drawing_of(net, spacing=100).positions
    assert positions[ids(net)["h1"]] == (100 * list(net).index("h1"), 200 * list(net).index("h1"))


def test_some_positions():
    """Positions for some nodes only are refused, and so is what is no position."""
    net = layered()
    net.nodes["o"]["pos"] = (0, 0)
    with pytest.raises(ArgumentError, match=r"1 nodes have a position .* give all nodes one"):
        rg.draw(net)
    nx.set_node_attributes(net, "left", "pos")
    with pytest.raises(ArgumentError, match=r"must be two numbers \(x, y\); got 'left'"):
        rg.draw(net)
