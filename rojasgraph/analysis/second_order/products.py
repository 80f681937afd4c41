"""Products with the Hessian, without forming it: the two passes over dual numbers."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from rojasgraph import labeling
from rojasgraph.analysis.products import tangents_of_sources, tangents_of_weights
from rojasgraph.contract import Reading, Record
from rojasgraph.duals import Dual, DualNamespace, dual_namespace, moving
from rojasgraph.errors import DomainWarning
from rojasgraph.gradient import Gradient, fitted
from rojasgraph.network import Network, numbered_seeds, record_of, run_forward
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName


def hvp(
    net: Network,
    tangents: Mapping[Hashable, Number],
    output: Any = None,  # noqa: ANN401 - as backpropagate takes it
    *,
    edges: Mapping[EdgeName, Number] | None = None,
) -> Gradient:
    """Multiply the Hessian of an output by a vector: how fast the gradient changes along it.

    Both passes run once over dual numbers x + ẋε; the ε-parts of the adjoints are H·ẋ. The cost is
    that of a few passes, however many variables there are. It reads the labels of the last
    `feed_forward` and writes none.

    Args:
        net: a network that has been fed forward, with numbers of any system but dual ones.
        tangents: the vector, by name of an input, parameter or constant; what is not named stands
            still. Each broadcasts to the shape of the value that was fed.
        output: a node's name; or a list of names, or a mapping from names to seeds, for their sum.
            May be left out where the network has one output.
        edges: the vector's entries by weights, by (tail, head, key).

    Returns:
        H·tangents: a mapping by input and parameter, with `.edges` by weight; each entry has the
        shape of the value that was fed, summed over the examples where that is one number.

    Raises:
        NotLabeled: there was no `feed_forward` since the network was built or edited.
        ArgumentError: a name does not fit, or a number does not.
        DomainError: an operation has no second derivative in the number system.

    Source: Pearlmutter, Fast exact multiplication by the Hessian (1994).

    >>> from rojasgraph.expressions import inputs
    >>> x, y = inputs("x y")
    >>> net = Network.from_expressions((x * x * y).named("v"))
    >>> _ = net.feed_forward(x=3.0, y=5.0)
    >>> dict(hvp(net, {"x": 1.0}, "v"))
    {'x': 10.0, 'y': 6.0}
    """
    record = record_of(net)
    xp = dual_namespace(record.reading.system)
    seeds = numbered_seeds(net, record, output, 1.0)
    reading = _moving(
        record, xp, tangents_of_sources(record, tangents), tangents_of_weights(record, edges or {})
    )
    with np.errstate(all="ignore"):
        forward = run_forward(record.order, reading)
        backward = labeling.backpropagate(
            reading.plan, forward, {j: Dual(seed) for j, seed in seeds.items()}, xp
        )
        product = _product(record, backward)
        _warn(record, product)
    return product


def _moving(
    record: Record,
    xp: DualNamespace,
    sources: Mapping[int, Number],
    weights: Mapping[int, Number],
) -> Reading:
    """Lift all that the passes compute with into dual numbers."""
    reading, plan = record.reading, record.reading.plan
    lifted = dataclasses.replace(
        plan,
        primitives=[None if row is None else moving(row) for row in plan.primitives],
        arguments=[{n: xp.lift(x) for n, x in named.items()} for named in plan.arguments],
        weights=[
            None if w is None else Dual(w, weights.get(e)) for e, w in enumerate(plan.weights)
        ],
    )
    duals = {j: Dual(value, sources.get(j)) for j, value in reading.sources.items()}
    return Reading(lifted, duals, reading.constants, xp)


def _product(record: Record, backward: labeling.Backward) -> Gradient:
    """Take the ε-parts of what the gradient is made of."""
    order, reading = record.order, record.reading
    zero = reading.system.zero
    sources = {
        order.names[j]: fitted(_tangent(backward.adjoints[j]), value, zero, mean=False)
        for j, value in reading.sources.items()
        if j not in reading.constants
    }
    edges = {
        order.edge_names[e]: fitted(_tangent(backward.gradients[e]), weight, zero, mean=False)
        for e, weight in enumerate(reading.plan.weights)
        if weight is not None
    }
    return Gradient(sources, lambda: edges)


def _tangent(label: Dual | None) -> Number:
    """Give the ε-part of a label, with an entry for each example; None where there is none."""
    if label is None or label.tangent is None:
        return None
    shape = np.shape(label.value)
    return np.broadcast_to(label.tangent, shape) if shape else label.tangent


def _warn(record: Record, product: Gradient) -> None:
    """Tell of entries that are nan or inf."""
    isfinite = record.reading.system.isfinite
    faults = [name for name, entry in product.items() if not isfinite(entry)]
    faults += [name for name, entry in product.edges.items() if not isfinite(entry)]
    if faults:
        message = f"second derivatives are nan or inf by {', '.join(map(repr, faults))}"
        warnings.warn(message, DomainWarning, stacklevel=3)
