"""The graph contract: read a graph's attributes, refuse what breaks it, before any pass computes.

Nothing of this is kept from pass to pass: operations, slots, weights and values are read afresh
each time, so an edit of an attribute is never missed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph import numbers
from rojasgraph.errors import ArgumentError, DomainError, GraphError, MissingValue
from rojasgraph.labeling import Forward, Plan
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import EXACT, REAL, Number, is_complex, kind
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.order import Attributes, Order, is_hashable
from rojasgraph.table import TABLE, Primitive, unknown

if TYPE_CHECKING:
    import networkx as nx

SOURCES = frozenset({"input", "parameter", "constant"})
"""The operations without arguments."""

STATE = "state"
"""The attribute of a cell's graph that says which node feeds which of its inputs a step later."""

_PLAIN = frozenset({type(None), int, float})
"""Types of stored numbers that fit every number system, and so choose none."""


@dataclass(slots=True)
class Reading:
    """A graph that meets the contract, ready for the first pass.

    Attributes:
        plan: what the passes walk.
        sources: the value of each source, by node number, lifted into the number system.
        constants: which of them are constants.
        system: the number system that the pass runs in.
    """

    plan: Plan
    sources: dict[int, Number]
    constants: frozenset[int]
    system: Namespace


@dataclass(frozen=True, slots=True)
class Record:
    """What a forward pass leaves for the passes that follow it."""

    order: Order
    reading: Reading
    forward: Forward


def recorded(
    order: Order,
    reading: Reading,
    values: list[Number],
    derivatives: list[tuple[Number, ...]],
    edge_derivatives: list[Number],
) -> Record:
    """Make the record of a forward pass that was computed elsewhere.

    Args:
        order: the graph's structure.
        reading: what the pass computed from.
        values: by node.
        derivatives: by node, one for each slot.
        edge_derivatives: by edge.
    """
    return Record(order, reading, Forward(values, derivatives, edge_derivatives))


def outputs_of(graph: nx.DiGraph[Hashable]) -> list[Hashable]:
    """List the nodes marked `output=True`; where none is, the operations that feed no other."""
    nodes = graph.nodes(data=True)
    marked = [name for name, attributes in nodes if attributes.get("output")]
    if marked:
        return marked
    sinks = (name for name, heads in graph.adjacency() if not heads)
    return [name for name in sinks if graph.nodes[name].get("op") not in SOURCES]


def is_automatic_name(name: Hashable, op: str) -> bool:
    """Tell a name given in order of building, such as `mul1`, from one that a user chose.

    >>> is_automatic_name("mul1", "mul"), is_automatic_name("w1", "parameter")
    (True, False)
    """
    if op in {"input", "parameter"} or not isinstance(name, str):
        return False
    return re.fullmatch(re.escape(op) + "[0-9]+", name) is not None


def edge_text(order: Order, e: int) -> str:
    """Name an edge in an error: tail → head, with its key where it is not the first."""
    tail, head, key = order.edge_names[e]
    return f"edge {tail!r} → {head!r}" + ("" if key == 0 else f" (key {key!r})")


def read(order: Order, fed: Mapping[int, Number], system: Namespace | None = None) -> Reading:
    """Check a graph and lift its numbers into the system of what is fed.

    Args:
        order: the graph's structure.
        fed: values for inputs, and for parameters that shall have another one, by node number.
        system: the number system to run in; default the one of what is fed.

    Raises:
        UnknownPrimitive, ArgumentError, GraphError: the graph breaks the contract.
        MissingValue: a source has no value.
        DomainError: an operation has no meaning for complex numbers, and these are fed.
    """
    primitives = _operations(order)
    slots, weights, carrying = _edges(order)
    counts = _slots(order, primitives, slots)
    shared = dict(_shared_weights(order, carrying))
    bound = dict(_bound_arguments(order, primitives))
    values = dict(_source_values(order, primitives, fed))
    if system is None:
        system = _choose_system(order, fed, values, weights)
    lifted = _Lift(order, system)
    sources = {j: lifted.node(j, value) for j, value in values.items()}
    _refuse_complex(order, primitives, system, sources)
    carriers: dict[int, list[int]] = {}
    for e, j in shared.items():
        carriers.setdefault(j, []).append(e)
    plan = Plan(
        primitives=primitives,
        arguments=lifted.arguments(bound),
        slot_counts=counts,
        incoming=order.incoming,
        outgoing=order.outgoing,
        tails=order.tails,
        slots=slots,
        weights=lifted.weights(weights),
        shared=shared,
        carriers=carriers,
    )
    constants = frozenset(j for j in sources if order.nodes[j]["op"] == "constant")
    return Reading(plan, sources, constants, system)


