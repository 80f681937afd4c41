"""The engine of JAX, and networks as pure functions of JAX.

JAX compiles each network anew, so there are fewer networks here than for the other engines, and
each shows more.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine import registry
from rojasgraph.engine.compilation import compile as compile_network
from rojasgraph.engine.jax.steps import Targets, steps_of
from rojasgraph.engine.levels import offsets
from rojasgraph.engine.registry import ENGINES, installed
from rojasgraph.table import TABLE
from tests.engine.compare import TOLERANCE, compare, gap, labels_of, reference, scale_of
from tests.engine.test_engines import cases, grid, quick, random_network
from tests.strategies import with_holes
from tests.test_primitives import argument_sets

if not installed(ENGINES["jax"]):
    pytest.skip("jax is not installed", allow_module_level=True)

import jax
import jax.numpy as jnp

from rojasgraph.engine.jax import passes
from rojasgraph.engine.jax.kinds import Kind
from rojasgraph.engine.wiring import Operation

few = settings(quick, max_examples=5)
both_ways = pytest.mark.parametrize("loop", [False, True], ids=["unrolled", "loop"])


@pytest.fixture
def double():
    """Let JAX keep 64 bits, as `jax_enable_x64` does for a whole program."""
    with jax.enable_x64(True):  # noqa: FBT003 - its only parameter
        yield


def force(monkeypatch, *, loop):
    """Have networks compiled as a loop over steps, or level by level."""
    monkeypatch.setattr(passes, "_is_deep", lambda wiring, levels: loop)


# --- the engine ---------------------------------------------------------------------------------


@both_ways
@given(case=cases(), data=st.data())
@few
def test_random_networks(loop, case, data):
    """Values, gradients and all labels are the reference's, of one example and of batches."""
    net, fed, outputs = case
    fed |= {name: float(net.nodes[name]["value"]) for name in net.parameters}
    shape = data.draw(st.sampled_from([(), (0,), (1,), (5,), (2, 3)]))
    offset = np.linspace(0, 1 / 64, int(np.prod(shape))).reshape(shape)
    batched = data.draw(st.sets(st.sampled_from(sorted(fed, key=repr))))
    fed = data.draw(st.one_of(st.just(fed), with_holes((net, fed))))
    fed = {name: x + offset if name in batched else x for name, x in fed.items()}
    with pytest.MonkeyPatch.context() as patched:
        force(patched, loop=loop)
        compare(net, fed, "jax", outputs)


def all_primitives():
    """Make a network with a unit for every row and every choice of its arguments."""
    net = rg.Network()
    for s in range(3):
        net.add_input(f"x{s}")
    for row in TABLE.values():
        for i, arguments in enumerate(argument_sets(row)):
            name = net.add_unit(f"{row.name}{i}", row, arguments=arguments)
            for s in range(row.slots or 3):
                net.add_edge(f"x{s}", name, slot=s, weight=1.0)
    return net


def test_every_primitive():
    """Value and partials of every row are the reference's, inside and outside of its domain.

    Numbers are 0 for XLA where they are too small to have all their digits, so none is as small
    that its half, which a row may form, loses one.
    """
    net = all_primitives()
    three, two = grid(TABLE["logsumexp"], 3), grid(TABLE["pow"], 2)
    points = np.hstack([three, two[[0, 1, 1]], two[[1, 0, 0]]])
    points = points[:, ~((points != 0) & (np.abs(points) < 1e-300)).any(axis=0)]
    fed = {f"x{s}": points[s] for s in range(3)}
    reference(net, fed, net.outputs)
    want = labels_of(net)
    program = compile_network(net, "jax")
    program.value_and_gradient(fed, net.outputs)
    program.label()
    got = labels_of(net)
    for name in net.outputs:
        for label in ("value", "derivatives", "delta"):
            mine, other = got[name, label], want[name, label]
            allowed = TOLERANCE["float64"] * scale_of({label: other})
            assert gap(mine, other) <= allowed, (name, label)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_rows_keep_their_type(dtype):
    """No row makes another type of float32, or of half as many bits."""
    with jax.enable_x64(True):  # noqa: FBT003 - its only parameter
        for row in TABLE.values():
            slots = row.slots or 3
            for arguments in argument_sets(row):
                kind = Kind(Operation(row, slots), tuple(map(float, arguments.values())), 0)
                nets = jax.ShapeDtypeStruct((2 * slots, 5), dtype)
                value, partials = jax.eval_shape(lambda x, kind=kind: kind.label(x, None), nets)
                assert (value.shape, value.dtype) == ((2, 5), dtype)
                assert (partials.shape, partials.dtype) == (nets.shape, dtype)


