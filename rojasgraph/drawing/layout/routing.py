"""Draw the links of a layered drawing as smooth curves that keep off everything else.

Between two columns nothing is in the way. Inside a column a curve runs level with the axis of its
bend wherever it would come too close to something by doing otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt

from rojasgraph.drawing.layout.columns import Columns
from rojasgraph.drawing.layout.curves import (
    LEVEL,
    Stop,
    curve_through,
    height_at,
    heights_at,
    merged,
    sloped,
)
from rojasgraph.drawing.layout.docking import PARALLEL, Call, dock
from rojasgraph.drawing.layout.levels import BLOCK, LABEL, LIFT, Levels
from rojasgraph.drawing.layout.placement import Block, Link, Point

_CLEAR = 3.0
"""How far a curve keeps from boxes, in points."""

_SAMPLES = 8
"""At how many places a curve is measured beside a circle."""


@dataclass(slots=True)
class _Pass:
    """How a curve passes an element: by one or two stops, or level through its whole column."""

    element: int
    stops: list[Stop]
    level: bool = False


class Router:
    """Draws the links of one part of a drawing."""

    def __init__(
        self,
        levels: Levels,
        axes: list[float],
        columns: Columns,
        blocks: Sequence[Block],
        links: Sequence[Link],
    ) -> None:
        """Keep what the routes depend on.

        Args:
            levels: the part's levels, in order.
            axes: where the axis of each element is across the flow, in points.
            columns: where the levels are along the flow.
            blocks: all blocks, turned so that values flow to the right.
            links: all links.
        """
        self.levels = levels
        self.axes = axes
        self.columns = columns
        self.blocks = [blocks[number] for number in levels.blocks]
        self.links = [links[number] for number in levels.links]
        element = {block: number for number, block in enumerate(levels.blocks)}
        self.ends = [(element[link.tail], element[link.head]) for link in self.links]
        self.place = [0] * len(axes)
        for row in levels.rows:
            for place, one in enumerate(row):
                self.place[one] = place
        self.middle = [columns.middle(levels.first + row) for row in levels.row]

    def center(self, element: int) -> Point:
        """Give the middle of a block."""
        return self.middle[element], self.axes[element]

    def label(self, number: int) -> Point | None:
        """Give the middle of a link's label, if it has one."""
        for element in self.levels.chains[number]:
            if self.levels.kinds[element] == LABEL:
                rise = LIFT + self.links[number].height / 2
                return self.middle[element], self.axes[element] - rise
        return None

    def routes(self) -> list[tuple[Point, ...]]:
        """Draw all links, in the order of the levels' chains."""
        passes = [self._passes(number) for number in range(len(self.ends))]
        self._dock(passes)
        bows = self._bows()
        routes = []
        for number, way in enumerate(passes):
            if number in bows:
                stops = self._bowed(way, bows[number])
            else:
                self._bend(way)
                self._clear(way)
                stops = [stop for passing in way for stop in passing.stops]
            routes.append(curve_through(merged(stops)))
        return routes

    def _passes(self, number: int) -> list[_Pass]:
        """List what a link passes; at circles, as if it ended in their middle."""
        (tail, head), link = self.ends[number], self.links[number]
        elements = [tail, *self.levels.chains[number], head]
        passes = [_Pass(element, [Stop(*self.center(element))]) for element in elements]
        for element, side, offset in ((tail, 1, link.out), (head, -1, link.into)):
            if offset or not self.blocks[element].round:
                x, y = self._edge(element, side)
                passes[0 if side > 0 else -1].stops = [Stop(x, y + offset)]
        self._bend(passes)
        return passes

    def _dock(self, passes: list[list[_Pass]]) -> None:
        """Find where every link leaves its tail and enters its head."""
        leaving: list[list[Call]] = [[] for _ in self.blocks]
        entering: list[list[Call]] = [[] for _ in self.blocks]
        for number, (tail, head) in enumerate(self.ends):
            link, way = self.links[number], passes[number]
            onward, back = way[1].stops[0], way[-2].stops[-1]
            leaving[tail].append(Call(number, link.out, head, (onward.x, onward.y)))
            entering[head].append(Call(number, link.into, tail, (back.x, back.y)))
        for element, block in enumerate(self.blocks):
            center = self.center(element)
            for number, stop in dock(center, block, leaving[element], leaving=True).items():
                passes[number][0].stops = self._straight_on(element, stop, 1)
            for number, stop in dock(center, block, entering[element], leaving=False).items():
                passes[number][-1].stops = self._straight_on(element, stop, -1)[::-1]

    def _straight_on(self, element: int, stop: Stop, side: int) -> list[Stop]:
        """Lead a route that ends at an offset of a circle straight past the circle."""
        edge, _ = self._edge(element, side)
        if stop.slope or abs(edge - stop.x) < LEVEL:
            return [stop]
        return [stop, Stop(edge, stop.y)]

    def _edge(self, element: int, side: int) -> Point:
        return self.middle[element] + side * self.levels.lengths[element] / 2, self.axes[element]

    def _bows(self) -> dict[int, float]:
        """Say how far links bow that would else lie on one another."""
        same: dict[tuple[float, ...], list[int]] = {}
        for number, (tail, head) in enumerate(self.ends):
            link = self.links[number]
            free = (self.blocks[tail].round and not link.out) or (
                self.blocks[head].round and not link.into
            )
            near = self.levels.row[head] - self.levels.row[tail] == 1
            if near and not free:
                same.setdefault((tail, head, link.out, link.into), []).append(number)
        return {
            number: PARALLEL * (place - (len(numbers) - 1) / 2)
            for numbers in same.values()
            for place, number in enumerate(numbers)
            if len(numbers) > 1
        }

    def _bowed(self, passes: list[_Pass], bow: float) -> list[Stop]:
        start, end = passes[0].stops[0], passes[-1].stops[-1]
        here = Stop(self._column(passes[0].element)[1], start.y)
        there = Stop(self._column(passes[-1].element)[0], end.y)
        slope = (there.y - here.y) / (there.x - here.x)
        middle = Stop((here.x + there.x) / 2, (here.y + there.y) / 2 + bow, slope)
        return [start, here, middle, there, end]

    def _column(self, element: int) -> tuple[float, float]:
        level = self.levels.first + self.levels.row[element]
        return self.columns.lefts[level], self.columns.rights[level]

    def _bend(self, passes: list[_Pass]) -> None:
        """Give a curve its direction at every stop, so that it rises or falls all the way."""
        for before, here, after in zip(passes, passes[1:], passes[2:], strict=False):
            if self.levels.lengths[here.element]:
                here.stops = self._under(here.element, before.stops[-1], after.stops[0])
        stops = [stop for passing in passes for stop in passing.stops]
        bent = iter([stops[0], *map(sloped, stops, stops[1:], stops[2:]), stops[-1]])
        for passing in passes:
            passing.stops = [next(bent) for _ in passing.stops]

    def _under(self, element: int, left: Stop, right: Stop) -> list[Stop]:
        """Pass below a label, rising or falling as far as what is below that leaves room."""
        x, y = self.center(element)
        half = self.levels.lengths[element] / 2
        fall = 2 * half * (right.y - left.y) / (right.x - left.x)
        if (y - left.y) * (right.y - y) <= 0:
            fall = 0.0
        row = self.levels.rows[self.levels.row[element]]
        place = self.place[element] + 1
        room = self._bound(row[place], down=True) - y if place < len(row) else abs(fall)
        least = max(min(abs(fall), room, abs((right if fall > 0 else left).y - y)), 0.0)
        if fall > 0:
            return [Stop(x - half, y), Stop(x + half, y + least)]
        return [Stop(x - half, y + least), Stop(x + half, y)]

    def _clear(self, passes: list[_Pass]) -> None:
        """Run level through columns until nothing is in the way."""
        changed = True
        while changed:
            changed = False
            for before, after in pairwise(passes):
                first, last = before.stops[-1], after.stops[0]
                if not before.level and self._blocked(before.element, first, last, right=True):
                    self._run_level(before, passes)
                    changed = True
                first = before.stops[-1]
                if not after.level and self._blocked(after.element, first, last, right=False):
                    self._run_level(after, passes)
                    changed = True

    def _run_level(self, here: _Pass, passes: list[_Pass]) -> None:
        left, right = self._column(here.element)
        y = here.stops[0].y
        here.level = True
        if here is passes[0]:
            here.stops = [replace(here.stops[0], slope=0.0), Stop(right, y)]
        elif here is passes[-1]:
            y = here.stops[-1].y
            here.stops = [Stop(left, y), replace(here.stops[-1], slope=0.0)]
        else:
            here.stops = [Stop(left, y), Stop(right, y)]

    def _blocked(self, element: int, first: Stop, last: Stop, *, right: bool) -> bool:
        """Say whether a curve comes too close to something in the column of one of its ends."""
        here = first if right else last
        left_edge, right_edge = self._column(element)
        edge = min(right_edge, last.x) if right else max(left_edge, first.x)
        if edge == here.x:
            return False
        heights = heights_at(first, last, (here.x, edge))
        row = self.levels.rows[self.levels.row[element]]
        place = self.place[element]
        for down, most in ((True, max(heights)), (False, min(heights))):
            for at in range(place + 1, len(row)) if down else range(place - 1, -1, -1):
                bound = self._bound(row[at], down=down)
                if (most <= bound) if down else (most >= bound):
                    break
                if self.levels.kinds[row[at]] in {BLOCK, LABEL}:
                    side = self._edge(row[at], 1 if right else -1)[0]
                    end = min(side, edge) if right else max(side, edge)
                    if (end > here.x) == right and self._hit(row[at], first, last, (here.x, end)):
                        return True
        return False

    def _bound(self, element: int, *, down: bool) -> float:
        """Give how far down, or up, a curve may go before it comes too close to an element."""
        if down:
            return self.axes[element] - self.levels.above[element] - _CLEAR
        return self.axes[element] + self.levels.below[element] + _CLEAR

    def _hit(self, other: int, first: Stop, last: Stop, part: tuple[float, float]) -> bool:
        """Say whether a curve that starts beside an element comes too close to it on a part."""
        start, end = part
        down = self.axes[other] > height_at(first, last, start)
        if other >= len(self.blocks) or not self.blocks[other].round:
            bound = self._bound(other, down=down)
            heights = heights_at(first, last, part)
            return max(heights) > bound if down else min(heights) < bound
        x, y = self.center(other)
        near = self.blocks[other].width / 2 + _CLEAR
        for sample in range(_SAMPLES + 1):
            at = start + (end - start) * sample / _SAMPLES
            half = sqrt(max(near**2 - (at - x) ** 2, 0.0))
            reach = height_at(first, last, at)
            if half and (reach > y - half if down else reach < y + half):
                return True
        return False
