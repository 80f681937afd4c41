"""Read off a graph what its diagram shows: texts only, whatever the style that draws them.

A label that is absent on the graph, or not to be shown, is None here, and is not drawn.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import networkx as nx

from rojasgraph.contract import SOURCES, is_automatic_name, outputs_of
from rojasgraph.drawing import formulas
from rojasgraph.drawing.edges import keyed_edges
from rojasgraph.drawing.names import MINUS, shortened, visible, with_subscripts, with_superscripts
from rojasgraph.drawing.number_style import NumberStyle
from rojasgraph.drawing.numerals import numeral
from rojasgraph.errors import ArgumentError, GraphError
from rojasgraph.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping

LABELS = ("value", "derivatives", "derivative", "contribution", "adjoint", "weight", "gradient")
"""What a diagram can show: the labels of the graph contract, by their names there."""

BLANK = "____"
"""What stands for a label that is left for a student to fill in."""

_Written = TypeVar("_Written")
_TOOLTIP_PRECISION = 12
_TOOLTIP_NUMBER_LENGTH = 120
_TOOLTIP_NAME_LENGTH = 500
_LABELS_OF_NODES = ("value", "derivatives", "delta", "adjoint")
_LABELS_OF_EDGES = ("weight", "derivative", "contribution", "gradient")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which labels are shown, and which of these are left blank.

    Attributes:
        shown: names out of `LABELS`.
        blank: names out of `LABELS` whose places stay empty, for a worksheet.
        tooltips: whether tooltips tell labels, also those that are not shown.
        measured: the label of the edges whose size is told: `contribution` or `gradient`.
    """

    shown: Collection[str] = LABELS
    blank: Collection[str] = ()
    tooltips: bool = True
    measured: str = "contribution"

    def __post_init__(self) -> None:
        """Refuse a label that there is not.

        Raises:
            ArgumentError: a name is none of `LABELS`.
        """
        for label in (*self.shown, *self.blank):
            if label not in LABELS:
                message = f"there is no label {label!r} to show: choose from {', '.join(LABELS)}"
                raise ArgumentError(message)


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge, or the implied one from a parameter to the node where it is a weight.

    Attributes:
        id: the id in the drawing; that of an implied edge is its carrier's and a `w`.
        name: the edge itself: tail, head and key.
        tail: the id of the node that it leaves.
        cell: which of the head's derivative cells it enters, counted from 0.
        slot: which slot of the head it feeds.
        implied: whether it is an implied one.
        carried: the value at its tail.
        derivative: what it multiplies by on the way back.
        contribution: what it carries back.
        weight: its own weight, or the name of the parameter that is its weight.
        shared: whether a parameter is its weight.
        gradient: the derivative of the output by its weight.
        strength: how large the label that is measured is, from 0 to 1 of the largest; None if it
            is not known.
        lit: whether it is picked out.
        tooltip: all that is known of it.
    """

    id: str
    name: tuple[Hashable, ...]
    tail: str
    cell: int
    slot: int
    implied: bool
    carried: str | None
    derivative: str | None
    contribution: str | None
    weight: str | None
    shared: bool
    gradient: str | None
    strength: float | None
    lit: bool
    tooltip: str


@dataclass(frozen=True, slots=True)
class Box:
    """One node with the edges that enter it.

    Attributes:
        id: the id in the drawing.
        kind: `input`, `parameter`, `constant`, `operation` or `group`.
        called: what it is called, whoever named it.
        name: the name that it bears: the one that the user gave it; None where it has only a
            number in order of building and no formula calls it by that.
        latex: that name as TeX writes it, where the user said so.
        symbol: the symbol of an operation; what stands in the place of a constant's name.
        symbol_latex: that symbol as TeX writes it; None where it needs no TeX.
        value: its value.
        derivatives: its stored derivatives, one for each slot; None for one that is not there.
        adjoint: its adjoint.
        output: whether it is an output.
        feeds: how many edges leave it.
        arrows: the edges that enter it, by slot and then in the graph's order.
        lit: whether it is picked out.
        tooltip: all that is known of it.
    """

    id: str
    kind: str
    called: str
    name: str | None
    latex: str | None
    symbol: str
    symbol_latex: str | None
    value: str | None
    derivatives: tuple[str | None, ...]
    adjoint: str | None
    output: bool
    feeds: int
    arrows: tuple[Arrow, ...]
    lit: bool
    tooltip: str


def read(
    graph: nx.DiGraph[Any],
    selection: Selection | None = None,
    style: NumberStyle | None = None,
    lit: Collection[tuple[Hashable, ...]] = (),
    outputs: Collection[Hashable] | None = None,
) -> list[Box]:
    """Read what a diagram of a graph shows.

    Args:
        graph: a directed graph that meets the graph contract, labeled or not.
        selection: which labels are shown; default all.
        style: how numbers are written.
        lit: the edges that are picked out, as (tail, head, key); an implied one is
            (parameter, head, (tail, key)).
        outputs: the outputs; default those of the graph. A part of a network has others.

    Returns:
        One box for each node, in the graph's order.

    Raises:
        GraphError: the graph is not directed.
        ArgumentError: an edge that is to be picked out is not in the graph.

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
    reader = _Reader(
        graph,
        selection or Selection(),
        style or NumberStyle(),
        lit,
        set(outputs_of(graph) if outputs is None else outputs),
    )
    boxes = list(reader.boxes())
    there = {arrow.name for box in boxes for arrow in box.arrows}
    if not there.issuperset(lit):
        missing = next(edge for edge in lit if edge not in there)
        message = f"cannot pick out {missing!r}: there is no such edge (tail, head, key) here"
        raise ArgumentError(message)
    return boxes


