"""The engines by name; each is imported where it is first used."""

from __future__ import annotations

import importlib
import importlib.util
from typing import NamedTuple, cast

from rojasgraph.engine.protocol import Engine
from rojasgraph.errors import ArgumentError, CompilationFailure, MissingDependency


class Entry(NamedTuple):
    """Where an engine is, and what it needs.

    Attributes:
        module: the module's name.
        name: the engine's class there.
        needs: the package that must be installed; "" for none.
        extra: the extra of ours that brings it.
    """

    module: str
    name: str
    needs: str = ""
    extra: str = ""


ENGINES: dict[str, Entry] = {
    "llvm": Entry("rojasgraph.engine.llvm.engine", "LlvmEngine", "llvmlite", "fast"),
    "numpy": Entry("rojasgraph.engine.numpy.engine", "NumpyEngine"),
    "jax": Entry("rojasgraph.engine.jax.engine", "JaxEngine", "jax", "jax"),
}
"""`auto` takes the first whose package is installed: the fastest."""


def installed(entry: Entry) -> bool:
    """Tell whether what an engine needs is there, without importing it."""
    return not entry.needs or importlib.util.find_spec(entry.needs) is not None


def choose(name: str) -> str:
    """Settle which engine is meant.

    Args:
        name: of an engine, or "auto".

    Raises:
        ArgumentError: there is no such engine.
        MissingDependency: it is not installed; the message names the extra.

    >>> choose("numpy")
    'numpy'
    """
    if name == "auto":
        return next(known for known, entry in ENGINES.items() if installed(entry))
    entry = ENGINES.get(name) if isinstance(name, str) else None
    if entry is None:
        message = f"no engine is called {name!r}: choose 'auto' or one of {list(ENGINES)}"
        raise ArgumentError(message)
    if not installed(entry):
        message = (
            f"the engine {name!r} needs {entry.needs}: pip install 'rojasgraph[{entry.extra}]', "
            "or choose engine='auto'"
        )
        raise MissingDependency(message)
    return name


def engine_class(name: str) -> type[Engine]:
    """Import an engine that `choose` gave.

    Raises:
        CompilationFailure: what it needs is installed, and does not work on this machine.
    """
    entry = ENGINES[name]
    try:
        return cast("type[Engine]", getattr(importlib.import_module(entry.module), entry.name))
    except Exception as error:  # whatever a package for another machine comes to
        message = (
            f"the engine {name!r} cannot be loaded: {type(error).__name__}: {error}; install "
            f"{entry.needs or name} anew, or choose engine='numpy'"
        )
        raise CompilationFailure(message) from error
