"""Nodes colored by their share in the rounding error of an output."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rojasgraph.analysis.conditioning import Conditioning, Culprit, conditioning
from rojasgraph.contract import outputs_of
from rojasgraph.drawing.captions import step_of
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network

if TYPE_CHECKING:
    import networkx as nx

    from rojasgraph.drawing.cards import Card, Cell, Table


def conditions_of(color: Any, network: nx.DiGraph[Any], example: Any) -> Conditioning | None:  # noqa: ANN401 - see draw
    """Find the labels that nodes are colored by.

    Args:
        color: what was asked for: `conditioning`, labels that are there, or something else.
        network: what is drawn.
        example: of a batch.

    Returns:
        The labels; None where nodes are not colored by them.

    Raises:
        ArgumentError: the network has several outputs.
        NotLabeled: it has not been fed forward.
    """
    if isinstance(color, Conditioning):
        return color
    if color != "conditioning":
        return None
    outputs = outputs_of(network)
    if len(outputs) != 1 or not isinstance(network, Network):
        message = (
            f"color='conditioning' colors a Network by the error of its one output; this has "
            f"{outputs}: say which, color=rg.conditioning(net, output)"
        )
        raise ArgumentError(message)
    return conditioning(network, outputs[0], example=None if isinstance(example, str) else example)


def colored_nodes(
    cards: list[Card], names: list[Hashable], conditions: Conditioning
) -> Iterator[Card]:
    """Color the cards of nodes that have a share in the error; the larger, the stronger.

    Args:
        cards: the cards.
        names: of their nodes.
        conditions: the labels of the nodes.
    """
    largest = max((each.error for each in conditions.values()), default=0.0)
    for card, name in zip(cards, names, strict=True):
        culprit = conditions.get(name)
        if culprit is None:
            yield card
            continue
        told = replace(card, tooltip=f"{card.tooltip}\n{_text(culprit)}")
        yield _tinted(told, f"heat{step_of(culprit.error / largest)}") if culprit.error else told


def _text(culprit: Culprit) -> str:
    return f"condition {culprit.condition:.3g}, share in the error {culprit.error:.2g}"


def _tinted(card: Card, role: str) -> Card:
    """Give a card another ground: that of a source, or that of the half with the operation."""
    fill = role if card.fill else None
    return replace(card, table=_tinted_table(card.table, role), fill=fill, function=role)


def _tinted_table(table: Table, role: str) -> Table:
    rows = tuple(tuple(_tinted_cell(cell, role) for cell in row) for row in table.rows)
    return replace(table, rows=rows, fill=role if table.fill else None)


def _tinted_cell(cell: Cell, role: str) -> Cell:
    if cell.inside is not None:
        return replace(cell, inside=_tinted_table(cell.inside, role))
    return replace(cell, fill=role) if cell.fill == "function" else cell
