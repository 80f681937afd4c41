"""What paths take in a wiring: edges, and steps from a parameter into a weight that it shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rojasgraph.engine.arrangement import sorted_by
from rojasgraph.engine.levels import offsets, reached
from rojasgraph.engine.recent import Recent
from rojasgraph.engine.wiring import Integers, Truths, Wiring


@dataclass(frozen=True)
class Routes:
    """The routes into each slot, numbered slot by slot; without shared weights these are the edges.

    Attributes:
        wiring: the network.
        first: by slot, where its routes begin; and the number of routes.
        tails: by route, the node it comes from.
        slots: by route, the slot it feeds.
        edges: by route, the edge that it is, or whose weight it leads into.
        implied: the routes from a parameter into the weight of an edge.
    """

    wiring: Wiring
    first: Integers
    tails: Integers
    slots: Integers
    edges: Integers
    implied: Integers
    _reaches: Recent = field(default_factory=Recent)

    @cached_property
    def heads(self) -> Integers:
        """By route, the node it goes to."""
        return self.wiring.nodes_of_slots()[self.slots]

    @cached_property
    def passing(self) -> Truths:
        """By node, whether derivatives flow back through it."""
        rows = np.array([*(row.passes for row, _ in self.wiring.operations), True, True, True])
        found: Truths = rows[self.wiring.codes]
        return found

    def live(self, output: int, *, structural: bool) -> Truths:
        """Mark the nodes with a path to an output.

        Args:
            output: the node.
            structural: whether paths go through operations that pass no derivatives.

        Returns:
            The marks; kept for the next sweep from there.
        """
        found: Truths = self._reaches.of(
            (output, structural), lambda: self._reach(output, structural=structural)
        )
        return found

    def _reach(self, output: int, *, structural: bool) -> Truths:
        tails, first = self.tails, self.first[self.wiring.first_slot]
        if not structural and not self.passing.all():
            kept = self.passing[self.heads]
            tails = tails[kept]
            first = offsets(np.bincount(self.heads[kept], minlength=self.wiring.nodes))
        return reached(first, tails, np.array([output]))

    @cached_property
    def by_tail(self) -> Integers:
        """The routes sorted by their tails."""
        return sorted_by(self.tails)

    @cached_property
    def first_by_tail(self) -> Integers:
        """By node, where the routes out of it begin in `by_tail`; and the number of routes."""
        return offsets(np.bincount(self.tails, minlength=self.wiring.nodes))

    @cached_property
    def is_implied(self) -> Truths:
        """By route, whether it leads from a parameter into the weight of an edge."""
        found = np.zeros(len(self.tails), np.bool_)
        found[self.implied] = True
        return found


def routes_of(wiring: Wiring, shared: Integers, carriers: Integers) -> Routes:
    """Find the routes of a wiring.

    Args:
        wiring: the network.
        shared: the edges that share a parameter.
        carriers: by these edges, the parameter.
    """
    none = np.empty(0, np.int64)
    if not len(shared):
        everything = np.arange(wiring.edges)
        return Routes(wiring, wiring.first_edge, wiring.tails, wiring.slots, everything, none)
    tails = np.concatenate([wiring.tails, carriers]).astype(wiring.tails.dtype)
    slots = np.concatenate([wiring.slots, wiring.slots[shared]])
    edges = np.concatenate([np.arange(wiring.edges), shared])
    order = sorted_by(slots)
    first = offsets(np.bincount(slots, minlength=wiring.slot_count))
    implied = np.flatnonzero(order >= wiring.edges)
    return Routes(wiring, first, tails[order], slots[order], edges[order], implied)
