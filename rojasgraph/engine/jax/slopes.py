"""The derivatives by the weights: value at the tail × delta of the slot, summed over examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax.sums import product, product_of, slots_of
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Block, Wiring

_CHUNK = 1024
"""How many edges are multiplied at a time: of all at once, XLA makes a slow sum."""


class Ends(NamedTuple):
    """The edges outside of blocks whose weights have a derivative.

    Attributes:
        tails: by chunk and edge, its tail; the last chunk is padded.
        slots: by chunk and edge, the slot that it feeds.
        places: by edge of the wiring, where its derivative stands: first come those of these
            edges, then those of the blocks, then a zero.
    """

    tails: Any
    slots: Any
    places: Any


class Slopes:
    """The derivatives by the weights in a sweep."""

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
        width = max(min(len(chosen), _CHUNK), 1)
        padding = np.zeros(-len(chosen) % width, np.int64)
        chunks = np.append(chosen, padding).reshape(-1, width) if len(chosen) else chosen[:, None]
        order = np.concatenate([chosen, padding - 1, *(np.r_[block.edges] for block in blocks)])
        places = np.full(wiring.edges + 1, len(order), np.int32)
        places[order] = np.arange(len(order))
        self.tables = Ends(wiring.tails[chunks], wiring.slots[chunks], places[:-1])

    def __call__(self, values: jax.Array, deltas: jax.Array, tables: Ends) -> jax.Array:
        """Compute them by edge.

        Args:
            values: by node and example.
            deltas: by slot and example.
            tables: what `self.tables` has.
        """

        def slopes(ends: tuple[jax.Array, jax.Array]) -> jax.Array:
            return (values[ends[0]] * deltas[ends[1]]).sum(axis=1)

        parts = [jax.lax.map(slopes, (tables.tails, tables.slots)).ravel()]
        for slots, block in self._blocks:
            parts.append(product(deltas[slots], values[block.rows].T).ravel())
        parts.append(jnp.zeros(1, values.dtype))
        return jnp.concatenate(parts)[tables.places]
