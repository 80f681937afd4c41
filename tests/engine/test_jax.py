"""The engine of JAX, and networks as pure functions of JAX.

JAX compiles each network anew, so there are fewer networks here than for other engines, and each
shows more. Tests that are the same for all engines are called from their own module.
"""

import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine.compilation import compile as compile_network
from rojasgraph.engine.registry import ENGINES, installed
from rojasgraph.table import TABLE
from tests.engine import test_engines as suite
from tests.engine.compare import compare, gap, labels_of, reference, scale_of
from tests.test_primitives import argument_sets

if not installed(ENGINES["jax"]):
    pytest.skip("jax is not installed", allow_module_level=True)

import jax
import jax.numpy as jnp

from rojasgraph.engine.jax import passes

own = suite.own
few = settings(suite.quick, max_examples=6)
both_ways = pytest.mark.parametrize("loop", [False, True], ids=["unrolled", "loop"])


@pytest.fixture(params=[False, True], ids=["unrolled", "loop"])
def way(request, monkeypatch):
    """Have each network compiled level by level, or as a loop over steps."""
    monkeypatch.setattr(passes, "_is_deep", lambda wiring, levels: request.param)


@pytest.fixture
def wide():
    """Let JAX compute in 64 bits."""
    with jax.enable_x64(True):
        yield


# --- the engine ---------------------------------------------------------------------------------


@pytest.mark.parametrize("deep", [False, True], ids=["unrolled", "loop"])
@given(case=suite.cases(), data=st.data())
@few
def test_random_networks(deep, case, data):
    """Values, gradients and all labels are the reference's, of one example and of batches."""
    net, fed, outputs = case
    fed |= {name: float(net.nodes[name]["value"]) for name in net.parameters}
    shape = data.draw(st.sampled_from([(), (0,), (1,), (5,), (2, 3)]))
    offsets = np.linspace(0, 1 / 64, int(np.prod(shape))).reshape(shape)
    batched = data.draw(st.sets(st.sampled_from(sorted(fed, key=repr))))
    fed = {name: x + offsets if name in batched else x for name, x in fed.items()}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passes, "_is_deep", lambda wiring, levels: deep)
        compare(net, fed, "jax", outputs)


def all_primitives():
    """Make a network with a unit for every row and every choice of arguments."""
    net = rg.Network()
    for s in range(3):
        net.add_input(f"x{s}")
    for row in TABLE.values():
        for i, arguments in enumerate(argument_sets(row)):
            name = net.add_unit(f"{row.name}{i}", row, arguments=arguments)
            for s in range(row.slots or 3):
                net.add_edge(f"x{s}", name, slot=s, weight=1.0)
    return net


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_primitive(dtype):
    """Value, partials and derivatives by weights are the reference's, also outside of domains."""
    net = all_primitives()
    points = np.hstack([suite.grid(TABLE["logsumexp"], 3), suite.grid(TABLE["pow"], 2)[[0, 1, 1]]])
    ...


@pytest.mark.parametrize(
    "test",
    [
        partial(suite.test_shared_weights, batch=3),
        suite.test_dead_ends_form_no_product,
        suite.test_no_derivative_without_a_value,
        suite.test_infinities_that_cancel,
        suite.test_batches_of_several_shapes,
        suite.test_a_source_may_be_an_output,
        suite.test_arguments_that_differ_from_node_to_node,
        suite.test_a_users_own_primitives,
        partial(suite.test_larger_networks, batch=7),
        partial(suite.test_layers, batch=5),
        partial(suite.test_shapes_of_graphs, graph="star"),
        partial(suite.test_the_same_bits_each_time, dtype="float32", batch=5),
    ],
    ids=str,
)
@pytest.mark.usefixtures("way", "own")
def test_what_every_engine_shows(test):
    """The tests of single traits, for JAX too."""
    test("jax")
