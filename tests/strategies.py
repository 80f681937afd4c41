"""Random networks for property tests: multigraphs of every shape that the contract allows.

A strategy gives `(network, fed)`: an unlabeled network and values for all its inputs. The same
generator serves exact tests (rational primitives, Fractions) and analytic ones (floats); what a
network computes is followed while it is drawn, so that no division comes near zero and no number
grows without bound.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import networkx as nx
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.table import TABLE

RATIONAL = [
    *("add", "sub", "mul", "div", "neg", "square", "reciprocal", "power", "scale", "prod"),
    *("identity", "half_squared", "squared_error", "maximum", "minimum", "relu", "leaky_relu"),
    *("abs", "sign", "step", "stop_gradient", "softsign"),
]
"""Primitives that stay among the Fractions. Their kinks are welcome: path products hold there."""

ANALYTIC = [
    *("add", "sub", "mul", "div", "neg", "square", "power", "scale", "prod", "identity"),
    *("half_squared", "sin", "cos", "tanh", "sigmoid", "arctan", "exp", "log", "sqrt", "softplus"),
    *("logsumexp", "arcsinh", "silu"),
]
"""Primitives with a meaning for complex numbers."""

LABELS = ("derivatives", "adjoint", "delta", "derivative", "contribution", "gradient")
"""What passes write, besides `value`."""

fractions = st.builds(Fraction, st.integers(-4, 4), st.integers(1, 3))
"""Small fractions, zero among them."""

dyadics = st.builds(lambda n: n / 8, st.integers(-16, 16))
"""Small floats without rounding errors, zero among them."""


def names() -> st.SearchStrategy[Callable[[str, int], Any]]:
    """Give a function that names the nodes of a network, with hashables of several kinds."""
    kinds = [
        lambda op, i: f"{op}{i}",
        lambda op, i: i,
        lambda op, i: (op, i),
        lambda op, i: ((i,), "deep", None),
        lambda op, i: frozenset({op, str(i)}),
        lambda op, i: f'<b>|{{}}"{i}:p',
    ]
    return st.lists(st.sampled_from(kinds), min_size=1, max_size=3).map(
        lambda chosen: lambda op, i: chosen[i % len(chosen)](op, i)
    )


@dataclass
class _Builder:
    """Build a network node by node and follow its values."""

    draw: Any
    numbers: st.SearchStrategy[Any]
    name: Callable[[str, int], Any]
    net: rg.Network = field(default_factory=rg.Network)
    values: dict[Any, Any] = field(default_factory=dict)
    fed: dict[Any, Any] = field(default_factory=dict)

    def source(self, op: str) -> None:
        name, value = self.name(op, len(self.net)), self.draw(self.numbers)
        self.values[name] = value
        if op == "input":
            self.net.add_input(name)
            self.fed[name] = value
        elif op == "parameter":
            self.net.add_parameter(name, value)
        else:
            self.net.add_constant(name, value)

    def unit(self, ops: list[str], slots: int, max_edges: int, limit: Any) -> None:
        """Draw the edges first, then an operation that is at home with what they carry."""
        edges, nets = [], []
        for slot in range(slots):
            count = self.draw(st.integers(1, max_edges))
            drawn = [self._edge() for _ in range(count)]
            nets.append(sum(w * self.values[tail] for tail, w, _ in drawn))
            edges += [(tail, slot, attributes) for tail, _, attributes in drawn]
        op, arguments, value = self._operation(ops, nets)
        if not limit(value):  # all edges into one slot of a unit that bounds what it gives
            op, arguments = ("sign" if "sign" in ops else "tanh"), {}
            value = TABLE[op](sum(nets))
            edges = [(tail, 0, attributes) for tail, _, attributes in edges]
        name = self.name(op, len(self.net))
        self.net.add_unit(name, op, arguments=arguments)
        self.values[name] = value
        several = TABLE[op].slots != 1
        for tail, slot, attributes in self.draw(st.permutations(edges)):
            written = several or self.draw(st.booleans())
            self.net.add_edge(tail, name, **attributes, **({"slot": slot} if written else {}))

    def _edge(self) -> tuple[Any, Any, dict[str, Any]]:
        """Draw a tail and a weight: none, its own, or one that a parameter shares."""
        tail = self.draw(st.sampled_from(list(self.values)))
        kind = self.draw(st.sampled_from(["plain", "plain", "weight", "shared"]))
        parameters = self.net.parameters
        if kind == "weight":
            weight = self.draw(self.numbers)
            return tail, weight, {"weight": weight, "trainable": self.draw(st.booleans())}
        if kind == "shared" and parameters:
            parameter = self.draw(st.sampled_from(parameters))
            return tail, self.values[parameter], {"parameter": parameter}
        return tail, 1, {}

    def _operation(self, ops: list[str], nets: list[Any]) -> tuple[str, Any, Any]:
        fitting = [op for op in ops if TABLE[op].slots in {None, len(nets)}]
        op = self.draw(st.sampled_from(fitting))
        arguments: dict[str, Any] = {}
        if op == "power":
            arguments = {"exponent": self.draw(st.integers(-2, 3))}
        elif op == "scale":
            arguments = {"factor": self.draw(self.numbers)}
        if not _at_home(op, nets, arguments):
            op, arguments = ("identity" if len(nets) == 1 else "sub"), {}
        return op, arguments, TABLE[op](*nets, **arguments)


def _at_home(op: str, nets: list[Any], arguments: dict[str, Any]) -> bool:
    """Tell whether an operation keeps well inside its domain; kinks are inside."""
    if op == "div":
        return abs(nets[1]) >= Fraction(1, 4)
    if op in {"reciprocal", "log", "sqrt"}:
        return nets[0] >= Fraction(1, 4)
    if op == "power":
        return arguments["exponent"] >= 0 or abs(nets[0]) >= Fraction(1, 4)
    return True


def _short(value: Fraction) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) < 400


@st.composite
def networks(
    draw: Any,
    *,
    analytic: bool = False,
    max_units: int = 6,
    max_slots: int = 3,
    max_edges: int = 2,
    ops: list[str] | None = None,
) -> tuple[rg.Network, dict[Any, Any]]:
    """Draw a network: parallel edges, several edges in a slot, weights, shared weights, dead ends.

    Args:
        draw: hypothesis' own.
        analytic: floats and primitives with a meaning for complex numbers; else Fractions.
        max_units: the most operations.
        max_slots: the most slots of an operation.
        max_edges: the most edges into one slot.
        ops: the primitives to draw from, in place of all.
    """
    ops = ops or (ANALYTIC if analytic else RATIONAL)
    builder = _Builder(draw, dyadics if analytic else fractions, draw(names()))
    builder.source("input")
    for op in draw(st.lists(st.sampled_from(["input", "parameter", "constant"]), max_size=4)):
        builder.source(op)
    counts = {TABLE[op].slots for op in ops}
    slots = [n for n in range(1, max_slots + 1) if n in counts or None in counts]
    small = (lambda value: abs(value) < 8) if analytic else _short
    for _ in range(draw(st.integers(1, max_units))):
        builder.unit(ops, draw(st.sampled_from(slots)), max_edges, small)
    units = [n for n, op in builder.net.nodes(data="op") if op in TABLE]
    for name in draw(st.lists(st.sampled_from(units), max_size=2, unique=True)):
        builder.net.nodes[name]["output"] = True
    return builder.net, builder.fed


@st.composite
def with_holes(draw: Any, case: tuple[rg.Network, dict[Any, Any]]) -> dict[Any, Any]:
    """Let some inputs, parameters, constants and weights of a network be nan; give what is fed."""
    net, fed = case
    sources = [n for n, op in net.nodes(data="op") if op in {"parameter", "constant"}]
    places = [*fed, *sources, *own_weights(net)]
    fed = dict(fed)
    for place in draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)):
        if place in fed:
            fed[place] = float("nan")
        elif place in net:
            net.nodes[place]["value"] = float("nan")
        else:
            net.edges[place]["weight"] = float("nan")
    return fed


@st.composite
def homogeneous_networks(draw: Any) -> tuple[rg.Network, dict[Any, Any]]:
    """Draw a network of identity and relu units with weighted edges, each with a bias."""
    net = rg.Network()
    net.add_constant("one", 1)
    fed = {net.add_input(f"x{i}"): draw(fractions) for i in range(draw(st.integers(1, 3)))}
    for i in range(draw(st.integers(2, 7))):
        tails = draw(st.lists(st.sampled_from(list(net)[1:]), min_size=1, max_size=4))
        unit = net.add_unit(f"u{i}", draw(st.sampled_from(["identity", "relu"])))
        for tail in [*tails, "one"]:
            net.add_edge(tail, unit, weight=draw(fractions), trainable=True)
    return net, fed


def sources(net: rg.Network) -> list[Any]:
    """List the inputs and parameters of a network."""
    return [*net.inputs, *net.parameters]


def all_edges(net: nx.MultiDiGraph) -> list[tuple[Any, Any, Any]]:
    """List a network's edges with their keys."""
    return list(net.edges(keys=True))


