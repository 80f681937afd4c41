"""Matrices of numbers of any system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rojasgraph.numbers.kinds import Number

_NATIVE = (int, float, complex, np.generic, np.ndarray)


def matrix_of(
    entries: Mapping[tuple[int, int], Number], shape: tuple[int, int], zero: Number
) -> np.ndarray[Any, Any]:
    """Lay entries out as a matrix, zero where there is none.

    Args:
        entries: by row and column: numbers of one system, or arrays that broadcast.
        shape: of the matrix.
        zero: the zero of the system.

    Returns:
        An array of floats or complex numbers; of objects for Fractions, mpmath and sympy numbers.
        Where entries are arrays, their axes come first, and the matrix's are the last two.
    """
    batch = np.broadcast_shapes(*{np.shape(entry) for entry in entries.values()})
    found = [zero, *entries.values()]
    if all(isinstance(entry, _NATIVE) for entry in found):
        types = {getattr(entry, "dtype", None) or np.dtype(type(entry)) for entry in found}
        matrix = np.full((*batch, *shape), zero, dtype=np.result_type(*types))
    else:
        matrix = np.full(shape, zero, dtype=object)
    for (row, column), entry in entries.items():
        matrix[..., row, column] = entry
    return matrix
