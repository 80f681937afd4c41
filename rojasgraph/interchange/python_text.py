"""A primitive's row as lines of Python: what is used once stands where it is used."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.kinds import Number, Pi, kind, to_float
from rojasgraph.recording import Recording, interpret
from rojasgraph.terms import CONSTANTS, OPERATIONS, Term

_EXACT = 2**53
"""Up to here every whole number is a float."""

_LONGEST = 60
"""A longer expression gets a line of its own."""

# --- expressions ----------------------------------------------------------------------------------

_LOGIC, _SUM, _PRODUCT, _SIGN, _ATOM = range(5)
"""How strongly an expression holds together."""


@dataclass(frozen=True, slots=True)
class Text:
    """An expression in Python, and how strongly it holds together."""

    code: str
    strength: int = _ATOM

    def within(self, strength: int) -> str:
        """Write it as an operand that must hold at least so strongly."""
        return self.code if self.strength >= strength else f"({self.code})"


ONE = Text("1")


def product(first: Text, second: Text) -> Text:
    """Write a product; a factor 1 is left out.

    >>> product(Text("a + b", 1), Text("c")).code
    '(a + b) * c'
    """
    if ONE in (first, second):
        return second if first == ONE else first
    return Text(f"{first.within(_PRODUCT)} * {second.within(_SIGN)}", _PRODUCT)


def total(terms: Sequence[Text]) -> Text:
    """Write a sum, added from left to right."""
    if len(terms) == 1:
        return terms[0]
    return Text(" + ".join(term.within(_PRODUCT) for term in terms), _SUM)


def total_by_lines(terms: Sequence[Text]) -> list[str]:
    """Write a sum with a line for each term, to stand within parentheses."""
    return [f"    {'+ ' if i else ''}{term.within(_PRODUCT)}" for i, term in enumerate(terms)]


def number(value: Number) -> Text:
    """Write a real number.

    Raises:
        ArgumentError: it is none.
    """
    if isinstance(value, bool):
        return Text(str(value))
    if isinstance(value, Pi):
        return Text("math.pi")
    try:
        real: float = to_float(value)
        is_whole = kind(value) == "exact" or isinstance(value, Fraction)
    except TypeError as error:
        message = f"Python code holds real numbers: {error}"
        raise ArgumentError(message) from None
    if is_whole and value == int(value) and abs(value) <= _EXACT:
        real = int(value)
    if math.isfinite(real):
        return Text(repr(real), _SIGN if math.copysign(1, real) < 0 else _ATOM)
    sign = "-" if real < 0 else ""
    return Text(f"{sign}math.{'nan' if math.isnan(real) else 'inf'}", _SIGN if sign else _ATOM)


_INFIX = {
    "add": ("+", _SUM),
    "sub": ("-", _SUM),
    "mul": ("*", _PRODUCT),
    "div": ("/", _PRODUCT),
    "mod": ("%", _PRODUCT),
}
_LOGICAL = {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "and": "and", "or": "or"}


def _operation(op: str, operands: Sequence[Text]) -> Text:
    """Write one operation of a recording."""
    if op in _INFIX:
        sign, strength = _INFIX[op]
        first, second = operands
        return Text(f"{first.within(strength)} {sign} {second.within(strength + 1)}", strength)
    if op in _LOGICAL:
        first, second = operands
        return Text(f"{first.within(_SUM)} {_LOGICAL[op]} {second.within(_SUM)}", _LOGIC)
    if op == "neg":
        return Text(f"-{operands[0].within(_ATOM)}", _SIGN)
    if op == "not":
        return Text(f"not {operands[0].within(_SUM)}", _LOGIC)
    if op == "where":
        condition, yes, no = operands
        return Text(f"({yes.code} if {condition.code} else {no.code})")
    return Text(f"{op}({', '.join(operand.code for operand in operands)})")


# --- rows -----------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class _Piece:
    """An operation of a recording, or a leaf that is written already."""

    text: Text | None
    op: str = ""
    operands: Sequence[_Piece] = ()
    uses: int = 0


def written_row(
    recording: Recording,
    operands: Sequence[Text],
    names: Callable[[str], str],
    assign: Callable[[str, Text], None],
) -> tuple[Text, tuple[Text, ...], set[str]]:
    """Write a row's value and partials, with a line for each part that is used more than once.

    Args:
        recording: the row.
        operands: what stands for its operands.
        names: gives a new variable for "value", "partial" and "part".
        assign: takes a line: the variable and what it is.

    Returns:
        The value and the partials, as variables or short expressions, and the functions called.
    """
    pieces: list[_Piece] = []

    def operation(op: str, inner: Sequence[_Piece]) -> _Piece:
        pieces.append(_Piece(None, op, inner))
        for piece in inner:
            piece.uses += 1
        return pieces[-1]

    leaves = [_Piece(text) for text in operands]
    value, partials = interpret(recording, leaves, constant=_constant, operation=operation)
    named = {id(piece): "partial" for piece in partials} | {id(value): "value"}
    for piece in pieces:
        text = _operation(piece.op, [_text_of(inner) for inner in piece.operands])
        name = named.get(id(piece), "")
        if not name and (piece.uses > 1 or len(text.code) > _LONGEST):
            name = "part"
        if name:
            variable = names(name)
            assign(variable, text)
            text = Text(variable)
        piece.text = text
    called = {piece.op for piece in pieces}
    return _text_of(value), tuple(map(_text_of, partials)), called


def _text_of(piece: _Piece) -> Text:
    assert piece.text is not None  # noqa: S101 - pieces follow their operands
    return piece.text


def _constant(term: Term) -> _Piece:
    return _Piece(Text("math.pi") if term.op == "pi" else number(term.constant))


# --- functions ------------------------------------------------------------------------------------

_OF_MATH = {
    **{op: op for op in ("sqrt", "cbrt", "hypot", "log", "log2", "log10", "log1p", "sin", "cos")},
    **{op: op for op in ("tan", "tanh", "erf", "erfc")},
    **{f"arc{op}": f"a{op}" for op in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")},
}
"""Operations that are functions of Python's `math`, by their names there."""

