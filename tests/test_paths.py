"""Paths: listed lazily, counted exactly, their products the shares of the derivative."""

from fractions import Fraction
from itertools import islice, pairwise

import networkx as nx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries
from tests.strategies import all_edges, networks


def ladder(rungs):
    """Build a network of 2 to the `rungs` paths from x to y."""
    node = rg.inputs("x")
    for _ in range(rungs):
        node = node + node
    return rg.Network.from_expressions(node.named("y"))


def tied():
    """Build h = w·(w·x + x), one weight shared by two edges, w also an ordinary tail."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", Fraction(3))
    net.add_unit("h", "identity")
    net.add_unit("o", "mul")
    net.add_edge("x", "h", parameter="w")
    net.add_edge("x", "h", key="plain")
    net.add_edge("h", "o", slot=0)
    net.add_edge("w", "o", slot=1)
    return net


@pytest.mark.parametrize("name", [["w"], {"w": 1}, ("w", []), "h", "nowhere"], ids=repr)
def test_a_shared_weight_that_is_none_is_refused(name):
    """A reference that the passes would refuse is refused by name here as well."""
    net = tied()
    net.edges["x", "h", 0]["parameter"] = name
    for ask in (rg.count_paths, lambda *given: list(rg.paths(*given))):
        with pytest.raises(rg.ArgumentError, match=r"edge 'x' → 'h'.*no parameter node.*\['w'\]"):
            ask(net, "x", "o")


@pytest.mark.parametrize("name", [["x"], {}, ("x", [])], ids=repr)
def test_ends_that_are_no_names(name):
    """What cannot be a name is no node."""
    for ends in ((name, "o"), ("x", name)):
        with pytest.raises(rg.ArgumentError, match="no node of the network"):
            rg.count_paths(tied(), *ends)


@tries(200)
@given(networks(max_units=5), st.data())
def test_products_add_up_to_the_adjoint(drawn, data):
    """The paths' products sum to the adjoint, exactly; there are as many as are counted."""
    net, fed = drawn
    net.feed_forward(fed)
    source, output = (data.draw(st.sampled_from(list(net))) for _ in range(2))
    count = rg.count_paths(net, source, output)
    assume(count < 2000)
    net.backpropagate(output)
    found = list(rg.paths(net, source, output))
    assert len(found) == len({path.edges for path in found}) == count
    assert sum(path.product for path in found) == net.nodes[source]["adjoint"]


@tries(150)
@given(networks(max_units=5), st.data())
def test_paths_are_those_of_networkx(drawn, data):
    """With implied edges for shared weights, networkx lists the same paths."""
    net, _ = drawn
    source, output = (data.draw(st.sampled_from(list(net))) for _ in range(2))
    assume(source != output)
    assume(rg.count_paths(net, source, output) < 1000)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(net)
    for tail, head, key in all_edges(net):
        graph.add_edge(tail, head, key)
        if "parameter" in net.edges[tail, head, key]:
            graph.add_edge(net.edges[tail, head, key]["parameter"], head, (tail, key))
    expected = {tuple(path) for path in nx.all_simple_edge_paths(graph, source, output)}
    assert {path.edges for path in rg.paths(net, source, output)} == expected


@tries(60)
@given(networks(max_units=4), st.data())
def test_a_path_hangs_together(drawn, data):
    """Each edge of a path starts where the last one ended; factors are its derivatives."""
    net, fed = drawn
    net.feed_forward(fed)
    source, output = (data.draw(st.sampled_from(list(net))) for _ in range(2))
    for path in islice(rg.paths(net, source, output), 50):
        assert (path.nodes[0], path.nodes[-1]) == (source, output)
        assert [(u, v) for u, v, _ in path.edges] == list(pairwise(path.nodes))
        product = Fraction(1)
        for edge, factor in zip(path.edges, path.factors, strict=True):
            if edge in all_edges(net):
                assert factor == net.edges[edge]["derivative"]
            product *= factor
        assert path.product == product


