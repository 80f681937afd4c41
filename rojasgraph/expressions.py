"""Expressions: operations written as formulas in Python, from which networks are built."""

from __future__ import annotations

import inspect
import itertools
import operator
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from rojasgraph import numbers
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import is_hashable
from rojasgraph.table import TABLE, Primitive

_serials = itertools.count()

_OTHER_NAMES = {
    "absolute": "abs",
    "conjugate": "identity",
    "divide": "div",
    "float_power": "pow",
    "logaddexp": "logsumexp",
    "multiply": "mul",
    "negative": "neg",
    "power": "pow",
    "subtract": "sub",
    "true_divide": "div",
}
"""What numpy calls a primitive where the names differ."""


class Expression:
    """One operation of a formula, or one source: what operators and primitives build.

    Using one object twice shares its node; two objects of the same shape stay two nodes.
    Expressions do not compute: `Network.from_expressions` makes a network of them, which does.

    Attributes:
        op: a primitive, or "input", "parameter", "constant".
        operands: the expressions it applies to, by slot (all in slot 0 for `add`).
        arguments: the numbers of the primitive that are not differentiated.
        value: what a parameter or constant carries.
        name: the node's name; None until `named`.

    >>> x = Expression("input", name="x")
    >>> (x * x).named("area")
    <expression area: mul(x, x)>
    """

    __slots__ = ("_serial", "arguments", "name", "op", "operands", "value")

    def __init__(
        self,
        op: Primitive | str,
        operands: Sequence[Expression] = (),
        *,
        arguments: Mapping[str, Number] | None = None,
        value: Number = None,
        name: Hashable = None,
    ) -> None:
        """Make a node; `inputs`, `parameter`, operators and primitives do it for you."""
        self.op = op
        self.operands = tuple(operands)
        self.arguments = dict(arguments or {})
        self.value = value
        self.name = name
        self._serial = next(_serials)

    def named(self, name: Hashable) -> Expression:
        """Name this node, and return it.

        Args:
            name: any hashable; no other node of the network may bear it.

        Raises:
            ArgumentError: it is an input or a parameter, whose name tells which one it is.
        """
        if self.op in {"input", "parameter"}:
            message = f"{self.op} {self.name!r} keeps the name that it was made with"
            raise ArgumentError(message)
        if not _is_name(name):
            message = f"a name must be hashable, and not None; got {name!r}"
            raise ArgumentError(message)
        self.name = name
        return self

    def __apply_primitive__(
        self, row: Primitive, operands: Sequence[Any], arguments: Mapping[str, Number]
    ) -> Any:  # noqa: ANN401 - an expression, or an array of them
        """Build a node: what a primitive does when an operand of a call is an expression."""
        if any(isinstance(x, np.ndarray) for x in operands):
            laid = np.frompyfunc(lambda *xs: row(*xs, **arguments), len(operands), 1)
            return laid(*map(_as_objects, operands))
        return Expression(row, [as_expression(x) for x in operands], arguments=arguments)

    def __reduce__(self) -> tuple[Callable[..., Expression], tuple[Any, ...]]:
        """Pickle and copy without recursion: the operations in order, operands by number."""
        nodes = _reachable([self])
        number = {node: i for i, node in enumerate(nodes)}
        rows = [
            (n.op, [number[x] for x in n.operands], n.arguments, n.value, n.name) for n in nodes
        ]
        return _rebuilt, (rows,)

    def _sympy_(self) -> None:
        """Leave an operator between a sympy expression and this one to this one."""
        from sympy import SympifyError

        raise SympifyError(self)

    def __eq__(self, other: object) -> bool:
        """Tell whether two names mean one object; a number is refused, as a branch on a value."""
        if isinstance(other, int | float | complex | Fraction | Decimal | np.number):
            self._no_value()
        return self is other

    __hash__ = object.__hash__

    # --- operators ----------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:  # noqa: ANN401
        """A + b: `add`, one slot that sums."""
        return _binary("add", self, other)

    def __radd__(self, other: Any) -> Any:  # noqa: ANN401
        """0 + a is a, so that `sum()` works."""
        if isinstance(other, int) and other == 0 and not isinstance(other, bool):
            return self
        return _binary("add", other, self)

    def __sub__(self, other: Any) -> Any:  # noqa: ANN401
        """A − b: `sub`."""
        return _binary("sub", self, other)

    def __rsub__(self, other: Any) -> Any:  # noqa: ANN401
        """Number − a: `sub` from a constant."""
        return _binary("sub", other, self)

    def __mul__(self, other: Any) -> Any:  # noqa: ANN401
        """A · b: `mul`; a · number: `scale`."""
        if _is_number(other):
            return TABLE["scale"](self, factor=_literal(other))
        return _binary("mul", self, other)

    def __rmul__(self, other: Any) -> Any:  # noqa: ANN401
        """Number · a: `scale`."""
        return self * other if _is_number(other) else _binary("mul", other, self)

    def __truediv__(self, other: Any) -> Any:  # noqa: ANN401
        """A / b: `div`."""
        return _binary("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:  # noqa: ANN401
        """Number / a: `div` of a constant."""
        return _binary("div", other, self)

    def __pow__(self, other: Any) -> Any:  # noqa: ANN401
        """A ** number: `power`; a ** b: `pow`."""
        if _is_number(other):
            return TABLE["power"](self, exponent=_literal(other))
        return _binary("pow", self, other)

    def __rpow__(self, other: Any) -> Any:  # noqa: ANN401
        """Number ** a: `pow` of a constant."""
        return _binary("pow", other, self)

    def __neg__(self) -> Expression:
        """−a: `neg`."""
        return Expression(TABLE["neg"], [self])

    def __pos__(self) -> Expression:
        """+a is a."""
        return self

    def __abs__(self) -> Expression:
        """abs(a): `abs`."""
        return Expression(TABLE["abs"], [self])

    # --- numpy --------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:  # noqa: ANN401
        """Build a node for `np.sin(x)` and the like; lay operators over arrays."""
        operands = tuple(x.item() if isinstance(x, np.generic) else x for x in operands)
        if any(isinstance(x, np.ndarray) for x in operands) and method == "__call__":
            return getattr(ufunc, method)(*map(_as_objects, operands), **options)
        name = ufunc.__name__
        build = _OPERATORS.get(name) or _numpy_row(name)
        if method != "__call__" or options or build is None:
            known = ", ".join(sorted({*TABLE, *_OTHER_NAMES}))
            called = f"{name}{'' if method == '__call__' else '.' + method}"
            given = f" with {', '.join(options)}=" if options else ""
            message = f"np.{called}{given} builds no node; plain calls of these do: {known}"
            raise ArgumentError(message)
        return build(*operands)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Give `x.sin`, `y.arctan2` and the like, which numpy calls for arrays of objects."""
        row = None if name.startswith("_") else _numpy_row(name)
        if row is None:
            message = f"an expression has no attribute {name!r}"
            raise AttributeError(message)
        return lambda *others: row(self, *others)

    # --- what an expression cannot do -----------------------------------------------------------

    def _no_value(self, *_: object) -> Any:  # noqa: ANN401
        message = (
            "an expression has no value yet, so a program cannot branch on it or turn it into a "
            "float: write rg.maximum, rg.relu, rg.step or rg.abs for a choice, and rg.sin or "
            "np.sin for math.sin"
        )
        raise TypeError(message)

    __bool__ = __float__ = __int__ = __complex__ = __index__ = _no_value
    __lt__ = __le__ = __gt__ = __ge__ = _no_value
    __iter__ = None  # one number, not a sequence

    def __repr__(self) -> str:
        """Show the name and the operation with its operands' names."""
        if isinstance(self.op, str):
            carried = "" if self.value is None else f" = {self.value}"
            return (
                f"<{self.op} {self.name}{carried}>"
                if self.name is not None
                else (f"<{self.op}{carried}>")
            )
        listed = [_name_in_repr(x) for x in self.operands]
        listed += [f"{name}={value}" for name, value in self.arguments.items()]
        named = "" if self.name is None else f"{self.name}: "
        return f"<expression {named}{self.op.name}({', '.join(listed)})>"


def _rebuilt(rows: Sequence[tuple[Any, ...]]) -> Expression:
    """Make an expression of what `Expression.__reduce__` wrote down."""
    nodes: list[Expression] = []
    for op, operands, arguments, value, name in rows:
        made = [nodes[i] for i in operands]
        nodes.append(Expression(op, made, arguments=arguments, value=value, name=name))
    return nodes[-1]


def _is_name(name: object) -> bool:
    """Tell whether a node can be called so: networkx takes no None."""
    return name is not None and is_hashable(name)


def _name_in_repr(operand: Expression) -> str:
    if operand.name is not None:
        return str(operand.name)
    return str(operand.value) if isinstance(operand.op, str) else f"{operand.op.name}(…)"


_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "multiply": operator.mul,
    "positive": operator.pos,
    "power": operator.pow,
    "float_power": operator.pow,
}
"""numpy functions that mean the operator, with its rules for numbers."""


