"""Both passes of a network of many levels: XLA gets one step, and a loop over all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax.kinds import Group, Kind
from rojasgraph.engine.jax.steps import Size, Steps, steps_of
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Block, Floats, Wiring

Branch = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]


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
        self.size, self.tables = steps_of(wiring, kinds, levels)

    def __call__(
        self, sources: jax.Array, weights: jax.Array, tables: Steps
    ) -> tuple[jax.Array, jax.Array]:
        """Compute values by node and partials by slot.

        Args:
            sources: values, by source and example.
            weights: by edge.
            tables: what `self.tables` has.
        """
        wiring, size, dtype = self._wiring, self.size, sources.dtype
        examples = sources.shape[1:]
        longest = max(len(kind.operation.row.arguments) for kind in self._kinds)
        arguments = jnp.asarray(np.append(self._arguments, np.zeros(longest * size.nodes)), dtype)
        branches = [self._nothing, *map(self._branch, self._kinds)]

        def step(
            carry: tuple[jax.Array, ...], here: tuple[Steps, jax.Array]
        ) -> tuple[tuple[jax.Array, ...], None]:
            values, partials, before = carry
            at, weight = here
            sums = jnp.zeros((size.slots + 1, *examples), dtype)
            sums = sums.at[at.slots].add(weight[:, None] * values[at.tails])[:-1]
            nets = jnp.where(at.goes_on, before + sums, sums)
            mine = jax.lax.dynamic_slice_in_dim(arguments, at.argument, longest * size.nodes)
            value, partial = jax.lax.switch(at.kind, branches, nets, mine)
            values = jax.lax.dynamic_update_slice_in_dim(values, value, at.node, 0)
            partials = jax.lax.dynamic_update_slice_in_dim(partials, partial, at.slot, 0)
            return (values, partials, nets), None

        more = (wiring.nodes - wiring.sources + size.nodes, *examples)
        values = jnp.concatenate([sources, jnp.zeros(more, dtype)])
        partials = jnp.zeros((wiring.slot_count + size.slots, *examples), dtype)
        nets = jnp.zeros((size.slots, *examples), dtype)
        padded = _by_step(weights, tables)
        (values, partials, _), _ = jax.lax.scan(step, (values, partials, nets), (tables, padded))
        return values[: wiring.nodes], partials[: wiring.slot_count]

    def _nothing(self, nets: jax.Array, arguments: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Only add up."""
        del arguments
        return jnp.zeros((self.size.nodes, *nets.shape[1:]), nets.dtype), jnp.zeros_like(nets)

    def _branch(self, kind: Kind) -> Branch:
        """Make the function that computes as many nodes of a kind as a step takes."""
        nodes, slots = self.size.nodes, self.size.nodes * kind.operation.slots
        count = len(kind.operation.row.arguments)

        def label(nets: jax.Array, arguments: jax.Array) -> tuple[jax.Array, jax.Array]:
            table = arguments[: nodes * count].reshape(nodes, count)
            value, partial = kind.label(nets[:slots], table)
            return value, jnp.concatenate([partial, jnp.zeros_like(nets[slots:])])

        return label


class BackwardTables(NamedTuple):
    """What the backward pass goes by, besides the weights; by step, or by step and place.

    Attributes:
        steps: the steps.
        carries: whether derivatives flow over one of its edges. (Without this choice XLA would
            fuse reading adjoints with writing them, and copy them all in each step.)
        pulled: whether adjoints are pulled back over the edge.
    """

    steps: Steps
    carries: Any
    pulled: Any


class Backward:
    """The backward pass of a sweep."""

    def __init__(self, wiring: Wiring, forward: Forward, sweep: Sweep) -> None:
        """Plan it.

        Args:
            wiring: the network.
            forward: the forward pass.
            sweep: where it goes.
        """
        self._wiring = wiring
        self._sweep = sweep
        self._size: Size = forward.size
        self.blocks: Sequence[Block] = ()
        steps, marks = forward.tables, np.zeros((2, wiring.edges + 1), np.bool_)
        marks[0, sweep.outgoing] = True
        marks[1, :-1] = sweep.carrying
        carries = marks[:, steps.edges].any(axis=(0, 2))
        self.tables = BackwardTables(steps, carries, marks[0][steps.edges])

    def __call__(
        self, partials: jax.Array, weights: jax.Array, seeds: jax.Array, tables: BackwardTables
    ) -> tuple[jax.Array, jax.Array]:
        """Compute adjoints by node and deltas by slot.

        Args:
            partials: by slot and example.
            weights: by edge.
            seeds: by seeded node and example.
            tables: what `self.tables` has.
        """
        wiring, size, dtype = self._wiring, self._size, partials.dtype
        examples = partials.shape[1:]
        padding = jnp.zeros((size.slots, *examples), dtype)
        padded = jnp.concatenate([partials, padding])
        slots = jnp.arange(size.slots)

        def multiplied(mine: jax.Array, partial: jax.Array, fan: jax.Array) -> jax.Array:
            return partial * mine[jnp.minimum(slots // fan, size.nodes - 1)]

        def nothing(mine: jax.Array, partial: jax.Array, fan: jax.Array) -> jax.Array:
            del mine, fan
            return jnp.zeros_like(partial)

        def step(
            carry: tuple[jax.Array, jax.Array], here: tuple[BackwardTables, jax.Array]
        ) -> tuple[tuple[jax.Array, jax.Array], None]:
            (adjoints, deltas), (table, weight) = carry, here
            at = table.steps
            mine = jax.lax.dynamic_slice_in_dim(adjoints, at.node, size.nodes)
            partial = jax.lax.dynamic_slice_in_dim(padded, at.slot, size.slots)
            delta = jax.lax.cond(table.carries, multiplied, nothing, mine, partial, at.fan)
            carried = weight[:, None] * delta[jnp.minimum(at.slots, size.slots - 1)]
            carried = jnp.where(table.pulled[:, None], carried, 0)
            adjoints = adjoints.at[at.tails].add(carried)
            later = jax.lax.dynamic_slice_in_dim(deltas, at.slot, size.slots)
            delta = jnp.where((slots < at.count)[:, None], delta, later)
            return (adjoints, jax.lax.dynamic_update_slice_in_dim(deltas, delta, at.slot, 0)), None

        adjoints = jnp.zeros((wiring.nodes + size.nodes, *examples), dtype)
        adjoints = adjoints.at[self._sweep.seeded].add(seeds)
        steps = (tables, _by_step(weights, tables.steps))
        carry = (adjoints, jnp.zeros_like(padded))
        (adjoints, deltas), _ = jax.lax.scan(step, carry, steps, reverse=True)
        return adjoints[: wiring.nodes], deltas[: wiring.slot_count]


def _by_step(weights: jax.Array, steps: Steps) -> jax.Array:
    """Lay out the weights by step and place; 0 where there is no edge."""
    return jnp.append(weights, jnp.zeros(1, weights.dtype))[steps.edges]
