"""A hidden Markov model as a trellis: its likelihood, its expected transitions, and its learning.

The probability of what was seen is the sum, over all paths through the states, of the product of
the probabilities on the way: a trellis of sums and products, one column for each observation. It
is a network like any other. Backpropagation labels each transition probability a with ∂P/∂a, and
a · ∂ln P/∂a is the expected number of times that the transition was taken, given what was seen:
what the forward-backward algorithm computes. The numbers are compared with the sum over all paths,
one by one. Swept once more with the largest in the place of the sum, the same labels give the best
path (Viterbi). Keeping the rows stochastic by a softmax, the same gradient then learns the model.

Source: Rojas, Neural Networks (1996), section 7.4.2; Rabiner, A tutorial on hidden Markov models
(1989).

    python hidden_markov.py
"""

import itertools
import math

import numpy as np

import rojasgraph as rg

STATES, SIGNS = 3, 2
rng = np.random.default_rng(1)
seen = [0, 1, 1, 0, 1, 1, 1]


def stochastic(name: str, rows: int, columns: int, draw: np.ndarray) -> list[list[rg.Expression]]:
    """Make rows of probabilities: the softmax of parameters."""
    found = []
    for i in range(rows):
        logits = [rg.parameter(f"{name}{i + 1}{j + 1}", draw[i, j]) for j in range(columns)]
        level = rg.logsumexp(*logits)
        found.append([rg.exp(w - level).named(f"p_{name}{i + 1}{j + 1}")
                      for j, w in enumerate(logits)])  # fmt: skip
    return found


a = stochastic("a", STATES, STATES, rng.normal(size=(STATES, STATES)))
b = stochastic("b", STATES, SIGNS, rng.normal(size=(STATES, SIGNS)))
(start,) = stochastic("s", 1, STATES, rng.normal(size=(1, STATES)))

# --- the trellis: each column sums, over the states before, what leads to a state -------------

column = [(start[i] * b[i][seen[0]]).named(("state", 0, i)) for i in range(STATES)]
for t, sign in enumerate(seen[1:], 1):
    sums = [rg.add(*(column[i] * a[i][j] for i in range(STATES))) for j in range(STATES)]
    column = [(sums[j] * b[j][sign]).named(("state", t, j)) for j in range(STATES)]
likelihood = rg.add(*column).named("P")
net = rg.Network.from_expressions((-rg.log(likelihood)).named("E"))
(error,) = net.feed_forward().values()
net.backpropagate("E")


def probability(name: str) -> float:
    """Read a probability off its node."""
    return net.nodes[name]["value"]


# --- against the sum over all paths, one by one -----------------------------------------------


def along(path: tuple[int, ...]) -> float:
    """Multiply the probabilities on a path through the states."""
    p = probability(f"p_s1{path[0] + 1}") * probability(f"p_b{path[0] + 1}{seen[0] + 1}")
    for i, j, sign in zip(path, path[1:], seen[1:], strict=False):
        p *= probability(f"p_a{i + 1}{j + 1}") * probability(f"p_b{j + 1}{sign + 1}")
    return p


total, transitions = 0.0, np.zeros((STATES, STATES))
for path in itertools.product(range(STATES), repeat=len(seen)):
    p = along(path)
    total += p
    for i, j in itertools.pairwise(path):
        transitions[i, j] += p
print(f"P = {net.nodes['P']['value']:.12f}, over {STATES ** len(seen)} paths {total:.12f}")
assert math.isclose(net.nodes["P"]["value"], total, rel_tol=1e-12)

print("expected transitions i → j, from the labels (and from the paths)")
for i in range(STATES):
    row = []
    for j in range(STATES):
        node = net.nodes[f"p_a{i + 1}{j + 1}"]
        expected = -node["value"] * node["adjoint"]  # E is −ln P
        assert math.isclose(expected, transitions[i, j] / total, rel_tol=1e-10)
        row.append(f"{expected:.4f} ({transitions[i, j] / total:.4f})")
    print("  ", "   ".join(row))

# --- the best path: the same labels, swept with the largest in the place of the sum ------------

largest = rg.sweep(net, "P", algebra=rg.algebras.max_product)
begins = [probability(f"p_s1{i + 1}") * largest[f"p_s1{i + 1}"] for i in range(STATES)]
first = int(np.argmax(begins))
(best,) = rg.top_paths(net, f"p_s1{first + 1}", "P", k=1)
found = [node[2] for node in best.nodes if isinstance(node, tuple)]
wanted = max(itertools.product(range(STATES), repeat=len(seen)), key=along)
print(f"\nbest path {[i + 1 for i in found]}, with probability {begins[first]:.9f}")
assert tuple(found) == wanted
assert math.isclose(begins[first], along(wanted), rel_tol=1e-12)

# --- learning: the gradient by the softmax's parameters ---------------------------------------

history = rg.train(net, optimizer=rg.Rprop(), epochs=60, progress=False)
print(f"\nlearned: P from {math.exp(-error):.5f} to {math.exp(-history.final):.5f}")
net.feed_forward()
rows = [sum(probability(f"p_a{i + 1}{j + 1}") for j in range(STATES)) for i in range(STATES)]
assert np.allclose(rows, 1), "rows stay stochastic"
assert history.final < 0.5 * error
print("agrees: the likelihood, the expected transitions and the best path, path by path")
