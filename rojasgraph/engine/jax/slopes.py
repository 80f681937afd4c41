"""The derivatives by the weights: value at the tail × delta of the slot, summed over examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax.sums import product, product_of, slots_of
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Block, Integers, Wiring


class Ends(NamedTuple):
    """The edges outside of blocks whose weights have a derivative.

    Attributes:
        tails: by edge, its tail.
        slots: by edge, the slot that it feeds.
        places: by edge of the wiring, where its derivative stands: first come those of these
            edges, then those of the blocks, then a zero.
    """

    tails: Integers
    slots: Integers
    places: Integers


class Slopes:
    """The derivatives by the weights in a sweep.

    Each sum is taken at once: where the batch lies on several devices, they add up once a pass.
    """

    def __init__(self, wiring: Wiring, sweep: Sweep, blocks: Sequence[Block]) -> None:
        """Plan them.

        Args:
            wiring: the network.
            sweep: where derivatives flow.
            blocks: those whose derivatives are products of matrices.
        """
        self._blocks = [(slots_of(wiring, block), product_of(block)) for block in blocks]
        single = wiring.weighted & sweep.carrying
        for block in blocks:
            single[block.edges] = False
        chosen = np.flatnonzero(single)
        order = np.concatenate([chosen, *(np.r_[block.edges] for block in blocks)])
        places = np.full(wiring.edges, len(order), np.int32)
        places[order] = np.arange(len(order))
        self.tables = Ends(wiring.tails[chosen], wiring.slots[chosen], places)

    def __call__(self, values: jax.Array, deltas: jax.Array, tables: Ends) -> jax.Array:
        """Compute them by edge.

        Args:
            values: by node and example.
            deltas: by slot and example.
            tables: what `self.tables` has.
        """
        parts = [(values[tables.tails] * deltas[tables.slots]).sum(axis=1)]
        for slots, block in self._blocks:
            parts.append(product(deltas[slots], values[block.rows].T).ravel())
        parts.append(jnp.zeros(1, values.dtype))
        return jnp.concatenate(parts)[tables.places]
