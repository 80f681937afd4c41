"""Recognize the mistake behind a wrong formula, by comparing numbers at several points.

A mistake is a guess: a formula for what the claim would be, had it been made. One that fits at
every point, to 50 digits, is the reason.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from rojasgraph.derivation.letters import Lettering
from rojasgraph.derivation.points import Labels, agree
from rojasgraph.errors import ArgumentError, LabelError
from rojasgraph.labeling import NodeFailure
from rojasgraph.numbers import Number, sympy_namespace
from rojasgraph.table import TABLE

Formula = Any
"""A sympy expression."""

_UNDEFINED = (ZeroDivisionError, ValueError, OverflowError, LabelError, NodeFailure)
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
            except _UNDEFINED:
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
        """Write a formula in names that the user knows: sources and named operations."""
        text = str(self._in_chosen_names(formula))
        return text if len(text) <= _LONGEST else str(formula)

    def _in_chosen_names(self, formula: Formula) -> Formula:
        lettering = self.lettering
        rows = zip(lettering.letters, lettering.order.names, strict=True)
        for j, (symbol, name) in reversed(list(enumerate(rows))):
            if symbol in formula.free_symbols and symbol.name != str(name):
                formula = formula.xreplace({symbol: lettering.shown(j)})
        return formula


_LONGEST = 80
"""How many characters a formula in a reason may have; a longer one keeps its letters."""


def recognize(case: Case) -> Mistake | None:
    """Find the mistake behind a wrong claim; None where none that is known fits."""
    if all(sample.claimed == 0 for sample in case.samples):
        return Mistake("the claim is 0, but the derivative is not")
    if all(sample.true == 0 for sample in case.samples):
        return Mistake("the derivative is 0: no path leads there, or the paths cancel")
    for search in _SEARCHES:
        found = search(case)
        if found is not None:
            return found
    return None


# --- a constant factor ---------------------------------------------------------------------------


def _constant_factor(case: Case) -> Mistake | None:
    ratio = next(s.ratio for s in case.samples if s.true)
    if not case.fits(lambda s: (ratio * s.true, s.claimed)):
        return None
    number = _rational(ratio)
    if number == -1:
        return Mistake("wrong sign: the factor −1 is missing, or one too many")
    weight = _weight_missing(case, ratio)
    if weight is not None:
        return weight
    if number is None:
        return Mistake(_unusual_factor(ratio))
    sign = "wrong sign, and " if number < 0 else ""
    return Mistake(sign + (_mean_or_sum(case, abs(number)) or _number_text(case, abs(number))))


def _rational(number: Number, largest: int = 1000) -> Fraction | None:
    """Give the fraction that a number is; None if it is none with small terms."""
    import mpmath

    fraction = Fraction(mpmath.nstr(number, 30)).limit_denominator(largest)
    is_it = agree(number, mpmath.mpf(fraction.numerator) / fraction.denominator)
    return fraction if is_it and abs(fraction) < 10**9 else None


def _weight_missing(case: Case, ratio: Number) -> Mistake | None:
    """Find an edge whose weight, a number, is the missing factor."""
    import mpmath

    order, labels = case.lettering.order, case.samples[0].labels
    for e in sorted(case.on_paths):
        weight = labels.plan.weights[e]
        is_letter = e in case.lettering.weights or e in labels.plan.shared
        if weight is None or is_letter or abs(weight) == 1:
            continue
        if agree(ratio * weight, 1):
            tail, head, _ = order.edge_names[e]
            text = (
                f"missing factor {mpmath.nstr(weight, 6)}, the weight of the edge {tail} → {head}"
            )
            return Mistake(text, e)
    return None


def _unusual_factor(ratio: Number) -> str:
    """Name a factor that is no fraction: a fraction of π, of a logarithm or of a root, if it is."""
    import mpmath

    mp = mpmath.mp
    for constant, text in (
        (mp.pi, "pi"),
        (mp.log(2), "log(2)"),
        (mp.log(10), "log(10)"),
        (mp.sqrt(2), "sqrt(2)"),
        (mp.sqrt(mp.pi), "sqrt(pi)"),
        (mp.sqrt(2 * mp.pi), "sqrt(2*pi)"),
        (mp.e, "exp(1)"),
    ):
        for value, word in ((ratio / constant, "extra"), (ratio * constant, "missing")):
            number = _rational(value, 12)
            if number is not None:
                beside = "" if number in {1, -1} else f", and extra factor {abs(number)}"
                return f"{word} factor {text}{beside}" + (", and wrong sign" if number < 0 else "")
    return f"extra factor {mpmath.nstr(ratio, 12)}"


def _mean_or_sum(case: Case, size: Fraction) -> str:
    """Name a factor that is the number of terms of a sum; "" if it is not."""
    terms = _numbers_of_terms(case)
    n = max(size.numerator, size.denominator)
    if n not in terms or n <= 2 or min(size.numerator, size.denominator) != 1:  # noqa: PLR2004
        return ""
    if size < 1:
        return f"mean for sum: an extra factor 1/{n}, but the {n} terms are summed"
    if _is_divided_by(case, n):
        return f"sum for mean: missing factor 1/{n} of the mean of {n} terms"
    return ""


def _number_text(case: Case, size: Fraction) -> str:
    import sympy as sp

    coefficient = abs(Fraction(str(sp.sympify(case.true).as_coeff_Mul()[0])))
    if size.numerator == 1 or (size * coefficient == 1 and size != 1):
        return f"missing factor {1 / size}"
    return f"extra factor {size}"


def _numbers_of_terms(case: Case) -> set[int]:
    """Collect how many terms the sums of the network have, nested binary sums as one."""
    plan = case.lettering.plan
    counts: dict[int, int] = {}
    for j, row in enumerate(plan.primitives):
        if row is not None and row.name == "add":
            tails = [plan.tails[e] for e in plan.incoming[j]]
            counts[j] = sum(counts.get(tail, 1) for tail in tails)
    return set(counts.values())


def _is_divided_by(case: Case, n: int) -> bool:
    """Tell whether the network multiplies by 1/(k·n) or divides by k·n somewhere, k whole."""
    plan, letters = case.lettering.plan, case.lettering.letters
    for j, row in enumerate(plan.primitives):
        divisors: list[Formula] = []
        if row is not None and row.name == "scale" and plan.arguments[j]["factor"]:
            divisors = [1 / plan.arguments[j]["factor"]]
        elif row is not None and row.name == "div":
            divisors = [letters[plan.tails[e]] for e in plan.incoming[j] if plan.slots[e] == 1]
        if any((d / n).is_integer and d.is_number for d in divisors):
            return True
    return False


# --- paths ---------------------------------------------------------------------------------------


def _forgotten_path(case: Case) -> Mistake | None:
    """Leave out one edge behind a node that several leave."""
    if case.target is None:
        return None
    lettering, plan = case.lettering, case.lettering.plan
    for j, row in enumerate(plan.primitives):
        edges = [*plan.outgoing[j], *plan.carriers.get(j, ())]
        if len(edges) < 2 or (row is None and j != case.target):  # noqa: PLR2004 - a shared node
            continue
        for e in set(plan.outgoing[j]) & case.on_paths:
            if case.claims(partial(case.without, e=e)):
                tail = case.written(lettering.letters[j])
                return Mistake(
                    f"forgotten path: {tail} also reaches the output by {_way(case, e)}", e
                )
    return None


def _way(case: Case, e: int) -> str:
    """Name the path behind an edge: by the first node that a user named and no other path meets."""
    plan, order = case.lettering.plan, case.lettering.order
    others = {order.heads[f] for f in plan.outgoing[plan.tails[e]] if f != e}
    for j, edges in enumerate(plan.incoming):
        if others & {plan.tails[f] for f in edges}:
            others.add(j)
    j = order.heads[e]
    while j not in others:
        if str(order.names[j]) == str(case.lettering.letters[j]):
            return str(order.names[j])
        if len(plan.outgoing[j]) != 1:
            break
        j = order.heads[plan.outgoing[j][0]]
    return case.written(case.lettering.letters[order.heads[e]])


_MOST_BRANCHES = 10


def _forgotten_terms(case: Case) -> Mistake | None:
    """Sum only some of the terms in which the target reaches the output."""
    terms = _terms(case) if case.target is not None else []
    if not 2 <= len(terms) <= _MOST_BRANCHES:  # noqa: PLR2004 - a sum
        return None
    table = {id(s): case.by_way_of(s, terms) for s in case.samples}
    reached = [i for i in range(len(terms)) if any(parts[i] for parts in table.values())]
    for size in range(1, len(reached)):
        for kept in itertools.combinations(reached, size):
            text = _kept_terms(case, partial(_sum_of, table, kept))
            if text is not None:
                return Mistake(_terms_text(case, size, len(reached)) + text)
    return None


def _sum_of(table: Mapping[int, list[Number]], kept: tuple[int, ...], sample: Sample) -> Number:
    return sum(table[id(sample)][i] for i in kept)


def _kept_terms(case: Case, kept: Callable[[Sample], Number]) -> str | None:
    """Tell whether only these terms are claimed, but for a factor; and which factor, in words."""
    if case.claims(kept):
        return ""
    first = case.samples[0]
    number = _rational(first.claimed / kept(first)) if kept(first) else None
    if number and case.fits(lambda s: (kept(s) * number.numerator, s.claimed * number.denominator)):
        sign = ", and wrong sign" if number < 0 else ""
        divides = number.denominator == 1 and _is_divided_by(case, abs(number.numerator))
        size = f"missing factor 1/{abs(number)}" if divides else _number_text(case, abs(number))
        return sign if abs(number) == 1 else f", and {size}{sign}"
    for s in case.letters:
        for missing in (False, True):
            if case.fits(partial(_letter_guess, s.name, kept, missing=missing)):
                return f", and {_symbol_text(case, s, missing=missing)}"
    return None


def _letter_guess(
    name: str, kept: Callable[[Sample], Number], sample: Sample, *, missing: bool
) -> tuple[Number, Number]:
    """Guess that terms are claimed, but for a letter that is a factor too many, or missing."""
    first, second, value = kept(sample), sample.claimed, sample.names[name]
    return (first, second * value) if missing else (first * value, second)


def _terms_text(case: Case, size: int, count: int) -> str:
    if size == 1 and _are_alike(case):
        return f"the sum over the batch is missing: the claim is one of {count} terms"
    return f"forgotten paths: only {size} of {count} terms are summed"


def _terms(case: Case) -> list[int]:
    """List the terms of the first sum that is met on the way back from the output."""
    plan = case.lettering.plan
    j = case.output
    while plan.primitives[j] is not None and len(plan.incoming[j]):
        row = plan.primitives[j]
        tails = [plan.tails[e] for e in plan.incoming[j]]
        if row is not None and row.name == "add":
            return _flat_terms(case, j)
        operations = [t for t in tails if plan.primitives[t] is not None]
        if len(operations) != 1:
            return []
        j = operations[0]
    return []


def _flat_terms(case: Case, j: int) -> list[int]:
    plan, terms, waiting = case.lettering.plan, [], [j]
    while waiting:
        i = waiting.pop()
        row = plan.primitives[i]
        if row is not None and row.name == "add" and (i == j or len(plan.outgoing[i]) == 1):
            waiting += [plan.tails[e] for e in plan.incoming[i]]
        else:
            terms.append(i)
    return sorted(terms)


def _are_alike(case: Case) -> bool:
    """Tell whether the terms are one formula on several examples: all of one operation."""
    rows = {case.lettering.plan.primitives[j] for j in _terms(case)}
    return len(rows) == 1 and None not in rows


# --- names ---------------------------------------------------------------------------------------

_MOST_PAIRS = 200
"""How many pairs of names are tried."""


def _exchanged_names(case: Case) -> Mistake | None:
    """Exchange names: w12 with w21, everywhere or one pair; then any two of one stem."""
    known = [s.name for s in case.letters]
    transposed = {n: t for n in case.names if (t := _transposed(n)) != n and t in known}
    exchanges = [transposed | {t: n for n, t in transposed.items()}] if len(transposed) > 1 else []
    exchanges += [{n: t, t: n} for n, t in transposed.items()]
    for exchange in exchanges:
        if _makes_true(case, exchange):
            return Mistake(f"transposed indices: {_exchange_text(case, exchange)}")
    for a, b in itertools.islice(_alike_pairs(case, known), _MOST_PAIRS):
        for exchange in ({a: b, b: a}, _everywhere(a, b, known)):
            if _makes_true(case, exchange):
                return Mistake(f"exchanged names: {_exchange_text(case, exchange)}")
    return None


def _alike_pairs(case: Case, known: list[str]) -> Iterator[tuple[str, str]]:
    """Give each name of the claim with each other name that differs by its indices."""
    for a in sorted(case.names):
        for b in sorted(set(known)):
            if a != b and _stem(a) == _stem(b) and (a < b or b not in case.names):
                yield a, b


def _everywhere(a: str, b: str, known: list[str]) -> dict[str, str]:
    """Exchange two names also where they are parts of names, such as those of weights."""
    exchange = {a: b, b: a}
    for name in known:
        for old, new in ((a, b), (b, a)):
            other = re.sub(rf"(?<![^\W_]){re.escape(old)}(?![^\W_])", new, name)
            if other != name and other in known:
                exchange[name] = other
    return exchange


def _makes_true(case: Case, exchange: Mapping[str, str]) -> bool:
    return case.fits(lambda s: (case.swapped(s, exchange), s.true))


def _exchange_text(case: Case, exchange: Mapping[str, str]) -> str:
    """Write which names of the claim stand for which."""
    both = sorted({tuple(sorted(pair)) for pair in exchange.items() if set(pair) <= case.names})
    one = sorted((a, b) for a, b in exchange.items() if a in case.names and b not in case.names)
    return ", ".join([f"{a} and {b}" for a, b in both] + [f"{a} for {b}" for a, b in one])


def _transposed(name: str) -> str:
    """Exchange two indices: w12 and w21, w1_2 and w2_1, w_i_j and w_j_i."""
    match = re.fullmatch(r"(\D*?)_?([0-9])_?([0-9])", name)
    if match:
        return name[: match.start(2)] + match[3] + name[match.end(2) : match.start(3)] + match[2]
    match = re.fullmatch(r"(\w+?)_(\w+)_(\w+)", name)
    return f"{match[1]}_{match[3]}_{match[2]}" if match else name


def _stem(name: str) -> str:
    return re.sub(r"[0-9_]+", "", name)


# --- local derivatives ---------------------------------------------------------------------------


def _other_derivative(case: Case) -> Mistake | None:
    """Take a derivative at the net input instead of the value, or that of another function."""
    first = next(s for s in case.samples if s.true)
    misplaced = list(_misplaced(case))
    for sign, (e, true, wrong, words) in itertools.product((1, -1), misplaced):
        ratio = _ratio(case, first, wrong, true)
        if ratio is None or not agree(sign * ratio * first.true, first.claimed):
            continue
        if case.fits(partial(_taken_for, case, sign * wrong, true)):
            head = case.written(case.lettering.letters[case.lettering.order.heads[e]])
            taken = f"{case.written(wrong)} is taken for {case.written(true)} at {head}"
            return Mistake(words.format(taken) + (", and wrong sign" if sign < 0 else ""), e)
    return None


def _taken_for(case: Case, wrong: Formula, true: Formula, sample: Sample) -> tuple[Number, Number]:
    """Guess that one factor is claimed where the truth has another."""
    return case.value(wrong, sample) * sample.true, case.value(true, sample) * sample.claimed


def _ratio(case: Case, sample: Sample, top: Formula, bottom: Formula) -> Number | None:
    try:
        return case.value(top, sample) / case.value(bottom, sample)
    except _UNDEFINED:
        return None


def _misplaced(case: Case) -> Iterator[tuple[int, Formula, Formula, str]]:
    """Give each unit's derivative as it is, and as it is often mistaken.

    That is with value and net input exchanged, the value itself, and the derivative of another
    function.
    """
    lettering, xp = case.lettering, sympy_namespace()
    for j in sorted({lettering.order.heads[e] for e in case.on_paths}):
        row = lettering.plan.primitives[j]
        if row is None or row.slots != 1 or lettering.forward.derivatives[j][0].is_number:
            continue
        (partial,), (net,), value = (
            lettering.forward.derivatives[j],
            lettering.nets[j],
            lettering.letters[j],
        )
        place = "derivative at the wrong place: {}: "
        wrongs = [
            (partial.xreplace({value: net}), place + "the net input for the value"),
            (partial.xreplace({net: value}), place + "the value for the net input"),
            (value, "a value for its derivative: {}"),
        ]
        for other in TABLE.values():
            if other.slots == 1 and not other.arguments and other.analytic and not other.gathers:
                (wrong,) = other.partials(xp, value, net)
                wrongs.append(
                    (wrong, f"derivative of another function: {{}}: that of {other.name}")
                )
        for wrong, words in wrongs:
            if wrong not in (partial, 1, 0) and not wrong.has(*_infinities()):
                yield case.edge_into(j), partial, wrong, words


def _infinities() -> tuple[Formula, ...]:
    import sympy as sp

    return sp.nan, sp.zoo, sp.oo, -sp.oo


_ORDERED = {"div": "quotient", "pow": "power", "sub": "difference", "arctan2": "arctan2"}
"""Operations whose two arguments are easily swapped, and what to call them."""


def _swapped_arguments(case: Case) -> Mistake | None:
    """Take a/b for b/a: in the function that is differentiated, in the claim, or in one place."""
    plan, lettering = case.lettering.plan, case.lettering
    for j, row in enumerate(plan.primitives):
        if row is None or row.name not in _ORDERED or len(plan.incoming[j]) != 2:  # noqa: PLR2004
            continue
        a, b = (
            lettering.letters[plan.tails[e]]
            for e in sorted(plan.incoming[j], key=plan.slots.__getitem__)
        )
        swapped, right = (f"{row.name}({x}, {y})" for x, y in ((b, a), (a, b)))
        if row.name == "div":
            swapped, right = case.written(b / a), case.written(a / b)
        reason = f"swapped arguments of a {_ORDERED[row.name]}: {swapped} for {right}"
        names = {str(a): str(b), str(b): str(a)}
        if case.target is not None and case.claims(partial(_swapped_at, case, j)):
            return Mistake(reason, case.edge_into(j))
        if a.is_Symbol and b.is_Symbol and set(names) & case.names and _makes_true(case, names):
            return Mistake(reason)
        if row.name == "div":
            found = _swapped_locally(case, j, a, b)
            if found is not None:
                return Mistake(reason, found)
    return None


def _swapped_at(case: Case, j: int, sample: Sample) -> Number:
    return case.truth(sample.labels.changed({}, swapped=j))


def _swapped_locally(case: Case, j: int, a: Formula, b: Formula) -> int | None:
    """Find the edge into a quotient a/b that the claim passes as if it were b/a."""
    for slot, (true, wrong) in enumerate(((1 / b, -b / a**2), (-a / b**2, 1 / a))):
        e = case.edge_into(j, slot)
        if e in case.on_paths and case.fits(partial(_taken_for, case, wrong, true)):
            return e
    return None


# --- the function that was differentiated --------------------------------------------------------


_MOST_EDGES = 60
"""How many edges are changed, each alone."""


def _other_function(case: Case) -> Mistake | None:
    """Differentiate another function: an edge left out, or of the wrong sign."""
    if case.target is None:
        return _other_formula(case)
    lettering = case.lettering
    for e in range(min(len(lettering.order.heads), _MOST_EDGES)):
        ends = lettering.order.tails[e], lettering.order.heads[e]
        row = lettering.plan.primitives[ends[1]]
        if row is None or row.name in {"mul", "prod", "div"}:
            continue
        tail, head = (case.written(lettering.letters[j]) for j in ends)
        if head == tail:
            continue
        for factor, words in ((-1, "wrong sign of {} in {}"), (0, "{} is left out of {}")):
            if case.claims(partial(_with_scaled, case, e, factor)):
                return Mistake(words.format(_tail_text(case, e, tail), head), e)
    return None


def _other_formula(case: Case) -> Mistake | None:
    """Leave a letter out, or give it the wrong sign."""
    for s in sorted(case.true.free_symbols, key=str):
        for factor, words in ((-1, "wrong sign of {}"), (0, "{} is left out")):
            other = case.true.xreplace({s: factor * s})
            if not other.has(*_infinities()) and case.claims(partial(case.value, other)):
                return Mistake(words.format(case.written(s)))
    return None


def _with_scaled(case: Case, e: int, factor: int, sample: Sample) -> Number:
    """Compute the derivative of the network in which one edge's weight is multiplied."""
    labels, plan = sample.labels, sample.labels.plan
    weight = labels.forward.values[plan.shared[e]] if e in plan.shared else plan.weights[e]
    return case.truth(labels.changed({e: factor if weight is None else factor * weight}))


