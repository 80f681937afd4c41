"""What strangers send is read or refused: nothing of it runs, nor takes more than its share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="memory and time are bounded on Unix only")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Read everything in a process that is watched and bounded."""
    folder = tmp_path_factory.mktemp("watched")
    kept = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path_factory.mktemp("sent"))}
    command = [sys.executable, "-m", "tests.hostile.watched"]
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return {**json.loads(done.stdout), "left": [path.name for path in folder.rglob("*")]}


@pytest.mark.promise(
    "nobody let in",
    "Nothing in a formula, a derivation or a file is run, and nothing beside the named file is "
    "opened, whatever it holds.",
)
def test_nothing_is_run_and_nothing_else_is_opened(report, record_property):
    """No code, no process, no socket, no other file, while hostile input is read."""
    record_property("tried", report["tried"])
    assert report["tried"] > 300
    assert report["events"] == []
    assert report["left"] == []


@pytest.mark.promise(
    "within bounds",
    "A formula, a derivation or a file that claims to be huge is refused before it fills memory.",
)
def test_hostile_input_is_read_or_refused_within_bounds(report, record_property):
    """With a gigabyte and a minute for all together, each is read or refused as documented."""
    record_property("tried", report["tried"])
    assert report["crashes"] == []
