"""Write diagrams to files, and show them in notebooks."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack, cast

import networkx as nx

from rojasgraph import files
from rojasgraph.drawing.assembly import Options, checked, drawing_of, labels_shown
from rojasgraph.drawing.contents import LABELS
from rojasgraph.drawing.description import text_diagram
from rojasgraph.drawing.dot import write_dot, write_placed_dot
from rojasgraph.drawing.dot_layout import place_by_dot
from rojasgraph.drawing.layout.layering import place, place_crowded
from rojasgraph.drawing.page.document import page
from rojasgraph.drawing.pictures import FORMATS as PICTURES
from rojasgraph.drawing.pictures import SOURCES, TIMEOUT, one_of, picture
from rojasgraph.drawing.scene import scene_of
from rojasgraph.drawing.spans import total_span
from rojasgraph.drawing.svg import write_svg
from rojasgraph.drawing.tikz import write_tikz
from rojasgraph.errors import ArgumentError, DrawingWarning, MissingDependency, RenderingError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rojasgraph.drawing.cards import Drawing
    from rojasgraph.drawing.layout.placement import Block, Link, Placement
    from rojasgraph.drawing.scene import Scene

FORMATS = (*PICTURES, "tex", "html", "txt")

MOST_SPAN_FOR_DOT = 3_000
"""Above this total span of the lines (see `total_span`) Graphviz takes ten times as long as our
own layout, and more with every line."""

MOST_SPAN_FOR_PIXELS = 8_000
"""Above it even pictures that Graphviz writes itself are laid out by us: it might never end."""

PATIENCE = 10.0
"""After how many seconds at most our own layout takes the place of Graphviz's."""

_NOTEBOOK_TIMEOUT = 10.0
_NOTEBOOK_NODES = 2_000


def render(
    drawn: Any,  # noqa: ANN401 - a graph, or a diagram of the untyped graphviz package
    filename: str | os.PathLike[str],
    style: str | None = None,
    *,
    timeout: float = TIMEOUT,
    **options: Unpack[Options],
) -> Path:
    """Draw a network into a file.

    Args:
        drawn: a network, or what `draw` returned.
        filename: where to; its suffix is the format. Pictures: `svg`, `png`, `pdf`. Texts to
            be worked on: `dot` or `gv` (Graphviz's language), `tex` (LaTeX with TikZ, to be
            compiled by itself or taken into a document), `txt` (for terminals). `html` is a page
            that walks through the two passes. The file is complete or not written at all.
        style: as `draw` has it.
        timeout: after how many seconds to stop an outside program; where our own layout can take
            its place, after 10 at most.
        **options: for a network, the options of `draw`.

    Returns:
        The path of the file.

    Raises:
        ArgumentError: the suffix is not one of those, or an option is wrong.
        FileNotFoundError: the folder is not there.
        MissingDependency: no renderer is installed: png and pdf need one.
        RenderingError: the renderer failed or took too long.

    Warns:
        DrawingWarning: no renderer laid out an svg, so our own layout did.

    >>> import tempfile
    >>> graph = nx.DiGraph()
    >>> graph.add_node("x", op="input")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     render(graph, f"{folder}/x.svg", title="one input").name
    'x.svg'
    """
    path = files.target(filename)
    format_ = _format_of(path)
    if not isinstance(drawn, nx.Graph) and isinstance(getattr(drawn, "source", None), str):
        if style is not None or options:
            given = ", ".join(["style"] * (style is not None) + list(options))
            message = f"{given}: give this to draw(...), the diagram is drawn already"
            raise ArgumentError(message)
        data = picture(drawn.source, _format_of(path, PICTURES), timeout=timeout)
    else:
        data = _content(drawn, format_, style, timeout, options)
    files.write(path, data)
    return path


def svg(
    network: nx.DiGraph[Any],
    style: str | None = None,
    *,
    timeout: float = TIMEOUT,
    **options: Unpack[Options],
) -> str:
    """Draw a network as the text of an SVG, to be put into a page.

    Args:
        network: as `draw` takes it.
        style: as `draw` has it.
        timeout: after how many seconds to stop an outside program.
        **options: the options of `draw`.

    Returns:
        The `<svg>` element, with a title and a description for those who cannot see it. Its ids
        are its own, so that several can stand on one page.

    Raises:
        GraphError: the network is not a directed graph.
        ArgumentError: an option is wrong.

    Warns:
        DrawingWarning: no renderer laid it out, so our own layout did.

    >>> graph = nx.DiGraph()
    >>> graph.add_node("x", op="input")
    >>> svg(graph)[:4]
    '<svg'
    """
    return _content(network, "svg", style, timeout, options).decode()


