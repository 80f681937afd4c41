"""Run the kernel of tiles over a batch, on several threads."""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph.engine.levels import offsets
from rojasgraph.engine.llvm.cache import Kernel
from rojasgraph.engine.llvm.kernels import FIELDS
from rojasgraph.engine.llvm.rowset import RowSet
from rojasgraph.engine.llvm.threads import Threads
from rojasgraph.engine.llvm.workspace import Workspaces
from rojasgraph.engine.protocol import Result, Sweep, Task
from rojasgraph.engine.wiring import Floats, Integers, Wiring
from rojasgraph.interruption import held

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MANY = 3
"""From so many tiles on it pays to bring weights into the order of the backward pass."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How batches of one size are run.

    Attributes:
        wiring: the network.
        rows: its operations.
        tile: how many examples go through together.
        threads: how many take part.
        kernel: what they run.
    """

    wiring: Wiring
    rows: RowSet
    tile: int
    threads: int
    kernel: Kernel


@dataclass(frozen=True, slots=True, eq=False)
class Pull:
    """The edges of a sweep by tail, in the order in which they are pulled.

    Attributes:
        first: by node, where its edges begin; and their number.
        edges: their numbers.
        slots: what they feed.
        seeds: by node, its number among the seeded ones; −1 where it has no seed.
        whole: all edges are here.
    """

    first: NDArray[np.int64]
    edges: Integers
    slots: Integers
    seeds: Integers
    whole: bool


def pull_of(wiring: Wiring, sweep: Sweep) -> Pull:
    """Choose the edges of a sweep: all that carry and either have a weight or lead on."""
    kind = wiring.tails.dtype
    seeds = np.full(wiring.nodes, -1, kind)
    seeds[sweep.seeded] = np.arange(len(sweep.seeded))
    first, edges = wiring.first_outgoing, wiring.outgoing
    if not sweep.complete:
        wanted = sweep.carrying & wiring.weighted
        wanted[sweep.outgoing] = True
        edges = wiring.outgoing[wanted[wiring.outgoing]]
        first = offsets(np.bincount(wiring.tails[edges], minlength=wiring.nodes))
    edges = np.ascontiguousarray(edges, kind)
    slots = np.ascontiguousarray(wiring.slots[edges], kind)
    return Pull(np.ascontiguousarray(first), edges, slots, seeds, len(edges) == wiring.edges)


