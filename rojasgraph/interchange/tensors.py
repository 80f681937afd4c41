"""Tensors of expressions: what array operations of other tools become, one node for each scalar.

Every new scalar is counted, so that a model whose shapes claim more than a machine holds is
refused before anything is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError
from rojasgraph.expressions import Expression, constant, parameter
from rojasgraph.numbers.kinds import Number
from rojasgraph.table import TABLE

_MOST_AXES = 64
"""numpy's own bound."""

Cells = np.ndarray[Any, np.dtype[Any]]
"""An array of expressions."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """An array of expressions, or of numbers that are known.

    Attributes:
        cells: the expressions; None for a constant, whose cells are made when they are needed.
        known: the numbers, of a constant or of parameters as they are.
        fixed: whether it is a constant.
    """

    cells: Cells | None
    known: np.ndarray[Any, Any] | None = None
    fixed: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""
        if self.cells is not None:
            return tuple(self.cells.shape)
        assert self.known is not None  # noqa: S101 - one of them is there
        return tuple(self.known.shape)


_AXES = 64
"""The most axes that numpy's arrays have."""


def checked_shape(name: str, shape: Any) -> tuple[int, ...]:  # noqa: ANN401 - of a user, or a file
    """Look at the shape of an input.

    Raises:
        ArgumentError: it is none.

    >>> checked_shape("x", [2, 3])
    (2, 3)
    """
    listed = shape if isinstance(shape, Sequence | np.ndarray) else [None]
    if any(isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0 for n in listed):
        message = (
            f"input {name!r:.80} has the shape {shape!r:.80}: lengths are whole numbers from 0 up"
        )
        raise ArgumentError(message)
    if len(listed) > _AXES:
        message = f"input {name!r:.80} has {len(listed)} axes; there are at most {_AXES}"
        raise ArgumentError(message)
    return tuple(map(int, listed))


def fixed(numbers: Any) -> Tensor:  # noqa: ANN401 - anything that numpy makes an array of
    """Make a tensor of numbers that do not change.

    Raises:
        ArgumentError: they are no numbers.
    """
    known = np.asarray(numbers)
    if known.dtype.kind in "OSUMm":
        message = f"{known!r:.60} holds no numbers"
        raise ArgumentError(message)
    return Tensor(None, known, fixed=True)


