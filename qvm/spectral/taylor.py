"""The Taylor exponential: e^{-zX} y for any X, in steps short enough to lose no digits.

A step s with |s| ||X - c I|| <= 2 sums the series until the next terms, bounded by the last one
and the norm, no longer matter.  Errors of earlier steps are carried forward by e^{omega s}, with
omega the logarithmic norm.  (After Al-Mohy and Higham, 2011; the remainder here is bounded by
norms, not estimated.)

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> y, error = taylor(from_matrix(np.array([[0.0, 1.0], [0.0, 0.0]])), np.array([0.0, 1.0]), 1.0, 1e-13)
>>> bool(abs(y[0] + 1.0) <= error < 1e-12)
True
"""

from __future__ import annotations

from math import ceil

import numpy as np

from qvm.spectral.bounds import centre_of, decay, majorant_bound, norm_bound, quick_bound
from qvm.spectral.linearmap import Array, LinearMap
from qvm.spectral.refusals import overflow, too_many_sweeps
from qvm.spectral.sums import norm

STEP = 2.0  # |s| ||X - c I|| of one step
TERMS = 60  # terms of one step; 2^60 / 60! is far below any unit roundoff


def taylor(map: LinearMap, y: Array, z: complex, tol: float, sweeps: int = 200_000) -> tuple[Array, float]:
    """(e^{-zX} y, error bound in the 2-norm) for any linear map; rows of a block at once.

    The bound may be much larger than the error when X is far from normal.  Raises QW0480 when
    more than `sweeps` applications are needed and QW0650 on overflow.
    """
    z = complex(z)
    centre = centre_of(map)
    reach = majorant = abs(z) * quick_bound(map, centre)
    omega = reach - (z * centre).real
    if reach > 2 * STEP:
        reach, majorant = abs(z) * norm_bound(map, centre)[0], abs(z) * majorant_bound(map, centre)
        omega = abs(z) * decay(map, -z / abs(z))
    steps = max(1, ceil(min(reach / STEP, 1e15)))
    if steps * 12 > sweeps:
        raise too_many_sweeps(map.N, steps * 24, sweeps)
    rho = reach / steps
    rounding = majorant / steps * (map.rounding + 4 * map.unit)
    scale = -z / steps if map.is_complex else -z.real / steps
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        factor = np.exp(scale * centre)
        carried = float(np.exp(omega / steps))
        error = 0.0
        for index in range(steps):
            if map.note is not None:
                map.note(f"Taylor series: step {index + 1} of {steps}")
            y, local = _step(map, y, scale, centre, rho, rounding, tol / steps)
            y = y * factor
            local = local * abs(factor) + (2 + 2 * abs(scale * centre)) * map.unit * norm(y)
            error = error * carried + local
            if not np.isfinite(norm(y)):
                raise overflow(abs(z) * norm_bound(map)[0])
    return y.astype(map.dtype, copy=False), float(error)


def _step(
    map: LinearMap, y: Array, scale: complex | float, centre: complex | float, rho: float, rounding: float, tol: float
) -> tuple[Array, float]:
    """One step e^{scale (X - c)} y and its error: remainder plus rounding of terms and sums."""
    apply = map.shifted(centre)
    total, term = y, y
    size = norm(y)
    term_error = sum_error = 0.0
    for k in range(1, TERMS + 1):
        if map.note is not None and k > 1:
            map.note(f"Taylor series: term {k}")
        term = apply(term) * (scale / k)
        term_error = term_error * rho / k + rounding / k * size + 2 * map.unit * size * rho / k
        size = norm(term)
        total = total + term
        whole = norm(total)
        sum_error += term_error + map.unit * whole
        left = size * (rho / (k + 1)) / (1 - rho / (k + 2)) if rho < k + 2 else np.inf
        if left <= max(tol, map.unit / 4) * whole / 4 or size == 0.0 or not np.isfinite(size):
            break
    return total, float(sum_error + left)
