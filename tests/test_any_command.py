"""Whatever the arguments, the command line ends with 0, 1 or 2 and a message, never a traceback."""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rojasgraph.cli import main
from tests.effort import tries
from tests.formula_strategies import formulas, mutated
from tests.fuzzing.readers import CORPUS
from tests.hostile.strangers import CODE, GROWTH, NAMES
from tests.strategies import command_lines

ENDS = "Whatever the arguments, a command ends with 0, 1 or 2 and a message, never a traceback."
HOSTILE = [text for text in (*CODE, *GROWTH, *map(str, NAMES)) if len(text) < 1000]


def ended(arguments):
    """Run the command line in a folder with a few files; give its exit code and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patched,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        patched.chdir(folder)
        patched.setattr("sys.stdin", io.StringIO("y = x**2\ndy/dx = 2*x\n"))
        Path("table.csv").write_bytes((CORPUS / "csv" / "flowers").read_bytes())
        Path("good.txt").write_bytes((CORPUS / "derivation" / "slip").read_bytes())
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = stop.code
    return code, out.getvalue(), err.getvalue()


@pytest.mark.promise("nothing wrong in silence", ENDS)
@tries(100)
@given(command_lines(st.one_of(formulas, mutated, st.sampled_from(HOSTILE))))
@example(["explain", "square(" * 60 + "x" + ")" * 60, "--at", "x=2", "--exact"])
@example(["explain", "x**20000", "--at", "x=2", "--exact"])
@example(["draw", "x", "-o", "\x00.svg"])
@example(["audit", "\x00"])
@example(["train", "\x00.csv", "--target", "x"])
@example(["draw", "x", "-o", "\ud800.txt"])
def test_any_command(arguments):
    """The code is 0, 1 or 2; where it is not 0 there is something to read."""
    code, out, err = ended(arguments)
    assert code in {0, 1, 2}, arguments
    assert "Traceback" not in err
    assert code == 0 or err or out
