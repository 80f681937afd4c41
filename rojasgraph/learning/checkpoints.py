"""Checkpoints: all that training needs to go on with the same bits, in one file.

The file is numpy's npz: arrays, and one text in JSON; nothing in it is executed when it is read.
It is written beside its place and then moved there, so it is whole whenever a process is killed.
Each array has a checksum, which tells where a disk or a transfer has changed it; and what is read
is checked, so that a file that was made up is no state either.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import zipfile
import zlib
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

_DAMAGES = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    TypeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What zipfile, numpy and json raise where a file is not what it says."""


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


def read(path: Path, identity: Mapping[str, str], weights: int) -> Checkpoint | None:
    """Read a checkpoint; None where there is no file.

    Args:
        path: where from.
        identity: what training goes on.
        weights: how many it has.

    Raises:
        ArgumentError: the file is no checkpoint, is damaged, or is that of another training.
        OSError: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        arrays = _arrays(content)
        text = json.loads(str(arrays.pop("text")))
        _refuse_other(path, text, identity)
        found = _checkpoint(arrays, text)
        _refuse_unsound(found, weights)
    except ArgumentError:
        raise
    except _DAMAGES as error:
        message = (
            f"{path} is no checkpoint of training, or is damaged ({error or type(error).__name__})"
            ": name another file, or delete it"
        )
        raise ArgumentError(message) from None
    return found


def _refuse_other(path: Path, text: Mapping[str, Any], identity: Mapping[str, str]) -> None:
    """Refuse what another version, or another training, has written.

    Raises:
        ArgumentError: it has.
    """
    if text["format"] != _FORMAT:
        message = f"{path} has the format {text['format']!r:.80}; this version reads {_FORMAT!r}"
        raise ArgumentError(message)
    for name, value in identity.items():
        there = text["identity"].get(name)
        if there != value:
            message = (
                f"{path} belongs to another training, with another {name}: there {there!s:.200}, "
                f"here {value}; name another file, or delete it"
            )
            raise ArgumentError(message)


def _arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """Read numpy's npz as `write` makes it, which no claim in it makes larger than it is."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            message = "it is compressed"
            raise ValueError(message)
        return {m.filename.removesuffix(".npy"): _array(archive.read(m)) for m in members}


def _array(content: bytes) -> NDArray[Any]:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        message = f"an array has the format {version}"
        raise ValueError(message)
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    data = content[stream.tell() :]
    if dtype.kind not in "fiuU" or math.prod(shape) * dtype.itemsize != len(data):
        message = f"{len(data)} bytes are no array of {dtype} of the shape {shape}"
        raise ValueError(message)
    found: NDArray[Any] = np.ndarray(shape, dtype, data, order="F" if by_columns else "C")
    return found.copy()


def _checkpoint(arrays: dict[str, Any], text: Mapping[str, Any]) -> Checkpoint:
    """Put a checkpoint together, after a look at each part.

    Raises:
        Exception: a part is missing, or of another kind.
    """
    history = History(**text["history"])
    for name in _LISTS:
        setattr(history, name, arrays.pop(f"history.{name}").tolist())
    weights, best = arrays.pop("weights"), arrays.pop("best", None)
    memory = {name.removeprefix("memory."): value for name, value in arrays.items()}
    return Checkpoint(weights, memory, best, text["random"], history, text["arrived"])


def _refuse_unsound(found: Checkpoint, weights: int) -> None:
    """Refuse what no training can have written.

    Raises:
        ValueError: the parts do not fit together.
        Exception: numpy's own, where the random numbers have no such state.
    """
    history = found.history
    np.random.default_rng().bit_generator.state = found.random
    vectors = [found.weights] if found.best is None else [found.weights, found.best]
    epochs = len(history.losses)
    sound = {
        "weights": all(v.shape == (weights,) and v.dtype == np.float64 for v in vectors),
        "finite weights": all(np.isfinite(v).all() for v in vectors),
        "epochs": len(history.seconds) == epochs and len(history.validation) in {0, epochs},
        "counts": type(history.passes) is int and type(found.arrived) is bool,
        "best epoch": history.best is None or history.best in range(1, epochs + 1),
        "texts": all(
            isinstance(told, str)
            for told in (history.optimizer, history.reduction, history.stopped)
        ),
        "final error": history.final is None,
    }
    for what, is_sound in sound.items():
        if not is_sound:
            message = f"its {what} cannot be right"
            raise ValueError(message)


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
