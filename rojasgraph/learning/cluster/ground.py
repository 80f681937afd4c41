"""A cluster as the place where training happens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rojasgraph.engine.program import Program
from rojasgraph.errors import ArgumentError
from rojasgraph.learning.cluster import tasks
from rojasgraph.learning.cluster.clients import client_of, imported, results
from rojasgraph.learning.cluster.own_primitives import shipped
from rojasgraph.learning.cluster.partitions import Partitions
from rojasgraph.learning.cluster.pieces import sides_of
from rojasgraph.learning.cluster.surface import ClusterSurface
from rojasgraph.learning.data import Names, refuse_batch
from rojasgraph.network import Network

if TYPE_CHECKING:
    from distributed import Client, Future


@dataclass(frozen=True, slots=True)
class OnCluster:
    """The workers of a cluster.

    Attributes:
        client: of the cluster.
        recipe: what the workers compute with, on one of them.
        run: tells the tasks of this training from others.
    """

    client: Client
    recipe: Future
    run: str

    def data(
        self,
        inputs: Any,  # noqa: ANN401 - many forms
        targets: Any,  # noqa: ANN401
        *,
        batch: int | None,
        shuffle: bool,
    ) -> Partitions:
        """Lay each partition out as it is fed, on the worker where it lies.

        Raises:
            ArgumentError: the data does not fit the network, or is not on a cluster.
            MissingValue: an input has no column.
            ClusterFailure: the cluster lost it.
        """
        refuse_batch(batch)
        return self._laid_out(inputs, targets, "prepare", batch=batch, shuffle=shuffle)

    def others(self, inputs: Any, targets: Any) -> Partitions:  # noqa: ANN401 - many forms
        """Lay the data for validation out likewise."""
        return self._laid_out(inputs, targets, "prepare_validation", batch=None, shuffle=False)

    def surface(self, program: Program, *, mean: bool) -> ClusterSurface:
        """Make the surface of what the workers hold."""
        return ClusterSurface(
            program, mean=mean, client=self.client, recipe=self.recipe, run=self.run
        )

    def _laid_out(
        self,
        inputs: Any,  # noqa: ANN401 - many forms
        targets: Any,  # noqa: ANN401
        name: str,
        *,
        batch: int | None,
        shuffle: bool,
    ) -> Partitions:
        given, wanted = sides_of(inputs, targets)
        prepare = imported("dask").delayed(tasks.prepare, pure=False, traverse=False)
        pairs = enumerate(zip(given.pieces, wanted.pieces, strict=True))
        forms = [tasks.Form(given.names, wanted.names, p) for p in range(len(given.pieces))]
        columns = self.client.compute(
            [
                prepare(
                    self.recipe, forms[p], *one, *other, dask_key_name=(f"{name}-{self.run}", p)
                )
                for p, (one, other) in pairs
            ],
            optimize_graph=False,
        )
        keys = [(f"measure_{name}-{self.run}", p) for p in range(len(columns))]
        measured = results(self.client, self.client.map(tasks.measure, columns, key=keys))
        counts, digests = zip(*measured, strict=True)
        if not sum(counts):
            message = "there is no example in the data"
            raise ArgumentError(message)
        return Partitions(columns, counts, digests, batch, shuffle)


def on_cluster(
    cluster: Any,  # noqa: ANN401 - a user may hand us anything
    error: Network,
    names: Names,
    program: Program,
) -> OnCluster:
    """Send a network to a cluster.

    Args:
        cluster: a client.
        error: the network whose one output is the error.
        names: what the columns of data are called.
        program: compiled from it here.

    Raises:
        ArgumentError: the client is none.
        UnknownPrimitive: a primitive is declared where no worker can import it from.
        MissingDependency: Dask distributed is not installed.
    """
    client = client_of(cluster)
    run = uuid.uuid4().hex
    recipe = client.submit(
        tasks.Recipe, shipped(error), names, program.engine, str(program.dtype),
        key=f"network-{run}",
    )  # fmt: skip
    return OnCluster(client, recipe, run)
