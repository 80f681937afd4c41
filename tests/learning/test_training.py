"""Training: what it computes, what it is fed, how it ends, and what is refused."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.learning import surface as surfaces
from rojasgraph.learning.optimizers.registry import OPTIMIZERS
from rojasgraph.learning.surface import ErrorSurface
from tests.effort import tries

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
ANSWERS = np.array([0.0, 1.0, 1.0, 0.0])


def quiet(net, **options):
    """Train without a word."""
    return rg.train(net, progress=False, **options)


def xor_net(seed=4):
    """Make the 2-2-1 network."""
    return rg.layered([2, 2, 1], rng=seed)


def weights_of(net):
    """List all weights of a network's edges."""
    return [weight for *_, weight in net.edges(data="weight")]


def by_hand(net, batches, rate, reduction):
    """Descend by the two passes of the graph itself; list the errors before each step."""
    error, errors = rg.extend(net), []
    for X, T in batches:
        errors.append(error.feed_forward(x1=X[:, 0], x2=X[:, 1], t=T)["E"])
        slopes = error.backpropagate("E", reduction=reduction)
        for edge, slope in slopes.edges.items():
            if error.edges[edge].get("trainable"):
                error.edges[edge]["weight"] -= rate * slope
    return weights_of(rg.unextend(error)), errors


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("batch", [None, 1, 3])
def test_learning_is_the_two_passes_of_the_graph(batch, reduction, engine):
    """Off-line, on-line and mini-batch: weights and errors are those of labels on the graph."""
    net, rate, epochs = xor_net(), 0.7, 3
    rng = np.random.default_rng(11)
    batches = []
    for _ in range(epochs):
        order = np.arange(4) if batch is None else rng.permutation(4)
        parts = [order[i : i + (batch or 4)] for i in range(0, 4, batch or 4)]
        batches += [(XOR[part], ANSWERS[part]) for part in parts]
    wanted, errors = by_hand(net, batches, rate, reduction)
    history = quiet(
        net, inputs=XOR, targets=ANSWERS, optimizer=rg.GradientDescent(rate), epochs=epochs,
        batch=batch, reduction=reduction, seed=11, engine=engine,
    )  # fmt: skip
    assert weights_of(net) == pytest.approx(wanted, rel=1e-11)
    whole = np.concatenate(errors).reshape(epochs, 4)
    joined = whole.sum(axis=1) if reduction == "sum" else whole.mean(axis=1)
    assert history.losses == pytest.approx(joined, rel=1e-11)


def test_the_worked_example_of_two_inputs_two_hidden_units_two_outputs():
    """Its published numbers: the error before, the eight weights after one step."""
    net = rg.Network()
    names = [net.add_input("i1"), net.add_input("i2"), net.add_constant("one", 1.0)]
    names += [net.add_unit(name, "sigmoid") for name in ("h1", "h2", "o1", "o2")]
    edges = [(i, h) for h in ("h1", "h2") for i in ("i1", "i2")]
    edges += [(h, o) for o in ("o1", "o2") for h in ("h1", "h2")]
    for edge, weight in zip(edges, [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55], strict=True):
        net.add_edge(*edge, weight=weight, trainable=True)
    for head, bias in (("h1", 0.35), ("h2", 0.35), ("o1", 0.60), ("o2", 0.60)):
        net.add_edge("one", head, weight=bias)
    history = quiet(
        net, inputs=[[0.05, 0.10]], targets=[[0.01, 0.99]],
        optimizer=rg.GradientDescent(0.5), epochs=1,
    )  # fmt: skip
    assert history.losses == pytest.approx([0.298371109], abs=5e-10)
    found = [net.edges[(*edge, 0)]["weight"] for edge in edges]
    assert found == pytest.approx(
        [0.149780716, 0.199561432, 0.249751144, 0.299502287,
         0.358916480, 0.408666186, 0.511301270, 0.561370121], abs=1e-9,
    )  # fmt: skip
    assert net.edges["one", "h1", 0]["weight"] == 0.35


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_lowers_the_error(name):
    """By its name alone, on XOR."""
    net = xor_net()
    history = quiet(net, inputs=XOR, targets=ANSWERS, optimizer=name, epochs=15)
    assert history.final < history.losses[0]
    assert history.optimizer.startswith(type(OPTIMIZERS[name]()).__name__)
    error = rg.compile(rg.extend(net)).feed_forward(np.column_stack([XOR, ANSWERS]))["E"].sum()
    assert error == pytest.approx(history.final)


