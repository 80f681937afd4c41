"""GraphML, by networkx's writer and reader, for what it can carry; the rest is refused.

GraphML has text, numbers and truths as attributes, and text as names. A Fraction is written as
text, "1/3", and several numbers (a node's arguments, its stored derivatives) with blanks between;
both come back as they were.
"""

from __future__ import annotations

import io
import re
from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np

from rojasgraph.errors import ArgumentError, GraphError
from rojasgraph.interchange.graphml_form import check_form
from rojasgraph.interchange.rows import attributes_of
from rojasgraph.interchange.soundness import sound
from rojasgraph.network import Network
from rojasgraph.quiet import warnings_as

_NUMBERS = frozenset({"value", "weight", "adjoint", "derivative", "contribution", "gradient"})
"""The attributes that are numbers, which may be Fractions."""

_LISTS = frozenset({"arguments", "derivatives", "delta"})
"""The attributes that are several numbers."""

_FRACTION = re.compile(r"-?[0-9]+/[0-9]+")


def to_graphml(net: Network, *, labels: bool = False) -> bytes:
    """Write a network as GraphML.

    Args:
        net: the network.
        labels: keep what the passes wrote, too, where it is real numbers.

    Raises:
        GraphError: the network breaks the graph contract, or holds what GraphML cannot carry; the
            message names it.
    """
    sound(net)
    try:
        written = _written_graph(net, labels=labels)
    except (nx.NetworkXException, ValueError) as error:
        if isinstance(error, GraphError):
            raise
        message = f"GraphML cannot carry it: {error!s:.200}"  # a number of thousands of digits
        raise ArgumentError(message) from None
    _compare(net, from_graphml(written), labels=labels)
    return written


def _written_graph(net: Network, *, labels: bool) -> bytes:
    plain: nx.MultiDiGraph[Hashable] = nx.MultiDiGraph()
    for name, attributes in net.nodes(data=True):
        place = f"node {name!r}"
        plain.add_node(_text(place, "a name", name))
        plain.nodes[name].update(_plain(place, _kept(attributes, labels=labels)))
    for tail, head, key, attributes in net.edges(keys=True, data=True):
        place = f"edge {tail!r} → {head!r}"
        if type(key) is not int:
            message = f"{place}: GraphML carries whole numbers as keys, not {key!r}: save as .json"
            raise ArgumentError(message)
        plain.add_edge(tail, head, key)
        kept = _kept(attributes, labels=labels, is_node=False)
        plain.edges[tail, head, key].update(_plain(place, kept))
    plain.graph.update(_plain("the graph", net.graph))
    written = io.BytesIO()
    nx.write_graphml_xml(plain, written)
    return written.getvalue()


def _kept(attributes: Mapping[Any, Any], *, labels: bool, is_node: bool = True) -> dict[Any, Any]:
    """Give what is written of a node or an edge; numpy's scalars as Python's numbers."""
    kept = attributes_of(attributes, labels=labels, is_node=is_node)
    for name in _LISTS & kept.keys():
        if isinstance(kept[name], list | tuple):
            kept[name] = tuple(map(_item, kept[name]))
    return {name: _item(value) for name, value in kept.items()}


def _item(value: Any) -> Any:  # noqa: ANN401 - whatever stands in a graph
    return value.item() if isinstance(value, np.generic) else value


def _text(place: str, what: str, value: object) -> str:
    if type(value) is not str or not value.isprintable():
        message = f"{place}: GraphML carries {what} as printable text, not {value!r}: save as .json"
        raise ArgumentError(message)
    return value


def _plain(place: str, attributes: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        _text(place, "an attribute's name", name): _value(f"{place}, {name}", name, value)
        for name, value in attributes.items()
    }


def _value(place: str, name: str, value: Any) -> Any:  # noqa: ANN401 - whatever stands in a graph
    if name in _LISTS:
        listed = value if isinstance(value, tuple) else (value,)
        return " ".join(_written(_number(place, x)) for x in listed)
    if name in _NUMBERS:
        number = _number(place, value)
        return _written(number) if type(number) is Fraction else number
    if type(value) is str and value:
        return _text(place, "text", value)
    if type(value) in {bool, int, float}:
        return value
    raise _not_carried(place, value)


