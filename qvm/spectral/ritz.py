"""Ritz values beyond dense sizes: ARPACK finds them, residuals and inclusions vouch for them.

For a Hermitian X some eigenvalue lies within ||X v - theta v|| of theta (unit v), and the bar is
that residual with its rounding.  Another pair is proved by Perron's theorem or an inclusion, and
where neither succeeds by Elsner's bar.  That an eigenvalue lies within each bar is proved; that
the search missed none that belongs before it is not.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> pairs = hermitian_pairs(from_matrix(np.diag(np.arange(1.0, 61.0)), True), 1, "large", 0j, 0)
>>> bool(abs(pairs[0][0] - 60.0) <= pairs[0][1] < 1e-9)
True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from qvm.spectral.bounds import majorant_bound, norm_bound
from qvm.spectral.factor import Order, factored, ordering
from qvm.spectral.inclusion import included
from qvm.spectral.linearmap import Apply, Array, LinearMap, Note
from qvm.spectral.perron import elsner, perron
from qvm.spectral.probes import start_vector
from qvm.spectral.refusals import needs_dense, no_bound, not_converged, too_full
from qvm.spectral.select import chosen
from qvm.spectral.sparse import Sparse
from qvm.spectral.sums import growth, norm, norms
from qwasm.record import record

SWEEPS = 4_000  # applications that one search may use, at most,
WORK = 8 * 10**7  # and elements it may touch
TOLERANCES = (1e-13, 1e-3)  # a search that fails is repeated with the second; the bar shows it
UNIT = 2.0**-53


@record(eq=False)
class Found:
    """A pair that a search came to; `settle()` gives (value, bar, how it is proved, vector)."""

    value: complex
    settle: Callable[[], tuple[complex | float, float, str, Array]]


def hermitian_pairs(
    map: LinearMap, k: int, kind: str, z: complex, seed: int, signed: bool = True
) -> list[tuple[float, float, Array]]:
    """About k (value, bar, unit vector) of a Hermitian map; `large` is by modulus unless `signed`.

    Near z the map is squared about z, or inverted there when its matrix can be factored.  Raises
    QW0653 when ARPACK does not converge.
    """
    k = _limited(min(k, map.N), map.N, map.N // 2)
    if kind == "near":
        columns = _near(map, k, z, seed)
    else:
        which = "SA" if kind == "small" else "LA" if signed else "LM"
        columns = _arpack(map.N, map.dtype, map.apply, k, which, seed, map.note, symmetric=True)[1]
    rows = np.ascontiguousarray(np.linalg.qr(columns)[0].T)
    images = map.apply(rows.astype(map.dtype))
    small = rows.conj() @ images.T
    values, turn = np.linalg.eigh((small + small.conj().T) / 2)
    rows = turn.T @ rows
    images = map.apply(rows.astype(map.dtype))
    rounded = (2 * map.rounding + 16 * map.unit) * majorant_bound(map)
    errors = (norms(images - values[:, None] * rows) / norms(rows) + rounded) * (1 + 1e-10)
    return [(float(a), float(b), row) for a, b, row in zip(values, errors, rows, strict=True)]


def _near(map: LinearMap, k: int, z: complex, seed: int) -> Array:
    shift = map.shifted(z.real)
    if map.sparse is not None and (X := map.sparse()) is not None:
        order = ordering(X.matrix)
        solve = None if order is None else _inverse(X, order, z.real)
        if solve is not None:
            return _arpack(map.N, map.dtype, solve, k, "LM", seed, map.note, symmetric=True)[1]
    return _arpack(map.N, map.dtype, lambda v: shift(shift(v)), k, "SA", seed, map.note, symmetric=True)[1]


def _inverse(X: Sparse, order: Order, z: complex | float) -> Apply | None:
    """(X - z)^-1, z moved a little where it is an eigenvalue; None when there are no factors."""
    from scipy.sparse import eye_array

    one: Any = eye_array(X.N)
    for shift in (z, z + 1e-9 * (1 + X.norm())):
        factor = factored((X.matrix - shift * one).tocsc(), order)
        if factor is not None and np.all(np.isfinite(factor.solve(np.ones(X.N, factor.dtype)))):
            return factor.solve
    return None


def _limited(k: int, N: int, most: int) -> int:
    if k > most:
        raise needs_dense(f"a spectrum of {k} values", N, 4096, f"ask for at most {most} eigenvalues")
    return k


def _arpack(
    N: int, dtype: Any, apply: Apply, k: int, which: str, seed: int, note: Note | None, symmetric: bool
) -> tuple[Array, Array]:
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs, eigsh

    kind = np.dtype(np.complex128 if np.dtype(dtype).kind == "c" else np.float64)
    count = 0

    def matvec(v: Array) -> Array:
        nonlocal count
        count += 1
        if note is not None:
            note(f"eigenvalue search: application {count}")
        return apply(v.reshape(-1).astype(dtype)).astype(kind)

    room = min(N - 1, max(2 * k + 1, 40))
    solve: Any = eigsh if symmetric else eigs
    sweeps = max(600, min(SWEEPS, WORK // N))
    for tol in TOLERANCES:
        try:
            values, columns = solve(
                LinearOperator((N, N), dtype=kind, matvec=matvec),
                k=k,
                which=which,
                v0=start_vector(seed, N, kind),
                ncv=room,
                tol=tol,
                maxiter=max(10, sweeps // room),
            )
        except ArpackNoConvergence:
            continue
        return values, columns
    raise not_converged(
        f"the search for {k} eigenvalues at N = {N}", "ask for fewer eigenvalues, or for the other end of the spectrum"
    )


def general_pairs(X: Sparse, k: int, kind: str, z: complex, seed: int, note: Note | None) -> list[Found]:
    """About k pairs of an irreducible sparse matrix; raises QW0653 when ARPACK does not converge.

    Near z the matrix is inverted about z; raises QW0482 when its factors would be too large.
    """
    k = _limited(min(k, X.N), X.N, max(1, X.N // 4))
    order = ordering(X.matrix)
    if kind == "near":
        if z.imag:
            X = Sparse(X.matrix.astype(np.complex128), X.size, X.unit)
        solve = None if order is None else _inverse(X, order, z if X.matrix.dtype.kind == "c" else z.real)
        if solve is None:
            raise too_full(X.N)
        _, columns = _arpack(X.N, X.matrix.dtype, solve, k, "LM", seed, note, symmetric=False)
        values = np.sum(columns.conj() * (X.matrix @ columns), axis=0) / np.sum(np.abs(columns) ** 2, axis=0)
    else:
        which = "SR" if kind == "small" else "LM"
        values, columns = _arpack(X.N, X.matrix.dtype, lambda v: X.matrix @ v, k, which, seed, note, symmetric=False)
    values = np.where(np.abs(values.imag) <= 1e-13 * np.abs(values), values.real, values)

    def settled(i: int) -> Callable[[], tuple[complex | float, float, str, Array]]:
        return lambda: proved(X, complex(values[i]), columns[:, i], order, note)

    return [Found(complex(values[i]), settled(i)) for i in range(len(values))]


def proved(
    X: Sparse, theta: complex, x: Array, order: Order | None, note: Note | None = None
) -> tuple[complex | float, float, str, Array]:
    """(value, bar, method, vector): the pair is (theta, x) or what Newton's method makes of it."""
    value: complex | float = theta.real if theta.imag == 0 else theta
    choices = [(perron(X, theta, x, note), value, "Arnoldi, Perron root between Collatz-Wielandt quotients", x)]
    if order is not None:
        radius, better, y, method = included(X, theta, x, order, note)
        choices.append((radius, better, f"Arnoldi, inclusion by {method}", y))
    x = x / norm(x)
    most = int(np.diff(X.size.indptr).max(initial=0)) + 8
    size = X.norm()
    residual = norm(X.matrix @ x - theta * x) + (4 * growth(most, UNIT) + X.unit) * (size + abs(theta))
    choices.append((elsner(size, residual, X.N), value, "Arnoldi, Elsner's bar from the residual", x))
    error, value, method, x = min(choices, key=lambda choice: choice[0])
    return value, error, method, x


