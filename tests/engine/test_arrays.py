"""Programs straight from arrays: the same as from a graph, and what they refuse."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine.program import Program
from rojasgraph.table import TABLE
from tests.engine.test_engines import cases

from_arrays = partial(Program.from_arrays, engine="numpy")
compile_network = partial(rg.compile, engine="numpy")
"""What is tested here depends on no engine, and this one compiles nothing."""


def arrays_of(net, order):
    """Write a network as the arrays that `from_arrays` takes, its nodes in some order."""
    number = {name: i for i, name in enumerate(order)}
    ops = [net.nodes[name]["op"] for name in order]
    edges = list(net.edges(keys=True, data=True))
    shared = [number.get(a.get("parameter"), -1) if "parameter" in a else -1 for *_, a in edges]
    arguments = {}
    for name, op in zip(order, ops, strict=True):
        row = TABLE.get(op)
        for argument, value in (
            row.bind(net.nodes[name].get("arguments", ())).items() if row else ()
        ):
            arguments.setdefault(op, {}).setdefault(argument, []).append(float(value))
    return {
        "ops": ops,
        "tails": [number[u] for u, *_ in edges],
        "heads": [number[v] for _, v, *_ in edges],
        "slots": [a.get("slot", 0) for *_, a in edges],
        "weights": [float(a.get("weight", 1)) for *_, a in edges],
        "weighted": [a.get("weight") is not None for *_, a in edges],
        "trainable": [bool(a.get("trainable")) for *_, a in edges],
        "shared": shared,
        "parameters": [float(net.nodes[n]["value"]) for n in order if n in net.parameters],
        "constants": [
            float(net.nodes[n]["value"]) for n in order if net.nodes[n]["op"] == "constant"
        ],
        "arguments": arguments,
        "inputs": [number[name] for name in net.inputs],
        "outputs": [number[name] for name in net.outputs],
        "names": order,
    }


@given(case=cases(), random=st.randoms())
@settings(deadline=None)
def test_from_arrays_is_the_same_program(case, random):
    """The arrays of a network, its nodes in any order, make the program that compile makes."""
    net, fed, outputs = case
    order = random.sample(list(net), len(net))
    program, want = from_arrays(**arrays_of(net, order)), compile_network(net)
    values, gradients = program.value_and_gradient(fed, outputs)
    values_too, gradients_too = want.value_and_gradient(fed, outputs)
    scale = max([1.0, *(abs(x) for x in gradients_too.values())])
    assert dict(values) == pytest.approx(dict(values_too), rel=1e-12, abs=1e-12)
    assert dict(gradients) == pytest.approx(dict(gradients_too), rel=1e-12, abs=1e-12 * scale)
    assert program.inputs == net.inputs
    assert sorted(map(repr, program.weight_names)) == sorted(
        repr(name) if name in net else repr((name[0], name[1], _count(net, name)))
        for name in want.weight_names
    )


def _count(net, edge):
    """Count the parallel edges before an edge: `from_arrays` numbers them."""
    return [(u, v, k) for u, v, k in net.edges(keys=True) if (u, v) == edge[:2]].index(edge)


GOOD = {
    "ops": ["input", "parameter", "constant", "mul", "tanh"],
    "tails": [0, 1, 3, 2],
    "heads": [3, 3, 4, 4],
    "slots": [0, 1, 0, 0],
    "weights": [1.0, 1.0, 0.5, -0.5],
    "parameters": [2.0],
    "constants": [1.0],
}


def test_nodes_are_called_by_their_numbers():
    """Without names; numpy's integers are names too."""
    program = from_arrays(**GOOD)
    values, gradients = program.value_and_gradient({np.int64(0): 3.0})
    assert values[4] == pytest.approx(np.tanh(2.5), rel=1e-15)
    assert set(gradients) == {0, 1}
    assert program.weight_names == [1, (0, 3, 0), (1, 3, 0), (2, 4, 0), (3, 4, 0)]
    assert program.weight_edges.tolist() == [0, 1, 3, 2]
    assert program.weights.tolist() == [2.0, 1.0, 1.0, -0.5, 0.5]


def test_edges_without_weight():
    """No weights at all, and a mask."""
    good = {**GOOD, "weights": None}
    assert from_arrays(**good).weights.tolist() == [2.0]
    program = from_arrays(**{**GOOD, "weighted": [False, False, True, False]})
    assert program.weight_names == [1, (3, 4, 0)]
    assert program.feed_forward({0: 3.0})[4] == pytest.approx(np.tanh(4.0), rel=1e-15)


