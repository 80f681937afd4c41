"""Sweeps over path algebras agree with what a list of all paths gives."""

import json
import math
import pathlib
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph import algebras
from tests.effort import tries
from tests.strategies import networks
from tests.test_algebras import is_close, own
from tests.test_paths import ladder, tied

REFERENCE = json.loads(
    (pathlib.Path(__file__).parent / "reference" / "labels_beyond_gradients.json").read_text(
        "utf-8"
    )
)["semiring"]


def entropy_of(products):
    """Give the entropy of the sizes of some products."""
    sizes = [abs(float(p)) for p in products if p]
    return -sum(s / sum(sizes) * math.log(s / sum(sizes)) for s in sizes) if sizes else math.nan


def log_of(number):
    """Give sign and logarithm."""
    return (0, -math.inf) if not number else (math.copysign(1, number), math.log(abs(number)))


BY_LISTING = {
    "real": sum,
    "boolean": lambda products: any(p != 0 for p in products),
    "counting": len,
    "log_counting": lambda products: math.log(len(products)) if products else -math.inf,
    "magnitude": lambda products: sum(map(abs, products)),
    "max_product": lambda products: max(map(abs, products), default=0),
    "min_max": lambda products: (min(products, default=math.inf), max(products, default=-math.inf)),
    "log": lambda products: log_of(sum(products)),
    "entropy": entropy_of,
}
"""What each algebra answers, from the products of all paths."""


def listed(net, source, output):
    """List the paths, if there are not too many."""
    assume(rg.count_paths(net, source, output) < 500)
    return list(rg.paths(net, source, output))


def flows(net, path):
    """Tell whether derivatives flow along a path."""
    return all(net.nodes[name]["op"] != "stop_gradient" for name in path.nodes[1:])


@tries(40)
@given(networks(max_units=5), st.data())
def test_sweeps_agree_with_all_paths(drawn, data):
    """Every algebra answers what the list of paths gives, numbers of Fractions to the bit."""
    net, fed = drawn
    net.feed_forward(fed)
    source, output = (data.draw(st.sampled_from(list(net))) for _ in range(2))
    paths = listed(net, source, output)
    flowing = [path.product for path in paths if flows(net, path)]
    for name, answer in BY_LISTING.items():
        algebra = algebras.ALL[name]
        products = [path.product for path in paths] if algebra.structural else flowing
        found = rg.sweep(net, output, algebra=algebra)[source]
        expected = answer(products)
        if name in {"log", "entropy", "log_counting"}:
            if name == "log":
                sizes = sum(abs(p) for p in products)
                assume(not sizes or abs(sum(products)) > 1e-6 * sizes)
            assert is_close(found, expected), name
        else:
            assert found == expected, name
    lengths = [len(path.edges) for path in paths]
    assert rg.sweep(net, output, algebra=algebras.longest)[source] == max(
        lengths, default=-math.inf
    )
    free = rg.sweep(net, output, algebra=algebras.free)[source]
    assert free == tuple(path.edges for path in paths)


@tries(50)
@given(networks(max_units=6), st.data())
def test_real_is_backpropagation(drawn, data):
    """Over (+, ×) the sweep gives the adjoints, and writes no labels."""
    net, fed = drawn
    net.feed_forward(fed)
    output = data.draw(st.sampled_from(list(net)))
    found = dict(rg.sweep(net, output))
    assert not any("adjoint" in node for _, node in net.nodes(data=True))
    net.backpropagate(output)
    assert found == {name: node["adjoint"] for name, node in net.nodes(data=True)}


@tries(40)
@given(networks(max_units=5), st.data())
@pytest.mark.parametrize("name", ["max_product", "longest"])
def test_the_path_that_an_answer_belongs_to(name, drawn, data):
    """Back-pointers lead along the first path, in the order of the list, that has the answer."""
    net, fed = drawn
    net.feed_forward(fed)
    source, output = (data.draw(st.sampled_from(list(net))) for _ in range(2))
    paths = listed(net, source, output)
    if name == "max_product":
        paths = [path for path in paths if flows(net, path)]
    labels = rg.sweep(net, output, algebra=algebras.ALL[name])
    found = labels.path(source)
    if not paths:
        assert found is None
        return
    assert found in paths
    value = abs(found.product) if name == "max_product" else len(found.edges)
    assert value == labels[source]
    if name == "longest" or value:
        measured = [abs(p.product) if name == "max_product" else len(p.edges) for p in paths]
        assert found == paths[measured.index(value)]


