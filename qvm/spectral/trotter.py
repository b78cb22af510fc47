"""The Trotter exponential: e^{-zX} y as a symmetric product of exponentials of summands.

For X = X_1 + ... + X_L one step is e^{-sX_1/2} ... e^{-sX_L} ... e^{-sX_1/2}.  Its error is third
order in s with a constant made of nested commutators, here bounded by norms (Childs et al.,
2021); the number of steps comes from the tolerance and that bound.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix, LinearMap
>>> a, b = from_matrix(np.diag([0.0, 1.0]), True), from_matrix(np.array([[0.0, 1.0], [1.0, 0.0]]), True)
>>> X = LinearMap(2, a.dtype, lambda x: a(x) + b(x), selfadjoint=True, bound=2.0, split=lambda: [a, b])
>>> y, error = trotter(X, np.ones(2), 0.1, 1e-6)
>>> bool(abs(y - np.array([0.9095, 0.8142])).max() < 1e-3 and error < 1e-3)
True
"""

from __future__ import annotations

from math import ceil, exp, sqrt

import numpy as np

from qvm.spectral.bounds import decay, norm_bound
from qvm.spectral.linearmap import Array, LinearMap
from qvm.spectral.refusals import overflow, too_many_sweeps, wrong_method
from qvm.spectral.sums import norm

COARSE = 1e-4  # a tolerance finer than this is out of reach of order 2


def trotter(map: LinearMap, y: Array, z: complex, tol: float, sweeps: int = 200_000) -> tuple[Array, float]:
    """(e^{-zX} y, error bound in the 2-norm) with X split as `map.split` says.

    A tolerance below 1e-4 counts as 1e-4.  Raises QW0652 when there is no splitting, QW0480
    when the bound asks for more than `sweeps` applications, QW0650 on overflow.
    """
    parts = [] if map.split is None else map.split()
    if not parts:
        raise wrong_method("trotter", "the operator has no summands to split into", "leave the method out")
    if len(parts) == 1:
        from qvm.spectral.exponential import expm

        return expm(parts[0], y, z, tol=tol)
    tol = max(tol, COARSE)
    span = abs(z)
    sizes = [norm_bound(part)[0] for part in parts]
    steps = steps_for(sizes, span, tol)
    if steps * len(parts) * 8 > sweeps:
        raise too_many_sweeps(map.N, steps * len(parts) * 16, sweeps)
    scale = (z if map.is_complex else z.real) / steps
    direction = -z / span
    growth = sum(max(0.0, decay(part, direction)) for part in parts)
    error = 0.0
    order = [(part, 0.5) for part in parts[:-1]] + [(parts[-1], 1.0)] + [(part, 0.5) for part in reversed(parts[:-1])]
    for index in range(steps):
        if map.note is not None:
            map.note(f"Trotter product: step {index + 1} of {steps}")
        before = norm(y)
        spent = 0.0
        for part, share in order:
            y, more = _factor(part, y, share * scale, tol / steps)
            spent += more
        if not np.isfinite(norm(y)):
            raise overflow(span * sum(sizes))
        error = error * exp(min(700.0, growth * span / steps)) + spent + local_error(sizes, span / steps) * before
    return y, float(error)


def _factor(part: LinearMap, y: Array, z: complex | float, tol: float) -> tuple[Array, float]:
    from qvm.spectral.exponential import expm

    return expm(part, y, z, tol=min(tol, 1e-9))


def constant(sizes: list[float]) -> float:
    """C with ||S(s) - e^{sX}|| <= C s^3 up to the growth factor, from norms of the summands."""
    total = 0.0
    for i, size in enumerate(sizes):
        later = sum(sizes[i + 1 :])
        total += 4 * later * later * size / 12 + 4 * size * size * later / 24
    return total


def local_error(sizes: list[float], step: float) -> float:
    """The error of one step, relative to its input."""
    return constant(sizes) * step**3 * exp(min(700.0, 2 * step * sum(sizes)))


def steps_for(sizes: list[float], span: float, tol: float) -> int:
    """The steps whose local errors add up to `tol` when each step keeps norms."""
    return max(1, ceil(sqrt(min(1e30, constant(sizes) * span**3 / tol * 1.5))), ceil(min(1e15, span * sum(sizes) / 2)))
