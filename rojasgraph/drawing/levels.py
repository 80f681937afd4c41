"""Cut the links of a ranked graph at every level, so that they join neighboring levels only.

A level is a rank of blocks, or stands between two ranks for the labels of links. Where a link
crosses a level it has an element of its own there, a bend or its label; a group of blocks has two
on every level that it spans, its borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rojasgraph.drawing.placement import Block, Link

BLOCK, BEND, LABEL, TOP, BOTTOM = range(5)
"""The kinds of elements; the last two are a group's borders."""

LIFT = 2.0
"""How far a label stands above its link, in points."""

FRAME = 10.0
"""How far a group's border keeps from its members."""

_OUTSIDE = 12.0
"""How far a group's border keeps from what is not in the group."""

_GAPS = (  # below: block, bend, label, top, bottom
    (18.0, 10.0, 10.0, _OUTSIDE, FRAME),  # a block above
    (10.0, 9.0, 6.0, _OUTSIDE, FRAME),  # a bend above
    (10.0, 6.0, 8.0, _OUTSIDE, FRAME),  # a label above
    (FRAME, FRAME, FRAME, FRAME, 0.0),  # the top of a group above
    (_OUTSIDE, _OUTSIDE, _OUTSIDE, _OUTSIDE, FRAME),  # the bottom of a group above
)
"""What stays free between two elements of a level, in points."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Which level is what, and which links are cut.

    Attributes:
        ranks: the rank of each block.
        levels: the level of each rank.
        labels: the level of each link's label; None where it has none.
        cut: whether a link is cut at every level that it crosses.
    """

    ranks: list[int]
    levels: list[int]
    labels: list[int | None]
    cut: list[bool]


def ladder_of(links: Sequence[Link], ranks: list[int], bends: int) -> Ladder:
    """Say which levels there are.

    Args:
        links: the links.
        ranks: the rank of each block, counted from 0.
        bends: how many elements of links there may be, apart from labels; the longest links are
            not cut then.

    Returns:
        The ladder.

    >>> ladder = ladder_of([Link(0, 1), Link(0, 2, width=9, height=9)], [0, 1, 2], 1000)
    >>> ladder.levels, ladder.labels
    ([0, 1, 3], [None, 2])
    """
    between = {ranks[k.tail] for k in links if k.labeled and ranks[k.head] - ranks[k.tail] == 1}
    gaps: list[int | None] = [None] * len(links)
    for number, link in enumerate(links):
        if link.labeled:
            first, last = ranks[link.tail], ranks[link.head] - 1
            middle = (first + last) / 2
            there = [gap for gap in range(first, last + 1) if gap in between]
            gaps[number] = min(
                there, key=lambda gap: abs(gap - middle), default=(first + last) // 2
            )
    spans = [ranks[link.head] - ranks[link.tail] for link in links]
    cut = [True] * len(links)
    for number in sorted(range(len(links)), key=spans.__getitem__):
        bends -= spans[number] - 1
        if bends < 0:
            cut[number] = False
            if gaps[number] is not None:
                gaps[number] = ranks[links[number].tail]
    lettered = {gap for gap in gaps if gap is not None}
    levels, level = [], 0
    for step in range(max(ranks, default=0) + 1):
        levels.append(level)
        level += 2 if step in lettered else 1
    return Ladder(ranks, levels, [gap if gap is None else levels[gap] + 1 for gap in gaps], cut)


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
        *,
        above: float = 0.0,
        below: float = 0.0,
        length: float = 0.0,
    ) -> int:
        """Add an element to a row, and give its number."""
        self.kinds.append(kind)
        self.row.append(row)
        self.above.append(above)
        self.below.append(below)
        self.lengths.append(length)
        self.families.append(family)
        number = len(self.kinds) - 1
        self.rows[row].append(number)
        return number


def levels_of(
    blocks: Sequence[Block],
    links: Sequence[Link],
    ladder: Ladder,
    families: Sequence[tuple[int, ...]],
    part: tuple[list[int], list[int]],
) -> Levels:
    """Cut the links of one part of a graph.

    Args:
        blocks: all blocks, turned so that values flow to the right.
        links: all links.
        ladder: the levels.
        families: the groups of each block, from the widest to the narrowest.
        part: the numbers of the part's blocks and of its links.

    Returns:
        The part's levels; its rows are in the order of the numbers.
    """
    members, own = part
    steps = [ladder.levels[ladder.ranks[block]] for block in members]
    first = min(steps)
    levels = Levels(members, own, first, [[] for _ in range(first, max(steps) + 1)])
    for block, step in zip(members, steps, strict=True):
        half = blocks[block].height / 2
        levels.add(
            BLOCK, step - first, families[block], above=half, below=half, length=blocks[block].width
        )
    spans = _spans(levels)
    element = {block: number for number, block in enumerate(members)}
    for number in own:
        link = links[number]
        _cut(
            levels,
            link,
            (element[link.tail], element[link.head]),
            spans,
            (ladder.labels[number], ladder.cut[number]),
        )
    for group, (low, high) in spans.items():
        _frame(levels, group, range(low, high + 1))
    return levels


def _spans(levels: Levels) -> dict[int, tuple[int, int]]:
    """Find the first and the last row of each group."""
    spans: dict[int, tuple[int, int]] = {}
    for element, family in enumerate(levels.families):
        row = levels.row[element]
        for group in family:
            low, high = spans.get(group, (row, row))
            spans[group] = min(low, row), max(high, row)
    return spans


def _cut(
    levels: Levels,
    link: Link,
    ends: tuple[int, int],
    spans: dict[int, tuple[int, int]],
    where: tuple[int | None, bool],
) -> None:
    """Give a link its elements, of which one is its label, if there is one."""
    tail, head = ends
    level, through = where
    label = None if level is None else level - levels.first
    rows = range(levels.row[tail] + 1, levels.row[head])
    if not through:
        rows = range(0) if label is None else range(label, label + 1)
    chain = []
    for row in rows:
        family = _family(levels, ends, row, spans)
        if row == label:
            size = {"above": LIFT + link.height, "below": LIFT, "length": link.width}
            chain.append(levels.add(LABEL, row, family, **size))
        else:
            chain.append(levels.add(BEND, row, family))
    levels.chains.append(chain)
    stops = [tail, *chain, head]
    for here, there in pairwise(stops):
        if levels.row[there] - levels.row[here] == 1:
            out = link.out if here == tail else 0.0
            into = link.into if there == head else 0.0
            levels.segments.add(here, there, out, into)


def _family(
    levels: Levels, ends: tuple[int, int], row: int, spans: dict[int, tuple[int, int]]
) -> tuple[int, ...]:
    """Say in which groups a link runs at a row: those of an end, as far as they span it."""
    longest: tuple[int, ...] = ()
    for end in ends:
        family = tuple(g for g in levels.families[end] if spans[g][0] <= row <= spans[g][1])
        longest = max(longest, family, key=len)
    return longest


def _frame(levels: Levels, group: int, rows: range) -> None:
    """Give a group its borders."""
    members = (f for f in levels.families if group in f)
    family = next(members)
    family = family[: family.index(group) + 1]
    tops = [levels.add(TOP, row, family) for row in rows]
    bottoms = [levels.add(BOTTOM, row, family) for row in rows]
    levels.borders[group] = tops, bottoms
    for border in (tops, bottoms):
        for here, there in pairwise(border):
            levels.segments.add(here, there)
