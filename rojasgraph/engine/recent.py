"""What was computed for recent questions, kept for the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_KEPT = 8
"""How many sweeps and reaches of past passes are kept for the next."""


class Recent(dict[Any, Any]):
    """What was computed for recent keys; the oldest is dropped when there are too many.

    Threads may ask at once.
    """

    def of(self, key: Any, compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is kept
        """Give what belongs to a key, computing it where it is not there."""
        found = self.get(key)
        if found is None:
            found = self.setdefault(key, compute())  # another thread may have been faster
            for oldest in list(self)[:-_KEPT]:
                self.pop(oldest, None)
        return found
