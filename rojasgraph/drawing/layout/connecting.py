"""Draw links between blocks whose places are known, and find places for their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import atan2, cos, hypot, inf, pi, sin, sqrt

from rojasgraph.drawing.layout.areas import Area, Areas
from rojasgraph.drawing.layout.docking import PARALLEL
from rojasgraph.drawing.layout.levels import LIFT
from rojasgraph.drawing.layout.placement import Block, Link, Point

_CLEAR = 4.0
"""How far a route keeps from the blocks that it passes, in points."""

_BOWS = (0.0, *(sign * 14.0 * step for step in range(1, 13) for sign in (1, -1)))
"""How far a route may bow to pass blocks, in points; tried in this order."""

_INSIDE = 1.0
"""How far inside its own blocks a route must be to count as hitting them, in points."""

_MANY, _FEW = 2_000, 5
"""With so many links, only so few bows are tried."""

_DIRECTIONS = 16
"""How many places are tried on each ring around a route, where there is no room beside it."""

_SAMPLES = 16
"""At how many points a curve is measured."""

_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8)
"""Where a label may stand along its route; tried in this order."""

_HANDLE = 24.0
"""How far a route leaves a box straight on, at least, in points."""


def connect(
    blocks: Sequence[Block],
    links: Sequence[Link],
    centers: Sequence[Point],
    *,
    backward: bool = False,
) -> tuple[list[tuple[Point, ...]], list[Point | None]]:
    """Draw links between blocks that stay where they are.

    A route leaves a box on the right and enters one on the left; on a circle, unless the link has
    an offset there, it ends on the side of its other end. It bows round blocks if it can.

    Args:
        blocks: the blocks, turned so that values flow to the right.
        links: the links.
        centers: the middle of each block.
        backward: whether the drawing will be mirrored at the origin, and so lies to the left.

    Returns:
        The control points of the routes, and the middle of each label. Labels keep off blocks and
        other labels, and if they can, off routes.

    >>> connect([Block(20, 20), Block(20, 20)], [Link(0, 1)], [(10, 10), (60, 10)])[0]
    [((20.0, 10.0), (35.0, 10.0), (35.0, 10.0), (50.0, 10.0))]
    """
    canvas = _Canvas(blocks, links, centers, backward=backward)
    routes = [canvas.route(number) for number in range(len(links))]
    for number, route in enumerate(routes):
        canvas.draw(number, route)
    labels = [canvas.label(number, route) for number, route in enumerate(routes)]
    return routes, labels


@dataclass(frozen=True, slots=True)
class _End:
    """Where a route ends.

    Attributes:
        point: on the outline.
        away: the direction in which it leaves the block.
        free: whether the block is a circle on which it may end anywhere.
    """

    point: Point
    away: Point
    free: bool


class _Canvas:
    """What is on a drawing already."""

    def __init__(
        self,
        blocks: Sequence[Block],
        links: Sequence[Link],
        centers: Sequence[Point],
        *,
        backward: bool,
    ) -> None:
        self.blocks, self.links, self.centers = blocks, links, centers
        areas = [
            Area(x - b.width / 2, y - b.height / 2, x + b.width / 2, y + b.height / 2, i, b.round)
            for i, (b, (x, y)) in enumerate(zip(blocks, centers, strict=True))
        ]
        sizes = [area.right - area.left + area.bottom - area.top for area in areas]
        side = sum(sizes) / max(len(sizes), 1)
        self.taken, self.lines, self.labels = Areas(side, _CLEAR), Areas(side), Areas(side)
        for area in areas:
            self.taken.add(area)
        self.left = -inf if backward else min([0.0, *(area.left for area in areas)])
        self.right = max([0.0, *(area.right for area in areas)]) if backward else inf
        self.top = min([0.0, *(area.top for area in areas)])
        self.twins: dict[tuple[int, int], list[int]] = {}
        """The links between the same two blocks."""
        for number, link in enumerate(links):
            self.twins.setdefault(_pair(link), []).append(number)
        self.bows = _BOWS if len(links) <= _MANY else _BOWS[:_FEW]

    def route(self, number: int) -> tuple[Point, ...]:
        """Draw a route that hits as few blocks as can be."""
        link = self.links[number]
        start, end = self._end(number, leaving=True), self._end(number, leaving=False)
        shift = 0.0 if start.free or end.free else PARALLEL * self._turn(number, alike=True)
        best: tuple[Point, ...] = ()
        least = inf
        for bow in self.bows:
            route = _curve(start, end, shift + bow)
            hits = self._hits(link, route)
            if hits < least:
                best, least = route, hits
            if not hits:
                break
        return best

    def _turn(self, number: int, *, alike: bool = False) -> float:
        """Say how far from the middle a link stands among those between the same blocks."""
        link = self.links[number]
        ends = link.out, link.into
        twins = self.twins[_pair(link)]
        if alike:
            twins = [i for i in twins if (self.links[i].out, self.links[i].into) == ends]
        return twins.index(number) - (len(twins) - 1) / 2

    def _anchor(self, number: int, *, leaving: bool) -> tuple[Point, bool]:
        """Give the point that a link aims at at one end, and whether it is a circle's middle."""
        link = self.links[number]
        index, offset = (link.tail, link.out) if leaving else (link.head, link.into)
        block, (x, y) = self.blocks[index], self.centers[index]
        if block.round and not offset:
            return (x, y), True
        reach = block.width / 2
        if block.round:
            reach = sqrt(max(reach**2 - offset**2, 0.0))
        return (x + reach if leaving else x - reach, y + offset), False

    def _end(self, number: int, *, leaving: bool) -> _End:
        """Find where a route ends."""
        (x, y), free = self._anchor(number, leaving=leaving)
        if not free:
            return _End((x, y), (1.0 if leaving else -1.0, 0.0), free)
        link = self.links[number]
        radius = self.blocks[link.tail if leaving else link.head].width / 2
        (there_x, there_y), _ = self._anchor(number, leaving=not leaving)
        angle = atan2(there_y - y, there_x - x)
        turn = self._turn(number) * PARALLEL / max(radius, PARALLEL)
        angle += turn if leaving == (link.tail < link.head) else -turn
        away = cos(angle), sin(angle)
        return _End((x + radius * away[0], y + radius * away[1]), away, free)

    def _hits(self, link: Link, route: tuple[Point, ...]) -> int:
        """Count how often a route comes too close to blocks, or leaves the drawing."""
        ends = {link.tail, link.head}
        hits = 0
        for point in _points(route):
            for area in self.taken.at(point):
                hits += area.owner not in ends or area.near(point, -_INSIDE)
            hits += not (self.left <= point[0] <= self.right and point[1] >= self.top)
        return hits

    def draw(self, number: int, route: tuple[Point, ...]) -> None:
        """Note where a route runs, so that labels keep off it."""
        for x, y in _points(route):
            self.lines.add(Area(x, y, x, y, number))

    def label(self, number: int, route: tuple[Point, ...]) -> Point | None:
        """Find a place for a link's label, and note it."""
        link = self.links[number]
        if not link.labeled:
            return None
        best, least = None, inf
        for place in _beside(route, link):
            area = _around(place, link)
            if self._is_free(area):
                hits = len({line.owner for line in self.lines.overlapping(area)})
                if hits < least:
                    best, least = place, hits
                if not hits:
                    break
        if best is None:
            best = next(p for p in _farther(route, link) if self._is_free(_around(p, link)))
        self.labels.add(_around(best, link))
        return best

    def _is_free(self, area: Area) -> bool:
        if area.left < self.left or area.right > self.right or area.top < self.top:
            return False
        return not any(True for there in (self.taken, self.labels) for _ in there.overlapping(area))


