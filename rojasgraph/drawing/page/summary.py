"""What a page says of a network that is too large to be drawn on it."""

from __future__ import annotations

import html
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from rojasgraph.drawing.number_style import NumberStyle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rojasgraph.drawing.walk.numbered import Numbered

_MOST_ROWS = 500


def summary_of(read: Numbered, style: NumberStyle | None = None) -> str:
    """Summarize a network: what it consists of, how deep it is, and its first nodes.

    Args:
        read: the network, numbered.
        style: how numbers are written.

    Returns:
        The content of a page.
    """
    counts = Counter(node["op"] for node in read.order.nodes)
    facts = [
        ("nodes", f"{len(read.nodes):,}"),
        ("edges", f"{len(read.edges):,}"),
        ("depth", f"{_depth(read):,} edges on the longest path"),
        ("outputs", f"{len(read.outputs):,}"),
    ]
    shown = min(len(read.nodes), _MOST_ROWS)
    remark = (
        f"This network is too large for a diagram that can be read ({len(read.nodes):,} nodes): "
        "draw a part of it, with focus= and depth=, or with its groups collapsed."
    )
    parts = (
        f"<p>{remark}</p>",
        _table(("", ""), facts),
        _table(("operation", "nodes"), ((op, f"{n:,}") for op, n in counts.most_common())),
        f"<h2>The first {shown:,} nodes in the order of the feed-forward pass</h2>",
        _table(("node", "operation", "value", "adjoint"), _rows(read, style or NumberStyle())),
    )
    return "\n".join(('<main class="summary">', *parts, "</main>"))


def _depth(read: Numbered) -> int:
    """Count the edges on the longest path."""
    plan, order = read.reading.plan, read.order
    depth = [0] * len(read.nodes)
    for e, head in enumerate(order.heads):  # edges by head, in topological order
        depth[head] = max(depth[head], depth[plan.tails[e]] + 1)
        if e in plan.shared:
            depth[head] = max(depth[head], depth[plan.shared[e]] + 1)
    return max(depth, default=0)


def _rows(read: Numbered, style: NumberStyle) -> Iterable[Sequence[str]]:
    for node, name in islice(zip(read.order.nodes, read.names, strict=True), _MOST_ROWS):
        yield name, node["op"], _label(node, "value", style), _label(node, "adjoint", style)


def _label(node: dict[str, Any], name: str, style: NumberStyle) -> str:
    return "" if node.get(name) is None else style.write(node[name])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = _row("th", heads) if any(heads) else ""
    return f"<table>{head}{''.join(_row('td', row) for row in rows)}</table>"


def _row(tag: str, texts: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(text)}</{tag}>' for text in texts)}</tr>\n"
