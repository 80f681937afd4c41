"""The network: a networkx graph whose nodes are operations, and the methods that label it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import networkx as nx
import numpy as np

from rojasgraph import labeling, numbers
from rojasgraph.contract import ParameterNames, Reading, Record, outputs_of, read
from rojasgraph.diagnosis import backward_faults, forward_faults, listed
from rojasgraph.errors import (
    ArgumentError,
    DomainError,
    DomainWarning,
    NotLabeled,
)
from rojasgraph.gradient import Gradient, fitted
from rojasgraph.interruption import held
from rojasgraph.labeling import Backward, Forward
from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.order import EdgeName, Order, is_hashable, order_of, refuse_undirected, refuse_view
from rojasgraph.table import Primitive, lookup

if TYPE_CHECKING:
    from rojasgraph.expressions import Expression

    _MultiDiGraph = nx.MultiDiGraph[Hashable]
else:
    _MultiDiGraph = nx.MultiDiGraph

_CACHE = "rojasgraph"
"""Our entry in networkx's cache, which every structural edit of the graph clears."""


class Network(_MultiDiGraph):
    """A directed multigraph whose nodes are operations, labeled by two passes.

    It is a `networkx.MultiDiGraph` in every respect. Node attributes: `op`, the name of a
    primitive, or "input", "parameter", "constant"; `arguments`; `value` on parameters and
    constants; `output=True`. Edge attributes: `slot`, `weight`, `parameter`, `trainable`.

    `feed_forward` writes the labels `value` and `derivatives` on nodes and `derivative` on edges;
    `backpropagate` writes `adjoint` and `delta` on nodes, `contribution` and `gradient` on edges.

    Args:
        incoming_graph_data: any networkx graph, or edge data, whose attributes meet the graph
            contract; it is checked by the passes, before they compute.
        multigraph_input: how networkx shall read a dict of dicts.
        **attributes: of the graph as a whole.

    Raises:
        ArgumentError: the graph is undirected.

    Source: Rojas, Neural Networks (1996), section 7.2: B-diagrams.

    >>> net = Network()
    >>> net.add_input("x")
    'x'
    >>> net.add_unit("h", "square")
    'h'
    >>> net.add_edge("x", "h", weight=3.0)
    0
    >>> net.feed_forward(x=2.0)
    {'h': 36.0}
    >>> net.backpropagate("h")["x"]
    36.0
    >>> net.nodes["h"]["derivatives"], net.edges["x", "h", 0]["derivative"]
    ((12.0,), 36.0)
    """

    def __init__(
        self,
        incoming_graph_data: Any = None,  # noqa: ANN401 - whatever networkx makes a graph of
        multigraph_input: bool | None = None,  # noqa: FBT001 - networkx's signature
        **attributes: Any,  # noqa: ANN401
    ) -> None:
        """Make a network of another graph, or an empty one."""
        refuse_undirected(incoming_graph_data)
        super().__init__(incoming_graph_data, multigraph_input, **attributes)

    # --- building -----------------------------------------------------------------------------

    def add_input(self, name: Hashable, **attributes: Any) -> Hashable:  # noqa: ANN401
        """Add an input, whose value each pass is fed.

        Args:
            name: any hashable that no node bears.
            **attributes: more node attributes, such as `label`.

        Returns:
            The name.

        Raises:
            ArgumentError: the name is taken.
        """
        return self._add(name, op="input", **attributes)

    def add_parameter(
        self,
        name: Hashable,
        value: Number,
        **attributes: Any,  # noqa: ANN401
    ) -> Hashable:
        """Add a parameter: a source that carries its value, which learning may change.

        Args:
            name: any hashable that no node bears.
            value: a number, or an array of one for each example.
            **attributes: more node attributes.

        Returns:
            The name.

        Raises:
            ArgumentError: the name is taken, or the value is no number.
        """
        return self._add(
            name, op="parameter", value=_number(name, value), added_as=name, **attributes
        )

    def add_constant(
        self,
        name: Hashable,
        value: Number,
        **attributes: Any,  # noqa: ANN401
    ) -> Hashable:
        """Add a constant: a source that carries its value and has no place in a gradient.

        Args:
            name: any hashable that no node bears.
            value: a number, or an array of one for each example.
            **attributes: more node attributes.

        Returns:
            The name.

        Raises:
            ArgumentError: the name is taken, or the value is no number.
        """
        return self._add(name, op="constant", value=_number(name, value), **attributes)

    def add_unit(
        self,
        name: Hashable,
        op: str | Primitive,
        *,
        arguments: Mapping[str, Number] | Iterable[Number] | Number = (),
        **attributes: Any,  # noqa: ANN401
    ) -> Hashable:
        """Add an operation; `add_edge` feeds it.

        Args:
            name: any hashable that no node bears.
            op: a primitive or its name.
            arguments: its numbers that are not differentiated, by name or in order.
            **attributes: more node attributes, such as `output=True` or `label`.

        Returns:
            The name.

        Raises:
            ArgumentError: the name is taken, or the arguments do not fit the primitive.
            UnknownPrimitive: the table has no such row.
        """
        row = op if isinstance(op, Primitive) else lookup(op)
        if row.arguments or arguments != ():
            listed = arguments if isinstance(arguments, Mapping) else _listed(arguments)
            attributes["arguments"] = tuple(row.bind(listed).values())
        return self._add(name, op=row.name, **attributes)

    def _add(self, name: Hashable, **attributes: Any) -> Hashable:  # noqa: ANN401
        if name in self:
            found = self.nodes[name].get("op", "without operation")
            message = f"a node {name!r} exists already ({found}): choose another name"
            raise ArgumentError(message)
        self.add_node(name, **attributes)
        return name

    @classmethod
    def from_expressions(cls, *outputs: Expression) -> Self:
        """Build the network that computes some expressions; they are its outputs.

        Args:
            *outputs: expressions, or sequences and arrays of them.

        Returns:
            A network with one node for each expression object that the outputs are made of, in
            the order in which they were built.

        Raises:
            ArgumentError: two inputs, parameters or named operations share a name.

        >>> from rojasgraph.expressions import inputs
        >>> x, y = inputs("x y")
        >>> list(Network.from_expressions((x * y).named("area")))
        ['x', 'y', 'area']
        """
        from rojasgraph.expressions import fill_network

        return fill_network(cls(), outputs)

    @classmethod
    def from_topology(cls, graph: nx.DiGraph[Hashable], **options: Any) -> Self:  # noqa: ANN401
        """Build a network of units from any directed graph: see `topologies.fill_from_topology`.

        >>> net = Network.from_topology(nx.DiGraph([("a", "b")]), activation="tanh")
        >>> net.nodes["b"]["op"], net.inputs, net.outputs
        ('tanh', ['a'], ['b'])
        """
        from rojasgraph.topologies import fill_from_topology

        return fill_from_topology(cls(), graph, **options)

    def relabel(self, mapping: Mapping[Any, Hashable]) -> Self:
        """Give nodes other names, in a copy; edges that share a weight follow the parameter.

        Args:
            mapping: old names to new ones; nodes that it does not name keep theirs.

        Returns:
            A new network. `networkx.relabel_nodes` does the same for everything but the edge
            attribute `parameter`, which names a node.

        Raises:
            ArgumentError: an edge shares a weight whose name may mean another parameter, since
                networkx renamed nodes before.
        """
        names = ParameterNames(self.nodes.items())
        renamed: Any = nx.relabel_nodes(self, dict(mapping), copy=True)
        for tail, head, attributes in renamed.edges(data=True):
            name = attributes.get("parameter")
            if not is_hashable(name):
                continue  # the passes refuse it
            if name in names.added_as and (doubt := names.doubt(name)):
                message = f"edge {tail!r} → {head!r} shares the weight {name!r}, {doubt}"
                raise ArgumentError(message)
            if name in mapping:
                attributes["parameter"] = mapping[name]
        for name, attributes in renamed.nodes(data=True):
            if "added_as" in attributes:
                attributes["added_as"] = name
        return cast("Self", renamed)

    # --- reading ------------------------------------------------------------------------------

    def _sources(self, op: str) -> list[Hashable]:
        return [name for name, node in self.nodes(data=True) if node.get("op") == op]

    @property
    def inputs(self) -> list[Hashable]:
        """The inputs' names, in the order in which they were added."""
        return self._sources("input")

    @property
    def parameters(self) -> list[Hashable]:
        """The parameters' names, in the order in which they were added."""
        return self._sources("parameter")

    @property
    def outputs(self) -> list[Hashable]:
        """The nodes marked `output=True`; where none is, the operations that feed no other."""
        return outputs_of(self)

    # --- the two passes -----------------------------------------------------------------------

    def feed_forward(
        self,
        inputs: Mapping[Any, Number] | None = None,
        /,
        *,
        strict: bool = False,
        **named: Number,
    ) -> dict[Hashable, Number]:
        """Label every node with its value and derivatives, every edge with its derivative.

        Args:
            inputs: values by node name: numbers of any system, or arrays whose axes are examples
                (they broadcast against each other). A parameter that is fed has that value in
                this pass and in the backward passes after it; what the node carries stays.
            strict: raise an error where an operation leaves its domain, instead of a warning.
            **named: the same, for names that are Python identifiers.

        Returns:
            The values of the outputs; arrays are copies.

        Raises:
            GraphError: the graph breaks the contract (`CycleError`, `UnknownPrimitive`,
                `ArgumentError`); nothing has been written then.
            MissingValue: an input was not fed, or a source carries no value.
            DomainError: with `strict`, an operation gave nan or inf for finite arguments; always,
                an operation that the number system does not have.

        Source: Rojas, Neural Networks (1996), section 7.2.

        >>> from rojasgraph.expressions import inputs
        >>> a, b = inputs("a b")
        >>> net = Network.from_expressions(((a + b) * (b + 1)).named("e"))
        >>> net.feed_forward(a=2, b=1)
        {'e': 6.0}
        """
        order = structure_of(self)
        reading = read(order, self._fed(order, by_name(inputs, named)))
        with np.errstate(all="ignore"):
            forward = run_forward(order, reading)
            record = Record(order, reading, forward)
            faults = forward_faults(record)
            _report(faults, strict=strict, stacklevel=3)
        write_whole(self, record, lambda: write_forward(order, forward))
        values = {name: forward.values[order.number[name]] for name in self.outputs}
        return {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in values.items()}

    def backpropagate(
        self,
        outputs: Any = None,  # noqa: ANN401 - a node name is any hashable
        *,
        seed: Number = 1.0,
        reduction: str = "sum",
        strict: bool = False,
    ) -> Gradient:
        """Label every node with its adjoint and deltas, every edge with what it carries back.

        Args:
            outputs: a node's name; a list of names; or a mapping from names to seeds. May be left
                out where the network has one output.
            seed: what the backward pass starts from at the outputs; broadcast to their shape.
            reduction: how the gradient of a source or weight that is the same for all examples
                collects their shares: "sum" or "mean". Labels stay per example.
            strict: raise an error where a derivative is nan or inf, instead of a warning.

        Returns:
            The gradient: a mapping from inputs and parameters to derivatives, each with the shape
            of the value that was fed; `.edges` has those by weights.

        Raises:
            NotLabeled: there was no `feed_forward` since the network was built or edited.
            ArgumentError: an output is no node, several are possible, or a seed does not fit.
            DomainError: with `strict`, an operation has no finite derivative at its arguments.

        Source: Rojas, Neural Networks (1996), sections 7.2 and 7.3.

        >>> from rojasgraph.expressions import inputs
        >>> a, b = inputs("a b")
        >>> net = Network.from_expressions(((a + b) * (b + 1)).named("e"))
        >>> _ = net.feed_forward(a=2, b=1)
        >>> dict(net.backpropagate("e"))
        {'a': 2.0, 'b': 5.0}
        """
        record = record_of(self)
        seeds = numbered_seeds(self, record, outputs, seed)
        backward, gradient = pull_back(record, seeds, reduction=reduction, strict=strict)
        write_whole(self, record, lambda: write_backward(record, backward))
        return gradient

    def _order(self) -> Order:
        """Number the graph; the order is kept until networkx tells of a structural edit."""
        record = self._cache.get(_CACHE)
        if isinstance(record, Record):
            return record.order
        order = record or order_of(self)
        self._cache[_CACHE] = order
        return order

    @property
    def _cache(self) -> dict[str, Any]:
        cache: dict[str, Any] = self.__networkx_cache__
        return cache

    def _fed(self, order: Order, fed: Mapping[Hashable, Number]) -> dict[int, Number]:
        """Number what is fed, after checking that it fits."""
        numbered = {}
        for name, value in fed.items():
            j = order.number.get(name)
            op = None if j is None else order.nodes[j].get("op")
            if j is None or op not in {"input", "parameter"}:
                raise _not_an_input(self, name, op)
            try:
                number = numbers.as_number(value)
            except TypeError as error:
                message = f"{op} {name!r} was fed no number: {error}"
                raise ArgumentError(message) from None
            numbered[j] = number.copy() if isinstance(number, np.ndarray) else number
        return numbered

    # --- keeping ------------------------------------------------------------------------------

    def to_directed_class(self) -> type[Network]:
        """Tell networkx which class a directed copy has."""
        return Network

    def __getstate__(self) -> dict[str, Any]:
        """Leave the order and the last pass behind: a copy or a pickle labels anew."""
        return self.__dict__ | {"__networkx_cache__": {}}

    def __copy__(self) -> Network:
        """Copy the structure too: two networks that share it would label each other."""
        return self.copy()

    def save(self, file: str | os.PathLike[str], **options: Any) -> Path:  # noqa: ANN401
        """Write the network to a file, which `rojasgraph.load` reads: see `rojasgraph.save`."""
        from rojasgraph.interchange.keeping import save

        return save(self, file, **options)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401
        """Show the network in a notebook as its diagram."""
        from rojasgraph.drawing.rendering import mimebundle

        return mimebundle(self)


