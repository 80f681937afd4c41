"""Weighted sums over edges, as numpy does them fast: the inner work of both passes.

Forward, a slot collects weight · value over its edges; backward, a node collects weight · delta
over its edges. Both are: target[i] += Σ weight[e] · source[at[e]] over the edges of i. Each class
here does this for some targets, with one fixed order of adding. A source is an array by node or
slot, with a column for each example; or, for one example, without columns (`Single`, `Dot`,
`Runs` and `Matrix` serve both, `Padded` needs columns).

`slopes` is the reverse: slope[e] = Σ source[at[e]] · delta[i] over the examples, the derivative
by the weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from rojasgraph.engine.wiring import Floats, Integers

Rows = slice | Integers


class ByEdge(NamedTuple):
    """Weights or slopes: in the order in which the edges are summed, and in the padded order."""

    plain: Floats
    padded: Floats


class Sum(Protocol):
    """A sum for some targets."""

    def put(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Write the sums into their rows of `target`."""

    def add(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Add the sums to their rows of `target`."""


@dataclass(frozen=True, slots=True)
class Single:
    """Targets with one edge each."""

    rows: Rows
    at: Integers
    edges: slice
    weighted: bool

    def _carried(self, source: Floats, weights: ByEdge) -> Floats:
        carried = source.take(self.at, axis=0)
        if self.weighted:
            weight = weights.plain[self.edges]
            carried *= weight if carried.ndim == 1 else weight[:, None]
        return carried

    def put(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Write the products."""
        target[self.rows] = self._carried(source, weights)

    def add(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Add the products."""
        target[self.rows] += self._carried(source, weights)

    def slopes(self, slopes: ByEdge, source: Floats, deltas: Floats, *, fresh: bool) -> None:
        """Multiply tails with heads."""
        slope = np.vecdot(source.take(self.at, axis=0), deltas[self.rows])
        _store(slopes.plain[self.edges], slope, fresh=fresh)


@dataclass(frozen=True, slots=True)
class Dot:
    """One target with several edges."""

    row: int
    at: Integers
    edges: slice

    def put(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Write the scalar product."""
        target[self.row] = np.dot(weights.plain[self.edges], source.take(self.at, axis=0))

    def add(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Add the scalar product."""
        target[self.row] += np.dot(weights.plain[self.edges], source.take(self.at, axis=0))

    def slopes(self, slopes: ByEdge, source: Floats, deltas: Floats, *, fresh: bool) -> None:
        """Multiply the tails with the one head."""
        slope = np.dot(source.take(self.at, axis=0), deltas[self.row])
        _store(slopes.plain[self.edges], slope, fresh=fresh)


@dataclass(frozen=True, slots=True)
class Runs:
    """Targets whose edges follow one another, for one example: products, then sums of runs."""

    rows: Rows
    at: Integers
    edges: slice
    starts: Integers
    weighted: bool

    def _sums(self, source: Floats, weights: ByEdge) -> Floats:
        carried = source.take(self.at)
        if self.weighted:
            carried *= weights.plain[self.edges]
        sums: Floats = np.add.reduceat(carried, self.starts)
        return sums

    def put(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Write the sums of the runs."""
        target[self.rows] = self._sums(source, weights)

    def add(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Add the sums of the runs."""
        target[self.rows] += self._sums(source, weights)


@dataclass(frozen=True, slots=True)
class Padded:
    """Targets of about the same number of edges, made the same by edges of weight 0 from a zero.

    One small product of matrices for each target, all in one call: what numpy does fastest with
    columns. A target of very many edges is
    summed in several parts, of which all but the first continue.
    """

    rows: Rows
    at: Integers
    edges: slice
    degree: int
    continues: bool

    def _carried(self, source: Floats) -> Floats:
        return source.take(self.at, axis=0).reshape(-1, self.degree, source.shape[1])

    def _sums(self, source: Floats, weights: ByEdge, out: Floats | None = None) -> Floats:
        rows = weights.padded[self.edges].reshape(-1, 1, self.degree)
        target = None if out is None else out[:, None]
        sums: Floats = np.matmul(rows, self._carried(source), out=target)
        return sums[:, 0]

    def put(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Write the sums, or add what continues them."""
        if self.continues:
            self.add(target, source, weights)
        elif isinstance(self.rows, slice):
            self._sums(source, weights, target[self.rows])
        else:
            target[self.rows] = self._sums(source, weights)

    def add(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Add the sums."""
        target[self.rows] += self._sums(source, weights)

    def slopes(self, slopes: ByEdge, source: Floats, deltas: Floats, *, fresh: bool) -> None:
        """Multiply each tail with its head."""
        slope = np.matmul(self._carried(source), deltas[self.rows][:, :, None]).reshape(-1)
        _store(slopes.padded[self.edges], slope, fresh=fresh)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Targets that all have the same tails, as a block says: one product of matrices, by BLAS."""

    rows: slice
    at: Rows
    edges: slice
    block: int

    def _matrix(self, weights: ByEdge) -> Floats:
        return weights.plain[self.edges].reshape(self.rows.stop - self.rows.start, -1)

    def put(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Multiply the weights' matrix with the tails."""
        np.matmul(self._matrix(weights), source[self.at], out=target[self.rows])

    def add(self, target: Floats, source: Floats, weights: ByEdge) -> None:
        """Add the product of the weights' matrix with the tails."""
        target[self.rows] += np.matmul(self._matrix(weights), source[self.at])

    def push(self, target: Floats, deltas: Floats, weights: ByEdge, *, fresh: bool) -> None:
        """Add to the tails what the transposed matrix carries back; or write it, if fresh."""
        matrix, heads = self._matrix(weights).T, deltas[self.rows]
        if fresh:
            np.matmul(matrix, heads, out=target[self.at])
        else:
            target[self.at] += np.matmul(matrix, heads)

    def slopes(self, slopes: ByEdge, source: Floats, deltas: Floats, *, fresh: bool) -> None:
        """Multiply the heads with the transposed tails."""
        tails, heads = source[self.at], deltas[self.rows]
        if heads.ndim == 1:
            tails, heads = tails[:, None], heads[:, None]
        matrix = self._matrix(slopes)
        if fresh:
            np.matmul(heads, tails.T, out=matrix)
        else:
            matrix += np.matmul(heads, tails.T)


def _store(slopes: Floats, slope: Floats, *, fresh: bool) -> None:
    if fresh:
        slopes[:] = slope
    else:
        slopes += slope


def rows_of(places: Integers) -> Rows:
    """Give ascending places without a gap as a slice, any others as they are."""
    first, last = int(places[0]), int(places[-1])
    consecutive = last - first == len(places) - 1 and bool((np.diff(places) == 1).all())
    return slice(first, last + 1) if consecutive else places.astype(np.intp)
