"""Copies and pickles: of networks, programs, what came of them, and errors."""

import copy
import importlib
import inspect
import os
import pickle
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph import errors
from tests.faults.networks import branched

COPIES = pytest.mark.promise(
    "nothing wrong in silence",
    "A copy or a pickle has the numbers of its original, and changes nothing of it.",
)
ERRORS = pytest.mark.promise(
    "nothing lost", "An error comes out of another process as it went in, with all that it says."
)

PICKLES = {
    f"pickle {protocol}": lambda thing, protocol=protocol: pickle.loads(
        pickle.dumps(thing, protocol)
    )
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
}
HOW = {"copy": copy.copy, "deepcopy": copy.deepcopy, **PICKLES}
each_way = pytest.mark.parametrize("copied", HOW.values(), ids=HOW)


def mpmath_number():
    """Give a number of many digits."""
    return pytest.importorskip("mpmath").mpf("0.1")


def symbol():
    """Give a symbol."""
    return pytest.importorskip("sympy").Symbol("x")


def jax_number():
    """Give a number on JAX's device."""
    return pytest.importorskip("jax").numpy.asarray([0.5, 2.0])


FED = {
    "float": lambda: 2.0,
    "fraction": lambda: Fraction(1, 3),
    "complex": lambda: 1 + 2j,
    "batch": lambda: np.array([0.5, -2.0]),
    "mpmath": mpmath_number,
    "symbol": symbol,
    "jax": jax_number,
}


def same(a, b):
    """Tell whether two labels are the same, arrays and tuples of them too."""
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(np.all(a == b))


def assert_same(a, b):
    """Compare all that stands on two networks."""
    assert list(a) == list(b)
    assert list(a.edges(keys=True)) == list(b.edges(keys=True))
    mine = [data for _, data in a.nodes(data=True)] + [data for *_, data in a.edges(data=True)]
    yours = [data for _, data in b.nodes(data=True)] + [data for *_, data in b.edges(data=True)]
    for here, there in zip(mine, yours, strict=True):
        assert here.keys() == there.keys()
        assert all(same(here[label], there[label]) for label in here)


@COPIES
@each_way
@pytest.mark.parametrize("feed", FED.values(), ids=FED)
def test_networks(copied, feed):
    """Labels come along as data; the copy stands alone, and labels itself as the original does."""
    fed = feed()
    net, kept = branched(), branched()
    for each in (net, kept):
        each.feed_forward(x=fed)
        each.backpropagate("y")
    other = copied(net)
    assert type(other) is rg.Network
    assert_same(other, net)
    with pytest.raises(rg.NotLabeled):
        other.backpropagate("y")
    other.feed_forward(x=fed)
    assert same(other.backpropagate("z")["x"], net.backpropagate("z")["x"])
    net.backpropagate("y")
    other.nodes["w"]["value"] = 7.0
    other.add_unit("more", "square")
    other.add_edge("y", "more")
    other.feed_forward(x=1.0)
    other.remove_node("z")
    assert_same(net, kept)


@COPIES
@each_way
def test_own_primitives(copied):
    """A network names its operations; where one is not declared, the passes say so."""
    row = rg.primitive("own", lambda xp, x: x * x * x, lambda xp, y, x: (3 * x * x,))
    net = rg.Network.from_expressions(row(rg.inputs("x")).named("y"))
    net.feed_forward(x=2.0)
    other = copied(net)
    assert other.feed_forward(x=2.0) == {"y": 8.0}
    assert copied(row) is row
    assert copied(rg.compile(net)).feed_forward({"x": 2.0}) == {"y": 8.0}


@COPIES
@each_way
@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_programs(copied, engine, dtype):
    """The same numbers to the last bit, with weights and a network of its own."""
    net = branched()
    made = rg.compile(net, engine=engine, dtype=dtype, threads=1)
    made.weights = [0.3, -1.7]
    inputs = {"x": np.linspace(-1, 2, 7)}
    right, slopes = made.value_and_gradient(inputs, "z")
    other = copied(made)
    assert (other.engine, other.dtype) == (made.engine, made.dtype)
    found, gradients = other.value_and_gradient(inputs, "z")
    np.testing.assert_array_equal(found.array, right.array)
    np.testing.assert_array_equal(gradients.weights, slopes.weights)
    other.weights = [9.0, 9.0]
    np.testing.assert_array_equal(made.feed_forward(inputs).array, right.array)
    other.feed_forward({"x": 1.0})
    other.label()  # on the network, or its copy
    assert (net.nodes["w"]["value"] == 9.0) is (copied is copy.copy)


@COPIES
@each_way
def test_a_program_from_arrays(copied):
    """There is no network to bring along."""
    made = rg.Program.from_arrays(["input", "tanh"], [0], [1], weights=[0.5])
    assert copied(made).feed_forward({0: 2.0}) == made.feed_forward({0: 2.0})


@COPIES
def test_a_copy_does_not_pass_over_a_change():
    """A program of a network that was edited since is refused, as its passes are."""
    net = branched()
    made = rg.compile(net)
    net.remove_node("z")
    with pytest.raises(rg.GraphError, match="changed since it was compiled"):
        copy.copy(made)


OWN = rg.Algebra(
    "own",
    rg.AlgebraRules(
        zero=lambda xp: xp.zero,
        one=lambda xp: xp.one,
        plus=lambda xp, a, b: a + b,
        times=lambda xp, a, b: a * b,
        lift=lambda xp, derivative: derivative,
    ),
)


@COPIES
@each_way
@pytest.mark.parametrize("algebra", [*rg.algebras.ALL.values(), OWN], ids=lambda a: a.name)
def test_algebras(copied, algebra):
    """An algebra is found by its name where a module bears it, the package's or your own."""
    assert copied(algebra) is algebra


