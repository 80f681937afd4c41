"""Put a drawing down on a plane: everything in it with its place, before it is written as a file.

Points are the unit, and y grows downwards from the top of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rojasgraph.drawing import sizes
from rojasgraph.drawing.arrivals import as_they_arrive
from rojasgraph.drawing.beziers import Point, aside, covered, halfway, reversed_curve, sampled
from rojasgraph.drawing.cards import Words
from rojasgraph.drawing.figures import Figure
from rojasgraph.drawing.grids import Text, stacked
from rojasgraph.drawing.layout.layering import place
from rojasgraph.drawing.measures import LINE_HEIGHT, words_width
from rojasgraph.drawing.names import shortened, visible
from rojasgraph.drawing.plan import LABEL_PADDING, TWIN_OFFSET, Layout, Plan, label_size
from rojasgraph.drawing.shapes import Rectangle, around, centered
from rojasgraph.drawing.themes import Theme, theme_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rojasgraph.drawing.cards import Cluster, Drawing, Line

LIT_WIDTH = 2.2
"""The least width of a line that is picked out."""

MARGIN = 10.0
"""Around the whole picture."""

_UNTITLED = "Diagram of a network"
_FRAME_PADDING = 8.0
_FRAME_REACH = 18.0
"""How far from its cards a frame may reach: a layout keeps others about 20 points away."""

_TITLE_GAP = 12.0
_FINE = 40  # points of a piece of a curve: closer together than a name is high


@dataclass(frozen=True, slots=True)
class Stroke:
    """One drawn curve with an arrowhead at its end.

    Attributes:
        points: 3k + 1 points: a start, and for each cubic Bézier piece two controls and an end.
        role: of its color.
        width: in points.
        dashed: whether it is dashed, and its arrowhead hollow.
    """

    points: tuple[Point, ...]
    role: str
    width: float
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of the drawing, in its place.

    Attributes:
        id: its id in the drawing.
        tooltip: all that is known of it.
        strokes: the curve, and the twin that runs back where there is one.
        texts: its label.
        label: the ground of its label; None where it has none.
        ground: the role of what lies behind the label.
    """

    id: str
    tooltip: str
    strokes: tuple[Stroke, ...]
    texts: tuple[Text, ...] = ()
    label: Rectangle | None = None
    ground: str = "ground"

    @property
    def box(self) -> Rectangle:
        """The rectangle that holds the curve and its label."""
        boxes = [covered(stroke.points).grown(stroke.width) for stroke in self.strokes]
        return around([*boxes, *([self.label] if self.label else [])])

    def lit(self) -> Curve:
        """Pick it out: the curve, not what runs back along it."""
        curve, *twins = self.strokes
        wide = max(curve.width, LIT_WIDTH)
        return replace(self, strokes=(replace(curve, role="lit", width=wide), *twins))

    def moved(self, x: float, y: float) -> Curve:
        """Move it to the right and down."""
        return replace(
            self,
            strokes=tuple(
                replace(stroke, points=tuple((px + x, py + y) for px, py in stroke.points))
                for stroke in self.strokes
            ),
            texts=tuple(text.moved(x, y) for text in self.texts),
            label=self.label and self.label.moved(x, y),
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame around some cards.

    Attributes:
        id: its id in the drawing.
        tooltip: its whole name.
        box: the frame.
        name: as much of its name as fits, at the top.
    """

    id: str
    tooltip: str
    box: Rectangle
    name: Text

    def moved(self, x: float, y: float) -> Frame:
        """Move it to the right and down."""
        return replace(self, box=self.box.moved(x, y), name=self.name.moved(x, y))


@dataclass(frozen=True, slots=True)
class Scene:
    """A drawing in which everything has its place.

    Attributes:
        width: of the picture, in points.
        height: of the picture, in points.
        title: what the picture is called, for those who cannot see it; never empty.
        heading: the title above the picture; None where it has none.
        description: the diagram in words.
        theme: its colors.
        frames: around cards, behind everything.
        figures: one for each card.
        curves: one for each line.
        caption: the lines of text below the picture.
    """

    width: float
    height: float
    title: str
    heading: Text | None
    description: str
    theme: Theme
    frames: tuple[Frame, ...]
    figures: tuple[Figure, ...]
    curves: tuple[Curve, ...]
    caption: tuple[Text, ...] = ()


def scene_of(drawing: Drawing, layout: Layout = place) -> Scene:
    """Find a place for everything in a drawing.

    Args:
        drawing: the drawing. Cards that have positions stand there; the layout places the rest.
        layout: what places them.

    Returns:
        The scene: no text reaches out of its card, and nothing out of the picture.

    Raises:
        ArgumentError: the drawing's theme or its direction is not known.

    >>> from rojasgraph.drawing.cards import Card, Cell, Drawing, Line, Table
    >>> cards = [Card(f"n{i}", "input", Table(((Cell(width=30, height=20),),)), "") for i in (0, 1)]
    >>> line = Line("e0", "n0", "n1", None, (), "")
    >>> scene = scene_of(Drawing(tuple(cards), (line,), "LR"))
    >>> left, right = (figure.box for figure in scene.figures)
    >>> left.right < right.left, round(scene.height, 1)
    (True, 40.0)
    """
    theme = theme_of(drawing.theme)
    plan = Plan(drawing, theme, layout)
    placement = plan.placement()
    figures = tuple(
        figure.moved(*center)
        for figure, center in zip(plan.figures, placement.centers, strict=False)
    )
    frames = _frames(drawing.clusters, figures, theme)
    routes = plan.attached(placement)
    figures = tuple(as_they_arrive(drawing, figures, routes))
    curves = tuple(
        _curve(line, route, label, theme, frames)
        for line, route, label in zip(drawing.lines, routes, placement.labels, strict=True)
    )
    frames = tuple(_with_clear_name(frame, curves) for frame in frames)
    return _with_margin(drawing, theme, frames, figures, curves)


def _curve(
    line: Line,
    route: tuple[Point, ...],
    label: Point | None,
    theme: Theme,
    frames: Sequence[Frame],
) -> Curve:
    """Put a line down on its route, with its twin and its label."""
    if line.twin:
        # Each keeps to its own side of the route.
        strokes: tuple[Stroke, ...] = (
            Stroke(aside(route, TWIN_OFFSET), line.color, line.width),
            Stroke(reversed_curve(aside(route, -TWIN_OFFSET)), "backward", line.width),
        )
    else:
        strokes = (Stroke(route, line.color, line.width, line.dashed),)
    if not line.words:
        return Curve(line.id, line.tooltip, strokes)
    x, y = label or halfway(route)
    box = centered(x, y, *label_size(line.words, theme))
    inside = any(frame.box.overlaps(box) for frame in frames)
    return Curve(
        line.id,
        line.tooltip,
        strokes,
        tuple(stacked(line.words, x, y, theme)),
        box,
        "cluster" if inside else "ground",
    )


def _frames(
    clusters: Sequence[Cluster], figures: Sequence[Figure], theme: Theme
) -> tuple[Frame, ...]:
    """Put frames around the cards of clusters, an outer one behind those inside it."""
    boxes = {figure.id: figure.box.grown(_FRAME_PADDING) for figure in figures}
    found: list[tuple[frozenset[str], Frame]] = []
    for cluster in sorted(clusters, key=lambda cluster: len(cluster.cards)):
        members = frozenset(cluster.cards)
        inner = [boxes[card] for card in members]
        inner += [frame.box.grown(LABEL_PADDING) for cards, frame in found if cards <= members]
        found.append((members, _frame(cluster, around(inner), theme)))
    return tuple(frame for _, frame in reversed(found))


def _frame(cluster: Cluster, inner: Rectangle, theme: Theme) -> Frame:
    """Put a frame around a rectangle, with room at the top for as much of its name as fits."""
    told = visible(cluster.name)
    most = inner.width + 2 * (_FRAME_REACH - _FRAME_PADDING)
    name = Words(told, sizes.SMALL_NAME_SIZE, "muted")
    length = len(told)
    while length > 1 and words_width(name, theme) + 2 * LABEL_PADDING > most:
        length -= 1
        name = replace(name, text=shortened(told, length))
    x, _ = inner.middle
    height = LINE_HEIGHT * name.size
    width = max(inner.width, words_width(name, theme) + 2 * LABEL_PADDING)
    box = Rectangle(x - width / 2, inner.top - height, x + width / 2, inner.bottom)
    (text,) = stacked([name], x, inner.top - height / 2 + LABEL_PADDING, theme)
    return Frame(cluster.id, told, box, text)


def _with_clear_name(frame: Frame, curves: Sequence[Curve]) -> Frame:
    """Move the name of a frame to where no line runs through it, if there is such a place."""
    name = frame.name
    room = max((frame.box.width - name.width) / 2 - _FRAME_PADDING, 0.0)
    strip = replace(name.box, left=frame.box.left, right=frame.box.right)
    points = [
        point
        for curve in curves
        if curve.box.overlaps(strip)
        for stroke in curve.strokes
        for point in sampled(stroke.points, steps=_FINE)
    ]
    for shift in (0.0, -room, room):
        place = name.moved(shift, 0.0)
        box = place.box.grown(LABEL_PADDING)
        if not any(box.holds(Rectangle(x, y, x, y)) for x, y in points):
            return replace(frame, name=place)
    return frame


def _with_margin(
    drawing: Drawing,
    theme: Theme,
    frames: tuple[Frame, ...],
    figures: tuple[Figure, ...],
    curves: tuple[Curve, ...],
) -> Scene:
    """Move everything so that the picture begins at the origin, below its title."""
    parts: list[Frame | Figure | Curve] = [*frames, *figures, *curves]
    content = around(part.box for part in parts)
    heading, above = None, 0.0
    width = content.width + 2 * MARGIN
    if drawing.title:
        words = Words(visible(drawing.title), sizes.TITLE_SIZE)
        above = LINE_HEIGHT * words.size + _TITLE_GAP
        width = max(width, words_width(words, theme) + 2 * MARGIN)
        (heading,) = stacked([words], width / 2, MARGIN + LINE_HEIGHT * words.size / 2, theme)
    x = (width - content.width) / 2 - content.left
    y = MARGIN + above - content.top
    return Scene(
        width=width,
        height=content.height + 2 * MARGIN + above,
        title=heading.words.text if heading else _UNTITLED,
        heading=heading,
        description=drawing.description,
        theme=theme,
        frames=tuple(frame.moved(x, y) for frame in frames),
        figures=tuple(figure.moved(x, y) for figure in figures),
        curves=tuple(curve.moved(x, y) for curve in curves),
    )
