"""Cut the sums of a deep network into small steps, all of one size, for XLA to loop over."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rojasgraph.engine.wiring import Integers

_STEP = 64
"""What a step costs, in edges that it gathers meanwhile."""

_SIZES = [1 << i for i in range(13)]
"""Among which the size of a step is chosen."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What collects over edges: the slots of nodes, or the nodes themselves.

    Attributes:
        runs: where runs of nodes begin that can be computed together; and the end of the last.
        first_target: by node, where its targets begin; and how many there are.
        first_edge: by target, where its edges begin in `rows` and `edges`; and how many there are.
        rows: by edge, the row that it comes from.
        edges: by edge, its number.
    """

    runs: Integers
    first_target: Integers
    first_edge: Integers
    rows: Integers
    edges: Integers


class Steps(NamedTuple):
    """All steps, in order; arrays by step, or by step, target and place.

    A target with more edges than a step takes is summed in several, of which the last completes it.

    Attributes:
        node: the first node.
        nodes: how many nodes there are.
        goes_on: whether what comes in is added to that of the step before.
        last: whether the sums are complete.
        rows: the rows that are gathered; padded with a row that is always 0.
        edges: the edges; padded with the number after the last.
    """

    node: Any
    nodes: Any
    goes_on: Any
    last: Any
    rows: Any
    edges: Any


def steps_of(targets: Targets, zero: int, none: int) -> Steps:
    """Cut sums into steps.

    Args:
        targets: what collects.
        zero: the row that is always 0.
        none: the number that stands for no edge.
    """
    width, degree = min(itertools.product(_SIZES, repeat=2), key=lambda size: _cost(targets, *size))
    node, nodes, parts = _chunks(targets, width, degree)
    chunk = np.repeat(np.arange(len(node)), parts)
    part = np.arange(len(chunk)) - np.repeat(np.cumsum(parts) - parts, parts)
    most = width * int(np.diff(targets.first_target).max(initial=0))
    first, stop = targets.first_target[node], targets.first_target[node + nodes]
    target = first[chunk][:, None] + np.arange(most)
    inside = target < stop[chunk][:, None]
    target = np.where(inside, target, 0)
    begin = targets.first_edge[target] + (part * degree)[:, None]
    place = begin[:, :, None] + np.arange(degree)
    there = inside[:, :, None] & (place < targets.first_edge[target + 1][:, :, None])
    place = np.where(there, place, 0)
    return Steps(
        node=node[chunk].astype(np.int32),
        nodes=nodes[chunk].astype(np.int32),
        goes_on=part > 0,
        last=part == parts[chunk] - 1,
        rows=np.where(there, _at(targets.rows, place), zero).astype(np.int32),
        edges=np.where(there, _at(targets.edges, place), none).astype(np.int32),
    )


def _at(numbers: Integers, places: Integers) -> Integers:
    """Give the numbers at places; where there is no number at all, any."""
    return numbers[places] if len(numbers) else places


def _chunks(targets: Targets, width: int, degree: int) -> tuple[Integers, Integers, Integers]:
    """Cut the runs into chunks of so many nodes.

    Returns:
        By chunk: the first node, how many nodes there are, and how many steps their edges take.
    """
    lengths = np.diff(targets.runs)
    counts = -(-lengths // width)
    run = np.repeat(np.arange(len(lengths)), counts)
    place = np.arange(len(run)) - np.repeat(np.cumsum(counts) - counts, counts)
    node = targets.runs[run] + place * width
    nodes = np.minimum(targets.runs[run + 1] - node, width)
    degrees = np.diff(targets.first_edge)
    longest = np.maximum.reduceat(degrees, targets.first_target[node]) if len(node) else node
    return node, nodes, np.maximum(-(-longest // degree), 1)


def _cost(targets: Targets, width: int, degree: int) -> int:
    """Reckon what all steps cost if each takes so many nodes, and so many edges of a target."""
    steps = int(_chunks(targets, width, degree)[2].sum())
    slots = width * int(np.diff(targets.first_target).max(initial=0))
    return steps * (_STEP + slots * degree)