class Room:
    """Make cells, and count them.

    Attributes:
        most: how many there may be.
    """

    def __init__(self, most: int) -> None:
        """Start with none."""
        self.most, self.made = most, 0

    def take(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Reserve the cells of an array, before it is there.

        Raises:
            ArgumentError: there are too many, or a length is negative.
        """
        if any(length < 0 for length in shape) or len(shape) > _MOST_AXES:
            message = f"no array has the shape {tuple(shape)!s:.80}"
            raise ArgumentError(message)
        self.made += math.prod(max(length, 1) for length in shape)  # also of an empty array
        if self.made > self.most:
            message = (
                f"the network would have more than {self.most} scalars, at an array of shape "
                f"{tuple(shape)!s:.80}: give smaller shapes, or a larger most="
            )
            raise ArgumentError(message)
        return tuple(shape)

    def empty(self, shape: Sequence[int]) -> Cells:
        """Make an array to be filled."""
        return np.empty(self.take(shape), dtype=object)

    def named(self, name: str, shape: Sequence[int], make: Callable[[Hashable], Any]) -> Cells:
        """Fill an array with expressions that are called by name and place: ("x", 0, 2)."""
        cells = self.empty(shape)
        for place in np.ndindex(*cells.shape):
            cells[place] = make((name, *place) if place else name)
        return cells

    def inputs(self, name: str, shape: Sequence[int]) -> Tensor:
        """Make a tensor of inputs."""
        return Tensor(self.named(name, shape, lambda full: Expression("input", name=full)))

    def parameters(self, name: str, values: np.ndarray[Any, Any]) -> Tensor:
        """Make a tensor of parameters."""
        values = np.asarray(values, dtype=np.float64)
        flat = iter(values.ravel().tolist())
        return Tensor(
            self.named(name, values.shape, lambda full: parameter(full, next(flat))), values
        )

    def cells(self, tensor: Tensor) -> Cells:
        """Give a tensor's expressions; constants are made here."""
        if tensor.cells is not None:
            return tensor.cells
        assert tensor.known is not None  # noqa: S101 - a constant has numbers
        made = self.empty(tensor.known.shape)
        for place, value in np.ndenumerate(tensor.known):
            made[place] = constant(_short(value.item()))
        return made

    def each(self, build: Callable[..., Any], *arrays: Cells) -> Cells:
        """Apply a function of expressions element by element; shapes broadcast as numpy's do.

        Raises:
            ArgumentError: the shapes do not fit.
        """
        shape = _together(*(a.shape for a in arrays))
        made = self.empty(shape)
        laid = [np.broadcast_to(a, shape) for a in arrays]
        for place in np.ndindex(*shape):
            made[place] = build(*(a[place] for a in laid))
        return made

    def along(
        self,
        build: Callable[[list[Any]], Any],
        array: Cells,
        axes: Sequence[int] | None,
        *,
        keep: bool,
    ) -> Cells:
        """Collect each line, or block, of an array in one expression.

        Args:
            build: of the list of its elements.
            array: the array.
            axes: along which; None for all.
            keep: leave axes of length 1 behind.
        """
        whole = tuple(range(array.ndim))
        chosen = whole if axes is None else tuple(sorted({_axis(a, array.ndim) for a in axes}))
        rest = [a for a in whole if a not in chosen]
        moved = np.transpose(array, [*rest, *chosen])
        made = self.empty([array.shape[a] for a in rest])
        for place in np.ndindex(*made.shape):
            made[place] = build(list(moved[place].ravel()) if chosen else [moved[place]])
        return np.expand_dims(made, chosen) if keep else made

    def matmul(self, first: Cells, second: Cells) -> Cells:
        """Multiply two matrices, or stacks of them, as numpy's matmul does.

        Raises:
            ArgumentError: the shapes do not fit.
        """
        a = first[None, :] if first.ndim == 1 else first
        b = second[:, None] if second.ndim == 1 else second
        if not first.ndim or not second.ndim or a.shape[-1] != b.shape[-2]:
            message = f"matrices of the shapes {first.shape} and {second.shape} have no product"
            raise ArgumentError(message)
        made = self._products(a, b)
        made = made[..., 0, :] if first.ndim == 1 else made
        return made[..., 0] if second.ndim == 1 else made

    def _products(self, a: Cells, b: Cells) -> Cells:
        stack = _together(a.shape[:-2], b.shape[:-2])
        made = self.empty((*stack, a.shape[-2], b.shape[-1]))
        a = np.broadcast_to(a, (*stack, *a.shape[-2:]))
        b = np.broadcast_to(b, (*stack, *b.shape[-2:]))
        self.take((made.size, a.shape[-1]))  # the products themselves
        for place in np.ndindex(*made.shape):
            row, column = a[(*place[:-1], slice(None))], b[(*place[:-2], slice(None), place[-1])]
            made[place] = total([multiplied(x, y) for x, y in zip(row, column, strict=True)])
        return made


def _together(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        message = f"the shapes {shapes} do not fit together"
        raise ArgumentError(message) from None


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        message = f"there is no axis {axis} among {ndim}"
        raise ArgumentError(message)
    return int(axis) % ndim


def _short(number: Number) -> Number:
    """Write a whole float as an int, which is drawn shorter."""
    whole = isinstance(number, float) and number.is_integer() and math.copysign(1, number) > 0
    return int(number) if whole or isinstance(number, bool) else number


# --- operations on expressions --------------------------------------------------------------------


def applied(name: str, *operands: Any, **arguments: Number) -> Expression:  # noqa: ANN401
    """Make a node of a primitive."""
    return Expression(TABLE[name], operands, arguments=TABLE[name].bind(arguments))


def multiplied(x: Expression, y: Expression) -> Expression:
    """Multiply; by a constant without a node for it."""
    for first, second in ((x, y), (y, x)):
        if first.op == "constant" and first.name is None:
            return second if first.value == 1 else applied("scale", second, factor=first.value)
    return applied("mul", x, y)


def total(terms: Sequence[Expression]) -> Expression:
    """Add in one node."""
    if not terms:
        return constant(0)
    return terms[0] if len(terms) == 1 else applied("add", *terms)


def mean(terms: Sequence[Expression]) -> Expression:
    """Average: the sum, scaled."""
    if not terms:
        return constant(math.nan)
    return scaled(total(terms), Fraction(1, len(terms)))


def scaled(x: Expression, factor: Number) -> Expression:
    """Multiply by a number."""
    return x if factor == 1 else applied("scale", x, factor=_short(factor))


def chained(name: str, terms: Iterable[Expression]) -> Expression:
    """Apply a primitive of two slots from left to right."""
    return reduce(lambda a, b: applied(name, a, b), terms)
