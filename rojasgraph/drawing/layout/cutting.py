"""Cut the links of a ranked graph at every level that they cross, and frame its groups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rojasgraph.drawing.layout.ladder import Ladder
from rojasgraph.drawing.layout.levels import BEND, BLOCK, BOTTOM, LABEL, LIFT, TOP, Levels
from rojasgraph.drawing.layout.placement import Block, Link


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
        levels.add(BLOCK, step - first, families[block], (half, half, blocks[block].width))
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
            size = (LIFT + link.height, LIFT, link.width)
            chain.append(levels.add(LABEL, row, family, size))
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
