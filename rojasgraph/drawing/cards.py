"""What a diagram consists of, whatever writes it: cards for nodes, lines for edges.

A style makes cards and lines out of a graph's contents; a writer (Graphviz's language, SVG, TikZ)
puts them down. Colors are roles, such as `forward`, which a theme turns into colors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rojasgraph.drawing.contents import Box


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text.

    Attributes:
        text: what it says.
        size: in points.
        role: its color, as a role of the theme.
        italic: whether it slopes.
        latex: how TeX writes it, in math mode; None where `text` says it all.
        key: which label it shows, as `n3.value`, `n3.derivatives.0` or `e5.contribution`; None
            where it shows no label.
    """

    text: str
    size: int
    role: str = "ink"
    italic: bool = False
    latex: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: lines of text, or a table of its own.

    Attributes:
        words: the lines, from the top; may be empty.
        inside: a table in their place.
        port: the name by which lines find it.
        fill: the role of its ground; None to let the table's show.
        columns: how many columns it spans.
        rows: how many rows it spans.
        width: the least width, in points.
        height: the least height, in points.
        padding: around its content, in points; None for the table's.
        rules: the sides along which a rule runs, of the letters L, R, T and B.
        rule: the role of that rule's color.
    """

    words: tuple[Words, ...] = ()
    inside: Table | None = None
    port: str | None = None
    fill: str | None = None
    columns: int = 1
    rows: int = 1
    width: int = 0
    height: int = 0
    padding: int | None = None
    rules: str = ""
    rule: str = "rule"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. A cell that spans rows is named in its first row only, as in HTML.

    Attributes:
        rows: the cells, row by row.
        border: the width of the line around it, in points; 0 for none.
        rounded: whether its corners are round.
        fill: the role of its ground; None for none.
        padding: around the content of each cell, in points.
    """

    rows: tuple[tuple[Cell, ...], ...]
    border: int = 0
    rounded: bool = False
    fill: str | None = None
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """One node.

    Attributes:
        id: its id in the drawing, `n0`, `n1`, ….
        kind: `input`, `parameter`, `constant`, `operation` or `group`.
        table: what stands in it.
        tooltip: all that is known of it.
        output: whether it is an output.
        diameter: of the circle around it, in points; None where the table is its own outline.
        halves: whether the circle's left half has the ground of derivatives, and its right half
            that of functions.
        fill: the role of the circle's ground, where it has no halves.
        function: the role of the ground of its right half, where it has halves.
        main: the port that lines leave from; None for the card's own outline.
        lit: whether it is picked out.
    """

    id: str
    kind: str
    table: Table
    tooltip: str
    output: bool = False
    diameter: int | None = None
    halves: bool = False
    fill: str | None = None
    function: str = "function"
    main: str | None = None
    lit: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One edge, or the dashed one from a parameter to the node where it is a weight.

    Attributes:
        id: its id in the drawing, `e0`, `e1`, …; `e0w` for the dashed one of `e0`.
        tail: the id of the card that it leaves; None for an arrow out of nowhere.
        head: the id of the card that it enters; None for an arrow that leads out of the drawing.
        port: the port of the head that it enters; None for the card's own outline.
        words: the lines of its label.
        tooltip: all that is known of it.
        color: the role of its color.
        width: in points.
        dashed: whether it is the edge of a parameter.
        twin: whether a second arrow, in the color of derivatives, runs back along it.
    """

    id: str
    tail: str | None
    head: str | None
    port: str | None
    words: tuple[Words, ...]
    tooltip: str
    color: str = "edge"
    width: float = 0.9
    dashed: bool = False
    twin: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """A frame around some cards.

    Attributes:
        id: its id in the drawing, `c0`, `c1`, ….
        name: what stands above it.
        cards: the ids of the cards.
    """

    id: str
    name: str
    cards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole diagram.

    Attributes:
        cards: the nodes, in the graph's order.
        lines: the edges.
        rankdir: which way values flow: `LR`, `RL`, `TB` or `BT`.
        title: a line above the diagram.
        clusters: frames around cards.
        positions: where the middle of some cards is, in points, y upwards, by card id; empty
            where a layout is to find out.
        theme: the name of its theme.
        description: the diagram in words, in reading order.
        boxes: what the cards were made of.
    """

    cards: tuple[Card, ...]
    lines: tuple[Line, ...]
    rankdir: str
    title: str | None = None
    clusters: tuple[Cluster, ...] = ()
    positions: dict[str, tuple[float, float]] | None = None
    theme: str = "light"
    description: str = ""
    boxes: tuple[Box, ...] = ()
