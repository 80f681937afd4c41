"""The derivation of a derivative, one step for each node, from the output down."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, overload

from rojasgraph.contract import SOURCES
from rojasgraph.derivation import writing
from rojasgraph.derivation.glossary import LARGEST, Formula, Glossary
from rojasgraph.derivation.letters import Adjoints, Place, letter, only_output
from rojasgraph.errors import ArgumentError, NotLabeled
from rojasgraph.labeling import Backward
from rojasgraph.network import Network, numbered_seeds, pull_back, record_of
from rojasgraph.numbers.kinds import Number
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


@dataclass(frozen=True, eq=False)
class Step:
    """One row of a derivation: the derivative of the output by one node or weight.

    Attributes:
        number: the step, counted from 1.
        node: the name of the node; for the weight of an edge (tail, head, key).
        kind: "operation", "parameter", "input" or "weight".
        letter: the symbol that stands for the node in the formulas.
        definition: what the node computes, in letters, with functions such as sigmoid by their
            names; for a source its own letter, for a weight the letters of tail and head.
        terms: the edges towards the output, each with its local partial.
        output: the output's letter.
        n_paths: how many paths lead to the output.
        value: the derivative at the point where the network is labeled; None if it is not.
    """

    number: int
    node: Hashable | EdgeName
    kind: str
    letter: Formula
    definition: Formula | tuple[Formula, Formula]
    terms: tuple[Term, ...]
    output: Formula
    n_paths: int
    value: Number | None
    _place: Place = field(repr=False)
    _adjoints: Adjoints = field(repr=False)

    @property
    def rule(self) -> str:
        """The rule used: the seed, the chain rule along one edge, or its sum over several."""
        if not self.terms:
            return "seed"
        return "chain rule" if len(self.terms) == 1 else f"sum over {len(self.terms)} edges"

    @property
    def length(self) -> int:
        """A bound on the letters and numbers that `in_letters` takes, told without writing it."""
        return self._adjoints.length(self._place)

    @cached_property
    def in_letters(self) -> Formula:
        """The derivative in letters: the sum over the terms of ∂output/∂head · partial."""
        return self._adjoints.written(self._place)

    @cached_property
    def expanded(self) -> Formula:
        """The derivative in the inputs, parameters and weights alone.

        Raises:
            ArgumentError: it would be too large to write; it grows with the number of paths.
        """
        return self._without_letters(self._adjoints.lettering.glossary)

    @cached_property
    def factored(self) -> Formula:
        """The derivative with arithmetic carried out, and factored.

        Letters of sums, products, quotients and whole powers are replaced by what they stand for;
        units and other functions keep theirs, so that σ′ stays o·(1 − o).

        Raises:
            ArgumentError: it would be too large to write.
        """
        carried_out = self._without_letters(self._adjoints.lettering.arithmetic)
        return writing.factored(self.in_letters, carried_out)

    def _without_letters(self, glossary: Glossary) -> Formula:
        if self.length > LARGEST:
            message = f"the derivative by {self.letter} is long even in letters: see its terms"
            raise ArgumentError(message)
        return glossary.expanded(self.in_letters)

    @property
    def is_short(self) -> bool:
        """Whether `in_letters` and `factored` are short enough for a table."""
        if self.length > writing.LONGEST:
            return False
        return writing.is_short(self._adjoints.lettering.arithmetic.measure(self.in_letters))

    @property
    def latex_names(self) -> dict[Formula, str]:
        """How each letter of the network is written in LaTeX."""
        return self._adjoints.lettering.latex_names

    def __str__(self) -> str:
        """Write the step as a table of one row."""
        return writing.as_text([self])

    def _repr_html_(self) -> str:
        return writing.as_html([self])

    def _repr_latex_(self) -> str:
        return writing.as_latex([self])


@dataclass(frozen=True, eq=False)
class Derivation:
    """The table of a derivation: printed as text, Markdown, LaTeX, or HTML in a notebook.

    `d["w"]` is the step of the node w (or of the letter w, if no node is called so),
    `d["x", "h", 0]` that of the weight of an edge, and `d[3:7]` a table of rows four to seven.

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

    @cached_property
    def _by_name(self) -> dict[Hashable, Step]:
        letters: dict[Hashable, Step] = {step.letter.name: step for step in self.steps}
        return letters | {step.node: step for step in self.steps}

    @overload
    def __getitem__(self, node: slice) -> Derivation: ...
    @overload
    def __getitem__(self, node: Hashable) -> Step: ...
    def __getitem__(self, node: Hashable | slice) -> Step | Derivation:
        """Give the step of a node or letter, of a weight by its edge, or some rows.

        Raises:
            KeyError: there is no such step.
        """
        if isinstance(node, slice):
            return replace(self, steps=self.steps[node])
        if node not in self._by_name:
            message = f"no step for {node!r}; there are: {[s.node for s in self.steps[:20]]}"
            raise KeyError(message)
        return self._by_name[node]

    def __str__(self) -> str:
        """Write the table as text."""
        return writing.as_text(self.steps)

    def to_markdown(self) -> str:
        """Write the table as Markdown, with formulas in LaTeX between dollar signs."""
        return writing.as_markdown(self.steps)

    def to_latex(self) -> str:
        r"""Write what the letters stand for and the steps, in `align` environments (amsmath).

        The lines fit the text of an article on A4 paper in 10 points, and the steps may break
        over pages.
        """
        return f"{{\\allowdisplaybreaks\n{writing.as_latex(self.steps)}\n}}"

    def _repr_latex_(self) -> str:
        return writing.as_latex(self.steps[: writing.MOST_ROWS])

    def _repr_html_(self) -> str:
        return writing.as_html(self.steps)