def traits():
    """Make a network of everything that is special, and batches to feed it."""
    net = rg.Network()
    for name in "xzqu":
        net.add_input(name)
    net.add_parameter("w", 0.5)
    net.add_constant("c", 2.0)
    for i in range(3):  # shared weights, as tails too; arguments that differ; parallel edges
        net.add_unit(i, "leaky_relu" if i else "power", arguments=i / 8 if i else 3)
        net.add_edge("x" if i == 0 else i - 1, i, parameter="w")
        net.add_edge("x", i, weight=0.25, trainable=True)
        net.add_edge("w", i, weight=-0.125)
        net.add_edge("c", i)
    for i in range(4):  # a row that branches on its argument
        net.add_unit(f"b{i}", "bent", arguments=i % 2)
        net.add_edge(2, f"b{i}", slot=0)
        net.add_edge("w", f"b{i}", slot=1, weight=1.5)
    net.add_unit("product", "prod", output=True)
    for i in range(4):
        net.add_edge(f"b{i}", "product", slot=i)
    net.add_unit("dead", "log")
    net.add_edge("x", "dead", weight=np.inf)
    net.add_unit("stop", "stop_gradient")
    net.add_edge("dead", "stop", weight=2.0)
    net.add_unit("after", "add", output=True)
    net.add_edge("stop", "after")
    net.add_edge("x", "after", weight=3.0)
    net.add_unit("square", "square", output=True)
    for name in "zq":  # a logarithm has no value at −1, though its tail has one
        net.add_unit(f"log {name}", "log")
        net.add_edge(name, f"log {name}", weight=1.0)
        net.add_edge(f"log {name}", "square")
    net.add_unit("difference", "add", output=True)  # ∞ − ∞
    net.add_edge("u", "difference", weight=1.0)
    net.add_edge("u", "difference", weight=-1.0)
    fed = {
        "x": np.array([0.5, -1.0, 2.0, 0.0]),
        "z": np.array([-1.0, 1.0, 0.5, 0.0]),
        "q": np.array([1.0, 2.0, np.nan, 3.0]),
        "u": np.array([1.0, np.inf, -np.inf, 2.0]),
    }
    return net, fed


@pytest.fixture
def bent():
    """Declare a primitive of a user's own that branches on its argument."""
    rg.primitive(
        "bent",
        lambda xp, a, b, *, kind=0: a * b if kind == 0 else a + b,
        lambda xp, y, a, b, *, kind=0: (b, a) if kind == 0 else (xp.one, xp.one),
    )
    yield
    del TABLE["bent"]


@both_ways
@pytest.mark.usefixtures("bent")
def test_traits(loop, monkeypatch):
    """Shared weights, dead ends, missing values, rows that branch: as the reference has them."""
    force(monkeypatch, loop=loop)
    net, fed = traits()
    compare(net, fed, "jax", ["product", "after", "square", "difference"])


@both_ways
def test_weights_that_are_batches(loop, monkeypatch):
    """A shared weight may be fed a batch."""
    force(monkeypatch, loop=loop)
    x, w = rg.inputs("x"), rg.parameter("w", 0.5)
    net = rg.Network.from_expressions(rg.tanh(x * w).named("y"))
    net.add_edge("x", "y", parameter="w")
    compare(net, {"x": 0.75, "w": np.array([0.5, 1.0])}, "jax")


@both_ways
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_layers(loop, dtype, monkeypatch):
    """Fully connected layers, one with an edge missing, one with an edge from further back."""
    force(monkeypatch, loop=loop)
    rng = np.random.default_rng(3)
    net = rg.layered([5, 6, 6, 4], activation="tanh", rng=rng)
    tail, head, key = list(net.edges(keys=True))[-3]
    net.remove_edge(tail, head, key)
    net.add_edge(net.inputs[0], net.outputs[0], weight=0.5)
    compare(net, {n: rng.normal(size=3) for n in net.inputs}, "jax", net.outputs[:2], dtype=dtype)


