"""Tripods: the terms that a second derivative is the sum of, one by one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

from rojasgraph.analysis.second_order.atoms import Atoms, Link, atoms_of
from rojasgraph.network import Network
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName


@dataclass(frozen=True)
class Tripod:
    """One term of a second derivative: two paths that meet at a node, and one on to the output.

    `rg.draw(net, highlight=tripod)` picks it out.

    Attributes:
        ends: the two variables, where the legs begin.
        node: where the legs meet; the edge as (tail, head, key) where a weight meets what its edge
            carries.
        legs: the edges of the two paths, each ending in `node`; the step from a parameter into a
            weight that it shares is (parameter, head, (tail, key)). A leg from an edge's own weight
            is that edge.
        stem: the edges from `node` to the output.
        curvature: the second derivative of `node` by the two slots.
        product: the term: the product of the derivatives along legs and stem with the curvature.
    """

    ends: tuple[Hashable, Hashable]
    node: Hashable
    legs: tuple[tuple[EdgeName, ...], tuple[EdgeName, ...]]
    stem: tuple[EdgeName, ...]
    curvature: Number
    product: Number

    @property
    def edges(self) -> tuple[EdgeName, ...]:
        """All edges, those of the legs first, none twice."""
        return tuple(dict.fromkeys((*self.legs[0], *self.legs[1], *self.stem)))

    def __str__(self) -> str:
        """Write the legs, the node or the edge where they meet, and the stem."""
        legs = [_written(end, leg) for end, leg in zip(self.ends, self.legs, strict=True)]
        place = f"at {self.node}"
        for leg in self.legs:
            if self.node == leg[-1]:
                tail, head, _ = leg[-1]
                place = f"on the edge {tail} → {head}" + (", then" if self.stem else "")
        behind = "".join(f" → {head}" for _, head, _ in self.stem)
        return f"{' and '.join(legs)} meet {place}{behind}"


def _written(end: Hashable, edges: tuple[EdgeName, ...]) -> str:
    """Write a leg as its nodes; one that begins at an edge's own weight says so."""
    path = " → ".join(map(str, [edges[0][0], *(head for _, head, _ in edges)]))
    return f"the weight of {path}" if end == edges[0] else path


def tripods(
    net: Network,
    first: Hashable,
    second: Hashable,
    output: Any = None,  # noqa: ANN401 - as backpropagate takes it
) -> Iterator[Tripod]:
    """Go over the terms of one second derivative: ∂²output/∂first∂second is their sum.

    A path from `first` and one from `second` enter a node by two slots whose second derivative is
    not 0 whatever the operands are, and one path leads on to the output. There may be very many:
    ask `count_tripods` first.

    Args:
        net: a network that has been fed forward.
        first: an input or parameter by name, or an edge with a weight as (tail, head, key).
        second: another, or the same.
        output: as for `hessian`.

    Yields:
        The tripods, by the order in which the graph has the nodes where legs meet.

    Raises:
        NotLabeled, ArgumentError, DomainError: as for `hessian`.

    Source: Rojas, Neural Networks (1996), section 8.4: second-order backpropagation.

    >>> from rojasgraph.expressions import inputs
    >>> from rojasgraph.primitives import sin
    >>> x, y = inputs("x y")
    >>> net = Network.from_expressions((sin(x) * y).named("v"))
    >>> _ = net.feed_forward(x=0.0, y=5.0)
    >>> for tripod in tripods(net, "x", "y"):
    ...     print(tripod, tripod.product)
    x → sin1 → v and y → v meet at v 1.0
    """
    return _Walk(atoms_of(net, output, _ends(first, second))).tripods()


def count_tripods(
    net: Network,
    first: Hashable,
    second: Hashable,
    output: Any = None,  # noqa: ANN401 - as backpropagate takes it
) -> int:
    """Count the terms of one second derivative without listing them.

    Args:
        net: a network that has been fed forward.
        first: as for `tripods`.
        second: as for `tripods`.
        output: as for `hessian`.

    Returns:
        How many tripods there are, exact however many.

    Raises:
        NotLabeled, ArgumentError, DomainError: as for `hessian`.

    Source: the counting semiring on the graph: Bauer, Computational graphs and rounding error
    (1974).

    >>> from rojasgraph.expressions import inputs
    >>> node = inputs("x")
    >>> for _ in range(60):
    ...     node = node * node
    >>> net = Network.from_expressions(node)
    >>> _ = net.feed_forward(x=1.0)
    >>> count_tripods(net, "x", "x") == 2 * sum(4**k * 2 ** (59 - k) for k in range(60))
    True
    """
    return _Walk(atoms_of(net, output, _ends(first, second))).count()


