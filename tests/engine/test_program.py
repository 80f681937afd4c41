"""Programs: what they read and write, and what they refuse, whatever engine runs them."""

from fractions import Fraction
from functools import partial

import mpmath
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine.program import Program
from tests.effort import tries
from tests.engine.compare import compare, labels_of
from tests.engine.test_engines import cases, random_network
from tests.strategies import with_holes

compile_network = partial(rg.compile, engine="numpy")
"""What is tested here depends on no engine, and this one compiles nothing."""


@pytest.fixture
def net():
    """Give tanh(w·x + 0.5·z), and the square of it."""
    net = rg.Network()
    net.add_input("x")
    net.add_input("z")
    net.add_parameter("w", 0.25)
    net.add_unit("h", "tanh")
    net.add_edge("x", "h", parameter="w")
    net.add_edge("z", "h", weight=0.5, trainable=True)
    net.add_unit("E", "square")
    net.add_edge("h", "E", weight=2.0)
    return net


FED = {"x": 1.0, "z": -1.0}
EDITED = "A program refuses a network that was edited into another one, and names what was edited."


# --- weights ------------------------------------------------------------------------------------


def test_weights_are_the_parameters_and_the_trainable_edges(net):
    """A fixed weight is not among them, though it has a derivative."""
    program = compile_network(net)
    assert program.weight_names == ["w", ("z", "h", 0)]
    assert program.weights.tolist() == [0.25, 0.5]
    _, gradients = program.value_and_gradient(FED)
    assert gradients.weights.tolist() == [gradients["w"], gradients.edges["z", "h", 0]]
    assert set(gradients.edges) == {("z", "h", 0), ("h", "E", 0)}


def test_weights_can_be_set(net):
    """The program computes with them; the graph keeps its own until it is labeled."""
    program = compile_network(net)
    program.weights = [1.0, -1.0]
    values = program.feed_forward(FED)
    assert values["E"] == pytest.approx((2 * np.tanh(2.0)) ** 2, rel=1e-14)
    assert net.nodes["w"]["value"] == 0.25
    program.label()
    assert net.nodes["w"]["value"] == 1.0
    assert net.edges["z", "h", 0]["weight"] == -1.0
    assert net.edges["h", "E", 0]["weight"] == 2.0
    assert net.feed_forward(FED) == pytest.approx(dict(values), rel=1e-14)


def test_weights_are_a_copy(net):
    """What is done to the vector does nothing before it is set."""
    program = compile_network(net)
    vector = program.weights
    vector[:] = 0
    assert program.weights.tolist() == [0.25, 0.5]
    program.weights += 1
    assert program.weights.tolist() == [1.25, 1.5]


@pytest.mark.parametrize("vector", [[1.0], [[1.0, 2.0]], 1.0, ["a", "b"], [1j, 2]])
def test_wrong_weights_are_refused(net, vector):
    """A vector of another length, or of no real numbers."""
    with pytest.raises(rg.ArgumentError, match="2 real numbers"):
        compile_network(net).weights = vector


def test_training_decreases_the_error(net):
    """Gradient descent on the vector of weights, by value_and_gradient and by a step."""
    program = compile_network(net)
    batch = {"x": np.linspace(-1, 1, 20), "z": np.linspace(1, 3, 20)}
    before = program.feed_forward(batch)["E"].sum()
    for _ in range(50):
        program.weights -= 0.05 * program.value_and_gradient(batch, reduction="mean")[1].weights
    assert program.feed_forward(batch)["E"].sum() < before / 10


# --- refreshing ---------------------------------------------------------------------------------


def test_refresh_reads_attributes_anew(net):
    """Weights, values, arguments and outputs count from the next refresh on."""
    net.add_unit("p", "power", arguments=2)
    net.add_edge("h", "p")
    program = compile_network(net)
    net.edges["z", "h", 0]["weight"] = 3.0
    net.nodes["w"]["value"] = -1.0
    net.nodes["p"]["arguments"] = (3,)
    net.nodes["h"]["output"] = True
    assert program.outputs == ["E", "p"]
    program.refresh()
    assert program.outputs == ["h"]
    compare(net, FED, "numpy", ["p"])
    values, _ = program.value_and_gradient(FED)
    assert values["h"] == pytest.approx(np.tanh(-4.0), rel=1e-15)


