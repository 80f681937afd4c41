"""A pass made ready once, to be run many times: for training, and where microseconds count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rojasgraph.engine.feeding import Feed
from rojasgraph.engine.passes import Request, result_for, task_of
from rojasgraph.engine.store import Store
from rojasgraph.engine.variants import Variant
from rojasgraph.engine.wiring import Floats


@dataclass(frozen=True, slots=True)
class Layout:
    """How a step's arrays look from outside.

    Attributes:
        inputs: how many inputs there are.
        one: whether it is one example, without an axis for it.
        mean: whether derivatives by weights are averaged over the examples.
    """

    inputs: int
    one: bool
    mean: bool


class Step:
    """A pass whose arrays stay in place: write what it reads, call it, read what it wrote.

    Attributes:
        inputs: to write: a row for each example, a column for each input; or, for one example, a
            vector.
        weights: to write: as `program.weights`, which this does not change.
        outputs: to read: a row for each example, a column for each output; or a vector.
        input_gradient: to read: like `inputs`.
        weight_gradient: to read: like `weights`.
        __call__: runs the pass on what the arrays hold now.
    """

    # a slot called so holds what a call runs, with no function of Python in between
    __slots__ = (
        "__call__",
        "_examples",
        "_result",
        "_store",
        "_task",
        "input_gradient",
        "inputs",
        "outputs",
        "weight_gradient",
        "weights",
    )

    inputs: Floats
    weights: Floats
    outputs: Floats
    input_gradient: Floats
    weight_gradient: Floats
    __call__: Callable[..., None]

    def __init__(
        self, variant: Variant, store: Store, feed: Feed, request: Request, layout: Layout
    ) -> None:
        """Make the arrays and have the engine prepare.

        Args:
            variant: as the pass is run.
            store: the program's numbers, of which the step has its own copy.
            feed: values of the right shape.
            request: what to compute.
            layout: how the arrays look from outside.
        """
        task = task_of(variant, store, feed, request)
        task = replace(
            task,
            weights=task.weights.copy(),
            arguments=task.arguments.copy(),
            repeated=True,
        )
        result = result_for(task, variant, whole=False)
        self._task, self._result, self._store = task, result, store
        self._examples = task.batch
        direct = self._lie_in_place()
        rows = slice(0, layout.inputs)
        views = (task.examples[rows], result.watched, result.adjoints[rows])
        self.inputs, self.outputs, self.input_gradient = (
            view[:, 0] if layout.one and view.size else view.T for view in views
        )
        run = variant.engine.prepare(task, result)
        backward, mean = task.sweep is not None, layout.mean and task.batch > 1
        parts = [
            *([] if direct else [self._scatter]),
            run,
            *([self._collect] if backward and not direct else []),
            *([self._average] if backward and mean else []),
        ]
        self.__call__ = run if len(parts) == 1 else partial(_in_turn, parts)

    def _lie_in_place(self) -> bool:
        """Make the vectors of weights; tell whether they are where the engine has them anyway."""
        task, result, store = self._task, self._result, self._store
        mine, edges = store.parameters, store.trainable
        if not len(mine) and len(edges) == len(task.weights):
            self.weights, self.weight_gradient = task.weights, result.gradients
            return True
        consecutive = not len(mine) or int(mine[-1]) - int(mine[0]) == len(mine) - 1
        if not len(edges) and not len(store.shared) and consecutive:
            place = slice(int(mine[0]), int(mine[-1]) + 1) if len(mine) else slice(0, 0)
            self.weights, self.weight_gradient = task.fixed[place], result.totals[place]
            return True
        self.weights = store.flat
        self.weight_gradient = np.zeros_like(self.weights)
        return False

    def _average(self) -> None:
        """Divide the derivatives by weights by the number of examples."""
        self.weight_gradient /= self._examples

    def _scatter(self) -> None:
        """Bring the vector of weights to their places."""
        store, task, count = self._store, self._task, len(self._store.parameters)
        task.fixed[store.parameters] = self.weights[:count]
        task.weights[store.trainable] = self.weights[count:]
        if len(store.shared):
            task.weights[store.shared] = task.fixed[store.carriers]

    def _collect(self) -> None:
        """Bring the derivatives by weights into the vector."""
        store, result, count = self._store, self._result, len(self._store.parameters)
        store.gather(result.totals, result.gradients)
        self.weight_gradient[:count] = result.totals[store.parameters]
        self.weight_gradient[count:] = result.gradients[store.trainable]


def _in_turn(parts: Sequence[Callable[[], None]]) -> None:
    for part in parts:
        part()
