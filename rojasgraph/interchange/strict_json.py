"""JSON, strictly: no member twice, no nan, no number beyond the largest float."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

from rojasgraph.errors import GraphError

Json = Any
"""What `json` reads and writes."""


def written(value: Json) -> str:
    r"""Write letters as they are, except halves of pairs, which no file can hold.

    Raises:
        ValueError: a number has too many digits for Python.
        RecursionError: it is nested too deep.

    >>> print(written(["α", chr(0xD800)]), written(["α"]))
    ["\u03b1", "\ud800"] ["α"]
    """
    text = _ENCODER.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False)
    return text


def parsed(text: str | bytes) -> Json:
    """Read JSON; bytes are UTF-8.

    Raises:
        GraphError: it is none, or says something twice.
        RecursionError: it is nested too deep.

    >>> parsed('{"a": [1.5, null]}')
    {'a': [1.5, None]}
    """
    try:
        return _DECODER.decode(unicode(text))
    except json.JSONDecodeError as error:
        message = f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise GraphError(message) from None
    except GraphError:
        raise
    except ValueError as error:  # a whole number of too many digits
        message = f"no number for a network: {error}"
        raise GraphError(message) from None


def unicode(text: str | bytes) -> str:
    r"""Read bytes as UTF-8, with or without the mark that Windows puts before it.

    Raises:
        GraphError: they are not.

    >>> unicode(b"\xef\xbb\xbfn")
    'n'
    """
    try:
        return text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        message = f"no text in UTF-8: byte {error.start} is {error.object[error.start]:#x}"
        raise GraphError(message) from None


def some(names: Iterable[str]) -> str:
    """Show the first names of an object, none at length.

    >>> some("abcd")
    "'a', 'b', 'c'"
    """
    return ", ".join(f"{name!r:.20}" for name in islice(names, 3))


def _without_doubles(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        message = f"an object has the member {twice!r:.60} twice: {some(made)}"
        raise GraphError(message)
    return made


def _refuse_constant(name: str) -> None:
    tag = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}[name]
    message = f'{name} is no JSON: write {{"float": "{tag}"}}'
    raise GraphError(message)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        message = f'{digits:.60} is beyond the largest float: write {{"float": "inf"}} for infinity'
        raise GraphError(message)
    return number


_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_doubles, parse_constant=_refuse_constant, parse_float=_finite
)
