"""Cells of recurrent networks, built from units and weighted edges: Elman's, and the LSTM."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable

import numpy as np

from rojasgraph.contract import STATE
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network
from rojasgraph.table import Primitive


def elman(  # noqa: PLR0913 - all but three have defaults
    inputs: int,
    hidden: int,
    outputs: int,
    *,
    activation: str | Primitive = "tanh",
    output_activation: str | Primitive = "identity",
    rng: np.random.Generator | int | None = None,
) -> Network:
    """Make a cell whose hidden units see the inputs and their own last values.

    Args:
        inputs: how many inputs: x1, x2, ….
        hidden: how many hidden units: h1, …; their last values are the inputs c1, … (the
            context).
        outputs: how many outputs: y1, ….
        activation: of the hidden units.
        output_activation: of the outputs.
        rng: draws the weights: a generator or a seed; default the seed 0.

    Returns:
        A cell for `unfold`, which knows its state.

    Raises:
        ArgumentError: a number is below 1.

    Source: Elman, Finding structure in time (1990).

    >>> cell = elman(1, 2, 1)
    >>> cell.inputs, cell.graph["state"]
    (['x1', 'c1', 'c2'], {'h1': 'c1', 'h2': 'c2'})
    """
    _refuse_sizes(inputs, hidden, outputs)
    cell, rng = Network(), np.random.default_rng(0 if rng is None else rng)
    xs = [cell.add_input(f"x{i}") for i in range(1, inputs + 1)]
    cs = [cell.add_input(f"c{i}") for i in range(1, hidden + 1)]
    cell.add_constant("bias", 1.0)
    hs = [cell.add_unit(f"h{i}", activation) for i in range(1, hidden + 1)]
    for h in hs:
        _feed(cell, h, [*xs, *cs, "bias"], rng)
    _read_out(cell, hs, outputs, output_activation, rng)
    cell.graph[STATE] = dict(zip(hs, cs, strict=True))
    return cell


def lstm(
    inputs: int,
    hidden: int,
    outputs: int,
    *,
    output_activation: str | Primitive = "identity",
    rng: np.random.Generator | int | None = None,
) -> Network:
    """Make a cell that keeps what it remembers in sums, which gates let in, keep and let out.

    For each hidden unit i: c = f·c′ + i·g and h = o·tanh(c), where the gates f, i, o (sigmoid) and
    the candidate g (tanh) see the inputs and all h′; c′ and h′ are the last step's.

    Args:
        inputs: how many inputs: x1, x2, ….
        hidden: how many memories: c1, … and h1, …; their last values are the inputs c1_last, …
            and h1_last, ….
        outputs: how many outputs: y1, ….
        output_activation: of the outputs.
        rng: draws the weights: a generator or a seed; default the seed 0. The forget gates' biases
            start at 1.

    Returns:
        A cell for `unfold`, which knows its state.

    Raises:
        ArgumentError: a number is below 1.

    Source: Hochreiter and Schmidhuber, Long short-term memory (1997); the forget gate: Gers,
    Schmidhuber and Cummins, Learning to forget (2000).

    >>> lstm(1, 1, 1).graph["state"]
    {'h1': 'h1_last', 'c1': 'c1_last'}
    """
    _refuse_sizes(inputs, hidden, outputs)
    cell, rng = Network(), np.random.default_rng(0 if rng is None else rng)
    numbers = range(1, hidden + 1)
    seen = [cell.add_input(f"x{i}") for i in range(1, inputs + 1)]
    seen += [cell.add_input(f"h{i}_last") for i in numbers]
    for i in numbers:
        cell.add_input(f"c{i}_last")
    cell.add_constant("bias", 1.0)
    for i in numbers:
        for gate, op in (("f", "sigmoid"), ("i", "sigmoid"), ("o", "sigmoid"), ("g", "tanh")):
            _feed(cell, cell.add_unit(f"{gate}{i}", op), [*seen, "bias"], rng)
        cell.edges["bias", f"f{i}", 0]["weight"] = 1.0
        _product(cell, f"keep{i}", f"f{i}", f"c{i}_last")
        _product(cell, f"write{i}", f"i{i}", f"g{i}")
        cell.add_unit(f"c{i}", "add")
        cell.add_edge(f"keep{i}", f"c{i}")
        cell.add_edge(f"write{i}", f"c{i}")
        cell.add_unit(f"tanh{i}", "tanh")
        cell.add_edge(f"c{i}", f"tanh{i}")
        _product(cell, f"h{i}", f"o{i}", f"tanh{i}")
    _read_out(cell, [f"h{i}" for i in numbers], outputs, output_activation, rng)
    cell.graph[STATE] = {f"h{i}": f"h{i}_last" for i in numbers}
    cell.graph[STATE] |= {f"c{i}": f"c{i}_last" for i in numbers}
    return cell


def _refuse_sizes(inputs: int, hidden: int, outputs: int) -> None:
    if min(inputs, hidden, outputs) < 1:
        message = f"a cell has one or more of each; got {inputs}, {hidden}, {outputs}"
        raise ArgumentError(message)


def _feed(cell: Network, unit: Hashable, tails: list[Hashable], rng: np.random.Generator) -> None:
    """Give a unit trainable edges; the weights are of Glorot's size."""
    bound = math.sqrt(3 / len(tails))
    for tail in tails:
        weight = float(rng.uniform(-bound, bound))
        cell.add_edge(tail, unit, weight=weight, trainable=True)


def _product(cell: Network, name: str, first: str, second: str) -> None:
    cell.add_unit(name, "mul")
    cell.add_edge(first, name, slot=0)
    cell.add_edge(second, name, slot=1)


def _read_out(
    cell: Network,
    hidden: Iterable[Hashable],
    outputs: int,
    activation: str | Primitive,
    rng: np.random.Generator,
) -> None:
    tails = [*hidden, "bias"]
    for i in range(1, outputs + 1):
        _feed(cell, cell.add_unit(f"y{i}", activation, output=True), tails, rng)
