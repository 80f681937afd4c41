"""The pages as tests: each runs in a folder of its own, and must draw the pictures it shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.pictures import stale
from rojasgraph.table import TABLE

collect_ignore = ["_build"]


@pytest.fixture(autouse=True)
def page_for_itself(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Run a page where its files do no harm; hold its pictures against what its code drew.

    Primitives that a page declares are taken out of the table again.
    """
    monkeypatch.chdir(tmp_path)
    rows = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(rows)
    page = request.node.path
    if page.suffix == ".md":
        old = [path.name for path in stale(page, tmp_path)]
        assert not old, f"drawn otherwise by now: {old}; python docs/pictures.py draws them again"
