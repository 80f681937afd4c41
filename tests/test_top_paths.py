"""The largest paths are those that sorting a list of all paths gives."""

import math
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.network import record_of
from tests.effort import tries
from tests.strategies import networks
from tests.test_paths import ladder, tied
from tests.test_sweeping import listed


def rank(path):
    """Sort by size, then by the first edge, then by what is behind it, as the docstring says."""
    sizes = [Fraction(1)]
    for factor in reversed(path.factors):
        sizes.append(abs(factor) * sizes[-1])
    return [
        (-size, position) for size, position in zip(reversed(sizes), path.positions, strict=True)
    ]


class Ranked:
    """A path with the places of its edges in the order of the graph."""

    def __init__(self, path, number):
        """Number the edges."""
        self.path = path
        self.factors = path.factors
        self.positions = [number[edge] for edge in path.edges] + [-1]


@tries(80)
@given(networks(max_units=5), st.integers(1, 8), st.data())
def test_as_sorting_all_paths(drawn, k, data):
    """In Fractions the order is exact, ties and zeros included."""
    net, fed = drawn
    net.feed_forward(fed)
    source, output = (data.draw(st.sampled_from(list(net))) for _ in range(2))
    paths = listed(net, source, output)
    number = {}
    for path in rg.paths(net, source, output):  # the list goes by the order of the graph
        for edge in path.edges:
            number.setdefault(edge, len(number))
    order = {}
    for path in paths:
        for i, edge in enumerate(path.edges):
            order.setdefault(path.nodes[i], []).append(edge)
    place = {edge: n for edges in order.values() for n, edge in enumerate(dict.fromkeys(edges))}
    expected = sorted((Ranked(path, place) for path in paths), key=rank)
    assert rg.top_paths(net, source, output, k=k) == [each.path for each in expected[:k]]


@tries(40)
@given(networks(analytic=True, max_units=5), st.integers(1, 8), st.data())
def test_in_floats(drawn, k, data):
    """In floats the sizes are those of the sorted list, to rounding."""
    net, fed = drawn
    net.feed_forward(fed)
    source, output = (data.draw(st.sampled_from(list(net))) for _ in range(2))
    paths = listed(net, source, output)
    expected = sorted((abs(path.product) for path in paths), reverse=True)[:k]
    found = rg.top_paths(net, source, output, k=k)
    assert len(set(found)) == len(found)
    assert [abs(path.product) for path in found] == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_of_more_paths_than_can_be_listed():
    """Five of 2 to the 60 paths come at once, and of sizes far below the floats."""
    net = ladder(60)
    net.feed_forward(x=1.0)
    assert [path.product for path in rg.top_paths(net, "x", "y", k=5)] == [1.0] * 5
    deep = rg.Network()
    node = deep.add_input(0)
    for i in range(1, 900):
        deep.add_unit(i, "identity")
        deep.add_edge(node, i, key="small", weight=1e-3)
        deep.add_edge(node, i, key="less", weight=-0.9e-3)
        node = i
    deep.feed_forward({0: 1.0})
    first, second = rg.top_paths(deep, 0, node, k=2)
    assert first.product == 0.0  # of floats; its size is not lost to the search
    assert {key for _, _, key in first.edges} == {"small"}
    assert sum(key == "less" for _, _, key in second.edges) == 1


def factors(*columns):
    """Build a chain of parallel edges with these derivatives."""
    net = rg.Network()
    node = net.add_input(0)
    for i, weights in enumerate(columns, start=1):
        net.add_unit(i, "identity")
        for _ in weights:
            net.add_edge(node, i)
        node = i
    net.feed_forward({0: 0.0})
    forward = record_of(net).forward  # no pass writes such derivatives without nan beside them
    forward.edge_derivatives[:] = [weight for weights in columns for weight in weights]
    return net, node


def test_zeros_infinities_and_nan():
    """First infinite products, then ordinary ones, then zeros, last what is nan."""
    net, end = factors([0.0, math.inf, 2.0], [0.5, math.inf, 0.0], [1.0, math.nan, -3.0])
    found = rg.top_paths(net, 0, end, k=100)
    assert len(found) == rg.count_paths(net, 0, end) == 27

    def kind(product):
        if math.isnan(product):
            return 3
        return 0 if math.isinf(product) else 2 if product == 0 else 1

    kinds = [kind(path.product) for path in found]
    assert kinds == sorted(kinds)
    assert set(kinds) == {0, 1, 2, 3}
    for k in range(1, 27):
        assert rg.top_paths(net, 0, end, k=k) == found[:k]
    sizes = [abs(path.product) for path in found if kind(path.product) == 1]
    assert sizes == sorted(sizes, reverse=True)


def test_ties_are_stated():
    """Of equal sizes comes first what takes the earlier edge."""
    net, end = factors([1.0, -1.0], [2.0, 2.0])
    keys = [[key for _, _, key in path.edges] for path in rg.top_paths(net, 0, end, k=4)]
    assert keys == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_shared_weights_ends_and_refusals():
    """Steps into shared weights count; a bad k, a batch and formulas are refused."""
    net = tied()
    net.feed_forward(x=Fraction(2))
    assert [path.product for path in rg.top_paths(net, "w", "o")] == [8, 6]
    assert [path.edges for path in rg.top_paths(net, "o", "o")] == [()]
    assert rg.top_paths(net, "o", "x") == []
    for k in (0, -1, 1.5, True, None):
        with pytest.raises(rg.ArgumentError, match="k must be a whole number"):
            rg.top_paths(net, "w", "o", k=k)
    with pytest.raises(rg.ArgumentError, match="no node"):
        rg.top_paths(net, "nowhere", "o")
    batch = rg.Network.from_expressions((rg.inputs("x") ** 2).named("y"))
    batch.feed_forward(x=[1.0, 2.0])
    with pytest.raises(rg.ArgumentError, match="example="):
        rg.top_paths(batch, "x", "y")
    assert len(rg.top_paths(batch, "x", "y", example=1)) == 1
    batch.feed_forward(x=sympy.Symbol("x"))
    with pytest.raises(rg.DomainError, match="cannot be compared"):
        rg.top_paths(batch, "x", "y")


def test_complex_numbers_have_sizes():
    """Of complex factors the moduli count."""
    net = rg.Network.from_expressions((rg.inputs("x") ** 2).named("y"))
    net.feed_forward(x=3 + 4j)
    (path,) = rg.top_paths(net, "x", "y")
    assert abs(path.product) == 10
