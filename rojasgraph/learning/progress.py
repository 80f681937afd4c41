"""Telling how training goes: a bar by rich where it is installed, plain lines where not."""

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
"""A bar is told of at most ten epochs in a second."""


class Reporter(AbstractContextManager["Reporter", None]):
    """Tells nothing; the others tell more."""

    def epoch(self, history: History) -> None:
        """Tell of the last epoch."""

    def end(self, history: History) -> None:
        """Tell how training ended."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what is shown."""


class Lines(Reporter):
    """Writes a line on standard error, now and then and at the end; on a terminal, it moves."""

    def __init__(self, epochs: int, done: int) -> None:
        """Begin to count the time."""
        self._epochs, self._done = epochs, done
        self._start = self._told = time.monotonic()
        self._moves = sys.stderr.isatty()
        self._between = _REFRESHES if self._moves else _SECONDS_BETWEEN_LINES

    def epoch(self, history: History) -> None:
        """Tell of the last epoch, if the last line is long enough ago."""
        now = time.monotonic()
        if now - self._told < self._between:
            return
        self._told = now
        rate = (history.epochs - self._done) / (now - self._start)
        left = (self._epochs - history.epochs) / rate
        self._write(f"{_counted(history, self._epochs)}, {rate:.3g} epochs/s, {left:.0f} s left")

    def end(self, history: History) -> None:
        """Tell how training ended."""
        shown = _counted(history, self._epochs)
        took = time.monotonic() - self._start
        self._write(f"{shown}: {history.stopped}, {took:.1f} s", stays=True)

    def _write(self, line: str, *, stays: bool = False) -> None:
        """Write a line, on a terminal over the last one; what stays is not written over."""
        start = _ERASE if self._moves else ""
        sys.stderr.write(start + line + ("\n" if stays or not self._moves else ""))
        sys.stderr.flush()


class Bar(Reporter):
    """A bar by rich, with error, rate and time left."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        """Show a bar that was made."""
        self._progress, self._task, self._told = progress, task, 0.0

    def __enter__(self) -> Self:
        """Begin to show it."""
        self._progress.start()
        return self

    def epoch(self, history: History) -> None:
        """Move the bar."""
        now = time.monotonic()
        if now - self._told >= _REFRESHES:
            self._told = now
            self._update(history)

    def end(self, history: History) -> None:
        """Show how training ended."""
        self._update(history)
        self._progress.console.print(f"{history.stopped}, {history.epochs} epochs")

    def _update(self, history: History) -> None:
        self._progress.update(self._task, completed=history.epochs, errors=_errors(history))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it is."""
        self._progress.stop()


def reporter(epochs: int, done: int, *, progress: bool) -> Reporter:
    """Choose how to tell of training.

    Args:
        epochs: how many there shall be.
        done: how many there were before.
        progress: whether to tell at all.
    """
    if not progress:
        return Reporter()
    try:
        from rich.console import Console
    except ImportError:
        return Lines(epochs, done)
    console: Any = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        return Lines(epochs, done)
    return _bar(console, epochs, done)


def _bar(console: Any, epochs: int, done: int) -> Bar:  # noqa: ANN401 - rich's, if it is there
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
        """Epochs in a second."""

        def render(self, task: Any) -> Text:  # noqa: ANN401 - rich's task
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.3g} epochs/s" if speed else "")

    columns = (
        MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[errors]}"),
        Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    progress = Progress(*columns, console=console)
    return Bar(progress, progress.add_task("training", total=epochs, completed=done, errors=""))


def _errors(history: History) -> str:
    if not history.losses:
        return ""
    validation = f", validation {history.validation[-1]:.5g}" if history.validation else ""
    return f"error {history.losses[-1]:.5g}{validation}"


def _counted(history: History, epochs: int) -> str:
    return f"epoch {history.epochs} of {epochs}: {_errors(history)}"
