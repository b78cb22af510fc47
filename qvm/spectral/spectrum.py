"""Spectra: a few eigenvalues of an operator, each with an error bar and the way it was found.

To N = 4096 all eigenvalues are computed and the wanted ones picked, so none is missed; beyond,
Krylov spaces give Ritz values with residual bounds.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> values, _ = spectrum(from_matrix(np.diag([3.0, 1.0, 2.0]), True), 2)
>>> [round(v.value, 9) for v in values], values[0].kind
([1.0, 2.0], 'bound')
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qvm.spectral.dense import eigenvalues, entry_error, working
from qvm.spectral.linearmap import DENSE, Array, LinearMap
from qvm.spectral.select import Which, chosen, read_which
from qvm.spectral.verify import conditions, discs, kantorovich
from qwasm.scalar import Scalar

SINGLE = 16  # eigenvalues that may each be proved by its own dense inverse
SAFETY = 10.0  # on first-order errors


def spectrum(
    map: LinearMap, k: int, which: Which = "small", vectors: bool = False, *, seed: int = 0, dense: int = DENSE
) -> tuple[list[Scalar], Array | None]:
    """(k eigenvalues in the order asked for, their unit vectors as rows (k, N) or None).

    Self-adjoint: `small` and `large` are the algebraically smallest and largest.  Otherwise
    `small` has the smallest real part, `large` the largest modulus.  ("near", z), or z itself,
    takes those nearest z.  k is cut to N.  A non-self-adjoint map gives complex values, real
    ones when the eigenvalue is proved or found real.  Vectors need a complex field for complex
    eigenvalues.  Raises QW0653 when an iteration does not converge, QW0482 for near(z) of a
    general map beyond `dense`.
    """
    kind, z = read_which(which)
    k = min(k, map.N)
    if k < 1:
        return [], (np.zeros((0, map.N), map.dtype) if vectors else None)
    if dense < map.N:
        from qvm.spectral.ritz import ritz

        return ritz(map, k, kind, z, vectors, seed)
    if map.selfadjoint:
        return _hermitian(map, k, kind, z, vectors)
    return _general(map, k, kind, z, vectors)


def _hermitian(map: LinearMap, k: int, kind: str, z: complex, vectors: bool) -> tuple[list[Scalar], Array | None]:
    values, columns, error = eigenvalues(map, vectors)
    index = chosen(values, k, kind, z, True)
    found = [Scalar(float(values[i]), error, "bound", "dense eigenvalues") for i in index]
    if columns is None:
        return found, None
    return found, canonical(np.asarray(columns[:, index].T)).astype(map.dtype)


def _general(map: LinearMap, k: int, kind: str, z: complex, vectors: bool) -> tuple[list[Scalar], Array | None]:
    import scipy.linalg

    if "eig" not in map.memo:
        from qvm.spectral.dense import balanced

        matrix = working(map)
        scaled, d = balanced(matrix)
        lapack: Any = scipy.linalg
        if map.note is not None:
            map.note(f"eigenvalues of a dense matrix, N = {map.N}")
        theta, left, right = lapack.eig(scaled, left=True, right=True)
        map.memo["eig"] = scaled, d, theta, left, right, discs(scaled, theta, right, entry_error(map, scaled))
    scaled, d, theta, left, right, radii = map.memo["eig"]
    entries = entry_error(map, scaled)
    index = chosen(theta, k, kind, z, False)
    single = {
        i: kantorovich(scaled, complex(theta[i]), right[:, i], entries)
        for i in [i for i in index if not radii[i] < 1e-6 * (1 + abs(theta[i]))][:SINGLE]
    }
    rough = conditions(scaled, theta, right, left, entries) * SAFETY
    found = []
    for i in index:
        error, method = min(
            (float(radii[i]), "dense eigenvalues, Gershgorin discs"),
            (single.get(i, float("inf")), "dense eigenvalues, Newton-Kantorovich"),
        )
        value = complex(theta[i])
        if np.isfinite(error):
            found.append(Scalar(_plain(value), error, "bound", method))
        else:
            found.append(
                Scalar(
                    _plain(value),
                    float(rough[i]),
                    "statistical",
                    "dense eigenvalues, first-order condition number; not proved",
                )
            )
    if not vectors:
        return found, None
    return found, field_rows(map, (right[:, index] * d[:, None]).T)


def _plain(value: complex) -> complex | float:
    return value.real if value.imag == 0 else value


def canonical(rows: Array) -> Array:
    """Unit rows whose entry of largest modulus (the first of them) is positive."""
    lengths = np.sqrt(np.sum(np.abs(rows) ** 2, axis=1, keepdims=True))
    rows = rows / np.where(lengths > 0, lengths, 1.0)
    sizes = np.abs(rows)
    top = rows[np.arange(len(rows)), np.argmax(sizes > 0.999999 * sizes.max(axis=1, keepdims=True), axis=1)]
    phase = np.where(np.abs(top) > 0, top / np.maximum(np.abs(top), 5e-324), 1.0)
    return np.asarray(rows * np.conj(phase)[:, None])


def field_rows(map: LinearMap, rows: Array) -> Array:
    """Vectors as rows of the map's dtype; raises QW0655 for complex vectors in a real field."""
    rows = canonical(rows)
    if map.is_complex:
        return rows.astype(map.dtype)
    if rows.dtype.kind == "c" and np.max(np.abs(rows.imag), initial=0.0) > 1e-8:
        from qvm.spectral.refusals import complex_vectors

        raise complex_vectors()
    return rows.real.astype(map.dtype)
