"""From neat-python: an evolved genome becomes a network of units with weighted edges."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np

from rojasgraph.contract import STATE
from rojasgraph.errors import ArgumentError, CycleError
from rojasgraph.network import Network
from rojasgraph.table import lookup

_BIAS = "bias"

_Steps = tuple[tuple[str, float | None], ...]
"""Primitives one behind the other; a number is the argument, or the other operand."""

_FAR = 60.0
"""Where neat-python cuts off what it feeds to some functions."""

_ACTIVATIONS: dict[str, _Steps] = {
    "identity": (("identity", None),),
    "sigmoid": (("scale", 5), ("sigmoid", None)),
    "tanh": (("scale", 2.5), ("tanh", None)),
    "sin": (("scale", 5), ("maximum", -_FAR), ("minimum", _FAR), ("sin", None)),
    "gauss": (("square", None), ("scale", -5), ("exp", None)),
    "relu": (("relu", None),),
    "elu": (("elu", None),),
    "lelu": (("leaky_relu", 0.005),),
    "selu": (("elu", 1.6732632423543772848), ("scale", 1.0507009873554804935)),
    "softplus": (
        *(("scale", 5), ("maximum", -_FAR), ("minimum", _FAR), ("softplus", None)),
        ("scale", 0.2),
    ),
    "clamped": (("maximum", -1), ("minimum", 1)),
    "inv": (("reciprocal", None),),
    "log": (("maximum", 1e-7), ("log", None)),
    "exp": (("maximum", -_FAR), ("minimum", _FAR), ("exp", None)),
    "abs": (("abs", None),),
    "hat": (("abs", None), ("scale", -1), ("add", 1), ("relu", None)),
    "square": (("square", None),),
    "cube": (("power", 3),),
}
"""neat-python's activations, as primitives."""

_AGGREGATIONS = ("sum", "mean", "product", "max", "min")


def from_neat(genome: Any, config: Any, *, recurrent: bool = False) -> Network:  # noqa: ANN401 - of neat
    """Make a network of a genome of neat-python, or a cell of a recurrent one.

    Nodes keep their keys: inputs -1, -2, …, outputs 0, 1, …. Connections become edges with
    trainable weights, biases edges from the constant "bias". What neat-python computes in several
    steps, such as its sigmoid, 1/(1 + exp(−5z)), is several nodes: (key, 0), (key, 1), …, key.

    The numbers are those of `neat.nn.FeedForwardNetwork`, but for these: sigmoid, tanh and gauss
    are not cut off far out, where they differ by less than 1e-24, and 1/0 is infinite, not 0.

    A recurrent genome becomes a cell, one step of `neat.nn.RecurrentNetwork`: every connection
    from a node carries that node's value of the step before, the input (key, "before"). The
    cell knows what feeds these, so `rojasgraph.unfold(cell, steps)` gives neat-python's numbers
    for a sequence that starts at 0. As there, a node that no connection leads to stays 0.

    Args:
        genome: a `neat.DefaultGenome`, or anything with its `nodes` and `connections`.
        config: the `neat.Config` that it was made with.
        recurrent: make a cell, whether the genome has a cycle or not.

    Returns:
        The network; nodes that no output needs are left out, inputs are not.

    Raises:
        CycleError: the genome has a cycle, and `recurrent` was not asked for.
        ArgumentError: an activation or an aggregation is none of neat-python's own, or has no
            derivative (median, maxabs); the message names the node.

    Source: Stanley and Miikkulainen, Evolving neural networks through augmenting topologies (2002).
    """
    settings = config.genome_config
    inputs, outputs = list(settings.input_keys), list(settings.output_keys)
    links = {c.key: float(c.weight) for c in genome.connections.values() if c.enabled}
    needed = _needed(links, outputs)
    keys = list(needed) if recurrent else _in_order(needed)
    net = Network()
    for key in inputs:
        net.add_input(key)
    net.add_constant(_BIAS, 1.0)
    for key in outputs:  # first, so that they are listed in this order
        net.add_node(key, output=True)
    units = [key for key in keys if key not in set(inputs)]
    before = _remembered(net, needed, units, set(outputs)) if recurrent else {}
    arriving: dict[Hashable, list[tuple[Hashable, float]]] = {}
    for (tail, head), weight in links.items():
        arriving.setdefault(head, []).append((before.get(tail, tail), weight))
    for key in units:
        if recurrent and key not in arriving:
            _add_silent(net, key)
        else:
            _Gene(net, key, genome.nodes[key]).add(arriving.get(key, []))
    _refuse_others(((key, genome.nodes[key]) for key in units), settings)
    return net


