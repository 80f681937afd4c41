"""Print what sweeps over path algebras cost, as multiples of a gradient of the same engine.

python tests/benchmarks/sweeps.py [nodes edges]

The network has 10⁵ nodes and 10⁶ edges unless told otherwise, once with edges from anywhere before
(some 150 levels), once from the thousand nodes before (some 2000). A gradient is one run of
`program.prepare()`, both passes; a sweep is one call of `program.sweep`, its forward pass included.
Each number is the median of ratios of runs side by side.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import rojasgraph as rg
from rojasgraph import algebras

INPUTS = 100
ROUNDS = 15


def network(nodes: int, edges: int, reach: int | None) -> tuple[rg.Program, dict[Any, float]]:
    """Build a random program of tanh units, and what it is fed."""
    rng = np.random.default_rng(0)
    heads = np.sort(np.concatenate([
        rng.integers(INPUTS, nodes, edges - nodes + INPUTS), np.arange(INPUTS, nodes)
    ]))  # fmt: skip
    within = heads if reach is None else np.minimum(heads, reach)
    tails = heads - 1 - (rng.random(len(heads)) * within).astype(np.int64)
    ops = np.array(["input"] * INPUTS + ["tanh"] * (nodes - INPUTS))
    program = rg.Program.from_arrays(
        ops, tails, heads, weights=rng.normal(size=len(heads)) / 3, outputs=[nodes - 1],
        engine="llvm",
    )  # fmt: skip
    return program, dict(enumerate(rng.uniform(size=INPUTS).tolist()))


def seconds(run: Callable[[], Any]) -> float:
    """Time one run."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ratios(program: rg.Program, fed: dict[Any, float], output: int) -> dict[str, float]:
    """Compare each sweep with a gradient, run after run."""
    step = program.prepare()
    step.inputs[:] = list(fed.values())
    found = {}
    for name, algebra in algebras.ALL.items():
        if not algebra.width:
            continue

        def sweep(algebra: rg.Algebra = algebra) -> None:
            program.sweep(output, fed, algebra=algebra)

        sweep()
        step()
        found[name] = median(seconds(sweep) / seconds(step) for _ in range(ROUNDS))
    return found


def main(arguments: list[str]) -> None:
    """Print the table."""
    nodes, edges = (int(float(text)) for text in arguments or ("1e5", "1e6"))
    print(f"{nodes} nodes, {edges} edges; sweep / gradient, engine llvm")
    tables = []
    for reach in (None, 1000):
        program, fed = network(nodes, edges, reach)
        tables.append(ratios(program, fed, nodes - 1))
        print(f"  column {len(tables)}: {len(program.wiring.first_node) - 1} levels")
    for name in tables[0]:
        print(f"{name:14}" + "".join(f"{table[name]:8.2f}" for table in tables))


if __name__ == "__main__":
    main(sys.argv[1:])
