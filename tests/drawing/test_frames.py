"""A walk through both passes: labels appear in order, what acts is lit, in every kind of file."""

from __future__ import annotations

import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest

import rojasgraph as rg
from rojasgraph.drawing.assembly import STYLES, drawing_of
from rojasgraph.drawing.walk.steps import steps_of
from rojasgraph.errors import ArgumentError
from tests.drawing.test_styles import shown

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def net():
    """Label a neuron with its error."""
    x, t = rg.inputs("x t")
    w, b = rg.parameter("w", 0.5), rg.parameter("b", 0.25)
    net = rg.Network.from_expressions(rg.half_squared(rg.tanh(w * x + b).named("o"), t).named("E"))
    net.feed_forward(x=2.0, t=1.0)
    net.backpropagate()
    return net


def keys(svg):
    """Collect the labels that an SVG shows, with their texts."""
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    return {
        text.get("data-key"): text.text for text in root.iter(f"{SVG}text") if text.get("data-key")
    }


@pytest.mark.parametrize("style", STYLES)
def test_labels_appear_in_order(net, style):
    """Each diagram shows the labels of the one before, and those of its own step."""
    walk = rg.frames(net, style)
    whole = set(shown(drawing_of(net, style)))
    appearing = {key for step in steps_of(net) for key in step.keys}
    seen = whole - appearing
    assert set(keys(walk[0].svg)) == seen
    for number, step in enumerate(walk.steps, 1):
        seen |= set(step.keys) & whole
        assert set(keys(walk[number].svg)) == seen
    assert seen == whole


def test_last_diagram_is_whole(net):
    """The last diagram shows what the picture of the network shows."""
    assert keys(rg.frames(net, "circle")[-1].svg) == shown(drawing_of(net, "circle"))


@pytest.mark.parametrize("style", STYLES)
def test_what_acts_is_lit(net, style):
    """In each step its edges and its node are lit, and nothing else is."""
    walk = rg.frames(net, style)
    for number, step in enumerate(walk.steps, 1):
        scene = walk[number].scene
        lit = {c.id for c in scene.curves if c.strokes[0].role == "lit"}
        assert lit == set(step.lit)
        nodes = {
            f.id
            for f in scene.figures
            if (f.disc and f.disc.role == "lit") or any(o.role == "lit" for o in f.outlines)
        }
        assert nodes == {step.node}


def test_captions_stand_below(net):
    """The caption stands inside the picture, below everything else."""
    for frame in rg.frames(net):
        assert "".join(t.words.text for t in frame.scene.caption).replace(" ", "") == (
            frame.caption.replace(" ", "")
        )
        lowest = max(figure.box.bottom for figure in frame.scene.figures)
        for text in frame.scene.caption:
            assert lowest < text.box.top
            assert text.box.bottom <= frame.scene.height
            assert text.box.left >= 0
            assert text.box.right <= frame.scene.width


def test_sequence(net):
    """The walk is a sequence of diagrams."""
    walk = rg.frames(net)
    assert len(walk) == 1 + 2 * len(net) == len(list(walk))
    assert walk[-1].number == len(walk) - 1
    assert [frame.number for frame in walk[2:5]] == [2, 3, 4]
    with pytest.raises(IndexError):
        walk[len(walk)]


def test_save(net, tmp_path):
    """Every diagram becomes a file, in order, in a folder that is made."""
    paths = rg.frames(net).save(tmp_path / "new" / "steps")
    assert paths == sorted((tmp_path / "new" / "steps").iterdir())
    assert all(ET.parse(path).getroot().tag == f"{SVG}svg" for path in paths)  # noqa: S314 - ours


def test_animation(net, tmp_path):
    """The moving picture has a rule for the step of each label, and shows all without motion."""
    walk = rg.frames(net, "circle")
    text = walk.animate(tmp_path / "walk.svg", seconds=1.5).read_text(encoding="utf-8")
    ET.fromstring(text)  # noqa: S314 - our own text
    assert keys(text) == shown(drawing_of(net, "circle"))
    moving = text.split("@media (prefers-reduced-motion:no-preference){")[1]
    for key, number in walk.appears.items():
        if key in keys(text):
            assert f'[data-key="{key}"]' in moving
            assert f"@keyframes walk-s{number}{{" in moving
    assert f"{1.5 * len(walk):g}s step-end infinite" in moving
    assert "<script" not in text


@pytest.mark.parametrize("style", STYLES)
def test_slides(net, tmp_path, style):
    """The slides have one overlay for each diagram; each label has the number of its own."""
    walk = rg.frames(net, style)
    text = walk.beamer(tmp_path / "walk.tex").read_text(encoding="utf-8")
    numbers = {int(n) for n in re.findall(r"\\only<(\d+)", text)}
    assert max(numbers) == len(walk)
    assert text.count("->{") == sum(key in walk.appears for key in shown_in(walk))


def shown_in(walk):
    """List the labels of a walk's picture; one that stands there twice comes twice."""
    texts = [t for part in (*walk.scene.figures, *walk.scene.curves) for t in part.texts]
    return [text.words.key for text in texts]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on the PATH")
@pytest.mark.once
def test_slides_compile(net, tmp_path):
    """The slides compile, into one page for each diagram."""
    walk = rg.frames(net, "circle")
    walk.beamer(tmp_path / "walk.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "walk.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    log = (tmp_path / "walk.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert f"({len(walk)} pages" in log
    assert "Missing character" not in log


@pytest.mark.parametrize("options", [{"unit": "split"}, {"unit": "fused"}, {"focus": "o"}])
def test_other_graphs(net, options):
    """A walk over what is drawn: units apart, units as one, a part of the network."""
    walk = rg.frames(net, **options)
    drawing = drawing_of(net, **options)
    assert len(walk) == 1 + 2 * len(drawing.cards)
    assert keys(walk[-1].svg) == shown(drawing)


def test_collapsed_groups(net):
    """Groups drawn as one node have no labels to appear, which is said."""
    with pytest.raises(ArgumentError, match="leave collapse= out"):
        rg.frames(net, collapse="all")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda walk, folder: walk.animate(folder / "walk.gif"), r"end in \.svg; got 'walk\.gif'"),
        (lambda walk, folder: walk.beamer(folder / "walk.pdf"), r"end in \.tex"),
        (lambda walk, folder: walk.animate(folder / "w.svg", seconds=0), "more than 0 seconds"),
        (lambda walk, folder: walk.animate(folder / "no" / "w.svg"), "there is no folder"),
    ],
)
def test_wrong_files(net, tmp_path, call, message):
    """A wrong name or time is refused, and nothing is written."""
    with pytest.raises((ArgumentError, FileNotFoundError), match=message):
        call(rg.frames(net), tmp_path)
    assert not list(tmp_path.iterdir())


def test_network_without_labels():
    """Of a network that no pass has labeled, the walk tells what will happen, without numbers."""
    net = rg.Network.from_expressions(rg.tanh(rg.inputs("x")).named("y"))
    walk = rg.frames(net)
    assert [frame.caption for frame in walk][2].startswith("y = tanh(x)")
    assert keys(walk[-1].svg) == {}
