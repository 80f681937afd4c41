"""Tasks to learn from: well-known data sets by name, and tables in CSV files."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rojasgraph.errors import ArgumentError, MissingDependency
from rojasgraph.learning import tables
from rojasgraph.learning.tables import MOST_COLUMNS, Cells

Floats = NDArray[np.float64]

DATA_SETS = ("breast_cancer", "digits", "iris", "wine")
"""The data sets of scikit-learn that need no download."""

QUANTITY = "= the target"
"""The name of a learned quantity's scale; an input is never called so."""

_FEWEST = 8

_MOST_CLASSES = 20
"""Whole numbers of at most so many kinds are names of classes, not quantities."""

_MOST_WORDS = 200
"""More of them in a column are names of the examples rather than a property."""

_MOST_NUMBERS = 50_000_000

_TOLD = 50
"""So many columns, or characters of a field, are told."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Examples, and what is to be told of them.

    Attributes:
        inputs: a row for each example.
        targets: a row for each example: a 1 for its class, or the quantity itself.
        columns: what the inputs are called.
        classes: what the classes are called; empty where a quantity is learned.
    """

    inputs: Floats
    targets: Floats
    columns: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A task in three parts, scaled by the first one's means and deviations.

    Attributes:
        learned: inputs and targets to learn from.
        watched: inputs and targets that say when to stop.
        tested: inputs and targets to test on, which nothing else has seen.
        scales: by column, the mean and the deviation that were taken off; of a quantity that is
            learned, too, under the name `QUANTITY`.
    """

    learned: tuple[Floats, Floats]
    watched: tuple[Floats, Floats]
    tested: tuple[Floats, Floats]
    scales: dict[str, tuple[float, float]]


def data_set(name: str) -> Task:
    """Take one of scikit-learn's data sets.

    Args:
        name: one of `DATA_SETS`.

    Raises:
        ArgumentError: there is none of this name.
        MissingDependency: scikit-learn is not installed.
    """
    if name not in DATA_SETS:
        message = (
            f"there is no file and no data set {name!r}: name a CSV file, or one of "
            f"{', '.join(DATA_SETS)}"
        )
        raise ArgumentError(message)
    try:
        from sklearn import datasets
    except ImportError:
        message = f"{name} is scikit-learn's: install the extra, pip install 'rojasgraph[data]'"
        raise MissingDependency(message) from None
    found = getattr(datasets, f"load_{name}")()
    classes = tuple(map(str, found.target_names))
    columns = tuple(map(str, found.feature_names))
    return Task(np.asarray(found.data, float), np.eye(len(classes))[found.target], columns, classes)


def table(path: Path, target: str) -> Task:
    """Read a table from a CSV file whose first line names the columns.

    A column of numbers is one input; any other becomes an input for each of its words.

    Args:
        path: the file, in UTF-8.
        target: which column is learned: classes where it holds words or few whole numbers, else a
            quantity.

    Raises:
        ArgumentError: there is no such column, a field is missing, no number among numbers or no
            text, or the table is too large; the message names the line and the column.
        OSError: the file cannot be read.
    """
    cells = tables.read(path)
    if target not in cells.columns:
        named = ", ".join(map(repr, cells.columns[:_TOLD])) + ", …" * (len(cells.columns) > _TOLD)
        message = f"{path.name} has no column {target!r}: its columns are {named}"
        raise ArgumentError(message)
    columns = _inputs(cells, target)
    targets, classes = _as_targets(cells, cells.columns.index(target))
    inputs = np.column_stack([values for _, values in columns])
    return Task(inputs, targets, tuple(name for name, _ in columns), classes)


def split(task: Task, seed: int) -> Split:
    """Divide a task at random, class by class, and scale it to mean 0 and deviation 1.

    A quarter is for the test, a fifth of the rest is watched.

    Args:
        task: what to divide.
        seed: of the random order.

    Raises:
        ArgumentError: there are too few examples, or too large numbers.
    """
    count = len(task.inputs)
    if count < _FEWEST:
        message = f"{count} examples are too few to keep some for a test: {_FEWEST} are the fewest"
        raise ArgumentError(message)
    order = np.random.default_rng(seed).permutation(count)
    if task.classes:
        order = order[np.argsort(task.targets[order].argmax(axis=1), kind="stable")]
    tested, rest = order[3::4], np.delete(order, np.s_[3::4])
    watched, learned = rest[4::5], np.delete(rest, np.s_[4::5])
    scales, inputs, targets = {}, task.inputs.copy(), task.targets
    for i, name in enumerate(task.columns):
        scales[name] = _scale(inputs[learned, i], name)
        inputs[:, i] = (inputs[:, i] - scales[name][0]) / scales[name][1]
    if not task.classes:
        scales[QUANTITY] = _scale(targets[learned], "the target")
        targets = (targets - scales[QUANTITY][0]) / scales[QUANTITY][1]
    parts = [(inputs[part], targets[part]) for part in (learned, watched, tested)]
    return Split(parts[0], parts[1], parts[2], scales)


def _scale(values: Floats, name: str) -> tuple[float, float]:
    """Give mean and deviation."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(values.mean()), float(values.std()) or 1.0
    if not (math.isfinite(mean) and math.isfinite(deviation)):
        message = f"the numbers under {name!r} are too large to be scaled: divide them by 1e200"
        raise ArgumentError(message)
    return mean, deviation


