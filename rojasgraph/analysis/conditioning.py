"""Rounding errors, labeled on the graph: `conditioning`.

Edge i→j has the relative label (v_i/v_j)·d: how many times a relative error of v_i is larger in
v_j. Products telescope, so the sum over all paths from a node to the output F is
K = (v/F)·∂F/∂v: relative conditioning is the same backward sweep, divided by values. The absolute
value is taken after the sum over paths: what a node rounds is one error, whatever paths it takes.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from rojasgraph.analysis.links import Example, chosen, numbers_of
from rojasgraph.analysis.rounding import Arithmetic, check_size, rounding_of
from rojasgraph.analysis.sweeping import sweep
from rojasgraph.contract import Record
from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.network import Network, record_of
from rojasgraph.numbers.kinds import Number

LARGE = 1000.0
"""From which sum of the inputs' conditions on a problem is called ill-conditioned."""

_MUCH_LARGER = 100.0
"""How many times a condition within must exceed those of the inputs."""

_SHOWN = 8

ILL_CONDITIONED = "ill-conditioned problem"
UNSTABLE = "unstable algorithm"
STABLE = "stable"


@dataclass(frozen=True, slots=True)
class Culprit:
    """What one node does to the relative error of the output.

    Attributes:
        node: its name.
        op: its operation.
        condition: K = (v/F)·∂F/∂v: how many times larger a relative error of the node's value is in
            the output; nan where the output is 0.
        rounding: the relative error that the node itself may make (where its value is 0, the
            absolute error); of a source, what was given.
        error: its share in the bound: |K| · rounding; where the output is 0, of the absolute error.
    """

    node: Hashable
    op: str
    condition: float
    rounding: float
    error: float