def _number(place: str, value: Any) -> Any:  # noqa: ANN401 - as above
    if type(value) in {int, float, Fraction}:
        return value
    raise _not_carried(place, value)


def _not_carried(place: str, value: object) -> ArgumentError:
    kind = type(value).__name__
    message = f"{place}: GraphML carries text, truths and real numbers, not the {kind} {value!r}"
    return ArgumentError(f"{message:.200}: save as .json")


def _written(number: float | Fraction) -> str:
    if type(number) is Fraction:  # also of a whole one, so that it stays a Fraction
        return f"{number.numerator}/{number.denominator}"
    return str(number)


def _compare(net: Network, back: Network, *, labels: bool) -> None:
    """Make sure that what was written is what will be read.

    Raises:
        ArgumentError: it is not; the message names the first place.
    """
    if not _same(net.graph, back.graph):
        message = f"the graph: GraphML does not carry its attributes as they are: {net.graph}"
        raise ArgumentError(message)
    for name, attributes in net.nodes(data=True):
        kept = _kept(attributes, labels=labels)
        if name not in back or not _same(kept, back.nodes[name]):
            message = f"node {name!r}: GraphML does not carry its attributes as they are: {kept}"
            raise ArgumentError(message)
    for tail, head, key, attributes in net.edges(keys=True, data=True):
        kept = _kept(attributes, labels=labels, is_node=False)
        if not back.has_edge(tail, head, key) or not _same(kept, back.edges[tail, head, key]):
            message = f"edge {tail!r} → {head!r}: GraphML does not carry it as it is: {kept}"
            raise ArgumentError(message)


def _same(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Compare attributes with their types, and nan with itself."""
    return {k: repr(v) for k, v in first.items()} == {k: repr(v) for k, v in second.items()}


# --- reading --------------------------------------------------------------------------------------


def from_graphml(text: bytes) -> Network:
    """Read a network that `to_graphml` wrote, or another program's with the same attributes.

    Raises:
        GraphError: it is no such GraphML, or breaks the graph contract.
        MissingValue: a parameter or a constant carries no value.
    """
    edges = check_form(text)
    try:
        with warnings_as("error"):  # networkx guesses, and warns, where a type is missing
            found: Any = nx.read_graphml(io.BytesIO(text), force_multigraph=True)
    except Exception as error:  # a hostile file finds any hole in a reader  # noqa: BLE001
        message = f"no GraphML that networkx reads: {type(error).__name__}: {error!s:.200}"
        raise GraphError(message) from None
    if found.number_of_edges() < edges:
        message = f"of {edges} edges only {found.number_of_edges()} have an id of their own"
        raise GraphError(message)
    for empty in ("node_default", "edge_default"):
        found.graph.pop(empty)
    net = Network()
    net.graph.update(found.graph)
    for name, attributes in found.nodes(data=True):
        net.add_node(name)
        net.nodes[name].update(_read(f"node {name!r}", attributes))
        if net.nodes[name].get("op") == "parameter" and "added_as" not in attributes:
            net.nodes[name]["added_as"] = name
    for tail, head, key, attributes in found.edges(keys=True, data=True):
        attributes.pop("id", None)  # the key once more
        net.add_edge(tail, head, key)
        net.edges[tail, head, key].update(_read(f"edge {tail!r} → {head!r}", attributes))
    sound(net)
    return net


def _read(place: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in attributes.items():
        try:
            if name in _LISTS:
                made[name] = tuple(map(_parsed, str(value).split()))
            elif name in _NUMBERS and isinstance(value, str):
                made[name] = _parsed(value)
            else:
                made[name] = value
        except (ValueError, ZeroDivisionError) as error:
            message = f"{place}, {name}: {value!r:.60} is no number: {error!s:.80}"
            raise GraphError(message) from None
    return made


def _parsed(text: str) -> int | float | Fraction:
    if _FRACTION.fullmatch(text):
        above, _, below = text.partition("/")
        return Fraction(int(above), int(below))
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else float(text)
