"""The house: which module may import which, and what no module may do."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rojasgraph
from rojasgraph.numbers.symbols import sympy_namespace

PACKAGE = Path(rojasgraph.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in MODULES]
WALKERS = [name for name in NAMES if name.partition("/")[0] != "derivation"]
"""The modules that walk networks of any depth; derivations write formulas that a person reads."""


def tree(path):
    """Read a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(nodes):
    """List the modules that import statements name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module == "rojasgraph":
            yield from (f"rojasgraph.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_imports_point_downwards():
    """The floors of the design hold: import-linter keeps its contracts."""
    if importlib.util.find_spec("importlinter") is None:
        pytest.skip("import-linter is not installed")
    root = PACKAGE.parent
    if not (root / "pyproject.toml").is_file():
        pytest.skip("an installed package carries no contracts")
    script = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", script, "--no-cache"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd=root)
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


def test_labeling_is_the_algorithm_and_nothing_else():
    """labeling.py imports numbers and primitive of this package, and nothing third-party."""
    found = set(imported(ast.walk(tree(PACKAGE / "labeling.py"))))
    own = {name for name in found if name.startswith("rojasgraph")}
    systems = {"rojasgraph.numbers.kinds", "rojasgraph.numbers.namespace"}
    assert own <= {*systems, "rojasgraph.table"}
    assert {name.partition(".")[0] for name in found - own} <= sys.stdlib_module_names


def test_labeling_fits_on_a_screen_or_two():
    """The two passes can be read in two minutes: no function of labeling.py is long."""
    passes = [n for n in ast.walk(tree(PACKAGE / "labeling.py")) if isinstance(n, ast.FunctionDef)]
    assert {n.name for n in passes} >= {"feed_forward", "backpropagate"}
    assert all(n.end_lineno - n.lineno < 50 for n in passes)


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_modules_are_named_after_what_they_hold(path):
    """No module is a drawer for odds and ends."""
    drawers = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "core", "base"}
    assert not drawers & {path.stem, *path.relative_to(PACKAGE).parts}


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_nothing_is_evaluated(path):
    """No eval, exec, compile of text, sympify of text or reading of pickles."""
    calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    called = {
        f.id if isinstance(f, ast.Name) else ast.unparse(f)
        for f in calls
        if isinstance(f, ast.Name | ast.Attribute)
    }
    banned = {"eval", "exec", "compile", "__import__", "sympify", "parse_expr", "sp.sympify"}
    banned |= {"sympy.sympify", "pickle.loads", "pickle.load", "os.system", "parse_latex"}
    if path.name == "symbols.py" or path.parent.name == "derivation":
        banned.remove("sp.sympify")  # of numbers and expressions: the next test
    assert called & banned == set()
    assert "pickle" not in set(imported(ast.walk(tree(path))))


def test_text_never_reaches_sympify():
    """Text is no number to any number system: sympy, which would evaluate it, never sees it."""
    pytest.importorskip("sympy")
    for text in ("1", "__import__('os')", "x"):
        with pytest.raises(TypeError):
            sympy_namespace().lift(text)


@pytest.mark.parametrize("name", WALKERS)
def test_no_function_calls_itself(name):
    """A graph may be deeper than Python's stack: nothing walks one by recursion.

    Allowed are functions that go down once: to the number in an array, to a complex number's parts.
    """
    path = PACKAGE / name
    allowed = {"__init__.as_number", "symbols._to_sympy"}
    found = set()
    for scope in ast.walk(tree(path)):
        for node in ast.iter_child_nodes(scope):
            if not isinstance(node, ast.FunctionDef):
                continue
            for call in ast.walk(node):
                if not isinstance(call, ast.Call):
                    continue
                function, inside = call.func, isinstance(scope, ast.ClassDef)
                itself = isinstance(function, ast.Name) and function.id == node.name and not inside
                method = (
                    isinstance(function, ast.Attribute)
                    and isinstance(function.value, ast.Name)
                    and function.value.id in {"self", "cls"}
                    and function.attr == node.name
                    and inside
                )
                if itself or method:
                    found.add(f"{path.stem}.{node.name}")
    assert found <= allowed


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_no_path_of_a_machine(path):
    """No module names a folder of somebody's machine."""
    text = path.read_text(encoding="utf-8")
    assert not [place for place in ("/home/", "/Users/", "/work/", "/tmp/") if place in text]  # noqa: S108 - nobody writes


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_every_exception_from_a_rule_of_security_has_its_reason(path):
    """Whoever switches such a rule off says beside it why that is safe there."""
    for line in path.read_text(encoding="utf-8").splitlines():
        switched_off = re.search(r"# noqa: (?:\w+, )*S\d{3}\b(?P<reason>.*)", line)
        if switched_off:
            assert re.match(r"(?:, \w+)* - \S+", switched_off["reason"]), line
        assert "# nosec" not in line or re.search(r"# .+ # nosec B\d{3}$", line), line
