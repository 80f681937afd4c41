"""Semirings: what a path algebra is, and the laws that it must obey.

A sweep gives ⊕ over all paths of ⊗ over their edges, whatever the number of paths, if the two
operations are those of a semiring: ⊕ associates and commutes, ⊗ associates and distributes over ⊕,
there is a 0 for ⊕ that annihilates under ⊗, and a 1 for ⊗. ⊗ need not commute: the factor nearer
to the source stands on the left.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product
from typing import Any, Protocol

import numpy as np

from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import kind
from rojasgraph.numbers.namespace import Namespace

Element = Any
"""What an algebra computes with: a number, a tuple of them, or anything of a user's own."""


class SupportsPaths(Protocol):
    """What a sweep needs of an algebra; a user's own object has these and nothing more.

    A sweep also looks for `structural`: where that is true, `lift` is handed an edge's name
    (tail, head, key) in place of its derivative, and the network needs no labels.
    """

    @property
    def zero(self) -> Element:
        """What no path has."""

    @property
    def one(self) -> Element:
        """What the path without edges has."""

    def plus(self, a: Element, b: Element, /) -> Element:
        """Join two sets of paths."""

    def times(self, a: Element, b: Element, /) -> Element:
        """Go on: `a` is nearer to the source."""

    def lift(self, derivative: Any, /) -> Element:  # noqa: ANN401 - a number of any system
        """Bring the derivative of an edge into the algebra."""


@dataclass(frozen=True, eq=False, repr=False)
class Algebra:
    """A path algebra over the numbers of a namespace: a row of `algebras`, or a user's own.

    Attributes:
        name: what it is called.
        rules: its operations, over a namespace.
        structural: whether it looks at the edges alone, and not at their derivatives.
        selective: whether ⊕ gives one of its operands, so that a path belongs to each answer.
        width: of how many floats an element consists; 0 if it is something else.
        scaled: whether it is computed in float64 in place of other floats and of Fractions.
        xp: the namespace.

    >>> shortest = Algebra(
    ...     "shortest",
    ...     AlgebraRules(
    ...         zero=lambda xp: xp.lift(math.inf),
    ...         one=lambda xp: xp.zero,
    ...         plus=lambda xp, a, b: xp.minimum(a, b),
    ...         times=lambda xp, a, b: a + b,
    ...         lift=lambda xp, edge: xp.one,
    ...     ),
    ...     structural=True,
    ...     selective=True,
    ... )
    >>> shortest.plus(shortest.times(1.0, 2.0), shortest.one)
    0.0
    """

    name: str
    rules: AlgebraRules
    structural: bool = False
    selective: bool = False
    width: int = 1
    scaled: bool = False
    xp: Namespace = field(default_factory=lambda: FLOAT)

    def over(self, xp: Namespace) -> Algebra:
        """Give the same algebra over another number system.

        Raises:
            DomainError: it needs floats, and the system is one of formulas.
        """
        if not self.scaled:
            return replace(self, xp=xp)
        if xp.name == "sympy expressions":
            message = f"the algebra {self.name} computes with numbers, not with formulas: feed some"
            raise DomainError(message)
        if xp.exact:
            return replace(self, xp=FLOAT)
        if xp.name.endswith("arrays"):
            return replace(self, xp=numpy_namespace(np.dtype(np.float64)))
        return replace(self, xp=xp)

    @property
    def zero(self) -> Element:
        """What no path has."""
        return self.rules.zero(self.xp)

    @property
    def one(self) -> Element:
        """What the path without edges has."""
        return self.rules.one(self.xp)

    def plus(self, a: Element, b: Element) -> Element:
        """Join two sets of paths.

        >>> from rojasgraph.algebras import max_product
        >>> max_product.plus(2.0, 3.0)
        3.0
        """
        return self.rules.plus(self.xp, a, b)

    def times(self, a: Element, b: Element) -> Element:
        """Go on: `a` is nearer to the source.

        >>> from rojasgraph.algebras import longest
        >>> longest.times(1.0, 2.0)
        3.0
        """
        return self.rules.times(self.xp, a, b)

    def lift(self, derivative: Any) -> Element:  # noqa: ANN401 - a number of any system
        """Bring the derivative of an edge, or its name, into the algebra.

        >>> from rojasgraph.algebras import counting, magnitude
        >>> magnitude.lift(-2.0), counting.lift(("x", "y", 0))
        (2.0, 1)
        """
        number = derivative if self.structural or not self.scaled else self.xp.lift(derivative)
        return self.rules.lift(self.xp, number)

    def answer(self, element: Element) -> Any:  # noqa: ANN401 - whatever the algebra answers
        """Give what an element tells.

        >>> from rojasgraph.algebras import boolean, longest
        >>> boolean.answer(1.0), longest.answer(2.0)
        (True, 2)
        """
        with np.errstate(all="ignore"):
            return self.rules.answer(self.xp, element)

    def __repr__(self) -> str:
        """Show the name."""
        return f"<path algebra {self.name}>"

    def __reduce__(self) -> tuple[Callable[..., Algebra], tuple[Any, ...]]:
        """Pickle by name, as functions are: an algebra is what a module declares, not data.

        Raises:
            ArgumentError: no module bears it at its top.
        """
        rules = [getattr(self.rules, each.name) for each in fields(self.rules)]
        modules = dict.fromkeys(getattr(rule, "__module__", None) for rule in rules)
        for module in sys.modules.keys() & modules.keys():
            for name, declared in vars(sys.modules[module]).items():
                if isinstance(declared, Algebra) and declared.rules is self.rules:
                    return _declared, (module, name, self.xp)
        message = (
            f"the algebra {self.name} cannot be pickled: it is found by its name, and no module "
            "of its rules bears it; assign it at the top of the module that defines them"
        )
        raise ArgumentError(message)

    def __copy__(self) -> Algebra:
        """Give the algebra itself, which nothing can change."""
        return self

    def __deepcopy__(self, _memo: object) -> Algebra:
        """Give the algebra itself, which nothing can change."""
        return self


