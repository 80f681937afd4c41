"""What the engines are held against: both passes of a workload, written by other means.

Each function takes a workload and its inputs, and gives a step: a function that runs both passes
and returns the derivatives by the inputs, a row for each example; or None where the way is not
made for such a network. All start from 1 at each output.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from rojasgraph.engine.levels import levels, offsets
from tests.benchmarks.workloads import Workload

Step = Callable[[], np.ndarray]

DEEPEST = {"by level": 3_000, "scipy": 3_000, "torch": 3_000, "jax": 250}
"""How many levels make the leveled ways hopeless: compiling, or thousands of calls for little."""

FORMULA = 100
"""Up to how many nodes an expression is a formula."""

MOST_TIMES = {"by level": 2e8, "scipy": 2e8, "jax": 2e7, "torch": 2e8}
"""How many edges times examples they are asked for: more memory or time is not there."""


# --- level by level -----------------------------------------------------------------------------


@dataclass
class Level:
    """A level: its nodes, the edges into them, and these edges by tail.

    Attributes:
        nodes: in the new numbering, in which levels follow one another.
        kinds: the operations and which of the nodes have them.
        tails: by edge.
        edges: their weights.
        first: by node, where its edges begin.
        heads: by edge, which node of the level.
        by_tail: the order of the edges by tail.
        distinct: the tails, each once.
        first_of_tail: where the edges of each begin in `by_tail`.
    """

    nodes: slice
    kinds: list[tuple[str, np.ndarray]]
    tails: np.ndarray
    edges: slice
    first: np.ndarray
    heads: np.ndarray
    by_tail: np.ndarray
    distinct: np.ndarray
    first_of_tail: np.ndarray


@dataclass
class Leveled:
    """A network of weighted units, numbered by level.

    Attributes:
        levels: from the first after the inputs.
        weights: by edge, in the order of the levels.
        count: how many nodes there are.
        inputs: how many inputs: the first nodes.
        outputs: nodes.
    """

    levels: list[Level]
    weights: np.ndarray
    count: int
    inputs: int
    outputs: np.ndarray


def leveled(work: Workload, way: str) -> Leveled | None:
    """Number a network by level; None where it has no weights, too many levels, or is layers."""
    if work.weights is None or work.sizes:
        return None
    count = len(work.ops)
    order = np.argsort(work.tails, kind="stable")
    incoming = np.bincount(work.heads, minlength=count)
    level = levels(offsets(np.bincount(work.tails, minlength=count)), work.heads[order],
                   incoming.astype(np.int32))  # fmt: skip
    if level.max() > DEEPEST[way] or len(work.tails) * work.batch > MOST_TIMES.get(way, np.inf):
        return None
    nodes = np.argsort(level, kind="stable")
    place = np.empty(count, np.int64)
    place[nodes] = np.arange(count)
    edges = np.argsort(place[work.heads], kind="stable")
    tails, heads = place[work.tails][edges], place[work.heads][edges]
    first_node = np.searchsorted(level[nodes], np.arange(level.max() + 2)).tolist()
    ops, found = work.ops[nodes], []
    for start, stop in pairwise(first_node[1:]):
        a, b = np.searchsorted(heads, [start, stop]).tolist()
        by_tail = np.argsort(tails[a:b], kind="stable")
        distinct, first = np.unique(tails[a:b][by_tail], return_index=True)
        kinds = [(op, np.flatnonzero(ops[start:stop] == op)) for op in np.unique(ops[start:stop])]
        found.append(
            Level(
                slice(start, stop), kinds, tails[a:b], slice(a, b),
                np.searchsorted(heads[a:b], np.arange(start, stop)), heads[a:b] - start,
                by_tail, distinct, first,
            )
        )  # fmt: skip
    inputs = np.flatnonzero(work.ops == "input")
    assert (place[inputs] == np.arange(len(inputs))).all()
    return Leveled(found, work.weights[edges], count, len(inputs), place[work.outputs])


def activate(level: Level, net: Any, xp: Any, chosen: Callable[..., Any]) -> tuple[Any, Any]:
    """Compute values and slopes of a level, each operation for its nodes."""
    functions: dict[str, Callable[[Any], tuple[Any, Any]]] = {
        "identity": lambda x: (x, xp.ones_like(x)),
        "tanh": lambda x: (y := xp.tanh(x), 1 - y * y),
        "sigmoid": lambda x: (y := 1 / (1 + xp.exp(-x)), y * (1 - y)),
        "relu": lambda x: (xp.where(x > 0, x, 0 * x), xp.where(x > 0, 1.0, 0.0)),
        "sin": lambda x: (xp.sin(x), xp.cos(x)),
    }
    if len(level.kinds) == 1:
        return functions[level.kinds[0][0]](net)
    parts = [functions[op](net[rows]) for op, rows in level.kinds]
    order = np.argsort(np.concatenate([rows for _, rows in level.kinds]))
    return tuple(chosen([part[i] for part in parts], order) for i in (0, 1))


def joined(parts: list[np.ndarray], order: np.ndarray) -> np.ndarray:
    """Put the parts of a level together again."""
    return np.concatenate(parts)[order]


def by_level(work: Workload, examples: np.ndarray) -> Step | None:
    """Numpy, written by hand: a few calls for each level."""
    net = leveled(work, "by level")
    if net is None:
        return None
    x, batch = np.ascontiguousarray(examples.T), work.batch
    values, adjoints = np.empty((net.count, batch)), np.empty((net.count, batch))
    slopes = np.empty(len(net.weights))

    def step() -> np.ndarray:
        values[: net.inputs] = x
        adjoints.fill(0)
        partials = []
        for level in net.levels:
            carried = values[level.tails] * net.weights[level.edges, None]
            here, partial = activate(level, np.add.reduceat(carried, level.first), np, joined)
            values[level.nodes] = here
            partials.append(partial)
        adjoints[net.outputs] = 1
        for level, partial in zip(reversed(net.levels), reversed(partials), strict=True):
            deltas = (adjoints[level.nodes] * partial)[level.heads]
            slopes[level.edges] = np.vecdot(values[level.tails], deltas)
            deltas *= net.weights[level.edges, None]
            adjoints[level.distinct] += np.add.reduceat(deltas[level.by_tail], level.first_of_tail)
        return adjoints[: net.inputs].T

    return step


def scipy(work: Workload, examples: np.ndarray) -> Step | None:
    """The same with sparse matrices, whose weights are new at each step."""
    net = leveled(work, "scipy")
    if net is None:
        return None
    from scipy.sparse import csr_matrix

    x, batch = np.ascontiguousarray(examples.T), work.batch
    values, adjoints = np.empty((net.count, batch)), np.empty((net.count, batch))
    slopes = np.empty(len(net.weights))
    forward, backward = [], []
    for level in net.levels:
        shape = (level.nodes.stop - level.nodes.start, level.nodes.start)
        first = np.append(level.first, len(level.tails))
        weights = net.weights[level.edges]
        forward.append(csr_matrix((weights, level.tails, first), shape))
        first = offsets(np.bincount(level.tails, minlength=shape[1]))
        columns = level.heads[level.by_tail]
        backward.append(csr_matrix((weights[level.by_tail], columns, first), shape[::-1]))

    def step() -> np.ndarray:
        values[: net.inputs] = x
        adjoints.fill(0)
        partials = []
        for level, matrix in zip(net.levels, forward, strict=True):
            matrix.data[:] = net.weights[level.edges]
            here, partial = activate(level, matrix @ values[: level.nodes.start], np, joined)
            values[level.nodes] = here
            partials.append(partial)
        adjoints[net.outputs] = 1
        for level, partial, matrix in zip(
            reversed(net.levels), reversed(partials), reversed(backward), strict=True
        ):
            deltas = adjoints[level.nodes] * partial
            slopes[level.edges] = np.vecdot(values[level.tails], deltas[level.heads])
            matrix.data[:] = net.weights[level.edges][level.by_tail]
            adjoints[: level.nodes.start] += matrix @ deltas
        return adjoints[: net.inputs].T

    return step


def torch(work: Workload, examples: np.ndarray) -> Step | None:
    """PyTorch: layers as matrices; others level by level; a formula by its own autograd."""
    import torch as t

    if work.sizes:
        return _torch_layers(work, examples)
    if work.weights is None:
        return _torch_formula(work, examples) if len(work.ops) <= FORMULA else None
    net = leveled(work, "torch")
    if net is None:
        return None
    x, weights = t.tensor(examples.T.copy()), t.tensor(net.weights)
    slopes = t.empty_like(weights)
    indices = [tuple(map(t.tensor, (each.tails, each.heads))) for each in net.levels]
    values, adjoints = (t.empty((net.count, work.batch), dtype=t.float64) for _ in range(2))

    def chosen(parts: list[Any], order: np.ndarray) -> Any:
        return t.cat(parts)[t.from_numpy(order)]

    def step() -> np.ndarray:
        values[: net.inputs] = x
        adjoints.zero_()
        partials = []
        for level, (tails, heads) in zip(net.levels, indices, strict=True):
            carried = values.index_select(0, tails) * weights[level.edges, None]
            nodes = level.nodes
            sums = t.zeros((nodes.stop - nodes.start, work.batch), dtype=t.float64)
            values[nodes], partial = activate(level, sums.index_add_(0, heads, carried), t, chosen)
            partials.append(partial)
        adjoints[net.outputs] = 1
        for level, partial, (tails, heads) in zip(
            reversed(net.levels), reversed(partials), reversed(indices), strict=True
        ):
            deltas = (adjoints[level.nodes] * partial).index_select(0, heads)
            slopes[level.edges] = (values.index_select(0, tails) * deltas).sum(1)
            adjoints.index_add_(0, tails, deltas * weights[level.edges, None])
        return adjoints[: net.inputs].T.numpy()

    return step


def _torch_layers(work: Workload, examples: np.ndarray) -> Step:
    import torch as t

    x = t.tensor(examples, requires_grad=True)
    matrices = [t.tensor(m, requires_grad=True) for m in matrices_of(work)]

    def step() -> np.ndarray:
        h = x
        for i, matrix in enumerate(matrices):
            h = h @ matrix.T
            h = h if i == len(matrices) - 1 else t.tanh(h)
        return t.autograd.grad(h.sum(), [x, *matrices])[0].numpy()

    return step


def _torch_formula(work: Workload, examples: np.ndarray) -> Step:
    import torch as t

    x = t.tensor(examples, requires_grad=True)

    def step() -> np.ndarray:
        out = evaluated(work, [x[:, i] for i in range(work.inputs)], t)
        return t.autograd.grad(out.sum(), x)[0].numpy()

    return step


def jax(work: Workload, examples: np.ndarray) -> Step | None:
    """JAX: level by level with a backward pass written by hand, compiled as a whole."""
    if work.weights is None and len(work.ops) > FORMULA:
        return None
    if len(work.tails) > 5e4 and work.batch != 32:
        return None  # to compile it once takes a minute
    import jax as j

    j.config.update("jax_enable_x64", val=True)
    xp = j.numpy
    if work.weights is None:
        slope = j.jit(j.grad(lambda x: evaluated(work, list(x.T), xp).sum()))
        given = xp.asarray(examples)
        return lambda: np.asarray(slope(given))
    net = leveled(work, "jax")
    if net is None:
        return None

    def chosen(parts: list[Any], order: np.ndarray) -> Any:
        return xp.concatenate(parts)[order]

    def both(x: Any, weights: Any) -> tuple[Any, Any]:
        values = xp.zeros((net.count, work.batch)).at[: net.inputs].set(x)
        partials, slopes = [], []
        for level in net.levels:
            carried = values[level.tails] * weights[level.edges, None]
            count = level.nodes.stop - level.nodes.start
            sums = j.ops.segment_sum(carried, level.heads, count, indices_are_sorted=True)
            here, partial = activate(level, sums, xp, chosen)
            values = values.at[level.nodes].set(here)
            partials.append(partial)
        adjoints = xp.zeros_like(values).at[net.outputs].set(1.0)
        for level, partial in zip(reversed(net.levels), reversed(partials), strict=True):
            deltas = (adjoints[level.nodes] * partial)[level.heads]
            slopes.append((values[level.tails] * deltas).sum(1))
            adjoints = adjoints.at[level.tails].add(deltas * weights[level.edges, None])
        return adjoints[: net.inputs].T, xp.concatenate(slopes[::-1])

    compiled = j.jit(both)
    x, weights = xp.asarray(examples.T), xp.asarray(net.weights)

    def step() -> np.ndarray:
        found, slopes = compiled(x, weights)
        slopes.block_until_ready()
        return np.asarray(found)

    return step


# --- node by node -------------------------------------------------------------------------------


def evaluated(work: Workload, inputs: list[Any], xp: Any) -> Any:
    """Compute the one output of an expression, or the sum of a network's outputs."""
    names = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
             "div": lambda a, b: a / b, "pow": lambda a, b: a**b,
             "identity": lambda a: a, "sigmoid": lambda a: 1 / (1 + xp.exp(-a)),
             "relu": lambda a: xp.fmax(a, 0)}  # fmt: skip
    first = offsets(np.bincount(work.heads, minlength=len(work.ops))).tolist()
    tails, fed, values = work.tails.tolist(), iter(inputs), []
    for j, op in enumerate(work.ops.tolist()):
        if op == "input":
            values.append(next(fed))
            continue
        operands = [values[i] for i in tails[first[j] : first[j + 1]]]
        values.append((names.get(op) or getattr(xp, op))(*operands))
    return sum((values[j] for j in work.outputs.tolist()[1:]), start=values[work.outputs[0]])


