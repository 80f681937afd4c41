"""The two passes as a sequence of steps, one for each node: what appears, what acts, in words.

Plain data: a page walks through them, and frames of an animation show them one by one.

Source: Rojas, Neural Networks (1996), section 7.2: the two passes as they run on the graph.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rojasgraph.drawing.formulas import operand_names
from rojasgraph.drawing.number_style import NumberStyle
from rojasgraph.drawing.page.labels import labels_of
from rojasgraph.drawing.walk.numbered import Numbered, numbered, seeds_of
from rojasgraph.drawing.walk.sentences import (
    SUMS,
    Pieces,
    Place,
    applied,
    listed,
    sum_of_names,
    sum_of_products,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import networkx as nx

    from rojasgraph.numbers.kinds import Number


FORWARD, BACKWARD = "forward", "backward"
"""The two passes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pass: one node is labeled, and the edges that enter it.

    Attributes:
        pass_: `forward` or `backward`.
        node: the id of the node in a drawing, as `n3`.
        lit: the ids of the edges that bring something to the node in this step; that of the
            implied edge from a parameter to where it is a weight is its carrier's and a `w`.
        keys: the labels that appear, as `n3.value`, `n3.derivatives.0` or `e5.contribution`.
        sentence: what happens; with numbers where the graph carries the labels.
        pieces: the sentence with numbers, the places of the numbers left open.
        plain: the sentence without numbers.
    """

    pass_: str
    node: str
    lit: tuple[str, ...]
    keys: tuple[str, ...]
    sentence: str
    pieces: Pieces
    plain: str


def steps_of(graph: nx.DiGraph[Any], style: NumberStyle | None = None) -> tuple[Step, ...]:
    """Give the steps of both passes over a network.

    Args:
        graph: a network, or any directed graph that meets the graph contract; labeled by both
            passes, by the first, or by none.
        style: how the sentences write numbers.

    Returns:
        The feed-forward steps, in topological order, then the steps of backpropagation, in the
        reverse order.

    Raises:
        GraphError: the graph breaks the contract, by a cycle for instance.
        MissingValue: a constant carries no value.

    >>> from rojasgraph.network import Network
    >>> net = Network()
    >>> _ = net.add_input("x"), net.add_unit("h", "tanh"), net.add_edge("x", "h", weight=0.5)
    >>> _ = net.feed_forward(x=1.0), net.backpropagate("h")
    >>> for step in steps_of(net):
    ...     print(f"{step.pass_}: {step.sentence}")
    forward: input x = 1
    forward: net = 0.5·1 = 0.5; h = tanh(net) = 0.462; stored derivative 0.786
    backward: adjoint of h = 1: the pass starts here; δ = 1·0.786 = 0.786
    backward: adjoint of x: what its edge carries back: 1·0.393 = 0.393
    >>> steps_of(net)[1].lit, steps_of(net)[1].keys
    (('e0',), ('n1.value', 'n1.derivatives.0', 'e0.derivative'))
    """
    return steps_in(numbered(graph), style)


def steps_in(read: Numbered, style: NumberStyle | None = None) -> tuple[Step, ...]:
    """Give the steps of both passes over a network that has been numbered already.

    Args:
        read: the network, numbered.
        style: how the sentences write numbers.

    Returns:
        The steps, as `steps_of` gives them.
    """
    write = (style or NumberStyle()).write
    seeds = seeds_of(read)
    labels = labels_of(read, seeds)
    nodes = range(len(read.nodes))
    forward, backward = _Forward(read), _Backward(read, frozenset(seeds), _reached(read, seeds))
    told = [forward.step(j) for j in nodes] + [backward.step(j) for j in reversed(nodes)]
    return tuple(
        replace(step, sentence=written(step.pieces, labels, write) or step.plain) for step in told
    )


def operands_of(read: Numbered, j: int) -> list[str]:
    """Name what each slot of a node receives: a node's name, or `net` for a sum.

    Args:
        read: the graph, numbered.
        j: the number of the node.

    Returns:
        One name for each slot.
    """
    tails = read.reading.plan.tails
    return operand_names(
        [[(read.names[tails[e]], _has_weight(read, e)) for e in into] for into in read.into[j]]
    )


def _has_weight(read: Numbered, e: int) -> bool:
    plan = read.reading.plan
    return e in plan.shared or plan.weights[e] is not None


def _with_implied(read: Numbered, edges: Iterable[int]) -> Iterator[str]:
    """Give the ids of edges, and behind each that shares a weight that of the implied one."""
    for e in edges:
        yield read.edges[e]
        if e in read.reading.plan.shared:
            yield f"{read.edges[e]}w"


# --- feed-forward -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Forward:
    """The steps of the first pass."""

    read: Numbered

    def step(self, j: int) -> Step:
        read = self.read
        node, plan = read.nodes[j], read.reading.plan
        edges = tuple(_with_implied(read, plan.incoming[j]))
        stored = [f"{node}.derivatives.{s}" for s in range(plan.slot_counts[j])]
        derivatives = [f"{edge}.derivative" for edge in edges]
        tell = self.source if plan.primitives[j] is None else self.operation
        pieces, plain = tell(j)
        keys = (f"{node}.value", *stored, *derivatives)
        return Step(FORWARD, node, edges, keys, "", pieces, plain)

    def source(self, j: int) -> tuple[Pieces, str]:
        op, name = self.read.order.nodes[j]["op"], self.read.names[j]
        equals = f"{op} {name} = " if self.read.named[j] or op != "constant" else f"{op} "
        return (equals, Place(f"{self.read.nodes[j]}.value")), f"{op} {name}"

    def operation(self, j: int) -> tuple[Pieces, str]:
        read = self.read
        node, name, operands = read.nodes[j], read.names[j], operands_of(read, j)
        plain = f"{name} = {formula_of(read, j)}"
        stored = [(f"{node}.derivatives.{s}", operand) for s, operand in enumerate(operands)]
        ending = "; stored derivative " if len(stored) == 1 else "; stored derivatives "
        return (
            *self.computed(j, operands),
            Place(f"{node}.value"),
            ending,
            *listed(stored, named=len(stored) > 1),
        ), plain

    def computed(self, j: int, operands: Sequence[str]) -> Pieces:
        """Write how the value comes about, up to the equals sign before it."""
        read, name = self.read, self.read.names[j]
        sums = [self.net(j, s) for s in range(len(operands))]
        if _only_adds(read, j) and sums[0]:
            return (f"{name} = ", *sums[0], " = ")
        pieces: list[str | Place] = []
        for s, terms in enumerate(sums):
            if terms:
                total = Place(f"{read.nodes[j]}.net.{s}")
                pieces += [f"{operands[s]} = ", *terms, " = ", total, "; "]
        return (*pieces, f"{name} = {applied(*_operation(read, j), operands)} = ")

    def net(self, j: int, s: int) -> Pieces:
        """Write the sum that enters a slot; nothing where one edge without weight feeds it."""
        edges = self.read.into[j][s]
        if len(edges) == 1 and not _has_weight(self.read, edges[0]):
            return ()
        return sum_of_products([self.factors(e) for e in edges])

    def factors(self, e: int) -> Sequence[str]:
        """Give the keys of what is multiplied on an edge."""
        read, plan = self.read, self.read.reading.plan
        value = f"{read.nodes[plan.tails[e]]}.value"
        if e in plan.shared:
            return f"{read.nodes[plan.shared[e]]}.value", value
        return (value,) if plan.weights[e] is None else (f"{read.edges[e]}.weight", value)


def formula_of(read: Numbered, j: int) -> str:
    """Write what an operation computes, in the names of what its slots receive.

    Args:
        read: the graph, numbered.
        j: the number of a node that is an operation.

    Returns:
        The formula: `tanh(net)`, `y − net`, `mul₁ + b`.
    """
    operands = operands_of(read, j)
    if _only_adds(read, j):
        tails = read.reading.plan.tails
        names = [read.names[tails[e]] for e in read.into[j][0]]
        weighted = any(_has_weight(read, e) for e in read.into[j][0])
        operands = operands if weighted else [sum_of_names(names)]
    return applied(*_operation(read, j), operands)


def _operation(read: Numbered, j: int) -> tuple[str, str]:
    return read.order.nodes[j]["op"], read.symbols[j]


def _only_adds(read: Numbered, j: int) -> bool:
    """Tell a node whose value is the sum that enters it."""
    return read.order.nodes[j]["op"] in SUMS


# --- backpropagation ----------------------------------------------------------------------------


def _reached(read: Numbered, seeds: Mapping[int, Number]) -> list[bool]:
    """Tell which nodes something is carried back to."""
    plan = read.reading.plan
    reached = [j in seeds for j in range(len(read.nodes))]
    for j in reversed(range(len(reached))):
        primitive = plan.primitives[j]
        if reached[j] and primitive is not None and primitive.passes:
            for e in plan.incoming[j]:
                reached[plan.tails[e]] = True
                if e in plan.shared:
                    reached[plan.shared[e]] = True
    return reached


@dataclass(frozen=True, slots=True)
class _Backward:
    """The steps of the second pass."""

    read: Numbered
    seeds: frozenset[int]
    reached: list[bool]

    def step(self, j: int) -> Step:
        read, plan = self.read, self.read.reading.plan
        node = read.nodes[j]
        deltas = [f"{node}.delta.{s}" for s in range(plan.slot_counts[j])]
        keys = [f"{node}.adjoint", *deltas]
        for e in plan.incoming[j]:
            keys += [f"{read.edges[e]}.contribution", f"{read.edges[e]}.gradient"]
            keys += [f"{read.edges[e]}w.contribution"] * (e in plan.shared)
        lit = [read.edges[e] for e in self.carrying(plan.outgoing[j])]
        lit += [f"{read.edges[e]}w" for e in self.carrying(plan.carriers.get(j, ()))]
        pieces, plain = self.told(j)
        return Step(BACKWARD, node, tuple(lit), tuple(keys), "", pieces, plain)

    def carrying(self, edges: Sequence[int]) -> list[int]:
        """Choose the edges that carry something back."""
        heads, primitives = self.read.order.heads, self.read.reading.plan.primitives
        return [
            e
            for e in edges
            if self.reached[heads[e]] and (row := primitives[heads[e]]) is not None and row.passes
        ]

    def told(self, j: int) -> tuple[Pieces, str]:
        name = self.read.names[j]
        if not self.reached[j]:
            text = f"adjoint of {name} = 0: {self.why_nothing(j)}"
            return (text,), text
        pieces, plain = self.adjoint(j)
        return (*pieces, *self.deltas(j)), plain

    def why_nothing(self, j: int) -> str:
        plan = self.read.reading.plan
        edges = [*plan.outgoing[j], *plan.carriers.get(j, ())]
        stops = [h for e in edges if self.reached[h := self.read.order.heads[e]]]
        if stops:
            return f"{self.read.names[stops[0]]} lets nothing back"
        return "no path leads from it to the output"

    def adjoint(self, j: int) -> tuple[Pieces, str]:
        plan, name = self.read.reading.plan, self.read.names[j]
        edges, shared = (
            self.carrying(listed) for listed in (plan.outgoing[j], plan.carriers.get(j, ()))
        )
        value = Place(f"{self.read.nodes[j]}.adjoint")
        if not edges and not shared:
            text = "the pass starts here"
            return (f"adjoint of {name} = ", value, f": {text}"), f"adjoint of {name}: {text}"
        sources = _sources(len(edges), len(shared))
        if j in self.seeds:
            sources = f"the seed of the pass, and {sources}"
        plain = f"adjoint of {name}: {sources}"
        terms = [[f"{self.read.nodes[j]}.seed"]] * (j in self.seeds)
        terms += [self.factors(e) for e in edges] + [self.weight_factors(e) for e in shared]
        return (f"{plain}: ", *sum_of_products(terms), " = ", value), plain

    def factors(self, e: int) -> list[str]:
        head = self.read.nodes[self.read.order.heads[e]]
        return [f"{head}.adjoint", f"{self.read.edges[e]}.derivative"]

    def weight_factors(self, e: int) -> list[str]:
        """Give what is multiplied on the way from a node back to the weight of an edge into it."""
        plan, nodes = self.read.reading.plan, self.read.nodes
        head, tail = nodes[self.read.order.heads[e]], nodes[plan.tails[e]]
        return [f"{head}.delta.{plan.slots[e]}", f"{tail}.value"]

    def deltas(self, j: int) -> Pieces:
        primitive = self.read.reading.plan.primitives[j]
        if primitive is None:
            return ()
        node, operands = self.read.nodes[j], operands_of(self.read, j)
        if not primitive.passes:
            return ("; it lets nothing back",)
        if len(operands) > 1:
            deltas = [(f"{node}.delta.{s}", operand) for s, operand in enumerate(operands)]
            return ("; δ = ", *listed(deltas, named=True))
        product = sum_of_products([[f"{node}.adjoint", f"{node}.derivatives.0"]])
        return ("; δ = ", *product, " = ", Place(f"{node}.delta.0"))


def _sources(edges: int, shared: int) -> str:
    """Say what an adjoint is made of: what edges carry back, and gradients of shared weights."""
    if edges + shared == 1:
        return "what its edge carries back" if edges else "the gradient of the edge it weights"
    if edges:
        return f"the sum of what {edges + shared} edges carry back"
    return f"the sum of the gradients of the {shared} edges it weights"