def test_refresh_takes_back_weights_that_were_set(net):
    """The graph's weights are the program's again."""
    program = compile_network(net)
    program.weights = [7.0, 7.0]
    program.refresh()
    assert program.weights.tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda net: net.add_unit("new", "exp"), "node 'new' was added"),
        (lambda net: net.remove_node("E"), "node 'E' was removed"),
        (lambda net: net.add_edge("x", "E"), "edge 'x' → 'E' was added"),
        (lambda net: net.remove_edge("h", "E"), "edge 'h' → 'E' was removed"),
    ],
)
def test_a_changed_structure_is_refused(net, edit, message):
    """Passes, labels and refreshing name what was edited since the program was compiled."""
    program = compile_network(net)
    program.value_and_gradient(FED)
    edit(net)
    for use in (lambda: program.value_and_gradient(FED), program.label, program.refresh):
        with pytest.raises(rg.GraphError, match=f"{message}; compile it again"):
            use()


def test_the_same_structure_again_is_no_change(net):
    """An edge that was removed and added again, or attributes set by add_node, change nothing."""
    program = compile_network(net)
    net.add_node("x", label="x₁")
    assert program.feed_forward(FED)
    net.remove_edge("h", "E")
    net.add_edge("h", "E", weight=3.0)
    program.refresh()
    compare(net, FED, "numpy")
    net.remove_edge("x", "h")
    net.add_edge("x", "h", parameter="w")
    assert program.feed_forward(FED)
    net.add_edge("x", "z2")
    net.remove_node("z2")
    net.remove_node("x")
    net.add_input("x")
    net.add_edge("x", "h", parameter="w")
    with pytest.raises(rg.GraphError, match="nodes were removed and added again, 'x' among them"):
        program.refresh()


