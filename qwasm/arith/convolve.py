"""Dirichlet convolution and inverse of arrays f(1..N): O(N log N) by hyperbola-split slices.

>>> import numpy as np
>>> from qwasm.arith.numbers import Numbers
>>> one = np.ones(6, dtype=np.int64)
>>> convolve(one, one, Numbers("int")).tolist(), inverse(one, Numbers("int")).tolist()
([1, 2, 2, 3, 2, 4], [1, -1, -1, 0, -1, 1])
"""

from __future__ import annotations

from math import isqrt

from qwasm.arith.numbers import Array, Numbers
from qwasm.clock import look
from qwasm.diagnostics import fail


def convolve(f: Array, g: Array, numbers: Numbers) -> Array:
    """h(n) = sum over d e = n of f(d) g(e), for n = 1..N; entry 0 is h(1)."""
    return _range(f, g, 0, len(f), numbers)


def _range(f: Array, g: Array, low: int, high: int, numbers: Numbers) -> Array:
    """h(low+1..high); pairs are split at d = e, so each slice has length at most (high - low)/d."""
    result = numbers.full(high - low, 0)
    for d in range(1, isqrt(high) + 1):
        look()
        last = high // d
        for left, right, first in ((f, g, max(d, low // d + 1)), (g, f, max(d + 1, low // d + 1))):
            scale = left[d - 1]
            if first > last or not scale:
                continue
            window = result[d * first - low - 1 : d * last - low : d]
            window += numbers.mul(right[first - 1 : last], scale)
            if numbers.modulus:
                window %= numbers.modulus
    return result


def inverse(f: Array, numbers: Numbers) -> Array:
    """g with convolve(f, g) = (1, 0, 0, ...); blocks (M, 2M] need only g(1..M).

    Raises QW0358 when f(1) has no inverse.
    """
    N = len(f)
    if not f[0]:
        raise fail("QW0358", "no Dirichlet inverse: the function is 0 at n = 1", hint="dinv(f) needs f(1) != 0")
    first = (
        pow(int(f[0]), -1, numbers.modulus)
        if numbers.modulus
        else (f[0] if numbers.kind in ("int", "exact") else 1 / f[0])
    )
    g = numbers.full(N, 0)
    g[0] = first
    low = 1
    while low < N:
        high = min(2 * low, N)
        total = _range(f, g, low, high, numbers)
        g[low:high] = numbers.mul(numbers.of(-total) if numbers.modulus else -total, first)
        low = high
    return g
