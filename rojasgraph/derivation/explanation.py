"""The derivation of a derivative, one step for each node, from the output down."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rojasgraph.contract import SOURCES
from rojasgraph.derivation import writing
from rojasgraph.derivation.letters import (
    Formula,
    Lettering,
    backward_order,
    letter,
    only_output,
)
from rojasgraph.errors import NotLabeled
from rojasgraph.labeling import Backward
from rojasgraph.network import Network, numbered_seeds, pull_back, record_of
from rojasgraph.numbers import Number, sympy_namespace
from rojasgraph.order import EdgeName

@dataclass(frozen=True)
class Term:
    """One edge on the way from a node towards the output.

    Attributes:
        head: the letter of the node that the edge feeds.
        partial: the derivative of that node by the step's node along this edge, in letters.
    """

    head: Formula
    partial: Formula


@dataclass(frozen=True)
class Step:
    """One row of a derivation: the derivative of the output by one node or weight.

    Attributes:
        number: the step, counted from 1.
        node: the name of the node; for the weight of an edge (tail, head, key).
        kind: "operation", "parameter", "input" or "weight".
        letter: the symbol that stands for the node in the formulas.
        definition: what the node computes, in letters; its own letter for a source.
        terms: the edges towards the output, each with its local partial.
        output: the output's letter.
        in_letters: the derivative, the sum over the terms of ∂output/∂head × partial, with each
            ∂output/∂head written out in letters.
        n_paths: how many paths lead to the output.
        value: the derivative at the point where the network is labeled; None if it is not.
    """

    number: int
    node: Hashable | EdgeName
    kind: str
    letter: Formula
    definition: Formula
    terms: tuple[Term, ...]
    output: Formula
    in_letters: Formula
    n_paths: int
    value: Number | None
    _lettering: Lettering

    @property
    def rule(self) -> str:
        """The rule used: the seed, the chain rule along one path, or its sum over several."""
        if not self.terms:
            return "seed"
        return "chain rule" if len(self.terms) == 1 else f"sum over {len(self.terms)} edges"

    @property
    def latex_names(self) -> dict[Formula, str]:
        """How each letter of the network is written in LaTeX."""
        return self._lettering.latex_names

    @cached_property
    def expanded(self) -> Formula:
        """The derivative in the inputs, parameters and weights alone; it may be very large."""
        return self._lettering.expanded(self.in_letters)

    @cached_property
    def factored(self) -> Formula:
        """The derivative in the inputs, parameters and weights, factored."""
        import sympy as sp

        return sp.factor(self.expanded)


@dataclass(frozen=True)
class Derivation:
    """The table of a derivation: printed as text, Markdown, LaTeX, or HTML in a notebook.

    Attributes:
        steps: the rows, from the output down.
        output: the output's name.
    """

    steps: tuple[Step, ...]
    output: Hashable

    def __iter__(self) -> Iterator[Step]:
        """Go over the steps."""
        return iter(self.steps)

    def __len__(self) -> int:
        """Count the steps."""
        return len(self.steps)

    def __getitem__(self, node: Hashable) -> Step:
        """Give the step of a node, or of a weight by its edge (tail, head, key)."""
        for step in self.steps:
            if step.node == node:
                return step
        message = f"no step for {node!r}; there are: {[step.node for step in self.steps][:20]}"
        raise KeyError(message)

    def __str__(self) -> str:
        """Write the table as text."""
        return writing.as_text(self.steps)

    def to_markdown(self) -> str:
        """Write the table as Markdown, with formulas in LaTeX between dollar signs."""
        return writing.as_markdown(self.steps)

    def to_latex(self) -> str:
        r"""Write the steps as an `align*` environment (package amsmath)."""
        return writing.as_latex(self.steps)

    def _repr_latex_(self) -> str:
        return self.to_latex()

    def _repr_html_(self) -> str:
        return writing.as_html(self.steps)


def explain(
    net: Network,
    output: Hashable | None = None,
    *,
    at: Mapping[Hashable, Number] | None = None,
) -> Derivation:
    """Derive the output by every node, as by hand: letters, local partials, chain rule, sums.

    Operations without a name of their own get letters from the output down. A node is listed
    after all that it feeds; what one node makes ready at once comes weights and parameters first,
    then operations, by slot; inputs come last, constants not at all.

    Args:
        net: any network that meets the graph contract; its labels are only read.
        output: the node to differentiate; default the network's one output.
        at: values to feed, for a column of numbers; default the labels that the network carries
            from its last `feed_forward`, if there was one.

    Returns:
        The derivation; `.steps` are its rows.

    Raises:
        GraphError: the network breaks the contract.
        ArgumentError: the output is no node, or left out where there are several.

    Source: the step table of a derivation on a computation graph; Rojas (1996), section 7.2.

    >>> from rojasgraph.formula import parse
    >>> net = Network.from_expressions(parse("(a + b)*(b + 1)").named("e"))
    >>> explain(net)["b"].in_letters
    c + d
    """
    chosen = only_output(net) if output is None else output
    lettering = letter(net, chosen)
    if at is not None:
        net = net.copy()
        net.feed_forward(at)
    return Derivation(tuple(_steps(lettering, chosen, _numbers(net, chosen))), chosen)


def _numbers(net: Network, output: Hashable) -> Backward | None:
    """Pull back numbers from the point where the network is labeled, if it is."""
    try:
        record = record_of(net)
    except NotLabeled:
        return None
    backward, _ = pull_back(record, numbered_seeds(net, record, output, 1.0))
    return backward


def _steps(lettering: Lettering, output: Hashable, numbers: Backward | None) -> Iterator[Step]:
    order, end = lettering.order, lettering.number(output)
    backward = lettering.adjoints(output)
    counts = {end: 1}
    places = backward_order(order, end, lettering.weights)
    for number, (j, e) in enumerate(places, start=1):
        if j is None:
            assert e is not None  # noqa: S101 - a place is one or the other
            heads, name, kind = [order.heads[e]], order.edge_names[e], "weight"
            symbol = definition = lettering.weights[e]
            partials = [lettering.by_weight(e)]
            in_letters = backward.gradients[e]
            value = numbers and numbers.gradients[e]
        else:
            towards = [towards for towards in lettering.towards(j) if towards[0] in counts]
            heads, partials = [head for head, _ in towards], [partial for _, partial in towards]
            name, op = order.names[j], order.nodes[j]["op"]
            kind = op if op in SOURCES else "operation"
            symbol, definition = lettering.letters[j], lettering.definitions[j]
            in_letters = backward.adjoints[j]
            value = numbers and numbers.adjoints[j]
            counts[j] = counts.get(j, 0) + sum(counts[head] for head in heads)
        yield Step(
            number=number,
            node=name,
            kind=kind,
            letter=symbol,
            definition=definition,
            terms=tuple(
                Term(lettering.letters[head], partial)
                for head, partial in zip(heads, partials, strict=True)
            ),
            output=lettering.letters[end],
            in_letters=sympy_namespace().zero if in_letters is None else in_letters,
            n_paths=counts[j] if j is not None else counts[heads[0]],
            value=value,
            _lettering=lettering,
        )
