"""Full layers: straight stacks, straight lines, and every label on its own line."""

from __future__ import annotations

import itertools
import math
import random
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.drawing.assembly import STYLES, drawing_of
from rojasgraph.drawing.beziers import sampled
from rojasgraph.drawing.layout.layering import Block, Link, place, place_crowded
from rojasgraph.drawing.rendering import laid_out
from rojasgraph.drawing.scene import scene_of
from tests.drawing.networks import SMALL
from tests.drawing.test_layering import (
    CLOSE,
    along_and_across,
    check_apart,
    check_frames,
    check_heads,
    check_routes,
    check_ways,
    rankdirs,
)
from tests.drawing.test_scene import assert_sound
from tests.effort import tries
from tests.strategies import layered_networks

RANKDIRS = ("LR", "RL", "TB", "BT")
NEAR = 4.0
"""How far from its line the middle of a label may be, in points."""

every_style = pytest.mark.parametrize("style", STYLES)
every_way = pytest.mark.parametrize("rankdir", RANKDIRS)


def labeled(sizes, **options):
    """Build a layered network that both passes have labeled."""
    net = rg.layered(sizes, rng=1, **options)
    net.feed_forward(dict.fromkeys(net.inputs, 0.5))
    net.backpropagate(net.outputs)
    return net


# Blocks and links --------------------------------------------------------------------------------


@st.composite
def layers(draw):
    """Draw layers of boxes and circles, all joined to the next, some to later ones."""
    sizes = draw(st.lists(st.integers(3, 5), min_size=2, max_size=4))
    sizes[:2] = max(sizes[0], 4), max(sizes[1], 4)
    lengths = st.floats(4, 120)
    blocks, ranks = [], []
    for size in sizes:
        ranks.append(range(len(blocks), len(blocks) + size))
        for _ in range(size):
            width = draw(lengths)
            round_ = draw(st.booleans())
            blocks.append(Block(width, width if round_ else draw(lengths), round_))
    pairs = [pair for two in pairwise(ranks) for pair in itertools.product(*two)]
    longer = [
        pair
        for i, j in combinations(range(len(ranks)), 2)
        if j > i + 1
        for pair in itertools.product(ranks[i], ranks[j])
    ]
    chosen = draw(st.lists(st.sampled_from(longer), max_size=5, unique=True)) if longer else []
    chance = draw(st.randoms(use_true_random=False))
    twice = draw(st.lists(st.sampled_from(pairs), max_size=5))
    return blocks, [_link(pair, blocks, chance) for pair in [*pairs, *chosen, *twice]]


def _link(pair, blocks, chance):
    least = [min(blocks[end].width, blocks[end].height) for end in pair]
    shares = (chance.choice([0, 0, 0, -0.4, 0.25, 0.5]) for _ in range(2))
    label = chance.choice([(0, 0), (30, 12), (36, 22), (90, 40)])
    return Link(*pair, *(share * size for share, size in zip(shares, least, strict=True)), *label)


@tries(40)
@given(layers(), rankdirs)
def test_stacks_are_orderly(graph, rankdir):
    """Nothing overlaps, no line meets a block, lines lead on, labels stand on their lines."""
    blocks, links = graph
    done = place(blocks, links, rankdir=rankdir)
    assert done == place_crowded(blocks, links, rankdir=rankdir)
    check_apart(done, blocks, links)
    check_routes(done, blocks, links)
    check_heads(done, blocks, links, rankdir)
    check_ways(done, blocks, links, rankdir)
    for link, label, route in zip(links, done.labels, done.routes, strict=True):
        assert (label is not None) == link.labeled
        if label is not None:
            assert distance(label, sampled(route, 64)) <= CLOSE
        for end, number in ((route[0], link.tail), (route[-1], link.head)):
            assert outside(end, blocks[number], done.centers[number]) == pytest.approx(0, abs=1e-6)


