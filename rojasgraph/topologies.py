"""Networks from a shape: any directed graph, layers, random wiring."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import networkx as nx
import numpy as np

from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network
from rojasgraph.order import refuse_undirected
from rojasgraph.table import Primitive, lookup

_N = TypeVar("_N", bound=Network)


def _weight(rng: np.random.Generator, fan_in: int) -> float:
    """Draw a weight whose variance keeps the net input's size, whatever the number of edges.

    Source: Glorot and Bengio, Understanding the difficulty of training deep networks (2010).
    """
    bound = math.sqrt(3 / max(1, fan_in))
    return float(rng.uniform(-bound, bound))


def fill_from_topology(
    net: _N,
    graph: nx.DiGraph[Hashable],
    *,
    activation: str | Primitive | Mapping[Hashable, str | Primitive] = "tanh",
    rng: np.random.Generator | int | None = None,
    bias: bool = False,
) -> _N:
    """Make a network of units and trainable weighted edges from a directed graph.

    Args:
        net: the empty network to fill; `Network.from_topology` makes it.
        graph: any directed graph without cycles; nodes without predecessors become inputs, those
            without successors outputs. An edge attribute `weight` is kept as the weight; other
            attributes are kept too.
        activation: a primitive of one slot for all units, or a mapping from nodes to primitives.
        rng: draws the weights that are not given: a generator or a seed; default the seed 0.
        bias: give each unit a trainable weight from a constant 1, the node "bias".

    Raises:
        ArgumentError: the graph is undirected, an activation has not one slot, or a node of the
            graph is called "bias" where `bias=True`.
    """
    if not isinstance(graph, nx.Graph):
        message = f"a topology is a networkx graph; got {type(graph).__name__}"
        raise ArgumentError(message)
    refuse_undirected(graph)
    rng = _generator(rng)
    fan_in = dict(graph.in_degree())
    if bias:
        net.add_constant("bias", 1.0)
    for name, attributes in graph.nodes(data=True):
        kept = {k: v for k, v in attributes.items() if k != "op"}
        if not fan_in[name]:
            net.add_input(name, **kept)
            continue
        net.add_unit(name, _activation(activation, name), **kept)
        if bias:
            weight = _weight(rng, fan_in[name] + 1)
            net.add_edge("bias", name, weight=weight, trainable=True)
    for tail, head, *key, attributes in _edges(graph):
        given = attributes.get("weight")
        weight = _weight(rng, fan_in[head] + bias) if given is None else given
        net.add_edge(tail, head, *key, **{"trainable": True, **attributes, "weight": weight})
    return net


def _generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """Take a generator as it is, and make one of a seed; the seed 0 by default."""
    return np.random.default_rng(0 if rng is None else rng)


def _edges(graph: nx.DiGraph[Hashable]) -> Any:  # noqa: ANN401 - tuples of three or four
    """Give the edges with their attributes, in a multigraph with their keys too."""
    untyped: Any = graph
    return (
        graph.edges(data=True) if not graph.is_multigraph() else untyped.edges(keys=True, data=True)
    )


def _activation(
    activation: str | Primitive | Mapping[Hashable, str | Primitive], name: Hashable
) -> str | Primitive:
    chosen = activation.get(name) if isinstance(activation, Mapping) else activation
    if chosen is None:
        message = f"the mapping of activations has none for node {name!r}"
        raise ArgumentError(message)
    row = chosen if isinstance(chosen, Primitive) else lookup(chosen)
    if row.slots != 1:
        message = f"a unit sums its edges into one slot, and {row.name} has not one: choose another"
        raise ArgumentError(message)
    return row


def layered(
    sizes: Sequence[int],
    activation: str | Primitive | Sequence[str | Primitive] = "sigmoid",
    *,
    rng: np.random.Generator | int | None = None,
    bias: bool = True,
) -> Network:
    """Make a fully connected layered network of units with trainable weights.

    Args:
        sizes: the number of nodes in each layer, inputs first.
        activation: a primitive of one slot for all layers, or one for each layer behind the
            inputs.
        rng: draws the weights: a generator or a seed; default the seed 0.
        bias: give each unit a trainable weight from a constant 1, the node "bias".

    Returns:
        A network with inputs x1, x2, …, hidden units h1_1, h1_2, … (layer, unit) and outputs
        y1, y2, …; the node attribute `layer` counts from 0.

    Raises:
        ArgumentError: fewer than two layers, an empty one, or not one activation for each layer.

    >>> net = layered([2, 2, 1])
    >>> net.inputs, net.outputs, net.number_of_edges()
    (['x1', 'x2'], ['y1'], 9)
    """
    whole = all(isinstance(n, int | np.integer) for n in sizes)
    if len(sizes) < 2 or not whole or min(sizes) < 1:  # noqa: PLR2004 - inputs and outputs
        message = f"give the sizes of two or more layers, each at least 1; got {sizes!r}"
        raise ArgumentError(message)
    if isinstance(activation, str | Primitive):
        activation = [activation] * (len(sizes) - 1)
    activations = list(activation)
    if len(activations) != len(sizes) - 1:
        message = f"{len(activations)} activations for {len(sizes) - 1} layers behind the inputs"
        raise ArgumentError(message)
    layers = [[_unit_name(k, i, len(sizes)) for i in range(1, n + 1)] for k, n in enumerate(sizes)]
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    for k, names in enumerate(layers):
        graph.add_nodes_from(names, layer=k)
    for tails, heads in itertools.pairwise(layers):
        graph.add_edges_from((tail, head) for head in heads for tail in tails)
    chosen: dict[Hashable, str | Primitive] = {
        n: a for names, a in zip(layers[1:], activations, strict=True) for n in names
    }
    return fill_from_topology(Network(), graph, activation=chosen, rng=rng, bias=bias)


def _unit_name(layer: int, number: int, layers: int) -> str:
    if layer == 0:
        return f"x{number}"
    return f"y{number}" if layer == layers - 1 else f"h{layer}_{number}"


def randomly_wired(  # noqa: PLR0913 - all but two have defaults
    kind: str,
    nodes: int,
    *,
    inputs: int = 1,
    outputs: int = 1,
    activation: str | Primitive = "tanh",
    output_activation: str | Primitive | None = None,
    reach: int = 0,
    rng: np.random.Generator | int | None = None,
    bias: bool = False,
    **options: Any,  # noqa: ANN401 - what the generator of the kind takes
) -> Network:
    """Make a network whose units are wired at random, each edge going up the node numbers.

    Args:
        kind: "erdos_renyi" or "er" (option `p`, default 0.2), "barabasi_albert" or "ba" (`m`,
            default 2), "watts_strogatz" or "ws" (`k`, default 4, and `p`, default 0.5).
        nodes: how many units.
        inputs: how many inputs; they feed the units that the wiring leaves without a predecessor.
        outputs: how many outputs; each is fed by the units that it leaves without a successor.
        activation: a primitive of one slot.
        output_activation: of the outputs; default that of the units.
        reach: how many units, drawn at random, each input feeds and each output reads besides. A
            wiring leaves few units without a predecessor, through which all inputs must go.
        rng: draws wiring and weights: a generator or a seed; default the seed 0.
        bias: give each unit a trainable weight from a constant 1, the node "bias".
        **options: of the random graph.

    Returns:
        A network with inputs x1, …, units 0, 1, …, and outputs y1, ….

    Raises:
        ArgumentError: an unknown kind, a count below 1, a reach beyond the units, or options that
            do not fit the kind.

    Source: Xie et al., Exploring randomly wired neural networks (2019).

    >>> net = randomly_wired("ws", 20, inputs=2)
    >>> net.inputs, net.outputs
    (['x1', 'x2'], ['y1'])
    """
    if min(nodes, inputs, outputs) < 1:
        message = f"at least one unit, input and output; got {nodes}, {inputs}, {outputs}"
        raise ArgumentError(message)
    if not 0 <= reach <= nodes:
        message = f"reach must lie between 0 and the number of units, {nodes}; got {reach!r}"
        raise ArgumentError(message)
    rng = _generator(rng)
    wired = _random_graph(kind, nodes, rng, options)
    sources = [f"x{i}" for i in range(1, inputs + 1)]
    sinks = [f"y{i}" for i in range(1, outputs + 1)]
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    graph.add_nodes_from(sources)
    graph.add_nodes_from(range(nodes))
    graph.add_nodes_from(sinks, output=True)
    graph.add_edges_from((min(edge), max(edge)) for edge in sorted(wired.edges))
    for unit in range(nodes):
        if not graph.in_degree(unit):
            graph.add_edges_from((source, unit) for source in sources)
        if not graph.out_degree(unit):
            graph.add_edges_from((unit, sink) for sink in sinks)
    for source in sources if reach else ():
        graph.add_edges_from((source, int(u)) for u in rng.choice(nodes, reach, replace=False))
    for sink in sinks if reach else ():
        graph.add_edges_from((int(u), sink) for u in rng.choice(nodes, reach, replace=False))
    chosen: dict[Hashable, str | Primitive] = dict.fromkeys(range(nodes), activation)
    chosen |= dict.fromkeys(sinks, output_activation or activation)
    return fill_from_topology(Network(), graph, activation=chosen, rng=rng, bias=bias)


def _random_graph(
    kind: str, nodes: int, rng: np.random.Generator, options: Mapping[str, Any]
) -> nx.Graph[int]:
    """Draw an undirected random graph by one of networkx's generators."""
    seed = int(rng.integers(2**31))
    name = {"er": "erdos_renyi", "ba": "barabasi_albert", "ws": "watts_strogatz"}.get(kind, kind)
    defaults: dict[str, dict[str, Any]] = {
        "erdos_renyi": {"p": 0.2},
        "barabasi_albert": {"m": 2},
        "watts_strogatz": {"k": 4, "p": 0.5},
    }
    if name not in defaults or set(options) - set(defaults[name]):
        taken = "; ".join(f"{n} ({', '.join(o)})" for n, o in defaults.items())
        message = f"no wiring {kind!r} with options {sorted(options)}; there are: {taken}"
        raise ArgumentError(message)
    generator = getattr(nx, f"{name}_graph")
    try:
        drawn: nx.Graph[int] = generator(nodes, **{**defaults[name], **options}, seed=seed)
    except nx.NetworkXError as error:
        message = f"{name} with {nodes} nodes: {error}"
        raise ArgumentError(message) from None
    return drawn
