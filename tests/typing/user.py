"""A user's file: what it writes with the public names must pass mypy."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

import rojasgraph as rg

x, t = rg.inputs("x t")
w, b = rg.parameter("w", 0.5), rg.parameter("b", -0.25)
o = rg.sigmoid(w * x + b).named("o")
net: rg.Network = rg.Network.from_expressions(rg.half_squared(o, t).named("E"))

values: dict[Hashable, Any] = net.feed_forward({"x": 2.0}, t=1.0)
gradient: rg.Gradient = net.backpropagate("E", seed=2.0, reduction="sum", strict=True)
slope: float = gradient["w"]
names: list[Hashable] = [*net.inputs, *net.parameters, *net.outputs]

parsed: rg.Expression = rg.parse("(y - (w*x + b))**2").named("L")
traced: rg.Network = rg.trace(lambda x, w: np.tanh(w * x) + x)
grown = rg.Network.from_topology(
    nx.gn_graph(50, seed=1), activation="tanh", rng=np.random.default_rng(0)
)
layers = rg.layered([2, 2, 1], activation="sigmoid", rng=np.random.default_rng(0))
wired = rg.randomly_wired("ws", 20, inputs=2)

built = rg.Network()
built.add_input("x")
built.add_constant("one", 1.0)
built.add_unit("h", "tanh", label="hidden")
key: int = built.add_edge("x", "h", weight=0.3)

swish: rg.Primitive = rg.primitive(
    "typed_swish",
    lambda xp, x, *, k=1: x / (1 + xp.exp(-k * x)),
    lambda xp, y, x, *, k=1: (k * y + (1 - k * y) / (1 + xp.exp(-k * x)) + 0 * x,),
    check=False,
)

for path in rg.paths(net, "w", "E"):
    product: Any = path.product
    visited: tuple[Hashable, ...] = path.nodes
paths: int = rg.count_paths(net, "w", "E")
best: list[rg.Path] = rg.top_paths(net, "w", "E", k=2)
labels: rg.Labels = rg.sweep(net, "E", algebra=rg.algebras.max_product)
bound: float = rg.conditioning(net, "E").bound
picture: Path = rg.render(net, "neuron.svg")
source: str = rg.draw(net).source

try:
    net.feed_forward()
except (rg.MissingValue, rg.DomainError, rg.GraphError) as error:
    message: str = str(error)

accumulated: rg.Jacobian = rg.jacobian(net, order="reverse", wrt=["w", "b"])
multiplications: int = rg.elimination_cost(net, "search", outputs="E", moves=10).multiplications
bent: rg.Hessian = rg.hessian(net, "E", wrt=["w", "b"])
diagonal: dict[Hashable, Any] = rg.hessian_diagonal(net, "E")
along: rg.Gradient = rg.hvp(net, {"w": 1.0}, "E")
terms: list[rg.Tripod] = list(rg.tripods(net, "w", "b", "E"))
