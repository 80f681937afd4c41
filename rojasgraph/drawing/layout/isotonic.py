"""Change numbers as little as possible so that they rise."""

from __future__ import annotations

from collections.abc import Sequence


def rising(values: Sequence[float]) -> list[float]:
    """Change values as little as possible so that none is less than the one before.

    Args:
        values: the values.

    Returns:
        The values with the least sum of squared changes.

    Source: Ayer, Brunk, Ewing, Reid and Silverman, An empirical distribution function for
    sampling with incomplete information (1955).

    >>> rising([1, 4, 2, 5])
    [1, 3.0, 3.0, 5]
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean = (mean * count + before * many) / (count + many)
            count += many
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]
