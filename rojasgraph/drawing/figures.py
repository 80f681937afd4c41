"""Turn a card into shapes in their places: grounds, rules, outlines and texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import hypot
from typing import TYPE_CHECKING

from rojasgraph.drawing.grids import Grid, Port, Text, lay_out
from rojasgraph.drawing.shapes import Rectangle, centered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rojasgraph.drawing.beziers import Point
    from rojasgraph.drawing.cards import Card, Cell
    from rojasgraph.drawing.themes import Theme

RULE_WIDTH = 0.8
"""Of the rules between cells, in points."""

_RADIUS = 8.0
_CIRCLE_BORDER = 1.1
_OUTPUT_BORDER = 2.0
_LIT_BORDER = 2.4
_CAPITALS = 0.73
_TAILS = 0.2
_AIR = 1.5

Corners = tuple[float, float, float, float]
"""The radii of a rectangle's corners: top left, top right, bottom right, bottom left."""

SQUARE: Corners = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """A filled rectangle.

    Attributes:
        box: the rectangle.
        role: of its color.
        corners: the radii of its corners.
    """

    box: Rectangle
    role: str
    corners: Corners = SQUARE


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line between two cells."""

    start: Point
    end: Point
    role: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The line around a table; `box` runs along its middle."""

    box: Rectangle
    radius: float
    width: float
    role: str


@dataclass(frozen=True, slots=True)
class Disc:
    """The circle around a card.

    Attributes:
        middle: its middle.
        radius: to the middle of its line.
        left: the role of its left half's ground.
        right: the role of its right half's ground.
        divided: whether a line parts the halves.
        width: of its line.
        role: of its line's color.
    """

    middle: Point
    radius: float
    left: str
    right: str
    divided: bool
    width: float
    role: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A card in its place. Grounds are painted first, then rules, outlines and texts.

    Attributes:
        id: the card's id.
        kind: the card's kind.
        output: whether it is an output.
        tooltip: all that is known of it.
        box: what it covers.
        disc: the circle; None where the table is its own outline.
        grounds: from the back to the front.
        rules: between cells.
        outlines: around tables.
        texts: every line of text.
        ports: where lines find cells, by name; none inside a circle, which lines enter as a whole.
        main: the port that lines leave from.
        framed: whether an outline runs along the box.
    """

    id: str
    kind: str
    output: bool
    tooltip: str
    box: Rectangle
    disc: Disc | None = None
    grounds: tuple[Ground, ...] = ()
    rules: tuple[Rule, ...] = ()
    outlines: tuple[Outline, ...] = ()
    texts: tuple[Text, ...] = ()
    ports: dict[str, Port] = field(default_factory=dict)
    main: str | None = None
    framed: bool = True

    def lit(self) -> Figure:
        """Pick it out, by the color of its outline."""
        return replace(
            self,
            disc=self.disc and replace(self.disc, role="lit", width=max(self.disc.width, 2.0)),
            outlines=tuple(
                replace(outline, role="lit", width=max(outline.width, 2.0))
                for outline in self.outlines
            ),
        )

    def moved(self, x: float, y: float) -> Figure:
        """Move it to the right and down."""
        return replace(
            self,
            box=self.box.moved(x, y),
            disc=self.disc and replace(self.disc, middle=_moved(self.disc.middle, x, y)),
            grounds=tuple(replace(ground, box=ground.box.moved(x, y)) for ground in self.grounds),
            rules=tuple(
                Rule(_moved(rule.start, x, y), _moved(rule.end, x, y), rule.role)
                for rule in self.rules
            ),
            outlines=tuple(replace(line, box=line.box.moved(x, y)) for line in self.outlines),
            texts=tuple(text.moved(x, y) for text in self.texts),
            ports={name: port.moved(x, y) for name, port in self.ports.items()},
        )

    def leaving(self) -> Port:
        """Find where lines leave: the main port, or the whole figure."""
        return self.ports.get(self.main or "") or Port(self.box, self.box)

    def entered(self, port: str | None) -> Port:
        """Find where lines enter: a port, or the whole figure; where no outline shows, its main."""
        if port is None and not self.framed:
            return self.leaving()
        return self.ports.get(port or "") or Port(self.box, self.box)


def figure_of(card: Card, theme: Theme) -> Figure:
    """Lay a card out, with its middle at the origin.

    Args:
        card: the card.
        theme: the theme, which says what is bold.

    Returns:
        The figure. A circle is larger than its diameter where its texts would not fit.

    >>> from rojasgraph.drawing.cards import Card, Cell, Table
    >>> from rojasgraph.drawing.themes import theme_of
    >>> card = Card("n0", "input", Table(((Cell(width=10, height=10),),)), "x", diameter=32)
    >>> figure_of(card, theme_of("light")).box
    Rectangle(left=-16.0, top=-16.0, right=16.0, bottom=16.0)
    """
    grid = lay_out(card.table, theme, even=card.halves)
    disc = _disc(card, grid)
    shapes = Figure(
        card.id,
        card.kind,
        card.output,
        card.tooltip,
        box=Rectangle(0.0, 0.0, grid.width, grid.height),
        grounds=tuple(_grounds(grid)),
        rules=tuple(_rules(grid)),
        outlines=tuple(_outlines(grid, lit=card.lit and disc is None)),
        texts=grid.texts,
        ports={} if disc else grid.ports,
        main=card.main,
        framed=bool(disc or card.table.border),
    ).moved(-grid.width / 2, -grid.height / 2)
    if disc is None:
        return shapes
    across = 2 * disc.radius
    return replace(shapes, disc=disc, box=centered(0.0, 0.0, across, across))


def _moved(point: Point, x: float, y: float) -> Point:
    return point[0] + x, point[1] + y


def _disc(card: Card, grid: Grid) -> Disc | None:
    """Make the circle around a card that has one, large enough for what stands in it."""
    if card.diameter is None:
        return None
    x, y = grid.width / 2, grid.height / 2
    corners = [
        (max(box.right - x, x - box.left), max(box.bottom - y, y - box.top))
        for box in (*_inked(grid), *_painted(grid))
    ]
    least = max((hypot(*corner) + _AIR for corner in corners), default=0.0)
    width = _OUTPUT_BORDER if card.output else _CIRCLE_BORDER
    return Disc(
        middle=(0.0, 0.0),
        radius=max(card.diameter / 2, least),
        left="derivative" if card.halves else card.fill or "ground",
        right=card.function if card.halves else card.fill or "ground",
        divided=card.halves,
        width=_LIT_BORDER if card.lit else width,
        role="lit" if card.lit else "border",
    )


def _inked(grid: Grid) -> Iterator[Rectangle]:
    """Give the rectangles that letters darken; most have no more than capitals and tails."""
    for text in grid.texts:
        size = text.words.size
        yield replace(
            text.box, top=text.baseline - _CAPITALS * size, bottom=text.baseline + _TAILS * size
        )


def _painted(grid: Grid) -> Iterator[Rectangle]:
    """Give the rectangles of tables and cells that are seen themselves."""
    for table, box in grid.tables:
        if table.border or table.fill:
            yield box
    for cell, box, _ in grid.cells:
        if cell.fill:
            yield box


def _grounds(grid: Grid) -> Iterator[Ground]:
    """Give the grounds of tables and cells, an outer table's before its inner ones'."""
    cells: list[list[tuple[Cell, Rectangle]]] = [[] for _ in grid.tables]
    for cell, box, number in grid.cells:
        cells[number].append((cell, box))
    for (table, outer), inner in zip(grid.tables, cells, strict=True):
        # Grounds end in the middle of the line around them, so that no gap shows between.
        limit = outer.grown(-table.border / 2)
        radius = _radius(limit) if table.rounded else 0.0
        if table.fill:
            yield Ground(limit, table.fill, (radius,) * 4)
        for cell, box in inner:
            if cell.fill:
                filled = _stretched(box, limit, table.border)
                yield Ground(filled, cell.fill, _shared_corners(filled, limit, radius))


def _radius(box: Rectangle) -> float:
    """Choose how round the corners of a table are."""
    return min(_RADIUS, min(box.width, box.height) / 3)


def _stretched(box: Rectangle, limit: Rectangle, border: float) -> Rectangle:
    """Move those sides of a cell that only its table's border parts from a limit there."""
    near = border + 0.01
    return Rectangle(
        limit.left if abs(box.left - limit.left) < near else box.left,
        limit.top if abs(box.top - limit.top) < near else box.top,
        limit.right if abs(box.right - limit.right) < near else box.right,
        limit.bottom if abs(box.bottom - limit.bottom) < near else box.bottom,
    )


