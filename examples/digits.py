"""Handwritten digits, by a layered network and by one that is wired at random.

Scikit-learn's 1,797 digits of 8 × 8 pixels, split 3 : 1. The layered network is 64-32-10. The
other has 200 tanh units in a Watts–Strogatz graph (k = 40), each edge going up the units' numbers,
so that no two units are in one layer; each input feeds, and each output reads, 64 of them. Both
learn the cross entropy of the softmax by Adam, in mini-batches of 32.

With --full: five splits, random_state 0 to 4, and the mean of their accuracies.

Source: randomly wired networks: Xie et al., Exploring randomly wired neural networks (2019); the
digits: Alpaydin and Kaynak (1998), as scikit-learn keeps them.

    python digits.py [--full]
"""

import sys
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import rojasgraph as rg

pixels, digits = load_digits(return_X_y=True)
NETWORKS = {
    "layered 64-32-10": lambda seed: rg.layered([64, 32, 10], ["tanh", "identity"], rng=seed),
    "wired, 200 units": lambda seed: rg.randomly_wired(
        "watts_strogatz", 200, k=40, inputs=64, outputs=10, reach=64, bias=True,
        output_activation="identity", rng=seed,
    ),
}  # fmt: skip
SETTINGS = {
    "layered 64-32-10": {"optimizer": rg.Adam(0.003), "epochs": 40},
    "wired, 200 units": {"optimizer": rg.Adam(0.001), "epochs": 30},
}


def accuracy(net: rg.Network, inputs: np.ndarray, wanted: np.ndarray) -> float:
    """Give the part of the digits that the largest output names rightly."""
    outputs = rg.compile(net).feed_forward(inputs).array
    return float((outputs.argmax(axis=1) == wanted).mean())


def run(name: str, seed: int) -> float:
    """Train one network on one split, and give its accuracy on the digits it has not seen."""
    inputs, tests, wanted, answers = train_test_split(
        pixels / 16, digits, test_size=0.25, stratify=digits, random_state=seed
    )
    net, start = NETWORKS[name](seed), time.perf_counter()
    history = rg.train(
        net, inputs=inputs, targets=np.eye(10)[wanted], loss="softmax_cross_entropy",
        reduction="mean", batch=32, seed=seed, progress=False, **SETTINGS[name],
    )  # fmt: skip
    seconds, right = time.perf_counter() - start, accuracy(net, tests, answers)
    print(
        f"{name}, split {seed}: {net.number_of_edges()} weights, error {history.losses[0]:.3f} → "
        f"{history.final:.4f}, {right:.2%} right, {seconds:.1f} s",
        flush=True,
    )
    return right


splits = range(5) if "--full" in sys.argv else range(1)
means = {name: np.mean([run(name, seed) for seed in splits]) for name in NETWORKS}
for name, mean in means.items():
    print(f"{name}: {mean:.2%} of the digits that it has not seen, mean of {len(splits)}")
if len(splits) == 5:
    assert means["layered 64-32-10"] >= 0.97
    assert means["wired, 200 units"] >= 0.965
else:
    assert min(means.values()) > 0.94
