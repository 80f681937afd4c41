"""How far the lines of a drawing reach: what the time of Graphviz's layout grows with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from rojasgraph.drawing.cards import Drawing


def total_span(drawing: Drawing) -> int:
    """Add up how many layers further on the lines of a drawing end.

    Graphviz gives a line a stand-in in every layer that it passes, and labels a layer of their
    own between two others.

    Args:
        drawing: the drawing.

    Returns:
        The sum, twice as much where a line has a label. Where the lines form a cycle, each counts
        as one layer long.

    >>> from rojasgraph.drawing.cards import Card, Cell, Drawing, Line, Table
    >>> cards = tuple(Card(f"n{i}", "input", Table(((Cell(),),)), "") for i in range(3))
    >>> ends = [("n0", "n1"), ("n1", "n2"), ("n0", "n2")]
    >>> lines = tuple(Line(f"e{i}", *pair, None, (), "") for i, pair in enumerate(ends))
    >>> total_span(Drawing(cards, lines, "LR"))
    4
    """
    ends = [(line.tail, line.head) for line in drawing.lines if line.tail and line.head]
    graph: nx.DiGraph[str] = nx.DiGraph(ends)
    if nx.is_directed_acyclic_graph(graph):
        layer = _layers(graph)
        total = sum(layer[head] - layer[tail] for tail, head in ends)
    else:
        total = len(ends)
    return 2 * total if any(line.words for line in drawing.lines) else total


def _layers(graph: nx.DiGraph[str]) -> dict[str, int]:
    """Put each card behind those that lead to it, and a source just before its first head."""
    generations = enumerate(nx.topological_generations(graph))
    layer = {card: i for i, cards in generations for card in cards}
    firsts = {
        card: min(layer[head] for head in heads) - 1
        for card, heads in graph.adjacency()
        if not graph.pred[card]
    }
    return layer | firsts
