"""What a pass is fed: values by name, or a matrix with a column for each input."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from rojasgraph.engine.listing import CONSTANT, INPUT, Names
from rojasgraph.engine.wiring import Floats, Integers
from rojasgraph.errors import ArgumentError, MissingValue
from rojasgraph.numbers import as_number
from rojasgraph.numbers.floats import FLOAT

Shape = tuple[int, ...]
Matrix = np.ndarray[tuple[int, int], np.dtype[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Varying:
    """Sources that were fed a batch each, of one shape.

    Attributes:
        shape: of a batch: its axes are examples.
        sources: which.
        values: by source and example, the batch laid out flat.
    """

    shape: Shape
    sources: Integers
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """The values of all sources in a pass.

    Attributes:
        fixed: by source, its value where it is one number.
        varying: the sources that differ from example to example, by the shape of their batch.
        shape: of the examples of the whole pass: what the batches broadcast to.
    """

    fixed: Floats
    varying: tuple[Varying, ...]
    shape: Shape

    @property
    def filled(self) -> Shape:
        """The shape of a pass that computes what does not depend on batches, if these are empty.

        Sources without an example are no part of it.
        """
        return tuple(max(n, 1) for n in self.shape)

    def within(self, shape: Shape) -> tuple[Varying, ...]:
        """List the sources whose batches broadcast to a shape.

        A network's output has the shape that the batches of all its sources broadcast to; so the
        sources of others are no sources of an output of this shape.
        """
        return tuple(v for v in self.varying if broadcasts(v.shape, shape))

    def examples(self, shape: Shape) -> tuple[Integers, Floats]:
        """Give the sources that vary within a shape, and their values by source and example."""
        inside = self.within(shape)
        size = math.prod(shape)
        if len(inside) == 1 and inside[0].shape == shape:
            return inside[0].sources, inside[0].values
        examples = np.empty((sum(len(v.sources) for v in inside), size), self.fixed.dtype)
        start = 0
        for varying in inside:
            stop = start + len(varying.sources)
            aligned = (1,) * (len(shape) - len(varying.shape)) + varying.shape
            table = varying.values.reshape(-1, *aligned)
            examples[start:stop] = np.broadcast_to(table, (stop - start, *shape)).reshape(-1, size)
            start = stop
        sources = [v.sources for v in inside]
        return np.concatenate(sources) if sources else np.empty(0, np.int64), examples


def broadcasts(shape: Shape, to: Shape) -> bool:
    """Tell whether an array of one shape broadcasts to another.

    >>> broadcasts((3, 1), (3, 4)), broadcasts((3,), ())
    (True, False)
    """
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


_SHOWN = 12
"""How many names an error lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Feeder:
    """Knows a program's sources, and brings what is fed into the form of a `Feed`.

    Attributes:
        names: of all nodes, by their number in the listing.
        codes: of all nodes, by this number.
        nodes: by source, its number in the listing; the inputs come first.
        places: by node of the listing, its number among the sources, if it is one.
        inputs: how many inputs there are.
        dtype: of the program.
    """

    names: Names
    codes: Integers
    nodes: Integers
    places: Integers
    inputs: int
    dtype: np.dtype[Any]

    def feed(self, given: Any, fixed: Floats, arrays: Mapping[int, Floats]) -> Feed:  # noqa: ANN401
        """Bring what is fed into the form of a pass.

        Args:
            given: values by name; or a matrix with a row for each example and a column for each
                input; None for nothing.
            fixed: by source, the number that it carries.
            arrays: by source, the batch that a parameter or constant carries.

        Raises:
            MissingValue: an input is not fed.
            ArgumentError: something else is fed, or no number, or batches do not fit together.
        """
        with np.errstate(over="ignore"):  # beyond the largest float32 is infinity
            if given is not None and not isinstance(given, Mapping):
                return self._from_matrix(self._matrix(given), fixed.copy(), arrays)
            return self._from_names(given or {}, fixed.copy(), dict(arrays))

    def _from_matrix(self, matrix: Matrix, fixed: Floats, arrays: Mapping[int, Floats]) -> Feed:
        table = np.array(matrix.T, self.dtype, order="C")
        varying = Varying((len(matrix),), np.arange(self.inputs), table)
        return self._complete(fixed, arrays, [varying] if self.inputs else [])

    def _from_names(
        self, given: Mapping[Any, Any], fixed: Floats, batches: dict[int, Floats]
    ) -> Feed:
        missing = np.ones(self.inputs, np.bool_)
        for name, value in given.items():
            k = self.source(name)
            number = self._number(k, name, value)
            batches.pop(k, None)
            if isinstance(number, np.ndarray):
                batches[k] = number
            else:
                fixed[k] = number
            if k < self.inputs:
                missing[k] = False
        if missing.any():
            raise self._missing(np.flatnonzero(missing))
        return self._complete(fixed, batches, [])

    def _complete(
        self, fixed: Floats, batches: Mapping[int, Floats], varying: list[Varying]
    ) -> Feed:
        """Sort batches by their shape and find the shape of all examples."""
        by_shape: dict[Shape, list[int]] = {}
        for k, batch in batches.items():
            by_shape.setdefault(batch.shape, []).append(k)
        for shape, sources in by_shape.items():
            table = np.stack([batches[k].reshape(-1) for k in sources]).astype(self.dtype)
            varying.append(Varying(shape, np.array(sources), table))
        for each in varying:
            fixed[each.sources] = 0
        whole: Shape = ()
        for each in varying:
            try:
                whole = np.broadcast_shapes(whole, each.shape)
            except ValueError:
                raise self._misfit(varying, each) from None
        return Feed(fixed, tuple(varying), whole)

    def _matrix(self, given: Any) -> Matrix:  # noqa: ANN401 - a user may hand us anything
        array = np.asarray(given)
        if array.ndim != 2 or array.shape[1] != self.inputs:  # noqa: PLR2004 - a matrix
            raise ArgumentError(
                f"inputs as an array have a row for each example and {self.inputs} columns, one "
                f"for each of {self._inputs()}; got the shape {array.shape} (feed one example by "
                "name, or as an array of one row)"
            )
        if array.dtype.kind not in "fiub":
            raise ArgumentError(
                f"inputs of dtype {array.dtype} are no real numbers: feed an array of floats, "
                f"with a column for each of {self._inputs()}"
            )
        return array

    def _inputs(self) -> str:
        return _listed([self.names[j] for j in self.nodes[: self.inputs].tolist()]) or "no inputs"

    def source(self, name: Hashable) -> int:
        """Find what is fed.

        Raises:
            ArgumentError: it is no input or parameter.
        """
        j = self.names.number(name)
        if j is not None and CONSTANT < self.codes[j] <= INPUT:
            return int(self.places[j])
        known = [self.names[i] for i in self.nodes.tolist() if self.codes[i] != CONSTANT]
        near = get_close_matches(str(name), map(str, known), n=1)
        if j is None:
            what = f"{name!r} is no node"
        else:
            is_constant = self.codes[j] == CONSTANT
            what = f"node {name!r} is {'a constant' if is_constant else 'an operation'}"
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ArgumentError(f"{what}; {hint}a pass is fed by name: {_listed(known) or 'no inputs'}")

    def _number(self, k: int, name: Hashable, value: Any) -> float | Floats:  # noqa: ANN401
        """Take a number, or an array of them.

        Raises:
            ArgumentError: it is neither, or not real.
        """
        try:
            return real_number(value)
        except TypeError as error:
            what = "input" if k < self.inputs else "parameter"
            message = (
                f"{what} {name!r}: {error}; a program computes with real floats "
                "(net.feed_forward takes other numbers too)"
            )
            raise ArgumentError(message) from None

    def _missing(self, sources: Integers) -> MissingValue:
        names = [self.names[j] for j in self.nodes[sources].tolist()]
        return MissingValue(
            f"no value for {_listed(names)}: feed every input, as in {{{names[0]!r}: 1.0}}"
        )

    def _misfit(self, varying: Sequence[Varying], each: Varying) -> ArgumentError:
        """Name two sources whose batches do not broadcast."""
        for other in varying:
            try:
                np.broadcast_shapes(other.shape, each.shape)
            except ValueError:
                break
        first, second = (self.names[int(self.nodes[v.sources[0]])] for v in (other, each))
        return ArgumentError(
            f"the batches do not fit together: {first!r} has the shape {other.shape}, "
            f"{second!r} {each.shape}"
        )


def real_number(value: Any) -> float | Floats:  # noqa: ANN401 - a user may hand us anything
    """Take a real number, or an array of them.

    Raises:
        TypeError: it is neither.
    """
    number = as_number(value)
    if not isinstance(number, np.ndarray):
        return float(FLOAT.lift(number))
    if number.dtype.kind == "c":
        message = f"an array of dtype {number.dtype} is not real"
        raise TypeError(message)
    return number


def _listed(names: Sequence[Hashable]) -> str:
    more = len(names) - _SHOWN
    listed = ", ".join(map(repr, names[:_SHOWN]))
    return listed + (f" and {more} more" if more > 0 else "")
