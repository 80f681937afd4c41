"""Expressions: what operators, numpy functions and traced functions build."""

from __future__ import annotations

import copy
import gc
import math
import operator
import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from itertools import count

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.table import TABLE

DEEP = 100_000
"""How many operations the deep expressions have: far beyond Python's recursion limit."""


def network(*outputs):
    """Build the network of some expressions."""
    return rg.Network.from_expressions(*outputs)


def parts(*outputs):
    """List what a network is made of: its nodes with their numbers, its edges with their slots."""
    net = network(*outputs)
    nodes = {
        name: (a["op"], *a.get("arguments", ()), *([a["value"]] if "value" in a else []))
        for name, a in net.nodes(data=True)
    }
    return nodes, sorted(net.edges(data="slot"), key=operator.itemgetter(2))


def operations(*outputs):
    """List the operations of a network in order of building, with their arguments."""
    return [node for node in parts(*outputs)[0].values() if node[0] != "input"]


def value(expression, **fed):
    """Compute an expression."""
    (found,) = network(expression).feed_forward(fed).values()
    return found


@pytest.fixture
def x():
    """Give an input."""
    return rg.inputs("x")


@pytest.fixture
def y():
    """Give another input."""
    return rg.inputs("y")


# --- operators ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "built", "edges"),
    [
        ("add", operator.add, [("x", "n", 0), ("y", "n", 0)]),
        ("sub", operator.sub, [("x", "n", 0), ("y", "n", 1)]),
        ("mul", operator.mul, [("x", "n", 0), ("y", "n", 1)]),
        ("div", operator.truediv, [("x", "n", 0), ("y", "n", 1)]),
        ("pow", operator.pow, [("x", "n", 0), ("y", "n", 1)]),
    ],
)
def test_binary_operators(name, built, edges, x, y):
    """Each binary operator builds one node; `add` has one slot, the others two."""
    nodes, found = parts(built(x, y).named("n"))
    assert nodes == {"x": ("input",), "y": ("input",), "n": (name,)}
    assert found == edges


@pytest.mark.parametrize(("name", "built"), [("neg", operator.neg), ("abs", abs)])
def test_unary_operators(name, built, x):
    """Minus and abs build one node."""
    assert parts(built(x).named("n")) == (
        {"x": ("input",), "n": (name,)},
        [("x", "n", 0)],
    )


def test_plus_sign_builds_nothing(x):
    """+a is a itself."""
    assert +x is x


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (3, 3),
        (-7, -7),
        (0, 0),
        (1, 1),
        (10**400, 10**400),
        (0.1, 0.1),
        (Fraction(1, 3), Fraction(1, 3)),
        (Fraction(6, 3), 2),
        (Decimal("0.1"), Fraction(1, 10)),
        (Decimal("-2.50"), Fraction(-5, 2)),
        (Decimal(4), Fraction(4)),
        (np.float64(0.1), 0.1),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.uint8(3), 3),
    ],
    ids=lambda number: f"{type(number).__name__}-{str(number)[:9]}",
)
def test_number_literals_stay_exact(written, kept, x):
    """A number beside an expression is stored as it was written, whichever side it stands on."""
    found = {
        "x*n": operations(x * written),
        "n*x": operations(written * x),
        "x**n": operations(x**written),
        "x+n": operations(x + written),
        "x-n": operations(x - written),
        "n-x": operations(written - x),
        "x/n": operations(x / written),
        "n/x": operations(written / x),
    }
    assert found == {
        "x*n": [("scale", kept)],
        "n*x": [("scale", kept)],
        "x**n": [("power", kept)],
        "x+n": [("constant", kept), ("add",)],
        "x-n": [("constant", kept), ("sub",)],
        "n-x": [("constant", kept), ("sub",)],
        "x/n": [("constant", kept), ("div",)],
        "n/x": [("constant", kept), ("div",)],
    }
    stored = [node[1] for nodes in found.values() for node in nodes if len(node) > 1]
    assert {type(number) for number in stored} == {type(kept)}


@pytest.mark.parametrize(
    ("base", "kept"),
    [
        (2, 2),
        (0.5, 0.5),
        (Decimal("0.1"), Fraction(1, 10)),
        (np.float64(2), 2.0),
        (np.int64(2), 2),
    ],
    ids=repr,
)
def test_number_to_a_power(base, kept, x):
    """Number ** a is `pow` of a constant: both arguments can be differentiated."""
    assert operations(base**x) == [("constant", kept), ("pow",)]


def test_operands_keep_their_sides(x):
    """A number on the left of −, / and ** feeds slot 0."""
    for built in (operator.sub, operator.truediv, operator.pow):
        assert parts(built(2, x).named("n"))[1] == [("constant1", "n", 0), ("x", "n", 1)]
    for built in (operator.sub, operator.truediv):
        assert parts(built(x, 2).named("n"))[1] == [("x", "n", 0), ("constant1", "n", 1)]


@pytest.mark.parametrize("zero", [0, np.int64(0)])
def test_zero_plus_a_is_a(zero, x):
    """Zero plus a is a, so that sums that start at 0 have no idle node."""
    assert zero + x is x


@pytest.mark.parametrize("number", [-2, -1, 1, 2, False, np.int64(1)])
def test_other_numbers_plus_a_are_sums(number, x):
    """Only zero is left out of a sum: any other number is added, and a truth value refused."""
    if number is False:
        with pytest.raises(TypeError):
            number + x
        return
    assert operations(number + x) == [("constant", int(number)), ("add",)]
    assert value(number + x, x=3.0) == number + 3.0


def test_nothing_else_is_simplified(x):
    """What could be left out, a + 0, a·1, a·0, a**1, a − a, −(−a), is built."""
    neg = -x
    assert operations(x + 0) == [("constant", 0), ("add",)]
    assert operations(x * 1) == [("scale", 1)]
    assert operations(x * 0) == [("scale", 0)]
    assert operations(x**1) == [("power", 1)]
    assert operations(x**0) == [("power", 0)]
    assert operations(x - x) == [("sub",)]
    assert operations(-neg) == [("neg",), ("neg",)]


