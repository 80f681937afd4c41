"""What counts as a number, and which family a number belongs to."""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

Number = Any
"""A value on the graph: a number of any system, or an array of them."""


class Pi:
    """The number π, exact until a pass lifts it into a number system."""

    def __repr__(self) -> str:
        """Show the letter."""
        return "π"

    def __float__(self) -> float:
        """Give the nearest binary double."""
        return math.pi

    def __reduce__(self) -> str:
        """Pickle and copy as the one object of the module."""
        return "PI"


PI = Pi()

EXACT = (int, np.integer, np.bool_)
REAL = (float, np.floating, Decimal, Pi)
COMPLEX = (complex, np.complexfloating)


def kind(value: Number) -> str:
    """Tell which family of numbers a value belongs to.

    Returns:
        One of "exact" (an int), "fraction", "real", "complex", "array", "mpmath", "sympy"; "own"
        for a type that brings its namespace.

    Raises:
        TypeError: the value is none of these.
    """
    if isinstance(value, EXACT):
        return "exact"
    if isinstance(value, REAL):
        return "real"
    if isinstance(value, COMPLEX):
        return "complex"
    if isinstance(value, Fraction):
        return "fraction"
    if isinstance(value, np.ndarray):
        return "array"
    return _kind_by_library(value)


def _kind_by_library(value: Number) -> str:
    """Ask mpmath and sympy, where the program has loaded them, whether the value is theirs."""
    mpmath, sympy = sys.modules.get("mpmath"), sys.modules.get("sympy")
    if mpmath is not None and isinstance(value, mpmath.mpf | mpmath.mpc):
        return "mpmath"
    if sympy is not None and isinstance(value, sympy.Expr):
        return "sympy"
    if hasattr(type(value), "__rojasgraph_namespace__"):
        return "own"
    message = f"{value!r:.80} is a {type(value).__name__}, not a number"
    raise TypeError(message)


def is_complex(value: Number) -> bool:
    """Tell whether a value is complex: a number, an array, or one of mpmath's.

    >>> is_complex(1.0), is_complex(1j), is_complex(np.array([1j]))
    (False, True, True)
    """
    return bool(np.iscomplexobj(value)) or is_mpc(value)


def is_mpc(value: Number) -> bool:
    """Tell whether a value is one of mpmath's complex numbers."""
    return hasattr(value, "_mpc_")


def to_float(value: Number) -> float:
    """Give the float that is nearest to a real number of Python's or numpy's.

    Raises:
        TypeError: the value is no such number, or beyond the largest float.
    """
    if type(value) is float:
        return value
    if isinstance(value, EXACT + REAL + (Fraction,)):
        try:
            return float(value)
        except OverflowError:
            message = "an integer or fraction beyond 10^308 is no float: feed mpmath or Fractions"
            raise TypeError(message) from None
    message = f"{value!r} ({type(value).__name__}) is not a real number"
    raise TypeError(message)
