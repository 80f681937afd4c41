"""Find a program that renders Graphviz's language, and run it within a time limit."""

from __future__ import annotations

import os
import shutil
import signal
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from rojasgraph.drawing.processes import TooMuch, run_within
from rojasgraph.errors import MissingDependency, RenderingError

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "ROJASGRAPH_DOT"
"""The environment variable that names a renderer, before any other is looked for."""

WHEEL = "graphviz-pure"
"""The package that brings a renderer of its own, by the extra `draw`."""


MOST_OUTPUT = 256 << 20
"""How many bytes a picture may have."""

_MOST_SAID = 2_000
"""How much of what a renderer complains of is told: the end of it."""


def find_renderer(*, complete: bool = False) -> Path:
    """Find the program that renders: named by ROJASGRAPH_DOT, a `dot`, or the wheel's.

    Args:
        complete: only Graphviz itself will do, since the wheel's program writes no PDF.

    Returns:
        The path of the program.

    Raises:
        MissingDependency: there is none; the message says what to install.

    >>> find_renderer().exists()
    True
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            message = (
                f"{VARIABLE} is {named!r}, which is no program that can be run: "
                "set it to the path of Graphviz's dot, or unset it"
            )
            raise MissingDependency(message)
        return Path(found)
    system = shutil.which("dot")
    if system is not None:
        return Path(system)
    brought = None if complete else _program_of_wheel()
    if brought is not None:
        return brought
    if complete:
        message = (
            "PDF needs Graphviz itself: install it (https://graphviz.org/download) so that `dot` "
            f"is on the PATH, or set {VARIABLE} to its path; svg and png need less"
        )
    else:
        message = (
            'nothing here can draw: pip install "rojasgraph[draw]" brings a renderer; a `dot` on '
            f"the PATH or named by the environment variable {VARIABLE} serves as well. Files "
            "ending in .gv need none"
        )
    raise MissingDependency(message)


def _program_of_wheel() -> Path | None:
    try:
        files = metadata.files(WHEEL) or ()
    except metadata.PackageNotFoundError:
        return None
    programs = (Path(str(file.locate())) for file in files if file.stem == WHEEL)
    return next((path for path in programs if os.access(path, os.X_OK) and path.is_file()), None)


def run(program: Path, options: Sequence[str], source: str, *, timeout: float) -> bytes:
    """Run a renderer on a text in Graphviz's language.

    Args:
        program: the renderer.
        options: what it is called with.
        source: the text.
        timeout: after how many seconds to stop it.

    Returns:
        What it wrote, which is not empty.

    Raises:
        RenderingError: it failed, wrote nothing, or too much, or did not end in time.

    >>> run(find_renderer(), ["-Tsvg"], "digraph { a }", timeout=10)[:5]
    b'<?xml'
    """
    try:
        ended = run_within(
            [program, *options],
            source.encode(),
            timeout=timeout,
            most_output=MOST_OUTPUT,
            most_complaint=_MOST_SAID,
        )
    except TimeoutError:
        message = (
            f"{program.name} did not end within {timeout:g} s: give it more time (timeout=), "
            "or draw a part, such as network.subgraph(nodes)"
        )
        raise RenderingError(message) from None
    except TooMuch:
        message = f"{program.name} wrote more than {MOST_OUTPUT >> 20} MiB, which is no picture"
        raise RenderingError(message) from None
    except OSError as error:
        message = f"{program} cannot be started: {error}"
        raise RenderingError(message) from error
    if ended.code or not ended.output:
        said = ended.complaint.decode(errors="replace").strip() or "nothing"
        raise RenderingError(f"{program} {_fate(ended.code)} and said: {said}")
    return ended.output


def _fate(code: int) -> str:
    """Say how a program ended.

    >>> _fate(1), _fate(-9)
    ('ended with code 1', 'was killed by SIGKILL')
    """
    if code >= 0:
        return f"ended with code {code}"
    known = {number.value: number.name for number in signal.Signals}
    return f"was killed by {known.get(-code, f'signal {-code}')}"
