"""Training: walk down the error surface of a network, and keep where it led."""

from __future__ import annotations

import re
import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from rojasgraph.engine.compilation import compile as compiled
from rojasgraph.engine.program import Program
from rojasgraph.errors import ArgumentError, Diverged, DomainError
from rojasgraph.interruption import held
from rojasgraph.learning import checkpoints
from rojasgraph.learning.checkpoints import Checkpoint
from rojasgraph.learning.cluster.ground import on_cluster
from rojasgraph.learning.data import Names, columns_of
from rojasgraph.learning.extension import (
    LOSS,
    REDUCTION,
    base_edge,
    extend,
    is_extended,
    targets_of,
)
from rojasgraph.learning.ground import Examples, Ground, Here
from rojasgraph.learning.history import History
from rojasgraph.learning.losses import OF_PROBABILITIES, Loss
from rojasgraph.learning.optimizers.descent import Optimizer, Position
from rojasgraph.learning.optimizers.registry import optimizer_of
from rojasgraph.learning.progress import Reporter, reporter
from rojasgraph.learning.stopping import EarlyStopping, Stop, reason_to_stop, refuse_other
from rojasgraph.learning.surface import ErrorSurface, Surface
from rojasgraph.network import Network
from rojasgraph.order import EdgeName

if TYPE_CHECKING:
    from distributed import Client
    from numpy.typing import DTypeLike

Floats = NDArray[np.float64]

_ARRIVED = "no step lowers the error"
_INTERRUPTED = "interrupted"
_ALL_EPOCHS = "all epochs done"


