"""Print what a gradient costs by the graph's own passes and by each engine, side by side.

python tests/benchmarks/engine.py [part of a workload's name, ...]

One step is both passes with new inputs, in arrays that stay in place (`program.prepare`). Quoted
are ratios: how many times faster than the labeling of the graph; for layers, how many times slower
than both passes written by hand with matrices. Another engine is another column by itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np

import rojasgraph as rg
from rojasgraph.engine.program import Program
from rojasgraph.engine.registry import ENGINES, installed

LONGEST = 2.0
"""For how many seconds a step is repeated."""

MOST_LABELED = 4e5
"""How many nodes times examples the graph's own passes are asked for."""


@dataclass
class Workload:
    """A network as arrays, and how many examples go through it."""

    name: str
    ops: list[str]
    tails: np.ndarray
    heads: np.ndarray
    batch: int
    slots: np.ndarray | None = None
    weights: np.ndarray | None = None
    outputs: list[int] | None = None
    by_hand: Callable[[Workload, np.ndarray], Callable[[], Any]] | None = None
    sizes: tuple[int, ...] = ()
    inputs: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the inputs."""
        self.inputs = self.ops.count("input")

    def examples(self) -> np.ndarray:
        """Give inputs for all examples."""
        return np.random.default_rng(1).uniform(0.5, 1.0, (self.batch, self.inputs))

    def program(self, engine: str) -> Program:
        """Make the program."""
        return Program.from_arrays(
            np.array(self.ops), self.tails, self.heads, slots=self.slots, weights=self.weights,
            outputs=self.outputs, engine=engine,
        )  # fmt: skip

    def network(self) -> rg.Network:
        """Make the graph."""
        net = rg.Network()
        for j, op in enumerate(self.ops):
            net.add_input(j) if op == "input" else net.add_unit(j, op)
        for e, (tail, head) in enumerate(
            zip(self.tails.tolist(), self.heads.tolist(), strict=True)
        ):
            weight = {} if self.weights is None else {"weight": float(self.weights[e])}
            slot = {} if self.slots is None else {"slot": int(self.slots[e])}
            net.add_edge(tail, head, **weight, **slot)
        for j in self.outputs or ():
            net.nodes[j]["output"] = True
        return net


# --- workloads ----------------------------------------------------------------------------------


def random_dag(nodes: int, batch: int) -> Workload:
    """Tanh units with 4 to 12 edges from a thousand nodes before them."""
    rng = np.random.default_rng(0)
    inputs = 32
    counts = rng.integers(4, 13, nodes)
    heads = np.repeat(np.arange(inputs, inputs + nodes), counts)
    reach = np.minimum(heads, 1000)
    tails = heads - 1 - (rng.random(len(heads)) * reach).astype(np.int64)
    weights = rng.normal(size=len(heads)) / np.sqrt(np.repeat(counts, counts))
    ops = ["input"] * inputs + ["tanh"] * nodes
    return Workload(f"random {nodes:.0e}", ops, tails, heads, batch, weights=weights)


def wired(kind: str, batch: int, nodes: int = 10_000) -> Workload:
    """Orient a random graph by the order of its nodes; units of four kinds."""
    graphs: dict[str, Callable[[], Any]] = {
        "Erdős–Rényi": lambda: nx.fast_gnp_random_graph(nodes, 16 / nodes, seed=2),
        "Barabási–Albert": lambda: nx.barabasi_albert_graph(nodes, 8, seed=2),
        "Watts–Strogatz": lambda: nx.watts_strogatz_graph(nodes, 16, 0.75, seed=2),
    }
    edges = np.sort(np.array(graphs[kind]().edges), axis=1)
    rng = np.random.default_rng(2)
    degree = np.bincount(edges[:, 1], minlength=nodes)
    chosen = rng.choice(["tanh", "sigmoid", "relu", "sin"], nodes)
    ops = np.where(degree == 0, "input", chosen).tolist()
    weights = rng.normal(size=len(edges)) * 1.5 / np.sqrt(degree[edges[:, 1]])
    return Workload(kind, ops, edges[:, 0], edges[:, 1], batch, weights=weights)


def chain(length: int, batch: int) -> Workload:
    """One tanh unit on each level."""
    ops = ["input", *["tanh"] * length]
    tails = np.arange(length)
    return Workload(f"chain of {length:.0e}", ops, tails, tails + 1, batch, weights=np.ones(length))


def layers(sizes: tuple[int, ...], batch: int) -> Workload:
    """Fully connected layers, all of whose outputs are squared and added up."""
    rng = np.random.default_rng(4)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    ops = ["input"] * sizes[0]
    tails, heads = [], []
    for i in range(1, len(sizes)):
        ops += [("identity" if i == len(sizes) - 1 else "tanh")] * sizes[i]
        before, here = np.arange(*starts[i - 1 : i + 1]), np.arange(*starts[i : i + 2])
        tails.append(np.tile(before, len(here)))
        heads.append(np.repeat(here, len(before)))
    outputs = list(range(starts[-2], starts[-1]))
    all_heads = np.concatenate(heads)
    weights = rng.normal(size=len(all_heads)) / np.sqrt(
        np.bincount(all_heads)[all_heads].astype(float)
    )
    return Workload(
        "-".join(map(str, sizes)), ops, np.concatenate(tails), all_heads, batch,
        weights=weights, outputs=outputs, by_hand=matrices, sizes=sizes,
    )  # fmt: skip


def matrices(work: Workload, examples: np.ndarray) -> Callable[[], Any]:
    """Write both passes by hand, with a matrix for each layer; slopes by weights and inputs."""
    sizes, weights = work.sizes, work.weights
    assert weights is not None
    cuts = np.cumsum([a * b for a, b in pairwise(sizes)])[:-1]
    shapes = zip(sizes[1:], sizes[:-1], strict=True)
    layers_ = [w.reshape(shape) for w, shape in zip(np.split(weights, cuts), shapes, strict=True)]
    inputs = np.ascontiguousarray(examples.T)

    def step() -> list[np.ndarray]:
        values = [inputs]
        for i, matrix in enumerate(layers_):
            net = matrix @ values[-1]
            values.append(net if i == len(layers_) - 1 else np.tanh(net))
        delta = np.ones_like(values[-1])
        slopes = []
        for i in range(len(layers_) - 1, -1, -1):
            if i < len(layers_) - 1:
                delta *= 1 - values[i + 1] * values[i + 1]
            slopes.append(delta @ values[i].T)
            delta = layers_[i].T @ delta
        return [*slopes, delta]

    return step


def mixed(operations: int, batch: int) -> Workload:
    """An expression of mixed operations with much sharing, whose values stay small."""
    rng = np.random.default_rng(5)
    inputs = 50
    ops = ["input"] * inputs
    edges: list[tuple[int, int, int]] = []
    kinds = ["add", "sub", "mul", "sin", "tanh", "exp"]
    for j in range(inputs, inputs + operations):
        a, b = (int(x) for x in rng.integers(max(0, j - 3000), j, 2))
        op = kinds[int(rng.integers(len(kinds)))]
        if len(ops) % 2:  # what was combined is bounded again
            op = "sin" if op in {"exp", "tanh"} else op
        if ops[a] in {"add", "sub", "mul", "exp"} and op in {"mul", "exp", "add", "sub"}:
            op = "tanh"
        ops.append(op)
        edges.append((a, j, 0))
        if op in {"add", "sub", "mul"}:
            edges.append((b, j, 0 if op == "add" else 1))
    tails, heads, slots = np.array(edges).T
    last = len(ops) - 1
    return Workload(
        f"{operations:.0e} mixed operations", ops, tails, heads, batch, slots=slots, outputs=[last]
    )


def workloads() -> Iterator[Callable[[], Workload]]:
    """Give all workloads; each is built when it is its turn."""
    for nodes in (1_000, 10_000, 100_000):
        for batch in (1, 32, 1024):
            yield lambda nodes=nodes, batch=batch: random_dag(nodes, batch)
    for kind in ("Erdős–Rényi", "Barabási–Albert", "Watts–Strogatz"):
        yield lambda kind=kind: wired(kind, 32)
    for batch in (1, 32):
        yield lambda batch=batch: chain(100_000, batch)
    yield lambda: layers((784, 512, 256, 10), 128)
    for batch in (1, 1000):
        yield lambda batch=batch: mixed(10_000, batch)


# --- measuring ----------------------------------------------------------------------------------


def best(function: Callable[[], Any]) -> float:
    """Give the shortest of several runs, in seconds."""
    function()
    times: list[float] = []
    while len(times) < 3 or (sum(times) < LONGEST and len(times) < 200):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def labeling(work: Workload, examples: np.ndarray) -> float | None:
    """Time the graph's own passes, in seconds; None where that takes too long."""
    if len(work.ops) * work.batch > MOST_LABELED or len(work.tails) > 10 * MOST_LABELED:
        return None
    net = work.network()
    one = work.batch == 1
    fed = {j: float(x[0]) if one else x for j, x in enumerate(examples.T)}
    names = dict(zip(net.inputs, fed.values(), strict=True))
    outputs = net.outputs

    def step() -> None:
        net.feed_forward(names)
        net.backpropagate(outputs)

    return best(step)


