"""Threads: each labels its own network; one program serves several; drawing at the same time."""

import ast
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.drawing.rendering import svg
from tests.faults.networks import branched

SAME = pytest.mark.promise(
    "nothing wrong in silence",
    "Threads that label networks of their own, run one program or draw get what one thread gets.",
)
FILTERS = pytest.mark.promise(
    "nothing wrong in silence", "Threads leave the warnings of the process as the user set them."
)
THREADS, ROUNDS = 4, 30


@pytest.fixture(autouse=True)
def hasty():
    """Let threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work):
    """Let each thread do its work, all beginning together; give what each found."""
    together = threading.Barrier(THREADS)

    def begin(number):
        together.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


NUMBERS = (2.0, Fraction(1, 3), 0.5 + 1j, np.array([0.25, -2.0]))
"""What the threads feed: each a number system of its own."""


def label(number):
    """Label a network over and over; give all its labels."""
    found = []
    for turn in range(ROUNDS):
        net = branched()
        net.feed_forward(x=NUMBERS[number] * (turn + 1))
        net.backpropagate("y")
        found.append(repr([*net.nodes(data=True), *net.edges(keys=True, data=True)]))
    return found


@SAME
def test_networks_of_their_own(record_property):
    """Floats, fractions, complex numbers and batches at the same time."""
    record_property("tried", THREADS * ROUNDS)
    assert at_once(label) == list(map(label, range(THREADS)))


@SAME
@pytest.mark.parametrize("engine", ["numpy", "llvm"])
@pytest.mark.parametrize("examples", [1, 37])
def test_one_program(engine, examples, record_property):
    """Passes of different sizes, seeds and outputs, by one program: each is as if alone."""
    if engine == "llvm":
        pytest.importorskip("llvmlite")

    def work(made, number):
        found = []
        for turn in range(ROUNDS):
            inputs = {"x": np.linspace(number, turn, examples), "w": 0.5 + number}
            if turn % 3 == number % 3:
                inputs["w"] = np.linspace(1, 2, examples)
            outputs = ["y", "z", ["y", "z"], ["mul1"], ["z", "mul1"]][turn % 5]
            wrt = [["x"], ["w"], ["x", "w"]][turn % 3]
            values, gradients = made.value_and_gradient(inputs, outputs, wrt=wrt)
            found.append([values.array.tolist(), *map(np.ravel, gradients.values())])
            found.append([made.feed_forward({"x": turn * 0.125})["y"]])
        return repr(found)

    net = branched()
    alone = [work(rg.compile(net, engine=engine), number) for number in range(THREADS)]
    record_property("tried", 2 * THREADS * ROUNDS)
    for _ in range(2):
        assert at_once(partial(work, rg.compile(net, engine=engine))) == alone


@SAME
def test_drawing(record_property):
    """The same pictures and pages."""

    def drawn(number):
        net = branched()
        net.feed_forward(x=float(number))
        net.backpropagate("y")
        return [rg.draw(net).source, svg(net), rg.text(net), rg.frames(net)[-1].svg]

    record_property("tried", 4 * THREADS)
    assert at_once(drawn) == list(map(drawn, range(THREADS)))


@FILTERS
def test_warnings_stay_as_they_were(monkeypatch):
    """Where one thread comes while another is busy with the filters, it waits."""
    inside, out = [threading.Event(), threading.Event()], threading.Event()
    before, parse = list(warnings.filters), ast.parse

    def slowly(text, **options):
        number = ["1if", "2if"].index(text)
        inside[number].set()
        (inside[1] if number == 0 else out).wait(0.3)
        return parse(text, **options)

    def work(number):
        if number:
            inside[0].wait()
        with pytest.raises(rg.FormulaError):
            rg.parse(f"{number + 1}if")
        out.set()

    monkeypatch.setattr(ast, "parse", slowly)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    monkeypatch.undo()
    assert list(warnings.filters) == before


@FILTERS
@pytest.mark.parametrize("word", ["and", "else", "for", "if", "in", "is", "not", "or"])
def test_a_formula_never_warns(word, record_property):
    """Python warns of words right behind a number, and of text; a formula has neither."""
    numbers = ("1", "1.", ".5", "1.e5", "1e-5", "0x1f", "0b1", "1_0", "1j", "x.5", "2.5", "(1")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for text in (*(f"{number}{word} x" for number in numbers), f"'\\{word}'", f'"\\d{word}"'):
            with pytest.raises(rg.FormulaError):
                rg.parse(text)
    assert caught == []
    record_property("tried", len(numbers) + 2)


def test_plain_formulas_leave_warnings_to_the_other_threads(monkeypatch):
    """While they are read, nobody's warnings are lost."""
    before, seen, parse = list(warnings.filters), [], ast.parse
    monkeypatch.setattr(
        ast, "parse", lambda *a, **k: seen.append(list(warnings.filters)) or parse(*a, **k)
    )
    rg.parse("sin(x1)*w2 + 3.5*island/2")
    assert seen == [before]
