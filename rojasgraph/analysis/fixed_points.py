"""Networks with cycles, labeled at a stable fixed point: `fixed_point`.

The passes of a network walk it once, so they refuse cycles. At a fixed point v = Φ(v) the
derivatives still exist: they solve the system (I − Aᵀ)·v̄ = seed, A the matrix of edge derivatives,
which is triangular where there is no cycle and solved by backpropagation there. Here it is solved
loop by loop: a part of the network whose nodes are on cycles together is one system of its own, and
all else is the ordinary pass.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from rojasgraph.analysis.linear import solved
from rojasgraph.contract import Reading, Record
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.gradient import Gradient
from rojasgraph.labeling import Backward, Forward
from rojasgraph.network import (
    Network,
    by_name,
    gradient_of,
    numbered_seeds,
    reading_of,
    write_backward,
    write_forward,
    write_whole,
)
from rojasgraph.numbers import as_number
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import Order, order_with_cycles

_ROUNDS = 200
"""How often a loop is walked before Newton's method takes over."""

_STEPS = 60
"""How many steps Newton's method gets; near a fixed point it needs a few."""

_EXACT_STEPS = 3
"""The same among exact numbers: a linear loop takes one, and any other doubles its digits."""

_SETTLED = 1e-3
"""At which relative change Newton's method takes over."""

_MOST = 2000
"""How many nodes a loop may have: its system is dense."""


class FixedPoint(Mapping[Hashable, Number]):
    """A network at rest: a mapping from the names of all nodes to their values.

    Attributes:
        spectral_radius: of the edge derivatives: how fast a disturbance dies out; below 1.
    """

    def __init__(self, net: Network, record: Record, parts: Sequence[Sequence[int]]) -> None:
        """Keep the pass."""
        self._net, self._record, self._parts = net, record, parts
        self.spectral_radius = _checked_radius(record, parts)

    def __getitem__(self, name: Hashable) -> Number:
        """Give the value of a node."""
        return self._record.forward.values[self._record.order.number[name]]

    def __iter__(self) -> Iterator[Hashable]:
        """Go over the nodes."""
        return iter(self._record.order.names)

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self._record.order.names)

    def __repr__(self) -> str:
        """Show how many nodes there are, and how stable it is."""
        return f"<fixed point of {len(self)} nodes, spectral radius {self.spectral_radius:.3g}>"

    def backpropagate(self, outputs: Any = None, *, seed: Number = 1.0) -> Gradient:  # noqa: ANN401 - a node name is any hashable
        """Label every node with its adjoint and deltas, every edge with what it carries back.

        Args:
            outputs: a node's name; a list of names; or a mapping from names to seeds. May be left
                out where the network has one output.
            seed: what the sweep starts from at the outputs.

        Returns:
            The gradient, as `Network.backpropagate` gives it.

        Raises:
            ArgumentError: an output is no node, several are possible, or a seed does not fit.

        Source: Pineda, Generalization of back-propagation to recurrent neural networks (1987);
        Almeida, A learning rule for asynchronous perceptrons with feedback (1987).
        """
        seeds = numbered_seeds(self._net, self._record, outputs, seed)
        backward = _backward(self._record, self._parts, seeds)
        write_whole(self._net, None, lambda: write_backward(self._record, backward))
        return gradient_of(self._record, backward)


