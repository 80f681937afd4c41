"""The edges of any digraph, with their keys, in the order in which drawings number them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

    import networkx as nx


def keyed_edges(
    graph: nx.DiGraph[Any],
) -> list[tuple[Hashable, Hashable, Hashable, dict[str, Any]]]:
    """List the edges, those into a node as they were added, so that a + b reads a, b.

    Args:
        graph: a digraph; without parallel edges, every key is 0.

    Returns:
        Tail, head, key and attributes of each edge.

    >>> import networkx as nx
    >>> keyed_edges(nx.DiGraph([("x", "y")]))
    [('x', 'y', 0, {})]
    """
    edges: Any = graph.in_edges
    if graph.is_multigraph():
        return list(edges(keys=True, data=True))
    return [(tail, head, 0, data) for tail, head, data in edges(data=True)]
