"""Turn a drawing into blocks and links, as a layout takes them, and lead routes on to ports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from rojasgraph.drawing.beziers import with_ends
from rojasgraph.drawing.directions import direction_of
from rojasgraph.drawing.figures import figure_of
from rojasgraph.drawing.layout.placement import Block, Link, Placement
from rojasgraph.drawing.measures import LINE_HEIGHT, words_width
from rojasgraph.drawing.shapes import Rectangle, around, centered

if TYPE_CHECKING:
    from rojasgraph.drawing.beziers import Point
    from rojasgraph.drawing.cards import Drawing, Line, Words
    from rojasgraph.drawing.grids import Port
    from rojasgraph.drawing.themes import Theme

TWIN_OFFSET = 1.7
"""How far a line and its twin run from their route, in points."""

LABEL_PADDING = 2.0
"""On both sides of a label, in points."""

_LABEL_AIR = 1.5
"""Above and below a label, in points: between its letters and its line."""

_STUB = 24.0
_NEAR = 0.5
_DASHED_PART = 0.28
_VECTORS = {"LR": (1.0, 0.0), "RL": (-1.0, 0.0), "TB": (0.0, 1.0), "BT": (0.0, -1.0)}
"""The way in which values flow."""


class Layout(Protocol):
    """What places blocks and leads links between them, as `layering.place` does."""

    def __call__(
        self,
        blocks: Sequence[Block],
        links: Sequence[Link],
        *,
        rankdir: str = "LR",
        groups: Sequence[Sequence[int]] = (),
        centers: Sequence[Point] | None = None,
    ) -> Placement:
        """Place the blocks; where centers are given, lead the links only."""


class Plan:
    """A drawing as a layout takes it.

    Attributes:
        figures: the cards, each laid out with its middle at the origin.
        blocks: their sizes, and after them the open ends of lines, which have none.
        links: the lines.
    """

    def __init__(self, drawing: Drawing, theme: Theme, layout: Layout) -> None:
        """Size the cards, and find out where lines leave and enter them.

        Args:
            drawing: the drawing.
            theme: its theme.
            layout: what will place the blocks.

        Raises:
            ArgumentError: the drawing's direction is not known.
        """
        self._drawing = drawing
        self._layout = layout
        direction_of(drawing.rankdir)  # refuses what is none
        self._along = _VECTORS[drawing.rankdir]
        self.figures = [figure_of(card, theme) for card in drawing.cards]
        self._index = {figure.id: i for i, figure in enumerate(self.figures)}
        self._entered = Counter((line.head, line.port) for line in drawing.lines)
        self._behind: dict[tuple[str, Rectangle, float, float], list[Port]] = {}
        """Cells that lines enter, those together that lie behind one another on their way."""
        for line in drawing.lines:
            if line.head is not None:
                port = self.figures[self._index[line.head]].entered(line.port)
                cells = self._behind.setdefault(self._column(line.head, port), [])
                if port not in cells:
                    cells.append(port)
        self.blocks = [
            Block(figure.box.width, figure.box.height, round=figure.disc is not None)
            for figure in self.figures
        ]
        self.links = [self._link(line, *label_size(line.words, theme)) for line in drawing.lines]

    def placement(self) -> Placement:
        """Let the layout place the blocks that have no position, and lead the links."""
        drawing = self._drawing
        groups = [[self._index[card] for card in cluster.cards] for cluster in drawing.clusters]
        if not drawing.positions:
            return self._layout(self.blocks, self.links, rankdir=drawing.rankdir, groups=groups)
        centers = self._centers(drawing.positions)
        return self._layout(self.blocks, self.links, rankdir=drawing.rankdir, centers=centers)

    def attached(self, placement: Placement) -> list[tuple[Point, ...]]:
        """Lead routes from the sides of the cards on to the sides of their ports.

        Args:
            placement: what the layout said.

        Returns:
            For each line its route. An end on another side of a card than that which the line is
            to leave or to enter by stays where it is.
        """
        routes = []
        for line, link, route in zip(
            self._drawing.lines, self.links, placement.routes, strict=True
        ):
            tail, head = placement.centers[link.tail], placement.centers[link.head]
            start = self._on_port(route[0], tail, self.blocks[link.tail], 1, self._leaving(line))
            end = self._on_port(route[-1], head, self.blocks[link.head], -1, self._entering(line))
            routes.append(with_ends(route, start, end))
        return routes

    def _on_port(self, end: Point, center: Point, block: Block, sign: int, port: Point) -> Point:
        """Move the end of a route from the side of a block to a point behind it."""
        axis = 0 if self._along[0] else 1
        size = (block.width, block.height)[axis]
        side = sign * self._along[axis] * size / 2
        if block.round or abs(end[axis] - center[axis] - side) > _NEAR:
            return end
        inset = side - port[axis]
        return (end[0] - inset, end[1]) if axis == 0 else (end[0], end[1] - inset)

    def _link(self, line: Line, width: float, height: float) -> Link:
        """Make the link of a line with a label of a size; an open end is a block without size."""
        both = 2 * TWIN_OFFSET if line.twin and height else 0.0
        return Link(
            self._block(line.tail),
            self._block(line.head),
            out=self._across(self._leaving(line)),
            into=self._across(self._entering(line)),
            width=width,
            height=height + both,
        )

    def _block(self, card: str | None) -> int:
        if card is not None:
            return self._index[card]
        self.blocks.append(Block(0.0, 0.0))
        return len(self.blocks) - 1

    def _across(self, point: Point) -> float:
        """Give the part of a distance that does not lie along the flow."""
        return point[1] if self._along[0] else point[0]

    def _leaving(self, line: Line) -> Point:
        """Find where a line leaves its tail, from the tail's middle."""
        if line.tail is None:
            return 0.0, 0.0
        return self._on_side(self.figures[self._index[line.tail]].leaving(), 1.0, 0.5)

    def _entering(self, line: Line) -> Point:
        """Find where a line enters its head, from the head's middle."""
        if line.head is None:
            return 0.0, 0.0
        port = self.figures[self._index[line.head]].entered(line.port)
        cells = self._behind[self._column(line.head, port)]
        part = (cells.index(port) + 1) / (len(cells) + 1)  # they share the side
        if line.dashed and self._entered[line.head, line.port] > 1:
            # The line of a weight's parameter ends beside that of the edge.
            part -= _DASHED_PART / len(cells)
        return self._on_side(port, -1.0, part)

    def _column(self, card: str, port: Port) -> tuple[str, Rectangle, float, float]:
        """Name the column of a table, or the row where values flow sideways, with a cell in it."""
        box = port.box
        across = (box.top, box.bottom) if self._along[0] else (box.left, box.right)
        return card, port.outer, *across

    def _on_side(self, port: Port, sign: float, part: float) -> Point:
        """Find a place on the side of a port that values flow to, or that they come from.

        Args:
            port: the port.
            sign: 1 for the side that values flow to, -1 for the other.
            part: which part of the cell lies before it, from its top or its left.
        """
        box, outer = port.box, port.outer
        if self._along[0]:
            x = outer.right if self._along[0] * sign > 0 else outer.left
            return x, box.top + part * box.height
        y = outer.bottom if self._along[1] * sign > 0 else outer.top
        return box.left + part * box.width, y

    def _centers(self, positions: Mapping[str, tuple[float, float]]) -> list[Point]:
        """Give the middle of every block where positions are given."""
        known: dict[int, Point] = {
            self._index[card]: (x, -y) for card, (x, y) in positions.items() if card in self._index
        }
        rest = [i for i in range(len(self.figures)) if i not in known]
        if rest:
            known |= self._below(known, rest)
        for link in self.links:
            for end, card, sign in ((link.head, link.tail, 1.0), (link.tail, link.head, -1.0)):
                if end not in known:
                    known[end] = self._in_the_open(known[card], self.blocks[card], link, sign)
        return [known[i] for i in range(len(self.blocks))]

    def _below(self, known: Mapping[int, Point], rest: Sequence[int]) -> dict[int, Point]:
        """Lay out the cards that have no position, below those that have one."""
        number = {block: i for i, block in enumerate(rest)}
        links = [
            replace(link, tail=number[link.tail], head=number[link.head])
            for link in self.links
            if link.tail in number and link.head in number
        ]
        blocks = [self.blocks[i] for i in rest]
        own = self._layout(blocks, links, rankdir=self._drawing.rankdir).centers
        there = around(self._boxed(known.items()))
        mine = around(self._boxed(zip(rest, own, strict=True)))
        x, y = there.left - mine.left, there.bottom + _STUB - mine.top
        return {i: (px + x, py + y) for i, (px, py) in zip(rest, own, strict=True)}

    def _boxed(self, centers: Iterable[tuple[int, Point]]) -> list[Rectangle]:
        return [
            centered(*center, self.blocks[i].width, self.blocks[i].height) for i, center in centers
        ]

    def _in_the_open(self, center: Point, block: Block, link: Link, sign: float) -> Point:
        """Find where a line ends that leads out of the drawing."""
        x, y = self._along
        size = (block.width / 2 + link.width + _STUB, block.height / 2 + link.height + _STUB)
        offset = link.out if sign > 0 else link.into
        return (
            center[0] + sign * x * size[0] + abs(y) * offset,
            center[1] + sign * y * size[1] + abs(x) * offset,
        )


def label_size(words: Sequence[Words], theme: Theme) -> tuple[float, float]:
    """Tell how much room the label of a line takes.

    Args:
        words: its lines of text.
        theme: the theme in which it is drawn.

    Returns:
        Its width and its height, in points.

    >>> from rojasgraph.drawing.cards import Words
    >>> from rojasgraph.drawing.themes import theme_of
    >>> [round(length, 1) for length in label_size([Words("0.5", 10)], theme_of("light"))]
    [18.2, 15.0]
    """
    if not words:
        return 0.0, 0.0
    return (
        max(words_width(line, theme) for line in words) + 2 * LABEL_PADDING,
        LINE_HEIGHT * sum(line.size for line in words) + 2 * _LABEL_AIR,
    )
