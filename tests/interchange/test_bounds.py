"""Files that were made to exhaust memory or time: what reading them takes is bounded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import rojasgraph as rg
from rojasgraph.interchange import dot
from rojasgraph.interchange.dot import from_dot, to_dot
from rojasgraph.interchange.dot_attributes import quoted
from rojasgraph.interchange.node_link import from_json

BOUNDED = "Reading a file takes at most 80 times its size in memory, whatever it holds."
QUICK = "A file is refused before its names make a dict slow."

SIZE = 2**20
HEAD = '{"format": "rojasgraph network", "version": 1, "directed": true, "multigraph": true, '
GRAPHML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    '<key id="op" for="node" attr.name="op" attr.type="string"/><graph edgedefault="directed">'
)


def repeated(unit, between=","):
    """Fill a file with the same."""
    return between.join([unit] * (SIZE // (len(unit) + len(between))))


def numbered(unit, between=","):
    """Fill a file with what differs in a number."""
    return between.join(unit % i for i in range(SIZE // (len(unit) + 4)))


def nodes(rows):
    """Write a file of some nodes."""
    return f'{HEAD}"graph": {{}}, "nodes": [{rows}], "edges": []}}'


def attribute(value):
    """Write a network of one node with an attribute."""
    return nodes(f'{{"id": "x", "op": "input", "a": {value}}}')


def graphml(rows):
    """Write GraphML of some nodes."""
    return f"{GRAPHML}{rows}</graph></graphml>"


LISTS = repeated("[]")
DOT = "a[named=a op=input]b[named=b op=add]"
DENSE = {
    "lists for nodes.json": nodes(LISTS),
    "lists and wide letters.json": attribute(f'["\U0001f600", {LISTS}]'),
    "sets.json": attribute("[" + repeated('{"set":[]}') + "]"),
    "numbers.json": attribute('{"array": ["float64", [3], [' + repeated("1.5") + "]]}"),
    "members.json": "{" + numbered('"%x":0') + "}",
    "small nodes.json": nodes(numbered('{"id":%d,"op":"input"}')),
    "small nodes.graphml": graphml(numbered('<node id="%x"/>', "")),
    "small nodes.dot": "digraph{"
    + "".join(f"a{i}[named={i} op=input]" for i in range(SIZE // 27))
    + "}",
    "small edges.dot": f"digraph{{{numbered('a->b[key=%d]', '')}{DOT}}}",
    "lists and wide letters.dot": (
        f'digraph{{x[named=x op=input net_a="[\\"\U0001f600\\", {LISTS}]"]}}'
    ),
    "parts of a text.dot": f'digraph{{graph[net_a="x"+{repeated(chr(34) * 2, "+")}]}}',
    "long text.graphml": graphml(f'<node id="x"><data key="op">{repeated("x", "")}</data></node>'),
}

READ = """
import resource, sys
import rojasgraph as rg
import rojasgraph.interchange.keeping

rg.load(sys.argv[2])  # what is imported and kept once
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for file in sys.argv[3:]:
    try:
        rg.load(file)
    except (rg.GraphError, rg.LabelError) as error:
        assert len(str(error)) < 1200, len(str(error))
    print(file)
"""


@pytest.mark.promise("within bounds", BOUNDED)
@pytest.mark.parametrize("name", DENSE)
def test_memory(tmp_path, name):
    """In a process that has no more memory than is promised, a dense file is read or refused."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux's limit of a process's memory")
    file, small = tmp_path / name, tmp_path / f"small.{name.rpartition('.')[2]}"
    file.write_text(DENSE[name], encoding="utf-8")
    rg.layered([1, 1]).save(small)
    budget = str(80 * file.stat().st_size)
    done = subprocess.run(
        [sys.executable, "-c", READ, budget, str(small), str(file)],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )
    assert done.stdout == f"{file}\n", done.stderr[-500:]


@pytest.mark.promise("within bounds", BOUNDED)
@pytest.mark.parametrize("ending", ["json", "graphml", "dot", "onnx"])
def test_large_files_are_read_on_demand(tmp_path, ending):
    """A file that is larger than its limit is refused before it is read."""
    file = tmp_path / f"net.{ending}"
    with file.open("wb") as opened:
        opened.truncate(2**24 + 1)  # a hole: nothing is stored
    with pytest.raises(rg.GraphError, match=r"larger than \d+ bytes: pass a larger largest="):
        rg.from_onnx(file) if ending == "onnx" else rg.load(file)


