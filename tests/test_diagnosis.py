"""Where a pass leaves a domain: the node, the slot, its arguments and the example are named."""

import math
import pickle
import warnings

import mpmath
import numpy as np
import pytest

import rojasgraph as rg
from tests.strategies import labels

NAMED = "Where a pass makes nan or inf out of numbers, the node is named, and its arguments."


def logarithms(count=1):
    """Build the sum of the logarithms of x − 1, x − 2 and so on."""
    x = rg.inputs("x")
    total = sum(rg.log((x - i).named(f"d{i}")).named(f"l{i}") for i in range(1, count + 1))
    return rg.Network.from_expressions((total * 1).named("y"))


def root():
    """Build y = √x."""
    return rg.Network.from_expressions(rg.sqrt(rg.inputs("x")).named("y"))


def test_strict_raises_with_node_slot_and_argument():
    """Log of −1: the error names the node, its domain, the slot and the argument."""
    net = logarithms()
    with pytest.raises(rg.DomainError) as caught:
        net.feed_forward({"x": 0.0}, strict=True)
    for word in ("'l1'", "log", "x > 0", "x = -1.0"):
        assert word in str(caught.value)


def test_default_warns_and_labels():
    """Without strict the same is a warning, and nan stands on value and derivatives."""
    net = logarithms()
    with pytest.warns(rg.DomainWarning, match=r"'l1'.*x = -1\.0") as caught:
        net.feed_forward(x=0.0)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert math.isnan(net.nodes["l1"]["value"])
    assert math.isnan(net.nodes["l1"]["derivatives"][0])
    assert math.isnan(net.edges["d1", "l1", 0]["derivative"])
    assert net.nodes["d1"]["value"] == -1.0


def test_only_the_first_bad_node_is_named():
    """What comes behind a nan is not blamed for it."""
    net = logarithms()
    with pytest.warns(rg.DomainWarning) as caught:
        net.feed_forward(x=0.0)
    assert "'y'" not in str(caught[0].message)


def test_one_warning_a_pass():
    """Many bad nodes make one warning, which lists the first and counts the others."""
    net = logarithms(8)
    with pytest.warns(rg.DomainWarning) as caught:
        net.feed_forward(x=0.0)
    (warning,) = caught
    assert "'l1'" in str(warning.message)
    assert "'l5'" in str(warning.message)
    assert "and 3 more" in str(warning.message)


def test_example_of_a_batch():
    """In a batch the first bad example is named, by its number, with its own argument."""
    net = logarithms()
    with pytest.raises(rg.DomainError, match=r"x = -3\.0 \(example 2\)"):
        net.feed_forward({"x": [2.0, 5.0, -2.0, -4.0]}, strict=True)
    with pytest.raises(rg.DomainError, match=r"x = -3\.0 \(example \(1, 0\)\)"):
        net.feed_forward({"x": [[2.0, 5.0], [-2.0, -4.0]]}, strict=True)
    with pytest.warns(rg.DomainWarning, match="example 1"):
        net.feed_forward(x=[2.0, -2.0])
    assert list(np.isnan(net.nodes["l1"]["value"])) == [False, True]
    assert list(np.isnan(net.nodes["l1"]["derivatives"][0])) == [False, True]


def test_each_slot_is_named():
    """Of several slots, all arguments are shown by name."""
    net = rg.Network.from_expressions(rg.parse("a/b").named("q"))
    with pytest.raises(rg.DomainError, match=r"'q': div needs b != 0; got a = 1\.0, b = 0\.0"):
        net.feed_forward({"a": 1.0, "b": 0.0}, strict=True)


def test_a_batch_beside_a_scalar():
    """What is the same for all examples is shown as the number that it is."""
    net = rg.Network.from_expressions(rg.parse("a/b").named("q"))
    with pytest.raises(rg.DomainError, match=r"a = 1\.0, b = 0\.0 \(example 1\)"):
        net.feed_forward({"a": 1.0, "b": [2.0, 0.0]}, strict=True)


def test_root_at_zero_is_a_fault_of_the_way_back():
    """√0 has a value and no finite derivative: only the pass that needs it says so."""
    net = root()
    assert net.feed_forward({"x": 0.0}, strict=True) == {"y": 0.0}
    with pytest.raises(
        rg.DomainError, match=r"'y': the derivative of sqrt by x at x = 0\.0 is inf"
    ):
        net.backpropagate("y", strict=True)
    assert "adjoint" not in net.nodes["x"]
    with pytest.warns(rg.DomainWarning, match="sqrt") as caught:
        gradient = net.backpropagate("y")
    assert gradient["x"] == math.inf
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_root_at_zero_in_a_batch():
    """The example is named on the way back too; the others keep their derivatives."""
    net = root()
    net.feed_forward(x=[4.0, 0.0])
    with pytest.warns(rg.DomainWarning, match=r"example 1"):
        gradient = net.backpropagate("y")
    assert list(gradient["x"]) == [0.25, math.inf]


