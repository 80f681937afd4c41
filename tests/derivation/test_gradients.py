"""check_gradients: right networks pass, wrong partials are caught, kinks are no false alarm."""

import functools
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given

import rojasgraph as rg
from rojasgraph.derivation.gradients import MOST_ELEMENTS, MOST_ROWS, WrongGradient, check_gradients
from rojasgraph.table import TABLE, sample_points
from tests.effort import tries
from tests.strategies import labels, networks

few = tries(100)


@pytest.fixture
def wrong():
    """Declare primitives that nobody checks."""
    return functools.partial(rg.primitive, check=False)


def network(*expressions):
    """Build the network of some expressions."""
    return rg.Network.from_expressions(*expressions)


def verdicts(report):
    """Take the verdict of each row."""
    return {row.place: row.agrees for row in report.rows}


# --- right networks pass ---------------------------------------------------------------------


@few
@given(networks(analytic=True))
def test_analytic_networks_pass_by_complex_step(case):
    """Every derivative of an analytic network agrees, and none needs another method."""
    net, fed = case
    report = check_gradients(net, fed, outputs=net.outputs)
    assert {row.method for row in report.rows} <= {"complex step", "no path"}
    assert all(row.agrees for row in report.rows)


@few
@given(networks())
def test_rational_networks_pass_exactly(case):
    """Among Fractions the slope equals the gradient, or a kink is named."""
    net, fed = case
    for row in check_gradients(net, fed, outputs=net.outputs).rows:
        assert row.agrees or "kink near" in row.note
        if row.method == "exact":
            assert row.computed == row.expected
            assert row.error == 0


@few
@given(networks())
def test_networks_with_kinks_pass_in_floats(case):
    """Where the verdict is open, the note says why: no false alarm, and none in silence."""
    net, fed = case
    report = check_gradients(net, {k: float(v) for k, v in fed.items()}, outputs=net.outputs)
    for row in report.rows:
        assert row.agrees or (row.agrees is None and row.note), row


@tries(40)
@given(networks())
def test_networks_pass_at_fifty_digits(case):
    """With digits=50 the differences agree far below the precision of floats."""
    net, fed = case
    for row in check_gradients(net, fed, outputs=net.outputs, digits=50).rows:
        assert row.agrees or "kink near" in row.note
        assert not row.agrees or abs(row.computed - row.expected) <= 1e-15 * max(
            1, abs(row.expected)
        )


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_every_row_of_the_table_passes(row):
    """Each primitive, fed a point of its domain, agrees with its own slope."""
    arguments = {k: 3 if not isinstance(v, int | float) else v for k, v in row.arguments.items()}
    point = next(sample_points(row, arguments))
    xs = [rg.inputs(f"x{i}") for i in range(len(point))]
    net = network(row(*xs, **arguments).named("f"))
    report = check_gradients(net, {f"x{i}": v for i, v in enumerate(point)})
    assert all(r.agrees is True for r in report.rows)
    assert len(report) == len(point)


@pytest.mark.parametrize("zero", [Fraction(0), mpmath.mpf(0)], ids=["Fraction", "mpmath"])
def test_the_power_zero_at_zero_passes(zero):
    """x⁰ is 1 everywhere, with the derivative 0."""
    assert check_gradients(network(rg.power(rg.inputs("x"), 0)), x=zero)["x"].agrees is True


def test_labels_and_parameters_of_the_user_are_not_touched():
    """The check works on a copy."""
    net = network((rg.parameter("w", 0.5) * rg.inputs("x")).named("y"))
    net.feed_forward(x=1.0)
    before = labels(net)
    check_gradients(net, x=2.0)
    check_gradients(net, x=2.0, digits=30)
    assert labels(net) == before


# --- wrong ones are caught -------------------------------------------------------------------


