"""Choose how numpy computes the sums of some targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rojasgraph.engine.numpy.sums import Dot, Padded, Runs, Single, Sum, rows_of
from rojasgraph.engine.wiring import Integers

_CALL = 4000
"""What a call of numpy costs, in products of a weight and a value that it computes meanwhile."""

_TEMPORARY = 1 << 17
"""How many numbers are gathered at a time: they shall stay in the cache."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Some targets, and the edges of each.

    Attributes:
        targets: rows, ascending.
        first: by target, where its edges begin in `at` and `edges`; and how many there are. Each
            has at least one.
        at: by edge, the row of the source.
        edges: by edge, its number.
        begin: where these edges begin in the plain order of weights.
        weighted: whether one of them has a weight.
    """

    targets: Integers
    first: Integers
    at: Integers
    edges: Integers
    begin: int
    weighted: bool


class Chooser:
    """Chooses sums, and lays out the order in which the padded ones want their weights."""

    def __init__(self, columns: int, zero: int, none: int) -> None:
        """Start with no sums.

        Args:
            columns: how many examples are computed at a time; 0: one, without columns.
            zero: the row of the source that is always 0.
            none: the number that stands for no edge.
        """
        self._columns = columns
        self._zero = zero
        self._none = none
        self._padded: list[Integers] = []
        self._length = 0

    def padded_edges(self) -> Integers:
        """Give the edges whose weights the padded sums want, in their order."""
        return np.concatenate(self._padded) if self._padded else np.empty(0, np.int64)

    def one(self, row: int, at: Integers, begin: int) -> Sum | None:
        """Give the sum of a single target, without the planning that several need.

        None where it has too many edges to be gathered at a time.
        """
        edges = slice(begin, begin + len(at))
        if len(at) == 1:
            return Single(slice(row, row + 1), at.astype(np.intp), edges, weighted=True)
        if len(at) * max(self._columns, 1) <= _TEMPORARY:
            return Dot(row, at.astype(np.intp), edges)
        return None

    def several(self, parts: Segments) -> Iterator[Sum]:
        """Give the sums of some targets."""
        total = int(parts.first[-1])
        edges, rows = slice(parts.begin, parts.begin + total), parts.targets
        if len(rows) == total:
            yield Single(rows_of(rows), parts.at.astype(np.intp), edges, parts.weighted)
        elif self._columns:
            yield from self._rectangular(parts)
        else:
            starts = parts.first[:-1].astype(np.intp)
            yield Runs(rows_of(rows), parts.at.astype(np.intp), edges, starts, parts.weighted)

    def _rectangular(self, parts: Segments) -> Iterator[Padded]:
        """Pad targets with about the same number of edges to the same number."""
        counts = np.diff(parts.first)
        order = np.argsort(counts, kind="stable")
        for top, bottom, left, right in _rectangles(counts[order], self._columns):
            chosen, column = order[top:bottom], np.arange(left, right)
            there = column < counts[chosen][:, None]
            place = np.where(there, parts.first[chosen][:, None] + column, 0)
            at = np.where(there, parts.at[place], self._zero).ravel().astype(np.intp)
            self._padded.append(np.where(there, parts.edges[place], self._none).ravel())
            edges = slice(self._length, self._length + len(at))
            self._length = edges.stop
            rows = rows_of(parts.targets[chosen])
            yield Padded(rows, at, edges, right - left, continues=left > 0)


def _rectangles(ascending: Integers, columns: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut segments of ascending lengths into rectangles that waste little and fit the cache.

    Yields:
        Which segments, from where to where; and which of their edges, from where to where.
    """
    lengths, starts = np.unique(ascending, return_index=True)
    stops = [*starts[1:].tolist(), len(ascending)]
    most = max(_TEMPORARY // columns, 1)
    first = 0
    for i, (length, stop) in enumerate(zip(lengths.tolist(), stops, strict=True)):
        longer = int(lengths[i + 1]) if i + 1 < len(lengths) else None
        if longer is not None and (stop - first) * (longer - length) * columns < _CALL:
            continue  # to pad these to the next length costs less than a call
        width = min(length, most)
        height = max(most // width, 1)
        for top in range(first, stop, height):
            for left in range(0, length, width):
                yield top, min(top + height, stop), left, min(left + width, length)
        first = stop
