"""Print how accurate the elementary functions of the llvm engine are, against mpmath.

python -m tests.benchmarks.functions [points]

Each function is run through a program of one node on points all over its domain: random ones of
every magnitude, many where its values are of size 1, and many beside its zeros and poles. The
error is told in ulp, units in the last place of the exact result; below the smallest normal
number, in units of the smallest number. Special values (0, −0, infinities, nan, the ends of the
domain) are compared with numpy's, signs of zeros included.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np

import rojasgraph as rg
from rojasgraph.engine.llvm.cache import has
from rojasgraph.engine.llvm.engine import LlvmEngine
from rojasgraph.engine.llvm.functions import (
    BY_LANES,
    C_NAMES,
    Functions,
    vector_address,
    vector_name,
)
from rojasgraph.engine.program import Program
from rojasgraph.engine.registry import ENGINES, Entry
from rojasgraph.table import TABLE

DIGITS = 50
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e308, -1e308)


class Measured(NamedTuple):
    """A function to measure.

    Attributes:
        exact: the same in mpmath.
        low: where the domain of finite results begins.
        high: where it ends.
        near: points in whose neighborhood many points are drawn.
        numpy: gives the special values.
    """

    exact: Callable[..., Any]
    low: float
    high: float
    near: tuple[float, ...] = ()
    numpy: Callable[..., Any] | None = None


BIG = 1e300
HALF_TURNS = tuple(k * np.pi / 2 for k in (1, 2, 3, 7, 40, 1000, 63661))

FUNCTIONS: dict[str, Measured] = {
    "exp": Measured(mpmath.exp, -745, 709.7, (0,), np.exp),
    "exp2": Measured(lambda x: mpmath.mpf(2) ** x, -1074, 1023.9, (0,), np.exp2),
    "expm1": Measured(mpmath.expm1, -745, 709.7, (0, 0.35, -0.35, 0.7, 1.04), np.expm1),
    "log": Measured(mpmath.log, 0, BIG, (1, 0.70710678, 1.41421356), np.log),
    "log2": Measured(lambda x: mpmath.log(x, 2), 0, BIG, (1,), np.log2),
    "log10": Measured(mpmath.log10, 0, BIG, (1,), np.log10),
    "log1p": Measured(mpmath.log1p, -1, BIG, (0, -1), np.log1p),
    "sqrt": Measured(mpmath.sqrt, 0, BIG, (), np.sqrt),
    "cbrt": Measured(lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), -BIG, BIG, (), np.cbrt),
    "sin": Measured(mpmath.sin, -BIG, BIG, (*HALF_TURNS, 1e5), np.sin),
    "cos": Measured(mpmath.cos, -BIG, BIG, (*HALF_TURNS, 1e5), np.cos),
    "tan": Measured(mpmath.tan, -BIG, BIG, HALF_TURNS, np.tan),
    "arcsin": Measured(mpmath.asin, -1, 1, (-1, 1, 0.5), np.arcsin),
    "arccos": Measured(mpmath.acos, -1, 1, (-1, 1, 0.5), np.arccos),
    "arctan": Measured(mpmath.atan, -BIG, BIG, (1,), np.arctan),
    "sinh": Measured(mpmath.sinh, -710, 710, (0,), np.sinh),
    "cosh": Measured(mpmath.cosh, -710, 710, (0,), np.cosh),
    "tanh": Measured(mpmath.tanh, -BIG, BIG, (0, 0.17, 0.35, 0.55), np.tanh),
    "arcsinh": Measured(mpmath.asinh, -BIG, BIG, (0,), np.arcsinh),
    "arccosh": Measured(mpmath.acosh, 1, BIG, (1,), np.arccosh),
    "arctanh": Measured(mpmath.atanh, -1, 1, (0, 1, -1), np.arctanh),
    "erf": Measured(mpmath.erf, -BIG, BIG, (0, 1), None),
    "erfc": Measured(mpmath.erfc, -BIG, 26.5, (0, 1), None),
}
"""The functions of one operand."""

PAIRS: dict[str, Callable[..., Any]] = {
    "power": mpmath.power,
    "hypot": mpmath.hypot,
    "arctan2": mpmath.atan2,
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
}
"""The functions of two operands, on points of moderate size."""

ROWS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sigmoid": (
        lambda x: 1 / (1 + mpmath.exp(-x)),
        lambda x: 1 / (2 + mpmath.exp(x) + mpmath.exp(-x)),
    ),
    "tanh": (mpmath.tanh, lambda x: mpmath.sech(x) ** 2),
    "symmetric_sigmoid": (lambda x: mpmath.tanh(x / 2), lambda x: mpmath.sech(x / 2) ** 2 / 2),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "silu": (
        lambda x: x / (1 + mpmath.exp(-x)),
        lambda x: (1 + x - x / (1 + mpmath.exp(-x))) / (1 + mpmath.exp(-x)),
    ),
    "gelu": (
        lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
        lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + x * mpmath.npdf(x),
    ),
    "erf": (mpmath.erf, lambda x: 2 * mpmath.exp(-x * x) / mpmath.sqrt(mpmath.pi)),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "elu": (
        lambda x: x if x > 0 else mpmath.expm1(x),
        lambda x: mpmath.mpf(1) if x > 0 else mpmath.exp(x),
    ),
}
"""Composite rows, value and derivative: relative errors for |x| ≤ 30.