def _declared(module: str, name: str, xp: Namespace) -> Algebra:
    """Find what `Algebra.__reduce__` wrote down."""
    found: Algebra = getattr(importlib.import_module(module), name)
    return found if found.xp is xp else replace(found, xp=xp)


@dataclass(frozen=True, eq=False)
class AlgebraRules:
    """The operations of an algebra, written over a namespace `xp`, as the rows of primitives are.

    They choose by `xp.where`, `xp.maximum` and the like, so that they can be compiled. Elements are
    numbers, or tuples of as many numbers as the algebra is wide.

    Attributes:
        zero: `zero(xp)`, what no path has.
        one: `one(xp)`, what the path without edges has.
        plus: `plus(xp, a, b)`.
        times: `times(xp, a, b)`, `a` nearer to the source.
        lift: `lift(xp, derivative)`.
        answer: `answer(xp, element)`, what an element tells; default the element itself.
    """

    zero: Callable[[Namespace], Element]
    one: Callable[[Namespace], Element]
    plus: Callable[[Namespace, Element, Element], Element]
    times: Callable[[Namespace, Element, Element], Element]
    lift: Callable[[Namespace, Any], Element]
    answer: Callable[[Namespace, Element], Any] = lambda _xp, element: element


# --- laws -------------------------------------------------------------------------------------

_TRIED = 6
"""How many elements are tried against one another: their triples grow as the third power."""

_CLOSE = 1e-9


