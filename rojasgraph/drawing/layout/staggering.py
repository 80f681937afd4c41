"""Stand labels on straight lines between two layers, none upon another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rojasgraph.drawing.layout.placement import Point

_PLACES = 33
"""How many places are tried along each line."""

_FREE = 5.0, 2.0
"""What stays free between two labels along the flow, and across it, in points."""

_SEARCHES = 8
"""How often each label is moved, on average, to make room for all."""

_ROUNDS = 4
"""How often each label looks for a place with fewer lines beneath."""

_NEAR = 4.0
"""How far from a label's middle another line counts half, in points."""

_OFF = 0.08
"""Which part of a line stays free at each end."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A straight line from one layer to the next, and the label that is to stand on it.

    Attributes:
        start: where it begins.
        end: where it ends, farther right.
        width: of the label; 0 for none.
        height: of the label; 0 for none.
    """

    start: Point
    end: Point
    width: float = 0.0
    height: float = 0.0


def staggered(stretches: Sequence[Stretch], gap: float, shore: float) -> list[Point | None] | None:
    """Find places on lines for the middles of their labels.

    Args:
        stretches: the lines in a gap between two layers, which begins at x = 0.
        gap: where it ends.
        shore: what stays free between a label and the layers.

    Returns:
        The middle of each label, on its line, None where there is none; all labels apart, and
        where there is a choice, other lines far from it. None if there is not room for all.

    >>> staggered([Stretch((0, 0), (100, 0), 20, 10), Stretch((0, 30), (100, 30))], 100, 6)
    [(50.0, 0.0), None]
    """
    labeled = [number for number, s in enumerate(stretches) if s.width or s.height]
    places: list[Point | None] = [None] * len(stretches)
    if not labeled:
        return places
    ends = np.array([(*s.start, *s.end) for s in stretches])
    choice = _Choice(ends[labeled], [stretches[i] for i in labeled], gap, shore)
    if not choice.settle():
        return None
    choice.improve(ends, np.array(labeled))
    for number, point in zip(labeled, choice.points(), strict=True):
        places[number] = point
    return places


class _Choice:
    """For each label one of the places along its line, or none yet (-1)."""

    def __init__(
        self, ends: Floats, stretches: Sequence[Stretch], gap: float, shore: float
    ) -> None:
        x0, y0, x1, y1 = (column[:, None] for column in ends.T)
        self.widths = np.array([s.width for s in stretches])
        self.heights = np.array([s.height for s in stretches])
        half = self.widths[:, None] / 2 + shore
        off = _OFF * (x1 - x0)
        low, high = np.maximum(half, x0 + off), np.minimum(gap - half, x1 - off)
        shares = np.linspace(0.0, 1.0, _PLACES)[None, :]
        self.roomy = bool(np.all(low <= high))
        self.x = low + shares * (high - low)
        self.y = y0 + (y1 - y0) * (self.x - x0) / (x1 - x0)
        self.cost = np.broadcast_to(np.abs(shares - 0.5), self.x.shape).copy()
        self.chosen = np.full(len(stretches), -1)
        self.at_x = np.full(len(stretches), np.inf)
        self.at_y = np.full(len(stretches), np.inf)

    def settle(self) -> bool:
        """Give all labels places where none is upon another, if that can be found."""
        if not self.roomy:
            return False
        waiting = list(range(len(self.x)))
        moves = np.zeros(len(self.x))
        left = _SEARCHES * len(waiting)
        for label in waiting:  # grows while it is walked
            met = self._met(label)
            weight = met @ (1.0 + moves)
            place = int(np.lexsort((self.cost[label], weight))[0])
            for other in np.flatnonzero(met[place]):
                self._put(int(other), -1)
                moves[other] += 1
                waiting.append(int(other))
            self._put(label, place)
            left -= 1
            if left < 0:
                return False
        return True

    def improve(self, ends: Floats, own: NDArray[np.int64]) -> None:
        """Move labels to where other lines run farther away."""
        self.cost += self._beset(ends, own)
        for _ in range(_ROUNDS):
            moved = False
            for label, chosen in enumerate(self.chosen.tolist()):
                free = ~self._met(label).any(axis=1)
                costs = np.where(free, self.cost[label], np.inf)
                place = int(np.argmin(costs))
                if costs[place] < self.cost[label, chosen]:
                    self._put(label, place)
                    moved = True
            if not moved:
                return

    def points(self) -> list[Point]:
        """Give the places that were chosen."""
        return [(float(x), float(y)) for x, y in zip(self.at_x, self.at_y, strict=True)]

    def _put(self, label: int, place: int) -> None:
        self.chosen[label] = place
        self.at_x[label] = self.x[label, place] if place >= 0 else np.inf
        self.at_y[label] = self.y[label, place] if place >= 0 else np.inf

    def _met(self, label: int) -> NDArray[np.bool_]:
        """Say for each place of a label which other labels it would touch."""
        across = np.abs(self.x[label][:, None] - self.at_x[None, :])
        down = np.abs(self.y[label][:, None] - self.at_y[None, :])
        met: NDArray[np.bool_] = across < (self.widths[label] + self.widths) / 2 + _FREE[0]
        met &= down < (self.heights[label] + self.heights) / 2 + _FREE[1]
        met[:, label] = False
        return met

    def _beset(self, ends: Floats, own: NDArray[np.int64]) -> Floats:
        """Say for each place how near to its middle lines of others run: each counts 1 at most."""
        sum_ = np.zeros(self.x.shape)
        for number, (x0, y0, x1, y1) in enumerate(ends):
            slope = (y1 - y0) / (x1 - x0)
            squared = (y0 + slope * (self.x - x0) - self.y) ** 2 / (1 + slope**2)
            near = 1.0 / (1.0 + squared / _NEAR**2)
            near[own == number] = 0.0
            sum_ += near
        return sum_
