"""One example: both passes of a network, where neither vectors nor threads of examples help.

Nodes of one level and one operation follow one another: what comes into their slots is gathered
number by number, then their rows are computed as vectors across the nodes. The last vector of a
group runs over its end, into numbers that are computed later. Backward, a group's deltas are
computed, then pushed to the tails in the order of the edges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]

from rojasgraph.engine.llvm.builtin import NEEDED, write_builtin
from rojasgraph.engine.llvm.cache import Kernel
from rojasgraph.engine.llvm.emission import Emitter, Value, word
from rojasgraph.engine.llvm.kernels import FIELDS, KernelWriter
from rojasgraph.engine.llvm.rowset import RowSet
from rojasgraph.engine.llvm.workspace import aligned
from rojasgraph.engine.protocol import Result, Sweep, Task
from rojasgraph.engine.wiring import Wiring
from rojasgraph.recording import Recording

_BRIEF = 5000
"""How many nodes and edges take some microseconds, for which other threads of Python may wait."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORT = (1, 2)
"""How many edges a slot has that is treated without a loop over them."""

FEW = 2
"""Up to so many nodes of a group are computed one by one."""

_OVERRUN = 64
"""How many numbers more arrays have, into which the last vectors may run."""


class SingleKernel(KernelWriter):
    """Writes `void single(context)`."""

    name = "single"

    def _write(self) -> None:
        self._scalar = self._e.of(1)
        self._forward()
        if self._shape.backward:
            self._backward()
        self.needed |= NEEDED
        write_builtin(self._b.module, self._b.function)

    # --- numbers ----------------------------------------------------------------------------------

    def _place(self, name: str, index: Value) -> Value:
        return self._e.at(self._c[name], index)

    def _copy(self, source: str, target: str, count: str, by: str | None = None) -> None:
        """Copy numbers, picked by an index."""
        with self._e.counting(word(0), self._c[count]) as loop:
            place = loop.index if by is None else self._read(by, loop.index)
            self._b.store(self._read(source, place), self._place(target, loop.index))

    def _strided(self, e: Emitter, name: str, first: Value, stride: int) -> Value:
        """Read a number for each lane, so far apart."""
        if stride == 1 or e.lanes == 1:
            return e.load(self._place(name, first))
        places = (self._b.add(first, word(stride * lane)) for lane in range(e.lanes))
        return e.joined([self._read(name, place) for place in places], 1)

    def _write_strided(self, e: Emitter, x: Value, name: str, first: Value, stride: int) -> None:
        if stride == 1 or e.lanes == 1:
            e.store(x, self._place(name, first))
            return
        for lane in range(e.lanes):
            place = self._place(name, self._b.add(first, word(stride * lane)))
            self._b.store(e.part(x, lane, 1), place)

    def _group(self, number: Value) -> list[Value]:
        """Give first node, the one after the last, code, and edges of each slot."""
        begin = self._b.mul(number, word(4))
        return [self._read("groups", self._b.add(begin, word(i))) for i in range(4)]

    def _across(self, first: Value, stop: Value, write: Callable[[Emitter, Value], None]) -> None:
        """Write what is done for the nodes of a group: one by one if they are few, else vectors."""
        b, lanes = self._b, self._e.lanes
        count = b.sub(stop, first)

        def several() -> None:
            rounds = b.sdiv(b.add(count, word(lanes - 1)), word(lanes))
            with self._e.counting(word(0), rounds) as loop:
                write(self._e, b.add(first, b.mul(loop.index, word(lanes))))

        def each() -> None:
            with self._e.counting(first, stop) as loop:
                write(self._scalar, loop.index)

        self._e.either(b.icmp_signed("<=", count, word(FEW)), each, several)

    def _by_degree(
        self,
        degree: Value,
        slots: Sequence[Value],
        each: Callable[[Value, Sequence[Value]], None],
        otherwise: Callable[[], None],
    ) -> None:
        """Treat slots with one edge each, or two each, without a loop over their edges.

        Args:
            degree: how many edges each slot has.
            slots: where they begin and end.
            each: writes what is done for a slot and its edges.
            otherwise: writes it for any numbers of edges.
        """
        b = self._b

        def short(count: int) -> None:
            begin = self._read("first_edge", slots[0])
            with self._e.counting(slots[0], slots[1]) as loop:
                behind = b.mul(b.sub(loop.index, slots[0]), word(count))
                first = b.add(begin, behind)
                each(loop.index, [b.add(first, word(i)) for i in range(count)])

        one, two = (b.icmp_signed("==", degree, word(count)) for count in SHORT)
        self._e.either(
            one, lambda: short(1), lambda: self._e.either(two, lambda: short(2), otherwise)
        )

    # --- forward ----------------------------------------------------------------------------------

    def _forward(self) -> None:
        e, c, b = self._e, self._c, self._b
        self._copy("fixed", "values", "sources")
        with e.counting(word(0), c["varying_count"]) as loop:
            place = self._place("values", self._read("varying", loop.index))
            b.store(self._read("examples", loop.index), place)
        with e.counting(word(0), c["group_count"]) as groups:
            first, stop, code, degree = self._group(groups.index)
            slots = [self._read("first_slot", node) for node in (first, stop)]
            self._gather(degree, slots)
            cases = {
                number: partial(self._compute, recording, first, stop)
                for number, recording in enumerate(self._rows)
            }
            e.switch(code, cases, lambda: None)
        self._copy("values", "watched_out", "watched_count", "watched")
        with e.only_if(self._given("values_out")):
            self._copy("values", "values_out", "nodes")

    def _gather(self, degree: Value, slots: Sequence[Value]) -> None:
        """Sum up what comes into slots."""
        zero = self._scalar.constant(-0.0)

        def each(slot: Value, edges: Sequence[Value]) -> None:
            total = zero
            for edge in edges:
                total = self._carried(edge, total)
            self._b.store(total, self._place("slots", slot))

        def any_number() -> None:
            with self._e.counting(slots[0], slots[1]) as loop:
                ends = [self._read("first_edge", s) for s in (loop.index, self._after(loop.index))]
                with self._e.counting(ends[0], ends[1], [zero]) as edges:
                    edges.next = [self._carried(edges.index, edges.carried[0])]
                self._b.store(edges.results[0], self._place("slots", loop.index))

        self._by_degree(degree, slots, each, any_number)

    def _carried(self, edge: Value, total: Value) -> Value:
        """Add what an edge carries to a total."""
        tail = self._read("values", self._read("tails", edge))
        return self._added(self._scalar, self._read("weights", edge), tail, total)

    def _compute(self, recording: Recording, first: Value, stop: Value) -> None:
        """Compute the rows of a group: from slots to values and, in their place, partials."""
        b = self._b
        count, named = len(recording.inputs), list(recording.arguments)
        width = len(named)
        slot, argument = (self._read(name, first) for name in ("first_slot", "first_argument"))

        def write(e: Emitter, node: Value) -> None:
            here = e.of(e.lanes)
            behind = b.sub(node, first)
            places = [b.add(b.add(slot, b.mul(behind, word(count))), word(s))
                      for s in range(count)]  # fmt: skip
            operands = [self._strided(here, "slots", place, count) for place in places]
            start = b.add(argument, b.mul(behind, word(width)))
            arguments = {
                name: self._argument(here, start, i, width, b.sub(stop, node))
                for i, name in enumerate(named)
            }
            value, partials = self._writer(here).row(recording, operands, arguments)
            here.store(value, self._place("values", node))
            for x, place in zip(partials, places, strict=False):
                self._write_strided(here, x, "slots", place, count)

        self._across(first, stop, write)

    def _argument(self, e: Emitter, start: Value, i: int, width: int, left: Value) -> Value:
        """Read an argument for each lane; the array ends with the last node's."""
        b, found = self._b, []
        for lane in range(e.lanes):
            inside = b.icmp_signed("<", word(lane), left)
            place = b.select(inside, word(lane * width + i), word(i))
            found.append(self._read("arguments", b.add(start, place)))
        return e.joined(found, 1)

    # --- backward ---------------------------------------------------------------------------------

    def _backward(self) -> None:
        e, c, b, zero = self._e, self._c, self._b, self._scalar.constant(0.0)
        with e.counting(word(0), c["nodes"]) as loop:
            b.store(zero, self._place("adjoints", loop.index))
        with e.counting(word(0), c["seeded_count"]) as loop:
            place = self._place("adjoints", self._read("seeded", loop.index))
            b.store(self._read("seeds", b.mul(loop.index, c["seed_row"])), place)
        with e.counting(word(0), c["group_count"], down=True) as groups:
            first, stop, code, degree = self._group(groups.index)
            several = {
                number: partial(self._multiply, len(recording.inputs), first, stop)
                for number, recording in enumerate(self._rows)
                if len(recording.inputs) > 1
            }
            e.switch(code, several, partial(self._multiply_vectors, first, stop))
            self._push_group(degree, first, stop)
        self._copy("adjoints", "totals", "sources")
        self._copy("adjoints", "adjoints_out", "varying_count", "varying")
        with e.only_if(self._given("node_adjoints_out")):
            self._copy("adjoints", "node_adjoints_out", "nodes")

    def _multiply_vectors(self, first: Value, stop: Value) -> None:
        """Make deltas of the partials of nodes with one slot each."""
        b, slot = self._b, self._read("first_slot", first)

        def write(e: Emitter, node: Value) -> None:
            place = self._place("slots", b.add(slot, b.sub(node, first)))
            values = e.load(self._place("values", node))
            self._check(e.any(e.missing(values)), node, self._nearer(node, e.lanes, stop))
            adjoints = e.load(self._place("adjoints", node))
            delta = e.mul(adjoints, e.load(place))
            if e.lanes == 1:
                e.store(delta, place)
                return
            # what lies behind the group are deltas by now
            left = e.spread(b.sub(stop, node))
            lanes = ir.Constant(left.type, list(range(e.lanes)))
            e.store_some(delta, place, b.icmp_signed("<", lanes, left))

        self._across(first, stop, write)

    def _nearer(self, node: Value, lanes: int, stop: Value) -> Value:
        end = self._b.add(node, word(lanes))
        return self._b.select(self._b.icmp_signed("<", end, stop), end, stop)

    def _multiply(self, count: int, first: Value, stop: Value) -> None:
        """Make deltas of the partials of nodes with several slots each."""
        e, b = self._scalar, self._b
        slot = self._read("first_slot", first)
        with e.counting(first, stop) as nodes:
            node = nodes.index
            self._check(e.missing(self._read("values", node)), node, self._after(node))
            adjoint = self._read("adjoints", node)
            own = b.add(slot, b.mul(b.sub(node, first), word(count)))
            for s in range(count):
                place = self._place("slots", b.add(own, word(s)))
                b.store(e.mul(adjoint, b.load(place)), place)

    def _check(self, some: Value, first: Value, stop: Value) -> None:
        """Let partials be nan where nodes have no value though no operand is missing."""
        e, b, nan = self._scalar, self._b, self._scalar.constant(float("nan"))

        def take_away() -> Sequence[Value]:
            with e.counting(first, stop) as nodes:
                node = nodes.index
                slots = [self._read("first_slot", n) for n in (node, self._after(node))]
                ends = [self._read("first_edge", s) for s in slots]
                without = e.missing(self._read("values", node))
                with e.counting(ends[0], ends[1], [without]) as edges:
                    tail = self._read("values", self._read("tails", edges.index))
                    weight = self._read("weights", edges.index)
                    operand = b.and_(self._there(tail), self._there(weight))
                    edges.next = [b.and_(edges.carried[0], operand)]
                with e.only_if(edges.results[0]), e.counting(slots[0], slots[1]) as places:
                    b.store(nan, self._place("slots", places.index))
            return ()

        e.rarely(some, (), take_away)

    def _push_group(self, degree: Value, first: Value, stop: Value) -> None:
        """Bring the deltas of a group to the tails, and write the slopes of the edges."""
        slots = [self._read("first_slot", node) for node in (first, stop)]

        def each(slot: Value, edges: Sequence[Value]) -> None:
            delta = self._read("slots", slot)
            for edge in edges:
                self._push(edge, delta)

        def any_number() -> None:
            with self._e.counting(first, stop, down=True) as nodes:
                self._push_node(nodes.index)

        all_flow = self._b.icmp_signed("!=", self._c["all_flow"], word(0))
        known = self._b.select(all_flow, degree, word(0))
        self._by_degree(known, slots, each, any_number)

    def _push_node(self, node: Value) -> None:
        """Bring the deltas of a node to the tails; nothing where no derivative flows."""
        e, b = self._scalar, self._b
        flows = b.icmp_signed("!=", self._read("flows", node), word(0))
        slots = [self._read("first_slot", n) for n in (node, self._after(node))]

        def push() -> None:
            with e.counting(slots[0], slots[1]) as places:
                delta = self._read("slots", places.index)
                ends = [self._read("first_edge", s)
                        for s in (places.index, self._after(places.index))]  # fmt: skip
                with e.counting(ends[0], ends[1]) as edges:
                    self._push(edges.index, delta)

        def nothing() -> None:
            ends = [self._read("first_edge", s) for s in slots]
            with e.counting(ends[0], ends[1]) as edges:
                b.store(e.constant(0.0), self._place("slopes", edges.index))

        e.either(flows, push, nothing)

    def _push(self, edge: Value, delta: Value) -> None:
        """Bring a delta to the tail of an edge, and write the slope of the edge."""
        e, b = self._scalar, self._b
        tail = self._read("tails", edge)
        if self._shape.weighted:
            b.store(e.mul(delta, self._read("values", tail)), self._place("slopes", edge))
        place = self._place("adjoints", tail)
        b.store(self._added(e, self._read("weights", edge), delta, b.load(place)), place)


