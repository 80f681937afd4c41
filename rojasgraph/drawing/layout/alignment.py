"""Find where the elements of ordered levels lie across the flow, in linear time.

Elements are joined to straight columns of at most one element a level, which are packed against
one side; four such packings are balanced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from rojasgraph.drawing.layout.levels import BLOCK, TOP, Levels

End = tuple[int, float]
"""An element on a neighboring level, and how far below one's own axis its axis is to be."""


@dataclass(frozen=True, slots=True)
class Straights:
    """The segments that may be straight at the same time.

    Attributes:
        before: for each element those on the level before it, in order.
        after: for each element those on the level after it, in order.
        rigid: the segments between bends, labels and borders that are straight in any case.
    """

    before: list[list[End]]
    after: list[list[End]]
    rigid: list[tuple[int, int]]


def straights_of(levels: Levels) -> Straights:
    """Choose the segments that can be straight.

    Args:
        levels: the levels, in order.

    Returns:
        The segments: the inner ones of links, as far as they do not cross one another, and of
        the others those that do not cross these.
    """
    kinds, count = levels.kinds, len(levels.kinds)
    place = [0] * count
    for row in levels.rows:
        for number, element in enumerate(row):
            place[element] = number
    length = [0] * count
    for chain in levels.chains:
        for element in chain:
            length[element] = len(chain)
    segments = levels.segments
    between: list[list[tuple[tuple[int, int, int], int]]] = [[] for _ in levels.rows]
    for number, tail in enumerate(segments.tails):
        head = segments.heads[number]
        outer = kinds[tail] == BLOCK or kinds[head] == BLOCK
        importance = 2 if outer else int(kinds[tail] < TOP)
        between[levels.row[tail]].append(((importance, -length[tail], place[tail]), number))
    chosen = Straights([[] for _ in range(count)], [[] for _ in range(count)], [])
    for row_segments in between:
        row_segments.sort()
        _choose(levels, chosen, place, [(key[0], number) for key, number in row_segments])
    for ends in (*chosen.before, *chosen.after):
        if len(ends) > 1:
            ends.sort(key=lambda end: place[end[0]])
    return chosen


def _choose(
    levels: Levels, chosen: Straights, place: list[int], candidates: Iterable[tuple[int, int]]
) -> None:
    """Choose segments between two levels; those that matter most come first."""
    segments = levels.segments
    froms: list[int] = []
    tos: list[int] = []
    for importance, number in candidates:
        tail, head = segments.tails[number], segments.heads[number]
        at = bisect_left(froms, place[tail])
        if (at and tos[at - 1] > place[head]) or (at < len(tos) and tos[at] < place[head]):
            continue
        if importance < 2:  # noqa: PLR2004 - neither end is a block
            froms.insert(at, place[tail])
            tos.insert(at, place[head])
            chosen.rigid.append((tail, head))
        drop = segments.outs[number] - segments.intos[number]
        chosen.before[head].append((tail, -drop))
        chosen.after[tail].append((head, drop))


def align(levels: Levels, straights: Straights) -> list[float]:
    """Find the axis of each element across the flow.

    Args:
        levels: the levels, in order.
        straights: the segments that can be straight.

    Returns:
        The axes, in points. Neighbors keep their distances, rigid segments are straight.

    Source: Brandes and Köpf, Fast and simple horizontal coordinate assignment (2001); Rüegg,
    Schulze, Carstens and von Hanxleden, Size- and port-aware horizontal node coordinate
    assignment (2015).
    """
    gaps = [[levels.gap(*pair) for pair in pairwise(row)] for row in levels.rows]
    packings = []
    for down in (True, False):
        for mirrored in (False, True):
            columns = _columns(levels.rows, straights, down=down, mirrored=mirrored)
            packings.append(_pack(levels.rows, gaps, columns, mirrored=mirrored))
    return _balanced(levels, packings)


def _columns(
    rows: list[list[int]], straights: Straights, *, down: bool, mirrored: bool
) -> tuple[list[int], list[float]]:
    """Join each element to the middle one of its neighbors on the level before, or after.

    Returns:
        For each element the first one of its column, and how far below that it is; mirrored,
        how far above.
    """
    ends = straights.before if down else straights.after
    count = len(ends)
    place = [0] * count
    for row in rows:
        for number, element in enumerate(reversed(row) if mirrored else row):
            place[element] = number
    sign = 1.0 if mirrored else -1.0
    root = list(range(count))
    shift = [0.0] * count
    for row in rows if down else reversed(rows):
        last = -1
        for element in reversed(row) if mirrored else row:
            near = ends[element]
            if not near:
                continue
            middles = {(len(near) - 1) // 2: None, len(near) // 2: None}
            for middle in reversed(middles) if mirrored else middles:
                other, drop = near[middle]
                if place[other] > last:
                    last = place[other]
                    root[element], shift[element] = root[other], shift[other] + sign * drop
                    break
    return root, shift


def _pack(
    rows: list[list[int]],
    gaps: list[list[float]],
    columns: tuple[list[int], list[float]],
    *,
    mirrored: bool,
) -> list[float]:
    """Pack columns as close together as they go, against the top; mirrored, against the bottom."""
    root, shift = columns
    after: list[list[tuple[int, float]]] = [[] for _ in root]
    waiting = [0] * len(root)
    for row, distances in zip(rows, gaps, strict=True):
        pairs = pairwise(reversed(row) if mirrored else row)
        for (first, second), gap in zip(
            pairs, reversed(distances) if mirrored else distances, strict=True
        ):
            after[root[first]].append((root[second], shift[first] + gap - shift[second]))
            waiting[root[second]] += 1
    order = [column for column in dict.fromkeys(root) if not waiting[column]]
    at = [-inf] * len(root)
    for column in order:  # grows while it is walked
        if at[column] == -inf:
            at[column] = 0.0
        for other, distance in after[column]:
            at[other] = max(at[other], at[column] + distance)
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    for column in reversed(order):  # close up to those that were pushed away
        if after[column]:
            at[column] = min(at[other] - distance for other, distance in after[column])
    sign = -1.0 if mirrored else 1.0
    return [sign * (at[root[element]] + shift[element]) for element in range(len(root))]


def _balanced(levels: Levels, packings: list[list[float]]) -> list[float]:
    """Take the mean of the middle two of four packings, moved over the narrowest of them."""
    extents = []
    for packing in packings:
        low = min(at - above for at, above in zip(packing, levels.above, strict=True))
        high = max(at + below for at, below in zip(packing, levels.below, strict=True))
        extents.append((low, high))
    top, bottom = min(extents, key=lambda extent: extent[1] - extent[0])
    moved = []
    for number, (packing, (low, high)) in enumerate(zip(packings, extents, strict=True)):
        move = bottom - high if number % 2 else top - low
        moved.append([at + move for at in packing])
    return [sum(sorted(four)[1:3]) / 2 for four in zip(*moved, strict=True)]
