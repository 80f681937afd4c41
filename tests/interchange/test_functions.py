"""Python functions over numpy arrays become networks with the same values and slopes."""

from __future__ import annotations

import numpy as np
import pytest

import rojasgraph as rg

RNG = np.random.default_rng(0)
A, B, V = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=3)


def mean_and_variance(x):
    """Standardize, as a layer norm does."""
    centered = x - x.mean(axis=-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(axis=-1, keepdims=True) + 1e-3)


def recurrent(W, x):
    """Loop over rows, which is no choice by a value."""
    state = np.zeros(3)
    for row in x.T:
        state = np.tanh(row[:2] @ W + state)
    return state


def in_place(x):
    """Change an array that has two names."""
    y = x * 2
    same = y
    y += x
    np.multiply(y, 3, out=y)
    y[0] -= 1
    return same


FUNCTIONS = {
    "in place": (in_place, {"x": A}),
    "elements": (lambda x: np.exp(-x) * 2 + np.sin(x) / (1 + x**2) - np.abs(x), {"x": A}),
    "sum": (lambda x: x.sum() + x.sum(axis=0) + np.sum(x, axis=1, keepdims=True), {"x": A}),
    "mean": (mean_and_variance, {"x": A}),
    "product": (lambda x: x.prod(axis=0) + np.prod(x), {"x": A}),
    "extremes": (lambda x: x.max(axis=1) - np.min(x), {"x": A}),
    "relu": (lambda x: np.maximum(x, 0) + np.minimum(0.1, x), {"x": A}),
    "clip": (lambda x: np.clip(x, -0.5, 0.5) + x.clip(0, None), {"x": A}),
    "matmul": (lambda x, y: x @ y, {"x": A, "y": B}),
    "vectors": (lambda x, v: np.tanh(x @ v) @ x @ v, {"x": A, "v": V}),
    "constants": (lambda x: np.ones((2, 2)) @ x + x @ np.arange(9.0).reshape(3, 3), {"x": A}),
    "dot": (lambda x, y: np.dot(x, y).T, {"x": A, "y": B}),
    "shapes": (lambda x: np.concatenate([x.T, x.reshape(3, 2)])[1:, ::-1], {"x": A}),
    "stack": (lambda x, v: np.stack([x[0], v, x[1] * v]), {"x": A, "v": V}),
    "outer": (lambda v: v[:, None] * v[None, :] + np.eye(3), {"v": V}),
    "number": (lambda x, s: s * x.sum(), {"x": A, "s": np.array(0.5)}),
    "logsumexp": (lambda x: np.logaddexp.reduce(x, axis=1), {"x": A}),
    "loop": (recurrent, {"W": A, "x": B}),
    "variance": (lambda x: np.var(x, axis=0) + np.square(x).mean(), {"x": A}),
    "running sum": (lambda x: np.cumsum(x, axis=1), {"x": A}),
    "joined": (lambda x, v: np.concatenate([x, x * 2]) @ v, {"x": A, "v": V}),
    "matrix of numbers": (lambda x: [[x[0, 0], 1.0], [2.0, x[1, 1] * 2]], {"x": A}),
}


def fed(arrays):
    """Name the scalars as the network does."""
    return {
        ((name, *p) if p else name): float(x)
        for name, array in arrays.items()
        for p, x in np.ndenumerate(array)
    }


