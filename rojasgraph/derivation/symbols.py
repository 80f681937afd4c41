"""Names for the letters of a derivation: each one a word, no two nodes or weights the same."""

from __future__ import annotations

import itertools
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from rojasgraph.contract import SOURCES, is_automatic_name
from rojasgraph.mathtex import is_symbol
from rojasgraph.order import Order


def symbol_names(
    order: Order, listed: Iterable[int], weighted: Iterable[int]
) -> tuple[list[str], dict[int, str]]:
    """Name every node and the weight of some edges, each differently.

    Nodes that a user named keep their names, as far as these are words (`word`); the weight of an
    edge is called by the edge's `label`. The other operations get letters a, b, c, …, in the order
    given; a letter is skipped where something is called so. The other weights are called
    w_tail_head. What is taken gets a number: _2, _3, ….

    Args:
        order: the network's structure.
        listed: the nodes in the order in which they get letters; nodes left out come last.
        weighted: the edges whose weights are named.
    """
    taken = _Taken()
    names = {j: taken.name(text) for j, text in _chosen_names(order)}
    labels = {e: order.edges[e].get("label") for e in weighted}
    weights = {e: taken.name(word(s)) for e, s in labels.items() if s is not None}
    alphabet = _alphabet()
    for j in dict.fromkeys([*listed, *reversed(range(len(order.names)))]):
        if order.nodes[j]["op"] not in SOURCES:
            letter = next(alphabet)  # a named operation uses its letter up too
            if j not in names:
                names[j] = taken.name(_first_free(letter, alphabet, taken))
    for e in labels:
        if e not in weights:
            weights[e] = taken.name(f"w_{names[order.tails[e]]}_{names[order.heads[e]]}")
    return [names[j] for j in range(len(order.names))], weights


def _first_free(letter: str, alphabet: Iterator[str], taken: _Taken) -> str:
    return letter if letter not in taken else next(c for c in alphabet if c not in taken)


def _chosen_names(order: Order) -> list[tuple[int, str]]:
    """List the nodes that a user named; first those whose names are words as they are."""
    chosen = [
        (j, word(name))
        for j, name in enumerate(order.names)
        if order.nodes[j]["op"] in SOURCES or not is_automatic_name(name, order.nodes[j]["op"])
    ]
    return sorted(chosen, key=lambda item: bool(order.names[item[0]] != item[1]))


def word(name: Hashable) -> str:
    """Make a word of a name, which a formula can use; a number gets an n, other signs go.

    >>> [word(name) for name in ("w3_11", 7, ("h", 1), "a+b", "")]
    ['w3_11', 'n7', 'h_1', 'a_b', 'n']
    """
    text = re.sub(r"\W+", "_", _joined(name)).strip("_")
    return text if text.isidentifier() else f"n{text}"


def _joined(name: Hashable) -> str:
    return "_".join(map(_joined, name)) if isinstance(name, tuple) else str(name)


class _Taken:
    """The names that are given away."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._next: Counter[str] = Counter()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def name(self, wanted: str) -> str:
        """Give a name away, with a number where it is taken."""
        chosen = wanted
        while chosen in self._names:
            self._next[wanted] += 1
            chosen = f"{wanted}_{self._next[wanted] + 1}"
        self._names.add(chosen)
        return chosen


def _alphabet() -> Iterator[str]:
    """Count a, b, …, z, aa, ab, …."""
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield "".join(letters)


# --- LaTeX ---------------------------------------------------------------------------------------


def latex_names(
    names: Iterable[tuple[str, Mapping[str, Any], tuple[str, str] | None]],
) -> dict[str, str]:
    """Write each name in LaTeX, as its attribute `latex` says or by `latex_name`, all differently.

    An attribute that could do more than write a symbol is passed over (`mathtex.is_symbol`).

    Args:
        names: the names, each with the attributes of its node or edge; for a weight without a
            name of its own, those of its tail and head.
    """
    written: dict[str, str] = {}
    for name, attributes, ends in names:
        given = attributes.get("latex")
        pretty = latex_name(name)
        if given is not None and is_symbol(str(given)):
            pretty = str(given)
        elif ends is not None and name == "w_{}_{}".format(*ends):
            pretty = f"w_{{{','.join(written.get(end) or latex_name(end) for end in ends)}}}"
        written[name] = pretty
    count = Counter(written.values())
    return {n: s if count[s] == 1 else rf"\mathtt{{{_escaped(n)}}}" for n, s in written.items()}


def latex_name(text: str) -> str:
    r"""Write a name as a mathematician does: digits and parts behind an underscore lowered.

    >>> [latex_name(name) for name in ("w3_11", "w_x_h", "out", "θ1", "x<y")]
    ['w_{3,11}', 'w_{x,h}', '\\mathrm{out}', '\\theta_{1}', '\\text{x$<$y}']
    """
    plain = "".join(map(_spelt, unicodedata.normalize("NFKC", text)))
    match = _NAME.fullmatch(plain)
    if match is None:
        return rf"\text{{{_escaped(text)}}}"
    parts = [_lowered(part) for part in match[2].split("_") if part]
    return _stem(match[1]) + (f"_{{{','.join(parts)}}}" if parts else "")


_NAME = re.compile(r"([A-Za-z]+)((?:_?[0-9]+)?(?:_[A-Za-z0-9]+)*)")
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi "  # noqa: SIM905
    "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split()
)
_TEX = {
    **{c: rf"\{c}" for c in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
}


def _spelt(character: str) -> str:
    """Spell a Greek letter out, where LaTeX has a command for it."""
    match = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(character, ""))
    if match is None:
        return character
    spelt = match[2].lower() if match[1] == "SMALL" else match[2].capitalize()
    return spelt if spelt in _GREEK else character


def _escaped(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in text)


def _stem(letters: str) -> str:
    if letters in _GREEK:
        return rf"\{letters}"
    return letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"


def _lowered(part: str) -> str:
    match = re.fullmatch(r"([A-Za-z]+)([0-9]+)", part)
    if match:
        return f"{_stem(match[1])}_{{{match[2]}}}"
    return part if part.isdigit() else _stem(part) if part.isalpha() else rf"\mathrm{{{part}}}"
