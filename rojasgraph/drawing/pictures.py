"""Turn a text in Graphviz's language into a picture."""

from __future__ import annotations

from rojasgraph.drawing import renderers
from rojasgraph.drawing.svg_ids import with_own_ids
from rojasgraph.errors import ArgumentError, RenderingError

TIMEOUT = 60.0
"""After how many seconds a renderer is stopped."""

SOURCES = ("dot", "gv")
FORMATS = ("svg", "png", "pdf", *SOURCES)
_PNG_RESOLUTION = 144
_PNG_INCHES = 56  # about 8,000 pixels a side: a larger picture is made smaller


def picture(source: str, format_: str, *, engine: str = "dot", timeout: float = TIMEOUT) -> bytes:
    """Render a text in Graphviz's language.

    Args:
        source: the text.
        format_: `svg`, `png`, `pdf`, or `dot` (or `gv`) for the text itself.
        engine: the layout: `dot`, or `neato` for nodes whose places are fixed.
        timeout: after how many seconds to give up.

    Returns:
        The content of a file of that format.

    Raises:
        ArgumentError: the format is not one of those.
        MissingDependency: no renderer for it is installed.
        RenderingError: the renderer failed or took too long.

    >>> picture("digraph { a }", "png")[1:4]
    b'PNG'
    """
    format_ = one_of(format_, FORMATS, "the format")
    if format_ in SOURCES:
        return source.encode()
    program = renderers.find_renderer(complete=format_ == "pdf")
    options = [f"-K{engine}", f"-T{format_}"]
    if engine == "neato":
        options.append("-n2")  # the places are fixed: nothing is to be laid out
    if format_ == "png":
        options += [f"-Gdpi={_PNG_RESOLUTION}", f"-Gsize={_PNG_INCHES}"]
    data = renderers.run(program, options, source, timeout=timeout)
    if not _is_whole(data, format_):
        message = (
            f"{program.name} wrote no whole {format_}: {data[:40]!r} … {data[-40:]!r}; draw again, "
            "or as svg, which needs no other program"
        )
        raise RenderingError(message)
    return _element(data) if format_ == "svg" else data


def one_of(given: str, formats: tuple[str, ...], what: str) -> str:
    """Check a format.

    Args:
        given: its name, in capitals or not.
        formats: those that there are.
        what: what it is the name of, for the message.

    Returns:
        The name in small letters.

    Raises:
        ArgumentError: it is none of them.

    >>> one_of("SVG", FORMATS, "the format")
    'svg'
    """
    format_ = given.lower()
    if format_ not in formats:
        message = f"{what} must be one of {', '.join(formats)}; got {given!r}"
        raise ArgumentError(message)
    return format_


_ENDS = {"svg": (b"<svg", b"</svg>"), "png": (b"\x89PNG", b"IEND"), "pdf": (b"%PDF-", b"%%EOF")}
"""What stands near the beginning and near the end of a picture."""


def _is_whole(data: bytes, format_: str) -> bool:
    """Tell whether a picture has its beginning and its end.

    >>> _is_whole(b"<svg></svg>", "svg"), _is_whole(b"<svg><g>", "svg")
    (True, False)
    """
    begin, end = _ENDS[format_]
    if format_ == "svg":
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
    return begin in data[:2048] and end in data[-32:]


def _element(data: bytes) -> bytes:
    """Take the svg element out of what was rendered: the prolog is not allowed inside a page."""
    return with_own_ids(data[data.index(b"<svg") :].decode()).encode()
