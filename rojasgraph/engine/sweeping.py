"""Where a backward pass goes: the nodes and edges with a path to what is seeded."""

from __future__ import annotations

import numpy as np

from rojasgraph.engine.levels import offsets, reached
from rojasgraph.engine.protocol import Sweep
from rojasgraph.engine.wiring import Integers, Truths, Wiring


def sweep_of(wiring: Wiring, seeded: Integers, wanted: Truths) -> Sweep:
    """Find where derivatives flow.

    Args:
        wiring: the network.
        seeded: the nodes that have a seed.
        wanted: by source, whether somebody asks for its adjoint.
    """
    heads = wiring.nodes_of_slots()[wiring.slots]
    passing = np.array([*(row.passes for row, _ in wiring.operations), True, True, True])
    passes = passing[wiring.codes][heads]
    if passes.all():
        live = reached(wiring.first_incoming(), wiring.tails, seeded)
    else:
        first = offsets(np.bincount(heads[passes], minlength=wiring.nodes))
        live = reached(first, wiring.tails[passes], seeded)
    carrying = live[heads] & passes
    kept = carrying.copy()
    if not wanted.all():
        unwanted = np.zeros(wiring.nodes, np.bool_)
        unwanted[: wiring.sources] = ~wanted
        kept &= ~unwanted[wiring.tails]
    complete = bool(kept.all())
    if complete:
        return Sweep(seeded, live, carrying, wiring.first_outgoing, wiring.outgoing, complete)
    outgoing = wiring.outgoing[kept[wiring.outgoing]]
    first = offsets(np.bincount(wiring.tails[outgoing], minlength=wiring.nodes))
    return Sweep(seeded, live, carrying, first, outgoing, complete)
