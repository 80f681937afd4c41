"""Write the steps of a derivation as text, Markdown, LaTeX and HTML."""

from __future__ import annotations

import html
import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from rojasgraph.derivation.glossary import Formula, Measure
from rojasgraph.derivation.latex import latex_writer
from rojasgraph.table import TABLE

if TYPE_CHECKING:
    from rojasgraph.derivation.explanation import Step, Term

LONGEST = 64
"""Up to how many letters and numbers a derivative is written out in a table."""

LONGEST_FACTORED = 150
"""The same for its factored form, before it is factored."""

MOST_TERMS = 200
"""Up to how many terms a formula is multiplied out and factored."""

MOST_EDGES = 6
"""Up to how many edges a sum is written out; of more, the first and the last."""

MOST_ROWS = 100
"""Up to how many rows a notebook shows."""

WIDTH = 110
"""How many characters wide a table of text is, as far as its names allow."""


@dataclass(frozen=True)
class Notation:
    """How formulas are written in one format.

    Attributes:
        formula: writes a sympy expression.
        ratio: writes the derivative of one letter by another.
        times: what stands between two factors of the chain rule.
        dots: what stands for terms left out.
        edge: writes from which letter to which an edge leads.
    """

    formula: Callable[[Formula], str]
    ratio: Callable[[Formula, Formula], str]
    times: str
    dots: str
    edge: str


TEXT = Notation(str, lambda a, b: f"∂{a}/∂{b}", "·", "…", "{}: {} → {}")
"""Plain text, whose formulas can be parsed again."""


def latex_notation(steps: Sequence[Step]) -> Notation:
    """Write formulas in LaTeX, with the names that the network gives (attribute `latex`)."""
    import sympy as sp

    write = latex_writer(steps[0].latex_names if steps else {})

    def formula(expression: Formula) -> str:
        row = TABLE.get(expression.func.__name__) if expression.is_Function else None
        if row is None or not isinstance(expression, sp.core.function.AppliedUndef):
            return write(expression)
        return _called(row.latex, [formula(operand) for operand in expression.args])

    def ratio(a: Formula, b: Formula) -> str:
        return rf"\frac{{\partial {formula(a)}}}{{\partial {formula(b)}}}"

    return Notation(formula, ratio, r" \cdot ", r"\cdots", r"{}\colon {} \to {}")


def _called(latex: str, operands: list[str]) -> str:
    r"""Apply a row's LaTeX to its operands: in the place of its dot, or as a function's name.

    >>> print(_called(r"\sigma", ["w x"]), _called(r"|\cdot|", ["x"]))
    \sigma\left(w x\right) |x|
    """
    if latex.count(r"\cdot") == 1 and len(operands) == 1:
        return re.sub(r"\\cdot(?![a-z])", lambda _: operands[0], latex)
    match = re.fullmatch(r"\\operatorname\{(\w+)\}|\\[a-z]+(_\{?\w+\}?)?", latex)
    name = latex if match else rf"\operatorname{{{latex}}}"
    if match and match[1]:
        name = rf"\operatorname{{{match[1].replace('_', ' ')}}}".replace(" ", r"\_")
    return rf"{name}\left({', '.join(operands)}\right)"


# --- one step -----------------------------------------------------------------------------------


def _listed(parts: Sequence[str], dots: str) -> list[str]:
    """Leave out the middle of a long list."""
    if len(parts) <= MOST_EDGES:
        return list(parts)
    left_out = len(parts) - MOST_EDGES + 1
    return [*parts[: MOST_EDGES - 2], f"{dots} ({left_out} more) {dots}", parts[-1]]


def chain(step: Step, notation: Notation) -> list[str]:
    """Write the chain rule of a step, a product for each edge."""
    products = [
        notation.ratio(step.output, term.head)
        + notation.times
        + notation.ratio(term.head, step.letter)
        for term in step.terms
    ]
    return _listed(products, notation.dots) or ["1"]


