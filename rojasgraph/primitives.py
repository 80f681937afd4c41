"""The table of primitives: one row each.

A row gives the name, the function, the tuple of its partial derivatives (one for each slot; `y`
is the value), then the symbol that drawings show, its LaTeX, the domain, and the convention at
kinks. Both functions are written over a namespace `xp`, so the same row computes with floats,
arrays, Fractions, mpmath numbers and sympy symbols. Where the textbook's form of a derivative
cancels (1 − y² of tanh, once y is almost 1), it stands for exact numbers and symbols, and rounded
ones take a form that keeps its digits.

Sources: derivatives: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 4
and 7; the two halves of a node: Rojas, Neural Networks (1996), section 7.2.
"""

from functools import partial as _partial
from functools import reduce as _reduce
from typing import Any as _Any

from rojasgraph.table import primitive

# The tests check every row, in more ways. Unless a row says otherwise, what it gives is right to
# four units in the last place, which libraries keep for their functions.
_row = _partial(primitive, check=False, accuracy=(8, 0))
_exact_row = _partial(_row, accuracy=(0, 0))


def _squared(x: _Any) -> _Any:  # noqa: ANN401
    """Multiply a number by itself, which rounds less than a power."""
    return x * x


def _others(xp: _Any, xs: tuple[_Any, ...]) -> tuple[_Any, ...]:  # noqa: ANN401
    """Multiply, for each factor, all the others; without division, so zeros do no harm."""
    before, after = [xp.one], [xp.one]
    for x, z in zip(xs[:-1], xs[:0:-1], strict=True):
        before.append(before[-1] * x)
        after.append(after[-1] * z)
    return tuple(b * a for b, a in zip(before, reversed(after), strict=True))


def _share(xp: _Any, wins: _Any, loses: _Any) -> _Any:  # noqa: ANN401
    """Give the whole derivative to the operand that is chosen, half of it where two tie."""
    return xp.where(wins, xp.one, xp.where(loses, xp.zero, xp.one / 2))


def _shares(xp: _Any, terms: list[_Any]) -> tuple[_Any, ...]:  # noqa: ANN401
    """Give each its share in the sum, which is 1 but for what rounding the logarithm has cost."""
    if xp.exact:
        return tuple(terms)
    total = _reduce(lambda a, b: a + b, terms)
    return tuple(x / total for x in terms)


def _scaled_length(xp: _Any, a: _Any, b: _Any) -> tuple[_Any, _Any]:  # noqa: ANN401
    """Give a scale and √(a² + b²) times it; scaled up where the length itself lacks digits.

    Numbers below 2⁻¹⁰²² have fewer than 53 of them (in float32, below 2⁻¹²⁶ fewer than 24).
    """
    length = xp.hypot(a, b)
    if xp.exact:
        return xp.one, length
    scale = xp.where(length < 2.0**-100, xp.lift(2.0**100), xp.one)
    return scale, xp.hypot(a * scale, b * scale)


def _directions(xp: _Any, a: _Any, b: _Any) -> tuple[_Any, _Any]:  # noqa: ANN401
    """Give a and b in units of √(a² + b²): a cosine and a sine."""
    scale, length = _scaled_length(xp, a, b)
    return a * scale / length, b * scale / length


def _turns(xp: _Any, y: _Any, x: _Any) -> tuple[_Any, _Any]:  # noqa: ANN401
    """Give how fast the angle of the point (x, y) turns with y and with x."""
    scale, length = _scaled_length(xp, x, y)
    return x * scale / length / length * scale, -y * scale / length / length * scale


def _half_square(xp: _Any, x: _Any) -> _Any:  # noqa: ANN401
    """Give x²/2, which may be finite where x² is not."""
    return x * x / 2 if xp.exact else x * (x / 2)


def _power_exists(base: _Any, exponent: _Any) -> _Any:  # noqa: ANN401
    """Tell where a real power has a value."""
    at_zero = (base == 0) & (exponent >= 0)
    return (base > 0) | at_zero | ((base < 0) & (exponent % 1 == 0))


# fmt: off
# --- arithmetic ---------------------------------------------------------------------------------

add = _exact_row("add", lambda xp, x: x, lambda xp, y, x: (xp.one,),
                 symbol="+", latex="+", gathers=True)

