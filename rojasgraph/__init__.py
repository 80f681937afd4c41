"""Graph-labeling backpropagation: networks whose nodes are operations, labeled by two passes.

The primitives are here too, by their names: `rojasgraph.tanh`, `rojasgraph.half_squared`, …

What networks are built with and labeled by is loaded with the package; what reads, draws, trains or
exchanges them is loaded when it is first named, so that the package starts fast.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from rojasgraph.errors import ArgumentError as ArgumentError
from rojasgraph.errors import ClusterFailure as ClusterFailure
from rojasgraph.errors import CompilationFailure as CompilationFailure
from rojasgraph.errors import CycleError as CycleError
from rojasgraph.errors import Diverged as Diverged
from rojasgraph.errors import DomainError as DomainError
from rojasgraph.errors import DomainWarning as DomainWarning
from rojasgraph.errors import DrawingWarning as DrawingWarning
from rojasgraph.errors import EngineWarning as EngineWarning
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

if TYPE_CHECKING:
    from rojasgraph import algebras as algebras
    from rojasgraph.analysis.conditioning import Conditioning as Conditioning
    from rojasgraph.analysis.conditioning import conditioning as conditioning
    from rojasgraph.analysis.elimination.cost import EliminationCost as EliminationCost
    from rojasgraph.analysis.elimination.cost import elimination_cost as elimination_cost
    from rojasgraph.analysis.elimination.jacobian import Jacobian as Jacobian
    from rojasgraph.analysis.elimination.jacobian import jacobian as jacobian
    from rojasgraph.analysis.elimination.reduction import EdgeElimination as EdgeElimination
    from rojasgraph.analysis.fixed_points import FixedPoint as FixedPoint
    from rojasgraph.analysis.fixed_points import fixed_point as fixed_point
    from rojasgraph.analysis.kinks import Kink as Kink
    from rojasgraph.analysis.kinks import kinks as kinks
    from rojasgraph.analysis.operation_counts import OperationCounts as OperationCounts
    from rojasgraph.analysis.operation_counts import count_operations as count_operations
    from rojasgraph.analysis.operation_counts import operation_cost as operation_cost
    from rojasgraph.analysis.paths import Path as Path
    from rojasgraph.analysis.paths import count_paths as count_paths
    from rojasgraph.analysis.paths import paths as paths
    from rojasgraph.analysis.products import jvp as jvp
    from rojasgraph.analysis.products import vjp as vjp
    from rojasgraph.analysis.ranking import top_paths as top_paths
    from rojasgraph.analysis.second_order.hessian import Hessian as Hessian
    from rojasgraph.analysis.second_order.hessian import gauss_newton as gauss_newton
    from rojasgraph.analysis.second_order.hessian import hessian as hessian
    from rojasgraph.analysis.second_order.hessian import hessian_diagonal as hessian_diagonal
    from rojasgraph.analysis.second_order.products import hvp as hvp
    from rojasgraph.analysis.second_order.tripods import Tripod as Tripod
    from rojasgraph.analysis.second_order.tripods import count_tripods as count_tripods
    from rojasgraph.analysis.second_order.tripods import tripods as tripods
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
    from rojasgraph.duals import Dual as Dual
    from rojasgraph.engine.compilation import compile as compile  # noqa: A004
    from rojasgraph.engine.jax.conversion import to_jax as to_jax
    from rojasgraph.engine.program import Program as Program
    from rojasgraph.interchange.dot import from_dot as from_dot
    from rojasgraph.interchange.dot import to_dot as to_dot
    from rojasgraph.interchange.from_formulas import from_sympy as from_sympy
    from rojasgraph.interchange.from_function import from_function as from_function
    from rojasgraph.interchange.from_neat import from_neat as from_neat
    from rojasgraph.interchange.from_onnx import from_onnx as from_onnx
    from rojasgraph.interchange.from_sklearn import from_sklearn as from_sklearn
    from rojasgraph.interchange.keeping import load as load
    from rojasgraph.interchange.keeping import save as save
    from rojasgraph.interchange.python_code import to_python as to_python
    from rojasgraph.interchange.to_formulas import Formulas as Formulas
    from rojasgraph.interchange.to_formulas import to_latex as to_latex
    from rojasgraph.interchange.to_formulas import to_sympy as to_sympy
    from rojasgraph.interchange.to_onnx import to_onnx as to_onnx
    from rojasgraph.learning.cells import elman as elman
    from rojasgraph.learning.cells import lstm as lstm
    from rojasgraph.learning.cluster.populations import map_networks as map_networks
    from rojasgraph.learning.extension import extend as extend
    from rojasgraph.learning.extension import unextend as unextend
    from rojasgraph.learning.history import History as History
    from rojasgraph.learning.losses import huber as huber
    from rojasgraph.learning.optimizers.descent import Position as Position
    from rojasgraph.learning.optimizers.library import LBFGS as LBFGS
    from rojasgraph.learning.optimizers.library import ConjugateGradient as ConjugateGradient
    from rojasgraph.learning.optimizers.newton import Newton as Newton
    from rojasgraph.learning.optimizers.newton import PseudoNewton as PseudoNewton
    from rojasgraph.learning.optimizers.own_rates import Adam as Adam
    from rojasgraph.learning.optimizers.own_rates import DeltaBarDelta as DeltaBarDelta
    from rojasgraph.learning.optimizers.own_rates import SilvaAlmeida as SilvaAlmeida
    from rojasgraph.learning.optimizers.quickprop import Quickprop as Quickprop
    from rojasgraph.learning.optimizers.resilient import QRprop as QRprop
    from rojasgraph.learning.optimizers.resilient import Rprop as Rprop
    from rojasgraph.learning.optimizers.steepest import DynamicAdaption as DynamicAdaption
    from rojasgraph.learning.optimizers.steepest import GradientDescent as GradientDescent
    from rojasgraph.learning.optimizers.steepest import Momentum as Momentum
    from rojasgraph.learning.optimizers.steepest import Nesterov as Nesterov
    from rojasgraph.learning.pictures import plot_surface as plot_surface
    from rojasgraph.learning.pictures import plot_weights as plot_weights
    from rojasgraph.learning.stopping import EarlyStopping as EarlyStopping
    from rojasgraph.learning.training import train as train
    from rojasgraph.learning.unfolding import fold as fold
    from rojasgraph.learning.unfolding import unfold as unfold

_LATER = {
    "algebras": "",
    "analysis.conditioning": "Conditioning conditioning",
    "analysis.elimination.cost": "EliminationCost elimination_cost",
    "analysis.elimination.jacobian": "Jacobian jacobian",
    "analysis.elimination.reduction": "EdgeElimination",
    "analysis.fixed_points": "FixedPoint fixed_point",
    "analysis.kinks": "Kink kinks",
    "analysis.operation_counts": "OperationCounts count_operations operation_cost",
    "analysis.paths": "Path count_paths paths",
    "analysis.products": "jvp vjp",
    "analysis.ranking": "top_paths",
    "analysis.second_order.hessian": "Hessian gauss_newton hessian hessian_diagonal",
    "analysis.second_order.products": "hvp",
    "analysis.second_order.tripods": "Tripod count_tripods tripods",
    "analysis.sweeping": "Labels sweep",
    "derivation.auditing": "Audit audit",
    "derivation.checking": "Verdict check check_function",
    "derivation.explanation": "Derivation explain",
    "derivation.gradients": "check_gradients",
    "drawing.draw": "draw",
    "drawing.rendering": "render text worksheet",
    "drawing.walk.frames": "Frames frames",
    "duals": "Dual",
    "engine.compilation": "compile",
    "engine.jax.conversion": "to_jax",
    "engine.program": "Program",
    "interchange.dot": "from_dot to_dot",
    "interchange.from_formulas": "from_sympy",
    "interchange.from_function": "from_function",
    "interchange.from_neat": "from_neat",
    "interchange.from_onnx": "from_onnx",
    "interchange.from_sklearn": "from_sklearn",
    "interchange.keeping": "load save",
    "interchange.python_code": "to_python",
    "interchange.to_formulas": "Formulas to_latex to_sympy",
    "interchange.to_onnx": "to_onnx",
    "learning.cells": "elman lstm",
    "learning.cluster.populations": "map_networks",
    "learning.extension": "extend unextend",
    "learning.history": "History",
    "learning.losses": "huber",
    "learning.optimizers.descent": "Position",
    "learning.optimizers.library": "LBFGS ConjugateGradient",
    "learning.optimizers.newton": "Newton PseudoNewton",
    "learning.optimizers.own_rates": "Adam DeltaBarDelta SilvaAlmeida",
    "learning.optimizers.quickprop": "Quickprop",
    "learning.optimizers.resilient": "QRprop Rprop",
    "learning.optimizers.steepest": "DynamicAdaption GradientDescent Momentum Nesterov",
    "learning.pictures": "plot_surface plot_weights",
    "learning.stopping": "EarlyStopping",
    "learning.training": "train",
    "learning.unfolding": "fold unfold",
}
"""Where the names are that are loaded later, by module; a module without names is meant itself."""

_HOMES = {name: module for module, names in _LATER.items() for name in names.split()}
_MODULES = {module.rpartition(".")[2]: module for module, names in _LATER.items() if not names}


if not TYPE_CHECKING:  # who checks types knows the names from the list above

    def __getattr__(name: str) -> object:
        """Load a name when it is first asked for."""
        if name in _HOMES:
            found = getattr(_import_module(f"{__name__}.{_HOMES[name]}"), name)
        elif name in _MODULES:
            found = _import_module(f"{__name__}.{_MODULES[name]}")
        else:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """List all names, also those that are loaded later."""
        return sorted({*globals(), *_HOMES, *_MODULES})

    __all__ = [name for name in __dir__() if name[0] != "_" and name != "TYPE_CHECKING"]
