"""Print time and memory of an edge as networks grow, and what many calls leave behind.

python -m tests.benchmarks.scaling [--most NODES] [--plot FILE.svg] [growth] [import] [leaks]

Growth: random networks of tanh units with two weighted edges each, 10³ to 10⁶ nodes, each size in
a process of its own: µs of processor time an edge and the most memory that a stage takes beyond
what was there before, in bytes an edge; then the slope of log(time) by log(edges), from the second
size on (1: linear). Import: what `import rojasgraph` costs, as a multiple of importing networkx and
numpy alone. Leaks: blocks of Python's memory and the size of the process after many calls.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import rojasgraph as rg
from tests.leaks import JOBS, left_behind

SIZES = (1_000, 10_000, 100_000, 1_000_000)
MOST_DRAWN = 10_000
"""Nodes of the largest picture."""
IN_DEGREE = 2
INPUTS = 10
REACH = 1000
PASSES = 5

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


# --- one process: all stages on one network -----------------------------------------------------


def random_network(nodes: int) -> rg.Network:
    """Build a random network of tanh units with two weighted edges into each."""
    rng = np.random.default_rng(0)
    heads = np.repeat(np.arange(INPUTS, nodes), IN_DEGREE)
    tails = heads - 1 - (rng.random(len(heads)) * np.minimum(heads, REACH)).astype(np.int64)
    weights = rng.normal(size=len(heads))
    net = rg.Network()
    for i in range(INPUTS):
        net.add_input(i)
    for i in range(INPUTS, nodes):
        net.add_unit(i, "tanh")
    for tail, head, weight in zip(tails.tolist(), heads.tolist(), weights.tolist(), strict=True):
        net.add_edge(tail, head, weight=weight)
    net.nodes[nodes - 1]["output"] = True
    return net


def stages(nodes: int, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Give what is measured, in order; each stage builds on those before it."""
    held: dict[str, Any] = {}
    fed = {i: 0.1 * i for i in range(INPUTS)}
    end, file = nodes - 1, folder / "net.json"

    def built() -> None:
        held["net"] = random_network(nodes)

    yield "build", built
    net: rg.Network = held["net"]
    yield "feed_forward, the first", lambda: net.feed_forward(fed)
    yield "feed_forward", lambda: net.feed_forward(fed)
    yield "backpropagate", lambda: net.backpropagate(end)
    yield "count_paths", lambda: rg.count_paths(net, 0, end)
    yield "sweep, max_product", lambda: rg.sweep(net, end, algebra=rg.algebras.max_product)
    yield "conditioning", lambda: rg.conditioning(net, end)
    yield "hvp", lambda: rg.hvp(net, {0: 1.0}, end)
    yield "count_operations", lambda: rg.count_operations(net, end)
    yield "save as JSON", lambda: net.save(file)
    yield "load", lambda: rg.load(file, largest=2**33)
    if nodes <= MOST_DRAWN:
        yield "picture (svg)", lambda: rg.render(net, folder / "net.svg")

    def compiled() -> None:
        held["program"] = rg.compile(net)

    yield "compile", compiled
    program = held["program"]
    yield "engine pass, the first", lambda: program.value_and_gradient(fed, [end])

    def passes() -> None:
        for _ in range(PASSES):
            program.value_and_gradient(fed, [end])

    yield f"engine pass, {PASSES}", passes


def resident(field: str) -> int:
    """Give the process's memory in bytes: VmRSS now, VmHWM at most since it was last cleared."""
    if STATUS.exists():
        found = re.search(rf"{field}:\s+(\d+) kB", STATUS.read_text(encoding="utf-8"))
        if found:
            return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(nodes: int) -> dict[str, tuple[float, float]]:
    """Run all stages: seconds of the processor, and bytes at most beyond those before."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, stage in stages(nodes, Path(folder)):
            if CLEAR.exists():
                CLEAR.write_text("5", encoding="ascii")  # forget the peak
            before, start = resident("VmRSS"), time.process_time()
            stage()
            found[name] = time.process_time() - start, float(resident("VmHWM") - before)
    return found


def in_own_process(nodes: int) -> dict[str, tuple[float, float]]:
    """Measure one size in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.scaling", "--one", str(nodes)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {name: (a, b) for name, (a, b) in json.loads(done.stdout).items()}


