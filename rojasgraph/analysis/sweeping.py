"""One backward sweep over any path algebra: `sweep`."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from rojasgraph import algebras
from rojasgraph.analysis.links import (
    Example,
    Link,
    counts_to,
    derivative_of,
    leading_to,
    link_name,
    links_of,
    numbers_of,
)
from rojasgraph.analysis.paths import MOST_PATHS, Path, path_along
from rojasgraph.contract import Record
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, record_of, structure_of
from rojasgraph.order import Order
from rojasgraph.semirings import Algebra, Element, SupportsPaths, check_laws

_MOST_EDGES = 10_000_000
"""How many edges the paths may have together that `free` lists at all nodes."""


@dataclass(frozen=True, eq=False)
class _Graph:
    """What a sweep walks: nodes j, their links, and each link's factor in the algebra.

    Attributes:
        order: the nodes and edges.
        links: by node.
        factors: by node and link.
    """

    order: Order
    links: list[list[Link]]
    factors: list[list[Element]]

    def terms(
        self, algebra: SupportsPaths, j: int, labels: Sequence[Element | None]
    ) -> Iterator[tuple[Link, Element]]:
        """Give, by link out of a node, what its paths have; links that lead nowhere have none."""
        for link, factor in zip(self.links[j], self.factors[j], strict=True):
            after = labels[self.order.heads[link.e]]
            if after is not None:
                yield link, algebra.times(factor, after)


def _backward(graph: _Graph, algebra: SupportsPaths, end: int) -> list[Element | None]:
    """Sweep back from a node: backpropagation with plus and times in place of + and ×.

    None stands where no path leads to the end: no product is formed there.
    """
    labels: list[Element | None] = [None] * len(graph.links)
    labels[end] = algebra.one
    for j in reversed(range(end)):
        terms = [term for _, term in graph.terms(algebra, j, labels)]
        if terms:
            labels[j] = reduce(algebra.plus, terms)
    return labels


class Labels(Mapping[Hashable, Any]):
    """What a sweep found: a mapping from the names of all nodes to answers of the algebra."""

    def __init__(
        self,
        net: Network,
        graph: _Graph,
        algebra: SupportsPaths,
        end: int,
        elements: list[Element | None],
    ) -> None:
        """Keep the elements; answers are made when they are asked for."""
        self._net, self._graph, self._algebra = net, graph, algebra
        self._end, self._elements = end, elements

    def __getitem__(self, name: Hashable) -> Any:  # noqa: ANN401 - whatever the algebra answers
        """Give the answer at a node."""
        try:
            element = self._elements[self._graph.order.number[name]]
        except (KeyError, TypeError):
            raise KeyError(name) from None
        found = self._algebra.zero if element is None else element
        answer = getattr(self._algebra, "answer", None)
        return found if answer is None else answer(found)

    def __iter__(self) -> Iterator[Hashable]:
        """Go over the nodes, in the order of the graph."""
        return iter(self._graph.order.names)

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self._elements)

    def __repr__(self) -> str:
        """Show the algebra, the output and how many nodes there are."""
        output = self._graph.order.names[self._end]
        return f"<{self._algebra!r} to {output!r} at {len(self)} nodes>"

    def path(self, source: Hashable) -> Path | None:
        """Give the path that the answer at a node belongs to, where the algebra selects one.

        Each node points on along the first of its edges, by the order of the graph, whose paths
        have what the node has.

        Args:
            source: the node where the path starts.

        Returns:
            The path; None where none leads to the output.

        Raises:
            ArgumentError: the algebra joins paths (as a sum does) rather than selecting one, the
                labels are batches, or there is no such node.

        >>> from rojasgraph.expressions import inputs
        >>> a, b = inputs("a b")
        >>> net = Network.from_expressions(((a + b) * (b + 1)).named("e"))
        >>> _ = net.feed_forward(a=2.0, b=1.0)
        >>> print(sweep(net, "e", algebra=algebras.max_product).path("b"))
        b → add3 → e
        """
        if not getattr(self._algebra, "selective", False):
            message = f"{self._algebra!r} selects no path: max_product and longest do"
            raise ArgumentError(message)
        (start,) = numbers_of(self._graph.order, source)
        j = start
        if self._elements[j] is None:
            return None
        taken: list[Link] = []
        while j != self._end:
            link = self._pointer(j)
            taken.append(link)
            j = self._graph.order.heads[link.e]
        return path_along(self._net, self._graph.order, start, taken)

    def _pointer(self, j: int) -> Link:
        """Find the first link whose paths have what a node has; nan is a nan's."""
        label = self._elements[j]
        if isinstance(label, np.ndarray):
            message = "the labels are batches, each example with a path of its own: name example="
            raise ArgumentError(message)
        for link, term in self._graph.terms(self._algebra, j, self._elements):
            if term == label or (term != term and label != label):  # noqa: PLR0124 - nan
                return link
        message = f"{self._algebra!r} is marked selective, but plus gave neither of its operands"
        raise ArgumentError(message)


