"""Path algebras: what else than a derivative one backward sweep can compute.

Backpropagation adds up, over all paths to the output, the products of the edge derivatives. Any
other pair of operations ⊕, ⊗ will do in place of + and × if it is a semiring: ⊕ associates and
commutes, ⊗ associates and distributes over ⊕, there is a 0 for ⊕ that annihilates under ⊗, and a 1
for ⊗. Then one sweep gives ⊕ over all paths of ⊗ over their edges of `lift(derivative)`, whatever
the number of paths. ⊗ need not commute: the factor nearer to the source stands on the left.

An algebra is any object with `zero`, `one`, `plus(a, b)`, `times(a, b)` and `lift(derivative)`.
Those of this module are rows over a namespace `xp`, as primitives are, so that they run in every
number system, and as compiled code.

| algebra | answer at a node |
|---|---|
| `real` | the derivative |
| `boolean` | whether some path has no factor 0 |
| `counting` | the number of paths, exact |
| `log_counting` | its logarithm, in floats: also compiled |
| `magnitude` | Σ of the sizes of the path products: the total influence |
| `max_product` | the size of the largest path product; `path` tells the path |
| `min_max` | the smallest and the largest path product, with their signs |
| `log` | sign and logarithm of the derivative, which neither under- nor overflow |
| `entropy` | the entropy in nats of the paths, each weighed by the size of its product |
| `longest` | the number of edges of the longest path; `path` tells the path |
| `free` | the paths themselves, each as a tuple of edges |

Sources: Bauer, Computational graphs and rounding error (1974); entropy: Du et al., Generalizing
backpropagation for gradient-based interpretability (2023).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, NamedTuple, Protocol

import numpy as np

from rojasgraph.errors import ArgumentError, DomainError
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number
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


class SignedLog(NamedTuple):
    """A number as its sign and the logarithm of its size."""

    sign: Number
    log: Number

    def __float__(self) -> float:
        """Give the number, if it is neither too large nor too small for a float.

        >>> float(SignedLog(-1.0, 0.0))
        -1.0
        """
        return float(self.sign) * math.exp(self.log)


@dataclass(frozen=True, eq=False, repr=False)
class Algebra:
    """A path algebra over the numbers of a namespace: one of the rows of this module.

    Attributes:
        name: what it is called here.
        rules: its operations, over a namespace.
        structural: whether it looks at the edges alone, and not at their derivatives.
        selective: whether ⊕ gives one of its operands, so that a path belongs to each answer.
        width: of how many floats an element consists; 0 if it is something else.
        scaled: whether it is computed in float64 in place of other floats and of Fractions.
        xp: the namespace.
    """

    name: str
    rules: Rules
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

        >>> max_product.plus(2.0, 3.0)
        3.0
        """
        return self.rules.plus(self.xp, a, b)

    def times(self, a: Element, b: Element) -> Element:
        """Go on: `a` is nearer to the source.

        >>> longest.times(1.0, 2.0)
        3.0
        """
        return self.rules.times(self.xp, a, b)

    def lift(self, derivative: Any) -> Element:  # noqa: ANN401 - a number of any system
        """Bring the derivative of an edge, or its name, into the algebra.

        >>> magnitude.lift(-2.0), counting.lift(("x", "y", 0))
        (2.0, 1)
        """
        number = derivative if self.structural or not self.scaled else self.xp.lift(derivative)
        return self.rules.lift(self.xp, number)

    def answer(self, element: Element) -> Any:  # noqa: ANN401 - whatever the algebra answers
        """Give what an element tells.

        >>> boolean.answer(1.0), longest.answer(2.0)
        (True, 2)
        """
        with np.errstate(all="ignore"):
            return self.rules.answer(self.xp, element)

    def __repr__(self) -> str:
        """Show the name."""
        return f"<path algebra {self.name}>"


@dataclass(frozen=True, eq=False)
class Rules:
    """The operations of an algebra, written over a namespace `xp`."""

    zero: Callable[[Namespace], Element]
    one: Callable[[Namespace], Element]
    plus: Callable[[Namespace, Element, Element], Element]
    times: Callable[[Namespace, Element, Element], Element]
    lift: Callable[[Namespace, Any], Element]
    answer: Callable[[Namespace, Element], Any] = lambda _xp, element: element


# --- numbers ------------------------------------------------------------------------------------


def _zero(xp: Namespace) -> Number:
    return xp.zero


def _one(xp: Namespace) -> Number:
    return xp.one


def _sum(_xp: Namespace, a: Number, b: Number) -> Number:
    return a + b


def _product(_xp: Namespace, a: Number, b: Number) -> Number:
    return a * b


def _larger(xp: Namespace, a: Number, b: Number) -> Number:
    return xp.maximum(a, b)


def _size(xp: Namespace, d: Number) -> Number:
    return xp.abs(d)


def _truth(_xp: Namespace, element: Number) -> Any:  # noqa: ANN401 - a truth, or an array
    found = element != 0
    return found if isinstance(found, np.ndarray) else bool(found)


