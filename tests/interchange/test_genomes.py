"""neat-python's genomes become networks, and cells, with the same numbers."""

from __future__ import annotations

import random
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.interchange.node_link import from_json, to_json
from tests.effort import tries
from tests.interchange.genomes import eighths, genomes, mutated, neat_config

neat = pytest.importorskip("neat")

STEP = 1e-6


@tries(60)
@given(genomes(), st.tuples(eighths, eighths))
def test_genomes(genome, fed):
    """The network gives what neat-python's own gives, and its slopes by weights off the kinks."""
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


def test_genomes_with_cycles_are_no_feed_forward_network():
    """A cycle that an output needs is refused, node by node; others do no harm."""
    genome = evolved()
    genome.connections[0, 0] = SimpleNamespace(key=(0, 0), weight=1.0, enabled=True)
    with pytest.raises(rg.CycleError, match=r"0 → 0.*recurrent=True"):
        rg.from_neat(genome, neat_config())
    genome.connections[0, 0].enabled = False
    assert rg.from_neat(genome, neat_config()).outputs == [0, 1]


def test_a_genome_that_neat_made():
    """A genome of neat's own classes is read, as a population makes it."""
    node = neat.genes.DefaultNodeGene(0)
    node.bias, node.response, node.activation, node.aggregation = 0.5, 1.0, "tanh", "sum"
    other = neat.genes.DefaultNodeGene(1)
    other.bias, other.response, other.activation, other.aggregation = 0.0, 1.0, "relu", "sum"
    link = neat.genes.DefaultConnectionGene((-1, 0), innovation=0)
    link.weight, link.enabled = 0.25, True
    genome = SimpleNamespace(nodes={0: node, 1: other}, connections={(-1, 0): link})
    net = rg.from_neat(genome, neat_config())
    assert net.feed_forward({-1: 2.0, -2: 0.0})[0] == pytest.approx(np.tanh(2.5))


def test_activations_of_the_users_own():
    """A function that bears the name of one of neat-python's, but is another, is refused."""
    config = neat_config()
    config.genome_config.activation_defs.add("tanh", lambda z: z / 2)
    with pytest.raises(rg.ArgumentError, match=r"node [01]: .*'tanh' is not neat-python's"):
        rg.from_neat(evolved(), config)
    config = neat_config()
    config.genome_config.aggregation_function_defs.add("sum", lambda x: max(x))  # noqa: PLW0108
    with pytest.raises(rg.ArgumentError, match=r"node [01]: .*'sum' is not neat-python's"):
        rg.from_neat(evolved(), config)


# --- recurrent ones -------------------------------------------------------------------------------


def fed_to(net, sequence):
    """Name what a sequence feeds to an unfolded network."""
    pairs = enumerate(sequence, 1)
    fed = {(key, t): x for t, pair in pairs for key, x in zip((-1, -2), pair, strict=True)}
    return {name: fed[name] for name in net.inputs}


def activated(genome, config, sequence):
    """Let neat-python's own network run over a sequence; give its outputs at every step."""
    network = neat.nn.RecurrentNetwork.create(genome, config)
    return [network.activate(inputs) for inputs in sequence]


