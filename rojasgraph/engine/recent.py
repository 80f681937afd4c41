"""What was computed for recent questions, kept for the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_KEPT = 8
"""How many sweeps and reaches of past passes are kept for the next."""


class Recent(dict[Any, Any]):
    """What was computed for recent keys; the oldest is dropped when there are too many."""

    def of(self, key: Any, compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is kept
        """Give what belongs to a key, computing it where it is not there."""
        if key not in self:
            if len(self) >= _KEPT:
                del self[next(iter(self))]
            self[key] = compute()
        return self[key]
