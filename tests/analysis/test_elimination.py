"""Elimination counted on the structure: reference graphs, orders, the search, what is refused."""

import itertools
import json
import pathlib

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from examples.elimination_table import FUNCTIONS, roe_flux, traced
from tests.benchmarks.elimination import line, published
from tests.effort import tries
from tests.strategies import digraphs, everything, networks

_FOLDER = pathlib.Path(__file__).parents[1] / "reference"
ORDERS = ("forward", "reverse", "markowitz", "markowitz-last")


def _read(name, key):
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))[key]


SMALL = _read("graph_reference.json", "jacobian_accumulation")
LARGE = _read("elimination_graphs.json", "graphs")
TARGETS = {
    "RoeFlux_1d": 296,  # 295 takes longer: python -m tests.benchmarks.elimination
    "RobotArm_6DOF": 221,
    "HumanHeartDipole": 148,
    "PropaneCombustion": 88,
}


def cost(given, order, **options):
    """Count a reference graph's multiplications."""
    graph = nx.DiGraph()
    graph.add_nodes_from(given["inputs"])
    graph.add_edges_from(given["edges"])
    ends = {"outputs": given["outputs"], "wrt": given["inputs"]}
    return rg.elimination_cost(graph, order, **ends, **options).multiplications


def by_hand(graph, order):
    """Count anew: remove vertices from a copy of the graph, one multiplication a pair."""
    graph, total = nx.DiGraph(graph), 0
    for v in order:
        pairs = list(itertools.product(graph.pred[v], graph.succ[v]))
        total += len(pairs)
        graph.remove_node(v)
        graph.add_edges_from(pairs)
    return total


def inner(graph):
    """List what lies between sources and sinks."""
    return [v for v in graph if graph.pred[v] and graph.succ[v]]


# --- reference numbers --------------------------------------------------------------------------


@pytest.mark.parametrize("given", SMALL.values(), ids=SMALL)
def test_small_graphs(given):
    """Forward, reverse, Markowitz, the file's orders and the optimum are the file's counts."""
    for order in ("forward", "reverse", "markowitz"):
        assert cost(given, order) == given[order]
    assert cost(given, "exhaustive") == given["optimal"] == cost(given, given["optimal_order"])
    assert cost(given, given["markowitz_order"]) == given["markowitz"]
    assert cost(given, "search", moves=500) == given["optimal"]


@pytest.mark.parametrize(
    "given",
    [pytest.param(g, id=n) for n, g in SMALL.items() if g.get("edge_elimination_optimal")],
)
def test_edges_one_by_one(given):
    """Where single edges may go, the optimum is the file's; once below that of the vertices."""
    assert cost(given, "exhaustive-edges") == given["edge_elimination_optimal"]


def test_edges_beat_vertices():
    """The steps found are an order of 11, where every order of vertices costs 12."""
    given = SMALL["edge_beats_vertex"]
    graph = nx.DiGraph(given["edges"])
    found = rg.elimination_cost(graph, "exhaustive-edges")
    assert any(isinstance(step, rg.EdgeElimination) for step in found.order)
    assert rg.elimination_cost(graph, found.order) == found
    assert found.multiplications == 11
    worst = {by_hand(graph, order) for order in itertools.permutations(["v1", "v2"])}
    assert worst == {given["worst"]} == {12}


def test_markowitz_ties():
    """Of vertices that cost the same, the first goes, or the last; both counts are known."""
    given = SMALL["speelpenning_4_chained"]
    assert (cost(given, "markowitz"), cost(given, "markowitz-last")) == (5, 4)


@pytest.mark.parametrize("name", LARGE)
def test_published_graphs(name):
    """Forward, reverse and Markowitz are the file's counts; the search is below the published."""
    given = LARGE[name]
    for order in ("forward", "reverse", "markowitz"):
        assert cost(given, order) == given[order]
    found = cost(given, "search", moves=20_000)
    assert found <= TARGETS[name] <= given["published_search"]


def test_the_whole_table_is_printed_from_the_same_graphs():
    """The benchmark's line has the counts, named orders first; more moves find no worse."""
    graph, ends, known = published()["PropaneCombustion"]
    counts = line("Propane", graph, ends, {"moves": 100, "seed": 1}).split()
    given = LARGE["PropaneCombustion"]
    assert counts[:5] == [
        "Propane",
        "51",
        *(str(given[n]) for n in ("forward", "reverse", "markowitz")),
    ]
    assert int(counts[6]) <= int(counts[5])
    assert known == given["published_search"]


# --- properties ---------------------------------------------------------------------------------


