"""What a layout gets and what it gives: blocks and links, and where they are put."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]

_SIDEWAYS = {"LR", "RL"}
_BACKWARD = {"RL", "BT"}


@dataclass(frozen=True, slots=True)
class Block:
    """A node: a box, or a circle.

    Attributes:
        width: in points.
        height: in points.
        round: whether it is a circle of that diameter: routes end on the circle, not on the box.
    """

    width: float
    height: float
    round: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An edge from one block to another.

    Attributes:
        tail: the index of the block that it leaves.
        head: the index of the block that it enters.
        out: where it leaves, in points from the middle of the tail's leaving side, across the
            flow: down where values flow to a side, right where they flow up or down.
        into: where it enters, likewise on the head's entering side.
        width: of its label, in points; 0 for none.
        height: of its label, in points; 0 for none.
    """

    tail: int
    head: int
    out: float = 0.0
    into: float = 0.0
    width: float = 0.0
    height: float = 0.0

    @property
    def labeled(self) -> bool:
        """Whether it has a label."""
        return self.width > 0 or self.height > 0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything is, in points from the top left corner, y downwards.

    Attributes:
        centers: the middle of each block.
        routes: for each link the control points of a chain of cubic Bézier curves, 3k + 1 of
            them: the first on the tail's outline, the last on the head's.
        labels: the middle of each link's label; None where it has none.
        width: of the whole.
        height: of the whole.
    """

    centers: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    labels: tuple[Point | None, ...]
    width: float
    height: float


def moved_up(placement: Placement, top: float) -> Placement:
    """Move all up, so that what is at a height is at 0.

    >>> moved_up(Placement(((5.0, 25.0),), (), (None,), 10.0, 35.0), 15.0)
    Placement(centers=((5.0, 10.0),), routes=(), labels=(None,), width=10.0, height=20.0)
    """

    def moved(point: Point) -> Point:
        return point[0], point[1] - top

    return Placement(
        tuple(map(moved, placement.centers)),
        tuple(tuple(map(moved, route)) for route in placement.routes),
        tuple(label if label is None else moved(label) for label in placement.labels),
        placement.width,
        placement.height - top,
    )


def turned(blocks: list[Block], links: list[Link], rankdir: str) -> tuple[list[Block], list[Link]]:
    """Turn blocks and links so that values flow to the right.

    Args:
        blocks: the blocks.
        links: the links.
        rankdir: which way values flow.

    Returns:
        The blocks and links of the turned drawing.

    >>> turned([Block(10, 20)], [Link(0, 1, width=7)], "TB")[0]
    [Block(width=20, height=10, round=False)]
    """
    if rankdir in _SIDEWAYS:
        return blocks, links
    return (
        [Block(b.height, b.width, b.round) for b in blocks],
        [Link(k.tail, k.head, k.out, k.into, k.height, k.width) for k in links],
    )


def turned_point(point: Point, rankdir: str) -> Point:
    """Turn a point so that values flow to the right, about the origin.

    Args:
        point: a point of the drawing.
        rankdir: which way values flow in it.

    Returns:
        The point of the turned drawing.

    >>> turned_point((10, 20), "TB"), turned_point((10, 20), "BT")
    ((20, 10), (-20, 10))
    """
    along, across = point if rankdir in _SIDEWAYS else point[::-1]
    return (-along if rankdir in _BACKWARD else along), across


def turned_back(placement: Placement, rankdir: str, length: float | None = None) -> Placement:
    """Turn a placement where values flow to the right so that they flow as they should.

    Args:
        placement: of the turned blocks and links.
        rankdir: which way values shall flow.
        length: where the drawing ends along the flow; None for the placement's width. With 0 it
            is mirrored at the origin.

    Returns:
        The placement of the blocks and links.

    >>> turned_back(Placement(((1, 2),), (), (), 10, 20), "BT").centers
    ((2, 9),)
    """
    end = placement.width if length is None else length

    def back(point: Point) -> Point:
        along, across = point
        if rankdir in _BACKWARD:
            along = end - along
        return (along, across) if rankdir in _SIDEWAYS else (across, along)

    size = (placement.width, placement.height)
    width, height = size if rankdir in _SIDEWAYS else size[::-1]
    return Placement(
        tuple(back(center) for center in placement.centers),
        tuple(tuple(back(point) for point in route) for route in placement.routes),
        tuple(label if label is None else back(label) for label in placement.labels),
        width,
        height,
    )
