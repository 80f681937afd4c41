"""From scikit-learn: a fitted multilayer perceptron becomes a network of units."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network

_ACTIVATIONS = {
    "identity": "identity",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "exp": "exp",  # of the outputs, where the loss is Poisson's
}
"""What scikit-learn calls primitives."""

_BIAS, _NORM = "bias", "norm"


def from_sklearn(model: Any) -> Network:  # noqa: ANN401 - of the package sklearn
    """Make a network of a fitted `MLPClassifier` or `MLPRegressor` of scikit-learn.

    Inputs are called as the features, or x1, x2, …; hidden units h1_1, h1_2, … (layer, unit);
    outputs y1, y2, …. Coefficients become trainable weights of edges, intercepts those of edges
    from the constant "bias". An output is what `predict` gives of a regressor, and what
    `predict_proba` gives of a classifier: its `label` is the class. With two classes, the one
    output is the probability of the second; with more, softmax is written out: z1, z2, … are the
    net inputs, "norm" is ln Σ exp z.

    Args:
        model: the fitted estimator.

    Raises:
        ArgumentError: it is no such estimator, is not fitted, or has a feature that is called as
            one of the other nodes.

    >>> import numpy as np
    >>> from sklearn.neural_network import MLPRegressor
    >>> X, y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([1.0, 2.0, 3.0])
    >>> model = MLPRegressor(hidden_layer_sizes=(2,), solver="lbfgs", random_state=0).fit(X, y)
    >>> net = from_sklearn(model)
    >>> net.inputs, net.outputs
    (['x1', 'x2'], ['y1'])
    """
    if not all(hasattr(model, name) for name in ("coefs_", "intercepts_", "out_activation_")):
        message = (
            f"{model!r:.80} is no fitted MLPClassifier or MLPRegressor of scikit-learn: call its "
            "fit(X, y) first"
        )
        raise ArgumentError(message)
    if model.activation not in _ACTIVATIONS:
        message = f"no primitive computes scikit-learn's activation {model.activation!r}"
        raise ArgumentError(message)
    net = Network()
    before = _inputs(net, model)
    net.add_constant(_BIAS, 1.0)
    layers, is_softmax = _layers(model), model.out_activation_ == "softmax"
    ops = [_ACTIVATIONS[model.activation]] * (len(layers) - 1)
    ops.append("identity" if is_softmax else _ACTIVATIONS[model.out_activation_])
    for i, names in enumerate(layers):
        _add_layer(net, ops[i], before, names, model.coefs_[i], model.intercepts_[i])
        before = names
    if is_softmax:
        before = _add_softmax(net, before)
    _mark_outputs(net, before, model)
    return net


def _layers(model: Any) -> list[list[Hashable]]:  # noqa: ANN401 - as above
    """Name the units, layer by layer."""
    *hidden, last = map(len, model.intercepts_)
    named: list[list[Hashable]] = [
        [f"h{layer}_{i}" for i in range(1, count + 1)] for layer, count in enumerate(hidden, 1)
    ]
    letter = "z" if model.out_activation_ == "softmax" else "y"
    return [*named, [f"{letter}{i}" for i in range(1, last + 1)]]


def _inputs(net: Network, model: Any) -> list[Hashable]:  # noqa: ANN401 - as above
    """Add the inputs.

    Raises:
        ArgumentError: a feature is called as another node.
    """
    given = getattr(model, "feature_names_in_", None)
    numbered = [f"x{i}" for i in range(1, model.n_features_in_ + 1)]
    names = numbered if given is None else [str(name) for name in given]
    units = [name for layer in _layers(model) for name in layer]
    outputs = [f"y{i}" for i in range(1, len(model.intercepts_[-1]) + 1)]
    if clashing := [n for n in names if n in {_BIAS, _NORM, *units, *outputs}]:
        message = (
            f"the features {clashing} are called as other nodes of the network: rename the columns "
            "and fit again, or del model.feature_names_in_, and the inputs are x1, x2, …"
        )
        raise ArgumentError(message)
    return [net.add_input(name) for name in names]


def _add_layer(  # noqa: PLR0913, PLR0917 - the parts of a layer
    net: Network,
    op: str,
    tails: list[Hashable],
    heads: list[Hashable],
    coefficients: Any,  # noqa: ANN401 - arrays
    intercepts: Any,  # noqa: ANN401
) -> None:
    """Add a layer of units that every unit of the layer before feeds."""
    for j, head in enumerate(heads):
        net.add_unit(head, op)
        for i, tail in enumerate(tails):
            net.add_edge(tail, head, weight=float(coefficients[i, j]), trainable=True)
        net.add_edge(_BIAS, head, weight=float(intercepts[j]), trainable=True)


def _add_softmax(net: Network, nets: list[Hashable]) -> list[Hashable]:
    """Write softmax out: exp(z − ln Σ exp z), which does not overflow."""
    net.add_unit(_NORM, "logsumexp")
    for slot, name in enumerate(nets):
        net.add_edge(name, _NORM, slot=slot)
    made = []
    for i, name in enumerate(nets, 1):
        made.append(net.add_unit(f"y{i}", "exp"))
        net.add_edge(name, f"y{i}")
        net.add_edge(_NORM, f"y{i}", weight=-1)
    return made


def _mark_outputs(net: Network, names: list[Hashable], model: Any) -> None:  # noqa: ANN401
    """Mark the outputs, and label them by their classes."""
    classes = list(getattr(model, "classes_", []))
    labels = classes[-1:] if len(names) == 1 else classes
    for name in names:
        net.nodes[name]["output"] = True
    for name, label in zip(names, labels, strict=False):
        net.nodes[name]["label"] = str(label)