def test_many_levels_and_edges():
    """Hundreds of nodes in as many levels, one with hundreds of edges: steps that go on."""
    net = random_network(300, 1)
    hub = net.add_unit("hub", "tanh", output=True)
    for i in range(300):
        net.add_edge(i, hub, weight=0.01)
    net.add_unit("behind", "mul")
    for slot, tail in enumerate([hub, 0]):
        net.add_edge(tail, "behind", slot=slot, weight=0.5)
    rng = np.random.default_rng(2)
    compare(net, {i: rng.normal(size=7) for i in range(4)}, "jax", [hub, "behind", 200])


def test_the_same_bits_each_time():
    """The same inputs give the same bits from call to call."""
    program = compile_network(random_network(100, 6), "jax", dtype="float32")
    inputs = np.random.default_rng(5).normal(size=(50, 4))
    found = [program.value_and_gradient(inputs, program.outputs) for _ in range(2)]
    assert len({(v.array.tobytes(), g.weights.tobytes()) for v, g in found}) == 1


def test_the_users_setting_of_64_bits_stays():
    """A program computes in float64, and JAX is left as it was."""
    before = jax.config.jax_enable_x64
    net = rg.Network.from_expressions(rg.exp(rg.inputs("x")).named("y"))
    values = compile_network(net, "jax").feed_forward({"x": 1.0})
    assert gap(values["y"], np.e) < 1e-15
    assert jax.config.jax_enable_x64 == before


@pytest.mark.parametrize(
    "run",
    [rg.to_jax, lambda net: compile_network(net, "jax").feed_forward({"x": 1.0})],
    ids=["function", "engine"],
)
def test_a_row_that_jax_cannot_compute_is_named(run):
    """The error names the node: one that branches on a value, one beyond the namespace."""
    rg.primitive("sharp", lambda xp, x: x if x > 0 else 0 * x, lambda xp, y, x: (xp.one,),
                 check=False)  # fmt: skip
    rg.primitive("gamma", lambda xp, x: xp.gamma(x), lambda xp, y, x: (xp.one,), check=False)
    try:
        for row, words in (("sharp", "xp.where"), ("gamma", "no gamma among JAX's arrays")):
            net = rg.Network.from_expressions(TABLE[row](rg.sin(rg.inputs("x"))).named("culprit"))
            with pytest.raises((rg.ArgumentError, rg.DomainError), match="'culprit'") as caught:
                run(net)
            assert words in str(caught.value)
    finally:
        del TABLE["sharp"], TABLE["gamma"]


# --- steps --------------------------------------------------------------------------------------


@given(data=st.data())
@quick
def test_steps_hold_every_edge_once(data):
    """Steps take the nodes in order, each edge once, and a target's edges before it is complete."""
    lengths = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=5))
    nodes = sum(lengths)
    slots = data.draw(st.lists(st.integers(1, 3), min_size=nodes, max_size=nodes))
    degrees = data.draw(st.lists(st.integers(0, 70), min_size=sum(slots), max_size=sum(slots)))
    edges = sum(degrees)
    first_target, first_edge = offsets(np.array(slots)), offsets(np.array(degrees))
    rows = np.arange(edges) + 1000
    targets = Targets(offsets(np.array(lengths)), first_target, first_edge, rows, np.arange(edges))
    steps = steps_of(targets, zero=-1, none=edges)
    assert sorted(steps.edges[steps.edges < edges].tolist()) == list(range(edges))
    assert (steps.rows == np.where(steps.edges < edges, steps.edges + 1000, -1)).all()
    for t in range(len(steps.node)):
        first = first_target[steps.node[t]]
        for i, here in enumerate(steps.edges[t]):
            owners = np.searchsorted(first_edge, here[here < edges], side="right") - 1
            assert (owners == first + i).all()
    complete = steps.node[steps.last]
    assert np.append(complete[1:], nodes).tolist() == (complete + steps.nodes[steps.last]).tolist()
    assert (steps.goes_on[1:] == ~steps.last[:-1]).all()


# --- rg.to_jax ----------------------------------------------------------------------------------


def learnable(units=10):
    """Make a network with parameters, a shared weight, trainable weights and fixed ones."""
    net = random_network(4 + units, 4, op=("tanh", "sin", "softplus"), degree=(1, 4))
    net.add_parameter("w", 0.5)
    for i, (_, _, attributes) in enumerate(net.edges(data=True)):
        attributes["trainable"] = i % 2 == 0
    net.add_unit("E", "squared_error")
    net.add_edge(3 + units, "E", slot=0, parameter="w")
    net.add_edge("w", "E", slot=1, weight=0.25)
    net.add_edge(2 + units, "E", slot=1)
    return net


