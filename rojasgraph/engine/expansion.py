"""Weights that differ from example to example: edges that share a parameter fed a batch.

Engines know one number for the weight of an edge. Where a parameter is a batch, each edge that
shares it is written as what it means: a node that multiplies the parameter with the tail.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rojasgraph.engine.levels import offsets
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.wiring import Integers, Operation
from rojasgraph.table import lookup


def expanded(listing: Listing, edges: Integers) -> Listing:
    """Write edges that share a parameter as products.

    Nodes and edges of the listing keep their numbers; products, and the edges into them, are
    numbered after them. The edges themselves go from the product to their head, without weight.

    Args:
        listing: the network.
        edges: some of its edges that share a parameter.
    """
    operations = (*listing.operations, Operation(lookup("mul"), 2))
    count, products = len(listing.codes), len(edges)
    new = count + np.arange(products)
    tails, shared = listing.tails.copy(), listing.shared.copy()
    factors = np.stack([shared[edges], tails[edges]], axis=1).ravel()
    tails[edges], shared[edges] = new, -1
    none = np.zeros(2 * products, np.bool_)
    return replace(
        listing,
        operations=operations,
        codes=np.append(listing.codes, np.full(products, len(operations) - 1, np.int32)),
        tails=np.concatenate([tails, factors]),
        heads=np.concatenate([listing.heads, np.repeat(new, 2)]),
        slots=np.concatenate([listing.slots, np.tile([0, 1], products)]),
        weights=np.concatenate([listing.weights, np.ones(2 * products)]),
        weighted=np.concatenate([listing.weighted, none]),
        trainable=np.concatenate([listing.trainable, none]),
        shared=np.concatenate([shared, np.full(2 * products, -1)]),
        keys=None,
        first_argument=offsets(
            np.append(np.diff(listing.first_argument), np.zeros(products, np.int64))
        ),
        values=np.append(listing.values, np.full(products, np.nan)),
    )
