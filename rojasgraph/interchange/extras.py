"""Packages that only some of the ways in and out need."""

from __future__ import annotations

import importlib
from typing import Any

from rojasgraph.errors import MissingDependency


def imported(module: str, extra: str) -> Any:  # noqa: ANN401 - a module
    """Import a package of an extra.

    Raises:
        MissingDependency: it is not installed; the message names the extra.

    >>> imported("math", "onnx").pi
    3.141592653589793
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        message = f"{package} is not installed: pip install 'rojasgraph[{extra}]'"
        raise MissingDependency(message) from None
