"""Placing blocks in layers: nothing overlaps, routes keep off blocks, and pictures are orderly."""

from __future__ import annotations

import random
from itertools import combinations, pairwise, product
from math import cos, hypot, inf, nan, pi, sin

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rojasgraph.drawing.layout.crossings import Crossings
from rojasgraph.drawing.layout.cutting import levels_of
from rojasgraph.drawing.layout.ladder import ladder_of
from rojasgraph.drawing.layout.layering import Block, Link, Placement, place, place_crowded
from rojasgraph.drawing.layout.ordering import order
from rojasgraph.drawing.layout.ranking import rank
from rojasgraph.errors import ArgumentError, CycleError
from tests.effort import tries

CLOSE = 1e-6
APART = 12
SAMPLES = 24


# What is drawn at random -------------------------------------------------------------------------


@st.composite
def graphs(draw, most=12):
    """Draw boxes and circles, and links: some parallel, with labels, at offsets."""
    lengths = st.floats(4, 120)
    blocks = []
    for _ in range(draw(st.integers(0, most))):
        width = draw(lengths)
        blocks.append(
            Block(width, width, round=True) if draw(st.booleans()) else Block(width, draw(lengths))
        )
    names = draw(st.permutations(range(len(blocks))))
    links = []
    for _ in range(draw(st.integers(0, 2 * most)) if len(blocks) > 1 else 0):
        low, high = sorted(draw(st.sets(st.integers(0, len(blocks) - 1), min_size=2, max_size=2)))
        tail, head = names[low], names[high]
        label = draw(st.sampled_from([(0, 0), (30, 12), (36, 22), (90, 40)]))
        shares = draw(st.tuples(*[st.sampled_from([0, 0, -0.4, 0.25, 0.5])] * 2))
        least = [min(blocks[end].width, blocks[end].height) for end in (tail, head)]
        out, into = (share * size for share, size in zip(shares, least, strict=True))
        links.append(Link(tail, head, out, into, *label))
    return blocks, links


rankdirs = st.sampled_from(["LR", "RL", "TB", "BT"])


