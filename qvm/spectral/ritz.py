"""Ritz values beyond dense sizes: ARPACK finds them, residuals vouch for them.

For a self-adjoint X some eigenvalue lies within ||X v - theta v|| of theta (unit v), and the bar
is that residual with its rounding.  For other maps the residual is multiplied by the condition
1 / |y^H x| from the left vector when there is an adjoint: first order, so not called a bound.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> values, _ = ritz(from_matrix(np.diag(np.arange(1.0, 61.0)), True), 1, "large", 0j, False, 0)
>>> bool(abs(values[0].value - 60.0) <= values[0].error < 1e-9)
True
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qvm.spectral.bounds import majorant_bound
from qvm.spectral.linearmap import Apply, Array, LinearMap
from qvm.spectral.probes import start_vector
from qvm.spectral.refusals import needs_dense, not_converged
from qvm.spectral.select import chosen
from qvm.spectral.sums import norms
from qwasm.scalar import Scalar

SWEEPS = 4_000  # applications that one search may use, at most,
WORK = 8 * 10**7  # and elements it may touch
TOLERANCES = (1e-13, 1e-3)  # a search that fails is repeated with the second; the bar shows it


def ritz(map: LinearMap, k: int, kind: str, z: complex, vectors: bool, seed: int) -> tuple[list[Scalar], Array | None]:
    """k eigenvalues and their unit rows; raises QW0653 when ARPACK does not converge, QW0482 for what it cannot do."""
    if map.selfadjoint:
        return _selfadjoint(map, k, kind, z.real, vectors, seed)
    return _general(map, k, kind, vectors, seed)


def _operator(map: LinearMap, apply: Apply) -> Any:
    from scipy.sparse.linalg import LinearOperator

    kind = np.complex128 if map.is_complex else np.float64
    count = 0

    def matvec(v: Array) -> Array:
        nonlocal count
        count += 1
        if map.note is not None:
            map.note(f"eigenvalue search: application {count}")
        return apply(v.reshape(-1).astype(map.dtype)).astype(kind)

    return LinearOperator((map.N, map.N), dtype=kind, matvec=matvec)


def _arpack(map: LinearMap, apply: Apply, k: int, which: str, seed: int, symmetric: bool) -> tuple[Array, Array]:
    from scipy.sparse.linalg import ArpackNoConvergence, eigs, eigsh

    room = min(map.N - 1, max(2 * k + 1, 40))
    solve: Any = eigsh if symmetric else eigs
    start = start_vector(seed, map.N, np.dtype(np.complex128 if map.is_complex else np.float64))
    sweeps = max(600, min(SWEEPS, WORK // map.N))
    for tol in TOLERANCES:
        try:
            values, columns = solve(
                _operator(map, apply), k=k, which=which, v0=start, ncv=room, tol=tol, maxiter=max(10, sweeps // room)
            )
        except ArpackNoConvergence:
            continue
        return values, columns
    raise not_converged(
        f"the search for {k} eigenvalues at N = {map.N}",
        "ask for fewer eigenvalues, or for the other end of the spectrum",
    )


def _limit(map: LinearMap, k: int, most: int) -> None:
    if k > most:
        raise needs_dense(f"a spectrum of {k} values", map.N, 4096, f"ask for at most {most} eigenvalues")


def _selfadjoint(
    map: LinearMap, k: int, kind: str, z: float, vectors: bool, seed: int
) -> tuple[list[Scalar], Array | None]:
    from qvm.spectral.spectrum import canonical

    _limit(map, k, map.N // 2)
    if kind == "near":
        shift = map.shifted(z)
        _, columns = _arpack(map, lambda v: shift(shift(v)), k, "SA", seed, True)
    else:
        _, columns = _arpack(map, map.apply, k, "SA" if kind == "small" else "LA", seed, True)
    basis = np.linalg.qr(columns)[0]
    rows = np.ascontiguousarray(basis.T)
    images = map.apply(rows.astype(map.dtype))
    small = rows.conj() @ images.T
    values, turn = np.linalg.eigh((small + small.conj().T) / 2)
    rows = turn.T @ rows
    images = map.apply(rows.astype(map.dtype))
    lengths = norms(rows)
    rounded = (2 * map.rounding + 16 * map.unit) * majorant_bound(map)
    errors = (norms(images - values[:, None] * rows) / lengths + rounded) * (1 + 1e-10)
    index = chosen(values, k, kind, z, True)
    found = [Scalar(float(values[i]), float(errors[i]), "bound", "Lanczos, residual") for i in index]
    return found, canonical(rows[index]).astype(map.dtype) if vectors else None


def _general(map: LinearMap, k: int, kind: str, vectors: bool, seed: int) -> tuple[list[Scalar], Array | None]:
    from qvm.spectral.spectrum import field_rows

    if kind == "near":
        raise needs_dense(
            "near(z) of an operator that is not self-adjoint",
            map.N,
            4096,
            "use which=small or which=large, or a smaller N",
        )
    _limit(map, k, map.N // 4)
    which = "SR" if kind == "small" else "LM"
    values, columns = _arpack(map, map.apply, k, which, seed, False)
    rows = np.ascontiguousarray(columns.T)
    rows = rows / norms(rows)[:, None]
    residuals = norms(_apply(map, rows) - values[:, None] * rows)
    residuals = residuals + (2 * map.rounding + 16 * map.unit) * majorant_bound(map)
    conditions = _conditions(map, values, rows, which, seed)
    index = chosen(values, k, kind, 0j, False)
    method = (
        "Arnoldi, residual times condition number; not proved"
        if map.adjoint is not None
        else ("Arnoldi, residual; not proved")
    )
    found = [
        Scalar(
            float(values[i].real) if values[i].imag == 0 else complex(values[i]),
            float(residuals[i] * conditions[i]),
            "statistical",
            method,
        )
        for i in index
    ]
    return found, field_rows(map, rows[index]) if vectors else None


def _apply(map: LinearMap, rows: Array) -> Array:
    if map.is_complex:
        return map.apply(rows)
    return map.apply(np.ascontiguousarray(rows.real).astype(map.dtype)) + 1j * map.apply(
        np.ascontiguousarray(rows.imag).astype(map.dtype)
    )


def _conditions(map: LinearMap, values: Array, rows: Array, which: str, seed: int) -> Array:
    """1 / |y^H x| for each Ritz pair, y from the adjoint map; ten times that for safety, ten without an adjoint."""
    if map.adjoint is None:
        return np.full(len(values), 10.0)
    others, columns = _arpack(map, map.adjoint, min(len(values) + 2, map.N - 2), which, seed + 1, False)
    result = np.zeros(len(values))
    for i, value in enumerate(values):
        j = int(np.argmin(np.abs(others.conj() - value)))
        left = columns[:, j] / np.linalg.norm(columns[:, j])
        result[i] = 10.0 / max(float(abs(np.vdot(left, rows[i]))), 1e-16)
    return result