def _tail_text(case: Case, e: int, tail: str) -> str:
    """Name what an edge carries: its weight too, if that is a letter."""
    weight = case.lettering.weights.get(e)
    if weight is None:
        return tail
    return str(weight) if tail == "1" else f"{weight}*{tail}"


# --- factors -------------------------------------------------------------------------------------


def _simple_factor(case: Case) -> Mistake | None:
    return _factor(case, _simple_factors(case))


def _composite_factor(case: Case) -> Mistake | None:
    return _factor(case, _composite_factors(case))


def _factor(case: Case, factors: Iterable[tuple[Formula, int | None]]) -> Mistake | None:
    """Find one factor that is missing or too many, with or without a sign or a small number."""
    first = next(s for s in case.samples if s.true)
    numbers = [Fraction(n) for n in ("1", "-1", "2", "1/2", "-2", "-1/2")]
    for n in sorted(n for n in _numbers_of_terms(case) if n > 2):  # noqa: PLR2004 - 2 is there
        numbers += [Fraction(n), Fraction(1, n)]
    hits: list[tuple[int, int, Formula, int | None, bool]] = []
    for factor, e in factors:
        value = _ratio(case, first, factor, _one())
        for missing in (True, False) if value else ():
            number = _rational(first.ratio * value if missing else first.ratio / value)
            if number is not None and number in numbers:
                hits.append((numbers.index(number), len(hits), factor, e, missing))
    for place, _, factor, e, missing in sorted(hits, key=lambda hit: hit[:2]):
        number = numbers[place]
        if case.fits(_factor_guess(case, factor, number, missing=missing)):
            named = e if missing or e in case.on_paths else None
            return Mistake(_factor_text(case, factor, number, missing=missing), named)
    return None


