"""Formulas as text: a small grammar of our own over Python's syntax tree; nothing is evaluated.

    formula  = number | name | pi | -formula | +formula | (formula)
             | formula (+ - * / **) formula | primitive(formula, …, argument=number)
             | Rational(p, q)

A name that is not called is an input. Each name is one node; each operation that is written is
one too, and nothing is merged or simplified, but arithmetic between numbers is done, exactly.
Max(a, b, c) is maximum(maximum(a, b), c), as for Min.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from fractions import Fraction
from functools import reduce
from typing import Any

from rojasgraph.errors import ArgumentError, FormulaError
from rojasgraph.expressions import Expression, as_expression
from rojasgraph.numbers.kinds import PI, Pi
from rojasgraph.quiet import warnings_as
from rojasgraph.table import TABLE, unknown

LONGEST = 100_000
"""The most characters that a formula may have."""

DIGITS = 308
"""The most decimal digits that a number may have, before or behind the point."""

_LONGEST_NUMBER = 1_000

_SIDE_BY_SIDE = re.compile(r"[\w.)]+\s+[\w(]|\)\w")
"""Two operands without an operator between them."""

_WARNED = re.compile(r"""["'\\]|(?:(?<!\w)\d|\.)\w*?(?:and|else|for|if|in|is|not|or)""")
"""What Python may warn of: text in quotes, and words that follow a number without a space."""

_NO_LETTER = re.compile("[·‿⁀℘]")
"""Signs that Python takes for parts of a name."""

ALIASES = {
    "atan2": "arctan2",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "atanh": "arctanh",
    "ln": "log",
    "Abs": "abs",
    "Max": "maximum",
    "Min": "minimum",
    "max": "maximum",
    "min": "minimum",
}
"""Other spellings of primitives that formulas may use."""

_NESTING = frozenset({"maximum", "minimum"})
"""Primitives of two slots that formulas call with more, as one of another."""

_ON_PAPER = {
    **dict.fromkeys("²³⁴⁵⁶⁷⁸⁹ⁿ", "a power is written x**2, not x²"),
    **{sign: f"a fraction is written 1/2, not {sign}" for sign in "½⅓⅔¼¾"},
}
"""Signs that formulas have on paper, and how they are written here."""

_ONE_SIDE = "a formula is one side of an equation, without = < >: m*x + c, not y = m*x + c"

_BLANKS = str.maketrans("\n\r\t\f", "    ")

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def parse(text: str) -> Expression:
    """Read a formula.

    Args:
        text: such as "(y - (w*x + b))**2" or "tanh(w1*x1 + w2*x2)"; at most 100,000 characters.

    Returns:
        The expression; its free names are inputs. Numbers in it stay exact: 0.1 is 1/10.

    Raises:
        FormulaError: the text is no formula of this grammar, or too long or too deep, or holds a
            number beyond 10^308; the message names the column.

    >>> parse("x**2 + sin(y)/2")
    <expression add(power(…), div(…))>
    >>> parse("x + open('file')")
    Traceback (most recent call last):
        ...
    rojasgraph.errors.FormulaError: no primitive is called 'open': ... (column 5)
    """
    return _Reader(text).read()


