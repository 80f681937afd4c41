"""Terms: the numbers that a row computes with while it is recorded, and their operations.

A term stands for a number that is not known yet. Python's operators on terms, and the functions
of the namespace that a `Tape` gives, write down what is computed. `OPERATIONS` is the whole
instruction set; `recording` makes straight-line code of it.

Nothing is reordered. Folded are only sums, products and comparisons of short binary numbers, which
every number system computes exactly, and factors of one.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple, NoReturn

import numpy as np

from rojasgraph import numbers
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import EXACT, Number, Pi, kind
from rojasgraph.numbers.namespace import Namespace

# --- the instruction set ------------------------------------------------------------------------

Kind = Literal["number", "truth"]
"""What an operation takes or gives: a real number, or the result of a comparison."""


class Operation(NamedTuple):
    """One operation of the instruction set: what it takes, what it gives, what it means."""

    takes: tuple[Kind, ...]
    gives: Kind
    meaning: str


def _number(operands: int, meaning: str) -> Operation:
    number: Kind = "number"
    return Operation((number,) * operands, number, meaning)


def _comparison(meaning: str) -> Operation:
    return Operation(("number", "number"), "truth", meaning)


OPERATIONS: dict[str, Operation] = {
    # arithmetic, by the rules of IEEE
    "add": _number(2, "a + b"),
    "sub": _number(2, "a - b"),
    "mul": _number(2, "a * b"),
    "div": _number(2, "a / b"),
    "mod": _number(2, "a % b, with the sign of b, as in Python"),
    "neg": _number(1, "-a, also of zero"),
    # comparisons (a > b is b < a): with nan all are false, but ne is true
    "lt": _comparison("a < b"),
    "le": _comparison("a <= b"),
    "eq": _comparison("a == b"),
    "ne": _comparison("a != b"),
    "and": Operation(("truth", "truth"), "truth", "both"),
    "or": Operation(("truth", "truth"), "truth", "one or both"),
    "not": Operation(("truth",), "truth", "the opposite"),
    "where": Operation(("truth", "number", "number"), "number", "b if a else c"),
    # steps and kinks
    "abs": _number(1, "|a|"),
    "sign": _number(1, "-1, 0 or 1; nan of nan"),
    "heaviside": _number(2, "0 if a < 0, b if a == 0, 1 if a > 0; nan if a is nan"),
    "maximum": _number(2, "the larger; nan if one is nan"),
    "minimum": _number(2, "the smaller; nan if one is nan"),
    # powers and roots
    "power": _number(2, "a to the power of b, as C's pow: 1 if b == 0 or a == 1, even with nan"),
    "sqrt": _number(1, "square root"),
    "cbrt": _number(1, "the real cube root"),
    "hypot": _number(2, "sqrt(a*a + b*b) without overflow"),
    # exponentials and logarithms
    "exp": _number(1, "e to the power of a"),
    "exp2": _number(1, "2 to the power of a"),
    "expm1": _number(1, "exp(a) - 1 without cancellation"),
    "log": _number(1, "natural logarithm"),
    "log2": _number(1, "logarithm to base 2"),
    "log10": _number(1, "logarithm to base 10"),
    "log1p": _number(1, "log(1 + a) without cancellation"),
    "logaddexp": _number(2, "log(exp(a) + exp(b)) without overflow"),
    # circular and hyperbolic functions, and the error function
    "sin": _number(1, "sine"),
    "cos": _number(1, "cosine"),
    "tan": _number(1, "tangent"),
    "arcsin": _number(1, "inverse sine"),
    "arccos": _number(1, "inverse cosine"),
    "arctan": _number(1, "inverse tangent"),
    "arctan2": _number(2, "angle of the point with ordinate a and abscissa b"),
    "sinh": _number(1, "hyperbolic sine"),
    "cosh": _number(1, "hyperbolic cosine"),
    "tanh": _number(1, "hyperbolic tangent"),
    "arcsinh": _number(1, "inverse hyperbolic sine"),
    "arccosh": _number(1, "inverse hyperbolic cosine"),
    "arctanh": _number(1, "inverse hyperbolic tangent"),
    "erf": _number(1, "error function"),
    "erfc": _number(1, "1 - erf(a) without cancellation"),
}
"""All operations of a recording. Besides there are leaves: operands, arguments and constants.