sub = _row("sub", lambda xp, a, b: a - b, lambda xp, y, a, b: (xp.one, -xp.one),
           symbol="−", latex="-", accuracy=(1, 0))

mul = _row("mul", lambda xp, a, b: a * b, lambda xp, y, a, b: (b, a), symbol="×", latex=r"\times",
           accuracy=(1, 0))

div = _row("div", lambda xp, a, b: a / b, lambda xp, y, a, b: (1 / b, -y / b),
           symbol="÷", latex=r"\div", domain=("b != 0", lambda a, b: b != 0), accuracy=(2, 0))

neg = _exact_row("neg", lambda xp, x: -x, lambda xp, y, x: (-xp.one,),
                 symbol="−(·)", latex=r"-(\cdot)")

scale = _row("scale", lambda xp, x, *, factor: factor * x, lambda xp, y, x, *, factor: (factor,),
             symbol="×{factor}", latex=r"\times {factor}", accuracy=(1, 0))

prod = _row("prod",
            lambda xp, *xs: _reduce(lambda a, b: a * b, xs),
            lambda xp, y, *xs: _others(xp, xs),
            symbol="∏", latex=r"\prod",
            accuracy=(8, 0, "up to nine factors, no product of some of which is out of range"))

identity = _exact_row("identity", lambda xp, x: x, lambda xp, y, x: (xp.one,),
                      symbol="id", latex=r"\mathrm{id}")

reciprocal = _row("reciprocal", lambda xp, x: 1 / x, lambda xp, y, x: (-y * y,),
                  symbol="1/(·)", latex=r"(\cdot)^{-1}", domain=("x != 0", lambda x: x != 0),
                  accuracy=(3, 0))

# --- powers and roots ---------------------------------------------------------------------------

square = _row("square", lambda xp, x: x * x, lambda xp, y, x: (2 * x,),
              symbol="(·)²", latex=r"(\cdot)^2", accuracy=(1, 0))

power = _row("power",
             lambda xp, x, *, exponent: xp.power(x, exponent),
             lambda xp, y, x, *, exponent: (xp.power_slope(y, x, exponent),),
             symbol="(·)^{exponent}", latex=r"(\cdot)^{{exponent}}",
             domain=("x > 0, or a whole exponent (at x = 0 not below 0)",
                     lambda x, *, exponent: _power_exists(x, exponent)))

pow = _row("pow",
           lambda xp, a, b: xp.power(a, b),
           lambda xp, y, a, b: (xp.power_slope(y, a, b), xp.power_growth(y, a, b)),
           symbol="aᵇ", latex=r"a^b",
           domain=("a > 0, or a whole b (at a = 0 not below 0)",
                   _power_exists))

sqrt = _row("sqrt", lambda xp, x: xp.sqrt(x), lambda xp, y, x: (1 / (2 * y),),
            symbol="√", latex=r"\sqrt{\cdot}", domain=("x >= 0", lambda x: x >= 0), accuracy=(2, 0))

cbrt = _row("cbrt", lambda xp, x: xp.cbrt(x), lambda xp, y, x: (1 / (3 * y * y),),
            symbol="³√", latex=r"\sqrt[3]{\cdot}", analytic=False, accuracy=(12, 0))

hypot = _row("hypot", lambda xp, a, b: xp.hypot(a, b),
             lambda xp, y, a, b: (a / y, b / y) if xp.exact else _directions(xp, a, b),
             symbol="√(a²+b²)", latex=r"\sqrt{a^2+b^2}", analytic=False,
             kink="no derivative where a = b = 0")

# --- exponentials and logarithms ----------------------------------------------------------------

exp = _row("exp", lambda xp, x: xp.exp(x), lambda xp, y, x: (y,), latex=r"\exp")

exp2 = _row("exp2", lambda xp, x: xp.exp2(x), lambda xp, y, x: (y * xp.ln2,),
            symbol="2ˣ", latex=r"2^{(\cdot)}")

expm1 = _row("expm1", lambda xp, x: xp.expm1(x), lambda xp, y, x: (xp.exp(x),),
             symbol="eˣ−1", latex=r"e^{(\cdot)}-1")

log = _row("log", lambda xp, x: xp.log(x), lambda xp, y, x: (1 / x,),
           symbol="ln", latex=r"\ln", domain=("x > 0", lambda x: x > 0))

