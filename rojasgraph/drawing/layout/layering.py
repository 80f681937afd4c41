"""Lay out boxes and links in layers: inputs on one side, and all links lead to the other.

It knows nothing of networks, only sizes and links, and needs no program. The steps are those of
Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system structures
(1981): put blocks in ranks, order each rank, find the places across the flow, draw the links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from rojasgraph.drawing.directions import direction_of
from rojasgraph.drawing.layout.alignment import align, straights_of
from rojasgraph.drawing.layout.columns import columns_of
from rojasgraph.drawing.layout.connecting import connect
from rojasgraph.drawing.layout.cutting import levels_of
from rojasgraph.drawing.layout.families import families_of
from rojasgraph.drawing.layout.fans import fanned
from rojasgraph.drawing.layout.ladder import ladder_of
from rojasgraph.drawing.layout.levels import FRAME, Levels
from rojasgraph.drawing.layout.ordering import order
from rojasgraph.drawing.layout.placement import (
    Block,
    Link,
    Placement,
    Point,
    moved_up,
    turned,
    turned_back,
    turned_point,
)
from rojasgraph.drawing.layout.ranking import rank
from rojasgraph.drawing.layout.routing import Router
from rojasgraph.drawing.layout.straightening import straighten
from rojasgraph.errors import ArgumentError, CycleError

__all__ = ["BENDS", "Block", "Link", "Placement", "place", "place_crowded"]

BENDS = 30_000
"""How often links are led past ranks between their ends, at most; in huge graphs half as often as
there are blocks and links. The longest links, beyond that, run straight and may cross blocks."""

_STRAIGHTENED = 6_000
"""Elements up to which links are straightened further."""

_PART_GAP = 24.0
"""What stays free between parts that no link joins, in points."""


def place(
    blocks: Sequence[Block],
    links: Sequence[Link],
    *,
    rankdir: str = "LR",
    groups: Sequence[Sequence[int]] = (),
    centers: Sequence[Point] | None = None,
) -> Placement:
    """Place blocks in layers, and draw links between them.

    Args:
        blocks: the nodes.
        links: the edges; they may be parallel, but form no cycle.
        rankdir: which way the links lead: `LR`, `RL`, `TB` or `BT`.
        groups: blocks, by index, that will be framed together. No other block lies within about
            20 points of the box around them, unless groups overlap without one being part of the
            other.
        centers: the middle of each block, in points, where they are known: then the links are
            drawn and nothing else is moved. They may form cycles then.

    Returns:
        Where everything is. The same input gives the same output.

    Raises:
        ArgumentError: a size, an index, an offset, a center or `rankdir` does not fit, or a link
            leads from a block to itself.
        CycleError: the links form a cycle.

    >>> done = place([Block(30, 20), Block(40, 20)], [Link(0, 1)])
    >>> done.centers, done.routes
    (((15.0, 10.0), (90.0, 10.0)), (((30.0, 10.0), (50.0, 10.0), (50.0, 10.0), (70.0, 10.0)),))
    """
    direction_of(rankdir)
    _check(blocks, links, groups, centers)
    turned_blocks, turned_links = turned(list(blocks), list(links), rankdir)
    turned_links = [_on_sides(link, turned_blocks) for link in turned_links]
    if centers is None:
        return turned_back(_layered(turned_blocks, turned_links, groups), rankdir)
    points = [turned_point(center, rankdir) for center in centers]
    routes, labels = connect(turned_blocks, turned_links, points, backward=rankdir in {"RL", "BT"})
    placement = Placement(tuple(points), tuple(routes), tuple(labels), 0.0, 0.0)
    return _sized(turned_back(placement, rankdir), blocks, links)


def place_crowded(
    blocks: Sequence[Block],
    links: Sequence[Link],
    *,
    rankdir: str = "LR",
    groups: Sequence[Sequence[int]] = (),
) -> Placement | None:
    """Place blocks as `place` does, if their links crowd the gaps between their layers.

    Args:
        blocks: the nodes.
        links: the edges.
        rankdir: which way the links lead.
        groups: blocks that will be framed together.

    Returns:
        Where everything is; None where labels of links have room beside one another, or there
        are no layers: the links form a cycle.

    >>> place_crowded([Block(30, 20), Block(40, 20)], [Link(0, 1)])
    """
    turned_blocks, turned_links = turned(list(blocks), list(links), rankdir)
    turned_links = [_on_sides(link, turned_blocks) for link in turned_links]
    try:
        ranks = _ranked(turned_blocks, turned_links)
    except CycleError:
        return None
    placement = fanned(turned_blocks, turned_links, ranks, groups)
    return placement and turned_back(placement, rankdir)


def _ranked(blocks: list[Block], links: list[Link]) -> list[int]:
    return rank(len(blocks), [link.tail for link in links], [link.head for link in links])


def _sized(placement: Placement, blocks: Sequence[Block], links: Sequence[Link]) -> Placement:
    """Say how large a drawing is whose places were given."""
    sizes = [(block.width, block.height) for block in blocks]
    sizes += [(link.width, link.height) for link in links]
    ends = [
        (place[0] + size[0] / 2, place[1] + size[1] / 2)
        for place, size in zip([*placement.centers, *placement.labels], sizes, strict=True)
        if place is not None
    ]
    ends += [point for route in placement.routes for point in route]
    width, height = (
        (max([0.0, *there]) for there in zip(*ends, strict=True)) if ends else (0.0, 0.0)
    )
    return replace(placement, width=width, height=height)


def _layered(blocks: list[Block], links: list[Link], groups: Sequence[Sequence[int]]) -> Placement:
    """Place blocks where values flow to the right."""
    ranks = _ranked(blocks, links)
    in_stacks = fanned(blocks, links, ranks, groups)
    if in_stacks is not None:
        return in_stacks
    parts = _parts(blocks, links, groups)
    for members, _ in parts:
        first = min(ranks[block] for block in members)
        for block in members:
            ranks[block] -= first
    ladder = ladder_of(links, ranks, max(BENDS, (len(blocks) + len(links)) // 2))
    families = families_of(len(blocks), groups)
    arranged = []
    ends: dict[int, float] = {}
    for part in parts:
        levels = levels_of(blocks, links, ladder, families, part)
        arranged.append((levels, _stacked(levels, _arranged(levels), ends)))
    return _drawn(blocks, links, arranged, FRAME if groups else 0.0)


def _arranged(levels: Levels) -> list[float]:
    """Order a part's levels, and find the axes of its elements."""
    order(levels)
    straights = straights_of(levels)
    axes = align(levels, straights)
    if len(axes) <= _STRAIGHTENED:
        axes = straighten(levels, straights, axes)
    return axes


