"""Down the gradient with one rate for all weights: plain, with momentum, adapted as it goes."""

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
class GradientDescent:
    """Go down the gradient: Δw = −γ ∂E/∂w.

    On a parabola kx² it converges for γ < 1/k; γ = 1/(2k) is best.

    Attributes:
        rate: γ.

    Source: Rojas, Neural Networks (1996), section 7.1.
    """

    rate: Number = 0.1

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, rate=(0, math.inf))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        remembered(memory)
        while True:
            yield Position(weights, {})
            _, gradient = surface(weights)
            weights = weights - self.rate * gradient


@dataclass(frozen=True, slots=True)
class Momentum:
    """Go down the gradient and keep some of the last step: Δw(k) = −γ ∂E/∂w + α Δw(k−1).

    On a parabola kx² it converges for γ < (1+α)/k.

    Attributes:
        rate: γ.
        momentum: α.

    Source: Rojas, Neural Networks (1996), section 8.1.
    """

    rate: Number = 0.1
    momentum: Number = 0.9

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, rate=(0, math.inf), momentum=(None, 1))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        (increment,) = remembered(memory, increment=np.zeros_like(weights))
        while True:
            yield Position(weights, {"increment": increment})
            _, gradient = surface(weights)
            increment = -self.rate * gradient + self.momentum * increment
            weights = weights + increment


@dataclass(frozen=True, slots=True)
class Nesterov:
    """Momentum, with the gradient where the momentum alone leads to: at w + α Δw(k−1).

    The error that it reports is the one at that point, too.

    Attributes:
        rate: γ.
        momentum: α.

    Source: Nesterov, A method of solving a convex programming problem (1983); in this form:
    Sutskever et al., On the importance of initialization and momentum (2013).
    """

    rate: Number = 0.1
    momentum: Number = 0.9

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, rate=(0, math.inf), momentum=(None, 1))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        (increment,) = remembered(memory, increment=np.zeros_like(weights))
        while True:
            yield Position(weights, {"increment": increment})
            _, gradient = surface(weights + self.momentum * increment)
            increment = -self.rate * gradient + self.momentum * increment
            weights = weights + increment


@dataclass(frozen=True, slots=True)
class DynamicAdaption:
    """Try a longer and a shorter step, γξ and γ/ξ, and keep the better one and its rate.

    Each step costs three passes, of which the next saves one where the examples are the same.

    Attributes:
        rate: the first γ.
        factor: ξ.

    Source: Salomon and van Hemmen, Accelerating backpropagation through dynamic self-adaptation
    (1996); Rojas, Neural Networks (1996), section 8.3.
    """

    rate: Number = 0.1
    factor: Number = 1.7

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, rate=(0, math.inf), factor=(1, math.inf))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        (rate,) = remembered(memory, rate=np.array(self.rate))
        while True:
            yield Position(weights, {"rate": rate})
            _, gradient = surface(weights)
            longer, shorter = rate * self.factor, rate / self.factor
            far, near = weights - longer * gradient, weights - shorter * gradient
            is_better = surface(far)[0] < surface(near)[0]  # a nan is not
            weights, rate = (far, np.array(longer)) if is_better else (near, np.array(shorter))