def _needed(links: dict[tuple[Any, Any], float], outputs: list[Hashable]) -> nx.DiGraph[Hashable]:
    """Give the part of a genome that its outputs need."""
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    graph.add_nodes_from(outputs)
    graph.add_edges_from(links)
    return graph.subgraph(set(outputs).union(*(nx.ancestors(graph, key) for key in outputs)))


def _in_order(needed: nx.DiGraph[Hashable]) -> list[Hashable]:
    """List nodes, each behind those that feed it.

    Raises:
        CycleError: they have a cycle.
    """
    if not nx.is_directed_acyclic_graph(needed):
        cycle = [edge[0] for edge in nx.find_cycle(needed)]
        message = (
            f"the genome is recurrent: {' → '.join(map(str, [*cycle, cycle[0]]))}; with "
            "recurrent=True it becomes a cell, which rojasgraph.unfold(cell, steps) unfolds"
        )
        raise CycleError(message)
    return list(nx.topological_sort(needed))


# --- recurrent genomes ----------------------------------------------------------------------------


def _remembered(
    net: Network, needed: nx.DiGraph[Hashable], units: Sequence[Hashable], outputs: set[Hashable]
) -> dict[Hashable, Hashable]:
    """Add an input for the last value of each unit that feeds others; give these by key."""
    before = {key: net.add_input((key, "before")) for key in units if needed.out_degree(key)}
    state = net.graph[STATE] = {}
    for key, last in before.items():
        if key in outputs:  # a node that feeds a state is an output by another name only
            net.add_unit((key, "after"), "identity")
            net.add_edge(key, (key, "after"))
        state[(key, "after") if key in outputs else key] = last
    return before


def _add_silent(net: Network, key: Hashable) -> None:
    """Add a node that stays 0, as neat-python leaves one that no connection leads to."""
    net.add_node(key)
    net.nodes[key]["op"] = "identity"
    net.add_edge(net.add_constant((key, "nothing"), 0.0), key)


# --- nodes ----------------------------------------------------------------------------------------


class _Gene:
    """Add one node of a genome: aggregation, then response and bias, then activation."""

    def __init__(self, net: Network, key: Hashable, gene: Any) -> None:  # noqa: ANN401
        self.net, self.key, self.gene = net, key, gene

    def add(self, arriving: Sequence[tuple[Hashable, float]]) -> None:
        """Add it with its edges.

        Raises:
            ArgumentError: its activation or its aggregation is not known.
        """
        gene = self.gene
        if gene.activation not in _ACTIVATIONS:
            raise self._unknown("activation", gene.activation, _ACTIVATIONS)
        if gene.aggregation not in _AGGREGATIONS:
            raise self._unknown("aggregation", gene.aggregation, _AGGREGATIONS)
        steps = _ACTIVATIONS[gene.activation]
        if lookup(steps[0][0]).slots != 1:
            steps = (("identity", None), *steps)  # a unit sums its edges
        names = [*((self.key, i) for i in range(len(steps) - 1)), self.key]
        for i, (op, number) in enumerate(steps):
            self._add_step(names[i], op, number)
            if i:
                self.net.add_edge(names[i - 1], names[i], slot=0)
        self.net.add_edge(_BIAS, names[0], weight=float(gene.bias), trainable=True)
        response = float(gene.response)
        if gene.aggregation == "sum" and response == 1:
            self._feed(names[0], arriving)
        else:
            gathered = self._gathered(arriving)
            self.net.add_edge(gathered, names[0], weight=response, trainable=True)

    def _unknown(self, what: str, name: str, known: Iterable[str]) -> ArgumentError:
        return ArgumentError(
            f"node {self.key!r}: no primitive computes the {what} {name!r}; there are "
            f"{', '.join(known)}"
        )

    def _add_step(self, name: Hashable, op: str, number: float | None) -> None:
        """Add a primitive; its number is its argument, or a constant in its last slot."""
        row = lookup(op)
        arguments = () if number is None or not row.arguments else (number,)
        self.net.add_node(name)  # an output is there already
        self.net.nodes[name].update(op=op, **({"arguments": arguments} if row.arguments else {}))
        if number is not None and not row.arguments:
            self.net.add_constant((name, "constant"), number)
            self.net.add_edge((name, "constant"), name, slot=(row.slots or 1) - 1)

    def _feed(self, name: Hashable, arriving: Sequence[tuple[Hashable, float]]) -> None:
        for tail, weight in arriving:
            self.net.add_edge(tail, name, weight=weight, trainable=True)

    def _gathered(self, arriving: Sequence[tuple[Hashable, float]]) -> Hashable:
        """Add the aggregation; of nothing it is 0, but a product is 1."""
        kind = self.gene.aggregation
        name = (self.key, kind)
        if not arriving:
            return self.net.add_constant(name, 1.0 if kind == "product" else 0.0)
        if kind in {"sum", "mean"}:
            factor = 1 if kind == "sum" else Fraction(1, len(arriving))
            self.net.add_unit(name, "scale", arguments=factor)
            self._feed(name, arriving)
            return name
        if kind == "product":
            self.net.add_unit(name, "prod")
            for slot, (tail, weight) in enumerate(arriving):
                self.net.add_edge(tail, name, weight=weight, trainable=True, slot=slot)
            return name
        return self._extreme("maximum" if kind == "max" else "minimum", arriving)

    def _extreme(self, op: str, arriving: Sequence[tuple[Hashable, float]]) -> Hashable:
        """Add a chain of operations of two slots."""
        (first, weight), *others = arriving
        before = self.net.add_unit((self.key, op, 0), "identity")
        self.net.add_edge(first, before, weight=weight, trainable=True)
        for i, (tail, weight_of) in enumerate(others, 1):
            name = self.net.add_unit((self.key, op, i), op)
            self.net.add_edge(before, name, slot=0)
            self.net.add_edge(tail, name, slot=1, weight=weight_of, trainable=True)
            before = name
        return before


