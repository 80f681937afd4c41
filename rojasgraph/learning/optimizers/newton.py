"""Newton's method and its diagonal form, with a line search."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError
from rojasgraph.learning.optimizers.descent import (
    Matrix,
    Memory,
    Position,
    Surface,
    Vector,
    refuse_settings,
    remembered,
)

_SUFFICIENT = 1e-4
"""Armijo's constant: the part of the slope's promise that a step must keep."""

_HALVINGS = 60

_MOST_ADDED = 1e6
"""By how much the identity may outweigh H before the gradient itself is followed."""


@dataclass(frozen=True, slots=True)
class Newton:
    """Step to the minimum of the parabola with the surface's slopes and curvature: −H⁻¹∇E.

    Where H is not positive definite, a multiple of the identity is added until it is, so that the
    step goes downhill; a line search then halves the step until the error falls enough.

    Attributes:
        curvature: gives the matrix H at some weights; None: the surface's own `curvature`, as
            training's surface has it.

    Source: Rojas, Neural Networks (1996), section 8.4; the added identity and the line search:
    Nocedal and Wright, Numerical optimization (2006), algorithms 3.3 and 3.1 (Armijo 1966).
    """

    curvature: Callable[[Vector], Matrix] | None = None

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down until no step lowers the error: see `Optimizer.descend`."""
        remembered(memory)
        curvature = self.curvature or _of(surface, "curvature", self)

        def direction(gradient: Vector) -> Vector:
            return -_solve(curvature(weights), gradient)

        while True:
            yield Position(weights, {})
            found = _searched(surface, weights, direction)
            if found is None:
                return
            weights = found


@dataclass(frozen=True, slots=True)
class PseudoNewton:
    """Divide each slope by its own second derivative: Δwᵢ = −gᵢ / |Hᵢᵢ|, with a line search.

    Attributes:
        diagonal: gives the second derivatives Hᵢᵢ at some weights; None: the surface's own
            `diagonal`, as training's surface has it.
        floor: what |Hᵢᵢ| is at least.

    Source: Becker and le Cun, Improving the convergence of back-propagation learning with second
    order methods (1989); Rojas, Neural Networks (1996), section 8.4.
    """

    diagonal: Callable[[Vector], Vector] | None = None
    floor: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, floor=(0, math.inf))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down until no step lowers the error: see `Optimizer.descend`."""
        remembered(memory)
        diagonal = self.diagonal or _of(surface, "diagonal", self)

        def direction(gradient: Vector) -> Vector:
            return -gradient / np.maximum(np.abs(diagonal(weights)), self.floor)

        while True:
            yield Position(weights, {})
            found = _searched(surface, weights, direction)
            if found is None:
                return
            weights = found


def _of(surface: Surface, name: str, optimizer: object) -> Callable[[Vector], Any]:
    found: Callable[[Vector], Any] | None = getattr(surface, name, None)
    if found is None:
        kind = type(optimizer).__name__
        message = f"{kind} needs second derivatives: give {kind}({name}=function of the weights)"
        raise ArgumentError(message)
    return found


def _searched(
    surface: Surface, weights: Vector, direction: Callable[[Vector], Vector]
) -> Vector | None:
    """Halve a step until the error falls enough; None where no step lowers it."""
    value, gradient = surface(weights)
    if not np.any(gradient):
        return None
    step = direction(gradient)
    promise = float(step @ gradient)
    for _ in range(_HALVINGS):
        found = weights + step
        if np.array_equal(found, weights):
            return None
        if surface(found)[0] <= value + _SUFFICIENT * promise:  # a nan is not
            return found
        step, promise = step / 2, promise / 2
    return None


def _solve(matrix: Matrix, gradient: Vector) -> Vector:
    """Solve Hx = g, with a multiple of the identity added until H is positive definite."""
    symmetric = (matrix + matrix.T) / 2
    if not np.isfinite(symmetric).all():
        return gradient
    size = float(np.max(np.abs(symmetric))) or 1.0
    added = 0.0
    while added <= _MOST_ADDED * size:
        try:
            lower = np.linalg.cholesky(symmetric + added * np.eye(len(gradient)))
        except np.linalg.LinAlgError:
            added = max(2 * added, 1e-3 * size)
            continue
        solved: Vector = np.linalg.solve(lower.T, np.linalg.solve(lower, gradient))
        return solved
    return gradient
