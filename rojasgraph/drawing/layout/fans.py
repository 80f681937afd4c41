"""Draw layers as textbooks do: in straight stacks, with straight lines from each to the next.

Where all blocks of a layer are joined to all of the next, labels that have places of their own
between the layers would be piled far higher than the layers are. Here they stand on the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import hypot, inf, sqrt

from rojasgraph.drawing.beziers import straight
from rojasgraph.drawing.layout.areas import Area
from rojasgraph.drawing.layout.crowding import is_crowded
from rojasgraph.drawing.layout.docking import PARALLEL
from rojasgraph.drawing.layout.families import families_of
from rojasgraph.drawing.layout.placement import Block, Link, Placement, Point, moved_up
from rojasgraph.drawing.layout.stacks import Stacks, stacks_of
from rojasgraph.drawing.layout.staggering import Stretch, staggered

_LEAST = 60.0
"""How wide a gap is at least, in points."""

_STEEPEST = 2.0
"""How many points a line falls or rises on each point of its way, at most."""

_SHORE = 6.0
"""What stays free between a label and the stacks beside it, in points; more where there are
frames."""

_BESIDE = 6.0
"""How much more than that a gap is wider than its widest label, on both sides, in points."""

_WIDER = 1.08
"""How much wider a gap is made in which there is not room for all labels."""

_TRIES = 40
"""How often a gap is made wider: twenty times as wide in all."""

_EASIER = 1.2
"""How much wider a gap is than it must be for its labels."""

_SPREAD = 20.0
"""Over how much of a side lines are spread that end at one point, in points."""

_PART = 0.4
"""Over which part of a block's height parallel links are spread at most."""

_SHARE = 0.7
"""Over which part of the distance to the next point they are spread at most."""

_FEW = 5
"""So many lines and fewer are as far apart as one more would be."""

_FRAME_REACH = 20.0
"""How far a frame reaches from its members at most, in points."""

_CLEAR = 4.0
"""How far a line keeps from blocks of the stacks that it joins, in points."""

_CORNER = 16.0
"""How long a corner is rounded, in points."""


def fanned(
    blocks: Sequence[Block],
    links: Sequence[Link],
    ranks: Sequence[int],
    groups: Sequence[Sequence[int]] = (),
) -> Placement | None:
    """Place blocks in stacks, and draw straight lines between them.

    Args:
        blocks: the blocks, turned so that values flow to the right.
        links: the links.
        ranks: the layer of each block.
        groups: blocks that will be framed together.

    Returns:
        The placement; None where labels have room without that, or where others would stand in
        the frame of a group.
    """
    if not is_crowded(links, ranks):
        return None
    families = families_of(len(blocks), groups)
    stacks = stacks_of(blocks, links, ranks, families)
    shore = _SHORE + (_FRAME_REACH if groups else 0.0)
    placement = _Fans(blocks, links, stacks, shore).placement()
    return placement if placement and _is_clear(placement, blocks, families) else None


def _is_clear(
    placement: Placement, blocks: Sequence[Block], families: Sequence[tuple[int, ...]]
) -> bool:
    """Say whether no block stands in the frame of a group that it does not belong to."""
    areas = [
        Area(x - b.width / 2, y - b.height / 2, x + b.width / 2, y + b.height / 2)
        for (x, y), b in zip(placement.centers, blocks, strict=True)
    ]
    members: dict[int, list[Area]] = {}
    for area, family in zip(areas, families, strict=True):
        for group in family:
            members.setdefault(group, []).append(area)
    for group, there in members.items():
        frame = Area(
            min(area.left for area in there) - _FRAME_REACH,
            min(area.top for area in there) - _FRAME_REACH,
            max(area.right for area in there) + _FRAME_REACH,
            max(area.bottom for area in there) + _FRAME_REACH,
        )
        for area, family in zip(areas, families, strict=True):
            if group not in family and frame.overlaps(area):
                return False
    return True


