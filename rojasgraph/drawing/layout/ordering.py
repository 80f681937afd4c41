"""Order the elements of every level so that few links cross."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from rojasgraph.drawing.layout.crossings import Crossings, End
from rojasgraph.drawing.layout.levels import Levels
from rojasgraph.drawing.layout.seating import Seating

Rows = list[list[int]]
Middle = Callable[[list[float]], float]

_TINY = 600
"""Segments up to which every effort is made."""

_SMALL = 2_500
"""Segments up to which elements are tried at every place, and several orders to begin with."""

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

_WIDE = 400
"""Elements up to which all pairs of a row are compared."""

_SIFTS = 8
"""How often, on average, a row is improved at most."""


def order(levels: Levels) -> None:
    """Reorder the rows of some levels so that few links cross.

    Rows are sorted by the mean or the median place of each element's neighbors, downwards and
    upwards in turn; neighbors are exchanged, or elements tried at every place of their row, where
    that spares crossings; the best order of all is kept. The offsets of links on their blocks
    count. The members of a group stay together.

    Args:
        levels: the levels; their rows are changed.

    Source: Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system
    structures (1981); Gansner, Koutsofios, North and Vo, A technique for drawing directed graphs
    (1993).
    """
    search = _Search(levels)
    size = search.crossings.size
    numbered = [row.copy() for row in levels.rows]
    starts = [_walk(search.crossings.before, numbered, levels.row), numbered]
    if levels.borders:
        rows, _ = search.descend(starts[0], _mean)
        search.seating.seat(rows)
    if size <= _TINY:
        starts.append(_walk(search.crossings.after, numbered, levels.row))
    if size > _SMALL:
        del starts[1:]
    middles = (_mean, _median) if size <= _TINY else (_mean,)
    found = [search.descend(start, middle) for start in starts for middle in middles]
    if size <= _SMALL:
        found.sort(key=search.rated)
        del found[_POLISHED if size <= _TINY else 1 :]
        found = [search.polish(rows) for rows, _ in found]
    levels.rows[:] = min(found, key=search.rated)[0]


def _walk(ends: list[list[End]], rows: Rows, row: list[int]) -> Rows:
    """Order elements as a walk in depth finds them, from those to which no ends lead."""
    found: Rows = [[] for _ in rows]
    seen = [False] * len(row)
    inner = {other for others in ends for other, _ in others}
    for start in sorted(range(len(row)), key=lambda element: element in inner):
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
        self.count = len(levels.blocks)
        self.crossings = Crossings(levels)
        self.seating = Seating(levels)

    def rated(self, found: tuple[Rows, int]) -> tuple[int, int]:
        """Rate an order: by its crossings, then by how often a block is before an earlier one."""
        rows, crossings = found
        shown = ([element for element in row if element < self.count] for row in rows)
        return crossings, sum(one > other for row in shown for one, other in pairwise(row))

    def descend(self, start: Rows, middle: Middle) -> tuple[Rows, int]:
        """Sort rows, starting from an order, as long as it helps.

        Args:
            start: the rows.
            middle: which place among its neighbors' an element should have.

        Returns:
            The best order that was met, and how many links cross in it.
        """
        places = [[float(place) for place in range(len(row))] for row in start]
        rows = [self.seating.sorted_by(*pair) for pair in zip(start, places, strict=True)]
        self._number(rows)
        best, least, idle = [row.copy() for row in rows], self.crossings.count(), 0
        for turn in range(_ROUNDS):
            if not least or idle == _PATIENCE:
                break
            self._sort(rows, middle, turn)
            if self.crossings.size <= _SMALL:
                self._improve(rows, self._bubble, _SIFTS)
            elif self.crossings.size <= _MEDIUM:
                self._improve(rows, self._exchange, 1)
            crossings = self.crossings.count()
            idle += 1
            if crossings < least:
                best, least, idle = [row.copy() for row in rows], crossings, 0
        return best, least

    def polish(self, start: Rows) -> tuple[Rows, int]:
        """Sift an order, sort it and sift it again, several times.

        Args:
            start: the rows.

        Returns:
            The best order that was met, and how many links cross in it.

        Source: Matuszewski, Schönfeld and Molitor, Using sifting for k-layer straightline crossing
        minimization (1999).
        """
        rows = [row.copy() for row in start]
        self._number(rows)
        self._improve(rows, self._sift, _SIFTS)
        best, idle = ([row.copy() for row in rows], self.crossings.count()), 0
        for turn in range(_POLISHES):
            if not best[1] or idle == _PATIENCE:
                break
            self._sort(rows, _median if turn // 4 % 2 else _mean, turn)
            self._improve(rows, self._sift, _SIFTS)
            found = [row.copy() for row in rows], self.crossings.count()
            idle = 0 if found[1] < best[1] else idle + 1
            best = min(best, found, key=self.rated)
        return best

    def _number(self, rows: Rows) -> None:
        for row in rows:
            self.crossings.number(row)

    def _sort(self, rows: Rows, middle: Middle, turn: int) -> None:
        """Sort each row by its neighbors: downwards, upwards, and both with ties turned round."""
        down, flipped = turn % 2 == 0, turn % 4 > 1
        ends = self.crossings.before if down else self.crossings.after
        place = self.crossings.place
        for row in rows if down else reversed(rows):
            wishes = [
                middle([place[other] + at for other, at in ends[element]])
                if ends[element]
                else None
                for element in row
            ]
            keys = _filled(wishes)
            if flipped:
                row.reverse()
                keys.reverse()
            row[:] = self.seating.sorted_by(row, keys)
            self.crossings.number(row)

    def _improve(self, rows: Rows, improve: Callable[[list[int]], bool], turns: int) -> None:
        """Improve rows one by one, and again where the one before or after it has changed."""
        waiting = dict.fromkeys(range(len(rows)))
        for _ in range(turns * len(rows)):
            if not waiting:
                break
            number = next(iter(waiting))
            del waiting[number]
            if improve(rows[number]):
                self.crossings.number(rows[number])
                near = (number - 1, number, number + 1)
                waiting.update(dict.fromkeys(i for i in near if 0 <= i < len(rows)))

    def _exchange(self, row: list[int]) -> bool:
        """Exchange neighbors of a row that gain by it, once from end to end."""
        order = list(range(len(row)))
        self._pass(row, order, self.crossings.gain_of(row))
        return _reorder(row, order)

    def _bubble(self, row: list[int]) -> bool:
        """Exchange neighbors of a row as long as any gain by it."""
        if len(row) > _WIDE:
            return self._exchange(row)
        gains = self.crossings.gains(row)
        order = list(range(len(row)))
        while self._pass(row, order, lambda one, other: gains[one][other]):
            pass
        return _reorder(row, order)

    def _pass(self, row: list[int], order: list[int], gain: Callable[[int, int], int]) -> bool:
        """Exchange the places of a row that gain by it, from end to end; say whether any did."""
        improved = False
        for i in range(len(order) - 1):
            one, other = order[i], order[i + 1]
            if gain(one, other) > 0 and self.seating.may_pass(row[one], row[other]):
                order[i], order[i + 1] = other, one
                improved = True
        return improved

    def _sift(self, row: list[int]) -> bool:
        """Move each element of a row to its best place; say whether any moved."""
        if len(row) > _WIDE:
            return self._exchange(row)
        gains = self.crossings.gains(row)
        order = list(range(len(row)))
        for one, gain in enumerate(gains):
            here = order.index(one)
            low, high = self._room(row, order, here)
            best, most, total = here, 0, 0
            for there in range(here + 1, high + 1):
                total += gain[order[there]]
                if total > most:
                    best, most = there, total
            total = 0
            for there in range(here - 1, low - 1, -1):
                total -= gain[order[there]]
                if total > most:
                    best, most = there, total
            order.insert(best, order.pop(here))
        return _reorder(row, order)

    def _room(self, row: list[int], order: list[int], here: int) -> tuple[int, int]:
        """Say between which places groups allow an element to move."""
        low, high, last = here, here, len(row) - 1
        if not self.seating.seats:
            return 0, last
        element = row[order[here]]
        while low > 0 and self.seating.may_pass(element, row[order[low - 1]]):
            low -= 1
        while high < last and self.seating.may_pass(element, row[order[high + 1]]):
            high += 1
        return low, high


def _reorder(row: list[int], order: list[int]) -> bool:
    """Put a row into a new order, given as its old places; say whether that is another one."""
    found = [row[place] for place in order]
    changed = found != row
    row[:] = found
    return changed


def _filled(wishes: Sequence[float | None]) -> list[float]:
    """Give those without a wish the mean of the nearest wishes on both sides."""
    left = _last_known(wishes)
    right = _last_known(wishes[::-1])[::-1]
    filled = []
    for place, (low, high) in enumerate(zip(left, right, strict=True)):
        ends = [end for end in (low, high) if end is not None]
        filled.append(sum(ends) / len(ends) if ends else float(place))
    return filled


def _last_known(wishes: Sequence[float | None]) -> list[float | None]:
    known, last = [], None
    for wish in wishes:
        last = last if wish is None else wish
        known.append(last)
    return known
