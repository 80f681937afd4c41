"""Order the elements of every level so that few links cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from itertools import accumulate, chain, pairwise
from math import inf

import numpy as np

from rojasgraph.drawing.levels import BOTTOM, TOP, Levels

Rows = list[list[int]]
End = tuple[int, float]
"""An element at the other end of a segment, and where on it, within half a place."""

_TINY = 600
"""Segments up to which every effort is made."""

_SMALL = 2_500
"""Segments up to which elements are tried at every place."""

_MEDIUM = 8_000
"""Segments up to which neighbors are exchanged."""

_ROUNDS = 24
"""How often an order is sorted downwards or upwards at most."""

_PATIENCE = 4
"""After how many rounds without fewer crossings to give up."""

_POLISHED = 2
"""How many of the best orders are improved further, in tiny graphs."""

_POLISHES = 12
"""How often each of these is sorted and improved."""

_SIFTS = 8
"""How often, on average, a row is sifted at most."""

_REACH = 0.45
"""How far from an element's place, in places, its outermost links are taken to be."""


def order(levels: Levels) -> None:
    """Reorder the rows of some levels so that few links cross.

    Rows are sorted by the mean or the median place of each element's neighbors, downwards and
    upwards in turn, and neighbors are exchanged where that spares crossings; the best order of
    all is kept. Places count the offsets of links on their blocks. The members of a group stay
    together, and groups keep their order from level to level.

    Args:
        levels: the levels; their rows are changed.

    Source: Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system
    structures (1981); Gansner, Koutsofios, North and Vo, A technique for drawing directed graphs
    (1993); Barth, Jünger and Mutzel, Simple and efficient bilayer cross counting (2002);
    Forster, Applying crossing reduction strategies to layered compound graphs (2002).
    """
    size = len(levels.segments.tails)
    search = _Search(levels)
    numbered = [row.copy() for row in levels.rows]
    starts = [_walk(search.before, numbered, levels.row), numbered]
    if levels.borders:
        rows, _ = search.descend(starts[0], _mean)
        search.seat_groups(rows)
    if size <= _TINY:
        starts.append(_walk(search.after, numbered, levels.row))
    middles = (_mean, _median) if size <= _TINY else (_mean,)
    if size > _MEDIUM:
        del starts[1:]
    found = [search.descend(start, middle) for start in starts for middle in middles]
    if size <= _SMALL:
        found.sort(key=search.rated)
        del found[_POLISHED if size <= _TINY else 1 :]
        found = [search.polish(rows) for rows, _ in found]
    levels.rows[:] = min(found, key=search.rated)[0]


def _walk(ends: list[list[End]], rows: Rows, row: list[int]) -> Rows:
    """Order elements as a walk in depth finds them, from those without further ends on."""
    found: Rows = [[] for _ in rows]
    seen = [False] * len(row)
    inner = {other for others in ends for other, _ in others}
    starts = sorted(range(len(row)), key=lambda element: element in inner)
    for start in starts:
        stack = [start]
        while stack:
            element = stack.pop()
            if not seen[element]:
                seen[element] = True
                found[row[element]].append(element)
                stack += [other for other, _ in reversed(ends[element])]
    return found


def _mean(places: list[float]) -> float:
    return sum(places) / len(places)


def _median(places: list[float]) -> float:
    """Give the median; between two in the middle, closer to the side that is more crowded."""
    places.sort()
    middle, odd = divmod(len(places), 2)
    if odd:
        return places[middle]
    low, high = places[middle - 1], places[middle]
    left, right = low - places[0], places[-1] - high
    if left + right:
        return (low * right + high * left) / (left + right)
    return (low + high) / 2


