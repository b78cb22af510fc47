"""The Krylov exponential: e^{-zX} y from a small matrix, in steps whose error is checked.

On the basis of y, X y, ..., the defect of V^T e^{-sH} e_1 is one number, h |(e^{-sH})_{m1}|;
its integral, carried by e^{omega s} with omega the logarithmic norm, bounds the error of a
step.  Steps that fail are halved on the same basis.  (Saad, 1992; Botchev, Grimm and
Hochbruck, 2013.)

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> y, error = krylov_exponential(from_matrix(np.diag([0.0, 1.0])), np.ones(2), 1.0, 1e-12)
>>> bool(abs(y[1] - np.exp(-1)) <= error < 1e-12)
True
"""

from __future__ import annotations

import numpy as np

from qvm.spectral.bounds import decay, majorant_bound
from qvm.spectral.lanczos import combine, krylov
from qvm.spectral.linearmap import Array, LinearMap
from qvm.spectral.refusals import overflow, too_many_sweeps
from qvm.spectral.sums import norm

SIZE = 30  # vectors of one basis
SAMPLES = 8  # points at which the defect is looked at in a step


def krylov_exponential(map: LinearMap, y: Array, z: complex, tol: float, sweeps: int = 200_000) -> tuple[Array, float]:
    """(e^{-zX} y, error bound in the 2-norm); rows of a block one after another.

    The integral of the defect is bounded by sampling it, with a factor 2.  Raises QW0480 past
    `sweeps` applications and QW0650 on overflow.
    """
    z = complex(z)
    if y.ndim == 2:
        rows = [krylov_exponential(map, row, z, tol, sweeps) for row in y]
        return np.array([row for row, _ in rows]), max(error for _, error in rows)
    direction = -z / abs(z)
    omega = decay(map, direction)
    total, done, error, used = abs(z), 0.0, 0.0, 0
    step = total
    floor = majorant_bound(map) * map.rounding
    while done < total:
        size = norm(y)
        if size == 0.0:
            break
        V, H, last = krylov(map, y, SIZE)
        used += H.shape[0]
        if used > sweeps:
            raise too_many_sweeps(map.N, int(used / max(done, 1e-300) * total) if done else 10 * sweeps, sweeps)
        step = min(step * 2, total - done)
        while True:
            columns, defect = _defect(H, direction if map.is_complex else direction.real, step, last)
            with np.errstate(over="ignore"):
                local = 2 * size * step * defect * float(np.exp(max(0.0, omega * step)))
            if local <= tol * step / total * size * float(np.linalg.norm(columns)) or step * norm(H) < 1e-8:
                break
            step /= 2
        y = combine(V[: H.shape[0]], size * columns)
        if not np.isfinite(norm(y)):
            raise overflow(omega * total)
        with np.errstate(over="ignore"):
            rounded = (floor * step + 8 * H.shape[0] * map.unit) * size * float(np.exp(max(0.0, omega * step)))
            error = error * float(np.exp(omega * step)) + local + 4 * rounded
        done = total if total - done - step <= 1e-15 * total else done + step
    return y.astype(map.dtype, copy=False), float(error)


def _defect(H: Array, direction: complex | float, step: float, last: float) -> tuple[Array, float]:
    """(e^{step direction H} e_1, the largest sampled h |(e^{s direction H})_{m1}| for s <= step)."""
    piece = small_exponential(direction * H * (step / SAMPLES))
    column = np.zeros(H.shape[0], piece.dtype)
    column[0] = 1
    worst = 0.0
    for _ in range(SAMPLES):
        column = np.einsum("ij,j->i", piece, column)
        worst = max(worst, float(abs(column[-1])))
    return column, last * worst


def small_exponential(A: Array) -> Array:
    """e^A of a small matrix by Taylor terms and squaring, in a fixed order of operations."""
    size = float(np.abs(A).sum(axis=1).max())
    squarings = max(0, int(np.ceil(np.log2(size / 0.25)))) if size > 0.25 else 0
    B = A / 2.0**squarings
    result = term = np.eye(A.shape[0], dtype=B.dtype)
    for k in range(1, 15):
        term = np.einsum("ij,jk->ik", term, B) / k
        result = result + term
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(squarings):
            result = np.einsum("ij,jk->ik", result, result)
    return result
