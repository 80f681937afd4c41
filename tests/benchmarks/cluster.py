"""Print what a step of training costs on a Dask cluster, and reckon what more machines would do.

python -m tests.benchmarks.cluster

A network of layers 64-100-10 learns 40,000 examples off-line: a step is one epoch, all partitions
forth and back. Each time is that of the fastest of some steps, over the time that one processor of
this process takes for the same examples. `sent` is what all processes (client, scheduler, workers)
wrote to their connections in a step, `between` what workers fetched from each other, both in
vectors of the weights' size. All processes run on this machine: where it has few processors, or
other work, they wait for each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

import rojasgraph as rg
from rojasgraph.learning.surface import ErrorSurface

LAYERS = [64, 100, 10]
EXAMPLES = 40_000
SIZES = [20_000, 5_000, 1_000, 250]
STEPS = 6
FAN_IN = 8
PARTITIONS = [2, 40, 160]
NETWORK = 1.25e9
"""Bytes a second between machines: 10 Gbit/s."""

MACHINES = [1, 2, 4, 10, 30, 100, 300, 1000]


def network() -> rg.Network:
    """Make the network, with the same weights each time."""
    return rg.layered(LAYERS, "tanh", rng=0)


def data(size: int, examples: int) -> tuple[Any, Any]:
    """Let the workers draw examples, in partitions of a size."""
    inputs = da.random.default_rng(0).normal(size=(examples, LAYERS[0]), chunks=(size, -1))
    return inputs, da.tanh(inputs[:, : LAYERS[-1]])


def seconds_here() -> tuple[float, int]:
    """Give what an example costs on one processor, and the number of weights."""
    program = rg.compile(rg.extend(network()), threads=1)
    surface = ErrorSurface(program, mean=False)
    surface.load(np.random.default_rng(0).normal(size=(sum((LAYERS[0], LAYERS[-1])), 5_000)))
    weights = program.weights.astype(np.float64)
    return fastest(lambda: surface.slope(weights)) / 5_000, len(weights)


def fastest(step: Callable[[], Any]) -> float:
    """Run a step some times, after one to get ready."""
    step()
    found = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        found.append(time.perf_counter() - start)
    return min(found)


def count_writes() -> None:
    """Make this process count what it writes to its connections."""
    from distributed.comm import tcp

    if hasattr(tcp.TCP, "written"):
        return
    plain = tcp.TCP.write

    async def counted(comm: Any, *args: Any, **options: Any) -> int:
        sent = await plain(comm, *args, **options)
        tcp.TCP.written += sent
        return sent

    tcp.TCP.written, tcp.TCP.write = 0, counted


def written() -> int:
    """Give what this process has written."""
    from distributed.comm import tcp

    return tcp.TCP.written


def fetched(dask_worker: Any) -> int:
    """Give what a worker has sent to others that fetched it."""
    return dask_worker.transfer_outgoing_bytes_total


def trained(
    client: Client, size: int, epochs: int = STEPS + 1, examples: int = EXAMPLES, **options: Any
) -> rg.History:
    """Train off-line on partitions of a size."""
    inputs, targets = data(size, examples)
    return rg.train(
        network(), inputs=inputs, targets=targets, optimizer=rg.GradientDescent(1e-6),
        epochs=epochs, progress=False, cluster=client, **options,
    )  # fmt: skip


def seconds_of_a_step(history: rg.History) -> float:
    """Give the time of the fastest step after the first."""
    return float(np.diff(history.seconds).min())


def overhead(client: Client) -> tuple[float, float]:
    """Give the seconds that a partition costs, and a step besides: with next to no examples."""
    times = [
        seconds_of_a_step(trained(client, 1, examples=partitions)) for partitions in PARTITIONS
    ]
    each, once = np.polyfit(PARTITIONS, times, 1)
    return float(each), float(once)


def moved(client: Client, size: int) -> tuple[float, float]:
    """Give the bytes sent, and those between workers, in a step."""
    marks: list[tuple[int, int]] = []

    def mark(history: rg.History) -> bool:
        sent = written() + sum(client.run(written).values())
        marks.append((sent, sum(client.run(fetched).values())))
        return False

    trained(client, size, epochs=4, stop=mark)
    sent, between = np.median(np.diff(np.array(marks), axis=0), axis=0)
    return float(sent), float(between)


def main() -> None:
    """Print the table of what was measured, and the one that is reckoned from it."""
    example, weights = seconds_here()
    vector = 8 * weights
    print(f"{weights} weights; a step of {EXAMPLES} examples on one processor, without Dask: 1.00")
    print("\nworkers  partitions  examples in each  time of a step  sent  between")
    count_writes()
    for workers in (1, 2):
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=":0", memory_limit=0
            ) as cluster,
            Client(cluster) as client,
        ):
            client.run(count_writes)
            for size in SIZES:
                seconds = seconds_of_a_step(trained(client, size))
                sent, between = moved(client, size)
                print(
                    f"{workers:7}  {EXAMPLES // size:10}  {size:16}"
                    f"  {seconds / (EXAMPLES * example):14.2f}"
                    f"  {sent / vector:4.0f}  {between / vector:7.0f}"
                )
            each, once = overhead(client)
    reckon(each, once, example / weights)


def reckon(each: float, once: float, product: float) -> None:
    """Print a step on more machines, with a partition on each.

    T = once + each·M + examples/M + what moves, where the weights double their holders in each
    round, and a sum of FAN_IN vectors receives one after the other.
    """
    print(f"\na partition costs as much as {each / product / 1e6:.2f} million weights × examples,")
    print(
        f"a step {once / product / 1e6:.1f} million besides; reckoned with {NETWORK:.3g} bytes/s:"
    )
    print("\n   weights     examples  speedup by machines")
    machines = np.array(MACHINES)
    for many in (7_510, 1_000_000):
        for total in (40_000, 1_000_000, 100_000_000):
            alone = total * many * product
            vectors = np.log2(machines) + FAN_IN * np.log(machines) / np.log(FAN_IN)
            times = once + each * machines + alone / machines + 8 * many * vectors / NETWORK
            told = "  ".join(f"{m}: {s:.3g}" for m, s in zip(MACHINES, alone / times, strict=True))
            print(f"{many:10,}  {total:11,}  {told}")


if __name__ == "__main__":
    main()