@tries(20)
@given(layers(), rankdirs, st.data())
def test_no_stranger_inside_a_frame(graph, rankdir, data):
    """Whatever is framed together, nothing else stands in the frame, and nothing overlaps."""
    blocks, links = graph
    most = len(blocks) - 1
    start, end = sorted(data.draw(st.tuples(st.integers(0, most), st.integers(0, most))))
    groups = [list(range(start, end + 1))]
    if end > start and data.draw(st.booleans()):
        groups.append(groups[0][: data.draw(st.integers(1, end - start))])
    done = place(blocks, links, rankdir=rankdir, groups=groups)
    check_apart(done, blocks, links)
    check_frames(done, blocks, groups)
    check_routes(done, blocks, links)


@tries(20)
@given(layers())
def test_stacks_repeat(graph):
    """Equal layers are drawn equally."""
    blocks, links = graph
    assert place(blocks, links) == place(list(blocks), list(links))


@pytest.mark.parametrize("round_", [False, True])
@every_way
def test_lines_between_neighbors_are_straight(round_, rankdir):
    """Between blocks of one size lines run straight from side to side, each by itself."""
    links = [Link(i, 5 + j, width=30, height=12) for i in range(5) for j in range(4)]
    done = place([Block(40, 40, round_)] * 9, links, rankdir=rankdir)
    for route in done.routes:
        start, one, two, end = route
        assert one == pytest.approx(between(start, end, 1 / 3))
        assert two == pytest.approx(between(start, end, 2 / 3))
    assert len({route[0] for route in done.routes}) == len(links)
    assert len({route[-1] for route in done.routes}) == len(links)


@every_way
def test_order_is_that_of_the_blocks(rankdir):
    """The blocks of a full layer stand in their order, one behind the other, in the middle."""
    links = [Link(i, 6 + j) for i in range(6) for j in range(4)]
    done = place([Block(40, 40)] * 10, links, rankdir=rankdir)
    places = [along_and_across(center, rankdir) for center in done.centers]
    for layer in (places[:6], places[6:]):
        assert len({round(along, 6) for along, _ in layer}) == 1
        across = [side for _, side in layer]
        assert across == sorted(across)
    means = [np.mean([side for _, side in layer]) for layer in (places[:6], places[6:])]
    assert means[0] == pytest.approx(means[1])


@pytest.mark.parametrize("missing", range(0, 25, 4))
def test_one_link_less_changes_no_order(missing):
    """A full layer from which a link is missing is still read from the top."""
    ends = list(itertools.product(range(5), range(5, 10)))
    del ends[missing]
    done = place([Block(40, 40)] * 10, [Link(*pair) for pair in ends])
    for layer in (done.centers[:5], done.centers[5:]):
        assert list(layer) == sorted(layer)


def test_links_that_go_farther_keep_to_the_outside():
    """Where a block feeds all later layers, its links part without crossing one another."""
    ranks = [range(5), range(5, 9), range(9, 13), range(13, 17)]
    ends = [pair for two in pairwise(ranks) for pair in itertools.product(*two)]
    longer = [(0, head) for head in (*ranks[2], *ranks[3])]
    done = place([Block(40, 40)] * 17, [Link(*pair) for pair in [*ends, *longer]])
    routes = [sampled(route, 64) for route in done.routes[len(ends) :]]
    for one, other in combinations(routes, 2):
        parted = [np.interp(x, *zip(*other, strict=True)) - y for x, y in one]
        assert min(parted) > -CLOSE or max(parted) < CLOSE


def test_stacks_are_reordered_for_fewer_crossings():
    """Where links are few enough to be untangled, they are."""
    heads = list(range(8, 16))
    random.Random(0).shuffle(heads)  # noqa: S311 - not for secrets
    ends = [(i, heads[(i + k) % 8]) for i in range(8) for k in range(3)]
    links = [Link(*pair) for pair in ends]
    done = place([Block(40, 30)] * 16, links)
    assert place_crowded([Block(40, 30)] * 16, links) == done
    assert crossings(ends, dict(enumerate(y for _, y in done.centers))) < crossings(
        ends, dict(enumerate(range(16)))
    )


