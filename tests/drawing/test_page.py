"""The page in a real browser: stepping, pointing, paths, and both passes computed anew.

Where numbers are compared, "the same" means: within 1e-12 of the larger of the number itself and
the largest label of the network, which is what sums of rounded terms can promise.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import warnings
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import rojasgraph as rg
from rojasgraph.drawing.names import shortened, visible
from rojasgraph.drawing.numerals import numeral
from rojasgraph.drawing.page.document import MOST_NODES, page
from rojasgraph.drawing.page.labels import labels_of
from rojasgraph.drawing.walk.numbered import numbered, seeds_of
from rojasgraph.drawing.walk.steps import steps_of
from rojasgraph.table import TABLE, sample_points
from tests.drawing import graphs
from tests.strategies import networks

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
if CHROMIUM is None:
    pytest.skip("no chromium on the PATH", allow_module_level=True)

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</title></style><img src=x onerror=alert(3)>",
    '"; alert(4) //',
    "' onclick='alert(5)",
    "${alert(6)} $title $$",
    "&amp;&lt;",
    "<!--",
    "漢字",
    "שלום עולם",
    "\u2028\u2029",
    "n0",
    ("a", 1),
    "long " * 100,
]


@pytest.fixture(scope="module")
def browser():
    """Give one Chromium for all tests of the module."""
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def show(browser, tmp_path_factory):
    """Give a function that opens a page; at the end nothing may have gone wrong on any."""
    complaints = []
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    file = tmp_path_factory.mktemp("pages") / "walk.html"
    tab = context.new_page()
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    tab.on("request", lambda request: complaints.append(request.url) if not own(request) else None)

    def own(request):
        return request.url.partition("#")[0] == file.as_uri() or request.url.startswith("data:")

    def opened(net, **options):
        file.write_text(page(net, **options), encoding="utf-8")
        tab.goto(file.as_uri())
        return tab

    yield opened
    context.close()
    assert complaints == []


# --- what is on a page ----------------------------------------------------------------------------


def labels_on(tab):
    """Read all labels that the page computed, in full precision."""
    return tab.evaluate("rojasgraph.labels()")


def enter(tab, numbers):
    """Type numbers into the fields of inputs, parameters (n…) and weights (e…)."""
    tab.evaluate(
        """(numbers) => {
          for (const [id, number] of Object.entries(numbers)) {
            const field = document.querySelector(`[data-field="${id}"]`);
            field.value = number;
            field.dispatchEvent(new Event("input"));
          }
        }""",
        {key: repr(number) for key, number in numbers.items()},
    )


def seen_keys(tab):
    """List the labels whose texts can be seen in the picture."""
    return set(
        tab.evaluate(
            """() => [...document.querySelectorAll("#picture [data-key]")]
              .filter((text) => getComputedStyle(text).visibility === "visible")
              .map((text) => text.dataset.key)"""
        )
    )


def drawn_keys(tab):
    """List the labels that have a text in the picture, seen or not."""
    return set(
        tab.evaluate("""() => [...document.querySelectorAll("#picture [data-key]")]
          .map((text) => text.dataset.key)""")
    )


def texts_of(tab):
    """Give the texts of the picture by the keys of their labels."""
    return tab.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("#picture [data-key]")]
          .map((text) => [text.dataset.key, text.textContent]))"""
    )


def ids_of(net):
    """Give the id of each node on a page."""
    read = numbered(net)
    return dict(zip(read.order.names, read.nodes, strict=True))


def labels_of_network(net):
    """Give the labels of a network by key."""
    read = numbered(net)
    return labels_of(read, seeds_of(read))


def assert_same(found, wanted):
    """Compare the labels of a page and of a network, within 1e-12."""
    assert found.keys() == wanted.keys()
    finite = [abs(float(x)) for x in wanted.values() if math.isfinite(x)]
    size = max(finite, default=1.0)
    for key, value in wanted.items():
        same = found[key] == float(value) or (math.isnan(found[key]) and math.isnan(value))
        within = abs(found[key] - float(value)) <= 1e-12 * max(abs(float(value)), size)
        assert same or within, f"{key}: {found[key]!r} on the page, {value!r} on the graph"


def relabeled(net, fed, seeds):
    """Label a network by both passes."""
    net.feed_forward(fed)
    net.backpropagate(seeds)
    return net


