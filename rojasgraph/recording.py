"""Record a primitive's row as straight-line code, for code generators.

A row is a function over a namespace `xp`. Here it runs over a namespace whose numbers are terms:
what it computes is written down, value and partials together, without doubles and without what
nobody needs. A generator of any language (JavaScript, LLVM's, ONNX) reads the recording with
`interpret` and needs one line of its own for each operation of the table `terms.OPERATIONS`. So
the arithmetic of a primitive stays in its row, a user's own included.

Nothing is reordered: replayed over floats or arrays, a recording gives the row's own bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.table import Primitive
from rojasgraph.terms import CONSTANTS, OPERATIONS, OPERATORS, Tape, Term


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """A row as straight-line code.

    `dataclasses.replace(recording, partials=())` is the code of the value alone.

    Attributes:
        inputs: the operands, one term for each slot.
        arguments: the arguments that were recorded as inputs, by name; those that were given are
            constants.
        value: the term of the function's value.
        partials: the terms of the partial derivatives, one for each slot.
    """

    inputs: tuple[Term, ...]
    arguments: Mapping[str, Term]
    value: Term
    partials: tuple[Term, ...]

    @cached_property
    def _needed(self) -> tuple[Term, ...]:
        """List all terms that value and partials depend on, in the order of recording."""
        found: dict[int, Term] = {}
        ahead = [self.value, *self.partials]
        while ahead:
            term = ahead.pop()
            if term.place not in found:
                found[term.place] = term
                ahead.extend(term.operands)
        return tuple(found[place] for place in sorted(found))

    @cached_property
    def instructions(self) -> tuple[Term, ...]:
        """The operations in an order in which each follows its operands; none is there twice."""
        return tuple(term for term in self._needed if term.op in OPERATIONS)

    @cached_property
    def constants(self) -> tuple[Term, ...]:
        """The constants that the instructions, the value and the partials use."""
        return tuple(t for t in self._needed if t.op not in OPERATIONS and t.op != "input")

    def __str__(self) -> str:
        """Write the code, one instruction on a line.

        >>> from rojasgraph.table import lookup
        >>> print(record(lookup("tanh")))
        t0 = tanh(x0)
        t1 = cosh(x0)
        t2 = div(1, t1)
        t3 = mul(t2, t2)
        value t0; partials t3
        """
        lines: list[str] = []

        def operation(op: str, operands: Sequence[str]) -> str:
            name = f"t{len(lines)}"
            lines.append(f"{name} = {op}({', '.join(operands)})")
            return name

        names = {name: name for name in self.arguments}
        operands = [x.name for x in self.inputs]
        value, partials = interpret(self, operands, names, constant=str, operation=operation)
        return "\n".join([*lines, f"value {value}; partials {', '.join(partials)}"])


def record(
    row: Primitive,
    slots: int | None = None,
    arguments: Mapping[str, Number] | Sequence[Number] | Number | None = None,
) -> Recording:
    """Run a primitive's row on terms: function first, then partials.

    Args:
        row: the primitive.
        slots: how many, for a primitive of any number of slots; else it may be left out.
        arguments: numbers, in any form that `Primitive.bind` takes, to record as constants (the
            defaults filled in); None records all arguments as inputs.

    Raises:
        ArgumentError: `slots` or `arguments` do not fit the row; or the row cannot be recorded,
            because it branches on a value or leaves the functions of `xp`.

    >>> from rojasgraph.table import lookup
    >>> print(record(lookup("power"), arguments=(3,)))
    t0 = power(x0, 3)
    t1 = power(x0, 2)
    t2 = mul(3, t1)
    value t0; partials t2
    """
    tape = Tape()
    inputs = tuple(tape.input(f"x{i}") for i in range(_slot_count(row, slots)))
    named = {} if arguments is not None else {name: tape.input(name) for name in row.arguments}
    given = named if arguments is None else row.bind(arguments)
    xp = tape.namespace()
    try:
        bound = {name: tape.lift(x) for name, x in given.items()}
        value = tape.number(row.function(xp, *inputs, **bound))
        partials = _partials(tape, row.partials(xp, value, *inputs, **bound), len(inputs))
    except (ArgumentError, DomainError, TypeError) as error:
        message = f"{row.name} cannot be recorded as code: {error}"
        raise ArgumentError(message) from error
    return Recording(inputs, named, value, partials)


def _partials(tape: Tape, found: object, slots: int) -> tuple[Term, ...]:
    """Make terms of what the row's partials gave.

    Raises:
        ArgumentError: it is no tuple of one for each slot.
    """
    if not isinstance(found, tuple) or len(found) != slots:
        message = f"partials gave {found!r}, not a tuple of {slots}, one for each slot"
        raise ArgumentError(message)
    return tuple(tape.number(x) for x in found)


def _slot_count(row: Primitive, slots: int | None) -> int:
    """Settle how many slots to record.

    Raises:
        ArgumentError: the row has another number, or any number and none is given.
    """
    count = row.slots if slots is None else slots
    if count is None or count < 1 or row.slots not in {None, count}:
        has = "any number of slots from 1 up" if row.slots is None else f"{row.slots} slots"
        message = f"{row.name} has {has}; to record it, slots={slots!r} does not fit"
        raise ArgumentError(message)
    return count


T = TypeVar("T")


def interpret(
    recording: Recording,
    operands: Sequence[T],
    arguments: Mapping[str, T] | None = None,
    *,
    constant: Callable[[Term], T],
    operation: Callable[[str, Sequence[T]], T],
) -> tuple[T, tuple[T, ...]]:
    """Walk the code once in order: the one loop that all generators and evaluators share.

    Args:
        recording: the code.
        operands: what stands for the operands, one for each slot: numbers, names, registers.
        arguments: what stands for the arguments that were recorded as inputs, by name.
        constant: makes the same of a constant term; called once for each, before all operations.
        operation: makes the same of an operation's name and what stands for its operands.

    Returns:
        What stands for the value, and for the partials.

    Raises:
        ArgumentError: an operand or an argument is missing or too many.

    >>> from rojasgraph.table import lookup
    >>> interpret(
    ...     record(lookup("sigmoid")),
    ...     ["x"],
    ...     constant=lambda term: str(term.constant),
    ...     operation=lambda op, operands: f"{op}({', '.join(operands)})",
    ... )[0]
    'div(1, add(1, exp(neg(x))))'
    """
    arguments = arguments or {}
    if len(operands) != len(recording.inputs) or set(arguments) != set(recording.arguments):
        message = (
            f"the code takes {len(recording.inputs)} operands and the arguments "
            f"{list(recording.arguments)}; got {len(operands)} and {list(arguments)}"
        )
        raise ArgumentError(message)
    results: dict[Term, T] = dict(zip(recording.inputs, operands, strict=True))
    results |= {term: arguments[name] for name, term in recording.arguments.items()}
    results |= {term: constant(term) for term in recording.constants}
    for term in recording.instructions:
        results[term] = operation(term.op, [results[x] for x in term.operands])
    return results[recording.value], tuple(results[x] for x in recording.partials)


def evaluate(
    recording: Recording,
    xp: Namespace,
    operands: Sequence[Number],
    arguments: Mapping[str, Number] | None = None,
) -> tuple[Number, tuple[Number, ...]]:
    """Replay a recording over a number system.

    Args:
        recording: the code.
        xp: the namespace of the system.
        operands: its numbers, one for each slot.
        arguments: its numbers, for arguments that were recorded as inputs.

    Returns:
        The value and the tuple of partials, as the row gives them.

    Raises:
        DomainError: the system lacks a function.
        ArithmeticError: Python's floats refuse a result, where arrays give inf or nan.

    >>> from rojasgraph.numbers.floats import FLOAT
    >>> from rojasgraph.table import lookup
    >>> evaluate(record(lookup("mul")), FLOAT, (2.0, 3.0))
    (6.0, (3.0, 2.0))
    """

    def operation(op: str, operands: Sequence[Number]) -> Number:
        function = OPERATORS.get(op) or getattr(xp, op)
        return function(*operands)

    def constant(term: Term) -> Number:
        return getattr(xp, term.op) if term.op in CONSTANTS else xp.lift(term.constant)

    return interpret(recording, operands, arguments, constant=constant, operation=operation)
