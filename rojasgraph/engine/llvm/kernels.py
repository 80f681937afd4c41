"""The kernel of a batch: both passes of a tile of examples, for any network of some operations.

The code knows the operations, not the network: it walks the arrays of a `Wiring`. All numbers of
a node lie together, one for each example of the tile, and are computed as a few vectors. Forward,
a slot gathers what comes in, then the row is computed and its partials take the slot's place.
Backward, a node pulls the deltas of its successors' slots, which gives its adjoint and on the way
the slopes of its outgoing edges; then the deltas take the place of the partials.

Examples that fill up the last tile are masked out of all that is written and summed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]

from rojasgraph.engine.llvm.emission import WORD, Emitter, Value, word
from rojasgraph.engine.llvm.functions import Functions
from rojasgraph.engine.llvm.rows import RowWriter
from rojasgraph.recording import Recording

SIZES = (
    *("nodes", "sources", "batch", "varying_count", "watched_count", "seed_row", "seed_column"),
    *("first_tile", "stop_tile", "group_count", "seeded_count", "all_flow"),
)
"""Numbers of a context."""

REALS = (
    *("weights", "arguments", "fixed", "examples", "watched_out", "values_out", "seeds"),
    *("back_weights", "slopes", "totals", "adjoints_out", "node_adjoints_out"),
    *("values", "slots", "adjoints"),
)
LONGS = ("first_slot", "first_edge", "first_argument", "first_out", "groups")
INDICES = (
    *("codes", "tails", "varying", "watched", "seed_of", "varying_of"),
    *("out_slots", "out_edges", "flows", "seeded"),
)
FIELDS = {name: i for i, name in enumerate((*SIZES, *REALS, *LONGS, *INDICES))}
"""Where the numbers and addresses of a context lie: 64 bits each."""


@dataclass(frozen=True)
class Machine:
    """What code is written for.

    Attributes:
        bits: of a floating number.
        lanes: of a vector of these.
        widest: lanes of a vector of float64.
        fused: whether there is a fused multiply-add.
    """

    bits: int
    lanes: int
    widest: int
    fused: bool


@dataclass(frozen=True)
class Shape:
    """What a kernel is written for, besides the operations.

    Attributes:
        machine: the processor.
        vectors: vectors in a tile.
        index_bits: of the indices of edges and nodes.
        backward: whether it runs both passes.
        weighted: whether edges have weights; else these are neither read nor differentiated.
    """

    machine: Machine
    vectors: int
    index_bits: int
    backward: bool
    weighted: bool

    @property
    def tile(self) -> int:
        """How many examples go through together."""
        return self.machine.lanes * self.vectors


class KernelWriter:
    """Writes a kernel: a function of a context.

    Attributes:
        needed: the functions of elsewhere that its code calls.
    """

    name: str

    def __init__(self, recordings: Sequence[Recording], shape: Shape) -> None:
        """Keep what to write, by code of operation."""
        self._shape = shape
        self._rows = [r if shape.backward else replace(r, partials=()) for r in recordings]
        self.needed: set[str] = set()

    def module(self) -> str:
        """Write the module."""
        module = ir.Module(self.name)
        kind = ir.FunctionType(ir.VoidType(), [WORD.as_pointer()])
        function = ir.Function(module, kind, self.name)
        (context,) = function.args
        self._b = ir.IRBuilder(function.append_basic_block("entry"))
        machine = self._shape.machine
        self._e = e = Emitter(self._b, machine.bits, machine.lanes)
        index = ir.IntType(self._shape.index_bits)
        kinds = dict.fromkeys(SIZES, None) | dict.fromkeys(REALS, e.real)
        kinds |= dict.fromkeys(LONGS, WORD) | dict.fromkeys(INDICES, index)
        self._c = {name: self._field(context, name, kind) for name, kind in kinds.items()}
        self._write()
        self._b.ret_void()
        return str(module)

    def _write(self) -> None:
        """Write what the function does."""
        raise NotImplementedError

    def _field(self, context: Value, name: str, kind: Value) -> Value:
        found = self._e.element(context, word(FIELDS[name]))
        return found if kind is None else self._b.inttoptr(found, kind.as_pointer())

    def _given(self, name: str) -> Value:
        """Tell whether the context has an array."""
        address = self._b.ptrtoint(self._c[name], WORD)
        return self._b.icmp_unsigned("!=", address, word(0))

    def _read(self, name: str, index: Value) -> Value:
        return self._e.element(self._c[name], index)

    def _after(self, index: Value) -> Value:
        return self._b.add(index, word(1))

    def _added(self, e: Emitter, weight: Value, x: Value, total: Value) -> Value:
        """Add weight · x to a total; x alone where edges have no weights."""
        return e.accumulate(weight, x, total) if self._shape.weighted else e.add(x, total)

    def _there(self, number: Value) -> Value:
        """Tell whether a number is not nan."""
        return self._b.fcmp_ordered("ord", number, number)

    def _writer(self, emitter: Emitter) -> RowWriter:
        machine = self._shape.machine
        functions = Functions(emitter, machine.widest, self.needed, fused=machine.fused)
        return RowWriter(emitter, functions)


class TileKernel(KernelWriter):
    """Writes `void tiles(context)`."""

    name = "tiles"

    def _write(self) -> None:
        with self._e.counting(self._c["first_tile"], self._c["stop_tile"]) as tiles:
            self._begin = self._b.mul(tiles.index, word(self._shape.tile))
            self._masks = [self._mask(q) for q in range(self._shape.vectors)]
            self._forward()
            if self._shape.backward:
                self._backward()

    # --- arrays ---------------------------------------------------------------------------------

    def _mask(self, q: int) -> Value:
        """Tell which lanes of a vector of the tile are examples of the batch."""
        lanes = self._e.lanes
        left = self._b.sub(self._c["batch"], self._begin)
        wide = ir.VectorType(WORD, lanes)
        places = ir.Constant(wide, list(range(q * lanes, (q + 1) * lanes)))
        return self._b.icmp_signed("<", places, self._e.spread(left))

    def _row(self, name: str, index: Value) -> list[Value]:
        """Give the addresses of the vectors of a node or a slot."""
        first = self._b.mul(index, word(self._shape.tile))
        return [self._e.at(self._c[name], self._b.add(first, word(q * self._e.lanes)))
                for q in range(self._shape.vectors)]  # fmt: skip

    def _outside(self, name: str, index: Value) -> list[Value]:
        """Give the addresses of the tile in a row of an array over the whole batch."""
        first = self._b.add(self._b.mul(index, self._c["batch"]), self._begin)
        return [self._e.at(self._c[name], self._b.add(first, word(q * self._e.lanes)))
                for q in range(self._shape.vectors)]  # fmt: skip

    def _loaded(self, addresses: Sequence[Value]) -> list[Value]:
        return [self._e.load(each) for each in addresses]

    def _masked(self, vectors: Sequence[Value]) -> list[Value]:
        zero = self._e.constant(0.0)
        return [self._e.choose(m, x, zero) for m, x in zip(self._masks, vectors, strict=True)]

    def _hand_out(self, vectors: Sequence[Value], name: str, index: Value) -> None:
        """Write the examples of the batch to an array outside."""
        for x, place, mask in zip(vectors, self._outside(name, index), self._masks, strict=True):
            self._e.store_some(x, place, mask)

    # --- forward ------------------------------------------------------------------------------

    def _forward(self) -> None:
        e, c = self._e, self._c
        with e.counting(word(0), c["sources"]) as loop:
            number = e.spread(self._read("fixed", loop.index))
            for place in self._row("values", loop.index):
                e.store(number, place)
        with e.counting(word(0), c["varying_count"]) as loop:
            self._take_in(loop.index)
        with e.counting(c["sources"], c["nodes"]) as loop:
            self._compute(loop.index)
        with e.counting(word(0), c["watched_count"]) as loop:
            node = self._read("watched", loop.index)
            self._hand_out(self._loaded(self._row("values", node)), "watched_out", loop.index)
        with e.only_if(self._given("values_out")), e.counting(word(0), c["nodes"]) as loop:
            self._hand_out(self._loaded(self._row("values", loop.index)), "values_out", loop.index)

    def _take_in(self, index: Value) -> None:
        """Read the examples of a source; the first fills up the tile."""
        e = self._e
        places = self._outside("examples", index)
        first = e.spread(self._b.load(places[0]))
        inside = self._row("values", self._read("varying", index))
        for place, mask, target in zip(places, self._masks, inside, strict=True):
            e.store(e.load_some(place, mask, first), target)

    def _compute(self, node: Value) -> None:
        """Gather what comes into the slots of a node, and compute its row."""
        e = self._e
        first = self._read("first_slot", node)
        with e.counting(first, self._read("first_slot", self._after(node))) as slots:
            sums = self._gathered(slots.index)
            for x, place in zip(sums, self._row("slots", slots.index), strict=True):
                e.store(x, place)
        code = self._read("codes", node)
        cases = {number: self._case(node, first, recording)
                 for number, recording in enumerate(self._rows)}  # fmt: skip
        e.switch(code, cases, lambda: None)

    def _gathered(self, slot: Value) -> list[Value]:
        e = self._e
        start, stop = self._read("first_edge", slot), self._read("first_edge", self._after(slot))
        minus_zero = [e.constant(-0.0)] * self._shape.vectors
        with e.counting(start, stop, minus_zero) as edges:
            weight = e.spread(self._read("weights", edges.index))
            tail = self._loaded(self._row("values", self._read("tails", edges.index)))
            edges.next = [self._added(e, weight, x, a)
                          for x, a in zip(tail, edges.carried, strict=True)]  # fmt: skip
        return edges.results

    def _case(self, node: Value, first: Value, recording: Recording) -> Callable[[], None]:
        """Give what writes a row: from slots to values and, in place of the slots, partials."""

        def write() -> None:
            e, b = self._e, self._b
            tile, lanes = word(self._shape.tile), word(e.lanes)
            start = self._read("first_argument", node)
            arguments = {
                name: e.spread(self._read("arguments", b.add(start, word(i))))
                for i, name in enumerate(recording.arguments)
            }
            value_row, slot_row = b.mul(node, tile), b.mul(first, tile)
            with e.counting(word(0), word(self._shape.vectors)) as loop:
                offset = b.mul(loop.index, lanes)
                slots = [
                    e.at(self._c["slots"],
                         b.add(slot_row, b.add(offset, word(s * self._shape.tile))))
                    for s in range(len(recording.inputs))
                ]  # fmt: skip
                here = Emitter(b, e.bits, e.lanes)
                value, partials = self._writer(here).row(recording, self._loaded(slots), arguments)
                e.store(value, e.at(self._c["values"], b.add(value_row, offset)))
                for x, place in zip(partials, slots, strict=False):
                    e.store(x, place)

        return write

    # --- backward -----------------------------------------------------------------------------

    def _backward(self) -> None:
        e, c = self._e, self._c
        with e.counting(c["sources"], c["nodes"], down=True) as loop:
            node = loop.index
            values = self._masked(self._loaded(self._row("values", node)))
            adjoints = self._pulled(node, values)
            self._push_back(node, values, adjoints)
        with e.counting(word(0), c["sources"], down=True) as loop:
            node = loop.index
            values = self._masked(self._loaded(self._row("values", node)))
            self._finish(node, self._pulled(node, values))

    def _pulled(self, node: Value, values: Sequence[Value]) -> list[Value]:
        """Give the adjoint of a node; add to the slopes of its outgoing edges."""
        e = self._e
        start, stop = self._read("first_out", node), self._read("first_out", self._after(node))
        with e.counting(start, stop, self._seeded(node)) as edges:
            edge = self._read("out_edges", edges.index)
            weight = e.spread(self._read("back_weights", edge))
            deltas = self._loaded(self._row("slots", self._read("out_slots", edges.index)))
            edges.next = [self._added(e, weight, x, a)
                          for x, a in zip(deltas, edges.carried, strict=True)]  # fmt: skip
            if self._shape.weighted:
                self._add_slope(edge, values, deltas)
        adjoints = edges.results
        with e.only_if(self._given("node_adjoints_out")):
            self._hand_out(adjoints, "node_adjoints_out", node)
        return adjoints

    def _add_slope(self, edge: Value, values: Sequence[Value], deltas: Sequence[Value]) -> None:
        """Add value · delta, summed over the tile, to the slope of an edge."""
        e = self._e
        slope = e.mul(values[0], deltas[0])
        for v, x in zip(values[1:], deltas[1:], strict=True):
            slope = e.accumulate(v, x, slope)
        place = e.at(self._c["slopes"], edge)
        self._b.store(self._b.fadd(self._b.load(place), e.total(slope)), place)

    def _seeded(self, node: Value) -> list[Value]:
        """Give the seeds of a node, or zeros."""
        e, b, c = self._e, self._b, self._c
        zeros = [e.constant(0.0)] * self._shape.vectors
        number = self._read("seed_of", node)

        def spread() -> list[Value]:
            seed = self._read("seeds", b.mul(number, c["seed_row"]))
            return self._masked([e.spread(seed)] * self._shape.vectors)

        def read() -> list[Value]:
            first = b.add(b.mul(number, c["seed_row"]), self._begin)
            places = [e.at(c["seeds"], b.add(first, word(q * e.lanes)))
                      for q in range(self._shape.vectors)]  # fmt: skip
            return [e.load_some(p, m, z)
                    for p, m, z in zip(places, self._masks, zeros, strict=True)]  # fmt: skip

        def seeds() -> list[Value]:
            same = b.icmp_signed("==", c["seed_column"], word(0))
            own = e.rarely(b.not_(same), zeros, read)
            return e.rarely(same, own, spread)

        return e.rarely(b.icmp_signed(">=", number, word(0)), zeros, seeds)

    def _push_back(self, node: Value, values: Sequence[Value], adjoints: Sequence[Value]) -> None:
        """Multiply the adjoint with the partials, which become deltas."""
        e = self._e
        bad = self._without_partials(node, values)
        start, stop = self._read("first_slot", node), self._read("first_slot", self._after(node))
        nan, zero = e.constant(float("nan")), e.constant(0.0)
        with e.counting(start, stop) as slots:
            places = self._row("slots", slots.index)
            for q, place in enumerate(places):
                delta = e.mul(adjoints[q], e.load(place))
                delta = e.choose(bad[q], nan, delta)
                e.store(e.choose(self._masks[q], delta, zero), place)

    def _without_partials(self, node: Value, values: Sequence[Value]) -> list[Value]:
        """Tell where a node has no value though no operand is missing."""
        e, b = self._e, self._b
        missing = [e.missing(x) for x in values]
        some = missing[0]
        for each in missing[1:]:
            some = b.or_(some, each)

        def looked_at() -> list[Value]:
            slots = [self._read("first_slot", i) for i in (node, self._after(node))]
            start, stop = (self._read("first_edge", s) for s in slots)
            with e.counting(start, stop, missing) as edges:
                tail = self._loaded(self._row("values", self._read("tails", edges.index)))
                weight = e.spread(self._there(self._read("weights", edges.index)))
                edges.next = [b.and_(b.and_(m, weight), b.not_(e.missing(x)))
                              for m, x in zip(edges.carried, tail, strict=True)]  # fmt: skip
            return edges.results

        never = [ir.Constant(e.truth, [0] * e.lanes)] * self._shape.vectors
        return e.rarely(e.any(some), never, looked_at)

    def _finish(self, node: Value, adjoints: Sequence[Value]) -> None:
        """Write and sum up the adjoint of a source."""
        e, b = self._e, self._b
        whole = self._masked(adjoints)
        total = whole[0]
        for each in whole[1:]:
            total = e.add(total, each)
        place = e.at(self._c["totals"], node)
        b.store(b.fadd(b.load(place), e.total(total)), place)
        number = self._read("varying_of", node)
        with e.only_if(b.icmp_signed(">=", number, word(0))):
            self._hand_out(adjoints, "adjoints_out", number)
