"""What a primitive is, and the table that the rows of `primitives.py` and a user's own fill."""

from __future__ import annotations

import importlib
import inspect
import itertools
import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

import numpy as np

from rojasgraph import numbers
from rojasgraph.errors import ArgumentError, DomainError, UnknownPrimitive
from rojasgraph.numbers.arrays import numpy_namespace
from rojasgraph.numbers.floats import FLOAT
from rojasgraph.numbers.kinds import Number, is_complex, kind
from rojasgraph.numbers.namespace import Namespace
from rojasgraph.slopes import slope

Domain = tuple[str, Callable[..., Any]]
"""Where a primitive has a value: in words, and as a test of its operands (and arguments)."""

Accuracy = tuple[float, float, str]
"""What a primitive promises: how far a result of floats is off at most, in units of 2⁻⁵³: of its
own size, or absolute where that is more; and where, in words ("": everywhere)."""

TABLE: dict[str, Primitive] = {}
"""Every primitive by its name."""


@dataclass(frozen=True, eq=False, repr=False)
class Primitive:
    """One operation: its function, its partial derivatives, and how it is written.

    Calling it builds a node where an operand is an expression, and computes otherwise.

    Attributes:
        name: what the node attribute `op` says.
        function: `function(xp, *operands, **arguments)`, the value over a namespace `xp`.
        partials: `partials(xp, value, *operands, **arguments)`, a tuple with one derivative for
            each operand; `value` is what `function` gave.
        operands: the slots by name; for a primitive of any number of slots one name with a star.
        slots: how many slots it has; None for any number, from one up.
        arguments: numbers that are not differentiated, by name, with their defaults;
            `inspect.Parameter.empty` where one must be given.
        symbol: what a drawing shows; `{name}` stands for an argument.
        latex: the same for formulas.
        domain: where the value is defined, in words and as a test; None: everywhere.
        kink: the convention where the derivative jumps or does not exist, in words; "" without.
        analytic: whether it has a meaning for complex numbers, so that complex step applies.
        gathers: whether a call feeds all its operands to the one slot (`add`).
        passes: whether derivatives flow back through it (`stop_gradient` does not pass them).
        accuracy: how far value and derivatives of floats may be off (see `primitive`), and where
            that holds, in words; None where nothing is promised.
    """

    name: str
    function: Callable[..., Any]
    partials: Callable[..., Any]
    operands: tuple[str, ...]
    slots: int | None
    arguments: Mapping[str, Any]
    symbol: str
    latex: str
    domain: Domain | None = None
    kink: str = ""
    analytic: bool = True
    gathers: bool = False
    passes: bool = True
    accuracy: Accuracy | None = None

    def slot_name(self, slot: int) -> str:
        """Name a slot as the row does: `exponent`, or `xs[2]` where there is any number."""
        if self.slots is None:
            return f"{self.operands[0][1:]}[{slot}]"
        return self.operands[slot]

    def bind(self, arguments: Mapping[str, Number] | Sequence[Number] | Number) -> dict[str, Any]:
        """Give the arguments by name, the defaults filled in.

        Args:
            arguments: by name, or in the order of the row; a single number stands for one.

        Raises:
            ArgumentError: one is missing, unknown or too many.

        >>> TABLE["leaky_relu"].bind(())
        {'slope': 0.01}
        >>> TABLE["power"].bind([3])
        {'exponent': 3}
        """
        names = tuple(self.arguments)
        if isinstance(arguments, Mapping):
            given = dict(arguments)
        else:
            listed = arguments if isinstance(arguments, Sequence) else (arguments,)
            given = dict(zip(names, listed, strict=False))
            if len(listed) > len(names):
                given |= {f"number {i + 1}": listed[i] for i in range(len(names), len(listed))}
        bound = {n: given.pop(n, default) for n, default in self.arguments.items()}
        missing = [n for n, value in bound.items() if value is inspect.Parameter.empty]
        for argument, value in bound.items():
            if value is not inspect.Parameter.empty and not _is_plain_number(value):
                message = f"{self.name} takes a number for {argument}; got {value!r}"
                raise ArgumentError(message)
        if missing or given:
            takes = ", ".join(names) or "none"
            fault = f"lacks {', '.join(missing)}" if missing else f"does not take {list(given)}"
            message = f"{self.name} {fault}: its arguments are: {takes}"
            raise ArgumentError(message)
        return bound

    def symbol_for(self, arguments: Any = ()) -> str:  # noqa: ANN401 - any form that bind takes
        """Write the symbol with its arguments filled in.

        >>> TABLE["scale"].symbol_for((2,)), TABLE["tanh"].symbol_for()
        ('×2', 'tanh')
        """
        return self._filled(self.symbol, arguments)

    def latex_for(self, arguments: Any = ()) -> str:  # noqa: ANN401 - any form that bind takes
        r"""Write the LaTeX symbol with its arguments filled in.

        >>> print(TABLE["power"].latex_for((3,)))
        (\cdot)^{3}
        """
        return self._filled(self.latex, arguments)

    def _filled(self, template: str, arguments: Any) -> str:  # noqa: ANN401
        for name, value in self.bind(arguments).items():
            number = value if isinstance(value, int | Fraction) else _short(value)
            template = template.replace(f"{{{name}}}", str(number))
        return template

    def split(self, operands: Sequence[Any], arguments: Mapping[str, Any]) -> tuple[Any, Any]:
        """Take a call's positional values apart: operands first, then arguments in order.

        Raises:
            ArgumentError: there are too few or too many of either.
        """
        slots = len(operands) if self.gathers or self.slots is None else self.slots
        given, rest = tuple(operands[:slots]), tuple(operands[slots:])
        names = tuple(n for n in self.arguments if n not in arguments)
        if not given or len(given) < slots or len(rest) > len(names):
            takes = ", ".join((*self.operands, *self.arguments))
            message = f"{self.name} takes ({takes}); got {len(operands)} values"
            raise ArgumentError(message)
        return given, self.bind({**dict(zip(names, rest, strict=False)), **arguments})

    def __call__(self, *operands: Any, **arguments: Any) -> Any:  # noqa: ANN401 - see the docstring
        """Build a node if an operand is an expression, else compute the value.

        Args:
            *operands: one for each slot: expressions, numbers, arrays (of numbers or of
                expressions); then, by position or by name, the arguments.
            **arguments: numbers that are not differentiated.

        Returns:
            An expression, a number or an array. Where a number leaves the domain: nan or inf.

        Raises:
            ArgumentError: too few or too many operands or arguments, or something that is no
                number.
            DomainError: the operation has no meaning in the number system of its operands.

        >>> TABLE["hypot"](3.0, 4.0)
        5.0
        >>> TABLE["power"](Fraction(1, 2), 3)
        Fraction(1, 8)
        """
        given, bound = self.split(tuple(map(_laid_out, operands)), arguments)
        for operand in given:
            if hasattr(operand, "__apply_primitive__"):
                return operand.__apply_primitive__(self, given, bound)
        if any(isinstance(x, np.ndarray) and x.dtype == object for x in given):
            return np.frompyfunc(lambda *xs: self(*xs, **bound), len(given), 1)(*given)
        return self._compute(given, bound)

    def _compute(self, given: Sequence[Any], bound: Mapping[str, Any]) -> Number:
        """Compute the value at numbers, in the system that holds them all."""
        try:
            values = [numbers.as_number(x) for x in given]
            xp = numbers.system_of(values) or FLOAT
            values = [xp.lift(x) for x in values]
            lifted = {name: xp.lift(x) for name, x in bound.items()}
        except TypeError as error:
            message = f"{self.name} got {given!r}: {error}"
            raise ArgumentError(message) from None
        if self.gathers:
            values = [xp.total(values)]
        return self.evaluate(xp, self.function, values, lifted)

    def label(
        self, xp: Namespace, operands: Sequence[Number], arguments: Mapping[str, Number]
    ) -> tuple[Number, tuple[Number, ...]]:
        """Compute both halves of a node: the value, and the tuple of stored derivatives.

        Raises:
            DomainError: the operation has no meaning in this number system, or the value is too
                large to compute on with.
            ArgumentError: the row gives something else than one partial for each operand.
        """
        try:
            value = self.function(xp, *operands, **arguments)
            partials = self.partials(xp, value, *operands, **arguments)
        except (ArithmeticError, ValueError):
            value = self.evaluate(xp, self.function, operands, arguments)
            partials = self.evaluate(xp, self.partials, (value, *operands), arguments)
        if type(partials) is not tuple or len(partials) != len(operands):
            message = (
                f"{self.name}: partials must give a tuple of {len(operands)} derivatives, one for "
                f"each slot; got {partials!r}"
            )
            raise ArgumentError(message)
        if xp.refuse_large is not None:
            xp.refuse_large(value)
        return value, partials

    def evaluate(
        self,
        xp: Namespace,
        function: Callable[..., Any],
        operands: Sequence[Number],
        arguments: Mapping[str, Number],
    ) -> Any:  # noqa: ANN401 - a number, or the tuple of partials
        """Call `function` or `partials`; where Python raises an error, follow IEEE arithmetic.

        Raises:
            DomainError: the operation has no meaning in this number system.
        """
        if not self.analytic and any(map(is_complex, operands)):
            message = f"{self.name} has no meaning for complex numbers"
            raise DomainError(message)
        with np.errstate(all="ignore"):
            try:
                return function(xp, *operands, **arguments)
            except DomainError as error:
                message = f"{self.name} cannot be computed: {error}"
                raise DomainError(message) from None
            except (ArithmeticError, ValueError) as error:
                if xp.ieee is None and not isinstance(error, ArithmeticError):
                    raise
                if xp.ieee is None:
                    message = f"{self.name}: a division by zero has no value among {xp.name}"
                    raise DomainError(message) from None
                return xp.ieee(function, operands, arguments)

    @property
    def __signature__(self) -> inspect.Signature:
        """What a call takes, for `help` and `trace`."""
        kinds = inspect.Parameter
        star, plain = kinds.VAR_POSITIONAL, kinds.POSITIONAL_ONLY
        slots = [kinds(o.lstrip("*"), star if o[0] == "*" else plain) for o in self.operands]
        named = [
            kinds(name, kinds.KEYWORD_ONLY, default=default)
            for name, default in self.arguments.items()
        ]
        return inspect.Signature([*slots, *named])

    def __repr__(self) -> str:
        """Show the name and what a call takes."""
        return f"<primitive {self.name}({', '.join((*self.operands, *self.arguments))})>"

    def __reduce__(self) -> tuple[Callable[[str, str], Primitive], tuple[str, str]]:
        """Pickle and copy by name: a primitive is a row of the table, not data."""
        return _declared, (self.name, getattr(self.function, "__module__", None) or "__main__")


