"""A graph as the passes walk it, together with the ids and names that its drawing uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from rojasgraph import contract
from rojasgraph.contract import Reading, Record, outputs_of
from rojasgraph.drawing.contents import Box, Selection
from rojasgraph.drawing.contents import read as read_contents
from rojasgraph.drawing.names import shortened, visible, with_subscripts
from rojasgraph.errors import ArgumentError, GraphError, NotLabeled
from rojasgraph.network import Network, record_of
from rojasgraph.order import Order, order_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from rojasgraph.numbers.kinds import Number


@dataclass(frozen=True, slots=True)
class Numbered:
    """A graph in the order of the passes: nodes j, edges e.

    Attributes:
        order: its structure.
        reading: its operations, slots and weights, in the number system of the last pass.
        nodes: the id of each node in a drawing, as `n3`.
        edges: the id of each edge, as `e5`; that of the implied edge beside it is `e5w`.
        names: what each node is called; one that nobody named has its number in order of
            building, and a constant that nobody named its value.
        named: whether somebody named it.
        symbols: the symbol of each operation; "" for a source.
        outputs: which nodes are outputs, by number.
        labeled: whether a pass has labeled the graph as it is now.
        into: for each node and slot the edges that feed it, as a drawing has them from the top.
    """

    order: Order
    reading: Reading
    nodes: list[str]
    edges: list[str]
    names: list[str]
    named: list[bool]
    symbols: list[str]
    outputs: list[int]
    labeled: bool
    into: list[list[list[int]]]


def numbered(graph: nx.DiGraph[Any]) -> Numbered:
    """Read a graph, labeled or not, as the passes walk it.

    Args:
        graph: a directed graph that meets the graph contract; inputs need no value.

    Returns:
        Its structure, with the ids and names of a drawing.

    Raises:
        GraphError: the graph breaks the contract, by a cycle for instance, or a label is no
            number.
        MissingValue: a constant carries no value.

    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("h", op="tanh")
    >>> graph.add_node("x1", op="input")
    >>> _ = graph.add_edge("x1", "h", weight=0.5)
    >>> read = numbered(graph)
    >>> read.nodes, read.edges, read.names, read.symbols
    (['n1', 'n0'], ['e0'], ['x₁', 'h'], ['', 'tanh'])
    """
    boxes = read_contents(graph, Selection(shown=(), tooltips=False))  # the names only
    record = _record(graph)
    order, reading = (record.order, record.reading) if record else _read_anew(graph)
    by_id = dict(zip(graph, boxes, strict=True))
    found = [by_id[name] for name in order.names]
    edge_ids = {arrow.name: arrow.id for box in boxes for arrow in box.arrows}
    edges = [edge_ids[name] for name in order.edge_names]
    return Numbered(
        order=order,
        reading=reading,
        nodes=[box.id for box in found],
        edges=edges,
        names=[_name(name, box) for name, box in zip(order.names, found, strict=True)],
        named=[box.name is not None for box in found],
        symbols=[box.symbol if box.kind == "operation" else "" for box in found],
        outputs=[order.number[name] for name in outputs_of(graph)],
        labeled=record is not None,
        into=[_by_slot(reading, j, edges) for j in range(len(found))],
    )


def _by_slot(reading: Reading, j: int, ids: list[str]) -> list[list[int]]:
    plan = reading.plan
    into: list[list[int]] = [[] for _ in range(plan.slot_counts[j])]
    for e in sorted(plan.incoming[j], key=lambda e: int(ids[e].removeprefix("e"))):
        into[plan.slots[e]].append(e)
    return into


def _record(graph: nx.DiGraph[Any]) -> Record | None:
    """Find what the last pass left, if the graph was labeled as it is now."""
    if not isinstance(graph, Network):
        return None
    try:
        record = record_of(graph)
    except (NotLabeled, GraphError):  # the latter for a view
        return None
    _refuse_labels(record.order)
    return record


def _read_anew(graph: nx.DiGraph[Any]) -> tuple[Order, Reading]:
    order = order_of(graph if isinstance(graph, nx.MultiDiGraph) else nx.MultiDiGraph(graph))
    _refuse_labels(order)
    return order, contract.read(order, dict(_stand_ins(order)))


def _stand_ins(order: Order) -> Any:  # noqa: ANN401 - pairs
    """Give inputs and parameters their labels to be read with, or 0 where there is none."""
    for j, attributes in enumerate(order.nodes):
        value = attributes.get("value")
        if attributes.get("op") == "input":
            yield j, 0 if value is None else value
        elif attributes.get("op") == "parameter" and value is None:
            yield j, 0


def _refuse_labels(order: Order) -> None:
    """Refuse labels that no pass has written: they are computed with.

    Raises:
        ArgumentError: one is no number, or no tuple of numbers.
    """
    for j, (name, node) in enumerate(zip(order.names, order.nodes, strict=True)):
        if node.get("op") in {"parameter", "constant"}:
            contract.stored_value(order, j)
        for label in ("value", "adjoint"):
            _refuse_label(f"node {name!r}", label, [node.get(label)])
        for label in ("derivatives", "delta"):
            _refuse_label(f"node {name!r}", label, node.get(label, ()))
    for e, edge in enumerate(order.edges):
        for label in ("derivative", "contribution", "gradient"):
            _refuse_label(contract.edge_text(order, e), label, [edge.get(label)])


def _refuse_label(place: str, label: str, found: Any) -> None:  # noqa: ANN401 - from a user
    try:
        if not isinstance(found, tuple | list | None):
            message = f"{found!r:.80} is no tuple of numbers"
            raise TypeError(message)  # noqa: TRY301 - as those of a member
        for number in found or ():
            if number is not None:
                contract.stored_number(number)
    except TypeError as error:
        message = (
            f"{place} has the label {label} of no pass: {error}; take it off, or label the graph "
            "with feed_forward"
        )
        raise ArgumentError(message) from None


def _name(name: Hashable, box: Box) -> str:
    if box.name is not None:
        return box.name
    return box.symbol if box.kind == "constant" else shortened(visible(with_subscripts(str(name))))


def seeds_of(read: Numbered) -> dict[int, Number]:
    """Find what the backward pass started from: the part of an adjoint that no edge carried.

    Args:
        read: the graph, numbered.

    Returns:
        The seeds by node number. Where the graph has not been labeled backwards: 1 for each
        output.

    >>> net = Network()
    >>> _ = net.add_input("x"), net.add_unit("y", "square"), net.add_edge("x", "y")
    >>> _ = net.feed_forward(x=1.0), net.backpropagate({"y": 0.5})
    >>> seeds_of(numbered(net))
    {1: 0.5}
    """
    order, reading = read.order, read.reading
    found = {}
    for j, attributes in enumerate(order.nodes):
        adjoint = attributes.get("adjoint")
        carried = [order.edges[e].get("contribution") for e in order.outgoing[j]]
        carried += [order.edges[e].get("gradient") for e in reading.plan.carriers.get(j, ())]
        if adjoint is not None and not any(term is None for term in carried):
            seed = _rest(adjoint, carried, reading)
            if seed is not None:
                found[j] = seed
    return found or dict.fromkeys(read.outputs, reading.system.one)


_ROUNDING = 1e-9
"""Below this part of the terms of a sum, a rest is taken for rounding errors."""


def _rest(adjoint: Number, carried: list[Number], reading: Reading) -> Number | None:
    """Give what is left of an adjoint when what the edges carried is taken off, if anything."""
    system = reading.system
    if not carried:
        return adjoint if np.any(adjoint != 0) else None
    rest = adjoint - system.total(carried, adjoint)
    if system.exact:
        return None if rest == 0 else rest
    if _negligible(rest, carried):
        return None
    return system.one if _negligible(rest - system.one, [system.one, *carried]) else rest


def _negligible(rest: Number, terms: list[Number]) -> bool:
    try:
        size, largest = (max(_size(x) for x in values) for values in ([rest], terms))
    except TypeError:  # sympy's expressions
        return bool(rest == 0)
    return not size > _ROUNDING * largest  # nan is no seed


def _size(value: Number) -> float:
    return float(np.max(np.abs(np.asarray(value, dtype=complex)), initial=0.0))
