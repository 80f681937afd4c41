"""The command `train`: tables and data sets in, a network with its history and pictures out."""

from __future__ import annotations

import itertools
import json
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import rojasgraph as rg
from rojasgraph.cli import main
from rojasgraph.learning.surface import ErrorSurface
from rojasgraph.learning.tasks import QUANTITY, split, table


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Run in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plane(path, count=60):
    """Write a table of a quantity: price = 3 size − 2 age + 10 (north) + 5."""
    rng = np.random.default_rng(0)
    lines = ["size,age,side,price"]
    for _ in range(count):
        size, age, side = rng.uniform(1, 9), rng.integers(0, 40), rng.choice(["north", "south"])
        lines.append(f"{size},{age},{side},{3 * size - 2 * age + 10 * (side == 'north') + 5}")
    path.write_text("\n".join(lines))
    return path


def corners(path):
    """Write a table of classes: which side of a line a point is on."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(80, 2))
    lines = [f"{a},{b},{'above' if a + b > 0 else 'below'}" for a, b in points]
    path.write_text("\n".join(["a,b,where", *lines]))
    return path


def test_a_quantity(here, capsys):
    """Words become inputs; what comes out can be loaded, and predicts in the table's units."""
    plane(here / "houses.csv")
    command = ["train", "houses.csv", "--target", "price", "--units", "4", "--epochs", "150"]
    assert main([*command, "--quiet", "-o", "out"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "36 examples to learn from, 9 to watch, 15 to test on" in out
    share = float(out.split("% of the deviation")[0].split()[-1])
    assert share < 10
    net = rg.load(here / "out" / "network.json")
    about = json.loads((here / "out" / "task.json").read_text())
    assert about["columns"] == ["size", "age", "side=north", "side=south"]
    row = {"size": 5.0, "age": 10.0, "side=north": 1.0, "side=south": 0.0}
    scaled = [(row[n] - about["scales"][n][0]) / about["scales"][n][1] for n in about["columns"]]
    (output,) = net.feed_forward(dict(zip(net.inputs, scaled, strict=True))).values()
    mean, deviation = about["scales"][QUANTITY]
    assert mean + deviation * output == pytest.approx(3 * 5 - 2 * 10 + 10 + 5, abs=5)


def test_classes(here, capsys):
    """Words as the target are classes; history and pictures are written beside the network."""
    corners(here / "where.csv")
    command = ["train", "where.csv", "--target", "where", "--units", "3", "--rate", "0.05"]
    assert main([*command, "--quiet", "--epochs", "60"]) == 0
    out = capsys.readouterr().out
    assert float(out.split("% of 20 new examples")[0].split()[-1]) >= 85
    written = {path.name for path in (here / "where").iterdir()}
    assert written >= {"network.json", "history.json", "task.json", "diagram.svg"}
    history = rg.History(**json.loads((here / "where" / "history.json").read_text()))
    assert history.optimizer.startswith("Rprop(step=0.05")
    assert json.loads((here / "where" / "task.json").read_text())["classes"] == ["above", "below"]


@pytest.mark.promise(
    "nothing lost", "Ctrl-C in the command `train` writes the network that has been learned so far."
)
@pytest.mark.parametrize("passes", [0, 5])
def test_ctrl_c(passes, here, capsys, monkeypatch):
    """Before the first step or later: what there is is tested and written."""
    corners(here / "where.csv")
    counted, plain = itertools.count(), ErrorSurface.sums

    def interrupted(self, weights, batch, *, backward):
        if next(counted) == passes:
            raise KeyboardInterrupt
        return plain(self, weights, batch, backward=backward)

    monkeypatch.setattr(ErrorSurface, "sums", interrupted)
    assert main(["train", "where.csv", "--target", "where", "--units", "3", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "interrupted" in out
    assert "new examples are told rightly" in out
    history = json.loads((here / "where" / "history.json").read_text())
    assert len(history["losses"]) == passes // 2  # a pass to learn, and one to watch
    assert len(rg.load(here / "where" / "network.json").outputs) == 2


@pytest.mark.parametrize("topology", ["layered", "ws", "er", "ba"])
def test_a_data_set_and_every_topology(topology, here, capsys):
    """Flowers by their names, in layers or wired at random; large networks are drawn in parts."""
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    command = ["train", "iris", "--topology", topology, "--units", "60", "--optimizer", "adam"]
    assert main([*command, "--batch", "10", "--epochs", "2", "--quiet", "--seed", "3"]) == 0
    assert "wrote iris" in capsys.readouterr().out
    diagram = (here / "iris" / "diagram.svg").read_text()
    assert "inputs (4 nodes)" in diagram
    assert "60 units (60 nodes)" in diagram


@pytest.mark.parametrize(("units", "numbers"), [(3, True), (12, False), (40, False)])
def test_the_diagram_can_be_looked_at(units, numbers, here, capsys):
    """Nodes are called by columns and classes; where edges are many, numbers are left out."""
    corners(here / "where.csv")
    command = ["train", "where.csv", "--target", "where", "--units", str(units), "--quiet"]
    assert main([*command, "--epochs", "2"]) == 0
    root = ET.parse(here / "where" / "diagram.svg").getroot()  # noqa: S314 - our own file
    texts = {"".join(node.itertext()) for node in root.iter() if node.tag.endswith("}text")}
    assert units == 40 or texts >= {"a", "b", "above", "below"}
    assert any(re.fullmatch(r"−?0\.\d+", text) for text in texts) == numbers
    assert float(root.get("height").removesuffix("pt")) < 1000


def test_the_same_seed_gives_the_same_network(here, capsys):
    """All that is random follows from the seed."""
    corners(here / "where.csv")
    for folder in ("one", "two"):
        main(["train", "where.csv", "--target", "where", "--quiet", "--epochs", "3", "-o", folder])
    one, two = ((here / folder / "network.json").read_bytes() for folder in ("one", "two"))
    assert one == two


def test_parts_do_not_overlap(here):
    """What is tested on is neither learned nor watched, and each class is in each part."""
    task = table(corners(here / "where.csv"), "where")
    parts = split(task, seed=0)
    means = np.array([parts.scales[name] for name in task.columns])
    rows = [inputs * means[:, 1] + means[:, 0] for inputs, _ in
            (parts.learned, parts.watched, parts.tested)]  # fmt: skip
    whole = np.concatenate(rows)
    assert sorted(map(tuple, whole.round(9))) == sorted(map(tuple, task.inputs.round(9)))
    assert [len(part) for part in rows] == [48, 12, 20]
    assert all(targets.any(axis=0).all() for _, targets in (parts.watched, parts.tested))
    assert parts.learned[0].mean(axis=0) == pytest.approx(0, abs=1e-12)


REFUSED = {
    "no data": ("", ["nothing"], "no data set 'nothing': name a CSV file, or one of"),
    "no target": ("a,b\n1,2\n", ["t.csv"], "Add --target COLUMN"),
    "no file": (None, ["t.csv", "--target", "a"], "error: t.csv: No such file"),
    "no column": ("a,b\n1,2\n", ["t.csv", "--target", "c"], "no column 'c': its columns are 'a', "),
    "alone": ("a\n1\n2\n", ["t.csv", "--target", "a"], "no column besides 'a'"),
    "ragged": ("a,b\n1,2\n3\n", ["t.csv", "--target", "a"], "line 3: 1 fields, where the first"),
    "empty field": ("a,b\n1,\n", ["t.csv", "--target", "a"], "line 2: nothing under 'b'"),
    "twice": ("a,a\n1,2\n", ["t.csv", "--target", "a"], "two columns are called 'a'"),
    "empty": ("", ["t.csv", "--target", "a"], "the first line names the columns"),
    "one class": ("a,b\n1,x\n2,x\n", ["t.csv", "--target", "b"], "'b' is 'x' in every example"),
    "one quantity": ("a,b\n1,1.5\n2,1.5\n", ["t.csv", "--target", "b"], "'b' is '1.5' in every"),
    "few": ("a,b\n1,2\n2,1\n", ["t.csv", "--target", "b"], "2 examples are too few"),
    "rate": ("a,b\n" + "1,2\n2,1\n" * 9, ["t.csv", "--target", "b", "--optimizer", "newton",
             "--rate", "1"], "newton has no rate"),
    "units": ("", ["iris", "--units", "0"], "'0' is no whole number from 1 up"),
    "optimizer": ("", ["iris", "--optimizer", "adm"], "invalid choice: 'adm'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case, here, capsys):
    """Bad use exits with 2, and says what came and what is allowed; nothing is written."""
    text, arguments, message = REFUSED[case]
    if text is not None:
        (here / "t.csv").write_text(text)
    with pytest.raises(SystemExit) as caught:
        main(["train", *arguments])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    assert {path.name for path in here.iterdir()} <= {"t.csv"}
