"""Where routes end on the outlines of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import atan2, cos, sin, sqrt, tan

from rojasgraph.drawing.layout.curves import Stop
from rojasgraph.drawing.layout.isotonic import rising
from rojasgraph.drawing.layout.placement import Block, Point

_WIDEST = 1.1
"""How far from the flow a route may end on a circle, in radians."""

_APART = 2.5
"""How far apart routes end on a circle at least, in points."""

PARALLEL = 9.0
"""How far apart routes between the same two blocks run, in points."""


@dataclass(frozen=True, slots=True)
class Call:
    """A route that ends on a side of a block.

    Attributes:
        link: the number of its link.
        offset: from the middle of the side, in points.
        other: the block at its other end.
        target: where it comes from, or goes to.
    """

    link: int
    offset: float
    other: int
    target: Point


def dock(center: Point, block: Block, calls: Sequence[Call], *, leaving: bool) -> dict[int, Stop]:
    """End routes on one side of a block.

    On a box they end at their offsets, level with the flow. So they do on a circle where any of
    them has an offset; else each ends where it comes from, at a right angle to the circle.

    Args:
        center: the middle of the block.
        block: the block.
        calls: the routes.
        leaving: whether the side is the one where links leave.

    Returns:
        The last stop of each link's route.

    >>> dock((0, 0), Block(20, 20, round=True), [Call(3, 0, 1, (50, 0))], leaving=True)
    {3: Stop(x=10.0, y=0.0, slope=0.0)}
    """
    if not calls:
        return {}
    sign = 1 if leaving else -1
    (x, y), radius = center, block.width / 2
    if not block.round:
        return {call.link: Stop(x + sign * radius, y + call.offset) for call in calls}
    if any(call.offset for call in calls):
        return {
            call.link: Stop(x + sign * sqrt(max(radius**2 - call.offset**2, 0.0)), y + call.offset)
            for call in calls
        }
    stops = {}
    for link, angle in _spread(center, radius, calls, sign):
        stop = Stop(x + sign * radius * cos(angle), y + radius * sin(angle), sign * tan(angle))
        stops[link] = stop
    return stops


def _spread(
    center: Point, radius: float, calls: Sequence[Call], sign: int
) -> list[tuple[int, float]]:
    """Give each route its angle on a circle: its direction, as far as they are apart then."""
    x, y = center
    angles = {c.link: atan2(c.target[1] - y, sign * (c.target[0] - x)) for c in calls}
    ordered = sorted(calls, key=lambda call: (angles[call.link], call.link))
    steps = [
        (PARALLEL if one.other == next_.other else _APART) / max(radius, 2 * PARALLEL)
        for one, next_ in pairwise(ordered)
    ]
    room = sum(steps)
    scale = min(1.0, 2 * _WIDEST / room) if room else 1.0
    turns = list(accumulate((step * scale for step in steps), initial=0.0))
    wishes = [angles[call.link] - turn for call, turn in zip(ordered, turns, strict=True)]
    low, high = -_WIDEST, _WIDEST - turns[-1]
    found = rising([min(max(wish, low), high) for wish in wishes])
    return [(c.link, f + t) for c, f, t in zip(ordered, found, turns, strict=True)]
