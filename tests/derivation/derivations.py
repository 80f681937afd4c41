"""The derivations that golden files hold: three networks that are worked out by hand in courses."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import rojasgraph as rg

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "blog_network.json").read_text(encoding="utf-8")
)
POINT = {
    name: Fraction(value["exact"])
    for name, value in REFERENCE["numeric_instances"][0]["inputs"].items()
}


def blog_network() -> rg.Derivation:
    """Derive the squared error of the 1-1-2-1 network of the blog note."""
    x, y = rg.inputs("x y")
    w = {name: rg.parameter(name, POINT[name]) for name in REFERENCE["parameters"]}
    hidden = w["w1_11"] * x + w["b1_1"]
    first, second = w["w2_11"] * hidden + w["b2_1"], w["w2_21"] * hidden + w["b2_2"]
    f = w["w3_11"] * first + w["w3_12"] * second + w["b3_1"]
    net = rg.Network.from_expressions(rg.square(y + (-f)))
    return rg.explain(net, at={name: POINT[name] for name in "xy"})


def xor_network() -> rg.Derivation:
    """Derive the output of the two-unit XOR network by its five weights."""
    net = rg.Network()
    net.add_input("x")
    net.add_input("y")
    net.add_unit("h", "sigmoid")
    net.add_unit("o", "sigmoid")
    edges = [
        ("x", "h", 0.5),
        ("y", "h", -0.25),
        ("x", "o", 1.25),
        ("h", "o", -1.5),
        ("y", "o", 0.75),
    ]
    for k, (tail, head, weight) in enumerate(edges, start=1):
        net.add_edge(tail, head, weight=weight, label=f"w{k}")
    return rg.explain(net, at={"x": 1.0, "y": 0.5})


def sigmoid_network() -> rg.Derivation:
    """Derive the error of a 2-2-1 network of sigmoids, weights 1/8, 2/8, …."""
    net = rg.layered([2, 2, 1])
    for k, (_, _, edge) in enumerate(net.edges(data=True), start=1):
        edge["weight"] = k / 8
    net.add_input("t")
    net.add_unit("E", "half_squared")
    net.add_edge("y1", "E", slot=0)
    net.add_edge("t", "E", slot=1)
    return rg.explain(net, "E", at={"x1": 1.0, "x2": 0.5, "t": 1.0})


DERIVATIONS = {
    "blog_network": blog_network,
    "xor_network": xor_network,
    "sigmoid_network": sigmoid_network,
}
