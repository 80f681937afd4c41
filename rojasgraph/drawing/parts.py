"""Draw a part of a graph: the neighborhood of a node, or groups of nodes as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

from rojasgraph.contract import SOURCES
from rojasgraph.errors import ArgumentError
from rojasgraph.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator

_MOST_GROUPS = 500

ERROR_GROUP = "error"
"""The frame around what measures the network's error."""


def neighborhood(graph: nx.DiGraph[Any], focus: Hashable, depth: int) -> nx.DiGraph[Any]:
    """Cut out what lies around a node.

    Args:
        graph: the graph.
        focus: the node.
        depth: how many edges away a node may be, in either direction.

    Returns:
        A new graph with the nodes that near, and the edges between them.

    Raises:
        ArgumentError: there is no such node, or the depth is no whole number from 0 up.

    >>> sorted(neighborhood(nx.path_graph(9, nx.DiGraph), 4, 1))
    [3, 4, 5]
    """
    if focus not in graph:
        message = f"cannot focus on {focus!r}: there is no such node"
        raise ArgumentError(message)
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 0:
        message = f"depth must be a whole number of edges from 0 up; got {depth!r}"
        raise ArgumentError(message)
    both: nx.Graph[Any] = nx.Graph(graph.edges())
    both.add_nodes_from(graph)
    both.add_edges_from(
        (data["parameter"], head)
        for _, head, data in graph.edges(data=True)
        if data.get("parameter") in graph
    )
    near = nx.single_source_shortest_path_length(both, focus, cutoff=depth)
    return graph.subgraph([node for node in graph if node in near]).copy()


def groups_of(graph: nx.DiGraph[Any], by: str | None) -> dict[str, list[Hashable]]:
    """Find the groups of nodes that are framed.

    Args:
        graph: the graph.
        by: a node attribute, such as `group`; `layers` for the layers of operations; None for no
            groups.

    Returns:
        The nodes of each group by its name; without such an attribute, what measures the error.

    Raises:
        ArgumentError: layers are asked for in a graph with a cycle.
    """
    if by is None:
        return {}
    if by == "layers":
        return dict(_layers(graph))
    groups: dict[str, list[Hashable]] = {}
    for node, data in graph.nodes(data=True):
        if data.get(by) is not None:
            groups.setdefault(str(data[by]), []).append(node)
    if not groups:
        measuring = list(_error_nodes(graph))
        return {ERROR_GROUP: measuring} if measuring else {}
    return groups


def collapsed(
    graph: nx.DiGraph[Any], groups: dict[str, list[Hashable]], names: Collection[str]
) -> nx.MultiDiGraph[Any]:
    """Draw each of some groups as one node.

    Args:
        graph: the graph.
        groups: its groups.
        names: which of them become one node.

    Returns:
        A new graph; one edge stands for all that lead from one place into a group.

    Raises:
        ArgumentError: there is no such group.
    """
    place: dict[Hashable, tuple[str, str]] = {}
    for name in names:
        if name not in groups:
            message = f"there is no group {name!r} to collapse: groups are {list(groups) or 'none'}"
            raise ArgumentError(message)
        place |= dict.fromkeys(groups[name], ("group", name))
    small: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    for node, data in graph.nodes(data=True):
        if node not in place:
            small.add_node(node, **data)
        elif place[node] not in small:
            count = len(groups[place[node][1]])
            label = f"{place[node][1]} ({count} node{'s' if count > 1 else ''})"
            small.add_node(place[node], op="group", label=label)
    for tail, head, data in graph.in_edges(data=True):
        ends = place.get(tail, tail), place.get(head, head)
        if head not in place:
            small.add_edge(*ends, **data)
        elif ends[0] != ends[1] and not small.has_edge(*ends):
            small.add_edge(*ends)
    return small


def summary_of(graph: nx.DiGraph[Any]) -> dict[str, list[Hashable]]:
    """Group all nodes of a graph that is too large to be drawn.

    Args:
        graph: the graph.

    Returns:
        The layers of operations, and the sources by their kind.

    Raises:
        ArgumentError: the layers are too many to be drawn, too.

    >>> graph = nx.DiGraph([("x", "a"), ("a", "b")])
    >>> graph.nodes["x"]["op"] = "input"
    >>> {name: list(nodes) for name, nodes in summary_of(graph).items()}
    {'inputs': ['x'], 'layer 1': ['a'], 'layer 2': ['b']}
    """
    groups: dict[str, list[Hashable]] = {}
    for node, data in graph.nodes(data=True):
        if data.get("op") in SOURCES:
            groups.setdefault(f"{data['op']}s", []).append(node)
    groups |= dict(_layers(graph))
    if len(groups) > _MOST_GROUPS:
        message = (
            f"{len(graph):,} nodes in {len(groups):,} layers are too many for one diagram: draw a "
            "part, with focus= a node and depth=, or name groups and collapse= them"
        )
        raise ArgumentError(message)
    return groups


def _layers(graph: nx.DiGraph[Any]) -> Iterator[tuple[str, list[Hashable]]]:
    if not nx.is_directed_acyclic_graph(graph):
        message = "a graph with a cycle has no layers: give nodes the attribute 'group' instead"
        raise ArgumentError(message)
    operations = [n for n, data in graph.nodes(data=True) if data.get("op") not in SOURCES]
    for i, layer in enumerate(nx.topological_generations(graph.subgraph(operations)), 1):
        yield f"layer {i}", layer


def _error_nodes(graph: nx.DiGraph[Any]) -> Iterator[Hashable]:
    """Find the operations that compare an output with its target, what follows, and targets."""
    rows = {node: TABLE.get(data.get("op", "")) for node, data in graph.nodes(data=True)}
    errors = [node for node, row in rows.items() if row and row.operands == ("output", "target")]
    behind = set(errors).union(*(nx.descendants(graph, node) for node in errors))
    for node, data in graph.nodes(data=True):
        heads = set(graph.successors(node))
        is_target = data.get("op") == "input" and heads and heads <= behind
        if node in behind or is_target:
            yield node
