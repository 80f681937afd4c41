"""Tables from strangers: refused with line and column, or read; nothing is run or touched."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.cli import main
from rojasgraph.learning import tables, tasks
from tests.effort import tries

TOLD = pytest.mark.promise(
    "nothing wrong in silence",
    "A table that is no table is refused with an error that names the line and the column.",
)
BOUNDED = pytest.mark.promise(
    "within bounds", "A table takes no more memory than what it holds asks for, within limits."
)
KEPT_OUT = pytest.mark.promise(
    "nobody let in",
    "A table runs nothing, writes nothing to the terminal but text, and nothing beside its folder.",
)
GOOD = [f"{i},{i % 3},{'up' if i % 2 else 'down'}" for i in range(1, 21)]


def content(*lines, header="a,b,c"):
    """Write a table of 20 good lines, with others first."""
    return "\n".join([header, *lines, *GOOD]).encode()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Run in a folder of its own, inside another."""
    folder = tmp_path / "inner"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def told(here, capsys, data, target="c"):
    """Give the message by which a table is refused, after which nothing has been written."""
    (here / "t.csv").write_bytes(data)
    with pytest.raises(SystemExit) as caught:
        main(["train", "t.csv", "--target", target, "--quiet"])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [path.name for path in here.parent.rglob("*")] == ["inner", "t.csv"]
    assert err.replace("\n", "").isprintable()
    assert len(err) < 600
    return err


REFUSED = {
    "nul": (content("1,\0,up"), "line 2: the control character 0x00 at character 3"),
    "escape": (content("1,2,up", "3,1,\x1b[2Jup"), "line 3: the control character 0x1b at"),
    "escape in a name": (content(header="a,b\x1b]0;x\x07,c"), "line 1: the control character"),
    "control of eight bits": (content("1,2,\x9b2J"), "line 2: the control character 0x9b"),
    "latin-1": (content("1,2,up") + "\n3,1,fünf".encode("latin-1"), "line 23: byte 0xfc at"),
    "utf-16": ("a,b,c\n1,2,up".encode("utf-16"), "line 1: byte 0xff at character 1"),
    "utf-32": ("a,b,c\n1,2,up".encode("utf-32"), "line 1: byte 0xff at character 1"),
    "binary": (bytes(range(256)), "line 1: the control character 0x00"),
    "ragged": (content("1,2,up", "1,2"), "line 3: 2 fields, where the first line names 3"),
    "longer": (content("1,2,up,3"), "line 2: 4 fields"),
    "missing": (content("1,2,up", "", "1, ,up"), "line 4: nothing under 'b'"),
    "after lines in quotes": (
        content('1,2,"up\nand\nup"', "x,2,up"), "line 5: 'x' under 'a', where other lines have num",
    ),
    "no number": (content("1,2,up", "1,n/a,up"), "line 3: 'n/a' under 'b'"),
    "nan": (content("1,nan,up"), "line 2: 'nan' under 'b', where other lines have numbers"),
    "infinity": (content("1e999,2,up"), "line 2: '1e999' under 'a'"),
    "thousands": (content("1_000,2,up"), "line 2: '1_000' under 'a'"),
    "a number among words": (content("1,2,3"), "line 2: '3' under 'c', where other lines have w"),
    "formula among numbers": (content("=1+1,2,up"), "line 2: '=1+1' under 'a'"),
    "long word": (content("9" * 1000 + "x,2,up"), "line 2: '" + "9" * 50 + "' under"),
    "huge field": (content("9" * 200_000 + ",2,up"), "line 2: no table in CSV: field larger than"),
    "open quote": (content('1,2,"up'), "no table in CSV: unexpected end of data"),
    "quote inside": (content('1,2,"up"up'), "line 2: no table in CSV: ',' expected after"),
    "semicolons": (content(header="a;b;c"), "line 2: 3 fields, where the first line names 1"),
    "names": (content(header="a, a,c"), "two columns are called 'a'"),
    "too large": (content("1e308,2,up", "-1e308,2,up", "1e308,1,down"), "under 'a' are too large"),
    "reserved": (content(header="= the target,b,c"), "two inputs would be called '= the target'"),
}  # fmt: skip


@TOLD
@KEPT_OUT
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case, here, capsys):
    """The message names the line and the column, is printable, and nothing has been written."""
    data, message = REFUSED[case]
    assert message in told(here, capsys, data)


def test_inputs_of_one_name_are_refused(here, capsys):
    """A word's input and a column may come to have the same name."""
    lines = ["a,a=x,c", *(f"{'xy'[i % 2]},{i},{i % 3}" for i in range(20))]
    data = "\n".join(lines).encode()
    assert "two inputs would be called 'a=x'" in told(here, capsys, data)


@BOUNDED
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"," * 500_000, "line 1: a row of more than 200,000 characters"),
        (b"," * 199_999, "200,000 columns; the command takes 10,000 at most"),
        (b"a,c\n" + b'"' + b"x\n" * 300_000, "field larger than field limit"),
        (b"a,c\n" + b'"\n",' * 300_000, "a row of more than 200,000 characters"),
    ],
    ids=["a long line", "many columns", "an open quote", "a row of many lines"],
)
def test_width_is_bounded(here, capsys, monkeypatch, data, message):
    """However wide a table claims to be, it is refused soon."""
    monkeypatch.setattr(tables, "_LONGEST", 200_000)
    tracemalloc.start()
    try:
        assert message in told(here, capsys, data)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@BOUNDED
