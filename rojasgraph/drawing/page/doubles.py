"""The numbers that a page computes with: binary doubles, of one example of a batch.

A page's arithmetic is JavaScript's: exact and long numbers are rounded, which is said, and complex
numbers and symbols are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph import contract, numbers
from rojasgraph.contract import Reading
from rojasgraph.drawing.walk.numbered import Numbered, seeds_of
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers import kinds
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rojasgraph.order import Attributes

Index = tuple[int, ...]

_ROUNDED = {
    "fraction": "Fractions are computed as decimals here.",
    "mpmath": "Numbers of many digits are rounded to 16 digits here.",
}
_REFUSED = {"complex": "complex numbers", "sympy": "symbols"}


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """The numbers of a graph as doubles.

    Attributes:
        values: of the sources, by node number; None for one that has none.
        seeds: what the backward pass starts from, by node number.
        reading: the graph's operations, slots, arguments and weights.
        plain: what makes a double of any other label of the graph.
        notes: what a reader should know about the numbers, sentence by sentence.
    """

    values: Mapping[int, float | None]
    seeds: Mapping[int, float]
    reading: Reading
    plain: Plain
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Plain:
    """Make doubles of numbers of any system, of one example of a batch.

    Attributes:
        shape: of the whole batch.
        index: of the example.
        kinds: the families of the numbers that were met.
    """

    shape: Index = ()
    index: Index = ()
    kinds: set[str] = field(default_factory=set)

    def __call__(self, value: Any, where: str) -> float | None:  # noqa: ANN401 - from a user
        """Make a double of a number.

        Args:
            value: the number or batch; None stays None.
            where: whose number it is, for the error.

        Raises:
            ArgumentError: it is complex, a symbol or no number, or too large.

        >>> from fractions import Fraction
        >>> Plain()(Fraction(1, 4), "node 'x'"), Plain((3,), (2,))(np.arange(3.0), "node 'x'")
        (0.25, 2.0)
        """
        if value is None:
            return None
        try:
            number = numbers.as_number(value)
            if isinstance(number, np.ndarray):
                number = np.broadcast_to(number, self.shape)[self.index].item()
            kind = kinds.kind(number)
            self.kinds.add(kind)
            if kind in _REFUSED or not _is_real(number):
                message = (
                    f"{where} is {value!r}: a page computes with real numbers, not with "
                    f"{_REFUSED.get(kind, 'complex numbers')}; call feed_forward with floats first"
                )
                raise ArgumentError(message)
            return float(number)
        except (TypeError, ValueError, OverflowError) as error:
            if isinstance(error, ArgumentError):
                raise
            message = f"{where} is {value!r}, which is no double: {error}"
            raise ArgumentError(message) from None


def page_numbers(read: Numbered, example: int | Index | None = None) -> PageNumbers:
    """Convert the numbers of a graph.

    Args:
        read: the graph, numbered.
        example: of a batch, the index of the example, with one number for each axis; default the
            first.

    Returns:
        The numbers. Of sources that the last pass was fed, those that it was fed.

    Raises:
        ArgumentError: a number is complex or a symbol, or there is no such example.
    """
    given, seeds = dict(_sources(read)), seeds_of(read)
    weights = [edge.get("weight") for edge in read.order.edges]
    shape = _shape([*given.values(), *seeds.values(), *weights])
    plain = Plain(shape, _index(example, shape))
    names = read.order.names
    values = {j: plain(value, f"node {names[j]!r}") for j, value in given.items()}
    started = {j: plain(seed, f"the seed of node {names[j]!r}") for j, seed in seeds.items()}
    reading = _read(read, plain, values)
    return PageNumbers(
        values=values,
        seeds={j: seed for j, seed in started.items() if seed is not None},
        reading=reading,
        plain=plain,
        notes=list(_notes(plain)),
    )


def _is_real(number: Number) -> bool:
    return not hasattr(number, "_mpc_")


def _sources(read: Numbered) -> Iterator[tuple[int, Number]]:
    """Give what the sources hold: for a labeled graph what the last pass was fed."""
    fed = read.reading.sources
    for j, attributes in enumerate(read.order.nodes):
        if j in fed:
            yield j, fed[j] if read.labeled else attributes.get("value")


def _shape(given: Iterable[Any]) -> Index:
    """Find the shape of the batch."""
    shapes = {np.shape(x) for x in given if isinstance(x, np.ndarray | list | tuple)}
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        message = f"the batches do not fit together: their shapes are {sorted(shapes)}"
        raise ArgumentError(message) from None


def _index(example: int | Index | None, shape: Index) -> Index:
    """Check which example is asked for."""
    if 0 in shape:
        message = f"a page shows one example; the batch of shape {shape} has none"
        raise ArgumentError(message)
    if example is None or not shape:
        return (0,) * len(shape)
    index = example if isinstance(example, tuple) else (example,)
    whole = all(isinstance(i, kinds.EXACT) and not isinstance(i, bool) for i in index)
    fits = whole and len(index) == len(shape)
    if not fits or not all(-n <= i < n for i, n in zip(index, shape, strict=True)):
        wanted = "an index" if len(shape) == 1 else f"a tuple of {len(shape)} indices"
        message = f"example must be {wanted} into the batch of shape {shape}; got {example!r}"
        raise ArgumentError(message)
    return tuple(int(i) % n for i, n in zip(index, shape, strict=True))


def _read(read: Numbered, plain: Plain, values: Mapping[int, float | None]) -> Reading:
    """Read the graph once more, with all its numbers as doubles."""
    nodes, edges = [], []
    for j, attributes in enumerate(read.order.nodes):
        node = {**attributes, "value": values.get(j)}
        nodes.append(_with_arguments(node, plain, f"an argument of node {read.order.names[j]!r}"))
    for edge, (tail, head, _) in zip(read.order.edges, read.order.edge_names, strict=True):
        weight = plain(edge.get("weight"), f"the weight of {tail!r} → {head!r}")
        edges.append({**edge, "weight": weight})
    order = replace(read.order, nodes=nodes, edges=edges)
    fed = {
        j: value or 0.0 for j, value in values.items() if nodes[j]["op"] == "input" or value is None
    }
    return contract.read(order, fed, FLOAT)


def _with_arguments(node: Attributes, plain: Plain, where: str) -> Attributes:
    arguments = node.get("arguments")
    if arguments is None:
        return node
    if hasattr(arguments, "items"):
        given: Any = {name: plain(value, where) for name, value in arguments.items()}
    elif isinstance(arguments, tuple | list):
        given = tuple(plain(value, where) for value in arguments)
    else:
        given = (plain(arguments, where),)
    return {**node, "arguments": given}


def _notes(plain: Plain) -> Iterator[str]:
    if plain.shape:
        count = int(np.prod(plain.shape))
        chosen = plain.index[0] if len(plain.index) == 1 else plain.index
        yield f"This is example {chosen} of a batch of {count} (counted from 0)."
    for kind, note in _ROUNDED.items():
        if kind in plain.kinds:
            yield note
