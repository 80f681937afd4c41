"""Ctrl-C at any moment of training: what is left is whole, and goes on to the same bits."""

from __future__ import annotations

import itertools
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.engine.llvm import engine as llvm
from rojasgraph.interruption import held
from rojasgraph.learning.optimizers.registry import optimizer_of

USABLE = pytest.mark.promise(
    "nothing lost",
    "Ctrl-C in training leaves weights, history and checkpoint that belong together, and training "
    "goes on from them to the same bits.",
)
RNG = np.random.default_rng(5)
X, T = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 1))
LEARNING = Path(rg.__file__).parent / "learning"
FILES = {str(LEARNING / name) for name in ("training.py", "checkpoints.py", "stopping.py")}
FILES |= {str(LEARNING.parent / name) for name in ("files.py", "interruption.py")}
EPOCHS = 3
CASES = {
    "off-line": {"optimizer": "rprop"},
    "mini-batches": {"optimizer": "momentum", "batch": 4},
    "validation": {"validation": (T @ [[1.0, 2.0]], T), "batch": 4, "optimizer": "adam"},
    "early stopping": {
        "validation": (X[:2], T[:2]), "stop": rg.EarlyStopping(5), "optimizer": "nesterov",
    },
}  # fmt: skip
POINTS = 40
"""At how many points, of all where Python looks for signals, each case is interrupted."""


def trained(net=None, **options):
    """Train; give the network too."""
    net = rg.layered([2, 2, 1], ["tanh", "identity"], rng=1) if net is None else net
    options = {"epochs": EPOCHS, "engine": "numpy", "progress": False} | options
    return net, rg.train(net, inputs=X, targets=T, **options)


def weights_of(net):
    """Give all weights of a network."""
    return tuple(weight for *_, weight in net.edges(data="weight"))


class Presses:
    """Ctrl-C at the nth call that one of our files makes or ends, where Python looks for signals.

    Attributes:
        points: how many there were.
    """

    def __init__(self, number=None):
        """Choose the number; None: only count."""
        self.number, self.points = number, 0

    def __call__(self, frame, event, _):
        """Watch what runs."""
        if event not in {"call", "c_return"} or frame.f_code.co_filename not in FILES:
            return
        self.points += 1
        if self.points == self.number:
            signal.raise_signal(signal.SIGINT)

    @contextmanager
    def watching(self):
        """Watch a block."""
        before = sys.getprofile()
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(before)


class Footprints:
    """An optimizer that notes where it has been."""

    def __init__(self, optimizer):
        """Walk as this one does."""
        self.optimizer, self.seen = optimizer_of(optimizer), []

    def descend(self, surface, weights, memory=None):
        """Walk, and note."""
        for position in self.optimizer.descend(surface, weights, memory):
            self.seen.append(tuple(position.weights))
            yield position


def is_whole(history):
    """Check that all lists of a history are of the same epochs."""
    assert len(history.seconds) == len(history.losses)
    assert len(history.validation) in {0, len(history.losses)}
    if history.best is not None:
        assert history.best == 1 + np.argmin(history.validation or history.losses)


@USABLE
@pytest.mark.parametrize("case", CASES)
def test_ctrl_c_at_any_moment(case, tmp_path, record_property):
    """Weights are those after a step; history, checkpoint and a new run agree with them."""
    options = CASES[case]
    walk = Footprints(options["optimizer"])
    trained(**options | {"optimizer": walk})
    full_net, full = trained(**options, checkpoint=tmp_path / "full.npz")
    names = rg.compile(rg.extend(full_net)).weight_names
    order = [names.index(edge) for edge in full_net.edges(keys=True)]
    steps = [tuple(np.take(seen, order)) for seen in walk.seen]
    with (count := Presses()).watching():
        trained(**options, checkpoint=tmp_path / "count.npz")
    pressed = np.unique(np.linspace(1, count.points, POINTS).astype(int))
    for number in pressed:
        file = tmp_path / f"{number}.npz"
        net = rg.layered([2, 2, 1], ["tanh", "identity"], rng=1)
        history = None
        try:
            with Presses(number).watching():
                _, history = trained(net, **options, checkpoint=file)
        except KeyboardInterrupt:
            pass  # before training began, or after it was over
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        place = steps.index(weights_of(net))
        if history is not None:
            is_whole(history)
            assert history.losses == full.losses[: history.epochs]
            assert history.validation == full.validation[: history.epochs]
            per_epoch = (len(steps) - 1) // EPOCHS
            restored = f", weights of epoch {history.best}" if history.best else ""
            assert history.stopped in {"interrupted" + restored, full.stopped}
            if restored:
                assert place == per_epoch * history.best
            else:
                assert 0 <= place - per_epoch * history.epochs <= per_epoch
        again, other = trained(**options, checkpoint=file)
        is_whole(other)
        assert other.losses == full.losses
        assert (other.validation, other.best, other.final) == (
            full.validation, full.best, full.final,
        )  # fmt: skip
        assert weights_of(again) == weights_of(full_net)
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".npz"]
    record_property("tried", len(pressed))


