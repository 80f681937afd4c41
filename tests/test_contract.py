"""The graph contract: what breaks it is refused before anything is written, the place named."""

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.table import TABLE
from tests.strategies import labels


def two_units():
    """Build p = mul(x, w·one) and h = tanh(p), which meets the contract."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 0.5)
    net.add_constant("one", 1.0)
    net.add_unit("p", "mul")
    net.add_unit("h", "tanh")
    net.add_edge("x", "p", slot=0)
    net.add_edge("one", "p", slot=1, parameter="w")
    net.add_edge("p", "h", weight=2.0)
    return net


def refused(net, error, *words, fed=None):
    """Feed a network forward, and hold that it is refused with these words and left as it was."""
    before = labels(net)
    with pytest.raises(error) as caught:
        net.feed_forward({"x": 1.0} if fed is None else fed)
    for word in words:
        assert word in str(caught.value)
    assert repr(labels(net)) == repr(before)
    with pytest.raises(rg.NotLabeled):
        net.backpropagate("x")


def test_the_sound_network_is_accepted():
    """What the other tests break is sound to begin with."""
    net = two_units()
    assert net.feed_forward(x=2.0) == {"h": pytest.approx(np.tanh(2.0))}


# --- cycles -------------------------------------------------------------------------------------


def test_cycle_is_shown_node_by_node():
    """A cycle is a GraphError, a ValueError and a networkx.HasACycle, and is shown."""
    net = two_units()
    net.add_edge("h", "p", slot=0)
    refused(net, rg.CycleError, "→", "'p'", "'h'")
    assert issubclass(rg.CycleError, rg.GraphError | nx.HasACycle)
    assert issubclass(rg.CycleError, nx.HasACycle)
    assert issubclass(rg.CycleError, ValueError)


def test_self_loop():
    """A node that feeds itself is the shortest cycle."""
    net = two_units()
    net.add_edge("h", "h")
    refused(net, rg.CycleError, "'h' → 'h'")


def test_long_cycle():
    """A cycle of 50,000 nodes is found without recursion and shown in short."""
    net = rg.Network()
    for i in range(50_000):
        net.add_unit(i, "tanh")
    for i in range(50_000):
        net.add_edge(i, (i + 1) % 50_000)
    with pytest.raises(rg.CycleError) as caught:
        net.feed_forward()
    assert "(49988 more)" in str(caught.value)
    assert len(str(caught.value)) < 500


# --- operations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "words"),
    [
        ("tahn", ["'h'", "'tahn'", "did you mean", "tanh"]),
        ("Tanh", ["'h'", "'Tanh'", "tanh"]),
        ("no such thing", ["'h'", "'no such thing'"]),
        (["tanh"], ["'h'", "['tanh']"]),
        ({}, ["'h'", "{}"]),
        (7, ["'h'", "7"]),
        (np.tanh, ["'h'", "tanh"]),
    ],
)
def test_unknown_primitive(op, words):
    """An operation that no row has is named with its node, and the nearest row."""
    net = two_units()
    net.nodes["h"]["op"] = op
    refused(net, rg.UnknownPrimitive, *words)


def test_add_unit_refuses_an_unknown_primitive():
    """Building says it at once."""
    with pytest.raises(rg.UnknownPrimitive, match=r"did you mean.* tanh"):
        rg.Network().add_unit("h", "tahn")


def test_missing_operation():
    """A node that an edge made, without an operation, is named."""
    net = two_units()
    net.add_edge("h", ("a", 1))
    refused(net, rg.GraphError, "('a', 1)", "no operation", "add_unit")


def test_taken_names():
    """A name is given once."""
    net = two_units()
    for add in (
        lambda: net.add_input("x"),
        lambda: net.add_parameter("h", 1.0),
        lambda: net.add_constant("one", 1.0),
        lambda: net.add_unit("p", "tanh"),
    ):
        with pytest.raises(rg.ArgumentError, match="exists already"):
            add()


@pytest.mark.parametrize("source", ["x", "w", "one"])
def test_a_source_takes_no_edges(source):
    """An edge into an input, parameter or constant is refused, and both ends named."""
    net = two_units()
    net.add_input("y")
    net.add_edge("y", source)
    refused(net, rg.GraphError, f"'{source}'", "'y'", "takes no edges", fed={"x": 1.0, "y": 1.0})


# --- what is fed --------------------------------------------------------------------------------


def test_missing_input():
    """All inputs that lack a value are named at once."""
    net = two_units()
    net.add_input(("y", 2))
    refused(net, rg.MissingValue, "'x'", "('y', 2)", "feed_forward(", fed={})


@pytest.mark.parametrize("op", ["parameter", "constant"])
@pytest.mark.parametrize("given", [{}, {"value": None}])
def test_source_without_value(op, given):
    """A parameter or constant must carry a value."""
    net = two_units()
    net.add_node("c", op=op, **given)
    refused(net, rg.MissingValue, op, "'c'", "value")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xx", ["'xx' is no node", "did you mean 'x'", "['x', 'w']"]),
        ("nowhere", ["'nowhere' is no node"]),
        ("one", ["'one' is a constant"]),
        ("h", ["'h'", "computes tanh"]),
        (("x", 0), ["('x', 0)"]),
    ],
)
def test_what_cannot_be_fed(name, words):
    """Only inputs and parameters are fed; the message lists them."""
    refused(two_units(), rg.ArgumentError, *words, fed={"x": 1.0, name: 1.0})


@pytest.mark.parametrize("value", ["1.0", None, object(), b"1", {"a": 1}, ["a", "b"], [None]])
def test_values_that_are_no_numbers(value):
    """Text and other things that are no number are refused, never read as one."""
    refused(two_units(), rg.ArgumentError, "'x'", fed={"x": value})
    net = two_units()
    net.nodes["one"]["value"] = value
    refused(net, rg.LabelError if value is None else rg.ArgumentError, "'one'")
    with pytest.raises(rg.ArgumentError, match="'q'"):
        net.add_parameter("q", value)


READERS = {
    "feed_forward": lambda net, path: net.feed_forward(x=1.0, w=1.0),
    "compile": lambda net, path: rg.compile(net, engine="numpy"),
    "save as JSON": lambda net, path: rg.save(net, path / "net.json"),
    "save as DOT": lambda net, path: rg.save(net, path / "net.dot"),
    "to_sympy": lambda net, path: rg.to_sympy(net),
    "to_latex": lambda net, path: rg.to_latex(net),
    "to_python": lambda net, path: rg.to_python(net),
    "explain": lambda net, path: rg.explain(net),
    "check": lambda net, path: rg.check(net, {"w": "x"}),
    "check_gradients": lambda net, path: rg.check_gradients(net, x=1.0),
    "a page": lambda net, path: rg.render(net, path / "net.html"),
}
"""What reads a network, in the ways that differ."""

NO_NUMBERS = ([1.0, 2.0], (1.0,), [[1.0]], [], range(2), "1", {"a": 1}, {1}, np.array(["1"]))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("source", ["w", "one"])
def test_stored_values_that_are_no_numbers(source, read, tmp_path, record_property):
    """What a source may not store is refused by all that reads a network, in the same words."""
    record_property("tried", len(NO_NUMBERS))
    for value in NO_NUMBERS:
        net = two_units()
        net.nodes[source]["value"] = value
        with pytest.raises(rg.ArgumentError) as caught:
            read(net, tmp_path)
        op = net.nodes[source]["op"]
        assert f"{op} {source!r} carries no number: " in str(caught.value)
        assert "a number, or a numpy array" in str(caught.value)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_a_label_of_an_input_is_written_over(value):
    """What an input bears is no part of the contract: a pass puts its label there."""
    net = two_units()
    net.nodes["x"]["value"] = value
    net.feed_forward(x=1.0)
    assert labels(net) == labels(fed(two_units()))


def fed(net):
    """Feed a network forward."""
    net.feed_forward(x=1.0)
    return net


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_weights_and_arguments_that_are_no_numbers(read, tmp_path, record_property):
    """The same for what an edge or an operation may not carry."""
    record_property("tried", 2 * len(NO_NUMBERS))
    for value in NO_NUMBERS:
        net = two_units()
        net.edges["p", "h", 0]["weight"] = value
        with pytest.raises(rg.ArgumentError, match="edge 'p' → 'h': its weight"):
            read(net, tmp_path)
        net = two_units()
        net.nodes["h"].update(op="scale", arguments=(value,))
        with pytest.raises(rg.ArgumentError, match=r"'h'.*scale takes a number for factor"):
            read(net, tmp_path)


def test_what_is_no_number_is_cut_short():
    """An error does not print a million numbers."""
    net = two_units()
    net.nodes["w"]["value"] = [0.5] * 10_000
    with pytest.raises(rg.ArgumentError) as caught:
        net.feed_forward(x=1.0)
    assert len(str(caught.value)) < 300


def test_a_name_that_is_fed_twice():
    """The mapping and the keywords do not overrule each other."""
    twice = r"'x' is fed twice.*mapping.*keyword"
    with pytest.raises(rg.ArgumentError, match=twice):
        two_units().feed_forward({"x": 1.0}, x=2.0)
    with pytest.raises(rg.ArgumentError, match=twice):
        rg.check_gradients(two_units(), {"x": 1.0}, x=2.0)


@pytest.mark.parametrize("fed", [3.0, [1.0], "x", ("x", 1.0), {"x"}], ids=repr)
def test_what_is_fed_is_a_mapping(fed):
    """A bare number, a list or text is refused, with the way to write it."""
    with pytest.raises(rg.ArgumentError, match=r"by name.*feed_forward\(\{'x': "):
        two_units().feed_forward(fed)


def test_batches_that_do_not_broadcast():
    """Batches of 2 and 3 examples do not meet; the error names the node where they would."""
    refused(two_units(), rg.ArgumentError, "'p'", fed={"x": np.ones(2), "w": np.ones(3)})


def test_batches_in_one_slot_that_do_not_broadcast():
    """The same where two edges into one slot are summed."""
    net = two_units()
    net.add_input("y")
    net.add_edge("y", "h")
    refused(net, rg.ArgumentError, "'h'", fed={"x": np.ones(2), "y": np.ones(3)})


# --- slots --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slot", [None, -1, 2, True, False, "1", 1.0, [1], np.array([0, 1]), "", ()]
)
def test_wrong_slot_of_two(slot):
    """Into mul, a slot is 0 or 1, a whole number; the message names edge or node and slots."""
    net = two_units()
    net.edges["one", "p", 0]["slot"] = slot
    refused(net, rg.ArgumentError, "'p'", "mul takes slot 0 (a), 1 (b)")


@pytest.mark.parametrize("slot", [-1, 1, True, False, "0", "", 0.0, [], (), np.array([0, 1])])
def test_wrong_slot_of_one(slot):
    """Into a one-slot primitive the slot is 0 or left out; nothing else passes for it."""
    net = two_units()
    net.edges["p", "h", 0]["slot"] = slot
    refused(net, rg.ArgumentError, "'h'", "tanh takes slot 0 (x)")


@pytest.mark.parametrize("slot", [0, np.int64(0), np.uint8(0), None])
def test_slots_that_pass(slot):
    """Numpy's integers are slots; None is a slot left out."""
    net = two_units()
    net.edges["p", "h", 0]["slot"] = slot
    net.feed_forward(x=1.0)


