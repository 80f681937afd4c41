"""A network made ready for an engine; and once more for each choice of weights that are batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rojasgraph.engine.arrangement import Arrangement, arrange
from rojasgraph.engine.expansion import expanded
from rojasgraph.engine.feeding import Feed, Shape, Varying
from rojasgraph.engine.levels import laid_out, reached
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.protocol import Engine, Sweep
from rojasgraph.engine.recent import Recent
from rojasgraph.engine.store import Store
from rojasgraph.engine.sweeping import sweep_of
from rojasgraph.engine.wiring import Floats, Integers, Truths, Wiring


class Variant:
    """A network made ready for an engine.

    Nodes and edges are given and returned as the program numbers them: nodes as in the listing,
    edges and sources as in the program's own arrangement. Where the network was expanded, its
    arrangement is another one.

    Attributes:
        arrangement: of the network, as the engine has it.
        engine: made from it.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        engine: Engine,
        base: Arrangement,
        products: Integers,
        arguments: Integers,
    ) -> None:
        """Keep the engine, and how edges here and in the program correspond.

        Args:
            arrangement: of the network as the engine has it.
            engine: made from it.
            base: the program's own arrangement.
            products: the edges of the listing that were written as products.
            arguments: the order in which this arrangement wants the program's arguments.
        """
        self.arrangement = arrangement
        self.engine = engine
        self._base = base
        self._products = products
        self._arguments = arguments
        self._sweeps = Recent()
        self._reaches = Recent()

    @property
    def _is_base(self) -> bool:
        return self.arrangement is self._base

    # --- shapes -------------------------------------------------------------------------------

    def reach(self, varying: Varying) -> Truths:
        """Mark the nodes of the listing that some varying sources reach."""

        def compute() -> Truths:
            wiring = self.arrangement.wiring
            heads = wiring.nodes_of_slots()[wiring.slots[wiring.outgoing]]
            found = reached(wiring.first_outgoing, heads, varying.sources)
            return found[self.arrangement.places]

        found: Truths = self._reaches.of(varying.sources.tobytes(), compute)
        return found

    def shapes(self, nodes: Integers, feed: Feed) -> list[Shape]:
        """Give the shapes of nodes' values: what the batches that reach them broadcast to."""
        if not feed.varying:
            return [()] * len(nodes)
        if len(feed.varying) == 1 and self.reach(feed.varying[0])[nodes].all():
            return [feed.shape] * len(nodes)
        marks = [(varying.shape, self.reach(varying)[nodes].tolist()) for varying in feed.varying]
        return [
            np.broadcast_shapes(*(shape for shape, mark in marks if mark[i]))
            for i in range(len(nodes))
        ]

    # --- passes -------------------------------------------------------------------------------

    def sweep(self, nodes: Integers, wanted: Truths) -> Sweep:
        """Give where a backward pass from some nodes goes; one object for each."""
        seeded = self.arrangement.places[nodes]
        key = (seeded.tobytes(), wanted.tobytes())
        found: Sweep = self._sweeps.of(
            key, lambda: sweep_of(self.arrangement.wiring, seeded, wanted)
        )
        return found

    def weights(self, store: Store, fixed: Floats) -> Floats:
        """Give the weights of all edges in a pass."""
        weights = store.edge_weights(fixed)
        if self._is_base:
            return weights
        count = len(self._base.edges)
        listed = np.ones(len(self.arrangement.edges), weights.dtype)
        listed[:count][self._base.edges] = weights
        listed[self._products] = 1
        return listed[self.arrangement.edges]

    def arguments(self, store: Store) -> Floats:
        """Give the arguments of all nodes, in the order of this arrangement."""
        return store.arguments if self._is_base else store.arguments[self._arguments]

    def gradients(self, found: Floats) -> Floats:
        """Bring the derivatives by weights to the program's own order."""
        if self._is_base:
            return found
        listed = np.empty_like(found)
        listed[self.arrangement.edges] = found
        listed[self._products] = 0
        return listed[self._base.edges]

    def by_node(self, found: Any) -> Any:  # noqa: ANN401 - an array of any type
        """Bring an array by node to the order of the listing."""
        return found[self.arrangement.places[: len(self._base.nodes)]]


class Variants:
    """The variants of one program: made when they are first needed.

    Attributes:
        base: the network as it is.
    """

    def __init__(self, listing: Listing, make: Callable[[Wiring], Engine]) -> None:
        """Arrange the network and make its engine.

        Args:
            listing: the network.
            make: makes an engine.

        Raises:
            CycleError: there is a cycle.
        """
        self._listing = listing
        self._make = make
        arrangement = arrange(listing)
        none = np.empty(0, np.int64)
        self.base = Variant(arrangement, make(arrangement.wiring), arrangement, none, none)
        self._expanded = Recent()

    def of(self, feed: Feed, store: Store) -> Variant:
        """Choose the variant for a feed: weights that are batches are written as products."""
        if not len(store.shared) or not feed.varying:
            return self.base
        batches = np.concatenate([varying.sources for varying in feed.varying])
        shared = store.shared[np.isin(store.carriers, batches)]
        if not len(shared):
            return self.base
        products = np.sort(self.base.arrangement.edges[shared])

        def compute() -> Variant:
            listing, base = expanded(self._listing, products), self.base.arrangement
            arrangement = arrange(listing)
            where = np.argsort(laid_out(self._listing.first_argument, base.nodes))
            arguments = where[laid_out(listing.first_argument, arrangement.nodes)]
            engine = self._make(arrangement.wiring)
            return Variant(arrangement, engine, base, products, arguments)

        found: Variant = self._expanded.of(products.tobytes(), compute)
        return found
