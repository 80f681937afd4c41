"""Draw units apart or as one: graphs that are made for a drawing from a labeled graph.

Each function gives a new graph whose labels are what the two passes would have written on it, and
leaves the one it is given alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx

from rojasgraph.contract import SOURCES, outputs_of
from rojasgraph.drawing.edges import keyed_edges
from rojasgraph.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


@dataclass(frozen=True, slots=True)
class SumOf:
    """The name of the node that stands for the sum of a unit's edges."""

    unit: Any

    def __str__(self) -> str:
        """Write what it is."""
        return f"net of {self.unit}"


def split_units(graph: nx.DiGraph[Any]) -> nx.MultiDiGraph[Any]:
    """Draw each unit as two nodes: the sum Σ of its weighted edges, and its function.

    Args:
        graph: a graph that meets the contract, labeled or not.

    Returns:
        A new graph, in which every operation of one slot that is fed by several edges or by a
        weighted one has a node `SumOf(unit)` before it. Other nodes are as they were.

    >>> from rojasgraph.network import Network
    >>> net = Network()
    >>> _ = net.add_input("x"), net.add_unit("h", "tanh"), net.add_edge("x", "h", weight=3.0)
    >>> _ = net.feed_forward(x=0.5)
    >>> apart = split_units(net)
    >>> apart.nodes[SumOf("h")]["value"], apart.edges["x", SumOf("h"), 0]["derivative"]
    (1.5, 3.0)
    """
    apart = _empty_like(graph)
    for node, data in graph.nodes(data=True):
        if _is_unit(graph, node, data):
            apart.add_node(SumOf(node), **_sum_labels(graph, node, data))
        apart.add_node(node, **data)
    for tail, head, key, data in keyed_edges(graph):
        if SumOf(head) not in apart:
            apart.add_edge(tail, head, key, **data)
            continue
        whole = {**data, "slot": 0}
        if "derivative" in data:
            whole["derivative"] = _weight(graph, data)
        apart.add_edge(tail, SumOf(head), key, **whole)
    for node in list(apart):
        if isinstance(node, SumOf):
            apart.add_edge(node, node.unit, slot=0, **_inner_edge(graph.nodes[node.unit]))
    return apart


def fuse_units(graph: nx.DiGraph[Any]) -> nx.MultiDiGraph[Any]:
    """Draw a product with a parameter as a weighted edge, and a sum with its function as one unit.

    Args:
        graph: a graph that meets the contract, labeled or not.

    Returns:
        A new graph without the nodes `parameter × value`, `number × value` and sums that lead to
        one place only; edges bear their factors as weights, and the name of the parameter as
        their `label`.

    >>> from rojasgraph import inputs, parameter, sigmoid
    >>> from rojasgraph.network import Network
    >>> x, w, b = inputs("x"), parameter("w", 0.5), parameter("b", 1.0)
    >>> net = Network.from_expressions(sigmoid(w * x + b).named("o"))
    >>> fused = fuse_units(net)
    >>> sorted(fused), fused.edges["x", "o", 0]["weight"]
    (['b', 'o', 'x'], 0.5)
    """
    fused = _empty_like(graph)
    fused.add_nodes_from((node, dict(data)) for node, data in graph.nodes(data=True))
    for tail, head, key, data in keyed_edges(graph):
        fused.add_edge(tail, head, key, **data)
    outputs = set(outputs_of(graph))
    for node in graph:
        if node not in outputs and fused.out_degree(node) == 1 and not _carries(fused, node):
            _fuse_product(fused, node)
    for node in graph:
        if node in fused and node not in outputs and fused.out_degree(node) == 1:
            _fuse_sum(fused, node)
    return fused


# --- splitting ----------------------------------------------------------------------------------


def _is_unit(graph: nx.DiGraph[Any], node: Hashable, data: Mapping[str, Any]) -> bool:
    row = TABLE.get(data.get("op", ""))
    if row is None or row.slots != 1 or row.gathers:
        return False
    edges = [edge for _, _, edge in graph.in_edges(node, data=True)]
    return len(edges) > 1 or any("weight" in edge or "parameter" in edge for edge in edges)


def _sum_labels(graph: nx.DiGraph[Any], node: Hashable, data: Mapping[str, Any]) -> dict[str, Any]:
    labels: dict[str, Any] = {"op": "add", "symbol": "Σ", "label": "net"}
    terms = [
        (_weight(graph, edge), graph.nodes[tail].get("value"))
        for tail, _, edge in graph.in_edges(node, data=True)
    ]
    if "derivatives" in data and all(value is not None for _, value in terms):
        labels |= {"value": sum(w * v for w, v in terms[1:]) + terms[0][0] * terms[0][1]}
        labels |= {"derivatives": (1,)}
    delta = data.get("delta")
    if delta:
        labels |= {"adjoint": delta[0], "delta": delta}
    return labels


