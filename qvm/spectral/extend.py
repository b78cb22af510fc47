"""Eigenvectors of a whole matrix from those of one diagonal block.

In block triangular order the vector lives on the block and on the rows that lead to it; there
it solves (X_UU - lambda) x_U = -X_Ub x_b.  When lambda is an eigenvalue further up as well that has no
solution in general: the matrix is then defective, or the vectors of its cluster are not told apart.

>>> import numpy as np
>>> from qvm.spectral.sparse import from_dense
>>> X = from_dense(np.array([[3.0, 1.0], [0.0, 2.0]]), 1e-16)
>>> extended(X, np.array([0, 1]), 2.0, np.array([1]), np.array([1.0])).tolist()
[-1.0, 1.0]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qvm.spectral.factor import Order, factored, ordering
from qvm.spectral.linearmap import Array
from qvm.spectral.refusals import defective
from qvm.spectral.sparse import Sparse
from qvm.spectral.sums import norm

RESIDUAL = 1e-7  # ||X x - lambda x|| relative to ||X|| of a vector that is given out
APART = 1e-6  # the least singular value of unit vectors that count as different


def extended(X: Sparse, label: Array, value: complex, rows: Array, x: Array) -> Array:
    """(N,): x on `rows`, continued to the rows that lead there; `label` numbers the strong components.

    Raises QW0656 when it cannot be continued or is not an eigenvector to some digits.
    """
    from scipy.sparse import csr_array, eye_array
    from scipy.sparse.csgraph import breadth_first_order

    reached = breadth_first_order(csr_array(X.size.T), int(rows[0]), return_predecessors=False)
    above = np.zeros(X.N, bool)
    above[reached] = True
    above[rows] = False
    upper = np.flatnonzero(above)
    upper = upper[np.argsort(-label[upper], kind="stable")]  # entries then point to the right
    kind = np.result_type(X.matrix.dtype, x.dtype, type(value))
    whole = np.zeros(X.N, kind)
    whole[rows] = x
    if len(upper):
        one: Any = eye_array(len(upper))
        inner = (X.matrix[upper][:, upper] - value * one).tocsc()
        order: Order | None = ordering(inner)
        factor = None if order is None else factored(inner.astype(kind), order)
        if factor is None:
            raise defective(value)
        whole[upper] = factor.solve((-(X.matrix[upper][:, rows] @ x)).astype(kind))
    with np.errstate(over="ignore", invalid="ignore"):
        whole = whole / np.abs(whole).max()
        residual = norm(X.matrix @ whole - value * whole)
        if not residual <= RESIDUAL * X.norm() * norm(whole):
            raise defective(value)
    return np.asarray(whole)


def check_apart(rows: Array) -> None:
    """Raises QW0656 when unit vectors, as rows, are dependent: the matrix has fewer of them than eigenvalues."""
    if len(rows) > 1 and float(np.linalg.svd(rows @ rows.conj().T, compute_uv=False)[-1]) < APART**2:
        raise defective(None)
