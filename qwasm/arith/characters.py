"""Dirichlet characters by Conrey label: chi(q, m) as an exact table of angles.

chi_q(m, n) is 0 unless gcd(n, q) = 1, and else e(a(n)) with a rational angle a(n), the sum
over the prime powers of q of products of discrete logarithms.

>>> angles(5, 2)[:5]
(None, Fraction(0, 1), Fraction(1, 4), Fraction(3, 4), Fraction(1, 2))
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import gcd

from qwasm.arith.sieve import factor
from qwasm.diagnostics import fail

MODULUS_LIMIT = 1 << 20


@lru_cache(maxsize=256)
def _primitive_root(p: int) -> int:
    """The least g that generates the units modulo p and modulo p^2 (p odd)."""
    parts = [(p - 1) // q for q, _ in factor(p - 1)]
    g = 2
    while any(pow(g, e, p) == 1 for e in parts) or pow(g, p - 1, p * p) == 1:
        g += 1
    return g


def _logs(p: int, e: int) -> tuple[dict[int, tuple[int, int]], int]:
    """Residue -> (sign bit, log) modulo p^e, and the order of the logarithms."""
    q = p**e
    if p > 2:
        order, g = q // p * (p - 1), _primitive_root(p)
    elif e <= 2:
        return {1: (0, 0), 3: (1, 0)} if e == 2 else {1: (0, 0)}, 1
    else:
        order, g = q // 4, 5
    logs: dict[int, tuple[int, int]] = {}
    x = 1
    for a in range(order):
        logs[x] = (0, a)
        if p == 2:
            logs[q - x] = (1, a)
        x = x * g % q
    return logs, order


def check_label(q: int, m: int) -> None:
    """Raise QW0355 unless q >= 1 and m is a unit modulo q."""
    if q < 1 or gcd(q, m) != 1:
        raise fail(
            "QW0355",
            f"chi({q}, {m}) is not a Dirichlet character: {m} and {q} must be coprime and {q} >= 1",
            hint=f"chi({max(abs(q), 1)}, 1) is the principal character",
        )
    if q > MODULUS_LIMIT:
        raise fail(
            "QW0422", f"a character modulo {q} is too large; the limit is {MODULUS_LIMIT}", hint="use a smaller modulus"
        )


@lru_cache(maxsize=64)
def angles(q: int, m: int) -> tuple[Fraction | None, ...]:
    """The angle a(n) in [0, 1) of chi_q(m, n) = e(a(n)) for n = 0..q-1; None where the value is 0."""
    check_label(q, m)
    total: list[Fraction | None] = [Fraction(0) if gcd(n, q) == 1 else None for n in range(q)]
    for p, e in factor(q):
        size = p**e
        logs, order = _logs(p, e)
        sign_m, log_m = logs[m % size]
        local = {r: Fraction(sign_m * sign, 2) + Fraction(log_m * a % order, order) for r, (sign, a) in logs.items()}
        for n, angle in enumerate(total):
            if angle is not None:
                total[n] = (angle + local[n % size]) % 1
    return tuple(total)
