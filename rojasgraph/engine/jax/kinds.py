"""How the nodes of a network are computed by JAX: a row each, over arrays of many nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax.namespace import jax_namespace
from rojasgraph.engine.numpy.rows import branches
from rojasgraph.engine.protocol import NodeFailure
from rojasgraph.engine.wiring import Floats, Integers, Operation, Wiring


class Kind(NamedTuple):
    """How some nodes are computed.

    Attributes:
        operation: the row and its number of slots.
        arguments: in the order of the row, where they are the same for all these nodes; None where
            each node has its own.
        node: the first of the nodes.
    """

    operation: Operation
    arguments: tuple[float, ...] | None
    node: int

    def label(self, nets: jax.Array, arguments: jax.Array | None) -> tuple[jax.Array, jax.Array]:
        """Compute values and partials.

        Args:
            nets: what comes in, by slot (node by node) and example.
            arguments: by node and argument, where each node has its own.

        Returns:
            The values by node and example, the partials by slot and example.

        Raises:
            NodeFailure: the row cannot be computed.
        """
        row, slots = self.operation
        dtype, examples = nets.dtype, nets.shape[1]
        nodes = nets.shape[0] // slots
        operands = nets.reshape(nodes, slots, examples)
        named: dict[str, Any]
        if self.arguments is None:
            assert arguments is not None  # noqa: S101 - each node has its own
            columns = enumerate(row.arguments)
            named = {name: arguments[:, i, None] for i, name in columns}
        else:
            numbers = map(dtype.type, self.arguments)
            named = dict(zip(row.arguments, numbers, strict=True))
        try:
            with np.errstate(all="ignore"):
                xp = jax_namespace(dtype)
                value, partials = row.label(xp, [operands[:, s] for s in range(slots)], named)
                spread = [_spread(x, (nodes, examples), dtype) for x in (value, *partials)]
        except Exception as error:
            raise NodeFailure(self.node) from error
        return spread[0], jnp.stack(spread[1:], axis=1).reshape(nets.shape)


def _spread(found: Any, shape: tuple[int, int], dtype: Any) -> jax.Array:  # noqa: ANN401
    """Give an array of what a row gave: an array, or a number that is the same for all."""
    return jnp.broadcast_to(jnp.asarray(found, dtype), shape)


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes of one level and kind, which follow one another, as do their slots and edges.

    Attributes:
        kind: the number of their kind.
        nodes: the nodes.
        slots: their slots.
        edges: the edges into them.
        arguments: their arguments.
    """

    kind: int
    nodes: slice
    slots: slice
    edges: slice
    arguments: slice


def kinds_of(wiring: Wiring, arguments: Floats) -> tuple[tuple[Kind, ...], Integers]:
    """Find the kinds of a network's operations.

    Args:
        wiring: the network.
        arguments: of all nodes.

    Returns:
        The kinds; and by node the number of its kind, −1 for a source.
    """
    kinds: list[Kind] = []
    by_node = np.full(wiring.nodes, -1, np.int64)
    for code, operation in enumerate(wiring.operations):
        nodes = np.flatnonzero(wiring.codes == code)
        for numbers, here in _alike(operation, arguments, wiring.first_argument[nodes]):
            by_node[nodes[here]] = len(kinds)
            kinds.append(Kind(operation, numbers, int(nodes[here][0])))
    return tuple(kinds), by_node


def _alike(
    operation: Operation, arguments: Floats, first: Integers
) -> list[tuple[tuple[float, ...] | None, Any]]:
    """Sort the nodes of an operation by what their arguments ask for.

    A row that branches on an argument gets numbers, never arrays, so nodes with other numbers are
    of another kind.
    """
    if not len(first):
        return []
    count = len(operation.row.arguments)
    if not count:
        return [((), slice(None))]
    table = arguments[first[:, None] + np.arange(count)]
    distinct, which = np.unique(table, axis=0, return_inverse=True)
    if len(distinct) > 1 and not branches(operation):
        return [(None, slice(None))]
    return [
        (tuple(numbers.tolist()), np.flatnonzero(which.reshape(-1) == i))
        for i, numbers in enumerate(distinct)
    ]


def groups_of(wiring: Wiring, kinds: Integers) -> Sequence[Sequence[Group]]:
    """List the groups of each level, from level 1 up.

    Args:
        wiring: the network.
        kinds: by node, the number of its kind.
    """
    level = np.repeat(np.arange(len(wiring.first_node) - 1), np.diff(wiring.first_node))
    first = wiring.sources
    new = (np.diff(level[first:]) != 0) | (np.diff(kinds[first:]) != 0)
    starts = (
        first + np.flatnonzero(np.append(True, new)) if wiring.nodes > first else np.empty(0, int)
    )
    bounds = np.append(starts, wiring.nodes)
    columns = (bounds, wiring.first_slot[bounds], wiring.first_incoming()[bounds],
               wiring.first_argument[bounds])  # fmt: skip
    cuts = [[slice(a, b) for a, b in pairwise(column.tolist())] for column in columns]
    found: list[list[Group]] = [[] for _ in range(len(wiring.first_node) - 2)]
    depths = level[starts].tolist()
    for i, kind in enumerate(kinds[starts].tolist()):
        found[depths[i] - 1].append(Group(kind, *(cut[i] for cut in cuts)))
    return found