def _one() -> Formula:
    return sympy_namespace().one


def _factor_guess(case: Case, factor: Formula, number: Fraction, *, missing: bool) -> Guess:
    """Guess that claimed · factor = number · true, or claimed = number · true · factor."""

    def guess(sample: Sample) -> tuple[Number, Number]:
        value = case.value(factor, sample)
        claimed, true = sample.claimed * number.denominator, sample.true * number.numerator
        return (claimed * value, true) if missing else (claimed, true * value)

    return guess


def _factor_text(case: Case, factor: Formula, number: Fraction, *, missing: bool) -> str:
    text = _symbol_text(case, factor, missing=missing)
    size = abs(number)
    extra = "" if size == 1 else f", and {_number_text(case, size)}"
    return text + extra + (", and wrong sign" if number < 0 else "")


def _symbol_text(case: Case, factor: Formula, *, missing: bool) -> str:
    if factor.is_Symbol and _divides(case, factor):
        return f"{'extra' if missing else 'missing'} factor 1/{factor}"
    return f"{'missing' if missing else 'extra'} factor {case.written(factor)}"


def _divides(case: Case, symbol: Formula) -> bool:
    """Tell whether a derivative on the way to the output, or the whole, is divided by a letter."""
    derivatives = [case.lettering.forward.edge_derivatives[e] for e in sorted(case.on_paths)]
    if any(symbol in d.as_numer_denom()[1].free_symbols for d in derivatives):
        return True
    try:
        whole = case.lettering.expanded(case.true)
    except ArgumentError:  # too large to be written out
        return False
    factors = whole.as_numer_denom()[1].as_ordered_factors()
    return symbol in {factor.as_base_exp()[0] for factor in factors}


