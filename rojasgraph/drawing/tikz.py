"""Write a scene as a LaTeX file of its own, drawn with TikZ, for people to go on with.

Every card is a scope that can be moved by its first line; colors, sizes and lines are named
styles. Coordinates are in PostScript points (1/72 inch), y upwards.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from rojasgraph.drawing.beziers import Point, pieces
from rojasgraph.drawing.figures import RULE_WIDTH, SQUARE
from rojasgraph.drawing.names import visible
from rojasgraph.drawing.sizes import LINE_WIDTH
from rojasgraph.drawing.tex import beyond_pdftex, to_tex, words_to_tex
from rojasgraph.mathtex import is_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rojasgraph.drawing.cards import Words
    from rojasgraph.drawing.figures import Disc, Figure, Ground, Outline
    from rojasgraph.drawing.grids import Text
    from rojasgraph.drawing.scene import Curve, Frame, Scene, Stroke
    from rojasgraph.drawing.shapes import Rectangle

_FRAME_RADIUS = 6.0
_DASHES = "on 4bp off 2.5bp"
_LISTED = 20

_PREAMBLE = r"""
\documentclass[tikz,border=0pt]{standalone}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage{lmodern}
\else
  \usepackage{fontspec}
  \setmainfont{Latin Modern Roman}[Ligatures=TeXOff]
