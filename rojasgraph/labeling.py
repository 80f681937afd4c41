"""The two passes: the algorithm, and nothing but the algorithm.

A network is a directed acyclic multigraph. A node j applies its primitive φ_j to its slots; slot s
collects the sum of weight · value(tail) over the edges that feed it.

*Feed-forward* visits the nodes in topological order. It stores on each node the value and one
partial derivative for each slot, and on each edge the local derivative: weight × the partial of
the slot it feeds.

*Backpropagation* visits them in the reverse order. It stores on each node the adjoint, which is
the sum over all paths from there to the output of the product of the edge derivatives: what the
outgoing edges deliver has been multiplied by every path's later factors already, so each node is
visited once, whatever the number of paths.

Source: Rojas, Neural Networks (1996), section 7.2 (feed-forward, backpropagation, the proof by
induction) and section 7.3 (weights).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.table import Primitive


@dataclass(slots=True)
class Plan:
    """A checked network, numbered in topological order: nodes j, edges e."""

    primitives: Sequence[Primitive | None]  # by node; None for a source
    arguments: Sequence[Mapping[str, Number]]  # by node
    slot_counts: Sequence[int]  # by node
    incoming: Sequence[Sequence[int]]  # by node: its edges
    outgoing: Sequence[Sequence[int]]  # by node: its edges
    tails: Sequence[int]  # by edge
    slots: Sequence[int]  # by edge
    weights: Sequence[Number | None]  # by edge; None for 1
    shared: Mapping[int, int]  # by edge: the parameter node whose value is its weight
    carriers: Mapping[int, Sequence[int]]  # by parameter node: the edges that share it


class NodeFailure(Exception):
    """An error was raised at the node of this number; it is the cause."""


@dataclass(slots=True)
class Forward:
    """What the first pass stores."""

    values: list[Number]  # by node
    derivatives: list[tuple[Number, ...]]  # by node: one for each slot
    edge_derivatives: list[Number]  # by edge


@dataclass(slots=True)
class Backward:
    """What the second pass stores; None where no path leads to the output."""

    adjoints: list[Number | None]  # by node
    deltas: list[tuple[Number, ...] | None]  # by node: one for each slot
    contributions: list[Number | None]  # by edge
    gradients: list[Number | None]  # by edge


def feed_forward(plan: Plan, sources: Mapping[int, Number], xp: Namespace) -> Forward:
    """Compute every value, stored derivative and edge derivative, in topological order."""
    incoming, tails, slots = plan.incoming, plan.tails, plan.slots
    weights = list(plan.weights)
    for e, j in plan.shared.items():
        weights[e] = sources[j]
    values: list[Number] = []
    derivatives: list[tuple[Number, ...]] = []
    edge_derivatives: list[Number] = []
    for j, primitive in enumerate(plan.primitives):
        if primitive is None:
            values.append(sources[j])
            derivatives.append(())
            continue
        nets: list[Number] = [None] * plan.slot_counts[j]
        try:
            for e in incoming[j]:
                carried, weight = values[tails[e]], weights[e]
                if weight is not None:
                    carried = weight * carried
                s = slots[e]
                nets[s] = carried if nets[s] is None else nets[s] + carried
            value, partials = primitive.label(xp, nets, plan.arguments[j])
        except Exception as error:
            raise NodeFailure(j) from error
        values.append(value)
        derivatives.append(partials)
        for e in incoming[j]:
            partial, weight = partials[slots[e]], weights[e]
            edge_derivatives.append(partial if weight is None else weight * partial)
    return Forward(values, derivatives, edge_derivatives)


def backpropagate(
    plan: Plan, forward: Forward, seeds: Mapping[int, Number], xp: Namespace
) -> Backward:
    """Compute every adjoint, delta, contribution and weight gradient, in the reverse order."""
    nodes, edges = len(plan.primitives), len(plan.tails)
    incoming, outgoing, carriers = plan.incoming, plan.outgoing, plan.carriers
    values, tails, slots = forward.values, plan.tails, plan.slots
    adjoints: list[Number | None] = [None] * nodes
    deltas: list[tuple[Number, ...] | None] = [None] * nodes
    contributions: list[Number | None] = [None] * edges
    gradients: list[Number | None] = [None] * edges
    for j in reversed(range(nodes)):
        terms = [seeds[j]] if j in seeds else []
        terms += [c for e in outgoing[j] if (c := contributions[e]) is not None]
        if j in carriers:
            terms += [g for e in carriers[j] if (g := gradients[e]) is not None]
        if not terms:
            continue  # no path to the output: no product is formed
        adjoint = adjoints[j] = xp.total(terms, values[j])
        primitive = plan.primitives[j]
        if primitive is None or not primitive.passes:
            continue
        delta = deltas[j] = tuple([adjoint * partial for partial in forward.derivatives[j]])
        for e in incoming[j]:
            contributions[e] = adjoint * forward.edge_derivatives[e]
            gradients[e] = values[tails[e]] * delta[slots[e]]
    return Backward(adjoints, deltas, contributions, gradients)
