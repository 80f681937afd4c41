"""The network as arrays: what an engine is made from, and nothing that changes between passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rojasgraph.table import Primitive

Integers = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Truths = NDArray[np.bool_]


class Operation(NamedTuple):
    """A primitive with its number of slots."""

    row: Primitive
    slots: int


class Block(NamedTuple):
    """Nodes of one operation that are all fed by the same tails: two layers, fully connected.

    Attributes:
        first: the first of the nodes, which follow one another.
        stop: the number after the last.
        first_edge: the first of their edges: `(stop - first) * len(tails)` of them, which follow
            one another, by node and then by tail, so their weights are a matrix.
        tails: the nodes that feed each of them, ascending.
    """

    first: int
    stop: int
    first_edge: int
    tails: Integers

    @property
    def edges(self) -> slice:
        """Their edges."""
        return slice(self.first_edge, self.first_edge + (self.stop - self.first) * len(self.tails))


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """A network as arrays.

    Nodes are numbered by level (the longest path from a source), then by operation, then by the
    number of edges into them; so the nodes of one level and one operation follow one another. The
    sources are level 0: inputs, parameters, constants.

    The slots of all nodes are numbered through, node by node; so are the edges, slot by slot.
    What comes in at slot s is the sum of weight · value(tail) over the edges
    `first_edge[s]` to `first_edge[s + 1]`; every slot has at least one.

    Attributes:
        operations: the distinct operations.
        codes: by node, its place in `operations`; −1 an input, −2 a parameter, −3 a constant.
        first_node: where each level begins, and the number of nodes.
        first_slot: by node, where its slots begin; and the number of slots.
        first_edge: by slot, where its edges begin; and the number of edges.
        tails: by edge, the node it comes from; ascending within a slot.
        slots: by edge, the slot it feeds.
        weighted: by edge, whether the derivative by its weight is wanted; the weight of any other
            edge is 1.
        first_outgoing: by node, where its edges begin in `outgoing`; and the number of edges.
        outgoing: the edges by tail: those out of each node, ascending.
        first_argument: by node, where its arguments begin in `Task.arguments`, which holds them
            in the order of the row; and the number of arguments.
        blocks: fully connected parts, all of whose edges are weighted; ascending, of one slot.
    """

    operations: tuple[Operation, ...]
    codes: Integers
    first_node: Integers
    first_slot: Integers
    first_edge: Integers
    tails: Integers
    slots: Integers
    weighted: Truths
    first_outgoing: Integers
    outgoing: Integers
    first_argument: Integers
    blocks: tuple[Block, ...]

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.codes)

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return len(self.tails)

    @property
    def sources(self) -> int:
        """How many sources there are: the nodes below this number."""
        return int(self.first_node[1])

    @property
    def slot_count(self) -> int:
        """How many slots all nodes have."""
        return int(self.first_slot[-1])

    def nodes_of_slots(self) -> Integers:
        """Give by slot the node that it belongs to."""
        return np.repeat(np.arange(self.nodes), np.diff(self.first_slot))

    def first_incoming(self) -> Integers:
        """Give by node where the edges into it begin; and the number of edges."""
        return self.first_edge[self.first_slot]


def index_type(largest: int) -> type[np.int32 | np.int64]:
    """Choose the integers that number so many things."""
    return np.int32 if largest <= np.iinfo(np.int32).max else np.int64
