"""Run a planned pass, a tile of examples after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rojasgraph.engine.levels import laid_out
from rojasgraph.engine.numpy.plan import BackwardPlan, ForwardPlan, Group
from rojasgraph.engine.numpy.rows import Rows as OperationRows
from rojasgraph.engine.numpy.sums import ByEdge, Dot, Matrix, Padded, Rows, Single, rows_of
from rojasgraph.engine.protocol import NodeFailure, Result, Task
from rojasgraph.engine.wiring import Floats, Integers, Wiring

_CHUNK = 1 << 16
"""How many edges are multiplied at a time."""


class Arrays(NamedTuple):
    """The arrays of a tile, by node or slot and example; one example goes without columns.

    Slots first hold what comes in, then the partials, then the deltas. Values and slots have one
    row more, which is always 0: what padding multiplies.
    """

    values: Floats
    slots: Floats
    adjoints: Floats


@dataclass
class TilePass:
    """A pass over all examples of a task.

    Attributes:
        wiring: the network.
        rows: how its rows are computed.
        forward: the plan of the forward pass.
        backward: the plan of the backward pass, if there is one.
        task: what it computes from.
        result: what it fills.
        tile: how many examples go through at a time.
    """

    wiring: Wiring
    rows: OperationRows
    forward: ForwardPlan
    backward: BackwardPlan | None
    task: Task
    result: Result
    tile: int
    _arrays: dict[int, Arrays] = field(default_factory=dict, init=False)

    @cached_property
    def _varying(self) -> Rows:
        """The sources that differ from example to example."""
        varying = self.task.varying
        return rows_of(varying) if len(varying) else slice(0, 0)

    @cached_property
    def _steady(self) -> Rows:
        """All other sources."""
        others = np.delete(np.arange(self.wiring.sources), self.task.varying)
        return rows_of(others) if len(others) else slice(0, 0)

    def run(self) -> None:
        """Fill the result."""
        task, result = self.task, self.result
        weights = ByEdge(task.weights, _padded(task.weights, self.forward.padded))
        tiles = [
            slice(start, min(start + self.tile, task.batch))
            for start in range(0, task.batch, self.tile)
        ]
        with np.errstate(all="ignore"):
            if self.backward is None:
                for columns in tiles:
                    self._forward(columns, weights)
                return
            slopes = ByEdge(result.gradients, np.zeros_like(weights.padded))
            self._both(self.backward, tiles, weights, slopes)
        self._unpad(slopes)
        result.gradients[self.backward.quiet] = 0

    def _both(
        self, plan: BackwardPlan, tiles: list[slice], weights: ByEdge, slopes: ByEdge
    ) -> None:
        """Run both passes and add up over the tiles."""
        task, result = self.task, self.result
        back = ByEdge(task.weights.take(plan.outgoing), _padded(task.weights, plan.padded))
        result.totals[:] = 0
        if not tiles:
            result.gradients[:] = 0
        for columns in tiles:
            values, slots, adjoints = self._forward(columns, weights)
            if not np.isfinite(values[self.wiring.sources :].sum()):
                self._take_partials_away(values, slots)
            seeds = task.seeds[:, columns]
            for nodes in plan.cleared:
                adjoints[nodes] = 0
            adjoints[plan.seeded] = seeds if values.ndim > 1 else seeds[:, 0]
            self._backward(plan, adjoints, slots, (weights, back))
            self._slopes(plan, values, slots, slopes, fresh=columns.start == 0)
            _write(result.adjoints, columns, adjoints[self._varying])
            steady = adjoints[self._steady]
            result.totals[self._steady] += steady if steady.ndim == 1 else steady.sum(axis=1)
            if result.node_adjoints is not None:
                _write(result.node_adjoints, columns, adjoints)

    # --- forward ------------------------------------------------------------------------------

    def _made(self, width: int) -> Arrays:
        """Give the arrays of a tile; those of the tiles before it are used again."""
        if width not in self._arrays:
            shape = () if self.task.batch == 1 else (width,)
            nodes, slots, dtype = self.wiring.nodes, self.wiring.slot_count, self.task.fixed.dtype
            values = np.empty((nodes + 1, *shape), dtype)
            found = Arrays(values, np.empty((slots + 1, *shape), dtype), np.empty_like(values[:-1]))
            found.values[-1], found.slots[-1] = 0, 0
            self._arrays[width] = found
        return self._arrays[width]

    def _forward(self, columns: slice, weights: ByEdge) -> Arrays:
        """Compute values by node, and by slot the partials if a backward pass will need them."""
        task, result = self.task, self.result
        arrays = self._made(columns.stop - columns.start)
        values, slots, _ = arrays
        fixed, examples = task.fixed, task.examples[:, columns]
        one = values.ndim == 1
        values[self._steady] = fixed[self._steady] if one else fixed[self._steady, None]
        values[self._varying] = examples[:, 0] if one else examples
        for level in self.forward.levels:
            for group, sums in level:
                for each in sums:
                    each.put(slots, values, weights)
                self._compute(group, values, slots)
        _write(result.watched, columns, values[task.watched])
        if result.values is not None:
            _write(result.values, columns, values[:-1])
        return arrays

    def _compute(self, group: Group, values: Floats, slots: Floats) -> None:
        """Compute the nodes of a group from their slots."""
        nets, arguments = slots[group.slots], self.task.arguments[group.arguments]
        try:
            if self.backward is None:
                values[group.nodes] = self.rows.value(group.operation, nets, arguments)
                return
            value, partials = self.rows.label(group.operation, nets, arguments)
        except Exception as error:
            raise NodeFailure(group.nodes.start) from error
        values[group.nodes] = value
        by_node = nets.reshape(-1, group.operation.slots, *nets.shape[1:])
        for s, partial in enumerate(partials):
            by_node[:, s] = partial

    def _take_partials_away(self, values: Floats, slots: Floats) -> None:
        """Let the partials of a node be nan if it has no value though no operand is missing."""
        wiring = self.wiring
        missing = np.isnan(values[:-1])
        nodes = np.flatnonzero(missing if missing.ndim == 1 else missing.any(axis=1))
        nodes = nodes[nodes >= wiring.sources]
        if not len(nodes):
            return
        incoming = wiring.first_incoming()
        edges = laid_out(incoming, nodes)
        counts = incoming[nodes + 1] - incoming[nodes]
        without = np.isnan(self.task.weights[edges])
        operands = missing[wiring.tails[edges]].T | without
        fed = np.logical_or.reduceat(operands.T, np.cumsum(counts) - counts)
        without = missing[nodes] & ~fed
        places = laid_out(wiring.first_slot, nodes)
        counts = wiring.first_slot[nodes + 1] - wiring.first_slot[nodes]
        slots[places] = np.where(np.repeat(without, counts, axis=0), np.nan, slots[places])

    # --- backward -----------------------------------------------------------------------------

    def _backward(
        self, plan: BackwardPlan, adjoints: Floats, slots: Floats, weights: tuple[ByEdge, ByEdge]
    ) -> None:
        """Compute adjoints by node, and deltas over the partials."""
        forward, back = weights
        for depth in range(len(plan.live), -1, -1):
            for each in plan.pulls[depth]:
                each.add(adjoints, slots, back)
            if not depth:
                continue
            groups = zip(self.forward.levels[depth - 1], plan.live[depth - 1], strict=True)
            for (group, sums), live in reversed(list(groups)):
                if live:
                    _multiply(group, adjoints, slots)
                    for each in reversed(sums):
                        if isinstance(each, Matrix) and plan.pushed[each.block]:
                            fresh = bool(plan.first[each.block])
                            each.push(adjoints, slots, forward, fresh=fresh)

    # --- slopes by weights ----------------------------------------------------------------------

    def _slopes(
        self, plan: BackwardPlan, values: Floats, slots: Floats, slopes: ByEdge, *, fresh: bool
    ) -> None:
        """Add up the derivatives by the weights: value at the tail × delta of the slot."""
        chosen = Matrix if values.ndim == 1 else (Single, Dot, Padded, Matrix)
        for level, lives in zip(self.forward.levels, plan.live, strict=True):
            for (group, sums), live in zip(level, lives, strict=True):
                if not (group.weighted and live):
                    continue
                for each in sums:
                    if isinstance(each, chosen):
                        each.slopes(slopes, values, slots, fresh=fresh)
        if values.ndim == 1:
            self._slopes_of_one(values, slots, slopes.plain)

    def _slopes_of_one(self, values: Floats, slots: Floats, slopes: Floats) -> None:
        """Multiply tails and heads of all edges outside of blocks, for one example."""
        wiring = self.wiring
        start = 0
        for block in [*(block.edges for block in wiring.blocks), slice(wiring.edges, None)]:
            for first in range(start, block.start, _CHUNK):
                chunk = slice(first, min(first + _CHUNK, block.start))
                tails, heads = wiring.tails[chunk], wiring.slots[chunk]
                np.multiply(values.take(tails), slots.take(heads), out=slopes[chunk])
            start = block.stop

    def _unpad(self, slopes: ByEdge) -> None:
        """Bring the slopes of padded sums to their edges."""
        real = self.forward.real
        self.result.gradients[self.forward.padded[real]] = slopes.padded[real]


def _multiply(group: Group, adjoints: Floats, slots: Floats) -> None:
    """Make the partials of a group its deltas."""
    deltas, here = slots[group.slots], adjoints[group.nodes]
    if group.operation.slots == 1:
        deltas *= here
    else:
        by_node = deltas.reshape(-1, group.operation.slots, *deltas.shape[1:])
        by_node *= here[:, None]


def _padded(weights: Floats, edges: Integers) -> Floats:
    """Give the weights in a padded order: 0 for the number after the last edge."""
    if not len(edges):
        return weights[:0]
    return np.append(weights, weights.dtype.type(0)).take(edges)


def _write(target: Floats, columns: slice, found: Floats) -> None:
    """Write some examples; one comes without columns."""
    target[:, columns] = found[:, None] if found.ndim == 1 else found