def _numpy_row(name: str) -> Primitive | None:
    return TABLE.get(_OTHER_NAMES.get(name, name))


def _as_objects(operand: Any) -> Any:  # noqa: ANN401
    """Make an array of objects; of an expression, which is no sequence, one of one object."""
    return np.asarray(operand, dtype=object)


def _is_number(value: object) -> bool:
    """Tell a plain number, which operators may fold into a node, from everything else."""
    plain = isinstance(value, int | float | Fraction | Decimal | np.integer | np.floating)
    return plain and not isinstance(value, bool)


def _literal(value: Any) -> Number:  # noqa: ANN401 - any plain number
    """Keep a number as exact as it was written."""
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() else float(value)
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def as_expression(value: Any) -> Expression:  # noqa: ANN401 - a user may hand us anything
    """Take an expression as it is, and make a constant of a number.

    Raises:
        ArgumentError: it is neither.

    >>> as_expression(2)
    <constant = 2>
    """
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool | np.bool_):
        message = f"an operand must be an expression or a number; got {value}"
        raise ArgumentError(message)
    try:
        number = numbers.as_number(value)
    except TypeError as error:
        message = f"an operand must be an expression or a number: {error}"
        raise ArgumentError(message) from None
    return Expression("constant", value=_literal(number) if _is_number(number) else number)


