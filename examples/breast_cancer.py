"""Breast cancer: benign or malignant, from thirty measures, and which of them matter.

Scikit-learn's 569 tumors, split 3 : 1; a 30-4-1 network with a sigmoid output learns them by Rprop,
off-line, with early stopping on a quarter of the training examples. Then one tumor's labels are
read: ∂output/∂input, which backpropagation writes on the inputs, says which measures would move
the answer most.

Source: Wolberg, Street and Mangasarian (1995), as scikit-learn keeps it.

    python breast_cancer.py
"""

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import rojasgraph as rg

data = load_breast_cancer()
measures, tests, kinds, answers = train_test_split(
    data.data, data.target, test_size=0.25, stratify=data.target, random_state=0
)
mean, deviation = measures.mean(axis=0), measures.std(axis=0)
measures, tests = (measures - mean) / deviation, (tests - mean) / deviation
learned, watched, wanted, checked = train_test_split(
    measures, kinds, test_size=0.25, stratify=kinds, random_state=0
)

net = rg.layered([30, 4, 1], ["tanh", "sigmoid"], rng=0)
history = rg.train(
    net, inputs=learned, targets=wanted, validation=(watched, checked), progress=False,
    loss="sigmoid_cross_entropy", reduction="mean", optimizer=rg.Rprop(step=0.01), epochs=200,
    stop=rg.EarlyStopping(patience=15),
)  # fmt: skip
print(history)
print(f"kept the weights of epoch {history.best}")

outputs = rg.compile(net).feed_forward(tests).array[:, 0]
right = ((outputs > 0.5) == answers).mean()
print(f"{right:.1%} of {len(tests)} new tumors are told rightly")
assert right > 0.93

# --- which measures matter, for the tumor that it is least sure of ----------------------------

unsure = int(np.argmin(np.abs(outputs - 0.5)))
net.feed_forward(dict(zip(net.inputs, tests[unsure], strict=True)))
gradient = net.backpropagate()
print(f"\ntumor {unsure}: benign with {outputs[unsure]:.2f}; what would move this most:")
for name in sorted(net.inputs, key=lambda n: -abs(gradient[n]))[:5]:
    measure = data.feature_names[net.inputs.index(name)]
    print(f"  {measure:<24} {gradient[name]:+.3f} for each standard deviation")
paths = rg.count_paths(net, "x1", "y1")
print(f"each along {paths} paths")
