"""Print the table of primitives for the page primitives.md, from the rows themselves.

    python docs/primitive_table.py            prints the table
    python docs/primitive_table.py --write    puts it into the page

The page and the rows agree when nothing is printed here (else: run it with --write):

>>> print_difference()
"""

import difflib
import inspect
import sys
from pathlib import Path

import sympy as sp

from rojasgraph.numbers.namespace import Namespace
from rojasgraph.numbers.symbols import sympy_namespace
from rojasgraph.table import TABLE, Primitive

PAGE = Path(__file__).with_name("primitives.md")
START, END = "<!-- table: docs/primitive_table.py --write -->\n", "<!-- end of table -->\n"

HEADER = """\
| call | symbol | value `y` | stored derivatives | domain | convention | complex | accuracy |
|---|---|---|---|---|---|---|---|
"""


def line(row: Primitive) -> str:
    """Write one row; its functions are written by running them on symbols."""
    xp = Namespace(**{**vars(sympy_namespace()), "where": _where})
    names = row.operands if row.slots else ("a", "b", "c")
    operands = sp.symbols(names, real=True)
    arguments = {name: sp.Symbol(name, real=True) for name in row.arguments}
    y = sp.Symbol("y", real=True) if "y" not in names else sp.Symbol("value", real=True)
    value = row.function(xp, *operands, **arguments)
    partials = row.partials(xp, y, *operands, **arguments)
    cells = (
        _code(call(row)),
        row.symbol,
        _code(value),
        "; ".join(map(_code, partials)),
        _code(row.domain[0]) if row.domain else "",
        row.kink,
        "yes" if row.analytic else "",
        accuracy(row),
    )
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


def call(row: Primitive) -> str:
    """Write a call, with the arguments' defaults."""
    operands = ["*xs"] if row.gathers else list(row.operands)
    for name, default in row.arguments.items():
        operands.append(name if default is inspect.Parameter.empty else f"{name}={default}")
    return f"{row.name}({', '.join(operands)})"


def accuracy(row: Primitive) -> str:
    """Write what a row promises."""
    if row.accuracy is None:
        return ""
    relative, absolute, where = row.accuracy
    sizes = [f"{relative} u"] if relative else ["exact"]
    if absolute:
        sizes.append(f"{absolute} u absolute")
    return " or ".join(sizes) + (f" ({where})" if where else "")


def _where(condition: object, yes: object, no: object) -> object:
    """Write a choice, unless it is made already."""
    if condition in (True, False):
        return yes if condition else no
    return sp.Function("where")(condition, yes, no)


def _code(text: object) -> str:
    return f"`{text}`"


def table() -> str:
    """Write the table of the primitives that the package has, without a user's own."""
    own = (row for row in TABLE.values() if row.function.__module__ == "rojasgraph.primitives")
    return HEADER + "".join(map(line, own))


def parts(page: str) -> tuple[str, str, str]:
    """Take the page apart: what stands before the table, the table, what stands behind it."""
    before, _, rest = page.partition(START)
    found, _, after = rest.partition(END)
    return before, found, after


def print_difference() -> None:
    """Print the lines in which the page's table differs from the rows."""
    _, found, _ = parts(PAGE.read_text(encoding="utf-8"))
    for changed in difflib.unified_diff(found.splitlines(), table().splitlines(), lineterm="", n=0):
        print(changed)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        before, _, after = parts(PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(before + START + table() + END + after, encoding="utf-8")
    else:
        print(table(), end="")
