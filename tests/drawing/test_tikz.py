"""The TikZ is as written down in the golden files, and TeX sets all of it.

`python -m tests.drawing.test_tikz` writes the golden files anew.
"""

# ruff: noqa: RUF001 - signs that look like others are what this is about
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rojasgraph.drawing.cards import Card, Cell, Drawing, Table, Words
from rojasgraph.drawing.scene import scene_of
from rojasgraph.drawing.tex import beyond_pdftex, to_tex, words_to_tex
from rojasgraph.drawing.themes import THEMES
from rojasgraph.drawing.tikz import write_tikz
from rojasgraph.mathtex import is_symbol
from tests.drawing.drawings import DRAWINGS, HOSTILE, TEXTS, in_a_row, random_drawings
from tests.effort import tries

GOLDEN = Path(__file__).parent / "golden"
PDFLATEX, LUALATEX = shutil.which("pdflatex"), shutil.which("lualatex")
needs_pdflatex = pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex on the PATH")
needs_lualatex = pytest.mark.skipif(LUALATEX is None, reason="no lualatex on the PATH")

SET_BY_PDFLATEX = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "".join(chr(c) for c in range(0xA1, 0x180) if c != 0xAD)
    + "".join(chr(c) for c in (*range(0x391, 0x3A2), *range(0x3A3, 0x3AA), *range(0x3B1, 0x3CA)))
    + "ϵϕϑϖϱ−×÷±∓·⋅∗∘⊙⊗⊕∂∇∑∏∫√∞≈≠≡≤≥≪≫∼∝→←↑↓↔⇒⇐⇔↦∈∉⊂⊆∪∩∅∀∃¬∧∨⊤⊥⋯…‖∥⟨⟩⌊⌋⌈⌉ℓ°∕"
    + "ℂℍℕℙℚℝℤ′″‴½⅓⅔¼¾⅛₀₁₉₊₋₌₍₎ₐₑₒₓᵢⱼ⁰¹²³⁴⁹⁺⁻⁼⁽⁾ⁿᵀᵇˣʸ𝑥𝛼𝐀–—‚„“”‘’‹›†‡•‰€™"
)
"""Characters of which some are in words, some in formulas: all can be set by pdflatex."""


def golden():
    """Write the drawings that the golden files show, by a layout that never changes."""
    for name, draw in DRAWINGS.items():
        yield f"{name}.tex", write_tikz(scene_of(draw(), in_a_row))
    yield "print.tex", write_tikz(scene_of(DRAWINGS["circle"]("print"), in_a_row))
    yield "lualatex.tex", write_tikz(scene_of(texts(["漢字", "Привет", "a_b"]), in_a_row))


def texts(names):
    """Make a drawing of one card that shows texts, ten in a row."""
    cells = [Cell((Words(name, 10),)) for name in names]
    rows = tuple(tuple(cells[i : i + 10]) for i in range(0, len(cells), 10))
    return Drawing((Card("n0", "input", Table(rows, border=1, padding=3), "texts"),), (), "LR")


