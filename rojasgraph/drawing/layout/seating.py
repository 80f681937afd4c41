"""Keep the members of each group together in the rows of ordered levels."""

from __future__ import annotations

from itertools import chain
from math import inf

from rojasgraph.drawing.layout.isotonic import rising
from rojasgraph.drawing.layout.levels import BOTTOM, TOP, Levels


class Seating:
    """Sorts rows so that groups are not torn, and stand in the same order on all levels.

    Source: Forster, Applying crossing reduction strategies to layered compound graphs (2002).
    """

    def __init__(self, levels: Levels) -> None:
        """Start without regard to groups.

        Args:
            levels: the levels.
        """
        self.levels = levels
        self.seats: dict[int, int] = {}
        """The places of the groups among one another; empty as long as groups do not count."""

    def seat(self, rows: list[list[int]]) -> None:
        """Keep groups together from now on, in the order in which their members stand in rows."""
        shares: dict[int, list[float]] = {group: [] for group in self.levels.borders}
        for row in rows:
            for place, element in enumerate(row):
                if self.levels.kinds[element] < TOP:
                    for group in self.levels.families[element]:
                        shares[group].append((place + 0.5) / len(row))
        groups = sorted(shares, key=lambda group: _mean(shares[group]))
        self.seats = {group: seat for seat, group in enumerate(groups)}

    def may_pass(self, one: int, other: int) -> bool:
        """Say whether groups allow two neighbors of a row to be exchanged."""
        if not self.seats:
            return True
        kinds, families = self.levels.kinds, self.levels.families
        return families[one] == families[other] and max(kinds[one], kinds[other]) < TOP

    def sorted_by(self, row: list[int], keys: list[float]) -> list[int]:
        """Sort a row by keys as far as groups allow.

        Args:
            row: the elements.
            keys: their keys.

        Returns:
            The sorted row. Among equals the order stays.
        """
        by_key = dict(zip(row, keys, strict=True))
        if not self.seats:
            return sorted(row, key=by_key.__getitem__)
        nested = self._nested(row, by_key)
        return sorted(row, key=nested.__getitem__)

    def _nested(self, row: list[int], keys: dict[int, float]) -> dict[int, tuple[float, ...]]:
        """Put the keys of the groups around an element before its own."""
        seats: dict[tuple[int, ...], tuple[float, float]] = {}
        wishes = self._wishes(row, keys)
        siblings: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
        for family in sorted(wishes, key=lambda family: self.seats[family[-1]]):
            siblings.setdefault(family[:-1], []).append(family)
        for families in siblings.values():
            means = rising([_mean(wishes[family]) for family in families])
            for family, mean in zip(families, means, strict=True):
                seats[family] = mean, float(self.seats[family[-1]])
        nested = {}
        for element in row:
            family = self.levels.families[element]
            own = {TOP: -inf, BOTTOM: inf}.get(self.levels.kinds[element], keys[element])
            outer = [seats[family[:depth]] for depth in range(1, len(family) + 1)]
            nested[element] = (*chain.from_iterable(outer), own, -1.0)
        return nested

    def _wishes(self, row: list[int], keys: dict[int, float]) -> dict[tuple[int, ...], list[float]]:
        """List the keys of each group's members; those of its borders where it has none here."""
        families, kinds = self.levels.families, self.levels.kinds
        wishes: dict[tuple[int, ...], list[float]] = {}
        for element in sorted(row, key=lambda element: kinds[element] >= TOP):
            family = families[element]
            for depth in range(1, len(family) + 1):
                wish = wishes.setdefault(family[:depth], [])
                if kinds[element] < TOP or not wish:
                    wish.append(keys[element])
        return wishes


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
