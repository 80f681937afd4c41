"""Graph-labeling backpropagation: networks whose nodes are operations, labeled by two passes.

The primitives are here too, by their names: `rojasgraph.tanh`, `rojasgraph.half_squared`, …
"""

from rojasgraph import algebras as algebras
from rojasgraph.analysis.conditioning import Conditioning as Conditioning
from rojasgraph.analysis.conditioning import conditioning as conditioning
from rojasgraph.analysis.fixed_points import FixedPoint as FixedPoint
from rojasgraph.analysis.fixed_points import fixed_point as fixed_point
from rojasgraph.analysis.operation_counts import OperationCounts as OperationCounts
from rojasgraph.analysis.operation_counts import count_operations as count_operations
from rojasgraph.analysis.operation_counts import operation_cost as operation_cost
from rojasgraph.analysis.paths import Path as Path
from rojasgraph.analysis.paths import count_paths as count_paths
from rojasgraph.analysis.paths import paths as paths
from rojasgraph.analysis.products import jvp as jvp
from rojasgraph.analysis.products import vjp as vjp
from rojasgraph.analysis.ranking import top_paths as top_paths
from rojasgraph.analysis.sweeping import Labels as Labels
from rojasgraph.analysis.sweeping import sweep as sweep
from rojasgraph.derivation.auditing import Audit as Audit
from rojasgraph.derivation.auditing import audit as audit
from rojasgraph.derivation.checking import Verdict as Verdict
from rojasgraph.derivation.checking import check as check
from rojasgraph.derivation.checking import check_function as check_function
from rojasgraph.derivation.explanation import Derivation as Derivation
from rojasgraph.derivation.explanation import explain as explain
from rojasgraph.derivation.gradients import check_gradients as check_gradients
from rojasgraph.drawing.draw import draw as draw
from rojasgraph.drawing.rendering import render as render
from rojasgraph.drawing.rendering import text as text
from rojasgraph.drawing.rendering import worksheet as worksheet
from rojasgraph.drawing.walk.frames import Frames as Frames
from rojasgraph.drawing.walk.frames import frames as frames
from rojasgraph.engine.compilation import compile as compile  # noqa: A004
from rojasgraph.engine.program import Program as Program
from rojasgraph.errors import ArgumentError as ArgumentError
from rojasgraph.errors import CycleError as CycleError
from rojasgraph.errors import DomainError as DomainError
from rojasgraph.errors import DomainWarning as DomainWarning
from rojasgraph.errors import DrawingWarning as DrawingWarning
from rojasgraph.errors import FormulaError as FormulaError
from rojasgraph.errors import GraphError as GraphError
from rojasgraph.errors import LabelError as LabelError
from rojasgraph.errors import MissingDependency as MissingDependency
from rojasgraph.errors import MissingValue as MissingValue
from rojasgraph.errors import NotLabeled as NotLabeled
from rojasgraph.errors import RenderingError as RenderingError
from rojasgraph.errors import UnknownPrimitive as UnknownPrimitive
from rojasgraph.errors import WrongGradient as WrongGradient
from rojasgraph.expressions import Expression as Expression
from rojasgraph.expressions import constant as constant
from rojasgraph.expressions import inputs as inputs
from rojasgraph.expressions import parameter as parameter
from rojasgraph.expressions import trace as trace
from rojasgraph.formula import parse as parse
from rojasgraph.gradient import Gradient as Gradient
from rojasgraph.network import Network as Network
from rojasgraph.numbers.namespace import Namespace as Namespace
from rojasgraph.primitives import *
from rojasgraph.semirings import Algebra as Algebra
from rojasgraph.semirings import AlgebraRules as AlgebraRules
from rojasgraph.semirings import check_laws as check_laws
from rojasgraph.table import Primitive as Primitive
from rojasgraph.table import primitive as primitive
from rojasgraph.topologies import layered as layered
from rojasgraph.topologies import randomly_wired as randomly_wired
