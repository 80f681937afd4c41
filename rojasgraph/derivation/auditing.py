"""Audit a whole derivation: each line on its own, and as a consequence of those before.

How a derivation is written down: see `document`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rojasgraph.derivation.checking import Counterexample, check
from rojasgraph.derivation.document import Document, Side, Statement, Subject, read_document
from rojasgraph.derivation.glossary import DEEPEST, Glossary, measure
from rojasgraph.derivation.letters import Lettering, letter
from rojasgraph.derivation.points import (
    DIGITS,
    Labels,
    Numeric,
    Point,
    agree,
    differ,
    precision,
    random_points,
)
from rojasgraph.derivation.proof import proves_equal
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers import Number

Formula = Any
"""A sympy expression."""

POINTS = 12
"""At how many points both sides of an equality are compared."""

_TRIED = 120
"""How many points are tried, to find that many where both are defined."""

_KINKS = 200
"""At most so many points about kinks and poles are tried for an equality without a proof."""

_UNKNOWN = "differs from"
"""How the reason of a verdict starts that knows of none."""

_LARGEST = 2_000
"""How many symbols and numbers a formula may have to be proved, or searched for mistakes."""


@dataclass(frozen=True)
class Line:
    """What is found about one equality of a derivation.

    Attributes:
        number: its line, counted from 1.
        text: as it stands there; of a chain a = b = c, the second is "= c".
        kind: "definition" or "claim".
        holds: whether both sides are equal wherever both are defined; None for a definition.
        follows: whether it follows from the lines before, right or wrong as they are.
        evidence: "proved symbolically", "agreed at … random points at 50 digits", or
            "counterexample".
        reason: why it does not hold, if that is known.
        note: where only one side is defined.
        counterexample: a point at which it does not hold.
    """

    number: int
    text: str
    kind: str
    holds: bool | None = None
    follows: bool = True
    evidence: str = ""
    reason: str = ""
    note: str = ""
    counterexample: Counterexample | None = None

    def __str__(self) -> str:
        """Write the line with a mark, and below it what is found."""
        if self.holds is None:
            return f"{self.number:4}   {self.text}"
        note = f"\n       note: {self.note}" if self.note else ""
        if self.holds:
            stray = "" if self.follows else "; but it does not follow from the line before"
            return f"{self.number:4} ✓ {self.text}   ({self.evidence}{stray}){note}"
        found = self.reason or f"the two sides differ: {self.counterexample}"
        inherited = "; it follows from the lines before" if self.follows else ""
        return f"{self.number:4} ✗ {self.text}\n       {found}{inherited}{note}"


@dataclass(frozen=True)
class Audit:
    """The findings on a derivation, line by line.

    Attributes:
        lines: one for each equality.
    """

    lines: tuple[Line, ...]

    @property
    def first_wrong(self) -> Line | None:
        """The first line that does not hold."""
        return next((line for line in self.lines if line.holds is False), None)

    @property
    def first_break(self) -> Line | None:
        """The first line that does not follow: the same, since those before it all hold."""
        return next(iter(self.breaks), None)

    @property
    def breaks(self) -> tuple[Line, ...]:
        """The lines that do not follow from those before: each a mistake, or its repair."""
        return tuple(line for line in self.lines if not line.follows)

    def __bool__(self) -> bool:
        """An audit is true if every line holds."""
        return self.first_wrong is None

    def __str__(self) -> str:
        """Write every line with its finding, and a last line that sums up."""
        return "\n".join([*map(str, self.lines), self.summary])

    @property
    def summary(self) -> str:
        """The result in one sentence."""
        found = self.first_break
        if found is None:
            return "every line holds and follows"
        return f"line {found.number} is the first that does not follow"


def audit(document: str) -> Audit:
    """Check a derivation line by line, each line on its own and as a consequence.

    A line holds if its two sides are equal, as derivatives and values of the network that the
    definitions make. It follows if it holds, or if what the lines before claim, right or wrong,
    gives it: the same formula again, or what the chain rule makes of claimed derivatives. A link of
    a chain a = b = c follows if it is equal to the link before, the derivatives in it being the
    true ones or those last claimed.

    Args:
        document: the text, of at most 100,000 characters: definitions such as z = w*x + b, and
            claims such as dz/dw = x. Names that no line defines are inputs.

    Returns:
        The findings; printed as the document with marks.

    Raises:
        FormulaError: a line cannot be read; the message names the line and the column.

    Source: complex derivations fail at single steps; Rojas (1996), section 7.2, has the steps.

    >>> print(
    ...     audit('''
    ... y = x**3
    ... dy/dx = 2*x**2
    ... ''')
    ... )
       2   y = x**3
       3 ✗ dy/dx = 2*x**2
           extra factor 2/3
    line 3 is the first that does not follow
    """
    read = read_document(document)
    with precision():
        return Audit(tuple(_Judge(read).lines()))


# --- numbers --------------------------------------------------------------------------------------


def _pending(side: Side, known: Container[Side], *, claimed: bool) -> Iterator[Side]:
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
class _World:
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

    def again(self) -> _World:
        """Make the same world, for the precision that is now set."""
        return _World(self.numeric, self.point)

    def derivative(self, top: str, bottom: str) -> Number:
        """Give a true derivative."""
        number = self.numeric.order.number
        if top not in self.adjoints:
            self.adjoints[top] = list(self.labels.backward({number[top]: 1}).adjoints)
        return self.adjoints[top][number[bottom]] or 0

    def value(self, side: Side, *, claimed: bool = False) -> Number:
        """Evaluate a side, derivatives in it being the true ones, or those last claimed."""
        known = self.claimed if claimed else self.true
        for s in _pending(side, known, claimed=claimed):
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


Pair = Callable[[_World], tuple[Number, Number]]
"""What is compared: two numbers in a world."""


@dataclass(frozen=True)
class _Comparison:
    """Two sides compared at many points.

    Attributes:
        n_points: at how many both were defined and agreed.
        different: the world where they did not.
        note: where only one was defined.
    """

    n_points: int = 0
    different: _World | None = None
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both sides are equal as far as was seen."""
        return self.different is None and self.n_points > 0


