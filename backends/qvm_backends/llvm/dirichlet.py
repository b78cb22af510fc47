"""Dirichlet sums by kernels: y(n) = sum_d f(d) x(n / d), or x(d n).

Divisors d <= sqrt(N) are strides y[v t] += c x[u t]; larger ones go by their quotients m: backward m spreads x(m)
over the multiples y(m d), forward it gathers them.  A multiplicative f is the product of its primes in place: the
multiples of p are cut at N / p, N / p^2, ... so that what a stride reads is not yet what the same prime has written,
and since a number has one prime factor above sqrt(N) at most, all of those are one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qvm_backends.llvm.emit import Code
from qvm_backends.llvm.largest import LEAST, MOST, Largest, entries, large_primes
from qvm_backends.llvm.numbers import Numbers
from qwasm.arith.sieve import primes
from qwasm.clock import look
from qwasm.qpu.plan import Dirichlet

Array = NDArray[Any]
Call = Callable[..., None]
STRIDES = (
    "ptr %y, ptr %x, i64 %terms, ptr noalias %u, ptr noalias %v, ptr noalias %first, ptr noalias %stop, "
    "ptr noalias %c, i64 %modulus, double %inverse"
)
FANS = (
    "ptr %y, ptr %x, ptr noalias %w, ptr noalias %d, ptr noalias %count, i64 %lo, i64 %hi, "
    "i64 %modulus, double %inverse"
)
STRETCH = 1024  # terms that are added up before they are added to a row
ADDITIONS = 1 << 25  # of strides in one call: between two of them the clock is looked at


class Writer(Code):
    """Code over arrays that are indexed from 1: address(n) = base + (n - 1)."""

    def __init__(self, numbers: Numbers, *bases: str) -> None:
        super().__init__()
        self.numbers = numbers
        for name in bases:
            self.do(f"%{name}b = getelementptr {numbers.kind}, ptr %{name}, i64 -1")

    def place(self, base: str, index: str) -> str:
        return self.at(self.numbers.kind, f"%{base}", index)

    def entry(self, base: str, index: str) -> str:
        return self.load(self.numbers.kind, self.place(base, index), min(self.numbers.size, 8))

    def whole(self, base: str, index: str) -> str:
        return self.load("i64", self.at("i64", f"%{base}", index), 8)

    def add_to(self, base: str, index: str, c: str, x: str) -> None:
        """base[index] += c x."""
        address, align = self.place(base, index), min(self.numbers.size, 8)
        value = self.numbers.added(self, self.load(self.numbers.kind, address, align), c, x)
        self.store(self.numbers.kind, value, address, align)


def strides(numbers: Numbers) -> str:
    """The module of `strides`: for each term in turn: y[v t] += c x[u t] for first <= t < stop."""
    code = Writer(numbers, "y", "x")

    def term(k: str) -> None:
        u, v, first, stop = (code.whole(name, k) for name in ("u", "v", "first", "stop"))
        c = code.entry("c", k)

        def one(t: str) -> None:
            code.add_to("yb", code.mul(t, v), c, code.entry("xb", code.mul(t, u)))

        code.loop(first, stop, 1, one)

    code.loop("0", "%terms", 1, term)
    return numbers.declarations + code.function("strides", STRIDES)


def spread(numbers: Numbers) -> str:
    """The module of `spread`: for lo <= m < hi, y[m d[k]] += w[k] x[m] for k < count[m - 1]."""
    code = Writer(numbers, "y", "x")

    def row(m: str) -> None:
        x, many = code.entry("xb", m), code.whole("count", code.sub(m, 1))

        def one(k: str) -> None:
            code.add_to("yb", code.mul(m, code.whole("d", k)), code.entry("w", k), x)

        code.loop("0", many, 1, one)

    code.loop("%lo", "%hi", 1, row)
    return numbers.declarations + code.function("spread", FANS)


def gather(numbers: Numbers) -> str:
    """The module of `gather`: for lo <= m < hi, y[m] += w[k] x[m d[k]] for k < count[m - 1].

    It goes in stretches, so that rounding stays small.
    """
    code = Writer(numbers, "y", "x")
    kind, one = numbers.kind, numbers.one

    def row(m: str) -> None:
        many = code.whole("count", code.sub(m, 1))

        def stretch(k: str) -> None:
            begin = code.mul(k, STRETCH)
            stop = code.pick("slt", code.add(begin, STRETCH), many)
            total = code.fold(begin, stop, kind, numbers.zero, lambda k, total: numbers.added(
                code, total, code.entry("w", k), code.entry("xb", code.mul(m, code.whole("d", k)))
            ))  # fmt: skip
            code.add_to("yb", m, one, total)

        code.loop("0", code.div(code.add(many, STRETCH - 1), STRETCH), 1, stretch)

    code.loop("%lo", "%hi", 1, row)
    return numbers.declarations + code.function("gather", FANS)


# ---------------------------------------------------------------- what they are given


def convolve(
    made: Callable[[str], Call], apply: Callable[[Largest, Array, Array], None], part: Dirichlet, l: int, x: Array
) -> Array:
    """The sum over all d of one state (N,); residues in [0, l) when l > 0; `apply` adds the terms of large primes."""
    N = len(x)
    f = np.zeros(N, x.dtype)
    f[: min(N, len(part.f))] = part.f[:N]
    if l:
        f %= l
    by_primes = part.multiplicative and f[0] == 1
    y = x.copy() if by_primes else np.zeros_like(x)
    source = y if by_primes else x
    terms = prime_terms(f, part.forward) if by_primes else divisor_terms(f, part.forward)
    for lo, hi in portions(np.maximum(terms[:, 3] - terms[:, 2], 0) + 1):
        look()
        u, v, first, stop, d = (np.ascontiguousarray(a) for a in terms[lo:hi].T)
        c = f[d - 1]
        made("strides")(at(y), at(source), hi - lo, at(u), at(v), at(first), at(stop), at(c), l, inverse(l))
    D = isqrt(N)
    large = large_primes(N) if by_primes else np.flatnonzero(f[D:]) + (D + 1)
    if by_primes and N <= MOST and len(large) >= LEAST:
        apply(large_entries(part, N, l, x.dtype.str), source, y)
    elif len(large):
        w = np.ascontiguousarray(f[large - 1])
        most = N // int(large[0])
        counts = np.searchsorted(large, N // np.arange(1, most + 1), side="right").astype(np.int64)
        fan = made("gather" if part.forward else "spread")
        for lo, hi in portions(counts):
            look()
            fan(at(y), at(source), at(w), at(large), at(counts), lo + 1, hi + 1, l, inverse(l))
    return y


def divisor_terms(f: Array, forward: bool) -> Array:
    """Rows (u, v, first, stop, d) of y[v t] += f(d) x[u t] for the divisors d up to sqrt(N)."""
    N = len(f)
    d = np.flatnonzero(f[: isqrt(N)]) + 1
    one = np.ones_like(d)
    return np.stack([d if forward else one, one if forward else d, one, N // d + 1, d], axis=1)


def prime_terms(f: Array, forward: bool) -> Array:
    """Rows (u, v, first, stop, p^j) of the primes up to sqrt(N), each prime's in an order that reads old values."""
    N = len(f)
    rows: list[tuple[int, int, int, int, int]] = []
    for p in (int(p) for p in primes(2, isqrt(N))):
        powers = [1]
        while powers[-1] * p <= N:
            powers.append(powers[-1] * p)
        cuts = [N // q for q in powers] + [0]
        levels = range(len(powers) - 1, 0, -1) if forward else range(1, len(powers))
        for i in levels:
            for q in powers[1:]:
                if f[q - 1] == 0:
                    continue
                if forward and q <= powers[i]:  # to t in (N / p^(i+1), N / p^i], where p^i t <= N
                    rows.append((q, 1, cuts[i + 1] + 1, cuts[i] + 1, q))
                elif not forward:  # to q t in (N / p^i, N / p^(i-1)]
                    rows.append((1, q, cuts[i] // q + 1, cuts[i - 1] // q + 1, q))
    return np.array(rows, dtype=np.int64).reshape(-1, 5)


def portions(work: Array) -> Iterator[tuple[int, int]]:
    """Ranges of neighbours whose work, one number for each, stays near a bound."""
    group = np.cumsum(work) // ADDITIONS
    cuts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(work)]
    yield from ((lo, hi) for lo, hi in pairwise(cuts) if hi > lo)


@lru_cache(maxsize=2)
def large_entries(part: Dirichlet, N: int, l: int, dtype: str) -> Largest:
    """The entries of the primes above sqrt(N) of a part, kept for those used last."""
    f = np.zeros(N, dtype)
    f[: min(N, len(part.f))] = part.f[:N]
    w = f[large_primes(N) - 1] % l if l else f[large_primes(N) - 1]
    return entries(N, w if part.forward else None, None if part.forward else w)


def inverse(l: int) -> float:
    """1 / l for residues, 0 for other numbers."""
    return 1.0 / l if l else 0.0


def at(array: Array) -> Any:
    """The address of an array's first entry."""
    return array.ctypes.data


__all__ = ["convolve", "gather", "portions", "spread", "strides"]
