"""The package: what it hands out, what it loads, how its errors are related, its types."""

from __future__ import annotations

import ast
import copy
import importlib
import importlib.resources
import pickle
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

import rojasgraph as rg
from rojasgraph import errors
from rojasgraph.table import TABLE

PUBLIC = [
    "Dual",
    "EdgeElimination",
    "EliminationCost",
    "Expression",
    "Gradient",
    "Hessian",
    "Jacobian",
    "Network",
    "Path",
    "Primitive",
    "Tripod",
    "constant",
    "conditioning",
    "count_paths",
    "count_tripods",
    "draw",
    "elimination_cost",
    "gauss_newton",
    "hessian",
    "hessian_diagonal",
    "hvp",
    "inputs",
    "jacobian",
    "jvp",
    "layered",
    "parameter",
    "parse",
    "paths",
    "primitive",
    "randomly_wired",
    "render",
    "sweep",
    "top_paths",
    "trace",
    "tripods",
    "vjp",
]
"""The functions and classes of the design's section 5 that the labeled graph needs."""

TREE = {
    "GraphError": ValueError,
    "CycleError": (errors.GraphError, nx.HasACycle),
    "UnknownPrimitive": errors.GraphError,
    "ArgumentError": errors.GraphError,
    "FormulaError": errors.GraphError,
    "LabelError": ValueError,
    "MissingValue": errors.LabelError,
    "NotLabeled": errors.LabelError,
    "DomainError": errors.LabelError,
    "MissingDependency": ImportError,
}
"""The errors of the design's section 4, each with what it inherits."""

ROWS = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "pow",
    "square",
    "sqrt",
    "cbrt",
    "reciprocal",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "arctan2",
    "sinh",
    "cosh",
    "arcsinh",
    "arctanh",
    "tanh",
    "sigmoid",
    "symmetric_sigmoid",
    "softplus",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "softsign",
    "erf",
    "abs",
    "sign",
    "step",
    "maximum",
    "minimum",
    "hypot",
    "identity",
    "scale",
    "power",
    "half_squared",
    "squared_error",
    "prod",
    "logsumexp",
    "stop_gradient",
]
"""The primitives that the table was commissioned with."""


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names(name):
    """What the design's code uses is an attribute of the package, with a docstring."""
    assert callable(getattr(rg, name))
    assert getattr(rg, name).__doc__


@pytest.mark.parametrize("name", ROWS)
def test_primitives_are_public(name):
    """Each primitive is called by its name: rg.tanh."""
    assert getattr(rg, name) is TABLE[name]


def test_every_row_of_the_table_is_public():
    """A row that the package adds is a name of the package at once."""
    own = {n for n, row in TABLE.items() if row.function.__module__ == "rojasgraph.primitives"}
    assert set(ROWS) <= own
    assert all(getattr(rg, name) is TABLE[name] for name in own)


@pytest.mark.parametrize(("name", "parents"), TREE.items())
def test_tree_of_errors(name, parents):
    """Errors are reachable as rg.…, and inherit what the design says."""
    error = getattr(rg, name)
    assert error is getattr(errors, name)
    for parent in parents if isinstance(parents, tuple) else (parents,):
        assert issubclass(error, parent)


def test_every_error_is_public():
    """No error or warning of the package is hidden in a module."""
    own = {
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and found.__module__ == "rojasgraph.errors"
    }
    assert own >= set(TREE)
    assert {name for name in own if not hasattr(rg, name)} == set()


def test_formula_errors_are_kept_whole():
    """A formula's error survives a copy and a pickle with its column."""
    with pytest.raises(rg.FormulaError) as caught:
        rg.parse("x + open(y)")
    for kept in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        assert kept.column == 5
        assert "open" in str(kept)


def loaded(code):
    """Run code in a process of its own; list the top-level modules that it loads."""
    script = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split()) - sys.stdlib_module_names - {"__main__"}


def test_import_loads_networkx_and_numpy_only():
    """Of what is installed, the package loads networkx and numpy; the rest where it is used."""
    base = loaded("")
    with_numpy = loaded("import networkx, numpy")
    assert loaded("import rojasgraph") - base - with_numpy == {"rojasgraph"}


def test_labeling_loads_networkx_and_numpy_only():
    """So do the passes, formulas and the table of the command line."""
    code = (
        "import rojasgraph as rg, contextlib, io\n"
        "from rojasgraph.cli import main\n"
        "net = rg.Network.from_expressions(rg.parse('tanh(x)*2 + pi'))\n"
        "net.feed_forward(x=[1.0, 2.0]); net.backpropagate()\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['explain', 'x*x', '--at', 'x=2'])"
    )
    heavy = {"sympy", "mpmath", "graphviz", "matplotlib", "scipy", "pandas", "llvmlite", "jax"}
    assert loaded(code) & heavy == set()


def test_types_are_delivered():
    """The package says that it carries types."""
    assert (importlib.resources.files("rojasgraph") / "py.typed").is_file()


@pytest.mark.once
def test_types(tmp_path):
    """A user's file passes mypy, strict, without a cast; wrong calls beside it are found."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    user, wrong = Path(__file__).parent / "typing" / "user.py", tmp_path / "wrong.py"
    wrong.write_text(
        "import rojasgraph as rg\n"
        "rg.parse(3)\n"
        "rg.layered('a', nope=1)\n"
        "rg.Network().backpropagate(seeds=1)\n"
    )
    # on a user's side: nothing of this project's configuration
    options = ["--config-file=", f"--cache-dir={tmp_path}", "--strict", "--follow-imports=silent",
               "--ignore-missing-imports", str(user), str(wrong)]  # fmt: skip
    root = Path(rg.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options],
        check=False, capture_output=True, text=True, cwd=root,
    )  # fmt: skip
    complaints = done.stdout.splitlines()[:-1]
    assert [line for line in complaints if "wrong.py" not in line] == [], done.stderr
    for number in (2, 3, 4):
        assert any(f"wrong.py:{number}: error" in line for line in complaints)


# --- names that are loaded later ------------------------------------------------------------------


def listed_for_types():
    """Read what the package imports where types are checked: each name with its module."""
    tree = ast.parse(Path(rg.__file__).read_text(encoding="utf-8"))
    block = next(
        n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"
    )
    return {alias.name: node.module for node in block.body for alias in node.names}


def test_type_checkers_and_the_running_package_know_the_same_names():
    """The two lists of `__init__` agree, and each name is what its module has."""
    listed = listed_for_types()
    assert set(listed) == {*rg._HOMES, *rg._MODULES}
    for name, home in listed.items():
        module = importlib.import_module(home)
        own = importlib.import_module(f"{home}.{name}") if name in rg._MODULES else None
        assert getattr(rg, name) is (own or getattr(module, name))


def test_later_names_are_seen_and_star_imports_bring_them():
    """`dir` lists them before they are loaded; a wrong name is an AttributeError."""
    code = (
        "import rojasgraph as rg; assert 'train' in dir(rg) and 'train' not in vars(rg); "
        "from rojasgraph import *; assert train is rg.train and tanh is rg.tanh; "
        "assert not hasattr(rg, 'trian')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_loads_little():
    """What reads, draws, trains or exchanges networks is not loaded before it is named."""
    code = "import sys, rojasgraph; print(*(m for m in sys.modules if m.startswith('rojasgraph.')))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    floors = {name.split(".")[1] for name in loaded}
    assert not floors & {"analysis", "derivation", "drawing", "engine", "interchange", "learning"}
