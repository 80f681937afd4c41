"""Place points on a line so that the weighted lengths of the arrows between them are least.

Ranks of a layered drawing are found this way, and where its blocks lie across the flow.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

SLACK = 1e-6
"""What counts as no room: sums of lengths are not exact."""

_CANDIDATES = 30
"""How many arrows that want to be longer are looked at before the worst of them is taken."""


@dataclass(slots=True)
class Arrows:
    """Arrows between points, each with a least length and a weight.

    Attributes:
        tails: the point that each leaves.
        heads: the point that each enters.
        lengths: how far, at least, the head lies after the tail.
        weights: what a unit of its length costs; 0 for a mere constraint.
    """

    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, tail: int, head: int, length: float, weight: float = 0.0) -> None:
        """Add one arrow."""
        self.tails.append(tail)
        self.heads.append(head)
        self.lengths.append(length)
        self.weights.append(weight)


def shorten(positions: Sequence[float], arrows: Arrows, work: int) -> list[float]:
    """Move points so that the sum of weight × length over all arrows is least.

    The network simplex method: a forest of arrows without slack; as long as one of its arrows
    would better be longer, the part on one side of it moves until another arrow is tight.

    Args:
        positions: where the points are at first; no arrow may be too short.
        arrows: the arrows.
        work: after about how many steps to stop, with what is reached by then.

    Returns:
        The new positions: the best ones where the work sufficed, else better ones than before.

    Source: Gansner, Koutsofios, North and Vo, A technique for drawing directed graphs (1993).

    >>> arrows = Arrows([0, 1, 0], [1, 2, 2], [1, 1, 1], [1, 2, 1])
    >>> shorten([0.0, 1.0, 7.0], arrows, 1000)
    [0.0, 1.0, 2.0]
    """
    forest = _Forest(list(positions), arrows)
    forest.grow()
    forest.root()
    forest.improve(work)
    return forest.positions


class _Forest:
    """Points held together by tight arrows, in trees."""

    def __init__(self, positions: list[float], arrows: Arrows) -> None:
        count = len(positions)
        self.positions = positions
        self.arrows = arrows
        self.leaving: list[list[int]] = [[] for _ in range(count)]
        self.entering: list[list[int]] = [[] for _ in range(count)]
        self.balance = [0.0] * count
        """The weights of the arrows that leave a point, less those of the arrows that enter it."""
        for arrow, tail in enumerate(arrows.tails):
            head, weight = arrows.heads[arrow], arrows.weights[arrow]
            self.leaving[tail].append(arrow)
            self.entering[head].append(arrow)
            self.balance[tail] += weight
            self.balance[head] -= weight
        self.held: list[dict[int, None]] = [{} for _ in range(count)]
        """The arrows of the forest at each point."""
        self.parent = [-1] * count
        self.grip = [-1] * count
        """The arrow by which each point hangs on its parent."""
        self.total = self.balance.copy()
        """The balance of each point and all that hangs on it."""
        self.size = [1] * count
        self._mark = [0] * count
        self._stamp = 0

    def _slack(self, arrow: int) -> float:
        arrows, positions = self.arrows, self.positions
        gap = positions[arrows.heads[arrow]] - positions[arrows.tails[arrow]]
        return gap - arrows.lengths[arrow]

    def grow(self) -> None:
        """Hold all points together that arrows connect, moving trees towards each other."""
        tails, heads = self.arrows.tails, self.arrows.heads
        tree = list(range(len(self.positions)))
        members = [[point] for point in tree]

        def join(arrow: int) -> int:
            small, large = sorted((tree[tails[arrow]], tree[heads[arrow]]), key=size_of)
            for point in members[small]:
                tree[point] = large
            members[large] += members[small]
            members[small] = []
            self.held[tails[arrow]][arrow] = None
            self.held[heads[arrow]][arrow] = None
            return large

        def size_of(number: int) -> int:
            return len(members[number])

        for arrow, tail in enumerate(tails):
            if tree[tail] != tree[heads[arrow]] and self._slack(arrow) <= SLACK:
                join(arrow)
        waiting = [(len(points), number) for number, points in enumerate(members) if points]
        heapq.heapify(waiting)
        while waiting:  # the smallest tree first, so that none is walked often
            size, number = heapq.heappop(waiting)
            if size != len(members[number]):
                continue
            nearest = self._nearest(members[number], tree)
            if nearest is not None:
                arrow, distance = nearest
                for point in members[number]:
                    self.positions[point] += distance
                number = join(arrow)
                heapq.heappush(waiting, (len(members[number]), number))

    def _nearest(self, points: list[int], tree: list[int]) -> tuple[int, float] | None:
        """Find where a tree may go and pay least: the arrow that stops it, and the distance."""
        own = tree[points[0]]
        tails, heads = self.arrows.tails, self.arrows.heads
        onward = [a for p in points for a in self.leaving[p] if tree[heads[a]] != own]
        back = [a for p in points for a in self.entering[p] if tree[tails[a]] != own]
        wish = sum(self.balance[point] for point in points)
        if wish > SLACK:
            back = back if not onward else []
        elif wish < -SLACK:
            onward = onward if not back else []
        ways = [(self._slack(arrow), arrow, 1.0) for arrow in onward]
        ways += [(self._slack(arrow), arrow, -1.0) for arrow in back]
        if not ways:
            return None
        slack, arrow, sign = min(ways)
        return arrow, sign * slack

    def root(self) -> None:
        """Give every tree a root, and every point its parent and what hangs on it."""
        tails, heads = self.arrows.tails, self.arrows.heads
        seen = [False] * len(self.positions)
        walk: list[int] = []
        for start in range(len(seen)):
            if seen[start]:
                continue
            seen[start] = True
            stack = [start]
            while stack:
                point = stack.pop()
                walk.append(point)
                for arrow in self.held[point]:
                    other = heads[arrow] if tails[arrow] == point else tails[arrow]
                    if not seen[other]:
                        seen[other] = True
                        self.parent[other], self.grip[other] = point, arrow
                        stack.append(other)
        for point in reversed(walk):
            above = self.parent[point]
            if above >= 0:
                self.total[above] += self.total[point]
                self.size[above] += self.size[point]

    def improve(self, work: int) -> None:
        """Exchange arrows as long as that shortens the whole."""
        cursor = 0
        while work > 0:
            point, cursor, looked = self._worst(cursor)
            if point < 0:
                return
            work -= looked // 4 + self._exchange(point)

    def _worst(self, cursor: int) -> tuple[int, int, int]:
        """Find a point whose grip would better be longer.

        Args:
            cursor: the point to begin with.

        Returns:
            The point, or -1; where to begin the next time; how many points were looked at.
        """
        tails, count = self.arrows.tails, len(self.positions)
        worst, least, found, looked = -1, -SLACK, 0, 0
        while looked < count and found < _CANDIDATES:
            looked += 1
            point = cursor
            cursor = cursor + 1 if cursor + 1 < count else 0
            grip = self.grip[point]
            if grip < 0:
                continue
            cut = self.total[point] if tails[grip] == point else -self.total[point]
            if cut < -SLACK:
                found += 1
                if cut < least:
                    worst, least = point, cut
        return worst, cursor, looked

    def _exchange(self, point: int) -> int:
        """Let the grip of a point go, move what hangs on it, and hold it where it is stopped."""
        arrows = self.arrows
        grip = self.grip[point]
        back = arrows.tails[grip] == point
        root = self._root_of(point)
        inside = 2 * self.size[point] <= self.size[root]
        part = self._reach(point if inside else root, grip)
        entering = self._stop(part, back=back == inside)
        if entering < 0:  # nothing stops it: costs that were not consistent
            self.total[point] = 0.0
            return len(part)
        distance = self._slack(entering)
        if distance:
            step = -distance if back == inside else distance
            for other in part:
                self.positions[other] += step
        near = arrows.heads[entering] if back else arrows.tails[entering]
        return len(part) + self._regrip(point, entering, near)

    def _regrip(self, point: int, entering: int, near: int) -> int:
        """Hang a branch, up to now held at a point, on another arrow by another of its points.

        Returns:
            About how many steps that took.
        """
        tails, heads, parent, grip = self.arrows.tails, self.arrows.heads, self.parent, self.grip
        far = tails[entering] if heads[entering] == near else heads[entering]
        for end in (point, parent[point]):
            del self.held[end][grip[point]]
        for end in (near, far):
            self.held[end][entering] = None
        whole, amount = self.total[point], self.size[point]
        steps = self._pass_on(parent[point], -whole, -amount)
        above, arrow, lost, fewer = far, entering, 0.0, 0
        here = near
        while True:  # turn the way from the new grip to the old one round
            after, held_by = parent[here], grip[here]
            self.total[here], lost = whole - lost, self.total[here]
            self.size[here], fewer = amount - fewer, self.size[here]
            parent[here], grip[here] = above, arrow
            if here == point:
                break
            above, arrow, here = here, held_by, after
        return steps + self._pass_on(far, whole, amount)

    def _pass_on(self, point: int, balance: float, amount: int) -> int:
        steps = 0
        while point >= 0:
            self.total[point] += balance
            self.size[point] += amount
            point = self.parent[point]
            steps += 1
        return steps

    def _root_of(self, point: int) -> int:
        while self.parent[point] >= 0:
            point = self.parent[point]
        return point

    def _reach(self, start: int, barred: int) -> list[int]:
        tails, heads = self.arrows.tails, self.arrows.heads
        self._stamp += 1
        mark, stamp = self._mark, self._stamp
        mark[start] = stamp
        reached = [start]
        for point in reached:  # grows while it is walked
            for arrow in self.held[point]:
                if arrow != barred:
                    other = heads[arrow] if tails[arrow] == point else tails[arrow]
                    if mark[other] != stamp:
                        mark[other] = stamp
                        reached.append(other)
        return reached

    def _stop(self, part: list[int], *, back: bool) -> int:
        """Find the arrow that first stops a marked part on its way back, or onward."""
        arrows, positions, mark, stamp = self.arrows, self.positions, self._mark, self._stamp
        tails, heads, lengths = arrows.tails, arrows.heads, arrows.lengths
        nearest, least = -1, float("inf")
        ends, lists = (tails, self.entering) if back else (heads, self.leaving)
        for point in part:
            for arrow in lists[point]:
                if mark[ends[arrow]] != stamp:
                    slack = positions[heads[arrow]] - positions[tails[arrow]] - lengths[arrow]
                    if slack < least:
                        nearest, least = arrow, slack
        return nearest
