"""The two passes on letters: every node keeps a letter, so formulas stay as small as the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rojasgraph import labeling
from rojasgraph.contract import SOURCES, is_automatic_name, read
from rojasgraph.derivation.glossary import Formula, Glossary, is_rational, measure
from rojasgraph.derivation.symbols import latex_names, symbol_names, word
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.labeling import Backward, Forward, Plan
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers.symbols import sympy_namespace
from rojasgraph.order import Attributes, Order


@dataclass
class Lettering:
    """A network whose labels are formulas in one letter for each node.

    The value of a node is its letter, and each local derivative is a formula in the letters of the
    nodes beside it: sigmoid′ is o·(1 − o). So the formulas are together as large as the graph,
    whatever the number of paths.

    Attributes:
        network: the network.
        order: its nodes and edges, numbered.
        letters: by node, the sympy symbol that stands for its value; for a constant its number,
            unless a user named it and it is neither 0 nor 1, or it holds a batch.
        weights: by edge, the symbol that stands for its weight, where it has one of its own.
        nets: by node, what arrives in each slot, in letters.
        definitions: by node, its value in the letters of the nodes that feed it.
        plan: what the passes walk, with weights as symbols.
        forward: the labels of the first pass, in letters.
    """

    network: Network
    order: Order
    letters: list[Formula]
    weights: dict[int, Formula]
    nets: list[tuple[Formula, ...]]
    definitions: list[Formula]
    plan: Plan
    forward: Forward
    _plain: dict[tuple[str, int], bool] = field(default_factory=dict, repr=False)

    # --- names ----------------------------------------------------------------------------------

    @cached_property
    def latex_names(self) -> dict[Formula, str]:
        """How each letter is written in LaTeX: as the attribute `latex` says, else by its name."""
        order, letters = self.order, self.letters
        nodes = {s: (order.nodes[j], None) for j, s in enumerate(letters) if s.is_Symbol}
        edges = {
            s: (order.edges[e], (self._end(order.tails[e]), self._end(order.heads[e])))
            for e, s in self.weights.items()
        }
        carriers: dict[Formula, tuple[Attributes, tuple[str, str] | None]] = {**nodes, **edges}
        written = latex_names((s.name, *carrier) for s, carrier in carriers.items())
        return {symbol: written[symbol.name] for symbol in carriers}

    def _end(self, j: int) -> str:
        """Name an end of an edge, as the default names of weights do."""
        symbol = self.letters[j]
        return symbol.name if symbol.is_Symbol else word(self.order.names[j])

    def number(self, name: Hashable) -> int:
        """Number a node.

        Raises:
            ArgumentError: there is no such node.
        """
        if name not in self.order.number:
            message = f"{name!r} is no node of the network; its nodes: {self.order.names[:20]}"
            raise ArgumentError(message)
        return self.order.number[name]

    def shown(self, j: int) -> Formula:
        """Write what a node computes: arithmetic as it is, any other function by its name.

        So a unit reads sigmoid(w*x), an undefined function to sympy, and not 1/(1 + exp(-w*x)).
        """
        import sympy as sp

        row, nets = self.plan.primitives[j], self.nets[j]
        if row is None or (row.passes and self._is_plain(j)):
            return self.definitions[j]
        return sp.Function(row.name)(*nets, *self.plan.arguments[j].values())

    def _is_plain(self, j: int) -> bool:
        """Tell whether a definition reads well as it is: arithmetic, or one function of sympy's."""
        import sympy as sp

        row, definition, arity = self.plan.primitives[j], self.definitions[j], len(self.nets[j])
        assert row is not None  # noqa: S101 - an operation
        if definition.is_Function and definition.func.__name__ == row.name:
            return True
        if (row.name, arity) not in self._plain:
            operands = [sp.Dummy(real=True) for _ in range(arity)]
            bare = row.function(sympy_namespace(), *operands, **self.plan.arguments[j])
            plain = not bare.has(sp.Function, sp.Piecewise, sp.Max, sp.Min)
            self._plain[row.name, arity] = plain
        return self._plain[row.name, arity]

    # --- derivatives ----------------------------------------------------------------------------

    def adjoints(self, output: Hashable) -> Backward:
        """Run the second pass on letters, from one output.

        A chain of n nodes gives products of up to n factors; `Adjoints` writes only those that are
        asked for.

        Raises:
            ArgumentError: the output is no node.
        """
        j = self.number(output)
        xp = sympy_namespace()
        return labeling.backpropagate(self.plan, self.forward, {j: xp.one}, xp)

    def towards(self, j: int) -> list[tuple[int, Formula]]:
        """List the nodes that a node feeds, each with its derivative along that edge, in letters.

        A parameter also feeds the heads of the edges whose weight it is.
        """
        along = [
            (self.order.heads[e], self.forward.edge_derivatives[e]) for e in self.order.outgoing[j]
        ]
        shared = self.plan.carriers.get(j, ())
        return along + [(self.order.heads[e], self.by_weight(e)) for e in shared]

    def by_weight(self, e: int) -> Formula:
        """Give the derivative of an edge's head by the weight of the edge, in letters."""
        partial = self.forward.derivatives[self.order.heads[e]][self.plan.slots[e]]
        return self.letters[self.order.tails[e]] * partial

    # --- without letters ------------------------------------------------------------------------

    @cached_property
    def glossary(self) -> Glossary:
        """What every letter stands for, in the sources and weights."""
        pairs = zip(self.letters, self.definitions, strict=True)
        return Glossary({s: d for s, d in pairs if s.is_Symbol and s != d})

    @cached_property
    def arithmetic(self) -> Glossary:
        """What the letters of sums, products, quotients and whole powers stand for.

        Nodes with another function, such as units, keep their letters.
        """
        pairs = zip(self.letters, self.definitions, strict=True)
        return Glossary({s: d for s, d in pairs if s.is_Symbol and s != d and is_rational(d)})

    def expanded(self, formula: Formula) -> Formula:
        """Write a formula in the sources and weights alone, all letters replaced by their values.

        Raises:
            ArgumentError: the result would be too large; it may be exponentially larger than the
                graph.
        """
        return self.glossary.expanded(formula)


