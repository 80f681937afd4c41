"""The same graph as bits: for orders that are tried by the thousand."""

from __future__ import annotations

from dataclasses import dataclass

from rojasgraph.analysis.elimination.dependence import Dependence


@dataclass(frozen=True, slots=True)
class Masks:
    """Neighbor sets as integers: bit i of `into[j]` tells that vertex i feeds vertex j.

    Vertices are numbered anew: the intermediates in the order of the graph, then all others.

    Attributes:
        into: the predecessors of each vertex.
        out: its successors.
        inner: how many vertices are to be eliminated: the first ones.
    """

    into: list[int]
    out: list[int]
    inner: int


def masks_of(dependence: Dependence) -> Masks:
    """Write a dependence as bits."""
    ends = dict.fromkeys((*dependence.columns, *dependence.rows))
    vertices = [*dependence.intermediates, *ends]
    place = {j: i for i, j in enumerate(vertices)}
    into, out = [0] * len(vertices), [0] * len(vertices)
    for tail, head in dependence.links:
        into[place[head]] |= 1 << place[tail]
        out[place[tail]] |= 1 << place[head]
    return Masks(into, out, len(dependence.intermediates))


def eliminate(into: list[int], out: list[int], j: int) -> int:
    """Take vertex j out of the neighbor sets; give the multiplications that this costs."""
    before, behind = into[j], out[j]
    others = ~(1 << j)
    rest = before
    while rest:
        lowest = rest & -rest
        rest ^= lowest
        i = lowest.bit_length() - 1
        out[i] = (out[i] | behind) & others
    rest = behind
    while rest:
        lowest = rest & -rest
        rest ^= lowest
        k = lowest.bit_length() - 1
        into[k] = (into[k] | before) & others
    return before.bit_count() * behind.bit_count()
