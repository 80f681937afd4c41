"""The command line: tables and drawings of a formula, and what bad use is told."""

from __future__ import annotations

import html
import importlib.metadata
import os
import re
import subprocess
import sys
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.cli import main
from tests.effort import tries
from tests.formula_strategies import formulas, mutated

LINE = "(y - (w*x + b))**2"
AT = ["--at", "x=2", "y=3", "w=0.5", "b=0.25"]

GOLDEN = """\
FEED-FORWARD
node    operation                 value  derivatives
y       input                         3
w       input                       0.5
x       input                         2
b       input                      0.25
mul1    mul(w, x)                     1  2, 0.5
add2    add(mul1, b)               1.25  1
sub3    sub(y, add2)               1.75  1, −1
power4  power(sub3, exponent=2)  3.0625  3.5

BACKPROPAGATION
node    adjoint  sum over the edges: adjoint × derivative
power4        1  seed
sub3        3.5  1 × 3.5 (power4)
add2       −3.5  3.5 × −1 (sub3)
mul1       −3.5  −3.5 × 1 (add2)
b          −3.5  −3.5 × 1 (add2)
x         −1.75  −3.5 × 0.5 (mul1)
w            −7  −3.5 × 2 (mul1)
y           3.5  3.5 × 1 (sub3)
"""


@pytest.fixture
def run(capsys):
    """Give a function that runs the command line: its exit code, output and errors."""

    def ran(*arguments):
        return outcome(capsys, arguments)

    return ran


def outcome(capsys, arguments):
    """Run the command line in this process."""
    try:
        code = main([str(a) for a in arguments])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out, err


def labels(out):
    """Read the two tables: the values, and the adjoints."""
    tables = re.fullmatch(r"FEED-FORWARD\n(.*)\n\nBACKPROPAGATION\n(.*)\n", out, re.DOTALL)
    forward, backward = (part.splitlines() for part in tables.groups())
    end = forward[0].index("value") + len("value")  # the column is set to the right
    values = {line.split()[0]: line[:end].split()[-1] for line in forward[1:]}
    adjoints = {line.split()[0]: line.split()[1] for line in backward[1:]}
    return values, adjoints


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


def test_table(run):
    """The labels of both passes stand in the order of the passes, each adjoint as its sum."""
    assert run("explain", LINE, *AT) == (0, GOLDEN, "")


def test_table_in_a_process():
    """The installed command prints the same, in a process of its own."""
    command = [sys.executable, "-m", "rojasgraph", "explain", LINE, *AT]
    env = os.environ | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, check=False, env=env)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, GOLDEN, b"")


def test_exact(run):
    """With --exact every label is a fraction."""
    code, out, err = run("explain", LINE, *AT, "--exact")
    assert (code, err) == (0, "")
    values, adjoints = labels(out)
    assert values["power4"] == "49/16"
    assert adjoints == {
        "power4": "1",
        "sub3": "7/2",
        "add2": "−7/2",
        "mul1": "−7/2",
        "b": "−7/2",
        "x": "−7/4",
        "w": "−7",
        "y": "7/2",
    }


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("x=2", "2"),
        ("x=-2", "−2"),
        ("x=+2", "2"),
        ("x=0.5", "0.5"),
        ("x=1/4", "0.25"),
        ("x=-1/4", "−0.25"),
        ("x=pi", "3.14159"),
        ("x=-pi/2", "−1.5708"),
        ("x=2**-1", "0.5"),
        ("x=sqrt(4)", "2"),
        ("x=(1 + 2)*3", "9"),
        ("x = 7", "7"),
        ("x=1e3", "1000"),
    ],
)
def test_numbers_of_at(given_, shown, run):
    """A number of --at is a formula without names."""
    code, out, _ = run("explain", "x", "--at", given_)
    assert code == 0
    assert labels(out)[0] == {"x": shown}


@pytest.mark.parametrize(
    ("given_", "shown"), [("x=1/3", "1/3"), ("x=0.1", "1/10"), ("x=-4/2", "−2"), ("x=2**-3", "1/8")]
)
def test_exact_numbers_of_at(given_, shown, run):
    """With --exact, decimals and quotients of --at are the fractions that are written."""
    code, out, _ = run("explain", "x", "--exact", "--at", given_)
    assert code == 0
    assert labels(out)[0] == {"x": shown}