def by_name(
    inputs: Mapping[Any, Number] | None, named: Mapping[str, Number]
) -> dict[Hashable, Number]:
    """Join what is fed by a mapping with what is fed by keywords.

    Raises:
        ArgumentError: it is no mapping, or both name the same node.
    """
    given = {} if inputs is None else inputs
    if not isinstance(given, Mapping):
        message = f"values are fed by name, as in feed_forward({{'x': 1.0}}); got {inputs!r}"
        raise ArgumentError(message)
    twice = [name for name in named if name in given]
    if twice:
        message = f"{twice[0]!r} is fed twice, in the mapping and as a keyword: keep one"
        raise ArgumentError(message)
    return {**given, **named}


def _number(name: Hashable, value: Number) -> Number:
    try:
        return numbers.as_number(value)
    except TypeError as error:
        message = f"{name!r} was given no number: {error}"
        raise ArgumentError(message) from None


def _listed(arguments: Iterable[Number] | Number) -> list[Number]:
    return list(arguments) if isinstance(arguments, Iterable) else [arguments]


def _not_an_input(net: Network, name: Hashable, op: str | None) -> ArgumentError:
    names = [*net.inputs, *net.parameters]
    near = get_close_matches(str(name), map(str, names), n=1)
    if name not in net:
        what = f"{name!r} is no node"
    elif op is None:
        what = f"node {name!r} has no operation, so it is no input"
    else:
        what = f"{name!r} is a constant" if op == "constant" else f"node {name!r} computes {op}"
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ArgumentError(f"{what}; {hint}a pass is fed by name: {names or 'no inputs'}")


