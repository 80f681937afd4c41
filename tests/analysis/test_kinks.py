"""Kinks that a pass has stood at: in every number system, and nowhere else."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given

import rojasgraph as rg
from rojasgraph.table import TABLE
from tests.effort import tries
from tests.nasty_floats import nasty_points
from tests.strategies import networks
from tests.test_primitives import KINKS, network_of, smooth

REPORTED = "An operation that stands at a kink is reported by its name, and by its examples."
JUMPING = {
    name: [case for case in found if name != "elu" or case[1]]  # elu with alpha = 1 is smooth
    for name, found in KINKS.items()
    if name != "stop_gradient"
}
SYSTEMS = {"floats": float, "Fractions": Fraction, "mpmath": mpmath.mpf}


def fed(net, point):
    """Feed a network of one unit and list its kinks."""
    net.feed_forward({f"x{i}": x for i, x in enumerate(point)})
    return rg.kinks(net)


@pytest.mark.promise("nothing wrong in silence", REPORTED)
@pytest.mark.parametrize("name", JUMPING)
@pytest.mark.parametrize("system", SYSTEMS)
def test_kinks_are_reported(name, system):
    """At the points that the rows' conventions speak of; off them nothing is."""
    row = TABLE[name]
    for point, arguments, _, _ in JUMPING[name]:
        net = network_of(row, row.bind(arguments))
        numbers = [SYSTEMS[system](x) for x in point]
        try:
            found = fed(net, numbers)
        except rg.DomainError:
            assert system == "Fractions"
            continue
        assert found == [("f", name, row.kink, ())], point
        assert row.kink in str(found[0])
        assert fed(net, [x + SYSTEMS[system](3 + i) for i, x in enumerate(numbers)]) == []


@pytest.mark.promise("nothing wrong in silence", REPORTED)
@pytest.mark.parametrize("name", JUMPING)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_kinks_of_a_batch_name_their_examples(name, dtype):
    """One example of three stands at a kink; batches of two axes have pairs of numbers."""
    row = TABLE[name]
    point, arguments, _, _ = JUMPING[name][0]
    net = network_of(row, row.bind(arguments))
    batch = [np.array([1.5 + i, x, -2.5 - i], dtype) for i, x in enumerate(point)]
    assert [kink.examples for kink in fed(net, batch)] == [(1,)]
    assert [kink.examples for kink in fed(net, [x.reshape(3, 1) for x in batch])] == [((1, 0),)]


@tries(20)
@given(networks(analytic=True))
def test_smooth_networks_have_none(drawn):
    """No operation without a kink is ever listed."""
    net, values = drawn
    net.feed_forward(values)
    assert rg.kinks(net) == []


def apart(point):
    """Tell whether slots are neither almost zero nor almost equal."""
    gap = max(point) - min(point) if len(point) > 1 else math.inf
    return min(map(abs, point)) > 1e-300 and gap >= 1e-6 * abs(point[0])


@pytest.mark.parametrize("name", sorted(JUMPING))
def test_no_false_alarm_at_nasty_numbers(name):
    """Huge, tiny and almost equal operands are no kinks, but for neighbours of one."""
    row = TABLE[name]
    net = network_of(row, row.bind({}))

    @tries(5)
    @given(nasty_points(row.slots))
    def quiet(points):
        far = [p for p in points.tolist() if smooth(row, p) and apart(p)]
        assert fed(net, np.array(far).T) == []

    quiet()


def test_a_weighted_sum_that_cancels():
    """What counts is what the slot has collected."""
    net = rg.Network()
    net.add_input("x0")
    net.add_input("x1")
    net.add_unit("f", "relu")
    net.add_edge("x0", "f", weight=2.0)
    net.add_edge("x1", "f", weight=-1.0)
    assert [kink.node for kink in fed(net, (1.5, 3.0))] == ["f"]
    assert fed(net, (1.5, 3.5)) == []


def test_after_a_program():
    """Labels that a program wrote are looked at as well."""
    net = rg.Network.from_expressions(rg.abs(rg.inputs("x")).named("y"))
    program = rg.compile(net)
    program.value_and_gradient({"x": np.array([0.0, 1.0])})
    program.label()
    assert [kink.examples for kink in rg.kinks(net)] == [(0,)]


def test_what_is_refused():
    """Formulas, and networks without labels."""
    net = rg.Network.from_expressions(rg.abs(rg.inputs("x")).named("y"))
    with pytest.raises(rg.NotLabeled):
        rg.kinks(net)
    net.feed_forward(x=sp.Symbol("s"))
    with pytest.raises(rg.DomainError, match=r"'y'.*numbers only"):
        rg.kinks(net)
