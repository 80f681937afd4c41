"""The engine of LLVM: kernels of vector code that walk the arrays of a wiring, on all cores.

A batch is cut into tiles of examples; each thread takes some of them through both passes, and in
the end their slopes are added up in the order of the threads. Kernels are written for the
operations of a network and compiled once per machine: see `llvm.cache`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from rojasgraph.engine.algebra_code import AlgebraCode
from rojasgraph.engine.llvm.batch import BatchPass, Plan, Pull, pull_of
from rojasgraph.engine.llvm.cache import Kernel, Source, has, kernel
from rojasgraph.engine.llvm.kernels import KernelWriter, Machine, Shape, TileKernel
from rojasgraph.engine.llvm.path_sweep import PathPass, Swept, path_kernel, sweep_edges
from rojasgraph.engine.llvm.rowset import RowSet, rows_of
from rojasgraph.engine.llvm.single import SingleKernel, SinglePlan, single_pass
from rojasgraph.engine.llvm.straight import course_of, straight_kernel
from rojasgraph.engine.llvm.threads import Threads
from rojasgraph.engine.llvm.workspace import Workspaces
from rojasgraph.engine.numpy.engine import NumpyEngine
from rojasgraph.engine.protocol import Result, Sweep, Task
from rojasgraph.engine.routes import Routes
from rojasgraph.engine.wiring import Truths, Wiring

if TYPE_CHECKING:
    import numpy as np

_MOST = 4
"""How many vectors make a tile at most: their sums must fit into the registers."""

_MANY_EDGES = 4
"""From so many edges to a node on, walking them outweighs all else."""

_NARROW = 3
"""Up to so many nodes to a level, each waits for the one before."""

_WORTH_A_THREAD = 1 << 20
"""How many edges and examples a thread shall have to do with: a fraction of a millisecond."""

_ROWS_OF_MATRIX, _NEARLY_ALL, _MATRIX = 16, 0.99, 1 << 20
"""How many examples, which share of the edges, and how many products by block make matrices worth
leaving a network to numpy's BLAS."""

_NEAR = 3 << 20
"""How many bytes of a tile's numbers stay near to a processor."""


