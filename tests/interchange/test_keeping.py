"""Files: what is kept comes back as it was; what is hostile is refused with its place."""

from __future__ import annotations

import json
import math
import tempfile
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.interchange.coding import decoded, encoded
from rojasgraph.interchange.dot import from_dot, to_dot
from rojasgraph.interchange.node_link import from_json, to_json
from tests.effort import tries
from tests.interchange.values import exactly, values, whole


@tries(60)
@given(values)
def test_values_come_back_with_their_types(value):
    """Every value of a kept type is written as JSON and read without loss."""
    written = json.loads(json.dumps(encoded(value), allow_nan=False))
    assert exactly(decoded(written)) == exactly(value)


REFUSED = "A file that says what cannot be read as it is written is refused, with its place."
KEPT = "What a file cannot bring back is refused by name when it is saved; an old file stays."


def small():
    """Make a network of every kind of attribute."""
    net = rg.Network()
    net.add_input("x", label="first", latex=r"\xi")
    net.add_parameter("w", Fraction(1, 3), group="layer", pos=(0.0, -0.0))
    net.add_constant("one", 1)
    net.add_unit("h", "power", arguments=(3,))
    net.add_unit(("o", 1), "tanh", output=True)
    net.add_edge("x", "h", weight=0.1, trainable=True)
    net.add_edge("x", "h", key="again", parameter="w")
    net.add_edge("one", "h", weight=-2)
    net.add_edge("h", ("o", 1))
    return net


@pytest.mark.parametrize("ending", ["json", "dot"])
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, -0.0, 5e-324, 10**30, 1 / 3])
def test_floats_are_exact(tmp_path, value, ending):
    """Infinities, nan, the negative zero, the smallest float and long integers are kept."""
    net = small()
    net.nodes["one"]["value"] = value
    back = rg.load(net.save(tmp_path / f"net.{ending}"))
    assert exactly(back.nodes["one"]["value"]) == exactly(value)
    assert whole(back) == whole(net)


def test_other_kinds_of_text_become_text():
    """An enumeration's text equals plain text, and is kept as that."""
    net = rg.Network()
    net.add_input(StrEnum("Names", ["x"]).x)
    (name,) = from_json(to_json(net))
    assert (type(name), name) == (str, "x")


def test_networkx_reads_the_json(tmp_path):
    """The file is networkx's own node-link data."""
    net = small()
    net.nodes["w"]["value"] = 0.5
    data = json.loads(net.save(tmp_path / "net.json").read_text())
    graph = nx.node_link_graph(data, edges="edges")
    assert rg.Network(graph).feed_forward(x=2.0) == net.feed_forward(x=2.0)


@pytest.mark.parametrize("ending", ["json", "dot", "gv"])
def test_labels_are_kept_on_demand(tmp_path, ending):
    """Labels are left out by default; with labels=True they come back as data."""
    net = small()
    plain = whole(net)
    net.feed_forward(x=2.0)
    net.backpropagate()
    assert whole(rg.load(net.save(tmp_path / f"net.{ending}"))) == plain
    back = rg.load(net.save(tmp_path / f"net.{ending}", labels=True))
    assert whole(back) == whole(net)
    with pytest.raises(rg.NotLabeled):
        back.backpropagate()


def test_own_primitives_go_by_name(tmp_path):
    """A file names a primitive; a reader that lacks it is told so, and declares it."""
    row = rg.primitive("triple", lambda xp, x: 3 * x, lambda xp, y, x: (3 * xp.one,))
    x = rg.inputs("x")
    file = rg.Network.from_expressions(row(x)).save(tmp_path / "net.json")
    assert rg.load(file).feed_forward(x=2.0) == {"triple1": 6.0}
    del rg.table.TABLE["triple"]
    with pytest.raises(rg.UnknownPrimitive, match=r"net\.json: node 'triple1'.*rg\.primitive"):
        rg.load(file)


