"""The errors of the package: a small tree whose leaves are also Python's own errors.

GraphError (ValueError)          the graph, or what it was given, breaks the contract
    CycleError (HasACycle)       a pass over a DAG met a cycle
    UnknownPrimitive             an operation that no row of the table has
    ArgumentError                a slot, weight, argument, name or number that does not fit
    FormulaError                 a formula's text was refused; carries the column
LabelError (ValueError)          the graph is sound, its labels are not
    MissingValue                 an input was not fed, a source carries no value
    NotLabeled                   a label was asked for before the pass that writes it
    DomainError                  an operation has no value, or no derivative, at its arguments
        Diverged                 training came where the error is nan; carries the history
    WrongGradient (AssertionError)  a gradient is not the slope of the network's values
MissingDependency (ImportError)  an optional package is needed and not installed
RenderingError (RuntimeError)    a program that draws failed or did not end in time
CompilationFailure (RuntimeError)  an engine cannot make code for this machine
ClusterFailure (RuntimeError)    a cluster lost what it cannot make again
DomainWarning (RuntimeWarning)   a pass wrote nan or inf where its arguments were finite
DrawingWarning (UserWarning)     a picture was drawn by other means than the best
EngineWarning (UserWarning)      a program is run by another engine than the fastest installed
"""

from __future__ import annotations

from typing import Any

import networkx as nx


class GraphError(ValueError):
    """The graph, or what it was given, breaks the graph contract."""


class CycleError(GraphError, nx.HasACycle):
    """A pass that needs a directed acyclic graph met a cycle."""


class UnknownPrimitive(GraphError):
    """A node names an operation that is not in the table of primitives."""


class ArgumentError(GraphError):
    """A slot, a weight, an argument, a name or a number does not fit where it was given."""


class FormulaError(GraphError):
    """The text of a formula was refused.

    Attributes:
        column: where in the text, counted from 1; None where no place can be named.
    """

    def __init__(self, message: str, column: int | None = None) -> None:
        """Keep the column beside the message."""
        super().__init__(message if column is None else f"{message} (column {column})")
        self.column = column


class LabelError(ValueError):
    """The graph is sound, but a label is missing or cannot be computed."""


class MissingValue(LabelError):
    """An input was not fed, or a source carries no value."""


class NotLabeled(LabelError):
    """A label was asked for before the pass that writes it."""


class DomainError(LabelError):
    """An operation has no value, or no derivative, at the arguments that it was given."""


class Diverged(DomainError):
    """Training came to weights at which the error, or its gradient, is nan or infinite.

    Attributes:
        history: what there was before.
    """

    def __init__(self, message: str, history: object) -> None:
        """Keep the history beside the message."""
        super().__init__(message)
        self.history = history

    def __reduce__(self) -> tuple[Any, ...]:
        """Come back from another process with the history."""
        return type(self), (str(self), self.history), self.__dict__


class WrongGradient(LabelError, AssertionError):
    """Backpropagation and the slopes of the values differ.

    Attributes:
        report: the whole table of derivatives, of which the message shows the worst.
    """

    def __init__(self, message: str, report: object) -> None:
        """Keep the table beside the message."""
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        """Come back from another process with the table."""
        return type(self), (str(self), self.report), self.__dict__


class MissingDependency(ImportError):
    """An optional package is needed and not installed."""


class RenderingError(RuntimeError):
    """A program that draws failed, or did not end within its time limit."""


class CompilationFailure(RuntimeError):
    """An engine cannot make code for this machine, or cannot load it."""


class ClusterFailure(RuntimeError):
    """A cluster lost what it cannot make again, or a task brought down worker after worker."""


class DomainWarning(RuntimeWarning):
    """A pass wrote nan or inf at nodes whose arguments were finite."""


class DrawingWarning(UserWarning):
    """A picture was drawn by other means than the best, which are not there."""


class EngineWarning(UserWarning):
    """A program is run by another engine than the fastest installed, which does not work here."""
