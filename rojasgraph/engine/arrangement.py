"""Number a network for an engine: nodes by level and operation, edges by the slot they feed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rojasgraph.engine.dense import alike, blocks
from rojasgraph.engine.levels import cycle, laid_out, levels, offsets
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.wiring import Floats, Integers, Wiring, index_type
from rojasgraph.errors import CycleError

_SHOWN = 12
"""How many nodes of a cycle an error lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """A network as an engine wants it, and where everything was in the listing.

    Attributes:
        wiring: what the engine is made from.
        nodes: by node here, its number in the listing.
        places: by node of the listing, its number here.
        edges: by edge here, its number in the listing.
    """

    wiring: Wiring
    nodes: Integers
    places: Integers
    edges: Integers


def arrange(listing: Listing) -> Arrangement:
    """Number a network for an engine; linear in the edges, but for sorting.

    Raises:
        CycleError: there is a cycle; the message shows it node by node.
    """
    count = len(listing.codes)
    incoming = np.bincount(listing.heads, minlength=count)
    level = _levels(listing, incoming)
    likeness = alike(listing, level, incoming)
    nodes = np.lexsort((np.arange(count), _rank(listing), incoming, likeness,
                        _grouped(listing.codes), level))  # fmt: skip
    places = np.empty(count, np.int64)
    places[nodes] = np.arange(count)
    codes = listing.codes[nodes]
    first_slot = offsets(_slot_counts(listing)[nodes])
    small = index_type(max(len(listing.tails), int(first_slot[-1])))
    tails: Integers = places[listing.tails].astype(small)
    slots: Integers = (first_slot[places[listing.heads]] + listing.slots).astype(small)
    edges = sorted_by(slots, sorted_by(tails))
    tails, slots = tails[edges], slots[edges]
    first_edge = offsets(np.bincount(slots, minlength=int(first_slot[-1])))
    weighted = (listing.weighted | (listing.shared >= 0))[edges]
    first_incoming = first_edge[first_slot]
    wiring = Wiring(
        operations=listing.operations,
        codes=codes,
        first_node=offsets(np.bincount(level, minlength=1)),
        first_slot=first_slot,
        first_edge=first_edge,
        tails=tails,
        slots=slots,
        weighted=weighted,
        first_outgoing=offsets(np.bincount(tails, minlength=count)),
        outgoing=sorted_by(tails).astype(small),
        first_argument=offsets(np.diff(listing.first_argument)[nodes]),
        blocks=blocks(likeness[nodes], first_incoming, tails, weighted),
    )
    return Arrangement(wiring, nodes, places, edges)


def arguments_of(listing: Listing, arrangement: Arrangement) -> Floats:
    """Give the arguments in the order of an arrangement."""
    return listing.arguments[laid_out(listing.first_argument, arrangement.nodes)]


def sorted_by(keys: Integers, earlier: Integers | None = None) -> Integers:
    """Sort by small keys, ties as they come: one sort of whole numbers, which numpy does fast.

    Args:
        keys: whole numbers from 0 up.
        earlier: an order of what the keys belong to, which decides ties.

    Returns:
        The order: places in `keys`.

    >>> sorted_by(np.array([2, 0, 2, 1]))
    array([1, 3, 0, 2])
    """
    bits = max(len(keys).bit_length(), 1)
    packed = (keys if earlier is None else keys[earlier]).astype(np.int64)
    packed <<= bits
    packed |= np.arange(len(keys))
    packed.sort()
    packed &= (1 << bits) - 1
    return packed if earlier is None else earlier[packed]


def _levels(listing: Listing, incoming: Integers) -> Integers:
    order = sorted_by(listing.tails)
    first = offsets(np.bincount(listing.tails, minlength=len(incoming)))
    level = levels(first, listing.heads[order], incoming.astype(np.int32))
    if len(level) and level.min() < 0:
        raise _cycle(listing, cycle(listing.tails, listing.heads, level))
    return level


def _cycle(listing: Listing, nodes: list[int]) -> CycleError:
    shown = [repr(listing.names[j]) for j in nodes[:_SHOWN]]
    if len(nodes) > _SHOWN:
        shown.append(f"… ({len(nodes) - _SHOWN} more)")
    return CycleError(
        f"the graph has a cycle: {' → '.join([*shown, shown[0]])}; "
        "the two passes need a graph without one: remove one of these edges"
    )


def _grouped(codes: Integers) -> Integers:
    """Sort inputs before parameters before constants; operations as they are numbered."""
    return np.where(codes < 0, -codes, codes)


def _rank(listing: Listing) -> Integers:
    """Keep the inputs in their own order."""
    rank = np.zeros(len(listing.codes), np.int64)
    rank[listing.inputs] = np.arange(len(listing.inputs))
    return rank


def _slot_counts(listing: Listing) -> Integers:
    """Give by node the number of its slots; a source has none."""
    counts = np.array([*(slots for _, slots in listing.operations), 0, 0, 0])
    return counts[listing.codes]
