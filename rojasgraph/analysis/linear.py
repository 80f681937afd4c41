"""Systems of linear equations over any number system."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rojasgraph.errors import DomainError
from rojasgraph.numbers.kinds import Number

_PLAIN = (float, complex)


def solved(matrix: Sequence[Sequence[Number]], right: Sequence[Number]) -> list[Number]:
    """Solve a system of as many equations as unknowns.

    Floats are left to LAPACK; other numbers are eliminated one by one, exactly where they are
    exact.

    Args:
        matrix: by equation and unknown.
        right: by equation.

    Returns:
        The unknowns.

    Raises:
        DomainError: the matrix is singular.

    >>> from fractions import Fraction
    >>> solved([[Fraction(2), 1], [1, Fraction(3)]], [1, 0])
    [Fraction(3, 5), Fraction(-1, 5)]
    """
    if all(isinstance(x, _PLAIN) for row in matrix for x in row):
        try:
            found: list[Number] = np.linalg.solve(np.array(matrix), np.array(right)).tolist()
        except np.linalg.LinAlgError:
            raise _singular() from None
        return found
    rows = [[*row, x] for row, x in zip(matrix, right, strict=True)]
    for step in range(len(rows)):
        _eliminate(rows, step)
    return [row[-1] for row in rows]


def _eliminate(rows: list[list[Number]], step: int) -> None:
    """Bring a column to that of the unit matrix, by the row with the largest entry there.

    Raises:
        DomainError: there is none but 0.
    """
    pivot = max(range(step, len(rows)), key=lambda i: abs(rows[i][step]))
    if rows[pivot][step] == 0:
        raise _singular()
    rows[step], rows[pivot] = rows[pivot], rows[step]
    scale = rows[step][step]
    rows[step] = [x / scale for x in rows[step]]
    for i, row in enumerate(rows):
        if i != step and row[step] != 0:
            factor = row[step]
            rows[i] = [x - factor * y for x, y in zip(row, rows[step], strict=True)]


def _singular() -> DomainError:
    return DomainError(
        "the system of linear equations is singular: a loop has gain 1, so there is no single "
        "fixed point"
    )