Functions have the names and the rules of the namespaces of `numbers`.
"""

CONSTANTS = ("pi", "sqrt2", "ln2", "ln10")
"""The constants that have no exact value in binary; a namespace gives them by these names."""

OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "mod", "neg")},
    **{name: getattr(operator, name) for name in ("lt", "le", "eq", "ne")},
    "div": operator.truediv,
    "and": operator.and_,
    "or": operator.or_,
    "not": lambda truth: truth ^ True,  # of Python's bools, numpy's and sympy's relations alike
}

# --- terms --------------------------------------------------------------------------------------


def _operator(name: str) -> Callable[[Term, Any], Any]:
    return lambda self, other: self.tape.operate(name, self, other)


def _reflected(name: str) -> Callable[[Term, Any], Any]:
    return lambda self, other: self.tape.operate(name, other, self)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Term:
    """A number that a row computes with while it is recorded: an operation on other terms.

    Equal terms of one recording are one object, and `==` makes a term. Compare terms by `is`.

    Attributes:
        op: a key of `OPERATIONS`; or `input`, `constant`, or one of `CONSTANTS`.
        operands: the terms that it is computed from.
        constant: the number of a constant, as exact as it was written; else None.
        name: `x0`, `x1`, … of an operand, the name of an argument; else empty.
        place: its number in the order of recording, in which no term precedes its operands.
    """

    tape: Tape
    op: str
    operands: tuple[Term, ...]
    constant: Number
    name: str
    place: int

    __array_ufunc__ = None  # so that numpy's scalars leave `2.0 * term` to the term

    __add__, __radd__ = _operator("add"), _reflected("add")
    __sub__, __rsub__ = _operator("sub"), _reflected("sub")
    __mul__, __rmul__ = _operator("mul"), _reflected("mul")
    __truediv__, __rtruediv__ = _operator("div"), _reflected("div")
    __mod__, __rmod__ = _operator("mod"), _reflected("mod")
    __pow__, __rpow__ = _operator("power"), _reflected("power")
    __lt__, __le__ = _operator("lt"), _operator("le")
    __gt__, __ge__ = _reflected("lt"), _reflected("le")
    __eq__, __ne__ = _operator("eq"), _operator("ne")
    __and__, __rand__ = _operator("and"), _reflected("and")
    __or__, __ror__ = _operator("or"), _reflected("or")
    __hash__ = object.__hash__

    def __neg__(self) -> Term:
        """Change the sign."""
        return self.tape.apply("neg", self)

    def __pos__(self) -> Term:
        """Give the term itself."""
        return self

    def __abs__(self) -> Term:
        """Take the sign away."""
        return self.tape.apply("abs", self)

    def __invert__(self) -> Term:
        """Give the opposite of a comparison."""
        return self.tape.apply("not", self)

    def __bool__(self) -> NoReturn:
        """Refuse to choose a branch: a recording has none."""
        message = (
            "it branches on the value of an operand or an argument: write xp.where(condition, "
            "yes, no) for if, & and | for and, or and chained comparisons, xp.maximum for max"
        )
        raise ArgumentError(message)

    def __float__(self) -> NoReturn:
        """Refuse to become a plain number."""
        message = (
            "it takes an operand or an argument for a plain number: write xp.exp(x) for "
            "math.exp(x), and so for all functions"
        )
        raise ArgumentError(message)

    __int__ = __index__ = __complex__ = __float__

    def __str__(self) -> str:
        """Write a leaf by its name or number, an operation with the places of its operands."""
        if self.op in OPERATIONS:
            return f"{self.op}({', '.join(f'#{x.place}' for x in self.operands)})"
        return self.name or (self.op if self.op in CONSTANTS else str(self.constant))

    def __repr__(self) -> str:
        """Show the same as a term."""
        return f"<term {self}>"


# --- the tape -----------------------------------------------------------------------------------


class Tape:
    """The terms of one recording in the order of their making, none of them twice.

    >>> tape = Tape()
    >>> x = tape.input("x0")
    >>> tape.namespace().exp(x) is tape.namespace().exp(x)
    True
    >>> x > 0, 2 * tape.lift(0.25)
    (<term lt(#1, #0)>, <term 1/2>)
    """

    def __init__(self) -> None:
        """Start with no terms."""
        self._terms: dict[tuple[object, ...], Term] = {}

    def namespace(self) -> Namespace:
        """Give all functions that floats have, for terms of this tape."""

        def function(op: str) -> Callable[..., Term]:
            return lambda *operands: self.apply(op, *operands)

        return Namespace(
            name="recorded terms",
            exact=False,
            lift=self.lift,
            isfinite=lambda x: self.apply("eq", self.apply("sub", x, x), 0),
            total=FLOAT.total,
            ieee=None,
            zero=self.lift(0),
            one=self.lift(1),
            **{name: self.named_constant(name) for name in CONSTANTS},
            **{op: function(op) for op in OPERATIONS if op not in OPERATORS},
        )

    def _term(
        self, op: str, operands: tuple[Term, ...] = (), constant: Number = None, name: str = ""
    ) -> Term:
        """Give the one term of these parts."""
        key = (op, *map(id, operands), type(constant), constant, name)
        known = self._terms.get(key)
        if known is None:
            known = Term(self, op, operands, constant, name, len(self._terms))
            self._terms[key] = known
        return known

    def input(self, name: str) -> Term:
        """Give a term that stands for an operand or an argument."""
        return self._term("input", name=name)

    def named_constant(self, name: str) -> Term:
        """Give one of `CONSTANTS`; its `constant` is the nearest float."""
        return self._term(name, constant=getattr(FLOAT, name))

    def lift(self, value: Any) -> Term:  # noqa: ANN401 - whatever a row hands over
        """Make a constant of a real number; a term stays as it is.

        Raises:
            TypeError: the value is neither.
            ArgumentError: the term belongs to another recording.
        """
        if isinstance(value, Term):
            if value.tape is not self:
                message = "it kept a number from an earlier recording: compute it anew"
                raise ArgumentError(message)
            return value
        if isinstance(value, Pi):
            return self.named_constant("pi")
        if isinstance(value, bool | np.bool_):
            return self._term("constant", constant=bool(value))
        number = numbers.as_number(value)
        if kind(number) in {"array", "complex"}:
            message = f"{value!r} is not one real number"
            raise TypeError(message)
        return self._term("constant", constant=_canonical(number))

    def operate(self, op: str, *operands: object) -> Any:  # noqa: ANN401 - as Python asks
        """Apply an operator; leave what is no number to the other operand."""
        try:
            lifted = [self.lift(x) for x in operands]
        except TypeError:
            return NotImplemented
        return self.apply(op, *lifted)

    def apply(self, op: str, *operands: object) -> Term:
        """Give the term of an operation on terms and plain numbers.

        Raises:
            TypeError: an operand is no number, or there are too many or too few.
            ArgumentError: `&`, `|` or `~` of a number.
        """
        takes = OPERATIONS[op].takes
        if len(operands) != len(takes):
            message = f"{op} takes {len(takes)} operands; got {len(operands)}"
            raise TypeError(message)
        fitted = tuple(
            self._fitted(op, self.lift(x), kind) for x, kind in zip(operands, takes, strict=True)
        )
        known = self._simplified(op, fitted)
        return self._term(op, fitted) if known is None else known

    def number(self, value: object) -> Term:
        """Give a term that is a number: 1 or 0 for a comparison, as Python counts truth."""
        term = self.lift(value)
        return self.apply("where", term, 1, 0) if _is_truth(term) else term

    def _fitted(self, op: str, term: Term, kind: Kind) -> Term:
        """Give a number where one is taken, a truth where one is taken."""
        if kind == "number":
            return self.number(term)
        if _is_truth(term):
            return term
        if op != "where":
            message = "it applies &, | or ~ to a number: they take comparisons, as in (x > 0) & …"
            raise ArgumentError(message)
        return self.apply("ne", term, 0)

    def _simplified(self, op: str, operands: tuple[Term, ...]) -> Term | None:
        """Give a known term that equals an operation exactly, in every number system."""
        if op in {"where", "and", "or", "not"}:
            return self._chosen(op, operands)
        if op == "mul" and _is_one(operands[0]):
            return operands[1]
        if op in {"mul", "div"} and _is_one(operands[1]):
            return operands[0]
        folded = _folded(op, [x.constant for x in operands])
        return None if folded is None else self.lift(folded)

    def _chosen(self, op: str, operands: tuple[Term, ...]) -> Term | None:
        """Decide what depends on a condition that is constant."""
        known = [isinstance(x.constant, bool) for x in operands]
        if op == "not":
            return self.lift(not operands[0].constant) if known[0] else None
        if op == "where":
            condition, yes, no = operands
            if not known[0]:
                return None
            return yes if condition.constant else no
        a, b = operands if known[0] else reversed(operands)
        if not isinstance(a.constant, bool):
            return None
        decides = a.constant is (op == "or")
        return a if decides else b


def _is_truth(term: Term) -> bool:
    if term.op in OPERATIONS:
        return OPERATIONS[term.op].gives == "truth"
    return isinstance(term.constant, bool)


def _is_one(term: Term) -> bool:
    return term.op == "constant" and _is_short(term.constant) and bool(term.constant == 1)


_SHORT = 24
"""Binary digits that every number system holds, float32 included."""


def _is_short(value: Number) -> bool:
    """Tell whether a number is an integer or a binary fraction of few digits."""
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return False
    above, below = value.numerator, value.denominator
    return above.bit_length() <= _SHORT >= below.bit_length() and below & (below - 1) == 0


def _canonical(number: Number) -> Number:
    """Write a short binary number as an int or a Fraction; leave any other as it is."""
    if isinstance(number, EXACT):
        return int(number)
    if isinstance(number, float):
        number = float(number)  # a subclass of floats is a float here
        negative_zero = number == 0 and math.copysign(1, number) < 0
        if negative_zero or not math.isfinite(number):
            return number
    if not isinstance(number, float | Fraction) or not _is_short(exact := Fraction(number)):
        return number
    return int(exact) if exact.denominator == 1 else exact


def _folded(op: str, values: Sequence[Number]) -> bool | Fraction | None:
    """Compute an operator on short constants if the result is as exact; else None."""
    if op not in OPERATORS or op == "mod" or not all(map(_is_short, values)):
        return None
    if op == "div" and values[1] == 0:
        return None
    result: bool | Fraction = OPERATORS[op](*map(Fraction, values))
    if isinstance(result, bool):
        return result
    negative_zero = not result and math.copysign(1, OPERATORS[op](*map(float, values))) < 0
    return result if _is_short(result) and not negative_zero else None