def test_slot_left_out():
    """Into several slots it must be written."""
    net = two_units()
    del net.edges["one", "p", 0]["slot"]
    refused(net, rg.ArgumentError, "edge 'one' → 'p'", "has no slot")


def test_empty_slot_and_gap():
    """A slot that nothing feeds is named, also before the last of a variadic primitive."""
    net = two_units()
    net.remove_edge("one", "p")
    refused(net, rg.ArgumentError, "'p'", "nothing feeds slot 1")
    net = two_units()
    net.nodes["p"]["op"] = "prod"
    net.edges["one", "p", 0]["slot"] = 2
    refused(net, rg.ArgumentError, "'p'", "nothing feeds slot 1", "without a gap")


@pytest.mark.parametrize("op", TABLE)
def test_operation_without_edges(op):
    """Every row refuses a node that nothing feeds."""
    net = two_units()
    arguments = dict.fromkeys(TABLE[op].arguments, 1)
    net.add_unit("lonely", op, arguments=arguments)
    refused(net, rg.ArgumentError, "'lonely'", "nothing feeds slot 0")


@pytest.mark.parametrize("op", TABLE)
def test_a_slot_too_many(op):
    """Every row of fixed slots refuses one more than it has."""
    row = TABLE[op]
    net = two_units()
    net.add_unit("full", op, arguments=dict.fromkeys(row.arguments, 1))
    for slot in range((row.slots or 2) + 1):
        net.add_edge("x", "full", slot=slot)
    if row.slots is None:
        net.feed_forward(x=1.0)
    else:
        refused(net, rg.ArgumentError, "'full'", f"an edge feeds slot {row.slots}")