# --- functions of a user's own --------------------------------------------------------------------

_PROBES = ((-1.25, 0.5, 0.125), (0.375, -0.25, 0.5), (2.0, 1.0, -0.75))
"""What three connections carry, three times; functions are held against neat-python's there."""


def _refuse_others(genes: Iterable[tuple[Hashable, Any]], settings: Any) -> None:  # noqa: ANN401
    """Refuse functions of a configuration that bear the names of neat-python's and are others.

    Raises:
        ArgumentError: there is such a function; the message names the first node that has it.
    """
    seen: set[tuple[str, str]] = set()
    for key, gene in genes:
        if ("activation", gene.activation) not in seen:
            theirs = settings.activation_defs.get(gene.activation)
            expected = [theirs(z) for z, *_ in _PROBES]
            probe = SimpleNamespace(activation=gene.activation, aggregation="sum")
            _compare(key, "activation", gene.activation, _probed(probe, 1), expected)
        if ("aggregation", gene.aggregation) not in seen:
            theirs = settings.aggregation_function_defs.get(gene.aggregation)
            expected = [theirs(list(carried)) for carried in _PROBES]
            probe = SimpleNamespace(activation="identity", aggregation=gene.aggregation)
            _compare(key, "aggregation", gene.aggregation, _probed(probe, 3), expected)
        seen |= {("activation", gene.activation), ("aggregation", gene.aggregation)}


def _probed(probe: SimpleNamespace, count: int) -> Sequence[float]:
    """Compute what a node with so many connections gives at the probes."""
    net = Network()
    names = [net.add_input(i) for i in range(count)]
    net.add_constant(_BIAS, 1.0)
    probe.bias, probe.response = 0.0, 1.0
    _Gene(net, "probe", probe).add([(name, 1.0) for name in names])
    columns = np.array(_PROBES).T[:count]
    (found,) = net.feed_forward(dict(zip(names, columns, strict=True))).values()
    return list(found)


def _compare(
    key: Hashable, what: str, name: str, ours: Sequence[float], theirs: Sequence[float]
) -> None:
    if not np.allclose(ours, theirs, rtol=1e-9, atol=1e-12):
        message = (
            f"node {key!r}: the {what} {name!r} is not neat-python's: the configuration has "
            "another function of that name, which has no derivative here"
        )
        raise ArgumentError(message)