def test_edges_in_another_order_are_a_change():
    """Two edges into one node that changed places."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("h", "tanh")
    net.add_edge("x", "h", "a", weight=1.0)
    net.add_edge("x", "h", "b", weight=2.0)
    program = compile_network(net)
    net.remove_edge("x", "h", "a")
    net.add_edge("x", "h", "a", weight=1.0)
    with pytest.raises(rg.GraphError, match="edges into 'h' were removed and added again"):
        program.feed_forward({"x": 1.0})


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda net: net.nodes["h"].update(op="sin"), "node 'h' has another operation"),
        (lambda net: net.nodes["x"].update(op="parameter", value=1.0), "node 'x' has another"),
        (lambda net: net.edges["h", "E", 0].pop("weight"), "edge 'h' → 'E' has a weight where"),
        (lambda net: net.edges["x", "h", 0].pop("parameter"), "edge 'x' → 'h' shares another"),
        (lambda net: net.edges["h", "E", 0].update(slot=1), "edge 'h' → 'E' feeds another slot"),
        (lambda net: net.nodes["h"].pop("op"), "node 'h' has another op"),
        (
            lambda net: net.edges["x", "h", 0].update(parameter=[]),
            "edge 'x' → 'h' shares another parameter",
        ),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda program: program.refresh(),
        lambda program: program.label(),
        lambda program: program.prepare(),
        lambda program: program.feed_forward(FED, strict=True),
        lambda program: program.value_and_gradient(FED, strict=True),
        lambda program: program.sweep("E", FED),
        lambda program: program.sweep("E", algebra=rg.algebras.longest),
    ],
    ids=["refresh", "label", "prepare", "forward", "both", "sweep", "structural sweep"],
)
@pytest.mark.promise("nothing wrong in silence", EDITED)
def test_an_edit_that_makes_another_program_is_refused(net, call, edit, message):
    """Each call that reads the graph names the node or the edge; a plain pass goes on."""
    program = compile_network(net)
    want = dict(program.feed_forward(FED))
    edit(net)
    with pytest.raises(rg.GraphError, match=f"{message}.*compile it again"):
        call(program)
    assert dict(program.feed_forward(FED)) == want


@pytest.mark.promise("nothing wrong in silence", EDITED)
def test_a_primitive_that_was_declared_anew_is_another_operation():
    """The program computes with the row that it was compiled with, and says so when it is asked."""
    rg.primitive("mine", lambda xp, x: 2 * x, lambda xp, y, x: (2 * xp.one,))
    try:
        net = rg.Network()
        net.add_input("x")
        net.add_unit("u", "mine")
        net.add_edge("x", "u")
        program = compile_network(net)
        rg.primitive("mine", lambda xp, x: 3 * x, lambda xp, y, x: (3 * xp.one,), replace=True)
        with pytest.raises(rg.GraphError, match="node 'u' has another operation"):
            program.refresh()
    finally:
        del rg.table.TABLE["mine"]


# --- labels -------------------------------------------------------------------------------------


def test_labels_need_a_pass(net):
    """Without one, or after other weights, there is nothing to write."""
    program = compile_network(net)
    with pytest.raises(rg.NotLabeled):
        program.label()
    program.feed_forward(FED)
    program.label()
    program.weights += 1
    with pytest.raises(rg.NotLabeled):
        program.label()
    program.feed_forward(FED)
    program.refresh()
    with pytest.raises(rg.NotLabeled):
        program.label()


@given(case=cases(max_units=4))
@tries(30)
def test_labels_of_a_forward_pass(case):
    """After feed_forward the labels are those of a forward pass: backward ones are taken off."""
    net, fed, outputs = case
    net.feed_forward(fed)
    want = labels_of(net)
    net.backpropagate(outputs)
    program = compile_network(net)
    program.feed_forward(fed)
    program.label()
    assert labels_of(net).keys() == want.keys()


def test_labels_are_written_on_a_copy(net):
    """A copy of the graph takes them; another graph is refused."""
    program = compile_network(net)
    program.value_and_gradient(FED)
    copy = net.copy()
    program.label(copy)
    assert "adjoint" in copy.nodes["h"]
    assert "adjoint" not in net.nodes["h"]
    copy.add_input("other")
    with pytest.raises(rg.GraphError, match="node 'other' was added"):
        program.label(copy)


def test_the_graph_goes_on_from_the_labels_of_a_program(net):
    """Not from a pass of its own before them; weights that were set are those of the program."""
    net.feed_forward({"x": 5.0, "z": 5.0})
    program = compile_network(net)
    program.weights = [1.0, -0.5]
    program.feed_forward(FED)
    program.label()
    found = net.backpropagate()
    want = twin_of(net, FED)
    assert dict(found) == pytest.approx(dict(want.backpropagate()), rel=1e-14)
    assert found.edges == pytest.approx(dict(want.backpropagate().edges), rel=1e-14)


def twin_of(net, fed):
    """Copy a network, and label it by its own pass."""
    copied = net.copy()
    copied.feed_forward(fed)
    return copied


def paths_of(net):
    """List the paths from a shared weight, which is an implied edge, with their products."""
    return [(path.nodes, path.factors, path.product) for path in rg.paths(net, "w", "E")]


READERS = {
    "paths": paths_of,
    "jvp": lambda net: rg.jvp(net, {"x": 1.0}, edges={("z", "h", 0): 2.0}),
    "vjp": lambda net: rg.vjp(net, {"E": 2.0}).edges,
    "derivation": lambda net: str(rg.explain(net, "E")),
    "page": rg.text,
    "backward": lambda net: dict(net.backpropagate("E", reduction="mean")),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("z", [-1.0, np.array([-1.0, 0.5, 2.0])], ids=["one", "batch"])
def test_whatever_reads_labels_reads_those_of_a_program(net, reader, z):
    """Derivations, paths, products and pictures say what they say after the graph's own pass."""
    fed = {"x": 1.0, "z": z}
    program = compile_network(net)
    program.feed_forward(fed)
    program.label()
    found, want = READERS[reader](net), READERS[reader](twin_of(net, fed))
    assert repr(found) == repr(want) or found == pytest.approx(want, rel=1e-14)


def test_a_labeled_graph_is_drawn(net, tmp_path):
    """After both passes of a program, in any style."""
    program = compile_network(net)
    program.value_and_gradient(FED)
    program.label()
    rg.render(net, tmp_path / "net.svg")
    want = twin_of(net, FED)
    want.backpropagate()
    rg.render(want, tmp_path / "twin.svg")
    assert (tmp_path / "net.svg").read_text() == (tmp_path / "twin.svg").read_text()


