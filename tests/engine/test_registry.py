"""Engines by name: the fastest that is installed, and an error that names the extra."""

import sys
from types import ModuleType

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.engine import registry
from rojasgraph.engine.compilation import compile as compile_network
from rojasgraph.engine.numpy.engine import NumpyEngine
from rojasgraph.engine.registry import ENGINES, Entry, choose


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
