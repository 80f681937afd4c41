"""Sentences about a step of a pass, in pieces: words, and places where a label's number stands.

The pieces outlive the numbers: a page that computes anew fills the same pieces again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rojasgraph.drawing.names import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

MOST_TERMS = 6
"""How many terms of a sum are written out."""

SUMS = frozenset({"add", "identity"})
"""Operations whose value is the sum that enters their slot."""

_SIMPLE = re.compile(r"\w+(?:,\w+)*")
# Letters, then perhaps lowered digits; not 2ˣ, whose raised letter counts as one.
_FUNCTION = re.compile(r"[^\W\d_ʰ-˿ᴬ-ᶿⁿ]+[0-9₀-₉]*|√|³√")
_TEMPLATES = {
    "sub": "{} − {}",
    "mul": "{} × {}",
    "div": "{} ÷ {}",
    "pow": "{}^{}",
    "hypot": "√({}² + {}²)",
    "half_squared": "½({} − {})²",
    "squared_error": "({} − {})²",
}
_NOT_A_FACTOR = re.compile(r"[-−+/ ]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number stands in a sentence.

    Attributes:
        key: which label it is, as `n3.value` or `e5.contribution`; `n3.net.0` is what the edges
            into slot 0 sum up to, which no label of the graph keeps.
        factor: whether it is multiplied, so that one with a sign needs parentheses.
    """

    key: str
    factor: bool = False


Pieces = tuple[str | Place, ...]
"""A sentence: words and places."""


def written(pieces: Pieces, numbers: Mapping[str, Any], write: Callable[[Any], str]) -> str | None:
    """Fill in the numbers of a sentence.

    Args:
        pieces: the sentence.
        numbers: the labels by their keys.
        write: what makes a text of a number.

    Returns:
        The sentence; None where a number that it needs is not there.

    >>> pieces = ("2·", Place("n0.value", factor=True), " = ", Place("n1.value"))
    >>> written(pieces, {"n0.value": "−3", "n1.value": "−6"}, str)
    '2·(−3) = −6'
    """
    texts = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        elif piece.key not in numbers:
            return None
        else:
            text = write(numbers[piece.key])
            texts.append(f"({text})" if piece.factor and _NOT_A_FACTOR.search(text) else text)
    return "".join(texts)


def sum_of_products(terms: Sequence[Sequence[str]]) -> Pieces:
    """Write a sum of products.

    Args:
        terms: for each term the keys of its factors, one or more.

    Returns:
        The pieces. Of many terms the first are written, and how many more there are.

    >>> sum_of_products([["e0.weight", "n0.value"]])
    (Place(key='e0.weight', factor=True), '·', Place(key='n0.value', factor=True))
    """
    pieces: list[str | Place] = []
    for factors in terms[:MOST_TERMS]:
        if pieces:
            pieces.append(" + ")
        several = len(factors) > 1 or len(terms) > 1
        for i, key in enumerate(factors):
            pieces += ["·"] * (i > 0) + [Place(key, factor=several)]
    if len(terms) > MOST_TERMS:
        pieces.append(f" + … ({len(terms) - MOST_TERMS} more)")
    return tuple(pieces)


def listed(places: Iterable[tuple[str, str]], *, named: bool) -> Pieces:
    """List labels, each with what it is for where there are several.

    Args:
        places: key and name of each.
        named: whether the names are written.

    Returns:
        The pieces.

    >>> listed([("n3.delta.0", "w"), ("n3.delta.1", "x")], named=True)
    (Place(key='n3.delta.0', factor=False), ' (w)', ', ',
     Place(key='n3.delta.1', factor=False), ' (x)')
    """
    pieces: list[str | Place] = []
    for key, name in places:
        if pieces:
            pieces.append(", ")
        pieces += [Place(key), *([f" ({name})"] if named else [])]
    return tuple(pieces)


def applied(op: str, symbol: str, operands: Sequence[str]) -> str:
    """Write an operation with its operands.

    Args:
        op: the name of its primitive.
        symbol: the primitive's symbol, its arguments filled in.
        operands: what each slot receives, by name.

    Returns:
        The formula.

    >>> [
    ...     applied(*given)
    ...     for given in [
    ...         ("sub", "−", ["y", "net"]),
    ...         ("tanh", "tanh", ["net"]),
    ...         ("square", "(·)²", ["h"]),
    ...         ("abs", "|·|", ["a b"]),
    ...         ("scale", "×2", ["x"]),
    ...         ("half_squared", "½(o−t)²", ["y", "t"]),
    ...     ]
    ... ]
    ['y − net', 'tanh(net)', 'h²', '|a b|', 'x × 2', '½(y − t)²']
    """
    if op in _TEMPLATES:
        return _TEMPLATES[op].format(*map(_grouped, operands))
    if op == "prod":
        return " × ".join(_cut([_grouped(operand) for operand in operands]))
    if op in SUMS:
        return operands[0]
    if op == "scale":
        return f"{_grouped(operands[0])} × {symbol.removeprefix('×')}"
    if "·" in symbol and len(operands) == 1:
        filled = symbol.replace("(·)", _grouped(operands[0]))
        return filled.replace("·", operands[0]) if filled == symbol else filled
    name = symbol if _FUNCTION.fullmatch(symbol) else op
    return f"{name}({', '.join(_cut(operands))})"


def sum_of_names(names: Sequence[str]) -> str:
    """Write a sum of nodes.

    Args:
        names: what they are called.

    Returns:
        The formula; of many names the first.

    >>> sum_of_names(["x", "b"])
    'x + b'
    """
    return " + ".join(_cut(names))


def _cut(texts: Sequence[str]) -> Sequence[str]:
    return texts if len(texts) <= MOST_TERMS else [*texts[:MOST_TERMS], ELLIPSIS]


def _grouped(operand: str) -> str:
    return operand if _SIMPLE.fullmatch(operand) else f"({operand})"
