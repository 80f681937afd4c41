"""What a file may hold: a network that meets the graph contract, as the passes ask for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rojasgraph.contract import Reading, read, stored_number
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.order import Order

_AS_STORED = Namespace(
    name="stored numbers", lift=stored_number, isfinite=math.isfinite, zero=0, one=1
)
"""No number system is chosen before a pass: numbers stay what they are."""


def sound(net: Network) -> tuple[Order, Reading]:
    """Check a network as a pass does, before anything is fed; inputs count as fed.

    Returns:
        Its structure in the order of the passes, and what they read off it.

    Raises:
        GraphError: it is no Network, or breaks the contract (`CycleError`, `UnknownPrimitive`,
            `ArgumentError`).
        MissingValue: a parameter or a constant carries no value.
    """
    if not isinstance(net, Network):
        message = f"a Network is written; got a {type(net).__name__}: rg.Network(graph) makes one"
        raise ArgumentError(message)
    order = structure_of(net)
    _refuse_marks(order)
    ops = [node.get("op") for node in order.nodes]
    inputs = {j: 0 for j, op in enumerate(ops) if isinstance(op, str) and op == "input"}
    return order, read(order, inputs, _AS_STORED)


def _refuse_marks(order: Order) -> None:
    """Refuse marks that are neither true nor false: the text "false" would count as true.

    Raises:
        ArgumentError: there is one.
    """
    for name, node in zip(order.names, order.nodes, strict=True):
        _refuse_mark(f"node {name!r}", "output", node)
    for (tail, head, _), edge in zip(order.edge_names, order.edges, strict=True):
        _refuse_mark(f"edge {tail!r} → {head!r}", "trainable", edge)


def _refuse_mark(place: str, mark: str, attributes: Mapping[str, Any]) -> None:
    value = attributes.get(mark)
    if value is not None and not isinstance(value, bool | np.bool_ | int):
        message = f"{place}: {mark} must be True or False; got {value!r:.60}"
        raise ArgumentError(message)
