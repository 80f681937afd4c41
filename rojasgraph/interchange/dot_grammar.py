r"""The grammar of DOT, as far as a network needs it: one directed graph of nodes and edges.

The form may be any: comments, line breaks, attributes in any order, texts joined by `+`, names with
and without quotes; so a file is also read after Graphviz has written it anew. In a text between
quotes `\"` is a quote, and a backslash before a line's end is nothing; all else is as it stands.
What means something else than a network is refused: subgraphs, ports, undirected graphs. Nothing
nests, so what is read is as flat as a table, and the time is that of its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from sys import intern
from typing import Literal

from rojasgraph.errors import GraphError

_TOKEN = re.compile(
    r"""(?P<blank>\s++|//[^\n]*+|/\*[\s\S]*?\*/|^\#[^\n]*+)
    |(?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+)
    |(?P<number>-?(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?+))
    |(?P<quoted>"[^"\\]*+(?:\\[\s\S][^"\\]*+)*+")
    |(?P<sign>->|--|[{}\[\]=;,:+<])""",
    re.ASCII | re.MULTILINE | re.VERBOSE,
)
_ESCAPED = re.compile(r'\\(?:(")|\r?\n|[\s\S])')
_KEYWORDS = frozenset({"strict", "graph", "digraph", "subgraph", "node", "edge"})

Kind = Literal["graph", "node", "edge"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a graph.

    Attributes:
        line: where it begins.
        kind: what it speaks of.
        names: the node, or the edge's tail and head; none where it speaks of the graph, or of what
            all nodes or edges have.
        attributes: texts by name.
    """

    line: int
    kind: Kind
    names: tuple[str, ...]
    attributes: dict[str, str]


def statements(text: str) -> Iterator[Statement]:
    """Read a graph's statements, one after the other.

    Raises:
        GraphError: it is no DOT, or something else than a network; the message has the line.

    >>> for statement in statements('digraph { a [op=exp]; a -> "b c" [key="0"] }'):
    ...     print(statement.kind, statement.names, statement.attributes)
    node ('a',) {'op': 'exp'}
    edge ('a', 'b c') {'key': '0'}
    """
    source = _Source(text)
    _open(source)
    while not source.takes("}"):
        yield _statement(source)
        source.takes(";")
    if source.kind != "end":
        raise source.fault("a file holds one network, and nothing after it")


class _Source:
    """A text, token by token: `kind` and `token` are those of the one that comes next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._start = self._end = 0
        self.line = 1
        self.step()

    def step(self) -> None:
        """Go on to the next token, over what is blank."""
        self.kind = "blank"
        while self.kind == "blank":
            self.line += self._text.count("\n", self._start, self._end)
            match = _TOKEN.match(self._text, self._end)
            if match is None:
                self.kind, self.token = "end", self._text[self._end : self._end + 20]
                if self.token:
                    raise self.fault("this is no DOT")
                return
            self._start, self._end = match.span()
            self.kind, self.token = match.lastgroup or "", match[0]
        if self.kind == "word" and self.token.lower() in _KEYWORDS:
            self.kind, self.token = "keyword", self.token.lower()

    def takes(self, *tokens: str) -> bool:
        """Step over a sign or a keyword, if it is one of these."""
        is_one = self.sees(*tokens)
        if is_one:
            self.step()
        return is_one

    def sees(self, *tokens: str) -> bool:
        """Tell whether a sign or a keyword comes next, and is one of these."""
        return self.kind in {"sign", "keyword"} and self.token in tokens

    def asks(self, sign: str) -> None:
        """Step over a sign that must be there."""
        if not self.takes(sign):
            raise self.fault(f"{sign!r} is missing")

    def name(self) -> str:
        """Step over a name or a text, and give it."""
        found = self.token
        if self.kind in {"word", "number"}:
            self.step()
            return found
        if self.kind != "quoted":
            is_html = found == "<"
            what = (
                "a drawing, with texts in HTML, is no network" if is_html else "a name is missing"
            )
            raise self.fault(what)
        parts = [_unquoted(found)]
        self.step()
        while self.takes("+"):
            if self.kind != "quoted":
                raise self.fault("only texts between quotes are joined")
            parts.append(_unquoted(self.token))
            self.step()
        return "".join(parts)

    def fault(self, message: str) -> GraphError:
        """Make an error that has the line."""
        found = f"{self.token[:20]!r}" if self.token else "the end"
        return GraphError(f"{message}: {found} in line {self.line}")


def _unquoted(token: str) -> str:
    inner = token[1:-1]
    return _ESCAPED.sub(_meaning, inner) if "\\" in inner else inner


def _meaning(escape: re.Match[str]) -> str:
    return escape[1] or ("" if escape[0].endswith("\n") else escape[0])


def _open(source: _Source) -> None:
    """Read what stands before the statements."""
    if source.takes("strict"):
        raise source.fault("a network may have parallel edges: it is not 'strict'")
    if source.takes("graph"):
        raise source.fault("a network is directed: it is a 'digraph', with edges ->")
    if not source.takes("digraph"):
        raise source.fault("a network begins with 'digraph'")
    if source.kind in {"word", "number", "quoted"}:
        source.name()
    source.asks("{")


def _statement(source: _Source) -> Statement:
    line = source.line
    if source.takes("graph"):
        return Statement(line, "graph", (), _attributes(source))
    if source.takes("node"):
        return Statement(line, "node", (), _attributes(source))
    if source.takes("edge"):
        return Statement(line, "edge", (), _attributes(source))
    if source.kind == "keyword" or source.sees("{"):
        raise source.fault("a network has no graph within it: remove it")
    name = source.name()
    if source.takes("="):
        return Statement(line, "graph", (), {intern(name): source.name()})
    if source.sees(":"):
        raise source.fault("an edge leads to nodes, not to ports of them")
    if source.sees("--"):
        raise source.fault("a network is directed: its edges are ->")
    if not source.takes("->"):
        return Statement(line, "node", (name,), _attributes(source))
    head = source.name()
    if source.sees("->", ":"):
        raise source.fault("each edge is a statement of its own, from node to node")
    return Statement(line, "edge", (name, head), _attributes(source))


def _attributes(source: _Source) -> dict[str, str]:
    """Read lists of attributes, none of which may be there twice."""
    found: dict[str, str] = {}
    while source.takes("["):
        while not source.takes("]"):
            name = intern(source.name())
            source.asks("=")
            if name in found:
                raise source.fault(f"the attribute {name!r:.60} is there twice")
            found[name] = source.name()
            source.takes(",", ";")
    return found
