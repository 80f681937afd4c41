"""From Python: a function over numpy arrays is run on arrays of expressions.

`rojasgraph.trace` does this for functions of numbers. Here the arguments have shapes, and numpy's
functions of whole arrays (sums, products of matrices, maxima) build few nodes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rojasgraph.errors import ArgumentError
from rojasgraph.expressions import Expression, as_expression, fill_network
from rojasgraph.interchange.ordering import with_outputs_in_order
from rojasgraph.interchange.tensors import Cells, Room, applied, chained, checked_shape, total
from rojasgraph.interchange.units import with_weighted_edges
from rojasgraph.network import Network

_MOST = 10**6


def from_function(
    function: Callable[..., Any],
    *,
    shapes: Mapping[str, Sequence[int]] | None = None,
    parameters: Mapping[str, Any] | None = None,
    most: int = _MOST,
) -> Network:
    """Run a Python function on arrays of expressions; give the network of what it computes.

    The function may use operators, numpy's functions of elements, sums, means, products, maxima,
    minima, products of matrices (@), and what cuts, joins and reshapes arrays. A loop over an
    array's elements is fine; a choice by a value is not, since the network would forget the other
    branch.

    Args:
        function: over numbers and arrays. Its arguments become inputs: ("x", 0, 2) is x[0, 2], and
            "x" a number. Those with a default keep it.
        shapes: of the arguments that are arrays.
        parameters: arguments that become parameters, with their values, which have the shapes;
            within products of matrices they are the weights of edges.
        most: the most scalars that all arrays together may have.

    Returns:
        A network. Its outputs are called ("out", 0, 2) by their places in what the function
        returns, "out" where that is one number; by the keys instead where it is a mapping.

    Raises:
        TypeError: the function branches on a value, or compares.
        ArgumentError: the function takes `*args` or `**kwargs`, a shape is of no argument, the
            arrays are too large, or it returns no expressions.

    >>> def softmax(x):
    ...     shifted = np.exp(x - np.max(x))
    ...     return {"p": shifted / shifted.sum()}
    >>> net = from_function(softmax, shapes={"x": (2,)})
    >>> net.inputs, net.outputs
    ([('x', 0), ('x', 1)], [('p', 0), ('p', 1)])
    >>> net.feed_forward({("x", 0): 1.0, ("x", 1): 1.0})[("p", 0)]
    0.5
    """
    room = Room(most)
    positional, named = _arguments(function, dict(shapes or {}), dict(parameters or {}), room)
    result = function(*positional, **named)
    whole = result if isinstance(result, Mapping) else {"out": result}
    outputs = [cell for name, value in whole.items() for cell in _output(name, value)]
    net = Network()
    for given in [*positional, *named.values()]:
        for cell in given.ravel() if isinstance(given, Array) else [given]:
            if isinstance(cell, Expression) and cell.op == "input":
                net.add_input(cell.name)  # also those that the function does not use
    filled = with_weighted_edges(fill_network(net, outputs))
    return with_outputs_in_order(filled, [cell.name for cell in outputs])


def _signature(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """List what a function takes.

    Raises:
        ArgumentError: nobody can tell.
    """
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        message = f"{function!r:.60} has no arguments with names: write lambda x: ... around it"
        raise ArgumentError(message) from None


def _arguments(
    function: Callable[..., Any],
    shapes: dict[str, Sequence[int]],
    parameters: dict[str, Any],
    room: Room,
) -> tuple[list[Any], dict[str, Any]]:
    """Make what the function is called with: by position, and by name.

    Raises:
        ArgumentError: an argument has no name, or a name no argument.
    """
    kinds = inspect.Parameter
    positional: list[Any] = []
    named: dict[str, Any] = {}
    known = _signature(function)
    if unknown := (shapes.keys() | parameters.keys()) - known.keys():
        message = f"the function takes {list(known)}, not {sorted(unknown)}"
        raise ArgumentError(message)
    for p in known.values():
        if p.kind in {kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD}:
            message = f"the inputs behind {p} have no names: give each argument a name of its own"
            raise ArgumentError(message)
        if p.name in parameters:
            made = _opened(room.parameters(p.name, np.asarray(parameters[p.name])).cells)
        elif p.name in shapes or p.default is kinds.empty:
            made = _opened(room.inputs(p.name, checked_shape(p.name, shapes.get(p.name, ()))).cells)
        elif p.kind is kinds.KEYWORD_ONLY:
            continue
        else:
            made = p.default
        if p.kind is kinds.KEYWORD_ONLY:
            named[p.name] = made
        else:
            positional.append(made)
    for array in [*positional, *named.values()]:
        if isinstance(array, Array):
            array.room = room
    return positional, named


def _opened(cells: Cells | None) -> Any:  # noqa: ANN401 - an array, or one expression
    """Give an array of expressions, or the one expression where there are no axes."""
    assert cells is not None  # noqa: S101 - sources have cells
    return cells.view(Array) if cells.ndim else cells.item()


def _output(name: Hashable, value: Any) -> Iterator[Expression]:  # noqa: ANN401 - of a user
    """Name the scalars of what the function returns, each a node of its own."""
    try:
        cells = np.asarray(value, dtype=object)
    except ValueError:
        message = f"{name!r} is no array: its parts have different shapes; return a mapping"
        raise ArgumentError(message) from None
    for place, cell in np.ndenumerate(cells):
        full = (name, *place) if place else name
        node = as_expression(cell)
        if node.name == full:  # an argument that is handed on
            yield node
        else:
            yield (node if node.name is None else applied("identity", node)).named(full)


# --- arrays ---------------------------------------------------------------------------------------

_COLLECTED: dict[str, Callable[[list[Expression]], Expression]] = {
    "add": total,
    "multiply": lambda terms: applied("prod", *terms),
    "maximum": lambda terms: chained("maximum", terms),
    "minimum": lambda terms: chained("minimum", terms),
    "logaddexp": lambda terms: applied("logsumexp", *terms),
}
"""What numpy's functions of two numbers build where they reduce an array."""