def test_sum_of_a_list():
    """sum() builds additions only, from left to right."""
    terms = rg.inputs("a b c d")
    assert operations(sum(terms)) == [("add",)] * 3
    assert value(sum(terms), a=1, b=2, c=3, d=4) == 10


@pytest.mark.parametrize(
    ("built", "slots"), [(operator.add, [0, 0]), (operator.mul, [0, 1]), (operator.sub, [0, 1])]
)
def test_one_operand_twice_keeps_two_edges(built, slots, x):
    """Sums, products and differences of a with a have two parallel edges from a."""
    _, edges = parts(built(x, x).named("n"))
    assert edges == [("x", "n", slot) for slot in slots]


def test_squares_of_negative_numbers(x):
    """x**2 is `power`, whose derivative at −3 is −6 and not nan."""
    net = network(x**2)
    net.feed_forward(x=-3.0)
    assert net.backpropagate()["x"] == -6.0


@pytest.mark.parametrize("built", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_complex_numbers(built, x):
    """A complex number stands on either side, and the derivative is the complex one."""
    for f in (lambda a: built(a, 2 + 1j), lambda a: built(2 + 1j, a), lambda a: a ** (2 + 1j)):
        net = network(f(x))
        at, h = 0.75 + 0.5j, 1e-6
        (found,) = net.feed_forward(x=at).values()
        assert found == pytest.approx(f(at), rel=1e-14)
        slope = (f(at + h) - f(at - h)) / (2 * h)
        assert net.backpropagate()["x"] == pytest.approx(slope, rel=1e-8)


def test_complex_numpy_scalars(x):
    """Complex scalars of numpy are numbers like Python's."""
    for built in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
        with_python, with_numpy = 1 + 2j, np.complex128(1 + 2j)
        assert operations(built(x, with_numpy)) == operations(built(x, with_python))


def test_complex_numpy_scalars_on_the_left(x):
    """Complex scalars of numpy are numbers like Python's on the left side too."""
    for built in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
        with_python, with_numpy = 1 + 2j, np.complex128(1 + 2j)
        assert operations(built(with_numpy, x)) == operations(built(with_python, x))


@pytest.mark.parametrize("other", ["a", None, b"b", object(), {}, {1}, ..., int, print])
@pytest.mark.parametrize(
    "built",
    [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow],
)
def test_operands_that_are_no_numbers(built, other, x):
    """Text, None and other objects beside an expression are a TypeError, on either side."""
    with pytest.raises(TypeError):
        built(x, other)
    with pytest.raises(TypeError):
        built(other, x)


@pytest.mark.parametrize("truth", [True, False, np.True_])
@pytest.mark.parametrize("built", [operator.add, operator.sub, operator.mul, operator.pow])
def test_truth_values_are_no_numbers(built, truth, x):
    """A bool beside an expression is a comparison gone astray: a TypeError."""
    with pytest.raises((TypeError, rg.ArgumentError)):
        built(x, truth)
    with pytest.raises((TypeError, rg.ArgumentError)):
        built(truth, x)


def test_text_is_no_operand(x):
    """Text beside an expression is a TypeError, also where Python would repeat it."""
    with pytest.raises(TypeError):
        "a" * x
    with pytest.raises(TypeError):
        x + "a"


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_decimals_that_are_no_numbers(number, x):
    """A Decimal without a value is what a float without one is."""
    (built,), (as_float,) = operations(x * Decimal(number)), operations(x * float(number))
    np.testing.assert_equal(built, as_float)


def test_symbols_and_high_precision_beside_expressions(x):
    """Symbols and mpmath numbers become constants, and choose the number system."""
    mpmath = pytest.importorskip("mpmath")
    a, s = sympy.symbols("a s")
    assert sympy.simplify(value(x * a + 1, x=s) - (s * a + 1)) == 0
    with mpmath.workdps(40):
        third = mpmath.mpf(1) / 3
        for built in (x * third, third * x):
            assert value(built, x=mpmath.mpf(3)) == 3 * third


def test_symbols_on_the_left(x):
    """A sympy symbol may stand on the left."""
    a, s = sympy.symbols("a s")
    assert value(a * x, x=s) == a * s
    with pytest.raises(sympy.SympifyError):
        sympy.sympify(x)


# --- what an expression is not --------------------------------------------------------------


@pytest.mark.parametrize(
    "used",
    [
        bool,
        float,
        int,
        complex,
        math.sin,
        math.floor,
        operator.not_,
        operator.index,
        range,
        lambda x: x < 1,
        lambda x: x <= 1,
        lambda x: x >= 1,
        lambda x: 1 if x else 2,
        lambda x: max(x, 1),
        lambda x: sorted([x, x]),
        lambda x: np.clip(x, 0, 1),
        lambda x: np.max([x, x]),
    ],
    ids=count(),
)
def test_an_expression_has_no_value(used, x):
    """Whatever asks for the value now is a TypeError that names the functions to use instead."""
    with pytest.raises(TypeError, match=r"has no value yet.*rg\.maximum"):
        used(x)


@pytest.mark.parametrize(
    "used",
    [list, len, iter, tuple, sum, lambda x: x[0], lambda x: 1 in x, lambda x: [*x], round],
    ids=count(),
)
def test_an_expression_is_no_sequence(used, x):
    """Going over an expression is a TypeError, at once."""
    with pytest.raises(TypeError, match="Expression"):
        used(x)


@pytest.mark.parametrize(
    "used",
    [lambda x: x // 2, lambda x: x % 2, lambda x: x @ x, lambda x: x & x, operator.invert],
    ids=count(),
)
def test_operators_without_a_primitive(used, x):
    """Operators that no primitive stands for are a TypeError."""
    with pytest.raises(TypeError, match=r"unsupported operand|bad operand"):
        used(x)


def test_comparison_with_a_number_is_refused(x):
    """`if x == 0` branches on a value as `if x < 0` does, and is refused as it is."""
    with pytest.raises(TypeError, match="no value"):
        _ = x == 0


def test_expressions_are_equal_by_identity(x):
    """Two expressions of one shape are two keys: equality and hash are the object's."""
    assert {x: 1}[x] == 1
    assert len({x, rg.inputs("x")}) == 2
    assert [x, rg.sin(x)].index(x) == 0
    assert [rg.sin(x), x].index(x) == 1
    assert (x == rg.inputs("x")) is False
    assert (x != rg.inputs("x")) is True
    assert (x != x) is False  # noqa: PLR0124 - what is tested


@pytest.mark.parametrize("name", ["nothing", "shape", "dtype", "real", "T", "__array__", "_x"])
def test_attributes_that_are_not_there(name, x):
    """An unknown attribute is an AttributeError that names it."""
    with pytest.raises(AttributeError, match=name):
        getattr(x, name)


# --- numpy ----------------------------------------------------------------------------------


ALIASES = {
    "abs": "absolute",
    "div": "divide",
    "identity": "conjugate",
    "logsumexp": "logaddexp",
    "mul": "multiply",
    "neg": "negative",
    "pow": "power",
    "sub": "subtract",
}


def ufuncs(slots):
    """List the rows of so many slots that numpy has a ufunc for, with that ufunc."""
    found = []
    for name, row in sorted(TABLE.items()):
        ufunc = getattr(np, ALIASES.get(name, name), None)
        fits = row.slots in {slots, None} or (row.gathers and slots == 2)
        if isinstance(ufunc, np.ufunc) and ufunc.nin == slots and fits:
            found.append(pytest.param(ufunc, name, id=name))
    return found


def test_numpy_has_most_of_the_table():
    """The lists of ufuncs that the next tests run over are not empty by mistake."""
    assert len(ufuncs(1)) >= 25
    assert len(ufuncs(2)) >= 8


@pytest.mark.parametrize(("ufunc", "name"), ufuncs(1))
def test_unary_ufuncs(ufunc, name, x):
    """np.sin(x) builds what rg.sin(x) builds, and means what numpy means by it."""
    assert operations(ufunc(x)) == [(name,)]
    at = 0.375
    assert value(ufunc(x), x=at) == pytest.approx(ufunc(at), rel=1e-14)


@pytest.mark.parametrize(("ufunc", "name"), ufuncs(2))
def test_binary_ufuncs(ufunc, name, x, y):
    """np.maximum(x, y) builds what rg.maximum(x, y) builds, in this order of slots."""
    assert operations(ufunc(x, y)) == [(name,)]
    slots = [slot for _, _, slot in parts(ufunc(x, y))[1]]
    assert slots == ([0, 0] if TABLE[name].gathers else [0, 1])
    assert value(ufunc(x, y), x=0.75, y=2.5) == pytest.approx(ufunc(0.75, 2.5), rel=1e-14)
    assert value(ufunc(x, 2.5), x=0.75) == pytest.approx(ufunc(0.75, 2.5), rel=1e-14)
    assert value(ufunc(0.75, y), y=2.5) == pytest.approx(ufunc(0.75, 2.5), rel=1e-14)


@pytest.mark.parametrize(
    "number", [0, 2, 0.0, 0.5, Fraction(0), Fraction(3), Fraction(1, 3), Decimal(0), Decimal("0.1")]
)
@pytest.mark.parametrize(
    ("ufunc", "built"),
    [
        (np.add, operator.add),
        (np.subtract, operator.sub),
        (np.multiply, operator.mul),
        (np.true_divide, operator.truediv),
        (np.power, operator.pow),
    ],
)
def test_ufuncs_and_operators_build_the_same(ufunc, built, number, x):
    """On either side of a number, of any kind, a ufunc builds what the operator builds."""
    assert operations(ufunc(number, x)) == operations(built(number, x))
    assert operations(ufunc(x, number)) == operations(built(x, number))


def test_ufuncs_follow_the_rules_of_operators(x, y):
    """np.multiply by a number is `scale`, np.power by a number `power`, np.add to 0 nothing."""
    assert operations(np.multiply(x, 2)) == operations(np.multiply(2, x)) == [("scale", 2)]
    assert operations(np.power(x, 2)) == operations(np.float_power(x, 2)) == [("power", 2)]
    assert operations(np.power(x, y)) == [("pow",)]
    assert np.add(0, x) is x
    assert np.positive(x) is x


@pytest.mark.parametrize(
    "name",
    [
        "arccosh",
        "ceil",
        "copysign",
        "deg2rad",
        "fabs",
        "floor",
        "floor_divide",
        "fmax",
        "fmod",
        "frexp",
        "gcd",
        "greater",
        "heaviside",
        "invert",
        "isfinite",
        "isnan",
        "less",
        "logaddexp2",
        "logical_not",
        "remainder",
        "rint",
        "signbit",
        "spacing",
        "trunc",
    ],
)
def test_ufuncs_without_a_row(name, x):
    """A ufunc that no primitive stands for is refused by its name, with those that do."""
    ufunc = getattr(np, name)
    with pytest.raises(rg.ArgumentError, match=rf"np\.{name} builds no node.*tanh"):
        ufunc(*[x] * ufunc.nin)


@pytest.mark.parametrize(
    ("used", "named"),
    [
        (np.add.reduce, "reduce"),
        (np.sum, "reduce"),
        (np.add.accumulate, "accumulate"),
        (lambda x: np.multiply.outer(x, [1, 2]), "outer"),
        (lambda x: np.multiply.outer(np.array([1, 2]), x), "outer"),
        (lambda x: np.sin(x, dtype=object), "dtype"),
        (lambda x: np.sin(x, where=True), "where"),
        (lambda x: np.sin(x, out=np.empty(1, dtype=object)), "out"),
    ],
    ids=count(),
)
def test_other_uses_of_ufuncs(used, named, x):
    """A method or an option of a ufunc that builds nothing is refused by what is wrong with it."""
    with pytest.raises(rg.ArgumentError, match=named):
        used(x)


@pytest.mark.parametrize("used", [np.sinc, np.linalg.inv, np.interp, np.unwrap, np.i0])
def test_numpy_functions_that_compute_with_numbers(used, x):
    """Functions that want numbers at once raise an error, and build nothing silently."""
    with pytest.raises((TypeError, AttributeError, ValueError, np.linalg.LinAlgError)):
        used(x)


W = np.array([[0.5, -1.0, 2.0], [3.0, 0.25, -0.75]])


@pytest.mark.parametrize(
    "product",
    [
        lambda W, xs: W @ xs,
        lambda W, xs: W.astype(object) @ xs,
        lambda W, xs: xs @ W.T,
        np.dot,
        lambda W, xs: np.einsum("ij,j->i", W, xs),
        lambda W, xs: np.array([sum(row * xs) for row in W]),
        lambda W, xs: (W * xs).sum(axis=1),
        lambda W, xs: np.sum(W * xs, axis=-1),
        lambda W, xs: np.array([np.inner(row, xs) for row in W]),
    ],
    ids=count(),
)
def test_matrix_times_inputs(product, rng):
    """A matrix of numbers times an array of inputs gives outputs with the matrix as Jacobian."""
    xs = np.array(rg.inputs("a b c"))
    ys = product(W, xs)
    assert ys.shape == (2,)
    net = network(ys)
    at = rng.normal(size=3)
    found = net.feed_forward(dict(zip("abc", at, strict=True)))
    np.testing.assert_allclose(list(found.values()), W @ at, rtol=1e-13)
    for name, row in zip(net.outputs, W, strict=True):
        assert list(net.backpropagate(name).values()) == list(row)


@pytest.fixture
def rng():
    """Give random numbers, the same each time."""
    return np.random.default_rng(7)


def test_matrices_of_parameters(rng):
    """W @ x with parameters in W is the layer that a book writes: gradients are outer products."""
    numbers = rng.normal(size=(2, 3))
    weights = np.array(
        [[rg.parameter(("W", i, j), numbers[i, j]) for j in range(3)] for i in range(2)]
    )
    xs = np.array(rg.inputs("a b c"))
    net = network(np.tanh(weights @ xs).sum().named("s"))
    at = rng.normal(size=3)
    net.feed_forward(dict(zip("abc", at, strict=True)))
    gradient = net.backpropagate("s")
    expected = np.outer(1 - np.tanh(numbers @ at) ** 2, at)
    for (i, j), wanted in np.ndenumerate(expected):
        assert gradient["W", i, j] == pytest.approx(wanted, rel=1e-13)


def test_products_of_arrays_of_expressions(x, y):
    """Inner, outer and elementwise products of expressions build `mul` and `add`."""
    xs = np.array([x, y])
    assert operations(xs @ xs) == [("mul",), ("mul",), ("add",)]
    assert np.outer(xs, xs).shape == (2, 2)
    assert operations(np.prod(xs)) == [("mul",)]
    assert operations(np.mean(xs)) == [("add",), ("constant", 2), ("div",)]
    assert operations(np.diff(xs)) == [("sub",)]
    assert np.cumsum(xs)[0] is x


@pytest.mark.parametrize("built", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_array_of_numbers_before_an_expression(built, x):
    """An array of numbers before an expression gives an array of expressions."""
    laid = built(np.array([[1.0, 2.0, 4.0]]), x)
    assert laid.shape == (1, 3)
    assert [value(e, x=2.0) for e in laid.flat] == [built(a, 2.0) for a in (1.0, 2.0, 4.0)]


@pytest.mark.parametrize("built", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_array_of_numbers_behind_an_expression(built, x):
    """An array of numbers behind an expression gives an array of expressions too."""
    laid = built(x, np.array([[1.0, 2.0, 4.0]]))
    assert laid.shape == (1, 3)
    assert [value(e, x=2.0) for e in laid.flat] == [built(2.0, a) for a in (1.0, 2.0, 4.0)]


@pytest.mark.parametrize("built", [operator.add, operator.sub, operator.mul, operator.pow])
def test_array_of_expressions_beside_an_expression(built, x, y):
    """Operators lay an expression over an array of expressions, on both sides."""
    z = rg.inputs("z")
    xs = np.array([x, y])
    fed = {"x": 3.0, "y": 2.0, "z": 2.5}
    for laid, wanted in (
        (built(xs, z), [built(3.0, 2.5), built(2.0, 2.5)]),
        (built(z, xs), [built(2.5, 3.0), built(2.5, 2.0)]),
    ):
        found = network(laid).feed_forward({k: v for k, v in fed.items() if k in "xyz"})
        assert list(found.values()) == pytest.approx(wanted, rel=1e-14)


def test_broadcasting_of_expressions():
    """A column and a row of expressions broadcast as numbers do."""
    column = np.array(rg.inputs("a b")).reshape(2, 1)
    row = np.array(rg.inputs("c d e"))
    table = column * row
    assert table.shape == (2, 3)
    net = network(table)
    found = net.feed_forward(a=2, b=3, c=5, d=7, e=11)
    assert list(found.values()) == [10, 14, 22, 15, 21, 33]


def test_mixed_arrays_of_numbers_and_expressions(x):
    """An object array may hold numbers beside expressions; numbers stay numbers."""
    doubled = np.array([x, 1.5], dtype=object) * 2
    assert operations(doubled[0]) == [("scale", 2)]
    assert doubled[1] == 3.0


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.xfail(strict=True, reason="numpy compares objects itself: rg.sign"),
        )
        if name == "sign"
        else pytest.param(
            name,
            marks=pytest.mark.xfail(
                strict=True, reason="numpy squares and inverts objects by * and / itself"
            ),
        )
        if name in {"square", "reciprocal"}
        else name
        for name in (p.values[1] for p in ufuncs(1))
    ],
)
def test_unary_ufuncs_over_arrays(name, x, y):
    """np.sin of an array of expressions builds the row's node for each of them."""
    laid = getattr(np, ALIASES.get(name, name))(np.array([x, y]))
    assert [operations(e) for e in laid] == [[(name,)]] * 2


@pytest.mark.parametrize("name", ["arctan2", "hypot"])
def test_binary_ufuncs_over_arrays(name, x, y):
    """np.hypot of an array of expressions builds the row's node for each of them."""
    laid = getattr(np, name)(np.array([x, y]), 1.5)
    assert [operations(e) for e in laid] == [[("constant", 1.5), (name,)]] * 2


@pytest.mark.parametrize("row", list(TABLE.values()), ids=list(TABLE))
def test_rows_over_arrays(row, x):
    """A primitive called with an array of expressions gives an array of nodes."""
    arguments = dict.fromkeys(row.arguments, 2)
    slots = row.slots or 3
    z = rg.inputs("z")
    laid = row(np.array([x, z]), *[x] * (slots - 1), **arguments)
    assert laid.shape == (2,)
    assert [operations(e) for e in laid] == [[(row.name, *arguments.values())]] * 2
    if slots > 1:
        laid = row(x, *[np.array([1.5, 2.5])] * (slots - 1), **arguments)
        assert laid.shape == (2,)


def test_rows_over_lists(x, y):
    """A list of expressions is laid over as an array is, as numpy does."""
    laid = rg.tanh([x, y])
    assert [operations(e) for e in laid] == [[("tanh",)]] * 2


# --- primitives called ----------------------------------------------------------------------


@pytest.mark.parametrize("row", list(TABLE.values()), ids=list(TABLE))
def test_rows_build_their_node(row):
    """Calling a row builds one node, its operands on their slots, its arguments beside it."""
    slots = row.slots or 3
    operands = [rg.inputs(f"a{i}") for i in range(slots)]
    arguments = {name: Fraction(1, 3) for name in row.arguments}
    for built in (row(*operands, **arguments), row(*operands, *arguments.values())):
        nodes, edges = parts(built.named("n"))
        assert nodes["n"] == (row.name, *arguments.values())
        assert edges == [(f"a{i}", "n", i) for i in range(slots)]
    for wrong in (operands[1:], [*operands, *operands]):
        if row.slots and not (row.gathers and wrong):
            with pytest.raises(rg.ArgumentError, match=rf"^{row.name} takes"):
                row(*wrong, **arguments)


def test_gathering_rows_take_many_operands(x, y):
    """rg.add sums all its operands in one slot."""
    assert parts(rg.add(x, y, x, 3).named("n"))[1] == [
        ("x", "n", 0),
        ("x", "n", 0),
        ("y", "n", 0),
        ("constant1", "n", 0),
    ]


@pytest.mark.parametrize(
    ("built", "message"),
    [
        (lambda x: rg.tanh("a"), "'a' is a str"),
        (lambda x: rg.mul(x, "2"), "'2' is a str"),
        (lambda x: rg.mul(None, x), "None is a NoneType"),
        (lambda x: rg.leaky_relu(x, slop=1), "slop"),
        (lambda x: rg.leaky_relu(x, 0.1, 0.2), "slope"),
        (rg.power, "exponent"),
        (lambda x: rg.add(), "takes"),
        (lambda x: rg.prod(), "takes"),
    ],
    ids=count(),
)
def test_wrong_calls_of_rows(built, message, x):
    """What does not fit a row is refused where it is written."""
    with pytest.raises(rg.ArgumentError, match=message):
        built(x)


@pytest.mark.parametrize("wrong", ["a", None, "expression"])
def test_arguments_that_are_no_numbers(wrong, x, y):
    """An argument is a number: an expression there would not be differentiated."""
    with pytest.raises(rg.ArgumentError, match="factor"):
        rg.scale(x, y if wrong == "expression" else wrong)


# --- names ----------------------------------------------------------------------------------


def test_names_count_in_order_of_building(x, y):
    """One counter numbers all unnamed nodes, in the order in which they were built."""
    built = rg.tanh(x * y) + rg.tanh(x * y)
    assert list(network(built)) == ["x", "y", "mul1", "tanh2", "mul3", "tanh4", "add5"]
    last, first = x * y, x + y
    assert list(network(first, last)) == ["x", "y", "mul1", "add2"]
    assert list(network((x + 2) * 3)) == ["x", "constant1", "add2", "scale3"]


def test_names_that_are_taken_are_skipped(y):
    """The counter skips what an input, a parameter or `named` has taken; named nodes count not."""
    a, b = rg.inputs("mul1 tanh3")
    built = rg.tanh(a * b).named("other") + rg.tanh(a * y)
    assert list(network(built)) == ["y", "mul1", "tanh3", "mul2", "other", "mul3", "tanh4", "add5"]
    x = rg.inputs("x")
    assert list(network((x * y).named("mul2") + x * y)) == ["y", "x", "mul2", "mul1", "add2"]


def test_named_returns_the_node(x):
    """`named` names this node, not a copy; the last name counts."""
    e = x + 1
    assert e.named("a") is e
    assert e.named("b") is e
    assert network(e).outputs == ["b"]


@pytest.mark.parametrize("name", ["", ("h", 1), 7, frozenset({1}), "a b", '<b>|{}":p', 0, 1.5])
def test_any_hashable_is_a_name(name, x):
    """Names of operations, inputs and parameters are any hashable; a tuple is one name."""
    net = network((x * 2).named(name))
    assert net.outputs == [name]
    assert net.feed_forward(x=1) == {name: 2}
    (source,) = rg.inputs([name])
    weight = rg.parameter(("w", name), 3)
    net = network(source * weight)
    net.feed_forward({name: 5})
    assert dict(net.backpropagate()) == {name: 3, ("w", name): 5}


@pytest.mark.parametrize("name", [None, ["a"], {}])
def test_names_that_are_none(name, x):
    """None and what is not hashable are no names."""
    with pytest.raises(rg.ArgumentError, match="name"):
        (x + 1).named(name)
    with pytest.raises(rg.ArgumentError, match="name"):
        rg.constant(1, name or ["a"])


@pytest.mark.parametrize("name", [None, ["a"], {}])
@pytest.mark.parametrize("made", ["input", "parameter"])
def test_sources_without_a_name(made, name):
    """Inputs and parameters need a name that is hashable, and not None."""
    with pytest.raises(rg.ArgumentError, match="name"):
        rg.inputs([name]) if made == "input" else rg.parameter(name, 1.0)


def test_sources_keep_their_names(x):
    """An input or a parameter cannot be renamed: its name says which one it is."""
    for source in (x, rg.parameter("w", 1)):
        with pytest.raises(rg.ArgumentError, match="keeps the name"):
            source.named("z")


@pytest.mark.parametrize(
    "built",
    [
        lambda x, y: [(x + y).named("s"), (x * y).named("s")],
        lambda x, y: [(x + y).named("x")],
        lambda x, y: [x * rg.parameter("x", 1)],
        lambda x, y: [rg.constant(1, "c") * x + rg.constant(1, "c")],
        lambda x, y: [rg.parameter("w", 1) * rg.parameter("w", 2)],
        lambda x, y: [rg.parameter("w", [1, 2]) * rg.parameter("w", [1, 3])],
        lambda x, y: [rg.parameter("w", [1, 2]) * rg.parameter("w", 1)],
    ],
    ids=count(),
)
def test_two_nodes_of_one_name(built, x, y):
    """Two nodes of one name, and a parameter with two values, are refused by the name."""
    with pytest.raises(rg.ArgumentError, match=r"two nodes are called '[swxc]'"):
        network(*built(x, y))


def test_sources_are_known_by_name():
    """Inputs and parameters of one name are one node, however often they are made."""
    net = network(rg.inputs("x") * rg.inputs("x") + rg.parameter("w", 2) * rg.parameter("w", 2))
    assert list(net) == ["x", "mul1", "w", "mul2", "add3"]
    net.feed_forward(x=3)
    assert dict(net.backpropagate()) == {"x": 6, "w": 4}
    halves = [rg.parameter("w", float(text)) for text in ("0.5", "0.50")]
    assert halves[0].value is not halves[1].value
    assert list(network(sum(halves))) == ["w", "add1"]


def test_parameters_remember_their_names():
    """A parameter of a formula, like any other, knows by which name weights are shared."""
    net = network(rg.parameter("w", 2) * rg.inputs("x") + 1)
    assert {name: node.get("added_as") for name, node in net.nodes(data=True)} == {
        "w": "w", "x": None, "mul1": None, "constant2": None, "add3": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "made"),
    [
        ("x t", ["x", "t"]),
        ("x,t", ["x", "t"]),
        (" x , t ", ["x", "t"]),
        (["x"], ["x"]),
        ([("h", 1), "x y"], [("h", 1), "x y"]),
        ((name for name in "ab"), ["a", "b"]),
    ],
)
def test_inputs(names, made):
    """`inputs` splits a text at blanks and commas, and takes other names as they are."""
    found = rg.inputs(names)
    assert isinstance(found, tuple)
    assert [e.name for e in found] == made


