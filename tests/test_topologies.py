"""Networks from a shape: any directed graph, layers, random wiring."""

from __future__ import annotations

import math
from itertools import count, pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.table import TABLE

from_topology = rg.Network.from_topology

UNIT_ROWS = [
    row.name
    for row in TABLE.values()
    if row.slots == 1 and not row.arguments and row.domain is None
]
"""Primitives that a unit may have: one slot, a value everywhere, nothing more to give."""

SMOOTH = {"tanh", "sigmoid", "sin", "softplus", "arctan", "gelu", "silu", "identity", "arcsinh"}


def fed(net, rng):
    """Draw a value for each input."""
    return dict(zip(net.inputs, rng.normal(size=len(net.inputs)), strict=True))


def wiring(net):
    """List the edges with their weights."""
    return list(net.edges(keys=True, data="weight"))


@st.composite
def dags(draw):
    """Draw a directed graph without cycles, with isolated nodes and several sources and sinks."""
    n = draw(st.integers(1, 9))
    edges = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20))
    multi = draw(st.booleans())
    graph = nx.MultiDiGraph() if multi else nx.DiGraph()
    graph.add_nodes_from(range(n))
    for a, b in sorted(edges):
        if a != b:
            graph.add_edges_from([(min(a, b), max(a, b))] * draw(st.integers(1, 1 + multi)))
    return graph


def by_hand(net, graph, values):
    """Compute a network of tanh units by the definition: tanh of the weighted sum."""
    values = dict(values)
    for name in nx.topological_sort(graph):
        if name not in values:
            edges = net.in_edges(name, data="weight")
            values[name] = math.tanh(sum(w * values[tail] for tail, _, w in edges))
    return values


@given(dags(), st.booleans(), st.integers(0, 2**32 - 1))
def test_any_dag_is_a_network(graph, bias, seed):
    """Nodes without predecessors are inputs, those without successors outputs, edges stay."""
    net = from_topology(graph, bias=bias, rng=np.random.default_rng(seed))
    assert [n for n in net if n != "bias"] == list(graph)
    assert net.inputs == [n for n, d in graph.in_degree() if d == 0]
    assert net.outputs == [n for n, d in graph.out_degree() if d == 0 and graph.in_degree(n)]
    biases = len(graph) - len(net.inputs) if bias else 0
    assert net.number_of_edges() == graph.number_of_edges() + biases
    assert all(net.number_of_edges(*edge) == graph.number_of_edges(*edge) for edge in graph.edges())
    values = fed(net, np.random.default_rng(1))
    found = net.feed_forward(values)
    expected = by_hand(net, nx.DiGraph(net), values | ({"bias": 1.0} if bias else {}))
    assert found == pytest.approx({n: expected[n] for n in net.outputs}, rel=1e-13)


@given(dags())
def test_gradients_by_central_differences(graph):
    """Gradients by inputs and by weights are slopes of the outputs' sum."""
    net = from_topology(graph, activation="sigmoid", bias=True)
    if not net.outputs:
        return
    values = fed(net, np.random.default_rng(2))
    check_slopes(net, values)


def check_slopes(net, values):
    """Hold the gradient against central differences, at the inputs and at every weight."""
    h, outputs = 1e-5, net.outputs

    def total(**_):
        return sum(net.feed_forward(values).values())

    def slope(store, key):
        at = store[key]
        found = []
        for step in (h, -h):
            store[key] = at + step
            found.append(total())
        store[key] = at
        return (found[0] - found[1]) / (2 * h)

    slopes = {name: slope(values, name) for name in values}
    weights = {e: slope(net.edges[e], "weight") for e in net.edges(keys=True)}
    net.feed_forward(values)
    gradient = net.backpropagate(outputs)
    assert dict(gradient) == pytest.approx(slopes, rel=1e-6, abs=1e-8)
    assert dict(gradient.edges) == pytest.approx(weights, rel=1e-6, abs=1e-8)


def test_growing_networks():
    """The growing network of the design has one output, its root, and 50 nodes."""
    net = from_topology(nx.gn_graph(50, seed=1), activation="tanh", rng=np.random.default_rng(0))
    assert len(net) == 50
    assert net.outputs == [0]
    assert {op for _, op in net.nodes(data="op")} == {"input", "tanh"}
    net.feed_forward(fed(net, np.random.default_rng(3)))
    assert len(net.backpropagate()) == len(net.inputs)