def structure_of(net: Network) -> Order:
    """Give a network's nodes and edges in the order of the passes.

    Raises:
        CycleError: there is a cycle.
        GraphError: the network is a view.
    """
    refuse_view(net)
    return net._order()  # noqa: SLF001 - this module's own


def reading_of(net: Network, order: Order, fed: Mapping[Hashable, Number]) -> Reading:
    """Check a network against the contract, with what it is fed, over an order of one's own.

    Raises:
        GraphError: the graph breaks the contract, or the network is a view.
        MissingValue: an input was not fed, or a source carries no value.
    """
    refuse_view(net)
    return read(order, net._fed(order, fed))  # noqa: SLF001 - this module's own


def record_of(net: Network) -> Record:
    """Give what the last forward pass left.

    Raises:
        NotLabeled: there was none since the network was built or its structure edited.
    """
    refuse_view(net)
    record = net._cache.get(_CACHE)  # noqa: SLF001 - this module's own
    if not isinstance(record, Record):
        message = (
            "the network has no labels of its present structure: call feed_forward(...) first, "
            "and again after a structural edit or a copy"
        )
        raise NotLabeled(message)
    return record


def write_whole(net: Network, record: Record | None, write: Callable[[], None]) -> None:
    """Write labels, all of them though Ctrl-C may come: a mixture of two passes would read as one.

    Args:
        net: the network.
        record: the forward pass that the passes after it go on from; None where they cannot.
        write: writes the labels. If it fails, there is no pass to go on from.
    """
    cache = net._cache  # noqa: SLF001 - this module's own
    cache.pop(_CACHE, None)
    with held():
        write()
        if record is not None:
            cache[_CACHE] = record


