"""Write the labels of a node as formulas: σ′(net), w₁, ∂E/∂h, in the place of numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rojasgraph.drawing.names import MINUS, with_superscripts
from rojasgraph.drawing.numerals import numeral
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LENGTH = 12
"""How many characters a derivative may take before it is written as f′(net)."""

_SUM_OF_SLOT = "net"
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_RAISED_AGAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_PLAIN_FUNCTION = re.compile(r"\w+")


def operand_names(tails: Sequence[Sequence[tuple[str, bool]]]) -> list[str]:
    """Name what each slot of a node receives.

    Args:
        tails: for each slot the names of its edges' tails, each with whether it is weighted.

    Returns:
        The tail's name where one edge without a weight feeds the slot; `net` otherwise.

    >>> operand_names([[("x", False)], [("x", True), ("h", True)]])
    ['x', 'net₁']
    """
    several = len(tails) > 1
    return [
        edges[0][0]
        if len(edges) == 1 and not edges[0][1]
        else _SUM_OF_SLOT + (str(s).translate(_LOWERED) if several else "")
        for s, edges in enumerate(tails)
    ]


def stored_derivatives(op: str, arguments: Any, operands: Sequence[str]) -> list[str] | None:  # noqa: ANN401 - any form that a primitive takes
    """Write the stored derivatives of a node as formulas.

    Args:
        op: the name of its primitive.
        arguments: its arguments.
        operands: what each slot receives, by name.

    Returns:
        One formula for each slot: short ones in full (`2·x`, `cos(x)`), others as `σ′(net)`; None
        where the table has no such primitive, or the arguments do not fit it.

    >>> stored_derivatives("mul", (), ["w", "x"]), stored_derivatives("sigmoid", (), ["net"])
    (['x', 'w'], ['σ′(net)'])
    """
    row = TABLE.get(op)
    if row is None:
        return None
    try:
        bound = row.bind(arguments)
        formulas = _partials(row, bound, operands)
        symbol = row.symbol_for(arguments)
    except (ArgumentError, DomainError, ArithmeticError, TypeError, ValueError):
        return None
    plain = _PLAIN_FUNCTION.fullmatch(symbol)
    name = symbol if plain else row.name
    listed = ", ".join(operands)
    return [
        text
        if len(text) <= _LENGTH
        else f"{name}′({listed})"
        if len(operands) == 1
        else f"∂{name}/∂{operands[s]}"
        for s, text in enumerate(formulas)
    ]


def _partials(row: Any, bound: Mapping[str, Any], operands: Sequence[str]) -> list[str]:  # noqa: ANN401
    """Run a row over symbols that bear the operands' names."""
    import sympy

    from rojasgraph.numbers.symbols import sympy_namespace

    xp = sympy_namespace()
    # Dummies, since names are any text, and two operands may bear the same one.
    symbols = [sympy.Dummy(f"operand{s}", real=True) for s in range(len(operands))]
    lifted = {name: xp.lift(value) for name, value in bound.items()}
    value = row.function(xp, *symbols, **lifted)
    partials = row.partials(xp, value, *symbols, **lifted)
    stand_ins = {
        symbol: sympy.Symbol(f"operand{chr(ord('A') + s % 26)}{s}")
        for s, symbol in enumerate(symbols)
    }
    return [_written(xp.lift(p).subs(stand_ins), stand_ins, operands) for p in partials]


def _written(formula: Any, stand_ins: Mapping[Any, Any], operands: Sequence[str]) -> str:  # noqa: ANN401
    text = numeral(formula, length=10 * _LENGTH)
    names = {str(symbol): operands[s] for s, symbol in enumerate(stand_ins.values())}
    return re.sub(r"operand[A-Z][0-9₀-₉]+", lambda m: names[_plain(m[0])], text)


def _plain(identifier: str) -> str:
    return identifier.translate(_RAISED_AGAIN)


def product(*factors: str | None) -> str | None:
    """Write a product, without factors that are 1; None where a factor is not known.

    >>> product("w", "1", "a − b"), product("−1", "x"), product("1")
    ('w·(a − b)', '−x', '1')
    """
    if None in factors:
        return None
    known = [factor for factor in factors if factor not in {"1", None}]
    sign = MINUS if known.count(f"{MINUS}1") % 2 else ""
    rest = [f for f in known if f != f"{MINUS}1"]
    if not rest:
        return f"{sign}1"
    wrapped = [f"({f})" if len(rest) > 1 and _is_sum(str(f)) else str(f) for f in rest]
    if len(rest) == 1 and sign and _is_sum(str(rest[0])):
        wrapped = [f"({rest[0]})"]
    return sign + with_superscripts("·".join(wrapped))


def _is_sum(text: str) -> bool:
    """Tell whether a formula has a plus or a minus outside of parentheses."""
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in f"+{MINUS}":
            return True
    return False