def _operations(order: Order) -> list[Primitive | None]:
    """Find the row of each node's operation; None for a source."""
    ops = [node.get("op") for node in order.nodes]
    rows = [TABLE.get(op) if isinstance(op, str) else None for op in ops]
    for j, row in enumerate(rows):
        if row is None:
            _check_source(order, j, ops[j])
    return rows


def _check_source(order: Order, j: int, op: Any) -> None:  # noqa: ANN401 - anything may stand there
    """Refuse a node that is no operation of the table and no source either."""
    is_source = isinstance(op, str) and op in SOURCES
    name = order.names[j]
    if is_source:
        if order.incoming[j]:
            tail = order.edge_names[order.incoming[j][0]][0]
            message = f"{op} {name!r} has an edge from {tail!r}: a source takes no edges"
            raise GraphError(message)
        return
    if op is None:
        message = (
            f"node {name!r} has no operation: give it one with add_unit({name!r}, 'tanh') or the "
            "like before its first edge, or set its attribute op"
        )
        raise GraphError(message)
    error = unknown(op)
    error.args = (f"node {name!r}: {error}; or 'input', 'parameter', 'constant'",)
    raise error


def _edges(order: Order) -> tuple[list[Any], list[Number | None], list[int]]:
    """Read the slot and the weight of each edge, and list the edges that name a parameter."""
    slots, weights, carriers = [], [], []
    for e, edge in enumerate(order.edges):
        slots.append(edge.get("slot"))
        weights.append(edge.get("weight"))
        if "parameter" in edge:
            carriers.append(e)
    return slots, weights, carriers


def _slots(order: Order, rows: list[Primitive | None], found: list[Any]) -> list[int]:
    """Check the slots of the edges, fill in those left out, and count each node's slots."""
    counts = []
    for j, (row, incoming) in enumerate(zip(rows, order.incoming, strict=True)):
        if row is None:
            counts.append(0)
            continue
        first, stop = incoming.start, incoming.stop
        here = found[first:stop]
        plain = _PLAIN_SLOTS.issuperset(map(type, here))
        if plain and row.slots == 1 and here and not any(here):  # it may be left out
            found[first:stop] = [0] * len(here)
            counts.append(1)
        else:
            found[first:stop] = here = _several_slots(order, j, row, here)
            counts.append(max(here) + 1)
    return counts


_PLAIN_SLOTS = frozenset({int, type(None)})


def _several_slots(order: Order, j: int, row: Primitive, found: list[Any]) -> list[int]:
    """Check that the edges into a node fill all its slots, and no others."""
    if row.slots == 1:
        found = [0 if slot is None else slot for slot in found]
    edges = order.incoming[j]
    slots = [
        slot if type(slot) is int else _whole(order, e, row, slot)
        for e, slot in zip(edges, found, strict=True)
    ]
    filled = set(slots)
    if not filled or filled != set(range(row.slots or len(filled))):
        raise _slot_error(order, j, row, filled)
    return slots


def _whole(order: Order, e: int, row: Primitive, slot: Any) -> int:  # noqa: ANN401 - from a user
    """Take a slot that is no plain int, such as numpy's."""
    if isinstance(slot, EXACT) and not isinstance(slot, bool | np.bool_):
        return int(slot)
    fault = "has no slot" if slot is None else f"has the slot {slot!r}"
    message = f"{edge_text(order, e)} {fault}: {_wanted(row)}"
    raise ArgumentError(message)


def _wanted(row: Primitive) -> str:
    if row.slots is None:
        return f"{row.name} takes slots 0, 1, 2, … without a gap"
    named = ", ".join(f"{s} ({row.slot_name(s)})" for s in range(row.slots))
    return f"{row.name} takes slot {named}"


def _slot_error(order: Order, j: int, row: Primitive, filled: set[int]) -> ArgumentError:
    count = row.slots or len(filled) or 1
    empty = sorted(set(range(count)) - filled)
    fault = f"nothing feeds slot {empty[0]}" if empty else f"an edge feeds slot {max(filled)}"
    if filled and min(filled) < 0:
        fault = f"an edge feeds slot {min(filled)}"
    return ArgumentError(f"node {order.names[j]!r}: {fault}; {_wanted(row)}")


