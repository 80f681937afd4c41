"""Both passes of a network as pure functions of JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax import scanned, unrolled
from rojasgraph.engine.jax.kinds import Group, groups_of, kinds_of
from rojasgraph.engine.jax.slopes import Slopes
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Block, Floats, Integers, Wiring

_FEW, _FEW_OF_BLOCKS = 12, 200
"""Up to how many groups of nodes XLA gets one by one: it compiles each for tenths of a second.
Where most edges are in fully connected parts, whose products are worth it, there may be more."""


class Forward(Protocol):
    """A forward pass; `tables` are the arrays that it shall be called with."""

    tables: Any

    def __call__(
        self,
        sources: jax.Array,
        weights: jax.Array,
        tables: Any,  # noqa: ANN401
        /,
    ) -> tuple[jax.Array, jax.Array]:
        """Compute values by node and partials by slot, both by example."""


class Backward(Protocol):
    """A backward pass; `tables` are the arrays that it shall be called with.

    Attributes:
        blocks: the blocks that it takes as products of matrices.
    """

    tables: Any
    blocks: Sequence[Block]

    def __call__(
        self,
        partials: jax.Array,
        weights: jax.Array,
        seeds: jax.Array,
        tables: Any,  # noqa: ANN401
        /,
    ) -> tuple[jax.Array, jax.Array]:
        """Compute adjoints by node and deltas by slot, both by example."""


class Kept(NamedTuple):
    """What the backward pass needs of the forward pass: by node, slot and edge, and by example."""

    values: jax.Array
    partials: jax.Array
    weights: jax.Array


class NanRule:
    """Takes the partials of a node away if it has no value although no operand is missing.

    1/x is not the derivative of a logarithm at −1.
    """

    def __init__(self, wiring: Wiring) -> None:
        """Lay out what belongs to what."""
        by_slot = wiring.nodes_of_slots().astype(np.int32)
        self.tables: tuple[Integers, ...] = (wiring.tails, by_slot[wiring.slots], by_slot)

    def __call__(self, kept: Kept, tables: Any) -> jax.Array:  # noqa: ANN401
        """Give the partials; nothing is computed where all values are numbers."""
        values, partials, weights = kept

        def taken(values: jax.Array, partials: jax.Array) -> jax.Array:
            tails, heads, by_slot = tables
            missing = jnp.isnan(values)
            operands = missing[tails] | jnp.isnan(weights)[:, None]
            fed = jnp.zeros_like(missing).at[heads].max(operands)
            return jnp.where((missing & ~fed)[by_slot], jnp.nan, partials)

        some = jnp.isnan(values).any()
        found: jax.Array = jax.lax.cond(some, taken, lambda _, kept: kept, values, partials)
        return found


class Plan:
    """A network with these arguments, made ready for its passes.

    Attributes:
        wiring: the network.
        forward: the forward pass.
    """

    def __init__(self, wiring: Wiring, arguments: Floats, *, loop: bool | None = None) -> None:
        """Plan the forward pass.

        Args:
            wiring: the network.
            arguments: of all nodes.
            loop: whether XLA gets a loop over small steps, or the groups of nodes one by one;
                None: as it compiles fast.
        """
        self.wiring = wiring
        kinds, by_node = kinds_of(wiring, arguments)
        self._levels = groups_of(wiring, by_node)
        if loop is None:
            loop = _is_deep(wiring, self._levels)
        made = scanned.Forward if loop and kinds else unrolled.Forward
        self.forward: Forward = made(wiring, kinds, self._levels, arguments)

    def backward(self, sweep: Sweep) -> Backward:
        """Plan the backward pass of a sweep."""
        if isinstance(self.forward, scanned.Forward):
            return scanned.Backward(self.wiring, sweep)
        return unrolled.Backward(self.wiring, self._levels, sweep)


def _is_deep(wiring: Wiring, levels: Sequence[Sequence[Group]]) -> bool:
    """Tell whether there are too many groups to compile each."""
    in_blocks = sum(block.edges.stop - block.edges.start for block in wiring.blocks)
    most = _FEW_OF_BLOCKS if 2 * in_blocks > wiring.edges else _FEW
    return sum(map(len, levels)) > most


class Passes:
    """Both passes of a network in one sweep; functions of arrays alone.

    Attributes:
        tables: the arrays that they shall be called with.
    """

    def __init__(self, plan: Plan, sweep: Sweep) -> None:
        """Plan the backward pass."""
        self._forward = plan.forward
        self._rule = NanRule(plan.wiring)
        self._backward = plan.backward(sweep)
        self._slopes = Slopes(plan.wiring, sweep, self._backward.blocks)
        parts = (self._forward, self._rule, self._backward, self._slopes)
        self.tables = tuple(part.tables for part in parts)

    def ahead(self, sources: jax.Array, weights: jax.Array, tables: Any) -> Kept:  # noqa: ANN401
        """Compute values and partials.

        Args:
            sources: values by source and example.
            weights: by edge.
            tables: what `self.tables` has.
        """
        values, partials = self._forward(sources, weights, tables[0])
        kept = Kept(values, partials, weights)
        return kept._replace(partials=self._rule(kept, tables[1]))

    def back(self, kept: Kept, seeds: jax.Array, tables: Any) -> tuple[jax.Array, jax.Array]:  # noqa: ANN401
        """Compute the adjoints by node and example, and by edge the derivatives by the weights.

        Args:
            kept: what `ahead` gave.
            seeds: by seeded node and example.
            tables: what `self.tables` has.
        """
        adjoints, deltas = self._backward(kept.partials, kept.weights, seeds, tables[2])
        return adjoints, self._slopes(kept.values, deltas, tables[3])