def _compare(worlds: Iterator[_World], pair: Pair, most: int) -> _Comparison:
    """Compare two numbers in many worlds, until they differ, or agreed often enough."""
    import mpmath

    compared, note = 0, ""
    for world in worlds:
        finite = [bool(mpmath.isfinite(x)) for x in pair(world)]
        if all(finite):
            if not agree(*pair(world)) and differ(lambda w=world: pair(w.again())):  # type: ignore[misc]
                return _Comparison(compared, world, note)
            compared += 1
        elif any(finite) and not note:
            side = "right" if finite[1] else "left"
            note = f"another domain: only the {side} side is defined at {_listed(world.point)}"
        if compared == most:
            break
    return _Comparison(compared, None, note)


def _listed(point: Point) -> str:
    return ", ".join(f"{name} = {value}" for name, value in point.items())


# --- verdicts -------------------------------------------------------------------------------------


class _Judge:
    """A derivation on trial: what was claimed so far, and what of that holds."""

    def __init__(self, document: Document) -> None:
        self.document = document
        order = structure_of(document.network)
        self.numeric = Numeric(order, {order.number[name]: name for name in document.inputs})
        self._all_points = itertools.islice(random_points(document.inputs), _TRIED)
        self._worlds: list[_World] = []
        self.claims: dict[Subject, Side] = {}
        self.wrong: set[Side] = set()

    def lines(self) -> Iterator[Line]:
        """Go over the equalities."""
        for statement in self.document.statements:
            if statement.defines:
                yield Line(statement.number, statement.text, "definition")
            else:
                yield self._claim(statement)
            if statement.subject and not statement.defines:
                self.claims[statement.subject] = statement.right

    def _claim(self, statement: Statement) -> Line:
        left, right = statement.left, statement.right
        found = self._compared(lambda w: (w.value(right), w.value(left)))
        evidence = ""
        if found.agrees and self._writer.proves(left, right):
            evidence = "proved symbolically"
        elif found.agrees:
            found = self._about_kinks(found, left, right)
            evidence = f"agreed at {found.n_points} random points at {DIGITS} digits"
        values = None
        if not found.agrees:
            self.wrong.add(right)
            values = self._counterexample(found, left, right)
            evidence = "counterexample" if values else "no point where both sides are defined"
        return Line(
            statement.number,
            statement.text,
            "claim",
            holds=found.agrees,
            follows=self._follows(statement, holds=found.agrees),
            evidence=evidence,
            reason="" if found.agrees else self._reason(statement) if values else evidence,
            note=found.note,
            counterexample=values,
        )

    def _follows(self, statement: Statement, *, holds: bool) -> bool:
        right, before = statement.right, statement.before
        if before is None:
            return holds or self._is_consequence(statement)
        if not self.wrong:
            return holds
        truly = self._agree_throughout(lambda w: (w.value(right), w.value(before)), right)
        return truly or self._agree_as_claimed(right, before)

    # --- points -----------------------------------------------------------------------------

    def _points(self) -> Iterator[_World]:
        """Give the worlds at random points; they are made once."""
        for i in itertools.count():
            if i == len(self._worlds):
                point = next(self._all_points, None)
                if point is None:
                    return
                self._worlds.append(_World(self.numeric, point))
            yield self._worlds[i]

    def _kinks(self, *sides: Side) -> Iterator[_World]:
        """Give worlds about the kinks and poles of the network and of sides."""
        for world in self._worlds[:2]:
            free, point = self.document.inputs, world.point
            around = [self.numeric.kinks(point, free)]
            around += [s.claim.kinks(world.names(s), free) for s in sides]
            for moved in itertools.islice(itertools.chain(*around), _KINKS // 2):
                yield _World(self.numeric, {**point, **moved})

    def _compared(self, pair: Pair) -> _Comparison:
        return _compare(self._points(), pair, POINTS)

    def _about_kinks(self, found: _Comparison, left: Side, right: Side) -> _Comparison:
        more = _compare(self._kinks(left, right), lambda w: (w.value(right), w.value(left)), _KINKS)
        n_points = found.n_points + more.n_points
        return _Comparison(n_points, more.different, found.note or more.note)

    def _agree_throughout(self, pair: Pair, side: Side) -> bool:
        if not self._compared(pair).agrees:
            return False
        return _compare(self._kinks(side), pair, _KINKS).different is None

    def _counterexample(self, found: _Comparison, left: Side, right: Side) -> Counterexample | None:
        world = found.different
        if world is None:
            return None
        return Counterexample(world.point, float(world.value(right)), float(world.value(left)))

    def _agree_as_claimed(self, first: Side, second: Side) -> bool:
        return self._agree_throughout(
            lambda w: (w.value(first, claimed=True), w.value(second, claimed=True)), first
        )

    # --- consequences -----------------------------------------------------------------------

    def _is_consequence(self, statement: Statement) -> bool:
        """Tell whether a claim that does not hold follows from claims before it."""
        left, right, subject = statement.left, statement.right, statement.subject
        if subject is None or not subject[1]:
            if self._agree_as_claimed(right, left):
                return True
        again = self.claims.get(subject) if subject else None
        if again is not None and self._agree_as_claimed(right, again):
            return True
        top, bottom = subject or ("", "")
        if not bottom or not any(x for _, x in self.claims):
            return False
        cuts = self._cuts(top, bottom)
        return bool(cuts) and self._agree_throughout(
            lambda w: (w.value(right, claimed=True), self._by_chain_rule(w, top, bottom, cuts)),
            right,
        )

    def _cuts(self, top: str, bottom: str) -> dict[str, list[str]]:
        """For names y between two, list names u with claims dy/du that dy/dx is made of.

        That is: dy/dx = Σ dy/du·du/dx over these u, for the true derivatives.
        """
        cuts: dict[str, list[str]] = {}
        for y in {y for y, u in self.claims if u}:
            named = [u for v, u in self.claims if v == y and u and (y, u) != (top, bottom)]
            nearest = [u for u in named if not any(self._is_between(v, u, y) for v in named)]
            for cut in [*([u] for u in reversed(named)), nearest]:
                if self._compared(
                    lambda w, y=y, cut=cut: (  # type: ignore[misc]
                        sum(w.derivative(y, u) * w.derivative(u, bottom) for u in cut),
                        w.derivative(y, bottom),
                    )
                ).agrees:
                    cuts[y] = cut
                    break
        return cuts

    def _is_between(self, middle: str, low: str, high: str) -> bool:
        """Tell whether one name depends on another, and a third on it."""
        world = next(self._points())
        return middle not in (low, high) and bool(
            world.derivative(middle, low) and world.derivative(high, middle)
        )

    def _by_chain_rule(
        self, world: _World, top: str, bottom: str, cuts: Mapping[str, list[str]]
    ) -> Number:
        """Carry the derivative by one name forward, by the claimed derivatives where there are."""
        order, slopes = self.numeric.order, world.labels.forward.edge_derivatives
        by: list[Number] = [0] * len(order.names)
        for j, name in enumerate(order.names):
            if name == bottom:
                by[j] = 1
            elif name in cuts:
                by[j] = sum(
                    world.value(self.claims[str(name), u], claimed=True) * by[order.number[u]]
                    for u in cuts[str(name)]
                )
            else:
                by[j] = sum(slopes[e] * by[i] for e in order.incoming[j] if by[i := order.tails[e]])
        return by[order.number[top]]

    # --- formulas ---------------------------------------------------------------------------

    @cached_property
    def _writer(self) -> _Writer:
        return _Writer(self.document)

    # --- reasons ----------------------------------------------------------------------------

    def _reason(self, statement: Statement) -> str:
        """Say why a claim about a derivative or a value is wrong; "" if that is not known."""
        nodes, subject, side = self.document.nodes, statement.subject, statement.right
        if subject is None or subject[0] not in nodes:
            return ""
        top, bottom = subject
        net = Network.from_expressions(
            nodes[top], *(nodes[n] for n in sorted(map(str, side.claim.names)) if n in nodes)
        )
        if bottom and bottom not in net:
            return f"the derivative is 0: {top} does not depend on {bottom}"
        true, claimed = map(self._writer.in_inputs, (statement.left, side))
        if true is None or claimed is None:
            return ""
        claim = claimed if side.parts else side.expression
        try:
            if bottom:
                (verdict,) = check(net, {bottom: claim}, top).values()
            else:
                (verdict,) = check(net, {}, top, values={top: claim}).values()
        except ArgumentError:  # a name that the smaller network does not have
            return ""
        return "" if verdict.reason.startswith(_UNKNOWN) else verdict.reason


class _Writer:
    """The sides as sympy's formulas, with the true derivatives, where these are not too large."""

    def __init__(self, document: Document) -> None:
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
        for s in _pending(side, written, claimed=False):
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
