"""The styles show what is asked for: each label on its own, as numbers or formulas, or blank.

`python -m tests.drawing.test_styles` writes the golden files anew; look at the change before it is
kept.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.drawing.assembly import STYLES, drawing_of
from rojasgraph.drawing.beziers import sampled
from rojasgraph.drawing.contents import BLANK, LABELS
from rojasgraph.drawing.dot_layout import place_by_dot
from rojasgraph.drawing.layout.layering import place
from rojasgraph.drawing.scene import scene_of
from rojasgraph.drawing.themes import THEMES
from rojasgraph.errors import ArgumentError
from tests import strategies
from tests.drawing import graphs
from tests.effort import tries

GOLDEN = Path(__file__).parent / "golden"

DRAWINGS = {
    "line_fit_circle": lambda: rg.draw(graphs.line_fit(labeled=True), "circle"),
    "line_fit_circle_down": lambda: rg.draw(graphs.line_fit(labeled=True), "circle", rankdir="TB"),
    "line_fit_units": lambda: rg.draw(graphs.line_fit(labeled=True), "units"),
    "line_fit_fused": lambda: rg.draw(graphs.line_fit(labeled=True), "units", unit="fused"),
    "units_units": lambda: rg.draw(graphs.units(), "units", rankdir="TB"),
    "units_split": lambda: rg.draw(graphs.units(), "circle", unit="split", numbers="symbols"),
    "line_fit_print": lambda: rg.draw(
        graphs.line_fit(labeled=True), theme="print", color="contribution", blank="adjoint"
    ),
    "line_fit_dark": lambda: rg.draw(graphs.line_fit(labeled=True), "table", theme="dark"),
    "squared_input_circle": lambda: rg.draw(graphs.squared_input(), "circle"),
}

styles = pytest.mark.parametrize("style", STYLES)


def words_of(drawing):
    """List all words of a drawing."""
    words = [words for line in drawing.lines for words in line.words]
    tables = [card.table for card in drawing.cards]
    for table in tables:
        for cell in (cell for row in table.rows for cell in row):
            words += cell.words
            tables += [cell.inside] if cell.inside else []
    return words


def shown(drawing):
    """Give the labels that a drawing shows, by what they are labels of, with their texts."""
    return {words.key: words.text for words in words_of(drawing) if words.key is not None}


def kinds(drawing):
    """Give the names of the labels that a drawing shows."""
    return {key.split(".")[1] for key in shown(drawing)}


def blog():
    """Label a small network with weights and an error."""
    x, t = rg.inputs("x t")
    w, b = rg.parameter("w1", 0.5), rg.parameter("b", 0.25)
    net = rg.Network.from_expressions(rg.half_squared(rg.tanh(w * x + b).named("o"), t).named("E"))
    net.feed_forward(x=2.0, t=1.0)
    net.backpropagate()
    return net


@pytest.mark.parametrize("name", DRAWINGS)
def test_golden(name):
    """The source is that of the golden file."""
    assert DRAWINGS[name]().source == (GOLDEN / f"{name}.gv").read_text(encoding="utf-8")


@styles
@pytest.mark.parametrize("label", LABELS)
def test_one_label(style, label):
    """A label that is shown alone stands there, and no other does."""
    labeled = rg.Network(graphs.units())
    labeled.feed_forward(x1=0.5)
    labeled.backpropagate()
    assert kinds(drawing_of(labeled, style, show=label, groups=None)) == {label}


@styles
@pytest.mark.parametrize("label", LABELS)
def test_hidden_label(style, label):
    """A label that is hidden is gone, and the others stay."""
    net = blog()
    all_shown = kinds(drawing_of(net, style, show=LABELS))
    assert kinds(drawing_of(net, style, show=LABELS, hide=label)) == all_shown - {label}


@styles
def test_nothing_to_show(style):
    """Of a network that no pass has labeled, only what the user wrote is shown."""
    net = rg.Network.from_expressions(rg.tanh(rg.parameter("w", 0.5) * rg.inputs("x")).named("o"))
    texts = shown(drawing_of(net, style, show=LABELS)).values()
    assert {text.removesuffix(" →") for text in texts} == {"0.5"}


@styles
@tries(40)
@given(drawn=strategies.networks(), labels=st.sets(st.sampled_from(LABELS)))
def test_every_key_tells_its_label(style, drawn, labels):
    """What a drawing shows under a key is what the network bears there."""
    net, fed = drawn
    net.feed_forward(fed)
    net.backpropagate(net.outputs)
    drawing = drawing_of(net, style, show=sorted(labels), numbers="exact", groups=None)
    nodes = {f"n{i}": data for i, data in enumerate(net.nodes.values())}
    edges = {f"e{i}": data for i, (*_, data) in enumerate(net.in_edges(data=True))}
    assert kinds(drawing) <= labels
    for key, text in shown(drawing).items():
        owner, label, *slot = key.split(".")
        if owner.endswith("w") or label == "weight":
            continue
        value = (nodes | edges)[owner][label]
        value = value[int(slot[0])] if slot else value
        assert str(value).replace("-", "−") in text


@styles
def test_value_of_every_node(style):
    """With the labels of its style, a diagram tells the value of every node."""
    keys = shown(drawing_of(blog(), style))
    assert {f"n{i}.value" for i in range(len(blog()))} <= set(keys)


@styles
def test_blank(style):
    """What is blank keeps its place, and its number is nowhere to be read."""
    net = blog()
    full, sheet = (
        drawing_of(net, style, blank=b, show=LABELS) for b in ("", "adjoint derivatives")
    )
    assert shown(full).keys() == shown(sheet).keys()
    for key, text in shown(sheet).items():
        blank = key.split(".")[1] in {"adjoint", "derivatives"}
        assert (BLANK in text) == blank
        assert blank or text == shown(full)[key]


def test_symbols():
    """Formulas stand in the place of numbers, whether the network is labeled or not."""
    net = rg.Network()
    net.add_input("x1")
    net.add_constant("one", 1)
    net.add_unit("h", "sigmoid")
    net.add_edge("x1", "h", weight=0.3, label="w1")
    net.add_edge("one", "h", weight=0.1)
    texts = shown(drawing_of(net, "units", numbers="symbols", show=LABELS))
    assert texts["n2.derivatives.0"] == "σ′(net)"
    assert texts["e0.weight"] == "w₁"
    assert texts["e0.derivative"] == "σ′(net)·w₁"
    assert texts["e0.gradient"] == "∂w σ′(net)·x₁"
    assert texts["n0.adjoint"] == "∂h/∂x₁"


def test_symbols_of_products():
    """The stored derivatives of a product are its other factors, by name."""
    w, x = rg.inputs("w x")
    drawing = drawing_of(
        rg.Network.from_expressions((w * x).named("p")), "circle", numbers="symbols"
    )
    assert [shown(drawing)[f"n2.derivatives.{s}"] for s in (0, 1)] == ["x", "w"]


@pytest.mark.parametrize(
    ("numbers", "value", "text"),
    [
        ("auto", Fraction(1, 3), "1/3"),
        ("decimal", Fraction(1, 3), "0.333"),
        ("decimal", Fraction(4), "4"),
        ("exact", Fraction(123456789, 987654321), "13717421/109739369"),
        ("exact", 0.1 + 0.2, "0.30000000000000004"),
        ("auto", 0.1 + 0.2, "0.3"),
    ],
)
def test_forms_of_numbers(numbers, value, text):
    """Numbers are rounded or exact, as is asked for."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input", value=value)
    assert shown(drawing_of(graph, "units", numbers=numbers)) == {"n0.value": text}


