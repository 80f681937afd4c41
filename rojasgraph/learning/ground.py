"""Where training takes place: what the data becomes there, and who computes the error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rojasgraph.engine.program import Program
from rojasgraph.learning.data import Names, Stream, Table, columns_of, data_of
from rojasgraph.learning.surface import ErrorSurface, Surface

if TYPE_CHECKING:
    import numpy as np


class Examples(Protocol):
    """Training data, in batches that the surface of the same ground takes."""

    @property
    def whole(self) -> Any:  # noqa: ANN401 - a batch
        """All examples as one batch; None where they never stand together."""

    @property
    def digest(self) -> str:
        """Tell this data from other data."""

    def epoch(self, rng: np.random.Generator) -> Iterator[Any]:
        """Give the batches of an epoch."""


class Ground(Protocol):
    """Where examples lie, and the passes over them run."""

    def data(
        self,
        inputs: Any,  # noqa: ANN401 - many forms
        targets: Any,  # noqa: ANN401
        *,
        batch: int | None,
        shuffle: bool,
    ) -> Examples:
        """Take training data."""

    def others(self, inputs: Any, targets: Any) -> Examples:  # noqa: ANN401 - many forms
        """Take examples for validation, which stand together."""

    def surface(self, program: Program, *, mean: bool) -> Surface[Any]:
        """Make the error surface."""


@dataclass(frozen=True, slots=True)
class Here:
    """This process.

    Attributes:
        names: what the columns of data are called.
    """

    names: Names

    def data(
        self,
        inputs: Any,  # noqa: ANN401 - many forms
        targets: Any,  # noqa: ANN401
        *,
        batch: int | None,
        shuffle: bool,
    ) -> Table | Stream:
        """Lay the data out as it is fed, or stream it."""
        return data_of(inputs, targets, self.names, batch=batch, shuffle=shuffle)

    def others(self, inputs: Any, targets: Any) -> Table:  # noqa: ANN401 - many forms
        """Lay the data out as it is fed."""
        return Table(columns_of(inputs, targets, self.names), None, shuffle=False)

    def surface(self, program: Program, *, mean: bool) -> ErrorSurface:
        """Make the surface of the program itself."""
        return ErrorSurface(program, mean=mean)
