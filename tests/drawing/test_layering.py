"""Placing blocks in layers: nothing overlaps, routes keep off blocks, and pictures are orderly."""

from __future__ import annotations

import random
from itertools import combinations
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rojasgraph.drawing.layering import Block, Link, Placement, place

CLOSE = 1e-6
APART = 12
SAMPLES = 40


# What is drawn at random ---------------------------------------------------------------------------


@st.composite
def graphs(draw, most=12):
    """Draw blocks and links: parallel ones, labels, offsets, circles, lonely blocks, several parts."""
    lengths = st.floats(4, 120)
    blocks = []
    for _ in range(draw(st.integers(0, most))):
        width = draw(lengths)
        blocks.append(Block(width, width, round=True) if draw(st.booleans()) else Block(width, draw(lengths)))
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
    chance = random.Random(seed)
    heads = [*range(1, nodes), *(chance.randrange(1, nodes) for _ in range(links - nodes + 1))]
    ends = [(chance.randrange(max(0, head - reach), head), head) for head in heads]
    chance.shuffle(ends)
    return [Block(50, 30)] * nodes, [
        Link(tail, head, 0.0, chance.choice([-10.0, 0.0, 10.0]), *label) for tail, head in ends
    ]


# What holds of every drawing -----------------------------------------------------------------------


def box(center, width, height):
    """Give the edges of a box."""
    x, y = center
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def overlap(one, other):
    """Say by how much two boxes overlap; negative where they do not."""
    return min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])


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
            yield tuple(sum(s * p[axis] for s, p in zip(shares, curve, strict=True)) for axis in (0, 1))


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


# Every drawing -------------------------------------------------------------------------------------


@given(graphs(), rankdirs)
def test_nothing_overlaps_and_all_is_inside(graph, rankdir):
    """Blocks and labels overlap nothing, and everything lies inside the drawing."""
    blocks, links = graph
    done = place(blocks, links, rankdir=rankdir)
    assert [label is None for label in done.labels] == [not link.width for link in links]
    check_apart(done, blocks, links)


@given(graphs(), rankdirs)
def test_blocks_of_a_layer_are_apart(graph, rankdir):
    """Blocks beside one another leave room between them."""
    blocks, links = graph
    done = place(blocks, links, rankdir=rankdir)
    for one, other in combinations(boxes_of(done, blocks), 2):
        along, across = overlap(one, other)
        if rankdir in {"TB", "BT"}:
            along, across = across, along
        assert along <= CLOSE or across <= -APART + CLOSE


@given(graphs(), rankdirs)
def test_heads_come_after_tails(graph, rankdir):
    """Every link leads on, by a step at least."""
    blocks, links = graph
    done = place(blocks, links, rankdir=rankdir)
    for link in links:
        tail, _ = along_and_across(done.centers[link.tail], rankdir)
        head, _ = along_and_across(done.centers[link.head], rankdir)
        reach = (sizes(blocks[link.tail], rankdir)[0] + sizes(blocks[link.head], rankdir)[0]) / 2
        assert head - tail >= reach + APART


@given(graphs(), rankdirs)
def test_routes_keep_off_blocks(graph, rankdir):
    """No route passes through a block, be it its own."""
    blocks, links = graph
    check_routes(place(blocks, links, rankdir=rankdir), blocks, links)


@given(graphs(), rankdirs)
def test_routes_keep_off_labels(graph, rankdir):
    """No route passes through a label, be it its own."""
    blocks, links = graph
    done = place(blocks, links, rankdir=rankdir)
    labels = labels_of(done, links)
    for route in done.routes:
        for x, y in points_of(route):
            for left, top, right, bottom in labels:
                assert not (left + 0.1 < x < right - 0.1 and top + 0.1 < y < bottom - 0.1)


@given(graphs(), rankdirs)
def test_routes_end_on_outlines(graph, rankdir):
    """A route ends at its offset on the right side of a box; on a circle, on the right half."""
    blocks, links = graph
    done = place(blocks, links, rankdir=rankdir)
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


@given(graphs(), rankdirs)
def test_routes_lead_on(graph, rankdir):
    """A route never turns back."""
    blocks, links = graph
    for route in place(blocks, links, rankdir=rankdir).routes:
        ways = [along_and_across(point, rankdir)[0] for point in points_of(route)]
        assert all(after >= before - CLOSE for before, after in zip(ways, ways[1:], strict=False))


@given(graphs(), st.randoms(use_true_random=False))
def test_same_input_same_output(graph, chance):
    """Nothing is left to chance."""
    blocks, links = graph
    first = place(blocks, links)
    chance.random()
    assert place(list(blocks), list(links)) == first


@given(graphs())
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
            [*there.centers, *(p for route in there.routes for p in route), *filter(None, there.labels)]
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


# Groups --------------------------------------------------------------------------------------------


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


@given(grouped(), rankdirs)
def test_no_stranger_inside_a_group(graph, rankdir):
    """Around the members of a group there is a rectangle, with a margin, without other blocks."""
    blocks, links, groups = graph
    done = place(blocks, links, rankdir=rankdir, groups=groups)
    boxes = boxes_of(done, blocks)
    check_apart(done, blocks, links)
    for group in groups:
        sides = list(zip(*(boxes[block] for block in group), strict=True))
        frame = min(sides[0]) - 8, min(sides[1]) - 8, max(sides[2]) + 8, max(sides[3]) + 8
        for block in set(range(len(blocks))) - set(group):
            assert min(overlap(frame, boxes[block])) <= CLOSE


@given(graphs(), st.lists(st.lists(st.integers(0, 11), min_size=1), max_size=4))
def test_groups_that_overlap_do_no_harm(graph, groups):
    """Groups that cannot be framed together are drawn nevertheless."""
    blocks, links = graph
    groups = [[block for block in group if block < len(blocks)] for group in groups]
    done = place(blocks, links, groups=groups)
    check_apart(done, blocks, links)
    check_routes(done, blocks, links)
