"""What a program asks of an engine: the whole interface between the two.

An engine is made from a `Wiring`. For a pass it is handed a `Task`, whose arrays it reads, and a
`Result`, whose arrays it fills; `prepare` gives a function that runs the pass, as often as it is
called, on whatever the task's arrays hold then. Sharing of weights, names, shapes of batches and
the choice of seeds are the program's; an engine knows none of it.

The rules:

- Forward: node j's value is its row's function at its slots; slot s collects the sum of
  weights[e] · value(tail) over its edges.
- Backward: a node's adjoint is its seed plus, over its edges in the sweep, the sum of
  weights[e] · delta(slot), where delta(slot) = adjoint · partial. Products of edges outside of the
  sweep are not formed (no 0 · inf).
- Arithmetic follows IEEE. Where a node's value is nan although none of its operands is missing,
  its partials count as nan: 1/x is not the derivative of a logarithm at −1. An operand is missing
  where the value of its tail or its weight is nan.
- The same task gives the same bits each time, for one engine, machine and number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rojasgraph.engine.wiring import Floats, Integers, Truths, Wiring

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Sweep:
    """Where a backward pass goes, from some seeded nodes; one object for all passes of its kind.

    Attributes:
        seeded: the nodes that have a seed.
        live: by node, whether a path leads from it to a seeded one; the adjoint of others is 0.
        carrying: by edge, whether derivatives flow over it: its head is live and passes them on.
            The derivative by the weight of any other edge is 0.
        first_outgoing: by node, where its edges begin in `outgoing`.
        outgoing: the edges over which adjoints are pulled back, by tail; edges out of sources whose
            adjoint nobody asked for are left out.
        complete: all edges of the wiring carry, and are in `outgoing`.
    """

    seeded: Integers
    live: Truths
    carrying: Truths
    first_outgoing: Integers
    outgoing: Integers
    complete: bool


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a pass computes from; C-contiguous arrays of the engine's dtype, but for `seeds`.

    Attributes:
        fixed: by source, its value where that is the same for all examples.
        varying: the sources whose values differ from example to example.
        examples: by these sources, their values: one column for each example.
        weights: by edge; 1 where it has none.
        arguments: the arguments of all nodes: `Wiring.first_argument`.
        watched: nodes whose values are wanted.
        sweep: where the backward pass goes; None for a forward pass alone.
        seeds: by `sweep.seeded` and example; may be a view that repeats numbers.
        repeated: whether the pass will be run many times, so that making it ready may take longer.
    """

    fixed: Floats
    varying: Integers
    examples: Floats
    weights: Floats
    arguments: Floats
    watched: Integers
    sweep: Sweep | None
    seeds: Floats
    repeated: bool = False

    @property
    def batch(self) -> int:
        """How many examples there are."""
        return int(self.examples.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a pass fills, and fills in whole; C-contiguous arrays of the engine's dtype.

    Without a sweep, `adjoints`, `totals`, `gradients` and `node_adjoints` stay as they are.

    Attributes:
        watched: by `Task.watched` and example, the values.
        adjoints: by `Task.varying` and example.
        totals: by source, the sum of its adjoint over the examples; for sources that vary
            anything may be left there.
        gradients: by edge, the derivative by its weight, summed over the examples; 0 where the
            edge does not carry; where it is not weighted, anything may be left there.
        values: by node and example; None where nobody asks.
        node_adjoints: by node and example; 0 where a node is not live. None where nobody asks.
    """

    watched: Floats
    adjoints: Floats
    totals: Floats
    gradients: Floats
    values: Floats | None = None
    node_adjoints: Floats | None = None


class Engine(Protocol):
    """Runs the passes of one program."""

    def __init__(self, wiring: Wiring, dtype: np.dtype[Any], threads: int | None) -> None:
        """Make ready what does not depend on a pass.

        Args:
            wiring: the network.
            dtype: float64 or float32.
            threads: how many; None: as many as the machine has processors for us.
        """

    def prepare(self, task: Task, result: Result) -> Callable[[], None]:
        """Give a function that runs the pass on what the task's arrays hold when it is called.

        The shapes, `varying`, `watched`, `arguments`, `sweep` and the arrays themselves stay the
        same.

        Raises (here or when the function runs):
            NodeFailure: a row cannot be computed.
        """


class NodeFailure(Exception):
    """An error was raised at the node of this number; it is the cause."""