def casadi(work: Workload, examples: np.ndarray) -> Step | None:
    """CasADi: a graph of scalars run by its own machine, once for each example."""
    if len(work.tails) > 5e5 or len(work.tails) * work.batch > 2e7:
        return None
    import casadi as c

    given, passes = _casadi_passes(work, c)
    both = c.Function("both", given, passes)
    if len(work.ops) <= FORMULA:
        return _buffered(both, examples[0])
    fed = [np.array(row) for row in examples]
    rest = [] if work.weights is None else [work.weights]
    return lambda: np.array([both(row, *rest)[1] for row in fed]).reshape(work.batch, -1)


def casadi_c(work: Workload, examples: np.ndarray) -> Step | None:
    """CasADi with a C compiler, which makes machine code of a formula."""
    if len(work.ops) > FORMULA or not shutil.which("gcc"):
        return None
    import casadi as c

    given, passes = _casadi_passes(work, c)
    compiling = {"flags": ["-O3", "-march=native"], "cleanup": False}
    options = {"jit": True, "compiler": "shell", "jit_options": compiling, "jit_cleanup": False}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # it writes files
        return _buffered(c.Function("both", given, passes, options), examples[0])


def _buffered(both: Any, example: np.ndarray) -> Step:
    """Call a function of CasADi in the fastest way that it has."""
    buffer, run = both.buffer()
    row, value, found = example.copy(), np.empty(1), np.empty(len(example))
    place, given = memoryview(row), memoryview(example.copy())
    buffer.set_arg(0, place)
    buffer.set_res(0, memoryview(value))
    buffer.set_res(1, memoryview(found))

    def step(_kept: Any = (buffer, both)) -> np.ndarray:
        place[:] = given
        run()
        return found

    return step


