"""Hold claims against a network: agree or not, on what evidence, where wrong and why."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from rojasgraph.contract import edge_text
from rojasgraph.derivation.cases import Case, Mistake, Sample
from rojasgraph.derivation.claims import Claim
from rojasgraph.derivation.letters import backward_order, letter, only_output
from rojasgraph.derivation.mistakes import recognize
from rojasgraph.derivation.points import (
    DIGITS,
    Labels,
    Numeric,
    differ,
    equal,
    precision,
    random_points,
)
from rojasgraph.derivation.proof import proves_equal
from rojasgraph.errors import ArgumentError
from rojasgraph.expressions import Expression, trace
from rojasgraph.formula import parse
from rojasgraph.network import Network
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import EdgeName

Formula = Any
"""A sympy expression."""

POINTS = 20
"""At how many points claim and truth are compared."""

_TRIED = 240
"""How many points are tried, to find that many where both are defined."""


_DEPTH = 4
"""So many operations deep a formula is written out in the letters of a claim."""


@dataclass(frozen=True)
class Counterexample:
    """A point at which a claim is wrong.

    Attributes:
        point: the values of the inputs, parameters and weights.
        claimed: what the claim says there.
        true: what it should say.
    """

    point: Mapping[str, Fraction]
    claimed: float
    true: float

    def __str__(self) -> str:
        """Write the point and both values."""
        at = ", ".join(f"{name} = {value}" for name, value in self.point.items())
        return f"at {at}: claimed {self.claimed:.6g}, true {self.true:.6g}"


@dataclass(frozen=True)
class Verdict:
    """What is found about one claim.

    Attributes:
        about: what the claim is about, such as "∂E/∂w".
        claim: its formula.
        agrees: whether it is right wherever both sides are defined.
        evidence: "proved symbolically", or "agreed at … random points at 50 digits", or, for a
            wrong claim, "counterexample".
        reason: why it is wrong, in words; "" if it agrees.
        note: where the claim is not defined though the truth is, or the other way round.
        counterexample: a point at which it is wrong.
        first_wrong_edge: the first edge in backward order whose local claim is wrong; where no
            local claims are given, the edge whose derivative this claim gets wrong, if the reason
            tells. As (tail, head, key).
        first_wrong_node: the first node in backward order with a wrong claim.
    """

    about: str
    claim: str
    agrees: bool
    evidence: str
    reason: str = ""
    note: str = ""
    counterexample: Counterexample | None = None
    first_wrong_edge: EdgeName | None = None
    first_wrong_node: Hashable | None = None

    def __bool__(self) -> bool:
        """A verdict is true if the claim agrees."""
        return self.agrees

    def __str__(self) -> str:
        """Write the verdict in a line or a few."""
        mark = "agrees" if self.agrees else "is wrong"
        lines = [f"{self.about} = {self.claim} {mark}: {self.reason or self.evidence}"]
        lines += [f"  {self.counterexample}"] if self.counterexample else []
        lines += [f"  note: {self.note}"] if self.note else []
        return "\n".join(lines)


class Verdicts(Mapping[Any, Verdict]):
    """The verdicts on several claims, by what each was keyed; printed as lines."""

    def __init__(self, verdicts: Mapping[Any, Verdict]) -> None:
        """Keep the verdicts."""
        self._verdicts = dict(verdicts)

    @property
    def agree(self) -> bool:
        """Whether all claims agree."""
        return all(self._verdicts.values())

    def __getitem__(self, key: Any) -> Verdict:  # noqa: ANN401 - a name or an edge
        """Give the verdict on one claim."""
        verdict: Verdict = self._verdicts[key]
        return verdict

    def __iter__(self) -> Iterator[Any]:
        """Go over the claims' keys."""
        return iter(self._verdicts)

    def __len__(self) -> int:
        """Count the claims."""
        return len(self._verdicts)

    def __str__(self) -> str:
        """Write a line for each claim, or a few."""
        return "\n".join(map(str, self._verdicts.values()))

    __repr__ = __str__


