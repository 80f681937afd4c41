"""One example through a narrow network, node by node, in Python's floats.

Where a level holds a node or two, as in a chain, a call of numpy costs more than a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from rojasgraph.engine.protocol import NodeFailure, Result, Task
from rojasgraph.engine.wiring import Operation, Wiring
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number
from rojasgraph.table import Primitive

Feeding = tuple[tuple[int, int], ...]
"""What feeds a slot: the tail and the number of each edge."""

Step = tuple[Operation, tuple[Feeding, ...], slice]
"""A node: its operation, what feeds its slots, its arguments."""

Partials = list[tuple[float, ...]]


class ScalarWalk:
    """The two passes over a wiring, for one example."""

    def __init__(self, wiring: Wiring) -> None:
        """Keep the wiring; lists are made of it for the first pass."""
        self._wiring = wiring

    @cached_property
    def _steps(self) -> list[Step]:
        wiring = self._wiring
        edges = list(zip(wiring.tails.tolist(), range(wiring.edges), strict=True))
        feeds = [tuple(edges[a:b]) for a, b in pairwise(wiring.first_edge.tolist())]
        slots, arguments = wiring.first_slot.tolist(), wiring.first_argument.tolist()
        codes = wiring.codes.tolist()
        return [
            (
                wiring.operations[codes[j]],
                tuple(feeds[slots[j] : slots[j + 1]]),
                slice(arguments[j], arguments[j + 1]),
            )
            for j in range(wiring.sources, wiring.nodes)
        ]

    def run(self, task: Task, result: Result) -> None:
        """Run the pass and fill the result."""
        sources = task.fixed.copy()
        sources[task.varying] = task.examples[:, 0]
        values: list[float] = sources.tolist()
        weights: list[float] = task.weights.tolist()
        partials = self._forward(values, weights, task.arguments.tolist())
        found = np.array(values)
        result.watched[:, 0] = found[task.watched]
        if result.values is not None:
            result.values[:, 0] = found
        if task.sweep is None:
            return
        if np.isnan(found).any():
            self._take_partials_away(values, weights, partials)
        adjoints = np.zeros(len(values))
        adjoints[task.sweep.seeded] = task.seeds[:, 0]
        back: list[float] = adjoints.tolist()
        live: list[bool] = task.sweep.live.tolist()
        result.gradients[:] = self._backward(values, partials, weights, back, live)
        adjoints = np.array(back)
        result.adjoints[:, 0] = adjoints[task.varying]
        result.totals[:] = adjoints[: len(result.totals)]
        if result.node_adjoints is not None:
            result.node_adjoints[:, 0] = adjoints

    def _forward(
        self, values: list[float], weights: list[float], arguments: list[float]
    ) -> Partials:
        """Append the values of the operations to those of the sources; give their partials."""
        partials: Partials = []
        for (row, _), feeds, places in self._steps:
            nets = []
            for feed in feeds:
                (tail, e), *others = feed
                net = weights[e] * values[tail]
                for tail, e in others:
                    net += weights[e] * values[tail]
                nets.append(net)
            try:
                if row.arguments:
                    value, found = _label(row, nets, arguments[places])
                else:
                    value = row.function(FLOAT, *nets)
                    found = row.partials(FLOAT, value, *nets)
            except (ArithmeticError, ValueError):
                value, found = self._retried(len(values), row, nets, arguments[places])
            except Exception as error:
                raise NodeFailure(len(values)) from error
            values.append(value)
            partials.append(found)
        return partials

    def _retried(
        self, j: int, row: Primitive, nets: list[float], arguments: list[float]
    ) -> tuple[Number, tuple[Number, ...]]:
        """Compute by the rules of IEEE arithmetic what raised an error."""
        try:
            return _label(row, nets, arguments)
        except Exception as error:
            raise NodeFailure(j) from error

    def _take_partials_away(
        self, values: list[float], weights: list[float], partials: Partials
    ) -> None:
        """Let the partials of a node be nan if it has no value though no operand is missing."""
        for i, ((_, slots), feeds, _) in enumerate(self._steps):
            value = values[self._wiring.sources + i]
            if value == value:  # noqa: PLR0124 - nan alone differs from itself
                continue
            operands = (x for feed in feeds for tail, e in feed for x in (values[tail], weights[e]))
            if all(x == x for x in operands):  # noqa: PLR0124 - as above
                partials[i] = (value,) * slots

    def _backward(
        self,
        values: list[float],
        partials: Partials,
        weights: list[float],
        adjoints: list[float],
        live: list[bool],
    ) -> list[float]:
        """Complete the adjoints; give the derivatives by the weights."""
        slopes = [0.0] * len(weights)
        steps, sources = self._steps, self._wiring.sources
        for i in range(len(steps) - 1, -1, -1):
            (row, _), feeds, _ = steps[i]
            if not (live[sources + i] and row.passes):
                continue
            adjoint = adjoints[sources + i]
            for feed, partial in zip(feeds, partials[i], strict=True):
                delta = adjoint * partial
                for tail, e in feed:
                    slopes[e] = delta * values[tail]
                    adjoints[tail] += delta * weights[e]
        return slopes


def _label(
    row: Primitive, nets: list[float], arguments: Sequence[float]
) -> tuple[Number, tuple[Number, ...]]:
    return row.label(FLOAT, nets, dict(zip(row.arguments, arguments, strict=True)))
