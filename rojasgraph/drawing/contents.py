"""Read off a graph what its diagram shows: texts only, whatever the style that draws them.

A label that is absent on the graph is None here, and is not drawn.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx

from rojasgraph.contract import SOURCES, is_automatic_name, outputs_of
from rojasgraph.drawing.names import MINUS, shortened, visible, with_subscripts, with_superscripts
from rojasgraph.drawing.numerals import numeral
from rojasgraph.errors import ArgumentError, GraphError
from rojasgraph.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

_TOOLTIP_PRECISION = 12
_TOOLTIP_NUMBER_LENGTH = 120
_TOOLTIP_NAME_LENGTH = 500
_LABELS_OF_NODES = ("value", "derivatives", "delta", "adjoint")
_LABELS_OF_EDGES = ("weight", "derivative", "contribution", "gradient")


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge.

    Attributes:
        id: the id in the drawing.
        tail: the id of the node that it leaves.
        cell: which of the head's derivative cells it enters, counted from 0.
        derivative: what it multiplies by on the way back.
        weight: its own weight, or the name of the parameter that is its weight.
        shared: whether a parameter is its weight.
        parameter: the id of that parameter's node, if there is one.
        tooltip: all that is known of it.
    """

    id: str
    tail: str
    cell: int
    derivative: str | None
    weight: str | None
    shared: bool
    parameter: str | None
    tooltip: str


@dataclass(frozen=True, slots=True)
class Box:
    """One node with the edges that enter it.

    Attributes:
        id: the id in the drawing.
        kind: `input`, `parameter`, `constant` or `operation`.
        name: the name that the user gave it; None where it has only a number in order of building.
        symbol: the symbol of an operation; what stands in the place of a constant's name.
        value: its value.
        adjoint: its adjoint.
        output: whether it is an output.
        arrows: the edges that enter it, by slot and then in the graph's order.
        tooltip: all that is known of it.
    """

    id: str
    kind: str
    name: str | None
    symbol: str
    value: str | None
    adjoint: str | None
    output: bool
    arrows: tuple[Arrow, ...]
    tooltip: str


def read(graph: nx.DiGraph[Any], precision: int = 3) -> list[Box]:
    """Read what a diagram of a graph shows.

    Args:
        graph: a directed graph that meets the graph contract, labeled or not.
        precision: how many significant digits rounded numbers get.

    Returns:
        One box for each node, in the graph's order.

    Raises:
        GraphError: the graph is not directed.
        ArgumentError: `precision` is not a positive whole number.

    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("x1", op="input", value=0.5)
    >>> graph.add_node("o", op="tanh")
    >>> _ = graph.add_edge("x1", "o", weight=2, derivative=0.839948683)
    >>> source, unit = read(graph)
    >>> source.name, source.value, unit.arrows[0].weight, unit.arrows[0].derivative
    ('x₁', '0.5', '2', '0.84')
    """
    if not (isinstance(graph, nx.Graph) and graph.is_directed()):
        message = (
            f"cannot draw a {type(graph).__name__}: give a rojasgraph.Network, or a networkx "
            "DiGraph or MultiDiGraph that meets the graph contract"
        )
        raise GraphError(message)
    if isinstance(precision, bool) or not isinstance(precision, int) or precision < 1:
        message = f"precision must be a whole number of digits from 1 up; got {precision!r}"
        raise ArgumentError(message)
    return list(_Reader(graph, precision).boxes())


