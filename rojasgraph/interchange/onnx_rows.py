"""Primitives in ONNX: by the operator of the same meaning, else by the row's own code.

`NATIVE` has the primitives that are one operator of ONNX. Every other row, a user's own included,
is recorded, and each of its operations becomes an operator, or a few where ONNX has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number


class Emitter(Protocol):
    """Where operators are written to; tensors go by name."""

    def operator(self, op: str, *tensors: str, **attributes: float) -> str:
        """Write an operator; give the tensor that it computes."""
        ...

    def constant(self, value: Number) -> str:
        """Give the tensor of a number."""
        ...


NATIVE: dict[str, tuple[str, Mapping[str, str]]] = {
    **{name: (name.capitalize(), {}) for name in ("sub", "mul", "div", "neg", "sqrt", "exp")},
    **{name: (name.capitalize(), {}) for name in ("log", "sin", "cos", "tan", "sinh", "cosh")},
    **{name: (name.capitalize(), {}) for name in ("tanh", "sigmoid", "relu", "softplus")},
    **{name: (name.capitalize(), {}) for name in ("erf", "abs", "sign", "pow")},
    **{f"arc{name}": (f"A{name}", {}) for name in ("sin", "cos", "tan", "sinh", "tanh")},
    "reciprocal": ("Reciprocal", {}),
    "identity": ("Identity", {}),
    "stop_gradient": ("Identity", {}),
    "leaky_relu": ("LeakyRelu", {"slope": "alpha"}),
    "elu": ("Elu", {"alpha": "alpha"}),
    "gelu": ("Gelu", {}),
    "maximum": ("Max", {}),
    "minimum": ("Min", {}),
}
"""Primitives that are an operator, with the attributes that their arguments are."""

_PLAIN = {
    **{op: op.capitalize() for op in ("add", "sub", "mul", "div", "neg", "and", "or", "not")},
    **{op: op.capitalize() for op in ("where", "abs", "sign", "sqrt", "exp", "log", "erf")},
    **{op: op.capitalize() for op in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"arc{op}": f"A{op}" for op in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "lt": "Less",
    "le": "LessOrEqual",
    "eq": "Equal",
    "maximum": "Max",
    "minimum": "Min",
    "power": "Pow",
}
"""Operations of a recording that are one operator."""


def operation(out: Emitter, op: str, operands: Sequence[str]) -> str:
    """Write one operation of a recording."""
    if op in _PLAIN:
        return out.operator(_PLAIN[op], *operands)
    return _COMPOSED[op](out, *operands)


def _mod(out: Emitter, a: str, b: str) -> str:
    whole = out.operator("Floor", out.operator("Div", a, b))
    return out.operator("Sub", a, out.operator("Mul", b, whole))


def _heaviside(out: Emitter, x: str, at_zero: str) -> str:
    zero = out.constant(0)
    return out.operator("Where", out.operator("Equal", x, zero), at_zero, _above(out, x))


def _above(out: Emitter, x: str) -> str:
    """Write 0 below zero, 1 above; nan stays."""
    half, one = out.constant(0.5), out.constant(1)
    return out.operator("Mul", half, out.operator("Add", out.operator("Sign", x), one))


def _cbrt(out: Emitter, x: str) -> str:
    root = out.operator("Pow", out.operator("Abs", x), out.constant(1 / 3))
    return out.operator("Mul", out.operator("Sign", x), root)


def _hypot(out: Emitter, a: str, b: str) -> str:
    """Scale by the larger, so that no square overflows."""
    sides = [out.operator("Abs", side) for side in (a, b)]
    larger, one = out.operator("Max", *sides), out.constant(1)
    is_zero = out.operator("Equal", larger, out.constant(0))
    safe = out.operator("Where", is_zero, one, larger)
    parts = [out.operator("Div", side, safe) for side in sides]
    squares = [out.operator("Mul", part, part) for part in parts]
    return out.operator("Mul", larger, out.operator("Sqrt", out.operator("Add", *squares)))


def _expm1(out: Emitter, x: str) -> str:
    """Write eˣ − 1 as tanh(x/2)·(eˣ + 1), which does not cancel."""
    half = out.operator("Tanh", out.operator("Div", x, out.constant(2)))
    return out.operator("Mul", half, out.operator("Add", out.operator("Exp", x), out.constant(1)))


def _log1p(out: Emitter, x: str) -> str:
    """Correct the logarithm of the rounded 1 + x (Kahan)."""
    one = out.constant(1)
    above = out.operator("Add", one, x)
    rounded = out.operator("Sub", above, one)
    is_small = out.operator("Equal", rounded, out.constant(0))
    safe = out.operator("Where", is_small, one, rounded)
    logarithm = out.operator("Log", above)
    corrected = out.operator("Mul", logarithm, out.operator("Div", x, safe))
    return out.operator("Where", is_small, x, corrected)


def _logaddexp(out: Emitter, a: str, b: str) -> str:
    distance = out.operator("Abs", out.operator("Sub", a, b))
    beyond = out.operator("Softplus", out.operator("Neg", distance))
    return out.operator("Add", out.operator("Max", a, b), beyond)


def _arctan2(out: Emitter, y: str, x: str) -> str:
    """Write the angle by quadrants: half the angle's tangent is y/(r + x), or (r − x)/y."""
    zero, one, two = (out.constant(n) for n in (0, 1, 2))
    radius = _hypot(out, x, y)
    right = out.operator("LessOrEqual", zero, x)
    above = out.operator("Where", right, y, out.operator("Sub", radius, x))
    below = out.operator("Where", right, out.operator("Add", radius, x), y)
    is_zero = out.operator("Equal", below, zero)
    safe = out.operator("Where", is_zero, one, below)
    angle = out.operator("Atan", out.operator("Div", above, safe))
    beyond = out.operator("Where", right, zero, out.constant(math.pi))
    return out.operator("Where", is_zero, beyond, out.operator("Mul", two, angle))


def _scaled(function: str, factor: float) -> Callable[..., str]:
    """Write a function of a scaled number: 2ˣ is e to the power of x·ln 2."""
    return lambda out, x: out.operator(function, out.operator("Mul", x, out.constant(factor)))


def _divided(function: str, divisor: float) -> Callable[..., str]:
    return lambda out, x: out.operator("Div", out.operator(function, x), out.constant(divisor))


_COMPOSED: dict[str, Callable[..., str]] = {
    "mod": _mod,
    "ne": lambda out, a, b: out.operator("Not", out.operator("Equal", a, b)),
    "heaviside": _heaviside,
    "cbrt": _cbrt,
    "hypot": _hypot,
    "exp2": _scaled("Exp", FLOAT.ln2),
    "expm1": _expm1,
    "log2": _divided("Log", FLOAT.ln2),
    "log10": _divided("Log", FLOAT.ln10),
    "log1p": _log1p,
    "logaddexp": _logaddexp,
    "arctan2": _arctan2,
    "erfc": lambda out, x: out.operator("Sub", out.constant(1), out.operator("Erf", x)),
}
"""Operations of a recording that are several operators."""
