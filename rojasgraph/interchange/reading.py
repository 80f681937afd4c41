"""Read a file, but no more of it than is wanted."""

from __future__ import annotations

from pathlib import Path

from rojasgraph.errors import GraphError


def read_bytes(path: Path, largest: int) -> bytes:
    """Read a file that may have so many bytes; also one without an end is read no further.

    Args:
        path: of the file.
        largest: the most bytes that it may have.

    Raises:
        GraphError: it is larger.
        OSError: it cannot be read.

    >>> read_bytes(Path(__file__), 10)
    Traceback (most recent call last):
        ...
    rojasgraph.errors.GraphError: reading.py is larger than 10 bytes: pass a larger largest= if ...
    """
    with path.open("rb") as opened:
        text = opened.read(max(largest, 0) + 1)
    if len(text) > largest:
        message = (
            f"{path.name} is larger than {largest} bytes: pass a larger largest= if you trust it"
        )
        raise GraphError(message)
    return text
