"""Files, notebooks and the programs behind them, with and without a renderer."""

from __future__ import annotations

import copy
import itertools
import os
import pickle
import re
import time
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree as ET

import graphviz
import networkx as nx
import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.drawing import rendering
from rojasgraph.drawing.assembly import drawing_of
from rojasgraph.drawing.dot import write_placed_dot
from rojasgraph.drawing.draw import draw
from rojasgraph.drawing.pictures import picture
from rojasgraph.drawing.renderers import find_renderer
from rojasgraph.drawing.rendering import mimebundle, render, svg, text, worksheet
from rojasgraph.errors import ArgumentError, DrawingWarning, MissingDependency, RenderingError
from rojasgraph.network import Network
from tests.drawing import graphs

needs_scripts = pytest.mark.skipif(os.name == "nt", reason="the fake renderers are shell scripts")


@pytest.fixture
def graph():
    """Give a small labeled graph."""
    return graphs.line_fit(labeled=True)


@pytest.fixture
def no_renderer(monkeypatch):
    """Hide every renderer: the variable, the PATH and the wheel."""

    def no_files(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.delenv("ROJASGRAPH_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(metadata, "files", no_files)


# --- files ----------------------------------------------------------------------------------------


def test_svg(graph, tmp_path):
    """An svg file is sound XML and holds the title."""
    path = render(graph, tmp_path / "fit.svg", title="fit")
    assert path == tmp_path / "fit.svg"
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "fit" in "".join(root.itertext())


def test_png(graph, tmp_path):
    """A suffix may be in capitals; a png is a png."""
    assert render(graph, str(tmp_path / "fit.PNG")).read_bytes().startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("suffix", ["gv", "dot"])
def test_source(graph, tmp_path, no_renderer, suffix):
    """The source is written without any renderer, and so is what only we write."""
    path = render(graph, tmp_path / f"fit.{suffix}", rankdir="TB")
    assert path.read_text(encoding="utf-8") == draw(graph, rankdir="TB").source


def test_diagram(graph, tmp_path):
    """A diagram is rendered as it is; options for drawing come too late."""
    diagram = graphviz.Digraph()
    diagram.node("only one")
    assert "only one" in render(diagram, tmp_path / "one.svg").read_text(encoding="utf-8")
    with pytest.raises(ArgumentError, match="title: give this to draw"):
        render(draw(graph), tmp_path / "two.svg", title="too late")


@pytest.mark.parametrize("name", ["fit", "fit.bmp", ".svg", "fit.svg."])
def test_unknown_suffix(graph, tmp_path, name):
    """An unknown suffix is refused, the known ones are listed, nothing is written."""
    with pytest.raises(
        ArgumentError, match="must be one of svg, png, pdf, dot, gv, tex, html, txt; got"
    ):
        render(graph, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_missing_folder(graph, tmp_path):
    """A missing folder is named."""
    with pytest.raises(FileNotFoundError, match=r"'fit\.svg': there is no folder '.*nowhere'"):
        render(graph, tmp_path / "nowhere" / "fit.svg")


def test_no_graph(tmp_path):
    """What is neither a graph nor a diagram is refused."""
    with pytest.raises(ValueError, match="cannot draw a dict"):
        render({}, tmp_path / "fit.svg")


def test_text(graph, tmp_path):
    """A text diagram has a line for each node and each edge."""
    lines = text(graph).splitlines()
    assert len(lines) == len(graph) + graph.number_of_edges()
    assert render(graph, tmp_path / "fit.txt").read_text(encoding="utf-8") == text(graph) + "\n"


def test_text_stands_in_columns():
    """Wide letters and accents move nothing out of its column."""
    graph = graphs.chain(["x", "漢字", "a\u0308b"])
    for node in graph:
        graph.nodes[node]["value"] = 0.5
    first, *_, wide, _, accent, _ = [line.split("0.5")[0] for line in text(graph).splitlines()]
    assert (len(wide) + 2, len(accent) - 1) == (len(first), len(first))


def test_tex_needs_no_renderer(graph, tmp_path, no_renderer):
    """LaTeX is laid out by ourselves, so that it does not depend on what is installed."""
    written = render(graph, tmp_path / "fit.tex", "circle").read_text(encoding="utf-8")
    assert r"\begin{tikzpicture}" in written


def test_worksheet(graph, tmp_path):
    """A worksheet has no adjoint in it, and its answers have all."""
    sheet, answers = worksheet(graph, tmp_path / "fit.svg", blank="adjoint")
    assert (sheet.name, answers.name) == ("fit.svg", "fit-answers.svg")
    shown = [
        re.findall(r"<text[^>]*>([^<]*)</text>", p.read_text("utf-8")) for p in (sheet, answers)
    ]
    assert "← ____" in shown[0]
    assert "← −1.75" not in shown[0]
    assert "← −1.75" in shown[1]


def test_a_worksheet_is_not_colored(graph, tmp_path):
    """Colors tell sizes, so they stand among the answers only."""
    plain, _ = worksheet(graph, tmp_path / "plain.tex", "circle", blank="contribution")
    sheet, answers = worksheet(
        graph, tmp_path / "fit.tex", "circle", blank="contribution", color="contribution"
    )
    uncolored = render(graph, tmp_path / "a.tex", "circle")
    assert sheet.read_text("utf-8") == plain.read_text("utf-8")
    assert answers.read_text("utf-8") != uncolored.read_text("utf-8")


def test_worksheet_without_blanks(graph, tmp_path):
    """A worksheet on which nothing is left blank is a mistake."""
    with pytest.raises(ArgumentError, match="name some"):
        worksheet(graph, tmp_path / "fit.svg", blank="")


def test_a_worksheet_does_not_tell_what_it_seems_to_leave_blank(graph, tmp_path):
    """Tables show derivatives of edges: to blank the stored ones would leave them readable."""
    with pytest.raises(ArgumentError, match=r"shows value, derivative, .*: leave derivatives out"):
        worksheet(graph, tmp_path / "fit.svg", "table", blank="derivatives adjoint")
    assert not list(tmp_path.iterdir())


def test_worksheet_that_is_refused(graph, tmp_path):
    """Where no sheet can be drawn, no answers are left behind."""
    with pytest.raises(ArgumentError, match="blank has no meaning on a page"):
        worksheet(graph, tmp_path / "fit.html", blank="adjoint")
    assert not list(tmp_path.iterdir())


def test_tooltips_do_not_tell(graph):
    """What is left blank does not stand in the picture's tooltips or description either."""
    written = svg(graph, blank="adjoint derivative contribution gradient")
    assert "adjoint −1.75" not in written
    assert "delta" not in written


# --- several pictures on one page -----------------------------------------------------------------


def test_ids_differ(graph):
    """Two different pictures share no id."""
    ids = [set(re.findall(r'\sid="([^"]*)"', svg(g))) for g in (graph, graphs.units())]
    assert len(ids[0]) > len(graph)
    assert not ids[0] & ids[1]


def test_ids_repeat(graph):
    """The same picture gets the same ids each time."""
    assert svg(graph) == svg(graph)


def test_references():
    """References inside a picture follow the ids; texts are left alone."""
    source = 'digraph { a [style=filled fillcolor="red:blue" href="#b" tooltip="url(#a)"] }'
    written = picture(source, "svg").decode()
    ids = re.findall(r'\bid="([^"]*)"', written)
    (reference,) = re.findall(r'fill="url\(#([^)]*)\)"', written)
    assert reference in ids
    prefix = reference.split("-")[0]
    assert f'xlink:href="#{prefix}-b"' in written
    assert 'xlink:title="url(#a)"' in written


# --- finding a renderer ---------------------------------------------------------------------------


def test_no_renderer(graph, tmp_path, no_renderer):
    """Without a renderer our own layout draws, and a note names the extra."""
    with pytest.warns(DrawingWarning, match=r'own layout: .*pip install "rojasgraph\[draw\]"'):
        render(graph, tmp_path / "fit.svg")
    assert (tmp_path / "fit.svg").read_text(encoding="utf-8").count('class="node') == len(graph)


def test_png_without_renderer(graph, tmp_path, no_renderer):
    """A png needs a renderer, and the error names the extra."""
    with pytest.raises(MissingDependency, match=r'pip install "rojasgraph\[draw\]"'):
        render(graph, tmp_path / "fit.png")
    assert not list(tmp_path.iterdir())


def test_empty_wheel(no_renderer, monkeypatch):
    """A wheel without its program is no renderer."""
    monkeypatch.setattr(metadata, "files", lambda name: None)
    with pytest.raises(MissingDependency):
        find_renderer()


def test_pdf(graph, tmp_path, monkeypatch):
    """PDF needs Graphviz itself, and says so."""
    monkeypatch.delenv("ROJASGRAPH_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingDependency, match="PDF needs Graphviz itself"):
        render(graph, tmp_path / "fit.pdf")


@needs_scripts
def test_order_of_renderers(fake_dot, tmp_path, monkeypatch):
    """The variable comes before the PATH, the PATH before the wheel."""
    named = fake_dot("true")
    system = tmp_path / "dot"
    system.write_bytes(named.read_bytes())
    system.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_renderer() == named
    monkeypatch.delenv("ROJASGRAPH_DOT")
    assert find_renderer() == find_renderer(complete=True) == system
    system.unlink()
    assert find_renderer().stem == "graphviz-pure"


def test_wrong_variable(monkeypatch):
    """A variable that names no program is an error, not passed over."""
    monkeypatch.setenv("ROJASGRAPH_DOT", "/no/such/dot")
    with pytest.raises(MissingDependency, match=r"ROJASGRAPH_DOT is '/no/such/dot'"):
        find_renderer()


# --- a renderer that misbehaves -------------------------------------------------------------------


@needs_scripts
def test_hanging(graph, tmp_path, fake_dot):
    """A hanging renderer is stopped in time, with all that it started."""
    program = fake_dot(f"sleep 1; sleep 1; touch {tmp_path}/survived")
    begin = time.monotonic()
    with pytest.raises(RenderingError, match=r"did not end within 0\.2 s.*timeout="):
        render(graph, tmp_path / "fit.png", timeout=0.2)
    assert time.monotonic() - begin < 1
    time.sleep(2.2)
    assert list(tmp_path.iterdir()) == [program.parent]


@needs_scripts
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'syntax error in line 1' >&2; exit 3", "code 3 and said: syntax error in line 1"),
        ("kill -9 $$", "was killed by SIGKILL and said: nothing"),
        ("exit 0", "code 0 and said: nothing"),
        ("printf '\\377' >&2; echo half; exit 1", "code 1 and said: \ufffd"),
    ],
)
def test_failing(graph, tmp_path, fake_dot, script, message):
    """A renderer that fails or is killed is quoted, and the old file stays."""
    fake_dot(script)
    (tmp_path / "fit.png").write_text("old", encoding="utf-8")
    with pytest.raises(RenderingError, match=message):
        render(graph, tmp_path / "fit.png")
    assert (tmp_path / "fit.png").read_text(encoding="utf-8") == "old"


@needs_scripts
@pytest.mark.parametrize(
    "script", ["exit 3", "sleep 5", "echo '{}'", "echo 'no json'", 'echo \'{"bb": "0,0,1,1"}\'']
)
def test_svg_all_the_same(graph, fake_dot, script):
    """Whatever befalls the renderer, an svg is drawn, by our own layout, and a note says so."""
    fake_dot(script)
    with pytest.warns(DrawingWarning, match="drawn by our own layout: "):
        written = svg(graph, timeout=0.2)
    assert written.count('class="node') == len(graph)


@needs_scripts
def test_patience(graph, fake_dot, monkeypatch):
    """Our own layout does not wait for Graphviz's as long as for what only Graphviz can do."""
    monkeypatch.setattr(rendering, "PATIENCE", 0.2)
    fake_dot("sleep 5")
    with pytest.warns(DrawingWarning, match=r"did not end within 0\.2 s"):
        assert svg(graph).startswith("<svg")


@needs_scripts
def test_long_lines_need_no_graphviz(fake_dot):
    """What Graphviz would take long for is not given to it."""
    fake_dot("exit 3")
    complete = nx.DiGraph(itertools.combinations(range(28), 2))
    nx.set_node_attributes(complete, "tanh", "op")
    assert svg(complete).count('class="node') == len(complete)  # without a warning


@pytest.mark.exe
def test_pixels_of_long_lines(tmp_path, monkeypatch):
    """A picture that Graphviz would not end is written from our own layout, with straight lines."""
    monkeypatch.setattr(rendering, "MOST_SPAN_FOR_PIXELS", 1_000)
    complete = nx.DiGraph(itertools.combinations(range(22), 2))
    nx.set_node_attributes(complete, "tanh", "op")
    written = render(complete, tmp_path / "long.png", timeout=10)
    assert written.read_bytes().startswith(b"\x89PNG")


@needs_scripts
def test_full_layers_need_no_graphviz(fake_dot):
    """Graphviz stacks the labels of full layers: it is not asked."""
    fake_dot("exit 3")
    assert svg(rg.layered([4, 4, 2], rng=1)).count('class="node') == 11  # without a warning


@pytest.mark.exe
@pytest.mark.parametrize("style", ["units", "circle", "table"])
def test_pixels_of_full_layers(tmp_path, style):
    """Graphviz paints full layers where our own layout has put them, frames and open ends too."""
    net = rg.extend(rg.layered([4, 4, 2], rng=1), loss="half_squared")
    net.feed_forward(dict.fromkeys(net.inputs, 0.5))
    net.backpropagate(net.outputs)
    written = render(net, tmp_path / "full.png", style).read_bytes()
    assert written.startswith(b"\x89PNG")
    width, height = (int.from_bytes(written[i : i + 4]) for i in (16, 20))
    scene = rendering.laid_out(drawing_of(net, style))
    assert width / height == pytest.approx(scene.width / scene.height, rel=0.15)


def test_places_for_graphviz():
    """Every card, every line, every label and every frame has its place, y upwards."""
    net = rg.extend(rg.layered([4, 4, 2], rng=1), loss="half_squared")
    drawing = drawing_of(net, "units")
    scene = rendering.laid_out(drawing)
    source = write_placed_dot(drawing, scene).source
    labels = [curve for curve in scene.curves if curve.label]
    assert source.count("pos=") == len(scene.figures) + len(scene.curves) + len(labels)
    assert source.count("bb=") == len(scene.frames) == 1
    x, y = scene.figures[0].box.middle
    assert f'pos="{x:.2f},{-y:.2f}!"' in source


@needs_scripts
def test_no_svg(fake_dot):
    """A renderer that writes something else is quoted."""
    fake_dot("echo no picture")
    with pytest.raises(RenderingError, match="no picture"):
        picture("digraph { a }", "svg")


@needs_scripts
def test_no_program(fake_dot):
    """A file that is no program is an error that says so."""
    fake_dot("").write_bytes(b"\x7fELF no program")
    with pytest.raises(RenderingError, match="cannot be started"):
        picture("digraph { a }", "svg")


def test_bad_source():
    """Bad source is told in the words of the renderer."""
    with pytest.raises(RenderingError, match="syntax error"):
        picture("digraph { -> }", "svg")


# --- notebooks ------------------------------------------------------------------------------------


def test_notebook(graph):
    """A notebook gets the picture and the text."""
    bundle = mimebundle(graph)
    assert bundle == {"image/svg+xml": svg(graph), "text/plain": repr(graph)}


def test_notebook_without_renderer(graph, no_renderer):
    """Where nothing is installed, a notebook gets the picture that our own layout draws."""
    with pytest.warns(DrawingWarning):
        bundle = mimebundle(graph)
    assert bundle["image/svg+xml"].startswith("<svg")


def test_diagram_without_renderer(graph, no_renderer):
    """A diagram that nothing can draw shows its text and the reason."""
    bundle = draw(graph)._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "rojasgraph[draw]" in bundle["text/plain"]


def test_notebook_never_raises(graph):
    """Whatever goes wrong, a notebook gets the text."""
    graph.nodes["x"]["value"] = type("Broken", (), {"__str__": lambda self: 1 / 0})()
    assert list(mimebundle(graph)) == ["text/plain"]


def test_notebook_large():
    """A notebook does not wait for a very large picture."""
    bundle = mimebundle(nx.empty_graph(3000, create_using=nx.DiGraph))
    assert "over 2000 nodes" in bundle["text/plain"]


# --- what draw returns ----------------------------------------------------------------------------


def test_diagram_shows_itself(graph):
    """A drawn diagram is a Digraph that shows itself in a notebook."""
    diagram = draw(graph)
    assert isinstance(diagram, graphviz.Digraph)
    shown = diagram._repr_mimebundle_(include=None)["image/svg+xml"]
    assert shown == diagram.pipe(encoding="utf-8")
    assert shown.startswith("<svg")


def test_diagram_renders(graph, tmp_path, monkeypatch):
    """A drawn diagram renders itself with no dot on the PATH."""
    monkeypatch.setenv("PATH", "")
    written = draw(graph).render(tmp_path / "fit")
    assert written == str(tmp_path / "fit.svg")
    assert (tmp_path / "fit").read_text(encoding="utf-8") == draw(graph).source
    assert Path(written).read_text(encoding="utf-8") == draw(graph).pipe(encoding="utf-8")


def test_diagram_outfile(graph, tmp_path):
    """A drawn diagram renders into a file of any name, and can take its source away."""
    draw(graph).render(outfile=tmp_path / "fit.png", cleanup=True)
    assert [path.name for path in tmp_path.iterdir()] == ["fit.png"]


def test_diagram_view(graph, tmp_path, monkeypatch):
    """A drawn diagram opens the picture that it has written."""
    opened = []
    monkeypatch.setattr(graphviz, "view", opened.append)
    path = draw(graph).view("fit", directory=tmp_path, cleanup=True)
    assert path == str(tmp_path / "fit.svg")
    assert opened == [Path(path)] == list(tmp_path.iterdir())


def test_diagram_pipe(graph):
    """A drawn diagram gives its picture as bytes or as text."""
    assert draw(graph).pipe("png").startswith(b"\x89PNG")
    assert draw(graph).pipe("svg", encoding="utf-8").startswith("<svg")


def test_diagram_copies(graph):
    """A drawn diagram can be copied and pickled."""
    diagram = draw(graph)
    for twin in (diagram.copy(), copy.deepcopy(diagram), pickle.loads(pickle.dumps(diagram))):
        assert type(twin) is type(diagram)
        assert twin.source == diagram.source


@pytest.mark.parametrize("label", ["value", "derivatives", "adjoint", "delta"])
@pytest.mark.parametrize("found", ["1", [[1.0]], ({},), {"a": 1}, {1.0}], ids=repr)
@pytest.mark.parametrize("labeled", [False, True])
def test_a_page_of_labels_that_no_pass_wrote(label, found, labeled, tmp_path):
    """A page computes with the labels: one that is no number is named with its node."""
    graph = graphs.line_fit(labeled=labeled)
    graph.nodes["mul1"][label] = found
    with pytest.raises(ArgumentError, match=f"node 'mul1' has the label {label} of no pass"):
        render(graph, tmp_path / "page.html")


@pytest.mark.parametrize("label", ["derivative", "contribution", "gradient"])
def test_a_page_of_labels_on_edges_that_no_pass_wrote(label, graph, tmp_path):
    """The same for an edge."""
    tail, head, key = next(iter(graph.edges))
    graph.edges[tail, head, key][label] = "1"
    with pytest.raises(ArgumentError, match=f"edge {tail!r} → {head!r} has the label {label}"):
        render(graph, tmp_path / "page.html")


def test_a_page_of_an_empty_batch(tmp_path):
    """Where there is no example, none can be shown."""
    net = Network(graphs.line_fit(labeled=False))
    net.feed_forward({name: np.array([]) for name in net.inputs})
    net.backpropagate()
    with pytest.raises(ArgumentError, match="a page shows one example"):
        render(net, tmp_path / "page.html")
