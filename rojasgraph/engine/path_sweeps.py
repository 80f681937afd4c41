"""Sweeps over path algebras by a program: by its engine's compiled code, or else by numpy."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.algebras import is_known
from rojasgraph.engine.account import Account
from rojasgraph.engine.algebra_code import AlgebraCode, code_of, element_of
from rojasgraph.engine.feeding import Feed, Shape
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.numpy.path_sweep import sweep_by_levels
from rojasgraph.engine.passes import Request, task_of
from rojasgraph.engine.results import edge_names
from rojasgraph.engine.routes import Routes
from rojasgraph.engine.store import Contents
from rojasgraph.engine.variants import Variant
from rojasgraph.engine.wiring import Floats, Integers, Truths
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.order import EdgeName
from rojasgraph.semirings import Algebra, Element, check_laws


def checked(algebra: Any) -> AlgebraCode:  # noqa: ANN401 - anything may be given
    """Record the rules of an algebra of floats.

    Raises:
        ArgumentError: it is none, or its rules branch on a value or leave the functions of `xp`.
    """
    if isinstance(algebra, Algebra) and algebra.width:
        return code_of(algebra)
    message = (
        f"a program sweeps over algebras of floats, those of rg.algebras but counting and free; "
        f"got {algebra!r}: rg.sweep(net, output, algebra=...) takes any (and log_counting is the "
        "logarithm of counting)"
    )
    raise ArgumentError(message)


class PathLabels(Mapping[Hashable, Any]):
    """What a program's sweep found: a mapping from the names of all nodes to answers.

    Answers are arrays, of the shape of the examples, where batches were fed.
    """

    def __init__(self, found: Found, contents: Contents, output: int, shape: Shape) -> None:
        """Keep the elements; answers are made when they are asked for."""
        self._found, self._contents, self._output = found, contents, output
        self._shape = shape
        self._algebra = found.algebra.over(
            numpy_namespace(np.dtype(np.float64)) if shape else FLOAT
        )

    @property
    def _listing(self) -> Listing:
        return self._contents.listing

    def _place(self, name: Hashable) -> int:
        number = self._listing.names.number(name)
        if number is None:
            raise KeyError(name)
        return int(self._contents.base.places[number])

    def _element(self, place: int) -> Element:
        parts = self._found.elements[place]
        if not self._shape:
            return element_of(self._algebra, tuple(parts[0].tolist()))
        return element_of(self._algebra, tuple(part.reshape(self._shape) for part in parts.T))

    def __getitem__(self, name: Hashable) -> Any:  # noqa: ANN401 - whatever the algebra answers
        """Give the answer at a node."""
        return self._algebra.answer(self._element(self._place(name)))

    def __iter__(self) -> Iterator[Hashable]:
        """Go over the nodes."""
        return iter(self._listing.names)

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self._listing.names)

    def __repr__(self) -> str:
        """Show the algebra, the output and how many nodes there are."""
        output = self._listing.names[int(self._contents.base.nodes[self._output])]
        return f"<{self._algebra!r} to {output!r} at {len(self)} nodes>"

    def path(self, source: Hashable) -> tuple[EdgeName, ...] | None:
        """Give the edges of the path that the answer at a node belongs to.

        Each node points on along the first of its edges whose paths have what the node has. The
        step from a parameter into a weight that it shares is (parameter, head, (tail, key)).

        Args:
            source: the node where the path starts.

        Returns:
            The edges; None where no path leads to the output.

        Raises:
            ArgumentError: the algebra selects no path (`max_product` and `longest` do), or batches
                were fed.
            KeyError: there is no such node.
        """
        if not self._algebra.selective or self._shape:
            message = (
                f"{self._algebra!r} selects no path: max_product and longest do, for one example"
            )
            raise ArgumentError(message)
        place, found = self._place(source), self._found
        if not found.live[place]:
            return None
        taken: list[int] = []
        while place != self._output:
            taken.append(self._pointer(place))
            place = int(found.routes.heads[taken[-1]])
        return tuple(self._names(np.array(taken, np.int64)))

    def _pointer(self, place: int) -> int:
        """Find the first route whose paths have what a node has; nan is a nan's."""
        found, algebra = self._found, self._algebra
        label = self._element(place)
        for route in self._routes_from(place):
            head = int(found.routes.heads[route])
            if found.carries(head):
                term = algebra.times(found.factor(route), self._element(head))
                if term == label or (term != term and label != label):  # noqa: PLR0124 - nan
                    return route
        message = f"{algebra!r} is marked selective, but plus gave neither of its operands"
        raise ArgumentError(message)

    def _routes_from(self, place: int) -> list[int]:
        """List the routes out of a node: its edges as they were given, then its shared weights."""
        routes = self._found.routes
        first, stop = routes.first_by_tail[place : place + 2]
        here = routes.by_tail[first:stop]
        given = self._contents.base.edges[routes.edges[here]]
        order = np.lexsort((given, routes.is_implied[here]))
        return [int(route) for route in here[order]]

    def _names(self, taken: Integers) -> Iterator[EdgeName]:
        """Name routes: as edges, or from the parameter whose value is the weight of one."""
        routes, base = self._found.routes, self._contents.base
        edges = edge_names(self._listing, base.edges[routes.edges[taken]])
        for route, (tail, head, key) in zip(taken, edges, strict=True):
            if routes.is_implied[route]:
                yield self._listing.names[int(base.nodes[routes.tails[route]])], head, (tail, key)
            else:
                yield tail, head, key


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a sweep left.

    Attributes:
        algebra: over floats or arrays.
        routes: what paths take.
        live: by node, whether a path leads to the output.
        elements: by node, example and part.
        factors: by route and example, the derivatives, or what they are the products of.
    """

    algebra: Algebra
    routes: Routes
    live: Truths
    elements: Floats
    factors: Factors

    def carries(self, head: int) -> bool:
        """Tell whether paths through a node lead to the output."""
        return bool(self.live[head]) and (
            self.algebra.structural or bool(self.routes.passing[head])
        )

    def factor(self, route: int) -> Element:
        """Give a route's factor in the algebra, of one example."""
        structural = self.algebra.structural
        return self.algebra.lift(None if structural else self.factors.of(self.routes, route))


