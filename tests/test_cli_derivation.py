"""The command line for derivations: explain --steps and --latex, check, audit."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rojasgraph.cli import main
from tests.effort import tries
from tests.formula_strategies import formulas, mutated

LINE = "(y - (w*x + b))**2"
RIGHT_CLAIM = "w=-2*x*(y - (w*x + b))"
WRONG_CLAIM = "b=2*(y - (w*x + b))"

RIGHT = """\
y = x**3
dy/dx = 3*x**2
"""
WRONG = """\
# a slip
y = x**3
dy/dx = 2*x**2
"""
WRONG_FOUND = """\
   2   y = x**3
   3 ✗ dy/dx = 2*x**2
       extra factor 2/3
line 3 is the first that does not follow
"""


@pytest.fixture
def run(capsys):
    """Give a function that runs the command line: its exit code, output and errors."""

    def ran(*arguments):
        try:
            code = main([str(a) for a in arguments])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return ran


@pytest.fixture
def written(tmp_path):
    """Give a function that writes a file and returns its path."""

    def write(content):
        path = tmp_path / "derivation.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(result, *said):
    """Check that bad use ended with 2, a message and where help is, and nothing else."""
    code, out, err = result
    assert code == 2, err
    assert out == ""
    assert "error: " in err
    assert "Traceback" not in err
    assert "--help" in err or "usage:" in err
    for text in said:
        assert text in err, err


# --- explain


def test_steps(run):
    """With --steps, the derivation is printed, one step a node, without any numbers fed."""
    code, out, err = run("explain", LINE, "--steps")
    assert (code, err) == (0, "")
    steps = [line.split()[0] for line in out.splitlines() if re.match(r"\s*\d+ ", line)]
    assert steps == [str(i) for i in range(1, len(steps) + 1)]
    assert len(steps) == 8
    assert "value" not in out.splitlines()[0]


def test_steps_at_a_point(run):
    """Where values are given, the steps have them too."""
    code, out, err = run("explain", LINE, "--steps", "--at", "x=2", "y=3", "w=0.5", "b=0.25")
    assert (code, err) == (0, "")
    (row,) = re.findall(r"^7 .*", out, re.MULTILINE)
    assert row.split()[1] == "w"
    assert row.split()[-1] in {"-7", "−7"}


def test_latex(run):
    """With --latex, the derivation is an align environment."""
    code, out, err = run("explain", LINE, "--latex")
    assert (code, err) == (0, "")
    assert r"\begin{align" in out
    assert out.count(r"\begin{align") == out.count(r"\end{align") > 0
    assert r"\partial" in out


@pytest.mark.parametrize("option", ["--steps", "--latex"])
def test_derivation_with_too_few_values(option, run):
    """Values for some inputs only are bad use."""
    refused(run("explain", LINE, option, "--at", "x=2"), "no value for y, w, b")


# --- check


def test_check(run):
    """A right claim gives 0."""
    code, out, err = run("check", LINE, "--claim", RIGHT_CLAIM)
    assert (code, err) == (0, "")
    assert out.endswith(" agrees: proved symbolically\n")


def test_check_wrong(run):
    """A wrong claim gives 1, with the reason and a point; the right one beside it still agrees."""
    code, out, err = run("check", LINE, "--claim", RIGHT_CLAIM, "--claim", WRONG_CLAIM)
    assert (code, err) == (1, "")
    right, wrong, point = out.splitlines()
    assert right.endswith(" agrees: proved symbolically")
    assert "is wrong: wrong sign" in wrong
    assert re.match(r"  at .*: claimed .*, true ", point)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([LINE], "--claim"),
        ([LINE, "--claim", "w"], "--claim takes NAME=FORMULA"),
        ([LINE, "--claim", "q=2*x"], "'q'"),
        ([LINE, "--claim", "w=2*q"], "q"),
        ([LINE, "--claim", "w="], "empty"),
        ([LINE, "--claim", "w=2*foo(x)"], "foo"),
        ([LINE, "--claim", "=2"], "''"),
        ([LINE + ")", "--claim", RIGHT_CLAIM], "unmatched ')'"),
        (["", "--claim", RIGHT_CLAIM], "empty"),
        ([LINE, "--claim", "w=9**9**9**9"], "beyond"),
        ([LINE, "--claim", "w=" + "(" * 10_000], "deep"),
    ],
)
def test_check_refused(arguments, said, run):
    """Bad use of `check` gives 2 and a message."""
    refused(run("check", *arguments), said)


def test_check_of_two_claims_about_one_name(run):
    """Two claims about one name are both judged, or refused; none is passed over."""
    code, out, err = run("check", "x*y", "--claim", "x=2*y", "--claim", "x=y")
    assert code in {1, 2}
    assert "2*y" in out + err


# --- audit


def test_audit(run, written):
    """A right derivation gives 0."""
    code, out, err = run("audit", written(RIGHT))
    assert (code, err) == (0, "")
    assert out.endswith("every line holds and follows\n")


def test_audit_wrong(run, written):
    """A wrong derivation gives 1, and the report."""
    assert run("audit", written(WRONG)) == (1, WRONG_FOUND, "")


def test_audit_standard_input(run, monkeypatch):
    """A - stands for standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(WRONG))
    assert run("audit", "-") == (1, WRONG_FOUND, "")


def test_audit_in_a_process():
    """The installed command prints the same, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "rojasgraph", "audit", "-"],
        input=WRONG.encode(),
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert (done.returncode, done.stdout.decode(), done.stderr) == (1, WRONG_FOUND, b"")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x", ["line 1: a line is an equality"]),
        ("y = x\n\ndy/dq = 1", ["line 3: dy/dq: no line before knows q", "(column 1)"]),
        ("y = x\ny = x + foo(1)", ["line 2", "foo", "(column 9)"]),
        ("a = 2*b\nb = 3*a", ["line 2: b is defined by itself: b needs a needs b"]),
        ("y = " + "(" * 10_000, ["line 1", "deep"]),
        ("y = x\n" * 20_000, ["at most 100000"]),
        ("y = x\0", ["null"]),
        (b"y = \xff\xfe", ["UTF-8"]),
    ],
)
def test_audit_refused(content, said, run, written):
    """A text that cannot be read gives 2 and names the line."""
    refused(run("audit", written(content)), *said)


def test_audit_without_a_file(run, tmp_path):
    """A file that is not there, or a folder, is bad use."""
    refused(run("audit"), "FILE")
    refused(run("audit", tmp_path / "none.txt"), "none.txt")
    refused(run("audit", tmp_path), str(tmp_path))


def test_help(run):
    """Each command tells what it does, with an example."""
    for command, shown in (
        ("check", "--claim w="),
        ("audit", "dC/ds = s - y"),
        ("explain", "--at"),
    ):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert shown in out


# --- never a traceback

UNSAFE = re.compile("[\ud800-\udfff]")
claims = st.builds("{}={}".format, st.sampled_from(["x", "y", "q", "", "w1"]), mutated | formulas)


@tries(40)
@given(formulas | mutated, st.lists(claims | st.text(max_size=5), max_size=3))
def test_any_check(formula, given_):
    """Whatever the formula and the claims: 0, 1, or a message with exit code 2."""
    arguments = [part for claim in given_ for part in ("--claim", claim)]
    if any(UNSAFE.search(a) for a in (formula, *arguments)):
        return
    try:
        code = main(["check", formula, *arguments])
    except SystemExit as stop:
        code = stop.code
    assert code in {0, 1, 2}
