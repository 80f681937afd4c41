"""What a path is made of: edges, and steps from a parameter into a weight that it shares."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np

from rojasgraph.contract import Record, shared_weights
from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName, Order, is_hashable

Example = int | tuple[int, ...] | None
"""Which example of a batch; None for all of it."""


class Link(NamedTuple):
    """One edge that a path may take: along edge e, or from a parameter into e's weight."""

    e: int
    from_weight: bool


def links_of(order: Order) -> list[list[Link]]:
    """List, for each node, the edges out of it and the weights that it shares, if any.

    Raises:
        ArgumentError: an edge shares a weight that is no parameter's.
    """
    links = [[Link(e, from_weight=False) for e in outgoing] for outgoing in order.outgoing]
    for e, j in shared_weights(order).items():
        links[j].append(Link(e, from_weight=True))
    return links


def link_name(order: Order, tail: Hashable, link: Link) -> EdgeName:
    """Name a link: as (tail, head, key), or (parameter, head, (tail, key))."""
    own, head, key = order.edge_names[link.e]
    return (tail, head, (own, key)) if link.from_weight else (own, head, key)


def derivative_of(record: Record, link: Link, example: Example = None) -> Number:
    """Give what a link multiplies by on the way back."""
    forward, plan = record.forward, record.reading.plan
    if not link.from_weight:
        return chosen(forward.edge_derivatives[link.e], example)
    partial = forward.derivatives[record.order.heads[link.e]][plan.slots[link.e]]
    value = forward.values[plan.tails[link.e]]
    return chosen(value, example) * chosen(partial, example)


def chosen(label: Number, example: Example) -> Number:
    """Take one example out of a label; what is the same for all is taken as it is.

    Raises:
        ArgumentError: there is no such example.
    """
    if example is None or not isinstance(label, np.ndarray):
        return label
    places = (example,) if isinstance(example, int) else example
    own = places[len(places) - label.ndim :]
    try:
        fitting = [0 if n == 1 else i for i, n in zip(own, label.shape, strict=True)]
        return label[tuple(fitting)].item()
    except (IndexError, ValueError):
        message = f"there is no example {example!r} in a batch of shape {label.shape}"
        raise ArgumentError(message) from None


def numbers_of(order: Order, *names: Hashable) -> tuple[int, ...]:
    """Number nodes.

    Raises:
        ArgumentError: one of them is not in the network.
    """
    for name in names:
        if not is_hashable(name) or name not in order.number:
            message = f"{name!r} is no node of the network"
            raise ArgumentError(message)
    return tuple(order.number[name] for name in names)


def counts_to(order: Order, links: list[list[Link]], end: int) -> list[int]:
    """Count the paths from each node to the end, by the backward sweep with all factors 1."""
    counts = [0] * len(links)
    counts[end] = 1
    for j in reversed(range(end)):
        counts[j] = sum(counts[order.heads[link.e]] for link in links[j])
    return counts


def leading_to(order: Order, links: list[list[Link]], ends: Iterable[int]) -> set[int]:
    """Collect the nodes from which a path leads to one of some nodes, these included."""
    found = set(ends)
    for j in reversed(range(len(links))):
        if any(order.heads[link.e] in found for link in links[j]):
            found.add(j)
    return found
