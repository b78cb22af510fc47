"""Bounds of norms and spectra from entrywise enclosures: Collatz-Wielandt and Gershgorin.

For a nonnegative matrix M and any positive v, rho(M) <= max (M v)_i / v_i.  With M the
majorant of X this bounds eigenvalues and norms for every v; power steps on v make it sharp.
Without an enclosure a dense matrix is bounded by its row and column sums, and a large map by a
Lanczos value with a margin, which is then marked as not proved.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> X = from_matrix(np.array([[2.0, 1.0], [1.0, 2.0]]), selfadjoint=True)
>>> low, high, proved = interval(X)
>>> round(low, 6), round(high, 6), proved
(1.0, 3.0, True)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.spectral.linearmap import DENSE, Array, Enclosure, LinearMap, Note
from qvm.spectral.smooth import LEAST, Core

Real = NDArray[np.float64]
STEPS = 64  # power steps that sharpen a Collatz-Wielandt quotient, at most
FEW = 16  # of them in a core, whose bound is a little wide in any case
TIGHT = 1024  # the largest N at which eigenvalues are computed to narrow an interval
REACH = 20.0  # |t| (high - low) up to which a wide interval costs few digits
SLACK = 1.0 + 1e-12  # covers the rounding of the quotients themselves


def collatz(
    matrix: Callable[[Real], Real], size: int, damped: bool = True, steps: int = STEPS, note: Note | None = None
) -> float:
    """An upper bound of the spectral radius of a nonnegative matrix applied by `matrix`.

    Damping keeps the vector positive when the matrix swaps two classes of indices; a matrix
    M^T M needs none.  Stops when four steps together gain less than 1e-4, later 1e-3.
    """
    v = np.ones(size)
    best = float("inf")
    past: list[float] = []
    for step in range(steps):
        if note is not None:
            note(f"bounding a norm: step {step + 1} of at most {steps}")
        image = matrix(v)
        best = min(best, float(np.max(image / v)))
        past.append(best)
        stalled = step >= 4 and past[-5] - best < (1e-4 if step < 24 else 1e-3) * best
        if best == 0.0 or not np.isfinite(best) or stalled:
            break
        v = (v + image / best) / 2 if damped else image / best + 1e-9 * v
        v = np.maximum(v / v.max(), 1e-290)
    return best * SLACK


def enclose(map: LinearMap) -> Enclosure | None:
    """The map's enclosure, made from its dense matrix when N <= 4096 and it has none."""
    if map.enclosure is not None:
        return map.enclosure
    if map.N > DENSE:
        return None
    if "enclosure" not in map.memo:
        matrix = map.matrix()
        radius = np.abs(matrix).astype(np.float64)
        np.fill_diagonal(radius, 0.0)
        map.memo["enclosure"] = Enclosure(
            np.diagonal(matrix).copy(), lambda v: radius @ v, lambda v: radius.T @ v, not radius.any(), True
        )
    found: Enclosure = map.memo["enclosure"]
    return found


def norm_bound(map: LinearMap, shift: complex | float = 0.0) -> tuple[float, bool]:
    """(upper bound of ||X - shift I||_2, whether it is proved)."""
    key = f"norm {shift!r}"
    if key not in map.memo:
        map.memo[key] = _norm_bound(map, shift)
    value, proved = map.memo[key]
    return float(value), bool(proved)


def majorant_bound(map: LinearMap, shift: complex | float = 0.0) -> float:
    """An upper bound of || |X - shift I| ||_2, the matrix of magnitudes; enters rounding errors."""
    key = f"majorant {shift!r}"
    if key not in map.memo:
        box = enclose(map)
        map.memo[key] = np.sqrt(map.N) * norm_bound(map, shift)[0] if box is None else _majorant(map, box, shift)
    return float(map.memo[key])


def quick_bound(map: LinearMap, shift: complex | float = 0.0) -> float:
    """A cheap upper bound of || |X - shift I| ||_2: sqrt(norm_1 norm_inf), two applications of the majorant."""
    key = f"quick {shift!r}"
    if key not in map.memo:
        box = enclose(map)
        if box is None:
            return majorant_bound(map, shift)
        diagonal, rows = np.abs(box.centre - shift).astype(np.float64), row_sums(map, box)
        columns = rows if map.selfadjoint else box.transposed(np.ones(map.N))
        map.memo[key] = SLACK * float(np.sqrt((diagonal + rows).max() * (diagonal + columns).max()))
    return float(map.memo[key])


