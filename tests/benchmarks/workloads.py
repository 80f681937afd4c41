"""The networks that the engines are measured on, as arrays; seeded, so the same each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

import rojasgraph as rg

_FORMULA = 100
"""Up to so many operations an expression is a small formula."""

_MOST_EXAMPLES = 1000
"""How many examples an expression must be tame on."""


def _examples(count: int, inputs: int) -> np.ndarray:
    """Give a row for each example; fewer examples are the first of more."""
    return np.random.default_rng(1).uniform(0.9, 1.1, (count, inputs))


@dataclass
class Workload:
    """A network as arrays, and how many examples go through it.

    Attributes:
        name: what a table calls it.
        family: which of the claims it belongs to.
        ops: by node; tails have smaller numbers than heads.
        tails: by edge.
        heads: by edge, ascending.
        batch: how many examples.
        slots: by edge; None where all operations have one.
        weights: by edge; None for an expression.
        outputs: nodes.
        sizes: of the layers, if it is made of layers.
    """

    name: str
    family: str
    ops: np.ndarray
    tails: np.ndarray
    heads: np.ndarray
    batch: int
    slots: np.ndarray | None = None
    weights: np.ndarray | None = None
    outputs: np.ndarray | None = None
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Let the outputs be the nodes that feed no other, unless they are given."""
        if self.outputs is None:
            self.outputs = np.setdiff1d(np.arange(len(self.ops)), self.tails)

    @property
    def inputs(self) -> int:
        """How many inputs there are: the first nodes, or nodes in between."""
        return int((self.ops == "input").sum())

    def examples(self) -> np.ndarray:
        """Give inputs for all examples."""
        return _examples(self.batch, self.inputs)

    def program(self, engine: str, dtype: str = "float64") -> rg.Program:
        """Make the program."""
        return rg.Program.from_arrays(
            self.ops, self.tails, self.heads, slots=self.slots, weights=self.weights,
            outputs=self.outputs, engine=engine, dtype=dtype,
        )  # fmt: skip

    def network(self) -> rg.Network:
        """Make the graph."""
        net = rg.Network()
        for j, op in enumerate(self.ops.tolist()):
            net.add_input(j) if op == "input" else net.add_unit(j, op)
        for e, (tail, head) in enumerate(
            zip(self.tails.tolist(), self.heads.tolist(), strict=True)
        ):
            weight = {} if self.weights is None else {"weight": float(self.weights[e])}
            slot = {} if self.slots is None else {"slot": int(self.slots[e])}
            net.add_edge(tail, head, **weight, **slot)
        for j in self.outputs.tolist():
            net.nodes[j]["output"] = True
        return net


def random_dag(nodes: int, batch: int) -> Workload:
    """Tanh units with 4 to 12 edges from a thousand nodes before them."""
    rng = np.random.default_rng(0)
    inputs = 32
    counts = rng.integers(4, 13, nodes)
    heads = np.repeat(np.arange(inputs, inputs + nodes), counts)
    reach = np.minimum(heads, 1000)
    tails = heads - 1 - (rng.random(len(heads)) * reach).astype(np.int64)
    weights = rng.normal(size=len(heads)) / np.sqrt(np.repeat(counts, counts))
    ops = np.repeat(["input", "tanh"], [inputs, nodes])
    return Workload(f"random DAG {nodes:.0e}", "random", ops, tails, heads, batch, weights=weights)


def wired(kind: str, batch: int, nodes: int = 10_000) -> Workload:
    """Orient a random graph by the order of its nodes; units of four kinds."""
    graphs: dict[str, Callable[[], Any]] = {
        "Erdős–Rényi": lambda: nx.fast_gnp_random_graph(nodes, 16 / nodes, seed=2),
        "Barabási–Albert": lambda: nx.barabasi_albert_graph(nodes, 8, seed=2),
        "Watts–Strogatz": lambda: nx.watts_strogatz_graph(nodes, 16, 0.75, seed=2),
    }
    edges = np.sort(np.array(graphs[kind]().edges), axis=1)
    edges = edges[np.lexsort((edges[:, 0], edges[:, 1]))]
    rng = np.random.default_rng(2)
    degree = np.bincount(edges[:, 1], minlength=nodes)
    chosen = rng.choice(["tanh", "sigmoid", "relu", "sin"], nodes)
    ops = np.where(degree == 0, "input", chosen)
    weights = rng.normal(size=len(edges)) * 1.5 / np.sqrt(degree[edges[:, 1]])
    return Workload(f"wired, {kind}", "wired", ops, edges[:, 0], edges[:, 1], batch,
                    weights=weights)  # fmt: skip


