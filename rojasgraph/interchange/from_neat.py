"""From neat-python: an evolved genome becomes a network of units with weighted edges."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import networkx as nx

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


def from_neat(genome: Any, config: Any) -> Network:  # noqa: ANN401 - of the package neat
    """Make a network of a feed-forward genome of neat-python.

    Nodes keep their keys: inputs -1, -2, …, outputs 0, 1, …. Connections become edges with
    trainable weights, biases edges from the constant "bias". What neat-python computes in several
    steps, such as its sigmoid, 1/(1 + exp(−5z)), is several nodes: (key, 0), (key, 1), …, key.

    The numbers are those of `neat.nn.FeedForwardNetwork`, but for these: sigmoid, tanh and gauss
    are not cut off far out, where they differ by less than 1e-24, and 1/0 is infinite, not 0.

    Args:
        genome: a `neat.DefaultGenome`, or anything with its `nodes` and `connections`.
        config: the `neat.Config` that it was made with.

    Returns:
        The network; nodes that no output needs are left out, inputs are not.

    Raises:
        CycleError: the genome is recurrent.
        ArgumentError: an activation or an aggregation is none of neat-python's own, or has no
            derivative (median, maxabs); the message names the node.

    Source: Stanley and Miikkulainen, Evolving neural networks through augmenting topologies (2002).
    """
    keys = config.genome_config
    inputs, outputs = list(keys.input_keys), list(keys.output_keys)
    links = {c.key: float(c.weight) for c in genome.connections.values() if c.enabled}
    net = Network()
    for key in inputs:
        net.add_input(key)
    net.add_constant(_BIAS, 1.0)
    arriving: dict[Hashable, list[tuple[Hashable, float]]] = {}
    for (tail, head), weight in links.items():
        arriving.setdefault(head, []).append((tail, weight))
    for key in outputs:  # first, so that they are listed in this order
        net.add_node(key, output=True)
    for key in _needed(links, inputs, outputs):
        _Gene(net, key, genome.nodes[key]).add(arriving.get(key, []))
    return net


def _needed(
    links: dict[tuple[Any, Any], float], inputs: list[Hashable], outputs: list[Hashable]
) -> list[Hashable]:
    """List what the outputs need, each node behind those that feed it.

    Raises:
        CycleError: the links that they need have a cycle.
    """
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    graph.add_nodes_from(outputs)
    graph.add_edges_from(links)
    needed = set(outputs).union(*(nx.ancestors(graph, key) for key in outputs))
    used = graph.subgraph(needed)
    if not nx.is_directed_acyclic_graph(used):
        cycle = [edge[0] for edge in nx.find_cycle(used)]
        message = (
            f"the genome is recurrent: {' → '.join(map(str, [*cycle, cycle[0]]))}; only "
            "feed-forward genomes become networks (feed_forward = True in neat's configuration)"
        )
        raise CycleError(message)
    return [key for key in nx.topological_sort(used) if key not in set(inputs)]


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