def sweep(
    net: Network,
    output: Hashable,
    *,
    algebra: SupportsPaths = algebras.real,
    example: Example = None,
) -> Labels:
    """Sweep back from an output over any path algebra.

    The shape of backpropagation: each node is visited once, and collects by ⊕ what its edges bring
    back by ⊗. Steps from a parameter into the weights that it shares are edges as well. What
    passes no derivative (`stop_gradient`) ends the paths, but for an algebra of edges alone.

    Args:
        net: the network; labeled by `feed_forward`, but for an algebra that looks at the edges
            alone (`counting`, `log_counting`, `longest`, `free`).
        output: the node where the paths end: any node.
        algebra: one of `rg.algebras`, or an object of your own with `zero`, `one`, `plus(a, b)`,
            `times(a, b)` (`a` nearer to the source) and `lift(derivative)`. With `structural =
            True` its `lift` is handed the edge's name (tail, head, key) instead; with
            `selective = True` (plus gives one of its operands) the result has paths; with a method
            `answer` an element is turned into what the result shows.
        example: of a batch, the index of the example to look at. Without it, the algebras of
            `rg.algebras` answer for all examples at once, in arrays.

    Returns:
        A mapping by node name: what the algebra answers there, and for a node without a path what
        its `zero` is (0, False, −inf, …). `.path(source)` gives the path that an answer of
        `max_product` or `longest` belongs to.

    Raises:
        ArgumentError: there is no such node or example; an algebra of your own breaks a law of
            semirings on the factors at hand, as (max, ×) does on negative ones; or `free` would
            list more than 100,000 paths, or ten million edges.
        NotLabeled: the network has not been fed forward.
        DomainError: the algebra needs a function that the number system lacks.
        CycleError, GraphError: as `paths`.

    Source: Bauer (1974); Mohri, Semiring frameworks and algorithms for shortest-distance problems
    (2002).

    >>> from rojasgraph.expressions import inputs
    >>> a, b = inputs("a b")
    >>> net = Network.from_expressions(((a + b) * (b + 1)).named("e"))
    >>> _ = net.feed_forward(a=2.0, b=1.0)
    >>> sweep(net, "e")["b"], sweep(net, "e", algebra=algebras.counting)["b"]
    (5.0, 2)
    >>> sweep(net, "e", algebra=algebras.min_max)["b"]
    Extent(smallest=2.0, largest=3.0)
    """
    if getattr(algebra, "structural", False):
        return _structural(net, output, algebra)
    record = record_of(net)
    (end,) = numbers_of(record.order, output)
    if isinstance(algebra, Algebra):
        algebra = algebra.over(record.reading.system)
    with np.errstate(all="ignore"):
        graph = _lifted(record, algebra, example, end)
        return Labels(net, graph, algebra, end, _backward(graph, algebra, end))


def _lifted(record: Record, algebra: SupportsPaths, example: Example, end: int) -> _Graph:
    """Bring the edge derivatives into the algebra."""
    order, primitives = record.order, record.reading.plan.primitives
    links = [[link for link in out if _passes(primitives[order.heads[link.e]])]
             for out in links_of(order)]  # fmt: skip
    derivatives = [[derivative_of(record, link, example) for link in out] for out in links]
    if not algebras.is_known(algebra):
        taken = _on_paths(order, links, derivatives, end)
        found = [d for d in taken if not isinstance(d, np.ndarray)]
        check_laws(algebra, [d for d in found if record.reading.system.isfinite(d)])
    return _Graph(order, links, [[algebra.lift(d) for d in out] for out in derivatives])


def _on_paths(
    order: Order, links: list[list[Link]], of_links: list[list[Any]], end: int
) -> list[Any]:
    """List what belongs to the links that lead to a node."""
    leading = leading_to(order, links, [end])
    return [
        one
        for out, ones in zip(links, of_links, strict=True)
        for link, one in zip(out, ones, strict=True)
        if order.heads[link.e] in leading
    ]


def _passes(row: Any) -> bool:  # noqa: ANN401 - a primitive
    return bool(row.passes)


def _structural(net: Network, output: Hashable, algebra: SupportsPaths) -> Labels:
    """Sweep over edges alone."""
    order = structure_of(net)
    (end,) = numbers_of(order, output)
    links = links_of(order)
    if algebra is algebras.free:
        _refuse_many(order, links, end)
    names = [[link_name(order, order.names[j], link) for link in out]
             for j, out in enumerate(links)]  # fmt: skip
    if not algebras.is_known(algebra):
        check_laws(algebra, _on_paths(order, links, names, end))
    graph = _Graph(order, links, [[algebra.lift(name) for name in out] for out in names])
    return Labels(net, graph, algebra, end, _backward(graph, algebra, end))


def _refuse_many(order: Order, links: list[list[Link]], end: int) -> None:
    """Refuse to list the paths to a node where they, or all their edges, are too many."""
    counts = counts_to(order, links, end)
    lengths = [0] * len(counts)
    for j in reversed(range(end)):
        heads = [order.heads[link.e] for link in links[j]]
        lengths[j] = sum(lengths[head] + counts[head] for head in heads)
    if sum(counts) > MOST_PATHS or sum(lengths) > _MOST_EDGES:
        message = (
            f"{sum(counts)} paths lead to {order.names[end]!r}, of {sum(lengths)} edges together, "
            "and free would list them all: count them with counting, go over some with rg.paths, "
            "or ask rg.top_paths for the largest"
        )
        raise ArgumentError(message)
