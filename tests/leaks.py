"""What is called many times to see whether memory stays: labeling, engines, compiling, drawing."""

from __future__ import annotations

import gc
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rojasgraph as rg


@dataclass
class Job:
    """Something to do many times.

    Attributes:
        name: what it is.
        make: prepares it, and gives the function to call.
        quick: how often the tests call it.
        many: how often the benchmark calls it.
        warm_up: how often it is called before anything is counted.
    """

    name: str
    make: Callable[[], Callable[[], Any]]
    quick: int
    many: int
    warm_up: int = 20


def small_network() -> rg.Network:
    """Build the network of a neuron with its error."""
    x, t = rg.inputs("x t")
    w, b = rg.parameter("w", 0.5), rg.parameter("b", -0.25)
    o = rg.sigmoid(w * x + b).named("o")
    return rg.Network.from_expressions(rg.half_squared(o, t).named("E"))


def labeling() -> Callable[[], Any]:
    """Label one network again and again."""
    net = small_network()

    def run() -> None:
        net.feed_forward(x=2.0, t=1.0)
        net.backpropagate("E")

    return run


def labeling_new() -> Callable[[], Any]:
    """Build, label and forget."""

    def run() -> None:
        net = small_network()
        net.feed_forward(x=2.0, t=1.0)
        net.backpropagate("E")

    return run


def editing() -> Callable[[], Any]:
    """Add a node, label, take it away."""
    net = small_network()

    def run() -> None:
        net.add_unit("more", "tanh")
        net.add_edge("o", "more", weight=0.5)
        net.feed_forward(x=2.0, t=1.0)
        net.remove_node("more")

    return run


def passing(engine: str) -> Callable[[], Callable[[], Any]]:
    """Give a maker of passes of an engine."""

    def make() -> Callable[[], Any]:
        program = rg.compile(small_network(), engine=engine)
        return lambda: program.value_and_gradient({"x": 2.0, "t": 1.0})

    return make


def compiling(engine: str) -> Callable[[], Callable[[], Any]]:
    """Give a maker of compilations, each of another network, with one pass."""

    def make() -> Callable[[], Any]:
        ops = itertools.cycle(["tanh", "sin", "exp", "relu", "square", "sigmoid", "erf"])

        def run() -> None:
            net = small_network()
            net.add_unit("more", next(ops))
            net.add_edge("o", "more", weight=0.5)
            rg.compile(net, engine=engine).value_and_gradient({"x": 2.0, "t": 1.0}, ["E"])

        return run

    return make


def drawing() -> Callable[[], Any]:
    """Draw one network as svg."""
    net = small_network()
    net.feed_forward(x=2.0, t=1.0)
    net.backpropagate("E")
    return net._repr_mimebundle_


def reading() -> Callable[[], Any]:
    """Write as JSON and read again."""
    from rojasgraph.interchange.node_link import from_json, to_json

    net = small_network()
    return lambda: from_json(to_json(net))


JOBS = [
    Job("labelings of one network", labeling, 1000, 10_000),
    Job("networks built, labeled, forgotten", labeling_new, 200, 10_000),
    Job("edits, each followed by a labeling", editing, 200, 10_000),
    Job("passes of the engine numpy", passing("numpy"), 300, 10_000),
    Job("passes of the engine llvm", passing("llvm"), 300, 10_000),
    Job("networks compiled by numpy", compiling("numpy"), 50, 1000),
    Job("networks compiled by llvm", compiling("llvm"), 20, 1000),
    Job("pictures", drawing, 10, 200),
    Job("networks written and read", reading, 100, 10_000),
]


def left_behind(run: Callable[[], Any], times: int) -> int:
    """Count the blocks of Python's memory that calls leave behind."""
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(times):
        run()
    gc.collect()
    return sys.getallocatedblocks() - before
