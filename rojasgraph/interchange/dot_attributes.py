r"""The attributes of DOT that a network's own are: how they are called, and their text.

Those of the graph contract are called the same; the others, and `weight`, which mean something to
Graphviz or to nobody, have `net_` before their name. The text is JSON, as `coding` has it; but a
text that begins with a letter, and is no word of JSON, stands there as it is: `x` is a text, `1` a
number, `"1"` a text. Of what DOT gives a meaning, only the quote stands in it, as `\"`: so every
reader of DOT finds the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from sys import intern

from rojasgraph.errors import GraphError
from rojasgraph.interchange.rows import LABELS, as_text
from rojasgraph.interchange.strict_json import Json, parsed

_OURS = LABELS | {
    *("named", "key", "op", "value", "arguments", "output", "added_as"),
    *("slot", "parameter", "trainable"),
}
"""The attributes that are called the same in DOT; neither Graphviz nor pydot knows them."""

BEFORE_OTHERS = "net_"
_WORDS_OF_JSON = frozenset({"true", "false", "null", "NaN", "Infinity"})
_LETTER = re.compile(r"[A-Za-z_\x80-\U0010ffff]")


def pairs(place: str, row: Mapping[str, Json]) -> Iterator[str]:
    r"""Write a row as attributes.

    Args:
        place: what the row is called in a message.
        row: coded values.

    Raises:
        ArgumentError: one of them cannot be written.

    >>> print(*pairs("node 1", {"op": "tanh", "named": 1, "weight": 0.3, "label": "1"}))
    op="tanh" named="1" net_weight="0.3" net_label="\"1\""
    """
    for name, coded in row.items():
        own = name if name in _OURS else BEFORE_OTHERS + text_of(place, name)
        called = own if re.fullmatch("[A-Za-z0-9_]+", own) else quoted(own)
        yield f"{called}={quoted(text_of(place, coded))}"


def text_of(place: str, coded: Json) -> str:
    r"""Write a coded value, without a sign that means something in DOT but the quote.

    Args:
        place: what it belongs to, for messages.
        coded: the value.

    Raises:
        ArgumentError: it cannot be written.

    >>> print(text_of("node 1", "x"), text_of("node 1", 1), text_of("node 1", '1"'))
    x 1 "1\u0022"
    """
    is_plain = type(coded) is str and _is_no_json(coded) and coded.isprintable()
    if is_plain and not re.search(r"""["\\]""", coded):
        return str(coded)
    return re.sub(r"""\\(["\\])""", lambda sign: f"\\u{ord(sign[1]):04x}", as_text(place, coded))


def _is_no_json(text: str) -> bool:
    """Tell whether a text stands as it is: it begins with a letter and is no word of JSON."""
    return _LETTER.match(text) is not None and text not in _WORDS_OF_JSON


def quoted(text: str) -> str:
    r"""Write a text between quotes.

    >>> print(quoted('"1"'))
    "\"1\""
    """
    return '"' + text.replace('"', '\\"') + '"'


def row_of(place: str, attributes: Mapping[str, str]) -> dict[str, Json]:
    """Read a row from attributes; those that are none of a network are decoration.

    Args:
        place: what they belong to, for messages.
        attributes: texts by name.

    Raises:
        GraphError: a text is neither JSON nor text, or an attribute is there twice.

    >>> row_of("node n1", {"label": "x", "named": "[1, 2]", "net_weight": "0.3", "pos": "1,2"})
    {'named': [1, 2], 'weight': 0.3}
    """
    row: dict[str, Json] = {}
    for called, text in attributes.items():
        if called.startswith(BEFORE_OTHERS):
            name = _coded(f"{place}, {called:.60}", called.removeprefix(BEFORE_OTHERS))
        elif called in _OURS:
            name = called
        else:
            continue
        if type(name) is not str or name in row:
            fault = "is there already" if type(name) is str else "is called by no text"
            message = f"{place}: the attribute {called!r:.60} {fault}"
            raise GraphError(message)
        row[intern(name)] = _coded(f"{place}, {called:.60}", text)
    return row


def _coded(place: str, text: str) -> Json:
    """Read the text of an attribute, or of its name."""
    if _is_no_json(text):
        return text
    try:
        return parsed(text)
    except GraphError as error:
        message = f"{place}: {text!r:.60}: {error}"
        raise GraphError(message) from None
