"""Elementary functions for LLVM's vectors.

Some are written here without branches, by reducing the argument and a polynomial. All others are
called from glibc's libmvec where it is there and fits the vectors, else from the C library,
lane by lane. In float32 everything is computed in float64 and rounded.

The polynomials are Chebyshev fits computed with mpmath; how the arguments are reduced is told in
Muller, Elementary Functions (3rd edition, 2016), chapter 11. `tests/benchmarks/functions.py` prints
how accurate they are.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import platform
from collections.abc import Callable, Sequence

from rojasgraph.engine.llvm.emission import Emitter, Value

C_NAMES = {
    **{name: name for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p")},
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "cbrt", "hypot")},
    **{name: name for name in ("erf", "erfc")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": "atan2",
    "power": "pow",
    "fmod": "fmod",
}
"""What the C library calls the operations of `terms.OPERATIONS`."""

BY_LANES = {"fmod"}
"""What libmvec does not have."""


# --- functions of elsewhere ---------------------------------------------------------------------


@functools.cache
def _library(name: str) -> ctypes.CDLL | None:
    """Load a library of the system; None where it is not there."""
    try:
        return ctypes.CDLL(name)
    except (OSError, TypeError):
        return None


@functools.cache
def c_address(name: str) -> int | None:
    """Find a function of the C library; None where it is not there."""
    places = [ctypes.util.find_library("m"), None, "ucrtbase"]
    for place in places if platform.system() != "Windows" else places[-1:]:
        library = ctypes.CDLL(None) if place is None else _library(place)
        if library is not None and hasattr(library, name):
            return ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    return None


@functools.cache
def vector_address(name: str) -> int | None:
    """Find a function of libmvec by its mangled name; None where it is not there."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return None
    library = _library("libmvec.so.1")
    if library is None or not hasattr(library, name):
        return None
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value


def vector_name(name: str, operands: int, lanes: int) -> str:
    """Give the name under which libmvec has a function for so many lanes of float64."""
    kind = {8: "e", 4: "d"}.get(lanes, "")
    return f"_ZGV{kind}N{lanes}{'v' * operands}_{name}"


