"""Sums of products with parameters become units with weighted edges, as Rojas draws them."""

from __future__ import annotations

from collections.abc import Hashable

from rojasgraph.contract import is_automatic_name
from rojasgraph.network import Network


def with_weighted_edges(net: Network) -> Network:
    """Replace each product of a parameter within a sum by an edge that the parameter weights.

    A node `add` over w₁·x₁, w₂·x₂, … is left with edges from x₁, x₂, … that share the weights w₁,
    w₂, …: the same values and gradients with a node less for each term. Products that have a name,
    are outputs, or feed something else stay.

    Args:
        net: the network; it is changed.

    Returns:
        The same network.

    >>> from rojasgraph.expressions import inputs, parameter
    >>> x, w = inputs("x"), parameter("w", 2.0)
    >>> net = with_weighted_edges(Network.from_expressions((w * x + 1).named("y")))
    >>> list(net.edges(data=True))
    [('x', 'y', {'slot': 0, 'parameter': 'w'}), ('constant2', 'y', {'slot': 0})]
    """
    for name in list(net):
        if is_automatic_name(name, "mul") and (parts := _weighted(net, name)):
            tail, parameter, head = parts
            net.remove_node(name)
            net.add_edge(tail, head, slot=0, parameter=parameter)
    return net


def _weighted(net: Network, name: Hashable) -> tuple[Hashable, Hashable, Hashable] | None:
    """Give a product's other factor, its parameter, and the sum that it goes to; None if none."""
    node = net.nodes[name]
    if node["op"] != "mul" or net.out_degree(name) != 1 or node.get("output"):
        return None
    ((_, head),) = net.out_edges(name)
    if net.nodes[head]["op"] != "add":
        return None
    first, second = (tail for tail, _ in net.in_edges(name))
    for parameter, tail in ((second, first), (first, second)):
        if net.nodes[parameter]["op"] == "parameter":
            return tail, parameter, head
    return None
