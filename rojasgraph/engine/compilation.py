"""Compile a network: make a program of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rojasgraph.engine.program import Program
from rojasgraph.engine.reading import Origin
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


def compile(  # noqa: A001 - as users call it: rg.compile
    net: Network,
    engine: str = "auto",
    *,
    dtype: DTypeLike = np.float64,
    threads: int | None = None,
) -> Program:
    """Make a program of a network: the same numbers as its two passes, much faster.

    Args:
        net: the network; `rg.Network(graph)` makes one of any networkx graph.
        engine: "numpy", "llvm" or another engine that is installed; "auto" takes the fastest, and
            numpy, with an `EngineWarning`, where that cannot make code for this machine.
        dtype: float64 or float32.
        threads: how many; None: as many as there are processors.

    Returns:
        The program. It holds the network's numbers as they are now: after a change of weights,
        values or arguments on the graph call `program.refresh()`, after any other compile again.

    Raises:
        GraphError: the network breaks the graph contract (`CycleError`, `UnknownPrimitive`,
            `ArgumentError`), or no such engine or dtype.
        MissingValue: a parameter or constant carries no value.
        MissingDependency: the engine is not installed.

    >>> from rojasgraph.expressions import inputs, parameter
    >>> E = ((inputs("x") * parameter("w", 0.5)) ** 2).named("E")
    >>> program = compile(Network.from_expressions(E))
    >>> values, gradients = program.value_and_gradient({"x": [2.0, 4.0]})
    >>> values["E"], gradients["x"], gradients["w"]
    (array([1., 4.]), array([1., 2.]), 20.0)
    """
    if not isinstance(net, Network):
        raise ArgumentError(
            f"compile takes a Network; got a {type(net).__name__}: rg.Network(graph) makes one"
        )
    origin = Origin(net)
    return Program(origin.listing(), engine=engine, dtype=dtype, threads=threads, origin=origin)