@pytest.mark.parametrize(
    ("example", "text"), [(0, "1.5"), (-1, "5"), ("mean", "2.88"), (None, "mean 2.88 (n=4)")]
)
def test_batches(example, text):
    """Of a batch, one example is shown, the mean, or a summary."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input", value=np.array([1.5, 2.0, 3.0, 5.0]))
    assert shown(drawing_of(graph, "units", example=example)) == {"n0.value": text}


def test_batches_of_two_axes():
    """An example may be named by one index for each axis."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input", value=np.arange(6.0).reshape(2, 3))
    graph.add_node("y", op="input", value=np.array([7.0]))
    assert shown(drawing_of(graph, "units", example=(1, 2))) == {"n0.value": "5", "n1.value": "7"}


def test_no_such_example():
    """An example that a batch does not have is refused."""
    graph = nx.MultiDiGraph()
    graph.add_node("x", op="input", value=np.array([1.5, 2.0]))
    with pytest.raises(ArgumentError, match=r"no example 2 in a batch of shape \(2,\)"):
        drawing_of(graph, example=2)


@pytest.mark.parametrize("theme", THEMES)
def test_themes_are_readable(theme):
    """Text stands out from every ground that it is written on (WCAG 2.1, AA: 4.5 to 1)."""
    colors = THEMES[theme].colors
    grounds = ["ground", "derivative", "function", "input", "parameter", "constant", "cluster"]
    for ink in ("ink", "forward", "backward"):
        for ground in grounds:
            assert contrast(colors[ink], colors[ground]) >= 4.5, (ink, ground)


