"""Say which levels a ranked graph has: its ranks, and those between them for labels of links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rojasgraph.drawing.layout.placement import Link


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

    >>> ladder = ladder_of([Link(0, 1, width=9, height=9), Link(0, 2)], [0, 1, 2], 1000)
    >>> ladder.levels, ladder.labels
    ([0, 2, 3], [1, None])
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