@pytest.mark.parametrize("number", ["pi", "-pi", "2*pi", "sqrt(2)", "exp(1)"])
def test_exact_numbers_that_are_no_fractions(number, run):
    """With --exact a number that is no fraction is refused."""
    refused(run("explain", "x", "--exact", "--at", f"x={number}"), "x", "fraction")


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("-x", "−2"),
        ("-x**2", "−4"),
        ("-2*x", "−4"),
        ("-(x)", "−2"),
        ("-tanh(0*x)", "0"),
        (" -x", "−2"),
        ("(-x)", "−2"),
    ],
)
def test_formulas_that_start_with_a_minus(formula, values, run):
    """A formula may start with a minus, though options do too."""
    code, out, err = run("explain", formula, "--at", "x=2")
    assert (code, err) == (0, "")
    assert list(labels(out)[0].values())[-1].replace("−0", "0") == values


@pytest.mark.parametrize("formula", ["-o", "--x", "--x*o"])
def test_formulas_that_look_like_options(formula, run):
    """A formula that is an option's name too is read where a formula stands, or explained."""
    code, out, err = run("explain", formula, "--at", "h=3", "x=2", "o=5")
    assert code == 0 or "--" in err.split("error:")[-1]
    assert "no value" in err or "is no node" in err or labels(out)


def test_formula_behind_the_options(run):
    """The formula may stand last, behind --."""
    code, out, _ = run("explain", "--at", "x=2", "--", "-x")
    assert code == 0
    assert labels(out)[0] == {"x": "2", "neg1": "−2"}


def test_precision(run):
    """The number of digits is chosen with --precision."""
    for digits, shown in ((1, "0.3"), (3, "0.333"), (17, "0.33333333333333331")):
        _, out, _ = run("explain", "x", "--at", "x=1/3", "--precision", digits)
        assert labels(out)[0] == {"x": shown}


def test_formula_without_names(run):
    """A formula of numbers alone is a constant, and needs no --at."""
    code, out, _ = run("explain", "2*3")
    assert code == 0
    assert labels(out)[0] == {"constant1": "6"}


def test_warnings_go_to_standard_error(run):
    """What leaves its domain is labeled, and said once for each pass on standard error."""
    code, out, err = run("explain", "log(x)", "--at", "x=0")
    assert code == 0
    assert labels(out)[0]["log1"] == "−∞"
    lines = err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("rojasgraph: warning: node 'log1'") for line in lines)
    assert "log needs x > 0; got x = 0" in lines[0]


def test_warnings_speak_of_the_command_line(run):
    """A warning names no Python argument: there is none to give here."""
    assert "strict=True" not in run("explain", "log(x)", "--at", "x=0")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), ["COMMAND"]),
        (("explian", "x"), ["explian", "explain", "draw"]),
        (("explain",), ["FORMULA"]),
        (("explain", "x*y"), ["no value for x, y", "--at x=… y=…"]),
        (("explain", "x*y", "--at", "x=2"), ["no value for y", "--at y=…"]),
        (("explain", "x", "--at", "x=1", "z=2"), ["'z'", "'x'"]),
        (("explain", "x", "--at", "x"), ["NAME=NUMBER", "'x'"]),
        (("explain", "x", "--at", "x="), ["NAME=NUMBER", "'x='"]),
        (("explain", "x", "--at", "x=y"), ["NAME=NUMBER", "'x=y'"]),
        (("explain", "x", "--at", "x=nan"), ["NAME=NUMBER", "'x=nan'"]),
        (("explain", "x", "--at", "x=1e999"), ["NAME=NUMBER", "'x=1e999'"]),
        (("explain", "x", "--at", "x=__import__('os')"), ["NAME=NUMBER"]),
        (("explain", "x", "--at", "x=1/0"), ["NAME=NUMBER"]),
        (("explain", "x", "--at", "=1"), ["no value for x"]),
        (("explain", "x*(", "--at", "x=2"), ["never closed", "(column 3)", "\n  x*(\n    ^\n"]),
        (("explain", "  é + open(x)"), ["'open'", "\n  é + open(x)\n      ^\n"]),
        (("explain", "x^2", "--at", "x=1"), ["x**2"]),
        (("explain", ""), ["empty"]),
        (("explain", "(" * 1000), ["nests too deeply"]),
        (("explain", "sin(x)", "--at", "x=1", "--exact"), ["'sin1'", "Fractions"]),
        (("explain", "1/x", "--at", "x=0", "--exact"), ["'div2'", "Fractions"]),
        (("explain", "pi*x", "--at", "x=1", "--exact"), ["π", "Fractions"]),
        (("explain", "x", "--at", "x=1", "--precision", "0"), ["between 1 and 17"]),
        (("explain", "x", "--at", "x=1", "--precision", "18"), ["between 1 and 17"]),
        (("explain", "x", "--at", "x=1", "--nope"), ["--nope"]),
        (("draw", "x", "-o", "picture"), ["suffix", "svg"]),
        (("draw", "x", "-o", "picture.bmp"), ["'bmp'", "svg"]),
        (("draw", "x", "-o", ""), ["suffix"]),
        (("draw", "x", "-o", "not/there/x.svg"), ["no folder"]),
        (("draw", "x", "-o", "x.svg", "--rankdir", "up"), ["'up'", "LR"]),
        (("draw", "x*y", "-o", "x.svg", "--at", "x=1"), ["no value for y"]),
    ],
    ids=count(),
)
def test_bad_use(arguments, said, run, tmp_path, monkeypatch):
    """Bad use ends with 2 and says what came and what is allowed; nothing is written."""
    monkeypatch.chdir(tmp_path)
    refused(run(*arguments), *said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["a", "", "1.5", "٣x"])
