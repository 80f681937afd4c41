"""XOR in a network of three units: the same starts, given to one optimizer after the other.

Two hidden units and one output unit, all sigmoids, each with a bias: nine weights, four patterns,
half squared error, off-line. Each optimizer starts from the same five draws of weights; the table
says how often it came down to an error of 0.01 within 500 epochs, and in how many epochs as a
rule. Where it did not, it sits on one of XOR's plains, or swings between its walls.

Every training here is a descent on the same surface, so the last line checks one of them against
the two passes of the graph.

Source: Rojas, Neural Networks (1996), chapters 7 and 8.

    python optimizers.py [--all]      five optimizers; all fourteen
"""

import statistics
import sys

import numpy as np

import rojasgraph as rg

PATTERNS, ANSWERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
CHOSEN = {
    "gradient descent, rate 2": rg.GradientDescent(2.0),
    "momentum, rate 2, 0.9": rg.Momentum(2.0, 0.9),
    "Rprop": rg.Rprop(),
    "Quickprop, rate 2": rg.Quickprop(2.0),
    "L-BFGS, 25 in a step": rg.LBFGS(),
}
OTHERS = {
    "Nesterov, rate 2, 0.9": rg.Nesterov(2.0, 0.9),
    "dynamic adaption": rg.DynamicAdaption(2.0),
    "Silva–Almeida": rg.SilvaAlmeida(1.0),
    "delta-bar-delta": rg.DeltaBarDelta(1.0),
    "QRprop": rg.QRprop(),
    "Adam, rate 0.1": rg.Adam(0.1),
    "conjugate gradients, 25 in a step": rg.ConjugateGradient(),
    "pseudo-Newton": rg.PseudoNewton(),
    "Newton": rg.Newton(),
}


def start(seed: int) -> rg.Network:
    """Make the network, with the weights that a seed draws."""
    return rg.layered([2, 2, 1], rng=seed)


def epochs_needed(optimizer: object) -> list[int]:
    """List the epochs of the starts from which the optimizer came down."""
    found = []
    for seed in range(5):
        try:
            history = rg.train(
                start(seed), inputs=PATTERNS, targets=ANSWERS, optimizer=optimizer, epochs=500,
                stop=0.01, progress=False,
            )  # fmt: skip
        except rg.Diverged:
            continue  # rates that grow without bound can leave the numbers
        if history.losses[-1] <= 0.01:
            found.append(history.epochs)
    return found


tried = CHOSEN | (OTHERS if "--all" in sys.argv else {})
print(f"{'XOR, 2-2-1, five starts':<36} solved   median epochs")
solved = {}
for name, optimizer in tried.items():
    needed = epochs_needed(optimizer)
    solved[name] = len(needed)
    print(f"{name:<36} {len(needed):>6}   {statistics.median(needed) if needed else '–':>13}")

# --- one step, held against the labels on the graph -------------------------------------------

net, error = start(0), rg.extend(start(0))
error.feed_forward(x1=PATTERNS[:, 0], x2=PATTERNS[:, 1], t=ANSWERS)
gradient = error.backpropagate("E")
rg.train(net, inputs=PATTERNS, targets=ANSWERS, optimizer=rg.GradientDescent(2.0), epochs=1,
         progress=False)  # fmt: skip
for edge, slope in gradient.edges.items():
    if error.edges[edge].get("trainable"):
        stepped = error.edges[edge]["weight"] - 2.0 * slope
        assert np.isclose(net.edges[edge]["weight"], stepped, rtol=1e-12), edge
assert solved["Rprop"] >= 2, "Rprop solves XOR from some starts"
print("agrees: one step with the gradient that the graph is labeled with")