def train(  # noqa: PLR0913 - a training has many sides; all but the network have defaults
    net: Network,
    *,
    inputs: Any = None,  # noqa: ANN401 - arrays, mappings, streams
    targets: Any = None,  # noqa: ANN401
    optimizer: str | Optimizer = "rprop",
    loss: Loss | None = None,
    reduction: str | None = None,
    batch: int | None = None,
    epochs: int = 100,
    validation: tuple[Any, Any] | None = None,
    stop: Stop | None = None,
    progress: bool = True,
    seed: int = 0,
    shuffle: bool = True,
    checkpoint: str | Path | None = None,
    engine: str = "auto",
    dtype: DTypeLike = np.float64,
    cluster: Client | None = None,
) -> History:
    """Change a network's trainable weights and parameters so that its error falls.

    The weights are written back to the network: when training ends, when Ctrl-C interrupts it
    (which ends it in peace, with the history of all whole epochs, and the weights of the last step
    or, where early stopping restores them, the best so far), and when it diverges.

    Args:
        net: a network with outputs, which is extended by `loss` for the training; or what `extend`
            made; or, where neither targets nor a loss are given, any network whose one output is
            the error.
        inputs: an array with a row for each example and a column for each of `net.inputs` (without
            the targets; more axes are laid out in a row); or a mapping by name; or batches, as an
            object that can be iterated again or a function that returns an iterator, each batch a
            pair (inputs, targets) or a mapping by name.
        targets: an array with a column for each of the network's outputs; or a mapping by target.
        optimizer: such as `rg.Rprop()`, or its name.
        loss: as `extend` takes it; default "half_squared".
        reduction: "sum" or "mean" over the examples of a batch; default "sum", or that of the
            extended network.
        batch: how many examples make a step: None for all of them (off-line learning), 1 for
            on-line learning.
        epochs: how often all examples are gone through.
        validation: other inputs and targets, whose error is computed after each epoch.
        stop: `rg.EarlyStopping(...)`; or the error (that of validation, if there is one) that is
            low enough; or a function of the history.
        progress: tell on standard error how it goes: a bar where rich is installed.
        seed: of the order in which examples come.
        shuffle: draw a new order for each epoch.
        checkpoint: a file that is written after each epoch, whole at any time. Where it is there
            already, training goes on from it, with the same bits as if it had not been
            interrupted; all but `epochs` and `stop` must be as before.
        engine: as `rg.compile` takes it.
        dtype: of the passes; weights and optimizer compute with float64.
        cluster: a `dask.distributed.Client`, whose workers then run the passes, each over the
            examples that it holds, while the optimizer's rule stays here. Inputs and targets are
            dask arrays, whose chunks along the first axis are what one task goes through;
            mappings of such; or lists of futures or of delayed values. So are those of
            `validation`. Weights are the same to the bit for the same chunks, on however many
            workers, and whether or not one is lost; they differ from those without `cluster` by
            the order of sums.

    Returns:
        The history: errors by epoch, and why training ended.

    Raises:
        ArgumentError: the network has nothing to learn, data or a setting does not fit, or the
            checkpoint is damaged or belongs to another training.
        Diverged: the error or its gradient became nan or infinite; the message names the node that
            went bad first. The network has the weights of the last step before, and the error's
            `history` what there was.
        MissingDependency: the engine, the optimizer or the cluster needs an extra.
        ClusterFailure: the cluster lost data that it cannot make again, or too many workers, or
            the connection to it was closed.

    Source: Rojas, Neural Networks (1996), section 7.3: on-line and off-line learning.

    >>> from rojasgraph.topologies import layered
    >>> net = layered([2, 2, 1], rng=4)
    >>> patterns, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = train(net, inputs=patterns, targets=xor, epochs=200, progress=False)
    >>> history.final < 0.001 < history.losses[0]
    True
    >>> net.feed_forward(x1=[0, 0, 1, 1], x2=[0, 1, 0, 1])["y1"].round()
    array([0., 1., 1., 0.])
    """
    refuse_other(stop)
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 0:
        message = f"epochs must be a whole number from 0 up; got {epochs!r}"
        raise ArgumentError(message)
    error = _error_network(net, loss, reduction, has_targets=targets is not None)
    names = _names_of(error)
    program = _program(error, engine, dtype)
    mean = (reduction or error.graph.get(REDUCTION)) == "mean"
    ground: Ground = Here(names) if cluster is None else on_cluster(cluster, error, names, program)
    data = ground.data(inputs, targets, batch=batch, shuffle=shuffle)
    others = None if validation is None else ground.others(*_pair(validation))
    chosen = optimizer_of(optimizer)
    identity = {
        "optimizer": _told(chosen),
        "network": checkpoints.structure_digest(error, program.weight_names),
        "data": data.digest,
        "validation": "" if others is None else others.digest,
        "batch": str(batch), "seed": str(seed), "shuffle": str(shuffle),
        "reduction": "mean" if mean else "sum", "engine": program.engine,
        "dtype": str(program.dtype),
    }  # fmt: skip
    training = Training(
        ground.surface(program, mean=mean), data, chosen, others, stop,
        None if checkpoint is None else Path(checkpoint), identity,
    )  # fmt: skip
    state = training.begin(program.weights.astype(np.float64), seed)
    try:
        with reporter(epochs, state.history.epochs, progress=progress) as told:
            training.run(state, epochs, told)
            told.end(state.history.epochs, state.history.stopped, state.history)
    except DomainError as fault:
        raise Diverged(_where(state, fault), state.history) from None
    finally:
        with held():
            write_weights(net, error, program, state.position.weights)
    return state.history