def unlabeled(net: rg.Network) -> rg.Network:
    """Build a network anew from nothing but the attributes that a user writes."""
    fresh = rg.Network()
    for name, attributes in net.nodes(data=True):
        kept = {k: v for k, v in attributes.items() if k not in LABELS}
        if attributes.get("op") not in {"parameter", "constant"}:
            kept.pop("value", None)
        fresh.add_node(name, **kept)
    for tail, head, key, attributes in net.edges(keys=True, data=True):
        kept = {k: v for k, v in attributes.items() if k not in LABELS}
        fresh.add_edge(tail, head, key, **kept)
    return fresh


def shuffled(net: rg.Network, random: Any) -> rg.Network:
    """Build an unlabeled network anew, its nodes and edges added in another order."""
    other = rg.Network()
    for name, attributes in random.sample(list(net.nodes(data=True)), len(net)):
        other.add_node(name, **attributes)
    edges = list(net.edges(keys=True, data=True))
    for tail, head, key, attributes in random.sample(edges, len(edges)):
        other.add_edge(tail, head, key, **attributes)
    return other


def labels(net: nx.MultiDiGraph) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Take all that is written on nodes and on edges, as dicts to compare."""
    nodes = {name: dict(attributes) for name, attributes in net.nodes(data=True)}
    edges = {(u, v, k): dict(attributes) for u, v, k, attributes in net.edges(keys=True, data=True)}
    return nodes, edges


def own_weights(net: rg.Network) -> list[tuple[Any, Any, Any]]:
    """List the edges that carry a weight of their own."""
    return [e for e in all_edges(net) if net.edges[e].get("weight") is not None]


def everything(net: rg.Network) -> list[Any]:
    """List all that a derivative can be taken by: inputs, parameters, weights on edges."""
    return [*sources(net), *own_weights(net)]


@st.composite
def layered_networks(draw: Any, most: int = 7) -> rg.Network:
    """Draw a network of full layers, some two of which are joined by twelve edges or more."""
    sizes = draw(
        st.lists(st.integers(1, most), min_size=2, max_size=4).filter(
            lambda sizes: any(min(pair) >= 3 and max(pair) >= 4 for pair in pairwise(sizes))
        )
    )
    net = rg.layered(sizes, rng=draw(st.integers(0, 9)), bias=draw(st.booleans()))
    net.feed_forward(dict.fromkeys(net.inputs, draw(dyadics)))
    net.backpropagate(net.outputs)
    return net


@st.composite
def digraphs(draw: Any, max_inner: int = 5) -> nx.DiGraph:
    """Draw a directed acyclic graph without attributes: sources, vertices between them, sinks."""
    graph = nx.DiGraph()
    graph.add_nodes_from(f"x{i}" for i in range(draw(st.integers(1, 3))))
    for i in range(draw(st.integers(1, max_inner))):
        tails = draw(st.lists(st.sampled_from(list(graph)), min_size=1, max_size=3, unique=True))
        graph.add_edges_from((tail, f"v{i}") for tail in tails)
    inner = [name for name in graph if name.startswith("v")]
    for i in range(draw(st.integers(1, 3))):
        tails = draw(st.lists(st.sampled_from(inner), min_size=1, max_size=3, unique=True))
        graph.add_edges_from((tail, f"y{i}") for tail in tails)
    return graph


def weight_of(net: rg.Network, edge: tuple[Any, Any, Any]) -> Any:
    """Give an edge's weight: its own, that of the parameter it shares, or 1."""
    attributes = net.edges[edge]
    if "parameter" in attributes:
        return net.nodes[attributes["parameter"]]["value"]
    return attributes.get("weight", 1)