NOT_KEPT = [
    (lambda net: net.add_edge(("o", 1), "h"), "cycle"),
    (lambda net: net.nodes["h"].update(op="nope"), "nope"),
    (lambda net: net.nodes["h"].update(note=object()), "node 'h', note"),
    (lambda net: net.nodes["h"].update({1: 2}), "node 'h'"),
    (lambda net: net.graph.update(code=len), "the graph, code"),
    (lambda net: net.nodes["one"].pop("value"), "one"),
    (lambda net: net.nodes["one"].update(value=10**5000), "4300"),
    (lambda net: net.nodes["one"].update(value=Fraction(1, 10**5000)), "node 'one', value"),
    (lambda net: net.nodes["x"].update(note=[{}] * 2 + [[[set()]], len]), "node 'x', note"),
    (lambda net: net.add_node((math.nan, 1), op="input"), "nan"),
    (lambda net: net.add_edge("x", "h", (math.nan, 1)), "edge .* nan"),
]
"""What no file keeps: a change of a network, and what the refusal names."""


@pytest.mark.promise("nothing lost", KEPT)
@pytest.mark.parametrize(
    ("ending", "change", "named"),
    [
        *(("json", *case) for case in NOT_KEPT),
        *(("dot", *case) for case in NOT_KEPT),
        ("json", lambda net: net.nodes["h"].update(id=2), "'id'"),
        ("json", lambda net: net.edges["x", "h", 0].update(source=2), "edge 'x' → 'h'"),
        ("dot", lambda net: net.nodes["h"].update(named=2), "'named'"),
        ("dot", lambda net: net.edges["x", "h", 0].update(key=2), "edge 'x' → 'h'"),
    ],
)
def test_what_cannot_be_kept_is_refused(tmp_path, ending, change, named):
    """A network that could not be read back is not written; an old file stays."""
    file = small().save(tmp_path / f"net.{ending}")
    before = file.read_bytes()
    net = small()
    change(net)
    with pytest.raises((rg.GraphError, rg.LabelError), match=named):
        net.save(file)
    assert file.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [file.name]


NODE = '{"id": "x", "op": "input"}'


def document(nodes=NODE, edges="", rows="", **members):
    """Write a file by hand."""
    head = {"format": '"rojasgraph network"', "version": "1", "directed": "true"}
    head |= {
        "multigraph": "true",
        "graph": "{}",
        "nodes": rows or f"[{nodes}]",
        "edges": f"[{edges}]",
    }
    head |= members
    return "{" + ", ".join(f'"{k}": {v}' for k, v in head.items() if v) + "}"


def unit(edges, **attributes):
    """Write a file of one unit, fed by x."""
    listed = "".join(f', "{k}": {v}' for k, v in attributes.items())
    return document(f'{NODE}, {{"id": "h", "op": "tanh"{listed}}}', edges)


