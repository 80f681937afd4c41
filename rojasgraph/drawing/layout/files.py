"""Stand blocks in files, one for each layer, in the order in which they were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rojasgraph.drawing.layout.placement import Block, Link

_BLOCK_GAP = 18.0
"""What stays free between two blocks of a file, in points."""

_LANE = 7.0
"""How far apart links run that pass a file together, in points."""

_ROAD = 42.0
"""How wide a road of many lanes is at most, in points."""


@dataclass(frozen=True, slots=True)
class Road:
    """Where the links of one block pass a file.

    Attributes:
        rank: the file.
        lanes: how far each link runs below the road's middle, by the link's number.
        height: of the whole.
    """

    rank: int
    lanes: dict[int, float]
    height: float


@dataclass(frozen=True, slots=True)
class Files:
    """Elements in files: first the blocks, then the roads.

    Attributes:
        rows: the elements of each file, from the top.
        middles: how far down the middle of each element is.
        roads: by the number of the element.
        chains: for each link its elements, from the tail to the head.
    """

    rows: list[list[int]]
    middles: list[float]
    roads: dict[int, Road]
    chains: list[list[int]]


def files_of(blocks: Sequence[Block], links: Sequence[Link], ranks: Sequence[int]) -> Files:
    """Stand blocks in files.

    Args:
        blocks: the blocks, turned so that values flow to the right.
        links: the links.
        ranks: the file of each block.

    Returns:
        The files, their middles in line, but for a file whose blocks have one neighbor each in
        the one beside it: these are level with it.

    >>> files = files_of([Block(9, 10)] * 3, [Link(0, 2), Link(1, 2)], [0, 0, 1])
    >>> files.rows, files.middles
    ([[0, 1], [2]], [-14.0, 14.0, 0.0])
    """
    rows: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for block, rank in enumerate(ranks):
        rows[rank].append(block)
    roads, chains = _with_roads(rows, links, ranks)
    heights = [block.height for block in blocks] + [road.height for road in roads.values()]
    return Files(rows, _leveled(rows, heights, links, chains), roads, chains)


def _with_roads(
    rows: list[list[int]], links: Sequence[Link], ranks: Sequence[int]
) -> tuple[dict[int, Road], list[list[int]]]:
    """Lead long links past the files between their ends, those of a block together."""
    place = {block: number for row in rows for number, block in enumerate(row)}
    passing: dict[tuple[int, int], list[int]] = {}
    for number, link in enumerate(links):
        for rank in range(ranks[link.tail] + 1, ranks[link.head]):
            passing.setdefault((rank, link.tail), []).append(number)
    chains = [[link.tail] for link in links]
    roads: dict[int, Road] = {}
    count = len(ranks)
    for rank, row in enumerate(rows):
        before = {element: number for number, element in enumerate(rows[rank - 1])}
        found = []
        for (passed, _), members in passing.items():
            if passed == rank:
                members.sort(key=lambda i: (ranks[links[i].head], place[links[i].head], i))
                came_from = chains[members[0]][-1]
                share = before[came_from] / max(len(before) - 1, 1)
                found.append((share, count + len(roads), members))
                roads[found[-1][1]] = _road(rank, members)
                for member in members:
                    chains[member].append(found[-1][1])
        known = len(row)
        for share, road, _ in sorted(found, key=lambda entry: (entry[0], -entry[1]), reverse=True):
            row.insert(round(share * known), road)
    for chain, link in zip(chains, links, strict=True):
        chain.append(link.head)
    return roads, chains


def _road(rank: int, members: list[int]) -> Road:
    apart = min(_LANE, _ROAD / len(members))
    first = (len(members) - 1) / 2
    lanes = {member: (number - first) * apart for number, member in enumerate(members)}
    return Road(rank, lanes, apart * len(members))


def _leveled(
    rows: list[list[int]],
    heights: list[float],
    links: Sequence[Link],
    chains: list[list[int]],
) -> list[float]:
    """Find how far down each element is."""
    middles = [0.0] * len(heights)
    for row in rows:
        y = -(sum(heights[e] for e in row) + _BLOCK_GAP * (len(row) - 1)) / 2
        for element in row:
            middles[element] = y + heights[element] / 2
            y += heights[element] + _BLOCK_GAP
    before: list[dict[int, float]] = [{} for _ in heights]
    after: list[dict[int, float]] = [{} for _ in heights]
    for link, chain in zip(links, chains, strict=True):
        for place, (one, other) in enumerate(zip(chain, chain[1:], strict=False)):
            drop = (link.out if place == 0 else 0.0) - (link.into if chain[-1] == other else 0.0)
            before[other].setdefault(one, drop)
            after[one].setdefault(other, -drop)
    highest = max(range(len(rows)), key=lambda r: len(rows[r]), default=0)
    for row in rows[highest + 1 :]:
        _level(row, before, heights, middles)
    for row in rows[highest - 1 :: -1] if highest else []:
        _level(row, after, heights, middles)
    return middles


def _level(
    row: list[int],
    beside: list[dict[int, float]],
    heights: list[float],
    middles: list[float],
) -> None:
    """Put a file level with the one beside it, where each has one neighbor there, in order."""
    if any(len(beside[element]) != 1 for element in row):
        return
    wishes = []
    for element in row:
        ((other, drop),) = beside[element].items()
        wishes.append(middles[other] + drop)
    for number in range(1, len(row)):
        least = (heights[row[number - 1]] + heights[row[number]]) / 2 + 1.0
        if wishes[number] - wishes[number - 1] < least:
            return
    for element, wish in zip(row, wishes, strict=True):
        middles[element] = wish