class Conditioning(Mapping[Hashable, Culprit]):
    """The labels of all nodes: a mapping from names to `Culprit`s.

    Attributes:
        output: whose error it is.
        value: the output's value.
        bound: of the relative error of the output, to first order; where the output is 0, of the
            absolute error.
        relative: whether it is relative.
        problem: Σ |K| over inputs and parameters: what any algorithm must suffer.
        verdict: "ill-conditioned problem" where `problem` is large; "unstable algorithm" where only
            nodes within have large conditions, so that another algorithm would do better; else
            "stable". Where the output is 0 there is none: "".
    """

    def __init__(
        self, output: Hashable, value: Number, culprits: Mapping[Hashable, Culprit]
    ) -> None:
        """Keep the labels and sum them up."""
        self._culprits = dict(culprits)
        self.output, self.value = output, value
        self.relative = value != 0
        self.bound = sum(each.error for each in culprits.values())
        known = [c for c in culprits.values() if c.op in {"input", "parameter"}]
        self.problem = sum(abs(c.condition) for c in known)
        self.verdict = self._judged() if self.relative else ""

    def _judged(self) -> str:
        inner = [abs(c.condition) for c in self._culprits.values()
                 if c.rounding and c.op not in {"input", "parameter"}]  # fmt: skip
        if max(inner, default=0.0) > _MUCH_LARGER * max(self.problem, 1.0):
            return UNSTABLE
        return ILL_CONDITIONED if self.problem > LARGE else STABLE

    @property
    def culprits(self) -> list[Culprit]:
        """The nodes that have a share in the bound, the largest first; ties in graph order."""
        return sorted((c for c in self.values() if c.error), key=lambda c: -c.error)

    def __getitem__(self, name: Hashable) -> Culprit:
        """Give the label of a node."""
        return self._culprits[name]

    def __iter__(self) -> Iterator[Hashable]:
        """Go over the nodes, in the order of the graph."""
        return iter(self._culprits)

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self._culprits)

    def __str__(self) -> str:
        """Write the verdict and the worst culprits."""
        kind = "relative" if self.relative else "absolute"
        lines = [f"{self.output}: {kind} error up to {self.bound:.2g}"]
        if self.verdict:
            lines[0] += f"; {self.verdict}"
        lines += [
            f"  {c.error:.2g}  {c.node} ({c.op}): condition {c.condition:.3g}, "
            f"rounding {c.rounding:.2g}"
            for c in self.culprits[:_SHOWN]
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Show the output, the bound and the verdict."""
        verdict = f", {self.verdict}" if self.verdict else ""
        return f"<conditioning of {self.output!r}: bound {self.bound:.2g}{verdict}>"


def conditioning(  # noqa: PLR0913 - what errors there may be
    net: Network,
    output: Hashable,
    *,
    unit_roundoff: float = 2.0**-53,
    library: float = 2.0,
    roundoffs: Mapping[str, float] | None = None,
    input_errors: Mapping[Hashable, float] | float = 0.0,
    example: Example = None,
) -> Conditioning:
    """Label every node with its relative condition and its share in the error of an output.

    To first order, |δF/F| ≤ Σ |K_x|·|ε_x| over the sources + Σ |K_v|·u_v over the operations,
    where u_v is what the node rounds: one unit roundoff for + − × ÷ √, nothing for a negation or a
    product with a constant power of two, `library` unit roundoffs for a function of a library.
    What comes in at a node is rounded term by term. Labels are read from the last `feed_forward`;
    where the output cancels, feed mpmath numbers to have more digits of the conditions than the
    output itself has.

    Args:
        net: a network that has been fed forward.
        output: the node whose error it is.
        unit_roundoff: of the floats in question: 2⁻⁵³ for float64, 2⁻²⁴ for float32.
        library: how many unit roundoffs functions such as `exp` or `tanh` may err by.
        roundoffs: the same for operations by name, in place of what is known of them, such as
            `{"cos": 1}`, or for a primitive of your own.
        input_errors: relative errors of inputs, parameters and constants: one for all inputs and
            parameters, or by name.
        example: of a batch, the index of the example to look at.

    Returns:
        A mapping by node name, with `.bound`, `.culprits`, `.problem` and `.verdict`.

    Raises:
        NotLabeled: the network has not been fed forward.
        ArgumentError: a name is no node or no source, a number is negative, there is no such
            example, or the labels are batches and none is named.
        DomainError: the output has no finite value, or the labels are formulas.

    Source: Bauer, Computational graphs and rounding error (1974); Linnainmaa, Taylor expansion of
    the accumulated rounding error (1976); Stoer and Bulirsch, Introduction to numerical analysis,
    section 1.3.

    >>> from rojasgraph.expressions import inputs
    >>> from rojasgraph.primitives import cos
    >>> net = Network.from_expressions((1 - cos(inputs("x")).named("c")).named("y"))
    >>> _ = net.feed_forward(x=1e-4)
    >>> found = conditioning(net, "y")
    >>> found.verdict, found.culprits[0].node, found.problem
    ('unstable algorithm', 'c', 2.00)
    """
    record = record_of(net)
    (end,) = numbers_of(record.order, output)
    arithmetic = Arithmetic(unit_roundoff, library, roundoffs or {})
    value = _value(record, end, example)
    adjoints = sweep(net, output, example=example)
    given = _given(record, input_errors)
    culprits = {}
    for j, name in enumerate(record.order.names):
        op, own = str(record.order.nodes[j]["op"]), chosen(record.forward.values[j], example)
        adjoint = adjoints[name]
        if adjoint == 0:  # also where no path leads to the output
            culprits[name] = Culprit(name, op, 0.0 if value else math.nan, 0.0, 0.0)
            continue
        try:
            error = rounding_of(record, j, arithmetic, example)
            error += given.get(j, 0.0) * float(abs(own))
            share = float(abs(adjoint)) * error if error else 0.0
            condition = float(own * adjoint / value) if value else math.nan
        except TypeError:
            message = f"node {name!r} has the value {own}: error bounds need real numbers"
            raise DomainError(message) from None
        share = share / float(abs(value)) if value else share
        rounding = error / float(abs(own)) if own else error
        culprits[name] = Culprit(name, op, condition, rounding, share)
    return Conditioning(output, value, culprits)


def _value(record: Record, end: int, example: Example) -> Number:
    value = chosen(record.forward.values[end], example)
    name = record.order.names[end]
    if getattr(value, "shape", ()):
        message = f"the value of {name!r} is a batch: name one example with example="
        raise ArgumentError(message)
    if not record.reading.system.isfinite(value):
        message = f"{name!r} is {value}: an error bound needs a finite value"
        raise DomainError(message)
    return value


def _given(record: Record, errors: Mapping[Hashable, float] | float) -> dict[int, float]:
    """Number the given relative errors of sources.

    Raises:
        ArgumentError: a name is no source, or an error is negative.
    """
    sources, constants = record.reading.sources, record.reading.constants
    if not isinstance(errors, Mapping):
        check_size("input_errors", errors)
        return {j: float(errors) for j in sources if j not in constants}
    given = {}
    for name, error in errors.items():
        (j,) = numbers_of(record.order, name)
        if j not in sources:
            message = f"input_errors names {name!r}, which is no source"
            raise ArgumentError(message)
        check_size(f"input_errors[{name!r}]", error)
        given[j] = float(error)
    return given
