"""The passes as steps: each label appears once, in the order of the passes; the words add up."""

from __future__ import annotations

from functools import reduce
from operator import mul

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.drawing.contents import read
from rojasgraph.drawing.number_style import NumberStyle
from rojasgraph.drawing.page.labels import labels_of
from rojasgraph.drawing.walk.numbered import numbered, seeds_of
from rojasgraph.drawing.walk.sentences import MOST_TERMS, Place, applied
from rojasgraph.drawing.walk.steps import BACKWARD, FORWARD, steps_of
from rojasgraph.table import TABLE
from tests.drawing import graphs
from tests.effort import tries
from tests.strategies import fractions, networks


@st.composite
def labeled(draw):
    """Draw a network labeled by both passes, and the seeds that the second began with."""
    net, fed = draw(networks(max_units=5))
    net.feed_forward(fed)
    nodes = draw(st.lists(st.sampled_from(list(net)), min_size=1, max_size=3, unique=True))
    seeds = {node: draw(fractions.filter(bool)) for node in nodes}
    net.backpropagate(seeds)
    return net, seeds


def everything(net):
    """Give a network numbered, its seeds and its labels."""
    numbers = numbered(net)
    seeds = seeds_of(numbers)
    return numbers, seeds, labels_of(numbers, seeds)


def computed(pieces, labels):
    """Compute the sum of products that stands between the colon and the equals sign."""
    pieces = list(pieces)
    end = next(i for i, piece in enumerate(pieces) if piece == " = ")
    terms = [[]]
    for piece in pieces[1:end]:
        if isinstance(piece, Place):
            terms[-1].append(labels[piece.key])
        elif piece == " + ":
            terms.append([])
    return sum(reduce(mul, factors) for factors in terms)


# --- which labels, in which order -----------------------------------------------------------------


@tries(40)
@given(labeled())
def test_every_label_appears_in_one_step(drawn):
    """All that the passes write appears, each label once; weights are there from the start."""
    net, _ = drawn
    _, _, labels = everything(net)
    keys = [key for step in steps_of(net) for key in step.keys]
    assert len(keys) == len(set(keys))
    ours = {key for key in labels if key.split(".")[1] not in {"weight", "net", "seed"}}
    assert set(keys) == ours


@tries(40)
@given(networks(max_units=5))
def test_steps_follow_the_passes(drawn):
    """Forward, each node stands after what feeds it; backward in just the reverse order."""
    net, _ = drawn
    steps = steps_of(net)
    forward = [step.node for step in steps if step.pass_ == FORWARD]
    backward = [step.node for step in steps if step.pass_ == BACKWARD]
    assert len(forward) == len(net)
    assert backward == forward[::-1]
    assert [step.pass_ for step in steps] == [FORWARD] * len(net) + [BACKWARD] * len(net)
    at = {node: i for i, node in enumerate(forward)}
    for box in read(net):
        assert all(at[arrow.tail] < at[box.id] for arrow in box.arrows)


@tries(40)
@given(labeled())
def test_lit_edges_bring_something_to_the_node(drawn):
    """Forward all edges into the node act; backward those whose share of the adjoint counts."""
    net, _ = drawn
    boxes = read(net)
    arrows = {arrow.id: (arrow, box.id) for box in boxes for arrow in box.arrows}
    _, _, labels = everything(net)
    for step in steps_of(net):
        if step.pass_ == FORWARD:
            (box,) = [box for box in boxes if box.id == step.node]
            assert sorted(step.lit) == sorted(arrow.id for arrow in box.arrows)
        else:
            leaving = [e for e, (arrow, _) in arrows.items() if arrow.tail == step.node]
            assert set(step.lit) <= set(leaving)
            rest = set(leaving) - set(step.lit)
            assert all(labels[f"{e}.contribution"] == 0 for e in rest)


