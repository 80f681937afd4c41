"""What a primitive is to its users: declaring one, calling it, its arguments, its name."""

import copy
import inspect
import itertools
import math
import pickle
import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.table import TABLE, lookup, sample_points

ROWS = list(TABLE.values())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def declare_gauss(**more):
    """Declare a good primitive of one slot and one argument."""
    return rg.primitive(
        "gauss",
        lambda xp, x, *, width=2: xp.exp(-x * x / width),
        lambda xp, y, x, *, width=2: (-2 * x * y / width,),
        symbol="bell {width}",
        latex=r"\mathcal{G}_{{width}}",
        **more,
    )


def declare_mix(**more):
    """Declare a good primitive of two slots whose partials differ."""
    return rg.primitive(
        "mix",
        lambda xp, a, b: a * a * xp.sin(b),
        lambda xp, y, a, b: (2 * a * xp.sin(b), a * a * xp.cos(b)),
        **more,
    )


# --- a good one works everywhere -----------------------------------------------------------------


def test_a_new_row_is_in_the_table():
    """What is declared is found by name, and called at numbers."""
    row = declare_gauss()
    assert TABLE["gauss"] is row is lookup("gauss")
    assert (row.slots, row.operands, dict(row.arguments)) == (1, ("x",), {"width": 2})
    assert row(1.0) == math.exp(-0.5)
    assert row(1.0, 4) == row(1.0, width=4) == math.exp(-0.25)


@given(
    st.floats(-2, 2), st.floats(-2, 2), st.sampled_from([float, np.float32, mpmath.mpf, complex])
)
def test_a_new_row_labels_a_network(a, b, system):
    """A network with new rows has the values and adjoints of the written-out formula."""
    gauss, mix = declare_gauss(replace=True), declare_mix(replace=True)
    x, t = rg.inputs("x t")
    net = rg.Network.from_expressions(mix(gauss(x * t, width=3), t).named("E"))
    make = (lambda v: np.array([v], np.float32)) if system is np.float32 else system
    net.feed_forward(x=make(a), t=make(b))
    grad = net.backpropagate("E")
    X, T = sp.symbols("x t")
    formula = sp.exp(-((X * T) ** 2) / 3) ** 2 * sp.sin(T)
    at = {X: sp.Rational(a), T: sp.Rational(b)}
    rough = 1e-4 if system is np.float32 else 1e-12
    for got, want in [
        (net.nodes["E"]["value"], formula),
        (grad["x"], sp.diff(formula, X)),
        (grad["t"], sp.diff(formula, T)),
    ]:
        assert complex(np.ravel(got)[0]) == pytest.approx(complex(want.evalf(subs=at)), abs=rough)


def test_a_new_row_has_symbolic_labels():
    """Over sympy symbols the labels of a new row are formulas."""
    declare_gauss()
    net = rg.Network()
    net.add_input("x")
    net.add_unit("f", "gauss", arguments={"width": 5})
    net.add_edge("x", "f", weight=0.1)
    x = sp.Symbol("x")
    net.feed_forward(x=x)
    assert sp.simplify(net.nodes["f"]["value"] - sp.exp(-(x**2) / 500)) == 0
    assert sp.simplify(net.backpropagate("f")["x"] - sp.diff(sp.exp(-(x**2) / 500), x)) == 0


def test_a_new_row_is_read_in_formulas():
    """A formula calls a new row by its name, arguments included."""
    declare_gauss()
    net = rg.Network.from_expressions(rg.parse("gauss(2*x, width=4) + gauss(y)").named("E"))
    net.feed_forward(x=0.5, y=1.0)
    assert net.nodes["E"]["value"] == pytest.approx(math.exp(-0.25) + math.exp(-0.5), abs=1e-15)