def relabeled_quietly(net, fed):
    """Label a network that may leave its domain."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.DomainWarning)
        relabeled(net, fed, dict.fromkeys(net.outputs, 1.0))


# --- networks -------------------------------------------------------------------------------------


def neuron():
    """Build ½(σ(w·x + b) − t)² and label it."""
    x, t = rg.inputs("x t")
    w, b = rg.parameter("w", 0.5), rg.parameter("b", -0.25)
    o = rg.sigmoid(w * x + b).named("o")
    net = rg.Network.from_expressions(rg.half_squared(o, t).named("E"))
    return relabeled(net, {"x": 2.0, "t": 1.0}, "E")


def blog():
    """Build the network of the reference with its loss, and label it."""
    reference = Path(__file__).parents[1] / "reference" / "blog_network.json"
    formula = json.loads(reference.read_text(encoding="utf-8"))["expression"]
    net = rg.Network.from_expressions(rg.parse(formula).named("L"))
    return relabeled(net, {name: 0.1 * i - 0.3 for i, name in enumerate(net.inputs)}, "L")


def xor():
    """Build units for XOR whose two hidden biases are one parameter, and label them."""
    net = rg.layered([2, 2, 1], activation="sigmoid", rng=np.random.default_rng(7))
    net.add_parameter("tied", 0.25)
    for tail, _, data in net.in_edges("y1", data=True):
        if tail != "bias":
            data.pop("weight")
            data["parameter"] = "tied"
    return relabeled(net, {"x1": 1.0, "x2": 0.0}, "y1")


def tangle():
    """Build a network with shared weights, parallel edges, two outputs and dead ends."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", 2.0)
    net.add_unit("h", "tanh")
    net.add_unit("g", "mul", output=True)
    net.add_unit("dead", "log")
    net.add_unit("s", "stop_gradient")
    net.add_unit("y", "exp", output=True)
    for tail, head, data in [
        ("x", "h", {"parameter": "w"}),
        ("x", "h", {"weight": -0.5}),
        ("h", "g", {"slot": 0}),
        ("s", "g", {"slot": 0}),
        ("x", "g", {"slot": 1, "parameter": "w"}),
        ("h", "y", {"weight": 0.25}),
        ("g", "y", {}),
        ("g", "dead", {}),
        ("w", "s", {}),
    ]:
        net.add_edge(tail, head, **data)
    return relabeled(net, {"x": 0.3}, {"g": 2.0, "y": -0.5})


SMALL = [neuron, blog, xor, tangle]


# --- numbers as text ------------------------------------------------------------------------------


def test_numerals_are_those_of_python(show):
    """A page writes numbers as a diagram does: halves to even, powers of ten, infinities."""
    generator = np.random.default_rng(5)
    numbers = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308]
    numbers += [n / 8 for n in range(-4000, 4000, 7)] + [n + 0.5 for n in range(0, 2000, 3)]
    numbers += [10.0**k for k in range(-30, 30)] + [5 * 10.0**k for k in range(-30, 30)]
    scales = 10.0 ** generator.integers(-12, 13, 1000)
    numbers += list(map(float, generator.uniform(-1, 1, 1000) * scales))
    numbers += list(map(float, generator.integers(0, 10**8, 500) / 2**20))
    halves = zip(generator.integers(1, 10**5, 500), generator.integers(-9, 4, 500), strict=True)
    numbers += [float(f"{digits}5e{exponent}") for digits, exponent in halves]
    tab = show(neuron())
    for precision in (1, 2, 3, 4, 6, 8, 12, 17):
        found = tab.evaluate(
            "([xs, p]) => xs.map((x) => rojasgraph.numeral(x, p))", [numbers, precision]
        )
        assert found == [numeral(x, precision) for x in numbers]


def test_entries_are_read_as_numbers(show):
    """Decimals, powers of ten, fractions and the true minus sign are read; nothing else is."""
    tab = show(neuron())
    good = {"2": 2, " -.5 ": -0.5, "−3": -3, "1e-3": 0.001, "1/4": 0.25, "+7.": 7, "1e2/4": 25}
    bad = ["", "x", "1,5", "0x10", "1e999", "1/0", "1/2/3", "--1", "1 2", "alert(1)", "Infinity"]
    assert tab.evaluate("(texts) => texts.map(rojasgraph.parsed)", list(good)) == list(
        good.values()
    )
    assert tab.evaluate("(texts) => texts.map(rojasgraph.parsed)", bad) == [None] * len(bad)


# --- stepping -------------------------------------------------------------------------------------


def walked(tab, key, count):
    """Press a key some times, and tell each time what the picture shows and what is said."""
    return tab.evaluate(
        """([key, count]) => {
          const ids = (selector) => [...document.querySelectorAll(`#picture ${selector}`)]
            .map((group) => group.dataset.id);
          const seen = (text) => getComputedStyle(text).visibility === "visible";
          return Array.from({ length: count }, () => {
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            const texts = [...document.querySelectorAll("#picture [data-key]")].filter(seen);
            return {
              keys: [...new Set(texts.map((text) => text.dataset.key))].sort(),
              lit: ids(".edge.lit").sort(),
              nodes: ids(".node.current"),
              sentence: document.getElementById("sentence").textContent,
            };
          });
        }""",
        [key, count],
    )