def contrast(first, second):
    """Compute the contrast of two colors (WCAG 2.1, relative luminance)."""

    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("deficiency", ["protan", "deutan"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_color_blind_safe(theme, deficiency):
    """Forward and backward keep apart for eyes without red or green cones (Viénot et al. 1999)."""
    rows = {
        "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
        "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    }[deficiency]
    colors = THEMES[theme].colors

    def seen(color):
        linear = np.array([(int(color[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)])
        return np.clip(np.array(rows) @ linear, 0, 1) ** (1 / 2.2)

    assert np.abs(seen(colors["forward"]) - seen(colors["backward"])).max() > 0.3


def test_gray_theme():
    """The theme for print has no color, and marks what flows back in bold."""
    for color in THEMES["print"].colors.values():
        assert color[1:3] == color[3:5] == color[5:7]
    source = rg.draw(blog(), theme="print").source
    assert "<B><FONT" in source


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "box"}, "style must be one of table, circle, units; got 'box'"),
        ({"show": "values"}, "no label 'values' to show: choose from value, derivatives"),
        ({"hide": ["sum"]}, "no label 'sum'"),
        ({"numbers": "hex"}, "numbers must be one of auto, decimal, exact, symbols"),
        ({"example": "median"}, "example must be an index"),
        ({"unit": "both"}, "unit must be one of built, split, fused"),
        ({"collapse": "g"}, "no group 'g' to collapse"),
        ({"focus": "q"}, "cannot focus on 'q': there is no such node"),
        ({"focus": "o", "depth": -1}, "depth must be a whole number"),
        ({"color": "red"}, "color must be one of None, contribution"),
        ({"theme": "blue"}, "theme must be one of light, dark, print"),
        ({"highlight": [3]}, "highlight takes paths, or edges"),
        ({"highlight": [("o", "x", 0)]}, r"cannot pick out \('o', 'x', 0\)"),
        ({"precison": 3}, "no option 'precison': choose from style, show"),
    ],
)
def test_wrong_options(options, message):
    """A wrong option is refused with what there is to choose from."""
    with pytest.raises(ArgumentError, match=message):
        rg.draw(blog(), **options)


if __name__ == "__main__":
    for name, drawing in DRAWINGS.items():
        (GOLDEN / f"{name}.gv").write_text(drawing().source, encoding="utf-8")


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_derivatives_in_a_circle_stand_as_edges_arrive(rankdir):
    """The first stored derivative is that of the edge that arrives first, wherever from."""
    net = rg.Network.from_expressions(rg.parse("(a - b) * exp(b / a)").named("y"))
    net.feed_forward(a=2.0, b=5.0)
    drawing = drawing_of(net, "circle", rankdir=rankdir)
    scene = scene_of(drawing)
    ends = {curve.id: curve.strokes[0].points[-1] for curve in scene.curves}
    axis = 1 if rankdir in {"LR", "RL"} else 0
    texts = {t.words.key: t for figure in scene.figures for t in figure.texts}
    for box in drawing.boxes:
        by_arrival = sorted(box.arrows, key=lambda arrow: ends[arrow.id][axis])
        shown = [texts[f"{box.id}.derivatives.{arrow.slot}"] for arrow in by_arrival]
        assert [t.words.text for t in shown] == [box.derivatives[a.slot] for a in by_arrival]
        assert shown == sorted(shown, key=lambda text: text.baseline)


@pytest.mark.parametrize(
    ("name", "widest"), [("o", 115), ("the_output_of_a_network_of_units", 160)]
)
def test_a_long_text_makes_no_huge_circle(name, widest):
    """Long formulas in a half are written smaller, and long names cut."""
    net = rg.Network.from_expressions(rg.tanh(rg.inputs("z")).named(name))
    net.feed_forward(z=0.5)
    scene = scene_of(drawing_of(net, "circle", numbers="symbols"))
    assert max(figure.box.width for figure in scene.figures) <= widest


@pytest.mark.parametrize(
    "layout", [place, partial(place_by_dot, timeout=10)], ids=["own", "Graphviz"]
)
def test_the_label_of_an_edge_does_not_touch_it(layout):
    """Between the tails of a label's letters and the line below them there is some air."""
    net = rg.Network.from_expressions(rg.sin(rg.exp(rg.inputs("x")).named("g")).named("f"))
    net.feed_forward(x=0.5)
    net.backpropagate()
    labeled = 0
    for curve in scene_of(drawing_of(net, "circle", numbers="symbols"), layout).curves:
        (stroke,) = curve.strokes
        along = sampled(stroke.points, steps=50)
        for text in curve.texts:
            tails = text.baseline + 0.25 * text.words.size
            over = [y for x, y in along if text.box.left < x < text.box.right]
            assert all(y > tails + 1.0 for y in over)
            labeled += bool(over)
    assert labeled
