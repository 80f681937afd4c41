"""A Graphviz that hangs, is killed, floods or writes nonsense: a message, or our own layout."""

import json
import os
import signal
import time

import pytest

import rojasgraph as rg
from rojasgraph.drawing import renderers
from rojasgraph.drawing.pictures import picture
from tests.faults.networks import branched

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake renderers are shell scripts")

DRAWN = pytest.mark.promise(
    "nothing lost",
    "Whatever Graphviz does, an svg and a page are drawn, by our own layout if need be.",
)
QUOTED = pytest.mark.promise(
    "nothing wrong in silence",
    "A renderer that fails, is killed or writes half a picture is an error; the old file stays.",
)
BOUNDS = pytest.mark.promise(
    "within bounds",
    "A renderer is stopped in time with all that it started, and cannot fill memory.",
)


@pytest.fixture(autouse=True)
def little_output(monkeypatch):
    """Let a renderer write little, so that too much is written soon."""
    monkeypatch.setattr(renderers, "MOST_OUTPUT", 1 << 20)


OLD_VERSION = "echo 'Format: \"json\" not recognized. Use one of: canon cmap dot svg' >&2; exit 1"
FAILURES = {
    "killed": ("kill -9 $$", "was killed by SIGKILL and said: nothing"),
    "crashed": ("kill -SEGV $$", "was killed by SIGSEGV"),
    "failed": ("echo 'out of memory' >&2; exit 1", "ended with code 1 and said: out of memory"),
    "silent": ("exit 0", "ended with code 0 and said: nothing"),
    "ancient": (OLD_VERSION, "not recognized"),
    "hanging": ("sleep 9", r"did not end within 0\.3 s"),
    "deaf": ("exec <&-; sleep 9", r"did not end within 0\.3 s"),
    "waiting": ("cat > /dev/null; sleep 9", r"did not end within 0\.3 s"),
    "closed": ("exec >&- 2>&-; sleep 9", r"did not end within 0\.3 s"),
    "leaving a child": ("sleep 9 & exit 0", r"did not end within 0\.3 s"),
    "flooding": ("yes no end >&2", r"did not end within 0\.3 s"),
    "much": ("yes '<svg>'", "wrote more than 1 MiB"),
}
each_failure = pytest.mark.parametrize(("script", "message"), FAILURES.values(), ids=FAILURES)


def patience(message):
    """Give how long to wait: short where nothing comes."""
    return 0.3 if "did not end" in message else 20


@DRAWN
@each_failure
@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_our_own_layout_steps_in(script, message, suffix, fake_dot, tmp_path):
    """One warning that quotes the renderer; the file is as good as one without Graphviz."""
    fake_dot(script)
    begin = time.monotonic()
    with pytest.warns(rg.DrawingWarning, match=f"drawn by our own layout: .*{message}") as caught:
        path = rg.render(branched(), tmp_path / f"net.{suffix}", timeout=patience(message))
    assert time.monotonic() - begin < 9
    assert len(caught) == 1
    written = path.read_text(encoding="utf-8")
    assert written.count('class="node') >= 6
    assert written.rstrip().endswith("</svg>" if suffix == "svg" else "</html>")


@QUOTED
@BOUNDS
@each_failure
def test_only_graphviz_can(script, message, fake_dot, tmp_path, monkeypatch):
    """A png is not written; the old one stays, and the next is right."""
    path = tmp_path / "net.png"
    path.write_bytes(b"old")
    program = fake_dot(script.replace("sleep 9", f"sleep 1; touch {tmp_path}/survived"))
    with pytest.raises(rg.RenderingError, match=message):
        rg.render(branched(), path, timeout=patience(message))
    assert path.read_bytes() == b"old"
    assert {found.name for found in tmp_path.iterdir()} == {"net.png", program.parent.name}
    monkeypatch.delenv("ROJASGRAPH_DOT")
    assert rg.render(branched(), path).read_bytes().startswith(b"\x89PNG")
    if "survived" in script.replace("sleep 9", "survived"):
        time.sleep(0.9)
        assert not (tmp_path / "survived").exists()