_COMPARISONS = frozenset(
    {
        *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
        *("logical_and", "logical_or", "logical_not", "isnan", "isfinite", "isinf", "signbit"),
    }
)


class Array(np.ndarray[Any, np.dtype[Any]]):
    """An array of expressions, of which numpy's functions build nodes."""

    room: Room | None = None

    def __array_finalize__(self, other: Any) -> None:  # noqa: ANN401 - numpy's own
        """Count with the array that this one was made of."""
        if hasattr(other, "room"):
            self.room = other.room

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:  # noqa: ANN401
        """Build the nodes of a function of numpy's."""
        rooms = [x.room for x in operands if isinstance(x, Array) and x.room is not None]
        room = rooms[0] if rooms else Room(_MOST)  # numpy joined the array anew
        made = self._computed(room, ufunc, method, [_cells(x) for x in operands], options)
        for target in options.get("out") or ():
            if isinstance(target, np.ndarray):  # x += y, which others may see
                target[...] = made
                return target
        if not made.ndim:
            return made.item()
        found = made.view(Array)
        found.room = room
        return found

    def _computed(
        self,
        room: Room,
        ufunc: np.ufunc,
        method: str,
        arrays: list[Cells],
        options: Mapping[str, Any],
    ) -> Cells:
        """Build the nodes of a function, element by element or of whole arrays.

        Raises:
            TypeError: it compares, or builds none.
        """
        name = ufunc.__name__
        if name in _COMPARISONS:
            message = (
                f"np.{name} asks for a value, and an expression has none yet: a choice by a value "
                "cannot become a network; write np.maximum, np.minimum, np.abs or rg.step"
            )
            raise TypeError(message)
        if method == "reduce" and name in _COLLECTED:
            return self._reduced(room, _COLLECTED[name], arrays[0], options)
        unknown = options.keys() - {"out", "casting", "subok", "dtype"}
        if method != "__call__" or unknown or name in {"vecdot", "matvec", "vecmat"}:
            raise self._no_node(name if method == "__call__" else f"{name}.{method}")
        if name == "matmul":
            return room.matmul(*(room.each(as_expression, x) for x in arrays))
        if name in {"conjugate", "real"}:  # of real numbers
            return arrays[0]
        return room.each(_clipped if name == "clip" else ufunc, *arrays)

    def _reduced(
        self,
        room: Room,
        collect: Callable[[list[Expression]], Expression],
        array: Cells,
        options: Mapping[str, Any],
    ) -> Cells:
        """Collect an array along axes, as `np.add.reduce` and the like do."""
        axis = options.get("axis", 0)
        axes = axis if isinstance(axis, tuple) or axis is None else (axis,)
        start = options.get("initial", np._NoValue)  # noqa: SLF001 - numpy's sign for nothing
        where = options.get("where", True)
        if where is not True or start not in {None, np._NoValue}:  # noqa: SLF001
            raise self._no_node("a reduction with where= or initial=")

        def build(terms: list[Any]) -> Expression:
            return collect([as_expression(x) for x in terms])

        return room.along(build, array, axes, keep=bool(options.get("keepdims", False)))

    @staticmethod
    def _no_node(name: str) -> TypeError:
        known = ", ".join([*_COLLECTED, "matmul", "clip"])
        message = (
            f"{name} builds no nodes: of whole arrays there are {known}; element by element all "
            "that have a primitive"
        )
        return TypeError(message)


def _cells(operand: Any) -> Cells:  # noqa: ANN401 - whatever numpy hands over
    """Lay an operand out as an array of objects."""
    if isinstance(operand, Expression):
        cell = np.empty((), dtype=object)
        cell[()] = operand
        return cell
    return np.asarray(operand, dtype=object).view(np.ndarray)


def _clipped(x: Any, low: Any, high: Any) -> Any:  # noqa: ANN401 - expressions or numbers
    above = x if low is None else np.maximum(x, low)
    return above if high is None else np.minimum(above, high)