class LlvmEngine:
    """Runs the passes of one program with compiled kernels.

    A program with a row that cannot be recorded as code is left to numpy, as are large networks of
    fully connected layers, which are products of matrices.
    """

    def __init__(self, wiring: Wiring, dtype: np.dtype[Any], threads: int | None) -> None:
        """Keep the wiring; code is compiled for the first pass of each kind."""
        self._wiring = wiring
        self._dtype = dtype
        self._threads = threads or _processors()
        self._kernels: dict[tuple[type[KernelWriter], Shape], Kernel] = {}
        self._pulls: WeakKeyDictionary[Sweep, Pull] = WeakKeyDictionary()
        self._singles: WeakKeyDictionary[Sweep | RowSet, SinglePlan] = WeakKeyDictionary()
        self._workspaces = Workspaces(dtype)
        self._others = Threads(max(self._threads - 1, 1))

    @cached_property
    def _numpy(self) -> NumpyEngine:
        return NumpyEngine(self._wiring, self._dtype, self._threads)

    @cached_property
    def _rows(self) -> RowSet | None:
        return rows_of(self._wiring)

    @cached_property
    def _machine(self) -> Machine:
        widest = 8 if has("avx512f") else 4 if has("avx") else 2
        bits = 8 * self._dtype.itemsize
        fused = has("fma") or has("neon")
        return Machine(bits, widest * 64 // bits, widest, fused)

    @cached_property
    def _weighted(self) -> bool:
        return bool(self._wiring.weighted.any())

    @property
    def _index_bits(self) -> int:
        return 8 * self._wiring.tails.dtype.itemsize

    def prepare(self, task: Task, result: Result) -> Callable[[], None]:
        """Give a function that runs the pass.

        Raises:
            CompilationFailure: LLVM cannot compile the code on this machine.
        """
        rows = self._rows
        if rows is None or self._suits_matrices(task.batch):
            return self._numpy.prepare(task, result)
        return self._made(task, result, rows)

    def sweep_paths(
        self, task: Task | None, code: AlgebraCode, routes: Routes, live: Truths, output: int
    ) -> Swept | None:
        """Sweep over a path algebra.

        Args:
            task: a forward pass of one example; None for an algebra that looks at edges alone.
            code: the algebra.
            routes: what paths take.
            live: by node, whether a path leads to the output.
            output: the node.

        Returns:
            What the sweep leaves; None where a row cannot be recorded as code.

        Raises:
            CompilationFailure: LLVM cannot compile the code on this machine.
        """
        shape = Shape(self._machine, 1, self._index_bits, backward=True, weighted=self._weighted)
        if task is None:
            return sweep_edges(path_kernel(None, shape, code), code, routes, live, output)
        rows = self._rows
        if rows is None:
            return None
        made = PathPass(routes, rows, path_kernel(rows, shape, code), task)
        return made.sweep(code, live, output)

    def _suits_matrices(self, batch: int) -> bool:
        """Tell whether nearly all edges are in large blocks, which BLAS multiplies faster."""
        wiring = self._wiring
        inside = sum((block.stop - block.first) * len(block.tails) for block in wiring.blocks)
        work = inside * batch
        return (
            batch >= _ROWS_OF_MATRIX
            and inside >= _NEARLY_ALL * wiring.edges
            and work >= _MATRIX * max(len(wiring.blocks), 1)
        )

    def _made(self, task: Task, result: Result, rows: RowSet) -> Callable[[], None]:
        backward = task.sweep is not None
        if task.batch == 1:
            shape = Shape(self._machine, 1, self._index_bits, backward, self._weighted)
            course = course_of(self._wiring, rows, task, result)
            kernel_ = (
                self._kernel(SingleKernel, shape, rows)
                if course is None
                else straight_kernel(course, shape)
            )
            return single_pass(self._single(task.sweep, rows), kernel_, task, result)
        shape = self._shape(task.batch, backward=backward)
        tiles = -(-task.batch // shape.tile)
        plan = Plan(
            self._wiring,
            rows,
            shape.tile,
            max(min(self._threads_for(task.batch), tiles), 1),
            self._kernel(TileKernel, shape, rows),
        )
        pull = None if task.sweep is None else self._pull(task.sweep)
        return BatchPass(plan, task, result, pull, self._workspaces, self._others).run

    def _single(self, sweep: Sweep | None, rows: RowSet) -> SinglePlan:
        key = sweep or rows
        if key not in self._singles:
            self._singles[key] = SinglePlan(self._wiring, rows, sweep)
        return self._singles[key]

    def _pull(self, sweep: Sweep) -> Pull:
        if sweep not in self._pulls:
            self._pulls[sweep] = pull_of(self._wiring, sweep)
        return self._pulls[sweep]

    def _kernel(self, kind: type[KernelWriter], shape: Shape, rows: RowSet) -> Kernel:
        def write() -> Source:
            writer = kind(rows.recordings, shape)
            text = writer.module()
            return Source(text, frozenset(writer.needed))

        if (kind, shape) not in self._kernels:
            description = f"{shape}\n{rows.description}"
            self._kernels[kind, shape] = kernel(kind.name, description, write)
        return self._kernels[kind, shape]

    def _threads_for(self, batch: int) -> int:
        """Choose how many threads have enough to do."""
        work = (self._wiring.edges + _MANY_EDGES * self._wiring.nodes) * batch
        return max(min(self._threads, work // _WORTH_A_THREAD), 1)

    def _shape(self, batch: int, *, backward: bool) -> Shape:
        """Choose how many examples go through together.

        More of them share what it costs to walk an edge, and in a narrow network the time in which
        a node waits for the one before. Elsewhere, where nodes have few edges, it matters more that
        their numbers stay near to the processor.
        """
        machine, wiring = self._machine, self._wiring
        row = machine.lanes * self._dtype.itemsize
        near = _NEAR // max(row * (wiring.nodes + wiring.slot_count), 1)
        many = wiring.edges >= _MANY_EDGES * wiring.nodes
        narrow = wiring.nodes < _NARROW * len(wiring.first_node)
        each = -(-batch // self._threads_for(batch))
        most = _MOST if many or narrow else near
        vectors = 1
        while vectors < _MOST and 2 * vectors <= most and vectors * machine.lanes < each:
            vectors *= 2
        return Shape(machine, vectors, self._index_bits, backward, self._weighted)


def _processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
