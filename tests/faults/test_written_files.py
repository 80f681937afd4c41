"""A disk that is full, a process that is killed: the old file or the new one, never half of one."""

import errno
import itertools
import os
import re
import stat
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

import rojasgraph as rg
from rojasgraph import files
from rojasgraph.training_command import _written
from tests.faults.injection import failing_call

WHOLE = pytest.mark.promise(
    "nothing lost", "A file that is written is the old one or the new one, never half of one."
)
TOGETHER = pytest.mark.promise(
    "nothing lost", "Files that belong together are written all, or none where the disk is full."
)

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, permissions and signals of POSIX")


def labeled():
    """Give a small network with the labels of both passes."""
    net = rg.Network.from_expressions((rg.inputs("x") ** 2).named("y"))
    net.feed_forward(x=2.0)
    net.backpropagate()
    return net


walk = cache(rg.frames)


def saved(name):
    """Save a network by the ending of a name."""
    return lambda net, folder: [net.save(folder / name)]


def drawn(name):
    """Draw a network by the ending of a name."""
    return lambda net, folder: [rg.render(net, folder / name)]


def in_onnx(net, folder):
    """Write a model, if onnx is there."""
    pytest.importorskip("onnx")
    rg.to_onnx(net, folder / "net.onnx")
    return [folder / "net.onnx"]


WRITERS = {
    "json": saved("net.json"),
    "graphml": saved("net.graphml"),
    "dot": saved("net.dot"),
    "onnx": in_onnx,
    "svg": drawn("net.svg"),
    "png": drawn("net.png"),
    "gv": drawn("net.gv"),
    "tex": drawn("net.tex"),
    "txt": drawn("net.txt"),
    "html": drawn("net.html"),
    "pdf": pytest.param(drawn("net.pdf"), marks=pytest.mark.exe),
    "animation": lambda net, folder: [walk(net).animate(folder / "walk.svg")],
    "slides": lambda net, folder: [walk(net).beamer(folder / "walk.tex")],
    "source of a diagram": lambda net, folder: [Path(rg.draw(net).save(folder / "net.gv"))],
    "worksheet": lambda net, folder: rg.worksheet(net, folder / "sheet.svg", blank="adjoint"),
    "frames": lambda net, folder: walk(net).save(folder),
}
"""Everything that writes files: a function of a network and a folder that gives their paths."""

every_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def contents(folder):
    """Read all files of a folder, those too whose names begin with a point; a PDF has a date."""
    date = rb"/CreationDate \(.*?\)"
    return {path.name: re.sub(date, b"", path.read_bytes()) for path in folder.iterdir()}


@WHOLE
@TOGETHER
@every_writer
def test_a_disk_that_fails(write, tmp_path, record_property):
    """Whichever call of the system fails: an error, and every old file as it was; no draft."""
    net = labeled()
    whole = tmp_path / "whole"
    whole.mkdir()
    names = [Path(path).name for path in write(net, whole)]
    new = contents(whole)
    old = dict.fromkeys(names, b"old")
    for number in itertools.count():
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(b"old")
        error = None
        with failing_call(files, number, OSError(errno.ENOSPC, "No space left on device")) as fault:
            try:
                write(net, folder)
            except OSError as raised:
                error = raised
        if error is None:
            assert contents(folder) == new
        else:
            assert error.errno == errno.ENOSPC
            assert Path(error.filename).name in names
            assert "cannot write it: No space left" in str(error)
            changed = names[: max(fault.counted["replace"] - 1, 0)]  # while names change hands
            assert contents(folder) == old | {name: new[name] for name in changed}
        if not fault.happened:
            break
    record_property("tried", number)
    assert number >= 5 * len(names)


