"""Slopes of a network's values, measured without its partials: the oracle for gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rojasgraph.contract import Record
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number, kind
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.numbers.rationals import FRACTION
from rojasgraph.numbers.symbols import sympy_namespace
from rojasgraph.slopes import STEP
from rojasgraph.table import Primitive


class Place(NamedTuple):
    """What is moved: the source j or the weight of edge e, there one element of an array."""

    j: int | None
    e: int | None
    at: tuple[int, ...] = ()


class Slope(NamedTuple):
    """A slope of the values, with the error of its own estimate and how it was measured.

    `scale` is the slope that one of usual size would have there.
    """

    value: Number
    error: Number
    method: str
    tolerance: float
    scale: Number = 1

    def known_to(self, share: float) -> bool:
        """Tell whether the error is below a share of the size (at least of the scale)."""
        return bool(self.error <= share * max(self.scale, abs(self.value)))

    @property
    def is_steady(self) -> bool:
        """Whether the slope is known well enough to prove anything."""
        return self.known_to(100 * self.tolerance)


def _as_it_is(number: Number) -> Number:
    return number


class Oracle:
    """The values of a network as functions of one source or weight; partials are never read."""

    def __init__(self, record: Record, seeds: Mapping[int, Number]) -> None:
        """Choose the number system, the widths of differences and the tolerance."""
        self.record, self.plan, self.seeds = record, record.reading.plan, seeds
        self.base, self.xp = record.forward.values, record.reading.system
        self.unit: Number = float(np.finfo(float).eps)
        self.fed_unit: Number = 0
        self.method, self.tolerance = "central differences", 1e-6
        self.steps: list[Number] = [4.0**-k for k in range(2, 21)]
        if self.xp.name == "sympy expressions":
            message = "check_gradients takes numbers: feed Fractions for exact slopes, no symbols"
            raise ArgumentError(message)
        if self.xp is FRACTION:
            self.unit, self.tolerance = 0, 1e-20
            self.steps = [self.xp.one / (10**30 * 4**k) for k in range(5)]
        elif self.xp.name == "mpmath numbers":
            import mpmath

            self.unit, self.tolerance = +mpmath.mp.eps, 10.0 ** (-mpmath.mp.dps / 3)
            self.method += f", {mpmath.mp.dps} digits"
            self.steps = [mpmath.mpf(10) ** (-mpmath.mp.dps / 3) / 4**k for k in range(5)]
        elif self.xp is not FLOAT and any(kind(v) == "own" for v in self.base):
            message = f"check_gradients takes numbers, not {self.xp.name}: feed their values"
            raise ArgumentError(message)
        elif self.xp is not FLOAT:
            self.fed_unit = max(float(np.finfo(np.asarray(v).dtype).eps) for v in self.base)
            self.tolerance = max(1e-6, 1000 * self.fed_unit)
            is_complex = self.xp.name == "complex numbers"
            self.xp = numpy_namespace(np.dtype(complex if is_complex else float))
        self.fed_unit = self.fed_unit or self.unit
        self._kinked: dict[int, bool] = {}

    # --- values -----------------------------------------------------------------------------

    @cached_property
    def _useful(self) -> set[int]:
        """Number the nodes from which derivatives flow back from the outputs."""
        found = set(self.seeds)
        for j in reversed(range(len(self.base))):
            row = self.plan.primitives[j]
            if j in found and row is not None and row.passes:
                found |= {self.plan.tails[e] for e in self.plan.incoming[j]}
                found |= {
                    self.plan.shared[e] for e in self.plan.incoming[j] if e in self.plan.shared
                }
        return found

    def way(self, place: Place) -> list[int]:
        """List the operations that move with a place, in order; a stopped one does not."""
        heads, plan = self.record.order.heads, self.plan
        edges = [place.e] if place.e is not None else self._from(place.j)
        found: set[int] = set()
        while edges:
            j = heads[edges.pop()]
            row = plan.primitives[j]
            if j in self._useful and j not in found and row is not None and row.passes:
                found.add(j)
                edges += self._from(j)
        return sorted(found)

    def _from(self, j: int | None) -> list[int]:
        return [] if j is None else [*self.plan.outgoing[j], *self.plan.carriers.get(j, ())]

    def value(self, place: Place) -> Number:
        """Give what stands at a place."""
        return self.base[place.j] if place.j is not None else self.plan.weights[place.e or 0]

    def moved(
        self,
        place: Place,
        by: Number,
        xp: Namespace,
        settle: Callable[[Number], Number] = _as_it_is,
        carry: Callable[[Number], Number] = _as_it_is,
    ) -> dict[int, Number]:
        """Compute the outputs that move with a place.

        Each value on the way is settled, and what each edge into it brings is carried.
        """
        value = xp.lift(self.value(place))
        if place.at:
            value = value.copy()
            value[place.at] += by
        else:
            value = value + by
        values = {} if place.j is None else {place.j: value}
        for j in self.way(place):
            weights = None if place.e is None else {place.e: value}
            nets = self._nets(j, values, xp, weights, carry)
            values[j] = settle(self._apply(j, nets, xp))
        return {j: values[j] for j in self.seeds if j in values}

    def _nets(
        self,
        j: int,
        values: Mapping[int, Number],
        xp: Namespace,
        weights: Mapping[int, Number] | None = None,
        carry: Callable[[Number], Number] = _as_it_is,
    ) -> list[Number]:
        """Sum what each slot of a node collects."""

        def at(i: int) -> Number:
            return values[i] if i in values else xp.lift(self.base[i])

        nets: list[Number] = [None] * self.plan.slot_counts[j]
        for e in self.plan.incoming[j]:
            carried, weight = at(self.plan.tails[e]), self.plan.weights[e]
            if e in self.plan.shared:
                carried = at(self.plan.shared[e]) * carried
            elif weight is not None:
                carried = (weights[e] if weights and e in weights else xp.lift(weight)) * carried
            carried, s = carry(carried), self.plan.slots[e]
            nets[s] = carried if nets[s] is None else nets[s] + carried
        return nets

    def _apply(self, j: int, nets: list[Number], xp: Namespace) -> Number:
        row = self.plan.primitives[j]
        assert row is not None  # noqa: S101 - a source does not move with another
        arguments = {name: xp.lift(value) for name, value in self.plan.arguments[j].items()}
        return row.evaluate(xp, row.function, nets, arguments)

    def _weigh(self, changes: Mapping[int, Number]) -> Number:
        """Sum what the outputs have changed by, times their seeds, over all examples."""
        terms = [self.seeds[j] * change for j, change in changes.items()]
        return sum(np.sum(t).item() if isinstance(t, np.ndarray | np.generic) else t for t in terms)

    # --- slopes -----------------------------------------------------------------------------

    def sharp(self, place: Place) -> Slope | None:
        """Measure by complex step, or exactly among Fractions; None where neither applies."""
        rows = [self.plan.primitives[j] for j in self.way(place)]
        if not all(row is not None and row.analytic for row in rows):
            return None
        try:
            if self.xp is FRACTION:
                return self._series(place)
            if self.xp.name in {"floats", "float64 arrays"}:
                outputs = self.moved(place, 1j * STEP, numpy_namespace(np.dtype(complex)))
                slope = self._weigh({j: np.imag(z) for j, z in outputs.items()}) / STEP
                underflow = np.finfo(float).tiny / STEP
                return Slope(slope, underflow, "complex step", max(1e-10, 1000 * self.fed_unit))
        except (TypeError, ValueError, ArithmeticError):  # not analytic, whatever its row says
            pass
        return None

    def _series(self, place: Place) -> Slope | None:
        """Carry a + bε through the network, exactly, and read off what stands at ε."""
        import sympy as sp

        epsilon, xp = sp.Symbol("epsilon"), sympy_namespace()

        def cut(value: Number) -> Number:
            value = sp.sympify(value)
            return value.subs(epsilon, 0) + epsilon * sp.diff(value, epsilon).subs(epsilon, 0)

        outputs = self.moved(place, epsilon, xp, cut)
        slopes = [(xp.lift(self.seeds[j]), sp.diff(v, epsilon)) for j, v in outputs.items()]
        total = sum((seed * slope for seed, slope in slopes), sp.Integer(0))
        if not total.is_Rational:
            return None
        return Slope(Fraction(int(total.p), int(total.q)), 0, "exact", 0.0)

    def differences(self, place: Place, good: Callable[[Slope], bool]) -> Slope:
        """Measure by central differences, extrapolated; take a good one, or the steadiest."""
        size = self._size(place)
        best = Slope(math.nan, math.inf, self.method, self.tolerance, max(1, 1 / size))
        last, steady = math.nan, math.nan
        for h in self.steps:
            slope, noise = self._difference(place, h * size)
            extrapolated = (16 * slope - last) / 15
            error = abs(extrapolated - steady) + noise
            last, steady = slope, extrapolated
            if error < best.error:
                best = best._replace(value=extrapolated, error=error)
                if best.known_to(best.tolerance / 10) and good(best):
                    break
        return best

    def _size(self, place: Place) -> Number:
        """Give the unit of a place's moves: its size (at least 1), unless others move more.

        A move by one unit moves nothing that edges on the way carry by more than its own size (at
        least 1). So a step leaps a kink only where the kink is near for the operation that has it.
        """
        size = max(1, abs(self._element(place)))
        h = self.steps[-1] * size
        above: list[Number] = []
        below: list[Number] = []
        try:
            self.moved(place, h, self.xp, carry=_noting(above))
            self.moved(place, -h, self.xp, carry=_noting(below))
        except (DomainError, ArithmeticError):
            return size
        shares = [_largest(a - b, a) / (2 * h) for a, b in zip(above, below, strict=True)]
        share = max((s for s in shares if self.xp.isfinite(s)), default=0)
        return 1 / share if share * size > 1 else size

    def _element(self, place: Place) -> Number:
        value = self.value(place)
        return value[place.at] if place.at else value

    def _difference(self, place: Place, h: Number) -> tuple[Number, Number]:
        """Give a central difference, and what rounding errors may have put into it."""
        x = self.xp.lift(self._element(place))
        width = (x + h) - (x - h)
        if not width:
            return math.nan, math.inf
        try:
            above, below = self.moved(place, h, self.xp), self.moved(place, -h, self.xp)
            noise = self._noise(place, h, above) + self._noise(place, -h, below)
        except (DomainError, ArithmeticError):
            return math.nan, math.inf
        return self._weigh({j: above[j] - below[j] for j in above}) / width, noise / abs(width)

    def _noise(self, place: Place, by: Number, still: Mapping[int, Number]) -> Number:
        """Estimate the rounding errors of the outputs: move each number in its last place."""
        if not self.unit:
            return 0
        tremble = Tremble(self.unit)
        outputs = self.moved(place, by, self.xp, tremble, tremble)
        return sum(
            np.sum(abs(self.seeds[j]) * (abs(v - still[j]) + self.unit * abs(v)))
            for j, v in outputs.items()
        )

    def kinks(self, place: Place) -> list[int]:
        """List the operations on the way whose slopes on the two sides differ, by their values."""
        for j in self.way(place):
            if j not in self._kinked:
                self._kinked[j] = self._has_kink(j)
        return [j for j in self.way(place) if self._kinked[j]]

    def _has_kink(self, j: int) -> bool:
        """Tell whether one-sided slopes stay apart, or the slope grows, as the step shrinks."""
        nets = self._nets(j, {}, self.xp)
        here = self._apply(j, nets, self.xp)
        for s, x in enumerate(nets):
            apart: Number = math.inf
            steep: Number = math.inf
            for h in self.steps[len(self.steps) // 4 :]:
                d = h * np.maximum(1, abs(x)) if isinstance(x, np.ndarray) else h * max(1, abs(x))
                try:
                    above, below = (
                        self._apply(j, [*nets[:s], x + move, *nets[s + 1 :]], self.xp)
                        for move in (d, -d)
                    )
                except (DomainError, ArithmeticError):
                    continue
                flatter, steep = steep, abs(above - below) / d
                wider, apart = apart, abs(above - 2 * here + below) / d
                noise = 64 * self.unit * (abs(here) + abs(x) * steep) / d
                stays_apart = (apart > wider / 2) & (apart > noise)
                if np.any(stays_apart | ((steep > 2 * flatter) & (steep > noise))):
                    return True
        return False


def _noting(found: list[Number]) -> Callable[[Number], Number]:
    """Give a function that writes down what passes."""

    def note(number: Number) -> Number:
        found.append(number)
        return number

    return note


def _largest(move: Number, number: Number) -> Number:
    """Give a move as a share of the number that is moved (at least of 1); of arrays the largest."""
    if isinstance(move, np.ndarray):
        return np.max(abs(move) / np.maximum(1, abs(number)), initial=0).item()
    return abs(move) / max(1, abs(number))


_MOVES = (-5, -4, -3, 3, 4, 5)
"""By how many last places; several sizes, so that two moves seldom cancel each other."""


class Tremble:
    """Move numbers in their last place, up or down; the same in every run."""

    def __init__(self, unit: Number) -> None:
        """Take the unit in the last place, and start the signs anew."""
        self.unit, self.random = unit, np.random.default_rng(0)

    def __call__(self, value: Number) -> Number:
        """Move a number, or each of an array."""
        moves = self.random.choice(_MOVES, np.shape(value))
        shaken = moves if isinstance(value, np.ndarray) else int(moves)
        return value * (1 + shaken * self.unit)

    def row(self, row: Primitive) -> Primitive:
        """Let both halves of a node tremble."""

        def partials(*operands: Any, **arguments: Any) -> tuple[Number, ...]:  # noqa: ANN401
            return tuple(map(self, row.partials(*operands, **arguments)))

        def function(*operands: Any, **arguments: Any) -> Number:  # noqa: ANN401
            return self(row.function(*operands, **arguments))

        return replace(row, function=function, partials=partials)