@pytest.mark.parametrize("style", ["table", "circle", "units"])
@pytest.mark.parametrize("build", SMALL)
def test_stepping_shows_just_the_labels_of_the_steps_made(show, build, style):
    """On and back again, the picture shows what has been reached, and lights what acts."""
    net = build()
    tab = show(net, style=style)
    steps = steps_of(net)
    there = drawn_keys(tab)
    always = there - {key for step in steps for key in step.keys}
    assert seen_keys(tab) == always
    reached = [always]
    for step in steps:
        reached.append(reached[-1] | (there & set(step.keys)))
    expected = [
        {"keys": sorted(seen), "lit": sorted(s.lit), "nodes": [s.node], "sentence": s.sentence}
        for seen, s in zip(reached[1:], steps, strict=True)
    ]
    assert walked(tab, "ArrowRight", len(steps)) == expected
    assert walked(tab, "ArrowLeft", len(steps) - 1) == expected[-2::-1]
    (start,) = walked(tab, "ArrowLeft", 1)
    assert (start["keys"], start["lit"], start["nodes"]) == (sorted(always), [], [])


def test_keys_buttons_slider_and_show_all(show):
    """Every way to step leads to the same place; the ends hold."""
    net = neuron()
    tab = show(net)
    count = len(steps_of(net))
    at = lambda: int(tab.locator("#slider").input_value())  # noqa: E731 - asked again and again
    tab.keyboard.press("End")
    assert at() == count
    tab.keyboard.press("ArrowRight")
    assert at() == count
    everything = seen_keys(tab)
    assert everything == drawn_keys(tab)
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowLeft")
    assert at() == 0
    tab.get_by_role("button", name="One step on").click()
    tab.get_by_role("button", name="One step on").click()
    tab.get_by_role("button", name="One step back").click()
    assert at() == 1
    tab.locator("#slider").fill("5")
    assert tab.locator("#sentence").inner_text() == steps_of(net)[4].sentence
    tab.get_by_label("show all").check()
    assert seen_keys(tab) == everything
    assert tab.locator("#picture .lit").count() == 0
    tab.get_by_label("show all").uncheck()
    assert at() == 5
    tab.locator("#slider").focus()
    tab.keyboard.press("ArrowRight")
    assert at() == 6


def test_playing_goes_on_by_itself_until_it_is_paused(show):
    """Space plays from where one is, and pauses."""
    tab = show(neuron())
    tab.clock.install()
    tab.keyboard.press(" ")
    tab.clock.run_for(3700)
    assert tab.locator("#slider").input_value() == "3"
    tab.keyboard.press(" ")
    tab.clock.run_for(3000)
    assert tab.locator("#slider").input_value() == "3"
    assert tab.locator("#play").inner_text() == "Play"


# --- pointing -------------------------------------------------------------------------------------


def test_pointing_at_a_node_tells_all_about_it(show):
    """Name, operation, formula, what its slots receive, and the labels, by mouse or keyboard."""
    net = neuron()
    tab = show(net)
    ids = ids_of(net)
    tab.hover(f"#picture-{ids['o']}")
    told = tab.locator("#details").inner_text()
    data = net.nodes["o"]
    for text in ("o", "sigmoid", "o = σ(add₂)", "0.75", "from add₂"):
        assert text in told
    for number in (data["value"], data["derivatives"][0], data["adjoint"], data["delta"][0]):
        assert numeral(number, 6) in told
    tab.mouse.move(5, 5)
    assert "Point at" in tab.locator("#details").inner_text()
    tab.locator("#picture [tabindex='0']").focus()
    for _ in range(2):
        tab.keyboard.press("ArrowDown")
    focused = tab.evaluate("document.activeElement.dataset.id")
    name = next(name for name, node in ids.items() if node == focused)
    assert tab.locator("#details h3").inner_text().split()[0] == name
    assert name in tab.locator(f"#picture-{focused}").get_attribute("aria-label")


def test_pointing_at_an_edge_tells_what_it_carries(show):
    """Weight, derivative, contribution and gradient; of a shared weight whose it is."""
    net = tangle()
    tab = show(net, style="units")
    told = {}
    for box in tab.locator("#picture .edge").all():
        identifier = box.get_attribute("data-id")
        tab.evaluate(
            """(id) => document.querySelector(`#picture .edge[data-id="${id}"]`)
              .dispatchEvent(new PointerEvent("pointerover", {bubbles: true}))""",
            identifier,
        )
        told[identifier] = tab.locator("#details").inner_text()
    read = numbered(net)
    for e, edge in enumerate(read.order.edges):
        tail, head, _ = read.order.edge_names[e]
        text = told[read.edges[e]]
        assert f"{tail} → {head}" in text
        for label in ("derivative", "contribution", "gradient"):
            assert numeral(edge[label], 6) in text
        if "parameter" in edge:
            assert "its weight is w" in text
            assert "is the weight of" in told[f"{read.edges[e]}w"]


