"""Compare our symbolic labels with sympy.diff, on expressions whose parts are shared.

python tests/benchmarks/symbolic.py [depth]

Each level uses the one below two or three times, so the formula written out doubles or trebles
with each level while the graph grows by a few nodes. Ours: letter the network and write the
derivative by x in letters. Sympy's: differentiate the formula, which is there beforehand, by x.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import sympy as sp

import rojasgraph as rg
from rojasgraph.derivation.letters import Adjoints, Place, letter

SHALLOWEST, DEEPEST = 4, 14
LONGEST = 20.0
"""After how many seconds of sympy.diff a column ends."""

FAMILIES: dict[str, tuple[Callable, Callable]] = {
    "u = u*u + u": (lambda u, _x: u * u + u, lambda u, _x: u * u + u),
    "u = tanh(u*u + x)": (
        lambda u, x: rg.tanh(u * u + x),
        lambda u, x: sp.tanh(u * u + x),
    ),
    "u = sin(u)*u + x": (
        lambda u, x: rg.sin(u) * u + x,
        lambda u, x: sp.sin(u) * u + x,
    ),
}
"""A level over the one below it: of our expressions, and of sympy's."""


def ours(level: Callable, depth: int) -> float:
    """Time the derivative in letters, in seconds."""
    u = x = rg.inputs("x")
    for _ in range(depth):
        u = level(u, x)
    net = rg.Network.from_expressions(u)
    start = time.perf_counter()
    lettering = letter(net)
    adjoints = Adjoints(lettering, lettering.number(net.outputs[0]))
    adjoints.written(Place(lettering.number("x")))
    return time.perf_counter() - start


def sympys(level: Callable, depth: int) -> float:
    """Time sympy.diff on the formula, in seconds."""
    sp.core.cache.clear_cache()
    u = x = sp.Symbol("x", real=True)
    for _ in range(depth):
        u = level(u, x)
    start = time.perf_counter()
    sp.diff(u, x)
    return time.perf_counter() - start


def main(deepest: int) -> None:
    """Print the table."""
    print(f"{'':20}depth   ours, ms   sympy, ms   ratio")
    for our_level, their_level in FAMILIES.values():  # what is loaded and built once is not timed
        ours(our_level, 2), sympys(their_level, 2)
    for name, (our_level, their_level) in FAMILIES.items():
        for depth in range(SHALLOWEST, deepest + 1):
            sp.core.cache.clear_cache()
            mine, theirs = ours(our_level, depth), sympys(their_level, depth)
            print(f"{name:20}{depth:5}{mine * 1e3:11.1f}{theirs * 1e3:12.1f}{theirs / mine:8.1f}")
            if theirs > LONGEST:
                break


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEEPEST)
