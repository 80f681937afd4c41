"""The paths with the largest products, found without listing all of them: `top_paths`.

Each node keeps its k first paths to the output. They are made of those of its heads: what is first
behind an edge is first among the paths that take it, so k of each head are enough. Sizes keep a
whole number as their exponent, so that no path is lost to under- or overflow.

A factor that is 0, infinite or nan breaks this order (0 · ∞ is nan), so paths are kept in classes,
by what their factors hold: first those with an infinite factor, then the ordinary ones, then those
with a factor 0, last those whose product is nan; k of each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from rojasgraph.analysis.links import Example, Link, derivative_of, links_of, numbers_of
from rojasgraph.analysis.paths import Path, path_along
from rojasgraph.contract import Record
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.network import Network, record_of
from rojasgraph.numbers.kinds import Number

_INFINITE, _ORDINARY, _ZERO, _MISSING = range(4)
"""Classes of sizes, from the first to the last."""


class _Size(NamedTuple):
    """The size of a product: significand · 2^exponent; in a class without order 1 · 2^0."""

    kind: int
    exponent: int
    significand: Number

    def __mul__(self, other: object) -> _Size:
        """Multiply sizes."""
        assert isinstance(other, _Size)  # noqa: S101 - for the type checker
        kinds = {self.kind, other.kind}
        if kinds == {_ORDINARY}:
            product = self.significand * other.significand
            return _normal(product, self.exponent + other.exponent)
        if _MISSING in kinds or kinds >= {_ZERO, _INFINITE}:
            return _of_kind(_MISSING)
        return _of_kind(_ZERO if _ZERO in kinds else _INFINITE)

    @property
    def rank(self) -> tuple[int, int, Number]:
        """What sorts sizes, the largest first."""
        return self.kind, -self.exponent, -self.significand


def _of_kind(kind: int) -> _Size:
    return _Size(kind, 0, 1)


def _normal(significand: Number, exponent: int) -> _Size:
    """Bring a float between ½ and 1; other numbers have no bounds to leave."""
    if isinstance(significand, float | np.floating):
        significand, moved = math.frexp(significand)
        exponent += moved
    return _Size(_ORDINARY, exponent, significand)


def _size_of(factor: Number) -> _Size:
    """Give the size of a factor.

    Raises:
        TypeError: it has no place in an order.
    """
    size = abs(factor)
    if size != size:  # noqa: PLR0124 - nan, in every number system
        return _of_kind(_MISSING)
    if size == math.inf:
        return _of_kind(_INFINITE)
    if size == 0:
        return _of_kind(_ZERO)
    if not bool(size > 0):
        raise TypeError(factor)
    return _normal(size, 0)


class _Rest(NamedTuple):
    """A path from a node to the output: its size, its first link, and the rest behind that."""

    size: _Size
    first: Link | None
    behind: Any  # a _Rest, or None at the output


@dataclass(frozen=True, slots=True)
class _Search:
    """What the search walks: the record, its links, and how many paths are wanted."""

    record: Record
    links: list[list[Link]]
    size_of: Callable[[int, Link], _Size]
    k: int

    def rests(self, start: int, end: int) -> list[_Rest]:
        """Give the first paths from a node: k of each class, in their order."""
        between = self._between(start, end)
        found: dict[int, list[_Rest]] = {end: [_Rest(_Size(_ORDINARY, 0, 1), None, None)]}
        for j in sorted(between - {end}, reverse=True):
            found[j] = self._first(j, found)
        return found.get(start, [])

    def _between(self, start: int, end: int) -> set[int]:
        """Collect the nodes on paths from one node to another."""
        heads, ahead = self.record.order.heads, [start]
        reached = {start}
        while ahead:
            for link in self.links[ahead.pop()]:
                head = heads[link.e]
                if head <= end and head not in reached:
                    reached.add(head)
                    ahead.append(head)
        on_path = {end} & reached
        for j in sorted(reached, reverse=True):
            if any(heads[link.e] in on_path for link in self.links[j]):
                on_path.add(j)
        return on_path

    def _first(self, j: int, found: dict[int, list[_Rest]]) -> list[_Rest]:
        """Merge what is behind the links of a node; of equal sizes the earlier link is first."""
        ways: dict[int, list[list[_Rest]]] = {}
        for link in self.links[j]:
            behind = found.get(self.record.order.heads[link.e])
            if behind is not None:
                for kind, rests in _along(link, self.size_of(j, link), behind).items():
                    ways.setdefault(kind, []).append(rests)
        merged = (merge(*ways[kind], key=_rank) for kind in sorted(ways))
        return [rest for each in merged for rest in islice(each, self.k)]


def _rank(rest: _Rest) -> tuple[int, int, Number]:
    return rest.size.rank


def _along(link: Link, size: _Size, rests: list[_Rest]) -> dict[int, list[_Rest]]:
    """Go on from a link, over the paths behind it, by the class of the product."""
    found: dict[int, list[_Rest]] = {}
    for behind in rests:
        product = size * behind.size
        found.setdefault(product.kind, []).append(_Rest(product, link, behind))
    return found


def top_paths(
    net: Network, source: Hashable, output: Hashable, k: int = 5, *, example: Example = None
) -> list[Path]:
    """Find the paths with the largest products, by size, without listing all paths.

    Exact: sizes are compared as products rounded once for each edge, from the output back, with no
    under- or overflow (Fractions are not rounded at all). Of equal sizes the path comes first
    whose first edge comes first in the graph; if that is the same edge, the one whose rest comes
    first by these rules. Paths with an infinite factor come before all others; after the ordinary
    ones come those with a factor 0, then those whose product is nan (0 · ∞ is, too). It takes
    k · edges · log(degree) steps.

    Args:
        net: a network that has been fed forward.
        source: the node where the paths start.
        output: the node where they end.
        k: how many.
        example: of a batch, the index of the example to look at.

    Returns:
        The k first paths, or all where there are fewer; an empty list where there is none.

    Raises:
        ArgumentError: one of the nodes is not in the network, k is no whole number from 1 up, or
            the labels are batches and no example is named.
        NotLabeled: the network has not been fed forward.
        DomainError: a derivative has no size to compare, as a formula has none.

    Source: k best paths in an acyclic graph: Huang and Chiang, Better k-best parsing (2005), and
    the literature there.

    >>> from rojasgraph.expressions import inputs
    >>> a, b = inputs("a b")
    >>> net = Network.from_expressions(((a + b) * (b + 1)).named("e"))
    >>> _ = net.feed_forward(a=2.0, b=1.0)
    >>> for path in top_paths(net, "b", "e", k=2):
    ...     print(path, path.product)
    b → add3 → e 3.0
    b → add1 → e 2.0
    """
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        message = f"k must be a whole number from 1 up; got {k!r}"
        raise ArgumentError(message)
    record = record_of(net)
    start, end = numbers_of(record.order, source, output)

    def size_of(j: int, link: Link) -> _Size:
        factor = derivative_of(record, link, example)
        try:
            return _size_of(factor)
        except (TypeError, ValueError):
            raise _without_size(record, j, factor) from None

    search = _Search(record, links_of(record.order), size_of, k)
    return [
        path_along(net, record.order, start, _links_along(rest))
        for rest in search.rests(start, end)[:k]
    ]


def _without_size(record: Record, j: int, factor: Number) -> Exception:
    name = record.order.names[j]
    if getattr(factor, "shape", ()):
        return ArgumentError(
            "the labels are batches, each example with an order of its own: name one with example="
        )
    return DomainError(
        f"an edge from {name!r} has the derivative {factor!r}, whose size cannot be compared: feed "
        "numbers"
    )


def _links_along(rest: _Rest) -> list[Link]:
    links = []
    while rest.first is not None:
        links.append(rest.first)
        rest = rest.behind
    return links
