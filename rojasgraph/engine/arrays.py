"""Take a network straight from arrays, after checking them: no networkx, no loop over edges."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rojasgraph.engine.levels import offsets
from rojasgraph.engine.listing import CONSTANT, INPUT, PARAMETER, SOURCE_CODES, Listing, Names
from rojasgraph.engine.wiring import Floats, Integers, Operation, Truths
from rojasgraph.errors import ArgumentError, GraphError, UnknownPrimitive
from rojasgraph.table import Primitive, lookup

Arguments = Mapping[str, Mapping[str, ArrayLike]]
"""By operation and argument: a number, or one for each of its nodes, in the order of the nodes."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The arrays that `Program.from_arrays` was given; it says what they are."""

    ops: Any
    tails: Any
    heads: Any
    slots: Any
    weights: Any
    weighted: Any
    trainable: Any
    shared: Any
    parameters: Any
    constants: Any
    arguments: Arguments
    inputs: Any
    outputs: Any
    names: Sequence[Hashable] | None


def listing_of_arrays(given: Given) -> Listing:
    """Check arrays and make a listing of them.

    Raises:
        UnknownPrimitive, ArgumentError, GraphError: they break the contract; the message names
            the node or the edge.
    """
    rows, kinds = _rows(given.ops, given.names)
    names = _names(given.names, len(kinds))
    tails, heads = (_nodes(given, what, len(kinds)) for what in ("tails", "heads"))
    if len(tails) != len(heads):
        raise ArgumentError(
            f"there are {len(tails)} tails and {len(heads)} heads: one each an edge"
        )
    _refuse_edges_into_sources(names, kinds, heads, tails)
    slots = _slots(given, names, rows, kinds, heads)
    counts = _slot_counts(names, rows, kinds, heads, slots)
    operations, codes = _operations(rows, kinds, counts)
    weights, weighted = _weights(given, len(tails))
    shared = _shared(given, names, kinds, weighted, len(tails))
    weighted &= shared < 0
    trainable = weighted if given.trainable is None else _truths(given, "trainable", len(tails))
    arguments, first_argument = _arguments(given.arguments, rows, kinds)
    inputs = _chosen(given, "inputs", names, kinds)
    return Listing(
        names=names,
        operations=operations,
        codes=codes,
        tails=tails,
        heads=heads,
        slots=slots,
        weights=weights,
        weighted=weighted,
        trainable=trainable & weighted,
        shared=shared,
        keys=None,
        arguments=arguments,
        first_argument=first_argument,
        values=_values(given, names, kinds),
        arrays={},
        inputs=inputs,
        outputs=_outputs(given, names, kinds, tails),
    )


# --- nodes --------------------------------------------------------------------------------------


def _rows(ops: Any, names: Sequence[Hashable] | None) -> tuple[list[Primitive], Integers]:  # noqa: ANN401
    """Find the distinct primitives, and by node its place among them or the code of a source."""
    if not isinstance(ops, np.ndarray):
        ops = np.array([op.name if isinstance(op, Primitive) else op for op in ops] or [""])[
            : len(ops)
        ]
    if ops.ndim != 1 or ops.dtype.kind not in "UT":
        raise ArgumentError(
            "ops are the operations' names, one for each node; got an array of shape "
            f"{ops.shape} and dtype {ops.dtype}"
        )
    distinct, which = np.unique(ops, return_inverse=True)
    rows: list[Primitive] = []
    codes: list[int] = []
    for i, name in enumerate(distinct.tolist()):
        if name in SOURCE_CODES:
            codes.append(SOURCE_CODES[name])
            continue
        try:
            row = lookup(name)
        except UnknownPrimitive as error:
            j = int(np.flatnonzero(which == i)[0])
            error.args = (f"node {(names or range(len(ops)))[j]!r}: {error}",)
            raise
        codes.append(len(rows))
        rows.append(row)
    return rows, np.array(codes, np.int32)[which.reshape(-1)]


def _names(names: Sequence[Hashable] | None, count: int) -> Names:
    if names is None:
        return Names(None, count)
    listed = list(names)
    if len(listed) != count:
        raise ArgumentError(f"there are {count} nodes and {len(listed)} names: one each a node")
    if len(set(listed)) < count:
        twice = next(name for i, name in enumerate(listed) if name in listed[:i])
        raise ArgumentError(f"two nodes are called {twice!r}: choose other names")
    return Names(listed, count)


def _values(given: Given, names: Names, kinds: Integers) -> Floats:
    """Give what parameters and constants carry, by node."""
    values = np.full(len(kinds), np.nan)
    for what, code in (("parameters", PARAMETER), ("constants", CONSTANT)):
        nodes, found = np.flatnonzero(kinds == code), getattr(given, what)
        if found is None and len(nodes):
            raise ArgumentError(
                f"{what[:-1]} {names[int(nodes[0])]!r} has no value: give {what}=, one number for "
                f"each of the {len(nodes)} {what}, in the order of the nodes"
            )
        if found is not None:
            values[nodes] = _floats(found, what, len(nodes))
    return values


