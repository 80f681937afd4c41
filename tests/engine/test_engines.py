"""Every engine gives what the graph's own passes give: one suite, run for each engine.

An engine that is added to the registry is tested here without a word; but JAX, which compiles for
each network, has fewer networks in a module of its own.
"""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine import passes
from rojasgraph.engine.compilation import compile as compile_network
from rojasgraph.engine.registry import ENGINES, installed
from rojasgraph.table import TABLE
from tests.engine.compare import compare, gap
from tests.strategies import networks, with_holes
from tests.test_primitives import EXTREMES, ONE_SLOT, argument_sets, points

AVAILABLE = [name for name, entry in ENGINES.items() if installed(entry) and name != "jax"]
each_engine = pytest.mark.parametrize("engine", AVAILABLE)
each_row = pytest.mark.parametrize("row", list(TABLE.values()), ids=lambda row: row.name)
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


COMPILED = {"llvm": 20}
"""How many networks an engine sees that compiles code for each of them."""


def on_each_engine(**strategies):
    """Let a property hold for every engine, on networks that are drawn."""

    def decorate(test):
        def run(engine):
            @settings(quick, max_examples=COMPILED.get(engine, settings().max_examples))
            @given(**strategies)
            def drawn(**values):
                test(engine, **values)

            drawn()

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return each_engine(run)

    return decorate


@st.composite
def cases(draw, *, smooth=False, **options):
    """Draw a network, floats to feed it, and what is differentiated: all outputs, or any node.

    Smooth networks are without kinks: at a kink, sums in another order may end on the other side.
    """
    analytic = smooth or draw(st.booleans())
    net, fed = draw(networks(analytic=analytic, **options))
    outputs = draw(st.sampled_from([net.outputs, *([name] for name in net)]))
    return net, {name: float(x) for name, x in fed.items()}, outputs


# --- random networks ----------------------------------------------------------------------------


@on_each_engine(case=cases(), data=st.data())
def test_random_networks(engine, case, data):
    """Values, gradients and all labels of one example are the reference's, also beside nan."""
    net, fed, outputs = case
    fed = data.draw(st.one_of(st.just(fed), with_holes((net, fed))))
    compare(net, fed, engine, outputs)


@on_each_engine(case=cases(), data=st.data())
def test_batches(engine, case, data):
    """So are those of batches of any shape, beside single numbers, and of fed parameters."""
    net, fed, outputs = case
    fed |= {name: float(net.nodes[name]["value"]) for name in net.parameters}
    shape = data.draw(st.sampled_from([(0,), (1,), (2,), (5,), (2, 3)]))
    offsets = np.linspace(0, 1 / 64, int(np.prod(shape))).reshape(shape)
    batched = data.draw(st.sets(st.sampled_from(sorted(fed, key=repr))))
    fed = data.draw(st.one_of(st.just(fed), with_holes((net, fed))))
    fed = {name: x + offsets if name in batched else x for name, x in fed.items()}
    reduction = data.draw(st.sampled_from(["sum", "mean"]))
    compare(net, fed, engine, outputs[:1] if reduction == "mean" else outputs, reduction=reduction)


@on_each_engine(case=cases(), data=st.data())
def test_several_outputs_with_seeds(engine, case, data):
    """Any nodes can be seeded, also with zero, alone or together, by numbers or batches."""
    net, fed, _ = case
    chosen = data.draw(st.lists(st.sampled_from(list(net)), min_size=1, max_size=4, unique=True))
    seeds = {name: data.draw(st.integers(-2, 2)) / 2 for name in chosen}
    if data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(fed, key=repr)))
        fed[name] += np.array([0.0, 1 / 128, -1 / 128])
    compare(net, fed, engine, seeds)