class _Reader:
    """What is looked up again and again while a graph is read."""

    def __init__(self, graph: nx.DiGraph[Any], precision: int) -> None:
        self.nodes: Mapping[Hashable, Mapping[str, Any]] = dict(graph.nodes(data=True))
        self.precision = precision
        self.ids = {node: f"n{i}" for i, node in enumerate(self.nodes)}
        self.names = _names(self.nodes)
        self.outputs = set(outputs_of(graph))
        self.incoming: dict[Hashable, list[tuple[Hashable, str, Mapping[str, Any]]]]
        self.incoming = {node: [] for node in self.nodes}
        # Edges into a node come as they were added, so that a + b reads a, b.
        for i, (tail, head, data) in enumerate(graph.in_edges(data=True)):
            self.incoming[head].append((tail, f"e{i}", data))

    def boxes(self) -> Iterator[Box]:
        for node, data in self.nodes.items():
            op = str(data.get("op", "?"))
            name = None if _is_automatic(node, data) else self.names[node]
            yield Box(
                id=self.ids[node],
                kind=op if op in SOURCES else "operation",
                name=name,
                symbol=self.symbol(op, data) or self.names[node],
                value=self.number(data, "value"),
                adjoint=self.number(data, "adjoint"),
                output=node in self.outputs,
                arrows=tuple(self.arrows(node)),
                tooltip=f"{_full(node)} ({shortened(visible(op))})"
                + _listed(data, _LABELS_OF_NODES),
            )

    def arrows(self, head: Hashable) -> Iterator[Arrow]:
        edges = sorted(self.incoming[head], key=lambda edge: _slot(edge[2]))
        for cell, (tail, identifier, data) in enumerate(edges):
            parameter = data.get("parameter")
            weight = self.number(data, "weight")
            if parameter is not None:
                weight = self.names.get(parameter) or shortened(visible(str(parameter)))
            yield Arrow(
                id=identifier,
                tail=self.ids[tail],
                cell=cell,
                derivative=self.number(data, "derivative"),
                weight=weight,
                shared=parameter is not None,
                parameter=self.ids.get(parameter),
                tooltip=f"{_full(tail)} → {_full(head)}, slot {_slot(data)}"
                + _listed(data, _LABELS_OF_EDGES),
            )

    def symbol(self, op: str, data: Mapping[str, Any]) -> str | None:
        """Find what stands for an operation, or for a constant that has no name of its own."""
        if op == "constant":
            return self.number(data, "value")
        if op in SOURCES:
            return None
        return _symbol(op, data.get("arguments", ()))

    def number(self, data: Mapping[str, Any], label: str) -> str | None:
        value = data.get(label)
        return None if value is None else numeral(value, self.precision)


def _names(nodes: Mapping[Hashable, Mapping[str, Any]]) -> dict[Hashable, str]:
    """Write every node's name for its reader; names that would look the same stay as they are."""
    labels = {node: data.get("label") for node, data in nodes.items()}
    raw = {node: str(node if label is None else label) for node, label in labels.items()}
    pretty = {n: with_subscripts(raw[n]) if labels[n] is None else raw[n] for n in nodes}
    count = Counter(pretty.values())
    shown = {n: pretty[n] if count[pretty[n]] == 1 else raw[n] for n in nodes}
    return {n: shortened(visible(s)) if s.strip() else repr(s) for n, s in shown.items()}


def _is_automatic(node: Hashable, data: Mapping[str, Any]) -> bool:
    """Tell a node that is shown without a name: nobody gave it a name or a label."""
    return data.get("label") is None and is_automatic_name(node, str(data.get("op", "?")))


def _symbol(op: str, arguments: Any) -> str:  # noqa: ANN401 - any form that a primitive takes
    """Write an operation's symbol; one that the table does not have is written as its name."""
    row = TABLE.get(op)
    try:
        symbol = row.symbol_for(arguments) if row else op
    except ArgumentError:
        symbol = op
    symbol = with_superscripts(re.sub(r"(?<!\w)-(?=[0-9])", MINUS, symbol))
    return shortened(visible(symbol)) or repr(op)


def _slot(data: Mapping[str, Any]) -> int:
    """Get the slot of an edge; into a node of one slot it may be left out."""
    return data.get("slot") or 0


def _full(name: Hashable) -> str:
    return shortened(visible(str(name)), _TOOLTIP_NAME_LENGTH) or repr(name)


def _listed(data: Mapping[str, Any], labels: tuple[str, ...]) -> str:
    """List the labels that are there, for a tooltip."""
    given = [(label, data.get(label)) for label in labels]
    there = [f"{label} {_exact(value)}" for label, value in given if not _is_absent(value)]
    return f": {', '.join(there)}" if there else ""


def _is_absent(label: Any) -> bool:  # noqa: ANN401 - any label
    return label is None or (isinstance(label, tuple) and not label)


def _exact(value: Any) -> str:  # noqa: ANN401 - any label
    if isinstance(value, tuple):
        return f"({', '.join(map(_exact, value))})"
    return numeral(value, _TOOLTIP_PRECISION, _TOOLTIP_NUMBER_LENGTH)
