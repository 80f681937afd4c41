"""A step over one example of a small network has machine code of its own, called directly."""

import gc
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import rojasgraph as rg
from rojasgraph.engine.program import Program
from rojasgraph.table import TABLE
from tests.engine.compare import TOLERANCE, gap
from tests.strategies import networks
from tests.test_primitives import argument_sets

pytest.importorskip("llvmlite")

from rojasgraph.engine.llvm import straight

KINDS = ("llvm", "numpy")
POINTS = (-2.5, -1.0, -0.0, 0.0, 0.3, 1.0, 3.25, 40.0, 800.0, np.inf, -np.inf, np.nan)


def walked(step):
    """Tell whether a step walks arrays."""
    return step.__call__.__self__[3]._name == "single"


def steps_of(net, monkeypatch, *arguments, **options):
    """Prepare a step with code of its own, however long, and one of numpy."""
    monkeypatch.setattr(straight, "_LONGEST", 10**6)
    return [rg.compile(net, kind).prepare(None, *arguments, **options) for kind in KINDS]


def found(step, inputs):
    """Run a step."""
    step.inputs[:] = inputs
    step()
    return [x.copy() for x in (step.outputs, step.input_gradient, step.weight_gradient)]


def every_primitive():
    """Make a network of all primitives, each fed over weights, the first two inputs to a slot."""
    net = rg.Network()
    for i in range(6):
        net.add_input(i)
    for name, row in TABLE.items():
        slots = row.slots or 3
        for number, arguments in enumerate(argument_sets(row)):
            unit = net.add_unit((name, number), name, arguments=arguments, output=True)
            for s in range(slots):
                net.add_edge(2 * s, unit, slot=s, weight=1.0)
                net.add_edge(2 * s + 1, unit, slot=s)
    return net


def test_every_primitive_on_and_off_its_domain(monkeypatch):
    """Each row in code of its own gives what numpy gives, nan and infinities too."""
    net = every_primitive()
    steps = steps_of(net, monkeypatch, seed=np.linspace(0.5, 1.5, len(net.outputs)))
    assert not walked(steps[0])
    for inputs in ([a, 0.0, b, 0.125, 0.5, 0.0] for a in POINTS for b in POINTS):
        got, want = (found(step, inputs) for step in steps)
        assert gap(got[0], want[0]) <= TOLERANCE["float64"]
        assert gap(got[2], want[2]) <= TOLERANCE["float64"]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=networks(analytic=True))
def test_random_networks(case):
    """Both agree on random networks, with weights that changed and with nan that is fed."""
    net, fed = case
    seeds = {name: 1.0 + i for i, name in enumerate(net.outputs)}
    with pytest.MonkeyPatch.context() as patch:
        try:
            steps = steps_of(net, patch, seeds)
        except rg.ArgumentError:  # an output depends on no input
            return
    rng = np.random.default_rng(1)
    inputs = np.array([float(x) for x in fed.values()])
    for nan in (False, True):
        weights = rng.uniform(-1, 1, len(steps[0].weights))
        for step in steps:
            step.weights[:] = weights
        results = [found(step, np.where(nan, np.nan, inputs)) for step in steps]
        scale = max(1.0, *(np.abs(x[np.isfinite(x)]).max(initial=0) for x in results[1]))
        assert max(map(gap, *results)) <= TOLERANCE["float64"] * scale


def test_the_same_bits_each_time():
    """A step gives the same bits from call to call, and from program to program."""
    x, y = rg.inputs("x y")
    E = (rg.sin(x * y) ** 3 + x**y + rg.log(x) / y).named("E")
    steps = [rg.compile(rg.Network.from_expressions(E), "llvm").prepare() for _ in range(2)]
    bits = [[a.tobytes() for a in found(step, [0.7, 1.3])] for step in (*steps, *steps)]
    assert bits == [bits[0]] * 4


def test_it_outlives_what_it_was_made_from():
    """The function alone keeps all that it needs; the arrays that it writes to are there."""
    program = Program.from_arrays(["input", "square"], [0], [1], weights=[3.0], engine="llvm")
    step = program.prepare()
    run, inputs, outputs = step.__call__, step.inputs, step.outputs
    del program, step
    gc.collect()
    inputs[:] = 2.0
    assert run() is None
    assert outputs == [36.0]
    references = sys.getrefcount(None)
    for _ in range(1000):
        run()
    assert abs(sys.getrefcount(None) - references) < 100  # each call gives None one, and one back


def test_it_takes_no_arguments():
    """As any function, it says so."""
    step = Program.from_arrays(["input", "square"], [0], [1], engine="llvm").prepare()
    with pytest.raises(TypeError, match=r"step\(\) takes no arguments"):
        step(1)


def test_single_precision():
    """It computes in float32 as numpy does."""
    x, y = rg.inputs("x y")
    net = rg.Network.from_expressions((rg.sin(x * y) ** 3 + x**y + rg.log(x) / y).named("E"))
    steps = [rg.compile(net, kind, dtype="float32").prepare() for kind in KINDS]
    assert not walked(steps[0])
    results = [found(step, [0.7, 1.3]) for step in steps]
    assert results[0][1].dtype == np.float32
    assert max(map(gap, *results)) <= 1e-6


def test_sources_alone():
    """A network without operations gives what it is fed."""
    program = Program.from_arrays(["input", "input"], [], [], outputs=[1, 0], engine="llvm")
    step = program.prepare(None, [1])
    assert not walked(step)
    outputs, slopes, _ = found(step, [2.0, 3.0])
    assert (outputs.tolist(), slopes.tolist()) == ([3.0, 2.0], [0.0, 1.0])


def test_what_nobody_asks_for_is_not_computed():
    """The derivative by a constant exponent, which takes a logarithm, is left out of the code."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions((x ** rg.constant(2.5)).named("E"))
    step = rg.compile(net, "llvm").prepare()
    assert np.allclose(found(step, [2.0])[1], 2.5 * 2.0**1.5, rtol=1e-15)


def test_a_forward_pass_alone():
    """It writes the outputs, and nothing else."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions((rg.exp(x) - 1).named("E"))
    step = rg.compile(net, "llvm").prepare(gradient=False)
    assert not walked(step)
    assert found(step, [0.0])[0] == [0.0]
    assert found(step, [1.0])[0] == pytest.approx([np.expm1(1.0)], rel=1e-15)


def test_long_code_is_not_written():
    """A network that would compile for long walks arrays."""
    ops = ["input", *["tanh"] * 200]
    program = Program.from_arrays(ops, range(200), range(1, 201), weights=1.0, engine="llvm")
    step = program.prepare()
    assert walked(step)
    assert found(step, [0.5])[0] == pytest.approx(program.feed_forward({0: 0.5})[200])