@USABLE
@pytest.mark.parametrize("restore", [True, False])
def test_ctrl_c_takes_the_best_weights(restore):
    """Where early stopping would take the best weights at its end, Ctrl-C takes them, too."""
    walk = Footprints("nesterov")
    net = rg.layered([2, 2, 1], ["tanh", "identity"], rng=1)
    errors = []

    class Worse(rg.EarlyStopping):
        """Press Ctrl-C three epochs after the lowest error."""

        def reason(self, history):
            """Look at the errors, and never stop."""
            errors[:] = history.validation
            if history.best is not None and history.epochs == history.best + 3:
                signal.raise_signal(signal.SIGINT)
            return ""

    best = Worse(5, restore=restore)
    validation = (X[:2], T[:2] + 5 * X[:2, :1])
    _, history = trained(net, optimizer=walk, epochs=400, validation=validation, stop=best)
    assert errors[history.best - 1] == min(errors) < errors[-1]
    names = rg.compile(rg.extend(net)).weight_names
    order = [names.index(edge) for edge in net.edges(keys=True)]
    kept = history.best if restore else history.epochs
    assert weights_of(net) == tuple(np.take(walk.seen[kept], order))
    told = f", weights of epoch {history.best}" if restore else ""
    assert history.stopped == "interrupted" + told


def test_what_is_held_is_finished_first():
    """Ctrl-C waits for the end of the block; what the user's own handler is is called then."""
    done = []
    before = signal.signal(signal.SIGINT, lambda *_: done.append("own"))
    try:
        with held():
            signal.raise_signal(signal.SIGINT)
            done.append("block")
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["block", "own"]


def test_nothing_is_held_in_other_threads_or_where_ctrl_c_is_ignored():
    """Only the main thread is interrupted, and training runs in others too."""
    found = []
    thread = threading.Thread(target=lambda: found.append(trained()[1].stopped))
    thread.start()
    thread.join()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert found == ["all epochs done"]


@pytest.fixture
def two_threads(monkeypatch):
    """Give a program whose passes take two threads, and examples for it."""
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(llvm, "_WORTH_A_THREAD", 1)
    program = rg.compile(rg.layered([2, 30, 1], "tanh", rng=1), engine="llvm", threads=2)
    return program, np.random.default_rng(1).normal(size=(4000, 2))


def interrupted(step, moment):
    """Run a step again and again, until Ctrl-C comes."""
    signal.setitimer(signal.ITIMER_REAL, moment)
    for _ in itertools.count():
        step()


@USABLE
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers here")
def test_ctrl_c_while_threads_compute(two_threads, record_property):
    """The clock interrupts a step at many moments: no thread goes on, and the next is right."""
    program, examples = two_threads
    step = program.prepare(len(examples))
    step.inputs[:] = examples
    step()
    want = step.weight_gradient.copy()
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    moments = np.linspace(2e-4, 2e-3, 40).tolist()
    try:
        for moment in moments:
            with pytest.raises(KeyboardInterrupt):
                interrupted(step, moment)
            step()
            assert np.array_equal(step.weight_gradient, want)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    record_property("tried", len(moments))
