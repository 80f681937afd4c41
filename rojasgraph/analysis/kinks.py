"""Kinks: where a pass has taken a derivative by convention."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from rojasgraph.contract import Record
from rojasgraph.diagnosis import nets_of
from rojasgraph.errors import DomainError
from rojasgraph.network import Network, record_of
from rojasgraph.numbers.kinds import Number, kind
from rojasgraph.table import Primitive

_JUMP, _LAST_PLACES = 1e-9, 64
"""A smooth function changes less, of its size, in a last place: than so much or so many of them."""

_SHOWN = 3
"""How many examples of a batch are listed."""


class Kink(NamedTuple):
    """An operation at a kink.

    Attributes:
        node: its name.
        op: what it computes.
        convention: what its stored derivatives are there, in words.
        examples: of a batch, which ones; () without a batch.
    """

    node: Hashable
    op: str
    convention: str
    examples: tuple[int | tuple[int, ...], ...]

    def __str__(self) -> str:
        """Write a sentence."""
        if not self.examples:
            return f"{self.node!r} ({self.op}): {self.convention}"
        more = ", …" if len(self.examples) > _SHOWN else ""
        shown = ", ".join(map(str, self.examples[:_SHOWN])) + more
        return f"{self.node!r} ({self.op}) in example {shown}: {self.convention}"


def kinks(net: Network) -> list[Kink]:
    """List the operations that stood at a kink, or in its last place, in the last forward pass.

    There the value, or a stored derivative, is another on the one side than on the other; what is
    stored is the convention of the primitive's row, and gradients that pass it need not obey the
    chain rule. A step without a slope, such as `sign` at 0, counts; `stop_gradient` does not.

    Args:
        net: a network that has been fed forward, with floats, arrays, Fractions or mpmath numbers.

    Returns:
        The kinks, in the order of the pass.

    Raises:
        NotLabeled: the network has not been fed forward.
        DomainError: the labels are formulas, or numbers that have no neighbours.

    Source: Griewank and Walther, Evaluating derivatives (2008), chapter 14.

    >>> from rojasgraph.expressions import inputs
    >>> from rojasgraph.primitives import relu
    >>> x = inputs("x")
    >>> net = Network.from_expressions((relu(x).named("r") - relu(-x).named("s")).named("y"))
    >>> _ = net.feed_forward(x=[1.0, 0.0])
    >>> for kink in kinks(net):
    ...     print(kink)
    'r' (relu) in example 1: derivative 0 at x = 0
    's' (relu) in example 1: derivative 0 at x = 0
    """
    record = record_of(net)
    found = []
    for j, row in enumerate(record.reading.plan.primitives):
        if row is None or not row.kink or not row.passes:
            continue
        with np.errstate(all="ignore"):
            where = _jumps(record, j, row)
        if np.any(where):
            found.append(Kink(record.order.names[j], row.name, row.kink, _examples(where)))
    return found


def _examples(where: Any) -> tuple[int | tuple[int, ...], ...]:  # noqa: ANN401 - truths
    """Number the examples of a batch that are marked."""
    if np.ndim(where) == 1:
        return tuple(np.flatnonzero(where).tolist())
    return tuple(map(tuple, np.argwhere(where).tolist())) if np.ndim(where) else ()


def _jumps(record: Record, j: int, row: Primitive) -> Any:  # noqa: ANN401 - a truth, or an array
    """Tell where a last place makes a difference that it does not make to a smooth function."""
    plan, xp = record.reading.plan, record.reading.system
    nets = nets_of(plan, record.forward, j)

    def halves(s: int, side: int) -> tuple[Number, ...]:
        moved = [*nets[:s], _neighbour(nets[s], side, record.order.names[j]), *nets[s + 1 :]]
        value, partials = row.label(xp, moved, plan.arguments[j])
        return (value, *partials)

    types = [x.dtype for x in nets if isinstance(x, np.ndarray)]
    jump = max([_JUMP, *(_LAST_PLACES * float(np.finfo(dtype).eps) for dtype in types)])
    apart = [
        abs(above - below) > jump * (abs(above) + abs(below))  # false of nan and infinities
        for s in range(len(nets))
        for above, below in zip(halves(s, 1), halves(s, -1), strict=True)
    ]
    return reduce(np.logical_or, apart)


def _neighbour(x: Number, side: int, name: Hashable) -> Number:
    """Give the next number on one side; among Fractions one that is very close.

    Raises:
        DomainError: the numbers of this system have no order.
    """
    family = kind(x)
    if family == "array":
        return np.nextafter(x, x.dtype.type(side * np.inf))
    if family == "real":
        return float(np.nextafter(x, side * np.inf))
    if family in {"fraction", "exact"}:
        return x + side * Fraction(1, 10**40) * max(1, abs(x))
    if family == "mpmath":
        import mpmath

        return x + side * (abs(x) * mpmath.eps if x else mpmath.mpf(2) ** -2000)
    message = f"node {name!r} is fed {x}: kinks are found among numbers only"
    raise DomainError(message)
