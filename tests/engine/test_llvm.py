"""The engine of LLVM gives what the reference labeling gives, and its code is kept on disk."""

import gc
import itertools
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine.program import Program
from rojasgraph.engine.registry import ENGINES, Entry
from rojasgraph.table import TABLE
from tests.engine.compare import compare

pytest.importorskip("llvmlite")

quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True, scope="module")
def registered():
    """Let the engine be found by its name."""
    entry = Entry("rojasgraph.engine.llvm.engine", "LlvmEngine", "llvmlite", "fast")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENGINES, "llvm", entry)
        yield


def network_of(name, slots, spread):
    """Feed each slot of a primitive from two inputs, over weights, and let the result fan out."""
    row = TABLE[name]
    net = rg.Network()
    arguments = tuple({"exponent": 3.0, "factor": -0.5}.get(k, 0.3) for k in row.arguments)
    net.add_unit("f", name, arguments=arguments)
    for s in range(slots):
        for k in range(2):
            net.add_input((s, k))
            net.add_edge((s, k), "f", slot=s, weight=[1.0, 0.25][k])
    net.add_unit("left", "tanh")
    net.add_edge("f", "left", weight=spread)
    net.add_unit("right", "identity")
    net.add_edge("f", "right", weight=-0.5)
    net.add_edge("left", "right", weight=2.0)
    return net


POINTS = (-2.5, -1.0, -0.6, -0.0, 0.0, 0.3, 0.9, 1.0, 3.25, 40.0, 800.0, float("inf"))


@pytest.mark.once
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_primitive_on_and_off_its_domain(name, dtype):
    """Values, partials and gradients of each row are the reference's, nan and infinities too."""
    row = TABLE[name]
    slots = row.slots or 3
    net = network_of(name, slots, 0.125)
    points = list(itertools.product(POINTS, repeat=min(slots, 2)))
    fed = {
        (s, k): np.array([p[s % len(p)] if k == 0 else 0.125 * s for p in points])
        for s in range(slots)
        for k in range(2)
    }
    keep = np.ones(len(points), np.bool_)
    if dtype == "float32":  # what overflows differs
        keep = np.array([max(map(abs, p)) < 10 for p in points])
    compare(net, {k: x[keep] for k, x in fed.items()}, "llvm", ["right"], dtype=dtype)


# --- what other engines have no need to show ------------------------------------------------------


def program_of(kind, dtype="float64", threads=None, nodes=60):
    """Make a random program of several operations."""
    rng = np.random.default_rng(5)
    ops = ["input"] * 3 + [["tanh", "sigmoid", "sin", "relu"][i % 4] for i in range(nodes)]
    heads = np.repeat(np.arange(3, 3 + nodes), 4)
    tails = [rng.integers(max(0, j - 20), j) for j in heads.tolist()]
    weights = rng.normal(size=len(heads)) / 2
    return Program.from_arrays(
        ops, tails, heads, weights=weights, engine=kind, dtype=dtype, threads=threads
    )


def both_passes(program, batch):
    """Run both passes; give the outputs and both gradients."""
    X = np.random.default_rng(6).normal(size=(batch, 3))
    seed = np.random.default_rng(7).normal(size=(batch, len(program.outputs)))
    values, gradients = program.value_and_gradient(X, seed=seed)
    return values.array, gradients.weights, gradients.inputs


