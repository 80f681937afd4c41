"""Hold backpropagation against the slopes of the network's values, measured without partials."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from rojasgraph import labeling, numbers
from rojasgraph.contract import Record, edge_text
from rojasgraph.derivation.oracle import Oracle, Place, Slope, Tremble
from rojasgraph.errors import ArgumentError, WrongGradient
from rojasgraph.gradient import Gradient
from rojasgraph.network import Network, by_name, gradient_of, numbered_seeds, pull_back, record_of
from rojasgraph.numbers.kinds import Number, is_complex, kind
from rojasgraph.numbers.multiprecision import mpmath_namespace
from rojasgraph.order import EdgeName

MOST_ELEMENTS = 32
"""Of a larger array, so many elements are checked, drawn at random (the same in every run)."""

MOST_ROWS = 20
"""So many rows of the table stand in an error's message."""


@dataclass(frozen=True)
class Row:
    """One line of the table: a source or weighted edge, at its worst element if it is an array.

    Attributes:
        place: the source's name, or the edge as (tail, head, key).
        name: how the table writes it.
        computed: the derivative from backpropagation.
        expected: the slope of the values; nan where there is none.
        relative_error: their distance relative to the larger of them; inf where one is nan.
        error: how far `expected` may be off by its own estimate.
        method: how it was measured.
        agrees: the verdict; None where the slope proves nothing, and `note` says why.
        note: a kink, noise, or how many elements of an array were checked.
    """

    place: Hashable | EdgeName
    name: str
    computed: Number
    expected: Number
    relative_error: float
    error: float
    method: str
    agrees: bool | None
    note: str = ""


class Report(Mapping[Any, Row]):
    """The table of a check: a mapping from sources and weighted edges to rows; prints as text.

    Attributes:
        rows: all rows, the worst first; where a node has the name of an edge, both are here.
    """

    def __init__(self, rows: list[Row]) -> None:
        """Sort the rows: wrong ones first, then undecided ones, by relative error."""
        self.rows = tuple(sorted(rows, key=_badness, reverse=True))
        self._by_place = {row.place: row for row in reversed(rows)}

    def __getitem__(self, place: Hashable) -> Row:
        """Give the row of a source, or of an edge (tail, head, key)."""
        if place not in self._by_place:
            message = f"{place!r} was not checked; there are: {list(self._by_place)[:MOST_ROWS]}"
            raise KeyError(message)
        return self._by_place[place]

    def __iter__(self) -> Iterator[Any]:
        """Go over sources and edges, the worst first."""
        return iter(dict.fromkeys(row.place for row in self.rows))

    def __len__(self) -> int:
        """Count the sources and edges."""
        return len(self._by_place)

    def __str__(self) -> str:
        """Write the table."""
        return self.table()

    def table(self, most: int | None = None) -> str:
        """Write the table, the worst first; at most so many rows, and how many more there are."""
        head = ("node or edge", "computed", "expected", "relative error", "method", "")
        lines = [head, *map(_cells, self.rows[:most])]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        more = len(self.rows) - len(lines) + 1
        return "\n".join([*text, f"… and {more} more rows"] if more else text)


def _badness(row: Row) -> tuple[int, float]:
    return {False: 2, None: 1, True: 0}[row.agrees], row.relative_error


def _cells(row: Row) -> tuple[str, ...]:
    numerals = (_numeral(row.computed), _numeral(row.expected), f"{row.relative_error:.2g}")
    return row.name, *numerals, row.method, row.note


def _numeral(x: Number) -> str:
    if kind(x) in {"exact", "fraction"} and len(str(x)) <= MOST_ROWS:
        return str(x)
    if isinstance(x, Fraction):
        return f"{Decimal(x.numerator) / x.denominator:.12g}"
    return f"{complex(x) if is_complex(x) else float(x):.12g}"