def test_weight_behind_an_infinite_derivative():
    """A shared weight that only leads into the bad slot is spoken for, too."""
    net = rg.Network()
    net.add_constant("one", 1.0)
    net.add_parameter("w", 0.0)
    net.add_unit("y", "sqrt")
    net.add_edge("one", "y", parameter="w")
    net.feed_forward()
    with pytest.warns(rg.DomainWarning, match="'y'.*sqrt"):
        assert net.backpropagate("y")["w"] == math.inf


def test_own_weight_behind_an_infinite_derivative():
    """So is a weight of the edge's own, when its gradient is infinite."""
    net = rg.Network()
    net.add_constant("one", 1.0)
    net.add_unit("y", "sqrt")
    net.add_edge("one", "y", weight=0.0, trainable=True)
    net.feed_forward()
    with pytest.warns(rg.DomainWarning, match="'y'.*sqrt"):
        gradient = net.backpropagate("y")
    assert gradient.edges["one", "y", 0] == math.inf


def test_overflow():
    """A value beyond the largest number is a fault of the node that made it."""
    net = rg.Network.from_expressions(rg.exp(rg.inputs("x")).named("e"))
    with pytest.raises(rg.DomainError, match=r"'e': exp at x = 1000\.0 is inf"):
        net.feed_forward({"x": 1000.0}, strict=True)
    huge = rg.Network.from_expressions(rg.parse("x*y").named("p"))
    huge.feed_forward(x=1e308, y=1.0)
    with pytest.raises(rg.DomainError, match="beyond the largest number"):
        huge.backpropagate({"p": 1e10}, strict=True)


def test_infinity_that_is_fed_is_no_fault():
    """An infinite input is the user's; nan is named, since nobody feeds it on purpose."""
    net = rg.Network.from_expressions(rg.tanh(rg.inputs("x")).named("y"))
    assert net.feed_forward({"x": math.inf}, strict=True) == {"y": 1.0}
    with pytest.raises(rg.DomainError, match=r"input 'x' is nan"):
        net.feed_forward({"x": math.nan}, strict=True)
    with pytest.raises(rg.DomainError, match=r"input 'x' is nan \(example 1\)"):
        net.feed_forward({"x": [0.0, math.nan]}, strict=True)


def test_sound_passes_do_not_warn():
    """In the domain there is no warning, from numpy neither, also at ±1000."""
    x = rg.inputs("x")
    calm = [rg.sigmoid, rg.tanh, rg.softplus, rg.silu, rg.elu, rg.relu, rg.symmetric_sigmoid]
    net = rg.Network.from_expressions(*[row(x).named(row.name) for row in calm])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in (-1000.0, 1000.0, np.array([-1000.0, 0.0, 1000.0])):
            net.feed_forward({"x": value}, strict=True)
            net.backpropagate([row.name for row in calm], strict=True)


def test_constants_are_not_spoken_for():
    """An infinite derivative by a constant is a label, and nobody is warned of it."""
    net = rg.Network()
    net.add_input("x")
    net.add_constant("zero", 0.0)
    net.add_unit("r", "sqrt")
    net.add_unit("y", "add")
    net.add_edge("zero", "r")
    net.add_edge("r", "y")
    net.add_edge("x", "y")
    net.feed_forward(x=1.0)
    assert dict(net.backpropagate("y", strict=True)) == {"x": 1.0}
    assert net.nodes["zero"]["adjoint"] == math.inf


def test_mpmath():
    """High precision leaves its domain as floats do, and is diagnosed alike."""
    net = logarithms()
    with pytest.raises(rg.DomainError, match="'l1'"):
        net.feed_forward({"x": mpmath.mpf(0)}, strict=True)
    with pytest.raises(rg.DomainError, match="'l1'"):
        net.feed_forward({"x": mpmath.mpf(1)}, strict=True)


@pytest.mark.parametrize(
    ("break_it", "error"),
    [
        (lambda net: net.feed_forward({"x": 0.0}, strict=True), rg.DomainError),
        (lambda net: net.feed_forward({}), rg.MissingValue),
        (lambda net: net.feed_forward({"x": 1.0, "z": 1.0}), rg.ArgumentError),
        (lambda net: net.feed_forward({"x": "1"}), rg.ArgumentError),
        (lambda net: net.backpropagate("nowhere"), rg.ArgumentError),
        (lambda net: net.backpropagate("y", seed="1"), rg.ArgumentError),
        (lambda net: net.backpropagate("y", reduction="max"), rg.ArgumentError),
    ],
    ids=["domain", "missing", "no input", "text", "no node", "seed", "reduction"],
)
def test_a_failing_pass_leaves_all_labels(break_it, error):
    """Whatever a pass is refused for, the labels of the last good ones stay, and stay usable."""
    net = logarithms(2)
    net.feed_forward(x=5.0)
    gradient = net.backpropagate("y")
    before = repr(labels(net))
    with pytest.raises(error):
        break_it(net)
    assert repr(labels(net)) == before
    assert dict(net.backpropagate("y")) == dict(gradient)


