"""Read the text of a derivation: definitions and claimed equalities, line by line.

    # a comment
    z = w*x + b                       a definition: a name that has none yet
    s = 1/(1 + exp(-z))
    C = (s - y)**2/2
    dC/ds = s - y                     a claim: a derivative of one name by another
    dC/dw = dC/ds * ds/dz * x         it may use other derivatives
          = (s - y)*s*(1 - s)*x       and go on: one more claim about the same left side
    s = 1 - 1/(1 + exp(z))            a claim about a value: a name that is defined already
    2*C = (s - y)**2                  any other equality is a claim, too
    step = -rate*dC/dw                a name for what is made of derivatives

Formulas are those of `parse`. A derivative dy/dx, also written ∂y/∂x or d(y)/d(x), is one symbol.
Names that no line defines are inputs. A name may be used first and defined later.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from rojasgraph.derivation.claims import Claim
from rojasgraph.errors import FormulaError, GraphError
from rojasgraph.expressions import Expression
from rojasgraph.formula import ALIASES, LONGEST, parse
from rojasgraph.network import Network
from rojasgraph.primitives import identity
from rojasgraph.table import TABLE

Subject = tuple[str, str]
"""(y, x) for the derivative dy/dx; (y, "") for the value of y."""

_SIGNS = str.maketrans("−×·∙⋅÷\r\v\f", "-****/   ")
"""Signs of handwriting that mean an operator; one for one, so that columns stay."""

_NAME = r"(?:([^\W\d]\w*)|\(\s*([^\W\d]\w*)\s*\))"
_CALLED = re.compile(r"([^\W\d]\w*)\s*\([\w\s,]+\)")
_RATIO = re.compile(rf"(?<!\w)[d∂]\s*{_NAME}\s*/\s*[d∂]\s*{_NAME}")


class Part(NamedTuple):
    """What a side's formula has a name for that no node bears.

    Attributes:
        ratio: the derivative that it is; None for a name that a line gave to a formula.
        side: that formula; for a derivative, what it was last claimed to be, if it was.
    """

    ratio: Subject | None
    side: Side | None


@dataclass(frozen=True, eq=False)
class Side:
    """One side of an equality.

    Attributes:
        expression: its formula, with a name for each derivative.
        claim: the same, ready to be evaluated.
        parts: what those names stand for that are no node's.
        length: how many characters it is written with.
    """

    expression: Expression
    claim: Claim
    parts: Mapping[str, Part]
    length: int

    def needed(self, *, claimed: bool) -> list[Side]:
        """List the formulas to evaluate before, derivatives being those claimed, or the true."""
        chosen = (p.side for p in self.parts.values() if claimed or p.ratio is None)
        return [side for side in chosen if side is not None]


@dataclass(frozen=True)
class Statement:
    """One equality of a derivation.

    Attributes:
        number: its line, counted from 1.
        text: as it stands there; of a chain a = b = c, the second is "= c".
        left: what it is about.
        right: what this is said to be.
        before: in a chain, the side before.
        subject: the derivative or value on the left; None for another formula.
        defines: whether it is a definition.
    """

    number: int
    text: str
    left: Side
    right: Side
    before: Side | None
    subject: Subject | None
    defines: bool


@dataclass(frozen=True)
class Document:
    """A derivation that has been read.

    Attributes:
        statements: its equalities, in order.
        nodes: by name, the formula that a definition gave, over inputs and other such nodes.
        inputs: the names that no line defines.
    """

    statements: list[Statement]
    nodes: dict[str, Expression]
    inputs: list[str]

    @cached_property
    def network(self) -> Network:
        """The network of all definitions."""
        net = Network.from_expressions(*self.nodes.values()) if self.nodes else Network()
        for name in self.inputs:
            if name not in net:  # used beside derivatives only
                net.add_input(name)
        return net


def read_document(text: str) -> Document:
    """Read a derivation.

    Raises:
        FormulaError: a line cannot be read; the message names the line and the column.
    """
    if not isinstance(text, str):
        message = f"a derivation is text; got {type(text).__name__}"
        raise FormulaError(message)
    if len(text) > LONGEST:
        message = f"the derivation has {len(text)} characters; at most {LONGEST} are read"
        raise FormulaError(message)
    reader = _Reader()
    statements: list[Statement] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            statements += reader.line(number, line.partition("#")[0].translate(_SIGNS).rstrip())
        except GraphError as error:
            raise _at_line(number, error) from None
    nodes = reader.built()
    inputs = [name for name in reader.known if name not in nodes]
    return Document(statements, nodes, inputs)


def _at_line(number: int, error: GraphError) -> FormulaError:
    column = getattr(error, "column", None)
    return FormulaError(f"line {number}: {str(error).removesuffix(f' (column {column})')}", column)


@dataclass
class _Reader:
    """What the lines so far have said.

    Attributes:
        known: the names of values: of definitions and inputs (an ordered set).
        defined: the formulas of definitions, by name.
        lines: the lines these stand in.
        short: what names stand for that were given to formulas with derivatives.
        claimed: what was last claimed about each derivative.
        last: the last equality.
    """

    known: dict[str, None] = field(default_factory=dict)
    defined: dict[str, Side] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    short: dict[str, Side] = field(default_factory=dict)
    claimed: dict[Subject, Side] = field(default_factory=dict)
    last: Statement | None = None

    def line(self, number: int, text: str) -> Iterator[Statement]:
        """Read one line, without its comment."""
        if not text.strip():
            return
        (at, left), *rights = _pieces(text)
        if not rights:
            message = "a line is an equality, such as z = w*x + b or dz/dw = x"
            if "=" in left:
                message = "a parenthesis left of = is not closed"
            raise FormulaError(message)
        if not left.strip() and self.last is None:
            message = "nothing stands left of =, and no line before"
            raise FormulaError(message, 1)
        for column, right in rights:
            goes_on = column != rights[0][0] or not left.strip()
            shown = f"= {right.strip()}" if goes_on else f"{left.strip()} = {right.strip()}"
            if goes_on:
                statement = self._further(number, shown, right, column)
            elif self._is_new(left.strip()):
                statement = self._definition(number, shown, (at, left), (column, right))
            else:
                self._refuse_function(left, at)
                side, subject = self._side(left, at), self._subject(left.strip())
                value = self._side(right, column)
                statement = Statement(number, shown, side, value, None, subject, defines=False)
            if statement.subject and statement.subject[1]:
                self.claimed[statement.subject] = statement.right
            self.last = statement
            yield statement

    def _further(self, number: int, shown: str, right: str, column: int) -> Statement:
        """Read a link of a chain."""
        last = self.last
        assert last is not None  # noqa: S101 - `line` has looked
        side = self._side(right, column)
        return Statement(number, shown, last.left, side, last.right, last.subject, defines=False)

    # --- left sides -------------------------------------------------------------------------

    def _is_new(self, left: str) -> bool:
        name = _word(left)
        return left.isidentifier() and name not in self.defined and name not in self.short

    def _refuse_function(self, left: str, at: int) -> None:
        """Refuse f(x) as the left side that defines f."""
        called = _CALLED.fullmatch(left.strip())
        if called and called[1] not in TABLE and called[1] not in ALIASES:
            message = f"a function is defined by its name alone: {called[1]} = …"
            raise FormulaError(message, at + _indent(left) + 1)

    def _subject(self, left: str) -> Subject | None:
        if left.isidentifier():
            return _word(left), ""
        match = _RATIO.fullmatch(left)
        return self._derivative(match, 0) if match else None

    def _definition(
        self, number: int, shown: str, left: tuple[int, str], right: tuple[int, str]
    ) -> Statement:
        name, column = _word(left[1].strip()), left[0] + _indent(left[1])
        if keyword.iskeyword(name) or name == "pi":
            message = f"{name} means something else in formulas: choose another name"
            raise FormulaError(message, column + 1)
        side = self._side(right[1], right[0], defines=True)
        if side.parts and name in self.known:
            message = (
                f"{name} stands in formulas before, so it cannot be defined by derivatives: give "
                f"this value a name of its own, such as {name}_new"
            )
            raise FormulaError(message, column + 1)
        (self.short if side.parts else self.defined)[name] = side
        self.lines[name] = number
        if not side.parts:
            self.known[name] = None
        meant = self._side(left[1], left[0])
        return Statement(number, shown, meant, side, None, (name, ""), defines=True)

    # --- formulas ---------------------------------------------------------------------------

    def _side(self, text: str, at: int, *, defines: bool = False) -> Side:
        """Read a formula that starts at a column; a definition may name new inputs."""
        plain, parts = self._without_derivatives(text, at)
        try:
            expression = parse(plain)
        except FormulaError as error:
            message = str(error).removesuffix(f" (column {error.column})")
            raise FormulaError(message, at + (error.column or 1)) from None
        claim = Claim(expression)
        names = [str(name) for name in claim.names]
        parts |= {name: Part(None, self.short[name]) for name in names if name in self.short}
        unknown = [name for name in names if name not in self.known and name not in parts]
        if unknown and not defines:
            raise self._unknown(plain, at, unknown)
        self.known |= dict.fromkeys(sorted(unknown, key=plain.find))
        return Side(expression, claim, parts, len(text))

    def _without_derivatives(self, text: str, at: int) -> tuple[str, dict[str, Part]]:
        """Put a name in the place of each derivative, with blanks, so that columns stay."""
        underscores = "_" * (1 + max(map(len, re.findall("_+", text)), default=0))
        found: dict[Subject, str] = {}

        def name(match: re.Match[str]) -> str:
            ratio = self._derivative(match, at)
            if ratio is None:
                return match[0]
            return found.setdefault(ratio, f"{underscores}{len(found)}").ljust(len(match[0]))

        plain = _RATIO.sub(name, text)
        return plain, {n: Part(ratio, self.claimed.get(ratio)) for ratio, n in found.items()}

    def _derivative(self, match: re.Match[str], at: int) -> Subject | None:
        """Tell the derivative dy/dx from the quotient of two names that start with d."""
        top, bottom = _word(match[1] or match[2]), _word(match[3] or match[4])
        column = at + match.start() + 1
        if top in self.short:
            message = f"{top} is made of derivatives: its own derivatives are not known here"
            raise FormulaError(message, column)
        unknown = [name for name in (top, bottom) if name not in self.known]
        are_names = match[1] and match[3] and {f"d{top}", f"d{bottom}"} <= self.known.keys()
        if are_names and not unknown:
            message = f"{match[0]} may be a derivative or a quotient: write (d{top})/d{bottom}"
            raise FormulaError(message, column)
        if not are_names and (len(unknown) == 1 or (unknown and "∂" in match[0])):
            message = f"{match[0]}: no line before knows {self._names(unknown[0])}"
            raise FormulaError(message, column)
        return None if unknown else (top, bottom)

    def _unknown(self, text: str, at: int, unknown: list[str]) -> FormulaError:
        """Make the error for a claim with names that no line before has."""
        place = {n: m.start() for n in unknown if (m := re.search(rf"(?<!\w){n}(?!\w)", text))}
        first = min(unknown, key=lambda n: place.get(n, len(text)))
        message = f"no line before knows {self._names(first)}"
        return FormulaError(message, at + place.get(first, 0) + 1)

    def _names(self, unknown: str) -> str:
        """Name what is not known, and what is; w in a known wx may be a forgotten product."""
        known = ", ".join([*self.known, *self.short][:20]) or "none"
        joined = (n for n in self.known if unknown in n and len(n) == 2 and n.isalpha())  # noqa: PLR2004
        hint = next((f"; a product is written {n[0]}*{n[1]}, not {n}" for n in joined), "")
        return f"{unknown}; known: {known}{hint}"

    # --- definitions ------------------------------------------------------------------------

    def built(self) -> dict[str, Expression]:
        """Build a node for each definition, after those that it uses."""
        uses = {
            name: [n for n in sorted(side.claim.names) if n in self.defined]
            for name, side in self.defined.items()
        }
        try:
            order = list(TopologicalSorter(uses).static_order())
        except CycleError as error:
            *cycle, _ = error.args[1][::-1]
            last = max(cycle, key=lambda name: self.lines[name])  # its line closes the cycle
            at = cycle.index(last)
            way = " needs ".join([*cycle[at:], *cycle[: at + 1]])
            message = f"{last} is defined by itself: {way}"
            raise _at_line(self.lines[last], FormulaError(message)) from None
        nodes: dict[str, Expression] = {}
        for name in order:
            formula = _substituted(self.defined[name].expression, nodes)
            is_named = formula.name is not None
            nodes[name] = (identity(formula) if is_named else formula).named(name)
        return {name: nodes[name] for name in self.defined}


def _pieces(text: str) -> list[tuple[int, str]]:
    """Split an equality at its signs =, but not at those in calls; give columns, too."""
    pieces, start, depth = [], 0, 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character != "=" or depth > 0:
            continue
        if text[i - 1 : i] in set("=<>!:"):
            message = "an equality has one ="
            raise FormulaError(message, i)
        pieces.append((start, text[start:i]))
        start = i + 1
    return [*pieces, (start, text[start:])]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _word(name: str) -> str:
    """Write a name as formulas do: Python's grammar takes some signs for others."""
    return unicodedata.normalize("NFKC", name)


def _substituted(formula: Expression, nodes: Mapping[str, Expression]) -> Expression:
    """Put nodes in the place of a formula's inputs of their names."""
    done: dict[Expression, Expression] = {}
    waiting = [formula]
    while waiting:
        node = waiting[-1]
        missing = [operand for operand in node.operands if operand not in done]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if node.op == "input":
            done[node] = nodes.get(str(node.name), node)
        elif any(done[operand] is not operand for operand in node.operands):
            operands = [done[operand] for operand in node.operands]
            done[node] = Expression(node.op, operands, arguments=node.arguments)
        else:
            done[node] = node
    return done[formula]
