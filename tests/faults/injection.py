"""Let things fail, or be interrupted, at any point of a call, one after the other."""

from __future__ import annotations

import contextlib
import dis
import signal
import sys
from collections import Counter

SYSTEM = {"open", "write", "flush", "fsync", "close", "chmod", "replace", "rename", "unlink"}
"""The calls by which files are written."""


class Fault:
    """What is to happen, and whether it did.

    Attributes:
        happened: what was hit, the name of a call or "line"; "" while nothing was.
        counted: how often each call was made.
    """

    def __init__(self):
        """Nothing has happened yet."""
        self.happened = ""
        self.counted = Counter()


@contextlib.contextmanager
def failing_call(module, number, error, calls=SYSTEM):
    """Let one of the system's calls fail that are made by a module, or on its behalf.

    Args:
        module: the module.
        number: which of its calls, counted from 0.
        error: what to raise.
        calls: what counts, by name.
    """
    fault = Fault()

    def watch(frame, event, called):
        is_text = isinstance(getattr(called, "__self__", None), str)  # str.replace
        if event != "c_call" or called.__name__ not in calls or is_text:
            return
        if not within(frame, module.__file__):
            return
        if fault.counted.total() == number:
            fault.happened = called.__name__
        fault.counted[called.__name__] += 1
        if fault.counted.total() == number + 1:
            raise error

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield fault
    finally:
        sys.setprofile(before)


@contextlib.contextmanager
def interrupted(number, *places):
    """Press Ctrl-C before one of the lines that are run, in the main thread.

    Python looks for signals after a call. So a lock that was taken is given back: no signal comes
    between `with lock:` and the `try:` in it, nor between the end of the block and its `__exit__`.

    Args:
        number: which line, counted from 0.
        places: only lines of files whose names begin so count.
    """
    fault = Fault()

    def watch(frame, event, _):
        if not frame.f_code.co_filename.startswith(places):
            return None
        if event == "line":
            fault.counted["line"] += 1
            due = fault.counted["line"] > number and not fault.happened
            if due and not _is_spared(frame):
                fault.happened = event
                signal.raise_signal(signal.SIGINT)
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield fault
    finally:
        sys.settrace(before)


def _is_spared(frame):
    """Tell whether a frame is at a bare `try:`, or leaves a `with`, after an error or not."""
    code = dis.get_instructions(frame.f_code)
    ahead = [each for each in code if each.offset >= frame.f_lasti and each.opname != "SWAP"][:3]
    if {"NOP", "WITH_EXCEPT_START"} & {each.opname for each in ahead[:2]}:
        return True
    return [each.argrepr for each in ahead] == ["None"] * 3  # what `__exit__` gets


def within(frame, file):
    """Tell whether a frame belongs to a file, or was called from there."""
    while frame is not None:
        if frame.f_code.co_filename == file:
            return True
        frame = frame.f_back
    return False
