"""Straighten links: move elements across the flow until the links' drops are least in sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import inf

from rojasgraph.drawing.layout.alignment import Straights
from rojasgraph.drawing.layout.columns import BESIDE
from rojasgraph.drawing.layout.isotonic import rising
from rojasgraph.drawing.layout.levels import BLOCK, TOP, Levels
from rojasgraph.drawing.layout.simplex import SLACK, Arrows, shorten

_WORK = 250_000
"""Steps of the network simplex: a quarter of a second, enough for a few hundred blocks."""

_WEIGHTS = (8.0, 2.0, 1.0)
"""What a point of drop costs, by how many ends of a segment are blocks."""

_FRAME_WEIGHT = 1.0
"""What a point of a group's breadth costs."""

_BREADTH_WEIGHT = 1.0
"""What a point of the whole breadth costs."""

_ROUNDS = 3
"""How often what is between links is centered."""


def straighten(levels: Levels, straights: Straights, axes: list[float]) -> list[float]:
    """Move elements across the flow so that the sum of all drops is least.

    Where that leaves a choice, a block stands in the middle between its neighbors, and the bend
    or the label of a short link where the link falls or rises evenly.

    Args:
        levels: the levels, in order.
        straights: the segments that can be straight. Those of borders are and stay so.
        axes: where the axis of each element is, in points.

    Returns:
        The new axes, in points.

    Source: Gansner, Koutsofios, North and Vo, A technique for drawing directed graphs (1993).
    """
    bodies = _Bodies(levels, straights.rigid, axes)
    bodies.shorten()
    for _ in range(_ROUNDS):
        bodies.center_sides()
        bodies.center()
    bodies.even_out()
    return [bodies.places[body] for body in bodies.of]


@dataclass(frozen=True, slots=True)
class _Pull:
    """Something that wants two bodies to be in line.

    Attributes:
        first: a body.
        second: another one, after it along the flow.
        drop: how far the second is to be below the first.
        weight: how much that matters.
        knee: a body between them that may lie anywhere between; -1 for none.
    """

    first: int
    second: int
    drop: float
    weight: float
    knee: int = -1


@dataclass(frozen=True, slots=True)
class _Knee:
    """A body that is one bend or one label of a link between two others.

    Attributes:
        entering: what pulls it to the body before it.
        leaving: what pulls it to the body after it.
        share: which part of the drop is to be before it, where the link falls.
    """

    entering: _Pull
    leaving: _Pull
    share: float