def forms():
    """Give the same examples in every form that training takes."""
    pairs = [(XOR[:2], ANSWERS[:2]), (XOR[2:], ANSWERS[2:])]
    named = {"x1": XOR[:, 0], "x2": XOR[:, 1]}
    whole = {
        "arrays": (XOR, ANSWERS),
        "a column of targets": (XOR, ANSWERS[:, None]),
        "lists": (XOR.tolist(), ANSWERS.tolist()),
        "integers": (XOR.astype(int), ANSWERS.astype(bool)),
        "mappings": (named, {"t": ANSWERS}),
        "by output": (named, {"y1": ANSWERS}),
        "one mapping": ({**named, "t": ANSWERS}, None),
    }
    streams = {
        "list of pairs": (pairs, None),
        "function": (lambda: iter(pairs), None),
        "mappings in a stream": ([{"x1": X[:, 0], "x2": X[:, 1], "y1": T} for X, T in pairs], None),
    }
    return whole, streams


@pytest.mark.parametrize("form", forms()[0])
def test_forms_of_data(form):
    """Arrays and mappings give the same weights."""
    net, same = xor_net(), xor_net()
    quiet(same, inputs=XOR, targets=ANSWERS, epochs=5)
    inputs, targets = forms()[0][form]
    quiet(net, inputs=inputs, targets=targets, loss="half_squared", epochs=5)
    assert weights_of(net) == weights_of(same)


@pytest.mark.parametrize("form", forms()[1])
def test_streams_are_batches(form):
    """Streams give what mini-batches in order give, and the whole is never laid out."""
    net, same = xor_net(), xor_net()
    slow = rg.GradientDescent(0.3)
    one = quiet(same, inputs=XOR, targets=ANSWERS, epochs=4, batch=2, shuffle=False, optimizer=slow)
    inputs, _ = forms()[1][form]
    other = quiet(net, inputs=inputs, loss="half_squared", epochs=4, optimizer=slow)
    assert weights_of(net) == weights_of(same)
    assert other.losses == one.losses
    assert other.final is None


def test_extended_networks_are_trained_as_they_are():
    """What `extend` made is trained in place; `unextend` gives the trained network."""
    plain, error = xor_net(), rg.extend(xor_net(), "sigmoid_cross_entropy", reduction="mean")
    one = quiet(plain, inputs=XOR, targets=ANSWERS, loss="sigmoid_cross_entropy", reduction="mean",
                epochs=30)  # fmt: skip
    other = quiet(error, inputs=XOR, targets=ANSWERS, epochs=30)
    assert one.losses == other.losses
    trained = rg.unextend(error)
    assert by_edge(trained) == by_edge(plain)


def by_edge(net):
    """Give the weights by edge."""
    return {(u, v, k): weight for u, v, k, weight in net.edges(keys=True, data="weight")}


def test_a_network_whose_output_is_the_error():
    """Without targets, the one output is what falls; parameters learn as weights do."""
    x, t = rg.inputs("x t")
    w, b = rg.parameter("w", 0.0), rg.parameter("b", 0.0)
    net = rg.Network.from_expressions((w * x + b - t) ** 2)
    xs = np.linspace(-1, 1, 9)
    history = quiet(net, inputs={"x": xs, "t": 3 * xs - 2}, optimizer=rg.Newton(), epochs=3)
    assert net.nodes["w"]["value"] == pytest.approx(3.0)
    assert net.nodes["b"]["value"] == pytest.approx(-2.0)
    assert history.final == pytest.approx(0.0, abs=1e-18)


def test_a_network_without_inputs():
    """A function of parameters alone is minimized."""
    a, b = rg.parameter("a", 3.0), rg.parameter("b", 1.0)
    net = rg.Network.from_expressions((a - 1) ** 2 + 4 * (b + 2) ** 2)
    history = quiet(net, optimizer=rg.LBFGS(), epochs=10)
    assert (net.nodes["a"]["value"], net.nodes["b"]["value"]) == pytest.approx((1, -2))
    assert history.stopped == "no step lowers the error"


