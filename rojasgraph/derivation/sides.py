"""The two sides of an equality: as numbers at points, and as formulas to be proved equal."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rojasgraph.derivation.document import Document, Side, Subject
from rojasgraph.derivation.glossary import DEEPEST, Glossary, measure
from rojasgraph.derivation.letters import Lettering, letter
from rojasgraph.derivation.points import Labels, Numeric, Point, agree, differ
from rojasgraph.derivation.proof import proves_equal
from rojasgraph.numbers.kinds import Number

Formula = Any
"""A sympy expression."""

_LARGEST = 2_000
"""How many symbols and numbers a formula may have to be proved, or searched for mistakes."""


# --- numbers --------------------------------------------------------------------------------------


def pending(side: Side, known: Container[Side], *, claimed: bool) -> Iterator[Side]:
    """Give the sides to evaluate for one, each after those that it needs, itself last."""
    waiting = [side]
    while waiting:
        missing = [s for s in waiting[-1].needed(claimed=claimed) if s not in known]
        waiting += missing
        if not missing:
            last = waiting.pop()
            if last not in known:
                yield last


@dataclass
class World:
    """A point at which the sides are evaluated.

    Attributes:
        numeric: the network of the definitions.
        point: a value for each input.
    """

    numeric: Numeric
    point: Point
    adjoints: dict[str, list[Number | None]] = field(default_factory=dict)
    true: dict[Side, Number] = field(default_factory=dict)
    claimed: dict[Side, Number] = field(default_factory=dict)

    @cached_property
    def labels(self) -> Labels:
        """The labels of the network."""
        return self.numeric.at(self.point)

    def again(self) -> World:
        """Make the same world, for the precision that is now set."""
        return World(self.numeric, self.point)

    def derivative(self, top: str, bottom: str) -> Number:
        """Give a true derivative."""
        number = self.numeric.order.number
        if top not in self.adjoints:
            self.adjoints[top] = list(self.labels.backward({number[top]: 1}).adjoints)
        return self.adjoints[top][number[bottom]] or 0

    def value(self, side: Side, *, claimed: bool = False) -> Number:
        """Evaluate a side, derivatives in it being the true ones, or those last claimed."""
        known = self.claimed if claimed else self.true
        for s in pending(side, known, claimed=claimed):
            known[s] = s.claim.value(self.names(s, claimed=claimed))
        return known[side]

    def names(self, side: Side, *, claimed: bool = False) -> dict[str, Number]:
        """Give the value of each name in a side, once what it needs is evaluated."""
        number, values = self.numeric.order.number, self.labels.forward.values
        known = self.claimed if claimed else self.true
        named: dict[str, Number] = {}
        for name in map(str, side.claim.names):
            part = side.parts.get(name)
            if part is None:
                named[name] = values[number[name]]
            elif part.side is not None and (claimed or part.ratio is None):
                named[name] = known[part.side]
            else:
                named[name] = self.derivative(*part.ratio)  # type: ignore[misc]  # it is one
        return named


Pair = Callable[[World], tuple[Number, Number]]
"""What is compared: two numbers in a world."""


@dataclass(frozen=True)
class Comparison:
    """Two sides compared at many points.

    Attributes:
        n_points: at how many both were defined and agreed.
        different: the world where they did not.
        note: where only one was defined.
    """

    n_points: int = 0
    different: World | None = None
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both sides are equal as far as was seen."""
        return self.different is None and self.n_points > 0


def compare(worlds: Iterator[World], pair: Pair, most: int) -> Comparison:
    """Compare two numbers in many worlds, until they differ, or agreed often enough."""
    import mpmath

    compared, note = 0, ""
    for world in worlds:
        finite = [bool(mpmath.isfinite(x)) for x in pair(world)]
        if all(finite):
            if not agree(*pair(world)) and differ(lambda w=world: pair(w.again())):  # type: ignore[misc]
                return Comparison(compared, world, note)
            compared += 1
        elif any(finite) and not note:
            side = "right" if finite[1] else "left"
            note = f"another domain: only the {side} side is defined at {_listed(world.point)}"
        if compared == most:
            break
    return Comparison(compared, None, note)


def _listed(point: Point) -> str:
    return ", ".join(f"{name} = {value}" for name, value in point.items())


# --- formulas -------------------------------------------------------------------------------------