def fixed_point(
    net: Network,
    inputs: Mapping[Any, Number] | None = None,
    /,
    *,
    start: Mapping[Hashable, Number] | None = None,
    **named: Number,
) -> FixedPoint:
    """Find values at which a network with cycles rests, and label it there.

    A loop is walked from its start until it settles, then Newton's method takes the last digits;
    among Fractions it is Newton's method from the start, which ends where the loop is linear in its
    values. Labels are written on the graph as `feed_forward` does: values, stored derivatives, edge
    derivatives; nothing is written where there is an error. A network without a cycle is labeled as
    by `feed_forward`; its own passes need a `feed_forward` of their own after that.

    Args:
        net: a network.
        inputs: values by node name: single numbers, no batches.
        start: where to start from, by name of nodes on cycles; default 0. A network may rest at
            several points, and the start decides.
        **named: values of inputs whose names are Python identifiers.

    Returns:
        The values by name; `.backpropagate(output)` gives the gradient, `.spectral_radius` tells
        how stable the point is.

    Raises:
        DomainError: the network does not settle, settles at a point that is not stable or not a
            single one, or leaves its domain.
        ArgumentError: a batch was fed, `start` names no node on a cycle, or a loop is too large.
        GraphError, MissingValue: as `feed_forward`.

    Source: Pineda (1987); Almeida (1987); signal flow graphs: Mason, Feedback theory (1956).

    >>> net = Network()
    >>> _ = net.add_input("u"), net.add_unit("z", "identity")
    >>> _ = net.add_edge("u", "z"), net.add_edge("z", "z", weight=0.5)
    >>> rest = fixed_point(net, u=1.0)
    >>> rest["z"], rest.backpropagate("z")["u"]
    (2.0, 2.0)
    """
    order, parts = order_with_cycles(net)
    reading = reading_of(net, order, by_name(inputs, named))
    for j, value in reading.sources.items():
        if np.shape(value):
            message = f"{order.names[j]!r} is a batch: a fixed point is of one example"
            raise ArgumentError(message)
    if reading.system.name == "sympy expressions":
        message = "a fixed point of formulas is not searched for: feed numbers"
        raise DomainError(message)
    loops = [_is_loop(order, part) for part in parts]
    on_cycles = {j for part, loop in zip(parts, loops, strict=True) if loop for j in part}
    walk = _Walk(order, reading, _started(order, reading, on_cycles, start or {}))
    with np.errstate(all="ignore"):
        for part, loop in zip(parts, loops, strict=True):
            if loop:
                _settle(walk, part)
            else:
                walk.compute(part[0])
        record = Record(order, reading, walk.forward())
        found = FixedPoint(net, record, [part for part in parts if part[0] not in reading.sources])
    write_whole(net, None, lambda: write_forward(order, record.forward))
    return found


def _is_loop(order: Order, part: Sequence[int]) -> bool:
    return len(part) > 1 or part[0] in {order.tails[e] for e in order.incoming[part[0]]}


def _started(
    order: Order, reading: Reading, on_cycles: set[int], start: Mapping[Hashable, Number]
) -> dict[int, Number]:
    """Give the nodes on cycles the values that they start from.

    Raises:
        ArgumentError: a name is none of them, or a value no number.
    """
    values = dict.fromkeys(on_cycles, reading.system.zero)
    for name, value in start.items():
        j = order.number.get(name, -1)
        if j not in on_cycles:
            known = [order.names[i] for i in sorted(on_cycles)]
            message = f"start names {name!r}, which is on no cycle; nodes on cycles: {known}"
            raise ArgumentError(message)
        try:
            values[j] = reading.system.lift(as_number(value))
        except TypeError as error:
            message = f"start[{name!r}]: {error}"
            raise ArgumentError(message) from None
    return values


