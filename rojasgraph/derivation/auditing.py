"""Audit a whole derivation: each line on its own, and as a consequence of those before.

How a derivation is written down: see `document`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rojasgraph.derivation.checking import Counterexample, check
from rojasgraph.derivation.document import Document, Side, Statement, Subject, read_document
from rojasgraph.derivation.points import DIGITS, Numeric, precision, random_points
from rojasgraph.derivation.sides import Comparison, Pair, World, Writer, compare
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers.kinds import Number

POINTS = 12
"""At how many points both sides of an equality are compared."""

_TRIED = 120
"""How many points are tried, to find that many where both are defined."""

_KINKS = 200
"""At most so many points about kinks and poles are tried for an equality without a proof."""

_UNKNOWN = "differs from"
"""How the reason of a verdict starts that knows of none."""


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
        """The first line that does not follow, which is wrong, since those before it all hold."""
        return next(iter(self.breaks), None)

    @property
    def breaks(self) -> tuple[Line, ...]:
        """The lines that do not follow from those before, each a mistake or its repair."""
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


# --- verdicts -------------------------------------------------------------------------------------


class _Judge:
    """A derivation on trial: what was claimed so far, and what of that holds."""

    def __init__(self, document: Document) -> None:
        self.document = document
        order = structure_of(document.network)
        self.numeric = Numeric(order, {order.number[name]: name for name in document.inputs})
        self._all_points = itertools.islice(random_points(document.inputs), _TRIED)
        self._worlds: list[World] = []
        self._writer = Writer(document)
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
        values, follows = None, self._follows(statement, holds=found.agrees)
        if not found.agrees:
            self.wrong.add(right)
            values = self._counterexample(found, left, right)
            evidence = "counterexample" if values else "no point where both sides are defined"
        return Line(
            statement.number,
            statement.text,
            "claim",
            holds=found.agrees,
            follows=follows,
            evidence=evidence,
            reason="" if found.agrees else self._reason(statement) if values else evidence,
            note=found.note,
            counterexample=values,
        )

    def _follows(self, statement: Statement, *, holds: bool) -> bool:
        right, before = statement.right, statement.before
        if not self.wrong:
            return holds
        if before is None:
            return holds or self._is_consequence(statement)
        truly = self._agree_throughout(lambda w: (w.value(right), w.value(before)), right)
        return truly or self._agree_as_claimed(right, before)

    # --- points -----------------------------------------------------------------------------

    def _points(self) -> Iterator[World]:
        """Give the worlds at random points; they are made once."""
        for i in itertools.count():
            if i == len(self._worlds):
                point = next(self._all_points, None)
                if point is None:
                    return
                self._worlds.append(World(self.numeric, point))
            yield self._worlds[i]

    def _kinks(self, *sides: Side) -> Iterator[World]:
        """Give worlds about the kinks and poles of the network and of sides."""
        for world in self._worlds[:2]:
            free, point = self.document.inputs, world.point
            around = [self.numeric.kinks(point, free)]
            for side in sides:
                world.value(side)  # and so all that it needs
                around.append(side.claim.kinks(world.names(side), free))
            for moved in itertools.islice(itertools.chain(*around), _KINKS // 2):
                yield World(self.numeric, {**point, **moved})

    def _compared(self, pair: Pair) -> Comparison:
        return compare(self._points(), pair, POINTS)

    def _about_kinks(self, found: Comparison, left: Side, right: Side) -> Comparison:
        more = compare(self._kinks(left, right), lambda w: (w.value(right), w.value(left)), _KINKS)
        n_points = found.n_points + more.n_points
        return Comparison(n_points, more.different, found.note or more.note)

    def _agree_throughout(self, pair: Pair, side: Side) -> bool:
        if not self._compared(pair).agrees:
            return False
        return compare(self._kinks(side), pair, _KINKS).different is None

    def _counterexample(self, found: Comparison, left: Side, right: Side) -> Counterexample | None:
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
        if (subject is None or not subject[1]) and self._agree_as_claimed(right, left):
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
        self, world: World, top: str, bottom: str, cuts: Mapping[str, list[str]]
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
