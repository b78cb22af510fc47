"""Stand-ins: a symbolic prime is calculated with as a huge prime that divides nothing else.

In one case of a proof every symbolic prime is different from every other prime in sight.  So is a stand-in,
and products, quotients and greatest common divisors of symbolic indices are those of whole numbers.
Only order is not: `Order` compares indices for every value of their primes at once.

>>> order = Order({standin(0): (2, None), standin(1): (2, None)})
>>> p, q = standin(0), standin(1)
>>> order.maxima((p * q, p, 4)) == order.maxima((4, p * q)), order.maxima((p, q)) == (p, q)
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from math import gcd, log

from qwasm.algebra.ring import ONE, Expr, const, symbol
from qwasm.arith.sieve import is_prime

START = 10**24  # primality is proved up to 3.3e24
NAMED = 16  # the first stand-ins are for named primes, the next for members of families, the rest are bound

Interval = tuple[int, int | None]
Maxima = tuple[int, ...]


@cache
def standin(i: int) -> int:
    """The i-th stand-in: the i-th prime above 10^24."""
    n = START + 1 if i == 0 else standin(i - 1) + 2
    while not is_prime(n):
        n += 2
    return n


@lru_cache(maxsize=65536)
def powers(index: int, primes: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """(cofactor, exponents of the given stand-ins) of an index."""
    found = []
    for p in primes:
        k = 0
        while index >= p and not index % p:
            index //= p
            k += 1
        found.append(k)
    return index, tuple(found)


@lru_cache(maxsize=4096)
def renamed(index: int, changes: tuple[tuple[int, int], ...]) -> int:
    """The index with stand-ins replaced by others, all at once."""
    if index < START:
        return index
    result, exponents = powers(index, tuple(old for old, _ in changes))
    for (_, new), k in zip(changes, exponents, strict=True):
        if k:
            result *= new**k
    return result


@dataclass(slots=True)
class Order:
    """What is known about the size of stand-ins: each lies in an interval, low and high included."""

    intervals: dict[int, Interval]
    names: dict[int, str] = field(default_factory=dict)  # symbols of the ring
    above: Mapping[int, frozenset[int]] = field(default_factory=dict)  # p -> those certainly larger
    known: dict[tuple[int, int], bool] = field(default_factory=dict)
    shown: dict[int, Expr] = field(default_factory=dict)
    means: dict[tuple[int, tuple[int, ...]], list[tuple[int, Fraction]]] = field(default_factory=dict)

    def split(self, index: int) -> tuple[int, dict[int, int]]:
        """The index as (number, {stand-in: exponent})."""
        if index < START:
            return index, {}
        primes = tuple(self.intervals)
        number, exponents = powers(index, primes)
        return number, {p: k for p, k in zip(primes, exponents, strict=True) if k}

    def expr(self, index: int) -> Expr:
        """The index as an element of the ring, its stand-ins written as symbols."""
        found = self.shown.get(index)
        if found is None:
            number, factors = self.split(index)
            found = const(number)
            for p, k in factors.items():
                found = found * symbol(self.names[p], "prime") ** k
            self.shown[index] = found
        return found

    def at_most(self, a: int, b: int) -> bool:
        """True when a <= b for every value of the primes."""
        if b % a == 0:
            return True
        if a < START and b < START:
            return a <= b
        answer = self.known.get((a, b))
        if answer is None:
            answer = self.known[a, b] = self._at_most(a, b)
        return answer

    def _at_most(self, a: int, b: int) -> bool:
        common = gcd(a, b)
        small, large = self.split(a // common), self.split(b // common)
        up = [p for p, k in large[1].items() for _ in range(k)]
        bottom = large[0]
        top = small[0]
        for q in (q for q, k in small[1].items() for _ in range(k)):
            larger = next((p for p in up if p in self.above.get(q, ())), None)
            if larger is not None:
                up.remove(larger)
                continue
            high = self.intervals[q][1]
            if high is None:
                return False
            top *= high
        for p in up:
            bottom *= self.intervals[p][0]
        return top <= bottom

    def maxima(self, candidates: Iterable[int]) -> Maxima:
        """The members of a maximum that are not below the others for every value of the primes."""
        kept: list[int] = []
        for c in candidates:
            if any(self.at_most(c, k) for k in kept):
                continue
            kept = [k for k in kept if not self.at_most(k, c)]
            kept.append(c)
        if len(kept) > 2:
            kept = self._irredundant(kept)
        return tuple(sorted(kept))

    def _irredundant(self, kept: list[int]) -> list[int]:
        """Drop members that lie below a weighted geometric mean of others: log-linear programming."""
        for c in sorted(kept, reverse=True):
            others = [k for k in kept if k != c]
            mean = self.mean_above(c, others)
            if mean is not None:
                self.means[c, tuple(sorted(others))] = mean
                kept = others
        return kept

    def mean_above(self, c: int, others: list[int]) -> list[tuple[int, Fraction]] | None:
        """Exact weights w >= 0 of sum 1 with c <= prod k^w for every value of the primes, or None.

        Only the exponents are compared, and the numbers in front; a floating solution is rounded and then checked.
        """
        import numpy as np
        from scipy.optimize import linprog

        primes = sorted({p for k in (c, *others) for p in self.split(k)[1]})
        table = [[self.split(k)[1].get(p, 0) for p in primes] for k in others]
        numbers = [self.split(k)[0] for k in others]
        target, number = [self.split(c)[1].get(p, 0) for p in primes], self.split(c)[0]
        rows = -np.array([*zip(*table), [log(x) for x in numbers]], dtype=float)
        bound = -np.array([*target, log(number)], dtype=float)
        found = linprog(np.zeros(len(others)), rows, bound, np.ones((1, len(others))), [1.0], (0, 1))
        if found.status != 0:
            return None
        for size in (1, 2, 3, 4, 6, 12, 60):
            weights = [Fraction(w).limit_denominator(size) for w in found.x]
            if sum(weights) != 1 or any(w < 0 for w in weights):
                continue
            if any(sum(w * row[i] for w, row in zip(weights, table, strict=True)) < target[i] for i in range(len(primes))):
                continue
            scale = 1
            for w in weights:
                scale = scale * w.denominator // gcd(scale, w.denominator)
            product = 1
            for w, x in zip(weights, numbers, strict=True):
                product *= x ** int(w * scale)
            if number**scale <= product:
                return [(k, w) for k, w in zip(others, weights, strict=True) if w]
        return None


__all__ = ["NAMED", "ONE", "START", "Order", "renamed", "standin"]