def wired(nodes, links, seed, reach=10**9, label=(0.0, 0.0)):
    """Wire blocks at random, all in one part."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    heads = [*range(1, nodes), *(chance.randrange(1, nodes) for _ in range(links - nodes + 1))]
    ends = [(chance.randrange(max(0, head - reach), head), head) for head in heads]
    chance.shuffle(ends)
    return [Block(50, 30)] * nodes, [
        Link(tail, head, 0.0, chance.choice([-10.0, 0.0, 10.0]), *label) for tail, head in ends
    ]


# What holds of every drawing ---------------------------------------------------------------------


def box(center, width, height):
    """Give the edges of a box."""
    x, y = center
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def overlap(one, other):
    """Say by how much two boxes overlap; negative where they do not."""
    return min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(
        one[1], other[1]
    )


def boxes_of(done, blocks):
    """Give the boxes of the blocks."""
    return [box(c, b.width, b.height) for c, b in zip(done.centers, blocks, strict=True)]


def labels_of(done, links):
    """Give the boxes of the labels."""
    return [
        box(c, link.width, link.height)
        for c, link in zip(done.labels, links, strict=True)
        if c is not None
    ]


def points_of(route, samples=SAMPLES):
    """List points of a route."""
    for first in range(0, len(route) - 1, 3):
        curve = route[first : first + 4]
        for step in range(samples + 1):
            t = step / samples
            shares = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
            yield tuple(
                sum(s * p[axis] for s, p in zip(shares, curve, strict=True)) for axis in (0, 1)
            )


def inside(point, block, center, depth=CLOSE):
    """Say whether a point is inside a block by more than a depth."""
    x, y = point[0] - center[0], point[1] - center[1]
    if block.round:
        return hypot(x, y) < block.width / 2 - depth
    return abs(x) < block.width / 2 - depth and abs(y) < block.height / 2 - depth


def check_apart(done, blocks, links):
    """No block or label overlaps another one, and all lie inside the drawing."""
    boxes, labels = boxes_of(done, blocks), labels_of(done, links)
    for one, other in combinations([*boxes, *labels], 2):
        assert min(overlap(one, other)) <= CLOSE
    for left, top, right, bottom in [*boxes, *labels]:
        assert min(left, top) >= -CLOSE
        assert right <= done.width + CLOSE
        assert bottom <= done.height + CLOSE
    for route in done.routes:
        for x, y in points_of(route, 4):
            assert -CLOSE <= x <= done.width + CLOSE
            assert -CLOSE <= y <= done.height + CLOSE


def check_frames(done, blocks, groups):
    """Around the members of a group there is a rectangle, with a margin, without other blocks."""
    boxes = boxes_of(done, blocks)
    for group in groups:
        sides = list(zip(*(boxes[block] for block in group), strict=True))
        frame = min(sides[0]) - 8, min(sides[1]) - 8, max(sides[2]) + 8, max(sides[3]) + 8
        for block in set(range(len(blocks))) - set(group):
            assert min(overlap(frame, boxes[block])) <= CLOSE


def check_routes(done, blocks, links):
    """Routes are chains of cubic curves that pass through no block."""
    for link, route in zip(links, done.routes, strict=True):
        assert len(route) % 3 == 1
        assert len(route) > 1
        for point in points_of(route):
            for number, (block, center) in enumerate(zip(blocks, done.centers, strict=True)):
                assert not inside(point, block, center), (link, number, point)


def along_and_across(point, rankdir):
    """Split a point into how far along the flow it is, and how far across."""
    along, across = point if rankdir in {"LR", "RL"} else point[::-1]
    return (along if rankdir in {"LR", "TB"} else -along), across


def sizes(block, rankdir):
    """Give how long a block is along the flow, and how broad across."""
    return (block.width, block.height) if rankdir in {"LR", "RL"} else (block.height, block.width)


# Every drawing -----------------------------------------------------------------------------------


def check_layers(done, blocks, _links, rankdir):
    """Blocks beside one another leave room between them."""
    for one, other in combinations(boxes_of(done, blocks), 2):
        along, across = overlap(one, other)
        if rankdir in {"TB", "BT"}:
            along, across = across, along
        assert along <= CLOSE or across <= -APART + CLOSE


def check_heads(done, blocks, links, rankdir):
    """Every link leads on, by a step at least."""
    for link in links:
        tail, _ = along_and_across(done.centers[link.tail], rankdir)
        head, _ = along_and_across(done.centers[link.head], rankdir)
        reach = (sizes(blocks[link.tail], rankdir)[0] + sizes(blocks[link.head], rankdir)[0]) / 2
        assert head - tail >= reach + APART


def check_labels(done, links):
    """No route passes through a label, be it its own."""
    labels = labels_of(done, links)
    for route in done.routes:
        for x, y in points_of(route):
            for left, top, right, bottom in labels:
                assert not (left + 0.1 < x < right - 0.1 and top + 0.1 < y < bottom - 0.1)


def check_ends(done, blocks, links, rankdir):
    """A route ends at its offset on the right side of a box; on a circle, on the right half."""
    for link, route in zip(links, done.routes, strict=True):
        ends = (
            (route[0], route[1], link.tail, link.out, 1),
            (route[-1], route[-2], link.head, link.into, -1),
        )
        for end, handle, number, offset, side in ends:
            along, across = along_and_across(end, rankdir)
            x, y = along_and_across(done.centers[number], rankdir)
            length, _ = sizes(blocks[number], rankdir)
            if offset or not blocks[number].round:
                assert across - y == pytest.approx(offset, abs=CLOSE)
                assert along_and_across(handle, rankdir)[1] == pytest.approx(across, abs=CLOSE)
            if blocks[number].round:
                assert hypot(along - x, across - y) == pytest.approx(length / 2)
                assert (along - x) * side >= -CLOSE
            else:
                assert along - x == pytest.approx(side * length / 2)


def check_ways(done, _blocks, _links, rankdir):
    """A route never turns back."""
    for route in done.routes:
        ways = [along_and_across(point, rankdir)[0] for point in points_of(route)]
        assert all(after >= before - CLOSE for before, after in pairwise(ways))


@tries(75)
@given(graphs(), rankdirs)
def test_every_drawing_is_orderly(graph, rankdir):
    """Of any drawing all of the above hold, each of which is told by the check that fails."""
    blocks, links = graph
    assume(place_crowded(blocks, links, rankdir=rankdir) is None)  # see test_fans
    done = place(blocks, links, rankdir=rankdir)
    assert [label is None for label in done.labels] == [not link.width for link in links]
    check_apart(done, blocks, links)
    check_routes(done, blocks, links)
    check_labels(done, links)
    for check in (check_layers, check_heads, check_ends, check_ways):
        check(done, blocks, links, rankdir)


@tries(20)
@given(graphs(), st.randoms(use_true_random=False))
def test_same_input_same_output(graph, chance):
    """Nothing is left to chance."""
    blocks, links = graph
    first = place(blocks, links)
    chance.random()
    assert place(list(blocks), list(links)) == first


@tries(25)
@given(graphs(most=8))
def test_directions_are_images_of_one_another(graph):
    """RL is LR in a mirror, TB is LR turned at the diagonal, BT is TB in a mirror."""
    blocks, links = graph
    done = place(blocks, links)

    def image(done, move, width, height):
        return Placement(
            tuple(map(move, done.centers)),
            tuple(tuple(map(move, route)) for route in done.routes),
            tuple(label and move(label) for label in done.labels),
            width,
            height,
        )

    def same(one, other):
        points = [
            [
                *there.centers,
                *(p for route in there.routes for p in route),
                *filter(None, there.labels),
            ]
            for there in (one, other)
        ]
        assert (one.width, one.height) == (other.width, other.height)
        for here, there in zip(*points, strict=True):
            assert here == pytest.approx(there)

    mirrored = image(done, lambda p: (done.width - p[0], p[1]), done.width, done.height)
    same(place(blocks, links, rankdir="RL"), mirrored)
    tall = [Block(b.height, b.width, b.round) for b in blocks]
    turned = [Link(k.tail, k.head, k.out, k.into, k.height, k.width) for k in links]
    down = place(tall, turned, rankdir="TB")
    same(down, image(done, lambda p: p[::-1], done.height, done.width))
    up = image(down, lambda p: (p[0], down.height - p[1]), down.width, down.height)
    same(place(tall, turned, rankdir="BT"), up)


# Groups ------------------------------------------------------------------------------------------


@st.composite
def grouped(draw):
    """Draw a graph with groups, some of them inside others."""
    blocks, links = draw(graphs())
    groups = []
    free = list(draw(st.permutations(range(len(blocks)))))
    while free and draw(st.booleans()):
        size = draw(st.integers(1, len(free)))
        group, free = free[:size], free[size:]
        groups.append(group)
        if size > 1 and draw(st.booleans()):
            groups.append(group[: draw(st.integers(1, size))])
    return blocks, links, groups


@tries(50)
@given(grouped(), rankdirs)
def test_no_stranger_inside_a_group(graph, rankdir):
    """Around the members of a group there is a rectangle, with a margin, without other blocks."""
    blocks, links, groups = graph
    done = place(blocks, links, rankdir=rankdir, groups=groups)
    check_apart(done, blocks, links)
    check_frames(done, blocks, groups)


@tries(30)
@given(graphs(), st.lists(st.lists(st.integers(0, 11), min_size=1), max_size=4))
def test_groups_that_overlap_do_no_harm(graph, groups):
    """Groups that cannot be framed together are drawn nevertheless."""
    blocks, links = graph
    groups = [[block for block in group if block < len(blocks)] for group in groups]
    done = place(blocks, links, groups=groups)
    check_apart(done, blocks, links)
    check_routes(done, blocks, links)


# Known centers -----------------------------------------------------------------------------------


@tries(60)
@given(graphs(), rankdirs, st.data())
def test_known_centers_stay(graph, rankdir, data):
    """Where centers are given, nothing moves; routes end on outlines, labels keep off the rest."""
    blocks, links = graph
    coordinates = st.integers(0, 10)
    cells = data.draw(
        st.lists(
            st.tuples(coordinates, coordinates),
            min_size=len(blocks),
            max_size=len(blocks),
            unique=True,
        )
    )
    centers = [(70 + 130 * across, 70 + 130 * down) for across, down in cells]
    done = place(blocks, links, rankdir=rankdir, centers=centers)
    assert done.centers == tuple(pytest.approx(center) for center in centers)
    boxes, labels = boxes_of(done, blocks), labels_of(done, links)
    for label in labels:
        for other in [*boxes, *labels]:
            assert label is other or min(overlap(label, other)) <= CLOSE
        assert min(label[:2]) >= -CLOSE
        assert label[2] <= done.width + CLOSE
        assert label[3] <= done.height + CLOSE
    for link, route in zip(links, done.routes, strict=True):
        for end, number in ((route[0], link.tail), (route[-1], link.head)):
            assert not inside(end, blocks[number], centers[number])
            assert inside(end, blocks[number], centers[number], depth=-1e-3)


def test_known_centers_allow_a_cycle():
    """Links between blocks that stay where they are may form a cycle."""
    links = [Link(0, 1), Link(1, 0)]
    done = place([Block(20, 20, round=True)] * 2, links, centers=[(20, 20), (120, 20)])
    there, back = done.routes
    assert there[0][0] < there[-1][0]
    assert back[0][0] > back[-1][0]
    middles = [list(points_of(route))[SAMPLES // 2] for route in done.routes]
    assert hypot(*(a - b for a, b in zip(*middles, strict=True))) > 5


def test_routes_bow_round_blocks_that_stay_in_the_way():
    """A route between known centers goes round a block that stands between them."""
    blocks = [Block(40, 40)] * 3
    done = place(blocks, [Link(0, 2)], centers=[(50, 100), (150, 100), (250, 100)])
    check_routes(done, blocks, [Link(0, 2)])


def test_circles_are_joined_by_straight_lines():
    """Between circles that stay where they are, routes run straight from middle to middle."""
    centers = [(200 + 150 * cos(pi * i / 4), 200 + 150 * sin(pi * i / 4)) for i in range(8)]
    links = [Link(0, i) for i in range(1, 8)]
    done = place([Block(30, 30, round=True)] * 8, links, centers=centers)
    for link, route in zip(links, done.routes, strict=True):
        (x0, y0), (x1, y1) = centers[0], centers[link.head]
        for x, y in points_of(route):
            aside = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
            assert abs(aside) / hypot(x1 - x0, y1 - y0) < CLOSE


# Orderly pictures --------------------------------------------------------------------------------


def test_nothing_to_draw():
    """An empty drawing has no size."""
    assert place([], []) == Placement((), (), (), 0.0, 0.0)
    assert place([], [], rankdir="TB", centers=[]) == Placement((), (), (), 0.0, 0.0)


def test_one_block():
    """A block alone fills the drawing."""
    assert place([Block(30, 20)], []) == Placement(((15.0, 10.0),), (), (), 30.0, 20.0)


def test_a_chain_is_straight():
    """Blocks of different sizes in a chain stand in line, and so do the links with labels."""
    blocks = [Block(20 + 10 * i, 30 + 7 * i) for i in range(6)]
    links = [Link(i, i + 1, width=30 * (i % 2), height=12 * (i % 2)) for i in range(5)]
    done = place(blocks, links)
    assert len({round(y, 6) for _, y in done.centers}) == 1
    assert all(len({round(y, 6) for _, y in route}) == 1 for route in done.routes)


def test_a_parent_stands_in_the_middle_of_its_children():
    """A fan is symmetric, in both directions."""
    for count in (2, 3, 6):
        out = place([Block(40, 30)] * (count + 1), [Link(0, i + 1) for i in range(count)])
        into = place([Block(40, 30)] * (count + 1), [Link(i + 1, 0) for i in range(count)])
        for done in (out, into):
            ys = [y for _, y in done.centers]
            assert ys[0] == pytest.approx((min(ys[1:]) + max(ys[1:])) / 2)
            gaps = [b - a for a, b in pairwise(sorted(ys[1:]))]
            assert gaps == pytest.approx([gaps[0]] * len(gaps))


def test_a_layer_keeps_the_order_it_was_given_in():
    """Where all orders cross as often, the given one stays."""
    blocks = [Block(36, 36, round=True)] * 7
    links = [Link(tail, head) for tail, head in product(range(4), range(4, 7))]
    ys = [y for _, y in place(blocks, links).centers]
    assert ys[:4] == sorted(ys[:4])
    assert ys[4:] == sorted(ys[4:])
    assert sum(ys[:4]) / 4 == pytest.approx(sum(ys[4:]) / 3)


def test_a_source_stands_just_before_its_first_head():
    """The target of an error stands beside the output, not in the first column."""
    links = [Link(0, 1), Link(1, 2), Link(2, 3), Link(4, 3)]
    done = place([Block(30, 30)] * 5, links)
    assert done.centers[4][0] == pytest.approx(done.centers[2][0])


def test_tails_stand_in_the_order_of_the_offsets_they_enter_at():
    """Links that enter the same head higher up come from higher tails, and do not cross."""
    offsets = [15, -15, 5, -5]
    links = [Link(tail, 4, into=into) for tail, into in enumerate(offsets)]
    done = place([Block(30, 20)] * 4 + [Block(30, 40)], links)
    assert sorted(range(4), key=lambda i: done.centers[i][1]) == [1, 3, 2, 0]


def test_a_tree_has_no_crossings():
    """The leaves of a tree stand in the order of their parents."""
    links = [Link(child, (child - 1) // 2) for child in range(62, 0, -1)]
    blocks = [Block(30, 20)] * 63
    done = place(blocks, links)
    for first in (1, 3, 7, 15, 31):
        layer = sorted(range(first, 2 * first + 1), key=lambda i: done.centers[i][1])
        parents = [done.centers[(i - 1) // 2][1] for i in layer]
        assert parents == sorted(parents)


@pytest.mark.parametrize("label", [(0, 0), (30, 12)])
@pytest.mark.parametrize("block", [Block(40, 40), Block(40, 40, round=True)])
def test_parallel_links_are_apart(block, label):
    """Both factors of x·x can be told from one another, though they join the same two blocks."""
    links = [Link(0, 1, 0, 0, *label), Link(0, 1, 0, 0, *label)]
    done = place([block, block], links)
    one, other = (list(points_of(route)) for route in done.routes)
    middle = min(one, key=lambda point: abs(point[0] - done.width / 2))
    assert min(hypot(middle[0] - x, middle[1] - y) for x, y in other) > 4


def test_links_end_apart_on_a_circle():
    """Links that come from different directions end at different points of a circle."""
    blocks = [Block(30, 30)] * 5 + [Block(40, 40, round=True)]
    links = [Link(i, 5) for i in range(5)]
    ends = [route[-1] for route in place(blocks, links).routes]
    assert min(hypot(p[0] - q[0], p[1] - q[1]) for p, q in combinations(ends, 2)) > 2


def test_lonely_blocks_and_parts_stand_below_one_another():
    """Parts that no link joins do not mix."""
    links = [Link(0, 1), Link(2, 3), Link(3, 4)]
    done = place([Block(30, 20)] * 6, links)
    ys = [y for _, y in done.centers]
    assert ys[0] == ys[1] < ys[2] == ys[3] == ys[4] < ys[5]


def test_the_gap_grows_with_labels():
    """A label makes room between layers."""
    short = place([Block(30, 20)] * 2, [Link(0, 1, width=20, height=10)])
    long = place([Block(30, 20)] * 2, [Link(0, 1, width=120, height=10)])
    assert long.width - short.width == pytest.approx(100)


@pytest.mark.parametrize(
    ("nodes", "links", "reach", "label"),
    [(120, 180, 20, (0, 0)), (80, 110, 10, (30, 12)), (60, 150, 60, (0, 0))],
)
def test_routes_keep_off_blocks_in_large_drawings(nodes, links, reach, label):
    """Where links pass many layers, they still pass through nothing."""
    blocks, wires = wired(nodes, links, 1, reach, label)
    done = place(blocks, wires)
    check_apart(done, blocks, wires)
    check_routes(done, blocks, wires)


def test_longest_links_of_huge_drawings_run_straight():
    """Links that would need too many bends are drawn without; their labels still have room."""
    count = 400
    blocks = [Block(20, 10)] * count
    chain = [Link(i, i + 1) for i in range(count - 1)]
    jumps = [Link(i, count - 1 - i % 7, width=9, height=9) for i in range(count // 2)]
    done = place(blocks, chain + jumps)
    assert sum(len(route) for route in done.routes) < 3 * 2 * 40_000
    labels = labels_of(done, chain + jumps)
    assert len(labels) == len(jumps)
    ordered = sorted([*labels, *boxes_of(done, blocks)])
    for one, other in pairwise(ordered):
        assert min(overlap(one, other)) <= CLOSE


@pytest.mark.parametrize("wide", [10, 450])
def test_blocks_of_large_drawings_are_apart(wide):
    """Also where less is tried to avoid crossings, as in large drawings, nothing overlaps."""
    chance = random.Random(2)  # noqa: S311 - not for secrets
    links = [
        Link(unit - unit % wide - wide + tail, unit)
        for unit in range(wide, 950)
        for tail in chance.sample(range(wide), 3)
    ]
    done = place([Block(20, 20, round=True)] * 950, links)
    for (x0, y0), (x1, y1) in pairwise(sorted(done.centers)):
        assert x1 - x0 >= 20 + APART or (x0 == x1 and y1 - y0 >= 20 + APART - CLOSE)


def test_depth_is_no_limit():
    """A chain deeper than Python's stack is placed."""
    count = 3_000
    done = place([Block(10, 10)] * count, [Link(i, i + 1) for i in range(count - 1)])
    assert len({y for _, y in done.centers}) == 1