# --- growth -------------------------------------------------------------------------------------


def growth(most: int, plot: Path | None) -> None:
    """Print the tables of time and of memory, and draw the first."""
    sizes = [n for n in SIZES if n <= most]
    edges = [IN_DEGREE * (n - INPUTS) for n in sizes]
    found = [in_own_process(n) for n in sizes]
    heads = "".join(f"{n:>12,}" for n in sizes)
    print(f"{'µs an edge; nodes:':26}{heads}{'slope':>8}")
    for name in found[0]:
        times = [each[name][0] for each in found if name in each]
        line = "".join(f"{t / e * 1e6:12.2f}" for t, e in zip(times, edges, strict=False))
        print(f"{name:26}{line:{12 * len(sizes)}}{slope(times, edges):8.2f}")
    print(f"\n{'bytes an edge; nodes:':26}{heads}")
    for name in found[0]:
        sizes_of = [each[name][1] for each in found if name in each]
        line = "".join(f"{b / e:12.0f}" for b, e in zip(sizes_of, edges, strict=False))
        print(f"{name:26}{line}")
    if plot:
        draw({n: [each[n][0] for each in found if n in each] for n in found[0]}, edges, plot)


def slope(times: list[float], edges: list[int]) -> float:
    """Give the slope of log(time) by log(edges) from the second size to the last."""
    times, edges = times[1:], edges[1 : len(times)]
    if len(times) < 2 or not times[0]:
        return math.nan
    return math.log(times[-1] / times[0]) / math.log(edges[-1] / edges[0])


def draw(times: dict[str, list[float]], edges: list[int], target: Path) -> None:
    """Draw µs an edge with matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for name, series in times.items():
        each = [t / e * 1e6 for t, e in zip(series, edges, strict=False)]
        axes.loglog(edges[: len(each)], each, "o-", label=name)
    axes.set(xlabel="edges", ylabel="µs of processor time an edge")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(target)


# --- import and leaks ---------------------------------------------------------------------------


def importing() -> None:
    """Print what importing costs, as a ratio, and in turns."""

    def seconds(modules: str) -> float:
        clock = "time.process_time()"
        code = f"import time; t = {clock}; import {modules}; print({clock} - t)"
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        return float(done.stdout)

    ratios = [seconds("rojasgraph") / seconds("networkx, numpy") for _ in range(9)]
    print(f"\nimport rojasgraph ÷ import networkx, numpy: {median(ratios):.2f}")


def leaks() -> None:
    """Print what many calls leave behind."""
    print(f"\n{'calls':>7}  {'blocks':>8}  {'kB of the process':>18}")
    for job in JOBS:
        run = job.make()
        for _ in range(job.warm_up):
            run()
        gc.collect()
        before = resident("VmRSS")
        blocks = left_behind(run, job.many)
        kilobytes = (resident("VmRSS") - before) / 1024
        print(f"{job.many:>7}  {blocks:>8}  {kilobytes:>18.0f}  {job.name}", flush=True)


def main() -> None:
    """Print all parts, or those that are asked for."""
    parser = argparse.ArgumentParser(description="Time and memory as networks grow; leaks.")
    parser.add_argument("parts", nargs="*", help="growth, import, leaks; default: all")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="nodes of the largest network")
    parser.add_argument("--plot", type=Path, help="file for a picture")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one)))
        return
    parts = options.parts or ["growth", "import", "leaks"]
    if "growth" in parts:
        growth(options.most, options.plot)
    if "import" in parts:
        importing()
    if "leaks" in parts:
        leaks()


if __name__ == "__main__":
    main()
