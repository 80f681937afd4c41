"""scikit-learn's perceptrons become networks with the same numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import rojasgraph as rg

STEP = 1e-6


def slope(function, array, place):
    """Measure how a function of an array changes with one number of it."""
    array[place] += STEP
    above = function()
    array[place] -= 2 * STEP
    below = function()
    array[place] += STEP
    return (above - below) / (2 * STEP)


def fitted(kind, activation, classes):
    """Fit an estimator for a moment."""
    neural = pytest.importorskip("sklearn.neural_network")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 3))
    y = {
        0: rng.normal(size=12),
        1: rng.normal(size=(12, 2)),
        2: np.array(["no", "yes"] * 6),
        3: np.array(["a", "b", "c"] * 4),
        4: rng.integers(0, 2, size=(12, 3)),
        5: rng.poisson(2.0, size=12),
    }[classes]
    options = {"activation": activation, "max_iter": 3, "random_state": 1}
    if classes == 5:
        options["loss"] = "poisson"
    model = getattr(neural, kind)(hidden_layer_sizes=(4, 3), **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged
        return model.fit(X, y), X


def expected_of(model, X):
    """Give what the estimator predicts, a column for each output of the network."""
    if not hasattr(model, "predict_proba"):
        return model.predict(X).reshape(len(X), -1)
    found = model.predict_proba(X)
    return found[:, 1:] if found.shape[1] == 2 else found


CASES = [
    ("MLPRegressor", "identity", 0),
    ("MLPRegressor", "tanh", 1),
    ("MLPRegressor", "relu", 5),
    ("MLPClassifier", "logistic", 2),
    ("MLPClassifier", "relu", 3),
    ("MLPClassifier", "tanh", 4),
]


@pytest.mark.parametrize(("kind", "activation", "classes"), CASES)
def test_perceptrons(kind, activation, classes):
    """Predictions agree on a batch; gradients are the slopes of the estimator's predictions."""
    model, X = fitted(kind, activation, classes)
    net = rg.from_sklearn(model)
    columns = {f"x{i + 1}": X[:, i] for i in range(3)}
    got = np.stack(list(net.feed_forward(columns).values()), axis=1)
    assert got == pytest.approx(expected_of(model, X), rel=1e-12, abs=1e-14)
    one = X[:1].copy()
    net.feed_forward({f"x{i + 1}": one[0, i] for i in range(3)})
    gradient = net.backpropagate("y1")

    def first():
        return expected_of(model, one)[0, 0]

    for i in range(3):
        assert gradient[f"x{i + 1}"] == pytest.approx(slope(first, one, (0, i)), abs=1e-7)
    top = "z1" if classes == 3 else "y1"
    for tail, head, array, place in [
        ("x2", "h1_3", model.coefs_[0], (1, 2)),
        ("h1_4", "h2_1", model.coefs_[1], (3, 0)),
        ("h2_2", top, model.coefs_[2], (1, 0)),
        ("bias", "h1_3", model.intercepts_[0], 2),
        ("bias", top, model.intercepts_[2], 0),
    ]:
        measured = slope(first, array, place)
        assert gradient.edges[tail, head, 0] == pytest.approx(measured, abs=1e-7)


def test_classes_and_features_are_labels():
    """Outputs are labeled by their classes; inputs are called as the features."""
    model, _ = fitted("MLPClassifier", "tanh", 3)
    model.feature_names_in_ = np.array(["length", "width", "x3"], dtype=object)
    net = rg.from_sklearn(model)
    assert net.inputs == ["length", "width", "x3"]
    assert [net.nodes[name]["label"] for name in net.outputs] == ["a", "b", "c"]
    binary = rg.from_sklearn(fitted("MLPClassifier", "tanh", 2)[0])
    assert [binary.nodes[name]["label"] for name in binary.outputs] == ["yes"]


@pytest.mark.parametrize("name", ["bias", "norm", "h1_2", "z3", "y1"])
def test_features_that_are_called_as_other_nodes(name):
    """A column of such a name is refused, with the way out, which works."""
    model, X = fitted("MLPClassifier", "tanh", 3)
    model.feature_names_in_ = np.array(["a", name, "b"], dtype=object)
    with pytest.raises(rg.ArgumentError, match=rf"\['{name}'\].*del"):
        rg.from_sklearn(model)
    del model.feature_names_in_
    columns = {f"x{i + 1}": X[:, i] for i in range(3)}
    got = np.stack(list(rg.from_sklearn(model).feed_forward(columns).values()), axis=1)
    assert got == pytest.approx(model.predict_proba(X))


def test_estimators_that_are_refused():
    """What is not fitted, or is another estimator, is named."""
    neural = pytest.importorskip("sklearn.neural_network")
    for model in (neural.MLPRegressor(), "model", None):
        with pytest.raises(rg.ArgumentError, match=r"fit\(X, y\)"):
            rg.from_sklearn(model)
    model, _ = fitted("MLPRegressor", "tanh", 0)
    model.activation = "swish"
    with pytest.raises(rg.ArgumentError, match="swish"):
        rg.from_sklearn(model)
