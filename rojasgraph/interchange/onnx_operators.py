"""The operators of ONNX that become nodes of a network, one entry each.

An entry takes the node and its tensors and gives the tensors that it computes. What an operator
means: the ONNX project's Operators.md; the numbers are held to its own node tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError
from rojasgraph.expressions import Expression, constant
from rojasgraph.interchange.tensors import (
    Cells,
    Room,
    Tensor,
    applied,
    chained,
    mean,
    multiplied,
    scaled,
    total,
)


@dataclass(frozen=True)
class Node:
    """One node of an ONNX graph, about to be computed.

    Attributes:
        op: its operator.
        given: its inputs; None for one that is left out.
        attributes: by name.
        opset: the version of the operators.
        room: makes the cells.
    """

    op: str
    given: Sequence[Tensor | None]
    attributes: Mapping[str, Any]
    opset: int
    room: Room

    def cells(self, i: int) -> Cells:
        """Give the expressions of an input.

        Raises:
            ArgumentError: it is left out.
        """
        tensor = self.tensor(i)
        if tensor is None:
            message = f"input {i} is left out"
            raise ArgumentError(message)
        return self.room.cells(tensor)

    def tensor(self, i: int) -> Tensor | None:
        """Give an input; None where it is left out."""
        return self.given[i] if i < len(self.given) else None

    def known(self, i: int, what: str) -> np.ndarray[Any, Any] | None:
        """Give the numbers of an input that must not depend on others; None where it is left out.

        Raises:
            ArgumentError: it depends on others.
        """
        tensor = self.tensor(i)
        if tensor is None:
            return None
        if tensor.known is None:
            message = f"its {what} (input {i}) must be a constant; pass constants={{...}}"
            raise ArgumentError(message)
        return tensor.known

    def whole_numbers(self, i: int, name: str) -> list[int] | None:
        """Read a list of whole numbers from an attribute, or from an input as later versions do."""
        if name in self.attributes:
            found = self.attributes[name]
            return [int(x) for x in (found if isinstance(found, list) else [found])]
        numbers = self.known(i, name)
        return None if numbers is None else [int(x) for x in numbers.ravel()]


Build = Callable[[Node], Cells]
"""Computes the one output of a node."""

# --- element by element ---------------------------------------------------------------------------


def _mapped(build: Callable[..., Expression], **named: float) -> Build:
    """Apply a function of expressions to each element; attributes by name, with their defaults."""

    def compute(node: Node) -> Cells:
        numbers = {name: float(node.attributes.get(name, x)) for name, x in named.items()}
        arrays = [node.cells(i) for i in range(len(node.given))]
        return node.room.each(partial(build, **numbers), *arrays)

    return compute


def _row(name: str) -> Build:
    return _mapped(partial(applied, name))


def _pow(node: Node) -> Cells:
    """Raise to a power: by numbers where the exponent is known, as `x**2` does."""
    exponents = node.tensor(1)
    if exponents is None or exponents.known is None:
        return node.room.each(partial(applied, "pow"), node.cells(0), node.cells(1))
    numbers = np.empty(exponents.shape, dtype=object)
    for place, x in np.ndenumerate(exponents.known):
        numbers[place] = int(x) if float(x).is_integer() else float(x)
    return node.room.each(
        lambda base, exponent: applied("power", base, exponent=exponent), node.cells(0), numbers
    )


def _arccosh(x: Expression) -> Expression:
    roots = multiplied(applied("sqrt", x - 1), applied("sqrt", x + 1))
    return applied("log", applied("add", x, roots))


def _hard_sigmoid(x: Expression, alpha: float, beta: float) -> Expression:
    return _clipped(applied("add", scaled(x, alpha), constant(beta)), 0, 1)


def _hard_swish(x: Expression) -> Expression:
    return multiplied(x, _hard_sigmoid(x, 1 / 6, 0.5))


def _clipped(x: Expression, low: float, high: float) -> Expression:
    return applied("minimum", applied("maximum", x, constant(low)), constant(high))


def _selu(x: Expression, alpha: float, gamma: float) -> Expression:
    return scaled(applied("elu", x, alpha=alpha), gamma)


def _celu(x: Expression, alpha: float) -> Expression:
    return scaled(applied("elu", scaled(x, 1 / alpha), alpha=1), alpha)


def _prelu(x: Expression, slope: Expression) -> Expression:
    below = multiplied(slope, applied("minimum", x, constant(0)))
    return applied("add", applied("relu", x), below)


def _mish(x: Expression) -> Expression:
    return multiplied(x, applied("tanh", applied("softplus", x)))


def _swish(x: Expression, alpha: float) -> Expression:
    return multiplied(x, applied("sigmoid", scaled(x, alpha)))


def _gelu(node: Node) -> Cells:
    kind = node.attributes.get("approximate", "none")
    if kind == "none":
        return _row("gelu")(node)
    if kind != "tanh":
        message = f"its approximation is 'none' or 'tanh', not {kind!r:.40}"
        raise ArgumentError(message)
    return node.room.each(_gelu_by_tanh, node.cells(0))


def _gelu_by_tanh(x: Expression) -> Expression:
    inner = applied("add", x, scaled(applied("power", x, exponent=3), 0.044715))
    share = applied("add", constant(1), applied("tanh", scaled(inner, math.sqrt(2 / math.pi))))
    return multiplied(scaled(x, 0.5), share)


def _clip(node: Node) -> Cells:
    """Clip between bounds, which are inputs, or attributes of old versions."""
    cells = node.cells(0)
    for i, name, bound in ((1, "min", "maximum"), (2, "max", "minimum")):
        if name in node.attributes:
            limit = np.array(constant(float(node.attributes[name])), dtype=object)
            cells = node.room.each(partial(applied, bound), cells, limit)
        elif node.tensor(i) is not None:
            cells = node.room.each(partial(applied, bound), cells, node.cells(i))
    return cells


def _variadic(collect: Callable[[list[Expression]], Expression]) -> Build:
    def compute(node: Node) -> Cells:
        arrays = [node.cells(i) for i in range(len(node.given))]
        node.room.take([len(arrays), *_broadcast(*(a.shape for a in arrays))])
        return node.room.each(lambda *terms: collect(list(terms)), *arrays)

    return compute


# --- along axes -----------------------------------------------------------------------------------


def _reduced(collect: Callable[[list[Expression]], Expression]) -> Build:
    def compute(node: Node) -> Cells:
        axes = node.whole_numbers(1, "axes")
        if not axes:
            if node.attributes.get("noop_with_empty_axes", 0):
                return node.room.each(lambda x: collect([x]), node.cells(0))
            axes = None
        keep = bool(node.attributes.get("keepdims", 1))
        return node.room.along(collect, node.cells(0), axes, keep=keep)

    return compute


def _extreme(name: str, least: float) -> Callable[[list[Expression]], Expression]:
    return lambda terms: chained(name, terms) if terms else constant(least)


def _squares(terms: list[Expression]) -> Expression:
    return total([applied("square", x) for x in terms])


def _absolutes(terms: list[Expression]) -> Expression:
    return total([applied("abs", x) for x in terms])


def _product(terms: list[Expression]) -> Expression:
    return applied("prod", *terms) if terms else constant(1)


def _log_sum_exp(terms: list[Expression]) -> Expression:
    return applied("logsumexp", *terms) if terms else constant(-math.inf)


def _softmax(node: Node, *, log: bool) -> Cells:
    """Subtract the logarithm of the sum of exponentials; that does not overflow."""
    cells, shape = node.cells(0), node.cells(0).shape
    newest = node.opset >= 13  # noqa: PLR2004 - since then along one axis
    axis = int(node.attributes.get("axis", -1 if newest else 1))
    if not newest:
        if not -len(shape) <= axis <= len(shape):
            message = f"there is no axis {axis} among {len(shape)}"
            raise ArgumentError(message)
        axis = axis + len(shape) if axis < 0 else axis
        cells = cells.reshape(math.prod(shape[:axis]), math.prod(shape[axis:]))
        axis = 1
    norms = node.room.along(_log_sum_exp, cells, [axis], keep=True)
    logs = node.room.each(partial(applied, "sub"), cells, norms)
    made = logs if log else node.room.each(partial(applied, "exp"), logs)
    return made.reshape(shape)


def _matmul(node: Node) -> Cells:
    return node.room.matmul(node.cells(0), node.cells(1))


def _gemm(node: Node) -> Cells:
    """Multiply, scale, add: alpha·A·B + beta·C."""
    first, second = node.cells(0), node.cells(1)
    if first.ndim != 2 or second.ndim != 2:  # noqa: PLR2004 - matrices
        message = f"its inputs must be matrices; their shapes are {first.shape}, {second.shape}"
        raise ArgumentError(message)
    first = first.T if node.attributes.get("transA", 0) else first
    second = second.T if node.attributes.get("transB", 0) else second
    alpha, beta = (float(node.attributes.get(name, 1.0)) for name in ("alpha", "beta"))
    made = node.room.matmul(first, second)
    made = node.room.each(partial(scaled, factor=alpha), made)
    if node.tensor(2) is None:
        return made
    return node.room.each(lambda x, c: applied("add", x, scaled(c, beta)), made, node.cells(2))


# --- shapes ---------------------------------------------------------------------------------------


def _counted(build: Build) -> Build:
    """Count what stands in memory already, too: each of its scalars is named after the result."""

    def compute(node: Node) -> Cells:
        made = build(node)
        node.room.take(made.shape)
        return made

    return compute


def _identity(node: Node) -> Cells:
    return node.cells(0)


def _concat(node: Node) -> Cells:
    arrays = [node.cells(i) for i in range(len(node.given))]
    node.room.take([sum(a.size for a in arrays)])
    return np.concatenate(arrays, axis=int(node.attributes["axis"]))


def _reshape(node: Node) -> Cells:
    cells = node.cells(0)
    wanted = node.whole_numbers(1, "shape") or []
    if not node.attributes.get("allowzero", 0):
        if missing := [i for i, n in enumerate(wanted) if n == 0 and i >= cells.ndim]:
            message = f"its shape {wanted} keeps axis {missing[0]}, which its input lacks"
            raise ArgumentError(message)
        wanted = [cells.shape[i] if n == 0 else n for i, n in enumerate(wanted)]
    return cells.reshape(wanted)


def _transpose(node: Node) -> Cells:
    return np.transpose(node.cells(0), node.attributes.get("perm"))


def _flatten(node: Node) -> Cells:
    cells = node.cells(0)
    axis = int(node.attributes.get("axis", 1))
    axis = axis + cells.ndim if axis < 0 else axis
    return cells.reshape(math.prod(cells.shape[:axis]), math.prod(cells.shape[axis:]))


def _squeeze(node: Node) -> Cells:
    axes = node.whole_numbers(1, "axes")
    return np.squeeze(node.cells(0), axis=None if axes is None else tuple(axes))


def _unsqueeze(node: Node) -> Cells:
    return np.expand_dims(node.cells(0), tuple(node.whole_numbers(1, "axes") or ()))


def _expand(node: Node) -> Cells:
    cells = node.cells(0)
    shape = node.whole_numbers(1, "shape") or []
    ones = np.broadcast_to(np.array(None, dtype=object), _broadcast(cells.shape, tuple(shape)))
    return node.room.each(lambda x, _: x, cells, ones)


def _broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    return np.broadcast_shapes(*shapes)


def _gather(node: Node) -> Cells:
    cells, places = node.cells(0), node.known(1, "indices")
    if places is None:
        message = "its indices are left out"
        raise ArgumentError(message)
    axis = int(node.attributes.get("axis", 0))
    node.room.take([places.size, cells.size // max(cells.shape[axis], 1)])
    return np.take(cells, places, axis=axis)


def _slice(node: Node) -> Cells:
    cells = node.cells(0)
    starts, ends = node.whole_numbers(1, "starts") or [], node.whole_numbers(2, "ends") or []
    axes = node.whole_numbers(3, "axes") or list(range(len(starts)))
    steps = node.whole_numbers(4, "steps") or [1] * len(starts)
    counts = [len(part) for part in (starts, ends, axes, steps)]
    if len(set(counts)) > 1:
        message = f"its starts, ends, axes and steps are {', '.join(map(str, counts))}: not as many"
        raise ArgumentError(message)
    cut = [slice(None)] * cells.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        length = cells.shape[axis]
        low = max(start + length, 0 if step > 0 else -1) if start < 0 else start
        stop: int | None = max(end + length, -1) if end < 0 else end
        stop = None if stop == -1 else stop
        cut[axis] = slice(low, stop if step < 0 or stop is not None else 0, step)
    return cells[tuple(cut)]


_max = _extreme("maximum", -math.inf)
_min = _extreme("minimum", math.inf)

OPERATORS: dict[str, Build] = {
    # arithmetic
    **{op: _row(op.lower()) for op in ("Add", "Sub", "Div", "Neg", "Sqrt", "Reciprocal", "Abs")},
    "Mul": _mapped(multiplied),
    "Sign": _row("sign"),
    "Pow": _pow,
    # functions
    **{op: _row(op.lower()) for op in ("Exp", "Log", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Tanh")},
    **{f"A{op}": _row(f"arc{op}") for op in ("sin", "cos", "tan", "sinh", "tanh")},
    "Acosh": _mapped(_arccosh),
    "Erf": _row("erf"),
    # activations
    **{op: _row(op.lower()) for op in ("Relu", "Sigmoid", "Softplus", "Softsign")},
    "LeakyRelu": _mapped(lambda x, alpha: applied("leaky_relu", x, slope=alpha), alpha=0.01),
    "Elu": _mapped(partial(applied, "elu"), alpha=1.0),
    "Selu": _mapped(_selu, alpha=1.67326319217681884765625, gamma=1.05070102214813232421875),
    "Celu": _mapped(_celu, alpha=1.0),
    "PRelu": _mapped(_prelu),
    "Gelu": _gelu,
    "Mish": _mapped(_mish),
    "Swish": _mapped(_swish, alpha=1.0),
    "HardSigmoid": _mapped(_hard_sigmoid, alpha=0.2, beta=0.5),
    "HardSwish": _mapped(_hard_swish),
    "Softmax": partial(_softmax, log=False),
    "LogSoftmax": partial(_softmax, log=True),
    # several to one
    "Sum": _variadic(total),
    "Mean": _variadic(mean),
    "Max": _variadic(_max),
    "Min": _variadic(_min),
    "Clip": _clip,
    "MatMul": _matmul,
    "Gemm": _gemm,
    # along axes
    "ReduceSum": _reduced(total),
    "ReduceMean": _reduced(mean),
    "ReduceMax": _reduced(_max),
    "ReduceMin": _reduced(_min),
    "ReduceProd": _reduced(_product),
    "ReduceSumSquare": _reduced(_squares),
    "ReduceL1": _reduced(_absolutes),
    "ReduceL2": _reduced(lambda terms: applied("sqrt", _squares(terms))),
    "ReduceLogSum": _reduced(lambda terms: applied("log", total(terms))),
    "ReduceLogSumExp": _reduced(_log_sum_exp),
    # shapes
    "Identity": _counted(_identity),
    "Concat": _concat,
    "Reshape": _counted(_reshape),
    "Transpose": _counted(_transpose),
    "Flatten": _counted(_flatten),
    "Squeeze": _counted(_squeeze),
    "Unsqueeze": _counted(_unsqueeze),
    "Expand": _expand,
    "Gather": _gather,
    "Slice": _counted(_slice),
}
"""Operators by name; besides there is Constant, and what is computed of constants alone."""

FOLDED = frozenset({*OPERATORS, "Shape", "Size", "Cast", "ConstantOfShape", "Range", "Split"})
"""Operators that the package onnx computes where all their inputs are constants."""
