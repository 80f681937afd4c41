"""A diagram in words: for those who cannot see it, and for terminals."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rojasgraph.drawing.contents import Arrow, Box

_LONGEST = 400
"""How many nodes are put into words; of larger diagrams only the counts."""


def described(boxes: Sequence[Box]) -> str:
    """Put a diagram into words, in the order in which values flow.

    Args:
        boxes: its contents.

    Returns:
        One sentence for the whole and one for each node.

    >>> import networkx as nx
    >>> from rojasgraph.drawing.contents import read
    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("x", op="input", value=2)
    >>> graph.add_node("y", op="neg", value=-2)
    >>> _ = graph.add_edge("x", "y", derivative=-1)
    >>> for sentence in described(read(graph)).split(". "):
    ...     print(sentence)
    A graph of 2 nodes and 1 edge
    Input x: value 2
    Output y = −(·) of x (derivative −1): value −2.
    """
    edges = sum(len(box.arrows) for box in boxes)
    whole = f"A graph of {_counted(len(boxes), 'node')} and {_counted(edges, 'edge')}."
    if len(boxes) > _LONGEST:
        return whole
    names = {box.id: called(box) for box in boxes}
    return " ".join([whole, *(_sentence(box, names) for box in in_order(boxes))])


def in_order(boxes: Sequence[Box]) -> list[Box]:
    """Sort nodes so that each stands behind those it is fed by; in a cycle as they come.

    Args:
        boxes: the contents of a diagram.

    Returns:
        The same boxes.
    """
    by_id = {box.id: box for box in boxes}
    heads: dict[str, list[str]] = {box.id: [] for box in boxes}
    waits = {}
    for box in boxes:
        tails = {arrow.tail for arrow in box.arrows}
        waits[box.id] = len(tails)
        for tail in tails:
            heads[tail].append(box.id)
    ready = [box.id for box in boxes if not waits[box.id]]
    for node in ready:  # grows while it is walked
        for head in heads[node]:
            waits[head] -= 1
            if not waits[head]:
                ready.append(head)
    placed = set(ready)
    return [by_id[node] for node in ready] + [box for box in boxes if box.id not in placed]


def called(box: Box) -> str:
    """Say what a node is called; a constant that nobody named is its value."""
    unnamed = box.name is None and box.kind == "constant"
    return box.symbol if unnamed else box.called


def _sentence(box: Box, names: dict[str, str]) -> str:
    role = "output" if box.output else "" if box.kind == "operation" else box.kind
    start = f"{role} {names[box.id]}".strip()
    start = start[0].upper() + start[1:] if role else start
    if box.kind == "operation":
        operands = ", ".join(_operand(arrow, box, names) for arrow in box.arrows)
        symbol = f" = {box.symbol}"
        start += f"{symbol} of {operands}" if operands else symbol
    labels = [("value", box.value), ("adjoint", box.adjoint)]
    told = ", ".join(f"{label} {text}" for label, text in labels if text is not None)
    return f"{start}: {told}." if told else f"{start}."


def _operand(arrow: Arrow, box: Box, names: dict[str, str]) -> str:
    stored = box.derivatives[arrow.slot] if arrow.slot < len(box.derivatives) else None
    labels = [
        ("weight", arrow.weight),
        ("stored derivative", None if arrow.implied else stored),
        ("derivative", arrow.derivative),
        ("carries back", arrow.contribution),
        ("gradient of the weight", arrow.gradient),
    ]
    told = ", ".join(f"{label} {text}" for label, text in labels if text is not None)
    name = f"{names[arrow.tail]} as a weight" if arrow.implied else names[arrow.tail]
    return f"{name} ({told})" if told else name


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def text_diagram(boxes: Sequence[Box], title: str | None = None) -> str:
    """Write a diagram as plain text: a line for each node, and one for each edge into it.

    Args:
        boxes: its contents.
        title: a line above it.

    Returns:
        The lines. Values point on (→), what flows back points back (←).

    >>> import networkx as nx
    >>> from rojasgraph.drawing.contents import read
    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("x", op="input", value=2, adjoint=-1)
    >>> graph.add_node("y", op="neg", value=-2, adjoint=1)
    >>> _ = graph.add_edge("x", "y", derivative=-1)
    >>> print(text_diagram(read(graph)))
    x          2 →   ← −1
    y = −(·)  −2 →   ← 1  (output)
    └─ x             × −1
    """
    names = {box.id: called(box) for box in boxes}
    rows = [row for box in in_order(boxes) for row in _rows(box, names)]
    widths = [max((_columns(row[i]) for row in rows), default=0) for i in (0, 1)]
    lines = [title, ""] if title is not None else []
    for name, value, rest in rows:
        after, before = widths[0] - _columns(name), widths[1] - _columns(value)
        lines.append(f"{name}{' ' * after}  {' ' * before}{value}  {rest}".rstrip())
    return "\n".join(line or "" for line in lines)


def _columns(text: str) -> int:
    """Count the columns of a terminal that a text takes: 漢 takes two, an accent above none."""
    wide = sum(unicodedata.east_asian_width(character) in {"W", "F"} for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def _rows(box: Box, names: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Give the lines of a node: what it is called, its value, and the rest."""
    symbol = f" = {box.symbol}" if box.kind == "operation" else ""
    mark = "  (output)" if box.output else ""
    value = "" if box.value is None else f"{box.value} →"
    adjoint = "" if box.adjoint is None else f" ← {box.adjoint}"
    yield names[box.id] + symbol, value, adjoint + mark
    for arrow in box.arrows:
        branch = "└─" if arrow is box.arrows[-1] else "├─"
        stored = box.derivatives[arrow.slot] if arrow.slot < len(box.derivatives) else None
        told = [
            (" w ", arrow.weight),
            (" ′ ", None if arrow.implied else stored),
            (" × ", arrow.derivative),
            (" ← ", arrow.contribution),
            (" ∂w ", arrow.gradient),
        ]
        labels = " ".join(f"{sign.strip()} {text}" for sign, text in told if text is not None)
        dashes = "┄" if arrow.implied else " "
        yield f"{branch}{dashes}{names[arrow.tail]}", "", f" {labels}"
