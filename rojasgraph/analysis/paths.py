"""Paths: the products that the labels of backpropagation are sums of."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import mul
from typing import NamedTuple

from rojasgraph.contract import Record, shared_weights
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, record_of, structure_of
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName, Order, is_hashable


class _Step(NamedTuple):
    """One edge that a path may take: along edge e, or from a parameter into e's weight."""

    e: int
    from_weight: bool


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
    _steps: tuple[_Step, ...] = field(repr=False, compare=False)
    _network: Network = field(repr=False, compare=False)

    @cached_property
    def factors(self) -> tuple[Number, ...]:
        """The derivative of each edge, in the order of the edges.

        Raises:
            NotLabeled: the network has not been fed forward.
        """
        record = record_of(self._network)
        return tuple(_derivative(record, step) for step in self._steps)

    @cached_property
    def product(self) -> Number:
        """The product of the edge derivatives: this path's share of the derivative.

        Raises:
            NotLabeled: the network has not been fed forward.
        """
        one = record_of(self._network).reading.system.one
        return reduce(mul, self.factors) if self.factors else one

    def __str__(self) -> str:
        """Write the path as its nodes."""
        return " → ".join(map(str, self.nodes))


def _derivative(record: Record, step: _Step) -> Number:
    forward, plan = record.forward, record.reading.plan
    if not step.from_weight:
        return forward.edge_derivatives[step.e]
    partial = forward.derivatives[record.order.heads[step.e]][plan.slots[step.e]]
    return forward.values[plan.tails[step.e]] * partial


def paths(net: Network, source: Hashable, output: Hashable) -> Iterator[Path]:
    """Go over all paths from one node to another, one by one.

    Parallel edges make distinct paths. There may be as many as 2 to the number of nodes: ask
    `count_paths` first, which does not list them.

    Args:
        net: the network, labeled or not (only products need labels).
        source: the node where the paths start.
        output: the node where they end; if it is the source, the one path has no edges.

    Yields:
        The paths, by the order of the graph; nothing where there is none.

    Raises:
        ArgumentError: one of the nodes is not in the network, or an edge shares a weight that is
            no parameter's.
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
    start, end = _numbers(order, source, output)
    return _walk(net, order, start, end)


def _walk(net: Network, order: Order, start: int, end: int) -> Iterator[Path]:
    """Search in depth, only among nodes from which the end is reached."""
    steps = _steps(order)
    counts = _counts(order, steps, end)
    if not counts[start]:
        return
    taken: list[_Step] = []
    options = [_onward(order, steps, counts, start, end)]
    if start == end:
        yield _path(net, order, start, taken)
    while options:
        step = next(options[-1], None)
        if step is None:
            options.pop()
            del taken[-1:]
            continue
        taken.append(step)
        head = order.heads[step.e]
        if head == end:
            yield _path(net, order, start, taken)
        options.append(_onward(order, steps, counts, head, end))


def _onward(
    order: Order, steps: list[list[_Step]], counts: list[int], node: int, end: int
) -> Iterator[_Step]:
    """Give the steps out of a node that lead to the end; none from the end itself."""
    return iter([s for s in steps[node] if node != end and counts[order.heads[s.e]]])


def _path(net: Network, order: Order, start: int, taken: list[_Step]) -> Path:
    nodes = (order.names[start], *(order.names[order.heads[step.e]] for step in taken))
    edges = []
    for at, step in zip(nodes, taken, strict=False):
        tail, head, key = order.edge_names[step.e]
        edges.append((at, head, (tail, key)) if step.from_weight else (tail, head, key))
    return Path(nodes, tuple(edges), tuple(taken), net)


def _steps(order: Order) -> list[list[_Step]]:
    """List, for each node, the edges out of it and the weights that it shares, if any."""
    steps = [[_Step(e, from_weight=False) for e in outgoing] for outgoing in order.outgoing]
    for e, j in shared_weights(order).items():
        steps[j].append(_Step(e, from_weight=True))
    return steps


def _counts(order: Order, steps: list[list[_Step]], end: int) -> list[int]:
    """Count the paths from each node to the end, by the backward sweep with all factors 1."""
    counts = [0] * len(steps)
    counts[end] = 1
    for j in reversed(range(end)):
        counts[j] = sum(counts[order.heads[step.e]] for step in steps[j])
    return counts


def _numbers(order: Order, source: Hashable, output: Hashable) -> tuple[int, int]:
    for name in (source, output):
        if not is_hashable(name) or name not in order.number:
            message = f"{name!r} is no node of the network"
            raise ArgumentError(message)
    return order.number[source], order.number[output]


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
    start, end = _numbers(order, source, output)
    return _counts(order, _steps(order), end)[start]