def partials(step: Step, notation: Notation) -> list[str]:
    """Write the local partials of a step, an equation for each edge."""
    equations = [
        notation.ratio(term.head, step.letter) + " = " + notation.formula(term.partial)
        for term in step.terms
    ]
    return _listed(equations, notation.dots)


def defined(step: Step, notation: Notation) -> str:
    """Write a node with what it computes; a source by its letter, a weight with its edge."""
    symbol = notation.formula(step.letter)
    if step.kind == "weight":
        return notation.edge.format(symbol, *map(notation.formula, step.definition))
    return f"{symbol} = {notation.formula(step.definition)}" if step.kind == "operation" else symbol


def in_letters(step: Step, notation: Notation) -> str:
    """Write the derivative in letters, if it is short; else three dots."""
    return notation.formula(step.in_letters) if step.length <= LONGEST else notation.dots


def is_short(measure: Measure) -> bool:
    """Tell whether a formula of this size is multiplied out, factored and printed."""
    return measure.leaves <= LONGEST_FACTORED and measure.terms <= MOST_TERMS


def factored(in_letters: Formula, carried_out: Formula) -> Formula:
    """Factor a derivative: multiplied out where letters were replaced, else common factors alone.

    Args:
        in_letters: the derivative in letters.
        carried_out: the same with the letters of arithmetic replaced.
    """
    import sympy as sp

    if carried_out == in_letters:
        return sp.gcd_terms(in_letters)
    try:
        return sp.factor(carried_out)
    except sp.PolynomialError:
        return sp.factor_terms(carried_out)


def _factored(steps: Sequence[Step], notation: Notation) -> list[tuple[list[str], str]]:
    """List the factored forms that say more than the letters, each with all that are equal to it.

    Returns:
        Pairs of left sides and the formula.
    """
    found: dict[Formula, list[str]] = {}
    for step in steps:
        if step.is_short and step.factored != step.in_letters:
            left = notation.ratio(step.output, step.letter)
            found.setdefault(step.factored, []).append(left)
    return [(lefts, notation.formula(formula)) for formula, lefts in found.items()]


def _factored_lines(steps: Sequence[Step], notation: Notation) -> list[str]:
    return [" = ".join([*lefts, form]) for lefts, form in _factored(steps, notation)]


def number(value: Any) -> str:  # noqa: ANN401 - a number of any system, or None
    """Write a value: exact numbers exactly, floats to six digits, of what is long its size.

    >>> [number(value) for value in (None, Fraction(-3, 4), 0.1, 2**64, 2**9999)]
    ['', '-3/4', '0.1', '≈1.84467e+19', '≈10^3010']
    """
    if value is None:
        return ""
    if isinstance(value, np.ndarray):
        if value.size > _MOST_EXAMPLES:
            return f"{'×'.join(map(str, value.shape))} values"
        return f"({', '.join(map(number, value.ravel().tolist()))})"
    if isinstance(value, float | complex):
        return f"{value:.6g}"
    if isinstance(value, int | Fraction):
        return _exact(Fraction(value))
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


_MOST_EXAMPLES = 4
_LONGEST_VALUE = 24
_LARGEST = 10**12
_FLOATS = 300
"""Up to which power of ten, and from which below one, a float holds a number."""


def _exact(value: Fraction) -> str:
    """Write an exact number; a long one rounded."""
    if max(abs(value.numerator), value.denominator) < _LARGEST:
        return str(value)
    exponent = _decimal_log(abs(value.numerator)) - _decimal_log(value.denominator)
    if abs(exponent) < _FLOATS:
        return f"≈{float(value):.6g}"
    return f"≈{'-' if value < 0 else ''}10^{round(exponent)}"


def _decimal_log(value: int) -> float:
    """Give the decimal logarithm of an integer of any size."""
    shift = max(value.bit_length() - 64, 0)
    return math.log10(value >> shift) + shift * math.log10(2)


# --- text ---------------------------------------------------------------------------------------

_HEADINGS = ("step", "node", "chain rule", "local partials", "in letters", "paths", "value")
_NODE, _CHAIN, _PARTIALS, _LETTERS = 1, 2, 3, 4
_NARROWEST = 14
_CARRIED_OUT = "arithmetic carried out and factored"


