"""The client of a cluster: what is one, and what its answers mean."""

from __future__ import annotations

import importlib
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from rojasgraph.errors import ArgumentError, ClusterFailure, MissingDependency

if TYPE_CHECKING:
    from distributed import Client, Future


def imported(module: str) -> Any:  # noqa: ANN401 - a module
    """Import a module of Dask.

    Raises:
        MissingDependency: it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        message = f"{module} is not installed: pip install 'rojasgraph[cluster]'"
        raise MissingDependency(message) from None


def client_of(cluster: Any) -> Client:  # noqa: ANN401 - a user may hand us anything
    """Check that this is a client that waits for its answers.

    Raises:
        ArgumentError: it is none, or an asynchronous one.
        MissingDependency: Dask distributed is not installed.
    """
    distributed = imported("distributed")
    if not isinstance(cluster, distributed.Client):
        message = (
            f"cluster is a client, dask.distributed.Client(…) of a cluster or of a scheduler's "
            f"address; got a {type(cluster).__name__}"
        )
        raise ArgumentError(message)
    if cluster.asynchronous:
        message = "cluster is an asynchronous client: make one with asynchronous=False"
        raise ArgumentError(message)
    return cluster


def results(client: Client, futures: list[Future]) -> list[Any]:
    """Wait for futures; give what they came to.

    Raises:
        ClusterFailure: the cluster lost what it cannot make again, or too many workers. Any other
            error is the task's own.
    """
    killed = imported("distributed").KilledWorker
    try:
        found: list[Any] = client.gather(futures)
    except CancelledError as error:
        message = (
            f"the cluster lost data that it cannot make again ({error}): what was scattered is "
            "gone with its worker. Let tasks read the data (dask.array.from_…, dask.delayed), or "
            "keep copies (client.replicate)"
        )
        raise ClusterFailure(message) from None
    except killed as error:
        message = f"{error} Where that is for lack of memory, smaller chunks help"
        raise ClusterFailure(message) from None
    return found