For gelu and erf |x| ≤ 5: beyond, exp(−x²) and erfc fall so steeply that rounding x² or x/√2 alone
costs x² ulp.
"""

SMALLEST = 1e-300
"""Numbers below are too small for a relative error."""


def register() -> None:
    """Let the engine be found by its name."""
    ENGINES.setdefault("llvm", Entry(LlvmEngine.__module__, LlvmEngine.__name__))


def program(op: str, slots: int, dtype: str) -> Program:
    """Make a program of one operation of the instruction set."""
    name = f"measured_{op}"
    if name not in TABLE:
        functions: dict[int, tuple[Callable[..., Any], Callable[..., Any]]] = {
            1: (lambda xp, x: getattr(xp, op)(x), lambda xp, y, x: (xp.zero,)),
            2: (lambda xp, a, b: getattr(xp, op)(a, b), lambda xp, y, a, b: (xp.zero, xp.zero)),
        }
        rg.primitive(name, *functions[slots], check=False)
    sources = list(range(slots))
    return Program.from_arrays(
        ["input"] * slots + [name], sources, [slots] * slots, slots=sources, engine="llvm",
        dtype=dtype,
    )  # fmt: skip


def points(measured: Measured, count: int, seed: int = 0) -> np.ndarray:
    """Draw points of the domain."""
    rng = np.random.default_rng(seed)
    low, high = measured.low, measured.high
    sign = rng.choice([-1.0, 1.0], count)
    anywhere = sign * 10.0 ** rng.uniform(-300, 300, count)
    ordinary = sign * 10.0 ** rng.uniform(-6, 3, count)
    central = rng.uniform(-4, 4, count)
    ends = rng.uniform(max(low, -1e3), min(high, 1e3), count)
    close = [
        x + rng.choice([-1.0, 1.0], count // 4) * 10.0 ** rng.uniform(-16, -0.5, count // 4)
        for x in measured.near
    ]
    found = np.concatenate([anywhere, ordinary, central, ends, *close])
    return found[(found > low) & (found < high)]


def ulps(got: np.ndarray, exact: list[Any], dtype: str) -> np.ndarray:
    """Give errors in units in the last place."""
    kind = np.dtype(dtype).type
    info = np.finfo(kind)
    errors = []
    for value, truth in zip(got.tolist(), exact, strict=True):
        rounded = kind(min(abs(truth), mpmath.mpf(float(info.max))))
        with np.errstate(all="ignore"):
            step = float(np.spacing(rounded))
        unit = step if np.isfinite(step) else float(rounded - np.nextafter(rounded, kind(0)))
        if not np.isfinite(value):
            largest = abs(truth) >= mpmath.mpf(float(info.max))
            errors.append(0.0 if largest and np.isinf(value) else np.inf)
        else:
            errors.append(float(abs(mpmath.mpf(value) - truth) / mpmath.mpf(unit)))
    return np.array(errors)


def worst(op: str, count: int, dtype: str) -> tuple[float, float]:
    """Give the largest error of a function of one operand in ulp, and where."""
    measured = FUNCTIONS[op]
    with np.errstate(all="ignore"):
        xs = points(measured, count).astype(dtype)
        xs = xs[np.isfinite(xs) & (xs > measured.low) & (xs < measured.high)]
    got = program(op, 1, dtype).feed_forward({0: xs}).array.ravel()
    with mpmath.workdps(DIGITS + 330 if op in {"sin", "cos", "tan"} else DIGITS):
        errors = ulps(got, [measured.exact(mpmath.mpf(float(x))) for x in xs], dtype)
    at = int(errors.argmax())
    return float(errors[at]), float(xs[at])


def worst_of_pairs(op: str, count: int, dtype: str) -> tuple[float, tuple[float, float]]:
    """The same for a function of two operands."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, count)) * 10.0 ** rng.uniform(-3, 1.5, (2, count))
    if op == "power":
        a = np.abs(a)
    a, b = a.astype(dtype), b.astype(dtype)
    got = program(op, 2, dtype).feed_forward({0: a, 1: b}).array.ravel()
    with mpmath.workdps(DIGITS):
        exact = [PAIRS[op](mpmath.mpf(float(x)), mpmath.mpf(float(y)))
                 for x, y in zip(a, b, strict=True)]  # fmt: skip
        errors = ulps(got, exact, dtype)
    at = int(errors.argmax())
    return float(errors[at]), (float(a[at]), float(b[at]))