@dataclass(frozen=True, slots=True)
class _End:
    """Where a line ends in a stack.

    Attributes:
        inset: how far from the side of the stack.
        y: how far down.
        radius: of the circle that it ends on; 0 where it ends at a point.
        shift: how far it passes below the middle of the circle.
        level: whether it runs level as long as it is in the stack, so as not to meet other blocks.
        road: whether it is that of a road, and not of the link.
    """

    inset: float
    y: float
    radius: float = 0.0
    shift: float = 0.0
    level: bool = False
    road: bool = False


@dataclass(frozen=True, slots=True)
class _Leg:
    """A part of a link, from one stack to the next.

    Attributes:
        link: the number of the link.
        tail: the element that it leaves.
        head: the element that it comes to.
        start: where it begins.
        end: where it ends.
        width: of the label on it; 0 for none.
        height: of the label on it; 0 for none.
    """

    link: int
    tail: int
    head: int
    start: _End
    end: _End
    width: float
    height: float

    def corners(self, left: float, right: float) -> list[Point]:
        """List the points between which it is straight, in a gap from one side to another."""
        start = left - self.start.inset, self.start.y
        end = right + self.end.inset, self.end.y
        length = hypot(end[0] - start[0], end[1] - start[1])
        along = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        points = []
        for point, at, side, way in ((start, self.start, left, 1), (end, self.end, right, -1)):
            if at.level:
                reach = sqrt(max(at.radius**2 - at.shift**2, 0.0))
                there = [(point[0] + way * reach, point[1]), (side, point[1])]
            else:
                across = way * along[1] * at.shift
                reach = sqrt(max(across**2 + at.radius**2 - at.shift**2, 0.0)) - across
                there = [(point[0] + way * along[0] * reach, point[1] + way * along[1] * reach)]
            points += there[::way]
        return points


