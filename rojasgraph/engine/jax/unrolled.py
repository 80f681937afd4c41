"""Both passes of a network of few levels: XLA gets the operations of each level one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax.kinds import Group, Kind
from rojasgraph.engine.jax.sums import (
    Product,
    Sum,
    Tables,
    TableWriter,
    joined,
    places_of,
    product,
    product_of,
    slots_of,
)
from rojasgraph.engine.levels import offsets
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Block, Floats, Integers, Wiring


class Forward:
    """The forward pass."""

    def __init__(
        self,
        wiring: Wiring,
        kinds: Sequence[Kind],
        levels: Sequence[Sequence[Group]],
        arguments: Floats,
    ) -> None:
        """Plan it.

        Args:
            wiring: the network.
            kinds: how its nodes are computed.
            levels: the groups of each level.
            arguments: of all nodes.
        """
        self._wiring = wiring
        self._kinds = kinds
        self._arguments = arguments
        writer = TableWriter(wiring.nodes, wiring.edges)
        blocks = deque(wiring.blocks)
        self._groups = [
            (group, list(_feeding(wiring, group, blocks, writer)))
            for level in levels
            for group in level
        ]
        self.tables = writer.tables()

    def __call__(
        self, sources: jax.Array, weights: jax.Array, tables: Tables
    ) -> tuple[jax.Array, jax.Array]:
        """Compute values by node and partials by slot.

        Args:
            sources: values, by source and example.
            weights: by edge.
            tables: what `self.tables` has.
        """
        wiring = self._wiring
        rows, padded = tables.rows, tables.weights(weights)
        shape = (wiring.nodes + 1 - wiring.sources, *sources.shape[1:])
        values = jnp.concatenate([sources, jnp.zeros(shape, sources.dtype)])
        partials = [jnp.zeros((0, *sources.shape[1:]), sources.dtype)]
        for group, feeding in self._groups:
            nets = joined([
                product(each.matrix(weights), values[each.rows])
                if isinstance(each, Product)
                else each.sums(values, rows, padded)
                for each in feeding
            ])  # fmt: skip
            kind = self._kinds[group.kind]
            value, partial = kind.label(nets, self._table(group, nets.dtype))
            values = jax.lax.dynamic_update_slice_in_dim(values, value, group.nodes.start, 0)
            partials.append(partial)
        return values[:-1], jnp.concatenate(partials)

    def _table(self, group: Group, dtype: Any) -> jax.Array:  # noqa: ANN401
        """Give the arguments of a group by node and argument."""
        count = len(self._kinds[group.kind].operation.row.arguments)
        numbers = jnp.asarray(self._arguments[group.arguments], dtype)
        return numbers.reshape(-1, count) if count else numbers


def _feeding(
    wiring: Wiring, group: Group, blocks: deque[Block], writer: TableWriter
) -> Iterator[Sum | Product]:
    """Give the sums that feed a group: its blocks, which are used up, and what lies between."""
    start = group.slots.start
    while blocks and blocks[0].first < group.nodes.stop:
        block = blocks.popleft()
        slot = int(wiring.first_slot[block.first])
        if start < slot:
            yield _between(wiring, start, slot, writer)
        yield product_of(block)
        start = int(wiring.first_slot[block.stop])
    if start < group.slots.stop:
        yield _between(wiring, start, group.slots.stop, writer)


def _between(wiring: Wiring, start: int, stop: int, writer: TableWriter) -> Sum:
    """Give the sums that feed some slots, of which none is in a block."""
    begin, end = int(wiring.first_edge[start]), int(wiring.first_edge[stop])
    first = wiring.first_edge[start : stop + 1] - begin
    return writer.sum(first, wiring.tails[begin:end], np.arange(begin, end))


class Push(NamedTuple):
    """What a fully connected part carries back to those of its tails that are of one level.

    Attributes:
        block: the part.
        columns: the columns of its matrix that belong to these tails.
        rows: which of the level's nodes these tails are.
    """

    block: Product
    slots: slice
    columns: slice
    rows: slice | Integers


class Backward:
    """The backward pass of a sweep."""

    def __init__(self, wiring: Wiring, levels: Sequence[Sequence[Group]], sweep: Sweep) -> None:
        """Plan it.

        Args:
            wiring: the network.
            levels: the groups of each level.
            sweep: where it goes.
        """
        self._wiring = wiring
        self._seeded = sweep.seeded.astype(np.int32)
        self._levels = levels
        self.blocks: Sequence[Block] = [
            block for block in wiring.blocks if sweep.carrying[block.edges].all()
        ]
        inside = np.zeros(wiring.edges, np.bool_)
        for block in self.blocks:
            inside[block.edges] = True
        writer = TableWriter(wiring.slot_count, wiring.edges)
        pulled = sweep.outgoing[~inside[sweep.outgoing]].astype(np.int64)
        first = offsets(np.bincount(wiring.tails[pulled], minlength=wiring.nodes))
        bounds = list(pairwise(wiring.first_node.tolist()))
        self._pulls = [_pull(wiring, pulled, first, nodes, writer) for nodes in bounds]
        self._pushes = [list(_pushes(wiring, self.blocks, nodes)) for nodes in bounds]
        self.tables = writer.tables()

    def __call__(
        self, partials: jax.Array, weights: jax.Array, seeds: jax.Array, tables: Tables
    ) -> tuple[jax.Array, jax.Array]:
        """Compute adjoints by node and deltas by slot.

        Args:
            partials: by slot and example.
            weights: by edge.
            seeds: by seeded node and example.
            tables: what `self.tables` has.
        """
        wiring, dtype, examples = self._wiring, partials.dtype, partials.shape[1:]
        rows, padded = tables.rows, tables.weights(weights)
        start = jnp.zeros((wiring.nodes, *examples), dtype).at[self._seeded].add(seeds)
        deltas = jnp.zeros((wiring.slot_count + 1, *examples), dtype)
        adjoints: list[jax.Array] = []
        bounds = wiring.first_node.tolist()
        for depth in range(len(bounds) - 2, -1, -1):
            here = start[bounds[depth] : bounds[depth + 1]]
            pull = self._pulls[depth]
            if pull is not None:
                here = here + pull.sums(deltas, rows, padded)
            for push in self._pushes[depth]:
                matrix = push.block.matrix(weights)[:, push.columns]
                here = here.at[push.rows].add(product(matrix.T, deltas[push.slots]))
            adjoints.append(here)
            for group in self._levels[depth - 1] if depth else ():
                first = group.nodes.start - bounds[depth]
                mine = here[first : first + group.nodes.stop - group.nodes.start]
                slots = (group.slots.stop - group.slots.start) // max(len(mine), 1)
                delta = partials[group.slots] * jnp.repeat(mine, slots, axis=0)
                deltas = jax.lax.dynamic_update_slice_in_dim(deltas, delta, group.slots.start, 0)
        return joined(adjoints[::-1]), deltas[:-1]


def _pull(
    wiring: Wiring,
    edges: Integers,
    first: Integers,
    nodes: tuple[int, int],
    writer: TableWriter,
) -> Sum | None:
    """Give the sums that collect the adjoints of the nodes of one level; None without edges."""
    begin, end = int(first[nodes[0]]), int(first[nodes[1]])
    if begin == end:
        return None
    here = edges[begin:end]
    return writer.sum(first[nodes[0] : nodes[1] + 1] - begin, wiring.slots[here], here)


def _pushes(wiring: Wiring, blocks: Sequence[Block], nodes: tuple[int, int]) -> Iterator[Push]:
    """Give what blocks carry back to the nodes of one level."""
    for block in blocks:
        left, right = np.searchsorted(block.tails, nodes).tolist()
        if left < right:
            rows = places_of(block.tails[left:right] - nodes[0])
            yield Push(product_of(block), slots_of(wiring, block), slice(left, right), rows)