def _declared(name: str, module: str) -> Primitive:
    """Find what `Primitive.__reduce__` wrote down, in the table or by importing its module.

    Raises:
        UnknownPrimitive: it is not declared there.
    """
    if name not in TABLE:
        with suppress(ImportError):
            importlib.import_module(module)
    try:
        return lookup(name)
    except UnknownPrimitive as error:
        message = (
            f"{error}; a pickle names its primitives and carries no code: declare {name!r} at the "
            f"top of a module that can be imported (it was declared in {module!r})"
        )
        raise UnknownPrimitive(message) from None


def _laid_out(operand: Any) -> Any:  # noqa: ANN401 - any operand of a call
    """Make an array of a list of expressions; anything else stays as it is."""
    holds = isinstance(operand, list | tuple) and any(
        hasattr(x, "__apply_primitive__") for x in operand
    )
    return np.array(operand, dtype=object) if holds else operand


_RESERVED = frozenset({*keyword.kwlist, "input", "parameter", "constant", "pi", "Rational"})


def _is_plain_number(value: Any) -> bool:  # noqa: ANN401 - anything may be given
    try:
        return kind(value) != "array"
    except TypeError:
        return False


def _short(value: Number) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def lookup(name: str) -> Primitive:
    """Find a primitive by its name.

    Raises:
        UnknownPrimitive: no row has this name; the message names the nearest.

    >>> lookup("tanh")
    <primitive tanh(x)>
    """
    try:
        return TABLE[name]
    except (KeyError, TypeError):
        raise unknown(name) from None