class _Fans:
    """Stacks, and what is between them."""

    def __init__(
        self, blocks: Sequence[Block], links: Sequence[Link], stacks: Stacks, shore: float
    ) -> None:
        self.blocks, self.links, self.stacks, self.shore = blocks, links, stacks, shore
        self.widths = [
            max((blocks[e].width for e in row if e < len(blocks)), default=0.0)
            for row in stacks.rows
        ]
        self.rank = {element: r for r, row in enumerate(stacks.rows) for element in row}
        self.place = {element: p for row in stacks.rows for p, element in enumerate(row)}
        self.shifts = _shifts(blocks, links)
        self.outs = self._spread([(link.tail, link.out, c[1]) for link, c in self._ends()])
        self.intos = self._spread([(link.head, link.into, c[-2]) for link, c in self._ends()])
        self.legs: list[list[_Leg]] = [[] for _ in stacks.rows]
        """Those that begin at each stack."""
        for number, chain in enumerate(stacks.chains):
            for tail, head in pairwise(chain):
                self.legs[self.rank[tail]].append(self._leg(number, tail, head))

    def placement(self) -> Placement | None:
        """Place everything; None if some gap cannot be made wide enough."""
        labels: list[Point | None] = [None] * len(self.links)
        corners: list[list[Point]] = [[] for _ in self.links]
        lefts = [0.0]
        for width, legs in zip(self.widths, self.legs[:-1], strict=False):
            start = lefts[-1] + width
            least = _least_gap(legs, self.shore)
            led = [self._led(leg, least) for leg in legs]
            found = _room_for(led, least, self.shore)
            if found is None:
                return None
            gap, places = found
            for leg, place in zip(led, places, strict=True):
                corners[leg.link] += leg.corners(start, start + gap)
                if place is not None:
                    labels[leg.link] = (place[0] + start, place[1])
            lefts.append(start + gap)
        centers = [
            (lefts[self.rank[i]] + self.widths[self.rank[i]] / 2, self.stacks.middles[i])
            for i in range(len(self.blocks))
        ]
        routes = [_rounded(points) for points in corners]
        return self._lowered(centers, routes, labels, lefts[-1] + self.widths[-1])

    def _ends(self) -> Iterator[tuple[Link, list[int]]]:
        return zip(self.links, self.stacks.chains, strict=True)

    def _spread(self, ends: Sequence[tuple[int, float, int]]) -> list[float]:
        """Spread the lines that end at one point of a box, as far as its side has room.

        Args:
            ends: for each link the block, the offset there, and the element that it comes from or
                leads to.
        """
        offsets: dict[int, set[float]] = {}
        members: dict[tuple[int, float], list[int]] = {}
        for number, (block, offset, _) in enumerate(ends):
            offsets.setdefault(block, set()).add(offset)
            members.setdefault((block, offset), []).append(number)
        spread = [offset for _, offset, _ in ends]
        for (block, offset), there in members.items():
            if self.blocks[block].round or any(self.shifts[number] for number in there):
                continue
            room = min(
                [abs(offset - other) for other in offsets[block] if other != offset] or [inf]
            )
            room = min(_SPREAD, self.blocks[block].height / 4, room * _SHARE)
            apart = room / max(len(there) - 1, _FEW)
            there.sort(key=lambda i: self._height(ends[i][2], i))
            for place, number in enumerate(there):
                spread[number] += (place - (len(there) - 1) / 2) * apart
        return spread

    def _height(self, element: int, number: int) -> tuple[float, int]:
        """Say how far down a link is where it passes an element or ends at it."""
        road = self.stacks.roads.get(element)
        return self.stacks.middles[element] + (road.lanes[number] if road else 0.0), number

    def _leg(self, number: int, tail: int, head: int) -> _Leg:
        link = self.links[number]
        start = self._end(number, tail, self.outs[number])
        end = self._end(number, head, self.intos[number])
        size = (link.width, link.height) if head == link.head else (0.0, 0.0)
        return _Leg(number, tail, head, start, end, *size)

    def _end(self, number: int, element: int, offset: float) -> _End:
        """Say where a link ends at an element; on a block, at an offset."""
        middle = self.stacks.middles[element]
        if element in self.stacks.roads:
            return _End(0.0, middle + self.stacks.roads[element].lanes[number], road=True)
        block, shift = self.blocks[element], self.shifts[number]
        half, reach = self.widths[self.rank[element]] / 2, block.width / 2
        if block.round and not offset:
            return _End(half, middle + shift, reach, shift)
        down = min(max(offset + shift, -block.height / 2), block.height / 2)
        if block.round:
            reach = sqrt(max(reach**2 - down**2, 0.0))
        return _End(half - reach, middle + down)

    def _led(self, leg: _Leg, gap: float) -> _Leg:
        """Lead a leg level out of a stack, or into one, where it would meet another block there."""
        slope = (leg.end.y - leg.start.y) / (gap + leg.start.inset + leg.end.inset)
        start = replace(leg.start, level=self._meets(leg.tail, leg.start, slope))
        end = replace(leg.end, level=self._meets(leg.head, leg.end, -slope))
        return replace(leg, start=start, end=end)

    def _meets(self, element: int, at: _End, slope: float) -> bool:
        """Say whether a line from an element to the side of its stack would meet a block.

        That is another block, or its own if it is a circle that the line leaves at an offset.
        """
        rank = self.rank[element]
        row, half = self.stacks.rows[rank], self.widths[rank] / 2
        x = half - at.inset
        at_offset = element < len(self.blocks) and self.blocks[element].round and not at.radius
        if at_offset and x + slope * (at.y - self.stacks.middles[element]) < 0:
            return True
        last = at.y + slope * at.inset
        way = 1 if slope > 0 else -1
        for place in range(self.place[element] + way, len(row) if way > 0 else -1, way):
            other = row[place]
            if other >= len(self.blocks):
                continue
            block, middle = self.blocks[other], self.stacks.middles[other]
            if way * (middle - last) > block.height / 2 + _CLEAR:
                return False
            if block.round:
                distance = abs(middle - at.y + slope * x) / hypot(1.0, slope)
                if distance < block.width / 2 + _CLEAR:
                    return True
            elif block.width / 2 > x:
                reached = at.y + slope * (block.width / 2 - x)
                if way * (middle - reached) < block.height / 2 + _CLEAR:
                    return True
        return False

    def _lowered(
        self,
        centers: list[Point],
        routes: list[tuple[Point, ...]],
        labels: list[Point | None],
        width: float,
    ) -> Placement:
        """Move everything down so that the drawing begins at 0."""
        ends = [
            (y - block.height / 2, y + block.height / 2)
            for (_, y), block in zip(centers, self.blocks, strict=True)
        ]
        ends += [(y, y) for route in routes for _, y in route]
        ends += [
            (place[1] - link.height / 2, place[1] + link.height / 2)
            for place, link in zip(labels, self.links, strict=True)
            if place is not None
        ]
        height = max(high for _, high in ends)
        placement = Placement(tuple(centers), tuple(routes), tuple(labels), width, height)
        return moved_up(placement, min(low for low, _ in ends))