def _binary(name: str, first: Any, second: Any) -> Any:  # noqa: ANN401
    """Apply an operator; leave to others what is neither an expression nor a number."""
    for operand in (first, second):
        if isinstance(operand, bool | np.bool_ | np.ndarray):  # an array lays the operator out
            return NotImplemented
        if not isinstance(operand, Expression | complex) and not _is_number(operand):
            try:
                numbers.as_number(operand)
            except TypeError:
                return NotImplemented
    return Expression(TABLE[name], [as_expression(first), as_expression(second)])


# --- sources --------------------------------------------------------------------------------


def inputs(names: str | Iterable[Hashable]) -> Any:  # noqa: ANN401 - see Returns
    """Make inputs.

    Args:
        names: separated by blanks or commas, or an iterable of names.

    Returns:
        A tuple of expressions; for a text with one name the expression itself.

    Raises:
        ArgumentError: no name is given, or one twice.

    >>> x, t = inputs("x t")
    >>> inputs("x")
    <input x>
    """
    message = f"give each input a name of its own, such as inputs('x t'); got {names!r}"
    if not isinstance(names, str | Iterable):
        raise ArgumentError(message)
    listed = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    if not listed or not all(map(_is_name, listed)) or len(set(listed)) < len(listed):
        raise ArgumentError(message)
    made = tuple(Expression("input", name=name) for name in listed)
    return made[0] if isinstance(names, str) and len(made) == 1 else made


def parameter(name: Hashable, value: Number) -> Expression:
    """Make a parameter: a source that carries its value, which learning may change.

    Args:
        name: what tells it from the other sources of a network.
        value: a number.

    Raises:
        ArgumentError: the value is no number.

    >>> parameter("w", 0.5)
    <parameter w = 0.5>
    """
    if not _is_name(name):
        message = f"a parameter needs a name that is hashable; got {name!r}"
        raise ArgumentError(message)
    try:
        return Expression("parameter", value=numbers.as_number(value), name=name)
    except TypeError as error:
        message = f"parameter {name!r} was given no number: {error}"
        raise ArgumentError(message) from None


def constant(value: Number, name: Hashable = None) -> Expression:
    """Make a constant, as an operator does of a number; with a name, if one is given.

    Raises:
        ArgumentError: the value is no number.

    >>> constant(2, "two")
    <constant two = 2>
    """
    made = as_expression(value)
    if made.op != "constant":
        message = f"a constant carries a number; got {value!r}"
        raise ArgumentError(message)
    return made if name is None else made.named(name)


# --- from expressions to a network ----------------------------------------------------------

_N = TypeVar("_N", bound=Network)


def fill_network(net: _N, outputs: Iterable[Any]) -> _N:
    """Add the operations that expressions are made of to an empty network.

    Args:
        net: the network to fill.
        outputs: expressions, or sequences and arrays of them; they are marked as outputs.

    Raises:
        ArgumentError: something is no expression, or two nodes share a name.
    """
    marked = list(dict.fromkeys(_flat(outputs)))
    if not marked:
        message = "give at least one expression"
        raise ArgumentError(message)
    nodes = _reachable(marked)
    names = _names(nodes)
    for node in nodes:
        name = names[node]
        if name in net:
            continue  # the same input or parameter, made twice
        net.add_node(name, **_attributes(node))
        gathers = isinstance(node.op, Primitive) and node.op.gathers
        for slot, operand in enumerate(node.operands):
            net.add_edge(names[operand], name, slot=0 if gathers else slot)
    for node in marked:
        net.nodes[names[node]]["output"] = True
    return net


