"""A program: a network as flat arrays, run by an engine."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph import algebras
from rojasgraph.engine.account import Account, account_of
from rojasgraph.engine.arrays import Arguments, Given, listing_of_arrays
from rojasgraph.engine.automatic import Choice
from rojasgraph.engine.failures import explained
from rojasgraph.engine.faults import backward_faults, forward_faults
from rojasgraph.engine.feeding import Feed, Feeder
from rojasgraph.engine.labels import labels_of, write_labels
from rojasgraph.engine.listing import CONSTANT, Listing
from rojasgraph.engine.passes import Outcome, Request, run
from rojasgraph.engine.path_sweeps import (
    PathLabels,
    Place,
    along_edges,
    by_levels,
    checked,
    compiled,
    refuse_no_semiring,
)
from rojasgraph.engine.protocol import NodeFailure
from rojasgraph.engine.reading import Origin, reading_of, refuse_edits
from rojasgraph.engine.record import record_from
from rojasgraph.engine.results import EdgeName, Gradients, Numbering, Values, edge_names
from rojasgraph.engine.routes import Routes, routes_of
from rojasgraph.engine.seeding import Seeds, seeds_of
from rojasgraph.engine.step import Layout, Step
from rojasgraph.engine.store import Contents, Store
from rojasgraph.engine.variants import Variant, Variants
from rojasgraph.engine.wiring import Floats, Integers, Truths, Wiring
from rojasgraph.errors import ArgumentError, DomainError, GraphError, NotLabeled
from rojasgraph.network import Network, write_whole
from rojasgraph.semirings import Algebra

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike


@dataclass(frozen=True, slots=True, eq=False)
class _Last:
    """The last pass, for `label`."""

    feed: Feed
    seeds: tuple[Seeds, ...]
    version: int


class Program:
    """A network as flat arrays, run by an engine; `rg.compile` and `from_arrays` make one.

    What it computes is what the two passes of the network compute, to rounding. It follows IEEE
    arithmetic without a warning where an operation leaves its domain; `strict=True` raises.

    Attributes:
        dtype: float64 or float32.
    """

    def __init__(
        self,
        listing: Listing,
        *,
        engine: str = "auto",
        dtype: DTypeLike = np.float64,
        threads: int | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Number the nodes and make the engine ready.

        Args:
            listing: the network, checked.
            engine: a name, or "auto" for the fastest that is installed; where that cannot make
                code for this machine, numpy, with an `EngineWarning`.
            dtype: float64 or float32.
            threads: how many; None: as many as there are processors.
            origin: the graph that it was compiled from.

        Raises:
            CycleError: there is a cycle.
            ArgumentError: no such engine, dtype or number of threads.
            MissingDependency: the engine is not installed.
        """
        self._choice = choice = Choice(engine)
        self.dtype = _float_type(dtype)
        if threads is not None and (not isinstance(threads, int) or threads < 1):
            raise ArgumentError(
                f"threads must be None or a whole number from 1 up; got {threads!r}"
            )
        self._variants = Variants(listing, lambda wiring: choice.make(wiring, self.dtype, threads))
        self._contents = self._filled(listing)
        self._origin = origin
        self._threads = threads
        self._last: _Last | None = None

    def _filled(self, listing: Listing) -> Contents:
        base = self._variants.base.arrangement
        return Contents(listing, base, Store(listing, base, self.dtype))

    @classmethod
    def from_arrays(  # noqa: PLR0913 - the columns of a network
        cls,
        ops: ArrayLike | Sequence[Any],
        tails: ArrayLike,
        heads: ArrayLike,
        *,
        slots: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        weighted: ArrayLike | None = None,
        trainable: ArrayLike | None = None,
        shared: ArrayLike | None = None,
        parameters: ArrayLike | None = None,
        constants: ArrayLike | None = None,
        arguments: Arguments | None = None,
        inputs: ArrayLike | None = None,
        outputs: ArrayLike | None = None,
        names: Sequence[Hashable] | None = None,
        engine: str = "auto",
        dtype: DTypeLike = np.float64,
        threads: int | None = None,
    ) -> Program:
        """Make a program straight from arrays, for networks of millions of edges.

        Args:
            ops: by node, the name of a primitive, or "input", "parameter", "constant".
            tails: by edge, the node that it comes from.
            heads: by edge, the node that it goes to.
            slots: by edge, which argument of the head it feeds; may be left out where all
                operations have one slot.
            weights: by edge, or one for all; None: no edge has a weight.
            weighted: by edge, whether it has a weight at all; default all.
            trainable: by edge, whether learning may change its weight; default all weighted.
            shared: by edge, the parameter node whose value is its weight; −1 where none is.
            parameters: what the parameter nodes carry, in the order of the nodes.
            constants: what the constants carry, likewise.
            arguments: by operation and argument, a number or one for each of its nodes, in order:
                `{"power": {"exponent": [2, 3, 3]}}`.
            inputs: the input nodes in the order of an input matrix; default that of the nodes.
            outputs: nodes; default the operations that feed no other.
            names: the nodes' names; default their numbers.
            engine: a name, or "auto" for the fastest that is installed; where that cannot make
                code for this machine, numpy, with an `EngineWarning`.
            dtype: float64 or float32.
            threads: how many; None: as many as there are processors.

        Raises:
            GraphError: the arrays break the graph contract (`CycleError`, `UnknownPrimitive`,
                `ArgumentError`); the message names the node or the edge.
            MissingDependency: the engine is not installed.

        >>> program = Program.from_arrays(
        ...     ["input", "input", "tanh", "square"], [0, 1, 2], [2, 2, 3], weights=[0.5, -1.0, 2.0]
        ... )
        >>> outputs, gradients = program.value_and_gradient({0: 1.0, 1: 0.5})
        >>> outputs[3], gradients[0], gradients.weights
        (0.0, 0.0, array([0., 0., 0.]))
        """
        given = Given(ops, tails, heads, slots, weights, weighted, trainable, shared, parameters,
                      constants, arguments or {}, inputs, outputs, names)  # fmt: skip
        listing = listing_of_arrays(given)
        return cls(listing, engine=engine, dtype=dtype, threads=threads)

    # --- reading ------------------------------------------------------------------------------

    @property
    def engine(self) -> str:
        """The name of its engine."""
        return self._choice.name

    @property
    def inputs(self) -> list[Hashable]:
        """The inputs' names, in the order of an input matrix."""
        return [self._contents.listing.names[j] for j in self._contents.listing.inputs.tolist()]

    @property
    def outputs(self) -> list[Hashable]:
        """The outputs' names."""
        return [self._contents.listing.names[j] for j in self._contents.listing.outputs.tolist()]

    @property
    def wiring(self) -> Wiring:
        """The network as arrays, as the engine has it."""
        return self._contents.base.wiring

    def __repr__(self) -> str:
        """Show the size, the engine and the type."""
        size = f"{self.wiring.nodes} nodes, {self.wiring.edges} edges"
        return f"<program of {size}, engine {self.engine}, {self.dtype}>"

    def __reduce__(self) -> tuple[Callable[..., Program], tuple[Any, ...]]:
        """Copy and pickle what it was made of, and its weights; compiled code is made anew."""
        net, store = None, self._contents.store
        if self._origin is not None:
            self._origin.check()
            net = self._origin.net
        how = {"engine": self._choice.asked, "dtype": self.dtype, "threads": self._threads}
        return _made_again, (
            self._contents.listing,
            net,
            how,
            self.weights if store.version else None,
        )

    # --- weights ------------------------------------------------------------------------------

    @property
    def weights(self) -> Floats:
        """All that learning may change, as one vector, a copy; set it to change them.

        First the parameters that carry one number, then the weights of trainable edges. The order
        within both is the program's own, in which it computes fastest: `weight_names` tells it.

        >>> from rojasgraph.expressions import inputs, parameter
        >>> E = (parameter("w", 0.5) * inputs("x")).named("E")
        >>> program = Program(Origin(Network.from_expressions(E)).listing())
        >>> program.weights -= 0.25
        >>> program.feed_forward({"x": 2.0})
        {'E': 0.5}
        """
        return self._contents.store.flat

    @weights.setter
    def weights(self, vector: ArrayLike) -> None:
        self._contents.store.flat = np.asarray(vector)

    @property
    def weight_names(self) -> list[Hashable | EdgeName]:
        """What each of `weights` is: a parameter's name, or an edge as (tail, head, key)."""
        arrangement, names = self._contents.base, self._contents.listing.names
        nodes = arrangement.nodes[self._contents.store.parameters].tolist()
        edges = edge_names(
            self._contents.listing, arrangement.edges[self._contents.store.trainable]
        )
        return [*(names[j] for j in nodes), *edges]

    @property
    def weight_edges(self) -> Integers:
        """Which edges the weights after the parameters belong to, by their number as given."""
        return self._contents.base.edges[self._contents.store.trainable]

    # --- passes -------------------------------------------------------------------------------

    def feed_forward(
        self, inputs: Mapping[Any, Any] | ArrayLike | None = None, *, strict: bool = False
    ) -> Values:
        """Compute the outputs.

        Args:
            inputs: values by name: numbers, or arrays whose axes are examples (they broadcast
                against each other); a parameter that is fed has that value in this pass. Or a
                matrix: a row for each example, a column for each input in the order of `inputs`.
            strict: raise an error where an operation leaves its domain, or nan is fed.

        Returns:
            The values by output; `.array` has them in one array.

        Raises:
            MissingValue: an input is not fed.
            ArgumentError: what is fed is no input, no real number, or of the wrong shape.
            GraphError: the network's structure has changed since it was compiled; with `strict`,
                also an operation, a slot, or which edges have a weight or share a parameter.
            DomainError: with `strict`, an operation gave nan or inf for finite arguments.
        """
        feed = self._fed(inputs)
        variant = self._variants.of(feed, self._contents.store)
        self._last = _Last(feed, (), self._contents.store.version)
        if strict:
            self._refuse_faults(variant, self._last)
        nothing = Seeds(feed.filled, _none(), np.empty((0, 0), self.dtype))
        return self._values(variant, feed, self._run(variant, feed, nothing, self._wanted(None)))

    def value_and_gradient(  # noqa: PLR0913 - what a pass can be asked
        self,
        inputs: Mapping[Any, Any] | ArrayLike | None = None,
        outputs: Any = None,  # noqa: ANN401 - a node name is any hashable
        *,
        seed: Any = 1.0,  # noqa: ANN401 - a number, or an array
        reduction: str = "sum",
        wrt: Iterable[Hashable] | None = None,
        strict: bool = False,
    ) -> tuple[Values, Gradients]:
        """Compute the outputs, and the gradient by inputs, parameters and weights.

        Args:
            inputs: as for `feed_forward`.
            outputs: what is differentiated: a node's name; a list of names; or a mapping from
                names to seeds. May be left out where the program has one output.
            seed: what the backward pass starts from; broadcast to the output's shape. Where
                `outputs` is left out, also an array with one column for each output.
            reduction: how the gradient of what is the same for all examples collects their
                shares: "sum" or "mean".
            wrt: the inputs and parameters whose derivative is wanted; default all. The weights'
                are always there.
            strict: raise an error where a value or a derivative is nan or inf.

        Returns:
            The values of the program's outputs by name; and the gradient: a mapping from inputs
            and parameters to derivatives, each with the shape of what was fed. Its `.edges` has
            those by weights of edges, `.weights` all that belongs to `program.weights`, in its
            order, `.inputs` those by all inputs in one array.

        Raises:
            MissingValue, ArgumentError, GraphError: as `feed_forward`.
            DomainError: with `strict`.

        >>> from rojasgraph.expressions import inputs
        >>> a, b = inputs("a b")
        >>> net = Network.from_expressions(((a + b) * (b + 1)).named("e"))
        >>> program = Program(Origin(net).listing())
        >>> values, gradients = program.value_and_gradient({"a": [2.0, 0.0], "b": 1.0})
        >>> values["e"], gradients["a"], gradients["b"]
        (array([6., 2.]), array([2., 2.]), 8.0)
        """
        mean = _is_mean(reduction)
        feed = self._fed(inputs)
        variant = self._variants.of(feed, self._contents.store)
        seeds = tuple(seeds_of(self._contents.listing, variant, feed, outputs, seed))
        if mean and len(seeds) > 1:
            shapes = sorted(each.shape for each in seeds)
            raise ArgumentError(
                f"outputs of different shapes {shapes} have no common mean: take the sum"
            )
        self._last = _Last(feed, seeds, self._contents.store.version)
        if strict:
            self._refuse_faults(variant, self._last)
        wanted = self._wanted(wrt)
        outcomes = [self._run(variant, feed, each, wanted) for each in seeds]
        whole = next((o for o in outcomes if o.shape == feed.filled), None)
        if whole is None:
            nothing = Seeds(feed.filled, _none(), np.empty((0, 0), self.dtype))
            whole = self._run(variant, feed, nothing, wanted)
        numbering = self._numbering if wrt is None else self._numbering_of(wanted)
        return self._values(variant, feed, whole), Gradients(numbering, feed, outcomes, mean=mean)

    def prepare(
        self,
        batch: int | None = None,
        outputs: Any = None,  # noqa: ANN401 - a node name is any hashable
        *,
        seed: Any = 1.0,  # noqa: ANN401 - a number, or an array
        reduction: str = "sum",
        gradient: bool = True,
    ) -> Step:
        """Make a pass ready that is run many times, in arrays that stay in place.

        Args:
            batch: how many examples; None: one, without an axis for it.
            outputs: as for `value_and_gradient`.
            seed: likewise.
            reduction: likewise, of the derivatives by weights.
            gradient: False for a forward pass alone.

        Returns:
            A step: write its `inputs` and `weights`, call it, read its `outputs`,
            `weight_gradient` and `input_gradient`. It starts with the program's weights, and
            changes them not.

        Raises:
            ArgumentError: a batch is no number of examples, an output or a seed does not fit, or a
                weight is a batch.
            GraphError: the network has changed since it was compiled, as for `refresh`.

        >>> program = Program.from_arrays(["input", "square"], [0], [1], weights=[3.0])
        >>> step = program.prepare()
        >>> step.inputs[:] = 2.0
        >>> step()
        >>> step.outputs, step.input_gradient, step.weight_gradient
        (array([36.]), array([36.]), array([24.]))
        """
        if batch is not None and (type(batch) is not int or batch < 0):
            raise ArgumentError(
                f"batch must be None, for one example, or a whole number from 0 up; got {batch!r}"
            )
        self._refuse_edits()
        zeros = np.zeros((1 if batch is None else batch, len(self._contents.listing.inputs)))
        feed = self._fed(zeros)
        variant = self._variants.of(feed, self._contents.store)
        shape = (len(zeros),)
        if variant is not self._variants.base or feed.shape != shape:
            raise ArgumentError(
                "a parameter or constant is a batch of its own: use value_and_gradient"
            )
        start = Seeds(shape, _none(), np.empty((0, 0), self.dtype))
        if gradient:
            (start, *others) = seeds_of(self._contents.listing, variant, feed, outputs, seed)
            if others or start.shape != shape:
                raise ArgumentError("an output depends on no input: use value_and_gradient")
        request = Request(
            shape, self._contents.listing.outputs, start.nodes, start.values, self._wanted(None)
        )
        layout = Layout(len(self._contents.listing.inputs), batch is None, _is_mean(reduction))
        return Step(variant, self._contents.store, feed, request, layout)

    def sweep(
        self,
        output: Hashable,
        inputs: Mapping[Any, Any] | ArrayLike | None = None,
        *,
        algebra: Algebra = algebras.real,
    ) -> PathLabels:
        """Sweep back from an output over a path algebra of floats, as `rg.sweep` does.

        One example runs as compiled code where the engine is "llvm", asked for or taken by "auto".
        Else numpy walks the levels, as it does for batches.

        Args:
            output: a node's name.
            inputs: as for `feed_forward`; an algebra that looks at the edges alone
                (`log_counting`, `longest`) needs none.
            algebra: one of `rg.algebras`, but for `counting` and `free`.

        Returns:
            A mapping by node name: what the algebra answers there, for batches in arrays.
            `.path(source)` gives the edges of the path that an answer of `max_product` or
            `longest` belongs to.

        Raises:
            ArgumentError: there is no such node, the algebra is not one of floats, or its rules
                branch on a value, leave the functions of `xp`, or break a law of semirings on the
                factors of the network.
            MissingValue, GraphError: as `feed_forward`.

        Source: Bauer, Computational graphs and rounding error (1974).

        >>> program = Program.from_arrays(["input", "square"], [0, 0], [1, 1], weights=[3.0, -1.0])
        >>> program.sweep(1, {0: 1.0}, algebra=algebras.max_product)[0]
        12.0
        >>> program.sweep(1, algebra=algebras.longest)[0]
        1
        """
        code = checked(algebra)
        self._refuse_edits()
        number = self._contents.listing.names.number(output)
        if number is None:
            raise ArgumentError(f"output {output!r} is no node; the outputs are {self.outputs}")
        place = int(self._contents.base.places[number])
        if algebra.structural:
            feed = Feed(self._contents.store.fixed, (), ())
            variant = self._variants.base
        else:
            feed = self._fed(inputs)
            variant = self._variants.of(feed, self._contents.store)
        found = compiled(code, variant, self._contents, Place(place, self._routes, feed))
        if found is None and algebra.structural:
            found = along_edges(algebra, self._routes, place)
        elif found is None:
            account = self._account(variant, _Last(feed, (), self._contents.store.version))
            found = by_levels(algebra, self._routes, account, place)
        refuse_no_semiring(found)
        return PathLabels(found, self._contents, place, feed.filled)

    @cached_property
    def _routes(self) -> Routes:
        store = self._contents.store
        return routes_of(self.wiring, store.shared, store.carriers)

    # --- the graph ----------------------------------------------------------------------------

    def label(self, net: Network | None = None) -> None:
        """Write the labels of the last pass on the graph, as the graph's own passes would.

        After `feed_forward` these are the labels of a forward pass; after `value_and_gradient`,
        of both. Where `weights` was set since the program was compiled or refreshed, the new
        weights are written too. Whatever goes on from the graph's own last pass
        (`net.backpropagate`, `rg.paths`, …) goes on from this one.

        Args:
            net: the network that was compiled, which may be left out, or a copy of it.

        Raises:
            NotLabeled: there was no pass with these weights.
            GraphError: the network's structure or operations are others, or there is no network.

        >>> from rojasgraph.expressions import inputs
        >>> net = Network.from_expressions((inputs("x") ** 2).named("y"))
        >>> program = Program(Origin(net).listing(), origin=Origin(net))
        >>> values = program.feed_forward({"x": 3.0})
        >>> program.label()
        >>> net.nodes["y"]["value"], net.backpropagate("y")["x"]
        (9.0, 6.0)
        """
        if self._origin is None:
            raise GraphError("the program was made from arrays: there is no graph to label")
        last, store = self._last, self._contents.store
        if last is None or last.version != store.version:
            raise NotLabeled(
                "there was no pass since the program was compiled, refreshed or given other "
                "weights: call feed_forward(...) or value_and_gradient(...) first"
            )
        target = self._origin.net if net is None else net
        order = self._origin.same_structure(target)
        refuse_edits(order, self._contents.listing)
        reading = reading_of(order)
        account = self._account(self._variants.of(last.feed, store), last)
        labels = labels_of(account)
        record = record_from(order, reading, account, labels)
        origin, base = self._origin, self._contents.base

        def write() -> None:
            if store.version:
                origin.write_weights(order, store, base)
            write_labels(order, account, labels)

        write_whole(target, record, write)

    def refresh(self) -> None:
        """Read weights, values of parameters and constants, arguments and outputs anew.

        Raises:
            GraphError: the structure has changed: nodes, edges, operations, slots, or which edges
                have a weight or share a parameter; compile again.
        """
        if self._origin is None:
            raise GraphError("the program was made from arrays: there is no graph to read anew")
        self._origin.refuse_edits(self._contents.listing)
        contents = self._filled(self._origin.listing())
        self._last = None
        for made in ("_feeder", "_numbering"):  # they are made of the contents
            self.__dict__.pop(made, None)
        self._contents = contents

    # --- inside -------------------------------------------------------------------------------

    def _fed(self, inputs: Any) -> Feed:  # noqa: ANN401 - a user may hand us anything
        if self._origin is not None:
            self._origin.check()
        return self._feeder.feed(inputs, self._contents.store.fixed, self._contents.store.arrays)

    def _refuse_edits(self) -> None:
        """Refuse a network of which another program would be made; each node is looked at."""
        if self._origin is not None:
            self._origin.refuse_edits(self._contents.listing)

    @cached_property
    def _feeder(self) -> Feeder:
        listing, base = self._contents.listing, self._contents.base
        nodes = base.nodes[: base.wiring.sources]
        return Feeder(
            listing.names, listing.codes, nodes, base.places, len(listing.inputs), self.dtype
        )

    def _wanted(self, wrt: Iterable[Hashable] | None) -> Truths:
        """Mark the sources whose derivative is wanted: all but constants, or those named."""
        if wrt is None:
            return self._differentiable
        wanted = np.zeros(len(self._differentiable), np.bool_)
        for name in wrt:
            wanted[self._feeder.source(name)] = True
        return wanted

    @cached_property
    def _differentiable(self) -> Truths:
        wiring = self.wiring
        found: Truths = wiring.codes[: wiring.sources] != CONSTANT
        return found

    @cached_property
    def _numbering(self) -> Numbering:
        return self._numbering_of(self._wanted(None))

    def _numbering_of(self, wanted: Truths) -> Numbering:
        listing, base, store = self._contents.listing, self._contents.base, self._contents.store
        sources = np.sort(base.nodes[: base.wiring.sources][wanted])
        return Numbering(
            listing, base.places, base.edges, sources, store.parameters, store.trainable
        )

    def _run(self, variant: Variant, feed: Feed, seeds: Seeds, wanted: Truths) -> Outcome:
        listing = self._contents.listing
        request = Request(seeds.shape, listing.outputs, seeds.nodes, seeds.values, wanted)
        try:
            return run(variant, self._contents.store, feed, request)
        except NodeFailure as failure:
            raise explained(self._contents.listing, variant.arrangement, failure) from None

    def _values(self, variant: Variant, feed: Feed, outcome: Outcome) -> Values:
        shapes = variant.shapes(self._contents.listing.outputs, feed)
        return Values(self.outputs, outcome.watched, feed, shapes)

    def _account(self, variant: Variant, last: _Last) -> Account:
        try:
            return account_of(self._contents, variant, last.feed, last.seeds)
        except NodeFailure as failure:
            raise explained(self._contents.listing, variant.arrangement, failure) from None

    def _refuse_faults(self, variant: Variant, last: _Last) -> None:
        """Raise an error with the nodes that left their domain, or that were edited."""
        self._refuse_edits()
        account = self._account(variant, last)
        faults = forward_faults(account) or backward_faults(account)
        if faults:
            raise DomainError(faults)


def _made_again(
    listing: Listing, net: Network | None, how: dict[str, Any], weights: Floats | None
) -> Program:
    program = Program(listing, origin=None if net is None else Origin(net), **how)
    if weights is not None:
        program.weights = weights
    return program


def _float_type(dtype: DTypeLike) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float64, np.float32):
        raise ArgumentError(f"dtype must be float64 or float32; got {dtype!r}")
    return found


def _is_mean(reduction: str) -> bool:
    if reduction not in {"sum", "mean"}:
        raise ArgumentError(f"reduction must be 'sum' or 'mean'; got {reduction!r}")
    return reduction == "mean"


def _none() -> Integers:
    return np.empty(0, np.int64)
