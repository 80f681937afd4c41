"""Write files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

DRAFT = ".rojasgraph-{}.tmp"
"""The name of a file that is being written, beside the one that it will be. Only a process that is
killed leaves it behind; it may be deleted."""


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

    A file that was there keeps its permissions, and a link goes on pointing to it. What is no
    file, such as a pipe, is written to.

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
    write_together([(path, data)])


def write_together(contents: Iterable[tuple[Path, bytes]]) -> list[Path]:
    """Write files that belong together: none takes its place before all are on the disk.

    Args:
        contents: where to, and what; each is asked for when the one before is on the disk.

    Returns:
        The paths.

    Raises:
        OSError: one cannot be written; the message names it, and old files stay as they were.
    """
    drafts: list[_Draft] = []
    try:
        for path, data in contents:
            draft = _Draft(path)
            drafts.append(draft)
            draft.write(data)
        for draft in drafts:
            draft.take_place()
    finally:
        for draft in drafts:
            draft.remove()
    return [draft.path for draft in drafts]


class _Draft:
    """A file that is being written beside the one that it will be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = Path(os.path.realpath(path))  # where a link points to
        self._draft = self._place.with_name(DRAFT.format(uuid.uuid4().hex))
        with _naming(path):
            self._mode = self._mode_of_old()

    def _mode_of_old(self) -> int | None:
        """Give the mode of the file that is there; None where there is none."""
        try:
            mode = self._place.stat().st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not os.access(self._place, os.W_OK):
            raise PermissionError(errno.EACCES, "it may only be read")
        return mode

    @property
    def _in_place(self) -> bool:
        """Tell whether it is no file that could be replaced, such as a pipe or a terminal."""
        return self._mode is not None and not stat.S_ISREG(self._mode)

    def write(self, data: bytes) -> None:
        with _naming(self.path):
            if self._in_place:
                self._place.write_bytes(data)
                return
            with self._draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # or a power cut might leave the new name and no content
            if self._mode is not None:
                self._draft.chmod(stat.S_IMODE(self._mode))

    def take_place(self) -> None:
        with _naming(self.path):
            if not self._in_place:
                self._draft.replace(self._place)

    def remove(self) -> None:
        with contextlib.suppress(OSError):  # what is wrong has been told
            self._draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let errors name the file that was to be written."""
    try:
        yield
    except OSError as error:
        message = f"cannot write it: {error.strerror or error}"
        raise type(error)(error.errno, message, str(path)) from None
