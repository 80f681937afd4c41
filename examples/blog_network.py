"""The 1-1-2-1 network of a note on backpropagation: every step of its backward pass.

The note, "Backpropagation in Neural Network" (a blog), computes the loss L = (y − f)² of a network
of four linear neurons, and takes its derivatives node by node in 22 steps (24 with the inputs).
Here the same graph is built with the operators, y − f as y + (−f), so that it has the note's 13
operations a … m; l is the neuron that both of the next layer share.

Every step is compared with tests/reference/blog_network.json, twice: as a formula (symbols are
fed) and as a number (Fractions are fed), so that nothing is rounded. In that file the slots of an
`add` are the order of drawing; here an `add` has one slot that sums, so they are not compared.

    python blog_network.py [FILE.svg]
"""

import json
import re
import sys
from fractions import Fraction
from pathlib import Path

import sympy as sp

import rojasgraph as rg

FILE = Path(__file__).resolve().parents[1] / "tests" / "reference" / "blog_network.json"
REFERENCE = json.loads(FILE.read_text(encoding="utf-8"))


def network() -> rg.Network:
    """Build the loss from the inputs up, each operation by the note's letter."""
    x, y = rg.inputs("x y")
    w1, b1, w21, b21, w22, b22, w31, w32, b3 = rg.inputs(REFERENCE["parameters"])
    m = (w1 * x).named("m")
    l = (m + b1).named("l")  # noqa: E741 - the note's letter
    j, k = (w21 * l).named("j"), (w22 * l).named("k")
    h, i = (j + b21).named("h"), (k + b22).named("i")
    f, g = (w31 * h).named("f"), (w32 * i).named("g")
    e = (f + g).named("e")
    d = (e + b3).named("d")  # the network's output
    c = (-d).named("c")
    b = (y + c).named("b")
    a = (b**2).named("a")  # the loss L
    return rg.Network.from_expressions(a)


def rule(net: rg.Network, node: str) -> str:
    """Write where the node's adjoint comes from: its outgoing edges, which are summed."""
    terms = [f"dL/d{head} * d{head}/d{node}" for _, head in net.out_edges(node)]
    return " + ".join(terms) or "seed 1 (a is L itself)"


net = network()

# The labels as formulas: feed a symbol to each source.
symbols = {name: sp.Symbol(name) for name in net.inputs}
net.feed_forward(symbols)
net.backpropagate("a")
formulas = {name: net.nodes[name]["adjoint"] for name in net}
meaning = {sp.Symbol(name): net.nodes[name]["value"] for name in net}


def same(formula: sp.Expr, text: str) -> bool:
    """Tell whether a label is the formula of the file, whose letters stand for node values."""
    return sp.expand(formula - sp.sympify(text, locals=LETTERS).subs(meaning)) == 0


LETTERS = {name: sp.Symbol(name) for name in net}
for step in REFERENCE["derivative_steps"]:
    node = step["node"]
    assert rule(net, node) == re.sub(r"\[slot\d\]", "", step["rule"]), f"the rule of {node}"
    assert same(formulas[node], step["in_letters"]), f"the formula of {node}"
    assert same(formulas[node], step["factored"]), f"the expanded formula of {node}"
    for edge in step["local_partials"]:
        partial = net.edges[node, edge["consumer"], 0]["derivative"]
        assert same(partial, edge["partial"]), f"the edge {node} → {edge['consumer']}"
    found = {" -> ".join(path.nodes): path.product for path in rg.paths(net, node, "a")}
    for path in step["path_products"]:
        assert same(found.pop(path["path"]), path["product"]), f"the path {path['path']}"
    assert not found, f"more paths from {node} than in the file: {found}"

# The labels as numbers: feed Fractions. The note's numbers are the first of the file's instances.
for instance in reversed(REFERENCE["numeric_instances"]):
    net.feed_forward({name: Fraction(v["exact"]) for name, v in instance["inputs"].items()})
    net.backpropagate("a")
    for label, expected in (("value", "node_values"), ("adjoint", "adjoints")):
        for node, number in instance[expected].items():
            assert net.nodes[node][label] == Fraction(number["exact"]), f"the {label} of {node}"

print("step  node   value  dL/dnode  rule, and what it comes to in letters")
for step in REFERENCE["derivative_steps"]:
    node, number = step["node"], step["step"] or "–"
    value, adjoint = str(net.nodes[node]["value"]), str(net.nodes[node]["adjoint"])
    print(
        f"{number:>4}  {node:<5} {value:>6}  {adjoint:>8}  {rule(net, node)} = {step['in_letters']}"
    )
if len(sys.argv) > 1:
    print("drawn:", rg.render(net, sys.argv[1]))

# The note's cost J is the mean of L over the examples, and so is its gradient.
cost = REFERENCE["batch_mean_cost"]
fed = {name: float(net.nodes[name]["value"]) for name in REFERENCE["parameters"]}
xs, ys = zip(*[[float(Fraction(v)) for v in pattern] for pattern in cost["patterns"]], strict=True)
J = net.feed_forward({**fed, "x": xs, "y": ys})["a"].mean()
gradient = net.backpropagate("a", reduction="mean")
assert cost["J"]["float"] == J, "the cost J"
for name, number in cost["gradient_mean"].items():
    assert gradient[name] == number["float"], f"dJ/d{name}"
print(f"J over {cost['m']} examples is {J}, dJ/dw1_11 is {gradient['w1_11']}")

print("agrees: every step with the file, as a formula and as a number")