def check_laws(
    algebra: SupportsPaths,
    numbers: Sequence[Any],
    same: Callable[[Element, Element], bool] | None = None,
) -> None:
    """Try the laws of a semiring on some factors.

    Args:
        algebra: anything with `zero`, `one`, `plus`, `times` and `lift`.
        numbers: derivatives to lift (names of edges for a structural algebra); of more than a few,
            some are chosen: the smallest, the largest and others.
        same: tells whether two elements are equal; default: numbers to 9 digits, formulas by
            what they mean, tuples and arrays part by part, anything else by `==`.

    Raises:
        ArgumentError: a law does not hold; the message shows where.

    Source: Mohri, Semiring frameworks and algorithms for shortest-distance problems (2002).

    >>> from types import SimpleNamespace
    >>> signed = SimpleNamespace(
    ...     zero=0.0, one=1.0, plus=max, times=lambda a, b: a * b, lift=lambda d: d
    ... )
    >>> check_laws(signed, [0.5, 2.0])
    >>> check_laws(signed, [-2.0, 0.5, 3.0])
    Traceback (most recent call last):
        ...
    rojasgraph.errors.ArgumentError: ... is no semiring: ... a negative factor turns max into min...
    """
    same = same or _same
    zero, one, plus, times = algebra.zero, algebra.one, algebra.plus, algebra.times
    lifted = [algebra.lift(x) for x in _spread(numbers)]
    laws: dict[str, Callable[..., tuple[Element, Element]]] = {
        "one is neutral": lambda a: (times(one, a), a),
        "one is neutral on the right": lambda a: (times(a, one), a),
        "zero is neutral": lambda a: (plus(zero, a), a),
        "zero annihilates": lambda a: (times(zero, a), zero),
        "zero annihilates on the right": lambda a: (times(a, zero), zero),
        "plus commutes": lambda a, b: (plus(a, b), plus(b, a)),
        "plus associates": lambda a, b, c: (plus(plus(a, b), c), plus(a, plus(b, c))),
        "times associates": lambda a, b, c: (times(times(a, b), c), times(a, times(b, c))),
        "times distributes": lambda a, b, c: (times(a, plus(b, c)), plus(times(a, b), times(a, c))),
        "times distributes from the right": lambda a, b, c: (
            times(plus(a, b), c),
            plus(times(a, c), times(b, c)),
        ),
    }
    for law, sides in laws.items():
        for chosen in product(lifted, repeat=sides.__code__.co_argcount):
            left, right = sides(*chosen)
            if not same(left, right):
                raise _no_semiring(algebra, law, chosen, left, right)


def _no_semiring(
    algebra: SupportsPaths, law: str, chosen: Sequence[Element], left: Element, right: Element
) -> ArgumentError:
    name = getattr(algebra, "name", type(algebra).__name__)
    letters = ", ".join(f"{letter} = {x!r}" for letter, x in zip("abc", chosen, strict=False))
    message = (
        f"{name} is no semiring: it is not so that {law}: at {letters} the two sides are {left!r} "
        f"and {right!r}, so a sweep would not give the sum over the paths"
    )
    if _negative(chosen):
        message += (
            ". Where plus is max, a negative factor turns max into min: take the sizes "
            "(algebras.max_product), or both ends (algebras.min_max)"
        )
    return ArgumentError(message)


def _negative(chosen: Sequence[Element]) -> bool:
    try:
        return any(x < 0 for x in chosen)
    except (TypeError, ValueError):
        return False


def _spread(numbers: Sequence[Any]) -> list[Any]:
    """Choose a few: both ends and what lies between, if they have an order."""
    try:
        listed = sorted(set(numbers))
    except TypeError:
        listed = list(numbers)
    if len(listed) <= _TRIED:
        return listed
    return [listed[i * (len(listed) - 1) // (_TRIED - 1)] for i in range(_TRIED)]


def _same(a: Element, b: Element) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return bool(np.allclose(a, b, rtol=_CLOSE))
    if isinstance(a, float) or isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=_CLOSE, abs_tol=_CLOSE * _CLOSE)
    if {_family(a), _family(b)} & {"mpmath", "complex"}:
        return bool(a == b or abs(a - b) <= _CLOSE * max(abs(a), abs(b), _CLOSE))
    if "sympy" in {_family(a), _family(b)}:
        return bool(a == b or (a - b).equals(0) is not False)
    return bool(a == b)


def _family(element: Element) -> str:
    """Tell the family of an element, if it is a number."""
    try:
        return kind(element)
    except TypeError:
        return ""