def explain(
    net: Network,
    output: Hashable | None = None,
    *,
    at: Mapping[Hashable, Number] | None = None,
) -> Derivation:
    """Derive the output by every node, as by hand: letters, local partials, chain rule, sums.

    Operations without a name of their own get letters from the output down; a node or weight whose
    name is no word or taken gets one that is (7 is n7, "a+b" is a_b). A constant without a name
    stands as its number, as 0 and 1 do always. A node is listed after all that it feeds, first in,
    first out; what one node makes ready at once comes weights and parameters first, then
    operations, by slot; inputs come last, constants not at all.

    Args:
        net: any network that meets the graph contract; its labels are only read.
        output: the node to differentiate; default the network's one output.
        at: values to feed, for a column of numbers; default the labels that the network carries
            from its last `feed_forward`, if there was one.

    Returns:
        The derivation; `.steps` are its rows. It takes time and memory in proportion to the graph:
        formulas are written when a step is asked for them.

    Raises:
        GraphError: the network breaks the contract.
        ArgumentError: the output is no node, a constant, or left out where there are several.
        MissingValue: `at` lacks an input.

    Source: the step table of a derivation on a computation graph; Rojas (1996), section 7.2.

    >>> from rojasgraph.formula import parse
    >>> net = Network.from_expressions(parse("(a + b)*(b + 1)").named("e"))
    >>> derivation = explain(net, at={"a": 2, "b": 1})
    >>> derivation["b"].in_letters
    c + d
    >>> print(derivation)
    step  node       chain rule     local partials  in letters  paths  value
    ────────────────────────────────────────────────────────────────────────
    1     e = c*d    1                              1           1      1
    2     c = a + b  ∂e/∂e·∂e/∂c    ∂e/∂c = d       d           1      2
    3     d = b + 1  ∂e/∂e·∂e/∂d    ∂e/∂d = c       c           1      3
    4     a          ∂e/∂c·∂c/∂a    ∂c/∂a = 1       d           1      2
    5     b          ∂e/∂c·∂c/∂b    ∂c/∂b = 1       c + d       2      5
                     + ∂e/∂d·∂d/∂b  ∂d/∂b = 1
    <BLANKLINE>
    arithmetic carried out and factored:
      ∂e/∂c = ∂e/∂a = b + 1
      ∂e/∂d = a + b
      ∂e/∂b = a + 2*b + 1
    """
    chosen = only_output(net) if output is None else output
    lettering = letter(net, chosen)
    end = lettering.number(chosen)
    if lettering.order.nodes[end]["op"] == "constant":
        message = f"the output {chosen!r} is a constant, which depends on nothing"
        raise ArgumentError(message)
    if at is not None:
        net = net.copy()
        net.feed_forward(at)
    adjoints = Adjoints(lettering, end)
    return Derivation(tuple(_steps(adjoints, _numbers(net, chosen))), chosen)


def _numbers(net: Network, output: Hashable) -> tuple[Backward, Number] | None:
    """Pull back numbers from the point where the network is labeled, if it is; with its zero."""
    try:
        record = record_of(net)
    except NotLabeled:
        return None
    backward, _ = pull_back(record, numbered_seeds(net, record, output, 1.0))
    return backward, record.reading.system.zero


def _steps(adjoints: Adjoints, numbers: tuple[Backward, Number] | None) -> Iterator[Step]:
    letters = adjoints.lettering.letters
    for number, place in enumerate(adjoints.places, start=1):
        terms = adjoints.terms_of(place)
        if place.node is not None:
            named = _node(adjoints, place.node)
        else:
            assert place.edge is not None  # noqa: S101 - a place is one or the other
            named = _weight(adjoints, place.edge)
        yield Step(
            number=number,
            **named,
            terms=tuple(Term(letters[head], partial) for head, partial in terms),
            output=letters[adjoints.output],
            value=None if numbers is None else _value(*numbers, place),
            _place=place,
            _adjoints=adjoints,
        )


def _node(adjoints: Adjoints, j: int) -> dict[str, Any]:
    """Describe the node of a step."""
    lettering, op = adjoints.lettering, adjoints.lettering.order.nodes[j]["op"]
    return {
        "node": lettering.order.names[j],
        "kind": op if op in SOURCES else "operation",
        "letter": lettering.letters[j],
        "definition": lettering.shown(j),
        "n_paths": adjoints.n_paths[j],
    }


def _weight(adjoints: Adjoints, e: int) -> dict[str, Any]:
    """Describe the weight of a step."""
    lettering, order = adjoints.lettering, adjoints.lettering.order
    return {
        "node": order.edge_names[e],
        "kind": "weight",
        "letter": lettering.weights[e],
        "definition": (lettering.letters[order.tails[e]], lettering.letters[order.heads[e]]),
        "n_paths": adjoints.n_paths[order.heads[e]],
    }


def _value(backward: Backward, zero: Number, place: Place) -> Number:
    """Find the number of a step; 0 where derivatives do not flow back."""
    if place.node is not None:
        value = backward.adjoints[place.node]
    else:
        value = backward.gradients[place.edge or 0]
    return zero if value is None else value
