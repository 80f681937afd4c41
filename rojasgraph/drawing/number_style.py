"""How a diagram writes its numbers: in how many digits, exactly or not, of which example."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from rojasgraph.drawing.numerals import numeral
from rojasgraph.errors import ArgumentError

FORMS = ("auto", "decimal", "exact", "symbols")

_EXACT_LENGTH = 400
_EXACT_PRECISION = 17


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written.

    Attributes:
        precision: how many significant digits a rounded number gets.
        form: `auto` writes short integers and fractions exactly and rounds the rest; `decimal`
            rounds all but integers; `exact` rounds nothing; `symbols` writes formulas in the
            place of labels.
        example: of a batch, which example is shown: its index, a tuple of one index for each
            axis, or `mean`; None for a summary of the batch.
    """

    precision: int = 3
    form: str = "auto"
    example: Any = None

    def __post_init__(self) -> None:
        """Refuse what is no such style.

        Raises:
            ArgumentError: one of the three is not as described above.
        """
        digits = self.precision
        if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
            message = f"precision must be a whole number of digits from 1 up; got {digits!r}"
            raise ArgumentError(message)
        if self.form not in FORMS:
            message = f"numbers must be one of {', '.join(FORMS)}; got {self.form!r}"
            raise ArgumentError(message)
        if not (self.example is None or self.example == "mean" or _is_index(self.example)):
            message = f"example must be an index, some indices or 'mean'; got {self.example!r}"
            raise ArgumentError(message)

    def write(self, value: Any) -> str:  # noqa: ANN401 - a number of any system
        """Write one number.

        Raises:
            ArgumentError: the batch has no such example.

        >>> from fractions import Fraction
        >>> third = Fraction(1, 3)
        >>> NumberStyle().write(third), NumberStyle(form="decimal").write(third)
        ('1/3', '0.333')
        >>> NumberStyle(example=1).write(np.array([0.5, 0.25, 0.125]))
        '0.25'
        """
        if self.example is not None and np.ndim(value):
            value = self._one(np.asarray(value))
        if self.form == "exact":
            value = Decimal(repr(float(value))) if isinstance(value, float) else value
            return numeral(value, _EXACT_PRECISION, _EXACT_LENGTH)
        rational = isinstance(value, numbers.Rational) and int(value.denominator) > 1
        if self.form == "decimal" and rational:
            return numeral(value, self.precision, 0).removeprefix("≈")
        return numeral(value, self.precision)

    def _one(self, values: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401 - any element
        """Take one example, or the mean, out of a batch."""
        if self.example == "mean":
            return values.mean().item()
        if values.size == 1:
            return values.item()
        try:
            one = values[self.example]
        except IndexError:
            message = f"there is no example {self.example} in a batch of shape {values.shape}"
            raise ArgumentError(message) from None
        return one.item() if np.ndim(one) == 0 else one


def _is_index(example: object) -> bool:
    indices = example if isinstance(example, tuple) else (example,)
    return all(
        isinstance(index, numbers.Integral) and not isinstance(index, bool) for index in indices
    )
