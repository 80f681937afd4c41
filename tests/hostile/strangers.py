"""What a stranger may send: names, formulas and files that are made to do harm."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Iterator

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import rojasgraph as rg
from rojasgraph.interchange.dot_attributes import quoted, text_of
from tests.fuzzing.readers import CORPUS, READERS

NAMES = (
    *(r"\input{secret}", r"\input secret ", r"\immediate\write18{touch harm}", "^^5cinput{secret}"),
    *(r"\catcode`\@=0 @input{secret}", r"\openout3=harm \write3{x}", r"$\input{secret}$"),
    *(r"}\input{secret}{", r"\end{document}", r"\csname input\endcsname{secret}", "%", "#1", "&&"),
    *("a\n\n\\input{secret}", "\x00\x01\x7f", "\u202eabc\u2066", "\ud800", "_" * 50, "a^b_c", "~"),
    *("<script>alert(1)</script>", "[x](javascript:alert(2))", "![](http://example.invalid/x)"),
    *("|a|b|", "`code`", "```", "<!--", "&lt;", '" onload="alert(3)', "]]>", "\u2028", "{}", "\\"),
    *('"""; import os; os.system("touch harm") #', "'''", "x\r\nimport os", "lambda", "None"),
    *('";}digraph{a->b', '<<b onclick="x">>', "${alert(4)}", "</title><svg onload=alert(5)>", ""),
    *("long " * 100, ("t", r"\input{secret}"), frozenset({"<img src=x onerror=alert(6)>"})),
)
"""Names that mean something to TeX, HTML, Markdown, DOT, Python or a terminal."""

CODE = (
    *("__import__('os').system('touch harm')", "open('harm', 'w')", "exec('1')", "eval('1')"),
    *("().__class__.__bases__[0].__subclasses__()", "x.__class__", "lambda: 0", "[i for i in x]"),
    *("f'{x}'", "(x := 1)", "x if y else z", "getattr(x, 'y')", "globals()", "print(1)", "`x`"),
    *("breakpoint()", "sin.__globals__", "x[0]", "'a'*10**9", "Symbol('x')", "sympify('1')"),
    *("await x", "yield", "*x", "pickle.loads(b'')", "tanh(*x)", "tanh(**x)", "os.system('x')"),
)
"""Formulas that would do something if anybody evaluated them."""

GROWTH = (
    *("9**9**9**9", "(9**99)**99", "2**(2**(2**(2**30)))", "1e999", "1" * 5000, "10**308*10"),
    *("(" * 5000, "x" + "+x" * 40_000, "-" * 90_000 + "x", "1/" * 3000 + "1", "x**" * 50 + "x"),
    "square(" * 150 + "x" + ")" * 150,
)
"""Formulas whose number, depth or length would fill a machine."""


def network() -> rg.Network:
    """Make a network that bears every name, also where pictures and formulas show texts."""
    net = rg.Network()
    tail = net.add_input("x")
    for name in NAMES:
        net.add_unit(name, "tanh", label=str(name), latex=str(name))
        net.add_edge(tail, name, weight=0.5, label=str(name))
        tail = name
    net.feed_forward(x=0.5)
    net.backpropagate()
    return net


