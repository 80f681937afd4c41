"""The rows of a wiring as recordings: what its kernels are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rojasgraph.engine.wiring import Operation, Truths, Wiring
from rojasgraph.recording import Recording, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST = 4000
"""How many instructions the rows of a kernel may have together."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RowSet:
    """The distinct recordings of a wiring, in an order that does not depend on the network.

    Attributes:
        recordings: by code.
        codes: by node its code; −1 for a source.
        passing: by node, whether derivatives flow back through it.
        groups: for each level and code its first node, the one after its last, the code, and how
            many edges each slot has; 0 if not all have as many.
    """

    recordings: tuple[Recording, ...]
    codes: NDArray[np.int32]
    passing: Truths
    groups: NDArray[np.int64]

    @property
    def widest(self) -> int:
        """How many slots a row has at most."""
        return max((len(recording.inputs) for recording in self.recordings), default=1)

    @property
    def description(self) -> str:
        """What the recordings compute."""
        return "\n\n".join(map(_text, self.recordings))


def rows_of(wiring: Wiring) -> RowSet | None:
    """Record the rows of a wiring; None where one cannot be recorded, or all are too long."""
    found: dict[int, str] = {}
    recordings: dict[str, Recording] = {}
    for code in np.unique(wiring.codes[wiring.sources :]).tolist():
        recording = _recorded(wiring.operations[code])
        if recording is None:
            return None
        found[code] = _text(recording)
        recordings[found[code]] = recording
    if sum(len(r.instructions) for r in recordings.values()) > _LONGEST:
        return None
    texts = sorted(recordings)
    codes = np.full(wiring.nodes, -1, np.int32)
    for code, text in found.items():
        codes[wiring.codes == code] = texts.index(text)
    passing = np.array([*(row.passes for row, _ in wiring.operations), True, True, True])
    ordered = tuple(recordings[text] for text in texts)
    return RowSet(ordered, codes, passing[wiring.codes], _groups(wiring, codes))


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


def _recorded(operation: Operation) -> Recording | None:
    try:
        return record(operation.row, operation.slots)
    except Exception:  # noqa: BLE001 - a user's row may raise anything; numpy will show it
        return None


def _text(recording: Recording) -> str:
    names = ", ".join((*map(str, recording.inputs), *recording.arguments))
    return f"{names}\n{recording}"
