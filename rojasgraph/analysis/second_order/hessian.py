"""Second derivatives of an output: `hessian`, its diagonal, and the Gauss–Newton matrix."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rojasgraph.analysis.matrices import matrix_of
from rojasgraph.analysis.second_order.atoms import Atoms, atoms_of
from rojasgraph.analysis.second_order.forms import (
    Entries,
    diagonal_recursion,
    edge_pushing,
    tripod_form,
)
from rojasgraph.errors import ArgumentError
from rojasgraph.network import Network, record_of
from rojasgraph.numbers.arrays import sum_to
from rojasgraph.numbers.kinds import Number
from rojasgraph.order import is_hashable

MOST_DENSE = 5000
"""The most rows of a dense matrix; what is larger is read by `coordinates`."""

ERRORS = frozenset({"half_squared", "squared_error"})
"""The operations that measure an error: what a Gauss–Newton matrix bends at."""


@dataclass(frozen=True, eq=False, repr=False)
class Hessian:
    """A symmetric matrix of second derivatives, kept as the entries that may differ from 0.

    Attributes:
        wrt: what rows and columns belong to: names of sources, and edges with weights.
        entries: the upper triangle, by row and column, row ≤ column: numbers of the system that
            the network was fed. An entry that no two paths reach is not there.
        zero: the 0 of the system.
    """

    wrt: list[Hashable]
    entries: Entries
    zero: Number

    @cached_property
    def matrix(self) -> np.ndarray[Any, Any]:
        """The whole matrix: floats, or objects for Fractions, mpmath and sympy numbers.

        Raises:
            ArgumentError: it would have more than 5,000 rows.
        """
        size = len(self.wrt)
        if size > MOST_DENSE:
            message = (
                f"a dense matrix of {size} rows is refused: read .coordinates, which "
                "scipy.sparse.coo_array takes, or .entries"
            )
            raise ArgumentError(message)
        both = self.entries | {(q, p): entry for (p, q), entry in self.entries.items()}
        return matrix_of(both, (size, size), self.zero)

    @property
    def coordinates(self) -> tuple[np.ndarray[Any, Any], ...]:
        """Both triangles as values, rows and columns, each an array with one entry each.

        `scipy.sparse.coo_array((values, (rows, columns)), shape)` makes a sparse matrix of them.
        """
        both = self.entries | {(q, p): entry for (p, q), entry in self.entries.items()}
        places = np.array(list(both), dtype=np.intp).reshape(-1, 2)
        values = matrix_of(
            {(0, i): entry for i, entry in enumerate(both.values())}, (1, len(both)), self.zero
        )
        return values[0], places[:, 0], places[:, 1]

    @cached_property
    def _place(self) -> dict[Hashable, int]:
        return {name: p for p, name in enumerate(self.wrt)}

    def __getitem__(self, names: tuple[Hashable, Hashable]) -> Number:
        """Give the second derivative by two variables."""
        known = is_hashable(names) and isinstance(names, tuple) and len(names) == 2  # noqa: PLR2004
        if not known or not all(name in self._place for name in names):
            message = f"name two of {self.wrt}, as in hessian['w', 'b']; got {names!r}"
            raise KeyError(message)
        p, q = sorted(self._place[name] for name in names)
        return self.entries.get((p, q), self.zero)

    def __repr__(self) -> str:
        """Show the size, and how many entries are kept."""
        size = len(self.wrt)
        return f"<Hessian of {size} × {size}, {len(self.entries)} entries in the upper triangle>"


_FORMS: dict[str, Callable[[Atoms], Entries]] = {
    "edge-pushing": edge_pushing,
    "tripods": tripod_form,
}


def hessian(
    net: Network,
    output: Any = None,  # noqa: ANN401 - as backpropagate takes it
    *,
    wrt: Iterable[Hashable] | None = None,
    method: str = "edge-pushing",
) -> Hessian:
    """Compute all second derivatives of an output: ∂²output/∂p∂q.

    It reads the labels of the last `feed_forward` and writes none. At a kink the convention of the
    primitive holds, and on both sides of it the second derivative is that of the pieces.

    Args:
        net: a network that has been fed forward, with numbers of any system. Where a batch was
            fed, the second derivatives are summed over the examples.
        output: a node's name; or a list of names, or a mapping from names to factors, for the
            Hessian of their sum. May be left out where the network has one output.
        wrt: inputs and parameters by name, weights of edges as (tail, head, key), each with one
            value for all examples; default all inputs and parameters.
        method: "edge-pushing": one sweep backward with a table of second derivatives, which stays
            small where the Hessian is sparse; "tripods": the sum over all nodes where two paths
            cross.

    Returns:
        The Hessian: `.matrix`, rows and columns in the order of `wrt`; `hessian["w", "b"]`;
        `.coordinates` for a sparse matrix.

    Raises:
        NotLabeled: there was no `feed_forward` since the network was built or edited.
        ArgumentError: a name does not fit, or a variable has a value for each example.
        DomainError: an operation has no second derivative in the number system.

    Source: Rojas, Neural Networks (1996), section 8.4; Gower and Mello, A new framework for the
    computation of Hessians (2012).

    >>> from rojasgraph.expressions import inputs
    >>> x, y = inputs("x y")
    >>> net = Network.from_expressions((x * x * y).named("v"))
    >>> _ = net.feed_forward(x=3.0, y=5.0)
    >>> hessian(net, "v").matrix
    array([[10.,  6.],
           [ 6.,  0.]])
    >>> hessian(net, "v", method="tripods")["x", "y"]
    6.0
    """
    if method not in _FORMS:
        message = f"method is one of {', '.join(_FORMS)}; got {method!r}"
        raise ArgumentError(message)
    atoms = atoms_of(net, output, wrt)
    with np.errstate(all="ignore"):
        return _hessian(atoms, _FORMS[method](atoms))


def _hessian(atoms: Atoms, entries: Entries) -> Hessian:
    """Sum the entries over the examples."""
    totals = {place: sum_to(entries[place], ()) for place in sorted(entries)}
    names = [variable.name for variable in atoms.variables]
    return Hessian(names, totals, atoms.record.reading.system.zero)


def hessian_diagonal(
    net: Network,
    output: Any = None,  # noqa: ANN401 - as backpropagate takes it
    *,
    wrt: Iterable[Hashable] | None = None,
    method: str = "exact",
) -> dict[Hashable, Number]:
    """Compute the second derivative of an output by each variable: ∂²output/∂p².

    Args:
        net: a network that has been fed forward; a batch is summed over its examples.
        output: as for `hessian`.
        wrt: as for `hessian`.
        method: "exact": the tripods whose legs begin at one variable; "recursion": the rule
            h = f′²·Σ w²·h + f″·Σ w·δ, one sweep backward, which is exact only where no two branches
            of the network meet again.

    Returns:
        The second derivatives by name.

    Raises:
        NotLabeled, ArgumentError, DomainError: as for `hessian`.

    Source: Becker and le Cun, Improving the convergence of back-propagation learning with second
    order methods (1988).

    >>> from rojasgraph.expressions import inputs
    >>> x, y = inputs("x y")
    >>> net = Network.from_expressions(((x + y) * (x - y)).named("v"))
    >>> _ = net.feed_forward(x=3.0, y=5.0)
    >>> hessian_diagonal(net, "v")
    {'x': 2.0, 'y': -2.0}
    >>> hessian_diagonal(net, "v", method="recursion")
    {'x': 0.0, 'y': 0.0}
    """
    if method not in {"exact", "recursion"}:
        message = f"method is 'exact' or 'recursion'; got {method!r}"
        raise ArgumentError(message)
    atoms = atoms_of(net, output, wrt)
    with np.errstate(all="ignore"):
        exact = method == "exact"
        entries = tripod_form(atoms, diagonal=True) if exact else diagonal_recursion(atoms)
        found = _hessian(atoms, entries)
    return {name: found.entries.get((p, p), found.zero) for p, name in enumerate(found.wrt)}


def gauss_newton(
    net: Network,
    output: Any = None,  # noqa: ANN401 - as backpropagate takes it
    *,
    wrt: Iterable[Hashable] | None = None,
    at: Iterable[Hashable] | None = None,
) -> Hessian:
    """Compute the part of the Hessian that bends at the error nodes alone: Jᵀ·E″·J.

    Of the tripods of the Hessian those count whose paths cross where the error is measured; the
    curvature of all other nodes is left out. For a convex error it has no negative eigenvalue, and
    near a good fit it is close to the Hessian.

    Args:
        net: a network that has been fed forward; a batch is summed over its examples.
        output: as for `hessian`.
        wrt: as for `hessian`.
        at: the nodes that measure the error; default all of `half_squared` and `squared_error`.

    Returns:
        A symmetric matrix, as `hessian` gives it.

    Raises:
        NotLabeled, ArgumentError, DomainError: as for `hessian`; ArgumentError also where no node
            measures an error, or one of `at` is none.

    Source: Schraudolph, Fast curvature matrix-vector products for second-order gradient descent
    (2002).

    >>> from rojasgraph.expressions import inputs
    >>> from rojasgraph.primitives import half_squared, square
    >>> w, t = inputs("w t")
    >>> net = Network.from_expressions(half_squared(square(w), t).named("E"))
    >>> _ = net.feed_forward(w=3.0, t=8.0)
    >>> gauss_newton(net, "E", wrt=["w"]).matrix, hessian(net, "E", wrt=["w"]).matrix
    (array([[36.]]), array([[38.]]))
    """
    names = _error_nodes(net, at)
    atoms = atoms_of(net, output, wrt)
    with np.errstate(all="ignore"):
        return _hessian(atoms, tripod_form(atoms, crosses=lambda atom: atom.name in names))


def _error_nodes(net: Network, at: Iterable[Hashable] | None) -> set[Hashable]:
    order = record_of(net).order
    if at is None:
        names = [n for n, a in zip(order.names, order.nodes, strict=True) if a["op"] in ERRORS]
    else:
        names = [at] if isinstance(at, str) else list(at)
    unknown = [name for name in names if not is_hashable(name) or name not in order.number]
    if unknown or not names:
        fault = f"{unknown[0]!r} is no node" if unknown else "no node measures an error"
        message = f"{fault}: name those that do, as in at=['E']"
        raise ArgumentError(message)
    return set(names)