@pytest.mark.parametrize("name", UNIT_ROWS)
def test_every_unit_row_is_an_activation(name):
    """Each primitive of one slot makes a unit, given by its name or as the row itself."""
    graph = nx.DiGraph([("x", "h"), ("x", "o"), ("h", "o")])
    by_name, by_row = (from_topology(graph, activation=a) for a in (name, TABLE[name]))
    assert by_name.nodes["o"]["op"] == by_row.nodes["o"]["op"] == name
    assert by_name.feed_forward(x=0.5) == by_row.feed_forward(x=0.5)


def test_activation_by_node():
    """A mapping gives each unit its own; inputs need none."""
    graph = nx.DiGraph([("x", "h"), ("h", "o")])
    net = from_topology(graph, activation={"h": "relu", "o": rg.sigmoid})
    assert list(net.nodes(data="op")) == [("x", "input"), ("h", "relu"), ("o", "sigmoid")]


@pytest.mark.parametrize(
    ("activation", "error", "message"),
    [
        ("mul", rg.ArgumentError, "one slot.*mul"),
        ("prod", rg.ArgumentError, "one slot.*prod"),
        ("nope", rg.UnknownPrimitive, "nope"),
        ("power", rg.ArgumentError, "exponent"),
        ({"h": "tanh"}, rg.ArgumentError, "'o'"),
        ({}, rg.ArgumentError, "none for node 'h'"),
        (3, rg.UnknownPrimitive, "3"),
    ],
)
def test_wrong_activations(activation, error, message):
    """An activation that is no primitive of one slot, or missing, is refused."""
    with pytest.raises(error, match=message):
        from_topology(nx.DiGraph([("x", "h"), ("h", "o")]), activation=activation)


def test_attributes_are_kept():
    """Attributes of the graph stay; its weights are the weights, its `op` is not ours."""
    graph = nx.DiGraph()
    graph.add_node("x", color="red", op="whatever")
    graph.add_node("h", label="H", output=True)
    graph.add_edge("x", "h", weight=0.25, length=3)
    graph.add_edge("h", "o", trainable=False)
    net = from_topology(graph, rng=np.random.default_rng(5))
    assert net.nodes["x"] == {"op": "input", "color": "red"}
    assert net.nodes["h"] == {"op": "tanh", "label": "H", "output": True}
    assert net.outputs == ["h"]
    assert net.edges["x", "h", 0] == {"weight": 0.25, "length": 3, "trainable": True}
    assert net.edges["h", "o", 0]["trainable"] is False
    assert isinstance(net.edges["h", "o", 0]["weight"], float)
    assert "weight" not in graph.edges["h", "o"], "the graph that was given is left as it was"


def test_keys_are_kept():
    """The keys of a multigraph's edges stay: they are how a gradient is asked for."""
    net = from_topology(nx.MultiDiGraph([("x", "h", "a"), ("x", "h", "b")]))
    assert list(net.edges(keys=True)) == [("x", "h", "a"), ("x", "h", "b")]


def test_graphs_that_are_refused():
    """An undirected graph has no order; a node called bias meets ours; a cycle is shown."""
    with pytest.raises(rg.ArgumentError, match="undirected"):
        from_topology(nx.path_graph(3))
    with pytest.raises(rg.ArgumentError, match="bias"):
        from_topology(nx.DiGraph([("bias", "h")]), bias=True)
    net = from_topology(nx.DiGraph([("x", "a"), ("a", "b"), ("b", "a")]))
    with pytest.raises(rg.CycleError, match=r"'a' → 'b' → 'a'|'b' → 'a' → 'b'"):
        net.feed_forward(x=1.0)


@pytest.mark.parametrize("wrong", [5, None, "graph", [(1, 2)]], ids=count())
def test_what_is_no_graph(wrong):
    """Something else than a graph is refused by what came."""
    with pytest.raises(rg.ArgumentError, match="graph"):
        from_topology(wrong)


@given(st.integers(0, 2**32 - 1))
def test_the_same_generator_gives_the_same_weights(seed):
    """Weights come from the generator alone, and each is drawn anew."""
    graph = nx.gn_graph(12, seed=1)
    first, second = (from_topology(graph, rng=np.random.default_rng(seed)) for _ in range(2))
    assert wiring(first) == wiring(second)
    weights = [w for *_, w in wiring(first)]
    assert len(set(weights)) == len(weights)
    assert wiring(from_topology(graph)) == wiring(
        from_topology(graph, rng=np.random.default_rng(0))
    )


def test_weights_keep_the_size_of_net_inputs():
    """The variance of a weight is 1 over the number of edges into its unit, bias included."""
    for bias in (False, True):
        net = rg.layered([40, 100], "identity", rng=np.random.default_rng(0), bias=bias)
        weights = [w for *_, w in wiring(net)]
        assert np.var(weights) == pytest.approx(1 / (40 + bias), rel=0.1)


