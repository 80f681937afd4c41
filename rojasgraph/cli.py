"""The command line: label a formula's graph, draw, derive and check it; train a network."""

from __future__ import annotations

import argparse
import codecs
import importlib.metadata
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from rojasgraph.contract import SOURCES
from rojasgraph.derivation.auditing import audit
from rojasgraph.derivation.checking import check
from rojasgraph.derivation.explanation import explain
from rojasgraph.drawing import rendering
from rojasgraph.drawing.assembly import STYLES
from rojasgraph.drawing.directions import DIRECTIONS
from rojasgraph.drawing.number_style import FORMS
from rojasgraph.drawing.numerals import numeral
from rojasgraph.drawing.themes import THEMES
from rojasgraph.errors import (
    FormulaError,
    GraphError,
    LabelError,
    MissingDependency,
    MissingValue,
    RenderingError,
)
from rojasgraph.formula import parse
from rojasgraph.network import Network, structure_of
from rojasgraph.numbers.kinds import Number, Pi
from rojasgraph.order import Order
from rojasgraph.table import lookup
from rojasgraph.training_command import add_train, file_name

_BAD_USE, _INTERRUPTED = 2, 130
_TITLE_LENGTH = 80
"""A formula longer than this is not written above its drawing."""

_DESCRIPTION = "Label the graph of a formula by backpropagation; hold a derivation against it."
_EXAMPLE = """\
example:
  rojasgraph {command} "(y - (w*x + b))**2" --at x=2 y=3 w=0.5 b=0.25{more}

The names in a formula are its inputs; operators are + - * / **; functions are the primitives,
such as tanh, exp, sigmoid, maximum.
"""


_CHECK_EXAMPLE = """\
example:
  rojasgraph check "(y - (w*x + b))**2" --claim w="-2*x*(y - (w*x + b))" --claim b="2*(y - w*x)"
"""

_AUDIT_EXAMPLE = """\
the text of a derivation, for example:
  z = w*x + b
  s = 1/(1 + exp(-z))
  C = (s - y)**2/2
  dC/ds = s - y
  dC/dw = dC/ds * s*(1 - s) * x
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what stands behind the program's name; default what the shell gave.

    Returns:
        The exit code: 0, or 1 where a claim or a derivation is wrong. Bad use, such as a broken
        formula, exits with 2, an optional package that is not installed with 1, Ctrl-C with 130,
        all with a message on standard error.

    Raises:
        SystemExit: as above.

    >>> main(["explain", "x*y", "--at", "x=2", "y=5"])
    FEED-FORWARD
    node  operation  value  derivatives
    x     input          2
    y     input          5
    mul1  mul(x, y)     10  5, 2
    <BLANKLINE>
    BACKPROPAGATION
    node  adjoint  sum over the edges: adjoint × derivative
    mul1        1  seed
    y           2  1 × 2 (mul1)
    x           5  1 × 5 (mul1)
    0
    """
    _write_anywhere()
    parser = _parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(_protected(given))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            code: int = options.run(options)
        except FormulaError as error:
            shown = f"\n  {options.formula}{_pointer(error)}" if options.formula else ""
            _refuse(options, f"{error}{shown}")
        except BrokenPipeError:  # the reader, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except OSError as error:
            known = error.filename is not None and error.strerror
            _refuse(options, f"{error.filename}: {error.strerror}" if known else str(error))
        except (GraphError, LabelError, RenderingError) as error:
            _refuse(options, str(error))
        except MissingDependency as error:
            parser.exit(1, f"rojasgraph: {error}\n")
        except KeyboardInterrupt:  # who pressed Ctrl-C knows where it was
            parser.exit(_INTERRUPTED, "rojasgraph: interrupted\n")
    for warning in caught:
        told = str(warning.message).removesuffix(" (strict=True raises)")
        print(f"rojasgraph: warning: {told}", file=sys.stderr)
    return code


def _write_anywhere() -> None:
    """Let signs that a terminal cannot show become those that it can, never an error."""
    codecs.register_error("rojasgraph", _plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="rojasgraph")


_PLAINER = {"−": "-", "×": "*", "·": "*", "∂": "d", "…": "...", "✓": "+", "✗": "!", "─": "-"}


