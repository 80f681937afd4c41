r"""DOT: a network in Graphviz's language, which comes back as it was, also through Graphviz.

Nodes are called n0, n1, …, in the order of the network, whatever order they stand in. What they are
stands in attributes: `named`, then the network's own attributes by their names, with `net_` before
those that mean something to Graphviz or to nobody (`net_weight`, `net_label`). All others, such as
`label` and `pos`, are decoration. For a drawing of the labeled graph there is `rg.render`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from rojasgraph.errors import GraphError
from rojasgraph.interchange.dot_attributes import BEFORE_OTHERS, pairs, quoted, row_of, text_of
from rojasgraph.interchange.dot_grammar import Statement, statements
from rojasgraph.interchange.rows import Rows, attributes_in, attributes_of, coded_row
from rojasgraph.interchange.soundness import sound
from rojasgraph.interchange.strict_json import Json, some, unicode
from rojasgraph.network import Network

_NUMBERED = re.compile("n(0|[1-9][0-9]{0,8})")
_SIGN_OF_CONTROL = "�"

_LONG = 100
"""Names of fewer signs may have any number of edges."""

_MOST_SIGNS = 2**26
"""What longer ones may come to at all their edges: JSON, which spells them out, has 64 MiB then."""

# --- writing --------------------------------------------------------------------------------------


def to_dot(net: Network, *, labels: bool = False) -> str:
    r"""Write a network in Graphviz's language, one node and one edge a line.

    Args:
        net: the network.
        labels: keep what the passes wrote, too.

    Raises:
        GraphError: the network breaks the graph contract, or an attribute is of a type that a file
            does not keep; the message names the node or the edge.

    >>> net = Network()
    >>> _ = net.add_input("x"), net.add_unit(("h", 1), "tanh")
    >>> _ = net.add_edge("x", ("h", 1), weight=0.3)
    >>> print(to_dot(net))
    digraph {
      n0 [label="x", named="x", op="input"];
      n1 [label="('h', 1) = tanh", named="[\"h\", 1]", op="tanh"];
      n0 -> n1 [label="0.3", key="0", net_weight="0.3"];
    }
    """
    sound(net)
    numbered = {name: f"n{i}" for i, name in enumerate(net)}
    graph = ", ".join(pairs("the graph", coded_row("the graph", {}, net.graph)))
    lines = ["digraph {", *([f"  graph [{graph}];"] if graph else [])]
    repeated = _Repeated()
    lines.extend(_nodes(net, numbered, repeated, labels=labels))
    lines.extend(_edges(net, numbered, repeated, labels=labels))
    return "\n".join([*lines, "}"]) + "\n"


def _nodes(
    net: Network, numbered: Mapping[Hashable, str], repeated: _Repeated, *, labels: bool
) -> Iterator[str]:
    for name, attributes in net.nodes(data=True):
        place = f"node {name!r}"
        kept = attributes_of(attributes, labels=labels)
        row = coded_row(place, {"named": name}, kept)
        repeated.learn(numbered[name], text_of(place, row["named"]))
        own = ", ".join(pairs(place, row))
        yield f"  {numbered[name]} [label={_drawn(_label(name, kept))}, {own}];"


def _edges(
    net: Network, numbered: Mapping[Hashable, str], repeated: _Repeated, *, labels: bool
) -> Iterator[str]:
    for tail, head, key, attributes in net.edges(keys=True, data=True):
        place = f"edge {tail!r} → {head!r}"
        repeated.repeat(place, numbered[tail], numbered[head])
        kept = attributes_of(attributes, labels=labels, is_node=False)
        own = ", ".join(pairs(place, coded_row(place, {"key": key}, kept)))
        label = _drawn(str(kept.get("weight", kept.get("parameter", ""))))
        yield f"  {numbered[tail]} -> {numbered[head]} [label={label}, {own}];"


def _label(name: object, attributes: Mapping[Any, Any]) -> str:
    op = attributes["op"]
    if op in {"parameter", "constant"}:
        return f"{name} = {attributes.get('value')}"
    if op == "input":
        return str(name)
    arguments = str(attributes.get("arguments", ()))
    return f"{name} = {op}" if arguments == "()" else f"{name} = {op} {arguments}"


def _drawn(label: str) -> str:
    """Write a label: Graphviz reads more signs in it than in other texts."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", _SIGN_OF_CONTROL, label)
    return quoted(text.replace("\\", "\\\\").replace("\n", "\\n"))


# --- reading --------------------------------------------------------------------------------------


def from_dot(text: str | bytes) -> Network:
    """Read a network that `to_dot` wrote, also after Graphviz has written it anew.

    Args:
        text: the DOT; bytes are UTF-8.

    Raises:
        GraphError: it is no such DOT, or what it holds breaks the graph contract; the message
            names the place.
        MissingValue: a parameter or a constant carries no value.

    >>> net = from_dot("digraph { a [named=x op=input]; b [named=y op=square]; a -> b [key=0] }")
    >>> net.feed_forward(x=3.0)
    {'y': 9.0}
    """
    try:
        net = _Graph().read(unicode(text)).network()
        sound(net)
    except RecursionError:
        message = "arrays or objects are nested too deep for a network"
        raise GraphError(message) from None
    return net


