"""Sparse matrices with entrywise error bars: what a plan is, entry by entry.

Beyond dense sizes proofs still need entries: which are zero for certain decides what the
spectrum falls into, and a factorization takes numbers.  A plan is a sum of explicit parts and
products of such sums, so its matrix is gathered part by part, together with the sum of
magnitudes that every entry came from, which bounds its rounding.

>>> import numpy as np
>>> from qwasm.qpu.plan import Diagonal, Plan
>>> found = from_plan(Plan(3, 3, (Diagonal(np.array([1.0, 2.0, 3.0])),)))
>>> found.matrix.toarray().diagonal().tolist(), found.unit < 1e-14
([1.0, 2.0, 3.0], True)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qvm.spectral.linearmap import Array, Enclosure, LinearMap, Note
from qvm.spectral.plans import inner_plans
from qwasm.qpu.plan import Chain, Diagonal, Dirichlet, Outer, Part, Plan, Repeat, Shift, Strided, Weighted
from qwasm.record import record

ENTRIES = 1 << 24  # entries of a matrix held at once
ENTRY = 8  # roundings that made one coefficient
POWER = 64  # the highest power that is multiplied out


@record(eq=False)
class Sparse:
    """A square matrix X known as |X - matrix| <= unit * size, entry by entry; both CSR, of one shape.

    An entry that `size` does not store is 0 for certain.
    """

    matrix: Any
    size: Any
    unit: float

    @property
    def N(self) -> int:
        """The number of rows."""
        return int(self.matrix.shape[0])

    def part(self, index: Array | slice) -> Sparse:
        """The rows and columns named by `index`."""
        return Sparse(self.matrix[index][:, index], self.size[index][:, index], self.unit)

    def norm(self) -> float:
        """An upper bound of ||X||_2: sqrt(norm_1 norm_inf) of the magnitudes."""
        rows, columns = self.size.sum(axis=1), self.size.sum(axis=0)
        return float(np.sqrt(rows.max(initial=0.0) * columns.max(initial=0.0))) * (1 + self.unit + 1e-12)


@record(eq=False)
class _Terms:
    """matrix, magnitudes, and the roundings along one entry."""

    matrix: Any
    size: Any
    steps: int


def from_plan(plan: Plan, exponent: float | None = None) -> Sparse | None:
    """The matrix of a plan; None when it has more than 2^24 entries or holds an exponential or an inverse.

    An `exponent` s says that entry (i, j) is an integer times (j/i)^(s/2).  Terms that cancel there then
    leave a certain 0, and no rounding at all when s = 0.
    """
    done: dict[int, _Terms] = {}
    stack: list[tuple[Plan, bool]] = [(plan, False)]
    while stack:
        current, ready = stack.pop()
        if id(current) in done:
            continue
        if not ready:
            stack.append((current, True))
            stack.extend((inner, False) for part in current.parts for inner in inner_plans(part))
            continue
        terms = _gathered(current, done)
        if terms is None:
            return None
        done[id(current)] = terms
    top = done[id(plan)]
    unit = float(np.finfo(plan.dtype).eps) / 2
    found = Sparse(top.matrix, top.size, top.steps * unit)
    return found if exponent is None else _rounded(found, exponent)


def from_dense(matrix: Array, unit: float) -> Sparse:
    """The matrix of numbers, its entries off by a few roundings."""
    from scipy.sparse import csr_array

    found = csr_array(matrix)
    return Sparse(found, abs(found), ENTRY * unit)


def hermitian_map(H: Any, note: Note | None = None) -> LinearMap:
    """The linear map of a Hermitian CSR matrix."""
    centre = H.diagonal()
    radius = abs(H)
    radius.setdiag(0.0)
    most = int(np.diff(H.indptr).max(initial=0)) + 4
    apply = lambda x: np.ascontiguousarray((H @ x.T).T)  # noqa: E731
    box = Enclosure(centre, lambda v: radius @ v, lambda v: radius @ v, False, True)
    exact = Sparse(H, abs(H), 0.0)
    return LinearMap(
        H.shape[0],
        H.dtype,
        apply,
        selfadjoint=True,
        enclosure=box,
        operations=most,
        sparse=lambda: exact,
        note=note,
    )


def _gathered(plan: Plan, done: dict[int, _Terms]) -> _Terms | None:
    from scipy.sparse import csr_array

    kind = np.complex128 if np.dtype(plan.dtype).kind == "c" else np.float64
    simple: list[tuple[Array, Array, Array]] = []
    products: list[_Terms] = []
    count = 0
    for part in plan.parts:
        inner = [done[id(p)] for p in inner_plans(part)]
        if inner:
            product = _product(part, inner, plan.size)
            if product is None:
                return None
            products.append(product)
            count += product.size.nnz
        elif (more := entries(part, plan.size)) + count > ENTRIES:
            return None
        else:
            count += more
            simple.append(_coordinates(part, plan.size))
    rows, columns, values = (np.concatenate(a) if a else np.zeros(0) for a in zip(*simple)) if simple else _EMPTY
    place = rows.astype(np.int32), columns.astype(np.int32)
    shape = (plan.size, plan.size)
    matrix: Any = csr_array((values.astype(kind), place), shape=shape)
    size: Any = csr_array((np.abs(values).astype(np.float64), place), shape=shape)
    steps = ENTRY
    if size.nnz:
        steps += int(csr_array((np.ones(len(rows)), place), shape=shape).max())
    for product in products:
        matrix, size = matrix + product.matrix, size + product.size
        steps = max(steps, product.steps) + 2
    size.eliminate_zeros()
    if plan.size != plan.N:
        matrix, size = matrix[: plan.N, : plan.N], size[: plan.N, : plan.N]
    return _Terms(matrix, size, steps)


def _rounded(X: Sparse, exponent: float) -> Sparse:
    """X without the entries that are 0 because they are integers less than 1, up to their scale."""
    if float(X.size.max()) * float(X.N) ** abs(exponent) * X.unit > 0.1:
        return X
    matrix, size = X.matrix.copy(), X.size.copy()
    near = abs(matrix) - X.unit * size
    kept = near.__class__((near.data > 0, near.indices, near.indptr), shape=near.shape)
    matrix, size = matrix.multiply(kept).tocsr(), size.multiply(kept).tocsr()
    if exponent == 0:
        matrix.data = np.round(matrix.data)
        return Sparse(matrix, abs(matrix), 0.0)
    matrix.eliminate_zeros()
    size.eliminate_zeros()
    return Sparse(matrix, size, X.unit)


_EMPTY = (np.zeros(0), np.zeros(0), np.zeros(0))


def _product(part: Part, inner: list[_Terms], size: int) -> _Terms | None:
    """The matrix of a Chain or a Repeat, padded to `size`; None for other parts and past the limit."""
    if isinstance(part, Chain):
        factors = inner
    elif isinstance(part, Repeat) and 1 <= part.k <= POWER:
        factors = inner * int(part.k)
    else:
        return None
    padded = [_padded(factor, size) for factor in factors]
    total = padded[0]
    for factor in padded[1:]:
        met = np.bincount(total.size.indices, minlength=size) * np.diff(factor.size.indptr)
        if float(met.sum()) > 2 * ENTRIES:
            return None
        longest = int(np.diff(total.size.indptr).max(initial=0))
        total = _Terms(total.matrix @ factor.matrix, total.size @ factor.size, total.steps + factor.steps + longest)
    assert isinstance(part, (Chain, Repeat))
    return _Terms(part.coefficient * total.matrix, abs(part.coefficient) * total.size, total.steps + ENTRY)


def _padded(terms: _Terms, size: int) -> _Terms:
    if terms.matrix.shape[0] == size:
        return terms
    matrix, bound = terms.matrix.copy(), terms.size.copy()
    matrix.resize((size, size))
    bound.resize((size, size))
    return _Terms(matrix, bound, terms.steps)


def entries(part: Part, size: int) -> int:
    """How many entries a part without inner plans has."""
    match part:
        case Strided(_, _, length, _):
            return int(length.sum())
        case Dirichlet(f):
            d = np.flatnonzero(f) + 1
            return int((size // d).sum())
        case Outer(column, row):
            return int(np.count_nonzero(column)) * int(np.count_nonzero(row))
        case _:
            return size


def _coordinates(part: Part, size: int) -> tuple[Array, Array, Array]:
    """(rows, columns, values) from 0 of a part without inner plans."""
    match part:
        case Strided(u, v, length, c):
            return _strides(u, v, length, np.asarray(c))
        case Weighted(u, v, f):
            t = np.arange(1, len(f) + 1)
            return v * t - 1, u * t - 1, np.asarray(f)
        case Diagonal(f):
            n = np.arange(len(f))
            return n, n, np.asarray(f)
        case Dirichlet(f, forward):
            d = np.flatnonzero(f) + 1
            one = np.ones_like(d)
            return _strides(*((d, one) if forward else (one, d)), size // d, f[d - 1])
        case Shift(k, cyclic, c):
            n = np.arange(size)
            n = n if cyclic else n[(n + k >= 0) & (n + k < size)]
            return n, (n + k) % size, np.full(len(n), c)
        case Outer(column, row):
            i, j = np.flatnonzero(column), np.flatnonzero(row)
            return np.repeat(i, len(j)), np.tile(j, len(i)), np.outer(column[i], row[j]).ravel()
        case _:
            raise AssertionError(part)


def _strides(u: Array, v: Array, length: Array, c: Array) -> tuple[Array, Array, Array]:
    """y[v t] += c x[u t] for t = 1..L, many at once."""
    ends = np.cumsum(length)
    t = np.arange(1, int(ends[-1]) + 1 if len(ends) else 1) - np.repeat(ends - length, length)
    return np.repeat(v, length) * t - 1, np.repeat(u, length) * t - 1, np.repeat(c, length)
