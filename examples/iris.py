"""The iris data through a 4-3-3 network, as one batch: every flower's labels, and the gradient.

All 150 flowers of Fisher's iris data are fed at once: arrays whose axis is the flower. Each label
on the graph is then an array too, with one entry for each flower; only the gradient of a weight,
which is the same number for all of them, is summed.

The gradient by each of the 27 weights is compared with the complex step: the error is computed
once more with the weight moved by 1e-200·i, and its imaginary part is the derivative, exact to
rounding. Then a few steps of gradient descent lower the error.

Source: Fisher (1936), as scikit-learn keeps it; the extended network: Rojas, Neural Networks
(1996), section 7.3; the complex step: Squire and Trapp (1998).

    python iris.py [FILE.svg]
"""

import sys

import numpy as np
from sklearn.datasets import load_iris

import rojasgraph as rg

# --- the data: measures of mean 0 and deviation 1; the target is 1 for the flower's own kind --

data = load_iris()
measures = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
targets = np.eye(3)[data.target]

# --- the network, extended by its error: E = ½(y1 − t1)² + ½(y2 − t2)² + ½(y3 − t3)² ----------

net = rg.layered([4, 3, 3], activation="sigmoid", rng=np.random.default_rng(0))
inputs, outputs = net.inputs, net.outputs
net.add_unit("E", "add")
for output, target, error in zip(outputs, ("t1", "t2", "t3"), ("e1", "e2", "e3"), strict=True):
    net.add_input(target)
    net.add_unit(error, "half_squared")
    net.add_edge(output, error, slot=0)
    net.add_edge(target, error, slot=1)
    net.add_edge(error, "E")

batch = dict(zip(inputs, measures.T, strict=True)) | {f"t{k + 1}": targets[:, k] for k in range(3)}

# --- both passes: every flower's labels are on the graph --------------------------------------

error = net.feed_forward(batch)["E"].sum()
gradient = net.backpropagate("E")
print(f"{len(measures)} flowers, {len(gradient.edges)} weights, error {error:.4f}")
print("\nUnit y1 and the edge to it from h1_1, for one flower of each kind")
print("flower  kind            value derivative    adjoint      delta   gradient")
unit, edge = net.nodes["y1"], net.edges["h1_1", "y1", 0]
for flower in (0, 50, 100):
    kind = data.target_names[data.target[flower]]
    row = unit["value"], unit["derivatives"][0], unit["adjoint"], unit["delta"][0], edge["gradient"]
    print(f"{flower:>6}  {kind:<10}", *(f"{label[flower]:10.4f}" for label in row))
assert all(label.shape == (150,) for label in row), "a label has one entry for each flower"
total = edge["gradient"].sum()
assert np.isclose(total, gradient.edges["h1_1", "y1", 0]), "the gradient is the sum"

# --- the batch gradient against the complex step ----------------------------------------------

worst = 0.0
for name, slope in gradient.edges.items():
    weight = net.edges[name]["weight"]
    net.edges[name]["weight"] = weight + 1e-200j
    by_step = net.feed_forward(batch)["E"].sum().imag / 1e-200
    net.edges[name]["weight"] = weight
    worst = max(worst, abs(slope - by_step) / max(1.0, abs(by_step)))
print(f"\nThe gradient differs from the complex step by at most {worst:.1e}")
assert worst <= 1e-12, "the gradient is not the complex step's"

# --- a few steps downhill ---------------------------------------------------------------------

print("\nGradient descent of rate 0.02: the error, and how many flowers are named rightly")
history = []
for step in range(101):
    history.append(net.feed_forward(batch)["E"].sum())
    if step % 25 == 0:
        named = np.argmax([net.nodes[y]["value"] for y in outputs], axis=0)
        print(f"  {step:>3}  {history[-1]:8.4f}  {(named == data.target).sum()}")
    for name, slope in net.backpropagate("E").edges.items():
        net.edges[name]["weight"] -= 0.02 * slope
assert all(np.diff(history) < 0), "a step raised the error"

if len(sys.argv) > 1:
    print("drawn:", rg.render(net, sys.argv[1]))
print("agrees")