def gradient_of(net, X, output):
    """Give what `net.backpropagate` says, in the order of `weight_names`, and by the inputs."""
    net.feed_forward(dict(zip(net.inputs, X.T, strict=True)))
    gradient = net.backpropagate(output)
    names = rg.to_jax(net).weight_names
    by_weights = [gradient[n] if n in net else gradient.edges[n] for n in names]
    return np.array(by_weights), np.stack([gradient[n] for n in net.inputs], axis=-1)


@both_ways
@pytest.mark.usefixtures("double")
def test_jit_grad_and_vmap_agree_with_backpropagation(loop):
    """By weights and inputs, of a batch at once and of examples one by one."""
    net = learnable()
    f = rg.to_jax(net, ["E"], loop=loop)
    X = np.random.default_rng(1).normal(size=(3, 4))
    values = net.feed_forward(dict(zip(net.inputs, X.T, strict=True)))
    by_weights, by_inputs = gradient_of(net, X, "E")

    def loss(weights, inputs):
        return f(weights, inputs)[..., 0].sum()

    both = jax.value_and_grad(loss, argnums=(0, 1))
    value, got = jax.jit(both)(f.weights, X)
    one_by_one = jax.jit(jax.vmap(both, (None, 0)))(f.weights, X)
    assert gap(value, np.sum(values["E"])) < 1e-13
    assert gap(one_by_one[0], values["E"]) < 1e-13
    assert gap(got[0], by_weights) < 1e-13
    assert gap(got[1], by_inputs) < 1e-13
    assert gap(one_by_one[1][0].sum(axis=0), by_weights) < 1e-13
    assert gap(one_by_one[1][1], by_inputs) < 1e-13


@pytest.mark.parametrize(("loop", "units"), [(False, 1), (True, 3)], ids=["unrolled", "loop"])
@pytest.mark.usefixtures("double")
def test_second_derivatives(loop, units):
    """jax.hessian goes forward over the reverse pass; it agrees with differences of gradients."""
    net = learnable(units)
    f = rg.to_jax(net, ["E"], loop=loop)
    x, h = np.linspace(-1, 1, 4), 1e-5
    gradient = jax.jit(jax.grad(lambda weights: f(weights, x)[0]))
    hessian = jax.jit(jax.hessian(lambda weights: f(weights, x)[0]))(f.weights)
    steps = h * np.eye(len(f.weights))
    want = [(gradient(f.weights + e) - gradient(f.weights - e)) / (2 * h) for e in steps]
    assert gap(hessian, np.array(want)) < 1e-8
    forward = jax.jit(lambda w: jax.jvp(lambda weights: f(weights, x), (w,), (w,)))
    with pytest.raises(TypeError, match="custom_vjp"):
        forward.lower(f.weights)


@pytest.mark.usefixtures("double")
def test_inputs_come_as_an_array_or_by_name():
    """Leading axes are examples; a mapping's arrays are broadcast; the type is kept."""
    a, b = rg.inputs("a b")
    f = rg.to_jax(rg.Network.from_expressions((a - b).named("d"), (a * b).named("p")))
    assert (f.inputs, f.outputs) == (["a", "b"], ["d", "p"])
    assert (f.weights.shape, f.weight_names) == ((0,), [])
    assert jax.jit(f)([], [5, 2]).tolist() == [3, 10]
    named = jax.jit(f)([], {"b": np.array([1.0, 2.0]), "a": np.full((3, 1), 4.0)})
    assert named.tolist() == [[[3, 4], [2, 8]]] * 3

    def shaped(inputs, weights=()):
        return jax.eval_shape(f, jnp.asarray(weights), inputs)

    assert shaped(np.ones((2, 3, 2))).shape == (2, 3, 2)
    assert shaped(np.ones((0, 2))).shape == (0, 2)
    assert shaped(np.ones(2)).dtype == jnp.float64
    assert shaped(np.ones(2, "f4"), np.zeros(0, "f4")).dtype == jnp.float32
    assert shaped(np.ones(2, "f2"), np.zeros(0, "f2")).dtype == jnp.float16
    with jax.enable_x64(False):  # noqa: FBT003 - its only parameter
        assert shaped(np.ones(2)).dtype == jnp.float32
    nothing = rg.Network.from_expressions(rg.exp(rg.parameter("w", 2.0)))
    assert jax.eval_shape(rg.to_jax(nothing, ["w"]), [2.0], {}).shape == (1,)


