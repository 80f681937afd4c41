"""Genomes as neat-python makes them: drawn, and mutated by neat-python itself."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from hypothesis import strategies as st

ACTIVATIONS = [
    *("identity", "sigmoid", "tanh", "sin", "gauss", "relu", "elu", "lelu", "selu", "softplus"),
    *("clamped", "log", "exp", "abs", "hat", "square", "cube"),
]
TAME = ["identity", "sigmoid", "tanh", "sin", "gauss", "relu", "softplus", "clamped", "hat", "abs"]
"""Activations that keep small numbers small, step after step."""

AGGREGATIONS = ["sum", "mean", "product", "max", "min"]

eighths = st.builds(lambda n: n / 8, st.integers(-16, 16))


def neat_config():
    """Make the configuration that both sides read: two inputs, two outputs."""
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
def genomes(draw, *, recurrent=False):
    """Draw a genome: any wiring, orphans, nodes of no use and disabled connections included."""
    hidden = list(range(2, 2 + draw(st.integers(0, 4))))
    nodes = {
        key: SimpleNamespace(
            activation=draw(st.sampled_from(TAME if recurrent else ACTIVATIONS)),
            aggregation=draw(st.sampled_from(AGGREGATIONS)),
            bias=draw(eighths),
            response=draw(st.sampled_from([1.0, 1.0, 0.5, -2.0])),
        )
        for key in [0, 1, *hidden]
    }
    order = [-1, -2, *hidden, 0, 1]
    connections = {}
    for i, head in enumerate(order[2:], 2):
        tails = st.sampled_from(order if recurrent else order[:i])
        for tail in draw(st.lists(tails, max_size=3, unique=True)):
            connections[tail, head] = SimpleNamespace(
                key=(tail, head), weight=draw(eighths), enabled=draw(st.integers(0, 4)) > 0
            )
    return SimpleNamespace(nodes=nodes, connections=connections)


SETTINGS = """
[NEAT]
fitness_criterion     = max
fitness_threshold     = 1
pop_size              = 10
reset_on_extinction   = 0
no_fitness_termination = True

[DefaultGenome]
num_inputs = 2
num_hidden = 1
num_outputs = 2
initial_connection = partial_direct 0.7
feed_forward = {feed_forward}
compatibility_disjoint_coefficient = 1.0
compatibility_excess_coefficient = 1.0
compatibility_include_node_genes = True
compatibility_enable_penalty = 1.0
compatibility_weight_coefficient = 0.6
conn_add_prob = 0.6
conn_delete_prob = 0.1
node_add_prob = 0.4
node_delete_prob = 0.1
activation_default = random
activation_options = tanh sigmoid sin gauss clamped
activation_mutate_rate = 0.1
aggregation_default = sum
aggregation_options = sum mean max
aggregation_mutate_rate = 0.1
bias_init_type = gaussian
bias_init_mean = 0.0
bias_init_stdev = 1.0
bias_replace_rate = 0.1
bias_mutate_rate = 0.7
bias_mutate_power = 0.5
bias_max_value = 5.0
bias_min_value = -5.0
response_init_type = gaussian
response_init_mean = 1.0
response_init_stdev = 0.2
response_replace_rate = 0.1
response_mutate_rate = 0.1
response_mutate_power = 0.1
response_max_value = 5.0
response_min_value = -5.0
weight_init_type = gaussian
weight_init_mean = 0.0
weight_init_stdev = 1.0
weight_replace_rate = 0.1
weight_mutate_rate = 0.8
weight_mutate_power = 0.5
weight_max_value = 5.0
weight_min_value = -5.0
enabled_default = True
enabled_mutate_rate = 0.1
enabled_rate_to_true_add = 0.0
enabled_rate_to_false_add = 0.0
single_structural_mutation = False
structural_mutation_surer = False
time_constant_init_mean = 1.0
time_constant_init_stdev = 0.0
time_constant_init_type = gaussian
time_constant_replace_rate = 0.0
time_constant_mutate_rate = 0.0
time_constant_mutate_power = 0.0
time_constant_min_value = 1.0
time_constant_max_value = 1.0

[DefaultSpeciesSet]
compatibility_threshold = 3.0

[DefaultStagnation]
species_fitness_func = max
max_stagnation = 20
species_elitism = 1

[DefaultReproduction]
elitism = 1
survival_threshold = 0.2
min_species_size = 2
"""


def mutated(folder, seed, *, recurrent):
    """Let neat-python make a genome of its own classes and mutate it; give it and its config."""
    neat = pytest.importorskip("neat")
    file = folder / "settings"
    file.write_text(SETTINGS.format(feed_forward=not recurrent))
    config = neat.Config(
        neat.DefaultGenome,
        neat.DefaultReproduction,
        neat.DefaultSpeciesSet,
        neat.DefaultStagnation,
        str(file),
    )
    config.genome_config.innovation_tracker = neat.innovation.InnovationTracker()
    genome, dice = neat.DefaultGenome(0), random.getstate()
    random.seed(seed)  # neat-python throws Python's own dice
    try:
        genome.configure_new(config.genome_config)
        for _ in range(25):
            genome.mutate(config.genome_config)
    finally:
        random.setstate(dice)
    return genome, config
