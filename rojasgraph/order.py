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
    arriving: dict[Hashable, list[tuple[Hashable, Hashable, Attributes]]] = {n: [] for n in graph}
    waiting: dict[Hashable, int] = {}
    for tail, heads in graph.adjacency():
        for head, parallel in heads.items():
            arriving[head] += [(tail, key, attributes) for key, attributes in parallel.items()]
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


def _numbered(
    names: list[Hashable],
    graph: nx.MultiDiGraph[Hashable],
    arriving: dict[Hashable, list[tuple[Hashable, Hashable, Attributes]]],
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