@each_engine
@pytest.mark.parametrize("nan", ["input", "parameter", "own weight"])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_missing_weight_is_a_missing_operand(engine, nan, batch):
    """The sum keeps its partial 1, so the derivative by the weight is the input still."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", float("nan") if nan == "parameter" else 3.0)
    net.add_unit("u", "add")
    own = float("nan") if nan == "own weight" else 0.5
    net.add_edge("x", "u", parameter="w")
    net.add_edge("x", "u", weight=own)
    x = float("nan") if nan == "input" else 2.0
    fed = {"x": x if batch == 1 else np.full(batch, x)}
    compare(net, fed, engine)
    gradients = compile_network(net, engine).value_and_gradient(fed)[1]
    assert gradients.edges["x", "u", 1] == pytest.approx(batch * x, nan_ok=True)
    assert gradients["w"] == pytest.approx(batch * x, nan_ok=True)
    want = np.full(batch, (float("nan") if nan == "parameter" else 3.0) + own)
    assert np.ravel(gradients["x"]) == pytest.approx(want, nan_ok=True)


@each_engine
def test_examples_are_judged_one_by_one(engine):
    """Beside an example that is fed nan, another one leaves the domain: its derivative is nan."""
    x, z = rg.inputs("x z")
    net = rg.Network.from_expressions((rg.log(x) * 2 + rg.sqrt(z)).named("E"))
    xs = np.array([-1.0, np.nan, 0.0, 2.0])
    compare(net, {"x": xs, "z": np.array([[1.0], [-4.0]])}, engine)
    with pytest.raises(rg.DomainError, match=r"log needs x > 0; got x = -1.0 \(example 0\)"):
        compile_network(net, engine).feed_forward({"x": xs, "z": 1.0}, strict=True)


@on_each_engine(case=cases(max_units=12, max_edges=4), data=st.data())
def test_float32(engine, case, data):
    """In single precision they agree as far as it carries."""
    net, fed, outputs = case
    name = data.draw(st.sampled_from(sorted(fed, key=repr)))
    fed[name] += np.linspace(0, 1 / 64, data.draw(st.integers(1, 40)))
    program = compile_network(net, engine, dtype="float32")
    values, gradients = program.value_and_gradient(fed, outputs)
    assert values.array.dtype == gradients.weights.dtype == np.float32
    if _is_tame(net, fed, outputs):
        compare(net, fed, engine, outputs, dtype="float32")


def _is_tame(net, fed, outputs):
    """Tell whether rounding the inputs does not throw the labels off: no kinks, small numbers."""
    smooth = all(not TABLE[op].kink for _, op in net.nodes(data="op") if op in TABLE)
    net.feed_forward(fed)
    net.backpropagate(outputs)
    labels = [a[k] for _, a in net.nodes(data=True) for k in ("value", "adjoint")]
    return smooth and max(np.abs(np.asarray(x, float)).max() for x in labels) < 100


# --- primitives ---------------------------------------------------------------------------------


def unit(row, arguments, slots):
    """Make a network of one operation, each slot fed over a weighted edge by an input."""
    net = rg.Network()
    net.add_unit("y", row, arguments=arguments)
    for s in range(slots):
        net.add_input(f"x{s}")
        net.add_edge(f"x{s}", "y", slot=s, weight=1.0)
    return net


def grid(row, slots):
    """Give points inside and outside of a domain: kinks, ties, zeros, infinities, huge numbers."""
    several = (*ONE_SLOT[::3], 0.0, -1.0, 1.0)
    found = points(row, (*ONE_SLOT, 0.0, -1.0, 1.0), several, slots)
    extremes = [(x,) * slots for x in (*EXTREMES, np.inf, -np.inf)]
    return np.array([*found, *extremes]).T


@each_engine
@each_row
def test_primitives(engine, row):
    """Every row, in a batch of points inside and outside of its domain, at kinks and extremes."""
    for arguments in argument_sets(row):
        slots = row.slots or 3
        fed = {f"x{s}": xs for s, xs in enumerate(grid(row, slots))}
        compare(unit(row, arguments, slots), fed, engine)


@pytest.mark.once
@each_engine
@each_row
def test_primitives_of_one_example(engine, row):
    """The same, point by point."""
    arguments = argument_sets(row)[0]
    slots = row.slots or 2
    for point in grid(row, slots).T[::7]:
        fed = {f"x{s}": float(x) for s, x in enumerate(point)}
        compare(unit(row, arguments, slots), fed, engine)


@each_engine
def test_arguments_that_differ_from_node_to_node(engine):
    """Nodes of one operation are computed together also where their arguments differ."""
    net = rg.Network()
    net.add_input("x")
    for i, exponent in enumerate([2, -1, 0, 3, 0.5]):
        net.add_unit(f"p{i}", "power", arguments=exponent)
        net.add_unit(f"s{i}", "leaky_relu", arguments=i / 8)
        net.add_edge("x", f"p{i}", weight=0.5)
        net.add_edge(f"p{i}", f"s{i}")
    for x in (1.5, np.array([0.25, 1.0, 4.0])):
        compare(net, {"x": x}, engine)


@pytest.fixture
def own():
    """Declare primitives of a user's own; one branches on its argument."""
    rg.primitive(
        "swish2",
        lambda xp, x, *, beta=2: x / (1 + xp.exp(-beta * x)),
        lambda xp, y, x, *, beta=2: ((1 + beta * (x - y)) / (1 + xp.exp(-beta * x)),),
    )
    rg.primitive(
        "bent",
        lambda xp, a, b, *, kind=0: a * b if kind == 0 else a + b,
        lambda xp, y, a, b, *, kind=0: (b, a) if kind == 0 else (xp.one, xp.one),
    )
    yield
    for name in ("swish2", "bent"):
        del TABLE[name]