def refuse_no_semiring(found: Found) -> None:
    """Try the laws on the factors of a sweep, if its algebra is a user's own.

    Raises:
        ArgumentError: a law does not hold.
    """
    algebra, routes, factors = found.algebra.over(FLOAT), found.routes, found.factors
    if is_known(algebra):
        return
    if algebra.structural:
        check_laws(algebra, [None])
        return
    derivatives = factors.weights * factors.partials[routes.slots]
    kept = derivatives[found.live[routes.heads] & np.isfinite(derivatives)]
    check_laws(algebra, kept.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """The derivatives of routes, as weight × partial; none after a structural sweep."""

    weights: Floats
    partials: Floats

    def of(self, routes: Routes, route: int) -> float:
        """Give one derivative."""
        return float(self.weights[route] * self.partials[routes.slots[route]])


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a sweep starts from, and what it was fed.

    Attributes:
        output: the node.
        routes: what paths take.
        feed: the values of the sources.
    """

    output: int
    routes: Routes
    feed: Feed


def compiled(code: AlgebraCode, variant: Variant, contents: Contents, place: Place) -> Found | None:
    """Sweep by the engine's compiled code, one example; None where it has none for this."""
    engine: Any = variant.engine
    store, output, routes, feed = contents.store, place.output, place.routes, place.feed
    single = int(np.prod(feed.filled)) == 1 and variant.arrangement is contents.base
    if not (hasattr(engine, "sweep_paths") and single and store.weights.dtype == np.float64):
        return None
    algebra = code.algebra
    live = routes.live(output, structural=algebra.structural)
    task = None
    if not algebra.structural:
        nothing = np.empty(0, np.int64)
        empty = np.empty((0, 0))
        wanted = np.zeros(routes.wiring.sources, np.bool_)
        task = task_of(variant, store, feed, Request(feed.filled, nothing, nothing, empty, wanted))
    swept = engine.sweep_paths(task, code, routes, live, output)
    if swept is None:
        return None
    factors = Factors(swept.weights, swept.partials)
    return Found(algebra, routes, live, swept.elements[:, None, :], factors)


def by_levels(algebra: Algebra, routes: Routes, account: Account, output: int) -> Found:
    """Sweep by numpy, from all numbers of a pass."""
    with np.errstate(all="ignore"):
        partials, weights, values = (
            table.astype(np.float64)
            for table in (account.halves.partials, account.weights, account.values)
        )
        weights = weights[routes.edges]
        if len(routes.implied):
            tails = routes.wiring.tails[routes.edges[routes.implied]]
            weights = np.broadcast_to(weights, (len(weights), values.shape[1])).copy()
            weights[routes.implied] = values[account.base.nodes[tails]]
        factors = Factors(weights[:, 0], partials[:, 0])
        return _by_levels(algebra, routes, output, factors, weights * partials[routes.slots])


def along_edges(algebra: Algebra, routes: Routes, output: int) -> Found:
    """Sweep by numpy over an algebra that looks at the edges alone."""
    none = np.empty(0)
    return _by_levels(algebra, routes, output, Factors(none, none), None)


def _by_levels(
    algebra: Algebra, routes: Routes, output: int, factors: Factors, table: Floats | None
) -> Found:
    algebra = algebra.over(numpy_namespace(np.dtype(np.float64)))
    live = routes.live(output, structural=algebra.structural)
    with np.errstate(all="ignore"):
        elements = sweep_by_levels(algebra, routes, live, output, table)
    return Found(algebra, routes, live, elements, factors)