def test_a_wrong_partial_is_caught_and_its_source_named(wrong):
    """The sources behind the wrong node come first, those beside it agree."""
    cube = wrong("cube", lambda xp, x: x * x * x, lambda xp, y, x: (2 * x * x,))
    x, z = rg.inputs("x z")
    with pytest.raises(WrongGradient, match=r"1 of 2 derivatives.*\n.*\n'x' ") as caught:
        check_gradients(network((cube(x) * rg.sin(z)).named("y")), x=2.0, z=1.0)
    report = caught.value.report
    assert verdicts(report) == {"x": False, "z": True}
    assert report["x"].expected == pytest.approx(12 * np.sin(1.0), rel=1e-12)
    assert report["x"].computed == pytest.approx(8 * np.sin(1.0), rel=1e-12)
    assert report["x"].relative_error == pytest.approx(1 / 3)
    assert isinstance(caught.value, rg.NotLabeled.__base__)
    assert isinstance(caught.value, AssertionError)


@pytest.mark.parametrize("fed", [0.7, np.array([0.7, -0.3])], ids=["number", "batch"])
@pytest.mark.parametrize("digits", [None, 50])
def test_a_relative_error_of_a_billionth_is_caught(wrong, fed, digits):
    """Complex step and 50 digits both see a partial that is wrong in its ninth digit."""
    if digits and isinstance(fed, np.ndarray):
        pytest.skip("one example at a time with digits")
    off = wrong("off", lambda xp, x: xp.exp(x), lambda xp, y, x: (y * (1 + 1e-9),))
    with pytest.raises(WrongGradient) as caught:
        check_gradients(network(off(rg.inputs("x"))), x=fed, digits=digits)
    assert caught.value.report["x"].relative_error == pytest.approx(1e-9, rel=1e-3)


def test_a_wrong_partial_that_is_not_analytic_is_caught(wrong):
    """Central differences see an error of 1e-5, and state their own."""
    off = wrong(
        "off", lambda xp, x: xp.abs(x), lambda xp, y, x: (xp.sign(x) * 1.00001,), analytic=False
    )
    with pytest.raises(WrongGradient) as caught:
        check_gradients(network(rg.exp(off(rg.inputs("x")))), x=-1.5)
    row = caught.value.report["x"]
    assert row.method == "central differences"
    assert abs(row.expected + np.exp(1.5)) <= 10 * row.error < 1e-7


def test_a_wrong_exact_partial_is_caught(wrong):
    """Among Fractions any difference is one."""
    tiny = Fraction(1, 10**60)
    off = wrong("off", lambda xp, x: x * x, lambda xp, y, x: (2 * x + tiny,))
    with pytest.raises(WrongGradient) as caught:
        check_gradients(network(off(rg.inputs("x"))), x=Fraction(1, 3))
    assert caught.value.report["x"].expected == Fraction(2, 3)


def test_a_row_that_is_not_as_analytic_as_it_says_passes(wrong):
    """A complex step that central differences contradict does not count."""
    real = wrong("real", lambda xp, x: np.real(x) ** 2, lambda xp, y, x: (2 * x,))
    row = check_gradients(network(real(rg.inputs("x"))), x=1.5)["x"]
    assert (row.agrees, row.method) == (True, "central differences")


def test_the_message_is_cut_and_the_report_is_whole(wrong):
    """At most 20 rows stand in the message, and how many more there are."""
    off = wrong("off", lambda xp, x: x * x, lambda xp, y, x: (x,))
    xs = [rg.inputs(f"x{i}") for i in range(30)]
    net = network(rg.add(*map(off, xs)))
    with pytest.raises(WrongGradient) as caught:
        check_gradients(net, {f"x{i}": 1.0 for i in range(30)})
    lines = str(caught.value).splitlines()
    assert lines[-1] == f"… and {30 - MOST_ROWS} more rows"
    assert len(lines) == MOST_ROWS + 3
    assert len(caught.value.report) == 30


def test_a_gradient_that_is_nan_is_wrong(wrong):
    """A missing derivative of a smooth value has an infinite error."""
    off = wrong("off", lambda xp, x: x * x, lambda xp, y, x: (x * float("nan"),))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.DomainWarning)
        with pytest.raises(WrongGradient) as caught:
            check_gradients(network(off(rg.inputs("x"))), x=1.0)
    assert caught.value.report["x"].relative_error == np.inf