@each_engine
@pytest.mark.usefixtures("own")
def test_a_users_own_primitives(engine):
    """They work without a word, also one that branches on its argument."""
    net = rg.Network()
    net.add_input("x")
    net.add_input("z")
    for i in range(4):
        net.add_unit(f"s{i}", "swish2", arguments=1 + i % 2)
        net.add_edge("x", f"s{i}", weight=i / 4)
        net.add_unit(f"b{i}", "bent", arguments=i % 2)
        net.add_edge(f"s{i}", f"b{i}", slot=0)
        net.add_edge("z", f"b{i}", slot=1, weight=-0.5)
    compare(net, {"x": 0.5, "z": 2.0}, engine)
    compare(net, {"x": np.array([0.5, -1.0, 3.0]), "z": 2.0}, engine)


@each_engine
@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("batch", [1, 3])
def test_an_argument_that_a_row_branches_on_is_changed(engine, batch):
    """A program that has run takes the other branch after `refresh`."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("y", "bent", arguments=0)
    net.add_edge("x", "y", slot=0)
    net.add_edge("x", "y", slot=1, weight=-0.5)
    x = np.linspace(2.0, 4.0, batch)
    program = rg.compile(net, engine=engine)
    values, gradients = program.value_and_gradient({"x": x})
    np.testing.assert_allclose(values["y"], -0.5 * x * x)
    np.testing.assert_allclose(gradients["x"], -x)
    net.nodes["y"]["arguments"] = (1,)
    program.refresh()
    values, gradients = program.value_and_gradient({"x": x})
    np.testing.assert_allclose(values["y"], 0.5 * x)
    np.testing.assert_allclose(gradients["x"], 0.5 * np.ones(batch))


# --- single traits ------------------------------------------------------------------------------


@each_engine
@pytest.mark.parametrize("batch", [None, 3])
def test_shared_weights(engine, batch):
    """Edges that share a parameter, also one that is fed a batch, as tails and in one slot."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 0.5)
    net.add_parameter("v", -0.25)
    for i in range(4):
        net.add_unit(i, "tanh" if i % 2 else "sin")
        net.add_edge("x" if i == 0 else i - 1, i, parameter="w")
        net.add_edge("x", i, parameter="v" if i % 2 else "w")
        net.add_edge("w", i, weight=0.125)
    net.add_unit("E", "mul")
    net.add_edge(3, "E", slot=0, parameter="v")
    net.add_edge("v", "E", slot=1, parameter="v")
    x = 0.75 if batch is None else np.linspace(-1, 1, batch)
    compare(net, {"x": x}, engine)
    w = np.linspace(0.5, 1, 3)
    compare(net, {"x": x, "w": w}, engine)
    compare(net, {"x": x, "v": w, "w": 0.75}, engine)
    net.nodes["v"]["value"] = w
    compare(net, {"x": x}, engine)


@each_engine
def test_dead_ends_form_no_product(engine):
    """A node without a path to the output has adjoint 0 beside infinite partials and weights."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("dead", "log")
    net.add_edge("x", "dead")
    net.add_unit("deader", "identity")
    net.add_edge("dead", "deader", weight=np.inf)
    net.add_unit("stop", "stop_gradient")
    net.add_edge("deader", "stop", weight=2.0)
    net.add_unit("E", "square", output=True)
    net.add_edge("x", "E", weight=3.0)
    net.add_unit("F", "add")
    net.add_edge("stop", "F", weight=1.0)
    net.add_edge("E", "F")
    for x in (0.0, np.array([0.0, 1.0])):
        compare(net, {"x": x}, engine, ["E"])
        compare(net, {"x": x}, engine, ["F"])


@each_engine
def test_no_derivative_without_a_value(engine):
    """Where an operation has no value its derivatives are nan; those after it keep theirs."""
    net = rg.Network()
    net.add_input("x")
    net.add_input("z")
    net.add_unit("l", "log")
    net.add_edge("x", "l", weight=1.0)
    net.add_unit("d", "sub")
    net.add_edge("l", "d", slot=0)
    net.add_edge("z", "d", slot=1)
    for x in (-1.0, np.array([-1.0, 1.0, 0.0]), np.array([1.0, np.nan]), np.full(70, -2.0)):
        compare(net, {"x": x, "z": 2.0}, engine)
    compare(net, {"x": 1.0, "z": np.nan}, engine)


@each_engine
def test_examples_do_not_touch_each_other(engine):
    """An example's derivatives are what they are alone, also beside nan and infinities."""
    x = rg.inputs("x")
    program = compile_network(rg.Network.from_expressions(rg.log(x) + rg.sqrt(x)), engine)
    batch = np.array([-1.0, np.nan, 0.0, np.inf, 4.0])
    _, together = program.value_and_gradient({"x": batch})
    alone = [program.value_and_gradient({"x": float(x)})[1]["x"] for x in batch]
    np.testing.assert_allclose(together["x"], alone, rtol=1e-15)


