"""Both passes of a network of many levels: XLA gets one step, and a loop over all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax.kinds import Group, Kind
from rojasgraph.engine.jax.steps import Steps, Targets, steps_of
from rojasgraph.engine.jax.sums import Sum, Tables, TableWriter
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Block, Floats, Wiring

Carry = tuple[jax.Array, jax.Array, jax.Array]
"""What a step hands to the next: two arrays that are filled, and sums that may go on."""

Branch = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]


class ForwardTables(NamedTuple):
    """What the forward pass goes by; by step.

    Attributes:
        steps: the sums that feed the nodes.
        kind: the number of the nodes' kind, from 1 up; 0 where the sums are not complete.
        slot: the first slot.
        argument: where the nodes' arguments begin.
    """

    steps: Steps
    kind: Any
    slot: Any
    argument: Any


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
        groups = [group for level in levels for group in level]
        runs = np.array([*(group.nodes.start for group in groups), wiring.nodes])
        targets = Targets(
            runs, wiring.first_slot, wiring.first_edge, wiring.tails, np.arange(wiring.edges)
        )
        steps = steps_of(targets, wiring.nodes, wiring.edges)
        of_groups = np.array([group.kind for group in groups])
        kind = of_groups[np.searchsorted(runs, steps.node, side="right") - 1] + 1
        self.tables = ForwardTables(
            steps,
            np.where(steps.last, kind, 0).astype(np.int32),
            wiring.first_slot[steps.node].astype(np.int32),
            wiring.first_argument[steps.node].astype(np.int32),
        )
        self._slots = steps.rows.shape[1]
        self._nodes = self._slots // int(np.diff(wiring.first_slot).max())

    def __call__(
        self, sources: jax.Array, weights: jax.Array, tables: ForwardTables
    ) -> tuple[jax.Array, jax.Array]:
        """Compute values by node and partials by slot.

        Args:
            sources: values, by source and example.
            weights: by edge.
            tables: what `self.tables` has.
        """
        wiring, dtype, examples = self._wiring, sources.dtype, sources.shape[1:]
        longest = self._nodes * max(len(kind.operation.row.arguments) for kind in self._kinds)
        arguments = jnp.asarray(np.append(self._arguments, np.zeros(longest)), dtype)
        branches = [self._nothing, *map(self._branch, self._kinds)]

        def step(carry: Carry, here: tuple[ForwardTables, jax.Array]) -> tuple[Carry, None]:
            (values, partials, before), (at, weight) = carry, here
            nets = _summed(at.steps, weight, values, before)
            mine = jax.lax.dynamic_slice_in_dim(arguments, at.argument, longest)
            value, partial = jax.lax.switch(at.kind, branches, nets, mine)
            # Beyond the nodes of this step stands what the next ones write, or nothing.
            last = (jnp.arange(self._nodes) < at.steps.nodes)[:, None]
            value = jnp.where(last, value, 0)
            values = jax.lax.dynamic_update_slice_in_dim(values, value, at.steps.node, 0)
            partials = jax.lax.dynamic_update_slice_in_dim(partials, partial, at.slot, 0)
            return (values, partials, nets), None

        more = (wiring.nodes - wiring.sources + self._nodes, *examples)
        values = jnp.concatenate([sources, jnp.zeros(more, dtype)])
        partials = jnp.zeros((wiring.slot_count + self._slots, *examples), dtype)
        nets = jnp.zeros((self._slots, *examples), dtype)
        steps = (tables, _by_step(weights, tables.steps))
        (values, partials, _), _ = jax.lax.scan(step, (values, partials, nets), steps)
        return values[: wiring.nodes], partials[: wiring.slot_count]

    def _nothing(self, nets: jax.Array, arguments: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Leave sums that are not complete."""
        del arguments
        return jnp.zeros((self._nodes, *nets.shape[1:]), nets.dtype), jnp.zeros_like(nets)

    def _branch(self, kind: Kind) -> Branch:
        """Make the function that computes as many nodes of a kind as a step takes."""
        nodes, slots = self._nodes, self._nodes * kind.operation.slots
        count = len(kind.operation.row.arguments)

        def label(nets: jax.Array, arguments: jax.Array) -> tuple[jax.Array, jax.Array]:
            table = arguments[: nodes * count].reshape(nodes, count)
            value, partial = kind.label(nets[:slots], table)
            return value, jnp.concatenate([partial, jnp.zeros_like(nets[slots:])])

        return label


class BackwardTables(NamedTuple):
    """What the backward pass goes by.

    Attributes:
        steps: the sums that collect the adjoints, the last level first.
        carries: by step, whether its sums are complete and one of its nodes is live. (Without this
            choice XLA would fuse reading deltas with writing them, and copy all in each step.)
        slot: by step, the first slot of its nodes.
        slots: by step, how many slots they have.
        owner: by step and slot, the node that it belongs to, counted from the first.
        sources: the tables of the sums that collect the adjoints of the sources; None in a step.
    """

    steps: Steps
    carries: Any
    slot: Any
    slots: Any
    owner: Any
    sources: Tables | None