def text(network: nx.DiGraph[Any], style: str | None = None, **options: Unpack[Options]) -> str:
    """Draw a network as plain text, for a terminal.

    Args:
        network: as `draw` takes it.
        style: as `draw` has it; it chooses which labels are shown.
        **options: the options of `draw`.

    Returns:
        A line for each node and for each edge into it: values point on (→), adjoints back (←).

    >>> from rojasgraph import Network, parse
    >>> net = Network.from_expressions(parse("x*x").named("y"))
    >>> _ = net.feed_forward(x=3.0), net.backpropagate()
    >>> print(text(net))
    x      3 →  ← 6
    y = ×  9 →  ← 1  (output)
    ├─ x        × 3
    └─ x        × 3
    """
    return _content(network, "txt", style, TIMEOUT, options).decode().removesuffix("\n")


def worksheet(
    network: nx.DiGraph[Any],
    filename: str | os.PathLike[str],
    style: str | None = None,
    *,
    blank: Any,  # noqa: ANN401 - as draw has it
    timeout: float = TIMEOUT,
    **options: Any,  # noqa: ANN401 - as draw has them
) -> tuple[Path, Path]:
    """Draw a network for an exercise: with labels left blank, and beside it the answers.

    Args:
        network: a labeled network.
        filename: where the sheet goes; `sheet.pdf` gets its answers in `sheet-answers.pdf`.
        style: as `draw` has it.
        blank: the labels to be filled in, such as `"derivative adjoint"`.
        timeout: after how many seconds to stop an outside program.
        **options: the options of `draw`; `color` is for the answers alone, since it tells sizes.

    Returns:
        The paths of the sheet and of the answers.

    Raises:
        ArgumentError: nothing is left blank, or a label that is not shown, or an option is wrong.

    >>> import tempfile
    >>> from rojasgraph import Network, parse
    >>> net = Network.from_expressions(parse("x*x").named("y"))
    >>> _ = net.feed_forward(x=3.0), net.backpropagate()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sheet, answers = worksheet(net, f"{folder}/sheet.txt", blank="adjoint")
    ...     print(sheet.read_text(encoding="utf-8").splitlines()[0], answers.name)
    x      3 →  ← ____ sheet-answers.txt
    """
    if not blank:
        message = "a worksheet leaves labels blank: name some, as in blank='adjoint'"
        raise ArgumentError(message)
    path = files.target(filename)
    answers = path.with_stem(f"{path.stem}-answers")
    format_ = _format_of(path)
    if format_ != "txt":  # text shows what it shows in a way of its own
        _refuse_unseen(network, style, blank, options)
    blanked = cast("Options", {**options, "blank": blank, "color": None})
    sheet = _content(network, format_, style, timeout, blanked)  # first: it may be refused
    solved = _content(network, format_, style, timeout, cast("Options", options))
    files.write_together([(path, sheet), (answers, solved)])
    return path, answers


def _refuse_unseen(
    network: nx.DiGraph[Any],
    style: str | None,
    blank: Any,  # noqa: ANN401 - as draw has it
    options: Mapping[str, Any],
) -> None:
    """Refuse to blank labels that are not shown: others may tell what they say."""
    shown = labels_shown(network, style, show=options.get("show"), hide=options.get("hide", ()))
    asked = blank.split() if isinstance(blank, str) else list(blank)
    unseen = [label for label in asked if label in LABELS and label not in shown]
    if unseen:
        message = (
            f"this sheet shows {', '.join(shown)}; got blank={blank!r}: leave {', '.join(unseen)} "
            "out, or add it to show="
        )
        raise ArgumentError(message)