def _table(steps: Sequence[Step], notation: Notation) -> list[list[list[str]]]:
    """Make the rows of a table, headings first: cells of several parts; values where there are."""
    rows = [[[heading] for heading in _HEADINGS]]
    rows += [
        [
            [str(step.number)],
            [defined(step, notation)],
            chain(step, notation),
            partials(step, notation),
            [in_letters(step, notation)],
            [number(step.n_paths)],
            [number(step.value)],
        ]
        for step in steps
    ]
    has_values = any(step.value is not None for step in steps)
    return rows if has_values else [row[:-1] for row in rows]


def as_text(steps: Sequence[Step], width: int = WIDTH) -> str:
    """Write a table in plain text, a line for each edge; its formulas can be parsed again."""
    table = _table(steps, TEXT)
    for row in table:
        row[_CHAIN][1:] = [f"+ {product}" for product in row[_CHAIN][1:]]
    widths = _widths(table, width)
    lines = [line for row in table for line in _text_lines(row, widths)]
    lines.insert(1, "─" * max(map(len, lines)))
    forms = _factored_lines(steps, TEXT)
    if forms:
        lines += ["", f"{_CARRIED_OUT}:"]
        lines += [line for form in forms for line in _hanging(form, width)]
    return "\n".join(lines)


def _widths(table: list[list[list[str]]], width: int) -> list[int]:
    """Choose the columns' widths: as their cells want, the widest narrowed until all fit."""
    columns = zip(*table, strict=True)
    widths = [max(len(part) for cell in column for part in [*cell, ""]) for column in columns]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        widest = max((_NODE, _CHAIN, _PARTIALS, _LETTERS), key=widths.__getitem__)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _text_lines(row: list[list[str]], widths: list[int]) -> list[str]:
    """Fold the cells of a row; each local partial begins beside its product."""
    folded = [
        [_folded(part, width) for part in cell] for cell, width in zip(row, widths, strict=True)
    ]
    products, partials = folded[_CHAIN], folded[_PARTIALS]
    pairs: list[tuple[list[str], list[str]]]
    pairs = list(itertools.zip_longest(products, partials, fillvalue=[]))
    for column, side in ((_CHAIN, 0), (_PARTIALS, 1)):
        folded[column] = [
            pair[side] + [""] * (max(map(len, pair)) - len(pair[side])) for pair in pairs
        ]
    cells = [[line for part in cell for line in part] for cell in folded]
    return [
        "  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip()
        for line in itertools.zip_longest(*cells, fillvalue="")
    ]


def _folded(text: str, width: int) -> list[str]:
    """Break a formula into lines where it hurts least: see `_cut`."""
    lines = [""]
    for piece in _cut(text, width):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines


def _cut(text: str, width: int) -> list[str]:
    """Cut what is too wide, in as few brackets as can be: before a sign, else behind a product's.

    What is left too wide has no such place: names are never cut.
    """
    if len(text.strip()) <= width:
        return [text]
    depths = list(itertools.accumulate({"(": 1, ")": -1}.get(c, 0) for c in text))
    for depth in sorted(set(depths)):
        for signs in (r" (?=[+=→-] )", r"(?<=[*·])(?=[^*])"):
            places = (m.start() for m in re.finditer(signs, text))
            cuts = [0, *(i for i in places if i and depths[i - 1] == depth), len(text)]
            if len(cuts) > 2:  # noqa: PLR2004 - more than both ends
                parts = [text[a:b] for a, b in itertools.pairwise(cuts)]
                return [piece for part in parts for piece in _cut(part, width)]
    return [text]


def _hanging(text: str, width: int) -> list[str]:
    first, *others = _folded(text, width - 6)
    return [f"  {first}", *(f"      {line}" for line in others)]


# --- Markdown and HTML --------------------------------------------------------------------------


