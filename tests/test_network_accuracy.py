"""Whole networks: floats are as near to 50 digits as condition numbers and the rows allow.

For each label a bound is computed beside it: what its operands' errors become by the local
derivatives (for a stored derivative by the second ones, which dual numbers give), and what the
operation itself may add, which the row promises. The bounds are first-order, in exact terms of
worst cases; the labels are those of the two passes.
"""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.duals import dual_namespace
from rojasgraph.network import record_of
from rojasgraph.numbers.multiprecision import mpmath_namespace
from tests.effort import tries
from tests.strategies import networks

DIGITS = 50
UNIT = mpmath.mpf(2) ** -53
SECOND_ORDER = 1.001
"""What products of errors add to first-order bounds, amply."""

NEAR = (
    "Values and adjoints of whole networks lie as near to those of 50 digits as the condition "
    "numbers of the network and the promises of its rows allow."
)


class Bounds:
    """Bounds of the errors of all labels, computed beside labels of 50 digits."""

    def __init__(self, net, output):
        """Go through both passes."""
        net.backpropagate(output)
        self.net, self.record = net, record_of(net)
        self.plan, self.forward = self.record.reading.plan, self.record.forward
        self.values = [mpmath.mpf(0)] * len(self.plan.primitives)
        self.partials = [()] * len(self.plan.primitives)
        for j, row in enumerate(self.plan.primitives):
            if row is not None:
                self._forward(j, row)
        self.adjoints = [mpmath.mpf(0)] * len(self.plan.primitives)
        for j in reversed(range(len(self.plan.primitives))):
            self._backward(j)

    def weight(self, e):
        """Give an edge's weight."""
        if e in self.plan.shared:
            return self.forward.values[self.plan.shared[e]]
        return mpmath.mpf(1) if self.plan.weights[e] is None else self.plan.weights[e]

    def own(self, row, number):
        """Bound what a row's own arithmetic adds."""
        relative, absolute, _ = row.accuracy
        return UNIT * max(relative * abs(number), absolute) + mpmath.mpf(2) ** -1022

    def _forward(self, j, row):
        """Bound a node's value by its derivatives, and these by the second ones."""
        plan, forward = self.plan, self.forward
        nets = [mpmath.mpf(0)] * plan.slot_counts[j]
        errors = [mpmath.mpf(0)] * plan.slot_counts[j]
        sizes = [mpmath.mpf(0)] * plan.slot_counts[j]
        for e in plan.incoming[j]:
            s, w, carried = plan.slots[e], self.weight(e), forward.values[plan.tails[e]]
            nets[s] += w * carried
            sizes[s] += abs(w * carried)
            errors[s] += (
                abs(w) * self.values[plan.tails[e]] + UNIT * abs(w * carried) + (UNIT * sizes[s])
            )
        derivatives = forward.derivatives[j]
        self.values[j] = self.own(row, forward.values[j]) + sum(
            abs(d) * error for d, error in zip(derivatives, errors, strict=True)
        )
        found = [self.own(row, d) for d in derivatives]
        xp = dual_namespace(mpmath_namespace())
        arguments = {name: xp.lift(x) for name, x in plan.arguments[j].items()}
        for t, error in enumerate(errors):
            moving = [rg.Dual(x, mpmath.mpf(1)) if s == t else rg.Dual(x)
                      for s, x in enumerate(nets)]  # fmt: skip
            _, seconds = row.label(xp, moving, arguments)
            for s, second in enumerate(seconds):
                found[s] += error * abs(second.tangent or 0)
        self.partials[j] = tuple(found)

    def _backward(self, j):
        """Add up what arrives: products adjoint × factor × partial, each rounded twice."""
        nodes, names, heads = self.net.nodes, self.record.order.names, self.record.order.heads
        still = mpmath.mpf(0)
        arriving = [(e, self.weight(e), still) for e in self.plan.outgoing[j]]
        for e in self.plan.carriers.get(j, ()):
            tail = self.plan.tails[e]
            arriving.append((e, self.forward.values[tail], self.values[tail]))
        size = mpmath.mpf(0)
        for e, factor, factor_error in arriving:
            s, head = self.plan.slots[e], heads[e]
            adjoint, partial = nodes[names[head]]["adjoint"], self.forward.derivatives[head][s]
            product = abs(adjoint * factor * partial)
            size += product
            self.adjoints[j] += (
                self.adjoints[head] * abs(factor * partial)
                + abs(adjoint * partial) * factor_error
                + abs(adjoint * factor) * self.partials[head][s]
                + UNIT * (2 * product + size)
            )