class Adjoints:
    """The derivatives of one output in letters, each written out when it is asked for.

    Args:
        lettering: the network in letters.
        output: the output's number.

    Attributes:
        places: what it is differentiated by, in the order of the steps (`backward_order`).
        terms: by node, the nodes that it feeds on the way to the output, with the derivatives
            along the edges there, in the order of the steps.
        n_paths: by node, how many paths lead to the output.
    """

    def __init__(self, lettering: Lettering, output: int) -> None:  # noqa: D107 - see the class
        self.lettering = lettering
        self.output = output
        self.places = backward_order(lettering.order, output, lettering.weights)
        self.terms: dict[int, list[tuple[int, Formula]]] = {output: []}
        self.n_paths: dict[int, int] = {output: 1}
        rank = {place.node: i for i, place in enumerate(self.places)}
        for j, _ in self.places[1:]:
            if j is not None:
                towards = [(head, p) for head, p in lettering.towards(j) if head in rank]
                self.terms[j] = sorted(towards, key=lambda term: rank[term[0]])
                self.n_paths[j] = sum(self.n_paths[head] for head, _ in towards)
        self._written: dict[int, Formula] = {output: sympy_namespace().one}

    def terms_of(self, place: Place) -> list[tuple[int, Formula]]:
        """List the heads towards the output, with the local derivatives, of a node or weight."""
        if place.node is not None:
            return self.terms[place.node]
        assert place.edge is not None  # noqa: S101 - a place is one or the other
        head = self.lettering.order.heads[place.edge]
        return [(head, self.lettering.by_weight(place.edge))]

    def written(self, place: Place) -> Formula:
        """Write the derivative by a node or weight in letters."""
        import sympy as sp

        if place.node is None:
            ((head, partial),) = self.terms_of(place)
            return sp.Mul(self.written(Place(head)), partial)
        waiting = [place.node]
        while waiting:
            j = waiting[-1]
            runs = [self._run(head, partial) for head, partial in self.terms[j]]
            missing = [joint for joint, _ in runs if joint not in self._written]
            if j in self._written or not missing:
                waiting.pop()
                products = (sp.Mul(self._written[joint], *factors) for joint, factors in runs)
                self._written.setdefault(j, sp.Add(*products))
            waiting += missing if j not in self._written else []
        return self._written[place.node]

    def _run(self, head: int, partial: Formula) -> tuple[int, list[Formula]]:
        """Walk on where there is but one way; give the end, and the factors met."""
        factors = [partial]
        while head not in self._written and len(self.terms[head]) == 1:
            ((head, partial),) = self.terms[head]
            factors.append(partial)
        return head, factors

    @cached_property
    def _lengths(self) -> dict[int, int]:
        lengths = {self.output: 1}
        for j, _ in self.places[1:]:
            if j is not None:
                lengths[j] = self._length(self.terms[j], lengths)
        return lengths

    def length(self, place: Place) -> int:
        """Bound how many letters and numbers the derivative takes, without writing it."""
        return self._length(self.terms_of(place), self._lengths)

    @staticmethod
    def _length(terms: list[tuple[int, Formula]], lengths: dict[int, int]) -> int:
        total = sum(lengths[head] + measure(partial, {}).leaves for head, partial in terms)
        return min(max(total, 1), _LONGEST)


_LONGEST = 10**6
"""Where a count of letters stops."""


