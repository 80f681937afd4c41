"""Themes: which color stands for which role of a diagram.

The roles are the same in every theme: `ink` for names and symbols, `forward` for what the
feed-forward pass writes, `backward` for what flows back, `muted` for remarks; `border`, `rule` and
`edge` for lines, `lit` for what is picked out; the grounds `derivative` and `function` of a
node's two halves, `input`, `parameter`, `constant` and `group` of whole nodes, `cluster` of a
frame, `ground` of the page; `ramp0` to `ramp4` for edges from a small to a large contribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rojasgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme.

    Attributes:
        name: what it is asked for by.
        colors: the color of each role, as `#rrggbb`.
        bold: the roles whose text is bold, so that they are told apart without color.
    """

    name: str
    colors: Mapping[str, str]
    bold: frozenset[str] = frozenset()


_LIGHT = {
    "ink": "#000000",
    "forward": "#1f4e9c",
    "backward": "#c00000",
    "muted": "#666666",
    "border": "#333333",
    "rule": "#999999",
    "edge": "#555555",
    "lit": "#d97a00",
    "derivative": "#fde9e7",
    "function": "#e8f1e6",
    "input": "#ffffff",
    "parameter": "#fdf4dc",
    "constant": "#f0f0f0",
    "group": "#e6ebf5",
    "cluster": "#f7f7f7",
    "ground": "#ffffff",
    "ramp0": "#cccccc",
    "ramp1": "#b8a3c4",
    "ramp2": "#a06db5",
    "ramp3": "#7d3a9c",
    "ramp4": "#4a1268",
    "heat0": "#fff6d6",
    "heat1": "#ffe3a3",
    "heat2": "#ffc56b",
    "heat3": "#ff9f4d",
    "heat4": "#f4743b",
}

_DARK = {
    "ink": "#f0f0f0",
    "forward": "#8ab8ff",
    "backward": "#ff9a8f",
    "muted": "#a8a8a8",
    "border": "#c8c8c8",
    "rule": "#7a7a7a",
    "edge": "#b0b0b0",
    "lit": "#ffc04d",
    "derivative": "#4a2a2c",
    "function": "#26402c",
    "input": "#2a2d33",
    "parameter": "#453b1f",
    "constant": "#383838",
    "group": "#2d3650",
    "cluster": "#22252b",
    "ground": "#1b1d21",
    "ramp0": "#4c4c55",
    "ramp1": "#6f5f85",
    "ramp2": "#9a7fc0",
    "ramp3": "#c3a3e8",
    "ramp4": "#f0dcff",
    "heat0": "#3b3620",
    "heat1": "#57441f",
    "heat2": "#7a4f1e",
    "heat3": "#9c511d",
    "heat4": "#c04a1c",
}

_PRINT = {
    "ink": "#000000",
    "forward": "#000000",
    "backward": "#4d4d4d",
    "muted": "#595959",
    "border": "#000000",
    "rule": "#808080",
    "edge": "#404040",
    "lit": "#000000",
    "derivative": "#e0e0e0",
    "function": "#ffffff",
    "input": "#ffffff",
    "parameter": "#f2f2f2",
    "constant": "#f2f2f2",
    "group": "#e8e8e8",
    "cluster": "#f7f7f7",
    "ground": "#ffffff",
    "ramp0": "#cccccc",
    "ramp1": "#a6a6a6",
    "ramp2": "#808080",
    "ramp3": "#4d4d4d",
    "ramp4": "#000000",
    "heat0": "#f4f4f4",
    "heat1": "#e2e2e2",
    "heat2": "#cfcfcf",
    "heat3": "#bababa",
    "heat4": "#a3a3a3",
}

THEMES = {
    "light": Theme("light", _LIGHT),
    "dark": Theme("dark", _DARK),
    "print": Theme("print", _PRINT, frozenset({"backward"})),
}


def theme_of(name: str) -> Theme:
    """Look a theme up.

    Args:
        name: `light`, `dark` or `print`.

    Returns:
        The theme.

    Raises:
        ArgumentError: it is none of these.

    >>> theme_of("print").colors["forward"]
    '#000000'
    """
    if name not in THEMES:
        message = f"theme must be one of {', '.join(THEMES)}; got {name!r}"
        raise ArgumentError(message)
    return THEMES[name]