@COPIES
@each_way
@pytest.mark.parametrize("feed", FED.values(), ids=FED)
@pytest.mark.parametrize("algebra", [rg.algebras.real, rg.algebras.counting, OWN], ids=repr)
def test_sweeps(copied, algebra, feed):
    """What a sweep found has its answers in whatever numbers."""
    net = branched()
    net.feed_forward(x=feed())
    found = rg.sweep(net, "y", algebra=algebra)
    other = copied(found)
    assert list(other) == list(found)
    assert all(same(other[name], found[name]) for name in found)


def test_an_algebra_without_a_name():
    """One that stands nowhere by itself can be copied; a pickle would not find it."""
    rules = rg.AlgebraRules(*(lambda *_: 0.0 for _ in range(5)))
    local = rg.Algebra("local", rules)
    assert copy.copy(local) is copy.deepcopy(local) is local
    with pytest.raises(rg.ArgumentError, match=r"local cannot be pickled.*at the top of the mod"):
        pickle.dumps(local)


@COPIES
@each_way
def test_what_came_of_it(copied):
    """Gradients, values and a history hold their numbers."""
    net = branched()
    net.feed_forward(x=2.0)
    gradient = net.backpropagate("y")
    assert copied(gradient) == gradient
    assert copied(gradient).edges == gradient.edges
    values, gradients = rg.compile(net).value_and_gradient({"x": 2.0}, "y")
    assert copied(values) == values
    assert copied(gradients) == gradients
    history = rg.History(optimizer="Rprop", losses=[2.0, 1.0], final=0.5)
    assert copied(history) == history


# --- errors ---------------------------------------------------------------------------------------


def wrong_gradient():
    """Give the error of a network whose partials are wrong."""
    row = rg.primitive("wrong", lambda xp, x: x * x, lambda xp, y, x: (3 * x,), check=False)
    net = rg.Network.from_expressions(row(rg.inputs("x")).named("y"))
    with pytest.raises(rg.WrongGradient) as caught:
        rg.check_gradients(net, x=2.0)
    return caught.value


def formula_error():
    """Give the error of a formula."""
    with pytest.raises(rg.FormulaError) as caught:
        rg.parse("1 +* x")
    return caught.value


SPECIAL = {
    errors.WrongGradient: wrong_gradient,
    errors.FormulaError: formula_error,
    errors.Diverged: lambda: errors.Diverged("nan", rg.History(losses=[1.0])),
}
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)
         if issubclass(kind, Exception)]  # fmt: skip


def made(kind):
    """Make an error of a kind."""
    error = SPECIAL[kind]() if kind in SPECIAL else kind("what came, what is allowed, the mend")
    error.add_note("while labeling node 'h'")
    return error


@ERRORS
@each_way
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_errors(kind, copied):
    """Kind, message, and what it carries."""
    error = made(kind)
    other = copied(error)
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert other.__notes__ == error.__notes__
    assert vars(other).keys() == vars(error).keys()
    for name, carried in vars(error).items():
        assert str(vars(other)[name]) == str(carried)


MODULE = """
import rojasgraph as rg
twice = rg.primitive("twice", lambda xp, x: 2 * x, lambda xp, y, x: (2 * xp.one,))
"""
UNPICKLING = """
import pickle, sys
row, program = pickle.load(sys.stdin.buffer)
print(row(2.0), program.feed_forward({"x": 3.0})["y"])
"""


@COPIES
def test_primitives_of_a_module(tmp_path, monkeypatch):
    """Another process imports the module that declares them; where it cannot, it says so."""
    (tmp_path / "module_of_rows.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    twice = importlib.import_module("module_of_rows").twice
    net = rg.Network.from_expressions(twice(rg.inputs("x")).named("y"))
    sent = pickle.dumps((twice, rg.compile(net, engine="numpy")))
    command = [sys.executable, "-c", UNPICKLING]
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    known = {**os.environ, "PYTHONPATH": path}
    read = subprocess.run(command, input=sent, capture_output=True, check=True, env=known)
    assert read.stdout.split() == [b"4.0", b"6.0"]
    read = subprocess.run(command, input=sent, capture_output=True, check=False)
    assert b"no primitive is called 'twice'" in read.stderr
    assert b"it was declared in 'module_of_rows'" in read.stderr
    del sys.modules["module_of_rows"]


READING = """
import pickle, sys
from rojasgraph.errors import UnknownPrimitive
*things, lost = pickle.load(sys.stdin.buffer)
for thing in things:
    print(type(thing).__name__, thing)
try:
    pickle.loads(lost)
except UnknownPrimitive as error:
    print("refused:", error)
"""


@COPIES
@ERRORS
def test_another_process():
    """What a process is begun with, or gives back, is read in one that knows nothing."""
    net = branched()
    net.feed_forward(x=2.0)
    gradient, program = net.backpropagate("y"), rg.compile(net, engine="numpy")
    row = rg.primitive("own", lambda xp, x: x * x, lambda xp, y, x: (2 * x,))
    own = rg.compile(rg.Network.from_expressions(row(rg.inputs("x")).named("y")))
    known = [kind for kind in KINDS if kind is not errors.WrongGradient]  # it carries its own row
    things = [net, gradient, program, *map(made, known)]
    things += rg.algebras.ALL.values()
    sent = pickle.dumps([*things, pickle.dumps(own)])
    read = subprocess.run([sys.executable, "-c", READING], input=sent, stdout=-1, check=True)
    lines = read.stdout.decode().splitlines()
    expected = "\n".join(f"{type(thing).__name__} {thing}" for thing in things).splitlines()
    assert lines[:-1] == expected
    assert lines[-1].startswith("refused: no primitive is called 'own'")
