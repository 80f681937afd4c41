"""Ctrl-C at any moment: a labeling is the old one or the new one, and the next call is right."""

import contextlib
import itertools
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph import cli, network
from rojasgraph.engine import labels, program, reading
from tests.faults.injection import interrupted
from tests.faults.networks import branched

LABELING = pytest.mark.promise(
    "nothing lost",
    "After Ctrl-C a network has the labels of one pass, the old or the new, never a mixture.",
)
NEXT = pytest.mark.promise(
    "nothing wrong in silence", "After Ctrl-C the next call gives what it would have given anyway."
)

PACKAGE = str(Path(rg.__file__).parent)


def snapshot(net):
    """Copy all that stands on a network."""
    net = net.copy()
    return dict(net.nodes(data=True)), list(net.edges(keys=True, data=True))


def labeled():
    """Give the network with the labels of both passes."""
    net = branched()
    net.feed_forward(x=2.0)
    net.backpropagate("y")
    return net


def forward(net):
    """Get ready to label anew."""
    return partial(net.feed_forward, x=-1.0)


def backward(net):
    """Get ready to label anew, from another output."""
    return partial(net.backpropagate, "z", seed=3.0)


def compiled(net):
    """Get ready to label anew, by a program, with other weights."""
    made = rg.compile(net, engine="numpy")
    made.weights = [0.25, -1.0]
    made.value_and_gradient({"x": -1.0}, "z")
    return made.label


def at_each_line(make_ready):
    """Interrupt the writing itself, at every other line where labels are written."""
    for number in itertools.count(0, 2):
        net = labeled()
        act = make_ready(net)
        with interrupted(number, network.__file__, labels.__file__, reading.__file__) as fault:
            act()
        if not fault.happened:
            return
        yield net


def anywhere(make_ready):
    """Interrupt all that leads to it, here and there in the package."""
    for number in itertools.count(0, 23):
        net = labeled()
        with interrupted(number, PACKAGE) as fault:
            make_ready(net)()
        if not fault.happened:
            return
        yield net


@LABELING
@NEXT
@pytest.mark.parametrize("act", [forward, backward, compiled])
@pytest.mark.parametrize("moments", [at_each_line, anywhere])
def test_labels_are_those_of_one_pass(act, moments, record_property):
    """Wherever it is interrupted, labels are whole; what goes on from them is right, or refused."""
    old, new = labeled(), labeled()
    act(new)()
    before, after = snapshot(old), snapshot(new)
    count = 0
    for net in moments(act):
        count += 1
        found = snapshot(net)
        assert found in (before, after)
        like = old if found == before else new
        with contextlib.suppress(rg.NotLabeled):
            assert dict(net.backpropagate("z")) == dict(rg.vjp(like, {"z": 1.0}))
        if count % 7 == 0:  # whatever goes on, goes on rightly
            fresh = branched()
            fresh.nodes["w"]["value"] = net.nodes["w"]["value"]
            fresh.edges["x", "z", 0]["weight"] = net.edges["x", "z", 0]["weight"]
            assert net.feed_forward(x=4.0) == fresh.feed_forward(x=4.0)
            assert net.backpropagate("z") == fresh.backpropagate("z")
            assert snapshot(net) == snapshot(fresh)
    record_property("tried", count)
    assert count > 10


@NEXT
def test_labels_that_could_not_be_written_are_none(monkeypatch):
    """What fails in the midst of the labels leaves no pass to go on from, and the passes say so."""
    net = labeled()

    def failing(order, forward):
        order.nodes[0]["value"] = 99.0
        raise MemoryError

    monkeypatch.setattr(network, "write_forward", failing)
    with pytest.raises(MemoryError):
        net.feed_forward(x=-1.0)
    monkeypatch.undo()
    with pytest.raises(rg.NotLabeled, match="feed_forward"):
        net.backpropagate("y")
    net.feed_forward(x=2.0)
    net.backpropagate("y")
    assert snapshot(net) == snapshot(labeled())


