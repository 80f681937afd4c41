"""Jacobians by elimination: equal to the gradients in every order, whatever the numbers are."""

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries
from tests.strategies import everything, networks

ORDERS = ("forward", "reverse", "markowitz", "markowitz-last")


def gradients(net, outputs, wrt):
    """Give the Jacobian by one backward pass for each output."""
    rows = []
    for output in outputs:
        found = net.backpropagate(output)
        rows.append([found[x] if x in net else found.edges[x] for x in wrt])
    return rows


@tries(200)
@given(networks(), st.data())
def test_every_order_gives_the_gradients(drawn, data):
    """In Fractions, exactly: named orders and any other, and at the cost that is counted."""
    net, fed = drawn
    net.feed_forward(fed)
    names = data.draw(st.lists(st.sampled_from(list(net)), min_size=1, max_size=3, unique=True))
    wrt = everything(net)
    expected = gradients(net, names, wrt)
    vertices = rg.elimination_cost(net, "forward", outputs=names, wrt=wrt).order
    order = data.draw(st.one_of(st.sampled_from(ORDERS), st.permutations(vertices)))
    found = rg.jacobian(net, order=order, outputs=names, wrt=wrt)
    assert found.matrix.tolist() == expected
    assert (found.outputs, found.wrt) == (names, wrt)
    counted = rg.elimination_cost(net, found.order, outputs=names, wrt=wrt)
    assert counted.multiplications == found.multiplications
    assert counted.additions == found.additions


@tries(60)
@given(networks(max_units=4), st.data())
def test_edges_one_by_one_give_the_gradients(drawn, data):
    """Edges taken out in any order leave the same Jacobian."""
    net, fed = drawn
    net.feed_forward(fed)
    wrt = everything(net)
    edges = rg.elimination_cost(net, "forward", wrt=wrt)
    inner, ends = set(edges.order), {*wrt, *net.outputs}
    possible = [
        rg.EdgeElimination(tail, head, side)
        for tail, head in dict.fromkeys(net.edges())
        for side, end, far in (("front", head, tail), ("back", tail, head))
        if end in inner and (far in inner or far in ends)
        if net.nodes[head]["op"] != "stop_gradient"
    ]
    assume(possible)
    first = data.draw(st.sampled_from(possible))
    found = rg.jacobian(net, order=[first, *edges.order], wrt=wrt)
    assert found.matrix.tolist() == gradients(net, net.outputs, wrt)


@tries(60)
@given(networks(analytic=True), st.sampled_from(ORDERS))
def test_floats(drawn, order):
    """Among floats all orders agree with the gradients to rounding."""
    net, fed = drawn
    net.feed_forward(fed)
    found = rg.jacobian(net, order=order)
    expected = np.array(gradients(net, found.outputs, found.wrt), dtype=float)
    assert found.matrix.dtype == np.float64
    scale = 1 + np.abs(expected).max(initial=0)
    assert found.matrix == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)


def test_formulas_are_sympys():
    """Fed symbols, the entries are formulas: sympy's own Jacobian."""
    net = rg.trace(lambda x, y: {"u": np.sin(x * y) + x, "v": x**2 / y})
    x, y = sp.symbols("x y")
    values = net.feed_forward(x=x, y=y)
    expected = sp.Matrix([values["u"], values["v"]]).jacobian([x, y])
    for order in ORDERS:
        found = rg.jacobian(net, order=order)
        assert found.matrix.dtype == object
        assert (sp.Matrix(found.matrix) - expected).applyfunc(sp.simplify).is_zero_matrix


def test_a_batch_has_a_matrix_for_each_example():
    """The axes of the examples come first; each matrix is that of its example alone."""
    net = rg.trace(lambda x, w: {"u": np.tanh(w * x), "v": w * 2.0})
    net.add_edge("x", "u", slot=0, weight=0.5)
    xs = np.array([0.5, -1.0, 2.0])
    net.feed_forward(x=xs, w=0.75)
    found = rg.jacobian(net, wrt=["x", "w", ("x", "u", 0)])
    assert found.matrix.shape == (3, 2, 3)
    for i, x in enumerate(xs):
        net.feed_forward(x=x, w=0.75)
        assert rg.jacobian(net, wrt=found.wrt).matrix == pytest.approx(found.matrix[i], rel=1e-14)


def test_outputs_inside_and_sources_as_outputs():
    """An output may feed another, be a source itself, or depend on nothing; two may be one node."""
    x, y = rg.inputs("x y")
    a = (x * y).named("a")
    net = rg.Network.from_expressions(a, rg.square(a).named("b"), (y + 1).named("c"))
    net.feed_forward(x=Fraction(2), y=Fraction(3))
    for order in (*ORDERS, "exhaustive", "exhaustive-edges", "search"):
        options = {"moves": 20} if order == "search" else {}
        found = rg.jacobian(net, order=order, outputs=["a", "b", "x", "c"], wrt=["x"], **options)
        assert found.matrix.tolist() == [[3], [36], [1], [0]]


def test_a_jacobian_of_much_more_than_a_recursion_allows():
    """A chain of 20,000 sines: one multiplication each, in every order."""
    node = rg.inputs("x")
    for _ in range(20_001):
        node = rg.sin(node)
    net = rg.Network.from_expressions(node)
    net.feed_forward(x=0.5)
    slope = net.backpropagate()["x"]
    for order in ("forward", "markowitz"):
        found = rg.jacobian(net, order=order)
        assert found.matrix.item() == pytest.approx(slope, rel=1e-9)
        assert found.multiplications == 20_000


def test_labels_are_read_and_not_written():
    """It needs a forward pass, and leaves the backward labels as they are."""
    net = rg.trace(lambda x, y: x * np.exp(y))
    with pytest.raises(rg.NotLabeled):
        rg.jacobian(net)
    net.feed_forward(x=1.0, y=2.0)
    rg.jacobian(net)
    assert not any("adjoint" in node for _, node in net.nodes(data=True))
    with pytest.raises(rg.NotLabeled):
        rg.jacobian(rg.Network(nx.MultiDiGraph(net)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"wrt": ["z"]}, r"'z', which is no node and no edge .*\['x', 'w'\]"),
        ({"wrt": [("w", "y", 0)]}, "shares a weight: name its parameter 'w'"),
        ({"outputs": ["nowhere"]}, "'nowhere' is no node"),
        ({"order": "best"}, "order is one of"),
    ],
)
def test_what_does_not_fit_is_refused(options, words):
    """Names are checked before anything is computed."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 2.0)
    net.add_unit("y", "tanh")
    net.add_edge("x", "y", weight=0.5)
    net.add_edge("w", "y", parameter="w")
    net.feed_forward(x=1.0)
    with pytest.raises(rg.ArgumentError, match=words):
        rg.jacobian(net, **options)
