"""Texts are no wider than they are taken to be, and tables give every cell its place."""

from __future__ import annotations

import itertools
import math
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rojasgraph.drawing.beziers import (
    arrowhead,
    aside,
    covered,
    cut,
    halfway,
    pieces,
    sampled,
    shortened,
    straight,
)
from rojasgraph.drawing.cards import Cell, Table, Words
from rojasgraph.drawing.grids import lay_out
from rojasgraph.drawing.measures import text_width
from rojasgraph.drawing.shapes import Rectangle, around
from rojasgraph.drawing.themes import theme_of
from tests.drawing.drawings import TABLES

LIGHT, PRINT = theme_of("light"), theme_of("print")
PRINTABLE = st.text(st.characters(exclude_categories=["C"]))
POINTS = st.tuples(st.floats(-100, 100), st.floats(-100, 100))
CURVES = st.integers(1, 3).flatmap(
    lambda count: st.lists(POINTS, min_size=3 * count + 1, max_size=3 * count + 1)
)


def published(name):
    """Read the widths of a core font from the metrics that TeX comes with."""
    if shutil.which("kpsewhich") is None:
        pytest.skip("no TeX installation, hence no metrics of Adobe's fonts")
    found = subprocess.run(["kpsewhich", name], capture_output=True, check=False, text=True)
    if not found.stdout.strip():
        pytest.skip(f"{name} is not installed")
    text = Path(found.stdout.strip()).read_text(encoding="latin-1")
    return re.findall(r"C (-?\d+) ; WX (\d+) ; N (\w+) ;", text)


@pytest.mark.parametrize(("font", "bold"), [("phvr8a.afm", False), ("phvb8a.afm", True)])
def test_ascii_is_as_wide_as_published(font, bold):
    """The width of every ASCII character is the one in Adobe's metrics, with a little air."""
    quotes = {"quoteright": None, "quoteleft": None, "quotesingle": "'", "grave": "`"}
    checked = 0
    for code, width, glyph in published(font):
        character = quotes[glyph] if glyph in quotes else chr(int(code)) if int(code) > 0 else None
        if character is None or not character.isascii():
            continue
        assert text_width(character, 1000, bold=bold) == pytest.approx(1.02 * int(width))
        checked += 1
    assert checked == 95


def test_digits_are_equally_wide():
    """Numbers of equal length are equally wide, bold or not."""
    widths = {text_width(digit, 9, bold=bold) for digit in "0123456789" for bold in (False, True)}
    assert len(widths) == 1


@pytest.mark.parametrize(
    ("text", "ems"),
    [
        ("漢字", 2.0),
        ("가", 1.0),
        ("a\u0301", 0.556),
        ("é", 0.556),
        ("😀", 1.3),
        ("₁", 0.43),
        ("−", 0.584),
        ("\u200d", 0.0),
    ],
)
def test_classes_of_characters(text, ems):
    """What Helvetica does not have is measured by its class."""
    assert text_width(text, 100) == pytest.approx(102 * ems)


@given(PRINTABLE, PRINTABLE, st.floats(1, 100))
def test_widths_add_up(left, right, size):
    """A text is as wide as its parts, and grows with its size."""
    whole = text_width(left + right, size)
    assert whole == pytest.approx(text_width(left, size) + text_width(right, size))
    assert text_width(left, 2 * size) == pytest.approx(2 * text_width(left, size))
    assert 0 <= whole < math.inf


@given(PRINTABLE)
def test_bold_is_no_narrower(text):
    """Bold and sloping texts are at least as wide as plain ones, but for the at sign."""
    text = text.replace("@", "")
    assert text_width(text, 9, bold=True) >= text_width(text, 9) - 1e-9
    assert text_width(text, 9, italic=True) >= text_width(text, 9)


# --- tables -------------------------------------------------------------------------------------


def test_columns_take_what_cells_need():
    """A cell over two columns widens both by the same amount, and a high cell both its rows."""
    table = Table(
        (
            (Cell(columns=2, width=100, height=10),),
            (Cell(width=20), Cell(width=40, height=60, rows=2)),
            (Cell(height=20),),
        ),
        border=2,
    )
    grid = lay_out(table, LIGHT)
    boxes = [box for _, box, _ in grid.cells]
    assert (grid.width, grid.height) == (104, 74)
    assert boxes == [
        Rectangle(2, 2, 102, 12),
        Rectangle(2, 12, 42, 32),
        Rectangle(42, 12, 102, 72),
        Rectangle(2, 32, 42, 72),
    ]


def test_inner_tables_fill_their_cells():
    """A table inside a cell grows with it, inside the cell's padding."""
    inner = Table(((Cell(width=10, height=10),),), border=1)
    table = Table(((Cell(width=100, height=8),), (Cell(inside=inner, port="p"),)), padding=3)
    grid = lay_out(table, LIGHT)
    (_, _), (found, box) = grid.tables
    assert found is inner
    assert box == Rectangle(3, 11, 97, 23)
    assert grid.ports["p"].box == box
    assert grid.cells[-1][1] == box.grown(-1)


def test_columns_can_be_made_even():
    """The halves of a circle meet in its middle, however wide each is."""
    table = Table(((Cell(width=10), Cell(width=31)),))
    assert [box.width for _, box, _ in lay_out(table, LIGHT, even=True).cells] == [31, 31]


