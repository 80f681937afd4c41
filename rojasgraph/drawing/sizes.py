"""The sizes of a diagram, each under the name of what it means; its colors are its theme's."""

from __future__ import annotations

FONT = "Helvetica"
"""One font name: a list with commas confuses the renderers."""

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
