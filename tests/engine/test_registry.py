"""Engines by name: the fastest that is installed, and an error that names the extra."""

import sys
from types import ModuleType

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.engine import registry
from rojasgraph.engine.compilation import compile as compile_network
from rojasgraph.engine.numpy.engine import NumpyEngine
from rojasgraph.engine.registry import ENGINES, Entry, choose, installed


@pytest.fixture
def net():
    """Give one operation."""
    return rg.Network.from_expressions(rg.exp(rg.inputs("x")).named("E"))


def test_auto_takes_the_first_that_is_installed(net, monkeypatch):
    """An engine whose package is missing is passed over; one that is there is taken."""
    assert compile_network(net).engine in ENGINES
    absent = Entry("nowhere", "Nothing", needs="no_such_package", extra="fast")
    monkeypatch.setattr(registry, "ENGINES", {"absent": absent, **ENGINES})
    assert choose("auto") != "absent"
    present = Entry("fast_engine", "FastEngine", needs="json")
    monkeypatch.setattr(registry, "ENGINES", {"present": present, **ENGINES})
    module = ModuleType("fast_engine")
    module.FastEngine = type("FastEngine", (NumpyEngine,), {})
    monkeypatch.setitem(sys.modules, "fast_engine", module)
    program = compile_network(net)
    assert program.engine == "present"
    assert program.feed_forward({"x": 0.0})["E"] == 1.0


def test_the_fastest_engine_is_compiled_code(net):
    """Numpy comes after it, and any other engine after numpy."""
    assert list(ENGINES)[:2] == ["llvm", "numpy"]
    assert compile_network(net).engine == ("llvm" if installed(ENGINES["llvm"]) else "numpy")


class Broken(NumpyEngine):
    """An engine that cannot compile."""

    def prepare(self, task, result):
        """Fail, as LLVM does on a processor that it does not know."""
        message = "unknown instruction"
        raise rg.CompilationFailure(message)


@pytest.fixture
def broken(monkeypatch):
    """Let the fastest engine be one that cannot compile."""
    entry = Entry("broken_engine", "Broken", needs="json")
    monkeypatch.setattr(registry, "ENGINES", {"broken": entry, **ENGINES})
    module = ModuleType("broken_engine")
    module.Broken = Broken
    monkeypatch.setitem(sys.modules, "broken_engine", module)
    return module


def test_numpy_takes_the_place_of_an_engine_that_cannot_compile(net, broken):
    """With one warning, at the first pass; all later passes and batches are numpy's."""
    program = compile_network(net)
    assert program.engine == "broken"
    with pytest.warns(rg.EngineWarning, match="'broken' does not work here.*unknown inst") as told:
        assert program.feed_forward({"x": 0.0})["E"] == 1.0
    assert len(told) == 1
    assert program.engine == "numpy"
    assert program.value_and_gradient({"x": np.zeros(3)})[1]["x"].tolist() == [1.0, 1.0, 1.0]
    step = program.prepare()
    step()
    assert step.outputs.tolist() == [1.0]


def test_weights_that_are_batches_warn_no_second_time(net, broken):
    """They make another engine of the same program."""
    net.add_parameter("w", 2.0)
    net.add_unit("F", "tanh", output=True)
    net.add_edge("E", "F", parameter="w")
    program = compile_network(net)
    with pytest.warns(rg.EngineWarning):
        program.feed_forward({"x": 0.0})
    assert program.feed_forward({"x": 0.0, "w": np.ones(2)})["F"].tolist() == [np.tanh(1.0)] * 2


def test_an_engine_that_was_named_is_not_replaced(net, broken):
    """The error comes through."""
    with pytest.raises(rg.CompilationFailure, match="unknown instruction"):
        compile_network(net, "broken").feed_forward({"x": 0.0})


def test_an_engine_that_cannot_be_loaded_is_replaced(net, broken, monkeypatch):
    """Its package is there, and a library behind it is not."""
    monkeypatch.delattr(broken, "Broken")
    module = ModuleType("broken_engine")

    def missing(name):
        message = "libLLVM.so: cannot open"
        raise OSError(message)

    module.__getattr__ = missing
    monkeypatch.setitem(sys.modules, "broken_engine", module)
    with pytest.warns(rg.EngineWarning, match="cannot open"):
        program = compile_network(net)
    assert program.engine == "numpy"
    with pytest.raises(rg.CompilationFailure, match=r"'broken' cannot be loaded: .*cannot open"):
        compile_network(net, "broken")


def test_an_engine_that_is_not_installed_is_named_with_its_extra(net, monkeypatch):
    """The error says what to install."""
    absent = Entry("nowhere", "Nothing", needs="no_such_package", extra="fast")
    monkeypatch.setattr(registry, "ENGINES", {"absent": absent, **ENGINES})
    with pytest.raises(rg.MissingDependency, match=r"no_such_package.*rojasgraph\[fast\]"):
        compile_network(net, "absent")


@pytest.mark.parametrize("name", ["nunpy", "", None, 3])
def test_an_engine_that_is_none_is_refused(net, name):
    """The error lists those that are."""
    with pytest.raises(rg.ArgumentError, match="numpy"):
        compile_network(net, name)


def test_an_engine_is_given_its_type_and_threads(net, monkeypatch):
    """What `compile` is told reaches the engine."""
    seen = []

    class Spy(NumpyEngine):
        def __init__(self, wiring, dtype, threads):
            seen.append((wiring.nodes, dtype, threads))
            super().__init__(wiring, dtype, threads)

    monkeypatch.setattr("rojasgraph.engine.numpy.engine.NumpyEngine", Spy)
    compile_network(net, "numpy", dtype="f4", threads=3)
    assert seen == [(2, np.dtype(np.float32), 3)]
