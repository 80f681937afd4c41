"""Five-bit parity: is the number of ones odd? The exercise of chapter 7, solved by Rprop.

No input says anything about the answer by itself, nor do four of them together: the network has to
count. Five hidden tanh units and one sigmoid output learn it from all 32 patterns, with the cross
entropy that reads the output's net input, so that sure and wrong outputs still feel their error.

Rprop starts from a few draws of weights; one that does not arrive is left, as one does.

Source: Rojas, Neural Networks (1996), exercises of chapter 7; Rumelhart, Hinton and Williams,
Learning internal representations by error propagation (1986).

    python parity.py [FILE.svg]
"""

import itertools
import sys

import numpy as np

import rojasgraph as rg

BITS = 5
patterns = np.array(list(itertools.product([0, 1], repeat=BITS)))
answers = patterns.sum(axis=1) % 2

for seed in range(10):
    net = rg.layered([BITS, 2 * BITS, 1], ["tanh", "sigmoid"], rng=seed)
    history = rg.train(
        net, inputs=2 * patterns - 1, targets=answers, loss="sigmoid_cross_entropy",
        optimizer=rg.Rprop(), epochs=500, stop=0.1, progress=False,
    )  # fmt: skip
    print(f"start {seed}: {history!r}")
    if history.losses[-1] <= 0.1:
        break

outputs = rg.compile(net).feed_forward(2 * patterns - 1).array[:, 0]
print("\nones   patterns   outputs between")
for ones in range(BITS + 1):
    these = outputs[patterns.sum(axis=1) == ones]
    print(f"{ones:>4}   {len(these):>8}   {these.min():.3f} and {these.max():.3f}")
assert (outputs.round() == answers).all(), "parity is learned"

if len(sys.argv) > 1:
    net.feed_forward(dict(zip(net.inputs, 2 * patterns[0] - 1, strict=True)))
    net.backpropagate()
    print("drawn:", rg.render(net, sys.argv[1]))
print("agrees: all 32 patterns")