def check(net, fed, output):
    """Compare all values and adjoints of floats with 50 digits; give the largest share used."""
    net.feed_forward(fed)
    net.backpropagate(output)
    names = list(net)
    floats = {n: (net.nodes[n]["value"], net.nodes[n]["adjoint"]) for n in names}
    with mpmath.workdps(DIGITS):
        net.feed_forward({n: mpmath.mpf(x) for n, x in fed.items()})
        bounds = Bounds(net, output)
        used = 0.0
        for j, name in enumerate(bounds.record.order.names):
            exact = (net.nodes[name]["value"], net.nodes[name]["adjoint"])
            for got, want, bound in zip(
                floats[name], exact, (bounds.values[j], bounds.adjoints[j]), strict=True
            ):
                assert math.isfinite(got), name
                gap = abs(mpmath.mpf(got) - mpmath.mpf(want))
                assert gap <= SECOND_ORDER * bound, (name, got, want, float(gap), float(bound))
                used = max(used, float(gap / bound) if bound else 0.0)
    return used


@pytest.mark.promise("nothing wrong in silence", NEAR)
@tries(60)
@given(networks(analytic=True, max_units=8, max_edges=3), st.data())
def test_networks_are_as_near_as_conditions_allow(drawn, data):
    """Random networks, at numbers that are not short in binary."""
    net, fed = drawn
    shift = data.draw(st.integers(-(2**20), 2**20))
    fed = {n: x * (1 + shift * 2.0**-40) + (0.0 if x else shift * 2.0**-45) for n, x in fed.items()}
    check(net, fed, data.draw(st.sampled_from(net.outputs)))


CANCELLING = {
    "1 - cos(x)": {"x": 1e-4},
    "(1 - cos(x))/x**2": {"x": 1e-6},
    "sqrt(x + 1) - sqrt(x)": {"x": 1e12},
    "-p + sqrt(p**2 + q)": {"p": 1000.0, "q": 0.018000000081},
    "exp(-x)*exp(x) - 1": {"x": 300.0},
    "log(exp(x) + exp(-x)) - x": {"x": 20.0},
    "(a*b)*c": {"a": 1e-300, "b": 1e300, "c": 1e-5},
    "x*silu(x) - x**2": {"x": 30.0},
    "logsumexp(a, b, c) - c": {"a": 1e16, "b": 1e16, "c": 1e16},
    "sin(x)**2 + cos(x)**2 - 1": {"x": 1e15},
    "tanh(x) - 1": {"x": 18.5},
}


@pytest.mark.promise("nothing wrong in silence", NEAR)
@pytest.mark.parametrize("formula", CANCELLING)
def test_formulas_that_cancel_are_as_near_as_conditions_allow(formula):
    """What they lose is what their condition says; value and gradient."""
    net = rg.Network.from_expressions(rg.parse(formula).named("F"))
    assert check(net, CANCELLING[formula], "F") <= SECOND_ORDER


def test_the_bound_is_no_empty_one():
    """A label that is off by a few units of a well-conditioned network breaks it."""
    x, y = rg.inputs("x y")
    net = rg.Network.from_expressions((rg.sin(x) * y + rg.exp(y)).named("F"))
    net.feed_forward(x=1.0, y=0.5)
    net.backpropagate("F")
    with mpmath.workdps(DIGITS):
        net.feed_forward(x=mpmath.mpf(1), y=mpmath.mpf(0.5))
        bounds = Bounds(net, "F")
        numbers = dict(zip(bounds.record.order.names, range(len(net)), strict=True))
        for name in net:
            j = numbers[name]
            assert bounds.values[j] < 1e-14
            assert bounds.adjoints[j] < 1e-14
    assert np.isfinite(float(bounds.values[numbers["F"]]))
