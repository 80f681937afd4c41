"""A pass made ready once, to be run many times: for training, and where microseconds count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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
    """

    inputs: Floats
    weights: Floats
    outputs: Floats
    input_gradient: Floats
    weight_gradient: Floats

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
        task = replace(task, weights=task.weights.copy(), arguments=task.arguments.copy())
        result = result_for(task, variant, whole=False)
        self._task, self._result, self._store = task, result, store
        self._examples = task.batch if layout.mean else 1
        direct = not len(store.parameters) and len(store.trainable) == len(task.weights)
        self._scatters = not direct
        self.weights = task.weights if direct else store.flat
        self.weight_gradient = result.gradients if direct else np.zeros_like(self.weights)
        rows = slice(0, layout.inputs)
        views = (task.examples[rows], result.watched, result.adjoints[rows])
        self.inputs, self.outputs, self.input_gradient = (
            view[:, 0] if layout.one and view.size else view.T for view in views
        )
        self._run: Callable[[], None] = variant.engine.prepare(task, result)

    def __call__(self) -> None:
        """Run the pass on what the arrays hold now."""
        if self._scatters:
            self._scatter()
        self._run()
        if self._task.sweep is not None:
            if self._scatters:
                self._collect()
            if self._examples > 1:
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