# --- weights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", ["2", "", b"3", object(), ["a"], {}])
def test_weight_that_is_no_number(weight):
    """Text as a weight is refused, and its edge named."""
    net = two_units()
    net.edges["p", "h", 0]["weight"] = weight
    refused(net, rg.ArgumentError, "edge 'p' → 'h'", "weight")


def test_weight_of_another_number_system():
    """A float that is no fraction cannot be a weight among Fractions."""
    net = two_units()
    net.nodes["h"]["op"] = "square"
    net.edges["p", "h", 0]["weight"] = float("inf")
    refused(net, rg.ArgumentError, "edge 'p' → 'h'", "inf", fed={"x": Fraction(1)})


def test_weight_and_parameter():
    """An edge has a weight of its own or shares one; the key tells parallel edges apart."""
    net = two_units()
    net.add_edge("x", "h", key="second", weight=2.0, parameter="w")
    refused(net, rg.ArgumentError, "edge 'x' → 'h' (key 'second')", "both a weight and a parameter")


@pytest.mark.parametrize("name", ["x", "one", "h", "nowhere", None, ["w"], 0])
def test_parameter_that_is_none(name):
    """A shared weight must be that of a parameter node."""
    net = two_units()
    net.edges["one", "p", 0]["parameter"] = name
    refused(net, rg.ArgumentError, "edge 'one' → 'p'", repr(name), "no parameter node", "['w']")


