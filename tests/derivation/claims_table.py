"""Claims for the tests of `rojasgraph.check`: networks, wrong claims and reasons, right claims.

A claim is (network, key, formula). A key is a node's or a weight's name, an edge as (tail, head),
or ("value", name). Networks are built afresh by their functions.
"""

# ruff: noqa: E501 - a claim and its reason stand on one line each

from dataclasses import dataclass
from typing import Any

import rojasgraph as rg


def _network(*outputs):
    return rg.Network.from_expressions(*outputs)


def _formula(text, name="y"):
    return lambda: _network(rg.parse(text).named(name))


def neuron(row=rg.sigmoid):
    """Build E = ½(o − t)² of a unit o = f(net), net = w·x + b."""
    x, t, w, b = rg.inputs("x t w b")
    net = (w * x + b).named("net")
    return _network(rg.half_squared(row(net).named("o"), t).named("E"))


def two_units():
    """Build Rojas' XOR network of two units with weighted edges, and its error."""
    net = rg.Network()
    for name in ("x", "y", "t"):
        net.add_input(name)
    net.add_constant("one", 1)
    net.add_unit("h", "sigmoid")
    net.add_unit("o", "sigmoid")
    net.add_unit("E", "half_squared")
    weights = {
        ("x", "h"): ("w1", 0.5), ("y", "h"): ("w2", -0.25), ("one", "h"): ("b1", 0.1),
        ("x", "o"): ("w3", 1.25), ("y", "o"): ("w4", 0.75), ("h", "o"): ("w5", -1.5),
        ("one", "o"): ("b2", 0.3),
    }  # fmt: skip
    for (tail, head), (label, weight) in weights.items():
        net.add_edge(tail, head, weight=weight, trainable=True, label=label)
    net.add_edge("o", "E", slot=0)
    net.add_edge("t", "E", slot=1)
    return net


def layers(activation="sigmoid"):
    """Build a layered 2-2-1 network with its error E."""
    net = rg.layered([2, 2, 1], activation=activation)
    net.add_input("t")
    net.add_unit("E", "half_squared")
    net.add_edge("y1", "E", slot=0)
    net.add_edge("t", "E", slot=1)
    return net


def blog():
    """Build the blog note's network of layers 1-1-2-1, without activations; l is shared."""
    x, y = rg.inputs("x y")
    w1, b1, w21, b21, w22, b22, w31, w32, b3 = rg.inputs("w1 b1 w21 b21 w22 b22 w31 w32 b3")
    unit = (w1 * x + b1).named("l")
    upper = (w21 * unit + b21).named("u")
    lower = (w22 * unit + b22).named("v")
    f = (w31 * upper + w32 * lower + b3).named("f")
    return _network(((y + (-f)) ** 2).named("L"))


def cross_entropy():
    """Build −log of the first of three softmax outputs, from primitives."""
    z1, z2, z3 = rg.inputs("z1 z2 z3")
    e1, e2, e3 = (rg.exp(z).named(f"e{i}") for i, z in enumerate((z1, z2, z3), 1))
    total = (e1 + e2 + e3).named("S")
    p = (e1 / total).named("p")
    return _network((-rg.log(p)).named("L"))


def batch(row=rg.sigmoid, divisor=None):
    """Build the error of one unit summed over three examples, divided by a number if given."""
    w, b = rg.inputs("w b")
    terms = []
    for i in (1, 2, 3):
        x, t = rg.inputs(f"x{i} t{i}")
        o = row(w * x + b).named(f"o{i}")
        terms.append(rg.half_squared(o, t).named(f"E{i}"))
    total = terms[0] + terms[1] + terms[2]
    return _network((total if divisor is None else total / divisor).named("E"))


def symbolic_mean():
    """Build the mean of three squared errors, divided by an input N."""
    w, N = rg.inputs("w N")
    terms = []
    for i in (1, 2, 3):
        x, t = rg.inputs(f"x{i} t{i}")
        terms.append(rg.half_squared(w * x, t))
    return _network(((terms[0] + terms[1] + terms[2]) / N).named("C"))


def bilinear():
    """Build s = a·W·c with a 2×2 matrix of inputs."""
    a1, a2, c1, c2 = rg.inputs("a1 a2 c1 c2")
    w11, w12, w21, w22 = rg.inputs("w11 w12 w21 w22")
    first, second = rg.tanh(w11 * c1 + w12 * c2), rg.tanh(w21 * c1 + w22 * c2)
    return _network((a1 * first.named("h1") + a2 * second.named("h2")).named("s"))


