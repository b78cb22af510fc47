"""Tables of multiplicative and additive functions by peeling prime powers.

Every n <= N is a product of prime powers with p <= sqrt(N), done by strided slices, and at
most one larger prime, done for all n at once by a lookup.  The work is N log log N.

>>> from qwasm.arith.numbers import Numbers
>>> peel(10, Numbers("int"), lambda s, p, k: k + 1).tolist()      # the number of divisors
[1, 2, 2, 3, 2, 4, 2, 4, 3, 4]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import isqrt
from typing import Any

import numpy as np

from qwasm.arith.numbers import Array, Numbers
from qwasm.arith.sieve import Ints, primes
from qwasm.clock import look

PrimePower = Callable[[Numbers, Any, int], Any]


def _large_prime(N: int) -> Ints:
    """For n = 1..N the prime factor above sqrt(N), or 1."""
    rest = np.arange(1, N + 1, dtype=np.int64)
    for p in primes(2, isqrt(N)).tolist():
        look()
        q = p
        while q <= N:
            rest[q - 1 :: q] //= p
            q *= p
    rest.setflags(write=False)
    return rest


_cached_large_prime = lru_cache(maxsize=1)(_large_prime)


def large_prime(N: int) -> Ints:
    """For n = 1..N the prime factor above sqrt(N), or 1; the last small answer is kept."""
    return _cached_large_prime(N) if N <= 1 << 22 else _large_prime(N)


def peel(N: int, numbers: Numbers, power: PrimePower, additive: bool = False) -> Array:
    """f(1..N) for the multiplicative (or additive) f with f(p^k) = power(numbers, p, k).

    `power` is called with a prime p or an array of primes, as elements of `numbers`.
    """
    large = primes(isqrt(N) + 1, N)
    return assemble(
        N,
        numbers,
        lambda index, p, k: power(numbers, numbers.of(p), k),
        power(numbers, numbers.of(large), 1) if len(large) else numbers.full(0, 0),
        additive,
    )


def assemble(
    N: int, numbers: Numbers, small: Callable[[int, int, int], Any], large: Any, additive: bool = False
) -> Array:
    """f(1..N) from small(index, p, k) at the powers of the primes p <= sqrt(N) and `large` at the other primes."""
    result = numbers.full(N, 0 if additive else 1)
    combine = numbers.add if additive else numbers.mul
    for index, p in enumerate(primes(2, isqrt(N)).tolist()):
        look()
        value = numbers.full(N // p, 0)
        value[...] = small(index, p, 1)
        q, k = p, 2
        while q <= N // p:
            value[q - 1 :: q] = small(index, p, k)
            q, k = q * p, k + 1
        result[p - 1 :: p] = combine(result[p - 1 :: p], value)
    above = primes(isqrt(N) + 1, N)
    if len(above):
        last = numbers.full(N + 1, 0 if additive else 1)
        last[above] = large
        result = combine(result, last[large_prime(N)])
    return result