def row_sums(map: LinearMap, box: Enclosure) -> Real:
    """What the radius makes of ones: the row sums of Gershgorin's circles; kept."""
    if "sums" not in map.memo:
        map.memo["sums"] = box.radius(np.ones(map.N))
    found: Real = map.memo["sums"]
    return found


def rounding_size(map: LinearMap) -> float:
    """An upper bound of || |X| ||_2 for rounding errors, from what has been computed already."""
    return float(min(quick_bound(map), map.memo.get("top", np.inf)))


def _majorant(map: LinearMap, box: Enclosure, shift: complex | float) -> float:
    diagonal = np.abs(box.centre - shift).astype(np.float64)
    if box.diagonal:
        return float(diagonal.max()) * SLACK
    forward: Callable[[Real], Real] = lambda v: diagonal * v + box.radius(v)  # noqa: E731
    if map.selfadjoint:
        return collatz(forward, map.N, note=map.note)
    square: Callable[[Real], Real] = lambda v: diagonal * (w := forward(v)) + box.transposed(w)  # noqa: E731
    return float(np.sqrt(collatz(square, map.N, False, note=map.note)))


def _norm_bound(map: LinearMap, shift: complex | float) -> tuple[float, bool]:
    given = np.inf if map.bound is None else map.bound + abs(shift)
    box = enclose(map)
    if box is not None:
        return min(given, _majorant(map, box, shift)), True
    if np.isfinite(given):
        return float(given), True
    from qvm.spectral.lanczos import norm_estimate

    return 1.1 * norm_estimate(map) + abs(shift), False


def interval(map: LinearMap) -> tuple[float, float, bool]:
    """(low, high, proved): an interval holding the spectrum of a self-adjoint map."""
    if "interval" not in map.memo:
        map.memo["interval"] = _interval(map)
    low, high, proved = map.memo["interval"]
    return float(low), float(high), bool(proved)


def interval_for(map: LinearMap, tau: float) -> tuple[float, float, bool]:
    """(low, high, proved): an interval narrow enough that e^{-tau X} keeps its digits.

    Errors are relative to e^{-tau low}, so an interval that is too wide costs digits when tau
    is large.  To N = 1024 it is then narrowed by computed eigenvalues, rounded outwards to a
    grid; beyond, by Lanczos values where the proved ends are far off, and not proved any more.
    """
    box = map.enclosure
    if "interval" not in map.memo and box is not None:
        quick = quick_bound(map)
        if 2 * quick * abs(tau) <= REACH:
            return (*_coarse(map, box), True)
        if map.N >= LEAST:  # steps that narrow an interval cost more here than the terms they spare
            low, high = _coarse(map, box)
            if abs(tau) * (high - low) <= REACH:
                return low, high, True
    low, high, proved = interval(map)
    reach = abs(tau) * (high - low)
    if not reach > REACH or not np.isfinite(reach):
        return low, high, proved
    if map.N <= TIGHT:
        if "tight" not in map.memo:
            map.memo["tight"] = _tight(map, low, high)
        low, high = map.memo["tight"]
        return low, high, True
    from qvm.spectral.lanczos import range_estimate

    near, far = range_estimate(map)
    if abs(tau) * max(near - low, high - far) <= REACH / 2:
        return low, high, proved
    return max(low, near), min(high, far), False


def _coarse(map: LinearMap, box: Enclosure) -> tuple[float, float]:
    """Gershgorin's interval, in one application."""
    if "coarse" not in map.memo:
        centre = box.centre.real.astype(np.float64)
        radius: Callable[[Real], Real] | None = None if box.diagonal else lambda _: row_sums(map, box)  # of ones
        map.memo["coarse"] = numerical_range(map.N, centre, radius, 1, map.note)
    low, high = map.memo["coarse"]
    return float(low), float(high)


def _tight(map: LinearMap, low: float, high: float) -> tuple[float, float]:
    matrix = map.matrix()
    values = np.linalg.eigvalsh((matrix + matrix.conj().T) / 2)
    size = max(abs(low), abs(high))
    error = map.N * 1.2e-16 * size + 16 * map.unit * size
    grid = (high - low) / 1024
    below = np.floor((float(values[0]) - error - low) / grid - 0.5)
    above = np.floor((high - float(values[-1]) - error) / grid - 0.5)
    return low + grid * max(0.0, float(below)), high - grid * max(0.0, float(above))


