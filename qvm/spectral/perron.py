"""The Perron root of a nonnegative matrix between two bars, and Elsner's bar for any eigenvalue at all.

For M >= 0 irreducible and any v > 0 the spectral radius, which is an eigenvalue, lies between the
least and the largest of (M v)_i / v_i (Collatz, Wielandt).  For any X and unit x with
X x - theta x = r, theta is an eigenvalue of X - r x^H, so one of X lies within
(2 ||X|| + ||r||)^(1 - 1/n) ||r||^(1/n) of it (Elsner, Linear Algebra Appl. 71, 1985): always true,
sharp where eigenvectors coincide, and wide when n is large.

>>> import numpy as np
>>> from qvm.spectral.sparse import from_dense
>>> radius = perron(from_dense(np.array([[1.0, 2.0], [1.0, 2.0]]), 1e-16), 3.0, np.array([1.0, 1.0]))
>>> bool(radius < 1e-14), round(elsner(1.0, 1e-16, 8), 3)
(True, 0.018)
"""

from __future__ import annotations

import numpy as np

from qvm.spectral.linearmap import Array, Note
from qvm.spectral.sparse import Sparse
from qvm.spectral.sums import growth

UNIT = 2.0**-53
STEPS = 400  # power steps that even out the quotients, at most


def elsner(size: float, residual: float, n: int) -> float:
    """A radius about theta that holds an eigenvalue of an n x n matrix of norm <= size."""
    if not residual > 0:
        return 0.0
    scale = 2 * size + residual
    return float(scale * (residual / scale) ** (1 / n)) * (1 + 1e-12)


def perron(X: Sparse, theta: complex, x: Array, note: Note | None = None) -> float:
    """A radius about theta that holds the Perron root of an irreducible X; infinite unless X >= 0."""
    M = X.matrix
    if M.dtype.kind == "c" or M.nnz == 0 or M.data.min() < 0 or not complex(theta).real > 0:
        return float("inf")
    most = int(np.diff(M.indptr).max()) + 4
    slack = growth(most, UNIT) + X.unit
    v = np.abs(x) + 1e-12 * float(np.abs(x).max())
    best = float("inf")
    for step in range(STEPS):
        if note is not None:
            note(f"bounding the largest eigenvalue: step {step + 1} of at most {STEPS}")
        image = M @ v
        quotient = image / v
        low, high = float(quotient.min()) * (1 - slack), float(quotient.max()) * (1 + slack)
        found = max(abs(high - theta), abs(theta - low)) * (1 + 4 * UNIT)
        if step % 8 == 0 and found > 0.9 * best and found < 1e-8 * high:
            return min(best, found)
        best = min(best, found)
        v = v + image / high
        v /= v.max()
        if not v.min() > 1e-280:
            break
    return best
