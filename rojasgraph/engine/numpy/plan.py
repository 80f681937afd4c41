"""Plan a pass for numpy: which nodes are computed together, and which sums feed them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rojasgraph.engine.levels import offsets
from rojasgraph.engine.numpy.choice import Chooser, Segments
from rojasgraph.engine.numpy.sums import Matrix, Sum, rows_of
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Block, Integers, Operation, Truths, Wiring


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes of one level and one operation, computed by one call of its row.

    Attributes:
        operation: the row and its number of slots.
        nodes: the nodes.
        slots: their slots.
        edges: the edges into them.
        arguments: their arguments.
        weighted: whether one of the edges is.
    """

    operation: Operation
    nodes: slice
    slots: slice
    edges: slice
    arguments: slice
    weighted: bool


def groups_of(wiring: Wiring) -> list[list[Group]]:
    """List the groups of each level, from level 1 up."""
    level = np.repeat(np.arange(len(wiring.first_node) - 1), np.diff(wiring.first_node))
    new = (np.diff(level) != 0) | (np.diff(wiring.codes) != 0)
    starts = np.concatenate([[0], np.flatnonzero(new) + 1])
    starts = starts[wiring.codes[starts] >= 0] if len(wiring.codes) else starts[:0]
    bounds = np.append(starts, wiring.nodes)
    columns = (level[starts], wiring.codes[starts], starts, bounds[1:], wiring.first_slot[bounds],
               wiring.first_incoming()[bounds], wiring.first_argument[bounds])  # fmt: skip
    levels_, codes, first, stop, slots, edges, arguments = (c.tolist() for c in columns)
    weighted = np.logical_or.reduceat(wiring.weighted, edges[:-1]).tolist() if len(starts) else []
    found: list[list[Group]] = [[] for _ in range(len(wiring.first_node) - 2)]
    for i, depth in enumerate(levels_):
        found[depth - 1].append(
            Group(
                wiring.operations[codes[i]],
                slice(first[i], stop[i]),
                slice(slots[i], slots[i + 1]),
                slice(edges[i], edges[i + 1]),
                slice(arguments[i], arguments[i + 1]),
                weighted[i],
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class ForwardPlan:
    """The forward pass.

    Attributes:
        levels: for each level its groups, each with the sums that feed its slots.
        padded: the edges in the order of the padded sums' weights.
        real: the places in `padded` that are not padding.
    """

    levels: list[list[tuple[Group, tuple[Sum, ...]]]]
    padded: Integers
    real: Integers


def forward_plan(wiring: Wiring, groups: list[list[Group]], columns: int) -> ForwardPlan:
    """Plan the forward pass for tiles of so many examples."""
    chooser = Chooser(columns, wiring.nodes, wiring.edges)
    blocks = deque(enumerate(wiring.blocks))
    levels_ = []
    for groups_here in groups:
        level = []
        for group in groups_here:
            inside = []
            while blocks and blocks[0][1].first < group.nodes.stop:
                inside.append(blocks.popleft())
            level.append((group, tuple(_feeding(wiring, group, inside, chooser))))
        levels_.append(level)
    padded = chooser.padded_edges()
    return ForwardPlan(levels_, padded, np.flatnonzero(padded < wiring.edges))


def _feeding(
    wiring: Wiring, group: Group, blocks: list[tuple[int, Block]], chooser: Chooser
) -> Iterator[Sum]:
    """Give the sums that feed a group: its blocks, and what lies between them."""
    start = group.slots.start
    for number, block in blocks:
        slots = slice(int(wiring.first_slot[block.first]), int(wiring.first_slot[block.stop]))
        if start < slots.start:
            yield from _between(wiring, start, slots.start, chooser)
        yield Matrix(slots, rows_of(block.tails), block.edges, number)
        start = slots.stop
    if start < group.slots.stop:
        yield from _between(wiring, start, group.slots.stop, chooser)


def _between(wiring: Wiring, start: int, stop: int, chooser: Chooser) -> Iterator[Sum]:
    """Give the sums that feed some slots, of which none is in a block."""
    begin, end = int(wiring.first_edge[start]), int(wiring.first_edge[stop])
    tails = wiring.tails[begin:end]
    if stop - start == 1 and (one := chooser.one(start, tails, begin)):
        yield one
        return
    yield from chooser.several(
        Segments(
            targets=np.arange(start, stop),
            first=wiring.first_edge[start : stop + 1] - begin,
            at=tails,
            edges=np.arange(begin, end),
            begin=begin,
            weighted=bool(wiring.weighted[begin:end].any()),
        )
    )


@dataclass(frozen=True, slots=True)
class Pulled:
    """The edges over which adjoints are pulled back, by node.

    Attributes:
        first: by node, where its edges begin in `edges`.
        edges: the edges.
    """

    first: Integers
    edges: Integers


@dataclass(frozen=True, slots=True)
class BackwardPlan:
    """The backward pass of a sweep.

    Attributes:
        seeded: the nodes that have a seed.
        pulls: for each level, from 0 up, the sums that collect its nodes' adjoints.
        live: for each level from 1 up and each of its groups, whether it has a live node.
        pushed: for each block, whether it is pushed back as a matrix.
        first: for each block, whether it is the first to bring adjoints to its tails, which follow
            one another: it writes them, where others add.
        cleared: the nodes whose adjoints are 0 at the start; no block writes these.
        outgoing: the edges in the order of the pulls' weights, the padded ones aside.
        padded: the edges in the order of the padded sums' weights.
        quiet: the weighted edges that do not carry, whose slopes are 0.
    """

    seeded: Integers
    pulls: list[tuple[Sum, ...]]
    live: list[list[bool]]
    pushed: Truths
    first: Truths
    cleared: tuple[slice, ...]
    outgoing: Integers
    padded: Integers
    quiet: Integers


def backward_plan(
    wiring: Wiring, groups: list[list[Group]], columns: int, sweep: Sweep
) -> BackwardPlan:
    """Plan the backward pass of a sweep for tiles of so many examples."""
    whole = [bool(sweep.carrying[block.edges].all()) for block in wiring.blocks]
    pushed = np.array(whole, np.bool_)
    pulled = _pulled(wiring, sweep, pushed)
    chooser = Chooser(columns, wiring.slot_count, wiring.edges)
    pulls = [
        tuple(_pull(wiring, pulled, nodes, chooser))
        for nodes in pairwise(wiring.first_node.tolist())
    ]
    live = [[bool(sweep.live[group.nodes].any()) for group in level] for level in groups]
    quiet = np.flatnonzero(wiring.weighted & ~sweep.carrying)
    padded = chooser.padded_edges()
    first, cleared = _written(wiring, sweep, pushed)
    return BackwardPlan(
        sweep.seeded, pulls, live, pushed, first, cleared, pulled.edges, padded, quiet
    )


def _written(wiring: Wiring, sweep: Sweep, pushed: Truths) -> tuple[Truths, tuple[slice, ...]]:
    """Find the blocks that come first to their tails, going back; and all other nodes."""
    reached = np.zeros(wiring.nodes, np.bool_)
    reached[sweep.seeded] = True
    first, written = np.zeros(len(wiring.blocks), np.bool_), np.zeros(wiring.nodes, np.bool_)
    for number in range(len(wiring.blocks) - 1, -1, -1):
        if pushed[number]:
            tails = rows_of(wiring.blocks[number].tails)
            if isinstance(tails, slice) and not reached[tails].any():
                first[number] = written[tails] = True
            reached[tails] = True
    bounds = np.flatnonzero(np.diff(written, prepend=True, append=True)).tolist()
    return first, tuple(map(slice, bounds[::2], bounds[1::2]))


def _pulled(wiring: Wiring, sweep: Sweep, pushed: Truths) -> Pulled:
    """Give the edges of a sweep that no block pushes."""
    if not pushed.any():
        return Pulled(sweep.first_outgoing, sweep.outgoing.astype(np.int64))
    inside = np.zeros(wiring.edges, np.bool_)
    for block, push in zip(wiring.blocks, pushed.tolist(), strict=True):
        if push:
            inside[block.edges] = True
    edges = sweep.outgoing[~inside[sweep.outgoing]].astype(np.int64)
    return Pulled(offsets(np.bincount(wiring.tails[edges], minlength=wiring.nodes)), edges)


def _pull(
    wiring: Wiring, pulled: Pulled, nodes: tuple[int, int], chooser: Chooser
) -> Iterator[Sum]:
    """Give the sums that collect the adjoints of the nodes of one level."""
    start, stop = nodes
    begin, end = int(pulled.first[start]), int(pulled.first[stop])
    if begin == end:
        return
    edges = pulled.edges[begin:end]
    if stop - start == 1 and (one := chooser.one(start, wiring.slots[edges], begin)):
        yield one
        return
    counts = np.diff(pulled.first[start : stop + 1])
    targets = np.flatnonzero(counts)
    yield from chooser.several(
        Segments(
            targets=start + targets,
            first=offsets(counts[targets]),
            at=wiring.slots[edges],
            edges=edges,
            begin=begin,
            weighted=bool(wiring.weighted[edges].any()),
        )
    )