def compiled(folder, text, program="pdflatex"):
    """Compile a file, and return what TeX said; an error fails the test."""
    (folder / "picture.tex").write_text(text, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "picture.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    log = (folder / "picture.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    return log


def assert_settled(log):
    """Check that TeX had every character, every font, and no complaint."""
    assert "Missing character" not in log
    assert "Warning" not in log
    assert "Overfull" not in log


# --- golden files -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, _ in golden()])
def test_golden_files(name):
    """Drawings are written as they were: `python -m tests.drawing.test_tikz` after a change."""
    assert dict(golden())[name] == (GOLDEN / name).read_text(encoding="utf-8")


@needs_pdflatex
@pytest.mark.parametrize(
    "name", ["table.tex", "circle.tex", "units.tex", "shared.tex", "print.tex"]
)
def test_golden_files_compile(name, tmp_path):
    """Pdflatex compiles every golden file without a warning, to one page."""
    text = (GOLDEN / name).read_text(encoding="utf-8")
    assert "% !TeX program = pdflatex" in text
    log = compiled(tmp_path, text)
    assert_settled(log)
    assert "(1 page" in log


@needs_lualatex
def test_lualatex_compiles_what_pdflatex_cannot(tmp_path):
    """A file with other scripts names lualatex in its first line, which compiles it."""
    missing = "luaotfload is not installed, without which lualatex has no fonts"
    if not shutil.which("kpsewhich") or not _found("luaotfload-main.lua"):
        pytest.skip(missing)
    text = (GOLDEN / "lualatex.tex").read_text(encoding="utf-8")
    assert text.startswith("% !TeX program = lualatex")
    compiled(tmp_path, text, "lualatex")


def _found(name):
    done = subprocess.run(["kpsewhich", name], capture_output=True, check=False)
    return bool(done.stdout.strip())


@needs_pdflatex
@pytest.mark.parametrize(
    ("name", "theme"),
    [
        *((name, "light") for name in DRAWINGS),
        *(("units", theme) for theme in THEMES if theme != "light"),
    ],
)
def test_every_style_and_theme_compiles(name, theme, tmp_path):
    """Every style compiles, and every theme, laid out by our own layout."""
    assert_settled(compiled(tmp_path, write_tikz(scene_of(DRAWINGS[name](theme)))))


@needs_pdflatex
@pytest.mark.once
def test_pdflatex_sets_every_known_character(tmp_path):
    """What is not listed as beyond pdflatex is set by it: alone, in words and in formulas."""
    shown = [c for c in SET_BY_PDFLATEX if not beyond_pdftex(c)]
    assert len(shown) > len(SET_BY_PDFLATEX) - 10
    words = [form.format(c) for c in shown for form in ("{}", "a{}b", "x{0}₁{0}²")]
    drawing = texts([*words, *(text for text in HOSTILE if not beyond_pdftex(text))])
    assert_settled(compiled(tmp_path, write_tikz(scene_of(drawing, in_a_row))))


@needs_pdflatex
@pytest.mark.once
def test_pdflatex_sets_any_text(tmp_path):
    """No text of known characters makes an error, whatever TeX means by them."""
    names = []
    known = st.text(st.sampled_from(SET_BY_PDFLATEX + "\\{}$%&#_^~-`'" * 3))

    @settings(max_examples=350, database=None, derandomize=True)
    @given(st.one_of(known, TEXTS))
    def collect(name):
        if not beyond_pdftex(name):
            names.append(name)

    collect()
    assert len(names) > 200
    assert_settled(compiled(tmp_path, write_tikz(scene_of(texts(names), in_a_row))))


@needs_pdflatex
@pytest.mark.once
def test_random_drawings_compile(tmp_path):
    """Drawings of any shape compile; the largest of many are tried."""
    found = []

    @settings(max_examples=30, database=None, derandomize=True)
    @given(random_drawings())
    def collect(drawing):
        found.append(write_tikz(scene_of(drawing)))

    collect()
    files = sorted((text for text in found if "program = pdflatex" in text), key=len)[-3:]
    assert len(files) == 3
    for number, text in enumerate(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        compiled(folder, text)


# --- what is written ----------------------------------------------------------------------------


@given(random_drawings())
@tries(25)
def test_every_card_is_a_scope_of_its_own(drawing):
    """Every card and every line is named in a comment, and each card can be moved by its scope."""
    text = write_tikz(scene_of(drawing))
    for card in drawing.cards:
        assert re.search(rf"^% {card.id}: .*\n\\begin{{scope}}\[shift=\{{\(", text, re.MULTILINE)
    for line in drawing.lines:
        start = rf"^% {line.id}: .*\n\\draw\[rg (edge|implied)[^\]]*\] \([-\d.]+,[-\d.]+\) \.\. "
        assert re.search(start, text, re.MULTILINE)
    assert text.count(r"\begin{scope}") == text.count(r"\end{scope}") == len(drawing.cards)


@given(random_drawings())
@tries(25)
def test_braces_balance(drawing):
    """Whatever texts hold, every brace that TeX reads as one is closed."""
    text = write_tikz(scene_of(drawing))
    body = re.sub(r"^ *%.*$", "", text, flags=re.MULTILINE)
    depth = 0
    for found in re.findall(r"\\.|[{}]", body):
        depth += (found == "{") - (found == "}")
        assert depth >= 0
    assert depth == 0


@given(random_drawings())
@tries(25)
def test_colors_and_styles_are_defined(drawing):
    """Every color and style that is used is defined once, and none that is not used."""
    text = write_tikz(scene_of(drawing))
    head, body = text.split(r"\begin{document}")
    body = re.sub(r"^ *%.*$", "", body, flags=re.MULTILINE)
    options = " ".join(re.findall(r"\\(?:node|draw|fill|filldraw)\[(.*?)\] ", body))
    colors = re.findall(r"\\definecolor\{rg(\w+)\}\{HTML\}\{[0-9A-F]{6}\}", head)
    assert len(set(colors)) == len(colors)
    inks = set(re.findall(r"  rg (\w+)/\.style=\{rg text", head))
    assert set(re.findall(r"\brg([a-z]\w*)\b", options)) | inks | {"edge"} == set(colors)
    sizes = set(re.findall(r"  rg (\d+)/\.style", head))
    assert set(re.findall(r"\brg (\d+)\b", options)) == sizes


@given(TEXTS)
@example("a--b,,c``d''e?`!`")
@example("x′²")
@example("x²′₁²")
@example(" −1 − 1−")
def test_tex_of_any_text_is_one_line(text):
    """Any text gives balanced TeX on one line, with dollars in pairs."""
    written = to_tex(text)
    assert "\n" not in written
    assert re.sub(r"\\\$", "", written).count("$") % 2 == 0
    assert is_balanced(written)


def is_balanced(tex):
    """Tell whether every brace is closed."""
    depth = 0
    for found in re.findall(r"\\.|[{}]", tex):
        depth += (found == "{") - (found == "}")
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("−0.0581", "$-0.0581$"),
        ("0.5", "0.5"),
        ("−1/3", "$-1/3$"),
        ("1.5×10⁻⁷", r"$1.5{\times}10^{-7}$"),
        ("3×10⁸ × 2", r"$3{\times}10^{8}\times 2$"),
        ("w×10", r"$w\times 10$"),
        ("3−0.5i", "$3-0.5i$"),
        ("−∞", r"$-\infty$"),
        ("≈0.333", r"$\approx 0.333$"),
        ("mean −2 (n=5)", r"mean $-2\ (n=5)$"),
        ("∂w −0.0726", r"$\partial w\ {-}0.0726$"),
        ("← −0.145", r"$\leftarrow{-}0.145$"),
        ("w₃,₁₁", "$w_{3,11}$"),
        ("net₁", "net$_{1}$"),
        ("½u²", r"$\tfrac{1}{2}u^{2}$"),
        ("σ′(u)", r"$\sigma'(u)$"),
        ("tanh′(net)", "tanh$'($net)"),
        ("2ˣ", "$2^{x}$"),
        ("ln Σe", r"ln $\Sigma e$"),
        ("∂E/∂h", r"$\partial E/\partial h$"),
        ("x", "$x$"),
        ("x1", "x1"),
        ("h_next", r"h\_next"),
        ("50 %", r"50 \%"),
        ("{a}^~\\", r"\{a\}\textasciicircum{}\textasciitilde{}\textbackslash{}"),
        ("a--b", "a-{}-b"),
        ("é", "é"),
        ("", ""),
    ],
)
def test_texts_become_tex(text, tex):
    """Numbers, formulas and names are written as a mathematician writes them."""
    assert to_tex(text) == tex