def check_gradients(  # noqa: PLR0913 - options of one question
    net: Network,
    inputs: Mapping[Any, Number] | None = None,
    /,
    *,
    outputs: Any = None,  # noqa: ANN401 - a node name is any hashable
    seed: Number = 1.0,
    digits: int | None = None,
    tolerance: float | None = None,
    **named: Number,
) -> Report:
    """Compare the gradient with the slopes of the values, by every source and weighted edge.

    The slopes come from the primitives' functions alone. Values that `stop_gradient` holds back
    are kept as they are. A batch counts as the seeded sum over its examples; of arrays with more
    than 32 elements, 32 are drawn. The method, and the relative error that it allows:

    - floats, where all operations on the way are analytic: complex step, 1e-10 (for shorter
      floats 1000 units in the last place);
    - other floats: central differences of many widths, none wider than what they move can bear,
      extrapolated, the steadiest taken; 1e-6, and ten times the error estimate (`Row.error`);
    - Fractions: exactly, by a series in ε that is cut off after each operation, 0; where an
      operation has a kink, central differences of width 10⁻³⁰, 1e-20;
    - mpmath numbers, and everything with `digits`: central differences of widths about
      10^(−digits/3); as much.

    Rounding in backpropagation itself is allowed for: where the two differ, it is run again with
    every value and partial moved in its last place. A difference at a kink, and a slope without
    a steady estimate, are no verdict: `agrees` is None there and `note` says why.

    Args:
        net: the network; its labels are not touched.
        inputs: values by node name, as `feed_forward` takes them.
        outputs: what to differentiate, as `backpropagate` takes it.
        seed: what the backward pass starts from.
        digits: compute with mpmath numbers of so many digits.
        tolerance: the relative error to allow, in place of each method's own.
        **named: more inputs; those named like an option go into `inputs`.

    Returns:
        The table, the worst first; no row of it is wrong.

    Raises:
        WrongGradient: at least one derivative is wrong; the message is the table, `.report` all
            of it.
        ArgumentError: symbols were fed, or a batch together with `digits`; an output is no node.
        GraphError, MissingValue: as `feed_forward` raises them.

    Source: Squire and Trapp, Using complex variables to estimate derivatives (1998); Ridders,
    Accurate computation of F′(x) and F′(x)F″(x) (1982).

    >>> from rojasgraph.formula import parse
    >>> net = Network.from_expressions(parse("x*y + x").named("e"))
    >>> print(check_gradients(net, x=2.0, y=3.0))
    node or edge  computed  expected  relative error  method
    'x'           4         4         0               complex step
    'y'           2         2         0               complex step
    """
    work, fed = net.copy(), by_name(inputs, named)
    precision: Any = nullcontext()
    if digits is not None:
        import mpmath

        precision = mpmath.workdps(digits)
    with precision, np.errstate(all="ignore"):
        if digits is not None:
            fed = _in_mpmath(work, fed)
        work.feed_forward(fed)
        seeds = numbered_seeds(work, record_of(work), outputs, seed)
        report = Report(list(_Check(record_of(work), seeds, tolerance).rows()))
    if any(row.agrees is False for row in report.rows):
        wrong = sum(row.agrees is False for row in report.rows)
        counted = f"{wrong} of {len(report.rows)} derivatives are not the slope of the values"
        raise WrongGradient(f"{counted}:\n{report.table(MOST_ROWS)}", report)
    return report


def _in_mpmath(work: Network, fed: dict[Any, Number]) -> dict[Any, Number]:
    """Lift what is fed, and what the sources of a copy carry, into mpmath numbers."""

    def lifted(name: Hashable, value: Number) -> Number:
        try:
            return lift(numbers.as_number(value))
        except TypeError as error:
            message = f"{name!r} with digits=: {error}; feed one example, of plain numbers"
            raise ArgumentError(message) from None

    lift = mpmath_namespace().lift
    for name, node in work.nodes(data=True):
        if node.get("op") in {"parameter", "constant"} and node.get("value") is not None:
            node["value"] = lifted(name, node["value"])
    return {name: lifted(name, value) for name, value in fed.items()}