class Backward:
    """The backward pass of a sweep."""

    def __init__(self, wiring: Wiring, sweep: Sweep) -> None:
        """Plan it.

        Args:
            wiring: the network.
            sweep: where it goes.
        """
        self._wiring = wiring
        self._seeded = sweep.seeded.astype(np.int32)
        self.blocks: Sequence[Block] = ()
        rows = wiring.slots[sweep.outgoing]
        targets = Targets(
            wiring.first_node[1:],
            np.arange(wiring.nodes + 1),
            sweep.first_outgoing,
            rows,
            sweep.outgoing,
        )
        steps = _from_the_end(steps_of(targets, wiring.slot_count, wiring.edges))
        slot, stop = wiring.first_slot[steps.node], wiring.first_slot[steps.node + steps.nodes]
        most = int((stop - slot).max())
        places = np.minimum(slot[:, None] + np.arange(most), wiring.slot_count - 1)
        owner = wiring.nodes_of_slots()[places] - steps.node[:, None]
        nodes = steps.rows.shape[1]
        live = np.append(0, np.cumsum(sweep.live))
        carries = live[steps.node + steps.nodes] > live[steps.node]
        writer = TableWriter(wiring.slot_count, wiring.edges)
        first = sweep.first_outgoing[: wiring.sources + 1]
        self._sources: Sum = writer.sum(first, rows[: first[-1]], sweep.outgoing[: first[-1]])
        self.tables = BackwardTables(
            steps,
            carries & steps.last,
            slot.astype(np.int32),
            (stop - slot).astype(np.int32),
            np.minimum(owner, nodes - 1).astype(np.int32),
            writer.tables(),
        )

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
        wiring, dtype, examples = self._wiring, partials.dtype, partials.shape[1:]
        nodes, slots = tables.steps.rows.shape[1], tables.owner.shape[1]
        padded = jnp.concatenate([partials, jnp.zeros((slots, *examples), dtype)])

        def multiplied(mine: jax.Array, partial: jax.Array, owner: jax.Array) -> jax.Array:
            return partial * mine[owner]

        def nothing(mine: jax.Array, partial: jax.Array, owner: jax.Array) -> jax.Array:
            del mine, owner
            return jnp.zeros_like(partial)

        def step(carry: Carry, here: tuple[BackwardTables, jax.Array]) -> tuple[Carry, None]:
            (adjoints, deltas, before), (at, weight) = carry, here
            sums = _summed(at.steps, weight, deltas, before)
            seeded = jax.lax.dynamic_slice_in_dim(start, at.steps.node, nodes)
            mine = sums + seeded
            partial = jax.lax.dynamic_slice_in_dim(padded, at.slot, slots)
            delta = jax.lax.cond(at.carries, multiplied, nothing, mine, partial, at.owner)
            adjoints = _written(adjoints, mine, at.steps.node, at.steps.nodes)
            deltas = _written(deltas, delta, at.slot, at.slots)
            return (adjoints, deltas, sums), None

        start = jnp.zeros((wiring.nodes + nodes, *examples), dtype)
        start = start.at[self._seeded].add(seeds)
        steps = (tables._replace(sources=None), _by_step(weights, tables.steps))
        deltas = jnp.zeros((wiring.slot_count + slots, *examples), dtype)
        carry = (start, deltas, jnp.zeros((nodes, *examples), dtype))
        (adjoints, deltas, _), _ = jax.lax.scan(step, carry, steps)
        assert tables.sources is not None  # noqa: S101 - it is no step
        rows, laid_out = tables.sources.rows, tables.sources.weights(weights)
        first = start[: wiring.sources] + self._sources.sums(deltas, rows, laid_out)
        adjoints = jnp.concatenate([first, adjoints[wiring.sources : wiring.nodes]])
        return adjoints, deltas[: wiring.slot_count]


def _from_the_end(steps: Steps) -> Steps:
    """Reverse the order of the nodes, but not that of the steps that sum for the same nodes."""
    order = np.argsort(-steps.node, kind="stable")
    return Steps._make(column[order] for column in steps)


def _by_step(weights: jax.Array, steps: Steps) -> jax.Array:
    """Lay out the weights as the steps want them; 0 where there is no edge."""
    return jnp.append(weights, jnp.zeros(1, weights.dtype))[steps.edges]


def _summed(steps: Steps, weights: jax.Array, source: jax.Array, before: jax.Array) -> jax.Array:
    """Give the sums of a step by target and example."""
    carried = weights[:, :, None] * source[steps.rows]
    sums = carried[:, 0] if carried.shape[1] == 1 else carried.sum(axis=1)
    return jnp.where(steps.goes_on, before + sums, sums)


def _written(array: jax.Array, new: jax.Array, place: Any, count: Any) -> jax.Array:  # noqa: ANN401
    """Write the first so many rows from a place on; what follows stays."""
    old = jax.lax.dynamic_slice_in_dim(array, place, len(new))
    mixed = jnp.where((jnp.arange(len(new)) < count)[:, None], new, old)
    return jax.lax.dynamic_update_slice_in_dim(array, mixed, place, 0)
