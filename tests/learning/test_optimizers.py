"""Optimizers: the exact traces, resuming to the bit, and what each is known for."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.learning.optimizers.registry import OPTIMIZERS, optimizer_of
from tests.effort import tries

F = Fraction
TRACES = json.loads(
    (Path(__file__).parent.parent / "reference" / "optimizer_traces.json").read_text()
)["traces"]
TRACED = {
    "gd": rg.GradientDescent(F(1, 2)),
    "momentum": rg.Momentum(F(1, 2), F(1, 4)),
    "silva_almeida": rg.SilvaAlmeida(F(1, 5), F(6, 5), F(7, 10)),
    "delta_bar_delta": rg.DeltaBarDelta(F(1, 5), F(35, 1000), F(2, 3), F(7, 10)),
    "rprop": rg.Rprop(F(1, 10), F(6, 5), F(1, 2)),
    "quickprop": rg.Quickprop(F(1, 5), F(7, 4)),
    "qrprop": rg.QRprop(F(1, 10), F(6, 5), F(1, 2)),
    "dynamic_adaption": rg.DynamicAdaption(F(1, 5), F(17, 10)),
}


def walk(optimizer, surface, start, steps, memory=None):
    """List the positions of some steps, the start among them; a walk may leave the numbers."""
    with np.errstate(all="ignore"):
        return list(islice(optimizer.descend(surface, np.asarray(start), memory), steps + 1))


def test_every_trace_is_met():
    """No trace of the reference is left out."""
    assert set(TRACED) == set(TRACES)


@pytest.mark.parametrize("name", TRACES)
def test_traces(name):
    """Exact where the trace is exact; where it is too long for that, the same double."""
    slopes = np.array([F(9, 10), F(1, 2)], dtype=object)
    start = np.array([F(1), F(-1)], dtype=object)
    optimizer = TRACED[name]
    found = walk(optimizer, lambda w: ((slopes * w * w).sum(), 2 * slopes * w), start, 12)
    for position, row in zip(found[1:], TRACES[name], strict=True):
        for weight, exact, double in zip(
            position.weights, row["w_exact"], row["w_float"], strict=True
        ):
            assert isinstance(weight, F)
            if exact is not None:
                assert weight == F(exact)
            assert float(weight) == double
        assert float((slopes * position.weights**2).sum()) == pytest.approx(row["E"], rel=1e-13)


@pytest.mark.parametrize("name", [n for n in TRACED if n not in {"rprop", "qrprop"}])
def test_traces_in_floats(name):
    """Floats follow the exact trace to rounding."""
    slopes = np.array([0.9, 0.5])
    optimizer = type(TRACED[name])(**{f: float(getattr(TRACED[name], f)) for f in fields(name)})
    found = walk(optimizer, lambda w: (slopes @ (w * w), 2 * slopes * w), [1.0, -1.0], 12)
    for position, row in zip(found[1:], TRACES[name], strict=True):
        assert position.weights == pytest.approx(row["w_float"], rel=1e-9, abs=1e-14)


def fields(name):
    """List the settings of a traced optimizer."""
    return type(TRACED[name]).__dataclass_fields__


def valley(w):
    """Rosenbrock's function and its gradient."""
    a, b = w
    return (
        (1 - a) ** 2 + 5 * (b - a * a) ** 2,
        np.array([-2 * (1 - a) - 20 * a * (b - a * a), 10 * (b - a * a)]),
    )


def valley_curvature(w):
    """Give the second derivatives of Rosenbrock's function."""
    a, b = w
    return np.array([[2 - 20 * (b - 3 * a * a), -20 * a], [-20 * a, 10.0]])


def with_curvature(name):
    """Make an optimizer with its defaults, and with the second derivatives it may ask for."""
    if name == "newton":
        return rg.Newton(valley_curvature)
    if name == "pseudo_newton":
        return rg.PseudoNewton(lambda w: valley_curvature(w).diagonal())
    if name in {"gradient_descent", "momentum", "nesterov", "silva_almeida", "delta_bar_delta"}:
        return OPTIMIZERS[name](rate=0.01)
    if name in {"conjugate_gradient", "lbfgs"}:
        return OPTIMIZERS[name](iterations=2)
    return OPTIMIZERS[name]()


