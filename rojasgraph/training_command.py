"""The command `train`: data and a topology in; a trained network, its history and pictures out."""

from __future__ import annotations

import argparse
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from rojasgraph import files
from rojasgraph.drawing.rendering import svg
from rojasgraph.engine.compilation import compile as compiled
from rojasgraph.errors import ArgumentError
from rojasgraph.interchange.node_link import to_json
from rojasgraph.learning.history import History
from rojasgraph.learning.optimizers.descent import Optimizer
from rojasgraph.learning.optimizers.registry import OPTIMIZERS, optimizer_of
from rojasgraph.learning.stopping import EarlyStopping
from rojasgraph.learning.tasks import DATA_SETS, QUANTITY, Split, Task, data_set, split, table
from rojasgraph.learning.training import train
from rojasgraph.network import Network
from rojasgraph.topologies import layered, randomly_wired

EXAMPLE = """\
examples:
  rojasgraph train digits --topology ws --units 200 --optimizer rprop
  rojasgraph train houses.csv --target price --units 10 -o houses

A quarter of the examples is kept for the test, a fifth of the others says when to stop. Inputs are
scaled to mean 0 and deviation 1. The folder gets network.json, history.json, task.json (columns,
scales, classes), diagram.svg and, with matplotlib, curve.svg.
"""

TOPOLOGIES = ("layered", "ws", "er", "ba")

_WHOLE_DIAGRAM = 30
"""A network of more nodes than this is drawn with its parts as one node each."""

_LABELED_DIAGRAM = 40
"""A network of more edges than this is drawn without numbers."""


def add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "train",
        help="train a network on a data set or a table",
        description="Train a network on a data set or a table.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "data", type=file_name, metavar="DATA", help=f"a CSV file, or {', '.join(DATA_SETS)}"
    )
    parser.add_argument("--target", metavar="COLUMN", help="the column of the file to be learned")
    parser.add_argument(
        "--topology", choices=TOPOLOGIES, default="layered",
        help="layered, or wired at random: Watts–Strogatz, Erdős–Rényi, Barabási–Albert",
    )  # fmt: skip
    parser.add_argument("--units", type=_whole, default=32, metavar="N", help="hidden units (32)")
    parser.add_argument(
        "--optimizer", choices=tuple(OPTIMIZERS), default="rprop", metavar="NAME",
        help=f"one of {', '.join(OPTIMIZERS)} (rprop)",
    )  # fmt: skip
    parser.add_argument("--rate", type=float, metavar="R", help="its rate, or Rprop's first step")
    parser.add_argument("--batch", type=_whole, metavar="N", help="examples in a step (all)")
    parser.add_argument("--epochs", type=_whole, default=100, metavar="N", help="at most (100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all that is random")
    parser.add_argument(
        "-o",
        "--output",
        type=file_name,
        metavar="FOLDER",
        help="where to write; default DATA's name",
    )
    parser.add_argument("--quiet", action="store_true", help="tell nothing while it learns")
    parser.set_defaults(parser=parser, run=run, formula="")


def run(options: argparse.Namespace) -> int:
    """Train, and write what came of it.

    Args:
        options: of the command.

    Returns:
        The exit code, 0.

    Raises:
        GraphError, LabelError, OSError, MissingDependency: for the command line to tell.
    """
    folder = _folder(options)
    task = _task(options)
    parts = split(task, options.seed)
    net = _network(options, len(task.columns), parts.learned[1].shape[1])
    _name(net, task)
    optimizer = _optimizer(options)
    folder.mkdir(parents=True, exist_ok=True)
    counts = [len(inputs) for inputs, _ in (parts.learned, parts.watched, parts.tested)]
    print("{} examples to learn from, {} to watch, {} to test on".format(*counts))
    print(f"{len(net)} nodes, {net.number_of_edges()} weighted edges")
    inputs, targets = parts.learned
    history = train(
        net, inputs=inputs, targets=targets, optimizer=optimizer, epochs=options.epochs,
        loss="softmax_cross_entropy" if task.classes else "half_squared", reduction="mean",
        batch=options.batch, validation=parts.watched, stop=EarlyStopping(20), seed=options.seed,
        progress=not options.quiet,
    )  # fmt: skip
    print(_course(history))
    print(_tested(net, task, parts))
    for path in _written(folder, net, history, task, parts):
        print(f"wrote {path}")
    return 0


