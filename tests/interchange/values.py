"""Values that files keep, drawn and compared to the bit."""

from __future__ import annotations

import struct
from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

from rojasgraph.numbers.kinds import PI


def exactly(value):  # noqa: PLR0911 - one line for each type
    """Give what tells a value from every other, of another type too; the bits of a float."""
    if isinstance(value, float):
        return "float", struct.pack("d", value) if value == value else "nan"  # noqa: PLR0124
    if isinstance(value, complex):
        return "complex", exactly(value.real), exactly(value.imag)
    if isinstance(value, np.ndarray):
        return "array", value.dtype.name, value.shape, [exactly(x.item()) for x in value.ravel()]
    if isinstance(value, tuple | list):
        return type(value).__name__, [exactly(x) for x in value]
    if isinstance(value, dict):
        return "dict", [(exactly(k), exactly(v)) for k, v in value.items()]
    if isinstance(value, set | frozenset):
        return type(value).__name__, sorted(str(exactly(x)) for x in value)
    return type(value).__name__, value


def whole(net):
    """Give all that a network holds, in its order, to compare."""
    nodes = [(exactly(n), exactly(a)) for n, a in net.nodes(data=True)]
    edges = [(*map(exactly, e[:3]), exactly(e[3])) for e in net.edges(keys=True, data=True)]
    return nodes, edges, exactly(net.graph)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.fractions(),
    st.complex_numbers(),
    st.text(st.characters(), max_size=9),
    st.just(PI),
    st.builds(Decimal, st.decimals(places=3, allow_nan=False, allow_infinity=False)),
)
hashables = st.recursive(
    scalars,
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
values = st.recursive(
    hashables | st.builds(np.array, st.lists(st.floats(width=32), max_size=4)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(hashables, inner, max_size=3)
    ),
    max_leaves=5,
)
