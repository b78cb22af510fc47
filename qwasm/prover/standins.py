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
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations
from math import gcd, log

from qwasm.algebra.ring import ONE, Expr, const, symbol
from qwasm.arith.sieve import is_prime
from qwasm.record import field, record

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


@record(frozen=False)
class Order:
    """What is known about the size of stand-ins: each lies in an interval, low and high included."""

    intervals: dict[int, Interval]
    names: dict[int, str] = field(default_factory=dict)  # symbols of the ring
    above: Mapping[int, frozenset[int]] = field(default_factory=dict)  # p -> those certainly larger
    whole: frozenset[int] = frozenset()  # those that stand for any integer >= 1, not for a prime
    known: dict[tuple[int, int], bool] = field(default_factory=dict)
    shown: dict[int, Expr] = field(default_factory=dict)

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
                found = found * symbol(self.names[p], "nat" if p in self.whole else "prime") ** k
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
            if any(self.below_pair(c, a, b) for a, b in combinations(others, 2)) or (
                len(others) > 2 and self.mean_above(c, others)
            ):
                kept = others
        return kept

    def below_pair(self, c: int, a: int, b: int) -> bool:
        """Whether c <= a^w b^(1-w) for some w in [0, 1] and every value of the primes."""
        (n, x), (m, y), (k, z) = (self.split(i) for i in (a, b, c))
        low, high = Fraction(0), Fraction(1)
        for p in z:
            slope, gap = x.get(p, 0) - y.get(p, 0), z[p] - y.get(p, 0)  # slope w >= gap
            if slope > 0:
                low = max(low, Fraction(gap, slope))
            elif slope < 0:
                high = min(high, Fraction(gap, slope))
            elif gap > 0:
                return False
        if low > high:
            return False
        w = high if n >= m else low
        return bool(k**w.denominator <= n**w.numerator * m ** (w.denominator - w.numerator))

    def mean_above(self, c: int, others: list[int]) -> bool:
        """Whether there are exact weights w >= 0 of sum 1 with c <= prod k^w for every value of the primes.

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
            return False
        for size in (1, 2, 3, 4, 6, 12, 60):
            weights = [Fraction(float(w)).limit_denominator(size) for w in np.asarray(found.x)]
            if sum(weights) != 1 or any(w < 0 for w in weights):
                continue
            if any(
                sum(w * row[i] for w, row in zip(weights, table, strict=True)) < target[i] for i in range(len(primes))
            ):
                continue
            scale = 1
            for w in weights:
                scale = scale * w.denominator // gcd(scale, w.denominator)
            product = 1
            for w, x in zip(weights, numbers, strict=True):
                product *= x ** int(w * scale)
            if number**scale <= product:
                return True
        return False


__all__ = ["NAMED", "ONE", "START", "Order", "renamed", "standin"]
