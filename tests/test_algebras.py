"""Path algebras: the laws of a semiring hold for each of them, in every number system."""

import math
from fractions import Fraction
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph import algebras
from rojasgraph.numbers import system_of
from rojasgraph.numbers.floats import FLOAT
from tests.effort import tries

EDGES = [("x", "y", 0), ("x", "y", 1), ("y", "z", 0)]

FACTORS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 1e-300, -1e300, 5e-324, 1.7e308]),
    st.floats(-8, 8).filter(lambda d: abs(d) > 1e-6),
)


def is_close(a, b):
    """Compare answers, numbers to 9 digits."""
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(is_close, a, b))
    if isinstance(a, float):
        return (
            a == b
            or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
            or (math.isnan(a) and math.isnan(b))
        )
    return a == b


def same(algebra):
    """Compare elements by what they tell, but for lists of paths, whose order does not count."""
    if algebra.name == "free":
        return lambda a, b: sorted(a) == sorted(b)
    return lambda a, b: is_close(algebra.answer(a), algebra.answer(b))


@tries(15)
@given(st.lists(FACTORS, min_size=2, max_size=4))
@pytest.mark.parametrize("name", algebras.ALL)
def test_laws_in_floats(name, numbers):
    """All laws hold for lifted factors; sizes that overflow belong to the scaled algebras."""
    algebra = algebras.ALL[name]
    tame = algebra.scaled and name != "longest"
    factors = numbers if tame else [d for d in numbers if 1e-100 < abs(d) < 1e100] or [1.0]
    if name == "log":  # sums that cancel have no relative error
        factors = [abs(d) for d in factors]
    rg.check_laws(algebra, EDGES if algebra.structural else factors, same(algebra))


@tries(25)
@given(st.lists(st.fractions(-4, 4, max_denominator=6), min_size=2, max_size=5))
@pytest.mark.parametrize("name", ["real", "boolean", "magnitude", "max_product", "min_max"])
def test_laws_exactly(name, numbers):
    """Over Fractions the laws hold to the bit."""
    algebra = algebras.ALL[name].over(system_of(numbers))
    rg.check_laws(algebra, numbers, lambda a, b: a == b)


@tries(25)
@given(st.lists(FACTORS, min_size=3, max_size=3), st.data())
@pytest.mark.parametrize("name", ["log", "entropy", "log_counting", "min_max"])
def test_laws_of_sums_and_products(name, numbers, data):
    """The laws hold as well for what sums and products of factors give."""
    algebra = algebras.ALL[name]
    if name in {"log", "min_max"}:
        numbers = [abs(d) if 1e-9 < abs(d) < 1e9 else 1.5 for d in numbers]
    lifted = [algebra.lift(EDGES[0] if algebra.structural else d) for d in numbers]
    built = list(lifted)
    for _ in range(3):
        a, b = data.draw(st.sampled_from(built)), data.draw(st.sampled_from(built))
        built.append(data.draw(st.sampled_from([algebra.plus, algebra.times]))(a, b))
    for a in built[-3:]:
        for b in built[-3:]:
            for c in built[-2:]:
                left = algebra.times(a, algebra.plus(b, c))
                right = algebra.plus(algebra.times(a, b), algebra.times(a, c))
                assert same(algebra)(left, right)
                left = algebra.plus(algebra.plus(a, b), c)
                assert same(algebra)(left, algebra.plus(a, algebra.plus(b, c)))


@given(st.lists(st.floats(0.1, 9), min_size=1, max_size=6), st.integers(-40, 40))
def test_log_neither_under_nor_overflows(numbers, power):
    """The logarithm of a product far beyond the floats is that of exact arithmetic."""
    scale = 2.0**25
    element, exact = algebras.log.one, Fraction(1)
    for number in numbers:
        for _ in range(abs(power)):
            factor = -number * (scale if power > 0 else 1 / scale)
            element = algebras.log.times(algebras.log.lift(factor), element)
            exact *= Fraction(factor)
    sign, logarithm = algebras.log.answer(element)
    assert sign == (1 if exact > 0 else -1)
    top, bottom = abs(exact.numerator), exact.denominator
    assert logarithm == pytest.approx(
        float(mpmath.log(top) - mpmath.log(bottom)), rel=1e-12, abs=1e-9
    )


@given(st.lists(st.integers(1, 4), max_size=300))
def test_log_counting_is_the_logarithm_of_counting(fans):
    """Counts beyond the floats have the logarithm of the whole number."""
    many, exact = algebras.log_counting.one, 1
    for fan in fans:
        sums = many
        for _ in range(fan * 9):
            sums = algebras.log_counting.plus(sums, many)
        many, exact = sums, exact * (fan * 9 + 1)
    assert algebras.log_counting.answer(many) == pytest.approx(math.log(exact), rel=1e-12)


