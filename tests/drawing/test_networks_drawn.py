"""Real networks in every style: nothing overlaps, nothing is cut off, and LaTeX stays the same.

`python -m tests.drawing.test_networks_drawn` writes the golden files anew; look at the change
before it is kept.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

import rojasgraph as rg
from rojasgraph.drawing.assembly import STYLES, drawing_of
from rojasgraph.drawing.layout.layering import place
from rojasgraph.drawing.rendering import laid_out
from rojasgraph.drawing.scene import scene_of
from rojasgraph.drawing.tikz import write_tikz
from tests.drawing.networks import NETWORKS, SMALL
from tests.drawing.test_scene import assert_sound

GOLDEN = Path(__file__).parent / "golden"

network = functools.cache(lambda name: NETWORKS[name]())
every_style = pytest.mark.parametrize("style", STYLES)


@every_style
@pytest.mark.parametrize("name", NETWORKS)
def test_own_layout(name, style):
    """By our own layout, no label leaves its node, and no two nodes overlap."""
    assert_sound(scene_of(drawing_of(network(name), style), place))


@every_style
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("rankdir", ["TB", "RL", "BT"])
def test_other_directions(name, style, rankdir):
    """The same holds whichever way values flow."""
    assert_sound(scene_of(drawing_of(network(name), style, rankdir=rankdir), place))


@every_style
@pytest.mark.parametrize("name", SMALL)
def test_layout_of_graphviz(name, style):
    """By Graphviz's layout, no label leaves its node, and no two nodes overlap."""
    scene = laid_out(drawing_of(network(name), style))
    for i, figure in enumerate(scene.figures):
        for other in scene.figures[i + 1 :]:
            assert not figure.box.grown(-0.5).overlaps(other.box)  # it rounds to whole points


@every_style
@pytest.mark.parametrize("name", SMALL)
def test_golden_tex(name, style):
    """The LaTeX of a network, by our own layout, is that of the golden file."""
    path = GOLDEN / f"{name}_{style}.tex"
    assert tex(name, style) == path.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on the PATH")
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.once
def test_tex_compiles(name, tmp_path):
    """The LaTeX of every network compiles in every style, and no character is missing."""
    for style in STYLES:
        rg.render(network(name), tmp_path / f"{style}.tex", style)
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{style}.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
        log = (tmp_path / f"{style}.log").read_text(encoding="utf-8", errors="replace")
        assert done.returncode == 0, log[-2000:]
        assert "Missing character" not in log


def tex(name, style):
    """Write a network as LaTeX."""
    return write_tikz(scene_of(drawing_of(network(name), style), place))


if __name__ == "__main__":
    for name in SMALL:
        for style in STYLES:
            (GOLDEN / f"{name}_{style}.tex").write_text(tex(name, style), encoding="utf-8")
