"""Walks over a graph given as arrays: levels, what can be reached, a cycle.

A graph of ten million edges is walked a level at a time by numpy; one whose levels hold a few
nodes each, such as a chain, in a plain loop: there a call of numpy costs more than a level.

A graph is given by the neighbours of its nodes: those of node j are
`neighbours[first[j]:first[j + 1]]`.
"""

from __future__ import annotations

import numpy as np

from rojasgraph.engine.wiring import Integers, Truths

_WIDE = 256
"""From how many edges on numpy walks a level faster than a plain loop."""


def offsets(counts: Integers) -> Integers:
    """Give where each part begins when parts of these sizes are laid end to end.

    >>> offsets(np.array([2, 0, 3]))
    array([0, 2, 2, 5])
    """
    first = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=first[1:])
    return first


def laid_out(first: Integers, chosen: Integers) -> Integers:
    """List the places of the chosen parts, one part after the other.

    >>> laid_out(offsets(np.array([2, 1, 3])), np.array([2, 0]))
    array([3, 4, 5, 0, 1])
    """
    begins = first[chosen]
    counts = first[chosen + 1] - begins
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(begins - (ends - counts), counts) + np.arange(total)


def by_node(nodes: Integers, count: int) -> tuple[Integers, Integers]:
    """Sort edges by one of their ends.

    Args:
        nodes: for each edge its head, or its tail.
        count: how many nodes there are.

    Returns:
        Where the edges of each node begin, and the edges in that order.
    """
    return offsets(np.bincount(nodes, minlength=count)), np.argsort(nodes, kind="stable")


def levels(first: Integers, heads: Integers, waiting: Integers) -> Integers:
    """Give each node's level: the number of edges on the longest path from a source.

    Args:
        first: where the heads of each node begin.
        heads: the heads of the edges out of each node.
        waiting: how many edges enter each node; it is used up.

    Returns:
        The levels; −1 for nodes on a cycle or behind one.

    Source: Kahn, Topological sorting of large networks (1962).

    >>> levels(np.array([0, 2, 3, 3]), np.array([1, 2, 2]), np.array([0, 1, 2], np.int32))
    array([0, 1, 2], dtype=int32)
    """
    level = np.full(len(waiting), -1, np.int32)
    frontier: Integers = np.flatnonzero(waiting == 0)
    scratch = np.empty(len(waiting), np.int64)
    depth = 0
    while len(frontier):
        if _edges(first, frontier) < _WIDE:
            frontier, depth = _narrow_levels(first, heads, (waiting, level), frontier, depth)
            continue
        level[frontier] = depth
        reached = heads[laid_out(first, frontier)]
        np.subtract.at(waiting, reached, np.int32(1))
        frontier = _once(reached[waiting[reached] == 0], scratch)
        depth += 1
    return level


def _edges(first: Integers, nodes: Integers) -> int:
    return int((first[nodes + 1] - first[nodes]).sum())


def _once(nodes: Integers, scratch: Integers) -> Integers:
    """Leave out what is there already."""
    place = np.arange(len(nodes))
    scratch[nodes] = place
    kept: Integers = nodes[scratch[nodes] == place]
    return kept


def _narrow_levels(
    first: Integers,
    heads: Integers,
    state: tuple[Integers, Integers],
    frontier: Integers,
    depth: int,
) -> tuple[Integers, int]:
    """Walk levels in a plain loop for as long as they stay narrow; `state`: waiting and level."""
    starts, ends, waiting, level = first.data, heads.data, state[0].data, state[1].data
    here: list[int] = frontier.tolist()
    while here:
        if sum(starts[j + 1] - starts[j] for j in here) >= _WIDE:
            break
        ready: list[int] = []
        for j in here:
            level[j] = depth
            for e in range(starts[j], starts[j + 1]):
                head = ends[e]
                waiting[head] -= 1
                if not waiting[head]:
                    ready.append(head)
        here = ready
        depth += 1
    return np.array(here, np.int64), depth


def reached(first: Integers, neighbours: Integers, start: Integers) -> Truths:
    """Mark the nodes that can be reached from some, these included.

    >>> reached(np.array([0, 1, 2, 2]), np.array([1, 2]), np.array([1]))
    array([False,  True,  True])
    """
    found = np.zeros(len(first) - 1, np.bool_)
    scratch = np.empty(len(found), np.int64)
    frontier = _once(np.asarray(start, np.int64), scratch)
    found[frontier] = True
    while len(frontier):
        if _edges(first, frontier) < _WIDE:
            frontier = _narrow_reach(first, neighbours, found, frontier)
            continue
        ahead = neighbours[laid_out(first, frontier)]
        frontier = _once(ahead[~found[ahead]], scratch)
        found[frontier] = True
    return found


def _narrow_reach(
    first: Integers, neighbours: Integers, found: Truths, frontier: Integers
) -> Integers:
    """Go on in a plain loop for as long as few edges are ahead."""
    starts, ends, seen = first.data, neighbours.data, found.data
    here: list[int] = frontier.tolist()
    while here:
        if sum(starts[j + 1] - starts[j] for j in here) >= _WIDE:
            break
        ahead: list[int] = []
        for j in here:
            for e in range(starts[j], starts[j + 1]):
                if not seen[ends[e]]:
                    seen[ends[e]] = True
                    ahead.append(ends[e])
        here = ahead
    return np.array(here, np.int64)


def cycle(tails: Integers, heads: Integers, level: Integers) -> list[int]:
    """Find a cycle, given which nodes have no level.

    Args:
        tails: the edges' tails.
        heads: the edges' heads.
        level: −1 at the nodes on a cycle or behind one, of which there is at least one.

    Returns:
        Nodes, each of which has an edge to the next, and the last to the first.

    >>> cycle(np.array([0, 1, 2, 2]), np.array([1, 2, 1, 3]), np.array([0, -1, -1, -1]))
    [2, 1]
    """
    behind = (level[tails] < 0) & (level[heads] < 0)
    before = dict(zip(heads[behind].tolist(), tails[behind].tolist(), strict=True))
    walked: dict[int, None] = {}
    j = int(np.flatnonzero(level < 0)[0])
    while j not in walked:
        walked[j] = None
        j = before[j]
    path = list(walked)
    return path[path.index(j) :][::-1]
