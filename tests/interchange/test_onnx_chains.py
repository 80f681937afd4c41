"""Models as other tools export them, through every step: their runtime, ours, and back."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import rojasgraph as rg

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

WIDTH, LENGTH = 4, 3


def block(rng):
    """Write a transformer's block node by node, as PyTorch exports it: attention, norm, gelu."""
    shapes = {f"attn.{n}.weight": (WIDTH, WIDTH) for n in "qkv"}
    shapes |= {"norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}
    shapes |= {"fc1.weight": (6, WIDTH), "fc1.bias": (6,), "fc2.weight": (WIDTH, 6)}
    weights = {n: rng.normal(size=s).astype(np.float32) for n, s in shapes.items()}
    nodes = [
        *(("MatMul", ["x", f"attn.{n}.weight"], n, {}) for n in "qkv"),
        ("Transpose", ["k"], "k_t", {"perm": [1, 0]}),
        ("MatMul", ["q", "k_t"], "scores", {}),
        ("Mul", ["scores", "scale"], "scaled", {}),
        ("Softmax", ["scaled"], "attention", {"axis": -1}),
        ("MatMul", ["attention", "v"], "mixed", {}),
        ("Add", ["x", "mixed"], "residual", {}),
        ("ReduceMean", ["residual", "last"], "mean", {}),
        ("Sub", ["residual", "mean"], "centered", {}),
        ("Pow", ["centered", "two"], "squares", {}),
        ("ReduceMean", ["squares", "last"], "variance", {}),
        ("Add", ["variance", "epsilon"], "shifted", {}),
        ("Sqrt", ["shifted"], "deviation", {}),
        ("Div", ["centered", "deviation"], "standard", {}),
        ("Mul", ["standard", "norm.weight"], "weighted", {}),
        ("Add", ["weighted", "norm.bias"], "normed", {}),
        ("Gemm", ["normed", "fc1.weight", "fc1.bias"], "wide", {"transB": 1}),
        ("Div", ["wide", "root_two"], "divided", {}),
        ("Erf", ["divided"], "erf", {}),
        ("Add", ["erf", "one"], "above", {}),
        ("Mul", ["wide", "above"], "product", {}),
        ("Mul", ["product", "half"], "gelu", {}),
        ("Gemm", ["gelu", "fc2.weight"], "narrow", {"transB": 1, "alpha": 0.5}),
        ("Add", ["residual", "narrow"], "block", {}),
        ("LeakyRelu", ["block"], "bent", {"alpha": 0.1}),
        ("Reshape", ["bent", "flat"], "row", {}),
        ("ReduceSum", ["row", "last"], "y", {"keepdims": 0}),
    ]
    constants = {
        "scale": np.float32(1 / np.sqrt(WIDTH)),
        "two": np.float32(2),
        "epsilon": np.float32(1e-5),
        "root_two": np.float32(np.sqrt(2)),
        "one": np.float32(1),
        "half": np.float32(0.5),
        "last": np.array([-1]),
        "flat": np.array([1, -1]),
    }
    made = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(array)))
        for name, array in constants.items()
    ]
    made += [helper.make_node(op, taken, [given], **options) for op, taken, given, options in nodes]
    graph = helper.make_graph(
        made,
        "block",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [LENGTH, WIDTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    opset = helper.make_opsetid("", 18)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9), weights


def computed(jnp, erf, x, w):
    """Compute the same in another tool's words, from the formulas of the papers."""
    q, k, v = (x @ w[f"attn.{n}.weight"] for n in "qkv")
    scores = jnp.exp(q @ k.T * np.float32(1 / np.sqrt(WIDTH)))
    residual = x + scores / scores.sum(axis=-1, keepdims=True) @ v
    mean = residual.mean(axis=-1, keepdims=True)
    variance = ((residual - mean) ** 2).mean(axis=-1, keepdims=True)
    normed = (residual - mean) / jnp.sqrt(variance + np.float32(1e-5))
    normed = normed * w["norm.weight"] + w["norm.bias"]
    wide = normed @ w["fc1.weight"].T + w["fc1.bias"]
    gelu = 0.5 * wide * (1 + erf(wide / np.float32(np.sqrt(2))))
    out = residual + 0.5 * gelu @ w["fc2.weight"].T
    return jnp.where(out > 0, out, np.float32(0.1) * out).sum()


def by_place(name, array):
    """Name the scalars of an array as `from_onnx` does."""
    return {(name, *p): float(x) for p, x in np.ndenumerate(np.asarray(array))}


def run(model, fed):
    """Run a model in onnxruntime."""
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, fed)


