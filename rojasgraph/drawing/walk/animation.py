"""One SVG that plays the steps of both passes by itself, with style sheets and without scripts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rojasgraph.drawing.names import visible
from rojasgraph.drawing.svg import write_svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rojasgraph.drawing.grids import Text
    from rojasgraph.drawing.scene import Scene

LIT_WIDTH = 2.2
_PREFIX = "walk"


def animated(
    scene: Scene,
    appears: Mapping[str, int],
    lit: Sequence[frozenset[str]],
    captions: Sequence[Sequence[Text]],
    seconds: float,
) -> str:
    """Write a scene as an SVG whose labels appear in order, again and again.

    Args:
        scene: the whole picture.
        appears: in which step each label is seen first, by its key.
        lit: for each step, the ids of what acts in it.
        captions: for each step, the lines below the picture.
        seconds: how long a step is seen.

    Returns:
        The SVG. Where nothing moves (a printer, a reader who prefers that) it is the last step.
    """
    plain = write_svg(scene, prefix=_PREFIX)
    sheet = "\n".join(_Sheet(scene, len(lit), seconds).rules(appears, lit))
    written = "\n".join(_captions(captions))
    return plain.replace("</style>", f"{sheet}\n</style>", 1).replace(
        "</svg>", f"{written}\n</svg>"
    )


class _Sheet:
    """The style sheet: which rules hold in which step."""

    def __init__(self, scene: Scene, steps: int, seconds: float) -> None:
        self.scene = scene
        self.steps = steps
        self.timing = f"{steps * seconds:g}s step-end infinite"

    def rules(self, appears: Mapping[str, int], lit: Sequence[frozenset[str]]) -> Iterator[str]:
        last = self.steps - 1
        yield f"#{_PREFIX} .caption{{visibility:hidden}}"
        yield f"#{_PREFIX} .caption.c{last}{{visibility:visible}}"
        yield "@media (prefers-reduced-motion:no-preference){"
        for step in range(self.steps):
            keys = [key for key, first in appears.items() if first == step]
            if keys:
                yield from self.animation(
                    f"s{step}", [f'[data-key="{key}"]' for key in keys], _from(step, self.steps)
                )
            shown = f"0%{{visibility:{_seen(step == 0)}}}" + self.during(
                step, "visibility:visible", "visibility:hidden"
            )
            yield from self.animation(f"c{step}", [f".caption.c{step}"], shown)
        yield from self.lights(lit)
        yield "}"

    def animation(self, name: str, selectors: list[str], frames: str) -> Iterator[str]:
        scoped = ",".join(f"#{_PREFIX} {selector}" for selector in selectors)
        yield f"@keyframes {_PREFIX}-{name}{{{frames}}}"
        yield f"{scoped}{{animation:{_PREFIX}-{name} {self.timing}}}"

    def during(self, step: int, on: str, off: str) -> str:
        """Give the key frames of something that holds in one step."""
        start, stop = (100 * k / self.steps for k in (step, step + 1))
        return f"{start:.4g}%{{{on}}}" + (f"{stop:.4g}%{{{off}}}" if stop < 100 else "")  # noqa: PLR2004

    def lights(self, lit: Sequence[frozenset[str]]) -> Iterator[str]:
        """Light what acts: the border of a node, the line of an edge."""
        colors = self.scene.theme.colors
        when: dict[str, list[int]] = {}
        for step, parts in enumerate(lit):
            for part in parts:
                when.setdefault(part, []).append(step)
        plain = {curve.id: curve.strokes[0] for curve in self.scene.curves}
        nodes = {figure.id for figure in self.scene.figures}
        on = f"stroke:{colors['lit']};stroke-width:{LIT_WIDTH}"
        for part, steps in sorted(when.items()):
            if part in plain:
                stroke = plain[part]
                selectors = [f'[data-id="{part}"] .route:not(.twin)']
                off = f"stroke:{colors[stroke.role]};stroke-width:{stroke.width:g}"
            elif part in nodes:
                selectors = [f'[data-id="{part}"] .outline']
                off = f"stroke:{colors['border']};stroke-width:1"
            else:
                continue
            frames = f"0%{{{off}}}" + "".join(self.during(step, on, off) for step in steps)
            yield from self.animation(f"l-{part}", selectors, frames)


def _from(step: int, steps: int) -> str:
    """Give the key frames of something that holds from one step on."""
    return f"0%{{visibility:hidden}}{100 * step / steps:.4g}%{{visibility:visible}}"


def _seen(shown: bool) -> str:  # noqa: FBT001 - a value, not a switch
    return "visible" if shown else "hidden"


def _captions(captions: Sequence[Sequence[Text]]) -> Iterator[str]:
    for step, lines in enumerate(captions):
        yield f'<g class="caption c{step}">'
        for line in lines:
            place = f'x="{line.x:.2f}" y="{line.baseline:.2f}" font-size="{line.words.size}"'
            yield f'<text class="ink" {place}>{escape(visible(line.words.text))}</text>'
        yield "</g>"
