"""Nothing is left behind by many calls: of labelings, passes of engines, compilations, pictures."""

import pytest

from tests.leaks import JOBS, left_behind

ROUNDS = 2
CACHES = 100
"""Blocks that caches may still take in all rounds."""

FLAT = (
    "Memory stays flat: labelings, edits, passes of engines, compilations, pictures and files "
    "leave no memory behind."
)


@pytest.mark.promise("within bounds", FLAT)
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
@pytest.mark.once
def test_memory_stays_flat(job, record_property):
    """The best of some rounds counts: caches fill in the first ones."""
    run = job.make()
    for _ in range(job.warm_up):
        run()
    left = [left_behind(run, job.quick) for _ in range(ROUNDS)]
    assert min(left) < max(job.quick, CACHES), left
    record_property("tried", ROUNDS * job.quick)