def specials(op: str) -> list[float]:
    """List the special values that differ from numpy's."""
    function = FUNCTIONS[op].numpy
    if function is None:
        return []
    got = program(op, 1, "float64").feed_forward({0: np.array(SPECIAL)}).array.ravel()
    with np.errstate(all="ignore"):
        want = function(np.array(SPECIAL))
    same = (np.isnan(got) & np.isnan(want)) | (
        np.isclose(got, want, rtol=1e-15, atol=0) & (np.signbit(got) == np.signbit(want))
    )
    return [x for x, equal in zip(SPECIAL, same.tolist(), strict=True) if not equal]


def relative(name: str, count: int) -> tuple[float, float]:
    """Give the largest relative errors of a composite row: of its value and its derivative."""
    end = 5 if name in {"gelu", "erf"} else 30
    xs = np.random.default_rng(2).uniform(-end, end, count)
    row = Program.from_arrays(["input", name], [0], [1], engine="llvm",
                              arguments={name: dict(TABLE[name].arguments)})  # fmt: skip
    values, gradients = row.value_and_gradient({0: xs})
    found = []
    with mpmath.workdps(DIGITS):
        for got, exact in zip((values.array.ravel(), gradients[0]), ROWS[name], strict=True):
            truth = [exact(mpmath.mpf(x)) for x in xs.tolist()]
            pairs = zip(got.tolist(), truth, strict=True)
            found.append(max(
                float(abs((mpmath.mpf(g) - t) / t)) for g, t in pairs if abs(t) > SMALLEST
            ))  # fmt: skip
    return found[0], found[1]


def maker(op: str, operands: int) -> str:
    """Say whose code computes a function on this machine."""
    if hasattr(Functions, f"_{op}"):
        return "own"
    if op == "sqrt":
        return "processor"
    widest = 8 if has("avx512f") else 4
    vectors = vector_address(vector_name(C_NAMES[op], operands, widest)) is not None
    return "libmvec" if vectors and op not in BY_LANES else "libm"


def main(count: int) -> None:
    """Print the tables, as Markdown."""
    register()
    print(
        "| function | code | float64, ulp | float32, ulp | special values |\n|---|---|---|---|---|"
    )
    for op, measured in FUNCTIONS.items():
        error, single = worst(op, count, "float64")[0], worst(op, count // 4, "float32")[0]
        special = f"differ at {differ}" if (differ := specials(op)) else "exact"
        special = "–" if measured.numpy is None else special
        print(f"| {op} | {maker(op, 1)} | {error:.2f} | {single:.2f} | {special} |", flush=True)
    for op in PAIRS:
        error, single = (worst_of_pairs(op, count, kind)[0] for kind in ("float64", "float32"))
        print(f"| {op} | {maker(op, 2)} | {error:.2f} | {single:.2f} | – |", flush=True)
    print("\n| row | value, relative | derivative, relative |\n|---|---|---|")
    for name in ROWS:
        value, slope = relative(name, count)
        print(f"| {name} | {value:.1e} | {slope:.1e} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
