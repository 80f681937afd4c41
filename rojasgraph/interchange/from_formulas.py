"""From sympy: an expression becomes a network; equal parts become one node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, reduce
from typing import Any

from rojasgraph.errors import ArgumentError, UnknownPrimitive
from rojasgraph.expressions import Expression, as_expression, constant, fill_network, parameter
from rojasgraph.network import Network
from rojasgraph.numbers.kinds import PI, Number
from rojasgraph.table import TABLE

Formula = Any
"""A sympy expression."""


def from_sympy(formulas: Any, parameters: Mapping[Any, Number] | None = None) -> Network:  # noqa: ANN401
    """Make a network of sympy expressions.

    Symbols become inputs of the same names, equal subexpressions one node. Numbers stay exact.

    Args:
        formulas: an expression, a sequence or matrix of them, or a mapping from names to them.
        parameters: the symbols, or their names, that shall be parameters, with their values.

    Returns:
        A network whose outputs are the expressions.

    Raises:
        ArgumentError: something is no expression, two symbols have one name, or a part has no
            meaning as an operation on numbers (an integral, a Piecewise).
        UnknownPrimitive: a function that no primitive computes. An undefined function of sympy's
            stands for the primitive of its name, one of your own included.

    >>> import sympy as sp
    >>> x, w = sp.symbols("x w")
    >>> net = from_sympy({"y": sp.sin(w * x) / (1 + x**2)}, parameters={w: 0.5})
    >>> net.inputs, net.parameters, net.outputs
    (['x'], ['w'], ['y'])
    """
    given = {str(name): _plain(value) for name, value in (parameters or {}).items()}
    reader = _Reader(given)
    if isinstance(formulas, Mapping):
        outputs = [reader.named(name, formula) for name, formula in formulas.items()]
    else:
        outputs = [reader.expression(formula) for formula in _listed(formulas)]
    if unused := set(reader.parameters) - set(reader.symbols):
        message = f"no expression has the symbols {sorted(unused)} that shall be parameters"
        raise ArgumentError(message)
    return fill_network(Network(), outputs)


def _listed(formulas: Any) -> list[Formula]:  # noqa: ANN401 - as above
    """List one expression, a sequence of them, or those of a matrix."""
    import sympy as sp

    if isinstance(formulas, sp.MatrixBase):
        return list(formulas.flat())
    return list(formulas) if isinstance(formulas, list | tuple) else [formulas]


def _plain(value: Any) -> Number:  # noqa: ANN401 - a number, of sympy's too
    """Bring a number of sympy's to Python's: exact where it is rational."""
    import sympy as sp

    if not isinstance(value, sp.Expr):
        return value
    return _exact(value) if value.is_Rational else float(value)


class _Reader:
    """Make expressions of sympy's, each part once."""

    def __init__(self, parameters: Mapping[str, Number]) -> None:
        self.parameters = parameters
        self.symbols: dict[str, Formula] = {}
        self.made: dict[Formula, Expression] = {}
        self.names: set[Any] = set()

    def named(self, name: Any, formula: Formula) -> Expression:  # noqa: ANN401 - any hashable
        """Read an output that has a name."""
        made = self.expression(formula)
        if made.name == name:
            return made
        if made.name is not None or made in self.names:
            made = Expression(TABLE["identity"], [made])
        self.names.add(made)
        return made.named(name)

    def expression(self, formula: Formula) -> Expression:
        """Read one expression, its parts before itself."""
        import sympy as sp

        if isinstance(formula, int | float | Fraction):
            return as_expression(formula)
        if not isinstance(formula, sp.Expr):
            message = f"{formula!r:.80} is a {type(formula).__name__}, not an expression of sympy"
            raise ArgumentError(message)
        waiting = [formula]
        while waiting:
            part = waiting[-1]
            missing = [inner for inner in _parts(part) if inner not in self.made]
            if part in self.made or not missing:
                waiting.pop()
                if part not in self.made:
                    self.made[part] = self._made(part)
            waiting += missing if part not in self.made else []
        return self.made[formula]

    def _made(self, part: Formula) -> Expression:
        """Make the operation of a part whose own parts are made."""
        if part.is_Symbol:
            return self._symbol(part)
        if part.is_number and not part.args:
            return _number(part)
        if part.is_Mul:
            return self._product(part)
        operands = [self.made[inner] for inner in _parts(part)]
        if part.is_Add:
            return Expression(TABLE["add"], operands)
        if part.is_Pow:
            return _power(part, operands)
        return _applied(part, operands)

    def _symbol(self, symbol: Formula) -> Expression:
        name = str(symbol.name)  # sympy takes any kind of text
        other: Formula = self.symbols.setdefault(name, symbol)
        if other != symbol:
            message = (
                f"two symbols are called {name!r}, with other assumptions: "
                f"{other.assumptions0} and {symbol.assumptions0}; rename one"
            )
            raise ArgumentError(f"{message:.300}")
        if name in self.parameters:
            return parameter(name, self.parameters[name])
        return Expression("input", name=name)

    def _product(self, part: Formula) -> Expression:
        """Write a product: number · factors / divisors."""
        coefficient, above, below = _factors(part)
        over = self._multiplied([self.made[x] for x in above])
        under = self._multiplied([self.made[x] for x in below])
        if under is not None:
            if over is None:
                return Expression(TABLE["div"], [as_expression(_exact(coefficient)), under])
            return _scaled(Expression(TABLE["div"], [over, under]), coefficient)
        assert over is not None  # noqa: S101 - a product has factors
        return _scaled(over, coefficient)

    @staticmethod
    def _multiplied(factors: list[Expression]) -> Expression | None:
        if len(factors) < 2:  # noqa: PLR2004 - a product
            return factors[0] if factors else None
        return Expression(TABLE["mul" if len(factors) == 2 else "prod"], factors)  # noqa: PLR2004


