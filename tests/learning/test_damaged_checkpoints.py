"""Checkpoints that a disk, a transfer or a stranger has changed; disks that are full."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph import files
from rojasgraph.learning import checkpoints
from tests.faults.injection import failing_call

DETECTED = pytest.mark.promise(
    "nothing wrong in silence",
    "A damaged or made-up checkpoint of training is refused with an error that names the file.",
)
BOUNDED = pytest.mark.promise(
    "within bounds", "A checkpoint takes no more memory than the file has, whatever it claims."
)
WHOLE = pytest.mark.promise(
    "nothing lost",
    "Where a checkpoint cannot be written, the one before stands, and the network has the last "
    "weights.",
)
X, T = np.random.default_rng(5).normal(size=(2, 6, 2))
IDENTITY = {"network": "this one"}
WEIGHTS = 4


def checkpoint():
    """Give a small state."""
    history = rg.History("Rprop()", "sum", [2.0, 1.0], [3.0, 2.5], [0.1, 0.2], passes=2, best=2)
    random = np.random.default_rng(3).bit_generator.state
    memory = {"steps": np.arange(4.0), "count": np.array(2)}
    weights = np.array([0.5, -1.25, 3.0, 1e-300])
    return checkpoints.Checkpoint(weights, memory, weights + 1, random, history, arrived=False)


@pytest.fixture
def file(tmp_path):
    """Write the small state."""
    path = tmp_path / "run.npz"
    checkpoints.write(path, checkpoint(), IDENTITY)
    return path


def state(found):
    """Give all of a checkpoint as text."""
    memory = {name: array.tolist() for name, array in found.memory.items()}
    return json.dumps(
        [found.weights.tolist(), memory, found.best.tolist(), found.random, found.arrived,
         found.history.to_dict()]
    )  # fmt: skip


class Content:
    """A file that stands in memory: a disk would take most of the tests' time."""

    def __init__(self, content):
        """Hold its bytes."""
        self.content = bytes(content)

    def read_bytes(self):
        """Give them."""
        return self.content


def read(path):
    """Read it; None where it is refused."""
    try:
        return checkpoints.read(path, IDENTITY, WEIGHTS)
    except rg.ArgumentError:
        return None


@DETECTED
def test_every_beginning_of_a_checkpoint_is_refused(file, record_property):
    """Whatever the length at which it was cut off."""
    content = file.read_bytes()
    for length in range(len(content)):
        assert read(Content(content[:length])) is None, length
    assert state(read(file)) == state(checkpoint())
    record_property("tried", len(content))


@DETECTED
def test_every_byte_that_is_changed_is_told_or_means_nothing(file, record_property):
    """A flipped bit, or another byte, at each place: refused, or the same state to the bit."""
    content, want = file.read_bytes(), state(checkpoint())
    rng, refused = np.random.default_rng(0), 0
    changes = rng.integers(1, 256, len(content))
    changes[::2] = 1 << rng.integers(0, 8, len(changes[::2]))
    for place, change in enumerate(changes.tolist()):
        damaged = bytearray(content)
        damaged[place] ^= change
        found = read(Content(damaged))
        if found is None:
            refused += 1
        else:
            assert state(found) == want, place
    assert refused > 0.7 * len(content)  # dates and rights of the archive's members mean nothing
    record_property("tried", len(content))


def rewritten(file, change, compression=zipfile.ZIP_STORED):
    """Write the file again as a stranger would: changed, with checksums that are right."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def array(value):
    """Write an array as numpy does."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(value), allow_pickle=True)
    return stream.getvalue()


def text_with(**changes):
    """Change the text."""

    def change(parts):
        text = json.loads(str(np.lib.format.read_array(io.BytesIO(parts["text.npy"]))))
        history = changes.get("history", {})
        parts["text.npy"] = array(
            json.dumps(text | changes | {"history": text["history"] | history})
        )

    return change