real = Algebra("real", Rules(_zero, _one, _sum, _product, lambda _xp, d: d))

magnitude = Algebra("magnitude", Rules(_zero, _one, _sum, _product, _size))

max_product = Algebra("max_product", Rules(_zero, _one, _larger, _product, _size), selective=True)

boolean = Algebra(
    "boolean",
    Rules(_zero, _one, _larger, _product, lambda xp, d: xp.where(d != 0, xp.one, xp.zero), _truth),
)

counting = Algebra(
    "counting",
    Rules(lambda _: 0, lambda _: 1, _sum, _product, lambda _xp, _edge: 1),
    structural=True,
    width=0,
)


def _edges(_xp: Namespace, element: Number) -> Any:  # noqa: ANN401 - a number, or an array
    return int(element) if isinstance(element, float) and math.isfinite(element) else element


longest = Algebra(
    "longest",
    Rules(
        lambda xp: xp.lift(-math.inf),
        _zero,
        _larger,
        _sum,
        lambda xp, _edge: xp.one,
        _edges,
    ),
    structural=True,
    selective=True,
    scaled=True,
)

# --- the smallest and the largest product -------------------------------------------------------


class Extent(NamedTuple):
    """The smallest and the largest product of some paths; (∞, −∞) where there is no path."""

    smallest: Number
    largest: Number


Pair = tuple[Number, Number]


def _nothing(xp: Namespace) -> Pair:
    """Give what stands for no path: bounds the wrong way round, in every number system."""
    return xp.one, -xp.one


def _is_nothing(a: Pair) -> Any:  # noqa: ANN401 - a truth, or an array
    return a[0] > a[1]


def _choose(xp: Namespace, condition: Any, yes: Pair, no: Pair) -> Pair:  # noqa: ANN401
    return xp.where(condition, yes[0], no[0]), xp.where(condition, yes[1], no[1])


def _hull(xp: Namespace, a: Pair, b: Pair) -> Pair:
    both = xp.minimum(a[0], b[0]), xp.maximum(a[1], b[1])
    return _choose(xp, _is_nothing(a), b, _choose(xp, _is_nothing(b), a, both))


def _products(xp: Namespace, a: Pair, b: Pair) -> Pair:
    one, two, three, four = (x * y for x, y in product(a, b))
    smallest = xp.minimum(xp.minimum(one, two), xp.minimum(three, four))
    largest = xp.maximum(xp.maximum(one, two), xp.maximum(three, four))
    empty = _nothing(xp)
    found = _choose(xp, _is_nothing(b), empty, (smallest, largest))
    return _choose(xp, _is_nothing(a), empty, found)


def _extent(xp: Namespace, a: Pair) -> Extent:
    return Extent(*_choose(xp, _is_nothing(a), (math.inf, -math.inf), a))


min_max = Algebra(
    "min_max",
    Rules(_nothing, lambda xp: (xp.one, xp.one), _hull, _products, lambda _xp, d: (d, d), _extent),
    width=2,
)

# --- numbers of any size: a significand and an exponent -----------------------------------------
#
# A number is significand · 2^(512·exponent), the significand within 2^−256 … 2^256. Two steps
# apart, the smaller of two numbers is nothing beside the larger. All of it is a few comparisons, so
# it is straight-line code.

_STEP = 2.0**-512
_TOP, _BOTTOM = 2.0**256, 2.0**-256
_LOG_OF_STEP = 512 * math.log(2)

Scaled = tuple[Number, ...]
"""Significands, the first of which rules, and the exponent that they share."""


def _rescaled(xp: Namespace, significands: Sequence[Number], exponent: Number) -> Scaled:
    """Bring the first significand into its bounds by a step, if need be."""
    size = xp.abs(significands[0])
    above, below = size >= _TOP, (size < _BOTTOM) & (size > 0)
    factor = xp.where(above, _STEP, xp.where(below, 1 / _STEP, 1.0))
    moved = exponent + xp.where(above, 1.0, xp.where(below, -1.0, 0.0))
    return (*(x * factor for x in significands), xp.where(size == 0, 0.0, moved))


def _scaled_sum(xp: Namespace, a: Scaled, b: Scaled) -> Scaled:
    ahead, no_a, no_b = b[-1] - a[-1], a[0] == 0, b[0] == 0
    share_a = xp.where((ahead <= 0) | no_b, 1.0, xp.where(ahead == 1, _STEP, 0.0))
    share_b = xp.where((ahead >= 0) | no_a, 1.0, xp.where(ahead == -1, _STEP, 0.0))
    exponent = xp.where((b[0] != 0) & ((ahead > 0) | no_a), b[-1], a[-1])
    summed = [x * share_a + y * share_b for x, y in zip(a[:-1], b[:-1], strict=True)]
    return _rescaled(xp, summed, exponent)


def _scaled_product(xp: Namespace, a: Scaled, b: Scaled) -> Scaled:
    return _rescaled(xp, (a[0] * b[0],), a[1] + b[1])


