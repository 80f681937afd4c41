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


def _element(data: bytes) -> bytes:
    """Take the svg element out of what was rendered: the prolog is not allowed inside a page."""
    start = data.find(b"<svg")
    if start < 0:
        message = f"the renderer wrote no svg, but {data[:80]!r}"
        raise RenderingError(message)
    return with_own_ids(data[start:].decode()).encode()