def _casadi_passes(work: Workload, c: Any) -> tuple[list[Any], list[Any]]:
    """Give what a workload is fed, and both passes: the sum of its outputs, and its gradients."""
    x = c.SX.sym("x", work.inputs)
    inputs = [x[i] for i in range(work.inputs)]
    if work.weights is None:
        loss, given = evaluated(work, inputs, c), [x]
    else:
        w = c.SX.sym("w", len(work.tails))
        loss, given = _casadi_loss(work, inputs, w, c), [x, w]
    return given, [loss, *(c.gradient(loss, each) for each in given)]


def _casadi_loss(work: Workload, inputs: list[Any], w: Any, c: Any) -> Any:
    functions = {"identity": lambda a: a, "sigmoid": lambda a: 1 / (1 + c.exp(-a)),
                 "relu": lambda a: c.fmax(a, 0)}  # fmt: skip
    weights = c.vertsplit(w)
    first = offsets(np.bincount(work.heads, minlength=len(work.ops))).tolist()
    tails, fed, values = work.tails.tolist(), iter(inputs), []
    for j, op in enumerate(work.ops.tolist()):
        if op == "input":
            values.append(next(fed))
            continue
        net = 0
        for e in range(first[j], first[j + 1]):
            net += weights[e] * values[tails[e]]
        values.append((functions.get(op) or getattr(c, op))(net))
    return sum(values[j] for j in work.outputs.tolist())


