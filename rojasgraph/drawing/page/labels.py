"""The labels that a graph carries, by the keys that drawings use for them."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from rojasgraph.drawing.walk.numbered import Numbered
    from rojasgraph.numbers.kinds import Number

    Labels = Iterator[tuple[str, Number]]

_ON_NODES = ("value", "adjoint")
_BY_SLOT = ("derivatives", "delta")
_ON_EDGES = ("weight", "derivative", "contribution", "gradient")


def labels_of(read: Numbered, seeds: Mapping[int, Number]) -> dict[str, Number]:
    """Collect the labels that a graph carries.

    Args:
        read: the graph, numbered.
        seeds: what the backward pass starts from, by node number.

    Returns:
        The labels by their keys, as `n3.value`, `n3.derivatives.0` or `e5.contribution`; those
        that are absent on the graph are absent here. Besides what is written on the graph:
        `n3.net.0`, what the edges into slot 0 sum up to; `n3.seed`; and of the implied edge
        beside `e5`, from the parameter that is its weight, `e5w.derivative` and
        `e5w.contribution`.

    >>> import networkx as nx
    >>> from rojasgraph.drawing.walk.numbered import numbered
    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("x", op="input", value=2.0)
    >>> graph.add_node("h", op="square", value=9.0, derivatives=(6.0,))
    >>> _ = graph.add_edge("x", "h", weight=1.5)
    >>> labels_of(numbered(graph), {})
    {'n0.value': 2.0, 'n1.value': 9.0, 'n1.derivatives.0': 6.0, 'n1.net.0': 3.0, 'e0.weight': 1.5}
    """
    labels: dict[str, Number] = {f"{read.nodes[j]}.seed": seed for j, seed in seeds.items()}
    for j in range(len(read.nodes)):
        labels.update(_of_node(read, j))
        labels.update(_of_nets(read, j))
    for e in range(len(read.edges)):
        labels.update(_of_edge(read, e))
        if e in read.reading.plan.shared:
            labels.update(_of_implied(read, e))
    return labels


def _of_node(read: Numbered, j: int) -> Labels:
    node, attributes = read.nodes[j], read.order.nodes[j]
    for name in _ON_NODES:
        if attributes.get(name) is not None:
            yield f"{node}.{name}", attributes[name]
    for name in _BY_SLOT:
        for s, value in enumerate(attributes.get(name) or ()):
            yield f"{node}.{name}.{s}", value


def _of_nets(read: Numbered, j: int) -> Labels:
    """Sum up what each slot of a node receives, as far as it is known."""
    for s, edges in enumerate(read.into[j]):
        carried = [_carried(read, e) for e in edges]
        if not any(term is None for term in carried):
            yield f"{read.nodes[j]}.net.{s}", reduce(add, carried)


def _carried(read: Numbered, e: int) -> Any:  # noqa: ANN401 - a number, or None
    """Multiply what an edge brings by its weight."""
    plan = read.reading.plan
    value, weight = _value(read, plan.tails[e]), plan.weights[e]
    if e in plan.shared:
        weight = _value(read, plan.shared[e])
    elif weight is None:
        return value
    return None if value is None or weight is None else weight * value


def _value(read: Numbered, j: int) -> Any:  # noqa: ANN401 - a number, or None
    return read.order.nodes[j].get("value")


def _of_edge(read: Numbered, e: int) -> Labels:
    edge, attributes = read.edges[e], read.order.edges[e]
    for name in _ON_EDGES:
        if attributes.get(name) is not None:
            yield f"{edge}.{name}", attributes[name]


def _of_implied(read: Numbered, e: int) -> Labels:
    plan, order = read.reading.plan, read.order
    carried = _value(read, plan.tails[e])
    partials = order.nodes[order.heads[e]].get("derivatives")
    if carried is not None and partials is not None:
        yield f"{read.edges[e]}w.derivative", carried * partials[plan.slots[e]]
    if order.edges[e].get("gradient") is not None:
        yield f"{read.edges[e]}w.contribution", order.edges[e]["gradient"]
