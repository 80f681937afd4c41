"""XOR with two units: weighted edges, their gradients, and gradient descent by hand.

The output unit o sees both inputs directly (short cuts) and through the one hidden unit h:

    o = σ(1.25·x + 0.75·y − 1.5·h),   h = σ(0.5·x − 0.25·y)

Every weight stands on an edge; after backpropagation its gradient stands there too: the value at
the tail times the backpropagated error at the head. A bias is an edge from the constant 1.

First the labels at one point are compared with numbers computed elsewhere, to 25 digits. Then the
four patterns are fed as one batch, and the weights follow the gradient until the outputs are XOR.

Source: Rojas, Neural Networks (1996), section 7.3 (learning) and chapter 8 (this network).

    python xor.py [FILE.svg]
"""

import math
import sys

import rojasgraph as rg

# --- build: units, then weighted edges --------------------------------------------------------

net = rg.Network()
net.add_input("x")
net.add_input("y")
net.add_constant("one", 1)
net.add_unit("h", "sigmoid")
net.add_unit("o", "sigmoid")
weights = {
    ("x", "h"): 0.5, ("y", "h"): -0.25, ("one", "h"): 0.0,
    ("x", "o"): 1.25, ("h", "o"): -1.5, ("y", "o"): 0.75, ("one", "o"): 0.0,
}  # fmt: skip
for (tail, head), weight in weights.items():
    net.add_edge(tail, head, weight=weight, trainable=True)

# --- one point: the labels --------------------------------------------------------------------

net.feed_forward(x=1.0, y=0.5)
gradient = net.backpropagate("o")

print("At x = 1, y = 0.5: the units")
for unit in ("h", "o"):
    labels = net.nodes[unit]
    (stored,), (delta,) = labels["derivatives"], labels["delta"]  # a unit has one slot
    print(f"  {unit} = {labels['value']:.6f}   stored derivative {stored:.6f}", end="")
    print(f"   adjoint {labels['adjoint']: .6f}   delta {delta: .6f}")

expected = {  # tests/reference/analytic_cases.json, "rojas_two_unit_xor_network"
    ("x", "h"): -0.07929745511702244, ("y", "h"): -0.03964872755851122,
    ("x", "o"): 0.218981544911815, ("h", "o"): 0.12978304767557483,
    ("y", "o"): 0.1094907724559075,
}  # fmt: skip
print("and the edges: ∂o/∂weight = value at the tail · delta at the head")
for (tail, head), number in expected.items():
    label = net.edges[tail, head, 0]["gradient"]
    value, delta = net.nodes[tail]["value"], net.nodes[head]["delta"][0]
    print(f"  {tail} → {head}: {label: .6f} = {value:.4f} · {delta: .6f}")
    assert math.isclose(label, number, rel_tol=1e-12), f"∂o/∂weight of {tail} → {head}"

# --- four patterns: learning ------------------------------------------------------------------

net.add_input("t")
net.add_unit("E", "half_squared")  # the extended network: E = ½(o − t)²
net.add_edge("o", "E", slot=0)
net.add_edge("t", "E", slot=1)

patterns = {"x": [0, 0, 1, 1], "y": [0, 1, 0, 1], "t": [0, 1, 1, 0]}
rate, steps = 2.0, 600

print(f"\nGradient descent, {steps} steps of rate {rate}: the sum of E, and o at 00 01 10 11")
for step in range(steps + 1):
    errors = net.feed_forward(patterns)["E"]
    if step % 100 == 0:
        print(f"  {step:>3}  {errors.sum():.5f}  ", net.nodes["o"]["value"].round(3))
    gradient = net.backpropagate("E")
    for edge, slope in gradient.edges.items():  # summed over the batch
        net.edges[edge]["weight"] -= rate * slope

outputs = net.nodes["o"]["value"]
learned = [f"{tail}→{head} {w:.2f}" for tail, head, w in net.edges(data="weight") if w is not None]
print("learned weights:", ", ".join(learned))
assert list(outputs.round()) == patterns["t"], f"the outputs {outputs} are not XOR"

if len(sys.argv) > 1:
    net.feed_forward(x=1.0, y=0.0, t=1.0)
    net.backpropagate("E")
    print("drawn:", rg.render(net, sys.argv[1]))
print("agrees: the labels with the reference, the outputs with XOR")
