"""Draw a network in Graphviz's language: `draw`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from rojasgraph.drawing.assembly import Options, checked, drawing_of
from rojasgraph.drawing.dot import write_dot

if TYPE_CHECKING:
    import graphviz
    import networkx as nx


def draw(
    network: nx.DiGraph[Any], style: str | None = None, **options: Unpack[Options]
) -> graphviz.Digraph:
    """Draw a network, with the labels that it carries.

    Args:
        network: a `Network`, or any networkx digraph that meets the graph contract; labeled by
            both passes, by the first, or by none. What is not labeled is not shown.
        style: `table`: a table for each operation, with one derivative for each edge; `circle`:
            Rojas' B-diagram, stored derivatives in the left half, the operation in the right, on
            the edges the value and what is carried back; `units`: weighted edges with an arrow on
            and an arrow back. Default: `units` where weighted edges join operations of one slot,
            else `table`.
        show: which labels are shown, out of `value`, `derivatives` (stored, one for each slot),
            `derivative` (of an edge), `contribution`, `adjoint`, `weight`, `gradient` (of a
            weight): a list, or a text with spaces. Default: what belongs to the style.
        hide: which of these are not shown.
        blank: which of these are shown as ____ for students to fill in; see `worksheet`.
        numbers: `auto` writes short integers and fractions exactly and rounds the rest;
            `decimal` rounds all but integers; `exact` rounds nothing; `symbols` writes formulas
            such as σ′(net) and ∂E/∂h, and needs no labels.
        precision: how many significant digits rounded numbers get.
        example: of a batch, the index of the example that is shown, or `mean`; default a summary.
        unit: `built`: operations as they were built; `split`: Σ and function of a unit apart;
            `fused`: products with a parameter as weighted edges, sum and function as one.
        groups: the node attribute whose values name groups, each framed; `layers` for the layers
            of operations; None for no frames. Where no node has the attribute, what measures the
            error is framed.
        collapse: groups that are drawn as one node: one name, several, or `all`.
        focus: a node around which a part is drawn.
        depth: how many edges away from it a node may be.
        highlight: a path or several (see `paths`), or edges as (tail, head, key), picked out.
        color: `contribution` colors the edges by the size of what they carry back, `gradient` the
            weighted ones by the derivative by their weight; `conditioning`, or what
            `rg.conditioning` gave, the nodes by their share in the rounding error of the output.
        theme: `light`, `dark` or `print` (shades of gray, what flows back in bold).
        rankdir: which way values flow: `LR` (to the right), `RL`, `TB` (down) or `BT`.
        spacing: where all nodes have the attribute `pos=(x, y)`, their fixed places: how many
            points (1/72 inch) one unit of it is long.
        title: a line above the diagram.
        **options: the above, from `show` on.

    Node attributes that are read besides those of the contract: `label` (a name), `latex` (the
    name as TeX writes it), `symbol` (for the operation), `group`, `pos`.

    Returns:
        A `graphviz.Digraph`: `.source` is its text, `.render()` writes a file, and a notebook
        shows the picture.

    Raises:
        GraphError: the network is not a directed graph.
        ArgumentError: an option is not one of those above.

    Source: Rojas, Neural Networks (1996), sections 7.2 (B-diagrams) and 7.3 (units).

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("x", op="input")
    >>> graph.add_node("y", op="mul", output=True)
    >>> _ = graph.add_edge("x", "y", slot=0), graph.add_edge("x", "y", slot=1)
    >>> diagram = draw(graph, title="a square")
    >>> "n0:v:e -> n1:i0:w" in diagram.source, "n0:v:e -> n1:i1:w" in diagram.source
    (True, True)
    """
    return write_dot(drawing_of(network, style, **checked(options)))
