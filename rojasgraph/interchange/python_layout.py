"""How the Python code is laid out: lines of moderate length, and a docstring."""

from __future__ import annotations

import textwrap
from collections.abc import Container, Sequence

WIDTH = 88
"""The longest line, where it can be broken."""

_FEW = 4
"""So many outputs are named one by one."""


def enclosed(head: str, items: Sequence[str], tail: str, width: int) -> list[str]:
    """Write items between parentheses; a line for each where one line would be too long.

    >>> enclosed("f(", ["x", "*", "w=0.5"], "):", 80)
    ['f(x, *, w=0.5):']
    >>> enclosed("f(", ["x", "*", "w=0.5"], "):", 8)
    ['f(', '    x,', '    *,', '    w=0.5,', '):']
    """
    line = f"{head}{', '.join(items)}{tail}"
    if len(line) <= width:
        return [line]
    return [head, *(f"    {item}," for item in items), tail]


def docstring(seeded: Sequence[str], parts: Container[str]) -> list[str]:
    """Say what the function computes, and what the ends of its names mean.

    Args:
        seeded: the outputs that are differentiated; identifiers.
        parts: the ends that occur.
    """
    output = " + ".join(seeded) if len(seeded) <= _FEW else "the sum of the outputs"
    first = f"Run both passes: give the outputs, and the derivatives of {output} by every argument."
    meanings = {
        "net": "x_net is what flows into x",
        "slope": "x_slope is a stored derivative of x",
        "bar": f"x_bar is the derivative of {output} by x",
        "delta": "x_delta is the one by the net input of x",
    }
    second = "; ".join(meaning for part, meaning in meanings.items() if part in parts)
    lines = textwrap.wrap(f'"""{first}', WIDTH - 4)
    if second:
        lines += ["", *textwrap.wrap(f"{second}.", WIDTH - 4)]
    return [*lines, '"""']