@dataclass(frozen=True, slots=True)
class _Edge:
    """One edge as the graph has it; an implied one knows the data of its carrier."""

    name: tuple[Hashable, ...]
    id: str
    data: Mapping[str, Any]
    implied: bool = False

    @property
    def slot(self) -> int:
        """The slot it feeds; into a node of one slot it may be left out."""
        return self.data.get("slot") or 0


class _Reader:
    """What is looked up again and again while a graph is read."""

    def __init__(
        self,
        graph: nx.DiGraph[Any],
        selection: Selection,
        style: NumberStyle,
        lit: Collection[tuple[Hashable, ...]],
        outputs: set[Hashable],
    ) -> None:
        self.nodes: Mapping[Hashable, Mapping[str, Any]] = dict(graph.nodes(data=True))
        self.selection, self.style, self.lit = selection, style, frozenset(lit)
        self.lit_nodes = {node for edge in lit for node in edge[:2]}
        self.ids = {node: f"n{i}" for i, node in enumerate(self.nodes)}
        self.names = _names(self.nodes)
        self.literals = set(self._literals()) if self.symbolic else set()
        for node in self.literals:
            self.names[node] = _as_factor(self.number(self.nodes[node]["value"]) or "")
        self.outputs = outputs
        self.incoming = _incoming(graph, self.nodes)
        self.feeds = Counter(edge.name[0] for edges in self.incoming.values() for edge in edges)
        self.largest = self._largest()

    def _literals(self) -> Iterator[Hashable]:
        """Find the constants that nobody named: formulas call them by their numbers."""
        for node, data in self.nodes.items():
            given = data.get("op") == "constant" and data.get("value") is not None
            if given and _is_automatic(node, data):
                yield node

    def boxes(self) -> Iterator[Box]:
        for node, data in self.nodes.items():
            op = str(data.get("op", "?"))
            # Formulas call every operation by a name, so each bears it.
            unnamed = _is_automatic(node, data) and not (self.symbolic and op not in SOURCES)
            name = None if unnamed else self.names[node]
            yield Box(
                id=self.ids[node],
                kind=op if op in SOURCES or op == "group" else "operation",
                called=self.names[node],
                name=name,
                latex=data.get("latex"),
                symbol=self.symbol(op, data) or self.names[node],
                symbol_latex=_symbol_latex(op, data.get("arguments", ())),
                value=self.value(node),
                derivatives=self.derivatives(node),
                adjoint=self.adjoint(node),
                output=node in self.outputs,
                feeds=self.feeds[node],
                arrows=tuple(self.arrows(node)),
                lit=node in self.lit_nodes,
                tooltip=f"{_full(node)} ({shortened(visible(op))})"
                + _listed(data, self.told(_LABELS_OF_NODES)),
            )

    def arrows(self, head: Hashable) -> Iterator[Arrow]:
        for cell, edge in enumerate(self.incoming[head]):
            tail = edge.name[0]
            weight, shared = self.weight(edge)
            about = f"{_full(tail)} → {_full(head)}, slot {edge.slot}"
            if edge.implied:
                carrier = edge.name[2][0]  # type: ignore[index]  # (tail, key)
                about = f"{_full(tail)} is the weight of {_full(carrier)} → {_full(head)}"
            else:
                about += _listed(edge.data, self.told(_LABELS_OF_EDGES))
            yield Arrow(
                id=edge.id,
                name=edge.name,
                tail=self.ids[tail],
                cell=cell,
                slot=edge.slot,
                implied=edge.implied,
                carried=self.value(tail),
                derivative=self.shown("derivative", self.edge_derivative, edge),
                contribution=self.shown("contribution", self.contribution, edge),
                weight=self.shown("weight", lambda text: text, weight),
                shared=shared,
                gradient=None if weight is None else self.shown("gradient", self.gradient, edge),
                strength=self.strength(edge),
                lit=edge.name in self.lit,
                tooltip=about,
            )

    # --- one label -------------------------------------------------------------------------

    def shown(
        self, label: str, write: Callable[[_Written], str | None], about: _Written
    ) -> str | None:
        """Write a label, blank it, or leave it out."""
        text = write(about) if label in self.selection.shown else None
        return BLANK if text is not None and label in self.selection.blank else text

    def told(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Choose what tooltips tell: everything, but on a worksheet only what is seen."""
        if not self.selection.tooltips:
            return ()
        shown, blank = self.selection.shown, self.selection.blank
        return tuple(n for n in labels if n in shown and n not in blank) if blank else labels

    @property
    def symbolic(self) -> bool:
        return self.style.form == "symbols"

    def number(self, value: Any) -> str | None:  # noqa: ANN401 - a label, or None
        return None if value is None else self.style.write(value)

    def value(self, node: Hashable) -> str | None:
        if self.symbolic:
            return self.shown("value", self.names.get, node)
        return self.shown("value", self.number, self.nodes[node].get("value"))

    def adjoint(self, node: Hashable) -> str | None:
        if self.symbolic:
            literal = node in self.literals
            return None if literal else self.shown("adjoint", self.adjoint_symbol, node)
        return self.shown("adjoint", self.number, self.nodes[node].get("adjoint"))

    def adjoint_symbol(self, node: Hashable) -> str:
        if node in self.outputs and len(self.outputs) == 1:
            return "1"
        by = self.names[next(iter(self.outputs))] if len(self.outputs) == 1 else ""
        return f"∂{by}/∂{self.names[node]}"

    def derivatives(self, node: Hashable) -> tuple[str | None, ...]:
        if "derivatives" not in self.selection.shown:
            return (None,) * self.slots(node)
        return tuple(
            self.shown("derivatives", lambda text: text, text) for text in self.stored(node)
        )

    def slots(self, node: Hashable) -> int:
        return max((edge.slot for edge in self.incoming[node]), default=-1) + 1

    def stored(self, node: Hashable) -> list[str | None]:
        """Write the stored derivatives of a node, one for each slot."""
        data = self.nodes[node]
        slots = self.slots(node)
        if not self.symbolic:
            given = data.get("derivatives") or ()
            return [self.number(given[s]) if s < len(given) else None for s in range(slots)]
        fed: list[list[tuple[str, bool]]] = [[] for _ in range(slots)]
        for edge in self.incoming[node]:
            if not edge.implied:
                weighted = self.weight(edge)[0] is not None
                fed[edge.slot].append((self.names[edge.name[0]], weighted))
        texts = formulas.stored_derivatives(
            str(data.get("op")), data.get("arguments", ()), formulas.operand_names(fed)
        )
        return [*texts] if texts else [None] * slots

    def weight(self, edge: _Edge) -> tuple[str | None, bool]:
        """Write the weight of an edge, and tell whether it is a parameter's name."""
        if edge.implied:
            return None, False
        parameter = edge.data.get("parameter")
        if parameter is not None:
            return self.names.get(parameter) or shortened(visible(str(parameter))), True
        weight = edge.data.get("weight")
        if self.symbolic and weight is not None and edge.data.get("label") is not None:
            return with_subscripts(visible(str(edge.data["label"]))), True
        return self.number(weight), False

    def edge_derivative(self, edge: _Edge) -> str | None:
        if self.symbolic:
            partial = self.stored(edge.name[1])[edge.slot]
            if edge.implied:
                return formulas.product(self.names[edge.name[2][0]], partial)  # type: ignore[index]
            weight = self.weight(edge)[0]
            return formulas.product(partial, weight or "1")
        return self.number(self.derivative_of(edge))

    def derivative_of(self, edge: _Edge) -> Any:  # noqa: ANN401 - a label, or None
        """Find the edge derivative; that of an implied edge is value(tail) × the head's partial."""
        if not edge.implied:
            return edge.data.get("derivative")
        value = self.nodes[edge.name[2][0]].get("value")  # type: ignore[index]
        partials = self.nodes[edge.name[1]].get("derivatives") or ()
        if value is None or edge.slot >= len(partials):
            return None
        return value * partials[edge.slot]

    def contribution(self, edge: _Edge) -> str | None:
        if self.symbolic:
            return formulas.product(
                self.adjoint_symbol(edge.name[1]), self.edge_derivative(edge) or None
            )
        return self.number(self.contribution_of(edge))

    def contribution_of(self, edge: _Edge) -> Any:  # noqa: ANN401 - a label, or None
        return edge.data.get("gradient" if edge.implied else "contribution")

    def gradient(self, edge: _Edge) -> str | None:
        if self.symbolic:
            partial = self.stored(edge.name[1])[edge.slot]
            tail = self.names[edge.name[0]]
            return formulas.product(self.adjoint_symbol(edge.name[1]), partial, tail)
        return self.number(edge.data.get("gradient"))

    def measured(self, edge: _Edge) -> float | None:
        if self.selection.measured == "contribution":
            return _size(self.contribution_of(edge))
        has_weight = "weight" in edge.data or "parameter" in edge.data
        return _size(edge.data.get("gradient")) if has_weight else None

    def strength(self, edge: _Edge) -> float | None:
        size = self.measured(edge)
        return None if size is None else size / self.largest if self.largest else 0.0

    def _largest(self) -> float:
        edges = (edge for edges in self.incoming.values() for edge in edges)
        sizes = map(self.measured, edges)
        return max((size for size in sizes if size is not None), default=0.0)

    def symbol(self, op: str, data: Mapping[str, Any]) -> str | None:
        """Find what stands for an operation, or for a constant that has no name of its own."""
        if op == "constant":
            return self.number(data.get("value"))
        if op in SOURCES or op == "group":
            return None
        return data.get("symbol") or _symbol(op, data.get("arguments", ()))


def _incoming(
    graph: nx.DiGraph[Any], nodes: Mapping[Hashable, Mapping[str, Any]]
) -> dict[Hashable, list[_Edge]]:
    """Collect each node's edges by slot, and behind each that shares a weight the implied one."""
    incoming: dict[Hashable, list[_Edge]] = {node: [] for node in nodes}
    for i, (tail, head, key, data) in enumerate(keyed_edges(graph)):
        incoming[head].append(_Edge((tail, head, key), f"e{i}", data))
        parameter = data.get("parameter")
        if parameter is not None and parameter in nodes:
            implied = (parameter, head, (tail, key))
            incoming[head].append(_Edge(implied, f"e{i}w", data, implied=True))
    for edges in incoming.values():
        edges.sort(key=lambda edge: edge.slot)
    return incoming


def _size(value: Any) -> float | None:  # noqa: ANN401 - any label
    """Measure a label; a batch's is the largest of its examples."""
    import numpy as np

    if value is None:
        return None
    try:
        size = float(np.max(np.abs(np.asarray(value, dtype=complex))))
    except (TypeError, ValueError, OverflowError):
        return None
    return size if np.isfinite(size) else None


def _names(nodes: Mapping[Hashable, Mapping[str, Any]]) -> dict[Hashable, str]:
    """Write every node's name for its reader; names that would look the same stay as they are."""
    labels = {node: data.get("label") for node, data in nodes.items()}
    raw = {node: str(node if label is None else label) for node, label in labels.items()}
    pretty = {n: with_subscripts(raw[n]) if labels[n] is None else raw[n] for n in nodes}
    count = Counter(pretty.values())
    shown = {n: pretty[n] if count[pretty[n]] == 1 else raw[n] for n in nodes}
    return {n: shortened(visible(s)) if s.strip() else repr(s) for n, s in shown.items()}


def _as_factor(number: str) -> str:
    """Put a number in parentheses where its sign or its bar would be read together with others."""
    return f"({number})" if MINUS in number or "/" in number else number


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


def _symbol_latex(op: str, arguments: Any) -> str | None:  # noqa: ANN401 - as above
    row = TABLE.get(op)
    try:
        return row.latex_for(arguments) if row else None
    except ArgumentError:
        return None


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