def _factors(part: Formula) -> tuple[Formula, list[Formula], list[Formula]]:
    """Take a product apart: its rational number, its factors, what it is divided by."""
    coefficient, above, below = 1, [], []
    for factor in part.args:
        if factor.is_Rational and coefficient == 1:
            coefficient = factor
        elif factor.is_Pow and factor.exp == -1:
            below.append(factor.base)
        else:
            above.append(factor)
    return coefficient, above, below


def _parts(part: Formula) -> list[Formula]:
    """List the parts that become nodes of their own.

    Raises:
        ArgumentError: there are parts that are no numbers.
    """
    import sympy as sp

    if part.is_Mul:
        _, above, below = _factors(part)
        return above + below
    if part.is_Pow and (part.exp.is_Rational or part.exp.is_Float):
        return [part.base]
    if type(part).__name__ == "Heaviside":
        return [part.args[0]]
    if not all(isinstance(inner, sp.Expr) for inner in part.args) or part.is_Piecewise:
        raise _no_operation(part)
    return list(part.args)


def _exact(number: Formula) -> Number:
    return int(number) if number == int(number) else Fraction(int(number.p), int(number.q))


def _scaled(made: Expression, coefficient: Formula) -> Expression:
    if coefficient == 1:
        return made
    return -made if coefficient == -1 else _by(made, _exact(coefficient))


def _by(made: Expression, factor: Number) -> Expression:
    return Expression(TABLE["scale"], [made], arguments={"factor": factor})


def _number(part: Formula) -> Expression:
    """Make a constant of a number: exact where it is rational."""
    import sympy as sp

    if part.is_Rational:
        return constant(_exact(part))
    if part is sp.pi:
        return constant(PI)
    if part is sp.E:
        return Expression(TABLE["exp"], [constant(1)])
    if part is sp.I:
        return constant(1j)
    if part in {sp.zoo, sp.nan} or not (part.is_real or part.is_infinite):
        message = f"{part} is no number that a network computes with"
        raise ArgumentError(message)
    return constant(float(part))