class _Touch:
    """What writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("harm", "w")


def _json(nodes: str, graph: str = "{}") -> bytes:
    head = '"format": "rojasgraph network", "version": 1, "directed": true, "multigraph": true'
    return f'{{{head}, "graph": {graph}, "nodes": [{nodes}], "edges": []}}'.encode()


def _jsons() -> Iterator[bytes]:
    for text in (*CODE, *NAMES):
        plain = json.dumps(str(text))
        yield _json(f'{{"id": {plain}, "op": {plain}, "arguments": {plain}}}')
        yield _json(f'{{"id": "x", "op": "input", {plain or 0}: 1}}')
    yield _json('{"id": ' + "[" * 100_000)
    yield _json('{"id": {"decimal": "1E+999999999"}, "op": "input"}')
    yield _json('{"id": "c", "op": "constant", "value": {"decimal": "1E+999999999"}}')
    yield _json('{"id": "c", "op": "constant", "value": ' + "9" * 1_000_000 + "}")
    yield _json('{"id": "c", "op": "constant", "value": {"fraction": "1/0"}}')
    yield _json('{"id": {"array": ["float64", [99999999999], []]}, "op": "input"}')
    yield _json('{"id": {"array": ["object", [1], [1]]}, "op": "input"}')
    twice = ", ".join(f'"a{i}": 0' for i in range(60_000)) + ', "z": 0, "z": 0'
    yield _json('{"id": 1, "op": "input"}', f"{{{twice}}}")


def _graphmls() -> Iterator[bytes]:
    body = b'<graphml><graph edgedefault="directed"><node id="&e;"/></graph></graphml>'
    for kind in (b'SYSTEM "file:///etc/passwd"', b'SYSTEM "http://example.invalid/"', b'"text"'):
        yield b"<!DOCTYPE g [<!ENTITY e " + kind + b">]>" + body
    laughs = b"".join(
        b'<!ENTITY e%d "%b">' % (i, b"&e%d;" % (i - 1) * 10 if i else b"ha") for i in range(30)
    )
    yield b"<!DOCTYPE g [" + laughs + b"]>" + body.replace(b"&e;", b"&e29;")
    yield b'<?xml version="1.0"?><!DOCTYPE g SYSTEM "file:///etc/passwd">' + body
    yield b"<a>" * 60_000
    yield b'<graphml xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="x"/></graphml>'


def _dots() -> Iterator[bytes]:
    for text in (*CODE, *NAMES):
        coded = quoted(text_of("", str(text)))
        plain = quoted(str(text)).encode(errors="surrogatepass")
        yield f"digraph {{a [named={coded} op={coded} arguments={coded}]}}".encode()
        yield b"digraph {a [named=" + plain + b" op=input " + plain + b"=1]}"
        yield b"digraph {" + str(text).encode(errors="surrogatepass") + b"}"
    for unit in ("{", "subgraph {", "a -> ", '"', '"" + ', "/*", "<", "\\", "a [", "[", "#\n", ";"):
        yield b"digraph {a [b=" + unit.encode() * 100_000
        yield b"digraph {" + unit.encode() * 100_000
    yield b'digraph {a [named="' + b"[" * 100_000 + b'" op=input]}'
    yield b"digraph {a [named=" + b"9" * 1_000_000 + b" op=input]}"
    yield b'digraph {a [op=input named="{\\"decimal\\": \\"1E+999999999\\"}"]}'
    yield b'digraph {graph [image="/etc/passwd"] a [named=x op=input shapefile="/etc/passwd"]}'
    yield b'digraph {\n#include "/etc/passwd"\n}'
    edges = b"".join(b"a->b[key=%d]" % i for i in range(30_000))
    yield b"digraph {a[named=" + b"x" * 500_000 + b" op=input]b[named=y op=add]" + edges + b"}"


def _model(
    nodes: list[tuple[str, list[str], list[str], dict[str, object]]],
    stored: dict[str, object],
    inputs: dict[str, list[int]] | None = None,
    output: str = "y",
) -> bytes:
    shapes = {"x": [2]} if inputs is None else inputs
    graph = helper.make_graph(
        [helper.make_node(op, given, made, **more) for op, given, made, more in nodes],
        "stranger",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in stored.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return bytes(made.SerializeToString())


def _external() -> bytes:
    """Make a model whose numbers lie in a file that its author would like to read."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "w"], ["y"])],
        "stranger",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
        [tensor],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return bytes(made.SerializeToString())


LONG = np.zeros(60_000, np.int64)

