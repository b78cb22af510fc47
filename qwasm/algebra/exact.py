"""Exact matrices by plain definition: what every letter does to each n, with no normal form used.

Small N only; this is what faster forms are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping

from qwasm.algebra.indices import Index, as_expr, still_open
from qwasm.algebra.members import last_useful, members
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift, Unknown
from qwasm.algebra.reach import between, power_size
from qwasm.algebra.ring import ONE, ZERO, Expr
from qwasm.algebra.value import Operator
from qwasm.space import Truncation, Weight

Matrix = dict[tuple[int, int], Expr]
LARGEST = 4096


def exact_matrix(x: Operator, N: int, weight: Weight | None = None) -> Matrix:
    """The non-zero entries of the N x N matrix; `weight` matters to `out` only.

    Raises ValueError for an exp whose entries have no finite expression (its argument is neither diagonal nor
    nilpotent, or truncation is free), for open symbols and for N > 4096.
    """
    if N > LARGEST:
        raise ValueError(f"an exact matrix has N <= {LARGEST}, {N} is more")
    matrices = _Matrices(weight or Weight())
    return matrices.of(x.substitute({"N": N}) if "N" in x.symbols else x, N)


class _Matrices:
    """Every operator's matrix once for each size it is needed on, by an explicit stack."""

    def __init__(self, weight: Weight) -> None:
        self.weight = weight
        self.done: dict[tuple[Operator, int], Matrix] = {}
        self.bodies: dict[tuple[Family, int | None], list[Operator]] = {}

    def of(self, root: Operator, N: int) -> Matrix:
        stack = [(root, N)]
        while stack:
            x, size = stack[-1]
            if (x, size) in self.done:
                stack.pop()
                continue
            waiting = [t for node in x.nodes for t in self.inside(node, size, x) if t not in self.done]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            self.done[x, size] = self.add(x, size)
            stack.pop()
        return self.done[root, N]

    def inside(self, node: Node, size: int, x: Operator) -> list[tuple[Operator, int]]:
        match node:
            case Unknown(name=name):
                raise still_open(name)
            case Exp() if x.truncation == "free":
                raise ValueError("exp acts on a cut matrix, which a free product does not know")
            case Exp(argument=y):
                return [(y, size)]
            case Inverse(argument=y):
                return [(y, size)]
            case Product(factors=factors):
                inner = between(factors, size) if x.truncation == "free" else size
                return [(y, inner) for y in factors]
            case Power(base=base, exponent=int(k)):
                return [(base, power_size(base, k, size) if x.truncation == "free" else size)]
            case Family():
                bodies = self.members(node, size, x.truncation)
                inner = between(tuple(bodies), size) if x.truncation == "free" and node.kind == "prod" else size
                return [(y, inner) for y in bodies]
            case _:
                return []

    def members(self, node: Family, size: int, truncation: Truncation) -> list[Operator]:
        """The members that are not trivial on 1..size, leftmost first."""
        upto = last_useful(node, size) if node.kind == "sum" or truncation == "strict" else None
        if (node, upto) not in self.bodies:
            made = [node.body.substitute({node.name: v}) for v in members(node, 100_000, upto)]
            self.bodies[node, upto] = made[::-1] if node.descending else made
        return self.bodies[node, upto]

    def add(self, x: Operator, size: int) -> Matrix:
        total: dict[tuple[int, int], list[Expr]] = {}
        for (m, M, e), f in x.words.items():
            row, cut, column = _int(m), _int(M), _int(e)
            for k in range(1, size // cut + 1):
                total.setdefault((row * k, column * k), []).append(f.substitute({"n": k}))
        for node, c in x.nodes.items():
            for (i, j), value in self.node(node, size, x).items():
                factor = c.substitute({"n": i}) if "n" in c.symbols else c
                total.setdefault((i, j), []).append(factor * value)
        sums = {at: Expr.sum(parts) for at, parts in total.items()}
        return {at: sums[at] for at in sorted(sums) if not sums[at].is_zero}

    def node(self, node: Node, size: int, x: Operator) -> Matrix:
        match node:
            case Shift(k=int(k), cyclic=cyclic):
                pairs = [(n, (n + k - 1) % size + 1 if cyclic else n + k) for n in range(1, size + 1)]
                return {(i, j): ONE for i, j in pairs if 1 <= j <= size}
            case Dirichlet(f=f, forward=forward):
                found: Matrix = {}
                for d in range(1, size + 1):
                    value = f.substitute({"n": d})
                    for n in range(1, size // d + 1):
                        found[(n, d * n) if forward else (d * n, n)] = value
                return found
            case Outer(u=u, v=v):
                row = v.conj()
                w = [as_expr(n) ** -self.weight.s for n in range(1, size + 1)]
                return {
                    (i, j): u.substitute({"n": i}) * w[j - 1] * row.substitute({"n": j})
                    for i in range(1, size + 1)
                    for j in range(1, size + 1)
                }
            case Exp(argument=y):
                return exponential(self.done[y, size], size)
            case Inverse(argument=y):
                return inverted(self.done[y, size], size)
            case Family(kind="sum"):
                total: dict[tuple[int, int], list[Expr]] = {}
                for y in self.members(node, size, x.truncation):
                    for at, value in self.done[y, size].items():
                        total.setdefault(at, []).append(value)
                return {at: Expr.sum(parts) for at, parts in total.items()}
            case _:
                inner = self.inside(node, size, x)
                result = {(n, n): ONE for n in range(1, (inner[0][1] if inner else size) + 1)}
                times_over = node.exponent if isinstance(node, Power) and isinstance(node.exponent, int) else 1
                for task in inner * times_over:
                    result = times(result, self.done[task])
                return {(i, j): value for (i, j), value in result.items() if i <= size and j <= size}


def _int(index: Index) -> int:
    if not isinstance(index, int):
        raise still_open(index)
    return index


def times(left: Mapping[tuple[int, int], Expr], right: Mapping[tuple[int, int], Expr]) -> Matrix:
    """The product of two sparse exact matrices."""
    rows: dict[int, list[tuple[int, Expr]]] = {}
    for (j, k), value in right.items():
        rows.setdefault(j, []).append((k, value))
    total: dict[tuple[int, int], list[Expr]] = {}
    for (i, j), a in left.items():
        for k, b in rows.get(j, ()):
            total.setdefault((i, k), []).append(a * b)
    return {at: value for at, parts in total.items() if not (value := Expr.sum(parts)).is_zero}


def exponential(matrix: Matrix, size: int) -> Matrix:
    """The exponential of a diagonal or nilpotent exact matrix.  Raises ValueError for any other."""
    from qwasm.algebra.functions import call

    if all(i == j for i, j in matrix):
        return {(n, n): call("exp", matrix.get((n, n), ZERO)) for n in range(1, size + 1)}
    total: dict[tuple[int, int], list[Expr]] = {(n, n): [ONE] for n in range(1, size + 1)}
    term: Matrix = {(n, n): ONE for n in range(1, size + 1)}
    for k in range(1, size + 1):
        term = {at: value / k for at, value in times(term, matrix).items()}
        if not term:
            return {at: value for at, parts in total.items() if not (value := Expr.sum(parts)).is_zero}
        for at, value in term.items():
            total.setdefault(at, []).append(value)
    raise ValueError("the entries of this exponential have no finite exact expression")


def inverted(matrix: Mapping[tuple[int, int], Expr], size: int) -> Matrix:
    """The inverse of a triangular exact matrix, by substitution; upper and lower alike."""
    lower = all(i >= j for i, j in matrix)
    rows: dict[int, list[tuple[int, Expr]]] = {}
    for (i, j), value in matrix.items():
        rows.setdefault(i, []).append((j, value))
    result: Matrix = {}
    for column in range(1, size + 1):
        solved: dict[int, Expr] = {}
        for i in range(1, size + 1) if lower else range(size, 0, -1):
            rest = (ONE if i == column else ZERO) - Expr.sum(
                value * solved[j] for j, value in rows.get(i, ()) if j != i and j in solved
            )
            if not rest.is_zero:
                solved[i] = rest / matrix[i, i]
        result |= {(i, column): value for i, value in solved.items() if not value.is_zero}
    return result
