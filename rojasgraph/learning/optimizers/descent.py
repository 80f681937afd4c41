"""What an optimizer is: it walks down an error surface, and yields where it stands.

An optimizer is a frozen dataclass of its settings with one method, `descend`, a generator. It
yields its position, first where it starts, then after each step: the weights, and the memory that
the next step needs, as arrays. Between two positions it asks the surface for values and gradients,
as often as it likes. A new generator that is given a position's weights and memory goes on with
the same bits: so training is interrupted and resumed, and nothing is hidden in a generator.

The rules are written elementwise over arrays, so they run on Fractions (arrays of objects) too.

>>> from itertools import islice
>>> from rojasgraph.learning.optimizers.steepest import GradientDescent
>>> def parabola(w):
...     return 0.5 * w @ w, w
>>> walk = GradientDescent(rate=0.5).descend(parabola, np.array([1.0, -2.0]))
>>> [position.weights.tolist() for position in islice(walk, 3)]
[[1.0, -2.0], [0.5, -1.0], [0.25, -0.5]]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.kinds import Number

Vector = NDArray[Any]
Matrix = NDArray[Any]
Memory = Mapping[str, Vector]
Surface = Callable[[Vector], tuple[Number, Vector]]
"""Gives the error and its gradient at some weights."""


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """Where an optimizer stands.

    Attributes:
        weights: one flat vector; never changed later.
        memory: what the next step needs besides, as arrays by name.
    """

    weights: Vector
    memory: Memory


class Optimizer(Protocol):
    """Anything that walks down an error surface; your own need not inherit from it."""

    def descend(
        self, surface: Surface, weights: Vector, memory: Memory | None = None
    ) -> Iterator[Position]:
        """Walk down: yield the start, then the position after each step, until nothing is left.

        Args:
            surface: gives the error and the gradient at some weights.
            weights: where to start.
            memory: of the position to go on from; None at the beginning.
        """
        ...


def remembered(memory: Memory | None, **start: Vector) -> tuple[Vector, ...]:
    """Give what a position remembers, in the order of the names; at the beginning, `start`.

    Raises:
        ArgumentError: the memory is that of another optimizer.
    """
    if memory is None:
        return tuple(start.values())
    if set(memory) != set(start):
        message = f"the memory has {sorted(memory)}; this optimizer remembers {sorted(start)}"
        raise ArgumentError(message)
    return tuple(memory[name] for name in start)


def refuse_settings(optimizer: Any, **allowed: tuple[Number, Number]) -> None:  # noqa: ANN401
    """Refuse settings outside of what is allowed.

    Args:
        optimizer: a dataclass of numbers.
        **allowed: by setting, between which two numbers it lies, both excluded; a setting that
            may be 0 has None as its lower bound.

    Raises:
        ArgumentError: a setting lies outside, or is no number.
    """
    for name, (low, high) in allowed.items():
        value = getattr(optimizer, name)
        try:
            inside = value < high and (value >= 0 if low is None else value > low)
        except TypeError:
            inside = False
        if not inside:
            least = "from 0 up" if low is None else f"above {low}"
            message = (
                f"{type(optimizer).__name__}: {name} must lie {least} and below {high}; "
                f"got {value!r}"
            )
            raise ArgumentError(message)


def sign_changes(gradient: Vector, previous: Vector) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell where a component of the gradient kept its sign, and where it changed it.

    The signs are multiplied, not the numbers, whose product may underflow to 0.
    """
    product = np.sign(gradient) * np.sign(previous)
    return product > 0, product < 0