def test_a_new_row_is_drawn():
    """A drawing shows the symbol with its argument filled in."""
    declare_gauss()
    net = rg.Network.from_expressions(rg.parse("gauss(x, width=7)"))
    assert "bell 7" in rg.draw(net).source
    net.feed_forward(x=1.0)
    net.backpropagate()
    assert "bell 7" in rg.draw(net).source


def test_a_new_row_is_pickled_by_name():
    """A row, and a network with it, survive pickle and copy; without its row it does not load."""
    row = declare_gauss()
    assert pickle.loads(pickle.dumps(row)) is row is copy.copy(row) is copy.deepcopy(row)
    net = rg.Network.from_expressions(row(rg.inputs("x")).named("f"))
    again = pickle.loads(pickle.dumps(net))
    assert again.feed_forward(x=1.0) == net.feed_forward(x=1.0)
    kept = pickle.dumps(row)
    del TABLE["gauss"]
    with pytest.raises(rg.UnknownPrimitive, match="gauss"):
        pickle.loads(kept)


def test_a_new_row_takes_any_number_of_slots():
    """A row of `*xs` works with one slot and with many."""
    row = rg.primitive(
        "energy",
        lambda xp, *xs: sum(x * x for x in xs),
        lambda xp, y, *xs: tuple(2 * x for x in xs),
    )
    assert row.slots is None
    assert row.slot_name(2) == "xs[2]"
    net = rg.Network.from_expressions(row(*rg.inputs("a b c d")).named("E"))
    net.feed_forward(a=1.0, b=2.0, c=3.0, d=4.0)
    assert net.nodes["E"]["value"] == 30.0
    assert net.nodes["E"]["derivatives"] == (2.0, 4.0, 6.0, 8.0)


def test_a_new_row_that_gathers():
    """A row that gathers sums all the operands of a call in its one slot."""
    row = rg.primitive(
        "squash", lambda xp, x: xp.tanh(x), lambda xp, y, x: (1 - y * y,), gathers=True
    )
    assert row(0.25, 0.5) == math.tanh(0.75)
    x = rg.inputs("x")
    net = rg.Network.from_expressions(row(x, x, x).named("f"))
    assert net.feed_forward(x=0.25) == {"f": math.tanh(0.75)}


def test_a_new_row_that_does_not_pass():
    """A row with passes=False may store any partial; nothing flows back through it."""
    row = rg.primitive("wall", lambda xp, x: x * x, lambda xp, y, x: (xp.zero,), passes=False)
    x = rg.inputs("x")
    net = rg.Network.from_expressions((row(x) + x).named("E"))
    net.feed_forward(x=3.0)
    assert net.backpropagate("E")["x"] == 1.0


def test_a_row_with_an_argument_that_must_be_given():
    """An argument without a default is asked for; it is checked at a value of its own."""
    row = rg.primitive(
        "tilt", lambda xp, x, *, by: xp.sin(by * x), lambda xp, y, x, *, by: (by * xp.cos(by * x),)
    )
    assert row(0.5, 3) == math.sin(1.5)
    with pytest.raises(rg.ArgumentError, match="tilt lacks by: its arguments are: by"):
        row(0.5)


# --- wrong ones are refused ----------------------------------------------------------------------


WRONG = {
    "sign": lambda xp, y, a, b: (-2 * a * xp.sin(b), a * a * xp.cos(b)),
    "second sign": lambda xp, y, a, b: (2 * a * xp.sin(b), -a * a * xp.cos(b)),
    "factor": lambda xp, y, a, b: (a * xp.sin(b), a * a * xp.cos(b)),
    "small error": lambda xp, y, a, b: (2 * a * xp.sin(b), 1.00001 * a * a * xp.cos(b)),
    "swapped": lambda xp, y, a, b: (a * a * xp.cos(b), 2 * a * xp.sin(b)),
    "missing": lambda xp, y, a, b: (2 * a * xp.sin(b),),
    "too many": lambda xp, y, a, b: (2 * a * xp.sin(b), a * a * xp.cos(b), xp.zero),
    "a list": lambda xp, y, a, b: [2 * a * xp.sin(b), a * a * xp.cos(b)],
    "no tuple": lambda xp, y, a, b: 2 * a * xp.sin(b),
    "value": lambda xp, y, a, b: (y, y),
    "zero": lambda xp, y, a, b: (xp.zero, xp.zero),
    "nan": lambda xp, y, a, b: (math.nan, math.nan),
    "None": lambda xp, y, a, b: (None, None),
    "only at positive": lambda xp, y, a, b: (2 * xp.abs(a) * xp.sin(b), a * a * xp.cos(b)),
}