@pytest.mark.parametrize(
    ("formula", "fed", "source", "case"),
    [
        ("(a + b)*(b + 1)", {"a": 2, "b": 1}, "b", "olah_b_to_e"),
        ("(a + b)*(b + 1)", {"a": 2, "b": 1}, "a", "olah_a_to_e"),
        ("x*(1 - x) - x + x*x", {"x": Fraction(5, 8)}, "x", "signed_cancelling"),
    ],
)
def test_reference(formula, fed, source, case):
    """The worked examples: products, sums, extremes, entropy, cancellation ratio."""
    expected = REFERENCE[case]
    net = rg.Network.from_expressions(rg.parse(formula).named("e"))
    net.feed_forward({name: Fraction(x) for name, x in fed.items()})
    ask = {name: rg.sweep(net, "e", algebra=each)[source] for name, each in algebras.ALL.items()}
    products = sorted(path.product for path in rg.paths(net, source, "e"))
    assert ask["counting"] == expected["n_paths"]
    assert products == sorted(map(Fraction, expected["products"]))
    assert ask["real"] == Fraction(expected["sum"])
    assert ask["magnitude"] == Fraction(expected["sum_abs"])
    assert ask["max_product"] == Fraction(expected["max_abs"])
    assert ask["min_max"] == (Fraction(expected["min"]), Fraction(expected["max"]))
    assert ask["entropy"] == pytest.approx(expected["entropy_nats"], rel=1e-15, abs=1e-15)
    assert abs(ask["real"]) / ask["magnitude"] == expected["cancellation_ratio"]
    assert ask["boolean"] is True


def test_reference_residual_chain():
    """Five residual blocks h + w·h: 32 paths, the largest skips all, and sums are products.

    The file tells Π(1 + w), Π(1 + |w|) and the entropy, not the weights: these here have all three.
    """
    expected = REFERENCE["residual_chain_5"]
    weights = [-0.5119283639938948579, -0.3651532734693597258, *[-0.4776562499199651418] * 3]
    net = rg.Network()
    node = net.add_input("x")
    for i, weight in enumerate(weights):
        net.add_unit(f"h{i}", "identity")
        net.add_edge(node, f"h{i}", key="skip")
        net.add_edge(node, f"h{i}", key="block", weight=weight)
        node = f"h{i}"
    net.feed_forward(x=1.0)
    ask = {name: rg.sweep(net, node, algebra=each)["x"] for name, each in algebras.ALL.items()}
    assert ask["counting"] == expected["n_paths"]
    assert ask["real"] == pytest.approx(float(expected["gradient"]), rel=1e-14)
    assert ask["magnitude"] == pytest.approx(float(expected["sum_abs"]), rel=1e-14)
    assert ask["max_product"] == float(expected["max_abs"])
    assert ask["entropy"] == pytest.approx(float(expected["entropy_nats"]), rel=1e-14)
    path = rg.sweep(net, node, algebra=algebras.max_product).path("x")
    skips = all(key == "skip" for _, _, key in path.edges)
    assert skips == expected["most_influential_is_all_skip"]


def test_batches_answer_in_arrays():
    """Of a batch every example is answered; one example has a path."""
    x, y = rg.inputs("x y")
    net = rg.Network.from_expressions((x * y + x * x).named("e"))
    xs, ys = np.array([1.0, 2.0, -3.0]), np.array([5.0, -1.0, 0.0])
    net.feed_forward(x=xs, y=ys)
    for name, algebra in algebras.ALL.items():
        together = rg.sweep(net, "e", algebra=algebra)["x"]
        for i in range(3):
            alone = rg.sweep(net, "e", algebra=algebra, example=i)["x"]
            mine = together if algebra.structural else (
                tuple(part[i] for part in together) if isinstance(together, tuple) else together[i]
            )  # fmt: skip
            assert is_close(mine, alone) if name != "boolean" else mine == alone
    labels = rg.sweep(net, "e", algebra=algebras.max_product)
    with pytest.raises(rg.ArgumentError, match="example="):
        labels.path("x")
    path = rg.sweep(net, "e", algebra=algebras.max_product, example=0).path("x")
    assert path.nodes[1] == "mul1"
    with pytest.raises(rg.ArgumentError, match="no example 7"):
        rg.sweep(net, "e", example=7)


def test_structural_algebras_need_no_labels():
    """Counting looks at the edges alone; the derivative does not."""
    net = ladder(60)
    assert rg.sweep(net, "y", algebra=algebras.counting)["x"] == 2**60
    assert rg.sweep(net, "y", algebra=algebras.log_counting)["x"] == pytest.approx(60 * math.log(2))
    assert rg.sweep(net, "y", algebra=algebras.longest)["x"] == 60
    with pytest.raises(rg.NotLabeled):
        rg.sweep(net, "y")


