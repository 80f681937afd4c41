"""Tell drawings whose links crowd the gaps between their layers from those that have room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rojasgraph.drawing.layout.placement import Block, Link

_LABEL_GAP = 8.0
"""What stays free between two labels that are stacked, in points."""

_LINE = 9.0
"""What a link without a label takes of a gap that it passes, in points."""

_BLOCK_GAP = 18.0
"""What stays free between two blocks of a layer, in points."""

_MOST_STACKED = 1.5
"""How many times as high as the highest layer the labels of a gap may be when stacked."""

_SMALL, _LARGE = 600.0, 1_200.0
"""Stacks lower than the one are read with ease; those higher than the other are not, however high
the layers are."""

_DENSE = 2.0
"""From how many links on, for each block of the larger layer, a gap is one of crossing lines."""

_MOST_PASSING = 0.3
"""Which part of the links may pass a layer: in more than that no layers are seen."""


def is_crowded(blocks: Sequence[Block], links: Sequence[Link], ranks: Sequence[int]) -> bool:
    """Say whether labels, one above the other in the gaps, would be much higher than the layers.

    Args:
        blocks: the blocks, turned so that values flow to the right.
        links: the links.
        ranks: the layer of each block.

    Returns:
        Whether they would be, and most links join neighboring layers.

    >>> full = [Link(tail, head, width=40, height=20) for tail in range(6) for head in range(6, 12)]
    >>> is_crowded([Block(30, 30)] * 12, full, [0] * 6 + [1] * 6)
    True
    >>> is_crowded([Block(30, 30)] * 12, full[::7], [0] * 6 + [1] * 6)
    False
    """
    count = max(ranks, default=0) + 1
    layers, sizes = [-_BLOCK_GAP] * count, [0] * count
    for block, rank in zip(blocks, ranks, strict=True):
        layers[rank] += block.height + _BLOCK_GAP
        sizes[rank] += 1
    stacks, crossing, passing = [0.0] * count, [0] * count, 0
    for link in links:
        gap = ranks[link.head] - 1  # a label stands in the gap before the head
        stacks[gap] += link.height + _LABEL_GAP if link.labeled else _LINE
        crossing[gap] += 1
        passing += gap > ranks[link.tail]
    if passing > _MOST_PASSING * len(links):
        return False
    highest = max(stacks)
    if highest > _SMALL and highest > _MOST_STACKED * max(layers):
        return True
    return any(
        stack > _LARGE and lines > _DENSE * max(around)
        for stack, lines, around in zip(stacks, crossing, pairwise(sizes), strict=False)
    )