# --- kinks, noise, edges of domains ----------------------------------------------------------


@pytest.mark.parametrize("name", ["abs", "relu", "step", "sign", "leaky_relu", "elu"])
@pytest.mark.parametrize("at", [0.0, 1e-13])
def test_at_a_kink_no_alarm_but_a_word(name, at):
    """A convention at a kink is not wrong: it agrees by chance, or the note names the node."""
    row = check_gradients(network(TABLE[name](rg.inputs("x")).named("k")), x=at)["x"]
    assert row.agrees or row.note == "kink near 'k'"


@pytest.mark.parametrize("away", [1e-6, -1e-6, 1e-3, 1.0])
def test_beside_a_kink_the_step_is_small_enough(away):
    """The search finds a step on one side of the kink."""
    x = rg.inputs("x")
    row = check_gradients(network(rg.abs(x) * rg.exp(x)), x=away)["x"]
    assert row.agrees is True
    assert row.note == ""


def test_an_inner_kink_that_the_whole_does_not_show():
    """relu(x) − relu(−x) is x, whose slope no convention at 0 gives: the nodes are named."""
    x = rg.inputs("x")
    net = network(rg.relu(x).named("r") - rg.relu(-x).named("l"))
    row = check_gradients(net, x=0.0)["x"]
    assert (row.computed, row.agrees) == (0.0, None)
    assert "'r'" in row.note
    assert "'l'" in row.note


def test_a_wrong_partial_at_an_extremum_is_no_kink(wrong):
    """Where a smooth slope vanishes, it still is a slope."""
    off = wrong("off", lambda xp, x: xp.abs(x * x), lambda xp, y, x: (2 * x + 1,), analytic=False)
    with pytest.raises(WrongGradient):
        check_gradients(network(off(rg.inputs("x"))), x=0.0)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "erf", "softplus", "gelu", "silu"])
@pytest.mark.parametrize("at", [20.0, -20.0, 40.0, -40.0, 400.0])
def test_saturated_units_pass(name, at):
    """Where the slope is 1e-17 or below all floats, what the values say of it agrees."""
    row = check_gradients(network(TABLE[name](rg.inputs("x"))), x=at)["x"]
    assert row.agrees is True


@pytest.mark.parametrize("large", [2e8, 1e10, 1e12, 1e15])
@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_weight_that_moves_much_is_moved_little(large, weight):
    """The edge carries the weight times 1e12: a step that fits the weight would leap a kink."""
    net = rg.Network()
    for name in "abc":
        net.add_input(name)
    net.add_unit("p", "prod")
    net.add_unit("m", "maximum")
    net.add_edge("a", "p", slot=0)
    net.add_edge("b", "p", slot=1)
    net.add_edge("p", "m", slot=0, weight=weight)
    net.add_edge("c", "m", slot=1)
    report = check_gradients(net, a=large**0.5, b=large**0.5, c=1.0)
    assert report["p", "m", 0].expected == pytest.approx(weight * large, rel=1e-6)
    assert {report[place].agrees for place in ["a", "b", ("p", "m", 0)]} == {True}


@pytest.mark.parametrize("at", [0.0, 3e-12, -1.0])
def test_an_input_far_before_a_kink_is_moved_by_what_it_moves(at):
    """The kink of max(10¹²·x, 1) is at 1e-12, and a step knows it though x is far from 1e12."""
    net = network(rg.maximum(rg.inputs("x") * 10**12, 1))
    row = check_gradients(net, x=at)["x"]
    assert row.agrees is True
    assert row.expected == pytest.approx(1e12 if at > 1e-12 else 0.0, rel=1e-6)


def test_a_step_below_the_last_place_of_an_input_is_none():
    """An input of 1e17 that swings a sine cannot be moved by 1/16: nothing is claimed."""
    row = check_gradients(network(rg.abs(rg.sin(rg.inputs("x")))), x=1e17)["x"]
    assert row.agrees is not False


