"""A network as a pure function of JAX; JAX itself is imported when one is made."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rojasgraph.engine.arrangement import arrange
from rojasgraph.engine.reading import Origin
from rojasgraph.engine.registry import ENGINES, installed
from rojasgraph.engine.seeding import output_node
from rojasgraph.errors import ArgumentError, MissingDependency
from rojasgraph.network import Network

if TYPE_CHECKING:
    from rojasgraph.engine.jax.function import JaxFunction


def to_jax(
    net: Network, outputs: Sequence[Hashable] | None = None, *, loop: bool | None = None
) -> JaxFunction:
    """Make a pure JAX function of a network: for `jax.jit`, `jax.grad`, `jax.vmap`, sharding.

    It is called as `f(weights, inputs)`:

    - `weights` is a vector of all that learning may change, in the order of `f.weight_names`:
      the parameters, then the trainable weights of edges. `f.weights` has the network's own.
      Whatever else the network holds (other weights, constants, arguments) is part of the function.
    - `inputs` is an array whose last axis has a place for each input, in the order of `f.inputs`;
      its other axes are examples. Or a mapping from the inputs' names to arrays, which are
      broadcast against each other.
    - it gives an array with the same axes of examples; its last axis has a place for each output,
      in the order of `f.outputs`.

    It computes in the floating type of what it is given. JAX makes float32 of float64 unless
    `jax.config.update("jax_enable_x64", True)` was said: then both types are kept.

    The reverse pass is not JAX's: it is backpropagation by hand, level by level, with the
    partials of the primitives' own rows and their conventions at kinks. So `jax.grad`,
    `jax.vjp`, `jax.jacrev` and `jax.hessian` work; forward mode alone (`jax.jvp`, `jax.jacfwd`)
    is refused by JAX, as for any function with a reverse pass of its own.

    Args:
        net: the network.
        outputs: names of the nodes whose values are wanted; default the network's outputs. A node
            without a path to one of them takes no part in the reverse pass.
        loop: True: JAX compiles one small step and loops over all of them, in a second or so for
            any size. False: it compiles each level by itself, which takes tenths of a second for
            each; for accelerators, on which a step should be large. None chooses False for some
            few levels or fully connected layers, else True.

    Returns:
        The function, with `weights`, `weight_names`, `inputs` and `outputs`. It does not change
        with the network.

    Raises:
        GraphError: the network breaks the graph contract; an output is no node; a parameter or
            constant carries a batch; a primitive cannot be computed by JAX. The message names the
            node.
        MissingValue: a parameter or constant carries no value.
        MissingDependency: JAX is not installed (`pip install 'rojasgraph[jax]'`).

    Source: the two passes: Rojas, Neural Networks (1996), chapter 7.

    >>> from rojasgraph.expressions import inputs, parameter
    >>> net = Network.from_expressions(((inputs("x") * parameter("w", 0.5)) ** 2).named("E"))
    >>> f = to_jax(net)
    >>> f.inputs, f.outputs, f.weight_names, f.weights
    (['x'], ['E'], ['w'], array([0.5]))
    >>> import jax
    >>> E = jax.jit(lambda weights, x: f(weights, x)[..., 0].sum())
    >>> gradient = jax.grad(E)(f.weights, np.array([[2.0], [4.0]]))
    >>> gradient.tolist()
    [20.0]
    """
    if not isinstance(net, Network):
        raise ArgumentError(
            f"to_jax takes a Network; got a {type(net).__name__}: rg.Network(graph) makes one"
        )
    if not installed(ENGINES["jax"]):
        raise MissingDependency("to_jax needs jax: pip install 'rojasgraph[jax]'")
    listing = Origin(net).listing()
    for j in listing.arrays:
        raise ArgumentError(
            f"node {listing.names[j]!r} carries a batch; a JAX function has one number for each "
            "parameter and constant: make it an input"
        )
    if outputs is None:
        nodes = listing.outputs
    elif isinstance(outputs, list | tuple) and outputs:
        nodes = np.array([output_node(listing, name) for name in outputs], np.int64)
    else:
        raise ArgumentError(f"outputs must be a list of node names, at least one; got {outputs!r}")
    from rojasgraph.engine.jax.function import JaxFunction

    return JaxFunction(listing, arrange(listing), nodes, loop=loop)
