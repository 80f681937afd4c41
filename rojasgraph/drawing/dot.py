"""Write a drawing in Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rojasgraph.drawing import sizes
from rojasgraph.drawing.beziers import between, reversed_curve, shortened
from rojasgraph.drawing.directions import Direction, direction_of
from rojasgraph.drawing.markup import cell, escape, font, row, table, tooltip
from rojasgraph.drawing.names import visible
from rojasgraph.drawing.themes import Theme, theme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rojasgraph.drawing.beziers import Point
    from rojasgraph.drawing.cards import Card, Cell, Drawing, Line, Table, Words
    from rojasgraph.drawing.diagram import Diagram
    from rojasgraph.drawing.scene import Curve, Scene

_POINTS_PER_INCH = 72

_MOST_CURVED = 200
"""Above this many lines between fixed places they run straight: bending them takes minutes."""

_ARROW_LENGTH = 6.0
"""How long an arrowhead is, in points."""

_SIDES = "LTRB"


def write_dot(drawing: Drawing) -> Diagram:
    """Write a drawing in Graphviz's language.

    Args:
        drawing: what is to be drawn.

    Returns:
        The `graphviz.Digraph`.
    """
    from rojasgraph.drawing.diagram import Diagram

    return _Writer(drawing).diagram(Diagram)


def write_placed_dot(drawing: Drawing, scene: Scene) -> Diagram:
    """Write a drawing in Graphviz's language where everything has its place.

    Args:
        drawing: what is to be drawn.
        scene: the drawing, laid out.

    Returns:
        The `graphviz.Digraph`, for `neato -n2`. Labels are nodes without an outline, and the last
        ones: they are painted upon all lines.
    """
    from rojasgraph.drawing.diagram import Diagram

    return _PlacedWriter(drawing, scene).placed(Diagram)


class _Writer:
    """What is the same for all parts of one drawing."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.theme: Theme = theme_of(drawing.theme)
        self.direction: Direction = direction_of(drawing.rankdir)
        self.main = {card.id: card.main for card in drawing.cards}
        self.round = {card.id for card in drawing.cards if card.diameter is not None}

    def diagram(self, kind: type[Diagram]) -> Diagram:
        diagram = kind(
            graph_attr=self.graph_attributes(),
            node_attr={"fontname": sizes.FONT, "shape": "plain"},
            edge_attr={
                "fontname": sizes.FONT,
                "fontsize": str(sizes.NUMBER_SIZE),
                "color": self.color("edge"),
                "arrowsize": "0.6",
                "penwidth": "0.9",
            },
        )
        for card in self.drawing.cards:
            diagram.node(card.id, **self.node_attributes(card))
        for cluster in self.drawing.clusters:
            with diagram.subgraph(name=f"cluster_{cluster.id}") as inner:
                inner.attr(**self.cluster_attributes(cluster.id, cluster.name))
                for node in cluster.cards:
                    inner.node(node)
        for line in self.drawing.lines:
            if line.tail is None or line.head is None:
                diagram.node(f"{line.id}end", **self.point_attributes(line))
            diagram.edge(*self.ends(line), **self.edge_attributes(line))
        return diagram

    def color(self, role: str) -> str:
        return self.theme.colors[role]

    # --- attributes ------------------------------------------------------------------------

    def graph_attributes(self) -> dict[str, str]:
        attributes = {
            "rankdir": self.drawing.rankdir,
            "nodesep": "0.3",
            "ranksep": "0.55",
            "bgcolor": self.color("ground"),
            "fontname": sizes.FONT,
            "fontsize": str(sizes.TITLE_SIZE),
            "labelloc": "t",
            "pad": "0.15",
        }
        if self.drawing.theme != "light":
            attributes["fontcolor"] = self.color("ink")
        if self.drawing.positions:
            curved = "true" if len(self.drawing.lines) <= _MOST_CURVED else "line"
            attributes |= {"layout": "neato", "inputscale": "72", "splines": curved}
        if self.drawing.title is not None:
            # A blank line below it.
            attributes["label"] = escape(visible(self.drawing.title)) + r"\n "
        return attributes

    def cluster_attributes(self, identifier: str, name: str) -> dict[str, str]:
        return {
            "id": identifier,
            "label": escape(name),
            "fontcolor": self.color("muted"),
            "fontsize": str(sizes.SMALL_NAME_SIZE),
            "style": "rounded,filled",
            "color": self.color("rule"),
            "fillcolor": self.color("cluster"),
            "margin": "10",
            "labeljust": "l",
        }

    def node_attributes(self, card: Card) -> dict[str, str]:
        attributes = {
            "id": card.id,
            "class": f"{card.kind} output" if card.output else card.kind,
            "tooltip": tooltip(card.tooltip),
        }
        if card.diameter is not None:
            attributes |= self.circle_attributes(card)
        label = self.table(card.table, lit=card.lit and card.diameter is None)
        attributes["label"] = f"<{label}>"
        if self.drawing.positions:
            x, y = self.drawing.positions[card.id]
            attributes["pos"] = f"{x:.2f},{y:.2f}!"
        return attributes

    def circle_attributes(self, card: Card) -> dict[str, str]:
        halves = f"{self.color('derivative')};0.5:{self.color(card.function)}"
        several = card.halves and len(card.table.rows[0][0].words) > 1
        return {
            # Edges arrive in the order of the stored derivatives: nothing else tells them apart.
            **({"ordering": "in"} if several else {}),
            "shape": "circle",
            "style": "filled",
            "fixedsize": "true",
            "margin": "0",
            "width": f"{(card.diameter or 0) / _POINTS_PER_INCH:.3f}",
            "fillcolor": halves if card.halves else self.color(card.fill or "ground"),
            "gradientangle": "0",
            "color": self.color("lit" if card.lit else "border"),
            "penwidth": "2" if card.output else "1.1",
        }

    def point_attributes(self, _line: Line) -> dict[str, str]:
        """Give the attributes of the unseen end of an arrow that leads out of the drawing."""
        return {"shape": "point", "style": "invis", "width": "0", "height": "0"}

    def ends(self, line: Line) -> tuple[str, str]:
        tail = f"{line.id}end" if line.tail is None else self.leaving(line.tail)
        head = f"{line.id}end" if line.head is None else line.head
        if line.head is not None and line.port is not None:
            head = f"{head}:{line.port}:{self.direction.enters}"
        return tail, head

    def leaving(self, node: str) -> str:
        """Name the place where edges leave a card: its main port, or a table's far side."""
        if self.main[node] is not None:
            return f"{node}:{self.main[node]}:{self.direction.leaves}"
        return node if node in self.round else f"{node}:{self.direction.leaves}"

    def edge_attributes(self, line: Line) -> dict[str, str]:
        told = tooltip(line.tooltip)
        attributes = {"id": line.id, "tooltip": told}
        if line.words:
            label = "<BR/>".join(map(self.words, line.words))
            attributes |= {"label": f"<{label}>", "labeltooltip": told}
        color = self.color(line.color)
        if line.twin:
            attributes |= {"dir": "both", "color": f"{color}:{self.color('backward')}"}
        elif line.color != "edge":
            attributes["color"] = color
        if line.width != sizes.LINE_WIDTH:
            attributes["penwidth"] = f"{line.width:g}"
        if line.dashed:
            attributes |= {"class": "implied", "style": "dashed", "arrowhead": "empty"}
        return attributes

    # --- HTML-like labels ------------------------------------------------------------------

    def table(self, content: Table, port: str | None = None, *, lit: bool = False) -> str:
        attributes: dict[str, str | int] = {"port": port} if port else {}
        if content.rounded:
            attributes["style"] = "ROUNDED"
        attributes["border"] = content.border
        if content.border:
            attributes["color"] = self.color("lit" if lit else "border")
        if content.fill:
            attributes["bgcolor"] = self.color(content.fill)
        attributes |= {"cellborder": 0, "cellspacing": 0, "cellpadding": content.padding}
        return table((row(map(self.cell, cells)) for cells in content.rows), **attributes)

    def cell(self, content: Cell) -> str:
        return cell(self.inside(content), **dict(self.cell_attributes(content)))

    def inside(self, content: Cell) -> str:
        if content.inside is not None:
            return self.table(content.inside, content.port)
        return "<BR/>".join(map(self.words, content.words))

    def cell_attributes(self, content: Cell) -> Iterator[tuple[str, str | int]]:
        if content.port and content.inside is None:
            yield "port", content.port
        for name, span in (("colspan", content.columns), ("rowspan", content.rows)):
            if span > 1:
                yield name, span
        for name, least in (("width", content.width), ("height", content.height)):
            if least:
                yield name, least
        if content.padding is not None:
            yield "cellpadding", content.padding
        if content.fill:
            yield "bgcolor", self.color(content.fill)
        if content.rules:
            yield "border", 1
            yield "sides", "".join(side for side in _SIDES if side in content.rules)
            yield "color", self.color(content.rule)

    def words(self, words: Words) -> str:
        ink = words.role == "ink" and self.drawing.theme == "light"
        return font(
            words.text,
            size=words.size,
            color=None if ink else self.color(words.role),
            italic=words.italic,
            bold=words.role in self.theme.bold,
        )