def letter(net: Network, output: Hashable | None = None, *, weights: bool = True) -> Lettering:
    """Label a network with letters, by the same two passes.

    Sources and named operations keep their names. The other operations get letters a, b, c, …
    from the output down, in the order of `backward_order`; a letter is skipped where something is
    called so.

    Args:
        net: any network that meets the graph contract; its labels are not touched.
        output: where the letters start; default the network's one output.
        weights: let a symbol stand for the weight of each edge that has one; else the weights are
            the numbers that they are.

    Raises:
        GraphError: the network breaks the contract.
        ArgumentError: the output is no node, or left out where there are several; an operation
            has no formula.

    >>> from rojasgraph.formula import parse
    >>> lettering = letter(Network.from_expressions(parse("(a + b)*(b + 1)")))
    >>> lettering.letters, lettering.definitions
    ([a, b, 1, d, e, c], [a, b, 1, a + b, b + 1, d*e])
    """
    import sympy as sp

    order = structure_of(net)
    xp = sympy_namespace()
    lettered = {j for j in range(len(order.names)) if _is_letter(order, j)}
    reading = read(order, dict.fromkeys(lettered, xp.one), xp)  # refuses what breaks the contract
    plan = reading.plan
    weighted = [e for e, weight in enumerate(plan.weights) if weights and weight is not None]
    names, weight_names = symbol_names(order, _listed(net, order, output), weighted)
    by_weight = {e: sp.Symbol(name, real=True) for e, name in weight_names.items()}
    plan.weights = [by_weight.get(e, weight) for e, weight in enumerate(plan.weights)]
    numbers = {j: value for j, value in reading.sources.items() if j not in lettered}
    letters = [numbers.get(j, sp.Symbol(name, real=True)) for j, name in enumerate(names)]
    return Lettering(net, order, letters, by_weight, *_first_pass(order, plan, letters))


def _is_letter(order: Order, j: int) -> bool:
    """Tell whether a source stands as a letter: all but most constants do."""
    node = order.nodes[j]
    op, value = str(node.get("op")), node.get("value")
    if op != "constant" or isinstance(value, np.ndarray):
        return op in SOURCES
    return not is_automatic_name(order.names[j], op) and value not in (None, 0, 1)


def _first_pass(
    order: Order, plan: Plan, letters: list[Formula]
) -> tuple[list[tuple[Formula, ...]], list[Formula], Plan, Forward]:
    """Feed letters forward: what a node computes is written down, what it sends is its letter."""
    nets, definitions, derivatives, edge_derivatives = [], [], [], []
    for j, symbol in enumerate(letters):
        nets.append(_nets(plan, letters, j))
        value, partials = _labels(plan, j, symbol, nets[j], order.names[j])
        definitions.append(_stored(order.nodes[j], symbol) if plan.primitives[j] is None else value)
        derivatives.append(partials)
        edge_derivatives += [
            _carried(plan, letters, e, partials[plan.slots[e]]) for e in plan.incoming[j]
        ]
    return nets, definitions, plan, Forward(list(letters), derivatives, edge_derivatives)


def _stored(node: Attributes, symbol: Formula) -> Formula:
    """Give what a source stands for: a named constant for its number, the others for themselves."""
    is_number = node["op"] == "constant" and not isinstance(node["value"], np.ndarray)
    return sympy_namespace().lift(node["value"]) if is_number else symbol


def _labels(
    plan: Plan, j: int, symbol: Formula, nets: tuple[Formula, ...], name: Hashable
) -> tuple[Formula, tuple[Formula, ...]]:
    """Write what a node computes, and its partials with its own letter for its value."""
    row, arguments, xp = plan.primitives[j], plan.arguments[j], sympy_namespace()
    if row is None:
        return symbol, ()
    try:
        return row.function(xp, *nets, **arguments), row.partials(xp, symbol, *nets, **arguments)
    except (TypeError, DomainError) as error:
        message = f"node {name!r}: {row.name} cannot be written as a formula: {error}"
        raise ArgumentError(message) from error


def _nets(plan: Plan, letters: list[Formula], j: int) -> tuple[Formula, ...]:
    """Write what arrives in each slot of a node."""
    import sympy as sp

    arriving: list[list[Formula]] = [[] for _ in range(plan.slot_counts[j])]
    for e in plan.incoming[j]:
        arriving[plan.slots[e]].append(_carried(plan, letters, e, letters[plan.tails[e]]))
    return tuple(sp.Add(*terms) for terms in arriving)


def _carried(plan: Plan, letters: list[Formula], e: int, formula: Formula) -> Formula:
    """Multiply by an edge's weight, if it has one."""
    weight = letters[plan.shared[e]] if e in plan.shared else plan.weights[e]
    return formula if weight is None else weight * formula


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


def _listed(net: Network, order: Order, output: Hashable | None) -> list[int]:
    """List the nodes that reach the output, from there down."""
    chosen = only_output(net) if output is None else output
    if chosen not in order.number:
        message = f"output {chosen!r} is no node; the outputs are {net.outputs}"
        raise ArgumentError(message)
    return [j for j, _ in backward_order(order, order.number[chosen]) if j is not None]


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
