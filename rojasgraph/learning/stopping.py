"""When to stop before the last epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from rojasgraph.errors import ArgumentError
from rojasgraph.learning.history import History


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """Stop once the validation error has not fallen for some epochs, and take the best weights.

    Without validation examples it watches the training error.

    Attributes:
        patience: for how many epochs.
        improvement: by how much an error must fall below the lowest before, to count.
        restore: take the weights of the epoch with the lowest error, however training ends: also
            where Ctrl-C interrupts it, but not where it diverges.

    Source: Prechelt, Early stopping – but when? (1998).
    """

    patience: int = 20
    improvement: float = 0.0
    restore: bool = True

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        whole = isinstance(self.patience, int) and not isinstance(self.patience, bool)
        if not whole or self.patience < 1 or not self.improvement >= 0:
            message = (
                "patience is a whole number of epochs from 1 up, improvement a number from 0 up; "
                f"got {self.patience!r} and {self.improvement!r}"
            )
            raise ArgumentError(message)

    def watch(self, history: History) -> bool:
        """Note in the history if the last epoch had the lowest error; tell whether it had."""
        watched = history.validation or history.losses
        lowest = math.inf if history.best is None else watched[history.best - 1]
        if not watched[-1] < lowest - self.improvement:  # a nan is not
            return False
        history.best = history.epochs
        return True

    def reason(self, history: History) -> str:
        """Say why to stop now; "" to go on."""
        if history.epochs - (history.best or 0) < self.patience:
            return ""
        return f"no lower error in {self.patience} epochs"


Stop = EarlyStopping | float | Callable[[History], object]


def reason_to_stop(stop: Stop | None, history: History) -> str:
    """Say why to stop now; "" to go on.

    Args:
        stop: early stopping; the error that is low enough; or a function of the history, which
            is true, or a text, when to stop.
        history: so far.
    """
    if stop is None:
        return ""
    if isinstance(stop, EarlyStopping):
        return stop.reason(history)
    if callable(stop):
        found = stop(history)
        return found if isinstance(found, str) else "as asked" if found else ""
    watched = history.validation or history.losses
    return f"the error is at most {stop}" if watched[-1] <= stop else ""


def refuse_other(stop: object) -> None:
    """Refuse what is no reason to stop.

    Raises:
        ArgumentError: it is neither of the three, nor None.
    """
    number = isinstance(stop, int | float) and not isinstance(stop, bool)
    if not (stop is None or number or callable(stop) or isinstance(stop, EarlyStopping)):
        message = (
            "stop is rg.EarlyStopping(...), an error that is low enough, or a function of the "
            f"history; got {stop!r}"
        )
        raise ArgumentError(message)
    if isinstance(stop, type):
        message = f"stop is an object: write rg.{stop.__name__}(...)"
        raise ArgumentError(message)