@tries(80)
@given(digraphs(max_inner=4), st.randoms(use_true_random=False))
def test_any_order_costs_what_it_costs_by_hand(graph, random):
    """Counts are those of a graph reduced by hand; the best order is the best of all."""
    outputs = [v for v in graph if v.startswith("y")]
    ends = {"outputs": outputs}
    graph = nx.DiGraph(
        graph.subgraph({*outputs, *(a for y in outputs for a in nx.ancestors(graph, y))})
    )
    vertices = inner(graph)
    order = random.sample(vertices, len(vertices))
    assert rg.elimination_cost(graph, order, **ends).multiplications == by_hand(graph, order)
    counts = {by_hand(graph, p) for p in itertools.permutations(vertices)}
    assert rg.elimination_cost(graph, "exhaustive", **ends).multiplications == min(counts)
    for name in ORDERS:
        assert rg.elimination_cost(graph, name, **ends).multiplications in counts
    searched = rg.elimination_cost(graph, "search", moves=30, **ends)
    assert searched.multiplications in counts
    assert searched.multiplications <= min(
        rg.elimination_cost(graph, name, **ends).multiplications for name in ORDERS
    )


@tries(50)
@given(digraphs(max_inner=2))
def test_edges_cost_no_more_than_vertices(graph):
    """Taking a vertex out is taking its edges out: the best order of edges costs no more."""
    ends = {"outputs": [v for v in graph if v.startswith("y")]}
    edges = rg.elimination_cost(graph, "exhaustive-edges", **ends)
    assert edges.multiplications <= rg.elimination_cost(graph, "exhaustive", **ends).multiplications
    assert rg.elimination_cost(graph, edges.order, **ends) == edges


@tries(80)
@given(digraphs())
def test_forward_order(graph):
    """Forward, a vertex costs the sources that reach it times the edges out of it."""
    ends = [v for v in graph if v.startswith("y")]
    alive = graph.subgraph({*ends, *(a for y in ends for a in nx.ancestors(graph, y))})
    reach = {v: sum(a.startswith("x") for a in nx.ancestors(alive, v)) for v in inner(alive)}
    expected = sum(reach[v] * alive.out_degree(v) for v in reach)
    assert rg.elimination_cost(graph, "forward", outputs=ends).multiplications == expected


@tries(60)
@given(networks(), st.data())
def test_structure_is_enough(drawn, data):
    """A network costs the same before and after labeling; and whatever its class is."""
    net, fed = drawn
    order = data.draw(st.sampled_from(ORDERS))
    wrt = data.draw(st.sampled_from([None, everything(net)]))
    before = rg.elimination_cost(net, order, wrt=wrt)
    net.feed_forward(fed)
    assert rg.elimination_cost(net, order, wrt=wrt) == before
    assert rg.elimination_cost(nx.MultiDiGraph(net), order, wrt=wrt) == before


def test_what_is_no_vertex():
    """Constants, sources outside wrt, dead ends and what a stop holds back cost nothing."""
    x, y = rg.inputs("x y")
    dead = rg.exp(x * y)
    held = rg.stop_gradient(rg.sin(x) * y)
    net = rg.Network.from_expressions((rg.sin((x + 2) * y) * held).named("v"), dead.named("dead"))
    found = rg.elimination_cost(net, "forward", outputs="v", wrt=["x"])
    assert found.order == ["add6", "mul7", "sin8"]
    assert found.multiplications == 3


def test_an_output_that_feeds_another():
    """It is repeated, as in the lighthouse: the edge to its repetition counts like any other."""
    given = SMALL["lighthouse"]
    graph = nx.DiGraph(given["edges"])
    graph.remove_node("y1")
    graph.add_nodes_from(["q", "y2"])
    ends = {"outputs": ["q", "y2"], "wrt": given["inputs"]}
    for order in ("forward", "reverse", "markowitz", "exhaustive"):
        key = "optimal" if order == "exhaustive" else order
        assert rg.elimination_cost(graph, order, **ends).multiplications == given[key]


def test_additions():
    """A sum is counted where an edge is already there."""
    diamond = nx.DiGraph([("x", "a"), ("x", "b"), ("a", "y"), ("b", "y")])
    found = rg.elimination_cost(diamond, "forward")
    assert (found.multiplications, found.additions) == (2, 1)


# --- the search ---------------------------------------------------------------------------------


def test_one_seed_gives_one_order():
    """The same seed finds the same order again; the moves, not the clock, decide."""
    graph = traced("Helmholtz, 5")
    first, again = (rg.elimination_cost(graph, "search", seed=3, moves=2000) for _ in range(2))
    assert first == again
    assert rg.elimination_cost(graph, first.order) == first
    none = rg.elimination_cost(graph, "search", moves=0)
    assert none.multiplications == min(
        rg.elimination_cost(graph, order).multiplications for order in ORDERS
    )


def test_a_long_graph_is_searched_with_few_copies_kept():
    """Beyond 512 vertices neighbor sets are kept at every other place, and the count stays true."""
    graph = nx.DiGraph()
    for i in range(600):
        graph.add_edge(f"v{i}", f"v{i + 1}")
        graph.add_edge(f"v{i}", f"v{min(i + 7, 601)}")
    found = rg.elimination_cost(graph, "search", moves=1000, seed=1)
    assert found.multiplications == rg.elimination_cost(graph, found.order).multiplications
    assert found.multiplications == by_hand(graph, found.order)


