"""scikit-learn's perceptrons and neat-python's genomes become networks with the same numbers."""

from __future__ import annotations

import random
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries

STEP = 1e-6


def slope(function, array, place):
    """Measure how a function of an array changes with one number of it."""
    array[place] += STEP
    above = function()
    array[place] -= 2 * STEP
    below = function()
    array[place] += STEP
    return (above - below) / (2 * STEP)


# --- scikit-learn ---------------------------------------------------------------------------------


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


# --- neat-python ----------------------------------------------------------------------------------

ACTIVATIONS = [
    *("identity", "sigmoid", "tanh", "sin", "gauss", "relu", "elu", "lelu", "selu", "softplus"),
    *("clamped", "log", "exp", "abs", "hat", "square", "cube"),
]
AGGREGATIONS = ["sum", "mean", "product", "max", "min"]


def neat_config():
    """Make the configuration that both sides read."""
    activations = pytest.importorskip("neat.activations")
    aggregations = pytest.importorskip("neat.aggregations")
    return SimpleNamespace(
        genome_config=SimpleNamespace(
            input_keys=[-1, -2],
            output_keys=[0, 1],
            activation_defs=activations.ActivationFunctionSet(),
            aggregation_function_defs=aggregations.AggregationFunctionSet(),
        )
    )


@st.composite
def genomes(draw):
    """Draw a genome without cycles: any wiring, orphans and disabled connections included."""
    numbers = st.builds(lambda n: n / 8, st.integers(-16, 16))
    hidden = list(range(2, 2 + draw(st.integers(0, 4))))
    nodes = {
        key: SimpleNamespace(
            activation=draw(st.sampled_from(ACTIVATIONS)),
            aggregation=draw(st.sampled_from(AGGREGATIONS)),
            bias=draw(numbers),
            response=draw(st.sampled_from([1.0, 1.0, 0.5, -2.0])),
        )
        for key in [0, 1, *hidden]
    }
    order = [-1, -2, *hidden, 0, 1]
    connections = {}
    for i, head in enumerate(order[2:], 2):
        for tail in draw(st.lists(st.sampled_from(order[:i]), max_size=3, unique=True)):
            connections[tail, head] = SimpleNamespace(
                key=(tail, head), weight=draw(numbers), enabled=draw(st.integers(0, 4)) > 0
            )
    return SimpleNamespace(nodes=nodes, connections=connections)


@tries(60)
@given(genomes(), st.tuples(*[st.builds(lambda n: n / 8, st.integers(-16, 16))] * 2))
def test_genomes(genome, fed):
    """The network gives what neat-python's own gives, and its slopes by weights off the kinks."""
    neat = pytest.importorskip("neat")
    config = neat_config()
    net = rg.from_neat(genome, config)
    try:
        expected = neat.nn.FeedForwardNetwork.create(genome, config).activate(fed)
    except OverflowError:
        return  # neat's elu and cube, where Python's floats end
    assert net.inputs == [-1, -2]
    assert net.outputs == [0, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.DomainWarning)
        values = net.feed_forward(dict(zip([-1, -2], fed, strict=True)))
    assert list(values.values()) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_gradients_of_a_genome():
    """Gradients are the slopes of neat-python's own network."""
    neat = pytest.importorskip("neat")
    rng = random.Random(1)  # noqa: S311 - a test's own dice
    config, keys = neat_config(), [2, 3, 4, 0, 1]
    kinds = ["sigmoid", "tanh", "gauss", "sin", "softplus"]
    nodes = {
        key: SimpleNamespace(activation=kind, aggregation="sum", bias=rng.random(), response=1.0)
        for key, kind in zip(keys, kinds, strict=True)
    }
    pairs = [(-1, 2), (-2, 2), (-1, 3), (2, 4), (3, 4), (4, 0), (2, 0), (3, 1)]
    connections = {
        pair: SimpleNamespace(key=pair, weight=rng.uniform(-0.5, 0.5), enabled=True)
        for pair in pairs
    }
    genome = SimpleNamespace(nodes=nodes, connections=connections)
    fed = [0.3, -0.2]
    net = rg.from_neat(genome, config)
    net.feed_forward({-1: fed[0], -2: fed[1]})
    gradient = net.backpropagate(0)
    for (tail, head), gene in connections.items():
        values = []
        for h in (STEP, -STEP):
            before, gene.weight = gene.weight, gene.weight + h
            values.append(neat.nn.FeedForwardNetwork.create(genome, config).activate(fed)[0])
            gene.weight = before
        found = gradient.edges.get((tail, head, 0), gradient.edges.get((tail, (head, 0), 0)))
        assert found == pytest.approx((values[0] - values[1]) / (2 * STEP), abs=1e-7)


def evolved(**changes):
    """Make the smallest genome, with some attributes of node 0 changed."""
    gene = {"activation": "tanh", "aggregation": "sum", "bias": 0.0, "response": 1.0} | changes
    nodes = {key: SimpleNamespace(**gene) for key in (0, 1)}
    link = SimpleNamespace(key=(-1, 0), weight=1.0, enabled=True)
    return SimpleNamespace(nodes=nodes, connections={(-1, 0): link})


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"activation": "own"}, "node [01]: .*'own'"), ({"aggregation": "median"}, "median.*mean")],
)
def test_genomes_that_are_refused(changes, named):
    """What has no primitive is named with its node."""
    with pytest.raises(rg.ArgumentError, match=named):
        rg.from_neat(evolved(**changes), neat_config())


def test_recurrent_genomes_are_refused():
    """A genome with a cycle that an output needs is refused, node by node; others do no harm."""
    genome = evolved()
    genome.connections[0, 0] = SimpleNamespace(key=(0, 0), weight=1.0, enabled=True)
    with pytest.raises(rg.CycleError, match="0 → 0"):
        rg.from_neat(genome, neat_config())
    genome.connections[0, 0].enabled = False
    assert rg.from_neat(genome, neat_config()).outputs == [0, 1]


def test_a_genome_that_neat_made():
    """A genome of neat's own classes is read, as a population makes it."""
    genes = pytest.importorskip("neat.genes")
    node = genes.DefaultNodeGene(0)
    node.bias, node.response, node.activation, node.aggregation = 0.5, 1.0, "tanh", "sum"
    other = genes.DefaultNodeGene(1)
    other.bias, other.response, other.activation, other.aggregation = 0.0, 1.0, "relu", "sum"
    link = genes.DefaultConnectionGene((-1, 0), innovation=0)
    link.weight, link.enabled = 0.25, True
    genome = SimpleNamespace(nodes={0: node, 1: other}, connections={(-1, 0): link})
    net = rg.from_neat(genome, neat_config())
    assert net.feed_forward({-1: 2.0, -2: 0.0})[0] == pytest.approx(np.tanh(2.5))