@pytest.mark.parametrize(("digits", "sevenths"), [(31, 17), (50, 35), (53, 4), (62, 30)])
def test_rounding_beside_the_point_is_seen_where_all_values_are_zero(digits, sevenths):
    """x·x·(x + a) is 0 at 0 without rounding errors, and the two values beside it have some."""
    net = rg.Network()
    net.add_input("x")
    net.add_constant("one", 1)
    net.add_unit("p", "prod")
    for slot in range(3):
        net.add_edge("x", "p", slot=slot)
    net.add_edge("one", "p", slot=2, weight=Fraction(sevenths, 7))
    assert check_gradients(net, x=0, digits=digits)["x"].agrees is True


def test_a_zero_beside_no_slope_is_infinitely_far():
    """The computed 0 against nan: no verdict, and no division by the larger of the two."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.DomainWarning)
        row = check_gradients(network(rg.reciprocal(rg.step(rg.inputs("x")))), x=0.0)["x"]
    assert (row.computed, row.agrees, row.relative_error) == (0.0, None, np.inf)


def test_values_too_coarse_for_a_slope_are_no_verdict():
    """At 1e15 the values move by eighths only: the note says how well the slope is known."""
    row = check_gradients(network(rg.relu(rg.inputs("x") + 10**15)), x=0.3)["x"]
    assert row.agrees is None
    assert row.note.startswith("no steady slope: ± ")
    assert abs(row.computed - row.expected) <= row.error


def test_rounding_inside_a_sum_is_seen_where_all_values_are_zero():
    """w·x + (x − (x + w·x)) is 0 for every w; at w = 0 only the sum in the slot has last places."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("a", "add")
    net.add_unit("b", "add")
    net.add_unit("s", "sub")
    net.add_edge("x", "a", weight=0)
    net.add_edge("a", "b")
    for tail, slot in [("x", 0), ("x", 1), ("a", 1)]:
        net.add_edge(tail, "s", slot=slot)
    for digits in (20, 50, 100):
        report = check_gradients(net, x=1, outputs=["b", "s"], digits=digits)
        assert {row.agrees for row in report.rows} == {True}


def test_a_residual_made_of_rounding_passes():
    """The gradient of ½(o − t)² at o ≈ t is mostly rounding error."""
    x, t = rg.inputs("x t")
    net = network(rg.half_squared(rg.exp(x) * rg.sin(x) + 1e3, t))
    fed = {"x": 1.1, "t": float(np.exp(1.1) * np.sin(1.1) + 1e3) + 1e-12}
    assert all(row.agrees for row in check_gradients(net, fed).rows)


def test_at_the_edge_of_a_domain_nothing_is_claimed():
    """The root has no slope at 0, and the row says so."""
    with pytest.warns(rg.DomainWarning):
        row = check_gradients(network(rg.sqrt(rg.inputs("x"))), x=0.0)["x"]
    assert row.agrees is None
    assert "no slope" in row.note or "kink" in row.note


# --- batches, edges, shared weights, several outputs, stops ----------------------------------


def test_batches_are_checked_by_the_element_and_in_sum():
    """A batched input is perturbed example by example, a scalar weight for all of them."""
    x, w = rg.inputs("x"), rg.parameter("w", 0.5)
    X = np.linspace(-1, 1, 5)
    report = check_gradients(network(rg.tanh(w * x)), x=X)
    assert report["w"].expected == pytest.approx(np.sum(X * (1 - np.tanh(0.5 * X) ** 2)))
    assert report["x"].name.startswith("'x' [")
    assert "of" not in report["x"].note


def test_of_a_large_array_a_part_is_checked():
    """The report says how many elements were drawn."""
    x, b = rg.inputs("x"), rg.parameter("b", np.ones(3))
    report = check_gradients(network(rg.relu(x * b)), x=np.linspace(1, 2, 120).reshape(40, 3))
    assert report["x"].note == f"{MOST_ELEMENTS} of 120 elements checked"
    assert report["b"].note == ""