@pytest.mark.parametrize("partials", WRONG.values(), ids=WRONG)
def test_partials_that_are_refused(partials):
    """A wrong partial is an ArgumentError that names the row, and leaves no row behind."""
    with pytest.raises(rg.ArgumentError, match=r"^mix: (the partial by|partials must give)"):
        rg.primitive("mix", lambda xp, a, b: a * a * xp.sin(b), partials)
    assert "mix" not in TABLE


@pytest.mark.parametrize("analytic", [True, False])
@pytest.mark.parametrize("slot", [0, 1])
def test_the_error_shows_point_claim_and_slope(slot, analytic):
    """The error names the slot, the point, what is declared and what the slope is."""

    def partials(xp, y, left, right):
        right_ones = [2 * left, 3 * right * right]
        right_ones[slot] = right_ones[slot] + 7
        return tuple(right_ones)

    with pytest.raises(rg.ArgumentError) as caught:
        rg.primitive(
            "curve",
            lambda xp, left, right: left * left + right * right * right,
            partials,
            analytic=analytic,
        )
    message = str(caught.value)
    numbers_shown = re.findall(r"(?<![\w.])-?\d[\d.]*\d", message)
    left, right, claim, slope = map(float, numbers_shown)
    assert f"by {('left', 'right')[slot]} at" in message
    assert slope == pytest.approx((2 * left, 3 * right * right)[slot], rel=1e-5)
    assert claim == pytest.approx(slope + 7, rel=1e-5)


@each_row
def test_each_row_with_a_wrong_partial_is_refused(row):
    """Every row of the table, declared anew with one partial a little off, is refused."""
    for k in range(row.slots or 3) if row.passes else ():

        def partials(xp, y, *given, k=k, **arguments):
            right = list(row.partials(xp, y, *given, **arguments))
            right[k] = right[k] + 1e-3 * (1 + abs(right[k]))
            return tuple(right)

        partials.__signature__ = inspect.signature(row.partials)
        for analytic in {row.analytic, False}:
            with pytest.raises(rg.ArgumentError, match=r"^again: the partial by"):
                rg.primitive("again", row.function, partials, domain=row.domain, analytic=analytic)


@each_row
def test_each_row_can_be_declared_anew(row):
    """Every row of the table passes as a user's own, also where it is said to be analytic.

    Complex step does not apply to abs or max; the check then falls back to differences.
    """
    for analytic in {row.analytic, True}:
        again = rg.primitive(
            f"again_{analytic}",
            row.function,
            row.partials,
            domain=row.domain,
            analytic=analytic,
            passes=row.passes,
        )
        assert (again.slots, again.operands) == (row.slots, row.operands)


def test_functions_without_complex_meaning_fall_back():
    """A kink that complex numbers survive, but wrongly, does not fool the check."""
    rg.primitive(
        "real_part",
        lambda xp, x: np.real(x) * 1.0,
        lambda xp, y, x: (xp.one,),
    )
    with pytest.raises(rg.ArgumentError, match=r"declared as 0, .* slope there is 1$"):
        rg.primitive("real_part_2", lambda xp, x: np.real(x) * 1.0, lambda xp, y, x: (xp.zero,))


