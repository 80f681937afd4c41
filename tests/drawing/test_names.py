"""Names and symbols are written as mathematics writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rojasgraph.drawing.names import shortened, visible, with_subscripts, with_superscripts


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("w1", "w₁"),
        ("w_1", "w₁"),
        ("w12", "w₁₂"),
        ("w3_11", "w₃,₁₁"),
        ("σ2", "σ₂"),
        ("w", "w"),
        ("1", "1"),
        ("x2y", "x2y"),
        ("h_next", "h_next"),
        ("w__1", "w__1"),
        ("w1_", "w1_"),
        ("a b1", "a b1"),
    ],
)
def test_subscripts(name, expected):
    """Numbers at the end of a name are lowered; other names stay."""
    assert with_subscripts(name) == expected


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("x^2", "x²"),
        ("x^-12", "x⁻¹²"),
        ("x^−1", "x⁻¹"),
        ("x^n", "xⁿ"),
        ("x^{n+1}", "xⁿ⁺¹"),
        ("x^0.5", "x^0.5"),
        ("x^{a}", "x^{a}"),
        ("x^-1/2", "x^(-1/2)"),
        ("x^2+y^2", "x²+y²"),
        ("^", "^"),
    ],
)
def test_superscripts(symbol, expected):
    """Exponents are raised where every character has a raised form."""
    assert with_superscripts(symbol) == expected


@given(st.text())
def test_visible(text):
    """Visible text is printable, and printable text is left alone."""
    assert visible(text).isprintable()
    assert visible(text) == text or not text.isprintable()


@given(st.text(), st.integers(min_value=3, max_value=30))
def test_shortened(text, length):
    """A shortened text fits and keeps both its ends."""
    short = shortened(text, length)
    assert len(short) <= length
    assert short == text or (short[0], short[-1]) == (text[0], text[-1])
