"""Recurrent networks: a cell unfolded over time, with shared weights."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from rojasgraph.contract import STATE
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network
from rojasgraph.numbers.kinds import Number

TIME = "time"
"""The attribute of an unfolded node that says to which step it belongs."""


def unfold(  # noqa: PLR0913 - all but two have defaults
    cell: Network,
    steps: int,
    state: Mapping[Hashable, Hashable] | None = None,
    *,
    initial: Number | Mapping[Hashable, Number] | None = 0,
    outputs: str = "all",
    truncate: int | None = None,
) -> Network:
    """Unfold a recurrent network over time: a copy of the cell for each step, sharing its weights.

    Backpropagation through the unfolded network is backpropagation through time: what a shared
    weight gets is the sum over its copies.

    Args:
        cell: what one step computes, a network without cycles.
        steps: how many.
        state: which node of a step feeds which input of the next, as `{"h_next": "h"}`, `{}` where
            none does; default what the cell's graph attribute `state` says, as `elman`, `lstm` and
            `from_neat` set it.
        initial: the states before the first step: a number for all, or numbers by input; they
            become constants. None leaves them as inputs, to be fed: so long sequences are cut into
            pieces, each fed with the last state of the piece before.
        outputs: "all" for the outputs of every step, "last" for those of the last one. What
            only feeds the next step is no output, unless the cell has no other.
        truncate: cut the way back after so many steps, by a `stop_gradient` in each state; None
            for the whole way. The values stay the same (truncated backpropagation through time).

    Returns:
        A network with nodes (name, step), steps counted from 1, in the order of time: so the
        columns of an array of shape (examples, steps, inputs) follow its inputs. A trainable
        weight of the cell is a parameter, whose name is the edge's, (tail, head, key). `fold`
        brings trained weights back to the cell.

    Raises:
        ArgumentError: there is no state, a name or a number does not fit.

    Source: Rojas, Neural Networks (1996), section 7.4.1; truncation: Williams and Peng, An
    efficient gradient-based algorithm for on-line training of recurrent network trajectories
    (1990).

    >>> cell = Network()
    >>> names = cell.add_input("x"), cell.add_input("h"), cell.add_unit("h_next", "tanh")
    >>> cell.add_edge("x", "h_next", weight=1.0, trainable=True)
    0
    >>> cell.add_edge("h", "h_next", weight=0.5, trainable=True)
    0
    >>> rnn = unfold(cell, 3, {"h_next": "h"})
    >>> rnn.inputs, rnn.outputs
    ([('x', 1), ('x', 2), ('x', 3)], [('h_next', 1), ('h_next', 2), ('h_next', 3)])
    >>> rnn.parameters
    [('x', 'h_next', 0), ('h', 'h_next', 0)]
    """
    fed = _checked_state(cell, cell.graph.get(STATE) if state is None else state)
    _refuse_counts(steps, truncate)
    if outputs not in {"all", "last"}:
        message = f"outputs must be 'all' or 'last'; got {outputs!r}"
        raise ArgumentError(message)
    unfolding = _Unfolding(cell, Network(), fed, truncate)
    unfolding.share()
    unfolding.begin(initial)
    for step in range(1, steps + 1):
        unfolding.step(step)
    wanted = [name for name in cell.outputs if name not in set(fed.values())] or cell.outputs
    for step in range(1, steps + 1) if outputs == "all" else (steps,):
        for name in wanted:
            unfolding.net.nodes[unfolding.place(name, step)]["output"] = True
    return unfolding.net


def fold(unfolded: Network, cell: Network) -> None:
    """Write the weights of an unfolded network on the cell that it was made from.

    Args:
        unfolded: what `unfold` made of the cell, and training changed.
        cell: the cell; its weights and parameters are overwritten.

    Raises:
        ArgumentError: it was another cell.
    """
    for name in unfolded.parameters:
        value = unfolded.nodes[name]["value"]
        if name in cell:
            cell.nodes[name]["value"] = value
        elif isinstance(name, tuple) and cell.has_edge(*name):
            cell.edges[name]["weight"] = value
        else:
            message = f"the cell has no weight {name!r}: it is not the one that was unfolded"
            raise ArgumentError(message)


@dataclass(frozen=True, slots=True, eq=False)
class _Unfolding:
    """A cell, and the network that is made of its copies.

    Attributes:
        cell: what is copied.
        net: what is made.
        fed: by state, an input of the cell, the node of the step before that feeds it.
        truncate: after how many steps the way back is cut.
    """

    cell: Network
    net: Network
    fed: Mapping[Hashable, Hashable]
    truncate: int | None

    def share(self) -> None:
        """Add what all steps share: parameters, constants, and trainable weights as parameters."""
        for name, data in self.cell.nodes(data=True):
            if data.get("op") in {"parameter", "constant"}:
                self.net.add_node(name, **data)
        for *edge, data in self.cell.edges(keys=True, data=True):
            if data.get("trainable") and "parameter" not in data:
                self.net.add_parameter(tuple(edge), data.get("weight", 1))

    def begin(self, initial: Number | Mapping[Hashable, Number] | None) -> None:
        """Add the states before the first step."""
        if isinstance(initial, Mapping) and set(initial) != set(self.fed):
            message = f"initial must give a number for each of {list(self.fed)}; got {initial!r}"
            raise ArgumentError(message)
        for state in self.fed:
            name, about = (state, 0), _written(self.cell, state, 0)
            if initial is None:
                self.net.add_input(name, **about)
            else:
                value = initial[state] if isinstance(initial, Mapping) else initial
                self.net.add_constant(name, value, **about)

    def step(self, step: int) -> None:
        """Add a copy of the cell."""
        for name, data in self.cell.nodes(data=True):
            if name in self.fed:
                self._cut(name, step)
            elif (name, step) == self.place(name, step):
                kept = {k: v for k, v in data.items() if k not in _LEFT}
                self.net.add_node((name, step), **kept | _written(self.cell, name, step))
        for tail, head, key, data in self.cell.edges(keys=True, data=True):
            kept = {k: v for k, v in data.items() if k not in _LEFT}
            if data.get("trainable") and "parameter" not in data:
                kept = {k: v for k, v in kept.items() if k not in {"weight", "trainable"}}
                kept["parameter"] = (tail, head, key)
            self.net.add_edge(self.place(tail, step), self.place(head, step), **kept)

    def place(self, name: Hashable, step: int) -> Hashable:
        """Find the node of the unfolded network that a node of the cell is at some step."""
        while name in self.fed and step > 1 and not self._is_cut(step):
            name, step = self.fed[name], step - 1
        if name in self.fed:
            return (name, step if self._is_cut(step) else 0)
        shared = self.cell.nodes[name].get("op") in {"parameter", "constant"}
        return name if shared else (name, step)

    def _is_cut(self, step: int) -> bool:
        return self.truncate is not None and step > 1 and (step - 1) % self.truncate == 0

    def _cut(self, state: Hashable, step: int) -> None:
        """Let a state pass through a node that nothing comes back from."""
        if self._is_cut(step):
            self.net.add_unit((state, step), "stop_gradient", **_written(self.cell, state, step))
            self.net.add_edge(self.place(self.fed[state], step - 1), (state, step))


_LEFT = frozenset(
    {"value", "derivatives", "adjoint", "delta", "derivative", "contribution", "gradient", "output"}
)
"""Labels and marks that a copy starts without."""


def _written(cell: Network, name: Hashable, step: int) -> dict[str, Any]:
    """Give the attributes by which drawings tell the copies apart."""
    return {TIME: step, "label": f"{cell.nodes[name].get('label', name)}({step})"}


def _checked_state(cell: Network, state: object) -> dict[Hashable, Hashable]:
    """Give the nodes that feed the states, by state."""
    if not isinstance(state, Mapping):
        message = (
            "state says which node feeds which input of the next step, as {'h_next': 'h'}; "
            f"got {state!r}"
        )
        raise ArgumentError(message)
    inputs = set(cell.inputs)
    for source, target in state.items():
        if source not in cell or target not in inputs:
            wrong, what = (source, "node") if source not in cell else (target, "input")
            message = f"state {{{source!r}: {target!r}}}: the cell has no {what} {wrong!r}"
            raise ArgumentError(message)
    fed = {target: source for source, target in state.items()}
    if len(fed) < len(state):
        message = f"each state is fed by one node; got {dict(state)}"
        raise ArgumentError(message)
    return {name: fed[name] for name in cell.inputs if name in fed}


def _refuse_counts(steps: int, truncate: int | None) -> None:
    for name, count in (("steps", steps), ("truncate", 1 if truncate is None else truncate)):
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            message = f"{name} must be a whole number from 1 up; got {count!r}"
            raise ArgumentError(message)