@pytest.mark.parametrize("name", OPTIMIZERS)
@tries(25)
@given(before=st.integers(0, 7), after=st.integers(1, 7), seed=st.integers(0, 9))
def test_going_on_from_a_position_is_the_same_walk(name, before, after, seed):
    """A new generator, given a position's weights and memory, makes the same steps to the bit."""
    start = np.random.default_rng(seed).normal(size=2)
    optimizer = with_curvature(name)
    whole = walk(optimizer, valley, start, before + after)
    if len(whole) <= before:
        return  # it arrived
    middle = whole[before]
    kept = {key: np.array(value) for key, value in middle.memory.items()}
    again = walk(optimizer, valley, middle.weights.copy(), after, kept)
    for one, other in zip(whole[before:], again, strict=True):
        assert one.weights.tobytes() == other.weights.tobytes()
        assert {k: v.tobytes() for k, v in one.memory.items()} == {
            k: v.tobytes() for k, v in other.memory.items()
        }


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_position_is_changed_later(name):
    """What was yielded stays, and neither the start nor a gradient is written to."""
    gradients = []

    def surface(w):
        value, gradient = valley(w)
        gradient.flags.writeable = False
        gradients.append(gradient)
        return value, gradient

    start = np.array([-1.0, 0.5])
    start.flags.writeable = False
    positions, copies = [], []
    for position in islice(with_curvature(name).descend(surface, start), 8):
        positions.append(position)
        copies.append((position.weights.copy(), {k: v.copy() for k, v in position.memory.items()}))
    for position, (weights, memory) in zip(positions, copies, strict=True):
        assert np.array_equal(position.weights, weights)
        assert all(np.array_equal(position.memory[k], v) for k, v in memory.items())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_down_the_valley(name):
    """Each goes far down towards Rosenbrock's minimum at (1, 1), the unbounded ones for a while."""
    steps = 30 if name in {"silva_almeida", "delta_bar_delta"} else 600
    heights = [valley(p.weights)[0] for p in walk(with_curvature(name), valley, [-0.5, 0.5], steps)]
    assert min(heights) < 0.5 * heights[0]


@pytest.mark.parametrize("name", ["silva_almeida", "delta_bar_delta"])
def test_rates_that_grow_without_bound(name):
    """They have none: along a valley they leave the numbers, and no error is raised for it."""
    last = walk(with_curvature(name), valley, [-0.5, 0.5], 600)[-1].weights
    assert not np.isfinite(last).all()


@pytest.mark.parametrize("name", ["newton", "conjugate_gradient", "lbfgs"])
def test_the_fast_ones_arrive(name):
    """They end by themselves, at the minimum."""
    optimizer = with_curvature(name) if name == "newton" else OPTIMIZERS[name]()
    positions = walk(optimizer, valley, [-0.5, 0.5], 200)
    assert len(positions) < 100
    assert positions[-1].weights == pytest.approx([1.0, 1.0], abs=1e-6)


@given(st.integers(1, 5), st.integers(0, 99))
def test_newton_needs_one_step_on_a_quadratic(size, seed):
    """−H⁻¹∇E leads to the minimum of a parabola at once."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    H, minimum = root @ root.T + np.eye(size), rng.normal(size=size)
    optimizer = rg.Newton(lambda w: H)
    positions = walk(
        optimizer,
        lambda w: ((w - minimum) @ H @ (w - minimum) / 2, H @ (w - minimum)),
        rng.normal(size=size),
        1,
    )
    assert positions[1].weights == pytest.approx(minimum, abs=1e-9)


@pytest.mark.parametrize("curvature", [-1.0, 0.0, math.nan])
def test_newton_goes_downhill_where_the_curvature_does_not(curvature):
    """Where H is not positive definite, or is nan, the step still lowers the error."""
    optimizer = rg.Newton(lambda w: np.full((1, 1), curvature))
    first, second = walk(optimizer, lambda w: (np.cos(w[0]), -np.sin(w)), [0.3], 1)
    assert np.cos(second.weights[0]) < np.cos(first.weights[0])


def test_newton_ends_where_nothing_lowers_the_error():
    """At a minimum the walk ends; a line search ends where rounding hides the slope."""
    flat = rg.Newton(lambda w: np.eye(1))
    assert len(walk(flat, lambda w: (0.0, np.zeros(1)), [1.0], 5)) == 1
    assert len(walk(flat, lambda w: (1.0, np.array([-1e-30])), [1.0], 5)) == 1
    assert len(walk(flat, lambda w: (w[0], np.array([-1.0])), [1.0], 5)) == 1  # a false slope


def test_second_derivatives_must_come_from_somewhere():
    """A plain function has none: the error says how to give them."""
    with pytest.raises(rg.ArgumentError, match=r"Newton needs .* Newton\(curvature=function"):
        walk(rg.Newton(), valley, [0.0, 0.0], 1)
    with pytest.raises(rg.ArgumentError, match=r"PseudoNewton\(diagonal=function"):
        walk(rg.PseudoNewton(), valley, [0.0, 0.0], 1)


def test_adam_is_the_published_algorithm():
    """Against a scalar transcript of algorithm 1, step by step."""
    theta, m, v = 2.0, 0.0, 0.0
    found = walk(rg.Adam(rate=0.1), lambda w: (w @ w, 2 * w), [2.0], 20)
    for t in range(1, 21):
        g = 2 * theta
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
        assert found[t].weights[0] == pytest.approx(theta, rel=1e-12)


def test_nesterov_looks_ahead():
    """The velocity form, by hand: v = αv − γ∇E(w + αv)."""
    asked = []

    def surface(w):
        asked.append(w.tolist())
        return w @ w, 2 * w

    found = walk(rg.Nesterov(F(1, 4), F(1, 2)), surface, np.array([F(1)], dtype=object), 2)
    assert [p.weights[0] for p in found] == [1, F(1, 2), F(1, 8)]
    assert asked == [[1], [F(1, 4)]]


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("k", [0.5, 3.0])
def test_momentum_converges_up_to_its_bound(k, momentum):
    """On kx² it converges for γ < (1+α)/k, and not beyond."""
    bound = (1 + momentum) / k

    def last(rate):
        return abs(
            walk(rg.Momentum(rate, momentum), lambda w: (k * w @ w, 2 * k * w), [1.0], 2000)[
                -1
            ].weights[0]
        )

    assert last(0.99 * bound) < 1e-3
    assert last(1.01 * bound) > 10


def test_the_best_rate_of_two_parabolas():
    """For 0.9x² + 0.5y² the best rate is 1/(0.9 + 0.5): section 8.1."""
    slopes = np.array([0.9, 0.5])

    def left(rate):
        found = walk(
            rg.GradientDescent(rate), lambda w: (slopes @ (w * w), 2 * slopes * w), [1.0, 1.0], 40
        )
        return np.abs(found[-1].weights).max()

    best = 1 / 1.4
    assert left(best) < min(left(best * 0.97), left(best * 1.03))


def test_rprop_keeps_its_bounds_and_ignores_the_size_of_the_slope():
    """Steps stay between the shortest and the longest; the slope's scale changes nothing."""
    optimizer = rg.Rprop(longest=0.3, shortest=0.05)
    one = walk(optimizer, lambda w: (abs(w[0]), np.sign(w)), [2.02], 60)
    other = walk(optimizer, lambda w: (abs(w[0]), 1e-200 * np.sign(w)), [2.02], 60)
    steps = np.array([p.memory["steps"][0] for p in one])
    assert (steps.min(), steps.max()) == (0.05, 0.3)
    assert [p.weights[0] for p in one] == [p.weights[0] for p in other]