def test_one_input():
    """For one name `inputs` gives the expression itself, for a list of one a tuple."""
    assert rg.inputs("x").name == "x"
    assert [e.name for e in rg.inputs(["x"])] == ["x"]


def test_many_inputs():
    """Any number of names makes as many inputs."""
    names = [f"x{i}" for i in range(1000)]
    assert [x.name for x in rg.inputs(names)] == names


@pytest.mark.parametrize("names", ["", " ", ",", [], "x x", "x y x", ["a", "a"]])
def test_wrong_inputs(names):
    """No name, or one name twice, is refused."""
    with pytest.raises(rg.ArgumentError, match="name of its own"):
        rg.inputs(names)


@pytest.mark.parametrize("names", [5, None, [["a"]]])
def test_inputs_of_something_else(names):
    """What is no text and no list of names is refused with what is wanted."""
    with pytest.raises(rg.ArgumentError, match="name"):
        rg.inputs(names)


@pytest.mark.parametrize("wrong", ["a", None, {}, np.array(["a"]), [None], rg.inputs("v")])
def test_sources_that_carry_no_number(wrong):
    """A parameter and a constant carry numbers; the error names which, and what came."""
    with pytest.raises(rg.ArgumentError, match=r"parameter 'w'.*no"):
        rg.parameter("w", wrong)
    with pytest.raises(rg.ArgumentError, match="number"):
        rg.constant(wrong)


