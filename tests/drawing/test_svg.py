"""The SVG is sound XML for any drawing, tells scripts what is what, and fits real fonts."""

from __future__ import annotations

import itertools
import re
import shutil
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from rojasgraph.drawing.cards import Card, Cell, Drawing, Line, Table, Words
from rojasgraph.drawing.names import visible
from rojasgraph.drawing.scene import scene_of
from rojasgraph.drawing.svg import write_svg
from rojasgraph.drawing.themes import THEMES
from rojasgraph.errors import ArgumentError
from tests.drawing.drawings import DRAWINGS, HOSTILE, random_drawings
from tests.effort import tries

SVG = "{http://www.w3.org/2000/svg}"
XML = "{http://www.w3.org/XML/1998/namespace}"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
TAGS = {"svg", "title", "desc", "style", "g", "rect", "path", "circle", "text"}


def parsed(drawing, **options):
    """Write a drawing, and read it again."""
    return ET.fromstring(write_svg(scene_of(drawing), **options))  # noqa: S314 - our own text


def words_of(drawing):
    """List all lines of text that a drawing shows."""
    found = [words for line in drawing.lines for words in line.words]
    tables = [card.table for card in drawing.cards]
    for table in tables:  # which grows
        for cell in itertools.chain(*table.rows):
            if cell.inside is None:
                found += cell.words
            else:
                tables.append(cell.inside)
    return found


@tries(40)
@given(random_drawings())
def test_any_drawing_is_sound_xml(drawing):
    """Whatever names hold, the picture can be parsed, and shows each text as it is."""
    picture = parsed(drawing)
    shown = sorted(text.text or "" for text in picture.iter(f"{SVG}text"))
    expected = [visible(words.text) for words in words_of(drawing)]
    if drawing.title:
        expected.append(visible(drawing.title))
    assert shown == sorted(expected)
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= TAGS


