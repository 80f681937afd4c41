"""Lay a drawing out by Graphviz: only sizes go there, and only places come back."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from rojasgraph.drawing import renderers
from rojasgraph.drawing.layout.placement import Block, Link, Placement
from rojasgraph.errors import RenderingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rojasgraph.drawing.layout.placement import Point

_POINTS_PER_INCH = 72
_SIDES = {"LR": ("w", "e"), "RL": ("e", "w"), "TB": ("n", "s"), "BT": ("s", "n")}
"""Where links enter and where they leave."""

_BEFORE = {"w", "n"}
"""The sides that come first in a table."""

_BEZIER = 4
"""How many points a curve has at least; each further one has three more."""

_GRAPH = (
    "nodesep=0.3 ranksep=0.55 pad=0 margin=0 splines=true "
    'node [shape=plain margin=0 label=""] edge [arrowhead=none label=""]'
)
_FRAME = 'margin=10 label="frame" fontsize=10'


def place_by_dot(
    blocks: Sequence[Block],
    links: Sequence[Link],
    *,
    rankdir: str = "LR",
    groups: Sequence[Sequence[int]] = (),
    timeout: float,
) -> Placement:
    """Lay blocks and links out by Graphviz's `dot`.

    Args:
        blocks: the nodes.
        links: the edges.
        rankdir: which way values flow.
        groups: blocks that are framed together.
        timeout: after how many seconds to give up.

    Returns:
        The placement.

    Raises:
        MissingDependency: there is no renderer.
        RenderingError: it failed, took too long, or wrote something else.

    >>> blocks = [Block(40, 20), Block(60, 30, round=True)]
    >>> placed = place_by_dot(blocks, [Link(0, 1)], timeout=10)
    >>> placed.centers[0][0] < placed.centers[1][0], len(placed.routes[0]) % 3
    (True, 1)
    """
    source = "\n".join(_written(blocks, links, rankdir, groups))
    program = renderers.find_renderer()
    data = renderers.run(program, ["-Kdot", "-Tjson"], source, timeout=timeout)
    try:
        return _read(json.loads(data), blocks, links, rankdir)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        message = f"{program.name} wrote no layout that can be read: {error!r}"
        raise RenderingError(message) from error


# --- there --------------------------------------------------------------------------------------


def _written(
    blocks: Sequence[Block], links: Sequence[Link], rankdir: str, groups: Sequence[Sequence[int]]
) -> Iterator[str]:
    """Write the text for Graphviz, with nothing in it but numbers."""
    ports = _Ports(blocks, links)
    enter, leave = _SIDES[rankdir]
    yield f"digraph {{ rankdir={rankdir} {_GRAPH}"
    for i, block in enumerate(blocks):
        yield f"n{i} [{_shape(block, ports, i, rankdir)}]"
    for k, group in enumerate(groups):
        yield f"subgraph cluster{k} {{ {_FRAME} {' '.join(f'n{i};' for i in group)} }}"
    for e, link in enumerate(links):
        tail = f"n{link.tail}" + ports.named(link.tail, "o", link.out, leave)
        head = f"n{link.head}" + ports.named(link.head, "i", link.into, enter)
        label = f" label=<{_room(link.width, link.height)}>" if link.labeled else ""
        yield f"{tail} -> {head} [id=e{e}{label}]"
    yield "}"


class _Ports:
    """The places on the entering and the leaving side of each block where links end."""

    def __init__(self, blocks: Sequence[Block], links: Iterable[Link]) -> None:
        self.blocks = blocks
        self.offsets: list[dict[str, set[float]]] = [{"i": set(), "o": set()} for _ in blocks]
        for link in links:
            self.offsets[link.tail]["o"].add(link.out)
            self.offsets[link.head]["i"].add(link.into)

    def needed(self, i: int) -> bool:
        block = self.blocks[i]
        return not block.round and any(o != 0 for side in self.offsets[i].values() for o in side)

    def sorted(self, i: int, side: str) -> list[float]:
        return sorted(self.offsets[i][side])

    def named(self, i: int, side: str, offset: float, compass: str) -> str:
        block = self.blocks[i]
        if block.round or not (block.width and block.height):
            return ""
        if not self.needed(i):
            return f":{compass}"
        return f":{side}{self.sorted(i, side).index(offset)}:{compass}"


def _shape(block: Block, ports: _Ports, i: int, rankdir: str) -> str:
    if block.round or not (block.width and block.height):
        inches = f"{block.width / _POINTS_PER_INCH:.4f}"
        return f"shape=circle style=invis fixedsize=true width={inches} height={inches}"
    if not ports.needed(i):
        return f"label=<{_room(block.width, block.height)}>"
    return f"label=<{_with_ports(block, ports, i, rankdir)}>"


def _room(width: float, height: float) -> str:
    return _table(f"<TR>{_cell(width, height)}</TR>")


def _table(rows: str) -> str:
    plain = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
    return f"<TABLE {plain}>{rows}</TABLE>"


def _cell(width: float, height: float, port: str = "", inside: str = "") -> str:
    named = f' PORT="{port}"' if port else ""
    size = f'FIXEDSIZE="TRUE" WIDTH="{round(width)}" HEIGHT="{round(height)}"'
    return f"<TD {size}{named}>{inside}</TD>"


def _with_ports(block: Block, ports: _Ports, i: int, rankdir: str) -> str:
    """Write a block as two halves, in which thin cells stand where links end."""
    sideways = rankdir in {"LR", "RL"}
    width = block.width / 2 if sideways else block.width
    height = block.height if sideways else block.height / 2
    halves = [
        _cell(
            width, height, inside=_table(_half(width, height, ports.sorted(i, side), side, rankdir))
        )
        for side in ("i", "o")
    ]
    if _SIDES[rankdir][0] not in _BEFORE:
        halves.reverse()
    return _table(
        f"<TR>{''.join(halves)}</TR>" if sideways else "".join(f"<TR>{h}</TR>" for h in halves)
    )


def _half(width: float, height: float, offsets: list[float], side: str, rankdir: str) -> str:
    sideways = rankdir in {"LR", "RL"}
    length = height if sideways else width
    bounds: list[tuple[float, str]] = []
    for p, offset in enumerate(offsets):
        middle = round(length / 2 + offset)
        bounds += [(middle - 1, ""), (middle + 1, f"{side}{p}")]
    bounds.append((length, ""))
    cells, start = [], 0.0
    for stop, port in bounds:
        size = max(stop - start, 0)
        if size:
            cells.append(_cell(width, size, port) if sideways else _cell(size, height, port))
        start = max(stop, start)
    if sideways:
        return "".join(f"<TR>{cell}</TR>" for cell in cells)
    return f"<TR>{''.join(cells)}</TR>"


# --- and back -----------------------------------------------------------------------------------


def _read(
    layout: dict[str, Any], blocks: Sequence[Block], links: Sequence[Link], rankdir: str
) -> Placement:
    _, _, width, height = map(float, layout["bb"].split(","))

    def flipped(point: str) -> Point:
        x, y = map(float, point.split(","))
        if not (math.isfinite(x) and math.isfinite(height - y)):
            message = f"a place is {point!r}"
            raise ValueError(message)
        return x, height - y

    places = {node["name"]: node["pos"] for node in layout.get("objects", ()) if "pos" in node}
    centers = tuple(flipped(places[f"n{i}"]) for i in range(len(blocks)))
    edges = {edge["id"]: edge for edge in layout.get("edges", ())}
    routes, labels = [], []
    for e, link in enumerate(links):
        edge = edges[f"e{e}"]
        points = [flipped(point) for point in edge["pos"].split()]
        if len(points) < _BEZIER or len(points) % 3 != 1:
            message = f"a line has {len(points)} points"
            raise ValueError(message)
        routes.append(_ending_at(points, link, blocks, centers, rankdir))
        labels.append(flipped(edge["lp"]) if "lp" in edge else None)
    return Placement(centers, tuple(routes), tuple(labels), width, height)


def _ending_at(
    points: list[Point],
    link: Link,
    blocks: Sequence[Block],
    centers: Sequence[Point],
    rankdir: str,
) -> tuple[Point, ...]:
    """Move the two ends of a route, by a fraction of a point, to where they are to be."""
    enter, leave = _SIDES[rankdir]
    ends = ((0, 1, link.tail, leave, link.out), (-1, -2, link.head, enter, link.into))
    for end, control, node, side, offset in ends:
        if blocks[node].round:
            continue
        x, y = _on_side(centers[node], blocks[node], side, offset)
        dx, dy = x - points[end][0], y - points[end][1]
        points[end] = (x, y)
        points[control] = (points[control][0] + dx, points[control][1] + dy)
    return tuple(points)


def _on_side(center: Point, block: Block, side: str, offset: float) -> Point:
    x, y = center
    if side in {"w", "e"}:
        return x + (block.width / 2 if side == "e" else -block.width / 2), y + offset
    return x + offset, y + (block.height / 2 if side == "s" else -block.height / 2)
