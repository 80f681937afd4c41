"""Write a scene as SVG: one element that needs nothing beside it, neither a font nor a script."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr  # these read no XML # nosec B406

from rojasgraph.drawing.beziers import Point, arrowhead, pieces, shortened
from rojasgraph.drawing.figures import RULE_WIDTH, SQUARE, Corners
from rojasgraph.drawing.names import visible
from rojasgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rojasgraph.drawing.figures import Disc, Figure, Ground, Outline
    from rojasgraph.drawing.grids import Text
    from rojasgraph.drawing.scene import Curve, Frame, Scene, Stroke
    from rojasgraph.drawing.shapes import Rectangle

_FONTS = "Helvetica,Arial,sans-serif"
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FRAME_RADIUS = 6.0
_DASHES = "4 2.5"
_HALO = 3
_HIDDEN_BY_TIP = 0.8


def write_svg(scene: Scene, *, prefix: str | None = None) -> str:
    """Write a scene as an `<svg>` element.

    A card is `<g class="node operation output" data-id="n3">`, a line
    `<g class="edge" data-id="e5">` with `<path class="route">`, its label
    `<g class="label" data-id="e5">`, a frame `<g class="cluster" data-id="c0">`; a text that
    shows a label of the graph has it as `data-key`.
    Colors are classes: `forward` of a text, `fill-function` of a ground, `stroke-edge` of a line.

    Args:
        scene: what is to be written.
        prefix: what ids begin with: a letter, then letters, digits, `-` and `_`. By default it
            depends on the scene alone: equal pictures get equal ids.

    Returns:
        The element. Its title and its description are there for screen readers.

    Raises:
        ArgumentError: the prefix is not of that form.

    >>> from rojasgraph.drawing.cards import Drawing
    >>> from rojasgraph.drawing.scene import scene_of
    >>> print(write_svg(scene_of(Drawing((), (), "LR")), prefix="d0").splitlines()[0][:42])
    <svg xmlns="http://www.w3.org/2000/svg" id
    """
    if prefix is None:
        prefix = f"d{hashlib.sha256(repr(scene).encode()).hexdigest()[:8]}"
    if not _PREFIX.fullmatch(prefix):
        message = f"prefix must be a letter, then letters, digits, '-' and '_'; got {prefix!r}"
        raise ArgumentError(message)
    return "\n".join(_Writer(scene, prefix).lines()) + "\n"


class _Writer:
    """What is the same for all parts of one picture, and the roles that it has used."""

    def __init__(self, scene: Scene, prefix: str) -> None:
        self.scene = scene
        self.prefix = prefix
        self.rules: dict[str, str] = {}
        """What each selector that is needed stands for."""

    def lines(self) -> Iterator[str]:
        body = list(self.body())  # first, since it tells which colors are needed
        yield from self.head()
        yield from body
        yield "</svg>"

    def head(self) -> Iterator[str]:
        scene, prefix = self.scene, self.prefix
        width, height = _number(scene.width), _number(scene.height)
        told = f"{prefix}-title {prefix}-description" if scene.description else f"{prefix}-title"
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" class="rojasgraph" role="img"'
            f' aria-labelledby="{told}" width="{width}pt" height="{height}pt"'
            f' viewBox="0 0 {width} {height}" xml:space="preserve">'
        )
        yield f'<title id="{prefix}-title">{_escaped(scene.title)}</title>'
        if scene.description:
            yield f'<desc id="{prefix}-description">{_escaped(scene.description)}</desc>'
        yield "<style>"
        yield f"#{prefix} text{{font-family:{_FONTS};text-anchor:middle}}"
        yield from (f"#{prefix} {name}{{{rule}}}" for name, rule in sorted(self.rules.items()))
        yield "</style>"

    def body(self) -> Iterator[str]:
        """Give what is seen, from the back to the front."""
        scene = self.scene
        fill = self.fill("ground")
        yield f'<rect class="page {fill}" width="100%" height="100%"/>'
        if scene.heading:
            yield self.text(scene.heading)
        for frame in scene.frames:
            yield from self.frame(frame)
        for figure in scene.figures:
            yield from self.figure(figure)
        for curve in scene.curves:
            yield from self.curve(curve)
        # Labels stand above all lines, so that none crosses them.
        for frame in scene.frames:
            yield from self.label(frame.id, frame.tooltip, (frame.name,), "cluster")
        for curve in scene.curves:
            yield from self.label(curve.id, curve.tooltip, curve.texts, curve.ground)
        yield from map(self.text, scene.caption)

    # --- classes ---------------------------------------------------------------------------

    def ink(self, role: str) -> str:
        self.rules[f"text.{role}"] = f"fill:{self.scene.theme.colors[role]}"
        return role

    def fill(self, role: str) -> str:
        name = f"fill-{role}"
        self.rules[f".{name}"] = f"fill:{self.scene.theme.colors[role]}"
        return name

    def stroke(self, role: str) -> str:
        name = f"stroke-{role}"
        self.rules[f".{name}"] = f"fill:none;stroke:{self.scene.theme.colors[role]}"
        return name

    def halo(self, role: str) -> str:
        """Name the class of texts that a line behind them does not strike through."""
        name = f"on-{role}"
        self.rules[f".{name}"] = (
            f"paint-order:stroke;stroke:{self.scene.theme.colors[role]};stroke-width:{_HALO};"
            "stroke-linejoin:round"
        )
        return name

    # --- parts -----------------------------------------------------------------------------

    def group(self, classes: str, part: str, told: str) -> Iterator[str]:
        yield f'<g class="{classes}" id="{self.prefix}-{part}" data-id="{part}">'
        if told:
            yield f"<title>{_escaped(told)}</title>"

    def frame(self, frame: Frame) -> Iterator[str]:
        yield from self.group("cluster", frame.id, frame.tooltip)
        fill, stroke = self.fill("cluster"), self.stroke("rule")
        path = _rectangle(frame.box, (_FRAME_RADIUS,) * 4)
        yield f'<path class="{fill}" d="{path}"/>'
        yield f'<path class="{stroke}" d="{path}"/>'
        yield "</g>"

    def figure(self, figure: Figure) -> Iterator[str]:
        classes = f"node {figure.kind} output" if figure.output else f"node {figure.kind}"
        yield from self.group(classes, figure.id, figure.tooltip)
        if figure.disc:
            yield from self.halves(figure.disc)
        yield from map(self.ground, figure.grounds)
        for rule in figure.rules:
            path = f"M{_point(rule.start)}L{_point(rule.end)}"
            yield f'<path class="{self.stroke(rule.role)}" stroke-width="{RULE_WIDTH}" d="{path}"/>'
        yield from map(self.outline, figure.outlines)
        if figure.disc:
            yield from self.circle(figure.disc)
        yield from map(self.text, figure.texts)
        yield "</g>"

    def ground(self, ground: Ground) -> str:
        path = _rectangle(ground.box, ground.corners)
        return f'<path class="{self.fill(ground.role)}" d="{path}"/>'

    def outline(self, outline: Outline) -> str:
        path = _rectangle(outline.box, (outline.radius,) * 4)
        width = _number(outline.width)
        classes = f"outline {self.stroke(outline.role)}"
        return f'<path class="{classes}" stroke-width="{width}" d="{path}"/>'

    def halves(self, disc: Disc) -> Iterator[str]:
        """Give the two halves of a circle, from its top to its bottom on either side."""
        (x, y), r = disc.middle, _number(disc.radius)
        top, bottom = _point((x, y - disc.radius)), _point((x, y + disc.radius))
        for role, sweep in ((disc.left, 0), (disc.right, 1)):
            path = f"M{top}A{r} {r} 0 0 {sweep} {bottom}Z"
            yield f'<path class="{self.fill(role)}" d="{path}"/>'

    def circle(self, disc: Disc) -> Iterator[str]:
        (x, y), stroke, width = disc.middle, self.stroke(disc.role), _number(disc.width)
        if disc.divided:
            top, bottom = _point((x, y - disc.radius)), _point((x, y + disc.radius))
            yield f'<path class="{stroke}" d="M{top}L{bottom}"/>'
        yield (
            f'<circle class="outline {stroke}" stroke-width="{width}" cx="{_number(x)}"'
            f' cy="{_number(y)}" r="{_number(disc.radius)}"/>'
        )

    def text(self, text: Text, ground: str | None = None) -> str:
        words, theme = text.words, self.scene.theme
        classes = self.ink(words.role)
        if ground is not None:
            classes += " " + self.halo(ground)
        slope = ' font-style="italic"' if words.italic else ""
        weight = ' font-weight="bold"' if words.role in theme.bold else ""
        key = "" if words.key is None else f" data-key={_attribute(words.key)}"
        return (
            f'<text class="{classes}"{key} x="{_number(text.x)}" y="{_number(text.baseline)}"'
            f' font-size="{words.size}"{slope}{weight}>{escape(visible(words.text))}</text>'
        )

    def curve(self, curve: Curve) -> Iterator[str]:
        implied = any(stroke.dashed for stroke in curve.strokes)
        yield from self.group("edge implied" if implied else "edge", curve.id, curve.tooltip)
        for number, stroke in enumerate(curve.strokes):
            yield from self.route(stroke, "route twin" if number else "route")
        yield "</g>"

    def route(self, stroke: Stroke, classes: str) -> Iterator[str]:
        """Give a curve and its arrowhead, in which the curve ends."""
        length, half_width = arrow_size(stroke.width)
        hidden = 1.0 if stroke.dashed else _HIDDEN_BY_TIP
        path = _curve(shortened(stroke.points, length * hidden))
        width = _number(stroke.width)
        dashes = f' stroke-dasharray="{_DASHES}"' if stroke.dashed else ""
        color = self.stroke(stroke.role)
        yield f'<path class="{classes} {color}" stroke-width="{width}"{dashes} d="{path}"/>'
        tip = "L".join(map(_point, arrowhead(stroke.points, length, half_width)))
        if stroke.dashed:
            yield f'<path class="arrow {color}" stroke-width="{width}" d="M{tip}Z"/>'
        else:
            yield f'<path class="arrow {self.fill(stroke.role)}" d="M{tip}Z"/>'

    def label(self, part: str, told: str, texts: Sequence[Text], ground: str) -> Iterator[str]:
        """Give the label of a line or the name of a frame."""
        if texts:
            yield f'<g class="label" id="{self.prefix}-{part}-label" data-id="{part}">'
            if told:
                yield f"<title>{_escaped(told)}</title>"
            yield from (self.text(text, ground) for text in texts)
            yield "</g>"


def arrow_size(width: float) -> tuple[float, float]:
    """Choose the size of the arrowhead at the end of a line.

    Args:
        width: of the line, in points.

    Returns:
        The arrowhead's length and half of its width, in points.

    >>> [round(size, 2) for size in arrow_size(0.9)]
    [6.3, 2.4]
    """
    return 5.4 + width, 1.5 + width


def _rectangle(box: Rectangle, corners: Corners) -> str:
    """Write the path of a rectangle whose corners may be round."""
    if corners == SQUARE:
        return (
            f"M{_point((box.left, box.top))}H{_number(box.right)}V{_number(box.bottom)}"
            f"H{_number(box.left)}Z"
        )
    a, b, c, d = corners
    steps = (
        f"M{_point((box.left + a, box.top))}",
        f"H{_number(box.right - b)}",
        _arc(b, (box.right, box.top + b)),
        f"V{_number(box.bottom - c)}",
        _arc(c, (box.right - c, box.bottom)),
        f"H{_number(box.left + d)}",
        _arc(d, (box.left, box.bottom - d)),
        f"V{_number(box.top + a)}",
        _arc(a, (box.left + a, box.top)),
        "Z",
    )
    return "".join(steps)


def _arc(radius: float, end: Point) -> str:
    return f"A{_number(radius)} {_number(radius)} 0 0 1 {_point(end)}" if radius else ""


def _curve(points: Sequence[Point]) -> str:
    return f"M{_point(points[0])}" + "".join(
        f"C{_point(b)} {_point(c)} {_point(d)}" for _, b, c, d in pieces(points)
    )


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    """Write a length in points, to a hundredth, whatever the last bits of a sum are."""
    text = f"{round(value, 6):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _escaped(told: str) -> str:
    """Escape what is told; what XML cannot hold becomes visible, line ends stay."""
    return escape("\n".join(map(visible, told.split("\n"))))


def _attribute(text: str) -> str:
    return quoteattr(visible(text))