# Ranks -------------------------------------------------------------------------------------------


@st.composite
def small_dags(draw):
    """Draw up to five nodes and links between them."""
    count = draw(st.integers(2, 5))
    pairs = st.lists(st.sets(st.integers(0, count - 1), min_size=2, max_size=2), max_size=7)
    return count, [(min(pair), max(pair)) for pair in draw(pairs)]


@given(small_dags())
def test_ranks_are_the_best(graph):
    """No ranks make the links shorter in sum."""
    count, ends = graph
    ranks = rank(count, [tail for tail, _ in ends], [head for _, head in ends])
    spans = [ranks[head] - ranks[tail] for tail, head in ends]
    assert min(spans, default=1) >= 1
    best = min(
        sum(there[head] - there[tail] for tail, head in ends)
        for there in product(range(count), repeat=count)
        if all(there[tail] < there[head] for tail, head in ends)
    )
    assert sum(spans) == best


# Crossings ---------------------------------------------------------------------------------------


def levels_for(blocks, links):
    """Cut the links of a graph, as one part."""
    ranks = rank(len(blocks), [link.tail for link in links], [link.head for link in links])
    ladder = ladder_of(links, [there - min(ranks) for there in ranks], 1000)
    part = list(range(len(blocks))), list(range(len(links)))
    return levels_of(blocks, links, ladder, [()] * len(blocks), part)