class _Reader:
    """Walk a formula's syntax tree, operands before operations, without recursion."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            message = f"a formula is text; got {type(text).__name__}"
            raise FormulaError(message)
        if len(text) > LONGEST:
            message = f"the formula has {len(text)} characters; at most {LONGEST} are read"
            raise FormulaError(message, LONGEST + 1)
        broken = re.search("[\ud800-\udfff]", text)
        if broken:
            message = "half of a character (a lone surrogate)"
            raise FormulaError(message, broken.start() + 1)
        self.text = text.strip().translate(_BLANKS)
        self.before = len(text) - len(text.lstrip())
        self.inputs: dict[str, Expression] = {}

    def read(self) -> Expression:
        """Read the whole text."""
        tree = self._tree()
        done: list[Any] = []
        for node in _postorder(self, tree):
            arity = _arity(node)
            operands = done[len(done) - arity :]
            del done[len(done) - arity :]
            try:
                done.append(self._build(node, operands))
            except ArgumentError as error:
                raise self.refuse(node, str(error)) from None
        return as_expression(done.pop())

    def _tree(self) -> ast.expr:
        if not self.text:
            message = "the formula is empty"
            raise FormulaError(message, 1)
        if "\0" in self.text:
            raise self._at(self.text.index("\0"), "a formula holds no null characters")
        try:
            # what Python warns of, such as `1if`, is refused further on
            warned = warnings_as("ignore") if _WARNED.search(self.text) else nullcontext()
            with warned:
                return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            if "too many nested" in str(error.msg):
                raise self._too_deep() from None
            if "Exceeds the limit" in str(error.msg):
                raise self._too_long_number() from None
            if error.msg == "invalid syntax" and self.text[-1] in "+-*/":
                message = "an operand is missing at the end"
                raise self._at(len(self.text), message) from None
            at = (error.offset or 1) - 1
            told = _meant(self.text, at, error.msg)
            raise self._at(at, f"{told}: {_around(self.text, at)}") from None
        except (MemoryError, RecursionError):
            raise self._too_deep() from None
        except ValueError:  # an integer of more digits than Python reads
            raise self._too_long_number() from None

    def _at(self, place: int, message: str) -> FormulaError:
        return FormulaError(message, self.before + place + 1)

    def _too_deep(self) -> FormulaError:
        message = (
            "the formula nests too deeply (parentheses, signs or a very long sum): split it, or "
            "build it from expressions in Python"
        )
        return self._at(_deepest(self.text), message)

    def _too_long_number(self) -> FormulaError:
        return self._at(_longest_number(self.text), f"a number beyond 10^{DIGITS}")

    def refuse(self, node: ast.AST, message: str) -> FormulaError:
        """Make the error for a place in the text."""
        column = getattr(node, "col_offset", 0)  # in bytes
        return self._at(len(self.text.encode()[:column].decode()), message)

    def _build(self, node: ast.AST, operands: list[Any]) -> Any:  # noqa: ANN401 - see read
        """Give the expression, or the exact number, that one node of the tree stands for."""
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.UnaryOp):
            (value,) = operands
            return value if isinstance(node.op, ast.UAdd) else _negative(value)
        if isinstance(node, ast.BinOp):
            return self._operation(node, *operands)
        assert isinstance(node, ast.Call)  # noqa: S101 - what _children lets through
        return self._call(node, operands)

    def _number(self, node: ast.Constant) -> int | Fraction:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self.refuse(node, f"{node.value!r} is no real number")
        written = ast.get_source_segment(self.text, node) or ""
        if len(written) > _LONGEST_NUMBER:
            raise self.refuse(node, f"a number of more than {_LONGEST_NUMBER} characters")
        if isinstance(node.value, int):
            number: int | Fraction = node.value
        else:
            _, _, exponent = written.lower().replace("_", "").partition("e")
            if abs(int(exponent or 0)) > DIGITS:
                raise self.refuse(node, f"{written[:40]} is beyond 10^±{DIGITS}")
            number = _whole(Fraction(written.replace("_", "")))
        return self._bounded(node, number)

    def _bounded(self, node: ast.AST, number: int | Fraction) -> int | Fraction:
        """Refuse a number of more digits than a float reaches."""
        parts = (number.numerator, number.denominator)
        if any(abs(part).bit_length() > DIGITS * math.log2(10) + 1 for part in parts):
            raise self.refuse(node, f"a number beyond 10^±{DIGITS}")
        return number

    def _name(self, node: ast.Name) -> Any:  # noqa: ANN401 - an input, or π
        if node.id == "pi":
            return PI
        odd = _NO_LETTER.search(node.id)
        if odd:
            start = len(self.text.encode()[: node.col_offset].decode()) + odd.start()
            raise self._at(start, f"{odd[0]!r} is no operator: write * for a product")
        if node.id not in self.inputs:
            self.inputs[node.id] = Expression("input", name=node.id)
        return self.inputs[node.id]

    def _operation(self, node: ast.BinOp, first: Any, second: Any) -> Any:  # noqa: ANN401
        if isinstance(first, Pi):
            first = as_expression(first)
        if isinstance(second, Pi):
            second = as_expression(second)
        if isinstance(first, Expression) or isinstance(second, Expression):
            return _OPERATORS[type(node.op)](first, second)
        if isinstance(node.op, ast.Pow):
            return self._power(node, first, second)
        if isinstance(node.op, ast.Div):
            if second == 0:
                raise self.refuse(node, "a division of numbers by zero")
            return self._bounded(node, _whole(Fraction(first) / second))
        return self._bounded(node, _whole(_OPERATORS[type(node.op)](first, second)))

    def _power(self, node: ast.BinOp, base: Any, exponent: Any) -> Any:  # noqa: ANN401
        """Raise a number to a power: exactly, unless the exponent is broken."""
        if isinstance(exponent, Fraction):
            return TABLE["power"](as_expression(base), exponent=exponent)
        if base == 0 and exponent < 0:
            raise self.refuse(node, "zero to a negative power")
        size = max(abs(base.numerator), base.denominator)
        if size > 1 and abs(exponent) * math.log10(size) > DIGITS:
            raise self.refuse(node, f"a number beyond 10^±{DIGITS}")
        return _whole(Fraction(base) ** exponent)

    def _call(self, node: ast.Call, operands: list[Any]) -> Any:  # noqa: ANN401
        assert isinstance(node.func, ast.Name)  # noqa: S101 - what _children lets through
        name = node.func.id
        if name == "Rational":
            return self._rational(node, operands)
        row = TABLE[_row_name(name)]
        split = len(node.args)
        positional, by_name = operands[:split], operands[split:]
        arguments = {
            str(keyword.arg): value for keyword, value in zip(node.keywords, by_name, strict=True)
        }
        if row.name in _NESTING and split > len(row.operands) and not by_name:
            return reduce(row, map(as_expression, positional))
        slots = split if row.slots is None or row.gathers else row.slots
        for value in [*positional[slots:], *arguments.values()] if row.arguments else ():
            if isinstance(value, Expression):
                message = f"{row.name} takes a number for {', '.join(row.arguments)}: {value!r}"
                raise ArgumentError(message)
        first = [as_expression(x) for x in positional[:slots]]
        return row(*first, *positional[slots:], **arguments)

    def _rational(self, node: ast.Call, operands: list[Any]) -> int | Fraction:
        whole = all(isinstance(x, int) for x in operands)
        if node.keywords or not whole or not 1 <= len(operands) <= 2 or operands[1:] == [0]:  # noqa: PLR2004
            raise self.refuse(node, "Rational(p, q) takes two whole numbers, q not 0")
        return _whole(Fraction(*operands))


def _row_name(name: str) -> str:
    """Give the primitive that a name in a formula means; a user's own comes before an alias."""
    return name if name in TABLE else ALIASES.get(name, name)