def _scaled(xp: Namespace, d: Number) -> Scaled:
    """Bring any float into the bounds: at most two steps."""
    (significand, exponent) = _rescaled(xp, (d,), 0.0)
    return _rescaled(xp, (significand,), exponent)


def _log_size(xp: Namespace, a: Scaled) -> Number:
    """Give the logarithm of the size of a number."""
    none, size = a[0] == 0, xp.abs(a[0])
    return xp.where(none, -math.inf, xp.log(xp.where(none, 1.0, size)) + a[-1] * _LOG_OF_STEP)


log = Algebra(
    "log",
    Rules(
        lambda _: (0.0, 0.0),
        lambda _: (1.0, 0.0),
        _scaled_sum,
        _scaled_product,
        _scaled,
        lambda xp, a: SignedLog(xp.sign(a[0]), _log_size(xp, a)),
    ),
    width=2,
    scaled=True,
)

# --- counts of any size: a significand from 1 up, and an exponent from 0 up ----------------------

_GREAT = 2.0**500


def _regular(xp: Namespace, significand: Number, exponent: Number) -> Scaled:
    """Bring a significand below its bound by a step, if need be."""
    great = significand >= _GREAT
    moved = exponent + xp.where(great, 1.0, 0.0)
    return xp.where(great, significand * (1 / _GREAT), significand), moved


def _joint_count(xp: Namespace, a: Scaled, b: Scaled) -> Scaled:
    ahead = b[1] - a[1]
    small = xp.where(ahead > 0, a[0], b[0])
    small = xp.where(xp.abs(ahead) == 1, small * (1 / _GREAT), 0.0)
    count = xp.where(ahead == 0, a[0] + b[0], xp.where(ahead > 0, b[0], a[0]) + small)
    return _regular(xp, count, xp.maximum(a[1], b[1]))


def _count_product(xp: Namespace, a: Scaled, b: Scaled) -> Scaled:
    significand = a[0] * b[0]
    return _regular(xp, significand, xp.where(significand == 0, 0.0, a[1] + b[1]))


def _log_count(xp: Namespace, a: Scaled) -> Number:
    none = a[0] == 0
    found = xp.log(xp.where(none, 1.0, a[0])) + a[1] * math.log(_GREAT)
    return xp.where(none, -math.inf, found)


log_counting = Algebra(
    "log_counting",
    Rules(
        lambda _: (0.0, 0.0),
        lambda _: (1.0, 0.0),
        _joint_count,
        _count_product,
        lambda _xp, _edge: (1.0, 0.0),
        _log_count,
    ),
    structural=True,
    width=2,
    scaled=True,
)

# --- entropy ------------------------------------------------------------------------------------


def _weighed(xp: Namespace, d: Number) -> Scaled:
    """Give the size p of a factor, and p · log p."""
    size, exponent = _scaled(xp, xp.abs(d))
    none = size == 0
    logarithm = xp.log(xp.where(none, 1.0, size)) + exponent * _LOG_OF_STEP
    return size, xp.where(none, 0.0, size * logarithm), exponent


def _weighed_product(xp: Namespace, a: Scaled, b: Scaled) -> Scaled:
    return _rescaled(xp, (a[0] * b[0], a[0] * b[1] + b[0] * a[1]), a[2] + b[2])


def _entropy(xp: Namespace, a: Scaled) -> Number:
    """Give log Z − R/Z, which rounding must not bring below 0; nan where there is no path."""
    total = xp.where(a[0] == 0, math.nan, a[0])
    found = xp.log(total) + a[2] * _LOG_OF_STEP - a[1] / total
    return xp.where(found < 0, 0.0, found)


entropy = Algebra(
    "entropy",
    Rules(
        lambda _: (0.0, 0.0, 0.0),
        lambda _: (1.0, 0.0, 0.0),
        _scaled_sum,
        _weighed_product,
        _weighed,
        _entropy,
    ),
    width=3,
    scaled=True,
)

# --- the paths themselves -----------------------------------------------------------------------

Listed = tuple[tuple[Hashable, ...], ...]


def _gone_on(_xp: Namespace, a: Listed, b: Listed) -> Listed:
    return tuple(first + rest for first, rest in product(a, b))


free = Algebra(
    "free",
    Rules(lambda _: (), lambda _: ((),), _sum, _gone_on, lambda _xp, edge: ((edge,),)),
    structural=True,
    width=0,
)

ALL = {
    each.name: each
    for each in (real, boolean, counting, log_counting, magnitude, max_product, min_max, log,
                 entropy, longest, free)
}  # fmt: skip
"""The algebras of this module by name."""


def is_known(algebra: SupportsPaths) -> bool:
    """Tell whether an algebra is one of this module, in any number system.

    >>> is_known(log), is_known(Algebra("own", Rules(_zero, _one, _sum, _product, _size)))
    (True, False)
    """
    rules = getattr(algebra, "rules", None)
    return any(rules is each.rules for each in ALL.values())


# --- laws ---------------------------------------------------------------------------------------

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
        same: tells whether two elements are equal; default: numbers to 9 digits, tuples and
            arrays part by part, anything else by `==`.

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
    return bool(a == b)
