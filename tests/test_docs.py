"""The site: its commands, pictures and links; what the pages' code prints are doctests."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

import rojasgraph as rg
from docs.pictures import DOCS, commands, pages, printed, same, shown, stale

PAGES = pages()
CONTRIBUTING = DOCS.parent / "CONTRIBUTING.md"
NAMES = [str(page.relative_to(DOCS.parent)) for page in PAGES]
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}

FENCE = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|!?\[[^\]]*\])*\]\((?!\w+:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
DIRECTIVE = re.compile(r"^\.\. (?:auto\w+:: |module:: rojasgraph\.)(\w+)$", re.MULTILINE)
CALL = re.compile(r"^\| `(\w+)\(", re.MULTILINE)

WITH_COMMANDS = [page for page in PAGES if commands(page)]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_commands(page, tmp_path, monkeypatch):
    """What stands below a command is what it prints, and its picture is the one that is shown."""
    monkeypatch.chdir(tmp_path)
    for command, told in commands(page):
        tells = printed(command)
        assert same(told, tells), f"{command}: python docs/pictures.py writes it again\n{tells}"
    assert list(stale(page, tmp_path)) == []


def test_commands_are_found():
    """The README and the page of the command line are among those that are tested."""
    assert {page.name for page in WITH_COMMANDS} >= {"README.md", "command-line.md"}


def test_every_picture_is_drawn_by_a_page():
    """Each picture that is shown is there, and a page of its folder draws it by name."""
    for page in PAGES:
        for picture in shown(page):
            assert picture.is_file(), f"{page.name}: python docs/pictures.py draws {picture.name}"
            own = [text for at, text in TEXTS.items() if at.parent == picture.parent]
            ways = (f'"{picture.name}"', f"-o {picture.name}")
            assert any(way in text for text in own for way in ways), picture.name


def test_no_picture_is_left_over():
    """No page has forgotten a picture."""
    seen = {picture for page in PAGES for picture in shown(page)}
    there = {path for path in DOCS.rglob("*.svg") if "_build" not in path.parts}
    assert there == seen


def test_code_that_is_not_run_says_so():
    """Python on a page is a doctest, or stands below the words that it is not run."""
    for page, text in TEXTS.items():
        for match in re.finditer(r"^```(?:python|py)$", text, re.MULTILINE):
            above = text[: match.start()].rstrip().rpartition("\n")[2]
            assert above == "Not run here:", f"{page.name}: {above!r} above a block of Python"


def anchors(text):
    """Give the anchors of the headings of a page, as GitHub and MyST make them."""
    found = HEADING.findall(FENCE.sub("", text))
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in found)
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links(page):
    """No link inside the repository is dead, its heading included."""
    for link in LINK.findall(FENCE.sub("", TEXTS[page])):
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: no such file"
        if anchor:
            text = target.read_text(encoding="utf-8")
            assert anchor in anchors(text), f"{link}: no such heading"


def test_the_house_is_complete():
    """The picture of the house has every module and package of the first floor down."""
    (house,) = re.findall(r"^```text\n(.*?)^```$", TEXTS[CONTRIBUTING], re.MULTILINE | re.DOTALL)
    there = {path.stem for path in Path(rg.__file__).parent.iterdir() if path.suffix in {"", ".py"}}
    assert {name for name in there if name.isidentifier() and name[0] != "_"} <= {*house.split()}


def test_every_public_name_is_on_a_page_of_the_reference():
    """Each name of the package has its docstring in docs/reference, or a row of primitives.md."""
    text = "".join(text for page, text in TEXTS.items() if page.parent.name == "reference")
    found = {*DIRECTIVE.findall(text), *CALL.findall(TEXTS[DOCS / "primitives.md"])}
    names = {name for name in rg.__all__ if not isinstance(getattr(rg, name), ModuleType)}
    assert len(names) > 100
    missing = sorted(names - found)
    assert not missing, f"add `.. autofunction:: NAME` to a page in docs/reference for {missing}"
    assert {name for name in found if not hasattr(rg, name)} == set()
