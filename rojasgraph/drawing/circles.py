"""The circle style: Rojas' B-diagrams, one circle with two halves for each operation.

The left half holds the stored derivatives, one for each slot; the right half the operation. The
edges carry the value on and, on the way back, the product.

Source: Rojas, Neural Networks (1996), section 7.2.2, figures 7.9 to 7.14.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rojasgraph.drawing import captions, sizes
from rojasgraph.drawing.cards import Card, Cell, Line, Table, Words
from rojasgraph.drawing.measures import text_width
from rojasgraph.drawing.names import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rojasgraph.drawing.contents import Box
    from rojasgraph.drawing.directions import Direction

LABELS = ("value", "derivatives", "contribution", "adjoint", "weight")
"""What this style shows unless it is told otherwise."""

_OPERATION = 56
_SOURCE = 32
_LEADING = 1.25
_MARGIN = 8
_WIDEST = 40
_SMALLEST = 7
_LONGEST_NAME = 18


def card(box: Box, _direction: Direction) -> Card:
    """Make the card of a node.

    Args:
        box: the node.
    """
    operation = box.kind == "operation"
    left = [words for s in range(len(box.derivatives)) for words in captions.stored_words(box, s)]
    right = _right(box) if operation else _inside_source(box)
    halves = operation and bool(box.arrows)
    if halves:
        left, right = list(map(_narrowed, left)), list(map(_narrowed, right))
    diameter = _diameter(left, right, _OPERATION if operation else _SOURCE, halves=halves)
    return Card(
        id=box.id,
        kind=box.kind,
        table=_halves(left, right, diameter) if halves else Table(((Cell(tuple(right)),),)),
        tooltip=box.tooltip,
        output=box.output,
        diameter=diameter,
        halves=halves,
        fill="function" if operation else box.kind,
        lit=box.lit,
    )


def lines(box: Box, _direction: Direction) -> Iterator[Line]:
    """Make the lines of the edges into a node, and one that leads on from an output."""
    for arrow in box.arrows:
        yield captions.line(
            arrow,
            box.id,
            None,
            captions.weight_words(arrow),
            () if arrow.implied else captions.carried_words(arrow),
            captions.derivative_words(arrow),
            captions.contribution_words(arrow),
            captions.gradient_words(arrow),
        )
    if box.output:
        yield Line(
            id=f"{box.id}o",
            tail=box.id,
            head=None,
            port=None,
            words=captions.value_words(box) + captions.adjoint_words(box),
            tooltip=box.tooltip,
        )


def _right(box: Box) -> list[Words]:
    """Give the right half: symbol, name, and the adjoint where edges' products come together."""
    symbol, *name = captions.symbol_words(box, _symbol_size(box.symbol))
    words = [symbol, *map(_shortened, name)]
    if box.feeds > 1 and not box.output:
        words += captions.adjoint_words(box)
    return words


def _shortened(name: Words) -> Words:
    """Cut a long name; the tooltip has all of it."""
    return name if name.latex else replace(name, text=shortened(name.text, _LONGEST_NAME))


def _narrowed(words: Words) -> Words:
    """Write a long text smaller: a circle grows with the square of what stands in it."""
    size = words.size
    while size > _SMALLEST and text_width(words.text, size, italic=words.italic) > _WIDEST:
        size -= 1
    return replace(words, size=size)


def _symbol_size(symbol: str) -> int:
    return sizes.SYMBOL_SIZE if len(symbol) <= 2 else sizes.SMALL_NAME_SIZE  # noqa: PLR2004


def _inside_source(box: Box) -> list[Words]:
    """Give what stands in a source: its name, and its adjoint, which is a gradient."""
    return [captions.name_words(box, sizes.NAME_SIZE), *captions.adjoint_words(box)]


def _halves(left: list[Words], right: list[Words], diameter: int) -> Table:
    half = diameter // 2
    first = Cell(tuple(left), width=half, height=diameter, rules="R", rule="border")
    return Table(((first, Cell(tuple(right), width=half, height=diameter)),))


def _diameter(left: list[Words], right: list[Words], least: int, *, halves: bool) -> int:
    """Find the smallest circle that holds its texts: each half's, or all of them in the middle.

    A block of texts w wide and h high fits in half a circle of radius r if its outer corners do:
    ((r + w) / 2)² + (h / 2)² ≤ r² where it stands in the middle of the half.
    """
    radius = least / 2
    for words in (left, right):
        width = max((text_width(w.text, w.size, italic=w.italic) for w in words), default=0.0)
        height = sum(w.size * _LEADING for w in words)
        while not _fits(width + _MARGIN, height, radius, halves=halves):
            radius += 1
    return 2 * round(radius)


def _fits(width: float, height: float, radius: float, *, halves: bool) -> bool:
    if halves and width > radius:
        return False
    corner = (radius + width) / 2 if halves else width / 2
    return corner**2 + (height / 2) ** 2 <= radius**2
