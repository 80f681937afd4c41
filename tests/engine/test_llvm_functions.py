"""The elementary functions of the llvm engine against mpmath: the table, on fewer points."""

import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("mpmath")

import mpmath

import rojasgraph as rg
from rojasgraph.engine.llvm import cache
from rojasgraph.engine.llvm.engine import LlvmEngine
from rojasgraph.engine.llvm.functions import Functions
from rojasgraph.engine.program import Program
from rojasgraph.engine.registry import ENGINES, Entry
from rojasgraph.table import TABLE
from tests.benchmarks.functions import (
    DIGITS,
    FUNCTIONS,
    PAIRS,
    ROWS,
    relative,
    specials,
    ulps,
    worst,
    worst_of_pairs,
)

OWN, FOREIGN, SINGLE = 2.0, 4.0, 0.51
"""Allowed errors in ulp: of functions written here, of libmvec's, of all in float32."""


@pytest.fixture(autouse=True, scope="module")
def registered():
    """Let the engine be found, and take the measured rows out of the table again."""
    known = dict(TABLE)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setitem(ENGINES, "llvm", Entry(LlvmEngine.__module__, LlvmEngine.__name__))
        yield
    for name in TABLE.keys() - known.keys():
        del TABLE[name]


@pytest.mark.parametrize("op", FUNCTIONS)
def test_functions_of_one_operand(op):
    """Each stays within its bound all over its domain, in both precisions; specials are exact."""
    allowed = OWN if hasattr(Functions, f"_{op}") or op == "sqrt" else FOREIGN
    error, at = worst(op, 150, "float64")
    assert error <= allowed, at
    error, at = worst(op, 50, "float32")
    assert error <= SINGLE, at
    assert specials(op) == []


@pytest.fixture
def without_fused(monkeypatch):
    """Let the processor have no fused multiply-add, as those before 2013."""
    monkeypatch.setattr(cache, "_features", lambda: "+sse2")
    monkeypatch.setattr(cache, "_loaded", {})
    cache._fingerprint.cache_clear()
    yield
    cache._fingerprint.cache_clear()


@pytest.mark.parametrize("op", ["exp", "expm1", "tanh", "log", "sin", "cos"])
def test_functions_without_fused_multiply_add(op, without_fused):
    """They are those of the C library then."""
    error, at = worst(op, 40, "float64")
    assert error <= FOREIGN, at


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "symmetric_sigmoid", "softplus"])
def test_rows_without_fused_multiply_add(name, without_fused):
    """Sigmoids and the slope of tanh are no functions of the C library."""
    value, slope = relative(name, 60)
    assert value < 1e-14
    assert slope < 2e-14


@pytest.mark.parametrize("op", [op for op in PAIRS if op != "logaddexp"])
def test_functions_of_two_operands(op):
    """Likewise; logaddexp cancels where its value is near zero."""
    error, at = worst_of_pairs(op, 300, "float64")
    assert error <= FOREIGN, at


@pytest.mark.parametrize("name", ROWS)
def test_composite_rows(name):
    """Value and derivative of a row keep their digits where nothing cancels."""
    value, slope = relative(name, 200)
    assert value < 1e-14
    assert slope < (2e-14 if name == "gelu" else 1e-14)  # that of gelu has a zero


@pytest.mark.parametrize("name", ["pow", "power"])
@pytest.mark.parametrize("batch", [True, False])
def test_powers(name, batch):
    """The derivative by the base shares the power; it keeps its digits up to both ends."""
    rng = np.random.default_rng(3)
    a = np.abs(rng.normal(size=60)) * 10.0 ** rng.uniform(-3, 3, 60)
    b = rng.uniform(-1, 1, 60) * 10.0 ** rng.uniform(-20, 2, 60)
    a[::3] = 10.0 ** rng.uniform(-300, 300, 20)
    b[::3] = rng.uniform(-309, 309, 20) / np.log10(a[::3])
    a, b = np.append(a, [2.0, 2.0, 5e-324, 0.5]), np.append(b, [-1021.5, 1023.9, 0.9, 1021.5])
    if name == "pow":
        program = Program.from_arrays(
            ["input", "input", "pow"], [0, 1], [2, 2], slots=[0, 1], engine="llvm"
        )
        columns = np.stack([a, b], axis=1)
    else:  # one row, whose exponents are as many numbers
        ops = ["input"] * 64 + ["power"] * 64
        program = Program.from_arrays(
            ops, range(64), range(64, 128), engine="llvm", arguments={"power": {"exponent": b}}
        )
        columns = np.tile(a, (2, 1))
    gradients = _gradients(program, columns, batch=batch)
    slopes = gradients[:, 0] if name == "pow" else gradients[0]
    with mpmath.workdps(DIGITS):
        pairs = zip(map(mpmath.mpf, a.tolist()), map(mpmath.mpf, b.tolist()), strict=True)
        errors = ulps(slopes, [y * mpmath.power(x, y - 1) for x, y in pairs], "float64")
    worst_place = int(errors.argmax())
    assert errors.max() <= FOREIGN, (a[worst_place], b[worst_place])


def _gradients(program, columns, *, batch):
    """Give the derivatives by the inputs: of all examples at once, or one by one by a step."""
    if batch:
        return program.value_and_gradient(columns, program.outputs)[1].inputs
    step, rows = program.prepare(None, program.outputs), []
    for row in columns:
        step.inputs[:] = row
        step()
        rows.append(step.input_gradient.copy())
    return np.array(rows)


def test_a_row_in_the_language_of_the_rows():
    """A sigmoid written by a user is computed as ours is: without overflow at −1000."""
    rg.primitive(
        "my_sigmoid",
        lambda xp, x: 1 / (1 + xp.exp(-x)),
        lambda xp, y, x: (y * (1 - y),),
    )
    program = Program.from_arrays(["input", "my_sigmoid"], [0], [1], engine="llvm")
    values = program.feed_forward({0: np.array([-1000.0, 0.0, 1000.0])})
    assert values[1].tolist() == [0.0, 0.5, 1.0]


def test_the_docs_list_every_function():
    """The table of errors in the docs is complete."""
    page = Path(__file__).parents[2] / "docs" / "engine.md"
    if not page.is_file():
        pytest.skip("an installed package carries no docs")
    text = page.read_text(encoding="utf-8")
    assert [name for name in (*FUNCTIONS, *PAIRS, *ROWS) if f"| {name} |" not in text] == []
