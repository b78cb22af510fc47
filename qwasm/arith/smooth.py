"""Smooth and rough numbers: n = m s with s made of given primes, and m of none of them.

>>> smooth_numbers((2, 3), 20, 20).tolist(), rough_numbers((2, 3), 20).tolist()
([1, 2, 3, 4, 6, 8, 9, 12, 16, 18], [1, 5, 7, 11, 13, 17, 19])
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qwasm.arith.sieve import factor

Ints = NDArray[np.int64]


def primes_of(numbers: Iterable[int]) -> tuple[int, ...]:
    """The primes that divide one of the numbers, in order."""
    return tuple(sorted({p for n in set(numbers) for p, _ in factor(n)}))


@lru_cache(maxsize=4)
def smooth_numbers(primes: tuple[int, ...], N: int, most: int) -> Ints | None:
    """The numbers up to N without other prime factors, in order; None when there are more than `most`."""
    found = np.ones(1, dtype=np.int64)
    for p in primes:
        layers = [found]
        while len(layers[-1]):
            layers.append(layers[-1][layers[-1] <= N // p] * p)
        found = np.concatenate(layers)
        if len(found) > most:
            return None
    found.sort()
    found.setflags(write=False)
    return found


@lru_cache(maxsize=2)
def rough_numbers(primes: tuple[int, ...], N: int) -> Ints:
    """The numbers up to N without any of these prime factors, in order."""
    left = np.ones(N, dtype=bool)
    for p in primes:
        left[p - 1 :: p] = False
    found = np.flatnonzero(left) + 1
    found.setflags(write=False)
    return found


__all__ = ["primes_of", "rough_numbers", "smooth_numbers"]
