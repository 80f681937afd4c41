"""Tell drawings whose links crowd the gaps between their layers from those that have room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rojasgraph.drawing.layout.placement import Link

_MANY = 12
"""From how many pairs of blocks on a gap can be crowded."""

_DENSE = 2.5
"""From how many pairs on, for each block of the larger layer beside it, it is."""

_MOST_PASSING = 0.3
"""Which part of the links may pass a layer: in more than that no layers are seen."""


def is_crowded(links: Sequence[Link], ranks: Sequence[int]) -> bool:
    """Say whether labels, one above the other in a gap, would be much higher than the layers are.

    Args:
        links: the links.
        ranks: the layer of each block.

    Returns:
        Whether some two layers are joined by many links, and few links pass a layer.

    >>> full = [Link(tail, head) for tail in range(4) for head in range(4, 7)]
    >>> is_crowded(full, [0] * 4 + [1] * 3), is_crowded(full[1:], [0] * 4 + [1] * 3)
    (True, False)
    """
    if sum(ranks[link.head] - ranks[link.tail] > 1 for link in links) > _MOST_PASSING * len(links):
        return False
    sizes = Counter(ranks)
    ends = {(link.tail, link.head) for link in links}
    gaps = Counter(ranks[head] for _, head in ends)  # the gap before the head has the label
    return any(
        pairs >= _MANY and pairs >= _DENSE * max(sizes[rank - 1], sizes[rank])
        for rank, pairs in gaps.items()
    )
