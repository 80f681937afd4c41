"""Reference numbers: the analytic cases and the blog's 1-1-2-1 network, every step of it."""

import itertools
import json
import pathlib
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

import rojasgraph as rg

_FOLDER = pathlib.Path(__file__).parent / "reference"


def _read(name):
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))


# --- analytic cases (invariant 10) --------------------------------------------------------------

CASES = {case["name"]: case for case in _read("analytic_cases.json")["cases"]}
EXACT = [name for name, case in CASES.items() if "exact" in case]


def _network(case):
    net = rg.Network.from_expressions(rg.parse(case["expression"]).named("the value"))
    for name in case["variables"]:
        if name not in net:  # a variable that the formula does not use
            net.add_input(name)
    return net


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case_in_floats(case):
    """Value and gradient of every case agree to 12 digits."""
    net = _network(case)
    value = net.feed_forward({name: float(text) for name, text in case["values"].items()})
    gradient = net.backpropagate("the value")
    tolerance = case.get("tolerance", 1e-12)
    assert value["the value"] == pytest.approx(case["value"], rel=tolerance, abs=0)
    assert dict(gradient) == pytest.approx(case["gradient"], rel=tolerance, abs=1e-300)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case_at_forty_digits(case):
    """Value and gradient of every case agree in all 25 digits of the file."""
    net = _network(case)
    with mpmath.workdps(40):
        value = net.feed_forward({n: mpmath.mpf(text) for n, text in case["values"].items()})
        gradient = net.backpropagate("the value")
        expected = {"the value": case["value_str"], **case["gradient_str"]}
        for name, found in {**value, **gradient}.items():
            assert mpmath.almosteq(found, mpmath.mpf(expected[name]), mpmath.mpf(10) ** -24)


@pytest.mark.parametrize("name", EXACT)
def test_case_in_fractions(name):
    """The rational cases come out exactly."""
    case, exact = CASES[name], CASES[name]["exact"]
    net = _network(case)
    value = net.feed_forward({name: Fraction(text) for name, text in case["values"].items()})
    assert value == {"the value": Fraction(exact["value"])}
    gradient = net.backpropagate("the value")
    assert dict(gradient) == {name: Fraction(text) for name, text in exact["gradient"].items()}


TWICE = {name: case for name, case in CASES.items() if "hessian" in case}
_STEP = 1e-30


def _second_derivatives(case, by):
    """Differentiate the gradient that the passes give: by complex step, or as formulas."""
    net = _network(case)
    point = {name: float(text) for name, text in case["values"].items()}
    if case["name"] != "atan2_primitive":
        net.feed_forward({n: complex(x, _STEP if n == by else 0.0) for n, x in point.items()})
        return {n: np.imag(g) / _STEP for n, g in net.backpropagate("the value").items()}
    symbols = {name: sympy.Symbol(name, real=True) for name in case["variables"]}
    net.feed_forward(symbols)
    at = {symbols[name]: value for name, value in point.items()}
    return {
        name: float(sympy.diff(formula, symbols[by]).subs(at))
        for name, formula in net.backpropagate("the value").items()
    }


@pytest.mark.parametrize("case", TWICE.values(), ids=TWICE)
def test_case_twice(case):
    """The gradient of every case changes as the second derivatives say, to 12 digits."""
    for by, row in zip(case["variables"], case["hessian"], strict=True):
        expected = dict(zip(case["variables"], row, strict=True))
        assert _second_derivatives(case, by) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_feedback_loop_is_refused_as_a_cycle():
    """The feedback case, built as the loop that it is, is refused with the loop shown."""
    net = rg.Network()
    for name in ("u", "x", "w", "v", "t"):
        net.add_input(name)
    for name, op in (("ux", "mul"), ("ws", "mul"), ("s", "mul"), ("z", "add")):
        net.add_unit(name, op)
    net.add_unit("E", "half_squared")
    edges = [("u", "ux", 0), ("x", "ux", 1), ("w", "ws", 0), ("s", "ws", 1), ("v", "s", 0)]
    edges += [("z", "s", 1), ("ux", "z", 0), ("ws", "z", 0), ("z", "E", 0), ("t", "E", 1)]
    for tail, head, slot in edges:
        net.add_edge(tail, head, slot=slot)
    values = CASES["linear_feedback_loop"]["values"]
    with pytest.raises(rg.CycleError) as caught:
        net.feed_forward({name: float(text) for name, text in values.items()})
    turns = ["'z' → 's' → 'ws' → 'z'", "'s' → 'ws' → 'z' → 's'", "'ws' → 'z' → 's' → 'ws'"]
    assert any(turn in str(caught.value) for turn in turns)
    assert not any("value" in node for _, node in net.nodes(data=True))


# --- the blog's network -------------------------------------------------------------------------

BLOG = _read("blog_network.json")
INSTANCES = {instance["name"]: instance for instance in BLOG["numeric_instances"]}
STEPS = {step["node"]: step for step in BLOG["derivative_steps"]}
LETTERS = [node["id"] for node in BLOG["nodes"]]


