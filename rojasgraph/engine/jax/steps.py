"""Cut the passes of a deep network into small steps, all of one size, for XLA to loop over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rojasgraph.engine.jax.kinds import Group, Kind
from rojasgraph.engine.wiring import Integers, Truths, Wiring

_STEP = 64
"""What a step costs, in edges or nodes that it computes meanwhile."""

_SIZES = [1 << i for i in range(13)]
"""Among which the size of a step is chosen."""


class Size(NamedTuple):
    """How much a step takes at most: nodes, their slots, the edges into them."""

    nodes: int
    slots: int
    edges: int


class Steps(NamedTuple):
    """All steps; arrays by step, or by step and place.

    A node with more edges than a step takes is computed in several, of which all but the last only
    add up what comes in.

    Attributes:
        kind: the number of the nodes' kind, from 1 up; 0 where edges are only added up.
        goes_on: whether what comes in is added to that of the step before.
        node: the first node.
        slot: its first slot.
        fan: how many slots a node has.
        count: how many slots the nodes have together.
        argument: where the nodes' arguments begin.
        edges: the edges; padded with the number after the last.
        tails: their tails; padded with 0.
        slots: their slots, counted from `slot`; padded with `Size.slots`.
    """

    kind: Integers
    goes_on: Truths
    node: Integers
    slot: Integers
    fan: Integers
    count: Integers
    argument: Integers
    edges: Integers
    tails: Integers
    slots: Integers


def steps_of(
    wiring: Wiring, kinds: Sequence[Kind], levels: Sequence[Sequence[Group]]
) -> tuple[Size, Steps]:
    """Cut a network into steps.

    Args:
        wiring: the network.
        kinds: how its nodes are computed.
        levels: the groups of each level.
    """
    groups = [group for level in levels for group in level]
    nodes, edges = _best(groups)
    size = Size(nodes, nodes * max(kind.operation.slots for kind in kinds), edges)
    first = wiring.first_incoming().tolist()
    cuts = itertools.chain.from_iterable(_cuts(group, first, size) for group in groups)
    kind, node, count, start, stop, goes_on, last = np.array(list(cuts), np.int64).T
    place = start[:, None] + np.arange(edges)
    there = place < stop[:, None]
    at = np.where(there, place, 0)
    slot = wiring.first_slot[node]
    fans = np.array([kind.operation.slots for kind in kinds])
    return size, Steps(
        kind=np.where(last, kind + 1, 0).astype(np.int32),
        goes_on=goes_on.astype(np.bool_),
        node=node.astype(np.int32),
        slot=slot.astype(np.int32),
        fan=fans[kind].astype(np.int32),
        count=(count * fans[kind]).astype(np.int32),
        argument=wiring.first_argument[node].astype(np.int32),
        edges=np.where(there, place, wiring.edges).astype(np.int32),
        tails=np.where(there, wiring.tails[at], 0).astype(np.int32),
        slots=np.where(there, wiring.slots[at] - slot[:, None], size.slots).astype(np.int32),
    )


def _best(groups: Sequence[Group]) -> tuple[int, int]:
    """Choose how many nodes and edges a step takes, so that all steps together cost least."""
    nodes = np.array([group.nodes.stop - group.nodes.start for group in groups])
    edges = np.array([group.edges.stop - group.edges.start for group in groups])

    def cost(size: tuple[int, int]) -> int:
        steps = np.maximum(-(-nodes // size[0]), -(-edges // size[1])).sum()
        return int(steps) * (_STEP + sum(size))

    return min(itertools.product(_SIZES, repeat=2), key=cost)


def _cuts(group: Group, first: Sequence[int], size: Size) -> Iterator[tuple[int, ...]]:
    """Cut a group into steps.

    Yields:
        The kind, the first node, how many there are, where the edges begin and end, whether the step goes on with the
        node of the step before, and whether it is the last of its nodes.
    """
    node, end = group.nodes.start, group.nodes.stop
    while node < end:
        start = first[node]
        stop = min(node + size.nodes, end)
        while first[stop] - start > size.edges and stop > node + 1:
            stop -= 1
        limit = first[stop]
        for place in range(start, max(limit, start + 1), size.edges):
            until = min(place + size.edges, limit)
            yield group.kind, node, stop - node, place, until, place > start, until == limit
        node = stop
