"""Weighted sums over edges, as XLA does them fast: gathered, multiplied and summed in rectangles.

Forward, a slot collects weight · value over its edges; backward, a node collects weight · delta
over its edges. Targets of about the same number of edges make a rectangle: they are padded to the
same number by edges of weight 0 from a row that is always 0. Nothing is scattered, so the order of
adding is the same everywhere.

All rectangles share two tables, which XLA gets as two arrays and not as thousands of constants.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.numpy.sums import rows_of
from rojasgraph.engine.wiring import Block, Integers, Wiring, index_type

_CALL = 2000
"""How many edges of padding cost less than one rectangle more, which must be compiled, too."""


class Tables(NamedTuple):
    """What rectangles are cut from.

    Attributes:
        rows: rows of the source; and orders of targets. (These, as all tables, are of numpy where
            they are planned, and of JAX where they are used.)
        edges: by the same places, the number of the edge; the number after the last where there
            is none.
    """

    rows: Any
    edges: Any

    def weights(self, weights: jax.Array) -> jax.Array:
        """Lay out the weights as the rectangles want them: 0 where there is no edge."""
        return jnp.append(weights, jnp.zeros(1, weights.dtype))[self.edges]


class Rectangle(NamedTuple):
    """Some targets with the same number of edges, from a place of the tables on."""

    place: int
    targets: int
    degree: int

    def sums(self, source: jax.Array, rows: jax.Array, weights: jax.Array) -> jax.Array:
        """Give the sums by target and example."""
        here = slice(self.place, self.place + self.targets * self.degree)
        shape = (self.targets, self.degree)
        if self.degree == 1:
            return source[rows[here]] * weights[here, None]
        carried = source[rows[here].reshape(shape)] * weights[here].reshape(*shape, 1)
        return carried.sum(axis=1)


class Sum(NamedTuple):
    """The sums of some targets.

    Attributes:
        rectangles: which make them up; a row of zeros follows the last.
        order: where in the tables stands, by target, the row of its sum; None: as they come.
        targets: how many.
    """

    rectangles: tuple[Rectangle, ...]
    order: int | None
    targets: int

    def sums(self, source: jax.Array, rows: jax.Array, weights: jax.Array) -> jax.Array:
        """Give the sums by target and example.

        Args:
            source: by row and example.
            rows: the table.
            weights: as `Tables.weights` lays them out.
        """
        zero = jnp.zeros((1, *source.shape[1:]), source.dtype)
        parts = [each.sums(source, rows, weights) for each in self.rectangles]
        if self.order is None:
            return joined(parts)
        return joined([*parts, zero])[rows[self.order : self.order + self.targets]]


class TableWriter:
    """Cuts sums into rectangles, and writes their tables."""

    def __init__(self, zero: int, none: int) -> None:
        """Start with empty tables.

        Args:
            zero: the row of the source that is always 0.
            none: the number that stands for no edge.
        """
        self._zero = zero
        self._none = none
        self._rows: list[Integers] = []
        self._edges: list[Integers] = []
        self._length = 0

    def tables(self) -> Tables:
        """Give what was written."""
        rows, edges = (np.concatenate([np.empty(0, np.int64), *parts])
                       for parts in (self._rows, self._edges))  # fmt: skip
        small = index_type(max(int(rows.max(initial=0)), self._none))
        return Tables(rows.astype(small), edges.astype(small))

    def sum(self, first: Integers, rows: Integers, edges: Integers) -> Sum:
        """Write the tables of a sum.

        Args:
            first: by target, where its edges begin in `rows` and `edges`; and how many there are.
            rows: by edge, the row of the source.
            edges: by edge, its number.
        """
        counts = np.diff(first)
        order = np.argsort(counts, kind="stable")
        empty = int((counts == 0).sum())
        found = []
        for top, bottom, degree in _rectangles(counts[order], empty):
            column, chosen = np.arange(degree), order[top:bottom]
            there = column < counts[chosen][:, None]
            place = np.where(there, first[chosen][:, None] + column, 0)
            at = np.where(there, rows[place], self._zero).ravel()
            numbers = np.where(there, edges[place], self._none).ravel()
            found.append(Rectangle(self._written(at, numbers), bottom - top, degree))
        if not empty and bool((np.diff(order) == 1).all()):
            return Sum(tuple(found), None, len(counts))
        where = np.empty(len(counts), np.int64)
        where[order] = np.maximum(np.arange(len(counts)) - empty, -1)
        where[order[:empty]] = len(counts) - empty
        return Sum(tuple(found), self._written(where, np.full(len(where), self._none)), len(counts))

    def _written(self, rows: Integers, edges: Integers) -> int:
        place = self._length
        self._rows.append(rows)
        self._edges.append(edges)
        self._length += len(rows)
        return place


def _rectangles(ascending: Integers, start: int) -> Iterator[tuple[int, int, int]]:
    """Cut targets with ascending numbers of edges into rectangles that waste little.

    Yields:
        Which targets, from where to where; and the number of edges that each is padded to.
    """
    degrees, starts = np.unique(ascending[start:], return_index=True)
    stops = np.append(start + starts, len(ascending))[1:].tolist()
    for i, (degree, stop) in enumerate(zip(degrees.tolist(), stops, strict=True)):
        longer = int(degrees[i + 1]) if i + 1 < len(degrees) else None
        if longer is None or (stop - start) * (longer - degree) >= _CALL:
            yield start, stop, degree
            start = stop


def joined(parts: list[jax.Array]) -> jax.Array:
    """Lay arrays end to end."""
    return parts[0] if len(parts) == 1 else jnp.concatenate(parts)


class Product(NamedTuple):
    """A fully connected part: what some targets collect is a product of matrices.

    Attributes:
        targets: how many.
        rows: the rows of the source, one for each column of the matrix.
        edges: whose weights are the matrix, by target and row.
    """

    targets: int
    rows: slice | Integers
    edges: slice

    def matrix(self, weights: jax.Array) -> jax.Array:
        """Give the weights as a matrix."""
        return weights[self.edges].reshape(self.targets, -1)


def product(a: jax.Array, b: jax.Array) -> jax.Array:
    """Multiply matrices, with all digits on accelerators too."""
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def product_of(block: Block) -> Product:
    """Give what the targets of a block collect."""
    return Product(block.stop - block.first, places_of(block.tails), block.edges)


def places_of(ascending: Integers) -> slice | Integers:
    """Give ascending places as a slice where they have no gap; else in 32 bits, as JAX has them."""
    places = rows_of(ascending)
    return places if isinstance(places, slice) else places.astype(np.int32)


def slots_of(wiring: Wiring, block: Block) -> slice:
    """Give the slots of a block's nodes."""
    return slice(int(wiring.first_slot[block.first]), int(wiring.first_slot[block.stop]))
