"""Columns: what an operator does to one delta, letter by letter from the definitions.

Every counterexample is confirmed here or by `exact_matrix`; no normal form is used.

>>> from qwasm.algebra.operators import Algebra
>>> {row: str(value) for row, value in column(Algebra().K(2), 2, 10, Weight()).items()}
{1: '2^(1/2)/2', 4: '2^(1/2)'}
"""

from __future__ import annotations

from qwasm.algebra.exact import exact_matrix
from qwasm.algebra.indices import as_expr
from qwasm.algebra.members import closed_range, last_useful, members
from qwasm.algebra.nodes import Dirichlet, Family, Node, Outer, Power, Product, Shift
from qwasm.algebra.ring import ONE, ZERO, Expr
from qwasm.algebra.value import Operator
from qwasm.arith.sieve import factor
from qwasm.ir.trampoline import Step, run
from qwasm.space import Weight

Vector = dict[int, Expr]
SMALL = 48  # up to this N whole matrices are compared


def entries(x: Operator, N: int, row: int, col: int, weight: Weight) -> Expr:
    """The entry (row, col) of the N x N matrix.

    Raises ValueError where an entry has no finite expression and for operators with free names.
    """
    if N <= SMALL or x.truncation == "free":
        return exact_matrix(x, N, weight).get((row, col), ZERO)
    direct = {node: c for node, c in x.nodes.items() if _visible(node)}
    rest = Operator(x.truncation, x.words, {node: c for node, c in x.nodes.items() if node not in direct})
    found = [column(rest, col, N, weight).get(row, ZERO)]
    for node, c in direct.items():
        assert isinstance(node, Family)
        low, high = closed_range(node)
        for p in sorted({p for p, _ in (*factor(row), *factor(col))}):
            if low <= p <= high:
                member = column(node.body.substitute({node.name: p}), col, N, weight).get(row, ZERO)
                found.append(c.substitute({"n": row}) * member)
    return Expr.sum(found)


def _visible(node: Node) -> bool:
    """Whether the members of a sum over primes that matter at (row, col) divide row or col."""
    return (
        isinstance(node, Family)
        and node.kind == "sum"
        and node.domain == "primes"
        and not node.body.nodes
        and all(node.name in (as_expr(m) * as_expr(e)).symbols for m, _, e in node.body.words)
    )


def column(x: Operator, col: int, N: int, weight: Weight) -> Vector:
    """The column of the N x N matrix of an operator under strict truncation, sparse.

    Raises ValueError for exp and inverses.
    """
    found: Vector = run(_apply(x, {col: ONE}, N, weight))
    return {row: found[row] for row in sorted(found) if not found[row].is_zero}


def _apply(x: Operator, psi: Vector, N: int, weight: Weight) -> Step:
    parts: dict[int, list[Expr]] = {}
    for (m, M, e), f in x.words.items():
        if not (isinstance(m, int) and isinstance(M, int) and isinstance(e, int)):
            raise ValueError("an open index")
        for j, value in psi.items():
            k = j // e
            if j % e == 0 and k * M <= N:
                parts.setdefault(m * k, []).append(f.substitute({"n": k}) * value)
    for node, c in x.nodes.items():
        image: Vector = yield _node(node, psi, N, weight)
        for n, value in image.items():
            factor = c.substitute({"n": n}) if "n" in c.symbols else c
            parts.setdefault(n, []).append(factor * value)
    return {n: Expr.sum(values) for n, values in parts.items()}


def _node(node: Node, psi: Vector, N: int, weight: Weight) -> Step:
    match node:
        case Product(factors=factors):
            for y in reversed(factors):
                psi = yield _apply(y, psi, N, weight)
            return psi
        case Power(base=base, exponent=int(k)):
            for _ in range(k):
                psi = yield _apply(base, psi, N, weight)
            return psi
        case Family():
            return (yield _family(node, psi, N, weight))
        case Shift(k=int(k), cyclic=cyclic):
            moved = {((j - k - 1) % N + 1 if cyclic else j - k): value for j, value in psi.items()}
            return {n: value for n, value in moved.items() if 1 <= n <= N}
        case Dirichlet(f=f, forward=forward):
            return _series(f, forward, psi, N)
        case Outer(u=u, v=v):
            inner = Expr.sum(
                as_expr(j) ** -weight.s * v.conj().substitute({"n": j}) * value for j, value in psi.items()
            )
            return {n: u.substitute({"n": n}) * inner for n in range(1, N + 1)}
    raise ValueError("this operator has no finite column")


def _family(node: Family, psi: Vector, N: int, weight: Weight) -> Step:
    values = members(node, 1 << 20, last_useful(node, N))
    total: dict[int, list[Expr]] = {}
    ordered = values if node.descending or node.kind == "sum" else values[::-1]
    for v in ordered:
        image: Vector = yield _apply(node.body.substitute({node.name: v}), psi, N, weight)
        if node.kind == "prod":
            psi = image
        else:
            for n, value in image.items():
                total.setdefault(n, []).append(value)
    return psi if node.kind == "prod" else {n: Expr.sum(values) for n, values in total.items()}


def _series(f: Expr, forward: bool, psi: Vector, N: int) -> Vector:
    from qwasm.arith.sieve import divisors

    parts: dict[int, list[Expr]] = {}
    for j, value in psi.items():
        for d in divisors(j) if forward else range(1, N // j + 1):
            parts.setdefault(j // d if forward else j * d, []).append(f.substitute({"n": d}) * value)
    return {n: Expr.sum(values) for n, values in parts.items()}