def test_a_block_of_a_transformer():
    """Values are onnxruntime's and JAX's; gradients by every weight are JAX's, in float64."""
    jax = pytest.importorskip("jax")
    model, weights = block(np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(LENGTH, WIDTH)).astype(np.float32)
    net = rg.from_onnx(model)
    (value,) = net.feed_forward(by_place("x", x)).values()
    assert value == pytest.approx(run(model, {"x": x})[0].item(), rel=1e-5)
    gradient = net.backpropagate()
    with jax.enable_x64(True):  # noqa: FBT003 - its only parameter
        doubles = {name: array.astype(np.float64) for name, array in weights.items()}

        def function(x, w):
            return computed(jax.numpy, jax.scipy.special.erf, x, w)

        compute = jax.jit(jax.value_and_grad(function, (0, 1)))
        expected, slopes = compute(x.astype(np.float64), doubles)
        assert value == pytest.approx(float(expected), rel=1e-12)
        found = by_place("x", slopes[0])
        for name, slope in slopes[1].items():
            found |= by_place(name, slope)
    assert set(gradient) == set(found)
    assert {name: gradient[name] for name in found} == pytest.approx(found, rel=1e-9, abs=1e-12)


def test_the_block_goes_back_to_onnx():
    """Written again as scalars, the block gives onnxruntime the same number, example by example."""
    model, _ = block(np.random.default_rng(0))
    net = rg.from_onnx(model)
    again = rg.to_onnx(net)
    batch = np.random.default_rng(2).normal(size=(5, LENGTH, WIDTH)).astype(np.float32)
    fed = {i.name: batch[:, p // WIDTH, p % WIDTH] for p, i in enumerate(again.graph.input)}
    expected = [run(model, {"x": x})[0].item() for x in batch]
    assert run(again, fed)[0] == pytest.approx(np.array(expected), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("kind", ["MLPRegressor", "MLPClassifier"])
def test_from_scikit_learn_to_onnxruntime(kind):
    """An estimator, its network, the network as a model, and the model read back agree."""
    neural = pytest.importorskip("sklearn.neural_network")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    y = np.array(["a", "b", "c"] * 10) if kind == "MLPClassifier" else rng.normal(size=30)
    estimator = getattr(neural, kind)(
        hidden_layer_sizes=(5, 4), activation="tanh", max_iter=5, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged
        estimator.fit(X, y)
    predicts = estimator.predict_proba if kind == "MLPClassifier" else estimator.predict
    expected = predicts(X).reshape(len(X), -1)
    net = rg.from_sklearn(estimator)
    model = rg.to_onnx(net)
    columns = {f"x{i + 1}": X[:, i].astype(np.float32) for i in range(3)}
    got = np.stack(run(model, columns), axis=1)
    assert got == pytest.approx(expected, rel=1e-4, abs=1e-5)
    back = rg.from_onnx(rg.to_onnx(net, dtype="float64"))
    net.feed_forward({f"x{i + 1}": X[:, i] for i in range(3)})
    back.feed_forward({("x1", 0): X[:, 0], ("x2", 0): X[:, 1], ("x3", 0): X[:, 2]})
    first, second = net.backpropagate("y1"), back.backpropagate(("y1", 0))
    for i in (1, 2, 3):
        assert second[f"x{i}", 0] == pytest.approx(first[f"x{i}"], rel=1e-9, abs=1e-12)
    step = 1e-30  # complex: the slope of a real function is the imaginary part
    moved = X.astype(complex)
    moved[:, 1] += step * 1j
    slopes = by_numpy(estimator, moved, classifies=kind == "MLPClassifier")[:, 0].imag / step
    assert first["x2"] == pytest.approx(slopes, rel=1e-10, abs=1e-14)


def by_numpy(estimator, layer, *, classifies):
    """Compute an estimator's layers with numpy, for complex numbers too."""
    last = len(estimator.coefs_) - 1
    for i, (w, b) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        layer = layer @ w + b
        layer = np.tanh(layer) if i < last else layer
    if classifies:
        layer = np.exp(layer) / np.exp(layer).sum(axis=1, keepdims=True)
    return layer
