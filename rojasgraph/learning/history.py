"""What training leaves behind: plain lists of numbers, and the picture of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rojasgraph.errors import MissingDependency

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(slots=True)
class History:
    """What training went through, epoch by epoch.

    Attributes:
        optimizer: its name and settings.
        reduction: whether errors are the sum or the mean over the examples.
        losses: by epoch, the error of the training examples, each batch with the weights before
            its step; so the first of off-line learning is the error of the initial weights.
        validation: by epoch, the error of the validation examples with the weights after it;
            empty where there are none.
        seconds: by epoch, when it was over, since the start.
        passes: how often a batch went through the network and back.
        stopped: why training ended.
        final: the error of all training examples with the weights that were kept; None for a
            stream.
        best: the epoch with the lowest error, counted from 1, where early stopping watches.
    """

    optimizer: str = ""
    reduction: str = "sum"
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    passes: int = 0
    stopped: str = ""
    final: float | None = None
    best: int | None = None

    @property
    def epochs(self) -> int:
        """How many epochs there were."""
        return len(self.losses)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain lists and numbers, as json takes it."""
        return asdict(self)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the error over the epochs, with a logarithmic axis.

        Args:
            axes: where to draw; default a new figure.

        Returns:
            The axes, whose `figure.savefig(...)` writes a file.

        Raises:
            MissingDependency: matplotlib is not installed.
        """
        axes = axes or new_axes()
        epochs = range(1, self.epochs + 1)
        axes.plot(epochs, self.losses, label="training")
        if self.validation:
            axes.plot(epochs, self.validation, label="validation")
        if self.best is not None:
            axes.axvline(self.best, color="0.6", linestyle=":", label="lowest")
        if len(axes.get_lines()) > 1:
            axes.legend()
        if min([*self.losses, *self.validation], default=0) > 0:
            axes.set_yscale("log")
        axes.set_xlabel("epoch")
        axes.set_ylabel(f"error ({self.reduction} over the examples)")
        return axes

    def __repr__(self) -> str:
        """Show how long it was, and where it began and ended."""
        if not self.losses:
            return f"<history of no epochs: {self.stopped}>"
        last = self.losses[-1] if self.final is None else self.final
        return (
            f"<history of {self.epochs} epochs: error {self.losses[0]:.6g} → {last:.6g}, "
            f"{self.stopped}>"
        )


def new_axes() -> Axes:
    """Make a figure that shows itself in a notebook, and give its axes.

    Raises:
        MissingDependency: matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        message = "pictures of training need matplotlib: pip install 'rojasgraph[train]'"
        raise MissingDependency(message) from None
    _, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    return axes
