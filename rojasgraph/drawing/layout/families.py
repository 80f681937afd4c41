"""Say which groups of blocks lie in which, and which groups a block belongs to."""

from __future__ import annotations

from collections.abc import Sequence


def families_of(count: int, groups: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """List the groups that each block belongs to, each inside the one before it.

    Groups that overlap, and none of which is part of the other, cannot both be framed: a block
    of both belongs to the larger one only, among equals to the first.

    Args:
        count: how many blocks there are.
        groups: the members of each group.

    Returns:
        For each block its groups, from the widest to the narrowest.

    >>> families_of(4, [[0], [0, 1], [1, 2]])
    [(1, 0), (1,), (2,), ()]
    """
    sets = [frozenset(group) for group in groups]
    families: list[tuple[int, ...]] = [()] * count
    for number in sorted(range(len(sets)), key=lambda i: -len(sets[i])):
        for block in groups[number]:
            family = families[block]
            if number not in family and (not family or sets[number] <= sets[family[-1]]):
                families[block] = (*family, number)
    return families
