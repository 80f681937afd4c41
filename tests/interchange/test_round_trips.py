"""What goes into a file comes out of it, or is refused by name.

Every random network of the tests, with names and keys of all kinds, parallel edges, shared weights
and labels; numbers of other libraries.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.interchange.graphml import from_graphml, to_graphml
from rojasgraph.interchange.node_link import from_json, to_json
from tests.effort import tries
from tests.interchange.values import exactly, hashables, whole
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


@pytest.mark.promise("nothing lost", LOSSLESS)
@tries(40)
@given(anything | rekeyed(networks()), st.booleans())
def test_json(drawn, with_labels):
    """JSON brings back names, keys, order, numbers and, if they were wanted, labels."""
    net, fed = drawn
    expected = labeled(net, fed)
    net.graph["title"] = ("α", 1)
    kept = net if with_labels else unlabeled(net)
    kept.graph["title"] = net.graph["title"]
    back = from_json(to_json(net, labels=with_labels))
    assert whole(back) == whole(kept)
    again = labeled(back, fed)
    assert exactly(dict(again)) == exactly(dict(expected))
    assert exactly(dict(again.edges)) == exactly(dict(expected.edges))
    assert whole(back) == whole(net)


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


@pytest.mark.parametrize("ending", ["json", "graphml"])
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


@pytest.mark.parametrize("fed", [mpmath.mpf("0.1"), sp.Symbol("a"), rg.Dual(1.0, 0.5)])
def test_labels_of_other_libraries_are_refused(tmp_path, fed):
    """Labels of numbers that a file does not keep are refused; without them it is written."""
    net = rg.Network.from_expressions(rg.inputs("x") ** 2 + 1)
    net.feed_forward(x=fed)
    with pytest.raises(rg.ArgumentError, match=f"node 'x', value.*{type(fed).__name__}"):
        net.save(tmp_path / "net.json", labels=True)
    assert rg.load(net.save(tmp_path / "net.json")).feed_forward(x=2.0) == {"add3": 5.0}


@pytest.mark.parametrize("scalar", [np.float64(0.1), np.float32(0.1), np.int64(3), np.bool_(1)])
def test_scalars_of_numpy_become_pythons(scalar):
    """A scalar of numpy is kept as the Python number that equals it."""
    net = rg.Network()
    net.add_input("x", note=scalar)
    (note,) = (net.nodes["x"]["note"] for net in [from_json(to_json(net))])
    assert (type(note), note) == (type(scalar.item()), scalar)


def test_batches_as_labels(tmp_path):
    """Labels of a batch are kept as JSON with their types and bits; GraphML has no place for it."""
    net = rg.layered([2, 3, 1], rng=0)
    net.feed_forward(x1=np.array([0.1, 0.2, 0.3]), x2=np.float32([1, 2, 3]))
    net.backpropagate()
    assert whole(rg.load(net.save(tmp_path / "net.json", labels=True))) == whole(net)
    with pytest.raises(rg.ArgumentError, match=r"adjoint: GraphML .* not the ndarray"):
        net.save(tmp_path / "net.graphml", labels=True)


def test_a_cell_keeps_its_state():
    """What feeds the next step stands on the graph, and is kept with it."""
    cell = rg.lstm(1, 2, 1, rng=0)
    with tempfile.TemporaryDirectory() as folder:
        back = rg.load(cell.save(f"{folder}/cell.json"))
    steps = {("x1", t): 0.5 * t for t in range(1, 4)}
    assert rg.unfold(back, 3).feed_forward(steps) == rg.unfold(cell, 3).feed_forward(steps)