def test_a_partial_that_is_wrong_for_one_example_is_caught(wrong):
    """The worst element stands for the array, with its index."""
    off = wrong("off", lambda xp, x: x * x, lambda xp, y, x: (xp.where(x == 3, x, 2 * x),))
    with pytest.raises(WrongGradient) as caught:
        check_gradients(network(off(rg.inputs("x"))), x=np.array([1.0, 2.0, 3.0]))
    assert caught.value.report["x"].name == "'x' [2]"


def test_short_floats_pass():
    """Batches of float32 are held to their own precision."""
    x, w = rg.inputs("x"), rg.parameter("w", 0.3)
    net = network(rg.tanh(w * x) + rg.relu(x))
    X = np.array([0.3, -0.7, 1.1], dtype=np.float32)
    assert all(row.agrees for row in check_gradients(net, x=X).rows)


def test_complex_inputs_are_checked_by_differences():
    """A complex network has a complex slope."""
    row = check_gradients(network(rg.exp(rg.inputs("x")) ** 2), x=0.3 + 0.4j)["x"]
    assert row.expected == pytest.approx(2 * np.exp(0.6 + 0.8j))
    assert row.agrees is True


@pytest.mark.parametrize("weight", [0.3, Fraction(3, 10)])
def test_weighted_edges_and_shared_weights_are_checked(weight):
    """Every weight of its own has a row; a shared one has that of its parameter."""
    net = rg.Network()
    for name in "xy":
        net.add_input(name)
    net.add_parameter("s", weight)
    net.add_unit("h", "square")
    net.add_unit("o", "square")
    net.add_edge("x", "h", weight=weight)
    net.add_edge("x", "h", weight=2 * weight)
    net.add_edge("y", "h", parameter="s")
    net.add_edge("h", "o", parameter="s")
    kind = type(weight)
    report = check_gradients(net, x=kind(2), y=kind(5))
    assert set(report) == {"x", "y", "s", ("x", "h", 0), ("x", "h", 1)}
    s, into = weight, 2 * weight + 2 * (2 * weight) + 5 * weight
    by_s = 2 * s * into**2 * (into**2 + s * 2 * into * 5)
    assert report["s"].expected == (pytest.approx(by_s) if kind is float else by_s)
    assert report["x", "h", 1].name == "edge 'x' → 'h' (key 1)"
    assert all(row.agrees for row in report.rows)


def test_a_wrong_label_rule_for_weights_is_caught(wrong):
    """An edge's weight is perturbed itself, not what it carries."""
    off = wrong("off", lambda xp, x: xp.sin(x), lambda xp, y, x: (-xp.cos(x),))
    net = rg.Network()
    net.add_input("x")
    net.add_unit("h", off)
    net.add_edge("x", "h", weight=0.5)
    with pytest.raises(WrongGradient) as caught:
        check_gradients(net, x=1.0)
    assert verdicts(caught.value.report) == {"x": False, ("x", "h", 0): False}


def test_several_outputs_with_seeds():
    """The slope is that of the seeded sum, also where outputs differ in shape."""
    x, w = rg.inputs("x"), rg.parameter("w", 2.0)
    net = network((x * w).named("a"), (w**3).named("b"))
    report = check_gradients(net, x=np.array([1.0, 2.0]), outputs={"a": 10.0, "b": 0.5})
    assert report["w"].expected == pytest.approx(10 * 3 + 0.5 * 12)
    assert check_gradients(net, x=3.0, outputs="a", seed=4.0)["x"].expected == 8.0
    with pytest.raises(rg.ArgumentError, match="name the output"):
        check_gradients(net, x=3.0)


@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize("at", [1.5, Fraction(3, 2)], ids=["float", "Fraction"])
def test_stopped_values_are_held_fixed(digits, at):
    """x·stop(x²) has the slope x²: the oracle does not see through the stop."""
    x, y = rg.inputs("x y")
    net = network(x * rg.stop_gradient(x**2) + rg.stop_gradient(y))
    report = check_gradients(net, x=at, y=at, digits=digits)
    assert report["x"].expected == pytest.approx(2.25)
    assert report["y"].method == "no path"
    assert report["y"].expected == 0


