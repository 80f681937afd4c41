"""Names, keys and numbers as JSON, without loss: what comes back has the type that went in.

Text, whole numbers, finite floats, truths and None are JSON's own, and a tuple is JSON's array.
Everything else is an object with one member, whose name tells the type:

    {"float": "inf"}  {"fraction": "1/3"}  {"decimal": "0.10"}  {"complex": [0.5, -1.0]}
    {"constant": "pi"}  {"array": ["float64", [2, 2], [1.0, 2.0, 3.0, 4.0]]}
    {"list": […]}  {"set": […]}  {"frozenset": […]}  {"dict": [[key, value], …]}

Nothing of a file is ever run or looked up by name, except π.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from rojasgraph.interchange.crowding import scattered
from rojasgraph.interchange.strict_json import Json
from rojasgraph.numbers.kinds import PI, Pi

_T = TypeVar("_T")

_ARRAYS = ("float16", "float32", "float64", "complex64", "complex128")
_FRACTION = re.compile(r"(-?[0-9]+)/([0-9]+)")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]{1,4})?|NaN|-?Infinity")
_PLAIN = frozenset({str, int, bool, type(None)})


def encoded(value: Any) -> Json:  # noqa: ANN401 - anything may stand in a graph
    """Write a value as JSON.

    Raises:
        TypeError: it is of a type that a file does not keep.

    >>> encoded(("h", 1, math.inf, Fraction(1, 3)))
    ['h', 1, {'float': 'inf'}, {'fraction': '1/3'}]
    """
    if type(value) in _PLAIN:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    return _folded(value, _members, _joined)


def decoded(value: Json) -> Any:  # noqa: ANN401 - the reverse of `encoded`
    """Read a value that `encoded` wrote.

    Raises:
        ValueError: it is no such value.

    >>> decoded(["h", 1, {"float": "inf"}, {"fraction": "1/3"}])
    ('h', 1, inf, Fraction(1, 3))
    """
    if type(value) in _PLAIN or type(value) is float:
        return value
    return _folded(value, _parts, _rebuilt)


def _folded(
    root: Any,  # noqa: ANN401
    parts: Callable[[Any], Sequence[Any]],
    join: Callable[[Any, list[_T]], _T],
) -> _T:
    """Fold a nested value from the inside outwards; as deep as it likes."""
    waiting = [root]
    values: list[Any] = []
    counts: list[int] = []
    while waiting:
        value = waiting.pop()
        inner = parts(value)
        values.append(value)
        counts.append(len(inner))
        waiting.extend(inner)
    done: list[_T] = []
    while values:  # what is read is let go of
        value, count = values.pop(), counts.pop()
        first = len(done) - count
        done[first:] = [join(value, done[first:])]
    return done[0]


# --- writing --------------------------------------------------------------------------------------


def _members(value: Any) -> Sequence[Any]:  # noqa: ANN401
    """List what a value holds."""
    if isinstance(value, tuple | list | set | frozenset):
        return list(value)
    if isinstance(value, dict):
        return [member for pair in value.items() for member in pair]
    return ()


def _joined(value: Any, members: list[Json]) -> Json:  # noqa: ANN401
    """Write a value whose members are written."""
    if type(value) is tuple:
        return members
    if type(value) is list:
        return {"list": members}
    if type(value) in {set, frozenset}:
        return {type(value).__name__: sorted(members, key=json.dumps)}
    if type(value) is dict:
        return {"dict": [list(pair) for pair in zip(members[::2], members[1::2], strict=True)]}
    return _scalar(value)


def _scalar(value: Any) -> Json:  # noqa: ANN401, PLR0911 - one line for each type
    if isinstance(value, np.generic):
        value = value.item()
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):  # a kind of text that equals it, such as an enumeration's
        return str.__str__(value)
    if type(value) is float:
        return _real(value)
    if type(value) is complex:
        return _complex_number(value)
    if type(value) is Fraction:
        return {"fraction": f"{value.numerator}/{value.denominator}"}
    if type(value) is Decimal and _DECIMAL.fullmatch(str(value)):
        return {"decimal": str(value)}
    if type(value) is Pi:
        return {"constant": "pi"}
    if type(value) is np.ndarray and value.dtype.name in _ARRAYS:
        write = _complex_number if value.dtype.kind == "c" else _real
        data = [write(x) for x in value.ravel().tolist()]
        return {"array": [value.dtype.name, list(value.shape), data]}
    message = (
        f"{value!r:.80} is a {type(value).__module__}.{type(value).__qualname__}; a file keeps "
        "text, Python's numbers, arrays of floats, and tuples, lists, sets and dicts of these"
    )
    raise TypeError(message)


def _complex_number(value: complex) -> Json:
    return {"complex": [_real(value.real), _real(value.imag)]}


def _real(value: float) -> Json:
    return value if math.isfinite(value) else {"float": str(value)}


# --- reading --------------------------------------------------------------------------------------


def _parts(value: Json) -> Sequence[Json]:
    """List what a JSON value holds, after a look at its form."""
    if type(value) is list:
        return value
    if type(value) is not dict:
        return ()
    tag, content = _tagged(value)
    if tag in {"list", "set", "frozenset"}:
        return _list(tag, content)
    if tag == "dict":
        pairs = [_list(tag, pair, 2) for pair in _list(tag, content)]
        return [member for pair in pairs for member in pair]
    if tag == "complex":
        return _list(tag, content, 2)
    return _list(tag, _list(tag, content, 3)[2]) if tag == "array" else ()


def _tagged(value: Json) -> tuple[str, Json]:
    if len(value) != 1 or not (_READERS.keys() & value.keys()):
        message = f"an object has one member, one of {', '.join(_READERS)}; got {_shown(value)}"
        raise ValueError(message)
    ((tag, content),) = value.items()
    return tag, content


def _list(tag: str, value: Json, length: int | None = None) -> list[Json]:
    if type(value) is not list or length not in {None, len(value)}:
        size = "" if length is None else f" of {length}"
        message = f'"{tag}" takes an array{size}; got {_shown(value)}'
        raise ValueError(message)
    return value


def _rebuilt(value: Json, members: list[Any]) -> Any:  # noqa: ANN401
    """Make the value of a JSON value whose members are made."""
    if type(value) is list:
        return tuple(members)
    if type(value) is not dict:
        return value
    tag, content = _tagged(value)
    try:
        return _READERS[tag](content, members)
    except (TypeError, OverflowError, ArithmeticError) as error:
        message = f'"{tag}" cannot hold {_shown(content)}: {error}'
        raise ValueError(message) from None


def _text(tag: str, content: Json, pattern: re.Pattern[str]) -> re.Match[str]:
    match = pattern.fullmatch(content) if isinstance(content, str) else None
    if match is None:
        message = f'"{tag}" does not take {_shown(content)}'
        raise ValueError(message)
    return match


def _array(content: Json, members: list[Any]) -> np.ndarray[Any, Any]:
    name, shape, _ = content
    if name not in _ARRAYS:
        message = f"an array is of {', '.join(_ARRAYS)}; got {_shown(name)}"
        raise ValueError(message)
    if type(shape) is not list or any(type(n) is not int or n < 0 for n in shape):
        message = f"the shape of an array is a list of whole numbers; got {_shown(shape)}"
        raise ValueError(message)
    if math.prod(shape) != len(members):
        message = f"an array of the shape {_shown(shape)} does not hold {len(members)} numbers"
        raise ValueError(message)
    kinds = (int, float, complex) if name.startswith("complex") else (int, float)
    if any(type(x) not in kinds for x in members):
        message = f"an array of {name} holds something else: {_shown(content)}"
        raise ValueError(message)
    return np.array(members, dtype=name).reshape(shape)


def _read_complex(_: Json, members: list[Any]) -> complex:
    if any(type(x) not in {int, float} for x in members):
        message = f"a complex number has two real parts; got {_shown(members)}"
        raise ValueError(message)
    return complex(*members)


def _set(_: Json, members: list[Any]) -> set[Any]:
    scattered(members)
    return set(members)


def _dict(_: Json, members: list[Any]) -> dict[Any, Any]:
    scattered(members[::2])
    made = dict(zip(members[::2], members[1::2], strict=True))
    if 2 * len(made) < len(members):
        message = f"a dict has a key twice: {_shown(members[::2])}"
        raise ValueError(message)
    return made


def _fraction(content: Json, _: list[Any]) -> Fraction:
    above, below = _text("fraction", content, _FRACTION).groups()
    return Fraction(int(above), int(below))


_READERS: dict[str, Callable[[Json, list[Any]], Any]] = {
    "float": lambda content, _: float(_text("float", content, re.compile("-?inf|nan"))[0]),
    "fraction": _fraction,
    "decimal": lambda content, _: Decimal(_text("decimal", content, _DECIMAL)[0]),
    "complex": _read_complex,
    "constant": lambda content, _: PI if _text("constant", content, re.compile("pi")) else None,
    "array": _array,
    "list": lambda _, members: members,
    "set": _set,
    "frozenset": lambda content, members: frozenset(_set(content, members)),
    "dict": _dict,
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


_LONGEST = 60
