"""Trace estimates: an exact head and a sampled tail.

The first 64 diagonal entries of Y e^{-tX}, where primes put nearly all of the variance, are
computed one by one; the rest is E[z^H Y e^{-tX} z] over random signs z on n > 64 (Hutchinson).
The bar is Student's t over probes plus every proved error of the series.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> sums = sample(from_matrix(np.diag(np.arange(1.0, 101.0)), True), [0.01], None, probes=4)
>>> sums.tail.shape, bool(sums.bar(0, 0)[1] < 1e-9)
((1, 1, 4), True)
"""

from __future__ import annotations

import numpy as np

from qvm.spectral.exponential import expm
from qvm.spectral.linearmap import Array, LinearMap
from qvm.spectral.moments import degree_of, heat_values
from qvm.spectral.probes import rademacher
from qvm.spectral.refusals import too_much_work
from qvm.spectral.statistics import mean_bar
from qvm.spectral.sums import dot
from qwasm.limits import DEFAULT, Limits
from qwasm.record import record

HEAD = 64  # entries computed one by one
PROBES = 32  # when neither probes nor tol is given
MOST = 1 << 14  # probes that a tolerance may ask for
ROUND = 16  # probes added at a time
CACHE = 1 << 17  # entries of a block of probes: what stays near the processor


@record
class Samples:
    """head[i, j] exact parts, tail[i, j, probe] samples, errors[i, j] proved; i: kinds of sum, j: times."""

    head: Array
    tail: Array
    errors: Array

    @property
    def probes(self) -> int:
        return int(self.tail.shape[-1])

    def bar(self, i: int, j: int) -> tuple[complex, float]:
        """(estimate, 95 % half-width plus proved errors) of one sum."""
        if self.probes == 0:
            return complex(self.head[i, j]), float(self.errors[i, j])
        mean, half = mean_bar(self.tail[i, j])
        return complex(self.head[i, j]) + mean, half + float(self.errors[i, j])


def sample(
    map: LinearMap,
    times: list[float] | None,
    insert: LinearMap | None,
    *,
    probes: int | None = None,
    tol: float | None = None,
    head: int = HEAD,
    seed: int = 0,
    limits: Limits = DEFAULT,
) -> Samples:
    """Samples of Tr e^{-tX} (i = 0) and, with `insert`, of Tr(Y e^{-tX}) (i = 1); times None means Tr X.

    With `tol` probes are added until every relative bar meets it, at most `probes` or what the
    work limit allows.  The same seed gives the same samples.  Raises QW0481 when even the least
    number of probes is over the work limit.
    """
    head = min(head, map.N)
    if head * map.N > limits.work:
        raise too_much_work("the trace", head * map.N, limits.work)
    sweeps = _sweeps(map, times, insert)
    allowed = limits.work // max(1, sweeps * map.N) - head
    need = 0 if head == map.N else 2
    if allowed < need:
        raise too_much_work("the trace", (head + need) * sweeps * map.N, limits.work)
    total, errors = _head(map, times, insert, head)
    if head == map.N:
        return Samples(total, np.zeros((*total.shape, 0)), errors)
    goal = max(2, min(allowed, probes if probes is not None else (PROBES if tol is None else MOST)))
    parts: list[Array] = []
    made = 0
    worst = np.zeros_like(errors)
    while made < goal:
        if map.note is not None:
            map.note(f"trace: probe {made + 1} of at most {goal}")
        count = min(goal - made, ROUND if tol is not None else goal)
        block = max(1, min(count, CACHE // map.N))
        z = np.zeros((block, map.N), map.dtype)
        for row in range(block):
            z[row, head:] = rademacher(seed, made + row, map.N - head, head + 1)
        values, more = forms(map, z, times, insert)
        parts.append(values)
        worst = np.maximum(worst, more)
        made += block
        found = Samples(total, np.concatenate(parts, axis=-1), errors + worst)
        if tol is not None and made >= min(ROUND, goal) and made % ROUND in (0, made) and _meets(found, tol):
            break
    return found


def _meets(found: Samples, tol: float) -> bool:
    for i in range(found.head.shape[0]):
        for j in range(found.head.shape[1]):
            value, bar = found.bar(i, j)
            if bar > tol * abs(value):
                return False
    return True


def _sweeps(map: LinearMap, times: list[float] | None, insert: LinearMap | None) -> int:
    """Applications of X for one vector."""
    if times is None:
        return 1
    if map.selfadjoint:
        degree = degree_of(map, times)
        return degree + 1 if insert is not None else degree // 2 + 1
    from qvm.spectral.bounds import centre_of, norm_bound

    span = max(0.0, *times) - min(0.0, *times)
    return 24 * (1 + int(min(1e15, span * norm_bound(map, centre_of(map))[0] / 2)))


def _head(map: LinearMap, times: list[float] | None, insert: LinearMap | None, head: int) -> tuple[Array, Array]:
    """The sum of the first `head` diagonal entries and its proved error."""
    shape = (1 if insert is None else 2, 1 if times is None else len(times))
    total = np.zeros(shape, np.complex128)
    errors = np.zeros(shape)
    block = max(1, min(head, CACHE // map.N))
    for start in range(0, head, block):
        if map.note is not None:
            map.note(f"trace: diagonal entry {start + 1} of {head}")
        stop = min(start + block, head)
        z = np.zeros((stop - start, map.N), map.dtype)
        z[np.arange(stop - start), np.arange(start, stop)] = 1
        values, more = forms(map, z, times, insert)
        total += values.sum(axis=-1)
        errors += more * (stop - start)
    return total, errors + 16 * 2.0**-53 * np.abs(total)


def forms(map: LinearMap, z: Array, times: list[float] | None, insert: LinearMap | None) -> tuple[Array, Array]:
    """z^H e^{-tX} z, and z^H Y e^{-tX} z: values (sums, times, rows) and error bounds (sums, times)."""
    from qvm.spectral.bounds import majorant_bound

    if times is None:
        size = float(np.abs(dot(z, z)).max())
        bound = (map.rounding + 64 * map.unit) * majorant_bound(map) * size
        return dot(z, map.apply(z)).reshape(1, 1, -1), np.array([[bound]])
    if map.selfadjoint and (insert is None or insert.adjoint is not None):
        others = [] if insert is None or insert.adjoint is None else [insert.adjoint(z)]
        return heat_values(map, z, others, times)
    rows, errors = [], []
    for y, error in _trajectory(map, z, times):
        lefts = [y] if insert is None else [y, insert.apply(y)]
        size = float(np.sqrt(np.abs(dot(z, z)).max()))
        scales = [1.0] if insert is None else [1.0, majorant_bound(insert)]
        rows.append([dot(z, left) for left in lefts])
        errors.append(
            [
                size * error * scale + 64 * map.unit * size * scale * float(np.sqrt(np.abs(dot(y, y)).max()))
                for scale in scales
            ]
        )
    return np.array(rows).transpose(1, 0, 2), np.array(errors).T


def _trajectory(map: LinearMap, z: Array, times: list[float]) -> list[tuple[Array, float]]:
    """e^{-tX} z at every time, each from the start so that errors do not mix."""
    return [expm(map, z, t, tol=1e-13) for t in times]
