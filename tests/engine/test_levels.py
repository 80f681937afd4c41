"""Walks over arrays are what networkx says, on narrow and on wide graphs."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rojasgraph.engine import levels as module
from rojasgraph.engine.arrangement import sorted_by
from rojasgraph.engine.levels import cycle, laid_out, levels, offsets, reached


@st.composite
def dags(draw):
    """Draw a number of nodes, and edges between them, none of them backwards in some order."""
    count = draw(st.integers(1, 40))
    names = draw(st.permutations(range(count)))
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))))
    edges = [(names[min(a, b)], names[max(a, b)]) for a, b in pairs if a != b]
    return count, edges


def neighbours(count, edges):
    """Sort edges by tail."""
    tails, heads = np.array(edges, np.int32).reshape(-1, 2).T
    order = np.argsort(tails, kind="stable")
    return offsets(np.bincount(tails, minlength=count)), heads[order]


@pytest.fixture(params=[0, 4, 256], ids=["wide", "mixed", "narrow"], autouse=True)
def _width(request, monkeypatch):
    """Let numpy walk always, at times, or hardly ever."""
    monkeypatch.setattr(module, "_WIDE", request.param)


@given(graph=dags())
def test_levels_are_longest_paths(graph):
    """A node's level is the number of edges on the longest path to it."""
    count, edges = graph
    first, heads = neighbours(count, edges)
    waiting = np.bincount(heads, minlength=count).astype(np.int32)
    net = nx.DiGraph(edges)
    net.add_nodes_from(range(count))
    want = {n: i for i, level in enumerate(nx.topological_generations(net)) for n in level}
    assert levels(first, heads, waiting).tolist() == [want[i] for i in range(count)]


@given(graph=dags(), data=st.data())
def test_what_is_reached(graph, data):
    """Descendants, and the nodes themselves."""
    count, edges = graph
    start = data.draw(st.lists(st.integers(0, count - 1)))
    net = nx.DiGraph(edges)
    net.add_nodes_from(range(count))
    want = set(start).union(*(nx.descendants(net, i) for i in start))
    found = reached(*neighbours(count, edges), np.array(start, np.int64))
    assert set(np.flatnonzero(found).tolist()) == want


@given(graph=dags(), data=st.data())
def test_cycles(graph, data):
    """With edges back, what has no level holds a cycle, and that is found."""
    count, edges = graph
    back = data.draw(st.lists(st.sampled_from(edges), min_size=1)) if edges else []
    edges = edges + [(b, a) for a, b in back] or [(0, 0)]
    first, heads = neighbours(count, edges)
    level = levels(first, heads, np.bincount(heads, minlength=count).astype(np.int32))
    tails, heads = np.array(edges).T
    found = cycle(tails, heads, level)
    assert all((a, b) in edges for a, b in zip(found, found[1:] + found[:1], strict=True))
    assert len(set(found)) == len(found)


@given(st.lists(st.integers(0, 5), min_size=1), st.data())
def test_parts_are_laid_out(counts, data):
    """`laid_out` lists what slices list."""
    first = offsets(np.array(counts))
    chosen = data.draw(st.lists(st.integers(0, len(counts) - 1)))
    want = [i for part in chosen for i in range(first[part], first[part + 1])]
    assert laid_out(first, np.array(chosen, np.int64)).tolist() == want


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_sorting_is_stable(pairs):
    """By one key, and by one after the other."""
    a, b = np.array(pairs, np.int32).reshape(-1, 2).T
    assert sorted_by(a).tolist() == np.argsort(a, kind="stable").tolist()
    assert sorted_by(a, sorted_by(b)).tolist() == np.lexsort((b, a)).tolist()
