"""The two passes on letters: every node keeps a letter, so formulas stay as small as the graph."""

from __future__ import annotations

import itertools
import string
from collections import Counter
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from rojasgraph import labeling
from rojasgraph.contract import SOURCES, read
from rojasgraph.derivation.writing import latex_name
from rojasgraph.errors import ArgumentError
from rojasgraph.labeling import Backward, Forward, Plan
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers import Number, sympy_namespace
from rojasgraph.order import Order

Formula = Any
"""A sympy expression."""


@dataclass
class Lettering:
    """A network whose labels are formulas in one letter for each node.

    The value of a node is its letter, and each local derivative is a formula in the letters of the
    nodes beside it: sigmoid′ is o·(1 − o). So the formulas are together as large as the graph,
    whatever the number of paths.

    Attributes:
        network: the network.
        order: its nodes and edges, numbered.
        letters: by node, the sympy symbol that stands for its value; constants their number.
        weights: by edge, the symbol that stands for its weight, where it has one of its own.
        definitions: by node, its value in the letters of the nodes that feed it.
        plan: what the passes walk, with weights as symbols.
        forward: the labels of the first pass, in letters.
    """

    network: Network
    order: Order
    letters: list[Formula]
    weights: dict[int, Formula]
    definitions: list[Formula]
    plan: Plan
    forward: Forward
    _expanded: dict[int, Formula] = field(default_factory=dict, repr=False)

    @cached_property
    def latex_names(self) -> dict[Formula, str]:
        """How each letter is written in LaTeX: as the attribute `latex` says, else by its name."""
        order = self.order
        carriers = [(s, order.nodes[j]) for j, s in enumerate(self.letters) if s.is_Symbol]
        carriers += [(symbol, order.edges[e]) for e, symbol in self.weights.items()]
        return {s: str(a.get("latex") or latex_name(s.name)) for s, a in carriers}

    def adjoints(self, output: Hashable) -> Backward:
        """Run the second pass on letters, from one output.

        Raises:
            ArgumentError: the output is no node.
        """
        j = self.number(output)
        xp = sympy_namespace()
        return labeling.backpropagate(self.plan, self.forward, {j: xp.one}, xp)

    def number(self, name: Hashable) -> int:
        """Number a node.

        Raises:
            ArgumentError: there is no such node.
        """
        if name not in self.order.number:
            message = f"{name!r} is no node of the network; its nodes: {list(self.network)[:20]}"
            raise ArgumentError(message)
        return self.order.number[name]

    def towards(self, j: int) -> list[tuple[int, Formula]]:
        """List the nodes that a node feeds, each with its derivative along that edge, in letters.

        A parameter also feeds the heads of the edges whose weight it is.
        """
        along = [(self.order.heads[e], self.forward.edge_derivatives[e])
                 for e in self.order.outgoing[j]]
        shared = self.plan.carriers.get(j, ())
        return along + [(self.order.heads[e], self.by_weight(e)) for e in shared]

    def by_weight(self, e: int) -> Formula:
        """Give the derivative of an edge's head by the weight of the edge, in letters."""
        partial = self.forward.derivatives[self.order.heads[e]][self.plan.slots[e]]
        return self.letters[self.order.tails[e]] * partial

    def expanded(self, formula: Formula) -> Formula:
        """Write a formula in the sources and weights alone, all letters replaced by their values.

        The result may be exponentially larger than the graph.
        """
        number = {letter: j for j, letter in enumerate(self.letters) if j not in self._sources()}
        needed = [number[s] for s in formula.free_symbols if s in number]
        while needed:  # operands first, without recursion
            j = needed[-1]
            free = self.definitions[j].free_symbols if j not in self._expanded else ()
            missing = [number[s] for s in free if s in number and number[s] not in self._expanded]
            if missing:
                needed += missing
                continue
            needed.pop()
            if j not in self._expanded:
                self._expanded[j] = self._replaced(self.definitions[j])
        return self._replaced(formula)

    def _replaced(self, formula: Formula) -> Formula:
        known = {self.letters[j]: value for j, value in self._expanded.items()}
        return formula.xreplace({s: known[s] for s in formula.free_symbols if s in known})

    def _sources(self) -> set[int]:
        return {j for j, row in enumerate(self.plan.primitives) if row is None}


def letter(net: Network, output: Hashable | None = None) -> Lettering:
    """Label a network with letters, by the same two passes.

    Sources and named operations keep their names. The other operations get letters a, b, c, …
    from the output down, in the order of `backward_order`; a letter is skipped where a node is
    called so.

    Args:
        net: any network that meets the graph contract; its labels are not touched.
        output: where the letters start; default the network's one output.

    Raises:
        GraphError: the network breaks the contract.
        ArgumentError: the output is no node, or left out where there are several.
    """
    import sympy as sp

    order = structure_of(net)
    names = _names(net, order, output)
    symbols = [sp.Symbol(name, real=True) for name in names]
    fed = {
        j: symbol
        for j, symbol in enumerate(symbols)
        if order.nodes[j].get("op") in {"input", "parameter"}
    }
    reading = read(order, fed)
    plan = reading.plan
    weights = {
        e: sp.Symbol(name, real=True) for e, name in _weight_names(order, plan, set(names))
    }
    plan.weights = [weights.get(e, weight) for e, weight in enumerate(plan.weights)]
    letters = [reading.sources[j] if j in reading.sources else s for j, s in enumerate(symbols)]
    definitions, forward = _first_pass(plan, letters)
    return Lettering(net, order, letters, weights, definitions, plan, forward)


