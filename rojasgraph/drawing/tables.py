"""Draw a network in the table style: every operation a table with one derivative for each edge.

The half of an operation that its edges enter holds what each of them multiplies by on the way
back; the other half holds the operation's symbol, as in Rojas' B-diagrams. Below stand the adjoint
(red, its arrow points back) and the value (blue, its arrow points on).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rojasgraph.drawing import palette
from rojasgraph.drawing.contents import Arrow, Box, read
from rojasgraph.drawing.directions import Direction, direction_of
from rojasgraph.drawing.markup import cell, escape, font, row, table, tooltip
from rojasgraph.drawing.names import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    import graphviz
    import networkx as nx

_MAX_LABELED_EDGES = 500
"""Above this many edges weights stand in tooltips only: laying out labels takes minutes."""


def draw(
    network: nx.DiGraph[Any],
    *,
    precision: int = 3,
    rankdir: str = "LR",
    title: str | None = None,
) -> graphviz.Digraph:
    """Draw a network, with every label that it carries.

    Args:
        network: a `Network`, or any networkx digraph that meets the graph contract; labeled by
            both passes, by the first, or by none.
        precision: how many significant digits rounded numbers get.
        rankdir: which way values flow: `LR` (to the right), `RL`, `TB` (down) or `BT`.
        title: a line above the diagram.

    Returns:
        A `graphviz.Digraph`: `.source` is its text, `.render()` writes a file, and a notebook
        shows the picture.

    Raises:
        GraphError: the network is not a directed graph.
        ArgumentError: an option is not one of those above.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("x", op="input")
    >>> graph.add_node("y", op="mul", output=True)
    >>> _ = graph.add_edge("x", "y", slot=0), graph.add_edge("x", "y", slot=1)
    >>> diagram = draw(graph, title="a square")
    >>> "n0:v:e -> n1:i0:w" in diagram.source, "n0:v:e -> n1:i1:w" in diagram.source
    (True, True)
    """
    from rojasgraph.drawing.diagram import Diagram

    direction = direction_of(rankdir)
    boxes = read(network, precision)
    diagram = Diagram(
        graph_attr=_graph_attributes(rankdir, title),
        node_attr={"fontname": palette.FONT, "shape": "plain"},
        edge_attr={
            "fontname": palette.FONT,
            "fontsize": str(palette.NUMBER_SIZE),
            "color": palette.EDGE,
            "arrowsize": "0.6",
            "penwidth": "0.9",
        },
    )
    for box in boxes:
        diagram.node(box.id, **_node_attributes(box, direction))
    labeled = sum(len(box.arrows) for box in boxes) <= _MAX_LABELED_EDGES
    for box in boxes:
        for tail, head, attributes in _edges(box, direction, labeled=labeled):
            diagram.edge(tail, head, **attributes)
    return diagram


def _graph_attributes(rankdir: str, title: str | None) -> dict[str, str]:
    attributes = {
        "rankdir": rankdir,
        "nodesep": "0.3",
        "ranksep": "0.55",
        "bgcolor": "white",
        "fontname": palette.FONT,
        "fontsize": str(palette.TITLE_SIZE),
        "labelloc": "t",
        "pad": "0.15",
    }
    if title is not None:
        attributes["label"] = escape(visible(title)) + r"\n "  # a blank line below it
    return attributes


def _node_attributes(box: Box, direction: Direction) -> dict[str, str]:
    label = _operation(box, direction) if box.kind == "operation" else _source(box, direction)
    return {
        "id": box.id,
        "class": f"{box.kind} output" if box.output else box.kind,
        "tooltip": tooltip(box.tooltip),
        "label": f"<{label}>",
    }


def _source(box: Box, direction: Direction) -> str:
    """Make the rounded table of an input, a parameter or a constant."""
    if box.name is None:  # a constant without a name shows its value in the name's place
        head = font(box.symbol, size=palette.NAME_SIZE, color=palette.FORWARD)
    else:
        head = font(box.name, size=palette.NAME_SIZE, italic=True)
    value = None if box.name is None else box.value
    rows = [
        row([cell(head, colspan=2, port="v", width=palette.SOURCE_WIDTH)]),
        *_footer(box.adjoint, value, direction),
    ]
    return table(
        rows,
        style="ROUNDED",
        border=palette.OUTPUT_BORDER if box.output else 1,
        color=palette.BORDER,
        bgcolor=palette.SOURCE_FILLS[box.kind],
        cellborder=0,
        cellspacing=0,
        cellpadding=4,
    )


def _operation(box: Box, direction: Direction) -> str:
    """Make the table of an operation."""
    halves = _halves_side_by_side if direction.horizontal else _halves_stacked
    return table(
        halves(box, direction),
        border=palette.OUTPUT_BORDER if box.output else 1,
        color=palette.BORDER,
        cellborder=0,
        cellspacing=0,
        cellpadding=5,
    )


def _halves_side_by_side(box: Box, direction: Direction) -> list[str]:
    """Give the rows of an operation whose edges enter at its left (or, for RL, its right)."""
    footer = _footer(box.adjoint, box.value, direction)
    if not box.arrows:
        return [row([_function_cell(box, colspan=2)]), *footer]
    rows = [[derivative] for derivative in _derivative_cells(box, direction)]
    where = 1 if direction.inner == "R" else 0
    rows[0].insert(where, _function_cell(box, rowspan=len(rows)))
    return [*map(row, rows), *footer]


def _halves_stacked(box: Box, direction: Direction) -> list[str]:
    """Give the rows of an operation whose edges enter at its top (or, for BT, its bottom)."""
    columns = max(len(box.arrows), 1)
    rows = [row([_function_cell(box, colspan=columns)])]
    if box.arrows:
        rows.insert(0, row(_derivative_cells(box, direction)))
    footer = _footer(box.adjoint, box.value, direction)
    if footer:
        # A table of its own, since its two halves do not keep to the columns above.
        inside = table(footer[1:], border=0, cellborder=0, cellspacing=0, cellpadding=5)
        rows += [footer[0], row([cell(inside, colspan=columns, cellpadding=0)])]
    return rows if direction.inner == "B" else rows[::-1]


def _derivative_cells(box: Box, direction: Direction) -> Iterator[str]:
    """Give the cells that the edges enter, with rules between them and beside the function."""
    for arrow in box.arrows:
        last = arrow.cell == len(box.arrows) - 1
        yield cell(
            font(arrow.derivative, size=palette.NUMBER_SIZE, color=palette.BACKWARD),
            port=f"i{arrow.cell}",
            width=palette.CELL_SIZE,
            height=palette.CELL_SIZE,
            bgcolor=palette.DERIVATIVE_FILL,
            border=1,
            sides=direction.inner if last else direction.inner + direction.outer,
            color=palette.RULE,
        )


def _function_cell(box: Box, **span: int) -> str:
    content = font(box.symbol, size=palette.SYMBOL_SIZE)
    if box.name is not None:
        content += "<BR/>" + font(box.name, size=palette.SMALL_NAME_SIZE, italic=True)
    return cell(content, port="v", bgcolor=palette.FUNCTION_FILL, **span)


def _footer(adjoint: str | None, value: str | None, direction: Direction) -> list[str]:
    """Give the rows below a node: adjoint and value, each on the side where its arrow points."""
    halves = [(adjoint, direction.back, palette.BACKWARD), (value, direction.on, palette.FORWARD)]
    if direction.inner == "L":
        halves.reverse()
    (left, before, left_color), (right, after, right_color) = halves
    texts = [
        font(left and f"{before} {left}", size=palette.NUMBER_SIZE, color=left_color),
        font(right and f"{right} {after}", size=palette.NUMBER_SIZE, color=right_color),
    ]
    present = [text for text in texts if text]
    if not present:
        return []
    span = {"colspan": 2} if len(present) == 1 else {}
    return ["<HR/>", row([cell(content, **span) for content in present], between="<VR/>")]


def _edges(
    box: Box, direction: Direction, *, labeled: bool
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give the edges into a node, and a dashed one from each parameter that is a weight there."""
    for arrow in box.arrows:
        port = f"{box.id}:i{arrow.cell}"
        attributes = _edge_attributes(arrow, labeled=labeled)
        yield f"{arrow.tail}:{direction.leaves}", f"{port}:{direction.enters}", attributes
        if arrow.parameter is not None:
            attributes = _implied_attributes(arrow)
            yield f"{arrow.parameter}:{direction.leaves}", f"{port}:{direction.corner}", attributes


def _edge_attributes(arrow: Arrow, *, labeled: bool) -> dict[str, str]:
    told = tooltip(arrow.tooltip)
    attributes = {"id": arrow.id, "tooltip": told}
    if arrow.weight is not None and labeled:
        weight = font(arrow.weight, size=palette.NUMBER_SIZE, italic=arrow.shared)
        attributes |= {"label": f"<{weight}>", "labeltooltip": told}
    return attributes


def _implied_attributes(arrow: Arrow) -> dict[str, str]:
    return {
        "id": f"{arrow.id}w",
        "class": "implied",
        "style": "dashed",
        "arrowhead": "empty",
        "tooltip": tooltip(f"{arrow.weight} is the weight of {arrow.tooltip}"),
    }