def test_long_chains_are_no_matter():
    """Nothing recurses: a chain of 5,000 vertices costs one multiplication each."""
    graph = nx.path_graph(5_002, create_using=nx.DiGraph)
    for order in ORDERS:
        assert rg.elimination_cost(graph, order).multiplications == 5_000


# --- traced functions ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_traced_functions_compute_what_numpy_does(name):
    """Built by calling the numpy function on expressions, a graph gives the function's values."""
    function, size = FUNCTIONS[name]
    at = np.linspace(0.1, 0.6, size) if size != 6 else np.array([1.0, 0.5, 2.5, 0.5, 0.1, 1.5])
    net = traced(name)
    values = net.feed_forward(dict(zip(net.inputs, at, strict=True)))
    assert list(values.values()) == pytest.approx(np.ravel(function(at)).tolist(), rel=1e-13)


def test_roe_flux_is_consistent_and_upwind():
    """Of two equal states it is their flux; of a supersonic flow, that of the left state."""
    still = np.array([1.25, 0.5, 2.0])
    momentum, energy = still[1], still[2]
    pressure = 0.4 * (energy - momentum**2 / still[0] / 2)
    u = momentum / still[0]
    expected = [momentum, momentum * u + pressure, u * (energy + pressure)]
    assert np.concatenate([[], roe_flux(np.tile(still, 2))]) == pytest.approx(expected, rel=1e-14)
    fast, faster = np.array([1.0, 9.0, 45.0]), np.array([0.9, 9.0, 48.0])
    left = roe_flux(np.tile(fast, 2))
    assert roe_flux(np.concatenate([fast, faster])) == pytest.approx(left, rel=1e-13)


# --- what is refused ----------------------------------------------------------------------------

GRAPH = nx.DiGraph([("x", "a"), ("a", "b"), ("b", "y"), ("a", "y")])


@pytest.mark.parametrize(
    ("order", "options", "words"),
    [
        ("greedy", {}, "order is one of forward, reverse, .*'greedy'"),
        (3, {}, "order is one of"),
        (["a"], {}, r"not complete: it leaves \['b'\]"),
        (["a", "b", "a"], {}, "eliminates 'a' twice"),
        (["a", "b", "x"], {}, r"names 'x', which is no vertex .*\['a', 'b'\]"),
        ([["a"], "b"], {}, r"names \['a'\]"),
        ([rg.EdgeElimination("x", "y", "front")], {}, "its head is no vertex"),
        ([rg.EdgeElimination("x", "a", "back")], {}, "its tail is no vertex"),
        ([rg.EdgeElimination("x", "a", "top")], {}, "its side is 'front' or 'back'"),
        ([rg.EdgeElimination("x", "b", "front")], {}, "it is not there at that step"),
        ("forward", {"seed": 1}, "seed and moves belong to order='search'"),
        ("search", {"moves": 2.5}, "moves is a whole number"),
        ("search", {"seed": -1}, "seed is a whole number"),
        ("forward", {"outputs": "z"}, r"'z' is no node; the outputs are \['y'\]"),
        ("forward", {"outputs": []}, "no outputs"),
        ("forward", {"outputs": ["y", "y"]}, "names a node twice"),
        ("forward", {"wrt": ["a"]}, "'a', which is computed"),
        ("forward", {"wrt": "x"}, r"wrt=\['x'\]"),
        ("forward", {"wrt": ["x", "x"]}, "'x' twice"),
        ("forward", {"wrt": [("x", "a", 0)]}, "has no weight"),
        ("forward", {"wrt": [["x"]]}, "no node and no edge"),
    ],
)
def test_what_does_not_fit_is_refused(order, options, words):
    """A message says what came and what is allowed."""
    with pytest.raises(rg.ArgumentError, match=words):
        rg.elimination_cost(GRAPH, order, **options)


def test_graphs_that_are_too_large_or_not_acyclic():
    """An exhaustive search refuses what it would never end on; cycles are shown."""
    path = nx.path_graph(30, create_using=nx.DiGraph)
    with pytest.raises(rg.ArgumentError, match="at most 16 vertices, and 28"):
        rg.elimination_cost(path, "exhaustive")
    with pytest.raises(rg.ArgumentError, match="undirected"):
        rg.elimination_cost(nx.path_graph(3), "forward")
    with pytest.raises(rg.CycleError, match="1 → 2 → 1"):
        rg.elimination_cost(nx.DiGraph([(1, 2), (2, 1)]), "forward")
    long = nx.path_graph(10_003, create_using=nx.DiGraph)
    with pytest.raises(rg.ArgumentError, match="at most 10000 vertices, and 10001"):
        rg.elimination_cost(long, "search")