@dataclass(slots=True)
class _Walk:
    """A pass in the making: values that may still change, and what was stored last.

    Attributes:
        order: nodes and edges.
        reading: the network, checked.
        values: by node.
        derivatives: by node.
    """

    order: Order
    reading: Reading
    values: dict[int, Number]
    derivatives: dict[int, tuple[Number, ...]] = field(default_factory=dict)

    def compute(self, j: int) -> Number:
        """Compute a node from the values that there are; give what its value was.

        Raises:
            DomainError: it has none that is finite.
        """
        plan, before = self.reading.plan, self.values.get(j)
        row = plan.primitives[j]
        if row is None:
            self.values[j], self.derivatives[j] = self.reading.sources[j], ()
            return before
        nets: list[Number] = [None] * plan.slot_counts[j]
        for e in plan.incoming[j]:
            carried, weight, s = self.values[plan.tails[e]], self.weight(e), plan.slots[e]
            carried = carried if weight is None else weight * carried
            nets[s] = carried if nets[s] is None else nets[s] + carried
        try:
            value, partials = row.label(self.reading.system, nets, plan.arguments[j])
        except DomainError as error:
            message = f"node {self.order.names[j]!r}: {error}"
            raise DomainError(message) from None
        if not self.reading.system.isfinite(value):
            message = f"node {self.order.names[j]!r} comes to {value}: the network does not settle"
            raise DomainError(message)
        self.values[j], self.derivatives[j] = value, partials
        return before

    def weight(self, e: int) -> Number | None:
        """Give an edge's weight, its own or a shared one."""
        plan = self.reading.plan
        return self.values[plan.shared[e]] if e in plan.shared else plan.weights[e]

    def derivative(self, e: int) -> Number:
        """Give an edge's derivative."""
        weight = self.weight(e)
        partial = self.derivatives[self.order.heads[e]][self.reading.plan.slots[e]]
        return partial if weight is None else weight * partial

    def forward(self) -> Forward:
        """Give what a forward pass stores."""
        nodes = range(len(self.order.names))
        return Forward(
            [self.values[j] for j in nodes],
            [self.derivatives[j] for j in nodes],
            [self.derivative(e) for e in range(len(self.order.edges))],
        )


def _settle(walk: _Walk, part: Sequence[int]) -> None:
    """Bring a loop to rest.

    Raises:
        DomainError: it does not come to rest.
        ArgumentError: it is too large.
    """
    if len(part) > _MOST:
        message = f"a loop of {len(part)} nodes is too large: its system is dense, up to {_MOST}"
        raise ArgumentError(message)
    exact = walk.reading.system.exact
    for _ in range(0 if exact else _ROUNDS):
        change = max(_change(walk.compute(j), walk.values[j]) for j in part)
        if change < _SETTLED:
            break
    finest, last = _finest(walk), math.inf
    for _ in range(_EXACT_STEPS if exact else _STEPS):
        change = _newton(walk, part)
        if change <= finest or (change >= last and change <= math.sqrt(finest)):
            break
        last = change
    else:
        first = walk.order.names[part[0]]
        exactly = " exactly, as only a linear one does: feed floats, or" if exact else ":"
        message = (
            f"the loop through {first!r} does not settle{exactly} start nearer to a fixed point "
            "(start=)"
        )
        raise DomainError(message)
    for j in part:
        walk.compute(j)


def _finest(walk: _Walk) -> float:
    """Give the relative change that cannot be told from rounding."""
    system = walk.reading.system
    if system.exact:
        return 0.0
    if system.name == "mpmath numbers":
        import mpmath

        return 8 * float(mpmath.mp.eps)
    return 8 * 2.0**-52


def _change(before: Number, after: Number) -> float:
    """Give a relative change; an absolute one of values below 1."""
    moved = abs(after - before)
    return float(moved / max(abs(after), 1)) if moved else 0.0


def _newton(walk: _Walk, part: Sequence[int]) -> float:
    """Solve the linear network at the values that there are; give the relative change."""
    old = [walk.values[j] for j in part]
    new = []
    for j, value in zip(part, old, strict=True):  # all of them from the old values
        walk.compute(j)
        new.append(walk.values[j])
        walk.values[j] = value
    matrix = _unit_minus(_matrix(walk, part), walk.reading.system.one)
    moves = solved(matrix, [b - a for a, b in zip(old, new, strict=True)])
    for j, value, move in zip(part, old, moves, strict=True):
        walk.values[j] = value + move
    return max(_change(value, walk.values[j]) for j, value in zip(part, old, strict=True))


def _matrix(walk: _Walk, part: Sequence[int]) -> list[list[Number]]:
    """Give the edge derivatives within a loop: by head and tail, parallel edges added up."""
    place = {j: i for i, j in enumerate(part)}
    zero = walk.reading.system.zero
    matrix = [[zero] * len(part) for _ in part]
    for j in part:
        for e in walk.order.incoming[j]:
            i = place.get(walk.order.tails[e])
            if i is not None:
                matrix[place[j]][i] = matrix[place[j]][i] + walk.derivative(e)
    return matrix