# --- programs -------------------------------------------------------------------------------------

engines = pytest.mark.parametrize("engine", ["numpy", "llvm"])
PLACES = (str(Path(program.__file__).parent), network.__file__)


def values_and_slopes(made, inputs, output):
    """Run both passes."""
    values, gradients = made.value_and_gradient(inputs, output)
    return {**values, **gradients, "weights": gradients.weights.tolist()}


@NEXT
@engines
def test_weights_are_the_old_or_the_new(engine, record_property):
    """A vector of weights is set whole; passes use what it is."""
    made = rg.compile(branched(), engine=engine)
    for number in itertools.count():
        made.weights = [1.0, 2.0]
        made.feed_forward({"x": 1.0})
        with interrupted(number, *PLACES) as fault:
            made.weights = [3.0, 4.0]
        assert made.weights.tolist() in ([1.0, 2.0], [3.0, 4.0])
        other = rg.compile(branched(), engine=engine)
        other.weights = made.weights
        assert values_and_slopes(made, {"x": 1.0}, "z") == values_and_slopes(other, {"x": 1.0}, "z")
        if not fault.happened:
            break
    record_property("tried", number)
    assert number > 5


def powered():
    """Build a network with an argument that may change."""
    net = branched()
    net.add_unit("t", "power", arguments=[2])
    net.add_edge("z", "t")
    return net


def change(net):
    """Change all numbers that `refresh` reads anew, and the outputs."""
    net.nodes["w"]["value"], net.edges["x", "z", 0]["weight"] = 0.25, -3.0
    net.nodes["t"]["arguments"] = (3,)
    net.nodes["t"]["output"] = True


@NEXT
@engines
@pytest.mark.parametrize("examples", [1, 40])
def test_a_program_goes_on(engine, examples, record_property):
    """Passes and a refresh between them may be interrupted anywhere."""
    inputs = {"x": np.linspace(-1, 1, examples)}

    def use(net, made):
        made.value_and_gradient(inputs, "t")
        change(net)
        made.refresh()
        made.value_and_gradient(inputs, "t")

    net = powered()
    change(net)
    right = values_and_slopes(rg.compile(net, engine=engine), inputs, "t")
    own = str(Path(program.__file__).parent / engine / "engine.py")
    count = 0
    for places, stride in (((own,), 1), (PLACES, 79)):
        for number in itertools.count(0, stride):
            net = powered()
            made = rg.compile(net, engine=engine)
            with interrupted(number, *places) as fault:
                use(net, made)
            if not fault.happened:
                break
            count += 1
            change(net)
            made.refresh()
            np.testing.assert_equal(values_and_slopes(made, inputs, "t"), right)
    record_property("tried", count)
    assert count > 20


def test_a_lock_is_given_back():
    """As real signals do, the injected one spares the moments between `with` and its block."""
    lock = threading.Lock()

    def locked(value):
        with lock:
            try:
                value += 1
            finally:
                value -= 1
            if value:
                return value
            raise ZeroDivisionError

    for number, value in itertools.product(range(12), [0, 1]):
        with interrupted(number, __file__) as fault, contextlib.suppress(ZeroDivisionError):
            locked(value)
        assert not lock.locked()
    assert not fault.happened


# --- the command line -----------------------------------------------------------------------------


def test_the_command_line_ends_without_a_traceback(monkeypatch, capsys):
    """As a shell expects it: 128 + the number of the signal."""

    def interrupt(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.Network, "feed_forward", interrupt)
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain", "x*y", "--at", "x=2", "y=5"])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "rojasgraph: interrupted\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux that is always full")
def test_an_output_that_is_full():
    """What could not be printed is an error, with a code that says so."""
    command = [sys.executable, "-m", "rojasgraph", "explain", "x*y", "--at", "x=2", "y=5"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=-1, text=True, check=False)
    assert ended.returncode == 2
    assert "No space left on device" in ended.stderr