def check(
    net: Network,
    claims: Mapping[Any, Any],
    output: Hashable | None = None,
    *,
    values: Mapping[Hashable, Any] | None = None,
) -> Verdicts:
    """Hold claimed formulas against a network.

    Formulas may use the names of inputs, parameters and operations, the letters that `explain`
    gives to unnamed operations, and the names of weights (an edge's `label`, else w_tail_head);
    weights that no claim names keep their numbers.

    Args:
        net: any network that meets the graph contract; no labels are needed or touched.
        claims: formulas (text, expressions or sympy's) by what they are about: a node's name, or
            a weight's, for the derivative of the output by it; an edge, as (tail, head) or
            (tail, head, key), for its local derivative.
        output: the node to differentiate; default the network's one output.
        values: formulas for the values of nodes, by name.

    Returns:
        A verdict for each claim, by its key; those on values are keyed ("value", name).

    Raises:
        FormulaError: a text is no formula.
        ArgumentError: a key is no node, weight or edge, a formula has an unknown name, or the
            network carries a complex number.
        GraphError: the network breaks the contract.

    Source: complex derivations fail at single steps; Rojas (1996), section 7.2, has the steps.

    >>> from rojasgraph.expressions import inputs
    >>> from rojasgraph.primitives import half_squared, sigmoid
    >>> x, t, w = inputs("x t w")
    >>> o = sigmoid(w * x).named("o")
    >>> net = Network.from_expressions(half_squared(o, t).named("E"))
    >>> verdicts = check(net, {"w": "(o - t)*o*(1 - o)*x", "x": "(o - t)*o*(1 - o)"})
    >>> verdicts["w"].agrees, verdicts["w"].evidence
    (True, 'proved symbolically')
    >>> verdicts["x"].reason
    'missing factor w'
    """
    read = {key: Claim(given) for key, given in claims.items()}
    of_values = {("value", name): Claim(given) for name, given in (values or {}).items()}
    chosen = only_output(net) if output is None else output
    bench = _Bench(net, chosen, [*read.values(), *of_values.values()], claims)
    subjects = {key: bench.subject(key) for key in read}
    subjects |= {key: bench.value_of(key[1]) for key in of_values}
    with precision():
        verdicts = {
            key: bench.judge(subjects[key], claim) for key, claim in (read | of_values).items()
        }
    return Verdicts(_with_first_wrong(bench, subjects, verdicts))


@dataclass(frozen=True)
class Subject:
    """What a claim is about.

    Attributes:
        about: in words.
        node: the node that is differentiated by, or whose value it is.
        edge: the edge of a local derivative, or of a weight.
        true: the formula in letters.
        at: gives the number from labels.
        is_derivative: whether it is a derivative of the output.
    """

    about: str
    node: int | None
    edge: int | None
    true: Formula
    at: Callable[[Labels], Number | None]
    is_derivative: bool


