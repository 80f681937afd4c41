"""Write the steps of a derivation as text, Markdown, LaTeX and HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rojasgraph.derivation.explanation import Step
    from rojasgraph.derivation.letters import Formula

MOST_PATHS = 32
"""Up to how many paths a derivative is written out in letters; beyond, the chain rule must do."""

LONGEST_FACTORED = 200
"""Up to how many characters a factored formula stands in a table."""

_LATEX_LINE = 90
"""Up to how many characters a formula stands on one line with the chain rule, in LaTeX."""


@dataclass(frozen=True)
class Notation:
    """How formulas are written in one format.

    Attributes:
        formula: writes a sympy expression.
        ratio: writes the derivative of one letter by another.
        times: what stands between two factors of the chain rule.
        equals: what stands between two sides of an equation.
    """

    formula: Callable[[Formula], str]
    ratio: Callable[[Formula, Formula], str]
    times: str
    equals: str


TEXT = Notation(str, lambda a, b: f"∂{a}/∂{b}", "·", " = ")
"""Plain text, whose formulas can be parsed again."""


def latex_notation(steps: Sequence[Step]) -> Notation:
    """Write formulas in LaTeX, with the names that the network gives (attribute `latex`)."""
    import sympy as sp

    names = {symbol: latex for step in steps[:1] for symbol, latex in step.latex_names.items()}

    def formula(expression: Formula) -> str:
        return str(sp.latex(expression, symbol_names=names))

    def ratio(a: Formula, b: Formula) -> str:
        return rf"\frac{{\partial {formula(a)}}}{{\partial {formula(b)}}}"

    return Notation(formula, ratio, r" \cdot ", " = ")


def chain(step: Step, notation: Notation) -> str:
    """Write the chain rule of a step: along one edge, or the sum over several."""
    if not step.terms:
        return "1"
    return " + ".join(
        notation.ratio(step.output, term.head) + notation.times
        + notation.ratio(term.head, step.letter)
        for term in step.terms
    )


def partials(step: Step, notation: Notation) -> list[str]:
    """Write the local partials of a step, an equation each."""
    return [
        notation.ratio(term.head, step.letter) + notation.equals + notation.formula(term.partial)
        for term in step.terms
    ]


def defined(step: Step, notation: Notation) -> str:
    """Write a node with what it computes; a source by its letter alone."""
    if step.kind != "operation":
        return notation.formula(step.letter)
    return notation.formula(step.letter) + notation.equals + notation.formula(step.definition)


def in_letters(step: Step, notation: Notation) -> str:
    """Write the derivative in letters; where many paths would make it long, say how many."""
    if step.n_paths > MOST_PATHS:
        return f"{step.n_paths} products"
    return notation.formula(step.in_letters)


def factored(step: Step, notation: Notation) -> str:
    """Write the derivative in the sources, factored; "…" where that would be long."""
    if step.n_paths > MOST_PATHS:
        return "…"
    text = str(step.factored)
    return notation.formula(step.factored) if len(text) <= LONGEST_FACTORED else "…"


_HEADINGS = ("step", "node", "chain rule", "local partials", "in letters", "factored", "paths")


def _table(steps: Sequence[Step], notation: Notation) -> list[list[str]]:
    """Make the rows of a table, headings first; with values where the network is labeled."""
    rows = [list(_HEADINGS)]
    rows += [
        [
            str(step.number),
            defined(step, notation),
            notation.ratio(step.output, step.letter) + notation.equals + chain(step, notation),
            ", ".join(partials(step, notation)),
            in_letters(step, notation),
            factored(step, notation),
            str(step.n_paths),
        ]
        for step in steps
    ]
    if any(step.value is not None for step in steps):
        rows[0].append("value")
        for row, step in zip(rows[1:], steps, strict=True):
            row.append(number(step.value))
    return rows


def number(value: Any) -> str:  # noqa: ANN401 - a number of any system, or None
    """Write a value: exact numbers exactly, floats to six digits."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def as_text(steps: Sequence[Step]) -> str:
    """Write a table in plain text; its formulas can be parsed again."""
    table = _table(steps, TEXT)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def as_markdown(steps: Sequence[Step]) -> str:
    """Write a table in Markdown, its formulas in LaTeX between dollar signs."""
    head, *rows = _mathematical(steps)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_html(steps: Sequence[Step]) -> str:
    """Write a table in HTML; a notebook typesets the formulas between dollar signs."""
    head, *rows = _mathematical(steps)
    listed = [_html_row("th", head), *(_html_row("td", row) for row in rows)]
    return "<table>\n" + "\n".join(listed) + "\n</table>"


