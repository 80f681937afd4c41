"""The functions of JAX that the rows of primitives are written over."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from rojasgraph.numbers.kinds import Number, to_float
from rojasgraph.numbers.namespace import Namespace

if TYPE_CHECKING:
    import numpy as np

_SAME_NAMES = (
    *("sqrt", "cbrt", "hypot", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p"),
    *("logaddexp", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2"),
    *("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "power", "where"),
    *("abs", "sign", "heaviside", "maximum", "minimum"),
)


@functools.cache
def jax_namespace(dtype: np.dtype[Any]) -> Namespace:
    """Give JAX's functions for one floating type; its constants keep that type."""
    scalar: Any = dtype.type

    def lift(value: Number) -> Number:
        return value.astype(dtype) if isinstance(value, jax.Array) else scalar(to_float(value))

    functions: dict[str, Callable[..., Any]] = {name: getattr(jnp, name) for name in _SAME_NAMES}
    return Namespace(
        name="JAX's arrays",
        lift=lift,
        isfinite=lambda value: jnp.isfinite(value).all(),
        zero=scalar(0),
        one=scalar(1),
        pi=scalar(math.pi),
        sqrt2=scalar(math.sqrt(2)),
        ln2=scalar(math.log(2)),
        ln10=scalar(math.log(10)),
        erf=jax.scipy.special.erf,
        erfc=jax.scipy.special.erfc,
        **functions,
    )
