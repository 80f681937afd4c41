"""The error surface of a network over its weights, for the examples of a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from rojasgraph.engine.program import Program
from rojasgraph.engine.recent import Recent
from rojasgraph.engine.step import Step
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.learning.data import Columns

Floats = NDArray[np.float64]
Batch = TypeVar("Batch")

_MOST_NUMBERS = 2**24
"""How many numbers a pass may hold: more examples are run in several passes, and summed."""

_REMEMBERED = 3
"""Of how many weights the error is kept, while the examples stay the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The error and its gradient at some weights."""

    weights: Floats
    value: float
    gradient: Floats


class Surface(ABC, Generic[Batch]):
    """The error of a batch as a function of the weights, wherever the batch lies.

    Attributes:
        program: of a network with one output, the error.
        mean: average over the examples instead of summing.
        entered: the error at the first weights that were asked for since `load`, a number that
            belongs to the whole batch; None before.
        passes: how often examples went through the network and back.
    """

    entered: float | None
    passes: int

    def __init__(self, program: Program, *, mean: bool) -> None:
        """Make the surface of a program with one output, the error.

        Args:
            program: of an extended network.
            mean: average over the examples instead of summing.
        """
        self.program, self.mean = program, mean
        self.entered, self.passes = None, 0
        self._batch: Batch | None = None
        self._known: list[Known] = []

    @abstractmethod
    def count(self, batch: Batch) -> int:
        """Count the examples of a batch."""

    @abstractmethod
    def sums(self, weights: NDArray[Any], batch: Batch, *, backward: bool) -> tuple[float, Floats]:
        """Give the error and its gradient, summed over the examples; zeros unless `backward`."""

    @abstractmethod
    def fault(self, weights: NDArray[Any], batch: Batch) -> str:
        """Name the nodes that go bad first; "" where none does."""

    def load(self, batch: Batch) -> None:
        """Take the examples of a batch; the same object is not taken anew."""
        self.entered = None
        if batch is not self._batch:
            self._batch = batch
            self._known.clear()

    def __call__(self, weights: NDArray[Any]) -> tuple[float, Floats]:
        """Give the error and its gradient.

        Raises:
            DomainError: at the first weights of a batch, where error or gradient is nan or
                infinite; the message names the node that went bad first.
        """
        known = next((k for k in self._known if np.array_equal(k.weights, weights)), None)
        if known is None:
            known = Known(np.array(weights), *self._pass(weights))
            self._known = [*self._known[1 - _REMEMBERED :], known]
        if self.entered is None:
            self.entered = known.value
            if not (np.isfinite(known.value) and np.isfinite(known.gradient).all()):
                raise DomainError(self._fault(weights))
        return known.value, known.gradient.copy()

    def slope(self, weights: NDArray[Any]) -> tuple[float, Floats]:
        """Give the error and its gradient, whatever they are: nan is not looked for."""
        return self._pass(weights)

    def error(self, weights: NDArray[Any], batch: Batch) -> float:
        """Give the error of other examples, by a forward pass alone."""
        value = self.sums(weights, batch, backward=False)[0]
        return value / self.count(batch) if self.mean else value

    def curvature(
        self, weights: NDArray[Any], places: Sequence[int] | None = None
    ) -> NDArray[np.float64]:
        """Give the matrix of second derivatives: central differences of the gradient.

        Args:
            weights: where.
            places: of which weights; None for all.
        """
        chosen = list(range(len(weights)) if places is None else places)
        return np.stack([self._slope_of_gradient(weights, i)[chosen] for i in chosen])

    def diagonal(self, weights: NDArray[Any]) -> Floats:
        """Give each weight's own second derivative: central differences of the gradient."""
        return np.array([self._slope_of_gradient(weights, i)[i] for i in range(len(weights))])

    def _slope_of_gradient(self, weights: NDArray[Any], i: int) -> Floats:
        step = np.cbrt(np.finfo(self.program.dtype).eps) * max(1.0, abs(weights[i]))
        ahead, behind = weights.copy(), weights.copy()
        ahead[i] += step
        behind[i] -= step
        slope: Floats = self._pass(ahead)[1] - self._pass(behind)[1]
        slope /= ahead[i] - behind[i]
        return slope

    def _pass(self, weights: NDArray[Any]) -> tuple[float, Floats]:
        """Run the whole batch through the network and back."""
        self.passes += 1
        batch = self._batch
        assert batch is not None  # noqa: S101 - loaded first
        value, gradient = self.sums(weights, batch, backward=True)
        count = self.count(batch) if self.mean else 1
        return value / count, gradient / count

    def _fault(self, weights: NDArray[Any]) -> str:
        """Name the weight or the nodes that went bad first."""
        assert self._batch is not None  # noqa: S101 - loaded first
        if not np.isfinite(weights).all():
            (places,) = np.nonzero(~np.isfinite(weights))
            name = self.program.weight_names[places[0]]
            return f"the weight {name!r} is {weights[places[0]]}"
        return self.fault(weights, self._batch) or (
            "the sum over the examples is beyond the largest number"
        )


class ErrorSurface(Surface[Columns]):
    """The error of examples that lie here, computed by a program."""

    def __init__(self, program: Program, *, mean: bool) -> None:
        """Make the surface; it keeps what passes of recent sizes need."""
        super().__init__(program, mean=mean)
        self._steps = Recent()
        self._in_place: Columns | None = None

    def count(self, batch: Columns) -> int:
        """Count the columns."""
        return int(batch.shape[1])

    def sums(
        self, weights: NDArray[Any], batch: Columns, *, backward: bool
    ) -> tuple[float, Floats]:
        """Run the examples through the network, in as many parts as memory asks for."""
        if not len(batch):
            return self._without_inputs(weights)
        value, gradient = 0.0, np.zeros(len(weights))
        for part in self._parts(batch):
            more, slope = self._chunk(weights, part, backward=backward)
            value, gradient = value + more, gradient + slope
        return value, gradient

    def fault(self, weights: NDArray[Any], batch: Columns) -> str:
        """Name the nodes that go bad first; "" where none does."""
        self.program.weights = weights
        fed: Any = batch.T if len(batch) else {}
        try:
            self.program.value_and_gradient(fed, strict=True)
        except (DomainError, ArgumentError) as error:
            return str(error)
        return ""

    def _parts(self, columns: Columns) -> Iterator[Columns]:
        """Cut the examples into as many parts as memory asks for: one, as a rule."""
        count = columns.shape[1]
        most = max(1, _MOST_NUMBERS // self.program.wiring.nodes)
        if count <= most:
            yield columns
            return
        for start in range(0, count, most):
            yield columns[:, start : start + most]

    def _chunk(
        self, weights: NDArray[Any], columns: Columns, *, backward: bool
    ) -> tuple[float, Floats]:
        count = columns.shape[1]
        step: Step = self._steps.of(
            (count, backward), lambda: self.program.prepare(count, gradient=backward)
        )
        if columns is not self._in_place or not backward:
            step.inputs[...] = columns.T
            self._in_place = columns if backward else None
        step.weights[:] = weights
        step()
        slope = step.weight_gradient.astype(np.float64) if backward else np.zeros(len(weights))
        return float(step.outputs.sum(dtype=np.float64)), slope

    def _without_inputs(self, weights: NDArray[Any]) -> tuple[float, Floats]:
        self.program.weights = weights
        outputs, gradients = self.program.value_and_gradient({})
        (value,) = outputs.values()
        return float(value), np.array(gradients.weights, np.float64)