def _whole(number: int | Fraction) -> int | Fraction:
    """Write a fraction over 1 as an int."""
    return int(number) if number.denominator == 1 else number


def _negative(value: Any) -> Any:  # noqa: ANN401 - an expression or an exact number
    return -(as_expression(value) if isinstance(value, Pi) else value)


def _postorder(reader: _Reader, root: ast.expr) -> Iterator[ast.AST]:
    """Go over a tree, children before parents and from left to right."""
    waiting: list[tuple[ast.AST, bool]] = [(root, False)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            yield node
            continue
        waiting.append((node, True))
        waiting += [(child, False) for child in reversed(_children(reader, node))]


def _arity(node: ast.AST) -> int:
    """Count the operands of a node that `_children` has let through."""
    if isinstance(node, ast.Call):
        return len(node.args) + len(node.keywords)
    return {ast.UnaryOp: 1, ast.BinOp: 2}.get(type(node), 0)


def _children(reader: _Reader, node: ast.AST) -> list[ast.expr]:
    """List the operands of a node, or refuse a node that is not of the grammar."""
    if isinstance(node, ast.Constant | ast.Name):
        return []
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return [node.operand]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return [node.left, node.right]
    if isinstance(node, ast.Call):
        return _call_children(reader, node)
    message = "only numbers, names, + - * / ** and calls of primitives make a formula"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        message = "a power is written x**2, not x^2"
    if isinstance(node, ast.Compare):
        message = _ONE_SIDE
    raise reader.refuse(node, message)


def _call_children(reader: _Reader, node: ast.Call) -> list[ast.expr]:
    if not isinstance(node.func, ast.Name):
        message = "only primitives are called, by their plain names: tanh(x)"
        raise reader.refuse(node, f"{message}; a product is written 2*(x + 1)")
    name = node.func.id
    if name != "Rational" and _row_name(name) not in TABLE:
        raise reader.refuse(node, str(unknown(name)))
    starred = [a for a in node.args if isinstance(a, ast.Starred)]
    if starred or any(keyword.arg is None for keyword in node.keywords):
        raise reader.refuse(node, "a call lists its operands one by one, without * and **")
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def _meant(text: str, at: int, fault: str) -> str:
    """Say how what was probably meant is written; else what Python's grammar says."""
    if fault.startswith("invalid decimal literal"):
        return "a product is written 2*x, not 2x"
    if text[at : at + 1] in _ON_PAPER:
        return _ON_PAPER[text[at]]
    if fault.startswith("unterminated string"):
        return "a formula has no quotation marks; a derivative is written dy/dx, in a derivation"
    if text[at : at + 1] == "=" and fault.startswith("invalid syntax"):
        return _ONE_SIDE
    if fault.startswith("invalid syntax") and _SIDE_BY_SIDE.search(text, _word_before(text, at)):
        return "two things side by side: a product is written a*b, a call sin(x)"
    return fault


def _word_before(text: str, at: int) -> int:
    """Find where what stands before a place starts, as far as it matters to `_meant`."""
    return max(0, len(text[:at].rstrip()) - 1)


def _around(text: str, at: int) -> str:
    """Quote the text about a place."""
    start, stop = max(0, at - 10), at + 10
    before, behind = "…" if start else "", "…" if stop < len(text) else ""
    return f"{before}{text[start:stop]}{behind}"


def _deepest(text: str) -> int:
    """Find where parentheses, or a run of signs, are at their deepest."""
    depth = run = deepest = place = 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        run = run + 1 if character in "+-" else 0
        if depth + run > deepest:
            deepest, place = depth + run, i
    return place


def _longest_number(text: str) -> int:
    """Find where the longest run of digits starts."""
    return max(re.finditer(r"[0-9_]+", text), key=lambda run: len(run.group())).start()