def test_shared_weights_move_together():
    """One parameter on two edges stays one number; a fixed weight stays."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 0.2)
    net.add_unit("h", "tanh")
    net.add_unit("o", "identity")
    net.add_edge("x", "h", parameter="w")
    net.add_edge("h", "o", parameter="w")
    net.add_edge("x", "o", weight=0.5)
    quiet(net, inputs=[0.5, -1.0], targets=[0.6, -1.2], epochs=60)
    w = net.nodes["w"]["value"]
    assert w * np.tanh(w * -1.0) - 0.5 == pytest.approx(-1.2, abs=0.1)
    assert net.edges["x", "o", 0]["weight"] == 0.5


def test_the_network_is_otherwise_untouched():
    """Training a plain network adds no node and marks nothing."""
    net = xor_net()
    nodes, edges = list(net.nodes), list(net.edges(keys=True))
    quiet(net, inputs=XOR, targets=ANSWERS, epochs=2, loss="sigmoid_cross_entropy")
    assert (list(net.nodes), list(net.edges(keys=True))) == (nodes, edges)
    assert net.outputs == ["y1"]
    assert net.graph == {}


def test_many_examples_go_in_parts(monkeypatch):
    """What does not fit in memory at once is summed in parts, to rounding."""
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(50, 2)), rng.normal(size=50)
    whole, parts = xor_net(), xor_net()
    one = quiet(whole, inputs=X, targets=T, epochs=4, reduction="mean", validation=(X, T))
    monkeypatch.setattr(surfaces, "_MOST_NUMBERS", 100)
    other = quiet(parts, inputs=X, targets=T, epochs=4, reduction="mean", validation=(X, T))
    assert weights_of(parts) == pytest.approx(weights_of(whole), rel=1e-9)
    assert other.losses == pytest.approx(one.losses, rel=1e-12)
    assert other.validation == pytest.approx(one.validation, rel=1e-12)
    assert other.final == pytest.approx(one.final, rel=1e-12)


@given(st.integers(0, 99))
@tries(10)
def test_curvature_is_the_second_derivative(seed):
    """Of a linear unit with squared error it is Σ x xᵀ, whatever the weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(6, 3))
    net = rg.layered([3, 1], "identity", rng=seed)
    program = rg.compile(rg.extend(net))
    surface = ErrorSurface(program, mean=False)
    surface.load(np.vstack([X.T, rng.normal(size=6)]))
    columns = {f"x{i + 1}": X[:, i] for i in range(3)} | {"bias": np.ones(6)}
    design = np.array([columns[tail] for tail, *_ in program.weight_names])
    found = surface.curvature(rng.normal(size=4))
    assert found == pytest.approx(design @ design.T, rel=1e-6, abs=1e-6)
    assert surface.diagonal(rng.normal(size=4)) == pytest.approx(np.diag(found), rel=1e-6)


def test_batches_of_many_sizes():
    """What a surface keeps for recent sizes never answers for another batch, or another pass."""
    program = rg.compile(rg.extend(xor_net()))
    kept, weights = ErrorSurface(program, mean=False), program.weights.copy()
    rng = np.random.default_rng(3)
    batches = [rng.normal(size=(3, size)) for size in range(1, 13)]
    for columns in (batches[i] for i in rng.integers(0, 12, 80)):
        fresh = ErrorSurface(program, mean=False)
        for surface in (kept, fresh):
            surface.load(columns)
        if rng.integers(2):
            assert kept.error(weights, columns) == fresh.error(weights, columns)
        weights = weights + 0.01
        (value, slope), (wanted, gradient) = kept(weights), fresh(weights)
        assert value == wanted
        assert np.array_equal(slope, gradient)


def test_trials_are_not_computed_twice():
    """Off-line, the point that a line search chose is the next step's own: one pass is saved."""
    net = xor_net()
    history = quiet(net, inputs=XOR, targets=ANSWERS, optimizer=rg.DynamicAdaption(), epochs=10)
    assert history.passes == 1 + 2 * 10
    on_line = quiet(
        net, inputs=XOR, targets=ANSWERS, optimizer="dynamic_adaption", epochs=2, batch=1
    )
    assert on_line.passes == 3 * 4 * 2


