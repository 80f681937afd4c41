"""Whatever a name holds, it stands in the picture as text, and the picture is sound XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rojasgraph.drawing.contents import read
from rojasgraph.drawing.draw import draw
from rojasgraph.drawing.names import visible
from rojasgraph.drawing.rendering import svg
from tests.drawing import graphs

NAMES = [
    '<b>|{}":p',
    "</TD></TABLE>>",
    "<script>alert(1)</script>",
    "&lt;&amp;&#65;",
    ("h", 0),
    7,
    "two\nlines",
    "back\\slash \\N \\n \\",
    "-->",
    "]]>",
    "n0",
    "n0:v:e",
    "漢字",
    "",
    "  ",
    "\x00\x1b\ud800",
    "'quoted\"",
    '" url(#n0) id="n0" x="',
    frozenset({1}),
    "long " * 100,
]


SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"


def closed_up(text):
    """Drop the spaces: Graphviz writes several in a row as another kind."""
    return "".join(text.split())


def texts(picture):
    """Collect the texts that a picture shows."""
    return [closed_up("".join(text.itertext())) for text in picture.iter(f"{SVG}text")]


def tooltips(picture):
    """Collect the tooltips of a picture: Graphviz's are attributes, ours are elements."""
    theirs = [closed_up(anchor.get(f"{XLINK}title")) for anchor in picture.iter(f"{SVG}a")]
    return theirs + [closed_up(title.text or "") for title in picture.iter(f"{SVG}title")]


def assert_shown(names):
    """Draw units of these names, and look for each in a text and in every tooltip."""
    graph = graphs.chain(names)
    for written in (svg(graph), draw(graph).pipe("svg", encoding="utf-8")):
        assert_shown_in(written, graph)


def assert_shown_in(written, graph):
    """Look for the names of a graph in one picture."""
    picture = ET.fromstring(written)  # noqa: S314 - our own text
    shown, told = texts(picture), tooltips(picture)
    for box in read(graph):
        assert closed_up(box.name) in shown
        assert closed_up(box.tooltip) in told
        for arrow in box.arrows:
            assert closed_up(arrow.tooltip) in told


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_one_name(name):
    """A hostile name is shown as text, in labels and in tooltips."""
    assert_shown([name, "after"])


def test_all_names():
    """Hostile names do not disturb one another."""
    assert_shown(NAMES)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=40), min_size=1, max_size=8, unique=True))
def test_any_name(names):
    """Whatever text hypothesis thinks of is shown as text."""
    assert_shown(names)


def test_long_name():
    """A long name is cut in the picture and whole in the tooltip."""
    name = "x" * 300
    (box,) = read(graphs.chain([name]))
    assert len(box.name) < 30
    assert name in box.tooltip


@pytest.mark.parametrize("hostile", ['<b>&"\\N\\n', "two\nlines", "<>", "\\"])
def test_other_texts(hostile):
    """Titles, operations, labels and parameters are text too."""
    graph = graphs.chain(["a", "b"])
    graph.nodes["a"]["label"] = graph.nodes["b"]["op"] = hostile
    graph.edges["a", "b", 0]["parameter"] = hostile
    shown = texts(ET.fromstring(svg(graph, title=hostile)))  # noqa: S314 - our own text
    assert shown.count(closed_up(visible(hostile))) == 4