def mimebundle(network: nx.DiGraph[Any]) -> dict[str, str]:
    """Show a network in a notebook.

    Args:
        network: the network.

    Returns:
        The picture and the text by their media types. Where nothing can draw, the text alone,
        with the reason: a notebook's display must not raise.

    >>> graph = nx.DiGraph()
    >>> graph.add_node("x", op="input")
    >>> sorted(mimebundle(graph))
    ['image/svg+xml', 'text/plain']
    """
    shown = repr(network)
    if len(network) > _NOTEBOOK_NODES:
        return {"text/plain": f"{shown}\n(not drawn: over {_NOTEBOOK_NODES} nodes; draw a part)"}
    try:
        return {"image/svg+xml": svg(network, timeout=_NOTEBOOK_TIMEOUT), "text/plain": shown}
    except Exception as error:  # noqa: BLE001 - whatever it is, the text can still be shown
        return {"text/plain": f"{shown}\n(not drawn: {error})"}


# --- what stands in a file ----------------------------------------------------------------------


def _format_of(path: Path, formats: tuple[str, ...] = FORMATS) -> str:
    return one_of(path.suffix.removeprefix("."), formats, f"the suffix of {path.name!r}")


def _content(
    network: Any,  # noqa: ANN401 - drawing_of refuses what is no graph
    format_: str,
    style: str | None,
    timeout: float,
    options: Options,
) -> bytes:
    """Draw a network in any format."""
    if format_ == "html":
        lay_out = partial(laid_out, timeout=timeout)
        return page(network, style, lay_out=lay_out, **checked(options)).encode()
    drawing = drawing_of(network, style, **checked(options))
    if format_ == "txt":
        return (text_diagram(drawing.boxes, drawing.title) + "\n").encode()
    if format_ == "tex":
        return write_tikz(scene_of(drawing, place)).encode()
    if format_ == "svg":
        return write_svg(laid_out(drawing, timeout)).encode()
    if format_ in SOURCES:
        return picture(write_dot(drawing).source, format_)
    return _pixels(drawing, format_, timeout)


def _pixels(drawing: Drawing, format_: str, timeout: float) -> bytes:
    """Let Graphviz paint a drawing, and lay it out unless we do that better."""
    scene = _in_stacks(drawing)
    if scene is not None:
        source = write_placed_dot(drawing, scene).source
        return picture(source, format_, engine="neato", timeout=timeout)
    if total_span(drawing) > MOST_SPAN_FOR_PIXELS:
        drawing = _fixed(drawing)
    engine = "neato" if drawing.positions else "dot"
    return picture(write_dot(drawing).source, format_, engine=engine, timeout=timeout)


def laid_out(drawing: Drawing, timeout: float = TIMEOUT) -> Scene:
    """Lay a drawing out by Graphviz if it can, by our own layout if not.

    Args:
        drawing: the drawing.
        timeout: after how many seconds to stop Graphviz; never later than after `PATIENCE`.

    Returns:
        The scene.

    Warns:
        DrawingWarning: our own layout was used for a drawing that Graphviz lays out better.
    """
    if drawing.positions or total_span(drawing) > MOST_SPAN_FOR_DOT:
        return scene_of(drawing, place)
    scene = _in_stacks(drawing)
    if scene is not None:
        return scene
    try:
        return scene_of(drawing, partial(place_by_dot, timeout=min(timeout, PATIENCE)))
    except (MissingDependency, RenderingError) as error:
        message = f"drawn by our own layout: {error}"
        warnings.warn(message, DrawingWarning, stacklevel=4)
        return scene_of(drawing, place)


class _NotCrowdedError(Exception):
    """Labels have room as it is."""


def _crowded_only(blocks: Sequence[Block], links: Sequence[Link], **rest: Any) -> Placement:  # noqa: ANN401
    placement = place_crowded(blocks, links, **rest)
    if placement is None:
        raise _NotCrowdedError
    return placement


def _in_stacks(drawing: Drawing) -> Scene | None:
    """Stack the layers of a drawing, if they are crowded: Graphviz would pile their labels."""
    if drawing.positions:
        return None
    try:
        return scene_of(drawing, _crowded_only)
    except _NotCrowdedError:
        return None


def _fixed(drawing: Drawing) -> Drawing:
    """Fix every card where our own layout puts it."""
    scene = scene_of(drawing, place)
    middles = {figure.id: figure.box.middle for figure in scene.figures}
    return replace(drawing, positions={card: (x, -y) for card, (x, y) in middles.items()})
