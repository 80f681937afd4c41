"""Searches of scipy.optimize: conjugate gradients and L-BFGS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError, MissingDependency
from rojasgraph.learning.optimizers.descent import Memory, Position, Surface, Vector, remembered


@dataclass(frozen=True, slots=True)
class ConjugateGradient:
    """Go down along conjugate directions (Polak–Ribière): scipy's `CG`, some iterations a step.

    A step, and so an epoch, is a run of scipy that starts afresh from the weights: the directions
    are not remembered from step to step. For all examples at once.

    Attributes:
        iterations: of scipy, in one step.

    Source: Polak and Ribière, Note sur la convergence de méthodes de directions conjuguées (1969).
    """

    iterations: int = 25

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        _refuse_iterations(self.iterations)

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down until no step lowers the error: see `Optimizer.descend`."""
        remembered(memory)
        return _runs(surface, weights, "CG", {"maxiter": self.iterations, "gtol": 1e-12})


@dataclass(frozen=True, slots=True)
class LBFGS:
    """Newton's step with a curvature learned from the last gradients: scipy's `L-BFGS-B`.

    A step, and so an epoch, is a run of scipy that starts afresh from the weights: the curvature
    is not remembered from step to step. For all examples at once.

    Attributes:
        iterations: of scipy, in one step.
        pairs: how many gradients it learns from.

    Source: Liu and Nocedal, On the limited memory BFGS method (1989).
    """

    iterations: int = 25
    pairs: int = 10

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        _refuse_iterations(self.iterations)
        _refuse_iterations(self.pairs, "pairs")

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down until no step lowers the error: see `Optimizer.descend`."""
        remembered(memory)
        options = {"maxiter": self.iterations, "maxcor": self.pairs, "ftol": 0.0, "gtol": 1e-12}
        return _runs(surface, weights, "L-BFGS-B", options)


def _refuse_iterations(count: int, name: str = "iterations") -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        message = f"{name} must be a whole number from 1 up; got {count!r}"
        raise ArgumentError(message)


def _runs(
    surface: Surface, weights: Vector, method: str, options: dict[str, Any]
) -> Iterator[Position]:
    try:
        from scipy.optimize import minimize
    except ImportError:
        message = f"{method} is scipy's: install the extra, pip install 'rojasgraph[train]'"
        raise MissingDependency(message) from None
    while True:
        yield Position(weights, {})
        found = minimize(surface, weights, jac=True, method=method, options=options).x
        if np.array_equal(found, weights):
            return
        weights = found
