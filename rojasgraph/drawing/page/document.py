"""One page that walks through both passes over a network: complete, and without the network.

The page is one file. It carries the picture, the network as data, and a program that labels the
network anew when a number is changed; its arithmetic is made from the rows of the primitives.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any, Unpack

from rojasgraph.drawing.assembly import drawing_of
from rojasgraph.drawing.layout.layering import place
from rojasgraph.drawing.names import shortened, visible
from rojasgraph.drawing.number_style import NumberStyle
from rojasgraph.drawing.page.data import data_of
from rojasgraph.drawing.page.doubles import page_numbers
from rojasgraph.drawing.page.javascript import LIBRARY
from rojasgraph.drawing.page.room import STAND_IN, drawable
from rojasgraph.drawing.page.summary import summary_of
from rojasgraph.drawing.scene import Scene, scene_of
from rojasgraph.drawing.svg import write_svg
from rojasgraph.drawing.themes import THEMES, theme_of
from rojasgraph.drawing.walk.numbered import Numbered, numbered
from rojasgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    import networkx as nx

    from rojasgraph.drawing.assembly import Options
    from rojasgraph.drawing.cards import Drawing

MOST_NODES = 2_000
"""Above it a page carries a summary, and no diagram."""

_WITHOUT = ("blank", "collapse", "color", "focus", "highlight", "unit")
"""Options that would leave the picture without the labels that the program writes."""

_NUMBERS = ("auto", "decimal")
_PREFIX = "picture"
_NOTHING = "'none'"
_NAMES_SHOWN = 8
_PARTS = ("numerals.js", "engine.js", "page.js")
_STYLE = re.compile(r"<style>(.*?)</style>\s*", re.DOTALL)
_TOLD = re.compile(r"<(title|desc)\b[^>]*>[^<]*</\1>\s*|\saria-labelledby=\"[^\"]*\"")
_ROLE_COLOR = re.compile(r"(\.(?:fill-|stroke-|on-)?(\w+)\{[^{}]*?)#[0-9a-fA-F]{3,8}")


def _by_our_own(drawing: Drawing) -> Scene:
    return scene_of(drawing, place)


def page(
    network: nx.DiGraph[Any],
    style: str | None = None,
    *,
    lay_out: Callable[[Drawing], Scene] = _by_our_own,
    **options: Unpack[Options],
) -> str:
    """Make a page that walks through the two passes over a network.

    Args:
        network: a network, or any directed graph that meets the graph contract; labeled, or not:
            then inputs without a value are filled in on the page.
        style: as for `draw`.
        lay_out: finds a place for everything in the picture; default our own layout.
        **options: as for `draw`: `show`, `hide`, `groups`, `precision`, `rankdir`, `spacing`,
            `title`; `example`, of a batch, the index of the example that is shown (default the
            first); `theme`, by default light or dark as the reader's system is.

    Returns:
        The text of an HTML file that needs no other file and no network. Of a network of more
        than `MOST_NODES` nodes it holds a summary.

    Raises:
        GraphError: the graph breaks the contract, by a cycle for instance.
        ArgumentError: an option has no meaning on a page; a number is complex or a symbol.
        MissingValue: a constant carries no value.

    >>> from rojasgraph.network import Network
    >>> net = Network()
    >>> _ = net.add_input("x"), net.add_unit("h", "tanh"), net.add_edge("x", "h", weight=0.5)
    >>> page(net, title="a unit").splitlines()[0]
    '<!DOCTYPE html>'
    """
    _check(options)
    example = options.get("example")
    if isinstance(example, str):
        message = f"a page shows one example of a batch, by its index; got {example!r}"
        raise ArgumentError(message)
    read = numbered(network)
    title = shortened(visible(options.get("title") or "Two passes over a network"), 200)
    if len(read.nodes) > MOST_NODES:
        body = summary_of(read)
        return _filled(title, _about(read), body, _theme(options), ())
    numbers = page_numbers(read, example)
    data = data_of(read, numbers)
    number_style = NumberStyle(options.get("precision", 3), "decimal")
    drawn, texts = drawable(read, numbers, number_style)
    picture, rules = _picture(lay_out(_drawing(drawn, style, options)))
    functions, notes = data.pop("functions"), data.pop("notes")
    data |= {
        "texts": texts,
        "standIn": number_style.write(STAND_IN),
        "precision": number_style.precision,
    }
    scripts = {
        "functions": _functions(functions),
        "program": f'"use strict";\n(() => {{\n{"".join(map(_text, _PARTS))}}})();\n',
    }
    body = Template(_text("walk.html")).substitute(picture=picture, data=_json(data), **scripts)
    about = " ".join([_about(read), *notes])
    return _filled(title, about, body, _theme(options) + rules, scripts.values())


def _check(options: Options) -> None:
    """Refuse the options of a drawing that have no meaning on a page.

    Raises:
        ArgumentError: there is one.
    """
    for name in _WITHOUT:
        if name in options:
            message = (
                f"{name} has no meaning on a page, which shows and computes the whole network: "
                "give a network that has been cut or changed already"
            )
            raise ArgumentError(message)
    if options.get("numbers", "auto") not in _NUMBERS:
        message = f"a page writes decimals: numbers={options['numbers']!r} has no meaning there"
        raise ArgumentError(message)


def _drawing(drawn: nx.MultiDiGraph[Any], style: str | None, options: Options) -> Drawing:
    chosen: Any = {k: v for k, v in options.items() if k not in {"title", "example"}}
    return drawing_of(drawn, style, **{**chosen, "numbers": "decimal"})


def _picture(scene: Scene) -> tuple[str, str]:
    """Write the picture; its rules of style come apart, with the colors as properties."""
    svg = write_svg(scene, prefix=_PREFIX)
    rules = "".join(_STYLE.findall(svg))
    # Titles and description tell of the stand-ins; the page has its own panel for the numbers.
    return _TOLD.sub("", _STYLE.sub("", svg)), _ROLE_COLOR.sub(r"\1var(--\2)", rules)


def _theme(options: Options) -> str:
    """Set the colors of the roles: those of a theme, or of light and dark as the system has it."""
    name = options.get("theme")
    if name is not None:
        own = "dark" if name == "dark" else "light"  # of the browser's parts, such as scroll bars
        return f":root{{color-scheme:{own}}}{_properties(theme_of(name).colors)}"
    light, dark = (_properties(THEMES[name].colors) for name in ("light", "dark"))
    both = ":root{color-scheme:light dark}"
    return f"{both}{light}@media (prefers-color-scheme: dark){{{dark}}}\n"


def _properties(colors: Mapping[str, str]) -> str:
    roles = "".join(f"--{role}:{color};" for role, color in colors.items())
    return f":root{{{roles}--panel:var(--input);--line:var(--ramp0)}}\n"


def _filled(title: str, about: str, body: str, style: str, scripts: Collection[str]) -> str:
    """Put a page together, with a policy that lets only its own style and scripts act."""
    style = style + _text("page.css")
    policy = (
        f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_digest(style)}; script-src {' '.join(map(_digest, scripts)) or _NOTHING}"
    )
    return Template(_text("page.html")).substitute(
        policy=policy,
        title=html.escape(title),
        style=style,
        about=html.escape(about),
        body=body,
    )


def _about(read: Numbered) -> str:
    """Say in a line what the network is."""
    named: dict[str, list[str]] = {"input": [], "parameter": [], "output": []}
    for j, node in enumerate(read.order.nodes):
        if node["op"] in named:
            named[node["op"]].append(read.names[j])
    named["output"] = [read.names[j] for j in read.outputs]
    counts = f"{len(read.nodes):,} nodes, {len(read.edges):,} edges"
    told = [
        f"{kind}{'s' * (len(names) > 1)} {_listed(names)}" for kind, names in named.items() if names
    ]
    return f"{'; '.join([counts, *told])}."


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _functions(functions: Iterable[str]) -> str:
    """Write the script with the functions of the operations, and with what they need."""
    listed = ",\n".join(functions)
    return f"{LIBRARY}\nconst rojasFunctions = [\n{listed}\n];\n"


def _json(data: Mapping[str, Any]) -> str:
    """Write data so that no text in it can end the script that holds it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _digest(text: str) -> str:
    """Name a style or script by its digest, as a content security policy does."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(name: str) -> str:
    return resources.files("rojasgraph.drawing.page").joinpath(name).read_text("utf-8")