def unknown(name: object) -> UnknownPrimitive:
    """Make the error for an operation that is not in the table."""
    near = [row.name for row in TABLE.values() if isinstance(name, str) and row.symbol == name]
    beginning = str(name)[:_LONGEST]  # a file may hold endless names
    near = near or get_close_matches(beginning, TABLE, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "rg.primitive(...) declares your own"
    return UnknownPrimitive(f"no primitive is called {_shown(name)}: {hint}")


_LONGEST = 60
"""So much of an unknown name is looked at and shown."""


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def primitive(  # noqa: PLR0913 - the columns of a row
    name: str,
    function: Callable[..., Any],
    partials: Callable[..., Any],
    *,
    symbol: str | None = None,
    latex: str | None = None,
    domain: Domain | None = None,
    kink: str = "",
    analytic: bool = True,
    gathers: bool = False,
    passes: bool = True,
    accuracy: tuple[float, float] | Accuracy | None = None,
    check: bool = True,
    replace: bool = False,
) -> Primitive:
    r"""Declare a primitive: one row, and it works in labels, formulas, drawings and checks.

    Args:
        name: the name that nodes and formulas use; a Python identifier.
        function: `lambda xp, x, ...: value`, over the functions of a namespace `xp` (`xp.exp`,
            `xp.where`, …). Its positional parameters are the slots; `*xs` takes any number of
            slots; keyword parameters are numbers that are not differentiated.
        partials: `lambda xp, y, x, ...: (dy/dx, ...)`: one derivative for each slot, where `y` is
            the value; for `*xs` a tuple as long as `xs`.
        symbol: what a drawing shows, `{argument}` filled in; default the name.
        latex: the same for formulas.
        domain: where the value is defined, in words and as a test of the same parameters without
            `xp`: `("x > 0", lambda x: x > 0)`.
        kink: the convention where the derivative jumps, in words.
        analytic: False for a function without a meaning for complex numbers (abs, a step).
        gathers: a call may give several operands, all summed in the one slot.
        passes: False if derivatives shall not flow back through it.
        accuracy: what the row promises: how far value and derivatives are off at most, in units
            of 2⁻⁵³ (of 2⁻²⁴ for float32): `(of its own size, absolute)`, whichever is more, and
            perhaps in words where. Numbers below the smallest with all its digits (2⁻¹⁰²²) may be
            off by that much. For those who read the row; nothing is computed with it.
        check: compare the partials with the function's slope at sample points, by complex step
            or central differences; False turns this off.
        replace: allow to declare a primitive of the user's own once more (in a notebook).

    Returns:
        The primitive, which is also the function to call.

    Raises:
        ArgumentError: the name is taken or no identifier; the two functions do not take the
            same parameters; `domain` or `accuracy` is no such tuple; a partial is not the
            derivative, or no sample point lies in the domain.

    Source: one stored partial derivative per argument: Rojas, Neural Networks (1996), section 7.2.

    >>> cubed = primitive("cubed", lambda xp, x: x * x * x, lambda xp, y, x: (3 * x * x,))
    >>> cubed(2.0)
    8.0
    >>> primitive("fourth", lambda xp, x: x**4, lambda xp, y, x: (3 * x**3,))
    Traceback (most recent call last):
        ...
    rojasgraph.errors.ArgumentError: fourth: the partial by x at x = -2.3 is declared as ...
    >>> del TABLE["cubed"]
    """
    if not (isinstance(name, str) and name.isidentifier()) or name in _RESERVED:
        message = (
            "a primitive's name must be an identifier, such as 'swish2', and no word of Python or "
            f"of formulas; got {name!r}"
        )
        raise ArgumentError(message)
    if name in TABLE:
        own = TABLE[name].function.__module__ != "rojasgraph.primitives"
        if not (replace and own):
            mend = "pass replace=True to declare it anew" if own else "choose another name"
            message = f"a primitive called {name!r} exists already: {mend}"
            raise ArgumentError(message)
    operands, arguments = _parameters(name, function, partials)
    _check_domain(name, domain, operands)
    promised = _checked_accuracy(name, accuracy)
    row = Primitive(
        name=name,
        function=function,
        partials=partials,
        operands=operands,
        slots=None if operands[0].startswith("*") else len(operands),
        arguments=arguments,
        symbol=symbol or name,
        latex=latex or rf"\operatorname{{{name}}}",
        domain=domain,
        kink=kink,
        analytic=analytic,
        gathers=gathers,
        passes=passes,
        accuracy=promised,
    )
    if check:
        check_partials(row)
    TABLE[name] = row
    return row


def _parameters(
    name: str, function: Callable[..., Any], partials: Callable[..., Any]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Read the slots and the arguments off the two signatures, which must agree.

    Raises:
        ArgumentError: they do not, or there is no slot.
    """
    operands, arguments = _signature(function, skip=1)
    others, other_arguments = _signature(partials, skip=2)
    several = len(operands) > 1 and any(str(o).startswith("*") for o in operands)
    if (
        None in operands
        or not operands
        or several
        or (operands, list(arguments)) != (others, list(other_arguments))
    ):
        message = (
            f"{name}: write function=lambda xp, x, ...: and partials=lambda xp, y, x, ...: with "
            "the same slots (or one *xs), and arguments behind a star, as in (xp, x, *, k=3); got "
            f"{operands} {list(arguments)} and {others} {list(other_arguments)}"
        )
        raise ArgumentError(message)
    return operands, arguments


def _check_domain(name: str, domain: Any, operands: tuple[str, ...]) -> None:  # noqa: ANN401
    """Refuse a domain that is no pair of words and a test of the same slots.

    Raises:
        ArgumentError: it is something else.
    """
    if domain is None:
        return
    pair = isinstance(domain, tuple) and len(domain) == 2 and callable(domain[1])  # noqa: PLR2004
    if not pair or len(_signature(domain[1], skip=0)[0]) != len(operands):
        slots = ", ".join(operands)
        message = f"{name}: write domain=('in words', lambda {slots}: a test); got {domain!r}"
        raise ArgumentError(message)


def _checked_accuracy(name: str, accuracy: Any) -> Accuracy | None:  # noqa: ANN401
    """Refuse an accuracy that is no pair of sizes, with or without words.

    Raises:
        ArgumentError: it is something else.
    """
    if accuracy is None:
        return None
    if isinstance(accuracy, tuple) and len(accuracy) in {2, 3}:
        *sizes, words = accuracy if len(accuracy) == 3 else (*accuracy, "")  # noqa: PLR2004
        if isinstance(words, str) and all(_is_number(x) and 0 <= x < np.inf for x in sizes):
            return (*sizes, words)
    message = (
        f"{name}: write accuracy=(of its own size, absolute), two numbers in units of 2⁻⁵³ from 0 "
        f"up, and perhaps in words where it holds; got {accuracy!r}"
    )
    raise ArgumentError(message)


def _signature(function: Callable[..., Any], skip: int) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Read slots and arguments; None among the slots for what is neither."""
    kinds = inspect.Parameter
    operands: list[Any] = []
    arguments = {}
    for parameter in itertools.islice(inspect.signature(function).parameters.values(), skip, None):
        if parameter.kind is kinds.KEYWORD_ONLY:
            arguments[parameter.name] = parameter.default
        elif parameter.kind is kinds.VAR_POSITIONAL:
            operands.append(f"*{parameter.name}")
        elif parameter.kind is kinds.VAR_KEYWORD or parameter.default is not kinds.empty:
            operands.append(None)
        else:
            operands.append(parameter.name)
    return tuple(operands), arguments


_SAMPLES = (-2.3, -0.8, -0.45, 0.35, 0.6, 1.7, 3.1)
_VARIADIC_SLOTS = 3
_SAMPLE_ARGUMENT = 3


def sample_points(row: Primitive, arguments: Mapping[str, Number]) -> Iterator[tuple[float, ...]]:
    """Give points of the domain to try a primitive at: a small grid, none of it at a kink."""
    slots = row.slots or _VARIADIC_SLOTS
    grid: Iterable[tuple[float, ...]] = itertools.product(_SAMPLES, repeat=min(slots, 2))
    for i, point in enumerate(grid):
        full = (*point, *(_SAMPLES[(i + j) % len(_SAMPLES)] for j in range(slots - len(point))))
        if row.domain is None or _admits(row, full, arguments):
            yield full


def _admits(row: Primitive, point: tuple[float, ...], arguments: Mapping[str, Number]) -> bool:
    """Ask a row's domain about a point."""
    assert row.domain is not None  # noqa: S101 - for the type checker
    with _told(row, "the test of its domain", point):
        return bool(row.domain[1](*point, **arguments))


@contextmanager
def _told(row: Primitive, what: str, point: tuple[float, ...]) -> Iterator[None]:
    """Tell of any error of a user's function with the row and the point.

    Raises:
        ArgumentError: there was one.
    """
    try:
        yield
    except ArgumentError:
        raise
    except Exception as error:
        message = (
            f"{row.name}: {what} fails with {type(error).__name__} ({error}) at "
            f"{_point_text(row, point)}: declare domain= if there is no value, or turn the check "
            "off with check=False"
        )
        raise ArgumentError(message) from error


def _point_text(row: Primitive, point: tuple[float, ...]) -> str:
    return ", ".join(f"{row.slot_name(j)} = {x:.6g}" for j, x in enumerate(point))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.floating)


def check_partials(row: Primitive) -> None:
    """Compare each partial of a primitive with the slope of its function.

    Raises:
        ArgumentError: one differs, there are too many or too few of them, or no sample point
            has a finite value.
    """
    empty = inspect.Parameter.empty
    arguments = {k: _SAMPLE_ARGUMENT if v is empty else v for k, v in row.arguments.items()}
    tried = 0
    for point in sample_points(row, arguments):
        tried += _check_at(row, point, arguments)
    if not tried:
        message = (
            f"{row.name} cannot be checked: it is not finite at any sample point in its domain; "
            "declare domain=, or turn the check off with check=False"
        )
        raise ArgumentError(message)


def _check_at(row: Primitive, point: tuple[float, ...], arguments: Mapping[str, Number]) -> bool:
    """Check all partials at one point; False where there is nothing finite to compare."""

    def in_system(xp: Namespace) -> Callable[..., Any]:
        return lambda *xs: row.evaluate(xp, row.function, [xp.lift(x) for x in xs], arguments)

    with _told(row, "its function or its partials", point):
        value, claimed = row.label(FLOAT, point, arguments)
    if not _is_number(value):
        message = (
            f"{row.name}: its function gives {value!r}, no real number, at "
            f"{_point_text(row, point)}: declare domain=, or turn the check off with check=False"
        )
        raise ArgumentError(message)
    imaginary = in_system(numpy_namespace(np.dtype(complex))) if row.analytic else None
    found = False
    for i, derivative in enumerate(claimed):
        with _told(row, "its function", point):
            measured = slope(in_system(FLOAT), imaginary, point, i)
        if not np.isfinite(measured.value):
            continue
        found = True
        if row.passes and not (_is_number(derivative) and measured.agrees(derivative)):
            message = (
                f"{row.name}: the partial by {row.slot_name(i)} at {_point_text(row, point)} is "
                f"declared as {_short(derivative)}, but the function's slope there is "
                f"{measured.value:.6g}"
            )
            raise ArgumentError(message)
    return found
