"""A program's sweeps over path algebras answer what the labeling's sweeps do."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph import algebras
from rojasgraph.engine.registry import ENGINES, installed
from rojasgraph.table import TABLE
from tests.effort import tries
from tests.strategies import networks
from tests.test_algebras import is_close
from tests.test_paths import ladder
from tests.test_sweeping import own

HERE = [name for name, entry in ENGINES.items() if name in {"numpy", "llvm"} and installed(entry)]
DRAWN = st.one_of(
    *(networks(analytic=True, max_units=6, ops=ops) for ops in (["tanh", "mul"], ["tanh"]))
)
"""Few operations, so that few kernels are compiled."""

FEW = ["log_counting", "longest", "max_product", "min_max", "entropy"]
"""Algebras that are compiled for each set of operations; the batches try them all."""

FLOATS = {name: each for name, each in algebras.ALL.items() if each.width}


def close(found, expected, label):
    """Compare to rounding; sums that cancel to the rounding of what they are sums of."""
    if isinstance(expected, algebras.SignedLog):
        total = label["magnitude"]
        return math.isclose(float(found), float(expected), rel_tol=1e-9, abs_tol=1e-13 * total)
    if label["name"] == "real":
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-13 * label["magnitude"])
    return is_close(found, expected)


@tries(25)
@given(DRAWN, st.data())
@pytest.mark.parametrize("engine", HERE)
def test_as_the_labeling(engine, drawn, data):
    """All algebras of floats, at all nodes, for both engines: shared weights and dead ends too."""
    net, fed = drawn
    net.feed_forward(fed)
    output = data.draw(st.sampled_from(list(net)))
    program = rg.compile(net, engine=engine)
    influence = rg.sweep(net, output, algebra=algebras.magnitude)
    for name in FEW if engine == "llvm" else FLOATS:
        algebra = FLOATS[name]
        expected = rg.sweep(net, output, algebra=algebra)
        found = program.sweep(output, fed, algebra=algebra)
        assert set(found) == set(expected)
        for node, answer in expected.items():
            label = {"name": name, "magnitude": influence[node]}
            assert close(found[node], answer, label), (name, node)


@tries(25)
@given(DRAWN, st.data())
@pytest.mark.parametrize("engine", HERE)
def test_paths_of_a_program(engine, drawn, data):
    """Paths are those of the labeling, where no two products tie to rounding."""
    net, fed = drawn
    net.feed_forward(fed)
    output = data.draw(st.sampled_from(list(net)))
    program = rg.compile(net, engine=engine)
    for name in ("longest", "max_product"):
        expected = rg.sweep(net, output, algebra=algebras.ALL[name])
        found = program.sweep(output, fed, algebra=algebras.ALL[name])
        for source in net:
            path = expected.path(source)
            edges = found.path(source)
            if path is None or name == "longest":
                assert edges == (None if path is None else path.edges)
                continue
            sizes = {p.edges: abs(p.product) for p in rg.paths(net, source, output)}
            assert math.isclose(sizes[edges], sizes[path.edges], rel_tol=1e-12, abs_tol=0)


@pytest.mark.parametrize("engine", HERE)
@pytest.mark.parametrize("name", FLOATS)
def test_batches(engine, name):
    """A batch answers for each example, a shared weight that is a batch included."""
    net = rg.Network()
    for source in ("x", "y"):
        net.add_input(source)
    net.add_parameter("w", 2.0)
    net.add_unit("h", "tanh")
    net.add_unit("o", "mul")
    net.add_edge("x", "h", parameter="w")
    net.add_edge("y", "h", weight=-0.5)
    net.add_edge("h", "o", slot=0)
    net.add_edge("y", "o", slot=1)
    program = rg.compile(net, engine=engine)
    xs, ys, ws = np.array([[0.5, 1.0, -1.0], [0.25, -2.0, 3.0], [1.0, 2.0, -0.5]])
    algebra = algebras.ALL[name]
    together = program.sweep("o", {"x": xs, "y": ys, "w": ws}, algebra=algebra)
    for i in range(3):
        alone = program.sweep("o", {"x": xs[i], "y": ys[i], "w": ws[i]}, algebra=algebra)
        for node in net:
            found, expected = together[node], alone[node]
            if algebra.structural:
                assert found == expected
            elif isinstance(expected, tuple):
                assert is_close(tuple(part[i] for part in found), tuple(expected))
            else:
                assert is_close(found[i].item(), expected)


@pytest.mark.parametrize("engine", HERE)
def test_beyond_the_floats(engine):
    """2 to the 3000 paths have a logarithm, and so has a product of 10 to the −900."""
    program = rg.compile(ladder(3000), engine=engine)
    count = program.sweep("y", algebra=algebras.log_counting)["x"]
    assert count == pytest.approx(3000 * math.log(2), rel=1e-12)
    assert program.sweep("y", algebra=algebras.longest)["x"] == 3000
    tails = np.arange(300)
    chain = rg.Program.from_arrays(
        ["input", *["identity"] * 300], tails, tails + 1, weights=np.full(300, -1e-3), engine=engine
    )
    sign, logarithm = chain.sweep(300, {0: 1.0}, algebra=algebras.log)[0]
    assert sign == 1
    assert logarithm == pytest.approx(-900 * math.log(10), rel=1e-12)
    assert chain.sweep(300, {0: 1.0}, algebra=algebras.entropy)[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("engine", HERE)
def test_what_has_no_value(engine):
    """Where a node has no value its derivatives are nan, in a sweep as in a pass."""
    net = rg.Network.from_expressions((rg.log(rg.inputs("x")) * 2.0).named("y"))
    found = rg.compile(net, engine=engine).sweep("y", {"x": -1.0}, algebra=algebras.max_product)
    assert math.isnan(found["x"])
    assert found.path("x") == (("x", "log1", 0), ("log1", "y", 0))


@pytest.mark.parametrize("engine", HERE)
def test_float32_and_stop_gradient(engine):
    """Programs of float32 sweep in float64; what passes no derivative ends paths."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions((rg.stop_gradient(x) * 3.0 + x * 0.5).named("y"))
    program = rg.compile(net, engine=engine, dtype=np.float32)
    assert program.sweep("y", {"x": 2.0})["x"] == 0.5
    assert program.sweep("y", {"x": 2.0}, algebra=algebras.entropy)["x"] == 0.0
    assert program.sweep("y", algebra=algebras.log_counting)["x"] == pytest.approx(math.log(2))