def test_float32_passes():
    """The passes may be float32; weights and rates stay float64."""
    net, same = xor_net(), xor_net()
    quiet(net, inputs=XOR, targets=ANSWERS, optimizer=rg.GradientDescent(), epochs=5, dtype="f4")
    quiet(same, inputs=XOR, targets=ANSWERS, optimizer=rg.GradientDescent(), epochs=5)
    assert weights_of(net) == pytest.approx(weights_of(same), rel=1e-5)
    assert weights_of(net) != weights_of(same)


def test_an_optimizer_of_your_own():
    """Anything with `descend` is one."""

    class Sign:
        def descend(self, surface, weights, memory=None):
            while True:
                yield rg.Position(weights, {})
                weights = weights - 0.01 * np.sign(surface(weights)[1])

    net = xor_net()
    before = np.array(weights_of(net))
    quiet(net, inputs=XOR, targets=ANSWERS, optimizer=Sign(), epochs=1)
    assert np.abs(np.array(weights_of(net)) - before) == pytest.approx(0.01)


# --- how it ends --------------------------------------------------------------------------------


def test_it_stops_when_the_error_is_low_enough():
    """A number is an error that suffices."""
    history = quiet(xor_net(), inputs=XOR, targets=ANSWERS, epochs=500, stop=0.05)
    assert history.epochs < 500
    assert history.losses[-1] <= 0.05 < history.losses[-2]
    assert history.stopped == "the error is at most 0.05"


@pytest.mark.parametrize(("answer", "told"), [(True, "as asked"), ("enough", "enough")])
def test_it_stops_when_a_function_says_so(answer, told):
    """A function of the history is true, or a text, when to stop."""
    history = quiet(
        xor_net(), inputs=XOR, targets=ANSWERS, stop=lambda h: answer if h.epochs == 3 else False
    )
    assert (history.epochs, history.stopped) == (3, told)


def test_early_stopping_takes_the_best_weights():
    """The weights are those of the epoch with the lowest validation error."""
    rng = np.random.default_rng(3)
    X, V = rng.normal(size=(12, 2)), rng.normal(size=(40, 2))
    T, W = np.sign(X[:, 0]) + rng.normal(size=12), np.sign(V[:, 0])
    net = rg.layered([2, 12, 1], ["tanh", "identity"], rng=0)
    history = quiet(net, inputs=X, targets=T, validation=(V, W), epochs=400,
                    stop=rg.EarlyStopping(patience=15))  # fmt: skip
    assert history.stopped == "no lower error in 15 epochs"
    assert history.epochs == history.best + 15
    assert min(history.validation) == history.validation[history.best - 1]
    errors = rg.compile(rg.extend(net)).feed_forward(np.column_stack([V, W]))["E"]
    assert errors.sum() == pytest.approx(min(history.validation))


def test_early_stopping_without_validation_watches_the_training_error():
    """The weights kept are those that had the lowest error, off-line to the bit."""
    net = xor_net()
    history = quiet(net, inputs=XOR, targets=ANSWERS, optimizer=rg.GradientDescent(30.0),
                    epochs=300, stop=rg.EarlyStopping(5))  # fmt: skip
    assert history.final == pytest.approx(min(history.losses), rel=1e-12)
    last = quiet(xor_net(), inputs=XOR, targets=ANSWERS, optimizer=rg.GradientDescent(30.0),
                 epochs=300, stop=rg.EarlyStopping(5, restore=False))  # fmt: skip
    assert last.losses == history.losses
    assert last.final != history.final


def test_early_stopping_is_not_held_up_by_nan():
    """An error that is no number at first is no lowest one."""
    stop, history = rg.EarlyStopping(patience=3), rg.History()
    kept = []
    for error in (np.nan, np.inf, 2.0, np.nan, 1.0, 3.0):
        history.losses.append(error)
        kept.append(stop.watch(history))
    assert kept == [False, False, True, False, True, False]
    assert (history.best, stop.reason(history)) == (5, "")


