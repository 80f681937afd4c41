"""One pass of a program: a task for its engine, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rojasgraph.engine.feeding import Feed, Shape, Varying
from rojasgraph.engine.protocol import Result, Task
from rojasgraph.engine.store import Store
from rojasgraph.engine.variants import Variant
from rojasgraph.engine.wiring import Floats, Integers, Truths


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What a pass shall compute.

    Attributes:
        shape: of its examples.
        watched: nodes whose values are wanted.
        seeded: nodes that have a seed; none for a forward pass alone.
        seeds: by these nodes and example.
        wanted: by source, whether its adjoint is wanted.
        whole: whether all values and adjoints are.
    """

    shape: Shape
    watched: Integers
    seeded: Integers
    seeds: Floats
    wanted: Truths
    whole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of a pass; nodes as in the listing, sources and edges as in the program.

    Attributes:
        shape: of its examples.
        varying: the sources that varied within this shape.
        watched: by watched node and example, the values.
        adjoints: by varying source and example.
        totals: by source that did not vary, the derivative.
        gradients: by edge, the derivative by its weight.
        values: by node and example, if they were asked for.
        node_adjoints: by node and example, if they were asked for.
        live: by node, whether a path leads from it to what was seeded, if something was.
    """

    shape: Shape
    varying: tuple[Varying, ...]
    watched: Floats
    adjoints: Floats
    totals: Floats
    gradients: Floats
    values: Floats | None
    node_adjoints: Floats | None
    live: Truths | None


def run(variant: Variant, store: Store, feed: Feed, request: Request) -> Outcome:
    """Run one pass."""
    task = task_of(variant, store, feed, request)
    result = result_for(task, variant, whole=request.whole)
    variant.engine.prepare(task, result)()
    sweep = task.sweep
    gradients = result.gradients
    if sweep is not None:
        gradients = variant.gradients(gradients)
        store.gather(result.totals, gradients)
    return Outcome(
        request.shape,
        feed.within(request.shape),
        result.watched,
        result.adjoints,
        result.totals,
        gradients,
        None if result.values is None else variant.by_node(result.values),
        None if result.node_adjoints is None else variant.by_node(result.node_adjoints),
        None if sweep is None else variant.by_node(sweep.live),
    )


def task_of(variant: Variant, store: Store, feed: Feed, request: Request) -> Task:
    """Write what an engine shall compute from."""
    varying, examples = feed.examples(request.shape)
    places = variant.arrangement.places
    sweep = variant.sweep(request.seeded, request.wanted) if len(request.seeded) else None
    return Task(
        fixed=feed.fixed,
        varying=varying,
        examples=examples,
        weights=variant.weights(store, feed.fixed),
        arguments=variant.arguments(store),
        watched=places[request.watched],
        sweep=sweep,
        seeds=request.seeds,
    )


def result_for(task: Task, variant: Variant, *, whole: bool) -> Result:
    """Make the arrays that a pass fills."""
    wiring, dtype = variant.arrangement.wiring, task.fixed.dtype
    table = (wiring.nodes, task.batch)
    backward = task.sweep is not None
    return Result(
        watched=np.empty((len(task.watched), task.batch), dtype),
        adjoints=np.empty(task.examples.shape if backward else (0, 0), dtype),
        totals=np.empty(len(task.fixed) if backward else 0, dtype),
        gradients=np.empty(wiring.edges if backward else 0, dtype),
        values=np.empty(table, dtype) if whole else None,
        node_adjoints=np.empty(table, dtype) if whole and backward else None,
    )