class _Bench:
    """A network ready to have claims held against it."""

    def __init__(
        self, net: Network, output: Hashable, claims: Collection[Claim], keys: Collection[Any]
    ) -> None:
        """Label the network with letters; weights stay numbers unless a claim or key names one."""
        lettering = letter(net, output)
        named = set().union(*(claim.names for claim in claims))
        named |= {key for key in keys if isinstance(key, str)}
        if not named & {s.name for s in lettering.weights.values()}:
            lettering = letter(net, output, weights=False)
        self.lettering = lettering
        self._refuse_complex()
        self.output = lettering.number(output)
        sources = {
            j: lettering.letters[j].name
            for j, node in enumerate(lettering.order.nodes)
            if node["op"] in {"input", "parameter"}
        }
        weights = {e: s.name for e, s in lettering.weights.items()}
        self.numeric = Numeric(lettering.order, sources, weights)
        self.symbols = {s.name: s for s in lettering.letters if s.is_Symbol}
        self.symbols |= {s.name: s for s in lettering.weights.values()}
        for claim in claims:
            self._refuse_unknown(claim)
        self.backward = lettering.adjoints(output)

    def _refuse_complex(self) -> None:
        """Refuse complex numbers in the network: claims are compared at real points."""
        order, plan = self.lettering.order, self.lettering.plan
        held = [
            (f"node {order.names[j]!r}", [definition, *plan.arguments[j].values()])
            for j, definition in enumerate(self.lettering.definitions)
            if plan.arguments[j] or plan.primitives[j] is None
        ]
        held += [(edge_text(order, e), [w]) for e, w in enumerate(plan.weights) if w is not None]
        for place, numbers in held:
            if any(number.is_extended_real is False for number in numbers):
                message = f"{place} carries a complex number; claims are about real numbers"
                raise ArgumentError(message)

    def _refuse_unknown(self, claim: Claim) -> None:
        unknown = sorted(claim.names - set(self.symbols))
        if unknown:
            known = ", ".join(self.symbols)
            message = f"the claim {claim.text} names {', '.join(unknown)}; known names: {known}"
            raise ArgumentError(message)

    # --- subjects ---------------------------------------------------------------------------

    def subject(self, key: Any) -> Subject:  # noqa: ANN401 - a name or an edge
        """Find what a key of the claims means."""
        order = self.lettering.order
        if isinstance(key, Hashable) and key in order.number:
            return self._by_node(order.number[key])
        for e, symbol in self.lettering.weights.items():
            if symbol.name == key:
                return self._by_weight(e)
        edges = [e for e, name in enumerate(order.edge_names) if key in (name, name[:2])]
        if len(edges) == 1:
            return self._by_edge(edges[0])
        by_letter = [j for j, s in enumerate(self.lettering.letters) if str(s) == key]
        if by_letter:
            return self._by_node(by_letter[0])
        fault = f"{len(edges)} parallel edges are" if edges else "no node, weight or edge is"
        message = (
            f"{fault} called {key!r}: claims are keyed by a node's or weight's name, or by an "
            f"edge as (tail, head, key); names: {', '.join(self.symbols)}"
        )
        raise ArgumentError(message)

    def _ratio(self, top: Formula, bottom: Formula) -> str:
        return f"∂{top}/∂{bottom}"

    def _by_node(self, j: int) -> Subject:
        letters = self.lettering.letters
        return Subject(
            self._ratio(letters[self.output], letters[j]),
            node=j,
            edge=None,
            true=self.backward.adjoints[j] or 0,
            at=lambda labels: labels.backward({self.output: 1}).adjoints[j],
            is_derivative=True,
        )

    def _by_weight(self, e: int) -> Subject:
        return Subject(
            self._ratio(self.lettering.letters[self.output], self.lettering.weights[e]),
            node=None,
            edge=e,
            true=self.backward.gradients[e] or 0,
            at=lambda labels: labels.backward({self.output: 1}).gradients[e],
            is_derivative=True,
        )

    def _by_edge(self, e: int) -> Subject:
        order, letters = self.lettering.order, self.lettering.letters
        return Subject(
            self._ratio(letters[order.heads[e]], letters[order.tails[e]]),
            node=None,
            edge=e,
            true=self.lettering.forward.edge_derivatives[e],
            at=lambda labels: labels.forward.edge_derivatives[e],
            is_derivative=False,
        )

    def value_of(self, name: Hashable) -> Subject:
        """Make the value of a node a subject."""
        j = self.lettering.number(name)
        return Subject(
            f"value of {self.lettering.letters[j]}",
            node=j,
            edge=None,
            true=self.lettering.definitions[j],
            at=lambda labels: labels.forward.values[j],
            is_derivative=False,
        )

    # --- verdicts ---------------------------------------------------------------------------

    def judge(self, subject: Subject, claim: Claim) -> Verdict:
        """Compare one claim with the truth."""
        samples, points, note = self._samples(subject, claim)
        if not samples:
            return Verdict(
                subject.about,
                claim.text,
                agrees=False,
                evidence="no point was found at which both sides are defined",
                reason="cannot be compared: nowhere are both sides defined",
                note=note,
            )
        for sample, point in zip(samples, points, strict=True):
            if not equal(sample.claimed, sample.true) and differ(
                lambda at=point: self._both(subject, claim, at)  # type: ignore[misc]
            ):
                values = Counterexample(point, float(sample.claimed), float(sample.true))
                return self._wrong(subject, claim, samples, values, note)
        proved = self._proved(subject, claim)
        counted = f"agreed at {len(samples)} random points at {DIGITS} digits"
        evidence = "proved symbolically" if proved else counted
        return Verdict(subject.about, claim.text, agrees=True, evidence=evidence, note=note)

    def _proved(self, subject: Subject, claim: Claim) -> bool:
        """Try to prove a claim, in the letters that it names, then in the sources alone."""
        claimed = claim.formula(self.symbols)
        if proves_equal(claimed, self._in_names(subject.true, claim.names)):
            return True
        try:
            return proves_equal(
                self.lettering.expanded(claimed), self.lettering.expanded(subject.true)
            )
        except ArgumentError:  # too large
            return False

    def _in_names(self, formula: Formula, names: set[str]) -> Formula:
        """Replace the letters that a claim does not name by what they stand for, a few deep."""
        lettering = self.lettering
        known = {
            letter: lettering.definitions[j]
            for j, letter in enumerate(lettering.letters)
            if letter.is_Symbol and letter.name not in names
        }
        for _ in range(_DEPTH):
            formula = formula.xreplace({s: known[s] for s in formula.free_symbols if s in known})
        return formula

    def _samples(
        self, subject: Subject, claim: Claim
    ) -> tuple[list[Sample], list[dict[str, Fraction]], str]:
        """Evaluate both sides at random points and about the kinks; note where one is missing."""
        import mpmath

        samples: list[Sample] = []
        chosen: list[dict[str, Fraction]] = []
        note = ""
        for point in self._points(claim):
            labels = self.numeric.at(point)
            names = self._names_at(labels)
            claimed, true = claim.value(names), _number(subject.at(labels))
            if mpmath.isfinite(true) and mpmath.isfinite(claimed):
                samples.append(Sample(labels, names, claimed, true))
                chosen.append(point)
            elif mpmath.isfinite(true) != mpmath.isfinite(claimed) and not note:
                note = self._domain_note(
                    claim, names, point, claimed_missing=bool(mpmath.isfinite(true))
                )
        return samples, chosen, note

    def _both(
        self, subject: Subject, claim: Claim, point: Mapping[str, Fraction]
    ) -> tuple[Number, Number]:
        """Evaluate both sides at a point, with the digits that are set."""
        labels = self.numeric.at(point)
        return claim.value(self._names_at(labels)), _number(subject.at(labels))

    def _domain_note(
        self,
        claim: Claim,
        names: Mapping[str, Number],
        point: Mapping[str, Fraction],
        *,
        claimed_missing: bool,
    ) -> str:
        at = ", ".join(f"{name} = {value}" for name, value in point.items())
        if not claimed_missing:
            return f"another domain: at {at} the claim is defined, the derivative is not"
        why = claim.domain_at(names)
        return f"another domain: at {at} the claim is not defined" + (f": {why}" if why else "")

    def _points(self, claim: Claim) -> Iterator[dict[str, Fraction]]:
        """Give random points, then some on both sides of every kink."""
        names = [*self.numeric.sources.values(), *self.numeric.weights.values()]
        taken = list(itertools.islice(random_points(names), POINTS + 4))
        yield from taken
        for point in taken[:3]:
            known = self._names_at(self.numeric.at(point))
            for around in (*self.numeric.kinks(point, names), *claim.kinks(known, names)):
                yield {**point, **around}

    def _names_at(self, labels: Labels) -> dict[str, Number]:
        """Name every value at a point: letters and weights."""
        values = {
            s.name: labels.forward.values[j]
            for j, s in enumerate(self.lettering.letters)
            if s.is_Symbol
        }
        weights = {s.name: labels.plan.weights[e] for e, s in self.lettering.weights.items()}
        return values | weights

    def _wrong(
        self,
        subject: Subject,
        claim: Claim,
        samples: list[Sample],
        counterexample: Counterexample,
        note: str,
    ) -> Verdict:
        """Give the verdict on a claim that a point contradicts, with the reason if it is known."""
        mistake = recognize(
            Case(
                self.lettering,
                self.output,
                (subject.edge if subject.node is None else subject.node)
                if subject.is_derivative
                else None,
                by_weight=subject.node is None,
                samples=samples,
                swapped=lambda s, names: claim.value(
                    {n: s.names[names.get(n, n)] for n in s.names}
                ),
                names=frozenset(claim.names),
                true=subject.true,
            )
        ) or Mistake("differs from the derivative by no mistake that is known here")
        edge = mistake.edge
        return Verdict(
            subject.about,
            claim.text,
            agrees=False,
            evidence="counterexample",
            reason=mistake.reason,
            note=note,
            counterexample=counterexample,
            first_wrong_edge=None if edge is None else self.lettering.order.edge_names[edge],
        )