@pytest.mark.skipif("llvm" not in HERE, reason="llvmlite is not installed")
def test_auto_sweeps_by_compiled_code(monkeypatch):
    """The engine that `auto` has taken sweeps, as it runs the passes."""
    from rojasgraph.engine.llvm.engine import LlvmEngine

    swept = []
    sweep_paths = LlvmEngine.sweep_paths

    def counted(self, *asked):
        swept.append(asked)
        return sweep_paths(self, *asked)

    monkeypatch.setattr(LlvmEngine, "sweep_paths", counted)
    net = rg.Network.from_expressions((rg.tanh(rg.inputs("x")) * rg.inputs("y")).named("z"))
    fed = {"x": 0.5, "y": -2.0}
    auto, named = rg.compile(net), rg.compile(net, engine="llvm")
    for algebra in (algebras.max_product, algebras.longest):
        assert dict(auto.sweep("z", fed, algebra=algebra)) == dict(
            named.sweep("z", fed, algebra=algebra)
        )
    assert len(swept) == 4


def test_refusals():
    """Whole numbers of any size and lists are for the labeling; so are objects of a user's own."""
    program = rg.compile(ladder(2))
    for algebra in (algebras.counting, algebras.free, own(), None):
        with pytest.raises(rg.ArgumentError, match=r"algebras of floats.*rg\.sweep"):
            program.sweep("y", algebra=algebra)
    with pytest.raises(rg.ArgumentError, match="'nowhere' is no node"):
        program.sweep("nowhere", algebra=algebras.longest)
    with pytest.raises(rg.MissingValue):
        program.sweep("y")
    labels = program.sweep("y", {"x": 1.0})
    assert len(labels) == len(list(labels)) == 3
    assert "real" in repr(labels)
    with pytest.raises(KeyError):
        labels["nowhere"]
    with pytest.raises(rg.ArgumentError, match="selects no path"):
        labels.path("x")