def test_a_function_of_the_math_module_is_checked_by_differences():
    """Python's own math knows no complex numbers; a row of it is checked by differences."""
    row = rg.primitive(
        "sine", lambda xp, x: math.sin(x), lambda xp, y, x: (math.cos(x),)
    )  # fmt: skip
    assert row(0.5) == math.sin(0.5)


def test_the_check_can_be_turned_off():
    """With check=False nothing is compared; the row labels with what it declares."""
    wrong = rg.primitive("twice", lambda xp, x: x + x, lambda xp, y, x: (xp.one,), check=False)
    net = rg.Network.from_expressions(wrong(rg.inputs("x")).named("f"))
    net.feed_forward(x=1.0)
    assert net.backpropagate("f")["x"] == 1.0


def test_a_wrong_number_of_partials_is_found_at_the_latest_in_a_pass():
    """With check=False a missing partial is an ArgumentError of the pass, which names the row."""
    wrong = rg.primitive("pair", lambda xp, a, b: a + b, lambda xp, y, a, b: (1,), check=False)
    net = rg.Network.from_expressions(wrong(*rg.inputs("a b")).named("f"))
    with pytest.raises(rg.ArgumentError, match=r"pair: partials must give a tuple of 2"):
        net.feed_forward(a=1.0, b=2.0)


RAISING = {
    "unknown function": lambda xp, x: xp.zeta(x),
    "KeyError": lambda xp, x: {}[3],
    "ValueError": lambda xp, x: math.log(-1),
    "ZeroDivisionError": lambda xp, x: x / 0,
    "on one side": lambda xp, x: x if x > 0 else {}[1],
    "attribute": lambda xp, x: x.zeta,
    "text": lambda xp, x: "x",
    "None": lambda xp, x: None,
    "complex": lambda xp, x: x**0.5,
}


@pytest.mark.parametrize("function", RAISING.values(), ids=RAISING)
def test_a_function_that_fails_is_refused_where_it_fails(function):
    """An error of the user's function is told with the row, the point and the ways out."""
    with pytest.raises(rg.ArgumentError, match=r"^fails.*(check=False|partials must)") as caught:
        rg.primitive("fails", function, lambda xp, y, x: (xp.one,))
    assert "fails" not in TABLE
    assert "x = " in str(caught.value) or "any sample point" in str(caught.value)


def test_partials_and_domains_that_fail_are_refused_where_they_fail():
    """The same of the partials and of the domain's test."""
    with pytest.raises(rg.ArgumentError, match=r"^fails.*AttributeError.*zeta.*x = "):
        rg.primitive("fails", lambda xp, x: x, lambda xp, y, x: (x.zeta,))
    with pytest.raises(rg.ArgumentError, match=r"^fails.*AttributeError.*zeta.*x = "):
        rg.primitive(
            "fails", lambda xp, x: x, lambda xp, y, x: (xp.one,), domain=("no", lambda x: x.zeta)
        )


def test_a_function_that_fails_among_complex_numbers_is_checked_by_differences():
    """What works for real numbers only is not analytic, whatever error says so."""
    row = rg.primitive("odd", lambda xp, x: x * x if x.is_integer() in {True, False} else x,
                       lambda xp, y, x: (2 * x,))  # fmt: skip
    assert row(3.0) == 9.0


@pytest.mark.parametrize(
    ("function", "domain"),
    [
        (lambda xp, x: xp.log(x - 50), None),
        (lambda xp, x: xp.log(x - 50), ("x > 50", lambda x: x > 50)),
        (lambda xp, x: x * math.nan, None),
        (lambda xp, x: x * math.inf, None),
        (lambda xp, x: x, ("nowhere", lambda x: False)),
    ],
    ids=["far", "far, said so", "nan", "inf", "nowhere"],
)
def test_a_domain_without_sample_points_is_refused(function, domain):
    """What is finite at no sample point cannot be checked, and the error says how to go on."""
    with pytest.raises(rg.ArgumentError, match=r"^far cannot be checked: .*check=False"):
        rg.primitive("far", function, lambda xp, y, x: (xp.one,), domain=domain)
    assert "far" not in TABLE
    rg.primitive("far", function, lambda xp, y, x: (xp.one,), domain=domain, check=False)


