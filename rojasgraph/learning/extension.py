"""The extended network: a network with target inputs and the nodes that measure its error."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rojasgraph.errors import ArgumentError
from rojasgraph.expressions import Expression
from rojasgraph.learning.losses import READS_LOGITS, Loss, errors_of
from rojasgraph.network import Network
from rojasgraph.order import EdgeName
from rojasgraph.primitives import add, identity

if TYPE_CHECKING:
    import networkx as nx

ERROR_GROUP = "error"
"""The attribute `group` of what `extend` adds, by which drawings frame it."""

REDUCTION = "reduction"
"""The attribute of the graph that says how patterns are joined."""

LOSS = "loss"
"""The attribute of the graph that names the loss, if it has a name."""


def extend(
    net: nx.DiGraph[Hashable],
    loss: Loss = "half_squared",
    *,
    reduction: str = "sum",
    targets: Iterable[Hashable] | None = None,
    name: Hashable = "E",
) -> Network:
    """Add target inputs and error nodes to a network, in a copy: the extended network.

    Each output o gets a target t, an input, and a node for its error; the error E of a pattern is
    their sum, and the only output. E is the error of one pattern: in a batch it has one entry for
    each. How patterns are joined is the `reduction`, which `train` follows; in passes by hand, say
    `backpropagate(reduction=...)`.

    Args:
        net: a network, or any networkx digraph that meets the graph contract.
        loss: "half_squared" ½(o − t)², as in the book; "squared" (o − t)²; "absolute" |o − t|;
            "huber" (`rg.huber(delta)` for another than 1); "sigmoid_cross_entropy" and
            "softmax_cross_entropy", which take the outputs as logits and never form ln 0; or your
            own: a function of (output, target), or a formula in the inputs `output` and `target`.
            A `sigmoid` output under "sigmoid_cross_entropy" is split in two, its net input (which
            the error reads) and the sigmoid itself.
        reduction: "sum" or "mean", over the patterns.
        targets: the target inputs' names, in the order of the outputs; default t for one output,
            t1, t2, … for several.
        name: of the node of the error; errors of several outputs are called E1, E2, ….

    Returns:
        The extended network; what was added has the attribute `group="error"`, and a target input
        `target`, the output that it is for. `unextend` takes it off again.

    Raises:
        ArgumentError: there is no such loss or reduction, the network has no outputs or is
            extended already, or a name is taken.

    Source: Rojas, Neural Networks (1996), section 7.3.

    >>> from rojasgraph.topologies import layered
    >>> error = extend(layered([2, 2, 2]))
    >>> error.inputs, error.outputs
    (['x1', 'x2', 't1', 't2'], ['E'])
    >>> [n for n, group in error.nodes(data="group") if group == "error"]
    ['t1', 't2', 'E1', 'E2', 'E']
    """
    if reduction not in {"sum", "mean"}:
        message = f"reduction must be 'sum' or 'mean', over the patterns; got {reduction!r}"
        raise ArgumentError(message)
    extended = net.copy() if isinstance(net, Network) else Network(net)
    if is_extended(extended):
        message = "the network is extended already: extend the one that it was made from"
        raise ArgumentError(message)
    outputs = extended.outputs
    if not outputs:
        message = "the network has no outputs whose error could be measured"
        raise ArgumentError(message)
    names = _target_names(outputs, targets)
    for output, target in zip(outputs, names, strict=True):
        extended.nodes[output].pop("output", None)
        extended.add_input(target, target=output, group=ERROR_GROUP)
    read = [_logit(extended, o) for o in outputs] if loss == READS_LOGITS else outputs
    measure, errors = _measure(loss, len(outputs), name)
    places: dict[Hashable, Hashable] = {("o", i): node for i, node in enumerate(read)}
    places |= {("t", i): node for i, node in enumerate(names)}
    _graft(extended, measure, places, errors)
    extended.graph[REDUCTION] = reduction
    if isinstance(loss, str):
        extended.graph[LOSS] = loss
    return extended


def unextend(extended: Network) -> Network:
    """Take the targets and error nodes of `extend` off again, in a copy that keeps the weights.

    Args:
        extended: what `extend` made, trained or not.

    Returns:
        The network that was extended, with the weights that it has now.

    Raises:
        ArgumentError: the network was not extended.

    >>> from rojasgraph.topologies import layered
    >>> unextend(extend(layered([2, 1]))).outputs
    ['y1']
    """
    outputs = list(_marked(extended, "target").values())
    if not outputs:
        message = "the network has no targets that `extend` added: it is not extended"
        raise ArgumentError(message)
    net = extended.copy()
    measuring = _marked(extended, "group")
    net.remove_nodes_from([node for node, group in measuring.items() if group == ERROR_GROUP])
    for logit, unit in _marked(net, "unit").items():
        _move_edges(net, logit, unit)
        net.remove_node(logit)
    for attribute in (REDUCTION, LOSS):
        net.graph.pop(attribute, None)
    if net.outputs != outputs:
        for output in outputs:
            net.nodes[output]["output"] = True
    return net


def is_extended(net: nx.DiGraph[Hashable]) -> bool:
    """Tell whether a network has targets that `extend` added."""
    return bool(_marked(net, "target"))


def targets_of(net: nx.DiGraph[Hashable]) -> list[Hashable]:
    """List the target inputs, in the order of the outputs that they are for."""
    return list(_marked(net, "target"))


def _marked(net: nx.DiGraph[Hashable], attribute: str) -> dict[Hashable, Any]:
    """Give the nodes that have an attribute, with its value."""
    return {node: data[attribute] for node, data in net.nodes(data=True) if attribute in data}


def base_edge(extended: Network, edge: EdgeName) -> EdgeName:
    """Name an edge of the extended network as the network that was extended does."""
    tail, head, key = edge
    unit = extended.nodes[head].get("unit")
    return (tail, head if unit is None else unit, key)


def _target_names(
    outputs: Sequence[Hashable], targets: Iterable[Hashable] | None
) -> list[Hashable]:
    if targets is None:
        many = len(outputs) > 1
        return [f"t{i}" if many else "t" for i in range(1, len(outputs) + 1)]
    names = list(targets)
    if len(names) != len(outputs):
        message = f"{len(names)} targets {names} for {len(outputs)} outputs {outputs}"
        raise ArgumentError(message)
    return names


def _measure(loss: Loss, count: int, name: Hashable) -> tuple[Network, list[Hashable]]:
    """Build the network that measures the error, by itself, and list the errors' names.

    Its inputs are the outputs ("o", i) and the targets ("t", i).
    """
    outputs = [Expression("input", name=("o", i)) for i in range(count)]
    targets = [Expression("input", name=("t", i)) for i in range(count)]
    errors = errors_of(loss, outputs, targets)
    if count == 1:
        return Network.from_expressions(_named(errors[0], name)), [name]
    names = [f"{name}{i}" for i in range(1, count + 1)]
    total: Any = add(*map(_named, errors, names))
    return Network.from_expressions(total.named(name)), [*names, name]


def _named(error: Expression, name: Hashable) -> Expression:
    """Name an error; a source, or what has a name already, passes through a node."""
    taken = error.name is not None
    return (Expression(identity, [error]) if taken else error).named(name)


def _logit(net: Network, output: Hashable) -> Hashable:
    """Split a sigmoid unit: its net input becomes a node of its own; other outputs are logits."""
    if net.nodes[output]["op"] != "sigmoid":
        return output
    logit = _free(net, f"{output}_net")
    net.add_unit(logit, "add", unit=output)
    _move_edges(net, output, logit)
    net.add_edge(logit, output)
    return logit


def _move_edges(net: Network, head: Hashable, to: Hashable) -> None:
    """Move the edges that lead to one node to another; what leads between them is dropped."""
    edges = list(net.in_edges(head, keys=True, data=True))
    net.remove_edges_from([edge[:3] for edge in net.in_edges(to, keys=True) if edge[0] == head])
    for tail, _, key, attributes in edges:
        net.remove_edge(tail, head, key)
        net.add_edge(tail, to, key, **attributes)


def _graft(
    net: Network, part: Network, places: Mapping[Hashable, Hashable], errors: Sequence[Hashable]
) -> None:
    """Add a network to another one, some of its inputs being nodes that are there."""
    names = {**places}
    for node, attributes in part.nodes(data=True):
        if node in places:
            continue
        if attributes["op"] == "input":
            message = f"a loss is computed from output and target; got the input {node!r}"
            raise ArgumentError(message)
        if node in errors and node in net:
            message = f"a node {node!r} exists already: choose another with name="
            raise ArgumentError(message)
        names[node] = _free(net, node)
        net.add_node(names[node], **{**attributes, "group": ERROR_GROUP})
    for tail, head, attributes in part.edges(data=True):
        net.add_edge(names[tail], names[head], **attributes)


def _free(net: Network, name: Hashable) -> Hashable:
    """Give a name that no node bears: the one given, else with a number behind it."""
    if name not in net:
        return name
    stem = str(name).rstrip("0123456789")
    return next(n for i in itertools.count(1) if (n := f"{stem}{i}") not in net)