def test_parallel_links_run_side_by_side():
    """Two links between the same blocks are two lines, and each bears its label."""
    links = [Link(i, 4 + j, width=30, height=12) for i in range(4) for j in range(4)] * 2
    blocks = [Block(50, 50)] * 8
    done = place(blocks, links)
    check_apart(done, blocks, links)
    for one, other in zip(done.routes[:16], done.routes[16:], strict=True):
        assert math.dist(one[0], other[0]) == pytest.approx(9)
    many = place(blocks, links * 4)
    check_apart(many, blocks, links * 4)
    for link, route in zip(links * 4, many.routes, strict=True):
        assert abs(route[0][1] - many.centers[link.tail][1]) <= 25 + CLOSE
        assert abs(route[-1][1] - many.centers[link.head][1]) <= 25 + CLOSE


def test_few_links_are_no_layers():
    """What has room between its layers, or hardly any layers, is drawn as before."""
    full = [Link(i, 3 + j, width=30, height=12) for i in range(3) for j in range(3)]
    assert place_crowded([Block(40, 40)] * 6, full) is None
    complete = [Link(*pair) for pair in combinations(range(12), 2)]
    assert place_crowded([Block(40, 40)] * 12, complete) is None
    assert place_crowded([], []) is None
    assert place_crowded([Block(9, 9)] * 2, [Link(0, 1), Link(1, 0)]) is None


def test_labels_without_end():
    """Hundreds of parallel links have no room on one line: other layouts draw them."""
    links = [Link(i, 4 + j) for i in range(4) for j in range(4)]
    links += [Link(0, 4, width=60, height=300)] * 60
    blocks = [Block(40, 40)] * 8
    check_apart(place(blocks, links), blocks, links)


# Networks ----------------------------------------------------------------------------------------


@tries(25)
@given(layered_networks(), st.sampled_from(list(STYLES)), rankdirs)
def test_layered_networks_are_sound(net, style, rankdir):
    """Nothing is cut off or overlaps, and every label is near its own line."""
    scene = scene_of(drawing_of(net, style, rankdir=rankdir))
    assert_sound(scene)
    labels = [curve.label.grown(-1e-6) for curve in scene.curves if curve.label]
    assert not any(one.overlaps(other) for one, other in combinations(labels, 2))
    for curve in scene.curves:
        if curve.label:
            points = [p for stroke in curve.strokes for p in sampled(stroke.points, 64)]
            assert distance(curve.label.middle, points) <= NEAR


@tries(10)
@given(layered_networks(), rankdirs)
def test_units_stand_as_they_were_added(net, rankdir):
    """From top to bottom, or from left to right, come x₁, x₂, x₃ and so on."""
    drawing = drawing_of(net, "units", rankdir=rankdir)
    scene = scene_of(drawing)
    middles = {figure.id: figure.box.middle for figure in scene.figures}
    layers = {}
    for card, (node, data) in zip(drawing.cards, net.nodes(data=True), strict=True):
        if "layer" in data:
            across = along_and_across(middles[card.id], rankdir)[1]
            layers.setdefault(data["layer"], []).append((across, node))
    for layer in layers.values():
        assert layer == sorted(layer)


@every_style
@every_way
def test_proportions(style, rankdir):
    """A network of 236 edges is no tower."""
    scene = laid_out(drawing_of(labeled([10, 12, 8]), style, rankdir=rankdir))
    assert max(scene.width, scene.height) <= 2.5 * min(scene.width, scene.height)


@every_style
def test_many_edges_without_labels(style):
    """Above 500 edges, labels are tooltips, and stacks are as close as steepness allows."""
    scene = scene_of(drawing_of(labeled([20, 20, 10]), style))
    assert not any(curve.label for curve in scene.curves)
    assert scene.height <= 2.5 * scene.width


@every_way
def test_the_error_keeps_its_frame(rankdir):
    """What measures the error stands in its frame, and nothing else does."""
    net = rg.extend(rg.layered([4, 5, 4], rng=1), loss="half_squared")
    net.feed_forward(dict.fromkeys(net.inputs, 0.5))
    net.backpropagate(net.outputs)
    drawing = drawing_of(net, rankdir=rankdir)
    scene = scene_of(drawing)
    assert_sound(scene)
    (frame,) = scene.frames
    for figure in scene.figures:
        inside = figure.id in drawing.clusters[0].cards
        assert frame.box.holds(figure.box) if inside else not frame.box.overlaps(figure.box)
    assert in_stacks(drawing)


