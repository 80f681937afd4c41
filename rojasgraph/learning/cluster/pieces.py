"""The pieces of data that lie on a cluster: which of them make a partition."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rojasgraph.errors import ArgumentError
from rojasgraph.learning.cluster.clients import imported

_ALLOWED = (
    "on a cluster data are dask arrays, cut along the first axis "
    "(dask.array.from_array(X, chunks=(1000, -1)), a data frame's .to_dask_array()), mappings of "
    "such by name, or lists of futures or of delayed values, one for each partition"
)


@dataclass(frozen=True, slots=True)
class Side:
    """Inputs or targets, in pieces.

    Attributes:
        names: what the pieces of a partition are called; None where one piece is all.
        pieces: of each partition, in the order of the names.
    """

    names: Sequence[Hashable] | None
    pieces: Sequence[tuple[Any, ...]]


def sides_of(inputs: Any, targets: Any) -> tuple[Side, Side]:  # noqa: ANN401 - many forms
    """Cut inputs and targets into the same partitions.

    Raises:
        ArgumentError: they are of other types than a cluster takes, or do not fit each other.
        MissingDependency: Dask's arrays are not installed.
    """
    cut = Cut()
    first = cut.side(inputs, "inputs")
    second = Side((), [()] * len(first.pieces)) if targets is None else cut.side(targets, "targets")
    if len(first.pieces) != len(second.pieces):
        message = (
            f"inputs come in {len(first.pieces)} partitions and targets in {len(second.pieces)}: "
            "each partition has both"
        )
        raise ArgumentError(message)
    if not first.pieces:
        message = "there is no partition in the data"
        raise ArgumentError(message)
    return first, second


class Cut:
    """Cuts dask arrays along the first axis, all where the first of them is cut."""

    def __init__(self) -> None:
        """Start without a cut."""
        self._chunks: tuple[Any, ...] | None = None

    def side(self, given: Any, what: str) -> Side:  # noqa: ANN401 - many forms
        """Give the pieces of inputs or of targets.

        Raises:
            ArgumentError: they are of another type, or have another length.
        """
        if isinstance(given, Mapping) and given:
            columns = [self._pieces(column, repr(name)) for name, column in given.items()]
            return Side(list(given), list(zip(*columns, strict=True)))
        if isinstance(given, list | tuple):
            return Side(None, [(_piece(piece, what),) for piece in given])
        return Side(None, [(piece,) for piece in self._pieces(given, what)])

    def _pieces(self, given: Any, what: str) -> list[Any]:  # noqa: ANN401 - many forms
        array = imported("dask.array")
        if not isinstance(given, array.Array) or not given.ndim:
            message = f"{what} is a {type(given).__name__}: {_ALLOWED}"
            raise ArgumentError(message)
        aligned = self._aligned(given, what)
        pieces: list[Any] = aligned.to_delayed().ravel().tolist()
        return pieces

    def _aligned(self, array: Any, what: str) -> Any:  # noqa: ANN401 - a dask array
        """Cut an array where the first one is cut, and nowhere along its other axes."""
        if any(len(chunks) > 1 for chunks in array.chunks[1:]):
            array = array.rechunk(dict.fromkeys(range(1, array.ndim), -1))
        rows = array.chunks[0]
        if self._chunks is None:
            self._chunks = rows
        if rows == self._chunks:
            return array
        if any(math.isnan(size) for size in (*rows, *self._chunks)):
            if len(rows) == len(self._chunks):
                return array  # each worker sees whether its pieces fit
            message = (
                f"{what} has {len(rows)} chunks, the array before {len(self._chunks)}, of unknown "
                "sizes: array.compute_chunk_sizes() finds them"
            )
            raise ArgumentError(message)
        if sum(rows) != sum(self._chunks):
            message = (
                f"each array has one row for each example: {what} has {sum(rows)}, the array "
                f"before {sum(self._chunks)}"
            )
            raise ArgumentError(message)
        return array.rechunk({0: self._chunks})


def _piece(piece: Any, what: str) -> Any:  # noqa: ANN401 - a user may hand us anything
    delayed, future = imported("dask.delayed").Delayed, imported("distributed").Future
    if not isinstance(piece, delayed | future):
        message = f"{what} has a {type(piece).__name__} in its list: {_ALLOWED}"
        raise ArgumentError(message)
    return piece
