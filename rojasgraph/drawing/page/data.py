"""What a page knows of a network, as data that JSON can hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rojasgraph.contract import SOURCES
from rojasgraph.drawing.names import shortened, visible
from rojasgraph.drawing.page.javascript import function_of
from rojasgraph.drawing.walk.sentences import MOST_TERMS, Place, sum_of_names
from rojasgraph.drawing.walk.steps import BACKWARD, Step, formula_of, operands_of, steps_in
from rojasgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rojasgraph.drawing.page.doubles import PageNumbers
    from rojasgraph.drawing.walk.numbered import Numbered

_NAME_LENGTH = 500


def data_of(read: Numbered, numbers: PageNumbers) -> dict[str, Any]:
    """Put together what a page's program reads.

    Args:
        read: the graph, numbered.
        numbers: its numbers as doubles.

    Returns:
        `nodes` and `edges` in the order of the passes, which refer to one another by their places
        there; `steps`; `seeds`; the `notes`; and `functions`, the
        text of each JavaScript function that a node may refer to.

    Raises:
        ArgumentError: an operation cannot be computed in a page.
    """
    functions: dict[str, int] = {}
    at = {node: j for j, node in enumerate(read.nodes)}
    outputs = set(read.outputs)
    return {
        "nodes": [
            {
                **_node(read, numbers, j),
                "out": j in outputs,
                "f": _function(read, numbers, j, functions),
            }
            for j in range(len(read.nodes))
        ],
        "edges": [_edge(read, numbers, e) for e in range(len(read.edges))],
        "steps": [_step(step, at) for step in steps_in(read)],
        "seeds": [[j, _json_number(seed)] for j, seed in numbers.seeds.items()],
        "notes": [*numbers.notes, *_note_on_seeds(read, numbers)],
        "functions": list(functions),
    }


def _node(read: Numbered, numbers: PageNumbers, j: int) -> dict[str, Any]:
    attributes, name = read.order.nodes[j], read.order.names[j]
    edges = read.order.incoming[j]
    data: dict[str, Any] = {
        "id": read.nodes[j],
        "name": read.names[j],
        "full": shortened(visible(str(name)), _NAME_LENGTH) or repr(name),
        "op": attributes["op"],
    }
    if attributes["op"] in SOURCES:
        return {**data, "value": _json_number(numbers.values.get(j))}
    row = read.reading.plan.primitives[j]
    assert row is not None  # noqa: S101 - no source
    return {
        **data,
        "edges": [edges.start, edges.stop],
        "formula": f"{read.names[j]} = {formula_of(read, j)}",
        "slots": [row.slot_name(s) for s in range(len(read.into[j]))],
        "operands": operands_of(read, j),
        "passes": row.passes,
        "remarks": [
            *([f"Defined where {row.domain[0]}."] if row.domain else []),
            *([f"By convention: {row.kink}."] if row.kink else []),
        ],
    }


def _function(
    read: Numbered, numbers: PageNumbers, j: int, functions: dict[str, int]
) -> int | None:
    """Write a node's function, and give its place among those that are written already."""
    plan = numbers.reading.plan
    row = plan.primitives[j]
    if row is None:
        return None
    try:
        text = function_of(row, plan.slot_counts[j], plan.arguments[j])
    except ArgumentError as error:
        message = f"node {read.order.names[j]!r} cannot be computed in a page: {error}"
        raise ArgumentError(message) from None
    return functions.setdefault(text, len(functions))


def _edge(read: Numbered, numbers: PageNumbers, e: int) -> dict[str, Any]:
    plan = numbers.reading.plan
    return {
        "id": read.edges[e],
        "tail": plan.tails[e],
        "head": read.order.heads[e],
        "slot": plan.slots[e],
        "weight": _json_number(plan.weights[e]),
        "shared": plan.shared.get(e),
    }


def _step(step: Step, at: dict[str, int]) -> dict[str, Any]:
    return {
        "back": step.pass_ == BACKWARD,
        "node": at[step.node],
        "lit": step.lit,
        "keys": step.keys,
        "pieces": [_piece(piece) for piece in step.pieces],
        "plain": step.plain,
    }


def _piece(piece: str | Place) -> str | list[Any]:
    return piece if isinstance(piece, str) else [piece.key, int(piece.factor)]


def _json_number(value: float | None) -> float | str | None:
    """Give a number as JSON can hold it: those that are not finite as JavaScript reads them."""
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _note_on_seeds(read: Numbered, numbers: PageNumbers) -> Iterator[str]:
    """Say what the adjoints are derivatives of, where that is not one output."""
    seeds = [(read.names[j], seed) for j, seed in numbers.seeds.items()]
    if len(seeds) == 1 and seeds[0][1] == 1:
        return
    terms = [name if seed == 1 else f"{seed:.6g}·{name}" for name, seed in seeds]
    many = len(terms) > MOST_TERMS
    told = f"a sum over {len(terms):,} nodes" if many else sum_of_names(terms)
    yield f"Adjoints are derivatives of {told or 'nothing'}."