def test_constants_carry_numbers_only(x):
    """An expression, of whatever operation, is no number for a constant."""
    for wrong in (x, rg.parameter("w", 1), rg.sin(x), x + 1):
        with pytest.raises(rg.ArgumentError, match="a constant carries a number"):
            rg.constant(wrong)


def test_constants():
    """A constant is a node with a value and no place in the gradient."""
    net = network(rg.constant(Decimal("0.1"), "c") * rg.inputs("x"))
    assert net.nodes["c"] == {"op": "constant", "value": Fraction(1, 10)}
    net.feed_forward(x=2.0)
    assert dict(net.backpropagate()) == {"x": 0.1}
    assert net.nodes["c"]["adjoint"] == 2.0


@pytest.mark.parametrize("built", ["x * y", "a.b", "x", "1"])
def test_repr_says_what_it_is(built, x, y):
    """A repr names the operation and its operands, one level deep."""
    assert repr(rg.tanh(x * y)) == "<expression tanh(mul(…))>"
    assert repr((x * y).named("p") - 2) == "<expression sub(p, 2)>"
    assert repr(x**2) == "<expression power(x, exponent=2)>"
    assert repr(rg.parameter("w", 0.5)) == "<parameter w = 0.5>"


# --- from expressions to a network ----------------------------------------------------------


