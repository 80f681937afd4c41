"""Steps whose length does not depend on the slope's size, only on its sign: Rprop and QRprop."""

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
class _Settings:
    """What both rules are set by: a step for each weight, between two bounds."""

    step: Number = 0.1
    up: Number = 1.2
    down: Number = 0.5
    longest: Number = 50
    shortest: Number = 1e-6

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        refuse_settings(
            self, step=(0, math.inf), up=(1, math.inf), down=(0, 1), longest=(0, math.inf),
            shortest=(None, self.longest),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rprop(_Settings):
    """Step against the sign of the slope; the step's length grows while the sign stays.

    After a change of sign a weight's step shrinks, and the weight rests for one step (iRprop−).
    For all examples at once: from batch to batch, signs change by chance.

    Attributes:
        step: all weights' first step.
        up: the factor while the sign stays.
        down: the factor when it changes.
        longest: the longest step.
        shortest: the shortest.

    Source: Riedmiller and Braun, A direct adaptive method for faster backpropagation learning
    (1993); iRprop−: Igel and Hüsken, Improving the Rprop learning algorithm (2000).
    """

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        steps, previous = remembered(
            memory, steps=np.full_like(weights, self.step), previous=np.zeros_like(weights)
        )
        while True:
            yield Position(weights, {"steps": steps, "previous": previous})
            _, gradient = surface(weights)
            kept, changed = sign_changes(gradient, previous)
            longer = np.minimum(steps * self.up, self.longest)
            shorter = np.maximum(steps * self.down, self.shortest)
            steps = np.where(kept, longer, np.where(changed, shorter, steps))
            previous = np.where(changed, 0, gradient)
            weights = weights - steps * np.sign(previous)


@dataclass(frozen=True, slots=True)
class QRprop(_Settings):
    """Rprop, whose step after a change of sign is where a parabola has its minimum.

    While the sign stays, the step grows. At a change of sign the weight rests; in the step after,
    the secant through the slopes before and behind the minimum says by how much its step shrinks.

    Attributes:
        step: all weights' first step.
        up: the factor while the sign stays; its inverse is the least shrinking.
        down: the most shrinking.
        longest: the longest step.
        shortest: the shortest.

    Source: Pfister and Rojas, Speeding-up backpropagation (1993); Rojas, Neural Networks (1996),
    section 8.3. The secant is guarded where its own two slopes are equal.
    """

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: see `Optimizer.descend`."""
        zero = np.zeros_like(weights)
        steps, previous, before, count = remembered(
            memory,
            steps=np.full_like(weights, self.step),
            previous=zero,
            before=zero,
            count=np.array(0),
        )
        while True:
            yield Position(
                weights,
                {"steps": steps, "previous": previous, "before": before, "count": count},
            )
            _, gradient = surface(weights)
            kept, changed = sign_changes(gradient, previous)
            longer = np.minimum(steps * self.up, self.longest)
            shorter = np.maximum(steps * self._shrinking(gradient, before), self.shortest)
            if count > 0:
                steps = np.where(kept, longer, np.where(changed, steps, shorter))
            before, previous = previous, np.where(changed, 0, gradient)
            weights = weights - steps * np.sign(previous)
            count = count + 1

    def _shrinking(self, gradient: Vector, before: Vector) -> Vector:
        """Give q = |g(k) / (g(k) − g(k−2))|, kept between `down` and 1/`up`."""
        most, least = self.down, 1 / self.up
        difference = gradient - before
        safe = np.where(difference == 0, 1, difference)
        found = np.where(difference == 0, least, np.abs(gradient / safe))
        bounded: Vector = np.maximum(most, np.minimum(least, found))
        return bounded