def test_numbers_of_the_graph_that_changed_since_the_pass_are_not_its_own(net):
    """As after the graph's own pass, an edit counts at the next one."""
    program = compile_network(net)
    program.feed_forward(FED)
    net.edges["h", "E", 0]["weight"] = 7.0
    net.nodes["w"]["value"] = 9.0
    program.label()
    found = net.backpropagate()
    net.edges["h", "E", 0]["weight"], net.nodes["w"]["value"] = 2.0, 0.25
    assert dict(found) == pytest.approx(dict(twin_of(net, FED).backpropagate()), rel=1e-14)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda net: net.nodes["h"].update(op="sin"), "node 'h' has another operation"),
        (lambda net: net.edges["h", "E", 0].pop("weight"), "edge 'h' → 'E' has a weight where"),
        (lambda net: net.nodes["h"].update(op="nothing"), "node 'h'"),
    ],
)
def test_labels_are_not_written_on_another_network(net, edit, message):
    """An operation that was exchanged since is named, and nothing is written."""
    program = compile_network(net)
    program.feed_forward(FED)
    edit(net)
    with pytest.raises(rg.GraphError, match=message):
        program.label()
    assert labels_of(net) == {("w", "value"): 0.25}


def test_labels_are_no_views_of_what_was_fed(net):
    """What the user's array holds later does not matter."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]], order="F")
    program = compile_network(net)
    program.value_and_gradient(x)
    x[:] = 0
    program.label()
    assert net.nodes["z"]["value"].tolist() == [2.0, 4.0]


# --- what is fed --------------------------------------------------------------------------------


def test_a_matrix_is_fed_by_column(net):
    """Columns are the inputs in their order; gradients come back the same way."""
    program = compile_network(net)
    matrix = np.array([[1.0, -1.0], [0.5, 2.0], [0.0, 0.0]])
    values, gradients = program.value_and_gradient(matrix)
    by_name, by_name_too = program.value_and_gradient({"x": matrix[:, 0], "z": matrix[:, 1]})
    np.testing.assert_array_equal(values["E"], by_name["E"])
    np.testing.assert_array_equal(gradients.inputs, by_name_too.inputs)
    np.testing.assert_array_equal(gradients.inputs[:, 0], gradients["x"])
    assert values.array.shape == (3, 1)
    assert gradients.inputs.shape == (3, 2)


@pytest.mark.parametrize(
    ("fed", "error", "message"),
    [
        ({"x": 1.0}, rg.MissingValue, "no value for 'z'"),
        (None, rg.MissingValue, "no value for 'x', 'z'"),
        ({"x": 1.0, "z": 1.0, "zz": 1.0}, rg.ArgumentError, "'zz' is no node; did you mean 'z'"),
        ({"x": 1.0, "z": 1.0, "h": 1.0}, rg.ArgumentError, "node 'h' is an operation"),
        ({"x": "1.0", "z": 1.0}, rg.ArgumentError, "input 'x': '1.0' is a str"),
        ({"x": 1j, "z": 1.0}, rg.ArgumentError, "input 'x': .*not a real number"),
        ({"x": np.ones(2, complex), "z": 1.0}, rg.ArgumentError, "input 'x': .*not real"),
        ({"x": mpmath.mpf(1), "z": 1.0}, rg.ArgumentError, "input 'x': .*not a real number"),
        ({"x": ["a"], "z": 1.0}, rg.ArgumentError, "input 'x': an array of dtype <U1"),
        ({"x": 10**400, "z": 1.0}, rg.ArgumentError, "input 'x': .*10\\^308"),
        ({"x": np.ones(2), "z": np.ones(3)}, rg.ArgumentError, r"'x' has the shape \(2,\), 'z'"),
        (np.ones(2), rg.ArgumentError, r"2 columns.*got the shape \(2,\)"),
        (np.ones((4, 3)), rg.ArgumentError, r"2 columns.*got the shape \(4, 3\)"),
        (np.ones((4, 2), complex), rg.ArgumentError, "dtype complex128"),
        (1.0, rg.ArgumentError, "2 columns"),
    ],
)
def test_wrong_inputs_are_refused(net, fed, error, message):
    """A message names what was fed, and what is allowed."""
    program = compile_network(net)
    for use in (program.feed_forward, program.value_and_gradient):
        with pytest.raises(error, match=message):
            use(fed)


def test_numbers_of_other_kinds_are_taken_as_floats(net):
    """Integers, Fractions, numpy's scalars, lists and arrays of integers."""
    program = compile_network(net)
    want = program.feed_forward({"x": 1.0, "z": 0.5})["E"]
    kinds = ((1, Fraction(1, 2)), (np.float32(1), 0.5), (True, np.array(0.5)))
    for x, z in kinds:
        assert program.feed_forward({"x": x, "z": z})["E"] == want
    assert program.feed_forward({"x": [1, 1], "z": 0.5})["E"].tolist() == [want, want]


