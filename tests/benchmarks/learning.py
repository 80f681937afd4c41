"""Print what an epoch on the digits costs here and in PyTorch, side by side.

python tests/benchmarks/learning.py [layered] [wired]

The same networks, weights, batches (32) and optimizer (Adam); the fastest of some epochs on each
side. The layered network is 64-32-10, in PyTorch its eager loop with `Linear` layers. The randomly
wired one has 200 units (Watts–Strogatz, k = 40); PyTorch runs it in several ways, of which the
fastest counts: unit by unit, each gathering what feeds it; or level by level, each one product
with what all levels before gave. Both sides compute with float32; ours with float64 stands beside.
Needs scikit-learn and PyTorch (pip install torch), which no test does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import torch
from sklearn.datasets import load_digits

import rojasgraph as rg
from rojasgraph.learning.data import Names, Table, columns_of
from rojasgraph.learning.surface import ErrorSurface

EPOCHS = 4
BATCH = 32
THREADS = torch.get_num_threads()
PIXELS, DIGITS = load_digits(return_X_y=True)
INPUTS, TARGETS = PIXELS[:1344] / 16, DIGITS[:1344]


def ours(net: rg.Network, dtype: str) -> list[float]:
    """Time epochs as `rg.train` runs them, without what is done once."""
    error = rg.extend(net, "softmax_cross_entropy", reduction="mean")
    program = rg.compile(error, dtype=dtype)
    surface = ErrorSurface(program, mean=True)
    targets = {name: error.nodes[name]["target"] for name in error.inputs if name not in net}
    names = Names(net.inputs, targets, error.inputs)
    table = Table(columns_of(INPUTS, np.eye(10)[TARGETS], names), BATCH, shuffle=True)
    walk = rg.Adam(0.001).descend(surface, program.weights.astype(np.float64))
    rng = np.random.default_rng(0)
    next(walk)

    def epoch() -> None:
        for columns in table.epoch(rng):
            surface.load(columns)
            next(walk)

    return timed(epoch)


def theirs(forward: Callable[[Any], Any], parameters: list[Any]) -> list[float]:
    """Time epochs of PyTorch's eager loop, with one thread and with all: both."""
    optimizer = torch.optim.Adam(parameters, lr=0.001)
    loss = torch.nn.CrossEntropyLoss()
    inputs = torch.tensor(INPUTS, dtype=torch.float32)
    targets = torch.tensor(TARGETS)

    def epoch() -> None:
        for part in torch.randperm(len(inputs)).split(BATCH):
            optimizer.zero_grad()
            loss(forward(inputs[part]), targets[part]).backward()
            optimizer.step()

    found = []
    for threads in sorted({1, THREADS}):
        torch.set_num_threads(threads)
        found += timed(epoch)
    return found


def timed(epoch: Callable[[], None]) -> list[float]:
    """Run an epoch some times, after one to get ready."""
    epoch()
    seconds = []
    for _ in range(EPOCHS):
        start = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - start)
    return seconds


# --- the wired network in PyTorch ---------------------------------------------------------------


def operations(net: rg.Network) -> list[Any]:
    """List the units in an order in which each follows what feeds it."""
    return [n for n in nx.topological_sort(net) if net.nodes[n]["op"] in {"tanh", "identity"}]


def weight(net: rg.Network, tails: list[Any], heads: list[Any]) -> Any:
    """Give the weights from some nodes to others as a matrix, 0 where no edge is."""
    matrix = np.zeros((len(tails), len(heads)), np.float32)
    place = {tail: i for i, tail in enumerate(tails)}
    for j, head in enumerate(heads):
        for tail, _, data in net.in_edges(head, data=True):
            matrix[place[tail], j] = data["weight"]
    return torch.tensor(matrix, requires_grad=True)