def _simple_factors(case: Case) -> Iterator[tuple[Formula, int | None]]:
    """Give the letters, the local derivatives with the edges they stand at, and their factors."""
    import sympy as sp

    lettering, seen = case.lettering, set(case.letters)
    yield from ((s, None) for s in case.letters)
    derivatives = list(enumerate(lettering.forward.edge_derivatives))
    for j, partials in enumerate(lettering.forward.derivatives):
        derivatives += [(case.edge_into(j, slot), d) for slot, d in enumerate(partials)]
    derivatives.sort(key=lambda item: item[0] not in case.on_paths)
    parts = [(e, part) for e, d in derivatives for part in sp.Mul.make_args(d)]
    for e, formula in (*derivatives, *parts):
        if formula not in seen and not formula.is_number:
            seen.add(formula)
            yield formula, e


_MOST_PRODUCTS = 200
"""How many products of two local derivatives are tried."""


def _composite_factors(case: Case) -> Iterator[tuple[Formula, int | None]]:
    """Give what is made of one letter, then products of two derivatives in a row."""
    for s in case.letters:
        yield from ((f, None) for f in (1 - s, 1 + s, s * (1 - s), 1 - s**2, s**2))
    yield from itertools.islice(_products(case), _MOST_PRODUCTS)


def _products(case: Case) -> Iterator[tuple[Formula, int | None]]:
    order, derivatives = case.lettering.order, case.lettering.forward.edge_derivatives
    for e in sorted(case.on_paths):
        for f in order.outgoing[order.heads[e]]:
            product = derivatives[e] * derivatives[f]
            if not product.is_number:
                yield product, f


