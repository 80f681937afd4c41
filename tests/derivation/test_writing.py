"""Derivations as text, Markdown, LaTeX and HTML, compared with golden files by plain equality.

`python -m tests.derivation.test_writing` writes the golden files anew; look at the change before
it is kept.
"""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.derivation import writing
from rojasgraph.table import TABLE
from tests.derivation.derivations import DERIVATIONS

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {"txt": str, "md": rg.Derivation.to_markdown, "tex": rg.Derivation.to_latex}
HOSTILE = [
    "<script>alert(1)</script>", 'x" onload="alert(1)', "$\\href{javascript:alert(1)}{x}$",
    "a|b", "a\nb", "\\input{secret}", "%", "#{}", "", " ", "lambda", "x₁", "θ", "中", 7, ("h", 1),
]  # fmt: skip


def balanced(latex):
    """Tell whether braces, brackets that stretch and environments are all closed in order."""
    opened = []
    for sign in re.findall(
        r"\\[{}]|[{}]|\\left|\\right|\\begin\{[a-z*]+\}|\\end\{[a-z*]+\}", latex
    ):
        if sign in {r"\{", r"\}"}:
            continue
        begun = re.fullmatch(r"\\begin(\{.*\})", sign)
        if sign in {"{", r"\left"} or begun:
            opened.append({"{": "}", r"\left": r"\right"}.get(sign) or rf"\end{begun[1]}")
        elif not opened or opened.pop() != sign:
            return False
    return not opened


def chained(names):
    """Build a chain of units that bear the given names, after an input that bears the first."""
    net = rg.Network()
    net.add_input(names[0])
    for tail, head in itertools.pairwise(names):
        net.add_unit(head, "tanh")
        net.add_edge(tail, head, weight=0.5)
    return net


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", DERIVATIONS)
def test_golden(name, suffix):
    """A derivation reads as its golden file."""
    golden = (GOLDEN / f"{name}.{suffix}").read_text(encoding="utf-8")
    assert FORMATS[suffix](DERIVATIONS[name]()) + "\n" == golden


@pytest.mark.parametrize("name", DERIVATIONS)
def test_text_is_narrow(name):
    """The tables fit a terminal of 110 columns."""
    assert max(map(len, str(DERIVATIONS[name]()).splitlines())) <= writing.WIDTH


def test_text_formulas_parse():
    """The formulas of the text can be parsed again, and mean the same."""
    for step in DERIVATIONS["blog_network"]().steps[1:]:
        formula = rg.Network.from_expressions(rg.parse(writing.in_letters(step, writing.TEXT)))
        point = {s.name: Fraction(i + 2, 3) for i, s in enumerate(step.in_letters.free_symbols)}
        (value,) = formula.feed_forward(point).values()
        exact = step.in_letters.subs({s: point[s.name] for s in step.in_letters.free_symbols})
        assert value == Fraction(int(exact.p), int(exact.q))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on the PATH")
def test_latex_compiles(tmp_path):
    """LaTeX sets all golden files, and no line is wider than the page."""
    parts = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.tex"))]
    document = (
        r"\documentclass[10pt,a4paper]{article}\usepackage{amsmath}\allowdisplaybreaks"
        rf"\begin{{document}}{chr(10).join(parts)}\end{{document}}"
    )
    (tmp_path / "all.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1000:]
    assert "Overfull" not in done.stdout


@pytest.mark.parametrize("op", TABLE)
def test_latex_of_every_primitive(op):
    """The step of any primitive is sound LaTeX, in every format."""
    row = TABLE[op]
    names = [f"x{i}" for i in range(row.slots or 3)]
    arguments = [3] * len(row.arguments)
    net = rg.Network.from_expressions(row(*rg.inputs([*names, "z"])[:-1], *arguments))
    derivation = rg.explain(net)
    assert balanced(derivation.to_latex())
    assert balanced(derivation.to_markdown().replace("$", ""))
    assert op in str(derivation) or "sympy" not in str(derivation)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\hat{y}", r"\hat{y}"),
        (r"\hat{y", "y"),
        (r"\href{javascript:alert(1)}{y}", "y"),
        ("y$", "y"),
        (r"\input{secret}", "y"),
        ("}y{", "y"),
        ("", "y"),
    ],
)
def test_latex_attribute(latex, expected):
    """The attribute `latex` writes a node; one that is broken or does more is passed over."""
    net = chained(["x", "y"])
    net.nodes["y"]["latex"] = latex
    assert rf"\frac{{\partial {expected}}}{{\partial {expected}}}" in rg.explain(net).to_latex()


def test_latex_names_differ():
    """Two letters never look the same, whatever their names."""
    derivation = rg.explain(chained(["h1", "h_1", "h_1_", "h__1", "θ", "theta"]))
    written = list(derivation.steps[0].latex_names.values())
    assert len(set(written)) == len(written)


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_hostile_names(name):
    """A name executes nothing and breaks no format."""
    net = chained([name, "safe"])
    derivation = rg.explain(net, at={name: 0.5})

    html = derivation._repr_html_()
    tags = re.findall("<[^>]*>", html)
    assert {tag.strip("</>") for tag in tags} <= {"table", "tr", "th", "td", "p", "ul", "li"}
    assert html.count("<") == len(tags)
    assert balanced(derivation.to_latex())
    assert not re.search(r"\\(href|input)|javascript:", derivation.to_latex())
    lines = derivation.to_markdown().split("\n\n")[0].splitlines()
    assert {line.count("|") for line in lines} == {8}
    assert all(re.match(r"\d|step|─|\s", line) for line in str(derivation).splitlines() if line)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (Fraction(-15, 4), "-15/4"),
        (2, "2"),
        (1 / 3, "0.333333"),
        (1e-20, "1e-20"),
        (1 + 2j, "1+2j"),
        (2**60, "≈1.15292e+18"),
        (-(2**20000), "≈-10^6021"),
        (Fraction(1, 10**4000), "≈10^-4000"),
        (np.array([1.0, 2.5]), "(1, 2.5)"),
        (np.zeros((8, 2)), "8×2 values"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numbers(value, expected):
    """Short numbers stand as they are; of long ones the size."""
    assert writing.number(value) == expected
    assert balanced(writing._latex_number(value))


def test_many_edges():
    """A sum over many edges shows the first and the last, and says how many more there are."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("s", "add")
    for i in range(50):
        net.add_unit(f"u{i}", "tanh")
        net.add_edge("x", f"u{i}")
        net.add_edge(f"u{i}", "s")
    text = str(rg.explain(net)["x"])
    assert text.count("∂u") < 20
    assert "45 more" in text


def test_html_of_a_long_derivation():
    """A notebook shows the first rows and says how many more there are."""
    derivation = rg.explain(chained([f"u{i}" for i in range(300)]))
    html = derivation._repr_html_()
    assert html.count("<tr>") == writing.MOST_ROWS + 1
    assert f"{len(derivation) - writing.MOST_ROWS} more steps" in html


def main():
    """Write the golden files."""
    GOLDEN.mkdir(exist_ok=True)
    for name, derive in DERIVATIONS.items():
        for suffix, write in FORMATS.items():
            text = write(derive()) + "\n"
            (GOLDEN / f"{name}.{suffix}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()


def test_the_exponential_is_no_power_of_a_node_called_e():
    """A node may have the letter e, so LaTeX writes the exponential as a function."""
    derivation = rg.explain(rg.Network.from_expressions(rg.parse("exp(a*b)*sin(c + d)*exp(d)")))
    written = derivation.to_latex()
    assert r"\exp{\left(d \right)}" in written
    assert "e^{" not in written