def test_sharing_an_object_shares_the_node(x):
    """One object used twice is one node; two objects of the same shape are two."""
    h = rg.tanh(x)
    assert operations(h * h) == [("tanh",), ("mul",)]
    assert operations(rg.tanh(x) * rg.tanh(x)) == [("tanh",), ("tanh",), ("mul",)]
    assert operations(x * 2 + x * 2) == [("scale", 2), ("scale", 2), ("add",)]
    assert operations(x + 1 + (x + 1)) == [
        ("constant", 1),
        ("add",),
        ("constant", 1),
        ("add",),
        ("add",),
    ]


@given(st.integers(1, 8))
def test_ladders_are_linear_in_size(steps):
    """Write h = h + h, n times over: n nodes and 2n edges, though there are 2^n paths."""
    h = rg.inputs("x")
    for _ in range(steps):
        h = h + h
    net = network(h)
    assert (len(net), net.number_of_edges()) == (steps + 1, 2 * steps)
    assert net.feed_forward(x=1) == {net.outputs[0]: 2**steps}


def test_outputs_are_what_was_given(x, y):
    """Lists, tuples and arrays of expressions, nested, are outputs in this order of building."""
    p, q, r = (x * y).named("p"), (x + y).named("q"), (x - y).named("r")
    net = network([p, [q]], np.array([[r], [p]]))
    assert net.outputs == ["p", "q", "r"]
    assert net.feed_forward(x=5, y=3) == {"p": 15, "q": 8, "r": 2}