def _inner_edge(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give the labels of the edge from a sum to its function."""
    labels = {}
    if data.get("derivatives"):
        labels["derivative"] = data["derivatives"][0]
    if data.get("delta"):
        labels["contribution"] = data["delta"][0]
    return labels


def _weight(graph: nx.DiGraph[Any], edge: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a number
    parameter = edge.get("parameter")
    if parameter is not None:
        return graph.nodes[parameter].get("value")
    weight = edge.get("weight")
    return 1 if weight is None else weight


# --- fusing -------------------------------------------------------------------------------------


def _fuse_product(graph: nx.MultiDiGraph[Any], node: Hashable) -> None:
    """Turn a product with a parameter or a number into a weighted edge."""
    factor = _factor(graph, node)
    out = next(iter(graph.out_edges(node, keys=True, data=True)))
    if factor is None or _is_weighted(out[3]):
        return
    tail, weight, edges = factor
    _, head, _, outer = out
    carried, parameter = edges
    merged = {k: outer[k] for k in ("slot", "derivative") if k in outer} | weight
    if "derivative" in outer and weight["weight"] is not None:
        merged["derivative"] = weight["weight"] * outer["derivative"]
    if "contribution" in carried:
        merged["contribution"] = carried["contribution"]
    if parameter is not None and "contribution" in parameter:
        merged["gradient"] = parameter["contribution"]
    name = next((p for p in graph.predecessors(node) if p != tail), None)
    graph.remove_node(node)
    graph.add_edge(tail, head, **merged)
    if parameter is not None and name is not None and not graph.out_degree(name):
        graph.remove_node(name)


def _factor(graph: nx.MultiDiGraph[Any], node: Hashable) -> Any:  # noqa: ANN401 - see below
    """Find what a product multiplies by a parameter of its own, or by a number.

    Returns:
        The tail, the attributes of the weight, and the labels of the two edges; None where the
        node is no such product.
    """
    op = graph.nodes[node].get("op")
    edges = list(graph.in_edges(node, data=True))
    if any(_is_weighted(data) for _, _, data in edges):
        return None
    if op == "scale" and len(edges) == 1:
        arguments = TABLE["scale"].bind(graph.nodes[node].get("arguments", ()))
        return edges[0][0], {"weight": arguments["factor"]}, (edges[0][2], None)
    if op != "mul" or len(edges) != 2:  # noqa: PLR2004
        return None
    for (tail, _, data), (name, _, of_parameter) in (edges, edges[::-1]):
        attributes = graph.nodes[name]
        if attributes.get("op") == "parameter" and tail != name and graph.out_degree(name) == 1:
            weight = {
                "weight": attributes.get("value"),
                "trainable": True,
                "label": attributes.get("label") or str(name),
            }
            return tail, weight, (data, of_parameter)
    return None


def _fuse_sum(graph: nx.MultiDiGraph[Any], node: Hashable) -> None:
    """Hand the edges of a sum to the function that it alone feeds."""
    row = TABLE.get(graph.nodes[node].get("op", ""))
    _, head, outer = next(iter(graph.out_edges(node, data=True)))
    function = TABLE.get(graph.nodes[head].get("op", ""))
    if row is None or not row.gathers or function is None or function.slots != 1:
        return
    if function.gathers or graph.in_degree(head) != 1 or _is_weighted(outer):
        return
    for tail, _, data in list(graph.in_edges(node, data=True)):
        merged = {**data, "slot": 0}
        if "derivative" in data and "derivative" in outer:
            merged["derivative"] = data["derivative"] * outer["derivative"]
        graph.add_edge(tail, head, **merged)
    graph.remove_node(node)


def _carries(graph: nx.DiGraph[Any], node: Hashable) -> bool:
    """Tell whether a node is a source, which is no product to be fused."""
    return graph.nodes[node].get("op") in SOURCES


def _is_weighted(data: Mapping[str, Any]) -> bool:
    return data.get("weight") is not None or data.get("parameter") is not None


def _empty_like(graph: nx.DiGraph[Any]) -> nx.MultiDiGraph[Any]:
    empty: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    empty.graph.update(graph.graph)
    return empty
