"""Primes above sqrt(N): a number has one of them at most, so all their terms are one pass over the numbers with one.

Entry e stands for n = m p with such a p: y[n] += b[e] x[m], and y[m] += a[e] x[n].  The m lie below sqrt(N) and stay in
the cache; sums over n go to an array of each portion, and these are added up in order, so any number of threads gives
the same bits.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qvm_backends.llvm.emit import Code
from qvm_backends.llvm.numbers import Numbers
from qwasm.arith.sieve import primes

Array = NDArray[Any]
PARAMETERS = (
    "ptr %y, ptr %x, ptr noalias %sums, ptr noalias %n, ptr noalias %m, ptr noalias %a, ptr noalias %b, "
    "i64 %lo, i64 %hi, i64 %modulus, double %inverse"
)
MOST = 1 << 28  # N up to which the table is made: six bytes for seven numbers in ten
LEAST = 1000  # primes for which it is worth the while
PORTIONS = 64  # of the entries: as many arrays of sums
STRETCH = 1 << 15  # entries that both directions pass over before the next


class Largest(NamedTuple):
    """The entries in the order of n, and their coefficients; None for a direction without any."""

    n: NDArray[np.int32]
    m: NDArray[np.uint16]
    forward: Array | None
    backward: Array | None

    @property
    def cuts(self) -> list[int]:
        """The first entries of the portions, and the number of entries."""
        return [len(self.n) * k // PORTIONS for k in range(PORTIONS + 1)]


@lru_cache(maxsize=2)
def large_primes(N: int) -> Array:
    """The primes p with sqrt(N) < p <= N."""
    return np.ascontiguousarray(primes(isqrt(N) + 1, N), dtype=np.int64)


@lru_cache(maxsize=2)
def table(N: int) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """(n, m) of every n = m p up to N with a prime p > sqrt(N)."""
    large = large_primes(N)
    cofactor = np.zeros(N + 1, np.uint16)
    for m in range(1, N // int(large[0]) + 1 if len(large) else 1):
        cofactor[m * large[: np.searchsorted(large, N // m, side="right")]] = m
    n = np.flatnonzero(cofactor).astype(np.int32)
    return n, cofactor[n]


def entries(N: int, forward: Array | None, backward: Array | None) -> Largest:
    """The entries with the coefficients of the large primes in order, (a_p) and (b_p)."""
    n, m = table(N)
    p = n // m

    def each(w: Array | None) -> Array | None:
        if w is None:
            return None
        by_prime = np.zeros(N + 1, w.dtype)
        by_prime[large_primes(N)] = w
        return np.ascontiguousarray(by_prime[p])

    return Largest(n, m, each(forward), each(backward))


def largest(numbers: Numbers) -> str:
    """The module of `largest`: the entries lo..hi-1; a or b may be null."""
    code, kind, align = Code(), numbers.kind, min(numbers.size, 8)
    for name in ("y", "x", "sums"):
        code.do(f"%{name}b = getelementptr {kind}, ptr %{name}, i64 -1")
    given = {name: code.let(f"icmp ne ptr %{name}, null") for name in "ab"}

    def passed(lo: str, hi: str, weight: str, target: str, row: str, column: str) -> None:
        def one(e: str) -> None:
            at = {name: index(e, name) for name in ("n", "m")}
            place = code.at(kind, f"%{target}b", at[row])
            c = code.load(kind, code.at(kind, f"%{weight}", e), align)
            x = code.load(kind, code.at(kind, "%xb", at[column]), align)
            code.store(kind, numbers.added(code, code.load(kind, place, align), c, x), place, align)

        code.choose(given[weight], lambda: (code.loop(lo, hi, 1, one), None)[1], lambda: None)

    def index(e: str, name: str) -> str:
        narrow, size = ("i32", 4) if name == "n" else ("i16", 2)
        return code.let(f"zext {narrow} {code.load(narrow, code.at(narrow, f'%{name}', e), size)} to i64")

    def stretch(lo: str) -> None:
        hi = code.pick("slt", code.add(lo, STRETCH), "%hi")
        passed(lo, hi, "b", "y", "n", "m")
        passed(lo, hi, "a", "sums", "m", "n")

    code.loop("%lo", "%hi", STRETCH, stretch)
    return numbers.declarations + code.function("largest", PARAMETERS)


__all__ = ["LEAST", "MOST", "PORTIONS", "Largest", "entries", "large_primes", "largest"]