def whole(map: LinearMap, k: int, kind: str, z: complex, seed: int) -> list[tuple[complex | float, float, str, Array]]:
    """About k (value, bar, method, vector) of a general map whose matrix is not known entry by entry.

    The bar is Elsner's.  Raises QW0653 when ARPACK does not converge, QW0482 for near(z).
    """
    if kind == "near":
        raise too_full(map.N)
    k = _limited(k, map.N, map.N // 4)
    which = "SR" if kind == "small" else "LM"
    values, columns = _arpack(map.N, map.dtype, map.apply, k, which, seed, map.note, symmetric=False)
    rows = np.ascontiguousarray(columns.T)
    rows = rows / norms(rows)[:, None]
    size, known = norm_bound(map)
    if not known:
        raise no_bound(map.N)
    rounded = (2 * map.rounding + 16 * map.unit) * majorant_bound(map)
    residuals = norms(_apply(map, rows) - values[:, None] * rows) + rounded
    method = "Arnoldi, Elsner's bar from the residual"
    index = chosen(values, k, kind, 0j, False)
    return [(complex(values[i]), elsner(size, float(residuals[i]), map.N), method, rows[i]) for i in index]


def _apply(map: LinearMap, rows: Array) -> Array:
    if map.is_complex:
        return map.apply(rows)
    return map.apply(np.ascontiguousarray(rows.real).astype(map.dtype)) + 1j * map.apply(
        np.ascontiguousarray(rows.imag).astype(map.dtype)
    )
