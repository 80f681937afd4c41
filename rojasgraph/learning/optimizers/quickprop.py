"""Quickprop: jump to the minimum of the parabola through the last two slopes of each weight."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rojasgraph.learning.optimizers.descent import (
    Memory,
    Position,
    Surface,
    Vector,
    refuse_settings,
    remembered,
)
from rojasgraph.numbers.kinds import Number


@dataclass(frozen=True, slots=True)
class Quickprop:
    """Step by Δw(k) = Δw(k−1) · g(k) / (g(k−1) − g(k)), at most `growth` times the last step.

    Where the parabola opens downwards, the step goes downhill at its longest. While the slope
    keeps its sign, and where there was no step before, −ε g is added.

    Attributes:
        rate: ε.
        growth: μ.

    Source: Fahlman, An empirical study of learning speed in back-propagation networks (1988).
    """

    rate: Number = 0.1
    growth: Number = 1.75

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, rate=(0, math.inf), growth=(1, math.inf))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        zero = np.zeros_like(weights)
        increment, previous = remembered(memory, increment=zero, previous=zero)
        while True:
            yield Position(weights, {"increment": increment, "previous": previous})
            _, gradient = surface(weights)
            jump = self._jump(gradient, previous, increment)
            keeps_on = (np.sign(gradient) * np.sign(previous) > 0) | (increment == 0)
            increment = jump - np.where(keeps_on, self.rate * gradient, 0)
            weights, previous = weights + increment, gradient

    def _jump(self, gradient: Vector, previous: Vector, increment: Vector) -> Vector:
        """Give the step to the parabola's minimum, within bounds."""
        difference = previous - gradient
        opens_upwards = np.sign(difference) * np.sign(increment) < 0
        safe = np.where(difference == 0, 1, difference)
        ratio = np.maximum(-self.growth, np.minimum(self.growth, gradient / safe))
        downhill = -np.sign(gradient) * self.growth * np.abs(increment)
        jump: Vector = np.where(opens_upwards, ratio * increment, downhill)
        return jump
