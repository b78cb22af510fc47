"""Krylov bases: an orthonormal basis of x, X x, X^2 x, ... and the small matrix of X on it.

Every new vector is made orthogonal to all earlier ones twice, so the basis stays orthonormal to
rounding.  For a self-adjoint map the small matrix is tridiagonal (Lanczos), else upper
Hessenberg (Arnoldi); both come from the same loop.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> V, H, last = krylov(from_matrix(np.diag([1.0, 2.0, 3.0]), True), np.ones(3), 3)
>>> np.round(np.linalg.eigvalsh(H), 12).tolist()
[1.0, 2.0, 3.0]
"""

from __future__ import annotations

import numpy as np

from qvm.spectral.linearmap import Array, LinearMap
from qvm.spectral.probes import start_vector
from qvm.spectral.sums import dot, norm, tree_sum

ROOM = 1 << 25  # entries of a basis; larger states get fewer vectors, at least 8


def krylov(map: LinearMap, x: Array, size: int) -> tuple[Array, Array, float]:
    """(V, H, h): rows of V orthonormal, X V^T = V^T H + h v e_m^T; h = 0 when the space is invariant.

    V is (m, N), or (m + 1, N) when h > 0, the last row being v; m <= size, less when the space closes.
    """
    size = min(size, map.N, max(8, ROOM // map.N))
    rows = np.zeros((size + 1, map.N), map.dtype)
    small = np.zeros((size + 1, size), map.dtype)
    rows[0] = x / norm(x)
    for j in range(size):
        if map.note is not None:
            map.note(f"Krylov space: vector {j + 1} of {size}")
        w = map.apply(rows[j])
        before = norm(w)
        for _ in range(2):
            for i in range(j + 1):
                h = dot(rows[i], w)
                small[i, j] += h
                w = w - h * rows[i]
        after = norm(w)
        if after <= 64 * map.unit * (before + abs(small[j, j])) or j + 1 == map.N:
            return rows[: j + 1], _tidy(map, small[: j + 1, : j + 1]), 0.0
        small[j + 1, j] = after
        rows[j + 1] = w / after
    return rows, _tidy(map, small[:size]), float(abs(small[size, size - 1]))


def _tidy(map: LinearMap, small: Array) -> Array:
    if not map.selfadjoint:
        return small
    return np.asarray((small + small.conj().T) / 2)


def combine(rows: Array, coefficients: Array) -> Array:
    """sum_j coefficients[j] rows[j], in the fixed order."""
    return tree_sum((rows * coefficients[:, None]).T)


def norm_estimate(map: LinearMap, steps: int = 24) -> float:
    """A lower bound of ||X||_2, up to rounding and nearly sharp: a Ritz value of X or of X* X, or a power iterate."""
    v = start_vector(1, map.N, map.dtype)
    if map.selfadjoint:
        return float(np.max(np.abs(np.linalg.eigvalsh(krylov(map, v, steps)[1]))))
    back = map.adjoint
    if back is not None:
        square = LinearMap(map.N, map.dtype, lambda x: back(map.apply(x)), selfadjoint=True, note=map.note)
        return float(np.sqrt(max(0.0, float(np.linalg.eigvalsh(krylov(square, v, steps)[1])[-1]))))
    best = 0.0
    for _ in range(steps):
        size = norm(v)
        if size == 0.0 or not np.isfinite(size):
            break
        if map.note is not None:
            map.note("power iteration")
        v = map.apply(v / size)
        best = max(best, norm(v))
    return best


def range_estimate(map: LinearMap, steps: int = 40) -> tuple[float, float]:
    """An interval round the Lanczos values of a self-adjoint map, widened by residuals and a hundredth; not proved."""
    if "range" not in map.memo:
        _, small, last = krylov(map, start_vector(2, map.N, map.dtype), steps)
        values, turn = np.linalg.eigh(small)
        margin = 0.01 * float(values[-1] - values[0]) + 64 * map.unit * float(np.max(np.abs(values)))
        map.memo["range"] = (
            float(values[0] - 2 * last * abs(turn[-1, 0])) - margin,
            float(values[-1] + 2 * last * abs(turn[-1, -1])) + margin,
        )
    low, high = map.memo["range"]
    return float(low), float(high)
