"""Floats where arithmetic goes wrong: thresholds, subnormals, neighbours of powers of two.

A strategy of points whose slots are often opposite or neighbours, so that sums cancel and operands
almost tie. All are finite. Points come by the array, from a seed: that is fast, and a failing test
names the point.
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


def nasty_points(slots, dtype=DOUBLE, count=48):
    """Give arrays of points, one column for each slot."""
    return st.integers(0, 2**32 - 1).map(lambda seed: points_of(seed, slots, dtype, count))


def points_of(seed, slots, dtype=DOUBLE, count=48):
    """Draw points: their first slots anywhere, the others often close to the one before."""
    rng = np.random.default_rng(seed)
    columns = [floats_of(rng, dtype, count)]
    with np.errstate(all="ignore"):
        for _ in range(slots - 1):
            last, free = columns[-1], floats_of(rng, dtype, count)
            kinds = [free, free, free, last * dtype.type(2) ** rng.integers(-60, 60, count)]
            kinds += [np.nextafter(last, dtype.type(0)), -last]
            column = np.choose(rng.integers(len(kinds), size=count), kinds).astype(dtype)
            columns.append(np.where(np.isfinite(column), column, free))
    return np.array(columns).T


def floats_of(rng, dtype, count):
    """Draw finite floats of either sign: nasty ones, up to two last places away, and others."""
    limits = np.finfo(dtype)
    smallest, largest = limits.minexp - limits.nmant, limits.maxexp - 1
    with np.errstate(all="ignore"):
        kinds = [
            rng.choice(THRESHOLDS[dtype], count),
            np.ldexp(1.0, rng.integers(smallest, largest, count)),
            np.ldexp(rng.integers(1, 2**limits.nmant, count).astype(float), smallest),  # subnormal
            rng.integers(1, 99, count) * 10.0 ** rng.integers(0, 16, count) * np.pi / 2,
            rng.integers(0, 80, count) / 8,
            rng.uniform(0, 50, count),
            rng.uniform(0, 800, count),
            np.ldexp(rng.uniform(1, 2, count), rng.integers(smallest, largest, count)),
        ]
        found = np.choose(rng.integers(len(kinds), size=count), kinds).astype(dtype)
        steps = rng.integers(-2, 3, count)
        for least in (1, 2):
            away = np.where(steps > 0, dtype.type(np.inf), dtype.type(-np.inf))
            found = np.where(abs(steps) >= least, np.nextafter(found, away), found)
    found = np.where(np.isfinite(found), found, limits.max)
    return (found * rng.choice([-1, 1], count)).astype(dtype)
