"""Find out fast which of many areas lie where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, hypot

from rojasgraph.drawing.layout.placement import Point


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle, or the circle in it.

    Attributes:
        left: where it begins.
        top: where it begins.
        right: where it ends.
        bottom: where it ends.
        owner: whose it is.
        round: whether it is only the circle.
    """

    left: float
    top: float
    right: float
    bottom: float
    owner: int = -1
    round: bool = False

    def overlaps(self, other: Area) -> bool:
        """Say whether two rectangles have inner points in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def near(self, point: Point, distance: float) -> bool:
        """Say whether a point is inside, or less than a distance away."""
        x, y = point
        if self.round:
            across, down = x - (self.left + self.right) / 2, y - (self.top + self.bottom) / 2
            return hypot(across, down) < (self.right - self.left) / 2 + distance
        return (
            self.left - distance < x < self.right + distance
            and self.top - distance < y < self.bottom + distance
        )


class Areas:
    """Areas, by the squares of a grid that they touch."""

    def __init__(self, side: float, margin: float = 0.0) -> None:
        """Start without areas.

        Args:
            side: of a square of the grid, in points; best about the size of an area.
            margin: how near, in points, `at` looks for areas.
        """
        self.side = max(side, 1.0)
        self.margin = margin
        self.squares: dict[tuple[int, int], list[Area]] = {}

    def add(self, area: Area) -> None:
        """Add an area."""
        for square in self._squares(area, self.margin):
            self.squares.setdefault(square, []).append(area)

    def overlapping(self, area: Area) -> Iterator[Area]:
        """Find the areas that overlap one; large ones may come several times."""
        for square in self._squares(area, 0.0):
            for other in self.squares.get(square, ()):
                if area.overlaps(other):
                    yield other

    def at(self, point: Point) -> Iterator[Area]:
        """Find the areas not farther from a point than the margin."""
        square = floor(point[0] / self.side), floor(point[1] / self.side)
        return (a for a in self.squares.get(square, ()) if a.near(point, self.margin))

    def _squares(self, area: Area, margin: float) -> Iterator[tuple[int, int]]:
        left, right = (floor(x / self.side) for x in (area.left - margin, area.right + margin))
        top, bottom = (floor(y / self.side) for y in (area.top - margin, area.bottom + margin))
        return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))