class BatchPass:
    """One pass, ready to run."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a pass is made of
        self,
        plan: Plan,
        task: Task,
        result: Result,
        pull: Pull | None,
        workspaces: Workspaces,
        threads: Threads,
    ) -> None:
        """Write the contexts of the threads."""
        self._plan, self._task, self._result, self._pull = plan, task, result, pull
        self._workspaces, self._threads = workspaces, threads
        self._tiles = -(-task.batch // plan.tile)
        self._sorted = pull is not None and self._tiles // plan.threads >= _MANY
        self._kept: list[Any] = []
        context = np.zeros(len(FIELDS), np.int64)
        self._describe(context)
        self._seeds = self._buffered_seeds(context)
        self._contexts = [context.copy() for _ in range(plan.threads)]
        for i, each in enumerate(self._contexts):
            each[FIELDS["first_tile"]] = self._tiles * i // plan.threads
            each[FIELDS["stop_tile"]] = self._tiles * (i + 1) // plan.threads

    # --- what does not change between runs ----------------------------------------------------

    def _describe(self, context: NDArray[np.int64]) -> None:
        """Write sizes and addresses."""
        task, result, wiring, pull = self._task, self._result, self._plan.wiring, self._pull
        kind = wiring.tails.dtype
        sizes = {
            "nodes": wiring.nodes,
            "sources": wiring.sources,
            "batch": task.batch,
            "varying_count": len(task.varying),
            "watched_count": len(task.watched),
        }
        arrays: dict[str, Any] = {
            "weights": task.weights,
            "arguments": task.arguments,
            "fixed": task.fixed,
            "examples": task.examples,
            "watched_out": result.watched,
            "values_out": result.values,
            "first_slot": wiring.first_slot,
            "first_edge": wiring.first_edge,
            "first_argument": wiring.first_argument,
            "codes": self._plan.rows.codes.astype(kind, copy=False),
            "tails": wiring.tails,
            "varying": task.varying.astype(kind),
            "watched": task.watched.astype(kind),
        }
        if pull is not None:
            varying_of = np.full(wiring.sources, -1, kind)
            varying_of[task.varying] = np.arange(len(task.varying))
            order = np.arange(len(pull.edges), dtype=kind) if self._sorted else pull.edges
            arrays |= {
                "first_out": pull.first,
                "out_slots": pull.slots,
                "out_edges": order,
                "seed_of": pull.seeds,
                "varying_of": varying_of,
                "adjoints_out": result.adjoints,
                "node_adjoints_out": result.node_adjoints,
            }
        for name, size in sizes.items():
            context[FIELDS[name]] = size
        for name, array in arrays.items():
            context[FIELDS[name]] = 0 if array is None else array.ctypes.data
        self._kept.append(arrays)

    def _buffered_seeds(self, context: NDArray[np.int64]) -> Floats | None:
        """Describe the seeds; give a copy to be filled where they lie in another way."""
        seeds = self._task.seeds
        if self._pull is None or not seeds.size:
            return None
        size, copy = seeds.itemsize, None
        row, column = seeds.strides[0] // size, seeds.strides[1] // size
        if seeds.shape[1] == 1:
            column = 1
        if seeds.strides[0] % size or seeds.strides[1] % size or column not in {0, 1}:
            copy = np.empty(seeds.shape, self._task.fixed.dtype)
            row, column = seeds.shape[1], 1
        context[FIELDS["seed_row"]], context[FIELDS["seed_column"]] = row, column
        context[FIELDS["seeds"]] = (seeds if copy is None else copy).ctypes.data
        return copy

    # --- a run --------------------------------------------------------------------------------

    def run(self) -> None:
        """Fill the result."""
        plan, wiring, borrow = self._plan, self._plan.wiring, self._workspaces.borrow
        borrowed = []
        for context in self._contexts:
            for name, rows in (("values", wiring.nodes), ("slots", wiring.slot_count)):
                array = borrow(rows * plan.tile)
                context[FIELDS[name]] = array.ctypes.data
                borrowed.append(array)
        if self._seeds is not None:
            self._seeds[:] = self._task.seeds
        if self._pull is None:
            self._spread()
        else:
            self._both(self._pull)
        for array in borrowed:
            self._workspaces.give_back(array)

    def _both(self, pull: Pull) -> None:
        """Run both passes; add the slopes of the threads up in their order."""
        task, result, borrow = self._task, self._result, self._workspaces.borrow
        gradients, totals = result.gradients, result.totals
        weights = task.weights
        slopes = [gradients]
        if self._sorted:
            weights, slopes = task.weights.take(pull.edges), [borrow(len(pull.edges))]
        slopes += [borrow(len(slopes[0])) for _ in self._contexts[1:]]
        sums = [totals, *(borrow(len(totals)) for _ in self._contexts[1:])]
        for context, slope, total in zip(self._contexts, slopes, sums, strict=True):
            slope.fill(0)
            total.fill(0)
            context[FIELDS["slopes"]] = slope.ctypes.data
            context[FIELDS["totals"]] = total.ctypes.data
            context[FIELDS["back_weights"]] = weights.ctypes.data
        self._spread()
        for slope, total in zip(slopes[1:], sums[1:], strict=True):
            slopes[0] += slope
            totals += total
        if self._sorted:
            if not pull.whole:
                gradients.fill(0)
            gradients[pull.edges] = slopes[0]
        for array in (*slopes[0 if self._sorted else 1 :], *sums[1:]):
            self._workspaces.give_back(array)

    def _spread(self) -> None:
        """Share the tiles out over the threads.

        They know only addresses, so Ctrl-C may not leave them alone with memory that others use.
        """
        run, (own, *others) = self._plan.kernel.run, self._contexts
        if not others:
            run(own.ctypes.data)
            return
        waiting: list[Future[None]] = []
        with held():
            try:
                waiting.extend(self._threads.submit(run, each.ctypes.data) for each in others)
                run(own.ctypes.data)
            finally:  # whatever else may interrupt it
                wait(waiting)