def test_precision_that_is_no_number(text, run):
    """The message for a wrong --precision names no function of ours."""
    result = run("explain", "x", "--at", "x=1", "--precision", text)
    refused(result, "between 1 and 17")
    assert "_digits" not in result[2]


def test_at_twice(run):
    """Values may be given by several --at."""
    code, out, _ = run("explain", "x*y", "--at", "x=2", "--at", "y=3")
    assert code == 0
    assert labels(out)[0]["mul1"] == "6"


def test_one_name_with_two_values(run):
    """A name with two values is refused."""
    refused(run("explain", "x", "--at", "x=2", "x=3"), "x", "twice")


def test_help(run):
    """Help names the commands, their options and an example that can be copied."""
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert "explain" in out
    assert "draw" in out
    for command, options in {
        "explain": ["--at", "--exact", "--precision"],
        "draw": ["--at", "--exact", "--precision", "--output", "--rankdir", "--title"],
    }.items():
        code, out, err = run(command, "--help")
        assert (code, err) == (0, "")
        assert all(option in out for option in [*options, "FORMULA", "NAME=NUMBER"])
        example = next(line for line in out.splitlines() if line.startswith("  rojasgraph"))
        assert example.startswith(f'  rojasgraph {command} "{LINE}" {" ".join(AT)}')


def test_broken_bytes_of_a_shell():
    """A byte that is no text ends with 2 or in a drawing's name, never in a traceback."""
    command = [
        os.fsencode(sys.executable),
        b"-m",
        b"rojasgraph",
        b"explain",
        b"x",
        b"--at",
        b"\xff=1",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_terminals_without_our_signs(encoding):
    """Where the terminal's encoding lacks a sign, another is written; no traceback."""
    env = os.environ | {"PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "rojasgraph", "explain", "-x", "--at", "x=2"]
    done = subprocess.run(command, capture_output=True, check=False, env=env)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-200:]


def test_output_that_nobody_reads():
    """Where the reader goes away, as head does, the command ends without a word."""
    script = "import sys; from rojasgraph.cli import main; sys.exit(main(sys.argv[1:]))"
    formula = "prod(" + ", ".join(f"a{i}" for i in range(3000)) + ")"
    at = [f"a{i}=1" for i in range(3000)]
    command = [sys.executable, "-c", script, "explain", formula, "--at", *at]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


# --- draw


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("svg", b"<svg"), ("png", b"\x89PNG"), ("dot", b"digraph"), ("gv", b"digraph")],
)
@pytest.mark.parametrize("at", [[], AT, [*AT, "--exact"]], ids=["bare", "labeled", "exact"])
def test_draw(suffix, start, at, run, tmp_path):
    """The picture is in the file that was named, with labels where values were given."""
    path = tmp_path / f"loss.{suffix}"
    code, out, err = run("draw", LINE, *at, "-o", path)
    assert (code, out, err) == (0, f"wrote {path}\n", "")
    data = path.read_bytes()
    assert start in data[:200]
    if suffix != "png":
        text = html.unescape(data.decode())
        assert "(y - (w*x + b))" in text, "the title is the formula"
        assert ("49/16" in text) is ("--exact" in at)
        assert ("3.06" in text) is (at == AT)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_draw_options(run, tmp_path):
    """Direction, title and digits reach the drawing."""
    path = tmp_path / "x.dot"
    options = ["--rankdir", "TB", "--title", "A <b> & title", "--precision", "5"]
    assert run("draw", "x/3", "--at", "x=1", "-o", path, *options)[0] == 0
    text = path.read_text(encoding="utf-8")
    assert re.search(r"rankdir\s*=\s*\"?TB", text)
    assert "title" in text
    assert "0.33333" in text
    assert run("draw", "x/3", "-o", path, "--title", "")[0] == 0
    assert "x/3" not in path.read_text(encoding="utf-8")


