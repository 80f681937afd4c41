"""Outputs in the order that they were given in; a network lists them in the order of its nodes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from rojasgraph.network import Network


def with_outputs_in_order(net: Network, outputs: Iterable[Hashable]) -> Network:
    """Put the outputs of a network in an order.

    Args:
        net: the network; it is given back as it is where the order is right.
        outputs: the names of all its outputs.

    >>> net = Network()
    >>> _ = net.add_unit("a", "exp", output=True), net.add_unit("b", "exp", output=True)
    >>> with_outputs_in_order(net, ["b", "a"]).outputs
    ['b', 'a']
    """
    wanted = list(dict.fromkeys(outputs))
    if net.outputs == wanted:
        return net
    last = set(wanted)
    names = [name for name in net if name not in last] + wanted
    ordered = Network()
    ordered.add_nodes_from((name, net.nodes[name]) for name in names)
    for tail, head, key, attributes in net.edges(keys=True, data=True):
        ordered.add_edge(tail, head, key, **attributes)
    return ordered