@pytest.mark.parametrize("weight", [True, False, np.True_], ids=repr)
@pytest.mark.parametrize("fed", [1.0, Fraction(1), np.ones(2)], ids=["float", "Fraction", "batch"])
def test_weight_that_is_a_truth_value(weight, fed):
    """`weight=True` is a slip for `trainable=True`, not the number 1."""
    net = two_units()
    net.nodes["h"]["op"] = "square"
    net.edges["p", "h", 0]["weight"] = weight
    refused(net, rg.ArgumentError, "edge 'p' → 'h'", repr(weight), "trainable=True", fed={"x": fed})


# --- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "arguments", "words"),
    [
        ("power", (), "lacks exponent"),
        ("power", (1, 2), "does not take"),
        ("power", {"factor": 2}, "exponent"),
        ("scale", (), "lacks factor"),
        ("tanh", (1,), "does not take"),
        ("leaky_relu", {"slop": 1}, "slope"),
    ],
)
def test_arguments_that_do_not_fit(op, arguments, words):
    """Missing, unknown and superfluous arguments are refused by the pass and by add_unit."""
    net = two_units()
    net.nodes["h"].update(op=op, arguments=arguments)
    refused(net, rg.ArgumentError, "'h'", op, words)
    with pytest.raises(rg.ArgumentError, match=words):
        rg.Network().add_unit("h", op, arguments=arguments)


@pytest.mark.parametrize("value", ["2", None, object(), [1, "a"]])
def test_argument_that_is_no_number(value):
    """An argument is a number."""
    net = two_units()
    net.nodes["h"].update(op="scale", arguments=(value,))
    refused(net, rg.ArgumentError, "'h'")


# --- outputs ------------------------------------------------------------------------------------


