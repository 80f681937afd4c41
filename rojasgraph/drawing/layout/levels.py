"""A graph in levels, whose links join neighboring levels only.

A level is a rank of blocks, or stands between two ranks for the labels of links. Where a link
crosses a level it has an element of its own there, a bend or its label; a group of blocks has two
on every level that it spans, its borders.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BLOCK, BEND, LABEL, TOP, BOTTOM = range(5)
"""The kinds of elements; the last two are a group's borders."""

LIFT = 2.0
"""How far a label stands above its link, in points."""

FRAME = 10.0
"""How far a group's border keeps from its members."""

_OUTSIDE = 16.0
"""How far a group's border keeps from what is not in the group."""

_GAPS = (  # below: block, bend, label, top, bottom
    (18.0, 10.0, 10.0, _OUTSIDE, FRAME),  # a block above
    (10.0, 9.0, 6.0, _OUTSIDE, FRAME),  # a bend above
    (10.0, 6.0, 8.0, _OUTSIDE, FRAME),  # a label above
    (FRAME, FRAME, FRAME, FRAME, 0.0),  # the top of a group above
    (_OUTSIDE, _OUTSIDE, _OUTSIDE, _OUTSIDE, FRAME),  # the bottom of a group above
)
"""What stays free between two elements of a level, in points."""


@dataclass(slots=True)
class Segments:
    """What joins the elements of neighboring levels.

    Attributes:
        tails: the elements on the lower level.
        heads: the elements on the level after it.
        outs: where each leaves its tail, from the tail's axis, in points.
        intos: where each enters its head.
    """

    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    outs: list[float] = field(default_factory=list)
    intos: list[float] = field(default_factory=list)

    def add(self, tail: int, head: int, out: float = 0.0, into: float = 0.0) -> None:
        """Add one."""
        self.tails.append(tail)
        self.heads.append(head)
        self.outs.append(out)
        self.intos.append(into)


@dataclass(slots=True)
class Levels:
    """Elements in levels. The blocks come first.

    Attributes:
        blocks: the blocks' numbers; element i is block `blocks[i]`.
        links: the links' numbers, in the order of `chains`.
        first: the number of the first level.
        rows: the elements of each level, in order across the flow.
        kinds: the kind of each element.
        row: the row of each element.
        above: how far each element reaches up from its axis, where links run through, in points.
        below: how far it reaches down.
        lengths: how long it is along the flow.
        families: the groups that it belongs to, from the widest to the narrowest.
        segments: what joins them.
        chains: for each link its elements, from the tail to the head.
        borders: for each group its top and its bottom elements, level by level.
    """

    blocks: list[int]
    links: list[int]
    first: int
    rows: list[list[int]]
    kinds: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    above: list[float] = field(default_factory=list)
    below: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    families: list[tuple[int, ...]] = field(default_factory=list)
    segments: Segments = field(default_factory=Segments)
    chains: list[list[int]] = field(default_factory=list)
    borders: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)

    def gap(self, upper: int, lower: int) -> float:
        """Give the least distance between the axes of two neighbors of a level, in points."""
        free = _GAPS[self.kinds[upper]][self.kinds[lower]]
        return self.below[upper] + free + self.above[lower]

    def add(
        self,
        kind: int,
        row: int,
        family: tuple[int, ...],
        size: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> int:
        """Add an element to a row, and give its number.

        Args:
            kind: its kind.
            row: the row.
            family: its groups.
            size: how far it reaches above and below its axis, and how long it is, in points.

        Returns:
            Its number.
        """
        above, below, length = size
        self.kinds.append(kind)
        self.row.append(row)
        self.above.append(above)
        self.below.append(below)
        self.lengths.append(length)
        self.families.append(family)
        number = len(self.kinds) - 1
        self.rows[row].append(number)
        return number
