"""To Python: both passes as straight-line code that a person can read, and that needs nothing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from rojasgraph.contract import is_automatic_name
from rojasgraph.errors import ArgumentError
from rojasgraph.interchange.identifiers import Identifiers
from rojasgraph.interchange.python_layout import WIDTH, docstring, enclosed
from rojasgraph.interchange.python_text import (
    ONE,
    RESERVED,
    Text,
    number,
    preamble,
    product,
    total,
    total_by_lines,
    written_row,
)
from rojasgraph.interchange.soundness import sound
from rojasgraph.network import Network
from rojasgraph.order import is_hashable
from rojasgraph.recording import record

_TERMS = 6
"""How many terms of a sum stand in one assignment."""

_WITHIN = WIDTH - 4
"""How long a line of the function's body is before it is indented."""

_PARTS = {"partial": "slope", "part": "part"}
"""What variables are called that belong to a row."""


def to_python(net: Network, outputs: Any = None) -> str:  # noqa: ANN401 - any hashable is a name
    """Write both passes as a Python function that needs nothing but Python.

    The function `value_and_gradient` takes the inputs, and by keyword the parameters and the
    weights, which default to what the network carries. It returns two dicts: the values of the
    outputs, and the derivatives by all that it takes. Nodes keep their names as far as these are
    identifiers.

    It computes what the passes compute with floats. Where they warn and give inf or nan, because
    an operation leaves its domain, it raises Python's ZeroDivisionError or ValueError.

    Args:
        net: the network; its numbers are real.
        outputs: the node whose derivatives are computed, or a list of nodes for their sum; may be
            left out where the network has one output.

    Returns:
        The text of a module.

    Raises:
        GraphError: the network breaks the graph contract.
        ArgumentError: an output is no node, or a number is not real.

    >>> from rojasgraph.expressions import inputs, parameter
    >>> from rojasgraph.primitives import sigmoid
    >>> x, w = inputs("x"), parameter("w", 0.5)
    >>> print(to_python(Network.from_expressions(sigmoid(w * x).named("o"))))
    import math
    <BLANKLINE>
    <BLANKLINE>
    def cosh(x):
        try:
            return math.cosh(x)
        except OverflowError:
            return math.inf
    <BLANKLINE>
    <BLANKLINE>
    def exp(x):
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf
    <BLANKLINE>
    <BLANKLINE>
    def value_and_gradient(x, *, w=0.5):
        \"\"\"Run both passes: give the outputs, and the derivatives of o by every argument.
    <BLANKLINE>
        x_slope is a stored derivative of x; x_bar is the derivative of o by x.
        \"\"\"
        # feed-forward
        mul1 = w * x
        o = 1 / (1 + exp(-mul1))
        o_part = 1 / cosh(mul1 / 2)
        o_slope = o_part * o_part / 4
        # backpropagation
        o_bar = 1.0
        mul1_bar = o_bar * o_slope
        w_bar = mul1_bar * x
        x_bar = mul1_bar * w
        return {"o": o}, {"x": x_bar, "w": w_bar}
    <BLANKLINE>
    """
    return _Writer(net).text(_seeded(net, outputs))


def _seeded(net: Network, outputs: Any) -> list[Hashable]:  # noqa: ANN401 - as above
    """List the nodes that the backward pass starts from."""
    if outputs is None:
        found = net.outputs
        if len(found) != 1:
            message = f"name the output: the network has {len(found)}: {found}"
            raise ArgumentError(message)
        return found
    names = outputs if isinstance(outputs, list) else [outputs]
    if not names:
        message = f"name at least one output; the network's are {net.outputs}"
        raise ArgumentError(message)
    for name in names:
        if not is_hashable(name) or name not in net:
            message = f"output {name!r} is no node; the outputs are {net.outputs}"
            raise ArgumentError(message)
    return names