def test_the_domain_keeps_the_check_from_the_rest():
    """Only points of the domain are tried: elsewhere the partial may be anything."""
    arguments = {
        "function": lambda xp, x: xp.sqrt(x * x),
        "partials": lambda xp, y, x: (xp.one,),
        "analytic": False,
    }
    with pytest.raises(rg.ArgumentError, match=r"declared as 1, .* slope there is -1$"):
        rg.primitive("half", **arguments)
    row = rg.primitive("half", **arguments, domain=("x > 0", lambda x: x > 0))
    assert all(x > 0 for (x,) in sample_points(row, {}))


@pytest.mark.parametrize(
    "domain",
    [lambda x: x > 0, ("other slots", lambda a, b: a > b)],
    ids=["no pair", "other slots"],
)
def test_domains_that_are_refused(domain):
    """A domain that is no pair of words and a test of the slots is an ArgumentError."""
    with pytest.raises(rg.ArgumentError, match="domain"):
        rg.primitive("odd", lambda xp, x: x, lambda xp, y, x: (xp.one,), domain=domain)


# --- names and signatures ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "two words", "1st", "a-b", "f(x)", "x;y", None, 3, ("a",)])
def test_names_that_are_no_identifiers_are_refused(name):
    """A name that a formula could not read is an ArgumentError that shows it."""
    with pytest.raises(rg.ArgumentError, match="must be an identifier") as caught:
        rg.primitive(name, lambda xp, x: x, lambda xp, y, x: (xp.one,))
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["lambda", "None", "input", "parameter", "constant", "pi", "Rational"],
)
def test_names_that_mean_something_else_are_refused(name):
    """Keywords, the kinds of sources, and the grammar's own names are no names of rows."""
    with pytest.raises(rg.ArgumentError, match=name):
        rg.primitive(name, lambda xp, x: x, lambda xp, y, x: (xp.one,))


@each_row
@pytest.mark.parametrize("replace", [True, False])
def test_names_of_the_table_are_taken(row, replace):
    """No row of the library is declared over, not even with replace=True."""
    with pytest.raises(rg.ArgumentError, match=f"{row.name}.* exists already: choose another"):
        rg.primitive(row.name, row.function, row.partials, replace=replace, check=False)
    assert TABLE[row.name] is row


def test_a_row_of_ones_own_is_replaced_on_demand():
    """Declaring twice is refused with the mend; with replace=True the new row holds."""
    first = declare_gauss()
    with pytest.raises(rg.ArgumentError, match="pass replace=True"):
        declare_gauss()
    assert TABLE["gauss"] is first
    net = rg.Network.from_expressions(rg.parse("gauss(x)").named("f"))
    second = rg.primitive(
        "gauss", lambda xp, x: xp.sin(x), lambda xp, y, x: (xp.cos(x),), replace=True
    )
    assert TABLE["gauss"] is second is not first
    net = rg.Network.from_expressions(rg.parse("gauss(x)").named("f"))
    assert net.feed_forward(x=0.5) == {"f": math.sin(0.5)}


def test_a_refused_replacement_leaves_the_old_row():
    """If the new partials are wrong, the old row stays."""
    first = declare_gauss()
    with pytest.raises(rg.ArgumentError, match=r"declared as"):
        rg.primitive("gauss", lambda xp, x: x, lambda xp, y, x: (2 * xp.one,), replace=True)
    assert TABLE["gauss"] is first