class SinglePlan:
    """What all passes of a kind over one example have in common: most of their context.

    Attributes:
        wiring: the network.
        rows: its operations.
        context: a context without the arrays of a task.
    """

    def __init__(self, wiring: Wiring, rows: RowSet, sweep: Sweep | None) -> None:
        """Write sizes and addresses."""
        self.wiring, self.rows = wiring, rows
        kind = wiring.tails.dtype
        sizes = {
            "nodes": wiring.nodes,
            "sources": wiring.sources,
            "batch": 1,
            "group_count": len(rows.groups),
        }
        self._arrays: dict[str, Any] = {
            "first_slot": wiring.first_slot,
            "first_edge": wiring.first_edge,
            "first_argument": wiring.first_argument,
            "groups": rows.groups,
            "tails": wiring.tails,
        }
        if sweep is not None:
            flows = sweep.live & rows.passing
            sizes |= {
                "all_flow": int(flows[wiring.sources :].all()),
                "seeded_count": len(sweep.seeded),
            }
            self._arrays |= {"seeded": sweep.seeded.astype(kind), "flows": flows.astype(kind)}
        self.context = np.zeros(len(FIELDS), np.int64)
        for name, size in sizes.items():
            self.context[FIELDS[name]] = size
        for name, array in self._arrays.items():
            self.context[FIELDS[name]] = array.ctypes.data


