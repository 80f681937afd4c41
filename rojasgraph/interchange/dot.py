"""DOT: the structure of a network for Graphviz and what reads its language; written, not read.

Nodes are called n0, n1, …, in the order of the network; what they are stands in the attributes
`name`, `op`, `value`, `arguments`, `slot`, `weight`, `parameter`, and in a label. For a drawing of
the labeled graph there is `rg.render`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rojasgraph.interchange.rows import attributes_of
from rojasgraph.interchange.soundness import sound
from rojasgraph.network import Network

_SIGN_OF_CONTROL = "�"


def to_dot(net: Network) -> str:
    r"""Write a network's structure in Graphviz's language.

    Args:
        net: the network.

    Raises:
        GraphError: it breaks the graph contract.

    >>> net = Network()
    >>> _ = net.add_input("x"), net.add_unit("h", "tanh"), net.add_edge("x", "h", weight=0.3)
    >>> print(to_dot(net))
    digraph {
      n0 [label="x", name="x", op="input"];
      n1 [label="h = tanh", name="h", op="tanh"];
      n0 -> n1 [label="0.3", key="0", weight_value="0.3"];
    }
    """
    sound(net)
    number = {name: f"n{i}" for i, name in enumerate(net)}
    lines = ["digraph {"]
    for name, attributes in net.nodes(data=True):
        kept = attributes_of(attributes, labels=False)
        listed = _listed({"label": _label(name, kept), "name": name, **_own(kept)})
        lines.append(f"  {number[name]} [{listed}];")
    for tail, head, key, attributes in net.edges(keys=True, data=True):
        kept = attributes_of(attributes, labels=False, is_node=False)
        label = kept.get("weight", kept.get("parameter", ""))
        listed = _listed({"label": label, "key": key, **_own(kept)})
        lines.append(f"  {number[tail]} -> {number[head]} [{listed}];")
    return "\n".join([*lines, "}"]) + "\n"


def _label(name: object, attributes: Mapping[Any, Any]) -> str:
    op = attributes["op"]
    if op in {"parameter", "constant"}:
        return f"{name} = {_shown(attributes.get('value'))}"
    if op == "input":
        return str(name)
    arguments = _shown(attributes.get("arguments", ()))
    return f"{name} = {op}" if arguments == "()" else f"{name} = {op} {arguments}"


def _shown(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes no number of more digits
        return "(thousands of digits)"


_KEPT = ("op", "value", "arguments", "output", "slot", "parameter", "trainable")


def _own(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Choose the attributes of the graph contract; `weight` means something else to Graphviz."""
    kept = {name: attributes[name] for name in _KEPT if name in attributes}
    if "weight" in attributes:
        kept["weight_value"] = attributes["weight"]
    return kept


def _listed(attributes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in attributes.items())


def _quoted(value: object) -> str:
    """Write a text between quotes, in which only a quote and a backslash mean something."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", _SIGN_OF_CONTROL, _shown(value))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