def _unit_minus(matrix: list[list[Number]], one: Number) -> list[list[Number]]:
    return [[one - x if i == k else -x for k, x in enumerate(row)] for i, row in enumerate(matrix)]


# --- back -----------------------------------------------------------------------------------------


def _carried(record: Record, part: Sequence[int]) -> list[list[Number]]:
    """Give the edge derivatives within a part that carry back: by tail and head."""
    place = {j: i for i, j in enumerate(part)}
    zero, primitives = record.reading.system.zero, record.reading.plan.primitives
    matrix = [[zero] * len(part) for _ in part]
    for j in part:
        row = primitives[j]
        for e in record.order.incoming[j] if row is not None and row.passes else ():
            i = place.get(record.order.tails[e])
            if i is not None:
                derivative = record.forward.edge_derivatives[e]
                matrix[i][place[j]] = matrix[i][place[j]] + derivative
    return matrix


def _checked_radius(record: Record, parts: Sequence[Sequence[int]]) -> float:
    """Give the spectral radius of the edge derivatives.

    Raises:
        DomainError: it is not below 1.
    """
    largest = 0.0
    for part in parts:
        if _is_loop(record.order, part):
            plain = [[complex(x) for x in row] for row in _carried(record, part)]
            largest = max(largest, float(np.abs(np.linalg.eigvals(np.array(plain))).max()))
    if largest >= 1:
        message = (
            f"the fixed point is not stable: its spectral radius is {largest:.3g}, from 1 up a "
            "disturbance grows; start elsewhere (start=), or make the weights on the cycle smaller"
        )
        raise DomainError(message)
    return largest


def _backward(
    record: Record, parts: Sequence[Sequence[int]], seeds: Mapping[int, Number]
) -> Backward:
    """Backpropagate, part by part: a loop by solving its system."""
    plan, nodes = record.reading.plan, len(record.order.names)
    backward = Backward(
        [None] * nodes, [None] * nodes, [None] * len(plan.tails), [None] * len(plan.tails)
    )
    sources = [[j] for j in record.reading.sources]
    for part in [*reversed(parts), *reversed(sources)]:
        collected = [_collected(record, backward, seeds, j) for j in part]
        if all(x is None for x in collected):
            continue
        zero = record.reading.system.zero
        right = [zero if x is None else x for x in collected]
        if _is_loop(record.order, part):
            matrix = _unit_minus(_carried(record, part), record.reading.system.one)
            right = solved(matrix, right)
        for j, adjoint in zip(part, right, strict=True):
            _pass_on(record, backward, j, adjoint)
    return backward


def _collected(
    record: Record, backward: Backward, seeds: Mapping[int, Number], j: int
) -> Number | None:
    """Add up the seed of a node and what later parts have brought back; None for nothing."""
    plan = record.reading.plan
    terms = [seeds[j]] if j in seeds else []
    terms += [c for e in plan.outgoing[j] if (c := backward.contributions[e]) is not None]
    terms += [g for e in plan.carriers.get(j, ()) if (g := backward.gradients[e]) is not None]
    return reduce(add, terms) if terms else None


def _pass_on(record: Record, backward: Backward, j: int, adjoint: Number) -> None:
    """Write the adjoint of a node, and what its edges carry back."""
    plan, forward = record.reading.plan, record.forward
    backward.adjoints[j] = adjoint
    row = plan.primitives[j]
    if row is None or not row.passes:
        return
    delta = backward.deltas[j] = tuple(adjoint * partial for partial in forward.derivatives[j])
    for e in plan.incoming[j]:
        backward.contributions[e] = adjoint * forward.edge_derivatives[e]
        backward.gradients[e] = forward.values[plan.tails[e]] * delta[plan.slots[e]]