SIGNATURES = {
    "no slot": (lambda xp: 1, lambda xp, y: ()),
    "no xp": (lambda x: x, lambda xp, y, x: (1,)),
    "no y": (lambda xp, x: x, lambda xp, x: (1,)),
    "other slots": (lambda xp, x: x, lambda xp, y, z: (1,)),
    "other order": (lambda xp, a, b: a + b, lambda xp, y, b, a: (1, 1)),
    "fewer slots": (lambda xp, a, b: a + b, lambda xp, y, a: (1,)),
    "star and slot": (lambda xp, a, *xs: a, lambda xp, y, a, *xs: (1,)),
    "star in one": (lambda xp, *xs: xs[0], lambda xp, y, xs: (1,)),
    "other arguments": (lambda xp, x, *, k: x * k, lambda xp, y, x, *, j: (j,)),
    "no arguments": (lambda xp, x, *, k=2: x * k, lambda xp, y, x: (2,)),
    "named arguments": (lambda xp, x, **kw: x, lambda xp, y, x, **kw: (xp.one,)),
}


@pytest.mark.parametrize(("function", "partials"), SIGNATURES.values(), ids=SIGNATURES)
def test_signatures_that_are_refused(function, partials):
    """Two functions that do not take the same are an ArgumentError that shows both."""
    with pytest.raises(rg.ArgumentError, match=r"^odd: write function=lambda xp, x"):
        rg.primitive("odd", function, partials)
    assert "odd" not in TABLE


# --- calls at numbers ----------------------------------------------------------------------------


def given_to(row, make=float):
    """Give operands inside a row's domain, and arguments."""
    empty = inspect.Parameter.empty
    arguments = {n: 3 if d is empty else d for n, d in row.arguments.items()}
    point = next(p for p in sample_points(row, arguments) if p[-1] > 0)
    return tuple(make(x) for x in point), arguments


@each_row
def test_calls_at_each_kind_of_number(row):
    """A call gives a number of the system that holds its operands: the function's value."""
    point, arguments = given_to(row)
    want = row(*point, **arguments)
    assert type(want) is float
    assert want == row.function(FLOAT, *point, **arguments)
    batch = row(*(np.array([x, x]) for x in point), **arguments)
    assert batch.shape == (2,)
    np.testing.assert_allclose(batch, want, rtol=1e-14)
    narrow = row(*(np.array([x], np.float32) for x in point), **arguments)
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, [want], rtol=1e-5)
    for kind in (np.float64, np.float32):
        got = row(*map(kind, point), **arguments)
        assert type(got) is float
        assert got == pytest.approx(want, rel=1e-5)
    high = row(*map(mpmath.mpf, point), **arguments)
    assert isinstance(high, mpmath.mpf)
    assert float(high) == pytest.approx(want, rel=1e-13)
    symbols = sp.symbols(f"x:{len(point)}")
    formula = row(*symbols, **arguments)
    assert isinstance(formula, sp.Expr)
    assert formula.free_symbols <= set(symbols)


@each_row
def test_calls_at_whole_numbers_are_calls_at_floats(row):
    """Whole numbers alone give what their floats give."""
    point, arguments = given_to(row, lambda x: 1 if x > 0 else -1)
    if row.domain is None or row.domain[1](*point, **arguments):
        whole, wide = row(*point, **arguments), row(*map(float, point), **arguments)
        assert type(whole) is float
        assert whole == wide or (math.isnan(whole) and math.isnan(wide))


@pytest.mark.parametrize("row", [r for r in ROWS if r.slots == 2], ids=lambda row: row.name)
def test_calls_at_mixed_numbers(row):
    """Numbers of several kinds meet in the system that holds them all."""
    half = {"float": 0.5, "Fraction": Fraction(1, 2), "mpf": mpmath.mpf(0.5)}
    half["ndarray"] = np.array([0.5, 0.5])
    want = row(0.5, 0.5)
    for (first, a), (second, b) in itertools.product(half.items(), repeat=2):
        if {first, second} == {"mpf", "ndarray"}:
            with pytest.raises(rg.ArgumentError, match="feed one example"):
                row(a, b)
            continue
        if first == second == "Fraction":
            continue  # see tests/test_primitives.py
        value = row(a, b)
        widest = max(first, second, key=list(half).index)
        widest = "float" if widest == "Fraction" else widest
        assert type(value).__name__ == widest
        assert np.ravel(value)[0] == pytest.approx(want, rel=1e-14)


