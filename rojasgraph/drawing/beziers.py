"""Curves made of cubic Bézier pieces: cut them, shift them aside, find what they cover.

A curve is a sequence of 3k + 1 points: a start, and for each piece two control points and an end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from math import copysign, hypot, sqrt
from typing import TypeAlias

from rojasgraph.drawing.shapes import Rectangle

Point: TypeAlias = tuple[float, float]

_STEPS = 16
_HALVINGS = 20
_TINY = 1e-9
_BEND = 0.05


def pieces(curve: Sequence[Point]) -> Iterator[tuple[Point, Point, Point, Point]]:
    """Give the pieces of a curve.

    >>> len(list(pieces([(0, 0)] * 7)))
    2
    """
    for i in range(0, len(curve) - 1, 3):
        yield curve[i], curve[i + 1], curve[i + 2], curve[i + 3]


def straight(start: Point, end: Point) -> tuple[Point, Point, Point, Point]:
    """Make the curve that is a straight line.

    >>> straight((0.0, 0.0), (3.0, 0.0))
    ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0))
    """
    return start, between(start, end, 1 / 3), between(start, end, 2 / 3), end


def between(a: Point, b: Point, part: float) -> Point:
    """Find the point at some part of the way from one point to another.

    >>> between((0.0, 0.0), (4.0, 2.0), 0.5)
    (2.0, 1.0)
    """
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def cut(
    piece: tuple[Point, Point, Point, Point], part: float
) -> tuple[tuple[Point, Point, Point, Point], tuple[Point, Point, Point, Point]]:
    """Cut one piece in two at a parameter, by de Casteljau's construction.

    >>> cut(straight((0.0, 0.0), (4.0, 0.0)), 0.5)[0][3]
    (2.0, 0.0)
    """
    a, b, c, d = piece
    ab, bc, cd = between(a, b, part), between(b, c, part), between(c, d, part)
    abc, bcd = between(ab, bc, part), between(bc, cd, part)
    middle = between(abc, bcd, part)
    return (a, ab, abc, middle), (middle, bcd, cd, d)


def sampled(curve: Sequence[Point], steps: int = _STEPS) -> list[Point]:
    """List points on a curve, its ends included.

    Args:
        curve: the curve.
        steps: how many points each piece gives.
    """
    points = [curve[0]]
    for piece in pieces(curve):
        points += [_at(piece, i / steps) for i in range(1, steps + 1)]
    return points


def _at(piece: tuple[Point, Point, Point, Point], t: float) -> Point:
    """Find the point at a parameter."""
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (
        sum(weight * point[0] for weight, point in zip(weights, piece, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, piece, strict=True)),
    )


def covered(curve: Sequence[Point]) -> Rectangle:
    """Find the rectangle that a curve covers.

    >>> covered([(0, 0), (1, 2), (2, 2), (3, 0)])
    Rectangle(left=0, top=0, right=3, bottom=1.5)
    """
    extents = [
        [_extent(*(point[axis] for point in piece)) for piece in pieces(curve)] for axis in (0, 1)
    ]
    (left, right), (top, bottom) = (
        (min(low for low, _ in axis), max(high for _, high in axis)) for axis in extents
    )
    return Rectangle(left, top, right, bottom)


def _extent(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Find the least and the greatest coordinate of one piece: at its ends, or where it turns."""
    low, high = min(a, d), max(a, d)
    if low <= min(b, c) and max(b, c) <= high:
        return low, high
    # Its derivative is 3 (p t² − 2 q t + r).
    p, q, r = d - 3 * (c - b) - a, 2 * b - a - c, b - a
    root = q + copysign(sqrt(max(q * q - p * r, 0.0)), q)
    turns = ([root / p] if abs(p) > _TINY else []) + ([r / root] if root else [])
    for t in turns:
        if 0 < t < 1:
            at = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t**3 * d
            low, high = min(low, at), max(high, at)
    return low, high


def halfway(curve: Sequence[Point]) -> Point:
    """Find the point in the middle of a curve's length.

    >>> halfway(straight((0.0, 0.0), (4.0, 0.0)))
    (2.0, 0.0)
    """
    points = sampled(curve)
    steps = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
    left = sum(steps) / 2
    for i, step in enumerate(steps):
        if step >= left and step > _TINY:
            return between(points[i], points[i + 1], left / step)
        left -= step
    return points[-1]


def shortened(curve: Sequence[Point], length: float) -> tuple[Point, ...]:
    """Take away the end of a curve, up to a distance from its last point.

    Args:
        curve: the curve.
        length: the distance.

    Returns:
        What is left. No more than half of a curve's last piece that it lies in is taken where the
        whole curve is shorter.

    >>> shortened(straight((0.0, 0.0), (9.0, 0.0)), 3.0)[-1]
    (6.0, 0.0)
    """
    kept, tip = list(curve), curve[-1]
    outside = _outside(kept, length, tip)
    while len(kept) > 4 and not outside:  # noqa: PLR2004 - one piece
        del kept[-3:]
        outside = _outside(kept, length, tip)
    last = (kept[-4], kept[-3], kept[-2], kept[-1])
    if not outside:
        return (*kept[:-4], *cut(last, 0.5)[0])
    low, high = outside[-1] / _STEPS, (outside[-1] + 1) / _STEPS
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _distance(_at(last, middle), tip) > length:
            low = middle
        else:
            high = middle
    return (*kept[:-4], *cut(last, round(low, 6))[0])


