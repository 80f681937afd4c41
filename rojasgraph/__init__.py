"""Graph-labeling backpropagation: networks whose nodes are operations, labeled by two passes.

The primitives are here too, by their names: `rojasgraph.tanh`, `rojasgraph.half_squared`, …
"""

from rojasgraph.analysis.paths import Path, count_paths, paths
from rojasgraph.analysis.products import jvp, vjp
from rojasgraph.drawing.rendering import render
from rojasgraph.drawing.tables import draw
from rojasgraph.errors import (
    ArgumentError,
    CycleError,
    DomainError,
    DomainWarning,
    FormulaError,
    GraphError,
    LabelError,
    MissingDependency,
    MissingValue,
    NotLabeled,
    UnknownPrimitive,
)
from rojasgraph.expressions import Expression, constant, inputs, parameter, trace
from rojasgraph.formula import parse
from rojasgraph.gradient import Gradient
from rojasgraph.network import Network
from rojasgraph.primitive import Primitive
from rojasgraph.primitives import *
from rojasgraph.topologies import layered, randomly_wired