def test_quickprop_goes_downhill_on_a_hill():
    """Where the parabola opens downwards the step stays downhill, at its longest."""
    found = walk(rg.Quickprop(rate=0.1), lambda w: (-w @ w, -2 * w), [0.1], 6)
    path = np.array([p.weights[0] for p in found])
    assert (np.diff(path) > 0).all()
    assert np.diff(path)[2] >= 1.75 * np.diff(path)[1]


def test_quickprop_starts_again_after_a_rest():
    """A weight whose slope was 0 moves once it has one."""
    slopes = iter([0.0, 0.0, 1.0, 1.0])
    found = walk(rg.Quickprop(0.5), lambda w: (0.0, np.array([next(slopes)])), [0.0], 3)
    assert [p.weights[0] for p in found] == [0.0, 0.0, 0.0, -0.5]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rg.GradientDescent(0), "rate must lie above 0 and below inf; got 0"),
        (lambda: rg.GradientDescent(math.nan), "rate must lie above 0 .* got nan"),
        (lambda: rg.GradientDescent("fast"), "got 'fast'"),
        (lambda: rg.Momentum(momentum=1), "momentum must lie from 0 up and below 1; got 1"),
        (lambda: rg.Nesterov(momentum=-0.1), "Nesterov: momentum must lie from 0 up"),
        (lambda: rg.DynamicAdaption(factor=1), "factor must lie above 1"),
        (lambda: rg.SilvaAlmeida(down=1), "down must lie above 0 and below 1"),
        (lambda: rg.DeltaBarDelta(average=1), "DeltaBarDelta: average"),
        (lambda: rg.Rprop(up=1), "up must lie above 1"),
        (lambda: rg.Rprop(shortest=60), "shortest must lie from 0 up and below 50; got 60"),
        (lambda: rg.QRprop(down=2), "QRprop: down"),
        (lambda: rg.Quickprop(growth=1), "growth"),
        (lambda: rg.Adam(average=1), "Adam: average"),
        (lambda: rg.PseudoNewton(floor=0), "floor"),
        (lambda: rg.LBFGS(iterations=0), "iterations must be a whole number from 1 up; got 0"),
        (lambda: rg.LBFGS(pairs=1.5), "pairs must be a whole number"),
        (lambda: rg.ConjugateGradient(iterations=True), "got True"),
        (lambda: optimizer_of("rpop"), "did you mean 'rprop'"),
        (lambda: optimizer_of(rg.Rprop), "like rg.Rprop\\(\\)"),
    ],
)
def test_settings_that_cannot_work(make, message):
    """A setting outside its bounds is refused where it is given."""
    with pytest.raises(rg.ArgumentError, match=message):
        make()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_memory_of_another_optimizer_is_refused(name):
    """A memory with other names is not taken for one's own."""
    with pytest.raises(rg.ArgumentError, match="this optimizer remembers"):
        walk(with_curvature(name), valley, [0.0, 0.0], 1, {"other": np.zeros(2)})
