"""Names that a file has chosen to have one hash: a dict of them would take hours to fill.

Python salts the hashes of text, but not those of numbers: all multiples of 2⁶¹ − 1 have the hash 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

MOST_ALIKE = 100
"""How many names of one dict or set may have one hash; other than by intent it is one or two."""

_PLAIN = 2**60
"""Whole numbers below it have hashes of their own."""


class Crowd:
    """Watch the names that come into one dict, or into several."""

    def __init__(self) -> None:
        """Start with none."""
        self._alike: Counter[Hashable] = Counter()

    def add(self, name: Hashable, *which: Hashable) -> None:
        """Take note of a name, in the dict that is called so.

        Raises:
            ValueError: there are too many of its hash.

        >>> Crowd().add(("x", 1))
        """
        if type(name) is str or (type(name) is int and -_PLAIN < name < _PLAIN):
            return
        place = (hash(name), *which) if which else hash(name)
        self._alike[place] += 1
        if self._alike[place] > MOST_ALIKE:
            message = f"more than {MOST_ALIKE} names have one hash, as no names have by chance"
            raise ValueError(message)


def scattered(names: Iterable[Hashable]) -> None:
    """Look at all names of a dict or a set before it is made.

    Raises:
        ValueError: too many of them have one hash.

    >>> scattered(range(1000))
    >>> scattered(k * (2**61 - 1) for k in range(1, 1000))
    Traceback (most recent call last):
        ...
    ValueError: more than 100 names have one hash, as no names have by chance
    """
    crowd = Crowd()
    for name in names:
        crowd.add(name)