def test_divergence_names_the_node_that_went_bad_first():
    """The network keeps the weights of before, and the error the history."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("root", "log")
    net.add_unit("o", "identity")
    net.add_edge("x", "root", weight=1.0, trainable=True)
    net.add_edge("root", "o")
    with pytest.raises(rg.Diverged, match=r"epoch 2: node 'root': log needs x > 0; got x = -") as e:
        quiet(net, inputs=[1.0], targets=[-3.0], optimizer=rg.GradientDescent(1.0))
    assert net.edges["x", "root", 0]["weight"] == 1.0
    assert (e.value.history.epochs, e.value.history.stopped) == (1, "diverged")
    assert isinstance(e.value, rg.DomainError)


def test_weights_that_leave_the_numbers_are_named():
    """A weight that the optimizer made infinite is told by its name."""
    net = rg.layered([1, 1], "identity", rng=0)
    with pytest.raises(rg.Diverged, match=r"epoch \d+: ") as caught:
        quiet(net, inputs=[1e3], targets=[1.0], optimizer=rg.GradientDescent(1e5), epochs=1000)
    assert np.isfinite(weights_of(net)).all()
    assert caught.value.history.epochs > 5


def test_an_interrupt_ends_in_peace():
    """Ctrl-C: the weights so far are on the network, and the history is returned."""

    def press(history):
        if history.epochs == 4:
            raise KeyboardInterrupt

    net, same = xor_net(), xor_net()
    history = quiet(net, inputs=XOR, targets=ANSWERS, epochs=50, stop=press)
    quiet(same, inputs=XOR, targets=ANSWERS, epochs=4)
    assert (history.epochs, history.stopped) == (4, "interrupted")
    assert weights_of(net) == weights_of(same)


def test_an_interrupt_in_the_middle_of_an_epoch():
    """The steps that were made are kept."""

    def batches():
        yield XOR[:2], ANSWERS[:2]
        raise KeyboardInterrupt

    net, same = xor_net(), xor_net()
    history = quiet(net, inputs=batches, loss="half_squared")
    quiet(same, inputs=XOR[:2], targets=ANSWERS[:2], epochs=1)
    assert history.epochs == 0
    assert weights_of(net) == weights_of(same)


def test_no_epochs():
    """Nothing is learned, and the error is told."""
    net = xor_net()
    before = weights_of(net)
    history = quiet(net, inputs=XOR, targets=ANSWERS, epochs=0)
    assert weights_of(net) == before
    assert (history.epochs, history.stopped) == (0, "all epochs done")
    assert history.final > 0


# --- what is told -------------------------------------------------------------------------------


def test_the_history_is_plain_data():
    """It goes through json, and says in a line what there was."""
    history = quiet(xor_net(), inputs=XOR, targets=ANSWERS, epochs=3, validation=(XOR, ANSWERS))
    again = json.loads(json.dumps(history.to_dict()))
    assert rg.History(**again) == history
    assert "3 epochs: error" in repr(history)
    assert len(history.validation) == len(history.seconds) == 3
    assert history.seconds == sorted(history.seconds)


def test_curves_are_drawn():
    """One line for each kind of error, on axes of one's own or new ones."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    history = quiet(xor_net(), inputs=XOR, targets=ANSWERS, epochs=9, validation=(XOR, ANSWERS),
                    stop=rg.EarlyStopping(5))  # fmt: skip
    axes = history.plot()
    assert [line.get_label() for line in axes.get_lines()] == ["training", "validation", "lowest"]
    assert axes.get_lines()[0].get_ydata().tolist() == history.losses
    assert axes.get_yscale() == "log"
    assert rg.History(losses=[1.0, -1.0]).plot(axes) is axes
    pyplot.close("all")


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    """A missing package is told with the extra that brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(rg.MissingDependency, match=r"rojasgraph\[train\]"):
        rg.History(losses=[1.0]).plot()


def test_without_scipy_the_extra_is_named(monkeypatch):
    """So with the optimizers that are scipy's."""
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(rg.MissingDependency, match=r"rojasgraph\[train\]"):
        quiet(xor_net(), inputs=XOR, targets=ANSWERS, optimizer="lbfgs")


# --- what is refused ----------------------------------------------------------------------------