@pytest.mark.promise("within bounds", QUICK)
@pytest.mark.parametrize("wrap", ["number", "tuple", "nested"])
def test_names_of_one_hash(wrap):
    """Multiples of 2⁶¹ − 1 have one hash: thousands of them are refused at once."""
    wrapped = {"number": lambda k: k, "tuple": lambda k: [k, "a"], "nested": lambda k: [[k], 1.5]}
    names = [wrapped[wrap](k * (2**61 - 1)) for k in range(1, 3000)]
    head = json.loads(HEAD + '"graph": {}}')
    nodes = [{"id": name, "op": "input"} for name in names]
    ends = [{"id": "x", "op": "input"}, {"id": "y", "op": "add"}]
    edges = [{"source": "x", "target": "y", "key": name} for name in names]
    sets = [{"id": "x", "op": "input", "a": {"set": names}}]
    dicts = [{"id": "x", "op": "input", "a": {"dict": [[name, 0] for name in names]}}]
    for found in ((nodes, []), (ends, edges), (sets, []), (dicts, [])):
        text = json.dumps({**head, "nodes": found[0], "edges": found[1]})
        with pytest.raises(rg.GraphError, match="more than 100 names have one hash"):
            from_json(text)


@pytest.mark.promise("within bounds", QUICK)
def test_an_edge_of_a_huge_id(tmp_path):
    """GraphML makes numbers of edges' ids: those of one hash are refused."""
    file = tmp_path / "net.graphml"
    edges = "".join(f'<edge source="x" target="x" id="{k * (2**61 - 1)}"/>' for k in range(1, 9))
    file.write_text(f'{GRAPHML}<node id="x"/>{edges}</graph></graphml>')
    with pytest.raises(rg.GraphError, match=r"below 2\^60 here \(line 1\)"):
        rg.load(file)


def graph(nodes, edges):
    """Write DOT of some nodes and edges: pairs of an identity and its attributes."""
    rows = [
        f"{who} [{', '.join(f'{k}={quoted(v)}' for k, v in has.items())}]" for who, has in nodes
    ]
    rows += [f"a -> b [key={quoted(json.dumps(key))}]" for key in edges]
    return f"digraph {{{'; '.join(rows)}}}"


@pytest.mark.promise("within bounds", QUICK)
@pytest.mark.parametrize("wrap", [lambda k: k, lambda k: [k, "a"]], ids=["number", "tuple"])
def test_names_of_one_hash_in_dot(wrap):
    """Of nodes as of edges."""
    names = [wrap(k * (2**61 - 1)) for k in range(1, 3000)]
    nodes = [(f"n{i}", {"named": json.dumps(x), "op": "input"}) for i, x in enumerate(names)]
    ends = [("a", {"named": "x", "op": "input"}), ("b", {"named": "y", "op": "add"})]
    for text in (graph(nodes, []), graph(ends, names)):
        with pytest.raises(rg.GraphError, match="more than 100 names have one hash"):
            from_dot(text)


@pytest.mark.promise("within bounds", QUICK)
@pytest.mark.parametrize("named", ["x" * 30_000, json.dumps([0] * 10**4)], ids=["text", "tuple"])
def test_long_names_of_many_edges(named, monkeypatch):
    """DOT names a node once: what edges make of long names is counted, as JSON would write it."""
    monkeypatch.setattr(dot, "_MOST_SIGNS", 2**20)
    ends = [("a", {"named": named, "op": "input"}), ("b", {"named": "y", "op": "add"})]
    with pytest.raises(rg.GraphError, match=r"edge a -> b \(line 1\): .* have too many edges"):
        from_dot(graph(ends, range(50)))
    net = from_dot(graph(ends, range(10)))
    for key in range(10, 50):
        net.add_edge(*net, key)
    with pytest.raises(rg.GraphError, match="have too many edges"):
        to_dot(net)


def test_short_names_have_any_number_of_edges(monkeypatch):
    """What has up to 100 signs is not counted."""
    monkeypatch.setattr(dot, "_MOST_SIGNS", 1000)
    ends = [("a", {"named": "x" * 100, "op": "input"}), ("b", {"named": "y", "op": "add"})]
    assert from_dot(graph(ends, range(600))).number_of_edges() == 600


@pytest.mark.promise("within bounds", QUICK)
def test_many_members_and_one_twice():
    """Among 200,000 members of an object, the one that is there twice is found at once."""
    members = ", ".join(f'"m{i}": 0' for i in range(200_000))
    with pytest.raises(rg.GraphError, match=r"member 'm199999' twice"):
        from_json(f'{{{members}, "m199999": 1}}')