def test_the_command_train_writes_all_or_nothing(tmp_path, monkeypatch):
    """The files of a training belong together."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)  # it takes long to load
    net, history = labeled(), rg.History()
    task, parts = SimpleNamespace(columns=["x"], classes=[]), SimpleNamespace(scales={})
    with (
        failing_call(files, 12, OSError(errno.ENOSPC, "No space left on device")),
        pytest.raises(OSError, match="No space left"),
    ):
        _written(tmp_path, net, history, task, parts)
    assert contents(tmp_path) == {}
    written = _written(tmp_path, net, history, task, parts)
    names = ["network.json", "history.json", "task.json", "diagram.svg"]
    assert [path.name for path in written] == names


@WHOLE
def test_a_file_that_may_not_grow(tmp_path, record_property):
    """The system itself stops the writing after so many bytes."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "net.json"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = (0, 1, 4095, 4096, 50_000)
    for size in sizes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            with pytest.raises(OSError, match=r"cannot write it: File too large.*net\.json"):
                files.write(path, b"new" * 50_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert contents(tmp_path) == {"net.json": b"old"}
    record_property("tried", len(sizes))


WRITING = """
import importlib.util, itertools, sys
from pathlib import Path
from types import SimpleNamespace
spec = importlib.util.spec_from_file_location("files", sys.argv[1])
files = importlib.util.module_from_spec(spec)
spec.loader.exec_module(files)
print("begin", flush=True)
for number in itertools.count():
    files.write(Path(sys.argv[2]), bytes([number % 256]) * 3_000_000)
"""


@WHOLE
@posix
def test_a_process_that_is_killed(tmp_path, record_property):
    """Kill −9 while it writes: one content or another, whole; drafts are known by their names."""
    path, kills = tmp_path / "net.json", 15
    path.write_bytes(bytes(3_000_000))
    for moment in range(kills):
        command = [sys.executable, "-S", "-c", WRITING, files.__file__, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(0.002 * moment)
            writer.kill()
        found = path.read_bytes()
        assert len(found) == 3_000_000
        assert len(set(found)) == 1
    litter = [found for found in tmp_path.iterdir() if found != path]
    assert all(found.match(files.DRAFT.format("*")) for found in litter)
    files.write(path, b"new")
    assert path.read_bytes() == b"new"
    record_property("tried", kills)


# --- where it goes --------------------------------------------------------------------------------


@posix
def test_a_file_keeps_its_permissions(tmp_path):
    """What only its owner could read stays so."""
    path = tmp_path / "net.json"
    path.touch()
    path.chmod(0o640)
    labeled().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix
def test_a_new_file_has_the_permissions_of_any(tmp_path):
    """As `open` would make it."""
    (tmp_path / "any").touch()
    labeled().save(tmp_path / "net.json")
    assert (tmp_path / "net.json").stat().st_mode == (tmp_path / "any").stat().st_mode


@posix
def test_a_link_stays_a_link(tmp_path):
    """What it points to is written, in the folder where that is, be it there yet or not."""
    (tmp_path / "elsewhere").mkdir()
    link, place = tmp_path / "net.json", tmp_path / "elsewhere" / "real.json"
    link.symlink_to(place)
    for _ in range(2):
        labeled().save(link)
        assert link.is_symlink()
        assert len(rg.load(place)) == len(rg.load(link)) == 2


@WHOLE
def test_a_file_that_may_only_be_read_stays(tmp_path, monkeypatch):
    """Who took the right to write away meant it."""
    path = tmp_path / "net.json"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda place, mode: not (place == path and mode == os.W_OK))
    with pytest.raises(PermissionError, match=r"cannot write it: it may only be read: .*net\.json"):
        labeled().save(path)
    assert contents(tmp_path) == {"net.json": b"old"}


def test_a_folder_is_no_file(tmp_path):
    """It stays, with what is in it."""
    (tmp_path / "net.json").mkdir()
    with pytest.raises(IsADirectoryError, match=r"cannot write it: it is a folder: .*net\.json"):
        labeled().save(tmp_path / "net.json")
    assert [found.name for found in tmp_path.iterdir()] == ["net.json"]


@posix
def test_a_pipe_is_written_to(tmp_path):
    """What is no file is not replaced by one, such as /dev/stdout."""
    pipe = tmp_path / "net.json"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        labeled().save(pipe)
        assert b'"format"' in reader.stdout.read()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("parent", ["missing", "file"])
@every_writer
def test_a_folder_that_is_not_there(write, parent, tmp_path):
    """The error names it; `frames` and a diagram's source make it where that can be."""
    (tmp_path / "file").touch()
    folder = tmp_path / parent / "inner"
    makes = write in {WRITERS["frames"], WRITERS["source of a diagram"]}
    if makes and parent == "missing":
        assert all(path.exists() for path in write(labeled(), folder))
        return
    with pytest.raises(OSError, match="inner"):
        write(labeled(), folder)
    assert not folder.exists()