# --- layers -------------------------------------------------------------------------------------


def matrices_of(work: Workload) -> list[np.ndarray]:
    """Give the weights of layers as matrices."""
    cuts = np.cumsum([a * b for a, b in pairwise(work.sizes)])[:-1]
    shapes = zip(work.sizes[1:], work.sizes[:-1], strict=True)
    return [w.reshape(s) for w, s in zip(np.split(work.weights, cuts), shapes, strict=True)]


def matrices(work: Workload, examples: np.ndarray) -> Step | None:
    """Both passes over layers by hand, with a matrix for each; slopes by weights and inputs."""
    if not work.sizes:
        return None
    layers, inputs = matrices_of(work), np.ascontiguousarray(examples.T)

    def step() -> np.ndarray:
        values = [inputs]
        for i, matrix in enumerate(layers):
            net = matrix @ values[-1]
            values.append(net if i == len(layers) - 1 else np.tanh(net))
        delta = np.ones_like(values[-1])
        slopes = []
        for i in range(len(layers) - 1, -1, -1):
            if i < len(layers) - 1:
                delta *= 1 - values[i + 1] * values[i + 1]
            slopes.append(delta @ values[i].T)
            delta = layers[i].T @ delta
        return delta.T

    return step


# --- the limit ----------------------------------------------------------------------------------

