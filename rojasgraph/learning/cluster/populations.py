"""A function of many networks, on many workers."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rojasgraph.errors import ArgumentError
from rojasgraph.learning.cluster.clients import client_of, imported, results
from rojasgraph.learning.cluster.own_primitives import Shipped, shipped
from rojasgraph.learning.progress import reporter
from rojasgraph.network import Network

if TYPE_CHECKING:
    from distributed import Client, Future

Result = TypeVar("Result")

_WORDS = 4
"""Of 32 bits, so many make a network's seed."""


def map_networks(
    function: Callable[[Network, int], Result],
    networks: Iterable[Network],
    *,
    cluster: Client | None = None,
    seed: int = 0,
    progress: bool = True,
) -> list[Result]:
    """Compute a function of each network: a sweep, or a generation of an evolution.

    Each network comes as a copy, which the function may change and give back, and each has a seed
    of its own. What comes out depends on `seed` and on the place of a network in the list, and
    not on the number of workers or on whether there are any. When a worker is lost, what it was
    computing is computed again elsewhere, so the function should do nothing besides.

    Args:
        function: of a network and of its seed, a whole number that `rg.train(…, seed=seed)` and
            `numpy.random.default_rng(seed)` take.
        networks: the population.
        cluster: a `dask.distributed.Client`; None: this process, one after the other.
        seed: what the seeds of the networks are made from.
        progress: tell on standard error how many are done, as `rg.train` does; a training within
            the function has `progress=False` best.

    Returns:
        What the function gave, in the order of the networks.

    Raises:
        ArgumentError: something in the list is no network, or the client is none.
        UnknownPrimitive: a worker cannot import a primitive of your own.
        MissingDependency: Dask distributed is not installed.
        ClusterFailure: the cluster lost what it cannot make again, or too many workers.
        Exception: what the function raised, with a note that says for which network.

    >>> from rojasgraph.topologies import layered
    >>> population = [layered([2, hidden, 1], rng=0) for hidden in (1, 2, 3)]
    >>> map_networks(lambda net, seed: net.number_of_edges(), population, progress=False)
    [5, 9, 13]
    """
    population = list(networks)
    for i, net in enumerate(population):
        if not isinstance(net, Network):
            message = f"networks[{i}] is a {type(net).__name__}: rg.Network(graph) makes a Network"
            raise ArgumentError(message)
    seeds = [_whole(each) for each in np.random.SeedSequence(seed).spawn(len(population))]
    numbered = list(enumerate(zip(population, seeds, strict=True)))
    client = None if cluster is None else client_of(cluster)
    with reporter(len(population), unit="network", progress=progress) as told:
        if client is None:
            found = []
            for i, (net, own) in numbered:
                found.append(_applied(function, net, own, i))
                told.tell(i + 1)
        else:
            found = results(client, _sent(client, function, numbered), told.tell)
        told.end(len(population), "done")
    return found


def _sent(
    client: Client,
    function: Callable[[Network, int], Any],
    numbered: list[tuple[int, tuple[Network, int]]],
) -> list[Future]:
    """Send the function and the networks to the workers."""
    delayed, run = imported("dask").delayed, uuid.uuid4().hex
    carried = delayed(_Carried(function), name=f"function-{run}", traverse=False)
    task = delayed(_evaluated, pure=False, traverse=False)
    name = f"{getattr(function, '__name__', type(function).__name__).strip('<>')}-{run}"
    found = [
        task(carried, shipped(net), own, i, dask_key_name=(name, i)) for i, (net, own) in numbered
    ]
    futures: list[Future] = client.compute(found, optimize_graph=False)
    return futures


class _Carried:
    """A function that Dask takes for data, so that it goes to each worker once."""

    def __init__(self, function: Callable[[Network, int], Any]) -> None:
        self.function = function


def _evaluated(carried: _Carried, packed: Shipped, seed: int, number: int) -> Any:  # noqa: ANN401
    return _applied(carried.function, packed.unpacked(), seed, number)


def _applied(
    function: Callable[[Network, int], Result], net: Network, seed: int, number: int
) -> Result:
    try:
        return function(copy.deepcopy(net), seed)
    except Exception as error:
        error.add_note(f"This was networks[{number}], with the seed {seed}.")
        raise


def _whole(sequence: np.random.SeedSequence) -> int:
    return int.from_bytes(sequence.generate_state(_WORDS).astype("<u4").tobytes(), "little")
