"""Dirichlet sums: y(n) = sum_d f(d) x(n / d), or x(d n), in O(N log N) with 2 sqrt(N) slices.

Small divisors run as slices over n, large ones as slices over the quotient.  A multiplicative
f is an Euler product: one in-place sweep for each prime to sqrt(N), and since a number has at
most one prime factor above sqrt(N) all larger primes act in a single step.
"""

from __future__ import annotations

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm.machine.sums import tree_sum
from qwasm.clock import look
from qwasm.qpu.plan import Dirichlet

Array = NDArray[Any]


def convolve(part: Dirichlet, l: int, x: Array) -> Array:
    """The sum over all d, on the last axis of x; residues in [0, l) when l > 0."""
    N = x.shape[-1]
    f = part.f[:N]
    if len(f) < N:
        f = np.concatenate([f, np.zeros(N - len(f), f.dtype)])
    if part.multiplicative and f[0] == 1:
        return euler_product(f, part.forward, l, x)
    return forward(f, l, x) if part.forward else backward(f, l, x)


def mod(values: Any, l: int) -> Any:
    return values % l if l else values


def backward(f: Array, l: int, x: Array) -> Array:
    """y(n) = sum over d dividing n of f(d) x(n / d)."""
    N, y = x.shape[-1], np.zeros_like(x)
    D = isqrt(N)
    for d in (np.flatnonzero(f[:D]) + 1).tolist():
        look()
        y[..., d - 1 :: d] += mod(f[d - 1] * x[..., : N // d], l)
    if f[D:].any():
        for m in range(1, N // (D + 1) + 1):
            look()
            y[..., m * (D + 1) - 1 :: m] += mod(x[..., m - 1 : m] * f[D : N // m], l)
    return np.asarray(mod(y, l))


def forward(f: Array, l: int, x: Array) -> Array:
    """y(n) = sum over d <= N / n of f(d) x(d n)."""
    N, y = x.shape[-1], np.zeros_like(x)
    D = isqrt(N)
    for d in (np.flatnonzero(f[:D]) + 1).tolist():
        look()
        y[..., : N // d] += mod(f[d - 1] * x[..., d - 1 : d * (N // d) : d], l)
    if f[D:].any():
        for n in range(1, N // (D + 1) + 1):
            look()
            y[..., n - 1] += tree_sum(mod(f[D : N // n] * x[..., n * (D + 1) - 1 :: n], l))
    return np.asarray(mod(y, l))


def primes_to(N: int) -> list[int]:
    """The primes up to N."""
    sieve = np.ones(N + 1, dtype=bool)
    sieve[:2] = False
    for p in range(2, isqrt(N) + 1):
        if sieve[p]:
            sieve[p * p :: p] = False
    return [int(p) for p in np.flatnonzero(sieve)]


def euler_product(f: Array, is_forward: bool, l: int, x: Array) -> Array:
    """The product over primes p of (I + sum_k f(p^k) B_{p^k}), or of A; f(1) = 1 and f multiplicative."""
    N, y = x.shape[-1], x.copy()
    D = isqrt(N)
    primes = primes_to(N)
    for p in primes:
        if p > D:
            break
        look()
        sweep(f, p, is_forward, l, y)
    large = np.array([p for p in primes if p > D], dtype=np.int64)
    weights = f[large - 1]
    for m in range(1, N // int(large[0]) + 1 if len(large) else 1):
        look()
        count = int(np.searchsorted(large, N // m, side="right"))
        if is_forward:
            products = mod(weights[:count] * y[..., large[:count] * m - 1], l)
            y[..., m - 1] = mod(y[..., m - 1] + tree_sum(products), l)
        else:
            targets = large[:count] * m - 1
            y[..., targets] = mod(y[..., targets] + mod(weights[:count] * y[..., m - 1 : m], l), l)
    return y


def sweep(f: Array, p: int, is_forward: bool, l: int, y: Array) -> None:
    """y becomes y + sum_k f(p^k) B_{p^k} y, or A, in place."""
    N = y.shape[-1]
    if is_forward:
        total = mod(f[p - 1] * y[..., p - 1 : p * (N // p) : p], l)
        q = p * p
        while q <= N:
            if f[q - 1] != 0:
                total[..., : N // q] += mod(f[q - 1] * y[..., q - 1 : q * (N // q) : q], l)
            q *= p
        y[..., : N // p] = mod(y[..., : N // p] + total, l)
        return
    old = y[..., : N // p].copy()
    q = p
    while q <= N:
        if f[q - 1] != 0:
            y[..., q - 1 :: q] = mod(y[..., q - 1 :: q] + mod(f[q - 1] * old[..., : N // q], l), l)
        q *= p
