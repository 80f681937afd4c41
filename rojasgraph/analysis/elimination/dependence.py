"""The graph that elimination works on: the variables, the outputs, and what lies between them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import networkx as nx

from rojasgraph.analysis.variables import Variable, outputs_named, variables_of
from rojasgraph.contract import outputs_of, shared_weights
from rojasgraph.order import Order, order_of, refuse_undirected
from rojasgraph.table import TABLE


class Arc(NamedTuple):
    """One edge of the network that a dependence comes from: along it, or from its weight."""

    e: int
    from_weight: bool


Link = tuple[int, int]
"""Tail and head of a dependence, by vertex."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Which value depends directly on which: a simple graph of numbered vertices.

    Only what lies on a way from a variable to an output is there: constants, sources that are no
    variables and dead ends are not. A vertex is numbered as its node in the order of the graph;
    then come the weights that are variables, then the outputs that need a vertex beside their
    node's, because the node feeds others or is a variable itself.

    Attributes:
        order: the graph's structure.
        links: for each dependence the edges that it comes from; several where they are parallel,
            none where an output repeats its node.
        intermediates: the vertices to eliminate, in the order of the graph.
        variables: what the derivatives are taken by.
        columns: the variables' vertices.
        outputs: the outputs' names.
        rows: the outputs' vertices.
    """

    order: Order
    links: dict[Link, list[Arc]]
    intermediates: list[int]
    variables: list[Variable]
    columns: list[int]
    outputs: list[Hashable]
    rows: list[int]

    def name(self, vertex: int) -> Hashable:
        """Give the name of a vertex: of its node, its weighted edge, or the output it repeats."""
        nodes, variables = len(self.order.names), len(self.variables)
        if vertex < nodes:
            return self.order.names[vertex]
        if vertex < nodes + variables:
            return self.variables[vertex - nodes].name
        return self.outputs[vertex - nodes - variables]


def structure(graph: nx.DiGraph[Any]) -> Order:
    """Number any directed acyclic graph of networkx's.

    Raises:
        ArgumentError: it is no directed graph of networkx's.
        CycleError: it has a cycle.
    """
    refuse_undirected(graph)
    several: Any = graph if graph.is_multigraph() else nx.MultiDiGraph(graph)
    return order_of(several)


def dependence_of(
    graph: nx.DiGraph[Any],
    order: Order,
    outputs: Hashable | list[Hashable] | None,
    wrt: Iterable[Hashable] | None,
) -> Dependence:
    """Find what lies between variables and outputs.

    Args:
        graph: any directed acyclic graph of networkx's.
        order: its structure.
        outputs: a name or a list of names; None for the graph's own.
        wrt: names of sources and weighted edges; None for all sources that are no constants.

    Raises:
        ArgumentError: a name does not fit, or an edge shares a weight that is no parameter's.
    """
    variables = variables_of(order, wrt)
    names = outputs_named(order, outputs, outputs_of(graph))
    count = len(order.names)
    columns = [v.source if v.source is not None else count + i for i, v in enumerate(variables)]
    weights = {v.edge: columns[i] for i, v in enumerate(variables) if v.edge is not None}
    arcs = _arcs(order, weights)
    targets = [order.number[name] for name in names]
    on_the_way = _forward(arcs, columns) & _backward(arcs, targets)
    links: dict[Link, list[Arc]] = {}
    for tail, head, arc in arcs:
        if tail in on_the_way and head in on_the_way:
            links.setdefault((tail, head), []).append(arc)
    feeding = {tail for tail, _ in links}
    taken, rows = set(columns), []
    for i, j in enumerate(targets):
        beside = j in feeding or j in taken
        rows.append(count + len(columns) + i if beside else j)
        if beside and j in on_the_way:
            links[j, rows[-1]] = []
    ends = {*rows, *taken}
    intermediates = [j for j in range(count) if j in on_the_way and j not in ends]
    return Dependence(order, links, intermediates, variables, columns, names, rows)


def _arcs(order: Order, weights: dict[int, int]) -> list[tuple[int, int, Arc]]:
    """List the direct dependences, edge by edge, in the order of their heads."""
    is_network = any("op" in node for node in order.nodes)
    shared = shared_weights(order) if is_network else {}
    arcs = []
    for e, (tail, head) in enumerate(zip(order.tails, order.heads, strict=True)):
        op = order.nodes[head].get("op")
        row = TABLE.get(op) if isinstance(op, str) else None
        if row is not None and not row.passes:
            continue
        arcs.append((tail, head, Arc(e, from_weight=False)))
        weight = shared.get(e, weights.get(e))
        if weight is not None:
            arcs.append((weight, head, Arc(e, from_weight=True)))
    return arcs


def _forward(arcs: list[tuple[int, int, Arc]], starts: list[int]) -> set[int]:
    """Collect what depends on some vertices; heads come in topological order."""
    reached = set(starts)
    for tail, head, _ in arcs:
        if tail in reached:
            reached.add(head)
    return reached


def _backward(arcs: list[tuple[int, int, Arc]], ends: list[int]) -> set[int]:
    """Collect what some vertices depend on."""
    reached = set(ends)
    for tail, head, _ in reversed(arcs):
        if head in reached:
            reached.add(tail)
    return reached