def test_a_count_meets_one_of_another_size():
    """Of two counts far apart, the smaller one counts for what it is, or for nothing."""
    algebra = algebras.log_counting
    one, great = algebra.one, algebra.one
    for _ in range(499):
        great = algebra.plus(great, great)
    beyond = algebra.plus(algebra.plus(great, great), algebra.plus(great, great))
    assert algebra.answer(algebra.plus(great, beyond)) == pytest.approx(math.log(5 * 2**499))
    assert algebra.answer(algebra.plus(beyond, great)) == pytest.approx(math.log(5 * 2**499))
    assert algebra.plus(beyond, one) == algebra.plus(one, beyond) == beyond


def own(**changed):
    """Give an algebra of a user's own, the real one but for what is changed."""
    rules = {"zero": 0, "one": 1, "plus": lambda a, b: a + b, "times": lambda a, b: a * b}
    return SimpleNamespace(**{**rules, "lift": lambda d: d, **changed})


@pytest.mark.parametrize(
    ("changed", "law"),
    [
        ({"one": 2}, "one is neutral"),
        ({"zero": 1}, "zero is neutral"),
        ({"plus": max, "zero": -math.inf}, "zero annihilates"),
        ({"plus": lambda a, b: a}, "zero is neutral"),
        ({"plus": max}, "zero is neutral|times distributes"),
        ({"times": lambda a, b: a * b if a in {0, 1} or b in {0, 1} else a - b}, "associates"),
    ],
)
def test_what_is_no_semiring_is_refused(changed, law):
    """The message names the law and shows where it breaks."""
    with pytest.raises(rg.ArgumentError, match=f"no semiring: it is not so that .*({law})"):
        rg.check_laws(own(**changed), [Fraction(-1), Fraction(2), Fraction(3)])


def test_signed_maximum_of_products_is_refused_with_the_reason():
    """(max, ×) on negative numbers: a negative factor turns max into min."""
    signed = own(plus=max, zero=0.0, one=1.0)
    rg.check_laws(signed, [0.25, 3.0])
    with pytest.raises(rg.ArgumentError, match=r"negative factor turns max into min.*max_product"):
        rg.check_laws(signed, [0.25, -3.0])


def test_products_need_not_commute():
    """Matrices are an algebra: blocks of a Jacobian."""
    matrices = own(
        zero=np.zeros((2, 2)),
        one=np.eye(2),
        times=np.matmul,
        lift=lambda d: np.array([[1, d], [d, 2]]),
    )
    rg.check_laws(matrices, [0.5, 2.0])


ROUNDED = {
    "mpmath": lambda: [mpmath.mpf("0.1"), mpmath.mpf("0.7") / 3, mpmath.mpc("0.1", "0.3")],
    "complex": lambda: [0.1 + 0.2j, 0.7 - 1j, 0.3],
    "formulas": lambda: [sympy.Symbol("x") + 1, sympy.Symbol("y") / 3, sympy.Symbol("x") ** 2],
}


@pytest.mark.parametrize("factors", ROUNDED.values(), ids=ROUNDED)
def test_numbers_that_are_the_same_but_for_rounding_or_form(factors):
    """The laws hold of what is rounded at the last digit, or written in another way."""
    rg.check_laws(own(), factors())
    with pytest.raises(rg.ArgumentError, match=r"no semiring: .*one is neutral"):
        rg.check_laws(own(times=lambda a, b: a * b * (1 + 1e-6)), factors())


def test_other_number_systems():
    """Formulas, mpmath numbers and arrays have the algebras that make sense there."""
    x = sympy.Symbol("x", real=True)
    formulas = algebras.max_product.over(system_of([x]))
    assert formulas.plus(formulas.lift(x), formulas.lift(2 * x)) == sympy.Max(abs(x), 2 * abs(x))
    with pytest.raises(rg.DomainError, match="log computes with numbers"):
        algebras.log.over(system_of([x]))
    with mpmath.workdps(30):
        precise = algebras.entropy.over(system_of([mpmath.mpf(2)]))
        halves = precise.plus(precise.lift(mpmath.mpf(1) / 2), precise.lift(mpmath.mpf(1) / 2))
        assert mpmath.almosteq(precise.answer(halves), mpmath.log(2), mpmath.mpf(10) ** -15)
    with pytest.raises(rg.DomainError, match="abs"):
        algebras.magnitude.over(system_of([1j])).lift(1j)
    assert algebras.log.over(system_of([Fraction(1)])).xp is FLOAT


def test_answers():
    """What stands where no path leads, and how a logarithm becomes a number."""
    found = {name: each.answer(each.zero) for name, each in algebras.ALL.items()}
    assert math.isnan(found.pop("entropy"))
    assert found == {
        "real": 0, "boolean": False, "counting": 0, "log_counting": -math.inf, "magnitude": 0,
        "max_product": 0, "min_max": (math.inf, -math.inf), "log": (0, -math.inf),
        "longest": -math.inf, "free": (),
    }  # fmt: skip
    assert float(algebras.SignedLog(-1.0, math.log(2.0))) == pytest.approx(-2.0)
    assert repr(algebras.log) == "<path algebra log>"
