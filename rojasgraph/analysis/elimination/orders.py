"""Orders of elimination: by name, or as they are given."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Sequence

from rojasgraph.analysis.elimination.dependence import Dependence
from rojasgraph.analysis.elimination.exhaustive import best_edges, best_order
from rojasgraph.analysis.elimination.masks import masks_of
from rojasgraph.analysis.elimination.reduction import EdgeElimination, Reduction, Side
from rojasgraph.analysis.elimination.search import MOST_VERTICES, search
from rojasgraph.errors import ArgumentError
from rojasgraph.order import is_hashable

Step = Hashable | EdgeElimination
"""The name of a vertex to eliminate, or an edge."""

NAMES = (
    "forward",
    "reverse",
    "markowitz",
    "markowitz-last",
    "search",
    "exhaustive",
    "exhaustive-edges",
)


def steps_of(
    dependence: Dependence, order: str | Iterable[Step], *, seed: int | None, moves: int | None
) -> list[Step]:
    """List the steps of an order, without checking those that are given.

    Raises:
        ArgumentError: the order has no such name, or the graph is too large for it; `seed` or
            `moves` are given where nothing is searched, or are no whole numbers.
    """
    if order != "search" and not (seed is None and moves is None):
        message = f"seed and moves belong to order='search'; got order={order!r}"
        raise ArgumentError(message)
    if isinstance(order, str) and order in NAMES:
        return _named(dependence, order, seed, moves)
    if isinstance(order, str) or not isinstance(order, Iterable):
        message = f"order is one of {', '.join(NAMES)}, or a list of steps; got {order!r}"
        raise ArgumentError(message)
    return list(order)


def _named(dependence: Dependence, order: str, seed: int | None, moves: int | None) -> list[Step]:
    if order == "exhaustive-edges":
        vertices = _vertex_steps(dependence, best_order(dependence))
        bound = carried_out(Reduction.of_structure(dependence), dependence, vertices)
        return [*(best_edges(dependence, bound.multiplications) or vertices)]
    if order == "search":
        return _vertex_steps(dependence, _searched(dependence, seed, moves))
    orders = {
        "forward": lambda: dependence.intermediates,
        "reverse": lambda: dependence.intermediates[::-1],
        "markowitz": lambda: markowitz(dependence),
        "markowitz-last": lambda: markowitz(dependence, last=True),
        "exhaustive": lambda: best_order(dependence),
    }
    return _vertex_steps(dependence, orders[order]())


def _vertex_steps(dependence: Dependence, vertices: Sequence[int]) -> list[Step]:
    return [dependence.name(j) for j in vertices]


def markowitz(dependence: Dependence, *, last: bool = False) -> list[int]:
    """Eliminate whatever vertex costs least at the time.

    Args:
        dependence: the graph.
        last: of several that cost the same, take the one that comes last in the order of the
            graph; else the first.

    Source: Markowitz, The elimination form of the inverse (1957); Griewank and Reese, On the
    calculation of Jacobian matrices by the Markowitz rule (1991).
    """
    graph = Reduction.of_structure(dependence)
    sign = -1 if last else 1
    waiting = [(graph.degree(j), sign * j, j) for j in dependence.intermediates]
    heapq.heapify(waiting)
    present = {j: degree for degree, _, j in waiting}
    order = []
    while waiting:
        degree, _, j = heapq.heappop(waiting)
        if present.get(j) != degree:
            continue  # it has changed since
        neighbors = {*graph.into[j], *graph.out[j]}
        graph.eliminate(j)
        del present[j]
        order.append(j)
        for i in neighbors & present.keys():
            present[i] = graph.degree(i)
            heapq.heappush(waiting, (present[i], sign * i, i))
    return order


def _searched(dependence: Dependence, seed: int | None, moves: int | None) -> list[int]:
    """Search from the cheapest order that has a name: mostly one of the two of Markowitz."""
    count = len(dependence.intermediates)
    for name, number in (("seed", seed), ("moves", moves)):
        if number is not None and (type(number) is not int or number < 0):
            message = f"{name} is a whole number, not below 0; got {number!r}"
            raise ArgumentError(message)
    if count > MOST_VERTICES:
        message = (
            f"the search takes at most {MOST_VERTICES} vertices, and {count} are to be eliminated: "
            "take order='markowitz'"
        )
        raise ArgumentError(message)

    def cost(vertices: list[int]) -> int:
        graph = Reduction.of_structure(dependence)
        for j in vertices:
            graph.eliminate(j)
        return graph.multiplications

    inner = dependence.intermediates
    named = [markowitz(dependence), markowitz(dependence, last=True), inner, inner[::-1]]
    start = min(named, key=cost)
    place = {j: i for i, j in enumerate(inner)}
    masks = masks_of(dependence)
    found = search(masks, [place[j] for j in start], seed=seed or 0, moves=moves)
    return [inner[i] for i in found]


# --- carrying an order out ----------------------------------------------------------------------


def carried_out(graph: Reduction, dependence: Dependence, steps: Iterable[Step]) -> Reduction:
    """Take the steps of an order, one by one.

    Raises:
        ArgumentError: a step names no vertex or edge that can be eliminated then, or twice; or
            some are left in the end.
    """
    vertices = {dependence.name(j): j for j in dependence.intermediates}
    gone = set()
    for step in steps:
        if is_hashable(step) and step in vertices:
            if step in gone:
                message = f"the order eliminates {step!r} twice"
                raise ArgumentError(message)
            gone.add(step)
            graph.eliminate(vertices[step])
        elif isinstance(step, EdgeElimination):
            graph.eliminate_edge(*_edge(graph, dependence, vertices, step))
        else:
            message = (
                f"the order names {step!r}, which is no vertex between variables and outputs; "
                f"these are {list(vertices)}"
            )
            raise ArgumentError(message)
    left = [name for name, j in vertices.items() if graph.into[j] or graph.out[j]]
    if left:
        message = f"the order is not complete: it leaves {left}"
        raise ArgumentError(message)
    return graph


def _edge(
    graph: Reduction, dependence: Dependence, vertices: dict[Hashable, int], step: EdgeElimination
) -> tuple[int, int, Side]:
    """Find the vertices of an edge that is to be eliminated."""
    fault = ""
    ends = {"front": step.head, "back": step.tail}
    if step.side not in ends:
        fault = "its side is 'front' or 'back'"
    elif not is_hashable(ends[step.side]) or ends[step.side] not in vertices:
        fault = f"its {'head' if step.side == 'front' else 'tail'} is no vertex to be eliminated"
    else:
        for i, heads in graph.out.items():
            if dependence.name(i) == step.tail:
                for j in heads:
                    if dependence.name(j) == step.head:
                        return i, j, step.side
        fault = "it is not there at that step"
    message = f"the order takes out {step!r}: {fault}"
    raise ArgumentError(message)
