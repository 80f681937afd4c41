"""DOT: what Graphviz makes of a file, what people may write, and what is refused."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction

import pytest
from hypothesis import given

import rojasgraph as rg
from rojasgraph.interchange.coding import decoded
from rojasgraph.interchange.dot_attributes import row_of
from tests.effort import tries
from tests.interchange.values import whole
from tests.strategies import all_edges, networks

REFUSED = "A file that says what cannot be read as it is written is refused, with its place."


def mixed():
    """Make a network of names and numbers of several kinds."""
    net = rg.Network(title="α")
    net.add_input("x", label="first", hue=(0.0, -0.0))
    net.add_constant(("c", 1), Fraction(1, 3))
    net.add_parameter("w", 0.5)
    net.add_unit(2, "power", arguments=(3,))
    net.add_unit("true", "tanh", output=True)
    net.add_edge("x", 2, weight=1e-05, trainable=True)
    net.add_edge("x", 2, key="again", parameter="w")
    net.add_edge(("c", 1), "true")
    net.add_edge(2, "true")
    return net


WRITTEN = r"""digraph {
  graph [net_title="α"];
  n0 [label="x", named="x", op="input", net_label="first", net_hue="[0.0, -0.0]"];
  n1 [label="('c', 1) = 1/3", named="[\"c\", 1]", op="constant", value="{\"fraction\": \"1/3\"}"];
  n2 [label="w = 0.5", named="w", op="parameter", value="0.5", added_as="w"];
  n3 [label="2 = power (3,)", named="2", op="power", arguments="[3]"];
  n4 [label="true = tanh", named="\"true\"", op="tanh", output="true"];
  n0 -> n3 [label="1e-05", key="0", net_weight="1e-05", trainable="true"];
  n0 -> n3 [label="w", key="again", parameter="w"];
  n1 -> n4 [label="", key="0"];
  n3 -> n4 [label="", key="0"];
}
"""

BY_GRAPHVIZ = r"""digraph {
	graph [bb="0,0,106,180",
		net_title=α
	];
	node [label="\N"];
	n0	[height=0.5,
		label=x,
		named=x,
		net_hue="[0.0, -0.0]",
		net_label=first,
		op=input,
		pos="27,162",
		width=0.75];
	n3	[arguments="[3]",
		height=0.5,
		label="2 = power (3,)",
		named=2,
		op=power,
		pos="53,90",
		width=1.4624];
	n0 -> n3	[key=0,
		label="1e-05",
		lp="14,133",
		net_weight="1e-05",
		pos="e,32.4,106.7 20.5,144.4 17.6,134.5 18.9,122.6 25.0,114.3",
		trainable=true];
	n0 -> n3	[key=again,
		label=w,
		parameter=w];
	n4	[height=0.5,
		label="true = t\
anh",
		named="\"true\"",
		op=tanh,
		output=true];
	n3 -> n4	[key=0];
	n1	[named="[\"c\", 1]",
		op=constant,
		value="{\"fraction\": \"1/3\"}"];
	n1 -> n4	[key=0];
	n2	[added_as=w,
		named=w,
		op=parameter,
		value=0.5];
}
"""

BY_HAND = r"""/* a comment
   of two lines */
# a line of a preprocessor
DiGraph "a; name" {
rankdir = LR; net_title="α"  // ; }
edge [color=red] n3 -> n4 ["key"=0]  n0->n3[key=0][net_weight="1e" + "-0" +
"5";trainable=true] n0 -> "n3" [parameter=w key=again,] n1->n4[key=0]
n4 [ named = "\"true\"", op=tanh output=true ] n0 [op=input, named=x net_label="fi\
rst"; net_hue="[0.0,-0.0]"];
"n1" [named="[\"c\",1]" op=constant value="{\"fraction\":\"1/3\"}" 0.5=-.5]
n3[named=2 op=power arguments="[3]"] n2 [named=w op=parameter value=0.5 added_as=w]
}
# the end
"""


def test_what_is_written():
    """A text stands as it is, unless JSON would take it for something else."""
    assert rg.to_dot(mixed()) == WRITTEN


@pytest.mark.parametrize("text", [WRITTEN, BY_GRAPHVIZ, BY_HAND, "\ufeff" + WRITTEN])
def test_what_is_read(text):
    """Order, line breaks, comments, joined texts, decoration and Windows' mark change nothing."""
    back, net = rg.from_dot(text.encode()), mixed()
    for graph in (back, net):
        for owned in (*dict(graph.nodes).values(), *map(graph.edges.get, all_edges(graph))):
            ordered = sorted(owned.items())
            owned.clear()
            owned.update(ordered)
    assert whole(back) == whole(net)
    assert list(back.in_edges("true")) == list(net.in_edges("true"))


