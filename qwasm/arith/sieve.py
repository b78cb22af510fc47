"""Primes, smallest factors and factoring: the integers behind every arithmetic function.

Sieves are segmented and vectorised; single numbers are tested by deterministic Miller-Rabin
and split by Brent's variant of Pollard's rho.

>>> primes(90, 110).tolist()
[97, 101, 103, 107, 109]
>>> factor(360)
[(2, 3), (3, 2), (5, 1)]
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import gcd, isqrt

import numpy as np
from numpy.typing import NDArray

from qwasm.clock import look
from qwasm.diagnostics import fail

Ints = NDArray[np.int64]
SEGMENT = 1 << 20
SIEVED = 10**12  # beyond, numbers are tested one by one: a sieve would need all primes to the root
FACTOR_BITS = 96  # numbers up to 2^96 are split completely
SMALL = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


@lru_cache(maxsize=4)
def _base(limit: int) -> Ints:
    """The primes up to limit by an odd-only sieve."""
    if limit < 2:
        return np.zeros(0, dtype=np.int64)
    odd = np.ones((limit + 1) // 2, dtype=bool)  # entry i is the number 2 i + 1
    odd[0] = False
    for i in range(1, (isqrt(limit) + 1) // 2):
        if odd[i]:
            odd[2 * i * (i + 1) :: 2 * i + 1] = False
    result = np.concatenate(([2], 2 * np.flatnonzero(odd) + 1)).astype(np.int64)
    result.setflags(write=False)
    return result


def primes(a: int, b: int) -> Ints:
    """The primes p with a <= p <= b, ascending (int64); segments of 2^20 keep the memory small."""
    a, b = max(a, 2), min(b, 2**62)
    if a > b:
        return np.zeros(0, dtype=np.int64)
    if b <= 4 * SEGMENT:
        known = _base(max(b, 1000))
        return known[np.searchsorted(known, a) : np.searchsorted(known, b, side="right")]
    small = _base(isqrt(b))
    pieces: list[Ints] = []
    for low in range(a, b + 1, SEGMENT):
        look()
        high = min(low + SEGMENT - 1, b)
        mark = np.ones(high - low + 1, dtype=bool)
        for p in small[: np.searchsorted(small, isqrt(high), side="right")].tolist():
            mark[max(p * p, -(-low // p) * p) - low :: p] = False
        pieces.append(np.flatnonzero(mark).astype(np.int64) + low)
    return np.concatenate(pieces)


def each_prime(a: int, b: int) -> Iterator[int]:
    """The primes p with a <= p <= b one after the other, never more than a segment in memory."""
    a = max(a, 2)
    middle = min(b, SIEVED)
    for low in range(a, middle + 1, SEGMENT):
        yield from primes(low, min(low + SEGMENT - 1, middle)).tolist()
    for n in range(max(a, SIEVED + 1) | 1, b + 1, 2):
        look()
        if is_prime(n):
            yield n


def smallest_factor(N: int) -> Ints:
    """spf with spf[n] the smallest prime factor of n, for 0 <= n <= N (spf[0] = 0, spf[1] = 1)."""
    spf = np.arange(N + 1, dtype=np.int64)
    for p in primes(2, isqrt(N))[::-1].tolist():
        look()
        spf[p * p :: p] = p
    return spf


def is_prime(n: int) -> bool:
    """Whether n is prime: Miller-Rabin with the bases 2..41, proved for n < 3.3e24.

    Larger n are also tested with the 24 next bases, so a composite passes with negligible chance.
    """
    if n < 2:
        return False
    for p in SMALL:
        if n % p == 0:
            return n == p
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    bases = SMALL if n < 3_317_044_064_679_887_385_961_981 else tuple(primes(2, 160).tolist())
    for a in bases:
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def _split(n: int) -> int:
    """A proper factor of an odd composite n, by Brent's cycle search."""
    root = isqrt(n)
    if root * root == n:
        return root
    for c in range(1, 100):
        y, g, r, q = 2, 1, 1, 1
        x = saved = y
        while g == 1:
            x = y
            for i in range(r):
                y = (y * y + c) % n
                if not i % 1024:
                    look()
            done = 0
            while done < r and g == 1:
                saved = y
                look()
                for _ in range(min(128, r - done)):
                    y = (y * y + c) % n
                    q = q * abs(x - y) % n
                g, done = gcd(q, n), done + 128
            r *= 2
        if g == n:
            g = 1
            while g == 1:
                saved = (saved * saved + c) % n
                g = gcd(abs(x - saved), n)
        if g != n:
            return g
    return 1


@lru_cache(maxsize=4096)
def _factor(n: int) -> tuple[tuple[int, int], ...]:
    found: dict[int, int] = {}
    for p in _base(1000).tolist():
        while n % p == 0:
            found[p] = found.get(p, 0) + 1
            n //= p
        if p * p > n:
            break
    stack = [n] if n > 1 else []
    while stack:
        m = stack.pop()
        if is_prime(m) or m.bit_length() > FACTOR_BITS:
            found[m] = found.get(m, 0) + 1
            continue
        d = _split(m)
        if d == 1:
            found[m] = found.get(m, 0) + 1
        else:
            stack += [d, m // d]
    return tuple(sorted(found.items()))


def partial_factor(n: int) -> tuple[tuple[int, int], ...]:
    """(p, k) pairs of n >= 1; a cofactor over 2^96 is left whole, as if it were a prime."""
    return _factor(n)


def factor(n: int) -> list[tuple[int, int]]:
    """The prime factorisation of n >= 1 as (p, k) pairs, p ascending.

    Raises QW0422 when a composite cofactor of more than 96 bits is left.
    """
    result = _factor(n)
    for p, _ in result:
        if p.bit_length() > FACTOR_BITS and not is_prime(p):
            raise fail(
                "QW0422", f"a number of {n.bit_length()} bits is too large to factor", hint="use a smaller number"
            )
    return list(result)


def divisors(n: int) -> list[int]:
    """The divisors of n >= 1, ascending."""
    result = [1]
    for p, k in factor(n):
        result = [d * p**j for d in result for j in range(k + 1)]
    return sorted(result)


def whole_root(N: int, k: int) -> int:
    """The largest r with r^k <= N."""
    if k == 2:
        return isqrt(N)
    r: int = int(float(N) ** (1.0 / k)) + 1
    while r**k > N:
        r -= 1
    return r
