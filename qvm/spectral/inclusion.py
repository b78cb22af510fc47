"""Inclusions: a proof that an eigenvalue of a large sparse matrix lies in a disc.

(x + dx, theta + dt) is an eigenpair with x_j kept at 1 when J (dx, dt) = -F + (dt dx, 0), where
J = [[X - theta, -x], [e_j^T, 0]] and F = (X x - theta x, 0).  With factors of J this is a
fixed point of a continuous map; where that maps a box, or a ball, into itself Brouwer's theorem
gives a solution there.  The box comes from triangular M-matrices that bound the inverse entry by
entry; the ball from all columns of an approximate inverse, made and thrown away block by block.
(Rump, Acta Numerica 2010, sections 10 and 13; Higham, Accuracy and Stability, chapter 8.)

>>> import numpy as np
>>> from qvm.spectral.factor import ordering
>>> from qvm.spectral.sparse import from_dense
>>> X = from_dense(np.array([[1.0, 2.0], [0.5, 4.0]]), 1e-16)
>>> radius, value, _, method = included(X, 4.30, np.array([0.5, 1.0]), ordering(X.matrix))
>>> bool(abs(value - (5 + 13**0.5) / 2) <= radius < 1e-13), method
(True, 'triangular majorants of the inverse')
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qvm.spectral.factor import Factor, Order, factored
from qvm.spectral.linearmap import Array, Note
from qvm.spectral.sparse import Sparse
from qvm.spectral.sums import growth
from qvm.spectral.verify import least_fixed

UNIT = 2.0**-53
COLUMNS = 8 * 10**9  # entries of factors that one proof by columns may touch
WIDTH = 128  # columns of the inverse at once
TINY = 1e-290
NEWTON = 4  # steps that sharpen a pair, at most


def included(
    X: Sparse, theta: complex, x: Array, order: Order, note: Note | None = None
) -> tuple[float, complex | float, Array, str]:
    """(radius, value, x, method): |value - lambda| <= radius for an eigenvalue lambda of X; radius inf when not proved.

    `value` and x are the pair after a few Newton steps, real when X, theta and x are; then lambda is real too.
    """
    real = X.matrix.dtype.kind != "c" and complex(theta).imag == 0
    if real:
        x, theta = _turned_real(x), complex(theta).real
    j = int(np.argmax(np.abs(x)))
    x = x / x[j]
    unproved = float("inf"), theta, x, "not proved"
    factor: Factor | None = None
    for _ in range(NEWTON):
        factor = factored(_bordered(X.matrix, theta, x, j), order)
        if factor is None:
            return unproved
        step = factor.solve(np.append(theta * x - X.matrix @ x, 0))
        if not np.all(np.isfinite(step)):
            return unproved
        before = theta
        x, theta = x + step[:-1], (theta + step[-1]).item()
        x[j] = 1
        if abs(theta - before) <= 4 * UNIT * abs(theta) and np.max(np.abs(step)) <= 1e-13:
            break
    J = _bordered(X.matrix, theta, x, j)
    factor = factored(J, order)
    if factor is None:
        return unproved
    size = _bordered(X.size, -abs(theta), -np.abs(x), j)  # |J| and what its entries came from
    most = int(np.diff(X.size.indptr).max(initial=0)) + 8
    loose = growth(most, UNIT) * (4 if not real else 1) + X.unit
    defect = np.append(X.matrix @ x - theta * x, 0)
    weight = np.append(np.abs(x), 0)
    F = np.abs(defect) + loose * (size @ weight) + TINY
    radius = _by_majorants(factor, size, F, loose)
    method = "triangular majorants of the inverse"
    if not np.isfinite(radius):
        method = "columns of the inverse"
        radius = _by_columns(factor, J, size, F, loose, note)
    return float(radius), theta, x, method if np.isfinite(radius) else "not proved"


def _turned_real(x: Array) -> Array:
    top = x[int(np.argmax(np.abs(x)))]
    return np.asarray((x * (np.conj(top) / abs(top))).real)


def _bordered(X: Any, theta: Any, x: Array, j: int) -> Any:
    """[[X - theta, -x], [e_j^T, 0]] in CSC form."""
    from scipy.sparse import block_array, coo_array, eye_array

    n = X.shape[0]
    foot = coo_array((np.ones(1), ([0], [j])), shape=(1, n))
    side = coo_array((-x, (np.arange(n), np.zeros(n, int))), shape=(n, 1))
    return block_array([[X - theta * eye_array(n), side], [foot, None]], format="csc")


def _by_majorants(factor: Factor, size: Any, F: Array, loose: float) -> float:
    """A box r w, w = |U|^-1 |L|^-1 F in the sense of M-matrices, that Newton's map keeps."""
    lu, order = factor.lu, factor.order
    lower, upper = _comparison(lu.L), _comparison(lu.U)
    if lower is None or upper is None:
        return float("inf")
    n = size.shape[0]
    roundings = 1 + 8 * UNIT * (lu.nnz + 4 * n)  # sums of numbers >= 0: relative errors only

    def bound(b: Array) -> Array:  # >= |(P L U Q)^-1| b
        with np.errstate(over="ignore", invalid="ignore"):
            inner = b[order][np.argsort(lu.perm_r)]
            found = upper.solve(lower.solve(inner))[lu.perm_c]
            result = np.empty_like(found)
            result[order] = found
        return np.asarray(result * roundings)

    made_L, made_U = abs(lu.L), abs(lu.U)

    def backward(w: Array) -> Array:  # |P L U Q - J'| w for every J' within the bar
        inner = (made_L @ (made_U @ w[order][np.argsort(lu.perm_c)]))[lu.perm_r]
        result = np.empty_like(w)
        result[order] = inner
        return np.asarray(growth(8 * n, UNIT) * result + loose * (size @ w))

    w = bound(F)
    if not np.all(np.isfinite(w)) or not np.all(w > 0):
        return float("inf")
    alpha = float(np.max(bound(backward(w) + TINY) / w))
    h = float(w[-1] * np.max(bound(np.append(w[:-1], TINY)) / w))
    return least_fixed(1.0, alpha, h) * float(w[-1])