@pytest.mark.parametrize(("function", "arrays"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_values_and_slopes_are_numpys(function, arrays):
    """The network computes what numpy computes; its gradient is the slope of the sum."""
    net = rg.from_function(function, shapes={name: a.shape for name, a in arrays.items()})
    values = net.feed_forward(fed(arrays))
    expected = np.asarray(function(**arrays))
    assert [name[1:] if expected.ndim else () for name in net.outputs] == list(
        np.ndindex(expected.shape)
    )
    assert list(values.values()) == pytest.approx(expected.ravel().tolist(), rel=1e-12)
    gradient = net.backpropagate(net.outputs)
    for name, array in arrays.items():
        for place in np.ndindex(array.shape):
            sums = []
            for h in (1e-6, -1e-6):
                moved = array.copy()
                moved[place] += h
                sums.append(np.sum(function(**{**arrays, name: moved})))
            slope = (sums[0] - sums[1]) / 2e-6
            assert gradient[(name, *place) if place else name] == pytest.approx(slope, abs=1e-6)


def test_sums_are_one_node():
    """A sum over an array is one node, and so is each element of a product of matrices."""
    net = rg.from_function(lambda x: x.sum(), shapes={"x": (50,)})
    assert len(net) == 51
    net = rg.from_function(lambda x, y: x @ y, shapes={"x": (2, 50), "y": (50, 1)})
    assert len(net) == 150 + 2 * 51


def test_parameters_defaults_and_names():
    """Some arguments become parameters, some keep their default; a mapping names the outputs."""

    def layer(x, W, *, power=2, b):
        z = x @ W + b
        return {"z": z, "norm": (z**power).sum(), "x": x}

    net = rg.from_function(layer, shapes={"x": (3,)}, parameters={"W": B, "b": [0.5, 1.0]})
    assert net.inputs == [("x", i) for i in range(3)]
    assert net.parameters == [("W", i, j) for i in range(3) for j in range(2)] + [
        ("b", 0),
        ("b", 1),
    ]
    names = [("z", 0), ("z", 1), "norm", ("x", 0), ("x", 1), ("x", 2)]
    assert set(net.outputs) == set(names)
    assert net.feed_forward(fed({"x": V}))["norm"] == pytest.approx(
        ((V @ B + [0.5, 1.0]) ** 2).sum()
    )


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: (w * x).sum(),
        lambda x, w: (w * w).sum() + (w * x).sum() + (x * x).sum(),
        lambda x, w: {"p": w * x, "s": (w * x).sum() * 2 + w[0] * x[1] + w[0] * x[1]},
        lambda x, w: np.tanh(np.array([[1.0, 2.0]]) @ (w * x) + w @ x),
        lambda x, w: w[0] * x[0] + np.exp(w[1] * x[1]),
    ],
    ids=["sum", "squares", "outputs", "matrices", "single"],
)
def test_parameters_are_weights_of_edges(function):
    """Products of parameters within sums are edges; values and gradients stay what they are."""
    w, x = np.array([0.5, -1.5]), np.array([2.0, 3.0])
    net = rg.from_function(function, shapes={"x": (2,)}, parameters={"w": w})
    plain = rg.from_function(function, shapes={"x": (2,), "w": (2,)})
    values = plain.feed_forward(fed({"x": x, "w": w}))
    assert net.feed_forward(fed({"x": x})) == pytest.approx(values)
    gradient, expected = net.backpropagate(net.outputs), plain.backpropagate(plain.outputs)
    assert dict(gradient) == pytest.approx({name: expected[name] for name in gradient})
    assert len(net) <= len(plain)


def branch(x):
    """Choose by a value."""
    return x[0] if x[0] > 0 else x[1]


REFUSED = {
    "branch": (branch, TypeError, "branch"),
    "comparison": (lambda x: np.where(x > 0, x, 0), TypeError, "np.greater asks for a value"),
    "while": (lambda x: (x.sum() < 1) and x, TypeError, "value"),
    "sort": (lambda x: np.sort(x) + 1, TypeError, "value"),
    "argmax": (lambda x: np.argmax(x) + 1, TypeError, "value"),
    "float": (lambda x: float(x[0]), TypeError, "value"),
    "math": (lambda x: __import__("math").sin(x[0]), TypeError, "np.sin"),
    "floor": (lambda x: np.floor(x) + 1, (rg.ArgumentError, TypeError), "floor"),
    "into floats": (lambda x: np.add(x, 1, out=np.zeros(2)), TypeError, "value"),
    "star": (lambda *xs: xs[0], rg.ArgumentError, "names"),
    "ragged": (lambda x: [x[0], [x[1]]], rg.ArgumentError, "expression or a number"),
    "text": (lambda x: "x", rg.ArgumentError, "expression or a number"),
    "nothing": (lambda x: None, rg.ArgumentError, "expression or a number"),
    "shapes": (lambda x: x + np.ones(7), rg.ArgumentError, "do not fit"),
    "too large": (lambda x: x + np.ones((1001, 1000, 1)), rg.ArgumentError, "1000000 scalars"),
}


@pytest.mark.parametrize(("function", "error", "named"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_network_is_refused(function, error, named):
    """Choices by a value, unknown functions and wrong shapes are named."""
    shapes = {} if named == "names" else {"x": (2,)}
    with pytest.raises(error, match=named):
        rg.from_function(function, shapes=shapes)


def test_defaults_by_position():
    """An argument with a default keeps it, whatever it is; one without becomes an input."""

    def power(x, n=3, *, shift=0.5, name="p"):
        return {name: x**n + shift}

    net = rg.from_function(power)
    assert net.inputs == ["x"]
    assert net.feed_forward(x=2.0) == {"p": 8.5}
    net = rg.from_function(power, shapes={"n": ()})
    assert (net.inputs, net.feed_forward(x=2.0, n=2.0)) == (["x", "n"], {"p": 4.5})
    assert rg.from_function(np.tanh).feed_forward(x=0.5)["out"] == np.tanh(0.5)


@pytest.mark.parametrize("shape", [(-1,), 3, "ab", (1.5,), (True,), None])
def test_shapes_that_are_none(shape):
    """A shape is a sequence of whole numbers from 0 up."""
    with pytest.raises(rg.ArgumentError, match=r"'x' has the shape .* whole numbers from 0 up"):
        rg.from_function(lambda x: x, shapes={"x": shape})


def test_functions_without_names():
    """What has no signature, or is no function, is refused."""
    for wrong in (max, 3, None):
        with pytest.raises(rg.ArgumentError, match=r"write lambda x: \.\.\."):
            rg.from_function(wrong)


def test_shapes_of_nothing():
    """A shape of no argument is refused."""
    with pytest.raises(rg.ArgumentError, match="'z'"):
        rg.from_function(lambda x: x, shapes={"z": (2,)})