@tries(40)
@given(labeled())
def test_told_sums_are_the_labels(drawn):
    """The numbers of a sentence, multiplied and added as it says, give the label."""
    net, _ = drawn
    _, _, labels = everything(net)
    for step in steps_of(net):
        told = str(step.pieces[0]) if step.pieces else ""
        cut = any(isinstance(piece, str) and "more)" in piece for piece in step.pieces)
        if step.pass_ == BACKWARD and told.endswith(": ") and not cut:
            assert computed(step.pieces, labels) == labels[f"{step.node}.adjoint"]
        elif step.pass_ == FORWARD and " = " in step.pieces and not cut:
            whole = (
                labels[f"{step.node}.value"],
                *(labels[key] for key in labels if key.startswith(f"{step.node}.net.")),
            )
            assert computed(step.pieces, labels) in whole


@tries(50)
@given(labeled())
def test_seeds_are_found_in_the_labels(drawn):
    """What the backward pass started from can be read off the labels it wrote."""
    net, given_seeds = drawn
    numbers, seeds, _ = everything(net)
    assert {numbers.order.names[j]: seed for j, seed in seeds.items()} == given_seeds


def test_seeds_of_rounded_labels():
    """Rounding errors of a sum are no seed, also where a copy adds in another order."""
    net = rg.Network()
    net.add_input("x")
    for i, weight in enumerate((0.1, 0.2, -0.3, 0.7)):
        net.add_unit(f"h{i}", "tanh")
        net.add_edge("x", f"h{i}", weight=weight)
    net.add_unit("y", "sigmoid", output=True)
    for i in (3, 1, 0, 2):
        net.add_edge(f"h{i}", "y", weight=1 / (i + 3))
    net.feed_forward(x=0.3)
    net.backpropagate("y")
    copy = net.copy()
    assert list(seeds_of(numbered(copy)).values()) == [1.0]


def test_without_labels_every_output_is_a_seed():
    """An unlabeled network starts from 1 at each of its outputs."""
    net = graphs.units()
    net.add_node("p", op="tanh")
    net.add_edge("h", "p")
    numbers = numbered(net)
    assert {numbers.order.names[j]: s for j, s in seeds_of(numbers).items()} == {
        "o": 1,
        "p": 1,
    }


# --- sentences ------------------------------------------------------------------------------------


def test_sentences_of_a_small_network():
    """(y − (w·x + b))², both passes in words and numbers."""
    told = [step.sentence for step in steps_of(graphs.line_fit(labeled=True))]
    assert told == [
        "input x = 2",
        "input y = 3",
        "parameter w = 0.5",
        "parameter b = 0.25",
        "mul₁ = w × x = 1; stored derivatives 2 (w), 0.5 (x)",
        "add₂ = 1 + 0.25 = 1.25; stored derivative 1",
        "r = y − add₂ = 1.75; stored derivatives 1 (y), −1 (add₂)",
        "L = r² = 3.06; stored derivative 3.5",
        "adjoint of L = 1: the pass starts here; δ = 1·3.5 = 3.5",
        "adjoint of r: what its edge carries back: 1·3.5 = 3.5; δ = 3.5 (y), −3.5 (add₂)",
        "adjoint of add₂: what its edge carries back: 3.5·(−1) = −3.5; δ = (−3.5)·1 = −3.5",
        "adjoint of mul₁: what its edge carries back: (−3.5)·1 = −3.5; δ = −7 (w), −1.75 (x)",
        "adjoint of b: what its edge carries back: (−3.5)·1 = −3.5",
        "adjoint of w: what its edge carries back: (−3.5)·2 = −7",
        "adjoint of y: what its edge carries back: 3.5·1 = 3.5",
        "adjoint of x: what its edge carries back: (−3.5)·0.5 = −1.75",
    ]


def test_sentences_without_labels():
    """What is not labeled is told without numbers."""
    told = [step.sentence for step in steps_of(graphs.line_fit(labeled=False))]
    assert told[:1] == ["input x"]
    assert told[4:8] == ["mul₁ = w × x", "add₂ = mul₁ + b", "r = y − add₂", "L = r²"]
    assert told[8:10] == [
        "adjoint of L: the pass starts here",
        "adjoint of r: what its edge carries back",
    ]


