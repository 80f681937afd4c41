"""Two starts, two minima: gradient descent on an error surface over two weights.

A note that this project starts from says that different starts lead to different local minima, of
a network that is affine, and so has none. This network really has two: o = tanh(w1·x) + tanh(w2·x)
learns tanh(3x) − tanh(0.8x), and either unit may take either part. (The two minima are equally
deep; between them lies a saddle.) The picture shows the surface and the two ways down.

Source: Rojas, Neural Networks (1996), section 7.1 and chapter 8.

    python two_minima.py [FILE.png]
"""

import sys

import numpy as np

import rojasgraph as rg

net = rg.Network()
net.add_input("x")
for unit in ("h1", "h2"):
    net.add_unit(unit, "tanh")
    net.add_edge("x", unit, weight=0.0, trainable=True)
net.add_unit("o", "identity")
net.add_edge("h1", "o", weight=1.0)
net.add_edge("h2", "o", weight=1.0)

x = np.linspace(-2, 2, 21)
target = np.tanh(3 * x) - np.tanh(0.8 * x)
STARTS = [(4.0, 1.5), (-0.5, 4.5)]

ends = []
for start in STARTS:
    for unit, weight in zip(("h1", "h2"), start, strict=True):
        net.edges["x", unit, 0]["weight"] = weight
    history = rg.train(
        net, inputs=x, targets=target, reduction="mean", progress=False,
        optimizer=rg.GradientDescent(5.0), epochs=1000,
    )  # fmt: skip
    ends.append([net.edges["x", unit, 0]["weight"] for unit in ("h1", "h2")])
    shown = ", ".join(f"{weight:+.4f}" for weight in ends[-1])
    print(f"from w = {start}: to ({shown}), error {history.losses[0]:.4f} → {history.final:.2e}")

assert np.allclose(ends[0], [3.0, -0.8], atol=1e-2)
assert np.allclose(ends[1], [-0.8, 3.0], atol=1e-2)

# --- each end is a minimum: slopes 0, and curved upwards in both directions --------------------

error = rg.extend(net)
for end in ends:
    for unit, weight in zip(("h1", "h2"), end, strict=True):
        error.edges["x", unit, 0]["weight"] = weight
    error.feed_forward(x=x, t=target)
    slopes = error.backpropagate(reduction="mean").edges
    assert max(abs(slopes["x", unit, 0]) for unit in ("h1", "h2")) < 1e-4
print("agrees: two starts, two minima")

if len(sys.argv) > 1:
    axes = rg.plot_surface(
        net, (("x", "h1"), ("x", "h2")), inputs=x, targets=target, reduction="mean",
        starts=STARTS, optimizer=rg.GradientDescent(5.0), steps=1000,
    )  # fmt: skip
    axes.figure.savefig(sys.argv[1], dpi=120)
    print("drawn:", sys.argv[1])
