"""networkx's own operations keep a network a network, or are refused where they cannot."""

import copy
import json
import pickle

import networkx as nx
import numpy as np
import pytest

import rojasgraph as rg
from tests.strategies import labels


def tied():
    """Build E = ½(tanh(w·x + w·one) − t)² with one shared weight and one own weight."""
    net = rg.Network(title="tied")
    net.add_input("x")
    net.add_input("t")
    net.add_parameter("w", 0.5)
    net.add_constant("one", 1)
    net.add_unit("h", "tanh", label="hidden")
    net.add_unit("p", "power", arguments=2)
    net.add_unit("E", "half_squared", output=True)
    net.add_edge("x", "h", parameter="w")
    net.add_edge("one", "h", key="bias", parameter="w")
    net.add_edge("h", "p", weight=1.5, trainable=True)
    net.add_edge("p", "E", slot=0)
    net.add_edge("t", "E", slot=1)
    return net


FED = {"x": 0.75, "t": 0.25}
EDGE = ("h", "p", 0)


@pytest.fixture
def expected():
    """Give value, gradient and weight gradient of the network that nothing was done to."""
    return outcome(tied())


def outcome(net, names=lambda name: name):
    """Label a network and give the numbers that must not change, by the old names."""
    new = {names(name): name for name in ("x", "t", "w", "E", "h", "p")}
    value = net.feed_forward({names(name): number for name, number in FED.items()})
    gradient = net.backpropagate(names("E"))
    by_old = {new[name]: gradient[name] for name in gradient if name in new}
    return value[names("E")], by_old, gradient.edges[names("h"), names("p"), 0]


def labeled():
    """Give the network after both passes."""
    net = tied()
    outcome(net)
    return net


WAYS = {
    "copy": lambda net: net.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
    "constructor": rg.Network,
    "MultiDiGraph": lambda net: rg.Network(nx.MultiDiGraph(net)),
    "to_directed": lambda net: net.to_directed(),
    "subgraph copy": lambda net: net.subgraph(list(net)).copy(),
    "compose with itself": lambda net: nx.compose(net, net),
    "compose with nothing": lambda net: nx.compose(net, rg.Network()),
    "twice reversed": lambda net: net.reverse().reverse(),
    "node_link": lambda net: rg.Network(
        nx.node_link_graph(nx.node_link_data(net, edges="edges"), edges="edges")
    ),
    "freeze": nx.freeze,
    "freeze and pickle": lambda net: pickle.loads(pickle.dumps(nx.freeze(net))),
    "relabel with nothing": lambda net: net.relabel({}),
    "induced": lambda net: nx.induced_subgraph(net, list(net)).copy(),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_comes_out_is_a_network(way, expected):
    """It is a Network, labels alike, and the network that it came from keeps its labels."""
    net = labeled()
    before = labels(net)
    other = WAYS[way](net)
    assert isinstance(other, rg.Network)
    assert labels(other) == before
    assert list(other) == list(net)
    assert outcome(other) == expected
    other.feed_forward({"x": -1.0, "t": 0.0})
    if other is not net:
        assert labels(net) == before
        assert dict(net.backpropagate("E")) == expected[1]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "freeze"])
def test_a_copy_keeps_its_labels_as_data_and_labels_anew(way):
    """Backpropagation in a copy needs its own forward pass first."""
    net = labeled()
    other = WAYS[way](net)
    with pytest.raises(rg.NotLabeled):
        other.backpropagate("E")
    net.backpropagate("E")


def test_a_deep_copy_shares_nothing():
    """Attributes of a deep copy are its own, arrays too."""
    net = tied()
    net.nodes["w"]["value"] = np.ones(2)
    other = copy.deepcopy(net)
    other.nodes["w"]["value"][:] = 7.0
    other.nodes["h"]["op"] = "identity"
    assert list(net.nodes["w"]["value"]) == [1.0, 1.0]
    assert net.nodes["h"]["op"] == "tanh"