def _ends(first: Hashable, second: Hashable) -> list[Hashable]:
    return [first] if first == second else [first, second]


class _Walk:
    """The paths between the variables, the atoms with curvature and the outputs."""

    def __init__(self, atoms: Atoms) -> None:
        self.atoms = atoms
        self.starts = atoms.columns[0], atoms.columns[-1]
        self.links = [[x for links in atom.slots for x in links] for atom in atoms.atoms]
        self.onward: list[list[tuple[int, int, Link]]] = [[] for _ in atoms.atoms]
        for v, atom in enumerate(atoms.atoms):
            for slot, links in enumerate(atom.slots):
                for link in links:
                    self.onward[link.tail].append((v, slot, link))

    def counts_from(self, start: int) -> list[int]:
        """Count the paths from one atom to each."""
        counts = [0] * len(self.links)
        counts[start] = 1
        for v in range(start + 1, len(counts)):
            counts[v] = sum(counts[link.tail] for link in self.links[v])
        return counts

    def counts_to_outputs(self) -> list[int]:
        """Count the paths from each atom to the outputs."""
        counts = [0] * len(self.links)
        for v in reversed(range(len(counts))):
            counts[v] = (v in self.atoms.outputs) + sum(
                counts[head] for head, _, _ in self.onward[v]
            )
        return counts

    def count(self) -> int:
        """Multiply the paths along the two legs and the stem, and sum over the atoms."""
        first, second = (self.counts_from(start) for start in self.starts)
        stems = self.counts_to_outputs()
        total = 0
        for v, atom in enumerate(self.atoms.atoms):
            for a, b in self._crossings(v):
                legs = [
                    sum(counts[x.tail] for x in atom.slots[slot])
                    for counts, slot in ((first, a), (second, b))
                ]
                total += legs[0] * legs[1] * stems[v]
        return total

    def _crossings(self, v: int) -> Iterator[tuple[int, int]]:
        """List the pairs of slots that bend, both ways round."""
        for a, b in self.atoms.atoms[v].curvature:
            yield a, b
            if a != b:
                yield b, a

    def tripods(self) -> Iterator[Tripod]:
        """Go over all pairs of legs at each atom, and all stems."""
        first, second = (self.counts_from(start) for start in self.starts)
        stems = self.counts_to_outputs()
        variables = self.atoms.variables
        ends = variables[0].name, variables[-1].name
        crossings = [(v, *ab) for v in range(len(stems)) if stems[v] for ab in self._crossings(v)]
        for v, a, b in crossings:
            atom = self.atoms.atoms[v]
            bend = atom.curvature[min(a, b), max(a, b)]
            for leg, along in self._legs(first, self.starts[0], v, a):
                for other, across in self._legs(second, self.starts[1], v, b):
                    for stem, behind in self._stems(stems, v):
                        product = reduce(mul, [*along, *across, bend, *behind])
                        yield Tripod(ends, atom.name, (leg, other), stem, bend, product)

    def _legs(
        self, counts: list[int], start: int, v: int, slot: int
    ) -> Iterator[tuple[tuple[EdgeName, ...], list[Number]]]:
        """Go over the paths from a variable into a slot, backward from the slot."""
        for link in self.atoms.atoms[v].slots[slot]:
            waiting = [(link.tail, [link], [link.weight])]
            while waiting:
                at, taken, factors = waiting.pop()
                if at == start:
                    edges = tuple(x.edge for x in reversed(taken) if x.edge is not None)
                    yield edges, [x for x in factors if x is not None]
                for a, links in enumerate(self.atoms.atoms[at].slots):
                    partial = self.atoms.atoms[at].partials[a]
                    waiting += [
                        (x.tail, [*taken, x], [*factors, partial, x.weight])
                        for x in links
                        if counts[x.tail]
                    ]

    def _stems(
        self, counts: list[int], v: int
    ) -> Iterator[tuple[tuple[EdgeName, ...], list[Number]]]:
        """Go over the paths from an atom to the outputs."""
        waiting: list[tuple[int, list[Link], list[Number]]] = [(v, [], [])]
        while waiting:
            at, taken, factors = waiting.pop()
            if at in self.atoms.outputs:
                seed = self.atoms.outputs[at]
                edges = tuple(link.edge for link in taken if link.edge is not None)
                yield edges, [x for x in [*factors, seed] if x is not None]
            for head, slot, link in reversed(self.onward[at]):
                if counts[head]:
                    partial = self.atoms.atoms[head].partials[slot]
                    waiting.append((head, [*taken, link], [*factors, link.weight, partial]))