def test_an_output_may_have_successors(x):
    """An output in the middle stays one, and what follows it does not become one by itself."""
    h = rg.tanh(x).named("h")
    net = network((h * h).named("E"), h)
    assert sorted(net.outputs) == ["E", "h"]
    assert network(h).outputs == ["h"]
    net.feed_forward(x=0.5)
    both = net.backpropagate({"E": 2.0, "h": 3.0})["x"]
    apart = 2 * net.backpropagate("E")["x"] + 3 * net.backpropagate("h")["x"]
    assert both == pytest.approx(apart, rel=1e-15)


def test_an_output_may_be_a_source(x):
    """An input, a parameter or a constant can be an output."""
    net = network(x, rg.parameter("w", 2), x * 3)
    assert net.outputs == ["x", "w", "scale1"]
    assert net.feed_forward(x=5) == {"x": 5, "w": 2, "scale1": 15}
    assert net.backpropagate("x")["x"] == 1


@pytest.mark.parametrize("wrong", ["x", None, {}, {"a": 1}, b"b", object()])
def test_outputs_that_are_no_expressions(wrong, x):
    """Anything else among the outputs is refused, and shown."""
    with pytest.raises(rg.ArgumentError, match="is no expression"):
        network(x, [wrong])


@pytest.mark.parametrize("given", [[], [[]], [(), np.array([])]])
def test_no_outputs(given):
    """A network needs one output at least."""
    with pytest.raises(rg.ArgumentError, match="at least one expression"):
        network(*given)


