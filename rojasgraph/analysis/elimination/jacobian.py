"""The Jacobian of a labeled network by elimination: `jacobian`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from rojasgraph.analysis.elimination.dependence import Arc, Dependence, Link, dependence_of
from rojasgraph.analysis.elimination.orders import Step, carried_out, steps_of
from rojasgraph.analysis.elimination.reduction import Reduction, numeric
from rojasgraph.analysis.matrices import matrix_of
from rojasgraph.contract import Record
from rojasgraph.network import Network, record_of
from rojasgraph.numbers.kinds import Number


@dataclass(frozen=True, eq=False)
class Jacobian:
    """A Jacobian and what it cost.

    Attributes:
        matrix: entry (i, j) is the derivative of output i by variable j; an array of floats or
            complex numbers, or of objects (Fractions, sympy expressions). Of a batch there is a
            matrix for each example: the axes of the examples come first.
        outputs: what the rows belong to.
        wrt: what the columns belong to: names of sources, and edges with weights.
        multiplications: how many it took.
        additions: how many it took, besides those that sum parallel edges.
        order: the steps that were taken; it may be given as an order.
    """

    matrix: np.ndarray[Any, Any]
    outputs: list[Hashable]
    wrt: list[Hashable]
    multiplications: int
    additions: int
    order: list[Step]


def jacobian(  # noqa: PLR0913 - the search has two options
    net: Network,
    *,
    order: str | Iterable[Step] = "markowitz",
    outputs: Hashable | list[Hashable] | None = None,
    wrt: Iterable[Hashable] | None = None,
    seed: int | None = None,
    moves: int | None = None,
) -> Jacobian:
    """Accumulate the derivatives of outputs by variables, eliminating what lies between.

    It reads the labels of the last `feed_forward` and writes none. Which order is cheapest depends
    on the graph: "reverse" is backpropagation from each output, "forward" a pass from each source,
    and orders between the two may cost much less.

    Args:
        net: a network that has been fed forward, with numbers of any system. For a batch all
            examples are eliminated at once; a gradient's sum over them is not taken.
        order: as for `elimination_cost`: forward, reverse, markowitz, markowitz-last, search,
            exhaustive, exhaustive-edges, or a list of steps.
        outputs: a node, or a list of nodes; default the network's outputs.
        wrt: inputs and parameters by name, weights of edges as (tail, head, key); default all
            inputs and parameters.
        seed: of the search.
        moves: of the search.

    Returns:
        The Jacobian: `.matrix`, `.multiplications`, `.additions`, `.order`.

    Raises:
        NotLabeled: there was no `feed_forward` since the network was built or edited.
        ArgumentError: a name does not fit, or the order is not complete.

    Source: Griewank and Walther, Evaluating Derivatives (2008), chapter 9.

    >>> from rojasgraph.expressions import inputs
    >>> from rojasgraph.primitives import sin
    >>> x1, x2 = inputs("x1 x2")
    >>> product = x1 * x2
    >>> net = Network.from_expressions(sin(product).named("y1"), (product * x2).named("y2"))
    >>> _ = net.feed_forward(x1=0.0, x2=3.0)
    >>> found = jacobian(net, order="reverse")
    >>> found.matrix
    array([[3., 0.],
           [9., 0.]])
    >>> found.multiplications, found.order
    (4, ['mul1'])
    """
    record = record_of(net)
    dependence = dependence_of(net, record.order, outputs, wrt)
    steps = steps_of(dependence, order, seed=seed, moves=moves)
    with np.errstate(all="ignore"):
        done = carried_out(
            Reduction(dependence, _labels(record, dependence), numeric), dependence, steps
        )
    return Jacobian(
        _matrix(record, dependence, done),
        dependence.outputs,
        [variable.name for variable in dependence.variables],
        done.multiplications,
        done.additions,
        steps,
    )


def _labels(record: Record, dependence: Dependence) -> dict[Link, Number]:
    """Give each dependence its derivative: the sum over parallel edges."""
    one = record.reading.system.one
    return {
        link: reduce(add, [_derivative(record, arc) for arc in arcs]) if arcs else one
        for link, arcs in dependence.links.items()
    }


def _derivative(record: Record, arc: Arc) -> Number:
    forward, plan = record.forward, record.reading.plan
    if not arc.from_weight:
        return forward.edge_derivatives[arc.e]
    partial = forward.derivatives[record.order.heads[arc.e]][plan.slots[arc.e]]
    return forward.values[plan.tails[arc.e]] * partial


def _matrix(record: Record, dependence: Dependence, done: Reduction) -> np.ndarray[Any, Any]:
    column = {j: i for i, j in enumerate(dependence.columns)}
    entries = {
        (row, column[j]): entry
        for row, k in enumerate(dependence.rows)
        for j, entry in done.into[k].items()
    }
    shape = len(dependence.rows), len(dependence.columns)
    return matrix_of(entries, shape, record.reading.system.zero)