def _number(derivative: Number | None) -> Number:
    """Give 0 where no path leads."""
    import mpmath

    return mpmath.mpf(0) if derivative is None else derivative


def _with_first_wrong(
    bench: _Bench, subjects: Mapping[Any, Subject], verdicts: Mapping[Any, Verdict]
) -> dict[Any, Verdict]:
    """Tell each wrong verdict the first wrong edge and node in backward order."""
    order = bench.lettering.order
    place = {p.node: i for i, p in enumerate(backward_order(order, bench.output))}
    wrong = [subjects[key] for key, verdict in verdicts.items() if not verdict]
    edges = [s.edge for s in wrong if s.edge is not None and not s.is_derivative]
    nodes = [s.node for s in wrong if s.node is not None]
    last = len(place)
    edge = min(edges, key=lambda e: (place.get(order.heads[e], last), e), default=None)
    node = min(nodes, key=lambda j: place.get(j, last), default=None)
    return {
        key: verdict
        or replace(
            verdict,
            first_wrong_edge=verdict.first_wrong_edge if edge is None else order.edge_names[edge],
            first_wrong_node=None if node is None else order.names[node],
        )
        for key, verdict in verdicts.items()
    }


def check_function(function: Any, derivative: Any, by: str | None = None) -> Verdict:  # noqa: ANN401
    """Hold a derivative against a function: two formulas, or two Python functions.

    Args:
        function: a formula, or a Python function that `trace` can run on expressions.
        derivative: likewise, of the same names.
        by: the name to differentiate by; may be left out where there is one name.

    Returns:
        The verdict.

    Raises:
        FormulaError: a text is no formula.
        ArgumentError: the name is left out and there are several, or none.

    >>> check_function("sin(x)**2", "2*sin(x)*cos(x)").agrees
    True
    >>> check_function(lambda x: x**3, lambda x: 2 * x**2).reason
    'extra factor 2/3'
    """
    net = _as_network(function)
    names = net.inputs
    if by is None and len(names) != 1:
        message = f"name what to differentiate by: the function has {names or 'no names'}"
        raise ArgumentError(message)
    claim = trace(derivative) if _is_function(derivative) else derivative
    (verdict,) = check(net, {names[0] if by is None else by: claim}).values()
    return verdict


def _is_function(given: object) -> bool:
    return callable(given) and not isinstance(given, Expression)


def _as_network(given: Any) -> Network:  # noqa: ANN401 - see check_function
    if _is_function(given):
        return trace(given)
    return Network.from_expressions(parse(given) if isinstance(given, str) else given)
