"""The graph that a page's picture is drawn from: every label there, with room for other numbers.

A page writes its own numbers into the picture. So the picture is drawn with a stand-in of usual
width for each number, or with the number itself where that is wider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

from rojasgraph.drawing.page.labels import labels_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rojasgraph.drawing.number_style import NumberStyle
    from rojasgraph.drawing.page.doubles import PageNumbers
    from rojasgraph.drawing.walk.numbered import Numbered

STAND_IN = -8 / 9
"""A number that takes as much room as most do, with its sign and in any number of digits."""


def drawable(
    read: Numbered, numbers: PageNumbers, style: NumberStyle
) -> tuple[nx.MultiDiGraph[Any], dict[str, str]]:
    """Copy a graph, with a number in the place of every label that either pass writes.

    Args:
        read: the graph, numbered.
        numbers: its numbers as doubles.
        style: how numbers are written.

    Returns:
        The copy, whose nodes and edges have the same numbers in a drawing; and the text drawn for
        each label, by key, where it is not that of the stand-in.
    """
    labels = {
        key: number
        for key, value in labels_of(read, {}).items()
        if (number := numbers.plain(value, key)) is not None
    }
    usual = len(style.write(STAND_IN))
    drawn = {key: x for key, x in labels.items() if len(style.write(x)) > usual}
    for j, value in numbers.values.items():
        if read.order.nodes[j]["op"] == "constant" and value is not None:
            drawn[f"{read.nodes[j]}.value"] = value
    return _copy(read, drawn), _texts(read, drawn, style)


def _copy(read: Numbered, drawn: Mapping[str, float]) -> nx.MultiDiGraph[Any]:
    order, plan = read.order, read.reading.plan
    copy: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    by_id = sorted(range(len(read.nodes)), key=lambda j: _number(read.nodes[j]))
    for j in by_id:
        node = read.nodes[j]
        labels = {
            "value": drawn.get(f"{node}.value", STAND_IN),
            "adjoint": drawn.get(f"{node}.adjoint", STAND_IN),
            "derivatives": tuple(
                drawn.get(f"{node}.derivatives.{s}", STAND_IN) for s in range(plan.slot_counts[j])
            ),
        }
        copy.add_node(order.names[j], **{**order.nodes[j], **labels})
    for e in sorted(range(len(read.edges)), key=lambda e: _number(read.edges[e])):
        tail, head, key = order.edge_names[e]
        names = ["derivative", "contribution", "gradient"]
        names += ["weight"] * (plan.weights[e] is not None)
        labels = {name: drawn.get(f"{read.edges[e]}.{name}", STAND_IN) for name in names}
        copy.add_edge(tail, head, key, **{**order.edges[e], **labels})
    return copy


def _texts(read: Numbered, drawn: Mapping[str, float], style: NumberStyle) -> dict[str, str]:
    """Write what is drawn for the labels that are not stand-ins, those of implied edges too."""
    texts = {key: style.write(value) for key, value in drawn.items()}
    plan, heads = read.reading.plan, read.order.heads
    for e in plan.shared:
        edge, slot = read.edges[e], plan.slots[e]
        value = drawn.get(f"{read.nodes[plan.tails[e]]}.value", STAND_IN)
        partial = drawn.get(f"{read.nodes[heads[e]]}.derivatives.{slot}", STAND_IN)
        texts[f"{edge}w.derivative"] = style.write(value * partial)
        if f"{edge}.gradient" in drawn:
            texts[f"{edge}w.contribution"] = style.write(drawn[f"{edge}.gradient"])
    return texts


def _number(identifier: str) -> int:
    return int(identifier[1:])
