"""What a pass returns: values by output; derivatives by source, by weight, and as one vector."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rojasgraph.engine.feeding import Feed, Shape
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.passes import Outcome
from rojasgraph.engine.wiring import Floats, Integers
from rojasgraph.numbers.arrays import sum_to
from rojasgraph.numbers.kinds import Number

EdgeName = tuple[Hashable, Hashable, Hashable]


def collapsed(row: Floats, whole: Shape, own: Shape) -> Number:
    """Give a value its own shape, after it was computed for all examples of a pass.

    Args:
        row: by example, laid out flat.
        whole: the shape of all examples.
        own: the shape of the value, which broadcasts to it.

    >>> collapsed(np.array([1.0, 1.0, 1.0]), (3,), ())
    1.0
    >>> collapsed(np.arange(6.0) // 3, (2, 3), (2, 1))
    array([[0.],
           [1.]])
    """
    if 0 in own:
        return np.empty(own, row.dtype)
    if own == whole:
        return row.reshape(whole) if whole else plain(row[0])
    missing = len(whole) - len(own)
    array = row.reshape(whole)[(0,) * missing]
    narrow = tuple(slice(0, 1) if n == 1 else slice(None) for n in own)
    return array[narrow] if own else plain(array)


def plain(number: Any) -> Number:  # noqa: ANN401 - numpy's scalars
    """Give Python's own float for a number of float64; one of float32 stays numpy's."""
    return number.item() if number.dtype == np.float64 else number


class Values(Mapping[Hashable, Number]):
    """The values of the outputs, by name; each is a number or has the shape of its batch."""

    def __init__(
        self, names: Sequence[Hashable], table: Floats, feed: Feed, shapes: Sequence[Shape]
    ) -> None:
        """Keep the values by output and example, and the shapes to give them."""
        self._names = names
        self._table = table
        self._feed = feed
        self._shapes = shapes

    @cached_property
    def _places(self) -> dict[Hashable, int]:
        return {name: i for i, name in enumerate(self._names)}

    @property
    def array(self) -> Floats:
        """All values in one array, whose last axis has one place for each output."""
        if 0 in self._feed.shape:
            return np.empty((*self._feed.shape, len(self._names)), self._table.dtype)
        return np.moveaxis(self._table.reshape(len(self._names), *self._feed.shape), 0, -1)

    def __getitem__(self, name: Hashable) -> Number:
        """Give the value of one output."""
        i = self._places[name]
        return collapsed(self._table[i], self._feed.filled, self._shapes[i])

    def __iter__(self) -> Iterator[Hashable]:
        """Go over the outputs, in order."""
        return iter(self._names)

    def __len__(self) -> int:
        """Count the outputs."""
        return len(self._names)

    def __repr__(self) -> str:
        """Show the values as a dict."""
        return repr(dict(self))


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """Which sources and edges a gradient speaks of.

    Attributes:
        listing: the network.
        places: by node of the listing, its number as a source of the program, if it is one.
        edges: by edge of the program, its number in the listing.
        sources: the nodes of the listing whose derivative was asked for.
        parameters: the sources that `weights` begins with.
        trainable: the edges that it ends with.
    """

    listing: Listing
    places: Integers
    edges: Integers
    sources: Integers
    parameters: Integers
    trainable: Integers


class Gradients(Mapping[Hashable, Number]):
    """The gradient of one pass: a mapping from inputs and parameters to derivatives.

    Each derivative has the shape of the value that its source was fed. What is the same for all
    examples, such as a weight, collects the sum over these, or their mean. It is a snapshot: later
    passes do not change it.
    """

    def __init__(
        self, numbering: Numbering, feed: Feed, outcomes: Sequence[Outcome], *, mean: bool
    ) -> None:
        """Keep what the passes gave: one for each shape of outputs."""
        self._numbering = numbering
        self._feed = feed
        self._outcomes = outcomes
        self._mean = mean

    def __getitem__(self, name: Hashable) -> Number:
        """Give the derivative by one source."""
        j = self._numbering.listing.names.number(name)
        if j is None or j not in self._asked:
            known = [
                self._numbering.listing.names[i] for i in self._numbering.sources[:12].tolist()
            ]
            listed = ", ".join(map(repr, known)) or "none"
            more = ", …" if len(self) > len(known) else ""
            raise KeyError(
                f"{name!r} is no input or parameter of this gradient; it has: {listed}{more}; "
                "program.label(net) writes every node's adjoint on the graph, weights are "
                "gradients.edges[...]"
            )
        return self._by_source(int(self._numbering.places[j]))

    def __iter__(self) -> Iterator[Hashable]:
        """Go over the sources, in the order of the graph."""
        names = self._numbering.listing.names
        return (names[j] for j in self._numbering.sources.tolist())

    def __len__(self) -> int:
        """Count the sources."""
        return len(self._numbering.sources)

    def __repr__(self) -> str:
        """Show the derivatives by the sources, and how many weights there are."""
        weights = f", weights: {len(self.weights)}" if len(self.weights) else ""
        return f"<gradients {dict(self)}{weights}>"

    @cached_property
    def _asked(self) -> frozenset[int]:
        return frozenset(self._numbering.sources.tolist())

    @cached_property
    def _shapes(self) -> dict[int, Shape]:
        """The shapes of the sources that were fed batches."""
        return {k: v.shape for v in self._feed.varying for k in v.sources.tolist()}

    @cached_property
    def _rows(self) -> list[dict[int, int]]:
        """For each pass, the rows of its adjoints by the sources that varied in it."""
        return [
            {k: row for row, k in enumerate(k for v in o.varying for k in v.sources.tolist())}
            for o in self._outcomes
        ]

    def _by_source(self, k: int) -> Number:
        own = self._shapes.get(k, ())
        total: Any = np.zeros(own, self._feed.fixed.dtype)
        with np.errstate(all="ignore"):
            for outcome, rows in zip(self._outcomes, self._rows, strict=True):
                if k in rows:
                    label = outcome.adjoints[rows[k]].reshape(outcome.shape)
                    total = total + sum_to(label, own) / self._examples(outcome, own)
                elif k not in self._shapes:
                    total = total + outcome.totals[k] / self._examples(outcome, own)
        return total if own else plain(np.asarray(total)[()])

    def _examples(self, outcome: Outcome, own: Shape) -> int:
        """Count the examples over which a mean is taken; 1 for a sum."""
        size, part = math.prod(outcome.shape), math.prod(own)
        return size // part if self._mean and size > part else 1

    @property
    def inputs(self) -> Floats:
        """The derivatives by all inputs in one array, whose last axis has one place for each.

        Every input must have been asked for, and fed values of one shape.
        """
        names = self._numbering.listing.names
        first = self._outcomes[0]
        whole = len(self._outcomes) == 1 and len(first.varying) == 1
        count = len(self._numbering.listing.inputs)
        if whole and np.array_equal(first.varying[0].sources, np.arange(count)):
            return np.moveaxis(first.adjoints.reshape(count, *first.shape), 0, -1)
        nodes = self._numbering.listing.inputs.tolist()
        return np.stack([np.asarray(self[names[j]]) for j in nodes], axis=-1)

    @cached_property
    def weights(self) -> Floats:
        """The derivatives by `program.weights`, in its order: one vector."""
        with np.errstate(all="ignore"):
            parts = [self._vector(o, r) for o, r in zip(self._outcomes, self._rows, strict=True)]
            return sum(parts[1:], start=parts[0])

    def _vector(self, outcome: Outcome, rows: Mapping[int, int]) -> Floats:
        numbering, gradients = self._numbering, outcome.gradients
        if len(numbering.trainable) < len(gradients):
            gradients = gradients[numbering.trainable]
        if len(numbering.parameters):
            totals = outcome.totals[numbering.parameters]
            for i, k in enumerate(numbering.parameters.tolist() if rows else ()):
                if k in rows:
                    totals[i] = outcome.adjoints[rows[k]].sum()
            gradients = np.concatenate([totals, gradients])
        examples = self._examples(outcome, ())
        return gradients / examples if examples > 1 else gradients

    @cached_property
    def edges(self) -> Mapping[EdgeName, Number]:
        """Derivatives by the weights that edges have of their own, keyed (tail, head, key)."""
        listing = self._numbering.listing
        gradients = np.empty_like(self._outcomes[0].gradients)
        with np.errstate(all="ignore"):
            gradients[self._numbering.edges] = sum(
                outcome.gradients / self._examples(outcome, ()) for outcome in self._outcomes
            )
        edges = np.flatnonzero(listing.weighted)
        numbers = gradients[edges]
        found = numbers.tolist() if numbers.dtype == np.float64 else list(numbers)
        return dict(zip(edge_names(listing, edges), found, strict=True))


def edge_names(listing: Listing, edges: Integers) -> list[EdgeName]:
    """Name edges as networkx does: tail, head, key; parallel ones are counted from 0."""
    names, keys = listing.names, listing.keys
    if keys is None:
        order = np.lexsort((listing.heads, listing.tails))
        tails, heads = listing.tails[order], listing.heads[order]
        new = np.ones(len(order), np.bool_)
        new[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
        place = np.arange(len(order))
        count = np.empty(len(order), np.int64)
        count[order] = place - np.maximum.accumulate(np.where(new, place, 0))
        keys = count.tolist()
    tails, heads = listing.tails[edges].tolist(), listing.heads[edges].tolist()
    return [
        (names[tail], names[head], keys[e])
        for tail, head, e in zip(tails, heads, edges.tolist(), strict=True)
    ]