log2 = _row("log2", lambda xp, x: xp.log2(x), lambda xp, y, x: (1 / (x * xp.ln2),),
            symbol="log₂", latex=r"\log_2", domain=("x > 0", lambda x: x > 0))

log10 = _row("log10", lambda xp, x: xp.log10(x), lambda xp, y, x: (1 / (x * xp.ln10),),
             symbol="log₁₀", latex=r"\log_{10}", domain=("x > 0", lambda x: x > 0))

log1p = _row("log1p", lambda xp, x: xp.log1p(x), lambda xp, y, x: (1 / (1 + x),),
             symbol="ln(1+·)", latex=r"\ln(1+\cdot)", domain=("x > -1", lambda x: x > -1))

logsumexp = _row("logsumexp",
                 lambda xp, *xs: _reduce(xp.logaddexp, xs),
                 lambda xp, y, *xs: _shares(xp, [xp.exp(x - y) for x in xs]),
                 symbol="ln Σe", latex=r"\ln\sum e", accuracy=(8, 9))

# --- circular and hyperbolic functions -----------------------------------------------------------

sin = _row("sin", lambda xp, x: xp.sin(x), lambda xp, y, x: (xp.cos(x),), latex=r"\sin")

cos = _row("cos", lambda xp, x: xp.cos(x), lambda xp, y, x: (-xp.sin(x),), latex=r"\cos")

tan = _row("tan", lambda xp, x: xp.tan(x), lambda xp, y, x: (1 + y * y,), latex=r"\tan")

arcsin = _row("arcsin", lambda xp, x: xp.arcsin(x),
              lambda xp, y, x: (1 / xp.sqrt((1 - x) * (1 + x)),),
              latex=r"\arcsin", domain=("-1 <= x <= 1", lambda x: (x >= -1) & (x <= 1)))

arccos = _row("arccos", lambda xp, x: xp.arccos(x),
              lambda xp, y, x: (-1 / xp.sqrt((1 - x) * (1 + x)),),
              latex=r"\arccos", domain=("-1 <= x <= 1", lambda x: (x >= -1) & (x <= 1)))

arctan = _row("arctan", lambda xp, x: xp.arctan(x), lambda xp, y, x: (1 / (1 + x * x),),
              latex=r"\arctan")

arctan2 = _row("arctan2", lambda xp, y, x: xp.arctan2(y, x),
               lambda xp, angle, y, x: _turns(xp, y, x),
               symbol="atan2", latex=r"\operatorname{atan2}", analytic=False,
               kink="jumps by 2π across y = 0, x < 0; no derivative where x = y = 0")

sinh = _row("sinh", lambda xp, x: xp.sinh(x), lambda xp, y, x: (xp.cosh(x),), latex=r"\sinh")

cosh = _row("cosh", lambda xp, x: xp.cosh(x), lambda xp, y, x: (xp.sinh(x),), latex=r"\cosh")

tanh = _row("tanh", lambda xp, x: xp.tanh(x),
            lambda xp, y, x: (1 - y * y if xp.exact else _squared(xp.sech(x)),), latex=r"\tanh")

arcsinh = _row("arcsinh", lambda xp, x: xp.arcsinh(x),
               lambda xp, y, x: (1 / xp.hypot(xp.one, x),),
               latex=r"\operatorname{arsinh}")

arctanh = _row("arctanh", lambda xp, x: xp.arctanh(x), lambda xp, y, x: (1 / ((1 - x) * (1 + x)),),
               latex=r"\operatorname{artanh}", domain=("-1 < x < 1", lambda x: (x > -1) & (x < 1)))

# --- activations --------------------------------------------------------------------------------

sigmoid = _row("sigmoid", lambda xp, x: xp.logistic(x),
               lambda xp, y, x: (y * (1 - y) if xp.exact else _squared(xp.sech(x / 2)) / 4,),
               symbol="σ", latex=r"\sigma")

symmetric_sigmoid = _row("symmetric_sigmoid", lambda xp, x: xp.tanh(x / 2),
                         lambda xp, y, x: (
                             (1 - y * y) / 2 if xp.exact else _squared(xp.sech(x / 2)) / 2,
                         ),
                         symbol="2σ−1", latex=r"2\sigma-1")

