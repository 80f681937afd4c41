"""The two passes as a sequence of diagrams: labels appear in order, the acting edges are lit."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from rojasgraph import files
from rojasgraph.drawing.assembly import Options, checked, drawing_of, part_of
from rojasgraph.drawing.cards import Words
from rojasgraph.drawing.edges import keyed_edges
from rojasgraph.drawing.grids import stacked
from rojasgraph.drawing.measures import LINE_HEIGHT
from rojasgraph.drawing.number_style import NumberStyle
from rojasgraph.drawing.pictures import TIMEOUT
from rojasgraph.drawing.rendering import laid_out
from rojasgraph.drawing.scene import MARGIN, Scene
from rojasgraph.drawing.svg import write_svg
from rojasgraph.drawing.tikz import write_beamer
from rojasgraph.drawing.walk.animation import animated
from rojasgraph.drawing.walk.steps import Step, steps_of
from rojasgraph.errors import ArgumentError

if TYPE_CHECKING:
    import os

    import networkx as nx

    from rojasgraph.drawing.grids import Text


_CAPTION_SIZE = 11
_GAP = 8.0
_LEAST_WIDTH = 300.0
_CHARACTER = 0.52
"""How wide a character of the caption is, in ems."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One diagram of the sequence.

    Attributes:
        number: its place in the sequence; 0 is the graph before any pass.
        caption: what happens, in words.
        scene: what is seen.
    """

    number: int
    caption: str
    scene: Scene

    @property
    def svg(self) -> str:
        """The diagram as the text of an SVG."""
        return write_svg(self.scene)

    def _repr_svg_(self) -> str:
        """Show the diagram in a notebook."""
        return self.svg


class Frames(Sequence[Frame]):
    """The diagrams of a walk through both passes, one for each step."""

    def __init__(self, scene: Scene, steps: tuple[Step, ...]) -> None:
        """Take the whole picture and the steps in which its labels appear."""
        self.steps = steps
        self._captions = ["The network, before any pass", *(step.sentence for step in steps)]
        self._lines = [textwrap.wrap(c, _characters(scene)) or [""] for c in self._captions]
        self.scene = _with_room(scene, max(map(len, self._lines)))

    def __len__(self) -> int:
        """Count the diagrams: one before any pass, and one for each step."""
        return len(self.steps) + 1

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...
    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        """Give one diagram, or several."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        caption = tuple(self._written(number))
        scene = _until(self.scene, self._hidden(number), self._lit(number), caption)
        return Frame(number, self._captions[number], scene)

    @cached_property
    def appears(self) -> dict[str, int]:
        """In which diagram each label is seen first, by its key."""
        first: dict[str, int] = {}
        for number, step in enumerate(self.steps, 1):
            for key in step.keys:
                first.setdefault(key, number)
        return first

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write each diagram as an SVG file.

        Args:
            folder: where to; it is made if it is not there.

        Returns:
            The paths, `step-00.svg` and on.

        Raises:
            OSError: one cannot be written; files that were there stay as they were.
        """
        where = Path(folder)
        where.mkdir(parents=True, exist_ok=True)
        digits = max(2, len(str(len(self) - 1)))
        return files.write_together(
            (where / f"step-{frame.number:0{digits}}.svg", frame.svg.encode()) for frame in self
        )

    def animate(self, filename: str | os.PathLike[str], seconds: float = 2.0) -> Path:
        """Write one SVG file that plays the steps, over and over.

        Args:
            filename: where to; ends in `.svg`.
            seconds: how long each diagram is seen.

        Returns:
            The path of the file. Who prefers no motion sees the last diagram.

        Raises:
            ArgumentError: the file is no svg, or the time is not above 0.
            FileNotFoundError: the folder is not there.
        """
        path = _target(filename, ".svg")
        if not (isinstance(seconds, int | float) and 0 < seconds < math.inf):
            message = f"each diagram must be seen for more than 0 seconds; got {seconds!r}"
            raise ArgumentError(message)
        lit = [self._lit(number) for number in range(len(self))]
        captions = [tuple(self._written(number)) for number in range(len(self))]
        files.write(path, animated(self.scene, self.appears, lit, captions, seconds).encode())
        return path

    def beamer(self, filename: str | os.PathLike[str]) -> Path:
        """Write LaTeX slides in which the labels appear one by one, as Beamer overlays.

        Args:
            filename: where to; ends in `.tex`.

        Returns:
            The path of the file.

        Raises:
            ArgumentError: the file is no tex.
            FileNotFoundError: the folder is not there.
        """
        path = _target(filename, ".tex")
        lit = [self._lit(number) for number in range(len(self))]
        files.write(path, write_beamer(self.scene, self.appears, lit, self._captions).encode())
        return path

    def _hidden(self, number: int) -> frozenset[str]:
        return frozenset(key for key, first in self.appears.items() if first > number)

    def _lit(self, number: int) -> frozenset[str]:
        if number == 0:
            return frozenset()
        step = self.steps[number - 1]
        return frozenset((*step.lit, step.node))

    def _written(self, number: int) -> Iterator[Text]:
        """Place the caption of a diagram below it."""
        words = [Words(line, _CAPTION_SIZE) for line in self._lines[number]]
        height = LINE_HEIGHT * _CAPTION_SIZE * len(words)
        middle = self.scene.height - MARGIN - self._room + height / 2
        yield from stacked(words, self.scene.width / 2, middle, self.scene.theme)

    @property
    def _room(self) -> float:
        return LINE_HEIGHT * _CAPTION_SIZE * max(map(len, self._lines))


def frames(
    network: nx.DiGraph[Any],
    style: str | None = None,
    *,
    timeout: float = TIMEOUT,
    **options: Unpack[Options],
) -> Frames:
    """Draw both passes step by step, one diagram for each node that is labeled.

    Args:
        network: as `draw` takes it; labeled by both passes, or only those labels appear that
            are there.
        style: as `draw` has it.
        timeout: after how many seconds to stop an outside program.
        **options: the options of `draw`.

    Returns:
        A sequence of diagrams: `frames(net)[3].svg`; `.save(folder)` writes SVG files,
        `.animate("walk.svg")` one that moves, `.beamer("walk.tex")` slides.

    Raises:
        GraphError: the network breaks the graph contract.
        ArgumentError: an option is wrong, or groups are collapsed: those have no labels.

    >>> from rojasgraph import Network, parse
    >>> net = Network.from_expressions(parse("x*x").named("y"))
    >>> _ = net.feed_forward(x=3.0), net.backpropagate()
    >>> walk = frames(net)
    >>> for frame in walk:
    ...     print(frame.number, frame.caption)
    0 The network, before any pass
    ...
    """
    given: dict[str, Any] = dict(checked(options))
    part = part_of(network, **{name: given[name] for name in _OF_PART if name in given})
    if part.folded:
        message = "a walk labels every node: leave collapse= out, or draw a part with focus="
        raise ArgumentError(message)
    numbering = NumberStyle(
        given.get("precision", 3), given.get("numbers", "auto"), given.get("example")
    )
    whole = part_of(network, unit=given.get("unit", "built"), groups=None).graph
    drawing = drawing_of(network, style, **given)
    steps = _steps_within(part.graph, whole, steps_of(whole, numbering))
    return Frames(laid_out(drawing, timeout), tuple(steps))


_OF_PART = ("unit", "groups", "collapse", "focus", "depth")


def _target(filename: str | os.PathLike[str], suffix: str) -> Path:
    path = files.target(filename)
    if path.suffix.lower() != suffix:
        message = f"the name of the file must end in {suffix}; got {path.name!r}"
        raise ArgumentError(message)
    return path


def _steps_within(
    part: nx.DiGraph[Any], whole: nx.DiGraph[Any], steps: tuple[Step, ...]
) -> Iterator[Step]:
    """Keep the steps that happen in a part of a graph, under the ids that its drawing has."""
    if part is whole:
        yield from steps
        return
    here = _ids(part)
    new = {old: here[what] for what, old in _ids(whole).items() if what in here}
    for step in steps:
        if step.node in new:
            yield replace(
                step,
                node=new[step.node],
                lit=tuple(_renamed(edge, new) for edge in step.lit if edge.rstrip("w") in new),
                keys=tuple(_renamed(k, new) for k in step.keys if _owner(k).rstrip("w") in new),
            )


def _ids(graph: nx.DiGraph[Any]) -> dict[Hashable, str]:
    """Give the ids that a drawing of a graph has, by node and by edge."""
    ids: dict[Hashable, str] = {(node,): f"n{i}" for i, node in enumerate(graph)}
    return ids | {edge[:3]: f"e{i}" for i, edge in enumerate(keyed_edges(graph))}


def _owner(key: str) -> str:
    return key.partition(".")[0]


def _renamed(key: str, new: dict[str, str]) -> str:
    """Put another id into a key; that of an implied edge keeps its `w`."""
    owner, dot, rest = key.partition(".")
    bare = owner.rstrip("w")
    return new[bare] + owner[len(bare) :] + dot + rest


def _characters(scene: Scene) -> int:
    """Count how many characters fit in a line below the picture."""
    width = max(scene.width, _LEAST_WIDTH) - 2 * MARGIN
    return int(width / (_CHARACTER * _CAPTION_SIZE))


def _with_room(scene: Scene, lines: int) -> Scene:
    """Make room for a caption below the picture."""
    wider = max(_LEAST_WIDTH - scene.width, 0.0)
    moved = (
        scene
        if not wider
        else replace(
            scene,
            width=scene.width + wider,
            heading=scene.heading and scene.heading.moved(wider / 2, 0.0),
            frames=tuple(part.moved(wider / 2, 0.0) for part in scene.frames),
            figures=tuple(part.moved(wider / 2, 0.0) for part in scene.figures),
            curves=tuple(part.moved(wider / 2, 0.0) for part in scene.curves),
        )
    )
    return replace(moved, height=scene.height + _GAP + LINE_HEIGHT * _CAPTION_SIZE * lines)


def _until(
    scene: Scene, hidden: frozenset[str], lit: frozenset[str], caption: tuple[Text, ...]
) -> Scene:
    """Take away the labels that have not appeared yet, and light what acts."""

    def seen(texts: tuple[Text, ...]) -> tuple[Text, ...]:
        return tuple(text for text in texts if text.words.key not in hidden)

    return replace(
        scene,
        caption=caption,
        figures=tuple(
            replace(figure.lit() if figure.id in lit else figure, texts=seen(figure.texts))
            for figure in scene.figures
        ),
        curves=tuple(
            replace(curve.lit() if curve.id in lit else curve, texts=seen(curve.texts))
            for curve in scene.curves
        ),
    )
