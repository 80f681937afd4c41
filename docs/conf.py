"""How Sphinx makes the site; nothing is fetched from the network.

python -m sphinx -W --keep-going docs docs/_build
"""

from typing import Any

project = "rojasgraph"
author = "the rojasgraph founders"
copyright = author

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

myst_heading_anchors = 3  # `page.md#a-heading`, as on GitHub
default_role = "code"  # `name` in a docstring

autodoc_typehints = "none"  # the docstrings say what is taken
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # as they are written
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "rojasgraph"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sphinx = False
html_show_copyright = False
pygments_style = "default"
pygments_dark_style = "monokai"


def setup(app: Any) -> None:  # noqa: ANN401 - Sphinx is not there when the tests read this file
    """Read pages and docstrings as the tests and their readers do."""
    app.connect("source-read", _without_last_lines)
    app.connect("autodoc-process-docstring", _as_it_is)


def _without_last_lines(_app: object, _page: str, source: list[str]) -> None:
    """Take away the empty line that ends a block of Python for the doctests."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def _as_it_is(_app: object, _kind: str, _name: str, *rest: Any) -> None:  # noqa: ANN401
    """Keep |x| and `name`s from being read as marks of reStructuredText."""
    lines: list[str] = rest[-1]
    code = False
    for number, line in enumerate(lines):
        code = bool(line.strip()) and (code or line.lstrip().startswith(">>>"))
        if not code:
            parts = line.split("`")
            parts[::2] = [text.replace("|", r"\|") for text in parts[::2]]
            parts[2::2] = [rf"\ {text}" if text[:1].isalpha() else text for text in parts[2::2]]
            lines[number] = "`".join(parts)