EDGE = '{"source": "x", "target": "h", "key": 0}'
HOSTILE = {
    "empty": ("", "no JSON"),
    "truncated": (document()[:-30], "no JSON.*line 1"),
    "binary": ("\x00\xff", "no JSON"),
    "another format": ('{"nodes": [], "links": []}', "format"),
    "a list": ("[]", "format"),
    "version": (document(version="2"), "version 2"),
    "version of another type": (document(version="true"), "version True"),
    "undirected": (document(directed="false"), "directed"),
    "no edges": (document().replace(', "edges": []', ""), "lacks"),
    "more members": (document(run='"rm"'), "unknown members"),
    "a claim of many nodes": (document(rows="1000000000"), "array"),
    "nodes no list": (document(rows='{"x": 1}'), "array of objects"),
    "node no object": (document(nodes="3"), r"nodes\[0\]"),
    "node without id": (document('{"op": "input"}'), r"nodes\[0\] lacks id"),
    "node None": (document('{"id": null, "op": "input"}'), "None is no name"),
    "node twice": (document(f"{NODE}, {NODE}"), r"nodes\[1\].*already"),
    "node twice, as a number": (
        document('{"id": 1, "op": "input"}, {"id": 1.0, "op": "input"}'),
        r"nodes\[1\].*already",
    ),
    "nan as a name": (document('{"id": {"float": "nan"}, "op": "input"}'), "cannot be a name"),
    "nan within a name": (document('{"id": [{"float": "nan"}], "op": "input"}'), "cannot be a"),
    "list as a name": (document('{"id": {"list": []}, "op": "input"}'), "cannot be a name"),
    "member twice": (document('{"id": "x", "op": "input", "op": "tanh"}'), "'op' twice"),
    "no operation": (document('{"id": "x"}'), "no operation"),
    "operation no text": (document('{"id": "x", "op": ["tanh"]}'), "node 'x'"),
    "operation an array": (
        document('{"id": "x", "op": {"array": ["float64", [2], [1, 2]]}}'),
        "node 'x'.*array",
    ),
    "output no truth": (unit(EDGE, output='"false"'), "node 'h': output must be True or False"),
    "output an array": (
        unit(EDGE, output='{"array": ["float64", [2], [1, 2]]}'),
        "output must be True or False",
    ),
    "trainable no truth": (
        unit(EDGE[:-1] + ', "trainable": "no"}'),
        "edge 'x' → 'h': trainable must be True or False",
    ),
    "unknown operation": (document('{"id": "x", "op": "os.system"}'), "os.system"),
    "cycle": (unit('{"source": "h", "target": "h", "key": 0}'), "cycle"),
    "edge from nowhere": (unit('{"source": "y", "target": "h", "key": 0}'), r"edges\[0\].*'y'"),
    "edge twice": (unit(f"{EDGE}, {EDGE}"), r"edges\[1\].*already"),
    "edge without key": (unit('{"source": "x", "target": "h"}'), "lacks key"),
    "slot": (unit(EDGE[:-1] + ', "slot": 1000000000}'), "nothing feeds slot 0"),
    "slot of another type": (unit(EDGE[:-1] + ', "slot": "0"}'), "slot '0'"),
    "weight no number": (unit(EDGE[:-1] + ', "weight": "2"}'), "weight"),
    "weight true": (unit(EDGE[:-1] + ', "weight": true}'), "weight"),
    "NaN": (unit(EDGE[:-1] + ', "weight": NaN}'), "NaN is no JSON"),
    "-Infinity": (unit(EDGE[:-1] + ', "weight": -Infinity}'), "-Infinity is no JSON"),
    "float too large": (unit(EDGE[:-1] + ', "weight": 1e999}'), "largest float"),
    "float of another kind": (unit(EDGE, extra='{"float": "1e5"}'), r"nodes\[1\], extra"),
    "tag unknown": (unit(EDGE, extra='{"eval": "1"}'), r"nodes\[1\], extra"),
    "two tags": (unit(EDGE, extra='{"list": [], "set": []}'), "one member"),
    "division by zero": (unit(EDGE, extra='{"fraction": "1/0"}'), "fraction"),
    "huge fraction": (unit(EDGE, extra='{"fraction": "1e999999999"}'), "fraction"),
    "huge decimal": (unit(EDGE, extra='{"decimal": "1E+999999999"}'), "decimal"),
    "long integer": (unit(EDGE, extra="9" * 5000), "4300"),
    "set of lists": (unit(EDGE, extra='{"set": [{"list": []}]}'), "set"),
    "key twice": (unit(EDGE, extra='{"dict": [[1, 2], [1, 3]]}'), "twice"),
    "dict of no pairs": (unit(EDGE, extra='{"dict": [[1]]}'), "array of 2"),
    "array too large": (
        unit(EDGE, extra='{"array": ["float64", [1000000000], [1.0]]}'),
        "does not hold 1",
    ),
    "array of objects": (unit(EDGE, extra='{"array": ["object", [1], [1]]}'), "float64"),
    "array of text": (unit(EDGE, extra='{"array": ["float64", [1], ["1"]]}'), "something else"),
    "array of many axes": (
        unit(EDGE, extra=f'{{"array": ["float64", [{",".join(["1"] * 99)}], [1.0]]}}'),
        "nodes",
    ),
    "shape negative": (unit(EDGE, extra='{"array": ["float64", [-1, -1], [1]]}'), "shape"),
    "constant": (unit(EDGE, extra='{"constant": "__import__"}'), "constant"),
    "complex": (unit(EDGE, extra='{"complex": ["1", 2]}'), "complex"),
    "arguments": (unit(EDGE, arguments="[1, 2]"), "tanh does not take"),
    "parameter without value": (document('{"id": "w", "op": "parameter"}'), "'w' carries no value"),
    "parameter of text": (document('{"id": "w", "op": "parameter", "value": "1"}'), "no number"),
    "parameter of a list": (
        document('{"id": "w", "op": "parameter", "value": {"list": [1.0, 2.0]}}'),
        "'w' carries no number.*numpy array",
    ),
    "constant of an array of JSON": (
        document('{"id": "c", "op": "constant", "value": [1.0, 2.0]}'),
        "'c' carries no number.*numpy array",
    ),
    "weight of a list": (unit(EDGE[:-1] + ', "weight": {"list": [1.0]}}'), "its weight"),
    "argument of a list": (
        document(f'{NODE}, {{"id": "h", "op": "scale", "arguments": [{{"list": [1]}}]}}', EDGE),
        "scale takes a number for factor",
    ),
    "deep": ("[" * 200_000, "too deep"),
    "deep in a name": (
        document('{"id": ' + "[" * 100_000 + "]" * 100_000 + ', "op": "input"}'),
        "too deep",
    ),
    "a long name": (document(f'{{"id": "{"x" * 10**6}"}}'), "no operation"),
}


