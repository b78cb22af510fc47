"""Arithmetic functions by their definitions: trial division, sums over divisors, roots of unity.

>>> [mobius(n) for n in range(1, 7)], ramanujan_tau(4)
([1, -1, -1, 0, -1, 1], [1, -24, 252, -1472])
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any


def is_prime(n: int) -> bool:
    """No divisor between 2 and the root."""
    return n >= 2 and all(n % d for d in range(2, math.isqrt(n) + 1))


def primes(low: int, high: int) -> list[int]:
    """The primes from low to high, both ends included."""
    return [p for p in range(max(2, low), high + 1) if is_prime(p)]


@cache
def divisors(n: int) -> tuple[int, ...]:
    """Every d >= 1 with d | n."""
    return tuple(d for d in range(1, n + 1) if n % d == 0)


def valuation(p: int, n: int) -> int:
    """The largest k with p^k | n."""
    k = 0
    while n % p == 0:
        n, k = n // p, k + 1
    return k


@cache
def factor(n: int) -> dict[int, int]:
    """The prime factors of n with their exponents: what is left behind every d up to the root is a prime."""
    found, d = {}, 2
    while d * d <= n:
        if n % d == 0:
            found[d] = valuation(d, n)
            n //= d ** found[d]
        d += 1
    return found | ({n: 1} if n > 1 else {})


def mobius(n: int) -> int:
    """(-1)^k for a product of k distinct primes, else 0."""
    powers = factor(n).values()
    return 0 if any(k > 1 for k in powers) else (-1) ** len(powers)


def liouville(n: int) -> int:
    """(-1)^Omega(n)."""
    return int((-1) ** sum(factor(n).values()))


def mangoldt(n: int) -> float | int:
    """log p at powers of a prime p, else 0."""
    primes_of_n = list(factor(n))
    return math.log(primes_of_n[0]) if len(primes_of_n) == 1 else 0


def totient(n: int) -> int:
    """How many of 1..n are coprime to n."""
    return sum(1 for k in range(1, n + 1) if math.gcd(k, n) == 1)


def sigma(k: Any, n: int) -> Any:
    """The sum of d^k over the divisors of n."""
    if Fraction(k).denominator == 1:
        return sum(Fraction(d) ** int(k) for d in divisors(n))
    return sum(float(d) ** float(k) for d in divisors(n))


def jordan(k: int, n: int) -> Any:
    """Jordan's totient: the sum of mu(n/d) d^k, so that J(1) = phi."""
    return sum(mobius(n // d) * Fraction(d) ** k for d in divisors(n))


def convolve(f: Callable[[int], Any], g: Callable[[int], Any], n: int) -> Any:
    """Dirichlet's convolution: the sum of f(d) g(n/d)."""
    return sum((f(d) * g(n // d) for d in divisors(n)), start=0)


def dirichlet_inverse(f: Callable[[int], Any], n: int) -> Any:
    """The g with f * g = [n = 1], by its recursion over proper divisors."""
    one = f(1)
    if n == 1:
        return 1 / Fraction(one) if isinstance(one, (int, Fraction)) else 1 / one
    total = sum((f(n // d) * dirichlet_inverse(f, d) for d in divisors(n)[:-1]), start=0)
    return -total / Fraction(one) if isinstance(one, (int, Fraction)) else -total / one


def _root_of_unity(turn: Fraction) -> int | complex:
    """e^(2 pi i turn), exact where it is 1, -1, i, -i up to the type."""
    exact: dict[Fraction, int | complex] = {Fraction(0): 1, Fraction(1, 2): -1, Fraction(1, 4): 1j, Fraction(3, 4): -1j}
    turn %= 1
    return exact.get(turn, cmath.exp(2j * math.pi * float(turn)))


def _logarithm(base: int, value: int, modulus: int) -> int:
    power, exponent = 1 % modulus, 0
    while power != value % modulus:
        power, exponent = power * base % modulus, exponent + 1
        if exponent > modulus:
            raise ValueError("not a power of the base")
    return exponent


def _generates(g: int, modulus: int) -> bool:
    return math.gcd(g, modulus) == 1 and len({pow(g, e, modulus) for e in range(modulus)}) == totient(modulus)


def _turn(prime: int, exponent: int, m: int, n: int) -> Fraction:
    q = prime**exponent
    if prime > 2:  # the least generator of the units modulo every power of the prime
        g = next(c for c in range(2, prime * prime) if _generates(c, prime) and _generates(c, prime**2))
        return Fraction(_logarithm(g, m, q) * _logarithm(g, n, q), totient(q))
    if q == 2:
        return Fraction(0)
    if q == 4:
        return Fraction(1, 2) if m % 4 == 3 and n % 4 == 3 else Fraction(0)
    split = []
    for value in (m % q, n % q):
        sign = 1 if value % 4 == 1 else -1
        split.append((sign, _logarithm(5, sign * value, q)))
    (sign_m, a), (sign_n, b) = split
    return Fraction((1 - sign_m) * (1 - sign_n), 8) + Fraction(a * b, 2 ** (exponent - 2))


def conrey(q: int, m: int, n: int) -> int | complex:
    """The Dirichlet character with Conrey label q.m at n."""
    if math.gcd(q, n) > 1:
        return 0
    return _root_of_unity(sum((_turn(p, e, m, n) for p, e in factor(q).items()), start=Fraction(0)))


def ramanujan_tau(count: int) -> list[int]:
    """tau(1..count): coefficients of q prod (1 - q^n)^24."""
    series = [1] + [0] * (count - 1)
    for n in range(1, count):
        for _ in range(24):
            for k in range(count - 1, n - 1, -1):
                series[k] -= series[k - n]
    return series