class ParameterNames:
    """The names of a graph's parameters: what they are called, and what they were added as.

    networkx's own functions rename nodes (relabel_nodes, union, disjoint_union), but not what an
    edge's attribute says. What `add_parameter` wrote down stays as well, so a name that has come to
    mean another parameter is seen.
    """

    def __init__(self, nodes: Iterable[tuple[Hashable, Attributes]]) -> None:
        """Collect the names of all parameters."""
        self.added_as: dict[Hashable, Hashable] = {}
        self.now: dict[Hashable, list[Hashable]] = {}
        for name, node in nodes:
            if node.get("op") == "parameter":
                before = node.get("added_as")
                self.added_as[name] = before = before if is_hashable(before) else None
                self.now.setdefault(before, []).append(name)

    def doubt(self, name: Hashable) -> str:
        """Say which other parameter an edge may mean by a parameter's name; "" if none."""
        before, unmarked = self.added_as[name], self.now.get(None, [])
        for other in [] if name is None else self.now.get(name, []):
            if other != name:
                return f"but {other!r} was added as {name!r}: {_RENAMED}"
        if before not in {None, name} and unmarked:
            return f"but it was added as {before!r}, so {unmarked[0]!r} may be meant: {_RENAMED}"
        return ""


_RENAMED = (
    "parameters were renamed since; rename with net.relabel(...), networks before they are joined"
)


def shared_weights(order: Order) -> dict[int, int]:
    """Number, by edge, the parameter nodes whose values are shared weights.

    Raises:
        ArgumentError: an edge names no parameter, or it is not sure which.
    """
    return dict(_shared_weights(order, [e for e, a in enumerate(order.edges) if "parameter" in a]))


def _shared_weights(order: Order, carrying: list[int]) -> Iterator[tuple[int, int]]:
    """Find the parameter node that each edge with a shared weight refers to."""
    if not carrying:
        return
    names = ParameterNames(zip(order.names, order.nodes, strict=True))
    for e in carrying:
        edge, name = order.edges[e], order.edges[e]["parameter"]
        if edge.get("weight") is not None:
            message = f"{edge_text(order, e)} has both a weight and a parameter: keep one"
            raise ArgumentError(message)
        if not is_hashable(name) or name not in names.added_as:
            message = (
                f"{edge_text(order, e)} shares the weight {name!r}, which is no parameter node; "
                f"parameters: {list(names.added_as) or 'none'} (net.relabel(...) renames these "
                "references too)"
            )
            raise ArgumentError(message)
        if doubt := names.doubt(name):
            message = f"{edge_text(order, e)} shares the weight {name!r}, {doubt}"
            raise ArgumentError(message)
        yield e, order.number[name]


def _bound_arguments(
    order: Order, rows: list[Primitive | None]
) -> Iterator[tuple[int, Mapping[str, Number]]]:
    """Read the arguments of the nodes that have any."""
    for j, row in enumerate(rows):
        if row is None or not (row.arguments or "arguments" in order.nodes[j]):
            continue
        try:
            yield j, row.bind(order.nodes[j].get("arguments", ()))
        except ArgumentError as error:
            message = f"node {order.names[j]!r}: {error}"
            raise ArgumentError(message) from None


def _source_values(
    order: Order, primitives: list[Primitive | None], fed: Mapping[int, Number]
) -> Iterator[tuple[int, Number]]:
    """Collect what the sources hold: fed values for inputs, stored ones for the others."""
    unfed = []
    for j, row in enumerate(primitives):
        if row is not None:
            continue
        attributes = order.nodes[j]
        is_input = attributes["op"] == "input"  # what it bears is a label
        stored = None if is_input else stored_value(order, j)
        if j in fed:
            yield j, fed[j]
        elif is_input:
            unfed.append(order.names[j])
        elif stored is None:
            name = order.names[j]
            message = (
                f"{attributes['op']} {name!r} carries no value: set net.nodes[{name!r}]['value']"
            )
            raise MissingValue(message)
        else:
            yield j, stored.copy() if isinstance(stored, np.ndarray) else stored
    if unfed:
        listed = ", ".join(map(repr, unfed))
        example = f"feed_forward({{{unfed[0]!r}: 1.0}})"
        message = f"no value for {listed}: feed every input, as in {example}"
        raise MissingValue(message)


