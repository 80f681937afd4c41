"""The client of a cluster: what is one, and what its answers mean."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rojasgraph.errors import ArgumentError, ClusterFailure, MissingDependency

if TYPE_CHECKING:
    from distributed import Client, Future

_CLOSED = (
    "the connection to the cluster is closed, by client.close() or because its scheduler is gone: "
    "connect a new client; where a checkpoint was written, training goes on from it"
)


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
        ArgumentError: it is none, or an asynchronous or closed one.
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
    if cluster.status == "closed":
        message = "cluster is a client that is closed: connect a new one"
        raise ArgumentError(message)
    return cluster


def results(
    client: Client, futures: list[Future], tell: Callable[[int], None] = lambda _: None
) -> list[Any]:
    """Wait for futures; give what they came to, or let them all go where that is an error.

    Args:
        client: whose futures they are.
        futures: to wait for.
        tell: is told how many have come.

    Raises:
        ClusterFailure: the cluster lost what it cannot make again, or too many workers. Any other
            error is the task's own.
    """
    try:
        with failures(client):
            # `gather` alone, interrupted by Ctrl-C, writes errors of its own on the terminal.
            for done, future in enumerate(imported("distributed").as_completed(futures), 1):
                if future.status != "finished":
                    break
                tell(done)
            found: list[Any] = client.gather(futures)
    except BaseException:
        for future in futures:
            future.release()  # who keeps the error keeps its frames, and with them the futures
        raise
    return found


@contextmanager
def failures(client: Client) -> Iterator[None]:
    """Tell what a cluster could not do, by an error of ours.

    Raises:
        ClusterFailure: see `results`, or the connection is closed.
    """
    killed = imported("distributed").KilledWorker
    try:
        yield
    except CancelledError as error:
        message = (
            f"the cluster lost data that it cannot make again ({error}): what was scattered is "
            "gone with its worker, and all is gone where the client was restarted. Let tasks read "
            "the data (dask.array.from_…, dask.delayed), or keep copies (client.replicate)"
        )
        raise ClusterFailure(_CLOSED if _is_closed(client) else message) from None
    except killed as error:
        message = (
            f"{error} Where that is for lack of memory, more of it for each worker helps, or "
            "smaller chunks of data"
        )
        raise ClusterFailure(message) from None
    except Exception as error:  # Dask has no error of its own for that in all versions
        if not _is_closed(client):
            raise
        raise ClusterFailure(_CLOSED) from error


def _is_closed(client: Client) -> bool:
    status: str = client.status
    return status in {"closing", "closed"}
