"""One sigmoid neuron with half squared error: both passes, every label, as text.

The neuron is o = σ(w·x + b), its error E = ½(o − t)². Feed-forward fills the two halves of every
node: left the stored derivatives, one for each slot, right the value. Backpropagation starts from
1 at E: beside each node stands what arrives there, the adjoint ∂E/∂node, and the adjoint times
the left half, its deltas; below it what each of its edges carries back to its tail.

The gradient is compared with the closed form ∂E/∂w = (o − t)·o·(1 − o)·x, derived by hand.

Source: Rojas, Neural Networks (1996), section 7.2: B-diagrams.

    python neuron.py [FILE.svg]
"""

import math
import sys

import rojasgraph as rg

# --- build ------------------------------------------------------------------------------------

x, t = rg.inputs("x t")
w, b = rg.parameter("w", 0.5), rg.parameter("b", -0.25)
z = (w * x).named("w·x") + b
o = rg.sigmoid(z.named("z")).named("o")
net = rg.Network.from_expressions(rg.half_squared(o, t).named("E"))


def show(name: str) -> None:
    """Print a node in two halves, and below it what the backward pass has written so far."""
    node = net.nodes[name]
    left = "  ".join(f"{d:.4g}" for d in node["derivatives"]) or "source"
    print(f"  {name:>3} {node['op']:<12} │ {left:^16} │ {node['value']:^8.4g} │", end="")
    if "adjoint" in node:
        deltas = "".join(f"  delta {delta:.4g}" for delta in node["delta"])
        print(f"  adjoint {node['adjoint']:.4g}{deltas}", end="")
    print()


# --- the first pass ---------------------------------------------------------------------------

net.feed_forward(x=2.0, t=1.0)
print("FEED-FORWARD       stored derivatives    value")
for name in net:
    show(name)

# --- the second pass --------------------------------------------------------------------------

gradient = net.backpropagate("E")
print("\nBACKPROPAGATION    stored derivatives    value")
for name in reversed(list(net)):
    show(name)
    for tail, _, edge in net.in_edges(name, data=True):
        carried = f"{net.nodes[name]['adjoint']:.4g} · {edge['derivative']:.4g}"
        print(f"        back to {tail}: {carried} = {edge['contribution']:.4g}")

# --- the gradient -----------------------------------------------------------------------------

out = 1 / (1 + math.exp(-(0.5 * 2.0 - 0.25)))
delta = (out - 1.0) * out * (1 - out)  # ∂E/∂z: the backpropagated error
by_hand = {"w": delta * 2.0, "b": delta, "x": delta * 0.5, "t": 1.0 - out}

print("\nTHE GRADIENT       label      by hand")
for name, expected in by_hand.items():
    print(f"  ∂E/∂{name}         {gradient[name]:10.6f} {expected:10.6f}")
    assert math.isclose(gradient[name], expected, rel_tol=1e-14), f"∂E/∂{name}"
assert math.isclose(net.nodes["o"]["delta"][0], delta, rel_tol=1e-14), "the error at z"

if len(sys.argv) > 1:
    print("drawn:", rg.render(net, sys.argv[1]))
print("agrees")