def diamond():
    """Build y = m·n with m and n both of a shared node s, which x reaches alone."""
    x, k = rg.inputs("x k")
    s = rg.sin(x * k).named("s")
    m = rg.exp(s).named("m")
    n = rg.tanh(s + x).named("n")
    return _network((m * n).named("y"))


NETWORKS = {
    "neuron": neuron,
    "tanh neuron": lambda: neuron(rg.tanh),
    "sine neuron": lambda: neuron(rg.sin),
    "two units": two_units,
    "layers": layers,
    "tanh layers": lambda: layers("tanh"),
    "blog": blog,
    "cross-entropy": cross_entropy,
    "batch": batch,
    "linear batch": lambda: batch(rg.identity),
    "mean batch": lambda: batch(divisor=3),
    "symbolic mean": symbolic_mean,
    "bilinear": bilinear,
    "diamond": diamond,
    "quotient": _formula("p/q"),
    "sine quotient": _formula("sin(p/q)"),
    "sums quotient": _formula("(x + a)/(x*b)"),
    "log quotient": _formula("log(p/q)"),
    "product": _formula("x*(1 - x)*k"),
    "square": _formula("(k*x + c)**2"),
    "cube": _formula("x**3"),
    "power": _formula("x**n"),
    "log": _formula("log(k*x)"),
    "tanh": _formula("tanh(x)"),
    "sigmoid": _formula("sigmoid(x)"),
    "sine": _formula("sin(x)"),
    "cosine": _formula("cos(k*x)"),
    "tan": _formula("tan(x)"),
    "root": _formula("sqrt(x)"),
    "softplus": _formula("softplus(x)"),
    "relu": _formula("relu(x)"),
    "abs": _formula("abs(x)"),
    "hypot": _formula("hypot(p, q)"),
    "x": _formula("x*k"),
    "sinh": _formula("sinh(x)"),
    "arctan": _formula("arctan(x)"),
    "exp": _formula("exp(x*k)"),
    "logsumexp": _formula("logsumexp(p, q)"),
    "gauss": _formula("exp(-x**2/2)"),
    "silu": _formula("silu(x)"),
    "arctanh": _formula("arctanh(x)"),
    "exp2": _formula("exp2(x)"),
    "max": _formula("max(p, q)"),
}


@dataclass(frozen=True)
class Wrong:
    """A wrong claim.

    Attributes:
        kind: the kind of mistake.
        network: a name in NETWORKS.
        key: what the claim is about.
        claim: the formula.
        reason: the whole reason, as a regular expression.
        edge: (tail, head) of the first wrong edge; None where no edge is named.
    """

    kind: str
    network: str
    key: Any
    claim: str
    reason: str
    edge: Any = None


def _wrong(kind, *rows):
    return [Wrong(kind, *row) for row in rows]


SIGN = "wrong sign: the factor −1 is missing, or one too many"


