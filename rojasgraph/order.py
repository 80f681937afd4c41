"""The order in which the passes visit a graph: its nodes and edges numbered, sources first."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import networkx as nx

from rojasgraph.errors import ArgumentError, CycleError, GraphError

Attributes = dict[str, Any]
EdgeName = tuple[Hashable, Hashable, Hashable]

_SHOWN = 12
"""How many nodes of a cycle an error lists."""


def is_hashable(name: object) -> bool:
    """Tell whether a node can be called so: it is hashable, and all that it holds is.

    >>> is_hashable(("h", 1)), is_hashable(("h", [1]))
    (True, False)
    """
    try:
        hash(name)
    except TypeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Order:
    """A directed acyclic multigraph, numbered in topological order.

    Nodes are numbered sources first, then as their tails allow, ties by insertion; edges by head,
    those into one head by the insertion of their tails. Attribute dicts are the graph's own, so
    what a pass writes is at once visible there.

    Attributes:
        names: the nodes' names.
        nodes: the nodes' attribute dicts.
        number: the number of each name.
        edges: the edges' attribute dicts.
        edge_names: the edges as (tail, head, key).
        tails: each edge's tail, as a number.
        heads: each edge's head, as a number.
        incoming: for each node the numbers of the edges into it.
        outgoing: for each node the numbers of the edges out of it.
    """

    names: list[Hashable]
    nodes: list[Attributes]
    number: dict[Hashable, int]
    edges: list[Attributes]
    edge_names: list[EdgeName]
    tails: list[int]
    heads: list[int]
    incoming: list[range]
    outgoing: list[list[int]]


def order_of(graph: nx.MultiDiGraph[Hashable]) -> Order:
    """Number a graph's nodes and edges in topological order; linear in the edges.

    Args:
        graph: a directed multigraph.

    Raises:
        CycleError: there is a cycle; the message shows it node by node.

    Source: Kahn, Topological sorting of large networks (1962).

    >>> order_of(nx.MultiDiGraph([("h", "o"), ("x", "h"), ("x", "o")])).names
    ['x', 'h', 'o']
    """
    arriving = _arriving(graph)
    waiting: dict[Hashable, int] = {}
    for name, edges in arriving.items():
        waiting[name] = len(edges)
    names = [name for name, missing in waiting.items() if not missing]
    for tail in names:  # grows while it is walked
        for head, parallel in graph.adj[tail].items():
            waiting[head] -= len(parallel)
            if not waiting[head]:
                names.append(head)
    if len(names) < len(arriving):
        raise _cycle(graph)
    return _numbered(names, graph, arriving)


def order_with_cycles(
    graph: nx.MultiDiGraph[Hashable],
) -> tuple[Order, list[list[int]]]:
    """Number a graph that may have cycles: a loop is numbered after all that feeds it.

    Args:
        graph: a directed multigraph.

    Returns:
        The order: sources first; where there is no cycle, a topological one. And its parts in that
        order: nodes that are on cycles together, by insertion, and any other node alone.

    Source: Tarjan, Depth-first search and linear graph algorithms (1972).

    >>> order, parts = order_with_cycles(nx.MultiDiGraph([("h", "o"), ("x", "h"), ("o", "h")]))
    >>> order.names, parts
    (['x', 'h', 'o'], [[0], [1, 2]])
    """
    place = {name: i for i, name in enumerate(graph)}
    found = [
        sorted(part, key=place.__getitem__) for part in nx.strongly_connected_components(graph)
    ]
    found.reverse()
    found.sort(key=lambda part: len(part) > 1 or graph.in_degree(part[0]) > 0)
    names = [name for part in found for name in part]
    order = _numbered(names, graph, _arriving(graph))
    return order, [[order.number[name] for name in part] for part in found]


_Arriving = dict[Hashable, list[tuple[Hashable, Hashable, Attributes]]]


def _arriving(graph: nx.MultiDiGraph[Hashable]) -> _Arriving:
    """List the edges into each node, by the insertion of their tails."""
    arriving: _Arriving = {name: [] for name in graph}
    for tail, heads in graph.adjacency():
        for head, parallel in heads.items():
            arriving[head] += [(tail, key, attributes) for key, attributes in parallel.items()]
    return arriving


def _numbered(
    names: list[Hashable],
    graph: nx.MultiDiGraph[Hashable],
    arriving: _Arriving,
) -> Order:
    number = {name: i for i, name in enumerate(names)}
    edges: list[Attributes] = []
    edge_names: list[EdgeName] = []
    tails: list[int] = []
    heads: list[int] = []
    incoming: list[range] = []
    outgoing: list[list[int]] = [[] for _ in names]
    for j, head in enumerate(names):
        first = len(edges)
        for tail, key, attributes in arriving[head]:
            i = number[tail]
            outgoing[i].append(len(edges))
            edges.append(attributes)
            edge_names.append((tail, head, key))
            tails.append(i)
            heads.append(j)
        incoming.append(range(first, len(edges)))
    nodes = [graph.nodes[name] for name in names]
    return Order(names, nodes, number, edges, edge_names, tails, heads, incoming, outgoing)


def _cycle(graph: nx.MultiDiGraph[Hashable]) -> CycleError:
    cycle = [edge[0] for edge in nx.find_cycle(graph)]
    shown = [repr(name) for name in cycle[:_SHOWN]]
    if len(cycle) > _SHOWN:
        shown.append(f"… ({len(cycle) - _SHOWN} more)")
    return CycleError(
        f"the graph has a cycle: {' → '.join([*shown, repr(cycle[0])])}; "
        "the two passes need a graph without one: remove one of these edges"
    )


def refuse_undirected(graph: object) -> None:
    """Refuse a graph whose edges have no direction: each would be a cycle of two.

    Raises:
        ArgumentError: it is one of networkx's undirected graphs.
    """
    if isinstance(graph, nx.Graph) and not graph.is_directed():
        message = "the graph is undirected: orient it, as in nx.DiGraph(...), or by node order"
        raise ArgumentError(message)


def refuse_view(graph: nx.MultiDiGraph[Hashable]) -> None:
    """Refuse to label a view, which would overwrite the labels of the graph it shows.

    Raises:
        GraphError: the graph is a view, such as `subgraph` and `reverse(copy=False)` give.
    """
    if hasattr(graph, "_graph"):  # what networkx's views keep of the graph they show
        message = (
            "this is a view of another network, whose labels would be overwritten: "
            "label a copy, net.subgraph(...).copy()"
        )
        raise GraphError(message)