def test_lines_of_text_stand_in_the_middle():
    """Two lines stand below one another around the middle of their cell."""
    cell = Cell((Words("0", 10), Words("0", 10)), width=50, height=50)
    first, second = lay_out(Table(((cell,),)), LIGHT).texts
    assert (first.x, second.x) == (25, 25)
    assert second.baseline - first.baseline == 12
    capitals = first.baseline - 7.2, second.baseline
    assert sum(capitals) / 2 == pytest.approx(25, abs=0.3)


def test_bold_roles_take_more_room():
    """In a theme that sets a role in bold, its cells are wider."""
    table = Table(((Cell((Words("back", 10, "backward"),)),),))
    assert lay_out(table, PRINT).width > lay_out(table, LIGHT).width


@given(TABLES)
def test_cells_keep_apart(table):
    """Cells of one table do not overlap, and lie within it, at their least sizes."""
    grid = lay_out(table, LIGHT)
    for number, (owner, box) in enumerate(grid.tables):
        cells = [(cell, inner) for cell, inner, of in grid.cells if of == number]
        inside = box.grown(-owner.border)
        for i, (cell, inner) in enumerate(cells):
            assert inside.holds(inner, slack=1e-6)
            assert inner.width >= cell.width - 1e-6
            assert inner.height >= cell.height - 1e-6
            for _, other in cells[i + 1 :]:
                assert not inner.grown(-1e-6).overlaps(other)
    outer = Rectangle(0, 0, grid.width, grid.height)
    assert all(outer.holds(box, slack=1e-6) for _, box in grid.tables)


@given(TABLES)
def test_texts_keep_to_their_cells(table):
    """Every line of text lies within a cell that has it."""
    grid = lay_out(table, LIGHT)
    for text in grid.texts:
        homes = [box for cell, box, _ in grid.cells if text.words in cell.words]
        assert any(home.holds(text.box, slack=1e-6) for home in homes)
    shown = sum(len(cell.words) for cell, _, _ in grid.cells if cell.inside is None)
    assert len(grid.texts) == shown


@given(TABLES)
def test_every_port_is_found(table):
    """Every cell with a name can be found by it."""
    grid = lay_out(table, LIGHT)
    named = {cell.port for cell, _, _ in grid.cells if cell.port}
    assert set(grid.ports) == named
    outer = Rectangle(0, 0, grid.width, grid.height)
    assert all(outer.holds(port.outer, slack=1e-6) for port in grid.ports.values())
    assert all(port.outer.holds(port.box, slack=1e-6) for port in grid.ports.values())


# --- curves -------------------------------------------------------------------------------------


@given(CURVES, st.floats(0, 1))
def test_a_cut_piece_is_the_same_curve(curve, part):
    """Both halves of a piece together run where it ran."""
    for piece in pieces(curve):
        left, right = cut(piece, part)
        assert left[0] == piece[0]
        assert right[3] == piece[3]
        assert left[3] == right[0]
        hull = around(Rectangle(x, y, x, y) for x, y in piece)
        assert hull.holds(covered(left), slack=1e-6)
        assert hull.holds(covered(right), slack=1e-6)


@given(CURVES)
def test_a_curve_is_covered_closely(curve):
    """The rectangle holds every point of a curve, and no side of it is away from all of them."""
    box = covered(curve)
    points = sampled(curve, steps=200)
    near = around(Rectangle(x, y, x, y) for x, y in points)
    assert box.holds(near, slack=1e-6)
    longest = max(math.dist(a, b) for a, b in itertools.pairwise(points))
    assert near.grown(longest).holds(box, slack=1e-6)


@given(CURVES, st.floats(0.5, 20))
@example([(44.0, 0.0), (24.0, 0.0), (47.0, 0.0), (55.0, 2.0)], 19.0)  # it goes away first
@example([(0.0, 0.0)] * 5 + [(0.0, 3.0), (0.0, 0.0)], 1.0)  # and comes back to where it began
def test_shortened_curves_end_before_the_tip(curve, length):
    """A curve long enough ends at that distance from its tip; its start stays."""
    cut_short = shortened(curve, length)
    assert cut_short[0] == curve[0]
    assert len(cut_short) % 3 == 1
    gap = math.dist(cut_short[-1], curve[-1])
    if any(math.dist(point, curve[-1]) > length + 0.01 for point in sampled(curve)[-16:-1]):
        assert gap == pytest.approx(length, abs=0.05)


@given(CURVES)
def test_half_of_a_curve_lies_on_either_side(curve):
    """The middle of a curve is a point of it, near to one that is sampled."""
    x, y = halfway(curve)
    assert covered(curve).holds(Rectangle(x, y, x, y), slack=1e-6)


@given(POINTS, POINTS, st.floats(-5, 5))
def test_a_line_aside_runs_parallel(start, end, offset):
    """A straight line moved aside keeps its length and its distance."""
    if math.dist(start, end) < 1:
        return
    moved = aside(straight(start, end), offset)
    assert math.dist(moved[0], moved[-1]) == pytest.approx(math.dist(start, end))
    assert math.dist(moved[0], start) == pytest.approx(abs(offset))
    assert math.dist(moved[-1], end) == pytest.approx(abs(offset))


def test_arrowheads_point_along_the_end():
    """The arrowhead of a curve that comes down from above points down."""
    tip, left, right = arrowhead([(0, 0), (20, 0), (20, 10), (20, 40)], 6, 2)
    assert tip == (20, 40)
    assert left == pytest.approx((18, 34), abs=0.2)
    assert right == pytest.approx((22, 34), abs=0.2)
