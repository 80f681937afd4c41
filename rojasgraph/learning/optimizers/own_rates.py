"""A rate for each weight, which grows while the slope keeps its sign."""

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
    sign_changes,
)
from rojasgraph.numbers.kinds import Number


@dataclass(frozen=True, slots=True)
class SilvaAlmeida:
    """Multiply a weight's rate by `up` while its slope keeps its sign, by `down` when it changes.

    The step is made first, with the rate of before.

    Attributes:
        rate: all weights' first γ.
        up: u.
        down: d.

    Source: Silva and Almeida, Acceleration techniques for the backpropagation algorithm (1990).
    """

    rate: Number = 0.1
    up: Number = 1.2
    down: Number = 0.7

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, rate=(0, math.inf), up=(1, math.inf), down=(0, 1))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        rates, previous, steps = remembered(
            memory,
            rates=np.full_like(weights, self.rate),
            previous=np.zeros_like(weights),
            steps=np.array(0),
        )
        while True:
            yield Position(weights, {"rates": rates, "previous": previous, "steps": steps})
            _, gradient = surface(weights)
            weights = weights - rates * gradient
            if steps > 0:
                _, changed = sign_changes(gradient, previous)
                rates = rates * np.where(changed, self.down, self.up)
            previous, steps = gradient, steps + 1


@dataclass(frozen=True, slots=True)
class DeltaBarDelta:
    """Let a weight's rate grow by a sum and shrink by a factor.

    The sign of the slope is compared with that of an average of the slopes before,
    ḡ(k) = (1−φ)g(k) + φḡ(k−1). The step is made first, with the rate of before.

    Attributes:
        rate: all weights' first γ.
        up: what is added.
        down: the factor.
        average: φ.

    Source: Jacobs, Increased rates of convergence through learning rate adaptation (1988).
    """

    rate: Number = 0.1
    up: Number = 0.035
    down: Number = 0.667
    average: Number = 0.7

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(self, rate=(0, math.inf), up=(0, math.inf), down=(0, 1), average=(None, 1))

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        rates, mean = remembered(
            memory, rates=np.full_like(weights, self.rate), mean=np.zeros_like(weights)
        )
        while True:
            yield Position(weights, {"rates": rates, "mean": mean})
            _, gradient = surface(weights)
            weights = weights - rates * gradient
            kept, changed = sign_changes(gradient, mean)
            rates = np.where(kept, rates + self.up, np.where(changed, rates * self.down, rates))
            mean = (1 - self.average) * gradient + self.average * mean


@dataclass(frozen=True, slots=True)
class Adam:
    """Divide an average of the slopes by the root of an average of their squares.

    Attributes:
        rate: γ.
        average: β₁, of the slopes.
        average_of_squares: β₂.
        floor: ε, added to the root.

    Source: Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 1.
    """

    rate: float = 0.001
    average: float = 0.9
    average_of_squares: float = 0.999
    floor: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(
            self,
            rate=(0, math.inf),
            average=(None, 1),
            average_of_squares=(None, 1),
            floor=(0, math.inf),
        )

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        zero = np.zeros_like(weights)
        mean, squares, steps = remembered(memory, mean=zero, squares=zero, steps=np.array(0))
        while True:
            yield Position(weights, {"mean": mean, "squares": squares, "steps": steps})
            _, gradient = surface(weights)
            steps = steps + 1
            mean = self.average * mean + (1 - self.average) * gradient
            squares = self.average_of_squares * squares
            squares += (1 - self.average_of_squares) * gradient * gradient
            unbiased = mean / (1 - self.average**steps)
            root = np.sqrt(squares / (1 - self.average_of_squares**steps))
            weights = weights - self.rate * unbiased / (root + self.floor)