class _Writer:
    """Write one network: variables for nodes and weights, then a line for each computed number."""

    def __init__(self, net: Network) -> None:
        self.order, reading = sound(net)
        self.plan, self.sources = reading.plan, reading.sources
        number = self.order.number
        self.inputs = [number[name] for name in net.inputs]
        self.parameters = [number[name] for name in net.parameters]
        self.outputs = [number[name] for name in net.outputs]
        self.lines: list[str] = []
        self.called: set[str] = set()
        self.parts: set[str] = set()
        self.identifiers = Identifiers({*RESERVED, "value_and_gradient"})
        self.words = {number[name]: self.identifiers.new(name) for name in net}
        self.values = [Text(self.words[j]) for j in range(len(self.words))]
        self.weights = self._weights()
        self.partials: list[tuple[Text, ...]] = [()] * len(self.words)
        self.contributions: list[Text | None] = [None] * len(self.order.tails)
        self.gradients: list[Text | None] = [None] * len(self.order.tails)

    def _weights(self) -> dict[int, Text]:
        """Name the weights that stand on edges; a shared one is called by its parameter."""
        named = {e: Text(self.words[j]) for e, j in self.plan.shared.items()}
        for e, weight in enumerate(self.plan.weights):
            if weight is not None:
                tail, head = self.words[self.order.tails[e]], self.words[self.order.heads[e]]
                label = self.order.edges[e].get("label", f"w_{tail}_{head}")
                named[e] = Text(self.identifiers.new(label))
        return named

    def text(self, seeded: Sequence[Hashable]) -> str:
        """Write the module."""
        self.lines.append("# feed-forward")
        for j in range(len(self.words)):
            self._feed_forward(j)
        self.lines.append("# backpropagation")
        bars = self._backpropagate({self.order.number[name] for name in seeded})
        self._return(bars)
        about = docstring([self.words[self.order.number[name]] for name in seeded], self.parts)
        body = [f"    {line}" if line else "" for line in (*about, *self.lines)]
        signature = enclosed("def value_and_gradient(", self._signature(), "):", WIDTH)
        return "\n".join([*preamble(self.called), "", "", *signature, *body, ""])

    def _return(self, bars: Mapping[str, str]) -> None:
        """Write the end: the values and the derivatives by name."""
        values = [f'"{self.words[j]}": {self.values[j].code}' for j in self.outputs]
        gradient = [f'"{name}": {bars.get(name, "0.0")}' for name in self._taken()]
        line = f"return {{{', '.join(values)}}}, {{{', '.join(gradient)}}}"
        if len(line) <= _WITHIN:
            self.lines.append(line)
            return
        self.lines += enclosed("values = {", values, "}", _WITHIN)
        self.lines += enclosed("gradient = {", gradient, "}", _WITHIN)
        self.lines.append("return values, gradient")

    def _taken(self) -> list[str]:
        """List what the function takes: inputs, parameters, weights."""
        nodes = [self.words[j] for j in (*self.inputs, *self.parameters)]
        return nodes + [self.weights[e].code for e in self._weighted()]

    def _weighted(self) -> list[int]:
        """List the edges that have a weight of their own."""
        return [e for e, weight in enumerate(self.plan.weights) if weight is not None]

    def _signature(self) -> list[str]:
        keywords = [f"{self.words[j]}={self._number(j, self.sources[j])}" for j in self.parameters]
        for e in self._weighted():
            weight = self._number(self.order.heads[e], self.plan.weights[e])
            keywords.append(f"{self.weights[e].code}={weight}")
        inputs = [self.words[j] for j in self.inputs]
        return [*inputs, *(["*"] if keywords else []), *keywords]

    def _number(self, j: int, value: Any) -> str:  # noqa: ANN401 - whatever the graph carries
        try:
            return number(value).code
        except ArgumentError as error:
            message = f"node {self.order.names[j]!r}: {error}"
            raise ArgumentError(message) from None

    def _feed_forward(self, j: int) -> None:
        """Write a node's value and its stored derivatives."""
        row, word = self.plan.primitives[j], self.words[j]
        if row is None:
            self._source(j)
            return
        nets: list[list[Text]] = [[] for _ in range(self.plan.slot_counts[j])]
        for e in self.order.incoming[j]:
            value = self.values[self.order.tails[e]]
            nets[self.plan.slots[e]].append(product(self.weights.get(e, ONE), value))
        try:
            recording = record(row, len(nets), tuple(self.plan.arguments[j].values()))
        except ArgumentError as error:
            message = f"node {self.order.names[j]!r}: {error}"
            raise ArgumentError(message) from None
        is_sum = recording.value is recording.inputs[0]  # of an add, or an identity
        operands = [
            self._sum(terms, word, owns=is_sum and not slot) for slot, terms in enumerate(nets)
        ]
        value, self.partials[j], called = written_row(
            recording,
            operands,
            lambda kind: word if kind == "value" else self._new(word, _PARTS[kind]),
            self._assign,
        )
        if value.code != word:  # the operand itself, or a constant
            self._assign(word, value)
        self.called |= called

    def _source(self, j: int) -> None:
        node, name = self.order.nodes[j], self.order.names[j]
        if node["op"] != "constant":
            return
        literal = self._number(j, self.sources[j])
        if is_automatic_name(name, "constant"):
            self.values[j] = number(self.sources[j])
        else:
            self._assign(self.words[j], Text(literal))

    def _new(self, word: str, part: str) -> str:
        """Name a variable that belongs to a node."""
        self.parts.add(part)
        return self.identifiers.new(f"{word}_{part}")

    def _sum(self, terms: Sequence[Text], word: str, *, owns: bool) -> Text:
        """Write what flows into a slot; as a variable where it is more than one edge's value."""
        if len(terms) == 1 and terms[0].code.isidentifier():
            return terms[0]
        variable = word if owns else self._new(word, "net")
        self._assign_sum(variable, terms)
        return Text(variable)

    def _assign_sum(self, variable: str, terms: Sequence[Text]) -> None:
        """Write a sum from left to right, over as many lines as it needs."""
        for i in range(0, len(terms), _TERMS):
            before = [Text(variable)] if i else []
            summed = [*before, *terms[i : i + _TERMS]]
            text = total(summed)
            if len(summed) == 1 or len(f"{variable} = {text.code}") <= _WITHIN:
                self._assign(variable, text)
            else:
                self.lines += [f"{variable} = (", *total_by_lines(summed), ")"]

    def _assign(self, variable: str, text: Text) -> None:
        self.lines.append(f"{variable} = {text.code}")

    def _backpropagate(self, seeded: set[int]) -> dict[str, str]:
        """Write the second pass; give, by what the function takes, the derivative's variable."""
        bars: dict[str, str] = {}
        for j in reversed(range(len(self.words))):
            terms = [Text("1.0")] if j in seeded else []
            terms += self._arriving(self.contributions, self.order.outgoing[j])
            terms += self._arriving(self.gradients, self.plan.carriers.get(j, ()))
            if not terms or self.order.nodes[j]["op"] == "constant":
                continue
            bar = Text(bars.setdefault(self.words[j], self._new(self.words[j], "bar")))
            self._assign_sum(bar.code, terms)
            row = self.plan.primitives[j]
            if row is not None and row.passes:
                self._carry_back(j, bar, bars)
        return bars

    def _carry_back(self, j: int, bar: Text, bars: dict[str, str]) -> None:
        """Write what a node's edges carry back, and the derivatives by their weights."""
        slots: dict[int, list[int]] = {}
        for e in self.order.incoming[j]:
            slots.setdefault(self.plan.slots[e], []).append(e)
        for slot, edges in slots.items():
            delta = product(bar, self.partials[j][slot])
            is_shared = len(edges) > 1 or not self.weights.keys().isdisjoint(edges)
            if is_shared and delta != bar:
                variable = self._new(self.words[j], "delta")
                self._assign(variable, delta)
                delta = Text(variable)
            for e in edges:
                self._carry(e, delta, bars)

    def _carry(self, e: int, delta: Text, bars: dict[str, str]) -> None:
        """Write what one edge carries back: its weight times the delta behind it."""
        self.contributions[e] = product(self.weights.get(e, ONE), delta)
        if e not in self.weights:
            return
        gradient = product(delta, self.values[self.order.tails[e]])
        if e in self.plan.shared:
            self.gradients[e] = gradient
        else:
            weight = self.weights[e].code
            bars[weight] = self._new(weight, "bar")
            self._assign(bars[weight], gradient)

    @staticmethod
    def _arriving(found: Sequence[Text | None], edges: Sequence[int]) -> list[Text]:
        return [text for e in edges if (text := found[e]) is not None]
