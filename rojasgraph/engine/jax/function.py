"""A network as a pure function of JAX whose reverse pass is backpropagation."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.arrangement import Arrangement
from rojasgraph.engine.failures import explained
from rojasgraph.engine.jax.passes import Passes, Plan
from rojasgraph.engine.listing import CONSTANT, Listing
from rojasgraph.engine.protocol import NodeFailure
from rojasgraph.engine.results import EdgeName, edge_names
from rojasgraph.engine.store import Store
from rojasgraph.engine.sweeping import sweep_of
from rojasgraph.engine.wiring import Integers
from rojasgraph.errors import ArgumentError, MissingValue

_SHOWN = 12
"""How many names an error lists."""

Run = Callable[[jax.Array, jax.Array], jax.Array]


class Places(NamedTuple):
    """Where what a function is fed belongs; in 32 bits, as JAX has them.

    Attributes:
        inputs: the inputs, among the sources.
        parameters: the parameters, among the sources.
        trainable: the edges whose weight learning may change.
        shared: the edges that share a parameter.
        carriers: by these edges, the parameter.
    """

    inputs: Integers
    parameters: Integers
    trainable: Integers
    shared: Integers
    carriers: Integers


class JaxFunction:
    """A network as a pure function of JAX; `rg.to_jax` makes one, and says how it is called.

    Attributes:
        inputs: the inputs' names, in the order of the last axis of what it is fed.
        outputs: the outputs' names, in the order of the last axis of what it gives.
        weights: what the network carries: its parameters, then the trainable weights of its edges.
        weight_names: what each of these is: a parameter's name, or an edge as (tail, head, key).
    """

    def __init__(
        self, listing: Listing, arrangement: Arrangement, outputs: Integers, *, loop: bool | None
    ) -> None:
        """Plan both passes, and try whether JAX can compute all rows.

        Args:
            listing: the network.
            arrangement: the same, arranged.
            outputs: the nodes whose values are wanted, as in the listing.
            loop: whether JAX gets a loop.

        Raises:
            GraphError: a row cannot be computed.
        """
        self._store = store = Store(listing, arrangement, np.dtype(np.float64))
        self._places = Places._make(
            each.astype(np.int32)
            for each in (arrangement.places[listing.inputs], store.parameters, store.trainable,
                         store.shared, store.carriers)
        )  # fmt: skip
        nodes = arrangement.nodes[store.parameters].tolist()
        edges = edge_names(listing, arrangement.edges[store.trainable])
        self.inputs: list[Hashable] = [listing.names[j] for j in listing.inputs.tolist()]
        self.outputs: list[Hashable] = [listing.names[j] for j in outputs.tolist()]
        self.weights = store.flat
        self.weight_names: list[Hashable | EdgeName] = [
            *(listing.names[j] for j in nodes),
            *edges,
        ]
        wiring, seeded = arrangement.wiring, arrangement.places[outputs].astype(np.int32)
        sweep = sweep_of(wiring, seeded, wiring.codes[: wiring.sources] != CONSTANT)
        plan = Plan(wiring, store.arguments, loop=loop)
        self._run = _differentiable(Passes(plan, sweep), seeded, wiring.sources)
        try:
            jax.eval_shape(self, self.weights, np.zeros(len(self.inputs)))
        except NodeFailure as failure:
            raise explained(listing, arrangement, failure) from None

    def __repr__(self) -> str:
        """Show how many inputs, outputs and weights there are."""
        return (
            f"<JAX function of {len(self.weights)} weights and {len(self.inputs)} inputs, "
            f"{len(self.outputs)} outputs>"
        )

    def __call__(self, weights: Any, inputs: Any) -> jax.Array:  # noqa: ANN401 - JAX's or numpy's
        """Compute the outputs.

        Args:
            weights: a vector; `f.weights` has the network's own.
            inputs: an array whose last axis is that of the inputs, or a mapping by their names.

        Returns:
            The outputs: the axes of examples, and last that of the outputs.

        Raises:
            ArgumentError: a shape or type does not fit, or a name is no input's.
            MissingValue: an input is not fed.
        """
        table = self._table(inputs)
        numbers = jnp.asarray(weights)
        if numbers.shape != self.weights.shape:
            raise ArgumentError(
                f"the weights of this network are a vector of {len(self.weights)}; got the shape "
                f"{numbers.shape}"
            )
        dtype = _float_type(numbers, table)
        examples = table.shape[:-1]
        size = len(self.inputs), math.prod(examples)
        columns = jnp.moveaxis(table.astype(dtype), -1, 0).reshape(size)
        values = self._run(*self._sources(numbers.astype(dtype), columns))
        return jnp.moveaxis(values.reshape(len(self.outputs), *examples), 0, -1)

    def _sources(self, numbers: jax.Array, columns: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Give the values of the sources by example, and the weights of all edges."""
        store, at, dtype = self._store, self._places, numbers.dtype
        count = len(at.parameters)
        fixed = jnp.asarray(store.fixed, dtype).at[at.parameters].set(numbers[:count])
        sources = jnp.broadcast_to(fixed[:, None], (len(store.fixed), columns.shape[1]))
        weights = jnp.asarray(store.weights, dtype).at[at.trainable].set(numbers[count:])
        weights = weights.at[at.shared].set(fixed[at.carriers])
        return sources.at[at.inputs].set(columns), weights

    def _table(self, inputs: Any) -> jax.Array:  # noqa: ANN401 - a user may hand us anything
        """Bring what is fed into an array whose last axis is that of the inputs."""
        if isinstance(inputs, Mapping):
            return self._stacked(inputs)
        table = jnp.asarray(inputs)
        if table.ndim < 1 or table.shape[-1] != len(self.inputs):
            raise ArgumentError(
                f"the last axis of the inputs has a place for each of {len(self.inputs)}: "
                f"{_shown(self.inputs)}; got the shape {table.shape}"
            )
        return table

    def _stacked(self, inputs: Mapping[Any, Any]) -> jax.Array:
        unknown = [name for name in inputs if name not in set(self.inputs)]
        if unknown:
            raise ArgumentError(
                f"{unknown[0]!r} is no input; the inputs are {_shown(self.inputs)} (parameters are "
                "weights)"
            )
        missing = [name for name in self.inputs if name not in inputs]
        if missing:
            raise MissingValue(f"no value for the inputs {_shown(missing)}")
        if not inputs:
            return jnp.zeros(0)
        try:
            return jnp.stack(jnp.broadcast_arrays(*(inputs[name] for name in self.inputs)), axis=-1)
        except ValueError as error:
            raise ArgumentError(f"the inputs do not fit together: {error}") from None


def _shown(names: list[Hashable]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{names[:_SHOWN]}{more}"


def _float_type(*arrays: jax.Array) -> np.dtype[Any]:
    """Choose the type to compute in; whole numbers become the default float."""
    dtype = jnp.result_type(*arrays)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        raise ArgumentError(f"weights and inputs are real numbers; got {dtype}")
    if not jnp.issubdtype(dtype, jnp.floating):
        dtype = jnp.result_type(float)
    return np.dtype(dtype)


def _differentiable(passes: Passes, outputs: Integers, sources: int) -> Run:
    """Join both passes to a function that JAX differentiates by the second."""

    def ahead(values: jax.Array, weights: jax.Array) -> tuple[jax.Array, Any]:
        kept = passes.ahead(values, weights, passes.tables)
        return kept.values[outputs], kept

    def back(kept: Any, seeds: jax.Array) -> tuple[jax.Array, jax.Array]:  # noqa: ANN401
        adjoints, slopes = passes.back(kept, seeds, passes.tables)
        return adjoints[:sources], slopes

    run = jax.custom_vjp(lambda values, weights: ahead(values, weights)[0])
    run.defvjp(ahead, back)
    return run
