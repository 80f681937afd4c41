"""What an elimination costs, counted on the structure alone: `elimination_cost`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rojasgraph.analysis.elimination.dependence import dependence_of, structure
from rojasgraph.analysis.elimination.orders import Step, carried_out, steps_of
from rojasgraph.analysis.elimination.reduction import Reduction

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class EliminationCost:
    """What it costs to accumulate a Jacobian in some order.

    Attributes:
        multiplications: how many; those by 1 count too.
        additions: how many; the first product of an entry is stored, and costs none.
        order: the steps: names of vertices, and `EdgeElimination`s. It may be given as an order.
    """

    multiplications: int
    additions: int
    order: list[Step]


def elimination_cost(  # noqa: PLR0913 - the search has two options
    graph: nx.DiGraph[Any],
    order: str | Iterable[Step] = "markowitz",
    *,
    outputs: Hashable | list[Hashable] | None = None,
    wrt: Iterable[Hashable] | None = None,
    seed: int | None = None,
    moves: int | None = None,
) -> EliminationCost:
    """Count what the Jacobian of a graph costs if its vertices are eliminated in some order.

    Eliminating a vertex joins each edge into it with each edge out of it, one multiplication for
    each pair. All orders lead to the same Jacobian, at costs that differ; to find the cheapest is
    NP-complete. Vertices are what lies between variables and outputs: constants, sources that
    `wrt` does not name and dead ends are none. Parallel edges count as one. An output that feeds
    others, or is a variable itself, is repeated by a vertex of its own.

    Args:
        graph: a `Network`, labeled or not, or any other directed acyclic graph of networkx's, whose
            nodes need no attributes.
        order: "forward" or "reverse", in the order of the graph; "markowitz": whatever costs least
            at the time, of equals the first in the order of the graph; "markowitz-last": of equals
            the last; "search": simulated annealing, from the cheapest of these four;
            "exhaustive": the best of all, for up to 16 vertices; "exhaustive-edges": the best of
            all that may take single edges out as well, for a handful of vertices; or a list of
            steps: names of vertices, and `EdgeElimination`s.
        outputs: a node, or a list of nodes; default those marked `output=True`, else the sinks.
        wrt: nodes that nothing feeds, and weighted edges as (tail, head, key); default all such
            nodes that are no constants.
        seed: of the search, 0 by default; the same seed gives the same order everywhere.
        moves: how many the search tries; by default as many as end within about half a minute.

    Returns:
        The cost: `.multiplications`, `.additions`, `.order`.

    Raises:
        ArgumentError: a name does not fit, the order is not complete, the graph is undirected or
            too large for the order.
        CycleError: the graph has a cycle.

    Source: Griewank and Walther, Evaluating Derivatives (2008), chapters 9 and 10; Naumann, Optimal
    Jacobian accumulation is NP-complete (2008).

    >>> import networkx as nx
    >>> graph = nx.DiGraph(["xa", "wa", "ab", "ay", "by", "bz"])
    >>> elimination_cost(graph, "forward").multiplications
    8
    >>> elimination_cost(graph, "markowitz")
    EliminationCost(multiplications=6, additions=1, order=['b', 'a'])
    """
    dependence = dependence_of(graph, structure(graph), outputs, wrt)
    steps = steps_of(dependence, order, seed=seed, moves=moves)
    counted = carried_out(Reduction.of_structure(dependence), dependence, steps)
    return EliminationCost(counted.multiplications, counted.additions, steps)