def _comparison(T: Any) -> Any:
    """A solver of the comparison matrix of a triangular factor: |diagonal| less the magnitudes beside it."""
    from scipy.sparse.linalg import splu

    found = abs(T).tocsc()
    diagonal = found.diagonal()
    if not np.all(diagonal > 0) or not np.all(np.isfinite(diagonal)):
        return None
    found = -found
    found.setdiag(diagonal)
    found.indices, found.indptr = found.indices.astype(np.int32), found.indptr.astype(np.int32)
    return splu(found, permc_spec="NATURAL", diag_pivot_thresh=0.0)


def _by_columns(factor: Factor, J: Any, size: Any, F: Array, loose: float, note: Note | None) -> float:
    """|dt| for d = R g with g in a ball of the 1-norm, from the columns of an approximate inverse R."""
    n = J.shape[0]
    if n * (factor.entries + J.nnz) > COLUMNS:
        return float("inf")
    rows = J.tocsr()
    weight = np.asarray(size.sum(axis=0)).ravel() * loose
    alpha = kappa = norm = 0.0
    for start in range(0, n, WIDTH):
        if note is not None:
            note(f"proving an eigenvalue: column {start + 1} of {n}")
        width = min(WIDTH, n - start)
        units = np.zeros((n, width), J.dtype)
        units[np.arange(start, start + width), np.arange(width)] = 1
        R = factor.solve(units)
        length = np.abs(R)
        defect = np.abs(units - rows @ R).sum(axis=0) + weight @ length
        alpha = max(alpha, float(defect.max()))
        kappa = max(kappa, float(length[-1].max()))
        norm = max(norm, float(length.sum(axis=0).max()))
        if not alpha < 1:
            return float("inf")
    slack = 1 + growth(8 * n, UNIT)
    return least_fixed(float(F.sum()) * slack, alpha * slack, kappa * norm * slack) * kappa * slack
