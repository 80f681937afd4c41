"""Paths: the products that the labels of backpropagation are sums of."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import mul

from rojasgraph.analysis.links import (
    Link,
    counts_to,
    derivative_of,
    link_name,
    links_of,
    numbers_of,
)
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, record_of, structure_of
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName, Order

MOST_PATHS = 100_000
"""How many paths are listed unless somebody asks for more."""


@dataclass(frozen=True)
class Path:
    """A path through a network, from a source to an output.

    Attributes:
        nodes: the names of the nodes it visits, both ends included.
        edges: the edges it takes, as (tail, head, key). The step from a parameter into a weight
            that it shares is (parameter, head, (tail, key)), where (tail, head, key) is the edge
            that carries the weight.
    """

    nodes: tuple[Hashable, ...]
    edges: tuple[EdgeName, ...]
    _links: tuple[Link, ...] = field(repr=False, compare=False)
    _network: Network = field(repr=False, compare=False)

    @cached_property
    def factors(self) -> tuple[Number, ...]:
        """The derivative of each edge, in the order of the edges.

        Raises:
            NotLabeled: the network has not been fed forward.
        """
        record = record_of(self._network)
        return tuple(derivative_of(record, link) for link in self._links)

    @cached_property
    def product(self) -> Number:
        """The product of the edge derivatives, which is this path's share of the derivative.

        Raises:
            NotLabeled: the network has not been fed forward.
        """
        one = record_of(self._network).reading.system.one
        return reduce(mul, self.factors) if self.factors else one

    def __str__(self) -> str:
        """Write the path as its nodes."""
        return " → ".join(map(str, self.nodes))


def path_along(net: Network, order: Order, start: int, links: Sequence[Link]) -> Path:
    """Make the path that takes these links from a node."""
    nodes = (order.names[start], *(order.names[order.heads[link.e]] for link in links))
    edges = tuple(link_name(order, at, link) for at, link in zip(nodes, links, strict=False))
    return Path(nodes, edges, tuple(links), net)


def paths(
    net: Network, source: Hashable, output: Hashable, *, limit: int | None = MOST_PATHS
) -> Iterator[Path]:
    """Go over all paths from one node to another, one by one.

    Parallel edges make distinct paths. There may be as many as 2 to the number of nodes, so a loop
    over all of them may never end: they are counted first, without being listed, and where there
    are more than `limit`, an error follows the last one within it. `count_paths` gives the number,
    `top_paths` the largest.

    Args:
        net: the network, labeled or not (only products need labels).
        source: the node where the paths start.
        output: the node where they end; if it is the source, the one path has no edges.
        limit: how many are listed at most; None for all.

    Yields:
        The paths, by the order of the graph; nothing where there is none.

    Raises:
        ArgumentError: one of the nodes is not in the network, or an edge shares a weight that is
            no parameter's; after `limit` paths, if there are more.
        GraphError: the network is a view.

    Source: Bauer, Computational graphs and rounding error (1974); Rojas (1996), section 7.2.

    >>> from rojasgraph.expressions import inputs
    >>> x = inputs("x")
    >>> net = Network.from_expressions((x * x).named("y"))
    >>> _ = net.feed_forward(x=3.0)
    >>> [(path.edges, path.product) for path in paths(net, "x", "y")]
    [((('x', 'y', 0),), 3.0), ((('x', 'y', 1),), 3.0)]
    """
    order = structure_of(net)
    start, end = numbers_of(order, source, output)
    return _walk(net, order, start, end, limit)


def _walk(net: Network, order: Order, start: int, end: int, limit: int | None) -> Iterator[Path]:
    """Search in depth, only among nodes from which the end is reached."""
    links = links_of(order)
    counts = counts_to(order, links, end)
    if not counts[start]:
        return
    left = counts[start] if limit is None else min(limit, counts[start])
    taken: list[Link] = []
    options = [_onward(order, links, counts, start, end)]
    if start == end:
        yield path_along(net, order, start, taken)
    while options and left:
        link = next(options[-1], None)
        if link is None:
            options.pop()
            del taken[-1:]
            continue
        taken.append(link)
        head = order.heads[link.e]
        if head == end:
            left -= 1
            yield path_along(net, order, start, taken)
        options.append(_onward(order, links, counts, head, end))
    if limit is not None and counts[start] > limit:
        message = (
            f"there are {counts[start]} paths from {order.names[start]!r} to {order.names[end]!r}, "
            f"and these were the first {limit}: ask for the largest with top_paths, for sums over "
            "all of them with sweep, or for more with limit="
        )
        raise ArgumentError(message)


def _onward(
    order: Order, links: list[list[Link]], counts: list[int], node: int, end: int
) -> Iterator[Link]:
    """Give the links out of a node that lead to the end; none from the end itself."""
    return iter([s for s in links[node] if node != end and counts[order.heads[s.e]]])


def count_paths(net: Network, source: Hashable, output: Hashable) -> int:
    """Count the paths from one node to another without listing them.

    Args:
        net: the network, labeled or not.
        source: the node where the paths start.
        output: the node where they end.

    Returns:
        The number of paths, exact however large; parallel edges count each. Linear in the edges.

    Raises:
        ArgumentError: one of the nodes is not in the network, or an edge shares a weight that is
            no parameter's.
        GraphError: the network is a view.

    Source: the counting semiring on the graph: Bauer (1974).

    >>> from rojasgraph.expressions import inputs
    >>> node = inputs("x")
    >>> for _ in range(60):
    ...     node = node + node
    >>> count_paths(Network.from_expressions(node.named("y")), "x", "y") == 2**60
    True
    """
    order = structure_of(net)
    start, end = numbers_of(order, source, output)
    return counts_to(order, links_of(order), end)[start]