def test_what_does_not_fit_is_refused():
    """Shapes, types, names; batches on the graph; what is no network."""
    a, b = rg.inputs("a b")
    net = rg.Network.from_expressions((a * b + rg.parameter("w", 1.0)).named("y"))
    f = rg.to_jax(net)
    for weights, inputs, words in (
        ([1.0, 2.0], [1.0, 2.0], r"vector of 1.*\(2,\)"),
        ([1.0], [1.0, 2.0, 3.0], r"\['a', 'b'\].*\(3,\)"),
        ([1.0], 1.0, "the last axis"),
        ([1.0], [1j, 2.0], "complex"),
        ([1.0], {"a": 1.0, "b": 2.0, "w": 3.0}, "'w' is no input"),
        ([1.0], {"a": np.ones(2), "b": np.ones(3)}, "do not fit together"),
    ):
        with pytest.raises(rg.ArgumentError, match=words):
            f(weights, inputs)
    with pytest.raises(rg.MissingValue, match="'b'"):
        f([1.0], {"a": 1.0})
    with pytest.raises(rg.ArgumentError, match="'nowhere'"):
        rg.to_jax(net, ["nowhere"])
    with pytest.raises(rg.ArgumentError, match="list of node names"):
        rg.to_jax(net, "y")
    with pytest.raises(rg.ArgumentError, match="takes a Network"):
        rg.to_jax("y")
    net.nodes["w"]["value"] = np.ones(3)
    with pytest.raises(rg.ArgumentError, match="'w' carries a batch"):
        rg.to_jax(net)


def test_without_jax_the_error_names_the_extra(monkeypatch):
    """For the engine and for the function."""
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)
    net = rg.Network.from_expressions(rg.exp(rg.inputs("x")))
    with pytest.raises(rg.MissingDependency, match=r"rojasgraph\[jax\]"):
        rg.to_jax(net)
    with pytest.raises(rg.MissingDependency, match=r"rojasgraph\[jax\]"):
        compile_network(net, "jax")


ON_EIGHT_DEVICES = """
import json, sys
import jax, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import rojasgraph as rg

jax.config.update("jax_enable_x64", True)
net = rg.layered([3, 4, 1], activation="tanh", rng=np.random.default_rng(0))
X = np.random.default_rng(1).normal(size=(16, 3))
mesh = Mesh(np.array(jax.devices()), ["batch"])
rows = NamedSharding(mesh, PartitionSpec("batch"))
found = {"devices": len(jax.devices())}
for loop in (False, True):
    f = rg.to_jax(net, loop=loop)
    step = jax.jit(jax.value_and_grad(lambda weights, X: (f(weights, X) ** 2).mean(), (0, 1)))
    sharded = step(f.weights, jax.device_put(X, rows))
    found[str(loop)] = [np.asarray(x).tolist() for x in (sharded[0], *sharded[1])]
    found[f"places {loop}"] = len(sharded[1][1].sharding.device_set)
json.dump(found, sys.stdout)
"""


def test_a_batch_on_eight_devices_gives_the_same_numbers():
    """The batch's axis is laid out over virtual devices; gradients by the inputs stay there."""
    more = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"
    flags = {"XLA_FLAGS": more, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", ON_EIGHT_DEVICES],
        capture_output=True, check=True, text=True, env={**os.environ, **flags},
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["devices"] == found["places False"] == found["places True"] == 8
    net = rg.layered([3, 4, 1], activation="tanh", rng=np.random.default_rng(0))
    X = np.random.default_rng(1).normal(size=(16, 3))
    (y,) = net.feed_forward(dict(zip(net.inputs, X.T, strict=True))).values()
    gradient = net.backpropagate(seed=2 * y / 16)
    names = rg.to_jax(net).weight_names
    want = [np.mean(y**2), [gradient.edges[n] for n in names],
            np.stack([gradient[n] for n in net.inputs], axis=-1)]  # fmt: skip
    for loop in ("False", "True"):
        for got, mine in zip(found[loop], want, strict=True):
            assert gap(got, mine) < 1e-13
