"""The networks whose pictures are looked at and compared: small ones and a wired one."""

from __future__ import annotations

import networkx as nx
import numpy as np

import rojasgraph as rg


def labeled(net, **fed):
    """Label a network by both passes, from all its outputs."""
    net.feed_forward(fed)
    net.backpropagate(net.outputs)
    return net


def blog():
    """Build the 1-1-2-1 network with its loss, operation by operation."""
    x, y = rg.inputs("x y")
    w1, b1, w21, b21 = (
        rg.parameter(n, v)
        for n, v in zip(["w1", "b1", "w21", "b21"], (0.5, 0.1, -0.3, 0.2), strict=True)
    )
    w22, b22, w31, w32 = (
        rg.parameter(n, v)
        for n, v in zip(["w22", "b22", "w31", "w32"], (0.8, -0.4, 1.5, 0.7), strict=True)
    )
    hidden = (w1 * x + b1).named("l")
    h, i = (w21 * hidden + b21).named("h"), (w22 * hidden + b22).named("i")
    d = (w31 * h + w32 * i + rg.parameter("b3", -0.2)).named("d")
    return labeled(rg.Network.from_expressions(((y - d) ** 2).named("L")), x=2.0, y=1.0)


def xor():
    """Build units with weighted edges, two hidden and one output, with the error."""
    net = rg.layered([2, 2, 1], activation="sigmoid", rng=np.random.default_rng(0))
    net.add_input("t")
    net.add_unit("E", "half_squared", output=True)
    net.nodes[net.outputs[0]].pop("output", None)
    net.add_edge("y1", "E", slot=0)
    net.add_edge("t", "E", slot=1)
    for node, data in net.nodes(data=True):
        if node != "E":
            data.pop("output", None)
    return labeled(net, x1=1.0, x2=0.0, t=1.0)


def fan_out():
    """Build a unit that feeds six others."""
    graph = nx.DiGraph([("x", "h")] + [("h", f"o{i}") for i in range(6)])
    rng = np.random.default_rng(3)
    return labeled(rg.Network.from_topology(graph, activation="tanh", rng=rng), x=0.5)


def square():
    """Build x·x: two edges between the same two nodes."""
    return labeled(rg.Network.from_expressions(rg.parse("x*x").named("y")), x=-3.0)


def shared():
    """Build a chain of units with one weight."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 0.7)
    for tail, head in [("x", "h1"), ("h1", "h2"), ("h2", "h3")]:
        net.add_unit(head, "tanh")
        net.add_edge(tail, head, parameter="w")
    return labeled(net, x=1.5)


def wired():
    """Wire 200 units at random."""
    net = rg.randomly_wired("watts_strogatz", 200, rng=np.random.default_rng(1))
    return labeled(net, **dict.fromkeys(net.inputs, 0.3))


SMALL = {"blog": blog, "xor": xor, "fan_out": fan_out, "square": square, "shared": shared}
NETWORKS = {**SMALL, "wired": wired}
