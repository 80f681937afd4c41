"""The units style: weighted edges with an arrow on and an arrow back, as networks are drawn.

A unit is a rounded box in two halves, stored derivatives and operation. Its value stands above
and its adjoint below; an edge bears its weight and the gradient of it.

Source: Rojas, Neural Networks (1996), section 7.3, figures 7.17 to 7.21.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rojasgraph.drawing import captions, sizes
from rojasgraph.drawing.cards import Card, Cell, Line, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rojasgraph.drawing.contents import Box
    from rojasgraph.drawing.directions import Direction

LABELS = ("value", "derivatives", "adjoint", "weight", "gradient")
"""What this style shows unless it is told otherwise."""

_HEIGHT = 28
_WIDTH = 36
_PADDING = 3


def card(box: Box, direction: Direction) -> Card:
    """Make the card of a node.

    Args:
        box: the node.
        direction: which way values flow.
    """
    unit = Cell(inside=_operation(box) if box.kind == "operation" else _source(box), port="u")
    value = () if box.name is None and box.kind == "constant" else captions.value_words(box)
    above, below = Cell(value), Cell(captions.adjoint_words(box))
    shown = [cell for cell in (above, unit, below) if cell.words or cell.inside]
    across = tuple((cell,) for cell in shown)
    return Card(
        id=box.id,
        kind=box.kind,
        # Where edges come from above, value and adjoint stand beside the unit.
        table=Table(across if direction.horizontal else (tuple(shown),), padding=2),
        tooltip=box.tooltip,
        output=box.output,
        main="u",
        lit=box.lit,
    )


def lines(box: Box, _direction: Direction) -> Iterator[Line]:
    """Make the lines of the edges into a node: one on, and its twin back."""
    for arrow in box.arrows:
        line = captions.line(
            arrow,
            box.id,
            f"i{arrow.slot}" if len(box.derivatives) > 1 else "u",
            captions.weight_words(arrow),
            captions.derivative_words(arrow),
            captions.contribution_words(arrow),
            captions.gradient_words(arrow),
        )
        yield replace(line, twin=not arrow.implied)


def _operation(box: Box) -> Table:
    """Make the two halves of a unit; where it has several slots, one row for each."""
    slots = range(max(len(box.derivatives), 1))
    function = Cell(
        captions.symbol_words(box, sizes.NAME_SIZE),
        width=_WIDTH,
        height=_HEIGHT,
        fill="function",
        rows=len(slots),
    )
    rows = [
        [
            Cell(
                captions.stored_words(box, s),
                port=f"i{s}" if len(slots) > 1 else None,
                width=_WIDTH,
                height=_HEIGHT if len(slots) == 1 else sizes.CELL_SIZE,
                fill="derivative",
                rules="R" if s == slots[-1] else "RB",
                rule="border",
            )
        ]
        for s in slots
    ]
    rows[0].append(function)
    return _framed(box, tuple(map(tuple, rows)), None)


def _source(box: Box) -> Table:
    name = captions.name_words(box, sizes.NAME_SIZE)
    return _framed(box, ((Cell((name,), width=_WIDTH, height=_HEIGHT),),), box.kind)


def _framed(box: Box, rows: tuple[tuple[Cell, ...], ...], fill: str | None) -> Table:
    border = sizes.OUTPUT_BORDER if box.output else 1
    return Table(rows, border=border, rounded=fill is not None, fill=fill, padding=_PADDING)
