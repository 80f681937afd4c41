"""Recurrent networks: backpropagation through time, truncation, Elman's cell and the LSTM."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries
from tests.strategies import networks

CASES = json.loads((Path(__file__).parent.parent / "reference" / "analytic_cases.json").read_text())


def one_unit(w=0.8, u=0.5):
    """Make the smallest recurrent cell: h_next = tanh(u x + w h)."""
    cell = rg.Network()
    cell.add_input("x")
    cell.add_input("h")
    cell.add_unit("h_next", "tanh")
    cell.add_edge("x", "h_next", weight=u, trainable=True)
    cell.add_edge("h", "h_next", weight=w, trainable=True)
    return cell


def by_time(rnn, columns):
    """Feed an unfolded network with an array of (examples, steps, inputs)."""
    return dict(zip(rnn.inputs, columns.reshape(len(columns), -1).T, strict=True))


def independent(rnn, cell):
    """Copy an unfolded network, each copy of a trainable weight a weight of its own."""
    net = rnn.copy()
    owner = {}
    for *edge, data in net.edges(keys=True, data=True):
        name = data.get("parameter")
        if name is not None and name not in cell:
            del data["parameter"]
            data["weight"] = net.nodes[name]["value"]
            owner[tuple(edge)] = name
    net.remove_nodes_from(set(owner.values()))
    return net, owner


def test_through_time_by_hand():
    """The forward values and the two derivatives of three steps, written out."""
    rnn = rg.unfold(one_unit(), 3, {"h_next": "h"}, outputs="last")
    xs = [0.5, -1.0, 2.0]
    assert rnn.outputs == [("h_next", 3)]
    values = rnn.feed_forward({("x", t): x for t, x in enumerate(xs, 1)})
    slopes = rnn.backpropagate()
    h, hs = 0.0, [0.0]
    for x in xs:
        h = np.tanh(0.5 * x + 0.8 * h)
        hs.append(h)
    d = [1 - h * h for h in hs[1:]]
    deltas = [d[0] * 0.8 * d[1] * 0.8 * d[2], d[1] * 0.8 * d[2], d[2]]
    assert values["h_next", 3] == pytest.approx(h)
    assert slopes["x", "h_next", 0] == pytest.approx(np.dot(deltas, xs))
    assert slopes["h", "h_next", 0] == pytest.approx(np.dot(deltas, hs[:3]))


@given(networks(), st.integers(1, 4), st.data())
@tries(40)
def test_a_shared_weight_gets_the_sum_over_its_copies(drawn, steps, data):
    """Exactly, on random cells: copies as independent weights, added up (section 7.4)."""
    cell, fed = drawn
    small = [n for n in cell.outputs if n not in cell.inputs]
    state = {small[0]: cell.inputs[0]}
    rnn = rg.unfold(cell, steps, state, initial=None)
    values = {(name, t): Fraction(fed[name]) for name in fed for t in range(steps + 1)}
    given_values = {name: values[name] for name in rnn.inputs}
    try:
        with np.errstate(all="ignore"):
            outputs = rnn.feed_forward(given_values, strict=True)
    except rg.DomainError:
        return  # a later step divides by 0
    seeds = {name: data.draw(st.integers(-2, 2)) for name in outputs}
    slopes = rnn.backpropagate(seeds)
    other, owner = independent(rnn, cell)
    assert other.feed_forward(given_values) == outputs
    own = other.backpropagate(seeds)
    for name in set(owner.values()):
        total = sum(own.edges[edge] for edge, p in owner.items() if p == name)
        assert slopes[name] == total
    for name in rnn.inputs:
        assert slopes[name] == own[name]


def test_a_cell_is_what_it_computes_step_by_step():
    """Unfolding gives what running the cell in a loop gives."""
    cell, rng = rg.lstm(2, 3, 2, rng=1), np.random.default_rng(0)
    rnn = rg.unfold(cell, 5)
    X = rng.normal(size=(4, 5, 2))
    found = rnn.feed_forward(by_time(rnn, X))
    state = dict.fromkeys(cell.graph["state"].values(), np.zeros(4))
    for t in range(5):
        cell.feed_forward({"x1": X[:, t, 0], "x2": X[:, t, 1], **state})
        for name in ("y1", "y2"):
            assert found[name, t + 1] == pytest.approx(cell.nodes[name]["value"])
        state = {to: cell.nodes[name]["value"] for name, to in cell.graph["state"].items()}


def test_the_lstm_is_its_equations():
    """One step of two memories, in matrices."""
    cell, rng = rg.lstm(1, 2, 1, rng=3), np.random.default_rng(1)
    x, h, c = rng.normal(), rng.normal(size=2), rng.normal(size=2)
    fed = {"x1": x, "h1_last": h[0], "h2_last": h[1], "c1_last": c[0], "c2_last": c[1]}
    output = cell.feed_forward(fed)["y1"]

    def gate(letter, function):
        seen = ["x1", "h1_last", "h2_last", "bias"]
        W = [[cell.edges[s, f"{letter}{i}", 0]["weight"] for s in seen] for i in (1, 2)]
        return function(np.array(W) @ np.array([x, *h, 1.0]))

    sigmoid = rg.sigmoid
    new = gate("f", sigmoid) * c + gate("i", sigmoid) * gate("g", np.tanh)
    shown = gate("o", sigmoid) * np.tanh(new)
    wanted = sum(cell.edges[f"h{i}", "y1", 0]["weight"] * shown[i - 1] for i in (1, 2))
    assert output == pytest.approx(wanted + cell.edges["bias", "y1", 0]["weight"])
    assert cell.edges["bias", "f2", 0]["weight"] == 1.0


@pytest.mark.parametrize("make", [rg.elman, rg.lstm])
def test_gradients_through_time_are_slopes(make):
    """Against differences, all weights and inputs at once."""
    rnn = rg.extend(rg.unfold(make(1, 2, 1, rng=2), 4))
    rng = np.random.default_rng(0)
    rg.check_gradients(rnn, {name: rng.normal() for name in rnn.inputs})


def test_truncation_cuts_the_way_back_only():
    """Values stay; a derivative crosses no cut."""
    whole = rg.unfold(one_unit(), 5, {"h_next": "h"})
    cut = rg.unfold(one_unit(), 5, {"h_next": "h"}, truncate=2)
    fed = {("x", t): 0.3 * t for t in range(1, 6)}
    assert cut.feed_forward(fed) == whole.feed_forward(fed)
    slopes, last = whole.backpropagate(("h_next", 4)), cut.backpropagate(("h_next", 4))
    assert [last["x", t] != 0 for t in range(1, 6)] == [False, False, True, True, False]
    assert last["x", 3] == slopes["x", 3]
    assert cut.nodes["h", 3]["op"] == cut.nodes["h", 5]["op"] == "stop_gradient"
    assert ("h", 2) not in cut


def test_pieces_of_a_long_sequence():
    """With the states as inputs, two pieces of two steps give the values of four."""
    whole = rg.unfold(one_unit(), 4, {"h_next": "h"})
    piece = rg.unfold(one_unit(), 2, {"h_next": "h"}, initial=None)
    xs = [0.1, -0.4, 0.9, 0.2]
    wanted = whole.feed_forward({("x", t): x for t, x in enumerate(xs, 1)})
    state, found = 0.0, []
    for start in (0, 2):
        values = piece.feed_forward({("h", 0): state, ("x", 1): xs[start], ("x", 2): xs[start + 1]})
        found += values.values()
        state = found[-1]
    assert found == list(wanted.values())


def test_states_may_be_delays():
    """A state may be fed from an input, or from another state: a line of delays."""
    cell = rg.Network()
    for name in ("x", "d1", "d2"):
        cell.add_input(name)
    cell.add_unit("y", "add")
    for name, weight in (("x", 1), ("d1", 10), ("d2", 100)):
        cell.add_edge(name, "y", weight=weight)
    rnn = rg.unfold(cell, 4, {"x": "d1", "d1": "d2"}, initial={"d1": 7, "d2": 8})
    values = rnn.feed_forward({("x", t): t for t in range(1, 5)})
    assert list(values.values()) == [871, 712, 123, 234]


def test_what_only_feeds_the_next_step_is_no_output():
    """The outputs are the cell's others, at every step or the last."""
    cell = rg.elman(1, 2, 1)
    assert rg.unfold(cell, 2).outputs == [("y1", 1), ("y1", 2)]
    assert rg.unfold(cell, 2, outputs="last").outputs == [("y1", 2)]
    assert rg.unfold(one_unit(), 2, {"h_next": "h"}).outputs == [("h_next", 1), ("h_next", 2)]


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
def test_it_learns_through_time_and_folds_back(engine):
    """A cell that was trained on four steps does its work on nine."""
    rng = np.random.default_rng(0)
    X = rng.choice([-1.0, 1.0], size=(60, 4))
    T = np.cumsum(X, axis=1) / 4
    cell = rg.elman(1, 2, 1, rng=0, activation="identity")
    rnn = rg.unfold(cell, 4)
    history = rg.train(rnn, inputs=X[..., None], targets=T, reduction="mean", epochs=150,
                       progress=False, engine=engine)  # fmt: skip
    assert history.final < 1e-3
    rg.fold(rnn, cell)
    longer = rg.unfold(cell, 9)
    xs = rng.choice([-1.0, 1.0], size=(5, 9))
    found = rg.compile(longer).feed_forward(xs).array
    assert found == pytest.approx(np.cumsum(xs, axis=1) / 4, abs=0.3)