class Functions:
    """Writes elementary functions, each by its name in `terms.OPERATIONS`.

    Attributes:
        needed: the functions of elsewhere that the code calls, by name: to be linked.
    """

    def __init__(self, emitter: Emitter, widest: int, needed: set[str], *, fused: bool) -> None:
        """Say what the machine has.

        Args:
            emitter: writes the code.
            widest: how many lanes of float64 a vector of the machine has.
            needed: collects the functions of elsewhere.
            fused: whether it has a fused multiply-add, which the functions written here need.
        """
        self._outer = emitter
        self.emitter = emitter if emitter.bits == 64 else Emitter(  # noqa: PLR2004
            emitter.builder, 64, emitter.lanes
        )  # fmt: skip
        self._widest = widest
        self._fused = fused
        self.needed = needed

    def apply(self, name: str, operands: Sequence[Value]) -> Value:
        """Write a function of numbers of the emitter's type."""
        outer, inner = self._outer, self.emitter
        builder = outer.builder
        if outer is not inner:
            operands = [
                outer.once("extended", x, functools.partial(builder.fpext, x, inner.number))
                for x in operands
            ]
        result = self._written(name, operands)
        return result if outer is inner else builder.fptrunc(result, outer.number)

    def _written(self, name: str, operands: Sequence[Value]) -> Value:
        own: Callable[..., Value] | None = getattr(self, f"_{name}", None)
        if own is not None and (self._fused or name in _WITHOUT_FUSED):
            return own(*operands)
        return self.called(name, operands)

    def called(self, name: str, operands: Sequence[Value], *, by_lanes: bool = False) -> Value:
        """Call a function of elsewhere: of libmvec, or lane by lane of the C library."""
        emitter, width = self.emitter, 1
        symbol = C_NAMES[name]
        if emitter.lanes >= self._widest > 1 and name not in BY_LANES and not by_lanes:
            mangled = vector_name(symbol, len(operands), self._widest)
            if vector_address(mangled) is not None:
                symbol, width = mangled, self._widest
        self.needed.add(symbol)
        kind = emitter.of(width).number
        function = emitter.declared(symbol, kind, [kind] * len(operands))
        function.attributes.add("readnone")  # nobody reads errno: what nobody needs is left out
        function.attributes.add("nounwind")
        parts = [
            emitter.builder.call(function, [emitter.part(x, start, width) for x in operands])
            for start in range(0, emitter.lanes, width)
        ]
        return emitter.joined(parts, width)

    # --- polynomials --------------------------------------------------------------------------

    def _polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """Write a polynomial, lowest power first, in pairs and pairs of pairs."""
        e = self.emitter
        terms = [e.constant(c) for c in coefficients]
        power = x
        while len(terms) > 1:
            odd = len(terms) % 2
            pairs = [
                e.fma(high, power, low) for low, high in zip(terms[::2], terms[1::2], strict=False)
            ]
            terms = [*pairs, terms[-1]] if odd else pairs
            if len(terms) > 1:
                power = e.mul(power, power)
        return terms[0]

    def _at_least(self, x: Value, low: float) -> Value:
        e = self.emitter
        return e.choose(e.compare("<", x, e.constant(low)), e.constant(low), x)

    def _clamped(self, x: Value, low: float, high: float) -> Value:
        e = self.emitter
        x = self._at_least(x, low)
        return e.choose(e.compare(">", x, e.constant(high)), e.constant(high), x)

    def _magnitude(self, x: Value) -> Value:
        return self.emitter.intrinsic("fabs", x)

    def _signed(self, x: Value, sign: Value) -> Value:
        return self.emitter.intrinsic("copysign", x, sign)

    # --- exponentials -------------------------------------------------------------------------

    def _reduced(self, x: Value) -> tuple[Value, Value]:
        """Write expm1(r) and k as a whole number, where x = k·ln 2 + r and |r| ≤ ln 2 / 2."""
        e = self.emitter
        shift = e.constant(_SHIFT)
        shifted = e.fma(x, e.constant(_LOG2_E), shift)
        k = e.sub(shifted, shift)
        r = e.fma(k, e.constant(-_LN2_HIGH), x)
        r = e.fma(k, e.constant(-_LN2_LOW), r)
        tail = e.mul(e.mul(r, r), self._polynomial(r, _EXP))
        whole = e.builder.sub(e.digits(shifted), e.digits(shift))
        return e.add(r, tail), whole

    def _two_to(self, whole: Value) -> Value:
        """Write 2 to the power of a whole number from −1022 to 1023."""
        e = self.emitter
        return e.undigits(e.builder.shl(e.builder.add(whole, e.whole(1023)), e.whole(52)))

    def _exp(self, x: Value) -> Value:
        e = self.emitter
        p, k = self._reduced(self._clamped(x, -800.0, 800.0))
        half = e.builder.ashr(k, e.whole(1))
        first, second = self._two_to(half), self._two_to(e.builder.sub(k, half))
        return e.mul(e.fma(p, first, first), second)

    def _expm1(self, x: Value) -> Value:
        e = self.emitter
        p, k = self._reduced(self._clamped(x, -60.0, 800.0))
        scale = self._two_to(e.builder.sub(k, e.whole(1)))
        half = e.fma(p, scale, e.sub(scale, e.constant(0.5)))
        grown = e.add(half, half)
        infinite = e.compare(">", x, e.constant(_LARGEST_EXP))
        grown = e.choose(infinite, e.constant(float("inf")), grown)
        tiny = e.compare("<", self._magnitude(x), e.constant(2.0**-54))
        return e.choose(tiny, x, grown)

    def _decay(self, x: Value) -> tuple[Value, Value, Value]:
        """Write z = exp(−2|x|): z, z − 1 and 1/(1 + z); z below all normal numbers is 0."""

        def compute() -> tuple[Value, Value, Value]:
            e = self.emitter
            doubled = e.mul(self._magnitude(x), e.constant(-2.0))
            if not self._fused:
                z, below = (self.called(name, [doubled]) for name in ("exp", "expm1"))
                return z, below, e.div(e.constant(1.0), e.add(e.constant(2.0), below))
            p, k = self._reduced(self._at_least(doubled, _SMALLEST_LOG))
            scale = self._two_to(k)
            vanishes = e.compare("<", doubled, e.constant(_SMALLEST_LOG))
            z = e.choose(vanishes, e.constant(0.0), e.fma(p, scale, scale))
            below = e.fma(p, scale, e.sub(scale, e.constant(1.0)))
            return z, below, e.div(e.constant(1.0), e.add(e.constant(2.0), below))

        found: tuple[Value, Value, Value] = self.emitter.once("decay", x, compute)
        return found

    def _tanh(self, x: Value) -> Value:
        """Write (1 − z)/(1 + z), corrected by what the quotient misses."""
        e = self.emitter
        _, below, inverse = self._decay(x)
        above = e.add(e.constant(2.0), below)
        lost = e.add(e.sub(e.constant(2.0), above), below)
        rise = e.builder.fneg(below)
        quotient = e.mul(rise, inverse)
        rest = e.fma(e.builder.fneg(quotient), above, rise)
        rest = e.fma(e.builder.fneg(quotient), lost, rest)
        quotient = e.fma(rest, inverse, quotient)
        small = e.compare("<", self._magnitude(x), e.constant(1e-9))
        return self._signed(e.choose(small, self._magnitude(x), quotient), x)

    def _sech2(self, x: Value) -> Value:
        """Write 1/cosh² = 4z/(1 + z)²."""
        e = self.emitter
        z, _, inverse = self._decay(x)
        return e.mul(e.mul(e.mul(e.constant(4.0), z), inverse), inverse)

    def _logistic(self, x: Value, half: Value) -> Value:
        """Write 1/(1 + exp(−x)) by the exponential that does not grow."""
        e = self.emitter
        z, _, inverse = self._decay(half)
        return e.choose(e.compare("<", x, e.constant(0.0)), e.mul(z, inverse), inverse)

    # --- logarithm ----------------------------------------------------------------------------

    def _log(self, x: Value) -> Value:
        e, builder = self.emitter, self.emitter.builder
        tiny = e.compare("<", x, e.constant(2.0**-1022))
        scaled = e.choose(tiny, e.mul(x, e.constant(2.0**54)), x)
        digits = builder.sub(e.digits(scaled), e.whole(_ROOT_HALF))
        k = builder.ashr(digits, e.whole(52))
        mantissa = e.undigits(builder.sub(e.digits(scaled), builder.shl(k, e.whole(52))))
        k = builder.sub(k, e.choose(tiny, e.whole(54), e.whole(0)))
        exponent = builder.sitofp(k, e.number)
        f = e.sub(mantissa, e.constant(1.0))
        s = e.div(f, e.add(e.constant(2.0), f))
        z = e.mul(s, s)
        # ln(1 + f) = f − f²/2 + s·(f²/2 + z·L(z)), and the largest part is added last
        square = e.mul(e.mul(e.constant(0.5), f), f)
        series = e.fma(z, self._polynomial(z, _LOG), square)
        low = e.fma(exponent, e.constant(_LN2_LOW), e.mul(s, series))
        low = e.sub(f, e.sub(square, low))
        result = e.fma(exponent, e.constant(_LN2_HIGH), low)
        result = e.choose(e.compare("==", x, e.constant(float("inf"))), x, result)
        zero = e.compare("==", x, e.constant(0.0))
        result = e.choose(zero, e.constant(float("-inf")), result)
        outside = e.builder.fcmp_unordered("<", x, e.constant(0.0))
        return e.choose(outside, e.constant(float("nan")), result)

    def _logaddexp(self, a: Value, b: Value) -> Value:
        """Write the larger + log1p(exp(the smaller − the larger))."""
        e = self.emitter
        order = e.compare(">=", a, b)
        high, low = e.choose(order, a, b), e.choose(order, b, a)
        apart = e.sub(low, high)
        grown = self._written("exp", [apart])
        result = e.add(high, self._written("log1p", [grown]))
        return e.choose(e.missing(apart), e.add(a, b), result)

    # --- circular functions -------------------------------------------------------------------

    def _turned(self, x: Value) -> tuple[Value, Value]:
        """Write sine and cosine; where a number is too large to be reduced, C's."""
        return self.emitter.once("turned", x, lambda: self._sine_and_cosine(x))  # type: ignore[no-any-return]

    def _sine_and_cosine(self, x: Value) -> tuple[Value, Value]:
        e, builder = self.emitter, self.emitter.builder
        shift = e.constant(_SHIFT)
        shifted = e.fma(x, e.constant(_TWO_OVER_PI), shift)
        k = e.sub(shifted, shift)
        first = e.fma(k, e.constant(-_HALF_PI[0]), x)
        r = e.fma(k, e.constant(-_HALF_PI[1]), first)
        low = e.fma(k, e.constant(-_HALF_PI[1]), e.sub(first, r))
        low = e.fma(k, e.constant(-_HALF_PI[2]), low)
        z = e.mul(r, r)
        cubic = e.mul(e.mul(z, r), self._polynomial(z, _SIN))
        sine = e.add(r, e.add(low, e.fma(e.mul(e.constant(-0.5), z), low, cubic)))
        half = e.mul(e.constant(0.5), z)
        head = e.sub(e.constant(1.0), half)
        rest = e.sub(e.sub(e.constant(1.0), head), half)
        quartic = e.fma(e.mul(z, z), self._polynomial(z, _COS), rest)
        cosine = e.add(head, e.fma(e.builder.fneg(r), low, quartic))
        turns = e.digits(shifted)
        odd = builder.icmp_unsigned("!=", builder.and_(turns, e.whole(1)), e.whole(0))
        of_sine = builder.shl(builder.and_(turns, e.whole(2)), e.whole(62))
        following = builder.add(turns, e.whole(1))
        of_cosine = builder.shl(builder.and_(following, e.whole(2)), e.whole(62))
        a = builder.xor(e.digits(e.choose(odd, cosine, sine)), of_sine)
        b = builder.xor(e.digits(e.choose(odd, sine, cosine)), of_cosine)
        zero = e.compare("==", x, e.constant(0.0))
        usual = [e.choose(zero, x, e.undigits(a)), e.undigits(b)]
        large = builder.fcmp_unordered(">", self._magnitude(x), e.constant(_REDUCIBLE))
        found = e.rarely(
            e.any(large),
            usual,
            lambda: [self.called(name, [x], by_lanes=True) for name in ("sin", "cos")],
        )
        return found[0], found[1]

    def _sin(self, x: Value) -> Value:
        return self._turned(x)[0]

    def _cos(self, x: Value) -> Value:
        return self._turned(x)[1]