def test_building_twice_gives_two_networks(x):
    """Expressions can be built from again: the networks share no attributes."""
    e = (x * 2).named("e")
    first, second = network(e), network(e, x)
    first.nodes["e"]["arguments"] = (5,)
    first.feed_forward(x=1)
    assert second.feed_forward(x=1) == {"x": 1, "e": 2}
    assert first.feed_forward(x=1) == {"e": 5}


# --- deep expressions -----------------------------------------------------------------------


def deep():
    """Build an expression of 100,000 operations, one upon the other."""
    e = rg.inputs("x")
    for _ in range(DEEP // 2):
        e = (e + e) * 0.5
    return e


def test_deep_expressions():
    """An expression of 100,000 operations builds, computes and goes away without recursion."""
    e = deep()
    assert repr(e) == "<expression scale(add(…), factor=0.5)>"
    net = network(e)
    assert len(net) == 1 + DEEP
    assert net.feed_forward(x=1.25) == {net.outputs[0]: 1.25}
    assert net.backpropagate()["x"] == 1
    del e
    gc.collect()


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))], ids=count()
)
def test_deep_expressions_are_kept(copied):
    """A deep expression can be copied and pickled."""
    assert network(copied(deep()))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))], ids=count()
)
def test_copies_of_expressions(copied, x, y):
    """A copy of an expression builds the same network, names and arguments included."""
    shared = rg.tanh(x * y)
    e = (shared * shared).named("p") + rg.parameter("w", 2) * x + rg.leaky_relu(x, 0.25) * 2
    assert parts(copied(e)) == parts(e)


def test_expressions_of_another_process():
    """An expression that another process built can be built upon."""
    build = (
        "import pickle, sys, rojasgraph as rg\n"
        "for _ in range(100): rg.constant(1)\n"
        "x, y = rg.inputs('x y')\n"
        "sys.stdout.buffer.write(pickle.dumps(rg.tanh(x * y)))"
    )
    go_on = (
        "import pickle, sys, rojasgraph as rg\n"
        "e = rg.exp(pickle.load(sys.stdin.buffer)) + 1\n"
        "print(*rg.Network.from_expressions(e).feed_forward(x=0.5, y=0.0).values())"
    )
    built = subprocess.run([sys.executable, "-c", build], capture_output=True, check=True).stdout
    run = subprocess.run(
        [sys.executable, "-c", go_on], input=built, capture_output=True, check=False
    )
    assert run.stdout.split() == [b"2.0"], run.stderr.decode()[-300:]


