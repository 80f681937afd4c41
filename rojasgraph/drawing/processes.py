"""Run a program on some text: within a time limit, and within bounds of memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # for the user's own `dot` # nosec B404
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PIECE = 1 << 16


class TooMuch(Exception):
    """A program wrote more than it was allowed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Attributes:
        code: its exit code; below 0 the signal that killed it.
        output: what it wrote.
        complaint: the end of what it wrote to standard error.
    """

    code: int
    output: bytes
    complaint: bytes


def run_within(
    command: Sequence[str | Path],
    text: bytes,
    *,
    timeout: float,
    most_output: int,
    most_complaint: int,
) -> Ended:
    """Run a program on a text.

    Args:
        command: the program and its options.
        text: what it is given on standard input.
        timeout: after how many seconds to stop it, with all that it started.
        most_output: how many bytes it may write.
        most_complaint: how many bytes to keep of what it writes to standard error.

    Raises:
        OSError: it cannot be started.
        TimeoutError: it did not end in time.
        TooMuch: it wrote more than it may.

    >>> run_within(["cat"], b"text", timeout=10, most_output=10, most_complaint=10).output
    b'text'
    """
    end = time.monotonic() + timeout
    pipe = subprocess.PIPE
    process = subprocess.Popen(  # noqa: S603 - no shell; it is the user's own # nosec B603
        command, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )
    with process:
        assert process.stdin is not None  # noqa: S101 - all three are pipes
        assert process.stdout is not None  # noqa: S101 - as above
        assert process.stderr is not None  # noqa: S101 - as above
        try:
            output = _First(process.stdout, most_output)
            complaint = _Last(process.stderr, most_complaint)
            _Writing(process.stdin, text)
            for reading in (output, complaint):
                reading.join(max(end - time.monotonic(), 0))
                if reading.is_alive():
                    raise TimeoutError
                if output.too_much:
                    raise TooMuch
            code = process.wait(max(end - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            _stop(process)
    return Ended(code, bytes(output.kept), bytes(complaint.kept))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a program that has not ended by itself, with all that it started: it may be a script."""
    if process.returncode is not None:
        return
    if hasattr(os, "killpg"):  # without asking whether it runs: what it started may
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


class _Piping(threading.Thread):
    """A thread at one of a program's pipes; who does not wait for it may forget it."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.stream = stream
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the other end, or ours, was closed
            self._carry()

    def _carry(self) -> None:
        raise NotImplementedError


class _Writing(_Piping):
    def __init__(self, stream: IO[bytes], text: bytes) -> None:
        self._rest = memoryview(text)
        super().__init__(stream)

    def _carry(self) -> None:
        with self.stream:
            while self._rest:
                self._rest = self._rest[self.stream.write(self._rest[:_PIECE]) :]


class _First(_Piping):
    """Keeps the first bytes, and reads no more than those."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self.kept, self._most = bytearray(), most
        super().__init__(stream)

    @property
    def too_much(self) -> bool:
        return len(self.kept) > self._most

    def _carry(self) -> None:
        while not self.too_much and (piece := self.stream.read(_PIECE)):
            self.kept += piece


class _Last(_Piping):
    """Reads all, and keeps the last bytes."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self.kept, self._most = bytearray(), most
        super().__init__(stream)

    def _carry(self) -> None:
        while piece := self.stream.read(_PIECE):
            self.kept = (self.kept + piece)[-self._most :]
