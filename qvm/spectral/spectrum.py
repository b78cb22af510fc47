"""Spectra: a few eigenvalues of an operator, each with an error bar and the way it was found.

A matrix is taken apart into its irreducible blocks.  In blocks up to N = 4096 all eigenvalues are
computed and the wanted ones picked, so none is missed; only larger ones are searched by Krylov
spaces.  Every bar is proved to hold an eigenvalue.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> values, _ = spectrum(from_matrix(np.diag([3.0, 1.0, 2.0]), True), 2)
>>> [round(v.value, 9) for v in values], values[0].kind
([1.0, 2.0], 'bound')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qvm.spectral.dense import ENTRY, eigenvalues, working
from qvm.spectral.linearmap import DENSE, Array, LinearMap
from qvm.spectral.select import Which, chosen, plain, read_which
from qwasm.scalar import Scalar

if TYPE_CHECKING:
    from qvm.spectral.blocks import Blocks
    from qvm.spectral.nonnormal import Pairs

FULL = 1024  # rows beyond which a matrix that is nearly full is not looked at entry by entry


def spectrum(
    map: LinearMap, k: int, which: Which = "small", vectors: bool = False, *, seed: int = 0, dense: int = DENSE
) -> tuple[list[Scalar], Array | None]:
    """(k eigenvalues in the order asked for, their unit vectors as rows (k, N) or None).

    Self-adjoint: `small` and `large` are the algebraically smallest and largest.  Otherwise
    `small` has the smallest real part, `large` the largest modulus.  ("near", z), or z itself,
    takes those nearest z.  k is cut to N.  Each bar holds an eigenvalue, which is proved; that
    none is missed is proved where the method names no search (Lanczos, Arnoldi).  Vectors need a
    complex field for complex eigenvalues.  Raises QW0653 when a search does not converge, QW0482
    when it asks for too many or for factors too large, QW0656 for vectors that cannot be told apart.
    """
    kind, z = read_which(which)
    k = min(k, map.N)
    if k < 1:
        return [], (np.zeros((0, map.N), map.dtype) if vectors else None)
    if map.selfadjoint and dense >= map.N:
        return _hermitian(map, k, kind, z, vectors)
    blocks = _blocks(map, dense)
    if blocks is not None:
        return _by_blocks(map, blocks, k, kind, z, vectors, seed)
    return (_general if dense >= map.N else _unknown)(map, k, kind, z, vectors, seed)


def _blocks(map: LinearMap, dense: int) -> Blocks | None:
    """The matrix by its irreducible blocks; None where it has too many entries for that to help."""
    key = f"blocks {dense}"
    if key not in map.memo:
        from qvm.spectral.blocks import Blocks

        X = None if map.sparse is None else map.sparse()
        full = X is None or (FULL < map.N <= dense and X.size.nnz > map.N**2 // 8)
        map.memo[key] = None if X is None or full else Blocks(X, map.selfadjoint, dense)
    found: Blocks | None = map.memo[key]
    return found


def _hermitian(map: LinearMap, k: int, kind: str, z: complex, vectors: bool) -> tuple[list[Scalar], Array | None]:
    values, columns, error = eigenvalues(map, vectors)
    index = chosen(values, k, kind, z, True)
    found = [Scalar(float(values[i]), error, "bound", "dense eigenvalues") for i in index]
    if columns is None:
        return found, None
    return found, canonical(np.asarray(columns[:, index].T)).astype(map.dtype)


def _by_blocks(
    map: LinearMap, blocks: Blocks, k: int, kind: str, z: complex, vectors: bool, seed: int
) -> tuple[list[Scalar], Array | None]:
    from qvm.spectral.extend import extended

    pairs = blocks.best(k, kind, z, seed, map.note)
    found = [Scalar(pair.value, pair.error, "bound", pair.method) for pair in pairs]
    if not vectors:
        return found, None
    rows = [extended(blocks.X, blocks.label, pair.value, pair.rows, pair.vector()) for pair in pairs]
    return found, field_rows(map, np.array(rows))


def _general(
    map: LinearMap, k: int, kind: str, z: complex, vectors: bool, seed: int
) -> tuple[list[Scalar], Array | None]:
    """A matrix of numbers of which nothing else is known; `seed` is not used."""
    from qvm.spectral.nonnormal import Pairs

    if "pairs" not in map.memo:
        if map.note is not None:
            map.note(f"eigenvalues of a dense matrix, N = {map.N}")
        matrix = working(map)
        map.memo["pairs"] = Pairs(matrix, ENTRY * map.unit * np.abs(matrix))
    pairs: Pairs = map.memo["pairs"]
    index = chosen(pairs.theta, k, kind, z, False)
    bars = [pairs.bar(i) for i in index]
    found = [
        Scalar(plain(pairs.theta[i]), error, "bound", f"dense eigenvalues, {method}")
        for i, (error, method) in zip(index, bars, strict=True)
    ]
    return found, field_rows(map, np.array([pairs.vector(i) for i in index])) if vectors else None


def _unknown(
    map: LinearMap, k: int, kind: str, z: complex, vectors: bool, seed: int
) -> tuple[list[Scalar], Array | None]:
    """Krylov spaces on a map whose entries are not known."""
    from qvm.spectral.ritz import hermitian_pairs, whole

    if map.selfadjoint:
        pairs = hermitian_pairs(map, k, kind, z, seed)
        index = chosen(np.array([pair[0] for pair in pairs]), k, kind, z, True)
        found = [Scalar(pairs[i][0], pairs[i][1], "bound", "Lanczos, residual") for i in index]
        return found, canonical(np.array([pairs[i][2] for i in index])).astype(map.dtype) if vectors else None
    several = whole(map, k, kind, z, seed)
    found = [Scalar(plain(value), error, "bound", method) for value, error, method, _ in several]
    return found, field_rows(map, np.array([pair[3] for pair in several])) if vectors else None


def canonical(rows: Array) -> Array:
    """Unit rows whose entry of largest modulus (the first of them) is positive."""
    lengths = np.sqrt(np.sum(np.abs(rows) ** 2, axis=1, keepdims=True))
    rows = rows / np.where(lengths > 0, lengths, 1.0)
    sizes = np.abs(rows)
    top = rows[np.arange(len(rows)), np.argmax(sizes > 0.999999 * sizes.max(axis=1, keepdims=True), axis=1)]
    phase = np.where(np.abs(top) > 0, top / np.maximum(np.abs(top), 5e-324), 1.0)
    return np.asarray(rows * np.conj(phase)[:, None])


def field_rows(map: LinearMap, rows: Array) -> Array:
    """Vectors as rows of the map's dtype; raises QW0655 for complex ones in a real field, QW0656 for dependent ones."""
    from qvm.spectral.extend import check_apart

    rows = canonical(rows)
    check_apart(rows)
    if map.is_complex:
        return rows.astype(map.dtype)
    if rows.dtype.kind == "c" and np.max(np.abs(rows.imag), initial=0.0) > 1e-8:
        from qvm.spectral.refusals import complex_vectors

        raise complex_vectors()
    return rows.real.astype(map.dtype)
