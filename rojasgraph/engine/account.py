"""All numbers of a pass, laid out to be read: by node, slot and edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rojasgraph.engine.arrangement import Arrangement
from rojasgraph.engine.feeding import Feed, Shape
from rojasgraph.engine.halves import Halves, halves_of
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.passes import Outcome, Request, run
from rojasgraph.engine.seeding import Seeds
from rojasgraph.engine.store import Contents
from rojasgraph.engine.variants import Variant
from rojasgraph.engine.wiring import Floats, Integers


@dataclass(frozen=True)
class Account:
    """A pass, run so that every value and adjoint is kept.

    Attributes:
        contents: what the program is made of.
        variant: as the pass was run.
        feed: what the pass was fed.
        values: by node of the listing and example.
        outcomes: of the backward passes, one for each shape of outputs; none after a forward pass.
    """

    contents: Contents
    variant: Variant
    feed: Feed
    values: Floats
    outcomes: Sequence[Outcome]

    @property
    def listing(self) -> Listing:
        """The network."""
        return self.contents.listing

    @property
    def base(self) -> Arrangement:
        """The program's arrangement of it."""
        return self.contents.base

    @cached_property
    def weights(self) -> Floats:
        """The weights by edge of the program; by example too where they are batches."""
        store = self.contents.store
        weights = store.edge_weights(self.feed.fixed)[:, None]
        varying = np.concatenate([v.sources for v in self.feed.varying] or [np.empty(0, np.int64)])
        batches = np.isin(store.carriers, varying)
        if not batches.any():
            return weights
        table = np.repeat(weights, self.values.shape[1], axis=1)
        parameters = self.base.nodes[store.carriers[batches]]
        table[store.shared[batches]] = self.values[parameters]
        return table

    @cached_property
    def halves(self) -> Halves:
        """What came in at the slots, and the partials, by slot of the program."""
        values = self.values[self.base.nodes]
        return halves_of(self.base.wiring, values, self.weights, self.contents.store.arguments)

    @cached_property
    def shapes(self) -> list[Shape]:
        """By node of the listing, the shape of its value."""
        return self.variant.shapes(np.arange(len(self.listing.codes)), self.feed)


def account_of(contents: Contents, variant: Variant, feed: Feed, seeds: Sequence[Seeds]) -> Account:
    """Run a pass and keep everything."""
    everything = np.ones(contents.base.wiring.sources, np.bool_)
    nothing = np.empty(0, np.int64)

    def outcome(shape: Shape, seeded: Integers, values: Floats) -> Outcome:
        request = Request(shape, nothing, seeded, values, everything, whole=True)
        return run(variant, contents.store, feed, request)

    outcomes = [outcome(each.shape, each.nodes, each.values) for each in seeds]
    whole = next((o for o in outcomes if o.shape == feed.filled), None)
    if whole is None:
        whole = outcome(feed.filled, nothing, np.empty((0, 0), feed.fixed.dtype))
    assert whole.values is not None  # noqa: S101 - asked for
    return Account(contents, variant, feed, whole.values, outcomes)
