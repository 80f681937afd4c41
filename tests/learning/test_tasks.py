"""Tables from strangers: what is told apart by nothing, or names its examples, is refused."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.learning.tasks import QUANTITY, split, table
from tests.effort import tries

ROWS = [[f"{i % 3}.5", str(i), "ab"[i % 2]] for i in range(12)]


def written(folder, names, rows=ROWS):
    """Write a table, and give its path."""
    path = Path(folder, "t.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return path


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", " a", "b"], "two columns are called 'a'"),
        (["a", "", ""], "two columns are called ''"),
        (["c=a", "a", "c"], "two inputs would be called 'c=a'"),
        ([QUANTITY, "a", "c"], "two inputs would be called '= the target'"),
    ],
)
def test_columns_of_one_name(names, said, tmp_path):
    """Two inputs of one name would share one scale; names are compared as they are used."""
    with pytest.raises(rg.ArgumentError, match=said):
        table(written(tmp_path, names), "a")


@pytest.mark.parametrize("target", ["word", "number"])
def test_words_that_name_examples(target, tmp_path):
    """A column of more than two hundred words becomes neither inputs nor classes."""
    rows = [[f"w{i}", str(i)] for i in range(201)]
    with pytest.raises(rg.ArgumentError, match="201 different words under"):
        table(written(tmp_path, ["word", "number"], rows), target)
    rows[0] = rows[1]
    task = table(written(tmp_path, ["word", "number"], rows), target)
    assert max(task.inputs.shape[1], task.targets.shape[1]) == 200


fields = st.one_of(
    st.integers(-3, 3).map(str),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(["a", "b", "é", "=1+1", "'", '"', "1_0", " 1 ", "0x1", "nan", "−1", "\x0b"]),
    st.text(max_size=4),
)


@pytest.mark.promise("nothing wrong in silence", "A table is read as it stands, or refused.")
@tries(100)
@given(
    names=st.lists(st.text(max_size=3), min_size=1, max_size=3),
    rows=st.lists(st.lists(fields, min_size=1, max_size=3), max_size=12),
)
def test_any_table(names, rows):
    """Each field is the number it says, or a 1 in the column of its word; nothing is made up."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, names, rows)
        try:
            task = table(path, names[-1].strip())
        except rg.ArgumentError:
            return
        with path.open(encoding="utf-8", newline="") as file:
            head, *found = [row for row in csv.reader(file) if row]
    assert len(task.inputs) == len(task.targets) == len(found)
    for i, column in enumerate(task.columns):
        for j, row in enumerate(found):
            of_column = dict(zip((name.strip() for name in head), row, strict=True))
            if column in of_column:
                assert task.inputs[j, i] == float(of_column[column])
            else:
                assert task.inputs[j, i] == (
                    column in {f"{n}={field.strip()}" for n, field in of_column.items()}
                )
    if len(found) >= 8:
        assert set(split(task, 0).scales) >= set(task.columns)
    assert np.isfinite(task.inputs).all()