def _power(part: Formula, operands: list[Expression]) -> Expression:
    """Make a power: by its number, where the exponent is one."""
    if part.exp.is_Float:
        return Expression(TABLE["power"], operands, arguments={"exponent": float(part.exp)})
    if not part.exp.is_Rational:
        return Expression(TABLE["pow"], operands)
    exponent = Fraction(int(part.exp.p), int(part.exp.q))
    if exponent == Fraction(1, 2):
        return Expression(TABLE["sqrt"], operands)
    if exponent == -1:
        return Expression(TABLE["reciprocal"], operands)
    whole = int(exponent) if exponent.denominator == 1 else exponent
    return Expression(TABLE["power"], operands, arguments={"exponent": whole})


def _applied(part: Formula, operands: list[Expression]) -> Expression:
    """Make the node of a function."""
    name = type(part).__name__
    build = _functions().get(name)
    if build is not None and len(operands) > 0:
        made: Expression = build(part, operands)
        return made
    row = TABLE.get(name) if part.is_Function else None
    if row is not None:
        applied: Expression = row(*operands)
        return applied
    if part.is_Function:
        known = ", ".join(sorted(_functions()))
        message = f"no primitive computes {name}, in {part!s:.80}; there are {known}"
        raise UnknownPrimitive(message)
    raise _no_operation(part)


def _no_operation(part: Formula) -> ArgumentError:
    return ArgumentError(
        f"{type(part).__name__} is no operation on numbers, in {part!s:.80}; evaluate it first "
        "(.doit()), and write a choice as Max, Min, Abs or Heaviside"
    )


def _rowed(name: str) -> Callable[[Formula, list[Expression]], Expression]:
    return lambda _, operands: Expression(TABLE[name], operands)


def _nested(name: str) -> Callable[[Formula, list[Expression]], Expression]:
    row = TABLE[name]
    return lambda _, operands: reduce(lambda a, b: Expression(row, [a, b]), operands)


def _heaviside(part: Formula, operands: list[Expression]) -> Expression:
    """Make a step, by the value that it has at 0."""
    (x,), at_zero = operands, part.args[1]
    if at_zero == 1:
        return Expression(TABLE["step"], [x])
    if at_zero == 0:
        made: Expression = 1 - Expression(TABLE["step"], [-x])
        return made
    if 2 * at_zero == 1:
        return _by(Expression(TABLE["sign"], [x]) + 1, Fraction(1, 2))
    message = f"a Heaviside function with the value {at_zero} at 0: 0, 1/2 and 1 are known"
    raise ArgumentError(message)


def _arccosh(_: Formula, operands: list[Expression]) -> Expression:
    (x,) = operands
    roots = [Expression(TABLE["sqrt"], [side]) for side in (x - 1, x + 1)]
    return Expression(TABLE["log"], [x + Expression(TABLE["mul"], roots)])


@cache
def _functions() -> dict[str, Callable[[Formula, list[Expression]], Expression]]:
    """List what makes a node of each of sympy's functions, by their names there."""
    same = "exp log sin cos tan sinh cosh tanh sign erf".split()  # noqa: SIM905
    inverse = "sin cos tan sinh tanh".split()  # noqa: SIM905
    return {
        **{name: _rowed(name) for name in same},
        **{f"a{name}": _rowed(f"arc{name}") for name in inverse},
        "atan2": _rowed("arctan2"),
        "acosh": _arccosh,
        "Abs": _rowed("abs"),
        "Max": _nested("maximum"),
        "Min": _nested("minimum"),
        "Heaviside": _heaviside,
        "erfc": lambda _, operands: 1 - Expression(TABLE["erf"], operands),
        "sec": lambda _, operands: 1 / Expression(TABLE["cos"], operands),
        "csc": lambda _, operands: 1 / Expression(TABLE["sin"], operands),
        "cot": lambda _, operands: 1 / Expression(TABLE["tan"], operands),
    }
