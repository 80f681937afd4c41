"""Rows: what a node or an edge is in a file, as JSON values, and how a network is made of them."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any

from rojasgraph.contract import SOURCES
from rojasgraph.errors import ArgumentError, GraphError
from rojasgraph.interchange.coding import decoded, encoded
from rojasgraph.interchange.crowding import Crowd
from rojasgraph.interchange.strict_json import Json, written
from rojasgraph.network import Network
from rojasgraph.order import is_hashable

LABELS = frozenset({"derivatives", "adjoint", "delta", "derivative", "contribution", "gradient"})
"""What the passes write, besides the value of what is no parameter or constant."""


def attributes_of(node: Mapping[Any, Any], *, labels: bool, is_node: bool = True) -> dict[Any, Any]:
    """Give what a file keeps of a node or an edge: all attributes, or all that are no labels."""
    if labels:
        return dict(node)
    carries_value = not is_node or node.get("op") in SOURCES - {"input"}
    dropped = LABELS if carries_value else LABELS | {"value"}
    return {name: value for name, value in node.items() if name not in dropped}


# --- writing --------------------------------------------------------------------------------------


def coded_row(
    place: str, names: Mapping[str, Hashable], attributes: Mapping[Any, Any]
) -> dict[str, Json]:
    """Code a node or an edge.

    Args:
        place: what the row is called in a message.
        names: the members that name it.
        attributes: all others.

    Raises:
        ArgumentError: something of it cannot be kept in a file.

    >>> coded_row("node 'x'", {"id": ("x", 1)}, {"op": "input"})
    {'id': ['x', 1], 'op': 'input'}
    """
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
    return row


def as_text(place: str, coded: Json) -> str:
    """Write what is coded as JSON.

    Args:
        place: what it is called in a message.
        coded: a row, or a member of one.

    Raises:
        ArgumentError: it is a number of thousands of digits, or nested too deep.

    >>> print(as_text("node 'x'", {"id": ["x", 1]}))
    {"id": ["x", 1]}
    """
    try:
        return written(coded)
    except (ValueError, RecursionError) as error:
        message = f"{place} cannot be written: {error}"
        raise ArgumentError(message) from None


def _holds_nan(name: Json) -> bool:
    return type(name) in {list, dict} and json.dumps({"float": "nan"}) in json.dumps(name)


# --- reading --------------------------------------------------------------------------------------


def attributes_in(place: str, row: Json, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read what a row holds, in which the members that name it must be there.

    Raises:
        GraphError: it is no row, or lacks a name; the message has the place.

    >>> attributes_in("nodes[0]", {"id": ["x", 1], "op": "input"}, ("id",))
    {'id': ('x', 1), 'op': 'input'}
    """
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


class Rows:
    """Make a network of rows, and watch over the names in them."""

    def __init__(self) -> None:
        """Start with an empty network."""
        self.net = Network()
        self._names, self._keys = Crowd(), Crowd()

    def add_node(self, place: str, name: Hashable, attributes: Mapping[str, Any]) -> None:
        """Add a node.

        Raises:
            GraphError: it cannot be called so, or is there already.
        """
        self._watch(self._names, place, name)
        if name is None or name in self.net:
            fault = "None is no name" if name is None else f"a node {name!r:.60} is there already"
            message = f"{place}: {fault}"
            raise GraphError(message)
        self.net.add_node(name)
        self.net.nodes[name].update(attributes)

    def add_edge(
        self, place: str, edge: tuple[Hashable, Hashable, Hashable], attributes: Mapping[str, Any]
    ) -> None:
        """Add an edge between nodes that are there.

        Raises:
            GraphError: they are not, or it cannot have this key, or is there already.
        """
        tail, head, key = edge
        for name in (tail, head):
            if name not in self.net:
                message = f"{place}: {name!r:.60} is no node of the file"
                raise GraphError(message)
        self._watch(self._keys, place, key, tail, head)
        if key is None or self.net.has_edge(tail, head, key):
            fault = "None is no key" if key is None else "it is there already"
            message = f"{place}: {tail!r:.60} → {head!r:.60} (key {key!r:.60}): {fault}"
            raise GraphError(message)
        self.net.add_edge(tail, head, key)
        self.net.edges[tail, head, key].update(attributes)

    @staticmethod
    def _watch(crowd: Crowd, place: str, name: Hashable, *which: Hashable) -> None:
        try:
            crowd.add(name, *which)
        except ValueError as error:
            message = f"{place}: {error}"
            raise GraphError(message) from None
