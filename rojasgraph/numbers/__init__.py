"""Number systems: which one a pass runs in; one module for the functions of each.

A row of the primitive table is written once, over a namespace `xp`. The namespaces of this
package give the functions to Python's floats (`floats`), batches and complex numbers (`arrays`),
Fractions (`rationals`), mpmath numbers (`multiprecision`) and sympy expressions (`symbols`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number, kind
from rojasgraph.numbers.multiprecision import mpmath_namespace
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.numbers.rationals import FRACTION
from rojasgraph.numbers.symbols import sympy_namespace


def as_number(value: Any) -> Number:  # noqa: ANN401 - a user may hand us anything
    """Bring what a user hands over into one of the forms that a pass computes with.

    Args:
        value: a number; or an array, or anything numpy can make one of, whose axes are examples.

    Returns:
        The number itself, Python's own float or complex for a numpy scalar, or a numpy array of
        floating type.

    Raises:
        TypeError: the value is not a number, or an array of something else.
    """
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, np.floating | np.complexfloating):  # longer than Python's own
        value = complex(value) if np.iscomplexobj(value) else float(value)
    if isinstance(value, list | tuple) or hasattr(value, "__array__"):
        value = np.asarray(value)
        if value.ndim == 0:
            return as_number(value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "iub":
            return value.astype(np.float64)
        if value.dtype.kind not in "fc":
            message = (
                f"an array of dtype {value.dtype} is not a batch of numbers: "
                "feed floats, or exact values one example at a time"
            )
            raise TypeError(message)
        return value
    kind(value)
    return value


def system_of(values: Iterable[Number]) -> Namespace | None:
    """Choose the number system that holds all the values, or None where only ints are given.

    Raises:
        ArgumentError: a batch stands beside mpmath or sympy numbers, or numbers of two types that
            bring namespaces beside each other.
    """
    values = list(values)
    kinds = {kind(value) for value in values}
    if "own" in kinds:
        return _own_namespace(values)
    if "array" in kinds and kinds & {"mpmath", "sympy"}:
        message = "a batch (array) cannot stand beside mpmath or sympy values: feed one example"
        raise ArgumentError(message)
    if "sympy" in kinds:
        return sympy_namespace()
    if "mpmath" in kinds:
        return mpmath_namespace()
    if kinds & {"array", "complex"}:
        typed = [v.dtype if isinstance(v, np.ndarray) else v for v in values]
        weak = [v for v in typed if isinstance(v, np.dtype | float | complex)]
        dtype = np.result_type(*weak)
        return numpy_namespace(dtype if dtype.kind in "fc" else np.dtype(np.float64))
    if "real" in kinds:
        return FLOAT
    return FRACTION if "fraction" in kinds else None


def _own_namespace(values: list[Number]) -> Namespace:
    """Ask the type of some of the values for the namespace that it brings."""
    first, *others = dict.fromkeys(type(value) for value in values if kind(value) == "own")
    if others:
        message = f"{first.__name__} and {others[0].__name__} cannot stand together: feed one"
        raise ArgumentError(message)
    found = first.__rojasgraph_namespace__(values)
    if not isinstance(found, Namespace):
        message = (
            f"{first.__name__}.__rojasgraph_namespace__ must give an rg.Namespace; got {found!r}"
        )
        raise ArgumentError(message)
    return found
