"""What workers do: pure functions, so that what a lost worker had done is done again elsewhere."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph.engine.compilation import compile as compiled
from rojasgraph.learning.cluster.own_primitives import Shipped
from rojasgraph.learning.data import Columns, Names, columns_of
from rojasgraph.learning.surface import ErrorSurface, Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sums = tuple[float, Floats]
"""The error of some examples and its gradient, both summed."""


class Recipe:
    """What a worker needs to compute an error: it stays there while training lasts.

    It compiles the network when it is first asked to, once for each thread, since a program works
    in arrays of its own.
    """

    def __init__(self, shipped: Shipped, names: Names, engine: str, dtype: str) -> None:
        """Keep what the program is made of.

        Args:
            shipped: the network whose one output is the error.
            names: what the columns of data are called.
            engine: by its name, so that all workers have the same.
            dtype: of the passes.
        """
        self._shipped, self.names, self._engine, self._dtype = shipped, names, engine, dtype
        self._made = threading.local()

    def __reduce__(self) -> tuple[type[Recipe], tuple[Any, ...]]:
        """Travel without what was made here."""
        return Recipe, (self._shipped, self.names, self._engine, self._dtype)

    @property
    def surface(self) -> ErrorSurface:
        """The error surface of this thread."""
        found: ErrorSurface | None = getattr(self._made, "surface", None)
        if found is None:
            net = self._shipped.unpacked()
            program = compiled(net, engine=self._engine, dtype=self._dtype, threads=1)
            found = self._made.surface = ErrorSurface(program, mean=False)
        return found


@dataclass(frozen=True)
class Form:
    """How the pieces of a partition make inputs and targets.

    Attributes:
        inputs: the names of its first pieces; None where the first piece is all inputs, or all.
        targets: of the others, likewise; () where there are none.
        number: of the partition, for errors.
    """

    inputs: Sequence[Any] | None
    targets: Sequence[Any] | None
    number: int


def prepare(recipe: Recipe, form: Form, *pieces: Any) -> Columns:  # noqa: ANN401 - many forms
    """Lay a partition out as it is fed, where it lies.

    Raises:
        ArgumentError: it does not fit the network; the message names the partition.
        MissingValue: an input has no column.
    """
    parts = list(pieces)
    inputs = _joined(form.inputs, parts)
    targets = None if form.targets == () else _joined(form.targets, parts)
    if isinstance(inputs, tuple) and len(inputs) == 2 and targets is None:  # noqa: PLR2004 - a pair
        inputs, targets = inputs
    try:
        if _is_empty(inputs) and (targets is None or _is_empty(targets)):
            return np.empty((len(recipe.names.fed), 0))
        return columns_of(inputs, targets, recipe.names)
    except ValueError as error:
        error.args = (f"partition {form.number}: {error}",)
        raise


def _joined(names: Sequence[Any] | None, parts: list[Any]) -> Any:  # noqa: ANN401 - many forms
    return parts.pop(0) if names is None else {name: parts.pop(0) for name in names}


def _is_empty(part: Any) -> bool:  # noqa: ANN401 - many forms
    arrays = part.values() if isinstance(part, dict) else [part]
    return all(len(np.shape(array)) > 0 and len(array) == 0 for array in arrays)


def measure(columns: Columns) -> tuple[int, str]:
    """Count the examples of a partition, and tell them from others."""
    return columns.shape[1], hashlib.sha256(np.ascontiguousarray(columns).data).hexdigest()


def gradient(
    recipe: Recipe,
    weights: Floats,
    columns: Columns,
    rows: NDArray[np.int64] | None,
    backward: bool,  # noqa: FBT001 - Dask passes positions
) -> Sums:
    """Run a partition, or some of its examples, through the network and back."""
    examples = columns if rows is None else columns[:, rows]
    with np.errstate(all="ignore"):  # what is no number is found by the client
        return recipe.surface.sums(weights, examples, backward=backward)


def add(parts: Sequence[Sums]) -> Sums:
    """Add sums up, from the first to the last."""
    value, slope = parts[0][0], parts[0][1].copy()
    for more, other in parts[1:]:
        value += more
        slope += other
    return value, slope


def fault(
    recipe: Recipe, weights: Floats, columns: Columns, rows: NDArray[np.int64] | None, number: int
) -> str:
    """Name the nodes that go bad first in a partition; "" where none does."""
    examples = columns if rows is None else columns[:, rows]
    with np.errstate(all="ignore"):
        found = recipe.surface.fault(weights, examples)
    return found and f"partition {number}: {found}"
