"""The same sums in numba, as somebody who knows it well would write them; None where numba is not installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Coefficients = dict[int, tuple[float, float]]
BLOCK = 4096


def numba() -> Any:
    """numba, or None."""
    try:
        return importlib.import_module("numba")
    except ImportError:
        return None


def sweep(N: int, terms: Coefficients, diagonal: Array, threads: int) -> Callable[[Array], Array] | None:
    """sum a_p A_p + b_p B_p + V: each block of rows is one worker's, written once and read in the cache."""
    found = numba()
    if found is None:
        return None

    @found.njit(parallel=threads > 1, fastmath=True)  # type: ignore[untyped-decorator, unused-ignore]
    def kernel(y: Array, x: Array, d: Array, p: Array, a: Array, b: Array) -> None:
        size = len(x)
        for block in found.prange((size + BLOCK - 1) // BLOCK):
            low, high = block * BLOCK + 1, min(size, (block + 1) * BLOCK)
            for n in range(low, high + 1):
                y[n - 1] = d[n - 1] * x[n - 1]
            for k in range(len(p)):
                q = p[k]
                for t in range((low + q - 1) // q, high // q + 1):
                    y[q * t - 1] += b[k] * x[t - 1]
                for t in range(low, min(high, size // q) + 1):
                    y[t - 1] += a[k] * x[q * t - 1]

    primes = np.array(list(terms), dtype=np.int64)
    a, b = (np.array(values) for values in zip(*terms.values()))

    def apply(x: Array) -> Array:
        y = np.empty(N)
        kernel(y, x, diagonal, primes, a, b)
        return y

    return apply


def divisor_sums() -> Callable[[Array], Array] | None:
    """y(n) = sum over d dividing n of x(n / d), by loops over the divisors of a block of rows."""
    found = numba()
    if found is None:
        return None

    @found.njit(fastmath=True)  # type: ignore[untyped-decorator, unused-ignore]
    def kernel(y: Array, x: Array) -> None:
        size = len(x)
        for d in range(1, size + 1):
            if d * d > size:
                break
            y[d * d - 1] += x[d - 1]
            for m in range(d + 1, size // d + 1):
                y[d * m - 1] += x[m - 1] + x[d - 1]

    def apply(x: Array) -> Array:
        y = np.zeros(len(x))
        kernel(y, x)
        return y

    return apply


__all__ = ["divisor_sums", "sweep"]