def test_no_list_of_too_many_paths():
    """2 to the 60 paths are not listed by accident: neither by free nor by a loop."""
    net = ladder(60)
    with pytest.raises(rg.ArgumentError, match=r"free would list them all.*top_paths"):
        rg.sweep(net, "y", algebra=algebras.free)
    chain = rg.inputs("x")
    for _ in range(5000):
        chain = -chain
    net = rg.Network.from_expressions(chain.named("y"))
    with pytest.raises(rg.ArgumentError, match="5001 paths lead to 'y', of 12502500 edges"):
        rg.sweep(net, "y", algebra=algebras.free)
    net = ladder(60)
    found = []
    with pytest.raises(rg.ArgumentError, match=f"there are {2**60} paths.*the first 50"):
        found.extend(rg.paths(net, "x", "y", limit=50))
    assert len(list(rg.paths(ladder(6), "x", "y", limit=64))) == 64
    assert len(list(rg.paths(ladder(6), "x", "y", limit=None))) == 64
    with pytest.raises(rg.ArgumentError, match="64 paths"):
        list(rg.paths(ladder(6), "x", "y", limit=63))


def test_an_algebra_of_ones_own():
    """Any object will do; its laws are tried on the factors of the network."""
    net = tied()
    net.feed_forward(x=Fraction(2))
    assert rg.sweep(net, "o", algebra=own())["w"] == rg.sweep(net, "o")["w"]
    least = own(plus=min, zero=math.inf, one=0, times=lambda a, b: a + b, lift=abs)
    assert rg.sweep(net, "o", algebra=least)["w"] == 5
    named = own(structural=True, lift=lambda edge: 2 if edge[0] == "x" else 1)
    assert rg.sweep(net, "o", algebra=named)["x"] == 4
    negative = rg.Network.from_expressions((rg.inputs("x") * -2).named("y"))
    negative.feed_forward(x=1)
    with pytest.raises(rg.ArgumentError, match="negative factor"):
        rg.sweep(negative, "y", algebra=own(plus=max))
    broken = SimpleNamespace(**vars(own()), selective=True)
    with pytest.raises(rg.ArgumentError, match="neither of its operands"):
        rg.sweep(net, "o", algebra=broken).path("w")


def test_order_of_factors():
    """Where products do not commute, the factor nearer to the source stands on the left."""
    net = ladder(2)
    words = own(zero=frozenset(), one=frozenset({""}), plus=frozenset.union,
                times=lambda a, b: frozenset(x + y for x in a for y in b),
                structural=True, lift=lambda edge: frozenset({edge[0][0]}))  # fmt: skip
    assert rg.sweep(net, "y", algebra=words)["x"] == {"xa"}


def test_stop_gradient():
    """What passes no derivative ends the paths of all algebras but those of edges alone."""
    net = rg.Network.from_expressions((rg.stop_gradient(rg.inputs("x")) * 3.0).named("y"))
    net.feed_forward(x=2.0)
    assert rg.sweep(net, "y")["x"] == 0
    assert rg.sweep(net, "y", algebra=algebras.boolean)["x"] is False
    assert rg.sweep(net, "y", algebra=algebras.counting)["x"] == 1


def test_formulas():
    """Labels of symbols stay formulas."""
    import sympy

    x, y = sympy.symbols("x y", positive=True)
    a, b = rg.inputs("x y")
    net = rg.Network.from_expressions((a * b + a).named("e"))
    net.feed_forward(x=x, y=y)
    assert rg.sweep(net, "e", algebra=algebras.max_product)["x"] == sympy.Max(1, y)
    with pytest.raises(rg.DomainError, match="not with formulas"):
        rg.sweep(net, "e", algebra=algebras.entropy)


def test_mapping_and_refusals():
    """Labels are a mapping of all nodes; what is no node or no selection is refused."""
    net = tied()
    net.feed_forward(x=Fraction(2))
    labels = rg.sweep(net, "o")
    assert list(labels) == list(net)
    assert len(labels) == 4
    assert "real" in repr(labels)
    with pytest.raises(KeyError):
        labels["nowhere"]
    with pytest.raises(KeyError):
        labels[["x"]]
    with pytest.raises(rg.ArgumentError, match="selects no path"):
        labels.path("x")
    with pytest.raises(rg.ArgumentError, match="'nowhere' is no node"):
        rg.sweep(net, "nowhere")
    assert rg.sweep(net, "x", algebra=algebras.longest).path("o") is None


def test_missing_numbers_have_a_path_too():
    """A label of nan points along the edge that made it."""
    x, y = rg.inputs("x y")
    net = rg.Network.from_expressions((x * y).named("e"))
    with pytest.warns(rg.DomainWarning):
        net.feed_forward(x=1.0, y=math.nan)
    labels = rg.sweep(net, "e", algebra=algebras.max_product)
    assert math.isnan(labels["x"])
    assert labels.path("x").edges == (("x", "e", 0),)
