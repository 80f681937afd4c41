"""Print what building and labeling cost, in µs a node, with every label written.

python tests/benchmarks/labeling.py [nodes]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import Any

import rojasgraph as rg

IN_DEGREE = 3
REPEATS = 5


def build(nodes: int) -> rg.Network:
    """Build a random network of tanh units with three weighted edges into each."""
    chance = random.Random(0)  # noqa: S311 - not for secrets
    net = rg.Network()
    for i in range(10):
        net.add_input(i)
    for i in range(10, nodes):
        net.add_unit(i, "tanh")
        for _ in range(IN_DEGREE):
            net.add_edge(chance.randrange(max(0, i - 1000), i), i, weight=chance.uniform(-1, 1))
    return net


def ladder(rungs: int) -> rg.Network:
    """Build a network with 2 ** rungs paths: each node feeds the next one twice."""
    x = rg.inputs("x")
    node = x
    for _ in range(rungs):
        node = (node + node) * 0.5
    return rg.Network.from_expressions(node)


def chain(nodes: int) -> rg.Network:
    """Build a chain of sines."""
    node = rg.inputs("x")
    for _ in range(nodes):
        node = rg.sin(node)
    return rg.Network.from_expressions(node)


def best(function: Callable[[], Any]) -> float:
    """Give the shortest of several runs, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def main(nodes: int) -> None:
    """Print the table."""
    start = time.perf_counter()
    net = build(nodes)
    building = time.perf_counter() - start
    fed = {i: 0.1 * i for i in range(10)}
    output = nodes - 1
    start = time.perf_counter()
    net.feed_forward(fed)
    net.backpropagate(output)
    first = time.perf_counter() - start
    forward = best(lambda: net.feed_forward(fed))
    backward = best(lambda: net.backpropagate(output))
    print(f"{len(net)} nodes, {net.number_of_edges()} edges; µs a node")
    for name, seconds in {
        "building": building,
        "first pair of sweeps": first,
        "feed_forward, repeated": forward,
        "backpropagate, repeated": backward,
        "both sweeps, repeated": forward + backward,
    }.items():
        print(f"  {name:26}{seconds / nodes * 1e6:8.2f}")
    for name, special in {
        "chain of 100,000": chain(100_000),
        "ladder, 2^60 paths": ladder(60),
    }.items():
        start = time.perf_counter()
        special.feed_forward(x=1.0)
        special.backpropagate()
        print(f"{name}: both passes in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