@st.composite
def damaged(draw: Any, sound: list[bytes], words: list[bytes]) -> bytes:
    """Draw bytes that were sound once: changed, cut, doubled or moved, with words put in.

    Args:
        draw: hypothesis' own.
        sound: what to start from.
        words: what the format knows, which is put in where it does not belong.
    """
    made = draw(st.sampled_from(sound))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(made)))
        stop = min(len(made), start + draw(st.integers(0, 12)))
        piece = draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([*words, b"\x00", b"\xff" * 4, b"9" * 40, b"nan", b"-", b'"', b""]),
                st.just(made[start:stop] * 2),
            )
        )
        made = made[:start] + piece + made[stop:]
    return made


_WORDS_OF_COMMANDS = {
    "explain": ("--steps", "--latex", "--exact", "--precision", "3", "--at", "x=2", "y=1/3"),
    "draw": (
        *("-o", "x.txt", "x.dot", "x.tex", "--style", "circle", "units", "--theme", "dark"),
        *("--unit", "fused", "--rankdir", "TB", "--show", "value adjoint", "--blank", "value"),
        *("--title", "a title", "--numbers", "symbols", "--exact", "--at", "x=2", "y=1"),
    ),
    "check": ("--claim", "x=2*x", "y=x", "w1=cos(x)"),
    "audit": ("good.txt", "-", "none.txt", "."),
    "train": (
        *("table.csv", "iris", "none.csv", "--target", "kind", "--epochs", "0", "--units", "two"),
        *("--optimizer", "adam", "--rate", "nan", "--batch", "-1", "--topology", "ring"),
    ),
}