@pytest.mark.promise("nothing wrong in silence", REFUSED)
@pytest.mark.parametrize(("text", "named"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_json_is_refused(tmp_path, text, named):
    """Each fault is named with the file and the place, in a message of moderate length."""
    file = tmp_path / "net.json"
    file.write_text(text)
    with pytest.raises((rg.GraphError, rg.LabelError), match=named) as caught:
        rg.load(file)
    assert str(caught.value).startswith("net.json: ")
    assert len(str(caught.value)) < 700


PIECES = [
    "",
    "null",
    "{}",
    "[]",
    '"',
    "1e400",
    "-",
    "NaN",
    '"x"',
    '{"float": "nan"}',
    "true",
    "9" * 30,
    "->",
    "\\",
    " net_",
    "n0",
]


@pytest.mark.promise("nothing wrong in silence", REFUSED)
@tries(150)
@given(st.data())
def test_damaged_files_are_read_or_refused(data):
    """Whatever is cut out or put into a file, it is a network or a refusal, nothing else."""
    net = small()
    net.feed_forward(x=2.0)
    net.backpropagate()
    for write, read in [(to_json, from_json), (to_dot, from_dot)]:
        text = write(net, labels=True)
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.integers(0, 12)))
        damaged = text[:start] + data.draw(st.sampled_from(PIECES)) + text[stop:]
        try:
            back = read(damaged)
        except (rg.GraphError, rg.LabelError):
            continue
        assert whole(read(write(back, labels=True))) == whole(back)


GRAPHML = """<?xml version="1.0"?>{doctype}
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="node" attr.name="op" attr.type="string">{default}</key>
<graph edgedefault="{direction}"><node id="x"><data key="d0">{op}</data>{more}</node></graph>
</graphml>"""
BOMB = '<!DOCTYPE a [<!ENTITY b "input"><!ENTITY c "&b;&b;&b;">]>'
FILE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'


def graphml(doctype="", direction="directed", op="input", more="", default=""):
    """Write GraphML by hand."""
    return GRAPHML.format(
        doctype=doctype, direction=direction, op=op, more=more, default=default
    ).encode()


