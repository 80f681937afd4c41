"""The rows of a wiring as recordings: what its kernels are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rojasgraph.engine.wiring import Floats, Operation, Truths, Wiring
from rojasgraph.recording import Recording, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST = 4000
"""How many instructions the rows of a kernel may have together."""


@dataclass(frozen=True, slots=True)
class Branching:
    """Nodes whose row branches on its arguments, so that their numbers are part of the code.

    Attributes:
        places: in `Task.arguments`.
        numbers: what was there.
    """

    places: NDArray[np.int64]
    numbers: Floats

    def holds(self, arguments: Floats) -> bool:
        """Tell whether the arguments are still what was recorded."""
        return np.array_equal(arguments[self.places], self.numbers, equal_nan=True)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RowSet:
    """The distinct recordings of a wiring, in an order that does not depend on the network.

    Attributes:
        recordings: by code.
        codes: by node its code; −1 for a source.
        passing: by node, whether derivatives flow back through it.
        groups: for each level and code its first node, the one after its last, the code, and how
            many edges each slot has; 0 if not all have as many.
        branching: what the codes depend on besides the wiring.
    """

    recordings: tuple[Recording, ...]
    codes: NDArray[np.int32]
    passing: Truths
    groups: NDArray[np.int64]
    branching: Branching

    @property
    def widest(self) -> int:
        """How many slots a row has at most."""
        return max((len(recording.inputs) for recording in self.recordings), default=1)

    @property
    def description(self) -> str:
        """What the recordings compute."""
        return "\n\n".join(map(_text, self.recordings))


def rows_of(wiring: Wiring, arguments: Floats) -> RowSet | None:
    """Record the rows of a wiring; None where one cannot be recorded, or all are too long.

    Args:
        wiring: the network.
        arguments: as in a task; looked at for rows that branch on them.
    """
    used = np.unique(wiring.codes[wiring.sources :]).tolist()
    found: dict[int, list[tuple[NDArray[np.int64], Recording]]] = {}
    places: list[NDArray[np.int64]] = []
    for code in used:
        operation = wiring.operations[code]
        nodes = np.flatnonzero(wiring.codes == code)
        whole = _recorded(operation, None)
        if whole is not None:
            found[code] = [(nodes, whole)]
            continue
        if not operation.row.arguments:
            return None
        at = wiring.first_argument[nodes][:, None] + np.arange(len(operation.row.arguments))
        parts = _by_arguments(operation, nodes, arguments[at])
        if parts is None:
            return None
        found[code] = parts
        places.append(at.ravel())
    recordings = {_text(r): r for parts in found.values() for _, r in parts}
    if sum(len(r.instructions) for r in recordings.values()) > _LONGEST:
        return None
    texts = sorted(recordings)
    numbers = {text: i for i, text in enumerate(texts)}
    codes = np.full(wiring.nodes, -1, np.int32)
    for parts in found.values():
        for nodes, recording in parts:
            codes[nodes] = numbers[_text(recording)]
    where = np.concatenate(places) if places else np.empty(0, np.int64)
    ordered = tuple(recordings[text] for text in texts)
    passing = np.array([*(row.passes for row, _ in wiring.operations), True, True, True])
    branching = Branching(where, arguments[where].copy())
    return RowSet(ordered, codes, passing[wiring.codes], _groups(wiring, codes), branching)


def _groups(wiring: Wiring, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    changes = np.flatnonzero(np.diff(codes)) + 1
    starts = np.union1d(wiring.first_node[1:-1], changes[changes > wiring.sources])
    stops = np.append(starts[1:], wiring.nodes)[: len(starts)]
    first = wiring.first_slot[starts]
    degrees = np.diff(wiring.first_edge)
    least, most = (reduced.reduceat(degrees, first) if len(first) else first
                   for reduced in (np.minimum, np.maximum))  # fmt: skip
    same = np.where(least == most, most, 0)
    return np.ascontiguousarray(np.stack([starts, stops, codes[starts], same], axis=1), np.int64)


def _by_arguments(
    operation: Operation, nodes: NDArray[np.int64], table: Floats
) -> list[tuple[NDArray[np.int64], Recording]] | None:
    """Record a row apart for each set of arguments."""
    distinct, which = np.unique(table, axis=0, return_inverse=True)
    parts = []
    for i, numbers in enumerate(distinct):
        recording = _recorded(operation, tuple(map(float, numbers)))
        if recording is None:
            return None
        parts.append((nodes[which.reshape(-1) == i], recording))
    return parts


def _recorded(operation: Operation, arguments: tuple[float, ...] | None) -> Recording | None:
    try:
        return record(operation.row, operation.slots, arguments)
    except Exception:  # noqa: BLE001 - a user's row may raise anything; numpy will show it
        return None


def _text(recording: Recording) -> str:
    names = ", ".join((*map(str, recording.inputs), *recording.arguments))
    return f"{names}\n{recording}"