def test_what_can_be_reached_has_a_name_without_marks(show):
    """A screen reader says what a node or an edge is, not the arrows drawn beside its numbers."""
    tab = show(tangle())
    names = tab.locator("#view [role=button]").evaluate_all("all => all.map((x) => x.ariaLabel)")
    read = numbered(tangle())
    assert len(names) >= len(read.nodes) + len(read.edges)
    assert set(read.names) <= set(names)
    assert not re.search("[←→↑↓]", "".join(names))


def test_searching_finds_and_centers(show):
    """A part of a name marks the nodes that have it, and brings the first to the middle."""
    net = blog()
    tab = show(net)
    for _ in range(4):
        tab.keyboard.press("+")
    tab.keyboard.press("/")
    tab.keyboard.type("W2")
    assert tab.locator("#found").inner_text() == "2 found"
    found = tab.locator("#picture .node.found")
    assert sorted(node.get_attribute("data-id") for node in found.all()) == sorted(
        ids_of(net)[name] for name in ("w2_11", "w2_21")
    )
    view, node = tab.locator("#view").bounding_box(), found.first.bounding_box()
    for start, size in (("x", "width"), ("y", "height")):
        middle = node[start] + node[size] / 2
        assert abs(middle - view[start] - view[size] / 2) < 2 * node[size]
    tab.keyboard.press("Escape")
    assert found.count() == 0


def test_zooming_and_panning_move_the_picture(show):
    """The wheel zooms at the pointer, a drag moves and chooses nothing, fit brings it back."""
    tab = show(neuron())
    node = tab.locator("#picture-n4")
    before = node.bounding_box()
    tab.mouse.move(before["x"], before["y"])
    tab.mouse.wheel(0, -300)
    tab.wait_for_function(
        "document.querySelector('#picture-n4').getBoundingClientRect().width > %f"
        % (before["width"] * 1.2)
    )
    zoomed = node.bounding_box()
    assert abs(zoomed["x"] - before["x"]) < 2
    tab.mouse.down()
    tab.mouse.move(before["x"] + 60, before["y"] + 40, steps=4)
    tab.mouse.up()
    moved = node.bounding_box()
    assert abs(moved["x"] - zoomed["x"] - 60) < 6
    assert tab.locator("#picture .chosen").count() == 0
    tab.get_by_role("button", name="Fit").click()
    assert node.bounding_box() == pytest.approx(before)


def test_two_fingers_zoom_and_one_moves(browser, tmp_path):
    """On a touch screen two fingers that part make the picture larger, and a tap chooses."""
    file = tmp_path / "walk.html"
    file.write_text(page(blog()), encoding="utf-8")
    context = browser.new_context(viewport={"width": 800, "height": 800}, has_touch=True)
    tab = context.new_page()
    faults = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.goto(file.as_uri())
    node = tab.locator("#picture .node").first
    before = node.bounding_box()
    node.tap()
    assert tab.locator("#picture .chosen").count() == 1
    node.tap()
    screen = context.new_cdp_session(tab)

    def touch(kind, *points):
        fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (200, 200), (240, 200))
    for apart in range(0, 60, 10):
        touch("touchMove", (200 - apart, 200), (240 + apart, 200))
    touch("touchEnd")
    zoomed = node.bounding_box()
    assert zoomed["width"] > 2 * before["width"]
    assert tab.locator("#picture .chosen").count() == 0
    touch("touchStart", (200, 200))
    for moved in range(0, 60, 10):
        touch("touchMove", (200, 200 + moved))
    touch("touchEnd")
    assert node.bounding_box()["y"] > zoomed["y"] + 30
    assert tab.locator("#picture .chosen").count() == 0
    assert faults == []
    context.close()


# --- paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", SMALL)
def test_paths_are_those_of_the_library(show, build):
    """Between any two nodes: the count, each path with its product, and the sum of them."""
    net = build()
    tab = show(net)
    read = numbered(net)
    names = read.order.names
    pairs = [(i, j) for j in range(len(names)) for i in range(j + 1)]
    found = tab.evaluate(
        """(pairs) => pairs.map(([a, b]) => {
          const found = rojasgraph.paths(a, b);
          return { ...found, count: String(found.count) };
        })""",
        [(read.nodes[i], read.nodes[j]) for i, j in pairs],
    )
    for (i, j), ours in zip(pairs, found, strict=True):
        paths = list(rg.paths(net, names[i], names[j]))
        assert int(ours["count"]) == rg.count_paths(net, names[i], names[j]) == len(paths)
        for listed, path in zip(ours["listed"], paths, strict=True):
            assert [names[node] for node in listed["nodes"]] == list(path.nodes)
            assert listed["product"] == pytest.approx(path.product, rel=1e-12)
        products = sum(path.product for path in paths)
        assert ours["sum"] == pytest.approx(products, rel=1e-12, abs=1e-14)


