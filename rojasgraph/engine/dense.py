"""Find fully connected parts: nodes of one operation that are all fed by the same tails."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rojasgraph.engine.listing import Listing
from rojasgraph.engine.wiring import Block, Integers, Truths

_FEWEST = 4
"""How many nodes and how many tails make a matrix that is worth a call of its own."""


def alike(listing: Listing, level: Integers, incoming: Integers) -> Integers:
    """Number the sets of nodes that may be fully connected to the same tails.

    Nodes are alike if they are of one level and one operation with one slot, and the same number
    of weighted edges comes from tails of the same checksum. `blocks` looks closer.

    Args:
        listing: the network.
        level: by node.
        incoming: by node, the number of edges into it.

    Returns:
        By node the number of its set, from 1 up; 0 where it is alone or nearly so.
    """
    count = len(level)
    number = np.zeros(count, np.int64)
    one_slot = np.array([*(slots == 1 for _, slots in listing.operations), *[False] * 3])
    may = one_slot[listing.codes] & (incoming >= _FEWEST)
    may[listing.heads[~(listing.weighted | (listing.shared >= 0))]] = False
    edges = np.flatnonzero(may[listing.heads])
    if not len(edges):
        return number
    checksum = np.zeros(count, np.uint64)
    np.add.at(checksum, listing.heads[edges], _mixed(listing.tails[edges]))
    nodes = np.flatnonzero(may)
    keys = np.stack([level[nodes].astype(np.uint64), listing.codes[nodes].astype(np.uint64),
                     incoming[nodes].astype(np.uint64), checksum[nodes]])  # fmt: skip
    order = np.lexsort(keys)
    new = np.ones(len(order), np.bool_)
    new[1:] = (keys[:, order[1:]] != keys[:, order[:-1]]).any(axis=0)
    sets = np.cumsum(new)
    large = np.bincount(sets) >= _FEWEST
    number[nodes[order]] = np.where(large[sets], sets, 0)
    return number


def _mixed(numbers: Integers) -> Integers:
    """Scatter numbers over 64 bits, so that equal sums mean equal sets, but for rare accidents.

    Source: Steele, Lea, Flood, Fast splittable pseudorandom number generators (2014), section 3.
    """
    x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def blocks(
    likeness: Integers,
    first_incoming: Integers,
    tails: Integers,
    weighted: Truths,
) -> tuple[Block, ...]:
    """Make blocks of the sets of alike nodes whose tails are indeed the same.

    Args:
        likeness: by node the number of its set; the nodes of a set follow one another.
        first_incoming: by node, where the edges into it begin.
        tails: by edge; ascending for each node.
        weighted: by edge.
    """
    bounds = np.append(np.flatnonzero(np.diff(likeness, prepend=0)), len(likeness))
    found = []
    for first, stop in pairwise(bounds.tolist()):
        if not likeness[first]:
            continue
        begin, end = int(first_incoming[first]), int(first_incoming[stop])
        rows = tails[begin:end].reshape(stop - first, -1)
        distinct = bool((np.diff(rows[0]) > 0).all())
        if distinct and bool((rows == rows[0]).all()) and bool(weighted[begin:end].all()):
            found.append(Block(first, stop, begin, rows[0].astype(np.intp)))
    return tuple(found)
