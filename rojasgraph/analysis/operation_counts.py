"""How many operations a function takes, and how many more its gradient: the cheap gradient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rojasgraph.analysis.links import leading_to, links_of, numbers_of
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, structure_of
from rojasgraph.order import Order
from rojasgraph.recording import record
from rojasgraph.table import TABLE, Primitive, lookup


@dataclass(frozen=True, slots=True)
class OperationCounts:
    """How many operations a function takes, and how many its gradient takes beside them.

    Attributes:
        value: for the values.
        derivatives: more of them for the stored derivatives; what a row computes once for both its
            value and its derivatives counts as the value's.
        sweep: of the backward sweep: multiplications, and additions where products meet.
    """

    value: int
    derivatives: int
    sweep: int

    @property
    def total(self) -> int:
        """Of function and gradient together."""
        return self.value + self.derivatives + self.sweep

    @property
    def ratio(self) -> float:
        """How many times the function's operations both take; at least one is counted."""
        return self.total / max(self.value, 1)

    def __add__(self, other: OperationCounts) -> OperationCounts:
        """Count both."""
        return OperationCounts(
            self.value + other.value,
            self.derivatives + other.derivatives,
            self.sweep + other.sweep,
        )


def operation_cost(operation: str | Primitive, slots: int | None = None) -> OperationCounts:
    """Count the operations of one node, from the row of its primitive.

    The sweep takes a multiplication and an addition for each slot. A row is counted as it is
    written for rounded numbers: 1 for each arithmetic operation, comparison or function.

    Args:
        operation: a primitive or its name.
        slots: how many, for one that takes any number; default 2. For a sum (`add`) this is how
            many terms it has.

    Returns:
        The counts; `.ratio` is the factor that a gradient costs. It is 5 for ×, 8 for ÷.

    Raises:
        UnknownPrimitive: there is no such row.
        ArgumentError: the row cannot be counted, since it branches on a value.

    Source: Baur and Strassen, The complexity of partial derivatives (1983).

    >>> [operation_cost(name).ratio for name in ("add", "mul", "div", "sin", "tanh")]
    [5.0, 5.0, 8.0, 4.0, 6.0]
    """
    row = lookup(operation) if isinstance(operation, str) else operation
    if row.gathers:
        terms = 2 if slots is None else slots
        return OperationCounts(max(terms - 1, 1), 0, 2 * terms)
    count = row.slots or (2 if slots is None else slots)
    value, derivatives = _of_row(row, count, None)
    return OperationCounts(max(value, 1), derivatives, 2 * count)


@lru_cache(maxsize=1024)
def _of_row(row: Primitive, slots: int, arguments: tuple[Any, ...] | None) -> tuple[int, int]:
    """Count the instructions of a row's value, and those more of its partials."""
    whole = record(row, slots, arguments)
    value = len(replace(whole, partials=()).instructions)
    return value, len(whole.instructions) - value


def count_operations(
    net: Network, outputs: Hashable | list[Hashable] | None = None
) -> OperationCounts:
    """Count the operations that outputs take, and those that their gradient takes.

    Values: for each node what its row takes, an addition for each further edge into a slot, and a
    multiplication for each weight; at least one operation for a node. Gradient: what the stored
    derivatives take; a multiplication for each edge that carries back, two more where it has a
    weight (for its derivative, and for the gradient of the weight); an addition wherever a further
    product meets others at a node. Only nodes with a path to the outputs count. Whatever the number
    of inputs, this is at most as many times the operations of the values as the most expensive row
    has, by `operation_cost`: 5 for + − × and functions whose derivative takes two operations.

    Args:
        net: the network, labeled or not.
        outputs: a node's name or a list of names; default all outputs.

    Returns:
        The counts.

    Raises:
        ArgumentError: an output is no node, a row cannot be counted, or arguments do not fit it.
        CycleError, GraphError: as for the passes.

    Source: Baur and Strassen (1983); Griewank, On automatic differentiation (1989).

    >>> from rojasgraph.expressions import inputs
    >>> a, b = inputs("a b")
    >>> count_operations(Network.from_expressions((a + b) * (b + 1)))
    OperationCounts(value=3, derivatives=0, sweep=7)
    """
    order = structure_of(net)
    chosen = net.outputs if outputs is None else outputs
    names = chosen if isinstance(chosen, list) else [chosen]
    ends = numbers_of(order, *names)
    live = leading_to(order, links_of(order), ends)
    counts = OperationCounts(0, 0, 0)
    for j in sorted(live):
        if order.incoming[j]:
            counts += _of_node(order, j)
    return counts + OperationCounts(0, 0, _meeting(order, live, ends))


def _row(order: Order, j: int) -> Primitive:
    op = order.nodes[j].get("op")
    row = TABLE.get(op) if isinstance(op, str) else None
    if row is None:
        message = f"node {order.names[j]!r} has edges but no operation: op={op!r}"
        raise ArgumentError(message)
    return row


def _of_node(order: Order, j: int) -> OperationCounts:
    """Count what a node computes, and the multiplications of the edges into it."""
    row, edges = _row(order, j), [order.edges[e] for e in order.incoming[j]]
    slots = Counter(edge.get("slot") or 0 for edge in edges)
    weighted = sum("weight" in edge or "parameter" in edge for edge in edges)
    bound = tuple(row.bind(order.nodes[j].get("arguments", ())).values())
    try:
        value, derivatives = _of_row(row, len(slots), bound)
    except ArgumentError as error:
        message = f"node {order.names[j]!r}: {error}"
        raise ArgumentError(message) from None
    value += len(edges) - len(slots) + weighted
    sweep = len(edges) + 2 * weighted if row.passes else 0
    return OperationCounts(max(value, 1), derivatives if row.passes else 0, sweep)


def _meeting(order: Order, live: set[int], ends: Iterable[int]) -> int:
    """Count the additions of the sweep: one for each further term at a node."""
    links, seeded, additions = links_of(order), set(ends), 0
    for j in live:
        terms = sum(
            order.heads[link.e] in live and _row(order, order.heads[link.e]).passes
            for link in links[j]
        )
        additions += max(terms + (j in seeded) - 1, 0)
    return additions