def _flat(values: Iterable[Any]) -> Iterator[Expression]:
    """Go over the expressions in nested sequences and arrays."""
    waiting = [iter(values)]
    while waiting:
        for value in waiting[-1]:
            if isinstance(value, list | tuple | np.ndarray):
                waiting.append(iter(value.flat if isinstance(value, np.ndarray) else value))
                break
            if _is_number(value):
                yield as_expression(value)
                continue
            if not isinstance(value, Expression):
                message = f"{value!r} is no expression: build one from rg.inputs(...)"
                raise ArgumentError(message)
            yield value
        else:
            waiting.pop()


def _reachable(outputs: list[Expression]) -> list[Expression]:
    """List what some expressions are made of, in the order in which it was built."""
    seen, waiting = set(outputs), list(outputs)
    while waiting:
        for operand in waiting.pop().operands:
            if operand not in seen:
                seen.add(operand)
                waiting.append(operand)
    return sorted(seen, key=lambda node: node._serial)  # noqa: SLF001 - this module's own


def _names(nodes: list[Expression]) -> dict[Expression, Hashable]:
    """Name the nodes: their own names, else the operation and a number, in order of building."""
    owners: dict[Hashable, Expression] = {}
    for node in nodes:
        if node.name is not None:
            owner = owners.setdefault(node.name, node)
            if owner is not node and not _same_source(owner, node):
                message = (
                    f"two nodes are called {node.name!r}: {owner!r} and {node!r}; "
                    "share the object, or give one another name"
                )
                raise ArgumentError(message)
    names: dict[Expression, Hashable] = {}
    number = itertools.count(1)
    for node in nodes:
        name = node.name
        if name is None:
            op = node.op if isinstance(node.op, str) else node.op.name
            name = next(n for i in number if (n := f"{op}{i}") not in owners)
        names[node] = name
    return names


def _same_source(first: Expression, second: Expression) -> bool:
    """Tell whether two objects mean one input or one parameter."""
    if first.op != second.op or first.op not in {"input", "parameter"}:
        return False
    return bool(np.array_equal(first.value, second.value)) or first.value is second.value


def _attributes(node: Expression) -> dict[str, Any]:
    if isinstance(node.op, Primitive):
        arguments = {"arguments": tuple(node.arguments.values())} if node.arguments else {}
        return {"op": node.op.name, **arguments}
    if node.op == "input":
        return {"op": node.op}
    named = {"added_as": node.name} if node.op == "parameter" else {}
    return {"op": node.op, "value": node.value, **named}


def trace(function: Callable[..., Any]) -> Network:
    """Run a Python function on expressions, and give the network of what it computes.

    Args:
        function: over numbers, written with operators, numpy functions and primitives. Its
            parameters become inputs of the same names; those with a default keep the default.
            It returns an expression, a sequence or array of them, or a mapping from names to
            expressions.

    Returns:
        A network whose outputs are what the function returns.

    Raises:
        ArgumentError: the function takes `*args` or `**kwargs`, or returns no expression.
        TypeError: the function branches on a value.

    >>> net = trace(lambda x, w: np.tanh(w * x) + x)
    >>> net.inputs, net.outputs
    (['x', 'w'], ['add3'])
    """
    kinds = inspect.Parameter
    names = []
    for p in inspect.signature(function).parameters.values():
        if p.kind in {kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD}:
            message = f"trace cannot name the inputs behind {p}: give them names of their own"
            raise ArgumentError(message)
        if p.default is kinds.empty:
            names.append((p.name, p.kind is kinds.KEYWORD_ONLY))
    made = {name: Expression("input", name=name) for name, _ in names}
    result = function(
        *(made[name] for name, by_keyword in names if not by_keyword),
        **{name: made[name] for name, by_keyword in names if by_keyword},
    )
    if isinstance(result, Mapping):
        result = [_renamed(value, name) for name, value in result.items()]
    net = Network()
    for name in made:
        net.add_input(name)  # also those that the function does not use
    return fill_network(net, [result])


def _renamed(value: Any, name: Hashable) -> Any:  # noqa: ANN401
    """Name an output of a traced function; what has a name already passes through a node."""
    node = as_expression(value)
    if node.name == name:
        return node
    return (node if node.name is None else Expression(TABLE["identity"], [node])).named(name)