def test_parameters_can_be_fed_for_a_pass(net):
    """They hold for that pass only."""
    program = compile_network(net)
    before = dict(program.feed_forward(FED))
    assert dict(program.feed_forward({**FED, "w": 3.0})) != before
    assert dict(program.feed_forward(FED)) == before
    assert program.weights.tolist() == [0.25, 0.5]


def test_constants_cannot_be_fed():
    """They are what they are."""
    two = rg.constant(2.0).named("two")
    net = rg.Network.from_expressions((rg.inputs("x") + two).named("E"))
    with pytest.raises(rg.ArgumentError, match="node 'two' is a constant"):
        compile_network(net).feed_forward({"x": 1.0, "two": 1.0})


# --- what is asked for --------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [-1, 2.0, "3", True])
def test_a_step_is_for_a_number_of_examples(net, batch):
    """Anything else is refused."""
    with pytest.raises(rg.ArgumentError, match=r"batch must be None.*a whole number"):
        compile_network(net).prepare(batch)


def test_a_matrix_that_does_not_fit_is_told_the_inputs(net):
    """Their names say what the columns are."""
    program = compile_network(net)
    with pytest.raises(rg.ArgumentError, match=r"one for each of 'x', 'z'; got the shape \(3, 3\)"):
        program.feed_forward(np.ones((3, 3)))
    with pytest.raises(rg.ArgumentError, match=r"dtype <U1 .* a column for each of 'x', 'z'"):
        program.feed_forward(np.array([["1", "2"]]))


def test_outputs_and_seeds_are_checked(net):
    """Several outputs want a name; a seed wants the shape of its output."""
    net.add_unit("F", "sin")
    net.add_edge("h", "F")
    program = compile_network(net)
    with pytest.raises(rg.ArgumentError, match=r"name the output: .*\['E', 'F'\]"):
        program.value_and_gradient(FED)
    with pytest.raises(rg.ArgumentError, match="output 'G' is no node"):
        program.value_and_gradient(FED, "G")
    with pytest.raises(rg.ArgumentError, match=r"seed of output 'E' has shape \(3,\)"):
        program.value_and_gradient(FED, "E", seed=np.ones(3))
    with pytest.raises(rg.ArgumentError, match="seed of output 'E' is no real number"):
        program.value_and_gradient(FED, {"E": 1j})
    with pytest.raises(rg.ArgumentError, match="at least one output"):
        program.value_and_gradient(FED, [])
    with pytest.raises(rg.ArgumentError, match="reduction"):
        program.value_and_gradient(FED, "E", reduction="max")
    with pytest.raises(rg.ArgumentError, match="one column for each of 2"):
        program.value_and_gradient(FED, seed=np.ones(3))
    with pytest.raises(rg.ArgumentError, match="outputs must be"):
        program.value_and_gradient(FED, [["E"]])


def test_a_seed_may_have_a_column_for_each_output(net):
    """It says the same as a mapping."""
    net.add_unit("F", "sin")
    net.add_edge("h", "F")
    program = compile_network(net)
    matrix = np.array([[1.0, -1.0], [0.5, 2.0]])
    seed = np.array([[1.0, 2.0], [3.0, 4.0]])
    _, by_matrix = program.value_and_gradient(matrix, seed=seed)
    _, by_name = program.value_and_gradient(matrix, {"E": seed[:, 0], "F": seed[:, 1]})
    np.testing.assert_array_equal(by_matrix.weights, by_name.weights)
    _, one = program.value_and_gradient(FED, seed=[1.0, 2.0])
    _, named = program.value_and_gradient(FED, {"E": 1.0, "F": 2.0})
    np.testing.assert_array_equal(one.weights, named.weights)


def test_a_mean_wants_one_shape(net):
    """Outputs that depend on different batches have none."""
    net.add_parameter("v", 1.0)
    net.add_unit("F", "sin")
    net.add_edge("v", "F")
    program = compile_network(net)
    with pytest.raises(rg.ArgumentError, match="no common mean"):
        program.value_and_gradient(np.ones((3, 2)), ["E", "F"], reduction="mean")


