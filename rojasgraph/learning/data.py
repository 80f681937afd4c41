"""Training data: arrays whose columns follow the network, mappings by name, streams of batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rojasgraph.errors import ArgumentError, MissingValue

Columns = NDArray[np.float64]
"""Examples as a network is fed: one row for each input, one column for each example."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the columns of data are called.

    Attributes:
        inputs: the inputs that are no targets, in their order.
        targets: the target inputs, each with the output that it is for, in the order of these.
        fed: all inputs, in the order in which the network is fed.
        probable: whether targets are probabilities.
    """

    inputs: Sequence[Hashable]
    targets: Mapping[Hashable, Hashable]
    fed: Sequence[Hashable]
    probable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """All examples at once, which an epoch goes through in one batch or in several.

    Attributes:
        columns: the examples.
        batch: how many make a batch; None: all.
        shuffle: draw a new order for each epoch.
    """

    columns: Columns
    batch: int | None
    shuffle: bool

    def epoch(self, rng: np.random.Generator) -> Iterator[Columns]:
        """Give the batches of an epoch."""
        if self.batch is None:
            yield self.columns
            return
        count = self.columns.shape[1]
        order = rng.permutation(count) if self.shuffle else np.arange(count)
        for start in range(0, count, self.batch):
            yield self.columns[:, order[start : start + self.batch]]

    @property
    def whole(self) -> Columns:
        """All examples as one batch."""
        return self.columns

    @property
    def digest(self) -> str:
        """Tell this data from other data."""
        return hashlib.sha256(self.columns.tobytes()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Batches that are read as they are needed, so that all of them never stand in memory.

    Attributes:
        batches_of: gives the batches of one epoch, in whatever form the user has them.
        names: what the columns are called.
    """

    batches_of: Callable[[], Iterable[Any]]
    names: Names

    def epoch(self, rng: np.random.Generator) -> Iterator[Columns]:  # noqa: ARG002 - as `Table`
        """Give the batches of an epoch.

        Raises:
            ArgumentError: there is none, or one is neither a pair nor a mapping.
        """
        number = -1
        for number, batch in enumerate(self.batches_of()):
            if isinstance(batch, Mapping):
                yield columns_of(batch, None, self.names)
            elif isinstance(batch, tuple) and len(batch) == 2:  # noqa: PLR2004 - a pair
                yield columns_of(*batch, self.names)
            else:
                message = (
                    "a stream gives batches as pairs (inputs, targets) or as mappings by name; "
                    f"batch {number} is a {type(batch).__name__}"
                )
                raise ArgumentError(message)
        if number < 0:
            message = (
                "the stream gave no batch: an epoch reads it from its beginning, so give a list, "
                "an object that can be iterated again, or a function that returns an iterator"
            )
            raise ArgumentError(message)

    @property
    def whole(self) -> None:
        """All examples as one batch: a stream has none."""

    @property
    def digest(self) -> str:
        """Tell this data from other data: a stream is not read for that."""
        return "stream"


def data_of(
    inputs: Any,  # noqa: ANN401 - many forms
    targets: Any,  # noqa: ANN401
    names: Names,
    *,
    batch: int | None = None,
    shuffle: bool = True,
) -> Table | Stream:
    """Bring training data into the form in which it is fed.

    Raises:
        ArgumentError: it does not fit the network, or `batch` does not fit it.
        MissingValue: an input has no column.
    """
    if _is_stream(inputs, targets, names):
        if batch is not None:
            message = "a stream comes in its own batches: leave batch= out"
            raise ArgumentError(message)
        return Stream(inputs if callable(inputs) else lambda: inputs, names)
    columns = columns_of(inputs, targets, names)
    refuse_batch(batch)
    return Table(columns, batch, shuffle)


def refuse_batch(batch: object) -> None:
    """Refuse what is no size of a batch.

    Raises:
        ArgumentError: it is neither None nor a whole number from 1 up.
    """
    if batch is not None and (isinstance(batch, bool) or not isinstance(batch, int) or batch < 1):
        message = f"batch must be None (all examples), or a whole number from 1 up; got {batch!r}"
        raise ArgumentError(message)