def _chosen(given: Given, what: str, names: Names, kinds: Integers) -> Integers:
    """Give the inputs in their order; by default that of the nodes."""
    nodes = np.flatnonzero(kinds == INPUT)
    if given.inputs is None:
        return nodes
    inputs = _nodes(given, what, len(kinds))
    if not np.array_equal(np.sort(inputs), nodes):
        odd = np.setxor1d(inputs, nodes)
        place = f": node {names[int(odd[0])]!r}" if len(odd) else ", each once"
        raise ArgumentError(f"inputs must list the nodes whose operation is 'input'{place}")
    return inputs


def _outputs(given: Given, names: Names, kinds: Integers, tails: Integers) -> Integers:
    """Give the outputs; by default the operations that feed no other."""
    if given.outputs is None:
        feeds = np.zeros(len(kinds), np.bool_)
        feeds[tails] = True
        return np.flatnonzero(~feeds & (kinds >= 0))
    outputs = _nodes(given, "outputs", len(kinds))
    if len(np.unique(outputs)) < len(outputs):
        twice = np.flatnonzero(np.bincount(outputs) > 1)[0]
        raise ArgumentError(f"outputs name node {names[int(twice)]!r} twice")
    return outputs


def _arguments(given: Arguments, rows: list[Primitive], kinds: Integers) -> tuple[Floats, Integers]:
    """Lay the arguments of all nodes out flat."""
    counts = np.array([*(len(row.arguments) for row in rows), 0, 0, 0])[kinds]
    first = offsets(counts)
    flat = np.empty(int(first[-1]))
    known = {row.name for row in rows}
    for name in given:
        if name not in known:
            raise ArgumentError(f"arguments are given for {name!r}, which is no operation here")
    for i, row in enumerate(rows):
        nodes, own = np.flatnonzero(kinds == i), dict(given.get(row.name, {}))
        for place, (argument, default) in enumerate(row.arguments.items()):
            value = own.pop(argument, default)
            if value is inspect.Parameter.empty:
                raise ArgumentError(
                    f"{row.name} lacks {argument}: give arguments={{{row.name!r}: …}}"
                )
            flat[first[nodes] + place] = _floats(value, f"{row.name}'s {argument}", len(nodes))
        if own:
            takes = ", ".join(row.arguments) or "none"
            raise ArgumentError(f"{row.name} does not take {list(own)}: its arguments are: {takes}")
    return flat, first


# --- edges --------------------------------------------------------------------------------------


def _refuse_edges_into_sources(
    names: Names, kinds: Integers, heads: Integers, tails: Integers
) -> None:
    into = np.flatnonzero(kinds[heads] < 0)
    if len(into):
        e = int(into[0])
        head, tail = names[int(heads[e])], names[int(tails[e])]
        kind = {code: name for name, code in SOURCE_CODES.items()}[int(kinds[heads[e]])]
        raise GraphError(f"{kind} {head!r} has an edge from {tail!r}: a source takes no edges")


def _slots(
    given: Given, names: Names, rows: list[Primitive], kinds: Integers, heads: Integers
) -> Integers:
    """Give the slot of each edge, after checking that its head has it."""
    most = np.array([*(row.slots or np.iinfo(np.int32).max for row in rows), 0, 0, 0])[kinds][heads]
    if given.slots is None:
        several = np.flatnonzero(most > 1)
        if len(several):
            row = rows[int(kinds[heads[several[0]]])]
            raise ArgumentError(
                f"node {names[int(heads[several[0]])]!r}: {row.name} has more slots than one, so "
                "slots= must say which of them each edge feeds"
            )
        return np.zeros(len(heads), np.int64)
    slots = _integers(given.slots, "slots", len(heads))
    wrong = np.flatnonzero((slots < 0) | (slots >= most))
    if len(wrong):
        e = int(wrong[0])
        row = rows[int(kinds[heads[e]])]
        raise ArgumentError(
            f"node {names[int(heads[e])]!r}: an edge feeds slot {int(slots[e])}; {_takes(row)}"
        )
    return slots


def _slot_counts(
    names: Names, rows: list[Primitive], kinds: Integers, heads: Integers, slots: Integers
) -> Integers:
    """Count the slots of each node, after checking that none is empty."""
    counts = np.array([*(row.slots or 0 for row in rows), 0, 0, 0])[kinds]
    np.maximum.at(counts, heads, slots + 1)
    counts[(kinds >= 0) & (counts == 0)] = 1  # any number, and no edge: slot 0 is empty
    first = offsets(counts)
    empty = np.bincount(first[heads] + slots, minlength=int(first[-1])) == 0
    if empty.any():
        place = int(np.flatnonzero(empty)[0])
        j = int(np.searchsorted(first, place, side="right")) - 1
        row = rows[int(kinds[j])]
        raise ArgumentError(
            f"node {names[j]!r}: nothing feeds slot {place - int(first[j])}; {_takes(row)}"
        )
    return counts