def as_markdown(steps: Sequence[Step]) -> str:
    """Write a table in Markdown, its formulas in LaTeX between dollar signs."""
    head, *rows = _mathematical(steps)
    cells = [head, ["---"] * len(head), *([c.replace("|", r"\vert ") for c in row] for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    forms = _factored_lines(steps, latex_notation(steps))
    if forms:
        lines += ["", f"{_CARRIED_OUT.capitalize()}:", "", *(f"- ${form}$" for form in forms)]
    return "\n".join(lines)


def as_html(steps: Sequence[Step]) -> str:
    """Write a table in HTML, the first rows of a long one; a notebook typesets the formulas."""
    shown = steps[:MOST_ROWS]
    head, *rows = _mathematical(shown)
    listed = [_html_row("th", head), *(_html_row("td", row) for row in rows)]
    forms = _factored_lines(shown, latex_notation(shown))
    parts = ["<table>", *listed, "</table>"]
    if len(steps) > len(shown):
        parts.append(f"<p>… {len(steps) - len(shown)} more steps: slice the derivation</p>")
    if forms:
        items = "".join(f"<li>${html.escape(form)}$</li>" for form in forms)
        parts.append(f"<p>{_CARRIED_OUT.capitalize()}:</p><ul>{items}</ul>")
    return "\n".join(parts)


def _html_row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _mathematical(steps: Sequence[Step]) -> list[list[str]]:
    """Make the table in LaTeX, with dollar signs about every formula."""
    head, *rows = _table(steps, latex_notation(steps))
    joints = {_CHAIN: " + ", _PARTIALS: r",\; "}
    plain = {0, 5, 6}
    return [
        [cell for (cell,) in head],
        *(
            [
                cell[0] if i in plain else f"${joints.get(i, '').join(cell)}$" if cell else ""
                for i, cell in enumerate(row)
            ]
            for row in rows
        ),
    ]


# --- LaTeX --------------------------------------------------------------------------------------

_LINE = 270
"""How many points wide the right side of an equation is."""


def as_latex(steps: Sequence[Step]) -> str:
    r"""Write what the letters stand for, then the steps, in `align` environments."""
    notation = latex_notation(steps)
    definitions = [
        _aligned(notation.formula(step.letter), [notation.formula(step.definition)])
        for step in steps
        if step.kind == "operation"
    ]
    rows = [_latex_step(step, notation) for step in steps]
    forms = [_aligned(lefts[0], [*lefts[1:], form]) for lefts, form in _factored(steps, notation)]
    blocks = [("align*", definitions), ("align", rows), ("align*", forms)]
    return "\n".join(
        f"\\begin{{{name}}}\n" + " \\\\\n".join(lines) + f"\n\\end{{{name}}}"
        for name, lines in blocks
        if lines
    )


def _latex_step(step: Step, notation: Notation) -> str:
    """Write a step: the chain rule, the local partials put in, the letters, the factors."""
    sides = [" + ".join(chain(step, notation))]
    if step.terms:
        put_in = [_put_in(step, term, notation) for term in step.terms]
        sides.append(" + ".join(_listed(put_in, notation.dots)))
    if step.length <= LONGEST:
        sides.append(in_letters(step, notation))
    if step.value is not None:
        sides.append(_latex_number(step.value))
    left = notation.ratio(step.output, step.letter)
    return _aligned(left, list(dict.fromkeys(sides)), rf"\tag{{{step.number}}}")


def _put_in(step: Step, term: Term, notation: Notation) -> str:
    """Write a product of the chain rule with its local partial put in."""
    partial, ratio = notation.formula(term.partial), notation.ratio(step.output, term.head)
    if term.head == step.output:
        return partial
    if term.partial in {1, -1}:
        return ratio if term.partial == 1 else f"-{ratio}"
    if term.partial.is_Add or partial.startswith("-"):
        partial = rf"\left({partial}\right)"
    return ratio + (notation.times if partial[0].isdigit() else r" \, ") + partial


def _aligned(left: str, sides: list[str], tag: str = "") -> str:
    """Write an equation of several sides, broken where it is wider than a line."""
    lines: list[str] = []
    for side in sides:
        if lines and _points(lines[-1]) + _points(side) + 15 <= _LINE and "\\quad" not in lines[-1]:
            lines[-1] += f" = {side}"
        else:
            first, *others = _latex_folded(side)
            lines += [f"&= {first}", *(rf"&\quad {line}" for line in others)]
    end = r" \notag \\" if tag else r" \\"
    return f"  {left} " + f"{end}\n    ".join([*lines[:-1], f"{lines[-1]} {tag}".rstrip()])


def _latex_folded(formula: str) -> list[str]:
    """Break a wide formula before a plus or a minus that is in no braces, and between factors."""
    if _points(formula) <= _LINE:
        return [formula]
    for stretchy, fixed in ((r"\left(", r"\bigl("), (r"\right)", r"\bigr)")):
        formula = formula.replace(stretchy, fixed)
    lines = [""]
    for piece in _pieces(formula):
        if lines[-1] and _points(lines[-1]) + _points(piece) > _LINE - 20:
            lines.append("")
        lines[-1] += piece
    return lines


def _pieces(formula: str) -> list[str]:
    """Split a formula before each sum's sign and each opening bracket outside all braces."""
    starts, depth = [0], 0
    for match in re.finditer(r"\\begin|\\end|\\[{}]|[{}]| [+-] |\\bigl\(", formula):
        sign = match[0]
        depth += {"{": 1, "}": -1, "\\begin": 1, "\\end": -1}.get(sign, 0)
        if not depth and (sign in {" + ", " - ", r"\bigl("}):
            starts.append(match.start())
    return [formula[a:b] for a, b in itertools.pairwise([*starts, len(formula)]) if a < b]


def _points(formula: str) -> float:
    """Estimate how wide a formula is set in 10 points."""
    text, before = formula, ""
    while text != before:  # inner braces first
        before = text
        text = re.sub(r"[_^]\{([^{}]*)\}", lambda m: "'" * len(_visible(m[1])), text)
        text = re.sub(r"[_^](\w)", "'", text)
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _wider, text)
        text = re.sub(r"\\(?:mathrm|operatorname|mathtt|text)\{([^{}]*)\}", r"\1", text)
    signs = len(re.findall(r" [=+-] |\\to|\\cdot", text))
    shown = _visible(re.sub(r" [=+-] |\\to|\\cdot(?![a-z])", "", text))
    small = shown.count("'")
    return 13 * signs + 4 * small + 5.6 * (len(shown) - small)


def _wider(fraction: re.Match[str]) -> str:
    return max(_visible(fraction[1]), _visible(fraction[2]), key=len)


def _visible(text: str) -> str:
    """Leave of a formula what takes room: a letter for each Greek one and the like."""
    text = re.sub(r"\\(left|right|bigl|bigr|quad)(?![a-z])|\\[,;!]", "", text)
    text = re.sub(r"\\(partial|[a-zA-Z]?[a-z]{1,6})(?![a-z])", _glyphs, text)
    return re.sub(r"[{}\s&]", "", text)


def _glyphs(command: re.Match[str]) -> str:
    return command[1] if command[1] in _SPELT_OUT else "x"


_SPELT_OUT = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "ln", "max", "min"}


def _latex_number(value: Any) -> str:  # noqa: ANN401 - a number of any system
    """Write a value in LaTeX."""
    import sympy as sp

    if isinstance(value, sp.Expr):
        return str(sp.latex(value))
    text = number(value)
    match = re.fullmatch(r"(-?)(\d+)/(\d+)", text)
    if match:
        return rf"{match[1]}\frac{{{match[2]}}}{{{match[3]}}}"
    if re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", text):
        return re.sub(r"e\+?(-?)0*(\d+)", r" \\cdot 10^{\1\2}", text)
    for sign, command in (("≈", r"\approx "), ("×", r"\times "), ("…", r"\dots ")):
        text = text.replace(sign, f"${command}$")
    return rf"\text{{{text.replace('^', '').replace('_', ' ')}}}"