def _is_stream(inputs: Any, targets: Any, names: Names) -> bool:  # noqa: ANN401
    if inputs is None or isinstance(inputs, Mapping) or targets is not None:
        return False
    is_array = isinstance(inputs, list | tuple) or hasattr(inputs, "__array__")
    return callable(inputs) or bool(names.targets) or not is_array


def columns_of(inputs: Any, targets: Any, names: Names) -> Columns:  # noqa: ANN401 - many forms
    """Lay examples out as they are fed.

    Args:
        inputs: an array with a row for each example and a column for each input (more axes, such
            as steps and inputs, are laid out in a row); a vector where there is one input; a
            mapping by name; None where there are no inputs.
        targets: likewise; a mapping of inputs may hold the targets too, by their names or by
            those of the outputs.
        names: of inputs and targets.

    Raises:
        ArgumentError: a shape, a name or a number does not fit.
        MissingValue: an input has no column.
    """
    given = _by_name(inputs, names.inputs, "inputs", names)
    given |= _by_name(targets, list(names.targets), "targets", names)
    missing = [name for name in names.fed if name not in given]
    if missing:
        message = f"no data for {missing}: each example feeds every input"
        raise MissingValue(message)
    counts = {name: len(column) for name, column in given.items() if column.ndim}
    if len(set(counts.values())) > 1:
        one, *others = counts
        other = next(name for name in others if counts[name] != counts[one])
        message = (
            f"each column has one entry for each example: {one!r} has {counts[one]}, "
            f"{other!r} has {counts[other]}"
        )
        raise ArgumentError(message)
    count = next(iter(counts.values()), 1)
    if not count:
        message = "there is no example in the data"
        raise ArgumentError(message)
    columns = np.empty((len(names.fed), count))
    for row, name in zip(columns, names.fed, strict=True):
        row[:] = given[name]
        _refuse_numbers(name, row, probable=names.probable and name in names.targets)
    return columns


def _refuse_numbers(name: Hashable, column: NDArray[Any], *, probable: bool) -> None:
    """Refuse a column with nan or infinity, or with what is no probability where it must be."""
    bad, why = ~np.isfinite(column), "leave it out, or fill it in"
    if probable and not bad.any():
        bad = (column < 0) | (column > 1)
        why = "the targets of a cross entropy are probabilities, between 0 and 1"
    if bad.any():
        where = int(np.flatnonzero(bad)[0])
        message = f"{name!r} is {column[where]} in example {where}: {why}"
        raise ArgumentError(message)


def _by_name(
    given: Any,  # noqa: ANN401 - many forms
    wanted: Sequence[Hashable],
    what: str,
    names: Names,
) -> dict[Hashable, NDArray[Any]]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        of_output = {output: target for target, output in names.targets.items()}
        by_input = {of_output.get(name, name): column for name, column in given.items()}
        unknown = [name for name in by_input if name not in names.fed]
        if unknown:
            message = f"{what} by name: {unknown} are none of {list(names.fed)}"
            raise ArgumentError(message)
        return {name: _numbers(column, repr(name)) for name, column in by_input.items()}
    array = _numbers(given, what)
    if array.ndim == 1 and len(wanted) == 1:
        array = array[:, None]
    if array.ndim > 2:  # noqa: PLR2004 - examples, steps, inputs
        array = array.reshape(len(array), -1)
    if array.ndim != 2 or array.shape[1] != len(wanted):  # noqa: PLR2004 - a matrix
        message = (
            f"{what} have a row for each example and {len(wanted)} columns, for {list(wanted)}; "
            f"got the shape {array.shape}"
        )
        raise ArgumentError(message)
    return dict(zip(wanted, array.T, strict=True))


def _numbers(given: Any, what: str) -> NDArray[Any]:  # noqa: ANN401 - many forms
    try:
        array = np.asarray(given)
    except ValueError as error:
        message = f"{what}: the rows are of different lengths ({error})"
        raise ArgumentError(message) from None
    if array.dtype.kind not in "fiub":
        message = f"{what} of dtype {array.dtype} are no real numbers: give floats"
        raise ArgumentError(message)
    return array