class _Search:
    """The search for a good order."""

    def __init__(self, levels: Levels) -> None:
        self.levels = levels
        self.size = len(levels.segments.tails)
        count = len(levels.kinds)
        self.before: list[list[End]] = [[] for _ in range(count)]
        """For each element where its segments come from."""
        self.after: list[list[End]] = [[] for _ in range(count)]
        """For each element where its segments lead to."""
        self.between: list[list[tuple[int, float, int, float]]] = [[] for _ in levels.rows]
        """The segments that leave each row."""
        self.place = [0] * count
        self.seats: dict[int, int] = {}
        """The places of groups among one another."""
        self._connect()

    def _connect(self) -> None:
        levels, segments = self.levels, self.levels.segments
        leaves = [self._within(t, o) for t, o in zip(segments.tails, segments.outs, strict=True)]
        enters = [self._within(h, i) for h, i in zip(segments.heads, segments.intos, strict=True)]
        for number in sorted(range(self.size), key=enters.__getitem__):
            self.before[segments.heads[number]].append((segments.tails[number], leaves[number]))
        for number in sorted(range(self.size), key=leaves.__getitem__):
            tail, head = segments.tails[number], segments.heads[number]
            self.after[tail].append((head, enters[number]))
            self.between[levels.row[tail]].append((tail, leaves[number], head, enters[number]))

    def _within(self, element: int, offset: float) -> float:
        if not offset:
            return 0.0
        return _REACH * offset / max(self.levels.above[element], abs(offset))

    def descend(self, start: Rows, middle: Callable[[list[float]], float]) -> tuple[Rows, int]:
        """Sort rows, starting from an order, as long as it helps.

        Args:
            start: the rows.
            middle: which place among its neighbors' an element should have.

        Returns:
            The best order that was met, and how many links cross in it.
        """
        rows = [self._grouped(row, [float(i) for i in range(len(row))]) for row in start]
        for row in rows:
            self._number(row)
        best, least, idle = [row.copy() for row in rows], self._crossings(), 0
        for turn in range(_ROUNDS):
            if not least or idle == _PATIENCE:
                break
            self._sort_all(rows, middle, down=turn % 2 == 0, flipped=turn % 4 > 1)
            if self.size <= _MEDIUM:
                self._exchange_all(rows)
            crossings = self._crossings()
            idle += 1
            if crossings < least:
                best, least, idle = [row.copy() for row in rows], crossings, 0
        return best, least

    def rated(self, found: tuple[Rows, int]) -> tuple[int, int]:
        """Rate an order: by its crossings, then by how often a block stands above an earlier one."""
        rows, crossings = found
        count = len(self.levels.blocks)
        shown = ([element for element in row if element < count] for row in rows)
        return crossings, sum(one > other for row in shown for one, other in pairwise(row))

    def _number(self, row: list[int]) -> None:
        for place, element in enumerate(row):
            self.place[element] = place

    def _crossings(self) -> int:
        """Count the pairs of segments that cross."""
        place, crossings = self.place, 0
        for segments in self.between:
            ends = sorted((place[t] + o, place[h] + i) for t, o, h, i in segments)
            passed: list[float] = []
            for _, end in ends:
                crossings += len(passed) - bisect_right(passed, end)
                insort(passed, end)
        return crossings

    def _sort_all(
        self, rows: Rows, middle: Callable[[list[float]], float], *, down: bool, flipped: bool
    ) -> None:
        """Sort every row by the one before it, or by the one after it; flipped, ties turn round."""
        ends = self.before if down else self.after
        place = self.place
        for row in rows if down else reversed(rows):
            wishes: list[float | None] = [
                middle([place[other] + at for other, at in ends[element]])
                if ends[element]
                else None
                for element in row
            ]
            keys = _filled(wishes)
            if flipped:
                row.reverse()
                keys.reverse()
            row[:] = self._grouped(row, keys)
            self._number(row)

    def _exchange_all(self, rows: Rows) -> None:
        """Exchange neighbors as long as that spares crossings; once only in large graphs."""
        waiting = dict.fromkeys(range(len(rows)))
        turns = 8 * len(rows) if self.size <= _SMALL else len(rows)
        while waiting and turns:
            turns -= 1
            number = next(iter(waiting))
            del waiting[number]
            if self._exchange(rows[number]):
                self._number(rows[number])
                for near in (number - 1, number, number + 1):
                    if 0 <= near < len(rows):
                        waiting[near] = None

    def _exchange(self, row: list[int]) -> bool:
        """Exchange neighbors of one row; say whether any were."""
        if self.size <= _SMALL:
            gains = self._gains(row)
            return self._bubble(row, lambda one, other: gains[one][other])
        ends = self._ends(row)
        return self._bubble(row, lambda one, other: _gain(ends[one], ends[other]), once=True)

    def _bubble(
        self, row: list[int], gain: Callable[[int, int], int], *, once: bool = False
    ) -> bool:
        """Exchange neighbors as long as there is a gain, or once."""
        order = list(range(len(row)))
        improved = True
        while improved:
            improved = False
            for i in range(len(order) - 1):
                one, other = order[i], order[i + 1]
                if gain(one, other) > 0 and (not self.seats or self._free(row[one], row[other])):
                    order[i], order[i + 1] = other, one
                    improved = True
            improved = improved and not once
        changed = order != list(range(len(row)))
        row[:] = [row[one] for one in order]
        return changed

    def _ends(self, row: list[int]) -> list[list[list[float]]]:
        """Give for each element of a row the places of its neighbors before it and after it."""
        place, sides = self.place, (self.before, self.after)
        return [[sorted([place[o] + at for o, at in side[e]]) for side in sides] for e in row]

    def polish(self, rows: Rows) -> tuple[Rows, int]:
        """Sift an order, sort it and sift it again, several times; give the best that was met."""
        best = found = self.sift(rows)
        idle = 0
        for turn in range(_POLISHES):
            if not best[1] or idle == _PATIENCE:
                break
            rows = [row.copy() for row in found[0]]
            for row in rows:
                self._number(row)
            middle = _median if turn // 4 % 2 else _mean
            self._sort_all(rows, middle, down=turn % 2 == 0, flipped=turn % 4 > 1)
            found = self.sift(rows)
            idle = 0 if found[1] < best[1] else idle + 1
            best = min(best, found, key=self.rated)
        return best

    def sift(self, rows: Rows) -> tuple[Rows, int]:
        """Try each element at every place of its row, as long as that spares crossings.

        Source: Matuszewski, Schönfeld and Molitor, Using sifting for k-layer straightline crossing
        minimization (1999).
        """
        rows = [row.copy() for row in rows]
        for row in rows:
            self._number(row)
        waiting = dict.fromkeys(range(len(rows)))
        turns = _SIFTS * len(rows)
        while waiting and turns:
            turns -= 1
            number = next(iter(waiting))
            del waiting[number]
            if self._sift(rows[number]):
                self._number(rows[number])
                for near in (number - 1, number, number + 1):
                    if 0 <= near < len(rows):
                        waiting[near] = None
        return rows, self._crossings()

    def _sift(self, row: list[int]) -> bool:
        """Move each element of a row to its best place; say whether any moved."""
        gains = self._gains(row)
        order = list(range(len(row)))
        changed = False
        for one, gain in enumerate(gains):
            here = order.index(one)
            bounds = self._room(row, order, here) if self.seats else (0, len(row) - 1)
            best, most, total = here, 0, 0
            for there in range(here + 1, bounds[1] + 1):
                total += gain[order[there]]
                if total > most:
                    best, most = there, total
            total = 0
            for there in range(here - 1, bounds[0] - 1, -1):
                total -= gain[order[there]]
                if total > most:
                    best, most = there, total
            if best != here:
                order.insert(best, order.pop(here))
                changed = True
        row[:] = [row[one] for one in order]
        return changed

    def _room(self, row: list[int], order: list[int], here: int) -> tuple[int, int]:
        """Say between which places groups allow an element to move."""
        low = high = here
        element = row[order[here]]
        while low > 0 and self._free(element, row[order[low - 1]]):
            low -= 1
        while high + 1 < len(row) and self._free(element, row[order[high + 1]]):
            high += 1
        return low, high

    def _gains(self, row: list[int]) -> list[list[int]]:
        """Count, for all pairs, the crossings spared when the first goes behind the second."""
        gains = np.zeros((len(row), len(row)), dtype=np.int64)
        for side in (self.before, self.after):
            owners = [number for number, element in enumerate(row) if side[element]]
            if not owners:
                continue
            ends = [[self.place[other] + at for other, at in side[row[i]]] for i in owners]
            places = np.array([place for there in ends for place in there])
            starts = np.cumsum([0, *(len(there) for there in ends)])[:-1]
            behind = np.sign(places[:, None] - places[None, :]).astype(np.int64)
            pairs = np.add.reduceat(np.add.reduceat(behind, starts, axis=0), starts, axis=1)
            gains[np.ix_(owners, owners)] += pairs
        return gains.tolist()

    def _free(self, first: int, second: int) -> bool:
        """Say whether groups allow two elements to be exchanged."""
        kinds, families = self.levels.kinds, self.levels.families
        return families[first] == families[second] and max(kinds[first], kinds[second]) < TOP

    def seat_groups(self, rows: Rows) -> None:
        """Keep groups together from now on, in the order in which their members stand now."""
        shares: dict[int, list[float]] = {group: [] for group in self.levels.borders}
        for row in rows:
            for place, element in enumerate(row):
                if self.levels.kinds[element] < TOP:
                    for group in self.levels.families[element]:
                        shares[group].append((place + 0.5) / len(row))
        groups = sorted(shares, key=lambda group: _mean(shares[group]))
        self.seats = {group: seat for seat, group in enumerate(groups)}

    def _grouped(self, row: list[int], keys: list[float]) -> list[int]:
        """Sort a row by keys, the members of each group together."""
        by_key = dict(zip(row, keys, strict=True))
        if not self.seats:
            return sorted(row, key=by_key.__getitem__)
        nested = self._nested(row, by_key)
        return sorted(row, key=nested.__getitem__)

    def _nested(self, row: list[int], keys: dict[int, float]) -> dict[int, tuple[float, ...]]:
        """Give every element a key that keeps the members of each group together."""
        families, kinds = self.levels.families, self.levels.kinds
        wishes: dict[tuple[int, ...], list[float]] = {}
        for element in sorted(row, key=lambda element: kinds[element] >= TOP):
            family = families[element]
            for depth in range(1, len(family) + 1):
                wish = wishes.setdefault(family[:depth], [])
                if kinds[element] < TOP or not wish:  # borders count where nothing else is there
                    wish.append(keys[element])
        siblings: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
        for family in sorted(wishes, key=lambda family: self.seats[family[-1]]):
            siblings.setdefault(family[:-1], []).append(family)
        seats: dict[tuple[int, ...], tuple[float, float]] = {}
        for families_there in siblings.values():
            levelled = rising([_mean(wishes[family]) for family in families_there])
            for family, key in zip(families_there, levelled, strict=True):
                seats[family] = key, float(self.seats[family[-1]])
        nested = {}
        for element in row:
            family = families[element]
            own = {TOP: -inf, BOTTOM: inf}.get(kinds[element], keys[element])
            outer = [seats[family[:depth]] for depth in range(1, len(family) + 1)]
            nested[element] = (*chain.from_iterable(outer), own, -1.0)
        return nested


def _gain(first: list[list[float]], second: list[list[float]]) -> int:
    """Count the crossings spared when an element and the next one change places."""
    gain = 0
    for mine, others in zip(first, second, strict=True):
        if mine and others:
            for end in others:
                gain += len(mine) - bisect_right(mine, end) - bisect_left(mine, end)
    return gain


def _filled(wishes: list[float | None]) -> list[float]:
    """Give those without a wish the mean of the nearest wishes on both sides."""
    left: list[float | None] = list(accumulate(wishes, lambda a, b: a if b is None else b))
    right = list(accumulate(reversed(wishes), lambda a, b: a if b is None else b))[::-1]
    filled = []
    for place, (low, high) in enumerate(zip(left, right, strict=True)):
        ends = [end for end in (low, high) if end is not None]
        filled.append(_mean(ends) if ends else float(place))
    return filled


def rising(values: list[float]) -> list[float]:
    """Change values as little as possible so that none is less than the one before.

    Source: Ayer, Brunk, Ewing, Reid and Silverman, An empirical distribution function for sampling
    with incomplete information (1955).
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean = (mean * count + before * many) / (count + many)
            count += many
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]
