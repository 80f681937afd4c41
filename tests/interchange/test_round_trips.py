"""What goes into a file comes out of it, or is refused by name.

Every random network of the tests, with names and keys of all kinds, parallel edges, shared weights
and labels; numbers of other libraries.
"""

from __future__ import annotations

import subprocess
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.interchange.dot import from_dot, to_dot
from rojasgraph.interchange.graphml import from_graphml, to_graphml
from rojasgraph.interchange.node_link import from_json, to_json
from tests.effort import tries
from tests.interchange.values import exactly, hashables, values, whole
from tests.strategies import all_edges, digraphs, homogeneous_networks, networks, unlabeled

LOSSLESS = "A network comes back from a file with the structure, numbers and labels that it had."


@st.composite
def topologies(draw):
    """Make a network of a random digraph."""
    net = rg.Network.from_topology(draw(digraphs()), activation="tanh", rng=draw(st.integers(0, 9)))
    return net, {name: draw(st.floats(-2, 2)) for name in net.inputs}


@st.composite
def rekeyed(draw, nets):
    """Give edges keys of every kind."""
    net, fed = draw(nets)
    other = rg.Network()
    other.add_nodes_from(net.nodes(data=True))
    keys = draw(
        st.lists(
            hashables.filter(lambda key: key is not None and "nan" not in repr(key)),
            min_size=net.number_of_edges(),
            max_size=net.number_of_edges(),
            unique=True,
        )
    )
    for (tail, head, edge), key in zip(all_edges(net), keys, strict=True):
        other.add_edge(tail, head, key, **net.edges[tail, head, edge])
    return other, fed


def labeled(net, fed):
    """Run both passes."""
    net.feed_forward(fed)
    return net.backpropagate(net.outputs)


anything = networks() | networks(analytic=True) | homogeneous_networks() | topologies()


def comes_back(drawn, write, read, *, with_labels):
    """Hold what comes back to names, keys, order, numbers and, if they were wanted, labels."""
    net, fed = drawn
    expected = labeled(net, fed)
    net.graph["title"] = ("α", 1)
    kept = net if with_labels else unlabeled(net)
    kept.graph["title"] = net.graph["title"]
    back = read(write(net, labels=with_labels))
    assert whole(back) == whole(kept)
    again = labeled(back, fed)
    assert exactly(dict(again)) == exactly(dict(expected))
    assert exactly(dict(again.edges)) == exactly(dict(expected.edges))
    assert whole(back) == whole(net)


@pytest.mark.promise("nothing lost", LOSSLESS)
@tries(40)
@given(anything | rekeyed(networks()), st.booleans())
def test_json(drawn, with_labels):
    """JSON brings back all."""
    comes_back(drawn, to_json, from_json, with_labels=with_labels)


@pytest.mark.promise("nothing lost", LOSSLESS)
@tries(40)
@given(anything | rekeyed(networks()), st.booleans())
def test_dot(drawn, with_labels):
    """DOT brings back all."""
    comes_back(drawn, to_dot, from_dot, with_labels=with_labels)


@st.composite
def adorned(draw):
    """Give nodes, edges and the graph attributes of every name and every kept type."""
    net, fed = draw(networks())
    called = st.text(st.characters(), max_size=9).filter(lambda x: x not in RESERVED)
    for owner in (net.graph, *dict(net.nodes).values(), *(net.edges[e] for e in all_edges(net))):
        owner.update(draw(st.dictionaries(called, values, max_size=2)))
    return net, fed


RESERVED = {"id", "named", "key", "source", "target", "op", "value", "weight", "slot", "output"}


@pytest.mark.promise("nothing lost", LOSSLESS)
@tries(40)
@given(adorned())
def test_dot_has_a_place_for_every_attribute(drawn):
    """Names and values of attributes come back, whatever they mean to Graphviz or to JSON."""
    net, _ = drawn
    assert whole(from_dot(to_dot(net))) == whole(net)


def anyhow(net):
    """Give all that a network holds, but for the order of attributes, which Graphviz changes."""
    nodes, edges, graph = whole(net)
    nodes = [(name, sorted(owned[1])) for name, owned in nodes]
    edges = [(*edge, sorted(owned[1])) for *edge, owned in edges]
    return repr((nodes, edges, sorted(graph[1])))


@pytest.mark.exe
@pytest.mark.promise("nothing lost", LOSSLESS)
@pytest.mark.parametrize("how", ["canon", "dot", "xdot"])
@tries(10)
@given(drawn=anything | rekeyed(networks()) | adorned(), with_labels=st.booleans())
def test_dot_through_graphviz(how, drawn, with_labels):
    """What Graphviz has written anew, with places and widths, is still the network."""
    net, fed = drawn
    labeled(net, fed)
    net.graph["title"] = ("α", '"')
    written = to_dot(net, labels=with_labels)
    done = subprocess.run(
        ["dot", f"-T{how}"], input=written.encode(), capture_output=True, check=True
    )
    assert anyhow(from_dot(done.stdout)) == anyhow(from_dot(written))


