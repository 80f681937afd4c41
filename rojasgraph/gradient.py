"""What backpropagation returns: the derivatives by the sources, and by the weights on edges."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from rojasgraph.numbers.arrays import sum_to
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName


class Gradient(Mapping[Hashable, Number]):
    """The gradient of one pass: a mapping from inputs and parameters to derivatives.

    Each derivative has the shape of the value that its source was fed. It is a snapshot: later
    passes do not change it.

    Attributes:
        edges: derivatives by the weights of weighted edges, keyed (tail, head, key).
    """

    def __init__(
        self,
        sources: Mapping[Hashable, Number],
        edges: Callable[[], dict[EdgeName, Number]],
    ) -> None:
        """Keep the sources' derivatives, and how to collect the edges' when asked for."""
        self._sources = dict(sources)
        self._collect = edges

    @cached_property
    def edges(self) -> Mapping[EdgeName, Number]:
        """Derivatives by the weights of weighted edges, keyed (tail, head, key)."""
        with np.errstate(all="ignore"):  # as during the pass, which told of what is not finite
            return _ByEdge(self._collect())

    def __reduce__(self) -> tuple[Callable[..., Gradient], tuple[Any, ...]]:
        """Pickle and copy the numbers, without the pass that they come from."""
        return _with_edges, (self._sources, dict(self.edges))

    def __getitem__(self, name: Hashable) -> Number:
        """Give the derivative by one source."""
        try:
            return self._sources[name]
        except KeyError:
            known = ", ".join(map(repr, self._sources)) or "none"
            message = (
                f"{name!r} is no input or parameter of this gradient; it has: {known}; "
                "other nodes carry theirs as net.nodes[...]['adjoint'], weights as grad.edges[...]"
            )
            raise KeyError(message) from None

    def __iter__(self) -> Iterator[Hashable]:
        """Go over the sources, in the order of the graph."""
        return iter(self._sources)

    def __len__(self) -> int:
        """Count the sources."""
        return len(self._sources)

    def __repr__(self) -> str:
        """Show the derivatives by the sources, and how many weights there are."""
        weights = f", edges: {len(self.edges)}" if self.edges else ""
        return f"<gradient {self._sources}{weights}>"


def _with_edges(sources: Mapping[Hashable, Number], edges: dict[EdgeName, Number]) -> Gradient:
    return Gradient(sources, lambda: edges)


class _ByEdge(dict[EdgeName, Number]):
    """Derivatives by edge, with an error that says how edges are named."""

    def __missing__(self, edge: object) -> Number:
        """Say what came and what is there."""
        known = list(self)[:3]
        message = (
            f"{edge!r} is no edge with a weight of its own; edges are named (tail, head, key), "
            f"such as {known}; every edge carries net.edges[...]['gradient']"
        )
        raise KeyError(message)


def fitted(label: Number, value: Number, zero: Number, *, mean: bool) -> Number:
    """Bring a label per example to the shape of the value that it belongs to.

    Args:
        label: an adjoint or edge gradient; None where no path leads to the output.
        value: the source's value, or the weight.
        zero: the zero of the number system.
        mean: average over the examples instead of summing.
    """
    shape = np.shape(value)
    if label is None:
        return np.full(shape, zero) if shape else zero
    total = sum_to(label, shape)
    if mean and np.size(label) > np.size(value):
        total = total / (np.size(label) // np.size(value))
    return np.array(np.broadcast_to(total, shape)) if shape else total