# --- tracing a function ---------------------------------------------------------------------


def test_trace_names_inputs_after_arguments():
    """The parameters of the function are the inputs, in their order, keyword-only ones too."""

    def f(b, /, a, *, c):
        return np.tanh(a * b) + c

    net = rg.trace(f)
    assert net.inputs == ["b", "a", "c"]
    assert net.feed_forward(a=2.0, b=0.5, c=1.0) == {"add3": math.tanh(1.0) + 1}


def test_trace_keeps_defaults():
    """A parameter with a default keeps it, and is no input."""

    def f(x, factor=2, *, shift=0.5):
        return factor * x + shift

    net = rg.trace(f)
    assert net.inputs == ["x"]
    assert net.feed_forward(x=3)[net.outputs[0]] == 6.5


@pytest.mark.parametrize(
    "result",
    [
        lambda x, y: (x * y, x + y),
        lambda x, y: [x * y, [x + y]],
        lambda x, y: np.array([x * y, x + y]),
        lambda x, y: {"p": x * y, "s": x + y},
    ],
    ids=count(),
)
def test_trace_takes_many_results(result):
    """A tuple, a list, an array or a mapping of expressions are several outputs."""
    net = rg.trace(result)
    assert list(net.feed_forward(x=5, y=3).values()) == [15, 8]
    if isinstance(result(1, 1), dict):
        assert net.outputs == ["p", "s"]


def test_trace_keeps_unused_inputs():
    """An input that the function does not use is in the network, with derivative 0."""
    net = rg.trace(lambda x, unused: x * x)
    assert net.inputs == ["x", "unused"]
    net.feed_forward(x=3, unused=7)
    assert dict(net.backpropagate()) == {"x": 6, "unused": 0}


def test_trace_of_inputs_and_numbers():
    """A function may return an input as it is, or a number."""
    assert rg.trace(lambda x: x).feed_forward(x=3) == {"x": 3}


def test_an_input_may_be_an_output_under_its_own_name():
    """Names are compared as names: the input itself is the output."""
    net = rg.trace(lambda speed: {str(b"speed", "ascii"): speed})
    assert (list(net), net.outputs) == (["speed"], ["speed"])
    assert rg.trace(lambda x: {"a": x, "b": 2}).feed_forward(x=3) == {"a": 3, "b": 2}
    assert list(rg.trace(lambda x: 2.5).feed_forward(x=3).values()) == [2.5]


def test_trace_of_an_input_under_its_own_name():
    """A mapping may hand an input on under its own name."""
    assert rg.trace(lambda x: {"x": x, "y": 2 * x}).feed_forward(x=3) == {"x": 3, "y": 6}


def test_trace_of_one_result_under_two_names():
    """A mapping may hand one result on under two names: both are outputs."""

    def f(x):
        y = 2 * x
        return {"a": y, "b": y}

    assert rg.trace(f).feed_forward(x=3) == {"a": 6, "b": 6}


@pytest.mark.parametrize(
    "branching",
    [
        lambda x: x if x > 0 else -x,
        lambda x: 1 if x else 2,
        math.exp,
        lambda x: [x for _ in range(x)],
        lambda x: max(x, 0),
        lambda x: float(x) + 1,
    ],
    ids=count(),
)
def test_trace_refuses_control_flow(branching):
    """A function that branches on a value is refused with what to write instead."""
    with pytest.raises(TypeError, match=r"cannot branch.*rg\.relu"):
        rg.trace(branching)


@pytest.mark.parametrize(
    "function", [lambda *xs: xs[0], lambda **xs: 1, lambda x, *xs: x], ids=count()
)
def test_trace_refuses_unnamed_inputs(function):
    """*args and **kwargs have no names to call inputs by."""
    with pytest.raises(rg.ArgumentError, match=r"cannot name the inputs behind \*"):
        rg.trace(function)


@pytest.mark.parametrize("result", [None, "x", {}, [], (), [None], {"a": None}, {"a": "b"}])
def test_trace_refuses_other_results(result):
    """A function must return expressions or numbers."""
    with pytest.raises(rg.ArgumentError, match="expression"):
        rg.trace(lambda x: result)


def test_trace_of_numpy_functions():
    """A ufunc is a function of one argument that can be traced as it is."""
    assert rg.trace(np.sin).feed_forward(x=0.5) == {"sin1": math.sin(0.5)}


@given(
    st.lists(
        st.sampled_from(["add", "sub", "mul", "neg", "square", "scale"]), min_size=1, max_size=12
    ),
    st.data(),
)
def test_trace_computes_what_the_function_computes(ops, data):
    """Random straight-line programs give with Fractions, traced, what they give called."""
    picks = [data.draw(st.tuples(st.integers(0, 99), st.integers(0, 99))) for _ in ops]

    def program(a, b, c):
        values = [a, b, c]
        for op, (i, j) in zip(ops, picks, strict=True):
            u, v = values[i % len(values)], values[j % len(values)]
            values.append(
                {
                    "add": lambda u=u, v=v: u + v,
                    "sub": lambda u=u, v=v: u - v,
                    "mul": lambda u=u, v=v: u * v,
                    "neg": lambda u=u: -u,
                    "square": lambda u=u: u**2,
                    "scale": lambda u=u: u * Fraction(2, 3),
                }[op]()
            )
        return values[-1]

    at = {"a": Fraction(1, 2), "b": Fraction(-2, 3), "c": Fraction(5, 7)}
    net = rg.trace(program)
    assert net.feed_forward(at)[net.outputs[0]] == program(**at)
