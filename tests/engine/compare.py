"""Show that an engine gives what the reference labeling gives: one helper for all engines."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import numpy as np

import rojasgraph as rg
from rojasgraph.engine.compilation import compile as compile_network

NODE_LABELS = ("value", "derivatives", "adjoint", "delta")
EDGE_LABELS = ("derivative", "contribution", "gradient")
TOLERANCE = {"float64": 1e-12, "float32": 2e-4}
"""Relative to the largest number that was added up on the way, or to 1."""


def gap(got: Any, want: Any) -> float:
    """Give how far two labels are apart, relative to their size (at least 1); inf for a mismatch.

    nan equals nan, and infinities equal themselves.
    """
    if isinstance(want, tuple):
        assert isinstance(got, tuple)
        assert len(got) == len(want)
        return max((gap(a, b) for a, b in zip(got, want, strict=True)), default=0.0)
    a, b = np.broadcast_arrays(np.asarray(got, np.float64), np.asarray(want, np.float64))
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return float("inf")
    with np.errstate(all="ignore"):
        apart = np.where((a == b) | np.isnan(a), 0.0, np.abs(a - b) / np.maximum(1, np.abs(b)))
    return float(apart.max(initial=0.0))


def labels_of(net: rg.Network) -> dict[Any, Any]:
    """Collect all labels of a graph by node or edge and name."""
    nodes = {(n, k): a[k] for n, a in net.nodes(data=True) for k in NODE_LABELS if k in a}
    edges = {
        ((u, v, key), k): a[k]
        for u, v, key, a in net.edges(keys=True, data=True)
        for k in EDGE_LABELS
        if k in a
    }
    return nodes | edges


def scale_of(labels: dict[Any, Any]) -> float:
    """Give the size of the largest finite label: what rounding is relative to."""
    flat = [x for label in labels.values() for x in (label if type(label) is tuple else (label,))]
    arrays = [np.abs(np.asarray(x, np.float64)) for x in flat]
    finite = [x[np.isfinite(x)].max(initial=0.0) for x in arrays]
    return max([1.0, *map(float, finite)])


def quietly() -> contextlib.ExitStack:
    """Let passes leave their domain without a warning."""
    stack = contextlib.ExitStack()
    stack.enter_context(warnings.catch_warnings())
    stack.enter_context(np.errstate(all="ignore"))
    warnings.simplefilter("ignore", rg.DomainWarning)
    return stack


def reference(
    net: rg.Network, fed: dict[Any, Any], outputs: Any, *, seed: Any = 1.0, reduction: str = "sum"
) -> tuple[dict[Any, Any], Any]:
    """Label a network by its own passes."""
    with quietly():
        values = net.feed_forward(fed)
        return values, net.backpropagate(outputs, seed=seed, reduction=reduction)


def compare(
    net: rg.Network,
    fed: dict[Any, Any],
    engine: str,
    outputs: Any = None,
    *,
    seed: Any = 1.0,
    reduction: str = "sum",
    dtype: str = "float64",
) -> None:
    """Assert that an engine gives the values, gradients and labels of the reference.

    Args:
        net: an unlabeled network; it is labeled here.
        fed: floats, or arrays of them.
        engine: its name.
        outputs: what is differentiated; default all outputs.
        seed: where it starts.
        reduction: "sum" or "mean".
        dtype: of the program.
    """
    outputs = net.outputs if outputs is None else outputs
    values, gradient = reference(net, fed, outputs, seed=seed, reduction=reduction)
    want = labels_of(net)
    allowed = TOLERANCE[dtype] * scale_of(want)
    program = compile_network(net, engine, dtype=dtype)
    got_values, got = program.value_and_gradient(fed, outputs, seed=seed, reduction=reduction)
    assert list(got_values) == list(values)
    for name, value in values.items():
        assert np.shape(got_values[name]) == np.shape(value), name
        assert gap(got_values[name], value) <= allowed, (name, got_values[name], value)
    assert set(got) == set(gradient)
    for name, slope in gradient.items():
        assert np.shape(got[name]) == np.shape(slope), name
        assert gap(got[name], slope) <= allowed, (name, got[name], slope)
    assert set(got.edges) == set(gradient.edges)
    for edge, slope in gradient.edges.items():
        assert gap(got.edges[edge], slope) <= allowed, (edge, got.edges[edge], slope)
    _compare_weights(net, program, got, allowed, mean=reduction == "mean")
    assert all(gap(v, values[k]) <= allowed for k, v in program.feed_forward(fed).items())
    program.value_and_gradient(fed, outputs, seed=seed)
    program.label()
    _compare_labels(net, want, allowed)
    program.feed_forward(fed)
    program.label()
    with quietly():
        slopes = net.backpropagate(outputs, seed=seed, reduction=reduction)
    assert all(gap(slopes[name], slope) <= allowed for name, slope in gradient.items())
    _compare_labels(net, want, allowed)


def _compare_labels(net: rg.Network, want: dict[Any, Any], allowed: float) -> None:
    """The labels on the graph are as they should be."""
    labels = labels_of(net)
    assert labels.keys() == want.keys()
    for place, label in want.items():
        assert gap(labels[place], label) <= allowed, (place, labels[place], label)
        if place[1] in {"value", "adjoint"}:
            assert np.shape(labels[place]) == np.shape(label), place


def _compare_weights(
    net: rg.Network, program: Any, got: Any, allowed: float, *, mean: bool
) -> None:
    """The vector of weights and its gradient say what the graph says."""
    names = program.weight_names
    assert len(program.weights) == len(got.weights) == len(names)
    for name, weight, slope in zip(names, program.weights, got.weights, strict=True):
        is_parameter = name in net and net.nodes[name].get("op") == "parameter"
        value = net.nodes[name]["value"] if is_parameter else net.edges[name]["weight"]
        assert gap(weight, float(value)) <= allowed
        want = np.sum(got[name]) if is_parameter else got.edges[name]
        if is_parameter and mean:
            want /= max(np.size(got[name]), 1)
        assert gap(slope, want) <= 10 * allowed