class _PlacedWriter(_Writer):
    """Gives places to what the writer writes."""

    def __init__(self, drawing: Drawing, scene: Scene) -> None:
        super().__init__(drawing)
        self.middles = {figure.id: figure.box.middle for figure in scene.figures}
        self.frames = {frame.id: frame for frame in scene.frames}
        self.curves = {curve.id: curve for curve in scene.curves}

    def placed(self, kind: type[Diagram]) -> Diagram:
        diagram = self.diagram(kind)
        for line in self.drawing.lines:
            curve = self.curves[line.id]
            if curve.label is not None:
                diagram.node(
                    f"{line.id}label",
                    label=f"<{self.ground_of(line, curve)}>",
                    pos=f"{_written(curve.label.middle)}!",
                    tooltip=super().edge_attributes(line)["tooltip"],
                )
        return diagram

    def ground_of(self, line: Line, curve: Curve) -> str:
        words = "<BR/>".join(map(self.words, line.words))
        return table(
            [row([cell(words)])],
            border=0,
            cellborder=0,
            cellpadding=0,
            bgcolor=self.color(curve.ground),
        )

    def graph_attributes(self) -> dict[str, str]:
        return super().graph_attributes() | {
            "layout": "neato",
            "inputscale": "72",
        }

    def cluster_attributes(self, identifier: str, name: str) -> dict[str, str]:
        frame = self.frames[identifier]
        box = frame.box
        corners = _written((box.left, box.bottom)), _written((box.right, box.top))
        return super().cluster_attributes(identifier, name) | {
            "bb": ",".join(corners),
            "lp": _written(frame.name.box.middle),
        }

    def node_attributes(self, card: Card) -> dict[str, str]:
        return super().node_attributes(card) | {"pos": f"{_written(self.middles[card.id])}!"}

    def point_attributes(self, line: Line) -> dict[str, str]:
        route = self.curves[line.id].strokes[0].points
        end = route[0] if line.tail is None else route[-1]
        return super().point_attributes(line) | {"pos": f"{_written(end)}!"}

    def edge_attributes(self, line: Line) -> dict[str, str]:
        attributes = super().edge_attributes(line)
        attributes.pop("label", None)
        return attributes | {"pos": _spline(self.curves[line.id])}


def _spline(curve: Curve) -> str:
    """Write where a line runs, and where its arrowheads end."""
    route = curve.strokes[0].points
    if len(curve.strokes) == 1:
        return f"e,{_written(route[-1])} " + _points(shortened(route, _ARROW_LENGTH))
    back = reversed_curve(curve.strokes[1].points)
    route = tuple(between(one, other, 0.5) for one, other in zip(route, back, strict=True))
    there = shortened(reversed_curve(shortened(route, _ARROW_LENGTH)), _ARROW_LENGTH)
    ends = f"s,{_written(route[0])} e,{_written(route[-1])} "
    return ends + _points(reversed_curve(there))


def _points(route: tuple[Point, ...]) -> str:
    return " ".join(map(_written, route))


def _written(point: Point) -> str:
    """Write a place, y upwards."""
    return f"{point[0]:.2f},{-point[1]:.2f}"
