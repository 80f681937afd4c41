"""Path algebras: what else than a derivative one backward sweep can compute.

Backpropagation adds up, over all paths to the output, the products of the edge derivatives. Any
other pair of operations ⊕, ⊗ will do in place of + and × if it is a semiring: then one sweep gives
⊕ over all paths of ⊗ over their edges of `lift(derivative)`, whatever the number of paths.

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
from collections.abc import Hashable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from rojasgraph.numbers.kinds import Number
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.semirings import Algebra, AlgebraRules, SupportsPaths


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


real = Algebra("real", AlgebraRules(_zero, _one, _sum, _product, lambda _xp, d: d))

magnitude = Algebra("magnitude", AlgebraRules(_zero, _one, _sum, _product, _size))

max_product = Algebra(
    "max_product", AlgebraRules(_zero, _one, _larger, _product, _size), selective=True
)

boolean = Algebra(
    "boolean",
    AlgebraRules(
        _zero, _one, _larger, _product, lambda xp, d: xp.where(d != 0, xp.one, xp.zero), _truth
    ),
)

counting = Algebra(
    "counting",
    AlgebraRules(lambda _: 0, lambda _: 1, _sum, _product, lambda _xp, _edge: 1),
    structural=True,
    width=0,
)


def _edges(_xp: Namespace, element: Number) -> Any:  # noqa: ANN401 - a number, or an array
    return int(element) if isinstance(element, float) and math.isfinite(element) else element


longest = Algebra(
    "longest",
    AlgebraRules(
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
    AlgebraRules(
        _nothing, lambda xp: (xp.one, xp.one), _hull, _products, lambda _xp, d: (d, d), _extent
    ),
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
    AlgebraRules(
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
    AlgebraRules(
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
    AlgebraRules(
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
    AlgebraRules(lambda _: (), lambda _: ((),), _sum, _gone_on, lambda _xp, edge: ((edge,),)),
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

    >>> is_known(log), is_known(Algebra("own", AlgebraRules(_zero, _one, _sum, _product, _size)))
    (True, False)
    """
    rules = getattr(algebra, "rules", None)
    return any(rules is each.rules for each in ALL.values())
