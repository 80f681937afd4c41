"""The engine of a program; with "auto", numpy takes over where the fastest does not work."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rojasgraph.engine.protocol import Engine, Result, Task
from rojasgraph.engine.registry import choose, engine_class
from rojasgraph.engine.wiring import Wiring
from rojasgraph.errors import CompilationFailure, EngineWarning

if TYPE_CHECKING:
    import numpy as np

_ALWAYS = "numpy"
"""The engine that works wherever the package does."""


class Choice:
    """Which engine a program has.

    Attributes:
        asked: what was asked for, a name or "auto".
        name: of the engine.
    """

    def __init__(self, asked: str) -> None:
        """Settle which engine is meant.

        Raises:
            ArgumentError: there is no such engine.
            MissingDependency: it is not installed.
        """
        self.asked = asked
        self.name = choose(asked)

    def make(self, wiring: Wiring, dtype: np.dtype[Any], threads: int | None) -> Engine:
        """Make the engine for a wiring."""

        def made() -> Engine:
            return engine_class(self.name)(wiring, dtype, threads)

        if self.asked != "auto" or self.name == _ALWAYS:
            return made()
        try:
            return _Replaceable(made(), self, made)
        except CompilationFailure as failure:  # installed, but it cannot be loaded
            self.give_up(failure)
            return made()

    def give_up(self, failure: Exception) -> None:
        """Take the engine that always works from now on, and say so."""
        if self.name != _ALWAYS:
            message = (
                f"the engine {self.name!r} does not work here, so {_ALWAYS!r} takes its place, "
                f"which gives the same numbers more slowly (engine={_ALWAYS!r} chooses it without "
                f"this warning): {failure}"
            )
            self.name = _ALWAYS
            warnings.warn(message, EngineWarning, stacklevel=2)


class _Replaceable:
    """An engine that another one replaces if it cannot make code for this machine."""

    def __init__(self, engine: Engine, choice: Choice, made: Callable[[], Engine]) -> None:
        """Keep the engine, and how to make one of the present choice."""
        self._engine, self._choice, self._made = engine, choice, made

    def prepare(self, task: Task, result: Result) -> Callable[[], None]:
        """Give a function that runs the pass."""
        try:
            return self._engine.prepare(task, result)
        except CompilationFailure as failure:
            self._replace(failure)
            return self._engine.prepare(task, result)

    def sweep_paths(self, *asked: Any) -> Any:  # noqa: ANN401 - as the engine has it
        """Sweep over a path algebra; None where the engine has no code for this."""
        sweep = getattr(self._engine, "sweep_paths", None)
        try:
            return None if sweep is None else sweep(*asked)
        except CompilationFailure as failure:
            self._replace(failure)
            return None

    def _replace(self, failure: CompilationFailure) -> None:
        self._choice.give_up(failure)
        self._engine = self._made()
