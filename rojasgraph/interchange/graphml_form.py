"""The form of GraphML, looked at before networkx reads it: what it would pass over is refused.

networkx reads the first graph of a file, lets a later node, edge or value of the same name
overwrite the one before, calls a node without a name "None", and passes over elements that it does
not know. Entities, which can grow without bound, and depths that no network needs are refused as
well.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from rojasgraph.errors import GraphError

_GRAPHML = "http://graphml.graphdrawing.org/xmlns"

_WITHIN = {
    "graphml": {""},
    "key": {"graphml"},
    "graph": {"graphml"},
    "node": {"graph"},
    "edge": {"graph"},
    "data": {"graphml", "graph", "node", "edge"},
    "desc": {"graphml", "key", "graph", "node", "edge"},
    "default": {"key"},
}
"""The elements that are read, and where they may stand. Others of GraphML mean something else than
a network; those of other vocabularies, such as an editor's, are decoration within `data`."""

_DEPTH = 16
"""Deeper than GraphML nests: graphml, graph, node, data, and an editor's own within."""

_PLAIN = 2**60
"""Whole numbers below it have hashes of their own."""


def check_form(text: bytes) -> int:
    """Walk through GraphML once.

    Returns:
        How many edges there are.

    Raises:
        GraphError: it is none, or says something that would not be read as it is written; the
            message names the line.
    """
    walk = _Walk()
    walk.through(text)
    return walk.edges


class _Walk:
    """Follow the elements of a file."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.path = [""]
        self.graphs = self.edges = 0
        self.keys: set[str] = set()
        self.nodes: set[str] = set()
        self.data: set[str] = set()

    def through(self, text: bytes) -> None:
        try:
            self.parser.Parse(text, True)  # noqa: FBT003 - expat's own
        except GraphError:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:  # of an encoding that is none
            message = f"no XML: {error}"
            raise GraphError(message) from None

    def fault(self, message: str) -> GraphError:
        return GraphError(f"{message} (line {self.parser.CurrentLineNumber})")

    def doctype(self, *_: object) -> None:
        message = "a document type is declared: remove it"
        raise self.fault(message)

    def end(self, _name: str) -> None:
        self.path.pop()

    def start(self, full: str, attributes: Mapping[str, str]) -> None:
        vocabulary, _, name = full.rpartition(" ")
        is_own = vocabulary in {"", _GRAPHML}
        before = self.path[-1]
        self.path.append(name if is_own else full)
        if len(self.path) > _DEPTH:
            message = f"elements are nested deeper than {_DEPTH}"
            raise self.fault(message)
        if not is_own:
            return
        if before not in _WITHIN.get(name, ()):
            place = f"within <{before:.40}>" if before else "at the top"
            message = f"<{name:.40}> {place} is not read as a network: remove it"
            raise self.fault(message)
        getattr(self, f"_{name}", self._nothing)(attributes)

    def _nothing(self, attributes: Mapping[str, str]) -> None:
        """Take an element without a form of its own."""

    def _key(self, attributes: Mapping[str, str]) -> None:
        self._new(self.keys, attributes.get("id"), "key")

    def _graph(self, attributes: Mapping[str, str]) -> None:
        self.data.clear()
        self.graphs += 1
        if self.graphs > 1:
            message = "a second graph: a file holds one network"
            raise self.fault(message)
        if attributes.get("edgedefault") != "directed":
            message = 'a network is directed: edgedefault="directed"'
            raise self.fault(message)

    def _node(self, attributes: Mapping[str, str]) -> None:
        self.data.clear()
        self._new(self.nodes, attributes.get("id"), "node")

    def _edge(self, attributes: Mapping[str, str]) -> None:
        self.data.clear()
        self.edges += 1
        if not {"source", "target"} <= attributes.keys():
            message = "an edge lacks its source or its target"
            raise self.fault(message)
        try:
            key = int(attributes.get("id", "0"))
        except ValueError:
            return  # text
        if abs(key) >= _PLAIN:  # several of them may have one hash
            message = f"an edge has the id {key!r:.40}: whole numbers are below 2^60 here"
            raise self.fault(message)

    def _default(self, _: Mapping[str, str]) -> None:
        message = "default values are not read: write them out"
        raise self.fault(message)

    def _data(self, attributes: Mapping[str, str]) -> None:
        self._new(self.data, attributes.get("key"), "data", "key")

    def _new(self, names: set[str], name: str | None, element: str, attribute: str = "id") -> None:
        if name is None:
            message = f"<{element}> lacks its {attribute}"
            raise self.fault(message)
        if name in names:
            message = f"<{element} {attribute}={name!r:.60}> is there twice"
            raise self.fault(message)
        names.add(name)
