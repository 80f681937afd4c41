"""A worked example that many have followed by hand: 2-2-2 sigmoid units, one pattern.

Inputs 0.05 and 0.10, targets 0.01 and 0.99, eight weights that learn, two biases that do not, half
squared error, gradient descent of rate ½. Its published numbers: the error 0.298371109 before, the
eight weights after one step, and the error 3.5101878e-5 after 10,000 steps.

Source: M. Mazur, A step by step backpropagation example (2015).

    python worked_sigmoid.py
"""

import numpy as np

import rojasgraph as rg

net = rg.Network()
for name in ("i1", "i2"):
    net.add_input(name)
net.add_constant("one", 1.0)
for name in ("h1", "h2", "o1", "o2"):
    net.add_unit(name, "sigmoid")
weights = {
    ("i1", "h1"): 0.15, ("i2", "h1"): 0.20, ("i1", "h2"): 0.25, ("i2", "h2"): 0.30,
    ("h1", "o1"): 0.40, ("h2", "o1"): 0.45, ("h1", "o2"): 0.50, ("h2", "o2"): 0.55,
}  # fmt: skip
for edge, weight in weights.items():
    net.add_edge(*edge, weight=weight, trainable=True)
for head, bias in {"h1": 0.35, "h2": 0.35, "o1": 0.60, "o2": 0.60}.items():
    net.add_edge("one", head, weight=bias)  # not trainable: it stays

example = {"inputs": [[0.05, 0.10]], "targets": [[0.01, 0.99]], "progress": False}
first = rg.train(net, **example, optimizer=rg.GradientDescent(0.5), epochs=1)
print(f"error before: {first.losses[0]:.9f}")
print("weights after one step:")
published = [0.14978072, 0.19956143, 0.24975114, 0.29950229,
             0.35891648, 0.40866619, 0.51130127, 0.56137012]  # fmt: skip
for edge, number in zip(weights, published, strict=True):
    found = net.edges[(*edge, 0)]["weight"]
    print(f"  {edge[0]} → {edge[1]}: {found:.8f}")
    assert abs(found - number) < 6e-9, edge

rest = rg.train(net, **example, optimizer=rg.GradientDescent(0.5), epochs=9999)
print(f"error after 10,000 steps: {rest.final:.7e}")
assert np.isclose(first.losses[0], 0.298371109, atol=5e-10)
assert np.isclose(rest.final, 3.5101878e-5, atol=5e-13)
print("agrees: the error before, the eight weights, the error after")