def _pair(link: Link) -> tuple[int, int]:
    return min(link.tail, link.head), max(link.tail, link.head)


def _curve(start: _End, end: _End, bow: float) -> tuple[Point, ...]:
    """Draw a curve, whose middle is moved aside if it bows."""
    (x0, y0), (x3, y3) = start.point, end.point
    across, down = x3 - x0, y3 - y0
    length = hypot(across, down)
    reaches = []
    for here in (start, end):
        ahead = max(across / 2, min(_HANDLE, abs(down) / 2))
        if across <= 0:
            ahead = _HANDLE + min(length, 4 * _HANDLE) / 4
        reaches.append(length / 3 if here.free else ahead)
    (ax, ay), (bx, by) = start.away, end.away
    one = x0 + ax * reaches[0], y0 + ay * reaches[0]
    two = x3 + bx * reaches[1], y3 + by * reaches[1]
    if not bow or not length:
        return start.point, one, two, end.point
    along = across / length, down / length
    x = (x0 + x3 + 3 * (one[0] + two[0])) / 8 - along[1] * bow
    y = (y0 + y3 + 3 * (one[1] + two[1])) / 8 + along[0] * bow
    step = length / 5
    return (
        start.point,
        ((x0 + one[0]) / 2, (y0 + one[1]) / 2),
        (x - along[0] * step, y - along[1] * step),
        (x, y),
        (x + along[0] * step, y + along[1] * step),
        ((x3 + two[0]) / 2, (y3 + two[1]) / 2),
        end.point,
    )


def _points(route: tuple[Point, ...]) -> Iterator[Point]:
    """List points of a chain of curves."""
    for first in range(0, len(route) - 1, 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = route[first : first + 4]
        for sample in range(_SAMPLES):
            t = (sample + 0.5) / _SAMPLES
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            yield a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3


def _beside(route: tuple[Point, ...], link: Link) -> Iterator[Point]:
    """List the places above and below a route where its label may stand, the best first."""
    points = list(_points(route))
    for share in _ALONG:
        number = min(int(share * len(points)), len(points) - 2)
        (x0, y0), (x1, y1) = points[number], points[number + 1]
        length = hypot(x1 - x0, y1 - y0) or 1.0
        normal = (y1 - y0) / length, (x0 - x1) / length
        if (normal[1], normal[0]) > (0.0, 0.0):
            normal = -normal[0], -normal[1]
        far = abs(normal[0]) * link.width / 2 + abs(normal[1]) * link.height / 2 + 2 * LIFT
        for sign in (1, -1):
            yield (x0 + x1) / 2 + sign * normal[0] * far, (y0 + y1) / 2 + sign * normal[1] * far


def _farther(route: tuple[Point, ...], link: Link) -> Iterator[Point]:
    """List places around the middle of a route, farther and farther away."""
    points = list(_points(route))
    x, y = points[len(points) // 2]
    for ring in count(1):
        for turn in range(_DIRECTIONS):
            angle = 2 * pi * turn / _DIRECTIONS
            yield (
                x + ring * (link.width + _CLEAR) / 2 * cos(angle),
                y + ring * (link.height + _CLEAR) / 2 * sin(angle),
            )


def _around(place: Point, link: Link) -> Area:
    """Give the area of a label."""
    x, y = place
    return Area(x - link.width / 2, y - link.height / 2, x + link.width / 2, y + link.height / 2)
