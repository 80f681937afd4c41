"""Python's names for nodes and weights: each an identifier, no two the same, none reserved."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable

from rojasgraph.derivation.symbols import word


class Identifiers:
    """Give out identifiers, each once.

    >>> names = Identifiers(["math"])
    >>> [names.new(name) for name in ("x", ("h", 1), "math", "lambda", "x", "ﬁ", "fi")]
    ['x', 'h_1', 'math_2', 'lambda_2', 'x_2', 'fi', 'fi_2']
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        """Reserve some words besides Python's own."""
        self._taken = {*keyword.kwlist, *reserved}
        self._count: Counter[str] = Counter()

    def new(self, name: Hashable) -> str:
        """Make an identifier of a name; with a number where it is taken."""
        plain = unicodedata.normalize("NFKC", word(name))  # as Python reads identifiers
        wanted = plain if plain.isidentifier() else "n" + re.sub(r"[^0-9A-Za-z_]", "_", plain)
        chosen = wanted
        while chosen in self._taken:
            self._count[wanted] += 1
            chosen = f"{wanted}_{self._count[wanted] + 1}"
        self._taken.add(chosen)
        return chosen
