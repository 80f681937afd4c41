"""Label a network at points, with digits to spare, and choose the points."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from rojasgraph import labeling
from rojasgraph.contract import Reading, read
from rojasgraph.labeling import Backward, Forward, Plan
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.multiprecision import mpmath_namespace
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.order import Order
from rojasgraph.table import Primitive

DIGITS = 50
"""To how many digits two sides must agree."""

_WORKING = 200
"""How many digits are computed: 1 − σ(80) alone loses 35 of them."""

_SURE = (1_200, 8_000)
"""How many digits are computed before two sides are said to differ: cosh²(e⁹) − sinh²(e⁹) loses
7,000 of them."""

_NEWTON_STEPS = 30

_STILL = 1e-12
"""A Newton step that is shorter is the last one."""

_FARTHEST = 1e9
"""Kinks and poles that are farther out are left out."""

_MOST_NAMES = 3
"""By how many names one kink or pole is looked for."""

_CLOSE = Fraction(1, 1000)
"""How close to a kink one point on each side is."""

_NOTHING = 100
"""Below 10 to minus this, a difference may be what cancellation leaves."""

Point = Mapping[str, Fraction]
"""A value for each name."""


def precision(digits: int = _WORKING) -> AbstractContextManager[Any]:
    """Compute with digits to spare inside a `with`."""
    import mpmath

    context: AbstractContextManager[Any] = mpmath.workdps(digits)
    return context


def _system() -> Namespace:
    """Give mpmath's functions; a float is the decimal that is written, as it is in formulas."""
    system = mpmath_namespace()
    lift = system.lift

    def exact(value: Number) -> Number:
        is_decimal = isinstance(value, float) and math.isfinite(value)
        return lift(Fraction(repr(float(value))) if is_decimal else value)

    bounded = {name: _bounded(getattr(system, name)) for name in _GROWING}
    return Namespace(**{**vars(system), **bounded, "lift": exact})


_GROWING = ("exp", "exp2", "expm1", "sinh", "cosh", "tanh", "power", "sin", "cos", "tan")
"""Functions that take too long at very large arguments, and some take all memory."""

_MOST_BITS = 2_000
"""How many bits the whole part of their arguments may have."""


def _bounded(function: Callable[..., Number]) -> Callable[..., Number]:
    """Let a function have no value at very large arguments."""
    import mpmath

    def bounded(*arguments: Number) -> Number:
        is_small = all(mpmath.mag(x) < _MOST_BITS for x in arguments)
        return function(*arguments) if is_small else mpmath.nan

    return bounded


@dataclass
class Labels:
    """A network labeled at one point.

    Attributes:
        plan: what the passes walked; its weights are those of the point.
        forward: the labels of the first pass.
    """

    plan: Plan
    forward: Forward

    def backward(self, seeds: Mapping[int, Number], without: int | None = None) -> Backward:
        """Run the second pass; as if one edge carried nothing back, if one is named."""
        xp = mpmath_namespace()
        forward = self.forward
        if without is not None:
            edge_derivatives = list(forward.edge_derivatives)
            edge_derivatives[without] = xp.zero
            forward = Forward(forward.values, forward.derivatives, edge_derivatives)
        return labeling.backpropagate(self.plan, forward, seeds, xp)

    def changed(self, weights: Mapping[int, Number], swapped: int | None = None) -> Labels:
        """Label anew, with other weights on some edges, or with one node's two slots swapped."""
        plan = self.plan
        edges = () if swapped is None else plan.incoming[swapped]
        plan = replace(
            plan,
            weights=[weights.get(e, weight) for e, weight in enumerate(plan.weights)],
            shared={e: j for e, j in plan.shared.items() if e not in weights},
            slots=[1 - slot if e in edges else slot for e, slot in enumerate(plan.slots)],
        )
        sources = {j: self.forward.values[j] for j, p in enumerate(plan.primitives) if p is None}
        return Labels(plan, labeling.feed_forward(plan, sources, _system()))


