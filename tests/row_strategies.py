"""Rows for tests: of the table's columns, but not in the table; and random ones."""

import dataclasses
import operator
from fractions import Fraction

from hypothesis import strategies as st

from rojasgraph.table import TABLE

EXACT_UNARY = ("neg", "abs", "sign", "sqrt")
EXACT_BINARY = ("add", "sub", "mul", "div", "mod", "maximum", "minimum", "heaviside")
"""Operations of which everyone who follows IEEE gives the same bits."""

_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_LEAVES = (0, 1, 2, -1, 0.5, 0.1, -0.0, 1e-300, 2**30 + 1, Fraction(3, 4), "zero", "one", "pi")


def own(function, partials=None, slots=1, **columns):
    """Make a row that is not in the table; by default each partial is the value."""
    columns = {
        "name": "mine",
        "arguments": {},
        "operands": tuple(f"operand{i}" for i in range(slots)),
        "partials": partials or (lambda xp, y, *xs, **arguments: (y,) * len(xs)),
    } | columns
    return dataclasses.replace(TABLE["neg"], function=function, slots=slots, **columns)


def apply(xp, op, *operands):
    """Apply an operation as a row writes it: an operator, or a function of the namespace."""
    if op == "div":
        return operands[0] / operands[1]
    if op not in {"abs", "sign"} and hasattr(operator, op):
        return getattr(operator, op)(*operands)
    return getattr(xp, op)(*operands)


def programs(unary=EXACT_UNARY, binary=EXACT_BINARY, slots=2):
    """Give rows of random steps on a stack of values, which starts as the operands."""
    places = st.integers(0, 30)
    steps = st.one_of(
        st.tuples(st.just("leaf"), st.sampled_from(_LEAVES)),
        st.tuples(st.sampled_from(unary), places),
        st.tuples(st.sampled_from(binary), places, places),
        st.tuples(st.just("where"), st.sampled_from(_COMPARISONS), *[places] * 4),
    )
    return st.lists(steps, min_size=1, max_size=12).map(lambda found: _row_of(found, slots))


def _row_of(steps, slots):
    """Make a row of random steps; its value is the last result, its partials those before."""

    def run(xp, xs):
        stack = list(xs)
        for op, *rest in steps:
            if op == "leaf":
                number = rest[0]
                stack.append(getattr(xp, number) if isinstance(number, str) else xp.lift(number))
            elif op == "where":
                comparison, *chosen = rest
                a, b, yes, no = (stack[i % len(stack)] for i in chosen)
                stack.append(xp.where(apply(xp, comparison, a, b), yes, no))
            else:
                result = apply(xp, op, *(stack[i % len(stack)] for i in rest))
                # numpy's maximum and that of our floats choose differently between 0 and -0
                stack.append(result + 0 if op in {"maximum", "minimum"} else result)
        return stack

    return own(
        lambda xp, *xs: run(xp, xs)[-1],
        lambda xp, _, *xs: tuple(run(xp, xs)[-1 - slots : -1]),
        slots=slots,
    )
