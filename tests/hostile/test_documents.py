"""Documents and pictures of a stranger's network: what its names say is shown, and never done."""

from __future__ import annotations

import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest

import rojasgraph as rg
from rojasgraph.drawing.page.document import page
from rojasgraph.mathtex import is_symbol
from tests.hostile.strangers import NAMES, network

INERT = "Names of a stranger's do nothing in a picture, a page, a worksheet or a formula."
inert = pytest.mark.promise("nobody let in", INERT)
PREAMBLE = "\\documentclass{article}\\usepackage{amsmath,amssymb}\\begin{document}\n"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ELEMENTS = {"table", "tr", "th", "td", "p", "ul", "li"}


@pytest.fixture(scope="module")
def net():
    """Give the network that bears every hostile name."""
    return network()


def texts(net, folder):
    """Write what is TeX: a derivation with the formula, and a worksheet, which is a diagram."""
    with_formula = f"{rg.explain(net).to_latex()}\n${rg.to_latex(net)}$\n"
    derivation = folder / "derivation.tex"
    derivation.write_text(f"{PREAMBLE}{with_formula}\\end{{document}}", "utf-8")
    return derivation, rg.worksheet(net, folder / "sheet.tex", "units", blank="adjoint")[0]


@inert
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on the PATH")
@pytest.mark.once
def test_names_do_nothing_in_tex(net, tmp_path, record_property):
    """TeX that may do anything compiles all of it, reads no file of theirs and writes none."""
    record_property("tried", 2 * len(NAMES))
    (tmp_path / "secret.tex").write_text("let out", encoding="ascii")
    for file in texts(net, tmp_path):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-shell-escape"]
        done = subprocess.run(
            [*command, "-recorder", file.name], cwd=tmp_path, capture_output=True, check=False
        )
        log = file.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
        assert done.returncode == 0, log[-1500:]
        assert "runsystem" not in log
        assert "secret" not in file.with_suffix(".fls").read_text(encoding="utf-8")
    assert not [path for path in tmp_path.iterdir() if path.stem == "harm"]


@inert
@pytest.mark.parametrize("name", [n for n in map(str, NAMES) if re.search(r"[\\$%#&~<>`]", n)])
def test_hostile_tex_is_no_symbol(name):
    """Of what strangers call their nodes, nothing with a meaning to TeX passes for a symbol."""
    assert not is_symbol(name)


@pytest.mark.parametrize(
    ("latex", "is_one"),
    [
        *(
            (r"\hat{w}_{1}", True),
            (r"\mathrm{net}_{3,1}", True),
            ("z^{(1)}", True),
            (r"\{a\}", True),
        ),
        *((r"\left( x \right)", True), (r"\sigma'", True), ("漢", True), (r"\left(x", False)),
        *((r"\gdef\x{}", False), (r"\global", False), (r"\pdfobj", False), (r"\font\x=y", False)),
        *((r"\@@input x", False), ("x_", False), ("x__1", False), ("{x^}", False), ("\\", False)),
        *((r"\href{x}{y}", False), ("<b>", False), ("[x](y)", False), ("x" * 1001, False)),
        *(("}x{", False), (r"\begin{a}", False), ("x\ny", False), (r"\\", False), (" ", False)),
    ],
)
def test_what_is_a_symbol(latex, is_one):
    """Letters, accents, brackets, operators and functions are; all other commands are not."""
    assert is_symbol(latex) is is_one


@inert
def test_names_do_nothing_in_markdown_and_html(net, record_property):
    """A derivation is a table of our own elements, with no link, image or script of theirs."""
    record_property("tried", 2 * len(NAMES))
    derivation = rg.explain(net)
    markdown, written = derivation.to_markdown(), derivation._repr_html_()
    assert not re.search(r"<|\]\(|javascript:|`", markdown)
    table = markdown.split("\n\n")[0].splitlines()
    assert {line.count("|") for line in table} == {8}
    tags = re.findall("<[^>]*>", written)
    assert {tag.strip("</>") for tag in tags} <= ELEMENTS
    assert written.count("<") == len(tags)


@inert
@pytest.mark.exe
def test_names_do_nothing_in_dot(net, tmp_path, record_property):
    """Graphviz finds as many nodes and edges as there are, and none of them has a link."""
    record_property("tried", len(NAMES))
    file = rg.save(net, tmp_path / "net.dot")
    done = subprocess.run(["dot", "-Tsvg", file], capture_output=True, check=True)
    picture = ET.fromstring(done.stdout)  # noqa: S314 - Graphviz's own text
    kinds = [group.get("class") for group in picture.iter("{http://www.w3.org/2000/svg}g")]
    assert (kinds.count("node"), kinds.count("edge")) == (len(net), net.number_of_edges())
    assert not [x for x in picture.iter() if "{http://www.w3.org/1999/xlink}href" in x.attrib]


@inert
def test_names_do_nothing_in_python(net, tmp_path, monkeypatch, record_property):
    """A function that is written for the network computes, and does nothing else."""
    record_property("tried", len(NAMES))
    monkeypatch.chdir(tmp_path)
    module = {}
    exec(compile(rg.to_python(net), "<written>", "exec"), module)  # noqa: S102 - it is our text
    (value,), *_ = (found.values() for found in module["value_and_gradient"](0.5))
    assert value == pytest.approx(net.nodes[NAMES[-1]]["value"], abs=0)
    assert list(tmp_path.iterdir()) == []


@inert
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH")
@pytest.mark.once
def test_names_do_nothing_in_a_browser(net, tmp_path, record_property):
    """Pictures in all styles, the page and the derivation: nothing runs, nothing is fetched."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    styles = ("table", "circle", "units")
    files = [rg.render(net, tmp_path / f"{style}.svg", style=style) for style in styles]
    files += [tmp_path / "page.html", tmp_path / "derivation.html"]
    files[-2].write_text(page(net), "utf-8", "replace")
    derivation = f"<meta charset='utf-8'>{rg.explain(net)._repr_html_()}"
    files[-1].write_text(derivation, "utf-8", "replace")
    complaints = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: complaints.append(request.url))
        for file in files:
            tab.goto(file.as_uri())
            tab.evaluate("() => document.documentElement.dispatchEvent(new Event('load'))")
            scripts = tab.evaluate(
                "() => [...document.querySelectorAll('*')].filter((x) => [...x.attributes]"
                ".some((a) => /^on/.test(a.name) || /^\\s*javascript:/.test(a.value))).length"
            )
            assert scripts == 0, file.name
        browser.close()
    own = {file.as_uri() for file in files}
    record_property("tried", len(files) * len(NAMES))
    assert [x for x in complaints if x not in own and not x.startswith("data:")] == []