def by_units(net: rg.Network) -> tuple[Callable[[Any], Any], list[Any]]:
    """Run unit by unit: each stacks the values that feed it."""
    order = operations(net)
    tails = {n: list(net.predecessors(n)) for n in order}
    weights = {n: weight(net, tails[n], [n]) for n in order}

    def forward(x: Any) -> Any:
        values = dict(zip(net.inputs, x.unbind(1), strict=True))
        values["bias"] = torch.ones(len(x))
        for n in order:
            net_input = (torch.stack([values[t] for t in tails[n]], 1) @ weights[n])[:, 0]
            values[n] = torch.tanh(net_input) if net.nodes[n]["op"] == "tanh" else net_input
        return torch.stack([values[n] for n in net.outputs], 1)

    return forward, list(weights.values())


def by_levels(net: rg.Network) -> tuple[Callable[[Any], Any], list[Any]]:
    """Run level by level: one product with all that the levels before gave, masked."""
    order, depth = operations(net), {}
    for n in order:
        depth[n] = 1 + max(depth.get(t, 0) for t in net.predecessors(n))
    outputs = set(net.outputs)
    inner = [n for n in order if n not in outputs]
    levels = [[n for n in inner if depth[n] == d] for d in sorted({depth[n] for n in inner})]
    known, plan = [*net.inputs, "bias"], []
    for level in [*levels, net.outputs]:
        mask = torch.zeros(len(known), len(level))
        for j, n in enumerate(level):
            mask[[known.index(t) for t in net.predecessors(n)], j] = 1
        plan.append((weight(net, known, level), mask))
        known = [*known, *level]

    def forward(x: Any) -> Any:
        values = torch.cat([x, torch.ones(len(x), 1)], 1)
        for matrix, mask in plan[:-1]:
            values = torch.cat([values, torch.tanh(values @ (matrix * mask))], 1)
        matrix, mask = plan[-1]
        return values @ (matrix * mask)

    return forward, [matrix for matrix, _ in plan]


# --- the two comparisons ------------------------------------------------------------------------


def layered() -> None:
    """Compare the layered network."""
    net = rg.layered([64, 32, 10], ["tanh", "identity"], rng=0)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Tanh(), torch.nn.Linear(32, 10))
    report("layered 64-32-10", net, {"eager": lambda: theirs(model, list(model.parameters()))})


def wired() -> None:
    """Compare the randomly wired network."""
    net = rg.randomly_wired(
        "ws", 200, k=40, inputs=64, outputs=10, reach=64, bias=True,
        output_activation="identity", rng=0,
    )  # fmt: skip
    ways = {"unit by unit": by_units, "level by level": by_levels}
    x = torch.tensor(INPUTS[:50], dtype=torch.float32)
    here = rg.compile(net).feed_forward(INPUTS[:50]).array
    for name, way in ways.items():
        there = way(net)[0](x).detach().numpy()
        assert np.allclose(there, here, atol=1e-4), f"{name} computes another network"
    report("wired, 200 units", net, {n: lambda w=w: theirs(*w(net)) for n, w in ways.items()})


def report(name: str, net: rg.Network, ways: dict[str, Callable[[], list[float]]]) -> None:
    """Print a comparison."""
    print(f"{name}: {net.number_of_edges()} weights, {len(INPUTS)} digits, batches of {BATCH}")
    mine = {dtype: min(ours(net, dtype)) for dtype in ("float32", "float64")}
    for dtype, seconds in mine.items():
        print(f"  here, {dtype:<22} {1e3 * seconds:9.1f} ms an epoch")
    other = {way: min(run()) for way, run in ways.items()}
    for way, seconds in other.items():
        print(f"  PyTorch, {way:<19} {1e3 * seconds:9.1f} ms an epoch")
    best = min(other.values())
    for dtype, seconds in mine.items():
        print(f"  PyTorch's best takes {best / seconds:.1f} times as long as here in {dtype}")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or ["layered", "wired"]:
        {"layered": layered, "wired": wired}[chosen]()
