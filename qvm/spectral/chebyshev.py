"""The Chebyshev exponential: e^{-zX} y for a self-adjoint X by a three-term recurrence.

The spectrum lies in [low, high], so T_k of the scaled map has norm at most 1 and a truncated
series is off by at most the tail of its coefficients, whatever y is.  The tail is compared with
the norm of the sum itself, so the error is relative to the result; rounding errors of the
recurrence, which grow like k^2, are added to the bound.  (Tal-Ezer and Kosloff, 1984.)

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> y, error = chebyshev(from_matrix(np.diag([0.0, 1.0]), True), np.ones(2), 1.0, 1e-13)
>>> bool(abs(y[1] - np.exp(-1)) <= error < 1e-12)
True
"""

from __future__ import annotations

from math import exp

import numpy as np

from qvm.spectral.bessel import (
    degree_for,
    imaginary_coefficients,
    modified_tail,
    ordinary_tail,
    real_coefficients,
)
from qvm.spectral.bounds import interval_for, rounding_size
from qvm.spectral.linearmap import Array, LinearMap, Rows
from qvm.spectral.refusals import lost_digits, outside, overflow, too_many_sweeps
from qvm.spectral.sums import dot, norm, norms

FLOOR = 1e-19  # a tail below this is less than rounding
TERMS = 4  # between two looks at how near the series has come
STAGE = 100.0  # |z| (high - low) / 2 of one unitary stage: keeps k^2 u small


def chebyshev(map: LinearMap, y: Array, z: complex, tol: float, sweeps: int = 200_000) -> tuple[Array, float]:
    """(e^{-zX} y, error bound in the 2-norm); rows of a block at once, the bound is for the worst row.

    Raises QW0480 when more than `sweeps` applications of X are needed, QW0650 on overflow and
    QW0651 when rounding leaves no proved digit.
    """
    z = complex(z)
    low, high, proved = interval_for(map, z.real)
    error = 0.0
    if z.real != 0.0:
        y, error = _stage(map, y, z.real, low, high, tol / 2 if z.imag else tol, sweeps, True, proved)
    if z.imag != 0.0:
        half = abs(z.imag) * (high - low) / 2
        stages = max(1, int(np.ceil(half / STAGE)))
        if stages * degree_for(ordinary_tail, half / stages, tol, 1 << 20) > sweeps:
            raise too_many_sweeps(map.N, stages * int(STAGE), sweeps)
        for _ in range(stages):
            y, more = _stage(map, y, z.imag / stages, low, high, tol / 2 / stages, sweeps, False, proved)
            error += more
    return y, error


def step_rounding(map: LinearMap, centre: float, half: float) -> float:
    """The relative rounding error of one step of the recurrence 2 (X - c) / h t_k - t_{k-1}."""
    size = (rounding_size(map) + abs(centre)) / half if half else 0.0
    return 2.0 * (map.rounding + 4 * map.unit) * size + 3.0 * map.unit


def _stage(
    map: LinearMap, y: Array, tau: float, low: float, high: float, tol: float, sweeps: int, real: bool, proved: bool
) -> tuple[Array, float]:
    """e^{-tau X} y or e^{-i tau X} y for real tau."""
    centre, half = (low + high) / 2, (high - low) / 2
    z = abs(tau) * half
    tail = modified_tail if real else ordinary_tail
    top = degree_for(tail, z, FLOOR, 1 << 26)
    if top > sweeps:
        raise too_many_sweeps(map.N, top, sweeps)
    coefficients = (real_coefficients if real else imaginary_coefficients)(z, top)
    sign = -1.0 if tau > 0 else 1.0
    size = norm(y)
    delta = step_rounding(map, centre, half)
    if proved and map.polynomial is not None and (real or y.dtype.kind == "c"):
        floor = _floor(map, y, z, tau, centre, half) if real else 1.0
        terms = min(degree_for(tail, z, max(tol / 2 * floor, FLOOR), top), top)
        rows = _rows(coefficients, 1, terms, half, sign, real)
        whole = map.polynomial(y, centre, coefficients[0], rows) if rows else None
        if whole is not None:
            error = size * _error(map, coefficients, len(rows), tail(z, len(rows)), delta)
            return _finish(map, whole, error, tau, centre, half, real)
    total = np.asarray(coefficients[0] * y)
    if not real and total.dtype.kind != "c":
        total = total.astype(np.complex128)
    before, here = y, y
    steps = map.steps or (lambda *_: None)
    used = 0
    while used < top and tail(z, used) * size > tol / 2 * norm(total):
        if map.note is not None:
            map.note(f"Chebyshev series: term {used + 1} of at most {top}")
        rows = _rows(coefficients, used + 1, min(used + TERMS, top), half, sign, real)
        before, here = steps(before, here, total, centre, rows) or _steps(map, before, here, total, centre, rows)
        used += len(rows)
        if not proved and used % (2 * TERMS) == 0 and norm(here) > 1.001 * size:
            raise outside(low, high)
    error = size * _error(map, coefficients, used, tail(z, used), delta)
    return _finish(map, total, error, tau, centre, half, real)