@each_engine
def test_infinities_that_cancel(engine):
    """∞ − ∞ in one slot is nan, and its derivatives too."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("y", "add")
    net.add_edge("x", "y", weight=1.0)
    net.add_edge("x", "y", weight=-1.0)
    compare(net, {"x": np.inf}, engine)
    compare(net, {"x": np.array([1.0, np.inf])}, engine)


@each_engine
def test_batches_of_several_shapes(engine):
    """Batches broadcast against each other; an output has the shape of what reaches it."""
    x, z = rg.inputs("x z")
    net = rg.Network.from_expressions(
        rg.sin(x * 2).named("a"), rg.mul(x, z).named("b"), rg.exp(z).named("c")
    )
    fed = {"x": np.linspace(0, 1, 3)[:, None], "z": np.linspace(0, 1, 4)}
    compare(net, fed, engine, ["a"])
    compare(net, fed, engine, ["b"])
    compare(net, fed, engine, ["a", "b", "c"])
    compare(net, {"x": 1.0, "z": np.linspace(0, 1, 4)}, engine, ["a", "b", "c"])


@each_engine
def test_parallel_edges_and_squares(engine):
    """Several edges between two nodes, into one slot and into two, are counted each."""
    x = rg.inputs("x")
    net = rg.Network.from_expressions(((x * x + x + x) * x).named("E"))
    compare(net, {"x": 1.5}, engine)
    compare(net, {"x": np.array([1.5, -2.0])}, engine)


@each_engine
def test_a_source_may_be_an_output(engine):
    """A network without operations, and one whose output is a parameter."""
    net = rg.Network()
    net.add_input("x", output=True)
    net.add_parameter("w", 2.0, output=True)
    compare(net, {"x": np.array([1.0, 2.0])}, engine, ["x", "w"])
    compare(net, {"x": 1.0}, engine, ["w"])


# --- sizes --------------------------------------------------------------------------------------


def random_network(nodes, seed, window=60, op=("tanh", "sin", "sigmoid"), degree=(1, 9)):
    """Build a random network of units, some of very many edges."""
    rng = np.random.default_rng(seed)
    net = rg.Network()
    for i in range(4):
        net.add_input(i)
    for i in range(4, nodes):
        net.add_unit(i, op[int(rng.integers(len(op)))])
        tails = rng.integers(max(0, i - window), i, int(rng.integers(*degree)))
        for tail in tails.tolist():
            net.add_edge(tail, i, weight=float(rng.normal() / len(tails)))
    return net


@each_engine
@pytest.mark.parametrize("batch", [None, 1, 2, 7, 64, 300])
def test_larger_networks(engine, batch):
    """Hundreds of nodes: many levels, of many widths, whose nodes have many edges or one."""
    net = random_network(400, 1)
    hub = net.add_unit("hub", "tanh", output=True)
    for i in range(0, 400, 2):
        net.add_edge(i, hub, weight=0.01)
    rng = np.random.default_rng(2)
    fed = {i: rng.normal() if batch is None else rng.normal(size=batch) for i in range(4)}
    compare(net, fed, engine)
    compare(net, fed, engine, [hub])
    compare(net, fed, engine, [hub, 200, 300])


@each_engine
@pytest.mark.parametrize("batch", [None, 1, 50])
def test_layers(engine, batch):
    """Fully connected layers, with biases, with one edge missing, with one output dead."""
    rng = np.random.default_rng(3)
    net = rg.layered([6, 9, 8, 7], activation="tanh", rng=rng)
    fed = {n: rng.normal() if batch is None else rng.normal(size=batch) for n in net.inputs}
    compare(net, fed, engine)
    compare(net, fed, engine, net.outputs[:1])
    tail, head, key = list(net.edges(keys=True))[60]
    net.remove_edge(tail, head, key)
    compare(net, fed, engine)
    tail, head, key = list(net.edges(keys=True))[10]
    net.add_edge(tail, head, weight=0.5)
    compare(net, fed, engine)


@each_engine
@pytest.mark.parametrize("batch", [None, 3])
def test_chains(engine, batch):
    """Thousands of levels of one node."""
    node = rg.inputs("x")
    for i in range(2000):
        node = rg.sin(node) if i % 3 else rg.mul(node, 1.25)
    net = rg.Network.from_expressions(node.named("E"))
    compare(net, {"x": 1.0 if batch is None else np.linspace(-1, 1, batch)}, engine)


@each_engine
@pytest.mark.parametrize("graph", ["ladder", "star", "tree"])
def test_shapes_of_graphs(engine, graph):
    """2 to the power of 50 paths; one node with hundreds of edges; a tree."""
    if graph == "ladder":
        edges = [(i, i + 1) for i in range(50) for _ in range(2)]
    elif graph == "star":
        edges = [(i, "hub") for i in range(300)] + [("hub", ("leaf", i)) for i in range(300)]
    else:
        edges = list(nx.balanced_tree(3, 5, create_using=nx.DiGraph).edges)
    net = rg.Network()
    for name in dict.fromkeys(itertools.chain(*edges)):
        is_source = all(head != name for _, head in edges)
        net.add_input(name) if is_source else net.add_unit(name, "sin")
    for tail, head in edges:
        net.add_edge(tail, head, weight=0.5)
    rng = np.random.default_rng(4)
    compare(net, {name: rng.normal() for name in net.inputs}, engine)
    compare(net, {name: rng.normal(size=5) for name in net.inputs}, engine)


# --- the interface ------------------------------------------------------------------------------


@on_each_engine(case=cases(), data=st.data())
def test_steps(engine, case, data):
    """A prepared step gives what `value_and_gradient` gives, each time it is called."""
    net, fed, _ = case
    program = compile_network(net, engine)
    batch = data.draw(st.sampled_from([None, 1, 4]))
    rng = np.random.default_rng(data.draw(st.integers(0, 9)))
    inputs = rng.uniform(0.5, 1.0, (2, *([] if batch is None else [batch]), len(fed)))
    output = net.outputs[0]
    table = inputs if batch else inputs[:, None]
    value = program.value_and_gradient(table[0], [output])[0][output]
    if np.shape(value) != table.shape[1:2]:
        with pytest.raises(rg.ArgumentError, match="no input"):
            program.prepare(batch, [output])
        return
    step = program.prepare(batch, [output], reduction="mean")
    for matrix in inputs:
        step.inputs[:] = matrix
        step.weights[:] = rng.uniform(-1, 1, len(step.weights))
        step()
        program.weights = step.weights
        given_ = matrix if batch else matrix[None]
        values, gradients = program.value_and_gradient(given_, [output], reduction="mean")
        pairs = [
            (step.outputs.reshape(values.array.shape), values.array),
            (step.weight_gradient, gradients.weights),
            (step.input_gradient.reshape(len(given_), -1), gradients.inputs),
        ]
        for got, want in pairs:
            assert got.shape == want.shape
            assert gap(got, want) == 0


@each_engine
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch", [1, 300])
def test_the_same_bits_each_time(engine, dtype, batch):
    """The same inputs give the same bits from call to call and from program to program."""
    rng = np.random.default_rng(5)
    inputs = rng.normal(size=(batch, 4))
    net = random_network(300, 6)
    found = []
    for _ in range(2):
        program = compile_network(net, engine, dtype=dtype)
        for _ in range(2):
            values, gradients = program.value_and_gradient(inputs, net.outputs)
            found.append((values.array.tobytes(), gradients.inputs.tobytes(),
                          gradients.weights.tobytes()))  # fmt: skip
    assert len(set(found)) == 1


def test_compare_sees_what_is_wrong(monkeypatch):
    """`compare` fails for an engine whose partial or sum is off by a millionth."""
    net = random_network(30, 7)
    fed = dict.fromkeys(range(4), 0.5)
    compare(net, fed, "numpy")
    run = passes.run

    def spoilt(what):
        def spoil(*arguments):
            outcome = run(*arguments)
            getattr(outcome, what)[-1] *= 1 + 1e-6
            return outcome

        return spoil

    for what in ("watched", "totals", "gradients"):
        monkeypatch.setattr("rojasgraph.engine.program.run", spoilt(what))
        with pytest.raises(AssertionError):
            compare(net, fed, "numpy")
    monkeypatch.undo()
    for what in ("values", "node_adjoints"):
        monkeypatch.setattr("rojasgraph.engine.account.run", spoilt(what))
        with pytest.raises(AssertionError):
            compare(net, fed, "numpy")