class Writer:
    """The sides as sympy's formulas, with the true derivatives, where these are not too large."""

    def __init__(self, document: Document) -> None:
        """Letter the network of the definitions."""
        self._lettering: Lettering | None = None
        self._unnamed = Glossary({})
        if document.nodes:
            self._lettering = lettering = letter(document.network, [*document.nodes][-1])
            named = {lettering.letters[lettering.number(name)] for name in document.nodes}
            meanings = zip(lettering.letters, lettering.definitions, strict=True)
            self._unnamed = Glossary(
                {s: d for s, d in meanings if s.is_Symbol and s != d and s not in named}
            )

    def proves(self, left: Side, right: Side) -> bool:
        """Prove an equality: with letters for the derivatives on the right, for names, for inputs.

        The derivative on the left is written in those on the right, where the chain rule leads to
        them. So each step of a long derivation is proved in a few letters.
        """
        import sympy as sp

        about = {part.ratio for part in left.parts.values()}
        ratios = [part.ratio for part in right.parts.values() if part.ratio]
        letters = {ratio: sp.Dummy(real=True) for ratio in ratios if ratio not in about}
        return (
            _same(self._formula(left, letters), self._formula(right, letters))
            or (bool(letters) and _same(self._formula(left, {}), self._formula(right, {})))
            or _same(self.in_inputs(left), self.in_inputs(right))
        )

    def in_inputs(self, side: Side) -> Formula | None:
        """Write a side in inputs alone; None if it is too large."""
        formula = self._formula(side, {})
        if formula is None or self._lettering is None:
            return formula
        return self._expanded(self._lettering.glossary, formula)

    def _expanded(self, glossary: Glossary, formula: Formula) -> Formula | None:
        leaves, _, depth = glossary.measure(formula)
        return glossary.expanded(formula) if leaves <= _LARGEST and depth <= DEEPEST else None

    def _formula(self, side: Side, kept: Mapping[Subject, Formula]) -> Formula | None:
        """Write a side in the letters of names; None if it is too large."""
        written: dict[Side, Formula | None] = {}
        sizes: dict[Side, int] = {}
        for s in pending(side, written, claimed=False):
            sizes[s] = s.length * max((sizes[n] for n in s.needed(claimed=False)), default=1)
            symbols = {str(n): self._symbol(s, str(n), written, kept) for n in s.claim.names}
            is_small = sizes[s] <= _LARGEST and None not in symbols.values()
            written[s] = s.claim.formula(symbols) if is_small else None
        formula = written[side]
        return None if formula is None else self._expanded(self._unnamed, formula)

    def _symbol(
        self,
        side: Side,
        name: str,
        written: Mapping[Side, Formula | None],
        kept: Mapping[Subject, Formula],
    ) -> Formula | None:
        """Say what a name in a side is written as."""
        import sympy as sp

        part, lettering = side.parts.get(name), self._lettering
        if part is not None and part.ratio is None:
            return None if part.side is None else written[part.side]
        if part is not None and part.ratio is not None:
            return kept[part.ratio] if part.ratio in kept else self._derivative(*part.ratio, kept)
        if lettering is None:
            return sp.Symbol(name, real=True)
        return lettering.letters[lettering.number(name)]

    def _derivative(self, top: str, bottom: str, kept: Mapping[Subject, Formula]) -> Formula | None:
        """Write a true derivative, in those of the same top that are kept; None if too large."""
        import sympy as sp

        lettering = self._lettering
        if lettering is None:
            return sp.Integer(top == bottom)
        last, first = lettering.number(top), lettering.number(bottom)
        done = {lettering.number(x): s for (y, x), s in kept.items() if y == top}
        done[last] = sp.Integer(1)
        sizes = dict.fromkeys(done, 1)
        waiting = [first]
        while waiting:
            j = waiting.pop()
            terms = [(head, p) for head, p in lettering.towards(j) if head <= last]
            missing = [head for head, _ in terms if head not in done]
            if j not in done and missing:
                waiting += [j, *missing]
            elif j not in done:
                done[j] = sp.Add(*(sp.Mul(done[head], p) for head, p in terms))
                sizes[j] = 1 + sum(sizes[head] + measure(p, {}).leaves for head, p in terms)
                if sizes[j] > _LARGEST:
                    return None
        return done[first]


def _same(first: Formula | None, second: Formula | None) -> bool:
    return first is not None and second is not None and proves_equal(first, second)