def _rows(coefficients: Array, first: int, last: int, half: float, sign: float, real: bool) -> Rows:
    """The steps of the terms first..last of the series."""
    return [
        ((1.0 if k == 1 else 2.0) / half, 0.0 if k == 1 else -1.0, _phase(sign, k, real) * coefficients[k])
        for k in range(first, last + 1)
    ]


def _error(map: LinearMap, coefficients: Array, used: int, tail: float, delta: float) -> float:
    """What so many terms are off by, for a vector of norm 1: the tail, and what rounding adds up to."""
    sizes, k = np.abs(coefficients[: used + 1]), np.arange(used + 1)
    spent = float(np.sum(sizes * k * (k + 1) / 2))
    return float(tail + delta * spent + (used + 4) * 4 * map.unit * float(np.sum(sizes)))


def _floor(map: LinearMap, y: Array, z: float, tau: float, centre: float, half: float) -> float:
    """A lower bound of the norm of the sum, for y of norm 1, before it is computed.

    By Jensen ||e^{-tau X} y|| >= e^{-tau rho} ||y|| with rho = (y, X y) / (y, y).
    """
    size = norms(y)
    size[size == 0] = 1.0
    mean = (dot(y, map.apply(y)).real / size / size - centre) / half
    worst = float(np.max(mean if tau > 0 else -mean))
    return exp(-z * (1.0 + min(1.0, worst) + 1e-9))


def _steps(map: LinearMap, before: Array, here: Array, total: Array, shift: float, rows: Rows) -> tuple[Array, Array]:
    """The steps of `LinearMap.steps`, one operation after the other."""
    apply = map.shifted(shift)
    for al, be, ga in rows:
        step = apply(here) * al
        before, here = here, (step if be == 0.0 else step + be * before)
        total += ga * here
    return before, here


def _phase(sign: float, k: int, real: bool) -> complex | float:
    if real:
        return sign if k % 2 else 1.0
    return (1, 1j, -1, -1j)[k % 4] if sign > 0 else (1, -1j, -1, 1j)[k % 4]


def _finish(
    map: LinearMap, total: Array, error: float, tau: float, centre: float, half: float, real: bool
) -> tuple[Array, float]:
    """Put back the factor e^{-tau c + |tau| h} (or the phase e^{-i tau c}) and check the result."""
    exponent = -tau * centre + abs(tau) * half
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if real:
            factor = np.exp(np.float64(exponent / 2))
            result = total  # nobody else's
            result *= factor
            result *= factor
            error = float(error * factor * factor)
            turned = abs(tau * centre) + abs(tau) * half
        else:
            result = total * np.exp(-1j * tau * centre)
            turned = abs(tau * centre)
    size = norm(result)
    if not np.isfinite(size):
        raise overflow(exponent)
    error += (4 + 2 * turned) * map.unit * size
    if error > size or not np.isfinite(error):
        raise lost_digits(error, size)
    return result.astype(map.dtype, copy=False), error


def diagonal_exponential(centre: Array, y: Array, z: complex | float, unit: float) -> tuple[Array, float]:
    """e^{-zX} y for the diagonal map X = diag(centre), entry by entry."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        result = np.where(y == 0, 0, np.exp(-z * centre) * y).astype(y.dtype, copy=False)
    if not np.all(np.isfinite(result)):
        raise overflow(float(np.max((-z * centre).real)))
    turned = float(np.max(np.abs(z * centre), initial=0.0))
    return result, min(4 + 2 * turned, exp(30)) * unit * norm(result) + 5e-324 * result.size