WRONG = [
    *_wrong(
        "missing factor",
        ("neuron", "w", "(o - t)*o*(1 - o)", "missing factor x"),
        ("neuron", "x", "(o - t)*o*(1 - o)", "missing factor w"),
        ("neuron", "w", "(o - t)*x", r"missing factor o\*\(1 - o\)", ("net", "o")),
        ("neuron", "b", "o - t", r"missing factor o\*\(1 - o\)", ("net", "o")),
        ("neuron", "b", "o*(1 - o)", r"missing factor o - t", ("o", "E")),
        ("neuron", "b", "(o - t)*o", r"missing factor 1 - o", ("net", "o")),
        ("tanh neuron", "w", "(o - t)*x", r"missing factor 1 - o\*\*2", ("net", "o")),
        ("sine neuron", "w", "(o - t)*x", r"missing factor cos\(net\)", ("net", "o")),
        ("two units", "w1", "(o - t)*o*(1 - o)*h*(1 - h)*x", "missing factor w5"),
        ("two units", "w1", "(o - t)*o*(1 - o)*w5*x", r"missing factor h\*\(1 - h\)", ("x", "h")),
        ("two units", "w5", "(o - t)*o*(1 - o)", "missing factor h"),
        ("two units", "w5", "(o - t)*h", r"missing factor o\*\(1 - o\)", ("h", "o")),
        ("two units", "b1", "(o - t)*w5*h*(1 - h)", r"missing factor o\*\(1 - o\)", ("h", "o")),
        ("layers", "w_h1_1_y1", "(y1 - t)*y1*(1 - y1)", "missing factor h1_1"),
        (
            "layers",
            "w_x1_h1_1",
            "(y1 - t)*y1*(1 - y1)*w_h1_1_y1*x1",
            r"missing factor h1_1\*\(1 - h1_1\)",
            ("x1", "h1_1"),
        ),
        (
            "layers",
            "w_x1_h1_1",
            "h1_1*(1 - h1_1)*x1*(y1 - t)*w_h1_1_y1",
            r"missing factor y1\*\(1 - y1\)",
            ("h1_1", "y1"),
        ),
        ("blog", "w21", "-2*(y - f)*w31", "missing factor l"),
        ("blog", "w1", "-2*(y - f)*(w31*w21 + w32*w22)", "missing factor x"),
        ("blog", "b3", "-(y - f)", "missing factor 2"),
        ("square", "x", "2*(k*x + c)", "missing factor k"),
        ("square", "x", "(k*x + c)*k", "missing factor 2"),
        ("cube", "x", "x**2", "missing factor 3"),
        ("cube", "x", "3*x", "missing factor x"),
        ("power", "x", "x**(n - 1)", "missing factor n"),
        ("log", "x", "1/(k*x)", "missing factor k"),
        ("cosine", "x", "-sin(k*x)", "missing factor k"),
        ("exp", "x", "exp(k*x)", "missing factor k"),
        ("gauss", "x", "exp(-x**2/2)", "missing factor x, and wrong sign"),
        (
            "symbolic mean",
            "w",
            "(w*x1 - t1)*x1 + (w*x2 - t2)*x2 + (w*x3 - t3)*x3",
            "missing factor 1/N",
        ),
        ("root", "x", "1/sqrt(x)", "missing factor 1/2"),
        ("sine quotient", "p", "cos(p/q)", "missing factor 1/q"),
    ),
    *_wrong(
        "extra factor",
        ("neuron", "b", "(o - t)*o*(1 - o)*x", "extra factor x"),
        ("neuron", "w", "2*(o - t)*o*(1 - o)*x", "extra factor 2"),
        ("neuron", "t", "(t - o)*o*(1 - o)", r"extra factor o\*\(1 - o\)"),
        ("neuron", "b", "(o - t)*o**2*(1 - o)", "extra factor o"),
        ("two units", "b2", "(o - t)*o*(1 - o)*h", "extra factor h"),
        ("two units", "w3", "(o - t)*o*(1 - o)*x*w3", "extra factor w3"),
        ("two units", "w5", "(o - t)*o*(1 - o)*h**2*(1 - h)", r"extra factor h\*\(1 - h\)"),
        ("layers", "w_h1_2_y1", "(y1 - t)*y1*(1 - y1)*h1_2*w_h1_2_y1", "extra factor w_h1_2_y1"),
        ("blog", "b21", "-2*(y - f)*w31*w21", "extra factor w21"),
        ("cube", "x", "3*x**3", "extra factor x"),
        (
            "linear batch",
            "w",
            "2*((w*x1+b-t1)*x1 + (w*x2+b-t2)*x2 + (w*x3+b-t3)*x3)",
            "extra factor 2",
        ),
        ("log", "x", "k/x", "extra factor k"),
        (
            "diamond",
            "x",
            "k*(exp(s)*n*cos(k*x)*k + m*(1 - n**2)*(cos(k*x)*k + 1))",
            "extra factor k",
        ),
        (
            "symbolic mean",
            "w",
            "((w*x1 - t1)*x1 + (w*x2 - t2)*x2 + (w*x3 - t3)*x3)/N**2",
            "extra factor 1/N",
        ),
        ("relu", "x", "2*step(x)", "extra factor 2"),
    ),
    *_wrong(
        "wrong sign",
        ("neuron", "w", "(t - o)*o*(1 - o)*x", SIGN),
        ("neuron", "t", "o - t", SIGN),
        ("blog", "b3", "2*(y - f)", SIGN),
        ("blog", "b3", "y - f", "wrong sign, and missing factor 2"),
        ("cosine", "x", "k*sin(k*x)", SIGN),
        ("cosine", "x", "sin(k*x)", "missing factor k, and wrong sign"),
        ("quotient", "q", "p/q**2", SIGN),
        ("sigmoid", "x", "sigmoid(x)*(sigmoid(x) - 1)", SIGN),
        ("neuron", "w", "(t - o)*o*(1 - o)", "missing factor x, and wrong sign"),
        ("cross-entropy", "z1", "1 - p", SIGN),
    ),
    *_wrong(
        "wrong place",
        (
            "tanh neuron",
            "b",
            "(o - t)*(1 - net**2)",
            r"derivative at the wrong place: 1 - net\*\*2 is taken for 1 - o\*\*2 at o: the net input for the value",
            ("net", "o"),
        ),
        (
            "neuron",
            "b",
            "(o - t)*net*(1 - net)",
            r"derivative at the wrong place: net\*\(1 - net\) is taken for o\*\(1 - o\) at o: the net input for the value",
            ("net", "o"),
        ),
        (
            "sine neuron",
            "b",
            "(o - t)*cos(o)",
            r"derivative at the wrong place: cos\(o\) is taken for cos\(net\) at o: the value for the net input",
            ("net", "o"),
        ),
        (
            "neuron",
            "b",
            "(o - t)*(1 - o**2)",
            r"derivative of another function: 1 - o\*\*2 is taken for o\*\(1 - o\) at o: that of tanh",
            ("net", "o"),
        ),
        (
            "tanh neuron",
            "b",
            "(o - t)*o*(1 - o)",
            r"derivative of another function: o\*\(1 - o\) is taken for 1 - o\*\*2 at o: that of sigmoid",
            ("net", "o"),
        ),
        (
            "sine neuron",
            "b",
            "-(o - t)*sin(net)",
            r"derivative of another function: -sin\(net\) is taken for cos\(net\) at o: that of cos",
            ("net", "o"),
        ),
        (
            "sine neuron",
            "b",
            "(o - t)*o",
            r"a value for its derivative: o is taken for cos\(net\) at o",
            ("net", "o"),
        ),
        (
            "tanh",
            "x",
            "1 - x**2",
            r"derivative at the wrong place: 1 - x\*\*2 is taken for 1 - y\*\*2 at y: the net input for the value",
            ("x", "y"),
        ),
        (
            "two units",
            "w1",
            "(o - t)*o*(1 - o)*w5*(w1*x + w2*y + b1)*(1 - (w1*x + w2*y + b1))*x",
            r"derivative at the wrong place: .* is taken for h\*\(1 - h\) at h: the net input for the value",
            ("x", "h"),
        ),
        (
            "two units",
            "w1",
            "(o - t)*o*(1 - o)*w5*(1 - h**2)*x",
            r"derivative of another function: 1 - h\*\*2 is taken for h\*\(1 - h\) at h: that of tanh",
            ("x", "h"),
        ),
        (
            "tanh layers",
            "w_x1_h1_1",
            "(y1 - t)*(1 - y1**2)*w_h1_1_y1*h1_1*(1 - h1_1)*x1",
            r"derivative of another function: h1_1\*\(1 - h1_1\) is taken for 1 - h1_1\*\*2 at h1_1: that of sigmoid",
            ("x1", "h1_1"),
        ),
        (
            "log",
            "x",
            "k*log(k*x)",
            r"a value for its derivative: y is taken for 1/\(k\*x\) at y",
            ...,
        ),
    ),
    *_wrong(
        "forgotten path",
        (
            "blog",
            "w1",
            "-2*(y - f)*w31*w21*x",
            "forgotten path: l also reaches the output by v",
            ("l", "mul3"),
        ),
        (
            "blog",
            "b1",
            "-2*(y - f)*w32*w22",
            "forgotten path: l also reaches the output by u",
            ("l", "mul2"),
        ),
        (
            "two units",
            "x",
            "(o - t)*o*(1 - o)*w3",
            "forgotten path: x also reaches the output by h",
            ("x", "h"),
        ),
        (
            "two units",
            "x",
            "(o - t)*o*(1 - o)*w5*h*(1 - h)*w1",
            "forgotten path: x also reaches the output by o",
            ("x", "o"),
        ),
        (
            "layers",
            "x1",
            "(y1 - t)*y1*(1 - y1)*w_h1_1_y1*h1_1*(1 - h1_1)*w_x1_h1_1",
            "forgotten path: x1 also reaches the output by h1_2",
            ("x1", "h1_2"),
        ),
        ("product", "x", "(1 - x)*k", "forgotten path: x also reaches the output by .*", ...),
        ("diamond", "k", "n*m*cos(k*x)*x", "forgotten path: s also reaches the output by .*", ...),
        ("diamond", "x", "m*(1 - n**2)", "forgotten path.*", ...),
        (
            "cross-entropy",
            "z1",
            "-1",
            "forgotten path: e1 also reaches the output by S",
            ("e1", "add1"),
        ),
        (
            "cross-entropy",
            "z1",
            "p",
            "forgotten path: e1 also reaches the output by p",
            ("e1", "p"),
        ),
        (
            "bilinear",
            "c1",
            "a1*(1 - h1**2)*w11",
            "forgotten path: c1 also reaches the output by .*",
            ...,
        ),
        ("sums quotient", "x", "1/(x*b)", "forgotten path: x also reaches the output by .*", ...),
    ),
    *_wrong(
        "sum over the batch",
        (
            "batch",
            "w",
            "(o1 - t1)*o1*(1 - o1)*x1",
            "the sum over the batch is missing: the claim is one of 3 terms",
        ),
        (
            "batch",
            "b",
            "(o2 - t2)*o2*(1 - o2)",
            "the sum over the batch is missing: the claim is one of 3 terms",
        ),
        (
            "linear batch",
            "w",
            "(w*x3 + b - t3)*x3",
            "the sum over the batch is missing: the claim is one of 3 terms",
        ),
        (
            "mean batch",
            "w",
            "(o1 - t1)*o1*(1 - o1)*x1/3",
            "the sum over the batch is missing: the claim is one of 3 terms",
        ),
        (
            "mean batch",
            "w",
            "(o1 - t1)*o1*(1 - o1)*x1",
            "the sum over the batch is missing: the claim is one of 3 terms, and missing factor 1/3",
        ),
        (
            "symbolic mean",
            "w",
            "(w*x1 - t1)*x1/N",
            "the sum over the batch is missing: the claim is one of 3 terms",
        ),
        (
            "symbolic mean",
            "w",
            "(w*x1 - t1)*x1",
            "the sum over the batch is missing: the claim is one of 3 terms, and missing factor 1/N",
        ),
        (
            "batch",
            "w",
            "(o1 - t1)*o1*(1 - o1)*x1 + (o2 - t2)*o2*(1 - o2)*x2",
            "forgotten path: w also reaches the output by o3",
            ...,
        ),
    ),
    *_wrong(
        "mean and sum",
        (
            "batch",
            "w",
            "((o1 - t1)*o1*(1 - o1)*x1 + (o2 - t2)*o2*(1 - o2)*x2 + (o3 - t3)*o3*(1 - o3)*x3)/3",
            "mean for sum: an extra factor 1/3, but the 3 terms are summed",
        ),
        (
            "batch",
            "b",
            "((o1 - t1)*o1*(1 - o1) + (o2 - t2)*o2*(1 - o2) + (o3 - t3)*o3*(1 - o3))/3",
            "mean for sum: an extra factor 1/3, but the 3 terms are summed",
        ),
        (
            "mean batch",
            "w",
            "(o1 - t1)*o1*(1 - o1)*x1 + (o2 - t2)*o2*(1 - o2)*x2 + (o3 - t3)*o3*(1 - o3)*x3",
            "sum for mean: missing factor 1/3 of the mean of 3 terms",
        ),
        (
            "mean batch",
            "b",
            "(t1 - o1)*o1*(1 - o1) + (t2 - o2)*o2*(1 - o2) + (t3 - o3)*o3*(1 - o3)",
            "wrong sign, and sum for mean: missing factor 1/3 of the mean of 3 terms",
        ),
    ),
    *_wrong(
        "indices",
        (
            "bilinear",
            "c1",
            "a1*(1 - h1**2)*w11 + a2*(1 - h2**2)*w12",
            "transposed indices: w12 for w21",
        ),
        (
            "bilinear",
            "c2",
            "a1*(1 - h1**2)*w21 + a2*(1 - h2**2)*w22",
            "transposed indices: w21 for w12",
        ),
        ("bilinear", "w21", "a2*(1 - h2**2)*c2", "exchanged names: c2 for c1"),
        (
            "layers",
            "w_x1_h1_2",
            "(y1 - t)*y1*(1 - y1)*w_h1_1_y1*h1_1*(1 - h1_1)*x1",
            "exchanged names: h1_1 for h1_2, w_h1_1_y1 for w_h1_2_y1",
        ),
        (
            "batch",
            "w",
            "(o1 - t2)*o1*(1 - o1)*x1 + (o2 - t1)*o2*(1 - o2)*x2 + (o3 - t3)*o3*(1 - o3)*x3",
            "exchanged names: t1 and t2",
        ),
    ),
    *_wrong(
        "quotient",
        ("quotient", "p", "-q/p**2", "swapped arguments of a quotient: q/p for p/q", ...),
        ("quotient", "q", "1/p", "swapped arguments of a quotient: q/p for p/q", ...),
        (
            "sine quotient",
            "p",
            "cos(q/p)*(-q/p**2)",
            "swapped arguments of a quotient: q/p for p/q",
            ...,
        ),
        (
            "log quotient",
            "p",
            "-1/p",
            "(swapped arguments of a quotient: q/p for p/q|wrong sign: .*)",
            ...,
        ),
    ),
    *_wrong(
        "term",
        ("neuron", "w", "(o - t)*o*(1 - o)*x + 1e-9", r"extra term 1\.0e-9"),
        ("neuron", "w", "(o - t)*o*(1 - o)*x + w", "extra term w"),
        ("neuron", "w", "(o - t)*o*(1 - o)*x - w", "extra term -w"),
        ("square", "x", "2*(k*x + c)*k + 1", r"extra term 1(\.0)?"),
        ("neuron", "o", "o", "missing term -t"),
    ),
    *_wrong(
        "zero",
        ("neuron", "w", "0", "the claim is 0, but the derivative is not"),
        ("tanh", "x", "x - x", "the claim is 0, but the derivative is not"),
    ),
    *_wrong(
        "edge",
        (
            "neuron",
            ("net", "o"),
            "1 - o**2",
            r"derivative of another function: 1 - o\*\*2 is taken for o\*\(1 - o\) at o: that of tanh",
            ("net", "o"),
        ),
        ("neuron", ("net", "o"), "o", r"missing factor 1 - o", ("net", "o")),
        (
            "tanh neuron",
            ("net", "o"),
            "1 - net**2",
            r"derivative at the wrong place: 1 - net\*\*2 is taken for 1 - o\*\*2 at o: the net input for the value",
            ("net", "o"),
        ),
        ("neuron", ("o", "E"), "t - o", SIGN, ("o", "E")),
        (
            "two units",
            ("h", "o"),
            "o*(1 - o)",
            r"missing factor -1\.5, the weight of the edge h → o",
            ("h", "o"),
        ),
        ("two units", ("h", "o"), "w5", r"missing factor o\*\(1 - o\)", ("h", "o")),
        (
            "layers",
            ("h1_1", "y1"),
            "w_h1_2_y1*y1*(1 - y1)",
            r"exchanged names: w_h1_2_y1 for w_h1_1_y1",
            ("h1_1", "y1"),
        ),
        ("cross-entropy", ("S", "p"), "e1/S**2", SIGN, ("S", "p")),
    ),
    *_wrong(
        "value",
        ("neuron", ("value", "o"), "1/(1 + exp(net))", "wrong sign of net"),
        ("neuron", ("value", "net"), "w*x", "missing term b"),
        ("neuron", ("value", "E"), "(o - t)**2", "missing factor 1/2|extra factor 2"),
        ("two units", ("value", "h"), "sigmoid(w1*x + w2*y)", "b1 is left out"),
        ("cross-entropy", ("value", "p"), "S/e1", "swapped arguments of a quotient: S/e1 for e1/S"),
        (
            "neuron",
            ("value", "net"),
            "-(w*x + b)",
            "wrong sign: the factor −1 is missing, or one too many",
        ),
    ),
    *_wrong(
        "other function",
        (
            "neuron",
            "w",
            "(sigmoid(w*x) - t)*sigmoid(w*x)*(1 - sigmoid(w*x))*x",
            "b is left out of net",
            ...,
        ),
        (
            "neuron",
            "b",
            "-(sigmoid(-net) - t)*sigmoid(-net)*(1 - sigmoid(-net))",
            "wrong sign of net in o",
            ("net", "o"),
        ),
        (
            "two units",
            "w3",
            "(sigmoid(w3*x + w4*y + w5*h) - t)*sigmoid(w3*x + w4*y + w5*h)*(1 - sigmoid(w3*x + w4*y + w5*h))*x",
            "b2 is left out of o",
            ("one", "o"),
        ),
        (
            "power",
            "x",
            "n**x*log(n)",
            r"swapped arguments of a power: pow\(n, x\) for pow\(x, n\)",
            ...,
        ),
        ("exp2", "x", "exp2(x)", r"missing factor log\(2\)"),
        (
            "arctan",
            "x",
            "1/(1 + y**2)",
            "derivative at the wrong place: .*: the value for the net input",
            ("x", "y"),
        ),
        ("gauss", "x", "x*exp(-x**2/2)", SIGN),
        ("logsumexp", "p", "exp(q)/(exp(p) + exp(q))", "exchanged names: p and q|.*"),
    ),
]

