"""What derivatives are taken by: sources of a network by name, weights by their edge."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

from rojasgraph.errors import ArgumentError
from rojasgraph.order import Order, is_hashable


class Variable(NamedTuple):
    """What a derivative is taken by: the value of a source, or an edge's own weight.

    Attributes:
        name: the node's name, or the edge's as (tail, head, key).
        source: the node's number; None for a weight.
        edge: the edge's number; None for a source.
    """

    name: Hashable
    source: int | None = None
    edge: int | None = None


def variables_of(order: Order, wrt: Iterable[Hashable] | None) -> list[Variable]:
    """Find what `wrt` names.

    Args:
        order: the graph's structure.
        wrt: names of nodes that nothing feeds, and edges with a weight of their own as
            (tail, head, key); a name that is both is the node. None: all such nodes that are no
            constants.

    Raises:
        ArgumentError: a name is neither, a node computes, or one is named twice.
    """
    if wrt is None:
        return [
            Variable(name, source=j)
            for j, name in enumerate(order.names)
            if not order.incoming[j] and order.nodes[j].get("op") != "constant"
        ]
    if isinstance(wrt, str) or not isinstance(wrt, Iterable):
        message = f"wrt is a list of names, such as wrt=[{wrt!r}]; got {wrt!r}"
        raise ArgumentError(message)
    edges = {name: e for e, name in enumerate(order.edge_names)}
    found = [_variable(order, edges, name) for name in wrt]
    names = [variable.name for variable in found]
    twice = [name for i, name in enumerate(names) if name in names[:i]] if _repeats(names) else []
    if twice:
        message = f"wrt names {twice[0]!r} twice"
        raise ArgumentError(message)
    return found


def _repeats(names: list[Hashable]) -> bool:
    return len(set(names)) < len(names)


def _variable(order: Order, edges: Mapping[Any, int], name: Hashable) -> Variable:
    if is_hashable(name) and name in order.number:
        j = order.number[name]
        if order.incoming[j]:
            message = (
                f"wrt names {name!r}, which is computed: name inputs and parameters "
                "(the derivative by a node inside is its label 'adjoint')"
            )
            raise ArgumentError(message)
        return Variable(name, source=j)
    if is_hashable(name) and name in edges:
        attributes = order.edges[edges[name]]
        if "parameter" in attributes:
            parameter = attributes["parameter"]
            message = f"edge {name!r} shares a weight: name its parameter {parameter!r}"
            raise ArgumentError(message)
        if attributes.get("weight") is None:
            message = f"edge {name!r} has no weight: give it one, or name sources"
            raise ArgumentError(message)
        return Variable(name, edge=edges[name])
    message = (
        f"wrt names {name!r}, which is no node and no edge (tail, head, key); sources: "
        f"{[v.name for v in variables_of(order, None)]}"
    )
    raise ArgumentError(message)


def outputs_named(
    order: Order, outputs: Hashable | list[Hashable] | None, default: list[Hashable]
) -> list[Hashable]:
    """Read a name or a list of names of outputs.

    Args:
        order: the graph's structure.
        outputs: a node's name, or a list of names; None for the default.
        default: the outputs of the graph.

    Raises:
        ArgumentError: one is no node, or there is none.
    """
    names = default if outputs is None else outputs if isinstance(outputs, list) else [outputs]
    if not names:
        message = "the graph has no outputs: mark one by output=True, or name it"
        raise ArgumentError(message)
    for name in names:
        if not is_hashable(name) or name not in order.number:
            message = f"output {name!r} is no node; the outputs are {default}"
            raise ArgumentError(message)
    if _repeats(names):
        message = f"outputs names a node twice: {names}"
        raise ArgumentError(message)
    return names
