"""What a backward pass starts from: seeds by output, sorted by the shape of the outputs."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.engine.feeding import Feed, Shape, real_number
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.variants import Variant
from rojasgraph.engine.wiring import Floats, Integers
from rojasgraph.errors import ArgumentError
from rojasgraph.order import is_hashable


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """Nodes whose values have one shape, and their seeds.

    Attributes:
        shape: of the values.
        nodes: as in the listing.
        values: by node and example.
    """

    shape: Shape
    nodes: Integers
    values: Floats


def seeds_of(
    listing: Listing,
    variant: Variant,
    feed: Feed,
    outputs: Any,  # noqa: ANN401 - a node name is any hashable
    seed: Any,  # noqa: ANN401 - a user may hand us anything
) -> list[Seeds]:
    """Read what a backward pass starts from.

    Args:
        listing: the network.
        variant: as the pass runs it.
        feed: what it is fed.
        outputs: a node's name, a list of names, a mapping from names to seeds, or None.
        seed: of each output; or an array whose last axis has one place for each output.

    Raises:
        ArgumentError: an output is no node, several are possible, or a seed does not fit.
    """
    if outputs is None and len(listing.outputs) != 1:
        return _matrix(listing, variant, feed, seed)
    given = _given(listing, outputs, seed)
    nodes = np.array([output_node(listing, name) for name in given], np.int64)
    shapes = variant.shapes(nodes, feed)
    found: dict[Shape, list[int]] = {}
    for i, shape in enumerate(shapes):
        found.setdefault(shape, []).append(i)
    starts, names, dtype = list(given.values()), list(given), feed.fixed.dtype
    return [
        Seeds(
            shape,
            nodes[places],
            _table([names[i] for i in places], [starts[i] for i in places], shape, dtype),
        )
        for shape, places in found.items()
    ]


def _table(
    names: Sequence[Hashable], starts: Sequence[Any], shape: Shape, dtype: np.dtype[Any]
) -> Floats:
    """Lay out seeds by output and example; one that all share is not repeated in memory."""
    if all(start is starts[0] for start in starts):
        row = _fitted(names[0], starts[0], shape, dtype)
        return row[None] if len(names) == 1 else np.broadcast_to(row, (len(names), len(row)))
    pairs = zip(names, starts, strict=True)
    return np.stack([_fitted(name, start, shape, dtype) for name, start in pairs])


def _given(listing: Listing, outputs: Any, seed: Any) -> dict[Hashable, Any]:  # noqa: ANN401
    if outputs is None:
        return {listing.names[int(listing.outputs[0])]: seed}
    if isinstance(outputs, Mapping):
        given = dict(outputs)
    else:
        names = outputs if isinstance(outputs, list) else [outputs]
        if not all(map(is_hashable, names)):
            raise ArgumentError(
                f"outputs must be a node name, a list of names or {{name: seed}}; got {outputs!r}"
            )
        given = dict.fromkeys(names, seed)
    if not given:
        raise ArgumentError(f"name at least one output; got {outputs!r}")
    return given


def output_node(listing: Listing, name: Hashable) -> int:
    """Find a node that was named as an output.

    Raises:
        ArgumentError: no node has this name.
    """
    j = listing.names.number(name)
    if j is None:
        outputs = [listing.names[j] for j in listing.outputs[:12].tolist()]
        raise ArgumentError(f"output {name!r} is no node; the outputs are {outputs}")
    return j


def _fitted(name: Hashable, start: Any, shape: Shape, dtype: np.dtype[Any]) -> Floats:  # noqa: ANN401
    """Broadcast a seed to its output's shape, laid out flat."""
    try:
        with np.errstate(over="ignore"):
            number = np.asarray(real_number(start), dtype)
    except TypeError as error:
        raise ArgumentError(f"the seed of output {name!r} is no real number: {error}") from None
    if number.shape == shape:
        return number.reshape(-1)
    try:
        return np.broadcast_to(number, shape).reshape(-1)
    except ValueError:
        raise ArgumentError(
            f"the seed of output {name!r} has shape {number.shape}, its value {shape}"
        ) from None


def _matrix(listing: Listing, variant: Variant, feed: Feed, seed: Any) -> list[Seeds]:  # noqa: ANN401
    """Read the seeds of all outputs from an array."""
    nodes = listing.outputs
    names = [listing.names[j] for j in nodes[:12].tolist()]
    array = np.asarray(seed)
    if array.ndim == 0:
        more = "" if len(nodes) == len(names) else ", …"
        raise ArgumentError(
            f"name the output: the network has {len(nodes)}: {names}{more}; or give a seed with "
            "one column for each"
        )
    shapes = set(variant.shapes(nodes, feed))
    wanted = (*feed.shape, len(nodes))
    if array.dtype.kind not in "fiub" or len(shapes) != 1 or array.shape[-1:] != wanted[-1:]:
        raise ArgumentError(
            f"a seed for all outputs has one column for each of {len(nodes)}, and these depend on "
            f"the same batches; got an array of shape {array.shape}, dtype {array.dtype}, for "
            f"outputs of the shapes {sorted(shapes)}"
        )
    try:
        full = np.broadcast_to(array, wanted)
    except ValueError:
        raise ArgumentError(f"the seed has the shape {array.shape}, not {wanted}") from None
    flat = full.reshape(math.prod(feed.shape), len(nodes))
    return [Seeds(feed.shape, nodes, np.ascontiguousarray(flat.T, feed.fixed.dtype))]