def test_choosing_two_nodes_lists_the_paths_between_them(show):
    """Two clicks, in whichever order, list the paths; pointing at one lights it."""
    net = blog()
    tab = show(net)
    ids = ids_of(net)
    tab.click(f"#picture-{ids['L']}")
    assert "click another" in tab.locator("#paths").inner_text()
    tab.click(f"#picture-{ids['x']}")
    told = tab.locator("#paths").inner_text()
    paths = list(rg.paths(net, "x", "L"))
    assert f"{len(paths)} paths from x to L" in told
    assert tab.locator("#paths li").count() == len(paths)
    assert numeral(net.nodes["x"]["adjoint"], 6) in told
    tab.locator("#paths li").first.hover()
    lit = {e.get_attribute("data-id") for e in tab.locator("#picture .edge.lit").all()}
    read = numbered(net)
    edge_ids = dict(zip(read.order.edge_names, read.edges, strict=True))
    assert lit == {edge_ids[edge] for edge in paths[0].edges}
    tab.keyboard.press("Escape")
    assert "Click a node" in tab.locator("#paths").inner_text()


def test_of_very_many_paths_the_first_are_listed(show):
    """2¹⁰⁰ paths are counted exactly and summed, and 200 of them listed."""
    node = rg.inputs("x")
    for _ in range(100):
        node = node + node
    net = rg.Network.from_expressions(node.named("y"))
    net.feed_forward(x=1.0)
    net.backpropagate("y")
    tab = show(net)
    ids = ids_of(net)
    found = tab.evaluate(
        """([a, b]) => { const found = rojasgraph.paths(a, b);
          return [String(found.count), found.sum, found.listed.length]; }""",
        [ids["x"], ids["y"]],
    )
    assert found == [str(2**100), 2.0**100, 200]


# --- numbers changed ------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["table", "circle", "units"])
@pytest.mark.parametrize("build", SMALL)
def test_a_changed_number_relabels_by_both_passes(show, build, style):
    """Inputs, parameters and weights: the page gives what feed_forward and backpropagate give."""
    net = build()
    tab = show(net, style=style)
    assert_same(labels_on(tab), labels_of_network(net))
    generator = np.random.default_rng(11)
    read = numbered(net)
    seeds = {read.order.names[j]: seed for j, seed in seeds_of(read).items()}
    new = {name: float(generator.uniform(0.1, 1.5)) for name in [*net.inputs, *net.parameters]}
    ids = ids_of(net)
    entries = {ids[name]: value for name, value in new.items()}
    for e, edge in enumerate(read.order.edges):
        if "weight" in edge:
            edge["weight"] = entries[read.edges[e]] = float(generator.uniform(-1, 1))
    enter(tab, entries)
    for name in net.parameters:
        net.nodes[name]["value"] = new[name]
    relabeled(net, {name: new[name] for name in net.inputs}, seeds)
    wanted = labels_of_network(net)
    assert_same(labels_on(tab), wanted)
    for key, text in texts_of(tab).items():
        shared = key.endswith(".weight") and key not in wanted
        assert shared or numeral(wanted[key]) in text


def test_every_primitive_computes_as_in_python(show):
    """All operations of the table in one network, at several points of their domains."""
    net, points = rg.Network(), {}
    for op, row in TABLE.items():
        if row.function.__module__ != "rojasgraph.primitives":
            continue
        arguments = {
            name: default if default != 3 and isinstance(default, int | float) else 3
            for name, default in row.arguments.items()
        }
        slots = row.slots or 3
        net.add_unit(op, op, arguments=arguments, output=True)
        for s in range(slots):
            net.add_input(f"{op} {s}")
            net.add_edge(f"{op} {s}", op, slot=s)
        points[op] = list(sample_points(row, arguments))
    assert len(points) > 50
    tab, ids = None, ids_of(net)
    for number in (0, 3, 8, 20):
        fed = {
            f"{op} {s}": x
            for op, sampled in points.items()
            for s, x in enumerate(sampled[number % len(sampled)])
        }
        relabeled(net, fed, dict.fromkeys(points, 1.0))
        if tab is None:
            tab = show(net)
        else:
            enter(tab, {ids[name]: x for name, x in fed.items()})
        found, wanted = labels_on(tab), labels_of_network(net)
        assert found.keys() == wanted.keys()
        for key, value in wanted.items():
            assert found[key] == pytest.approx(value, rel=1e-12, abs=1e-15), key


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=networks(analytic=True, max_units=6))
@pytest.mark.once
def test_random_networks_compute_as_in_python(show, drawn):
    """Parallel edges, shared weights, dead ends, names of any kind, several outputs."""
    net, fed = drawn
    relabeled(net, fed, dict.fromkeys(net.outputs, 1.0))
    tab = show(net)
    assert_same(labels_on(tab), labels_of_network(net))
    new = {name: value / 2 + 0.5 for name, value in fed.items()}
    with np.errstate(all="ignore"):
        relabeled_quietly(net, new)
    ids = ids_of(net)
    enter(tab, {ids[name]: value for name, value in new.items()})
    assert_same(labels_on(tab), labels_of_network(net))


