"""Tell drawings whose links crowd the gaps between their layers from those that have room."""

from __future__ import annotations

from collections.abc import Sequence

from rojasgraph.drawing.layout.placement import Block, Link

_LABEL_GAP = 8.0
"""What stays free between two labels that are stacked, in points."""

_LINE = 9.0
"""What a link without a label takes of a gap that it passes, in points."""

_BLOCK_GAP = 18.0
"""What stays free between two blocks of a layer, in points."""

_MOST_STACKED = 1.5
"""How many times as high as the highest layer the labels of a gap may be when stacked."""

_MOST_PASSING = 0.5
"""Which part of the links may pass a layer: in more than that no layers are seen."""


def is_crowded(blocks: Sequence[Block], links: Sequence[Link], ranks: Sequence[int]) -> bool:
    """Say whether labels, one above the other in the gaps, would be much higher than the layers.

    Args:
        blocks: the blocks, turned so that values flow to the right.
        links: the links.
        ranks: the layer of each block.

    Returns:
        Whether they would be, and most links join neighboring layers.

    >>> full = [Link(tail, head, width=40, height=20) for tail in range(4) for head in range(4, 8)]
    >>> is_crowded([Block(30, 30)] * 8, full, [0] * 4 + [1] * 4)
    True
    >>> is_crowded([Block(30, 30)] * 8, full[::5], [0] * 4 + [1] * 4)
    False
    """
    count = max(ranks, default=0) + 1
    layers, gaps = [-_BLOCK_GAP] * count, [0.0] * count
    for block, rank in zip(blocks, ranks, strict=True):
        layers[rank] += block.height + _BLOCK_GAP
    passing = 0
    for link in links:
        last = ranks[link.head] - 1  # a label stands in the gap before the head
        gaps[last] += link.height + _LABEL_GAP if link.labeled else _LINE
        passing += last > ranks[link.tail]
    high = max(gaps) > _MOST_STACKED * max(layers)
    return high and passing <= _MOST_PASSING * len(links)