def _least_gap(legs: Sequence[_Leg], shore: float) -> float:
    """Say how wide a gap must be even if all labels have room."""
    return max(
        [_LEAST]
        + [abs(leg.end.y - leg.start.y) / _STEEPEST for leg in legs]
        + [leg.width + 2 * (shore + _BESIDE) for leg in legs if leg.width]
    )


def _room_for(
    legs: Sequence[_Leg], gap: float, shore: float
) -> tuple[float, list[Point | None]] | None:
    """Find how wide a gap is to be, and where the labels stand in it."""
    for _ in range(_TRIES):
        places = staggered([_stretch(leg, gap) for leg in legs], gap, shore)
        if places is not None:
            break
        gap *= _WIDER
    else:
        return None
    if not any(leg.width or leg.height for leg in legs):
        return gap, places
    easier = gap * _EASIER
    eased = staggered([_stretch(leg, easier) for leg in legs], easier, shore)
    return (gap, places) if eased is None else (easier, eased)


def _stretch(leg: _Leg, gap: float) -> Stretch:
    """Give the straight part of a leg, without round corners."""
    corners = leg.corners(0.0, gap)
    one, other = corners[1 if leg.start.level else 0], corners[-2 if leg.end.level else -1]
    start = _toward(one, other) if leg.start.level or leg.start.road else one
    end = _toward(other, one) if leg.end.level or leg.end.road else other
    return Stretch(start, end, leg.width, leg.height)


def _shifts(blocks: Sequence[Block], links: Sequence[Link]) -> list[float]:
    """Say how far each link runs below the others between the same points."""
    alike: dict[Link, list[int]] = {}
    for number, link in enumerate(links):
        alike.setdefault(replace(link, width=0.0, height=0.0), []).append(number)
    shifts = [0.0] * len(links)
    for link, members in alike.items():
        room = _PART * min(blocks[link.tail].height, blocks[link.head].height)
        apart = min(PARALLEL, room / max(len(members) - 1, 1))
        for turn, member in enumerate(members):
            shifts[member] = (turn - (len(members) - 1) / 2) * apart
    return shifts


def _rounded(corners: Sequence[Point]) -> tuple[Point, ...]:
    """Join points by straight lines, with round corners."""
    points = [corners[0]]
    for before, here, after in zip(corners, corners[1:], corners[2:], strict=False):
        into, onto = _toward(here, before), _toward(here, after)
        points += [*straight(points[-1], into)[1:], here, here, onto]
    return (*points, *straight(points[-1], corners[-1])[1:])


def _toward(here: Point, there: Point) -> Point:
    """Find where the round of a corner begins on the way to another point."""
    across, down = there[0] - here[0], there[1] - here[1]
    length = hypot(across, down)
    part = min(_CORNER / length, 0.5) if length else 0.0
    return here[0] + part * across, here[1] + part * down
