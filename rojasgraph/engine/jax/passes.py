"""Both passes of a network as functions of JAX: how they are planned, and what they share."""

from __future__ import annotations

from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax import scanned, unrolled
from rojasgraph.engine.jax.kinds import groups_of, kinds_of
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Floats, Integers, Wiring

_MOST_GROUPS = 400
"""Up to how many groups XLA gets each by itself: it compiles some ten milliseconds for each."""


class Forward(Protocol):
    """A planned forward pass; `tables` are arrays that it shall be called with."""

    tables: Any

    def __call__(
        self, sources: jax.Array, weights: jax.Array, tables: Any  # noqa: ANN401
    ) -> tuple[jax.Array, jax.Array]:
        """Compute values by node and partials by slot, both by example."""


class Backward(Protocol):
    """A planned backward pass; `tables` are arrays that it shall be called with."""

    tables: Any

    def __call__(
        self,
        values: jax.Array,
        partials: jax.Array,
        weights: jax.Array,
        seeds: jax.Array,
        tables: Any,  # noqa: ANN401
    ) -> tuple[jax.Array, jax.Array]:
        """Compute adjoints by node and example, and derivatives by weights."""


class Passes:
    """The passes of a network with these arguments."""

    def __init__(self, wiring: Wiring, arguments: Floats, most_groups: int = _MOST_GROUPS) -> None:
        """Plan the forward pass.

        Args:
            wiring: the network.
            arguments: of all nodes.
            most_groups: up to how many groups of nodes XLA gets each by itself; where there are
                more, it gets a loop.
        """
        self._wiring = wiring
        kinds, by_node = kinds_of(wiring, arguments)
        self._levels = groups_of(wiring, by_node)
        deep = sum(map(len, self._levels)) > most_groups
        made = scanned.Forward if deep else unrolled.Forward
        self.forward: Forward = made(wiring, kinds, self._levels, arguments)

    def backward(self, sweep: Sweep) -> Backward:
        """Plan a backward pass."""
        if isinstance(self.forward, scanned.Forward):
            return scanned.Backward(self._wiring, self.forward, sweep)
        return unrolled.Backward(self._wiring, self._levels, sweep)


class NanRule:
    """Takes the partials of a node away if it has no value although its tails have.

    1/x is not the derivative of a logarithm at −1.
    """

    def __init__(self, wiring: Wiring) -> None:
        """Lay out what belongs to what."""
        by_slot = wiring.nodes_of_slots()
        self.tables: tuple[Integers, ...] = (
            wiring.tails, by_slot[wiring.slots].astype(np.int32), by_slot.astype(np.int32)
        )  # fmt: skip

    def __call__(self, values: jax.Array, partials: jax.Array, tables: Any) -> jax.Array:  # noqa: ANN401
        """Give the partials; nothing is computed where all values are numbers."""

        def taken(values: jax.Array, partials: jax.Array) -> jax.Array:
            tails, heads, by_slot = tables
            missing = jnp.isnan(values)
            fed = jnp.zeros_like(missing).at[heads].max(missing[tails])
            return jnp.where((missing & ~fed)[by_slot], jnp.nan, partials)

        some = jnp.isnan(values).any()
        return jax.lax.cond(some, taken, lambda _, partials: partials, values, partials)
