"""Random formulas as text, each with the names that it uses."""

from hypothesis import strategies as st

NAMES = ("x", "y", "w1", "é")

numbers = st.one_of(
    st.integers(0, 12).map(str),
    st.sampled_from(["0.5", "1.25", ".75", "2.", "1e1", "25E-2", "1_0", "0x1f", "Rational(2, 3)"]),
)
"""Numbers that Python's own evaluation reads exactly too, given Fractions for the broken ones."""

atoms = st.one_of(st.sampled_from(NAMES), numbers)

blanks = st.sampled_from(["", " ", "  "])


def _binary(parts):
    return st.builds(
        lambda left, sign, right, blank: f"{left}{blank}{sign}{blank}{right}",
        parts,
        st.sampled_from("+-*/"),
        parts,
        blanks,
    )


def _power(parts):
    exponent = st.sampled_from(["2", "3", "0", "1", "-1", "-2", "+2", "(1 + 1)", "--2", "2**0"])
    return st.builds(lambda base, to: f"{base}**{to}", parts, exponent)


def _signed(parts):
    return st.builds(lambda sign, part: sign + part, st.sampled_from(["-", "+", "- ", "-+"]), parts)


def _grouped(parts):
    return st.builds(lambda blank, part: f"({blank}{part}{blank})", blanks, parts)


def _called(parts):
    one = st.builds(
        lambda name, part: f"{name}({part})",
        st.sampled_from(["square", "neg", "abs", "Abs", "identity", "reciprocal", "relu"]),
        parts,
    )
    two = st.builds(
        lambda name, a, b: f"{name}({a}, {b})",
        st.sampled_from(["mul", "sub", "maximum", "Max", "Min", "half_squared", "add"]),
        parts,
        parts,
    )
    return st.one_of(one, two)


arithmetic = st.recursive(
    atoms,
    lambda parts: st.one_of(_binary(parts), _power(parts), _signed(parts), _grouped(parts)),
    max_leaves=12,
)
"""Numbers, names, operators and parentheses: what Python evaluates as it stands."""

formulas = st.recursive(
    atoms,
    lambda parts: st.one_of(
        _binary(parts), _power(parts), _signed(parts), _grouped(parts), _called(parts)
    ),
    max_leaves=12,
)
"""The same, with calls of primitives."""

mutated = st.builds(
    lambda text, at, cut, put: (
        text[: at % (len(text) + 1)] + put + text[at % (len(text) + 1) + cut :]
    ),
    formulas,
    st.integers(0, 200),
    st.integers(0, 3),
    st.one_of(
        st.text(max_size=2),
        st.sampled_from([*"()[]{}+-*/^%@~!<>=.,:;'\"\\#_ \n\t\0€½²", "**", ":=", "lambda", "if"]),
    ),
)
"""Formulas with a slip of the pen somewhere."""