@dataclass(slots=True, eq=False)
class State:
    """Where training stands.

    Attributes:
        position: of the optimizer.
        good: the weights before the last step, whose error is known to be a number.
        best: those that early stopping would take.
        rng: draws the order of the examples.
        history: so far.
        arrived: whether the optimizer found no more steps.
        since: when it started, counted so that interruptions take no time.
    """

    position: Position
    good: Floats
    best: Floats | None
    rng: np.random.Generator
    history: History
    arrived: bool
    since: float


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What does not change while training runs.

    Attributes:
        surface: of the network.
        data: the training examples.
        optimizer: walks down the surface.
        validation: other examples.
        stop: when to stop before the last epoch.
        checkpoint: where to keep the state.
        identity: what tells this training from others, for the checkpoint.
    """

    surface: Surface[Any]
    data: Examples
    optimizer: Optimizer
    validation: Examples | None
    stop: Stop | None
    checkpoint: Path | None
    identity: dict[str, str]

    def begin(self, weights: Floats, seed: int) -> State:
        """Start anew, or from the checkpoint."""
        rng = np.random.default_rng(seed)
        found = None
        if self.checkpoint is not None:
            found = checkpoints.read(self.checkpoint, self.identity, len(weights))
        if found is None:
            history = History(self.identity["optimizer"], self.identity["reduction"])
            position = Position(weights, {})
            return State(
                position, weights, None, rng, history, arrived=False, since=time.monotonic()
            )
        if found.weights.shape != weights.shape:
            message = (
                f"{self.checkpoint} has {found.weights.size} weights, this network {weights.size}: "
                "name another file"
            )
            raise ArgumentError(message)
        rng.bit_generator.state = found.random
        history, position = found.history, Position(found.weights, found.memory)
        passed = history.seconds[-1] if history.seconds else 0.0
        self.surface.passes = history.passes
        return State(
            position, found.weights, found.best, rng, history, found.arrived,
            time.monotonic() - passed,
        )  # fmt: skip

    def run(self, state: State, epochs: int, told: Reporter) -> None:
        """Go through the epochs that are left."""
        history = state.history
        try:
            with np.errstate(all="ignore"):  # what is no number is found, and told, by the surface
                self._epochs(state, epochs, told)
                self._finish(state)
        except KeyboardInterrupt:
            restored = self._restore(state)
            history.stopped = _INTERRUPTED + (f", weights of epoch {history.best}" * restored)
        except DomainError:
            state.position = Position(state.good, {})
            history.stopped = "diverged"
            raise
        finally:
            history.passes = self.surface.passes

    def _epochs(self, state: State, epochs: int, told: Reporter) -> None:
        history = state.history
        fresh = not history.epochs
        memory = None if fresh else state.position.memory
        walk = self.optimizer.descend(self.surface, state.position.weights, memory)
        state.position = next(walk)
        history.stopped = "" if fresh else self._reason(state)
        while history.epochs < epochs and not history.stopped:
            before = state.position.weights
            loss, going = self._epoch(state, walk)
            error = self._validated(state)
            with held():
                self._note(state, loss, error, before)
                state.arrived = not going
                self._keep(state)
            history.stopped = self._reason(state)
            told.tell(history.epochs, history)
        history.stopped = history.stopped or _ALL_EPOCHS

    def _reason(self, state: State) -> str:
        reason = reason_to_stop(self.stop, state.history)
        return reason or (_ARRIVED if state.arrived else "")

    def _validated(self, state: State) -> float | None:
        """Measure the error of the other examples, if there are any."""
        if self.validation is None:
            return None
        return self.surface.error(state.position.weights, self.validation.whole)

    def _note(self, state: State, loss: float, error: float | None, before: Floats) -> None:
        """Enter an epoch that is over: all of it, or Ctrl-C would leave lists of unlike lengths."""
        history = state.history
        history.losses.append(loss)
        history.seconds.append(time.monotonic() - state.since)
        if error is not None:
            history.validation.append(error)
        if isinstance(self.stop, EarlyStopping) and self.stop.watch(history):
            state.best = before if error is None else state.position.weights
        history.passes = self.surface.passes

    def _epoch(self, state: State, walk: Iterator[Position]) -> tuple[float, bool]:
        """Make a step for each batch; give the error, and whether the optimizer found them all."""
        total, examples = 0.0, 0
        going = True
        for batch in self.data.epoch(state.rng):
            self.surface.load(batch)
            following = next(walk, None)
            entered = self.surface.entered
            assert entered is not None  # noqa: S101 - each step asks for the error
            count = self.surface.count(batch)
            total += entered * (count if self.surface.mean else 1)
            examples += count
            if following is None:
                going = False
                break
            state.good, state.position = state.position.weights, following
        return (total / examples if self.surface.mean else total), going

    def _keep(self, state: State) -> None:
        """Write the checkpoint."""
        if self.checkpoint is not None:
            position = state.position
            random: Any = state.rng.bit_generator.state
            found = Checkpoint(
                position.weights, position.memory, state.best, random, state.history, state.arrived
            )
            checkpoints.write(self.checkpoint, found, self.identity)

    def _finish(self, state: State) -> None:
        """Take the best weights where early stopping watched, and measure the error with them."""
        self._restore(state)
        if self.data.whole is not None:
            state.history.final = self.surface.error(state.position.weights, self.data.whole)

    def _restore(self, state: State) -> bool:
        """Take the best weights where early stopping shall; tell whether there were any."""
        if not isinstance(self.stop, EarlyStopping) or not self.stop.restore or state.best is None:
            return False
        state.position = Position(state.best, {})
        return True


def surface_of(
    net: Network,
    inputs: Any,  # noqa: ANN401 - as `train` takes it
    targets: Any,  # noqa: ANN401
    loss: Loss | None = None,
    reduction: str | None = None,
) -> tuple[ErrorSurface, list[Hashable]]:
    """Give the error surface of a network for all examples, and the names of its weights.

    Args:
        net: as `train` takes it.
        inputs: likewise, but no stream.
        targets: likewise.
        loss: likewise.
        reduction: likewise.

    Raises:
        ArgumentError: as `train`.
    """
    error = _error_network(net, loss, reduction, has_targets=targets is not None)
    program = _program(error, "auto", np.float64)
    surface = ErrorSurface(program, mean=(reduction or error.graph.get(REDUCTION)) == "mean")
    surface.load(columns_of(inputs, targets, _names_of(error)))
    names = [
        name if net is error or name in error else base_edge(error, cast("EdgeName", name))
        for name in program.weight_names
    ]
    return surface, names


def write_weights(net: Network, error: Network, program: Program, weights: Floats) -> None:
    """Write weights and parameters on a network.

    Args:
        net: the network.
        error: the extended network, `net` itself or made from it.
        program: compiled from it.
        weights: in the program's order.
    """
    for name, weight in zip(program.weight_names, weights.tolist(), strict=True):
        if name in error:
            if name in net:
                net.nodes[name]["value"] = weight
        else:
            edge: Any = name if net is error else base_edge(error, name)  # type: ignore[arg-type]
            net.edges[edge]["weight"] = weight


def _error_network(
    net: Network, loss: Loss | None, reduction: str | None, *, has_targets: bool
) -> Network:
    """Give the network whose one output is the error, with its reduction as an attribute."""
    if not isinstance(net, Network):
        message = f"training takes a Network; got a {type(net).__name__}: rg.Network(graph) is one"
        raise ArgumentError(message)
    if is_extended(net):
        kept = net.graph[REDUCTION]
        if loss is not None or reduction not in {None, kept}:
            message = f"the network is extended: it has its loss, and the reduction {kept!r}"
            raise ArgumentError(message)
        return net
    if has_targets or loss is not None:
        return extend(net, loss or "half_squared", reduction=reduction or "sum")
    if reduction not in {None, "sum", "mean"}:
        message = f"reduction must be 'sum' or 'mean', over the examples; got {reduction!r}"
        raise ArgumentError(message)
    return net


def _names_of(error: Network) -> Names:
    targets = {target: error.nodes[target]["target"] for target in targets_of(error)}
    inputs = [name for name in error.inputs if name not in targets]
    return Names(inputs, targets, error.inputs, error.graph.get(LOSS) in OF_PROBABILITIES)


def _pair(validation: Any) -> tuple[Any, Any]:  # noqa: ANN401 - a user may hand us anything
    if not isinstance(validation, tuple) or len(validation) != 2:  # noqa: PLR2004 - a pair
        message = "validation is a pair: (inputs, targets)"
        raise ArgumentError(message)
    return validation


def _program(error: Network, engine: str, dtype: DTypeLike) -> Program:
    outputs = error.outputs
    if len(outputs) != 1:
        message = (
            f"the network's one output must be the error; it has {len(outputs)}: {outputs}: give "
            "targets= and a loss, or add the outputs up"
        )
        raise ArgumentError(message)
    program = compiled(error, engine=engine, dtype=dtype)
    if not len(program.weights):
        message = (
            "the network has nothing to learn: no edge with a weight is marked trainable=True, "
            "and there is no parameter"
        )
        raise ArgumentError(message)
    return program


def _told(optimizer: Optimizer) -> str:
    """Write an optimizer with its settings, without the places in memory that a repr may have."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(optimizer))


def _where(state: State, fault: DomainError) -> str:
    epoch = state.history.epochs + 1
    return (
        f"epoch {epoch}: {fault}. The network has the weights of the step before; a smaller rate, "
        "or inputs scaled to about 1, may help"
    )