def test_copies_are_told_apart_in_drawings():
    """Each copy has its step, for groups, and a label with it."""
    rnn = rg.unfold(one_unit(), 2, {"h_next": "h"})
    assert rnn.nodes["h_next", 2]["label"] == "h_next(2)"
    assert rnn.nodes["x", 1]["time"] == 1
    assert rg.text(rnn)


def test_labels_of_the_cell_are_left_behind():
    """A cell that was labeled unfolds without labels."""
    cell = one_unit()
    cell.feed_forward(x=1.0, h=0.0)
    cell.backpropagate()
    rnn = rg.unfold(cell, 2, {"h_next": "h"})
    assert not [d for _, d in rnn.nodes(data=True) if "adjoint" in d]
    assert not [d for *_, d in rnn.edges(data=True) if "derivative" in d]


REFUSED = {
    "no state": (lambda c: rg.unfold(c, 2), r"got None"),
    "no node": (lambda c: rg.unfold(c, 2, {"z": "h"}), "the cell has no node 'z'"),
    "no input": (lambda c: rg.unfold(c, 2, {"x": "h_next"}), "the cell has no input 'h_next'"),
    "twice": (lambda c: rg.unfold(c, 2, {"h_next": "h", "x": "h"}), "fed by one node"),
    "steps": (lambda c: rg.unfold(c, 0, {"h_next": "h"}), "steps must be .* got 0"),
    "truncate": (lambda c: rg.unfold(c, 2, {"h_next": "h"}, truncate=0), "truncate must be"),
    "initial": (lambda c: rg.unfold(c, 2, {"h_next": "h"}, initial={"x": 0}), "a number for each"),
    "outputs": (lambda c: rg.unfold(c, 2, {"h_next": "h"}, outputs="first"), "'all' or 'last'"),
    "other cell": (lambda c: rg.fold(rg.unfold(rg.elman(1, 1, 1), 2), c), "has no weight"),
    "sizes": (lambda c: rg.lstm(1, 0, 1), "one or more of each; got 1, 0, 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    """A wrong call says what came and what is allowed."""
    make, message = REFUSED[case]
    with pytest.raises(rg.ArgumentError, match=message):
        make(one_unit())
