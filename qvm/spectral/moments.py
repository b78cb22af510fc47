"""Chebyshev moments: u^H T_k(X~) z for all k at once, so one set of sweeps serves every time t.

With X~ = (X - c) / h on [-1, 1], u^H e^{-tX} z is a sum of moments with Bessel coefficients.
When u = z, 2 T_j T_k = T_{j+k} + T_{|j-k|} gives two moments for every sweep.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> X = from_matrix(np.diag([-1.0, 1.0]), True)
>>> np.round(moments(X, np.array([[1.0, 0.0]]), [], 3, 0.0, 1.0)[0], 12).tolist()
[[1.0, -1.0, 1.0, -1.0]]
"""

from __future__ import annotations

import numpy as np

from qvm.spectral.bessel import degree_for, modified_tail, real_coefficients
from qvm.spectral.bounds import interval_for
from qvm.spectral.chebyshev import step_rounding
from qvm.spectral.linearmap import Array, LinearMap
from qvm.spectral.refusals import overflow
from qvm.spectral.sums import dot

TAIL = 1e-16  # of the scaled coefficients, cut off at the end of a series


def degree_of(map: LinearMap, times: list[float]) -> int:
    """The degree that serves every time: tails below 1e-16 of the largest possible result."""
    low, high, _ = interval_for(map, max(abs(t) for t in times))
    return max(degree_for(modified_tail, abs(t) * (high - low) / 2, TAIL, 1 << 26) for t in times)


def moments(map: LinearMap, z: Array, others: list[Array], degree: int, centre: float, half: float) -> list[Array]:
    """[z^H T_k z, then u^H T_k z for each u], each (rows, degree + 1).

    Sums run in the fixed order.  With no `others` only half as many sweeps are made.
    """
    result = [
        np.zeros((z.shape[0], degree + 1), np.complex128 if map.is_complex else np.float64)
        for _ in range(1 + len(others))
    ]
    apply = map.shifted(centre)
    scale = 1.0 / half if half else 0.0
    before, here = z, z
    whole = dot(z, z)
    for k in range(degree + 1):
        if map.note is not None and k:
            map.note(f"Chebyshev moments: {k} of {degree if others else (degree + 1) // 2}")
        if k == 1:
            here = apply(z) * scale
        elif k > 1:
            step = apply(here)
            step *= 2 * scale
            step -= before
            before, here = here, step
        if not others:
            _double(result[0], k, degree, dot(here, here), dot(here, before), whole)
            if 2 * k >= degree:
                break
            continue
        for row, left in zip(result, [z, *others], strict=True):
            row[:, k] = dot(left, here)
    return result


def _double(row: Array, k: int, degree: int, square: Array, cross: Array, whole: Array) -> None:
    """Moments 2k - 1 and 2k from T_k z and T_{k-1} z."""
    if k == 0:
        row[:, 0] = whole
        return
    if k == 1:
        row[:, 1] = cross
    else:
        row[:, 2 * k - 1] = 2 * cross - row[:, 1]
    if 2 * k <= degree:
        row[:, 2 * k] = 2 * square - whole


def heat_values(map: LinearMap, z: Array, others: list[Array], times: list[float]) -> tuple[Array, Array]:
    """(u^H e^{-tX} z with shape (1 + len(others), times, rows), error bounds of shape (1 + len(others), times)).

    The error bounds hold for every row and are proportional to ||u|| ||z||.  Raises QW0650 on overflow.
    """
    low, high, _ = interval_for(map, max(abs(t) for t in times))
    centre, half = (low + high) / 2, (high - low) / 2
    degree = degree_of(map, times)
    rows = moments(map, z, others, degree, centre, half)
    delta = step_rounding(map, centre, half) + 64 * map.unit
    lengths = [np.sqrt(np.abs(dot(u, u)).max() * np.abs(dot(z, z)).max()) for u in [z, *others]]
    values = np.zeros((len(rows), len(times), z.shape[0]), rows[0].dtype)
    errors = np.zeros((len(rows), len(times)))
    index = np.arange(degree + 1.0)
    for j, t in enumerate(times):
        coefficients = real_coefficients(abs(t) * half, degree)
        signs = np.where(np.arange(degree + 1) % 2, -1.0 if t > 0 else 1.0, 1.0)
        with np.errstate(over="ignore"):
            scale = float(np.exp(np.float64(-t * centre + abs(t) * half)))
        if not np.isfinite(scale):
            raise overflow(-t * centre + abs(t) * half)
        rounded = delta * float(np.sum(coefficients * (index + 1) * (index + 2)))
        tail = (
            modified_tail(abs(t) * half, degree)
            + rounded
            + 8 * degree * map.unit
            + abs(t) * map.unit * (4 * abs(centre) + 4 * half)
        )
        for i, row in enumerate(rows):
            values[i, j] = scale * (row * (coefficients * signs)).sum(axis=-1)
            errors[i, j] = scale * lengths[i] * tail
    return values, errors
