"""The engine that is always there: numpy, a level and an operation at a time.

Values are an array by node and example. The nodes of one level and one operation are computed by
one call of their row, and what feeds them by one or a few calls: there is no Python per node.
Batches go through in tiles of so many examples that memory stays bounded and the work outweighs
what it costs to call numpy. A single example through a narrow network walks in plain floats.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from rojasgraph.engine.numpy.plan import (
    BackwardPlan,
    ForwardPlan,
    Group,
    backward_plan,
    forward_plan,
    groups_of,
)
from rojasgraph.engine.numpy.rows import Rows
from rojasgraph.engine.numpy.tile import TilePass
from rojasgraph.engine.numpy.walk import ScalarWalk
from rojasgraph.engine.protocol import Result, Sweep, Task
from rojasgraph.engine.wiring import Wiring
from rojasgraph.numbers.arrays import numpy_namespace

_GROUP, _NODE, _EDGE = 20.0, 3.0, 0.5
"""What one example costs in microseconds: of numpy a group, of plain floats a node, an edge."""

_TILE_BYTES = 128 << 20
"""How much memory the arrays of a tile may take."""


class NumpyEngine:
    """Runs the passes of one program with numpy."""

    def __init__(self, wiring: Wiring, dtype: np.dtype[Any], threads: int | None) -> None:
        """Keep the wiring; plans are made for the first pass of each kind."""
        del threads  # numpy's own: those of its BLAS
        self._wiring = wiring
        self._dtype = dtype
        self._walk = ScalarWalk(wiring)
        self._forward: dict[int, ForwardPlan] = {}
        self._backward: WeakKeyDictionary[Sweep, dict[int, BackwardPlan]] = WeakKeyDictionary()

    @cached_property
    def _rows(self) -> Rows:
        return Rows(numpy_namespace(self._dtype), self._wiring.operations)

    @cached_property
    def _groups(self) -> list[list[Group]]:
        return groups_of(self._wiring)

    @cached_property
    def _narrow(self) -> bool:
        """Tell whether plain floats are faster than groups of so few nodes."""
        wiring = self._wiring
        changes = np.flatnonzero(np.diff(wiring.codes)) + 1
        groups = len(np.union1d(changes, wiring.first_node))
        floats = _NODE * wiring.nodes + _EDGE * wiring.edges
        return self._dtype == np.float64 and floats < _GROUP * groups

    def prepare(self, task: Task, result: Result) -> Callable[[], None]:
        """Give a function that runs the pass."""
        if task.batch == 1 and self._narrow:
            return partial(self._walk.run, task, result)
        tile = self._tile(task.batch)
        columns = 0 if task.batch == 1 else 1 << (tile - 1).bit_length()
        forward = self._forward.get(columns)
        if forward is None:
            forward = self._forward[columns] = forward_plan(self._wiring, self._groups, columns)
        backward = None if task.sweep is None else self._backward_plan(task.sweep, columns)
        return TilePass(self._wiring, self._rows, forward, backward, task, result, tile).run

    def _backward_plan(self, sweep: Sweep, columns: int) -> BackwardPlan:
        plans = self._backward.setdefault(sweep, {})
        if columns not in plans:
            plans[columns] = backward_plan(self._wiring, self._groups, columns, sweep)
        return plans[columns]

    def _tile(self, batch: int) -> int:
        """Choose how many examples go through at a time: tiles of nearly the same width."""
        wiring = self._wiring
        example = (2 * wiring.nodes + wiring.slot_count) * self._dtype.itemsize
        most = max(_TILE_BYTES // max(example, 1), 1)
        tiles = max(-(-batch // most), 1)
        return max(-(-batch // tiles), 1)
