"""Sweeps over path algebras with numpy: a level at a time, and in it the nth edges of all nodes."""

from __future__ import annotations

import numpy as np

from rojasgraph.engine.algebra_code import element_of, parts_of
from rojasgraph.engine.levels import offsets
from rojasgraph.engine.routes import Routes
from rojasgraph.engine.wiring import Floats, Truths
from rojasgraph.semirings import Algebra


def sweep_by_levels(
    algebra: Algebra, routes: Routes, live: Truths, output: int, factors: Floats | None
) -> Floats:
    """Sweep back over an algebra, for all examples at once.

    Args:
        algebra: over arrays.
        routes: what paths take.
        live: by node, whether a path leads to the output.
        output: the node.
        factors: by route and example, the derivatives; None for a structural algebra.

    Returns:
        By node, example and part, the elements.
    """
    wiring = routes.wiring
    examples = 1 if factors is None else factors.shape[1]
    found = np.empty((wiring.nodes, examples, algebra.width))
    found[:] = parts_of(algebra.zero)
    found[output] = parts_of(algebra.one)
    order = routes.by_tail
    going = live[routes.heads]
    if not algebra.structural:
        going &= routes.passing[routes.heads]
    order = order[going[order]]
    first = offsets(np.bincount(routes.tails[order], minlength=wiring.nodes))
    degree = np.diff(first)
    bounds = wiring.first_node
    for level in reversed(range(len(bounds) - 1)):
        nodes = np.arange(bounds[level], bounds[level + 1])
        nodes = nodes[np.argsort(-degree[nodes], kind="stable")]
        for nth in range(int(degree[nodes].max(initial=0))):
            here = nodes[: int((degree[nodes] > nth).sum())]
            taken = order[first[here] + nth]
            label = found[routes.heads[taken]]
            before = element_of(algebra, tuple(np.moveaxis(found[here], -1, 0)))
            after = element_of(algebra, tuple(np.moveaxis(label, -1, 0)))
            factor = algebra.lift(None if factors is None else factors[taken])
            joined = algebra.plus(before, algebra.times(factor, after))
            for part, numbers in enumerate(parts_of(joined)):
                found[here, :, part] = numbers
    return found