class _Check:
    """The comparison of one gradient with the oracle."""

    def __init__(
        self, record: Record, seeds: Mapping[int, Number], tolerance: float | None
    ) -> None:
        """Keep what to compare."""
        self.record, self.seeds, self.tolerance = record, seeds, tolerance
        self.oracle = Oracle(record, seeds)

    def rows(self) -> Iterator[Row]:
        """Check every input, parameter and weighted edge."""
        order = self.record.order
        _, gradient = pull_back(self.record, self.seeds)
        for name, computed in gradient.items():
            yield self._worst(Place(order.number[name], None), name, repr(name), computed)
        edges = {edge: e for e, edge in enumerate(order.edge_names)}
        for edge, computed in gradient.edges.items():
            e = edges[edge]
            yield self._worst(Place(None, e), edge, edge_text(order, e), computed)

    def _worst(self, place: Place, label: Hashable, name: str, computed: Number) -> Row:
        """Check all elements of an array, or a random choice; give the worst."""
        places, note = [place], ""
        if isinstance(computed, np.ndarray) and computed.ndim:
            indices = list(np.ndindex(computed.shape))
            if len(indices) > MOST_ELEMENTS:
                chosen = np.random.default_rng(0).choice(len(indices), MOST_ELEMENTS, replace=False)
                note = f"{MOST_ELEMENTS} of {len(indices)} elements checked"
                indices = [indices[i] for i in sorted(chosen)]
            places = [place._replace(at=index) for index in indices]
        rows = [
            self._row(p, label, name, computed[p.at].item() if p.at else computed) for p in places
        ]
        if not rows:
            return Row(label, name, 0.0, 0.0, 0.0, 0.0, "no path", agrees=True, note="no elements")
        worst = max(rows, key=_badness)
        return replace(worst, note="; ".join(filter(None, [worst.note, note])))

    def _row(self, place: Place, label: Hashable, name: str, computed: Number) -> Row:
        """Compare one derivative with its slope."""
        slope = self._slope(place, computed)
        agrees, note = self._verdict(place, computed, slope)
        if place.at:
            name += f" [{', '.join(map(str, place.at))}]"
        relative = _relative(computed, slope.value)
        error = float(slope.error)
        return Row(label, name, computed, slope.value, relative, error, slope.method, agrees, note)

    def _slope(self, place: Place, computed: Number) -> Slope:
        """Measure; what contradicts the gradient counts only if differences confirm it."""
        if not self.oracle.way(place) and place.j not in self.seeds:
            return Slope(0.0, 0, "no path", 0.0)

        def good(slope: Slope) -> bool:
            return self._within(computed, slope)

        sharp = self.oracle.sharp(place)
        if sharp is not None and good(sharp):
            return sharp
        rough = self.oracle.differences(place, good)
        if sharp is not None and _apart(sharp.value, rough.value) <= _allowed(sharp.value, rough):
            return sharp
        return rough

    def _within(self, computed: Number, slope: Slope) -> bool:
        allowed = _allowed(computed, slope, self.tolerance)
        return slope.is_steady and bool(_apart(computed, slope.value) <= allowed < math.inf)

    def _verdict(self, place: Place, computed: Number, slope: Slope) -> tuple[bool | None, str]:
        if self._within(computed, slope):
            return True, ""
        kinks = self.oracle.kinks(place)
        if kinks:
            names = ", ".join(repr(self.record.order.names[j]) for j in kinks[:3])
            return None, f"kink near {names}"
        distance, finite = _apart(computed, slope.value), self.oracle.xp.isfinite
        if not finite(slope.value):
            return None, "the values have no slope around this point"
        if not slope.is_steady and not (finite(computed) and distance > 100 * slope.error):
            return None, f"no steady slope: ± {float(slope.error):.1g}"
        rounding = self._rounding(place, computed)
        if distance <= _allowed(computed, slope, self.tolerance) + rounding:
            return True, f"within rounding, ± {float(rounding):.1g}"
        return False, ""

    def _rounding(self, place: Place, computed: Number) -> Number:
        """Estimate the rounding error of a derivative from runs of both passes that tremble."""
        order, found = self.record.order, [0]
        for gradient in self._trembling:
            if place.j is not None:
                label = gradient[order.names[place.j]]
            else:
                label = gradient.edges[order.edge_names[place.e or 0]]
            found.append(_apart(label[place.at] if place.at else label, computed))
        return 8 * max(x for x in found if x == x)  # noqa: PLR0124 - nan allows nothing

    @cached_property
    def _trembling(self) -> list[Gradient]:
        """Run both passes twice more, every value and partial moved in its last place."""
        order, reading = self.record.order, self.record.reading
        if not self.oracle.fed_unit:
            return []
        tremble = Tremble(self.oracle.fed_unit)
        rows = [row and tremble.row(row) for row in reading.plan.primitives]
        shaken = replace(reading, plan=replace(reading.plan, primitives=rows))
        found = []
        for _ in range(2):
            with np.errstate(all="ignore"):  # the first run has warned
                forward = labeling.feed_forward(shaken.plan, shaken.sources, shaken.system)
                again = Record(order, shaken, forward)
                backward = labeling.backpropagate(shaken.plan, forward, self.seeds, shaken.system)
                found.append(gradient_of(again, backward))
        return found


def _apart(a: Number, b: Number) -> Number:
    return 0 if a == b else abs(a - b)


def _allowed(computed: Number, slope: Slope, tolerance: float | None = None) -> Number:
    tolerance = slope.tolerance if tolerance is None else tolerance
    larger = max(abs(computed), abs(slope.value))
    if isinstance(larger, Fraction):
        return Fraction(tolerance) * larger + 10 * slope.error
    return tolerance * larger + 10 * slope.error


def _relative(computed: Number, expected: Number) -> float:
    apart = _apart(computed, expected)
    if not apart:
        return 0.0
    if apart != apart:  # noqa: PLR0124 - one is nan
        return math.inf
    relative = float(apart / max(abs(computed), abs(expected)))
    return relative if math.isfinite(relative) else math.inf
