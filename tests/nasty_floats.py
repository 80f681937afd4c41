"""Floats where arithmetic goes wrong: thresholds, subnormals, neighbours of powers of two, …

A strategy of floats that are finite, and one of points whose slots are often equal, opposite or
neighbours, so that sums cancel and operands tie.
"""

import math

import numpy as np
from hypothesis import strategies as st

DOUBLE = np.dtype(np.float64)

THRESHOLDS = {
    np.dtype(np.float64): [
        *(
            709.782712893384,
            710.4758600739439,
            745.1332191019412,
        ),  # exp and sinh overflow, exp is 0
        *(36.7368005696771, 37.42994775023705, 18.714973875118524),  # 1 + exp(−x), tanh x become 1
        *(1023.9999999999999, 1024.0, 1074.0, 1075.0),  # exp2
        *(26.543258454250395, 38.4, 5.863584748755168),  # erfc is 0, gelu is 0, erf becomes 1
        *(1.3407807929942597e154, 1.8961503816218352e154),  # x² and x²/2 overflow
        *(1.4916681462400413e-154, 2.2250738585072014e-308, 5e-324),  # x² loses digits, x does
        *(2.0**27, 2.0**-27, 2.0**53, 2.0**-53, 1e16, 1e17, 1.7976931348623157e308),
        *(1e300, 1e-300, 0.5, 1.0, math.pi, math.e, math.log(2)),
    ],
    np.dtype(np.float32): [
        *(88.72284, 89.41599, 103.97208, 16.635532, 17.32868, 8.317766, 127.99999, 128.0, 149.0),
        *(10.05, 14.1, 3.832507, 1.8446743e19, 2.6087635e19, 1.0842022e-19, 1.1754944e-38, 1e-45),
        *(2.0**12, 2.0**-12, 2.0**24, 2.0**-24, 1e8, 3.4028235e38, 1e30, 1e-30, 0.5, 1.0, math.pi),
    ],
}
"""Where functions overflow, underflow or become constant, by floating type."""


def nasty_floats(dtype=DOUBLE):
    """Give finite floats: nasty ones, some last places away from them, and moderate ones."""
    limits = np.finfo(dtype)
    smallest = int(limits.minexp) - int(limits.nmant)
    nasty = st.one_of(
        st.sampled_from(THRESHOLDS[dtype]),
        st.integers(smallest, int(limits.maxexp) - 1).map(lambda k: math.ldexp(1.0, k)),
        st.integers(1, 2**limits.nmant).map(lambda k: math.ldexp(k, smallest)),  # subnormal
        st.builds(lambda k, d: k * 10**d * math.pi / 2, st.integers(1, 99), st.integers(0, 15)),
        st.integers(0, 80).map(lambda k: k / 8),
    )
    plain = st.one_of(st.floats(0, 50), st.floats(0, 800), st.floats(0, float(limits.max)))

    def moved(x, steps, sign):
        x = dtype.type(min(x, float(limits.max)))
        for _ in range(abs(steps)):
            x = np.nextafter(x, dtype.type(math.copysign(math.inf, steps)))
        return sign * float(x if np.isfinite(x) else limits.max)

    return st.builds(moved, nasty | plain, st.integers(-2, 2), st.sampled_from([1, -1]))


@st.composite
def nasty_points(draw, slots, dtype=DOUBLE):
    """Give a float for each slot, each perhaps close to the one before it, or opposite to it."""
    point = [draw(nasty_floats(dtype))]
    kinds = ["free", "free", "free", "scaled", "neighbour", "opposite"]
    for _ in range(slots - 1):
        kind, last = draw(st.sampled_from(kinds)), dtype.type(point[-1])
        with np.errstate(all="ignore"):
            point.append({
                "free": lambda: draw(nasty_floats(dtype)),
                "scaled": lambda x=last: float(x * dtype.type(2.0 ** draw(st.integers(-60, 60)))),
                "neighbour": lambda x=last: float(np.nextafter(x, dtype.type(0))),
                "opposite": lambda x=last: -float(x),
            }[kind]())  # fmt: skip
    return tuple(x if math.isfinite(x) else 1.0 for x in point)
