"""Write the rows of primitives as LLVM code: a recording, interpreted into instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from llvmlite.ir import Constant  # type: ignore[import-untyped, unused-ignore]

from rojasgraph.engine.llvm.emission import Emitter, Value
from rojasgraph.engine.llvm.functions import Functions
from rojasgraph.numbers.kinds import Number
from rojasgraph.recording import Recording, interpret
from rojasgraph.terms import Term

_SMALLEST = {64: 2.0**-1022, 32: 2.0**-126}
"""The smallest normal number, by bits."""

_SIGNS = {"lt": "<", "le": "<=", "eq": "==", "ne": "!="}


@dataclass(slots=True, eq=False)
class Instruction:
    """An operation that is written only if something needs it.

    Attributes:
        op: of `terms.OPERATIONS`, `sech2`, `logistic`, `halved`, `lowered`; "" for a value that is
            there.
        operands: what it is computed from.
        number: of a constant.
        value: what was written.
    """

    op: str
    operands: tuple[Instruction, ...] = ()
    number: Number = None
    value: Value = None


class RowWriter:
    """Writes one row at one place of a function."""

    def __init__(self, emitter: Emitter, functions: Functions) -> None:
        """Keep what writes."""
        self._emitter = emitter
        self._functions = functions
        self._listed: list[Instruction] = []
        e, builder = emitter, emitter.builder
        self._plain: dict[str, Callable[..., Value]] = {
            "add": e.add,
            "sub": e.sub,
            "mul": e.mul,
            "div": e.div,
            "mod": self._mod,
            "neg": builder.fneg,
            **{op: partial(e.compare, sign) for op, sign in _SIGNS.items()},
            "and": builder.and_,
            "or": builder.or_,
            "not": builder.not_,
            "where": e.choose,
            "abs": partial(e.intrinsic, "fabs"),
            "sqrt": partial(e.intrinsic, "sqrt"),
            "sign": self._sign,
            "heaviside": self._heaviside,
            "maximum": partial(self._extreme, ">="),
            "minimum": partial(self._extreme, "<="),
            "halved": self._halved,
            "lowered": self._lowered,
        }

    def row(
        self, recording: Recording, operands: Sequence[Value], arguments: Mapping[str, Value]
    ) -> tuple[Value, tuple[Value, ...]]:
        """Write value and partials of a row.

        Args:
            recording: the row.
            operands: what comes in, by slot.
            arguments: by name.
        """
        value, partials = interpret(
            recording,
            [Instruction("", value=x) for x in operands],
            {name: Instruction("", value=x) for name, x in arguments.items()},
            constant=self._constant,
            operation=self._operation,
        )
        self._write((value, *partials))
        return value.value, tuple(each.value for each in partials)

    def _write(self, wanted: tuple[Instruction, ...]) -> None:
        """Write the instructions that something wanted needs, in their order."""
        needed, ahead = set(), list(wanted)
        while ahead:
            each = ahead.pop()
            if each not in needed:
                needed.add(each)
                ahead.extend(each.operands)
        for each in self._listed:
            if each in needed:
                operands = [x.value for x in each.operands]
                plain = self._plain.get(each.op)
                each.value = (
                    self._functions.apply(each.op, operands) if plain is None else plain(*operands)
                )

    def _constant(self, term: Term) -> Instruction:
        e, number = self._emitter, term.constant
        if isinstance(number, bool):
            zero = e.constant(0.0)
            return Instruction("", value=e.compare("==" if number else "!=", zero, zero))
        return Instruction("", number=number, value=e.constant(float(number)))

    # --- forms that are written in another way ------------------------------------------------

    def _operation(self, op: str, operands: Sequence[Instruction]) -> Instruction:
        """List an operation; some in a form that shares what is computed anyway."""
        made = Instruction(op, tuple(operands))
        if op == "div" and _is(operands[1], 2):
            made = Instruction("halved", (operands[0],))
        elif op == "div" and (x := _logistic(made)) is not None:
            made = Instruction("logistic", (x, self._listed_next(Instruction("halved", (x,)))))
        elif op == "mul" and operands[0] is operands[1] and (x := _sech(operands[0])) is not None:
            made = Instruction("sech2", (x,))
        elif op == "power" and (raised := self._raised(made)) is not None:
            made = Instruction("lowered", (*raised.operands, raised))
        return self._listed_next(made)

    def _listed_next(self, made: Instruction) -> Instruction:
        self._listed.append(made)
        return made

    def _halved(self, x: Value) -> Value:
        e = self._emitter
        return e.once("halved", x, lambda: e.mul(x, e.constant(0.5)))

    def _raised(self, x: Instruction) -> Instruction | None:
        """Give the aᵇ of (1 if b = 0 else a) to the power of b − 1, if it is computed anyway."""
        base, less = x.operands
        if base.op != "where" or less.op != "sub" or not _is(less.operands[1], 1):
            return None
        exponent, (condition, one, a) = less.operands[0], base.operands
        unless = condition.op == "eq" and condition.operands[0] is exponent
        if isinstance(exponent.value, Constant) or not (
            unless and _is(condition.operands[1], 0) and _is(one, 1)
        ):
            return None
        return next(
            (r for r in self._listed if r.op == "power" and r.operands == (a, exponent)), None
        )

    def _lowered(self, a: Value, b: Value, raised: Value) -> Value:
        """Write (1 if b = 0 else a) to the power of b − 1 as aᵇ/a, or by itself at the ends."""
        e = self._emitter
        one, tiny = e.constant(1.0), e.constant(_SMALLEST[e.bits])
        zero = e.compare("==", b, e.constant(0.0))
        usual = e.choose(zero, one, e.div(raised, a))
        safe = e.builder.and_(
            e.compare(">", a, e.constant(0.0)),
            e.builder.and_(
                e.compare(">=", raised, tiny), e.compare("<", raised, e.constant(float("inf")))
            ),
        )

        def itself() -> list[Value]:
            return [self._functions.apply("power", [e.choose(zero, one, a), e.sub(b, one)])]

        return e.rarely(e.any(e.builder.not_(safe)), [usual], itself)[0]

    # --- steps and kinks ----------------------------------------------------------------------

    def _mod(self, a: Value, b: Value) -> Value:
        """Write the remainder with the sign of b."""
        e = self._emitter
        rest = self._functions.apply("fmod", [a, b])
        zero = e.constant(0.0)
        other = e.builder.xor(e.compare("<", rest, zero), e.compare("<", b, zero))
        moved = e.choose(other, e.add(rest, b), rest)
        exact = e.compare("==", rest, zero)
        return e.choose(exact, e.intrinsic("copysign", zero, b), moved)

    def _sign(self, x: Value) -> Value:
        e = self._emitter
        return self._stepped(x, e.constant(-1.0), e.constant(0.0))

    def _heaviside(self, x: Value, at_zero: Value) -> Value:
        return self._stepped(x, self._emitter.constant(0.0), at_zero)

    def _stepped(self, x: Value, below: Value, at_zero: Value) -> Value:
        """Write one number below zero, one at zero, 1 above, and nan of nan."""
        e = self._emitter
        zero = e.constant(0.0)
        result = e.choose(e.compare("<", x, zero), below, x)
        result = e.choose(e.compare(">", x, zero), e.constant(1.0), result)
        return e.choose(e.compare("==", x, zero), at_zero, result)

    def _extreme(self, sign: str, a: Value, b: Value) -> Value:
        e = self._emitter
        first = e.builder.or_(e.compare(sign, a, b), e.missing(a))
        return e.choose(first, a, b)


def _is(x: Instruction, number: int) -> bool:
    return not isinstance(x.number, bool) and x.number == number


def _sech(x: Instruction) -> Instruction | None:
    """Give the z of 1/cosh(z)."""
    if x.op == "div" and _is(x.operands[0], 1) and x.operands[1].op == "cosh":
        return x.operands[1].operands[0]
    return None


def _logistic(x: Instruction) -> Instruction | None:
    """Give the z of 1/(1 + exp(−z))."""
    one, below = x.operands
    if _is(one, 1) and below.op == "add" and _is(below.operands[0], 1):
        grown = below.operands[1]
        if grown.op == "exp" and grown.operands[0].op == "neg":
            return grown.operands[0].operands[0]
    return None