class _Graph:
    """What a file says of a graph: edges may stand before their nodes, and nodes in any order."""

    def __init__(self) -> None:
        self._graph: dict[str, Json] = {}
        self._nodes: dict[str, tuple[int, dict[str, Json]]] = {}
        self._edges: list[tuple[int, str, str, dict[str, Json]]] = []
        self._repeated = _Repeated()

    def read(self, text: str) -> _Graph:
        """Read all statements."""
        for statement in statements(text):
            if not statement.names:
                self._read_common(statement)
            elif statement.kind == "node":
                self._read_node(statement)
            else:
                self._read_edge(statement)
        return self

    def _read_common(self, statement: Statement) -> None:
        place = f"{statement.kind} (line {statement.line})"
        row = row_of(place, statement.attributes)
        if row and statement.kind != "graph":
            message = f"{place}: what all have is not read: write {some(row)} at each"
            raise GraphError(message)
        if twice := row.keys() & self._graph.keys():
            message = f"{place}: {some(twice)} is there already"
            raise GraphError(message)
        self._graph.update(row)

    def _read_node(self, statement: Statement) -> None:
        (node,) = statement.names
        place = _place_of_node(node, statement.line)
        if node in self._nodes:
            message = f"{place} is there already, in line {self._nodes[node][0]}"
            raise GraphError(message)
        _check(place, statement.attributes, ("named", "op"))
        self._repeated.learn(node, statement.attributes["named"])
        self._nodes[node] = statement.line, row_of(place, statement.attributes)

    def _read_edge(self, statement: Statement) -> None:
        tail, head = statement.names
        place = _place_of_edge(tail, head, statement.line)
        _check(place, statement.attributes, ("key",))
        if "weight" in statement.attributes:
            message = f"{place}: weight is Graphviz's; that of a network is {BEFORE_OTHERS}weight"
            raise GraphError(message)
        row = row_of(place, statement.attributes)
        self._edges.append((statement.line, tail, head, row))

    def network(self) -> Network:
        """Make the network, and let go of what was read."""
        rows, names = Rows(), dict[str, Hashable]()
        rows.net.graph.update(attributes_in("graph", self._graph))
        for node in _in_order(self._nodes):
            line, row = self._nodes.pop(node)
            place = _place_of_node(node, line)
            attributes = attributes_in(place, row, ("named",))
            names[node] = attributes.pop("named")
            rows.add_node(place, names[node], attributes)
        turns = {node: turn for turn, node in enumerate(names)}
        waiting = deque(sorted(self._edges, key=lambda edge: turns.get(edge[1], 0)))
        self._edges.clear()
        while waiting:
            line, tail, head, row = waiting.popleft()
            place = _place_of_edge(tail, head, line)
            if missing := [end for end in (tail, head) if end not in names]:
                message = f"{place}: {missing[0]!r:.60} is no node of the file"
                raise GraphError(message)
            self._repeated.repeat(place, tail, head)
            attributes = attributes_in(place, row, ("key",))
            edge = names[tail], names[head], attributes.pop("key")
            rows.add_edge(place, edge, attributes)
        return rows.net


def _place_of_node(node: str, line: int) -> str:
    return f"node {node:.60} (line {line})"


def _place_of_edge(tail: str, head: str, line: int) -> str:
    return f"edge {tail:.60} -> {head:.60} (line {line})"


def _check(place: str, attributes: Mapping[str, str], wanted: Iterable[str]) -> None:
    """Refuse the DOT of others, which may be a picture of anything."""
    if missing := [name for name in wanted if name not in attributes]:
        message = f"{place} lacks {', '.join(missing)}: this is no network that rg.save wrote"
        raise GraphError(message)


def _in_order(nodes: Iterable[str]) -> list[str]:
    """Put nodes into the order of their numbers, which Graphviz does not keep, if they have any."""
    found = list(nodes)
    if all(map(_NUMBERED.fullmatch, found)):
        found.sort(key=lambda node: int(node[1:]))
    return found


class _Repeated:
    """Names that edges refer to: what reads them spells them out, edge by edge.

    A file of names a megabyte long, with a million edges between them, would take days.
    """

    def __init__(self) -> None:
        self._long: dict[str, int] = {}
        self._signs = 0

    def learn(self, node: str, named: str) -> None:
        """Take note of what a node is called."""
        if len(named) > _LONG:
            self._long[node] = len(named)

    def repeat(self, place: str, *nodes: str) -> None:
        """Count what an edge spells out.

        Raises:
            GraphError: it is too much.
        """
        self._signs += sum(self._long.get(node, 0) for node in nodes)
        if self._signs > _MOST_SIGNS:
            message = (
                f"{place:.200}: names of more than {_LONG} signs have too many edges: "
                f"spelled out they are more than {_MOST_SIGNS} signs"
            )
            raise GraphError(message)
