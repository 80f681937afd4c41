"""What strangers' bytes are read by, and what reading may end with.

A reader takes bytes. It returns, or raises what its documentation names; anything else is a
crash, as is more time than it has, or more than `MEGABYTES`. What was read is used once: a network
is fed and kept again, so that what goes in comes out as it was.
"""

from __future__ import annotations

import io
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rojasgraph as rg
from rojasgraph.derivation.auditing import audit
from rojasgraph.interchange.dot import from_dot, to_dot
from rojasgraph.interchange.from_onnx import from_onnx
from rojasgraph.interchange.graphml import from_graphml, to_graphml
from rojasgraph.interchange.node_link import from_json, to_json
from rojasgraph.interchange.onnx_operators import FOLDED
from rojasgraph.learning import checkpoints
from rojasgraph.learning.tasks import split, table
from rojasgraph.table import TABLE

SECONDS = 10
"""No input of a few kilobytes takes longer, on a busy machine."""

MEGABYTES = 1500
"""No input of a few kilobytes makes the process larger; a few hundred are the libraries' own."""

CORPUS = Path(__file__).with_name("corpus")
"""A folder for each reader: inputs to start from, and those that once were crashes."""

SENT = "sent-by-a-stranger-"
"""How the files are called that readers of files are led to."""

_SMALL = 10_000
"""The most scalars of a model, so that each is read quickly."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One way in.

    Attributes:
        read: reads bytes, and uses what it read.
        refusals: what it may raise.
        tokens: words that its format knows.
        seconds: how long one input may take.
    """

    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    tokens: tuple[str, ...]
    seconds: int = SECONDS

    def ends_well(self, data: bytes) -> bool:
        """Read; tell whether something was read, or refused. Anything else is raised on."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values outside of a domain
            try:
                self.read(data)
            except self.refusals:
                return False
        return True


def _use(net: rg.Network) -> None:
    """Label a network that was read; what has no value is refused."""
    try:
        net.feed_forward(dict.fromkeys(net.inputs, 0.5))
        net.backpropagate(net.outputs)
    except (rg.GraphError, rg.LabelError):
        return


def _formula(data: bytes) -> None:
    expression = rg.parse(data.decode(errors="surrogateescape"))
    _use(rg.Network.from_expressions(expression))


def _json(data: bytes) -> None:
    net = from_json(data)
    written = to_json(net, labels=True)
    assert to_json(from_json(written), labels=True) == written
    _use(net)


def _dot(data: bytes) -> None:
    net = from_dot(data)
    try:
        written = to_dot(net, labels=True)
    except rg.ArgumentError:  # a file may call an attribute as ours call a name
        return
    assert to_dot(from_dot(written), labels=True) == written
    _use(net)


def _graphml(data: bytes) -> None:
    net = from_graphml(data)
    try:
        to_graphml(net)  # compares what it wrote
    except rg.ArgumentError:  # another program's file may hold what ours do not
        return
    _use(net)


def _in_file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes], object]:
    """Lead bytes through a file."""

    def through(data: bytes) -> object:
        handle, name = tempfile.mkstemp(suffix, SENT)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            return read(Path(name))
        finally:
            Path(name).unlink()

    return through


def _onnx(path: Path) -> None:
    _use(from_onnx(path, most=_SMALL))


def _csv(path: Path) -> None:
    with path.open("rb") as file:
        first = io.BytesIO(file.read()).readline()
    target = first.decode("utf-8-sig", "replace").split(",")[-1].strip()
    task = table(path, target)
    assert len(task.inputs) == len(task.targets)
    split(task, 0)


def _audit(data: bytes) -> None:
    str(audit(data.decode(errors="surrogateescape")))


_NETWORK = (rg.GraphError, rg.MissingValue)

READERS: dict[str, Reader] = {
    "formula": Reader(_formula, (rg.FormulaError,), (*TABLE, "pi", "Rational(")),
    "json": Reader(
        _json,
        _NETWORK,
        (
            *('"op": ', '"value": ', '"weight": ', '"slot": ', '"arguments": ', '"parameter": '),
            *('{"fraction": "1/3"}', '{"float": "inf"}', '{"array": ["float64", [1], [2.0]]}'),
            *('{"complex": [1, 2]}', '{"decimal": "1.5"}', '{"constant": "pi"}', '{"dict": []}'),
            *('{"list": []}', '{"set": []}', '{"frozenset": []}', '"output": true'),
            *(f'"{name}"' for name in TABLE),
        ),
    ),
    "graphml": Reader(
        _graphml,
        _NETWORK,
        (
            *('<node id="', '<edge source="', 'target="', '<data key="', "</data>", "<key id="),
            *('attr.name="', 'attr.type="', "<default>", "<!DOCTYPE", "<![CDATA[", "&#10;"),
            *('encoding="', "<port", "<hyperedge", "1/3", *TABLE),
        ),
    ),
    "dot": Reader(
        _dot,
        _NETWORK,
        (
            *(
                "digraph {",
                "strict",
                "graph [",
                "node [",
                "edge [",
                "subgraph {",
                " -> ",
                "n0",
                "n1",
            ),
            *('named="', 'op="', 'value="', 'key="0"', 'net_weight="', 'slot="', 'net_a="', "<b>"),
            *('\\"', "\\\n", '" + "', "/*", "*/", "//", "\n#", ";", '{\\"fraction\\": \\"1/3\\"}'),
            *('{\\"float\\": \\"inf\\"}', '{\\"set\\": []}', "[1, 2]", "true", "null", *TABLE),
        ),
    ),
    "onnx": Reader(
        _in_file(_onnx, ".onnx"),
        (rg.GraphError,),
        (
            *sorted(FOLDED),
            *("axis", "axes", "keepdims", "perm", "to", "alpha", "Constant", "value"),
        ),
    ),
    "checkpoint": Reader(
        _in_file(lambda path: checkpoints.read(path, {}, 2), ".npz"),
        (rg.ArgumentError,),
        ("weights.npy", "text.npy", "memory.", "'descr': '<f8'", "'|O'", "'shape': (", "PK"),
    ),
    "csv": Reader(
        _in_file(_csv, ".csv"), (rg.ArgumentError,), ('"', "nan", "inf", "1e308", "\r\n", ",,")
    ),
    "derivation": Reader(
        _audit,
        (rg.GraphError,),
        ("dC/dw = ", "dE/dx = ", *TABLE),
        seconds=60,  # each line is proved, or refuted at points, to 40 digits
    ),
}
"""All readers by name."""
