"""What is the numpy engine's own: plans, tiles, plain floats for narrow networks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine.compilation import compile as compile_network
from rojasgraph.engine.numpy import choice
from rojasgraph.engine.numpy import engine as numpy_engine
from rojasgraph.engine.numpy.choice import Chooser, Segments
from rojasgraph.engine.numpy.engine import NumpyEngine
from rojasgraph.engine.numpy.sums import ByEdge
from tests.engine.compare import compare
from tests.engine.test_engines import cases, random_network


@pytest.fixture(params=[True, False], ids=["floats", "arrays"])
def _path(request, monkeypatch):
    """Take one path for one example whatever the network, then the other."""
    monkeypatch.setattr(NumpyEngine, "_narrow", request.param)


@pytest.mark.usefixtures("_path")
@given(case=cases(smooth=True, max_units=10, max_edges=4))
@settings(deadline=None)
def test_both_paths_of_one_example(case):
    """Plain floats and groups of arrays give the same."""
    net, fed, outputs = case
    compare(net, fed, "numpy", outputs)


@pytest.mark.usefixtures("_path")
def test_both_paths_of_larger_networks():
    """On layers and on a random network, also where a node has no value."""
    rng = np.random.default_rng(0)
    net = rg.layered([5, 6, 4], rng=rng)
    compare(net, {name: rng.normal() for name in net.inputs}, "numpy")
    net = random_network(300, 1, op=("log", "sin"))
    compare(net, {i: rng.normal() for i in range(4)}, "numpy")


def test_narrow_networks_walk_in_floats():
    """A chain does, a random network of wide levels does not, nor anything in float32."""
    node = rg.inputs("x")
    for _ in range(50):
        node = rg.sin(node)
    chain = compile_network(rg.Network.from_expressions(node), "numpy")
    wide = compile_network(random_network(500, 1, window=500), "numpy")
    single = compile_network(rg.Network.from_expressions(node), "numpy", dtype="float32")
    narrow = [p._variants.base.engine._narrow for p in (chain, wide, single)]
    assert narrow == [True, False, False]


@pytest.mark.parametrize("limit", [1, 3000, 20_000])
@pytest.mark.parametrize("temporary", [8, 100])
def test_tiles_and_pieces(monkeypatch, limit, temporary):
    """Any width of tiles, and sums cut into any pieces, give the same."""
    monkeypatch.setattr(numpy_engine, "_TILE_BYTES", limit * 8)
    monkeypatch.setattr(choice, "_TEMPORARY", temporary)
    monkeypatch.setattr(choice, "_CALL", 10)
    net = random_network(80, 3, degree=(1, 20))
    hub = net.add_unit("hub", "tanh")
    for i in range(0, 80, 2):
        net.add_edge(i, hub, weight=0.1)
    rng = np.random.default_rng(4)
    compare(net, {i: rng.normal(size=23) for i in range(4)}, "numpy", [hub, 70])
    layers = rg.layered([5, 6, 4], rng=rng)
    compare(layers, {name: rng.normal(size=23) for name in layers.inputs}, "numpy")


def test_tiles_are_of_nearly_one_width(monkeypatch):
    """No tile of a few examples is left over, and none takes more memory than it may."""
    net = random_network(100, 3)
    engine = compile_network(net, "numpy")._variants.base.engine
    monkeypatch.setattr(numpy_engine, "_TILE_BYTES", 30 * 8 * 300)
    widths = [engine._tile(batch) for batch in (0, 1, 29, 30, 31, 61, 1000)]
    assert max(widths) <= 31
    assert widths[:3] == [1, 1, 29]
    assert engine._tile(1000) * -(-1000 // engine._tile(1000)) < 1040


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=40),
    columns=st.sampled_from([0, 1, 3, 16]),
    seed=st.integers(0, 5),
)
@settings(deadline=None)
def test_sums(counts, columns, seed):
    """Whatever sums are chosen, each target gets the weighted sum of its edges, once."""
    rng = np.random.default_rng(seed)
    total, rows = sum(counts), len(counts)
    first = np.concatenate([[0], np.cumsum(counts)])
    at = rng.integers(0, 10, total)
    source = np.zeros((11, columns)) if columns else np.zeros(11)
    source[:10] = rng.normal(size=source[:10].shape)
    weights = rng.normal(size=total)
    chooser = Chooser(columns, zero=10, none=total)
    targets = np.sort(rng.choice(2 * rows, rows, replace=False))
    parts = Segments(targets, first, at, np.arange(total), 0, weighted=True)
    sums = list(chooser.several(parts))
    edges = chooser.padded_edges()
    by_edge = ByEdge(weights, np.append(weights, 0.0)[edges])
    want = np.array([
        sum(weights[e] * source[at[e]] for e in range(first[i], first[i + 1])) for i in range(rows)
    ])  # fmt: skip
    put = np.full((2 * rows, *source.shape[1:]), np.nan)
    added = np.ones_like(put)
    for each in sums:
        each.put(put, source, by_edge)
        each.add(added, source, by_edge)
    np.testing.assert_allclose(put[targets], want, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(added[targets], want + 1, rtol=1e-12, atol=1e-12)
    others = np.setdiff1d(np.arange(2 * rows), targets)
    assert np.isnan(put[others]).all()
    assert (added[others] == 1).all()


def test_memory_of_a_large_batch_is_bounded():
    """The arrays of a pass are those of a tile, not of the batch."""
    net = random_network(200, 5)
    program = compile_network(net, "numpy")
    engine = program._variants.base.engine
    wiring = engine._wiring
    example = (2 * wiring.nodes + wiring.slot_count) * 8
    assert engine._tile(10**9) * example <= numpy_engine._TILE_BYTES


def test_blocks_that_share_tails_add_to_each_other():
    """Two layers of one level read one layer, and so does a unit behind: none is overwritten."""
    rng = np.random.default_rng(3)
    net = rg.Network()
    xs = [net.add_input(f"x{i}") for i in range(6)]
    hs = [net.add_unit(f"h{i}", "tanh") for i in range(5)]
    tops = [net.add_unit(f"{op}{i}", op) for op in ("sin", "square") for i in range(5)]
    last = net.add_unit("last", "identity")
    pairs = [(a, b) for a in xs for b in hs] + [(a, b) for a in hs for b in tops]
    for tail, head in [*pairs, *((t, last) for t in tops), ("h0", last), ("x3", last)]:
        net.add_edge(tail, head, weight=float(rng.normal()))
    fed = {x: rng.normal(size=7) for x in xs}
    for outputs in (["last"], ["last", "h2"], ["sin1", "h2"], ["square0"]):
        compare(net, fed, "numpy", outputs)
        compare(net, {x: batch[0] for x, batch in fed.items()}, "numpy", outputs)