\fi
\usepackage{amsmath,amssymb}
\usetikzlibrary{arrows.meta}
"""
_FALLBACK_FONTS = r"""
\RequireLuaTeX
\usepackage{fontspec}
% Fonts for what Latin Modern does not have; those that are not installed are passed over.
\newcommand\rgfonts{}
\newcommand\rgfont[1]{\IfFontExistsTF{#1}{\edef\rgfonts{\rgfonts "#1:mode=harf;",}}{}}
\rgfont{Noto Sans CJK SC}
\rgfont{Source Han Sans SC}
\rgfont{FandolSong}
\rgfont{IPAexGothic}
\rgfont{Droid Sans Fallback}
\rgfont{Noto Sans}
\rgfont{DejaVu Sans}
\rgfont{Noto Color Emoji}
\rgfont{Noto Emoji}
\ifx\rgfonts\empty
  \setmainfont{Latin Modern Roman}[Ligatures=TeXOff]
\else
  \directlua{luaotfload.add_fallback("rgfonts", {\rgfonts})}
  \setmainfont{Latin Modern Roman}[Ligatures=TeXOff, RawFeature={fallback=rgfonts}]
\fi
"""
"""What a file needs whose characters pdflatex cannot set."""

_SLIDES_FONTS = r"""
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage{lmodern}
\fi
"""
_WIDTH, _HEIGHT = 400.0, 170.0
"""The room for the picture on a slide of 160 mm by 90 mm, in points."""

_LARGEST_SCALE = 1.3
_SLIDES = r"""
\documentclass[aspectratio=169]{beamer}
\usepackage{iftex}
\usepackage{amsmath,amssymb,tikz}
\usetikzlibrary{arrows.meta}
\setbeamertemplate{navigation symbols}{}
"""

_PREAMBLE_WITH_FALLBACK = (
    r"""
\documentclass[tikz,border=0pt]{standalone}
\usepackage{iftex}"""
    + _FALLBACK_FONTS
    + r"""\usepackage{amsmath,amssymb}
\usetikzlibrary{arrows.meta}
"""
)


def write_tikz(scene: Scene) -> str:
    """Write a scene as a LaTeX file.

    Args:
        scene: what is to be written.

    Returns:
        The file's text. It compiles with pdflatex, lualatex or xelatex; where characters occur
        that pdflatex cannot set, its first lines say so and it asks for lualatex.

    >>> from rojasgraph.drawing.cards import Drawing
    >>> from rojasgraph.drawing.scene import scene_of
    >>> print(write_tikz(scene_of(Drawing((), (), "LR"))).splitlines()[2])
    % Compile with pdflatex, lualatex or xelatex.
    """
    return "\n".join(_Writer(scene).lines()) + "\n"


def write_beamer(
    scene: Scene,
    appears: Mapping[str, int],
    lit: Sequence[frozenset[str]],
    captions: Sequence[str],
) -> str:
    """Write a scene as a slide with one overlay for each step.

    Args:
        scene: the whole picture.
        appears: in which step each label is seen first, by its key.
        lit: for each step, the ids of what acts in it.
        captions: for each step, what happens.

    Returns:
        The file's text. It compiles as the files of `write_tikz` do.
    """
    return "\n".join(_Slides(scene, appears, lit, captions).lines()) + "\n"


class _Writer:
    """What is the same for all parts of one picture, and the roles and sizes that it has used."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.roles: set[str] = set()
        self.inks: set[str] = set()
        self.sizes: set[int] = set()
        self.beyond: dict[str, None] = {}

    def lines(self) -> Iterator[str]:
        body = list(self.body())  # first, since it tells which styles there are
        yield from self.head()
        yield from self.styles()
        yield r"\begin{document}"
        yield r"\begin{tikzpicture}[x=1bp,y=1bp]"
        yield from body
        yield r"\end{tikzpicture}"
        yield r"\end{document}"

    # --- head ------------------------------------------------------------------------------

    def head(self) -> Iterator[str]:
        yield f"% !TeX program = {'lualatex' if self.beyond else 'pdflatex'}"
        yield f"% {visible(self.scene.title)}"
        if self.beyond:
            listed = " ".join(list(self.beyond)[:_LISTED])
            yield f"% Compile with lualatex: pdflatex cannot set {listed}"
        else:
            yield "% Compile with pdflatex, lualatex or xelatex."
        yield from self.preamble().strip().splitlines()
        yield ""

    def preamble(self) -> str:
        return _PREAMBLE_WITH_FALLBACK if self.beyond else _PREAMBLE

    def styles(self) -> Iterator[str]:
        """Give the named colors and styles, of which only those that occur."""
        theme = self.scene.theme
        inks = sorted(self.inks)
        for role in sorted(self.roles | self.inks | {"edge"}):
            yield rf"\definecolor{{{_color(role)}}}{{HTML}}{{{theme.colors[role][1:].upper()}}}"
        if self.inks & theme.bold:
            yield "% Bold digits no wider than others, in formulas too."
            yield r"\ifPDFTeX\SetSymbolFont{operators}{bold}{OT1}{lmr}{b}{n}\fi"
        yield r"\tikzset{"
        yield "  rg text/.style={inner sep=0pt, outer sep=0pt, anchor=base},"
        for role in inks:
            weight = r", font=\fontseries{b}\selectfont\boldmath" if role in theme.bold else ""
            yield f"  rg {role}/.style={{rg text, text={_color(role)}{weight}}},"
        for size in sorted(self.sizes):
            leading = _number(1.2 * size)
            font = rf"\fontsize{{{size}bp}}{{{leading}bp}}\selectfont"
            yield f"  rg {size}/.style={{node font={font}}},"
        yield "  rg on/.style={fill=#1, inner sep=1bp},"
        yield f"  rg rule/.style={{draw=#1, line width={RULE_WIDTH}bp}},"
        yield "  rg border/.style 2 args={draw=#1, line width=#2bp},"
        yield "  rg edge/.style={"
        yield f"    draw={_color('edge')}, line width={LINE_WIDTH}bp,"
        yield "    -{Triangle[length=5.4bp 1, width=3bp 2]}},"
        yield f"  rg implied/.style={{rg edge, dash pattern={_DASHES},"
        yield "    -{Triangle[open, length=5.4bp 1, width=3bp 2]}},"
        yield "}"

    # --- body ------------------------------------------------------------------------------

    def body(self) -> Iterator[str]:
        """Give what is seen, from the back to the front."""
        scene = self.scene
        corner = self.point((scene.width, 0.0))
        yield rf"\fill[{self.color('ground')}] (0,0) rectangle {corner};"
        if scene.heading:
            yield self.text(scene.heading, (0.0, 0.0))
        for frame in scene.frames:
            yield from self.frame(frame)
        for figure in scene.figures:
            yield from self.figure(figure)
        for curve in scene.curves:
            yield from self.curve(curve)
        # Labels stand above all lines, so that none crosses them.
        for frame in scene.frames:
            yield from self.label(frame.id, (frame.name,), "cluster")
        for curve in scene.curves:
            yield from self.label(curve.id, curve.texts, curve.ground)
        yield from (self.text(text, (0.0, 0.0)) for text in scene.caption)

    def color(self, role: str) -> str:
        self.roles.add(role)
        return _color(role)

    def point(self, point: Point, origin: Point = (0.0, 0.0)) -> str:
        """Write a point, measured from an origin; from the bottom left where that is (0, 0)."""
        if origin == (0.0, 0.0):
            origin = (0.0, self.scene.height)
        return f"({_number(point[0] - origin[0])},{_number(origin[1] - point[1])})"

    def text(self, text: Text, origin: Point, ground: str | None = None) -> str:
        words = text.words
        self.inks.add(words.role)
        self.sizes.add(words.size)
        self.beyond |= dict.fromkeys(_beyond(words))
        options = [f"rg {words.role}", f"rg {words.size}"]
        written = words_to_tex(words)
        if words.italic and not written.startswith("$"):
            written = rf"\textit{{{written}}}"
        if ground is not None:
            options.append(f"rg on={self.color(ground)}")
        where = self.point((text.x, text.baseline), origin)
        return rf"\node[{', '.join(options)}] at {where} {{{written}}};"

    def frame(self, frame: Frame) -> Iterator[str]:
        yield f"% {frame.id}: {_told(frame.tooltip)}"
        fill, border = self.color("cluster"), f"rg border={{{self.color('rule')}}}{{1}}"
        options = f"{border}, fill={fill}, rounded corners={_number(_FRAME_RADIUS)}bp"
        yield rf"\filldraw[{options}] {self.rectangle(frame.box, (0.0, 0.0))};"

    def figure(self, figure: Figure) -> Iterator[str]:
        middle = figure.box.middle
        yield f"% {figure.id}: {_told(figure.tooltip)}"
        yield rf"\begin{{scope}}[shift={{{self.point(middle)}}}]"
        yield from (f"  {line}" for line in self.shapes(figure, middle))
        yield r"\end{scope}"

    def shapes(self, figure: Figure, middle: Point) -> Iterator[str]:
        if figure.disc:
            yield from self.halves(figure.disc)
        for ground in figure.grounds:
            yield self.ground(ground, middle)
        for rule in figure.rules:
            ends = f"{self.point(rule.start, middle)} -- {self.point(rule.end, middle)}"
            yield rf"\draw[rg rule={self.color(rule.role)}] {ends};"
        for outline in figure.outlines:
            yield self.outline(outline, middle)
        if figure.disc:
            yield from self.circle(figure.disc)
        for text in figure.texts:
            yield self.text(text, middle)

    def rectangle(self, box: Rectangle, origin: Point) -> str:
        low, high = (box.left, box.bottom), (box.right, box.top)
        return f"{self.point(low, origin)} rectangle {self.point(high, origin)}"

    def ground(self, ground: Ground, origin: Point) -> str:
        fill, corners = self.color(ground.role), ground.corners
        if corners == SQUARE:
            return rf"\fill[{fill}] {self.rectangle(ground.box, origin)};"
        if len(set(corners)) == 1:
            rounded = f"rounded corners={_number(corners[0])}bp"
            return rf"\fill[{fill}, {rounded}] {self.rectangle(ground.box, origin)};"
        return rf"\fill[{fill}] {' -- '.join(self.corners(ground, origin))} -- cycle;"

    def corners(self, ground: Ground, origin: Point) -> Iterator[str]:
        """Give the corners of a rectangle, clockwise from the top left; some of them are arcs."""
        box = ground.box
        turns = (
            ((box.left, box.top), (0, 1), 180),
            ((box.right, box.top), (-1, 0), 90),
            ((box.right, box.bottom), (0, -1), 0),
            ((box.left, box.bottom), (1, 0), -90),
        )
        for radius, ((x, y), (right, down), angle) in zip(ground.corners, turns, strict=True):
            start = self.point((x + radius * right, y + radius * down), origin)
            arc = f"arc[start angle={angle}, end angle={angle - 90}, radius={_number(radius)}]"
            yield f"{start} {arc}" if radius else start

    def outline(self, outline: Outline, origin: Point) -> str:
        options = self.border(outline.role, outline.width)
        if outline.radius:
            options += f", rounded corners={_number(outline.radius)}bp"
        return rf"\draw[{options}] {self.rectangle(outline.box, origin)};"

    def border(self, role: str, width: float) -> str:
        return f"rg border={{{self.color(role)}}}{{{_number(width)}}}"

    def halves(self, disc: Disc) -> Iterator[str]:
        r = _number(disc.radius)
        if disc.left == disc.right:
            yield rf"\fill[{self.color(disc.left)}] (0,0) circle[radius={r}];"
            return
        for role, end in ((disc.left, 270), (disc.right, -90)):
            arc = f"arc[start angle=90, end angle={end}, radius={r}]"
            yield rf"\fill[{self.color(role)}] (0,{r}) {arc} -- cycle;"

    def circle(self, disc: Disc) -> Iterator[str]:
        r = _number(disc.radius)
        if disc.divided:
            yield rf"\draw[{self.border(disc.role, 1.0)}] (0,{r}) -- (0,-{r});"
        yield rf"\draw[{self.border(disc.role, disc.width)}] (0,0) circle[radius={r}];"

    def curve(self, curve: Curve) -> Iterator[str]:
        yield f"% {curve.id}: {_told(curve.tooltip)}"
        for stroke in curve.strokes:
            yield rf"\draw[{self.line(stroke)}] {self.route(stroke)};"

    def line(self, stroke: Stroke) -> str:
        """Give the options of a line, of which those that the style has are left out."""
        options = ["rg implied" if stroke.dashed else "rg edge"]
        if stroke.role != "edge":
            options.append(f"draw={self.color(stroke.role)}")
        if stroke.width != LINE_WIDTH:
            options.append(f"line width={_number(stroke.width)}bp")
        return ", ".join(options)

    def route(self, stroke: Stroke) -> str:
        steps = chain.from_iterable(
            (f".. controls {self.point(b)} and {self.point(c)}", f".. {self.point(d)}")
            for _, b, c, d in pieces(stroke.points)
        )
        return " ".join([self.point(stroke.points[0]), *steps])

    def label(self, part: str, texts: Sequence[Text], ground: str) -> Iterator[str]:
        if texts:
            yield f"% the label of {part}"
            yield from (self.text(text, (0.0, 0.0), ground) for text in texts)


# --- slides ---------------------------------------------------------------------------------------


class _Slides(_Writer):
    """A picture in which texts and lights have the overlays where they are seen."""

    def __init__(
        self,
        scene: Scene,
        appears: Mapping[str, int],
        lit: Sequence[frozenset[str]],
        captions: Sequence[str],
    ) -> None:
        super().__init__(scene)
        self.appears = appears
        self.captions = captions
        self.when: dict[str, list[int]] = {}
        for step, parts in enumerate(lit):
            for part in parts:
                self.when.setdefault(part, []).append(step)
        for caption in captions:
            self.beyond |= dict.fromkeys(beyond_pdftex(caption))

    def lines(self) -> Iterator[str]:
        body = list(self.body())  # first, since it tells which styles there are
        yield from self.head()
        yield from self.styles()
        yield r"\begin{document}"
        yield rf"\begin{{frame}}{{{to_tex(visible(self.scene.title))}}}"
        yield r"\centering"
        size = min(_WIDTH / self.scene.width, _HEIGHT / self.scene.height, _LARGEST_SCALE)
        yield rf"\begin{{tikzpicture}}[x=1bp,y=1bp,scale={size:.3f},transform shape]"
        yield from body
        yield r"\end{tikzpicture}"
        yield r"\par\medskip\footnotesize"
        for step, caption in enumerate(self.captions):
            yield rf"\only<{step + 1}>{{{to_tex(visible(caption))}}}%"
        yield r"\end{frame}"
        yield r"\end{document}"

    def preamble(self) -> str:
        return _SLIDES + (_FALLBACK_FONTS if self.beyond else _SLIDES_FONTS)

    def text(self, text: Text, origin: Point, ground: str | None = None) -> str:
        written = super().text(text, origin, ground)
        first = self.appears.get(text.words.key or "", 0)
        return rf"\only<{first + 1}->{{{written}}}" if first else written

    def figure(self, figure: Figure) -> Iterator[str]:
        yield from super().figure(figure)
        if figure.id in self.when:
            bright = figure.lit()
            yield rf"\only<{self.steps(figure.id)}>{{%"
            yield rf"\begin{{scope}}[shift={{{self.point(figure.box.middle)}}}]"
            for outline in bright.outlines:
                yield self.outline(outline, figure.box.middle)
            if bright.disc:
                yield from self.circle(bright.disc)
            yield r"\end{scope}}"

    def curve(self, curve: Curve) -> Iterator[str]:
        yield from super().curve(curve)
        if curve.id in self.when:
            bright = curve.lit().strokes[0]
            path = rf"\draw[{self.line(bright)}] {self.route(bright)};"
            yield rf"\only<{self.steps(curve.id)}>{{{path}}}"

    def steps(self, part: str) -> str:
        """Name the overlays in which a part is lit."""
        return ",".join(str(step + 1) for step in self.when[part])


def _color(role: str) -> str:
    return f"rg{role}"


def _beyond(words: Words) -> list[str]:
    """List what pdflatex cannot set of the TeX that is written for a line of text."""
    taken = words.latex if words.latex and is_symbol(words.latex) else words.text
    return beyond_pdftex(taken)


def _told(tooltip: str) -> str:
    """Write a tooltip on one line of a comment."""
    return visible(tooltip)


def _number(value: float) -> str:
    """Write a length to a tenth of a point, whatever the last bits of a sum are."""
    text = f"{round(value, 6):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