@tries(60)
@given(genomes(recurrent=True), st.lists(st.tuples(eighths, eighths), min_size=1, max_size=4))
def test_steps_of_recurrent_genomes(genome, sequence):
    """Unfolded, the cell gives at every step what neat-python's recurrent network gives."""
    cell = rg.from_neat(genome, neat_config(), recurrent=True)
    assert cell.inputs[:2] == [-1, -2]
    assert cell.outputs == [0, 1]
    kept = from_json(to_json(cell))  # a file keeps which node feeds which state
    net = rg.unfold(kept, len(sequence))
    assert net.outputs == [(key, t) for t in range(1, len(sequence) + 1) for key in (0, 1)]
    values = net.feed_forward(fed_to(net, sequence))
    for t, outputs in enumerate(activated(genome, neat_config(), sequence), 1):
        assert [values[key, t] for key in (0, 1)] == pytest.approx(outputs, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_genomes_that_neat_mutated(tmp_path, seed):
    """Genomes and settings of neat-python's own classes give its numbers, of both kinds."""
    fed = [(0.5, -0.25), (0.125, 1.0), (-1.0, 0.75)]
    genome, config = mutated(tmp_path, seed, recurrent=False)
    net = rg.from_neat(genome, config)
    expected = [neat.nn.FeedForwardNetwork.create(genome, config).activate(x) for x in fed]
    columns = zip(*fed, strict=True)
    batch = net.feed_forward(dict(zip(net.inputs, map(np.array, columns), strict=True)))
    assert np.stack(list(batch.values()), axis=1) == pytest.approx(np.array(expected), rel=1e-12)
    genome, config = mutated(tmp_path, seed, recurrent=True)
    rnn = rg.unfold(rg.from_neat(genome, config, recurrent=True), 3)
    values = rnn.feed_forward(fed_to(rnn, fed))
    wanted = [y for outputs in activated(genome, config, fed) for y in outputs]
    assert list(values.values()) == pytest.approx(wanted, rel=1e-11)


def test_gradients_of_a_recurrent_genome(tmp_path):
    """Through time, gradients are the slopes of neat-python's own network by each connection."""
    genome, config = mutated(tmp_path, 1, recurrent=True)
    for gene in genome.nodes.values():
        gene.activation, gene.aggregation, gene.response = "tanh", "sum", 1.0  # no kinks
    fed = [(0.5, -0.25), (0.125, 1.0), (-1.0, 0.75), (0.25, 0.0)]
    cell = rg.from_neat(genome, config, recurrent=True)
    net = rg.unfold(cell, 4, outputs="last")
    net.feed_forward(fed_to(net, fed))
    gradient = net.backpropagate((0, 4))
    found = {}
    for tail, head, edge in net.parameters:
        ends = [name[0] if isinstance(name, tuple) else name for name in (tail, head)]
        found[tuple(ends)] = gradient[tail, head, edge]
    checked = 0
    for pair, gene in genome.connections.items():
        if pair not in found:
            continue
        ends = []
        for h in (STEP, -STEP):
            gene.weight += h
            ends.append(activated(genome, config, fed)[-1][0])
            gene.weight -= h
        assert found[pair] == pytest.approx((ends[0] - ends[1]) / (2 * STEP), abs=1e-7)
        checked += found[pair] != 0
    assert checked > 5


def test_one_over_the_net_input():
    """The activation inv agrees where it has a value; at 0 a pass warns, neat-python says 0."""
    genome = evolved(activation="inv")
    genome.connections[-2, 1] = SimpleNamespace(key=(-2, 1), weight=2.0, enabled=True)
    net = rg.from_neat(genome, neat_config())
    expected = neat.nn.FeedForwardNetwork.create(genome, neat_config()).activate([0.5, -0.25])
    assert list(net.feed_forward({-1: 0.5, -2: -0.25}).values()) == expected == [2.0, -2.0]


def test_a_recurrent_genome_learns():
    """What is learned through time comes back to the cell."""
    genome = evolved(activation="identity")
    genome.connections[0, 0] = SimpleNamespace(key=(0, 0), weight=0.25, enabled=True)
    cell = rg.from_neat(genome, neat_config(), recurrent=True)
    rnn = rg.unfold(cell, 3)
    assert cell.graph["state"] == {(0, "after"): (0, "before")}
    rnn.nodes[(0, "before"), 0, 0]["value"] = 0.5
    rg.fold(rnn, cell)
    assert cell.edges[(0, "before"), 0, 0]["weight"] == 0.5


def test_a_genome_without_memory_unfolds_too():
    """Where nothing is fed back, the steps stand side by side."""
    net = rg.unfold(rg.from_neat(evolved(), neat_config(), recurrent=True), 2)
    values = net.feed_forward({(-1, 1): 0.5, (-2, 1): 0.0, (-1, 2): -0.5, (-2, 2): 0.0})
    assert values[0, 1] == -values[0, 2] == pytest.approx(np.tanh(2.5 * 0.5))
    assert values[1, 1] == 0  # no connection leads there: neat-python leaves it at 0
