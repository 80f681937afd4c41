"""Nothing is left behind by many calls: of labelings, passes of engines, compilations, pictures."""

import gc
import weakref

import pytest

import rojasgraph as rg
from rojasgraph.engine.llvm import single
from tests.leaks import JOBS, left_behind, small_network

ROUNDS = 3
CACHES = 100
"""Blocks that caches may still take in all rounds."""

FLAT = (
    "Memory stays flat: labelings, edits, passes of engines, compilations, pictures and files "
    "leave no memory behind."
)


@pytest.mark.promise("within bounds", FLAT)
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_memory_stays_flat(job, record_property):
    """The best of some rounds counts: caches fill in the first ones."""
    run = job.make()
    for _ in range(job.warm_up):
        run()
    left = [left_behind(run, job.quick) for _ in range(ROUNDS)]
    assert min(left) < max(job.quick, CACHES), left
    record_property("tried", ROUNDS * job.quick)


def test_a_pass_of_compiled_code_is_let_go(monkeypatch):
    """Its context, with all arrays that it leads to, once was held by a view of itself."""
    seen = []

    class Watched(single.Context):
        def __init__(self):
            super().__init__()
            seen.append(weakref.ref(self))

    monkeypatch.setattr(single, "Context", Watched)
    program = rg.compile(small_network(), engine="llvm")
    for _ in range(3):
        program.value_and_gradient({"x": 2.0, "t": 1.0})
    gc.collect()
    assert seen
    assert [each for each in seen if each() is not None] == []
