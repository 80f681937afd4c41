"""The network with three labels at each node: value, derivatives, and second derivatives.

Rojas stores f, f′ and f″ at a unit; a node of several slots has a symmetric matrix φ_ab of second
derivatives, one for each two slots. A weight that is a variable multiplies, so its edge becomes a
node of its own, a product with φ_01 = 1: no rule for weights is needed then.

Source: Rojas, Neural Networks (1996), section 8.4: second-order backpropagation.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from rojasgraph import labeling
from rojasgraph.analysis.variables import Variable, variables_of
from rojasgraph.contract import Record
from rojasgraph.duals import Dual, dual_namespace, moving
from rojasgraph.errors import ArgumentError, DomainError, DomainWarning
from rojasgraph.network import Network, numbered_seeds, record_of
from rojasgraph.numbers.kinds import Number
from rojasgraph.table import Primitive


class Link(NamedTuple):
    """An edge between atoms, into one slot.

    Attributes:
        tail: the number of the atom where it starts.
        weight: what it multiplies by; None for 1.
        edge: the network's edge as (tail, head, key); None out of the product of a weight, whose
            edge is named on the way in.
    """

    tail: int
    weight: Number
    edge: tuple[Hashable, Hashable, Hashable] | None


@dataclass(slots=True)
class Atom:
    """A node, or the product of a weight and what its edge carries.

    Attributes:
        name: the node's name; the edge's as (tail, head, key) for the product of a weight.
        slots: the links into each slot that a variable is reached by.
        partials: the derivative by each slot.
        curvature: φ_ab by (a, b), a ≤ b, where it is not 0 whatever the operands are.
        adjoint: the derivative of the output; None where no path leads there.
    """

    name: Hashable
    adjoint: Number = None
    slots: list[list[Link]] = field(default_factory=list)
    partials: tuple[Number, ...] = ()
    curvature: dict[tuple[int, int], Number] = field(default_factory=dict)


@dataclass(slots=True)
class Atoms:
    """A network of atoms, in topological order, variables first.

    Attributes:
        record: what the forward pass left.
        variables: what is differentiated by.
        columns: the variables' atoms.
        atoms: all atoms; those that depend on no variable have no slots.
        of_node: the number of each node's atom.
        outputs: the numbers of the outputs' atoms.
    """

    record: Record
    variables: list[Variable]
    columns: list[int]
    atoms: list[Atom]
    of_node: list[int]
    outputs: dict[int, Number]


def atoms_of(net: Network, output: Any, wrt: Iterable[Hashable] | None) -> Atoms:  # noqa: ANN401
    """Label a network of atoms for the second derivatives of an output.

    Args:
        net: a network that has been fed forward.
        output: as for `backpropagate`: a name, a list, a mapping to seeds, or None.
        wrt: sources by name and weighted edges as (tail, head, key); None for all inputs and
            parameters.

    Raises:
        NotLabeled: there was no `feed_forward`.
        ArgumentError: a name does not fit, outputs of different shapes are added, or a variable
            has a value for each example.
    """
    record = record_of(net)
    variables = variables_of(record.order, wrt)
    seeds = numbered_seeds(net, record, output, 1.0)
    if len({np.shape(seed) for seed in seeds.values()}) > 1:
        message = "outputs of different shapes have no common Hessian: name one of them"
        raise ArgumentError(message)
    _refuse_batches(record, variables)
    with np.errstate(all="ignore"):
        plan, system = record.reading.plan, record.reading.system
        adjoints = labeling.backpropagate(plan, record.forward, seeds, system).adjoints
        return _Builder(record, variables, adjoints).build(seeds)


def _refuse_batches(record: Record, variables: list[Variable]) -> None:
    weights: Sequence[Number] = record.reading.plan.weights
    for name, source, edge in variables:
        value = record.reading.sources[source] if source is not None else weights[edge or 0]
        if np.shape(value):
            message = (
                f"{name!r} has a value for each example, and the second derivatives by it an entry "
                "for every two: name in wrt what is the same for all examples, or feed one"
            )
            raise ArgumentError(message)


class _Builder:
    """Make the atoms, node by node."""

    def __init__(
        self, record: Record, variables: list[Variable], adjoints: list[Number | None]
    ) -> None:
        self.record = record
        self.variables = variables
        self.adjoints = adjoints
        self.xp = dual_namespace(record.reading.system)
        self.atoms: list[Atom] = []
        self.of_node: list[int] = []
        self.of_weight: dict[int, int] = {}
        self.active: set[int] = set()
        self.faults: list[Hashable] = []

    def build(self, seeds: Mapping[int, Number]) -> Atoms:
        columns: list[int] = [0] * len(self.variables)
        of_source = {v.source: i for i, v in enumerate(self.variables) if v.source is not None}
        for i, (name, _, edge) in enumerate(self.variables):
            if edge is not None:
                columns[i] = self.of_weight[edge] = self._add(Atom(name), active=True)
        for j, row in enumerate(self.record.reading.plan.primitives):
            if row is None:
                name = self.record.order.names[j]
                number = self._add(Atom(name, self.adjoints[j]), active=j in of_source)
                if j in of_source:
                    columns[of_source[j]] = number
            else:
                number = self._operation(j, row)
            self.of_node.append(number)
        _warn(self.faults)
        outputs = {self.of_node[j]: seed for j, seed in seeds.items()}
        return Atoms(self.record, self.variables, columns, self.atoms, self.of_node, outputs)

    def _add(self, atom: Atom, *, active: bool) -> int:
        self.atoms.append(atom)
        if active:
            self.active.add(len(self.atoms) - 1)
        return len(self.atoms) - 1

    def _operation(self, j: int, row: Primitive) -> int:
        """Add a node that computes, and the products of the weights into it."""
        plan, name = self.record.reading.plan, self.record.order.names[j]
        adjoint = self.adjoints[j]
        slots: list[list[Link]] = [[] for _ in range(plan.slot_counts[j])]
        for e in plan.incoming[j] if row.passes and adjoint is not None else ():
            link = self._link(j, e)
            if link.tail in self.active:
                slots[plan.slots[e]].append(link)
        if not any(slots):
            return self._add(Atom(name, adjoint), active=False)
        partials = self.record.forward.derivatives[j]
        curvature = self._curvature(j, row, [s for s, links in enumerate(slots) if links])
        return self._add(Atom(name, adjoint, slots, partials, curvature), active=True)

    def _link(self, j: int, e: int) -> Link:
        """Give the link that an edge becomes; where its weight is a variable, by its product."""
        plan, order = self.record.reading.plan, self.record.order
        tail, name = self.of_node[plan.tails[e]], order.edge_names[e]
        shared = plan.shared.get(e)
        factor = self.of_weight.get(e) if shared is None else self.of_node[shared]
        weight = plan.weights[e] if shared is None else self.record.reading.sources[shared]
        if factor is None or factor not in self.active:
            return Link(tail, weight, name)
        value = self.record.forward.values[plan.tails[e]]
        partial = self.record.forward.derivatives[j][plan.slots[e]]
        of_weight = name if shared is None else (order.names[shared], name[1], (name[0], name[2]))
        slots = [[Link(tail, None, name)], [Link(factor, None, of_weight)]]
        if tail not in self.active:
            slots[0] = []
        product = Atom(
            name,
            self.adjoints[j] * partial,
            slots,
            (weight, value),
            {(0, 1): self.record.reading.system.one} if slots[0] else {},
        )
        return Link(self._add(product, active=True), None, None)

    def _curvature(
        self, j: int, row: Primitive, active: list[int]
    ) -> dict[tuple[int, int], Number]:
        """Differentiate the partials of a node: by each slot in turn, over dual numbers."""
        system, nets = self.record.reading.system, self._nets(j)
        found = {}
        for b in active:
            operands = [Dual(x, system.one if s == b else None) for s, x in enumerate(nets)]
            partials = self._partials(j, row, operands)
            for a in active[: active.index(b) + 1]:
                second = self.xp.lift(partials[a]).tangent
                if second is not None:
                    found[a, b] = second
        if not all(map(system.isfinite, found.values())):
            self.faults.append(self.record.order.names[j])
        return found

    def _partials(self, j: int, row: Primitive, operands: list[Dual]) -> tuple[Number, ...]:
        bound = self.record.reading.plan.arguments[j]
        arguments = {name: self.xp.lift(x) for name, x in bound.items()}
        try:
            return moving(row).label(self.xp, operands, arguments)[1]
        except DomainError as error:
            message = f"node {self.record.order.names[j]!r}, second derivative: {error}"
            raise DomainError(message) from None
        except Exception as error:
            error.add_note(f"while differentiating node {self.record.order.names[j]!r} twice")
            raise

    def _nets(self, j: int) -> list[Number]:
        """Sum what arrives in each slot, as the first pass does."""
        plan, values = self.record.reading.plan, self.record.forward.values
        nets: list[Number] = [None] * plan.slot_counts[j]
        for e in plan.incoming[j]:
            shared = plan.shared.get(e)
            weight = plan.weights[e] if shared is None else self.record.reading.sources[shared]
            carried = values[plan.tails[e]]
            carried = carried if weight is None else weight * carried
            slot = plan.slots[e]
            nets[slot] = carried if nets[slot] is None else nets[slot] + carried
        return nets


_SHOWN = 5


def _warn(nodes: list[Hashable]) -> None:
    """Tell of nodes whose second derivatives are nan or inf."""
    if nodes:
        shown = ", ".join(map(repr, nodes[:_SHOWN])) + (", …" if len(nodes) > _SHOWN else "")
        message = f"second derivatives are nan or inf at {shown}"
        warnings.warn(message, DomainWarning, stacklevel=5)
