"""Simulated annealing over vertex orders."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from rojasgraph.analysis.elimination.masks import Masks, eliminate

MOST_VERTICES = 10_000
"""How many vertices the search takes: a neighbor set has a bit for each."""

_MOVES = 300_000
_WORK = 300_000_000
"""The default number of moves, and what they may cost together, counted in neighbors."""

_KEPT = 512
"""For how many places of the order the neighbor sets are kept, about: all of a small graph's."""

_COLDEST = 1 / 20
"""The last temperature, as a part of the first."""

_SHIFTS = 0.75
"""How many of the moves are shifts; the others are swaps."""


@dataclass(slots=True)
class Annealing:
    """An order of elimination and its cost, changed move by move.

    What is left after some vertices are gone does not depend on the order in which they went. So a
    move that changes the places from `low` to `high` changes the cost there only, and what is left
    at `low` is kept.

    Attributes:
        masks: the graph.
        order: the vertices, in the present order.
        costs: what each elimination costs, by place.
        kept: copies of the neighbor sets at every `stride`-th place.
        stride: the distance of these places.
        neighbors: how many all the vertices had together when they went.
    """

    masks: Masks
    order: list[int]
    costs: list[int] = field(default_factory=list)
    kept: list[tuple[list[int], list[int]]] = field(default_factory=list)
    stride: int = 1
    neighbors: int = 0

    def __post_init__(self) -> None:
        """Compute the costs of the order that the search starts from."""
        self.stride = 1 + len(self.order) // _KEPT
        into, out = self.masks.into.copy(), self.masks.out.copy()
        for place, j in enumerate(self.order):
            if place % self.stride == 0:
                self.kept.append((into.copy(), out.copy()))
            self.neighbors += into[j].bit_count() + out[j].bit_count()
            self.costs.append(eliminate(into, out, j))

    def default_moves(self) -> int:
        """Give the number of moves that ends within about half a minute."""
        return min(_MOVES, _WORK // max(self.neighbors, 1))

    def change(self, low: int, changed: Sequence[int], limit: float) -> int | None:
        """Put other vertices at the places from `low` on, if that costs no more than allowed.

        Args:
            low: the first place.
            changed: the vertices that stand there now, in another order.
            limit: by how much the cost may rise.

        Returns:
            By how much the cost rose; None where it would be more, and nothing was changed.
        """
        high, stride = low + len(changed), self.stride
        first = low // stride
        into, out = (sets.copy() for sets in self.kept[first])
        for j in self.order[first * stride : low]:
            eliminate(into, out, j)
        rise = -sum(self.costs[low:high])
        costs, kept = [], []
        for place, j in enumerate(changed, low):
            if place % stride == 0:
                kept.append((into.copy(), out.copy()))
            costs.append(eliminate(into, out, j))
            rise += costs[-1]
            if rise > limit:
                return None
        self.order[low:high], self.costs[low:high] = changed, costs
        place = -(-low // stride)
        self.kept[place : place + len(kept)] = kept
        return rise


def search(masks: Masks, start: Sequence[int], *, seed: int, moves: int | None) -> list[int]:
    """Look for a cheap order by simulated annealing.

    A move shifts a vertex to another place, or swaps two. One that costs more is taken with a
    probability that falls with the temperature, from the mean cost of an elimination down to a
    twentieth of it. The number of moves decides when the search ends, never the clock, so one seed
    gives one result.

    Args:
        masks: the graph.
        start: the order to start from.
        seed: of the pseudo-random numbers.
        moves: how many are tried; None for as many as end within about half a minute.

    Returns:
        The cheapest order that was met: never worse than the start.

    Source: Kirkpatrick, Gelatt and Vecchi, Optimization by simulated annealing (1983).
    """
    annealing = Annealing(masks, list(start))
    count = len(annealing.order)
    moves = annealing.default_moves() if moves is None else moves
    best, cost, least = annealing.order.copy(), 0, 0
    chance = random.Random(seed)  # noqa: S311 - not for secrets # nosec B311
    hottest = sum(annealing.costs) / max(count, 1)
    for move in range(moves if count > 1 else 0):
        temperature = hottest * _COLDEST ** (move / moves)
        low, changed = _move(annealing.order, chance)
        allowed = -temperature * math.log(1 - chance.random())
        rise = annealing.change(low, changed, allowed) if changed else None
        if rise is not None:
            cost += rise
            if cost < least:
                best, least = annealing.order.copy(), cost
    return best


def _move(order: list[int], chance: random.Random) -> tuple[int, list[int]]:
    """Draw a move: where it begins, and what stands there then; nothing if it leads outside.

    Half of the moves are short, half reach over about a seventh of the order.
    """
    count = len(order)
    at = int(chance.random() * count)
    mean = 3.0 if chance.random() < 1 / 2 else count / 7
    distance = 1 + int(chance.expovariate(1 / mean))
    to = at + distance if chance.random() < 1 / 2 else at - distance
    if not 0 <= to < count:
        return 0, []
    low, high = min(at, to), max(at, to)
    changed = order[low : high + 1]
    if chance.random() >= _SHIFTS:
        changed[0], changed[-1] = changed[-1], changed[0]
    elif at < to:
        changed.append(changed.pop(0))
    else:
        changed.insert(0, changed.pop())
    return low, changed