def test_keywords_are_names_between_quotes():
    """DOT's own words, in any case, are names of ours."""
    net = rg.from_dot('digraph {"node" [named="Graph" op=input] "strict" [named="edge" op=input]}')
    assert list(net) == ["Graph", "edge"]


def test_names_of_other_forms_keep_their_order():
    """Nodes that are called otherwise than n0, n1, … stand in the order of the file."""
    net = rg.from_dot("digraph {n2 [named=b op=input] n01 [named=a op=input] x [named=c op=input]}")
    assert list(net) == ["b", "a", "c"]
    net = rg.from_dot("digraph {n10 [named=b op=input] n9 [named=a op=input]}")
    assert list(net) == ["a", "b"]


NODE = "a [named=x op=input]"
HOSTILE = {
    "empty": ("", "begins with 'digraph': the end in line 1"),
    "binary": ("digraph {\x00\x01", "no DOT: '.x00.x01' in line 1"),
    "truncated": ('digraph {\n  a [named="x', "no DOT.*line 2"),
    "truncated later": (f"digraph {{\n{NODE}\n\n", "a name is missing: the end in line 4"),
    "truncated comment": ("digraph { /* ", "no DOT"),
    "another graph": (f"digraph {{{NODE}}} digraph {{}}", "one network, and nothing after it"),
    "undirected": ("graph {a -- b}", "'digraph', with edges ->"),
    "undirected edge": ("digraph {a -- b}", "its edges are ->: '--'"),
    "strict": ("strict digraph {}", "parallel edges"),
    "subgraph": ("digraph {\n\nsubgraph s {a}}", "no graph within it: .* 'subgraph' in line 3"),
    "nested": ("digraph " + "{" * 10**5, "no graph within it"),
    "groups of nodes": ("digraph {a -> {b c} [key=0]}", "a name is missing: '{'"),
    "chain": ("digraph {a -> b -> c [key=0]}", "a statement of its own"),
    "port": ("digraph {a:n -> b}", "ports"),
    "port of a head": ("digraph {a -> b:n}", "a statement of its own"),
    "keyword": ("digraph {a [named=node op=input]}", "a name is missing: 'node' in line 1"),
    "no text at all": ("digraph {a [named=", "a name is missing: the end in line 1"),
    "long rubbish": ("digraph {" + "\x00" * 10**6, "no DOT"),
    "html": ("digraph {a [label=<b>]}", "drawing"),
    "equals": ("digraph {a [named]}", "'=' is missing"),
    "no bracket": ("digraph {a [named=x op=input b}", "'=' is missing: '}'"),
    "joined names": ('digraph {a [named="x" + y op=input]}', "only texts between quotes"),
    "number and letters": ("digraph {a [value=1e5]}", "'=' is missing"),
    "an attribute twice": ("digraph {a [named=x named=y]}", "'named' is there twice"),
    "an attribute in two ways": (
        f'digraph {{{NODE} [net_op="tanh"]}}',
        "'net_op' is there already",
    ),
    "the graph's twice": ("digraph {net_a=1 graph [net_a=1]}", "'a' is there already"),
    "an attribute without a name": ("digraph {graph [net_1=1]}", "'net_1' is called by no text"),
    "another's": ("digraph {a -> b; a [shape=box]}", r"edge a -> b \(line 1\) lacks key"),
    "another's node": ("digraph {\na}", r"node a \(line 2\) lacks named, op: .* rg\.save"),
    "default": ("digraph {node [op=tanh]}", r"node \(line 1\): what all have .* 'op'"),
    "default of edges": ("digraph {edge [net_weight=2]}", "write 'weight' at each"),
    "weight": (f"digraph {{{NODE} a -> a [key=0 weight=2]}}", "that of a network is net_weight"),
    "a node twice": (f"digraph {{{NODE}\n{NODE}}}", r"a \(line 2\) is there already, in line 1"),
    "a name twice": (f"digraph {{{NODE} b [named=x op=tanh]}}", "a node 'x' is there already"),
    "a name that is null": ("digraph {a [named=null op=input]}", "None is no name"),
    "a name that is a list": (
        r'digraph {a [named="{\"list\": []}" op=input]}',
        r"node a \(line 1\), named: \[\] cannot be a name",
    ),
    "no such node": (f"digraph {{{NODE} a -> b [key=0]}}", "'b' is no node of the file"),
    "an edge twice": (
        f"digraph {{{NODE} b [named=y op=exp]" + " a -> b [key=0]" * 2 + "}",
        r"edge a -> b \(line 1\): 'x' → 'y' \(key 0\): it is there already",
    ),
    "key null": (f"digraph {{{NODE} a -> a [key=null]}}", "None is no key"),
    "cycle": (f"digraph {{{NODE} b [named=y op=exp] b -> b [key=0]}}", "cycle"),
    "no JSON": ('digraph {a [named="[1" op=input]}', r"node a \(line 1\), named: '\[1': no JSON"),
    "no text": ('digraph {a [named="" op=input]}', "named: '': no JSON"),
    "half a number": ("digraph {a [named=x op=constant value=.5]}", r"value: '\.5': no JSON"),
    "nan": ("digraph {a [named=x op=constant value=NaN]}", r'write {"float": "nan"}'),
    "digits": (f"digraph {{a [named=x op=constant value={'9' * 9999}]}}", "no number for"),
    "another type": (r'digraph {a [named="{\"object\": 1}" op=input]}', "one of float"),
    "a member twice": (r'digraph {a [named="{\"a\": 1, \"a\": 2}" op=input]}', "'a' twice"),
    "deep": (f'digraph {{a [named="{"[" * 10**5}" op=input]}}', "too deep"),
    "unknown operation": ("digraph {a [named=x op=os_system]}", "os_system"),
    "a mark that is text": ("digraph {a [named=x op=input output=yes]}", "True or False"),
    "no value": ("digraph {a [named=x op=constant]}", "carries no value"),
    "long names": (f"digraph {{{'a' * 10**6} [{'b' * 10**6}=1]}}", "lacks named"),
    "endless line": (f'digraph {{{NODE} "{"x" * 10**6}" [named=x op=input]}}', "there already"),
}


