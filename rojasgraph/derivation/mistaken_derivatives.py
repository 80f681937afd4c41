"""Another derivative than the right one: at the wrong place, of another function."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from rojasgraph.derivation.cases import UNDEFINED, Case, Formula, Mistake, Sample
from rojasgraph.derivation.mistaken_names import makes_true
from rojasgraph.derivation.points import agree
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.symbols import sympy_namespace
from rojasgraph.table import TABLE, Primitive


def other_derivative(case: Case) -> Mistake | None:
    """Take a derivative at the net input instead of the value, or that of another function."""
    first = next(s for s in case.samples if s.true)
    misplaced = list(_misplaced(case))
    for sign, (e, true, wrong, words) in itertools.product((1, -1), misplaced):
        ratio = ratio_at(case, first, wrong, true)
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


def ratio_at(case: Case, sample: Sample, top: Formula, bottom: Formula) -> Number | None:
    """Evaluate a ratio of formulas in letters at a sample; None where it has no value."""
    try:
        return case.value(top, sample) / case.value(bottom, sample)
    except UNDEFINED:
        return None


def _misplaced(case: Case) -> Iterator[tuple[int, Formula, Formula, str]]:
    """Give each unit's derivative as it is, and as it is often mistaken.

    That is with value and net input exchanged, the value itself, and the derivative of another
    function.
    """
    lettering = case.lettering
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
            wrong = _slope(other, value, net)
            if wrong is not None:
                words = f"derivative of another function: {{}}: that of {other.name}"
                wrongs.append((wrong, words))
        for wrong, words in wrongs:
            if wrong not in (partial, 1, 0) and not wrong.has(*_infinities()):
                yield case.edge_into(j), partial, wrong, words


def _slope(row: Primitive, value: Formula, net: Formula) -> Formula | None:
    """Give the derivative of a function of one argument; None where it has no formula."""
    if row.slots != 1 or row.arguments or not row.analytic or row.gathers:
        return None
    xp = sympy_namespace()
    try:
        (slope,) = row.partials(xp, value, net)
        return xp.lift(slope)
    except Exception:  # noqa: BLE001 - a row of the user's may take numbers only
        return None


def _infinities() -> tuple[Formula, ...]:
    """Give what sympy writes for quantities that are no numbers."""
    import sympy as sp

    return sp.nan, sp.zoo, sp.oo, -sp.oo


_ORDERED = {"div": "quotient", "pow": "power", "sub": "difference", "arctan2": "arctan2"}
"""Operations whose two arguments are easily swapped, and what to call them."""


def swapped_arguments(case: Case) -> Mistake | None:
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
        if a.is_Symbol and b.is_Symbol and set(names) & case.names and makes_true(case, names):
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


_MOST_EDGES = 60
"""How many edges are changed, each alone."""


def other_function(case: Case) -> Mistake | None:
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