def test_graph_attributes_survive():
    """The graph's own attributes come along."""
    for way in ("copy", "deepcopy", "pickle", "constructor", "node_link"):
        assert WAYS[way](tied()).graph["title"] == "tied"


# --- other names --------------------------------------------------------------------------------


def test_relabel_renames_shared_weights_too(expected):
    """Network.relabel gives every node another name, and edges follow their parameter."""
    net = labeled()
    other = net.relabel({name: ("new", name) for name in net})
    assert isinstance(other, rg.Network)
    assert outcome(other, lambda name: ("new", name)) == expected
    assert dict(net.backpropagate("E")) == expected[1]
    assert other.edges[("new", "x"), ("new", "h"), 0]["parameter"] == ("new", "w")


def test_relabel_swaps_names(expected):
    """Names may change places, and the original's edges keep their attributes."""
    net = tied()
    other = net.relabel({"w": "x", "x": "w"})
    assert net.edges["x", "h", 0]["parameter"] == "w"
    assert outcome(other, lambda name: {"x": "w", "w": "x"}.get(name, name)) == expected


def test_relabel_nodes_copy(expected):
    """Networkx's relabel_nodes keeps a network where no shared weight is renamed."""
    other = nx.relabel_nodes(labeled(), {"x": "X", "E": ("E", 1), "h": 7})
    names = {"x": "X", "E": ("E", 1), "h": 7}
    assert isinstance(other, rg.Network)
    assert outcome(other, lambda name: names.get(name, name)) == expected


def test_relabel_nodes_in_place(expected):
    """In place it is a structural edit, after which labels must be made anew."""
    net = labeled()
    nx.relabel_nodes(net, {"x": "X"}, copy=False)
    with pytest.raises(rg.NotLabeled):
        net.backpropagate("E")
    assert outcome(net, lambda name: "X" if name == "x" else name) == expected


def test_relabel_nodes_of_a_shared_weight_is_refused_with_the_mend():
    """relabel_nodes does not know that `parameter` names a node; the error says what does."""
    other = nx.relabel_nodes(tied(), {"w": "W"})
    with pytest.raises(rg.ArgumentError, match=r"shares the weight 'w'.*net\.relabel"):
        other.feed_forward(FED)


# --- several networks ---------------------------------------------------------------------------


def test_compose_joins_at_equal_names():
    """A network and its error, drawn apart, are one network after compose."""
    first, second = rg.Network(), rg.Network()
    first.add_input("x")
    first.add_unit("o", "tanh")
    first.add_edge("x", "o", weight=0.5)
    second.add_unit("o", "tanh")
    second.add_input("t")
    second.add_unit("E", "half_squared")
    second.add_edge("o", "E", slot=0)
    second.add_edge("t", "E", slot=1)
    both = nx.compose(first, second)
    assert both.feed_forward(x=1.0, t=0.0) == {"E": pytest.approx(np.tanh(0.5) ** 2 / 2)}
    assert set(both.backpropagate()) == {"x", "t"}


def test_disjoint_union():
    """disjoint_union numbers the nodes; both halves are labeled as before."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions((x * x).named("y"))
    both = nx.disjoint_union(net, net)
    assert isinstance(both, rg.Network)
    assert both.feed_forward({0: 3.0, 2: 5.0}) == {1: 9.0, 3: 25.0}
    assert dict(both.backpropagate([1, 3])) == {0: 6.0, 2: 10.0}


def test_disjoint_union_of_shared_weights_is_refused_with_the_mend():
    """The numbering loses a shared weight's name: that is said, and not passed over."""
    both = nx.disjoint_union(tied(), tied())
    with pytest.raises(rg.ArgumentError, match=r"shares the weight 'w'.*net\.relabel"):
        both.feed_forward(dict.fromkeys(both.inputs, 1.0))


def _numbered(weight):
    """Build y = w·x with whole numbers for names: input 0, parameter 1, unit 2."""
    net = rg.Network()
    net.add_input(0)
    net.add_parameter(1, weight)
    net.add_unit(2, "identity")
    net.add_edge(0, 2, parameter=1)
    return net


