"""A diagram shows the labels that a compiled program leaves, like those of the passes."""

from __future__ import annotations

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.drawing.assembly import STYLES, drawing_of


def net():
    """Build units with weighted edges, always the same."""
    return rg.layered([2, 3, 1], activation="tanh", rng=np.random.default_rng(0))


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
@pytest.mark.parametrize("fed", [{"x1": 0.5, "x2": -1.0}, {"x1": np.array([0.5, 2.0]), "x2": -1.0}])
def test_labels_of_a_program_are_drawn(engine, fed):
    """Values, derivatives, adjoints and gradients are there, and say the same."""
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    ours, compiled = net(), net()
    ours.feed_forward(fed)
    ours.backpropagate()
    program = rg.compile(compiled, engine=engine)
    program.value_and_gradient(fed)
    program.label()
    for style in STYLES:
        one, other = (drawing_of(n, style, precision=9).boxes for n in (ours, compiled))
        assert [(b.value, b.derivatives, b.adjoint) for b in one] == [
            (b.value, b.derivatives, b.adjoint) for b in other
        ]
        assert [a.gradient for b in one for a in b.arrows] == [
            a.gradient for b in other for a in b.arrows
        ]
    assert rg.frames(compiled)[len(net())].caption == rg.frames(ours)[len(net())].caption
