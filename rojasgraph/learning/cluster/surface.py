"""The error surface of examples on a cluster: sums over partitions, in a fixed order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph.engine.program import Program
from rojasgraph.learning.cluster import tasks
from rojasgraph.learning.cluster.clients import failures, imported, results
from rojasgraph.learning.cluster.partitions import SpreadBatch
from rojasgraph.learning.surface import Floats, Surface

if TYPE_CHECKING:
    from distributed import Client, Future
    from numpy.typing import NDArray

_TOGETHER = 8
"""How many sums one task adds up. Part of the order of summation, so of the bits."""


class ClusterSurface(Surface[SpreadBatch]):
    """The error of examples that lie on workers.

    At each step the weights go out once, each partition gives its own sums where it lies, and
    these are added up in a tree that the partitions determine, and not the workers. All that is
    a function of weights and partition, so what a lost worker had done is done again to the
    same bits. Dask's dashboard shows the tasks by their names.
    """

    def __init__(
        self, program: Program, *, mean: bool, client: Client, recipe: Future, run: str
    ) -> None:
        """Make the surface.

        Args:
            program: of the network here, whose weights it names.
            mean: average over the examples instead of summing.
            client: of the cluster.
            recipe: what the workers compute with.
            run: tells the tasks from those of other trainings.
        """
        super().__init__(program, mean=mean)
        self._client, self._recipe, self._run = client, recipe, run
        self._asked = itertools.count()

    def count(self, batch: SpreadBatch) -> int:
        """Count the examples."""
        return batch.count

    def sums(
        self, weights: NDArray[Any], batch: SpreadBatch, *, backward: bool
    ) -> tuple[float, Floats]:
        """Let each partition be gone through, and add up."""
        name = "gradient" if backward else "error"
        asked, sent = self._sent(weights)
        parts = [
            _task(tasks.gradient, (f"{name}-{self._run}", asked, share.number))(
                self._recipe, sent, share.columns, share.rows, backward
            )
            for share in batch.shares
        ]
        value, slope = self._computed([self._tree(parts, name, asked)], weights)[0]
        return value, np.array(slope)

    def fault(self, weights: NDArray[Any], batch: SpreadBatch) -> str:
        """Name the nodes that go bad first, in the first partition where one does."""
        asked, sent = self._sent(weights)
        parts = [
            _task(tasks.fault, (f"fault-{self._run}", asked, share.number))(
                self._recipe, sent, share.columns, share.rows, share.number
            )
            for share in batch.shares
        ]
        return next(filter(None, self._computed(parts, weights)), "")

    def _sent(self, weights: NDArray[Any]) -> tuple[int, Any]:
        """Make the weights one task, whose result workers fetch from each other."""
        asked = next(self._asked)
        name = f"weights-{self._run}-{asked}"
        return asked, imported("dask").delayed(np.array(weights), name=name, traverse=False)

    def _tree(self, parts: Sequence[Any], name: str, asked: int) -> Any:  # noqa: ANN401 - a task
        level = 0
        while len(parts) > 1:
            groups = [parts[i : i + _TOGETHER] for i in range(0, len(parts), _TOGETHER)]
            parts = [
                _task(tasks.add, (f"add_{name}-{self._run}", asked, level, i))(group)
                for i, group in enumerate(groups)
            ]
            level += 1
        return parts[0]

    def _computed(self, found: list[Any], weights: NDArray[Any]) -> list[Any]:
        """Hand all tasks over at once, and wait for some."""
        quiet = {"distributed.admin.large-graph-warning-threshold": f"{weights.nbytes + 10**7}B"}
        with failures(self._client), imported("dask").config.set(quiet):  # weights may be large
            futures = self._client.compute(found, optimize_graph=False)
        return results(self._client, futures)


def _task(function: Any, key: tuple[Any, ...]) -> Any:  # noqa: ANN401 - Dask's own types
    """Give a function whose calls are tasks of this name."""
    delayed = imported("dask").delayed(function, pure=False, traverse=False)
    return lambda *arguments: delayed(*arguments, dask_key_name=key)