def stored_number(value: Any) -> Number:  # noqa: ANN401 - anything may stand in a graph
    """Take a number, or a numpy array of numbers, as an attribute of a graph may hold it.

    What is fed may be a list, too. What is stored may not: all that reads the graph reads it.

    Raises:
        TypeError: it is something else.

    >>> stored_number(np.float64(0.5)), stored_number(np.array([1, 2]))
    (0.5, array([1., 2.]))
    """
    kind(value)
    return numbers.as_number(value)


def stored_value(order: Order, j: int) -> Number | None:
    """Read what a parameter or a constant carries; None where it carries nothing.

    Raises:
        ArgumentError: it is no number.
    """
    attributes = order.nodes[j]
    value = attributes.get("value")
    try:
        return None if value is None else stored_number(value)
    except TypeError as error:
        message = (
            f"{attributes['op']} {order.names[j]!r} carries no number: {error}; a value is a "
            "number, or a numpy array of one for each example, as numpy.array([1.0, 2.0])"
        )
        raise ArgumentError(message) from None


def _choose_system(
    order: Order, fed: Mapping[int, Number], values: Mapping[int, Number], weights: list[Number]
) -> Namespace:
    """Choose the number system: what is fed decides, with stored numbers that fit no other.

    A stored float, int or Fraction fits everywhere. Where only ints are fed, or nothing, the
    parameters decide; where they do not either, the pass runs in floats.
    """
    special = [v for j, v in values.items() if j not in fed and not _is_plain(v)]
    if not _PLAIN.issuperset(map(type, weights)):
        special += [_special_weight(order, e, w) for e, w in enumerate(weights) if not _fits(w)]
    system = numbers.system_of([*fed.values(), *special])
    if system is None:
        parameters = [v for j, v in values.items() if order.nodes[j]["op"] == "parameter"]
        system = numbers.system_of([*fed.values(), *parameters])
    return system or FLOAT


def _is_plain(value: Number) -> bool:
    return kind(value) in {"exact", "real", "fraction"}


def _fits(weight: Any) -> bool:  # noqa: ANN401 - anything may stand in a graph
    return type(weight) in _PLAIN or isinstance(weight, EXACT + REAL + (Fraction,))


def _special_weight(order: Order, e: int, weight: Any) -> Number:  # noqa: ANN401 - as above
    try:
        return stored_number(weight)
    except TypeError as error:
        message = f"{edge_text(order, e)}: its weight {error}"
        raise ArgumentError(message) from None


def _refuse_complex(
    order: Order,
    primitives: list[Primitive | None],
    system: Namespace,
    sources: Mapping[int, Number],
) -> None:
    """Refuse what has no meaning for complex numbers, where complex numbers are fed."""
    if system.name not in {"complex numbers", "mpmath numbers"}:
        return
    if not any(map(is_complex, sources.values())):
        return
    for j, row in enumerate(primitives):
        if row is not None and not row.analytic:
            message = (
                f"node {order.names[j]!r}: {row.name} has no meaning for complex numbers; "
                "feed real ones"
            )
            raise DomainError(message)


@dataclass(slots=True)
class _Lift:
    """Lift numbers of the graph into the system of a pass, with errors that name the place."""

    order: Order
    system: Namespace

    def node(self, j: int, value: Number) -> Number:
        try:
            return self.system.lift(value)
        except TypeError as error:
            message = f"node {self.order.names[j]!r} among {self.system.name}: {error}"
            raise ArgumentError(message) from None

    def arguments(self, bound: Mapping[int, Mapping[str, Number]]) -> list[Mapping[str, Number]]:
        lifted: list[Mapping[str, Number]] = [{}] * len(self.order.nodes)
        for j, named in bound.items():
            lifted[j] = {name: self.node(j, value) for name, value in named.items()}
        return lifted

    def weights(self, weights: list[Number]) -> list[Number]:
        if self.system is FLOAT and {type(w) for w in weights} <= {float, type(None)}:
            return weights
        lifted = list(weights)
        for e, weight in enumerate(weights):
            if isinstance(weight, bool | np.bool_):
                message = (
                    f"{edge_text(self.order, e)}: its weight is {weight!r}: give a number "
                    "(trainable=True marks a weight that learning may change)"
                )
                raise ArgumentError(message)
            if weight is not None:
                try:
                    lifted[e] = self.system.lift(weight)
                except TypeError as error:
                    message = f"{edge_text(self.order, e)}: its weight {error}"
                    raise ArgumentError(message) from None
        return lifted
