"""JSON: a network as networkx's node-link data, with a version, typed names and exact numbers.

    {"format": "rojasgraph network", "version": 1,
     "directed": true, "multigraph": true, "graph": {},
     "nodes": [{"id": "x", "op": "input"}, {"id": "h", "op": "tanh"}],
     "edges": [{"source": "x", "target": "h", "key": 0, "weight": 0.3}]}

`networkx.node_link_graph(data, edges="edges")` reads it too, as far as its own types go. Values
are written as `coding` says.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from rojasgraph.errors import GraphError
from rojasgraph.interchange.rows import Rows, as_text, attributes_in, attributes_of, coded_row
from rojasgraph.interchange.soundness import sound
from rojasgraph.interchange.strict_json import Json, parsed, some
from rojasgraph.network import Network

FORMAT, VERSION = "rojasgraph network", 1

_MEMBERS = ("format", "version", "directed", "multigraph", "graph", "nodes", "edges")


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
    return as_text(place, coded_row(place, names, attributes))


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
    try:
        net = _built(parsed(text))
        sound(net)
    except RecursionError:
        message = "arrays or objects are nested too deep for a network"
        raise GraphError(message) from None
    return net


def _built(data: Json) -> Network:
    """Make a network of what was parsed, row by row."""
    _check_head(data)
    rows = Rows()
    rows.net.graph.update(attributes_in("graph", data["graph"]))
    for i, row in _rows(data, "nodes"):
        place = f"nodes[{i}]"
        attributes = attributes_in(place, row, ("id",))
        rows.add_node(place, attributes.pop("id"), attributes)
    for i, row in _rows(data, "edges"):
        place = f"edges[{i}]"
        attributes = attributes_in(place, row, ("source", "target", "key"))
        edge = (attributes.pop("source"), attributes.pop("target"), attributes.pop("key"))
        rows.add_edge(place, edge, attributes)
    return rows.net


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
        fault = f"lacks {missing}" if missing else f"has unknown members {some(unknown)}"
        message = f"the file {fault}; its members are {', '.join(_MEMBERS)}"
        raise GraphError(message)
    if data["directed"] is not True or data["multigraph"] is not True:
        message = "a network is directed and a multigraph: the file says otherwise"
        raise GraphError(message)


def _rows(data: Json, member: str) -> Iterator[tuple[int, Json]]:
    """Number the rows of a file, and let go of each as it is read."""
    rows = data[member]
    if type(rows) is not list:
        message = f"{member} must be an array of objects; got {type(rows).__name__}"
        raise GraphError(message)
    for i, row in enumerate(rows):
        rows[i] = None
        yield i, row
