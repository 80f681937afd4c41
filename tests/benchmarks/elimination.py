"""Print what Jacobians cost in multiplications, by order of elimination: the whole table.

python -m tests.benchmarks.elimination [moves [seed]]

First the four published graphs of tests/reference/elimination_graphs.json, beside the counts that a
search by deep learning reports (arXiv 2406.05027); then the functions of
examples/elimination_table.py, traced. By default the search makes as many moves as end within about
half a minute; the same number of moves and the same seed give the same counts on every machine.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import networkx as nx

import rojasgraph as rg
from examples.elimination_table import FUNCTIONS, traced

REFERENCE = Path(__file__).parent.parent / "reference" / "elimination_graphs.json"
NAMED = ("forward", "reverse", "markowitz", "markowitz-last")


def published() -> dict[str, tuple[nx.DiGraph, dict[str, Any], int]]:
    """Read the published graphs: each with its ends, and the count of the published search."""
    read = {}
    for name, given in json.loads(REFERENCE.read_text(encoding="utf-8"))["graphs"].items():
        graph = nx.DiGraph()
        graph.add_nodes_from(given["operations"])
        graph.add_edges_from(given["edges"])
        ends = {"outputs": given["outputs"], "wrt": given["inputs"]}
        read[name] = graph, ends, given["published_search"]
    return read


def line(name: str, graph: Any, ends: dict[str, Any], options: dict[str, int]) -> str:
    """Count one graph's multiplications in every order; tell how long the search took."""
    costs = [rg.elimination_cost(graph, order, **ends).multiplications for order in NAMED]
    start = time.process_time()
    found = rg.elimination_cost(graph, "search", **ends, **options)
    seconds = time.process_time() - start
    counts = "".join(f"{cost:>10}" for cost in [*costs, found.multiplications])
    return f"{name:<18}{len(found.order):>9}{counts}{seconds:>8.1f} s"


def main(options: dict[str, int]) -> None:
    """Print the table."""
    heading = "".join(
        f"{text:>10}" for text in ("forward", "reverse", "Markowitz", "(last)", "search")
    )
    print(f"{'':<18}{'vertices':>9}{heading}{'CPU':>10}{'published':>11}")
    for name, (graph, ends, known) in published().items():
        print(f"{line(name, graph, ends, options)}{known:>11}", flush=True)
    for name in FUNCTIONS:
        print(line(name, traced(name), {}, options), flush=True)


if __name__ == "__main__":
    main(dict(zip(("moves", "seed"), map(int, sys.argv[1:]), strict=False)))