def test_only_what_is_asked_for_is_in_the_gradient(net):
    """`wrt` chooses sources; weights are there in any case."""
    program = compile_network(net)
    _, everything = program.value_and_gradient(FED)
    _, some = program.value_and_gradient(FED, wrt=["z"])
    assert dict(some) == {"z": everything["z"]}
    assert some.weights.tolist() == everything.weights.tolist()
    with pytest.raises(KeyError, match="it has: 'z'"):
        some["x"]
    with pytest.raises(rg.ArgumentError, match="node 'h' is an operation"):
        program.value_and_gradient(FED, wrt=["h"])


def test_results_are_snapshots(net):
    """A later pass does not change what an earlier one returned."""
    program = compile_network(net)
    values, gradients = program.value_and_gradient(np.ones((2, 2)))
    kept = values["E"].copy(), gradients.weights.copy(), gradients.inputs.copy()
    program.weights += 1
    program.value_and_gradient(np.zeros((2, 2)))
    for was, now in zip(kept, (values["E"], gradients.weights, gradients.inputs), strict=True):
        np.testing.assert_array_equal(was, now)


def test_results_show_themselves(net):
    """As a dict; and with the number of weights."""
    program = compile_network(net)
    values, gradients = program.value_and_gradient({"x": 0.0, "z": 0.0})
    assert repr(values) == "{'E': 0.0}"
    assert repr(gradients) == "<gradients {'x': 0.0, 'z': 0.0, 'w': 0.0}, weights: 2>"
    assert repr(program) == "<program of 5 nodes, 3 edges, engine numpy, float64>"
    with pytest.raises(KeyError, match="no input or parameter"):
        gradients["h"]


# --- strict -------------------------------------------------------------------------------------


def reference_fault(net, fed, outputs):
    """Give the message of the graph's own strict passes."""
    try:
        net.feed_forward(fed, strict=True)
        net.backpropagate(outputs, strict=True)
    except rg.DomainError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        (rg.log, -1.0),
        (rg.log, np.array([1.0, 0.0, -1.0])),
        (lambda x: rg.exp(rg.log(x)) + rg.sqrt(x), np.array([4.0, -1.0])),
        (lambda x: 1 / x, 0.0),
        (rg.exp, 1000.0),
        (lambda x: rg.exp(rg.exp(x)), np.array([1.0, 50.0])),
        (rg.sqrt, 0.0),
        (lambda x: rg.sqrt(x) + rg.cbrt(x), np.array([1.0, 0.0])),
        (lambda x: x * 2, np.nan),
        (lambda x: x * 2, np.array([1.0, np.nan])),
        (lambda x: x * 2, np.inf),
        (lambda x: x**0.5 * 1e300 * 1e300 * 0.0, 1e300),
        (lambda x: rg.sin(x) * 2, 1.0),
    ],
)
def test_strict_says_what_the_reference_says(expression, x):
    """Where a node leaves its domain, or has no finite derivative, in the same words."""
    net = rg.Network.from_expressions(expression(rg.inputs("x")).named("E"))
    want = reference_fault(net, {"x": x}, "E")
    program = compile_network(net)
    if not want:
        program.value_and_gradient({"x": x}, strict=True)
        return
    with pytest.raises(rg.DomainError) as caught:
        program.value_and_gradient({"x": x}, strict=True)
    assert str(caught.value) == want


@given(
    case=cases(max_units=8), x=st.sampled_from([0.0, 1e200, np.inf, np.nan, None]), data=st.data()
)
@settings(deadline=None)
def test_strict_raises_where_the_reference_does(case, x, data):
    """On random networks fed a bad number, or with weights and parameters that are nan."""
    net, fed, outputs = case
    if x is None:
        fed = data.draw(with_holes((net, fed)))
    else:
        fed[min(fed, key=repr)] = x
    want = reference_fault(net, fed, outputs)
    program = compile_network(net)
    if want:
        with pytest.raises(rg.DomainError):
            program.value_and_gradient(fed, outputs, strict=True)
    else:
        program.value_and_gradient(fed, outputs, strict=True)


def test_strict_feed_forward_and_nan(net):
    """A forward pass alone is checked too; nan is refused by name and example."""
    program = compile_network(net)
    with pytest.raises(rg.DomainError, match=r"input 'z' is nan \(example 1\)"):
        program.feed_forward({"x": 1.0, "z": np.array([0.0, np.nan])}, strict=True)
    with pytest.raises(rg.DomainError, match="input 'x' is nan"):
        program.feed_forward({"x": np.nan, "z": 1.0}, strict=True)


