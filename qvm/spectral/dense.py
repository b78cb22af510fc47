"""Dense matrices with error bounds: eigenvalues by Weyl, exponentials by tracked squaring.

LAPACK's symmetric eigenvalues are those of X + E with ||E|| <= N u ||X||, so each is off by at
most ||E||.  Any other exponential is a Taylor polynomial of X / 2^s squared s times, with the
rounding of every product added up from the norms of the factors actually met.

>>> import numpy as np
>>> F, error = squared_exponential(np.array([[0.0, 1.0], [0.0, 0.0]]), 0.0)
>>> F.tolist(), error < 1e-12
([[1.0, 1.0], [0.0, 1.0]], True)
"""

from __future__ import annotations

from math import ceil, exp, log2, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.spectral.bounds import magnitude
from qvm.spectral.linearmap import Array, LinearMap, Note
from qvm.spectral.refusals import overflow
from qvm.spectral.sums import growth
from qwasm.clock import waited

UNIT = 2.0**-53
ENTRY = 8  # roundings that made one entry of the matrix


def working(map: LinearMap) -> Array:
    """The matrix in float64 or complex128; exactly Hermitian when the map is self-adjoint."""
    matrix = map.matrix().astype(np.complex128 if map.is_complex else np.float64)
    return np.asarray((matrix + matrix.conj().T) / 2) if map.selfadjoint else matrix


def entry_error(map: LinearMap, matrix: Array) -> float:
    """How far, in the 2-norm, the stored matrix may be from the operator: roundings of its entries."""
    return ENTRY * map.unit * magnitude(matrix)


def eigenvalues(map: LinearMap, vectors: bool = False) -> tuple[NDArray[np.float64], Array | None, float]:
    """(ascending eigenvalues, columns of eigenvectors or None, error bound of every eigenvalue); self-adjoint maps."""
    import scipy.linalg

    key = "eigh" if vectors else "eigvalsh"
    if key not in map.memo:
        matrix = working(map)
        lapack: Any = scipy.linalg
        if map.note is not None:
            map.note(f"eigenvalues of a dense matrix, N = {map.N}")
        values, columns = waited(lapack.eigh, matrix) if vectors else (waited(lapack.eigvalsh, matrix), None)
        size = float(np.max(np.abs(values), initial=0.0))
        map.memo[key] = values, columns, 1.01 * growth(map.N + 8, UNIT) * size + entry_error(map, matrix)
    values, columns, error = map.memo[key]
    return values, columns, float(error)


def balanced(matrix: Array) -> tuple[Array, Array]:
    """(D^-1 X D, d): X scaled by powers of two, which rounds nothing, to a smaller norm."""
    import scipy.linalg

    result, (scale, _) = waited(scipy.linalg.matrix_balance, matrix, permute=False, separate=True)
    return result, np.asarray(scale)


def squared_exponential(A: Array, error: float, note: Note | None = None) -> tuple[Array, float]:
    """(F, bound of ||F - e^{A'}||_Frobenius) for any A' with ||A' - A||_2 <= error.

    Raises QW0650 when the exponential overflows.
    """
    size = magnitude(A)
    if not np.isfinite(size):
        raise overflow(size)
    squarings = max(0, ceil(log2(size / 0.5))) if size > 0.5 else 0
    B = A / 2.0**squarings
    N = A.shape[0]
    gamma = growth((4 if A.dtype.kind == "c" else 1) * (N + 4), UNIT)
    if note is not None:
        note(f"exponential of a dense matrix, N = {N}")
    F = waited(_polynomial, B)
    off = sqrt(N) * (8 * gamma * exp(0.5) + 1e-18) + sqrt(N) * error / 2.0**squarings * exp(0.5 + error)
    with np.errstate(over="ignore", invalid="ignore"):
        for index in range(squarings):
            if note is not None:
                note(f"dense exponential: squaring {index + 1} of {squarings}")
            norm_2, frobenius = magnitude(F), float(np.linalg.norm(F))
            off = 2 * norm_2 * off + off * off + gamma * norm_2 * frobenius
            F = waited(np.matmul, F, F)
    if not np.all(np.isfinite(F)):
        raise overflow(size)
    return F, float(off)


def _polynomial(B: Array) -> Array:
    """sum_{k <= 19} B^k / k! by Paterson and Stockmeyer: 3 powers and 4 products."""
    identity = np.eye(B.shape[0], dtype=B.dtype)
    powers = [identity, B, B @ B]
    powers.append(powers[2] @ B)
    fourth = powers[3] @ B
    factorial = [1.0]
    for k in range(1, 20):
        factorial.append(factorial[-1] * k)
    result = np.zeros_like(B)
    for block in range(4, -1, -1):
        piece = sum((powers[j] / factorial[4 * block + j] for j in range(1, 4)), identity / factorial[4 * block])
        result = piece + (result @ fourth if block < 4 else 0)
    return result