def claims(shape):
    """Claim a shape that the data does not have."""

    def change(parts):
        header = io.BytesIO()
        described = {"descr": "<f8", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(header, described)
        parts["weights.npy"] = header.getvalue() + bytes(32)

    return change


def puts(name, value):
    """Put another array in a place."""
    return lambda parts: parts.update({f"{name}.npy": array(value)})


MADE_UP = {
    "too few weights": puts("weights", [1.0]),
    "weights as a matrix": puts("weights", np.ones((2, 2))),
    "single weights": puts("weights", np.ones(4, "f4")),
    "nan among weights": puts("weights", [1.0, np.nan, 1.0, 1.0]),
    "infinite best": puts("best", [1.0, np.inf, 1.0, 1.0]),
    "objects": puts("memory.steps", np.array([print, None], dtype=object)),
    "records": puts("memory.steps", np.zeros(2, [("a", "f8")])),
    "longer history": puts("history.losses", np.ones(3)),
    "a number as history": puts("history.losses", 3.0),
    "no weights": lambda parts: parts.pop("weights.npy"),
    "no text": lambda parts: parts.pop("text.npy"),
    "no json": puts("text", "{"),
    "deep json": puts("text", "[" * 100_000),
    "a list": puts("text", "[1]"),
    "no array": lambda parts: parts.update({"weights.npy": b"weights"}),
    "version 3": lambda parts: parts.update({"weights.npy": b"\x93NUMPY\x03\x00" + bytes(40)}),
    "no random numbers": text_with(random={}),
    "wrong random numbers": text_with(random={"bit_generator": "PCG64", "state": {"state": -1}}),
    "other random numbers": text_with(random={"bit_generator": "MT19937"}),
    "best epoch": text_with(history={"best": 7}),
    "passes": text_with(history={"passes": "many"}),
    "unknown field": text_with(history={"field": 1}),
    "stopped": text_with(history={"stopped": ["x"]}),
    "final": text_with(history={"final": "x"}),
    "arrived": text_with(arrived="yes"),
    "identity": text_with(identity=["this one"]),
}


@DETECTED
@pytest.mark.parametrize("case", MADE_UP)
def test_a_made_up_checkpoint_is_refused(case, file):
    """Also where every checksum is right."""
    rewritten(file, MADE_UP[case])
    with pytest.raises(rg.ArgumentError, match=r"run\.npz is no checkpoint .* damaged"):
        checkpoints.read(file, IDENTITY, WEIGHTS)


@DETECTED
@BOUNDED
@pytest.mark.parametrize("shape", [(10**12,), (2**62, 2**62), (-4,), (10**5, 10**5)])
def test_shapes_that_are_claimed(shape, file):
    """No memory is taken for what is not there."""
    rewritten(file, claims(shape))
    with pytest.raises(rg.ArgumentError, match="is damaged"):
        checkpoints.read(file, IDENTITY, WEIGHTS)


@BOUNDED
def test_what_is_compressed_is_not_unpacked(file):
    """Small files that hold large ones are refused before they are unpacked."""
    rewritten(file, lambda parts: parts.update({"best.npy": bytes(10**7)}), zipfile.ZIP_DEFLATED)
    with pytest.raises(rg.ArgumentError, match="it is compressed"):
        checkpoints.read(file, IDENTITY, WEIGHTS)


def test_what_is_rewritten_unchanged_is_read(file):
    """The refusals above are for what was changed."""
    rewritten(file, lambda parts: None)
    assert state(read(file)) == state(checkpoint())


def trained(net, **options):
    """Train in silence."""
    return rg.train(net, inputs=X, targets=T, engine="numpy", progress=False, batch=4, **options)


def weights_of(net):
    """Give all weights of a network."""
    return [weight for *_, weight in net.edges(data="weight")]


@WHOLE
def test_a_disk_that_is_full(tmp_path, record_property):
    """Whichever call fails, of the first checkpoint or a later one: training ends by its error."""
    wanted = {}
    for epochs in (1, 2, 3):
        trained(wanted.setdefault(epochs, rg.layered([2, 2, 2], rng=1)), epochs=epochs)
    failed = []
    for number in itertools.count():
        file = tmp_path / f"{number}.npz"
        net = rg.layered([2, 2, 2], rng=1)
        with failing_call(files, number, OSError(errno.ENOSPC, "No space left on device")) as fault:
            try:
                trained(net, epochs=3, checkpoint=file)
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 - how far it came differs
        if not fault.happened:
            break
        failed.append(fault.happened)
        assert weights_of(net) in map(weights_of, wanted.values())
        again = rg.layered([2, 2, 2], rng=1)
        trained(again, epochs=3, checkpoint=file)
        assert weights_of(again) == weights_of(wanted[3])
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz"}
    assert "replace" in failed
    assert "open" in failed
    record_property("tried", len(failed))


KILLED_AGAIN_AND_AGAIN = """
import json, os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_damaged_checkpoints import rg, trained, weights_of
file, chances, seen = Path({file!r}), random.Random(4), [0]
for _ in range({kills}):
    child = os.fork()
    if not child:
        trained(rg.layered([2, 2, 2], rng=1), epochs=10**6, checkpoint=file)
    begun = time.monotonic()
    while not file.exists() or time.monotonic() < begun + chances.uniform(0, 0.06):
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    net = rg.layered([2, 2, 2], rng=1)
    seen.append(trained(net, epochs=0, checkpoint=file).epochs)
print(json.dumps([seen, weights_of(net)]))
"""


@pytest.mark.promise(
    "nothing lost", "A process that is killed while it trains leaves a whole checkpoint."
)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_kill_9_at_any_moment(tmp_path, record_property):
    """Killed while it writes again and again: the file is whole, and loses no epoch it had."""
    file, kills = tmp_path / "run.npz", 12
    code = KILLED_AGAIN_AND_AGAIN.format(
        tests=str(Path(__file__).parent), file=str(file), kills=kills
    )
    root = str(Path(rg.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": root},
    )  # fmt: skip
    seen, found = json.loads(done.stdout)
    assert seen == sorted(seen)
    assert seen[-1] > 0
    net = rg.layered([2, 2, 2], rng=1)
    trained(net, epochs=seen[-1])
    assert weights_of(net) == found
    record_property("tried", kills)
