"""Write the HTML-like labels of Graphviz; every text is escaped here and nowhere else."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def escape(text: str) -> str:
    r"""Escape a text for a label of Graphviz, HTML-like or plain.

    Args:
        text: any printable text.

    Returns:
        The text with nothing left in it that Graphviz would read as markup. Backslashes are
        doubled, since `\\N` stands for the node's id, in HTML-like labels too.

    >>> print(escape("<b>"), escape("\\N"))
    &lt;b&gt; \\N
    """
    return html.escape(text).replace("\\", "\\\\")


def tooltip(text: str) -> str:
    r"""Escape a text for a tooltip, in which Graphviz reads backslashes twice.

    Args:
        text: any printable text.

    Returns:
        The escaped text.

    >>> print(tooltip("\\N"))
    \\\\N
    """
    return escape(text).replace("\\", "\\\\")


def font(
    text: str | None,
    *,
    size: int,
    color: str | None = None,
    italic: bool = False,
    bold: bool = False,
) -> str:
    """Set a text in a size, a color, a slope and a weight.

    Args:
        text: the text, not yet escaped; None for no text.
        size: in points.
        color: a color, such as `#c00000`.
        italic: whether the text slopes.
        bold: whether it is bold.

    Returns:
        The escaped text inside its tags; nothing for no text.

    >>> font("a<b", size=9, color="red")
    '<FONT POINT-SIZE="9" COLOR="red">a&lt;b</FONT>'
    """
    if not text:
        return ""
    tinted = f' COLOR="{color}"' if color else ""
    marked = f'<FONT POINT-SIZE="{size}"{tinted}>{escape(text)}</FONT>'
    marked = f"<B>{marked}</B>" if bold else marked
    return f"<I>{marked}</I>" if italic else marked


def cell(content: str, **attributes: str | int) -> str:
    """Make a cell of a table.

    Args:
        content: markup; may be empty.
        **attributes: the attributes of the cell.

    Returns:
        The tag.

    >>> cell("1", port="i0")
    '<TD PORT="i0">1</TD>'
    """
    return f"<TD{_attributes(attributes)}>{content}</TD>"


def row(cells: Iterable[str], between: str = "") -> str:
    """Make a row of a table.

    Args:
        cells: the cells.
        between: `<VR/>` for a line between them.

    Returns:
        The tag.

    >>> row([cell("1"), cell("2")])
    '<TR><TD>1</TD><TD>2</TD></TR>'
    """
    return f"<TR>{between.join(cells)}</TR>"


def table(rows: Iterable[str], **attributes: str | int) -> str:
    """Make a table.

    Args:
        rows: rows, and `<HR/>` for a line between two of them.
        **attributes: the attributes of the table.

    Returns:
        The tag.

    >>> table([row([cell("1")])], border=0)
    '<TABLE BORDER="0"><TR><TD>1</TD></TR></TABLE>'
    """
    return f"<TABLE{_attributes(attributes)}>{''.join(rows)}</TABLE>"


def _attributes(attributes: dict[str, str | int]) -> str:
    return "".join(f' {name.upper()}="{value}"' for name, value in attributes.items())