@QUOTED
@pytest.mark.parametrize(
    ("suffix", "written"),
    [
        ("png", r"\211PNG\r\n\032\n and no end"),
        ("png", "no picture IEND"),
        ("pdf", "%%PDF-1.7 and no end"),
        ("pdf", "no picture %%%%EOF"),
        ("svg", "<svg><g>"),
        ("svg", "no picture"),
        ("svg", r"<svg>\377</svg>"),
    ],
)
def test_half_a_picture(suffix, written, fake_dot, tmp_path):
    """A picture that does not begin and end as one is refused, and quoted."""
    fake_dot(f"printf '{written}'")
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(rg.RenderingError, match=f"wrote no whole {suffix}: b.*svg, which needs no"):
        rg.render(rg.draw(branched()), path)
    assert path.read_bytes() == b"old"


EDGE = {"id": "e0", "pos": "0,0 1,1 2,2 3,3"}
NODE = {"name": "n0", "pos": "1,1"}
LAYOUTS = {
    "empty": {},
    "a list": [],
    "a number": 3,
    "no text": {"bb": 7},
    "three sides": {"bb": "0,0,1"},
    "no nodes": {"bb": "0,0,9,9", "objects": None},
    "a node without a name": {"bb": "0,0,9,9", "objects": [{"pos": "1,1"}]},
    "nodes that are numbers": {"bb": "0,0,9,9", "objects": [1, 2]},
    "nan": {"bb": "0,0,9,9", "objects": [NODE | {"pos": "nan,1"}], "edges": [EDGE]},
    "infinity": {"bb": "0,0,9,inf", "objects": [NODE], "edges": [EDGE]},
    "no edges": {"bb": "0,0,9,9", "objects": [NODE]},
    "an edge of two points": {
        "bb": "0,0,9,9",
        "objects": [NODE],
        "edges": [EDGE | {"pos": "1,1 2,2"}],
    },
    "an edge with an arrow": {
        "bb": "0,0,9,9",
        "objects": [NODE],
        "edges": [EDGE | {"pos": "e,1,1 2,2"}],
    },
}
TEXTS = [*map(json.dumps, LAYOUTS.values()), "[" * 100_000, '{"bb": ', "<svg/>", "\\377", "NaN"]


@DRAWN
@pytest.mark.parametrize(
    "layout", TEXTS, ids=[*LAYOUTS, "deep", "half", "svg", "bytes", "no number"]
)
def test_a_layout_that_is_none(layout, fake_dot, tmp_path):
    """What cannot be read is not drawn: our own layout is."""
    (tmp_path / "layout").write_bytes(layout.replace("\\377", "\xff").encode("latin-1"))
    fake_dot(f"cat {tmp_path}/layout")
    net = rg.Network()
    net.add_unit("a", "square")
    net.add_edge("a", "a")
    net.remove_edge("a", "a")
    net.add_input("x")
    net.add_edge("x", "a")
    with pytest.warns(rg.DrawingWarning, match="dot wrote no layout that can be read") as caught:
        path = rg.render(net, tmp_path / "net.svg")
    assert len(caught) == 1
    assert path.read_text(encoding="utf-8").count('class="node') == 2


@BOUNDS
def test_the_end_of_a_long_complaint(fake_dot):
    """What it said last is told, not the megabytes before."""
    fake_dot("yes warning | head -c 30000000 >&2; echo the last word >&2; exit 1")
    with pytest.raises(rg.RenderingError, match="the last word") as caught:
        picture("digraph { a }", "svg", timeout=20)
    assert len(str(caught.value)) < 3000


@DRAWN
@pytest.mark.parametrize("content", ["no program", "#!/no/such/shell"])
def test_a_wheel_that_does_not_work(content, monkeypatch, tmp_path):
    """The renderer that comes by pip may be one for another machine."""
    broken = tmp_path / "graphviz-pure"
    broken.write_text(content)
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("ROJASGRAPH_DOT", raising=False)
    monkeypatch.setattr(renderers, "_program_of_wheel", lambda: broken)
    with pytest.warns(rg.DrawingWarning, match="graphviz-pure cannot be started"):
        assert rg.render(branched(), tmp_path / "net.svg").exists()
    with pytest.raises(rg.RenderingError, match="cannot be started"):
        rg.render(branched(), tmp_path / "net.png")


@BOUNDS
@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_ctrl_c_while_it_is_drawn(suffix, fake_dot, tmp_path):
    """The renderer is stopped too, and the old file stays."""
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(b"old")
    fake_dot(f"sleep 1; touch {tmp_path}/survived")
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            rg.render(branched(), path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    time.sleep(1)
    assert {found.name for found in tmp_path.iterdir()} == {path.name, "programs"}
    assert path.read_bytes() == b"old"