def _stacked(levels: Levels, axes: list[float], ends: dict[int, float]) -> list[float]:
    """Move a part below those parts that share levels with it; `ends` says where these end."""
    numbers = range(levels.first, levels.first + len(levels.rows))
    top = min(at - above for at, above in zip(axes, levels.above, strict=True))
    start = max((ends[number] + _PART_GAP for number in numbers if number in ends), default=0.0)
    moved = [at + start - top for at in axes]
    bottom = max(at + below for at, below in zip(moved, levels.below, strict=True))
    ends |= dict.fromkeys(numbers, bottom)
    return moved


def _drawn(
    blocks: list[Block],
    links: list[Link],
    parts: list[tuple[Levels, list[float]]],
    margin: float,
) -> Placement:
    count = max((levels.first + len(levels.rows) for levels, _ in parts), default=0)
    columns = columns_of(count, parts, margin)
    centers: list[Point] = [(0.0, 0.0)] * len(blocks)
    routes: list[tuple[Point, ...]] = [()] * len(links)
    labels: list[Point | None] = [None] * len(links)
    extents = [0.0]
    for levels, axes in parts:
        router = Router(levels, axes, columns, blocks, links)
        for element, block in enumerate(levels.blocks):
            centers[block] = router.center(element)
        for number, (link, route) in enumerate(zip(levels.links, router.routes(), strict=True)):
            routes[link] = route
            labels[link] = router.label(number)
            extents += [y for _, y in route]
        extents += [at + below for at, below in zip(axes, levels.below, strict=True)]
    width = columns.rights[-1] + margin if count else 0.0
    placement = Placement(tuple(centers), tuple(routes), tuple(labels), width, max(extents))
    return moved_up(placement, min(extents))  # parallel routes may bow out of the drawing


def _parts(
    blocks: list[Block], links: list[Link], groups: Sequence[Sequence[int]]
) -> list[tuple[list[int], list[int]]]:
    """List the blocks and links of each part that neither links nor groups join to another."""
    leader = list(range(len(blocks)))

    def find(block: int) -> int:
        while leader[block] != block:
            leader[block] = leader[leader[block]]
            block = leader[block]
        return block

    ties = [(link.tail, link.head) for link in links]
    ties += [(group[0], block) for group in groups for block in group]
    for one, other in ties:
        low, high = sorted((find(one), find(other)))
        leader[high] = low
    parts: dict[int, tuple[list[int], list[int]]] = {}
    for block in range(len(blocks)):
        parts.setdefault(find(block), ([], []))[0].append(block)
    for number, link in enumerate(links):
        parts[find(link.tail)][1].append(number)
    return list(parts.values())


def _on_sides(link: Link, blocks: list[Block]) -> Link:
    """Move the ends of a link that lie beyond a side to the end of the side."""
    tail, head = blocks[link.tail].height / 2, blocks[link.head].height / 2
    if abs(link.out) <= tail and abs(link.into) <= head:
        return link
    return replace(link, out=min(max(link.out, -tail), tail), into=min(max(link.into, -head), head))


def _check(
    blocks: Sequence[Block],
    links: Sequence[Link],
    groups: Sequence[Sequence[int]],
    centers: Sequence[Point] | None,
) -> None:
    for number, block in enumerate(blocks):
        _check_sizes(f"block {number}", block.width, block.height)
    for number, link in enumerate(links):
        name = f"link {number}"
        _check_indices(name, (link.tail, link.head), len(blocks))
        _check_sizes(name, link.width, link.height)
        if not (isfinite(link.out) and isfinite(link.into)):
            raise ArgumentError(f"{name}: offsets must be finite; got {link.out}, {link.into}")
        if link.tail == link.head:
            raise ArgumentError(
                f"{name} leads from block {link.tail} to itself; layers need links that lead on"
            )
    for number, group in enumerate(groups):
        _check_indices(f"group {number}", group, len(blocks))
    if centers is None:
        return
    if len(centers) != len(blocks):
        raise ArgumentError(f"{len(blocks)} blocks need as many centers; got {len(centers)}")
    for number, center in enumerate(centers):
        if not all(isfinite(coordinate) for coordinate in center):
            raise ArgumentError(f"center {number} must be finite; got {center}")


def _check_sizes(name: str, *sizes: float) -> None:
    if not all(isfinite(size) and size >= 0 for size in sizes):
        raise ArgumentError(f"{name}: sizes must be finite and not negative; got {sizes}")


def _check_indices(name: str, indices: Sequence[int], count: int) -> None:
    for index in indices:
        if not 0 <= index < count:
            raise ArgumentError(f"{name}: there is no block {index} among {count}")
