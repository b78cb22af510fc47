"""Matrices of operators in floating point or residues, entry by entry from the definitions.

Nothing here uses plans, so the two can be held against each other.  Rows and columns count
from 0 for the number 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qwasm.algebra.evaluate import evaluate
from qwasm.algebra.exact import _int
from qwasm.algebra.indices import as_expr, still_open
from qwasm.algebra.members import last_useful, member_array, members, open_operator
from qwasm.algebra.nodes import Dirichlet, Exp, Family, Inverse, Node, Outer, Power, Product, Shift
from qwasm.algebra.reach import between, power_size
from qwasm.algebra.ring import Expr, symbol
from qwasm.algebra.value import Operator
from qwasm.diagnostics import fail
from qwasm.limits import DEFAULT
from qwasm.space import Picture, Space, Weight

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Sparse = csr_array[Any, tuple[int, int]]
Dense = NDArray[Any]
POINT = symbol("n", "nat")
Task = tuple[Operator, int]
Tables = Mapping[str, Dense]


def to_dense(x: Operator, space: Space, picture: Picture = "nspace", tables: Tables | None = None) -> Dense:
    """The N x N array of the field.  Raises QW0460 when N^2 entries pass the memory limit."""
    room_for(space.N, space.field.itemsize, "use a smaller N, or to_sparse()")
    return np.asarray(to_sparse(x, space, picture, tables).toarray(), dtype=space.field.dtype)


def room_for(size: int, itemsize: int, hint: str) -> None:
    """Refuse a matrix without zeros that passes the memory limit, before it is made."""
    if size**2 * itemsize > DEFAULT.memory:
        said = f"a dense matrix for N = {size} needs {size**2 * itemsize} bytes; the limit is {DEFAULT.memory}"
        raise fail("QW0460", said, hint=hint)


def to_sparse(x: Operator, space: Space, picture: Picture = "nspace", tables: Tables | None = None) -> Sparse:
    """The N x N CSR array of the field, in either picture; under free truncation the cut of the infinite matrix.

    `tables` holds the arrays of functions that are read from tables.
    Raises QW0460 for rank-one operators and exponentials, which have no zeros, past the memory limit.
    """
    from qwasm.algebra.operators import Algebra

    if "N" in x.symbols:
        x = x.substitute({"N": space.N})
    open_operator(x)
    x = Algebra(space.truncation).own(x)
    if picture == "hilbert":
        x, space = x.hilbert(space.weight), Space(space.N, Weight(), space.field, space.truncation)
    return _Build(space, tables or {}).of(x)


class _Build:
    """Every operator's matrix once for each size it is needed on."""

    def __init__(self, space: Space, tables: Tables) -> None:
        self.space, self.field, self.tables = space, space.field, tables
        self.modulus = space.field.modulus if space.field.kind == "mod" else 0
        self.dtype = np.dtype(space.field.dtype)
        self.done: dict[Task, Sparse] = {}

    def of(self, root: Operator) -> Sparse:
        stack: list[Task] = [(root, self.space.N)]
        while stack:
            task = stack[-1]
            if task in self.done:
                stack.pop()
                continue
            waiting = [t for node in task[0].nodes for t in self.inside(node, task[1]) if t not in self.done]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                self.done[task] = self.add(*task)
                stack.pop()
        return self.done[root, self.space.N]

    # ------------------------------------------------------------ structure

    def inside(self, node: Node, size: int) -> list[Task]:
        free = self.space.truncation == "free"
        match node:
            case Exp(argument=y):
                return [(y, self.space.N)]
            case Inverse(argument=y):
                return [(y, size)]
            case Product(factors=factors):
                inner = between(factors, size) if free else size
                return [(y, inner) for y in factors]
            case Power(base=base, exponent=int(k)):
                return [(base, power_size(base, k, size) if free else size)]
            case Family(kind="sum", body=body) if not body.nodes:
                return []
            case Family():
                values = members(node, 100_000, None if free else last_useful(node, size))
                bodies = [node.body.substitute({node.name: v}) for v in values]
                inner = between(tuple(bodies), size) if free and node.kind == "prod" and bodies else size
                return [(y, inner) for y in (bodies[::-1] if node.descending else bodies)]
            case _:
                return []

    def add(self, x: Operator, size: int) -> Sparse:
        total = self.sparse(*self.words(x, size), size)
        for node, c in x.nodes.items():
            part = self.node(node, c, size)
            if "n" not in c.symbols:
                part = self.scaled(part, self.number(c))
            total = self.reduced(total + part)
        return total

    def node(self, node: Node, c: Expr, size: int) -> Sparse:
        inside = self.inside(node, size)
        match node:
            case Shift(k=int(k), cyclic=cyclic):
                n = np.arange(1, size + 1, dtype=np.int64)
                j = (n + k - 1) % size + 1 if cyclic else n + k
                keep = (j >= 1) & (j <= size)
                values = self.values(c, {"n": n[keep]}) if "n" in c.symbols else np.ones(int(keep.sum()), self.dtype)
                return self.sparse(n[keep], j[keep], values, size)
            case Dirichlet(f=f, forward=forward):
                d = np.repeat(np.arange(1, size + 1), size // np.arange(1, size + 1))
                first = np.repeat(
                    np.cumsum(size // np.arange(1, size + 1)) - size // np.arange(1, size + 1),
                    size // np.arange(1, size + 1),
                )
                n = np.arange(len(d)) - first + 1
                values = self.values(f, {"n": np.arange(1, size + 1, dtype=np.int64)}, size)[d - 1]
                return self.sparse(n, d * n, values, size) if forward else self.sparse(d * n, n, values, size)
            case Outer(u=u, v=v):
                room_for(size, self.dtype.itemsize, "use a smaller N")
                n = np.arange(1, size + 1, dtype=np.int64)
                column = self.values(u, {"n": n}, size)
                row = self.values(v.conj() * POINT**-self.space.weight.s, {"n": n}, size)
                return self.compressed(self.reduced(np.outer(column, row)))
            case Exp():
                return self.padded(self.exponential(self.done[inside[0]]), size)
            case Inverse():
                return self.inverse(self.done[inside[0]], size)
            case Family(kind="sum", body=body) if not body.nodes:
                return self.family(node, size)
            case Family(kind="sum"):
                total = self.sparse([], [], [], size)
                for task in inside:
                    total = self.reduced(total + self.done[task])
                return total
            case Power(exponent=int(k)):
                return self.chain(inside * k, size)
            case Product() | Family():
                return self.chain(inside, size)
            case _:
                raise still_open(node)

    def chain(self, tasks: list[Task], size: int) -> Sparse:
        inner = tasks[0][1] if tasks else size
        n = np.arange(1, inner + 1)
        result = self.sparse(n, n, np.ones(inner, self.dtype), inner)
        for task in tasks:
            result = self.times(result, self.done[task])
        return result[:size, :size]

    # ------------------------------------------------------------ words

    def words(self, x: Operator, size: int) -> tuple[Any, Any, Any]:
        rows, columns, values = [], [], []
        for (m, M, e), f in x.words.items():
            k = np.arange(1, size // _int(M) + 1, dtype=np.int64)
            if len(k):
                rows.append(_int(m) * k)
                columns.append(_int(e) * k)
                values.append(self.values(f, {"n": k}, len(k)))
        return _joined(rows), _joined(columns), _joined(values)

    def family(self, node: Family, size: int) -> Sparse:
        total = self.sparse([], [], [], size)
        rows, columns, values = [], [], []
        for v in member_array(node, upto=last_useful(node, size)).tolist():
            for triple, f in node.body.words.items():
                m, M, e = (t if isinstance(t, int) else as_expr(t).substitute({node.name: v}).integer() for t in triple)
                if m is None or M is None or e is None or M < 1 or size < M:
                    if M is None or m is None or e is None or M < 1:
                        raise fail(
                            "QW0301",
                            f"an index is not an integer >= 1 at {node.variable} = {v}",
                            hint="change the range",
                        )
                    continue
                k = np.arange(1, size // M + 1, dtype=np.int64)
                rows.append(m * k)
                columns.append(e * k)
                values.append(self.values(f, {"n": k, node.name: v}, len(k)))
        result: Sparse = self.reduced(total + self.sparse(_joined(rows), _joined(columns), _joined(values), size))
        return result

    # ------------------------------------------------------------ numbers

    def number(self, c: Expr) -> Any:
        return evaluate(c, self.field, {"N": self.space.N}, self.tables)

    def values(self, f: Expr, env: dict[str, Any], length: int | None = None) -> Dense:
        found = np.asarray(evaluate(f, self.field, {"N": self.space.N, **env}, self.tables))
        return found if length is None else np.array(np.broadcast_to(found, (length,)), dtype=self.dtype)

    def sparse(self, rows: Any, columns: Any, values: Any, size: int) -> Sparse:
        from scipy.sparse import coo_array

        i, j = np.asarray(rows, dtype=np.int64) - 1, np.asarray(columns, dtype=np.int64) - 1
        made: Sparse = coo_array((np.asarray(values, dtype=self.dtype), (i, j)), shape=(size, size)).tocsr()
        reduced: Sparse = self.reduced(made)
        return reduced

    def compressed(self, dense: Dense) -> Sparse:
        from scipy.sparse import csr_array

        return csr_array(dense)

    def reduced(self, x: Any) -> Any:
        """Residues in [0, l)."""
        if not self.modulus:
            return x
        if isinstance(x, np.ndarray):
            return x % self.modulus
        x.data %= self.modulus
        x.eliminate_zeros()
        return x

    def scaled(self, x: Sparse, c: Any) -> Sparse:
        scaled: Sparse = self.reduced(x * c)
        return scaled

    def times(self, a: Sparse, b: Sparse) -> Sparse:
        """The product; modulo l the left factor is split into halves of 16 bits so that no sum overflows."""
        if not self.modulus:
            return a @ b
        high, low = a.copy(), a.copy()
        high.data >>= 16
        low.data &= 0xFFFF
        result: Sparse = self.reduced(self.reduced(self.reduced(high @ b) * (1 << 16)) + self.reduced(low @ b))
        return result

    def exponential(self, x: Sparse) -> Sparse:
        if self.modulus:
            raise fail("QW0309", f"exp(X) has no exact meaning in {self.field}", hint="use field = real or complex")
        from scipy.linalg import expm

        room_for(x.shape[0], self.dtype.itemsize, "use a smaller N")
        return self.compressed(expm(x.toarray()))

    def padded(self, x: Sparse, size: int) -> Sparse:
        if x.shape[0] == size:
            return x
        from scipy.sparse import coo_array

        c = x.tocoo()
        return coo_array((c.data, (c.row, c.col)), shape=(size, size)).tocsr()[:size, :size]

    def inverse(self, x: Sparse, size: int) -> Sparse:
        dense = x.toarray()
        lower = not np.triu(dense, 1).any()
        if not self.modulus:
            from scipy.linalg import solve_triangular

            return self.compressed(solve_triangular(dense, np.eye(size, dtype=self.dtype), lower=lower))
        result = np.zeros((size, size), dtype=np.int64)
        for i in range(size) if lower else range(size - 1, -1, -1):
            rest = np.zeros(size, dtype=np.int64)
            rest[i] = 1
            for j in np.flatnonzero(dense[i]).tolist():
                if j != i:
                    rest = (rest - dense[i, j] * result[j]) % self.modulus
            result[i] = rest * pow(int(dense[i, i]), -1, self.modulus) % self.modulus
        return self.compressed(result)


def _joined(parts: list[Any]) -> Any:
    return np.concatenate(parts) if parts else []
