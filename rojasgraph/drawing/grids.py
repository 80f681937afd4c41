"""Give every cell of a table its place, as HTML lays tables out whose cells stand close together.

Columns and rows are as wide and as high as their cells need; what a cell that spans several needs
more is shared among them; a table inside a cell fills it. Tables inside tables are unfolded into
a list, an outer one before its inner ones: sizes are found from the end, places from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rojasgraph.drawing.measures import ASCENT, BASELINE, DESCENT, LINE_HEIGHT, words_width
from rojasgraph.drawing.shapes import Rectangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rojasgraph.drawing.cards import Cell, Table, Words
    from rojasgraph.drawing.themes import Theme


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text in its place.

    Attributes:
        words: what it says.
        x: its middle.
        baseline: its baseline.
        width: how wide it is at most.
    """

    words: Words
    x: float
    baseline: float
    width: float

    @property
    def box(self) -> Rectangle:
        """The rectangle that its letters stay in."""
        size = self.words.size
        return Rectangle(
            self.x - self.width / 2,
            self.baseline - ASCENT * size,
            self.x + self.width / 2,
            self.baseline + DESCENT * size,
        )

    def moved(self, x: float, y: float) -> Text:
        """Move it to the right and down."""
        return Text(self.words, self.x + x, self.baseline + y, self.width)


@dataclass(frozen=True, slots=True)
class Port:
    """Where lines find a cell.

    Attributes:
        box: the cell, or the table inside it.
        outer: the table that it belongs to, at whose sides lines end; or the table inside it.
    """

    box: Rectangle
    outer: Rectangle

    def moved(self, x: float, y: float) -> Port:
        """Move it to the right and down."""
        return Port(self.box.moved(x, y), self.outer.moved(x, y))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with all that stands in it, in its place; the outer table begins at the origin.

    Attributes:
        width: of the outer table.
        height: of the outer table.
        tables: every table, an outer one before its inner ones.
        cells: every cell, likewise, each with the number of its table.
        texts: every line of text.
        ports: the named cells.
    """

    width: float
    height: float
    tables: tuple[tuple[Table, Rectangle], ...]
    cells: tuple[tuple[Cell, Rectangle, int], ...]
    texts: tuple[Text, ...]
    ports: dict[str, Port]


def lay_out(table: Table, theme: Theme, *, even: bool = False) -> Grid:
    """Find the place of everything in a table.

    Args:
        table: the table.
        theme: the theme, which says what is bold.
        even: whether the columns of the outer table are equally wide.

    Returns:
        The table with its places, in points.

    >>> from rojasgraph.drawing.cards import Cell, Table
    >>> from rojasgraph.drawing.themes import theme_of
    >>> pair = Table(((Cell(width=20, height=10), Cell(width=30)),), border=1)
    >>> grid = lay_out(pair, theme_of("light"))
    >>> grid.width, grid.height, grid.cells[1][1].left
    (52.0, 12.0, 21.0)
    """
    sheets = _unfolded(table, theme)
    for sheet in reversed(sheets):
        sheet.measure(sheets)
    outer = sheets[0]
    if even and outer.widths:
        outer.widths = [max(outer.widths)] * len(outer.widths)
    outer.place(Rectangle(0.0, 0.0, outer.width, outer.height))
    for sheet in sheets:
        for spot in sheet.spots:
            if spot.inside is not None:
                padding = sheet.padding(spot.cell)
                sheets[spot.inside].place(spot.rectangle.grown(-padding))
    return Grid(
        outer.width,
        outer.height,
        tuple((sheet.table, sheet.rectangle) for sheet in sheets),
        tuple((s.cell, s.rectangle, i) for i, sheet in enumerate(sheets) for s in sheet.spots),
        tuple(text for sheet in sheets for s in sheet.spots for text in _texts(s, theme)),
        dict(port for sheet in sheets for port in _ports(sheet, sheets)),
    )


_NOWHERE = Rectangle(0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class _Spot:
    """A cell on its table's grid, from its first row and column to before its last."""

    cell: Cell
    row: int
    column: int
    end_row: int
    end_column: int
    content: tuple[float, float]
    inside: int | None = None
    rectangle: Rectangle = _NOWHERE


