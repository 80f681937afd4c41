"""Numbers of every system become short text."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from rojasgraph.drawing.numerals import LENGTH, numeral

W1, X = sympy.Symbol("w1"), sympy.Symbol("x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (-12, "−12"),
        (True, "1"),
        (np.bool_(0), "0"),
        (np.int64(-4), "−4"),
        (10**23, "1" + "0" * 23),
        (10**30, "≈10³⁰"),
        pytest.param(-(10**5000), "≈−10⁵⁰⁰⁰", id="beyond what Python prints"),
        (Fraction(-1, 3), "−1/3"),
        (Fraction(4, 2), "2"),
        (Fraction(10**40, 3), "≈3.33×10³⁹"),
    ],
)
def test_exact(value, expected):
    """Integers and fractions are exact while they are short."""
    assert numeral(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0, "2"),
        (-0.0581234, "−0.0581"),
        (1234.5, "1234"),
        (-123456.7, "−123457"),
        (999999.7, "10⁶"),
        (0.0001, "0.0001"),
        (1.5e-7, "1.5×10⁻⁷"),
        (-1e-7, "−10⁻⁷"),
        (1e308, "10³⁰⁸"),
        (5e-324, "4.94×10⁻³²⁴"),
        (float("nan"), "nan"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (np.float32(0.1), "0.1"),
        (np.float64(1 / 3), "0.333"),
        (Decimal("0.5"), "0.5"),
    ],
)
def test_floats(value, expected):
    """Floats are rounded to three significant digits."""
    assert numeral(value) == expected


@pytest.mark.parametrize(("precision", "expected"), [(1, "0.7"), (3, "0.667"), (6, "0.666667")])
def test_precision(precision, expected):
    """The precision is the number of significant digits."""
    assert numeral(2 / 3, precision) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1j, "i"),
        (-1j, "−i"),
        (2 + 0j, "2"),
        (1.5 - 2j, "1.5−2i"),
        (np.complex128(0.25 + 1j), "0.25+i"),
        (complex("nan+infj"), "nan+∞i"),
        (mpmath.mpc(1, -2), "1−2i"),
    ],
)
def test_complex(value, expected):
    """Complex numbers leave out the part that is zero."""
    assert numeral(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (mpmath.mpf("0.1"), "0.1"),
        (mpmath.mpf("1e4000"), "10⁴⁰⁰⁰"),
        (mpmath.inf, "∞"),
        (mpmath.pi, "3.14"),
        (sympy.Rational(-1, 3), "−1/3"),
        (sympy.Float("0.25"), "0.25"),
        (sympy.pi, "π"),
        (sympy.oo, "∞"),
        (sympy.sqrt(2) / 2, "sqrt(2)/2"),
        (W1**2 * X - 3, "w₁²·x − 3"),
        (1 / X**2, "x⁻²"),
        (X**W1, "x^w₁"),
        (sympy.Symbol("two\nlines"), "two\\nlines"),
        (sum(sympy.symbols("a:20")), "a₀ + a₁ + a₁…₇ + a₈ + a₉"),
    ],
)
def test_mpmath_and_sympy(value, expected):
    """Numbers and expressions of mpmath and sympy are short, and symbols are set as names."""
    assert numeral(value) == expected


def test_long_exact_number():
    """An exact sympy number that is too long is rounded."""
    long = sympy.sqrt(2) * sympy.exp(3) + sympy.sqrt(sympy.sqrt(5) + 3)
    assert numeral(long) == f"≈{numeral(float(long))}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array(0.5), "0.5"),
        (np.array([0.1]), "[0.1]"),
        (np.array([1.0, -2.5, 1 / 3]), "[1, −2.5, 0.333]"),
        (np.arange(32.0), "mean 15.5 (n=32)"),
        (np.ones((32, 4)), "mean 1 (32×4)"),
        (np.array([]), "empty (n=0)"),
        (np.array([Fraction(1, 2)] * 5), "mean 1/2 (n=5)"),
        (np.array([1j] * 4), "mean i (n=4)"),
        (np.array([True, False, True, True]), "mean 0.75 (n=4)"),
        (np.array([np.inf, -np.inf] * 2), "mean nan (n=4)"),
        (np.array([1e-7, 1.234e-7, 2.345e-7]), "mean 1.53×10⁻⁷ (n=3)"),
        (np.array(["a"] * 5), "array (n=5)"),
    ],
)
def test_batches(values, expected):
    """A batch is listed while it is short; else its mean and its shape are told."""
    assert numeral(values) == expected


@pytest.mark.parametrize(("value", "expected"), [("", "''"), (None, "None"), ("a\nb", "a\\nb")])
def test_no_numbers(value, expected):
    """What is no number is written as it prints, and is never empty."""
    assert numeral(value) == expected


def test_length():
    """No text is longer than the limit."""
    assert len(numeral("x" * 1000)) == LENGTH
