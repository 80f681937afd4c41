"""Primitives as JavaScript: for pictures that compute in the page that shows them.

The text comes from the recording of the primitive's one row, so a user's own primitive is written
as well. Only numbers and names of ours enter it: no name, symbol or other text of a primitive
does, so none can inject code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import resources

from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.kinds import Number
from rojasgraph.recording import interpret, record
from rojasgraph.table import Primitive
from rojasgraph.terms import Term

LIBRARY = resources.files("rojasgraph.drawing.page").joinpath("arithmetic.js").read_text("utf-8")
"""JavaScript that defines `rojasMath`, which the functions need in their scope."""

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/",
    "lt": "<", "le": "<=", "eq": "===", "ne": "!==", "and": "&&", "or": "||",
}  # fmt: skip
_PREFIX = {"neg": "-", "not": "!"}
_MATH = {
    **{name: name for name in ("abs", "sqrt", "cbrt", "hypot")},
    **{name: name for name in ("exp", "expm1", "log", "log2", "log10", "log1p")},
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "tan2")},
    **{f"arc{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
}
"""The functions of `Math`; all other operations are functions of `rojasMath`."""


def function_of(
    row: Primitive,
    slots: int | None = None,
    arguments: Mapping[str, Number] | Sequence[Number] | Number = (),
) -> str:
    """Write a primitive as a JavaScript function of its value and its partial derivatives.

    Args:
        row: the primitive.
        slots: how many, for a primitive of any number of slots; else it may be left out.
        arguments: its numbers, in any form that `Primitive.bind` takes; they become literals.

    Returns:
        An expression, `(x0, x1) => { … return [value, [partial0, partial1]]; }`. It computes by
        the rules of IEEE arithmetic, as labels of floats do, and calls `Math` and `rojasMath`
        (see `LIBRARY`).

    Raises:
        ArgumentError: `slots` or `arguments` do not fit the row, the row cannot be recorded, or a
            number in it is no float.

    >>> from rojasgraph.table import lookup
    >>> print(function_of(lookup("leaky_relu"), arguments=(0.1,)))
    (x0) => {
      const t0 = 0 < x0;
      const t1 = 0.1 * x0;
      const t2 = t0 ? x0 : t1;
      const t3 = t0 ? 1 : 0.1;
      return [t2, [t3]];
    }
    """
    recording = record(row, slots, arguments)
    operands = [f"x{i}" for i in range(len(recording.inputs))]
    lines: list[str] = []

    def operation(op: str, names: Sequence[str]) -> str:
        result = f"t{len(lines)}"
        lines.append(f"  const {result} = {_expression(op, names)};\n")
        return result

    value, partials = interpret(recording, operands, constant=_literal, operation=operation)
    body = "".join(lines)
    return f"({', '.join(operands)}) => {{\n{body}  return [{value}, [{', '.join(partials)}]];\n}}"


def _expression(op: str, names: Sequence[str]) -> str:
    """Write one operation on variables and literals."""
    if op in _INFIX:
        return f" {_INFIX[op]} ".join(names)
    if op in _PREFIX:
        return _PREFIX[op] + names[0]
    if op == "where":
        condition, yes, no = names
        return f"{condition} ? {yes} : {no}"
    function = f"Math.{_MATH[op]}" if op in _MATH else f"rojasMath.{op}"
    return f"{function}({', '.join(names)})"


def _literal(term: Term) -> str:
    """Write a constant with all digits that its float has.

    Raises:
        ArgumentError: it is no float.
    """
    try:
        number = float(term.constant)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"JavaScript computes with floats, and {term} is none: {error}"
        raise ArgumentError(message) from None
    if not math.isfinite(number):
        sign = "" if number > 0 else "-"
        text = "NaN" if math.isnan(number) else f"{sign}Infinity"
    else:
        text = repr(number).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text