@tries(60)
@given(graphs().filter(lambda graph: graph[0]))
def test_gains_are_crossings_spared(graph):
    """What an exchange of neighbors is said to spare is what the count of crossings falls by."""
    levels = levels_for(*graph)
    crossings = Crossings(levels)
    for row in levels.rows:
        crossings.number(row)
    before = crossings.count()
    for row in levels.rows:
        gain, gains = crossings.gain_of(row), crossings.gains(row)
        for i in range(len(row) - 1):
            exchanged = row.copy()
            exchanged[i], exchanged[i + 1] = exchanged[i + 1], exchanged[i]
            crossings.number(exchanged)
            assert gain(i, i + 1) == gains[i][i + 1] == before - crossings.count()
            crossings.number(row)


@tries(50)
@given(graphs().filter(lambda graph: graph[0]))
def test_ordering_never_adds_crossings(graph):
    """The order that was found has no more crossings than the given one."""
    levels = levels_for(*graph)
    crossings = Crossings(levels)
    counts = []
    for _ in range(2):
        for row in levels.rows:
            crossings.number(row)
        counts.append(crossings.count())
        order(levels)
    assert counts[1] <= counts[0]


# Mistakes ----------------------------------------------------------------------------------------


def test_a_cycle_is_refused():
    """The error shows the cycle, block by block."""
    with pytest.raises(CycleError, match=r"1 → 2 → 3 → 1"):
        place([Block(9, 9)] * 5, [Link(0, 1), Link(1, 2), Link(2, 3), Link(3, 1), Link(3, 4)])