def test_draw_without_a_renderer(run, tmp_path, monkeypatch):
    """Without any renderer our own layout draws an svg; what needs one ends with 1 and says so."""
    from rojasgraph import MissingDependency
    from rojasgraph.drawing import renderers

    def nothing(**_):
        message = "install graphviz-pure"
        raise MissingDependency(message)

    monkeypatch.setattr(renderers, "find_renderer", nothing)
    code, out, err = run("draw", "x", "-o", tmp_path / "x.png")
    assert (code, out, err) == (1, "", "rojasgraph: install graphviz-pure\n")
    assert list(tmp_path.iterdir()) == []
    code, out, err = run("draw", "x", "-o", tmp_path / "x.svg")
    assert (code, out) == (0, f"wrote {tmp_path / 'x.svg'}\n")
    assert err == "rojasgraph: warning: drawn by our own layout: install graphviz-pure\n"


def test_draw_without_a_file_draws_as_text(run):
    """Without -o the graph stands in the terminal: its title and every node."""
    code, out, err = run("draw", "tanh(w*x)")
    assert (code, err) == (0, "")
    assert out.startswith("tanh(w*x)\n")
    assert {"x", "w", "tanh"} <= set(re.findall(r"[a-z]+", out))


@pytest.mark.parametrize(
    "broken",
    [
        "false",
        "no-such-program",
    ],
)
def test_draw_with_a_broken_renderer(broken, run, tmp_path, monkeypatch):
    """A renderer that fails ends with a message and an exit code, not with a traceback."""
    monkeypatch.setenv("ROJASGRAPH_DOT", broken)
    code, _, err = run("draw", "x", "-o", tmp_path / "x.png")
    assert code in {1, 2}
    assert err.startswith("rojasgraph")
    assert list(tmp_path.iterdir()) == []
    code, _, err = run("draw", "x", "-o", tmp_path / "x.svg")
    assert (code, "warning: drawn by our own layout" in err) == (0, True)


def test_draw_into_a_folder_that_cannot_be_written(run, tmp_path):
    """A file that cannot be written is bad use, and says which."""
    (tmp_path / "x.dot").mkdir()
    refused(run("draw", "x", "-o", tmp_path / "x.dot"), "x.dot")


def test_version(run):
    """--version prints the installed version, before any command."""
    code, out, err = run("--version")
    assert (code, err) == (0, "")
    assert out == f"rojasgraph {importlib.metadata.version('rojasgraph')}\n"


def test_version_of_what_is_not_installed(run, monkeypatch):
    """Run from a folder, there is no version, and that is said; other commands run."""

    def unknown(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", unknown)
    assert run("--version") == (0, "rojasgraph, not installed\n", "")
    assert run("explain", "x", "--at", "x=1")[0] == 0


def test_explain_asks_once_for_the_outputs(run, monkeypatch):
    """The table of a long formula is not slowed down by asking at every node."""
    asked = []
    outputs = rg.Network.outputs
    monkeypatch.setattr(
        rg.Network, "outputs", property(lambda net: asked.append(1) or outputs.fget(net))
    )
    counts = []
    for terms in (2, 40):
        asked.clear()
        run("explain", "+".join(["x"] * terms), "--at", "x=1")
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- never a traceback

names = st.sampled_from(["x", "y", "w1", "é", ""])
values = st.builds("{}={}".format, names, st.one_of(formulas, st.text(max_size=5)))
words = st.one_of(
    st.sampled_from(
        ["explain", "--at", "--exact", "--precision", "3", "--", "-x", "x=1", "y=2", "--help", "-h"]
    ),
    formulas,
    mutated,
    values,
    st.text(max_size=6),
)
UNSAFE = re.compile("[\ud800-\udfff]")


def ends_well(arguments):
    """Run the command line: it returns 0, or exits with 0 or 2, and nothing else happens."""
    codes = [0]
    try:
        codes.append(main(arguments))
    except SystemExit as stop:
        codes.append(stop.code)
    assert set(codes) <= {0, 2}, arguments


@tries(200)
@given(st.lists(words, max_size=7))
def test_any_arguments(arguments):
    """Whatever the arguments: a table, help, or a message with exit code 2."""
    ends_well([a for a in arguments if not UNSAFE.search(a)])


@tries(200)
@given(st.one_of(formulas, mutated), st.lists(values, max_size=4), st.booleans())
def test_any_formula_at_any_values(formula, at, exact):
    """Whatever the formula and the numbers: a table or a message with exit code 2."""
    given_ = [a for a in at if not UNSAFE.search(a)]
    ends_well(["explain", formula, "--at", *given_, *["--exact"] * exact])
