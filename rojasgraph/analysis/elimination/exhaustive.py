"""The best order of all, for small graphs."""

from __future__ import annotations

import heapq
import itertools

from rojasgraph.analysis.elimination.dependence import Dependence, Link
from rojasgraph.analysis.elimination.masks import eliminate, masks_of
from rojasgraph.analysis.elimination.reduction import EdgeElimination, Reduction, Side, structural
from rojasgraph.errors import ArgumentError

MOST_VERTICES = 16
"""How many vertices `exhaustive` eliminates at most: it looks at every subset of them."""

MOST_STATES = 100_000
"""How many graphs `exhaustive-edges` looks at, at most."""


def best_order(dependence: Dependence) -> list[int]:
    """Find the cheapest vertex order.

    What is left after some vertices are gone does not depend on the order in which they went, so
    the cheapest way to each subset is enough: 2^n subsets, not n! orders.

    Raises:
        ArgumentError: there are too many vertices.
    """
    masks = masks_of(dependence)
    if masks.inner > MOST_VERTICES:
        message = (
            f"an exhaustive search takes at most {MOST_VERTICES} vertices, and {masks.inner} are "
            "to be eliminated: take order='search'"
        )
        raise ArgumentError(message)
    ways: dict[int, tuple[int, tuple[int, ...], list[int], list[int]]]
    ways = {0: (0, (), masks.into, masks.out)}
    for _ in range(masks.inner):
        further: dict[int, tuple[int, tuple[int, ...], list[int], list[int]]] = {}
        for gone, (cost, order, into, out) in ways.items():
            for j in range(masks.inner):
                subset = gone | 1 << j
                total = cost + into[j].bit_count() * out[j].bit_count()
                if subset == gone or (subset in further and further[subset][0] <= total):
                    continue
                left = into.copy(), out.copy()
                eliminate(*left, j)
                further[subset] = total, (*order, j), *left
        ways = further
    ((_, order, _, _),) = ways.values()
    return [dependence.intermediates[j] for j in order]


def best_edges(dependence: Dependence, bound: int) -> list[EdgeElimination] | None:
    """Find the cheapest order of edge eliminations, by the cheapest way to each graph.

    Args:
        dependence: the graph.
        bound: what is known to be possible; only less is worth finding.

    Returns:
        The steps; None where nothing is cheaper than the bound.

    Raises:
        ArgumentError: there are too many graphs to look at.

    Source: Hart, Nilsson and Raphael, A formal basis for the heuristic determination of minimum
    cost paths (1968).
    """
    inner = frozenset(dependence.intermediates)
    start = frozenset(dependence.links)
    cheapest: dict[frozenset[Link], int] = {start: 0}
    came: dict[frozenset[Link], tuple[frozenset[Link], Link, Side]] = {}
    number = itertools.count()  # so that graphs are never compared
    waiting = [(0, next(number), 0, start)]
    while waiting:
        _, _, cost, links = heapq.heappop(waiting)
        if cost > cheapest[links]:
            continue
        if not any(tail in inner or head in inner for tail, head in links):
            return _steps(dependence, came, links)
        for link, side in _choices(links, inner):
            left, price = _without(dependence, links, link, side)
            total = cost + price
            least = total + _still_needed(left, inner)
            if least < bound and total < cheapest.get(left, bound):
                cheapest[left], came[left] = total, (links, link, side)
                heapq.heappush(waiting, (least, next(number), total, left))
        if len(cheapest) > MOST_STATES:
            message = (
                f"an exhaustive search over edges met {MOST_STATES} graphs: the graph is too "
                "large for it; take order='exhaustive' or 'search'"
            )
            raise ArgumentError(message)
    return None


def _still_needed(links: frozenset[Link], inner: frozenset[int]) -> int:
    """Count multiplications that no order saves.

    An edge from a variable to a vertex can only go at that vertex, and so can one from it to an
    output; so each such pair is multiplied there, and each such edge with something.
    """
    before, behind = dict.fromkeys(inner, 0), dict.fromkeys(inner, 0)
    passed = set()
    for tail, head in links:
        if head in inner:
            before[head] += tail not in inner
            passed.add(head)
        if tail in inner:
            behind[tail] += head not in inner
    return sum(max(before[v] * behind[v], before[v], behind[v], 1) for v in passed)


def _choices(links: frozenset[Link], inner: frozenset[int]) -> list[tuple[Link, Side]]:
    """List the steps that are possible, always in the same order."""
    front: list[tuple[Link, Side]] = [(link, "front") for link in sorted(links) if link[1] in inner]
    back: list[tuple[Link, Side]] = [(link, "back") for link in sorted(links) if link[0] in inner]
    return front + back


def _without(
    dependence: Dependence, links: frozenset[Link], link: Link, side: Side
) -> tuple[frozenset[Link], int]:
    """Give what is left after one step, and what the step costs."""
    left = Reduction(dependence, dict.fromkeys(links, True), structural)
    left.eliminate_edge(*link, side)
    remaining = frozenset((i, k) for i, heads in left.out.items() for k in heads)
    return remaining, left.multiplications


def _steps(
    dependence: Dependence,
    came: dict[frozenset[Link], tuple[frozenset[Link], Link, Side]],
    links: frozenset[Link],
) -> list[EdgeElimination]:
    """Write down the way to a graph."""
    steps = []
    while links in came:
        links, (tail, head), side = came[links]
        steps.append(EdgeElimination(dependence.name(tail), dependence.name(head), side))
    return steps[::-1]
