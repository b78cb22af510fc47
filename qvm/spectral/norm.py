"""Operator norms, two-sided: a vector proves the lower bound, a nonnegative majorant the upper one.

For matrices with entries >= 0, which is most of them here, the Collatz-Wielandt quotients meet
the Ritz values and the interval is sharp at any N.  Where a gap remains, N <= 4096 takes
singular values and their backward error.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> n = operator_norm(from_matrix(np.array([[0.0, 2.0], [0.0, 0.0]])))
>>> bool(abs(n.value - 2.0) <= n.error < 1e-9), n.kind
(True, 'bound')
"""

from __future__ import annotations

import numpy as np

from qvm.spectral.bounds import enclose, norm_bound
from qvm.spectral.dense import UNIT, eigenvalues, entry_error, working
from qvm.spectral.lanczos import norm_estimate, range_estimate
from qvm.spectral.linearmap import DENSE, Array, LinearMap
from qvm.spectral.sums import growth
from qwasm.clock import waited
from qwasm.scalar import Scalar

SHARP = 1e-9  # relative width at which no dense work is done
STEPS = 40  # Krylov steps of the lower bound


def operator_norm(map: LinearMap, *, dense: int = DENSE) -> Scalar:
    """||X||_2 as the middle of an interval that contains it; kind "bound" when both ends are proved.

    The 2-norm is the norm in the weight when the map works in the hilbert picture.  Without an
    enclosure and beyond `dense` the upper end is a Lanczos value with a margin of a tenth, and
    the kind is "statistical".
    """
    box = enclose(map) if dense >= map.N else map.enclosure
    if box is not None and box.diagonal:
        top = float(np.max(np.abs(box.centre)))
        return Scalar(top, 8 * map.unit * top, "bound", "largest diagonal entry")
    upper, proved = norm_bound(map)
    upper *= 1 + 4 * map.unit
    lower = max(0.0, norm_estimate(map, STEPS) - 32 * (map.rounding + 16 * map.unit) * upper)
    if upper - lower > SHARP * upper and dense >= map.N:
        low, high = singular_interval(map)
        lower, upper, proved = max(lower, low), min(upper, high), True
        return _middle(lower, upper, proved, "dense singular values")
    if not proved and map.selfadjoint:
        upper = max(upper, *(abs(end) for end in range_estimate(map)))
    method = "Ritz values and a majorant" if proved else "Ritz values; upper end not proved"
    return _middle(lower, upper, proved, method)


def _middle(lower: float, upper: float, proved: bool, method: str) -> Scalar:
    value = (lower + upper) / 2
    error = (upper - lower) / 2 + 4 * UNIT * upper
    return Scalar(value, error, "bound" if proved else "statistical", method)


def singular_interval(map: LinearMap) -> tuple[float, float]:
    """An interval holding the largest singular value, from LAPACK and its backward error."""
    import scipy.linalg

    if map.selfadjoint:
        values, _, error = eigenvalues(map)
        top = float(np.max(np.abs(values), initial=0.0))
    else:
        matrix = working(map)
        if map.note is not None:
            map.note(f"singular values of a dense matrix, N = {map.N}")
        top = _largest_singular(waited(scipy.linalg.svdvals, matrix))
        error = growth(4 * (map.N + 8), UNIT) * top + entry_error(map, matrix)
    return max(0.0, top - error), top + error


def _largest_singular(values: Array) -> float:
    return float(values[0]) if values.size else 0.0
