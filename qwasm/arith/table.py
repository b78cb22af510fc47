"""The arithmetic functions of the language, each declared once.

>>> str(TABLE["sigma"].at(6, (1,)))
'12'
>>> TABLE["mu"].table(10, Numbers("int")).tolist()
[1, -1, -1, 0, -1, 1, -1, 0, 0, 1]
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np

from qwasm.algebra.atoms import COUNT, INDICATOR, INTEGER, NONNEGATIVE, POSITIVE, REAL, SIGN, TERNARY
from qwasm.algebra.exponentials import exp, log, parity
from qwasm.algebra.ring import MINUS_ONE, ONE, PI, ZERO, Expr, I, const
from qwasm.algebra.truth import compare
from qwasm.arith.characters import angles, check_label
from qwasm.arith.numbers import Array, Numbers
from qwasm.arith.rows import ArithFunction, Params
from qwasm.arith.sieve import factor, is_prime, primes, whole_root
from qwasm.diagnostics import fail


def _prime_log(params: Params, n: int) -> Expr:
    found = factor(n)
    return log(const(found[0][0])) if len(found) == 1 else ZERO


def _lambda_values(params: Params, N: int, numbers: Numbers) -> Array:
    """Lambda(p^k) = log p by one assignment for each k."""
    result = numbers.full(N, 0)
    every = primes(2, N)
    k = 1
    while len(every):
        result[every**k - 1] = np.log(every)
        k += 1
        every = every[: np.searchsorted(every, whole_root(N, k), side="right")]
    return result


def _isprime_values(params: Params, N: int, numbers: Numbers) -> Array:
    result = numbers.full(N, 0)
    result[primes(2, N) - 1] = 1
    return result


def _valuation(p: int, n: int) -> int:
    k = 0
    while n % p == 0:
        n, k = n // p, k + 1
    return k


def _val_values(params: Params, N: int, numbers: Numbers) -> Array:
    result = np.zeros(N, dtype=np.int64)
    q = params[0]
    while q <= N:
        result[q - 1 :: q] += 1
        q *= params[0]
    return numbers.of(result) if numbers.kind not in ("int", "exact") else result


def _ispower_values(params: Params, N: int, numbers: Numbers) -> Array:
    result = numbers.full(N, 0)
    q = 1
    while q <= N:
        result[q - 1] = 1
        q *= params[0]
    return result


def _check_base(params: Params) -> None:
    if params[0] < 2:
        raise fail("QW0357", f"the base {params[0]} is not an integer >= 2", hint="val(2, n) is the power of 2 in n")


def _sigma(s: Numbers, params: Params, p: Any, k: int) -> Any:
    step, total = s.pow(p, params[0]), s.of(1)
    for _ in range(k):
        total = s.add(s.mul(total, step), s.of(1))
    return total


def _jordan(s: Numbers, params: Params, p: Any, k: int) -> Any:
    step = s.pow(p, params[0])
    return s.mul(s.pow(step, k - 1), s.add(step, s.of(-1)))


def _sigma_formula(params: tuple[Expr, ...], p: Expr, k: Expr) -> Expr:
    return k + 1 if params[0].is_zero else (p ** (params[0] * (k + 1)) - 1) / (p ** params[0] - 1)


def _chi(params: Params, n: int) -> Expr:
    angle = angles(params[0], params[1])[n % params[0]]
    return ZERO if angle is None else exp(2 * PI * I * const(angle))


def root_of_unity(angle: Fraction) -> complex:
    """e(angle), exact at quarters and to the last bits elsewhere."""
    return exp(2 * PI * I * const(angle)).approx()


def _chi_values(params: Params, N: int, numbers: Numbers) -> Array:
    period = angles(params[0], params[1])
    if numbers.kind != "complex":
        if any(a is not None and a.denominator > 2 for a in period):
            raise fail("QW0643", f"chi({params[0]}, {params[1]}) has complex values", hint="use field = complex")
        known = numbers.of(np.array([0 if a is None else (-1 if a else 1) for a in period], dtype=np.int64))
    else:
        known = np.array([0 if a is None else root_of_unity(a) for a in period], dtype=np.complex128)
    return np.asarray(np.resize(np.roll(known, -1), N))


def _gcd(params: Params, n: int) -> int:
    return gcd(params[0], n)


def _gcd_values(params: Params, N: int, numbers: Numbers) -> Array:
    result = np.gcd(np.arange(1, N + 1, dtype=np.int64), params[0])
    return numbers.of(result) if numbers.kind not in ("int", "exact") else result


ROWS = (
    ArithFunction(
        "Lambda",
        "von Mangoldt: log p at a power of the prime p, else 0.",
        flags=REAL | NONNEGATIVE,
        exact=_prime_log,
        values=_lambda_values,
        residues=False,
        formula=lambda a, p, k: log(p),
    ),
    ArithFunction(
        "mu",
        "Moebius: (-1)^r at a product of r distinct primes, 0 at multiples of a square.",
        kind="multiplicative",
        flags=REAL | INTEGER | TERNARY,
        small=True,
        power=lambda s, a, p, k: s.of(-1 if k == 1 else 0),
        formula=lambda a, p, k: -compare("==", k, ONE),
    ),
    ArithFunction(
        "lambda",
        "Liouville: (-1)^Omega(n).",
        kind="completely multiplicative",
        flags=SIGN,
        small=True,
        power=lambda s, a, p, k: s.of(-1 if k % 2 else 1),
        formula=lambda a, p, k: MINUS_ONE**k,
    ),
    ArithFunction(
        "phi",
        "Euler: the number of 1 <= m <= n coprime to n.",
        kind="multiplicative",
        flags=COUNT,
        small=True,
        power=lambda s, a, p, k: _jordan(s, (1,), p, k),
        formula=lambda a, p, k: p**k - p ** (k - 1),
    ),
    ArithFunction(
        "tau",
        "The number of divisors of n.",
        kind="multiplicative",
        flags=COUNT,
        small=True,
        power=lambda s, a, p, k: s.of(k + 1),
        formula=lambda a, p, k: k + 1,
    ),
    ArithFunction(
        "omega",
        "The number of distinct primes dividing n.",
        kind="additive",
        flags=REAL | INTEGER | NONNEGATIVE,
        small=True,
        power=lambda s, a, p, k: s.of(1),
        formula=lambda a, p, k: ONE,
    ),
    ArithFunction(
        "Omega",
        "The number of primes dividing n, counted with multiplicity.",
        kind="completely additive",
        flags=REAL | INTEGER | NONNEGATIVE,
        small=True,
        power=lambda s, a, p, k: s.of(k),
        formula=lambda a, p, k: k,
    ),
    ArithFunction(
        "sigma",
        "sigma(k): the sum of d^k over the divisors d of n, for any integer k.",
        params=("k",),
        sample=(1,),
        kind="multiplicative",
        flags=COUNT,
        below=POSITIVE,
        power=_sigma,
        formula=_sigma_formula,
    ),
    ArithFunction(
        "J",
        "J(k), Jordan: n^k times the product of (1 - p^-k) over the primes p dividing n, for any integer k.",
        params=("k",),
        sample=(2,),
        kind="multiplicative",
        flags=REAL | INTEGER | NONNEGATIVE,
        below=REAL,
        power=_jordan,
        formula=lambda a, p, k: p ** (a[0] * k) - p ** (a[0] * (k - 1)),
    ),
    ArithFunction(
        "isprime",
        "1 at primes, else 0.",
        flags=INDICATOR,
        exact=lambda a, n: int(is_prime(n)),
        values=_isprime_values,
        formula=lambda a, p, k: compare("==", k, ONE),
    ),
    ArithFunction(
        "val",
        "val(p, n): the largest k with p^k dividing n, for an integer p >= 2.",
        params=("p",),
        sample=(2,),
        flags=REAL | INTEGER | NONNEGATIVE,
        check=_check_base,
        exact=lambda a, n: _valuation(a[0], n),
        values=_val_values,
    ),
    ArithFunction(
        "ispower",
        "ispower(p, n): 1 when n is p^k with k >= 0, else 0, for an integer p >= 2.",
        params=("p",),
        sample=(2,),
        flags=INDICATOR,
        check=_check_base,
        exact=lambda a, n: int(a[0] ** _valuation(a[0], n) == n),
        values=_ispower_values,
    ),
    ArithFunction(
        "gcd",
        "gcd(n, k): the greatest common divisor of n and k.",
        params=("k",),
        sample=(12,),
        flags=REAL | INTEGER | NONNEGATIVE,
        exact=_gcd,
        values=_gcd_values,
    ),
    ArithFunction(
        "chi",
        "chi(q, m): the Dirichlet character modulo q with Conrey label m.",
        params=("q", "m"),
        sample=(5, 2),
        kind="completely multiplicative",
        flags=0,
        check=lambda a: check_label(a[0], a[1]),
        exact=_chi,
        values=_chi_values,
    ),
)
TABLE: dict[str, ArithFunction] = {row.name: row for row in ROWS}
__all__ = ["ROWS", "TABLE", "parity", "root_of_unity"]
