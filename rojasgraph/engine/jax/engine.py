"""The engine of JAX: both passes as one compiled function, on whatever device JAX has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import jax
import jax.numpy as jnp
import numpy as np

from rojasgraph.engine.jax.passes import Passes, Plan
from rojasgraph.engine.protocol import Result, Sweep, Task
from rojasgraph.engine.wiring import Floats, Wiring

Compiled = Callable[..., Any]


class JaxEngine:
    """Runs the passes of one program with JAX.

    The user's own setting of 64 bits is left as it is: passes in float64 run in a context where
    it is on.
    """

    def __init__(self, wiring: Wiring, dtype: np.dtype[Any], threads: int | None) -> None:
        """Keep the wiring; functions are compiled for the first pass of each kind."""
        del threads  # XLA's own
        self._wiring = wiring
        self._dtype = dtype
        self._plans: dict[bytes, Plan] = {}
        self._forward: dict[bytes, Compiled] = {}
        self._both: WeakKeyDictionary[Sweep, dict[bytes, Compiled]] = WeakKeyDictionary()

    def prepare(self, task: Task, result: Result) -> Callable[[], None]:
        """Give a function that runs the pass."""

        def run() -> None:
            with jax.enable_x64(self._dtype == np.float64):
                if task.sweep is None:
                    values = np.asarray(self._forward_pass(task.arguments)(_given(task)))
                else:
                    values = self._run_both(task, task.sweep, result)
            result.watched[:] = values[task.watched]
            if result.values is not None:
                result.values[:] = values

        return run

    def _run_both(self, task: Task, sweep: Sweep, result: Result) -> Floats:
        function = self._both_passes(task.arguments, sweep)
        values, adjoints, slopes = map(np.asarray, function(_given(task), task.seeds))
        result.adjoints[:] = adjoints[task.varying]
        with np.errstate(all="ignore"):
            result.totals[:] = adjoints[: self._wiring.sources].sum(axis=1)
        result.gradients[:] = slopes
        if result.node_adjoints is not None:
            result.node_adjoints[:] = adjoints
        return values

    def _planned(self, arguments: Floats) -> Plan:
        key = arguments.tobytes()
        if key not in self._plans:
            self._plans[key] = Plan(self._wiring, arguments)
        return self._plans[key]

    def _forward_pass(self, arguments: Floats) -> Compiled:
        key = arguments.tobytes()
        if key not in self._forward:
            forward = self._planned(arguments).forward

            def compute(tables: Any, given: Given) -> jax.Array:  # noqa: ANN401
                return forward(_sources(given), given.weights, tables)[0]

            self._forward[key] = _with_tables(compute, forward.tables)
        return self._forward[key]

    def _both_passes(self, arguments: Floats, sweep: Sweep) -> Compiled:
        known, key = self._both.setdefault(sweep, {}), arguments.tobytes()
        if key not in known:
            passes = Passes(self._planned(arguments), sweep)

            def compute(tables: Any, given: Given, seeds: jax.Array) -> tuple[jax.Array, ...]:  # noqa: ANN401
                kept = passes.ahead(_sources(given), given.weights, tables)
                return kept.values, *passes.back(kept, seeds, tables)

            known[key] = _with_tables(compute, passes.tables)
        return known[key]


class Given(NamedTuple):
    """What a task computes from."""

    fixed: Any
    varying: Any
    examples: Any
    weights: Any


def _given(task: Task) -> Given:
    return Given(task.fixed, task.varying.astype(np.int32), task.examples, task.weights)


def _sources(given: Given) -> jax.Array:
    """Give the sources' values by source and example."""
    shape = (given.fixed.shape[0], given.examples.shape[1])
    table = jnp.broadcast_to(given.fixed[:, None], shape)
    return table.at[given.varying].set(given.examples)


def _with_tables(compute: Compiled, tables: Any) -> Compiled:  # noqa: ANN401
    """Compile a function for its first call, with tables that stay on the device."""
    compiled, placed = jax.jit(compute), jax.device_put(tables)
    return lambda *given: compiled(placed, *given)
