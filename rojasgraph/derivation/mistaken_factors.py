"""Factors and terms that are missing or too many: numbers, letters, local derivatives."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial

from rojasgraph.derivation.cases import Case, Formula, Guess, Mistake, Sample
from rojasgraph.derivation.mistaken_derivatives import ratio_at
from rojasgraph.derivation.points import agree
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.symbols import sympy_namespace

_MOST_BITS = 2_000
"""A ratio beyond 2 to this power is no fraction with small terms."""


def constant_factor(case: Case) -> Mistake | None:
    """Find a number that the claim is too large or too small by, at every point."""
    ratio = next(s.ratio for s in case.samples if s.true)
    if not case.fits(lambda s: (ratio * s.true, s.claimed)):
        return None
    number = rational(ratio)
    if number == -1:
        return Mistake("wrong sign: the factor −1 is missing, or one too many")
    weight = _weight_missing(case, ratio)
    if weight is not None:
        return weight
    if number is None:
        return Mistake(_unusual_factor(ratio))
    sign = "wrong sign, and " if number < 0 else ""
    return Mistake(sign + (_mean_or_sum(case, abs(number)) or number_text(case, abs(number))))


def rational(number: Number, largest: int = 1000) -> Fraction | None:
    """Give the fraction that a number is; None if it is none with small terms."""
    import mpmath

    if number and not abs(mpmath.mag(number)) < _MOST_BITS:  # nor is nan a fraction
        return None
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
            number = rational(value, 12)
            if number is not None:
                beside = "" if number in {1, -1} else f", and extra factor {abs(number)}"
                return f"{word} factor {text}{beside}" + (", and wrong sign" if number < 0 else "")
    return f"extra factor {mpmath.nstr(ratio, 12)}"


def _mean_or_sum(case: Case, size: Fraction) -> str:
    """Name a factor that is the number of terms of a sum; "" if it is not."""
    terms = numbers_of_terms(case)
    n = max(size.numerator, size.denominator)
    if n not in terms or n <= 2 or min(size.numerator, size.denominator) != 1:  # noqa: PLR2004
        return ""
    if size < 1:
        return f"mean for sum: an extra factor 1/{n}, but the {n} terms are summed"
    if is_divided_by(case, n):
        return f"sum for mean: missing factor 1/{n} of the mean of {n} terms"
    return ""


def number_text(case: Case, size: Fraction) -> str:
    """Say which number is missing or too many."""
    import sympy as sp

    coefficient = abs(Fraction(str(sp.sympify(case.true).as_coeff_Mul()[0])))
    if size.numerator == 1 or (size * coefficient == 1 and size != 1):
        return f"missing factor {1 / size}"
    return f"extra factor {size}"


def numbers_of_terms(case: Case) -> set[int]:
    """Collect how many terms the sums of the network have, nested binary sums as one."""
    plan = case.lettering.plan
    counts: dict[int, int] = {}
    for j, row in enumerate(plan.primitives):
        if row is not None and row.name == "add":
            tails = [plan.tails[e] for e in plan.incoming[j]]
            counts[j] = sum(counts.get(tail, 1) for tail in tails)
    return set(counts.values())


def is_divided_by(case: Case, n: int) -> bool:
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


def simple_factor(case: Case) -> Mistake | None:
    """Find one letter or one local derivative that is missing or too many."""
    return _factor(case, simple_factors(case))


def composite_factor(case: Case) -> Mistake | None:
    """Find a factor made of one letter, or of two edges in a row."""
    return _factor(case, _composite_factors(case))


def _factor(case: Case, factors: Iterable[tuple[Formula, int | None]]) -> Mistake | None:
    """Find one factor that is missing or too many, with or without a sign or a small number."""
    first = next(s for s in case.samples if s.true)
    numbers = [Fraction(n) for n in ("1", "-1", "2", "1/2", "-2", "-1/2")]
    for n in sorted(n for n in numbers_of_terms(case) if n > 2):  # noqa: PLR2004 - 2 is there
        numbers += [Fraction(n), Fraction(1, n)]
    hits: list[tuple[int, int, Formula, int | None, bool]] = []
    for factor, e in factors:
        value = ratio_at(case, first, factor, _one())
        for missing in (True, False) if value else ():
            number = rational(first.ratio * value if missing else first.ratio / value)
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
    text = symbol_text(case, factor, missing=missing)
    size = abs(number)
    extra = "" if size == 1 else f", and {number_text(case, size)}"
    return text + extra + (", and wrong sign" if number < 0 else "")


def symbol_text(case: Case, factor: Formula, *, missing: bool) -> str:
    """Say which factor is missing or too many; 1/N where the derivative is divided by N."""
    if factor.is_Symbol and _divides(case, factor):
        return f"{'extra' if missing else 'missing'} factor 1/{factor}"
    return _named("missing" if missing else "extra", "factor", case.written(factor))


def _named(fault: str, what: str, text: str) -> str:
    return f"{fault} {what}{':' * (' where ' in text)} {text}"


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


def simple_factors(case: Case) -> Iterator[tuple[Formula, int | None]]:
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


def wrong_term(case: Case) -> Mistake | None:
    """Find one term that is missing or too many: a number, a letter, or a term of the truth."""
    import mpmath
    import sympy as sp

    terms = [t for t in sp.Add.make_args(case.true) if t != case.true]
    factors = [(term, None) for term in terms] + list(simple_factors(case))
    for (factor, e), sign in itertools.product(factors, (-1, 1)):
        if case.claims(partial(_with_term, case, factor, sign)):
            missing = -sign * factor in terms or (sign < 0 and factor in terms)
            term = -sign * factor if missing else sign * factor
            fault = "missing" if missing else "extra"
            return Mistake(_named(fault, "term", case.written(term)), e)
    gap = case.samples[0].claimed - case.samples[0].true
    if case.claims(lambda s: s.true + gap):
        number = rational(gap)
        return Mistake(f"extra term {mpmath.nstr(gap, 6) if number is None else number}")
    return None


def _with_term(case: Case, term: Formula, sign: int, sample: Sample) -> Number:
    return sample.true + sign * case.value(term, sample)