def _exact(table):
    return {name: Fraction(number["exact"]) for name, number in table.items()}


def blog_network():
    """Build the loss by operators, the difference as y + (−f), every node by its letter."""
    x, y = rg.inputs("x y")
    start = _exact(INSTANCES["exact-small"]["inputs"])
    w1, b1, w21, b21, w22, b22, w31, w32, b3 = (
        rg.parameter(name, start[name]) for name in BLOG["parameters"]
    )
    m = (w1 * x).named("m")
    shared = (m + b1).named("l")
    k = (w22 * shared).named("k")
    j = (w21 * shared).named("j")
    i = (k + b22).named("i")
    h = (j + b21).named("h")
    g = (w32 * i).named("g")
    f = (w31 * h).named("f")
    e = (f + g).named("e")
    d = (e + b3).named("d")
    c = (-d).named("c")
    b = (y + c).named("b")
    return rg.Network.from_expressions(rg.square(b).named("a"))


def _in_symbols():
    """Label the network with formulas; give it with the meaning of each letter."""
    net = blog_network()
    names = [*BLOG["parameters"], *BLOG["inputs"]]
    symbols = {name: sympy.Symbol(name) for name in names}
    net.feed_forward(symbols)
    net.backpropagate("a")
    meaning = {sympy.Symbol(letter): net.nodes[letter]["value"] for letter in LETTERS}
    return net, meaning


def _formula(text):
    names = [*LETTERS, *BLOG["parameters"], *BLOG["inputs"]]
    return sympy.sympify(text, locals={name: sympy.Symbol(name) for name in names})


def test_blog_structure():
    """The graph is the file's: operations, operands in their slots, counts."""
    net, counts = blog_network(), BLOG["counts"]
    assert net.number_of_edges() == counts["edges"] == len(BLOG["edges"])
    assert len(net) == counts["operation_nodes"] + counts["leaf_nodes"]
    for node in BLOG["nodes"]:
        assert net.nodes[node["id"]]["op"] == node["op"]
        operands = net.in_edges(node["id"], data="slot")
        if node["op"] == "add":  # our sums have one slot; the file's slots are drawing order
            assert {(tail, slot) for tail, _, slot in operands} == {(t, 0) for t in node["args"]}
        else:
            listed = sorted((slot, tail) for tail, _, slot in operands)
            assert [tail for _, tail in listed] == node["args"]
    assert rg.count_paths(net, "w1_11", "a") == counts["paths_from_w1_11_to_L"]
    assert rg.count_paths(net, "x", "a") == counts["paths_from_x_to_L"]


@pytest.mark.parametrize("instance", INSTANCES.values(), ids=INSTANCES)
def test_blog_numbers(instance):
    """All node values, adjoints and derivatives of both patterns come out exactly."""
    net = blog_network()
    value = net.feed_forward(_exact(instance["inputs"]))
    assert value == {"a": Fraction(instance["loss"]["exact"])}
    assert net.nodes["d"]["value"] == Fraction(instance["prediction"]["exact"])
    gradient = net.backpropagate("a")
    for name, expected in _exact(instance["node_values"]).items():
        assert net.nodes[name]["value"] == expected
    for name, expected in _exact(instance["adjoints"]).items():
        assert net.nodes[name]["adjoint"] == expected
    assert {n: gradient[n] for n in BLOG["parameters"]} == _exact(instance["gradient"])


@pytest.mark.parametrize("instance", INSTANCES.values(), ids=INSTANCES)
def test_blog_descent_step(instance):
    """A step down the gradient leads to the file's parameters and the file's smaller loss."""
    net, step = blog_network(), instance["gradient_descent_step"]
    values = _exact(instance["inputs"])
    net.feed_forward(values)
    gradient = net.backpropagate()
    moved = {n: values[n] - Fraction(step["alpha"]) * gradient[n] for n in BLOG["parameters"]}
    assert moved == _exact(step["new_parameters"])
    assert net.feed_forward({**values, **moved}) == {"a": Fraction(step["new_loss"]["exact"])}


def test_blog_edges_carry_the_partials():
    """Each edge's derivative is the partial that the file writes in letters."""
    net, meaning = _in_symbols()
    for edge in BLOG["edges"]:
        found = net.edges[edge["tail"], edge["head"], 0]["derivative"]
        assert sympy.expand(found - _formula(edge["partial"]).subs(meaning)) == 0


@pytest.mark.parametrize("node", STEPS)
def test_blog_derivative_step(node):
    """Each step's formula, in letters and factored, and the products of its paths."""
    net, meaning = _in_symbols()
    step = STEPS[node]
    adjoint = net.nodes[node]["adjoint"]
    assert sympy.expand(adjoint - _formula(step["in_letters"]).subs(meaning)) == 0
    assert sympy.expand(adjoint - _formula(step["factored"])) == 0
    assert rg.count_paths(net, node, "a") == step["n_paths_to_L"] == len(step["path_products"])
    products = {" -> ".join(path.nodes): path.product for path in rg.paths(net, node, "a")}
    assert set(products) == {entry["path"] for entry in step["path_products"]}
    for entry in step["path_products"]:
        expected = _formula(entry["product"]).subs(meaning)
        assert sympy.expand(products[entry["path"]] - expected) == 0
    for local in step["local_partials"]:
        found = net.edges[node, local["consumer"], 0]["derivative"]
        assert sympy.expand(found - _formula(local["partial"]).subs(meaning)) == 0


