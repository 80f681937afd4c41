"""The table style, compared with golden files by plain equality.

`python -m tests.drawing.test_tables` writes the golden files anew; look at the change before it is
kept.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

from rojasgraph.drawing.draw import draw
from rojasgraph.drawing.rendering import svg
from rojasgraph.errors import ArgumentError
from tests.drawing import graphs

GOLDEN = Path(__file__).parent / "golden"

DRAWINGS = {
    "line_fit": lambda: draw(graphs.line_fit(labeled=False)),
    "line_fit_labeled": lambda: draw(graphs.line_fit(labeled=True), title="L = (y − (w·x + b))²"),
    "line_fit_down": lambda: draw(graphs.line_fit(labeled=True), rankdir="TB"),
    "line_fit_left": lambda: draw(graphs.line_fit(labeled=True), rankdir="RL"),
    "squared_input": lambda: draw(graphs.squared_input()),
    "units": lambda: draw(graphs.units()),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_golden(name):
    """The source is that of the golden file."""
    assert DRAWINGS[name]().source == (GOLDEN / f"{name}.gv").read_text(encoding="utf-8")


def test_parallel_edges():
    """Two edges between the same nodes enter two cells, each with its derivative."""
    source = draw(graphs.squared_input()).source
    assert source.count("n0:v:e -> n1:i0:w") == source.count("n0:v:e -> n1:i1:w") == 1
    assert source.count(">−3</FONT></TD>") == 2


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize(
    "graph",
    [
        nx.DiGraph(),
        nx.MultiDiGraph(),
        nx.gn_graph(5, seed=1),
        graphs.line_fit(labeled=False),
        graphs.line_fit(labeled=True),
        graphs.line_fit(labeled=True).reverse(copy=False),
        graphs.units(),
        nx.MultiDiGraph([("a", "a"), ("a", "b"), ("b", "a")]),
    ],
    ids=["empty", "empty multi", "no ops", "bare", "labeled", "view", "units", "cycles"],
)
def test_every_direction(graph, rankdir):
    """Every digraph can be drawn in every direction, labeled or not."""
    text = svg(graph, rankdir=rankdir)
    assert text.count('class="node') == len(graph)
    assert text.count('class="edge') >= graph.number_of_edges()


def test_outputs():
    """Only outputs have a thick border."""
    source = draw(graphs.line_fit(labeled=False)).source
    assert source.count('<TABLE BORDER="2"') == source.count('class="operation output"') == 1


def test_many_weights():
    """Where edges are many, weights stand in tooltips only."""
    graph = nx.gnp_random_graph(60, 0.3, seed=0, directed=True)
    nx.set_edge_attributes(graph, 0.25, "weight")
    source = draw(graph).source
    assert "labeltooltip" not in source
    assert source.count("weight 0.25") == graph.number_of_edges()


@pytest.mark.parametrize("rankdir", ["lr", "", None])
def test_unknown_direction(rankdir):
    """An unknown direction is refused, and the known ones are listed."""
    with pytest.raises(ArgumentError, match="one of LR, RL, TB, BT; got"):
        draw(nx.DiGraph(), rankdir=rankdir)


def test_graph_is_left_alone():
    """Drawing leaves the graph as it was."""
    graph = graphs.line_fit(labeled=True)
    draw(graph)
    assert nx.utils.graphs_equal(graph, graphs.line_fit(labeled=True))


def test_lazy_import():
    """Graphviz is imported only when something is drawn."""
    code = "import sys, rojasgraph.drawing.rendering; sys.exit('graphviz' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


if __name__ == "__main__":
    for name, drawing in DRAWINGS.items():
        (GOLDEN / f"{name}.gv").write_text(drawing().source, encoding="utf-8")
