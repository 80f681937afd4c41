"""From ONNX: a model of scalar and dense operations becomes a network, a node for each scalar."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError, GraphError, UnknownPrimitive
from rojasgraph.expressions import Expression, fill_network
from rojasgraph.interchange.extras import imported
from rojasgraph.interchange.onnx_operators import FOLDED, OPERATORS, Node
from rojasgraph.interchange.ordering import with_outputs_in_order
from rojasgraph.interchange.reading import read_bytes
from rojasgraph.interchange.tensors import Cells, Room, Tensor, applied, checked_shape, fixed
from rojasgraph.interchange.units import with_weighted_edges
from rojasgraph.network import Network

_MOST = 10**6
_LARGEST = 2**22
"""4 MiB, a million parameters: in memory the package onnx makes up to 250 times as much of it."""

_OLDEST = 7
"""The opset in which the operators got their present meaning."""


def from_onnx(
    model: Any,  # noqa: ANN401 - a file, or a model of the package onnx
    *,
    shapes: Mapping[str, Sequence[int]] | None = None,
    constants: Mapping[str, Any] | None = None,
    most: int = _MOST,
    largest: int = _LARGEST,
) -> Network:
    """Make a network of an ONNX model: one node for each scalar of each tensor.

    Scalars are called by their tensor and place: ("x", 0, 2), and "x" where a tensor has no axes.
    Tensors of floats that the model stores become parameters; other stored numbers, and those of
    `Constant`, become constants. What depends on constants alone is computed once. Within a product
    of matrices, parameters are the weights of edges.

    Args:
        model: the name of a file, in ONNX's binary form, or an `onnx.ModelProto`.
        shapes: of inputs, for axes whose length the model leaves open; else these have length 1.
        constants: inputs that shall be constants, such as axes and shapes, with their values.
        most: the most scalars that all tensors together may have.
        largest: the most bytes that a file may have; a larger one is refused unread.

    Returns:
        A network whose inputs and outputs are those of the model, in its order.

    Raises:
        UnknownPrimitive: an operator that is not supported; the message names its node.
        GraphError: the file is no valid model.
        ArgumentError: shapes do not fit, are not known, or are too large.
        MissingDependency: the package onnx is not installed.
        OSError: the file cannot be read.

    >>> from rojasgraph.interchange.to_onnx import to_onnx
    >>> from rojasgraph.topologies import layered
    >>> from_onnx(to_onnx(layered([1, 1]))).parameters
    ['bias', 'w_bias_y1', 'w_x1_y1']
    """
    onnx = imported("onnx", "onnx")
    loaded = _loaded(onnx, model, largest)
    reader = _Reader(onnx, loaded, Room(most))
    reader.read_sources(dict(shapes or {}), dict(constants or {}))
    for i, node in enumerate(loaded.graph.node):
        reader.read_node(i, node)
    net = Network()
    for name in reader.inputs:
        net.add_input(name)
    outputs = reader.outputs()
    if not outputs:
        return net  # tensors may have no scalars
    filled = with_weighted_edges(fill_network(net, outputs))
    return with_outputs_in_order(filled, [cell.name for cell in outputs])


def _loaded(onnx: Any, model: Any, largest: int) -> Any:  # noqa: ANN401
    """Load a model and check it; nothing outside its file is read.

    Raises:
        GraphError: it is no valid model, or the file is too large.
    """
    name = "the model"
    if isinstance(model, str | os.PathLike):
        name = Path(model).name
        read = read_bytes(Path(model), largest)
    try:
        if isinstance(model, str | os.PathLike):
            model = onnx.load_model_from_string(read)
        onnx.checker.check_model(model)
    except MemoryError:
        raise
    except Exception as error:  # protobuf's and the checker's own  # noqa: BLE001
        message = f"{name} is no valid ONNX model: {error!s:.300}"
        raise GraphError(message) from None
    return model


class _Reader:
    """Read a graph in its order, tensor by tensor."""

    def __init__(self, onnx: Any, model: Any, room: Room) -> None:  # noqa: ANN401
        self.onnx, self.graph, self.room = onnx, model.graph, room
        self.opset = max(
            (o.version for o in model.opset_import if o.domain in {"", "ai.onnx"}), default=1
        )
        if self.opset < _OLDEST:
            message = (
                f"the model is of opset {self.opset}; from {_OLDEST} on shapes are broadcast as "
                "numpy does: convert it with onnx.version_converter"
            )
            raise ArgumentError(message)
        newest = onnx.defs.onnx_opset_version()
        if self.opset > newest:
            message = (
                f"the model is of opset {self.opset}, and onnx {onnx.__version__} knows up to "
                f"{newest}: install a newer one"
            )
            raise ArgumentError(message)
        self.functions = {(f.domain, f.name) for f in model.functions}
        self.tensors: dict[str, Tensor] = {}
        self.inputs: list[Any] = []

    # --- sources ------------------------------------------------------------------------------

    def read_sources(self, shapes: dict[str, Sequence[int]], constants: dict[str, Any]) -> None:
        """Read what the graph stores, and what it is fed."""
        for stored in self.graph.initializer:
            self.tensors[stored.name] = self._stored(stored)
        if self.graph.sparse_initializer:
            message = "sparse tensors are not supported: store them densely"
            raise ArgumentError(message)
        names = [i.name for i in self.graph.input if i.name not in self.tensors]
        if unknown := (shapes.keys() | constants.keys()) - set(names):
            message = f"the model has no inputs {sorted(unknown)}; its inputs are {names}"
            raise ArgumentError(message)
        for given in self.graph.input:
            if given.name in constants:
                self.tensors[given.name] = _fixed(given.name, constants[given.name])
            elif given.name not in self.tensors:
                shape = self._shape(given, shapes.get(given.name))
                shape = checked_shape(given.name, shape)
                self.tensors[given.name] = made = self.room.inputs(given.name, shape)
                assert made.cells is not None  # noqa: S101 - inputs have cells
                self.inputs += [cell.name for cell in made.cells.ravel()]

    def _stored(self, stored: Any) -> Tensor:  # noqa: ANN401 - of the package onnx
        name = stored.name
        if stored.data_location == self.onnx.TensorProto.EXTERNAL:
            message = f"tensor {name!r} lies in another file: store it in the model"
            raise ArgumentError(message)
        numbers = self._numbers(stored)
        return self.room.parameters(name, numbers) if _is_float(numbers) else _fixed(name, numbers)

    def _numbers(self, stored: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - of the package onnx
        """Read a stored tensor.

        Raises:
            ArgumentError: it is too large, or its bytes are no such tensor.
        """
        self.room.take(stored.dims)
        try:
            numbers: np.ndarray[Any, Any] = self.onnx.numpy_helper.to_array(stored)
        except (ValueError, TypeError, KeyError) as error:
            message = f"tensor {stored.name!r:.80} cannot be read: {error!s:.200}"
            raise ArgumentError(message) from None
        return numbers

    def _shape(self, given: Any, wanted: Sequence[int] | None) -> Sequence[int]:  # noqa: ANN401
        """Settle the shape of an input.

        Raises:
            ArgumentError: it is no tensor of floats, or the shape that is wanted does not fit.
        """
        kind = given.type.tensor_type
        types = self.onnx.TensorProto
        floats = {types.FLOAT, types.DOUBLE, types.FLOAT16, types.BFLOAT16}
        if not given.type.HasField("tensor_type") or kind.elem_type not in floats:
            message = (
                f"input {given.name!r} is no tensor of floats: pass constants={{{given.name!r}: …}}"
            )
            raise ArgumentError(message)
        if not kind.HasField("shape"):
            if wanted is None:
                message = f"input {given.name!r} has no shape: pass shapes={{{given.name!r}: …}}"
                raise ArgumentError(message)
            return wanted
        lengths = [d.dim_value if d.HasField("dim_value") else None for d in kind.shape.dim]
        if wanted is None:
            return [1 if n is None else n for n in lengths]
        fits = len(wanted) == len(lengths) and all(
            n in {None, w} for n, w in zip(lengths, wanted, strict=True)
        )
        if not fits:
            message = f"input {given.name!r} has the shape {lengths}, not {list(wanted)}"
            raise ArgumentError(message)
        return wanted

    # --- nodes ----------------------------------------------------------------------------------

    def read_node(self, i: int, node: Any) -> None:  # noqa: ANN401 - of the package onnx
        """Compute what a node gives.

        Raises:
            UnknownPrimitive: its operator is not supported.
            ArgumentError: it cannot be computed; the message names it.
        """
        place = f"node {node.name!r}" if node.name else f"node {i}"
        place = f"{place} ({node.op_type})"
        try:
            given = [self.tensors[name] if name else None for name in node.input]
            made = self._computed(node, given, place)
        except GraphError as error:
            if str(error).startswith(place):
                raise
            message = f"{place}: {error}"
            raise type(error)(message) from None
        except (ValueError, LookupError, TypeError, ArithmeticError) as error:  # numpy's
            message = f"{place} cannot be computed: {error!s:.200}"
            raise ArgumentError(message) from None
        for name, tensor in zip(node.output, made, strict=False):
            if name:
                self._name(name, tensor)
                self.tensors[name] = tensor

    def _computed(
        self,
        node: Any,  # noqa: ANN401
        given: list[Tensor | None],
        place: str,
    ) -> Sequence[Tensor]:
        if node.op_type == "Constant" and node.domain in {"", "ai.onnx"}:
            return [fixed(self._constant(node))]
        self._refuse_unknown(node, given, place)
        if self._is_constant(node, given):
            return self._folded(node, given)
        if node.op_type == "Shape":  # known, though the numbers are not
            return [fixed(_lengths(node, given))]
        attributes = {a.name: self._attribute(a) for a in node.attribute}
        cells = OPERATORS[node.op_type](
            Node(node.op_type, given, attributes, self.opset, self.room)
        )
        return [Tensor(cells)]

    def _refuse_unknown(self, node: Any, given: list[Tensor | None], place: str) -> None:  # noqa: ANN401
        own = node.domain in {"", "ai.onnx"} and (node.domain, node.op_type) not in self.functions
        known = {*OPERATORS, "Shape"}
        if own and (node.op_type in known or self._is_constant(node, given)):
            return
        domain = "" if node.domain in {"", "ai.onnx"} else f"{node.domain}."
        message = (
            f"{place}: the operator {domain}{node.op_type} is not supported; there are "
            f"{', '.join(sorted({*OPERATORS, 'Constant'}))}"
        )
        raise UnknownPrimitive(message)

    def _is_constant(self, node: Any, given: list[Tensor | None]) -> bool:  # noqa: ANN401
        """Tell whether a node's result is known, and small enough to be computed now."""
        if node.op_type not in FOLDED:
            return False
        if not all(t is None or t.fixed for t in given):
            return False
        sizes = [math.prod(max(length, 1) for length in t.shape) for t in given if t is not None]
        return math.prod(sizes) <= self.room.most  # what broadcasting and products make of them

    def _folded(self, node: Any, given: list[Tensor | None]) -> list[Tensor]:  # noqa: ANN401
        """Let the package onnx compute a node of constants.

        Raises:
            ArgumentError: it cannot, or the result is too large.
        """
        claimed = _claimed_shape(node.op_type, given)
        if claimed is not None:
            self.room.take(claimed)
        helper, proto = self.onnx.helper, self.onnx.TensorProto
        fed = {n: t.known for n, t in zip(node.input, given, strict=True) if t is not None}
        try:
            inputs = [
                helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
                for n, x in fed.items()
                if x is not None
            ]
            outputs = [helper.make_tensor_value_info(n, proto.UNDEFINED, None) for n in node.output]
            graph = helper.make_graph([node], "constants", inputs, outputs)
            model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
            evaluator = imported("onnx.reference", "onnx").ReferenceEvaluator(model)
            with np.errstate(all="ignore"):
                made = [fixed(x) for x in evaluator.run(None, fed)]
        except Exception as error:  # whatever a hostile node meets there  # noqa: BLE001
            message = f"it cannot be computed of these constants: {error!s:.200}"
            raise ArgumentError(message) from None
        if claimed is None:
            for tensor in made:
                self.room.take(tensor.shape)
        return made

    def _attribute(self, attribute: Any) -> Any:  # noqa: ANN401
        value = self.onnx.helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            return value.decode(errors="replace")
        return list(value) if attribute.ints or attribute.floats else value

    def _constant(self, node: Any) -> Any:  # noqa: ANN401
        """Give the numbers of a node `Constant`.

        Raises:
            ArgumentError: they are of another kind.
        """
        (attribute,) = node.attribute
        value = self.onnx.helper.get_attribute_value(attribute)
        if attribute.name == "value":
            return self._numbers(value)
        if attribute.name in {"value_float", "value_floats"}:
            return np.asarray(value, dtype=np.float32)
        if attribute.name in {"value_int", "value_ints"}:
            return np.asarray(value, dtype=np.int64)
        message = f"a constant of the kind {attribute.name} is not supported"
        raise ArgumentError(message)

    @staticmethod
    def _name(name: str, tensor: Tensor) -> None:
        """Call the scalars of a result by its name, as far as they are new."""
        if tensor.cells is None:
            return
        for place, cell in np.ndenumerate(tensor.cells):
            if cell.name is None:
                cell.name = (name, *place) if place else name

    # --- outputs ----------------------------------------------------------------------------------

    def outputs(self) -> list[Expression]:
        """Give the scalars of the graph's outputs, each a node that bears its name."""
        return [cell for given in self.graph.output for cell in self._output(given.name)]

    def _output(self, name: str) -> Iterator[Expression]:
        cells: Cells = self.room.cells(self.tensors[name])
        for place, cell in np.ndenumerate(cells):
            full = (name, *place) if place else name
            yield cell if cell.name == full else applied("identity", cell).named(full)


