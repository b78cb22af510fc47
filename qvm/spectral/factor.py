"""Sparse LU factors in an order that keeps them small, or none: the fill is counted before it is made.

A triangular matrix with a few full rows or columns is factored with those last and fills
nothing else.  Up to 8192 rows any fill fits; beyond, an elimination by least degree is played
through on the graph alone, and a matrix whose factors would pass the limit is not factored.

>>> import numpy as np
>>> from scipy.sparse import csc_array
>>> A = csc_array(np.array([[2.0, 1.0], [1.0, 3.0]]))
>>> found = factored(A, ordering(A))
>>> np.round(found.solve(np.array([3.0, 4.0])), 12).tolist()
[1.0, 1.0]
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from qvm.spectral.linearmap import Array
from qwasm.record import record

SMALL = 8_192  # rows up to which any fill is accepted
FILL = 1 << 24  # entries of the factors beyond
WORK = 1 << 26  # insertions that an elimination on the graph may make
BORDER = 32  # full rows or columns that a triangular matrix may have besides
FAVOUR = 0.05  # how much smaller than the largest a diagonal pivot may be


@record(eq=False)
class Factor:
    """SuperLU factors of A[order][:, order]."""

    lu: Any
    order: Array

    def solve(self, b: Array, trans: str = "N") -> Array:
        """A^-1 b, A^-T b for trans "T" or A^-H b for "H"; b is (n,) or (n, m)."""
        found = np.empty_like(b)
        found[self.order] = self.lu.solve(np.ascontiguousarray(b[self.order]), trans)
        return found

    @property
    def dtype(self) -> Any:
        """The type of the numbers."""
        return self.lu.L.dtype

    @property
    def entries(self) -> int:
        """The entries of both factors."""
        return int(self.lu.nnz)


@record(eq=False)
class Order:
    """Rows and columns in the order of their elimination; `natural` says that it is to be kept as it is."""

    index: Array
    natural: bool


def ordering(A: Any) -> Order | None:
    """An order that keeps the factors of A - c I small, for a square sparse A; None past the limits."""
    found = _triangular(A)
    if found is not None:
        return Order(found, True)
    if A.shape[0] <= SMALL:
        return Order(np.arange(A.shape[0]), False)
    found = least_degree(A)
    return None if found is None else Order(found, True)


def factored(A: Any, order: Order) -> Factor | None:
    """Factors of a square CSC matrix, its rows and columns past the order's last; None where A is singular."""
    from scipy.sparse.linalg import splu

    index = np.concatenate([order.index, np.arange(len(order.index), A.shape[0])])
    turned = A[index][:, index].tocsc()
    turned.indices, turned.indptr = turned.indices.astype(np.int32), turned.indptr.astype(np.int32)
    try:
        lu = splu(turned, permc_spec="NATURAL" if order.natural else "MMD_AT_PLUS_A", diag_pivot_thresh=FAVOUR)
    except RuntimeError:
        return None
    return Factor(lu, index)


def _triangular(A: Any) -> Array | None:
    """Indices with a small set last whose removal leaves a triangular matrix, None when that is not small."""
    n = A.shape[0]
    found = A.tocoo()
    for full in (found.col[found.row > found.col], found.row[found.row < found.col]):
        last = np.unique(full)
        if len(last) <= BORDER:
            mask = np.zeros(n, bool)
            mask[last] = True
            return np.concatenate([np.flatnonzero(~mask), np.flatnonzero(mask)])
    return None


def least_degree(A: Any) -> Array | None:
    """An order of elimination that takes a row of least degree each time; None past the limits."""
    n = A.shape[0]
    graph = (abs(A) + abs(A).T).tocsr()
    near = [set(graph.indices[graph.indptr[i] : graph.indptr[i + 1]].tolist()) - {i} for i in range(n)]
    heap = [(len(near[i]), i) for i in range(n)]
    heapify(heap)
    done, fill, work = bytearray(n), 0, 0
    order: list[int] = []
    while heap:
        degree, i = heappop(heap)
        if done[i] or degree != len(near[i]):
            continue
        rest = n - len(order)
        if degree == rest - 1:  # what is left is full
            fill += rest * rest
            order.extend(j for j in range(n) if not done[j])
            break
        done[i] = 1
        order.append(i)
        fill += 2 * degree + 1
        work += degree * degree
        if fill > FILL or work > WORK:
            return None
        around = near[i]
        for j in around:
            near[j] |= around
            near[j] -= {i, j}
            heappush(heap, (len(near[j]), j))
        near[i] = set()
    return np.array(order, dtype=np.int64) if fill <= FILL else None