def _takes(row: Primitive) -> str:
    if row.slots is None:
        return f"{row.name} takes slots 0, 1, 2, … without a gap"
    named = ", ".join(f"{s} ({row.slot_name(s)})" for s in range(row.slots))
    return f"{row.name} takes slot {named}"


def _operations(
    rows: list[Primitive], kinds: Integers, counts: Integers
) -> tuple[tuple[Operation, ...], Integers]:
    """Tell apart what has another number of slots."""
    codes = kinds.copy()
    is_operation = kinds >= 0
    pairs = np.stack([kinds[is_operation], counts[is_operation]], axis=1)
    distinct, which = np.unique(pairs, axis=0, return_inverse=True)
    codes[is_operation] = which.reshape(-1)
    return tuple(Operation(rows[row], slots) for row, slots in distinct.tolist()), codes


def _weights(given: Given, count: int) -> tuple[Floats, Truths]:
    if given.weights is None:
        if given.weighted is not None or given.trainable is not None:
            raise ArgumentError("weighted= and trainable= mark weights: give weights= too")
        return np.ones(count), np.zeros(count, np.bool_)
    weights = _floats(given.weights, "weights", count).copy()
    if given.weighted is None:
        return weights, np.ones(count, np.bool_)
    weighted = _truths(given, "weighted", count).copy()
    weights[~weighted] = 1
    return weights, weighted


def _shared(given: Given, names: Names, kinds: Integers, weighted: Truths, count: int) -> Integers:
    """Give by edge the parameter whose value is its weight, or −1."""
    if given.shared is None:
        return np.full(count, -1, np.int64)
    shared = _integers(given.shared, "shared", count)
    carrying = np.flatnonzero(shared >= 0)
    strange = carrying[(shared[carrying] >= len(kinds))]
    if not len(strange):
        strange = carrying[kinds[shared[carrying]] != PARAMETER]
    if len(strange) or (len(shared) and shared.min() < -1):
        e = int(strange[0]) if len(strange) else int(np.argmin(shared))
        j = int(shared[e])
        name = names[j] if 0 <= j < len(kinds) else j
        raise ArgumentError(f"edge {e} shares the weight {name!r}, which is no parameter node")
    if given.weighted is not None and weighted[carrying].any():
        e = int(carrying[weighted[carrying]][0])
        raise ArgumentError(f"edge {e} has both a weight and a parameter: keep one")
    return shared


# --- arrays -------------------------------------------------------------------------------------


def _nodes(given: Given, what: str, count: int) -> Integers:
    """Take an array of node numbers."""
    nodes = _integers(getattr(given, what), what, None)
    wrong = np.flatnonzero((nodes < 0) | (nodes >= count))
    if len(wrong):
        raise ArgumentError(
            f"{what}[{int(wrong[0])}] is {int(nodes[wrong[0]])}: nodes are numbered from 0 to "
            f"{count - 1}"
        )
    return nodes


def _integers(found: Any, what: str, count: int | None) -> Integers:  # noqa: ANN401
    array = np.asarray(found)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu" or len(array) != (count or len(array)):
        wanted = "one" if count is None else f"{count}"
        raise ArgumentError(
            f"{what} are whole numbers, {wanted} in a row; got an array of shape {array.shape} and "
            f"dtype {array.dtype}"
        )
    return array if array.dtype in (np.int32, np.int64) else array.astype(np.int64)


def _floats(found: Any, what: str, count: int) -> Floats:  # noqa: ANN401
    """Take as many real numbers, or one for all."""
    array = np.asarray(found)
    if array.dtype.kind not in "fiub":
        try:
            if array.dtype.kind != "O":
                raise TypeError(array.dtype)  # noqa: TRY301 - text is no number
            array = np.asarray([float(x) for x in np.atleast_1d(array)]).reshape(array.shape)
        except (TypeError, ValueError):
            raise ArgumentError(f"{what} are no real numbers: dtype {array.dtype}") from None
    if array.shape not in {(), (count,)}:
        raise ArgumentError(f"{what} are {count} numbers; got an array of shape {array.shape}")
    return np.broadcast_to(array, (count,)).astype(np.float64)


def _truths(given: Given, what: str, count: int) -> Truths:
    array = np.asarray(getattr(given, what))
    if array.shape != (count,) or array.dtype.kind != "b":
        raise ArgumentError(
            f"{what} marks {count} edges by True and False; got an array of shape {array.shape} "
            f"and dtype {array.dtype}"
        )
    return array
