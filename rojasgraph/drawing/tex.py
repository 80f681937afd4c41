r"""Write texts for TeX: `−0.5` as `$-0.5$`, `σ′(u)` as `$\sigma'(u)$`, `h_next` as `h\_next`.

A text is split into words, which are set as they are, and runs of signs, digits and single letters,
which are set in math mode if a sign in them needs it. What TeX gives a meaning to is escaped.
"""

# ruff: noqa: RUF001 - signs that look like others are what this is about
from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from rojasgraph.drawing.names import MINUS, visible
from rojasgraph.mathtex import is_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rojasgraph.drawing.cards import Words

_GREEK = (
    "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon chi"
    " psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_LIKE_LATIN = {
    "alpha": "A",
    "beta": "B",
    "epsilon": "E",
    "zeta": "Z",
    "eta": "H",
    "iota": "I",
    "kappa": "K",
    "mu": "M",
    "nu": "N",
    "omicron": "O",
    "rho": "P",
    "tau": "T",
    "chi": "X",
}
_SIGNS = {
    "−": "-",
    "×": r"\times",
    "÷": r"\div",
    "±": r"\pm",
    "∓": r"\mp",
    "·": r"\cdot",
    "⋅": r"\cdot",
    "∗": "*",
    "∘": r"\circ",
    "⊙": r"\odot",
    "⊗": r"\otimes",
    "⊕": r"\oplus",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∑": r"\textstyle\sum",
    "∏": r"\textstyle\prod",
    "∫": r"\textstyle\int",
    "√": r"\surd",
    "∞": r"\infty",
    "≈": r"\approx",
    "≠": r"\neq",
    "≡": r"\equiv",
    "≤": r"\leq",
    "≥": r"\geq",
    "≪": r"\ll",
    "≫": r"\gg",
    "∼": r"\sim",
    "∝": r"\propto",
    "→": r"\rightarrow",
    "←": r"\leftarrow",
    "↑": r"\uparrow",
    "↓": r"\downarrow",
    "↔": r"\leftrightarrow",
    "⇒": r"\Rightarrow",
    "⇐": r"\Leftarrow",
    "⇔": r"\Leftrightarrow",
    "↦": r"\mapsto",
    "∈": r"\in",
    "∉": r"\notin",
    "⊂": r"\subset",
    "⊆": r"\subseteq",
    "∪": r"\cup",
    "∩": r"\cap",
    "∅": r"\emptyset",
    "∀": r"\forall",
    "∃": r"\exists",
    "¬": r"\neg",
    "∧": r"\wedge",
    "∨": r"\vee",
    "⊤": r"\top",
    "⊥": r"\bot",
    "⋯": r"\cdots",
    "‖": r"\|",
    "∥": r"\|",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "ℓ": r"\ell",
    "∕": "/",
    "ϵ": r"\epsilon",
    "ε": r"\varepsilon",
    "ϕ": r"\phi",
    "φ": r"\varphi",
    "ϑ": r"\vartheta",
    "ϖ": r"\varpi",
    "ϱ": r"\varrho",
    "ς": r"\varsigma",
    "\N{MICRO SIGN}": r"\mu",
    "\N{GREEK SMALL LETTER OMICRON}": "o",
}
_DOUBLE_STRUCK = "ℂℍℕℙℚℝℤ"
_PRIMES = {"′": 1, "″": 2, "‴": 3}
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    '"': r"\textquotedbl{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "…": r"\ldots{}",
    "°": r"\textdegree{}",
}
_SCRIPTED = frozenset("0123456789+-=()/,")
"""What may stand in a superscript or subscript besides letters."""

_NEUTRAL = frozenset(" .,+=()[]/|<>")
"""What stands in math mode as well as in a text."""

_CLOSE = frozenset("+=/,<>−×÷±∓·⋅∗∘⊙⊗⊕≈≠≡≤≥≪≫∼∝→←↑↓↔⇒⇐⇔↦∈∉⊂⊆∪∩∧∨∕")
"""Signs around which math mode puts its own space, so that none is asked for."""

