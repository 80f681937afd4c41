"""Recognize the mistake behind a wrong formula, by comparing numbers at several points.

A mistake is a guess: a formula for what the claim would be, had it been made. One that fits at
every point, to 50 digits, is the reason.
"""

from __future__ import annotations

from collections.abc import Callable

from rojasgraph.derivation.cases import Case, Mistake
from rojasgraph.derivation.mistaken_derivatives import (
    other_derivative,
    other_function,
    swapped_arguments,
)
from rojasgraph.derivation.mistaken_factors import (
    composite_factor,
    constant_factor,
    simple_factor,
    wrong_term,
)
from rojasgraph.derivation.mistaken_names import exchanged_names
from rojasgraph.derivation.mistaken_paths import forgotten_path, forgotten_terms


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


_SEARCHES: tuple[Callable[[Case], Mistake | None], ...] = (
    constant_factor,
    forgotten_path,
    forgotten_terms,
    exchanged_names,
    simple_factor,
    swapped_arguments,
    other_derivative,
    composite_factor,
    wrong_term,
    other_function,
)
