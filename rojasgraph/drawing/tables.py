"""The table style: every operation a table with one derivative for each edge.

The half of an operation that its edges enter holds what each of them multiplies by on the way
back; the other half holds the operation's symbol, as in Rojas' B-diagrams. Below stand the adjoint
(its arrow points back) and the value (its arrow points on).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rojasgraph.drawing import captions, sizes
from rojasgraph.drawing.cards import Card, Cell, Line, Table, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rojasgraph.drawing.contents import Arrow, Box
    from rojasgraph.drawing.directions import Direction

LABELS = ("value", "derivative", "adjoint", "weight")
"""What this style shows unless it is told otherwise."""

_OPERATION_PADDING = 5
_SOURCE_PADDING = 4


def card(box: Box, direction: Direction) -> Card:
    """Make the card of a node.

    Args:
        box: the node.
        direction: which way values flow.
    """
    operation = box.kind == "operation"
    return Card(
        id=box.id,
        kind=box.kind,
        table=_operation(box, direction) if operation else _source(box, direction),
        tooltip=box.tooltip,
        output=box.output,
        main="v" if direction.horizontal else None,
        lit=box.lit,
    )


def lines(box: Box, _direction: Direction) -> Iterator[Line]:
    """Make the lines of the edges into a node, one to each of its derivative cells."""
    for arrow in box.arrows:
        yield captions.line(
            arrow,
            box.id,
            f"i{arrow.cell}",
            captions.weight_words(arrow),
            # In the cell stands the stored derivative, if that is shown, and this one here.
            captions.derivative_words(arrow) if box.derivatives[arrow.slot] else (),
            captions.contribution_words(arrow),
            captions.gradient_words(arrow),
        )


def _source(box: Box, direction: Direction) -> Table:
    """Make the rounded table of an input, a parameter, a constant or a group."""
    name = captions.name_words(box, sizes.NAME_SIZE)
    footer = _footer(box, direction, value=box.name is not None)
    top = Cell((name,), columns=2, port="v", width=sizes.SOURCE_WIDTH)
    return Table(
        rows=((top,), *footer),
        border=sizes.OUTPUT_BORDER if box.output else 1,
        rounded=True,
        fill=box.kind,
        padding=_SOURCE_PADDING,
    )


def _operation(box: Box, direction: Direction) -> Table:
    """Make the table of an operation."""
    rows = _side_by_side if direction.horizontal else _stacked
    return Table(
        rows=rows(box, direction),
        border=sizes.OUTPUT_BORDER if box.output else 1,
        padding=_OPERATION_PADDING,
    )


def _side_by_side(box: Box, direction: Direction) -> tuple[tuple[Cell, ...], ...]:
    """Give the rows of an operation whose edges enter at its left (or, for RL, its right)."""
    footer = _footer(box, direction)
    if not box.arrows:
        return ((_function_cell(box, columns=2),), *footer)
    rows: list[list[Cell]] = [[cell] for cell in _derivative_cells(box, direction)]
    where = 1 if direction.inner == "R" else 0
    rows[0].insert(where, _function_cell(box, rows=len(rows)))
    return (*map(tuple, rows), *footer)


def _stacked(box: Box, direction: Direction) -> tuple[tuple[Cell, ...], ...]:
    """Give the rows of an operation whose edges enter at its top (or, for BT, its bottom)."""
    columns = max(len(box.arrows), 1)
    rows: list[tuple[Cell, ...]] = [(_function_cell(box, columns=columns),)]
    if box.arrows:
        rows.insert(0, tuple(_derivative_cells(box, direction)))
    if box.adjoint or box.value:
        # A table of its own, since its two halves do not keep to the columns above.
        inside = Table(_footer(box, direction, edge=""), padding=_OPERATION_PADDING)
        edge = "T" if direction.inner == "B" else "B"  # the side that touches the rest
        rows.append((Cell(inside=inside, columns=columns, padding=0, rules=edge, rule="border"),))
    return tuple(rows if direction.inner == "B" else rows[::-1])


def _derivative_cells(box: Box, direction: Direction) -> Iterator[Cell]:
    """Give the cells that the edges enter, with rules between them and beside the function."""
    for arrow in box.arrows:
        last = arrow.cell == len(box.arrows) - 1
        yield Cell(
            words=_derivative_of(box, arrow),
            port=f"i{arrow.cell}",
            width=sizes.CELL_SIZE,
            height=sizes.CELL_SIZE,
            fill="derivative",
            rules=direction.inner if last else direction.inner + direction.outer,
        )


def _derivative_of(box: Box, arrow: Arrow) -> tuple[Words, ...]:
    """Give what stands in the cell of an edge: the stored derivative if shown, or the edge's."""
    return captions.stored_words(box, arrow.slot) or captions.derivative_words(arrow)


def _function_cell(box: Box, *, columns: int = 1, rows: int = 1) -> Cell:
    words = captions.symbol_words(box)
    return Cell(words, port="v", fill="function", columns=columns, rows=rows)


def _footer(
    box: Box, direction: Direction, *, value: bool = True, edge: str = "T"
) -> tuple[tuple[Cell, ...], ...]:
    """Give the row below a node: adjoint and value, each on the side where its arrow points.

    Args:
        box: the node.
        direction: which way values flow.
        value: whether the value stands here, and not in the place of a name.
        edge: the side along which a rule parts the row from the rest.
    """
    adjoint, shown = (box.adjoint, box.value if value else None)
    if direction.inner == "L":  # values flow to the left
        left = captions.value_words(box, before=f"{direction.on} ") if shown else ()
        right = captions.adjoint_words(box, after=f" {direction.back}") if adjoint else ()
    else:
        left = captions.adjoint_words(box, before=f"{direction.back} ") if adjoint else ()
        right = captions.value_words(box, after=f" {direction.on}") if shown else ()
    present = [words for words in (left, right) if words]
    if not present:
        return ()
    if len(present) == 1:
        return ((Cell(present[0], columns=2, rules=edge, rule="border"),),)
    return (
        (
            Cell(left, rules=f"{edge}R", rule="border"),
            Cell(right, rules=edge, rule="border"),
        ),
    )
