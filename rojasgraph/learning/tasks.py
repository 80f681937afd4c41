"""Tasks to learn from: well-known data sets by name, and tables in CSV files."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rojasgraph.errors import ArgumentError, MissingDependency

Floats = NDArray[np.float64]

DATA_SETS = ("breast_cancer", "digits", "iris", "wine")
"""The data sets of scikit-learn that need no download."""

QUANTITY = "= the target"
"""The name of a learned quantity's scale; an input is never called so."""

_FEWEST = 8

_MOST_CLASSES = 20
"""Whole numbers of at most so many kinds are names of classes, not quantities."""

_MOST_WORDS = 1_000
"""A column of more different words names its examples; as inputs they would fill the memory."""


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
        ArgumentError: there is no such column, a line has another number of fields, a field is
            empty, a column has more than 1,000 different words, two inputs would have one name, or
            there is nothing to learn.
        OSError: the file cannot be read.
    """
    names, rows = _read(path)
    if target not in names:
        message = f"{path.name} has no column {target!r}: its columns are {', '.join(names)}"
        raise ArgumentError(message)
    columns: list[tuple[str, Floats]] = []
    for i, name in enumerate(names):
        if name != target:
            columns += _as_inputs(name, [row[i] for row in rows])
    if not columns:
        message = f"{path.name} has no column besides {target!r} to learn from"
        raise ArgumentError(message)
    _refuse_doubles(path, [*(name for name, _ in columns), QUANTITY])
    targets, classes = _as_targets([row[names.index(target)] for row in rows], target)
    inputs = np.column_stack([values for _, values in columns])
    return Task(inputs, targets, tuple(name for name, _ in columns), classes)


def split(task: Task, seed: int) -> Split:
    """Divide a task at random, class by class, and scale it to mean 0 and deviation 1.

    A quarter is for the test, a fifth of the rest is watched.

    Args:
        task: what to divide.
        seed: of the random order.

    Raises:
        ArgumentError: there are too few examples.
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
        scales[name] = _scale(inputs[learned, i])
        inputs[:, i] = (inputs[:, i] - scales[name][0]) / scales[name][1]
    if not task.classes:
        scales[QUANTITY] = _scale(targets[learned])
        targets = (targets - scales[QUANTITY][0]) / scales[QUANTITY][1]
    parts = [(inputs[part], targets[part]) for part in (learned, watched, tested)]
    return Split(parts[0], parts[1], parts[2], scales)


def _scale(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std()) or 1.0


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names, *rows = [row for row in csv.reader(file) if row] or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path.name} is no table in CSV: {error}"
        raise ArgumentError(message) from None
    names = [name.strip() for name in names]
    _refuse_doubles(path, names)
    if not rows:
        message = f"{path.name}: the first line names the columns {names}, and no examples follow"
        raise ArgumentError(message)
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            message = f"{path.name}: row {number} has {len(row)} fields, {len(names)} are named"
            raise ArgumentError(message)
        if "" in map(str.strip, row):
            name = names[[field.strip() for field in row].index("")]
            message = (
                f"{path.name}: row {number} has nothing under {name!r}: fill it in, or leave it out"
            )
            raise ArgumentError(message)
    return names, [[field.strip() for field in row] for row in rows]


def _numbers(fields: Sequence[str]) -> Floats | None:
    """Read numbers; None where a field is none, or not finite."""
    try:
        values = np.array([float(field) for field in fields])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _refuse_doubles(path: Path, names: Sequence[str]) -> None:
    """Refuse columns that are told apart by nothing.

    Raises:
        ArgumentError: two have one name.
    """
    twice, count = Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        message = (
            f"{path.name} has {count} columns {twice!r:.60}: the first line names the columns, "
            "each by another name"
        )
        raise ArgumentError(message)


def _words(name: str, fields: Sequence[str]) -> list[str]:
    """List the different words of a column.

    Raises:
        ArgumentError: there are too many.
    """
    words = sorted(set(fields))
    if len(words) > _MOST_WORDS:
        message = (
            f"{name!r:.60} has {len(words)} different words, such as {words[0]!r:.40}; at most "
            f"{_MOST_WORDS} become inputs or classes: leave the column out, or make it numbers"
        )
        raise ArgumentError(message)
    return words


def _as_inputs(name: str, fields: Sequence[str]) -> list[tuple[str, Floats]]:
    values = _numbers(fields)
    if values is not None:
        return [(name, values)]
    words = _words(name, fields)
    return [
        (f"{name}={word}", np.array([float(field == word) for field in fields])) for word in words
    ]


def _as_targets(fields: Sequence[str], name: str) -> tuple[Floats, tuple[str, ...]]:
    values = _numbers(fields)
    whole = values is not None and bool((values == np.round(values)).all())
    kinds: list[Any] = _words(name, fields) if values is None else sorted(set(values.tolist()))
    if len(kinds) < 2:  # noqa: PLR2004 - one class is none
        message = f"{name!r} is {kinds[0]!r} in every example: there is nothing to learn"
        raise ArgumentError(message)
    if values is not None and not (whole and len(kinds) <= _MOST_CLASSES):
        return values[:, None], ()
    number = {kind: i for i, kind in enumerate(kinds)}
    places = [number[field] for field in (fields if values is None else values.tolist())]
    classes = tuple(str(int(kind)) if values is not None else kind for kind in kinds)
    return np.eye(len(kinds))[places], classes