def run_forward(order: Order, reading: Reading) -> Forward:
    """Run the first pass, with errors that name the node; writes no label.

    Raises:
        DomainError: an operation has no meaning among these numbers.
        ArgumentError: batches do not fit together.
    """
    try:
        return labeling.feed_forward(reading.plan, reading.sources, reading.system)
    except labeling.NodeFailure as failure:
        (j,) = failure.args
        cause = failure.__cause__
        assert cause is not None  # noqa: S101 - NodeFailure is raised from one
        if isinstance(cause, DomainError | ArgumentError):
            message = f"node {order.names[j]!r}: {cause}"
            raise type(cause)(message) from None
        if isinstance(cause, ValueError):  # numpy's, of shapes
            message = f"node {order.names[j]!r}: its batches do not fit together: {cause}"
            raise ArgumentError(message) from None
        cause.add_note(f"while labeling node {order.names[j]!r}, {order.nodes[j]['op']}")
        if isinstance(cause, TypeError):
            cause.add_note("a row computes in all number systems by the functions of xp: xp.exp")
        raise cause from None


def _report(faults: list[str], *, strict: bool, stacklevel: int) -> None:
    """Raise or warn, once, with the nodes that left their domain."""
    if not faults:
        return
    if strict:
        raise DomainError(listed(faults))
    warnings.warn(f"{listed(faults)} (strict=True raises)", DomainWarning, stacklevel=stacklevel)