def test_outputs():
    """Marked nodes are the outputs; without a mark, the sinks that are no sources."""
    net = two_units()
    net.add_input("idle")
    assert net.outputs == ["h"]
    net.nodes["p"]["output"] = True
    assert net.outputs == ["p"]
    net.nodes["h"]["output"] = True
    assert net.feed_forward(x=1.0, idle=0.0).keys() == {"p", "h"}
    with pytest.raises(rg.ArgumentError, match=r"name the output.*'p'.*'h'"):
        net.backpropagate()
    for name in ("nowhere", "H", ("h",)):
        with pytest.raises(rg.ArgumentError, match="is no node"):
            net.backpropagate(name)


def test_a_tuple_is_one_name():
    """Several outputs are a list or a mapping; a tuple is the name of one node."""
    net = two_units()
    net.add_unit(("p", "h"), "neg")
    net.add_edge("p", ("p", "h"))
    net.feed_forward(x=1.0)
    assert net.backpropagate(("p", "h"))["x"] == -0.5
    with pytest.raises(rg.ArgumentError, match="name"):
        net.backpropagate({"p", "h"})


@pytest.mark.parametrize("outputs", [[], {}], ids=repr)
def test_no_output_at_all(outputs):
    """A backward pass starts somewhere: no name is not all names, and no gradient of zeros."""
    net = two_units()
    net.feed_forward(x=1.0)
    for ask in (net.backpropagate, lambda given: rg.check_gradients(net, x=1.0, outputs=given)):
        with pytest.raises(rg.ArgumentError, match=r"at least one output.*\['h'\]"):
            ask(outputs)
    assert "adjoint" not in net.nodes["x"]


@pytest.mark.parametrize("outputs", [[["h"]], ["h", {}], [set()]], ids=repr)
def test_outputs_that_are_no_names(outputs):
    """What cannot be a name is refused as such."""
    net = two_units()
    net.feed_forward(x=1.0)
    with pytest.raises(rg.ArgumentError, match="node name, a list of names"):
        net.backpropagate(outputs)


# --- number systems -----------------------------------------------------------------------------


@pytest.mark.parametrize("op", [name for name, row in TABLE.items() if not row.analytic])
def test_complex_numbers_through_what_has_no_meaning_for_them(op):
    """abs, maximum and their like refuse complex numbers, and the node is named."""
    row = TABLE[op]
    net = two_units()
    net.add_unit("bad", op)
    for slot in range(row.slots):
        net.add_edge("x", "bad", slot=slot)
    for x in (1j, np.array([1.0, 1j])):
        refused(net, rg.DomainError, "'bad'", op, "complex", fed={"x": x})


@pytest.mark.parametrize("op", ["exp", "tanh", "log", "sqrt", "sin", "sigmoid"])
def test_fractions_through_what_is_not_rational(op):
    """A transcendental operation refuses Fractions, and the node is named."""
    net = two_units()
    net.nodes["h"]["op"] = op
    refused(net, rg.DomainError, "'h'", op, "Fractions", fed={"x": Fraction(1, 2)})


def test_division_by_zero_among_fractions():
    """There is no infinity among Fractions: the node is named."""
    net = two_units()
    net.nodes["h"]["op"] = "reciprocal"
    refused(net, rg.DomainError, "'h'", "division by zero", fed={"x": Fraction(0)})


def test_batches_do_not_stand_beside_symbols():
    """An array is no example of mpmath or sympy numbers."""
    import mpmath

    net = two_units()
    refused(net, rg.ArgumentError, "batch", fed={"x": np.ones(2), "w": mpmath.mpf(1)})


# --- the tree of errors -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (rg.GraphError, (ValueError,)),
        (rg.CycleError, (rg.GraphError, nx.HasACycle)),
        (rg.UnknownPrimitive, (rg.GraphError,)),
        (rg.ArgumentError, (rg.GraphError,)),
        (rg.FormulaError, (rg.GraphError,)),
        (rg.LabelError, (ValueError,)),
        (rg.MissingValue, (rg.LabelError,)),
        (rg.NotLabeled, (rg.LabelError,)),
        (rg.DomainError, (rg.LabelError,)),
        (rg.MissingDependency, (ImportError,)),
        (rg.DomainWarning, (RuntimeWarning,)),
    ],
)
def test_errors_are_a_tree_of_pythons_own(error, bases):
    """Each error is also one of Python's own, as the design lists them."""
    for base in bases:
        assert issubclass(error, base)