def test_values_that_are_not_finite_are_computed_and_shown(show):
    """No product 0·inf is formed where no path leads to the output, or none back, as in Python."""
    net = rg.Network()
    net.add_input("x")
    net.add_unit("dead", "log")
    net.add_unit("stop", "stop_gradient")
    net.add_unit("z", "log", output=True)
    net.add_unit("y", "square", output=True)
    for tail, head in [("x", "dead"), ("x", "stop"), ("stop", "z"), ("x", "y")]:
        net.add_edge(tail, head)
    tab = show(relabeled(net, {"x": 1.0}, ["y", "z"]))
    ids = ids_of(net)
    enter(tab, {ids["x"]: 0.0})
    relabeled_quietly(net, {"x": 0.0})
    assert net.nodes["stop"]["adjoint"] == math.inf
    assert net.nodes["x"]["adjoint"] == 0.0
    assert_same(labels_on(tab), labels_of_network(net))
    assert "−∞" in texts_of(tab)[f"{ids['dead']}.value"]


def test_where_there_is_no_value_there_is_no_derivative(show):
    """Outside of a domain the page has nan for a derivative, as Python has, and no number."""
    x, w = rg.inputs("x"), rg.parameter("w", 1.0)
    net = rg.Network.from_expressions((rg.sqrt(rg.log(x)) * w + x).named("y"))
    tab = show(relabeled(net, {"x": 3.0}, ["y"]))
    enter(tab, {ids_of(net)["x"]: -1.0})
    relabeled_quietly(net, {"x": -1.0})
    assert math.isnan(net.nodes["x"]["adjoint"])
    assert_same(labels_on(tab), labels_of_network(net))


def test_what_is_fed_nan_over_a_weight_keeps_its_derivative(show):
    """A sum passes a missing weight on, its own or a shared one, and its derivative stays 1."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("w", math.nan)
    for name, weight in (("u", {"weight": math.nan}), ("v", {"parameter": "w"})):
        net.add_unit(name, "identity", output=True)
        net.add_edge("x", name, **weight)
    relabeled_quietly(net, {"x": 2.0})
    assert net.nodes["u"]["derivatives"] == net.nodes["v"]["derivatives"] == (1.0,)
    tab = show(net)
    enter(tab, {ids_of(net)["x"]: 3.0})
    relabeled_quietly(net, {"x": 3.0})
    assert_same(labels_on(tab), labels_of_network(net))


def test_a_wrong_entry_is_refused_with_a_reason(show):
    """What is no number changes nothing and is said; `as given` brings the first numbers back."""
    net = neuron()
    tab = show(net)
    before = labels_on(tab)
    field = tab.locator(f"[data-field={ids_of(net)['x']}]")
    for text in ("", "two", "1e999"):
        field.fill(text)
        assert "not a number" in tab.locator("#values .error").first.inner_text()
        assert field.get_attribute("aria-invalid") == "true"
        assert labels_on(tab) == before
    field.fill("−1/2")
    assert tab.locator("#values .error").first.inner_text() == ""
    assert labels_on(tab)[f"{ids_of(net)['x']}.value"] == -0.5
    tab.get_by_role("button", name="as given").click()
    assert labels_on(tab) == before
    assert field.input_value() == "2"


def test_an_unlabeled_network_waits_for_its_inputs(show):
    """Without values there are steps without numbers; filled in, both passes run."""
    x, y = rg.inputs("x y")
    net = rg.Network.from_expressions((x * rg.sin(y)).named("f"))
    tab = show(net)
    assert "Fill in x, y" in tab.locator("#sentence").inner_text()
    tab.keyboard.press("End")
    assert tab.locator("#sentence").inner_text() == steps_of(net)[-1].sentence
    assert set(texts_of(tab).values()) == {""}
    ids = ids_of(net)
    tab.locator(f"[data-field={ids['x']}]").fill("0.5")
    assert f"{ids['f']}.value" not in labels_on(tab)
    tab.locator(f"[data-field={ids['y']}]").fill("2")
    relabeled(net, {"x": 0.5, "y": 2.0}, "f")
    assert_same(labels_on(tab), labels_of_network(net))
    assert tab.locator("#sentence").inner_text() == steps_of(net)[-1].sentence


def test_wide_numbers_stay_in_their_room(show):
    """A number with more characters than its place is squeezed; texts keep inside their node."""
    net = neuron()
    tab = show(net, style="table")
    tab.get_by_label("show all").check()
    enter(tab, {ids_of(net)["x"]: -1.23456789e-9})
    key = f"{ids_of(net)['x']}.value"
    assert texts_of(tab)[key] == "−1.23×10⁻⁹ →"
    text = tab.locator(f"[data-key='{key}']").bounding_box()
    node = tab.locator(f"#picture-{ids_of(net)['x']} .outline").bounding_box()
    assert node["x"] <= text["x"]
    assert text["x"] + text["width"] <= node["x"] + node["width"]


# --- names, looks and limits ----------------------------------------------------------------------


def test_hostile_names_are_text_and_execute_nothing(show):
    """Scripts, quotes, entities and other scripts' letters stand on the page as they are."""
    net = rg.Network()
    net.add_input("x")
    for tail, head in zip(["x", *HOSTILE], HOSTILE, strict=False):
        net.add_unit(head, "tanh", label=head if isinstance(head, str) else None)
        net.add_edge(tail, head, weight=0.9)
    relabeled(net, {"x": 0.5}, HOSTILE[-1])
    tab = show(net, title="</title><script>alert(7)</script>", groups=None)
    assert tab.title() == "</title><script>alert(7)</script>"
    assert tab.locator("h1").inner_text() == "</title><script>alert(7)</script>"
    assert_same(labels_on(tab), labels_of_network(net))
    assert tab.locator("script").count() == 3
    assert tab.locator("img").count() == 0
    shown = numbered(net)
    for name, node, title in zip(shown.order.names, shown.nodes, shown.names, strict=True):
        drawn = tab.locator(f"#picture-{node} text").all_text_contents()
        assert title in drawn
        tab.evaluate(
            """(id) => document.getElementById(`picture-${id}`)
              .dispatchEvent(new PointerEvent("pointerover", {bubbles: true}))""",
            node,
        )
        full = tab.evaluate("document.querySelector('#details h3').firstChild.data")
        assert full == shortened(visible(str(name)), 500)
    tab.keyboard.press("End")
    tab.fill("#query", "alert(")
    count = sum("alert(" in str(name) for name in HOSTILE)
    assert tab.locator("#found").inner_text() == f"{count} found"