_WITHOUT_FUSED = {"logaddexp", "logistic", "sech2"}
"""The functions written here that need no fused multiply-add."""

_SHIFT = 1.5 * 2.0**52
"""Added to a small number, it leaves the nearest whole number in the last digits."""

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = float.fromhex("0x1.62e42fefa3800p-1"), float.fromhex("0x1.ef35793c76730p-45")
_LARGEST_EXP = 709.782712893384
_SMALLEST_LOG = -708.0
"""Down to here the exponential is a normal number."""

_ROOT_HALF = 0x3FE6A09E667F3BCD
"""The digits of √½."""

_TWO_OVER_PI = 0.6366197723675814
_HALF_PI = tuple(
    map(
        float.fromhex,
        ("0x1.921fb54442d18p+0", "0x1.1a62633145c07p-54", "-0x1.f1976b7ed8fbcp-110"),
    )
)
_REDUCIBLE = 1e5
"""Up to here three parts of π/2 reduce an argument."""

# Lowest power first; fits of (eʳ − 1 − r)/r² for |r| ≤ ln 2 / 2; of (sin r − r)/r³ and
# (cos r − 1 + r²/2)/r⁴ in r² for |r| ≤ π/4; of (ln((1 + s)/(1 − s)) − 2s)/s³ in s² for the s of
# numbers between √½ and √2. Each ends where the next term would be below half a unit.
# fmt: off
_EXP = (0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326084, 0.0013888888888883711,
        0.0001984126987500228, 2.480158732567746e-05, 2.755725517000089e-06,
        2.755727347871858e-07, 2.5105312729622103e-08, 2.09147553258932e-09)
_SIN = (-0.16666666666666666, 0.008333333333333331, -0.00019841269841265017,
        2.755731921930192e-06, -2.5052106219521895e-08, 1.6058529572267877e-10,
        -7.586576588171073e-13)
_COS = (0.041666666666666664, -0.0013888888888888887, 2.4801587301584618e-05,
        -2.7557319221382114e-07, 2.087675578389404e-09, -1.1470459749675607e-11,
        4.745804889760674e-14)
_LOG = (0.6666666666666666, 0.4000000000000089, 0.28571428570795937, 0.2222222239345263,
        0.181817954545265, 0.15386249788196105, 0.1326850331279476, 0.13089445145246312)
# fmt: on
