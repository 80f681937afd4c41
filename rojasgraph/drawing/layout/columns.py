"""Where the levels of a layered drawing lie along the flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from rojasgraph.drawing.layout.levels import LABEL, Levels

_BETWEEN = 40.0
"""What stays free between two ranks of blocks, in points; more where links are steep."""

BESIDE = 20.0
"""What stays free between a rank of blocks and the labels beside it."""

_STEEPNESS = 4.2
"""What stays free between levels, over the root of the greatest drop of a link between them."""

_WIDEST = 80.0
"""How much steep links make stay free at most."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The room of each level along the flow, in points.

    Attributes:
        lefts: where each begins.
        rights: where each ends.
    """

    lefts: list[float]
    rights: list[float]

    def middle(self, level: int) -> float:
        """Give the middle of a level."""
        return (self.lefts[level] + self.rights[level]) / 2


def columns_of(count: int, parts: Sequence[tuple[Levels, list[float]]], margin: float) -> Columns:
    """Give every level the room that its elements need, and the links between levels theirs.

    Args:
        count: how many levels there are.
        parts: the parts of the drawing, with the axes of their elements.
        margin: where the first begins, in points.

    Returns:
        The columns.
    """
    lengths, drops, labels = [0.0] * count, [0.0] * count, [False] * count
    for levels, axes in parts:
        for element, kind in enumerate(levels.kinds):
            level = levels.first + levels.row[element]
            lengths[level] = max(lengths[level], levels.lengths[element])
            labels[level] = labels[level] or kind == LABEL
        segments = levels.segments
        for tail, head, out, into in zip(
            segments.tails, segments.heads, segments.outs, segments.intos, strict=True
        ):
            drop = abs(axes[tail] + out - axes[head] - into)
            level = levels.first + levels.row[tail]
            drops[level] = max(drops[level], drop)
    lefts, rights, end = [], [], margin
    for level, length in enumerate(lengths):
        lefts.append(end)
        rights.append(end + length)
        beside = labels[level] or (level + 1 < count and labels[level + 1])
        free = max(BESIDE if beside else _BETWEEN, min(_STEEPNESS * sqrt(drops[level]), _WIDEST))
        end = rights[-1] + free
    return Columns(lefts, rights)