def file_name(text: str) -> str:
    """Take what the system can call a file.

    Args:
        text: an argument of the command line.

    Raises:
        ArgumentTypeError: it holds a null character, or half of one that is written as two.

    >>> file_name("loss.svg")
    'loss.svg'
    """
    try:
        named = "\0" not in os.fsdecode(os.fsencode(text))
    except UnicodeEncodeError:
        named = False
    if not named:
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a file")
    return text


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def _folder(options: argparse.Namespace) -> Path:
    """Give the folder to write to: by default one here, and never one above."""
    if options.output is None and Path(options.data).stem in {"", ".", ".."}:
        message = f"where shall the results of {options.data!r} go? Add --output FOLDER"
        raise ArgumentError(message)
    return Path(options.output or Path(options.data).stem)


def _task(options: argparse.Namespace) -> Task:
    path = Path(options.data)
    if options.target is None and path.suffix.lower() != ".csv":
        return data_set(options.data)
    if options.target is None:
        message = f"which column of {path.name} is to be learned? Add --target COLUMN"
        raise ArgumentError(message)
    return table(path, options.target)


def _network(options: argparse.Namespace, inputs: int, outputs: int) -> Network:
    """Make the network; each part of it has a name, by which large ones are drawn."""
    if options.topology == "layered":
        sizes = [inputs, options.units, outputs]
        net = layered(sizes, ["tanh", "identity"], rng=options.seed)
        names = {0: "inputs", 1: f"{options.units} units", 2: "outputs"}
        for _, data in net.nodes(data=True):
            if "layer" in data:
                data["part"] = names[data["layer"]]
        return net
    density = {"ws": {"k": max(2, options.units // 5)}, "er": {"p": 0.2}, "ba": {"m": 2}}
    net = randomly_wired(
        options.topology, options.units, inputs=inputs, outputs=outputs, bias=True,
        reach=max(1, options.units // 3), output_activation="identity", rng=options.seed,
        **density[options.topology],
    )  # fmt: skip
    ends = {**dict.fromkeys(net.inputs, "inputs"), **dict.fromkeys(net.outputs, "outputs")}
    for name, data in net.nodes(data=True):
        if name != "bias":
            data["part"] = ends.get(name, f"{options.units} units")
    return net


def _optimizer(options: argparse.Namespace) -> Optimizer:
    if options.rate is None:
        return optimizer_of(options.optimizer)
    settings: dict[str, Any] = OPTIMIZERS[options.optimizer].__dict__["__dataclass_fields__"]
    name = next((name for name in ("rate", "step") if name in settings), None)
    if name is None:
        message = f"{options.optimizer} has no rate: leave --rate out"
        raise ArgumentError(message)
    return OPTIMIZERS[options.optimizer](**{name: options.rate})


def _course(history: History) -> str:
    """Tell where the error began and ended; Ctrl-C may have come before either was known."""
    if not history.losses:
        return history.stopped
    last = history.losses[-1] if history.final is None else history.final
    return f"error {history.losses[0]:.4g} → {last:.4g}: {history.stopped}"


def _tested(net: Network, task: Task, parts: Split) -> str:
    inputs, targets = parts.tested
    outputs = compiled(net).feed_forward(inputs).array
    if task.classes:
        right = (outputs.argmax(axis=1) == targets.argmax(axis=1)).mean()
        return f"{right:.1%} of {len(inputs)} new examples are told rightly"
    _, deviation = parts.scales[QUANTITY]
    size = float(np.sqrt(np.mean((outputs - targets) ** 2)))
    return (
        f"root mean squared error {size * deviation:.4g} on {len(inputs)} new examples, "
        f"{size:.1%} of the deviation"
    )


def _written(folder: Path, net: Network, history: History, task: Task, parts: Split) -> list[Path]:
    """Write what came of it, all files or none."""
    about = {"columns": task.columns, "classes": task.classes, "scales": parts.scales}
    contents = {
        "network.json": to_json(net).encode(),
        "history.json": json.dumps(history.to_dict(), indent=1).encode(),
        "task.json": json.dumps(about, indent=1).encode(),
        "diagram.svg": svg(net, **_shown(net)).encode(),
    }
    curve = _curve(history)
    if curve is not None:
        contents["curve.svg"] = curve
    return files.write_together((folder / name, data) for name, data in contents.items())


def _curve(history: History) -> bytes | None:
    """Draw how the error fell, if matplotlib is there."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    history.plot(figure.add_subplot())
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg")
    return drawn.getvalue()


def _name(net: Network, task: Task) -> None:
    """Let pictures call inputs by their columns and outputs by their classes."""
    for nodes, names in ((net.inputs, task.columns), (net.outputs, task.classes)):
        for node, name in zip(nodes, names, strict=False):
            net.nodes[node]["label"] = name


def _shown(net: Network) -> dict[str, Any]:
    """Choose how much of a network is drawn, so that it can be looked at."""
    if len(net) > _WHOLE_DIAGRAM:
        return {"groups": "part", "collapse": "all"}
    return {"show": ""} if net.number_of_edges() > _LABELED_DIAGRAM else {}