def test_calls_at_arrays_of_objects():
    """Arrays of Fractions, symbols or expressions are computed element by element."""
    halves = np.array([Fraction(1, 2), Fraction(1, 3)], dtype=object)
    assert rg.mul(halves, 2).tolist() == [1, Fraction(2, 3)]
    x, y = sp.symbols("x y")
    assert rg.tanh(np.array([x, y], dtype=object)).tolist() == [sp.tanh(x), sp.tanh(y)]
    built = rg.tanh(np.array(rg.inputs("a b"), dtype=object))
    assert [e.op for e in built] == [rg.tanh, rg.tanh]
    assert rg.power(halves, exponent=2).tolist() == [Fraction(1, 4), Fraction(1, 9)]


@each_row
def test_calls_at_expressions_build_nodes(row):
    """With an expression among the operands a call builds a node; numbers become constants."""
    point, arguments = given_to(row)
    x = rg.inputs("x")
    for i in range(len(point)):
        built = row(*point[:i], x, *point[i + 1 :], **arguments)
        assert isinstance(built, rg.Expression)
        assert built.op is row
        assert built.operands[i] is x
        net = rg.Network.from_expressions(built.named("f"))
        assert net.feed_forward(x=point[i])["f"] == row(*point, **arguments)


@each_row
def test_wrong_counts_are_refused(row):
    """Too few or too many values, or arguments that are not there, name the row."""
    point, arguments = given_to(row)
    with pytest.raises(rg.ArgumentError, match=rf"^{row.name} takes \("):
        row()
    with pytest.raises(rg.ArgumentError, match=f"^{row.name} does not take \\['nonsense'\\]"):
        row(*point, **arguments, nonsense=1)
    if row.slots is not None and not row.gathers:
        extra = (*point, *arguments.values(), 1.0)
        with pytest.raises(rg.ArgumentError, match=f"; got {len(extra)} values$"):
            row(*extra)
        with pytest.raises(rg.ArgumentError, match=f"; got {len(point) - 1} values$"):
            row(*point[:-1])
    if inspect.Parameter.empty in row.arguments.values():
        with pytest.raises(rg.ArgumentError, match=f"^{row.name} lacks"):
            row(*point)


@each_row
@pytest.mark.parametrize("bad", ["1", None, sp.true, {}, "__import__('os')"], ids=repr)
def test_what_is_no_number_is_refused(row, bad):
    """Text or an object in any slot or argument is an ArgumentError that names the row."""
    point, arguments = given_to(row)
    for i in range(len(point)):
        with pytest.raises(rg.ArgumentError, match=f"^{row.name} got"):
            row(*point[:i], bad, *point[i + 1 :], **arguments)
    for name in arguments:
        with pytest.raises(rg.ArgumentError, match=f"^{row.name} takes a number for {name}"):
            row(*point, **{**arguments, name: bad})


@pytest.mark.parametrize(
    ("row", "operands"),
    [
        (rg.div, (Fraction(1), 0)),
        (rg.reciprocal, (Fraction(0),)),
        (rg.power, (Fraction(0), -1)),
        (rg.power, (Fraction(2), Fraction(1, 2))),
        (rg.pow, (Fraction(2), Fraction(1, 2))),
        (rg.tanh, (Fraction(1),)),
        (rg.abs, (1j,)),
        (rg.maximum, (1j, 0)),
    ],
    ids=lambda x: x.name if isinstance(x, rg.Primitive) else str(x),
)
def test_what_has_no_meaning_names_the_row(row, operands):
    """An operation without a meaning in a number system is a DomainError with the row's name."""
    with pytest.raises(rg.DomainError, match=rf"\b{row.name}\b"):
        row(*operands)


