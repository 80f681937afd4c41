"""The slope of a function of numbers, measured without its derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from rojasgraph.quiet import warnings_as

STEP = 1e-200
"""Far below rounding: the complex step subtracts nothing, so it may be as small as it likes."""


class Slope(NamedTuple):
    """A measured slope, and how far it may be off, relative to its size (at least to 1)."""

    value: float
    tolerance: float

    def agrees(self, claimed: float) -> bool:
        """Tell whether a claimed derivative lies within the tolerance."""
        return bool(abs(claimed - self.value) <= self.tolerance * max(1.0, abs(self.value)))


def central_difference(function: Callable[..., Any], point: Sequence[float], i: int) -> Slope:
    """Measure by central differences of two widths, extrapolated (Richardson).

    >>> round(central_difference(lambda x: x**3, [2.0], 0).value, 6)
    12.0
    """

    def difference(h: float) -> float:
        above, below = list(point), list(point)
        above[i] += h
        below[i] -= h
        return float((function(*above) - function(*below)) / (above[i] - below[i]))

    h = 1e-3 * max(1.0, abs(point[i]))
    return Slope((4 * difference(h / 2) - difference(h)) / 3, 1e-6)


def complex_step(function: Callable[..., Any], point: Sequence[float], i: int) -> Slope:
    """Measure by a step along the imaginary axis: exact to rounding where `function` is analytic.

    Source: Squire and Trapp, Using complex variables to estimate derivatives (1998).

    >>> complex_step(lambda x: x**3, [2.0], 0).value
    12.0
    """
    moved: list[complex] = [np.complex128(x) for x in point]
    moved[i] += STEP * 1j
    return Slope(float(np.imag(function(*moved)) / STEP), 1e-10)


def slope(
    real: Callable[..., Any], imaginary: Callable[..., Any] | None, point: Sequence[float], i: int
) -> Slope:
    """Measure a partial derivative: by complex step if central differences confirm it.

    Args:
        real: the function of floats.
        imaginary: the same function of complex numbers, or None where it has no such meaning.
        point: where, one float for each operand.
        i: by which operand.

    Returns:
        The slope; nan where the function has no value around the point.
    """
    difference = central_difference(real, point, i)
    if imaginary is None:
        return difference
    try:
        with warnings_as("error"):  # numpy warns where a function drops the imaginary part
            exact = complex_step(imaginary, point, i)
    except Exception:  # noqa: BLE001 - a user's function may raise anything: it is not analytic
        return difference
    return exact if difference.agrees(exact.value) else difference
