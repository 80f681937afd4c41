"""Curves through given stops, from left to right, that rise and fall no more than they must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rojasgraph.drawing.layout.placement import Point

LEVEL = 1e-6
"""What counts as no drop, in points."""

_NEWTON = 4
"""Steps of Newton's method to find a point of a curve: exact to a thousandth."""

_SAMPLES = 8
"""At how many places a curve that turns is measured."""

_STEEPEST = 2.0
"""A curve through a bend is at most so much steeper than straight lines to its neighbors."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A point of a curve.

    Attributes:
        x: where, along the flow.
        y: where, across the flow.
        slope: the curve's direction there.
    """

    x: float
    y: float
    slope: float = 0.0


def curve_through(stops: Sequence[Stop]) -> tuple[Point, ...]:
    """Join stops by cubic curves.

    Args:
        stops: the stops, from left to right.

    Returns:
        The control points.

    >>> curve_through([Stop(0, 0), Stop(10, 0), Stop(20, 6)])
    ((0, 0), (5.0, 0.0), (5.0, 0.0), (10, 0), (15.0, 0.0), (15.0, 6.0), (20, 6))
    """
    points: list[Point] = [(stops[0].x, stops[0].y)]
    for first, last in pairwise(stops):
        half = (last.x - first.x) / 2
        points += [
            (first.x + half, first.y + first.slope * half),
            (last.x - half, last.y - last.slope * half),
            (last.x, last.y),
        ]
    return tuple(points)


def height_at(first: Stop, last: Stop, x: float) -> float:
    """Say how far down the curve between two stops is at a place on the way.

    Args:
        first: the left stop.
        last: the right one.
        x: the place.

    Returns:
        The y of the curve there.

    >>> round(height_at(Stop(0, 0), Stop(10, 8), 5), 3)
    4.0
    """
    length = last.x - first.x
    share = t = (x - first.x) / length
    for _ in range(_NEWTON):  # handles are half as long as the curve: share = t³ − 1.5t² + 1.5t
        t -= (((t - 1.5) * t + 1.5) * t - share) / ((3 * t - 3) * t + 1.5)
    u = 1 - t
    fall = 1.5 * u * t * length * (u * first.slope - t * last.slope)
    return first.y * u * u * (1 + 2 * t) + last.y * t * t * (1 + 2 * u) + fall


def heights_at(first: Stop, last: Stop, part: tuple[float, float]) -> list[float]:
    """List how far down the curve between two stops is on a part of its way.

    Args:
        first: the left stop.
        last: the right one.
        part: from where to where.

    Returns:
        The y of the curve at both ends of the part, and between if the curve turns up or down.
    """
    _, one, two, _ = curve_through([first, last])
    low, high = sorted((first.y, last.y))
    one_way = low <= one[1] <= high and low <= two[1] <= high
    start, end = part
    steps = 1 if one_way else _SAMPLES
    return [height_at(first, last, start + (end - start) * i / steps) for i in range(steps + 1)]


def sloped(before: Stop, here: Stop, after: Stop) -> Stop:
    """Give a stop the direction of its neighbors, or none if it is the highest or lowest of them.

    Source: Fritsch and Carlson, Monotone piecewise cubic interpolation (1980).
    """
    rise = (here.y - before.y) / (here.x - before.x)
    further = (after.y - here.y) / (after.x - here.x)
    if rise * further <= 0:
        return replace(here, slope=0.0)
    slope = (after.y - before.y) / (after.x - before.x)
    most = _STEEPEST * min(abs(rise), abs(further))
    return replace(here, slope=min(max(slope, -most), most))


def merged(stops: list[Stop]) -> list[Stop]:
    """Leave out stops in the middle of level runs, and those that say nothing new."""
    kept: list[Stop] = []
    for stop in stops:
        if kept and stop.x - kept[-1].x < LEVEL:
            continue
        last = (*kept[-2:], stop)
        if len(kept) > 1 and all(not s.slope and abs(s.y - stop.y) < LEVEL for s in last):
            kept.pop()
        kept.append(stop)
    return kept
