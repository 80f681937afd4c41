"""A wrong claim and the points at which it was compared: what mistakes are looked for in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rojasgraph.derivation.choices import in_words, is_choice
from rojasgraph.derivation.letters import Lettering
from rojasgraph.derivation.points import Labels, agree
from rojasgraph.errors import LabelError
from rojasgraph.labeling import NodeFailure
from rojasgraph.numbers.kinds import Number

Formula = Any
"""A sympy expression."""

UNDEFINED = (ZeroDivisionError, ValueError, OverflowError, LabelError, NodeFailure)
"""What a guess may raise at a point where it says nothing."""


@dataclass(frozen=True)
class Sample:
    """One point at which a claim and the truth differ or agree.

    Attributes:
        labels: the network labeled there.
        names: the value of every letter and weight there.
        claimed: what the claim says.
        true: what it should say.
    """

    labels: Labels
    names: Mapping[str, Number]
    claimed: Number
    true: Number

    @property
    def ratio(self) -> Number:
        """Claimed over true."""
        return self.claimed / self.true


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a claim.

    Attributes:
        reason: in words.
        edge: the number of the edge whose derivative was got wrong, where the mistake is at one.
    """

    reason: str
    edge: int | None = None


Guess = Callable[[Sample], tuple[Number, Number]]
"""Two numbers at a sample that are equal there if the guess is right."""


@dataclass(frozen=True)
class Case:
    """A wrong claim, with what is needed to look for its mistake.

    Attributes:
        lettering: the network in letters.
        output: the output's number.
        target: the number of the node, or of the edge (for a weight), that is differentiated by;
            None where the claim is no derivative of the output.
        by_weight: whether the target is a weight.
        samples: points where claim and truth are both defined.
        swapped: evaluates the claim with the values of names exchanged, at one sample.
        names: the names that the claim uses.
        true: the right formula, in letters.
    """

    lettering: Lettering
    output: int
    target: int | None
    by_weight: bool
    samples: list[Sample]
    swapped: Callable[[Sample, Mapping[str, str]], Number]
    names: frozenset[str]
    true: Formula
    _functions: dict[Formula, Callable[..., Number]] = field(default_factory=dict, repr=False)

    # --- guesses --------------------------------------------------------------------------------

    def fits(self, guess: Guess) -> bool:
        """Tell whether a guess is right wherever it says anything, which must be at most points."""
        import mpmath

        told = 0
        for sample in self.samples:
            try:
                first, second = guess(sample)
            except UNDEFINED:
                continue
            if not (mpmath.isfinite(first) and mpmath.isfinite(second) and agree(first, second)):
                return False
            told += 1
        return 2 * told > len(self.samples)

    def claims(self, predicted: Callable[[Sample], Number]) -> bool:
        """Tell whether a prediction gives what is claimed."""
        return self.fits(lambda sample: (predicted(sample), sample.claimed))

    def value(self, formula: Formula, sample: Sample) -> Number:
        """Evaluate a formula in letters at a sample."""
        import sympy as sp

        symbols = sorted(formula.free_symbols, key=str)
        if formula not in self._functions:
            self._functions[formula] = sp.lambdify(symbols, formula, "mpmath")
        return self._functions[formula](*(sample.names[s.name] for s in symbols))

    def truth(self, labels: Labels) -> Number:
        """Compute the derivative that a claim is about from labels of one's own."""
        backward = labels.backward({self.output: 1})
        return self._chosen(backward.gradients if self.by_weight else backward.adjoints)

    def _chosen(self, received: list[Number | None]) -> Number:
        assert self.target is not None  # noqa: S101 - the callers have looked
        return received[self.target] or 0

    def without(self, sample: Sample, e: int) -> Number:
        """Compute the derivative as if one edge carried nothing back."""
        backward = sample.labels.backward({self.output: 1}, without=e)
        return self._chosen(backward.gradients if self.by_weight else backward.adjoints)

    def by_way_of(self, sample: Sample, nodes: list[int]) -> list[Number]:
        """Compute the parts of the derivative that come through nodes."""
        whole = sample.labels.backward({self.output: 1}).adjoints
        parts = []
        for j in nodes:
            backward = sample.labels.backward({j: 1})
            part = self._chosen(backward.gradients if self.by_weight else backward.adjoints)
            parts.append((whole[j] or 0) * part)
        return parts

    # --- the network ----------------------------------------------------------------------------

    @cached_property
    def on_paths(self) -> frozenset[int]:
        """The edges on the way from the target to the output; all where there is no target."""
        plan, heads = self.lettering.plan, self.lettering.order.heads
        if self.target is None:
            return frozenset(range(len(heads)))
        after, before = {heads[self.target] if self.by_weight else self.target}, {self.output}
        for j in range(len(plan.primitives)):
            carriers = [plan.shared[e] for e in plan.incoming[j] if e in plan.shared]
            if after & {*carriers, *(plan.tails[e] for e in plan.incoming[j])}:
                after.add(j)
        for j in reversed(range(len(plan.primitives))):
            if before & {heads[e] for e in plan.outgoing[j]}:
                before.add(j)
        between = {e for e, head in enumerate(heads) if plan.tails[e] in after and head in before}
        return frozenset(between | ({self.target} if self.by_weight else set()))

    def edge_into(self, j: int, slot: int = 0) -> int:
        """Choose the edge into a slot that stands for the derivative there: one on a path."""
        plan = self.lettering.plan
        edges = [e for e in plan.incoming[j] if plan.slots[e] == slot]
        return next((e for e in edges if e in self.on_paths), edges[0])

    @cached_property
    def letters(self) -> list[Formula]:
        """The letters of nodes and weights, each once."""
        symbols = [s for s in self.lettering.letters if s.is_Symbol]
        return list(dict.fromkeys([*symbols, *self.lettering.weights.values()]))

    def written(self, formula: Formula) -> str:
        """Write a formula in names that the user knows: sources and named operations.

        A factor that is a choice is told in words, and as the derivative that it is.
        """
        import sympy as sp

        factors = sp.Mul.make_args(formula)
        choices = [factor for factor in factors if is_choice(factor)]
        if choices:
            plain = sp.Mul(*(factor for factor in factors if not is_choice(factor)))
            told = [] if plain == 1 else [self.written(plain)]
            return " times ".join([*told, *map(self._choice, choices)])
        text = str(self._in_chosen_names(formula))
        return text if len(text) <= _LONGEST else str(formula)

    def _choice(self, choice: Formula) -> str:
        """Say of which operation a choice is the derivative, and what it is where."""
        text = in_words(self._in_chosen_names(choice))
        text = text if len(text) <= _LONGEST else in_words(choice)
        rows, partials = self.lettering.plan.primitives, self.lettering.forward.derivatives
        for row, found in zip(rows, partials, strict=True):
            if row is not None and choice in found:
                slot = found.index(choice)
                ordinal = _ORDINALS[slot] if slot < len(_ORDINALS) else f"{slot + 1}th"
                operand = "" if len(found) == 1 else f" by its {ordinal} operand"
                return f"the derivative of {row.name}{operand} ({text})"
        return f"({text})"

    def _in_chosen_names(self, formula: Formula) -> Formula:
        lettering = self.lettering
        rows = zip(lettering.letters, lettering.order.names, strict=True)
        for j, (symbol, name) in reversed(list(enumerate(rows))):
            if symbol in formula.free_symbols and symbol.name != str(name):
                formula = formula.xreplace({symbol: lettering.shown(j)})
        return formula


_ORDINALS = ("first", "second", "third")

_LONGEST = 80
"""How many characters a formula in a reason may have; a longer one keeps its letters."""
