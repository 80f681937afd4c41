"""The arrays that an engine is made from keep what they promise."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings

import rojasgraph as rg
from rojasgraph.engine.arrangement import arrange
from rojasgraph.engine.expansion import expanded
from rojasgraph.engine.reading import Origin
from rojasgraph.engine.sweeping import sweep_of
from tests.engine.test_engines import cases

compile_network = partial(rg.compile, engine="numpy")
"""What is tested here depends on no engine, and this one compiles nothing."""


def check(listing):
    """Assert what `Wiring` says of its arrays."""
    arrangement = arrange(listing)
    wiring, nodes, edges = arrangement.wiring, arrangement.nodes, arrangement.edges
    assert sorted(nodes) == list(range(len(listing.codes)))
    assert sorted(edges) == list(range(len(listing.tails)))
    np.testing.assert_array_equal(arrangement.places[nodes], np.arange(len(nodes)))
    np.testing.assert_array_equal(wiring.codes, listing.codes[nodes])
    np.testing.assert_array_equal(nodes[wiring.tails], listing.tails[edges])
    heads = wiring.nodes_of_slots()[wiring.slots]
    np.testing.assert_array_equal(nodes[heads], listing.heads[edges])
    slots = wiring.slots - wiring.first_slot[heads]
    np.testing.assert_array_equal(slots, listing.slots[edges])
    _check_order(wiring, heads)
    return arrangement


def _check_order(wiring, heads):
    level = np.repeat(np.arange(len(wiring.first_node) - 1), np.diff(wiring.first_node))
    assert (level[wiring.tails] < level[heads]).all()
    assert ((level == 0) == (wiring.codes < 0)).all()
    key = list(zip(level, wiring.codes, strict=True))[wiring.sources :]
    assert key == sorted(key)
    assert (np.diff(wiring.slots) >= 0).all()
    assert (np.diff(wiring.first_edge) >= 1).all()
    same = np.diff(wiring.slots) == 0
    assert (np.diff(wiring.tails)[same] >= 0).all()
    by_tail = wiring.tails[wiring.outgoing]
    assert (np.diff(by_tail) >= 0).all()
    for j in range(wiring.nodes):
        mine = wiring.outgoing[wiring.first_outgoing[j] : wiring.first_outgoing[j + 1]]
        assert mine.tolist() == np.flatnonzero(wiring.tails == j).tolist()


@given(case=cases(max_units=12))
@settings(deadline=None)
def test_random_networks(case):
    """Nodes by level and operation, edges by slot, outgoing edges by tail; nothing is lost."""
    net, _, _ = case
    listing = Origin(net).listing()
    check(listing)
    shared = np.flatnonzero(listing.shared >= 0)
    check(expanded(listing, shared[::2]))


@given(case=cases(max_units=8))
@settings(deadline=None)
def test_sweeps(case):
    """Live are the nodes with a path to what is seeded that no stop_gradient closes."""
    net, _, outputs = case
    listing = Origin(net).listing()
    arrangement = arrange(listing)
    wiring = arrangement.wiring
    seeded = arrangement.places[[listing.names.number(name) for name in outputs]]
    sweep = sweep_of(wiring, seeded, np.ones(wiring.sources, bool))
    heads = wiring.nodes_of_slots()[wiring.slots]
    live = set(seeded.tolist())
    for j in range(wiring.nodes - 1, -1, -1):
        for e in np.flatnonzero(wiring.tails == j):
            row = wiring.operations[wiring.codes[heads[e]]].row
            assert sweep.carrying[e] == (heads[e] in live and row.passes)
            if sweep.carrying[e]:
                live.add(j)
    assert set(np.flatnonzero(sweep.live).tolist()) == live
    assert sorted(sweep.outgoing.tolist()) == np.flatnonzero(sweep.carrying).tolist()
    assert sweep.complete == bool(sweep.carrying.all())


def test_sources_that_nobody_asks_for_are_left_out():
    """No edge out of a constant is pulled back, as its adjoint is in no gradient."""
    net = rg.layered([3, 4, 2], rng=np.random.default_rng(0))
    program = compile_network(net)
    wiring = program.wiring
    constant = wiring.codes[: wiring.sources] == -3
    sweep = sweep_of(wiring, np.array([wiring.nodes - 1]), ~constant)
    assert not constant[wiring.tails[sweep.outgoing].clip(0, wiring.sources - 1)][
        wiring.tails[sweep.outgoing] < wiring.sources
    ].any()
    assert not sweep.complete


# --- blocks -------------------------------------------------------------------------------------


def found_blocks(net):
    """Give each block as its nodes' and its tails' names."""
    program = compile_network(net)
    listing, base = program._contents.listing, program._contents.base
    names = [listing.names[j] for j in base.nodes.tolist()]
    return [
        (set(names[block.first : block.stop]), {names[t] for t in block.tails.tolist()})
        for block in program.wiring.blocks
    ]


def test_layers_are_found():
    """Each fully connected layer is a block, its tails the layer before and the bias."""
    net = rg.layered([5, 6, 7, 4], rng=np.random.default_rng(0))
    blocks = found_blocks(net)
    assert [len(nodes) for nodes, _ in blocks] == [6, 7, 4]
    assert [len(tails) for _, tails in blocks] == [6, 7, 8]
    for nodes, tails in blocks:
        assert {(u, v) for v in nodes for u in net.pred[v]} == {
            (u, v) for v in nodes for u in tails
        }


@pytest.mark.parametrize("change", ["edge removed", "no weight", "doubled", "other operation"])
def test_what_is_not_fully_connected_is_no_block(change):
    """A node that lacks an edge, has one without weight or twice, or computes something else."""
    net = rg.layered([5, 6, 1], bias=False, rng=np.random.default_rng(0))
    ((nodes, tails),) = found_blocks(net)
    head, tail = min(nodes), min(tails)
    if change == "edge removed":
        net.remove_edge(tail, head)
    elif change == "no weight":
        del net.edges[tail, head, 0]["weight"], net.edges[tail, head, 0]["trainable"]
    elif change == "doubled":
        net.add_edge(tail, head, weight=1.0)
    else:
        net.nodes[head]["op"] = "sin"
    assert found_blocks(net) == [(nodes - {head}, tails)]


def test_two_towers_are_two_blocks():
    """Layers of one level that share no tails are told apart."""
    net = rg.Network()
    for tower in "ab":
        for i in range(5):
            net.add_input((tower, i))
    for i in range(8):
        tower = "ab"[i % 2]
        net.add_unit(i, "tanh")
        for k in (3, 1, 4, 0, 2):
            net.add_edge((tower, (k + i) % 5), i, weight=0.5)
    want = [(set(range(t, 8, 2)), {("ab"[t], i) for i in range(5)}) for t in (0, 1)]
    assert sorted(found_blocks(net), key=repr) == sorted(want, key=repr)


def test_checksums_that_collide_make_no_block(monkeypatch):
    """Equal checksums only suggest a block."""
    monkeypatch.setattr("rojasgraph.engine.dense._mixed", lambda tails: tails.astype(np.uint64) * 0)
    net = rg.Network()
    for i in range(8):
        net.add_input(i)
    for i in range(8):
        net.add_unit(("h", i), "tanh")
        for k in range(5):
            net.add_edge((i + k) % 8, ("h", i), weight=0.5)
    assert found_blocks(net) == []
