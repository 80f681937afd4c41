"""The cheap gradient: at most five times the operations, whatever the number of inputs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.table import TABLE
from tests.effort import tries
from tests.strategies import networks

UNARY = [name for name, row in TABLE.items()
         if row.slots == 1 and not row.gathers and rg.operation_cost(name).ratio <= 5]  # fmt: skip

CHEAP = ["add", "sub", "mul", "neg", "square", "sin", "cos", "exp", "log", "sqrt", "identity"]


def test_the_unary_primitives_with_a_cheap_derivative():
    """These are within the factor of five; what is not is in the table with its own factor."""
    assert set(CHEAP) - {"add", "sub", "mul"} <= set(UNARY)
    dearer = {name for name, row in TABLE.items() if rg.operation_cost(name).ratio > 5}
    assert {"div", "tanh", "arctan"} <= dearer
    assert not dearer & {"add", "sub", "mul", "neg", "sin", "cos", "exp", "log", "square"}


@pytest.mark.parametrize(
    ("name", "value", "derivatives", "sweep"),
    [("add", 1, 0, 4), ("sub", 1, 0, 4), ("mul", 1, 0, 4), ("div", 1, 3, 4), ("sin", 1, 1, 2),
     ("cos", 1, 2, 2), ("exp", 1, 0, 2), ("square", 1, 1, 2)],
)  # fmt: skip
def test_rows(name, value, derivatives, sweep):
    """Counted by hand: × takes 5 together, ÷ takes 8."""
    assert rg.operation_cost(name) == rg.OperationCounts(value, derivatives, sweep)


@tries(40)
@given(networks(analytic=True, max_units=12, ops=CHEAP), st.data())
def test_five_times(drawn, data):
    """On graphs of + − × and unary primitives function and gradient take at most five times."""
    net, _ = drawn
    output = data.draw(st.sampled_from([n for n, op in net.nodes(data="op") if op in TABLE]))
    counts = rg.count_operations(net, output)
    assert 0 < counts.total <= 5 * counts.value


@tries(25)
@given(networks(analytic=True, max_units=12))
def test_no_more_than_the_dearest_row(drawn):
    """On all graphs the factor is at most that of the most expensive row, or five."""
    net, _ = drawn
    ops = {op for _, op in net.nodes(data="op") if op in TABLE}
    slots = max(len(list(net.predecessors(n))) for n in net) + 3
    dearest = max(rg.operation_cost(op, slots).ratio for op in ops)
    counts = rg.count_operations(net)
    assert counts.ratio <= max(dearest, 5)


@pytest.mark.parametrize("inputs", [2, 20, 200])
def test_whatever_the_number_of_inputs(inputs):
    """Speelpenning's product: 3 multiplications for each of the function's, less the ends."""
    product, *others = rg.inputs(" ".join(f"x{i}" for i in range(inputs)))
    for x in others:
        product = product * x
    counts = rg.count_operations(rg.Network.from_expressions(product.named("y")))
    assert counts == rg.OperationCounts(inputs - 1, 0, 2 * (inputs - 1))


def test_units():
    """Weights: a product on, two for the derivative and its gradient, one to carry back."""
    net = rg.Network()
    for name in ("a", "b"):
        net.add_input(name)
    net.add_unit("h", "exp")
    net.add_edge("a", "h", weight=2.0)
    net.add_edge("b", "h", weight=3.0)
    assert rg.count_operations(net) == rg.OperationCounts(2 + 1 + 1, 0, 2 * 3)
    net.add_unit("dead", "sin")
    net.add_edge("a", "dead")
    assert rg.count_operations(net, "h").value == 4
    assert rg.count_operations(net, ["h", "dead"]).sweep == 6 + 1 + 1
    assert rg.count_operations(net, "a") == rg.OperationCounts(0, 0, 0)
    assert rg.count_operations(net, "a").ratio == 0


def test_what_passes_no_derivative():
    """Behind a stop nothing is swept."""
    net = rg.Network.from_expressions(rg.stop_gradient(rg.inputs("x")).named("y"))
    assert rg.count_operations(net) == rg.OperationCounts(1, 0, 0)


def test_refusals():
    """No node, no operation, no row."""
    net = rg.Network.from_expressions((rg.inputs("x") ** 2).named("y"))
    with pytest.raises(rg.ArgumentError, match="no node"):
        rg.count_operations(net, "nowhere")
    with pytest.raises(rg.UnknownPrimitive):
        rg.operation_cost("nope")
    net.nodes["y"]["op"] = "nope"
    with pytest.raises(rg.ArgumentError, match="no operation"):
        rg.count_operations(net)
