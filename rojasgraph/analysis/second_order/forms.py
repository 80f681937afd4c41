"""Two ways to the second derivatives: tripods, and edge pushing.

Both give the upper triangle of the symmetric matrix, by numbers of variables (p, q) with p ≤ q, and
only the entries that some pair of paths reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rojasgraph.analysis.second_order.atoms import Atom, Atoms, Link
from rojasgraph.numbers.kinds import Number

Entries = dict[tuple[int, int], Number]

Row = dict[int, Number]
"""Derivatives by the variables, or by atoms, that are not 0 whatever the numbers are."""


# --- tripods ------------------------------------------------------------------------------------


def tripod_form(
    atoms: Atoms, *, diagonal: bool = False, crosses: Callable[[Atom], bool] | None = None
) -> Entries:
    """Sum over all places where two paths cross: v̄ · φ_ab · D(a, p) · D(b, q).

    D(a, p) is the derivative of what arrives in slot a by variable p, found in one sweep forward.

    Args:
        atoms: the labeled atoms.
        diagonal: only p = q.
        crosses: which atoms count; None for all.

    Source: Rojas, Neural Networks (1996), section 8.4: every pair of paths that meet in a node.
    """
    entries: Entries = {}
    column = {v: p for p, v in enumerate(atoms.columns)}
    one = atoms.record.reading.system.one
    rows: list[Row] = []
    for v, atom in enumerate(atoms.atoms):
        arriving = [_combined([(x.weight, rows[x.tail]) for x in links]) for links in atom.slots]
        if crosses is None or crosses(atom):
            for (a, b), second in atom.curvature.items():
                scale = atom.adjoint * second
                _cross(entries, scale, arriving[a], arriving[b], diagonal=diagonal)
        own = {column[v]: one} if v in column else {}
        rows.append(own or _combined(list(zip(atom.partials, arriving, strict=True))))
    return entries


def _combined(terms: list[tuple[Number, Row]]) -> Row:
    """Sum rows, each multiplied by a number; None for 1."""
    combined: Row = {}
    for factor, row in terms:
        for p, derivative in row.items():
            _add(combined, p, derivative if factor is None else factor * derivative)
    return combined


def _add(row: Row, p: int, term: Number) -> None:
    row[p] = row[p] + term if p in row else term


def _cross(entries: Entries, scale: Number, first: Row, second: Row, *, diagonal: bool) -> None:
    """Add what crosses between two slots, or in one: each pair of variables as (p, q), p ≤ q.

    Between different slots the pair crosses both ways, (a, b) and (b, a): that makes two terms of
    one diagonal entry, and one each of the two entries (p, q) and (q, p).
    """
    same = first is second
    for p, derivative in first.items():
        scaled = scale * derivative
        for q in [p] if diagonal else second:
            if q not in second or (same and q < p):
                continue
            term = scaled * second[q]
            _accumulate(entries, p, q, term if same or p != q else term + term)


def _accumulate(entries: Entries, p: int, q: int, term: Number) -> None:
    key = (p, q) if p <= q else (q, p)
    entries[key] = entries[key] + term if key in entries else term


# --- edge pushing -------------------------------------------------------------------------------


def edge_pushing(atoms: Atoms) -> Entries:
    """Sweep backward once with a table of second derivatives between atoms.

    At each atom, what the table has of it is pushed to its tails, and its curvature creates an
    entry between each two of them. In the end only pairs of variables are left.

    Source: Gower and Mello, A new framework for the computation of Hessians (2012).
    """
    table = [dict[int, Number]() for _ in atoms.atoms]  # by the later atom of a pair
    for v in reversed(range(len(atoms.atoms))):
        atom = atoms.atoms[v]
        if not atom.slots:
            continue
        nets = [_tails(links) for links in atom.slots]
        tails = _combined(list(zip(atom.partials, nets, strict=True)))
        for u, second in table[v].items():
            if u == v:
                _square(table, second, tails)
            else:
                for t, derivative in tails.items():
                    _pair(table, t, u, second * derivative)
        table[v] = {}
        for (a, b), curvature in atom.curvature.items():
            created = atom.adjoint * curvature
            if a == b:
                _square(table, created, nets[a])
            else:
                for t, first in nets[a].items():
                    for u, second in nets[b].items():
                        _pair(table, t, u, created * first * second)
    return _left(table, {v: p for p, v in enumerate(atoms.columns)})


def _tails(links: list[Link]) -> Row:
    """Sum the weights of parallel links; a lone edge without weight keeps None, for 1."""
    weights: Row = {}
    for tail, weight, _ in links:
        plain = 1 if weight is None else weight
        weights[tail] = weights[tail] + plain if tail in weights else plain
    return weights


def _square(table: list[Row], scale: Number, tails: Mapping[int, Number]) -> None:
    """Add scale · (Σ d·t)²: each square once, each pair of tails once."""
    listed = list(tails.items())
    for i, (t, first) in enumerate(listed):
        _put(table, t, t, scale * first * first)
        for u, second in listed[:i]:
            _put(table, t, u, scale * first * second)


def _pair(table: list[Row], t: int, u: int, term: Number) -> None:
    """Add a term that stands for (t, u) and for (u, t): of one atom with itself, both."""
    _put(table, t, u, term + term if t == u else term)


def _put(table: list[Row], t: int, u: int, term: Number) -> None:
    later, other = (t, u) if t >= u else (u, t)
    _add(table[later], other, term)


def _left(table: list[Row], column: dict[int, int]) -> Entries:
    """Read the pairs of variables off the table."""
    entries: Entries = {}
    for v, p in column.items():
        for u, second in table[v].items():
            if u in column:
                _accumulate(entries, p, column[u], second)
    return entries


# --- the diagonal alone, approximately ----------------------------------------------------------


def diagonal_recursion(atoms: Atoms) -> Entries:
    """Sweep backward with one second derivative at each atom, as if no two paths met again.

    h_tail += w²·(φ_aa·v̄ + φ_a²·h): each edge for itself. Exact only where no branches re-join.

    Source: Becker and le Cun, Improving the convergence of back-propagation learning with second
    order methods (1988).
    """
    second: Row = {}
    for v in reversed(range(len(atoms.atoms))):
        atom = atoms.atoms[v]
        for a, links in enumerate(atom.slots):
            at_net: Row = {}
            if (a, a) in atom.curvature:
                _add(at_net, a, atom.adjoint * atom.curvature[a, a])
            if v in second:
                _add(at_net, a, atom.partials[a] * atom.partials[a] * second[v])
            for tail, weight, _ in links if a in at_net else ():
                carried = at_net[a] if weight is None else weight * weight * at_net[a]
                _add(second, tail, carried)
    return {(p, p): second[v] for p, v in enumerate(atoms.columns) if v in second}