@st.composite
def command_lines(draw: Any, formulas: st.SearchStrategy[str]) -> list[str]:
    """Draw arguments of the command line: sensible ones, with words lost, swapped and put in.

    `train` is never given all that it needs, since it would train.

    Args:
        draw: hypothesis' own.
        formulas: what stands where a formula stands, and elsewhere.
    """
    command = draw(st.sampled_from(sorted(_WORDS_OF_COMMANDS)))
    words = st.sampled_from(_WORDS_OF_COMMANDS[command])
    odd = st.one_of(
        st.sampled_from(["--help", "--", "-", "", "--at=x=1", "-o", "--version", "\x00", "=", "☃"]),
        formulas,
        st.builds("{}={}".format, st.sampled_from(["x", "y", "é", "", "\n"]), formulas),
        st.text(max_size=8),
    )
    arguments = [command, draw(formulas)] if command not in {"audit", "train"} else [command]
    arguments += draw(st.lists(words, max_size=6))
    for other in draw(st.lists(odd, max_size=2)):
        arguments.insert(draw(st.integers(0, len(arguments))), other)
    if arguments and draw(st.integers(0, 5)) == 0:
        arguments.pop(draw(st.integers(0, len(arguments) - 1)))
    whole = "train" in arguments and {"table.csv", "kind"} <= {*arguments}
    return [a for a in arguments if not whole or a != "table.csv"]
