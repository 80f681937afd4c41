"""Rectangles, in points, y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Rectangle:
    """An upright rectangle.

    >>> Rectangle(0, 0, 4, 2).moved(1, 1).middle
    (3.0, 2.0)
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def moved(self, x: float, y: float) -> Rectangle:
        """Move it to the right and down."""
        return Rectangle(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def grown(self, by: float) -> Rectangle:
        """Move each side outwards; inwards where `by` is negative."""
        return Rectangle(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def overlaps(self, other: Rectangle) -> bool:
        """Tell whether the insides of both meet.

        >>> Rectangle(0, 0, 4, 2).overlaps(Rectangle(4, 0, 5, 2))
        False
        """
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Rectangle, slack: float = 0.0) -> bool:
        """Tell whether another lies inside, or no more than `slack` outside.

        >>> Rectangle(0, 0, 4, 2).holds(Rectangle(0, 0, 4, 1))
        True
        """
        return (
            self.left - slack <= other.left
            and other.right <= self.right + slack
            and self.top - slack <= other.top
            and other.bottom <= self.bottom + slack
        )


def centered(x: float, y: float, width: float, height: float) -> Rectangle:
    """Make the rectangle of a size around a point.

    >>> centered(0, 0, 4, 2)
    Rectangle(left=-2.0, top=-1.0, right=2.0, bottom=1.0)
    """
    return Rectangle(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def around(rectangles: Iterable[Rectangle]) -> Rectangle:
    """Find the smallest rectangle around some; an empty one at the origin around none.

    >>> around([Rectangle(0, 0, 1, 1), Rectangle(3, 2, 4, 5)])
    Rectangle(left=0, top=0, right=4, bottom=5)
    """
    every = list(rectangles)
    if not every:
        return Rectangle(0, 0, 0, 0)
    return Rectangle(
        min(r.left for r in every),
        min(r.top for r in every),
        max(r.right for r in every),
        max(r.bottom for r in every),
    )
