"""The elimination itself: vertices and edges taken out one by one, the rest multiplied together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Literal, NamedTuple

from rojasgraph.analysis.elimination.dependence import Dependence, Link

Side = Literal["front", "back"]

Fold = Callable[[Any, Any, Any], Any]
"""Give `old + first * second`, with None for an old label that is not there."""


class EdgeElimination(NamedTuple):
    """One step that takes a single edge out.

    At the "front", the edge is joined with each edge out of its head: what came along it goes on to
    the head's successors directly. At the "back", with each edge into its tail.

    Attributes:
        tail: the name of the node where the edge starts.
        head: the name of the node where it ends; parallel edges go together.
        side: "front" or "back".

    Source: Naumann, Optimal accumulation of Jacobian matrices by elimination methods on the dual
    computational graph (2004).

    >>> EdgeElimination("v1", "v2", "front")
    EdgeElimination(tail='v1', head='v2', side='front')
    """

    tail: Hashable
    head: Hashable
    side: Side


def structural(_old: bool | None, _first: bool, _second: bool) -> bool:  # noqa: FBT001 - a Fold
    """Fold labels that only tell that an edge is there: `True`, whatever comes together."""
    return True


def numeric(old: Any, first: Any, second: Any) -> Any:  # noqa: ANN401 - numbers of any system
    """Fold derivatives."""
    return first * second if old is None else old + first * second


class Reduction:
    """A graph on the way to its Jacobian, and what the way has cost so far.

    Attributes:
        into: for each vertex its predecessors, with the label of the edge from each.
        out: for each vertex its successors, likewise.
        multiplications: how many there were.
        additions: how many; an edge that was not there before costs none.
    """

    def __init__(self, dependence: Dependence, labels: Mapping[Link, Any], fold: Fold) -> None:
        """Start with a label for each link of a dependence."""
        self.into: dict[int, dict[int, Any]] = {}
        self.out: dict[int, dict[int, Any]] = {}
        for j in (*dependence.columns, *dependence.intermediates, *dependence.rows):
            self.into[j], self.out[j] = {}, {}
        for (tail, head), label in labels.items():
            self.out[tail][head] = self.into[head][tail] = label
        self.multiplications = self.additions = 0
        self._fold = fold
        self._inner = frozenset(dependence.intermediates)

    @classmethod
    def of_structure(cls, dependence: Dependence) -> Reduction:
        """Start without numbers, to count."""
        return cls(dependence, dict.fromkeys(dependence.links, True), structural)

    def degree(self, j: int) -> int:
        """Count the multiplications that eliminating a vertex would take now."""
        return len(self.into[j]) * len(self.out[j])

    def eliminate(self, j: int) -> None:
        """Take a vertex out: each edge into it is joined with each edge out of it."""
        into, out = self.into.pop(j), self.out.pop(j)
        self.into[j], self.out[j] = {}, {}
        for i in into:
            del self.out[i][j]
        for k in out:
            del self.into[k][j]
        for i, first in into.items():
            for k, second in out.items():
                self._join(i, k, first, second)

    def eliminate_edge(self, i: int, j: int, side: Side) -> None:
        """Take an edge out, at its front or at its back."""
        label = self._cut(i, j)
        if side == "front":
            for k, second in self.out[j].items():
                self._join(i, k, label, second)
        else:
            for h, first in self.into[i].items():
                self._join(h, j, first, label)
        self._clear([i, j])

    def _join(self, i: int, k: int, first: Any, second: Any) -> None:  # noqa: ANN401 - a label
        old = self.out[i].get(k)
        self.multiplications += 1
        self.additions += old is not None
        self.out[i][k] = self.into[k][i] = self._fold(old, first, second)

    def _cut(self, i: int, j: int) -> Any:  # noqa: ANN401 - a label
        del self.into[j][i]
        return self.out[i].pop(j)

    def _clear(self, vertices: list[int]) -> None:
        """Drop the edges of vertices that no way leads through any more."""
        while vertices:
            j = vertices.pop()
            if j not in self._inner or bool(self.into[j]) == bool(self.out[j]):
                continue
            for i in list(self.into[j]):
                self._cut(i, j)
                vertices.append(i)
            for k in list(self.out[j]):
                self._cut(j, k)
                vertices.append(k)
