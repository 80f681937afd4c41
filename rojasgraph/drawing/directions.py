"""The four ways in which values may flow across a drawing, and what depends on them."""

from __future__ import annotations

from dataclasses import dataclass

from rojasgraph.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class Direction:
    """Where things are when values flow one way.

    Attributes:
        leaves: the side where an edge leaves a node.
        enters: the side where an edge enters a cell.
        inner: the side of a derivative cell that touches the function.
        outer: the side of a derivative cell that touches the next one.
        back: an arrow that points where derivatives flow.
        on: an arrow that points where values flow.
    """

    leaves: str
    enters: str
    inner: str
    outer: str
    back: str
    on: str

    @property
    def horizontal(self) -> bool:
        """Whether values flow along the lines of text."""
        return self.outer == "B"


DIRECTIONS = {
    "LR": Direction("e", "w", "R", "B", "←", "→"),
    "RL": Direction("w", "e", "L", "B", "→", "←"),
    "TB": Direction("s", "n", "B", "R", "↑", "↓"),
    "BT": Direction("n", "s", "T", "R", "↓", "↑"),
}


def direction_of(rankdir: str) -> Direction:
    """Look a direction up.

    Args:
        rankdir: `LR`, `RL`, `TB` or `BT`.

    Returns:
        The direction.

    Raises:
        ArgumentError: it is none of these.

    >>> direction_of("TB").enters
    'n'
    """
    if rankdir not in DIRECTIONS:
        message = f"rankdir must be one of {', '.join(DIRECTIONS)}; got {rankdir!r}"
        raise ArgumentError(message)
    return DIRECTIONS[rankdir]