@pytest.mark.promise("nothing wrong in silence", REFUSED)
@pytest.mark.parametrize(
    ("text", "named"),
    [
        (graphml(doctype=BOMB, op="&c;"), "document type"),
        (graphml(doctype=FILE, op="&b;"), "document type"),
        (graphml(doctype=BOMB).decode().encode("utf-16"), "document type|no XML"),
        (graphml(direction="undirected"), "directed"),
        (graphml(op="nope"), "nope"),
        (graphml().replace(b' id="x"', b""), "<node> lacks its id"),
        (graphml(more='</node><node id="x">'), "<node id='x'> is there twice"),
        (graphml(more='<data key="d0">tanh</data>'), "<data key='d0'> is there twice"),
        (graphml(more='</node><edge target="x"/><node id="y">'), "lacks its source"),
        (graphml(more='</node><nodes id="y"/><node id="z">'), "<nodes> within <graph>"),
        (graphml(more='<graph edgedefault="directed"/>'), "<graph> within <node>"),
        (graphml(more="</node></graph><graph edgedefault='directed'><node id='y'>"), "second"),
        (
            graphml(more="</node>" + '<edge source="x" target="x" id="1"/>' * 2 + "<node id='y'>"),
            "of 2 edges only 1 have an id of their own",
        ),
        (
            graphml(
                more="</node><edge source='x' target='x'/><edge source='x' target='x' id='0'/>"
                "<node id='y'>"
            ),
            "of 2 edges only 1",
        ),
        (graphml(more='<data key="d9">1</data>'), "no GraphML"),
        (graphml(default="<default>tanh</default>"), "default values"),
        (
            graphml(more='<data key="d1">' + "<a xmlns='b'>" * 99 + "</a>" * 99 + "</data>"),
            "deeper",
        ),
        (graphml()[:-20], "no XML"),
        (b"", "no XML"),
        (b'<?xml version="1.0" encoding="utf28"?>' + graphml().partition(b"?>")[2], "no XML"),
        (b"<a/>", "<a> at the top is not read"),
        (b"<a xmlns='b'/>", "no GraphML"),
    ],
)
def test_hostile_graphml_is_refused(tmp_path, text, named):
    """Entities, depth and faults are refused before anything grows."""
    file = tmp_path / "net.graphml"
    file.write_bytes(text)
    with pytest.raises(rg.GraphError, match=named):
        rg.load(file)


@pytest.mark.promise("nothing lost", KEPT)
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda net: net, r"node \('o', 1\)"),
        (lambda net: net.relabel({("o", 1): "o"}), "again"),
        (lambda net: net.nodes["w"].update(value=1j), "node 'w', value"),
        (lambda net: net.nodes["x"].update(label="a\x00b"), "node 'x', label"),
        (lambda net: net.nodes["x"].update(label=""), "node 'x'"),
        (lambda net: net.nodes["x"].update(share=Fraction(1, 3)), "node 'x', share"),
        (lambda net: net.nodes["w"].update(value=10**5000), "GraphML cannot carry"),
        (lambda net: net.nodes["w"].update(value=Fraction(10**5000, 3)), "cannot carry it"),
        (lambda net: net.nodes["w"].update(value=np.ones(2)), "node 'w', value.*array"),
        (lambda net: net.nodes["h"].update(arguments={"exponent": 3}), "node 'h', arguments"),
        (lambda net: net.graph.update(title=("t", 1)), "the graph, title"),
        (lambda net: net.graph.update(title=""), "the graph"),
    ],
)
def test_graphml_says_what_it_cannot_carry(tmp_path, change, named):
    """What GraphML has no place for is refused by name."""
    net = small()
    net.nodes["w"].pop("pos")
    if named not in {r"node \('o', 1\)", "again"}:
        net = net.relabel({("o", 1): "o"})
        net.remove_edge("x", "h", "again")
    net = change(net) or net
    with pytest.raises(rg.ArgumentError, match=named):
        net.save(tmp_path / "net.graphml")
    assert not list(tmp_path.iterdir())