class Context:
    """What a kernel is given, with all that it points to.

    Attributes:
        arrays: what its addresses lead to, by name.
        kept: what else must live as long as it.
        address: where the numbers are.
    """

    def __init__(self, fields: NDArray[np.int64], arrays: dict[str, Any], *kept: Any) -> None:  # noqa: ANN401
        """Write the addresses."""
        for name, array in arrays.items():
            if array is not None:
                fields[FIELDS[name]] = array.ctypes.data
        self.fields, self.arrays, self.kept = fields, arrays, kept
        self.address: int = fields.ctypes.data
        self._as_parameter_ = self.address  # as which ctypes passes it


def single_pass(plan: SinglePlan, kernel: Kernel, task: Task, result: Result) -> Callable[[], None]:
    """Give what fills a result: one call of the kernel, which may take less than a microsecond."""
    brief = plan.wiring.nodes + plan.wiring.edges < _BRIEF
    context = context_of(plan, kernel, task, result)
    return kernel.brief(context.address, context) if brief else partial(kernel.run, context)


def context_of(plan: SinglePlan, kernel: Kernel, task: Task, result: Result) -> Context:
    """Complete the context of a plan for one task, which a kernel is given."""
    wiring, dtype = plan.wiring, task.fixed.dtype
    kind = wiring.tails.dtype
    arrays: dict[str, Any] = {
        "weights": task.weights,
        "arguments": task.arguments,
        "fixed": task.fixed,
        "examples": task.examples,
        "watched_out": result.watched,
        "values_out": result.values,
        "varying": task.varying.astype(kind),
        "watched": task.watched.astype(kind),
        "values": aligned(wiring.nodes + _OVERRUN, dtype),
        "slots": aligned(wiring.slot_count + plan.rows.widest * _OVERRUN, dtype),
    }
    fields = plan.context.copy()
    fields[FIELDS["varying_count"]] = len(task.varying)
    fields[FIELDS["watched_count"]] = len(task.watched)
    if task.sweep is not None:
        if task.seeds.size:
            fields[FIELDS["seed_row"]] = task.seeds.strides[0] // task.seeds.itemsize
        arrays |= {
            "seeds": task.seeds,
            "adjoints": aligned(wiring.nodes + _OVERRUN, dtype),
            "slopes": result.gradients,
            "totals": result.totals,
            "adjoints_out": result.adjoints,
            "node_adjoints_out": result.node_adjoints,
        }
    return Context(fields, arrays, plan, kernel, task, result)
