"""Errors of one pattern: what each output contributes, written with the primitives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from rojasgraph.errors import ArgumentError
from rojasgraph.expressions import Expression, as_expression
from rojasgraph.numbers.kinds import Number
from rojasgraph.primitives import abs as absolute_value
from rojasgraph.primitives import half_squared, logsumexp, minimum, softplus, squared_error

Loss = str | Callable[[Any, Any], Any] | Expression
"""A name, a function of (output, target), or a formula in the inputs `output` and `target`."""

Expressions = Sequence[Expression]


def huber(delta: Number = 1) -> Callable[[Any, Any], Any]:
    """Make Huber's error: ½d² where d = |output − target| is at most delta, straight beyond.

    Args:
        delta: where the parabola ends.

    Returns:
        A function of (output, target), for `extend`.

    Source: Huber, Robust estimation of a location parameter (1964).

    >>> huber(1)(3.0, 0.0), huber(4)(3.0, 0.0)
    (2.5, 4.5)
    """

    def error(output: Any, target: Any) -> Any:  # noqa: ANN401 - expressions or numbers
        distance = absolute_value(output - target)
        inner = minimum(distance, delta)
        return inner * (distance - Fraction(1, 2) * inner)

    return error


def _absolute(output: Any, target: Any) -> Any:  # noqa: ANN401
    return absolute_value(output - target)


def _sigmoid_cross_entropy(logit: Any, target: Any) -> Any:  # noqa: ANN401
    """Write −t ln σ(a) − (1 − t) ln(1 − σ(a)) so that no logarithm of 0 can arise."""
    return softplus(logit) - target * logit


_BY_OUTPUT: dict[str, Callable[[Any, Any], Any]] = {
    "half_squared": half_squared,
    "squared": squared_error,
    "absolute": _absolute,
    "huber": huber(),
    "sigmoid_cross_entropy": _sigmoid_cross_entropy,
}
SOFTMAX = "softmax_cross_entropy"
NAMES = (*_BY_OUTPUT, SOFTMAX)

OF_PROBABILITIES = frozenset({"sigmoid_cross_entropy", SOFTMAX})
"""The errors whose targets are probabilities: of others they have no least value."""

READS_LOGITS = "sigmoid_cross_entropy"
"""The error that reads a sigmoid unit's net input instead of its value."""


def errors_of(loss: Loss, outputs: Expressions, targets: Expressions) -> list[Expression]:
    """Write the error of each output.

    Args:
        loss: see `extend`.
        outputs: one expression for each output.
        targets: one for each.

    Raises:
        ArgumentError: there is no such loss, it cannot measure one output, or what it gives is no
            expression.
    """
    if loss == SOFTMAX and len(outputs) == 1:
        message = (
            "the softmax of one output is always 1: use 'sigmoid_cross_entropy', or one output for "
            "each class"
        )
        raise ArgumentError(message)
    if loss == SOFTMAX:
        level = logsumexp(*outputs)
        return [t * (level - o) for o, t in zip(outputs, targets, strict=True)]
    single = _function(loss)
    return [_checked(single(o, t), loss) for o, t in zip(outputs, targets, strict=True)]


def _function(loss: Loss) -> Callable[[Any, Any], Any]:
    if isinstance(loss, str):
        if loss in _BY_OUTPUT:
            return _BY_OUTPUT[loss]
        near = get_close_matches(loss, NAMES, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        message = f"no loss is called {loss!r}; {hint}there are: {', '.join(NAMES)}"
        raise ArgumentError(message)
    if isinstance(loss, Expression):
        return lambda output, target: _substituted(loss, {"output": output, "target": target})
    if callable(loss):
        return loss
    message = (
        "a loss is a name, a function of (output, target), or a formula in the inputs 'output' "
        f"and 'target'; got {loss!r}"
    )
    raise ArgumentError(message)


def _substituted(formula: Expression, given: dict[str, Expression]) -> Expression:
    """Build a formula anew, with expressions in the place of its inputs."""
    made: dict[Expression, Expression] = {}
    waiting = [formula]
    while waiting:
        node = waiting[-1]
        missing = [x for x in node.operands if x not in made]
        if missing:
            waiting.extend(missing)
            continue
        waiting.pop()
        if node.op == "input":
            if node.name not in given:
                message = f"the formula of a loss is in the inputs {list(given)}; got {node.name!r}"
                raise ArgumentError(message)
            made[node] = given[str(node.name)]
        elif node.op == "parameter":
            made[node] = node
        else:
            operands = [made[x] for x in node.operands]
            made[node] = Expression(node.op, operands, arguments=node.arguments, value=node.value)
    return made[formula]


def _checked(error: Any, loss: Loss) -> Expression:  # noqa: ANN401 - a user's function may give anything
    if isinstance(error, Expression):
        return error
    try:
        return as_expression(error)
    except ArgumentError:
        message = f"the loss {loss!r} must give one expression for each output; it gave {error!r}"
        raise ArgumentError(message) from None