def test_blog_steps_follow_the_reverse_order():
    """The numbered steps are a backward visit: every node after all that it feeds."""
    net = blog_network()
    numbered = [s["node"] for s in sorted(STEPS.values(), key=lambda s: s["step"] or 99)]
    assert STEPS["l"]["step"] == 19
    for tail, head in net.edges():
        assert numbered.index(head) < numbered.index(tail)


def test_blog_network_is_affine():
    """F is a line in x: slope and intercept are the file's products of weights."""
    net, _ = _in_symbols()
    slope, intercept = (_formula(BLOG["affine_collapse"][k]) for k in ("slope", "intercept"))
    line = slope * sympy.Symbol("x") + intercept
    assert sympy.expand(net.nodes["d"]["value"] - line) == 0


def test_blog_identities():
    """The conservation laws at l, h and i, and the ties between weights and biases, hold."""
    net, _ = _in_symbols()
    slopes = {f"dL/d{name}": net.nodes[name]["adjoint"] for name in net}
    texts = [text for entry in BLOG["identities"] for text in entry["identity"].split(";")]
    assert len(texts) == 6
    for text in texts:
        sides = []
        for side in text.split("=="):
            terms = [term.split("*") for term in side.split("+")]
            factors = [[slopes.get(f.strip()) or sympy.Symbol(f.strip()) for f in t] for t in terms]
            sides.append(sum(sympy.prod(term) for term in factors))
        assert sympy.expand(sides[0] - sides[1]) == 0


def test_blog_mean_cost():
    """J over the patterns: one batch averaged, the same summed, and exact sums of single runs."""
    net, cost = blog_network(), BLOG["batch_mean_cost"]
    expected = _exact(cost["gradient_mean"])
    patterns = [tuple(map(Fraction, pattern)) for pattern in cost["patterns"]]
    x, y = np.array(patterns, dtype=float).T
    losses = net.feed_forward(x=x, y=y)["a"]
    assert losses.mean() == cost["J"]["float"]
    mean, total = net.backpropagate("a", reduction="mean"), net.backpropagate("a")
    for name, number in expected.items():
        assert mean[name] == float(number)
        assert total[name] == float(number) * cost["m"]
    singles = []
    for a, b in patterns:
        net.feed_forward(x=a, y=b)
        singles.append(net.backpropagate("a"))
    for name, number in expected.items():
        assert sum(single[name] for single in singles) / cost["m"] == number


def test_mini_example():
    """m·x + c: the steps 1, 1, 1, x, m and their numbers."""
    mini = BLOG["mini_example_mx_plus_c"]
    m, x, c = rg.inputs("m x c")
    p = (m * x).named("p")
    net = rg.Network.from_expressions((p + c).named("q"))
    instance = {name: Fraction(text) for name, text in mini["instance"].items()}
    assert net.feed_forward({n: instance[n] for n in "mxc"}) == {"q": instance["value"]}
    gradient = net.backpropagate("q")
    assert [gradient[n] for n in "mcx"] == [instance[f"d{n}"] for n in "mcx"]
    symbols = {name: sympy.Symbol(name) for name in "mxc"}
    net.feed_forward(symbols)
    net.backpropagate("q")
    for node, derivative in mini["steps"]:
        assert net.nodes[node]["adjoint"] == sympy.sympify(derivative, locals=symbols)
    parsed = rg.Network.from_expressions(rg.parse(mini["expression"]).named("q"))
    assert parsed.feed_forward(m=3, x=2, c=-1) == {"q": 5.0}


def test_calculus_warm_up():
    """F = 2x rises by 2 for any step; a chain of slopes 3 and 2 rises by 6."""
    ratio, x = BLOG["calculus_warmup"]["finite_ratio"], rg.inputs("x")
    net = rg.Network.from_expressions(rg.parse(ratio["f"]).named("f"))
    start, step = Fraction(ratio["x"]), Fraction(ratio["eps"])
    low, high = (net.feed_forward(x=at)["f"] for at in (start, start + step))
    assert (low, high) == (Fraction(ratio["f_x"]), Fraction(ratio["f_x_eps"]))
    assert (high - low) / step == net.backpropagate("f")["x"] == 2
    chain = rg.Network.from_expressions(((x * 3).named("g") * 2).named("y"))
    chain.feed_forward(x=1)
    assert chain.backpropagate("y")["x"] == 6
    derivatives = [chain.edges[e, h, 0]["derivative"] for e, h in itertools.pairwise("xgy")]
    assert derivatives == [3, 2]
