"""To sympy and to LaTeX: what a network computes, as formulas."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph import labeling
from rojasgraph.derivation.latex import latex_writer
from rojasgraph.derivation.letters import letter, only_output
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.interchange.soundness import sound
from rojasgraph.network import Network
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.symbols import sympy_namespace
from rojasgraph.order import is_hashable

Formula = Any
"""A sympy expression."""


@dataclass(frozen=True)
class Formulas:
    """A network as sympy expressions.

    Attributes:
        value: the output, in the symbols of the inputs, parameters and weights.
        gradient: its derivatives by input, by parameter, and by weight; weights are keyed
            (tail, head, key).
        symbols: the symbol that stands for each of these.
        numbers: what parameters and weights carry, by symbol, for `value.subs(numbers)`.
    """

    value: Formula
    gradient: Mapping[Hashable, Formula]
    symbols: Mapping[Hashable, Formula]
    numbers: Mapping[Formula, Number]


def to_sympy(net: Network, output: Hashable | None = None) -> Formulas:
    """Write an output and its derivatives as sympy expressions, by the same two passes.

    A network's formula can be much larger than its graph, since every path is written out:
    `to_latex` and `rojasgraph.explain` give a letter to each node instead.

    Args:
        net: the network; its labels are not touched.
        output: a node; may be left out where the network has one output.

    Returns:
        The formulas, and which symbol stands for what.

    Raises:
        GraphError: the network breaks the graph contract.
        ArgumentError: the output is no node, or an operation has no formula.

    >>> from rojasgraph.expressions import inputs, parameter
    >>> x, w = inputs("x"), parameter("w", 0.5)
    >>> formulas = to_sympy(Network.from_expressions((w * x) ** 2))
    >>> formulas.value, formulas.gradient["w"]
    (w**2*x**2, 2*w*x**2)
    >>> formulas.value.subs(formulas.numbers)
    x**2/4
    """
    order, stored = sound(net)
    chosen = _chosen(net, output)
    lettering, xp = letter(net, chosen), sympy_namespace()
    plan = lettering.plan
    for j, value in stored.sources.items():
        if isinstance(value, np.ndarray):
            message = f"node {order.names[j]!r} carries a batch: a formula is of one example"
            raise ArgumentError(message)
    sources = {j: lettering.definitions[j] for j in stored.sources}
    try:
        forward = labeling.feed_forward(plan, sources, xp)
    except labeling.NodeFailure as failure:
        name, cause = order.names[failure.args[0]], failure.__cause__
        if not isinstance(cause, DomainError | ArgumentError | TypeError):
            raise
        message = f"node {name!r} cannot be written as a formula: {cause}"
        raise ArgumentError(message) from None
    backward = labeling.backpropagate(plan, forward, {order.number[chosen]: xp.one}, xp)
    taken = [j for j in stored.sources if j not in stored.constants]
    symbols = {order.names[j]: lettering.letters[j] for j in taken}
    found = {order.names[j]: backward.adjoints[j] for j in taken}
    numbers = {
        lettering.letters[j]: xp.lift(stored.sources[j])
        for j in taken
        if order.nodes[j]["op"] == "parameter"
    }
    for e, symbol in lettering.weights.items():
        symbols[order.edge_names[e]] = symbol
        found[order.edge_names[e]] = backward.gradients[e]
        numbers[symbol] = xp.lift(stored.plan.weights[e])
    gradient = {name: xp.zero if d is None else d for name, d in found.items()}
    return Formulas(forward.values[order.number[chosen]], gradient, symbols, numbers)


def _chosen(net: Network, output: Hashable | None) -> Hashable:
    if output is None:
        return only_output(net)
    if not is_hashable(output) or output not in net:
        message = f"output {output!r} is no node; the outputs are {net.outputs}"
        raise ArgumentError(message)
    return output


def to_latex(net: Network, output: Hashable | None = None) -> str:
    r"""Write what a network computes in LaTeX: a line for each operation, in letters.

    Each node has a letter, or its name, and the operations follow those that they need, so the
    formulas together are as large as the graph. `rojasgraph.explain(net).to_latex()` writes the
    derivatives.

    Args:
        net: the network.
        output: the node to write, with all that it needs; default all nodes.

    Returns:
        An `aligned` environment, to stand in a formula of its own.

    Raises:
        GraphError: the network breaks the graph contract.
        ArgumentError: the output is no node, or an operation has no formula.

    >>> from rojasgraph.formula import parse
    >>> print(to_latex(Network.from_expressions(parse("tanh(w*x + b)").named("o"))))
    \begin{aligned}
    d &= w x \\
    c &= b + d \\
    o &= \tanh{\left(c \right)}
    \end{aligned}
    """
    order, _ = sound(net)
    chosen = None if output is None else _chosen(net, output)
    lettering = letter(net, chosen if output is not None else (net.outputs or [None])[0])
    needed = set(range(len(order.names)))
    if chosen is not None:
        needed = {order.number[chosen]}
        for j in reversed(range(len(order.names))):
            if j in needed:
                needed |= {order.tails[e] for e in order.incoming[j]}
    names = lettering.latex_names
    write = latex_writer(names)
    lines = [
        f"{write(symbol)} &= {write(formula)}"
        for j, (symbol, formula) in enumerate(
            zip(lettering.letters, lettering.definitions, strict=True)
        )
        if j in needed and symbol != formula
    ]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])