def test_disjoint_union_of_numbered_parameters_is_refused_and_not_mixed_up():
    """The second network's edge says 1, which is the first one's parameter now."""
    both = nx.disjoint_union(_numbered(2.0), _numbered(5.0))
    with pytest.raises(rg.ArgumentError, match=r"shares the weight 1.*4.*added as 1.*net\.relabel"):
        both.feed_forward({0: 1.0, 3: 1.0})
    with pytest.raises(rg.ArgumentError, match="shares the weight 1"):  # nor is the proof wiped out
        both.relabel({0: "x"})
    second = _numbered(5.0).relabel({0: 3, 1: 4, 2: 5})
    both = nx.union(_numbered(2.0), second)
    assert both.feed_forward({0: 1.0, 3: 1.0}) == {2: 2.0, 5: 5.0}


def test_union_that_renames_one_side_is_refused():
    """The renamed network's edges still name the other one's parameter."""
    both = nx.union(_two_shared(), _two_shared(), rename=("", "b."))
    with pytest.raises(rg.ArgumentError, match="shares the weight 'w1'"):
        both.feed_forward({"x": 1.0, "b.x": 1.0})


def test_disjoint_union_with_a_plain_graph_is_refused():
    """A parameter without a trace of its name may be the one that the edge meant."""
    plain = nx.MultiDiGraph()
    plain.add_node("x", op="input")
    plain.add_node(4, op="parameter", value=2.0)
    plain.add_node("y", op="identity")
    plain.add_edge("x", "y", parameter=4)
    assert rg.Network(plain).feed_forward(x=1.0) == {"y": 2.0}
    both = rg.Network(nx.disjoint_union(plain, _numbered(5.0)))
    both.remove_node(5)  # the unit whose edge says 1, which is no parameter now
    with pytest.raises(rg.ArgumentError, match=r"shares the weight 4.*'?1'?.*net\.relabel"):
        both.feed_forward({0: 1.0, 3: 1.0})


@pytest.mark.parametrize("seed", range(20))
def test_no_disjoint_union_of_numbered_networks_is_mixed_up(seed):
    """Whatever whole numbers nodes are called: each half computes its own, or it is refused."""
    chance = np.random.default_rng(seed)
    halves, expected = [], []
    for weight in (2.0, 5.0):
        names = [int(n) for n in chance.permutation(6)]
        net, unused = rg.Network(), weight + 1
        net.add_parameter(names[0], weight)
        net.add_parameter(names[1], unused)
        net.add_input(names[2])
        net.add_unit(names[3], "identity")
        net.add_edge(names[2], names[3], parameter=names[0])
        halves.append(net)
        expected.append(weight)
    both = nx.disjoint_union(*halves)
    try:
        values = list(both.feed_forward(dict.fromkeys(both.inputs, 1.0)).values())
    except rg.ArgumentError:
        return
    assert values == expected


def test_parameters_of_expressions_carry_their_names_too():
    """A shared weight that is added to a network of expressions is guarded like any other."""
    halves = []
    for weight in (2.0, 5.0):
        x, w = rg.Expression("input", name=0), rg.parameter(1, weight)
        net = rg.Network.from_expressions(rg.add(x, w).named(2))
        net.add_edge(0, 2, parameter=1)
        halves.append(net)
    assert halves[0].feed_forward({0: 1.0}) == {2: 5.0}
    with pytest.raises(rg.ArgumentError, match="shares the weight 1"):
        nx.disjoint_union(*halves).feed_forward({0: 1.0, 3: 1.0})


def test_references_mended_by_hand_are_accepted():
    """After relabel_nodes an edge may be given the parameter's new name: only one is meant."""
    net = nx.relabel_nodes(tied(), {"w": "W"})
    for _, _, attributes in net.edges(data=True):
        if "parameter" in attributes:
            attributes["parameter"] = "W"
    assert net.feed_forward(FED) == tied().feed_forward(FED)