def test_words_are_bounded(here, capsys):
    """A column of names is no input for each of them: that would be the square of the examples."""
    lines = ["name,b,c", *(f"n{i}x,{i},{'ud'[i % 2]}" for i in range(5000))]
    message = told(here, capsys, "\n".join(lines).encode())
    assert "5,000 different words under 'name'; 200 are the most" in message
    assert "different words under 'name'" in told(here, capsys, "\n".join(lines).encode(), "name")


@BOUNDED
def test_size_is_bounded(here, capsys, monkeypatch):
    """More fields than fit, or more numbers, are refused as soon as they are counted."""
    monkeypatch.setattr(tables, "_MOST_FIELDS", 30)
    assert "line 12: the table has more than 30 fields" in told(here, capsys, content())
    monkeypatch.undo()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tasks, "_MOST_NUMBERS", 30)
    assert "2 inputs of 20 examples, which is too many" in told(here, capsys, content())


PARTS = st.sampled_from(
    [
        b",",
        b"\n",
        b"\r",
        b'"',
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"=A1",
        b"nan",
        b"-1e308",
        b"7",
        b" ",
        b"x",
    ]
) | st.binary(max_size=3)


@TOLD
@given(st.lists(PARTS, max_size=12), st.integers(0, 200))
@tries(150)
def test_whatever_a_table_holds(tmp_path_factory, parts, place):
    """It is refused by our own error, or read to numbers that are finite."""
    data = content()
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(data[:place] + b"".join(parts) + data[place:])
    with suppress(rg.ArgumentError):
        parts = tasks.split(tasks.table(file, "c"), seed=0)
        for inputs, targets in (parts.learned, parts.watched, parts.tested):
            assert np.isfinite(inputs).all()
            assert (targets.sum(axis=1) == 1).all()


HARMLESS = {
    "byte order mark": content().replace(b"a,", b"\xef\xbb\xbfa,", 1),
    "Windows' line ends": content().replace(b"\n", b"\r\n"),
    "old Macs' line ends": content().replace(b"\n", b"\r"),
    "empty lines": content().replace(b"\n", b"\n\n"),
    "spaces": content().replace(b",", b" , "),
    "quotes": b"\n".join(
        b",".join(b'"%s"' % field for field in line.split(b",")) for line in content().split(b"\n")
    ),
}


@pytest.mark.parametrize("form", HARMLESS)
def test_forms_of_the_same_table(form, here):
    """They are read to the same numbers."""
    (here / "one.csv").write_bytes(content())
    (here / "two.csv").write_bytes(HARMLESS[form])
    one, two = (tasks.table(here / name, "c") for name in ("one.csv", "two.csv"))
    assert (one.columns, one.classes) == (two.columns, two.classes) == (("a", "b"), ("down", "up"))
    assert np.array_equal(one.inputs, two.inputs)
    assert np.array_equal(one.targets, two.targets)


@KEPT_OUT
def test_formulas_and_markup_are_text(here, capsys):
    """Words that other programs would run stay words, in pictures too."""
    words = ["=cmd|'/C calc'!A0", "<script>alert(1)</script>", "../../x", "{{7*7}}"]
    lines = ["<b>w</b>,c", *(f"{words[i % 4]},{i % 2}.5" for i in range(24))]
    (here / "t.csv").write_text("\n".join(lines))
    options = ["--target", "c", "--quiet", "--epochs", "2", "--units", "2"]
    assert main(["train", "t.csv", *options]) == 0
    assert capsys.readouterr().err == ""
    written = {str(path.relative_to(here.parent)) for path in here.parent.rglob("*.*")}
    assert {name.rpartition("/")[0] for name in written} == {"inner", "inner/t"}
    for path in (here / "t").iterdir():
        if path.suffix == ".svg":
            names = {element.tag.rpartition("}")[2] for element in ET.parse(path).iter()}  # noqa: S314 - our own
            assert names.isdisjoint({"script", "b", "a", "foreignObject", "image"})


@KEPT_OUT
@pytest.mark.parametrize("name", ["...csv", "..csv"])
def test_a_name_that_leads_out_of_the_folder(name, here, capsys):
    """What is written goes to a folder here; a name without its ending may be one above."""
    (here / name).write_bytes(content())
    with pytest.raises(SystemExit):
        main(["train", name, "--target", "c", "--quiet", "--epochs", "1"])
    assert "Add --output FOLDER" in capsys.readouterr().err
    assert [path.name for path in here.parent.rglob("*")] == ["inner", name]
    assert main(["train", name, "--target", "c", "--quiet", "--epochs", "1", "-o", "out"]) == 0
    assert (here / "out" / "network.json").exists()


def test_a_folder_is_no_table(here):
    """The system's own error says so."""
    with pytest.raises(IsADirectoryError):
        tables.read(here)
    (here / "empty.csv").write_text("")
    with pytest.raises(rg.ArgumentError, match="no examples"):
        tables.read(here / "empty.csv")
