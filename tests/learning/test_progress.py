"""Telling how training goes: a bar, plain lines, or nothing."""

from __future__ import annotations

import io
import sys

import pytest

import rojasgraph as rg
from rojasgraph.learning import progress

HISTORY = rg.History(losses=[1.0, 0.25], validation=[2.0, 0.5], stopped="all epochs done")


class Terminal(io.StringIO):
    """What thinks that it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


def small(**options):
    """Train something small."""
    net = rg.layered([1, 1])
    return rg.train(net, inputs=[0.0, 1.0], targets=[0.0, 1.0], epochs=3, **options)


def test_by_default_a_line_is_told_at_the_end(capsys):
    """Where nobody watches, one line on standard error; standard output stays clean."""
    history = small()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"epoch 3 of 3: error {history.losses[-1]:.5g}: all epochs done, ")
    assert err.count("\n") == 1


def test_nothing_is_told_where_nothing_is_asked(capsys):
    """`progress=False` is silence."""
    small(progress=False)
    assert capsys.readouterr() == ("", "")


def test_lines_move_on_a_terminal_without_rich(monkeypatch):
    """Without rich, one line that is written over, with rate and time left."""
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress, "_REFRESHES", 0.0)
    with progress.reporter(10, 0, progress=True) as told:
        told.tell(2, HISTORY)
        told.end(2, HISTORY.stopped, HISTORY)
    first, second = sys.stderr.getvalue().split("\r\x1b[2K")[1:]
    assert first.startswith("epoch 2 of 10: error 0.25, validation 0.5, ")
    assert first.endswith("s left")
    assert "epochs/s" in first
    assert second.startswith("epoch 2 of 10: error 0.25, validation 0.5: all epochs done, ")


def test_lines_are_rare_where_nobody_watches(monkeypatch, capsys):
    """Not on a terminal, epochs that follow quickly are not told one by one."""
    monkeypatch.setitem(sys.modules, "rich.console", None)
    told = progress.reporter(10, 0, progress=True)
    for _ in range(100):
        told.tell(2, HISTORY)
    assert capsys.readouterr().err == ""


def test_a_bar_by_rich(monkeypatch):
    """The bar tells the epoch, both errors, the rate and the time left."""
    console = pytest.importorskip("rich.console")
    screen = io.StringIO()
    monkeypatch.setattr(progress, "_REFRESHES", 0.0)
    made = console.Console(file=screen, force_terminal=True, width=120, color_system=None)
    with progress._bar(made, 10, 0, "epoch") as told:
        told.tell(2, HISTORY)
        told.end(2, HISTORY.stopped, HISTORY)
    shown = screen.getvalue()
    assert "2/10" in shown
    assert "error 0.25, validation 0.5" in shown
    assert "all epochs done, 2 epochs" in shown


def test_a_terminal_gets_the_bar(monkeypatch):
    """With rich, what thinks that it is a terminal gets the bar."""
    pytest.importorskip("rich")
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(progress.reporter(10, 0, progress=True), progress.Bar)
    small()
    assert "3/3" in sys.stderr.getvalue()


def test_networks_are_counted(capsys, monkeypatch):
    """A function of many networks is told of as training is, in its own unit."""
    networks = [rg.layered([1, 1])] * 3
    found = rg.map_networks(lambda net, seed: len(net), networks)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("network 3 of 3: done, ")
    assert rg.map_networks(lambda net, seed: len(net), networks, progress=False) == found
    assert rg.map_networks(lambda net, seed: len(net), [], progress=True) == []
    assert capsys.readouterr().err.startswith("network 0 of 0: done, ")
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress, "_REFRESHES", 0.0)
    rg.map_networks(lambda net, seed: len(net), networks)
    told = sys.stderr.getvalue().split("\r\x1b[2K")[1:]
    assert [line[:14] for line in told] == [f"network {i} of 3" for i in (1, 2, 3, 3)]
    assert "networks/s" in told[0]