def test_sentences_of_shared_weights_and_dead_ends():
    """A parameter collects gradients; what leads nowhere has adjoint 0, and the reason is told."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 2.0)
    net.add_unit("h", "identity")
    net.add_unit("s", "stop_gradient")
    net.add_unit("dead", "sin")
    net.add_unit("y", "square", output=True)
    net.add_edge("x", "h", parameter="w")
    net.add_edge("x", "h", key="plain")
    net.add_edge("h", "y", parameter="w")
    net.add_edge("x", "s")
    net.add_edge("s", "y")
    net.add_edge("y", "dead")
    net.feed_forward(x=1.0)
    net.backpropagate("y")
    told = {(step.pass_, step.node): step.sentence for step in steps_of(net)}
    ids = dict(zip(net, (box.id for box in read(net)), strict=True))
    assert told[FORWARD, ids["h"]] == "h = 2·1 + 1 = 3; stored derivative 1"
    assert told[FORWARD, ids["y"]] == "net = 2·3 + 1 = 7; y = net² = 49; stored derivative 14"
    assert told[BACKWARD, ids["dead"]].endswith("= 0: no path leads from it to the output")
    assert told[BACKWARD, ids["s"]].endswith("; it lets nothing back")
    assert "the sum of the gradients of the 2 edges it weights" in told[BACKWARD, ids["w"]]
    assert told[BACKWARD, ids["x"]].count("·") == 2


def test_long_sums_are_cut():
    """Of a sum of hundreds of terms the first are told, and how many more there are."""
    net = rg.Network()
    net.add_unit("y", "tanh")
    for i in range(300):
        net.add_input(f"x{i}")
        net.add_edge(f"x{i}", "y", weight=0.01)
    net.feed_forward({f"x{i}": 1.0 for i in range(300)})
    (step,) = [s for s in steps_of(net) if s.pass_ == FORWARD and s.lit]
    assert f"({300 - MOST_TERMS} more)" in step.sentence
    assert step.sentence.count("0.01·1") == MOST_TERMS


def test_numbers_are_written_in_the_style():
    """Sentences round as the diagram does."""
    net = rg.Network.from_expressions(rg.tanh(rg.inputs("x")).named("h"))
    net.feed_forward(x=0.5)
    told = steps_of(net, NumberStyle(precision=6))[1].sentence
    assert told == "h = tanh(x) = 0.462117; stored derivative 0.786448"


@pytest.mark.parametrize("op", sorted(TABLE))
def test_every_primitive_can_be_told(op):
    """Each operation is written with its operands' names, and no template is left open."""
    row = TABLE[op]
    names = ["p", "q", "r"][: row.slots or 3]
    arguments = dict.fromkeys(row.arguments, 3)
    text = applied(op, row.symbol_for(arguments), names)
    assert all(name in text for name in names)
    assert "{" not in text
    assert "·" not in text


# --- graphs that are not as they should be --------------------------------------------------------


def test_a_cycle_has_no_steps():
    """The passes need a graph without cycles, and the error shows the cycle."""
    net = rg.Network()
    for name in "ab":
        net.add_unit(name, "tanh")
    net.add_edge("a", "b")
    net.add_edge("b", "a")
    with pytest.raises(rg.CycleError, match="'a' → 'b'"):
        steps_of(net)


def test_a_digraph_has_steps_too():
    """Any networkx digraph that meets the contract is walked, and nothing is written on it."""
    graph = nx.DiGraph()
    graph.add_node("x", op="input")
    graph.add_node("y", op="exp")
    graph.add_edge("x", "y")
    before = [dict(data) for _, data in graph.nodes(data=True)]
    assert [step.node for step in steps_of(graph)] == ["n0", "n1", "n1", "n0"]
    assert [dict(data) for _, data in graph.nodes(data=True)] == before


@tries(50)
@given(networks(max_units=5))
def test_unlabeled_networks_have_the_same_steps(drawn):
    """Labels change the words only."""
    net, fed = drawn
    shapes = [[(step.node, step.keys, step.plain) for step in steps_of(net)]]
    net.feed_forward(fed)
    shapes.append([(step.node, step.keys, step.plain) for step in steps_of(net)])
    assert shapes[0] == shapes[1]
