"""Run the ONNX project's own node tests of the supported operators; print the count by operator.

    python docs/onnx_report.py            prints the table
    python docs/onnx_report.py --write    puts it into the page interchange.md

A case counts for an operator where the model is that operator alone; models of several supported
operators, most of them what an operator is defined by, count in the last line. Cases are those
that compute floats of floats; numbers of other types that a case is fed are passed as constants.
"""

import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import rojasgraph as rg
from rojasgraph.interchange.onnx_operators import OPERATORS

PAGE = Path(__file__).with_name("interchange.md")
START, END = "<!-- table: docs/onnx_report.py --write -->\n", "<!-- end of table -->\n"
SEVERAL = "several of these"
VERSION = "1.23"  # of the package onnx that the page's table is of


class Outcome(NamedTuple):
    """How a case went: its operator, its name, and what was wrong; "" where nothing was."""

    operator: str
    case: str
    fault: str


def cases() -> list[Any]:
    """Make the cases that count."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cases divide by zero while they are made
        made = load_model_tests(kind="node")
    return [case for case in made if is_supported(case.model)]


def outcome(case: Any) -> Outcome:  # noqa: ANN401 - of the package onnx
    """Run a case."""
    operators = {node.op_type for node in case.model.graph.node}
    return Outcome(operators.pop() if len(operators) == 1 else SEVERAL, case.name, fault(case))


def is_supported(model: Any) -> bool:  # noqa: ANN401 - of the package onnx
    """Tell whether a model computes floats of floats, by supported operators alone."""
    graph = model.graph
    if any(n.domain or n.op_type not in {*OPERATORS, "Constant"} for n in graph.node):
        return False
    outputs = all(is_float(given) for given in graph.output)
    return outputs and (not graph.input or any(is_float(given) for given in graph.input))


def is_float(given: Any) -> bool:  # noqa: ANN401 - of the package onnx
    """Tell whether an input or output is a tensor of floats that numpy has."""
    from onnx import TensorProto

    floats = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}
    return given.type.tensor_type.elem_type in floats


def fault(case: Any) -> str:  # noqa: ANN401 - of the package onnx
    """Import a model, run it on the case's data, and compare."""
    graph = case.model.graph
    try:
        for inputs, outputs in case.data_sets:
            given = list(zip(graph.input, inputs, strict=True))
            constants = {g.name: x for g, x in given if not is_float(g)}
            net = rg.from_onnx(case.model, constants=constants)
            fed = {n: x for g, a in given if is_float(g) for n, x in scalars(g.name, a)}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", rg.DomainWarning)  # inf and nan are in the cases
                values = net.feed_forward(fed)
            for described, expected in zip(graph.output, outputs, strict=True):
                names = [name for name, _ in scalars(described.name, expected)]
                got = np.array([values[name] for name in names]).reshape(np.shape(expected))
                wanted = np.asarray(expected, np.float64)
                np.testing.assert_allclose(got, wanted, rtol=case.rtol, atol=case.atol)
    except (ValueError, AssertionError) as error:
        return f"{type(error).__name__}: {error!s:.200}"
    return ""


def scalars(name: str, array: Any) -> Iterator[tuple[Any, float]]:  # noqa: ANN401
    """Name the scalars of a tensor as `from_onnx` does."""
    for place, x in np.ndenumerate(np.asarray(array)):
        yield ((name, *place) if place else name), float(x)


def table(found: list[Outcome]) -> str:
    """Write the count by operator."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in found:
        counts[one.operator][0] += 1
        counts[one.operator][1] += not one.fault
    several = counts.pop(SEVERAL, [0, 0])
    lines = [f"| {name} | {n} | {passed} |" for name, (n, passed) in sorted(counts.items())]
    lines.append(f"| {SEVERAL} | {several[0]} | {several[1]} |")
    all_of = [sum(column) for column in zip(*counts.values(), several, strict=True)]
    lines.append(f"| all | {all_of[0]} | {all_of[1]} |")
    return "\n".join(["| operator | cases | pass |", "|---|---|---|", *lines]) + "\n"


def main() -> None:
    """Print the table, or write it; print what fails."""
    found = list(map(outcome, cases()))
    if sys.argv[1:] == ["--write"]:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{START}{table(found)}{END}{after}", encoding="utf-8")
    else:
        print(table(found), end="")
    for one in found:
        if one.fault:
            print(one.case, one.fault)


if __name__ == "__main__":
    main()