def numbered_seeds(net: Network, record: Record, outputs: Any, seed: Number) -> dict[int, Number]:  # noqa: ANN401
    """Number the outputs and lift their seeds to the shape of their values."""
    given = _given_seeds(net, outputs, seed)
    system, values = record.reading.system, record.forward.values
    seeds = {}
    for name, start in given.items():
        j = record.order.number.get(name)
        if j is None:
            message = f"output {name!r} is no node; the outputs are {net.outputs}"
            raise ArgumentError(message)
        seeds[j] = _seed(system, name, start, np.shape(values[j]))
    return seeds


def _seed(system: Namespace, name: Hashable, start: Number, shape: tuple[int, ...]) -> Number:
    try:
        lifted = system.lift(numbers.as_number(start))
    except TypeError as error:
        message = f"the seed of output {name!r} is no number among {system.name}: {error}"
        raise ArgumentError(message) from None
    if not shape and not np.shape(lifted):
        return lifted
    try:
        return np.array(np.broadcast_to(lifted, shape))
    except ValueError:
        message = f"the seed of output {name!r} has shape {np.shape(lifted)}, its value {shape}"
        raise ArgumentError(message) from None


def _given_seeds(net: Network, outputs: Any, seed: Number) -> dict[Hashable, Number]:  # noqa: ANN401
    if outputs is None:
        found = net.outputs
        if len(found) != 1:
            message = f"name the output: the network has {len(found)}: {found}"
            raise ArgumentError(message)
        return {found[0]: seed}
    if isinstance(outputs, Mapping):
        given = dict(outputs)
    else:
        names = outputs if isinstance(outputs, list) else [outputs]
        if not all(map(is_hashable, names)):
            message = (
                f"outputs must be a node name, a list of names or {{name: seed}}; got {outputs!r}"
            )
            raise ArgumentError(message)
        given = dict.fromkeys(names, seed)
    if not given:
        message = f"name at least one output; got {outputs!r}; the network's are {net.outputs}"
        raise ArgumentError(message)
    return given


