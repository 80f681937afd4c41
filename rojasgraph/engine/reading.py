"""Read a network into arrays, and tell whether it has changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rojasgraph.contract import Reading, edge_text, read
from rojasgraph.engine.arrangement import Arrangement
from rojasgraph.engine.levels import offsets
from rojasgraph.engine.listing import SOURCE_CODES, Listing, Names
from rojasgraph.engine.store import Store
from rojasgraph.engine.wiring import Floats, Integers, Operation, Truths
from rojasgraph.errors import ArgumentError, GraphError
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number, is_complex
from rojasgraph.order import Order
from rojasgraph.table import TABLE, Primitive


class Origin:
    """The network that a program was compiled from.

    Attributes:
        net: the network.
        order: its structure, as the program knows it.
    """

    def __init__(self, net: Network) -> None:
        """Keep the network and its structure.

        Raises:
            CycleError: there is a cycle.
            GraphError: the network is a view.
        """
        self.net = net
        self.order = structure_of(net)

    def check(self) -> None:
        """Refuse to go on with a network whose structure was edited.

        Raises:
            GraphError: it was; the message names a node or an edge.
        """
        self.order = self.same_structure(self.net)

    def same_structure(self, net: Network) -> Order:
        """Give the order of a network of the same nodes and edges.

        Raises:
            GraphError: there is another node or edge, or one is missing.
        """
        order = structure_of(net)
        if order is self.order:
            return order
        if order.names == self.order.names and order.edge_names == self.order.edge_names:
            return order
        raise GraphError(
            f"the network has changed since it was compiled: {_change(self.order, order)}; "
            "compile it again"
        )

    def refuse_edits(self, listing: Listing) -> None:
        """Refuse to go on with a network of which another program would be made.

        Raises:
            GraphError: the message names a node or an edge.
        """
        self.check()
        refuse_edits(self.order, listing)

    def listing(self) -> Listing:
        """Read the network's attributes as they are now.

        Raises:
            GraphError: the network breaks the contract.
            MissingValue: a parameter or constant carries no value.
        """
        return listing_of(self.net, self.order, reading_of(self.order))

    def write_weights(self, order: Order, store: Store, arrangement: Arrangement) -> None:
        """Write parameters and trainable weights on a graph of this structure."""
        nodes = arrangement.nodes[store.parameters].tolist()
        for j, value in zip(nodes, store.fixed[store.parameters].tolist(), strict=True):
            order.nodes[j]["value"] = value
        edges = arrangement.edges[store.trainable].tolist()
        for e, weight in zip(edges, store.weights[store.trainable].tolist(), strict=True):
            order.edges[e]["weight"] = weight


def _change(old: Order, new: Order) -> str:
    """Say what an edit did, by its first node or edge."""
    for name in new.names:
        if name not in old.number:
            return f"node {name!r} was added"
    for name in old.names:
        if name not in new.number:
            return f"node {name!r} was removed"
    for was, now, what in ((old, new, "removed"), (new, old, "added")):
        known = set(now.edge_names)
        for e, edge in enumerate(was.edge_names):
            if edge not in known:
                return f"{edge_text(was, e)} was {what}"
    for before, after in zip(old.names, new.names, strict=True):
        if before != after:
            return f"nodes were removed and added again, {before!r} among them"
    pairs = zip(old.edge_names, new.edge_names, strict=True)
    (_, head, _), _ = next((a, b) for a, b in pairs if a != b)
    return f"edges into {head!r} were removed and added again"


def listing_of(net: Network, order: Order, reading: Reading) -> Listing:
    """Lay a checked network out as arrays."""
    plan = reading.plan
    operations, codes = _operations(order, plan.primitives, plan.slot_counts)
    arguments = [
        [] if row is None else [named[name] for name in row.arguments]
        for row, named in zip(plan.primitives, plan.arguments, strict=True)
    ]
    shared = np.full(len(order.tails), -1, np.int64)
    shared[list(plan.shared)] = list(plan.shared.values())
    values, arrays = _carried(order, reading.sources)
    numbers = order.number
    return Listing(
        names=Names(order.names, len(order.names), numbers),
        operations=operations,
        codes=codes,
        tails=np.array(order.tails, np.int64),
        heads=np.array(order.heads, np.int64),
        slots=np.array(plan.slots, np.int64),
        weights=np.array([1.0 if w is None else w for w in plan.weights], np.float64),
        weighted=np.array([w is not None for w in plan.weights], np.bool_),
        trainable=_trainable(order),
        shared=shared,
        keys=[key for _, _, key in order.edge_names],
        arguments=np.array([x for each in arguments for x in each], np.float64),
        first_argument=offsets(np.array([len(each) for each in arguments], np.int64)),
        values=values,
        arrays=arrays,
        inputs=np.array([numbers[name] for name in net.inputs], np.int64),
        outputs=np.array([numbers[name] for name in net.outputs], np.int64),
    )


def reading_of(order: Order) -> Reading:
    """Check a network as a pass does; inputs are not there yet, so they count as fed.

    Raises:
        GraphError: the network breaks the contract.
        MissingValue: a parameter or constant carries no value.
    """
    inputs = {}
    system = FLOAT
    for j, node in enumerate(order.nodes):
        if node.get("op") == "input":
            inputs[j] = 0.0
            continue
        value = node.get("value") if node.get("op") in SOURCE_CODES else None
        if is_complex(value):
            raise ArgumentError(
                f"{node['op']} {order.names[j]!r} carries complex numbers; a program computes "
                "with real floats (net.feed_forward takes other numbers too)"
            )
        if isinstance(value, np.ndarray):
            system = numpy_namespace(np.dtype(np.float64))
    return read(order, inputs, system)


def _operations(
    order: Order, rows: Sequence[Primitive | None], slot_counts: Sequence[int]
) -> tuple[tuple[Operation, ...], Integers]:
    """Number the distinct operations; give by node its operation's number, or a source's code."""
    numbers: dict[tuple[int, int], int] = {}
    table: list[Operation] = []
    codes = []
    for j, (row, slots) in enumerate(zip(rows, slot_counts, strict=True)):
        if row is None:
            codes.append(SOURCE_CODES[order.nodes[j]["op"]])
            continue
        code = numbers.setdefault((id(row), slots), len(table))
        if code == len(table):
            table.append(Operation(row, slots))
        codes.append(code)
    return tuple(table), np.array(codes, np.int32)


def _carried(order: Order, sources: Mapping[int, Number]) -> tuple[Floats, Mapping[int, Floats]]:
    """Tell what parameters and constants carry: numbers by node, and batches."""
    values, arrays = np.full(len(order.names), np.nan), {}
    for j, value in sources.items():
        if isinstance(value, np.ndarray):
            arrays[j] = value
        elif order.nodes[j]["op"] != "input":
            values[j] = value
    return values, arrays


def _trainable(order: Order) -> Truths:
    """Mark the edges whose own weight learning may change."""
    return np.array(
        [bool(e.get("trainable")) and e.get("weight") is not None for e in order.edges], np.bool_
    )


def refuse_edits(order: Order, listing: Listing) -> None:
    """Refuse attributes that make another program of a network of the same structure.

    Args:
        order: the network as it is.
        listing: as it was.

    Raises:
        GraphError: an operation, a slot, or whether an edge has a weight or shares a parameter
            is not what it was; the message names the node or the edge.
    """
    sources = {code: op for op, code in SOURCE_CODES.items()}
    rows = [row for row, _ in listing.operations]
    declared = [TABLE.get(row.name) is row for row in rows]
    for j, code in enumerate(listing.codes.tolist()):
        op = sources[code] if code < 0 else rows[code].name
        if order.nodes[j].get("op") != op or (code >= 0 and not declared[code]):
            raise _changed(f"node {order.names[j]!r} has another operation")
    wired = zip(listing.slots.tolist(), listing.weighted.tolist(), listing.shared.tolist(),
                order.edges, strict=True)  # fmt: skip
    for e, (slot, weighted, shared, edge) in enumerate(wired):
        if (edge.get("slot") or 0) != slot:
            raise _changed(f"{edge_text(order, e)} feeds another slot")
        if (edge.get("weight") is not None) is not weighted:
            raise _changed(f"{edge_text(order, e)} has a weight where it had none, or the reverse")
        parameter = edge.get("parameter", _NO_PARAMETER)
        if parameter != (_NO_PARAMETER if shared < 0 else listing.names[shared]):
            raise _changed(f"{edge_text(order, e)} shares another parameter, or none any more")


_NO_PARAMETER = object()


def _changed(what: str) -> GraphError:
    return GraphError(f"the network has changed since it was compiled: {what}; compile it again")
