"""Pictures of learning: what stands in them is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

import rojasgraph as rg

figures = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed")


@pytest.fixture
def axes():
    """Make axes that no window knows of."""
    return figures.Figure().add_subplot()


def bowl():
    """Make E = (a − 1)² + 4(b + 2)², a function of two parameters."""
    a, b = rg.parameter("a", 0.0), rg.parameter("b", 0.0)
    return rg.Network.from_expressions(((a - 1) ** 2 + 4 * (b + 2) ** 2).named("E"))


def line():
    """Make o = w x + v, with v fixed."""
    net = rg.Network()
    net.add_input("x")
    net.add_constant("one", 1.0)
    net.add_unit("o", "identity")
    net.add_edge("x", "o", weight=0.5, trainable=True)
    net.add_edge("one", "o", weight=0.25, trainable=True)
    return net


def test_paths_are_those_of_the_optimizer(axes):
    """From each start, the positions of the descent over the two weights."""
    rg.plot_surface(bowl(), ("a", "b"), starts=[(4, 4), (-3, 1)], steps=12, axes=axes,
                    optimizer=rg.GradientDescent(0.1), points=5)  # fmt: skip
    paths = [drawn.get_xydata() for drawn in axes.get_lines()[::3]]
    for path, start in zip(paths, [(4, 4), (-3, 1)], strict=True):
        at = np.array(start, float)
        for k, found in enumerate(path):
            assert found == pytest.approx(at), k
            at = at - 0.1 * np.array([2 * (at[0] - 1), 8 * (at[1] + 2)])
        assert len(path) == 13
    assert (axes.get_xlabel(), axes.get_xlim()) == ("a", (-5, 5))


def test_a_network_with_examples(axes):
    """Edges are named by their ends; the network keeps its weights and gets no node."""
    net, xs = line(), np.array([-1.0, 0.0, 2.0])
    nodes = list(net)
    weights = (("x", "o"), ("one", "o", 0))
    rg.plot_surface(net, weights, inputs=xs, targets=[0, 0, 1], starts=[(0, 0)], axes=axes,
                    optimizer="newton", points=4, loss="sigmoid_cross_entropy")  # fmt: skip
    assert axes.get_xlabel() == "x → o"
    assert (list(net), net.edges["x", "o", 0]["weight"]) == (nodes, 0.5)


def test_newton_finds_the_bottom(axes):
    """An optimizer that asks for second derivatives gets those over the two weights."""
    xs = np.array([-1.0, 0.0, 2.0])
    rg.plot_surface(line(), (("x", "o"), ("one", "o")), inputs=xs, targets=3 * xs - 1,
                    starts=[(0, 0)], optimizer="newton", points=4, axes=axes)  # fmt: skip
    assert axes.get_lines()[0].get_xydata()[-1] == pytest.approx([3, -1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": ("a", "c")}, "no weight 'c' is learned; there are"),
        ({"weights": ("a", "a")}, "name two weights"),
        ({"spans": ((0, 0), (0, 1))}, "from low to high"),
        ({"points": 1}, "two or more points"),
    ],
)
def test_what_is_refused(options, message, axes):
    """A wrong call says what came and what is allowed."""
    with pytest.raises(rg.ArgumentError, match=message):
        rg.plot_surface(bowl(), **({"weights": ("a", "b"), "axes": axes, "points": 3} | options))


def test_a_surface_that_is_nowhere_a_number(axes):
    """Where no error can be computed, the spans are to blame."""
    a, b = rg.parameter("a", 1.0), rg.parameter("b", 1.0)
    net = rg.Network.from_expressions(rg.log(a) + rg.log(b))
    with pytest.raises(rg.ArgumentError, match="no number anywhere"):
        rg.plot_surface(net, ("a", "b"), spans=((-2, -1), (-2, -1)), points=3, axes=axes)


def test_the_weights_of_a_network(axes):
    """All weights are counted: trainable ones with the parameters, and the others apart."""
    net = line()
    net.add_edge("x", "o", weight=2.0)
    net.add_edge("x", "o")  # has none
    net.add_parameter("p", 0.25)
    rg.plot_weights(net, axes)
    counts = [sum(bar.get_height() for bar in bars) for bars in axes.containers]
    assert counts == [3, 1]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["trainable", "fixed"]