softplus = _row("softplus", lambda xp, x: xp.logaddexp(xp.zero, x),
                lambda xp, y, x: (xp.logistic(x),), symbol="softplus")

relu = _exact_row("relu", lambda xp, x: xp.maximum(x, xp.zero),
                  lambda xp, y, x: (xp.heaviside(x, xp.zero),),
                  analytic=False, kink="derivative 0 at x = 0")

leaky_relu = _row("leaky_relu",
                  lambda xp, x, *, slope=0.01: xp.where(x > 0, x, slope * x),
                  lambda xp, y, x, *, slope=0.01: (xp.where(x > 0, xp.one, slope),),
                  symbol="leaky {slope}", analytic=False, kink="derivative `slope` at x = 0",
                  accuracy=(1, 0))

elu = _row("elu",
           lambda xp, x, *, alpha=1: xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, xp.zero))),
           lambda xp, y, x, *, alpha=1: (
               xp.where(x > 0, xp.one, alpha * xp.exp(xp.minimum(x, xp.zero))),
           ),
           analytic=False, kink="derivative `alpha` at x = 0")

gelu = _row("gelu", lambda xp, x: x * xp.erfc(-x / xp.sqrt2) / 2,
            lambda xp, y, x: (
                xp.erfc(-x / xp.sqrt2) / 2 + x * xp.exp(-x * x / 2) / (xp.sqrt2 * xp.sqrt(xp.pi)),
            ), accuracy=(8, 9))

silu = _row("silu", lambda xp, x: x * xp.logistic(x),
            lambda xp, y, x: (xp.logistic(x) * (1 + x * xp.logistic(-x)),), accuracy=(8, 9))

softsign = _row("softsign", lambda xp, x: x / (1 + xp.abs(x)),
                lambda xp, y, x: (1 / ((1 + xp.abs(x)) * (1 + xp.abs(x))),), analytic=False,
                accuracy=(4, 0))

erf = _row("erf", lambda xp, x: xp.erf(x),
           lambda xp, y, x: (2 * xp.exp(-x * x) / xp.sqrt(xp.pi),), accuracy=(8, 9))

# --- kinks and steps ----------------------------------------------------------------------------

abs = _exact_row("abs", lambda xp, x: xp.abs(x), lambda xp, y, x: (xp.sign(x),),
                 symbol="|·|", latex=r"|\cdot|", analytic=False, kink="derivative 0 at x = 0")

sign = _exact_row("sign", lambda xp, x: xp.sign(x), lambda xp, y, x: (xp.zero,), symbol="sgn",
                  latex=r"\operatorname{sgn}", analytic=False,
                  kink="value and derivative 0 at x = 0")

step = _exact_row("step", lambda xp, x: xp.heaviside(x, xp.one), lambda xp, y, x: (xp.zero,),
                  analytic=False, kink="value 1, derivative 0 at x = 0")

maximum = _exact_row("maximum", lambda xp, a, b: xp.maximum(a, b),
                     lambda xp, y, a, b: (_share(xp, a > b, a < b), _share(xp, b > a, b < a)),
                     symbol="max", latex=r"\max", analytic=False, kink="½ each where a = b")

minimum = _exact_row("minimum", lambda xp, a, b: xp.minimum(a, b),
                     lambda xp, y, a, b: (_share(xp, a < b, a > b), _share(xp, b < a, b > a)),
                     symbol="min", latex=r"\min", analytic=False, kink="½ each where a = b")

stop_gradient = _exact_row("stop_gradient", lambda xp, x: x, lambda xp, y, x: (xp.zero,),
                           symbol="stop", latex=r"\operatorname{stop}", passes=False,
                           kink="derivative 0 everywhere, whatever the slope")

# --- errors of the extended network: slots output, target ---------------------------------------

half_squared = _row("half_squared",
                    lambda xp, output, target: _half_square(xp, output - target),
                    lambda xp, y, output, target: (output - target, target - output),
                    symbol="½(o−t)²", latex=r"\tfrac{1}{2}(o-t)^2", accuracy=(3, 0))

squared_error = _row("squared_error",
                     lambda xp, output, target: (output - target) * (output - target),
                     lambda xp, y, output, target: (2 * (output - target), 2 * (target - output)),
                     symbol="(o−t)²", latex=r"(o-t)^2", accuracy=(3, 0))
# fmt: on
