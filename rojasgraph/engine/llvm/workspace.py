"""Memory for the numbers of tiles, kept from pass to pass: fresh memory costs as much as a pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from rojasgraph.engine.wiring import Floats

_LINE = 64
"""Bytes of a line of the cache, at which vectors shall start."""


class Workspaces:
    """Arrays that passes borrow; two passes at a time get different ones."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        """Start with none."""
        self._dtype = dtype
        self._free: dict[int, list[Floats]] = {}

    def borrow(self, count: int) -> Floats:
        """Give an array of so many numbers, whatever they are."""
        free = self._free.get(count)
        if free:
            try:
                return free.pop()
            except IndexError:  # another thread was faster
                pass
        return aligned(count, self._dtype)

    def give_back(self, array: Floats) -> None:
        """Take an array back."""
        self._free.setdefault(len(array), []).append(array)


def aligned(count: int, dtype: np.dtype[Any]) -> Floats:
    """Make an array that starts at a line of the cache."""
    spare = _LINE // dtype.itemsize
    raw = np.empty(count + spare, dtype)
    skip = -raw.ctypes.data % _LINE // dtype.itemsize
    return raw[skip : skip + count]
