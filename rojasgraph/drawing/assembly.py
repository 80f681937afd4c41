"""Put a drawing together: what is asked for, which part of the graph, in which style."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict, cast

import networkx as nx

from rojasgraph.contract import outputs_of
from rojasgraph.drawing import circles, tables, units
from rojasgraph.drawing.captions import ramp_of
from rojasgraph.drawing.cards import Card, Cluster, Drawing, Line
from rojasgraph.drawing.conditions import colored_nodes, conditions_of
from rojasgraph.drawing.contents import Box, Selection, read
from rojasgraph.drawing.description import described
from rojasgraph.drawing.directions import Direction, direction_of
from rojasgraph.drawing.forms import fuse_units, split_units
from rojasgraph.drawing.names import shortened, visible
from rojasgraph.drawing.number_style import NumberStyle
from rojasgraph.drawing.parts import collapsed, groups_of, neighborhood, summary_of
from rojasgraph.drawing.themes import theme_of
from rojasgraph.errors import ArgumentError, GraphError
from rojasgraph.table import TABLE

if TYPE_CHECKING:
    from rojasgraph.drawing.contents import Arrow


@dataclass(frozen=True, slots=True)
class Style:
    """One way to draw nodes and edges.

    Attributes:
        labels: what it shows unless it is told otherwise.
        card: makes the card of a node.
        lines: makes the lines of the edges into a node.
    """

    labels: tuple[str, ...]
    card: Callable[[Box, Direction], Card]
    lines: Callable[[Box, Direction], Iterator[Line]]


STYLES = {
    "table": Style(tables.LABELS, tables.card, tables.lines),
    "circle": Style(circles.LABELS, circles.card, circles.lines),
    "units": Style(units.LABELS, units.card, units.lines),
}
"""The styles by name."""

_FORMS: dict[str, Callable[[nx.DiGraph[Any]], nx.DiGraph[Any]]] = {
    "built": lambda graph: graph,
    "split": split_units,
    "fused": fuse_units,
}
_COLORED_BY = (None, "contribution", "gradient", "conditioning")

MAX_LABELED_EDGES = 500
"""Above this many edges their labels stand in tooltips only: laying them out takes minutes."""

MOST_NODES = 10_000
"""Above this many nodes a diagram is a summary: no page could show them."""

ALL = "all"
"""What `collapse` says for every group."""


class Options(TypedDict, total=False):
    """The options of a drawing by name; `draw` has their meaning."""

    show: Iterable[str] | str | None
    hide: Iterable[str] | str
    blank: Iterable[str] | str
    numbers: str
    precision: int
    example: int | tuple[int, ...] | str | None
    unit: str
    groups: str | None
    collapse: Iterable[str] | str
    focus: Hashable
    depth: int
    highlight: Any
    color: Any
    theme: str
    rankdir: str
    spacing: float
    title: str | None


def checked(options: Mapping[str, Any]) -> Options:
    """Refuse an option that there is not.

    Raises:
        ArgumentError: a name is none of those of `Options`.

    >>> checked({"theme": "dark"})
    {'theme': 'dark'}
    """
    for name in options:
        if name not in Options.__annotations__:
            listed = ", ".join(("style", *Options.__annotations__))
            message = f"a drawing has no option {name!r}: choose from {listed}"
            raise ArgumentError(message)
    return cast("Options", dict(options))


def drawing_of(  # noqa: PLR0913 - each is one choice of whoever draws
    network: nx.DiGraph[Any],
    style: str | None = None,
    *,
    show: Iterable[str] | str | None = None,
    hide: Iterable[str] | str = (),
    blank: Iterable[str] | str = (),
    numbers: str = "auto",
    precision: int = 3,
    example: int | tuple[int, ...] | str | None = None,
    unit: str = "built",
    groups: str | None = "group",
    collapse: Iterable[str] | str = (),
    focus: Hashable = None,
    depth: int = 2,
    highlight: Any = (),  # noqa: ANN401 - a path, several, or edges
    color: Any = None,  # noqa: ANN401 - a name, or the labels of nodes
    theme: str = "light",
    rankdir: str = "LR",
    spacing: float = 144.0,
    title: str | None = None,
) -> Drawing:
    """Put the drawing of a network together; `draw` has the meaning of each option.

    Returns:
        The drawing, ready to be written.

    Raises:
        GraphError: the network is not a directed graph.
        ArgumentError: an option is not one of those that there are.
    """
    _check_graph(network)
    look = STYLES[_one_of("style", style or _fitting_style(network), STYLES)]
    theme_of(theme)
    direction = direction_of(rankdir)
    conditions = conditions_of(color, network, example)
    by = _one_of("color", color, _COLORED_BY) if conditions is None else None
    shown = labels_shown(network, style, show=show, hide=hide)
    selection = Selection(shown, _listed(blank), measured=by or "contribution")
    part = part_of(network, unit=unit, groups=groups, collapse=collapse, focus=focus, depth=depth)
    numbering = NumberStyle(precision, numbers, example)
    outputs = outputs_of(network)
    boxes = read(part.graph, selection, numbering, _edges_of(highlight), outputs)
    lines = [line for box in boxes for line in look.lines(box, direction)]
    if by:
        lines = list(_colored(lines, boxes))
    if len(lines) > MAX_LABELED_EDGES:
        lines = [replace(line, words=()) for line in lines]
    ids = dict(zip(part.graph, (box.id for box in boxes), strict=True))
    cards = [look.card(box, direction) for box in boxes]
    if conditions is not None:
        cards = list(colored_nodes(cards, list(part.graph), conditions))
    return Drawing(
        cards=tuple(cards),
        lines=tuple(lines),
        rankdir=rankdir,
        title=title,
        clusters=tuple(_clusters(part, ids)),
        positions=_positions(part.graph, ids, spacing),
        theme=theme,
        description=described(boxes),
        boxes=tuple(boxes),
    )


def labels_shown(
    network: nx.DiGraph[Any],
    style: str | None = None,
    *,
    show: Iterable[str] | str | None = None,
    hide: Iterable[str] | str = (),
) -> list[str]:
    """List the labels that a drawing shows where the network has them, as `draw` is told.

    Raises:
        ArgumentError: there is no such style, or no such label.
    """
    look = STYLES[_one_of("style", style or _fitting_style(network), STYLES)]
    shown = Selection(look.labels if show is None else _listed(show)).shown
    hidden = Selection(_listed(hide)).shown
    return [label for label in shown if label not in hidden]


@dataclass(frozen=True, slots=True)
class Part:
    """What of a network is drawn.

    Attributes:
        graph: the graph that is drawn: the network, a part of it, or one made for the drawing.
        groups: its groups, by name.
        folded: the names of the groups that are drawn as one node.
    """

    graph: nx.DiGraph[Any]
    groups: dict[str, list[Hashable]]
    folded: list[str]


def part_of(  # noqa: PLR0913 - each is one choice of whoever draws
    network: nx.DiGraph[Any],
    *,
    unit: str = "built",
    groups: str | None = "group",
    collapse: Iterable[str] | str = (),
    focus: Hashable = None,
    depth: int = 2,
) -> Part:
    """Find what of a network is drawn; `draw` has the meaning of each option.

    Raises:
        ArgumentError: an option is wrong, or the network is too large to be drawn whole.
    """
    graph = _FORMS[_one_of("unit", unit, _FORMS)](network)
    if focus is not None:
        graph = neighborhood(graph, focus, depth)
    framed = groups_of(graph, groups)
    folded = _collapsed_names(collapse, framed)
    if len(graph) - sum(len(framed[name]) for name in folded if name in framed) > MOST_NODES:
        framed = summary_of(graph)
        folded = list(framed)
    return Part(collapsed(graph, framed, folded) if folded else graph, framed, folded)


def _check_graph(network: Any) -> None:  # noqa: ANN401 - anything may be given
    if not (isinstance(network, nx.Graph) and network.is_directed()):
        message = (
            f"cannot draw a {type(network).__name__}: give a rojasgraph.Network, or a networkx "
            "DiGraph or MultiDiGraph that meets the graph contract"
        )
        raise GraphError(message)


def _one_of(option: str, given: Any, allowed: Collection[Any]) -> Any:  # noqa: ANN401
    if given not in allowed:
        listed = ", ".join(map(str, allowed))
        message = f"{option} must be one of {listed}; got {given!r}"
        raise ArgumentError(message)
    return given


def _listed(names: Iterable[str] | str) -> list[str]:
    """List names, given one by one or in one text."""
    return names.split() if isinstance(names, str) else list(names)


def _fitting_style(network: nx.DiGraph[Any]) -> str:
    """Choose units where operations of one slot are joined by weighted edges, else tables."""
    rows = [TABLE.get(data.get("op", "")) for _, data in network.nodes(data=True)]
    operations = [row for row in rows if row is not None]
    several = [row for row in operations if row.slots != 1]
    measures = all(row.operands == ("output", "target") for row in several)
    weighted = any("weight" in data or "parameter" in data for *_, data in network.edges(data=True))
    return "units" if operations and measures and weighted else "table"


def _edges_of(highlight: Any) -> set[tuple[Hashable, ...]]:  # noqa: ANN401 - see draw
    """Collect the edges of a path, of several paths, or of a list of edges."""
    if hasattr(highlight, "edges"):
        return set(highlight.edges)
    edges: set[tuple[Hashable, ...]] = set()
    for one in highlight:
        if hasattr(one, "edges"):
            edges.update(one.edges)
        elif isinstance(one, tuple) and len(one) in {2, 3}:
            edges.add(one if len(one) == 3 else (*one, 0))  # noqa: PLR2004
        else:
            message = f"highlight takes paths, or edges (tail, head, key); got {one!r}"
            raise ArgumentError(message)
    return edges


def _collapsed_names(collapse: Iterable[str] | str, framed: dict[str, list[Hashable]]) -> list[str]:
    if collapse == ALL:
        return list(framed)
    return [collapse] if isinstance(collapse, str) else list(collapse)


def _colored(lines: list[Line], boxes: list[Box]) -> Iterator[Line]:
    """Color the lines by the size of what is measured; those picked out stay as they are."""
    arrows: dict[str, Arrow] = {arrow.id: arrow for box in boxes for arrow in box.arrows}
    for line in lines:
        arrow = arrows.get(line.id)
        if arrow is None or arrow.strength is None or arrow.lit:
            yield line
        else:
            color, width = ramp_of(arrow.strength)
            yield replace(line, color=color, width=width, twin=False)


def _clusters(part: Part, ids: dict[Hashable, str]) -> Iterator[Cluster]:
    open_groups = {name: nodes for name, nodes in part.groups.items() if name not in part.folded}
    for i, (name, nodes) in enumerate(open_groups.items()):
        yield Cluster(f"c{i}", shortened(visible(name)), tuple(ids[node] for node in nodes))


def _positions(
    graph: nx.DiGraph[Any], ids: dict[Hashable, str], spacing: float
) -> dict[str, tuple[float, float]] | None:
    """Read the positions that nodes are given; either all of them have one or none has."""
    placed = {node: data["pos"] for node, data in graph.nodes(data=True) if "pos" in data}
    if not placed:
        return None
    missing = [node for node in graph if node not in placed]
    if missing:
        message = (
            f"{len(placed)} nodes have a position (the attribute 'pos') and {len(missing)} have "
            f"none, such as {missing[0]!r}: give all nodes one, or none"
        )
        raise ArgumentError(message)
    positions = {}
    for node, pos in placed.items():
        try:
            x, y = map(float, pos)
        except (TypeError, ValueError):
            message = f"node {node!r}: its position must be two numbers (x, y); got {pos!r}"
            raise ArgumentError(message) from None
        positions[ids[node]] = (spacing * x, spacing * y)
    return positions