def _lengths(node: Any, given: Sequence[Tensor | None]) -> np.ndarray[Any, Any]:  # noqa: ANN401
    """Give the lengths of a tensor's axes, or of those that a node `Shape` asks for."""
    asked = {attribute.name: attribute.i for attribute in node.attribute}
    (tensor,) = given
    if tensor is None:
        message = "its input is left out"
        raise ArgumentError(message)
    return np.array(tensor.shape[asked.get("start", 0) : asked.get("end")], dtype=np.int64)


def _claimed_shape(op: str, given: Sequence[Tensor | None]) -> Sequence[int] | None:
    """Give the shape that numbers ask for; None where the shapes of the inputs bound it."""
    if op not in {"ConstantOfShape", "Expand", "Range"}:
        return None
    known = [t.known for t in given if t is not None and t.known is not None]
    if len(known) < len(given):
        message = "an input is left out"
        raise ArgumentError(message)
    if op == "Range":
        start, limit, delta = (float(x.item()) for x in known)
        length = (limit - start) / delta if delta else math.inf
        if not math.isfinite(length):
            message = f"a range from {start} to {limit} by {delta} has no end"
            raise ArgumentError(message)
        return [max(math.ceil(length), 0)]
    lengths = [int(n) for n in known[-1].ravel()]
    return lengths if op == "ConstantOfShape" else np.broadcast_shapes(known[0].shape, lengths)


def _is_float(numbers: np.ndarray[Any, Any]) -> bool:
    return bool(numbers.dtype.kind == "f" or numbers.dtype.name == "bfloat16")


def _fixed(name: str, numbers: Any) -> Tensor:  # noqa: ANN401 - of a model, or a user
    try:
        return fixed(numbers)
    except ValueError as error:  # also numpy's, of lists of different lengths
        message = f"tensor {name!r:.80}: {error}"
        raise ArgumentError(message) from None
