"""Checkpoints: the same bits after an interruption, a whole file at any time, and no other's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.learning import checkpoints
from rojasgraph.learning.optimizers.registry import OPTIMIZERS

RNG = np.random.default_rng(5)
X, T = RNG.normal(size=(10, 3)), RNG.normal(size=(10, 2))
V, W = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 2))


def net_of(seed=0):
    """Make a network, with other weights for another seed."""
    return rg.layered([3, 4, 2], ["tanh", "identity"], rng=seed)


def run(net, **options):
    """Train with data that is always the same."""
    return rg.train(net, **({"inputs": X, "targets": T, "progress": False, "seed": 7} | options))


def bits(net):
    """Give all weights of a network, bit by bit."""
    return np.array([weight for *_, weight in net.edges(data="weight")]).tobytes()


def told(history):
    """Give what a history says, but for the clock."""
    return {k: v for k, v in history.to_dict().items() if k != "seconds"}


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_going_on_gives_the_same_bits(name, batch, tmp_path):
    """Three epochs and three more are six: weights, order of examples, errors, passes."""
    file = tmp_path / "run.npz"
    optimizer = OPTIMIZERS[name](2) if name in {"lbfgs", "conjugate_gradient"} else name
    options = {"optimizer": optimizer, "batch": batch, "validation": (V, W)}
    whole, first, second = net_of(), net_of(), net_of(seed=99)
    one = run(whole, **options, epochs=6)
    run(first, **options, epochs=3, checkpoint=file)
    other = run(second, **options, epochs=6, checkpoint=file)
    assert bits(second) == bits(whole)
    assert other.passes - one.passes in {0, 1}  # a trial that the interruption forgot
    other.passes = one.passes
    assert told(other) == told(one)
    assert len(other.seconds) == 6
    assert other.seconds == sorted(other.seconds)


def test_early_stopping_survives(tmp_path):
    """The best weights and the patience are kept across an interruption."""
    file, stop = tmp_path / "run.npz", rg.EarlyStopping(patience=4)
    options = {"optimizer": rg.GradientDescent(0.05), "validation": (V, W), "stop": stop}
    whole, parts = net_of(), net_of()
    one = run(whole, **options, epochs=300)
    assert one.epochs < 300
    for epochs in range(1, one.epochs + 5, 3):
        other = run(parts, **options, epochs=epochs, checkpoint=file)
    assert told(other) == told(one)
    assert bits(parts) == bits(whole)


def test_what_is_over_is_not_done_again(tmp_path):
    """With all epochs done, a second call gives the weights and the history at once."""
    file = tmp_path / "run.npz"
    first, second = net_of(), net_of(seed=3)
    one = run(first, epochs=4, checkpoint=str(file))
    stamp = file.stat().st_mtime_ns
    assert told(run(second, epochs=4, checkpoint=file)) == told(one)
    assert (bits(first), stamp) == (bits(second), file.stat().st_mtime_ns)
    arrived = tmp_path / "arrived.npz"
    for _ in range(2):
        net = net_of()
        history = run(net, optimizer="newton", inputs=X[:1], targets=T[:1], epochs=200,
                      checkpoint=arrived)  # fmt: skip
        assert history.stopped == "no step lowers the error"


def test_ctrl_c_then_going_on(tmp_path):
    """The file holds the last whole epoch: going on from it is as if nothing had been."""
    file, whole, parts = tmp_path / "run.npz", net_of(), net_of()
    run(whole, epochs=5, batch=4)
    count = 0

    def press(history):
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt

    assert run(parts, epochs=5, batch=4, checkpoint=file, stop=press).stopped == "interrupted"
    run(parts, epochs=5, batch=4, checkpoint=file)
    assert bits(parts) == bits(whole)


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from test_checkpoints import net_of, run
def kill(history):
    if history.epochs == 4:
        os.kill(os.getpid(), signal.SIGKILL)
run(net_of(), epochs=9, batch=3, checkpoint={file!r}, stop=kill)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_a_killed_process_loses_no_whole_epoch(tmp_path):
    """A process that is killed leaves a whole file with the epochs that were over."""
    file, whole, parts = tmp_path / "run.npz", net_of(), net_of()
    code = KILLED.format(tests=str(Path(__file__).parent), file=str(file))
    root = str(Path(rg.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, env=os.environ | {"PYTHONPATH": root}
    )
    assert done.returncode == -signal.SIGKILL
    run(whole, epochs=9, batch=3)
    seen = []
    run(parts, epochs=9, batch=3, checkpoint=file, stop=lambda h: seen.append(h.epochs))
    assert seen[0] == 4
    assert bits(parts) == bits(whole)


OTHERS = {
    "optimizer": {"optimizer": rg.Rprop(step=0.2)},
    "data": {"inputs": X + 1},
    "validation": {"validation": (V, W)},
    "batch": {"batch": 2},
    "seed": {"seed": 8},
    "shuffle": {"shuffle": False},
    "reduction": {"reduction": "mean"},
    "engine": {"engine": "numpy"},
    "dtype": {"dtype": "f4"},
    "network": {"loss": "absolute"},
}


@pytest.mark.parametrize("what", OTHERS)
def test_the_checkpoint_of_another_training_is_refused(what, tmp_path):
    """The message says what differs, and the file stands as it was."""
    pytest.importorskip("llvmlite", reason="the other engine")
    file = tmp_path / "run.npz"
    run(net_of(), epochs=1, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(rg.ArgumentError, match=f"another training, with another {what}"):
        run(net_of(), **({"epochs": 2, "checkpoint": file} | OTHERS[what]))
    assert file.read_bytes() == before


def test_numbers_that_are_not_learned_belong_to_the_network(tmp_path):
    """A constant or a fixed weight that differs makes another training; a learned one does not."""
    file, net = tmp_path / "run.npz", net_of()
    run(net, epochs=1, checkpoint=file)
    net.nodes["bias"]["value"] = 2.0
    with pytest.raises(rg.ArgumentError, match="another network"):
        run(net, epochs=2, checkpoint=file)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk", b"text", b"\x80\x04junk"])
def test_what_is_no_checkpoint_is_refused(content, tmp_path):
    """A file of something else is neither read as one nor overwritten."""
    file = tmp_path / "run.npz"
    file.write_bytes(content)
    with pytest.raises(rg.ArgumentError, match="is no checkpoint of training"):
        run(net_of(), epochs=1, checkpoint=file)
    assert file.read_bytes() == content


def test_other_arrays_and_other_versions_are_refused(tmp_path):
    """An npz of something else, or of a later version."""
    file = tmp_path / "run.npz"
    np.savez(file, weights=np.zeros(3))
    with pytest.raises(rg.ArgumentError, match="is no checkpoint"):
        run(net_of(), epochs=1, checkpoint=file)
    np.savez(file, text=np.array(json.dumps({"format": "rojasgraph training 99"})))
    with pytest.raises(rg.ArgumentError, match="has the format 'rojasgraph training 99'"):
        run(net_of(), epochs=1, checkpoint=file)


def changed(file, **others):
    """Write a checkpoint again with other arrays, or other members of its text."""
    with np.load(file) as found:
        arrays = dict(found)
    text = json.loads(str(arrays["text"]))
    text |= {name: x for name, x in others.items() if name in text}
    arrays |= {name.replace("_", ".", 1): x for name, x in others.items() if name not in text}
    np.savez(file, **arrays | {"text": np.array(json.dumps(text))})


@pytest.mark.promise(
    "nothing wrong in silence", "A checkpoint is that of this training, whole, or it is refused."
)
@pytest.mark.parametrize(
    "others",
    [
        {"weights": np.zeros(3)},
        {"weights": np.zeros((2, 2))},
        {"weights": np.zeros(26, complex)},
        {"weights": np.array(["x"] * 26)},
        {"best": np.zeros(3)},
        {"history_losses": np.zeros((2, 2))},
        {"history": {"nobody": 1}},
        {"history": []},
        {"random": {"bit_generator": "MT19937"}},
        {"random": {}},
        {"identity": 7},
        {"identity": []},
        {"format": ["x"]},
    ],
    ids=repr,
)
def test_parts_that_do_not_fit_are_refused(others, tmp_path):
    """A file whose parts are of another size or kind is refused before the first step."""
    file = tmp_path / "run.npz"
    run(net_of(), epochs=1, checkpoint=file)
    changed(file, **others)
    before, net = file.read_bytes(), net_of()
    weights = bits(net)
    with pytest.raises(rg.ArgumentError, match=r"name another file|another training|format"):
        run(net, epochs=2, checkpoint=file)
    assert (file.read_bytes(), bits(net)) == (before, weights)


@pytest.mark.parametrize("start", [1, 40, 100, 400])
def test_a_file_that_lost_its_beginning_is_refused(start, tmp_path):
    """Places before the file's start are no error of the system's."""
    file = tmp_path / "run.npz"
    run(net_of(), epochs=1, checkpoint=file)
    file.write_bytes(file.read_bytes()[start:])
    with pytest.raises(rg.ArgumentError, match="is no checkpoint of training"):
        run(net_of(), epochs=2, checkpoint=file)


def test_what_unpacks_to_more_than_it_is_is_refused(tmp_path):
    """A few kilobytes that unpack to much are not unpacked."""
    file = tmp_path / "run.npz"
    np.savez_compressed(file, weights=np.zeros(10**6))
    with pytest.raises(rg.ArgumentError, match=r"is damaged \(it is compressed\)"):
        run(net_of(), epochs=1, checkpoint=file)


def test_nothing_in_the_file_is_executed(tmp_path):
    """Arrays of objects, which would be pickled, are neither written nor read."""
    file = tmp_path / "run.npz"
    np.savez(file, allow_pickle=True, weights=np.array([object], dtype=object))
    with pytest.raises(rg.ArgumentError, match="is no checkpoint"):
        run(net_of(), epochs=1, checkpoint=file)


def test_an_optimizer_with_a_function_goes_on(tmp_path):
    """Where a function lies in memory does not belong to what training it is."""
    file = tmp_path / "run.npz"
    for epochs in (1, 2):
        optimizer = rg.PseudoNewton(lambda weights: np.ones(len(weights)))
        history = run(net_of(), epochs=epochs, optimizer=optimizer, checkpoint=file)
    assert history.epochs == 2


def test_a_folder_that_is_not_there(tmp_path):
    """Where the file cannot be written, the system's own error says why."""
    with pytest.raises(FileNotFoundError):
        run(net_of(), epochs=1, checkpoint=tmp_path / "none" / "run.npz")


def test_the_digest_does_not_depend_on_types_of_numbers():
    """A network that was saved and loaded is the same network."""
    one, other = net_of(), net_of()
    other.nodes["bias"]["value"] = np.float64(1.0)
    assert checkpoints.structure_digest(one, []) == checkpoints.structure_digest(other, [])
