"""Pictures of learning: the error surface over two weights with descents on it, and the weights."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rojasgraph.errors import ArgumentError
from rojasgraph.learning.history import new_axes
from rojasgraph.learning.losses import Loss
from rojasgraph.learning.optimizers.descent import Optimizer, Vector
from rojasgraph.learning.optimizers.registry import optimizer_of
from rojasgraph.learning.surface import ErrorSurface
from rojasgraph.learning.training import surface_of
from rojasgraph.network import Network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pair = tuple[float, float]
Floats = NDArray[np.float64]

_LEVELS = 24


def plot_surface(  # noqa: PLR0913 - all but five have defaults
    net: Network,
    weights: tuple[Hashable, Hashable],
    *,
    inputs: Any = None,  # noqa: ANN401 - as `train` takes it
    targets: Any = None,  # noqa: ANN401
    starts: Sequence[Pair] = (),
    optimizer: str | Optimizer = "gradient_descent",
    steps: int = 100,
    spans: tuple[Pair, Pair] = ((-5.0, 5.0), (-5.0, 5.0)),
    loss: Loss | None = None,
    reduction: str | None = None,
    points: int = 80,
    axes: Axes | None = None,
) -> Axes:
    """Draw the error over two weights as contours, and descents from several starts.

    The other weights stay as they are, in the descents too. The network is not changed.

    Args:
        net: as `train` takes it.
        weights: two names: parameters, or edges as (tail, head, key) or (tail, head).
        inputs: the examples, as `train` takes them, but no stream.
        targets: likewise.
        starts: pairs of weights where a descent starts; each is drawn with its path, and a ring
            where it starts, a dot where it ends.
        optimizer: what goes down.
        steps: how many it makes.
        spans: from where to where each weight goes.
        loss: as `train` takes it.
        reduction: likewise.
        points: how many points a side the contours are drawn through.
        axes: where to draw; default a new figure.

    Returns:
        The axes, whose `figure.savefig(...)` writes a file. Its lines are the paths, in order.

    Raises:
        ArgumentError: the network has no such weight that learns, or a number does not fit.
        MissingDependency: matplotlib is not installed.

    Source: Rojas, Neural Networks (1996), section 7.1 and chapter 8 (paths on error surfaces).
    """
    surface, names = surface_of(net, inputs, targets, loss, reduction)
    places = [_place(names, name) for name in weights]
    if len(set(places)) != 2:  # noqa: PLR2004 - two weights
        message = f"name two weights, as ('w1', 'w2'); got {weights!r}"
        raise ArgumentError(message)
    if points < 2 or not all(low < high for low, high in spans):  # noqa: PLR2004 - two ends
        message = f"spans go from low to high, through two or more points; got {spans}, {points}"
        raise ArgumentError(message)
    plane = Plane(surface, np.array(surface.program.weights, np.float64), places)
    paths = [plane.path(optimizer_of(optimizer), start, steps) for start in starts]
    axes = axes or new_axes()
    _contours(axes, plane, spans, points)
    for path in paths:
        (line,) = axes.plot(*path.T, linewidth=1.2, marker=".", markersize=3)
        axes.plot(*path[0], marker="o", markersize=7, fillstyle="none", color=line.get_color())
        axes.plot(*path[-1], marker="o", markersize=7, color=line.get_color())
    axes.set(xlim=spans[0], ylim=spans[1], xlabel=_shown(weights[0]), ylabel=_shown(weights[1]))
    return axes


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The error surface over two weights, the others being fixed.

    Attributes:
        surface: over all weights.
        fixed: the values of all.
        places: which two vary.
    """

    surface: ErrorSurface
    fixed: Floats
    places: Sequence[int]

    def __call__(self, pair: Vector) -> tuple[float, Vector]:
        """Give the error and its gradient by the two weights."""
        weights = self.fixed.copy()
        weights[self.places] = pair
        value, gradient = self.surface.slope(weights)
        return value, gradient[self.places]

    def curvature(self, pair: Vector) -> Floats:
        """Give the matrix of second derivatives by the two weights."""
        weights = self.fixed.copy()
        weights[self.places] = pair
        return self.surface.curvature(weights, self.places)

    def diagonal(self, pair: Vector) -> Floats:
        """Give each weight's own second derivative."""
        return self.curvature(pair).diagonal()

    def path(self, optimizer: Optimizer, start: Pair, steps: int) -> Floats:
        """Go down from a start; a row for each position."""
        with np.errstate(all="ignore"):
            walk = optimizer.descend(self, np.array(start, np.float64))
            found = np.array([position.weights for position in islice(walk, steps + 1)])
        finite: Floats = found[np.isfinite(found).all(axis=1)]
        return finite


def plot_weights(net: Network, axes: Axes | None = None, bins: int = 40) -> Axes:
    """Draw how many weights of a network have which size, the trainable ones and the others.

    Args:
        net: the network.
        axes: where to draw; default a new figure.
        bins: how many bars.

    Returns:
        The axes.

    Raises:
        MissingDependency: matplotlib is not installed.
    """
    learned = [net.nodes[name]["value"] for name in net.parameters]
    fixed: list[float] = []
    for *_, data in net.edges(data=True):
        if "weight" in data:
            (learned if data.get("trainable") else fixed).append(data["weight"])
    kinds = {"trainable": learned, "fixed": fixed}
    there = {name: np.array(found, np.float64) for name, found in kinds.items() if found}
    axes = axes or new_axes()
    axes.hist(list(there.values()), bins=bins, stacked=True, label=list(there))
    if len(there) > 1:
        axes.legend()
    axes.set(xlabel="weight", ylabel="how many")
    return axes


def _contours(axes: Axes, plane: Plane, spans: tuple[Pair, Pair], points: int) -> None:
    """Draw lines of equal error, denser where it is small."""
    across, up = (np.linspace(*span, points) for span in spans)
    heights = np.array([[plane(np.array([x, y]))[0] for x in across] for y in up])
    finite = heights[np.isfinite(heights)]
    if not len(finite):
        message = "the error is no number anywhere in these spans"
        raise ArgumentError(message)
    levels = np.unique(np.quantile(finite, np.linspace(0, 1, _LEVELS)))
    if len(levels) > 1:
        axes.contourf(across, up, heights, levels=levels, cmap="Greys", alpha=0.5)
        axes.contour(across, up, heights, levels=levels, colors="0.6", linewidths=0.5)


def _place(names: Sequence[Hashable], name: Hashable) -> int:
    for given in (name, (*name, 0) if isinstance(name, tuple) else name):
        if given in names:
            return names.index(given)
    message = f"no weight {name!r} is learned; there are {list(names[:8])}"
    raise ArgumentError(message)


def _shown(name: Hashable) -> str:
    return f"{name[0]} → {name[1]}" if isinstance(name, tuple) else str(name)