@quick
@given(batch=st.integers(1, 300), threads=st.integers(1, 4), single=st.booleans())
def test_any_batch_on_any_threads(batch, threads, single):
    """Tiles that are not full, and threads without a tile, change nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rojasgraph.engine.llvm.engine._WORTH_A_THREAD", 1)
        _compare_with_numpy(batch, threads, single)


def _compare_with_numpy(batch, threads, single):
    dtype = "float32" if single else "float64"
    got = both_passes(program_of("llvm", dtype, threads), batch)
    want = both_passes(program_of("numpy", dtype), batch)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=(2e-4 if single else 1e-11))


@pytest.mark.parametrize("batch", [1, 40, 1000])
def test_the_same_bits_each_time(batch, monkeypatch):
    """A pass that is run again, and by another program, gives the same bits."""
    monkeypatch.setattr("rojasgraph.engine.llvm.engine._WORTH_A_THREAD", 1)
    first = both_passes(program_of("llvm", threads=2), batch)
    for _ in range(3):
        again = both_passes(program_of("llvm", threads=2), batch)
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("batch", [1, 40])
def test_seeds_that_lie_otherwise(batch):
    """Seeds may be columns of another array, or one number for all."""
    programs = [program_of(kind) for kind in ("llvm", "numpy")]
    X = np.random.default_rng(8).normal(size=(batch, 3))
    whole = np.random.default_rng(9).normal(size=(batch, 2 * len(programs[0].outputs)))
    for seed in (whole[..., ::2], whole[..., : len(programs[0].outputs)], whole[..., 3:4]):
        full = np.broadcast_to(seed, (batch, len(programs[0].outputs)))
        found = [p.value_and_gradient(X, seed=full)[1].weights for p in programs]
        np.testing.assert_allclose(*found, rtol=0, atol=1e-12)


def test_a_row_that_cannot_be_recorded_is_left_to_numpy():
    """A user's row may compute with what is no function of the namespace."""
    rg.primitive(
        "odd_row",
        lambda xp, x: np.tanh(np.asarray(x, float)),
        lambda xp, y, x: (1 - np.tanh(np.asarray(x, float)) ** 2,),
        check=False,
    )
    try:
        found = [
            Program.from_arrays(["input", "odd_row"], [0], [1], engine=kind).value_and_gradient(
                {0: np.linspace(-1, 1, 9)}
            )[1][0]
            for kind in ("llvm", "numpy")
        ]
    finally:
        del TABLE["odd_row"]
    assert np.array_equal(*found)


def test_rows_of_any_number_of_slots():
    """A variadic row has code for each number of slots that occurs."""
    net = rg.Network()
    for i in range(6):
        net.add_input(i)
    for op in ("prod", "logsumexp"):
        for count in (1, 2, 5):
            net.add_unit((op, count), op)
            for s in range(count):
                net.add_edge(s + 1, (op, count), slot=s, weight=0.5 + s)
    rng = np.random.default_rng(10)
    compare(net, {i: rng.normal() for i in range(6)}, "llvm")
    compare(net, {i: rng.normal(size=21) for i in range(6)}, "llvm")


def test_functions_on_numbers_too_large_to_reduce():
    """Sine and cosine of huge numbers, beside small ones, are the C library's."""
    x = np.array([1e6, -3e22, 0.5, 1e300, 12345.678, 1e5, -1e5 - 1, np.inf])
    program = Program.from_arrays(["input", "sin"], [0], [1], engine="llvm")
    values, gradients = program.value_and_gradient({0: x})
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(values.array.ravel(), np.sin(x), rtol=1e-15)
        np.testing.assert_allclose(gradients[0], np.cos(x), rtol=1e-15)


def test_large_layers_are_left_to_matrices():
    """A network of fully connected layers is computed by numpy's BLAS, to the bit."""
    sizes = [64, 128, 96]
    starts = np.cumsum([0, *sizes])
    tails = np.concatenate([
        np.tile(np.arange(starts[i], starts[i + 1]), sizes[i + 1]) for i in range(2)
    ])  # fmt: skip
    heads = np.concatenate([
        np.repeat(np.arange(starts[i + 1], starts[i + 2]), sizes[i]) for i in range(2)
    ])  # fmt: skip
    rng = np.random.default_rng(11)
    weights, X = rng.normal(size=len(tails)) / 8, rng.normal(size=(256, 64))
    ops = ["input"] * 64 + ["tanh"] * 224
    found = [
        Program.from_arrays(ops, tails, heads, weights=weights, engine=kind)
        .value_and_gradient(X, seed=np.ones(96))[1].weights
        for kind in ("llvm", "numpy")
    ]  # fmt: skip
    assert np.array_equal(*found)


@pytest.mark.promise("within bounds", "What a pass or a step held is freed with it.")
@pytest.mark.parametrize("batch", [None, 40])
def test_what_a_step_held_is_freed(batch):
    """Nothing keeps the arrays of a step that nobody has any more."""
    step = program_of("llvm").prepare(batch, 62)
    step()
    held = [weakref.ref(array) for array in (step._task.examples, step._result.gradients)]
    del step
    gc.collect()
    assert [array() for array in held] == [None, None]
