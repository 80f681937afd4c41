"""Compiled code is kept on disk; whatever happens to the folder is no error."""

import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from rojasgraph.engine.llvm import cache
from rojasgraph.engine.llvm.engine import LlvmEngine
from rojasgraph.engine.program import Program
from rojasgraph.engine.registry import ENGINES, Entry


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Start with an empty folder, and nothing compiled in this process."""
    monkeypatch.setitem(ENGINES, "llvm", Entry(LlvmEngine.__module__, LlvmEngine.__name__))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "_loaded", {})
    return tmp_path / "rojasgraph"


def slope():
    """Compute a derivative with code that needs libmvec or the C library."""
    program = Program.from_arrays(["input", "arctan"], [0], [1], engine="llvm")
    values, gradients = program.value_and_gradient({0: np.array([1.0, 0.0, -2.0])})
    np.testing.assert_allclose(values.array.ravel(), np.arctan([1.0, 0.0, -2.0]), rtol=1e-15)
    np.testing.assert_allclose(gradients[0], [0.5, 1.0, 0.2])


def forbid_compiling(monkeypatch):
    """Let compiling fail."""

    def refuse(text):
        message = "compiled anew"
        raise AssertionError(message)

    monkeypatch.setattr(cache, "_compiled", refuse)


def test_code_is_compiled_once(folder, monkeypatch):
    """A second process, here a process that forgot, compiles nothing."""
    slope()
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(cache, "_loaded", {})
    forbid_compiling(monkeypatch)
    slope()


def test_other_operations_are_other_code(folder):
    """The name of a file tells what it was compiled from."""
    slope()
    Program.from_arrays(["input", "exp"], [0], [1], engine="llvm").feed_forward({0: 1.0})
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "folder"])
def test_a_damaged_file_is_compiled_anew(folder, monkeypatch, damage):
    """What does not match its checksum is never run, and is replaced."""
    slope()
    (path,) = folder.iterdir()
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-7])
    elif damage == "flip":
        path.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(b"" if damage == "empty" else b"no machine code")
    monkeypatch.setattr(cache, "_loaded", {})
    slope()
    if damage != "folder":
        assert path.read_bytes() == content


def test_a_file_that_matches_but_is_no_code_is_compiled_anew(folder, monkeypatch):
    """A checksum can be right on nonsense that names functions that are not there."""
    slope()
    (path,) = folder.iterdir()
    cache._write(path, ["no_such_function"], b"")
    monkeypatch.setattr(cache, "_loaded", {})
    slope()


def test_a_folder_that_cannot_be_made(folder, monkeypatch):
    """A file where the folder should be: code is compiled for this process."""
    folder.write_text("in the way")
    slope()
    assert folder.read_text() == "in the way"


def test_a_folder_that_cannot_be_written(folder, monkeypatch):
    """A disk that is full or read-only: likewise, and nothing is left behind."""

    def refuse(*arguments, **named):
        raise OSError

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    slope()
    assert list(folder.iterdir()) == []


def test_code_of_somebody_else_is_not_run(folder, monkeypatch):
    """A file of another user counts as missing."""
    slope()
    monkeypatch.setattr("os.getuid", lambda: 12345, raising=False)
    (path,) = folder.iterdir()
    assert cache._read(path) is None


def test_a_relative_folder_is_not_used(monkeypatch):
    """XDG_CACHE_HOME must be absolute, as its standard says."""
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    assert cache.folder().is_absolute()


def test_an_llvm_that_does_not_compile_is_told_of(folder, monkeypatch):
    """The error names llvmlite and the way out; nothing is left in the folder."""

    def refuse(text):
        message = "unknown instruction"
        raise RuntimeError(message)

    monkeypatch.setattr("llvmlite.binding.parse_assembly", refuse)
    with pytest.raises(cache.CompilationFailure, match=r"llvmlite .* unknown .*'numpy'"):
        slope()
    assert not folder.exists()


def test_the_folder_keeps_to_its_size(folder, monkeypatch):
    """What was not used for longest goes first; what is read counts as used."""
    slope()
    (used,) = folder.iterdir()
    size = used.stat().st_size
    for age, name in ((3, "oldest"), (2, "old"), (1, "young")):
        path = folder / f"{name}.o"
        path.write_bytes(bytes(size))
        os.utime(path, (10**9 - age, 10**9 - age))
    os.utime(used, (10**9 - 9, 10**9 - 9))
    monkeypatch.setattr(cache, "_loaded", {})
    slope()  # reads it
    monkeypatch.setattr(cache, "_MOST_BYTES", 3 * size + size // 2)
    cache._write(folder / "new.o", [], bytes(size - 40))
    assert {path.name for path in folder.iterdir()} == {used.name, "young.o", "new.o"}


def test_importing_the_package_does_not_load_llvmlite():
    """The engine is imported where it is first used."""
    code = "import sys, rojasgraph; sys.exit('llvmlite' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
