"""Drawings built by hand, one in each style, and random ones."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from rojasgraph.drawing.beziers import straight
from rojasgraph.drawing.cards import Card, Cell, Cluster, Drawing, Line, Table, Words
from rojasgraph.drawing.layout.placement import Placement

TITLE = "E = ½ (σ(w₁x₁ + w₂x₂) − t)²"
SOURCES = {
    "n0": ("x₁", "input", "0.5", "−0.0581"),
    "n1": ("w₁", "parameter", "0.4", "−0.0726"),
    "n2": ("x₂", "input", "−1.25", "−0.0755"),
    "n3": ("w₂", "parameter", "0.52", "0.181"),
    "n4": ("t", "input", "1", "0.611"),
}
OPERATIONS = {
    "n5": ("×", "0.2", "−0.145", (("n0", "0.4"), ("n1", "0.5"))),
    "n6": ("×", "−0.65", "−0.145", (("n2", "0.52"), ("n3", "−1.25"))),
    "n7": ("+", "−0.45", "−0.145", (("n5", "1"), ("n6", "1"))),
    "n8": ("σ", "0.389", "−0.611", (("n7", "0.238"),)),
    "n9": ("−", "−0.611", "−0.611", (("n8", "1"), ("n4", "−1"))),
    "n10": ("½u²", "0.186", "1", (("n9", "−0.611"),)),
}
UNITS = {
    "n0": ("x₁", "0.5", "−0.0581", ()),
    "n1": ("x₂", "−1.25", "−0.0755", ()),
    "n2": ("Σ", "−0.45", "−0.145", (("n0", "0.4", "−0.0726"), ("n1", "0.52", "0.181"))),
    "n3": ("σ", "0.389", "−0.611", (("n2", None, None),)),
    "n4": ("−t", "−0.611", "−0.611", (("n3", None, None),)),
    "n5": ("½u²", "0.186", "1", (("n4", None, None),)),
}
STORED = {"n2": "1", "n3": "0.238", "n4": "1", "n5": "−0.611"}


def forward(text, key=None):
    """Make the words of a value."""
    return Words(text, 9, "forward", key=key)


def backward(text, key=None):
    """Make the words of an adjoint or a derivative."""
    return Words(text, 9, "backward", key=key)


def table(theme="light", rankdir="LR"):
    """Build the network in the table style."""
    cards, lines = [], []
    for node, (name, kind, value, adjoint) in SOURCES.items():
        rows = ((Cell((Words(name, 13, italic=True),), columns=2, port="v", width=30),),)
        cards.append(
            Card(
                node,
                kind,
                Table(rows + footer(node, value, adjoint), 1, rounded=True, fill=kind, padding=4),
                f"{name} ({kind}): value {value}, adjoint {adjoint}",
                main="v",
            )
        )
    for node, (symbol, value, adjoint, arrows) in OPERATIONS.items():
        last = len(arrows) - 1
        rows = [
            [
                Cell(
                    (backward(stored, f"{node}.derivatives.{i}"),),
                    port=f"i{i}",
                    fill="derivative",
                    width=20,
                    height=20,
                    rules="R" if i == last else "RB",
                )
            ]
            for i, (_, stored) in enumerate(arrows)
        ]
        function = Cell((Words(symbol, 15),), port="v", fill="function", rows=len(arrows))
        rows[0].append(function)
        output = node == "n10"
        cards.append(
            Card(
                node,
                "operation",
                Table(
                    (*map(tuple, rows), *footer(node, value, adjoint)),
                    2 if output else 1,
                    padding=5,
                ),
                f"{symbol}: value {value}, adjoint {adjoint}",
                output=output,
                main="v",
            )
        )
        for i, (tail, stored) in enumerate(arrows):
            lines.append(
                Line(f"e{len(lines)}", tail, node, f"i{i}", (), f"edge derivative {stored}")
            )
    return Drawing(
        tuple(cards),
        tuple(lines),
        rankdir,
        TITLE,
        theme=theme,
        description="A neuron and its error.",
    )


def footer(node, value, adjoint):
    """Make the row with adjoint and value."""
    return (
        (
            Cell((backward(adjoint, f"{node}.adjoint"),), rules="TR", rule="border"),
            Cell((forward(value, f"{node}.value"),), rules="T", rule="border"),
        ),
    )


def circle(theme="light", rankdir="LR"):
    """Build the network in the circle style."""
    cards, lines = [], []
    for node, (name, kind, _, _) in SOURCES.items():
        inside = Table(((Cell((Words(name, 13, italic=True),)),),))
        cards.append(Card(node, kind, inside, f"{name} ({kind})", diameter=32, fill=kind))
    values = {node: row[2] for node, row in SOURCES.items()}
    adjoints = {node: row[3] for node, row in SOURCES.items()}
    values |= {node: row[1] for node, row in OPERATIONS.items()}
    adjoints |= {node: row[2] for node, row in OPERATIONS.items()}
    for node, (symbol, _, _, arrows) in OPERATIONS.items():
        left = tuple(
            replace(backward(stored, f"{node}.derivatives.{i}"), size=8)
            for i, (_, stored) in enumerate(arrows)
        )
        right = Words(symbol, 15 if len(symbol) == 1 else 9)
        halves = Table(((Cell(left, width=28, height=52), Cell((right,), width=28, height=52)),))
        cards.append(
            Card(
                node,
                "operation",
                halves,
                f"{symbol}: value {values[node]}",
                diameter=56,
                halves=True,
                output=node == "n10",
            )
        )
        for tail, _ in arrows:
            words = (forward(values[tail], f"{tail}.value"), backward(adjoints[tail]))
            lines.append(Line(f"e{len(lines)}", tail, node, None, words, f"{tail} → {node}"))
    words = (forward("0.186", "n10.value"), backward("1", "n10.adjoint"))
    lines.append(Line("n10o", "n10", None, None, words, "E"))
    return Drawing(
        tuple(cards),
        tuple(lines),
        rankdir,
        TITLE,
        theme=theme,
        description="A neuron and its error.",
    )


def units(theme="light", rankdir="LR"):
    """Build the network in the units style, with twin arrows and a frame."""
    cards, lines = [], []
    for node, (symbol, value, adjoint, arrows) in UNITS.items():
        name = Cell((Words(symbol, 13, italic=not arrows),), width=36, height=28, fill="function")
        if arrows:
            stored = Cell(
                (backward(STORED[node]),),
                width=36,
                height=28,
                fill="derivative",
                rules="R",
                rule="border",
            )
            unit = Table(((stored, name),), border=1, rounded=True, padding=3)
        else:
            unit = Table(((replace(name, fill=None),),), 1, rounded=True, fill="input", padding=3)
        rows = ((Cell((forward(value, f"{node}.value"),)),), (Cell(inside=unit, port="u"),))
        rows += ((Cell((backward(adjoint, f"{node}.adjoint"),)),),)
        kind = "operation" if arrows else "input"
        cards.append(Card(node, kind, Table(rows, padding=1), f"{symbol}: {value}", main="u"))
        for tail, weight, gradient in arrows:
            words = (Words(weight, 9), backward(f"∂w {gradient}")) if weight else ()
            lines.append(
                Line(f"e{len(lines)}", tail, node, "u", words, f"{tail} → {node}", twin=True)
            )
    return Drawing(
        tuple(cards),
        tuple(lines),
        rankdir,
        "forward and back",
        (Cluster("c0", "hidden layer", ("n2", "n3")),),
        theme=theme,
    )


def shared_weight(theme="light", rankdir="LR"):
    """Build a unit with a dashed line from a parameter, a weight picked out, and TeX of its own."""
    cards = [
        Card("n0", "input", named("x", "input"), "x", main="v"),
        Card("n1", "parameter", named("w", "parameter"), "w", main="v", lit=True),
        Card(
            "n2",
            "operation",
            Table(
                (
                    (
                        Cell((backward("1 − y²"),), port="i0", fill="derivative", rules="R"),
                        Cell((Words("tanh", 13, latex=r"\tanh"),), port="v", fill="function"),
                    ),
                ),
                border=1,
                padding=6,
            ),
            "tanh",
            output=True,
            main="v",
        ),
    ]
    lines = [
        Line("e0", "n0", "n2", "i0", (Words("w", 9, italic=True),), "x → tanh", "lit", 2.4),
        Line("e0w", "n1", "n2", "i0", (), "w is the weight of x → tanh", dashed=True),
        Line("n2o", "n2", None, None, (forward("0.76"),), "the output"),
        Line("e9", None, "n0", None, (forward("1"),), "from nowhere"),
    ]
    return Drawing(tuple(cards), tuple(lines), rankdir, theme=theme)


def named(name, kind):
    """Make the table of a source."""
    cell = Cell((Words(name, 13, italic=True),), port="v", width=30)
    return Table(((cell,),), border=1, rounded=True, fill=kind, padding=4)


DRAWINGS = {"table": table, "circle": circle, "units": units, "shared": shared_weight}


def in_a_row(blocks, links, *, rankdir="LR", groups=(), centers=None):
    """Place blocks in a row and lead links straight: a layout that never changes."""
    if centers is None:
        places, x = [], 0.0
        for block in blocks:
            places.append((x + block.width / 2, 0.0))
            x += block.width + 60
        centers = places
    routes = [
        straight(
            (centers[link.tail][0] + blocks[link.tail].width / 2, centers[link.tail][1] + link.out),
            (
                centers[link.head][0] - blocks[link.head].width / 2,
                centers[link.head][1] + link.into,
            ),
        )
        for link in links
    ]
    labels = [
        ((route[0][0] + route[-1][0]) / 2, (route[0][1] + route[-1][1]) / 2 - 12)
        for route in routes
    ]
    return Placement(tuple(centers), tuple(routes), tuple(labels), 0, 0)


# --- random drawings ----------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    "]]>",
    "&amp;\"'",
    "</text></svg>",
    "--><!--",
    "\x00\x1b\ud800\ufffe",
    "two\nlines\r\t",
    "  spaces  ",
    "\\end{document}$%#_^~{}",
    "\\",
    "漢字 עברית 😀",
    "a\u0308\u0301x̄",
    "x₁²₃⁴′ˣ½",
    "",
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=12),
    st.text("0123456789.−×⁻⁷₁σ∂ abWM@", max_size=12),
)
ROLES = ("ink", "forward", "backward", "muted")
GROUNDS = st.sampled_from((None, "derivative", "function", "input", "parameter"))
WORDS = st.builds(
    Words,
    TEXTS,
    st.sampled_from((8, 9, 10, 13, 15)),
    st.sampled_from(ROLES),
    st.booleans(),
    st.one_of(st.none(), st.sampled_from((r"\tanh", "w_{1}", "}", r"\input{x}", "$", ""))),
    st.one_of(st.none(), st.sampled_from(("n0.value", 'a"b<c'))),
)
LINES_OF_TEXT = st.lists(WORDS, max_size=3).map(tuple)


def cells(inside):
    """Make random cells with random tables inside, or none."""
    return st.builds(
        Cell,
        words=LINES_OF_TEXT,
        inside=inside,
        port=st.sampled_from((None, "a", "b", "c")),
        fill=GROUNDS,
        columns=st.integers(1, 3),
        rows=st.integers(1, 3),
        width=st.integers(0, 40),
        height=st.integers(0, 30),
        padding=st.one_of(st.none(), st.integers(0, 6)),
        rules=st.sampled_from(("", "R", "TB", "LRTB")),
        rule=st.sampled_from(("rule", "border")),
    )


def tables_of(some_cells):
    """Make random tables of random cells."""
    rows = st.lists(st.lists(some_cells, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)
    return st.builds(
        Table, rows, st.integers(0, 3), st.booleans(), GROUNDS, padding=st.integers(0, 6)
    )


TABLES = tables_of(cells(st.one_of(st.none(), st.none(), tables_of(cells(st.none())))))
KINDS = st.sampled_from(("input", "parameter", "constant", "operation", "group"))


@st.composite
def random_drawings(draw, *, most=6, with_positions=False):
    """Make drawings of random cards and lines without cycles."""
    count = draw(st.integers(0, most))
    cards = []
    for i in range(count):
        round_ = draw(st.booleans())
        cards.append(
            Card(
                f"n{i}",
                draw(KINDS),
                draw(TABLES),
                draw(TEXTS),
                output=draw(st.booleans()),
                diameter=draw(st.integers(10, 70)) if round_ else None,
                halves=draw(st.booleans()) and round_,
                fill=draw(GROUNDS),
                main=draw(st.sampled_from((None, "a", "absent"))),
                lit=draw(st.booleans()),
            )
        )
    places = st.integers(0, count - 1) if count else st.nothing()
    ends = st.one_of(
        st.tuples(places, places).filter(lambda pair: pair[0] < pair[1]) if count > 1 else places,
        *([places.map(lambda i: (i, None)), places.map(lambda i: (None, i))] if count else []),
    )
    pairs = draw(st.lists(ends, max_size=2 * most)) if count > 1 else []
    lines = [
        Line(
            f"e{i}",
            None if tail is None else f"n{tail}",
            None if head is None else f"n{head}",
            draw(st.sampled_from((None, "a", "b", "absent"))),
            draw(LINES_OF_TEXT),
            draw(TEXTS),
            draw(st.sampled_from(("edge", "lit", "ramp3"))),
            draw(st.sampled_from((0.9, 2.5))),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for i, (tail, head) in enumerate(pairs)
    ]
    positions = None
    if with_positions:
        spots = draw(st.lists(st.integers(0, 99), min_size=count, max_size=count, unique=True))
        positions = {
            f"n{i}": (400.0 * (spot % 10), 300.0 * (spot // 10)) for i, spot in enumerate(spots)
        }
    return Drawing(
        tuple(cards),
        tuple(lines),
        draw(st.sampled_from(("LR", "RL", "TB", "BT"))),
        draw(st.one_of(st.none(), TEXTS)),
        positions=positions,
        theme=draw(st.sampled_from(("light", "dark", "print"))),
        description=draw(TEXTS),
    )
