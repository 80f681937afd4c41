"""Telling how long work goes: a bar by rich where it is installed, plain lines where not."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rojasgraph.learning.history import History

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SECONDS_BETWEEN_LINES = 5.0
_ERASE = "\r\x1b[2K"
_REFRESHES = 0.1
"""A bar is moved at most ten times in a second."""


class Reporter(AbstractContextManager["Reporter", None]):
    """Tells nothing; the others tell more."""

    def tell(self, done: int, history: History | None = None) -> None:
        """Tell how much is done; of a training, its errors too."""

    def end(self, done: int, outcome: str, history: History | None = None) -> None:
        """Tell how it ended."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what is shown."""


class Lines(Reporter):
    """Writes a line on standard error, now and then and at the end; on a terminal, it moves."""

    def __init__(self, total: int, before: int, unit: str) -> None:
        """Begin to count the time."""
        self._total, self._before, self._unit = total, before, unit
        self._start = self._told = time.monotonic()
        self._moves = sys.stderr.isatty()
        self._between = _REFRESHES if self._moves else _SECONDS_BETWEEN_LINES

    def tell(self, done: int, history: History | None = None) -> None:
        """Tell how much is done, if the last line is long enough ago."""
        now = time.monotonic()
        if now - self._told < self._between:
            return
        self._told = now
        rate = (done - self._before) / (now - self._start)
        left = (self._total - done) / rate
        shown = self._counted(done, history)
        self._write(f"{shown}, {rate:.3g} {self._unit}s/s, {left:.0f} s left")

    def end(self, done: int, outcome: str, history: History | None = None) -> None:
        """Tell how it ended."""
        took = time.monotonic() - self._start
        self._write(f"{self._counted(done, history)}: {outcome}, {took:.1f} s", stays=True)

    def _counted(self, done: int, history: History | None) -> str:
        errors = _errors(history)
        return f"{self._unit} {done} of {self._total}" + (f": {errors}" if errors else "")

    def _write(self, line: str, *, stays: bool = False) -> None:
        """Write a line, on a terminal over the last one; what stays is not written over."""
        start = _ERASE if self._moves else ""
        sys.stderr.write(start + line + ("\n" if stays or not self._moves else ""))
        sys.stderr.flush()


class Bar(Reporter):
    """A bar by rich, with error, rate and time left."""

    def __init__(self, progress: Progress, task: TaskID, unit: str) -> None:
        """Show a bar that was made."""
        self._progress, self._task, self._unit, self._told = progress, task, unit, 0.0

    def __enter__(self) -> Self:
        """Begin to show it."""
        self._progress.start()
        return self

    def tell(self, done: int, history: History | None = None) -> None:
        """Move the bar."""
        now = time.monotonic()
        if now - self._told >= _REFRESHES:
            self._told = now
            self._progress.update(self._task, completed=done, errors=_errors(history))

    def end(self, done: int, outcome: str, history: History | None = None) -> None:
        """Show how it ended."""
        self._progress.update(self._task, completed=done, errors=_errors(history))
        self._progress.console.print(f"{outcome}, {done} {self._unit}s")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it is."""
        self._progress.stop()


def reporter(total: int, before: int = 0, *, unit: str = "epoch", progress: bool) -> Reporter:
    """Choose how to tell of work.

    Args:
        total: how much there shall be.
        before: how much there was before.
        unit: what is counted.
        progress: whether to tell at all.
    """
    if not progress:
        return Reporter()
    try:
        from rich.console import Console
    except ImportError:
        return Lines(total, before, unit)
    console: Any = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        return Lines(total, before, unit)
    return _bar(console, total, before, unit)


def _bar(console: Any, total: int, before: int, unit: str) -> Bar:  # noqa: ANN401 - rich's
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many in a second."""

        def render(self, task: Any) -> Text:  # noqa: ANN401 - rich's task
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.3g} {unit}s/s" if speed else "")

    columns = (
        MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[errors]}"),
        Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    progress = Progress(*columns, console=console)
    return Bar(progress, progress.add_task("", total=total, completed=before, errors=""), unit)


def _errors(history: History | None) -> str:
    if history is None or not history.losses:
        return ""
    validation = f", validation {history.validation[-1]:.5g}" if history.validation else ""
    return f"error {history.losses[-1]:.5g}{validation}"
