"""The folder of compiled code, and an llvmlite that does not work: the numbers stay the same."""

import errno
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import rojasgraph as rg
from rojasgraph.engine import registry
from rojasgraph.engine.llvm import cache
from rojasgraph.engine.llvm.engine import LlvmEngine
from rojasgraph.engine.registry import ENGINES, Entry
from tests.faults.injection import SYSTEM, failing_call
from tests.faults.networks import branched

KEPT = pytest.mark.promise(
    "nothing wrong in silence",
    "Whatever befalls the folder of compiled code, a program's numbers stay right.",
)
REPLACED = pytest.mark.promise(
    "nothing wrong in silence",
    "Where llvmlite does not work, numpy gives the same numbers, and one warning says so.",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Start with an empty folder, and nothing compiled in this process."""
    monkeypatch.setitem(ENGINES, "llvm", Entry(LlvmEngine.__module__, LlvmEngine.__name__))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    forget(monkeypatch)
    yield tmp_path / "rojasgraph"
    forget(monkeypatch)


def forget(monkeypatch):
    """Let the process forget what it has compiled, and on what."""
    monkeypatch.setattr(cache, "_loaded", {})
    for known in (cache._fingerprint, cache._features):
        known.cache_clear()


def run(engine="llvm"):
    """Compute what numpy can tell too; a row of this network needs no function of elsewhere."""
    net = branched()
    made = rg.compile(net, engine=engine)
    values, gradients = made.value_and_gradient({"x": 0.75}, "z")
    expected, slopes = rg.compile(net, engine="numpy").value_and_gradient({"x": 0.75}, "z")
    np.testing.assert_allclose(values.array, expected.array, rtol=1e-14)
    np.testing.assert_allclose(gradients.weights, slopes.weights, rtol=1e-14)
    return made


# --- the folder -----------------------------------------------------------------------------------


@KEPT
def test_each_length_and_each_place(folder, monkeypatch, record_property):
    """A file cut anywhere, or with a bit turned anywhere, is never run, and is made whole again."""
    run()
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    compiled = cache._compiled
    texts = []
    monkeypatch.setattr(cache, "_compiled", lambda text: texts.append(text) or made)
    _, made = cache._read(path)  # compiling takes long; here it is known what comes
    cuts = [whole[:n] for n in (0, 1, 31, 32, 33, 64, len(whole) // 2, len(whole) - 1)]
    turned = []
    for place in range(0, len(whole), len(whole) // 8):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        turned.append(bytes(changed))
    for number, damaged in enumerate([*cuts, *turned, whole + b"\0", b"\0" * len(whole)], 1):
        path.write_bytes(damaged)
        monkeypatch.setattr(cache, "_loaded", {})
        run()
        assert len(texts) == number
        assert path.read_bytes() == whole
    record_property("tried", number)
    assert compiled(texts[0])


@KEPT
def test_each_call_of_the_system_fails(folder, monkeypatch, record_property):
    """A disk that is full, read-only or broken: code is compiled for this process."""
    run()
    (kept,) = folder.iterdir()
    _, made = cache._read(kept)
    monkeypatch.setattr(cache, "_compiled", lambda text: made)
    calls = SYSTEM | {"mkdir", "stat", "utime", "read", "readall", "scandir", "listdir"}
    count = 0
    for there in (True, False):
        for number in itertools.count():
            if not there:
                kept.unlink(missing_ok=True)
            monkeypatch.setattr(cache, "_loaded", {})
            error = OSError((errno.ENOSPC, errno.EROFS, errno.EIO)[number % 3], "the disk")
            with failing_call(cache, number, error, calls) as fault:
                run()
            assert {path.name for path in folder.iterdir()} <= {kept.name}
            monkeypatch.setattr(cache, "_loaded", {})
            run()
            assert kept.exists()
            if not fault.happened:
                break
            count += 1
    record_property("tried", count)
    assert count > 10


@KEPT
@pytest.mark.parametrize("home", [None, "", "somewhere", "/proc/nowhere"])
def test_no_home(home, folder, monkeypatch, tmp_path):
    """As in a container whose user has no entry: nothing is kept, and nothing litters."""
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.chdir(tmp_path)

    def nobody():
        if home is None:
            message = "Could not determine home directory."
            raise RuntimeError(message)
        return Path(home)

    monkeypatch.setattr(Path, "home", nobody)
    run()
    assert list(tmp_path.iterdir()) == []


@KEPT
def test_other_versions_and_machines_have_files_of_their_own(folder, monkeypatch):
    """Code for another processor is never run: its name is another."""
    run()
    for owner, name, value in (
        (cache.llvmlite, "__version__", "0.1.2"),
        (cache, "_features", lambda: "+sse2"),
        (cache.llvm, "get_host_cpu_name", lambda: "x86-64"),
    ):
        before = set(folder.iterdir())
        forget(monkeypatch)
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, value)
            run()
        (added,) = set(folder.iterdir()) - before
        forget(monkeypatch)
        before = set(folder.iterdir())
        run()
        assert set(folder.iterdir()) == before
        assert added.exists()


@KEPT
def test_no_source(folder, monkeypatch):
    """Where ours cannot be read, code that is kept might be that of another version."""
    monkeypatch.setattr(cache, "_own_source", lambda: b"")
    run()
    assert not folder.exists()


@KEPT
def test_drafts_of_killed_processes_go(folder):
    """What a process left that was killed is removed when it is old, and not before."""
    folder.mkdir()
    old, young = folder / "old.tmp", folder / "young.tmp"
    for draft in (old, young):
        draft.touch()
    os.utime(old, (time.time() - 10**5,) * 2)
    run()
    assert not old.exists()
    assert young.exists()


FILLING = """
import sys
import rojasgraph as rg
net = rg.Network.from_expressions(rg.tanh(rg.inputs("x") * 0.5).named("y"))
sys.stdin.readline()
print(rg.compile(net, engine="llvm").feed_forward({"x": 1.0})["y"])
"""


@KEPT
def test_two_processes_at_once(tmp_path):
    """Both compute the same, and leave one whole file."""
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    begun = [
        subprocess.Popen([sys.executable, "-c", FILLING], stdin=-1, stdout=-1, env=environment)
        for _ in range(2)
    ]
    (found,) = {process.communicate(b"go\n", timeout=60)[0] for process in begun}
    assert float(found) == pytest.approx(np.tanh(0.5), rel=1e-15)
    (path,) = (tmp_path / "rojasgraph").iterdir()
    assert cache._read(path) is not None


# --- llvmlite -------------------------------------------------------------------------------------


def failing(error):
    """Give a function that fails."""

    def fail(*arguments, **options):
        raise error

    return fail


BROKEN = {
    "cannot parse": (cache.llvm, "parse_assembly", failing(RuntimeError("unknown instruction"))),
    "has no target": (cache.llvm.Target, "from_default_triple", failing(RuntimeError("no target"))),
    "cannot be linked": (cache, "_linked", lambda names: False),
    "cannot load": (cache.llvm, "create_mcjit_compiler", failing(RuntimeError("no MCJIT"))),
    "cannot start": (cache.llvm, "initialize_native_target", failing(RuntimeError("no native"))),
}


@REPLACED
@pytest.mark.parametrize(("owner", "name", "value"), BROKEN.values(), ids=BROKEN)
def test_llvm_that_fails(owner, name, value, folder, monkeypatch):
    """At the first pass numpy takes over, with one warning; named, it is an error that says so."""
    cache._initialize.cache_clear()
    monkeypatch.setattr(owner, name, value)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = run("auto")
        made.value_and_gradient({"x": [1.0, 2.0]}, "y")
    assert [warning.category for warning in caught] == [rg.EngineWarning]
    assert "'numpy' takes its place" in str(caught[0].message)
    assert made.engine == "numpy"
    with pytest.raises(rg.CompilationFailure, match="choose engine='numpy'"):
        run("llvm")
    monkeypatch.undo()


@REPLACED
@pytest.mark.parametrize("algebra", [rg.algebras.max_product, rg.algebras.longest], ids=repr)
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_llvm_that_fails_in_a_sweep(broken, algebra, folder, monkeypatch):
    """A sweep over a path algebra falls back as a pass does, and so do the passes after it."""
    cache._initialize.cache_clear()
    net = branched()
    right = dict(rg.compile(net, engine="numpy").sweep("y", {"x": 0.5}, algebra=algebra))
    monkeypatch.setattr(*broken)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = rg.compile(net, engine="auto")
        for _ in range(2):
            assert dict(made.sweep("y", {"x": 0.5}, algebra=algebra)) == right
        made.value_and_gradient({"x": 0.5}, "y")
    assert [warning.category for warning in caught] == [rg.EngineWarning]
    assert made.engine == "numpy"
    with pytest.raises(rg.CompilationFailure, match="choose engine='numpy'"):
        rg.compile(net, engine="llvm").sweep("y", {"x": 0.5}, algebra=algebra)
    monkeypatch.undo()


@REPLACED
def test_a_processor_that_llvm_does_not_know(folder, monkeypatch):
    """Its features are not told: code for any processor of its kind runs."""
    monkeypatch.setattr(
        cache.llvm, "get_host_cpu_features", failing(RuntimeError("unsupported platform"))
    )
    assert run().engine == "llvm"


@REPLACED
@pytest.mark.parametrize(
    "error",
    [
        ImportError("libLLVM.so: undefined symbol"),
        OSError("could not find libllvmlite.so"),
        RuntimeError("built for another Python"),
        AttributeError("llvmlite is of another version"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_llvmlite_that_cannot_be_imported(error, monkeypatch):
    """It is installed, but not for this machine."""

    def refuse(name):
        if "llvm" in name:
            raise error
        return import_module(name)

    monkeypatch.setattr(registry.importlib, "import_module", refuse)
    with pytest.warns(rg.EngineWarning, match=f"{error}") as caught:
        made = run("auto")
    assert len(caught) == 1
    assert made.engine == "numpy"
    with pytest.raises(rg.CompilationFailure, match=r"'llvm' cannot be loaded: .*engine='numpy'"):
        run("llvm")


def test_an_old_llvmlite_is_named(monkeypatch):
    """What it lacks would be found late, and told in its own words."""
    monkeypatch.delattr(cache.llvm, "create_pass_builder")
    monkeypatch.setattr(cache.llvmlite, "__version__", "0.38.0")
    spec = importlib.util.spec_from_file_location("old", cache.__file__)
    with pytest.raises(ImportError, match=r"llvmlite 0\.38\.0 is too old: .* 0\.44"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


BARE = """
import importlib.metadata, json, os, sys, tempfile, warnings
for name in ("dask", "distributed", "graphviz_pure", "jax", "jaxlib", "llvmlite", "matplotlib",
             "onnx", "rich", "scipy", "sklearn"):
    sys.modules[name] = None

def absent(name):
    raise importlib.metadata.PackageNotFoundError(name)

importlib.metadata.files = absent
os.environ["PATH"] = ""
import rojasgraph as rg

net = rg.Network.from_expressions((rg.inputs("x") ** 2).named("y"))
net.feed_forward(x=3.0)
told = {"slope": net.backpropagate()["x"], "engine": rg.compile(net).engine}
told["fast"] = rg.compile(net).value_and_gradient({"x": [3.0]})[1]["x"].tolist()
with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    told["svg"] = rg.render(net, f"{folder}/net.svg").read_text(encoding="utf-8")[-7:]
    told["warnings"] = [str(warning.message) for warning in caught]
    for extra, act in {
        "fast": lambda: rg.compile(net, engine="llvm"),
        "jax": lambda: rg.to_jax(net),
        "onnx": lambda: rg.to_onnx(net),
        "draw": lambda: rg.render(net, f"{folder}/net.png"),
        "train": lambda: rg.History(losses=[1.0]).plot(),
    }.items():
        try:
            act()
        except rg.MissingDependency as error:
            told[extra + " missing"] = str(error)
print(json.dumps(told))
"""


@REPLACED
def test_no_extra_at_all():
    """What needs none works; what needs one names it."""
    ended = subprocess.run([sys.executable, "-c", BARE], stdout=-1, check=True, text=True)
    told = json.loads(ended.stdout)
    assert (told["slope"], told["fast"], told["engine"]) == (6.0, [6.0], "numpy")
    assert told["svg"] == "</svg>\n"
    (warning,) = told["warnings"]
    assert "drawn by our own layout" in warning
    for extra in ("fast", "jax", "onnx", "draw", "train"):
        assert f"rojasgraph[{extra}]" in told[f"{extra} missing"]