@pytest.mark.promise("nothing wrong in silence", REFUSED)
@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_dot_is_refused(tmp_path, what):
    """Each fault is named with the file and the place, in a message of moderate length."""
    text, named = HOSTILE[what]
    file = tmp_path / "net.dot"
    file.write_text(text, encoding="utf-8")
    with pytest.raises((rg.GraphError, rg.LabelError), match=named) as caught:
        rg.load(file)
    assert str(caught.value).startswith("net.dot: ")
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("style", ["table", "circle", "units"])
def test_drawings_are_refused(tmp_path, style):
    """What `rg.render` drew is Graphviz's language, too, but a picture."""
    file = tmp_path / "net.gv"
    rg.render(mixed(), file, style=style)
    with pytest.raises(rg.GraphError, match=r"net\.gv: a drawing, with texts in HTML"):
        rg.load(file)


def test_bytes_that_are_no_text():
    """Of bytes, the first that is no UTF-8 is named."""
    with pytest.raises(rg.GraphError, match="UTF-8: byte 9 is 0xff"):
        rg.from_dot(b"digraph {\xff}")


@tries(20)
@given(networks())
def test_one_line_for_each_node_and_edge(drawn):
    """Whatever they are called."""
    net, _ = drawn
    lines = rg.to_dot(net).splitlines()
    edges = [line for line in lines if line.startswith("  n") and " -> n" in line[:30]]
    assert len(edges) == net.number_of_edges()
    assert len(lines) == len(net) + len(edges) + 2


NAMES = (
    *(
        'a"b',
        "c\\",
        '\\"',
        "<b>",
        "d:e",
        "f\ng",
        "\x00",
        "{x|y}",
        "\\N",
        "&amp;",
        "a\\\nb",
        "\ud800",
    ),
    *(
        "",
        " ",
        "1",
        "-0.0",
        "[1]",
        "null",
        "NaN",
        "_",
        "漢",
        "\xa0",
        "node",
        "a -> b",
        "/* */",
        "# a",
    ),
)
"""Texts with every sign that means something to DOT, to Graphviz or to JSON."""


def named():
    """Make a network whose names are those."""
    net = mixed()
    for i, name in enumerate(NAMES):
        net.add_unit(name, "tanh", output=bool(i), **{f"a{name}": name})
        net.add_edge("x", name, key=name, weight=i, value=name)
    return net


def test_texts_that_mean_something():
    """They come back as what they are."""
    assert whole(rg.from_dot(rg.to_dot(named()))) == whole(named())


@pytest.mark.exe
def test_graphviz_reads_it(tmp_path):
    """Graphviz, too, finds names and attributes as what they are."""
    net = named()
    file = net.save(tmp_path / "net.dot")
    done = subprocess.run(
        ["dot", "-Tjson0", str(file)], capture_output=True, check=True, timeout=60
    )
    found = json.loads(done.stdout)
    assert not done.stderr
    assert [x["op"] for x in found["objects"]] == [op for _, op in net.nodes(data="op")]
    assert [decoded(row_of("node", x)["named"]) for x in found["objects"]] == list(net)
    assert len(found["edges"]) == net.number_of_edges()