def _interval(map: LinearMap) -> tuple[float, float, bool]:
    box = enclose(map)
    if box is None:
        if map.bound is None:
            from qvm.spectral.lanczos import range_estimate

            return (*range_estimate(map), False)
        return -map.bound, map.bound, True
    centre = box.centre.real.astype(np.float64)
    core = box.core() if box.core is not None and not box.diagonal and map.N >= LEAST else None
    low, high = numerical_range(map.N, centre, None if box.diagonal else box.radius, note=map.note, core=core)
    map.memo["top"] = high + 2 * max(0.0, -float(centre.min()))  # |X| <= X' + 2 max(-diagonal, 0)
    if map.bound is not None:
        low, high = max(low, -map.bound), min(high, map.bound)
    return low, high, True


def numerical_range(
    size: int,
    centre: Real,
    radius: Callable[[Real], Real] | None,
    steps: int = STEPS,
    note: Note | None = None,
    core: Core | None = None,
) -> tuple[float, float]:
    """An interval holding the eigenvalues of diag(centre) + R, R self-adjoint with |R| <= radius.

    With a core the power steps are taken there alone.
    """
    bottom, top = float(centre.min()), float(centre.max())
    if radius is not None:
        spread = top - bottom
        if core is None:
            up = collatz(lambda v: (centre - bottom) * v + radius(v), size, steps=steps, note=note)
            down = collatz(lambda v: (top - centre) * v + radius(v), size, steps=steps, note=note)
        else:
            up = down = 0.0
            for part in core.classes(centre):
                up = max(up, _radius(part.matrix, part.largest - bottom, up, note))
                down = max(down, _radius(part.matrix, top - part.least, down, note))
            sums = radius(np.ones(size))  # Gershgorin's rows are sometimes nearer
            up = min(up, SLACK * float(np.max(centre - bottom + sums)))
            down = min(down, SLACK * float(np.max(top - centre + sums)))
        bottom, top = top - down, bottom + up
        bottom, top = bottom - 1e-15 * spread, top + 1e-15 * spread
    slack = 4e-16 * (abs(bottom) + abs(top))
    return bottom - slack, top + slack


def _radius(matrix: Any, diagonal: Real, reached: float, note: Note | None) -> float:
    """A bound of the radius of diag(diagonal) + matrix, or `reached` where one step shows that it is no larger."""
    quick = float(np.max(diagonal + matrix.sum(axis=1)))
    return reached if quick <= reached else collatz(lambda v: diagonal * v + matrix @ v, len(diagonal), True, FEW, note)


def decay(map: LinearMap, direction: complex) -> float:
    """omega with ||e^{s direction X}||_2 <= e^{omega s} for s >= 0, abs(direction) = 1 (logarithmic norm)."""
    if map.selfadjoint:
        low, high, _ = interval(map)
        return max(direction.real * low, direction.real * high)
    key = f"decay {direction!r}"
    if key not in map.memo:
        box = enclose(map)
        if box is None:
            map.memo[key] = norm_bound(map)[0]
        else:
            centre = (direction * box.centre).real.astype(np.float64)
            both: Callable[[Real], Real] = lambda v: (box.radius(v) + box.transposed(v)) / 2  # noqa: E731
            map.memo[key] = numerical_range(map.N, centre, None if box.diagonal else both, note=map.note)[1]
    return float(map.memo[key])


def centre_of(map: LinearMap) -> complex | float:
    """A shift that makes X - c I small: the middle of the diagonal, 0 when it is not known."""
    box = enclose(map)
    if box is None:
        return 0.0
    middle = (float(box.centre.real.min()) + float(box.centre.real.max())) / 2
    if not map.is_complex:
        return middle
    return complex(middle, (float(box.centre.imag.min()) + float(box.centre.imag.max())) / 2)


def magnitude(matrix: Array) -> float:
    """An upper bound of the 2-norm of a dense matrix: the smaller of Frobenius and sqrt(norm_1 norm_inf)."""
    size = np.abs(matrix).astype(np.float64)
    with np.errstate(over="ignore"):
        mixed = np.sqrt(float(size.sum(axis=0).max(initial=0.0)) * float(size.sum(axis=1).max(initial=0.0)))
        return float(min(np.sqrt(np.sum(size * size)), mixed)) * SLACK