def _outside(curve: Sequence[Point], length: float, tip: Point) -> list[int]:
    """List the steps of a curve's last piece that are farther away from the tip."""
    last = (curve[-4], curve[-3], curve[-2], curve[-1])
    return [i for i in range(_STEPS) if _distance(_at(last, i / _STEPS), tip) > length]


def _distance(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


def aside(curve: Sequence[Point], offset: float) -> tuple[Point, ...]:
    """Shift a curve sideways, near enough to parallel for small offsets.

    Args:
        curve: the curve.
        offset: how far; where it is positive, to the right of the way that the curve runs (with y
            downwards).

    >>> aside(straight((0.0, 0.0), (9.0, 0.0)), 2.0)[-1]
    (9.0, 2.0)
    """
    shifted: list[Point] = []
    for a, b, c, d in chain.from_iterable(map(_nearly_straight, pieces(curve))):
        start, end = _normal((a, b, c, d)), _normal((d, c, b, a))
        if not shifted:
            shifted.append(_moved(a, start, offset))
        shifted += [
            _moved(b, start, offset),
            _moved(c, end, -offset),
            _moved(d, end, -offset),
        ]
    return tuple(shifted)


def _nearly_straight(
    piece: tuple[Point, Point, Point, Point],
) -> list[tuple[Point, Point, Point, Point]]:
    """Cut a piece that bends into four, each of which bends little."""
    normals = _normal(piece), _normal(piece[1:]), _normal(piece[2:])
    if all(_distance(normals[0], normal) < _BEND for normal in normals[1:]):
        return [piece]
    return [part for half in cut(piece, 0.5) for part in cut(half, 0.5)]


def _normal(points: Sequence[Point]) -> Point:
    """Find the direction at a right angle to where a piece starts to."""
    start = points[0]
    for point in points[1:]:
        length = _distance(start, point)
        if length > _TINY:
            return (start[1] - point[1]) / length, (point[0] - start[0]) / length
    return 0.0, 0.0


def _moved(point: Point, direction: Point, by: float) -> Point:
    return point[0] + direction[0] * by, point[1] + direction[1] * by


def with_ends(curve: Sequence[Point], start: Point, end: Point) -> tuple[Point, ...]:
    """Move the ends of a curve; straight lines to them, whose controls part them evenly, stay so.

    >>> with_ends(straight((0.0, 0.0), (9.0, 6.0)), (0.0, 3.0), (9.0, 6.0))
    ((0.0, 3.0), (3.0, 4.0), (6.0, 5.0), (9.0, 6.0))
    """
    points = [start, *curve[1:-1], end]
    for first in {0, len(curve) - 4}:
        part = slice(first, first + 4)
        if _is_even(curve[part]) and not _is_line(points[part]):
            points[part] = straight(points[first], points[first + 3])
    return tuple(points)


def _is_even(piece: Sequence[Point]) -> bool:
    """Tell whether a piece is a straight line that its controls part evenly."""
    line = straight(piece[0], piece[3])
    return all(_distance(*pair) < _TINY for pair in zip(piece, line, strict=True))


def _is_line(piece: Sequence[Point]) -> bool:
    """Tell whether a piece is a straight line."""
    (x, y), (last_x, last_y) = piece[0], piece[3]
    return all(
        abs((px - x) * (last_y - y) - (py - y) * (last_x - x)) < _TINY for px, py in piece[1:3]
    )


def reversed_curve(curve: Sequence[Point]) -> tuple[Point, ...]:
    """Run a curve the other way.

    >>> reversed_curve([(0, 0), (1, 0), (2, 0), (3, 0)])[0]
    (3, 0)
    """
    return tuple(reversed(curve))


def arrowhead(curve: Sequence[Point], length: float, half_width: float) -> tuple[Point, ...]:
    """Make the triangle at a curve's end.

    Args:
        curve: the curve.
        length: of the triangle.
        half_width: from its axis to its corners.

    Returns:
        Its tip and its two corners.

    >>> arrowhead(straight((0.0, 0.0), (9.0, 0.0)), 6.0, 2.0)
    ((9.0, 0.0), (3.0, 2.0), (3.0, -2.0))
    """
    tip = curve[-1]
    x, y = _normal((tip, shortened(curve, length)[-1]))
    # The normal of the way back: turned once more, it points back along the curve.
    base = (tip[0] + y * length, tip[1] - x * length)
    return (
        tip,
        (base[0] - x * half_width, base[1] - y * half_width),
        (base[0] + x * half_width, base[1] + y * half_width),
    )