def test_graphml_of_a_network(tmp_path):
    """A network of plain names comes back with its Fractions, arguments and parallel edges."""
    net = small().relabel({("o", 1): "o"})
    net.nodes["w"].pop("pos")
    net.remove_edge("x", "h", "again")
    net.add_edge("x", "h", parameter="w")
    net.add_edge("x", "o", weight=np.float64(0.1))
    net.nodes["h"]["arguments"] = [3]
    back = rg.load(net.save(tmp_path / "net.graphml"))
    assert back.feed_forward(x=0.5) == net.feed_forward(x=0.5)
    assert back.nodes["w"]["value"] == Fraction(1, 3)
    assert back.nodes["h"]["arguments"] == (3,)


def test_endings(tmp_path):
    """An ending that is not known is refused, with those that are."""
    net = small()
    for file in ("net", "net.pkl", "net.txt"):
        with pytest.raises(rg.ArgumentError, match=r"\.json"):
            net.save(tmp_path / file)
    (tmp_path / "net.svg").write_text("<svg/>")
    with pytest.raises(rg.ArgumentError, match=r"there are \.json, \.graphml, \.dot, \.gv"):
        rg.load(tmp_path / "net.svg")
    with pytest.raises(FileNotFoundError):
        net.save(tmp_path / "nowhere" / "net.json")
    with pytest.raises(FileNotFoundError):
        rg.load(tmp_path / "nothing.json")


def test_an_endless_name_of_an_operation():
    """Of an operation that has no row, the message shows the beginning."""
    net = rg.Network()
    net.add_node("x", op="tanh" * 10**6)
    with pytest.raises(rg.UnknownPrimitive, match=r"no primitive is called 'tanhtanh.*…") as caught:
        to_json(net)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "write",
    [
        lambda graph: rg.save(graph, "net.json"),
        lambda graph: rg.save(graph, "net.graphml"),
        lambda graph: rg.save(graph, "net.dot"),
        rg.to_python,
        rg.to_sympy,
        rg.to_latex,
        rg.to_onnx,
    ],
    ids=["json", "graphml", "dot", "python", "sympy", "latex", "onnx"],
)
def test_only_networks_are_written(write, tmp_path, monkeypatch):
    """Another graph, or something else, is refused with the way to make a network of it."""
    monkeypatch.chdir(tmp_path)
    for wrong in (nx.DiGraph([(1, 2)]), "net", None):
        with pytest.raises(rg.ArgumentError, match=rf"got a {type(wrong).__name__}: rg\.Network"):
            write(wrong)
    assert not list(tmp_path.iterdir())


def test_large_files_are_not_read(tmp_path):
    """A file beyond the limit is refused; the limit is the caller's."""
    file = small().save(tmp_path / "net.json")
    with pytest.raises(rg.GraphError, match="larger than 100 bytes"):
        rg.load(file, largest=100)
    assert whole(rg.load(file, largest=file.stat().st_size)) == whole(small())


def test_endless_file_is_not_read():
    """A file without an end is read up to the limit only."""
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("no /dev/zero here")
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder, "net.json")
        link.symlink_to(endless)
        with pytest.raises(rg.GraphError, match="larger"):
            rg.load(link, largest=10**6)


@pytest.mark.parametrize("ending", ["json", "dot"])
def test_a_long_chain_is_kept(tmp_path, ending):
    """Size is no depth: a chain of 5,000 nodes is written and read."""
    net = rg.Network()
    net.add_input(0)
    for i in range(1, 5000):
        net.add_unit(i, "tanh")
        net.add_edge(i - 1, i, weight=1.01)
    assert whole(rg.load(net.save(tmp_path / f"net.{ending}"))) == whole(net)