def _inputs(cells: Cells, target: str) -> list[tuple[str, Floats]]:
    """Make each column but the target one input, or one for each of its words."""
    columns: list[tuple[str, Floats]] = []
    for place, name in enumerate(cells.columns):
        if name != target:
            columns += _as_inputs(cells, place, name)
        if len(columns) > MOST_COLUMNS or len(columns) * len(cells.rows) > _MOST_NUMBERS:
            message = (
                f"{cells.name}: with an input for each word, the columns up to {name!r} make "
                f"{len(columns):,} inputs of {len(cells.rows):,} examples, which is too many: "
                "leave columns of words out"
            )
            raise ArgumentError(message)
    if not columns:
        message = f"{cells.name} has no column besides {target!r} to learn from"
        raise ArgumentError(message)
    names = [QUANTITY, *(name for name, _ in columns)]
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        message = f"{cells.name}: two inputs would be called {twice!r}: rename the column"
        raise ArgumentError(message)
    return columns


def _number(field: str) -> float | None:
    """Read a number; None where the field is none, or not finite."""
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in field else None


def _numbers(cells: Cells, place: int) -> Floats | None:
    """Read a column of numbers; None where it has words.

    Raises:
        ArgumentError: it has both, so that one of them is a mistake.
    """
    values = [_number(field) for field in cells.column(place)]
    words = values.count(None)
    if 0 < words < len(values):
        few_words = 2 * words <= len(values)
        row = next(i for i, value in enumerate(values) if (value is None) == few_words)
        field, name = cells.rows[row][place][:_TOLD], cells.columns[place]
        message = (
            f"{cells.name}, line {cells.lines[row]}: {field!r} under {name!r}, where other lines "
            f"have {'numbers' if few_words else 'words'}: mend it, or leave the line out; where "
            "numbers are names, put a letter before them"
        )
        raise ArgumentError(message)
    return None if words else np.array(values, float)


def _words(cells: Cells, place: int) -> tuple[list[str], NDArray[np.intp]]:
    """List the words of a column, and which of them each example has."""
    words, numbers = np.unique(np.array(cells.column(place), object), return_inverse=True)
    if len(words) > _MOST_WORDS:
        name = cells.columns[place]
        message = (
            f"{cells.name}: {len(words):,} different words under {name!r}; {_MOST_WORDS} are the "
            "most: leave the column out"
        )
        raise ArgumentError(message)
    return words.tolist(), numbers


def _as_inputs(cells: Cells, place: int, name: str) -> list[tuple[str, Floats]]:
    values = _numbers(cells, place)
    if values is not None:
        return [(name, values)]
    words, numbers = _words(cells, place)
    return [(f"{name}={word}", (numbers == i).astype(float)) for i, word in enumerate(words)]


def _as_targets(cells: Cells, place: int) -> tuple[Floats, tuple[str, ...]]:
    values = _numbers(cells, place)
    if values is None:
        classes, numbers = _words(cells, place)
    else:
        kinds, numbers = np.unique(values, return_inverse=True)
        whole = bool((kinds == np.round(kinds)).all())
        if len(kinds) > 1 and not (whole and len(kinds) <= _MOST_CLASSES):
            return values[:, None], ()
        classes = [str(int(kind) if whole else kind) for kind in kinds.tolist()]
    if len(classes) < 2:  # noqa: PLR2004 - one class is none
        name = cells.columns[place]
        message = f"{name!r} is {classes[0]!r} in every example: there is nothing to learn"
        raise ArgumentError(message)
    return np.eye(len(classes))[numbers], tuple(classes)