# --- layers


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.booleans(),
    st.sampled_from(sorted(SMOOTH)),
)
def test_layers(sizes, bias, activation):
    """Names, order, counts and layers are as written; every layer is fully connected."""
    net = rg.layered(sizes, activation, bias=bias)
    assert net.inputs == [f"x{i + 1}" for i in range(sizes[0])]
    assert net.outputs == [f"y{i + 1}" for i in range(sizes[-1])]
    hidden = [f"h{k}_{i + 1}" for k, n in enumerate(sizes[1:-1], 1) for i in range(n)]
    assert [n for n in net if n != "bias"] == [*net.inputs, *hidden, *net.outputs]
    pairs = sum((a + bias) * b for a, b in pairwise(sizes))
    assert net.number_of_edges() == pairs
    for tail, head, trainable in net.edges(data="trainable"):
        assert trainable
        if tail != "bias":
            assert net.nodes[tail]["layer"] + 1 == net.nodes[head]["layer"]
    assert {net.nodes[n]["op"] for n in [*hidden, *net.outputs]} == {activation}
    assert ("bias" in net) is bias


@given(st.lists(st.integers(1, 3), min_size=2, max_size=4), st.booleans(), st.integers(0, 99))
def test_layers_compute_matrix_products(sizes, bias, seed):
    """A layered network is what the book writes with matrices, the bias as the last row."""
    rng = np.random.default_rng(seed)
    net = rg.layered(sizes, "sigmoid", rng=rng, bias=bias)
    layers = [[n for n, k in net.nodes(data="layer") if k == i] for i in range(len(sizes))]
    at = rng.normal(size=sizes[0])
    o = at
    for tails, heads in pairwise(layers):
        rows = [*tails, "bias"] if bias else tails
        W = np.array([[net.edges[tail, head, 0]["weight"] for head in heads] for tail in rows])
        o = 1 / (1 + np.exp(-(np.append(o, 1.0) if bias else o) @ W))
    found = net.feed_forward(dict(zip(net.inputs, at, strict=True)))
    np.testing.assert_allclose(list(found.values()), o, rtol=1e-13)


@pytest.mark.parametrize("activation", sorted(SMOOTH))
@pytest.mark.parametrize("bias", [False, True])
def test_gradients_of_layers(activation, bias):
    """Gradients of a 2-3-2 network agree with central differences, weight by weight."""
    net = rg.layered([2, 3, 2], activation, rng=np.random.default_rng(4), bias=bias)
    check_slopes(net, {"x1": 0.7, "x2": -1.3})


def test_activation_by_layer():
    """A list gives each layer behind the inputs its own activation."""
    net = rg.layered([1, 2, 1], ["tanh", rg.identity])
    ops = [op for name, op in net.nodes(data="op") if name != "bias"]
    assert ops == ["input", "tanh", "tanh", "identity"]


@pytest.mark.parametrize(
    ("sizes", "activation", "message"),
    [
        ([2], "tanh", "two or more layers"),
        ([], "tanh", "two or more layers"),
        ([2, 0], "tanh", "at least 1"),
        ([2, -1, 1], "tanh", "at least 1"),
        ([2, 1.5], "tanh", r"1\.5"),
        ("21", "tanh", "'21'"),
        ([2, 2, 1], ["tanh"], "1 activations for 2 layers"),
        ([2, 1], ["tanh", "tanh"], "2 activations for 1 layers"),
        ([2, 1], [], "0 activations"),
        ([2, 1], "mul", "one slot"),
        ([2, 1], ["nope"], "nope"),
    ],
)
def test_wrong_layers(sizes, activation, message):
    """Sizes and activations that make no layers are refused with what came."""
    with pytest.raises(rg.GraphError, match=message):
        rg.layered(sizes, activation)


@pytest.mark.parametrize("sizes", [[np.int64(2), 1], np.array([2, 1])], ids=count())
def test_sizes_from_numpy(sizes):
    """Sizes may be numpy's integers, as in [X.shape[1], 3]."""
    assert rg.layered(sizes).inputs == ["x1", "x2"]


# --- random wiring

KINDS = {
    "er": {"p": 0.4},
    "erdos_renyi": {"p": 0.0},
    "ba": {"m": 1},
    "barabasi_albert": {"m": 2},
    "ws": {"k": 2, "p": 1.0},
    "watts_strogatz": {"k": 4, "p": 0.1},
}


