"""Sweeps over path algebras as compiled code, written from the rules of the algebra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rojasgraph.engine.algebra_code import AlgebraCode, parts_of
from rojasgraph.engine.llvm.cache import Kernel, Source, kernel
from rojasgraph.engine.llvm.emission import Value, word
from rojasgraph.engine.llvm.kernels import FIELDS, Shape
from rojasgraph.engine.llvm.rowset import RowSet
from rojasgraph.engine.llvm.single import SingleKernel, SinglePlan, context_of
from rojasgraph.engine.protocol import Result, Task
from rojasgraph.engine.routes import Routes
from rojasgraph.engine.wiring import Floats, Truths
from rojasgraph.recording import Recording

_FORWARD, _BACK = 0, 1
"""What a kernel is asked for: the field `first_tile` of its context tells it."""


class PathKernel(SingleKernel):
    """Writes `void paths(context)`: the forward pass, or the sweep over an algebra.

    Labels lie where adjoints do, the parts of an element together. They are pushed from the heads
    to the tails, node by node from the last.
    """

    name = "paths"

    def __init__(self, recordings: Sequence[Recording], shape: Shape, code: AlgebraCode) -> None:
        """Keep the code of the algebra as well."""
        super().__init__(recordings, shape)
        self._code = code

    def _write(self) -> None:
        self._scalar = self._e.of(1)
        if self._code.algebra.structural:
            self._sweep()
        else:
            asked = self._b.icmp_signed("==", self._c["first_tile"], word(_FORWARD))
            self._e.either(asked, self._forward, self._sweep)

    def _sweep(self) -> None:
        e, c = self._e, self._c
        with e.counting(c["sources"], c["nodes"], down=True) as nodes:
            flows = self._b.icmp_signed("!=", self._read("flows", nodes.index), word(0))
            with e.only_if(flows):
                self._carry_back(nodes.index)

    def _carry_back(self, node: Value) -> None:
        """Bring the label of a node to the tails of the routes into it."""
        e, structural = self._e, self._code.algebra.structural
        if not structural:
            missing = self._scalar.missing(self._read("values", node))
            self._check(missing, node, self._after(node))
        label = [self._b.load(place) for place in self._label(node)]
        slots = [self._read("first_slot", n) for n in (node, self._after(node))]
        with e.counting(slots[0], slots[1]) as places:
            slot = places.index
            partial = None if structural else self._read("slots", slot)
            ends = [self._read("first_out", s) for s in (slot, self._after(slot))]
            with e.counting(ends[0], ends[1]) as routes:
                self._join(routes.index, partial, label)

    def _join(self, route: Value, partial: Value | None, label: list[Value]) -> None:
        """Join what a route brings back to the label of its tail."""
        e = self._scalar
        derivative = e.constant(1.0)
        if partial is not None:
            derivative = partial
        if partial is not None and self._shape.weighted:
            derivative = e.mul(self._read("back_weights", route), partial)
        brought = self._rule(self._code.carry, [derivative, *label])
        places = self._label(self._read("out_edges", route))
        before = [self._b.load(place) for place in places]
        joined = self._rule(self._code.join, [*before, *brought])
        for x, place in zip(joined, places, strict=True):
            self._b.store(x, place)

    def _rule(self, recording: Recording, operands: list[Value]) -> list[Value]:
        value, others = self._writer(self._scalar.of(1)).row(recording, operands, {})
        return [value, *others]

    def _label(self, node: Value) -> list[Value]:
        """Give where the parts of a label lie."""
        width = self._code.algebra.width
        first = self._b.mul(node, word(width))
        return [self._place("adjoints", self._b.add(first, word(i))) for i in range(width)]


@dataclass(frozen=True, slots=True, eq=False)
class Swept:
    """What a compiled sweep leaves.

    Attributes:
        elements: by node and part.
        weights: by route, its weight; none after a structural sweep.
        partials: by slot, likewise.
    """

    elements: Floats
    weights: Floats
    partials: Floats


def path_kernel(rows: RowSet | None, shape: Shape, code: AlgebraCode) -> Kernel:
    """Give the kernel of an algebra for the rows of a network; None: no rows are needed."""
    recordings = () if rows is None else rows.recordings
    described = "" if rows is None else rows.description

    def write() -> Source:
        writer = PathKernel(recordings, shape, code)
        text = writer.module()
        return Source(text, frozenset(writer.needed))

    return kernel(PathKernel.name, f"{shape}\n{code.description}\n{described}", write)


def sweep_edges(kernel: Kernel, code: AlgebraCode, routes: Routes, live: Truths, end: int) -> Swept:
    """Sweep over an algebra that looks at the edges alone."""
    none = np.empty(0)
    elements, arrays = _started(code, routes, live, end)
    context = np.zeros(len(FIELDS), np.int64)
    _describe(context, routes, arrays)
    kernel.run(context.ctypes.data)
    return Swept(elements, none, none)


class PathPass:
    """The forward pass of one example, and the sweep that follows it."""

    def __init__(self, routes: Routes, rows: RowSet, kernel: Kernel, task: Task) -> None:
        """Write the context."""
        none = np.empty((0, 0))
        plan = SinglePlan(routes.wiring, rows, None)
        self._routes, self._run = routes, kernel.run
        self._context = context_of(plan, kernel, task, Result(none, none, none, none))

    def sweep(self, code: AlgebraCode, live: Truths, end: int) -> Swept:
        """Run both."""
        routes, arrays, fields = self._routes, self._context.arrays, self._context.fields
        fields[FIELDS["first_tile"]] = _FORWARD
        self._run(self._context)
        elements, own = _started(code, routes, live & routes.passing, end)
        weights = arrays["weights"]
        if len(routes.implied):
            weights = weights[routes.edges]
            edges = routes.edges[routes.implied]
            weights[routes.implied] = arrays["values"][routes.wiring.tails[edges]]
        _describe(fields, routes, own | {"back_weights": weights})
        self._run(self._context)
        return Swept(elements, weights, arrays["slots"])


def _started(
    code: AlgebraCode, routes: Routes, live: Truths, end: int
) -> tuple[Floats, dict[str, Any]]:
    """Make the labels as they are before the sweep, and the arrays that it walks."""
    algebra = code.algebra
    elements = np.empty((routes.wiring.nodes, algebra.width))
    elements[:] = parts_of(algebra.zero)
    elements[end] = parts_of(algebra.one)
    arrays = {
        "adjoints": elements,
        "flows": live.astype(routes.tails.dtype),
        "first_slot": routes.wiring.first_slot,
        "first_out": routes.first,
        "out_edges": routes.tails,
    }
    return elements, arrays


def _describe(context: Any, routes: Routes, arrays: dict[str, Any]) -> None:  # noqa: ANN401
    """Ask for the sweep: write sizes and addresses."""
    context[FIELDS["first_tile"]] = _BACK
    context[FIELDS["nodes"]] = routes.wiring.nodes
    context[FIELDS["sources"]] = routes.wiring.sources
    for name, array in arrays.items():
        context[FIELDS[name]] = array.ctypes.data
