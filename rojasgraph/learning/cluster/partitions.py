"""Training data that stays on the workers, in partitions; a batch takes examples of some."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from distributed import Future
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """What a batch takes of a partition.

    Attributes:
        number: of the partition.
        columns: the partition, as it is fed, on a worker.
        rows: which of its examples; None: all.
    """

    number: int
    columns: Future
    rows: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True, eq=False)
class SpreadBatch:
    """Examples of a step, by partition.

    Attributes:
        shares: in the order of the partitions, which is the order of the sums.
        count: how many examples.
    """

    shares: Sequence[Share]
    count: int


@dataclass(frozen=True)
class Partitions:
    """All examples, on the workers.

    Attributes:
        columns: each partition, as it is fed.
        counts: how many examples each has.
        digests: tell each from others.
        batch: how many examples make a batch; None: all.
        shuffle: draw a new order for each epoch.
    """

    columns: Sequence[Future]
    counts: Sequence[int]
    digests: Sequence[str]
    batch: int | None
    shuffle: bool

    @cached_property
    def whole(self) -> SpreadBatch:
        """All examples as one batch."""
        shares = [Share(p, self.columns[p], None) for p, n in enumerate(self.counts) if n]
        return SpreadBatch(shares, sum(self.counts))

    @property
    def digest(self) -> str:
        """Tell this data from other data, and from the same data in other partitions."""
        text = "\n".join(f"{n} {d}" for n, d in zip(self.counts, self.digests, strict=True))
        return hashlib.sha256(text.encode()).hexdigest()

    def epoch(self, rng: np.random.Generator) -> Iterator[SpreadBatch]:
        """Give the batches of an epoch: the same examples as if all lay here in one table."""
        if self.batch is None:
            yield self.whole
            return
        count = sum(self.counts)
        order = rng.permutation(count) if self.shuffle else np.arange(count)
        for start in range(0, count, self.batch):
            yield self._batch_of(np.sort(order[start : start + self.batch]))

    def _batch_of(self, examples: NDArray[np.int64]) -> SpreadBatch:
        """Give each partition the examples that it has, counted from its own first."""
        ends = np.cumsum(self.counts)
        cuts = np.searchsorted(examples, ends)
        shares = [
            Share(p, self.columns[p], part - (ends[p] - self.counts[p]))
            for p, part in enumerate(np.split(examples, cuts[:-1]))
            if len(part)
        ]
        return SpreadBatch(shares, len(examples))
