"""What letters stand for: how long a formula becomes without them, told before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rojasgraph.errors import ArgumentError

Formula = Any
"""A sympy expression."""

LARGEST = 100_000
"""The most symbols and numbers of a formula that is written out."""

DEEPEST = 150
"""The most functions, sums and products inside each other there: sympy works by recursion."""


class Measure(NamedTuple):
    """How large a formula is, with every letter replaced by what it stands for.

    Attributes:
        leaves: how many symbols and numbers it is made of, each counted as often as it stands.
        terms: at most how many terms it has when all products are multiplied out.
        depth: how deep its operations are nested.
    """

    leaves: int
    terms: int
    depth: int


LEAF = Measure(1, 1, 0)


class Glossary:
    """A list of letters and what each stands for: a formula in letters that were listed before.

    Args:
        meanings: the letters, operands first.
    """

    def __init__(self, meanings: Mapping[Formula, Formula]) -> None:  # noqa: D107 - see the class
        self._meanings = meanings
        self._number = {letter: i for i, letter in enumerate(meanings)}
        self._measures: dict[Formula, Measure] = {}
        self._expanded: dict[Formula, Formula] = {}

    def measure(self, formula: Formula) -> Measure:
        """Tell how large a formula becomes without letters; takes no more time than reading it."""
        for letter in self._needed(formula, self._measures):
            self._measures[letter] = measure(self._meanings[letter], self._measures)
        return measure(formula, self._measures)

    def expanded(self, formula: Formula) -> Formula:
        """Replace all letters by what they stand for.

        Raises:
            ArgumentError: the formula would be too large (`LARGEST`, `DEEPEST`).
        """
        leaves, _, depth = self.measure(formula)
        if leaves > LARGEST or depth > DEEPEST:
            message = (
                f"without letters the formula would have {_count(leaves)} symbols, {depth} "
                f"operations deep: at most {LARGEST} and {DEEPEST} are written out; keep letters"
            )
            raise ArgumentError(message)
        for letter in self._needed(formula, self._expanded):
            self._expanded[letter] = self._replaced(self._meanings[letter])
        return self._replaced(formula)

    def _replaced(self, formula: Formula) -> Formula:
        known = {s: self._expanded[s] for s in formula.free_symbols if s in self._expanded}
        return formula.xreplace(known)

    def _needed(self, formula: Formula, known: Mapping[Formula, Any]) -> list[Formula]:
        """List the letters behind a formula that are not known yet, operands first."""
        found: set[Formula] = set()
        waiting = [formula]
        while waiting:
            for symbol in waiting.pop().free_symbols:
                if symbol in self._number and symbol not in known and symbol not in found:
                    found.add(symbol)
                    waiting.append(self._meanings[symbol])
        return sorted(found, key=self._number.__getitem__)


def measure(formula: Formula, known: Mapping[Formula, Measure]) -> Measure:
    """Tell how large a formula is where letters are as large as is known; others are leaves.

    >>> import sympy as sp
    >>> x, y, z = sp.symbols("x y z")
    >>> measure((x + y) ** 3 * z, {})
    Measure(leaves=4, terms=4, depth=3)
    """
    done: list[Measure] = []
    waiting: list[tuple[Formula, bool]] = [(formula, False)]
    while waiting:
        part, is_ready = waiting.pop()
        if not part.args:
            done.append(known.get(part, LEAF))
        elif is_ready:
            operands = [done.pop() for _ in part.args]
            done.append(_combined(part, operands))
        else:
            waiting.append((part, True))
            waiting += [(operand, False) for operand in part.args]
    return done.pop()


def _combined(part: Formula, operands: list[Measure]) -> Measure:
    leaves = sum(m.leaves for m in operands)
    terms = 1
    if part.is_Add:
        terms = sum(m.terms for m in operands)
    elif part.is_Mul:
        for m in operands:
            terms = min(terms * m.terms, LARGEST)
    elif part.is_Pow and part.exp.is_Integer:
        terms = _power_terms(operands, abs(int(part.exp)))
    depth = 1 + max(m.depth for m in operands)
    return Measure(min(leaves, 10 * LARGEST), min(terms, LARGEST), depth)


def _power_terms(operands: list[Measure], exponent: int) -> int:
    base = max(m.terms for m in operands)
    total = 1
    for i in range(min(exponent, LARGEST)):  # base + exponent - 1 over exponent
        total = total * (base + i) // (i + 1)
        if total > LARGEST or base == 1:
            break
    return total


def _count(leaves: int) -> str:
    return str(leaves) if leaves < 10 * LARGEST else f"more than {10 * LARGEST}"


def is_rational(formula: Formula) -> bool:
    """Tell whether a formula is made of sums, products and whole powers alone.

    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> is_rational(1 / (x + 1) ** 2), is_rational(sp.exp(x))
    (True, False)
    """
    waiting = [formula]
    while waiting:
        part = waiting.pop()
        if part.is_Pow:
            if not part.exp.is_Integer:
                return False
            waiting.append(part.base)
        elif part.is_Add or part.is_Mul:
            waiting += part.args
        elif part.args:
            return False
    return True