class _Bodies:
    """Elements, those of a border taken together, and what acts between them."""

    def __init__(self, levels: Levels, rigid: list[tuple[int, int]], axes: list[float]) -> None:
        leader = list(range(len(axes)))
        for first, second in rigid:  # level by level: the first one's leader is known
            if levels.kinds[first] >= TOP:  # long links may bend, which makes drawings smaller
                leader[second] = leader[first]
        number = {element: body for body, element in enumerate(dict.fromkeys(leader))}
        self.of = [number[element] for element in leader]
        """The body of each element."""
        self.places = [axes[element] for element in number]
        self.above: list[dict[int, float]] = [{} for _ in number]
        """For each body those right above it, and the least distance of their axes."""
        self.below: list[dict[int, float]] = [{} for _ in number]
        """For each body those right below it, and the least distance of their axes."""
        self.lines = [[self.of[element] for element in row] for row in levels.rows]
        """The bodies of each row, in order."""
        for row in levels.rows:
            for one, other in pairwise(row):
                upper, lower = self.of[one], self.of[other]
                gap = max(levels.gap(one, other), self.below[upper].get(lower, 0.0))
                self.below[upper][lower] = self.above[lower][upper] = gap
        self.rows = [levels.row[element] for element in number]
        """The first row of each body."""
        self.pulls = list(self._pulled(levels))
        self.frames = [
            _Pull(self.of[tops[0]], self.of[bottoms[0]], 0.0, _FRAME_WEIGHT)
            for tops, bottoms in levels.borders.values()
        ]
        self.knees = self._bent(levels)
        self.entering: list[list[_Pull]] = [[] for _ in number]
        self.leaving: list[list[_Pull]] = [[] for _ in number]
        for pull in self._direct():
            self.leaving[pull.first].append(pull)
            self.entering[pull.second].append(pull)

    def _pulled(self, levels: Levels) -> Iterator[_Pull]:
        segments, kinds = levels.segments, levels.kinds
        for tail, head, out, into in zip(
            segments.tails, segments.heads, segments.outs, segments.intos, strict=True
        ):
            first, second = self.of[tail], self.of[head]
            if first != second:
                weight = _WEIGHTS[(kinds[tail] == BLOCK) + (kinds[head] == BLOCK)]
                yield _Pull(first, second, out - into, weight)

    def _bent(self, levels: Levels) -> dict[int, _Knee]:
        """Find the bodies that are one element of a link."""
        entering = {pull.second: pull for pull in self.pulls}
        leaving = {pull.first: pull for pull in self.pulls}
        size = Counter(self.of)
        knees = {}
        for element, kind in enumerate(levels.kinds):
            body = self.of[element]
            if BLOCK < kind < TOP and size[body] == 1 and body in entering and body in leaving:
                share = BESIDE / (2 * BESIDE + levels.lengths[element])
                knees[body] = _Knee(entering[body], leaving[body], share)
        return knees

    def _direct(self) -> Iterator[_Pull]:
        """List all pulls, but one for the two at each knee between bodies that are none."""
        for pull in self.pulls:
            if pull.second in self.knees and pull.first not in self.knees:
                after = self.knees[pull.second].leaving
                if after.second not in self.knees:
                    drop, weight = pull.drop + after.drop, min(pull.weight, after.weight)
                    yield _Pull(pull.first, after.second, drop, weight, pull.second)
                    continue
            before = self.knees[pull.first].entering if pull.first in self.knees else None
            if before is None or before.first in self.knees or pull.second in self.knees:
                yield pull

    def shorten(self) -> None:
        """Make the weighted sum of all distances from straight least."""
        arrows, places = Arrows(), self.places.copy()
        for upper, gaps in enumerate(self.below):
            for lower, gap in gaps.items():
                arrows.add(upper, lower, gap)
        for pull in [*self.pulls, *self.frames]:
            arrows.add(len(places), pull.first, -pull.drop, pull.weight)
            arrows.add(len(places), pull.second, 0.0, pull.weight)
            places.append(min(places[pull.first] + pull.drop, places[pull.second]))
        top, bottom = len(places), len(places) + 1
        extents = [(line[0], line[-1]) for line in self.lines if line]
        places += [
            min(self.places[first] for first, _ in extents),
            max(self.places[last] for _, last in extents),
        ]
        for first, last in extents:
            arrows.add(top, first, 0.0)
            arrows.add(last, bottom, 0.0)
        arrows.add(top, bottom, 0.0, _BREADTH_WEIGHT)
        self.places = shorten(places, arrows, _WORK)[: len(self.places)]

    def center(self) -> None:
        """Move bodies to the middle of where the links into them, or out of them, cost the same.

        With a body goes all that is in line with it, but for these links.
        """
        for ends in (self.entering, self.leaving):
            for body, pulls in enumerate(ends):
                if len(pulls) > 1:
                    line = self._line(body, pulls)
                    if not any(pull.first in line and pull.second in line for pull in pulls):
                        self._move(line, _middle(self._ways(line)))

    def _line(self, body: int, barred: list[_Pull]) -> dict[int, None]:
        """List what is in line with a body."""
        line = {body: None}
        bars = {id(pull) for pull in barred}
        stack = [body]
        while stack:
            here = stack.pop()
            for pull in (*self.entering[here], *self.leaving[here]):
                if id(pull) not in bars and abs(self._way(pull)) < SLACK:
                    for other in (pull.first, pull.second):
                        if other not in line:
                            line[other] = None
                            stack.append(other)
                    self._take_knee(pull, line)
        return line

    def _take_knee(self, pull: _Pull, line: dict[int, None]) -> None:
        if pull.knee >= 0 and abs(self._way(self.knees[pull.knee].entering)) < SLACK:
            line[pull.knee] = None

    def center_sides(self) -> None:
        """Move all that lies after a level to the middle of where its links cost the same."""
        cut: list[list[_Pull]] = [[] for _ in range(max(self.rows, default=0) + 1)]
        for pulls in self.leaving:
            for pull in pulls:
                for row in range(self.rows[pull.first] + 1, self.rows[pull.second] + 1):
                    cut[row].append(pull)
        for row, pulls in enumerate(cut):
            step = _middle([(-self._way(pull), pull.weight) for pull in pulls])
            if step:
                step = self._room(step, row)
                for body, first in enumerate(self.rows):
                    if first >= row:
                        self.places[body] += step

    def _room(self, step: float, row: int) -> float:
        """Say how much of a step all from a row on can move; only frames span rows."""
        for body in (end for frame in self.frames for end in (frame.first, frame.second)):
            moves = self.rows[body] >= row
            for others, sign in ((self.below, 1), (self.above, -1)):
                for other, gap in others[body].items():
                    if (self.rows[other] >= row) != moves:
                        free = abs(self.places[other] - self.places[body]) - gap
                        step = min(step, free) if moves == (sign > 0) else max(step, -free)
        return step

    def _way(self, pull: _Pull) -> float:
        """Say how far down the first body of a pull wants to go."""
        return self.places[pull.second] - self.places[pull.first] - pull.drop

    def _ways(self, line: dict[int, None]) -> list[tuple[float, float]]:
        """List how far down a set is pulled, and the weights of that."""
        ways = []
        for body in line:
            ways += [(self._way(p), p.weight) for p in self.leaving[body] if p.second not in line]
            ways += [(-self._way(p), p.weight) for p in self.entering[body] if p.first not in line]
        return ways

    def even_out(self) -> None:
        """Let the bends of short links divide their drops, so that the links are smooth."""
        for row in self.lines:
            run: list[int] = []
            upper = -1
            for body in [*row, -1]:
                if body in self.knees:
                    run.append(body)
                    continue
                if run:
                    self._settle(run, upper, body)
                    run = []
                upper = body

    def _settle(self, run: list[int], upper: int, lower: int) -> None:
        """Put neighbors as close to where they should be as two others, or -1, leave them room."""
        places = self.places
        offsets = [0.0, *accumulate(self.below[one][other] for one, other in pairwise(run))]
        low = places[upper] + self.below[upper][run[0]] if upper >= 0 else -inf
        high = places[lower] - self.below[run[-1]][lower] - offsets[-1] if lower >= 0 else inf
        wishes = []
        for body, offset in zip(run, offsets, strict=True):
            knee = self.knees[body]
            before = places[knee.entering.first] + knee.entering.drop
            after = places[knee.leaving.second] - knee.leaving.drop
            share = knee.share if after > before else 1 - knee.share
            wishes.append(before + share * (after - before) - offset)
        found = rising([min(max(wish, low), high) for wish in wishes])
        for body, place, offset in zip(run, found, offsets, strict=True):
            places[body] = place + offset

    def _move(self, line: dict[int, None], step: float) -> None:
        """Move a set down by a step, or as far as there is room."""
        places = self.places
        for body in line:
            if step > 0:
                rooms = [
                    places[other] - gap
                    for other, gap in self.below[body].items()
                    if other not in line
                ]
                step = min([step, *(room - places[body] for room in rooms)])
            else:
                rooms = [
                    places[other] + gap
                    for other, gap in self.above[body].items()
                    if other not in line
                ]
                step = max([step, *(room - places[body] for room in rooms)])
        for body in line:
            places[body] += step


def _middle(ways: list[tuple[float, float]]) -> float:
    """Say how far to go, up or down, to the middle of what costs no more than to stay."""
    if any(abs(way) < SLACK and weight == _WEIGHTS[0] for way, weight in ways):
        return 0.0  # a long link stays straight
    whole = sum(weight for _, weight in ways)
    onward = [(way, weight) for way, weight in ways if way > SLACK]
    back = [(way, weight) for way, weight in ways if way < -SLACK]
    step = 0.0
    if onward and 2 * sum(weight for _, weight in onward) >= whole:
        step += min(onward)[0] / 2
    if back and 2 * sum(weight for _, weight in back) >= whole:
        step += max(back)[0] / 2
    return step