def test_a_page_is_one_file_with_a_policy(show):
    """Nothing may be loaded, no other script can act; ids and data stay out of each other's way."""
    text = page(neuron())
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    tab = show(neuron())
    policy = tab.locator("meta[http-equiv]").get_attribute("content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_the_page_follows_the_system_to_the_dark(browser, tmp_path):
    """Colors are the dark theme's where the reader prefers that, unless a theme was asked for."""
    grounds, schemes = {}, {}
    for theme in (None, "print"):
        file = tmp_path / f"{theme}.html"
        options = {} if theme is None else {"theme": theme}
        file.write_text(page(neuron(), **options), encoding="utf-8")
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme)
            tab = context.new_page()
            tab.goto(file.as_uri())
            find = "getComputedStyle(document.querySelector('.fill-function')).fill"
            grounds[theme, scheme] = tab.evaluate(find)
            schemes[theme] = tab.evaluate("getComputedStyle(document.body).colorScheme")
            context.close()
    assert grounds[None, "light"] == "rgb(232, 241, 230)"
    assert grounds[None, "dark"] == "rgb(38, 64, 44)"
    assert grounds["print", "light"] == grounds["print", "dark"] == "rgb(255, 255, 255)"
    assert schemes == {None: "light dark", "print": "light"}


@pytest.mark.parametrize("width", [320, 390, 800, 1400])
def test_nothing_is_cut_off_at_any_width(browser, tmp_path, width):
    """The page never scrolls sideways, and every control can be reached."""
    file = tmp_path / "walk.html"
    file.write_text(page(tangle(), title="a title " * 20), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800})
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    controls = [tab.locator(f"#{name}").bounding_box() for name in ("find", "zoom")]
    picture = tab.locator("#view > svg").bounding_box()
    assert picture["y"] >= max(box["y"] + box["height"] for box in controls)  # nothing is covered
    for control in tab.locator("button:visible, input:visible").all():
        box = control.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    context.close()


def test_a_batch_shows_one_example(show):
    """The labels are those of the example, and the page says which it is."""
    net = neuron()
    net.feed_forward(x=np.array([1.0, -2.0, 0.5]), t=1.0)
    net.backpropagate("E")
    single = neuron()
    for example, x in ((None, 1.0), (1, -2.0), (-1, 0.5)):
        tab = show(net, example=example)
        assert_same(labels_on(tab), labels_of_network(relabeled(single, {"x": x, "t": 1.0}, "E")))
        number = {None: 0, 1: 1, -1: 2}[example]
        assert f"example {number} of a batch of 3" in tab.locator("#about").inner_text()
    for wrong in (3, (0, 0), "mean", True):
        with pytest.raises(rg.ArgumentError, match="example"):
            page(net, example=wrong)


def test_fractions_become_decimals_and_it_is_said(show):
    """Exact labels are computed as doubles, with a note."""
    net = rg.Network.from_expressions(
        (rg.inputs("x") * rg.parameter("w", Fraction(1, 3))).named("y")
    )
    relabeled(net, {"x": Fraction(1, 7)}, "y")
    tab = show(net)
    assert "Fractions are computed as decimals" in tab.locator("#about").inner_text()
    assert_same(labels_on(tab), {key: float(x) for key, x in labels_of_network(net).items()})


