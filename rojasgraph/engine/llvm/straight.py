"""Both passes of one small network over one example, as code without a loop.

Where a pass takes less than a microsecond, walking the arrays of a network costs more than its
arithmetic. A step is run often enough to be worth code of its own: every node's row in its place,
all numbers between them in registers. It computes in the order and in the vectors in which `single`
does, so that both give the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from llvmlite.ir import Constant  # type: ignore[import-untyped, unused-ignore]

from rojasgraph.engine.llvm.builtin import NEEDED, write_builtin
from rojasgraph.engine.llvm.cache import Kernel, Source, kernel
from rojasgraph.engine.llvm.emission import Emitter, Value, word
from rojasgraph.engine.llvm.kernels import KernelWriter, Shape
from rojasgraph.engine.llvm.rows import RowWriter
from rojasgraph.engine.llvm.rowset import RowSet
from rojasgraph.engine.llvm.single import FEW, SHORT
from rojasgraph.engine.protocol import Result, Sweep, Task
from rojasgraph.engine.wiring import Floats, Integers, Wiring
from rojasgraph.recording import Recording

_LONGEST = 200
"""How many edges and instructions of rows straight code may have: it compiles in a moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What straight code is written from.

    Attributes:
        wiring: the network.
        rows: its operations.
        arguments: of all nodes: they are part of the code.
        varying: the sources that are fed.
        watched: the nodes whose values are wanted.
        sweep: where the backward pass goes; None for a forward pass alone.
    """

    wiring: Wiring
    rows: RowSet
    arguments: Floats
    varying: Integers
    watched: Integers
    sweep: Sweep | None

    @property
    def description(self) -> str:
        """All of it, in words and numbers."""
        wiring, sweep = self.wiring, self.sweep
        parts = [self.rows.codes, wiring.first_slot, wiring.first_edge,
                 wiring.tails, wiring.weighted, wiring.first_argument, self.arguments,
                 self.varying, self.watched]  # fmt: skip
        parts += [] if sweep is None else [sweep.seeded, sweep.carrying]
        return "\n".join([self.rows.description, *(str(part.tolist()) for part in parts)])


def course_of(wiring: Wiring, rows: RowSet, task: Task, result: Result) -> Course | None:
    """Give what straight code for a task is written from; None where it would be too long."""
    if not task.repeated or result.values is not None or wiring.edges > _LONGEST:
        return None
    lengths = [len(recording.instructions) for recording in rows.recordings]
    length = sum(lengths[code] for code in rows.codes[wiring.sources :].tolist())
    if length + wiring.edges > _LONGEST:
        return None
    return Course(wiring, rows, task.arguments, task.varying, task.watched, task.sweep)


def straight_kernel(course: Course, shape: Shape) -> Kernel:
    """Give the kernel of one network, which lives as long as something runs it."""

    def write() -> Source:
        writer = StraightKernel(course, shape)
        text = writer.module()
        return Source(text, frozenset(writer.needed))

    return kernel(StraightKernel.name, f"{shape}\n{course.description}", write, shared=False)


class StraightKernel(KernelWriter):
    """Writes `void straight(context)`."""

    name = "straight"

    def __init__(self, course: Course, shape: Shape) -> None:
        """Keep what to write."""
        super().__init__(course.rows.recordings, shape)
        wiring = course.wiring
        self._course, self._wiring = course, wiring
        self._tails, self._weighted = wiring.tails.tolist(), wiring.weighted.tolist()
        self._first_edge, self._first_slot = (
            part.tolist() for part in (wiring.first_edge, wiring.first_slot)
        )

    def _write(self) -> None:
        self._vectors, self._e = self._e, self._e.of(1)
        self._weights = [
            self._number("weights", e) if weighted else None
            for e, weighted in enumerate(self._weighted)
        ]
        self._forward()
        for i, node in enumerate(self._course.watched.tolist()):
            self._give("watched_out", i, self._values[node])
        if self._course.sweep is not None:
            self._e.either(
                self._some_missing(),
                lambda: self._backward([self._without_lost(j) for j in self._nodes]),
                lambda: self._backward(self._partials),
            )
        self.needed |= NEEDED
        write_builtin(self._b.module, self._b.function)

    # --- numbers ----------------------------------------------------------------------------------

    @property
    def _nodes(self) -> range:
        """All nodes but the sources."""
        return range(self._wiring.sources, self._wiring.nodes)

    def _number(self, name: str, index: int) -> Value:
        return self._read(name, word(index))

    def _give(self, name: str, index: int, x: Value) -> None:
        self._e.store(x, self._e.at(self._c[name], word(index)))

    def _slots(self, node: int) -> range:
        return range(self._first_slot[node], self._first_slot[node + 1])

    def _edges(self, slot: int) -> range:
        return range(self._first_edge[slot], self._first_edge[slot + 1])

    # --- forward ----------------------------------------------------------------------------------

    def _forward(self) -> None:
        """Compute the values, and by node other than a source its partials."""
        fed = {node: i for i, node in enumerate(self._course.varying.tolist())}
        self._values = [
            self._number("examples", fed[j]) if j in fed else self._number("fixed", j)
            for j in range(self._wiring.sources)
        ]
        self._partials: list[tuple[Value, ...]] = []
        for first, stop, code, _ in self._course.rows.groups.tolist():
            e = self._e if stop - first <= FEW else self._vectors
            writer = self._writer(e)
            for begin in range(first, stop, e.lanes):
                nodes = range(begin, min(begin + e.lanes, stop))
                self._compute(e, writer, self._rows[code], nodes)

    def _compute(self, e: Emitter, writer: RowWriter, recording: Recording, nodes: range) -> None:
        """Compute the rows of some nodes of one operation, each in a lane."""
        numbers, first = self._course.arguments, self._wiring.first_argument
        gathered = [[self._gathered(slot) for slot in self._slots(node)] for node in nodes]
        arguments = [
            [self._e.constant(float(numbers[first[node] + i])) for node in nodes]
            for i in range(len(recording.arguments))
        ]
        value, partials = writer.row(
            recording,
            [_in_lanes(e, operands) for operands in zip(*gathered, strict=True)],
            {n: _in_lanes(e, xs) for n, xs in zip(recording.arguments, arguments, strict=True)},
        )
        for lane in range(len(nodes)):
            self._values.append(e.part(value, lane, 1))
            self._partials.append(tuple(e.part(partial, lane, 1) for partial in partials))

    def _gathered(self, slot: int) -> Value:
        total = None
        for edge in self._edges(slot):
            total = self._plus(total, self._weights[edge], self._values[self._tails[edge]])
        return total

    def _plus(self, total: Value | None, weight: Value | None, x: Value) -> Value:
        """Add weight · x to what is there, if something is."""
        e = self._e
        if total is None:
            return x if weight is None else e.mul(weight, x)
        return e.add(total, x) if weight is None else e.accumulate(weight, x, total)

    # --- values that are missing ------------------------------------------------------------------

    def _some_missing(self) -> Value:
        """Tell whether a value is nan."""
        made = [self._values[node] for node in self._nodes]
        return reduce(self._b.or_, map(self._e.missing, made), Constant(self._e.truth, 0))

    def _without_lost(self, node: int) -> tuple[Value, ...]:
        """Let the partials be nan where a node has no value though no operand is missing."""
        e, b = self._e, self._b
        lost = e.missing(self._values[node])
        for slot in self._slots(node):
            for edge in self._edges(slot):
                lost = b.and_(lost, self._there(self._values[self._tails[edge]]))
                if self._weights[edge] is not None:
                    lost = b.and_(lost, self._there(self._weights[edge]))
        nan = e.constant(float("nan"))
        return tuple(e.choose(lost, nan, x) for x in self._partials[node - self._wiring.sources])

    # --- backward ---------------------------------------------------------------------------------

    def _backward(self, partials: Sequence[tuple[Value, ...]]) -> None:
        """Compute the adjoints and slopes, and hand out what was asked for."""
        sweep, zero = self._course.sweep, self._e.constant(0.0)
        assert sweep is not None  # noqa: S101 - for the type checker
        adjoints: dict[int, Value] = {}
        for i, node in enumerate(sweep.seeded.tolist()):
            adjoints[node] = self._read("seeds", self._b.mul(word(i), self._c["seed_row"]))
        carrying = sweep.carrying.tolist()
        for node in self._backwards():
            for slot, partial in zip(
                self._slots(node), partials[node - self._wiring.sources], strict=True
            ):
                edges = [edge for edge in self._edges(slot) if carrying[edge]]
                delta = self._e.mul(adjoints[node], partial) if edges else None
                for edge in edges:
                    self._carry_back(edge, delta, adjoints)
        for edge in (e for e, weighted in enumerate(self._weighted) if weighted):
            if not carrying[edge]:
                self._give("slopes", edge, zero)
        for node in range(self._wiring.sources):
            self._give("totals", node, adjoints.get(node, zero))
        for i, node in enumerate(self._course.varying.tolist()):
            self._give("adjoints_out", i, adjoints.get(node, zero))

    def _backwards(self) -> Iterator[int]:
        """Give the nodes in the order in which `single` brings their deltas to the tails."""
        sweep, rows = self._course.sweep, self._course.rows
        assert sweep is not None  # noqa: S101 - for the type checker
        all_flow = bool((sweep.live & rows.passing)[self._wiring.sources :].all())
        for first, stop, _, degree in reversed(rows.groups.tolist()):
            nodes = range(first, stop)
            yield from nodes if all_flow and degree in SHORT else reversed(nodes)

    def _carry_back(self, edge: int, delta: Value, adjoints: dict[int, Value]) -> None:
        """Bring a delta to the tail of an edge, and give the slope of the edge."""
        tail, weight = self._tails[edge], self._weights[edge]
        adjoints[tail] = self._plus(adjoints.get(tail), weight, delta)
        if weight is not None:
            self._give("slopes", edge, self._e.mul(delta, self._values[tail]))


def _in_lanes(e: Emitter, numbers: Sequence[Value]) -> Value:
    """Put numbers into the lanes of a vector; the last one into those that are left."""
    return e.joined([*numbers, *[numbers[-1]] * (e.lanes - len(numbers))], 1)