@every_way
def test_layers_in_frames(rankdir):
    """Each layer has its frame; labels keep off it."""
    drawing = drawing_of(labeled([4, 5, 4]), "units", groups="layers", rankdir=rankdir)
    scene = scene_of(drawing)
    assert_sound(scene)
    assert in_stacks(drawing)
    for frame in scene.frames:
        assert not any(curve.label.overlaps(frame.box) for curve in scene.curves)


def test_groups_across_stacks_are_framed_as_before():
    """A group of the first and the last layer would have others in its frame."""
    net = labeled([4, 5, 4])
    for node in ("x2", "y2"):
        net.nodes[node]["group"] = "two"
    drawing = drawing_of(net, "units")
    assert not in_stacks(drawing)
    assert_sound(scene_of(drawing))


@pytest.mark.parametrize("unit", ["split", "fused"])
def test_split_units(unit):
    """A sum stands level with its function."""
    scene = scene_of(drawing_of(labeled([4, 5, 4]), "units", unit=unit))
    assert_sound(scene)
    heights = {round(figure.box.middle[1]) for figure in scene.figures[5:]}
    assert len(heights) == 9


@every_style
@pytest.mark.parametrize("name", SMALL)
def test_small_networks_are_not_crowded(name, style):
    """XOR, the blog, a fan of six: Graphviz draws them as well as ever."""
    for rankdir in RANKDIRS:
        assert not in_stacks(drawing_of(SMALL[name](), style, rankdir=rankdir))


def test_positions_that_are_given_stay():
    """Who gives positions is not overruled."""
    net = labeled([4, 5, 4])
    for number, node in enumerate(net):
        net.nodes[node]["pos"] = (number % 4, number // 4)
    drawing = drawing_of(net, "units")
    middles = [figure.box.middle for figure in laid_out(drawing).figures]
    spots = [drawing.positions[card.id] for card in drawing.cards]
    for (middle, spot), (middle2, spot2) in pairwise(zip(middles, spots, strict=True)):
        assert middle2[0] - middle[0] == pytest.approx(spot2[0] - spot[0])
        assert middle2[1] - middle[1] == pytest.approx(spot[1] - spot2[1])


@every_style
def test_ways_to_ports_are_straight(style):
    """A line from side to side goes straight on to the ports behind the sides."""
    drawing = drawing_of(labeled([4, 4], bias=False), style)
    for curve in scene_of(drawing).curves:
        start, one, two, end = curve.strokes[0].points
        for point, share in ((one, 1 / 3), (two, 2 / 3)):
            assert math.dist(point, between(start, end, share)) < 0.01


# Helpers -----------------------------------------------------------------------------------------


def between(one, other, share):
    """Find a point between two."""
    return tuple(a + share * (b - a) for a, b in zip(one, other, strict=True))


def outside(point, block, center):
    """Say how far a point is outside the outline of a block; negative inside."""
    x, y = (abs(a - b) for a, b in zip(point, center, strict=True))
    if block.round:
        return math.hypot(x, y) - block.width / 2
    return max(x - block.width / 2, y - block.height / 2)


def distance(point, points):
    """Say how far a point is from straight lines between points."""
    return min(_to_line(point, *pair) for pair in pairwise(points))


def _to_line(point, one, other):
    along = [b - a for a, b in zip(one, other, strict=True)]
    squared = sum(step * step for step in along) or 1.0
    share = sum((p - a) * step for p, a, step in zip(point, one, along, strict=True)) / squared
    return math.dist(point, between(one, other, min(max(share, 0.0), 1.0)))


def crossings(ends, places):
    """Count the pairs of links that cross, by the places of their ends."""
    return sum(
        (places[a] - places[c]) * (places[b] - places[d]) < 0
        for (a, b), (c, d) in combinations(ends, 2)
    )


def in_stacks(drawing):
    """Say whether a drawing is laid out in stacks."""
    found = []

    def layout(blocks, links, **rest):
        found.append(place_crowded(blocks, links, **rest))
        return found[0] or place(blocks, links, **rest)

    scene_of(drawing, layout)
    return found[0] is not None
