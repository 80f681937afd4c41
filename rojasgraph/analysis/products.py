"""Products with the Jacobian of a labeled network, on either side, without forming it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from rojasgraph.contract import Record
from rojasgraph.errors import ArgumentError
from rojasgraph.gradient import Gradient
from rojasgraph.network import Network, numbered_seeds, pull_back, record_of
from rojasgraph.numbers import as_number
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName


def jvp(
    net: Network,
    tangents: Mapping[Hashable, Number],
    *,
    edges: Mapping[EdgeName, Number] | None = None,
) -> dict[Hashable, Number]:
    """Push tangents forward: how fast each output moves when the sources move so fast.

    One sweep in the order of the graph, over the labels of the last `feed_forward`; it writes no
    labels.

    Args:
        net: a network that has been fed forward.
        tangents: by name of an input, parameter or constant; what is not named stands still.
            Each broadcasts to the shape of the value that was fed.
        edges: tangents of weights, by (tail, head, key).

    Returns:
        The outputs' tangents, J·tangents, each with its output's shape.

    Raises:
        NotLabeled: there was no `feed_forward` since the network was built or edited.
        ArgumentError: a name is no source, an edge has no weight of its own, or a number does
            not fit.

    Source: forward accumulation: Wengert, A simple automatic derivative evaluation program (1964).

    >>> from rojasgraph.expressions import inputs
    >>> x, y = inputs("x y")
    >>> net = Network.from_expressions((x * y).named("p"))
    >>> _ = net.feed_forward(x=2.0, y=5.0)
    >>> jvp(net, {"x": 1.0})
    {'p': 5.0}
    """
    record = record_of(net)
    moved = _sweep(
        record, tangents_of_sources(record, tangents), tangents_of_weights(record, edges or {})
    )
    results = {}
    for name in net.outputs:
        j = record.order.number[name]
        shape = np.shape(record.forward.values[j])
        tangent: Number = record.reading.system.zero if moved[j] is None else moved[j]
        fits = np.shape(tangent) == shape
        results[name] = tangent if fits else np.broadcast_to(tangent, shape).copy()
    return results


def vjp(net: Network, cotangents: Mapping[Hashable, Number], *, reduction: str = "sum") -> Gradient:
    """Pull cotangents back: the gradient of the outputs' sum weighted by them.

    The second pass of `Network.backpropagate`, which leaves the graph's labels as they are.

    Args:
        net: a network that has been fed forward.
        cotangents: by output, which may be any node; each broadcasts to the output's shape.
        reduction: "sum" or "mean" over the examples, as for `backpropagate`.

    Returns:
        Jᵀ·cotangents: a mapping by source, with `.edges` by weight.

    Raises:
        NotLabeled: there was no `feed_forward` since the network was built or edited.
        ArgumentError: an output is no node, or a number does not fit.

    Source: reverse accumulation: Linnainmaa (1970); Rojas (1996), section 7.2.

    >>> from rojasgraph.expressions import inputs
    >>> x, y = inputs("x y")
    >>> net = Network.from_expressions((x * y).named("p"))
    >>> _ = net.feed_forward(x=2.0, y=5.0)
    >>> dict(vjp(net, {"p": 10.0}))
    {'x': 50.0, 'y': 20.0}
    """
    record = record_of(net)
    _, gradient = pull_back(
        record, numbered_seeds(net, record, cotangents, 1.0), reduction=reduction
    )
    return gradient


def tangents_of_sources(record: Record, tangents: Mapping[Hashable, Number]) -> dict[int, Number]:
    """Number tangents of sources, and bring each to the shape of its value.

    Raises:
        ArgumentError: a name is no source, or a number does not fit.
    """
    numbered = {}
    for name, tangent in tangents.items():
        j = record.order.number.get(name, -1)
        if j not in record.reading.sources:
            known = [record.order.names[i] for i in record.reading.sources]
            message = f"{name!r} is no source, so it has no tangent of its own; sources: {known}"
            raise ArgumentError(message)
        numbered[j] = _lifted(record, name, tangent, np.shape(record.reading.sources[j]))
    return numbered


def tangents_of_weights(record: Record, edges: Mapping[EdgeName, Number]) -> dict[int, Number]:
    """Number tangents of weights, and bring each to the shape of its weight.

    Raises:
        ArgumentError: an edge has no weight of its own, or a number does not fit.
    """
    if not edges:
        return {}
    weights: Sequence[Any] = record.reading.plan.weights
    number = {n: e for e, n in enumerate(record.order.edge_names) if weights[e] is not None}
    for name in edges:
        if name not in number:
            message = f"edge {name!r} has no weight of its own; name it as (tail, head, key)"
            raise ArgumentError(message)
    return {
        number[name]: _lifted(record, name, tangent, np.shape(weights[number[name]]))
        for name, tangent in edges.items()
    }


def _lifted(record: Record, name: Hashable, tangent: Number, shape: tuple[int, ...]) -> Number:
    try:
        lifted = record.reading.system.lift(as_number(tangent))
        return np.array(np.broadcast_to(lifted, shape)) if shape or np.shape(lifted) else lifted
    except (TypeError, ValueError) as error:
        message = f"the tangent of {name!r} does not fit: {error}"
        raise ArgumentError(message) from None


def _sweep(
    record: Record, sources: Mapping[int, Number], weights: Mapping[int, Number]
) -> list[Number | None]:
    """Give each node's tangent: the sum of edge derivative × tangent over its edges."""
    plan, forward = record.reading.plan, record.forward
    tangents: list[Number | None] = []
    for j, row in enumerate(plan.primitives):
        if row is None:
            tangents.append(sources.get(j))
            continue
        terms = []
        for e in plan.incoming[j] if row.passes else ():
            tail = tangents[plan.tails[e]]
            if tail is not None:
                terms.append(forward.edge_derivatives[e] * tail)
            weight = tangents[plan.shared[e]] if e in plan.shared else weights.get(e)
            if weight is not None:
                partial = forward.derivatives[j][plan.slots[e]]
                terms.append(forward.values[plan.tails[e]] * partial * weight)
        tangents.append(reduce(add, terms) if terms else None)
    return tangents
