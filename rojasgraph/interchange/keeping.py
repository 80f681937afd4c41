"""Keep a network in a file, by the file's ending."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from rojasgraph import files
from rojasgraph.errors import ArgumentError, GraphError, LabelError
from rojasgraph.interchange.dot import from_dot, to_dot
from rojasgraph.interchange.graphml import from_graphml, to_graphml
from rojasgraph.interchange.node_link import from_json, to_json
from rojasgraph.interchange.reading import read_bytes
from rojasgraph.network import Network

_LARGEST = 2**24
"""16 MiB, some 170 000 edges: what a file makes of itself in memory is up to 80 times as large."""

_LONGEST = 1000
"""The most signs of a message, which may quote names of a file."""

_WRITERS: dict[str, Callable[..., str | bytes]] = {
    ".json": to_json,
    ".graphml": to_graphml,
    ".dot": to_dot,
    ".gv": to_dot,
}
_READERS: dict[str, Callable[[bytes], Network]] = {
    ".json": from_json,
    ".graphml": from_graphml,
    ".dot": from_dot,
    ".gv": from_dot,
}


def save(net: Network, file: str | os.PathLike[str], *, labels: bool = False) -> Path:
    """Write a network to a file, whole or not at all.

    Args:
        net: the network.
        file: where to; its ending says how: `.json` keeps everything, and so do `.dot` and `.gv`,
            which Graphviz reads, too; `.graphml` keeps what that format carries.
        labels: keep what the passes wrote, too (`.graphml`: where it is real numbers).

    Returns:
        The file's path.

    Raises:
        ArgumentError: the ending is another one, or an attribute is of a type that the format does
            not carry.
        GraphError: the network breaks the graph contract.
        OSError: the file cannot be written; an old one stays as it was.

    >>> import tempfile
    >>> net = Network()
    >>> _ = net.add_input("x"), net.add_unit("y", "square"), net.add_edge("x", "y", weight=0.1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load(save(net, f"{folder}/net.json")).edges["x", "y", 0]
    {'weight': 0.1}
    """
    path = files.target(file)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise _unknown_ending(path, _WRITERS)
    written = writer(net, labels=labels)
    files.write(path, written.encode() if isinstance(written, str) else written)
    return path


def load(file: str | os.PathLike[str], *, largest: int = _LARGEST) -> Network:
    """Read a network from a file that `save` wrote, and check it as a pass does.

    Nothing in a file is run: primitives are looked up by name, and one of your own must have been
    declared before. A hostile file is refused with an error.

    Args:
        file: a file that ends in `.json`, `.graphml`, `.dot` or `.gv`.
        largest: the most bytes that a file may have; a larger one is refused unread. The memory
            that reading takes is up to 80 times the file's size.

    Returns:
        The network. Labels in the file are on it as data; `backpropagate` wants a new
        `feed_forward`.

    Raises:
        GraphError: it is no such file, or breaks the graph contract (`CycleError`,
            `UnknownPrimitive`, `ArgumentError`); the message names the file and the place.
        MissingValue: a parameter or a constant carries no value.
        OSError: it cannot be read.
    """
    path = Path(file)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise _unknown_ending(path, _READERS)
    text = read_bytes(path, largest)
    try:
        return reader(text)
    except (GraphError, LabelError) as error:
        error.args = (_moderate(f"{path.name}: {error}"), *error.args[1:])
        raise


def _moderate(message: str) -> str:
    """Shorten a message that quotes endless names of a file."""
    short = re.sub(r"(\S{60})\S{60,}", r"\1…", message)
    return short if len(short) <= _LONGEST else f"{short[:_LONGEST]} …"


def _unknown_ending(path: Path, known: Iterable[str]) -> ArgumentError:
    endings = ", ".join(known)
    return ArgumentError(f"{path.name!r} ends in {path.suffix!r}; there are {endings}")
