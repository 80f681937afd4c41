"""Draw the pictures of the pages, and write what their commands print, by what stands on the pages.

    python docs/pictures.py            all pages
    python docs/pictures.py drawing    pages whose path contains this

A page draws a picture by `rg.render(net, "name.svg")` in a `pycon` block, or by a command with
`-o name.svg` in a `console` block, and shows it from its own folder.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree as ET

from rojasgraph.cli import main as command_line

DOCS = Path(__file__).resolve().parent
FIRST = [DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]

_PICTURE = re.compile(r"!\[[^\]]*\]\((?!\w+:)([^)\s]+)\)")
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (rojasgraph .*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def pages() -> list[Path]:
    """List the README, how to contribute, and the pages of the site."""
    written = (path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
    return [*FIRST, *sorted(written)]


def shown(page: Path) -> list[Path]:
    """List the pictures that a page shows."""
    found = _PICTURE.findall(page.read_text(encoding="utf-8"))
    return [(page.parent / name).resolve() for name in dict.fromkeys(found)]


def commands(page: Path) -> list[tuple[str, str]]:
    """List the commands of this package on a page, each with what is printed below it."""
    blocks = _CONSOLE.findall(page.read_text(encoding="utf-8"))
    return [found for block in blocks for found in _COMMAND.findall(block)]


def printed(command: str) -> str:
    """Run a command in the present folder; give what a terminal of 80 columns shows."""
    told = io.StringIO()
    with (
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(told),
        contextlib.suppress(SystemExit),
        patch.dict(os.environ, {"COLUMNS": "80"}),
    ):
        command_line(shlex.split(command)[1:])
    return told.getvalue()


def same(told: str, tells: str) -> bool:
    """Compare what a command printed with what it prints; Pythons differ in how help is broken."""
    return _plain(told) == _plain(tells)


def _plain(told: str) -> list[str]:
    return re.sub(r"(-\w) (\w+), (--\w+) \2", r"\1, \3 \2", told).split()


def run(page: Path) -> None:
    """Run the code and the commands of a page in the present folder."""
    text = page.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    doctest.DocTestRunner(verbose=False).run(test, out=lambda _: None)  # pytest compares it
    for command, _ in commands(page):
        printed(command)


def words(picture: Path) -> list[str]:
    """List what a picture says, in any order: where it stands is up to the layout."""
    root = ET.parse(picture).getroot()  # noqa: S314 - our own files
    texts = (node for node in root.iter() if node.tag.rpartition("}")[2] in {"text", "desc"})
    return sorted("".join(node.itertext()) for node in texts)


def stale(page: Path, folder: Path) -> Iterator[Path]:
    """Give the pictures of a page that say something else than those drawn into a folder."""
    for kept in shown(page):
        drawn = folder / kept.name
        if drawn.is_file() and (not kept.is_file() or words(drawn) != words(kept)):
            yield kept


def _differ(kept: Path, drawn: Path) -> bool:
    """Tell whether a page draws a picture that is not, byte by byte, the one that is kept."""
    return drawn.is_file() and not (kept.is_file() and kept.read_bytes() == drawn.read_bytes())


def draw(page: Path) -> list[Path]:
    """Bring a page's pictures and its commands' output up to date; list what has changed.

    A test holds pictures to their words alone, since layouts differ between versions of Graphviz;
    here they are written anew as soon as anything in them has moved.
    """
    text = page.read_text(encoding="utf-8")
    new = text
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        run(page)
        drawn = {kept: Path(name, kept.name) for kept in shown(page)}
        changed = [kept for kept, picture in drawn.items() if _differ(kept, picture)]
        for kept in changed:
            kept.write_bytes(drawn[kept].read_bytes())
        for command, old in commands(page):
            if not same(old, told := printed(command)):
                new = new.replace(f"$ {command}\n{old}", f"$ {command}\n{told}")
    if new != text:
        page.write_text(new, encoding="utf-8")
        changed.append(page)
    return changed


def main(parts: list[str]) -> None:
    """Draw the pictures of the pages that are asked for, and say which have changed."""
    for page in pages():
        name = str(page.relative_to(DOCS.parent))
        if not parts or any(part in name for part in parts):
            print(name, *(path.name for path in draw(page)))


if __name__ == "__main__":
    main(sys.argv[1:])