def pull_back(
    record: Record, seeds: Mapping[int, Number], *, reduction: str = "sum", strict: bool = False
) -> tuple[Backward, Gradient]:
    """Run the second pass and collect the gradient; writes no label.

    Args:
        record: what the forward pass left.
        seeds: by node number, of the shape of the node's value.
        reduction: "sum" or "mean" over the examples.
        strict: raise an error where a derivative is nan or inf, instead of a warning.

    Raises:
        ArgumentError: the reduction is neither, or means of different numbers of examples meet.
        DomainError: with `strict`.
    """
    if reduction not in {"sum", "mean"}:
        message = f"reduction must be 'sum' or 'mean'; got {reduction!r}"
        raise ArgumentError(message)
    shapes = {np.shape(seed) for seed in seeds.values()}
    if reduction == "mean" and len(shapes) > 1:
        message = f"outputs of different shapes {sorted(shapes)} have no common mean: take the sum"
        raise ArgumentError(message)
    reading, forward = record.reading, record.forward
    with np.errstate(all="ignore"):
        backward = labeling.backpropagate(reading.plan, forward, seeds, reading.system)
        faults = backward_faults(record, backward)
        _report(faults, strict=strict, stacklevel=4)
    return backward, gradient_of(record, backward, mean=reduction == "mean")


def gradient_of(record: Record, backward: Backward, *, mean: bool = False) -> Gradient:
    """Collect the derivatives by sources and weights from what a backward pass found."""
    order, reading, zero = record.order, record.reading, record.reading.system.zero
    sources = {
        order.names[j]: fitted(backward.adjoints[j], value, zero, mean=mean)
        for j, value in reading.sources.items()
        if j not in reading.constants
    }
    weights = reading.plan.weights

    def by_weights() -> dict[EdgeName, Number]:
        return {
            order.edge_names[e]: fitted(backward.gradients[e], weight, zero, mean=mean)
            for e, weight in enumerate(weights)
            if weight is not None
        }

    return Gradient(sources, by_weights)


def write_forward(order: Order, forward: Forward) -> None:
    """Write the first pass on the graph; what an earlier backward pass wrote is taken off."""
    for attributes, value, derivatives in zip(
        order.nodes, forward.values, forward.derivatives, strict=True
    ):
        if attributes["op"] not in _KEEP_THEIR_VALUE:
            attributes["value"] = value
        attributes["derivatives"] = derivatives
        attributes.pop("adjoint", None)
        attributes.pop("delta", None)
    for edge, derivative in zip(order.edges, forward.edge_derivatives, strict=True):
        edge["derivative"] = derivative
        edge.pop("contribution", None)
        edge.pop("gradient", None)


_KEEP_THEIR_VALUE = frozenset({"parameter", "constant"})


def write_backward(record: Record, backward: Backward) -> None:
    """Write the second pass on the graph: 0 where no path leads to the output."""
    zero = record.reading.system.zero
    order, counts = record.order, record.reading.plan.slot_counts
    for attributes, adjoint, delta, slots in zip(
        order.nodes, backward.adjoints, backward.deltas, counts, strict=True
    ):
        attributes["adjoint"] = zero if adjoint is None else adjoint
        attributes["delta"] = (zero,) * slots if delta is None else delta
    for edge, contribution, gradient in zip(
        order.edges, backward.contributions, backward.gradients, strict=True
    ):
        edge["contribution"] = zero if contribution is None else contribution
        edge["gradient"] = zero if gradient is None else gradient
