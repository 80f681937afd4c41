"""Find a program that renders Graphviz's language, and run it within a time limit."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess  # for the user's own `dot` # nosec B404
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from rojasgraph.errors import MissingDependency, RenderingError

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "ROJASGRAPH_DOT"
"""The environment variable that names a renderer, before any other is looked for."""

WHEEL = "graphviz-pure"
"""The package that brings a renderer of its own, by the extra `draw`."""


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
        RenderingError: it failed, wrote nothing or did not end in time.

    >>> run(find_renderer(), ["-Tsvg"], "digraph { a }", timeout=10)[:5]
    b'<?xml'
    """
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell; it is the user's # nosec B603
            [program, *options], stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        message = f"{program} cannot be started: {error}"
        raise RenderingError(message) from error
    with process:
        try:
            output, complaint = process.communicate(source.encode(), timeout)
        except subprocess.TimeoutExpired:
            message = (
                f"{program.name} did not end within {timeout:g} s: give it more time (timeout=), "
                "or draw a part, such as network.subgraph(nodes)"
            )
            raise RenderingError(message) from None
        finally:
            _stop(process)
    if process.returncode or not output:
        said = complaint.decode(errors="replace").strip() or "nothing"
        message = f"{program} ended with code {process.returncode} and said: {said}"
        raise RenderingError(message)
    return output


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a renderer that still runs, with all that it started: it may be a script."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