_SIGN_OF_NUMBER = re.compile(f"(?<= ){MINUS}(?=[^ ])")
_POWER_OF_TEN = re.compile("(?<=[0-9])×(?=10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
_SPACED = re.compile(f"(?!{MINUS}[^ ])[{re.escape(''.join(sorted(_CLOSE)))}]")

_LATIN = frozenset(
    chr(code)
    for code in (*range(0xA1, 0x180), 0x218, 0x219, 0x21A, 0x21B)
    if code not in {0xAD, 0x126, 0x127, 0x138, 0x13F, 0x140, 0x149, 0x166, 0x167, 0x17F}
) | frozenset("–—‚„“”‘’‹›†‡•‰€™")
"""What stands in a text as it is, and pdflatex can set."""

# One letter for each character's kind, so that a text can be split by a pattern: L a Latin letter,
# D a digit, N neutral, M mathematics, U raised, V lowered, T anything else.
_PARTS = re.compile(r"(?P<word>L[LDT]+|T[LDT]*)|(?P<run>(?:[DNMUV]|L(?![LDT]))+)")
_NO_LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=,)(?=,)|(?<=[!?])(?=`)")


def words_to_tex(words: Words) -> str:
    r"""Write a line of text for TeX.

    Args:
        words: the line; its own TeX is taken where it has some.

    Returns:
        What goes into a node. TeX that does not keep to its formula (open braces, the end of math
        mode, commands that reach for files or redefine others) is not taken: the text is.

    >>> from rojasgraph.drawing.cards import Words
    >>> print(words_to_tex(Words("σ", 15, latex=r"\sigma")))
    $\sigma$
    >>> words_to_tex(Words("x", 9, latex="}{"))
    '$x$'
    """
    if words.latex and is_symbol(words.latex):
        return f"${_plain_mathematics(words.latex)}$"
    return to_tex(words.text)


def _plain_mathematics(latex: str) -> str:
    """Write signs as commands, in TeX of the user's."""
    return "".join(
        f"{{{_mathematics(character)}}}" if _kind(character) == "M" else character
        for character in latex
    )


def to_tex(text: str) -> str:
    r"""Write a text for TeX.

    Args:
        text: any text.

    Returns:
        What goes into a node.

    >>> for text in ("−0.0581", "1.5×10⁻⁷", "w₃,₁₁", "½u²", "σ′(net₁)", "50 % of <h_1>"):
    ...     print(to_tex(text))
    $-0.0581$
    $1.5{\times}10^{-7}$
    $w_{3,11}$
    $\tfrac{1}{2}u^{2}$
    $\sigma'($net$_{1})$
    50 \% of \textless{}h\_1\textgreater{}
    """
    text = unicodedata.normalize("NFC", visible(text))
    kinds = "".join(map(_kind, text))
    whole = bool(re.fullmatch("(?:[DN]|L(?![LDT]))*", kinds)) and "L" in kinds
    written = []
    for part in _PARTS.finditer(kinds):
        piece = text[part.start() : part.end()]
        signs = whole or bool(re.search("[MUV]", part[0]))
        written.append(_run(piece) if part["run"] and signs else _word(piece))
    return re.sub(r"(?<= ) |^ | $", r"\\ ", "".join(written))


def beyond_pdftex(text: str) -> list[str]:
    """List the characters of a text that pdflatex cannot set.

    Args:
        text: any text.

    Returns:
        Those characters, each once, in order; lualatex may be able to set them.

    >>> beyond_pdftex("é σ₁ 漢字 漢")
    ['漢', '字']
    """
    text = unicodedata.normalize("NFC", visible(text))
    return [
        character
        for character in dict.fromkeys(text)
        if not character.isascii()
        and _kind(character) == "T"
        and character not in _LATIN
        and character not in _ESCAPES
    ]


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    """Tell what kind a character is of, as a letter."""
    if character.isascii():
        if character.isalpha():
            return "L"
        return "D" if character.isdigit() else "N" if character in _NEUTRAL else "T"
    if character in _PRIMES:
        return "U"
    if _mathematics(character):
        return "M"
    return _script_kind(character) or "T"


def _script_kind(character: str) -> str | None:
    """Tell whether a character is raised (U) or lowered (V)."""
    if _scripted(character) is None:
        return None
    return "U" if unicodedata.decomposition(character).startswith("<super>") else "V"


def _scripted(character: str) -> str | None:
    """Give what a raised or lowered character shows, if TeX can."""
    form, *codes = unicodedata.decomposition(character).split() or [""]
    if form not in {"<super>", "<sub>"} or len(codes) != 1 or character in "ªº":
        return None
    base = chr(int(codes[0], 16))
    if base in _SCRIPTED or (base.isascii() and base.isalpha()):
        return base
    return _mathematics(base)


@lru_cache(maxsize=4096)
def _mathematics(character: str) -> str | None:
    """Give the command for a sign or letter of mathematics."""
    if character in _COMMANDS:
        return _COMMANDS[character]
    form, *codes = unicodedata.decomposition(character).split() or [""]
    if form == "<fraction>" and chr(int(codes[-1], 16)).isdigit():
        above, _, below = unicodedata.normalize("NFKD", character).partition("⁄")
        return rf"\tfrac{{{above}}}{{{below}}}"
    if form == "<font>" and character > "\uffff":  # letters in the styles of mathematics
        base = unicodedata.normalize("NFKC", character)
        return base if base.isascii() else _COMMANDS.get(base)
    return None


def _commands() -> dict[str, str]:
    commands = dict(_SIGNS)
    for name in _GREEK.split():
        size = "SMALL" if name.islower() else "CAPITAL"
        # Unicode's name of it has lost a letter.
        unicode_name = name.upper().replace("LAMBDA", "LAMDA")
        commands[unicodedata.lookup(f"GREEK {size} LETTER {unicode_name}")] = f"\\{name}"
    for name, latin in _LIKE_LATIN.items():
        letter = unicodedata.lookup(f"GREEK CAPITAL LETTER {name.upper()}")
        commands[letter] = rf"\mathrm{{{latin}}}"
    for letter in _DOUBLE_STRUCK:
        commands[letter] = rf"\mathbb{{{unicodedata.normalize('NFKC', letter)}}}"
    return commands


_COMMANDS = _commands()


def _word(text: str) -> str:
    """Escape a word, and keep its characters from growing together."""
    text = _NO_LIGATURE.sub("\0", text)
    return "".join("{}" if c == "\0" else _ESCAPES.get(c, c) for c in text)


def _run(text: str) -> str:
    """Write a run of signs, digits and letters in math mode; spaces around it stay outside."""
    inner = text.strip(" ")
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return f"{before}${_joined(_atoms(inner))}${after}" if inner else text


def _joined(atoms: Iterator[str]) -> str:
    """Put atoms side by side, with a space where a command would swallow what follows."""
    written = ""
    for atom in atoms:
        command = re.search(r"\\[A-Za-z]+$", written)
        written += f" {atom}" if command and atom[:1].isalnum() else atom
    return written


def _atoms(text: str) -> Iterator[str]:
    """Give a run piece by piece, scripts as groups."""
    place, taken = 0, ""
    while place < len(text):
        group = _SCRIPTS.match(text, place)
        if group:
            mark = "^" if group["raised"] else "_"
            if mark in taken:  # a letter takes only one of each
                yield "{}"
                taken = ""
            taken += mark
            yield _script(group[0], mark)
            place = group.end()
            continue
        character = text[place]
        if _SIGN_OF_NUMBER.match(text, place):
            yield "{-}"  # no minus between two numbers
        elif _POWER_OF_TEN.match(text, place):
            yield r"{\times}"  # one number, and no wider than it was measured
        elif character != " ":
            yield _mathematics(character) or character
        elif text[place - 1] not in _CLOSE and not _SPACED.match(text, place + 1):
            yield r"\ "
        taken = ""
        place += 1


def _script(text: str, mark: str) -> str:
    """Write a superscript or a subscript."""
    if all(character in _PRIMES for character in text):
        return "'" * sum(_PRIMES[character] for character in text)
    shown = [
        r"\prime" * _PRIMES[character]
        if character in _PRIMES
        else (_scripted(character) or character).replace("−", "-")
        for character in text
    ]
    return f"{mark}{{{_joined(iter(shown))}}}"


def _scripts() -> re.Pattern[str]:
    """Make the pattern of raised characters, or of lowered ones with commas between."""
    every = map(chr, range(0xA0, 0x3000))
    kinds = [(character, _kind(character)) for character in every]
    raised = re.escape("".join(character for character, kind in kinds if kind == "U"))
    lowered = re.escape("".join(character for character, kind in kinds if kind == "V"))
    return re.compile(f"(?P<raised>[{raised}]+)|[{lowered}]+(?:,[{lowered}]+)*")


_SCRIPTS = _scripts()