PROVED = "proved symbolically"
AGREED = r"agreed at \d+ random points at 50 digits"


@dataclass(frozen=True)
class Right:
    """A right claim in an odd form.

    Attributes:
        network: a name in NETWORKS.
        key: what the claim is about.
        claim: the formula.
        evidence: the whole evidence, as a regular expression.
        note: what the note says, as a regular expression.
    """

    network: str
    key: Any
    claim: str
    evidence: str = PROVED
    note: str = ""


ANOTHER = "another domain: at .* the claim is not defined: .*"

RIGHT = [
    Right(*row)
    for row in (
        # unsimplified, factored, expanded
        ("neuron", "w", "(o - t)*o*(1 - o)*x"),
        ("neuron", "w", "o**2*x - o**3*x - t*o*x + t*o**2*x"),
        ("neuron", "w", "x*o*(o - o**2 - t + t*o)"),
        ("neuron", "w", "((o - t) + (o - t))*o*(1 - o)*x/2"),
        ("neuron", "w", "-(t - o)*o*(1 - o)*x"),
        ("neuron", "w", "(o - t)*(o - o*o)*(x + x - x)"),
        ("square", "x", "2*k**2*x + 2*k*c"),
        ("square", "x", "((k*x + c + 1)**2 - (k*x + c - 1)**2)*k/2"),
        ("cube", "x", "x*x + x*x + x**2"),
        ("cube", "x", "((x + 1)**3 - x**3 - 3*x - 1)"),
        ("product", "x", "k - 2*k*x"),
        ("product", "x", "k*(1 - x)**2 - k*x**2"),
        ("blog", "w1", "2*(f - y)*(w31*w21 + w32*w22)*x"),
        ("blog", "w21", "-2*y*w31*l + 2*f*w31*l"),
        ("bilinear", "c1", "w11*a1 - w11*a1*h1**2 + w21*a2*(1 - h2)*(1 + h2)"),
        (
            "linear batch",
            "w",
            "w*(x1**2 + x2**2 + x3**2) + b*(x1 + x2 + x3) - t1*x1 - t2*x2 - t3*x3",
        ),
        ("symbolic mean", "N", "-((w*x1 - t1)**2 + (w*x2 - t2)**2 + (w*x3 - t3)**2)/(2*N**2)"),
        # σ written otherwise
        ("neuron", "b", "(o - t)*(1 + tanh(net/2))/2*(1 - o)"),
        ("neuron", "b", "(o - t)*exp(net)/(1 + exp(net))*(1 - o)"),
        ("neuron", "b", "(o - t)*exp(-net)/(1 + exp(-net))**2"),
        ("neuron", "b", "(o - t)/(exp(net) + 2 + exp(-net))"),
        ("neuron", "b", "(o - t)/(4*cosh(net/2)**2)"),
        ("neuron", "b", "(o - t)*sigmoid(net)*sigmoid(-net)"),
        ("neuron", "b", "(1/(1 + exp(-w*x - b)) - t)*o*(1 - o)"),
        ("neuron", "b", "(o - t)*(1 - tanh(net/2)**2)/4"),
        ("neuron", "b", "(exp(net)/(1 + exp(net)) - t)*o/(1 + exp(net))"),
        ("sigmoid", "x", "exp(x)/(1 + exp(x))**2"),
        ("sigmoid", "x", "exp(-x - 2*log(1 + exp(-x)))"),
        ("softplus", "x", "(1 + tanh(x/2))/2"),
        ("softplus", "x", "exp(x)/(exp(x) + 1)"),
        ("silu", "x", "sigmoid(x)*(1 + x*sigmoid(-x))"),
        ("silu", "x", "(exp(x)*(1 + x) + exp(2*x))/(1 + exp(x))**2"),
        ("two units", "w5", "(o - t)*o*(1 - o)/(1 + exp(-w1*x - w2*y - b1))"),
        ("layers", "w_h1_1_y1", "(y1 - t)*y1*h1_1 - (y1 - t)*y1**2*h1_1"),
        # trigonometric and hyperbolic identities
        ("tanh", "x", "1/cosh(x)**2"),
        ("tanh", "x", "4/(exp(x) + exp(-x))**2"),
        ("tanh", "x", "(1 - tanh(x))*(1 + tanh(x))"),
        ("tanh", "x", "1 - (sinh(x)/cosh(x))**2"),
        ("tanh", "x", "2/(1 + cosh(2*x))"),
        ("tanh neuron", "w", "(o - t)*x/cosh(w*x + b)**2"),
        ("sine", "x", "1 - 2*sin(x/2)**2"),
        ("sine", "x", "sin(2*x)/(2*sin(x))", PROVED, ANOTHER),
        ("sine", "x", "sin(x + pi/2)"),
        ("sine", "x", "cos(x)**3 + cos(x)*sin(x)**2"),
        ("tan", "x", "1/cos(x)**2"),
        ("tan", "x", "1 + tan(x)**2"),
        ("tan", "x", "(sin(x)**2 + cos(x)**2)/cos(x)**2"),
        ("cosine", "x", "-2*k*sin(k*x/2)*cos(k*x/2)"),
        ("sinh", "x", "(exp(x) + exp(-x))/2"),
        ("sinh", "x", "sqrt(1 + sinh(x)**2)", AGREED),
        # exponentials and logarithms
        ("exp", "x", "k*exp(k*x)"),
        ("exp", "x", "k*exp(k)**x"),
        ("exp", "x", "k*exp(k*x/2)**2"),
        ("exp2", "x", "log(2)*exp(x*log(2))"),
        ("exp2", "x", "log(4)*2**x/2"),
        ("gauss", "x", "-x/exp(x**2/2)"),
        ("gauss", "x", "-x*sqrt(exp(-x**2))"),
        ("logsumexp", "p", "1/(1 + exp(q - p))"),
        ("logsumexp", "p", "exp(p)/(exp(p) + exp(q))"),
        ("cross-entropy", "z1", "p - 1"),
        ("cross-entropy", "z2", "exp(z2)/(exp(z1) + exp(z2) + exp(z3))"),
        ("cross-entropy", "z2", "1/(1 + exp(z1 - z2) + exp(z3 - z2))"),
        ("power", "x", "n*x**n/x", PROVED, ANOTHER),
        ("power", "x", "n*exp((n - 1)*log(x))", PROVED, ANOTHER),
        ("power", "n", "log(x)*exp(n*log(x))", PROVED, ANOTHER),
        (
            "log",
            "k",
            "1/k",
            PROVED,
            "another domain: at .* the claim is defined, the derivative is not",
        ),
        # quotients and roots
        ("quotient", "q", "-(p/q)/q"),
        ("quotient", "q", "-p*q**-2"),
        ("quotient", "q", "-1/(q*(q/p))"),
        ("quotient", "p", "reciprocal(q)"),
        ("sums quotient", "x", "(x*b - (x + a)*b)/(x*b)**2"),
        ("sums quotient", "x", "-a/(b*x**2)"),
        ("root", "x", "sqrt(x)/(2*x)"),
        ("root", "x", "1/(2*x**(1/2))"),
        ("root", "x", "x**-0.5*0.5"),
        ("hypot", "p", "p/sqrt(p**2 + q**2)"),
        ("hypot", "p", "sqrt(1 - q**2/(p**2 + q**2))*sign(p)", AGREED),
        ("arctan", "x", "1/(1 + x**2)"),
        ("arctan", "x", "cos(arctan(x))**2"),
        ("arctanh", "x", "(1/(1 - x) + 1/(1 + x))/2"),
        # kinks
        ("relu", "x", "(1 + sign(x))/2", AGREED),
        ("relu", "x", "max(x, 0)/x", AGREED, ".*"),
        ("abs", "x", "x/abs(x)", AGREED, ".*"),
        ("abs", "x", "step(x) - step(-x)", AGREED),
        ("max", "p", "(1 + sign(p - q))/2", AGREED),
        ("max", "p", "step(p - q)", AGREED),
        # numbers and names written in odd ways
        ("neuron", "w", "1_0/10*(o - t)*o*(0x1 - o)*x"),
        ("neuron", "w", "(o - t)*o*(1e0 - 1.0*o)*x**1"),
        ("cube", "x", "Rational(6, 2)*x**2"),
        ("cube", "x", "0.3e1*x**(4/2)"),
        ("square", "x", "k*2*b"),
        ("diamond", "x", "y*(cos(x*k)*k) + m*(1 - n**2)*(1 + cos(x*k)*k)"),
        ("diamond", "s", "m*n + m*(1 - n**2)"),
        # edges and values
        ("neuron", ("net", "o"), "exp(net)/(1 + exp(net))**2"),
        ("neuron", ("t", "E"), "-(o - t)"),
        ("two units", ("h", "o"), "-3/2*o*(1 - o)"),
        ("two units", ("one", "o"), "0.3*o*(1 - o)"),
        ("two units", ("h", "o"), "w5*o*(1 - o)"),
        ("quotient", ("q", "y"), "-y/q"),
        ("neuron", ("value", "o"), "1 - 1/(1 + exp(net))"),
        ("neuron", ("value", "E"), "o**2/2 - o*t + t**2/2"),
        ("cross-entropy", ("value", "p"), "1/(1 + exp(z2 - z1) + exp(z3 - z1))"),
        ("cross-entropy", ("value", "L"), "log(S) - z1"),
        # another domain
        ("x", "k", "x**2/x", PROVED, ANOTHER),
        ("x", "k", "exp(log(x))", PROVED, ANOTHER),
        ("x", "k", "sqrt(x)**2", PROVED, ANOTHER),
        ("sine", "x", "sin(x)/tan(x)", PROVED, ANOTHER),
        ("cosine", "x", "-k*tan(k*x)*cos(k*x)", PROVED),
        ("neuron", "w", "(o - t)*o*(1 - o)*x**2/x", PROVED, ANOTHER),
        ("neuron", "x", "(o - t)*o*(1 - o)*exp(log(w))", PROVED, ANOTHER),
    )
]