@pytest.mark.parametrize("kind", KINDS)
@given(
    nodes=st.integers(5, 16),
    ends=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    bias=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_wiring(kind, nodes, ends, bias, seed):
    """Edges go up the numbers, and every unit lies on a path from an input to an output."""

    def wired():
        return rg.randomly_wired(
            kind,
            nodes,
            inputs=ends[0],
            outputs=ends[1],
            bias=bias,
            rng=np.random.default_rng(seed),
            **KINDS[kind],
        )

    net = wired()
    assert nx.is_directed_acyclic_graph(net)
    assert net.inputs == [f"x{i + 1}" for i in range(ends[0])]
    assert net.outputs == [f"y{i + 1}" for i in range(ends[1])]
    units = [n for n in net if isinstance(n, int)]
    assert units == list(range(nodes))
    assert all(a < b for a, b in net.edges() if isinstance(a, int) and isinstance(b, int))
    reached = set().union(*(nx.descendants(net, name) for name in net.inputs))
    used = set().union(*(nx.ancestors(net, name) for name in net.outputs))
    assert {*units, *net.outputs} <= reached
    assert {*units, *net.inputs} <= used
    assert wiring(net) == wiring(wired())
    values = fed(net, np.random.default_rng(0))
    assert all(map(math.isfinite, net.feed_forward(values).values()))
    assert set(net.backpropagate(net.outputs)) == set(net.inputs)


@pytest.mark.parametrize("kind", ["er", "ba", "ws"])
def test_other_seeds_give_other_wirings(kind):
    """The generator draws the wiring too, not only the weights."""
    shapes = {
        tuple(rg.randomly_wired(kind, 12, rng=np.random.default_rng(seed)).edges)
        for seed in range(5)
    }
    assert len(shapes) > 1


def test_options_reach_the_generator():
    """With p = 1 every pair is wired, with p = 0 none; m and k count edges."""
    pairs = [rg.randomly_wired("er", 8, p=p).number_of_edges() for p in (0, 1)]
    assert pairs == [8 + 8, 28 + 2]
    assert rg.randomly_wired("ba", 8, m=3).number_of_edges() >= 3 * (8 - 3)
    ring = rg.randomly_wired("ws", 8, k=2, p=0)
    assert [e[:2] for e in ring.edges if set(map(type, e[:2])) == {int}] == [
        (0, 1),
        (0, 7),
        *((i, i + 1) for i in range(1, 7)),
    ]


def test_gradients_of_random_wiring():
    """Gradients of a randomly wired network agree with central differences."""
    net = rg.randomly_wired("ws", 10, inputs=2, outputs=2, bias=True, activation="sigmoid")
    check_slopes(net, {"x1": 0.3, "x2": -0.6})


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("nope", 5), {}, "nope.*erdos_renyi"),
        ((None, 5), {}, "None"),
        (("er", 5), {"m": 2}, "'m'"),
        (("ba", 5), {"p": 0.5}, "'p'"),
        (("ba", 5), {"m": 0}, "m = 0"),
        (("ba", 2), {}, "m = 2, n = 2"),
        (("ws", 3), {}, "k>n"),
        (("er", 0), {}, "at least one"),
        (("er", 5), {"inputs": 0}, "at least one"),
        (("er", 5), {"outputs": -1}, "at least one"),
        (("er", 5), {"activation": "mul"}, "one slot"),
        (("er", 5), {"activation": "nope"}, "nope"),
    ],
)
def test_wrong_wirings(arguments, options, message):
    """Unknown kinds, counts below 1 and options that do not fit are refused with what came."""
    with pytest.raises(rg.GraphError, match=message):
        rg.randomly_wired(*arguments, **options)


def test_reach_lets_inputs_and_outputs_into_the_wiring():
    """Each input feeds, and each output reads, as many units as asked for; no other edge goes."""
    few = rg.randomly_wired("ws", 30, inputs=3, outputs=2, rng=1)
    many = rg.randomly_wired("ws", 30, inputs=3, outputs=2, rng=1, reach=12)
    assert set(few.edges()) <= set(many.edges())
    for name in few.inputs:
        assert 12 <= many.out_degree(name) <= 12 + few.out_degree(name)
    for name in few.outputs:
        assert 12 <= many.in_degree(name) <= 12 + few.in_degree(name)
    with pytest.raises(rg.ArgumentError, match=r"reach must lie between 0 and .* 30; got 31"):
        rg.randomly_wired("ws", 30, reach=31)


def test_outputs_may_have_an_activation_of_their_own():
    """The units keep theirs."""
    net = rg.randomly_wired("er", 8, outputs=2, output_activation="identity", rng=0)
    assert {net.nodes[name]["op"] for name in net.outputs} == {"identity"}
    assert net.nodes[0]["op"] == "tanh"
