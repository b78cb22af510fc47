"""Traces: Tr X, Tr e^{-tX}, Tr(Y e^{-tX}) and their ratios, each with a true error bar.

A diagonal is summed at any N; to N = 4096 the matrix is exact to rounding (kind "bound");
beyond, an exact head and a sampled tail give a 95 % bar (kind "statistical").

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> X = from_matrix(np.array([[1.0, 0.5], [0.5, 1.0]]), selfadjoint=True)
>>> [heat] = heat_trace(X, [1.0])
>>> heat.kind, bool(abs(heat.value - np.exp(-0.5) - np.exp(-1.5)) <= heat.error < 1e-13)
('bound', True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qvm.spectral.bounds import enclose
from qvm.spectral.dense import UNIT, balanced, eigenvalues, entry_error, squared_exponential, working
from qvm.spectral.estimate import HEAD, Samples, sample
from qvm.spectral.linearmap import DENSE, Array, LinearMap
from qvm.spectral.refusals import overflow
from qvm.spectral.statistics import quotient_bar, ratio_bar
from qvm.spectral.sums import growth, tree_sum
from qwasm.limits import DEFAULT, Limits
from qwasm.scalar import Scalar


def trace(
    map: LinearMap,
    *,
    probes: int | None = None,
    tol: float | None = None,
    exact: bool = False,
    seed: int = 0,
    dense: int = DENSE,
    limits: Limits = DEFAULT,
) -> Scalar:
    """Tr X: the sum of the diagonal when it is known or N <= `dense`, else an estimate.

    `exact` computes every diagonal entry, whatever N; raises QW0481 past the work limit.
    """
    box = map.enclosure
    if box is not None and box.whole:
        return _diagonal_sum(map, box.centre)
    if dense >= map.N:
        return _diagonal_sum(map, np.diagonal(map.matrix()))
    found = sample(map, None, None, probes=probes, tol=tol, head=map.N if exact else HEAD, seed=seed, limits=limits)
    return _scalar(map, *found.bar(0, 0), found, seed, tol)


def _diagonal_sum(map: LinearMap, diagonal: Array) -> Scalar:
    total = complex(tree_sum(diagonal))
    error = (8 * map.unit + 64 * UNIT) * float(tree_sum(np.abs(diagonal)))
    return Scalar(total if map.is_complex else total.real, error, "bound", "sum of the diagonal")


def heat_trace(
    map: LinearMap,
    ts: Sequence[float],
    *,
    tol: float | None = None,
    probes: int | None = None,
    exact: bool = False,
    insert: LinearMap | None = None,
    ratio: bool = False,
    seed: int = 0,
    dense: int = DENSE,
    limits: Limits = DEFAULT,
) -> list[Scalar]:
    """Tr e^{-tX} for each t, from the same probes; with `insert` Tr(Y e^{-tX}), with `ratio` over Tr e^{-tX}.

    X and Y act in the same picture.  `tol` is relative to the value: probes are added until the
    bar meets it, and `method` says so when it could not be met.  Raises QW0481 past the work
    limit, QW0650 on overflow, QW0654 for a ratio whose denominator may be 0.
    """
    times = [float(t) for t in ts]
    if not all(np.isfinite(times)):
        raise overflow(float("inf"))
    box = enclose(map) if dense >= map.N else map.enclosure
    if box is not None and box.diagonal and _diagonal_of(insert) is not None:
        return [_diagonal_heat(map, box.centre, t, _diagonal_of(insert), insert is not None, ratio) for t in times]
    if dense >= map.N:
        return [_dense_heat(map, t, insert, ratio) for t in times]
    found = sample(map, times, insert, probes=probes, tol=tol, head=map.N if exact else HEAD, seed=seed, limits=limits)
    return [_reported(map, found, j, insert is not None, ratio, seed, tol) for j in range(len(times))]


def _diagonal_of(insert: LinearMap | None) -> Array | None:
    if insert is None:
        return np.ones(1)
    box = insert.enclosure
    return box.centre if box is not None and box.whole else None


def _diagonal_heat(
    map: LinearMap, centre: Array, t: float, weights: Array | None, inserted: bool, ratio: bool
) -> Scalar:
    """sum y(n) e^{-t d(n)}, entry by entry."""
    with np.errstate(over="ignore", under="ignore"):
        terms = np.exp(-t * centre.astype(np.complex128 if map.is_complex else np.float64))
    if not np.all(np.isfinite(terms)):
        raise overflow(float(np.max((-t * centre).real)))
    slack = (8 * UNIT + 8 * map.unit) * (1 + np.abs(t * centre)) + 64 * UNIT
    weighted = terms * weights
    plain = complex(tree_sum(terms)), float(tree_sum(np.abs(terms) * slack))
    value = complex(tree_sum(weighted)), float(tree_sum(np.abs(weighted) * slack))
    return _quotient(map, value if inserted else plain, plain, ratio, "sum over the diagonal")


def _dense_heat(map: LinearMap, t: float, insert: LinearMap | None, ratio: bool) -> Scalar:
    if map.selfadjoint:
        plain = _eigen_heat(map, t, None)
        value = plain if insert is None else _eigen_heat(map, t, insert)
        return _quotient(map, value, plain, ratio, "dense eigenvalues")
    matrix = working(map)
    scaled, d = balanced(matrix)
    F, error = squared_exponential(-t * scaled, abs(t) * entry_error(map, scaled), map.note)
    diagonal = np.diagonal(F)
    plain = complex(tree_sum(diagonal)), float(np.sqrt(map.N)) * error + 64 * UNIT * float(tree_sum(np.abs(diagonal)))
    value = plain
    if insert is not None:
        Y = working(insert) * (d[None, :] / d[:, None])
        terms = tree_sum(Y * F.T)
        size = float(np.linalg.norm(Y))
        value = (
            complex(tree_sum(terms)),
            size * error
            + 128 * UNIT * size * float(np.linalg.norm(F))
            + entry_error(insert, Y) * float(np.sqrt(map.N) * np.linalg.norm(F)),
        )
    return _quotient(map, value, plain, ratio, "dense exponential")


def _eigen_heat(map: LinearMap, t: float, insert: LinearMap | None) -> tuple[complex, float]:
    """sum_i y_i e^{-t lambda_i} with y the diagonal of Y in the eigenbasis, and its bound."""
    values, columns, error = eigenvalues(map, vectors=insert is not None)
    with np.errstate(over="ignore", under="ignore"):
        terms = np.exp(-t * values)
    if not np.all(np.isfinite(terms)):
        raise overflow(float(np.max(-t * values)))
    slack = float(np.expm1(min(700.0, abs(t) * error))) + 8 * UNIT
    rounded = (64 + 4 * np.abs(t * values)) * UNIT
    if insert is None or columns is None:
        return complex(tree_sum(terms)), float(tree_sum(terms * (slack + rounded)))
    Y = working(insert)
    key = f"diagonal {id(map)}"
    if key not in insert.memo:
        insert.memo[key] = (map, np.sum(columns.conj() * (Y @ columns), axis=0))
    diagonal = insert.memo[key][1]
    size = float(np.linalg.norm(Y))
    loose = slack + 8 * growth(4 * (map.N + 8), UNIT) + 8 * insert.unit + float(np.max(rounded))
    return complex(tree_sum(diagonal * terms)), size * float(np.linalg.norm(terms)) * loose + size * float(
        np.sqrt(map.N)
    ) * float(terms.max()) * slack


def _quotient(
    map: LinearMap, value: tuple[complex, float], plain: tuple[complex, float], ratio: bool, method: str
) -> Scalar:
    number, error = quotient_bar(*value, *plain) if ratio else value
    return Scalar(number if map.is_complex else number.real, error, "bound", method)


def _reported(
    map: LinearMap, found: Samples, j: int, inserted: bool, ratio: bool, seed: int, tol: float | None
) -> Scalar:
    top = 1 if inserted else 0
    if not ratio:
        return _scalar(map, *found.bar(top, j), found, seed, tol)
    if found.probes == 0 or map.is_complex:
        return _scalar(map, *quotient_bar(*found.bar(top, j), *found.bar(0, j)), found, seed, tol)
    heads = found.head[top, j].real, found.head[0, j].real
    value, half = ratio_bar(found.tail[top, j].real, found.tail[0, j].real, float(heads[0]), float(heads[1]))
    size = abs(found.bar(0, j)[0])
    proved = (found.errors[top, j] + abs(value) * found.errors[0, j]) / max(size - found.errors[0, j], 5e-324)
    return _scalar(map, value, half + float(proved), found, seed, tol)


def _scalar(map: LinearMap, value: complex, error: float, found: Samples, seed: int, tol: float | None) -> Scalar:
    number = complex(value) if map.is_complex else complex(value).real
    if found.probes == 0:
        return Scalar(number, error, "bound", "every diagonal entry")
    method = f"exact head of {HEAD} and {found.probes} probes, seed {seed}"
    if tol is not None and error > tol * abs(value):
        method += f"; the tolerance {tol:g} was not met"
    return Scalar(number, error, "statistical", method)
