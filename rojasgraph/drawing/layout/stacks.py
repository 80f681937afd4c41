"""Stand blocks in stacks, one for each layer, in the order in which they were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rojasgraph.drawing.layout.crossings import Crossings
from rojasgraph.drawing.layout.levels import BLOCK, Levels
from rojasgraph.drawing.layout.ordering import order
from rojasgraph.drawing.layout.placement import Block, Link

_BLOCK_GAP = 18.0
"""What stays free between two blocks of a stack, in points."""

_OUTSIDE = 16.0
"""What stays free outside the frame of a group, in points."""

_FRAME = 10.0
"""How far the frame of a group keeps from its members, in points."""

_LANE = 7.0
"""How far apart links run that pass a stack together, in points."""

_SPARED = 0.8
"""To which part crossings must fall for another order than the given one."""

_ROAD = 42.0
"""How wide a road of many lanes is at most, in points."""


@dataclass(frozen=True, slots=True)
class Road:
    """Where the links of one block pass a stack.

    Attributes:
        lanes: how far each link runs below the road's middle, by the link's number.
        height: of the whole.
    """

    lanes: dict[int, float]
    height: float


@dataclass(frozen=True, slots=True)
class Stacks:
    """Elements in stacks: first the blocks, then the roads.

    Attributes:
        rows: the elements of each stack, from the top.
        middles: how far down the middle of each element is.
        roads: by the number of the element.
        chains: for each link its elements, from the tail to the head.
    """

    rows: list[list[int]]
    middles: list[float]
    roads: dict[int, Road]
    chains: list[list[int]]


def stacks_of(
    blocks: Sequence[Block],
    links: Sequence[Link],
    ranks: Sequence[int],
    families: Sequence[tuple[int, ...]],
) -> Stacks:
    """Stand blocks in stacks.

    Args:
        blocks: the blocks, turned so that values flow to the right.
        links: the links.
        ranks: the stack of each block.
        families: the groups that each block belongs to, from the widest to the narrowest.

    Returns:
        The stacks, with their middles in line. But a stack whose blocks have one neighbor each in
        the one beside it is level with it, and one that belongs to a group is level with the
        others of the group.

    >>> stacks = stacks_of([Block(9, 10)] * 3, [Link(0, 2), Link(1, 2)], [0, 0, 1], [()] * 3)
    >>> stacks.rows, stacks.middles
    ([[0, 1], [2]], [-14.0, 14.0, 0.0])
    """
    rows: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for block, rank in enumerate(ranks):
        rows[rank].append(block)
    for row in rows:
        _gather(row, families)
    passing, chains = _with_roads(rows, links, ranks, families)
    if not any(families):
        _disentangle(rows, chains)
    roads = _roads(rows, links, ranks, passing)
    heights = [block.height for block in blocks] + [road.height for road in roads.values()]
    stand = _Standing(rows, heights, [*families, *[()] * len(roads)])
    stand.level(links, chains)
    stand.level_groups()
    return Stacks(rows, stand.middles, roads, chains)


def _gather(row: list[int], families: Sequence[tuple[int, ...]]) -> None:
    """Bring the members of each group in a stack together."""
    first: dict[int, int] = {}
    for block in row:
        for group in families[block]:
            first.setdefault(group, block)
    row.sort(key=lambda block: (*(first[group] for group in families[block]), block))


def _with_roads(
    rows: list[list[int]],
    links: Sequence[Link],
    ranks: Sequence[int],
    families: Sequence[tuple[int, ...]],
) -> tuple[dict[int, list[int]], list[list[int]]]:
    """Lead long links past the stacks between their ends, those of a block together.

    Returns:
        The links on each road, and the elements of each link.
    """
    passing: list[dict[int, list[int]]] = [{} for _ in rows]
    for number, link in enumerate(links):
        for rank in range(ranks[link.tail] + 1, ranks[link.head]):
            passing[rank].setdefault(link.tail, []).append(number)
    chains = [[link.tail] for link in links]
    roads: dict[int, list[int]] = {}
    for rank, row in enumerate(rows):
        before = {element: number for number, element in enumerate(rows[rank - 1])}
        found = []
        for members in passing[rank].values():
            road = len(ranks) + len(roads)
            roads[road] = members
            share = before[chains[members[0]][-1]] / max(len(before) - 1, 1)
            found.append((share, road))
            for member in members:
                chains[member].append(road)
        _insert(row, found, families)
    for chain, link in zip(chains, links, strict=True):
        chain.append(link.head)
    return roads, chains


def _disentangle(rows: list[list[int]], chains: list[list[int]]) -> None:
    """Reorder stacks if that makes far fewer links cross."""
    count = sum(map(len, rows))
    levels = Levels([], [], 0, [row.copy() for row in rows])
    levels.kinds = [BLOCK] * count
    levels.row = [rank for _, rank in sorted((e, r) for r, row in enumerate(rows) for e in row)]
    levels.above = levels.below = levels.lengths = [1.0] * count
    levels.families = [()] * count
    for pair in dict.fromkeys(pair for chain in chains for pair in pairwise(chain)):
        levels.segments.add(*pair)
    known = _crossings(levels)
    order(levels)
    if _crossings(levels) < _SPARED * known:
        rows[:] = levels.rows


def _crossings(levels: Levels) -> int:
    crossings = Crossings(levels)
    for row in levels.rows:
        crossings.number(row)
    return crossings.count()


def _roads(
    rows: list[list[int]],
    links: Sequence[Link],
    ranks: Sequence[int],
    passing: dict[int, list[int]],
) -> dict[int, Road]:
    """Give the links on each road their lanes, such that few of them cross when they part."""
    place = {element: number for row in rows for number, element in enumerate(row)}
    size = {element: len(row) for row in rows for element in row}
    roads = {}
    for road, members in passing.items():
        # Links that go farther keep to the outside.
        outward = -1 if 2 * place[road] < size[road] else 1
        ordered = sorted(
            members, key=lambda i: (outward * ranks[links[i].head], place[links[i].head], i)
        )
        apart = min(_LANE, _ROAD / len(members))
        first = (len(members) - 1) / 2
        lanes = {member: (number - first) * apart for number, member in enumerate(ordered)}
        roads[road] = Road(lanes, apart * len(members))
    return roads


def _insert(
    row: list[int], roads: list[tuple[float, int]], families: Sequence[tuple[int, ...]]
) -> None:
    """Insert roads into a stack, each after a share of its blocks, and none into a group."""
    known = row.copy()
    gates = [0, len(known)]
    for number, (one, other) in enumerate(pairwise(known), start=1):
        if not set(families[one]) & set(families[other]):
            gates.append(number)
    for share, road in sorted(roads, key=lambda entry: (entry[0], -entry[1]), reverse=True):
        row.insert(min(gates, key=lambda gate: abs(gate - share * len(known))), road)


class _Standing:
    """Stacks, and how far down each of their elements is."""

    def __init__(
        self, rows: list[list[int]], heights: list[float], families: list[tuple[int, ...]]
    ) -> None:
        self.rows, self.heights, self.families = rows, heights, families
        self.middles = [0.0] * len(heights)
        pads = self._pads()
        for row in rows:
            y = 0.0
            for place, element in enumerate(row):
                y += self._gap(row[place - 1], element) if place else heights[element] / 2
                y += pads.get((row[place - 1] if place else -1, element), 0.0)
                self.middles[element] = y
            if row:
                self._move(row, -(y + heights[row[-1]] / 2) / 2)

    def _pads(self) -> dict[tuple[int, int], float]:
        """Say what is to be free between two neighbors, as a group is higher in another stack."""
        parts: dict[int, list[tuple[list[int], list[int]]]] = {}
        for row in self.rows:
            for family, members in groupby(row, key=lambda element: self.families[element][:1]):
                if family:
                    parts.setdefault(family[0], []).append((list(members), row))
        pads: dict[tuple[int, int], float] = {}
        for there in parts.values():
            sizes = [self._size(part) for part, _ in there]
            for (part, row), size in zip(there, sizes, strict=True):
                first, last = row.index(part[0]), row.index(part[-1])
                for one, other in ((first - 1, first), (last, last + 1)):
                    if one >= 0 and other < len(row):
                        ends = row[one], row[other]
                        pads[ends] = pads.get(ends, 0.0) + (max(sizes) - size) / 2
        return pads

    def _size(self, part: list[int]) -> float:
        """Say how high some neighbors are together."""
        ends = (self.heights[part[0]] + self.heights[part[-1]]) / 2
        return ends + sum(self._gap(one, other) for one, other in pairwise(part))

    def _gap(self, upper: int, lower: int) -> float:
        """Give the distance between the middles of two neighbors."""
        borders = len(set(self.families[upper]) ^ set(self.families[lower]))
        free = _OUTSIDE + borders * _FRAME if borders else _BLOCK_GAP
        return (self.heights[upper] + self.heights[lower]) / 2 + free

    def _move(self, row: Sequence[int], down: float) -> None:
        for element in row:
            self.middles[element] += down

    def level(self, links: Sequence[Link], chains: list[list[int]]) -> None:
        """Put stacks level with the one beside it, where each block has one neighbor there."""
        before: list[dict[int, float]] = [{} for _ in self.heights]
        after: list[dict[int, float]] = [{} for _ in self.heights]
        for link, chain in zip(links, chains, strict=True):
            for one, other in pairwise(chain):
                out = link.out if one == link.tail else 0.0
                into = link.into if other == link.head else 0.0
                before[other].setdefault(one, out - into)
                after[one].setdefault(other, into - out)
        longest = max(range(len(self.rows)), key=lambda rank: len(self.rows[rank]), default=0)
        for row in self.rows[longest + 1 :]:
            self._level(row, before)
        for row in reversed(self.rows[:longest]):
            self._level(row, after)

    def _level(self, row: list[int], beside: list[dict[int, float]]) -> None:
        if any(len(beside[element]) != 1 for element in row):
            return
        wishes = []
        for element in row:
            ((other, drop),) = beside[element].items()
            wishes.append(self.middles[other] + drop)
        for (one, wish), (other, next_) in pairwise(zip(row, wishes, strict=True)):
            if next_ - wish < self._gap(one, other) - _BLOCK_GAP / 2:
                return
        for element, wish in zip(row, wishes, strict=True):
            self.middles[element] = wish

    def level_groups(self) -> None:
        """Put stacks of which all belongs to a group level with the group's part of another."""
        for group in sorted({group for family in self.families for group in family}):
            parts = [[e for e in row if group in self.families[e]] for row in self.rows]
            mixed = [
                part for part, row in zip(parts, self.rows, strict=True) if 0 < len(part) < len(row)
            ]
            if not mixed:
                continue
            middle = self._middle(mixed[0])
            for part, row in zip(parts, self.rows, strict=True):
                if part and len(part) == len(row):
                    self._move(row, middle - self._middle(row))

    def _middle(self, part: Sequence[int]) -> float:
        """Give the middle of some neighbors."""
        first, last = part[0], part[-1]
        top = self.middles[first] - self.heights[first] / 2
        return (top + self.middles[last] + self.heights[last] / 2) / 2
