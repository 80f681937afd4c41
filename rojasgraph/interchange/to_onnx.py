"""To ONNX: the first pass as a graph of operators; gradients are no part of that format."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rojasgraph import files
from rojasgraph.errors import ArgumentError
from rojasgraph.interchange.extras import imported
from rojasgraph.interchange.identifiers import Identifiers
from rojasgraph.interchange.onnx_rows import NATIVE, operation
from rojasgraph.interchange.soundness import sound
from rojasgraph.network import Network
from rojasgraph.numbers.kinds import Number, to_float
from rojasgraph.order import Order
from rojasgraph.recording import interpret, record
from rojasgraph.table import Primitive
from rojasgraph.terms import Term

_OPSET, _IR = 20, 9
"""The first version with Gelu, of 2023; and the file format of that time."""


def to_onnx(
    net: Network,
    file: str | os.PathLike[str] | None = None,
    *,
    dtype: str = "float32",
) -> Any:  # noqa: ANN401 - a model of the package onnx
    """Write what a network computes as an ONNX model.

    Each input is a tensor of one axis, the examples of a batch; so is each output that depends on
    one. Parameters, constants and weights are initializers. All are called as the nodes are, as
    far as these names are words.

    Args:
        net: the network; its numbers are real.
        file: where to write the model; default nowhere.
        dtype: "float32", or "float64", for which some runtimes lack operators.

    Returns:
        The model, an `onnx.ModelProto`, which `onnx.checker` has passed.

    Raises:
        GraphError: the network breaks the graph contract.
        ArgumentError: a number is not real, or an operation cannot be written.
        MissingDependency: the package onnx is not installed.
        OSError: the file cannot be written.

    >>> from rojasgraph.formula import parse
    >>> model = to_onnx(Network.from_expressions(parse("tanh(2*x)").named("y")))
    >>> [node.op_type for node in model.graph.node]
    ['Mul', 'Identity', 'Tanh']
    """
    onnx = imported("onnx", "onnx")
    path = None if file is None else files.target(file)
    if dtype not in {"float32", "float64"}:
        message = f"dtype must be 'float32' or 'float64'; got {dtype!r}"
        raise ArgumentError(message)
    model = _Writer(onnx, net, dtype).model()
    onnx.checker.check_model(model)
    if path is not None:
        files.write(path, model.SerializeToString())
    return model


class _Writer:
    """Write the operators of one network; it is the emitter of the rows."""

    def __init__(self, onnx: Any, net: Network, dtype: str) -> None:  # noqa: ANN401
        self.onnx, self.dtype = onnx, np.dtype(dtype)
        self.order, reading = sound(net)
        self.plan, self.sources = reading.plan, reading.sources
        self.inputs, self.outputs = net.inputs, net.outputs
        self.identifiers = Identifiers(())
        self.tensors = {self.order.number[name]: self.identifiers.new(name) for name in net}
        self.values = dict(self.tensors)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.constants: dict[float, str] = {}

    def model(self) -> Any:  # noqa: ANN401 - as above
        """Write the graph, node by node."""
        helper = self.onnx.helper
        for j in range(len(self.order.names)):
            self._node(j)
        batched = _fed(self.order)
        shape = ["batch"]
        inputs = [self._described(self.order.number[n], shape) for n in self.inputs]
        outputs = []
        for j in (self.order.number[n] for n in self.outputs):
            if self.plan.primitives[j] is None:  # a source cannot be an output itself
                self.tensors[j] = self.operator("Identity", self.values[j])
            outputs.append(self._described(j, shape if j in batched else []))
        graph = helper.make_graph(self.nodes, "network", inputs, outputs, self.initializers)
        opset = helper.make_opsetid("", _OPSET)
        return helper.make_model(
            graph, opset_imports=[opset], ir_version=_IR, producer_name="rojasgraph"
        )

    def _described(self, j: int, shape: list[str]) -> Any:  # noqa: ANN401 - as above
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)
        return self.onnx.helper.make_tensor_value_info(self.tensors[j], kind, shape)

    # --- the emitter --------------------------------------------------------------------------

    def operator(self, op: str, *tensors: str, **attributes: float) -> str:
        """Write an operator; give the tensor that it computes."""
        return self._operator(op, self.identifiers.new("part"), tensors, attributes)

    def _operator(
        self, op: str, result: str, tensors: tuple[str, ...], attributes: Mapping[str, float]
    ) -> str:
        made = self.onnx.helper.make_node(op, list(tensors), [result], result, **attributes)
        self.nodes.append(made)
        return result

    def constant(self, value: Number) -> str:
        """Give the tensor of a number; equal numbers share it."""
        number = to_float(value)
        key = number or math.copysign(5e-324, number)  # two zeros
        if key not in self.constants or number != number:  # noqa: PLR0124 - nan
            self.constants[key] = self._stored(self.identifiers.new("constant"), number)
        return self.constants[key]

    def _stored(self, name: str, value: float) -> str:
        with np.errstate(over="ignore"):
            rounded = np.array(value, self.dtype)
        if np.isinf(rounded) and not math.isinf(value):
            message = f"{value} is beyond the largest {self.dtype}: pass dtype='float64'"
            raise ArgumentError(message)
        tensor = self.onnx.numpy_helper.from_array(rounded, name)
        self.initializers.append(tensor)
        return name

    # --- nodes ----------------------------------------------------------------------------------

    def _node(self, j: int) -> None:
        row = self.plan.primitives[j]
        if row is None:
            if self.order.nodes[j]["op"] != "input":
                self._stored(self.tensors[j], self._number(j, self.sources[j]))
            return
        slots: list[list[str]] = [[] for _ in range(self.plan.slot_counts[j])]
        for e in self.order.incoming[j]:
            slots[self.plan.slots[e]].append(self._carried(e))
        nets = [t[0] if len(t) == 1 else self.operator("Sum", *t) for t in slots]
        try:
            self._row(j, row, nets)
        except ArgumentError as error:
            message = f"node {self.order.names[j]!r}: {error}"
            raise ArgumentError(message) from None

    def _number(self, j: int, value: Number) -> float:
        try:
            return to_float(value)
        except TypeError as error:
            message = f"node {self.order.names[j]!r}: ONNX holds real numbers: {error}"
            raise ArgumentError(message) from None

    def _carried(self, e: int) -> str:
        """Write what an edge carries: the value at its tail, times its weight."""
        value, weight = self.values[self.order.tails[e]], self.plan.weights[e]
        if e in self.plan.shared:
            return self.operator("Mul", value, self.values[self.plan.shared[e]])
        if weight is None:
            return value
        tail, head = self.order.tails[e], self.order.heads[e]
        name = self.identifiers.new(f"w_{self.values[tail]}_{self.values[head]}")
        return self.operator("Mul", value, self._stored(name, self._number(head, weight)))

    def _row(self, j: int, row: Primitive, nets: list[str]) -> None:
        """Write a node's operation, so that its result bears the node's name."""
        arguments = self.plan.arguments[j]
        if row.name in NATIVE and not (arguments and self.dtype == np.float64):  # these are float32
            op, names = NATIVE[row.name]
            attributes = {names[n]: self._number(j, x) for n, x in arguments.items()}
            self._operator(op, self.tensors[j], tuple(nets), attributes)
            return
        recording = replace(record(row, len(nets), tuple(arguments.values())), partials=())
        value, _ = interpret(
            recording,
            nets,
            constant=self._constant_term,
            operation=lambda op, operands: operation(self, op, operands),
        )
        self._operator("Identity", self.tensors[j], (value,), {})

    def _constant_term(self, term: Term) -> str:
        return self.constant(term.constant)


def _fed(order: Order) -> set[int]:
    """Number the nodes that an input reaches, on edges or by a shared weight."""
    reached: set[int] = set()
    for j, node in enumerate(order.nodes):
        tails = {order.tails[e] for e in order.incoming[j]}
        if node["op"] == "input" or tails & reached:
            reached.add(j)
    return reached