@tries(25)
@given(random_drawings())
def test_ids_are_unique_and_prefixed(drawing):
    """No id occurs twice, and each begins with the picture's own."""
    picture = parsed(drawing)
    own = picture.get("id")
    ids = [element.get("id") for element in picture.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    assert all(name == own or name.startswith(f"{own}-") for name in ids)
    assert set(picture.get("aria-labelledby").split()) <= set(ids)


@tries(25)
@given(random_drawings())
def test_every_class_has_a_color(drawing):
    """Every class of color that occurs is defined, under the picture's own id, and no other."""
    picture = parsed(drawing)
    own = picture.get("id")
    rules = picture.find(f"{SVG}style").text.split("\n")
    selectors = re.findall(r"^#(\S+) (?:text)?\.(\S+?)\{", "\n".join(rules), re.MULTILINE)
    assert {name for name, _ in selectors} <= {own}
    kinds = {"node", "output", "edge", "implied", "label", "cluster", "route", "twin", "arrow"}
    kinds |= {
        "rojasgraph",
        "page",
        "input",
        "parameter",
        "constant",
        "operation",
        "group",
        "outline",
    }
    used = {c for element in picture.iter() for c in element.get("class", "").split()}
    assert used - kinds <= {name for _, name in selectors}
    assert {name for _, name in selectors} <= used


def test_scripts_find_nodes_edges_and_labels():
    """Groups say which card or line they are, texts which label of the graph they show."""
    picture = parsed(DRAWINGS["table"](), prefix="p")
    node = picture.find(f".//{SVG}g[@id='p-n10']")
    assert node.get("class") == "node operation output"
    assert node.get("data-id") == "n10"
    assert node.find(f"{SVG}title").text == "½u²: value 0.186, adjoint 1"
    value = node.find(f"{SVG}text[@data-key='n10.value']")
    assert (value.text, value.get("class")) == ("0.186", "forward")
    edge = picture.find(f".//{SVG}g[@id='p-e3']")
    assert (edge.get("class"), edge.get("data-id")) == ("edge", "e3")
    assert edge.find(f"{SVG}title").text == "edge derivative −1.25"
    assert edge.find(f"{SVG}path").get("class") == "route stroke-edge"


def test_labels_of_edges_stand_above_all_lines():
    """Labels are painted last, each with a halo, and belong to their edges."""
    picture = parsed(DRAWINGS["circle"]())
    groups = [element.get("class") for element in picture if element.tag == f"{SVG}g"]
    assert groups == sorted(groups, key=lambda kind: kind == "label")
    labels = picture.findall(f"{SVG}g[@class='label']")
    assert [label.get("data-id") for label in labels] == [f"e{i}" for i in range(10)] + ["n10o"]
    assert all("on-ground" in text.get("class") for label in labels for text in label[1:])


def test_twins_and_parameters_are_told_apart():
    """A twin's way back and the dashed line of a weight have classes of their own."""
    units, shared = parsed(DRAWINGS["units"]()), parsed(DRAWINGS["shared"]())
    ways = [path.get("class") for path in units.find(f"{SVG}g[@data-id='e0']")[1:]]
    assert ways == [
        "route stroke-edge",
        "arrow fill-edge",
        "route twin stroke-backward",
        "arrow fill-backward",
    ]
    dashed = shared.find(f"{SVG}g[@class='edge implied']")
    assert dashed.get("data-id") == "e0w"
    assert dashed[1].get("stroke-dasharray")
    assert "stroke-edge" in dashed[2].get("class")  # hollow


def test_circles_have_two_halves():
    """Each half of a circle is a path of its own, the left one of derivatives."""
    node = parsed(DRAWINGS["circle"]()).find(f".//{SVG}g[@data-id='n5']")
    left, right = node.findall(f"{SVG}path")[:2]
    assert left.get("class") == "fill-derivative"
    assert right.get("class") == "fill-function"
    assert "0 0 0" in left.get("d")
    assert "0 0 1" in right.get("d")


@pytest.mark.parametrize("theme", THEMES)
def test_themes_color_everything(theme):
    """The page and its texts have the theme's colors; in print, derivatives are bold."""
    picture = parsed(DRAWINGS["table"](theme))
    style = picture.find(f"{SVG}style").text
    colors = THEMES[theme].colors
    assert f"text.backward{{fill:{colors['backward']}}}" in style
    assert f".fill-ground{{fill:{colors['ground']}}}" in style
    bold = {t.get("class") for t in picture.iter(f"{SVG}text") if t.get("font-weight") == "bold"}
    assert bold == set(THEMES[theme].bold)


def test_the_picture_tells_what_it_shows():
    """Screen readers get the title and the description, which are there to be read."""
    picture = parsed(DRAWINGS["table"](), prefix="p")
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == "p-title p-description"
    assert picture.find(f"{SVG}title[@id='p-title']").text.startswith("E = ½")
    assert picture.find(f"{SVG}desc[@id='p-description']").text == "A neuron and its error."
    untold = parsed(Drawing((), (), "LR"), prefix="p")
    assert untold.get("aria-labelledby") == "p-title"


def test_lines_of_a_description_stay():
    """A description may have several lines; what cannot be printed is made visible."""
    picture = parsed(Drawing((), (), "LR", description="one\ntwo\x00"))
    assert picture.find(f"{SVG}desc").text == "one\ntwo\\x00"


def test_spaces_stay():
    """Spaces in a row are shown."""
    assert parsed(Drawing((), (), "LR", "a  b")).get(f"{XML}space") == "preserve"


def test_equal_pictures_have_equal_ids():
    """The prefix depends on the picture alone; another picture has another."""
    first, again = (write_svg(scene_of(DRAWINGS["table"]())) for _ in range(2))
    assert first == again
    other = parsed(DRAWINGS["circle"]()).get("id")
    assert other != ET.fromstring(first).get("id")  # noqa: S314 - our own text


@pytest.mark.parametrize("prefix", ["", "1a", "a b", 'a"', "a{}", "-a", "ä"])
def test_prefixes_are_checked(prefix):
    """A prefix that is no name in XML and CSS is refused."""
    with pytest.raises(ArgumentError, match="prefix"):
        write_svg(scene_of(Drawing((), (), "LR")), prefix=prefix)


# --- in a browser -------------------------------------------------------------------------------

MEASURED = [
    *HOSTILE,
    *("−0.0581", "1.5×10⁻⁷", "w₃,₁₁", "σ′(net)", "∂E/∂w −0.0726", "½(o−t)²", "ln Σe", "√(a²+b²)"),
    *("The quick brown fox jumps", "OVER THE LAZY DOG", "illicit WWW @@@ mmm %%", "Ærøskøbing ß é"),
    *("αβγδεζηθικλμνξοπρστυφχψω", "ΓΔΘΛΞΠΣΦΨΩ", "Привет, Жук", "→←↔∞≈≠≤≥∇∏∫", "漢字かな가"),
    *("∈∘⊙⊗⊕⇒⋯", "“quoted” – —", "h_next", "x^(1/2)"),
]


def browser_widths(drawing):
    """Measure in a browser the width of every text of a drawing, in points."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    script = "texts => texts.map(text => text.getBBox().width)"
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.set_content(write_svg(scene_of(drawing)))
        widths = page.eval_on_selector_all("text", script)
        browser.close()
    return widths


def every_text(scene):
    """List the texts of a scene in the order in which they are written."""
    yield from (text for figure in scene.figures for text in figure.texts)
    yield from (text for curve in scene.curves for text in curve.texts)


@pytest.mark.parametrize("theme", ["light", "print"])
def test_texts_are_no_wider_in_a_browser(theme):
    """What a browser's Helvetica takes is hardly ever more than was measured, bold or italic."""
    ways = [(9, "ink", False), (13, "ink", True), (10, "backward", False)]
    cards = tuple(
        Card(f"n{i}", "input", Table(((Cell((Words(text, *way),)),),), border=1), text)
        for i, (text, way) in enumerate(itertools.product(MEASURED, ways))
        if text
    )
    line = Line("e0", cards[0].id, cards[1].id, None, (Words("∂w −0.0726", 9),), "")
    drawing = Drawing(cards, (line,), "LR", theme=theme)
    ours = list(every_text(scene_of(drawing)))
    theirs = browser_widths(drawing)
    assert len(ours) == len(theirs) > 100
    narrow = {
        text.words.text: round(width / text.width, 3)
        for text, width in zip(ours, theirs, strict=True)
        if width > 1.02 * text.width + 0.7  # boxes end at whole pixels, beyond what slopes
    }
    assert narrow == {}