def test_an_algebra_of_floats_of_ones_own():
    """Rules over a namespace are compiled as those of the package are."""
    rules = rg.AlgebraRules(
        zero=lambda xp: xp.zero,
        one=lambda xp: xp.one,
        plus=lambda xp, a, b: xp.hypot(a, b),
        times=lambda xp, a, b: a * b,
        lift=lambda xp, d: xp.abs(d),
    )
    euclidean = rg.Algebra("euclidean", rules)
    net = rg.Network.from_expressions((rg.inputs("x") * 3.0 + rg.inputs("x") * 4.0).named("y"))
    net.feed_forward(x=1.0)
    assert rg.sweep(net, "y", algebra=euclidean)["x"] == 5.0
    for engine in HERE:
        program = rg.compile(net, engine=engine)
        assert program.sweep("y", {"x": 1.0}, algebra=euclidean)["x"] == pytest.approx(5.0)


def test_rules_that_branch_are_refused():
    """Code has no branches: the message says what to write."""
    rules = rg.AlgebraRules(lambda xp: 0.0, lambda xp: 1.0, lambda xp, a, b: max(a, b),
                           lambda xp, a, b: a * b, lambda xp, d: abs(d))  # fmt: skip
    program = rg.compile(ladder(2))
    with pytest.raises(rg.ArgumentError, match=r"branching cannot be recorded.*xp\.where"):
        program.sweep("y", {"x": 1.0}, algebra=rg.Algebra("branching", rules))


def test_rows_that_cannot_be_recorded():
    """A row of a user's own that leaves `xp` is left to numpy, and not counted."""
    row = rg.primitive("np_abs", lambda xp, x: np.abs(x), lambda xp, y, x: (np.sign(x),))
    try:
        net = rg.Network.from_expressions((row(rg.inputs("x")) * 2.0).named("y"))
        for engine in HERE:
            program = rg.compile(net, engine=engine)
            assert program.sweep("y", {"x": -3.0})["x"] == -2.0
        with pytest.raises(rg.ArgumentError, match=r"np_abs1.*cannot be recorded"):
            rg.count_operations(net)
    finally:
        del TABLE["np_abs"]


def test_signed_maximum_of_products():
    """Rules of a user's own are tried on the factors, as compiled code and on the graph."""
    signed = rg.Algebra("signed", rg.AlgebraRules(
        lambda xp: xp.zero, lambda xp: xp.one, lambda xp, a, b: xp.maximum(a, b),
        lambda xp, a, b: a * b, lambda xp, d: d))  # fmt: skip
    x, y = rg.inputs("x y")
    fed = {"x": 1.0, "y": 1.0}
    for factor, message in ((3.0, ""), (-3.0, "signed is no semiring")):
        net = rg.Network.from_expressions((x * factor + y * 2.0).named("e"))
        net.feed_forward(fed)
        sweeps = [partial(rg.sweep, net, "e")]
        sweeps += [partial(rg.compile(net, engine=engine).sweep, "e", fed) for engine in HERE]
        for sweep in sweeps:
            if message:
                with pytest.raises(rg.ArgumentError, match=message):
                    sweep(algebra=signed)
            else:
                assert sweep(algebra=signed)["x"] == 3.0


def test_a_structural_algebra_of_ones_own():
    """An algebra of edges alone is compiled too: here the shortest path."""
    shortest = rg.Algebra("shortest", rg.AlgebraRules(
        lambda xp: xp.lift(math.inf), lambda xp: xp.zero, lambda xp, a, b: xp.minimum(a, b),
        lambda xp, a, b: a + b, lambda xp, _: xp.one), structural=True, selective=True)  # fmt: skip
    x = rg.inputs("x")
    net = rg.Network.from_expressions((rg.sin(rg.cos(x)) + x).named("y"))
    assert rg.sweep(net, "y", algebra=shortest)["x"] == 1.0
    for engine in HERE:
        found = rg.compile(net, engine=engine).sweep("y", algebra=shortest)
        assert found["x"] == 1.0
        assert found.path("x") == (("x", "y", 0),)