def test_union_with_rename(expected):
    """union(rename=…) prefixes names; relabel does so with shared weights."""
    net = tied()
    plain = rg.Network.from_expressions(rg.parse("x**2").named("y"))
    both = nx.union(plain, plain, rename=("a-", "b-"))
    assert both.feed_forward({"a-x": 2.0, "b-x": 3.0}) == {"a-y": 4.0, "b-y": 9.0}
    first, second = (net.relabel({n: f"{side}-{n}" for n in net}) for side in "ab")
    both = nx.union(first, second)
    both.feed_forward({f"{side}-{name}": value for side in "ab" for name, value in FED.items()})
    gradient = both.backpropagate("b-E")
    assert {name: gradient[f"b-{name}"] for name in expected[1]} == expected[1]
    assert all(gradient[f"a-{name}"] == 0.0 for name in expected[1])


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_undirected_graphs_are_refused(kind):
    """Without tails and heads there is no network; each edge would be a cycle."""
    graph = kind()
    graph.add_node("x", op="input")
    graph.add_node("y", op="tanh")
    graph.add_edge("x", "y")
    with pytest.raises(rg.ArgumentError, match=r"undirected.*nx\.DiGraph"):
        rg.Network(graph)
    assert rg.Network(nx.DiGraph([("x", "y")])).number_of_edges() == 1
    assert rg.Network([("x", "y")]).number_of_edges() == 1
    assert rg.Network({"x": ["y"]}).number_of_edges() == 1


# --- parts and views ----------------------------------------------------------------------------

