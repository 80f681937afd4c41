"""Engines at nasty numbers: every row keeps the promise of its accuracy there, too."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.engine.compilation import compile as compile_network
from tests.effort import tries
from tests.engine.compare import quietly
from tests.nasty_floats import points_of
from tests.test_nasty_numbers import (
    ACCURATE,
    DIGITS,
    DOUBLE,
    ROWS,
    SINGLE,
    broken_halves,
    promised,
    rounded_arguments,
)
from tests.test_primitives import in_mpmath

COUNT = 16
FAR_FROM_SUBNORMAL = 1e-300


def slots_of(row):
    """Count slots; three where a row takes any number."""
    return row.slots or 3


def network_of_all_rows(dtype):
    """Build one network with a unit of every row, each with inputs of its own."""
    net = rg.Network()
    for row in ROWS:
        net.add_unit(row.name, row.name, arguments=rounded_arguments(row, dtype)[0], output=True)
        for s in range(slots_of(row)):
            net.add_input((row.name, s))
            net.add_edge((row.name, s), row.name, slot=s)
    return net


def faults_at(net, row, points, dtype):
    """Read the labels of a row's unit and list the points where they break its promise."""
    node = net.nodes[row.name]
    halves = [np.broadcast_to(half, len(points)) for half in (node["value"], *node["derivatives"])]
    arguments = rounded_arguments(row, dtype)[0]
    return [
        (row.name, point, [float(half[i]) for half in halves])
        for i, point in enumerate(points.tolist())
        if promised(row, point, arguments, dtype)
        and broken_halves(
            row, dtype, [half[i] for half in halves], in_mpmath(row, point, arguments, DIGITS)
        )
    ]


@pytest.mark.promise("nothing wrong in silence", ACCURATE)
@pytest.mark.parametrize(
    ("engine", "dtype"),
    [("numpy", DOUBLE), ("numpy", SINGLE), ("llvm", DOUBLE), ("llvm", SINGLE)],
    ids=str,
)
def test_engines_keep_what_rows_promise(engine, dtype, record_property):
    """Value and derivatives of all rows in one program, written on the graph as labels."""
    net = network_of_all_rows(dtype)
    program = compile_network(net, engine, dtype=dtype)
    tried = 0

    @tries(5)
    @given(st.integers(0, 2**32 - 1))
    def keep(seed):
        nonlocal tried
        points = {row: points_of(seed, slots_of(row), dtype, COUNT) for row in ROWS}
        fed = {(row.name, s): points[row][:, s] for row in ROWS for s in range(slots_of(row))}
        with quietly():
            program.value_and_gradient(fed, net.outputs)
            program.label()
        assert [fault for row in ROWS for fault in faults_at(net, row, points[row], dtype)] == []
        tried += COUNT * len(ROWS)

    keep()
    record_property("tried", tried)


def test_jax_keeps_1024_units_off_subnormals():
    """XLA takes subnormal numbers for 0, and its functions err by some hundred units far out."""
    pytest.importorskip("jax")
    net = network_of_all_rows(DOUBLE)
    program = compile_network(net, "jax")
    points = {row: points_of(1, slots_of(row), DOUBLE, COUNT) for row in ROWS}
    points = {row: np.where(abs(xs) < FAR_FROM_SUBNORMAL, 1.0, xs) for row, xs in points.items()}
    fed = {(row.name, s): points[row][:, s] for row in ROWS for s in range(slots_of(row))}
    with quietly():
        program.value_and_gradient(fed, net.outputs)
        program.label()
    for row in ROWS:
        loose = replace(row, accuracy=(1024, 9, row.accuracy[2]))
        assert faults_at(net, loose, points[row], DOUBLE) == []
