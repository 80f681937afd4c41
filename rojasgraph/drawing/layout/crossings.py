"""Count the links that cross between ordered levels, and those that an exchange would spare."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable

import numpy as np

from rojasgraph.drawing.layout.levels import Levels

End = tuple[int, float]
"""An element at the other end of a segment, and where on it, within half a place."""

_REACH = 0.45
"""How far from an element's place, in places, its outermost links are taken to be."""


class Crossings:
    """The segments of some levels, and the place of each element in its row.

    Two segments that share an end cross too, where their offsets there are in the other order
    than their other ends.
    """

    def __init__(self, levels: Levels) -> None:
        """Sort the segments by their ends.

        Args:
            levels: the levels.
        """
        segments, count = levels.segments, len(levels.kinds)
        self.levels = levels
        self.size = len(segments.tails)
        """How many segments there are."""
        self.before: list[list[End]] = [[] for _ in range(count)]
        """For each element where its segments come from, by where they enter it."""
        self.after: list[list[End]] = [[] for _ in range(count)]
        """For each element where its segments lead to, by where they leave it."""
        self.between: list[list[tuple[int, float, int, float]]] = [[] for _ in levels.rows]
        """The segments that leave each row."""
        self.place = [0] * count
        """The place of each element in its row."""
        outs = [self._within(t, o) for t, o in zip(segments.tails, segments.outs, strict=True)]
        intos = [self._within(h, i) for h, i in zip(segments.heads, segments.intos, strict=True)]
        for number in sorted(range(self.size), key=intos.__getitem__):
            self.before[segments.heads[number]].append((segments.tails[number], outs[number]))
        for number in sorted(range(self.size), key=outs.__getitem__):
            tail, head = segments.tails[number], segments.heads[number]
            self.after[tail].append((head, intos[number]))
            self.between[levels.row[tail]].append((tail, outs[number], head, intos[number]))

    def _within(self, element: int, offset: float) -> float:
        if not offset:
            return 0.0
        return _REACH * offset / max(self.levels.above[element], abs(offset))

    def number(self, row: list[int]) -> None:
        """Note the places of a row's elements."""
        for place, element in enumerate(row):
            self.place[element] = place

    def count(self) -> int:
        """Count the pairs of segments that cross.

        Source: Barth, Jünger and Mutzel, Simple and efficient bilayer cross counting (2002): they
        are inversions.
        """
        place, crossings = self.place, 0
        for segments in self.between:
            ends = sorted((place[t] + o, place[h] + i) for t, o, h, i in segments)
            passed: list[float] = []
            for _, end in ends:
                crossings += len(passed) - bisect_right(passed, end)
                insort(passed, end)
        return crossings

    def gain_of(self, row: list[int]) -> Callable[[int, int], int]:
        """Give the function that counts the crossings spared by one exchange in a row.

        Args:
            row: the row.

        Returns:
            A function of two places in the row: how many crossings are spared when the element
            of the first, standing right before that of the second, goes behind it.
        """
        place, sides = self.place, (self.before, self.after)
        ends = [[sorted([place[o] + at for o, at in side[e]]) for side in sides] for e in row]

        def gain(one: int, other: int) -> int:
            spared = 0
            for mine, others in zip(ends[one], ends[other], strict=True):
                if mine:
                    for end in others:
                        spared += len(mine) - bisect_right(mine, end) - bisect_left(mine, end)
            return spared

        return gain

    def gains(self, row: list[int]) -> list[list[int]]:
        """Count the crossings spared by all exchanges in a row, as `gain_of` does by one.

        Args:
            row: the row.

        Returns:
            The counts, by the first place and then by the second.
        """
        gains = np.zeros((len(row), len(row)), dtype=np.int64)
        for side in (self.before, self.after):
            owners = [place for place, element in enumerate(row) if side[element]]
            if not owners:
                continue
            ends = [[self.place[other] + at for other, at in side[row[i]]] for i in owners]
            places = np.array([place for there in ends for place in there])
            starts = np.cumsum([0, *(len(there) for there in ends)])[:-1]
            behind = np.sign(places[:, None] - places[None, :]).astype(np.int64)
            pairs = np.add.reduceat(np.add.reduceat(behind, starts, axis=0), starts, axis=1)
            gains[np.ix_(owners, owners)] += pairs
        counts: list[list[int]] = gains.tolist()
        return counts
