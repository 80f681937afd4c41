"""A task that needs a memory, solved by an LSTM unfolded over time.

A sequence of 15 signs; the answer is the first one, asked for after the last. The other 14 are as
loud, so the cell must learn to let the first in, keep it, and let nothing else in. Its four
memories and their gates are built from sums, products, sigmoids and tanh; unfolded, the network
has 700 nodes, whose copies share 117 weights. What backpropagation through time gives
to one of these weights is then compared with the sum over its 15 copies.

Source: Hochreiter and Schmidhuber, Long short-term memory (1997); unfolding: Rojas, Neural
Networks (1996), section 7.4.

    python memory.py
"""

import numpy as np

import rojasgraph as rg

STEPS = 15
rng = np.random.default_rng(0)


def sequences(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sequences of signs, and their first sign as 0 or 1."""
    signs = rng.choice([-1.0, 1.0], size=(count, STEPS, 1))
    begins = np.zeros((count, STEPS, 1))
    begins[:, 0] = 1  # a second input says when a sequence begins
    return np.concatenate([signs, begins], axis=2), (signs[:, 0, 0] + 1) / 2


cell = rg.lstm(inputs=2, hidden=4, outputs=1, output_activation="sigmoid", rng=1)
rnn = rg.unfold(cell, STEPS, outputs="last")
print(f"cell: {len(cell)} nodes; unfolded: {len(rnn)}, {len(rnn.parameters)} shared weights")

inputs, targets = sequences(300)
history = rg.train(
    rnn, inputs=inputs, targets=targets, loss="sigmoid_cross_entropy", reduction="mean",
    optimizer=rg.Adam(0.03), batch=25, epochs=100, stop=0.01, progress=False,
)  # fmt: skip
print(history)

tested, answers = sequences(1000)
outputs = rg.compile(rnn).feed_forward(tested.reshape(len(tested), -1)).array[:, 0]
right = (outputs.round() == answers).mean()
print(f"new sequences answered rightly: {right:.1%}")
assert right > 0.99, "the first sign is remembered"

# --- longer sequences, by the same cell --------------------------------------------------------

rg.fold(rnn, cell)
STEPS = 30
longer = rg.unfold(cell, STEPS, outputs="last")
tested, answers = sequences(1000)
outputs = rg.compile(longer).feed_forward(tested.reshape(len(tested), -1)).array[:, 0]
print(f"and sequences twice as long: {(outputs.round() == answers).mean():.1%}")

# --- backpropagation through time: a shared weight gets the sum over its copies ----------------

fed = dict(zip(rnn.inputs, inputs.reshape(len(inputs), -1)[0], strict=True))
rnn.feed_forward(fed)
gradient = rnn.backpropagate()
weight = ("x1", "i1", 0)
shares = [d["gradient"] for *_, d in rnn.edges(data=True) if d.get("parameter") == weight]
print(f"∂y/∂(x1 → i1) = {gradient[weight]:.6e}, the sum over {len(shares)} copies")
assert np.isclose(gradient[weight], sum(shares), rtol=1e-12)
print("agrees")