def test_numbers_that_javascript_lacks_are_refused():
    """Complex numbers and symbols have no page; the error says what to do."""
    import mpmath
    import sympy

    x = rg.inputs("x")
    net = rg.Network.from_expressions(rg.exp(x).named("y"))
    for value in (1 + 2j, sympy.Symbol("s"), mpmath.mpc(1, 2)):
        net.feed_forward(x=value)
        with pytest.raises(rg.ArgumentError, match=r"'x'.*feed_forward with floats"):
            page(net)
    net.feed_forward(x=mpmath.mpf("0.1"))
    assert "rounded to 16 digits" in page(net)


@pytest.mark.parametrize(
    "options", [{"focus": "o"}, {"blank": "value"}, {"unit": "split"}, {"numbers": "symbols"}]
)
def test_options_without_a_meaning_on_a_page_are_refused(options):
    """What would take labels out of the picture is refused, with the reason."""
    with pytest.raises(rg.ArgumentError, match=next(iter(options))):
        page(neuron(), **options)


def test_graphs_that_break_the_contract_are_refused():
    """A cycle, an operation that is not there: as the passes say it."""
    with pytest.raises(rg.CycleError):
        page(nx.MultiDiGraph([("a", "b"), ("b", "a")]))
    graph = nx.MultiDiGraph()
    graph.add_node("a", op="nonsense")
    with pytest.raises(rg.UnknownPrimitive, match="nonsense"):
        page(graph)


def test_any_digraph_has_a_page(show):
    """A plain networkx graph that meets the contract is walked through, and left as it is."""
    graph = graphs.line_fit(labeled=True)
    before = {node: dict(data) for node, data in graph.nodes(data=True)}
    tab = show(graph)
    assert_same(labels_on(tab), labels_of_network(graph))
    assert {node: dict(data) for node, data in graph.nodes(data=True)} == before


def test_an_empty_network_has_a_page(show):
    """Nothing to show is no error."""
    tab = show(rg.Network())
    tab.keyboard.press("ArrowRight")
    assert labels_on(tab) == {}


def random_units(count):
    """Build a network of that many nodes, each fed by one or two of those before it.

    Its nodes have places, so that no time goes into a layout.
    """
    generator = np.random.default_rng(0)
    net = rg.Network()
    names = [net.add_input(f"x{i}") for i in range(10)]
    for i in range(count - len(names)):
        name = net.add_unit(f"u{i}", ("tanh", "sigmoid", "sin")[i % 3])
        near = names[-60:]
        for t in generator.choice(len(near), size=generator.integers(1, 3), replace=False):
            net.add_edge(near[t], name, weight=float(generator.normal()))
        names.append(name)
    for i, name in enumerate(names):
        net.nodes[name]["pos"] = (i // 40, i % 40)
    net.feed_forward({name: float(generator.normal()) for name in net.inputs})
    net.backpropagate(net.outputs)
    return net


@pytest.mark.once
def test_two_thousand_nodes(show, record_property):
    """A page of the most nodes steps, finds and computes; how fast is written into the report."""
    net = random_units(MOST_NODES)
    tab = show(net)
    assert_same(labels_on(tab), labels_of_network(net))
    milliseconds = tab.evaluate(
        """async () => {
          const start = performance.now();
          const key = {key: "ArrowRight", bubbles: true};
          for (let i = 0; i < 30; i += 1) {
            document.body.dispatchEvent(new KeyboardEvent("keydown", key));
            await new Promise(requestAnimationFrame);
          }
          return (performance.now() - start) / 30;
        }"""
    )
    record_property("milliseconds per step", milliseconds)
    there = drawn_keys(tab)
    steps = steps_of(net)
    later = {key for step in steps[30:] for key in step.keys}
    assert seen_keys(tab) == there - later
    tab.fill("#query", "u1000")
    node = ids_of(net)["u1000"]
    tab.locator(f"#picture-{node}").dispatch_event("click")
    fields = {f.get_attribute("data-field") for f in tab.locator("[data-field]").all()}
    read = numbered(net)
    into = {read.edges[e] for e, name in enumerate(read.order.edge_names) if name[1] == "u1000"}
    assert fields == into


def test_a_larger_network_has_a_summary(show):
    """Above that there are counts and a table in the place of the diagram, and it says so."""
    net = random_units(MOST_NODES + 1)
    tab = show(net)
    told = tab.locator("main").inner_text()
    assert "too large" in told
    assert f"{MOST_NODES + 1:,}" in told
    depth = nx.dag_longest_path_length(net, weight=None)
    assert f"{depth:,} edges on the longest path" in told
    assert f"outputs\t{len(net.outputs):,}" in told
    assert tab.locator("svg").count() == 0
    assert tab.locator("table").last.locator("tr").count() == 501
    assert numeral(net.nodes["x0"]["value"]) in told
