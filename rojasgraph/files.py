"""Write files whole or not at all."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def target(filename: str | os.PathLike[str]) -> Path:
    """Check that a file can be written where it is wanted.

    Args:
        filename: where to.

    Returns:
        The path.

    Raises:
        FileNotFoundError: the folder is not there.
    """
    path = Path(filename)
    if not path.parent.is_dir():
        message = f"cannot write {path.name!r}: there is no folder {str(path.parent)!r}"
        raise FileNotFoundError(message)
    return path


def write(path: Path, data: bytes) -> None:
    """Write a file at once: nobody ever sees a part of it.

    Args:
        path: where to.
        data: its content.

    Raises:
        OSError: it cannot be written; the message names the file, and an old one stays as it was.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder, "x.txt"), b"whole")
    ...     [found.name for found in Path(folder).iterdir()]
    ['x.txt']
    """
    draft = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        message = f"cannot write it: {error.strerror or error}"
        raise type(error)(error.errno, message, str(path)) from None
    finally:
        draft.unlink(missing_ok=True)