def _html_row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _mathematical(steps: Sequence[Step]) -> list[list[str]]:
    """Make the table in LaTeX, with dollar signs about every formula."""
    head, *rows = _table(steps, latex_notation(steps))
    upright = {0, len(_HEADINGS) - 1}
    return [
        head,
        *(
            [cell if i in upright or not cell else f"${cell}$" for i, cell in enumerate(row)]
            for row in rows
        ),
    ]


def as_latex(steps: Sequence[Step]) -> str:
    r"""Write the steps as an `align` environment, whose numbers are those of the steps."""
    notation = latex_notation(steps)
    lines = [_latex_step(step, notation) for step in steps]
    return "\\begin{align}\n" + " \\\\\n".join(lines) + "\n\\end{align}"


def _latex_step(step: Step, notation: Notation) -> str:
    left = notation.ratio(step.output, step.letter)
    sides = [chain(step, notation)] if step.terms else []
    if step.n_paths <= MOST_PATHS:
        sides.append(in_letters(step, notation))
    if step.value is not None:
        sides.append(_latex_number(step.value))
    sides = list(dict.fromkeys(sides))
    parts = " = ".join(sides)
    if len(parts) > _LATEX_LINE:
        parts = " \\nonumber \\\\\n  &= ".join(sides)
    return f"  {left} &= {parts}"


def _latex_number(value: Any) -> str:  # noqa: ANN401 - a number of any system
    import sympy as sp

    if isinstance(value, Fraction):
        return str(sp.latex(sp.Rational(value.numerator, value.denominator)))
    return re.sub(r"e([+-]?)0*([0-9]+)$", r" \\cdot 10^{\1\2}", number(value)).replace("{+", "{")


def latex_name(text: str) -> str:
    r"""Write a name as a mathematician does: digits and parts behind an underscore lowered.

    >>> [latex_name(name) for name in ("w3_11", "w_x_h", "out", "x<y")]
    ['w_{3,11}', 'w_{x,h}', '\\mathrm{out}', '\\text{x$<$y}']
    """
    match = _NAME.fullmatch(text)
    if match is None:
        return rf"\text{{{''.join(_TEX.get(c, c) for c in text)}}}"
    stem, rest = match[1], match[2].strip("_")
    upright = rf"\mathrm{{{stem}}}" if len(stem) > 1 and stem not in _GREEK else stem
    upright = rf"\{stem}" if stem in _GREEK else upright
    parts = [_lowered(part) for part in rest.split("_") if part]
    return f"{upright}_{{{','.join(parts)}}}" if parts else upright


_NAME = re.compile(r"([A-Za-z]+)((?:_?[0-9]+)?(?:_[A-Za-z0-9]+)*)")
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi "
    "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split()
)
_TEX = {
    **{c: rf"\{c}" for c in "#$%&_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"<": "$<$", ">": "$>$", "|": "$|$"},
}


def _lowered(part: str) -> str:
    match = re.fullmatch(r"([A-Za-z]+)([0-9]+)", part)
    if match:
        return rf"{_lowered(match[1])}_{{{match[2]}}}"
    return part if part.isdigit() or len(part) == 1 else rf"\mathrm{{{part}}}"
