"""Whatever bytes come in, a reader reads them or refuses them as its documentation says."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import tries
from tests.fuzzing.readers import CORPUS, READERS
from tests.strategies import damaged

ROOT = Path(__file__).parents[2]
REFUSED = "Whatever a formula, a derivation or a file holds, it is read, or refused with a reason."
SEARCHED = ("formula", "json", "graphml", "dot", "onnx")
"""The readers that are searched by coverage in every run; `python -m tests.fuzzing` has all."""


def corpus(name):
    """Give the inputs of a reader's corpus."""
    return [file.read_bytes() for file in sorted((CORPUS / name).iterdir())]


@pytest.mark.promise("nothing wrong in silence", REFUSED)
@pytest.mark.parametrize("name", READERS)
def test_corpus(name, record_property):
    """What once was a crash is one no more, and what is sound is read."""
    read = [READERS[name].ends_well(data) for data in corpus(name)]
    record_property("tried", len(read))
    assert sum(read) >= 1


@pytest.mark.promise("nothing wrong in silence", REFUSED)
@pytest.mark.parametrize("name", READERS)
@tries(25)
@given(data=st.data())
def test_damaged_inputs(name, data):
    """Inputs of the corpus with bytes changed, moved, doubled and lost, and words put in."""
    words = [word.encode() for word in READERS[name].tokens]
    READERS[name].ends_well(data.draw(damaged(corpus(name), words)))


@pytest.mark.promise("nothing wrong in silence", REFUSED)
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("name", SEARCHED)
@pytest.mark.once
def test_bounded_search(name, tmp_path, record_property):
    """A search led by coverage finds no crash in a thousand inputs, or as many fewer."""
    runs = 10 * settings().max_examples
    record_property("tried", runs)
    command = [sys.executable, "-m", "tests.fuzzing", name, "--seed", "1", "--seconds", "5"]
    command += ["--runs", str(runs), "--crashes", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    told = done.stderr.decode(errors="replace")
    assert done.returncode == 0, told[-3000:]
    assert "Done" in told
    assert list(tmp_path.iterdir()) == []