_GUARDED = {
    "exp": ("x", "math.exp(x)", "math.inf"),
    "exp2": ("x", "math.exp2(x)", "math.inf"),
    "expm1": ("x", "math.expm1(x)", "math.inf"),
    "cosh": ("x", "math.cosh(x)", "math.inf"),
    "sinh": ("x", "math.sinh(x)", "math.copysign(math.inf, x)"),
    "power": ("x, y", "math.pow(x, y)", "-math.inf if x < 0 and y % 2 == 1 else math.inf"),
}
"""Functions that overflow: to infinity, as they do among floats elsewhere."""

_DEFINED = {
    "sign": "def sign(x):\n    return x if x != x else float((x > 0) - (x < 0))",
    "heaviside": (
        "def heaviside(x, at_zero):\n"
        "    return x if x != x else 1.0 if x > 0 else 0.0 if x < 0 else at_zero"
    ),
    "maximum": "def maximum(a, b):\n    return b if a == a and not a >= b else a",
    "minimum": "def minimum(a, b):\n    return b if a == a and not a <= b else a",
    "logaddexp": (
        "def logaddexp(a, b):\n"
        "    high, low = (a, b) if a >= b else (b, a)\n"
        "    if high - low != high - low:\n"
        "        return high + low\n"
        "    return high + math.log1p(math.exp(low - high))"
    ),
}
RESERVED = frozenset({"math", "abs", "float", "OverflowError", *OPERATIONS, *CONSTANTS})
"""Names that the code uses itself."""


def preamble(called: Iterable[str]) -> list[str]:
    """Write the functions that the code calls: imports, then definitions."""
    needed = sorted(set(called))
    imported = [
        name if (name := _OF_MATH[op]) == op else f"{name} as {op}"
        for op in needed
        if op in _OF_MATH
    ]
    lines = ["import math"] + [f"from math import {name}" for name in imported]
    for op in needed:
        if op in _GUARDED:
            taken, call, beyond = _GUARDED[op]
            lines += ["", "", f"def {op}({taken}):", "    try:", f"        return {call}"]
            lines += ["    except OverflowError:", f"        return {beyond}"]
        elif op in _DEFINED:
            lines += ["", "", *_DEFINED[op].splitlines()]
    return lines
