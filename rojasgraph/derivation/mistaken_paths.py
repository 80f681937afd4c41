"""Paths, and terms of sums, that are left out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial

from rojasgraph.derivation.cases import Case, Mistake, Sample
from rojasgraph.derivation.mistaken_factors import is_divided_by, number_text, rational, symbol_text
from rojasgraph.numbers.kinds import Number


def forgotten_path(case: Case) -> Mistake | None:
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


def forgotten_terms(case: Case) -> Mistake | None:
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
    number = rational(first.claimed / kept(first)) if kept(first) else None
    if number and case.fits(lambda s: (kept(s) * number.numerator, s.claimed * number.denominator)):
        sign = ", and wrong sign" if number < 0 else ""
        divides = number.denominator == 1 and is_divided_by(case, abs(number.numerator))
        size = f"missing factor 1/{abs(number)}" if divides else number_text(case, abs(number))
        return sign if abs(number) == 1 else f", and {size}{sign}"
    for s in case.letters:
        for missing in (False, True):
            if case.fits(partial(_letter_guess, s.name, kept, missing=missing)):
                return f", and {symbol_text(case, s, missing=missing)}"
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
