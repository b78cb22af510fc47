"""Exponentials: e^{-tX} y with an error bound, by the method that is right for X.

A diagonal X is exponentiated entry by entry; a self-adjoint X by Chebyshev polynomials on a
proved interval; any other X by Taylor steps.  `krylov` and `trotter` are there to be asked for.

>>> import numpy as np
>>> from qvm.spectral.linearmap import from_matrix
>>> X = from_matrix(np.array([[1.0, 0.5], [0.5, 1.0]]), selfadjoint=True)
>>> y, error = expm(X, np.array([1.0, 1.0]), 2.0)
>>> bool(abs(y[0] - np.exp(-3.0)) <= error <= 1e-12)
True
"""

from __future__ import annotations

from math import exp

import numpy as np

from qvm.spectral.bounds import decay, enclose, interval_for
from qvm.spectral.chebyshev import chebyshev, diagonal_exponential
from qvm.spectral.linearmap import Array, LinearMap
from qvm.spectral.refusals import complex_time, overflow, too_much_work, wrong_method
from qvm.spectral.sums import norm
from qvm.spectral.taylor import taylor
from qwasm.limits import DEFAULT, Limits

METHODS = ("chebyshev", "krylov", "taylor", "trotter")
SWEEPS = 200_000  # applications of X that one exponential may use


def expm(
    map: LinearMap,
    x: Array,
    t: complex | float,
    method: str | None = None,
    tol: float = 1e-12,
    unitary: bool = False,
    limits: Limits = DEFAULT,
) -> tuple[Array, float]:
    """(e^{-tX} x, bound of the error's 2-norm); with `unitary`, e^{-itX} x.

    x is (N,) or rows (k, N) in the picture the map works in; the bound holds for every row.
    `tol` is relative to the norm of the result.  The bound is proved when the map has an
    enclosure or N <= 4096.  Raises QW0480 / QW0481 past the limits, QW0650 on overflow, QW0651
    when no digit is proved, QW0652 for a method that does not fit, QW0655 for complex t in a real field.
    """
    if method is not None and method not in METHODS:
        raise wrong_method(method, "it is not known", f"choose one of {', '.join(METHODS)}")
    z = complex(t) * 1j if unitary else complex(t)
    if not (np.isfinite(z.real) and np.isfinite(z.imag)):
        raise overflow(float("inf"))
    if z.imag != 0.0 and not map.is_complex:
        raise complex_time(complex(t))
    x = np.asarray(x).astype(map.dtype, copy=False)
    tol = max(tol, 4 * map.unit)
    if z == 0 or norm(x) == 0.0:
        return x.copy(), 0.0
    box = enclose(map)
    if box is not None and box.diagonal:
        return diagonal_exponential(box.centre, x, z if map.is_complex else z.real, map.unit)
    sweeps = min(SWEEPS, limits.work // x.size)
    if sweeps < 4:
        raise too_much_work("the exponential", 4 * x.size, limits.work)
    if method == "krylov":
        from qvm.spectral.krylov import krylov_exponential

        return krylov_exponential(map, x, z, tol, sweeps)
    if method == "trotter":
        from qvm.spectral.trotter import trotter

        return trotter(map, x, z, tol, sweeps)
    if method == "chebyshev" and not map.selfadjoint:
        raise wrong_method(
            "chebyshev",
            "the operator is not self-adjoint in this weight, so its spectrum is not on a known interval",
            "write method=krylov, or leave the method out",
        )
    if map.selfadjoint and method != "taylor":
        return chebyshev(map, x, z, tol, sweeps)
    return taylor(map, x, z, tol, sweeps)


def proved(map: LinearMap, t: complex | float, method: str | None = None, unitary: bool = False) -> bool:
    """Whether the bound that `expm` gives is proved, once it has run.

    Krylov's method looks at its defect in a few places, and an interval that Lanczos values
    narrow may miss an eigenvalue.
    """
    box = enclose(map)
    if method == "krylov" or box is None:
        return box is not None and box.diagonal
    if box.diagonal or not map.selfadjoint or method in ("taylor", "trotter"):
        return True
    return interval_for(map, 0.0 if unitary else complex(t).real)[2]


def growth(map: LinearMap, t: complex | float, unitary: bool = False) -> float:
    """An upper bound of ||e^{-tX}||_2, or ||e^{-itX}||_2: e^{omega |t|} with omega the logarithmic norm.

    Infinity where no enclosure proves one (Dahlquist, 1958).
    """
    z = complex(t) * 1j if unitary else complex(t)
    if z == 0:
        return 1.0
    if enclose(map) is None:
        return float("inf")
    exponent = abs(z) * decay(map, -z / abs(z))
    return exp(exponent) * (1 + 2.0**-40) if exponent < 700 else float("inf")
