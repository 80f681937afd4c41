"""The threads among which a batch is shared out."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Threads:
    """Threads that are started when they are first needed, in each process anew.

    A process that was forked has the objects of its parent, but not the threads: who waited for
    them would wait for ever.
    """

    def __init__(self, count: int) -> None:
        """Say how many there shall be."""
        self._count = count
        self._process = 0
        self._pool: ThreadPoolExecutor | None = None

    def submit(self, function: Callable[[int], None], argument: int) -> Future[None]:
        """Let a thread call a function."""
        if self._pool is None or self._process != os.getpid():
            self._pool, self._process = ThreadPoolExecutor(self._count, "rojasgraph"), os.getpid()
        return self._pool.submit(function, argument)
