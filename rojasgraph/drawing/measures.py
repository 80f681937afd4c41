"""How wide texts are, known without a font: the widths of Helvetica's characters.

Arial, Liberation Sans and Nimbus Sans have the same widths by design. A character that Helvetica
has not comes from whatever font the viewer has: its width is guessed by its class, from above.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from rojasgraph.drawing.names import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rojasgraph.drawing.cards import Words
    from rojasgraph.drawing.themes import Theme

LINE_HEIGHT = 1.2
"""From one line to the next, in sizes of its font."""

BASELINE = 0.95
"""From the top of a line to its baseline; digits and capitals stand in the middle of the line."""

ASCENT = 0.93
"""How far a text reaches above its baseline."""

DESCENT = 0.23
"""How far a text reaches below its baseline."""

_SLACK = 1.02
_OVERHANG = 0.08
_EM = 1000

# In thousandths of the size: Adobe's metrics of the core fonts.
_REGULAR = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijl",
    280: "|",
    333: "!()-:;[]`ft",
    389: "*r{}",
    474: '"',
    500: "z",
    556: "#$0123456789J_aceksvxy",
    584: "+<=>^~",
    611: "?FLTZbdghnopqu",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    975: "@",
}
# Signs and letters of mathematics, as wide as Arial has them.
_MATHEMATICS = {
    300: "∫",
    333: "·⋅",
    354: "′″",
    430: "₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵀτ",
    450: "εϵζξ",
    500: "γκλν∂",
    540: "⁺⁻⁼₊₋₌ςυ",
    584: "−×÷±≈≠≤≥≡χ",
    600: "αβδηθμορφσ√ϕϑ",
    700: "πΣ∑",
    730: "φ∇∞ψ",
    800: "ωϖ",
    850: "½⅓⅔¼¾∏ΦΨ",
    1000: "…⋯→←↔⇒—ÆŒ",
}


def _by_character(groups: Mapping[int, str]) -> dict[str, int]:
    return {character: width for width, group in groups.items() for character in group}


_WIDTHS = _by_character(_MATHEMATICS) | _by_character(_REGULAR)
_BOLD_WIDTHS = _by_character(_BOLD)
_COMBINING = frozenset({"Mn", "Me", "Cf"})
_BY_CATEGORY = {
    "Lu": 0.85,
    "Ll": 0.7,
    "Lm": 0.54,
    "Lo": 0.85,
    "Mc": 0.5,
    "Nd": 0.65,
    "No": 0.85,
    "Pd": 0.6,
    "Pi": 0.56,
    "Pf": 0.56,
    "Ps": 0.42,
    "Pe": 0.42,
    "Sm": 0.88,
}
_OTHER = 1.05
_WIDE = 1.0
_EMOJI = 1.3
_FIRST_EMOJI = "\U0001f000"
_LAST_EMOJI = "\U0001faff"
_BOLD_FALLBACK = 1.1


def text_width(text: str, size: float, *, bold: bool = False, italic: bool = False) -> float:
    """Tell how wide a text is at most.

    Args:
        text: one line of printable text.
        size: of its font, in points.
        bold: whether the font is bold.
        italic: whether it slopes; the last letter then hangs over.

    Returns:
        The width in points, a little more than Helvetica takes.

    >>> round(text_width("0.5", 9), 1), round(text_width("漢字", 9), 1), text_width("", 9)
    (12.8, 18.4, 0.0)
    """
    if not text:
        return 0.0
    ems = sum(_advance(character, bold) for character in text) + _OVERHANG * italic
    return _SLACK * size * ems


def words_width(words: Words, theme: Theme) -> float:
    """Tell how wide a line of text is at most, in the weight that its role has in a theme.

    Args:
        words: the line of text.
        theme: the theme in which it is drawn.

    Returns:
        The width in points.

    >>> from rojasgraph.drawing.cards import Words
    >>> from rojasgraph.drawing.themes import theme_of
    >>> back = Words("back", 10, "backward")
    >>> words_width(back, theme_of("light")) < words_width(back, theme_of("print"))
    True
    """
    bold = words.role in theme.bold
    return text_width(visible(words.text), words.size, bold=bold, italic=words.italic)


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:  # noqa: FBT001 - caches know no keywords
    """Tell how wide a character is, in sizes of the font."""
    if bold and character in _BOLD_WIDTHS:
        return _BOLD_WIDTHS[character] / _EM
    known = _WIDTHS.get(character)
    width = _guess(character) if known is None else known / _EM
    return width * _BOLD_FALLBACK if bold else width


def _guess(character: str) -> float:
    """Guess the width of a character by its class."""
    category = unicodedata.category(character)
    if category in _COMBINING:
        return 0.0
    if _FIRST_EMOJI <= character <= _LAST_EMOJI:
        return _EMOJI
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return _WIDE
    base = unicodedata.normalize("NFD", character)[0]  # é is as wide as e
    if base != character and base in _WIDTHS:
        return _WIDTHS[base] / _EM
    return _BY_CATEGORY.get(category, _OTHER)