REFUSED = {
    "rows": ({"inputs": XOR[:, :1]}, r"2 columns, for \['x1', 'x2'\]; got the shape \(4, 1\)"),
    "counts": ({"targets": ANSWERS[:3]}, r"'x1' has 4, 't' has 3"),
    "none": ({"inputs": XOR[:0], "targets": ANSWERS[:0]}, "no example"),
    "nan": ({"targets": [0, 1, np.nan, 0]}, "'t' is nan in example 2"),
    "inf": ({"inputs": XOR - [[0, np.inf]]}, "'x2' is -inf in example 0"),
    "text": ({"targets": list("abcd")}, "targets of dtype .* no real numbers"),
    "ragged": ({"inputs": [[1, 2], [3]]}, "rows are of different lengths"),
    "probabilities": (
        {"targets": 2 * ANSWERS - 1, "loss": "sigmoid_cross_entropy"},
        r"'t' is -1.0 in example 0: the targets of a cross entropy are probabilities",
    ),
    "unknown": ({"inputs": {"x1": [1.0], "z": [2.0]}}, r"\['z'\] are none of"),
    "missing": ({"inputs": {"x1": XOR[:, 0]}}, r"no data for \['x2'\]"),
    "batch": ({"batch": 0}, "batch must be None .* got 0"),
    "epochs": ({"epochs": 2.5}, "epochs must be .* got 2.5"),
    "optimizer": ({"optimizer": "adm"}, "did you mean 'adam'"),
    "loss": ({"loss": "sqared"}, "did you mean 'squared'"),
    "reduction": ({"reduction": "max"}, "'sum' or 'mean'"),
    "validation": ({"validation": XOR}, r"validation is a pair"),
    "stop": ({"stop": rg.EarlyStopping}, r"rg.EarlyStopping\(...\)"),
    "stop too": ({"stop": "soon"}, "got 'soon'"),
    "engine": ({"engine": "steam"}, "steam"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    """A wrong call says what came and what is allowed, before any weight moves."""
    options, message = REFUSED[case]
    net = xor_net()
    before = weights_of(net)
    with pytest.raises((rg.ArgumentError, rg.MissingValue), match=message):
        quiet(net, **({"inputs": XOR, "targets": ANSWERS} | options))
    assert weights_of(net) == before


def test_networks_that_are_refused():
    """Nothing to learn, no single error, an extended network with another loss, a bare graph."""
    fixed = rg.Network()
    fixed.add_input("x")
    fixed.add_unit("o", "tanh")
    fixed.add_edge("x", "o", weight=1.0)
    with pytest.raises(rg.ArgumentError, match="nothing to learn"):
        quiet(fixed, inputs=[1.0], targets=[1.0])
    with pytest.raises(rg.ArgumentError, match=r"one output must be the error; it has 2"):
        quiet(rg.layered([2, 2]), inputs=XOR)
    with pytest.raises(rg.ArgumentError, match="has its loss"):
        quiet(rg.extend(xor_net()), inputs=XOR, targets=ANSWERS, loss="squared")
    with pytest.raises(rg.ArgumentError, match="has its loss, and the reduction 'sum'"):
        quiet(rg.extend(xor_net()), inputs=XOR, targets=ANSWERS, reduction="mean")
    with pytest.raises(rg.ArgumentError, match=r"rg.Network\(graph\)"):
        quiet(object(), inputs=XOR)


def test_streams_that_are_refused():
    """An iterator that is used up, batches that are none, a batch size."""
    pairs = [(XOR, ANSWERS)]
    with pytest.raises(rg.ArgumentError, match="gave no batch"):
        quiet(xor_net(), inputs=iter(pairs), loss="squared", epochs=2)
    with pytest.raises(rg.ArgumentError, match="batch 0 is a ndarray"):
        quiet(xor_net(), inputs=iter([XOR]), loss="squared")
    with pytest.raises(rg.ArgumentError, match="leave batch= out"):
        quiet(xor_net(), inputs=pairs, loss="squared", batch=2)


@pytest.mark.parametrize("settings", [{"patience": 0}, {"patience": 1.5}, {"improvement": -1}])
def test_early_stopping_refuses_what_cannot_be(settings):
    """Its settings are checked where they are given."""
    with pytest.raises(rg.ArgumentError, match="patience is a whole number"):
        rg.EarlyStopping(**settings)