def test_a_long_cycle_is_shortened():
    """Of a long cycle the error shows the beginning."""
    links = [Link(i, (i + 1) % 100) for i in range(100)]
    with pytest.raises(CycleError, match=r"… \(89 more\)"):
        place([Block(9, 9)] * 100, links)


@pytest.mark.parametrize(
    ("blocks", "links", "others", "says"),
    [
        ([Block(9, 9)], [Link(0, 0)], {}, "link 0 leads from block 0 to itself"),
        ([Block(9, 9)], [Link(0, 1)], {}, "link 0: there is no block 1 among 1"),
        ([Block(9, 9)], [Link(-1, 0)], {}, "link 0: there is no block -1 among 1"),
        ([Block(-1, 9)], [], {}, "block 0: sizes must be finite and not negative"),
        ([Block(9, inf)], [], {}, "block 0: sizes must be finite"),
        ([Block(9, 9)] * 2, [Link(0, 1, nan)], {}, "link 0: offsets must be finite"),
        ([Block(9, 9)] * 2, [Link(0, 1, width=nan)], {}, "link 0: sizes must be finite"),
        ([Block(9, 9)], [], {"rankdir": "XY"}, "rankdir must be one of"),
        ([Block(9, 9)], [], {"groups": [[0, 1]]}, "group 0: there is no block 1 among 1"),
        ([Block(9, 9)], [], {"centers": []}, "1 blocks need as many centers; got 0"),
        ([Block(9, 9)], [], {"centers": [(0, nan)]}, "center 0 must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(blocks, links, others, says):
    """The error says what came and what is allowed."""
    with pytest.raises(ArgumentError, match=says):
        place(blocks, links, **others)


def test_offsets_beyond_a_side_are_moved_to_its_end():
    """A rounded offset a little beyond the side does no harm."""
    done = place([Block(9, 10)] * 2, [Link(0, 1, out=7, into=-7)])
    assert done.routes[0][0][1] - done.centers[0][1] == 5
    assert done.routes[0][-1][1] - done.centers[1][1] == -5