@pytest.mark.parametrize(
    ("latex", "tex"),
    [
        (r"\tanh", r"$\tanh$"),
        ("w_{1}", "$w_{1}$"),
        ("σ_1", r"${\sigma}_1$"),
        (r"\{a\}", r"$\{a\}$"),
        (None, "$x$"),
        ("", "$x$"),
        ("w_{1", "$x$"),
        ("}{", "$x$"),
        ("a$b", "$x$"),
        ("a%", "$x$"),
        ("a\\", "$x$"),
        (r"\input{secret}", "$x$"),
        (r"\csname input\endcsname", "$x$"),
        (r"^^5cinput", "$x$"),
        (r"\begin{filecontents}", "$x$"),
    ],
)
def test_tex_of_the_user(latex, tex):
    """TeX of the user's is taken as it is, unless it would break out of its formula."""
    assert words_to_tex(Words("x", 9, latex=latex)) == tex
    assert is_symbol(latex or "") == (tex != "$x$")


def test_what_is_beyond_pdftex_is_told():
    """Characters that pdflatex cannot set are named at the top of the file, each once."""
    text = write_tikz(scene_of(texts(["漢字", "漢 é σ"]), in_a_row))
    assert text.splitlines()[2] == "% Compile with lualatex: pdflatex cannot set 漢 字"
    assert beyond_pdftex("é σ ½ ₁ ℝ – €") == []


if __name__ == "__main__":
    for file, content in golden():
        (GOLDEN / file).write_text(content, encoding="utf-8")
