"""Print what a gradient costs by each engine, beside other ways, and whether the aims are met.

python -m tests.benchmarks.engine [--limit FOLDER] [--plot FILE.svg] [part of a name, ...]

One step is both passes with new inputs and weights, in arrays that stay in place. All ways of a
workload take turns, so that what else the machine does hits all of them. Quoted are ratios: how
many times longer the others take than the llvm engine; and how many times longer than the limit
(the prototype in FOLDER) llvm takes, by the clock and, in parentheses, by processor time. Before
anything is timed, derivatives are compared.

Parts: "random", "wired", "chain", "layers", "expression", "formula", each followed by a batch size
if only one is meant, as in "random 1e+04 32"; "scaling"; "first"; "memory".
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rojasgraph.engine.registry import ENGINES, installed
from tests.benchmarks.contestants import OTHERS, Step, limit
from tests.benchmarks.workloads import Workload, random_dag, workloads

ROUNDS, TURN = 3, 0.15
"""How often each way has its turn, and how many seconds a turn takes at least."""

READING = 1e-4
"""So many seconds of steps are timed together, beside which reading the clock is nothing."""

MOST_LABELED = 4e5
"""How many nodes times examples the graph's own passes are asked for."""

AGREEMENT = 1e-9
"""How far derivatives may be apart, relative to the largest."""

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
"""Of the scaling plot, in edges."""


@dataclass
class Cost:
    """What a step costs in seconds, by the clock and of processors."""

    clock: float
    processor: float


# --- measuring ----------------------------------------------------------------------------------


def costs(steps: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, Cost]:
    """Time steps in turns; the shortest clock time and the mean processor time of each."""
    found = {name: Cost(math.inf, math.inf) for name in steps}
    together = {name: several(step) for name, step in steps.items()}
    for _ in range(rounds):
        for name, step in steps.items():
            if found[name].clock > 10 * TURN and found[name].clock < math.inf:
                continue  # once is enough for what takes seconds
            calls, spent, start = 0, time.process_time(), time.perf_counter()
            shortest, before = math.inf, start
            while not calls or before - start < TURN:
                for _ in together[name]:
                    step()
                now, count = time.perf_counter(), len(together[name])
                shortest, before, calls = min(shortest, (now - before) / count), now, calls + count
            mean = (time.process_time() - spent) / calls
            best = found[name]
            found[name] = Cost(min(best.clock, shortest), min(best.processor, mean))
    return found


def several(step: Callable[[], Any]) -> range:
    """Choose how many steps are timed together."""
    start = time.perf_counter()
    step()
    return range(max(round(READING / (time.perf_counter() - start)), 1))


def engine_step(work: Workload, engine: str, examples: np.ndarray) -> Step:
    """Prepare a step of an engine."""
    program = work.program(engine)
    one = work.batch == 1
    step = program.prepare(None if one else work.batch, program.outputs)
    given = examples[0] if one else np.ascontiguousarray(examples.T).T

    inputs, gradient = step.inputs, step.input_gradient
    if one:
        inputs, given = memoryview(inputs), memoryview(given.copy())

    def run() -> np.ndarray:
        inputs[:] = given
        step()
        return gradient

    return run


def labeling_step(work: Workload, examples: np.ndarray) -> Step | None:
    """Prepare the graph's own passes."""
    if len(work.ops) * work.batch > MOST_LABELED or work.sizes:
        return None
    net = work.network()
    fed = {
        name: float(x[0]) if work.batch == 1 else x
        for name, x in zip(net.inputs, examples.T, strict=True)
    }
    outputs = net.outputs

    def step() -> np.ndarray:
        net.feed_forward(fed)
        gradient = net.backpropagate(outputs)
        return np.stack([np.broadcast_to(gradient[name], work.batch) for name in fed], axis=-1)

    return step


def contestants(work: Workload, options: argparse.Namespace) -> dict[str, Step]:
    """Prepare all ways of a workload that are there, and compare their derivatives."""
    examples = work.examples()
    makers: dict[str, Callable[[], Step | None]] = {
        name: functools.partial(engine_step, work, name, examples) for name in options.engines
    }
    if options.limit:
        makers["limit"] = functools.partial(limit, options.limit, work, examples)
    if not options.quick:
        for name, (package, make) in OTHERS.items():
            if importlib.util.find_spec(package):
                makers[name] = functools.partial(make, work, examples)
        makers["labeling"] = functools.partial(labeling_step, work, examples)
    steps, wanted = {}, None
    for name, make in makers.items():
        step = make()
        if step is None:
            continue
        found = np.array(step()).reshape(work.batch, -1)
        wanted = found if wanted is None else wanted
        apart = np.abs(found - wanted).max() / max(np.abs(wanted).max(), 1e-300)
        if not apart <= AGREEMENT:
            sys.exit(f"{work.name}: the derivatives of {name} are {apart:.0e} off")
        steps[name] = step
    return steps


