"""Write diagrams to files, and show them in notebooks."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from rojasgraph.drawing import renderers
from rojasgraph.drawing.draw import draw
from rojasgraph.drawing.svg_ids import with_own_ids
from rojasgraph.errors import ArgumentError, RenderingError

if TYPE_CHECKING:
    import os

TIMEOUT = 60.0
"""After how many seconds a renderer is stopped."""

_NOTEBOOK_TIMEOUT = 10.0
_NOTEBOOK_NODES = 2_000
_FORMATS = ("svg", "png", "pdf", "dot", "gv")
_PNG_RESOLUTION = 144


def render(
    drawn: Any,  # noqa: ANN401 - a graph, or a diagram of the untyped graphviz package
    filename: str | os.PathLike[str],
    *,
    timeout: float = TIMEOUT,
    **options: Any,  # noqa: ANN401 - as draw has them
) -> Path:
    """Draw a network into a file.

    Args:
        drawn: a network, or what `draw` returned.
        filename: where to; its suffix is the format: svg, png, pdf, dot or gv. The file is
            complete or not written at all.
        timeout: after how many seconds to give up.
        **options: for a network, the options of `draw`.

    Returns:
        The path of the file.

    Raises:
        ArgumentError: the suffix is not one of those.
        FileNotFoundError: the folder is not there.
        MissingDependency: no renderer is installed; dot and gv need none.
        RenderingError: the renderer failed or took too long.

    >>> import tempfile
    >>> graph = nx.DiGraph()
    >>> graph.add_node("x", op="input")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     render(graph, f"{folder}/x.svg", title="one input").name
    'x.svg'
    """
    path = Path(filename)
    format_ = _format(path.suffix.removeprefix("."), f"the suffix of {path.name!r}")
    if not path.parent.is_dir():
        message = f"cannot write {path.name!r}: there is no folder {str(path.parent)!r}"
        raise FileNotFoundError(message)
    _write(path, picture(_source(drawn, options), format_, timeout=timeout))
    return path


def svg(drawn: Any, *, timeout: float = TIMEOUT, **options: Any) -> str:  # noqa: ANN401 - as render
    """Draw a network as the text of an SVG, to be put into a page.

    Args:
        drawn: a network, or what `draw` returned.
        timeout: after how many seconds to give up.
        **options: for a network, the options of `draw`.

    Returns:
        The `<svg>` element. Its ids are its own, so that several can stand on one page.

    Raises:
        MissingDependency: no renderer is installed.
        RenderingError: the renderer failed or took too long.

    >>> graph = nx.DiGraph()
    >>> graph.add_node("x", op="input")
    >>> svg(graph)[:4]
    '<svg'
    """
    return picture(_source(drawn, options), "svg", timeout=timeout).decode()


def picture(source: str, format_: str, *, timeout: float = TIMEOUT) -> bytes:
    """Render a text in Graphviz's language.

    Args:
        source: the text.
        format_: `svg`, `png`, `pdf`, or `dot` (or `gv`) for the text itself.
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
    format_ = _format(format_, "the format")
    if format_ in {"dot", "gv"}:
        return source.encode()
    program = renderers.find_renderer(complete=format_ == "pdf")
    options = ["-Kdot", f"-T{format_}"]
    if format_ == "png":
        options.append(f"-Gdpi={_PNG_RESOLUTION}")
    data = renderers.run(program, options, source, timeout=timeout)
    return _element(data) if format_ == "svg" else data


def mimebundle(drawn: Any) -> dict[str, str]:  # noqa: ANN401 - as render
    """Show a network, or what `draw` returned, in a notebook.

    Args:
        drawn: the network or the diagram.

    Returns:
        The picture and the text by their media types. Where nothing can draw, the text alone,
        with the reason: a notebook's display must not raise.

    >>> graph = nx.DiGraph()
    >>> graph.add_node("x", op="input")
    >>> sorted(mimebundle(graph))
    ['image/svg+xml', 'text/plain']
    """
    text = repr(drawn)
    if isinstance(drawn, nx.Graph) and len(drawn) > _NOTEBOOK_NODES:
        return {"text/plain": f"{text}\n(not drawn: over {_NOTEBOOK_NODES} nodes; draw a part)"}
    try:
        return {"image/svg+xml": svg(drawn, timeout=_NOTEBOOK_TIMEOUT), "text/plain": text}
    except Exception as error:  # noqa: BLE001 - whatever it is, the text can still be shown
        return {"text/plain": f"{text}\n(not drawn: {error})"}


def _source(drawn: Any, options: dict[str, Any]) -> str:  # noqa: ANN401 - as render
    """Get the text of what is to be rendered, drawing it first where it is a graph."""
    source = getattr(drawn, "source", None)
    if isinstance(drawn, nx.Graph) or not isinstance(source, str):
        return str(draw(drawn, **options).source)
    if options:
        message = f"{', '.join(options)}: give this to draw(...), the diagram is drawn already"
        raise ArgumentError(message)
    return source


def _element(data: bytes) -> bytes:
    """Take the svg element out of what was rendered: the prolog is not allowed inside a page."""
    start = data.find(b"<svg")
    if start < 0:
        message = f"the renderer wrote no svg, but {data[:80]!r}"
        raise RenderingError(message)
    return with_own_ids(data[start:].decode()).encode()


def _format(given: str, what: str) -> str:
    format_ = given.lower()
    if format_ not in _FORMATS:
        message = f"{what} must be one of {', '.join(_FORMATS)}; got {given!r}"
        raise ArgumentError(message)
    return format_


def _write(path: Path, data: bytes) -> None:
    """Write a file at once: nobody ever sees a part of it."""
    draft = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