@dataclass(slots=True)
class _Sheet:
    """A table that is being laid out."""

    table: Table
    spots: list[_Spot]
    widths: list[float] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    rectangle: Rectangle = _NOWHERE

    @property
    def width(self) -> float:
        return sum(self.widths) + 2.0 * self.table.border

    @property
    def height(self) -> float:
        return sum(self.heights) + 2.0 * self.table.border

    def padding(self, cell: Cell) -> int:
        return self.table.padding if cell.padding is None else cell.padding

    def measure(self, sheets: list[_Sheet]) -> None:
        """Find the widths of columns and the heights of rows; inner tables are measured already."""
        across, down = [], []
        for spot in self.spots:
            if spot.inside is not None:
                spot.content = (sheets[spot.inside].width, sheets[spot.inside].height)
            around = 2 * self.padding(spot.cell)
            width, height = spot.content
            across.append((spot.column, spot.end_column, max(width + around, spot.cell.width)))
            down.append((spot.row, spot.end_row, max(height + around, spot.cell.height)))
        self.widths, self.heights = _lengths(across), _lengths(down)

    def place(self, given: Rectangle) -> None:
        """Fill a rectangle, which is at least as large as needed, with the cells."""
        self.rectangle = given
        border = self.table.border
        columns = _edges(given.left + border, self.widths, given.width - self.width)
        rows = _edges(given.top + border, self.heights, given.height - self.height)
        for spot in self.spots:
            spot.rectangle = Rectangle(
                columns[spot.column],
                rows[spot.row],
                columns[spot.end_column],
                rows[spot.end_row],
            )


def _unfolded(table: Table, theme: Theme) -> list[_Sheet]:
    """List a table and all tables inside it, an outer one before its inner ones."""
    sheets = [_Sheet(table, list(_spots(table, theme)))]
    for sheet in sheets:  # which grows
        for spot in sheet.spots:
            if spot.cell.inside is not None:
                spot.inside = len(sheets)
                sheets.append(_Sheet(spot.cell.inside, list(_spots(spot.cell.inside, theme))))
    return sheets


def _spots(table: Table, theme: Theme) -> Iterator[_Spot]:
    """Put cells on the grid, past those that reach down from rows above."""
    taken: set[tuple[int, int]] = set()
    for row, cells in enumerate(table.rows):
        column = 0
        for cell in cells:
            across = max(cell.columns, 1)
            while any((row, place) in taken for place in range(column, column + across)):
                column += 1
            end_row, end_column = min(row + max(cell.rows, 1), len(table.rows)), column + across
            taken |= {(r, c) for r in range(row, end_row) for c in range(column, end_column)}
            content = (
                max((words_width(words, theme) for words in cell.words), default=0.0),
                LINE_HEIGHT * sum(words.size for words in cell.words),
            )
            yield _Spot(cell, row, column, end_row, end_column, content)
            column = end_column


def _lengths(needs: list[tuple[int, int, float]]) -> list[float]:
    """Find how long columns must be, or rows.

    Args:
        needs: for each cell the first column, the one after its last, and the length it needs.
    """
    lengths = [0.0] * max((end for _, end, _ in needs), default=0)
    for start, end, needed in sorted(needs, key=lambda need: need[1] - need[0]):
        lacking = needed - sum(lengths[start:end])
        if lacking > 0:
            for place in range(start, end):
                lengths[place] += lacking / (end - start)
    return lengths


def _edges(start: float, lengths: list[float], spare: float) -> list[float]:
    """Give where columns begin and the last one ends; what is spare is shared among them."""
    edges = [start]
    for length in lengths:
        edges.append(edges[-1] + length + spare / len(lengths))
    return edges


def _texts(spot: _Spot, theme: Theme) -> Iterator[Text]:
    """Put the lines of a cell into its middle."""
    x, y = spot.rectangle.middle
    lines = () if spot.inside is not None else spot.cell.words
    return stacked(lines, x, y, theme)


def stacked(lines: Iterable[Words], x: float, y: float, theme: Theme) -> Iterator[Text]:
    """Put lines of text below one another, around a point.

    Args:
        lines: the lines, from the top.
        x: their middle.
        y: the middle of them all.
        theme: the theme, which says what is bold.

    Yields:
        The lines in their places.
    """
    lines = tuple(lines)
    top = y - LINE_HEIGHT * sum(words.size for words in lines) / 2
    for words in lines:
        yield Text(words, x, top + BASELINE * words.size, words_width(words, theme))
        top += LINE_HEIGHT * words.size


def _ports(sheet: _Sheet, sheets: list[_Sheet]) -> Iterator[tuple[str, Port]]:
    """Find the named cells of a table."""
    for spot in sheet.spots:
        if spot.cell.port is None:
            continue
        if spot.inside is not None:
            found = sheets[spot.inside].rectangle
            yield spot.cell.port, Port(found, found)
        else:
            yield spot.cell.port, Port(spot.rectangle, sheet.rectangle)