@pytest.mark.promise("nothing lost", LOSSLESS)
@tries(40)
@given(anything, st.booleans())
def test_graphml(drawn, with_labels):
    """GraphML brings back the same, for names that are text."""
    net, fed = drawn
    named = {name: f"n{i}" for i, name in enumerate(net)}
    net, fed = net.relabel(named), {named[name]: x for name, x in fed.items()}
    expected = labeled(net, fed)
    net.graph["title"] = "α"
    kept = net if with_labels else unlabeled(net)
    kept.graph["title"] = "α"
    back = from_graphml(to_graphml(net, labels=with_labels))
    for name, attributes in kept.nodes(data=True):
        assert exactly(sorted(attributes.items())) == exactly(sorted(back.nodes[name].items()))
    for edge in all_edges(kept):
        assert exactly(sorted(kept.edges[edge].items())) == exactly(
            sorted(back.edges[edge].items())
        )
    assert (list(back), set(all_edges(back))) == (list(kept), set(all_edges(kept)))
    assert back.graph == kept.graph
    again = labeled(back, fed)
    assert exactly(dict(again)) == exactly(dict(expected))
    assert {e: exactly(d) for e, d in again.edges.items()} == {
        e: exactly(d) for e, d in expected.edges.items()
    }


@tries(20)
@given(networks() | rekeyed(networks()))
def test_graphml_refuses_what_it_lacks(drawn):
    """Names that are no text, and keys that are no whole numbers, are refused, not changed."""
    net, _ = drawn
    plain = all(type(n) is str and n.isprintable() for n in net)
    plain = plain and all(type(key) is int for *_, key in all_edges(net))
    if plain:
        assert set(all_edges(from_graphml(to_graphml(net)))) == set(all_edges(net))
    else:
        with pytest.raises(rg.ArgumentError, match="GraphML carries"):
            to_graphml(net)


class Money:
    """A number of a user's own."""

    cents = 5


FOREIGN = {
    "mpmath": mpmath.mpf("0.1"),
    "sympy": sp.Rational(1, 3),
    "symbol": sp.Symbol("a"),
    "dual": rg.Dual(1.0, 0.5),
    "own": Money(),
    "whole numbers": np.array([1, 2]),
    "objects": np.array([Fraction(1, 2)], dtype=object),
    "long double": np.longdouble("0.1"),
    "date": np.datetime64("2026-01-01").item(),
}


@pytest.mark.parametrize("ending", ["json", "graphml", "dot"])
@pytest.mark.parametrize("kind", FOREIGN)
def test_numbers_of_other_libraries_are_refused(tmp_path, kind, ending):
    """A number that a file cannot bring back exactly is refused with its node and its type."""
    net = rg.Network.from_expressions((rg.parameter("w", 1.0) * rg.inputs("x")).named("y"))
    net.nodes["w"]["value"] = FOREIGN[kind]
    file = tmp_path / f"net.{ending}"
    with pytest.raises((rg.GraphError, rg.LabelError), match=r"(node|parameter) 'w'"):
        net.save(file)
    net.nodes["w"]["value"] = 1.0
    net.nodes["y"]["note"] = FOREIGN[kind]
    with pytest.raises(rg.ArgumentError, match=f"node 'y', note.*{type(FOREIGN[kind]).__name__}"):
        net.save(file)
    assert not file.exists()


@pytest.mark.parametrize("ending", ["json", "dot"])
@pytest.mark.parametrize("fed", [mpmath.mpf("0.1"), sp.Symbol("a"), rg.Dual(1.0, 0.5)])
def test_labels_of_other_libraries_are_refused(tmp_path, fed, ending):
    """Labels of numbers that a file does not keep are refused; without them it is written."""
    net = rg.Network.from_expressions(rg.inputs("x") ** 2 + 1)
    net.feed_forward(x=fed)
    with pytest.raises(rg.ArgumentError, match=f"node 'x', value.*{type(fed).__name__}"):
        net.save(tmp_path / f"net.{ending}", labels=True)
    assert rg.load(net.save(tmp_path / f"net.{ending}")).feed_forward(x=2.0) == {"add3": 5.0}


@pytest.mark.parametrize("scalar", [np.float64(0.1), np.float32(0.1), np.int64(3), np.bool_(1)])
def test_scalars_of_numpy_become_pythons(scalar):
    """A scalar of numpy is kept as the Python number that equals it."""
    net = rg.Network()
    net.add_input("x", note=scalar)
    (note,) = (net.nodes["x"]["note"] for net in [from_json(to_json(net))])
    assert (type(note), note) == (type(scalar.item()), scalar)


def test_batches_as_labels(tmp_path):
    """Labels of a batch are kept with their types and bits; GraphML has no place for them."""
    net = rg.layered([2, 3, 1], rng=0)
    net.feed_forward(x1=np.array([0.1, 0.2, 0.3]), x2=np.float32([1, 2, 3]))
    net.backpropagate()
    for ending in ("json", "dot"):
        assert whole(rg.load(net.save(tmp_path / f"net.{ending}", labels=True))) == whole(net)
    with pytest.raises(rg.ArgumentError, match=r"adjoint: GraphML .* not the ndarray"):
        net.save(tmp_path / "net.graphml", labels=True)


@pytest.mark.parametrize("ending", ["json", "dot", "gv"])
def test_a_cell_keeps_its_state(tmp_path, ending):
    """What feeds the next step stands on the graph, and is kept with it."""
    cell = rg.lstm(1, 2, 1, rng=0)
    back = rg.load(cell.save(tmp_path / f"cell.{ending}"))
    steps = {("x1", t): 0.5 * t for t in range(1, 4)}
    assert rg.unfold(back, 3).feed_forward(steps) == rg.unfold(cell, 3).feed_forward(steps)
