"""Say at which node a row failed."""

from __future__ import annotations

from rojasgraph.engine.arrangement import Arrangement
from rojasgraph.engine.listing import Listing
from rojasgraph.engine.protocol import NodeFailure
from rojasgraph.errors import ArgumentError, DomainError


def explained(listing: Listing, arrangement: Arrangement, failure: NodeFailure) -> Exception:
    """Make the error that names the node and what was wrong there.

    Args:
        listing: the network.
        arrangement: as the engine has it.
        failure: of the engine.
    """
    j = int(arrangement.nodes[failure.args[0]])
    name, cause = listing.names[j], failure.__cause__
    if isinstance(cause, DomainError | ArgumentError):
        return type(cause)(f"node {name!r}: {cause}")
    row = listing.operations[int(listing.codes[j])].row
    return ArgumentError(
        f"node {name!r}: {row.name} cannot be computed on arrays: {cause} (a row branches by "
        "xp.where and computes with the functions of xp)"
    )
