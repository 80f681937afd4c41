"""Sort the stored derivatives in a circle as the edges that they belong to arrive at it.

A table has a cell for each edge. In a circle only the order tells a reader which derivative is
whose, and edges come from where the layout has put their tails.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rojasgraph.drawing.beziers import Point
    from rojasgraph.drawing.cards import Drawing
    from rojasgraph.drawing.figures import Figure


def as_they_arrive(
    drawing: Drawing, figures: Sequence[Figure], routes: Sequence[Sequence[Point]]
) -> Iterator[Figure]:
    """Sort the stored derivatives of every circle from the top, or from the left, as edges arrive.

    Args:
        drawing: what the figures and the routes were made of.
        figures: the cards in their places.
        routes: where each line runs.

    Yields:
        Each figure: the same texts, in the places of one another.
    """
    axis = 1 if drawing.rankdir in {"LR", "RL"} else 0
    ends = {line.id: route[-1][axis] for line, route in zip(drawing.lines, routes, strict=True)}
    arriving = {
        box.id: _by_slot([(a.slot, ends[a.id]) for a in box.arrows if a.id in ends])
        for box in drawing.boxes
        if len(box.derivatives) > 1
    }
    for figure in figures:
        turn = figure.disc is not None and figure.id in arriving
        yield _sorted(figure, arriving[figure.id]) if turn else figure


def _by_slot(ends: Sequence[tuple[int, float]]) -> dict[int, float]:
    """Give for each slot the middle of where its edges end."""
    found = defaultdict(list)
    for slot, end in ends:
        found[slot].append(end)
    return {slot: fmean(places) for slot, places in found.items()}


def _sorted(figure: Figure, arriving: Mapping[int, float]) -> Figure:
    """Exchange the stored derivatives of a circle, so that they stand as their edges arrive."""
    keys = {f"{figure.id}.derivatives.{slot}": end for slot, end in arriving.items()}
    places = [i for i, text in enumerate(figure.texts) if text.words.key in keys]
    come = sorted(places, key=lambda i: keys[figure.texts[i].words.key or ""])
    texts = list(figure.texts)
    for place, text in zip(places, (figure.texts[i] for i in come), strict=True):
        texts[place] = replace(text, baseline=figure.texts[place].baseline)
    return replace(figure, texts=tuple(texts))
