"""Checkpoints: all that training needs to go on with the same bits, in one file.

The file is numpy's npz: arrays, and one text in JSON; nothing in it is executed when it is read.
It is written beside its place and then moved there, so it is whole whenever a process is killed.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph import files
from rojasgraph.contract import SOURCES
from rojasgraph.errors import ArgumentError
from rojasgraph.learning.history import History
from rojasgraph.learning.optimizers.descent import Memory
from rojasgraph.network import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORMAT = "rojasgraph training 1"
_LISTS = ("losses", "validation", "seconds")


@dataclass(slots=True, eq=False)
class Checkpoint:
    """Where training stands between two epochs.

    Attributes:
        weights: the flat vector.
        memory: what the optimizer remembers.
        best: the weights that early stopping would take; None where there are none.
        random: the state of the random numbers.
        history: so far.
        arrived: whether the optimizer found no more steps.
    """

    weights: NDArray[np.float64]
    memory: Memory
    best: NDArray[np.float64] | None
    random: Mapping[str, Any]
    history: History
    arrived: bool


def write(path: Path, checkpoint: Checkpoint, identity: Mapping[str, str]) -> None:
    """Write a checkpoint; what stood at the path before is replaced in one move.

    Args:
        path: where to.
        checkpoint: what to write.
        identity: what training it belongs to.

    Raises:
        OSError: it cannot be written there.
    """
    history = checkpoint.history.to_dict()
    arrays = {f"history.{name}": np.array(history.pop(name), np.float64) for name in _LISTS}
    arrays |= {f"memory.{name}": value for name, value in checkpoint.memory.items()}
    arrays["weights"] = checkpoint.weights
    if checkpoint.best is not None:
        arrays["best"] = checkpoint.best
    text = {"format": _FORMAT, "identity": identity, "random": checkpoint.random,
            "history": history, "arrived": checkpoint.arrived}  # fmt: skip
    arrays["text"] = np.array(json.dumps(text))
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    files.write(files.target(path), content.getvalue())


def read(path: Path, identity: Mapping[str, str]) -> Checkpoint | None:
    """Read a checkpoint; None where there is no file.

    Raises:
        ArgumentError: the file is no checkpoint, or that of another training.
        OSError: it is there and cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        arrays = _arrays(data)
        text = json.loads(str(arrays.pop("text")))
        _refuse_format(path, text["format"])
        found, owner = _checkpoint(arrays, text), dict(text["identity"])
    except ArgumentError:
        raise
    except Exception as error:  # a hostile file finds any hole in a reader  # noqa: BLE001
        raise _no_checkpoint(path, error) from None
    for name, value in identity.items():
        if owner.get(name) != value:
            message = (
                f"{path} belongs to another training, with another {name}: there "
                f"{owner.get(name)!s:.200}, here {value}; name another file, or delete it"
            )
            raise ArgumentError(message)
    return found


def _refuse_format(path: Path, found: object) -> None:
    if found != _FORMAT:
        message = f"{path} has the format {found!r:.80}; this version reads {_FORMAT!r}"
        raise ArgumentError(message)


def _arrays(data: bytes) -> dict[str, Any]:
    """Unpack a file; what is packed, as no file of ours is, may be larger than memory.

    Raises:
        Exception: whatever numpy meets in a file that is none.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > len(data):
            message = "it claims to hold more than it has"
            raise ValueError(message)
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _checkpoint(arrays: dict[str, Any], text: Mapping[str, Any]) -> Checkpoint:
    """Put a checkpoint together, after a look at each part.

    Raises:
        Exception: a part is missing, or of another kind.
    """
    history = History(**text["history"])
    for name in _LISTS:
        setattr(history, name, _vector(arrays, f"history.{name}").tolist())
    memory = {n.removeprefix("memory."): v for n, v in arrays.items() if n.startswith("memory.")}
    np.random.default_rng(0).bit_generator.state = text["random"]  # refuses another generator's
    weights = _vector(arrays, "weights")
    best = _vector(arrays, "best") if "best" in arrays else None
    if best is not None and best.shape != weights.shape:
        message = f"it has {weights.size} weights, and {best.size} that were best"
        raise ValueError(message)
    return Checkpoint(weights, memory, best, text["random"], history, bool(text["arrived"]))


def _vector(arrays: Mapping[str, Any], name: str) -> NDArray[np.float64]:
    vector: NDArray[np.float64] = arrays[name]
    if vector.ndim != 1 or vector.dtype != np.float64:
        message = f"{name} is no list of floats"
        raise ValueError(message)
    return vector


def _no_checkpoint(path: Path, error: Exception) -> ArgumentError:
    message = f"{path} is no checkpoint of training ({error!s:.200}): name another file"
    return ArgumentError(message)


def structure_digest(net: Network, names: list[Any]) -> str:
    """Tell a network from one with another structure, or other numbers that are not learned.

    Args:
        net: the network.
        names: of what is learned.
    """
    learned = set(names)
    lines = [f"{name} {_node_text(data)}" for name, data in net.nodes(data=True)]
    for tail, head, key, data in net.edges(keys=True, data=True):
        weight = "" if (tail, head, key) in learned else str(data.get("weight"))
        lines.append(f"{tail} {head} {key} {data.get('slot')} {data.get('parameter')} {weight}")
    return hashlib.sha256("\n".join([*lines, *map(str, names)]).encode()).hexdigest()[:16]


def _node_text(data: Mapping[str, Any]) -> str:
    op: Hashable = data.get("op")
    value = data.get("value") if op == "constant" else ""
    return f"{op} {'' if op in SOURCES else data.get('arguments', ())} {value}"