def stepping(work: Workload, engine: str, examples: np.ndarray) -> float:
    """Time an engine, in seconds."""
    program = work.program(engine)
    names = program.outputs
    step = program.prepare(work.batch, names)
    step.inputs[:] = examples
    return best(step)


def measured(work: Workload, engines: list[str]) -> str:
    """Give one line of the table."""
    examples = work.examples()
    reference = labeling(work, examples)
    by_hand = None if work.by_hand is None else best(work.by_hand(work, examples))
    size = len(work.ops) * work.batch
    cells = [f"{work.name:24}{len(work.ops):>8}{len(work.tails):>9}{work.batch:>6}"]
    cells.append(f"{'–' if reference is None else f'{reference * 1e6 / size:.2f}':>9}")
    for engine in engines:
        seconds = stepping(work, engine, examples)
        per_edge = seconds * 1e9 / len(work.tails) / work.batch
        ratio = "–" if reference is None else f"{reference / seconds:.1f}×"
        hand = "" if by_hand is None else f"  {seconds / by_hand:.2f} × by hand"
        cells.append(f"{seconds * 1e3:>12.3f}{per_edge:>10.2f}{ratio:>9}{hand}")
    return "".join(cells)


def main(parts: list[str]) -> None:
    """Print the table."""
    engines = [name for name, entry in ENGINES.items() if installed(entry)]
    head = f"{'':24}{'nodes':>8}{'edges':>9}{'batch':>6}{'labeling':>9}"
    units = f"{'':47}{'µs/n·ex':>9}"
    for engine in engines:
        head += f"{engine:>12}{'':>10}{'ratio':>9}"
        units += f"{'ms':>12}{'ns/edge':>10}{'':>9}"
    print(f"{head}\n{units}")
    for make in workloads():
        work = make()
        if not parts or any(part in work.name for part in parts):
            print(measured(work, engines), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
