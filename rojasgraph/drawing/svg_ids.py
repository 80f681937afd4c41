"""Give the ids of an SVG a prefix of its own, so that several pictures can stand on one page."""

from __future__ import annotations

import hashlib
import re

_TAG = re.compile(r"<[A-Za-z][^<>]*>")
_ATTRIBUTE = re.compile(r'(?<=\s)([\w:-]+)="([^"]*)"')
_TEXTS = frozenset({"title", "xlink:title"})
_LINKS = frozenset({"href", "xlink:href"})


def with_own_ids(svg: str) -> str:
    """Prefix every id of an SVG, and what refers to one.

    Args:
        svg: the text of an SVG, as Graphviz writes it.

    Returns:
        The same picture. The prefix depends on the content only: equal pictures get equal ids.

    >>> with_own_ids('<g id="n0"><path fill="url(#l_0)"/><text> id="n0"</text></g>')
    '<g id="d11294407-n0"><path fill="url(#d11294407-l_0)"/><text> id="n0"</text></g>'
    """
    prefix = f"d{hashlib.sha256(svg.encode()).hexdigest()[:8]}-"

    def renamed(attribute: re.Match[str]) -> str:
        name, value = attribute.groups()
        if name == "id":
            value = prefix + value
        elif name in _LINKS:
            value = re.sub("^#", f"#{prefix}", value)
        elif name not in _TEXTS:
            value = value.replace("url(#", f"url(#{prefix}")
        return f'{name}="{value}"'

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(renamed, tag[0]), svg)