CODES = {"input": 0, "identity": 1, "tanh": 2, "sigmoid": 3, "relu": 4, "sin": 5}
"""The limit's numbers of the operations of a network of weighted units."""

EXPRESSION_CODES = {"input": 0, "add": 10, "sub": 11, "mul": 12, "div": 13, "pow": 14, "exp": 15,
                    "log": 16, "sin": 17}  # fmt: skip


def limit(folder: str, work: Workload, examples: np.ndarray) -> Step:
    """The prototype that shows what the machine can do: `folder` holds its two modules.

    It starts from output − target; the targets are chosen for a start of 1.
    """
    if folder not in sys.path:
        sys.path.insert(0, folder)
    made, prototype = (importlib.import_module(m) for m in ("workloads", "protos.ll_proto"))
    codes = EXPRESSION_CODES if work.weights is None else CODES
    program = work.program("numpy")
    targets = program.feed_forward(examples).array.T - 1
    given = made.Workload(
        work.name, "expr" if work.weights is None else "net",
        [codes[op] for op in work.ops.tolist()],
        offsets(np.bincount(work.heads, minlength=len(work.ops))), work.tails, work.weights,
        np.flatnonzero(work.ops == "input"), work.outputs, examples.T, targets,
    )  # fmt: skip
    tile = prototype.LLTile(None, len(os.sched_getaffinity(0)))
    tile.build(given)
    tile.compile()
    arguments = tile.prepare(given.X, given.T, given.w)
    return lambda: tile.step(*arguments)[2].T


OTHERS: dict[str, tuple[str, Callable[[Workload, np.ndarray], Step | None]]] = {
    "matrices": ("numpy", matrices),
    "by level": ("numpy", by_level),
    "scipy": ("scipy", scipy),
    "JAX": ("jax", jax),
    "CasADi": ("casadi", casadi),
    "CasADi, C": ("casadi", casadi_c),
    "torch": ("torch", torch),
}
"""By name: the package that is needed, and what makes a step."""
