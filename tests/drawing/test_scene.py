"""In a scene nothing reaches out of what it belongs to, and cards and labels keep apart."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rojasgraph.drawing.cards import Card, Cell, Cluster, Drawing, Line, Table, Words
from rojasgraph.drawing.figures import figure_of
from rojasgraph.drawing.scene import scene_of
from rojasgraph.drawing.shapes import Rectangle
from rojasgraph.drawing.themes import theme_of
from rojasgraph.errors import ArgumentError
from tests.drawing.drawings import DRAWINGS, in_a_row, random_drawings
from tests.effort import tries

LIGHT = theme_of("light")
RANKDIRS = ("LR", "RL", "TB", "BT")
ALL = [(name, rankdir) for name in DRAWINGS for rankdir in RANKDIRS]


def assert_sound(scene):
    """Check what holds for every scene."""
    picture = Rectangle(0, 0, scene.width, scene.height)
    for figure in scene.figures:
        assert picture.holds(figure.box, slack=1e-6)
        for text in figure.texts:
            assert_inside(text, figure)
    for i, figure in enumerate(scene.figures):
        for other in scene.figures[i + 1 :]:
            assert not figure.box.grown(-1e-6).overlaps(other.box)
    for curve in scene.curves:
        assert picture.holds(curve.box, slack=1e-6)
        for figure in scene.figures:
            for text in curve.texts:
                assert not text.box.grown(-1e-6).overlaps(figure.box)
    if scene.heading:
        assert picture.holds(scene.heading.box, slack=1e-6)


def assert_inside(text, figure):
    """Check that letters do not reach out of the outline of their card."""
    if figure.disc is None:
        assert figure.box.holds(text.box, slack=1e-6)
        return
    size = text.words.size
    x, y = figure.disc.middle
    for edge in (text.box.left, text.box.right):
        for height in (text.baseline - 0.73 * size, text.baseline + 0.2 * size):
            assert math.dist((edge, height), (x, y)) <= figure.disc.radius + 1e-6


@pytest.mark.parametrize(("name", "rankdir"), ALL)
def test_drawings_built_by_hand_are_sound(name, rankdir):
    """Every style keeps its parts apart, whichever way values flow."""
    assert_sound(scene_of(DRAWINGS[name](rankdir=rankdir)))


@tries(50)
@given(random_drawings())
def test_random_drawings_are_sound(drawing):
    """No text leaves its card, no card touches another, no label of a line lies on a card."""
    assert_sound(scene_of(drawing))


@tries(15)
@given(random_drawings())
def test_equal_drawings_make_equal_scenes(drawing):
    """A scene depends on nothing but its drawing."""
    assert scene_of(drawing) == scene_of(drawing)


@tries(30)
@given(random_drawings())
def test_lines_run_between_their_cards(drawing):
    """A line begins at its tail's outline, or its main port, and ends at its head's."""
    scene = scene_of(drawing)
    figures = {figure.id: figure for figure in scene.figures}
    for line, curve in zip(drawing.lines, scene.curves, strict=True):
        route = curve.strokes[0].points
        for card, point in ((line.tail, route[0]), (line.head, route[-1])):
            if card is None:
                continue
            figure = figures[card]
            if figure.disc:
                distance = math.dist(point, figure.disc.middle)
                assert distance == pytest.approx(figure.disc.radius, abs=2.5)
            else:
                spot = Rectangle(*point, *point)
                assert figure.box.holds(spot, slack=2.0)


@pytest.mark.parametrize("rankdir", RANKDIRS)
def test_lines_meet_their_ports(rankdir):
    """Where a card says at which cells lines leave and enter, they do, at the side they come to."""
    cell = Cell(width=40, height=30, port="p")
    inner = Table(((cell,),), border=1)
    table = Table(((Cell(width=90, height=9),), (Cell(inside=inner),), (Cell(height=50),)))
    cards = tuple(Card(f"n{i}", "input", table, "", main="p") for i in range(2))
    line = Line("e0", "n0", "n1", "p", (), "")
    scene = scene_of(Drawing(cards, (line,), rankdir))
    left, right = (figure.ports["p"] for figure in scene.figures)
    start, *_, end = scene.curves[0].strokes[0].points
    (x1, y1), (x2, y2) = left.box.middle, right.box.middle
    sides = {
        "LR": ((left.outer.right, y1), (right.outer.left, y2)),
        "RL": ((left.outer.left, y1), (right.outer.right, y2)),
        "TB": ((x1, left.outer.bottom), (x2, right.outer.top)),
        "BT": ((x1, left.outer.top), (x2, right.outer.bottom)),
    }
    leaves, enters = sides[rankdir]
    assert start == pytest.approx(leaves, abs=0.5)
    assert end == pytest.approx(enters, abs=0.5)


@pytest.mark.parametrize("rankdir", ["TB", "BT"])
def test_lines_to_cells_behind_one_another_keep_apart(rankdir):
    """Where values flow along a column of cells, lines to them share its side, in their order."""
    rows = tuple((Cell(width=40, height=20, port=f"i{s}"), Cell(width=30)) for s in range(3))
    cards = [Card(f"n{i}", "input", Table(rows, border=1), "") for i in range(2)]
    lines = tuple(Line(f"e{s}", "n0", "n1", f"i{s}", (), "") for s in range(3))
    scene = scene_of(Drawing(tuple(cards), lines, rankdir))
    box = scene.figures[1].box
    ends = [curve.strokes[0].points[-1] for curve in scene.curves]
    assert [x - box.left for x, _ in ends] == pytest.approx([11, 21, 31])
    side = box.top if rankdir == "TB" else box.bottom
    assert [y for _, y in ends] == pytest.approx([side] * 3)


@tries(20)
@given(random_drawings(with_positions=True))
def test_given_positions_are_kept(drawing):
    """Cards with positions stand as they were told, y upwards."""
    scene = scene_of(drawing)
    middles = {figure.id: figure.box.middle for figure in scene.figures}
    for card, (x, y) in drawing.positions.items():
        for other, (x2, y2) in drawing.positions.items():
            moved = middles[other][0] - middles[card][0], middles[card][1] - middles[other][1]
            assert moved == pytest.approx((x2 - x, y2 - y), abs=1e-6)


def test_cards_without_a_position_stand_below():
    """Where only some cards have positions, the others are laid out apart from them."""
    drawing = replace(DRAWINGS["table"](), positions={"n0": (0, 0), "n5": (300, 40)})
    scene = scene_of(drawing)
    assert_sound(scene)
    fixed = [figure.box.bottom for figure in scene.figures if figure.id in drawing.positions]
    free = [figure.box.top for figure in scene.figures if figure.id not in drawing.positions]
    assert max(fixed) < min(free)


def test_the_layout_can_be_chosen():
    """Any function that places blocks and leads links will do."""
    scene = scene_of(DRAWINGS["table"](), in_a_row)
    middles = [figure.box.middle for figure in scene.figures]
    assert len({round(y, 6) for _, y in middles}) == 1
    assert middles == sorted(middles)


def test_twins_run_side_by_side():
    """The arrow back runs along the arrow on, from the head to the tail, in its own color."""
    scene = scene_of(DRAWINGS["units"]())
    on, back = scene.curves[0].strokes
    assert (on.role, back.role) == ("edge", "backward")
    assert math.dist(on.points[0], back.points[-1]) == pytest.approx(3.4)
    assert math.dist(on.points[-1], back.points[0]) == pytest.approx(3.4)


def test_arrows_lead_out_of_the_drawing():
    """A line without a head ends in the open, and has room for its label."""
    scene = scene_of(DRAWINGS["circle"]())
    out, last = scene.curves[-1], scene.figures[-1]
    assert out.strokes[0].points[-1][0] > last.box.right + out.label.width
    assert scene.width - out.strokes[0].points[-1][0] == pytest.approx(10, abs=1.5)


def test_a_circle_grows_with_its_texts():
    """A circle holds what stands in it, though its diameter is too small."""
    table = Table(((Cell((Words("a long name", 13),)),),))
    figure = figure_of(Card("n0", "input", table, "", diameter=20), LIGHT)
    assert figure.disc.radius > 30
    assert_inside(figure.texts[0], figure)


def test_halves_meet_in_the_middle():
    """However wide the texts on either side, the line between the halves parts them."""
    cells = (Cell((Words("1", 9),)), Cell((Words("a long name", 9),)))
    card = Card("n0", "operation", Table((cells,)), "", diameter=20, halves=True)
    left, right = figure_of(card, LIGHT).texts
    assert left.box.right <= 0 <= right.box.left


def test_grounds_keep_to_round_corners():
    """The ground of a cell in a corner of a rounded table is round there, and nowhere else."""
    filled = Cell(width=40, height=40, fill="derivative")
    table = Table(((filled, Cell(width=40)),), border=1, rounded=True)
    (ground,) = figure_of(Card("n0", "input", table, ""), LIGHT).grounds
    assert ground.corners == (8, 0, 0, 8)
    assert (ground.box.left, ground.box.top, ground.box.right) == (-40.5, -20.5, 0)


def test_lit_cards_are_picked_out():
    """A lit card has a line around it in a color of its own, wherever its outline is."""
    for card in (
        Card("n0", "input", Table(((Cell(width=9),),), border=1), "", lit=True),
        Card("n0", "input", Table(((Cell(inside=Table((), border=1)),),)), "", lit=True),
    ):
        (outline,) = figure_of(card, LIGHT).outlines
        assert (outline.role, outline.width) == ("lit", 2.4)
    circle = Card("n0", "input", Table(((Cell(),),)), "", diameter=20, lit=True)
    assert figure_of(circle, LIGHT).disc.role == "lit"


def test_frames_hold_their_cards():
    """A frame goes around its cards, with its name above them; labels on it know its ground."""
    drawing = replace(DRAWINGS["circle"](), clusters=(Cluster("c0", "two factors", ("n5", "n6")),))
    scene = scene_of(drawing)
    (frame,) = scene.frames
    for figure in scene.figures:
        if figure.id in {"n5", "n6"}:
            assert frame.box.holds(figure.box)
            assert frame.name.box.bottom <= figure.box.top
    for curve in scene.curves:
        on_frame = curve.label is not None and curve.label.overlaps(frame.box)
        assert curve.ground == ("cluster" if on_frame else "ground")


def test_the_name_of_a_frame_is_cut_to_fit():
    """A frame is hardly wider than its cards: a long name is shortened, and told in full."""
    name = "a name much longer than that"
    drawing = replace(DRAWINGS["circle"](rankdir="TB"), clusters=(Cluster("c0", name, ("n7",)),))
    (frame,) = scene_of(drawing).frames
    (card,) = (figure for figure in scene_of(drawing).figures if figure.id == "n7")
    assert frame.tooltip == name
    assert "…" in frame.name.words.text
    assert card.box.left - 20 < frame.box.left <= frame.name.box.left
    assert frame.name.box.right <= frame.box.right < card.box.right + 20


def test_frames_inside_one_another():
    """An outer frame goes around an inner one, and is painted before it."""
    inner, outer = Cluster("c0", "in", ("n5",)), Cluster("c1", "out", ("n5", "n6"))
    scene = scene_of(replace(DRAWINGS["circle"](), clusters=(inner, outer)))
    first, second = scene.frames
    assert (first.id, second.id) == ("c1", "c0")
    assert first.box.holds(second.box)
    assert not first.name.box.overlaps(second.box)


def test_a_long_title_widens_the_picture():
    """The title is in the middle, and never cut off."""
    drawing = Drawing((), (), "LR", "A title much wider than an empty drawing")
    scene = scene_of(drawing)
    assert scene.heading.box.left == pytest.approx(10)
    assert scene.title == drawing.title
    assert scene_of(Drawing((), (), "LR")).title == "Diagram of a network"


@pytest.mark.parametrize(("what", "value"), [("theme", "blue"), ("rankdir", "LB")])
def test_unknown_choices_are_refused(what, value):
    """A theme or a direction that there is not is named in the error."""
    with pytest.raises(ArgumentError, match=value):
        scene_of(replace(Drawing((), (), "LR"), **{what: value}))


@given(st.sampled_from(RANKDIRS), st.integers(1, 5))
def test_dashed_lines_end_beside_edges(rankdir, slots):
    """The line of a weight's parameter enters the same cell as its edge, but not at one point."""
    rows = tuple((Cell(width=30, height=20, port=f"i{s}"),) for s in range(slots))
    cards = [Card(f"n{i}", "input", Table(rows, border=1), "") for i in range(3)]
    lines = (
        Line("e0", "n0", "n2", "i0", (), ""),
        Line("e0w", "n1", "n2", "i0", (), "", dashed=True),
    )
    scene = scene_of(Drawing(tuple(cards), lines, rankdir))
    port = scene.figures[2].ports["i0"].box
    ends = [curve.strokes[0].points[-1] for curve in scene.curves]
    assert math.dist(*ends) > 3
    across = 1 if rankdir in {"LR", "RL"} else 0
    low, high = (port.left, port.right) if across == 0 else (port.top, port.bottom)
    assert all(low <= end[across] <= high for end in ends)


@pytest.mark.parametrize("passing", [0, 1, 2])
def test_names_of_frames_keep_off_lines(passing):
    """A frame's name stands in the middle, or at the left, or at the right: where no line runs."""
    room = Table(((Cell(width=40, height=30),),))
    cards = [Card(f"n{i}", "input", room, "") for i in range(6)]
    columns = [-100.0, 0.0, 100.0]
    positions = {f"n{i}": (x, 0.0) for i, x in enumerate(columns)}
    positions |= {f"n{i + 3}": (x, 200.0) for i, x in enumerate(columns)}
    crossed = [1, 0, 2][:passing]
    lines = [Line(f"e{i}", f"n{i + 3}", f"n{i}", None, (), "") for i in crossed]
    frame = Cluster("c0", "a name", ("n0", "n1", "n2"))
    drawing = Drawing(tuple(cards), tuple(lines), "TB", None, (frame,), positions)
    scene = scene_of(drawing)
    (frame,) = scene.frames
    side = frame.name.x - frame.box.middle[0]
    assert (side == 0, side < 0, side > 0)[passing]
    for curve in scene.curves:
        assert not curve.box.overlaps(frame.name.box)