def test_warnings_as_errors_leave_all_labels():
    """Where warnings are errors, a pass that warns writes nothing."""
    net = logarithms()
    net.feed_forward(x=5.0)
    before = repr(labels(net))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(rg.DomainWarning):
            net.feed_forward(x=0.0)
    assert repr(labels(net)) == before


def test_only_the_node_that_made_nan_loses_its_derivatives():
    """A sum after a logarithm of −1 keeps its own partials: the other term's derivative is 1."""
    net = rg.Network.from_expressions(rg.parse("x + log(y)"))
    with pytest.warns(rg.DomainWarning, match=r"'log1': log needs x > 0"):
        net.feed_forward(x=2.0, y=-1.0)
    with pytest.warns(rg.DomainWarning, match="'log1': the derivative of log"):
        gradient = net.backpropagate()
    assert gradient["x"] == 1.0
    assert np.isnan(gradient["y"])


@pytest.mark.parametrize(("formula", "y"), [("x - x", 1.0), ("x*y", 0.0)])
def test_nan_out_of_infinities_is_named(formula, y):
    """∞ − ∞ and ∞ · 0 are nan where no operand is: strict raises, naming the operation."""
    net = rg.Network.from_expressions(rg.parse(f"({formula}) + 0*y"))
    with pytest.raises(rg.DomainError, match=r"is nan"):
        net.feed_forward(x=np.inf, y=y, strict=True)


def test_the_example_that_is_nan_is_named_before_infinite_ones():
    """In a batch, the example named is the one that the node itself spoiled."""
    net = rg.Network.from_expressions(rg.parse("x - x"))
    with pytest.warns(rg.DomainWarning, match=r"example 2"):
        net.feed_forward(x=np.array([1.0, 2.0, np.inf]))


def test_examples_are_judged_one_by_one():
    """A nan that is passed on does not hide the example beside it, which leaves the domain."""
    net = rg.Network.from_expressions(rg.log(rg.inputs("x")).named("E"))
    with pytest.warns(rg.DomainWarning, match=r"log needs x > 0; got x = -1.0 \(example 0\)"):
        net.feed_forward(x=np.array([-1.0, np.nan, 2.0, 0.0]))
    (derivative,) = net.nodes["E"]["derivatives"]
    np.testing.assert_array_equal(derivative, [np.nan, np.nan, 0.5, np.inf])
    np.testing.assert_array_equal(net.edges["x", "E", 0]["derivative"], derivative)


def test_what_a_node_passes_on_keeps_its_derivative():
    """Where only the tail is nan, the derivative is what the row says."""
    net = rg.Network.from_expressions((rg.log(rg.inputs("x")) * 2).named("E"))
    with pytest.warns(rg.DomainWarning, match="log1"):
        net.feed_forward(x=np.array([-1.0, 1.0]))
    assert net.nodes["E"]["derivatives"] == (2.0,)


def test_sums_that_overflow_later_do_not_warn():
    """The derivatives by weights are summed over the examples when they are asked for."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("y", "identity")
    net.add_edge("x", "y", weight=1.0)
    net.feed_forward(x=np.full(3, 1e308))
    gradient = net.backpropagate()
    assert gradient.edges["x", "y", 0] == np.inf
    assert pickle.loads(pickle.dumps(gradient)).edges["x", "y", 0] == np.inf


@pytest.mark.promise("nothing wrong in silence", NAMED)
def test_a_weight_that_is_nan_is_named():
    """The edge is, not the sum that only passes nan on and keeps its derivative."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("u", "identity")
    net.add_edge("x", "u", weight=math.nan)
    with pytest.warns(rg.DomainWarning, match=r"edge 'x' → 'u': its weight is nan \("):
        net.feed_forward(x=2.0)
    assert net.nodes["u"]["derivatives"] == (1.0,)
    program = rg.compile(net, "numpy")
    for x in (2.0, np.array([2.0, 3.0])):
        with pytest.raises(rg.DomainError, match=r"^edge 'x' → 'u': its weight is nan$"):
            program.feed_forward({"x": x}, strict=True)


@pytest.mark.promise("nothing wrong in silence", NAMED)
def test_a_derivative_that_is_nan_for_all_examples():
    """It is told at the first example of what comes in."""
    x = rg.inputs("x")
    c = rg.parameter("c", math.nan)
    net = rg.Network.from_expressions((x * c).named("y"))
    with pytest.warns(rg.DomainWarning, match="parameter 'c' is nan"):
        net.feed_forward(x=np.array([3.0, 4.0]))
    told = "the derivative of mul by a at a = 3.0, b = nan is nan"
    with pytest.warns(rg.DomainWarning, match=told):
        net.backpropagate("y")