VIEWS = {
    "subgraph": lambda net: net.subgraph(list(net)),
    "edge_subgraph": lambda net: net.edge_subgraph(list(net.edges)),
    "reverse": lambda net: net.reverse(copy=False),
    "copy as_view": lambda net: net.copy(as_view=True),
    "subgraph_view": lambda net: nx.subgraph_view(net, filter_node=lambda name: name != "t"),
    "restricted_view": lambda net: nx.restricted_view(net, ["t"], []),
    "to_directed as_view": lambda net: net.to_directed(as_view=True),
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_are_refused(view):
    """Labeling a view would overwrite the labels of the network that it shows."""
    net = labeled()
    before = labels(net)
    shown = VIEWS[view](net)
    for ask in (
        lambda: shown.feed_forward(FED),
        lambda: shown.backpropagate("E"),
        lambda: rg.jvp(shown, {"x": 1.0}),
        lambda: rg.vjp(shown, {"E": 1.0}),
    ):
        with pytest.raises(rg.GraphError, match="view"):
            ask()
    assert labels(net) == before
    assert net.backpropagate("E")["x"] == before[0]["x"]["adjoint"]


def test_a_part_is_a_network():
    """The copy of a subgraph is labeled by itself."""
    net = labeled()
    part = net.subgraph(["x", "one", "w", "h"]).copy()
    assert part.outputs == ["h"]
    assert part.feed_forward(x=1.0) == {"h": pytest.approx(np.tanh(1.0))}
    assert net.nodes["x"]["value"] == FED["x"]


def test_a_reversed_copy_is_a_graph_to_read():
    """The reversed graph is for networkx: its sources have edges, so labeling refuses it."""
    net = labeled()
    before = labels(net)
    back = net.reverse()
    assert back.edges["E", "p", 0]["contribution"] == net.edges["p", "E", 0]["contribution"]
    with pytest.raises(rg.GraphError, match="takes no edges"):
        back.feed_forward(FED)
    assert labels(net) == before


# --- from other graphs and from files -----------------------------------------------------------


@pytest.mark.parametrize("kind", [nx.DiGraph, nx.MultiDiGraph])
def test_any_digraph_that_meets_the_contract(kind):
    """A networkx digraph with the attributes of the contract is a network at once."""
    graph = kind()
    graph.add_node("x", op="input")
    graph.add_node("one", op="constant", value=1.0)
    graph.add_node(("h", 1), op="identity")
    graph.add_edge("x", ("h", 1), weight=3.0)
    graph.add_edge("one", ("h", 1), weight=-1.0)
    net = rg.Network(graph)
    assert net.feed_forward(x=2.0) == {("h", 1): 5.0}
    assert net.backpropagate(("h", 1))["x"] == 3.0
    assert "value" not in graph.nodes["x"]


def test_through_json(expected):
    """Node-link data of a labeled network survive JSON, and the network labels as before."""
    net = labeled()
    text = json.dumps(nx.node_link_data(net, edges="edges"))
    other = rg.Network(nx.node_link_graph(json.loads(text), edges="edges"))
    nodes, edges = labels(other)
    assert nodes["E"]["adjoint"] == 1.0
    assert edges[EDGE] == labels(net)[1][EDGE]
    assert outcome(other) == expected
    assert labels(other) != (nodes, edges)  # tuples are tuples again
    assert other.nodes["h"]["derivatives"] == net.nodes["h"]["derivatives"]


def test_tuple_names_through_json():
    """A tuple that names a node is a list in JSON, and a name again behind it."""
    net = rg.Network()
    net.add_input(("x", 1))
    net.add_unit(("h", 2), "square")
    net.add_edge(("x", 1), ("h", 2))
    text = json.dumps(nx.node_link_data(net, edges="edges"))
    other = rg.Network(nx.node_link_graph(json.loads(text), edges="edges"))
    assert other.feed_forward({("x", 1): 3.0}) == {("h", 2): 9.0}


def test_frozen_networks_are_labeled():
    """Freezing holds the structure; labels are attributes and are written all the same."""
    net = nx.freeze(tied())
    with pytest.raises(nx.NetworkXError):
        net.add_node("more")
    net.feed_forward(FED)
    assert net.backpropagate()["w"] == labeled().nodes["w"]["adjoint"]


# --- networkx's questions -----------------------------------------------------------------------


def test_networkx_reads_the_labeled_graph():
    """Ancestors, longest paths, generations and attributes are networkx's to ask for."""
    net = labeled()
    assert nx.ancestors(net, "E") == {"x", "one", "h", "p", "t"}
    assert nx.descendants(net, "x") == {"h", "p", "E"}
    assert nx.dag_longest_path(net, weight=None) in (["x", "h", "p", "E"], ["one", "h", "p", "E"])
    generations = [set(generation) for generation in nx.topological_generations(net)]
    assert generations == [{"x", "t", "w", "one"}, {"h"}, {"p"}, {"E"}]
    assert nx.is_directed_acyclic_graph(net)
    assert nx.get_node_attributes(net, "adjoint")["E"] == 1.0
    assert nx.get_edge_attributes(net, "derivative")[EDGE] == net.edges[EDGE]["derivative"]
    assert isinstance(net.to_undirected(), nx.MultiGraph)


def _two_shared():
    """Build y = w1·x, z = w2·x, both weights shared."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w1", 2.0)
    net.add_parameter("w2", 5.0)
    for head, weight in (("y", "w1"), ("z", "w2")):
        net.add_unit(head, "identity")
        net.add_edge("x", head, parameter=weight)
    return net


def test_swapped_parameters_are_refused_and_not_mixed_up():
    """Where networkx swaps two parameters' names, the weights would be each other's."""
    net, swap = _two_shared(), {"w1": "w2", "w2": "w1"}
    with pytest.raises(rg.ArgumentError, match="renamed"):
        nx.relabel_nodes(net, swap).feed_forward(x=1.0)
    assert net.relabel(swap).feed_forward(x=1.0) == {"y": 2.0, "z": 5.0}


def test_gradients_are_pickled_and_copied():
    """A gradient keeps its numbers, by sources and by weights, through pickle and deepcopy."""
    net = rg.layered([2, 2, 1])
    net.feed_forward(x1=0.5, x2=-1.0)
    gradient = net.backpropagate()
    for kept in (pickle.loads(pickle.dumps(gradient)), copy.deepcopy(gradient)):
        assert dict(kept) == dict(gradient)
        assert kept.edges == gradient.edges