# --- the table ----------------------------------------------------------------------------------


class Table:
    """The lines of the table, and the ratios that the aims speak of."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Print the head."""
        self.measured: list[tuple[Workload, dict[str, Cost]]] = []
        self._others = [name for name in options.engines if name != options.engines[0]]
        self._others += [] if options.quick else [*OTHERS, "labeling"]
        self._first = options.engines[0]
        print(
            f"{'':25}{'nodes':>8}{'edges':>9}{'batch':>6}{self._first + ' ms':>10}"
            f"{'ns/edge':>8}{'÷ limit':>13}" + "".join(f"{n:>10}" for n in self._others)
        )

    def add(self, work: Workload, found: dict[str, Cost]) -> None:
        """Print a line."""
        self.measured.append((work, found))
        own = found[self._first]
        per_edge = own.clock * 1e9 / len(work.tails) / work.batch
        ratio = "–"
        if "limit" in found:
            best = found["limit"]
            ratio = f"{own.clock / best.clock:.2f} ({own.processor / best.processor:.2f})"
        cells = [
            f"{found[name].clock / own.clock:.3g}×" if name in found else "–"
            for name in self._others
        ]
        print(
            f"{work.name:25}{len(work.ops):>8}{len(work.tails):>9}{work.batch:>6}"
            f"{own.clock * 1e3:>10.4f}{per_edge:>8.2f}{ratio:>13}"
            + "".join(f"{cell:>10}" for cell in cells),
            flush=True,
        )

    def ratios(self, over: tuple[str, ...], under: str, *families: str, least: int = 1,
               most: float = math.inf) -> list[float]:  # fmt: skip
        """Give by workload the time of the fastest of some ways over that of another."""
        return [
            min(found[name].clock for name in over if name in found) / found[under].clock
            for work, found in self.measured
            if work.family in families and least <= work.batch <= most
            if under in found and any(name in found for name in over)
        ]

    def verdicts(self) -> None:
        """Print what the aims ask for, and what was found."""
        sparse, tools = ("random", "wired"), ("JAX", "CasADi", "CasADi, C", "torch")
        own = (self._first,)
        say(
            "÷ limit, random and wired, batch ≥ 32",
            1.5,
            self.ratios(own, "limit", *sparse, least=32),
            worst=max,
        )
        say("÷ limit, random, batch 1", 2, self.ratios(own, "limit", *sparse, most=1), worst=max)
        say(
            "÷ limit, expressions", 2, self.ratios(own, "limit", "expression", "formula"), worst=max
        )
        say("÷ limit, chain, batch 1", 1.5, self.ratios(own, "limit", "chain", most=1), worst=max)
        say(
            "fastest of JAX, CasADi, torch ÷ ours, sparse, batch ≥ 32",
            10,
            self.ratios(tools, self._first, *sparse, least=32),
            worst=min,
        )
        say("the same, batch 1", 6, self.ratios(tools, self._first, *sparse, most=1), worst=min)
        say("the same, chain", 1, self.ratios(tools, self._first, "chain"), worst=min)
        say("the same, formula", 1, self.ratios(tools, self._first, "formula"), worst=min)
        say("÷ matrices by hand, layers", 1.2, self.ratios(own, "matrices", "layers"), worst=max)
        big = [f for w, f in self.measured if w.name.startswith("random") and len(w.ops) >= 1e5]
        say(
            "labeling ÷ numpy engine, random DAG of 10⁵ nodes",
            10,
            [
                f["labeling"].clock / f["numpy"].clock
                for f in big
                if {"labeling", "numpy"} <= f.keys()
            ],
            worst=min,
        )


def say(what: str, aim: float, ratios: list[float], *, worst: Callable[..., float]) -> None:
    """Print one aim."""
    if ratios:
        value = worst(ratios)
        met = value <= aim if worst is max else value >= aim
        sign = "≤" if worst is max else "≥"
        print(f"{'met ' if met else 'MISSED'}  {what}: {value:.2f} (aim {sign} {aim:g})")


