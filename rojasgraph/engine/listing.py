"""A checked network as arrays, in the order in which it was given."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.engine.wiring import Floats, Integers, Operation, Truths

INPUT, PARAMETER, CONSTANT = -1, -2, -3
"""Codes of the sources."""

SOURCE_CODES = {"input": INPUT, "parameter": PARAMETER, "constant": CONSTANT}


class Names(Sequence[Hashable]):
    """The nodes' names by number, and the other way round; without names, the numbers."""

    def __init__(
        self,
        names: Sequence[Hashable] | None,
        count: int,
        numbers: Mapping[Hashable, int] | None = None,
    ) -> None:
        """Keep names, or how many nodes there are."""
        self._names: Sequence[Hashable] = range(count) if names is None else names
        self._numbers = numbers
        if names is not None and numbers is None:
            self._numbers = {name: j for j, name in enumerate(names)}

    def __getitem__(self, j: Any) -> Any:  # noqa: ANN401 - a name is any hashable
        """Give the name of a node."""
        return self._names[j]

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self._names)

    def number(self, name: Hashable) -> int | None:
        """Give the number of a node, or None where no node has this name."""
        if self._numbers is not None:
            return self._numbers.get(name)
        known = isinstance(name, int | np.integer) and 0 <= name < len(self)
        return int(name) if known else None  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A checked network as arrays, in the order in which it was given.

    Attributes:
        names: the nodes' names.
        operations: the distinct operations.
        codes: by node, its place in `operations`, or the code of a source.
        tails: by edge.
        heads: by edge.
        slots: by edge, the slot of its head.
        weights: by edge; 1 where it has none of its own.
        weighted: by edge, whether it has a weight of its own.
        trainable: by edge, whether learning may change this weight.
        shared: by edge, the parameter node whose value is its weight; −1 where none is.
        keys: by edge, what tells parallel edges apart; None: they are numbered.
        arguments: the arguments of all nodes, node by node in the order of the row.
        first_argument: by node, where they begin; and how many there are.
        values: by node, the number that a parameter or constant carries, else nan.
        arrays: by node, what a parameter or constant carries that differs from example to example.
        inputs: the inputs, in order.
        outputs: the outputs, in order.
    """

    names: Names
    operations: tuple[Operation, ...]
    codes: Integers
    tails: Integers
    heads: Integers
    slots: Integers
    weights: Floats
    weighted: Truths
    trainable: Truths
    shared: Integers
    keys: Sequence[Hashable] | None
    arguments: Floats
    first_argument: Integers
    values: Floats
    arrays: Mapping[int, Floats]
    inputs: Integers
    outputs: Integers
