"""The examples: each runs by itself, and prints what it claims."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import rojasgraph

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
WANTED = {"blog_network", "iris", "neuron", "xor"}
WITH_DATA = {"breast_cancer", "digits", "iris"}
WITH_SCIPY = {"optimizers", "shortest_curve"}


def test_the_examples_are_there():
    """The four examples that the labeled graph is shown with are not lost."""
    assert {path.stem for path in EXAMPLES} >= WANTED


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example(path, tmp_path):
    """An example ends without an error or a warning, prints, and leaves no file behind."""
    if path.stem in WITH_DATA:
        pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    if path.stem in WITH_SCIPY:
        pytest.importorskip("scipy", reason="scipy is not installed")
    found = os.pathsep.join(
        [str(Path(rojasgraph.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", str(path)],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": found, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout.split()) > 10
    assert "Warning" not in done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example_says_what_it_shows(path):
    """An example starts with what it shows and what to compare it with."""
    assert path.read_text(encoding="utf-8").startswith('"""')