MODELS = {
    "a range of 10^15": lambda: _model(
        [("Range", ["a", "b", "c"], ["y"], {})],
        {"a": np.int64(0), "b": np.int64(10**15), "c": np.int64(1)},
    ),
    "an expansion by broadcasting": lambda: _model(
        [("Expand", ["a", "s"], ["y"], {})], {"a": LONG[:, None], "s": np.int64([1, 60_000])}
    ),
    "a product of nothing with much": lambda: _model(
        [("Sum", ["a", "b", "c"], ["y"], {})],
        {"a": LONG[:, None], "b": LONG[None], "c": LONG[:0, None, None]},
    ),
    "one row taken again and again": lambda: _model(
        [("Gather", ["x", "i"], ["y"], {"axis": 0})],
        {"i": LONG},
        {"x": [1, 60_000]},
    ),
    "a thousand names for the same": lambda: _model(
        [("Identity", [f"x{i}" if i else "x"], [f"x{i + 1}"], {}) for i in range(999)]
        + [("Identity", ["x999"], ["y"], {})],
        {},
        {"x": [9000]},
    ),
    "one array a thousand times": lambda: _model(
        [("Max", ["x"] * 1000, ["y"], {})], {}, {"x": [9000]}
    ),
    "an empty array of 10^30": lambda: _model(
        [("Neg", ["x"], ["y"], {})], {}, {"x": [0, 2**50, 2**50]}
    ),
    "a negative length": lambda: _model([("Neg", ["x"], ["y"], {})], {}, {"x": [-9, 9]}),
    "an axis too many": lambda: _model([("Neg", ["x"], ["y"], {})], {}, {"x": [1] * 99}),
    "an output that nobody gives": lambda: _model([("Neg", ["x"], ["z"], {})], {}),
    "a division by zero": lambda: _model([("Celu", ["x"], ["y"], {"alpha": 0.0})], {}),
    "an endless axis": lambda: _model(
        [("ReduceSum", ["x", "a"], ["y"], {})], {"a": np.float32([np.inf])}
    ),
    "an index left out": lambda: _model([("Gather", ["x", ""], ["y"], {})], {}),
    "a shape left out": lambda: _model([("Expand", ["a", ""], ["y"], {})], {"a": LONG}),
    "numbers in another file": _external,
}
"""Models of a few kilobytes that claim much, or lack something."""


def _zip(members: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def _npy(array: np.ndarray) -> bytes:
    written = io.BytesIO()
    np.save(written, array, allow_pickle=True)
    return written.getvalue()


def _checkpoints() -> Iterator[bytes]:
    yield _zip({"weights.npy": _npy(np.array([_Touch()], dtype=object))})
    yield pickle.dumps(_Touch())
    yield _zip({"weights.npy": _npy(np.zeros(2 * 10**7))}, zipfile.ZIP_DEFLATED)
    yield _zip({"../../harm": b"x", "/tmp/harm": b"x"})  # noqa: S108 - nobody may write it
    head = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (%b,), }"
    yield _zip({"weights.npy": head % b"999999999999" + b" " * 99})
    yield _zip({"weights.npy": head % b"__import__('os').system('touch harm')" + b" " * 99})
    for text in ("[]", "1", "[" * 50_000, '{"format": "rojasgraph training 1"}'):
        yield _zip({"text.npy": _npy(np.array(text)), "weights.npy": _npy(np.zeros(2))})


def _csvs() -> Iterator[bytes]:
    yield b"a,b\n" + b"".join(b"w%d,%d\n" % (i, i) for i in range(40_000))
    yield b"a,b\n" + b"".join(b"%d,w%d\n" % (i, i) for i in range(40_000))
    yield b'a,"' + b"b" * 10**6
    yield b"\x00,\x00\n" * 9
    yield b"=cmd|' /C calc'!A0,@SUM(1)\n" + b"1,2\n" * 9


def inputs() -> Iterator[tuple[str, bytes]]:
    """Give what is sent to each reader, by the reader's name."""
    for text in (*CODE, *GROWTH, *map(str, NAMES)):
        yield "formula", text.encode(errors="surrogatepass")
    for text in (*CODE, *map(str, NAMES)):
        line = f"y = x**2\ndy/dx = {text}\n"
        yield "derivation", line.encode(errors="surrogatepass")
    yield from (("json", data) for data in _jsons())
    yield from (("graphml", data) for data in _graphmls())
    yield from (("dot", data) for data in _dots())
    yield from (("onnx", make()) for make in MODELS.values())
    yield from (("checkpoint", data) for data in _checkpoints())
    yield from (("csv", data) for data in _csvs())
    for name in READERS:
        yield from ((name, file.read_bytes()) for file in sorted((CORPUS / name).iterdir()))
