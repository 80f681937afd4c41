"""Names that are exchanged: transposed indices, one variable for another."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from rojasgraph.derivation.cases import Case, Mistake

_MOST_PAIRS = 200
"""How many pairs of names are tried."""


def exchanged_names(case: Case) -> Mistake | None:
    """Exchange names: w12 with w21, everywhere or one pair; then any two of one stem."""
    known = [s.name for s in case.letters]
    transposed = {n: t for n in case.names if (t := _transposed(n)) != n and t in known}
    exchanges = [transposed | {t: n for n, t in transposed.items()}] if len(transposed) > 1 else []
    exchanges += [{n: t, t: n} for n, t in transposed.items()]
    for exchange in exchanges:
        if makes_true(case, exchange):
            return Mistake(f"transposed indices: {_exchange_text(case, exchange)}")
    for a, b in itertools.islice(_alike_pairs(case, known), _MOST_PAIRS):
        for exchange in ({a: b, b: a}, _everywhere(a, b, known)):
            if makes_true(case, exchange):
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


def makes_true(case: Case, exchange: Mapping[str, str]) -> bool:
    """Tell whether exchanging names makes the claim right at every point."""
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
