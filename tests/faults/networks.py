"""The networks that the faults befall."""

import rojasgraph as rg


def branched():
    """Build a network with a shared weight, a weighted edge and two paths; outputs y and z."""
    x, w = rg.inputs("x"), rg.parameter("w", 0.5)
    net = rg.Network.from_expressions((rg.square(w * x) * x).named("y"))
    net.add_unit("z", "square", output=True)
    net.add_edge("x", "z", weight=2.0, trainable=True)
    net.add_edge("y", "z", parameter="w")
    return net
