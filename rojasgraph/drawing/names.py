"""Write names and symbols as a reader of mathematics expects them: w₃,₁₁ for w3_11, x² for x^2."""

from __future__ import annotations

import re

ELLIPSIS = "…"
MINUS = "\N{MINUS SIGN}"
NAME_LENGTH = 24

_SUBSCRIPTS = str.maketrans("0123456789_", "₀₁₂₃₄₅₆₇₈₉,")
_SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_INDEXED = re.compile(r"([^\W\d_]+)_?([0-9]+(?:_[0-9]+)*)")
_POWER = re.compile(r"\^(?:\{([^{}]+)\}|([+\-−]?[0-9]+|n)(?![0-9./]))")
_FRACTIONAL_POWER = re.compile(r"\^([+\-−]?[0-9]+/[0-9]+)")


def superscript(text: str) -> str | None:
    """Raise a text, if every one of its characters has a raised form.

    Args:
        text: an exponent, such as `-7`.

    Returns:
        The raised text, or None where a character has no raised form.

    >>> superscript("-7"), superscript("0.5")
    ('⁻⁷', None)
    """
    if all(ord(character) in _SUPERSCRIPTS for character in text):
        return text.translate(_SUPERSCRIPTS)
    return None


def with_subscripts(name: str) -> str:
    """Lower the numbers at the end of a name.

    Args:
        name: a name, such as `w1`, `w_1` or `w3_11`. Any other form comes back unchanged.

    Returns:
        The name with its indices lowered, several of them parted by commas.

    >>> [with_subscripts(name) for name in ("w1", "w_1", "w3_11", "h_next")]
    ['w₁', 'w₁', 'w₃,₁₁', 'h_next']
    """
    match = _INDEXED.fullmatch(name)
    return match[1] + match[2].translate(_SUBSCRIPTS) if match else name


def with_superscripts(symbol: str) -> str:
    """Raise the exponents of a symbol where Unicode can.

    Args:
        symbol: an operation's symbol, such as `x^2` or `x^{-1}`.

    Returns:
        The symbol with those exponents raised; an exponent that cannot be raised stays, a
        fraction in parentheses.

    >>> [with_superscripts(symbol) for symbol in ("x^2", "x^{-1}", "x^0.5", "x^1/2", "2^x")]
    ['x²', 'x⁻¹', 'x^0.5', 'x^(1/2)', '2^x']
    """
    symbol = _FRACTIONAL_POWER.sub(r"^(\1)", symbol)
    return _POWER.sub(lambda match: superscript(match[1] or match[2]) or match[0], symbol)


def visible(text: str) -> str:
    r"""Show what cannot be printed (line ends, controls, lone surrogates) as its escape.

    Args:
        text: any text.

    Returns:
        The text in printable characters only, which every output format can hold.

    >>> print(visible("two\nlines"))
    two\nlines
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def shortened(text: str, length: int = NAME_LENGTH) -> str:
    """Cut a long text in its middle, so that its beginning and its end can be told.

    Args:
        text: any text.
        length: how many characters may be shown.

    Returns:
        The text, at most `length` characters long.

    >>> shortened("a_very_long_name_indeed", 9)
    'a_ve…deed'
    """
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return text[: length - 1 - end] + ELLIPSIS + text[len(text) - end :]
