"""Compute groups of nodes by their rows, over numpy's arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rojasgraph.engine.wiring import Floats, Operation
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.recording import record

Halves = tuple[Number, tuple[Number, ...]]
"""Value and partials: each an array, or a number that is the same for all."""


class Rows:
    """The rows of a program, over arrays of one floating type.

    An argument is one number, as in a pass over the graph, where it is the same for all nodes of
    a group; else it is an array. Rows that branch on an argument get one number in any case.
    """

    def __init__(self, xp: Namespace, operations: Sequence[Operation]) -> None:
        """Find out which rows branch on their arguments."""
        self._xp = xp
        self._branching = {op for op in operations if op.row.arguments and branches(op)}

    def label(self, operation: Operation, nets: Floats, arguments: Floats) -> Halves:
        """Compute value and partials of a group.

        Args:
            operation: the row and its number of slots.
            nets: by slot, node by node; and by example, if there are columns.
            arguments: of all nodes, node by node.

        Returns:
            The value by node (and example); the partials, one for each slot of a node.

        Raises:
            Exception: whatever the row raises.
        """
        row, slots = operation
        operands = _operands(nets, slots)
        if not row.arguments:
            return row.label(self._xp, operands, {})
        table = arguments.reshape(-1, len(row.arguments))
        if bool((table == table[0]).all()):
            return row.label(self._xp, operands, dict(zip(row.arguments, table[0], strict=True)))
        if operation in self._branching:
            return self._one_by_one(operation, operands, table)
        columns = table if nets.ndim == 1 else table[:, :, None]
        named = {name: columns[:, i] for i, name in enumerate(row.arguments)}
        return row.label(self._xp, operands, named)

    def value(self, operation: Operation, nets: Floats, arguments: Floats) -> Number:
        """Compute the value of a group alone: see `label`."""
        row, slots = operation
        if row.arguments:
            return self.label(operation, nets, arguments)[0]
        return row.evaluate(self._xp, row.function, _operands(nets, slots), {})

    def _one_by_one(self, operation: Operation, operands: list[Any], table: Floats) -> Halves:
        """Compute apart the nodes of each set of arguments."""
        row, slots = operation
        value = np.empty_like(operands[0])
        partials = tuple(np.empty_like(value) for _ in range(slots))
        distinct, which = np.unique(table, axis=0, return_inverse=True)
        for i, numbers in enumerate(distinct):
            here = which.reshape(-1) == i
            named = dict(zip(row.arguments, numbers, strict=True))
            value[here], found = row.label(self._xp, [x[here] for x in operands], named)
            for partial, part in zip(partials, found, strict=True):
                partial[here] = part
        return value, partials


def _operands(nets: Floats, slots: int) -> list[Floats]:
    """Take the slots apart; the copies stay when partials are written over the nets."""
    if slots == 1:
        return [nets]
    by_node = nets.reshape(-1, slots, *nets.shape[1:])
    return [by_node[:, s].copy() for s in range(slots)]


def branches(operation: Operation) -> bool:
    """Tell whether a row branches on its arguments (or cannot be recorded for another reason)."""
    try:
        record(operation.row, operation.slots)
    except ArgumentError:
        return True
    return False
