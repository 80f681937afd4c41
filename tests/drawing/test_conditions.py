"""Nodes colored by their share in the rounding error; the largest paths picked out."""

import pytest

import rojasgraph as rg
from rojasgraph.drawing.assembly import STYLES, drawing_of
from rojasgraph.drawing.themes import THEMES


def root():
    """Label −p + √(p² + q), which cancels."""
    net = rg.Network.from_expressions(rg.parse("-p + sqrt(p**2 + q)").named("F"))
    net.feed_forward(p=1000.0, q=0.018)
    net.backpropagate()
    return net


def fills(card):
    """List the grounds of a card and of all its tables."""
    found, tables = [card.fill, card.function], [card.table]
    for table in tables:
        found.append(table.fill)
        for row in table.rows:
            for cell in row:
                found.append(cell.fill)
                tables += [cell.inside] if cell.inside else []
    return {fill for fill in found if fill}


@pytest.mark.parametrize("style", STYLES)
def test_the_worst_culprit_is_the_strongest(style):
    """Shares are steps of a scale; what has none keeps its own ground."""
    net = root()
    found = rg.conditioning(net, "F")
    for color in ("conditioning", found):
        cards = dict(zip(net, drawing_of(net, style, color=color).cards, strict=True))
        assert "heat4" in fills(cards[found.culprits[0].node])
        assert "heat0" in fills(cards["F"])
        for name in ("p", "neg1"):
            assert not any(fill.startswith("heat") for fill in fills(cards[name]))
        assert "condition 1.11e+08" in cards["sqrt4"].tooltip


@pytest.mark.parametrize("theme", THEMES)
def test_colors_reach_the_picture(theme, tmp_path):
    """The colors of the theme are in the text of the picture."""
    net = root()
    assert (
        THEMES[theme].colors["heat4"]
        in rg.draw(net, "circle", color="conditioning", theme=theme).source
    )
    path = rg.render(net, tmp_path / "root.svg", "table", color="conditioning", theme=theme)
    assert THEMES[theme].colors["heat4"] in path.read_text("utf-8")


def test_largest_paths_are_picked_out():
    """What `top_paths` gives can be highlighted, and so can a single path of a sweep."""
    net = root()
    (first,) = rg.top_paths(net, "p", "F", k=1)
    for chosen in (
        rg.top_paths(net, "p", "F", k=1),
        rg.sweep(net, "F", algebra=rg.algebras.max_product).path("p"),
    ):
        drawn = drawing_of(net, "circle", highlight=chosen)
        lit = {line.id for line in drawn.lines if line.color == "lit"}
        assert len(lit) == len(first.edges)


def test_nodes_that_a_drawing_makes():
    """What is drawn in the place of nodes has no share of its own."""
    net = rg.Network.from_expressions((rg.tanh(rg.parameter("w", 0.3) * rg.inputs("x"))).named("y"))
    net.feed_forward(x=2.0)
    (unit,) = (c for c in drawing_of(net, "units", unit="split", color="conditioning").cards
               if "heat4" in fills(c))  # fmt: skip
    assert "condition 1," in unit.tooltip


def test_refusals():
    """Several outputs must be told apart; another color is none; labels must be there."""
    net = root()
    with pytest.raises(rg.ArgumentError, match="color must be one of"):
        rg.draw(net, color="heat")
    net.nodes["sqrt4"]["output"] = net.nodes["F"]["output"] = True
    with pytest.raises(rg.ArgumentError, match="say which"):
        rg.draw(net, color="conditioning")
    assert rg.draw(net, color=rg.conditioning(net, "F")).source
    with pytest.raises(rg.NotLabeled):
        rg.draw(rg.Network.from_expressions((rg.inputs("x") ** 2).named("y")), color="conditioning")