def test_numbers_that_are_the_same_for_all():
    """One weight, one parameter, one argument for all nodes of an operation."""
    ops = ["input", "parameter", "parameter", "power", "power"]
    program = from_arrays(
        ops, [0, 1, 2], [3, 3, 4], weights=0.5, parameters=2, arguments={"power": {"exponent": 3}}
    )
    values = program.feed_forward({0: 1.0})
    assert dict(values) == {3: 1.5**3, 4: 1.0}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"ops": ["input", "parameter", "constant", "mull", "tanh"]}, rg.UnknownPrimitive,
         "node 3: no primitive is called 'mull': did you mean mul"),
        ({"ops": [0, 1, 2, 3, 4]}, rg.ArgumentError, "ops are the operations' names"),
        ({"tails": [0, 1, 3]}, rg.ArgumentError, "3 tails and 4 heads"),
        ({"tails": [0, 1, 9, 2]}, rg.ArgumentError, r"tails\[2\] is 9: nodes are numbered from 0"),
        ({"tails": [0.0, 1, 3, 2]}, rg.ArgumentError, "tails are whole numbers"),
        ({"heads": [3, 3, 4, 1]}, rg.GraphError, "parameter 1 has an edge from 2"),
        ({"tails": [0, 1, 3, 4], "heads": [3, 3, 4, 3]}, rg.CycleError, "3 → 4 → 3|4 → 3 → 4"),
        ({"slots": None}, rg.ArgumentError, "node 3: mul has more slots"),
        ({"slots": [0, 0, 0, 0]}, rg.ArgumentError, r"node 3: nothing feeds slot 1; mul takes"),
        ({"slots": [0, 2, 0, 0]}, rg.ArgumentError, "node 3: an edge feeds slot 2; mul takes"),
        ({"slots": [0, 1, 1, 0]}, rg.ArgumentError, "node 4: an edge feeds slot 1; tanh takes"),
        ({"slots": [0, 1]}, rg.ArgumentError, "slots are whole numbers, 4 in a row"),
        ({"weights": [1.0]}, rg.ArgumentError, r"weights are 4 numbers; got .* \(1,\)"),
        ({"weights": ["1"] * 4}, rg.ArgumentError, "weights are no real numbers"),
        ({"weights": [1j] * 4}, rg.ArgumentError, "weights are no real numbers"),
        ({"weighted": [1, 0, 1, 0]}, rg.ArgumentError, "weighted marks 4 edges by True"),
        ({"weights": None, "weighted": [True] * 4}, rg.ArgumentError, "give weights= too"),
        ({"parameters": None}, rg.ArgumentError, "parameter 1 has no value"),
        ({"constants": [1, 2]}, rg.ArgumentError, "constants are 1 numbers"),
        ({"shared": [-1, -1, 0, -1]}, rg.ArgumentError, "edge 2 shares the weight 0, which is no"),
        ({"shared": [-1, -1, 99, -1]}, rg.ArgumentError, "edge 2 shares the weight 99"),
        ({"shared": [-1, -1, -7, -1]}, rg.ArgumentError, "edge 2 shares the weight -7"),
        ({"shared": [-1, -1, 1, -1], "weighted": [True] * 4}, rg.ArgumentError,
         "edge 2 has both a weight and a parameter"),
        ({"inputs": [0, 1]}, rg.ArgumentError, "inputs must list .*: node 1"),
        ({"inputs": [0, 0]}, rg.ArgumentError, "each once"),
        ({"outputs": [4, 4]}, rg.ArgumentError, "outputs name node 4 twice"),
        ({"outputs": [5]}, rg.ArgumentError, r"outputs\[0\] is 5"),
        ({"names": ["a", "b"]}, rg.ArgumentError, "5 nodes and 2 names"),
        ({"names": list("abcda")}, rg.ArgumentError, "two nodes are called 'a'"),
        ({"arguments": {"power": {}}}, rg.ArgumentError, "'power', which is no operation here"),
        ({"arguments": {"tanh": {"k": 1}}}, rg.ArgumentError, "tanh does not take .'k'."),
        ({"ops": ["input", "parameter", "constant", "mul", "power"]}, rg.ArgumentError,
         "power lacks exponent"),
        ({"ops": ["input", "parameter", "constant", "mul", "power"],
          "arguments": {"power": {"exponent": [1, 2]}}}, rg.ArgumentError,
         "power's exponent are 1 numbers"),
        ({"ops": ["input", "parameter", "tanh", "mul", "prod"], "constants": None,
          "slots": [0, 1, 0, 2]}, rg.ArgumentError, "node 2: nothing feeds slot 0"),
        ({"ops": ["input", "parameter", "constant", "mul", "prod"], "slots": [0, 1, 0, 2]},
         rg.ArgumentError, "node 4: nothing feeds slot 1; prod takes slots 0, 1, 2, …"),
    ],
)  # fmt: skip
def test_wrong_arrays_are_refused(change, error, message):
    """A message names the node, the edge or the array."""
    with pytest.raises(error, match=message):
        from_arrays(**{**GOOD, **change})


def test_a_cycle_is_shown_node_by_node():
    """By name; a long one in part."""
    names = [f"n{i}" for i in range(20)]
    ops = ["input", *["sin"] * 19]
    tails, heads = [0, *range(1, 20)], [1, *range(2, 20), 1]
    with pytest.raises(rg.CycleError, match=r"n\d+' → .*… \(7 more\)"):
        from_arrays(ops, tails, heads, names=names)


def test_an_empty_program():
    """Inputs alone, or nothing at all."""
    assert dict(from_arrays([], [], []).feed_forward()) == {}
    program = from_arrays(["input"], [], [], outputs=[0])
    values, gradients = program.value_and_gradient({0: 2.0})
    assert (values[0], gradients[0]) == (2.0, 1.0)