def _first_pass(plan: Plan, letters: list[Formula]) -> tuple[list[Formula], Forward]:
    """Feed letters forward: what a node computes is written down, what it sends is its letter."""
    xp = sympy_namespace()
    definitions, derivatives, edge_derivatives = [], [], []
    for j, row in enumerate(plan.primitives):
        if row is None:
            definitions.append(letters[j])
            derivatives.append(())
            continue
        nets: list[Number] = [xp.zero] * plan.slot_counts[j]
        for e in plan.incoming[j]:
            nets[plan.slots[e]] += _weight(plan, letters, e) * letters[plan.tails[e]]
        definitions.append(row.function(xp, *nets, **plan.arguments[j]))
        partials = row.partials(xp, letters[j], *nets, **plan.arguments[j])
        derivatives.append(partials)
        for e in plan.incoming[j]:
            edge_derivatives.append(_weight(plan, letters, e) * partials[plan.slots[e]])
    return definitions, Forward(list(letters), derivatives, edge_derivatives)


def _weight(plan: Plan, letters: list[Formula], e: int) -> Formula:
    if e in plan.shared:
        return letters[plan.shared[e]]
    return 1 if plan.weights[e] is None else plan.weights[e]


class Place(NamedTuple):
    """What a step of a derivation differentiates by: a node, or the weight of an edge."""

    node: int | None
    edge: int | None = None


def backward_order(order: Order, output: int, weights: Collection[int] = ()) -> list[Place]:
    """List the nodes that reach an output, each after all that it feeds on the way there.

    First in, first out, from the output. What one node makes ready at once comes by slot: the
    weights of its edges, then parameters, then operations. Inputs come last of all; constants are
    left out.

    Args:
        order: the network's structure.
        output: the node to start from.
        weights: the edges whose weights are listed too.
    """
    arriving, waiting = _reaching(order, output)
    ready, inputs = [Place(output)], []
    for head, _ in ready:  # grows while it is walked
        if head is None:
            continue
        freed = []
        for tail in arriving[head]:
            waiting[tail] -= 1
            if not waiting[tail]:
                freed.append(tail)
        freed.sort(key=lambda j: order.nodes[j]["op"] not in SOURCES)
        ready += [Place(None, e) for e in _by_slot(order, head) if e in weights]
        inputs += [Place(j) for j in freed if order.nodes[j]["op"] == "input"]
        ready += [Place(j) for j in freed if order.nodes[j]["op"] not in {"input", "constant"}]
    return ready + inputs


def _by_slot(order: Order, head: int) -> list[int]:
    return sorted(order.incoming[head], key=lambda e: (order.edges[e].get("slot") or 0, e))


def _reaching(order: Order, output: int) -> tuple[dict[int, list[int]], Counter[int]]:
    """List the tails of each node that reaches the output, by slot, and count their uses."""
    arriving: dict[int, list[int]] = {}
    uses: Counter[int] = Counter()
    waiting = [output]
    while waiting:
        head = waiting.pop()
        if head in arriving:
            continue
        arriving[head] = [tail for e in _by_slot(order, head) for tail in _tails(order, e)]
        uses.update(arriving[head])
        waiting += arriving[head]
    return arriving, uses


def _tails(order: Order, e: int) -> Iterator[int]:
    """Give the node behind an edge, and the parameter behind its weight, if it shares one."""
    if order.edges[e].get("parameter") is not None:
        yield order.number[order.edges[e]["parameter"]]
    yield order.tails[e]


def _names(net: Network, order: Order, output: Hashable | None) -> list[str]:
    """Name every node: sources and named operations as they are, the others by letters."""
    chosen = only_output(net) if output is None else output
    names = {
        j: _text(name) for j, name in enumerate(order.names) if not _is_automatic(order, j)
    }
    taken = set(names.values())
    if chosen not in order.number:
        message = f"output {chosen!r} is no node; the outputs are {net.outputs}"
        raise ArgumentError(message)
    listed = [j for j, _ in backward_order(order, order.number[chosen]) if j is not None]
    rest = [j for j in reversed(range(len(order.names))) if j not in set(listed)]
    alphabet = _alphabet()
    for j in [*listed, *rest]:
        if order.nodes[j]["op"] in SOURCES:
            names.setdefault(j, _text(order.names[j]))
            continue
        letter = next(alphabet)  # a named operation uses its letter up too
        while j not in names:
            if letter not in taken:
                names[j] = letter
            else:
                letter = next(alphabet)
    return [names[j] for j in range(len(order.names))]


def only_output(net: Network) -> Hashable:
    """Give the one output of a network.

    Raises:
        ArgumentError: it has none, or several.
    """
    found = net.outputs
    if len(found) != 1:
        message = f"name the output: the network has {len(found)}: {found}"
        raise ArgumentError(message)
    return found[0]


def _alphabet() -> Iterator[str]:
    """Count a, b, …, z, aa, ab, …."""
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield "".join(letters)


def _is_automatic(order: Order, j: int) -> bool:
    """Tell whether a name is an operation and a number, such as mul1, which nobody chose."""
    name, op = order.names[j], str(order.nodes[j].get("op"))
    return op not in SOURCES and isinstance(name, str) and name.removeprefix(op).isdigit() and (
        name.startswith(op)
    )


def _text(name: Hashable) -> str:
    if isinstance(name, tuple):
        return "_".join(map(_text, name))
    return str(name)


def _weight_names(order: Order, plan: Plan, taken: set[str]) -> Iterator[tuple[int, str]]:
    """Name the weights of edges: their `label`, else w_tail_head, numbered where edges are parallel."""
    for e, weight in enumerate(plan.weights):
        if weight is None:
            continue
        tail, head, _ = order.edge_names[e]
        name = str(order.edges[e].get("label") or f"w_{_text(tail)}_{_text(head)}")
        choices = itertools.chain([name], (f"{name}_{k}" for k in itertools.count(2)))
        name = next(n for n in choices if n not in taken)
        taken.add(name)
        yield e, name
