"""The numbers of a program that may change between passes: weights, parameters, arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.engine.arrangement import Arrangement, arguments_of
from rojasgraph.engine.listing import CONSTANT, PARAMETER, Listing
from rojasgraph.engine.wiring import Floats
from rojasgraph.errors import ArgumentError


class Store:
    """The numbers of a program, in the order of its arrangement.

    Attributes:
        version: counts how often `flat` was set.
        fixed: by source, the number that it carries; 0 for inputs and for batches.
        arrays: by source, the batch that a parameter or constant carries.
        weights: by edge, its own weight; 1 where it has none.
        arguments: as in `Task.arguments`.
        shared: the edges that share a parameter.
        carriers: by these edges, the parameter's number as a source.
        parameters: the parameters that carry one number.
        trainable: the edges whose weight learning may change.
    """

    def __init__(self, listing: Listing, arrangement: Arrangement, dtype: np.dtype[Any]) -> None:
        """Take the numbers of a listing."""
        self.version = 0
        with np.errstate(over="ignore"):  # beyond the largest float32 is infinity
            self._fill(listing, arrangement, dtype)

    def _fill(self, listing: Listing, arrangement: Arrangement, dtype: np.dtype[Any]) -> None:
        sources = arrangement.nodes[: arrangement.wiring.sources]
        carry = np.isin(listing.codes[sources], (PARAMETER, CONSTANT))
        self.fixed = np.where(carry, listing.values[sources], 0).astype(dtype)
        self.arrays: dict[int, Floats] = {
            int(arrangement.places[j]): batch.astype(dtype) for j, batch in listing.arrays.items()
        }
        self.weights = listing.weights[arrangement.edges].astype(dtype)
        self.arguments = arguments_of(listing, arrangement).astype(dtype)
        shared = listing.shared[arrangement.edges]
        self.shared = np.flatnonzero(shared >= 0)
        self.carriers = arrangement.places[shared[self.shared]]
        mine = np.flatnonzero(listing.codes[sources] == PARAMETER)
        self.parameters = mine[[int(k) not in self.arrays for k in mine]]
        self.trainable = np.flatnonzero(listing.trainable[arrangement.edges])

    @property
    def flat(self) -> Floats:
        """All that learning may change, as one vector: parameters, then trainable weights."""
        return np.concatenate([self.fixed[self.parameters], self.weights[self.trainable]])

    @flat.setter
    def flat(self, vector: Any) -> None:  # noqa: ANN401 - a user may hand us anything
        array = np.asarray(vector)
        count = len(self.parameters) + len(self.trainable)
        if array.shape != (count,) or array.dtype.kind not in "fiub":
            raise ArgumentError(
                f"the weights of this program are {count} real numbers, one vector; got an array "
                f"of shape {array.shape} and dtype {array.dtype}"
            )
        fixed, weights = self.fixed.copy(), self.weights.copy()
        with np.errstate(over="ignore"):
            fixed[self.parameters] = array[: len(self.parameters)]
            weights[self.trainable] = array[len(self.parameters) :]
        # both at once: what interrupts it leaves the old ones or the new ones
        self.fixed, self.weights, self.version = fixed, weights, self.version + 1

    def edge_weights(self, fixed: Floats) -> Floats:
        """Give the weights of all edges in a pass.

        Args:
            fixed: by source, its value in the pass.
        """
        if not len(self.shared):
            return self.weights
        weights = self.weights.copy()
        weights[self.shared] = fixed[self.carriers]
        return weights

    def gather(self, totals: Floats, gradients: Floats) -> None:
        """Add to the derivatives by parameters what the edges that share them contribute.

        Args:
            totals: by source; changed in place.
            gradients: by edge.
        """
        if len(self.shared):
            shares = gradients[self.shared]
            with np.errstate(all="ignore"):
                totals += np.bincount(self.carriers, shares, minlength=len(totals))


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a program is made of, besides its engine.

    Attributes:
        listing: the network, as it was given.
        base: the program's own arrangement of it.
        store: its numbers.
    """

    listing: Listing
    base: Arrangement
    store: Store