def test_paths_are_lazy():
    """Of 2 to the 60 paths the first three come at once, and all are counted."""
    net = ladder(60)
    assert rg.count_paths(net, "x", "y") == 2**60
    net.feed_forward(x=1.0)
    first = list(islice(rg.paths(net, "x", "y"), 3))
    assert [len(path.edges) for path in first] == [60] * 3
    assert [path.product for path in first] == [1.0] * 3


def test_a_dead_end_does_not_delay_the_first_path():
    """Only nodes from which the output is reached are searched."""
    node = rg.inputs("x")
    dead = node
    for _ in range(60):
        dead = dead + dead
    net = rg.Network.from_expressions(dead.named("dead"), (node * 2).named("y"))
    assert [path.nodes for path in rg.paths(net, "x", "y")] == [("x", "y")]


def test_long_paths():
    """A path of 20,000 edges is ordinary: no recursion."""
    net = rg.Network()
    net.add_input(0)
    for i in range(20_000):
        net.add_unit(i + 1, "neg")
        net.add_edge(i, i + 1)
    net.feed_forward({0: 1.0})
    (path,) = rg.paths(net, 0, 20_000)
    assert path.product == 1.0
    assert len(path.nodes) == 20_001


def test_shared_weights_are_implied_edges():
    """A parameter leads into each edge that shares it, by value(tail) × the head's partial."""
    net = tied()
    net.feed_forward(x=Fraction(2))
    found = {path.edges: path.product for path in rg.paths(net, "w", "o")}
    assert found == {
        (("w", "o", 0),): Fraction(8),
        (("w", "h", ("x", 0)), ("h", "o", 0)): Fraction(6),
    }
    assert net.backpropagate("o")["w"] == 14
    assert rg.count_paths(net, "x", "o") == 2


def test_source_that_is_the_output():
    """From a node to itself leads one path without edges, of product 1."""
    net = tied()
    net.feed_forward(x=Fraction(2))
    for name in net:
        (path,) = rg.paths(net, name, name)
        assert (path.nodes, path.edges, path.factors, path.product) == ((name,), (), (), 1)
        assert isinstance(path.product, Fraction)
        assert rg.count_paths(net, name, name) == 1


def test_no_path():
    """Against the direction of the edges there is none; that is no error."""
    net = tied()
    assert list(rg.paths(net, "o", "x")) == []
    assert rg.count_paths(net, "o", "x") == 0
    assert rg.count_paths(net, "x", "w") == 0


def test_unlabeled_network():
    """Paths need no labels; their products do, of the present structure."""
    net = tied()
    path = next(rg.paths(net, "x", "o"))
    assert str(path) == "x → h → o"
    with pytest.raises(rg.NotLabeled):
        path.product  # noqa: B018 - the property is what is tested
    with pytest.raises(rg.NotLabeled):
        path.factors  # noqa: B018
    net.feed_forward(x=Fraction(2))
    assert path.product == 9


def test_products_are_of_the_last_pass_or_of_none():
    """A path taken before a structural edit does not read the derivatives of other edges."""
    net = tied()
    net.feed_forward(x=Fraction(2))
    path = next(rg.paths(net, "x", "o"))
    net.remove_edge("x", "h", "plain")
    net.add_input("before")
    net.add_edge("before", "h", weight=Fraction(7))
    net.feed_forward(x=Fraction(2), before=Fraction(1))
    try:
        product = path.product
    except rg.NotLabeled:
        return
    assert product == 9


@pytest.mark.parametrize("ask", [rg.count_paths, lambda *a: list(rg.paths(*a))])
def test_unknown_ends_and_views_are_refused(ask):
    """Both ends must be nodes, and a view is refused as it is by the passes."""
    net = tied()
    for ends in (("nowhere", "o"), ("x", "nowhere")):
        with pytest.raises(rg.ArgumentError, match="'nowhere' is no node"):
            ask(net, *ends)
    with pytest.raises(rg.GraphError, match="view"):
        ask(net.subgraph(["x", "h"]), "x", "h")


@pytest.mark.parametrize("ask", [rg.count_paths, lambda *a: list(rg.paths(*a))])
def test_cycles_are_refused(ask):
    """Through a cycle lead endless paths: the error shows it."""
    net = tied()
    net.add_edge("o", "h")
    with pytest.raises(rg.CycleError, match="→"):
        ask(net, "x", "o")
