"""Tables in CSV files, also from strangers: fields are text, and nothing in them is ever run.

What is wrong is told with its line and its column. A table is read line by line, within limits of
its width and its size, so that a file takes no more memory than what it holds asks for.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

from rojasgraph.errors import ArgumentError

MOST_COLUMNS = 10_000

_LONGEST = 2**22
"""Characters of a row."""

_MOST_FIELDS = 20_000_000

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\udc80-\udcff]")
"""Control characters, and bytes that are no UTF-8 (which come as lone surrogates)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as text.

    Attributes:
        name: of the file.
        columns: what they are called.
        rows: the fields of each.
        lines: where each ends in the file.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]

    def column(self, place: int) -> list[str]:
        """Give the fields of a column."""
        return [row[place] for row in self.rows]


def read(path: Path) -> Cells:
    """Read a table whose first line names the columns; empty lines are passed over.

    Args:
        path: the file, in UTF-8, with commas.

    Raises:
        ArgumentError: it is no such table, or a larger one than fits; the message names the line.
        OSError: it cannot be read.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        text = _Lines(file, path.name)
        rows = _rows(text)
        columns = next(rows, [])
        _refuse_columns(path.name, columns)
        found, lines = [], []
        for row in rows:
            _refuse_row(text, row, columns)
            found.append(row)
            lines.append(text.number)
            if len(found) * len(columns) > _MOST_FIELDS:
                text.refuse(f"the table has more than {_MOST_FIELDS:,} fields: {_STREAM}")
    if not found:
        message = f"{path.name}: no examples; the first line names the columns, and they follow"
        raise ArgumentError(message)
    return Cells(path.name, columns, found, lines)


_STREAM = "rg.train takes data of any size in batches"


class _Lines(Iterator[str]):
    """The lines of a file, looked at before they are cut into fields.

    Attributes:
        number: of the line that was read last, counted from 1.
        length: how many characters came since it was set to 0.
    """

    def __init__(self, file: TextIO, name: str) -> None:
        self._file, self._name = file, name
        self.number = self.length = 0

    def refuse(self, why: str) -> NoReturn:
        message = f"{self._name}, line {self.number}: {why}"
        raise ArgumentError(message)

    def __next__(self) -> str:
        line = self._file.readline(_LONGEST + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.length += len(line)
        if self.length > _LONGEST:
            self.refuse(f"a row of more than {_LONGEST:,} characters; is a quote left open?")
        strange = _NO_TEXT.search(line)
        if strange:
            place, code = strange.start() + 1, ord(strange[0])
            if code > 0xFF:  # noqa: PLR2004 - what stands for a byte
                self.refuse(
                    f"byte {code - 0xDC00:#04x} at character {place} is no UTF-8: save the table "
                    "in this encoding"
                )
            self.refuse(f"the control character {code:#04x} at character {place} is no text")
        return line


def _rows(text: _Lines) -> Iterator[list[str]]:
    """Cut lines into fields, without the spaces around them."""
    rows = csv.reader(text, strict=True)
    while True:
        text.length = 0
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            text.refuse(f"no table in CSV: {error}")
        if row:
            yield [field.strip() for field in row]


def _refuse_columns(name: str, columns: Sequence[str]) -> None:
    """Refuse a table of too many columns, or of two with one name."""
    if len(columns) > MOST_COLUMNS:
        message = f"{name}: {len(columns):,} columns; the command takes {MOST_COLUMNS:,} at most"
        raise ArgumentError(message)
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            message = f"{name}: two columns are called {column!r}; each has another name"
            raise ArgumentError(message)
        seen.add(column)


def _refuse_row(text: _Lines, row: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse a row that is longer or shorter than the first, or has an empty field."""
    if len(row) != len(columns):
        text.refuse(f"{len(row)} fields, where the first line names {len(columns)} columns")
    if "" in row:
        text.refuse(f"nothing under {columns[row.index('')]!r}: fill it in, or leave the line out")
