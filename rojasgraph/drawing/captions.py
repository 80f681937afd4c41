"""The texts of a diagram as words with a size and a role, the same in every style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rojasgraph.drawing import sizes
from rojasgraph.drawing.cards import Line, Words

if TYPE_CHECKING:
    from rojasgraph.drawing.contents import Arrow, Box

_RAMP = 5
_WIDTHS = (0.9, 1.2, 1.6, 2.0, 2.5)
_LIT_WIDTH = 2.4


def name_words(box: Box, size: int) -> Words:
    """Write the name of a node; a constant without one shows its value in the name's place."""
    if box.name is None:
        return Words(box.symbol, size, "forward")
    return Words(box.name, size, italic=True, latex=box.latex)


def symbol_words(box: Box, size: int = sizes.SYMBOL_SIZE) -> tuple[Words, ...]:
    """Write the symbol of an operation, and below it the name that it was given."""
    symbol = Words(box.symbol, size, latex=box.symbol_latex)
    return (symbol,) if box.name is None else (symbol, name_words(box, sizes.SMALL_NAME_SIZE))


def value_words(box: Box, before: str = "", after: str = "") -> tuple[Words, ...]:
    """Write the value of a node, between two marks."""
    if box.value is None:
        return ()
    text = f"{before}{box.value}{after}"
    return (Words(text, sizes.NUMBER_SIZE, "forward", key=f"{box.id}.value"),)


def adjoint_words(box: Box, before: str = "", after: str = "") -> tuple[Words, ...]:
    """Write the adjoint of a node, between two marks."""
    if box.adjoint is None:
        return ()
    text = f"{before}{box.adjoint}{after}"
    return (Words(text, sizes.NUMBER_SIZE, "backward", key=f"{box.id}.adjoint"),)


def stored_words(box: Box, slot: int, size: int = sizes.NUMBER_SIZE) -> tuple[Words, ...]:
    """Write the stored derivative of one slot."""
    text = box.derivatives[slot] if slot < len(box.derivatives) else None
    key = f"{box.id}.derivatives.{slot}"
    return () if text is None else (Words(text, size, "backward", key=key),)


def derivative_words(arrow: Arrow) -> tuple[Words, ...]:
    """Write the edge derivative."""
    return _line(arrow, "derivative", arrow.derivative, "backward")


def weight_words(arrow: Arrow) -> tuple[Words, ...]:
    """Write the weight of an edge; the name of a parameter slopes."""
    if arrow.weight is None:
        return ()
    size = sizes.NUMBER_SIZE
    return (Words(arrow.weight, size, italic=arrow.shared, key=f"{arrow.id}.weight"),)


def carried_words(arrow: Arrow) -> tuple[Words, ...]:
    """Write what an edge carries on: the value at its tail."""
    if arrow.carried is None:
        return ()
    return (Words(arrow.carried, sizes.NUMBER_SIZE, "forward", key=f"{arrow.tail}.value"),)


def contribution_words(arrow: Arrow) -> tuple[Words, ...]:
    """Write what an edge carries back."""
    return _line(arrow, "contribution", arrow.contribution, "backward")


def gradient_words(arrow: Arrow) -> tuple[Words, ...]:
    """Write the gradient of an edge's weight, and that it is one."""
    text = arrow.gradient and f"∂w {arrow.gradient}"
    return _line(arrow, "gradient", text, "backward")


def line(arrow: Arrow, head: str, port: str | None, *words: tuple[Words, ...]) -> Line:
    """Make the line of an edge, picked out where the edge is.

    Args:
        arrow: the edge.
        head: the id of the card that it enters.
        port: the port that it enters.
        *words: the lines of its label.
    """
    return Line(
        id=arrow.id,
        tail=arrow.tail,
        head=head,
        port=port,
        words=sum(words, ()),
        tooltip=arrow.tooltip,
        color="lit" if arrow.lit else "edge",
        width=_LIT_WIDTH if arrow.lit else _WIDTHS[0],
        dashed=arrow.implied,
    )


def ramp_of(strength: float) -> tuple[str, float]:
    """Turn the size of a contribution into a color and a width.

    Args:
        strength: from 0 to 1 of the largest.

    Returns:
        The role of the color, and the width in points. Steps are those of the root, so that small
        ones can be told apart too.

    >>> ramp_of(0.0), ramp_of(0.3), ramp_of(1.0)
    (('ramp0', 0.9), ('ramp2', 1.6), ('ramp4', 2.5))
    """
    step = step_of(strength)
    return f"ramp{step}", _WIDTHS[step]


def step_of(strength: float) -> int:
    """Turn a part of the largest, from 0 to 1, into a step of a scale of colors.

    >>> step_of(0.0), step_of(0.3), step_of(1.0)
    (0, 2, 4)
    """
    return min(int(strength**0.5 * _RAMP), _RAMP - 1)


def _line(arrow: Arrow, label: str, text: str | None, role: str) -> tuple[Words, ...]:
    if not text:
        return ()
    return (Words(text, sizes.NUMBER_SIZE, role, key=f"{arrow.id}.{label}"),)
