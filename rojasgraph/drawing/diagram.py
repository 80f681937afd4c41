"""The Digraph that `draw` returns: it finds its own renderer, and keeps to a time limit.

Imported only when something is drawn, since it imports graphviz.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import graphviz

from rojasgraph import files
from rojasgraph.drawing.pictures import TIMEOUT, picture

if TYPE_CHECKING:
    import os

_NOTEBOOK_TIMEOUT = 10.0


class Diagram(graphviz.Digraph):  # type: ignore[misc]  # graphviz carries no types
    """A `graphviz.Digraph` that is drawn by any renderer that `rojasgraph.render` finds.

    >>> diagram = Diagram()
    >>> diagram.node("n0", label="x")
    >>> diagram.pipe(encoding="utf-8")[:4]
    '<svg'
    """

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - graphviz's own
        """Take what `graphviz.Digraph` takes; the format is svg unless another is given."""
        super().__init__(*args, **{"format": "svg", **options})

    def pipe(
        self,
        format: str | None = None,  # noqa: A002 - graphviz's name
        *,
        encoding: str | None = None,
        timeout: float = TIMEOUT,
    ) -> bytes | str:
        """Render and return the picture.

        Args:
            format: `svg`, `png`, `pdf` or `dot`; default: the diagram's.
            encoding: decode the picture by it, such as `utf-8` for an svg.
            timeout: after how many seconds to give up.

        Returns:
            The picture, as text where an encoding was given.

        Raises:
            ArgumentError: the format is not one of those.
            MissingDependency: there is no renderer.
            RenderingError: the renderer failed or took too long.
        """
        data = self._picture(format or self.format, timeout)
        return data if encoding is None else data.decode(encoding)

    def save(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        *,
        skip_existing: bool = False,
    ) -> str:
        """Write the source, whole or not at all.

        Args:
            filename: where it goes.
            directory: the folder for it; it is made if it is not there.
            skip_existing: leave a file of this name as it is.

        Returns:
            Where the source is.

        Raises:
            OSError: it cannot be written; an old file stays as it was.
        """
        if filename is not None:
            self.filename = str(filename)
        if directory is not None:
            self.directory = str(directory)
        path = Path(self.filepath)
        if not (skip_existing and path.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, self.source.encode(self.encoding))
        return str(path)

    def render(  # noqa: PLR0913 - graphviz's parameters
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,  # noqa: FBT001, FBT002 - graphviz's parameter
        cleanup: bool = False,  # noqa: FBT001, FBT002 - graphviz's parameter
        format: str | None = None,  # noqa: A002 - graphviz's name
        *,
        outfile: str | os.PathLike[str] | None = None,
        timeout: float = TIMEOUT,
    ) -> str:
        """Write the source, and the picture beside it.

        Args:
            filename: where the source goes; the picture's name is this and its format.
            directory: the folder for the source.
            view: open the picture when it is there.
            cleanup: delete the source again.
            format: `svg`, `png`, `pdf` or `dot`; default: the diagram's.
            outfile: where the picture goes, if not beside the source.
            timeout: after how many seconds to give up.

        Returns:
            Where the picture is.

        Raises:
            ArgumentError: the format is not one of those.
            MissingDependency: there is no renderer.
            RenderingError: the renderer failed or took too long.
        """
        if outfile is not None and filename is None:
            filename = Path(outfile).with_suffix(".gv")
        source = Path(self.save(filename, directory=directory))
        beside = source.with_name(f"{source.name}.{format or self.format}")
        target = files.target(outfile or beside)
        files.write(target, self._picture(target.suffix.removeprefix("."), timeout))
        if cleanup:
            source.unlink()
        if view:
            graphviz.view(target)
        return str(target)

    def view(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        cleanup: bool = False,  # noqa: FBT001, FBT002 - graphviz's parameter
    ) -> str:
        """Write the source and the picture, and open the picture.

        Args:
            filename: where the source goes.
            directory: the folder for the source.
            cleanup: delete the source again.

        Returns:
            Where the picture is.

        Raises:
            MissingDependency: there is no renderer.
            RenderingError: the renderer failed or took too long.
        """
        return self.render(filename, directory, view=True, cleanup=cleanup)

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, str]:
        """Show the picture in a notebook, or the text where nothing can draw it."""
        try:
            svg = self._picture("svg", _NOTEBOOK_TIMEOUT).decode()
        except Exception as error:  # noqa: BLE001 - a notebook's display must not raise
            return {"text/plain": f"{self!r}\n(not drawn: {error})"}
        return {"image/svg+xml": svg, "text/plain": repr(self)}

    def _picture(self, format_: str, timeout: float) -> bytes:
        engine = self.graph_attr.get("layout", "dot")
        return picture(self.source, format_, engine=engine, timeout=timeout)
