"""The colors and sizes of a diagram, each under the name of what it means."""

from __future__ import annotations

FONT = "Helvetica"
"""One font name: a list with commas confuses the renderers."""

FORWARD = "#1f4e9c"
"""Values, which the feed-forward pass writes."""

BACKWARD = "#c00000"
"""Derivatives and adjoints, which flow back."""

DERIVATIVE_FILL = "#fde9e7"
"""The half of a node that holds the stored derivatives."""

FUNCTION_FILL = "#e8f1e6"
"""The half of a node that holds the operation."""

SOURCE_FILLS = {"input": "#ffffff", "parameter": "#fdf4dc", "constant": "#f0f0f0"}
"""The inside of a source, by what kind of source it is."""

BORDER = "#333333"
RULE = "#999999"
EDGE = "#555555"

NAME_SIZE = 13
SMALL_NAME_SIZE = 10
SYMBOL_SIZE = 15
NUMBER_SIZE = 9
TITLE_SIZE = 14

CELL_SIZE = 20
"""The least width and height of a derivative cell, so that arrows keep apart."""

SOURCE_WIDTH = 30
OUTPUT_BORDER = 2
LINE_WIDTH = 0.9