def chain(length: int, batch: int) -> Workload:
    """One tanh unit on each level."""
    tails = np.arange(length)
    ops = np.repeat(["input", "tanh"], [1, length])
    return Workload(f"chain {length:.0e}", "chain", ops, tails, tails + 1, batch,
                    weights=np.ones(length))  # fmt: skip


def layers(sizes: tuple[int, ...], batch: int) -> Workload:
    """Fully connected layers, as a graph of single units."""
    rng = np.random.default_rng(4)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    parts = [
        (np.tile(np.arange(*starts[i - 1 : i + 1]), sizes[i]),
         np.repeat(np.arange(*starts[i : i + 2]), sizes[i - 1]))
        for i in range(1, len(sizes))
    ]  # fmt: skip
    tails, heads = (np.concatenate(part) for part in zip(*parts, strict=True))
    kinds = ["input", *["tanh"] * (len(sizes) - 2), "identity"]
    weights = rng.normal(size=len(heads)) / np.sqrt(np.bincount(heads)[heads])
    return Workload("-".join(map(str, sizes)), "layers", np.repeat(kinds, sizes), tails, heads,
                    batch, weights=weights, sizes=sizes)  # fmt: skip


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
}
UNARY: dict[str, Callable[[Any], Any]] = {"exp": np.exp, "log": np.log, "sin": np.sin}


def expression(operations: int, batch: int, inputs: int = 50) -> Workload:
    """Mixed operations with much sharing, all of which one output depends on.

    An operation is taken if its values stay of moderate size on the examples.
    """
    rng = np.random.default_rng(5)
    values = list(_examples(_MOST_EXAMPLES, inputs).T)
    ops, operands, unused = ["input"] * inputs, [()] * inputs, dict.fromkeys(range(inputs))
    kinds = [*BINARY, *UNARY]

    def take(op: str, chosen: tuple[int, ...]) -> None:
        """Append an operation unless its values are out of bounds."""
        found = [values[i] for i in chosen]
        with np.errstate(all="ignore"):
            value = BINARY[op](*found) if op in BINARY else UNARY[op](*found)
        last = np.abs(found[-1])
        tame = np.isfinite(value).all() and np.abs(value).max() < 5
        tame &= op not in {"log", "pow"} or found[0].min() > 0.2
        tame &= op != "div" or last.min() > 0.2
        if tame:
            unused[len(ops)] = None
            for i in chosen:
                unused.pop(i, None)
            ops.append(op)
            operands.append(chosen)
            values.append(value)

    while len(ops) + len(unused) < inputs + operations:
        op = kinds[int(rng.integers(len(kinds)))]
        a = next(iter(unused)) if rng.random() < 0.4 else int(rng.integers(len(ops)))
        take(op, (a, int(rng.integers(len(ops))))[: 2 if op in BINARY else 1])
    while len(unused) > 1:
        a, b = list(unused)[:2]
        count = len(ops)
        take("add", (a, b))
        if len(ops) == count:
            take("sin", (a,))
    counts = np.array([len(each) for each in operands])
    heads = np.repeat(np.arange(len(ops)), counts)
    places = np.arange(len(heads)) - np.repeat(np.cumsum(counts) - counts, counts)
    names = np.array(ops)
    family = "expression" if operations > _FORMULA else "formula"
    size = f"{operations:.0e}" if operations > _FORMULA else f"{operations}"
    tails = np.concatenate([np.array(each, int) for each in operands])
    slots = np.where(names[heads] == "add", 0, places)
    return Workload(f"{size} operations", family, names, tails, heads, batch, slots=slots,
                    outputs=np.array([len(ops) - 1]))  # fmt: skip


def workloads() -> Iterator[tuple[str, Callable[[], Workload]]]:
    """Give all workloads with what selects them; each is built when it is its turn."""
    for nodes in (1_000, 10_000, 100_000):
        for batch in (1, 32, 1024):
            yield (
                f"random {nodes:.0e} {batch}",
                lambda nodes=nodes, batch=batch: random_dag(nodes, batch),
            )
    for kind in ("Erdős–Rényi", "Barabási–Albert", "Watts–Strogatz"):
        yield f"wired {kind} 32", lambda kind=kind: wired(kind, 32)
    for batch in (1, 32):
        yield f"chain {batch}", lambda batch=batch: chain(100_000, batch)
    yield "layers 128", lambda: layers((784, 512, 256, 10), 128)
    for batch in (1, 1000):
        yield f"expression {batch}", lambda batch=batch: expression(10_000, batch)
    yield "formula 1", lambda: expression(20, 1, inputs=4)
