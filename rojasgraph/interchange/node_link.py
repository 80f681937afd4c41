"""JSON: a network as networkx's node-link data, with a version, typed names and exact numbers.

    {"format": "rojasgraph network", "version": 1,
     "directed": true, "multigraph": true, "graph": {},
     "nodes": [{"id": "x", "op": "input"}, {"id": "h", "op": "tanh"}],
     "edges": [{"source": "x", "target": "h", "key": 0, "weight": 0.3}]}

`networkx.node_link_graph(data, edges="edges")` reads it too, as far as its own types go. Values
are written as `coding` says.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from rojasgraph.contract import SOURCES
from rojasgraph.errors import ArgumentError, GraphError
from rojasgraph.interchange.coding import Json, decoded, encoded
from rojasgraph.interchange.soundness import sound
from rojasgraph.network import Network
from rojasgraph.order import is_hashable

FORMAT, VERSION = "rojasgraph network", 1

_LABELS = frozenset({"derivatives", "adjoint", "delta", "derivative", "contribution", "gradient"})
"""What the passes write, besides the value of what is no parameter or constant."""

_MEMBERS = ("format", "version", "directed", "multigraph", "graph", "nodes", "edges")


def attributes_of(node: Mapping[Any, Any], *, labels: bool, is_node: bool = True) -> dict[Any, Any]:
    """Give what a file keeps of a node or an edge: all attributes, or all that are no labels."""
    if labels:
        return dict(node)
    carries_value = not is_node or node.get("op") in SOURCES - {"input"}
    dropped = _LABELS if carries_value else _LABELS | {"value"}
    return {name: value for name, value in node.items() if name not in dropped}


# --- writing --------------------------------------------------------------------------------------


def to_json(net: Network, *, labels: bool = False) -> str:
    """Write a network as JSON, one node and one edge a line.

    Args:
        net: the network.
        labels: keep what the passes wrote, too.

    Raises:
        GraphError: the network breaks the graph contract, or an attribute is of a type that a file
            does not keep; the message names the node or the edge.

    >>> net = Network()
    >>> name, key = net.add_input("x"), net.add_unit("h", "tanh")
    >>> key = net.add_edge("x", "h", weight=0.3)
    >>> print(to_json(net))
    {"format": "rojasgraph network", "version": 1, "directed": true, "multigraph": true,
    "graph": {},
    "nodes": [
    {"id": "x", "op": "input"},
    {"id": "h", "op": "tanh"}
    ],
    "edges": [
    {"source": "x", "target": "h", "key": 0, "weight": 0.3}
    ]}
    """
    sound(net)
    graph = _row("the graph", {}, net.graph)
    head = f'{{"format": "{FORMAT}", "version": {VERSION}, "directed": true, "multigraph": true,\n'
    nodes = ",\n".join(_nodes(net, labels=labels))
    edges = ",\n".join(_edges(net, labels=labels))
    return f'{head}"graph": {graph},\n"nodes": [\n{nodes}\n],\n"edges": [\n{edges}\n]}}\n'


def _nodes(net: Network, *, labels: bool) -> Iterator[str]:
    for name, attributes in net.nodes(data=True):
        place = f"node {name!r}"
        kept = attributes_of(attributes, labels=labels)
        yield _row(place, {"id": name}, kept)


def _edges(net: Network, *, labels: bool) -> Iterator[str]:
    for tail, head, key, attributes in net.edges(keys=True, data=True):
        place = f"edge {tail!r} → {head!r}"
        kept = attributes_of(attributes, labels=labels, is_node=False)
        yield _row(place, {"source": tail, "target": head, "key": key}, kept)


def _row(place: str, names: dict[str, Hashable], attributes: Mapping[Any, Any]) -> str:
    """Write a node or an edge."""
    for attribute in attributes:
        if not isinstance(attribute, str) or attribute in names:
            message = f"{place}: an attribute cannot be called {attribute!r} in a file: rename it"
            raise ArgumentError(message)
    row = {}
    for member, value in {**names, **attributes}.items():
        try:
            row[member] = encoded(value)
        except (TypeError, ValueError) as error:  # of a fraction of 4300 digits
            message = f"{place}, {member}: {error}"
            raise ArgumentError(message) from None
        if member in names and _holds_nan(row[member]):
            message = f"{place}: nan is not equal to itself, so a file cannot name things by it"
            raise ArgumentError(message)
    try:
        return _written(row)
    except (ValueError, RecursionError) as error:  # a number of 4300 digits; nested too deep
        message = f"{place} cannot be written: {error}"
        raise ArgumentError(message) from None


def _holds_nan(name: Json) -> bool:
    return type(name) in {list, dict} and json.dumps({"float": "nan"}) in json.dumps(name)


def _written(row: Json) -> str:
    """Write a line: letters as they are, except halves of pairs, which no file can hold."""
    text = json.dumps(row, allow_nan=False, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(row, allow_nan=False)
    return text


# --- reading --------------------------------------------------------------------------------------


def from_json(text: str | bytes) -> Network:
    """Read a network that `to_json` wrote.

    Args:
        text: the JSON; bytes are UTF-8.

    Raises:
        GraphError: it is no such JSON, or what it holds breaks the graph contract; the message
            names the place.
        MissingValue: a parameter or a constant carries no value.

    >>> net = Network()
    >>> _ = net.add_input(("x", 1)), net.add_unit("h", "tanh"), net.add_edge(("x", 1), "h")
    >>> list(from_json(to_json(net)))
    [('x', 1), 'h']
    """
    data = _parsed(text)
    _check_head(data)
    net = Network()
    net.graph.update(_attributes("graph", data["graph"], ()))
    for i, row in enumerate(_rows(data, "nodes")):
        _add_node(net, f"nodes[{i}]", row)
    for i, row in enumerate(_rows(data, "edges")):
        _add_edge(net, f"edges[{i}]", row)
    sound(net)
    return net


def _parsed(text: str | bytes) -> Json:
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=_without_doubles,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        message = f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise GraphError(message) from None
    except UnicodeDecodeError as error:
        message = f"no text in UTF-8: byte {error.start} is {error.object[error.start]:#x}"
        raise GraphError(message) from None
    except RecursionError:
        message = "arrays or objects are nested too deep for a network"
        raise GraphError(message) from None
    except GraphError:
        raise
    except ValueError as error:  # a whole number of too many digits
        message = f"no number for a network: {error}"
        raise GraphError(message) from None


def _without_doubles(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        message = f"an object has the member {twice!r:.60} twice: {sorted(made)[:3]}"
        raise GraphError(message)
    return made


def _refuse_constant(name: str) -> None:
    tag = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}[name]
    message = f'{name} is no JSON: write {{"float": "{tag}"}}'
    raise GraphError(message)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        message = f'{digits:.60} is beyond the largest float: write {{"float": "inf"}} for infinity'
        raise GraphError(message)
    return number


def _check_head(data: Json) -> None:
    if type(data) is not dict or data.get("format") != FORMAT:
        message = (
            f'no network of ours: it lacks "format": "{FORMAT}"; what networkx wrote is read by '
            'rg.Network(networkx.node_link_graph(data, edges="edges"))'
        )
        raise GraphError(message)
    version = data.get("version")
    if type(version) is not int or version != VERSION:
        message = f"the file has the version {version!r:.60}; this program reads {VERSION}"
        raise GraphError(message)
    missing = [name for name in _MEMBERS if name not in data]
    unknown = [name for name in data if name not in _MEMBERS]
    if missing or unknown:
        fault = f"lacks {missing}" if missing else f"has unknown members {unknown[:3]}"
        message = f"the file {fault}; its members are {', '.join(_MEMBERS)}"
        raise GraphError(message)
    if data["directed"] is not True or data["multigraph"] is not True:
        message = "a network is directed and a multigraph: the file says otherwise"
        raise GraphError(message)


def _rows(data: Json, member: str) -> list[Json]:
    rows = data[member]
    if type(rows) is not list:
        message = f"{member} must be an array of objects; got {type(rows).__name__}"
        raise GraphError(message)
    return rows


def _attributes(place: str, row: Json, names: tuple[str, ...]) -> dict[str, Any]:
    """Read a node's or an edge's row, in which some members must be there."""
    if type(row) is not dict:
        message = f"{place} must be an object; got {row!r:.60}"
        raise GraphError(message)
    if missing := [name for name in names if name not in row]:
        message = f"{place} lacks {', '.join(missing)}"
        raise GraphError(message)
    made = {}
    for member, value in row.items():
        try:
            made[member] = decoded(value)
        except ValueError as error:
            message = f"{place}, {member:.60}: {error}"
            raise GraphError(message) from None
    for name in names:
        if not is_hashable(made[name]) or _holds_nan(row[name]):
            message = f"{place}, {name}: {made[name]!r:.60} cannot be a name"
            raise GraphError(message)
    return made


def _add_node(net: Network, place: str, row: Json) -> None:
    attributes = _attributes(place, row, ("id",))
    name = attributes.pop("id")
    if name is None or name in net:
        fault = "None is no name" if name is None else f"a node {name!r:.60} is there already"
        message = f"{place}: {fault}"
        raise GraphError(message)
    net.add_node(name)
    net.nodes[name].update(attributes)


def _add_edge(net: Network, place: str, row: Json) -> None:
    attributes = _attributes(place, row, ("source", "target", "key"))
    tail, head, key = (attributes.pop(name) for name in ("source", "target", "key"))
    for name in (tail, head):
        if name not in net:
            message = f"{place}: {name!r:.60} is no node of the file"
            raise GraphError(message)
    if key is None or net.has_edge(tail, head, key):
        fault = "None is no key" if key is None else "it is there already"
        message = f"{place}: {tail!r:.60} → {head!r:.60} (key {key!r:.60}): {fault}"
        raise GraphError(message)
    net.add_edge(tail, head, key)
    net.edges[tail, head, key].update(attributes)