def test_a_source_that_is_an_output():
    """The derivative of a source by itself is the seed."""
    net = network((rg.inputs("x") ** 2).named("y"))
    report = check_gradients(net, x=2.0, outputs={"x": 5.0, "y": 1.0})
    assert report["x"].expected == pytest.approx(9.0)


def test_exponents_of_negative_bases_are_not_disturbed():
    """The rounding estimate does not turn (−3)^2 into a complex number."""
    x = rg.inputs("x")
    report = check_gradients(network(rg.pow(x, rg.constant(2)) * rg.tanh(x)), x=-30.0)
    assert report["x"].agrees is True


# --- mpmath, errors, the report --------------------------------------------------------------


def test_mpmath_numbers_are_taken_at_their_precision():
    """Fed mpmath numbers need no digits; digits lifts decimals exactly."""
    net = network(rg.sin(rg.inputs("x")) * rg.parameter("w", Fraction(1, 10)))
    with mpmath.workdps(40):
        row = check_gradients(net, x=mpmath.mpf(2))["x"]
        assert row.method == "central differences, 40 digits"
        assert abs(row.expected - mpmath.cos(2) / 10) < 1e-25
    lifted = check_gradients(net, x=2, digits=40)["w"]
    with mpmath.workdps(40):
        assert abs(lifted.computed - mpmath.sin(2)) < mpmath.mpf(10) ** -38


@pytest.mark.parametrize("given", [{"x": np.ones(3)}, {"x": "2"}])
def test_digits_take_one_example(given):
    """A batch, or what is no number, is refused with the way out."""
    with pytest.raises(rg.ArgumentError, match=r"'x' with digits=.*one example"):
        check_gradients(network(rg.sin(rg.inputs("x"))), given, digits=30)


def test_symbols_are_refused():
    """The check is one of numbers."""
    sympy = pytest.importorskip("sympy")
    with pytest.raises(rg.ArgumentError, match="feed Fractions"):
        check_gradients(network(rg.sin(rg.inputs("x"))), x=sympy.Symbol("a"))


def test_missing_inputs_are_named_as_the_forward_pass_names_them():
    """Nothing is hidden."""
    with pytest.raises(rg.MissingValue, match="no value for 'x'"):
        check_gradients(network(rg.sin(rg.inputs("x"))))


def test_a_tolerance_of_the_user_replaces_that_of_the_method(wrong):
    """Wider lets through, zero lets nothing through that differs."""
    off = wrong("off", lambda xp, x: xp.exp(x), lambda xp, y, x: (y * 1.001,))
    net = network(off(rg.inputs("x")))
    assert check_gradients(net, x=1.0, tolerance=0.01)["x"].agrees is True
    with pytest.raises(WrongGradient):
        check_gradients(net, x=1.0)


def test_the_report_is_a_mapping_and_a_table():
    """Rows by place, the worst first; a place that is not there is named."""
    x, y = rg.inputs("x y")
    report = check_gradients(network(rg.relu(x) * y), x=0.0, y=2.0)
    assert list(report) == ["x", "y"]
    assert "kink near" in str(report).splitlines()[1]
    with pytest.raises(KeyError, match="'z' was not checked"):
        report["z"]


def test_no_partial_is_read_by_the_oracle(wrong):
    """The expected column does not change with the partials."""
    rows = []
    for name, factor in (("good", 2), ("bad", 5)):
        partials = {2: lambda xp, y, x: (2 * x,), 5: lambda xp, y, x: (5 * x,)}[factor]
        rows.append(wrong(name, lambda xp, x: x * x, partials))
    x = rg.inputs("x")
    expected = []
    for row in rows:
        try:
            expected.append(check_gradients(network(rg.sin(row(x))), x=0.7)["x"].expected)
        except WrongGradient as error:
            expected.append(error.report["x"].expected)
    assert expected[0] == expected[1]