# --- compiling ----------------------------------------------------------------------------------


def test_what_cannot_be_compiled(net):
    """A graph that is no network, a cycle, an operation without edges, a view."""
    with pytest.raises(rg.ArgumentError, match="compile takes a Network"):
        compile_network(nx.DiGraph())
    with pytest.raises(rg.ArgumentError, match="dtype must be float64 or float32"):
        compile_network(net, dtype=complex)
    with pytest.raises(rg.ArgumentError, match="dtype must be"):
        compile_network(net, dtype="floaty")
    with pytest.raises(rg.ArgumentError, match="threads"):
        compile_network(net, threads=0)
    with pytest.raises(rg.GraphError, match="view"):
        compile_network(net.subgraph(["x", "z"]))
    net.add_edge("E", "h")
    with pytest.raises(rg.CycleError, match="'h' → 'E'"):
        compile_network(net)


def test_what_a_graph_carries_must_be_real(net):
    """Complex numbers, and numbers of other libraries, are named by their place."""
    net.nodes["w"]["value"] = np.ones(2, complex)
    with pytest.raises(rg.ArgumentError, match="parameter 'w' carries complex numbers"):
        compile_network(net)
    net.nodes["w"]["value"] = 1.0
    net.edges["z", "h", 0]["weight"] = mpmath.mpf(1)
    with pytest.raises(rg.ArgumentError, match="edge 'z' → 'h'"):
        compile_network(net)


def test_a_row_that_fails_names_its_node(net):
    """A row that branches on an operand works for one example only; the error says so."""
    rg.primitive("forked", lambda xp, x: x if x > 0 else -x, lambda xp, y, x: (1.0,), check=False)
    try:
        net.add_unit("f", "forked")
        net.add_edge("E", "f")
        with pytest.raises(rg.ArgumentError, match="node 'f': forked cannot be computed on arrays"):
            compile_network(net).value_and_gradient({"x": np.ones(3), "z": 1.0})
    finally:
        del rg.table.TABLE["forked"]


def test_a_parameter_that_is_a_batch(net):
    """It has a derivative for each example, and no place among the weights."""
    net.nodes["w"]["value"] = np.array([0.5, 1.0])
    compare(net, FED, "numpy")
    program = compile_network(net)
    assert program.weight_names == [("z", "h", 0)]
    with pytest.raises(rg.ArgumentError, match="batch"):
        program.prepare()


def test_float32_computes_in_float32():
    """Everything that comes out is of the type; inputs of another type are converted."""
    net = random_network(50, 1)
    program = compile_network(net, dtype=np.float32)
    values, gradients = program.value_and_gradient(np.ones((3, 4)), net.outputs)
    arrays = (values.array, gradients.inputs, gradients.weights, program.weights, gradients[0])
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    values, gradients = program.value_and_gradient(dict.fromkeys(range(4), 1.0), net.outputs)
    assert {type(x) for x in (*values.values(), gradients[0])} == {np.float32}


def test_numbers_beyond_float32_are_infinite(net):
    """Without a warning, as by IEEE."""
    program = compile_network(net, dtype="float32")
    program.weights = [1e300, 0.5]
    values, gradients = program.value_and_gradient({"x": 1e300, "z": [1.0, 1e300]}, seed=1e300)
    assert values["E"].tolist() == [4.0, 4.0]
    assert np.isnan(gradients.weights).all()


def test_steps_of_a_forward_pass(net):
    """Without a gradient a step computes the outputs alone."""
    program = compile_network(net)
    step = program.prepare(3, gradient=False)
    step.inputs[:] = [[1, -1], [0, 0], [2, 1]]
    step()
    want = program.feed_forward(step.inputs.copy())
    np.testing.assert_array_equal(step.outputs, want.array)
    with pytest.raises(rg.ArgumentError):
        program.prepare(3, "nonsense")


def test_programs_from_arrays_have_no_graph():
    """Labels and refreshing are for graphs."""
    program = Program.from_arrays(["input", "exp"], [0], [1])
    program.feed_forward({0: 1.0})
    for use in (program.label, program.refresh):
        with pytest.raises(rg.GraphError, match="from arrays"):
            use()