# --- size ---------------------------------------------------------------------------------------


def scaling(options: argparse.Namespace) -> None:
    """Print and draw the time of an edge by the size of a random network, for one example."""
    points: dict[str, list[float]] = {}
    print(f"\nns per edge, one example\n{'edges':>10}  {options.engines[0]:>6}  {'limit':>6}")
    for size in SIZES:
        work = random_dag(size // 8, 1)
        steps = {options.engines[0]: engine_step(work, options.engines[0], work.examples())}
        if options.limit:
            steps["limit"] = limit(options.limit, work, work.examples())
        found = costs(steps)
        for name, cost in found.items():
            points.setdefault(name, []).append(cost.clock * 1e9 / len(work.tails))
        here = [series[-1] for series in points.values()]
        bars = "  ".join(f"{x:6.2f} {'█' * round(8 * math.log2(1 + x)):33}" for x in here)
        print(f"{len(work.tails):>10}  {bars}", flush=True)
    if "limit" in points:
        ratios = [a / b for a, b in zip(points[options.engines[0]], points["limit"], strict=True)]
        say("÷ limit, an edge at each size", 2, ratios, worst=max)
    if options.plot:
        draw(points, options.plot)


def draw(points: dict[str, list[float]], target: Path) -> None:
    """Draw the same with matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    for name, series in points.items():
        axes.loglog(SIZES, series, "o-", label=name)
    axes.set(xlabel="edges", ylabel="ns per edge, both passes, one example", ylim=(0.5, 50))
    axes.legend()
    figure.savefig(target)


SCRIPT = """
import re, resource, sys, time
from pathlib import Path
from tests.benchmarks.workloads import random_dag

def peak():
    status = Path("/proc/self/status")  # where there is none, a parent's memory may count too
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

work = random_dag(int(sys.argv[1]), int(sys.argv[2]))
program = work.program(sys.argv[3])
examples = work.examples()
start = time.perf_counter()
program.value_and_gradient(examples, program.outputs)
print(time.perf_counter() - start, peak() / 2**20)
"""
"""A process of its own: both passes once; prints seconds, and GB of memory at most."""


def one_pass(nodes: int, batch: int, engine: str, cache: str) -> tuple[float, float]:
    """Run a process that makes one pass, with compiled code in a folder of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(nodes), str(batch), engine],
        env=os.environ | {"XDG_CACHE_HOME": cache}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    seconds, gigabytes = map(float, done.stdout.split())
    return seconds, gigabytes


def first_call(options: argparse.Namespace) -> None:
    """Print how long the first pass of a process takes, with and without compiled code."""
    with tempfile.TemporaryDirectory() as cache:
        cold, *warm = [one_pass(1000, 32, options.engines[0], cache)[0] for _ in range(4)]
    print()
    say("first call, s", 1, [cold], worst=max)
    say("first call from the disk's cache, ms", 50, [1e3 * min(warm)], worst=max)


def memory(options: argparse.Namespace) -> None:
    """Print how much memory a network of 10⁷ edges takes."""
    with tempfile.TemporaryDirectory() as cache:
        say(
            "10⁷ edges in memory, GB",
            4,
            [one_pass(1_250_000, 1, options.engines[0], cache)[1]],
            worst=max,
        )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="What a gradient costs, by each engine.")
    parser.add_argument("parts", nargs="*", help="parts of workloads' names; default: all")
    parser.add_argument("--limit", help="folder of the prototype that shows the limit")
    parser.add_argument("--plot", type=Path, help="file for a picture of the scaling")
    parser.add_argument("--quick", action="store_true", help="the engines and the limit alone")
    there = [name for name, entry in ENGINES.items() if installed(entry)]
    parser.add_argument("--engines", nargs="+", default=there, choices=there, metavar="ENGINE",
                        help="the first is what others are held against")  # fmt: skip
    return parser.parse_args()


def main(options: argparse.Namespace) -> None:
    """Print everything, or the parts that were asked for."""

    def asked(name: str) -> bool:
        return not options.parts or any(part in name for part in options.parts)

    table = Table(options)
    for name, make in workloads():
        if asked(name):
            work = make()
            table.add(work, costs(contestants(work, options)))
    print()
    table.verdicts()
    for name, part in (("scaling", scaling), ("first", first_call), ("memory", memory)):
        if asked(name):
            part(options)


if __name__ == "__main__":
    main(arguments())
