"""Small graphs, built by hand with the labels that both passes would write."""

from __future__ import annotations

import networkx as nx


def line_fit(*, labeled: bool) -> nx.MultiDiGraph:
    """Build (y − (w·x + b))² at x = 2, y = 3, w = 0.5, b = 0.25, so that y − … = 1.75."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input")
    graph.add_node("y", op="input")
    graph.add_node("w", op="parameter", value=0.5)
    graph.add_node("b", op="parameter", value=0.25)
    graph.add_node("mul1", op="mul")
    graph.add_node("add2", op="add")
    graph.add_node("r", op="sub")
    graph.add_node("L", op="power", arguments=(2,), output=True)
    graph.add_edge("w", "mul1", slot=0)
    graph.add_edge("x", "mul1", slot=1)
    graph.add_edge("mul1", "add2", slot=0)
    graph.add_edge("b", "add2", slot=0)
    graph.add_edge("y", "r", slot=0)
    graph.add_edge("add2", "r", slot=1)
    graph.add_edge("r", "L")
    if labeled:
        _label_line_fit(graph)
    return graph


def _label_line_fit(graph: nx.MultiDiGraph) -> None:
    labels = {
        "x": (2.0, (), -1.75, ()),
        "y": (3.0, (), 3.5, ()),
        "w": (0.5, (), -7.0, ()),
        "b": (0.25, (), -3.5, ()),
        "mul1": (1.0, (2.0, 0.5), -3.5, (-7.0, -1.75)),
        "add2": (1.25, (1,), -3.5, (-3.5,)),
        "r": (1.75, (1, -1), 3.5, (3.5, -3.5)),
        "L": (3.0625, (3.5,), 1.0, (3.5,)),
    }
    for node, (value, derivatives, adjoint, delta) in labels.items():
        graph.nodes[node].update(value=value, derivatives=derivatives, adjoint=adjoint, delta=delta)
    for tail, head, data in graph.edges(data=True):
        slot = data.get("slot", 0)
        data["derivative"] = graph.nodes[head]["derivatives"][slot]
        data["contribution"] = graph.nodes[head]["adjoint"] * data["derivative"]
        data["gradient"] = graph.nodes[tail]["value"] * graph.nodes[head]["delta"][slot]


def units() -> nx.MultiDiGraph:
    """Build two units with weighted edges, one weight shared by two edges, and a bias."""
    graph = nx.MultiDiGraph()
    graph.add_node("x1", op="input", value=0.5)
    graph.add_node("constant1", op="constant", value=1)
    graph.add_node("w3_11", op="parameter", value=0.7)
    graph.add_node("h", op="tanh", label="hidden")
    graph.add_node("o", op="sigmoid")
    graph.add_edge("x1", "h", weight=-0.3, trainable=True)
    graph.add_edge("constant1", "h", weight=0.1)
    graph.add_edge("h", "o", parameter="w3_11")
    graph.add_edge("x1", "o", parameter="w3_11")
    return graph


def squared_input() -> nx.MultiDiGraph:
    """Build x·x at −3: two edges between the same two nodes."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input", value=-3, adjoint=-6)
    graph.add_node("mul1", op="mul", value=9, derivatives=(-3, -3), adjoint=1)
    graph.add_edge("x", "mul1", slot=1, derivative=-3)
    graph.add_edge("x", "mul1", slot=0, derivative=-3)
    return graph


def chain(names: list[object]) -> nx.MultiDiGraph:
    """Build a chain of units that bear the given names, after an input that bears the first."""
    graph = nx.MultiDiGraph()
    for name in names:
        graph.add_node(name, op="tanh" if len(graph) else "input")
    nx.add_path(graph, names)
    return graph