@dataclass
class Numeric:
    """A network to be labeled at points: the names of its sources and weights, by number.

    Attributes:
        order: the structure.
        sources: the name of each input and parameter, by node number.
        weights: the name of each weight that a point gives, by edge number; others keep theirs.
    """

    order: Order
    sources: Mapping[int, str]
    weights: Mapping[int, str] = field(default_factory=dict)

    def at(self, point: Mapping[str, Number]) -> Labels:
        """Label the network at a point; call it within `precision()`."""
        import mpmath

        lifted = {name: _mpf(mpmath, value) for name, value in point.items()}
        xp = _system()
        fed = {j: lifted[n] for j, n in self.sources.items()}
        reading: Reading = read(self.order, fed, xp)
        weights = list(reading.plan.weights)
        for e, name in self.weights.items():
            weights[e] = lifted[name]
        reading.plan.weights = weights
        forward = labeling.feed_forward(reading.plan, reading.sources, xp)
        return Labels(reading.plan, forward)

    def kinks(self, point: Mapping[str, Number], free: Collection[str]) -> Iterator[Point]:
        """Give, for each kink and pole, values of one free name about it, and the pole itself.

        Found by Newton steps in that name, the others fixed; some are close enough to step over
        the kink, some far enough to see what is behind it.
        """
        labels = self.at(point)
        for j, row in enumerate(labels.plan.primitives):
            if row is None or not (row.kink or _has_pole(row, labels.plan.arguments[j])):
                continue
            signs = _signs(row)
            names = [name for name in self._names_before(j, signs) if name in free]
            for name in names[:_MOST_NAMES]:
                yield from self._around(dict(point), j, name, signs)

    def _names_before(self, j: int, signs: tuple[int, ...]) -> list[str]:
        """List the sources on which the slots of a node that count depend."""
        edges, tails = self.order.edges, self.order.tails
        counted = [e for e in self.order.incoming[j] if signs[(edges[e].get("slot") or 0) > 0]]
        waiting = [tails[e] for e in counted]
        seen = set(waiting)
        while waiting:
            for e in self.order.incoming[waiting.pop()]:
                if tails[e] not in seen:
                    seen.add(tails[e])
                    waiting.append(tails[e])
        return [self.sources[i] for i in sorted(seen) if i in self.sources]

    def _around(
        self, point: dict[str, Number], j: int, name: str, signs: tuple[int, ...]
    ) -> Iterator[Point]:
        """Give values of a name about the place where a node's arguments cancel."""
        import mpmath

        point[name] = _mpf(mpmath, point[name])
        for _ in range(_NEWTON_STEPS):
            gap, slope = self._gap(point, j, name, signs)
            if not slope:
                return
            point[name] -= gap / slope
            if abs(point[name]) > _FARTHEST:
                return
            if abs(gap) <= abs(slope) * _STILL:
                break
        at = Fraction(str(round(float(point[name]), 6)))
        width = max(abs(at), Fraction(1)) / 16
        if not signs[0] or signs[1:] == (0,):  # a pole; at a kink the two sides are told apart
            yield {name: at}
        for shift in (width, -width, 4 * width, -4 * width, _CLOSE, -_CLOSE):
            yield {name: at + shift}

    def _gap(
        self, point: Mapping[str, Number], j: int, name: str, signs: tuple[int, ...]
    ) -> tuple[Number, Number]:
        """Measure how far a node is from its kink or pole, and how fast a name changes that."""
        import mpmath

        labels = self.at(point)
        seeds: dict[int, Number] = {}
        gap = mpmath.mpf(0)
        for e in labels.plan.incoming[j]:
            sign = signs[labels.plan.slots[e] > 0]
            weight = labels.plan.weights[e]
            factor = sign if weight is None else sign * weight
            tail = labels.plan.tails[e]
            gap += factor * labels.forward.values[tail]
            seeds[tail] = seeds.get(tail, 0) + factor
        (variable,) = [i for i, n in self.sources.items() if n == name]
        slope = labels.backward(seeds).adjoints[variable]
        finite = mpmath.isfinite(gap) and slope is not None and mpmath.isfinite(slope)
        return (gap, slope) if finite else (gap, 0)


def _has_pole(row: Primitive, arguments: Mapping[str, Number]) -> bool:
    """Tell whether a function lacks a value somewhere, for which zero of an argument is tried."""
    exponent = arguments.get("exponent", -1)
    return bool(row.domain) and not (exponent >= 0 and exponent == int(exponent))


def _signs(row: Primitive) -> tuple[int, ...]:
    """Give the factor of each slot in the sum that is 0 at a kink or a pole."""
    if row.kink:
        return 1, -1
    return (0, 1) if row.name == "div" else (1, 0)


def _mpf(mpmath: Any, value: Number) -> Number:  # noqa: ANN401 - a module without types
    if isinstance(value, Fraction):
        return mpmath.mpf(value.numerator) / value.denominator
    return mpmath.mpf(value)


_RANGES = ((-3, 3), (0, 3), (-1, 1), (0, 1), (1, 6), (-9, 9))


def random_points(names: list[str], seed: int = 0) -> Iterator[dict[str, Fraction]]:
    """Give points without end: short fractions, from several ranges, the same in each run."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets # nosec B311
    while True:
        for low, high in _RANGES:
            yield {n: Fraction(chance.randrange(64 * low + 1, 64 * high), 64) for n in names}


def agree(a: Number, b: Number) -> bool:
    """Tell whether two numbers are equal to 50 digits; near zero, as far as cancellation lets."""
    import mpmath

    return equal(a, b) or bool(max(abs(a), abs(b)) <= mpmath.mpf(10) ** -_NOTHING)


def equal(a: Number, b: Number) -> bool:
    """Tell whether two numbers are equal to 50 digits."""
    import mpmath

    return bool(abs(a - b) <= max(abs(a), abs(b)) * mpmath.mpf(10) ** -DIGITS)


def differ(pair: Callable[[], tuple[Number, Number]]) -> bool:
    """Tell for sure whether two numbers differ in their first 50 digits, however many cancel.

    Args:
        pair: computes both, with the digits that are set.
    """
    import mpmath

    for digits in _SURE:
        with precision(digits):
            a, b = pair()
            lost = max(abs(a), abs(b)) <= mpmath.mpf(10) ** (-digits // 2)
            if not (mpmath.isfinite(a) and mpmath.isfinite(b)) or lost or equal(a, b):
                return False
    return True