# --- terms ---------------------------------------------------------------------------------------


def _term(case: Case) -> Mistake | None:
    """Find one term that is missing or too many: a number, a letter, or a term of the truth."""
    import mpmath
    import sympy as sp

    terms = [t for t in sp.Add.make_args(case.true) if t != case.true]
    factors = [(term, None) for term in terms] + list(_simple_factors(case))
    for (factor, e), sign in itertools.product(factors, (-1, 1)):
        if case.claims(partial(_with_term, case, factor, sign)):
            missing = -sign * factor in terms or (sign < 0 and factor in terms)
            term = -sign * factor if missing else sign * factor
            return Mistake(f"{'missing' if missing else 'extra'} term {case.written(term)}", e)
    gap = case.samples[0].claimed - case.samples[0].true
    if case.claims(lambda s: s.true + gap):
        number = _rational(gap)
        return Mistake(f"extra term {mpmath.nstr(gap, 6) if number is None else number}")
    return None


def _with_term(case: Case, term: Formula, sign: int, sample: Sample) -> Number:
    return sample.true + sign * case.value(term, sample)


_SEARCHES: tuple[Callable[[Case], Mistake | None], ...] = (
    _constant_factor,
    _forgotten_path,
    _forgotten_terms,
    _exchanged_names,
    _simple_factor,
    _swapped_arguments,
    _other_derivative,
    _composite_factor,
    _term,
    _other_function,
)