def _shared_corners(box: Rectangle, limit: Rectangle, radius: float) -> Corners:
    """Round those corners of a cell that are its table's."""
    left, right = box.left == limit.left, box.right == limit.right
    top, bottom = box.top == limit.top, box.bottom == limit.bottom
    return (
        radius * (top and left),
        radius * (top and right),
        radius * (bottom and right),
        radius * (bottom and left),
    )


def _rules(grid: Grid) -> Iterator[Rule]:
    for cell, box, _ in grid.cells:
        sides = {
            "L": ((box.left, box.top), (box.left, box.bottom)),
            "R": ((box.right, box.top), (box.right, box.bottom)),
            "T": ((box.left, box.top), (box.right, box.top)),
            "B": ((box.left, box.bottom), (box.right, box.bottom)),
        }
        for side in dict.fromkeys(cell.rules):
            yield Rule(*sides[side], cell.rule)


def _outlines(grid: Grid, *, lit: bool) -> Iterator[Outline]:
    """Give the lines around tables; those around the outermost that has one shows it is lit."""
    for table, box in grid.tables:
        if table.border:
            width = max(table.border, _LIT_BORDER) if lit else float(table.border)
            line = box.grown(-table.border / 2)
            radius = _radius(line) if table.rounded else 0.0
            yield Outline(line, radius, width, "lit" if lit else "border")
            lit = False
