"""Write LLVM code: numbers in lanes, loops with carried values, memory by elements.

An `Emitter` writes at one place of one function. Its numbers have so many lanes; one lane is a
plain scalar, so the same code serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]

Value = Any
"""A value of LLVM; llvmlite carries no types."""

WORD = ir.IntType(64)
TRUTH = ir.IntType(1)
LANE = ir.IntType(32)


def word(number: int) -> Value:
    """Give a constant whole number."""
    return ir.Constant(WORD, number)


class Emitter:
    """Writes code on numbers of so many lanes."""

    def __init__(self, builder: Value, bits: int, lanes: int) -> None:
        """Set what numbers look like.

        Args:
            builder: where code is written.
            bits: of a floating number: 64 or 32.
            lanes: numbers in a vector; 1 for scalars.
        """
        self.builder = builder
        self.bits = bits
        self.lanes = lanes
        self.real = ir.DoubleType() if bits == 64 else ir.FloatType()  # noqa: PLR2004
        self.number = self.laned(self.real)
        self.integer = self.laned(ir.IntType(bits))
        self.truth = self.laned(TRUTH)
        self._known: dict[tuple[Any, ...], Value] = {}

    def of(self, lanes: int) -> Emitter:
        """Give an emitter at the same place for another number of lanes."""
        return Emitter(self.builder, self.bits, lanes)

    def laned(self, element: Value) -> Value:
        """Give the type of one of these in each lane."""
        return element if self.lanes == 1 else ir.VectorType(element, self.lanes)

    def once(self, key: str, operand: Value, compute: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Give what was computed of an operand under a name, computing it the first time."""
        if (key, operand) not in self._known:
            self._known[key, operand] = compute()
        return self._known[key, operand]

    # --- constants and conversions ------------------------------------------------------------

    def constant(self, number: float) -> Value:
        """Give a number in all lanes."""
        each = ir.Constant(self.real, float(number))
        return each if self.lanes == 1 else ir.Constant(self.number, [each] * self.lanes)

    def whole(self, number: int) -> Value:
        """Give a whole number in all lanes."""
        return ir.Constant(self.integer, number if self.lanes == 1 else [number] * self.lanes)

    def spread(self, scalar: Value) -> Value:
        """Give a scalar in all lanes."""
        if self.lanes == 1:
            return scalar
        kind = ir.VectorType(scalar.type, self.lanes)
        nothing = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(nothing, scalar, ir.Constant(LANE, 0))
        zeros = ir.Constant(ir.VectorType(LANE, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, zeros)

    def digits(self, x: Value) -> Value:
        """Give the bits of numbers as whole numbers."""
        return self.builder.bitcast(x, self.integer)

    def undigits(self, n: Value) -> Value:
        """Give the numbers that have these bits."""
        return self.builder.bitcast(n, self.number)

    def part(self, x: Value, start: int, count: int) -> Value:
        """Take some lanes out."""
        if self.lanes == 1:
            return x
        if count == 1:
            return self.builder.extract_element(x, ir.Constant(LANE, start))
        places = ir.Constant(ir.VectorType(LANE, count), list(range(start, start + count)))
        return self.builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined), places)

    def joined(self, parts: Sequence[Value], width: int) -> Value:
        """Put lanes together; all parts have the same width."""
        if len(parts) == 1:
            return parts[0]
        if width == 1:
            whole = ir.Constant(ir.VectorType(parts[0].type, len(parts)), ir.Undefined)
            for i, each in enumerate(parts):
                whole = self.builder.insert_element(whole, each, ir.Constant(LANE, i))
            return whole
        pending = list(parts)
        while len(pending) > 1:
            places = ir.Constant(ir.VectorType(LANE, 2 * width), list(range(2 * width)))
            pending = [
                self.builder.shuffle_vector(a, b, places)
                for a, b in zip(pending[::2], pending[1::2], strict=True)
            ]
            width *= 2
        return pending[0]

    # --- arithmetic ---------------------------------------------------------------------------

    def _suffix(self) -> str:
        return f"f{self.bits}" if self.lanes == 1 else f"v{self.lanes}f{self.bits}"

    def declared(self, name: str, result: Value, operands: Sequence[Value]) -> Value:
        """Declare a function of elsewhere, once in a module."""
        module = self.builder.module
        known = module.globals.get(name)
        return known or ir.Function(module, ir.FunctionType(result, operands), name)

    def intrinsic(self, name: str, *operands: Value) -> Value:
        """Call one of LLVM's own functions, lane by lane."""
        kinds = [self.number] * len(operands)
        function = self.declared(f"llvm.{name}.{self._suffix()}", self.number, kinds)
        return self.builder.call(function, operands)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """Give a·b + c, rounded once."""
        return self.intrinsic("fma", a, b, c)

    def accumulate(self, a: Value, b: Value, c: Value) -> Value:
        """Give a·b + c, as the machine does it fastest."""
        return self.intrinsic("fmuladd", a, b, c)

    def add(self, a: Value, b: Value) -> Value:
        """Give a + b."""
        return self.builder.fadd(a, b)

    def sub(self, a: Value, b: Value) -> Value:
        """Give a − b."""
        return self.builder.fsub(a, b)

    def mul(self, a: Value, b: Value) -> Value:
        """Give a·b."""
        return self.builder.fmul(a, b)

    def div(self, a: Value, b: Value) -> Value:
        """Give a / b."""
        return self.builder.fdiv(a, b)

    def compare(self, sign: str, a: Value, b: Value) -> Value:
        """Compare; with nan all are false but `!=`."""
        ordered = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
        return ordered(sign, a, b)

    def missing(self, x: Value) -> Value:
        """Tell where a number is nan."""
        return self.builder.fcmp_unordered("uno", x, x)

    def choose(self, condition: Value, yes: Value, no: Value) -> Value:
        """Choose lane by lane."""
        return self.builder.select(condition, yes, no)

    def any(self, condition: Value) -> Value:
        """Tell whether a condition holds in some lane."""
        if self.lanes == 1:
            return condition
        kind = ir.IntType(self.lanes)
        mask = self.builder.bitcast(condition, kind)
        return self.builder.icmp_unsigned("!=", mask, ir.Constant(kind, 0))

    def total(self, x: Value) -> Value:
        """Add up the lanes, by halves."""
        if self.lanes == 1:
            return x
        name = f"llvm.vector.reduce.fadd.{self._suffix()}"
        function = self.declared(name, self.real, [self.real, self.number])
        start = ir.Constant(self.real, -0.0)
        return self.builder.call(function, [start, x], fastmath=["reassoc"])

    # --- memory -------------------------------------------------------------------------------

    def at(self, array: Value, index: Value) -> Value:
        """Give the address of an element."""
        return self.builder.gep(array, [index])

    def element(self, array: Value, index: Value) -> Value:
        """Read an element; a small whole number becomes a word."""
        found = self.builder.load(self.at(array, index))
        small = isinstance(found.type, ir.IntType) and found.type.width < WORD.width
        return self.builder.sext(found, WORD) if small else found

    def load(self, address: Value) -> Value:
        """Read so many numbers as there are lanes."""
        pointer = self.builder.bitcast(address, self.number.as_pointer())
        return self.builder.load(pointer, align=self.bits // 8)

    def store(self, x: Value, address: Value) -> None:
        """Write so many numbers as there are lanes."""
        pointer = self.builder.bitcast(address, self.number.as_pointer())
        self.builder.store(x, pointer, align=self.bits // 8)

    def load_some(self, address: Value, mask: Value, otherwise: Value) -> Value:
        """Read the lanes of a mask only."""
        pointer = self.builder.bitcast(address, self.number.as_pointer())
        kinds = [pointer.type, LANE, self.truth, self.number]
        name = f"llvm.masked.load.{self._suffix()}.p0"
        function = self.declared(name, self.number, kinds)
        align = ir.Constant(LANE, self.bits // 8)
        return self.builder.call(function, [pointer, align, mask, otherwise])

    def store_some(self, x: Value, address: Value, mask: Value) -> None:
        """Write the lanes of a mask only."""
        pointer = self.builder.bitcast(address, self.number.as_pointer())
        kinds = [self.number, pointer.type, LANE, self.truth]
        name = f"llvm.masked.store.{self._suffix()}.p0"
        function = self.declared(name, ir.VoidType(), kinds)
        align = ir.Constant(LANE, self.bits // 8)
        self.builder.call(function, [x, pointer, align, mask])

    # --- control ------------------------------------------------------------------------------

    def block(self, name: str) -> Value:
        """Make a block of the function, to be filled later."""
        return self.builder.function.append_basic_block(name)

    @contextmanager
    def counting(
        self, start: Value, stop: Value, carried: Sequence[Value] = (), *, down: bool = False
    ) -> Iterator[Loop]:
        """Write a loop from `start` to below `stop`; or down from below `stop` to `start`.

        Args:
            start: the first number.
            stop: the one after the last.
            carried: values that go from round to round: see `Loop`.
            down: count from the last to the first.
        """
        builder, before = self.builder, self.builder.block
        inside, after = self.block("round"), self.block("done")
        first = builder.sub(stop, word(1)) if down else start
        builder.cbranch(builder.icmp_signed("<", start, stop), inside, after)
        builder.position_at_end(inside)
        index = builder.phi(WORD)
        index.add_incoming(first, before)
        loop = Loop(index, [builder.phi(x.type) for x in carried])
        for phi, x in zip(loop.carried, carried, strict=True):
            phi.add_incoming(x, before)
        loop.next = list(loop.carried)
        yield loop
        end = builder.block
        following = builder.add(index, word(-1 if down else 1))
        index.add_incoming(following, end)
        for phi, x in zip(loop.carried, loop.next, strict=True):
            phi.add_incoming(x, end)
        last = builder.icmp_signed(">=" if down else "<", following, start if down else stop)
        builder.cbranch(last, inside, after)
        builder.position_at_end(after)
        for x, computed in zip(carried, loop.next, strict=True):
            result = builder.phi(x.type)
            result.add_incoming(x, before)
            result.add_incoming(computed, end)
            loop.results.append(result)

    def rarely(
        self, condition: Value, usual: Sequence[Value], compute: Callable[[], Sequence[Value]]
    ) -> list[Value]:
        """Give the usual values, or where a condition holds what is computed then."""
        builder, before = self.builder, self.builder.block
        inside, after = self.block("rare"), self.block("usual")
        branch = builder.cbranch(condition, inside, after)
        branch.set_weights([1, 1000])
        builder.position_at_end(inside)
        computed = compute()
        end = builder.block
        builder.branch(after)
        builder.position_at_end(after)
        results = []
        for x, other in zip(usual, computed, strict=True):
            phi = builder.phi(x.type)
            phi.add_incoming(x, before)
            phi.add_incoming(other, end)
            results.append(phi)
        return results

    @contextmanager
    def only_if(self, condition: Value) -> Iterator[None]:
        """Write what is done only if a condition holds."""
        inside, after = self.block("then"), self.block("after")
        self.builder.cbranch(condition, inside, after)
        self.builder.position_at_end(inside)
        yield
        self.builder.branch(after)
        self.builder.position_at_end(after)

    def either(self, condition: Value, yes: Callable[[], None], no: Callable[[], None]) -> None:
        """Do one thing or the other."""
        first, second, after = (self.block(name) for name in ("yes", "no", "after"))
        self.builder.cbranch(condition, first, second)
        for block, write in ((first, yes), (second, no)):
            self.builder.position_at_end(block)
            write()
            self.builder.branch(after)
        self.builder.position_at_end(after)

    def switch(
        self, code: Value, cases: Mapping[int, Callable[[], None]], otherwise: Callable[[], None]
    ) -> None:
        """Do what belongs to a code."""
        default, after = self.block("default"), self.block("after")
        jump = self.builder.switch(code, default)
        self.builder.position_at_end(default)
        otherwise()
        self.builder.branch(after)
        for number, write in cases.items():
            block = self.block(f"case{number}")
            jump.add_case(ir.Constant(code.type, number), block)
            self.builder.position_at_end(block)
            write()
            self.builder.branch(after)
        self.builder.position_at_end(after)


class Loop:
    """A loop being written.

    Attributes:
        index: the number of the round.
        carried: the carried values as a round finds them.
        next: to set in place: the values as the round leaves them.
        results: after the loop, the values as the last round left them.
    """

    def __init__(self, index: Value, carried: list[Value]) -> None:
        """Start with no results."""
        self.index = index
        self.carried = carried
        self.next: list[Value] = []
        self.results: list[Value] = []