# --- how a row shows itself ----------------------------------------------------------------------


@each_row
def test_a_row_survives_pickle_and_copy(row):
    """Pickle, copy and deepcopy give the row itself."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(row, protocol)) is row
    assert copy.copy(row) is row is copy.deepcopy(row)


@each_row
def test_a_row_shows_what_it_takes(row):
    """The repr names the row, its slots and its arguments; a row cannot be changed."""
    assert repr(row) == f"<primitive {row.name}({', '.join((*row.operands, *row.arguments))})>"
    with pytest.raises(AttributeError):
        row.name = "other"
    assert [row.slot_name(i) for i in range(row.slots or 0)] == (
        list(row.operands) if row.slots else []
    )


@pytest.mark.parametrize(
    ("name", "near"),
    [("tahn", "tanh"), ("sigmod", "sigmoid"), ("arctan_2", "arctan2"), ("Relu", "relu")],
)
def test_an_unknown_name_gets_a_hint(name, near):
    """A name that is nearly right is answered with the right one."""
    with pytest.raises(rg.UnknownPrimitive, match=f"{name!r}: did you mean .*{near}"):
        lookup(name)


@pytest.mark.parametrize("name", ["qqqqq", None, 3, ["tanh"], ("tanh",)], ids=repr)
def test_a_name_unlike_any_is_told_how_to_declare_one(name):
    """Anything else, hashable or not, is an UnknownPrimitive that points to rg.primitive."""
    with pytest.raises(rg.UnknownPrimitive, match=r"no primitive is called"):
        lookup(name)


@pytest.mark.parametrize(
    ("given_arguments", "bound"),
    [((), {"k": 2, "m": 5}), ((3,), {"k": 3, "m": 5}), ([3, 4], {"k": 3, "m": 4}),
     (7, {"k": 7, "m": 5}), (Fraction(1, 2), {"k": Fraction(1, 2), "m": 5}),
     ({"m": 1}, {"k": 2, "m": 1})],
    ids=repr,
)  # fmt: skip
def test_bind(given_arguments, bound):
    """Arguments come by name, in order, or as one number; defaults fill in the rest."""
    row = rg.primitive(
        "line", lambda xp, x, *, k=2, m=5: k * x + m, lambda xp, y, x, *, k=2, m=5: (k,),
        symbol="{k}x+{m}", latex="{k}x+{m}",
    )  # fmt: skip
    assert row.bind(given_arguments) == bound
    assert row.symbol_for(given_arguments) == "{k}x+{m}".format(**bound)
    assert row.latex_for(given_arguments) == "{k}x+{m}".format(**bound)


@pytest.mark.parametrize("number", [0.1 + 0.2, 1e-9, 1234567.0])
def test_symbols_show_six_digits(number):
    """Floats in a symbol are rounded to six digits."""
    assert rg.scale.symbol_for((number,)) == f"×{number:.6g}"


@pytest.mark.parametrize(
    "given", [8, (8,), (-1, 0), (8, math.inf), (8, math.nan), (8, 0, 1), [8, 0]]
)
def test_an_accuracy_that_is_none_is_refused(given):
    """A pair of sizes from 0 up, perhaps with words, is taken; nothing else is."""
    halves = (lambda xp, x: x * x), (lambda xp, y, x: (2 * x,))
    with pytest.raises(rg.ArgumentError, match=r"accurate: write accuracy=.*got"):
        rg.primitive("accurate", *halves, accuracy=given)
    assert rg.primitive("accurate", *halves, accuracy=(1, 0)).accuracy == (1, 0, "")
    assert rg.primitive("placed", *halves, accuracy=(1, 0, "off 0")).accuracy == (1, 0, "off 0")
    assert rg.primitive("silent", *halves).accuracy is None