def _plainer(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only writing is changed
    signs = error.object[error.start : error.end]
    return "".join(_PLAINER.get(sign, "?") for sign in signs), error.end


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rojasgraph", description=_DESCRIPTION)
    parser.add_argument("--version", action=_ShowVersion, help="print the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    explain = _command(commands, "explain", "print every label, in the order of both passes", "")
    explain.set_defaults(run=_explain)
    explain.add_argument(
        "--steps", action="store_true", help="print the derivation instead, one step a node"
    )
    explain.add_argument("--latex", action="store_true", help="print the derivation in LaTeX")
    check = commands.add_parser(
        "check",
        help="hold claimed derivatives against a formula",
        description="Hold claimed derivatives against a formula. Exits with 1 if one is wrong.",
        epilog=_CHECK_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("formula", metavar="FORMULA", help="such as 'tanh(w*x + b)'")
    check.add_argument(
        "--claim",
        action="append",
        required=True,
        metavar="NAME=FORMULA",
        help="a derivative of the formula by a name; may be repeated",
    )
    check.set_defaults(parser=check, run=_check)
    audit = commands.add_parser(
        "audit",
        help="check a whole derivation, line by line",
        description="Check a derivation line by line. Exits with 1 if a line is wrong.",
        epilog=_AUDIT_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    audit.add_argument(
        "file", type=file_name, metavar="FILE", help="the derivation's text; - for standard input"
    )
    audit.set_defaults(parser=audit, run=_audit, formula="")
    _add_draw(commands)
    add_train(commands)
    return parser


def _add_draw(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `draw` with its options."""
    draw = _command(commands, "draw", "draw the labeled graph", " -o loss.svg")
    draw.set_defaults(run=_draw)
    draw.add_argument(
        "-o",
        "--output",
        type=file_name,
        metavar="FILE",
        help="svg, png, pdf, tex, html (a page that walks through the passes), dot, gv or txt; "
        "without it, the graph is drawn as text here",
    )
    for option, choices in _CHOICES.items():
        draw.add_argument(f"--{option}", choices=choices, help=f"one of {', '.join(choices)}")
    draw.add_argument(
        "--show", metavar="LABELS", help="labels to show, such as 'value adjoint derivative'"
    )
    draw.add_argument("--hide", metavar="LABELS", help="labels not to show")
    draw.add_argument("--blank", metavar="LABELS", help="labels to leave blank, for a worksheet")
    draw.add_argument("--title", metavar="TEXT", help="a line above it; default the formula")


class _ShowVersion(argparse.Action):
    """Print the version; it is looked up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        try:
            version = f" {importlib.metadata.version('rojasgraph')}"
        except importlib.metadata.PackageNotFoundError:
            version = ", not installed"
        print(f"rojasgraph{version}")
        parser.exit()


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, more: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=_EXAMPLE.format(command=name, more=more),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("formula", metavar="FORMULA", help="such as 'tanh(w*x + b)'")
    parser.add_argument(
        "--at",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=NUMBER",
        help="values for the inputs; a number may be written as 0.5, 1/3 or pi/2",
    )
    parser.add_argument(
        "--exact", action="store_true", help="compute with fractions instead of decimals"
    )
    parser.add_argument(
        "--precision", type=_digits, default=None, metavar="N", help="significant digits"
    )
    parser.set_defaults(parser=parser)
    return parser


def _digits(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 17:  # noqa: PLR2004 - what a float holds
        raise argparse.ArgumentTypeError(f"{text!r} is no number of digits between 1 and 17")
    return int(text)


_CHOICES = {
    "style": tuple(STYLES),
    "theme": tuple(THEMES),
    "numbers": FORMS,
    "unit": ("built", "split", "fused"),
    "rankdir": tuple(DIRECTIONS),
}
"""The options of `draw` that are one out of a list."""

_OPTIONS = frozenset(
    {
        *("-h", "--help", "--at", "--exact", "--precision", "--steps", "--latex", "--claim"),
        *("--output", "--title", "--show", "--hide", "--blank", "--"),
        *(f"--{option}" for option in _CHOICES),
    }
)


def _protected(arguments: list[str]) -> list[str]:
    """Put a blank before a formula such as -x, which would pass for an option."""
    if len(arguments) < 2 or arguments[1][:1] != "-" or arguments[1] == "-":  # noqa: PLR2004
        return arguments
    if arguments[0] == "train":
        return arguments  # takes no formula
    option = arguments[1].partition("=")[0]
    if option not in _OPTIONS and not (option == "-o" and arguments[0] == "draw"):
        return [arguments[0], " " + arguments[1], *arguments[2:]]
    return arguments


def _refuse(options: argparse.Namespace, message: str) -> NoReturn:
    """Say what was wrong and where help is; exit with 2."""
    program = options.parser.prog
    sys.stderr.write(f"{program}: error: {message}\nTry '{program} --help'.\n")
    sys.exit(_BAD_USE)


def _pointer(error: FormulaError) -> str:
    return "" if error.column is None else f"\n  {' ' * (error.column - 1)}^"


def _labeled(options: argparse.Namespace) -> Network:
    """Build the network of the formula; label it if values are given."""
    options.formula = options.formula.strip()
    net = Network.from_expressions(parse(options.formula))
    values: dict[str, Number] = {}
    for text in options.at:
        name, value = _value(text, exact=options.exact)
        if name in values:
            message = f"--at gives {name} twice"
            raise GraphError(message)
        values[name] = value
    missing = [str(name) for name in net.inputs if name not in values]
    wanted = options.run is _explain and not (options.steps or options.latex)
    if missing and (values or wanted):
        given = " ".join(f"{name}=…" for name in missing)
        message = f"no value for {', '.join(missing)}: add --at {given}"
        raise MissingValue(message)
    if not missing:
        net.feed_forward(values)
        net.backpropagate()
    return net


def _value(text: str, *, exact: bool) -> tuple[str, Number]:
    """Read NAME=NUMBER, where the number is a formula without names."""
    name, _, number = text.partition("=")
    try:
        net = Network.from_expressions(parse(number))
        (value,) = net.feed_forward().values()
    except (FormulaError, MissingValue):
        message = f"--at takes NAME=NUMBER, such as x=2 or x=1/3; got {text!r}"
        raise GraphError(message) from None
    if not exact:
        return name.strip(), value
    constant = net.nodes[net.outputs[0]]
    if constant["op"] != "constant" or isinstance(constant["value"], Pi):
        message = f"{text} is no fraction: --exact takes numbers such as 2, 0.5 or 1/3"
        raise GraphError(message)
    return name.strip(), Fraction(constant["value"])


def _explain(options: argparse.Namespace) -> int:
    if options.steps or options.latex:
        derivation = explain(_labeled(options))
        print(derivation.to_latex() if options.latex else derivation)
        return 0
    net = _labeled(options)
    precision = options.precision or 6
    print("FEED-FORWARD")
    _print_table(list(_forward_rows(net, precision)), right={2})
    print("\nBACKPROPAGATION")
    _print_table(list(_backward_rows(net, precision)), right={1})
    return 0


def _check(options: argparse.Namespace) -> int:
    options.formula = options.formula.strip()
    net = Network.from_expressions(parse(options.formula))
    claims = [_named_formula(text) for text in options.claim]
    verdicts = [check(net, {name: formula})[name] for name, formula in claims]
    print(*verdicts, sep="\n")
    return 0 if all(verdicts) else 1


def _named_formula(text: str) -> tuple[str, str]:
    name, equals, formula = text.partition("=")
    if not equals:
        message = f"--claim takes NAME=FORMULA, such as w='2*x*(w*x - y)'; got {text!r}"
        raise GraphError(message)
    return name.strip(), formula


def _audit(options: argparse.Namespace) -> int:
    if options.file == "-":
        text = sys.stdin.read()
    else:
        try:
            text = Path(options.file).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            message = f"{options.file} is no text in UTF-8: {error}"
            raise GraphError(message) from None
    found = audit(text)
    print(found)
    return 0 if found else 1


def _draw(options: argparse.Namespace) -> int:
    net = _labeled(options)
    title = options.formula if options.title is None else options.title
    shown = title if options.title is not None or len(title) <= _TITLE_LENGTH else None
    given = {name: getattr(options, name) for name in (*_CHOICES, "show", "hide", "blank")}
    chosen = {name: value for name, value in given.items() if value is not None}
    chosen |= {"precision": options.precision or 3, "title": shown or None}
    if options.output is None:
        print(rendering.text(net, **chosen))
    else:
        print(f"wrote {rendering.render(net, Path(options.output), **chosen)}")
    return 0


def _forward_rows(net: Network, precision: int) -> Iterator[tuple[str, ...]]:
    """Give the labels of the first pass, in its order."""
    yield "node", "operation", "value", "derivatives"
    order = structure_of(net)
    for j, (name, node) in enumerate(zip(order.names, order.nodes, strict=True)):
        derivatives = ", ".join(numeral(d, precision) for d in node["derivatives"])
        value = numeral(node["value"], precision)
        yield str(name), _operation(order, j), value, derivatives


def _operation(order: Order, j: int) -> str:
    """Write an operation with the nodes that feed it, and its arguments."""
    node = order.nodes[j]
    if node["op"] in SOURCES:
        return str(node["op"])
    tails = sorted((order.edges[e].get("slot", 0), e) for e in order.incoming[j])
    listed = [str(order.names[order.tails[e]]) for _, e in tails]
    arguments = lookup(node["op"]).bind(node.get("arguments", ()))
    listed += [f"{name}={numeral(value, 6)}" for name, value in arguments.items()]
    return f"{node['op']}({', '.join(listed)})"


def _backward_rows(net: Network, precision: int) -> Iterator[tuple[str, ...]]:
    """Give the labels of the second pass, in its order: each adjoint with the sum it is."""
    yield "node", "adjoint", "sum over the edges: adjoint × derivative"
    order, outputs = structure_of(net), set(net.outputs)
    for j in reversed(range(len(order.names))):
        terms = ["seed"] if order.names[j] in outputs else []
        for e in order.outgoing[j]:
            head = order.heads[e]
            factors = (order.nodes[head]["adjoint"], order.edges[e]["derivative"])
            product = " × ".join(numeral(x, precision) for x in factors)
            terms.append(f"{product} ({order.names[head]})")
        yield str(order.names[j]), numeral(order.nodes[j]["adjoint"], precision), " + ".join(terms)


def _print_table(rows: list[tuple[str, ...]], right: set[int]) -> None:
    """Print rows in columns; those of numbers end on one line."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            text.rjust(width) if i in right else text.ljust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
