"""Meet the warnings of other libraries for a moment, one thread at a time.

Python's warning filters belong to the process. Two threads that change them at once may each put
back what the other had set, and leave the process with warnings that are silent, or errors.
"""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator
from typing import Literal

_lock = threading.RLock()

if hasattr(os, "register_at_fork"):  # a child must not inherit a lock that nobody gives back
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


@contextlib.contextmanager
def warnings_as(action: Literal["error", "ignore"]) -> Iterator[None]:
    """Let warnings be errors, or nothing.

    Args:
        action: which of the two.

    >>> with warnings_as("ignore"):
    ...     warnings.warn("nobody hears of it")
    """
    with _lock, warnings.catch_warnings():
        warnings.simplefilter(action)
        yield
